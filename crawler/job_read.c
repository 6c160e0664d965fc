#include "crawler/job_inner.h"

#include "archive/store/lookup.h"
#include "config/base/log.h"
#include "crawler/discover/feed.h"
#include "crawler/discover/kind.h"
#include "crawler/discover/sitemap.h"
#include "crawler/discover/tdmrep.h"
#include "crawler/page/extract.h"
#include "crawler/page/sites.h"

static bool is_html(const struct wv_headers_type *type, struct wv_slice body)
{
	struct wv_slice essence = wv_slice_of(type->essence);

	if (wv_slice_equals(essence, WV_LIT("text/html")) ||
	    wv_slice_equals(essence, WV_LIT("application/xhtml+xml")))
		return true;
	/* Servers that say nothing, or only text/plain, for what begins like a page. */
	if (essence.n && !wv_slice_equals(essence, WV_LIT("text/plain")))
		return false;
	body = wv_slice_trim(wv_slice_part(body, 0, 512));
	return wv_slice_starts_nocase(body, WV_LIT("<!doctype html")) ||
	       wv_slice_find_nocase(body, WV_LIT("<html"), 0) != SIZE_MAX;
}

/*
 * What the site's other pages taught. A page seen before is read with the model that it was read
 * with then, or with none: only texts of one model are compared, and an edit must not hide behind
 * a newer one. `extract --from-archive` moves all of a page's captures on together.
 */
static enum wv_status choose_model(struct wv_job *job, const struct wv_site_model **out,
                                   struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_slice site = wv_sites_site(job->visit->page_key);
	struct wv_site_model *model = NULL;
	struct wv_err why = WV_ERR_NONE;
	uint64_t number = WV_SITES_NEWEST;
	enum wv_status st = wv_store_begin_read(job->facts->store, &txn, err);

	if (st != WV_OK)
		return st;
	if (job->visit->has_body) {
		struct wv_standing_query query = {
			.at = WV_TIME_NONE, .known_at = WV_TIME_NONE, .sees_all = true};
		struct wv_standing before;
		struct wv_page page;

		st = wv_store_page_of_key(txn, job->arena, job->visit->page_key, &page, err);
		query.page = page.number;
		if (st == WV_OK)
			st = wv_store_standing(txn, job->arena, &query, &before, err);
		if (st == WV_OK && before.capture.extractor == WV_EXTRACTOR_VERSION)
			number = before.capture.model;
		if (st != WV_OK && st != WV_NO)
			return st;
	}
	if (number == 0)
		return WV_OK;
	st = wv_sites_model(txn, site, number, job->arena, &model, &why);
	if (st == WV_DAMAGED) {
		wv_log(WV_LOG_WARN, "site model not used", "url", job->visit->url, "why",
		       wv_slice_of(why.text), NULL);
		return WV_OK;
	}
	if (st == WV_OK)
		*out = model;
	else if (st != WV_NO)
		return wv_err_set(err, st, "%s", why.text);
	return WV_OK;
}

/*
 * What a small page says, as a number: a site that answers everything with the same few words leads
 * nowhere, however many addresses it has. Larger pages change with the day or the reader.
 */
#define PLAIN_MARKUP_BYTES (64u * WV_KIB)
#define PLAIN_TEXT_BYTES   (4u * WV_KIB)

static uint64_t plain_key(struct wv_job *job, const struct wv_scan *scan)
{
	struct wv_slice text;

	if (scan->text.n > PLAIN_MARKUP_BYTES || scan->text_bytes > PLAIN_TEXT_BYTES)
		return 0;
	text = wv_markup_text(job->arena, scan->text, 2 * PLAIN_TEXT_BYTES);
	return wv_slice_hash(text, 3) | 1;
}

