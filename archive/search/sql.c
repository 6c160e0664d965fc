/* The statements of the index, prepared once, and what SQLite says of them in our words. */
#include <sqlite3.h>

#include "archive/search/index_inner.h"

#define ROW_BYTES_LEAST 8 /* in the file, with its place in the page */

static const char *const statements[WV_SQL_COUNT] = {
	[WV_SQL_BEGIN] = "BEGIN IMMEDIATE",
	[WV_SQL_BEGIN_READ] = "BEGIN",
	[WV_SQL_COMMIT] = "COMMIT",
	[WV_SQL_VERSION] = "PRAGMA data_version",
	[WV_SQL_STATE_GET] = "SELECT value FROM state WHERE key = ?1",
	[WV_SQL_STATE_PUT] = "INSERT OR REPLACE INTO state VALUES(?1, ?2)",
	[WV_SQL_TEXT_FIND] = "SELECT id FROM texts WHERE digest = ?1",
	[WV_SQL_TEXT_ADD] = "INSERT INTO texts(digest) VALUES(?1)",
	[WV_SQL_WORDS_ADD] = "INSERT INTO words(rowid, body, lead, title) VALUES(?1, ?2, ?3, ?4)",
	[WV_SQL_SIGNS_ADD] = "INSERT INTO signs(rowid, sign) VALUES(?1, ?2)",
	[WV_SQL_META_FIND] = "SELECT id FROM metas WHERE source = ?1 AND category = ?2 AND "
			     "language = ?3 AND verdict = ?4 AND topics = ?5",
	[WV_SQL_META_ADD] = "INSERT INTO metas(source, category, language, verdict, topics) "
			    "VALUES(?1, ?2, ?3, ?4, ?5)",
	[WV_SQL_METAS] = "SELECT id, source, category, language, verdict, topics FROM metas",
	[WV_SQL_CHUNK_GET] = "SELECT rows FROM spans WHERE chunk = ?1",
	[WV_SQL_CHUNK_PUT] = "INSERT OR REPLACE INTO spans VALUES(?1, ?2)",
	[WV_SQL_CHUNKS] = "SELECT chunk, rows FROM spans ORDER BY chunk",
	[WV_SQL_PAGE_GET] = "SELECT row FROM pages WHERE page = ?1",
	[WV_SQL_PAGE_PUT] = "INSERT OR REPLACE INTO pages VALUES(?1, ?2)",
	[WV_SQL_WORDS_MATCH] = "SELECT rowid, wv_place(words) FROM words WHERE words MATCH ?1",
	[WV_SQL_WORDS_SCAN] = "SELECT wv_scan(words, ?2) FROM words WHERE words MATCH ?1 LIMIT 1",
	[WV_SQL_SIGNS_MATCH] = "SELECT rowid FROM signs WHERE signs MATCH ?1",
	[WV_SQL_TEXTS] = "SELECT max(id) FROM texts",
	[WV_SQL_TELL_ADD] = "INSERT INTO tells(page, text, at, known) VALUES(?1, ?2, ?3, ?4)",
	[WV_SQL_TELLS] = "SELECT seq, page, text, at, known FROM tells WHERE seq > ?1 ORDER BY seq LIMIT ?2",
	[WV_SQL_TELLS_END] = "SELECT max(seq) FROM tells",
	[WV_SQL_REPORT_ADD] = "INSERT INTO reports VALUES(?1, ?2, ?3, ?4)",
	[WV_SQL_REPORT_GET] = "SELECT page, text, row FROM reports WHERE id = ?1",
	[WV_SQL_REPORTS_OF_PAGE] = "SELECT id, text FROM reports WHERE page = ?1 ORDER BY id DESC",
	[WV_SQL_HEADS_GET] = "SELECT rows FROM heads WHERE chunk = ?1",
	[WV_SQL_HEADS_PUT] = "INSERT OR REPLACE INTO heads VALUES(?1, ?2)",
	[WV_SQL_POSTINGS_GET] = "SELECT reports FROM postings WHERE period = ?1 AND key = ?2",
	[WV_SQL_POSTINGS_PUT] = "INSERT OR REPLACE INTO postings VALUES(?1, ?2, ?3)",
	[WV_SQL_COUNTS_GET] = "SELECT row FROM counts WHERE key = ?1",
	[WV_SQL_COUNTS_PUT] = "INSERT OR REPLACE INTO counts VALUES(?1, ?2)",
	[WV_SQL_PERIODS] = "SELECT period, reports, newest FROM periods ORDER BY period",
	[WV_SQL_PERIOD_PUT] = "INSERT OR REPLACE INTO periods VALUES(?1, ?2, ?3)",
	[WV_SQL_NAME_PUT] = "INSERT INTO names VALUES(?1, ?2, ?3, ?4) ON CONFLICT(latin) DO UPDATE SET "
			    "alias = ?2, sure = ?3, captured = max(captured, ?4)",
	[WV_SQL_NAMES] = "SELECT latin, alias, sure FROM names WHERE captured > ?1 AND captured <= ?2 "
			 "ORDER BY sure, latin",
	[WV_SQL_NAMES_LATE] = "SELECT latin, alias, sure FROM names WHERE captured > ?1 AND captured <= ?2 "
			      "AND sure > 0 ORDER BY captured, sure",
	[WV_SQL_FILE_BYTES] = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
};

