#include "archive/exchange/jsonl.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/copies/visible.h"
#include "archive/search/around.h"
#include "config/base/json.h"

/* Never a time without its basis: all members are there, null where the page states none. */
static void add_stated(struct wv_json_writer *w, const char *name, const struct wv_stated_time *t)
{
	static const char *const zones[] = {"none", "explicit", "source", "assumed"};
	const struct wv_stated_time none = {.earliest = WV_TIME_NONE, .latest = WV_TIME_NONE};
	const struct wv_stated_time *from = t->is_set ? t : &none;
	char key[48];

	wv_json_string_or_null(w, name, from->text);
	snprintf(key, sizeof(key), "%s_earliest", name);
	wv_json_time(w, key, from->earliest);
	snprintf(key, sizeof(key), "%s_latest", name);
	wv_json_time(w, key, from->latest);
	snprintf(key, sizeof(key), "%s_basis", name);
	wv_json_string_or_null(w, key, from->found);
	snprintf(key, sizeof(key), "%s_zone", name);
	wv_json_string_or_null(w, key,
	                       t->is_set ? wv_slice_of(zones[t->zone]) : WV_SLICE_NONE);
	snprintf(key, sizeof(key), "%s_raw", name);
	wv_json_string_or_null(w, key, from->raw);
}

static void add_list(struct wv_json_writer *w, const char *key, const struct wv_slice *items,
                     size_t count)
{
	wv_json_open_array(w, key);
	for (size_t i = 0; i < count; i++)
		wv_json_string(w, NULL, items[i]);
	wv_json_close(w);
}

void wv_jsonl_capture(struct wv_json_writer *w, const struct wv_capture *c)
{
	wv_json_u64(w, "id", c->id);
	wv_json_string(w, "url", c->url);
	wv_json_string(w, "page", c->page_key);
	wv_json_time(w, "captured", c->captured);
	wv_json_time(w, "recorded", c->recorded);
	wv_json_int(w, "status", c->status);
	wv_json_string(w, "verdict", wv_slice_of(wv_verdict_name(c->verdict)));
	wv_json_string_or_null(w, "mime", c->mime);
	if (c->has_body)
		wv_json_digest(w, "digest", &c->body);
	else
		wv_json_null(w, "digest");
	wv_json_u64(w, "bytes", c->body_bytes);
	if (c->has_version)
		wv_json_digest(w, "version", &c->version);
	else
		wv_json_null(w, "version");
	if (c->has_stands_for)
		wv_json_u64(w, "repeats", c->stands_for);
	else
		wv_json_null(w, "repeats");
	wv_json_string_or_null(w, "source", c->source);
	wv_json_bool(w, "imported", c->flags & WV_CAPTURE_IMPORTED);
	wv_json_bool(w, "noindex", c->flags & WV_CAPTURE_NOINDEX);
	wv_json_bool(w, "tdm_reserved", c->flags & WV_CAPTURE_TDM_RESERVED);
}

void wv_jsonl_article(struct wv_json_writer *w, const struct wv_article *a)
{
	wv_json_string_or_null(w, "title", a->title);
	add_list(w, "authors", a->authors, a->author_count);
	add_stated(w, "published", &a->published);
	add_stated(w, "modified", &a->modified);
	wv_json_string_or_null(w, "publisher", a->publisher);
	wv_json_string_or_null(w, "wire", a->wire);
	wv_json_string_or_null(w, "dateline", a->dateline);
	wv_json_string_or_null(w, "category", a->category);
	wv_json_string_or_null(w, "category_basis", a->category_basis);
	wv_json_string_or_null(w, "language", a->language);
	wv_json_string_or_null(w, "language_basis", a->language_basis);
	wv_json_string_or_null(w, "charset", a->charset);
	wv_json_string_or_null(w, "canonical", a->canonical);
	wv_json_string_or_null(w, "description", a->description);
	add_list(w, "keywords", a->keywords, a->keyword_count);
	add_list(w, "topics", a->topics, a->topic_count);
	if (a->is_free < 0)
		wv_json_null(w, "is_free");
	else
		wv_json_bool(w, "is_free", a->is_free > 0);
}

void wv_jsonl_members(struct wv_json_writer *w, const struct wv_jsonl_article *from)
{
	wv_jsonl_capture(w, from->capture);
	if (from->has_cluster)
		wv_json_u64(w, "cluster", from->cluster);
	else
		wv_json_null(w, "cluster");
	wv_json_time(w, "article_recorded", from->reading->recorded);
	wv_json_u64(w, "extractor", from->reading->extractor);
	wv_json_u64(w, "model", from->reading->model);
	wv_jsonl_article(w, from->article);
}

enum wv_status wv_jsonl_add_article(const struct wv_jsonl_article *from, struct wv_arena *arena,
                                    struct wv_buf *out, struct wv_err *err)
{
	struct wv_json_writer w;
	struct wv_slice text;
	enum wv_status st = wv_article_text(from->article, arena, &text, err);

