#ifndef WV_ARCHIVE_STORE_DB_H
#define WV_ARCHIVE_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * Neutral ordered tables in one LMDB environment; the only file that knows LMDB.
 *
 * Keys and values are byte strings; keys sort bytewise. Slices read in a transaction die with it
 * (in a write transaction also with the next write). Who owns a table owns its encoding.
 *
 * Each stored value ends in a checksum of table, key and value that callers never see. It is
 * looked at on every read (WV_DAMAGED), except in WV_TABLE_SEGMENTS, whose records are proved by
 * their digests, and in WV_TABLE_SHINGLES, which only says what to compare: there only by a walk
 * after wv_walk_check_all.
 */
struct wv_db;
struct wv_txn;

struct wv_db_options {
	uint64_t map_bytes;   /* 0: the default, 1 TiB */
	bool read_only;
	bool create;          /* make the folder (0700) and files if missing */
	/* For an index that does not outlive its process: nothing is synced, nor is any checksum
	 * made or looked at. */
	bool is_temporary;
	/* Fault injection for tests: called before each write, commit, sync step; not WV_OK fails it
	 * there. NULL in the program. */
	enum wv_status (*fault)(void *context, const char *step);
	void *fault_context;
};

/* Tables are named once, here, so that a listing shows who keeps what. */
enum wv_table {
	/* archive/store */
	WV_TABLE_META,      /* "format", "created", counters */
	WV_TABLE_PAGES,     /* page key -> page number u64 and the first verbatim URL */
	WV_TABLE_PAGE_KEYS, /* page number -> page key */
	WV_TABLE_CAPTURES,  /* page number, captured us, leaf number -> capture record */
	WV_TABLE_LEAVES,    /* leaf number -> where its capture is, leaf salt and hash */
	WV_TABLE_BODIES,    /* class, SHA-256 -> where and how those bytes are stored */
	WV_TABLE_ENCODED,   /* SHA-256 of encoded bytes -> SHA-256 of decoded bytes */
	WV_TABLE_SEGMENTS,  /* segment number -> packed records */
	WV_TABLE_ARTICLES,  /* leaf number, extraction number -> article row */
	WV_TABLE_SOURCE_NAMES, /* source name -> number; number -> name and totals */
	WV_TABLE_BY_SOURCE, /* source number, captured us, leaf number -> page number */
	WV_TABLE_FACTS,     /* dated facts: take-downs and the like */
	/* archive/proof */
	WV_TABLE_TREE,      /* level, index -> Merkle node */
	WV_TABLE_HEADS,     /* tree size -> signed head */
	/* archive/copies */
	WV_TABLE_FINGERPRINTS,
	WV_TABLE_CLUSTERS,
	WV_TABLE_STORIES,
	/* crawler/plan */
	WV_TABLE_FRONTIER,  /* page key -> what is known of it */
	WV_TABLE_DUE,       /* turn, due time, priority -> page key */
	WV_TABLE_TURNS,     /* turn (host, domain or address) -> pace, lease, back-off */
	WV_TABLE_ROBOTS,    /* origin -> robots.txt as last had */
	WV_TABLE_LEDGER,    /* time, number -> request made, or refused, and why */
	WV_TABLE_LEDGER_BY_PAGE,
	WV_TABLE_SOURCES,   /* source name -> what the runs learned of it */
	/* crawler/page */
	WV_TABLE_SITES,     /* site -> learned boilerplate, numbered models */
	WV_TABLE_RUNS,      /* run number -> when, by what version, totals */
	/* archive/store again; on disk a table's place here means nothing */
	WV_TABLE_BASES,     /* site -> body of its base page, which first versions are deltas to */
	/* archive/proof */
	WV_TABLE_ANCHORS,   /* tree size, number -> who was told of the head, and the time stamp */
	/* archive/copies */
	WV_TABLE_SHINGLES,  /* sorted runs: which documents hold a shingle */
	WV_TABLE_COUNT
};

/*
 * Opens DIR/data.mdb. The pitfalls: lock.mdb is allocated before (a full disk is WV_FULL, never a
 * SIGBUS), the file's size is checked against its last page after (WV_DAMAGED), stale reader
 * slots are cleared. WV_MISSING without create; WV_PERM, WV_CREATE, WV_IO, WV_FULL.
 */
WV_MUST_USE enum wv_status wv_db_open(const char *dir, const struct wv_db_options *options,
                                      struct wv_db **out, struct wv_err *err);
void wv_db_close(struct wv_db **db);

/* On a read-only environment whose data file was replaced meanwhile (`compact`) it opens the new
 * one first; while other reads of this process are under way it waits for them, but not long: then
 * it reads the old file, which stays as it was. */
WV_MUST_USE enum wv_status wv_txn_begin_read(struct wv_db *db, struct wv_txn **out,
                                             struct wv_err *err);
/* One at a time in the whole system; waits for another thread of ours, never for a process (the
 * writer's flock is taken before). */
