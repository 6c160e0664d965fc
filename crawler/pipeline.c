#include "crawler/pipeline_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "archive/proof/head.h"
#include "archive/store/writer.h"
#include "config/base/checked.h"
#include "config/base/limits.h"
#include "config/base/log.h"
#include "config/url.h"
#include "crawler/fetch/resolve.h"

#define ANSWERS_AT_ONCE  64u
#define PROGRESS_US      (200 * WV_US_PER_MS)
#define SCRATCH_CAP_BYTES (768u * WV_MIB) /* a worker's, for one article's fingerprint */
#define LOOK_AROUND_US   (100 * WV_US_PER_MS) /* longest sleep: the stop flag is seen after it */
#define DISK_LOOK_US     WV_US_PER_S

/* ---- workers */

static void give_back(void *context, struct wv_job *job)
{
	struct run *run = context;
	/* JOBS_OUT_MAX is far below the queue's room, so this never waits in the writer. */
	bool pushed = wv_queue_try_push(run->back, job);

	WV_ASSERT(pushed);
	wv_fetch_wake(run->fetch);
}

/* To the writer, or straight back with what went wrong. */
static void pass_on(struct run *run, struct wv_job *job, enum wv_status st)
{
	job->committed = give_back;
	job->committed_context = run;
	if (st == WV_OK && job->batch) {
		struct wv_batch *batch = WV_TAKE(job->batch);

		/* Whatever it says, `done` has run or will run. */
		(void)!wv_writer_submit(run->writer, &batch);
		return;
	}
	job->status = st;
	give_back(run, job);
}

static void resolve(struct run *run, struct wv_job *job);

void *run_work(void *context)
{
	struct run *run = context;
	struct wv_job_tools tools = {0};
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st = wv_html_parser_new(run->clock, &tools.parser, &err);
	struct wv_job *job;

	if (st == WV_OK)
		st = wv_arena_new(SCRATCH_CAP_BYTES, &tools.scratch, &err);

	while ((job = wv_queue_pop(run->work)) != NULL) {
		if (job->kind == WV_JOB_RESOLVE) {
			resolve(run, job);
			continue;
		}
		if (st != WV_OK) {
			job->err = err;
			pass_on(run, job, st);
			continue;
		}
		pass_on(run, job, wv_job_work(job, &tools, &job->err));
	}
	wv_html_parser_free(&tools.parser);
	wv_arena_free(&tools.scratch);
	return NULL;
}

static void resolve(struct run *run, struct wv_job *job)
{
	struct wv_slice address = WV_SLICE_NONE;

	for (size_t i = 0; i < run->settings->network.resolve_count; i++)
		if (wv_slice_equals_nocase(run->settings->network.resolve[i].host, job->host))
			address = run->settings->network.resolve[i].address;
	if (!address.n)
		address = wv_resolve_host(job->arena, job->host);
	job->address = address;
	job->status = WV_OK;
	give_back(run, job);
}

/* ---- failure and stopping */

static void fail(struct run *run, enum wv_status st, const struct wv_err *err)
{
	run->is_stopping = true;
	if (run->failure != WV_OK)
		return;
	run->failure = st;
	run->failure_err = *err;
}

static void look_at_stop(struct run *run)
{
	int level = run->options->stop ? run->options->stop(run->options->stop_context) : 0;

	if (level == 0)
		return;
	run->is_stopping = true;
	if (run->failure == WV_OK) {
		run->failure = WV_STOPPED;
		run->failure_err = (struct wv_err)WV_ERR_NONE;
	}
	if (level > 1 && !run->is_cancelled) {
		run->was_cut = run->is_cancelled = true;
		wv_fetch_cancel_all(run->fetch);
	}
}

static void look_at_disk(struct run *run)
{
	struct wv_mono now = wv_clock_mono(wv_clock_system());
	struct statvfs info;
	uint64_t free_bytes, floor = run->settings->run.disk_floor_bytes;
	struct wv_err err = WV_ERR_NONE;
	char left[WV_TIME_TEXT_MAX], wanted[WV_TIME_TEXT_MAX];

	if (now.us - run->last_disk_look.us < DISK_LOOK_US || floor == 0)
		return;
	run->last_disk_look = now;
	if (statvfs(run->options->archive, &info) != 0)
		return; /* the writer will say what is wrong */
	free_bytes = (uint64_t)info.f_bavail * info.f_frsize;
	if (free_bytes >= floor)
		return;
	wv_err_set(&err, WV_FULL, "disk of archive '%s' is below its floor: %s free, run.disk_floor is %s",
	           run->options->archive, wv_size_print(free_bytes / 1024 * 1024, left),
	           wv_size_print(floor, wanted));
	fail(run, WV_FULL, &err);
}

