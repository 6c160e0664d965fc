#include "crawler/discover/sitemap.h"

#include <stdlib.h>

#include "config/base/checked.h"
#include "config/base/inflate.h"
#include "config/base/limits.h"
#include "config/url.h"
#include "crawler/discover/feed_read.h"
#include "crawler/discover/xml.h"

/* One field: a URL, a date, a headline. */
#define FIELD_BYTES  (16u * WV_KIB)
/* An entry's own memory; forgotten after it was given. */
#define ENTRY_BYTES  (4u * WV_MIB)
/* Rules of lastmod_is_useless. */
#define USELESS_LEAST 10u
#define USELESS_SPAN_US (10 * 60 * WV_US_PER_S)
#define USELESS_NEAR_US (60 * 60 * WV_US_PER_S)
/* So much is looked at before deciding between XML and a list of URLs. */
#define LOOK_BYTES   512u

enum field {
	FIELD_NONE,
	FIELD_LOC,
	FIELD_LASTMOD,
	FIELD_CHANGEFREQ,
	FIELD_PRIORITY,
	FIELD_NEWS_NAME,
	FIELD_NEWS_LANGUAGE,
	FIELD_NEWS_DATE,
	FIELD_NEWS_TITLE,
	FIELD_COUNT
};

struct wv_sitemap {
	struct wv_sitemap_context context;
	struct wv_sitemap_result result;
	struct wv_arena *lasting, *arena; /* the base URL; one entry */
	struct wv_url base;
	struct wv_inflate *inflate;
	struct wv_xml *xml;
	struct wv_buf piece;              /* decoded bytes at hand */
	struct wv_buf line;               /* text form: the line that is not complete */
	uint64_t decoded;
	bool is_text, is_decided, is_stopped, no_memory;
	unsigned entry_depth, news_depth;
	bool has_news;
	enum field field;
	unsigned field_depth;
	struct wv_buf values[FIELD_COUNT];
	struct wv_time oldest, newest;    /* of the lastmods */
	size_t lastmods;
};

/* ---- an entry ---- */

static bool entry_url(struct wv_sitemap *s, struct wv_slice loc, struct wv_sitemap_entry *entry)
{
	struct wv_url url;

	loc = wv_slice_trim(loc);
	/* A relative loc is no loc: the protocol wants the whole address. */
	if (wv_url_parse(s->arena, loc, NULL, &url, NULL) != WV_OK || !wv_url_is_web(&url) ||
	    wv_url_request(s->arena, &url, &entry->url, NULL) != WV_OK)
		return false;
	entry->is_foreign = !wv_slice_equals(url.host, s->base.host);
	return true;
}

static double priority_of(struct wv_slice text)
{
	double value = 0, scale = 1;
	size_t at = 0;

	text = wv_slice_trim(text);
	if (text.n == 0 || text.n > 8 || !wv_byte_is_digit(text.p[0]))
		return -1;
	for (; at < text.n && wv_byte_is_digit(text.p[at]); at++)
		value = value * 10 + (text.p[at] - '0');
	if (at < text.n && text.p[at] == '.') {
		for (at++; at < text.n && wv_byte_is_digit(text.p[at]); at++) {
			scale /= 10;
			value += scale * (text.p[at] - '0');
		}
	}
	return at == text.n && value <= 1 ? value : -1;
}

static void note_lastmod(struct wv_sitemap *s, const struct wv_stated_time *lastmod)
{
	if (!lastmod->is_set)
		return;
	if (s->lastmods++ == 0) {
		s->oldest = lastmod->earliest;
		s->newest = lastmod->latest;
		return;
	}
	if (lastmod->earliest.us < s->oldest.us)
		s->oldest = lastmod->earliest;
	if (lastmod->latest.us > s->newest.us)
		s->newest = lastmod->latest;
}

static struct wv_slice value_of(const struct wv_sitemap *s, enum field field)
{
	return wv_slice_trim(wv_buf_slice(&s->values[field]));
}

