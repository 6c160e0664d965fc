#include "crawler/pipeline_inner.h"

#include <stdio.h>

#include "config/base/checked.h"
#include "config/base/limits.h"
#include "config/base/log.h"
#include "config/url.h"

/*
 * What the plan says next becomes a request, or a small job of the writer's.
 */

static const struct wv_source *source_of(const struct run *run, const struct wv_visit *visit)
{
	return visit->source < run->settings->source_count ? &run->settings->sources[visit->source]
							   : NULL;
}

static enum wv_fetch_kind fetch_kind(enum wv_visit_kind kind)
{
	switch (kind) {
	case WV_VISIT_ROBOTS:
		return WV_FETCH_ROBOTS;
	case WV_VISIT_FEED:
		return WV_FETCH_FEED;
	case WV_VISIT_SITEMAP:
		return WV_FETCH_SITEMAP;
	case WV_VISIT_REQUISITE:
		return WV_FETCH_IMAGE;
	case WV_VISIT_TDMREP:
		return WV_FETCH_ANY;
	default:
		return WV_FETCH_PAGE;
	}
}

static uint64_t body_cap(const struct run *run, enum wv_visit_kind kind)
{
	if (kind == WV_VISIT_ROBOTS)
		/* One byte more, so that the parser sees that it was cut. */
		return WV_LIMIT_ROBOTS_BYTES + 1;
	if (kind == WV_VISIT_SITEMAP)
		return WV_LIMIT_SITEMAP_BYTES;
	return run->settings->network.max_body_bytes;
}

/* robots.txt lies beside what is asked for, though perhaps not below a prefix. */
static bool is_origin_of_one(struct wv_arena *arena, const struct wv_source *source,
			     const struct wv_url *url)
{
	const struct wv_strings lists[] = {source->seeds, source->feeds, source->sitemaps};

	for (size_t k = 0; k < WV_COUNT(lists); k++) {
		for (size_t i = 0; i < lists[k].n; i++) {
			struct wv_url seed;

			if (wv_url_parse(arena, lists[k].p[i], NULL, &seed, NULL) == WV_OK &&
			    wv_slice_equals(seed.host, url->host) &&
			    wv_url_port(&seed) == wv_url_port(url))
				return true;
		}
	}
	return false;
}

/* Within the source's scope? Elsewhere it has no secrets to tell and nobody to trust. */
static bool is_at_home(struct run *run, const struct wv_source *source,
		       const struct wv_visit *visit)
{
	struct wv_url url;

	wv_arena_reset(run->scratch);
	return visit->hops == 0 &&
	       wv_url_parse(run->scratch, visit->url, NULL, &url, NULL) == WV_OK &&
	       (wv_source_contains(source, &url) ||
		(visit->kind == WV_VISIT_ROBOTS && is_origin_of_one(run->scratch, source, &url)));
}

/* What the source's settings say of its requests. Headers may hold credentials, so they go to its
 * own hosts only, and so does its leave to believe a certificate; cookies name their hosts. */
static void fill_request(struct run *run, const struct wv_source *source,
			 const struct wv_visit *visit, struct wv_fetch_request *request)
{
	bool is_home = (source->header_count == 0 && !source->tls_insecure && !source->ca_file.n) ||
		       is_at_home(run, source, visit);

	request->cookies_file = source->cookies_file;
	request->proxy = source->proxy;
	request->no_proxy = source->proxy_is_none;
	if (!is_home)
		return;
	request->headers = source->headers;
	request->header_count = source->header_count;
	request->ca_file = source->ca_file;
	request->tls_insecure = source->tls_insecure;
}

static enum wv_status start_visit(struct run *run, struct wv_visit *visit, struct wv_err *err)
{
	const struct wv_source *source = source_of(run, visit);
	struct wv_fetch_request request = {
		.url = visit->url,
		.kind = fetch_kind(visit->kind),
		.etag = visit->etag,
		.last_modified = visit->last_modified,
		.max_body_bytes = body_cap(run, visit->kind),
		.user = visit,
	};
	struct wv_outcome given_up = WV_OUTCOME_NONE;
	enum wv_status st;

	if (source) {
		fill_request(run, source, visit, &request);
		run->source_asked[visit->source] = true;
	}
	wv_plan_started(run->plan, visit);
	st = wv_fetch_start(run->fetch, &request, err);
	if (st == WV_OK) {
		run->in_flight++;
		run->report->counts.requests++;
		return WV_OK;
	}
	/* Not sent: the plan takes it back, the page stays due. */
	given_up.result = WV_RESULT_NOT_SENT;
	given_up.ended = wv_clock_mono(run->clock);
	given_up.ended_at = wv_clock_now(run->clock);
	(void)!wv_plan_answered(run->plan, visit, &given_up, NULL);
	wv_plan_dropped(run->plan, visit);
	wv_visit_free(&visit);
	return st;
}