/* ---- the plan's steps */

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
static bool is_at_home(struct run *run, const struct wv_source *source, const struct wv_visit *visit)
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
static enum wv_status send_small_job(struct run *run, struct wv_job *job, struct wv_err *err)
{
	enum wv_status st = wv_job_work(job, NULL, err);

	if (st != WV_OK) {
		wv_job_free(&job);
		return st;
	}
	run->jobs_out++;
	pass_on(run, job, WV_OK);
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
	/* A robots.txt that cannot be had, now or in a run before, is a source that was not reached. */
	if (step->refusal.result == WV_RESULT_ROBOTS_DENIED &&
	    !wv_time_is_none(step->refusal.again) && source_of(run, job->visit))
		run->source_asked[job->visit->source] = true;
	run->report->counts.denied++;
	wv_log(WV_LOG_INFO, "not asked", "url", job->visit->url, "why", step->refusal.reason, NULL);
	return send_small_job(run, job, err);
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
	return send_small_job(run, job, err);
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
	return run->jobs_out < JOBS_OUT_MAX &&
	       run->in_flight < run->settings->run.connections &&
	       wv_fetch_held_bytes(run->fetch) < WV_LIMIT_INFLIGHT_BYTES;
}

/*
 * Takes steps until the plan wants to wait. *until is when it wants to be asked again; false when
 * it is through.
 */
static enum wv_status take_steps(struct run *run, struct wv_mono *until, struct wv_err *err)
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

/* ---- answers and completions */

static enum wv_status take_answer(struct run *run, struct wv_fetch_answer *answer,
                                  struct wv_err *err)
{
	struct wv_visit *visit = answer->user;
	struct wv_job *job = NULL;
	enum wv_status st;

	run->in_flight--;
	if (answer->outcome == WV_FETCH_STOPPED) {
		wv_plan_dropped(run->plan, visit);
		wv_visit_free(&visit);
		wv_fetch_answer_free(&answer);
		return WV_OK;
	}
	st = wv_job_new(&run->facts, WV_JOB_ANSWER, &job, err);
	if (st != WV_OK) {
		wv_plan_dropped(run->plan, visit);
		wv_visit_free(&visit);
		wv_fetch_answer_free(&answer);
		return st;
	}
	job->visit = visit;
	job->answer = answer;
	st = wv_job_read_answer(job, err);
	if (st == WV_OK)
		st = wv_plan_answered(run->plan, visit, &job->outcome, err);
	if (st != WV_OK) {
		wv_job_free(&job);
		return st;
	}
	if (answer->status && visit->source < run->settings->source_count)
		run->source_reached[visit->source] = true;
	run->report->counts.bytes_in += job->outcome.bytes;
	run->report->counts.retries += visit->will_retry;
	run->report->counts.denied += answer->outcome == WV_FETCH_REFUSED;
	if (answer->outcome != WV_FETCH_ANSWERED)
		wv_log(visit->will_retry ? WV_LOG_INFO : WV_LOG_WARN, "no whole answer", "url",
		       visit->url, "why", wv_slice_of(answer->words), NULL);
	run->jobs_out++;
	wv_queue_push(run->work, job);
	return WV_OK;
}

static void count_capture(struct run *run, const struct wv_job *job)
{
	struct wv_run_counts *c = &run->report->counts;

	c->links_new += job->change.pages_new;
	if (!job->has_capture)
		return;
	c->captures++;
	if (job->capture_id < run->report->first_id)
		run->report->first_id = job->capture_id;
	if (job->capture_id >= run->report->last_id)
		run->report->last_id = job->capture_id;
	c->pages += job->visit->kind == WV_VISIT_PAGE;
	c->articles += job->is_article;
	c->unchanged += job->is_unchanged;
	c->failures += job->outcome.status == 0 || job->outcome.status >= 500;
}

/* A job came back from the writer. */
static enum wv_status take_back(struct run *run, struct wv_job *job, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	run->jobs_out--;
	if (job->status != WV_OK && !job->is_stale) {
		if (job->visit)
			wv_plan_dropped(run->plan, job->visit);
		/* An answer is known to nobody but us: the lease has to speak for it. */
		run->was_cut = true;
		fail(run, job->status, &job->err);
		wv_job_free(&job);
		return WV_OK;
	}
	switch (job->kind) {
	case WV_JOB_ANSWER:
	case WV_JOB_REFUSAL:
		if (job->status == WV_OK)
			count_capture(run, job);
		st = wv_plan_committed(run->plan, &job->change, err);
		break;
	case WV_JOB_LEASE:
		wv_plan_leased(run->plan, job->leases, job->lease_count);
		break;
	case WV_JOB_RESOLVE:
		st = wv_plan_resolved(run->plan, job->host, job->address, err);
		break;
	case WV_JOB_CLOSE:
	case WV_JOB_GIVEN: /* never of a crawl */
		break;
	}
	wv_job_free(&job);
	return st;
}

