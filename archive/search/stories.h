#ifndef WV_ARCHIVE_SEARCH_STORIES_H
#define WV_ARCHIVE_SEARCH_STORIES_H

#include <stdint.h>

#include "archive/copies/reports.h"
#include "archive/search/index.h"
#include "archive/search/told.h"
#include "archive/store/store.h"

/*
 * The part of the index that `related` asks: what each article mentions. It follows the rest of the
 * index (which leaves a note of each text that a page came to have, `tells`), and only when asked to:
 * reading what texts mention costs more than all the rest.
 *
 * An article is read once, when its turn comes in the order in which the archive learned of it, with
 * what was known by then and captured by then: which names other texts had taught, how many texts
 * mentioned a thing, and how like earlier articles it is. What came later changes none of it, so
 * nothing later can be in an answer, and an answer is the same whenever it is asked for.
 *
 * tells     page, text, captured, recorded: in the order of recording
 * reports   by number: page, text, and a row (told.h)
 * heads     by 256 numbers: when captured, recorded, day, page (postings.h)
 * postings  by period of the articles' own time and key: numbers, as differences, LEB128
 * counts    by key: how many of each period of captured time mention it
 * periods   of captured time: how many articles, the newest captured
 * names     pairs learned from the texts: sure (in which order; 0 not yet), captured by then
 */
struct wv_telling;

WV_MUST_USE enum wv_status wv_telling_new(struct wv_search *search, struct wv_store *store,
                                          const struct wv_reports_options *names,
                                          struct wv_telling **out, struct wv_err *err);
void wv_telling_free(struct wv_telling **telling); /* also a WV_AUTO handler */
/*
 * Reads what the index has come to know; `behind`: notes that are left, because the index may not be
 * written or another process is at it. Made again from the first where the names of the settings are
 * not those that it was made with. WV_STOPPED.
 */
WV_MUST_USE enum wv_status wv_telling_follow(struct wv_telling *telling, uint64_t *behind,
                                             struct wv_err *err);

/* A report by its number; lies in `arena`. `text` as in wv_told_decode. WV_NO: there is none. */
struct wv_report {
	uint32_t id, page, text;
	struct wv_told told;
};
WV_MUST_USE enum wv_status wv_report_get(struct wv_search *search, struct wv_arena *arena, uint32_t id,
                                         struct wv_slice text, struct wv_report *out,
                                         struct wv_err *err);
/* Headline, LF, text: what a report's mentions point into. */
struct wv_article;
WV_MUST_USE enum wv_status wv_report_text(const struct wv_article *article, struct wv_arena *arena,
                                          struct wv_slice *whole, struct wv_slice *title,
                                          struct wv_slice *text, struct wv_err *err);

#endif
