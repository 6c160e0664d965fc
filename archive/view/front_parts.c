#include "archive/view/front_parts.h"

#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/say.h"

void front_add_heading(const struct front *f, enum wv_phrase phrase)
{
	wv_html(f->out, "<h2>");
	wv_say(f->out, f->visit, phrase);
	wv_html(f->out, "</h2>\n");
}

void front_add_none(const struct front *f, enum wv_phrase phrase)
{
	wv_html(f->out, "<p>");
	wv_say(f->out, f->visit, phrase);
	wv_html(f->out, "</p>\n");
}

void front_add_note(const struct front *f, enum wv_phrase phrase)
{
	wv_html(f->out, "<p class=\"meta\">");
	wv_say(f->out, f->visit, phrase);
	wv_html(f->out, "</p>\n");
}

struct front_tally *front_tally_of(struct front_tally *list, size_t *count, size_t room, uint64_t id,
                              struct wv_slice name)
{
	for (size_t i = 0; i < *count; i++)
		if (list[i].id == id && wv_slice_equals(list[i].name, name))
			return &list[i];
	if (*count == room)
		return NULL;
	list[*count] = (struct front_tally){.id = id, .name = name};
	return &list[(*count)++];
}

struct front_tally front_take_largest(struct front_tally *list, size_t count)
{
	struct front_tally *best = list, taken;

	for (size_t i = 1; i < count; i++)
		if (list[i].count > best->count)
			best = &list[i];
	taken = *best;
	best->count = 0;
	return taken;
}