static void give(struct wv_sitemap *s)
{
	struct wv_sitemap_entry entry = {.kind = s->result.kind, .priority = -1};
	const struct wv_times_context *times = &s->context.times;

	s->entry_depth = 0;
	wv_arena_reset(s->arena);
	if (!entry_url(s, value_of(s, FIELD_LOC), &entry)) {
		s->result.refused++;
		return;
	}
	if (s->result.count >= WV_LIMIT_SITEMAP_URLS) {
		s->result.dropped++;
		return;
	}
	entry.lastmod = wv_feed_time(s->arena, times, value_of(s, FIELD_LASTMOD),
	                             "sitemap lastmod");
	note_lastmod(s, &entry.lastmod);
	entry.changefreq = value_of(s, FIELD_CHANGEFREQ);
	entry.priority = priority_of(value_of(s, FIELD_PRIORITY));
	entry.is_news = s->has_news;
	if (s->has_news) {
		entry.news_name = value_of(s, FIELD_NEWS_NAME);
		entry.news_language = value_of(s, FIELD_NEWS_LANGUAGE);
		entry.news_title = wv_feed_squeeze(s->arena, value_of(s, FIELD_NEWS_TITLE),
		                                   WV_LIMIT_TITLE_BYTES);
		entry.published = wv_feed_time(s->arena, times, value_of(s, FIELD_NEWS_DATE),
		                               "sitemap news:publication_date");
		s->result.news_count++;
	}
	s->result.count++;
	if (!s->context.each(s->context.user, &entry))
		s->is_stopped = true;
}

/* ---- XML ---- */

static void start_root(struct wv_sitemap *s, const struct wv_xml_element *element)
{
	if (wv_slice_equals(element->name, WV_LIT("urlset")))
		s->result.kind = WV_SITEMAP_URLSET;
	else if (wv_slice_equals(element->name, WV_LIT("sitemapindex")))
		s->result.kind = WV_SITEMAP_INDEX;
}

static enum field field_of(const struct wv_sitemap *s, const struct wv_xml_element *element)
{
	static const struct {
		const char *name;
		enum field field;
		bool is_news;
	} fields[] = {
		{"loc", FIELD_LOC, false},
		{"lastmod", FIELD_LASTMOD, false},
		{"changefreq", FIELD_CHANGEFREQ, false},
		{"priority", FIELD_PRIORITY, false},
		{"name", FIELD_NEWS_NAME, true},
		{"language", FIELD_NEWS_LANGUAGE, true},
		{"publication_date", FIELD_NEWS_DATE, true},
		{"title", FIELD_NEWS_TITLE, true},
	};

	/* Children of the entry itself: image:loc and video:title stand one level deeper. */
	for (size_t i = 0; i < WV_COUNT(fields); i++) {
		if (!wv_slice_equals(element->name, wv_slice_of(fields[i].name)))
			continue;
		if (fields[i].is_news ? s->news_depth > 0
		                      : element->depth == s->entry_depth + 1)
			return fields[i].field;
	}
	return FIELD_NONE;
}

static bool on_start(void *context, const struct wv_xml_element *element)
{
	struct wv_sitemap *s = context;

	if (element->depth == 1) {
		start_root(s, element);
		return s->result.kind != WV_SITEMAP_NONE;
	}
	if (element->depth == 2 || wv_slice_equals(element->name, WV_LIT("url")) ||
	    wv_slice_equals(element->name, WV_LIT("sitemap"))) {
		if (s->entry_depth > 0) /* its end tag was lost */
			give(s);
		s->entry_depth = element->depth;
		s->news_depth = 0;
		s->has_news = false;
		s->field = FIELD_NONE;
		for (size_t i = 0; i < FIELD_COUNT; i++)
			s->values[i].n = 0;
		return !s->is_stopped;
	}
	if (s->entry_depth == 0)
		return true;
	if (element->depth == s->entry_depth + 1 &&
	    wv_slice_equals(element->name, WV_LIT("news"))) {
		s->news_depth = element->depth;
		s->has_news = true;
		return true;
	}
	s->field = field_of(s, element);
	s->field_depth = element->depth;
	if (s->field != FIELD_NONE && s->values[s->field].n > 0)
		s->field = FIELD_NONE; /* the first one counts */
	return true;
}

