#ifndef WV_ARCHIVE_COPIES_RUNS_INNER_H
#define WV_ARCHIVE_COPIES_RUNS_INNER_H

#include "archive/copies/runs.h"

/*
 * Between runs_rows.c (the rows of the table), runs_lookup.c (who holds a hash), runs_merge.c (two
 * runs become one) and runs.c (adding, taking away). Not for others.
 */

#define WV_RUN_ENTRY_BYTES   10u
#define WV_RUN_BLOCK_ENTRIES 1636u /* fills four pages of LMDB with header and checksum */
#define WV_RUNS_MAX          256u
#define WV_RUNS_LEVELS       32u
#define WV_RUN_KEY_BYTES     18u
#define WV_RUN_SEQUENCE_MIN  UINT32_C(0x80000000) /* below it: put back at a run's front */
#define WV_RUN_ANCHORS       8u /* places of a block whose hashes are known: between them is guessed */

struct wv_run {
	uint32_t number;
	uint32_t level;
	uint64_t entries;
	uint32_t into; /* the run it is being merged into, or 0 */
};

/* The runs of one stretch of time. */
struct wv_run_list {
	uint32_t partition;
	uint32_t next; /* run number, from 1 */
	uint32_t count;
	struct wv_run runs[WV_RUNS_MAX];
};

/* ---- runs_rows.c ---- */

/* An empty list where the stretch of time has none. WV_DAMAGED. */
WV_MUST_USE enum wv_status wv_runs_load(struct wv_txn *txn, uint32_t partition,
                                        struct wv_run_list *m, struct wv_err *err);
WV_MUST_USE enum wv_status wv_runs_store(struct wv_txn *txn, const struct wv_run_list *m,
                                         struct wv_err *err);
struct wv_slice wv_runs_key(uint32_t partition, uint32_t run, uint64_t hash, uint32_t sequence,
                            unsigned char key[static WV_RUN_KEY_BYTES]);

static inline uint64_t wv_runs_hash(struct wv_slice block, size_t i)
{
	const unsigned char *p = block.p + i * WV_RUN_ENTRY_BYTES;

	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
	       (uint64_t)p[4] << 32;
}

static inline uint32_t wv_runs_document(struct wv_slice block, size_t i)
{
	const unsigned char *p = block.p + i * WV_RUN_ENTRY_BYTES + 5;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline unsigned char wv_runs_bucket(struct wv_slice block, size_t i)
{
	return block.p[i * WV_RUN_ENTRY_BYTES + 9];
}

/* `last_hash` and `sequence` carry over from the blocks written before. */
struct wv_run_writer {
	uint32_t partition, run;
	uint64_t first_hash;
	uint32_t sequence, sequence_min;
	bool has_first;
};
/* Entries go behind what the writer wrote before. */
WV_MUST_USE enum wv_status wv_runs_write(struct wv_txn *txn, struct wv_run_writer *w,
                                         const struct wv_pair *entries, size_t n,
                                         struct wv_err *err);

struct wv_run_reader {
	struct wv_walk *walk;
	uint32_t partition, run;
	struct wv_slice block;
	size_t at, n; /* entries of the block */
	uint64_t anchors[WV_RUN_ANCHORS +
	                 1]; /* hashes of places as far apart, which are spread evenly */
	size_t segment;
	bool is_over;
	bool is_sparse; /* what is asked for lies many blocks apart: each is sought */
	bool is_dense;  /* or but a few entries */
};
/* Takes what the walk found; a block of another run is the end of this one. */
WV_MUST_USE enum wv_status wv_runs_take(struct wv_run_reader *r, enum wv_status st,
                                        struct wv_slice key, struct wv_slice block,
                                        struct wv_err *err);
/* To the last block that begins below `hash`: what equals it may begin there. */
WV_MUST_USE enum wv_status wv_runs_seek(struct wv_run_reader *r, uint64_t hash, struct wv_err *err);
WV_MUST_USE enum wv_status wv_runs_next(struct wv_run_reader *r, struct wv_err *err);

/* ---- runs_merge.c ---- */

/* The level of a run of n entries. */
uint32_t wv_runs_level(uint64_t n);
/* Small runs are merged at once, so that there is one of them; of larger merges a bounded piece:
 * `budget` entries or a few more. The list is changed, not stored. */
WV_MUST_USE enum wv_status wv_runs_merge(struct wv_txn *txn, struct wv_run_list *m, size_t budget,
                                         struct wv_err *err);

#endif
