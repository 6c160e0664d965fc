#include "crawler/cmd/extract_archive_inner.h"

#include "archive/copies/follow.h"
#include "archive/store/lookup.h"
#include "archive/store/row.h"
#include "config/base/limits.h"
#include "crawler/fetch/headers.h"
#include "crawler/page/extract.h"

static enum wv_status load_model(struct wv_again *a, struct wv_txn *txn, struct wv_slice site,
                                 struct wv_err *err)
{
	struct wv_site_model *model = NULL;
	enum wv_status st;

	if (site.n && wv_slice_equals(site, wv_buf_slice(&a->site)))
		return WV_OK;
	wv_arena_reset(a->model_arena);
	a->model = NULL;
	wv_buf_reset(&a->site);
	st = wv_sites_model(txn, site, WV_SITES_NEWEST, a->model_arena, &model, err);
	if (st != WV_OK && st != WV_NO)
		return wv_err_add(err, st, "site model of '%.*s'", WV_FMT(site));
	a->model = model;
	wv_buf_add(&a->site, site);
	return wv_buf_finish(&a->site, "name of a site", err);
}

static void find_source(struct wv_again *a, const struct wv_capture *c,
                        struct wv_extract_input *input)
{
	input->source_name = c->source;
	for (size_t i = 0; i < a->settings->source_count; i++) {
		if (!wv_slice_equals(a->settings->sources[i].name, c->source))
			continue;
		input->source_category = a->settings->sources[i].category;
		input->source_zone = a->zones[i];
		return;
	}
	if (c->source.n && !a->noted_source)
		wv_command_note(a->context,
		                "source '%.*s' is not in the settings: its category and its time "
		                "zone are not known",
		                WV_FMT(c->source));
	a->noted_source = a->noted_source || c->source.n > 0;
}

/* The same input as the crawl had: the same bytes, extractor and model give the same article. */
static enum wv_status extract(struct wv_again *a, const struct wv_capture *c,
                              const struct wv_site_model *model, struct wv_article *article,
                              struct wv_page_prints *prints, struct wv_err *err)
{
	struct wv_extract_input input = {
		.body = wv_buf_slice(&a->body),
		.content_type = wv_headers_last(c->headers, WV_LIT("Content-Type")),
		.url = c->url,
		.fetched = c->captured,
		.http_status = c->status,
		.is_truncated =
			c->flags & (WV_CAPTURE_TRUNCATED_LENGTH | WV_CAPTURE_TRUNCATED_TIME |
	                            WV_CAPTURE_TRUNCATED_DISCONNECT),
		.parser = a->parser,
		.model = model,
	};
	struct wv_page *page;
	enum wv_status st;

	find_source(a, c, &input);
	st = wv_page_open(&input, a->arena, &page, err);
	return st == WV_OK ? wv_page_extract(page, a->arena, article, prints, err) : st;
}

static bool is_same_text(struct wv_again *a, const struct wv_article *x, const struct wv_article *y)
{
	struct wv_slice text_x, text_y;

	return wv_article_text(x, a->arena, &text_x, NULL) == WV_OK &&
	       wv_article_text(y, a->arena, &text_y, NULL) == WV_OK &&
	       wv_slice_equals(text_x, text_y);
}

static enum wv_status is_changed(struct wv_again *a, const struct wv_capture *c,
                                 const struct wv_article *article, bool *out, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_reading reading;
	struct wv_article before;
	enum wv_status st = wv_store_begin_read(a->store, &txn, err);

	*out = true;
	if (st == WV_OK)
		st = wv_store_reading(txn, a->arena, c, WV_TIME_NONE, &reading, err);
	if (st == WV_OK)
		st = wv_store_article(txn, a->arena, &reading, &before, err);
	if (st == WV_OK)
		*out = before.verdict != article->verdict ||
		       !wv_slice_equals(before.title, article->title) ||
		       !is_same_text(a, &before, article);
	return st == WV_NO ? WV_OK : st;
}

static void begin_line(struct wv_again *a, struct wv_json_writer *w, const struct wv_capture *c)
{
	wv_json_begin(w, &a->lines);
	wv_json_open_object(w, NULL);
	wv_json_int(w, "v", 1);
	wv_json_u64(w, "id", c->id);
	wv_json_string(w, "url", c->url);
	if (wv_store_is_simulated(a->store))
		wv_json_string(w, "clock", WV_LIT("simulated"));
}

static void put_line(struct wv_again *a, const struct wv_capture *c,
                     const struct wv_article *article, bool changed)
{
	struct wv_json_writer w;

	begin_line(a, &w, c);
	wv_json_string(&w, "verdict", wv_slice_of(wv_verdict_name(article->verdict)));
	wv_json_string_or_null(&w, "title", article->title);
	wv_json_u64(&w, "model", article->model);
	wv_json_u64(&w, "extractor", article->extractor);
	wv_json_bool(&w, "changed", changed);
	wv_json_close(&w);
	wv_buf_add_byte(&a->lines, '\n');
}

