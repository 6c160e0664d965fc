/* An archived body on its way to a browser. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "archive/exchange/message.h"
#include "archive/serve/replay_parts.h"
#include "archive/serve/wrapper.h"
#include "archive/store/pieces.h"
#include "archive/view/address.h"
#include "archive/view/html.h"
#include "archive/view/wishes.h"
#include "config/base/checked.h"
#include "config/base/limits.h"

#define ORIGINAL        "X-Archive-Orig-"
#define ORIGINALS_MAX   64u
#define ORIGINALS_BYTES (12u * WV_KIB)

/* --- fields --- */

void wv_replay_add(struct wv_call *call, const char *name, struct wv_slice value)
{
	(void)wv_http_add(call->answer, call->request, name, value);
}

/* Who speaks Memento asks for these on every answer that is one. */
static enum wv_status add_memento(struct wv_call *call, const struct wv_original *original,
                                  const struct wv_capture *capture, bool has_neighbours,
                                  struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf links = {.cap = 64 * WV_LIMIT_URL_BYTES};
	char text[WV_TIME_TEXT_MAX];
	enum wv_status st = wv_memento_links(&call->visit, wv_call_host(call), original, capture,
	                                     has_neighbours, &links, err);

	if (st != WV_OK)
		return st;
	wv_replay_add(call, "Memento-Datetime", wv_slice_of(wv_time_print_http(capture->captured, text)));
	(void)wv_call_add_long(call, "Link", wv_buf_slice(&links));
	return WV_OK;
}

static bool is_token(struct wv_slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!wv_byte_is_alnum(name.p[i]) && name.p[i] != '-' && name.p[i] != '_')
			return false;
	return name.n > 0 && name.n <= 100;
}

/* The fields of the server's answer, under names that no browser obeys. */
static void add_originals(struct wv_call *call, struct wv_slice head)
{
	struct wv_cursor lines = wv_cursor(head);
	struct wv_slice line;
	size_t count = 0, bytes = 0;
	bool is_first = true;

	while (wv_cursor_line(&lines, &line) && count < ORIGINALS_MAX) {
		size_t colon = wv_slice_find_byte(line, ':', 0);
		struct wv_slice name = wv_slice_part(line, 0, colon == SIZE_MAX ? 0 : colon), value;
		unsigned char *clean;
		struct wv_slice full;

		if (is_first || colon == SIZE_MAX || !is_token(name)) {
			is_first = false;
			continue;
		}
		value = wv_slice_trim(wv_slice_from(line, colon + 1));
		clean = wv_arena_alloc(call->request->arena, value.n);
		full = wv_arena_format(call->request->arena, ORIGINAL "%.*s", WV_FMT(name));
		bytes += full.n + value.n;
		if (!clean || !full.n || bytes > ORIGINALS_BYTES)
			return;
		for (size_t i = 0; i < value.n; i++)
			clean[i] = value.p[i] < ' ' || value.p[i] == 0x7f ? ' ' : value.p[i];
		if (!wv_call_add_long(call, wv_arena_string(call->request->arena, full),
		                      wv_slice(clean, value.n)))
			return;
		count++;
	}
}

/* --- an answer of bytes --- */

static int status_of(struct wv_call *call, const struct wv_capture *capture)
{
	struct wv_capture had;
	int status = capture->status;

	/* A 304 stands for the body it confirmed. */
	if (status == 304) {
		status = 200;
		if (capture->has_stands_for &&
		    wv_store_capture(call->visit.txn, call->request->arena, capture->stands_for,
		                     call->visit.known_at, &had, NULL) == WV_OK &&
		    had.status >= 200 && had.status != 304)
			status = had.status;
	}
	return status < 200 || status > 999 ? 502 : status;
}

/* Its header, also where this capture was a 304 and said less. */
static struct wv_capture header_of(struct wv_call *call, const struct wv_capture *capture)
{
	struct wv_capture had;

	if (capture->status == 304 && capture->has_stands_for &&
	    wv_store_capture(call->visit.txn, call->request->arena, capture->stands_for,
	                     call->visit.known_at, &had, NULL) == WV_OK)
		return had;
	return *capture;
}

