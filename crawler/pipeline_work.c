#include "crawler/pipeline_inner.h"

#include "archive/store/writer.h"
#include "config/base/limits.h"
#include "crawler/fetch/resolve.h"

/*
 * A page worker: what was answered is read, and goes to the writer as a batch; what came of it comes
 * back to the fetch thread.
 */

#define SCRATCH_CAP_BYTES (768u * WV_MIB) /* for one article's fingerprint */
#define PAGE_FIRST_BYTES  (512u * 1024u)  /* most pages need no more */
#define PAGE_CAP_BYTES    (768u * WV_MIB)

static void give_back(void *context, struct wv_job *job)
{
	struct run *run = context;
	/* JOBS_OUT_MAX is far below the queue's room, so this never waits in the writer. */
	bool pushed = wv_queue_try_push(run->back, job);

	WV_ASSERT(pushed);
	wv_fetch_wake(run->fetch);
}

/* To the writer, or straight back with what went wrong. */
void run_pass_on(struct run *run, struct wv_job *job, enum wv_status st)
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

void *run_work(void *context)
{
	struct run *run = context;
	struct wv_job_tools tools = {0};
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st = wv_html_parser_new(run->clock, &tools.parser, &err);
	struct wv_job *job;

	if (st == WV_OK)
		st = wv_arena_new(SCRATCH_CAP_BYTES, &tools.scratch, &err);
	if (st == WV_OK)
		st = wv_arena_new_sized(PAGE_FIRST_BYTES, PAGE_CAP_BYTES, &tools.page, &err);

	while ((job = wv_queue_pop(run->work)) != NULL) {
		if (job->kind == WV_JOB_RESOLVE) {
			resolve(run, job);
			continue;
		}
		if (st != WV_OK) {
			job->err = err;
			run_pass_on(run, job, st);
			continue;
		}
		run_pass_on(run, job, wv_job_work(job, &tools, &job->err));
	}
	wv_html_parser_free(&tools.parser);
	wv_arena_free(&tools.scratch);
	wv_arena_free(&tools.page);
	wv_buf_done(&tools.decoded);
	return NULL;
}
