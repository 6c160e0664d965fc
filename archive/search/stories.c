#include "archive/search/stories.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "archive/copies/learned.h"
#include "archive/search/index_inner.h"
#include "archive/search/postings.h"
#include "archive/store/lookup.h"
#include "config/base/limits.h"

#define DAY_US              INT64_C(86400000000)
#define ARENA_CAP           (256u * WV_MIB)
#define ARENA_KEPT          WV_MIB
#define REPORTS_A_TRANSACTION 8000u
#define TELLS_AT_ONCE       256u /* also in one look at the archive: a reader pins old pages */
#define OTHERS_KEYS         48u
#define OTHERS_REACH        64u
#define WINDOW_DAYS         ((int32_t)(WV_STORIES_WINDOW_US / DAY_US))
#define OTHERS_DAYS         36500 /* how far back an article is compared with others: all */
#define REPORTS_MOST        (UINT32_MAX - 1)

struct note {
	int64_t seq, at, known;
	uint32_t page, text;
};

struct wv_telling {
	struct wv_search *search;
	struct wv_store *store;
	struct wv_reports_options names;
	struct wv_postings *postings;
	/* What is known in the order of the archive, and as it was at an earlier capture. */
	struct wv_reports *reports, *late;
	int64_t taught, late_taught; /* by when captured the names were that each knows */
	int64_t sure;                /* pairs of names that are */
	int64_t seq;                 /* notes that were read */
	uint32_t next_report;
	struct wv_txn *txn;
	struct wv_arena *arena; /* of one article */
	struct wv_stories *likest; /* those that it is compared with */
	struct wv_buf row;
	int64_t captured; /* of the one at hand */
};

static enum wv_status no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory for stories");
}

enum wv_status wv_telling_new(struct wv_search *search, struct wv_store *store,
                              const struct wv_reports_options *names, struct wv_telling **out,
                              struct wv_err *err)
{
	WV_AUTO(wv_telling_free) struct wv_telling *t = calloc(1, sizeof(*t));
	enum wv_status st;

	if (!t)
		return no_memory(err);
	t->search = search;
	t->store = store;
	t->names = *names;
	wv_buf_init(&t->row, WV_MIB);
	st = wv_postings_new(search, &t->postings, err);
	if (st == WV_OK)
		st = wv_arena_new(ARENA_CAP, &t->arena, err);
	if (st == WV_OK)
		st = wv_stories_new(&(struct wv_stories_options){.window_us = WINDOW_DAYS * DAY_US,
		                                                 .is_weighed = true},
		                    &t->likest, err);
	if (st != WV_OK)
		return st;
	wv_arena_keep(t->arena, ARENA_KEPT);
	*out = WV_TAKE(t);
	return WV_OK;
}

static void forget(struct wv_telling *t)
{
	wv_reports_free(&t->reports);
	wv_reports_free(&t->late);
	wv_postings_forget(t->postings);
}

void wv_telling_free(struct wv_telling **telling)
{
	struct wv_telling *t = *telling;

	if (!t)
		return;
	if (t->postings)
		forget(t);
	wv_postings_free(&t->postings);
	wv_arena_free(&t->arena);
	wv_stories_free(&t->likest);
	wv_buf_done(&t->row);
	free(t);
	*telling = NULL;
}

/* ---- reports ---- */

enum wv_status wv_report_get(struct wv_search *search, struct wv_arena *arena, uint32_t id,
                             struct wv_slice text, struct wv_report *out, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(search, WV_SQL_REPORT_GET, &sql, err);
	struct wv_slice row = WV_SLICE_NONE;
	int code;

	if (st != WV_OK)
		return st;
	sqlite3_bind_int64(sql, 1, id);
	code = sqlite3_step(sql);
	if (code == SQLITE_ROW) {
		out->id = id;
		out->page = (uint32_t)sqlite3_column_int64(sql, 0);
		out->text = (uint32_t)sqlite3_column_int64(sql, 1);
		row = wv_arena_copy(arena, wv_slice(sqlite3_column_blob(sql, 2),
		                                    (size_t)sqlite3_column_bytes(sql, 2)));
	}
	sqlite3_reset(sql);
	if (code != SQLITE_ROW)
		return code == SQLITE_DONE ? WV_NO : wv_search_fail(search, code, "reading stories", err);
	return row.p ? wv_told_decode(row, text, arena, &out->told, err) : no_memory(err);
}

