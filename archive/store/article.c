#include "archive/store/article.h"

#include "config/base/text.h"

#define ROW_VERSION     2
#define ROW_VERSION_OLD 1 /* ends with the conflicts */
/* Larger than any page's text: the cap of what is fed to extraction, and room for its removals. */
#define ARTICLE_TEXT_CAP (256u * 1024u * 1024u)
#define STATED_IS_SET    1u

/*
 *   u8 version | u8 verdict | u8 is_free + 1 (0..2) | varint extractor | varint model
 *   | varint charset errors
 *   | blocks: reason, title, publisher, wire, dateline, category, its basis, language, its basis,
 *     charset, its basis, canonical, amp, next page, image, its caption, description
 *   | published | modified, each:  u8 is set, then u8 zone basis | blocks text, raw, found
 *                                  | u64 earliest | u64 latest
 *   | five lists, each varint count, then: authors, keywords, topics: block
 *   | paragraphs: varint count, then u8 kind | u8 level | block text
 *   | removed: varint count, then blocks reason, text
 *   | conflicts: varint count, then blocks field, value, found
 *   | origins: varint count, then blocks field, found
 *   | items: varint count, then varint first paragraph | its time, as published
 *
 * A block is a varint length and that many bytes.
 */
#define FIELD(name) offsetof(struct wv_article, name)
static const size_t texts[] = {
	FIELD(reason),
	FIELD(title),
	FIELD(publisher),
	FIELD(wire),
	FIELD(dateline),
	FIELD(category),
	FIELD(category_basis),
	FIELD(language),
	FIELD(language_basis),
	FIELD(charset),
	FIELD(charset_basis),
	FIELD(canonical),
	FIELD(amp),
	FIELD(next_page),
	FIELD(image),
	FIELD(image_caption),
	FIELD(description),
};

static void add_stated(struct wv_buf *out, const struct wv_stated_time *time)
{
	wv_buf_add_byte(out, time->is_set ? STATED_IS_SET : 0);
	if (!time->is_set)
		return;
	wv_buf_add_byte(out, (unsigned char)time->zone);
	wv_buf_add_block(out, time->text);
	wv_buf_add_block(out, time->raw);
	wv_buf_add_block(out, time->found);
	wv_buf_add_u64(out, (uint64_t)time->earliest.us);
	wv_buf_add_u64(out, (uint64_t)time->latest.us);
}

static void add_list(struct wv_buf *out, const struct wv_slice *items, size_t count)
{
	wv_buf_add_varint(out, count);
	for (size_t i = 0; i < count; i++)
		wv_buf_add_block(out, items[i]);
}

enum wv_status wv_article_encode(const struct wv_article *article, struct wv_buf *out,
                                 struct wv_err *err)
{
	wv_buf_add_byte(out, ROW_VERSION);
	wv_buf_add_byte(out, (unsigned char)article->verdict);
	wv_buf_add_byte(out, (unsigned char)(article->is_free + 1));
	wv_buf_add_varint(out, article->extractor);
	wv_buf_add_varint(out, article->model);
	wv_buf_add_varint(out, article->charset_errors);
	for (size_t i = 0; i < WV_COUNT(texts); i++) {
		struct wv_slice text;

		memcpy(&text, (const char *)article + texts[i], sizeof text);
		wv_buf_add_block(out, text);
	}
	add_stated(out, &article->published);
	add_stated(out, &article->modified);
	add_list(out, article->authors, article->author_count);
	add_list(out, article->keywords, article->keyword_count);
	add_list(out, article->topics, article->topic_count);
	wv_buf_add_varint(out, article->block_count);
	for (size_t i = 0; i < article->block_count; i++) {
		wv_buf_add_byte(out, (unsigned char)article->blocks[i].kind);
		wv_buf_add_byte(out, article->blocks[i].level);
		wv_buf_add_block(out, article->blocks[i].text);
	}
	wv_buf_add_varint(out, article->removed_count);
	for (size_t i = 0; i < article->removed_count; i++) {
		wv_buf_add_block(out, article->removed[i].reason);
		wv_buf_add_block(out, article->removed[i].text);
	}
	wv_buf_add_varint(out, article->conflict_count);
	for (size_t i = 0; i < article->conflict_count; i++) {
		wv_buf_add_block(out, article->conflicts[i].field);
		wv_buf_add_block(out, article->conflicts[i].value);
		wv_buf_add_block(out, article->conflicts[i].found);
	}
	wv_buf_add_varint(out, article->origin_count);
	for (size_t i = 0; i < article->origin_count; i++) {
		wv_buf_add_block(out, article->origins[i].field);
		wv_buf_add_block(out, article->origins[i].found);
	}
	wv_buf_add_varint(out, article->item_count);
	for (size_t i = 0; i < article->item_count; i++) {
		wv_buf_add_varint(out, article->items[i].first_block);
		add_stated(out, &article->items[i].time);
	}
	return wv_buf_finish(out, "article record", err);
}

