#ifndef WV_CRAWLER_CMD_PROGRESS_H
#define WV_CRAWLER_CMD_PROGRESS_H

#include "config/base/clock.h"
#include "crawler/pipeline.h"

/*
 * The live line of a crawl on a terminal: pages, speed, who waits and why, errors, time left.
 * Redrawn in place; log lines push it down (wv_log_set_around). One at a time.
 */
struct wv_progress {
	struct wv_clock *clock;
	struct wv_mono started;
	struct wv_run_counts last;
	bool is_drawn;
};

void wv_progress_begin(struct wv_progress *progress, struct wv_clock *clock);
void wv_progress_show(void *progress, const struct wv_run_counts *counts);
void wv_progress_end(struct wv_progress *progress);

#endif
