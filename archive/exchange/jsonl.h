#ifndef WV_ARCHIVE_EXCHANGE_JSONL_H
#define WV_ARCHIVE_EXCHANGE_JSONL_H

#include "archive/exchange/range.h"
#include "archive/store/lookup.h"

/*
 * Records for analysis, one JSON object a line. Fields are added, never changed in meaning; each
 * line says what it is ("kind") and at which K it is true ("known_at"). The fields of an article
 * are told in the manual page of `export`.
 */
/* Members of these lines, for whoever says the same elsewhere; each adds to the open object. A time
 * that is none is null. */
struct wv_json_writer;
void wv_jsonl_capture(struct wv_json_writer *w, const struct wv_capture *c);
void wv_jsonl_article(struct wv_json_writer *w, const struct wv_article *a); /* without its text */

struct wv_jsonl_article {
	const struct wv_capture *capture;
	const struct wv_reading *reading; /* what made the article, and when that was recorded */
	const struct wv_article *article;
	struct wv_time known_at;
	bool is_simulated;                /* the archive's clock */
	bool has_cluster;
	uint64_t cluster;                 /* as wv_jsonl_find_cluster gives it */
};
/* What a line of kind "article" says, without kind, text and known_at. */
void wv_jsonl_members(struct wv_json_writer *w, const struct wv_jsonl_article *from);
/* Appends a line of kind "article". */
WV_MUST_USE enum wv_status wv_jsonl_add_article(const struct wv_jsonl_article *from,
                                                struct wv_arena *arena, struct wv_buf *out,
                                                struct wv_err *err);

/*
 * The copy cluster of an article, of what the range shows: its ID is the smallest member there, so
 * that it tells nothing of later ones. WV_NO: it is in none. `members` gets them all (uint64_t
 * each, ascending) where the article is that smallest member; else it is left empty.
 */
WV_MUST_USE enum wv_status wv_jsonl_find_cluster(struct wv_txn *txn, struct wv_arena *arena,
                                                 const struct wv_range_query *range,
                                                 uint64_t article, uint64_t *cluster,
                                                 struct wv_buf *members, struct wv_err *err);
/* Appends a line of kind "cluster": its members, two or more. */
WV_MUST_USE enum wv_status wv_jsonl_add_cluster(const struct wv_jsonl_article *first,
                                                const struct wv_buf *members,
                                                struct wv_buf *out, struct wv_err *err);

/* Appends a line of kind "story": what else reports the event of an article; nothing without links. */
struct wv_around_link;
WV_MUST_USE enum wv_status wv_jsonl_add_story(const struct wv_jsonl_article *of,
                                              const struct wv_around_link *links, size_t count,
                                              struct wv_buf *out, struct wv_err *err);

#endif
