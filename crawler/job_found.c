#include "crawler/job_inner.h"

#include "config/base/checked.h"
#include "config/base/log.h"
#include "config/domain.h"
#include "crawler/discover/related.h"
#include "crawler/plan/admission.h"

/* Everything about an address but why it is worth following. */
struct candidate {
	struct wv_slice url;
	enum wv_visit_kind kind;
	enum wv_via via;
	struct wv_time published;
	struct wv_slice evidence; /* for via related */
};

static void add(struct wv_job *job, struct reading *r, const struct candidate *c)
{
	const struct wv_visit *visit = job->visit;
	struct wv_found *found = &job->found[job->found_count];
	struct wv_admission_facts facts = {
		.settings = job->facts->settings,
		.source = r->source,
		.kind = c->kind,
		.depth = visit->depth + (c->via == WV_VIA_LINK || c->via == WV_VIA_RELATED),
		.hops = visit->hops,
		.is_related = c->via == WV_VIA_RELATED,
		.now = visit->started_at,
	};
	uint32_t hops = visit->hops;
	struct wv_url url;

	if (job->found_count == r->found_room || !r->source ||
	    wv_url_parse(job->arena, c->url, r->url.has_host ? &r->url : NULL, &url, NULL) !=
		    WV_OK ||
	    wv_admission_check(&facts, &url, &hops) != WV_ADMIT ||
	    wv_found_init(job->arena, &url, found, NULL) != WV_OK)
		return;
	found->source = visit->source;
	found->kind = c->kind;
	found->via = c->via;
	found->depth = facts.depth;
	found->hops = hops;
	found->published = c->published;
	found->evidence = c->evidence;
	job->found_count++;
}

void job_found_add(struct wv_job *job, struct reading *r, struct wv_slice text,
		   enum wv_visit_kind kind, enum wv_via via, struct wv_time published)
{
	const struct candidate c = {.url = text, .kind = kind, .via = via, .published = published};

	add(job, r, &c);
}

enum wv_status job_found_room(struct wv_job *job, struct reading *r, size_t count,
			      struct wv_err *err)
{
	size_t n;

	/* Not cleared: a sitemap's room is for all it may hold, and most hold little. */
	job->found = wv_mul(count + 1, sizeof(*job->found), &n) ? wv_arena_alloc(job->arena, n)
								 : NULL;
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

/* ---- what belongs to the page, and what it is a variant of */

#define REQUISITES_MAX 64u /* of one page */

static void add_requisite(struct wv_job *job, struct reading *r, const struct wv_link *link,
			  uint32_t *count)
{
	bool wanted = link->kind == WV_LINK_IMAGE ||
		      (link->kind == WV_LINK_STYLE && r->source->requisites == WV_REQUISITES_ALL);

	if (!wanted || job->visit->hops > 0 || *count == REQUISITES_MAX)
		return;
	++*count;
	/* As if it were very old: among what was found, news comes before pictures. */
	job_found_add(job, r, link->url, WV_VISIT_REQUISITE, WV_VIA_REQUISITE,
		      (struct wv_time){0});
}

static bool has_segment(struct wv_slice path, struct wv_slice name)
{
	struct wv_cursor c = wv_cursor(path);

	while (wv_cursor_left(&c))
		if (wv_slice_equals_nocase(wv_cursor_until(&c, '/'), name))
			return true;
	return false;
}

/* The usual spellings of AMP, mobile and print. */
static bool looks_like_variant(const struct wv_url *url)
{
	static const char *const hosts[] = {"m.", "mobile.", "amp.", "wap.", "touch."};
	static const char *const queries[] = {"amp=1",   "output=amp", "outputtype=amp",
					      "print=1", "print=true", "view=mobile"};

	for (size_t i = 0; i < WV_COUNT(hosts); i++)
		if (wv_slice_starts_nocase(url->host, wv_slice_of(hosts[i])))
			return true;
	for (size_t i = 0; i < WV_COUNT(queries); i++)
		if (wv_slice_find_nocase(url->query, wv_slice_of(queries[i]), 0) != SIZE_MAX)
			return true;
	return has_segment(url->path, WV_LIT("amp")) || has_segment(url->path, WV_LIT("print"));
}

/*
 * An AMP, mobile or print page that names the page it is a variant of: that one is followed, this
 * one is kept but hardly looked at again. The name is believed only within the same tenant, and not
 * if it is the front page, which careless templates give for all.
 */
static void look_at_canonical(struct wv_job *job, struct reading *r, const struct wv_scan *scan,
			      struct wv_slice canonical)
{
	struct wv_slice key;
	struct wv_url url;

