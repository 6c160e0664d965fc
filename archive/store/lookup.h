#ifndef WV_ARCHIVE_STORE_LOOKUP_H
#define WV_ARCHIVE_STORE_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/store/article.h"
#include "archive/store/capture.h"
#include "archive/store/db.h"
#include "archive/store/store.h"
#include "archive/store/register.h"

/*
 * Reading the archive. Every call works in the caller's read transaction (or the writer's) and
 * copies what it gives into the caller's arena, so results outlive the transaction. Absence is
 * WV_NO without words; WV_DAMAGED names the record. WV_NOMEM also for an arena at its cap.
 *
 * known_at (K) hides what was recorded later; WV_TIME_NONE: everything this transaction sees.
 * A capture is always given as it is known at K: verdict, version, extractor and model come from
 * the newest reading recorded by then.
 *
 * What was taken down (register.h) is left out of walks, lists, histories and standing captures,
 * judged at the query's `now`; a query that leaves `now` at zero lets no term run out. `sees_all`
 * is for those who keep the archive, never for those who show it. wv_store_capture and what reads
 * bodies and articles do not ask: whoever shows what they give asks wv_register_shows.
 */
WV_MUST_USE enum wv_status wv_store_capture(struct wv_txn *txn, struct wv_arena *arena, uint64_t id,
                                            struct wv_time known_at, struct wv_capture *out,
                                            struct wv_err *err);

struct wv_page {
	uint64_t number;
	struct wv_slice key;
	struct wv_slice url; /* of its first capture, verbatim */
};
WV_MUST_USE enum wv_status wv_store_page_of_key(struct wv_txn *txn, struct wv_arena *arena,
                                                struct wv_slice page_key, struct wv_page *out,
                                                struct wv_err *err);
WV_MUST_USE enum wv_status wv_store_page(struct wv_txn *txn, struct wv_arena *arena,
                                         uint64_t number, struct wv_page *out, struct wv_err *err);

/*
 * Captures of a page in order of captured time. End it before its transaction. To go on in
 * another transaction, begin again with `from` (or `to`) of the last one and skip to its id.
 */
struct wv_captures_query {
	uint64_t page;
	struct wv_slice url;     /* only this verbatim URL; empty: all of the page */
	struct wv_time from, to; /* captured, both included; WV_TIME_NONE: unbounded */
	struct wv_time known_at;
	bool is_backwards;
	struct wv_time now; /* for the terms of take-downs */
	bool sees_all;      /* also what was taken down */
};
struct wv_captures;
WV_MUST_USE enum wv_status wv_captures_begin(struct wv_txn *txn,
                                             const struct wv_captures_query *query,
                                             struct wv_captures **out, struct wv_err *err);
/* WV_NO at the end. */
WV_MUST_USE enum wv_status wv_captures_next(struct wv_captures *captures, struct wv_arena *arena,
                                            struct wv_capture *out, struct wv_err *err);
void wv_captures_end(struct wv_captures **captures);

/*
 * The capture that `--at T` means: the newest at or before T with status 200 (a 304 stands for
 * the body it confirmed), a body, and a verdict that stands (wv_verdict_stands). NEAREST: the
 * least distance, earlier wins a tie; AFTER: the oldest at or after T.
 */
bool wv_capture_stands(const struct wv_capture *capture);
enum wv_standing_mode { WV_STANDING_AT, WV_STANDING_NEAREST, WV_STANDING_AFTER };
struct wv_standing_query {
	uint64_t page;
	struct wv_slice url; /* as in wv_captures_query */
	struct wv_time at;   /* WV_TIME_NONE: no bound (the newest; with AFTER the oldest) */
	struct wv_time known_at;
	enum wv_standing_mode mode;
	uint64_t max_passed; /* WV_NO once so many were passed over on a side; 0: however many */
	struct wv_time now; /* as in wv_captures_query */
	bool sees_all;
};
/* What lay nearer and was not taken. */
struct wv_passed_over {
	uint64_t id;
	struct wv_time captured;
	int32_t status;
	enum wv_verdict verdict;
	struct wv_slice why; /* "status 503", "verdict captcha", "redirect", "no body" */
};
struct wv_standing {
	struct wv_capture capture;
	const struct wv_passed_over *passed; /* nearest first; at most WV_STANDING_PASSED_MAX ... */
	size_t passed_count;
	uint64_t passed_total; /* ... of so many */
	/* With WV_NO: what stood there was taken down. An older capture is never given in its
	 * place: that would be another answer. */
	bool is_refused;
	struct wv_fact refusal;
};
#define WV_STANDING_PASSED_MAX 100
/* WV_NO: none. `passed` is filled also then. */
WV_MUST_USE enum wv_status wv_store_standing(struct wv_txn *txn, struct wv_arena *arena,
                                             const struct wv_standing_query *query,
                                             struct wv_standing *out, struct wv_err *err);

