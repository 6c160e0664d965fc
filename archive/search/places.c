#include "archive/search/places.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "archive/search/index_inner.h"
#include "archive/search/rank.h"
#include "config/base/limits.h"

#define KEPT_MOST   16u
#define PARAMETER   "wv_places" /* names the pointer that a statement is given */
#define WORDS_BYTES (64u * WV_KIB)

enum column { COLUMN_BODY, COLUMN_LEAD, COLUMN_TITLE };

/* ---- what SQLite asks of us: where the phrases of a row stand ---- */

/* The best place of a phrase; WV_PLACE_NONE: it cannot be told. */
static enum wv_search_place place_of_phrase(const Fts5ExtensionApi *api, Fts5Context *fts, int phrase)
{
	static const enum wv_search_place places[] = {[COLUMN_BODY] = WV_PLACE_TEXT,
	                                              [COLUMN_LEAD] = WV_PLACE_LEAD,
	                                              [COLUMN_TITLE] = WV_PLACE_TITLE};
	Fts5PhraseIter at;
	int column, best = -1;

	if (api->xPhraseFirstColumn(fts, phrase, &at, &column) != SQLITE_OK)
		return WV_PLACE_NONE;
	for (; column >= 0; api->xPhraseNextColumn(fts, &at, &column))
		best = column; /* they ascend, and so does their worth */
	return best >= 0 && best < (int)WV_COUNT(places) ? places[best] : WV_PLACE_NONE;
}

/* The best place of each phrase; the worst of those counts. */
static void place_of_row(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *context,
                         int count, sqlite3_value **values)
{
	int phrases = api->xPhraseCount(fts);
	enum wv_search_place place = WV_PLACE_TITLE;

	(void)count;
	(void)values;
	for (int i = 0; i < phrases && place > WV_PLACE_TEXT; i++) {
		enum wv_search_place one = place_of_phrase(api, fts, i);

		if (one != WV_PLACE_NONE && one < place)
			place = one;
	}
	sqlite3_result_int(context, (int)place);
}

static int take_row(const Fts5ExtensionApi *api, Fts5Context *fts, void *user)
{
	struct wv_places *places = user;
	uint64_t id = (uint64_t)api->xRowid(fts);
	enum wv_search_place place;

	if (id >= places->count)
		return SQLITE_OK;
	place = place_of_phrase(api, fts, 0);
	places->place[id] = (unsigned char)(place == WV_PLACE_NONE ? WV_PLACE_TITLE : place);
	return SQLITE_OK;
}

/* Called for the first row of a phrase; passes over all of them without a statement's step for each. */
static void scan_rows(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *context, int count,
                      sqlite3_value **values)
{
	struct wv_places *places = count == 1 ? sqlite3_value_pointer(values[0], PARAMETER) : NULL;
	int code = places && api->xPhraseCount(fts) == 1 ? api->xQueryPhrase(fts, 0, places, take_row)
	                                                 : SQLITE_ERROR;

	if (code != SQLITE_OK)
		sqlite3_result_error_code(context, code);
}

enum wv_status wv_places_register(struct wv_search *search, struct wv_err *err)
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
	if (code == SQLITE_OK)
		code = api->xCreateFunction(api, "wv_scan", NULL, scan_rows, NULL);
	return code == SQLITE_OK ? WV_OK : wv_search_fail(search, code, "registering", err);
}

/* ---- what is kept ---- */

struct kept {
	struct wv_buf words; /* the expression */
	unsigned char *place;
	uint64_t used;
};

struct wv_places_kept {
	struct kept list[KEPT_MOST];
	size_t count; /* of each; another one, or another state of the file: they are forgotten */
	int64_t version;
	uint64_t uses;
};

void wv_places_forget(struct wv_places_kept **kept)
{
	struct wv_places_kept *all = *kept;

	*kept = NULL;
	if (!all)
		return;
	for (size_t i = 0; i < KEPT_MOST; i++) {
		wv_buf_done(&all->list[i].words);
		free(all->list[i].place);
	}
	free(all);
}

/* Once a question. Without memory for it nothing is kept. */
static enum wv_status renew(struct wv_search *search, size_t count, struct wv_err *err)
{
	int64_t version;
	enum wv_status st = wv_search_version(search, &version, err);

	if (st != WV_OK)
		return st;
	if (search->places && (search->places->version != version || search->places->count != count))
		wv_places_forget(&search->places);
	if (!search->places && (search->places = calloc(1, sizeof(*search->places))) != NULL) {
		search->places->version = version;
		search->places->count = count;
	}
	return WV_OK;
}

static bool recall(struct wv_search *search, struct wv_slice words, struct wv_places *places)
{
	struct wv_places_kept *all = search->places;

	for (size_t i = 0; all && i < KEPT_MOST; i++) {
		struct kept *kept = &all->list[i];

		if (!kept->place || !wv_slice_equals(wv_buf_slice(&kept->words), words))
			continue;
		memcpy(places->place, kept->place, places->count);
		kept->used = ++all->uses;
		return true;
	}
	return false;
}

