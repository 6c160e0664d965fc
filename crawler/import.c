#include "crawler/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "archive/store/lookup.h"
#include "config/url.h"
#include "crawler/fetch/headers.h"
#include "crawler/import_inner.h"

#define LOOK_UP_ARENA_BYTES (64u * WV_MIB)
/* What waits for the writer at most, batches and what pages left in their arenas. */
#define WAITING_BYTES       (32u * WV_MIB)
#define QUEUE_ROOM          64u
#define FLOOR_EVERY         256u

enum wv_status wv_import_begin(struct wv_import *im, const struct wv_import_options *options,
                               struct wv_import_counts *counts, struct wv_err *err)
{
	const struct wv_writer_options writer = {.queue_room = QUEUE_ROOM};
	enum wv_status st;

	*im = (struct wv_import){
		.options = options,
		.counts = counts,
		.facts = {.settings = options->settings,
	                  .clock = options->clock,
	                  .store = options->store,
	                  .zones = options->zones,
	                  .extract = options->extract,
	                  .topics = options->topics,
	                  .source_topics = options->source_topics},
	};
	if (pthread_mutex_init(&im->lock, NULL) != 0)
		return wv_err_set(err, WV_NOMEM, "out of memory for an import");
	im->has_lock = true;
	st = wv_arena_new(LOOK_UP_ARENA_BYTES, &im->arena, err);
	if (st == WV_OK)
		st = wv_html_parser_new(options->clock, &im->tools.parser, err);
	if (st == WV_OK)
		st = wv_budget_new(UINT64_MAX, &im->budget, err);
	if (st == WV_OK)
		st = wv_writer_start(options->store, &writer, &im->writer, err);
	return st;
}

/* What the writer's thread counted. */
static enum wv_status gather(struct wv_import *im, struct wv_err *err)
{
	enum wv_status st;

	pthread_mutex_lock(&im->lock);
	im->counts->captures = im->captures;
	im->counts->articles = im->articles;
	im->counts->there += im->there;
	im->there = 0;
	st = im->failure;
	if (st != WV_OK && err)
		*err = im->failure_err;
	pthread_mutex_unlock(&im->lock);
	return st;
}

enum wv_status wv_import_end(struct wv_import *im, enum wv_status st, struct wv_err *err)
{
	enum wv_status failed = WV_OK;

	wv_writer_stop(&im->writer);
	if (im->has_lock) {
		struct wv_err why = WV_ERR_NONE;

		failed = gather(im, &why);
		/* The writer's failure is the cause of what the reader may have met. */
		if (failed != WV_OK && err)
			*err = why;
		pthread_mutex_destroy(&im->lock);
	}
	wv_budget_free(&im->budget);
	wv_html_parser_free(&im->tools.parser);
	wv_arena_free(&im->arena);
	return failed != WV_OK ? failed : st;
}

void wv_import_fault(struct wv_import *im, uint64_t at, const char *why)
{
	im->counts->faults++;
	if (im->options->fault)
		im->options->fault(im->options->context, at, why);
}

/* As a crawl does: an import must not fill the disk that the next crawl needs. */
static enum wv_status check_floor(const struct wv_import *im, struct wv_err *err)
{
	const struct wv_import_options *o = im->options;
	uint64_t floor = o->settings->run.disk_floor_bytes, free_bytes;
	char have[WV_TIME_TEXT_MAX], want[WV_TIME_TEXT_MAX];
	struct statvfs disk;

	if (floor == 0 || im->counts->records % FLOOR_EVERY != 1 ||
	    statvfs(wv_store_dir(o->store), &disk) != 0)
		return WV_OK;
	free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (free_bytes >= floor)
		return WV_OK;
	return wv_err_set(err, WV_FULL,
	                  "disk of archive '%s' is below its floor: %s free, run.disk_floor is %s",
	                  wv_store_dir(o->store), wv_size_print(free_bytes / WV_MIB * WV_MIB, have),
	                  wv_size_print(floor, want));
}

enum wv_status wv_import_look_up(struct wv_import *im, struct wv_err *err)
{
	const struct wv_import_options *o = im->options;
	enum wv_status st = gather(im, err);

	if (st == WV_OK)
		st = check_floor(im, err);
	if (st != WV_OK)
		return st;
	if (o->progress)
		o->progress(o->context, im->counts);
	return o->is_stopped && o->is_stopped(o->context) ? WV_STOPPED : WV_OK;
}

enum wv_status wv_import_flush(struct wv_import *im, struct wv_err *err)
{
	wv_writer_flush(im->writer);
	im->submitted_bytes = 0;
	im->has_new_bodies = false;
	return gather(im, err);
}

enum wv_status wv_import_confirm(struct wv_import *im, struct wv_given *given, struct wv_err *err)
{
	enum wv_status st = WV_NO;

