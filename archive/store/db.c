#include "archive/store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "archive/store/checksum.h"
#include "archive/store/resident.h"
#include "archive/store/tail.h"
#include "config/base/checked.h"
#include "config/base/clock.h"

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
/* LMDB's, as Debian compiles it; wv_db_open checks it. */
#define DB_KEY_MAX 511
/* Less than this left on the disk, and a short write was a full disk. */
#define DB_FULL_BYTES (1u << 20)
/* How long a read waits for others of its process to end, so that a new file can be opened. */
#define DB_REOPEN_WAIT_MS 200
/* Behind every value: CRC-32C of table, key and value, little endian. */
#define DB_CHECK_BYTES 4

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

/* The table of a read-only environment that an older program made may be missing. */
#define TABLE_ABSENT ((MDB_dbi)-1)

struct wv_db {
	MDB_env *env;
	MDB_dbi tables[WV_TABLE_COUNT];
	struct wv_db_options options;
	size_t page_bytes;
	uint32_t stale_readers; /* cleared by the opening */
	struct wv_checksum checksum;
	struct wv_resident resident; /* where the file is mapped */
	char *dir;
	/* Of a read-only environment: which file it is, and who reads it. LMDB must not have a lock
	 * file open twice in a process, so the old file is closed before the new one is opened. */
	pthread_mutex_t mutex; /* guards what follows, and env while nobody reads */
	pthread_cond_t idle;
	unsigned reads;
	dev_t device;
	ino_t file;
};

struct wv_txn {
	struct wv_db *db;
	MDB_txn *txn;
	bool is_write;
	enum wv_status failed; /* the first failed write; the commit then fails the same way */
};

struct wv_walk {
	struct wv_txn *txn;
	enum wv_table table;
	MDB_cursor *cursor; /* NULL: the table is absent */
	bool checks_all;
};

static enum wv_status db_error(struct wv_err *err, int rc, const char *what)
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

