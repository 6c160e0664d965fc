#include "crawler/cmd/extract_archive.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/copies/follow.h"
#include "archive/proof/merkle.h"
#include "archive/store/batch.h"
#include "archive/store/lock.h"
#include "archive/store/row.h"
#include "archive/store/lookup.h"
#include "archive/store/store.h"
#include "config/base/checked.h"
#include "config/base/limits.h"
#include "config/url.h"
#include "config/zone.h"
#include "crawler/fetch/headers.h"
#include "crawler/page/extract.h"
#include "crawler/page/html.h"
#include "crawler/page/sites.h"

#define PAGE_ARENA_BYTES  (768u * WV_MIB) /* as in a crawl: the same pages must fit */
#define MODEL_ARENA_BYTES (4u * WV_MIB)
#define SLICE_CAPTURES    200u
#define SLICE_BYTES       (8u * WV_MIB)
#define LIST_BYTES        (1024u * WV_MIB) /* of the asked pages' captures, 8 bytes each */
#define PROGRESS_US       (200 * WV_US_PER_MS)

enum pass { LEARN, READ };

/* One page's lesson, until its slice is committed. */
struct lesson {
	uint64_t id;
	struct wv_slice site;
	struct wv_page_prints prints;
};

struct again {
	struct wv_command_context *context;
	const struct wv_settings *settings;
	const struct wv_zone **zones; /* beside settings->sources */
	struct wv_slice source;       /* only of this one; empty: of all */
	struct wv_store *store;
	struct wv_copies_follower *copies;
	struct wv_html_parser *parser;
	struct wv_arena *arena;       /* of the capture at hand */
	struct wv_arena *slice;       /* of the lessons */
	struct wv_arena *model_arena;
	struct wv_buf body;
	struct wv_buf ids;            /* uint64_t: captures of the pages asked for */
	bool has_ids;
	uint64_t total;
	enum pass pass;
	/* The model of the site last met; constant within a pass. */
	struct wv_buf site;
	const struct wv_site_model *model;
	/* The slice being filled. */
	struct wv_batch *batch;
	struct wv_buf lessons, lines;
	size_t in_slice;
	/* Counts. */
	uint64_t looked_at, read, changed, failed, damaged;
	bool noted_source;
	struct wv_mono last_progress;
};

/* ---- what is looked at */

static uint64_t id_at(const struct again *a, uint64_t nth)
{
	uint64_t id = nth;

	if (a->has_ids)
		memcpy(&id, a->ids.p + nth * sizeof(id), sizeof(id));
	return id;
}

static enum wv_status add_page(struct again *a, struct wv_txn *txn, const char *argument,
                               struct wv_err *err)
{
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	struct wv_captures_query query = {.from = WV_TIME_NONE,
	                                  .to = WV_TIME_NONE,
	                                  .known_at = WV_TIME_NONE,
	                                  .sees_all = true};
	struct wv_url url;
	struct wv_slice key;
	struct wv_page page;
	enum wv_status st = wv_url_parse(a->arena, wv_slice_of(argument), NULL, &url, err);

	if (st == WV_OK)
		st = wv_url_page_key(a->arena, &url, &key, err);
	if (st == WV_OK)
		st = wv_store_page_of_key(txn, a->arena, key, &page, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_NO, "'%s' was never captured", argument);
	query.page = page.number;
	if (st == WV_OK)
		st = wv_captures_begin(txn, &query, &captures, err);
	while (st == WV_OK) {
		struct wv_capture capture;

		wv_arena_reset(a->arena);
		st = wv_captures_next(captures, a->arena, &capture, err);
		if (st == WV_OK)
			wv_buf_add_bytes(&a->ids, &capture.id, sizeof(capture.id));
	}
	return st == WV_NO ? wv_buf_finish(&a->ids, "captures asked for", err) : st;
}

static int by_id(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return a < b ? -1 : a > b;
}

