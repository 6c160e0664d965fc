#ifndef WV_CRAWLER_JOB_INNER_H
#define WV_CRAWLER_JOB_INNER_H

#include "config/url.h"
#include "crawler/discover/links.h"
#include "crawler/fetch/headers.h"
#include "crawler/job.h"
#include "crawler/page/policy.h"
#include "crawler/page/scan.h"

/*
 * What the files of a job share:
 *   job.c        its life: from an answer to an outcome, and into the write transaction
 *   job_read.c   reading a body: decoding, policy, page, feed, sitemap, article
 *   job_found.c  which of the addresses found there are worth keeping
 *   job_policy.c what a page asks of those who keep it
 *   job_learn.c  what a page teaches of its site
 *   job_given.c  what was had elsewhere goes the same way
 */

/* What is read of a body on its way to the batch. */
struct reading {
	const struct wv_source *source;
	struct wv_slice headers, encoded, body;
	struct wv_headers_type type;
	struct wv_codings codings;
	struct wv_buf decoded;
	bool is_whole; /* decoded to its end, without a fault */
	struct wv_capture capture;
	struct wv_article article;
	bool has_article;
	bool has_bytes;     /* `body` holds what the server sent, decoded */
	bool is_unkept;     /* the page asks not to be kept, and is obeyed */
	bool is_unread;     /* to read it took more memory than a page may have */
	bool body_is_known; /* digest and size only: bytes are in the archive */
	struct wv_page_policy policy;
	struct wv_url url;
	size_t found_room;
	struct wv_slice charset; /* of a page */
	struct wv_links links;
};

static inline bool job_is_truncated(const struct wv_job *job)
{
	return job->outcome.result == WV_RESULT_TRUNCATED;
}

/* job_read.c: fills outcome, links, capture and article from the answer. WV_NOMEM, the store's. */
enum wv_status job_read(struct wv_job *job, struct wv_job_tools *tools, struct reading *r,
			struct wv_err *err);
/* After WV_NOMEM: forgets what was read of it so far, for a job_read that looks at its bytes only. */
void job_leave_unread(struct wv_job *job, struct reading *r, const struct wv_outcome *before);
/* What was read becomes a capture of the batch. */
enum wv_status job_add_capture(struct wv_job *job, struct reading *r, struct wv_err *err);

/* job_policy.c: header fields, metas, and what the site reserves are read; what was asked is noted
 * in the capture; what asks not to be kept loses its bytes. In this order. */
void job_policy_of_header(struct wv_job *job, struct reading *r);
void job_policy_of_page(struct wv_job *job, struct reading *r, const struct wv_scan *scan);
enum wv_status job_policy_of_site(struct wv_job *job, struct reading *r, struct wv_err *err);
void job_policy_take(struct wv_job *job, struct reading *r);
void job_policy_obey(struct wv_job *job, struct reading *r);

/* job_found.c: room for so many addresses, then one after the other; what is not admitted, or
 * beyond the room, is left out. */
enum wv_status job_found_room(struct wv_job *job, struct reading *r, size_t count,
			      struct wv_err *err);
void job_found_add(struct wv_job *job, struct reading *r, struct wv_slice text,
		   enum wv_visit_kind kind, enum wv_via via, struct wv_time published);
/* The article's next part, which is asked for with it. After job_found_links. */
void job_found_part(struct wv_job *job, struct reading *r);
/* The links of a page that stay within the source's scope. */
enum wv_status job_found_links(struct wv_job *job, struct reading *r, const struct wv_scan *scan,
			       struct wv_err *err);
/* Then, the article being known: those that leave it towards one of the source's topics. */
enum wv_status job_found_related(struct wv_job *job, struct reading *r, const struct wv_scan *scan,
				 struct wv_err *err);

/* job_learn.c: a page teaches its site; a callback of the batch, `context` is the job. */
enum wv_status job_apply_learn(struct wv_txn *txn, const struct wv_batch_result *result,
			       void *context, struct wv_err *err);

/* job_given.c: a worker's part of WV_JOB_GIVEN. */
enum wv_status job_work_on_given(struct wv_job *job, struct wv_job_tools *tools,
				 struct wv_err *err);

#endif
