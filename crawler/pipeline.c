#include "crawler/pipeline_inner.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "archive/proof/head.h"
#include "archive/store/writer.h"
#include "config/base/checked.h"
#include "config/base/limits.h"
#include "config/base/log.h"

#define ANSWERS_AT_ONCE  64u
#define PROGRESS_US      (200 * WV_US_PER_MS)
#define LOOK_AROUND_US   (100 * WV_US_PER_MS) /* longest sleep: the stop flag is seen after it */
#define HURRY_US         (50 * WV_US_PER_MS) /* a turn sooner than this brings the writer company */
#define DISK_LOOK_US     WV_US_PER_S
#define TRIM_US          WV_US_PER_S

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
	if (!answer->status && !run->silence[0])
		snprintf(run->silence, sizeof(run->silence), "%.*s: %s",
		         WV_FMT(wv_slice_part(visit->host, 0, 80)), answer->words);
	run->report->counts.bytes_in += job->outcome.bytes;
	run->report->counts.retries += visit->will_retry;
	run->report->counts.denied += answer->outcome == WV_FETCH_REFUSED;
	if (answer->outcome != WV_FETCH_ANSWERED)
		wv_log(visit->will_retry ? WV_LOG_INFO : WV_LOG_WARN, "no whole answer", "url",
		       visit->url, "why", wv_slice_of(answer->words), NULL);
	run->jobs_out++;
	run->bytes_out += job->outcome.bytes;
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
	if (job->kind == WV_JOB_ANSWER)
		run->bytes_out -= job->outcome.bytes;
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
	/* Nothing to do before this is durable: the first pages of a run, and its last. */
	if (run->in_flight == 0 && run->jobs_out > 0 && wait_us > HURRY_US)
		wv_writer_hurry(run->writer);
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

/* Holes that a slow disk's queue or a large page left between what lives: not kept for good. */
static void give_memory_back(struct run *run)
{
#ifdef M_TRIM_THRESHOLD
	struct wv_mono now = wv_clock_mono(wv_clock_system());

	if (now.us - run->last_trim.us < TRIM_US)
		return;
	run->last_trim = now;
	malloc_trim(0);
#endif
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
			st = run_take_steps(run, &until, &err);
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
		give_memory_back(run);
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
		st = run_send_small_job(run, job, &err);
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
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_signed_head head, before;
	struct wv_err err = WV_ERR_NONE;
	bool had = false;
	enum wv_status st;

	wv_writer_flush(run->writer);
	if (wv_store_begin_read(run->store, &txn, NULL) == WV_OK)
		had = wv_head_newest_signed(txn, 1, &before, NULL) == WV_OK;
	wv_txn_abort(&txn);
	st = wv_head_sign(run->store, run->key, &head, NULL, &err);
	if (st != WV_OK && st != WV_NO)
		fail(run, st, &err);
	if (st == WV_OK && had && memcmp(head.key, before.key, WV_HEAD_KEY_BYTES) != 0)
		wv_log(WV_LOG_WARN, "tree heads are signed by another key than before", NULL);
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
		return wv_err_set(err, WV_UNREACHABLE, "no source could be reached (%llu tried): %s",
		                  (unsigned long long)r->sources,
		                  run->silence[0] ? run->silence
		                                  : "robots.txt could not be had lately, so nothing is "
		                                    "asked ('wirevault why URL')");
	if (r->counts.requests == 0 && r->counts.denied == 0 && !r->bound_reached)
		return judge_idle(run, err);
	if (r->bound_reached && !(run->options->bound_is_success && run->done == WV_DONE_MAX_PAGES))
		return wv_err_set(err, WV_BOUND, "%s was reached with work left; the next run goes on",
		                  r->bound);
	return WV_OK;
}

/*
 * A heap for each thread would keep, each for itself, the most it ever needed. The threads hardly
 * meet in malloc: a page's memory comes in blocks. And one freed block of some megabytes would
 * teach malloc to keep that much on top of each heap for good, so both limits are said.
 */
static void share_heaps(void)
{
#ifdef M_ARENA_MAX
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	mallopt(M_TRIM_THRESHOLD, 2 << 20);
#endif
}

enum wv_status wv_pipeline_run(const struct wv_pipeline_options *options,
                               struct wv_pipeline_report *report, struct wv_err *err)
{
	struct run *run = calloc(1, sizeof(*run));
	int64_t max_time_us;
	enum wv_status st;

	*report = (struct wv_pipeline_report){.first_id = UINT64_MAX};
	if (!run)
		return wv_err_set(err, WV_NOMEM, "out of memory for a run");
	share_heaps();
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
