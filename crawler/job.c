#include "crawler/job_inner.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/copies/follow.h"
#include "archive/store/writer.h"
#include "config/base/checked.h"
#include "config/base/log.h"
#include "crawler/plan/coverage.h"

/* Hundreds of jobs wait for their commit, with some texts and links each. */
#define ARENA_FIRST_BYTES (4u * 1024u)
/* Decoded text, tree, links and article of one page; WV_LIMIT_BODY_BYTES_MAX is the worst body. */
#define ARENA_CAP_BYTES (768u * WV_MIB)
/* Most pages are smaller. */
#define DECODED_KEPT_BYTES (512u * 1024u)

enum wv_status wv_job_new(const struct wv_job_facts *facts, enum wv_job_kind kind,
                          struct wv_job **out, struct wv_err *err)
{
	struct wv_job *job = calloc(1, sizeof(*job));
	enum wv_status st;

	if (!job)
		return wv_err_set(err, WV_NOMEM, "out of memory for a job");
	job->kind = kind;
	job->facts = facts;
	job->outcome = (struct wv_outcome)WV_OUTCOME_NONE;
	wv_change_init(&job->change);
	st = wv_arena_new_sized(ARENA_FIRST_BYTES, ARENA_CAP_BYTES, &job->arena, err);
	if (st != WV_OK) {
		wv_job_free(&job);
		return st;
	}
	*out = job;
	return WV_OK;
}

void wv_job_free(struct wv_job **job)
{
	struct wv_job *j = *job;

	if (!j)
		return;
	wv_batch_free(&j->batch);
	wv_visit_free(&j->visit);
	wv_fetch_answer_free(&j->answer);
	wv_change_done(&j->change);
	wv_arena_free(&j->arena);
	wv_arena_free(&j->full);
	free(j);
	*job = NULL;
}

/* ---- from an answer to an outcome, on the fetch thread */

static enum wv_result result_of(enum wv_fetch_outcome outcome, int32_t status)
{
	switch (outcome) {
	case WV_FETCH_ANSWERED:
		return WV_RESULT_ANSWERED;
	case WV_FETCH_TOO_LARGE:
	case WV_FETCH_TOO_SLOW:
		return WV_RESULT_TRUNCATED;
	case WV_FETCH_DISCONNECTED:
		return status ? WV_RESULT_TRUNCATED : WV_RESULT_CONNECT;
	case WV_FETCH_BAD_HTTP:
		return WV_RESULT_BAD_HTTP;
	case WV_FETCH_DNS:
		return WV_RESULT_DNS;
	case WV_FETCH_TLS:
		return WV_RESULT_TLS;
	case WV_FETCH_TIMEOUT:
		return WV_RESULT_TIMEOUT;
	case WV_FETCH_REFUSED:
		return WV_RESULT_GUARD;
	case WV_FETCH_STOPPED:
	case WV_FETCH_FAILED:
		return WV_RESULT_NOT_SENT;
	default:
		return WV_RESULT_CONNECT;
	}
}

/* Location, resolved against the address it was had from; empty if there is none to follow. */
static struct wv_slice resolve_location(struct wv_job *job, struct wv_slice location)
{
	struct wv_url base, target;
	struct wv_slice request;

	if (!location.n || wv_url_parse(job->arena, job->visit->url, NULL, &base, NULL) != WV_OK ||
	    wv_url_parse(job->arena, location, &base, &target, NULL) != WV_OK ||
	    wv_url_request(job->arena, &target, &request, NULL) != WV_OK)
		return WV_SLICE_NONE;
	return request;
}

static int64_t max_age_us(struct wv_slice headers)
{
	int64_t age_s = wv_headers_max_age_s(headers);
	uint64_t had_s = 0;

	if (age_s < 0)
		return -1;
	/* What caches on the way have used up of it (RFC 9111 4.2.3). */
	if (wv_slice_u64(wv_headers_first(headers, WV_LIT("Age")), &had_s))
		age_s = had_s >= (uint64_t)age_s ? 0 : age_s - (int64_t)had_s;
	return age_s * WV_US_PER_S;
}

/*
 * robots.txt is read at once, for its rules bind the very next request. What cannot be decoded
 * gives no text: rules nobody could read.
 */
