#ifndef WV_CRAWLER_CMD_STATUS_ARCHIVE_H
#define WV_CRAWLER_CMD_STATUS_ARCHIVE_H

#include "archive/proof/head.h"
#include "archive/store/store.h"
#include "crawler/cmd/read.h"

/* What `status` says of the file, the log, the register and the last run: one section of it. */
struct wv_status_archive {
	struct wv_db_usage usage;
	uint64_t disk_free;
	double bytes_per_day;   /* in the last seven days; 0: less than an hour is known */
	double days_until_full; /* of disk and map, whichever is first; below 0: not to be said */
	struct wv_tree_head head;
	bool is_signed;
	struct wv_tree_head signed_head; /* the newest that is signed */
	bool has_run, is_run_closed;
	uint64_t run;
	struct wv_time run_opened;
	/* Of the register. */
	uint64_t taken_down, held, ending; /* in force; of them those that end within seven days */
	uint64_t erased, pruned;           /* captures; captures that lost their bodies */
	struct wv_time last_erased;        /* WV_TIME_NONE: never */
};
WV_MUST_USE enum wv_status wv_status_archive_gather(struct wv_read *read,
                                                    const struct wv_store_totals *totals,
                                                    struct wv_status_archive *out,
                                                    struct wv_err *err);
/* Members, into an open object. */
void wv_status_archive_json(struct wv_json_writer *w, const struct wv_status_archive *a);
void wv_status_archive_text(struct wv_buf *out, const struct wv_status_archive *a);
/* A size for people. */
const char *wv_status_about(uint64_t bytes, char text[WV_TIME_TEXT_MAX]);

#endif
