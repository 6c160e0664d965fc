#include "archive/search/rank.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "archive/search/index_inner.h"
#include "archive/search/meta.h"
#include "config/base/limits.h"

enum column { COLUMN_BODY, COLUMN_LEAD, COLUMN_TITLE };

const char *wv_search_place_name(enum wv_search_place place)
{
	static const char *const names[] = {"none", "text", "lead", "title"};

	return names[place];
}

/* --- what SQLite asks of us: where the phrases of a row stand --- */

/* The best place of each phrase; the worst of those counts. */
static void place_of_row(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *context,
                         int count, sqlite3_value **values)
{
	int phrases = api->xPhraseCount(fts), place = WV_PLACE_TITLE;

	(void)count;
	(void)values;
	for (int i = 0; i < phrases && place > WV_PLACE_TEXT; i++) {
		Fts5PhraseIter at;
		int column, best = -1;

		if (api->xPhraseFirstColumn(fts, i, &at, &column) != SQLITE_OK)
			break;
		for (; column >= 0; api->xPhraseNextColumn(fts, &at, &column))
			best = column; /* they ascend, and so does their worth */
		if (best == COLUMN_BODY)
			place = WV_PLACE_TEXT;
		else if (best == COLUMN_LEAD)
			place = WV_PLACE_LEAD;
	}
	sqlite3_result_int(context, place);
}

enum wv_status wv_rank_register(struct wv_search *search, struct wv_err *err)
{
	sqlite3_stmt *sql = NULL;
	fts5_api *api = NULL;
	int code = sqlite3_prepare_v2(search->db, "SELECT fts5(?1)", -1, &sql, NULL);

	if (code == SQLITE_OK) {
		sqlite3_bind_pointer(sql, 1, &api, "fts5_api_ptr", NULL);
		code = sqlite3_step(sql);
	}
	sqlite3_finalize(sql);
	if (code == SQLITE_ROW && api)
		code = api->xCreateFunction(api, "wv_place", NULL, place_of_row, NULL);
	return code == SQLITE_OK ? WV_OK : wv_search_fail(search, code, "registering", err);
}

/* --- which texts: one byte a text, 0 or the place --- */

struct texts {
	unsigned char *place;
	size_t count; /* highest id + 1 */
};

static void texts_done(struct texts *texts)
{
	free(texts->place);
	texts->place = NULL;
}

static enum wv_status texts_new(size_t count, struct texts *texts, struct wv_err *err)
{
	*texts = (struct texts){calloc(1, count ? count : 1), count};
	return texts->place ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for an answer");
}

/* Places come with the rows, or all are `place`. */
static enum wv_status match(struct wv_search *search, enum wv_search_sql which,
                            const struct wv_buf *words, enum wv_search_place place,
                            struct texts *texts, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_buf_finish(words, "a query", err);
	int code;

	if (st == WV_OK)
		st = wv_search_sql(search, which, &sql, err);
	if (st != WV_OK)
		return st;
	sqlite3_bind_text64(sql, 1, (const char *)words->p, words->n, SQLITE_STATIC, SQLITE_UTF8);
	while ((code = sqlite3_step(sql)) == SQLITE_ROW) {
		uint64_t id = (uint64_t)sqlite3_column_int64(sql, 0);

		if (id < texts->count)
			texts->place[id] = place ? (unsigned char)place
			                         : (unsigned char)sqlite3_column_int(sql, 1);
	}
	sqlite3_reset(sql);
	return code == SQLITE_DONE ? WV_OK : wv_search_fail(search, code, "searching", err);
}

/* One sign: anywhere, then in the first paragraph, then in the headline, which overrides. */
static enum wv_status match_sign(struct wv_search *search, const struct wv_query_node *node,
                                 struct texts *texts, struct wv_err *err)
{
	static const char *const marks[] = {"", "l", "t"};
	enum wv_status st = WV_OK;

