#include "crawler/cmd/extract_archive_inner.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/copies/follow.h"
#include "archive/proof/merkle.h"
#include "archive/store/lock.h"
#include "archive/store/lookup.h"
#include "config/base/checked.h"
#include "config/base/limits.h"
#include "crawler/cmd/wait_lock.h"

#define PAGE_ARENA_BYTES  (768u * WV_MIB) /* as in a crawl: the same pages must fit */
#define MODEL_ARENA_BYTES (4u * WV_MIB)
#define SLICE_CAPTURES    200u
#define SLICE_BYTES       (8u * WV_MIB)
#define LIST_BYTES        (1024u * WV_MIB) /* of the asked pages' captures, 8 bytes each */
#define PROGRESS_US       (200 * WV_US_PER_MS)

/* ---- slices */

static enum wv_status apply_lessons(struct wv_txn *txn, const struct wv_batch_result *result,
                                    void *context, struct wv_err *err)
{
	const struct wv_again *a = context;
	const struct wv_again_lesson *lessons =
		(const struct wv_again_lesson *)(const void *)a->lessons.p;
	enum wv_status st = WV_OK;

	(void)result;
	for (size_t i = 0; i < a->lessons.n / sizeof(*lessons) && st == WV_OK; i++)
		st = wv_sites_learn(txn, lessons[i].site, lessons[i].id, &lessons[i].prints, err);
	return st;
}

/* What is printed is durable. */
static enum wv_status end_slice(struct wv_again *a, struct wv_err *err)
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

static void show_progress(struct wv_again *a, bool is_last)
{
	struct wv_mono now = wv_clock_mono(wv_clock_system());

	if (!a->context->is_terminal_err || a->context->quiet)
		return;
	if (is_last) {
		fputs("\r\033[K", stderr);
	} else if (now.us - a->last_progress.us >= PROGRESS_US) {
		a->last_progress = now;
		fprintf(stderr, "\r\033[K%s: %llu of %llu captures, %llu read, %llu changed",
		        a->pass == WV_AGAIN_LEARN ? "learning" : "reading",
		        (unsigned long long)a->looked_at, (unsigned long long)a->total,
		        (unsigned long long)a->read, (unsigned long long)a->changed);
	}
	fflush(stderr);
}

static enum wv_status run_pass(struct wv_again *a, enum wv_again_pass pass, struct wv_err *err)
{
	enum wv_status st = WV_OK;
	bool is_stopped = false;

	a->pass = pass;
	a->looked_at = 0;
	for (uint64_t i = 0; i < a->total && st == WV_OK && !is_stopped; i++) {
		st = wv_again_look_at(a, wv_again_id(a, i), err);
		if (st == WV_OK &&
		    (a->in_slice >= SLICE_CAPTURES || wv_batch_bytes(a->batch) >= SLICE_BYTES))
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

static enum wv_status read_zones(struct wv_again *a, struct wv_zones *zones, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	a->zones = WV_ARENA_ARRAY(a->context->arena, const struct wv_zone *,
	                          a->settings->source_count + 1);
	if (!a->zones)
		return wv_err_set(err, WV_NOMEM, "out of memory for time zones");
	for (size_t i = 0; i < a->settings->source_count && st == WV_OK; i++)
		if (a->settings->sources[i].timezone.n)
			st = wv_zones_get(zones, a->settings->sources[i].timezone, &a->zones[i],
			                  err);
	return st;
}

static enum wv_status check_source(struct wv_again *a, struct wv_err *err)
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

static enum wv_status open_tools(struct wv_again *a, struct wv_err *err)
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

static void close_tools(struct wv_again *a)
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

static enum wv_status run_both(struct wv_again *a, struct wv_err *err)
{
	const struct wv_store_options options = {0};
	enum wv_status st =
		wv_store_open(a->context->archive, &options, a->context->clock, &a->store, err);

	if (st == WV_OK)
		st = wv_merkle_follow(a->store, err);
	if (st == WV_OK)
		st = wv_copies_follow(a->store, &a->copies, err);
	if (st == WV_OK)
		st = check_source(a, err);
	if (st == WV_OK)
		st = wv_again_list(a, err);
	if (st == WV_OK)
		st = wv_batch_new(a->store, &a->batch, err);
	if (st == WV_OK)
		st = run_pass(a, WV_AGAIN_LEARN, err);
	if (st == WV_OK)
		st = run_pass(a, WV_AGAIN_READ, err);
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
	struct wv_again a = {.context = context,
	                     .source = wv_slice_of(wv_command_option(context, "source"))};
	enum wv_status st = wv_command_load_settings(context, err);

	if (st == WV_OK)
		st = wv_zones_new(&zones, err);
	if (st == WV_OK)
		st = wv_wait_lock(context, false, &lock, err);
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
