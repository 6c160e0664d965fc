#include "archive/store/parts.h"

#include <string.h>

#include "archive/store/lookup.h"
#include "config/base/checked.h"
#include "config/base/text.h"
#include "config/url.h"

#define REPEATED_MAX 400u /* blocks of the first part that a later one may repeat */

enum wv_status wv_article_join(struct wv_article *first, const struct wv_article *next,
			       struct wv_arena *arena, struct wv_err *err)
{
	size_t most;
	struct wv_block *blocks;
	size_t n = first->block_count;

	if (!wv_add(first->block_count, next->block_count, &most))
		return wv_err_set(err, WV_LIMIT, "too many blocks to join");
	blocks = WV_ARENA_ARRAY(arena, struct wv_block, most + 1);
	if (!blocks)
		return wv_err_set(err, WV_LIMIT, "the joined article takes more than its memory");
	if (n > 0)
		memcpy(blocks, first->blocks, n * sizeof(*blocks));
	for (size_t i = 0; i < next->block_count; i++) {
		bool is_known = false;

		/* Heads and leads are repeated on each page, at its beginning. */
		for (size_t k = 0; k < first->block_count && k < REPEATED_MAX && !is_known; k++)
			is_known = wv_slice_equals(first->blocks[k].text, next->blocks[i].text);
		if (!is_known)
			blocks[n++] = next->blocks[i];
	}
	first->blocks = blocks;
	first->block_count = n;
	first->next_page = next->next_page;
	return WV_OK;
}

/* "Salt, a history" and "Salt, a history (2)"; "Salt, a history - part 2". */
static enum wv_status is_same_headline(struct wv_arena *arena, struct wv_slice a, struct wv_slice b,
				       bool *out, struct wv_err *err)
{
	struct wv_slice x, y;
	enum wv_status st = wv_text_fold(arena, a, false, &x, err);

	if (st == WV_OK)
		st = wv_text_fold(arena, b, false, &y, err);
	if (st == WV_OK)
		*out = x.n > 0 && y.n > 0 && (wv_slice_starts(x, y) || wv_slice_starts(y, x));
	return st;
}

/* The capture of a part's page that goes with the first's. */
static enum wv_status find_capture(struct wv_txn *txn, struct wv_arena *arena,
				   const struct wv_parts_query *query, struct wv_slice address,
				   struct wv_standing *out, struct wv_err *err)
{
	struct wv_standing_query standing = {
		.at = query->at,
		.known_at = query->known_at,
		.now = query->now,
		.mode = WV_STANDING_AT,
	};
	struct wv_page page;
	struct wv_url url;
	struct wv_slice key;
	enum wv_status st;

	if (wv_url_parse(arena, address, NULL, &url, NULL) != WV_OK ||
	    wv_url_page_key(arena, &url, &key, NULL) != WV_OK)
		return WV_NO;
	if (wv_time_is_none(query->at)) {
		standing.at = query->first->captured;
		standing.mode = WV_STANDING_NEAREST;
	}
	st = wv_store_page_of_key(txn, arena, key, &page, err);
	if (st != WV_OK)
		return st;
	standing.page = page.number;
	return wv_store_standing(txn, arena, &standing, out, err);
}

static bool is_known_part(const struct wv_parts_query *query, const struct wv_part *parts,
			  size_t count, uint64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (parts[i].id == id)
			return true;
	return query->first->id == id;
}

/* Adds one part; WV_NO with the reason in out->why: there it stops. */
static enum wv_status add_part(struct wv_txn *txn, struct wv_arena *arena,
			       const struct wv_parts_query *query, struct wv_article *article,
			       struct wv_part *parts, struct wv_parts *out, struct wv_err *err)
{
	struct wv_standing standing = {0};
	struct wv_reading reading;
	struct wv_article next;
	bool is_same = false;
	enum wv_status st = find_capture(txn, arena, query, article->next_page, &standing, err);

	out->why = standing.is_refused ? WV_LIT("taken down") : WV_LIT("not captured");
	if (st == WV_OK)
		st = wv_store_reading(txn, arena, &standing.capture, query->known_at, &reading,
				      err);
	if (st == WV_OK)
		st = wv_store_article(txn, arena, &reading, &next, err);
	if (st != WV_OK)
		return st;
	out->why = WV_LIT("no article");
	if (next.verdict != WV_VERDICT_ARTICLE)
		return WV_NO;
	out->why = WV_LIT("another article");
	st = is_same_headline(arena, article->title, next.title, &is_same, err);
	if (st != WV_OK)
		return st;
	if (!is_same || is_known_part(query, parts, out->count, standing.capture.id))
		return WV_NO;
	st = wv_article_join(article, &next, arena, err);
	if (st != WV_OK)
		return st;
	parts[out->count++] = (struct wv_part){standing.capture.id, standing.capture.url,
					       standing.capture.captured};
	return WV_OK;
}

enum wv_status wv_store_join_parts(struct wv_txn *txn, struct wv_arena *arena,
				   const struct wv_parts_query *query, struct wv_article *article,
				   struct wv_parts *out, struct wv_err *err)
{
	struct wv_part *parts;
	enum wv_status st = WV_OK;

	*out = (struct wv_parts){0};
	if (article->verdict != WV_VERDICT_ARTICLE || article->next_page.n == 0)
		return WV_OK;
	parts = WV_ARENA_ARRAY(arena, struct wv_part, WV_PARTS_MAX);
	if (!parts)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	out->parts = parts;
	while (st == WV_OK && article->next_page.n > 0 && out->count < WV_PARTS_MAX)
		st = add_part(txn, arena, query, article, parts, out, err);
	if (st == WV_NO)
		out->missing = article->next_page;
	else
		out->why = WV_SLICE_NONE;
	return st == WV_NO ? WV_OK : st;
}