	if (!r->url.has_host || !(scan->is_amp || looks_like_variant(&r->url)) ||
	    wv_url_parse(job->arena, canonical, NULL, &url, NULL) != WV_OK ||
	    !wv_url_is_web(&url) || url.path.n <= 1 || looks_like_variant(&url) ||
	    !wv_slice_equals(wv_domain_tenant(url.host), wv_domain_tenant(r->url.host)) ||
	    wv_url_page_key(job->arena, &url, &key, NULL) != WV_OK ||
	    wv_slice_equals(key, job->visit->page_key))
		return;
	job->outcome.is_variant = true;
	job_found_add(job, r, canonical, WV_VISIT_PAGE, WV_VIA_LINK, WV_TIME_NONE);
}

enum wv_status job_found_links(struct wv_job *job, struct reading *r, const struct wv_scan *scan,
			       struct wv_err *err)
{
	bool wants_requisites = r->source && r->source->requisites != WV_REQUISITES_NONE;
	uint32_t requisites = 0;
	struct wv_slice refresh;
	enum wv_status st = wv_links_find(
		job->arena, scan, job->visit->url, r->charset,
		WV_LINKS_PAGES | (wants_requisites ? WV_LINKS_REQUISITES : 0), &r->links, err);

	if (st == WV_OK)
		st = job_found_room(job, r, r->links.count + 2, err); /* the next part, a refresh */
	if (st != WV_OK)
		return st;
	if (r->links.dropped)
		wv_log(WV_LOG_WARN, "more links than the cap", "url", job->visit->url, NULL);
	refresh = wv_links_refresh_url(wv_headers_first(r->headers, WV_LIT("Refresh")));
	if (refresh.n && !r->policy.nofollow)
		job_found_add(job, r, refresh, WV_VISIT_PAGE, WV_VIA_LINK, WV_TIME_NONE);
	job->outcome.names_no_feed = true;
	for (size_t i = 0; i < r->links.count; i++) {
		const struct wv_link *link = &r->links.links[i];

		if (link->kind == WV_LINK_FEED)
			job->outcome.names_no_feed = false;
		if (link->kind == WV_LINK_CANONICAL)
			look_at_canonical(job, r, scan, link->url);
		if (wants_requisites)
			add_requisite(job, r, link, &requisites);
		if (link->nofollow || r->policy.nofollow)
			continue;
		if (link->kind == WV_LINK_PAGE || link->kind == WV_LINK_NEXT ||
		    link->kind == WV_LINK_REFRESH)
			job_found_add(job, r, link->url, WV_VISIT_PAGE, WV_VIA_LINK, WV_TIME_NONE);
		else if (link->kind == WV_LINK_FEED && may_follow_feeds(job, r))
			job_found_add(job, r, link->url, WV_VISIT_FEED, WV_VIA_PAGE_HEAD,
				      WV_TIME_NONE);
		else if (link->kind == WV_LINK_SITEMAP && r->source &&
			 r->source->sitemaps_mode == WV_AUTO_ON)
			job_found_add(job, r, link->url, WV_VISIT_SITEMAP, WV_VIA_PAGE_HEAD,
				      WV_TIME_NONE);
	}
	return WV_OK;
}

/* ---- related pages */

#define AROUND_BYTES    600u /* of markup, on either side */
#define LINK_TEXT_BYTES 300u

/* "<p", "</li": where a piece of text ends. */
static bool is_block_tag(struct wv_slice markup)
{
	static const char *const names[] = {
		"p",       "li",  "div",    "td",         "tr",     "th",    "ul",
		"ol",      "dd",  "dt",     "h1",         "h2",     "h3",    "section",
		"article", "nav", "header", "footer",     "main",   "aside", "h4",
		"h5",      "h6",  "table",  "blockquote", "figure", "body",  "br"};
	size_t at = 1, from;

	if (at < markup.n && markup.p[at] == '/')
		at++;
	from = at;
	while (at < markup.n && wv_byte_is_alnum(markup.p[at]))
		at++;
	for (size_t i = 0; i < WV_COUNT(names); i++)
		if (wv_slice_equals_nocase(wv_slice_part(markup, from, at - from),
					   wv_slice_of(names[i])))
			return true;
	return false;
}

/* What stands in the same paragraph, list item or cell: further away another link's words would
 * count for this one. */
static struct wv_slice text_around(struct wv_arena *arena, const struct wv_scan *scan,
				   const struct wv_link *link)
{
	struct wv_slice text = scan->text, before, after;
	size_t at = link->offset < text.n ? link->offset : text.n, from = at, end, to;

	while (from > 0 && at - from < AROUND_BYTES &&
	       !(text.p[from - 1] == '<' && is_block_tag(wv_slice_from(text, from - 1))))
		from--;
	/* From behind the tag that begins it, or the one that was cut. */
	end = wv_slice_find_byte(wv_slice_part(text, 0, at), '>', from);
	if (end != SIZE_MAX && from > 0)
		from = end + 1;
	before = wv_markup_text(arena, wv_slice_part(text, from, at - from), AROUND_BYTES);
	end = at;
	if (link->inner.n && link->inner.p >= text.p && link->inner.p <= text.p + text.n)
		end = (size_t)(link->inner.p - text.p) + link->inner.n;
	for (to = end; to < text.n && to - end < AROUND_BYTES; to++)
		if (text.p[to] == '<' && is_block_tag(wv_slice_from(text, to)))
			break;
	after = wv_markup_text(arena, wv_slice_part(text, end, to - end), AROUND_BYTES);
	return wv_arena_format(arena, "%.*s %.*s", WV_FMT(before), WV_FMT(after));
}

/* The page's words: title, description, and the article where there is one. */
static struct wv_slice page_words(struct wv_job *job, const struct reading *r,
				  const struct wv_scan *scan)
{
	struct wv_slice text = WV_SLICE_NONE;

	if (r->has_article && wv_article_text(&r->article, job->arena, &text, NULL) != WV_OK)
		text = WV_SLICE_NONE;
	return wv_arena_format(job->arena, "%.*s\n%.*s\n%.*s", WV_FMT(scan->title),
			       WV_FMT(wv_scan_meta_find(scan, "description")), WV_FMT(text));
}

static void note_topics(struct wv_job *job, struct reading *r,
			const struct wv_related_topics *topics, const struct wv_related_page *page)
{
	struct wv_slice *names = WV_ARENA_ARRAY(job->arena, struct wv_slice, topics->count + 1);
	size_t n = 0;

	for (size_t i = 0; names && i < topics->count; i++)
		if (wv_topic_matches(&page->hits[i]))
			names[n++] = wv_topic_set_name(topics->set, topics->ours[i]);
	r->article.topics = names;
	r->article.topic_count = n;
}

static enum wv_status judge_link(struct wv_job *job, struct reading *r, const struct wv_scan *scan,
				 const struct wv_related_topics *topics,
				 const struct wv_related_page *page, const struct wv_link *link,
				 struct wv_err *err)
{
	struct candidate c = {.url = link->url, .via = WV_VIA_RELATED, .published = WV_TIME_NONE};
	struct wv_related_score score;
	struct wv_url url;
	enum wv_status st;