static enum wv_status sync_folder(const char *dir, struct wv_err *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum wv_status st = WV_OK;

	if (fd < 0)
		return wv_err_errno(err, WV_IO, errno, "cannot open '%s'", dir);
	/* Some file systems refuse to sync folders (EINVAL): nothing more can be done there. */
	if (fsync(fd) != 0 && errno != EINVAL)
		st = wv_err_errno(err, WV_IO, errno, "cannot sync '%s'", dir);
	close(fd);
	return st;
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

/* Pages of the free list, as mdb_stat counts them. */
static int count_free_pages(MDB_txn *txn, uint64_t *count)
{
	MDB_cursor *cursor = NULL;
	MDB_val key, value;
	int rc = mdb_cursor_open(txn, 0, &cursor); /* 0 is the free list */

	while (rc == 0 && (rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		size_t n = 0;

		if (value.mv_size >= sizeof n)
			memcpy(&n, value.mv_data, sizeof n);
		*count += n;
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
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

static enum wv_status fault(struct wv_db *db, const char *step, struct wv_err *err)
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
		return db_error(err, rc, path);
	if (missing == 0 || db->options.read_only)
		return WV_OK;
	st = fault(db, "tables", err);
	if (st != WV_OK)
		return st;
	rc = open_tables(db, 0, MDB_CREATE, &missing);
	return rc == 0 ? WV_OK : db_error(err, rc, path);
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
		return db_error(err, rc, path);
	WV_ASSERT(mdb_env_get_maxkeysize(db->env) >= DB_KEY_MAX);
	db->page_bytes = stat.ms_psize;
	/* LMDB opens its data file without close-on-exec. */
	if (mdb_env_get_fd(db->env, &fd) == 0)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	rc = mdb_reader_check(db->env, &dead);
	db->stale_readers = dead > 0 ? (uint32_t)dead : 0;
	if (rc != 0 && !db->options.read_only)
		return db_error(err, rc, path);
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
		return wv_err_set(err, WV_MISSING, "no archive in '%s'", dir);
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
		st = sync_folder(dir, err);
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
		return db_error(err, rc,
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
		st = fault(db, "commit", err);
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
		return db_error(err, rc, "cannot commit");
	if (is_write) {
		lengthen(db);
		/* For tests that kill here; it is too late to fail. */
		(void)fault(db, "committed", NULL);
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

static MDB_val val_of(struct wv_slice s)
{
	/* LMDB does not write through it; its interface has no const. */
	return (MDB_val){s.n, s.n ? (void *)(uintptr_t)s.p : (void *)(uintptr_t) ""};
}

static struct wv_slice slice_of(const MDB_val *value)
{
	return wv_slice(value->mv_data, value->mv_size);
}

static uint32_t check_of(const struct wv_db *db, enum wv_table table, struct wv_slice key,
                         struct wv_slice value)
{
	uint32_t crc;

	if (db->options.is_temporary)
		return 0;
	crc = wv_checksum_add(&db->checksum, 0, wv_slice_of(table_names[table]));
	crc = wv_checksum_add(&db->checksum, crc, key);
	return wv_checksum_add(&db->checksum, crc, value);
}

/* A stored value without its checksum, which must be right. */
static enum wv_status unwrap(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
                             const MDB_val *stored, bool check_all, struct wv_slice *value,
                             struct wv_err *err)
{
	struct wv_slice whole = slice_of(stored), bare;
	struct wv_cursor c;

	if (whole.n < DB_CHECK_BYTES)
		return wv_err_set(err, WV_DAMAGED, "table '%s': a row is cut", table_names[table]);
	bare = wv_slice_part(whole, 0, whole.n - DB_CHECK_BYTES);
	/* A segment's records have digests, and are read one by one out of 256 KiB. */
	if (check_all || (table != WV_TABLE_SEGMENTS && table != WV_TABLE_SHINGLES)) {
		c = wv_cursor(wv_slice_from(whole, bare.n));
		if (wv_cursor_u32(&c) != check_of(txn->db, table, key, bare))
			return wv_err_set(err, WV_DAMAGED, "table '%s': a row's checksum is wrong",
			                  table_names[table]);
	}
	*value = bare;
	return WV_OK;
}

enum wv_status wv_txn_get(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
                          struct wv_slice *value, struct wv_err *err)
{
	MDB_dbi dbi = txn->db->tables[table];
	MDB_val k = val_of(key), v;
	int rc;

	/* No such key can have been stored. */
	if (dbi == TABLE_ABSENT || key.n == 0 || key.n > DB_KEY_MAX)
		return WV_NO;
	rc = mdb_get(txn->txn, dbi, &k, &v);
	if (rc == MDB_NOTFOUND)
		return WV_NO;
	if (rc != 0)
		return db_error(err, rc, table_names[table]);
	return unwrap(txn, table, key, &v, false, value, err);
}

static enum wv_status write_failed(struct wv_txn *txn, enum wv_status st)
{
	if (txn->failed == WV_OK)
		txn->failed = st;
	return txn->failed; /* what comes after the first failure is its consequence */
}

static enum wv_status put(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
                          struct wv_slice value, unsigned flags, struct wv_err *err)
{
	MDB_val k = val_of(key), v = {value.n + DB_CHECK_BYTES, NULL};
	unsigned char *at;
	enum wv_status st;
	uint32_t check;
	int rc;

	WV_ASSERT(txn->is_write);
	if (key.n == 0 || key.n > DB_KEY_MAX)
		return wv_err_set(err, WV_LIMIT, "%s: key of %zu bytes (1 to %d)",
		                  table_names[table], key.n, DB_KEY_MAX);
	if (value.n > UINT32_MAX / 2)
		return wv_err_set(err, WV_LIMIT, "%s: value of %zu bytes", table_names[table],
		                  value.n);
	st = fault(txn->db, "put", err);
	if (st != WV_OK)
		return write_failed(txn, st);
	check = check_of(txn->db, table, key, value);
	rc = mdb_put(txn->txn, txn->db->tables[table], &k, &v, flags | MDB_RESERVE);
	if (rc == MDB_KEYEXIST && flags == MDB_NOOVERWRITE)
		return wv_err_set(err, WV_CONFLICT, "%s: the key is there", table_names[table]);
	if (rc == MDB_KEYEXIST)
		return write_failed(txn, wv_err_set(err, WV_BUG, "%s: appended out of order",
		                                    table_names[table]));
	if (rc != 0)
		return write_failed(txn, db_error(err, rc, table_names[table]));
	at = v.mv_data;
	if (value.n)
		memcpy(at, value.p, value.n);
	for (int i = 0; i < DB_CHECK_BYTES; i++)
		at[value.n + (size_t)i] = (unsigned char)(check >> 8 * i);
	return WV_OK;
}

enum wv_status wv_txn_put(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
                          struct wv_slice value, struct wv_err *err)
{
	return put(txn, table, key, value, 0, err);
}

enum wv_status wv_txn_put_new(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
                              struct wv_slice value, struct wv_err *err)
{
	return put(txn, table, key, value, MDB_NOOVERWRITE, err);
}

enum wv_status wv_txn_append(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
                             struct wv_slice value, struct wv_err *err)
{
	return put(txn, table, key, value, MDB_APPEND, err);
}

enum wv_status wv_txn_delete(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
                             struct wv_err *err)
{
	MDB_val k = val_of(key);
	enum wv_status st;
	int rc;

	WV_ASSERT(txn->is_write);
	if (key.n == 0 || key.n > DB_KEY_MAX)
		return WV_NO;
	st = fault(txn->db, "delete", err);
	if (st != WV_OK)
		return write_failed(txn, st);
	rc = mdb_del(txn->txn, txn->db->tables[table], &k, NULL);
	if (rc == MDB_NOTFOUND)
		return WV_NO;
	if (rc != 0)
		return write_failed(txn, db_error(err, rc, table_names[table]));
	return WV_OK;
}

enum wv_status wv_txn_count(struct wv_txn *txn, enum wv_table table, uint64_t *count,
                            struct wv_err *err)
{
	MDB_stat stat;
	int rc;

	if (txn->db->tables[table] == TABLE_ABSENT) {
		*count = 0;
		return WV_OK;
	}
	rc = mdb_stat(txn->txn, txn->db->tables[table], &stat);
	if (rc != 0)
		return db_error(err, rc, table_names[table]);
	*count = stat.ms_entries;
	return WV_OK;
}

enum wv_status wv_walk_begin(struct wv_txn *txn, enum wv_table table, struct wv_walk **out,
                             struct wv_err *err)
{
	struct wv_walk *walk = calloc(1, sizeof *walk);
	int rc = 0;

	if (!walk)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	walk->txn = txn;
	walk->table = table;
	if (txn->db->tables[table] != TABLE_ABSENT)
		rc = mdb_cursor_open(txn->txn, txn->db->tables[table], &walk->cursor);
	if (rc != 0) {
		free(walk);
		return db_error(err, rc, table_names[table]);
	}
	*out = walk;
	return WV_OK;
}

void wv_walk_end(struct wv_walk **walk)
{
	if (!*walk)
		return;
	if ((*walk)->cursor)
		mdb_cursor_close((*walk)->cursor);
	free(*walk);
	*walk = NULL;
}

static enum wv_status move(struct wv_walk *walk, MDB_cursor_op op, struct wv_slice from,
                           struct wv_slice *key, struct wv_slice *value, struct wv_err *err)
{
	MDB_val k = val_of(from), v;
	int rc;

	if (!walk->cursor)
		return WV_NO;
	rc = mdb_cursor_get(walk->cursor, &k, &v, op);
	if (rc == MDB_NOTFOUND)
		return WV_NO;
	if (rc != 0)
		return db_error(err, rc, "cannot walk a table");
	*key = slice_of(&k);
	return unwrap(walk->txn, walk->table, *key, &v, walk->checks_all, value, err);
}

void wv_walk_check_all(struct wv_walk *walk)
{
	walk->checks_all = true;
}

enum wv_status wv_walk_seek(struct wv_walk *walk, struct wv_slice key, struct wv_slice *found_key,
                            struct wv_slice *value, struct wv_err *err)
{
	struct wv_slice cut = wv_slice_part(key, 0, DB_KEY_MAX);
	struct wv_slice k, v;
	enum wv_status st = move(walk, key.n ? MDB_SET_RANGE : MDB_FIRST, cut, &k, &v, err);

	/* A stored key equal to the cut one is below the whole. */
	if (st == WV_OK && cut.n < key.n && wv_slice_equals(k, cut))
		st = move(walk, MDB_NEXT, WV_SLICE_NONE, &k, &v, err);
	if (st != WV_OK)
		return st;
	*found_key = k;
	*value = v;
	return WV_OK;
}

enum wv_status wv_walk_next(struct wv_walk *walk, struct wv_slice *key, struct wv_slice *value,
                            struct wv_err *err)
{
	return move(walk, MDB_NEXT, WV_SLICE_NONE, key, value, err);
}

enum wv_status wv_walk_seek_before(struct wv_walk *walk, struct wv_slice key,
                                   struct wv_slice *found_key, struct wv_slice *value,
                                   struct wv_err *err)
{
	struct wv_slice k, v;
	enum wv_status st;

	if (key.n == 0)
		return move(walk, MDB_LAST, WV_SLICE_NONE, found_key, value, err);
	st = wv_walk_seek(walk, key, &k, &v, err);
	if (st == WV_NO)
		return move(walk, MDB_LAST, WV_SLICE_NONE, found_key, value, err);
	if (st == WV_OK && !wv_slice_equals(k, key))
		st = move(walk, MDB_PREV, WV_SLICE_NONE, &k, &v, err);
	if (st != WV_OK)
		return st;
	*found_key = k;
	*value = v;
	return WV_OK;
}

enum wv_status wv_walk_previous(struct wv_walk *walk, struct wv_slice *key, struct wv_slice *value,
                                struct wv_err *err)
{
	return move(walk, MDB_PREV, WV_SLICE_NONE, key, value, err);
}

bool wv_walk_key(struct wv_walk *walk, struct wv_slice *key)
{
	MDB_val k, v;

	if (!walk->cursor || mdb_cursor_get(walk->cursor, &k, &v, MDB_GET_CURRENT) != 0)
		return false;
	*key = slice_of(&k);
	return true;
}

/* --- a copy: LMDB writes it into a pipe, we write it on, so that it can be stopped --- */

#define COPY_BYTES (256u * 1024u)

struct copy {
	MDB_env *env;
	int pipe;
	unsigned flags;
	int rc;
};

static void *copy_out(void *argument)
{
	struct copy *copy = argument;

	copy->rc = mdb_env_copyfd2(copy->env, copy->pipe, copy->flags);
	close(copy->pipe); /* the other end sees the end */
	return NULL;
}

static enum wv_status write_on(int from, int to, bool (*progress)(uint64_t bytes, void *context),
                               void *context, uint64_t *bytes, struct wv_err *err)
{
	unsigned char *buffer = malloc(COPY_BYTES);
	enum wv_status st = WV_OK;
	ssize_t n = 1;

	if (!buffer)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	while (st == WV_OK && (n = read(from, buffer, COPY_BYTES)) != 0) {
		size_t done = 0;

		if (n < 0 && errno != EINTR)
			st = wv_err_errno(err, WV_IO, errno, "cannot copy the data file");
		while (st == WV_OK && n > 0 && done < (size_t)n) {
			ssize_t put = write(to, buffer + done, (size_t)n - done);

			if (put < 0 && errno != EINTR)
				st = wv_err_errno(err, WV_IO, errno, "cannot write the copy");
			done += put > 0 ? (size_t)put : 0;
		}
		*bytes += done;
		if (st == WV_OK && progress && !progress(*bytes, context))
			st = wv_err_set(err, WV_STOPPED, "stopped");
	}
	free(buffer);
	return st;
}

static enum wv_status copy_once(struct wv_db *db, unsigned flags, int fd,
                                bool (*progress)(uint64_t bytes, void *context), void *context,
                                uint64_t *bytes, int *rc, struct wv_err *err)
{
	struct copy copy = {.env = db->env, .flags = flags};
	enum wv_status st;
	pthread_t thread;
	int ends[2], failed;

	*bytes = 0;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return wv_err_errno(err, WV_IO, errno, "cannot open a pipe");
	copy.pipe = ends[1];
	failed = pthread_create(&thread, NULL, copy_out, &copy);
	if (failed) {
		close(ends[0]);
		close(ends[1]);
		return wv_err_errno(err, WV_IO, failed, "cannot start the copying thread");
	}
	st = write_on(ends[0], fd, progress, context, bytes, err);
	close(ends[0]); /* stops the thread where it still writes */
	(void)pthread_join(thread, NULL);
	*rc = copy.rc;
	return st;
}

enum wv_status wv_db_copy(struct wv_db *db, int fd, bool (*progress)(uint64_t bytes, void *context),
                          void *context, uint64_t *bytes, struct wv_err *err)
{
	int rc = 0;
	enum wv_status st = copy_once(db, MDB_CP_COMPACT, fd, progress, context, bytes, &rc, err);

	/* It counts pages that no table and no list has: then they are copied, too. */
	if (st == WV_OK && (rc == MDB_INCOMPATIBLE || rc == MDB_CORRUPTED)) {
		if (lseek(fd, 0, SEEK_SET) != 0 || ftruncate(fd, 0) != 0)
			return wv_err_errno(err, WV_IO, errno, "cannot begin the copy again");
		st = copy_once(db, 0, fd, progress, context, bytes, &rc, err);
	}
	if (st == WV_OK && rc != 0)
		return db_error(err, rc, "cannot copy the data file");
	return st;
}

const char *wv_table_name(enum wv_table table)
{
	return table_names[table];
}

static int count_free(struct wv_db *db, uint64_t *pages)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn);

	if (rc != 0)
		return rc;
	rc = count_free_pages(txn, pages);
	mdb_txn_abort(txn);
	return rc;
}

/* A line of mdb_reader_list is "pid thread txnid" or, for a slot that reads nothing, "-". */
static int note_reader(const char *line, void *context)
{
	struct wv_db_usage *usage = context;
	struct wv_cursor c = wv_cursor(wv_slice_of(line));
	uint64_t number[2] = {0, 0};

	for (int field = 0; field < 3; field++) {
		while (wv_cursor_left(&c) && wv_byte_is_space(*c.p))
			c.p++;
		if (field != 1) {
			if (!wv_cursor_number(&c, &number[field / 2]))
				return 0;
		} else {
			while (wv_cursor_left(&c) && !wv_byte_is_space(*c.p))
				c.p++;
		}
	}
	if (usage->oldest_reader_txn == 0 || number[1] < usage->oldest_reader_txn)
		usage->oldest_reader_txn = number[1];
	if (number[0] == (uint64_t)getpid())
		return 0;
	usage->others++;
	if (usage->oldest_other_txn == 0 || number[1] < usage->oldest_other_txn) {
		usage->oldest_other_txn = number[1];
		usage->oldest_other_pid = (uint32_t)number[0];
	}
	return 0;
}

enum wv_status wv_db_usage(struct wv_db *db, struct wv_db_usage *out, struct wv_err *err)
{
	struct wv_db_usage usage = {0};
	uint64_t free_pages = 0;
	mdb_filehandle_t fd;
	MDB_envinfo info;
	struct stat file;
	int rc;

	if (!db->env)
		return wv_err_set(err, WV_CONFLICT, "the archive's file is being replaced");
	rc = mdb_reader_list(db->env, note_reader, &usage);
	rc = rc < 0 ? rc : count_free(db, &free_pages);
	if (rc == 0)
		rc = mdb_env_info(db->env, &info);
	if (rc == 0)
		rc = mdb_env_get_fd(db->env, &fd);
	if (rc == 0 && fstat(fd, &file) != 0)
		rc = errno;
	if (rc != 0)
		return db_error(err, rc, "cannot read the archive's use");
	usage.map_bytes = info.me_mapsize;
	usage.file_bytes = (uint64_t)file.st_size;
	usage.used_bytes = ((uint64_t)info.me_last_pgno + 1 - free_pages) * db->page_bytes;
	usage.free_bytes = free_pages * db->page_bytes;
	usage.last_txn = info.me_last_txnid;
	usage.readers = info.me_numreaders;
	usage.readers_max = info.me_maxreaders;
	usage.stale = db->stale_readers;
	*out = usage;
	return WV_OK;
}