static enum wv_status read_page(struct wv_job *job, struct wv_job_tools *tools, struct reading *r,
                                struct wv_err *err)
{
	const struct wv_job_facts *facts = job->facts;
	struct wv_extract_input input = {
		.body = r->body,
		.content_type = wv_headers_last(r->headers, WV_LIT("Content-Type")),
		.url = job->visit->url,
		.fetched = r->capture.captured, /* what is kept: to be read again alike */
		.http_status = job->outcome.status,
		.is_truncated = job_is_truncated(job),
		.is_for_links = facts->extract != WV_EXTRACT_NOW,
		.needs_requisites = r->source && r->source->requisites != WV_REQUISITES_NONE,
		/* A source made for URLs given by hand is nobody's publication. */
		.source_name = r->source && !r->source->is_by_hand ? r->source->name : WV_SLICE_NONE,
		.source_category = r->source ? r->source->category : WV_SLICE_NONE,
		.source_zone = r->source ? facts->zones[job->visit->source] : NULL,
		.parser = tools->parser,
	};
	struct wv_page *page;
	enum wv_status st = WV_OK;

	if (facts->extract == WV_EXTRACT_NOW)
		st = choose_model(job, &input.model, err);
	if (st == WV_OK)
		st = wv_page_open(&input, job->arena, &page, err);
	if (st != WV_OK)
		return st;
	job_policy_of_page(job, r, wv_page_scan(page));
	r->charset = wv_page_charset(page);
	if (job->outcome.status == 200 && job->kind != WV_JOB_GIVEN) {
		st = job_found_links(job, r, wv_page_scan(page), err);
		if (st != WV_OK)
			return st;
	}
	if (facts->extract == WV_EXTRACT_NOW) {
		st = wv_page_extract(page, job->arena, &r->article, &job->prints, err);
		r->has_article = st == WV_OK;
		if (r->has_article && job->outcome.status == 200)
			job_found_part(job, r);
	}
	if (job->outcome.status == 200 && job->kind != WV_JOB_GIVEN &&
	    !(r->has_article && r->article.verdict == WV_VERDICT_ARTICLE))
		job->outcome.plain_key = plain_key(job, wv_page_scan(page));
	return st == WV_OK ? job_found_related(job, r, wv_page_scan(page), err) : st;
}

static struct wv_times_context times_context(const struct wv_job *job, const struct reading *r)
{
	return (struct wv_times_context){
		.fetched = job->answer->finished,
		.host = r->url.host,
		.zone = r->source ? job->facts->zones[job->visit->source] : NULL,
	};
}

/* The later of two, each of which may not be stated. */
static struct wv_time time_of(const struct wv_stated_time *a, const struct wv_stated_time *b)
{
	struct wv_time t = a->is_set ? a->earliest : WV_TIME_NONE;

	return b->is_set && b->earliest.us > t.us ? b->earliest : t;
}

/* What a listing's newest item says; one of the future says nothing. */
static void note_item(struct wv_job *job, struct wv_time t)
{
	if (t.us > job->outcome.newest_item.us && t.us <= job->answer->finished.us)
		job->outcome.newest_item = t;
}

static enum wv_status read_feed(struct wv_job *job, struct reading *r, struct wv_err *err)
{
	struct wv_feed_context context = {
		.url = job->visit->url,
		.content_type = wv_headers_last(r->headers, WV_LIT("Content-Type")),
		.times = times_context(job, r),
	};
	struct wv_feed feed;
	enum wv_status st = wv_feed_parse(job->arena, r->body, &context, &feed, err);

	if (st == WV_OK)
		st = job_found_room(job, r, feed.item_count, err);
	if (st != WV_OK)
		return st;
	job->outcome.has_pace = true;
	job->outcome.pace = (struct wv_pace){.ttl_us = feed.ttl_us > 0 ? feed.ttl_us : 0,
	                                     .skip_hours = feed.skip_hours,
	                                     .skip_days = feed.skip_days};
	for (size_t i = 0; i < feed.item_count; i++) {
		struct wv_time t = time_of(&feed.items[i].published, &feed.items[i].updated);

		note_item(job, t);
		job_found_add(job, r, feed.items[i].url, WV_VISIT_PAGE, WV_VIA_FEED, t);
	}
	return WV_OK;
}

struct sitemap_reading {
	struct wv_job *job;
	struct reading *r;
	enum wv_status st;
};