/* In the order of IDs, for so sites learn, and each once, whatever was asked for twice. */
static void sort_ids(struct again *a)
{
	uint64_t *ids = (uint64_t *)(void *)a->ids.p;
	size_t n = a->ids.n / sizeof(*ids), unique = 0;

	if (n)
		qsort(ids, n, sizeof(*ids), by_id);
	for (size_t i = 0; i < n; i++)
		if (unique == 0 || ids[unique - 1] != ids[i])
			ids[unique++] = ids[i];
	a->total = unique;
}

static enum wv_status list_captures(struct again *a, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_store_totals totals;
	enum wv_status st = wv_store_begin_read(a->store, &txn, err);

	if (st == WV_OK)
		st = wv_store_totals(txn, &totals, err);
	if (st != WV_OK)
		return st;
	a->total = totals.captures;
	if (a->context->argument_count == 0)
		return WV_OK;
	a->has_ids = true;
	for (int i = 0; i < a->context->argument_count && st == WV_OK; i++)
		st = add_page(a, txn, a->context->arguments[i], err);
	sort_ids(a);
	return st;
}

static bool is_readable(const struct again *a, const struct wv_capture *c)
{
	if (!c->has_body || c->has_stands_for || c->flags & WV_CAPTURE_REDIRECT)
		return false;
	if (a->source.n && !wv_slice_equals(a->source, c->source))
		return false;
	return c->extractor > 0 || c->verdict == WV_VERDICT_UNREAD;
}

/* Of each page the capture that first showed it, as long as it is news to the site. */
static enum wv_status can_teach(struct again *a, struct wv_txn *txn, const struct wv_capture *c,
                                bool *out, struct wv_err *err)
{
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	const struct wv_captures_query query = {.page = c->page,
	                                        .from = WV_TIME_NONE,
	                                        .to = c->captured,
	                                        .known_at = WV_TIME_NONE,
	                                        .sees_all = true};
	struct wv_capture first;
	bool is_learned = true;
	enum wv_status st;

	*out = false;
	if (c->status != 200 || !is_readable(a, c) ||
	    (c->verdict != WV_VERDICT_UNREAD && c->verdict != WV_VERDICT_ARTICLE) ||
	    !wv_sites_site(c->page_key).n)
		return WV_OK;
	st = wv_sites_has_learned(txn, wv_sites_site(c->page_key), c->id, &is_learned, err);
	if (st != WV_OK || is_learned)
		return st;
	st = wv_captures_begin(txn, &query, &captures, err);
	if (st == WV_OK)
		st = wv_captures_next(captures, a->arena, &first, err);
	if (st == WV_OK)
		*out = first.id == c->id;
	return st == WV_NO ? WV_OK : st;
}

/* ---- one capture */

static enum wv_status load_model(struct again *a, struct wv_txn *txn, struct wv_slice site,
                                 struct wv_err *err)
{
	struct wv_site_model *model = NULL;
	enum wv_status st;

	if (site.n && wv_slice_equals(site, wv_buf_slice(&a->site)))
		return WV_OK;
	wv_arena_reset(a->model_arena);
	a->model = NULL;
	wv_buf_reset(&a->site);
	st = wv_sites_model(txn, site, WV_SITES_NEWEST, a->model_arena, &model, err);
	if (st != WV_OK && st != WV_NO)
		return wv_err_add(err, st, "site model of '%.*s'", WV_FMT(site));
	a->model = model;
	wv_buf_add(&a->site, site);
	return wv_buf_finish(&a->site, "name of a site", err);
}

static void find_source(struct again *a, const struct wv_capture *c,
                        struct wv_extract_input *input)
{
	input->source_name = c->source;
	for (size_t i = 0; i < a->settings->source_count; i++) {
		if (!wv_slice_equals(a->settings->sources[i].name, c->source))
			continue;
		input->source_category = a->settings->sources[i].category;
		input->source_zone = a->zones[i];
		return;
	}
	if (c->source.n && !a->noted_source)
		wv_command_note(a->context,
		                "source '%.*s' is not in the settings: its category and its time "
		                "zone are not known",
		                WV_FMT(c->source));
	a->noted_source = a->noted_source || c->source.n > 0;
}