enum wv_status wv_report_text(const struct wv_article *article, struct wv_arena *arena,
                              struct wv_slice *whole, struct wv_slice *title, struct wv_slice *text,
                              struct wv_err *err)
{
	struct wv_slice body;
	enum wv_status st = wv_article_text(article, arena, &body, err);

	if (st != WV_OK)
		return st;
	*whole = wv_arena_format(arena, "%.*s\n%.*s", WV_FMT(article->title), WV_FMT(body));
	if (!whole->p)
		return no_memory(err);
	*title = wv_slice_part(*whole, 0, article->title.n);
	*text = wv_slice_from(*whole, article->title.n + 1);
	return WV_OK;
}

/* ---- names ---- */

static enum wv_status keep_pair(void *context, const struct wv_name_pair *pair, struct wv_err *err)
{
	struct wv_telling *t = context;
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(t->search, WV_SQL_NAME_PUT, &sql, err);

	if (st != WV_OK)
		return st;
	sqlite3_bind_text64(sql, 1, (const char *)pair->latin.p, pair->latin.n, SQLITE_STATIC, SQLITE_UTF8);
	sqlite3_bind_text64(sql, 2, pair->alias.n ? (const char *)pair->alias.p : "", pair->alias.n,
	                    SQLITE_STATIC, SQLITE_UTF8);
	sqlite3_bind_int64(sql, 3, pair->is_sure ? ++t->sure : 0);
	sqlite3_bind_int64(sql, 4, t->captured);
	st = wv_search_run(t->search, WV_SQL_NAME_PUT, err);
	/* It was not yet known when those were taught. */
	if (pair->is_sure && t->captured <= t->late_taught)
		wv_reports_free(&t->late);
	return st == WV_OK && pair->is_sure ? wv_reports_teach_pair(t->reports, pair, err) : st;
}

/*
 * Pairs captured above `from` up to `to`. `keeps`: in the order in which they became sure, and those that
 * are not sure too, as what further texts add to; else in the order of their captures, so that it makes
 * no difference in how many steps they are taught.
 */
static enum wv_status read_names(struct wv_telling *t, struct wv_reports *reports, int64_t from, int64_t to,
                                 bool keeps, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(t->search, keeps ? WV_SQL_NAMES : WV_SQL_NAMES_LATE, &sql, err);
	int code = SQLITE_DONE;

	if (st != WV_OK)
		return st;
	sqlite3_bind_int64(sql, 1, from);
	sqlite3_bind_int64(sql, 2, to);
	while (st == WV_OK && (code = sqlite3_step(sql)) == SQLITE_ROW) {
		struct wv_name_pair pair = {
			.latin = wv_slice(sqlite3_column_text(sql, 0), (size_t)sqlite3_column_bytes(sql, 0)),
			.alias = wv_slice(sqlite3_column_text(sql, 1), (size_t)sqlite3_column_bytes(sql, 1)),
			.is_sure = sqlite3_column_int64(sql, 2) > 0};

		if (keeps)
			st = wv_reports_keep_pair(reports, &pair, err);
		if (keeps && sqlite3_column_int64(sql, 2) > t->sure)
			t->sure = sqlite3_column_int64(sql, 2);
		if (st == WV_OK && pair.is_sure)
			st = wv_reports_teach_pair(reports, &pair, err);
	}
	sqlite3_reset(sql);
	if (st != WV_OK)
		return st;
	return code == SQLITE_DONE ? WV_OK : wv_search_fail(t->search, code, "reading names", err);
}

static enum wv_status open_names(struct wv_telling *t, struct wv_err *err)
{
	enum wv_status st;

