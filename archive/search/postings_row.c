#include "archive/search/postings_inner.h"

#include <sqlite3.h>

enum wv_status postings_blob(struct wv_postings *p, enum wv_search_sql which, int64_t a, int64_t b,
			     struct wv_slice *out, struct wv_err *err)
{
	struct wv_buf *blob = which == WV_SQL_HEADS_GET ? &p->head_blob : &p->blob;
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(p->search, which, &sql, err);
	int code;

	wv_buf_reset(blob);
	if (st != WV_OK)
		return st;
	sqlite3_bind_int64(sql, 1, a);
	if (which == WV_SQL_POSTINGS_GET)
		sqlite3_bind_int64(sql, 2, b);
	code = sqlite3_step(sql);
	if (code == SQLITE_ROW)
		wv_buf_add_bytes(blob, sqlite3_column_blob(sql, 0),
				 (size_t)sqlite3_column_bytes(sql, 0));
	/* A statement left open would keep an old state of the file. */
	sqlite3_reset(sql);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return wv_search_fail(p->search, code, "reading stories", err);
	*out = wv_buf_slice(blob);
	return wv_buf_finish(blob, "a row of the search index", err);
}