/* A small job of the fetch thread's own: straight to the writer. */
enum wv_status run_send_small_job(struct run *run, struct wv_job *job, struct wv_err *err)
{
	enum wv_status st = wv_job_work(job, NULL, err);

	if (st != WV_OK) {
		wv_job_free(&job);
		return st;
	}
	run->jobs_out++;
	run_pass_on(run, job, WV_OK);
	return WV_OK;
}

static enum wv_status refuse(struct run *run, struct wv_plan_step *step, struct wv_err *err)
{
	struct wv_job *job;
	enum wv_status st = wv_job_new(&run->facts, WV_JOB_REFUSAL, &job, err);

	if (st != WV_OK) {
		wv_visit_free(&step->visit);
		return st;
	}
	job->visit = WV_TAKE(step->visit);
	job->refusal = step->refusal;
	/* A robots.txt that cannot be had, now or in a run before, is a source that was not
	 * reached. */
	if (step->refusal.result == WV_RESULT_ROBOTS_DENIED &&
	    !wv_time_is_none(step->refusal.again) && source_of(run, job->visit))
		run->source_asked[job->visit->source] = true;
	run->report->counts.denied++;
	wv_log(WV_LOG_INFO, "not asked", "url", job->visit->url, "why", step->refusal.reason, NULL);
	return run_send_small_job(run, job, err);
}

static enum wv_status lease(struct run *run, const struct wv_plan_step *step, struct wv_err *err)
{
	struct wv_job *job;
	enum wv_status st = wv_job_new(&run->facts, WV_JOB_LEASE, &job, err);

	if (st != WV_OK)
		return st;
	job->leases = WV_ARENA_ARRAY(job->arena, struct wv_lease, step->lease_count);
	if (!job->leases) {
		wv_job_free(&job);
		return wv_err_set(err, WV_NOMEM, "out of memory for leases");
	}
	job->lease_count = step->lease_count;
	for (size_t i = 0; i < step->lease_count; i++) {
		job->leases[i] = step->leases[i];
		job->leases[i].turn = wv_arena_copy(job->arena, step->leases[i].turn);
	}
	return run_send_small_job(run, job, err);
}

static enum wv_status ask_address(struct run *run, const struct wv_plan_step *step,
				  struct wv_err *err)
{
	struct wv_job *job;
	enum wv_status st = wv_job_new(&run->facts, WV_JOB_RESOLVE, &job, err);

	if (st != WV_OK)
		return st;
	job->host = wv_arena_copy(job->arena, step->host);
	run->jobs_out++;
	wv_queue_push(run->work, job);
	return WV_OK;
}

static void note_wait(struct run *run, const struct wv_plan_step *step)
{
	struct wv_run_counts *c = &run->report->counts;

	c->next_wait_us = -1;
	if (step->until.us != INT64_MAX)
		c->next_wait_us = step->until.us - wv_clock_mono(run->clock).us;
	snprintf(c->next_turn, sizeof(c->next_turn), "%.*s",
		 WV_FMT(step->turn.n > 2 ? wv_slice_from(step->turn, 2) : step->turn));
	snprintf(c->next_reason, sizeof(c->next_reason), "%s", wv_wait_reason_name(step->reason));
}

static bool has_room(const struct run *run)
{
	return run->jobs_out < JOBS_OUT_MAX && run->bytes_out < BYTES_OUT_MAX &&
	       run->in_flight < run->settings->run.connections &&
	       wv_fetch_held_bytes(run->fetch) < WV_LIMIT_INFLIGHT_BYTES;
}

/*
 * Takes steps until the plan wants to wait. *until is when it wants to be asked again; false when
 * it is through.
 */
enum wv_status run_take_steps(struct run *run, struct wv_mono *until, struct wv_err *err)
{
	until->us = INT64_MAX;
	run->is_done = false;
	while (!run->is_stopping) {
		struct wv_plan_step step = {0};
		enum wv_status st = WV_OK;

		/* Refusals and leases become jobs too: they count, and wait for room. */
		if (run->jobs_out >= JOBS_OUT_MAX)
			return WV_OK;
		st = wv_plan_next(run->plan, has_room(run), &step, err);
		if (st != WV_OK)
			return st;
		switch (step.kind) {
		case WV_STEP_VISIT:
			st = start_visit(run, step.visit, err);
			break;
		case WV_STEP_REFUSE:
			st = refuse(run, &step, err);
			break;
		case WV_STEP_LEASE:
			st = lease(run, &step, err);
			break;
		case WV_STEP_RESOLVE:
			st = ask_address(run, &step, err);
			break;
		case WV_STEP_WAIT:
			note_wait(run, &step);
			*until = step.until;
			return WV_OK;
		case WV_STEP_DONE:
			run->is_done = true;
			run->done = step.done;
			return WV_OK;
		}
		if (st != WV_OK)
			return st;
	}
	return WV_OK;
}