/* Where a redirect led, at this instant in the archive. */
static void add_location(struct wv_call *call, const struct wv_capture *capture,
                         const struct wv_web *web)
{
	WV_AUTO(wv_buf_done) struct wv_buf to = {.cap = 8 * WV_LIMIT_URL_BYTES};

	if (!wv_slice_starts_nocase(capture->location, WV_LIT("http://")) &&
	    !wv_slice_starts_nocase(capture->location, WV_LIT("https://")))
		return;
	wv_memento_add_address(&to, &call->visit, WV_SLICE_NONE, capture->captured, web->modifier,
	                       capture->location);
	if (to.failed == WV_OK)
		(void)wv_call_add_long(call, "Location", wv_buf_slice(&to));
}

/* --- the body --- */

/* A memento on its way. */
struct sending {
	struct wv_call *call;
	const struct wv_capture *capture;
	const struct wv_web *web;
	struct wv_capture had; /* whose header its body has */
	enum wv_content content;
	uint64_t total;
	unsigned char start[WV_CONTENT_START_BYTES];
	size_t start_bytes;
	struct wv_buf bytes; /* all of them, once they are read */
	bool is_read;
	int file; /* that has all of them already; -1: none */
};

static struct wv_slice start_of(const struct sending *s)
{
	return wv_slice(s->start, s->start_bytes);
}

static enum wv_status take_start(void *context, struct wv_slice piece, struct wv_err *err)
{
	struct sending *s = context;
	size_t n = wv_min_size(piece.n, sizeof(s->start) - s->start_bytes);

	(void)err;
	if (n)
		memcpy(s->start + s->start_bytes, piece.p, n);
	s->start_bytes += n;
	return s->start_bytes == sizeof(s->start) ? WV_STOPPED : WV_OK;
}

static enum wv_status read_whole(struct sending *s, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	if (!s->is_read && s->total)
		st = wv_store_body(s->call->visit.txn, &s->capture->body, &s->bytes, err);
	s->is_read = st == WV_OK;
	return st;
}

/* Of a long one. */
static enum wv_status read_start(struct sending *s, struct wv_err *err)
{
	ssize_t n = s->file >= 0 ? pread(s->file, s->start, sizeof(s->start), 0) : 0;
	enum wv_status st;

	if (n > 0) {
		s->start_bytes = (size_t)n;
		return WV_OK;
	}
	st = wv_store_body_pieces(s->call->visit.txn, &s->capture->body, take_start, s, err);
	return st == WV_STOPPED ? WV_OK : st;
}

/* Size and start of the body, and all of it where that is little. WV_NO: it is not there. */
static enum wv_status look_at(struct sending *s, struct wv_err *err)
{
	struct wv_txn *txn = s->call->visit.txn;
	enum wv_status st = WV_OK;

	if (s->capture->has_body)
		st = wv_store_has_body(txn, &s->capture->body, &s->total, err);
	if (st != WV_OK)
		return st;
	if (s->total <= WV_LIMIT_SERVE_MEMORY_BYTES) {
		st = read_whole(s, err);
		if (st == WV_OK)
			(void)take_start(s, wv_slice_part(wv_buf_slice(&s->bytes), 0, sizeof(s->start)), err);
	} else {
		s->file = wv_call_take_file(s->call, &s->capture->body);
		st = read_start(s, err);
	}
	s->content = wv_content_of(&s->had, start_of(s));
	return st;
}

/* Was it erased, or never kept? */
static enum wv_status answer_gone(struct wv_call *call, const struct wv_capture *capture,
                                  struct wv_err *err)
{
	struct wv_fact fact;
	enum wv_status st =
		wv_register_erased(call->visit.txn, call->request->arena, capture->id, &fact, err);

	return st == WV_OK ? wv_call_refuse(call, &fact) : st;
}

static enum wv_status write_piece(void *context, struct wv_slice piece, struct wv_err *err)
{
	const int *file = context;

	while (piece.n) {
		ssize_t n = write(*file, piece.p, piece.n);

		if (n < 0 && errno != EINTR)
			return wv_err_errno(err, errno == ENOSPC ? WV_LIMIT : WV_IO, errno,
			                    "cannot write a long answer into a file");
		piece = wv_slice_from(piece, n < 0 ? 0 : (size_t)n);
	}
	return WV_OK;
}

