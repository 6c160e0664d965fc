#ifndef WV_CRAWLER_PLAN_FRONTIER_INNER_H
#define WV_CRAWLER_PLAN_FRONTIER_INNER_H

#include "crawler/plan/frontier.h"
#include "crawler/plan/ledger.h"
#include "crawler/plan/schedule.h"
#include "crawler/plan/tables.h"

/* What frontier.c (pages), frontier_run.c (opening and closing), frontier_record.c (outcomes),
 * frontier_robots.c (sites) and frontier_coverage.c (sources) share. */
struct wv_frontier {
	const struct wv_settings *settings;
	const struct wv_clock *clock;
	struct wv_run_row run;
	uint64_t unclean_run;
	struct wv_mono opened;
	struct wv_buf only_keys;
	uint32_t *source_ids;      /* beside settings->sources */
	uint64_t *related_left;    /* likewise: pages out of scope that may still be added in this run */
	struct wv_time *reached;   /* likewise: the last answer that its coverage knows */
	/* Writer thread only: */
	struct {                   /* the page whose slot was completed last, as it was before */
		bool is_set, is_first, is_listing, is_from_listing, is_repeat;
		struct wv_time found;
	} was;
	uint32_t ledger_number;
	struct wv_buf old_bytes;   /* the row as it was: slices of a transaction die with a write */
	struct wv_buf new_bytes;
	struct wv_arena *arena;    /* URLs of redirect targets and Sitemap lines; reset for each */
};

/* May the page be on its way just now? By the clock that the plan picks by, so that a step of the
 * wall clock opens no second slot beside one under way. */
bool wv_frontier_may_be_asked(const struct wv_frontier *frontier, const struct wv_page_row *row);
/* A page's row in a copy that outlives writes; WV_NO: not known. Valid until the next read. */
enum wv_status wv_frontier_read_page(struct wv_frontier *frontier, struct wv_txn *txn,
                                     struct wv_slice key, struct wv_page_row *row,
                                     struct wv_err *err);
/*
 * Writes the row and keeps DUE in step: the entry of `before` (NULL: a new page) goes, one for
 * `row` comes if it is in state due. May move row->at by microseconds where places collide.
 */
enum wv_status wv_frontier_write_page(struct wv_frontier *frontier, struct wv_txn *txn,
                                      struct wv_slice key, const struct wv_page_row *before,
                                      struct wv_page_row *row, struct wv_change *change,
                                      struct wv_err *err);
enum wv_status wv_frontier_put_turn(struct wv_frontier *frontier, struct wv_txn *txn,
                                    struct wv_slice turn, const struct wv_turn_state *state,
                                    struct wv_err *err);
/* One found URL: new, or perhaps due again. */
enum wv_status wv_frontier_add_found(struct wv_frontier *frontier, struct wv_txn *txn,
                                     const struct wv_found *found, struct wv_time now,
                                     struct wv_change *change, struct wv_err *err);
/* frontier_robots.c: the outcome of a visit to robots.txt, to tdmrep.json. */
enum wv_status wv_frontier_record_robots(struct wv_frontier *frontier, struct wv_txn *txn,
                                         const struct wv_visit *visit,
                                         const struct wv_outcome *outcome,
                                         struct wv_change *change, struct wv_err *err);
enum wv_status wv_frontier_record_tdmrep(struct wv_txn *txn, const struct wv_visit *visit,
                                         const struct wv_outcome *outcome, struct wv_err *err);
/* frontier_guess.c: after a visit to a seed whose head names no feed, or to a guessed one. */
enum wv_status wv_frontier_guess_feeds(struct wv_frontier *frontier, struct wv_txn *txn,
				       const struct wv_visit *visit,
				       const struct wv_outcome *outcome, struct wv_change *change,
				       struct wv_err *err);
/* frontier_coverage.c: what a visit's end teaches about its source. */
enum wv_status wv_frontier_learn(struct wv_frontier *frontier, struct wv_txn *txn,
                                 const struct wv_visit *visit, const struct wv_outcome *outcome,
                                 struct wv_err *err);
/* Has another of the source's recent pages the same text? */
enum wv_status wv_frontier_is_repeat(struct wv_frontier *frontier, struct wv_txn *txn,
                                     const struct wv_visit *visit,
                                     const struct wv_outcome *outcome, bool *is_repeat,
                                     struct wv_err *err);
/* robots.txt cannot be had, so the source is closed for now. */
enum wv_status wv_frontier_learn_closed(struct wv_frontier *frontier, struct wv_txn *txn,
                                        struct wv_slice source_name, struct wv_time now,
                                        struct wv_err *err);
/* Brings seeds, feeds and sitemaps in line with the settings. */
enum wv_status wv_frontier_ensure_settings(struct wv_frontier *frontier, struct wv_txn *txn,
                                           struct wv_err *err);

#endif