/* The same input as the crawl had: the same bytes, extractor and model give the same article. */
static enum wv_status extract(struct again *a, const struct wv_capture *c,
                              const struct wv_site_model *model, struct wv_article *article,
                              struct wv_page_prints *prints, struct wv_err *err)
{
	struct wv_extract_input input = {
		.body = wv_buf_slice(&a->body),
		.content_type = wv_headers_last(c->headers, WV_LIT("Content-Type")),
		.url = c->url,
		.fetched = c->captured,
		.http_status = c->status,
		.is_truncated = c->flags & (WV_CAPTURE_TRUNCATED_LENGTH | WV_CAPTURE_TRUNCATED_TIME |
		                            WV_CAPTURE_TRUNCATED_DISCONNECT),
		.parser = a->parser,
		.model = model,
	};
	struct wv_page *page;
	enum wv_status st;

	find_source(a, c, &input);
	st = wv_page_open(&input, a->arena, &page, err);
	return st == WV_OK ? wv_page_extract(page, a->arena, article, prints, err) : st;
}

static bool is_same_text(struct again *a, const struct wv_article *x, const struct wv_article *y)
{
	struct wv_slice text_x, text_y;

	return wv_article_text(x, a->arena, &text_x, NULL) == WV_OK &&
	       wv_article_text(y, a->arena, &text_y, NULL) == WV_OK &&
	       wv_slice_equals(text_x, text_y);
}

static enum wv_status is_changed(struct again *a, const struct wv_capture *c,
                                 const struct wv_article *article, bool *out, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_reading reading;
	struct wv_article before;
	enum wv_status st = wv_store_begin_read(a->store, &txn, err);

	*out = true;
	if (st == WV_OK)
		st = wv_store_reading(txn, a->arena, c, WV_TIME_NONE, &reading, err);
	if (st == WV_OK)
		st = wv_store_article(txn, a->arena, &reading, &before, err);
	if (st == WV_OK)
		*out = before.verdict != article->verdict ||
		       !wv_slice_equals(before.title, article->title) ||
		       !is_same_text(a, &before, article);
	return st == WV_NO ? WV_OK : st;
}

static void begin_line(struct again *a, struct wv_json_writer *w, const struct wv_capture *c)
{
	wv_json_begin(w, &a->lines);
	wv_json_open_object(w, NULL);
	wv_json_int(w, "v", 1);
	wv_json_u64(w, "id", c->id);
	wv_json_string(w, "url", c->url);
	if (wv_store_is_simulated(a->store))
		wv_json_string(w, "clock", WV_LIT("simulated"));
}

static void put_line(struct again *a, const struct wv_capture *c,
                     const struct wv_article *article, bool changed)
{
	struct wv_json_writer w;

	begin_line(a, &w, c);
	wv_json_string(&w, "verdict", wv_slice_of(wv_verdict_name(article->verdict)));
	wv_json_string_or_null(&w, "title", article->title);
	wv_json_u64(&w, "model", article->model);
	wv_json_u64(&w, "extractor", article->extractor);
	wv_json_bool(&w, "changed", changed);
	wv_json_close(&w);
	wv_buf_add_byte(&a->lines, '\n');
}

static void put_failure(struct again *a, const struct wv_capture *c, enum wv_status st,
                        const struct wv_err *why)
{
	struct wv_json_writer w;

	if (a->pass == LEARN) /* it is reported when it is read */
		return;
	a->failed++;
	a->damaged += st == WV_DAMAGED;
	begin_line(a, &w, c);
	wv_json_string(&w, "error", wv_slice_of(why->text[0] ? why->text : "its bytes are not there"));
	wv_json_string(&w, "status", wv_slice_of(wv_status_name(st)));
	wv_json_close(&w);
	wv_buf_add_byte(&a->lines, '\n');
}

