#include "crawler/job_inner.h"

#include "crawler/page/sites.h"

/* A page teaches its site once, when it is first seen. */
enum wv_status job_apply_learn(struct wv_txn *txn, const struct wv_batch_result *result,
                               void *context, struct wv_err *err)
{
	const struct wv_job *job = context;

	if (!result->capture_count || !result->captures[0].is_new_page)
		return WV_OK;
	return wv_sites_learn(txn, wv_sites_site(job->visit->page_key), result->captures[0].id,
	                      &job->prints, err);
}
