#include "crawler/cmd/read.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/store/row.h"
#include "archive/copies/spread.h"
#include "config/base/text.h"

#define BODY_CAP_BYTES WV_LIMIT_BODY_BYTES_MAX
#define READ_CAP_BYTES (1024u * WV_MIB)

static bool declares(const struct wv_command *command, const char *name)
{
	for (size_t i = 0; i < command->option_count; i++)
		if (wv_slice_equals(wv_slice_of(command->options[i].name), wv_slice_of(name)))
			return true;
	return false;
}

static enum wv_status read_times(struct wv_read *read, struct wv_err *err)
{
	struct wv_command_context *c = read->c;
	struct wv_time as_of = WV_TIME_NONE;
	char text[WV_TIME_TEXT_MAX];
	enum wv_status st = WV_OK;

	read->at = read->as_of = WV_TIME_NONE;
	if (declares(c->command, "at"))
		st = wv_command_time(c, "at", false, &read->at, err);
	if (st == WV_OK && declares(c->command, "as-of"))
		st = wv_command_time(c, "as-of", false, &as_of, err);
	if (st == WV_OK && declares(c->command, "known-at")) {
		read->has_known_at = wv_command_has(c, "known-at");
		st = wv_command_time(c, "known-at", false, &read->known_at, err);
	}
	if (st != WV_OK)
		return st;
	read->as_of = as_of;
	if (!wv_time_is_none(as_of) && (wv_time_is_none(read->at) || as_of.us < read->at.us))
		read->at = as_of;
	if (!read->has_known_at) {
		st = wv_store_known_now(read->txn, &read->known_at, err);
		if (st == WV_OK && !wv_time_is_none(as_of) && !(c->command->flags & WV_COMMAND_NAMES_K))
			wv_command_note(c, "known at %s", wv_time_print(read->known_at, text));
	}
	return st;
}

enum wv_status wv_read_open(struct wv_command_context *context, struct wv_read *read,
                            struct wv_err *err)
{
	struct wv_store_options options = {.read_only = true};
	enum wv_status st;

	*read = (struct wv_read){.c = context, .now = wv_clock_now(context->clock)};
	st = wv_arena_new(READ_CAP_BYTES, &read->arena, err);
	if (st == WV_OK)
		st = wv_store_open(context->archive, &options, context->clock, &read->store, err);
	if (st == WV_OK)
		st = wv_store_begin_read(read->store, &read->txn, err);
	if (st != WV_OK)
		return st;
	read->is_simulated = wv_store_is_simulated(read->store);
	return read_times(read, err);
}

void wv_read_done(struct wv_read *read)
{
	wv_txn_abort(&read->txn);
	wv_store_close(&read->store);
	wv_arena_free(&read->arena);
}

bool wv_read_is_id(const char *argument, uint64_t *id)
{
	return wv_slice_u64(wv_slice_of(argument), id);
}

enum wv_status wv_read_page(struct wv_read *read, const char *argument, struct wv_page *page,
                            struct wv_err *err)
{
	struct wv_url url;
	struct wv_slice key;
	enum wv_status st = wv_url_parse(read->arena, wv_slice_of(argument), NULL, &url, err);

	if (st == WV_OK)
		st = wv_url_page_key(read->arena, &url, &key, err);
	if (st != WV_OK)
		return st;
	st = wv_store_page_of_key(read->txn, read->arena, key, page, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_NO, "'%s' was never captured", argument);
	return st;
}

static void note_passed_over(const struct wv_read *read, const struct wv_standing *standing)
{
	char text[WV_TIME_TEXT_MAX];

	for (size_t i = 0; i < standing->passed_count && i < 5; i++)
		wv_command_note(read->c, "passed over capture %llu of %s: %.*s",
		                (unsigned long long)standing->passed[i].id,
		                wv_time_print(standing->passed[i].captured, text),
		                WV_FMT(standing->passed[i].why));
	if (standing->passed_total > 5)
		wv_command_note(read->c, "passed over %llu more",
		                (unsigned long long)(standing->passed_total - 5));
}

void wv_read_json_tombstone(struct wv_read *read, const struct wv_fact *fact, struct wv_slice url)
{
	struct wv_json_writer w;

	wv_json_begin(&w, read->c->out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "kind", WV_LIT("tombstone"));
	if (fact->is_of_capture)
		wv_json_u64(&w, "id", fact->capture);
	wv_json_string(&w, "url", url);
	wv_json_string(&w, "page", fact->page_key);
	wv_json_string(&w, "level", wv_slice_of(wv_act_name(fact->act)));
	wv_json_u64(&w, "number", fact->number);
	wv_json_time(&w, "recorded", fact->recorded);
	wv_json_time(&w, "until", fact->until);
	if (fact->act == WV_ACT_ERASE || fact->act == WV_ACT_PRUNE)
		wv_json_u64(&w, "captures", fact->captures);
	wv_json_string(&w, "reason", fact->reason);
	if (read->is_simulated)
		wv_json_string(&w, "clock", WV_LIT("simulated"));
	wv_json_close(&w);
	wv_buf_add_byte(read->c->out, '\n');
}