static enum wv_status read_robots_text(struct wv_job *job, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = WV_LIMIT_ROBOTS_BYTES + 1};
	struct wv_err why = WV_ERR_NONE;
	struct wv_slice read;
	enum wv_status st = wv_fetch_decode_body(wv_buf_slice(&job->answer->body),
	                                         wv_buf_slice(&job->answer->headers),
	                                         WV_LIMIT_ROBOTS_BYTES + 1, &text, &why);

	if (st == WV_NO || st == WV_BAD_INPUT) {
		/* No answer that says anything: as bad as bad HTTP, which closes the door. */
		job->outcome.result = WV_RESULT_BAD_HTTP;
		job->outcome.reason = wv_arena_copy(job->arena, wv_slice_of(why.text));
		return WV_OK;
	}
	if (st != WV_OK && st != WV_LIMIT)
		return wv_err_set(err, st, "robots.txt: %s", why.text);
	job->outcome.robots_cut = text.n > WV_LIMIT_ROBOTS_BYTES || st == WV_LIMIT ||
	                          job->answer->outcome == WV_FETCH_TOO_LARGE;
	read = wv_slice_part(wv_buf_slice(&text), 0, WV_LIMIT_ROBOTS_BYTES);
	if (wv_robots_is_page(read))
		wv_log(WV_LOG_WARN, "robots.txt is a page, so it has no rules", "url", job->visit->url,
		       NULL);
	if (job->outcome.robots_cut)
		wv_log(WV_LOG_WARN, "robots.txt is read to its 512th KiB only", "url", job->visit->url,
		       NULL);
	job->outcome.robots_text = wv_arena_copy(
		job->arena, job->outcome.robots_cut ? wv_robots_whole_lines(read) : read);
	return WV_OK;
}

enum wv_status wv_job_read_answer(struct wv_job *job, struct wv_err *err)
{
	const struct wv_fetch_answer *answer = job->answer;
	struct wv_slice headers = wv_buf_slice(&answer->headers);
	struct wv_outcome *o = &job->outcome;
	struct wv_slice retry_after = wv_headers_first(headers, WV_LIT("Retry-After"));

	o->result = result_of(answer->outcome, answer->status);
	o->status = answer->status;
	o->reason = wv_arena_copy(job->arena, wv_slice_of(answer->words));
	o->ended = answer->finished_mono;
	o->ended_at = answer->finished;
	o->bytes = answer->headers.n + answer->body.n;
	if (retry_after.n)
		o->retry_after_us = wv_politeness_parse_retry_after(retry_after, answer->finished);
	o->etag = wv_headers_first(headers, WV_LIT("ETag"));
	o->last_modified = wv_headers_first(headers, WV_LIT("Last-Modified"));
	o->max_age_us = max_age_us(headers);
	if (answer->status >= 300 && answer->status < 400)
		o->location = resolve_location(job, wv_headers_first(headers, WV_LIT("Location")));
	/* Whoever keeps an outcome keeps its slices: they move with the job. */
	o->etag = wv_arena_copy(job->arena, o->etag);
	o->last_modified = wv_arena_copy(job->arena, o->last_modified);
	if (answer->words[0] && !o->reason.n)
		return wv_err_set(err, WV_NOMEM, "out of memory for an answer");
	if (job->visit->kind == WV_VISIT_ROBOTS && answer->status / 100 == 2)
		return read_robots_text(job, err);
	return WV_OK;
}

/* ---- inside the write transaction */

static enum wv_status apply_record(struct wv_txn *txn, const struct wv_batch_result *result,
                                   void *context, struct wv_err *err)
{
	struct wv_job *job = context;
	enum wv_status st;

	/* The same text under another address is no news. */
	job->outcome.text_key = job->is_article ? 0 : job->outcome.plain_key;
	if (result->capture_count && result->captures[0].has_version && job->is_article)
		job->outcome.text_key = wv_slice_hash(
			wv_slice(result->captures[0].version.b, WV_DIGEST_BYTES), 1);
	st = wv_frontier_record(job->facts->frontier, txn, job->visit, &job->outcome, job->found,
	                        job->found_count, &job->change, err);

	/* The slot has had its capture: this one must not become a second. */
	if (st == WV_OK && job->change.is_stale && result->capture_count) {
		job->is_stale = true;
		return wv_err_set(err, WV_CONFLICT, "'%.*s' was captured for this slot already",
		                  WV_FMT(job->visit->url));
	}
	return st;
}

