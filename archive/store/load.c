#include "archive/store/load.h"

#include "config/base/limits.h"

#define PAGE_ROW_CAP (WV_LIMIT_PAGE_KEY_BYTES + WV_LIMIT_URL_BYTES + 32u)
#define TEXTS_CAP    (4u * WV_LIMIT_HEADER_BYTES)
#define ARENA_CAP    (16u * WV_MIB)

void wv_loader_init(struct wv_loader *loader, struct wv_txn *txn)
{
	*loader = (struct wv_loader){.txn = txn};
	wv_buf_init(&loader->page_row, PAGE_ROW_CAP);
	wv_buf_init(&loader->source_name, WV_SOURCE_NAME_MAX);
	wv_buf_init(&loader->texts, TEXTS_CAP);
}

void wv_loader_done(struct wv_loader *loader)
{
	wv_buf_done(&loader->page_row);
	wv_buf_done(&loader->source_name);
	wv_buf_done(&loader->texts);
}

enum wv_status wv_loader_page(struct wv_loader *loader, uint64_t page, struct wv_err *err)
{
	unsigned char key[8];
	struct wv_slice value;
	enum wv_status st;

	if (loader->has_page && loader->page == page)
		return WV_OK;
	loader->has_page = false;
	wv_key_of_u64(page, key);
	st = wv_txn_get(loader->txn, WV_TABLE_PAGE_KEYS, wv_slice(key, sizeof key), &value, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "page %llu is missing",
		                  (unsigned long long)page);
	if (st != WV_OK)
		return st;
	wv_buf_reset(&loader->page_row);
	wv_buf_add(&loader->page_row, value);
	st = wv_buf_finish(&loader->page_row, "row of a page", err);
	if (st == WV_NOMEM)
		return st;
	if (st != WV_OK || !wv_record_page_decode(wv_buf_slice(&loader->page_row),
	                                          &loader->page_key, &loader->page_url))
		return wv_err_set(err, WV_DAMAGED, "page %llu does not decode",
		                  (unsigned long long)page);
	loader->page = page;
	loader->has_page = true;
	return WV_OK;
}

static enum wv_status load_source(struct wv_loader *loader, uint32_t source, struct wv_err *err)
{
	unsigned char key[9] = {'#'};
	struct wv_source_row row;
	struct wv_slice value;
	enum wv_status st;

	if (loader->has_source && loader->source == source)
		return WV_OK;
	loader->has_source = false;
	wv_buf_reset(&loader->source_name);
	if (source != 0) {
		wv_key_of_u64(source, key + 1);
		st = wv_txn_get(loader->txn, WV_TABLE_SOURCE_NAMES, wv_slice(key, sizeof key),
		                &value, err);
		if (st != WV_OK && st != WV_NO)
			return st;
		if (st == WV_NO || !wv_record_source_decode(value, &row) ||
		    row.name.n > WV_SOURCE_NAME_MAX)
			return wv_err_set(err, WV_DAMAGED, "source %u is missing or damaged",
			                  source);
		wv_buf_add(&loader->source_name, row.name);
		st = wv_buf_finish(&loader->source_name, "source name", err);
		if (st != WV_OK)
			return st;
	}
	loader->source = source;
	loader->has_source = true;
	return WV_OK;
}

enum wv_status wv_leaf_get(struct wv_txn *txn, uint64_t id, struct wv_leaf_row *out,
                           struct wv_err *err)
{
	unsigned char key[8];
	struct wv_slice value;
	enum wv_status st;

	wv_key_of_u64(id, key);
	st = wv_txn_get(txn, WV_TABLE_LEAVES, wv_slice(key, sizeof key), &value, err);
	if (st != WV_OK)
		return st;
	if (!wv_record_leaf_row_decode(value, out))
		return wv_err_set(err, WV_DAMAGED, "leaf %llu does not decode",
		                  (unsigned long long)id);
	return WV_OK;
}

enum wv_status wv_capture_row_get(struct wv_txn *txn, uint64_t id, struct wv_capture_key *key,
                                  struct wv_slice *value, struct wv_err *err)
{
	unsigned char bytes[WV_KEY_CAPTURE_BYTES];
	struct wv_leaf_row leaf;
	enum wv_status st = wv_leaf_get(txn, id, &leaf, err);

	if (st != WV_OK)
		return st;
	if (leaf.is_erased)
		return WV_NO;
	*key = (struct wv_capture_key){leaf.page, leaf.captured, id};
	wv_key_of_capture(key, bytes);
	st = wv_txn_get(txn, WV_TABLE_CAPTURES, wv_slice(bytes, sizeof bytes), value, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "capture %llu is missing",
		                  (unsigned long long)id);
	return st;
}