static enum wv_status teach(struct again *a, const struct wv_capture *c, struct wv_err *err)
{
	struct wv_article article;
	struct wv_page_prints prints;
	struct lesson lesson = {.id = c->id};
	struct wv_page_print *copy;
	enum wv_status st = extract(a, c, NULL, &article, &prints, err);

	if (st != WV_OK || article.verdict != WV_VERDICT_ARTICLE || !prints.n)
		return st;
	copy = WV_ARENA_ARRAY(a->slice, struct wv_page_print, prints.n);
	lesson.site = wv_arena_copy(a->slice, wv_sites_site(c->page_key));
	if (!copy || !lesson.site.n)
		return wv_err_set(err, WV_NOMEM, "out of memory for what a page teaches");
	memcpy(copy, prints.p, prints.n * sizeof(*copy));
	lesson.prints = (struct wv_page_prints){copy, prints.n};
	wv_buf_add_bytes(&a->lessons, &lesson, sizeof(lesson));
	a->in_slice++;
	return wv_buf_finish(&a->lessons, "what pages teach", err);
}

static enum wv_status read_again(struct again *a, const struct wv_capture *c, struct wv_err *err)
{
	struct wv_article article;
	bool changed = true;
	enum wv_status st = extract(a, c, a->model, &article, NULL, err);

	if (st == WV_OK)
		st = is_changed(a, c, &article, &changed, err);
	if (st == WV_OK)
		st = wv_batch_add_article(a->batch, c->id, &article, err);
	if (st == WV_OK)
		st = wv_copies_note_reading(a->batch, c->id, c->captured, &article, a->arena,
		                            a->slice, err);
	if (st != WV_OK)
		return st;
	put_line(a, c, &article, changed);
	a->in_slice++;
	a->read++;
	a->changed += changed;
	return WV_OK;
}

/* Is there something to do with it in this pass? Then a->body has its bytes, and READ its model. */
static enum wv_status load(struct again *a, uint64_t id, struct wv_capture *c, bool *wanted,
                           struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_fact fact;
	enum wv_status st = wv_store_begin_read(a->store, &txn, err);

	*wanted = false;
	if (st == WV_OK)
		st = wv_store_capture(txn, a->arena, id, WV_TIME_NONE, c, err);
	if (st == WV_NO) /* erased */
		return WV_OK;
	if (st == WV_OK && a->pass == LEARN)
		st = can_teach(a, txn, c, wanted, err);
	if (st == WV_OK && a->pass == READ && is_readable(a, c)) {
		st = load_model(a, txn, wv_sites_site(c->page_key), err);
		*wanted = c->extractor != WV_EXTRACTOR_VERSION ||
		          c->model != (a->model ? a->model->number : 0);
	}
	if (st != WV_OK || !*wanted)
		return st;
	wv_buf_reset(&a->body);
	st = wv_store_body(txn, &c->body, &a->body, err);
	if (st != WV_NO)
		return st;
	st = wv_register_pruned(txn, a->arena, WV_BLOB_BODY, &c->body, &fact, err);
	*wanted = st == WV_NO; /* what was pruned cannot be read again, and need not be */
	return st == WV_NO ? wv_err_set(err, WV_NO, "its bytes are not there") : st;
}

static enum wv_status look_at(struct again *a, uint64_t id, struct wv_err *err)
{
	struct wv_capture capture = {.id = id};
	struct wv_err why = WV_ERR_NONE;
	bool wanted = false;
	enum wv_status st;

	wv_arena_reset(a->arena);
	st = load(a, id, &capture, &wanted, &why);
	if (st == WV_OK && wanted)
		st = a->pass == LEARN ? teach(a, &capture, &why) : read_again(a, &capture, &why);
	a->looked_at++;
	if (st == WV_NO || st == WV_DAMAGED || st == WV_LIMIT) {
		put_failure(a, &capture, st, &why);
		return WV_OK;
	}
	return st == WV_OK ? WV_OK : wv_err_set(err, st, "%s", why.text);
}

/* ---- slices */

