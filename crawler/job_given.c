#include "crawler/job_inner.h"

#include "archive/store/lookup.h"

/* For what is kept of a page that used up the memory to read it in. */
#define UNREAD_BYTES (16u * WV_MIB)

/*
 * An answer that the network did not bring. It is read like any other; it changes no frontier, and
 * it is left out where the archive has it.
 */

enum wv_status wv_job_find_same(struct wv_txn *txn, struct wv_arena *arena,
                                const struct wv_capture *capture, bool *is_there,
                                struct wv_err *err)
{
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	const struct wv_captures_query query = {.page = capture->page,
	                                        .url = capture->url,
	                                        .from = capture->captured,
	                                        .to = capture->captured,
	                                        .known_at = WV_TIME_NONE,
	                                        .sees_all = true};
	enum wv_status st = wv_captures_begin(txn, &query, &captures, err);

	*is_there = false;
	for (int looked = 0; st == WV_OK && !*is_there && looked < WV_JOB_SAME_MOST; looked++) {
		struct wv_capture other;

		st = wv_captures_next(captures, arena, &other, err);
		if (st == WV_OK && other.id != capture->id)
			*is_there = other.status == capture->status &&
			            wv_slice_equals(other.headers, capture->headers) &&
			            (!other.has_body || !capture->has_body ||
			             wv_digest_equals(&other.body, &capture->body));
	}
	return st == WV_NO ? WV_OK : st;
}

/* In the transaction: the one that it repeats may be in this very group. */
static enum wv_status apply_given(struct wv_txn *txn, const struct wv_batch_result *result,
                                  void *context, struct wv_err *err)
{
	struct wv_job *job = context;
	struct wv_capture capture;
	enum wv_status st = wv_store_capture(txn, job->arena, result->captures[0].id, WV_TIME_NONE,
	                                     &capture, err);

	if (st == WV_OK)
		st = wv_job_find_same(txn, job->arena, &capture, &job->is_there, err);
	if (st == WV_OK && job->is_there)
		return wv_err_set(err, WV_CONFLICT, "'%.*s' of this instant is in the archive already",
		                  WV_FMT(job->visit->url));
	return st;
}

static void take_given(struct wv_job *job, struct reading *r)
{
	const struct wv_given *given = &job->given;
	struct wv_capture *c = &r->capture;

	c->flags |= given->flags | WV_CAPTURE_IMPORTED;
	c->duration_us = given->duration_us;
	if (given->is_decoded && given->has_encoded) {
		c->has_encoded = true;
		c->encoded = given->encoded;
		c->encoded_bytes = given->encoded_bytes;
	}
	if (!given->has_bytes && given->has_digest) {
		c->body = given->body;
		c->body_bytes = given->body_bytes;
		c->has_body = c->status == 304;
	}
	/* As of an answer that is read for the first time: an error without a word has no body. */
	if (given->has_bytes && c->status != 200 && c->body_bytes == 0)
		c->has_body = false;
	if (given->is_bodyless)
		c->flags &= ~(uint32_t)WV_CAPTURE_NOT_MODIFIED;
	if (given->article && !r->has_article) {
		r->article = *given->article;
		r->has_article = true;
		c->verdict = r->article.verdict;
		c->reason = r->article.reason;
	}
}

enum wv_status job_work_on_given(struct wv_job *job, struct wv_job_tools *tools,
                                 struct wv_err *err)
{
	struct reading r = {.policy = WV_PAGE_POLICY_NONE};
	const struct wv_outcome before = job->outcome;
	enum wv_status st;

	if (job->visit->source < job->facts->settings->source_count)
		r.source = &job->facts->settings->sources[job->visit->source];
	job->bytes_in = job->outcome.bytes;
	st = job_read(job, tools, &r, err);
	if (st == WV_NOMEM && !job->full) {
		job->full = WV_TAKE(job->arena);
		st = wv_arena_new(UNREAD_BYTES, &job->arena, err);
		if (st == WV_OK) {
			job_leave_unread(job, &r, &before);
			st = job_read(job, tools, &r, err);
		}
	}
	if (st == WV_OK) {
		take_given(job, &r);
		st = job_add_capture(job, &r, err);
	}
	if (st == WV_OK)
		st = wv_batch_add_apply(job->batch, apply_given, job, err);
	if (st == WV_OK && job->teaches && job->prints.n)
		st = wv_batch_add_apply(job->batch, job_apply_learn, job, err);
	wv_buf_done(&r.decoded);
	wv_fetch_answer_free(&job->answer);
	return st;
}