static bool on_text(void *context, struct wv_slice text)
{
	struct wv_sitemap *s = context;
	struct wv_buf *value = &s->values[s->field];

	if (s->field != FIELD_NONE) {
		wv_buf_add(value, wv_slice_part(text, 0, FIELD_BYTES - wv_min_size(value->n,
		                                                                    FIELD_BYTES)));
		s->no_memory |= value->failed == WV_NOMEM;
	}
	return !s->no_memory;
}

static bool on_end(void *context, const struct wv_xml_element *element)
{
	struct wv_sitemap *s = context;

	if (element->depth == s->field_depth)
		s->field = FIELD_NONE;
	if (element->depth == s->news_depth)
		s->news_depth = 0;
	if (s->entry_depth > 0 && element->depth == s->entry_depth)
		give(s);
	return !s->is_stopped && !s->no_memory;
}

/* ---- plain lists ---- */

static void one_line(struct wv_sitemap *s, struct wv_slice line)
{
	line = wv_slice_trim(line);
	if (line.n == 0 || s->is_stopped)
		return;
	s->has_news = false;
	for (size_t i = 0; i < FIELD_COUNT; i++)
		s->values[i].n = 0;
	wv_buf_add(&s->values[FIELD_LOC], wv_slice_part(line, 0, FIELD_BYTES));
	give(s);
}

static void feed_text(struct wv_sitemap *s, struct wv_slice piece)
{
	for (size_t at = 0; at < piece.n;) {
		size_t end = at;

		while (end < piece.n && piece.p[end] != '\n' && piece.p[end] != '\r')
			end++;
		wv_buf_add(&s->line, wv_slice_part(piece, at, wv_min_size(end - at, FIELD_BYTES -
		                                                          wv_min_size(s->line.n, FIELD_BYTES))));
		if (end < piece.n) {
			one_line(s, wv_buf_slice(&s->line));
			s->line.n = 0;
		}
		at = end + 1;
	}
	s->no_memory |= s->line.failed == WV_NOMEM;
}

/* ---- the whole ---- */

enum wv_status wv_sitemap_new(const struct wv_sitemap_context *context, struct wv_sitemap **out,
                              struct wv_err *err)
{
	WV_AUTO(wv_sitemap_free) struct wv_sitemap *s = calloc(1, sizeof(*s));
	struct wv_inflate_caps caps = {.out_bytes = WV_LIMIT_SITEMAP_BYTES,
	                               .ratio = WV_LIMIT_INFLATE_RATIO,
	                               .ratio_free = WV_LIMIT_INFLATE_RATIO_FREE};
	struct wv_xml_handler handler;
	enum wv_status st;

	if (!s)
		return wv_err_set(err, WV_NOMEM, "out of memory for a sitemap");
	handler = (struct wv_xml_handler){s, on_start, on_end, on_text};
	s->context = *context;
	for (size_t i = 0; i < FIELD_COUNT; i++)
		wv_buf_init(&s->values[i], FIELD_BYTES + 1);
	wv_buf_init(&s->line, FIELD_BYTES + 1);
	wv_buf_init(&s->piece, WV_LIMIT_SITEMAP_BYTES + WV_MIB);
	st = wv_arena_new(ENTRY_BYTES, &s->lasting, err);
	if (st == WV_OK)
		st = wv_arena_new(ENTRY_BYTES, &s->arena, err);
	if (st == WV_OK)
		st = wv_url_parse(s->lasting, context->url, NULL, &s->base, err);
	if (st == WV_OK)
		st = wv_inflate_new(WV_INFLATE_AUTO, caps, &s->inflate, err);
	if (st == WV_OK)
		st = wv_xml_new(&handler, &s->xml, err);
	if (st != WV_OK)
		return st;
	*out = WV_TAKE(s);
	return WV_OK;
}

void wv_sitemap_free(struct wv_sitemap **sitemap)
{
	struct wv_sitemap *s = *sitemap;

	if (!s)
		return;
	for (size_t i = 0; i < FIELD_COUNT; i++)
		wv_buf_done(&s->values[i]);
	wv_buf_done(&s->line);
	wv_buf_done(&s->piece);
	wv_arena_free(&s->lasting);
	wv_arena_free(&s->arena);
	wv_inflate_free(&s->inflate);
	wv_xml_free(&s->xml);
	free(s);
	*sitemap = NULL;
}

