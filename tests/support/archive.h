#ifndef WV_TESTS_SUPPORT_ARCHIVE_H
#define WV_TESTS_SUPPORT_ARCHIVE_H

#include "archive/store/batch.h"
#include "archive/store/store.h"
#include "config/base/arena.h"
#include "config/base/clock.h"
#include "tests/support/folder.h"

/* An archive of a test's own, with a clock that the test turns. */
struct wv_test_archive {
	struct wv_test_folder folder;
	struct wv_clock *clock;
	struct wv_store *store;
	struct wv_arena *arena; /* for results; reset it as you like */
};

#define WV_TEST_START INT64_C(1717566303000000) /* 2024-06-05T05:45:03Z */

void wv_test_archive_open(struct wv_test_archive *archive, const struct wv_store_options *options);
/* Closes the store and opens it again, as another run would. */
void wv_test_archive_reopen(struct wv_test_archive *archive,
                            const struct wv_store_options *options);
void wv_test_archive_close(struct wv_test_archive *archive);

/* cmocka's set-up and tear-down: *state is an open archive. */
int wv_test_archive_set_up(void **state);
int wv_test_archive_tear_down(void **state);
struct wv_txn *wv_test_reading(struct wv_test_archive *archive);
/* The newest instant that it knows: K of what is asked now. */
struct wv_time wv_test_known_now(struct wv_test_archive *archive);

/* A capture of `path` on example.com, 200, text/html, with plausible headers; the page key is the
 * SURT of it. Texts are string literals or lie in the arena. */
struct wv_capture wv_test_capture(struct wv_test_archive *archive, const char *path,
                                  int64_t seconds);
/* An article whose paragraphs are the lines of `text`. */
struct wv_article wv_test_article(struct wv_test_archive *archive, const char *title,
                                  const char *text);

/* Commits one capture with `body` (NULL: none) and `article` (NULL: none); its result. */
struct wv_batch_capture wv_test_put(struct wv_test_archive *archive,
                                    const struct wv_capture *capture, const char *body,
                                    const struct wv_article *article);

/*
 * A little newsroom that a seed decides: batch `number` of the run has one to three captures of a
 * few pages, with bodies that change, repeat, fail or are confirmed, articles, encoded bytes and
 * a row of its own in WV_TABLE_LEDGER (key: its number) that is committed with it.
 */
struct wv_batch *wv_test_batch(struct wv_store *store, uint64_t seed, uint64_t number);
/* Is batch `number` there: its row? */
bool wv_test_has_batch(struct wv_txn *txn, uint64_t number);

/* wv_verify in full; findings are printed to stderr when `is_loud`. Their number. */
uint64_t wv_test_verify(struct wv_store *store, bool is_loud);

#endif
