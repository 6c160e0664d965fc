#include "archive/search/index.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/search/index_inner.h"
#include "archive/search/places.h"
#include "archive/store/load.h"
#include "config/base/limits.h"

#define FILE_NAME      "search.db"
#define SCHEMA         2
#define APPLICATION    0x77767372 /* "wvsr" */
#define BUSY_MS        2000
#define SCRATCH_CAP    (64u * WV_MIB)

/*
 * `words` and `signs` hold tokens only (content=''), no sizes of columns: no statistic of the
 * corpus is kept or asked for. The body is column 0, whose positions cost two bytes less. `signs`
 * has each sign of a text once, without a place; those of the headline again after a "t", those
 * of the first paragraph after an "l". What FTS5 gathers before it writes stays within the caches of
 * the processor: a tenth quicker than a megabyte, a third than eight.
 */
static const char schema[] =
	"CREATE TABLE state(key TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;"
	"CREATE TABLE texts(id INTEGER PRIMARY KEY, digest BLOB UNIQUE);"
	"CREATE TABLE metas(id INTEGER PRIMARY KEY, source TEXT, category TEXT, language TEXT,"
	" verdict INTEGER, topics TEXT, UNIQUE(source, category, language, verdict, topics));"
	"CREATE TABLE spans(chunk INTEGER PRIMARY KEY, rows BLOB);"
	"CREATE TABLE pages(page INTEGER PRIMARY KEY, row BLOB);"
	/* Stories: stories.h. */
	"CREATE TABLE tells(seq INTEGER PRIMARY KEY, page INTEGER, text INTEGER, at INTEGER, known INTEGER);"
	"CREATE TABLE reports(id INTEGER PRIMARY KEY, page INTEGER, text INTEGER, row BLOB);"
	"CREATE INDEX reports_of_page ON reports(page, text);"
	"CREATE TABLE heads(chunk INTEGER PRIMARY KEY, rows BLOB);"
	"CREATE TABLE postings(period INTEGER, key INTEGER, reports BLOB, PRIMARY KEY(period, key)) WITHOUT ROWID;"
	"CREATE TABLE counts(key INTEGER PRIMARY KEY, row BLOB);"
	"CREATE TABLE periods(period INTEGER PRIMARY KEY, reports INTEGER, newest INTEGER);"
	"CREATE TABLE names(latin TEXT PRIMARY KEY, alias TEXT, sure INTEGER, captured INTEGER);"
	"CREATE VIRTUAL TABLE words USING fts5(body, lead, title, content='', columnsize=0,"
	" tokenize='ascii');"
	"CREATE VIRTUAL TABLE signs USING fts5(sign, content='', columnsize=0,"
	" detail=none, tokenize='ascii');"
	"INSERT INTO words(words, rank) VALUES('hashsize', 393216);"
	"INSERT INTO words(words, rank) VALUES('automerge', 16);"
	"INSERT INTO signs(signs, rank) VALUES('hashsize', 393216);";

static enum wv_status execute(struct wv_search *search, const char *text, struct wv_err *err)
{
	int code = sqlite3_exec(search->db, text, NULL, NULL, NULL);

	return code == SQLITE_OK ? WV_OK : wv_search_fail(search, code, "making it", err);
}

static void finalize(struct wv_search *search)
{
	for (size_t i = 0; i < WV_SQL_COUNT; i++) {
		sqlite3_finalize(search->sql[i]);
		search->sql[i] = NULL;
	}
}