/*
 * Appends the bytes of a body; the SHA-256 is checked before they are given (WV_DAMAGED, nothing
 * appended). WV_NO: not there (never kept, or erased).
 */
WV_MUST_USE enum wv_status wv_store_body(struct wv_txn *txn, const struct wv_digest *body,
                                         struct wv_buf *out, struct wv_err *err);
/* The encoded bytes, where they were kept. */
WV_MUST_USE enum wv_status wv_store_wire(struct wv_txn *txn, const struct wv_digest *encoded,
                                         struct wv_buf *out, struct wv_err *err);
WV_MUST_USE enum wv_status wv_store_has_body(struct wv_txn *txn, const struct wv_digest *body,
                                             uint64_t *body_bytes, struct wv_err *err);
/*
 * Was this encoded answer had before? Then its body is known without inflating it. The body may
 * have been erased since; `wv_store_has_body` is asked inside.
 */
WV_MUST_USE enum wv_status wv_store_find_encoded(struct wv_txn *txn,
                                                 const struct wv_digest *encoded,
                                                 struct wv_digest *body, uint64_t *body_bytes,
                                                 struct wv_err *err);

/* What one extraction made of a capture, without the article itself. */
struct wv_reading {
	uint32_t number; /* of this capture's extractions, from 0 */
	struct wv_time recorded;
	enum wv_verdict verdict;
	uint32_t extractor;
	uint64_t model;
	bool has_key; /* verdict article: `key` is the version key */
	struct wv_digest key;
	struct wv_digest record; /* SHA-256 of the article record; equal records are stored once */
	uint64_t record_bytes;
	struct wv_slice category, language;
};
/* The newest recorded at or before known_at, of the capture or of the one it stands for. */
WV_MUST_USE enum wv_status wv_store_reading(struct wv_txn *txn, struct wv_arena *arena,
                                            const struct wv_capture *capture,
                                            struct wv_time known_at, struct wv_reading *out,
                                            struct wv_err *err);
/* Its article; slices in `arena`. */
WV_MUST_USE enum wv_status wv_store_article(struct wv_txn *txn, struct wv_arena *arena,
                                            const struct wv_reading *reading,
                                            struct wv_article *out, struct wv_err *err);

/* Captures of one source, or of all, newest first. */
struct wv_list_query {
	struct wv_slice source;   /* empty: all */
	struct wv_slice category; /* of the article; empty: all */
	struct wv_time from, to;  /* captured, both included; WV_TIME_NONE: unbounded */
	struct wv_time known_at;
	size_t max;     /* at most so many in one call */
	size_t max_looked; /* ends after so many rows, wanted or not; 0: unbounded */
	bool has_after; /* go on after the last one of the call before */
	struct wv_time after_captured;
	uint64_t after_id;
	struct wv_time now; /* as in wv_captures_query */
	bool sees_all;
};
WV_MUST_USE enum wv_status wv_store_list(struct wv_txn *txn, struct wv_arena *arena,
                                         const struct wv_list_query *query, struct wv_capture **out,
                                         size_t *count, struct wv_err *err);

/* Pages whose key starts with `prefix`, in key order, above `after` (empty: from the first);
 * `visit` stops the walk by anything but WV_OK, which is then returned. */
typedef enum wv_status (*wv_page_visit)(const struct wv_page *page, void *context,
                                        struct wv_err *err);
WV_MUST_USE enum wv_status wv_store_each_page(struct wv_txn *txn, struct wv_slice prefix,
                                              struct wv_slice after, wv_page_visit visit,
                                              void *context, struct wv_err *err);

/* The same from the last to the first, below `before` (empty: from the last). */
WV_MUST_USE enum wv_status wv_store_each_page_back(struct wv_txn *txn, struct wv_slice prefix,
                                                   struct wv_slice before, wv_page_visit visit,
                                                   void *context, struct wv_err *err);

/* Sources that have captures, in order of their first. */
struct wv_source_totals {
	struct wv_slice name;
	uint32_t number; /* from 1, never above wv_source_count */
	uint64_t captures, capture_bytes, stored_bytes;
	/* Of stored_bytes by enum wv_stored_kind; less in all where an older release counted. */
	uint64_t stored[WV_STORED_KIND_COUNT];
};
WV_MUST_USE enum wv_status wv_store_sources(struct wv_txn *txn, struct wv_arena *arena,
                                            struct wv_source_totals **out, size_t *count,
                                            struct wv_err *err);
/* Pages that `source` has captures of, in page number order. */
WV_MUST_USE enum wv_status wv_store_each_page_of_source(struct wv_txn *txn, struct wv_slice source,
                                                        wv_page_visit visit, void *context,
                                                        struct wv_err *err);

#endif