	if (t->reports)
		return WV_OK;
	t->sure = 0;
	st = wv_reports_new(&t->names, &t->reports, err);
	return st == WV_OK ? read_names(t, t->reports, INT64_MIN, INT64_MAX, true, err) : st;
}

/* Whoever knows what was captured by `captured`, and no more. */
static enum wv_status names_of(struct wv_telling *t, int64_t captured, struct wv_reports **out,
                               struct wv_err *err)
{
	enum wv_status st = WV_OK;

	if (captured >= t->taught) {
		t->taught = captured;
		*out = t->reports;
		return WV_OK;
	}
	if (t->late && captured < t->late_taught)
		wv_reports_free(&t->late);
	if (!t->late) {
		st = wv_reports_new(&t->names, &t->late, err);
		t->late_taught = INT64_MIN;
	}
	if (st == WV_OK)
		st = read_names(t, t->late, t->late_taught, captured, false, err);
	t->late_taught = captured;
	*out = t->late;
	return st;
}

/* ---- one article ---- */

/* Is it told already: the page with this text, from as early on? */
static enum wv_status is_told(struct wv_telling *t, const struct note *note, int32_t day, bool *is,
                              struct wv_err *err)
{
	uint32_t ids[64];
	size_t n = 0;
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(t->search, WV_SQL_REPORTS_OF_PAGE, &sql, err);
	int code = SQLITE_DONE;

	*is = false;
	if (st != WV_OK)
		return st;
	sqlite3_bind_int64(sql, 1, note->page);
	while (n < WV_COUNT(ids) && (code = sqlite3_step(sql)) == SQLITE_ROW)
		if ((uint32_t)sqlite3_column_int64(sql, 1) == note->text)
			ids[n++] = (uint32_t)sqlite3_column_int64(sql, 0);
	sqlite3_reset(sql);
	if (code != SQLITE_DONE && code != SQLITE_ROW)
		return wv_search_fail(t->search, code, "reading stories", err);
	for (size_t i = 0; st == WV_OK && i < n && !*is; i++) {
		struct wv_report_head head;

		st = wv_postings_head(t->postings, ids[i], &head, err);
		*is = st == WV_OK && head.day == day && head.captured <= note->at;
	}
	return st == WV_NO ? wv_err_set(err, WV_DAMAGED, "search index: a report without a head") : st;
}

/* How like the article is to earlier ones, beyond the days in which it may be linked. */
static enum wv_status liken(struct wv_telling *t, const struct note *note, struct wv_told *told,
                            struct wv_err *err)
{
	struct wv_stories *stories = t->likest;
	const struct wv_candidates_query query = {.mentions = &told->mentions,
	                                          .rarities = told->rarities,
	                                          .day_from = told->day - OTHERS_DAYS,
	                                          .day_to = told->day - WINDOW_DAYS - 1,
	                                          .at = told->captured,
	                                          .known_at = INT64_MAX,
	                                          .page = note->page,
	                                          .keys_most = OTHERS_KEYS,
	                                          .reach = OTHERS_REACH};
	struct wv_candidate found[WV_CANDIDATES_MOST];
	size_t n = 0;
	enum wv_status st = wv_postings_find(t->postings, &query, found, &n, err);

	if (st != WV_OK || n == 0)
		return st;
	wv_stories_clear(stories);
	for (size_t i = 0; st == WV_OK && i <= n; i++) {
		struct wv_report other = {.told = *told};

		if (i < n)
			st = wv_report_get(t->search, t->arena, found[i].id, WV_SLICE_NONE, &other, err);
		if (st == WV_OK)
			st = wv_stories_add(stories,
			                    &(struct wv_story_text){
						    .mentions = &other.told.mentions,
						    .language = wv_slice(other.told.language,
			                                                 other.told.language[0] ? 2 : 0),
						    .when = {other.told.day * DAY_US},
						    .rarities = other.told.rarities},
			                    err);
	}
	if (st == WV_OK)
		wv_stories_likeness(stories, (uint32_t)n, &told->others, &told->own);
	return st;
}

