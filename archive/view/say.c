#include "archive/view/say.h"

#include <stdio.h>

#include "archive/view/html.h"
#include "config/base/text.h"

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
	wv_say_name(out, visit, value, WV_SLICE_NONE);
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
	wv_say_instant(out, visit, t);
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

void wv_say_name(struct wv_buf *out, const struct wv_visit *visit, struct wv_slice name,
                   struct wv_slice language)
{
	bool has_han = false, has_kana = false;

	for (size_t at = 0; !language.n && at < name.n;) {
		uint32_t c = wv_text_next(name, &at);

		has_kana = has_kana || (c >= 0x3041 && c <= 0x30FF);
		has_han = has_han || (c >= 0x3400 && c <= 0x9FFF);
	}
	/* Han alone may be either; a page in either of them reads it in its own. */
	if (has_kana)
		language = WV_LIT("ja");
	else if (has_han && visit->tongue == WV_TONGUE_EN)
		language = WV_LIT("zh");
	wv_html_foreign(out, name, language);
}

void wv_say_instant(struct wv_buf *out, const struct wv_visit *visit, struct wv_time t)
{
	struct wv_time second = {t.us - (t.us % WV_US_PER_S + WV_US_PER_S) % WV_US_PER_S};
	const struct wv_civil c = wv_civil_of_time(second);
	char text[WV_TIME_TEXT_MAX];

	(void)visit;
	if (wv_time_is_none(t)) {
		wv_html(out, "\xe2\x80\x94");
		return;
	}
	wv_html(out, "<time");
	wv_html_attribute(out, "datetime", wv_slice_of(wv_time_print(second, text)));
	wv_buf_add_format(out, ">%04d-%02d-%02d %02d:%02d:%02d UTC</time>", c.year, c.month, c.day,
	                  c.hour, c.minute, c.second);
}