	/* It may still be on its way to the archive. */
	for (int tries = 0; given->has_digest && st == WV_NO &&
	                    (tries == 0 || (tries == 1 && im->has_new_bodies));
	     tries++) {
		WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
		uint64_t bytes;

		st = tries ? wv_import_flush(im, err) : WV_OK;
		if (st == WV_OK)
			st = wv_store_begin_read(im->options->store, &txn, err);
		if (st == WV_OK)
			st = wv_store_has_body(txn, &given->body, &bytes, err);
	}
	given->has_digest = st == WV_OK;
	return st == WV_NO ? WV_OK : st;
}

/* ---- is it there? */

/* Against the digest of the bytes as they came, which costs less than decoding them. */
static bool is_same(const struct wv_item *item, const struct wv_capture *c,
                    struct wv_digest *came, bool *has_came)
{
	if (c->status != item->status || !wv_slice_equals(c->headers, item->headers))
		return false;
	if (!item->given.has_bytes || !c->has_body)
		return true;
	if (!*has_came)
		*came = wv_digest_of(item->body);
	*has_came = true;
	return wv_digest_equals(came, &c->body) ||
	       (c->has_encoded && !item->given.is_decoded && wv_digest_equals(came, &c->encoded));
}

static enum wv_status find_same(struct wv_import *im, struct wv_txn *txn, uint64_t page,
                                const struct wv_item *item, bool *is_there, struct wv_err *err)
{
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	const struct wv_captures_query query = {.page = page,
	                                        .url = item->url,
	                                        .from = item->captured,
	                                        .to = item->captured,
	                                        .known_at = WV_TIME_NONE,
	                                        .sees_all = true};
	struct wv_digest came;
	bool has_came = false;
	enum wv_status st = wv_captures_begin(txn, &query, &captures, err);

	for (int looked = 0; st == WV_OK && !*is_there && looked < WV_JOB_SAME_MOST; looked++) {
		struct wv_capture capture;

		st = wv_captures_next(captures, im->arena, &capture, err);
		*is_there = st == WV_OK && is_same(item, &capture, &came, &has_came);
	}
	return st == WV_NO ? WV_OK : st;
}

/* What the archive knows of the page by now: the very capture, or the body that stood before. */
static enum wv_status look_before(struct wv_import *im, const struct wv_item *item,
                                  struct wv_visit *visit, bool *is_there, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_standing_query query = {
		.at = item->captured, .known_at = WV_TIME_NONE, .sees_all = true,
		/* Of a page that never stood not all is looked through for each of its captures. */
		.max_passed = 100};
	struct wv_standing before;
	struct wv_page page;
	enum wv_status st = wv_store_begin_read(im->options->store, &txn, err);

	if (st == WV_OK)
		st = wv_register_fetches(txn, visit->page_key, wv_clock_now(im->options->clock), NULL,
		                         err);
	if (st == WV_NO)
		return wv_err_set(err, WV_REFUSED, "it was taken down here");
	if (st != WV_OK)
		return st;
	st = wv_store_page_of_key(txn, im->arena, visit->page_key, &page, err);
	if (st == WV_NO)
		return WV_OK;
	if (st == WV_OK)
		st = find_same(im, txn, page.number, item, is_there, err);
	if (st != WV_OK || *is_there)
		return st;
	query.page = page.number;
	st = wv_store_standing(txn, im->arena, &query, &before, err);
	if (st == WV_OK) {
		visit->has_body = true;
		visit->body = before.capture.body;
	}
	return st == WV_NO ? WV_OK : st;
}

/* ---- one capture */

static void on_committed(void *context, struct wv_job *job)
{
	struct wv_import *im = context;

	pthread_mutex_lock(&im->lock);
	if (job->status == WV_OK) {
		im->captures++;
		im->articles += job->is_article;
	} else if (job->is_there) {
		im->there++;
	} else if (im->failure == WV_OK) {
		im->failure = job->status;
		im->failure_err = job->err;
	}
	pthread_mutex_unlock(&im->lock);
	wv_job_free(&job);
}

static void find_source(struct wv_import *im, struct wv_job *job, const struct wv_item *item,
                        const struct wv_url *url)
{
	const struct wv_settings *settings = im->options->settings;
	struct wv_slice name = im->options->source.n ? im->options->source : item->source;
	const struct wv_source *source = NULL;
	struct wv_visit *visit = job->visit;

	visit->source = SIZE_MAX;
	for (size_t i = 0; i < settings->source_count && name.n && !source; i++)
		if (wv_slice_equals(settings->sources[i].name, name))
			source = &settings->sources[i];
	if (!name.n)
		source = wv_settings_source_of(settings, url);
	if (source) {
		visit->source = (size_t)(source - settings->sources);
		name = source->name;
	}
	visit->source_name = wv_arena_copy(job->arena, name);
}

