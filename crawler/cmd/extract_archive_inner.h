#ifndef WV_CRAWLER_CMD_EXTRACT_ARCHIVE_INNER_H
#define WV_CRAWLER_CMD_EXTRACT_ARCHIVE_INNER_H

#include "archive/store/batch.h"
#include "archive/store/store.h"
#include "config/zone.h"
#include "crawler/cmd/extract_archive.h"
#include "crawler/page/html.h"
#include "crawler/page/sites.h"

/*
 * Between extract_archive_list.c (which captures are looked at), extract_archive_one.c (one of
 * them, learned from or read again) and extract_archive.c (slices, passes, the whole). Not for
 * others.
 */

struct wv_copies_follower;

enum wv_again_pass { WV_AGAIN_LEARN, WV_AGAIN_READ };

/* One page's lesson, until its slice is committed. */
struct wv_again_lesson {
	uint64_t id;
	struct wv_slice site;
	struct wv_page_prints prints;
};

struct wv_again {
	struct wv_command_context *context;
	const struct wv_settings *settings;
	const struct wv_zone **zones; /* beside settings->sources */
	struct wv_slice source;       /* only of this one; empty: of all */
	struct wv_store *store;
	struct wv_copies_follower *copies;
	struct wv_html_parser *parser;
	struct wv_arena *arena; /* of the capture at hand */
	struct wv_arena *slice; /* of the lessons */
	struct wv_arena *model_arena;
	struct wv_buf body;
	struct wv_buf ids; /* uint64_t: captures of the pages asked for */
	bool has_ids;
	uint64_t total;
	enum wv_again_pass pass;
	/* The model of the site last met; constant within a pass. */
	struct wv_buf site;
	const struct wv_site_model *model;
	/* The slice being filled. */
	struct wv_batch *batch;
	struct wv_buf lessons, lines;
	size_t in_slice;
	/* Counts. */
	uint64_t looked_at, read, changed, failed, damaged;
	bool noted_source;
	struct wv_mono last_progress;
};

/* ---- extract_archive_list.c ---- */

/* The captures of the pages asked for, or all; a->total of them. WV_NO: one was never captured. */
WV_MUST_USE enum wv_status wv_again_list(struct wv_again *a, struct wv_err *err);
uint64_t wv_again_id(const struct wv_again *a, uint64_t nth);
/* Does an article come of it, and is it one of the source asked for? */
bool wv_again_is_readable(const struct wv_again *a, const struct wv_capture *c);
/* Of each page the capture that first showed it, as long as it is news to the site. */
WV_MUST_USE enum wv_status wv_again_can_teach(struct wv_again *a, struct wv_txn *txn,
                                              const struct wv_capture *c, bool *out,
                                              struct wv_err *err);

/* ---- extract_archive_one.c ---- */

/* What the pass at hand does with one capture; its line and its row go to the slice being filled.
 */
WV_MUST_USE enum wv_status wv_again_look_at(struct wv_again *a, uint64_t id, struct wv_err *err);

#endif