enum wv_status wv_read_refuse(struct wv_read *read, const struct wv_fact *fact, struct wv_slice url,
                              struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf words = {.cap = 4096};

	if (read->c->json)
		wv_read_json_tombstone(read, fact, url);
	if (fact->is_of_capture)
		wv_buf_add_format(&words, "capture %llu of ", (unsigned long long)fact->capture);
	wv_buf_add_string(&words, "'");
	wv_read_add_plain(&words, wv_slice_part(url, 0, 200));
	wv_buf_add_string(&words, "' was ");
	wv_fact_print(fact, &words);
	return wv_err_set(err, WV_NO, "%.*s", WV_FMT(wv_buf_slice(&words)));
}

/* A tombstone where the capture was erased; else it never was. */
static enum wv_status erased_id(struct wv_read *read, uint64_t id, struct wv_err *err)
{
	struct wv_fact fact;
	enum wv_status st = wv_register_erased(read->txn, read->arena, id, &fact, err);

	if (st == WV_NO)
		return wv_err_set(err, WV_NO, "the archive has no capture %llu",
		                  (unsigned long long)id);
	if (st != WV_OK)
		return st;
	fact.is_of_capture = true;
	fact.capture = id;
	return wv_read_refuse(read, &fact, fact.url, err);
}

static enum wv_status capture_of_id(struct wv_read *read, uint64_t id,
                                    struct wv_standing *standing, struct wv_err *err)
{
	struct wv_fact fact;
	enum wv_status st = wv_store_capture(read->txn, read->arena, id,
	                                     read->has_known_at ? read->known_at : WV_TIME_NONE,
	                                     &standing->capture, err);

	if (st == WV_NO)
		return erased_id(read, id, err);
	/* --at asks which capture of a page; --as-of, what there was to be known. */
	if (st == WV_OK && !wv_time_is_none(read->as_of) &&
	    standing->capture.captured.us > read->as_of.us)
		st = wv_err_set(err, WV_NO, "capture %llu was made later than --as-of",
		                (unsigned long long)id);
	if (st != WV_OK)
		return st;
	st = wv_register_shows(read->txn, read->arena, standing->capture.page_key, id, read->now,
	                       &fact, err);
	if (st != WV_NO)
		return st;
	fact.is_of_capture = true;
	fact.capture = id;
	return wv_read_refuse(read, &fact, standing->capture.url, err);
}

enum wv_status wv_read_capture(struct wv_read *read, const char *argument,
                               enum wv_standing_mode mode, struct wv_standing *standing,
                               struct wv_err *err)
{
	struct wv_page page;
	struct wv_standing_query query = {
		.at = read->at,
		.known_at = read->has_known_at ? read->known_at : WV_TIME_NONE,
		.mode = mode,
		.now = read->now,
	};
	char text[WV_TIME_TEXT_MAX];
	uint64_t id;
	enum wv_status st;

	*standing = (struct wv_standing){0};
	if (wv_read_is_id(argument, &id))
		return capture_of_id(read, id, standing, err);
	st = wv_read_page(read, argument, &page, err);
	if (st != WV_OK)
		return st;
	query.page = page.number;
	st = wv_store_standing(read->txn, read->arena, &query, standing, err);
	if (st == WV_OK || st == WV_NO)
		note_passed_over(read, standing);
	if (st == WV_NO && standing->is_refused)
		return wv_read_refuse(read, &standing->refusal, wv_slice_of(argument), err);
	if (st != WV_NO)
		return st;
	if (wv_time_is_none(read->at))
		return wv_err_set(err, WV_NO, "no good capture of '%s'", argument);
	return wv_err_set(err, WV_NO, "no good capture of '%s' %s %s", argument,
	                  mode == WV_STANDING_AFTER ? "at or after" : "at or before",
	                  wv_time_print(read->at, text));
}

enum wv_status wv_read_article(struct wv_read *read, const struct wv_capture *capture,
                               struct wv_article *article, struct wv_err *err)
{
	struct wv_reading reading;
	enum wv_status st = wv_store_reading(read->txn, read->arena, capture,
	                                     read->has_known_at ? read->known_at : WV_TIME_NONE,
	                                     &reading, err);

