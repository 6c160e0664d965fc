/* Where it all comes from: sources, how often they were looked at and answered, categories. */
#include "archive/view/frame.h"
#include "archive/view/front_parts.h"
#include "archive/view/html.h"
#include "archive/view/say.h"

#define CATEGORIES_SHOWN 24u
#define SILENCE_US       (2 * WV_US_PER_DAY)

void front_add_categories(struct front *f)
{
	struct front_tally list[CATEGORIES_SHOWN];
	size_t count = 0;

	for (size_t i = 0; i < f->fresh_count; i++) {
		struct front_tally *t;

		if (!f->fresh[i].reading.category.n)
			continue;
		t = front_tally_of(list, &count, CATEGORIES_SHOWN, 0, f->fresh[i].reading.category);
		if (t)
			t->count++;
	}
	if (!count)
		return;
	wv_html(f->out, "<section class=\"box\">\n");
	front_add_heading(f, WV_PHRASE_FRONT_BY_CATEGORY);
	front_add_note(f, WV_PHRASE_FRONT_BY_CATEGORY_ABOUT);
	wv_html(f->out, "<ul class=\"names\">\n");
	for (size_t i = 0; i < count; i++) {
		struct front_tally t = front_take_largest(list, count);
		const struct wv_address address = {.place = WV_PLACE_CATEGORY, .text = t.name};

		wv_html(f->out, "<li><a");
		wv_address_href(f->out, f->visit, &address);
		wv_html(f->out, ">");
		wv_say_name(f->out, f->visit, t.name, WV_SLICE_NONE);
		wv_html(f->out, "</a> <small>");
		wv_html_u64(f->out, t.count);
		wv_html(f->out, "</small></li>\n");
	}
	wv_html(f->out, "</ul></section>\n");
}

static void add_number(struct front *f, size_t value)
{
	wv_html(f->out, "<td class=\"number\">");
	wv_html_u64(f->out, value);
	wv_html(f->out, "</td>");
}

/* In which language a source writes, as its newest article says. */
static struct wv_slice language_of(const struct front *f, struct wv_slice source)
{
	for (size_t i = 0; i < f->fresh_count; i++)
		if (wv_slice_equals(f->fresh[i].capture->source, source))
			return f->fresh[i].reading.language;
	return WV_SLICE_NONE;
}

static void add_source_row(struct front *f, const struct front_source *source)
{
	wv_html(f->out, "<tr><th scope=\"row\">");
	wv_frame_source(f->out, f->visit, source->name, language_of(f, source->name));
	wv_html(f->out, "</th>");
	add_number(f, source->looks);
	add_number(f, source->good);
	add_number(f, source->blocked);
	wv_html(f->out, "<td>");
	wv_say_instant(f->out, f->visit, source->last);
	if (f->until.us - source->last.us > SILENCE_US) {
		wv_html(f->out, " <strong class=\"mark\">");
		wv_say(f->out, f->visit, WV_PHRASE_FRONT_SILENT_SINCE);
		wv_html(f->out, "</strong>");
	}
	wv_html(f->out, "</td></tr>\n");
}

void front_add_sources(struct front *f)
{
	static const struct {
		enum wv_phrase phrase;
		bool is_number;
	} columns[] = {{WV_PHRASE_SOURCE, false},
	               {WV_PHRASE_FRONT_LOOKS, true},
	               {WV_PHRASE_FRONT_GOOD, true},
	               {WV_PHRASE_FRONT_BLOCKED, true},
	               {WV_PHRASE_FRONT_LAST, false}};

	if (!f->source_count)
		return;
	wv_html(f->out, "<section>\n");
	front_add_heading(f, WV_PHRASE_FRONT_WALLS);
	front_add_note(f, WV_PHRASE_FRONT_WALLS_ABOUT);
	wv_html(f->out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\"");
	wv_html_attribute(f->out, "aria-label",
	                  wv_slice_of(wv_phrase(f->visit->tongue, WV_PHRASE_FRONT_WALLS)));
	wv_html(f->out, "><table>\n<thead><tr>");
	for (size_t i = 0; i < WV_COUNT(columns); i++) {
		wv_buf_add_string(f->out, columns[i].is_number ? "<th scope=\"col\" class=\"number\">"
		                                               : "<th scope=\"col\">");
		wv_say(f->out, f->visit, columns[i].phrase);
		wv_html(f->out, "</th>");
	}
	wv_html(f->out, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < f->source_count; i++)
		add_source_row(f, &f->sources[i]);
	wv_html(f->out, "</tbody></table></div></section>\n");
}

void front_add_source_names(struct front *f)
{
	if (!f->source_count)
		return;
	wv_html(f->out, "<section class=\"box\">\n");
	front_add_heading(f, WV_PHRASE_FRONT_BY_SOURCE);
	wv_html(f->out, "<ul class=\"names\">\n");
	for (size_t i = 0; i < f->source_count; i++) {
		wv_html(f->out, "<li>");
		wv_frame_source(f->out, f->visit, f->sources[i].name,
		                language_of(f, f->sources[i].name));
		wv_html(f->out, "</li>\n");
	}
	wv_html(f->out, "</ul></section>\n");
}