static enum wv_status apply_lessons(struct wv_txn *txn, const struct wv_batch_result *result,
                                    void *context, struct wv_err *err)
{
	const struct again *a = context;
	const struct lesson *lessons = (const struct lesson *)(const void *)a->lessons.p;
	enum wv_status st = WV_OK;

	(void)result;
	for (size_t i = 0; i < a->lessons.n / sizeof(*lessons) && st == WV_OK; i++)
		st = wv_sites_learn(txn, lessons[i].site, lessons[i].id, &lessons[i].prints, err);
	return st;
}

/* What is printed is durable. */
static enum wv_status end_slice(struct again *a, struct wv_err *err)
{
	enum wv_status st = WV_OK, each = WV_OK;

	if (a->lessons.n)
		st = wv_batch_add_apply(a->batch, apply_lessons, a, err);
	if (st == WV_OK && a->in_slice)
		st = wv_batch_commit(a->store, &a->batch, 1, &each, err);
	if (st == WV_OK && each != WV_OK)
		st = wv_err_set(err, each, "the archive refused a slice of articles");
	wv_batch_free(&a->batch);
	wv_buf_reset(&a->lessons);
	wv_arena_reset(a->slice);
	a->in_slice = 0;
	if (st == WV_OK)
		st = wv_batch_new(a->store, &a->batch, err);
	if (st != WV_OK)
		return st;
	wv_buf_add(a->context->out, wv_buf_slice(&a->lines));
	wv_buf_reset(&a->lines);
	return wv_command_flush(a->context, err);
}

static void show_progress(struct again *a, bool is_last)
{
	struct wv_mono now = wv_clock_mono(wv_clock_system());

	if (!a->context->is_terminal_err || a->context->quiet)
		return;
	if (is_last) {
		fputs("\r\033[K", stderr);
	} else if (now.us - a->last_progress.us >= PROGRESS_US) {
		a->last_progress = now;
		fprintf(stderr, "\r\033[K%s: %llu of %llu captures, %llu read, %llu changed",
		        a->pass == LEARN ? "learning" : "reading",
		        (unsigned long long)a->looked_at, (unsigned long long)a->total,
		        (unsigned long long)a->read, (unsigned long long)a->changed);
	}
	fflush(stderr);
}

static enum wv_status run_pass(struct again *a, enum pass pass, struct wv_err *err)
{
	enum wv_status st = WV_OK;
	bool is_stopped = false;

	a->pass = pass;
	a->looked_at = 0;
	for (uint64_t i = 0; i < a->total && st == WV_OK && !is_stopped; i++) {
		st = look_at(a, id_at(a, i), err);
		if (st == WV_OK && (a->in_slice >= SLICE_CAPTURES ||
		                    wv_batch_bytes(a->batch) >= SLICE_BYTES))
			st = end_slice(a, err);
		show_progress(a, false);
		is_stopped = wv_command_stop_count() > 0;
	}
	/* The second interrupt stops at once: what is in hand is dropped. */
	if (st == WV_OK && wv_command_stop_count() < 2)
		st = end_slice(a, err);
	show_progress(a, true);
	return st == WV_OK && is_stopped ? WV_STOPPED : st;
}

/* ---- the whole */

static enum wv_status read_zones(struct again *a, struct wv_zones *zones, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	a->zones = WV_ARENA_ARRAY(a->context->arena, const struct wv_zone *,
	                          a->settings->source_count + 1);
	if (!a->zones)
		return wv_err_set(err, WV_NOMEM, "out of memory for time zones");
	for (size_t i = 0; i < a->settings->source_count && st == WV_OK; i++)
		if (a->settings->sources[i].timezone.n)
			st = wv_zones_get(zones, a->settings->sources[i].timezone, &a->zones[i], err);
	return st;
}

