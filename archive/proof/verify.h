#ifndef WV_ARCHIVE_PROOF_VERIFY_H
#define WV_ARCHIVE_PROOF_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/proof/head.h"
#include "archive/store/store.h"

/*
 * Does the archive say the same thing everywhere? Walks every table, derives every index again
 * from what it indexes (captures, leaves, pages, sources, bodies, segments, articles, counters,
 * tree) and, in full, decodes and digests every stored byte string.
 *
 * A damaged file can crash a reader in LMDB itself: run it in a process of its own, and count a
 * death by signal as a finding.
 */
enum wv_verify_depth {
	WV_VERIFY_SAMPLE, /* all rows; of the stored bytes a sample */
	WV_VERIFY_FULL,
};

struct wv_finding {
	const char *table;  /* wv_table_name, or "file" */
	const char *record; /* "capture 17", "body 3f2a...", "segment 4 bytes 100 to 180" */
	const char *what;   /* "checksum is wrong", "is not in the tree" */
};

struct wv_verify_options {
	enum wv_verify_depth depth;
	uint64_t sample; /* SAMPLE: about so many byte strings; 0: 1000 */
	/* Heads that were kept elsewhere, their signatures checked by the caller: a log that is
	 * shorter than one was rolled back, one with another root there was forked. */
	const struct wv_signed_head *kept;
	size_t kept_count;
	/* Called for each finding; the strings live for the call. */
	void (*found)(const struct wv_finding *finding, void *context);
	/* Called now and then with rows seen so far; may be NULL. False stops (WV_STOPPED). */
	bool (*progress)(uint64_t rows, void *context);
	void *context;
	/* Other tables' owners: checks one row (WV_DAMAGED with words is a finding). NULL: rows of
	 * tables that archive/ does not own are only read. */
	enum wv_status (*row)(enum wv_table table, struct wv_slice key, struct wv_slice value,
	                      void *context, struct wv_err *err);
};

struct wv_verify_counts {
	uint64_t rows, captures, bodies, bytes; /* looked at; bytes: decoded and digested */
	uint64_t findings;
	bool is_quiet; /* nobody wrote meanwhile, so the counters were compared too */
};

/*
 * One read transaction for each table, renewed every 100 ms; what a writer adds meanwhile is left
 * out by the counters taken at the start. WV_OK: no finding; WV_DAMAGED: findings were reported;
 * others: it could not be looked at.
 */
WV_MUST_USE enum wv_status wv_verify(struct wv_store *store,
                                     const struct wv_verify_options *options,
                                     struct wv_verify_counts *out, struct wv_err *err);

#endif