WV_MUST_USE enum wv_status wv_txn_begin_write(struct wv_db *db, struct wv_txn **out,
                                              struct wv_err *err);
/* Durable when it says WV_OK. Empties *txn always. WV_FULL, WV_IO: nothing was written. */
WV_MUST_USE enum wv_status wv_txn_commit(struct wv_txn **txn, struct wv_err *err);
/* Of a write transaction: one more than that of the last one that was committed. */
uint64_t wv_txn_number(const struct wv_txn *txn);
void wv_txn_abort(struct wv_txn **txn); /* also a WV_AUTO handler, and how a read ends */

/* WV_NO if absent (no error text). */
WV_MUST_USE enum wv_status wv_txn_get(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
                                      struct wv_slice *value, struct wv_err *err);
WV_MUST_USE enum wv_status wv_txn_put(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
                                      struct wv_slice value, struct wv_err *err);
/* Refuses an existing key: WV_CONFLICT. */
WV_MUST_USE enum wv_status wv_txn_put_new(struct wv_txn *txn, enum wv_table table,
                                          struct wv_slice key, struct wv_slice value,
                                          struct wv_err *err);
/* The key is above all others of the table (checked): cheaper and denser. */
WV_MUST_USE enum wv_status wv_txn_append(struct wv_txn *txn, enum wv_table table,
                                         struct wv_slice key, struct wv_slice value,
                                         struct wv_err *err);
/* WV_NO if it was not there. */
WV_MUST_USE enum wv_status wv_txn_delete(struct wv_txn *txn, enum wv_table table,
                                         struct wv_slice key, struct wv_err *err);
/* Entries in the table. */
WV_MUST_USE enum wv_status wv_txn_count(struct wv_txn *txn, enum wv_table table, uint64_t *count,
                                        struct wv_err *err);

/* A walk in key order. Dies with its transaction; end it before. */
struct wv_walk;
WV_MUST_USE enum wv_status wv_walk_begin(struct wv_txn *txn, enum wv_table table,
                                         struct wv_walk **out, struct wv_err *err);
void wv_walk_end(struct wv_walk **walk);
/* Checks the large values too, as `verify` wants it. */
void wv_walk_check_all(struct wv_walk *walk);
/* The first entry with a key >= `key` (the empty slice: the first of all). WV_NO at the end. */
WV_MUST_USE enum wv_status wv_walk_seek(struct wv_walk *walk, struct wv_slice key,
                                        struct wv_slice *found_key, struct wv_slice *value,
                                        struct wv_err *err);
WV_MUST_USE enum wv_status wv_walk_next(struct wv_walk *walk, struct wv_slice *key,
                                        struct wv_slice *value, struct wv_err *err);
/* The last entry with a key <= `key` (the empty slice: the last of all). */
WV_MUST_USE enum wv_status wv_walk_seek_before(struct wv_walk *walk, struct wv_slice key,
                                               struct wv_slice *found_key, struct wv_slice *value,
                                               struct wv_err *err);
WV_MUST_USE enum wv_status wv_walk_previous(struct wv_walk *walk, struct wv_slice *key,
                                            struct wv_slice *value, struct wv_err *err);

/* Where the walk stands, also after a row whose checksum was wrong: a next step goes on behind it.
 * False: nowhere. */
bool wv_walk_key(struct wv_walk *walk, struct wv_slice *key);

/* A fixed English name: "captures". */
const char *wv_table_name(enum wv_table table);

/*
 * Writes the whole environment as the last commit left it to `fd`, free pages left out, while
 * others read and write; the transaction it reads in pins old pages meanwhile. `progress` (may be
 * NULL) hears the bytes written now and then; false stops it (WV_STOPPED). The caller syncs.
 * WV_FULL, WV_IO: what is in `fd` is worth nothing.
 */
WV_MUST_USE enum wv_status wv_db_copy(struct wv_db *db, int fd,
                                      bool (*progress)(uint64_t bytes, void *context),
                                      void *context, uint64_t *bytes, struct wv_err *err);

/* Lets go of the mapped pages that this process has looked at; they come back when needed. For
 * programs that go through much of a large file. One thread at a time. */
void wv_db_let_go(struct wv_db *db);
void wv_txn_let_go(struct wv_txn *txn); /* of its database */

/* For `status`. */
struct wv_db_usage {
	uint64_t map_bytes, file_bytes, used_bytes, free_bytes;
	uint64_t last_txn;
	uint32_t readers, readers_max;
	uint64_t oldest_reader_txn; /* 0: none */
	/* The same of other processes alone; `stale` are slots of dead ones that the opening cleared. */
	uint32_t others, stale;
	uint64_t oldest_other_txn;
	uint32_t oldest_other_pid;
};
WV_MUST_USE enum wv_status wv_db_usage(struct wv_db *db, struct wv_db_usage *out,
                                       struct wv_err *err);

#endif