	for (int i = node->in_title ? 2 : 0; i < 3 && st == WV_OK; i++) {
		WV_AUTO(wv_buf_done) struct wv_buf words = {.cap = WV_KIB};

		wv_buf_add_format(&words, "\"%s%.*s\"", marks[i], WV_FMT(node->tokens[0]));
		st = match(search, WV_SQL_SIGNS_MATCH, &words,
		           (enum wv_search_place)(WV_PLACE_TEXT + i), texts, err);
	}
	return st;
}

/* Tokens hold letters, marks and digits only: nothing to escape. */
static void add_phrase(const struct wv_query_node *node, struct wv_buf *out)
{
	if (node->in_title)
		wv_buf_add_string(out, "title : ");
	wv_buf_add_byte(out, '"');
	for (size_t i = 0; i < node->token_count; i++) {
		if (i)
			wv_buf_add_byte(out, ' ');
		wv_buf_add(out, node->tokens[i]);
	}
	wv_buf_add_string(out, node->is_prefix ? "\" *" : "\"");
}

/*
 * May FTS5 be asked for the whole node? Phrases that must all be there stand at the row they are
 * asked about. Under OR and NOT it reports what its walk happens to stand on, which depends on
 * other rows: there each phrase is asked for by itself.
 */
static bool is_of_words(const struct wv_query_node *node)
{
	if (node->kind == WV_QUERY_PHRASE)
		return true;
	return node->kind == WV_QUERY_AND && is_of_words(node->left) && is_of_words(node->right);
}

static void add_expression(const struct wv_query_node *node, struct wv_buf *out)
{
	if (node->kind == WV_QUERY_PHRASE) {
		add_phrase(node, out);
		return;
	}
	wv_buf_add_byte(out, '(');
	add_expression(node->left, out);
	wv_buf_add_string(out, " AND ");
	add_expression(node->right, out);
	wv_buf_add_byte(out, ')');
}

static void combine(enum wv_query_kind kind, struct texts *left, const struct texts *right)
{
	for (size_t i = 0; i < left->count; i++) {
		unsigned char a = left->place[i], b = right->place[i], least = a < b ? a : b;

		if (kind == WV_QUERY_AND)
			left->place[i] = least;
		else if (kind == WV_QUERY_OR)
			left->place[i] = least ? least : a | b;
		else if (b)
			left->place[i] = WV_PLACE_NONE;
	}
}

/* Depth is bounded by the parser. */
static enum wv_status evaluate(struct wv_search *search, const struct wv_query_node *node,
                               struct texts *texts, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf words = {.cap = 64 * WV_KIB};
	struct texts right = {NULL, 0};
	enum wv_status st;

	if (is_of_words(node)) {
		add_expression(node, &words);
		return match(search, WV_SQL_WORDS_MATCH, &words, WV_PLACE_NONE, texts, err);
	}
	if (node->kind == WV_QUERY_SIGN)
		return match_sign(search, node, texts, err);
	if (node->kind == WV_QUERY_ALL) {
		memset(texts->place, WV_PLACE_TITLE, texts->count);
		return WV_OK;
	}
	st = evaluate(search, node->left, texts, err);
	if (st == WV_OK)
		st = texts_new(texts->count, &right, err);
	if (st == WV_OK)
		st = evaluate(search, node->right, &right, err);
	if (st == WV_OK)
		combine(node->kind, texts, &right);
	texts_done(&right);
	return st;
}

/* --- the best of them: a heap, the worst on top --- */

struct best {
	const struct wv_search_ask *ask;
	struct wv_search_hit *hits;
	size_t count, room;
	uint64_t total;
	uint64_t *metas; /* hits of each row of metas, whatever is asked of it; NULL: not wanted */
};

/* Does a stand before b? */
static bool stands_before(const struct wv_search_ask *ask, const struct wv_search_hit *a,
                          const struct wv_search_hit *b)
{
	if (ask->all_versions && a->since.us != b->since.us)
		return a->since.us > b->since.us;
	if (!ask->all_versions && ask->order == WV_ORDER_PLACE && a->place != b->place)
		return a->place > b->place;
	if (a->when.us != b->when.us)
		return a->when.us > b->when.us;
	return a->page < b->page;
}

