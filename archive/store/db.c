#include "archive/store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "archive/store/db_inner.h"
#include "archive/store/tail.h"
#include "config/base/checked.h"
#include "config/base/clock.h"
#include "config/base/folder.h"

/*
 * Flags kept away from on purpose: MDB_WRITEMAP turns a full disk into SIGBUS, MDB_NOSYNC and
 * MDB_MAPASYNC give up what a commit promises, and LMDB has no repair.
 */
#define DB_FLAGS       MDB_NOTLS
#define DB_MAP_DEFAULT (UINT64_C(1) << 40)
#define DB_MAP_MIN     (UINT64_C(64) * 1024)
#define DB_READERS     510
/* What LMDB maps for its reader table: a slot is a cache line, the head fits a page. */
#define DB_LOCK_BYTES (DB_READERS * 64 + 4096)
#define DB_PATH_MAX   4096
#define LENGTH_TRIES  5
/* Less than this left on the disk, and a short write was a full disk. */
#define DB_FULL_BYTES (1u << 20)
/* How long a read waits for others of its process to end, so that a new file can be opened. */
#define DB_REOPEN_WAIT_MS 200

static const char *const table_names[WV_TABLE_COUNT] = {
	[WV_TABLE_META] = "meta",
	[WV_TABLE_PAGES] = "pages",
	[WV_TABLE_PAGE_KEYS] = "page-keys",
	[WV_TABLE_CAPTURES] = "captures",
	[WV_TABLE_LEAVES] = "leaves",
	[WV_TABLE_BODIES] = "bodies",
	[WV_TABLE_ENCODED] = "encoded",
	[WV_TABLE_SEGMENTS] = "segments",
	[WV_TABLE_ARTICLES] = "articles",
	[WV_TABLE_SOURCE_NAMES] = "source-names",
	[WV_TABLE_BY_SOURCE] = "by-source",
	[WV_TABLE_FACTS] = "facts",
	[WV_TABLE_TREE] = "tree",
	[WV_TABLE_HEADS] = "heads",
	[WV_TABLE_FINGERPRINTS] = "fingerprints",
	[WV_TABLE_CLUSTERS] = "clusters",
	[WV_TABLE_STORIES] = "stories",
	[WV_TABLE_FRONTIER] = "frontier",
	[WV_TABLE_DUE] = "due",
	[WV_TABLE_TURNS] = "turns",
	[WV_TABLE_ROBOTS] = "robots",
	[WV_TABLE_LEDGER] = "ledger",
	[WV_TABLE_LEDGER_BY_PAGE] = "ledger-by-page",
	[WV_TABLE_SOURCES] = "sources",
	[WV_TABLE_SITES] = "sites",
	[WV_TABLE_RUNS] = "runs",
	[WV_TABLE_BASES] = "bases",
	[WV_TABLE_ANCHORS] = "anchors",
	[WV_TABLE_SHINGLES] = "shingles",
};

const char *wv_table_name(enum wv_table table)
{
	return table_names[table];
}

enum wv_status wv_db_error(struct wv_err *err, int rc, const char *what)
{
	switch (rc) {
	case MDB_MAP_FULL:
		return wv_err_set(err, WV_FULL, "%s: the archive's map is full", what);
	case MDB_BAD_VALSIZE:
		return wv_err_set(err, WV_LIMIT, "%s: key or value too large", what);
	case MDB_READERS_FULL:
		return wv_err_set(err, WV_LOCKED, "%s: too many readers at once", what);
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
		return wv_err_set(err, WV_DAMAGED, "%s: %s", what, mdb_strerror(rc));
	case MDB_BAD_TXN:
		/* LMDB gives a transaction up after a page that it could not read. */
		return wv_err_set(err, WV_DAMAGED, "%s: not readable after a damaged page", what);
	case MDB_PANIC:
		return wv_err_set(err, WV_IO, "%s: an earlier write failed half way; open again",
		                  what);
	case MDB_TXN_FULL:
		return wv_err_set(err, WV_LIMIT, "%s: too many changes in one transaction", what);
	default:
		break;
	}
	if (rc < 0)
		return wv_err_set(err, WV_BUG, "%s: %s", what, mdb_strerror(rc));
	return wv_err_errno(err, WV_IO, rc, "%s", what);
}

static enum wv_status path_of(const char *dir, const char *name, char path[DB_PATH_MAX],
                              struct wv_err *err)
{
	int n = snprintf(path, DB_PATH_MAX, "%s/%s", dir, name);

	if (n < 0 || n >= DB_PATH_MAX)
		return wv_err_set(err, WV_LIMIT, "archive path too long");
	return WV_OK;
}

/*
 * Allocates every block of the lock file: LMDB leaves it sparse and maps it, so that a full disk
 * would be a SIGBUS at the first reader.
 */