	if (st != WV_OK)
		return st;
	return wv_store_article(read->txn, read->arena, &reading, article, err);
}

/* Why a body is not there, in words. WV_NO. */
static enum wv_status is_gone(struct wv_read *read, const struct wv_capture *capture,
                              struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf words = {.cap = 4096};
	struct wv_fact fact;
	enum wv_status st = wv_register_pruned(read->txn, read->arena, WV_BLOB_BODY, &capture->body,
	                                       &fact, err);

	if (st == WV_NO)
		return wv_err_set(err, WV_NO, "the body of capture %llu is not in the archive",
		                  (unsigned long long)capture->id);
	if (st != WV_OK)
		return st;
	wv_fact_print(&fact, &words);
	return wv_err_set(err, WV_NO, "the body of capture %llu was %.*s",
	                  (unsigned long long)capture->id, WV_FMT(wv_buf_slice(&words)));
}

enum wv_status wv_read_whole_article(struct wv_read *read, const char *argument,
                                     const struct wv_capture *capture,
                                     struct wv_article *article, struct wv_parts *parts,
                                     struct wv_err *err)
{
	const struct wv_parts_query query = {
		.first = capture,
		.at = read->at,
		.known_at = read->has_known_at ? read->known_at : WV_TIME_NONE,
		.now = read->now,
	};
	uint64_t id;
	enum wv_status st = wv_read_article(read, capture, article, err);

	*parts = (struct wv_parts){0};
	if (st != WV_OK || wv_read_is_id(argument, &id))
		return st;
	st = wv_store_join_parts(read->txn, read->arena, &query, article, parts, err);
	if (st == WV_OK && parts->missing.n)
		wv_command_note(read->c, "the article goes on at '%.*s': %.*s", WV_FMT(parts->missing),
		                WV_FMT(parts->why));
	return st;
}

void wv_read_json_parts(struct wv_json_writer *w, const struct wv_parts *parts)
{
	wv_json_open_array(w, "parts");
	for (size_t i = 0; i < parts->count; i++) {
		wv_json_open_object(w, NULL);
		wv_json_u64(w, "id", parts->parts[i].id);
		wv_json_string(w, "url", parts->parts[i].url);
		wv_json_time(w, "captured", parts->parts[i].captured);
		wv_json_close(w);
	}
	wv_json_close(w);
	wv_json_string_or_null(w, "missing_part", parts->missing);
}

enum wv_status wv_read_body(struct wv_read *read, const struct wv_capture *capture,
                            struct wv_buf *body, struct wv_err *err)
{
	enum wv_status st;

	wv_buf_init(body, BODY_CAP_BYTES);
	if (!capture->has_body)
		return wv_err_set(err, WV_NO, "capture %llu has no body%s",
		                  (unsigned long long)capture->id,
		                  capture->flags & WV_CAPTURE_NOARCHIVE
		                          ? ": the page asked not to be kept"
		                          : "");
	st = wv_store_body(read->txn, &capture->body, body, err);
	if (st == WV_NO)
		return is_gone(read, capture, err);
	if (st != WV_OK)
		return wv_err_add(err, st, "capture %llu", (unsigned long long)capture->id);
	return WV_OK;
}

/* What the page asked of archives and readers; without the member: nothing. */
static void add_wishes(struct wv_json_writer *w, const struct wv_capture *capture)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} wishes[] = {{WV_CAPTURE_NOARCHIVE, "noarchive"},
	              {WV_CAPTURE_NOINDEX, "noindex"},
	              {WV_CAPTURE_NOSNIPPET, "nosnippet"},
	              {WV_CAPTURE_TDM_RESERVED, "tdm-reserved"}};
	const uint32_t all = WV_CAPTURE_NOARCHIVE | WV_CAPTURE_NOINDEX | WV_CAPTURE_NOSNIPPET |
	                     WV_CAPTURE_TDM_RESERVED;

	if (!(capture->flags & all))
		return;
	wv_json_open_array(w, "asks");
	for (size_t i = 0; i < WV_COUNT(wishes); i++)
		if (capture->flags & wishes[i].flag)
			wv_json_string(w, NULL, wv_slice_of(wishes[i].name));
	wv_json_close(w);
}