static void sift_down(const struct best *best, size_t at, size_t count, struct wv_search_hit hit)
{
	struct wv_search_hit *hits = best->hits;

	for (;;) {
		size_t child = at * 2 + 1;

		if (child + 1 < count && stands_before(best->ask, &hits[child], &hits[child + 1]))
			child++;
		if (child >= count || !stands_before(best->ask, &hit, &hits[child]))
			break;
		hits[at] = hits[child];
		at = child;
	}
	hits[at] = hit;
}

static enum wv_status offer(struct best *best, const struct wv_search_hit *hit, struct wv_err *err)
{
	const struct wv_search_ask *ask = best->ask;
	size_t most = ask->max > SIZE_MAX - ask->skip ? SIZE_MAX : ask->skip + ask->max;
	size_t at = best->count;

	best->total++;
	if (best->count >= most) {
		if (best->count && stands_before(ask, hit, &best->hits[0]))
			sift_down(best, 0, best->count, *hit);
		return WV_OK;
	}
	if (best->count == best->room) {
		size_t room = best->room ? best->room * 2 : 64;
		struct wv_search_hit *larger = realloc(best->hits, room * sizeof *larger);

		if (!larger)
			return wv_err_set(err, WV_NOMEM, "out of memory for an answer");
		best->hits = larger;
		best->room = room;
	}
	best->count++;
	for (; at > 0 && stands_before(ask, &best->hits[(at - 1) / 2], hit); at = (at - 1) / 2)
		best->hits[at] = best->hits[(at - 1) / 2];
	best->hits[at] = *hit;
	return WV_OK;
}

static void sort(struct best *best)
{
	for (size_t n = best->count; n > 1; n--) {
		struct wv_search_hit last = best->hits[n - 1];

		best->hits[n - 1] = best->hits[0];
		sift_down(best, 0, n - 1, last);
	}
}

/* --- spans of the texts found --- */

static enum wv_status look_at(const struct wv_span *span, const struct texts *texts,
                              const struct wv_metas *metas, struct best *best,
                              struct wv_err *err)
{
	const struct wv_search_ask *ask = best->ask;
	int64_t at = wv_time_is_none(ask->at) ? INT64_MAX : ask->at.us;
	int64_t known_at = wv_time_is_none(ask->known_at) ? INT64_MAX : ask->known_at.us;
	bool is_asked = span->meta < metas->count && metas->is_asked[span->meta];
	struct wv_search_hit hit;

	if (span->text >= texts->count || !texts->place[span->text])
		return WV_OK;
	if (!is_asked && !(best->metas && span->meta < metas->count))
		return WV_OK;
	if (span->from > at ||
	    !wv_span_holds(span, ask->all_versions ? span->from : at, known_at))
		return WV_OK;
	if ((!wv_time_is_none(ask->from) && span->when < ask->from.us) ||
	    (!wv_time_is_none(ask->to) && span->when > ask->to.us))
		return WV_OK;
	if (ask->may_show && !ask->may_show(span->page, ask->show_context))
		return WV_OK;
	if (best->metas && span->meta < metas->count)
		best->metas[span->meta]++;
	if (!is_asked)
		return WV_OK;
	hit = (struct wv_search_hit){
		.page = span->page,
		.text = span->text,
		.place = (enum wv_search_place)texts->place[span->text],
		.when = {span->when},
		.is_published = span->flags & WV_SPAN_PUBLISHED,
		.since = {span->from},
		/* An end after T is not known at T. */
		.until = span->to == WV_SPAN_OPEN || span->to > at ? WV_TIME_NONE
		                                                   : (struct wv_time){span->to},
		.learned = {span->known_from},
	};
	return offer(best, &hit, err);
}

static bool any_in(const struct texts *texts, size_t chunk)
{
	size_t from = chunk * WV_SPAN_CHUNK, n = WV_SPAN_CHUNK;

	if (from >= texts->count)
		return false;
	if (n > texts->count - from)
		n = texts->count - from;
	for (size_t i = 0; i < n; i++)
		if (texts->place[from + i])
			return true;
	return false;
}