static enum wv_status take_all_back(struct run *run, struct wv_err *err)
{
	struct wv_job *job;

	while ((job = wv_queue_try_pop(run->back)) != NULL) {
		enum wv_status st = take_back(run, job, err);

		if (st != WV_OK)
			return st;
	}
	return WV_OK;
}

/* ---- the loop */

static void show_progress(struct run *run, bool now)
{
	struct wv_mono mono = wv_clock_mono(wv_clock_system());
	struct wv_run_counts *c = &run->report->counts;
	struct wv_plan_counts plan;

	if (!run->options->progress || (!now && mono.us - run->last_progress.us < PROGRESS_US))
		return;
	run->last_progress = mono;
	wv_plan_count(run->plan, &plan);
	c->in_flight = run->in_flight;
	c->due = plan.queues_loaded;
	c->waiting_turns = 0;
	for (int i = WV_WAIT_DELAY; i < WV_WAIT_REASON_COUNT; i++)
		c->waiting_turns += plan.turns_waiting[i];
	c->time_left_us = run->ends.us == INT64_MAX ? -1 : run->ends.us - wv_clock_mono(run->clock).us;
	run->options->progress(run->options->progress_context, c);
}

/* Sleeps until something comes in, or `until`; a simulated clock is turned instead. */
static enum wv_status wait_for_answers(struct run *run, struct wv_mono until, struct wv_err *err)
{
	struct wv_fetch_answer *answers[ANSWERS_AT_ONCE];
	int64_t wait_us = LOOK_AROUND_US;
	size_t count;

	if (until.us != INT64_MAX) {
		int64_t left_us = until.us - wv_clock_mono(run->clock).us;

		if (wv_clock_is_simulated(run->clock)) {
			if (run->in_flight == 0 && run->jobs_out == 0 && left_us > 0) {
				wv_clock_turn(run->clock, left_us);
				return WV_OK;
			}
		} else if (left_us < wait_us) {
			wait_us = left_us < 0 ? 0 : left_us;
		}
	}
	count = wv_fetch_turn(run->fetch, wait_us, answers, ANSWERS_AT_ONCE);
	for (size_t i = 0; i < count; i++) {
		enum wv_status st = take_answer(run, answers[i], err);

		if (st != WV_OK) {
			for (size_t k = i + 1; k < count; k++) {
				struct wv_visit *visit = answers[k]->user;

				run->in_flight--;
				wv_visit_free(&visit);
				wv_fetch_answer_free(&answers[k]);
			}
			return st;
		}
	}
	return WV_OK;
}

static void loop(struct run *run)
{
	for (;;) {
		struct wv_mono until = {INT64_MAX};
		struct wv_err err = WV_ERR_NONE;
		enum wv_status st = take_all_back(run, &err);

		look_at_stop(run);
		look_at_disk(run);
		if (st == WV_OK)
			st = take_steps(run, &until, &err);
		if (st == WV_OK && (run->is_done || run->is_stopping) && run->in_flight == 0 &&
		    run->jobs_out == 0)
			break;
		if (st == WV_OK)
			st = wait_for_answers(run, until, &err);
		if (st != WV_OK) {
			fail(run, st, &err);
			run->was_cut = true;
			wv_fetch_cancel_all(run->fetch);
		}
		show_progress(run, false);
	}
	show_progress(run, true);
}

/* The run ends in order: its leases too. */
static void close_frontier(struct run *run)
{
	struct wv_job *job = NULL;
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st;

	if (run->was_cut || !run->writer || !run->frontier)
		return;
	st = wv_job_new(&run->facts, WV_JOB_CLOSE, &job, &err);
	if (st == WV_OK)
		st = send_small_job(run, job, &err);
	if (st == WV_OK) {
		wv_writer_flush(run->writer);
		st = take_all_back(run, &err);
	}
	if (st != WV_OK)
		fail(run, st, &err);
}

/* The run's word for what its log is. Nothing waits for it: what was captured is durable. */
static void sign_head(struct run *run)
{
	struct wv_signed_head head;
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st;

	wv_writer_flush(run->writer);
	st = wv_head_sign(run->store, run->key, &head, NULL, &err);
	if (st != WV_OK && st != WV_NO)
		fail(run, st, &err);
}