static enum wv_status pragma(struct wv_search *search, const char *text, int64_t *value,
                             struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	int code = sqlite3_prepare_v2(search->db, text, -1, &sql, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(sql);
	if (code == SQLITE_ROW)
		*value = sqlite3_column_int64(sql, 0);
	sqlite3_finalize(sql);
	return code == SQLITE_ROW || code == SQLITE_DONE
	               ? WV_OK
	               : wv_search_fail(search, code, "opening", err);
}

/* Merging leaves free pages: given back where they are more than a tenth. */
void wv_search_shrink(struct wv_search *search)
{
	int64_t pages = 0, unused = 0;
	struct wv_err err = WV_ERR_NONE;

	if (pragma(search, "PRAGMA page_count", &pages, &err) == WV_OK &&
	    pragma(search, "PRAGMA freelist_count", &unused, &err) == WV_OK && unused > 256 &&
	    unused > pages / 10)
		(void)sqlite3_exec(search->db, "PRAGMA incremental_vacuum", NULL, NULL, NULL);
	(void)sqlite3_exec(search->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
}

enum wv_status wv_search_clear(struct wv_search *search, struct wv_err *err)
{
	enum wv_status st;

	finalize(search);
	st = execute(search,
	             "BEGIN IMMEDIATE; DELETE FROM state; DELETE FROM "
	             "texts; DELETE FROM metas; DELETE FROM spans; DELETE FROM pages; DELETE FROM tells; "
	             "DELETE FROM reports; DELETE FROM heads; DELETE FROM postings; DELETE FROM counts; "
	             "DELETE FROM periods; DELETE FROM names; INSERT INTO "
	             "words(words) VALUES('delete-all'); INSERT INTO signs(signs) "
	             "VALUES('delete-all'); COMMIT; PRAGMA incremental_vacuum",
	             err);
	if (st != WV_OK)
		(void)sqlite3_exec(search->db, "ROLLBACK", NULL, NULL, NULL);
	search->next_leaf = search->rows = 0;
	search->known = INT64_MIN;
	return st;
}

/* --- opening --- */

enum wv_status wv_search_read_state(struct wv_search *search, struct wv_err *err)
{
	int64_t leaf = 0, rows = 0;
	enum wv_status st;

	search->known = INT64_MIN;
	st = wv_search_get(search, "next_leaf", &leaf, err);
	if (st == WV_OK || st == WV_NO)
		st = wv_search_get(search, "article_rows", &rows, err);
	if (st == WV_OK || st == WV_NO)
		st = wv_search_get(search, "known", &search->known, err);
	search->next_leaf = (uint64_t)leaf;
	search->rows = (uint64_t)rows;
	return st == WV_NO ? WV_OK : st;
}

static char *path_of(const char *dir, const char *ending)
{
	char *path = NULL;

	return asprintf(&path, "%s/" FILE_NAME "%s", dir, ending) < 0 ? NULL : path;
}

static enum wv_status open_file(struct wv_search *search, struct wv_err *err)
{
	char *path = path_of(search->dir, "");
	int code = SQLITE_NOMEM;

	/* Made here, so that it is nobody else's, as the archive itself. */
	if (path && access(path, F_OK) != 0) {
		int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		if (fd >= 0)
			close(fd);
	}
	if (path)
		code = sqlite3_open_v2(path, &search->db,
		                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	free(path);
	if (code != SQLITE_OK)
		return wv_search_fail(search, code, "opening", err);
	sqlite3_busy_timeout(search->db, BUSY_MS);
	return WV_OK;
}

static enum wv_status look_at_file(const struct wv_search *search, struct wv_search_file *file,
                                   struct wv_err *err)
{
	char *path = path_of(search->dir, "");
	struct stat info;
	int failed = path ? stat(path, &info) : -1;
	int why = path ? errno : ENOMEM;

	free(path);
	if (failed)
		return wv_err_errno(err, why == ENOENT ? WV_MISSING : why == EACCES ? WV_PERM : WV_IO, why,
		                    "search index in '%s'", search->dir);
	*file = (struct wv_search_file){(uint64_t)info.st_dev, (uint64_t)info.st_ino,
	                                (uint64_t)info.st_size,
	                                (int64_t)info.st_mtim.tv_sec * 1000000000 +
	                                        info.st_mtim.tv_nsec};
	return WV_OK;
}

/* "file:" and the path, with what a URI cannot hold escaped. */
static char *uri_of(const char *path, const char *parameters)
{
	WV_AUTO(wv_buf_done) struct wv_buf uri = {.cap = 64 * WV_KIB};
	const char *text;

	wv_buf_add_string(&uri, "file:");
	for (const char *c = path; *c; c++)
		if (wv_byte_is_alnum((unsigned char)*c) || *c == '/' || *c == '.' || *c == '-' || *c == '_')
			wv_buf_add_byte(&uri, (unsigned char)*c);
		else
			wv_buf_add_format(&uri, "%%%02X", (unsigned char)*c);
	wv_buf_add_string(&uri, parameters);
	text = wv_buf_string(&uri);
	return text ? strdup(text) : NULL;
}

/* Opens what is there and reads a little of it: SQLite opens late. */
static int try_to_read(struct wv_search *search, const char *uri)
{
	int code = sqlite3_open_v2(uri, &search->db,
	                           SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);

	if (code == SQLITE_OK) {
		sqlite3_busy_timeout(search->db, BUSY_MS);
		code = sqlite3_exec(search->db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
	}
	if (code != SQLITE_OK) {
		sqlite3_close(search->db);
		search->db = NULL;
	}
	return code;
}

/*
 * A database with a write-ahead log wants files beside it. Where they are not there and cannot be
 * made, nobody is writing, and the file is read as one that does not change: wv_search_look sees
 * when it did.
 */
static enum wv_status open_to_read(struct wv_search *search, struct wv_err *err)
{
	char *path = path_of(search->dir, ""), *log = path_of(search->dir, "-wal");
	char *plain = path ? uri_of(path, "?mode=ro") : NULL;
	char *frozen = path ? uri_of(path, "?mode=ro&immutable=1") : NULL;
	int code = SQLITE_NOMEM;
	enum wv_status st = look_at_file(search, &search->file, err);

	if (st == WV_OK && log && plain && frozen) {
		code = try_to_read(search, plain);
		search->is_frozen = code != SQLITE_OK && access(log, F_OK) != 0;
		if (search->is_frozen)
			code = try_to_read(search, frozen);
	}
	free(path);
	free(log);
	free(plain);
	free(frozen);
	if (st != WV_OK)
		return st;
	return code == SQLITE_OK ? WV_OK : wv_search_fail(search, code, "opening", err);
}

/* Is it an index of ours, of this version? WV_MISSING otherwise. */
static enum wv_status check_ours(struct wv_search *search, struct wv_err *err)
{
	int64_t version = 0, application = 0;
	enum wv_status st = pragma(search, "PRAGMA user_version", &version, err);

	if (st == WV_OK)
		st = pragma(search, "PRAGMA application_id", &application, err);
	if (st == WV_OK && (version != SCHEMA || application != APPLICATION))
		st = wv_err_set(err, WV_MISSING, "search index in '%s' is none of this version",
		                search->dir);
	return st;
}

/* There is no trigger and no view in an index of ours: they would run when it is written or read. */
static enum wv_status check_plain(struct wv_search *search, struct wv_err *err)
{
	int64_t others = 0;
	enum wv_status st = pragma(search,
	                           "SELECT count(*) FROM sqlite_schema WHERE type NOT IN ('table', 'index')",
	                           &others, err);

	if (st == WV_OK && others)
		st = wv_err_set(err, WV_DAMAGED, "search index in '%s' holds more than tables",
		                search->dir);
	return st;
}

/* A new file gets its tables; one of another time or hand is WV_CONFLICT. */
static enum wv_status check_schema(struct wv_search *search, struct wv_err *err)
{
	int64_t version = 0, application = 0;
	enum wv_status st = pragma(search, "PRAGMA user_version", &version, err);

	if (st == WV_OK)
		st = pragma(search, "PRAGMA application_id", &application, err);
	if (st != WV_OK || (version == SCHEMA && application == APPLICATION))
		return st;
	if (version || application)
		return wv_err_set(err, WV_CONFLICT, "search index in '%s' is of another version",
		                  search->dir);
	st = execute(search,
	             "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; "
	             "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE", err);
	if (st == WV_OK)
		st = pragma(search, "PRAGMA user_version", &version, err);
	if (st == WV_OK && version == 0) { /* nobody was quicker */
		st = execute(search, schema, err);
		if (st == WV_OK)
			st = execute(search,
			             "PRAGMA user_version = 2; PRAGMA application_id = 2004251506", err);
	}
	if (st == WV_OK)
		st = execute(search, "COMMIT", err);
	return st;
}

/* Who only reads does it in place: what others write goes to the log first, and the file loses its end only
 * when nobody reads what was there. */
static enum wv_status tune(struct wv_search *search, struct wv_err *err)
{
	bool reads = search->options.read_only;
	size_t cache = search->options.cache_bytes ? search->options.cache_bytes : (reads ? 8u : 32u) * WV_MIB;
	char text[240];

	/* The file may be somebody else's: nothing that stands in its schema is run. Who writes looks at each
	 * page's cells as it comes; a reader meets a wrong one where it uses it, or an eighth of a page's time
	 * would go there. */
	(void)snprintf(text, sizeof(text),
	               "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -%zu; %s",
	               cache / WV_KIB,
	               reads ? "PRAGMA mmap_size = 2147418112"
	                     : "PRAGMA cell_size_check = ON; PRAGMA synchronous = NORMAL");
	return execute(search, text, err);
}

static enum wv_status open_once(struct wv_search *search, struct wv_err *err)
{
	bool reads = search->options.read_only;
	enum wv_status st = reads ? open_to_read(search, err) : open_file(search, err);

	if (st == WV_OK)
		st = reads ? check_ours(search, err) : check_schema(search, err);
	if (st == WV_OK)
		st = check_plain(search, err);
	if (st == WV_OK)
		st = tune(search, err);
	if (st == WV_OK)
		st = wv_places_register(search, err);
	return st == WV_OK ? wv_search_read_state(search, err) : st;
}

static void shut(struct wv_search *search)
{
	finalize(search);
	sqlite3_close(search->db);
	search->db = NULL;
}

enum wv_status wv_search_open(struct wv_store *store, const struct wv_search_options *options,
                              struct wv_search **out, struct wv_err *err)
{
	WV_AUTO(wv_search_close) struct wv_search *search = calloc(1, sizeof *search);
	enum wv_status st;

	if (!search || !(search->dir = strdup(wv_store_dir(store))))
		return wv_err_set(err, WV_NOMEM, "out of memory");
	if (options)
		search->options = *options;
	st = wv_arena_new(SCRATCH_CAP, &search->scratch, err);
	if (st == WV_OK && search->options.rebuild)
		st = wv_search_drop(search->dir, err);
	if (st != WV_OK)
		return st;
	st = open_once(search, err);
	if (search->options.read_only) {
		if (st == WV_OK)
			*out = WV_TAKE(search);
		return st;
	}
	if (st == WV_DAMAGED || st == WV_CONFLICT) {
		/* It can be made again: no reason to trouble anybody. */
		shut(search);
		st = wv_search_drop(search->dir, err);
		if (st == WV_OK)
			st = open_once(search, err);
	}
	if (st == WV_OK)
		st = look_at_file(search, &search->file, err);
	if (st == WV_CREATE && access(search->dir, W_OK) != 0)
		st = wv_err_errno(err, WV_PERM, errno, "cannot make a search index in '%s'",
		                  search->dir);
	if (st == WV_OK)
		*out = WV_TAKE(search);
	return st;
}

void wv_search_close(struct wv_search **search)
{
	if (!*search)
		return;
	wv_chunks_drop(*search);
	wv_places_forget(&(*search)->places);
	shut(*search);
	wv_arena_free(&(*search)->scratch);
	free((*search)->dir);
	free(*search);
	*search = NULL;
}

enum wv_status wv_search_look(struct wv_search *search, struct wv_txn *txn, struct wv_err *err)
{
	struct wv_search_file now;
	struct wv_state state;
	enum wv_status st = look_at_file(search, &now, err);

	if (st == WV_OK &&
	    (now.number != search->file.number || now.device != search->file.device ||
	     (search->is_frozen &&
	      (now.bytes != search->file.bytes || now.changed_ns != search->file.changed_ns))))
		return wv_err_set(err, WV_CONFLICT, "search index in '%s' was made anew", search->dir);
	if (st == WV_OK)
		st = wv_search_read_state(search, err);
	if (st == WV_OK)
		st = wv_state_get(txn, &state, err);
	if (st != WV_OK)
		return st == WV_NO ? wv_err_set(err, WV_DAMAGED, "the archive has no state") : st;
	search->behind = state.next_leaf > search->next_leaf ? state.next_leaf - search->next_leaf : 0;
	return WV_OK;
}

enum wv_status wv_search_state(struct wv_search *search, struct wv_search_state *out,
                               struct wv_err *err)
{
	struct wv_search_state state = {.next_leaf = search->next_leaf,
	                                .known = {search->known},
	                                .behind = search->behind};
	char *path = path_of(search->dir, "");
	struct sqlite3_stmt *sql = NULL;
	struct stat info;
	enum wv_status st = wv_search_sql(search, WV_SQL_TEXTS, &sql, err);

	if (path && stat(path, &info) == 0)
		state.file_bytes = (uint64_t)info.st_size;
	free(path);
	if (st != WV_OK)
		return st;
	if (sqlite3_step(sql) == SQLITE_ROW)
		state.texts = (uint64_t)sqlite3_column_int64(sql, 0);
	sqlite3_reset(sql);
	*out = state;
	return WV_OK;
}

enum wv_status wv_search_drop(const char *dir, struct wv_err *err)
{
	/* The journal last: a database without it may miss its end, and says so. */
	static const char *const endings[] = {"", "-shm", "-wal", "-journal"};

	for (size_t i = 0; i < WV_COUNT(endings); i++) {
		char *path = path_of(dir, endings[i]);
		int failed = path ? unlink(path) : -1;
		int why = path ? errno : ENOMEM;

		free(path);
		if (failed && why != ENOENT)
			return wv_err_errno(err, WV_IO, why, "cannot remove the search index in '%s'",
			                    dir);
	}
	return WV_OK;
}
