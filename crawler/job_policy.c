#include "crawler/job_inner.h"

#include "archive/store/lookup.h"
#include "crawler/plan/robots.h"

/*
 * What a page asks of those who keep it: read from header, markup and site, noted, obeyed.
 */

void job_policy_of_header(struct wv_job *job, struct reading *r)
{
	struct wv_strings tokens = job->facts->settings->agent_tokens;
	struct wv_slice value;
	size_t at = 0;

	while (wv_headers_next_of(r->headers, WV_LIT("X-Robots-Tag"), &at, &value))
		wv_policy_add_header(&r->policy, value, tokens, job->answer->finished);
	wv_policy_add_tdm_header(&r->policy,
				 wv_headers_last(r->headers, WV_LIT("tdm-reservation")));
}

void job_policy_of_page(struct wv_job *job, struct reading *r, const struct wv_scan *scan)
{
	for (size_t i = 0; i < scan->meta_count; i++)
		if (scan->metas[i].key_attr == WV_ATTR_NAME)
			wv_policy_add_meta(&r->policy, scan->metas[i].key, scan->metas[i].content,
					   job->facts->settings->agent_tokens,
					   job->answer->finished);
}

/* What the site reserves, where the page itself says nothing: header and meta stand over the file,
 * whichever way they decide. */
enum wv_status job_policy_of_site(struct wv_job *job, struct reading *r, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	WV_AUTO(wv_robots_free) struct wv_robots *rules = NULL;
	static const struct wv_slice all = WV_LIT_INIT("*");
	struct wv_slice text;
	enum wv_status st;

	if (!r->source || !r->source->asks_tdmrep || r->policy.tdm_is_said ||
	    job->visit->kind == WV_VISIT_ROBOTS || job->visit->kind == WV_VISIT_TDMREP)
		return WV_OK;
	st = wv_store_begin_read(job->facts->store, &txn, err);
	if (st == WV_OK)
		st = wv_frontier_tdm_rules(txn, job->visit->origin, &text, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	st = wv_robots_parse(text, (struct wv_strings){&all, 1}, &rules, err);
	if (st == WV_OK)
		r->policy.tdm_reserved = !wv_robots_check_in_order(rules, job->visit->url).allowed;
	return st;
}

void job_policy_take(struct wv_job *job, struct reading *r)
{
	if (r->policy.noarchive)
		r->capture.flags |= WV_CAPTURE_NOARCHIVE;
	if (r->policy.noindex)
		r->capture.flags |= WV_CAPTURE_NOINDEX;
	if (r->policy.nosnippet)
		r->capture.flags |= WV_CAPTURE_NOSNIPPET;
	if (r->policy.tdm_reserved)
		r->capture.flags |= WV_CAPTURE_TDM_RESERVED;
	if (!wv_time_is_none(r->policy.unavailable_after))
		r->capture.flags |= WV_CAPTURE_DATED;
	if (!wv_time_is_none(r->policy.unavailable_after) &&
	    r->policy.unavailable_after.us <= job->answer->finished.us)
		job->outcome.is_gone_for_good = true;
}

/*
 * The page asks not to be kept: digest, size and what a card in a catalogue would say. robots.txt
 * is no page: it is the evidence for what we did.
 */
void job_policy_obey(struct wv_job *job, struct reading *r)
{
	/* Who hands us bytes has archived them already. */
	if (!r->policy.noarchive || job->visit->kind == WV_VISIT_ROBOTS ||
	    job->kind == WV_JOB_GIVEN || (r->source && r->source->keeps_noarchive))
		return;
	r->is_unkept = true;
	if (r->has_bytes) {
		r->capture.body = job->outcome.body;
		r->capture.body_bytes = r->body.n;
	}
	r->has_bytes = r->capture.has_body = false;
	r->article.blocks = NULL;
	r->article.removed = NULL;
	r->article.keywords = NULL;
	r->article.conflicts = NULL;
	r->article.items = NULL;
	r->article.block_count = r->article.removed_count = 0;
	r->article.keyword_count = r->article.conflict_count = r->article.item_count = 0;
	r->article.description = r->article.image_caption = WV_SLICE_NONE;
	r->article.image = r->article.dateline = WV_SLICE_NONE;
}