static enum wv_status weigh(struct wv_telling *t, struct wv_told *told, struct wv_err *err)
{
	struct wv_postings_past past;
	enum wv_status st = wv_postings_past(t->postings, told->captured, &past, err);

	for (size_t i = 0; st == WV_OK && i < told->mentions.n; i++) {
		const struct wv_mention *m = &told->mentions.items[i];
		uint64_t count = 0;

		st = wv_postings_count(t->postings, &past, m->key, &count, err);
		told->rarities[i] = (float)wv_story_rarity(m, past.reports, count);
	}
	if (st == WV_OK)
		wv_told_sort(told);
	return st;
}

static enum wv_status put_report(struct wv_telling *t, const struct note *note, const struct wv_told *told,
                                 struct wv_slice text, struct wv_err *err)
{
	const struct wv_report_head head = {told->captured, told->recorded, told->day, note->page};
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_told_encode(told, text, &t->row, err);

	if (st == WV_OK && t->next_report >= REPORTS_MOST)
		st = wv_err_set(err, WV_LIMIT, "search index: too many reports");
	if (st == WV_OK)
		st = wv_search_sql(t->search, WV_SQL_REPORT_ADD, &sql, err);
	if (st != WV_OK)
		return st;
	sqlite3_bind_int64(sql, 1, t->next_report);
	sqlite3_bind_int64(sql, 2, note->page);
	sqlite3_bind_int64(sql, 3, note->text);
	sqlite3_bind_blob64(sql, 4, t->row.p, t->row.n, SQLITE_STATIC);
	st = wv_search_run(t->search, WV_SQL_REPORT_ADD, err);
	return st == WV_OK ? wv_postings_add(t->postings, t->next_report++, &head, &told->mentions, err) : st;
}

/* The middle of what its own time can mean; else when it was captured. */
static int64_t time_of(const struct wv_article *a, int64_t captured)
{
	const struct wv_stated_time *p = &a->published;

	if (!p->is_set || wv_time_is_none(p->earliest) || wv_time_is_none(p->latest))
		return captured;
	return p->earliest.us + (p->latest.us - p->earliest.us) / 2;
}

static enum wv_status tell_article(struct wv_telling *t, const struct note *note,
                                   const struct wv_article *article, struct wv_err *err)
{
	int64_t when = time_of(article, note->at);
	struct wv_told told = {.captured = note->at,
	                       .recorded = note->known,
	                       .day = (int32_t)(when / DAY_US - (when % DAY_US < 0))};
	struct wv_mention_text text = {.language = article->language, .when = {when}};
	struct wv_reports *names = NULL;
	struct wv_slice whole;
	bool is_there;
	enum wv_status st = is_told(t, note, told.day, &is_there, err);

	if (st != WV_OK || is_there)
		return st;
	t->captured = note->at;
	if (wv_units_language(article->language))
		memcpy(told.language, article->language.p, sizeof(told.language));
	st = wv_report_text(article, t->arena, &whole, &text.title, &text.text, err);
	if (st == WV_OK)
		st = wv_reports_learn(t->reports, text.title, text.text, err);
	if (st == WV_OK)
		st = wv_reports_each_new_pair(t->reports, keep_pair, t, err);
	if (st == WV_OK)
		st = names_of(t, note->at, &names, err);
	if (st == WV_OK)
		st = wv_reports_mentions(names, t->arena, &text, &told.mentions, err);
	if (st != WV_OK)
		return st;
	told.rarities = WV_ARENA_ARRAY(t->arena, float, told.mentions.n);
	if (!told.rarities)
		return no_memory(err);
	st = weigh(t, &told, err);
	if (st == WV_OK)
		st = liken(t, note, &told, err);
	return st == WV_OK ? put_report(t, note, &told, whole, err) : st;
}

