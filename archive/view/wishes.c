#include "archive/view/wishes.h"

static void tighten(struct wv_time *earliest, struct wv_time t)
{
	if (wv_time_is_none(*earliest) || t.us < earliest->us)
		*earliest = t;
}

/* "25 Jun 2025 15:00:00 GMT": RFC 822 leaves the weekday out, HTTP never does. */
static bool parse_date(struct wv_slice date, struct wv_time then, struct wv_time *out)
{
	WV_AUTO(wv_buf_done) struct wv_buf with_day = {.cap = 1024};
	struct wv_time_range range;

	if (wv_time_parse_http(date, then, out))
		return true;
	if (!date.n || !wv_byte_is_digit(date.p[0]))
		return false;
	if (wv_time_parse(date, then, &range, NULL) == WV_OK) {
		*out = range.first;
		return true;
	}
	wv_buf_add_string(&with_day, "Mon, ");
	wv_buf_add(&with_day, date);
	return wv_time_parse_http(wv_buf_slice(&with_day), then, out);
}

/* The date has commas and colons of its own, so it is all that follows. */
static void read_value(struct wv_slice value, struct wv_time then, struct wv_time *earliest)
{
	static const struct wv_slice after = WV_LIT_INIT("unavailable_after:");
	size_t at = wv_slice_find_nocase(value, after, 0);
	struct wv_time t;

	if (at != SIZE_MAX &&
	    parse_date(wv_slice_trim(wv_slice_from(value, at + after.n)), then, &t))
		tighten(earliest, t);
}

struct wv_time wv_wishes_unavailable_after(struct wv_slice headers, struct wv_time then)
{
	static const struct wv_slice name = WV_LIT_INIT("x-robots-tag:");
	struct wv_time earliest = WV_TIME_NONE;
	struct wv_cursor c = wv_cursor(headers);
	struct wv_slice line;

	while (wv_cursor_line(&c, &line))
		if (wv_slice_starts_nocase(line, name))
			read_value(wv_slice_from(line, name.n), then, &earliest);
	return earliest;
}
