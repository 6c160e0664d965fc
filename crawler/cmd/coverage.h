#ifndef WV_CRAWLER_CMD_COVERAGE_H
#define WV_CRAWLER_CMD_COVERAGE_H

#include "archive/store/db.h"
#include "config/base/arena.h"
#include "config/base/json.h"
#include "config/settings.h"
#include "crawler/plan/coverage.h"

/*
 * The newsroom's morning report: what `status`, run.report and run.metrics say about each source.
 */
struct wv_covered_source {
	struct wv_slice name;
	bool is_known; /* the runs have learned something */
	struct wv_coverage coverage;
	struct wv_coverage_facts facts; /* its coverage points to the one above */
	uint32_t alarms;                /* bits 1 << enum wv_alarm */
	struct wv_listing_state *listings;
	size_t listing_count;
};
struct wv_covered {
	struct wv_covered_source *sources; /* alarms first, then by name as in the settings */
	size_t count;
	uint32_t alarmed; /* sources with an alarm */
};

/*
 * Of the settings' sources, and of `more` names (what the archive holds beside them). Lies in the
 * arena; `now` is what the facts speak of.
 */
WV_MUST_USE enum wv_status wv_covered_read(struct wv_txn *txn, const struct wv_settings *settings,
					   const struct wv_slice *more, size_t more_count,
					   struct wv_time now, struct wv_arena *arena,
					   struct wv_covered *out, struct wv_err *err);
/* "ok", "learning" (no cadence known yet), "alarm", "unknown" (never looked at). */
const char *wv_covered_state(const struct wv_covered_source *source);
/* The members of one source, into an open object. */
void wv_covered_add_json(struct wv_json_writer *w, const struct wv_covered_source *source);
/* One or more lines for people, indented as the rest of `status`. */
void wv_covered_add_text(struct wv_buf *out, const struct wv_covered_source *source);
/* Prometheus text exposition format 0.0.4. */
void wv_covered_add_metrics(struct wv_buf *out, const struct wv_covered *covered);

#endif