static enum wv_status tell(struct wv_telling *t, const struct note *note, struct wv_err *err)
{
	const struct wv_standing_query query = {.page = note->page,
	                                        .at = {note->at},
	                                        .known_at = {note->known},
	                                        .sees_all = true};
	struct wv_standing standing;
	struct wv_reading reading;
	struct wv_article article;
	enum wv_status st = wv_store_standing(t->txn, t->arena, &query, &standing, err);

	if (st == WV_OK)
		st = wv_store_reading(t->txn, t->arena, &standing.capture, query.known_at, &reading, err);
	if (st == WV_OK && reading.verdict != WV_VERDICT_ARTICLE)
		st = WV_NO;
	if (st == WV_OK)
		st = wv_store_article(t->txn, t->arena, &reading, &article, err);
	if (st == WV_OK)
		st = tell_article(t, note, &article, err);
	/* It went away since: nothing is told of it. */
	return st == WV_NO ? WV_OK : st;
}

/* ---- following ---- */

static enum wv_status notes_end(struct wv_telling *t, int64_t *end, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(t->search, WV_SQL_TELLS_END, &sql, err);

	*end = 0;
	if (st != WV_OK)
		return st;
	if (sqlite3_step(sql) == SQLITE_ROW)
		*end = sqlite3_column_int64(sql, 0);
	sqlite3_reset(sql);
	return WV_OK;
}

static enum wv_status read_notes(struct wv_telling *t, struct note *notes, size_t *n, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(t->search, WV_SQL_TELLS, &sql, err);
	int code = SQLITE_DONE;

	*n = 0;
	if (st != WV_OK)
		return st;
	sqlite3_bind_int64(sql, 1, t->seq);
	sqlite3_bind_int64(sql, 2, TELLS_AT_ONCE);
	while (*n < TELLS_AT_ONCE && (code = sqlite3_step(sql)) == SQLITE_ROW)
		notes[(*n)++] = (struct note){.seq = sqlite3_column_int64(sql, 0),
		                              .page = (uint32_t)sqlite3_column_int64(sql, 1),
		                              .text = (uint32_t)sqlite3_column_int64(sql, 2),
		                              .at = sqlite3_column_int64(sql, 3),
		                              .known = sqlite3_column_int64(sql, 4)};
	sqlite3_reset(sql);
	return code == SQLITE_DONE || code == SQLITE_ROW
	               ? WV_OK
	               : wv_search_fail(t->search, code, "reading stories", err);
}

static enum wv_status get_or_zero(struct wv_telling *t, const char *key, int64_t *value, struct wv_err *err)
{
	enum wv_status st = wv_search_get(t->search, key, value, err);

	if (st == WV_NO)
		*value = 0;
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status clear(struct wv_telling *t, struct wv_err *err)
{
	int code = sqlite3_exec(t->search->db,
	                        "DELETE FROM reports; DELETE FROM heads; DELETE FROM postings; "
	                        "DELETE FROM counts; DELETE FROM periods; DELETE FROM names; "
	                        "DELETE FROM state WHERE key LIKE 'told%'",
	                        NULL, NULL, NULL);

	return code == SQLITE_OK ? WV_OK : wv_search_fail(t->search, code, "clearing stories", err);
}

/* Where the last transaction ended. What this process knows goes where another was here since. */
static enum wv_status begin(struct wv_telling *t, struct wv_err *err)
{
	int64_t print = (int64_t)wv_reports_fingerprint(&t->names), made_with = 0, seq = 0, next = 0, taught = 0;
	enum wv_status st = wv_search_run(t->search, WV_SQL_BEGIN, err);

	if (st == WV_OK)
		st = get_or_zero(t, "told_names", &made_with, err);
	if (st == WV_OK && made_with != print) {
		st = clear(t, err);
		forget(t);
		if (st == WV_OK)
			st = wv_search_put(t->search, "told_names", print, err);
	}
	if (st == WV_OK)
		st = get_or_zero(t, "told_notes", &seq, err);
	if (st == WV_OK)
		st = get_or_zero(t, "told_reports", &next, err);
	if (st == WV_OK && wv_search_get(t->search, "told_captured", &taught, err) != WV_OK)
		taught = INT64_MIN;
	if (st != WV_OK)
		return st;
	if (seq != t->seq || next != t->next_report || taught != t->taught)
		forget(t);
	t->seq = seq;
	t->next_report = (uint32_t)next;
	t->taught = taught;
	return open_names(t, err);
}

static enum wv_status commit(struct wv_telling *t, struct wv_err *err)
{
	enum wv_status st = wv_postings_flush(t->postings, err);