static enum wv_status apply_refuse(struct wv_txn *txn, const struct wv_batch_result *result,
                                   void *context, struct wv_err *err)
{
	struct wv_job *job = context;

	(void)result;
	return wv_frontier_refuse(job->facts->frontier, txn, job->visit, &job->refusal, &job->change,
	                          err);
}

static enum wv_status apply_lease(struct wv_txn *txn, const struct wv_batch_result *result,
                                  void *context, struct wv_err *err)
{
	struct wv_job *job = context;

	(void)result;
	return wv_frontier_lease(job->facts->frontier, txn, job->leases, job->lease_count, err);
}

/* Told once when it begins and once when it ends, so that cron's mail is about news. */
static void tell_alarm(void *context, const struct wv_source *source, uint32_t alarm, bool is_on,
                       struct wv_slice words)
{
	(void)context;
	wv_log(is_on ? WV_LOG_WARN : WV_LOG_INFO, is_on ? "alarm" : "alarm is over", "source",
	       source->name, "alarm", wv_slice_of(wv_alarm_name((enum wv_alarm)alarm)), "why",
	       is_on ? words : WV_LIT("it is well again"), NULL);
}

static enum wv_status apply_close(struct wv_txn *txn, const struct wv_batch_result *result,
                                  void *context, struct wv_err *err)
{
	struct wv_job *job = context;
	enum wv_status st;

	(void)result;
	st = wv_frontier_sound_alarms(job->facts->frontier, txn, tell_alarm, NULL, err);
	return st == WV_OK ? wv_frontier_close_run(job->facts->frontier, txn, err) : st;
}

static void on_done(enum wv_status status, const struct wv_batch_result *result,
                    const struct wv_err *err, void *context)
{
	struct wv_job *job = context;

	job->status = status;
	if (status != WV_OK) {
		job->err = *err;
		job->has_capture = false;
	} else if (result->capture_count) {
		job->capture_id = result->captures[0].id;
	}
	job->committed(job->committed_context, job);
}

/* Into the job's own arena, unless it lies there already. */
static bool keep(struct wv_arena *own, struct wv_slice *s, struct wv_slice before)
{
	struct wv_slice copy;

	if (s->p == before.p)
		return true;
	copy = wv_arena_copy(own, *s);
	if (copy.n != s->n)
		return false;
	*s = copy;
	return true;
}

static bool keep_found(struct wv_job *job, struct wv_arena *own)
{
	struct wv_found *found = WV_ARENA_ARRAY(own, struct wv_found, job->found_count);
	bool ok = found != NULL;

	for (size_t i = 0; ok && i < job->found_count; i++) {
		struct wv_found *f = &found[i];
		size_t host_at;

		*f = job->found[i];
		host_at = f->host.n ? (size_t)(f->host.p - f->url.p) : 0;
		ok = keep(own, &f->url, WV_SLICE_NONE) && keep(own, &f->page_key, WV_SLICE_NONE) &&
		     keep(own, &f->evidence, WV_SLICE_NONE);
		f->host = wv_slice_part(f->url, host_at, f->host.n);
	}
	job->found = found;
	return ok;
}

/*
 * A page is read in its worker's memory, which the next one gets; what waits for the commit, a
 * hundredth of that, moves to the job's own.
 */
static enum wv_status keep_results(struct wv_job *job, struct wv_arena *own,
                                   const struct wv_outcome *before, struct wv_err *err)
{
	struct wv_outcome *o = &job->outcome;
	struct wv_page_print *prints = WV_ARENA_ARRAY(own, struct wv_page_print, job->prints.n);

	if (!prints || !keep(own, &o->reason, before->reason) ||
	    !keep(own, &o->location, before->location) || !keep(own, &o->etag, before->etag) ||
	    !keep(own, &o->last_modified, before->last_modified) ||
	    !keep(own, &o->robots_text, before->robots_text) || !keep_found(job, own))
		return wv_err_set(err, WV_NOMEM, "out of memory for what a page gave");
	if (job->prints.n)
		memcpy(prints, job->prints.p, job->prints.n * sizeof(*prints));
	job->prints.p = prints;
	return WV_OK;
}