void wv_read_json_capture(struct wv_json_writer *w, const struct wv_read *read,
                          const struct wv_capture *capture)
{
	wv_json_int(w, "v", 1);
	wv_json_u64(w, "id", capture->id);
	wv_json_string(w, "url", capture->url);
	wv_json_string(w, "page", capture->page_key);
	wv_json_time(w, "captured", capture->captured);
	wv_json_time(w, "recorded", capture->recorded);
	if (capture->status)
		wv_json_int(w, "status", capture->status);
	else
		wv_json_null(w, "status");
	wv_json_string(w, "verdict", wv_slice_of(wv_verdict_name(capture->verdict)));
	wv_json_string_or_null(w, "mime", capture->mime);
	/* Of a page that asked not to be kept, the digest is what there is. */
	if (capture->has_body || capture->flags & WV_CAPTURE_NOARCHIVE)
		wv_json_digest(w, "digest", &capture->body);
	else
		wv_json_null(w, "digest");
	wv_json_u64(w, "bytes", capture->body_bytes);
	if (capture->has_version)
		wv_json_digest(w, "version", &capture->version);
	else
		wv_json_null(w, "version");
	wv_json_string_or_null(w, "source", capture->source);
	wv_json_string_or_null(w, "location", capture->location);
	wv_json_string_or_null(w, "address", capture->address);
	wv_json_string_or_null(w, "basis", capture->basis);
	wv_json_string_or_null(w, "reason", capture->reason);
	add_wishes(w, capture);
	if (read->is_simulated)
		wv_json_string(w, "clock", WV_LIT("simulated"));
}

void wv_read_json_stated(struct wv_json_writer *w, const char *name,
                         const struct wv_stated_time *time)
{
	static const char *const zones[] = {"none", "explicit", "source", "assumed"};
	char key[64];

	if (!time->is_set) {
		wv_json_null(w, name);
		return;
	}
	wv_json_string(w, name, time->text);
	snprintf(key, sizeof(key), "%s_earliest", name);
	wv_json_time(w, key, time->earliest);
	snprintf(key, sizeof(key), "%s_latest", name);
	wv_json_time(w, key, time->latest);
	snprintf(key, sizeof(key), "%s_basis", name);
	wv_json_string(w, key, time->found);
	snprintf(key, sizeof(key), "%s_zone", name);
	wv_json_string(w, key, wv_slice_of(zones[time->zone]));
	snprintf(key, sizeof(key), "%s_raw", name);
	wv_json_string(w, key, time->raw);
}

void wv_read_json_claim(struct wv_json_writer *w, const struct wv_spread_claim *claim)
{
	wv_json_open_object(w, NULL);
	wv_json_string(w, "kind", wv_slice_of(wv_claim_kind_name(claim->claim.kind)));
	wv_json_string(w, "name", claim->claim.name);
	wv_json_string_or_null(w, "known_as", claim->claim.known);
	wv_json_string(w, "words", claim->claim.words);
	wv_json_string_or_null(w, "source", claim->source);
}

void wv_read_add_plain(struct wv_buf *out, struct wv_slice text)
{
	for (size_t at = 0; at < text.n;) {
		uint32_t c = wv_text_next(text, &at);

		/* C0, DEL and C1: an archived page must not drive the terminal. */
		wv_buf_add_utf8(out, c < 0x20 || (c >= 0x7F && c < 0xA0) ? ' ' : c);
	}
}

void wv_read_colour(const struct wv_command_context *context, const char *name)
{
	static const struct {
		const char *name, *code;
	} colours[] = {
		{"bold", "\033[1m"},   {"dim", "\033[2m"},     {"red", "\033[31m"},
		{"green", "\033[32m"}, {"yellow", "\033[33m"}, {"off", "\033[0m"},
	};

	if (!context->has_colour)
		return;
	for (size_t i = 0; i < WV_COUNT(colours); i++)
		if (wv_slice_equals(wv_slice_of(colours[i].name), wv_slice_of(name)))
			wv_buf_add_string(context->out, colours[i].code);
}

struct wv_time wv_read_second(struct wv_time t)
{
	if (wv_time_is_none(t))
		return t;
	return (struct wv_time){t.us / WV_US_PER_S * WV_US_PER_S};
}

void wv_read_note_sources(struct wv_read *read)
{
	struct wv_source_totals *sources;
	const char *asked;
	size_t count;

	if (wv_store_sources(read->txn, read->c->arena, &sources, &count, NULL) != WV_OK)
		return;
	for (size_t i = 0; (asked = wv_command_option_at(read->c, "source", i)) != NULL; i++) {
		size_t k = 0;

		while (k < count && !wv_slice_equals(sources[k].name, wv_slice_of(asked)))
			k++;
		if (k == count)
			wv_command_note(read->c, "the archive has no source '%s': 'wirevault status' lists them",
			                asked);
	}
}