static void fill_report(struct run *run)
{
	struct wv_pipeline_report *r = run->report;
	struct wv_plan_counts plan;

	r->ended = wv_clock_now(run->clock);
	for (size_t i = 0; i < run->settings->source_count; i++) {
		r->sources += run->source_asked[i];
		r->sources_reached += run->source_reached[i];
	}
	if (!run->plan)
		return;
	wv_plan_count(run->plan, &plan);
	r->work_left = plan.put_off + plan.queues_loaded;
	r->bound_reached =
		run->is_done && (run->done == WV_DONE_MAX_PAGES || run->done == WV_DONE_TIME);
	if (r->bound_reached)
		snprintf(r->bound, sizeof(r->bound), "%s",
		         run->done == WV_DONE_TIME ? "run.max_time" : "run.max_pages");
}

/* Nothing was due, but because nobody answers: what cron or a person would want to hear is that,
 * not that all is well. */
static enum wv_status judge_idle(const struct run *run, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_time again = WV_TIME_NONE, t;
	char text[WV_TIME_TEXT_MAX];
	bool is_down = false;
	enum wv_status st = wv_store_begin_read(run->store, &txn, err);

	for (size_t i = 0; st == WV_OK && i < run->settings->source_count; i++) {
		if (run->only_sources && !run->only_sources[i])
			continue;
		t = WV_TIME_NONE;
		st = wv_frontier_is_down(txn, &run->settings->sources[i], wv_clock_now(run->clock),
		                         &is_down, &t, err);
		if (st != WV_OK || !is_down)
			return st;
		if (wv_time_is_none(again) || t.us < again.us)
			again = t;
	}
	if (st != WV_OK || !is_down)
		return st;
	return wv_err_set(err, WV_UNREACHABLE,
	                  "no source could be reached: none answered when last asked, the first is "
	                  "asked again at %s", wv_time_is_none(again)
	                                               ? "the next run" : wv_time_print(again, text));
}

static enum wv_status judge(const struct run *run, struct wv_err *err)
{
	const struct wv_pipeline_report *r = run->report;

	if (run->failure != WV_OK) {
		if (err)
			*err = run->failure_err;
		return run->failure;
	}
	if (r->sources > 0 && r->sources_reached == 0)
		return wv_err_set(err, WV_UNREACHABLE, "no source could be reached (%llu tried)",
		                  (unsigned long long)r->sources);
	if (r->counts.requests == 0 && r->counts.denied == 0 && !r->bound_reached)
		return judge_idle(run, err);
	if (r->bound_reached && !(run->options->bound_is_success && run->done == WV_DONE_MAX_PAGES))
		return wv_err_set(err, WV_BOUND, "%s was reached with work left; the next run goes on",
		                  r->bound);
	return WV_OK;
}

enum wv_status wv_pipeline_run(const struct wv_pipeline_options *options,
                               struct wv_pipeline_report *report, struct wv_err *err)
{
	struct run *run = calloc(1, sizeof(*run));
	int64_t max_time_us;
	enum wv_status st;

	if (!run)
		return wv_err_set(err, WV_NOMEM, "out of memory for a run");
	*report = (struct wv_pipeline_report){.first_id = UINT64_MAX};
	run->options = options;
	run->report = report;
	run->settings = options->settings;
	run->clock = options->clock;
	run->started = wv_clock_mono(options->clock);
	report->started = wv_clock_now(options->clock);
	report->counts.next_wait_us = -1;
	max_time_us = options->max_time_us ? options->max_time_us : run->settings->run.max_time_us;
	run->ends.us = wv_add_us(run->started.us, max_time_us);
	run->max_pages = options->max_pages != WV_UNBOUNDED ? options->max_pages
	                                                    : run->settings->run.max_pages;
	if (!run->settings->contact.n) {
		free(run);
		return wv_err_set(err, WV_SETTINGS,
		                  "agent.contact is not set: nobody is crawled anonymously "
		                  "(give a URL or mailto: address there, or --contact)");
	}
	st = wv_arena_new(64u * WV_MIB, &run->arena, err);
	if (st == WV_OK)
		st = wv_arena_new(WV_MIB, &run->scratch, err);
	if (st == WV_OK)
		st = run_open(run, err);
	if (st == WV_OK) {
		loop(run);
		close_frontier(run);
		sign_head(run);
		fill_report(run);
		st = judge(run, err);
	}
	run_close(run);
	free(run);
	return st;
}