static void read_stated(struct wv_cursor *c, struct wv_stated_time *time)
{
	uint8_t set = wv_cursor_u8(c), zone;

	if (set > STATED_IS_SET)
		c->failed = true;
	if (set != STATED_IS_SET || c->failed)
		return;
	zone = wv_cursor_u8(c);
	if (zone > WV_ZONE_ASSUMED)
		c->failed = true;
	time->is_set = true;
	time->zone = (enum wv_zone_basis)zone;
	time->text = wv_cursor_block(c);
	time->raw = wv_cursor_block(c);
	time->found = wv_cursor_block(c);
	time->earliest.us = (int64_t)wv_cursor_u64(c);
	time->latest.us = (int64_t)wv_cursor_u64(c);
	c->failed |= !wv_time_is_possible(time->earliest) || !wv_time_is_possible(time->latest);
}

/* A count of items of at least `least` bytes each: more than what is left is damage, so that a
 * record never asks for more memory than a small multiple of itself. */
static size_t read_count(struct wv_cursor *c, size_t least)
{
	uint64_t count = wv_cursor_varint(c);

	if (c->failed || count > wv_cursor_left(c) / least) {
		c->failed = true;
		return 0;
	}
	return (size_t)count;
}

static bool read_list(struct wv_cursor *c, struct wv_arena *arena, const struct wv_slice **out,
                      size_t *count)
{
	size_t n = read_count(c, 1);
	struct wv_slice *items = WV_ARENA_ARRAY(arena, struct wv_slice, n);

	if (!items)
		return false;
	for (size_t i = 0; i < n; i++)
		items[i] = wv_cursor_block(c);
	*out = n ? items : NULL;
	*count = n;
	return true;
}

static bool read_blocks(struct wv_cursor *c, struct wv_arena *arena, struct wv_article *out)
{
	size_t n = read_count(c, 3);
	struct wv_block *blocks = WV_ARENA_ARRAY(arena, struct wv_block, n);

	if (!blocks)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t kind = wv_cursor_u8(c);

		if (kind > WV_BLOCK_UPDATE)
			c->failed = true;
		blocks[i].kind = (enum wv_block_kind)kind;
		blocks[i].level = wv_cursor_u8(c);
		blocks[i].text = wv_cursor_block(c);
	}
	out->blocks = n ? blocks : NULL;
	out->block_count = n;
	return true;
}

static bool read_removed(struct wv_cursor *c, struct wv_arena *arena, struct wv_article *out)
{
	size_t n = read_count(c, 2);
	struct wv_removed_block *removed = WV_ARENA_ARRAY(arena, struct wv_removed_block, n);

	if (!removed)
		return false;
	for (size_t i = 0; i < n; i++) {
		removed[i].reason = wv_cursor_block(c);
		removed[i].text = wv_cursor_block(c);
	}
	out->removed = n ? removed : NULL;
	out->removed_count = n;
	return true;
}

static bool read_conflicts(struct wv_cursor *c, struct wv_arena *arena, struct wv_article *out)
{
	size_t n = read_count(c, 3);
	struct wv_conflict *conflicts = WV_ARENA_ARRAY(arena, struct wv_conflict, n);

	if (!conflicts)
		return false;
	for (size_t i = 0; i < n; i++) {
		conflicts[i].field = wv_cursor_block(c);
		conflicts[i].value = wv_cursor_block(c);
		conflicts[i].found = wv_cursor_block(c);
	}
	out->conflicts = n ? conflicts : NULL;
	out->conflict_count = n;
	return true;
}

static bool read_origins(struct wv_cursor *c, struct wv_arena *arena, struct wv_article *out)
{
	size_t n = read_count(c, 2);
	struct wv_origin *origins = WV_ARENA_ARRAY(arena, struct wv_origin, n);

	if (!origins)
		return false;
	for (size_t i = 0; i < n; i++) {
		origins[i].field = wv_cursor_block(c);
		origins[i].found = wv_cursor_block(c);
	}
	out->origins = n ? origins : NULL;
	out->origin_count = n;
	return true;
}

