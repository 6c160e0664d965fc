#ifndef WV_ARCHIVE_STORE_LOAD_H
#define WV_ARCHIVE_STORE_LOAD_H

#include "archive/store/db.h"
#include "archive/store/record.h"

/*
 * Makes whole captures out of rows: page, source name and reference texts are fetched once and
 * kept while captures that share them follow each other. Between lookup.c, commit.c and verify;
 * lives inside one transaction.
 */
struct wv_loader {
	struct wv_txn *txn;
	bool has_page;
	uint64_t page;
	struct wv_buf page_row; /* a copy of the row; page_key and page_url lie in it */
	struct wv_slice page_key, page_url;
	bool has_source;
	uint32_t source;
	struct wv_buf source_name;
	bool has_texts;
	uint64_t texts_id;
	struct wv_buf texts;
};
void wv_loader_init(struct wv_loader *loader, struct wv_txn *txn);
void wv_loader_done(struct wv_loader *loader); /* also a WV_AUTO handler */

/* Fills page_key and page_url. WV_DAMAGED if there is no such page. */
WV_MUST_USE enum wv_status wv_loader_page(struct wv_loader *loader, uint64_t page,
                                          struct wv_err *err);
/* The texts of a capture that needs no dictionary, in loader->texts. */
WV_MUST_USE enum wv_status wv_loader_texts(struct wv_loader *loader, uint64_t id,
                                           struct wv_err *err);
/* Copies into `arena`. */
WV_MUST_USE enum wv_status wv_loader_capture(struct wv_loader *loader,
                                             const struct wv_capture_key *key,
                                             struct wv_slice value, struct wv_arena *arena,
                                             struct wv_capture *out, struct wv_err *err);

/* WV_NO: no such leaf. */
WV_MUST_USE enum wv_status wv_leaf_get(struct wv_txn *txn, uint64_t id, struct wv_leaf_row *out,
                                       struct wv_err *err);
/* Row of a capture by its leaf; WV_NO: no such leaf, or erased. */
WV_MUST_USE enum wv_status wv_capture_row_get(struct wv_txn *txn, uint64_t id,
                                              struct wv_capture_key *key, struct wv_slice *value,
                                              struct wv_err *err);

/* The newest row of WV_TABLE_ARTICLES of exactly this capture recorded by known_at; slices die
 * with the transaction. WV_NO: none. */
WV_MUST_USE enum wv_status wv_article_row_newest(struct wv_txn *txn, uint64_t id,
                                                 struct wv_time known_at, uint32_t *number,
                                                 struct wv_article_row *out, struct wv_err *err);
/* Sets verdict, version, extractor and model of a capture to what is known at known_at. */
WV_MUST_USE enum wv_status wv_capture_overlay(struct wv_txn *txn, struct wv_time known_at,
                                              struct wv_capture *capture, struct wv_err *err);
/* The version a capture has by its verdict and article key; false: it is none. */
bool wv_capture_version(const struct wv_capture *capture, const struct wv_digest *article_key,
                        struct wv_digest *version);

/* WV_TABLE_META "state"; WV_NO in a file that no program of ours finished making. */
WV_MUST_USE enum wv_status wv_state_get(struct wv_txn *txn, struct wv_state *out,
                                        struct wv_err *err);
/* The greatest number of a source: they are given from 1 on. WV_DAMAGED where no archive could have
 * so many: a forged number must not ask for memory, nor for a walk over each below it. */
WV_MUST_USE enum wv_status wv_source_count(struct wv_txn *txn, uint32_t *count,
                                           struct wv_err *err);

static inline bool wv_is_known(struct wv_time recorded, struct wv_time known_at)
{
	return wv_time_is_none(known_at) || recorded.us <= known_at.us;
}

#endif
