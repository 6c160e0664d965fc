#ifndef WV_ARCHIVE_SEARCH_INDEX_INNER_H
#define WV_ARCHIVE_SEARCH_INDEX_INNER_H

#include "archive/search/index.h"
#include "archive/search/span.h"
#include "config/base/arena.h"
#include "config/base/slots.h"

/* Between index.c (the file), sql.c (its statements) and the others of this room. Not for others. */
struct sqlite3;
struct sqlite3_stmt;
struct wv_places_kept;

enum wv_search_sql {
	WV_SQL_BEGIN,
	WV_SQL_BEGIN_READ,
	WV_SQL_COMMIT,
	WV_SQL_VERSION,
	WV_SQL_STATE_GET,
	WV_SQL_STATE_PUT,
	WV_SQL_TEXT_FIND,
	WV_SQL_TEXT_ADD,
	WV_SQL_WORDS_ADD,
	WV_SQL_SIGNS_ADD,
	WV_SQL_META_FIND,
	WV_SQL_META_ADD,
	WV_SQL_METAS,
	WV_SQL_CHUNK_GET,
	WV_SQL_CHUNK_PUT,
	WV_SQL_CHUNKS,
	WV_SQL_PAGE_GET,
	WV_SQL_PAGE_PUT,
	WV_SQL_WORDS_MATCH,
	WV_SQL_WORDS_SCAN,
	WV_SQL_SIGNS_MATCH,
	WV_SQL_TEXTS,
	WV_SQL_TELL_ADD,
	WV_SQL_TELLS,
	WV_SQL_TELLS_END,
	WV_SQL_REPORT_ADD,
	WV_SQL_REPORT_GET,
	WV_SQL_REPORTS_OF_PAGE,
	WV_SQL_HEADS_GET,
	WV_SQL_HEADS_PUT,
	WV_SQL_POSTINGS_GET,
	WV_SQL_POSTINGS_PUT,
	WV_SQL_COUNTS_GET,
	WV_SQL_COUNTS_PUT,
	WV_SQL_PERIODS,
	WV_SQL_PERIOD_PUT,
	WV_SQL_NAME_PUT,
	WV_SQL_NAMES,
	WV_SQL_NAMES_LATE,
	WV_SQL_FILE_BYTES,
	WV_SQL_COUNT
};

/* Spans of some chunks while they are written. */
struct wv_chunk {
	uint32_t number;
	bool is_used;
	struct wv_span *spans;
	size_t count, room;
};

struct wv_search {
	struct sqlite3 *db;
	struct sqlite3_stmt *sql[WV_SQL_COUNT];
	struct wv_search_options options;
	struct wv_arena *scratch; /* of one text or page */
	char *dir;
	struct wv_slots chunks; /* of struct wv_chunk */
	struct wv_places_kept *places; /* places.h; NULL: nothing yet */
	uint64_t next_leaf, rows, behind;
	int64_t known;
	/* The file that was opened; and of a read-only one whether SQLite was told that it does not
	 * change, which is the only way to read one in a folder that may not be written. */
	bool is_frozen;
	struct wv_search_file {
		uint64_t device, number, bytes;
		int64_t changed_ns;
	} file;
};

/* ---- sql.c ---- */

/* The prepared statement, reset. */
WV_MUST_USE enum wv_status wv_search_sql(struct wv_search *search, enum wv_search_sql which,
                                         struct sqlite3_stmt **out, struct wv_err *err);
/* What SQLite says, as a status with words. */
enum wv_status wv_search_fail(struct wv_search *search, int code, const char *doing,
                              struct wv_err *err);
/* Steps a statement that gives no row. */
WV_MUST_USE enum wv_status wv_search_run(struct wv_search *search, enum wv_search_sql which,
                                         struct wv_err *err);
WV_MUST_USE enum wv_status wv_search_get(struct wv_search *search, const char *key, int64_t *value,
                                         struct wv_err *err);
WV_MUST_USE enum wv_status wv_search_put(struct wv_search *search, const char *key, int64_t value,
                                         struct wv_err *err);
/* A number that is another one after anybody else has written: what was read before may be old then. */
WV_MUST_USE enum wv_status wv_search_version(struct wv_search *search, int64_t *version,
                                             struct wv_err *err);
/* WV_DAMAGED where the file is too small to hold so many rows: for numbers out of it, before room is
 * made for all below them. */
WV_MUST_USE enum wv_status wv_search_check_count(struct wv_search *search, int64_t count,
                                                 struct wv_err *err);

/* ---- index.c ---- */

/* How far it is, as its file says. */
WV_MUST_USE enum wv_status wv_search_read_state(struct wv_search *search, struct wv_err *err);
/* Empties the tables, in a transaction of its own. */
WV_MUST_USE enum wv_status wv_search_clear(struct wv_search *search, struct wv_err *err);
/* Gives free pages back to the file system. */
void wv_search_shrink(struct wv_search *search);
/* Did the page have the text at (T, K)? */
WV_MUST_USE enum wv_status wv_chunks_hold(struct wv_search *search, uint32_t text, uint32_t page,
                                          int64_t at, int64_t known_at, bool *holds,
                                          struct wv_err *err);
WV_MUST_USE enum wv_status wv_chunks_add(struct wv_search *search, const struct wv_span *span,
                                         struct wv_err *err);
/* The span is no longer so from `known` on; one that was known only then goes altogether. */
WV_MUST_USE enum wv_status wv_chunks_close(struct wv_search *search, const struct wv_span *span,
                                           int64_t known, struct wv_err *err);
/* Writes all and forgets them. */
WV_MUST_USE enum wv_status wv_chunks_flush(struct wv_search *search, struct wv_err *err);
void wv_chunks_drop(struct wv_search *search);

#endif
