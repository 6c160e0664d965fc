#ifndef WV_ARCHIVE_SERVE_ERRANDS_H
#define WV_ARCHIVE_SERVE_ERRANDS_H

#include "archive/search/around.h"

/*
 * What a story's index does not know is found by reading every article around, which may take longer
 * than anybody waits. So one thread goes on with it when its asker has left, and whoever asks the same
 * again is given what was found: on a slow machine an answer comes late, but it comes. An answer is
 * the one that reading at once would give, however often it was asked for.
 *
 * Bounded: one is read at a time, of the newest WV_ERRAND_ARTICLES around (is_cut where there are
 * more); WV_ERRANDS_MOST are kept, those that wait included, each within
 * WV_ERRAND_BYTES; one that nobody asked for again for a while makes room for the next that waits.
 */
struct wv_errands;

#define WV_ERRANDS_MOST 16u
#define WV_ERRAND_BYTES (4u * 1024 * 1024)
#define WV_ERRAND_ARTICLES 20000u

/* As for wv_around_open, without an index; what `options` points to outlives it. WV_NOMEM. */
WV_MUST_USE enum wv_status wv_errands_start(const struct wv_around_options *options,
                                            struct wv_errands **out, struct wv_err *err);
void wv_errands_stop(struct wv_errands **errands); /* also a WV_AUTO handler */

/*
 * As wv_around_of of a query without goes_on, but waits no longer than `patience_us` of real time:
 * WV_STOPPED, with words, if the answer was not there by then. Any thread; `txn` is ended and begun anew.
 */
WV_MUST_USE enum wv_status wv_errands_ask(struct wv_errands *errands, struct wv_txn **txn,
                                          struct wv_arena *arena,
                                          const struct wv_around_query *query, int64_t patience_us,
                                          struct wv_around_answer *out, struct wv_err *err);
/*
 * The K of a question like this one that is being read, or was answered within the last minute: while a
 * crawl writes, K moves on, and each question as of now would be another one. `query` is read for its
 * capture, max and wants_later, and without the latter for its T. False: there is none. Any thread.
 */
bool wv_errands_known(struct wv_errands *errands, struct wv_txn *txn,
                      const struct wv_around_query *query, struct wv_time *known_at);

#endif