/* Entries come one by one; those admitted are kept, at most WV_LIMIT_SITEMAP_URLS of them. */
static bool take_entry(void *user, const struct wv_sitemap_entry *entry)
{
	struct sitemap_reading *s = user;
	struct wv_time when = WV_TIME_NONE;

	if (entry->is_foreign && entry->kind != WV_SITEMAP_INDEX &&
	    s->job->visit->via != WV_VIA_ROBOTS)
		return true;
	when = time_of(&entry->published, &entry->lastmod);
	note_item(s->job, when);
	job_found_add(s->job, s->r, entry->url,
	          entry->kind == WV_SITEMAP_INDEX ? WV_VISIT_SITEMAP : WV_VISIT_PAGE, WV_VIA_SITEMAP,
	          when);
	return s->job->found_count < s->r->found_room;
}

static enum wv_status read_sitemap(struct wv_job *job, struct reading *r, struct wv_err *err)
{
	struct sitemap_reading s = {.job = job, .r = r};
	struct wv_sitemap_context context = {
		.url = job->visit->url,
		.times = times_context(job, r),
		.user = &s,
		.each = take_entry,
	};
	struct wv_sitemap *map = NULL;
	struct wv_sitemap_result result = {0};
	enum wv_status st = job_found_room(job, r, WV_LIMIT_SITEMAP_URLS, err);

	if (st == WV_OK)
		st = wv_sitemap_new(&context, &map, err);
	if (st == WV_OK)
		st = wv_sitemap_feed(map, r->body, err);
	if (st == WV_OK)
		st = wv_sitemap_finish(map, &result, err);
	wv_sitemap_free(&map);
	if (st == WV_OK && result.kind == WV_SITEMAP_NONE)
		return read_feed(job, r, err);
	if (st == WV_OK && result.lastmod_is_useless)
		job->outcome.newest_item = WV_TIME_NONE;
	if (st == WV_OK && result.lastmod_is_useless)
		for (size_t i = 0; i < job->found_count; i++)
			job->found[i].published = WV_TIME_NONE;
	if (result.is_too_large || result.dropped)
		wv_log(WV_LOG_WARN, "sitemap above the caps: its rest was not read", "url",
		       job->visit->url, NULL);
	return st;
}

/*
 * The decoded body: from the archive's memory where the same encoded bytes were had before,
 * otherwise inflated under caps.
 */
static enum wv_status decode_body(struct wv_job *job, struct reading *r, struct wv_err *err)
{
	uint64_t cap = job->facts->settings->network.max_body_bytes;
	struct wv_err why = WV_ERR_NONE;
	enum wv_status st;

	if (job->visit->kind == WV_VISIT_SITEMAP)
		cap = WV_LIMIT_SITEMAP_BYTES;
	if (job->kind == WV_JOB_GIVEN)
		cap = WV_LIMIT_BODY_BYTES_MAX;
	if (r->codings.n == 0) {
		r->body = r->encoded;
		r->has_bytes = true;
		return WV_OK;
	}
	if (r->decoded.room > cap)
		wv_buf_done(&r->decoded);
	r->decoded.n = 0;
	r->decoded.cap = (size_t)cap;
	r->decoded.failed = WV_OK;
	st = wv_fetch_decode_body(r->encoded, r->headers, cap, &r->decoded, &why);
	if (st == WV_NOMEM)
		return wv_err_set(err, st, "%s", why.text);
	if (st == WV_NO) { /* a coding nobody told us about: the bytes as they are */
		r->body = r->encoded;
		r->has_bytes = true;
		return WV_OK;
	}
	if (st != WV_OK && !job_is_truncated(job)) {
		job->outcome.result = WV_RESULT_TRUNCATED;
		job->outcome.reason = wv_arena_copy(job->arena, wv_slice_of(why.text));
		r->capture.flags |= st == WV_LIMIT ? WV_CAPTURE_TRUNCATED_LENGTH
		                                   : WV_CAPTURE_TRUNCATED_DISCONNECT;
	}
	r->body = wv_buf_slice(&r->decoded);
	r->has_bytes = true;
	r->is_whole = st == WV_OK;
	wv_fetch_answer_hold(job->answer, r->body.n);
	return WV_OK;
}

