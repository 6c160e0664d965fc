#include "archive/search/texts.h"

#include <sqlite3.h>

#include "archive/search/index_inner.h"
#include "archive/search/token.h"
#include "config/base/digest.h"
#include "config/base/limits.h"

#define WORDS_CAP    WV_LIMIT_BODY_BYTES_MAX
#define DIGEST_BYTES 16 /* of SHA-256: enough to tell texts apart */
#define SEEN_ROOM    2048u

/* --- tokens of a column, and each sign once --- */

struct column {
	struct wv_buf *words, *signs;
	char mark; /* put before a sign; 0: none */
	uint32_t seen[SEEN_ROOM]; /* signs met, by their bytes; a full house lets them pass */
	size_t seen_count;
};

static void add_sign(struct column *column, struct wv_slice sign)
{
	uint32_t value = 0;
	size_t at;

	for (size_t i = 0; i < sign.n; i++)
		value = value << 8 | sign.p[i];
	at = value * UINT32_C(2654435761) >> 21;
	for (; column->seen[at]; at = (at + 1) % SEEN_ROOM)
		if (column->seen[at] == value)
			return;
	if (column->seen_count < SEEN_ROOM / 2) {
		column->seen[at] = value;
		column->seen_count++;
	}
	if (column->mark)
		wv_buf_add_byte(column->signs, (unsigned char)column->mark);
	wv_buf_add(column->signs, sign);
	wv_buf_add_byte(column->signs, ' ');
}

struct columns {
	struct column own; /* of this column, with its mark */
	struct column *all;
};

static bool add_token(const struct wv_token *token, void *context)
{
	struct columns *c = context;

	wv_buf_add(c->own.words, token->text);
	wv_buf_add_byte(c->own.words, ' ');
	for (int i = 0; i < 2; i++) {
		struct wv_slice sign = i == 0 ? token->first : token->last;

		if (!sign.n)
			continue;
		add_sign(c->all, sign);
		if (c->own.mark)
			add_sign(&c->own, sign);
	}
	return true;
}

static void start(struct wv_buf *buf)
{
	buf->cap = WORDS_CAP;
	wv_buf_reset(buf);
}

enum wv_status wv_search_words_of(const struct wv_article *article, struct wv_arena *scratch,
                                  struct wv_search_words *w, struct wv_err *err)
{
	struct column all = {.signs = &w->signs};
	struct columns title = {{.words = &w->title, .signs = &w->signs, .mark = 't'}, &all};
	struct columns lead = {{.words = &w->lead, .signs = &w->signs, .mark = 'l'}, &all};
	struct columns body = {{.words = &w->body}, &all};
	struct wv_buf *const bufs[] = {&w->title, &w->lead, &w->body, &w->signs};
	bool is_listing = article->verdict == WV_VERDICT_LISTING;
	enum wv_status st;

	for (size_t i = 0; i < WV_COUNT(bufs); i++)
		start(bufs[i]);
	st = wv_tokens_each(scratch, article->title, add_token, &title, err);
	for (size_t i = 0; st == WV_OK && i < article->block_count && !is_listing; i++)
		st = wv_tokens_each(scratch, article->blocks[i].text, add_token,
		                    i == 0 ? &lead : &body, err);
	for (size_t i = 0; st == WV_OK && i < WV_COUNT(bufs); i++)
		st = wv_buf_finish(bufs[i], "tokens", err);
	return st;
}

void wv_search_words_done(struct wv_search_words *w)
{
	struct wv_buf *const bufs[] = {&w->title, &w->lead, &w->body, &w->signs};

	for (size_t i = 0; i < WV_COUNT(bufs); i++)
		wv_buf_done(bufs[i]);
}

/* --- the tables --- */

static void bind(struct sqlite3_stmt *sql, int column, struct wv_slice text)
{
	sqlite3_bind_text64(sql, column, text.n ? (const char *)text.p : "", text.n, SQLITE_STATIC,
	                    SQLITE_UTF8);
}

static enum wv_status add_tokens(struct wv_search *search, int64_t id,
                                 const struct wv_search_words *w, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(search, WV_SQL_WORDS_ADD, &sql, err);

	if (st != WV_OK)
		return st;
	sqlite3_bind_int64(sql, 1, id);
	bind(sql, 2, wv_buf_slice(&w->body));
	bind(sql, 3, wv_buf_slice(&w->lead));
	bind(sql, 4, wv_buf_slice(&w->title));
	st = wv_search_run(search, WV_SQL_WORDS_ADD, err);
	if (st == WV_OK && w->signs.n)
		st = wv_search_sql(search, WV_SQL_SIGNS_ADD, &sql, err);
	if (st != WV_OK || !w->signs.n)
		return st;
	sqlite3_bind_int64(sql, 1, id);
	bind(sql, 2, wv_buf_slice(&w->signs));
	return wv_search_run(search, WV_SQL_SIGNS_ADD, err);
}

