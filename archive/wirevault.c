#include "archive/wirevault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/store/lookup.h"
#include "archive/store/store.h"
#include "config/base/limits.h"
#include "config/url.h"

#define ARENA_CAP   (512u * WV_MIB)
#define BLOCK_BYTES 8u /* alignment of what is packed behind a capture */

struct wirevault {
	struct wv_store *store;
	struct wv_arena *arena; /* of one call */
	struct wv_err err;
};

static enum wirevault_status status_of(enum wv_status st)
{
	switch (st) {
	case WV_OK:
		return WIREVAULT_OK;
	case WV_NO:
		return WIREVAULT_NO;
	case WV_USAGE:
	case WV_LIMIT:
		return WIREVAULT_USAGE;
	case WV_MISSING:
		return WIREVAULT_MISSING;
	case WV_DAMAGED:
		return WIREVAULT_DAMAGED;
	case WV_NOMEM:
		return WIREVAULT_NOMEM;
	default:
		return WIREVAULT_IO;
	}
}

static enum wirevault_status end(struct wirevault *archive, enum wv_status st)
{
	if (st == WV_OK || st == WV_NO)
		archive->err.text[0] = 0;
	return status_of(st);
}

enum wirevault_status wirevault_open(const char *folder, struct wirevault **archive, char *why,
                                     size_t why_bytes)
{
	const struct wv_store_options options = {.read_only = true};
	struct wirevault *made = calloc(1, sizeof *made);
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st = WV_NOMEM;

	if (made) {
		st = wv_arena_new(ARENA_CAP, &made->arena, &err);
		if (st == WV_OK)
			st = wv_store_open(folder, &options, wv_clock_system(), &made->store, &err);
	}
	if (st != WV_OK) {
		if (why && why_bytes)
			(void)snprintf(why, why_bytes, "%s", made ? err.text : "out of memory");
		wirevault_close(made);
		return status_of(st);
	}
	*archive = made;
	return WIREVAULT_OK;
}

void wirevault_close(struct wirevault *archive)
{
	if (!archive)
		return;
	wv_store_close(&archive->store);
	wv_arena_free(&archive->arena);
	free(archive);
}

const char *wirevault_why(const struct wirevault *archive)
{
	return archive->err.text;
}

/* --- captures --- */

/* Copies a text behind the struct and ends it in NUL. */
static const char *put_text(char **at, struct wv_slice s)
{
	char *start = *at;

	if (s.n)
		memcpy(start, s.p, s.n);
	start[s.n] = 0;
	*at += s.n + 1;
	return start;
}

/* One allocation: the struct, then its texts. */
static struct wirevault_capture *pack(const struct wv_capture *c)
{
	size_t texts = c->url.n + c->source.n + c->mime.n + c->headers.n + 4;
	struct wirevault_capture *made = calloc(1, sizeof *made + texts + BLOCK_BYTES);
	char *at;

	if (!made)
		return NULL;
	at = (char *)(made + 1);
	made->id = c->id;
	made->captured_us = c->captured.us;
	made->recorded_us = c->recorded.us;
	made->status = c->status;
	made->url = put_text(&at, c->url);
	made->source = put_text(&at, c->source);
	made->mime = put_text(&at, c->mime);
	made->headers = put_text(&at, c->headers);
	made->verdict = wv_verdict_name(c->verdict);
	made->has_body = c->has_body;
	made->body_bytes = c->body_bytes;
	memcpy(made->digest, c->body.b, sizeof made->digest);
	made->is_simulated = (c->flags & WV_CAPTURE_SIMULATED_CLOCK) != 0;
	return made;
}

void wirevault_capture_free(struct wirevault_capture *capture)
{
	free(capture);
}

static enum wv_status give(struct wirevault *archive, const struct wv_capture *from,
                           struct wirevault_capture **out)
{
	struct wirevault_capture *made = pack(from);

	if (!made)
		return wv_err_set(&archive->err, WV_NOMEM, "out of memory");
	*out = made;
	return WV_OK;
}

static enum wv_status page_of(struct wirevault *archive, struct wv_txn *txn, const char *url,
                              struct wv_page *page)
{
	struct wv_slice key;
	struct wv_url parsed;
	enum wv_status st =
		wv_url_parse(archive->arena, wv_slice_of(url), NULL, &parsed, &archive->err);

	if (st == WV_OK)
		st = wv_url_page_key(archive->arena, &parsed, &key, &archive->err);
	if (st == WV_OK)
		st = wv_store_page_of_key(txn, archive->arena, key, page, &archive->err);
	return st;
}

static enum wv_status begin(struct wirevault *archive, struct wv_txn **txn)
{
	wv_arena_reset(archive->arena);
	return wv_store_begin_read(archive->store, txn, &archive->err);
}

static struct wv_time now_of(const struct wirevault *archive)
{
	return wv_clock_now(wv_store_clock(archive->store));
}

/* WV_NO, and wirevault_why tells what, when and why. */
static enum wv_status taken_down(struct wirevault *archive, const struct wv_fact *fact)
{
	WV_AUTO(wv_buf_done) struct wv_buf words = {.cap = sizeof archive->err.text};

	wv_fact_print(fact, &words);
	return wv_err_set(&archive->err, WV_NO, "%.*s", WV_FMT(wv_buf_slice(&words)));
}

/* WV_NO: this capture may not be shown. */
static enum wv_status ask(struct wirevault *archive, struct wv_txn *txn,
                          const struct wv_capture *capture)
{
	struct wv_fact fact;
	enum wv_status st = wv_register_shows(txn, archive->arena, capture->page_key, capture->id,
	                                      now_of(archive), &fact, &archive->err);

	return st == WV_NO ? taken_down(archive, &fact) : st;
}