/* Were these very bytes had before for this page? Then nothing of it need be read again. */
static enum wv_status look_for_known(struct wv_job *job, struct reading *r, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_digest body;
	uint64_t bytes;
	enum wv_status st;

	if (!job->visit->has_body || r->codings.n == 0 || r->encoded.n == 0)
		return WV_OK;
	st = wv_store_begin_read(job->facts->store, &txn, err);
	if (st == WV_OK)
		st = wv_store_find_encoded(txn, &r->capture.encoded, &body, &bytes, err);
	if (st == WV_NO)
		return WV_OK;
	if (st != WV_OK)
		return st;
	if (!wv_digest_equals(&body, &job->visit->body))
		return WV_OK;
	r->body_is_known = true;
	r->capture.has_body = true;
	r->capture.body = body;
	r->capture.body_bytes = bytes;
	return WV_OK;
}

/* Of a page that says noarchive only the digest is there, so the body must be read again to hear
 * that it still says so. */
static enum wv_status is_body_kept(struct wv_job *job, bool *is_kept, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	uint64_t bytes;
	enum wv_status st = wv_store_begin_read(job->facts->store, &txn, err);

	if (st == WV_OK)
		st = wv_store_has_body(txn, &job->outcome.body, &bytes, err);
	*is_kept = st == WV_OK;
	return st == WV_NO ? WV_OK : st;
}

static enum wv_verdict verdict_without_reading(const struct wv_job *job)
{
	switch (job->outcome.status) {
	case 0:
		return WV_VERDICT_FAILED;
	case 401:
	case 403:
	case 429:
	case 451:
		return WV_VERDICT_REFUSED;
	default:
		break;
	}
	if (job_is_truncated(job))
		return WV_VERDICT_TRUNCATED;
	return WV_VERDICT_OTHER;
}

static void fill_capture(struct wv_job *job, struct reading *r)
{
	const struct wv_fetch_answer *a = job->answer;
	struct wv_capture *c = &r->capture;

	c->url = job->visit->url;
	c->page_key = job->visit->page_key;
	/* When the server answered: its first byte; or when we gave up. */
	c->captured = wv_time_is_none(a->first_byte) ? a->finished : a->first_byte;
	c->duration_us = a->finished_mono.us - a->started_mono.us;
	c->status = a->status;
	c->basis = job->visit->basis;
	c->source = job->visit->source_name;
	c->headers = r->headers;
	c->request = wv_buf_slice(&a->request);
	c->mime = wv_slice_of(r->type.essence);
	c->address = wv_slice_of(a->address);
	c->location = job->outcome.location;
	c->reason = job->outcome.reason;
	c->encoded = wv_digest_of(r->encoded);
	/* A 304 may name the coding of what it does not send. */
	c->has_encoded = a->status != 304 && (r->codings.n > 0 || r->codings.unknown.n > 0 ||
	                                      r->codings.too_many);
	c->encoded_bytes = r->encoded.n;
	if (a->headers_rebuilt)
		c->flags |= WV_CAPTURE_HEADERS_REBUILT;
	if (a->tls == WV_FETCH_TLS_UNVERIFIED)
		c->flags |= WV_CAPTURE_TLS_UNVERIFIED;
	if (a->outcome == WV_FETCH_TOO_LARGE)
		c->flags |= WV_CAPTURE_TRUNCATED_LENGTH;
	if (a->outcome == WV_FETCH_TOO_SLOW)
		c->flags |= WV_CAPTURE_TRUNCATED_TIME;
	if (a->outcome == WV_FETCH_DISCONNECTED)
		c->flags |= WV_CAPTURE_TRUNCATED_DISCONNECT;
	if (wv_outcome_is_redirect(&job->outcome))
		c->flags |= WV_CAPTURE_REDIRECT;
	if (a->status == 304)
		c->flags |= WV_CAPTURE_NOT_MODIFIED;
}