static enum wv_status gather(struct wv_search *search, const struct texts *texts,
                             const struct wv_metas *metas, struct best *best,
                             struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (size_t chunk = 0; st == WV_OK && chunk * WV_SPAN_CHUNK < texts->count; chunk++) {
		struct sqlite3_stmt *sql = NULL;
		const unsigned char *bytes;
		int code;

		if (!any_in(texts, chunk))
			continue;
		st = wv_search_sql(search, WV_SQL_CHUNK_GET, &sql, err);
		if (st != WV_OK)
			return st;
		sqlite3_bind_int64(sql, 1, (sqlite3_int64)chunk);
		code = sqlite3_step(sql);
		bytes = code == SQLITE_ROW ? sqlite3_column_blob(sql, 0) : NULL;
		for (size_t n = bytes ? (size_t)sqlite3_column_bytes(sql, 0) / WV_SPAN_BYTES : 0;
		     n > 0 && st == WV_OK; n--, bytes += WV_SPAN_BYTES) {
			struct wv_span span = wv_span_decode(bytes);

			st = look_at(&span, texts, metas, best, err);
		}
		if (code != SQLITE_ROW && code != SQLITE_DONE)
			st = wv_search_fail(search, code, "searching", err);
		sqlite3_reset(sql);
	}
	return st;
}

static enum wv_status answer(struct best *best, struct wv_arena *arena,
                             struct wv_search_answer *out, struct wv_err *err)
{
	size_t skip = best->ask->skip < best->count ? best->ask->skip : best->count;
	size_t n = best->count - skip;
	struct wv_search_hit *hits = WV_ARENA_ARRAY(arena, struct wv_search_hit, n);

	if (!hits)
		return wv_err_set(err, WV_NOMEM, "out of memory for an answer");
	sort(best);
	if (n)
		memcpy(hits, best->hits + skip, n * sizeof *hits);
	*out = (struct wv_search_answer){hits, n, best->total};
	return WV_OK;
}

static enum wv_status highest_text(struct wv_search *search, size_t *count, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(search, WV_SQL_TEXTS, &sql, err);
	int64_t highest;
	int code;

	if (st != WV_OK)
		return st;
	code = sqlite3_step(sql);
	highest = sqlite3_column_int64(sql, 0);
	sqlite3_reset(sql);
	if (code != SQLITE_ROW)
		return wv_search_fail(search, code, "searching", err);
	st = wv_search_check_count(search, highest, err);
	if (st == WV_OK)
		*count = (size_t)highest + 1;
	return st;
}

enum wv_status wv_search_ask(struct wv_search *search, const struct wv_search_ask *ask,
                             struct wv_arena *arena, struct wv_search_answer *out,
                             struct wv_err *err)
{
	struct best best = {.ask = ask};
	struct texts texts = {NULL, 0};
	struct wv_metas metas = {NULL, 0};
	size_t count = 0;
	/* One state of the index, whoever writes meanwhile. */
	enum wv_status st = wv_search_run(search, WV_SQL_BEGIN_READ, err);

	if (st != WV_OK)
		return st;
	st = highest_text(search, &count, err);
	if (st == WV_OK)
		st = texts_new(count, &texts, err);
	if (st == WV_OK)
		st = evaluate(search, ask->query->root, &texts, err);
	if (st == WV_OK)
		st = wv_metas_choose(search, ask->query, &metas, err);
	if (st == WV_OK && ask->facets &&
	    !(best.metas = calloc(metas.count + 1, sizeof *best.metas)))
		st = wv_err_set(err, WV_NOMEM, "out of memory for an answer");
	if (st == WV_OK)
		st = gather(search, &texts, &metas, &best, err);
	if (st == WV_OK)
		st = answer(&best, arena, out, err);
	if (st == WV_OK && ask->facets)
		st = wv_metas_facets(search, ask->query, best.metas, metas.count, arena, ask->facets,
		                     err);
	/* The end of a reading transaction cannot lose anything. */
	(void)sqlite3_exec(search->db, "COMMIT", NULL, NULL, NULL);
	texts_done(&texts);
	wv_metas_done(&metas);
	free(best.metas);
	free(best.hits);
	return st;
}