static enum wv_status allocate_lock(const char *dir, bool read_only, struct wv_err *err)
{
	char path[DB_PATH_MAX];
	enum wv_status st;
	int fd, rc;

	st = path_of(dir, "lock.mdb", path, err);
	if (st != WV_OK)
		return st;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno == EROFS && read_only)
		return WV_OK; /* LMDB does without a lock file on such a file system */
	if (fd < 0)
		return wv_err_errno(err, WV_IO, errno, "cannot open '%s'", path);
	do {
		rc = posix_fallocate(fd, 0, DB_LOCK_BYTES);
	} while (rc == EINTR);
	close(fd);
	if (rc != 0)
		return wv_err_errno(err, WV_IO, rc, "cannot allocate '%s'", path);
	return WV_OK;
}

/* Makes good a commit whose last pages were freed unwritten, so that no opening has to ask. */
static void lengthen(struct wv_db *db)
{
	MDB_envinfo info;
	struct stat file;
	mdb_filehandle_t fd;

	if (mdb_env_info(db->env, &info) != 0 || mdb_env_get_fd(db->env, &fd) != 0)
		return;
	if (fstat(fd, &file) == 0 &&
	    (uint64_t)file.st_size < ((uint64_t)info.me_last_pgno + 1) * db->page_bytes &&
	    ftruncate(fd, (off_t)(((uint64_t)info.me_last_pgno + 1) * db->page_bytes)) != 0)
		return;
}

/*
 * A file shorter than its last page says is a truncated one, or, rarely, one whose missing pages
 * are all free (tail.h). Asked a few times, since another process may be committing.
 */
static enum wv_status check_length(struct wv_db *db, const char *path, struct wv_err *err)
{
	MDB_envinfo info;
	mdb_filehandle_t fd;

	if (mdb_env_info(db->env, &info) != 0 || mdb_env_get_fd(db->env, &fd) != 0)
		return wv_err_set(err, WV_IO, "cannot look at '%s'", path);
	for (int i = 0; i < LENGTH_TRIES; i++)
		if (wv_tail_is_free(fd, db->page_bytes)) {
			if (!db->options.read_only)
				lengthen(db);
			return WV_OK;
		}
	return wv_err_set(err, WV_DAMAGED, "'%s' is truncated: it ends before page %llu", path,
	                  (unsigned long long)info.me_last_pgno);
}

void wv_db_let_go(struct wv_db *db)
{
	MDB_envinfo info;
	mdb_filehandle_t fd;

	if (!db->resident.start && mdb_env_get_fd(db->env, &fd) == 0)
		wv_resident_find(fd, &db->resident);
	if (mdb_env_info(db->env, &info) == 0)
		wv_resident_drop(&db->resident, ((uint64_t)info.me_last_pgno + 1) * db->page_bytes);
}

void wv_txn_let_go(struct wv_txn *txn)
{
	wv_db_let_go(txn->db);
}

/* Handles of all tables; *missing counts those that are not there. */
static int open_tables(struct wv_db *db, unsigned txn_flags, unsigned dbi_flags, size_t *missing)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(db->env, NULL, txn_flags, &txn);

	if (rc != 0)
		return rc;
	*missing = 0;
	for (size_t i = 0; i < WV_TABLE_COUNT; i++) {
		rc = mdb_dbi_open(txn, table_names[i], dbi_flags, &db->tables[i]);
		if (rc == MDB_NOTFOUND) {
			db->tables[i] = TABLE_ABSENT;
			++*missing;
		} else if (rc != 0) {
			mdb_txn_abort(txn);
			return rc;
		}
	}
	return mdb_txn_commit(txn); /* only a committed transaction keeps its handles */
}

enum wv_status wv_db_fault(struct wv_db *db, const char *step, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	if (db->options.fault)
		st = db->options.fault(db->options.fault_context, step);
	if (st != WV_OK)
		return wv_err_set(err, st, "%s failed (injected)", step);
	return WV_OK;
}

static enum wv_status make_tables(struct wv_db *db, const char *path, struct wv_err *err)
{
	size_t missing;
	int rc = open_tables(db, MDB_RDONLY, 0, &missing);
	enum wv_status st;

	if (rc != 0)
		return wv_db_error(err, rc, path);
	if (missing == 0 || db->options.read_only)
		return WV_OK;
	st = wv_db_fault(db, "tables", err);
	if (st != WV_OK)
		return st;
	rc = open_tables(db, 0, MDB_CREATE, &missing);
	return rc == 0 ? WV_OK : wv_db_error(err, rc, path);
}

static enum wv_status open_env(struct wv_db *db, const char *dir, const char *path,
                               struct wv_err *err)
{
	uint64_t map = db->options.map_bytes ? db->options.map_bytes : DB_MAP_DEFAULT;
	mdb_filehandle_t fd;
	MDB_stat stat;
	int rc, dead = 0;