static bool is_same_body(const struct wv_job *job, const struct wv_digest *digest)
{
	return job->visit->has_body && wv_digest_equals(digest, &job->visit->body);
}

/* A seed that is a feed or a sitemap, told by its content. */
static enum wv_status read_listing(struct wv_job *job, struct reading *r, struct wv_err *err)
{
	switch (wv_discover_kind_of(r->body)) {
	case WV_DISCOVER_FEED:
		return read_feed(job, r, err);
	case WV_DISCOVER_SITEMAP:
		return read_sitemap(job, r, err);
	default:
		return WV_OK;
	}
}

static enum wv_status read_body(struct wv_job *job, struct wv_job_tools *tools, struct reading *r,
                                struct wv_err *err)
{
	enum wv_status st = WV_OK;

	switch (job->visit->kind) {
	case WV_VISIT_ROBOTS: /* its rules are read with the answer, its sitemaps when it is recorded */
		return WV_OK;
	case WV_VISIT_FEED:
		if (job->outcome.status == 200)
			st = read_feed(job, r, err);
		break;
	case WV_VISIT_SITEMAP:
		if (job->outcome.status == 200)
			st = read_sitemap(job, r, err);
		break;
	case WV_VISIT_PAGE:
		if (is_html(&r->type, r->body))
			return read_page(job, tools, r, err);
		if (job->outcome.status == 200 && job->visit->is_listing)
			st = read_listing(job, r, err);
		break;
	case WV_VISIT_TDMREP:
		if (job->outcome.status == 200)
			st = wv_tdmrep_rules(job->arena, r->body, &job->outcome.robots_text, err);
		break;
	default:
		break;
	}
	/* What cannot be read as what it should be is kept all the same, with the reason. */
	if (st == WV_BAD_INPUT || st == WV_LIMIT) {
		r->capture.reason = wv_arena_copy(job->arena, wv_slice_of(err ? err->text : ""));
		st = WV_OK;
	}
	return st;
}

enum wv_status job_add_capture(struct wv_job *job, struct reading *r, struct wv_err *err)
{
	struct wv_batch_body body = {.bytes = r->body};
	bool has_bytes = r->has_bytes && (r->body.n || r->capture.status == 200);
	bool is_given = job->kind == WV_JOB_GIVEN;
	bool keeps_wire = is_given ? !job->given.drops_wire : r->source && r->source->keep_wire;

	/*
	 * Where the page is read anyway, a further version is stored as what it changed. Otherwise the
	 * server's own deflate stream, which is as small as ours would be and costs no time, is the
	 * first stored form until `compact`; `keep_wire` sources are promised it for good, and so are
	 * imports.
	 */
	body.wants_delta = job->facts->extract == WV_EXTRACT_NOW;
	body.wire_may_go = is_given ? job->given.wire_may_go : !keeps_wire;
	if (r->encoded.n && (is_given ? keeps_wire && r->codings.n
	                              : r->codings.n == 1 && !job_is_truncated(job))) {
		body.wire = r->encoded;
		body.wire_gives_bytes = r->is_whole && r->codings.n == 1;
		if (r->codings.n == 1)
			body.coding = r->codings.p[0] == WV_CODING_GZIP ? WV_WIRE_GZIP
			                                                : WV_WIRE_DEFLATE;
	}
	if (has_bytes) {
		r->capture.body = job->outcome.body;
		body.is_hashed = true;
	}
	job->has_capture = true;
	job->is_article = r->has_article && r->article.verdict == WV_VERDICT_ARTICLE;
	job->teaches = job->is_article && !r->is_unkept;
	return wv_batch_add_capture(job->batch, &r->capture, has_bytes ? &body : NULL,
	                            r->has_article ? &r->article : NULL, NULL, err);
}

