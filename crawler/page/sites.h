#ifndef WV_CRAWLER_PAGE_SITES_H
#define WV_CRAWLER_PAGE_SITES_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/db.h"
#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"
#include "crawler/page/boilerplate.h"

/*
 * What the archive's sites taught, in WV_TABLE_SITES: published models, numbered from 1 and never
 * changed, and the learner's working state behind them.
 *
 * A site is a host (with its port where that is not the scheme's): the pages of one host share
 * their templates. Those of a whole registrable domain do not: one desk's furniture is then seen
 * on too small a share of all pages to be told from prose.
 *
 * Learning is slow on purpose, for each published model is kept for ever: models come at 8, 32 and
 * 128 pages learned, then every 128. A model holds what was seen on at least three pages and 5 %
 * of them.
 *
 * Bounded: WV_SITE_PRINTS_MAX prints a site. Aged: prints seen once go after 24 further pages,
 * and every 512 pages above 1,024 all counts are halved, so what a redesign removed fades.
 *
 * Reading: any thread, in its own transaction. Learning: the writer, inside its transaction.
 */

#define WV_SITES_NEWEST UINT64_MAX

/* The site of a page, a part of its key: "com,example)". Empty: none that could be learned from. */
struct wv_slice wv_sites_site(struct wv_slice page_key);

/* Number of the newest published model. WV_NO: none yet. */
WV_MUST_USE enum wv_status wv_sites_newest(struct wv_txn *txn, struct wv_slice site,
                                           uint64_t *number, struct wv_err *err);
/* A published model, in `arena`: `number`, or WV_SITES_NEWEST. WV_NO: there is none; WV_DAMAGED. */
WV_MUST_USE enum wv_status wv_sites_model(struct wv_txn *txn, struct wv_slice site,
                                          uint64_t number, struct wv_arena *arena,
                                          struct wv_site_model **out, struct wv_err *err);

/*
 * Adds one page. Each page is to be given once, by the capture that first showed it: a page seen
 * again and again would make boilerplate of its own article. `capture_id` above all learned before
 * is the proof of that; others are passed over, so that an interrupted pass can be run again.
 * A page that repeats an article learned before (a print version, another address) teaches
 * nothing.
 *
 * Of damaged working state only the learner's memory is lost: it begins again, and the numbers go
 * on. WV_FULL, WV_IO, WV_NOMEM ... from the transaction.
 */
WV_MUST_USE enum wv_status wv_sites_learn(struct wv_txn *txn, struct wv_slice site,
                                          uint64_t capture_id,
                                          const struct wv_page_prints *page, struct wv_err *err);
/* What of a learner's state a model publishes, without a number: see above. Pure. */
WV_MUST_USE enum wv_status wv_sites_distil(const struct wv_site_model *state,
                                           struct wv_arena *arena, struct wv_site_model *out,
                                           struct wv_err *err);
/* Was this capture, or a later one of its site, learned from? */
WV_MUST_USE enum wv_status wv_sites_has_learned(struct wv_txn *txn, struct wv_slice site,
                                                uint64_t capture_id, bool *out,
                                                struct wv_err *err);

#endif