	if (map < DB_MAP_MIN || map > SIZE_MAX / 2)
		return wv_err_set(err, WV_LIMIT, "impossible map size");
	rc = mdb_env_create(&db->env);
	if (rc == 0)
		rc = mdb_env_set_mapsize(db->env, (size_t)map);
	if (rc == 0)
		rc = mdb_env_set_maxdbs(db->env, WV_TABLE_COUNT);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(db->env, DB_READERS);
	if (rc == 0)
		rc = mdb_env_open(db->env, dir, DB_FLAGS | (db->options.read_only ? MDB_RDONLY : 0) |
		                  (db->options.is_temporary ? MDB_NOSYNC : 0),
		                  0600);
	if (rc == 0)
		rc = mdb_env_stat(db->env, &stat);
	if (rc != 0)
		return wv_db_error(err, rc, path);
	WV_ASSERT(mdb_env_get_maxkeysize(db->env) >= DB_KEY_MAX);
	db->page_bytes = stat.ms_psize;
	/* LMDB opens its data file without close-on-exec. */
	if (mdb_env_get_fd(db->env, &fd) == 0)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	rc = mdb_reader_check(db->env, &dead);
	db->stale_readers = dead > 0 ? (uint32_t)dead : 0;
	if (rc != 0 && !db->options.read_only)
		return wv_db_error(err, rc, path);
	return WV_OK;
}

/* Says whether data.mdb is there; an empty one is what a full disk left of a first opening. */
static enum wv_status look_at_file(const char *dir, const char *path,
                                   const struct wv_db_options *options, struct wv_err *err)
{
	struct stat file;

	if (stat(path, &file) == 0) {
		if (!S_ISREG(file.st_mode))
			return wv_err_set(err, WV_DAMAGED, "'%s' is no file", path);
		if (file.st_size == 0 && !options->create)
			return wv_err_set(err, WV_MISSING, "no archive in '%s': '%s' is empty", dir,
			                  path);
		return WV_OK;
	}
	if (errno != ENOENT && errno != ENOTDIR)
		return wv_err_errno(err, WV_IO, errno, "cannot look at '%s'", path);
	if (!options->create || options->read_only)
		return wv_err_set(err, WV_MISSING,
		                  "no archive in '%s' (crawl, snap and import make one)", dir);
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create folder '%s'", dir);
	return WV_OK;
}

/* The environment and its tables; on failure nothing is open. */
static enum wv_status open_all(struct wv_db *db, const char *path, struct wv_err *err)
{
	mdb_filehandle_t fd;
	struct stat file;
	enum wv_status st = open_env(db, db->dir, path, err);

	if (st == WV_OK)
		st = check_length(db, path, err);
	if (st == WV_OK)
		st = make_tables(db, path, err);
	if (st == WV_OK && (mdb_env_get_fd(db->env, &fd) != 0 || fstat(fd, &file) != 0))
		st = wv_err_errno(err, WV_IO, errno, "cannot look at '%s'", path);
	if (st != WV_OK) {
		if (db->env)
			mdb_env_close(db->env);
		db->env = NULL;
		return st;
	}
	db->device = file.st_dev;
	db->file = file.st_ino;
	db->resident = (struct wv_resident){0}; /* this file is mapped elsewhere */
	return WV_OK;
}

enum wv_status wv_db_open(const char *dir, const struct wv_db_options *options, struct wv_db **out,
                          struct wv_err *err)
{
	WV_AUTO(wv_db_close) struct wv_db *db = calloc(1, sizeof *db);
	pthread_condattr_t monotonic;
	char path[DB_PATH_MAX];
	enum wv_status st;

	if (!db)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	(void)pthread_mutex_init(&db->mutex, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&db->idle, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	db->options = *options;
	db->dir = strdup(dir);
	if (!db->dir)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	wv_checksum_init(&db->checksum);
	st = path_of(dir, "data.mdb", path, err);
	if (st == WV_OK)
		st = look_at_file(dir, path, options, err);
	if (st == WV_OK)
		st = allocate_lock(dir, options->read_only, err);
	if (st == WV_OK)
		st = open_all(db, path, err);
	if (st == WV_OK && options->create)
		st = wv_folder_sync(dir, err);
	if (st != WV_OK)
		return st;
	*out = WV_TAKE(db);
	return WV_OK;
}

void wv_db_close(struct wv_db **db)
{
	if (!*db)
		return;
	if ((*db)->env)
		mdb_env_close((*db)->env);
	(void)pthread_cond_destroy(&(*db)->idle);
	(void)pthread_mutex_destroy(&(*db)->mutex);
	free((*db)->dir);
	free(*db);
	*db = NULL;
}

static enum wv_status begin(struct wv_db *db, bool is_write, struct wv_txn **out,
                            struct wv_err *err)
{
	struct wv_txn *txn = calloc(1, sizeof *txn);
	int rc;