/* A row that is there, or WV_NO. */
static enum wv_status find(struct wv_search *search, struct sqlite3_stmt *sql, uint32_t *id,
                           struct wv_err *err)
{
	int code = sqlite3_step(sql);
	int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(sql, 0) : 0;

	sqlite3_reset(sql);
	if (code == SQLITE_DONE)
		return WV_NO;
	if (code != SQLITE_ROW)
		return wv_search_fail(search, code, "looking up", err);
	*id = (uint32_t)value;
	return WV_OK;
}

static enum wv_status new_id(struct wv_search *search, uint32_t *id, struct wv_err *err)
{
	int64_t value = sqlite3_last_insert_rowid(search->db);

	if (value <= 0 || value > INT32_MAX)
		return wv_err_set(err, WV_LIMIT, "search index: too many texts");
	*id = (uint32_t)value;
	return WV_OK;
}

static enum wv_status text_of(struct wv_search *search, const struct wv_search_words *w,
                              struct wv_search_doc *doc, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf all = {.cap = 3 * (size_t)WORDS_CAP};
	struct sqlite3_stmt *sql = NULL;
	struct wv_digest digest;
	enum wv_status st;

	wv_buf_add_block(&all, wv_buf_slice(&w->title));
	wv_buf_add_block(&all, wv_buf_slice(&w->lead));
	wv_buf_add(&all, wv_buf_slice(&w->body));
	st = wv_buf_finish(&all, "tokens", err);
	if (st != WV_OK)
		return st;
	digest = wv_digest_of(wv_buf_slice(&all));
	st = wv_search_sql(search, WV_SQL_TEXT_FIND, &sql, err);
	if (st != WV_OK)
		return st;
	sqlite3_bind_blob(sql, 1, digest.b, DIGEST_BYTES, SQLITE_STATIC);
	st = find(search, sql, &doc->text, err);
	if (st != WV_NO)
		return st;
	st = wv_search_sql(search, WV_SQL_TEXT_ADD, &sql, err);
	if (st != WV_OK)
		return st;
	sqlite3_bind_blob(sql, 1, digest.b, DIGEST_BYTES, SQLITE_STATIC);
	st = wv_search_run(search, WV_SQL_TEXT_ADD, err);
	if (st == WV_OK)
		st = new_id(search, &doc->text, err);
	if (st == WV_OK)
		st = add_tokens(search, doc->text, w, err);
	doc->is_new = true;
	return st;
}

static void bind_meta(struct sqlite3_stmt *sql, const struct wv_article *article,
                      struct wv_slice source, struct wv_slice topics)
{
	bind(sql, 1, source);
	bind(sql, 2, article->category);
	bind(sql, 3, article->language);
	sqlite3_bind_int(sql, 4, (int)article->verdict);
	bind(sql, 5, topics);
}

static enum wv_status meta_of(struct wv_search *search, const struct wv_article *article,
                              struct wv_slice source, struct wv_search_doc *doc,
                              struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf topics = {.cap = WV_MIB};
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st;

	/* "\nname\nname\n" */
	for (size_t i = 0; i < article->topic_count; i++) {
		wv_buf_add_byte(&topics, '\n');
		wv_buf_add(&topics, article->topics[i]);
	}
	if (article->topic_count)
		wv_buf_add_byte(&topics, '\n');
	st = wv_buf_finish(&topics, "topics", err);
	if (st == WV_OK)
		st = wv_search_sql(search, WV_SQL_META_FIND, &sql, err);
	if (st != WV_OK)
		return st;
	bind_meta(sql, article, source, wv_buf_slice(&topics));
	st = find(search, sql, &doc->meta, err);
	if (st != WV_NO)
		return st;
	st = wv_search_sql(search, WV_SQL_META_ADD, &sql, err);
	if (st != WV_OK)
		return st;
	bind_meta(sql, article, source, wv_buf_slice(&topics));
	st = wv_search_run(search, WV_SQL_META_ADD, err);
	return st == WV_OK ? new_id(search, &doc->meta, err) : st;
}

enum wv_status wv_search_doc_of(struct wv_search *search, const struct wv_article *article,
                                struct wv_slice source, struct wv_search_words *words,
                                struct wv_search_doc *out, struct wv_err *err)
{
	struct wv_search_doc doc = {.has_published = article->published.is_set,
	                            .published = article->published.earliest.us};
	enum wv_status st = wv_search_words_of(article, search->scratch, words, err);

	doc.text_bytes = article->title.n;
	for (size_t i = 0; i < article->block_count; i++)
		doc.text_bytes += article->blocks[i].text.n;
	if (st == WV_OK)
		st = text_of(search, words, &doc, err);
	if (st == WV_OK)
		st = meta_of(search, article, source, &doc, err);
	if (st == WV_OK)
		*out = doc;
	return st;
}