enum wv_status wv_search_fail(struct wv_search *search, int code, const char *doing,
                              struct wv_err *err)
{
	static const struct {
		int code;
		enum wv_status status;
	} map[] = {
		{SQLITE_BUSY, WV_LOCKED},      {SQLITE_LOCKED, WV_LOCKED},
		{SQLITE_FULL, WV_FULL},        {SQLITE_NOMEM, WV_NOMEM},
		{SQLITE_PERM, WV_PERM},        {SQLITE_READONLY, WV_PERM},
		{SQLITE_AUTH, WV_PERM},        {SQLITE_CANTOPEN, WV_CREATE},
		{SQLITE_CORRUPT, WV_DAMAGED},  {SQLITE_NOTADB, WV_DAMAGED},
		{SQLITE_TOOBIG, WV_LIMIT},     {SQLITE_INTERRUPT, WV_STOPPED},
		{SQLITE_ERROR, WV_DAMAGED},    {SQLITE_CONSTRAINT, WV_DAMAGED},
	};
	enum wv_status st = WV_IO;

	for (size_t i = 0; i < WV_COUNT(map); i++)
		if (map[i].code == (code & 0xff))
			st = map[i].status;
	return wv_err_set(err, st, "search index in '%s': %s: %s", search->dir, doing,
	                  search->db ? sqlite3_errmsg(search->db) : sqlite3_errstr(code));
}

enum wv_status wv_search_sql(struct wv_search *search, enum wv_search_sql which,
                             struct sqlite3_stmt **out, struct wv_err *err)
{
	struct sqlite3_stmt **sql = &search->sql[which];

	if (*sql) {
		sqlite3_reset(*sql);
	} else {
		int code = sqlite3_prepare_v3(search->db, statements[which], -1,
		                              SQLITE_PREPARE_PERSISTENT, sql, NULL);

		if (code != SQLITE_OK)
			return wv_search_fail(search, code, statements[which], err);
	}
	*out = *sql;
	return WV_OK;
}

enum wv_status wv_search_run(struct wv_search *search, enum wv_search_sql which, struct wv_err *err)
{
	struct sqlite3_stmt *sql = search->sql[which];
	enum wv_status st = WV_OK;
	int code;

	if (!sql)
		st = wv_search_sql(search, which, &sql, err);
	if (st != WV_OK)
		return st;
	code = sqlite3_step(sql);
	if (code != SQLITE_DONE && code != SQLITE_ROW)
		st = wv_search_fail(search, code, statements[which], err);
	sqlite3_reset(sql);
	return st;
}

enum wv_status wv_search_get(struct wv_search *search, const char *key, int64_t *value,
                             struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(search, WV_SQL_STATE_GET, &sql, err);
	int code;

	if (st != WV_OK)
		return st;
	sqlite3_bind_text(sql, 1, key, -1, SQLITE_STATIC);
	code = sqlite3_step(sql);
	if (code == SQLITE_ROW)
		*value = sqlite3_column_int64(sql, 0);
	sqlite3_reset(sql);
	if (code == SQLITE_ROW)
		return WV_OK;
	return code == SQLITE_DONE ? WV_NO : wv_search_fail(search, code, "reading", err);
}

enum wv_status wv_search_put(struct wv_search *search, const char *key, int64_t value,
                             struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(search, WV_SQL_STATE_PUT, &sql, err);

	if (st != WV_OK)
		return st;
	sqlite3_bind_text(sql, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_int64(sql, 2, value);
	return wv_search_run(search, WV_SQL_STATE_PUT, err);
}

enum wv_status wv_search_version(struct wv_search *search, int64_t *version, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(search, WV_SQL_VERSION, &sql, err);
	int code;

	if (st != WV_OK)
		return st;
	code = sqlite3_step(sql);
	if (code == SQLITE_ROW)
		*version = sqlite3_column_int64(sql, 0);
	sqlite3_reset(sql);
	return code == SQLITE_ROW ? WV_OK : wv_search_fail(search, code, "reading", err);
}

enum wv_status wv_search_check_count(struct wv_search *search, int64_t count, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(search, WV_SQL_FILE_BYTES, &sql, err);
	int64_t bytes;
	int code;

	if (st != WV_OK)
		return st;
	code = sqlite3_step(sql);
	bytes = sqlite3_column_int64(sql, 0);
	sqlite3_reset(sql);
	if (code != SQLITE_ROW)
		return wv_search_fail(search, code, "reading", err);
	if (count < 0 || count > bytes / ROW_BYTES_LEAST)
		return wv_err_set(err, WV_DAMAGED,
		                  "search index in '%s': row %lld in a file of %lld bytes", search->dir,
		                  (long long)count, (long long)bytes);
	return WV_OK;
}