/* What the capture and the outcome say, now that its body was read or is known not to be. */
static void conclude(struct wv_job *job, struct reading *r)
{
	if (r->has_article) {
		r->capture.verdict = r->article.verdict;
		r->capture.reason = r->article.reason;
	} else if (job->facts->extract != WV_EXTRACT_NOW && job->outcome.status == 200 &&
	           job->visit->kind == WV_VISIT_PAGE && !job_is_truncated(job) &&
	           is_html(&r->type, r->body)) {
		r->capture.verdict = WV_VERDICT_UNREAD;
	}
	if (job_is_truncated(job) && job->outcome.status == 200)
		r->capture.verdict = WV_VERDICT_TRUNCATED;
	job_policy_take(job, r);
	job->outcome.verdict = r->capture.verdict;
	if (r->has_article && r->article.published.is_set)
		job->outcome.published = r->article.published.earliest;
	job_policy_obey(job, r);
}

void job_leave_unread(struct wv_job *job, struct reading *r, const struct wv_outcome *before)
{
	job->outcome = *before;
	job->found = NULL;
	job->found_count = job->prints.n = 0;
	*r = (struct reading){.source = r->source,
	                      .decoded = r->decoded,
	                      .policy = WV_PAGE_POLICY_NONE,
	                      .is_unread = true};
	wv_log(WV_LOG_WARN, "not read: it takes more memory than a page may have", "url",
	       job->visit->url, NULL);
}

/* What a page asks of those who keep it was not heard: as a no. */
static void note_unread(struct wv_job *job, struct reading *r)
{
	r->capture.reason = WV_LIT("not read: it takes more memory than a page may have");
	if (job->visit->kind == WV_VISIT_PAGE && is_html(&r->type, r->body) &&
	    job->kind != WV_JOB_GIVEN)
		r->policy.noarchive = true;
}

/* Which body the answer has, by its digest, and whether it is the one before. */
static void note_body(struct wv_job *job, const struct reading *r)
{
	if (r->has_bytes) {
		job->outcome.body = wv_digest_of(r->body);
		job->outcome.has_body = job->outcome.status == 200 && !job_is_truncated(job);
	} else if (r->body_is_known) {
		job->outcome.body = r->capture.body;
		job->outcome.has_body = true;
	}
	job->outcome.is_unchanged = job->outcome.has_body && is_same_body(job, &job->outcome.body);
}

enum wv_status job_read(struct wv_job *job, struct wv_job_tools *tools,
                                  struct reading *r, struct wv_err *err)
{
	bool is_kept = true;
	enum wv_status st;

	r->headers = wv_buf_slice(&job->answer->headers);
	r->encoded = wv_buf_slice(&job->answer->body);
	wv_headers_content_type(r->headers, &r->type);
	wv_headers_codings(r->headers, &r->codings);
	if (job->given.is_decoded)
		r->codings = (struct wv_codings){.n = 0};
	if (wv_url_parse(job->arena, job->visit->url, NULL, &r->url, NULL) != WV_OK)
		r->url = (struct wv_url){0};
	fill_capture(job, r);
	job_policy_of_header(job, r);
	st = job_policy_of_site(job, r, err);
	if (st != WV_OK)
		return st;
	r->capture.verdict = verdict_without_reading(job);
	if (job->outcome.status == 304 || job->outcome.status == 0 ||
	    (job->kind == WV_JOB_GIVEN && !job->given.has_bytes)) {
		job->outcome.is_unchanged = job->outcome.status == 304;
		job->outcome.verdict = r->capture.verdict;
		job_policy_take(job, r);
		return WV_OK;
	}
	st = look_for_known(job, r, err);
	if (st == WV_OK && !r->body_is_known)
		st = decode_body(job, r, err);
	if (st != WV_OK)
		return st;
	note_body(job, r);
	if (r->has_bytes && job->outcome.is_unchanged)
		st = is_body_kept(job, &is_kept, err);
	/* A page that did not change need not be read again: its links and its article are known. */
	if (st == WV_OK && r->has_bytes &&
	    (!job->outcome.is_unchanged || !is_kept || job->visit->kind == WV_VISIT_ROBOTS)) {
		if (r->is_unread)
			note_unread(job, r);
		else
			st = read_body(job, tools, r, err);
	}
	conclude(job, r);
	return st;
}
