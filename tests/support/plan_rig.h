#ifndef WV_TESTS_SUPPORT_PLAN_RIG_H
#define WV_TESTS_SUPPORT_PLAN_RIG_H

#include "archive/store/db.h"
#include "crawler/plan/ledger.h"
#include "crawler/plan/plan.h"
#include "tests/support/folder.h"

/*
 * The plan with a scripted web under it: every request takes 100 ms of a simulated clock, every
 * outcome is committed at once. What was asked lies in `log`, a line each: "page http://a/1" (and
 * " retry 1", "refused ..."). A failure inside ends the test program.
 */
struct wv_test_rig;

/* Fills the outcome for a visit (result answered, status 200 are there) and the links found on the
 * page: up to 64 addresses, in wv_test_rig_link. */
typedef void (*wv_test_answer)(struct wv_test_rig *rig, const struct wv_visit *visit,
                               struct wv_outcome *outcome);

struct wv_test_rig {
	struct wv_test_folder folder;
	struct wv_settings_file *file;
	struct wv_clock *clock;
	struct wv_db *db;
	struct wv_arena *arena; /* reset for each visit */
	struct wv_frontier *frontier;
	struct wv_plan *plan;
	struct wv_buf log;
	struct wv_found found[64];
	size_t found_count;
	wv_test_answer answer;
	void *user;
	enum wv_done_reason done;
	enum wv_wait_reason waited; /* the last wait's reason */
	size_t visits, refusals;
	/* For the next run: */
	uint64_t max_pages;
	int64_t patience_us, delay_patience_us, run_us;
	const char *only[4];
	size_t only_count;
	size_t kill_after; /* visits recorded after which the run is dropped; SIZE_MAX: never */
	const char *address; /* of all hosts, for hosts_by: ip */
};

void wv_test_rig_open(struct wv_test_rig *rig, const char *yaml, wv_test_answer answer);
void wv_test_rig_close(struct wv_test_rig *rig);
/* Other settings from the next run on. */
void wv_test_rig_settings(struct wv_test_rig *rig, const char *yaml);
/* One run to its end, or to the kill. The log starts empty. */
void wv_test_rig_run(struct wv_test_rig *rig);
/* Only robots.txt left out: "page http://a/1\npage ..." */
const char *wv_test_rig_log(struct wv_test_rig *rig);
void wv_test_rig_link(struct wv_test_rig *rig, const struct wv_visit *visit, const char *url,
                      enum wv_visit_kind kind, int64_t published_us);
/* The page's row, copied; false: not known. */
bool wv_test_rig_page(struct wv_test_rig *rig, const char *url, struct wv_page_row *row);
void wv_test_rig_check_ledger(struct wv_test_rig *rig);
void wv_test_rig_turn(struct wv_test_rig *rig, int64_t us);

#endif