enum wirevault_status wirevault_at(struct wirevault *archive, const char *url, int64_t at_us,
                                   int64_t known_at_us, struct wirevault_capture **capture)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_standing_query query = {
		.at = {at_us}, .known_at = {known_at_us}, .now = now_of(archive)};
	struct wv_standing standing;
	struct wv_page page;
	enum wv_status st = begin(archive, &txn);

	if (st == WV_OK)
		st = page_of(archive, txn, url, &page);
	if (st == WV_OK) {
		query.page = page.number;
		st = wv_store_standing(txn, archive->arena, &query, &standing, &archive->err);
		if (st == WV_NO && standing.is_refused)
			st = taken_down(archive, &standing.refusal);
	}
	if (st == WV_OK)
		st = give(archive, &standing.capture, capture);
	return end(archive, st);
}

enum wirevault_status wirevault_by_id(struct wirevault *archive, uint64_t id,
                                      struct wirevault_capture **capture)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_capture found;
	enum wv_status st = begin(archive, &txn);

	if (st == WV_OK)
		st = wv_store_capture(txn, archive->arena, id, WV_TIME_NONE, &found, &archive->err);
	if (st == WV_OK)
		st = ask(archive, txn, &found);
	if (st == WV_OK)
		st = give(archive, &found, capture);
	return end(archive, st);
}

enum wirevault_status
wirevault_history(struct wirevault *archive, const char *url, int64_t from_us, int64_t to_us,
                  int (*visit)(const struct wirevault_capture *capture, void *context),
                  void *context)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	struct wv_captures_query query = {
		.from = {from_us}, .to = {to_us}, .known_at = WV_TIME_NONE,
		.now = now_of(archive)};
	struct wv_page page;
	bool goes_on = true;
	enum wv_status st = begin(archive, &txn);

	if (st == WV_OK)
		st = page_of(archive, txn, url, &page);
	if (st == WV_OK) {
		query.page = page.number;
		st = wv_captures_begin(txn, &query, &captures, &archive->err);
	}
	if (st != WV_OK)
		return end(archive, st);
	while (st == WV_OK && goes_on) {
		struct wirevault_capture *made = NULL;
		struct wv_capture capture;

		wv_arena_reset(archive->arena);
		st = wv_captures_next(captures, archive->arena, &capture, &archive->err);
		if (st == WV_OK)
			st = give(archive, &capture, &made);
		if (st == WV_OK)
			goes_on = visit(made, context) == 0;
		wirevault_capture_free(made);
	}
	return end(archive, st == WV_NO ? WV_OK : st);
}

/* --- what they hold --- */

enum wirevault_status wirevault_body(struct wirevault *archive,
                                     const struct wirevault_capture *capture, unsigned char **bytes,
                                     size_t *size)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf body = {0};
	struct wv_digest digest;
	struct wv_capture found;
	enum wv_status st = capture->has_body ? begin(archive, &txn) : WV_NO;

	memcpy(digest.b, capture->digest, sizeof digest.b);
	wv_buf_init(&body, WV_LIMIT_BODY_BYTES_MAX);
	if (st == WV_OK)
		st = wv_store_capture(txn, archive->arena, capture->id, WV_TIME_NONE, &found,
		                      &archive->err);
	if (st == WV_OK)
		st = ask(archive, txn, &found);
	if (st == WV_OK)
		st = wv_store_body(txn, &digest, &body, &archive->err);
	if (st == WV_OK && !body.p && !wv_buf_room(&body, 1)) /* an empty body is one, too */
		st = wv_err_set(&archive->err, WV_NOMEM, "out of memory");
	if (st == WV_OK) {
		*size = body.n;
		*bytes = WV_TAKE(body.p);
	}
	return end(archive, st);
}

static char *own_text(struct wv_slice s)
{
	char *text = malloc(s.n + 1), *at = text;

	if (text)
		(void)put_text(&at, s);
	return text;
}

enum wirevault_status wirevault_article(struct wirevault *archive,
                                        const struct wirevault_capture *capture, char **title,
                                        char **text)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_slice words = WV_SLICE_NONE;
	char *made_title = NULL, *made_text = NULL;
	struct wv_capture found;
	struct wv_reading reading;
	struct wv_article article;
	enum wv_status st = begin(archive, &txn);

	if (st == WV_OK)
		st = wv_store_capture(txn, archive->arena, capture->id, WV_TIME_NONE, &found,
		                      &archive->err);
	if (st == WV_OK)
		st = ask(archive, txn, &found);
	if (st == WV_OK)
		st = wv_store_reading(txn, archive->arena, &found, WV_TIME_NONE, &reading,
		                      &archive->err);
	if (st == WV_OK && reading.verdict != WV_VERDICT_ARTICLE)
		st = WV_NO;
	if (st == WV_OK)
		st = wv_store_article(txn, archive->arena, &reading, &article, &archive->err);
	if (st == WV_OK)
		st = wv_article_text(&article, archive->arena, &words, &archive->err);
	if (st != WV_OK)
		return end(archive, st);
	made_title = own_text(article.title);
	made_text = own_text(words);
	if (!made_title || !made_text) {
		free(made_title);
		free(made_text);
		return end(archive, wv_err_set(&archive->err, WV_NOMEM, "out of memory"));
	}
	*title = made_title;
	*text = made_text;
	return end(archive, WV_OK);
}

void wirevault_free(void *bytes)
{
	free(bytes);
}
