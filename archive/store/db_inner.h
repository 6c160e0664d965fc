#ifndef WV_ARCHIVE_STORE_DB_INNER_H
#define WV_ARCHIVE_STORE_DB_INNER_H

#include <limits.h>
#include <pthread.h>
#include <sys/types.h>

#include "archive/store/checksum.h"
#include "archive/store/db.h"
#include "archive/store/resident.h"

/*
 * What the files of the database share: db.c opens it and has the transactions, db_rows.c reads
 * and writes rows, db_copy.c copies the file and says how full it is. LMDB's types are named, not
 * included.
 */
struct MDB_env;
struct MDB_txn;

/* LMDB's, as Debian compiles it; wv_db_open checks it. */
#define DB_KEY_MAX 511
/* The table of a read-only environment that an older program made may be missing. */
#define TABLE_ABSENT UINT_MAX

struct wv_db {
	struct MDB_env *env;
	unsigned tables[WV_TABLE_COUNT];
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
	struct MDB_txn *txn;
	bool is_write;
	enum wv_status failed; /* the first failed write; the commit then fails the same way */
};

/* LMDB's code, or an errno, as a status of ours: "what: why". */
enum wv_status wv_db_error(struct wv_err *err, int rc, const char *what);
/* Where a test wants a failure. */
enum wv_status wv_db_fault(struct wv_db *db, const char *step, struct wv_err *err);

#endif
