#include "archive/view/say.h"

#include <stdio.h>

#include "archive/view/frame.h"
#include "archive/view/html.h"

void wv_say(struct wv_buf *out, const struct wv_visit *visit, enum wv_phrase phrase)
{
	wv_html_text(out, wv_slice_of(wv_phrase(visit->tongue, phrase)));
}

void wv_say_text(struct wv_buf *out, const struct wv_visit *visit, enum wv_phrase phrase,
                 struct wv_slice value)
{
	struct wv_slice before, after;

	wv_phrase_split(visit->tongue, phrase, &before, &after);
	wv_html_text(out, before);
	wv_frame_name(out, visit, value, WV_SLICE_NONE);
	wv_html_text(out, after);
}

void wv_say_count(struct wv_buf *out, const struct wv_visit *visit, enum wv_phrase phrase,
                  uint64_t value)
{
	struct wv_slice before, after;

	bool has_place = wv_phrase_split_count(visit->tongue, phrase, value, &before, &after);

	wv_html_text(out, before);
	if (has_place)
		wv_html_u64(out, value);
	wv_html_text(out, after);
}

void wv_say_time(struct wv_buf *out, const struct wv_visit *visit, enum wv_phrase phrase,
                 struct wv_time t)
{
	struct wv_slice before, after;

	wv_phrase_split(visit->tongue, phrase, &before, &after);
	wv_html_text(out, before);
	wv_frame_time(out, visit, t);
	wv_html_text(out, after);
}

void wv_say_bracketed(struct wv_buf *out, const struct wv_visit *visit, enum wv_phrase phrase)
{
	struct wv_slice before, after;

	wv_phrase_split(visit->tongue, WV_PHRASE_BRACKETS, &before, &after);
	wv_html_text(out, before);
	wv_say(out, visit, phrase);
	wv_html_text(out, after);
}

void wv_say_attribute(struct wv_buf *out, const struct wv_visit *visit, const char *name,
                      enum wv_phrase phrase)
{
	wv_html_attribute(out, name, wv_slice_of(wv_phrase(visit->tongue, phrase)));
}

void wv_say_in(struct wv_buf *out, const struct wv_visit *visit, const char *tag,
               enum wv_phrase phrase)
{
	wv_buf_add_format(out, "<%s>", tag);
	wv_say(out, visit, phrase);
	wv_buf_add_format(out, "</%s>", tag);
}

const char *wv_say_day(struct wv_time t, char text[WV_SAY_DAY_MAX])
{
	const struct wv_civil c = wv_civil_of_time(t);

	(void)snprintf(text, WV_SAY_DAY_MAX, "%04d-%02u-%02u", (int)(c.year % 10000),
	               (unsigned)(c.month % 100), (unsigned)(c.day % 100));
	return text;
}

const char *wv_say_year(int32_t year, char text[WV_SAY_DAY_MAX])
{
	(void)snprintf(text, WV_SAY_DAY_MAX, "%d", (int)year);
	return text;
}

struct wv_time wv_say_day_start(struct wv_time t)
{
	int64_t into = t.us % WV_US_PER_DAY;

	return (struct wv_time){t.us - (into < 0 ? into + WV_US_PER_DAY : into)};
}