/* Without a name, so that it goes with its last reader; where temporary files go. */
static int open_nameless(void)
{
	const char *given = getenv("TMPDIR");

	return open(given && given[0] ? given : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

/* The bytes as they are become the answer. */
static enum wv_status give_bytes(struct sending *s, struct wv_err *err);

/* A long body by way of a file: it takes disk and no memory, and its digest is known to be right
 * before the first byte goes out. */
static enum wv_status file_bytes(struct sending *s, struct wv_err *err)
{
	struct wv_http_answer *answer = s->call->answer;
	bool is_made = s->file >= 0, is_sent = wv_http_sends(s->call->request, answer, &s->capture->body);
	int file = is_made ? s->file : open_nameless();
	enum wv_status st = WV_OK;

	s->file = -1;
	if (file < 0 && s->total <= WV_LIMIT_SERVE_ANSWER_BYTES) {
		st = read_whole(s, err);
		return st == WV_OK ? give_bytes(s, err) : st;
	}
	if (file < 0)
		return wv_err_errno(err, WV_LIMIT, errno, "no file for a long answer");
	/* Of what is not sent only the size and the digest are told. */
	if (!is_made && is_sent)
		st = wv_store_body_pieces(s->call->visit.txn, &s->capture->body, write_piece, &file, err);
	if (st != WV_OK) {
		close(file);
		return st;
	}
	/* Who asks for a part mostly asks for the next. */
	if (!is_made && is_sent && wv_http_field(s->call->request, "Range").n)
		wv_call_keep_file(s->call, &s->capture->body, file, s->total);
	answer->has_file = true;
	answer->file = file;
	answer->file_bytes = s->total;
	answer->file_digest = s->capture->body;
	return WV_OK;
}

static enum wv_status give_bytes(struct sending *s, struct wv_err *err)
{
	struct wv_buf *out = &s->call->answer->body;

	s->call->answer->takes_ranges = true;
	if (!s->is_read)
		return file_bytes(s, err);
	wv_buf_done(out);
	*out = s->bytes;
	wv_buf_init(&s->bytes, 0);
	return WV_OK;
}

/* --- an answer of bytes --- */

/* What is said in a memento's place is none. */
static void drop_datetime(struct wv_http_answer *answer)
{
	for (size_t i = 0; i < answer->field_count; i++)
		if (wv_slice_equals(wv_slice_of(answer->fields[i][0]), WV_LIT("Memento-Datetime"))) {
			answer->fields[i][0] = answer->fields[--answer->field_count][0];
			answer->fields[i][1] = answer->fields[answer->field_count][1];
			return;
		}
}

/* Rewriting takes the whole in memory; what is too long for that is only to be had as it is. */
static enum wv_status answer_too_long(struct sending *s)
{
	struct wv_call *call = s->call;
	const struct wv_visit *visit = &call->visit;
	const struct wv_address raw = {
		.place = WV_PLACE_RAW, .text = s->capture->url, .when = s->capture->captured};
	struct wv_buf *out = &call->answer->body;

	wv_buf_reset(out);
	call->answer->status = 413;
	drop_datetime(call->answer);
	if (s->content == WV_CONTENT_STYLE) {
		wv_html(out, "/* too long to be rewritten */\n");
		return WV_OK;
	}
	wv_html(out, "<!DOCTYPE html>\n<meta charset=\"utf-8\"><title>");
	wv_html_text(out, wv_slice_of(wv_phrase(visit->tongue, WV_PHRASE_REPLAY_TOO_LONG)));
	wv_html(out, "</title>\n<p>");
	wv_html_text(out, wv_slice_of(wv_phrase(visit->tongue, WV_PHRASE_REPLAY_TOO_LONG)));
	wv_html(out, " <a target=\"_top\"");
	wv_address_href(out, visit, &raw);
	wv_html(out, ">");
	wv_html_text(out, wv_slice_of(wv_phrase(visit->tongue, WV_PHRASE_REPLAY_RAW)));
	wv_buf_add_format(out, "</a> (%llu)</p>\n", (unsigned long long)s->total);
	return WV_OK;
}

/* What is long waits in a file until it is taken, as other long answers do. Stays where none can be. */
static void put_away(struct sending *s)
{
	struct wv_http_answer *answer = s->call->answer;
	struct wv_slice bytes = wv_buf_slice(&answer->body);
	int file = bytes.n > WV_LIMIT_SERVE_MEMORY_BYTES ? open_nameless() : -1;

	if (file < 0)
		return;
	if (answer->body.failed != WV_OK || write_piece(&file, bytes, NULL) != WV_OK) {
		close(file);
		return;
	}
	answer->has_file = true;
	answer->file = file;
	answer->file_bytes = bytes.n;
	answer->file_digest = wv_digest_of(bytes);
	wv_buf_done(&answer->body);
	wv_buf_init(&answer->body, 0);
}

static enum wv_status rewrite_whole(struct sending *s, struct wv_err *err)
{
	struct wv_call *call = s->call;
	const struct wv_rewriter *rewriter = call->options->rewriter;
	WV_AUTO(wv_buf_done) struct wv_buf stamp = {.cap = WV_KIB};
	char text[WV_TIME_TEXT_MAX];
	struct wv_replayed what = {
		.is_style = s->content == WV_CONTENT_STYLE,
		.content_type = wv_message_field(s->had.headers, "Content-Type"),
		.url = s->capture->url,
	};
	enum wv_status st = read_whole(s, err);

	if (st != WV_OK)
		return st;
	wv_buf_add_string(&stamp, "/web/");
	wv_address_add_segment(&stamp, &call->visit);
	wv_buf_add_string(&stamp, wv_time_print_14(s->capture->captured, text));
	what.stamp = wv_buf_slice(&stamp);
	what.body = wv_buf_slice(&s->bytes);
	st = rewriter->rewrite(rewriter->context, call->request->arena, &what, &call->answer->body,
	                       err);
	/* Some grow on the way; and out of memory is what an arena at its cap says, too. */
	if (st == WV_LIMIT || (st == WV_NOMEM && s->total > WV_LIMIT_SERVE_MEMORY_BYTES))
		return answer_too_long(s);
	if (st == WV_OK)
		put_away(s);
	return st;
}

static enum wv_status rewrite(struct sending *s, struct wv_err *err)
{
	enum wv_status st;

	if (s->total > WV_LIMIT_SERVE_ANSWER_BYTES)
		return answer_too_long(s);
	if (s->total <= WV_LIMIT_SERVE_LARGE_BYTES)
		return rewrite_whole(s, err);
	/* It is read already where it is not very long; what it grows to is not. */
	st = wv_call_begin_large(s->call, err);
	if (st != WV_OK)
		return st;
	st = rewrite_whole(s, err);
	wv_buf_done(&s->bytes);
	wv_buf_init(&s->bytes, 0);
	wv_call_end_large(s->call);
	return st;
}

static enum wv_status answer_raw(struct sending *s, struct wv_err *err)
{
	struct wv_call *call = s->call;

	wv_replay_add(call, "Content-Type", wv_content_type(&s->had, s->content));
	wv_replay_add(call, "Content-Security-Policy", WV_LIT(WV_RAW_POLICY));
	if (!wv_content_is_shown_raw(&s->had, s->content))
		wv_replay_add(call, "Content-Disposition", WV_LIT("attachment"));
	add_originals(call, s->capture->headers);
	return give_bytes(s, err);
}

/* Browsers say what they will take it for, though not over plain HTTP. */
static bool is_document(const struct wv_call *call)
{
	struct wv_slice dest = wv_http_field(call->request, "Sec-Fetch-Dest");

	return wv_slice_equals(dest, WV_LIT("document")) || wv_slice_equals(dest, WV_LIT("iframe")) ||
	       wv_slice_equals(dest, WV_LIT("frame")) || wv_slice_equals(dest, WV_LIT("object")) ||
	       wv_slice_equals(dest, WV_LIT("embed"));
}

/* Alone in a frame: SVG in a page that shows it as a picture, any other XML as its text. */
static enum wv_status answer_xml(struct sending *s, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf picture = {.cap = 8 * WV_LIMIT_URL_BYTES};
	struct wv_call *call = s->call;
	struct wv_buf *out = &call->answer->body;

	if (!wv_slice_equals(s->had.mime, WV_LIT("image/svg+xml"))) {
		wv_replay_add(call, "Content-Type", WV_LIT("text/plain; charset=utf-8"));
		return give_bytes(s, err);
	}
	wv_replay_add(call, "Content-Type", WV_LIT("text/html; charset=utf-8"));
	wv_memento_add_address(&picture, &call->visit, WV_SLICE_NONE, s->capture->captured, "im_",
	                       s->capture->url);
	wv_html(out, "<!DOCTYPE html>\n<meta charset=\"utf-8\"><title>SVG</title>\n<img alt=\"\"");
	wv_html_attribute(out, "src", wv_buf_slice(&picture));
	wv_html(out, ">\n");
	return WV_OK;
}

static enum wv_status answer_shown(struct sending *s, struct wv_err *err)
{
	struct wv_call *call = s->call;
	bool is_picture = wv_web_is(s->web, "im_") || wv_web_is(s->web, "oe_"), is_rewritten;

	if (wv_web_is(s->web, "cs_") && s->content == WV_CONTENT_OTHER)
		s->content = WV_CONTENT_STYLE;
	/* SVG is a picture where it is asked for as one; which browsers say in a field of their own. */
	if (wv_slice_equals(s->had.mime, WV_LIT("image/svg+xml")))
		wv_replay_add(call, "Vary", WV_LIT("Accept-Language, Sec-Fetch-Dest"));
	if (s->content == WV_CONTENT_XML && is_picture && !is_document(call) &&
	    wv_slice_equals(s->had.mime, WV_LIT("image/svg+xml")))
		s->content = WV_CONTENT_IMAGE;
	is_rewritten = s->content == WV_CONTENT_HTML || s->content == WV_CONTENT_STYLE;
	wv_replay_add(call, "Content-Security-Policy", WV_LIT(WV_REPLAY_POLICY));
	/* What is in a sandbox has no origin: to it everything here is from elsewhere. */
	wv_replay_add(call, "Cross-Origin-Resource-Policy", WV_LIT("cross-origin"));
	wv_replay_add(call, "X-DNS-Prefetch-Control", WV_LIT("off"));
	if (wv_content_is_font(start_of(s)))
		wv_replay_add(call, "Access-Control-Allow-Origin", WV_LIT("*"));
	if (s->content == WV_CONTENT_XML)
		return answer_xml(s, err);
	if (is_rewritten && call->options->rewriter) {
		wv_replay_add(call, "Content-Type",
		              s->content == WV_CONTENT_HTML ? WV_LIT("text/html; charset=utf-8")
		                                            : WV_LIT("text/css; charset=utf-8"));
		return rewrite(s, err);
	}
	wv_replay_add(call, "Content-Type", is_rewritten ? WV_LIT("text/plain; charset=utf-8")
	                                                 : wv_content_type(&s->had, s->content));
	return give_bytes(s, err);
}

static enum wv_status answer(struct sending *s, const struct wv_original *original,
                             struct wv_err *err)
{
	struct wv_call *call = s->call;
	struct wv_wishes wishes;
	enum wv_status st = wv_wishes_of(&call->visit, s->capture, &wishes, err);

	if (st == WV_OK && !wv_wishes_show_text(&wishes, call->visit.now))
		return wv_call_withhold(call, &wishes);
	if (st == WV_OK)
		st = look_at(s, err);
	if (st == WV_NO)
		return answer_gone(call, s->capture, err);
	if (st != WV_OK)
		return st;
	call->answer->status = status_of(call, s->capture);
	if (wishes.noindex)
		wv_replay_add(call, "X-Robots-Tag", WV_LIT("noindex"));
	if (call->answer->status / 100 == 3)
		add_location(call, s->capture, s->web);
	st = add_memento(call, original, s->capture, !wv_web_is_requisite(s->web), err);
	if (st != WV_OK)
		return st;
	if (!s->web->modifier[0] && call->answer->status / 100 != 3 && s->content == WV_CONTENT_HTML)
		return wv_wrapper(call, original, s->capture, err);
	call->kind = WV_ROUTE_REPLAY;
	return wv_web_is(s->web, "id_") ? answer_raw(s, err) : answer_shown(s, err);
}

enum wv_status wv_replay_answer(struct wv_call *call, const struct wv_original *original,
                                const struct wv_capture *capture, const struct wv_web *web,
                                struct wv_err *err)
{
	struct sending s = {.call = call,
	                    .capture = capture,
	                    .web = web,
	                    .had = header_of(call, capture),
	                    .bytes = {.cap = call->answer->body.cap},
	                    .file = -1};
	enum wv_status st = answer(&s, original, err);

	if (s.file >= 0)
		close(s.file);
	wv_buf_done(&s.bytes);
	return st;
}
