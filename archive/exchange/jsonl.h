#ifndef WV_ARCHIVE_EXCHANGE_JSONL_H
#define WV_ARCHIVE_EXCHANGE_JSONL_H

#include "archive/store/lookup.h"

/*
 * Records for analysis, one JSON object a line. Fields are added, never changed in meaning; each
 * line says what it is ("kind") and at which K it is true ("known_at"). The fields of an article
 * are told in the manual page of `export`.
 */
struct wv_jsonl_article {
	const struct wv_capture *capture;
	const struct wv_reading *reading; /* what made the article, and when that was recorded */
	const struct wv_article *article;
	struct wv_time known_at;
	bool is_simulated;                /* the archive's clock */
};
/* Appends the line. */
WV_MUST_USE enum wv_status wv_jsonl_add_article(const struct wv_jsonl_article *from,
                                                struct wv_arena *arena, struct wv_buf *out,
                                                struct wv_err *err);

#endif