/* After the paragraphs: an item names one of them, and they go up. */
static bool read_items(struct wv_cursor *c, struct wv_arena *arena, struct wv_article *out)
{
	size_t n = read_count(c, 2), least = 0;
	struct wv_live_item *items = WV_ARENA_ARRAY(arena, struct wv_live_item, n);

	if (!items)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint64_t first = wv_cursor_varint(c);

		if (first < least || first >= out->block_count)
			c->failed = true;
		items[i].first_block = (size_t)first;
		least = (size_t)first + 1;
		read_stated(c, &items[i].time);
	}
	out->items = n ? items : NULL;
	out->item_count = n;
	return true;
}

/* False: out of memory. Damage is latched in the cursor. */
static bool read_lists(struct wv_cursor *c, struct wv_arena *arena, struct wv_article *out)
{
	return read_list(c, arena, &out->authors, &out->author_count) &&
	       read_list(c, arena, &out->keywords, &out->keyword_count) &&
	       read_list(c, arena, &out->topics, &out->topic_count) && read_blocks(c, arena, out) &&
	       read_removed(c, arena, out) && read_conflicts(c, arena, out);
}

enum wv_status wv_article_decode(struct wv_slice record, struct wv_arena *arena,
                                 struct wv_article *out, struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(record);
	struct wv_article article = {0};
	uint8_t version = wv_cursor_u8(&c), verdict = wv_cursor_u8(&c), is_free = wv_cursor_u8(&c);
	uint64_t extractor = wv_cursor_varint(&c), errors;

	article.model = wv_cursor_varint(&c);
	errors = wv_cursor_varint(&c);
	if (c.failed || (version != ROW_VERSION && version != ROW_VERSION_OLD) || verdict >= WV_VERDICT_COUNT || is_free > 2 ||
	    extractor > UINT32_MAX || errors > UINT32_MAX)
		return wv_err_set(err, WV_DAMAGED, "an article record does not decode");
	article.verdict = (enum wv_verdict)verdict;
	article.is_free = (int8_t)(is_free - 1);
	article.extractor = (uint32_t)extractor;
	article.charset_errors = (uint32_t)errors;
	for (size_t i = 0; i < WV_COUNT(texts); i++) {
		struct wv_slice text = wv_cursor_block(&c);

		memcpy((char *)&article + texts[i], &text, sizeof text);
	}
	read_stated(&c, &article.published);
	read_stated(&c, &article.modified);
	if (!read_lists(&c, arena, &article) ||
	    (version > ROW_VERSION_OLD &&
	     !(read_origins(&c, arena, &article) && read_items(&c, arena, &article))))
		return wv_err_set(err, WV_NOMEM, "out of memory");
	if (c.failed || wv_cursor_left(&c))
		return wv_err_set(err, WV_DAMAGED, "an article record does not decode");
	*out = article;
	return WV_OK;
}

enum wv_status wv_article_text(const struct wv_article *article, struct wv_arena *arena,
                               struct wv_slice *out, struct wv_err *err)
{
	size_t n = 0;
	unsigned char *at, *start;

	for (size_t i = 0; i < article->block_count; i++) {
		if (article->blocks[i].text.n > ARTICLE_TEXT_CAP - n - 1)
			return wv_err_set(err, WV_LIMIT, "article text above %u bytes",
			                  ARTICLE_TEXT_CAP);
		n += article->blocks[i].text.n + (i ? 1 : 0);
	}
	start = at = wv_arena_alloc(arena, n);
	if (!at)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	for (size_t i = 0; i < article->block_count; i++) {
		struct wv_slice text = article->blocks[i].text;

		if (i)
			*at++ = '\n';
		if (text.n)
			memcpy(at, text.p, text.n);
		at += text.n;
	}
	*out = wv_slice(start, n);
	return WV_OK;
}

enum wv_status wv_article_key(const struct wv_article *article, struct wv_arena *arena,
                              struct wv_digest *out, struct wv_err *err)
{
	struct wv_slice text = WV_SLICE_NONE, folded = WV_SLICE_NONE;
	enum wv_status st = wv_article_text(article, arena, &text, err);

	if (st == WV_OK)
		st = wv_text_fold(arena, text, false, &folded, err);
	if (st != WV_OK)
		return st;
	*out = wv_digest_of(folded);
	return WV_OK;
}
