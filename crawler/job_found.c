#include "crawler/job_inner.h"

#include "config/base/log.h"
#include "crawler/discover/links.h"
#include "crawler/plan/admission.h"

void job_found_add(struct wv_job *job, struct reading *r, struct wv_slice text,
                      enum wv_visit_kind kind, enum wv_via via, struct wv_time published)
{
	const struct wv_visit *visit = job->visit;
	struct wv_found *found = &job->found[job->found_count];
	struct wv_admission_facts facts = {
		.settings = job->facts->settings,
		.source = r->source,
		.kind = kind,
		.depth = visit->depth + (via == WV_VIA_LINK),
		.hops = visit->hops,
		.now = visit->started_at,
	};
	uint32_t hops = visit->hops;
	struct wv_url url;

	if (job->found_count == r->found_room || !r->source ||
	    wv_url_parse(job->arena, text, r->url.has_host ? &r->url : NULL, &url, NULL) != WV_OK ||
	    wv_admission_check(&facts, &url, &hops) != WV_ADMIT ||
	    wv_found_init(job->arena, &url, found, NULL) != WV_OK)
		return;
	found->source = visit->source;
	found->kind = kind;
	found->via = via;
	found->depth = facts.depth;
	found->hops = hops;
	found->published = published;
	job->found_count++;
}

enum wv_status job_found_room(struct wv_job *job, struct reading *r, size_t count,
                                          struct wv_err *err)
{
	job->found = WV_ARENA_ARRAY(job->arena, struct wv_found, count + 1);
	if (!job->found)
		return wv_err_set(err, WV_NOMEM, "out of memory for %zu links", count);
	r->found_room = count;
	return WV_OK;
}

static bool may_follow_feeds(const struct wv_job *job, const struct reading *r)
{
	/* Only a listing's own feeds: an article's comment feed is nobody's news. */
	return r->source && r->source->feeds_mode == WV_AUTO_ON && job->visit->is_listing;
}

enum wv_status job_found_links(struct wv_job *job, struct reading *r,
                                 const struct wv_scan *scan, struct wv_err *err)
{
	struct wv_links links;
	enum wv_status st = wv_links_find(job->arena, scan, job->visit->url, WV_LINKS_PAGES, &links,
	                                  err);

	if (st == WV_OK)
		st = job_found_room(job, r, links.count, err);
	if (st != WV_OK)
		return st;
	if (links.dropped)
		wv_log(WV_LOG_WARN, "more links than the cap", "url", job->visit->url, NULL);
	for (size_t i = 0; i < links.count; i++) {
		const struct wv_link *link = &links.links[i];

		if (link->nofollow || r->policy.nofollow)
			continue;
		if (link->kind == WV_LINK_PAGE || link->kind == WV_LINK_NEXT ||
		    link->kind == WV_LINK_REFRESH)
			job_found_add(job, r, link->url, WV_VISIT_PAGE, WV_VIA_LINK, WV_TIME_NONE);
		else if (link->kind == WV_LINK_FEED && may_follow_feeds(job, r))
			job_found_add(job, r, link->url, WV_VISIT_FEED, WV_VIA_PAGE_HEAD, WV_TIME_NONE);
		else if (link->kind == WV_LINK_SITEMAP && r->source &&
		         r->source->sitemaps_mode == WV_AUTO_ON)
			job_found_add(job, r, link->url, WV_VISIT_SITEMAP, WV_VIA_PAGE_HEAD,
			          WV_TIME_NONE);
	}
	return WV_OK;
}
