#include "archive/view/wishes.h"

#include "archive/store/pieces.h"
#include "archive/view/visit.h"
#include "config/base/checked.h"

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

/* --- what stands in the page --- */

struct start {
	unsigned char *bytes;
	size_t n;
};

static enum wv_status take_start(void *context, struct wv_slice piece, struct wv_err *err)
{
	struct start *start = context;
	size_t n = wv_min_size(piece.n, WV_WISHES_BODY_BYTES - start->n);

	(void)err;
	if (n)
		memcpy(start->bytes + start->n, piece.p, n);
	start->n += n;
	return start->n == WV_WISHES_BODY_BYTES ? WV_STOPPED : WV_OK;
}

static bool is_html(const struct wv_capture *capture)
{
	return !capture->mime.n || wv_slice_find(capture->mime, WV_LIT("html"), 0) != SIZE_MAX;
}

/* The first bytes of a page, in `arena`; nothing of what is none, or is not there any more. */
static enum wv_status read_start(const struct wv_visit *visit, const struct wv_capture *capture,
                                 struct wv_arena *arena, struct wv_slice *out, struct wv_err *err)
{
	struct start start = {NULL, 0};
	enum wv_status st;

	if (!capture->has_body || !is_html(capture))
		return WV_OK;
	start.bytes = wv_arena_alloc(arena, WV_WISHES_BODY_BYTES);
	if (!start.bytes)
		return wv_err_set(err, WV_NOMEM, "out of memory for the head of a page");
	st = wv_store_body_pieces(visit->txn, &capture->body, take_start, &start, err);
	*out = wv_slice(start.bytes, start.n);
	return st == WV_NO || st == WV_STOPPED ? WV_OK : st;
}

/* As the crawl reads them: it knows whom a wish is addressed to. */
static enum wv_status read_anew(const struct wv_visit *visit, const struct wv_capture *capture,
                                struct wv_wishes *out, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *scratch = NULL;
	struct wv_slice start = WV_SLICE_NONE;
	enum wv_status st = wv_arena_new(16 * WV_WISHES_BODY_BYTES, &scratch, err);

	if (st == WV_OK)
		st = read_start(visit, capture, scratch, &start, err);
	return st == WV_OK ? visit->wish_reader->read(visit->settings, scratch, capture, start, out, err)
	                   : st;
}

static struct wv_wishes wishes_of_flags(const struct wv_capture *capture)
{
	return (struct wv_wishes){.noarchive = capture->flags & WV_CAPTURE_NOARCHIVE,
	                          .nosnippet = capture->flags & WV_CAPTURE_NOSNIPPET,
	                          .noindex = capture->flags & WV_CAPTURE_NOINDEX,
	                          .unavailable_after = WV_TIME_NONE};
}

enum wv_status wv_wishes_of(const struct wv_visit *visit, const struct wv_capture *capture,
                            struct wv_wishes *out, struct wv_err *err)
{
	*out = wishes_of_flags(capture);
	if (visit->wish_reader)
		return read_anew(visit, capture, out, err);
	out->unavailable_after = wv_wishes_unavailable_after(capture->headers, capture->captured);
	return WV_OK;
}

bool wv_wishes_show_text(const struct wv_wishes *wishes, struct wv_time now)
{
	return !wishes->noarchive && (wv_time_is_none(wishes->unavailable_after) ||
	                              now.us <= wishes->unavailable_after.us);
}

bool wv_wishes_show_excerpt(const struct wv_visit *visit, const struct wv_capture *capture)
{
	struct wv_wishes wishes = wishes_of_flags(capture);

	if (wishes.nosnippet || wishes.noarchive)
		return false;
	/* Of an archive's older captures only the header tells of a date. */
	if (!(capture->flags & WV_CAPTURE_DATED) &&
	    wv_time_is_none(wv_wishes_unavailable_after(capture->headers, capture->captured)))
		return true;
	return wv_wishes_of(visit, capture, &wishes, NULL) == WV_OK &&
	       wv_wishes_show_text(&wishes, visit->now);
}