	if (st != WV_OK)
		return st;
	wv_json_begin(&w, out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "kind", WV_LIT("article"));
	wv_jsonl_members(&w, from);
	wv_json_string(&w, "text", text);
	wv_json_time(&w, "known_at", from->known_at);
	if (from->is_simulated)
		wv_json_string(&w, "clock", WV_LIT("simulated"));
	wv_json_close(&w);
	wv_buf_add_byte(out, '\n');
	return wv_buf_finish(out, "line of an article", err);
}

/* ---- clusters */

struct members {
	struct wv_txn *txn;
	struct wv_arena *arena;
	const struct wv_range_query *range;
	uint64_t smallest;
	struct wv_buf *all; /* NULL: only the smallest is looked for */
};

static enum wv_status take_member(struct members *m, uint64_t document, struct wv_err *err)
{
	struct wv_capture capture;
	enum wv_status st;

	if (!m->all && document >= m->smallest)
		return WV_OK;
	st = wv_range_has(m->txn, m->arena, m->range, document, &capture, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	if (document < m->smallest)
		m->smallest = document;
	if (!m->all)
		return WV_OK;
	wv_buf_add_bytes(m->all, &document, sizeof(document));
	return wv_buf_finish(m->all, "members of a cluster", err);
}

static int by_number(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return a < b ? -1 : a > b;
}

enum wv_status wv_jsonl_find_cluster(struct wv_txn *txn, struct wv_arena *arena,
                                     const struct wv_range_query *range, uint64_t article,
                                     uint64_t *cluster, struct wv_buf *members, struct wv_err *err)
{
	struct members m = {txn, arena, range, article, NULL};
	const struct wv_visible_query visible = {.capture = article,
	                                         .at = WV_TIME_NONE,
	                                         .known_at = range->known_at,
	                                         .now = range->now};
	uint64_t *ids = NULL;
	size_t count = 0;
	enum wv_status st = wv_visible_members(txn, arena, &visible, &ids, &count, err);

	wv_buf_reset(members);
	for (size_t i = 0; i < count && st == WV_OK; i++)
		st = take_member(&m, ids[i], err);
	if (st != WV_OK)
		return st;
	*cluster = m.smallest;
	if (m.smallest != article)
		return WV_OK;
	m.all = members;
	for (size_t i = 0; i < count && st == WV_OK; i++)
		st = take_member(&m, ids[i], err);
	if (members->n)
		qsort(members->p, members->n / sizeof(uint64_t), sizeof(uint64_t), by_number);
	return st;
}

enum wv_status wv_jsonl_add_cluster(const struct wv_jsonl_article *first,
                                    const struct wv_buf *members, struct wv_buf *out,
                                    struct wv_err *err)
{
	struct wv_json_writer w;

	if (members->n < 2 * sizeof(uint64_t))
		return WV_OK;
	wv_json_begin(&w, out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "kind", WV_LIT("cluster"));
	wv_json_u64(&w, "cluster", first->cluster);
	wv_json_open_array(&w, "members");
	for (size_t at = 0; at < members->n; at += sizeof(uint64_t)) {
		uint64_t id;

		memcpy(&id, members->p + at, sizeof(id));
		wv_json_u64(&w, NULL, id);
	}
	wv_json_close(&w);
	wv_json_time(&w, "known_at", first->known_at);
	if (first->is_simulated)
		wv_json_string(&w, "clock", WV_LIT("simulated"));
	wv_json_close(&w);
	wv_buf_add_byte(out, '\n');
	return wv_buf_finish(out, "line of a cluster", err);
}

/* ---- stories */

static void add_link(struct wv_json_writer *w, const struct wv_around_link *link)
{
	wv_json_open_object(w, NULL);
	wv_json_u64(w, "id", link->capture);
	wv_json_double(w, "score", link->score);
	wv_json_bool(w, "copy", link->is_copy);
	wv_json_open_array(w, "evidence");
	for (size_t i = 0; i < link->evidence_count; i++) {
		wv_json_open_object(w, NULL);
		wv_json_string(w, "kind", wv_slice_of(wv_mention_kind_name(link->evidence[i].kind)));
		wv_json_string(w, "shown", link->evidence[i].shown);
		wv_json_double(w, "weight", link->evidence[i].weight);
		wv_json_close(w);
	}
	wv_json_close(w);
	wv_json_close(w);
}

enum wv_status wv_jsonl_add_story(const struct wv_jsonl_article *of, const struct wv_around_link *links,
                                  size_t count, struct wv_buf *out, struct wv_err *err)
{
	struct wv_json_writer w;

	if (count == 0)
		return WV_OK;
	wv_json_begin(&w, out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "kind", WV_LIT("story"));
	wv_json_u64(&w, "id", of->capture->id);
	wv_json_open_array(&w, "links");
	for (size_t i = 0; i < count; i++)
		add_link(&w, &links[i]);
	wv_json_close(&w);
	wv_json_time(&w, "known_at", of->known_at);
	if (of->is_simulated)
		wv_json_string(&w, "clock", WV_LIT("simulated"));
	wv_json_close(&w);
	wv_buf_add_byte(out, '\n');
	return wv_buf_finish(out, "line of a story", err);
}
