#ifndef WV_ARCHIVE_STORE_REGISTER_H
#define WV_ARCHIVE_STORE_REGISTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/store/capture.h"
#include "archive/store/db.h"
#include "config/base/arena.h"
#include "config/base/clock.h"
#include "config/base/digest.h"

/*
 * The register: dated facts about what may not be shown, not be fetched, not be removed, and about
 * what was removed. Rows of WV_TABLE_FACTS, numbered from 1, never overwritten: a fact ends by its
 * `until`, or by a later fact that releases it.
 *
 *   hide     not listed, not searched, not shown, not exported; kept, and crawled on
 *   block    as hide, and not fetched any more
 *   erase    as block, and its bytes are gone; the hash in the log stays
 *   hold     may be neither pruned nor erased
 *   release  ends one of the above
 *   prune    bodies that retention removed; their captures stay
 *
 * Who must ask
 * ------------
 * Whoever shows, counts, ranks, copies out or serves a capture, its article, its bytes or anything
 * derived from them asks wv_register_shows (or, for many captures of one page,
 * wv_register_of_page and wv_register_refusal), with the time it is now: take-downs hold for every
 * view, also for one of an earlier T or K. wv_store_list, wv_captures_*, wv_store_standing and
 * wv_history_of ask by themselves unless their query says `sees_all`; wv_store_capture,
 * wv_store_body, wv_store_article and wv_store_reading do not: what they give came from an ID or a
 * digest that somebody asked about before. A follower (search, copies) drops what a new fact
 * covers when it catches up: wv_register_each from the number it had last.
 * Whoever fetches or imports asks wv_register_fetches. `verify`, extraction, the crawl's own
 * comparisons, pruning and erasing see all.
 *
 * A refusal names its fact, from which a tombstone is made: what, since when, why. Over HTTP: hide
 * is 404, block 451, erase 410.
 *
 * Reads work in the caller's transaction and copy into the caller's arena.
 */
enum wv_act {
	WV_ACT_HIDE = 1,
	WV_ACT_BLOCK = 2,
	WV_ACT_ERASE = 3,
	WV_ACT_HOLD = 4,
	WV_ACT_RELEASE = 5,
	WV_ACT_PRUNE = 6,
	WV_ACT_COUNT
};
const char *wv_act_name(enum wv_act act); /* "hide"; never NULL */
const char *wv_act_done(enum wv_act act); /* "hidden"; never NULL */

struct wv_fact {
	uint64_t number; /* from 1; wv_register_add sets it */
	enum wv_act act;
	struct wv_time recorded;
	struct wv_time until;      /* ends then by itself; WV_TIME_NONE: never */
	bool is_of_capture;        /* of one capture; else of the page, later captures included */
	uint64_t capture;
	uint64_t releases;         /* RELEASE: the number that ends */
	uint64_t captures, bodies, bytes; /* ERASE, PRUNE: removed; bytes as they were stored */
	struct wv_time first, last; /* ERASE, PRUNE: captured times of those; WV_TIME_NONE */
	struct wv_slice page_key;  /* empty: PRUNE, which is of the whole archive */
	struct wv_slice url;       /* verbatim, as it was asked for */
	struct wv_slice reason;
	uint64_t released_by;      /* not stored: the fact that ended it; 0: none */
};
#define WV_REASON_MAX 1000u

/* Writes a fact and its indexes; number is set. WV_LIMIT: reason too long. */
WV_MUST_USE enum wv_status wv_register_add(struct wv_txn *txn, struct wv_fact *fact,
                                           struct wv_err *err);
/* The facts with a number above `after`, in order; `visit` stops the walk by anything but WV_OK,
 * which is then returned. Slices live for the call. */
typedef enum wv_status (*wv_fact_visit)(const struct wv_fact *fact, void *context,
                                        struct wv_err *err);
WV_MUST_USE enum wv_status wv_register_each(struct wv_txn *txn, uint64_t after,
                                            wv_fact_visit visit, void *context,
                                            struct wv_err *err);
/* WV_NO: no such number. */
WV_MUST_USE enum wv_status wv_register_get(struct wv_txn *txn, struct wv_arena *arena,
                                           uint64_t number, struct wv_fact *out,
                                           struct wv_err *err);

/* The facts about a page and its captures that were not released, oldest first. */
struct wv_register_page {
	struct wv_fact *facts;
	size_t count;
};
WV_MUST_USE enum wv_status wv_register_of_page(struct wv_txn *txn, struct wv_arena *arena,
                                               struct wv_slice page_key,
                                               struct wv_register_page *out, struct wv_err *err);
/* Is nothing registered at all? */
WV_MUST_USE enum wv_status wv_register_is_empty(struct wv_txn *txn, bool *is_empty,
                                                struct wv_err *err);
/* Has it run out at `now`? */
bool wv_fact_is_over(const struct wv_fact *fact, struct wv_time now);
/* The gravest fact by which a capture may not be shown at `now`, or NULL. Pure. */
const struct wv_fact *wv_register_refusal(const struct wv_register_page *page, uint64_t capture,
                                          struct wv_time now);
/* The fact by which it may be neither pruned nor erased, or NULL. Pure. */
const struct wv_fact *wv_register_hold(const struct wv_register_page *page, uint64_t capture,
                                       struct wv_time now);

/* May this be shown at `now`? WV_NO: no, and why (may be NULL). Cheap where the register is empty. */
WV_MUST_USE enum wv_status wv_register_shows(struct wv_txn *txn, struct wv_arena *arena,
                                             struct wv_slice page_key, uint64_t capture,
                                             struct wv_time now, struct wv_fact *why,
                                             struct wv_err *err);
/* May this page be asked for at `now`? WV_NO: no, and why (may be NULL; without texts). */
WV_MUST_USE enum wv_status wv_register_fetches(struct wv_txn *txn, struct wv_slice page_key,
                                               struct wv_time now, struct wv_fact *why,
                                               struct wv_err *err);

/* Which fact erased this leaf; WV_NO: none did. */
WV_MUST_USE enum wv_status wv_register_erased(struct wv_txn *txn, struct wv_arena *arena,
                                              uint64_t capture, struct wv_fact *out,
                                              struct wv_err *err);
WV_MUST_USE enum wv_status wv_register_note_erased(struct wv_txn *txn, uint64_t capture,
                                                   uint64_t number, struct wv_err *err);
/* Which fact pruned these bytes (kind: enum wv_blob_class); WV_NO: none did. */
WV_MUST_USE enum wv_status wv_register_pruned(struct wv_txn *txn, struct wv_arena *arena,
                                              unsigned char kind, const struct wv_digest *digest,
                                              struct wv_fact *out, struct wv_err *err);
WV_MUST_USE enum wv_status wv_register_note_pruned(struct wv_txn *txn, unsigned char kind,
                                                   const struct wv_digest *digest,
                                                   uint64_t number, struct wv_err *err);

/* "erased on 2026-11-26T09:00:00Z (register 3): reason": a tombstone in one line. */
void wv_fact_print(const struct wv_fact *fact, struct wv_buf *out);
/* Does a row of WV_TABLE_FACTS agree with the others? For `verify`: WV_DAMAGED with words. */
WV_MUST_USE enum wv_status wv_register_check_row(struct wv_txn *txn, struct wv_slice key,
                                                 struct wv_slice value, struct wv_err *err);

/* Does a fact say why this leaf was erased? For `verify`: WV_DAMAGED with words. */
WV_MUST_USE enum wv_status wv_register_check_erased(struct wv_txn *txn, uint64_t capture,
                                                    struct wv_err *err);

#endif