static void put_failure(struct wv_again *a, const struct wv_capture *c, enum wv_status st,
                        const struct wv_err *why)
{
	struct wv_json_writer w;

	if (a->pass == WV_AGAIN_LEARN) /* it is reported when it is read */
		return;
	a->failed++;
	a->damaged += st == WV_DAMAGED;
	begin_line(a, &w, c);
	wv_json_string(&w, "error",
	               wv_slice_of(why->text[0] ? why->text : "its bytes are not there"));
	wv_json_string(&w, "status", wv_slice_of(wv_status_name(st)));
	wv_json_close(&w);
	wv_buf_add_byte(&a->lines, '\n');
}

static enum wv_status teach(struct wv_again *a, const struct wv_capture *c, struct wv_err *err)
{
	struct wv_article article;
	struct wv_page_prints prints;
	struct wv_again_lesson lesson = {.id = c->id};
	struct wv_page_print *copy;
	enum wv_status st = extract(a, c, NULL, &article, &prints, err);

	if (st != WV_OK || article.verdict != WV_VERDICT_ARTICLE || !prints.n)
		return st;
	copy = WV_ARENA_ARRAY(a->slice, struct wv_page_print, prints.n);
	lesson.site = wv_arena_copy(a->slice, wv_sites_site(c->page_key));
	if (!copy || !lesson.site.n)
		return wv_err_set(err, WV_NOMEM, "out of memory for what a page teaches");
	memcpy(copy, prints.p, prints.n * sizeof(*copy));
	lesson.prints = (struct wv_page_prints){copy, prints.n};
	wv_buf_add_bytes(&a->lessons, &lesson, sizeof(lesson));
	a->in_slice++;
	return wv_buf_finish(&a->lessons, "what pages teach", err);
}

static enum wv_status read_again(struct wv_again *a, const struct wv_capture *c, struct wv_err *err)
{
	struct wv_article article;
	bool changed = true;
	enum wv_status st = extract(a, c, a->model, &article, NULL, err);

	if (st == WV_OK)
		st = is_changed(a, c, &article, &changed, err);
	if (st == WV_OK)
		st = wv_batch_add_article(a->batch, c->id, &article, err);
	if (st == WV_OK)
		st = wv_copies_note_reading(a->batch, c->id, c->captured, &article, a->arena,
		                            a->slice, err);
	if (st != WV_OK)
		return st;
	put_line(a, c, &article, changed);
	a->in_slice++;
	a->read++;
	a->changed += changed;
	return WV_OK;
}

/* Is there something to do with it in this pass? Then a->body has its bytes, and READ its model. */
static enum wv_status load(struct wv_again *a, uint64_t id, struct wv_capture *c, bool *wanted,
                           struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_fact fact;
	enum wv_status st = wv_store_begin_read(a->store, &txn, err);

	*wanted = false;
	if (st == WV_OK)
		st = wv_store_capture(txn, a->arena, id, WV_TIME_NONE, c, err);
	if (st == WV_NO) /* erased */
		return WV_OK;
	if (st == WV_OK && a->pass == WV_AGAIN_LEARN)
		st = wv_again_can_teach(a, txn, c, wanted, err);
	if (st == WV_OK && a->pass == WV_AGAIN_READ && wv_again_is_readable(a, c)) {
		st = load_model(a, txn, wv_sites_site(c->page_key), err);
		*wanted = c->extractor != WV_EXTRACTOR_VERSION ||
		          c->model != (a->model ? a->model->number : 0);
	}
	if (st != WV_OK || !*wanted)
		return st;
	wv_buf_reset(&a->body);
	st = wv_store_body(txn, &c->body, &a->body, err);
	if (st != WV_NO)
		return st;
	st = wv_register_pruned(txn, a->arena, WV_BLOB_BODY, &c->body, &fact, err);
	*wanted = st == WV_NO; /* what was pruned cannot be read again, and need not be */
	return st == WV_NO ? wv_err_set(err, WV_NO, "its bytes are not there") : st;
}

enum wv_status wv_again_look_at(struct wv_again *a, uint64_t id, struct wv_err *err)
{
	struct wv_capture capture = {.id = id};
	struct wv_err why = WV_ERR_NONE;
	bool wanted = false;
	enum wv_status st;

	wv_arena_reset(a->arena);
	st = load(a, id, &capture, &wanted, &why);
	if (st == WV_OK && wanted)
		st = a->pass == WV_AGAIN_LEARN ? teach(a, &capture, &why)
		                               : read_again(a, &capture, &why);
	a->looked_at++;
	if (st == WV_NO || st == WV_DAMAGED || st == WV_LIMIT) {
		put_failure(a, &capture, st, &why);
		return WV_OK;
	}
	return st == WV_OK ? WV_OK : wv_err_set(err, st, "%s", why.text);
}