static enum wv_status check_source(struct again *a, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_source_totals *known;
	size_t count;
	enum wv_status st = wv_store_begin_read(a->store, &txn, err);

	if (!a->source.n || st != WV_OK)
		return st;
	st = wv_store_sources(txn, a->arena, &known, &count, err);
	for (size_t i = 0; i < count && st == WV_OK; i++)
		if (wv_slice_equals(known[i].name, a->source))
			return WV_OK;
	return st == WV_OK ? wv_err_set(err, WV_NO, "the archive has no captures of source '%.*s'",
	                                WV_FMT(a->source))
	                   : st;
}

static enum wv_status open_tools(struct again *a, struct wv_err *err)
{
	enum wv_status st = wv_html_parser_new(a->context->clock, &a->parser, err);

	wv_buf_init(&a->body, WV_LIMIT_BODY_BYTES_MAX + 1);
	wv_buf_init(&a->ids, LIST_BYTES);
	wv_buf_init(&a->site, WV_LIMIT_PAGE_KEY_BYTES);
	wv_buf_init(&a->lessons, LIST_BYTES);
	wv_buf_init(&a->lines, LIST_BYTES);
	if (st == WV_OK)
		st = wv_arena_new(PAGE_ARENA_BYTES, &a->arena, err);
	if (st == WV_OK)
		st = wv_arena_new(PAGE_ARENA_BYTES, &a->slice, err);
	if (st == WV_OK)
		st = wv_arena_new(MODEL_ARENA_BYTES, &a->model_arena, err);
	return st;
}

static void close_tools(struct again *a)
{
	wv_batch_free(&a->batch);
	wv_buf_done(&a->body);
	wv_buf_done(&a->ids);
	wv_buf_done(&a->site);
	wv_buf_done(&a->lessons);
	wv_buf_done(&a->lines);
	wv_html_parser_free(&a->parser);
	wv_arena_free(&a->arena);
	wv_arena_free(&a->slice);
	wv_arena_free(&a->model_arena);
	wv_store_close(&a->store);
	wv_copies_follower_free(&a->copies);
}

static enum wv_status run_both(struct again *a, struct wv_err *err)
{
	const struct wv_store_options options = {0};
	enum wv_status st = wv_store_open(a->context->archive, &options, a->context->clock, &a->store,
	                                  err);

	if (st == WV_OK)
		st = wv_merkle_follow(a->store, err);
	if (st == WV_OK)
		st = wv_copies_follow(a->store, &a->copies, err);
	if (st == WV_OK)
		st = check_source(a, err);
	if (st == WV_OK)
		st = list_captures(a, err);
	if (st == WV_OK)
		st = wv_batch_new(a->store, &a->batch, err);
	if (st == WV_OK)
		st = run_pass(a, LEARN, err);
	if (st == WV_OK)
		st = run_pass(a, READ, err);
	if (st == WV_OK && !a->context->quiet && a->context->is_terminal_err)
		wv_command_note(a->context, "%llu captures read, %llu changed, %llu failed",
		                (unsigned long long)a->read, (unsigned long long)a->changed,
		                (unsigned long long)a->failed);
	if (st == WV_OK && a->damaged)
		return wv_err_set(err, WV_DAMAGED, "%llu captures are damaged",
		                  (unsigned long long)a->damaged);
	return st == WV_OK && a->failed ? WV_NO : st;
}

enum wv_status wv_extract_from_archive(struct wv_command_context *context, struct wv_err *err)
{
	WV_AUTO(wv_lock_release) struct wv_lock *lock = NULL;
	WV_AUTO(wv_zones_free) struct wv_zones *zones = NULL;
	struct again a = {.context = context,
	                  .source = wv_slice_of(wv_command_option(context, "source"))};
	enum wv_status st = wv_command_load_settings(context, err);

	if (st == WV_OK)
		st = wv_zones_new(&zones, err);
	if (st == WV_OK)
		st = wv_lock_take(context->archive, false, "extract", &lock, err);
	if (st != WV_OK)
		return st;
	a.settings = wv_settings_get(context->settings);
	st = read_zones(&a, zones, err);
	if (st == WV_OK)
		st = open_tools(&a, err);
	if (st == WV_OK)
		st = run_both(&a, err);
	close_tools(&a);
	return st;
}