/* XML or a list: by the first byte that is no white space and no byte order mark. */
static bool decide(struct wv_sitemap *s, bool is_last)
{
	struct wv_slice seen = wv_buf_slice(&s->piece);

	if (s->is_decided)
		return true;
	if (wv_slice_starts(seen, WV_LIT("\xEF\xBB\xBF")))
		seen = wv_slice_from(seen, 3);
	seen = wv_slice_trim(seen);
	if (seen.n < LOOK_BYTES && !is_last)
		return false;
	s->is_decided = true;
	s->is_text = wv_slice_starts_nocase(seen, WV_LIT("http://")) ||
	             wv_slice_starts_nocase(seen, WV_LIT("https://"));
	if (s->is_text)
		s->result.kind = WV_SITEMAP_TEXT;
	return true;
}

/* Hands on what was decoded, if its form is known. */
static enum wv_status hand_on(struct wv_sitemap *s, bool is_last, struct wv_err *err)
{
	enum wv_status st = WV_OK;
	struct wv_slice piece;

	if (!decide(s, is_last))
		return WV_OK;
	piece = wv_buf_slice(&s->piece);
	if (piece.n > WV_LIMIT_SITEMAP_BYTES - s->decoded) {
		piece.n = (size_t)(WV_LIMIT_SITEMAP_BYTES - s->decoded);
		s->result.is_too_large = true;
	}
	s->decoded += piece.n;
	if (s->is_text) {
		feed_text(s, wv_slice_starts(piece, WV_LIT("\xEF\xBB\xBF")) ? wv_slice_from(piece, 3)
		                                                             : piece);
		if (is_last)
			one_line(s, wv_buf_slice(&s->line));
	} else {
		st = wv_xml_feed(s->xml, piece, err);
		if (st == WV_OK && is_last)
			st = wv_xml_finish(s->xml, err);
	}
	s->piece.n = 0;
	if (st == WV_LIMIT) { /* too deep: what came before stands */
		s->result.is_damaged = true;
		s->is_stopped = true;
		st = WV_OK;
	}
	if (st != WV_OK || s->no_memory)
		return wv_err_set(err, WV_NOMEM, "out of memory for a sitemap");
	return WV_OK;
}

enum wv_status wv_sitemap_feed(struct wv_sitemap *s, struct wv_slice piece, struct wv_err *err)
{
	/* Small steps, so a compressed piece does not become all its output at once. */
	for (size_t at = 0; at < piece.n && !s->is_stopped; at += 4096) {
		enum wv_status decoded, st;

		decoded = wv_inflate_feed(s->inflate, wv_slice_part(piece, at, 4096), &s->piece, NULL);
		if (decoded == WV_NOMEM)
			return wv_err_set(err, WV_NOMEM, "out of memory for a sitemap");
		st = hand_on(s, false, err);
		if (st != WV_OK)
			return st;
		if (decoded != WV_OK) {
			s->result.is_damaged |= decoded == WV_BAD_INPUT;
			s->result.is_too_large |= decoded == WV_LIMIT;
		}
		if (decoded != WV_OK || s->result.is_too_large)
			break;
	}
	return WV_OK;
}

enum wv_status wv_sitemap_finish(struct wv_sitemap *s, struct wv_sitemap_result *out,
                                 struct wv_err *err)
{
	enum wv_status st = WV_OK;
	struct wv_time fetched = s->context.times.fetched;

	if (!s->is_stopped)
		st = hand_on(s, true, err);
	if (st != WV_OK)
		return st;
	/* An entry without its end tag at the very end was closed by the normaliser. */
	s->result.is_damaged |= wv_xml_is_damaged(s->xml) ||
	                        (!s->result.is_too_large && !s->is_stopped &&
	                         !wv_inflate_is_complete(s->inflate));
	s->result.lastmod_is_useless =
		s->lastmods >= USELESS_LEAST && !wv_time_is_none(fetched) &&
		s->newest.us - s->oldest.us <= USELESS_SPAN_US &&
		s->newest.us <= fetched.us + USELESS_NEAR_US &&
		s->oldest.us >= fetched.us - USELESS_NEAR_US;
	*out = s->result;
	return WV_OK;
}
