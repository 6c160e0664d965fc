#ifndef WV_ARCHIVE_VIEW_CLUSTER_H
#define WV_ARCHIVE_VIEW_CLUSTER_H

#include "archive/copies/spread.h"
#include "archive/view/visit.h"

/*
 * The page of one text and its copies: who published it in which order and how sure that is, whom
 * each names, how much of the first one's text each has, and what it changed, figures first.
 *
 * `id`: any capture that has the text. WV_NO as in wv_view_snapshot, and where it has no article.
 */
WV_MUST_USE enum wv_status wv_view_cluster(struct wv_visit *visit, uint64_t id,
                                           struct wv_fact *refusal, struct wv_buf *out,
                                           struct wv_err *err);

/*
 * The copies of a text at T, as wv_spread_of has them, mostly without its price: to find them again
 * from all texts of T (copies/past.h) takes long in an archive of texts that are much alike, and is
 * needed only where the dated facts leave it open. WV_NO, WV_LIMIT as there.
 */
struct wv_cluster_question {
	uint64_t document;                /* whose text */
	const struct wv_capture *capture; /* that is looked at; NULL: none in particular */
	struct wv_time then;              /* T; WV_TIME_NONE: all that is known */
	bool is_brief;                    /* spread.h */
};
WV_MUST_USE enum wv_status wv_cluster_at(struct wv_visit *visit,
                                         const struct wv_cluster_question *question,
                                         struct wv_spread *out, struct wv_err *err);

/* Do more captures have this text than anybody reads for a box? */
#define WV_CLUSTER_LARGE 200u
WV_MUST_USE enum wv_status wv_cluster_is_large(struct wv_visit *visit, uint64_t document,
                                               bool *out, struct wv_err *err);

/* When a page published it: an instant, an interval, or only "at or before". */
void wv_cluster_when(struct wv_buf *out, const struct wv_visit *visit,
                     const struct wv_spread_page *page);

#endif