	if (!txn)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	rc = mdb_txn_begin(db->env, NULL, is_write ? 0 : MDB_RDONLY, &txn->txn);
	if (rc != 0) {
		free(txn);
		return wv_db_error(err, rc,
		                is_write ? "cannot begin writing" : "cannot begin reading");
	}
	txn->db = db;
	txn->is_write = is_write;
	*out = txn;
	return WV_OK;
}

static bool is_replaced_locked(const struct wv_db *db, const char *path)
{
	struct stat file;

	return !db->env || (stat(path, &file) == 0 && (file.st_ino != db->file ||
	                                                file.st_dev != db->device));
}

/* Opens the file that is there now, if nobody reads the old one. */
static enum wv_status renew_locked(struct wv_db *db, struct wv_err *err)
{
	struct wv_mono end = wv_clock_mono(wv_clock_system());
	char path[DB_PATH_MAX];
	struct timespec until;
	enum wv_status st = path_of(db->dir, "data.mdb", path, err);

	if (st != WV_OK || !is_replaced_locked(db, path))
		return st;
	end.us += DB_REOPEN_WAIT_MS * WV_US_PER_MS;
	until = (struct timespec){.tv_sec = (time_t)(end.us / WV_US_PER_S),
	                          .tv_nsec = (long)(end.us % WV_US_PER_S) * 1000};
	while (db->reads)
		if (pthread_cond_timedwait(&db->idle, &db->mutex, &until) != 0)
			break;
	if (db->reads || !is_replaced_locked(db, path))
		return WV_OK;
	if (db->env)
		mdb_env_close(db->env);
	db->env = NULL;
	return open_all(db, path, err);
}

static void leave(struct wv_db *db)
{
	(void)pthread_mutex_lock(&db->mutex);
	if (--db->reads == 0)
		(void)pthread_cond_broadcast(&db->idle);
	(void)pthread_mutex_unlock(&db->mutex);
}

enum wv_status wv_txn_begin_read(struct wv_db *db, struct wv_txn **out, struct wv_err *err)
{
	enum wv_status st;

	/* Who may write holds the flock that `compact` takes: nothing is replaced under it. */
	if (!db->options.read_only)
		return begin(db, false, out, err);
	(void)pthread_mutex_lock(&db->mutex);
	st = renew_locked(db, err);
	if (st == WV_OK)
		st = begin(db, false, out, err);
	if (st == WV_OK)
		db->reads++;
	(void)pthread_mutex_unlock(&db->mutex);
	return st;
}

uint64_t wv_txn_number(const struct wv_txn *txn)
{
	return mdb_txn_id(txn->txn);
}

enum wv_status wv_txn_begin_write(struct wv_db *db, struct wv_txn **out, struct wv_err *err)
{
	WV_ASSERT(!db->options.read_only);
	return begin(db, true, out, err);
}

/* LMDB says EIO for a short write, which is how a disk says that it has just become full. */
static bool is_disk_full(struct wv_db *db)
{
	mdb_filehandle_t fd;
	struct statvfs disk;

	return mdb_env_get_fd(db->env, &fd) == 0 && fstatvfs(fd, &disk) == 0 &&
	       (uint64_t)disk.f_bavail * disk.f_frsize < DB_FULL_BYTES;
}

enum wv_status wv_txn_commit(struct wv_txn **txn, struct wv_err *err)
{
	struct wv_db *db = (*txn)->db;
	enum wv_status st = (*txn)->failed;
	bool is_write = (*txn)->is_write;
	int rc;

	if (st != WV_OK)
		wv_err_set(err, st, "cannot commit after a failed write");
	else if (is_write)
		st = wv_db_fault(db, "commit", err);
	if (st != WV_OK) {
		wv_txn_abort(txn);
		return st;
	}
	rc = mdb_txn_commit((*txn)->txn);
	if (db->options.read_only)
		leave(db);
	free(*txn);
	*txn = NULL;
	if (rc == EIO && is_disk_full(db))
		rc = ENOSPC;
	if (rc != 0)
		return wv_db_error(err, rc, "cannot commit");
	if (is_write) {
		lengthen(db);
		/* For tests that kill here; it is too late to fail. */
		(void)wv_db_fault(db, "committed", NULL);
	}
	return WV_OK;
}

void wv_txn_abort(struct wv_txn **txn)
{
	if (!*txn)
		return;
	mdb_txn_abort((*txn)->txn);
	if ((*txn)->db->options.read_only)
		leave((*txn)->db);
	free(*txn);
	*txn = NULL;
}