/* In place of the one that was used longest ago. */
static void keep(struct wv_search *search, struct wv_slice words, const struct wv_places *places)
{
	struct wv_places_kept *all = search->places;
	size_t most = places->count ? WV_PLACES_KEPT_BYTES / places->count : 0;
	struct kept *oldest;

	if (!all || !most)
		return;
	oldest = &all->list[0];
	for (size_t i = 1; i < KEPT_MOST && i < most; i++)
		if (all->list[i].used < oldest->used)
			oldest = &all->list[i];
	if (!oldest->place && !(oldest->place = malloc(places->count)))
		return;
	wv_buf_done(&oldest->words);
	wv_buf_init(&oldest->words, WORDS_BYTES);
	wv_buf_add(&oldest->words, words);
	if (oldest->words.failed != WV_OK) {
		free(oldest->place);
		oldest->place = NULL;
		return;
	}
	memcpy(oldest->place, places->place, places->count);
	oldest->used = ++all->uses;
}

/* ---- asking ---- */

void wv_places_done(struct wv_places *places)
{
	free(places->place);
	places->place = NULL;
}

static enum wv_status places_new(size_t count, struct wv_places *places, struct wv_err *err)
{
	*places = (struct wv_places){calloc(1, count ? count : 1), count};
	return places->place ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for an answer");
}

/* Places come with the rows, or all are `place`. */
static enum wv_status match(struct wv_search *search, enum wv_search_sql which,
                            const struct wv_buf *words, enum wv_search_place place,
                            struct wv_places *places, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(search, which, &sql, err);
	int code;

	if (st != WV_OK)
		return st;
	sqlite3_bind_text64(sql, 1, (const char *)words->p, words->n, SQLITE_STATIC, SQLITE_UTF8);
	while ((code = sqlite3_step(sql)) == SQLITE_ROW) {
		uint64_t id = (uint64_t)sqlite3_column_int64(sql, 0);

		if (id < places->count)
			places->place[id] = place ? (unsigned char)place
			                          : (unsigned char)sqlite3_column_int(sql, 1);
	}
	sqlite3_reset(sql);
	return code == SQLITE_DONE ? WV_OK : wv_search_fail(search, code, "searching", err);
}

/* The same of one phrase. */
static enum wv_status scan(struct wv_search *search, const struct wv_buf *words,
                           struct wv_places *places, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(search, WV_SQL_WORDS_SCAN, &sql, err);
	int code;

	if (st != WV_OK)
		return st;
	sqlite3_bind_text64(sql, 1, (const char *)words->p, words->n, SQLITE_STATIC, SQLITE_UTF8);
	sqlite3_bind_pointer(sql, 2, places, PARAMETER, NULL);
	code = sqlite3_step(sql);
	sqlite3_reset(sql);
	sqlite3_bind_null(sql, 2);
	return code == SQLITE_DONE || code == SQLITE_ROW ? WV_OK
	                                                 : wv_search_fail(search, code, "searching", err);
}

/* One sign: anywhere, then in the first paragraph, then in the headline, which overrides. */
static enum wv_status match_sign(struct wv_search *search, const struct wv_query_node *node,
                                 struct wv_places *places, struct wv_err *err)
{
	static const char *const marks[] = {"", "l", "t"};
	enum wv_status st = WV_OK;

	for (int i = node->in_title ? 2 : 0; i < 3 && st == WV_OK; i++) {
		WV_AUTO(wv_buf_done) struct wv_buf words = {.cap = WV_KIB};

		wv_buf_add_format(&words, "\"%s%.*s\"", marks[i], WV_FMT(node->tokens[0]));
		st = wv_buf_finish(&words, "a query", err);
		if (st == WV_OK)
			st = match(search, WV_SQL_SIGNS_MATCH, &words,
			           (enum wv_search_place)(WV_PLACE_TEXT + i), places, err);
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

static enum wv_status match_words(struct wv_search *search, const struct wv_query_node *node,
                                  struct wv_places *places, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf words = {.cap = WORDS_BYTES};
	enum wv_status st;

	add_expression(node, &words);
	st = wv_buf_finish(&words, "a query", err);
	if (st != WV_OK || recall(search, wv_buf_slice(&words), places))
		return st;
	st = node->kind == WV_QUERY_PHRASE
	             ? scan(search, &words, places, err)
	             : match(search, WV_SQL_WORDS_MATCH, &words, WV_PLACE_NONE, places, err);
	if (st == WV_OK)
		keep(search, wv_buf_slice(&words), places);
	return st;
}

static void combine(enum wv_query_kind kind, struct wv_places *left, const struct wv_places *right)
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
                               struct wv_places *places, struct wv_err *err)
{
	struct wv_places right = {NULL, 0};
	enum wv_status st;

	if (is_of_words(node))
		return match_words(search, node, places, err);
	if (node->kind == WV_QUERY_SIGN)
		return match_sign(search, node, places, err);
	if (node->kind == WV_QUERY_ALL) {
		memset(places->place, WV_PLACE_TITLE, places->count);
		return WV_OK;
	}
	st = evaluate(search, node->left, places, err);
	if (st == WV_OK)
		st = places_new(places->count, &right, err);
	if (st == WV_OK)
		st = evaluate(search, node->right, &right, err);
	if (st == WV_OK)
		combine(node->kind, places, &right);
	wv_places_done(&right);
	return st;
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

enum wv_status wv_places_find(struct wv_search *search, const struct wv_query_node *node,
                              struct wv_places *out, struct wv_err *err)
{
	size_t count = 0;
	enum wv_status st = highest_text(search, &count, err);

	/* SQLite tells of what others wrote into the file, not of what this one did. */
	if (st == WV_OK && search->options.read_only)
		st = renew(search, count, err);
	if (st == WV_OK)
		st = places_new(count, out, err);
	return st == WV_OK ? evaluate(search, node, out, err) : st;
}