static enum wv_status make_visit(struct wv_import *im, struct wv_job *job,
                                 const struct wv_item *item, struct wv_err *err)
{
	struct wv_url url;
	enum wv_status st;

	job->visit = calloc(1, sizeof(*job->visit));
	if (!job->visit)
		return wv_err_set(err, WV_NOMEM, "out of memory for a capture");
	st = wv_url_parse(job->arena, item->url, NULL, &url, err);
	if (st == WV_OK && !wv_url_is_web(&url))
		st = wv_err_set(err, WV_USAGE, "not an http or https URL");
	if (st == WV_OK)
		st = wv_url_page_key(job->arena, &url, &job->visit->page_key, err);
	if (st != WV_OK)
		return st;
	job->visit->kind = WV_VISIT_PAGE;
	job->visit->url = wv_arena_copy(job->arena, item->url);
	job->visit->basis = wv_arena_copy(job->arena, item->basis);
	job->visit->started_at = item->captured;
	find_source(im, job, item, &url);
	if (job->visit->url.n != item->url.n || job->visit->basis.n != item->basis.n)
		return wv_err_set(err, WV_NOMEM, "out of memory for a capture");
	return WV_OK;
}

static enum wv_status make_answer(struct wv_import *im, struct wv_job *job,
                                  const struct wv_item *item, struct wv_err *err)
{
	struct wv_fetch_answer_inner *inner;
	struct wv_fetch_answer *a;
	enum wv_status st = wv_budget_new_answer(im->budget, WV_LIMIT_HEADER_BYTES,
	                                         WV_LIMIT_WARC_BLOCK_BYTES, &inner, err);

	if (st != WV_OK)
		return st;
	a = job->answer = &inner->answer;
	a->outcome = item->outcome;
	a->status = item->status;
	snprintf(a->words, sizeof(a->words), "%.*s", WV_FMT(item->reason));
	snprintf(a->address, sizeof(a->address), "%.*s", WV_FMT(item->address));
	a->headers_rebuilt = item->given.flags & WV_CAPTURE_HEADERS_REBUILT;
	a->started = a->first_byte = a->finished = item->captured;
	wv_buf_add(&a->headers, item->headers);
	wv_buf_add(&a->request, item->request);
	wv_buf_add(&a->body, item->body);
	st = wv_buf_finish(&a->headers, "HTTP header", err);
	if (st == WV_OK)
		st = wv_buf_finish(&a->request, "HTTP request", err);
	return st == WV_OK ? wv_buf_finish(&a->body, "HTTP body", err) : st;
}

static enum wv_status prepare(struct wv_import *im, struct wv_job *job, const struct wv_item *item,
                              bool *is_there, struct wv_err *err)
{
	enum wv_status st = make_visit(im, job, item, err);

	wv_arena_reset(im->arena);
	if (st == WV_OK)
		st = look_before(im, item, job->visit, is_there, err);
	if (st != WV_OK || *is_there)
		return st;
	st = make_answer(im, job, item, err);
	if (st == WV_OK)
		st = wv_job_read_answer(job, err);
	return st == WV_OK ? wv_job_work(job, &im->tools, err) : st;
}

enum wv_status wv_import_add(struct wv_import *im, const struct wv_item *item, struct wv_err *err)
{
	struct wv_job *job = NULL;
	struct wv_err why = WV_ERR_NONE;
	bool is_there = false;
	enum wv_status st = wv_job_new(&im->facts, WV_JOB_GIVEN, &job, err);

	if (st != WV_OK)
		return st;
	job->given = item->given;
	job->committed = on_committed;
	job->committed_context = im;
	st = prepare(im, job, item, &is_there, &why);
	if (st == WV_OK && is_there) {
		im->counts->there++;
	} else if (st == WV_OK) {
		struct wv_batch *batch = WV_TAKE(job->batch);

		im->submitted_bytes += wv_batch_bytes(batch) + wv_arena_used_bytes(job->arena);
		im->has_new_bodies |= item->given.has_bytes;
		(void)wv_writer_submit(im->writer, &batch); /* the job is the callback's from here on */
		job = NULL;
	} else if (st == WV_USAGE || st == WV_LIMIT || st == WV_BAD_INPUT || st == WV_REFUSED) {
		char text[300];

		snprintf(text, sizeof(text), "the capture of '%.*s' cannot be kept: %.120s",
		         WV_FMT(wv_slice_part(item->url, 0, 120)), why.text);
		wv_import_fault(im, item->at, text);
		st = WV_OK;
	} else {
		wv_err_set(err, st, "%s", why.text);
	}
	wv_job_free(&job);
	if (st == WV_OK && im->submitted_bytes > WAITING_BYTES)
		st = wv_import_flush(im, err);
	return st;
}