	if (st == WV_OK)
		st = wv_search_put(t->search, "told_notes", t->seq, err);
	if (st == WV_OK)
		st = wv_search_put(t->search, "told_reports", t->next_report, err);
	if (st == WV_OK)
		st = wv_search_put(t->search, "told_captured", t->taught, err);
	return st == WV_OK ? wv_search_run(t->search, WV_SQL_COMMIT, err) : st;
}

/* Some notes; WV_NO: there are no more. */
static enum wv_status tell_some(struct wv_telling *t, struct wv_err *err)
{
	struct note notes[TELLS_AT_ONCE];
	size_t n;
	enum wv_status st = read_notes(t, notes, &n, err);

	wv_txn_abort(&t->txn);
	if (st == WV_OK)
		st = n ? wv_store_begin_read(t->store, &t->txn, err) : WV_NO;
	for (size_t i = 0; st == WV_OK && i < n; i++) {
		wv_arena_reset(t->arena);
		st = tell(t, &notes[i], err);
		t->seq = st == WV_OK ? notes[i].seq : t->seq;
	}
	return st;
}

/* WV_NO: all is told. */
static enum wv_status transaction(struct wv_telling *t, int64_t end, struct wv_err *err)
{
	const struct wv_search_options *o = &t->search->options;
	int64_t first;
	enum wv_status st = begin(t, err), saved;

	first = t->seq;
	while (st == WV_OK && t->seq - first < REPORTS_A_TRANSACTION && !wv_postings_is_full(t->postings)) {
		if (o->stop && o->stop(o->stop_context))
			st = WV_STOPPED;
		else
			st = tell_some(t, err);
		if (st == WV_OK && o->progress)
			o->progress((uint64_t)t->seq, (uint64_t)end, o->progress_context);
	}
	saved = st == WV_OK || st == WV_NO || st == WV_STOPPED ? commit(t, err) : st;
	if (saved != WV_OK) {
		(void)sqlite3_exec(t->search->db, "ROLLBACK", NULL, NULL, NULL);
		forget(t);
		t->seq = -1;
	}
	return saved == WV_OK ? st : saved;
}

static enum wv_status follow(struct wv_telling *t, int64_t end, struct wv_err *err)
{
	enum wv_status st;
	int64_t first = t->seq;

	do
		st = transaction(t, end, err);
	while (st == WV_OK);
	if (st == WV_NO && t->seq - first > REPORTS_A_TRANSACTION)
		wv_search_shrink(t->search);
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_telling_follow(struct wv_telling *t, uint64_t *behind, struct wv_err *err)
{
	int64_t print = (int64_t)wv_reports_fingerprint(&t->names), made_with = 0, seq = 0, end = 0;
	struct wv_err why = WV_ERR_NONE;
	enum wv_status st = get_or_zero(t, "told_names", &made_with, err);

	if (st == WV_OK)
		st = get_or_zero(t, "told_notes", &seq, err);
	if (st == WV_OK)
		st = notes_end(t, &end, err);
	if (st != WV_OK)
		return st;
	*behind = 0;
	/* Nothing to do needs no names, no transaction, and no right to write. */
	if (end == 0 || (seq >= end && made_with == print))
		return WV_OK;
	st = follow(t, end, &why);
	wv_txn_abort(&t->txn);
	if (st == WV_OK)
		return WV_OK;
	*behind = (uint64_t)(end - seq);
	if (st == WV_PERM || st == WV_LOCKED)
		return WV_OK;
	return why.status != WV_OK ? wv_err_set(err, st, "%s", why.text) : st;
}