static enum wv_status read_answer(struct wv_job *job, struct wv_job_tools *tools,
                                  struct reading *r, bool gets_capture, struct wv_err *err)
{
	struct wv_arena *own = job->arena;
	const struct wv_outcome before = job->outcome;
	enum wv_status st = WV_OK;

	if (tools->page) {
		wv_arena_reset(tools->page);
		job->arena = tools->page;
	}
	if (gets_capture || job->visit->kind == WV_VISIT_ROBOTS)
		st = job_read(job, tools, r, err);
	/* One page must not end the run, and each run after it. */
	if (st == WV_NOMEM && tools->page) {
		wv_arena_reset(tools->page);
		job_leave_unread(job, r, &before);
		st = job_read(job, tools, r, err);
	}
	if (st == WV_OK && gets_capture)
		st = job_add_capture(job, r, err);
	job->arena = own;
	if (tools->page && st == WV_OK)
		st = keep_results(job, own, &before, err);
	if (tools->page && st != WV_OK) { /* nothing may be left that points there */
		job->outcome = before;
		job->found_count = job->prints.n = 0;
	}
	return st;
}

/* The room a body was decoded in serves the next one; that of a large one goes back at once. */
static void keep_room(struct wv_job_tools *tools, struct wv_buf *decoded)
{
	if (decoded->room <= DECODED_KEPT_BYTES)
		tools->decoded = *decoded;
	else
		wv_buf_done(decoded);
	*decoded = (struct wv_buf){0};
}

static enum wv_status work_on_answer(struct wv_job *job, struct wv_job_tools *tools,
                                     struct wv_err *err)
{
	struct reading r = {.policy = WV_PAGE_POLICY_NONE};
	enum wv_status st;
	bool gets_capture = !job->visit->will_retry && wv_result_is_request(job->outcome.result);

	if (job->visit->source < job->facts->settings->source_count)
		r.source = &job->facts->settings->sources[job->visit->source];
	job->bytes_in = job->outcome.bytes;
	r.decoded = tools->decoded;
	tools->decoded = (struct wv_buf){0};
	st = read_answer(job, tools, &r, gets_capture, err);
	if (st == WV_OK && job->teaches) {
		wv_arena_reset(tools->scratch);
		st = wv_copies_note_capture(job->batch, 0, r.capture.captured, &r.article,
		                            tools->scratch, job->arena, err);
	}
	job->is_unchanged = job->outcome.is_unchanged;
	if (st == WV_OK)
		st = wv_batch_add_apply(job->batch, apply_record, job, err);
	if (st == WV_OK && job->teaches)
		st = wv_batch_add_apply(job->batch, job_apply_learn, job, err);
	keep_room(tools, &r.decoded);
	/* The bytes are in the batch: give the budget back before the commit. */
	wv_fetch_answer_free(&job->answer);
	return st;
}

enum wv_status wv_job_work(struct wv_job *job, struct wv_job_tools *tools, struct wv_err *err)
{
	enum wv_status st = wv_batch_new(job->facts->store, &job->batch, err);

	if (st != WV_OK)
		return st;
	wv_batch_on_done(job->batch, on_done, job);
	switch (job->kind) {
	case WV_JOB_ANSWER:
		return work_on_answer(job, tools, err);
	case WV_JOB_REFUSAL:
		return wv_batch_add_apply(job->batch, apply_refuse, job, err);
	case WV_JOB_LEASE:
		/* A host waits for it: no waiting for company. */
		wv_batch_hurry(job->batch);
		return wv_batch_add_apply(job->batch, apply_lease, job, err);
	case WV_JOB_CLOSE:
		wv_batch_hurry(job->batch);
		return wv_batch_add_apply(job->batch, apply_close, job, err);
	case WV_JOB_GIVEN:
		return job_work_on_given(job, tools, err);
	case WV_JOB_RESOLVE:
		break;
	}
	return wv_err_set(err, WV_BUG, "a job of kind %d has no work", (int)job->kind);
}