	if (wv_url_parse(job->arena, link->url, NULL, &url, NULL) != WV_OK ||
	    wv_settings_source_of(job->facts->settings, &url)) /* it is crawled there */
		return WV_OK;
	st = wv_related_judge(topics, job->arena, page,
			      wv_link_text(job->arena, link, LINK_TEXT_BYTES),
			      text_around(job->arena, scan, link), &score, err);
	if (st != WV_OK || score.score <= 0 || score.score < r->source->related_score)
		return st;
	c.evidence = wv_arena_format(job->arena, "%.*s on %.*s", WV_FMT(score.evidence),
				     WV_FMT(job->visit->url));
	add(job, r, &c);
	return WV_OK;
}

enum wv_status job_found_related(struct wv_job *job, struct reading *r, const struct wv_scan *scan,
				 struct wv_err *err)
{
	const struct wv_job_facts *facts = job->facts;
	struct wv_related_topics topics = {.set = facts->topics};
	struct wv_related_page page;
	enum wv_status st;

	if (!r->source || !facts->topics || !facts->source_topics[job->visit->source].n)
		return WV_OK;
	topics.ours = facts->source_topics[job->visit->source].p;
	topics.count = facts->source_topics[job->visit->source].n;
	st = wv_related_read_page(&topics, job->arena, page_words(job, r, scan), &page, err);
	if (st == WV_OK && r->has_article)
		note_topics(job, r, &topics, &page);
	if (st != WV_OK || !r->source->related_is_set || job->outcome.status != 200 ||
	    job->visit->hops >= r->source->related_hops)
		return st;
	for (size_t i = 0; i < r->links.count && st == WV_OK; i++) {
		const struct wv_link *link = &r->links.links[i];

		if (link->kind == WV_LINK_PAGE && !link->nofollow && !r->policy.nofollow)
			st = judge_link(job, r, scan, &topics, &page, link, err);
	}
	return st;
}

void job_found_part(struct wv_job *job, struct reading *r)
{
	struct wv_found part;
	size_t before = job->found_count;

	if (r->article.verdict != WV_VERDICT_ARTICLE || r->article.next_page.n == 0 ||
	    r->policy.nofollow || !job->found)
		return;
	/* This part was read, so it is new or changed: the next one may have changed with it. */
	job_found_add(job, r, r->article.next_page, WV_VISIT_PAGE, WV_VIA_PART,
		      r->capture.captured);
	if (job->found_count == before)
		return;
	/* Before the link that leads there, which would count it a step deeper. */
	part = job->found[before];
	memmove(job->found + 1, job->found, before * sizeof(*job->found));
	job->found[0] = part;
}

enum wv_status wv_job_read_topics(const struct wv_settings *settings, struct wv_arena *arena,
                                  const struct wv_job_topics **out, struct wv_err *err)
{
	struct wv_job_topics *of =
		WV_ARENA_ARRAY(arena, struct wv_job_topics, settings->source_count + 1);

	for (size_t i = 0; of && i < settings->source_count; i++) {
		struct wv_strings names = settings->sources[i].topics;
		size_t *numbers = WV_ARENA_ARRAY(arena, size_t, names.n + 1), n = 0;

		if (!numbers)
			return wv_err_set(err, WV_NOMEM, "out of memory for topics");
		for (size_t t = 0; t < settings->topic_count; t++)
			for (size_t k = 0; k < names.n; k++)
				if (wv_slice_equals(settings->topics[t].name, names.p[k])) {
					numbers[n++] = t;
					break;
				}
		of[i] = (struct wv_job_topics){n ? numbers : NULL, n < names.n ? n : names.n};
	}
	if (!of)
		return wv_err_set(err, WV_NOMEM, "out of memory for topics");
	*out = of;
	return WV_OK;
}
