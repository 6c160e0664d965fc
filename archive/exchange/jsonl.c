#include "archive/exchange/jsonl.h"

#include <stdio.h>

#include "config/base/json.h"

static void add_time(struct wv_json_writer *w, const char *key, struct wv_time t)
{
	char text[WV_TIME_TEXT_MAX];

	if (wv_time_is_none(t))
		wv_json_null(w, key);
	else
		wv_json_string(w, key, wv_slice_of(wv_time_print(t, text)));
}

/* Never a time without its basis: all members are there, null where the page states none. */
static void add_stated(struct wv_json_writer *w, const char *name, const struct wv_stated_time *t)
{
	static const char *const zones[] = {"none", "explicit", "source", "assumed"};
	const struct wv_stated_time none = {.earliest = WV_TIME_NONE, .latest = WV_TIME_NONE};
	const struct wv_stated_time *from = t->is_set ? t : &none;
	char key[48];

	wv_json_string_or_null(w, name, from->text);
	snprintf(key, sizeof(key), "%s_earliest", name);
	add_time(w, key, from->earliest);
	snprintf(key, sizeof(key), "%s_latest", name);
	add_time(w, key, from->latest);
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

static void add_capture(struct wv_json_writer *w, const struct wv_capture *c)
{
	wv_json_u64(w, "id", c->id);
	wv_json_string(w, "url", c->url);
	wv_json_string(w, "page", c->page_key);
	add_time(w, "captured", c->captured);
	add_time(w, "recorded", c->recorded);
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

static void add_article(struct wv_json_writer *w, const struct wv_article *a)
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
	add_capture(&w, from->capture);
	add_time(&w, "article_recorded", from->reading->recorded);
	wv_json_u64(&w, "extractor", from->reading->extractor);
	wv_json_u64(&w, "model", from->reading->model);
	add_article(&w, from->article);
	wv_json_string(&w, "text", text);
	add_time(&w, "known_at", from->known_at);
	if (from->is_simulated)
		wv_json_string(&w, "clock", WV_LIT("simulated"));
	wv_json_close(&w);
	wv_buf_add_byte(out, '\n');
	return wv_buf_finish(out, "line of an article", err);
}