/* A loader of the same transaction for the reference's own page, so that ours stays. */
enum wv_status wv_loader_texts(struct wv_loader *loader, uint64_t id, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_loader_done) struct wv_loader other = {0};
	struct wv_capture_context context = {0};
	struct wv_capture_key key;
	struct wv_capture capture;
	struct wv_slice value;
	enum wv_status st;

	if (loader->has_texts && loader->texts_id == id)
		return WV_OK;
	loader->has_texts = false;
	wv_buf_reset(&loader->texts);
	wv_loader_init(&other, loader->txn);
	st = wv_capture_row_get(loader->txn, id, &key, &value, err);
	if (st == WV_OK)
		st = wv_record_capture_peek(&key, value, &context, NULL, err);
	if (st == WV_NO || (st == WV_OK && context.has_reference))
		return wv_err_set(err, WV_DAMAGED, "capture %llu is missing as a reference",
		                  (unsigned long long)id);
	if (st == WV_OK)
		st = wv_loader_page(&other, key.page, err);
	if (st == WV_OK)
		st = wv_arena_new(ARENA_CAP, &arena, err);
	context.page_url = other.page_url;
	if (st == WV_OK)
		st = wv_record_capture_decode(&key, value, &context, arena, &capture, err);
	if (st == WV_OK)
		st = wv_record_capture_texts(&capture, other.page_url, &loader->texts, err);
	if (st != WV_OK)
		return st;
	loader->texts_id = id;
	loader->has_texts = true;
	return WV_OK;
}

enum wv_status wv_loader_capture(struct wv_loader *loader, const struct wv_capture_key *key,
                                 struct wv_slice value, struct wv_arena *arena,
                                 struct wv_capture *out, struct wv_err *err)
{
	struct wv_capture_context context = {0};
	struct wv_capture capture = {0};
	enum wv_status st = wv_record_capture_peek(key, value, &context, NULL, err);

	if (st == WV_OK)
		st = wv_loader_page(loader, key->page, err);
	if (st == WV_OK)
		st = load_source(loader, context.source, err);
	if (st == WV_OK && context.has_reference)
		st = wv_loader_texts(loader, context.reference, err);
	if (st != WV_OK)
		return wv_err_add(err, st, "reading capture %llu", (unsigned long long)key->id);
	context.page_url = loader->page_url;
	context.dictionary = wv_buf_slice(&loader->texts);
	st = wv_record_capture_decode(key, value, &context, arena, &capture, err);
	if (st != WV_OK)
		return st;
	capture.page_key = wv_arena_copy(arena, loader->page_key);
	capture.source = wv_arena_copy(arena, wv_buf_slice(&loader->source_name));
	if (capture.page_key.n != loader->page_key.n || capture.source.n != loader->source_name.n)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	*out = capture;
	return WV_OK;
}

enum wv_status wv_article_row_newest(struct wv_txn *txn, uint64_t id, struct wv_time known_at,
                                     uint32_t *number, struct wv_article_row *out,
                                     struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char bytes[WV_KEY_ARTICLE_BYTES];
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_ARTICLES, &walk, err);

	if (st != WV_OK)
		return st;
	wv_key_of_article(id, UINT32_MAX, bytes);
	st = wv_walk_seek_before(walk, wv_slice(bytes, sizeof bytes), &key, &value, err);
	/* Extractions are numbered in the order they were recorded. */
	for (; st == WV_OK; st = wv_walk_previous(walk, &key, &value, err)) {
		if (key.n != WV_KEY_ARTICLE_BYTES || memcmp(key.p, bytes, 8) != 0)
			return WV_NO;
		if (!wv_record_article_row_decode(value, out))
			return wv_err_set(err, WV_DAMAGED,
			                  "the article row of capture %llu does not decode",
			                  (unsigned long long)id);
		if (!wv_is_known(out->recorded, known_at))
			continue;
		*number = (uint32_t)key.p[8] << 24 | (uint32_t)key.p[9] << 16 |
		          (uint32_t)key.p[10] << 8 | key.p[11];
		return WV_OK;
	}
	return st;
}

bool wv_capture_version(const struct wv_capture *capture, const struct wv_digest *article_key,
                        struct wv_digest *version)
{
	if (!capture->has_body || (capture->status != 200 && capture->status != 304) ||
	    capture->flags & WV_CAPTURE_REDIRECT || capture->verdict == WV_VERDICT_UNREAD ||
	    !wv_verdict_stands(capture->verdict))
		return false;
	*version = article_key ? *article_key : capture->body;
	return true;
}

enum wv_status wv_capture_overlay(struct wv_txn *txn, struct wv_time known_at,
                                  struct wv_capture *capture, struct wv_err *err)
{
	struct wv_article_row row;
	uint32_t number;
	enum wv_status st = wv_article_row_newest(txn, capture->id, known_at, &number, &row, err);

	if (st == WV_NO && capture->has_stands_for)
		st = wv_article_row_newest(txn, capture->stands_for, known_at, &number, &row, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	capture->verdict = (enum wv_verdict)row.verdict;
	capture->extractor = row.extractor;
	capture->model = row.model;
	capture->has_version =
		wv_capture_version(capture, row.has_key ? &row.key : NULL, &capture->version);
	return WV_OK;
}
