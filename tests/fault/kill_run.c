/*
 * A run that dies or fails at a step of its writer's: what tests/fault/kill_run.py starts.
 *
 *     kill_run SETTINGS ARCHIVE CLOCK kill N     raise(SIGKILL) at the Nth commit point
 *     kill_run SETTINGS ARCHIVE CLOCK io N       the Nth step fails with WV_IO
 *     kill_run SETTINGS ARCHIVE CLOCK full N     the Nth step fails with WV_FULL
 *     kill_run SETTINGS ARCHIVE CLOCK count 0    a whole run; prints how many points and steps it has
 *     kill_run SETTINGS ARCHIVE CLOCK ledger 0   takes the lock, replays the ledger against the promises
 *
 * A commit point is the instant before or after a transaction becomes durable, and the making of the
 * tables; a step is every write besides. The exit code is wirevault's.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

#include "archive/store/db.h"
#include "archive/store/lock.h"
#include "archive/store/store.h"
#include "config/base/limits.h"
#include "config/settings.h"
#include "crawler/pipeline.h"
#include "crawler/plan/ledger.h"

enum how { COUNT, KILL, FAIL };

struct plan {
	enum how how;
	enum wv_status status;
	uint64_t at;
	/* The writer's thread and, while opening, the caller's: never both at once, but both count. */
	atomic_uint_fast64_t points, steps;
};

static enum wv_status on_step(void *context, const char *step)
{
	struct plan *plan = context;
	struct wv_slice name = wv_slice_of(step);
	bool is_after = wv_slice_equals(name, WV_LIT("committed"));
	bool is_point = is_after || wv_slice_equals(name, WV_LIT("commit")) ||
	                wv_slice_equals(name, WV_LIT("tables"));
	uint64_t points = is_point ? atomic_fetch_add(&plan->points, 1) + 1 : 0;
	/* After a commit it is too late to fail. */
	uint64_t steps = is_after ? 0 : atomic_fetch_add(&plan->steps, 1) + 1;

	if (plan->how == KILL && points && points == plan->at)
		raise(SIGKILL);
	if (plan->how == FAIL && steps && steps == plan->at)
		return plan->status;
	return WV_OK;
}

static int report(enum wv_status st, const struct wv_err *err)
{
	if (st != WV_OK)
		fprintf(stderr, "kill_run: %s\n", err->text);
	return wv_status_exit_code(st);
}

static int run(const struct wv_settings *settings, struct wv_clock *clock, const char *archive,
               struct plan *plan)
{
	const struct wv_pipeline_options options = {.settings = settings,
	                                            .clock = clock,
	                                            .archive = archive,
	                                            .wait_us = -1,
	                                            .max_pages = WV_UNBOUNDED,
	                                            .fault = on_step,
	                                            .fault_context = plan};
	struct wv_pipeline_report done;
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st = wv_pipeline_run(&options, &done, &err);

	printf("{\"points\": %llu, \"steps\": %llu, \"captures\": %llu}\n",
	       (unsigned long long)plan->points, (unsigned long long)plan->steps,
	       (unsigned long long)done.counts.captures);
	return report(st, &err);
}

static enum wv_status check(struct wv_clock *clock, const char *archive,
                            struct wv_ledger_check *out, struct wv_err *err)
{
	WV_AUTO(wv_lock_release) struct wv_lock *lock = NULL;
	WV_AUTO(wv_store_close) struct wv_store *store = NULL;
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	enum wv_status st = wv_lock_take(archive, false, "kill_run", &lock, err);

	if (st == WV_OK)
		st = wv_store_open(archive, &(struct wv_store_options){.read_only = true}, clock, &store,
		                   err);
	if (st == WV_OK)
		st = wv_store_begin_read(store, &txn, err);
	if (st == WV_OK)
		st = wv_ledger_check(txn, out, err);
	return st;
}

static int ledger(struct wv_clock *clock, const char *archive)
{
	struct wv_ledger_check found = {0};
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st = check(clock, archive, &found, &err);

	if (st != WV_OK)
		return report(st, &err);
	printf("%llu requests, %llu refusals, %llu leases; too early %llu, too many %llu, disallowed "
	       "%llu, slots twice %llu%s%s\n",
	       (unsigned long long)found.requests, (unsigned long long)found.refusals,
	       (unsigned long long)found.leases, (unsigned long long)found.too_early,
	       (unsigned long long)found.too_many, (unsigned long long)found.disallowed,
	       (unsigned long long)found.repeated_slots, found.first_fault[0] ? ": " : "",
	       found.first_fault);
	return found.first_fault[0] ? 1 : 0;
}

int main(int argc, char **argv)
{
	WV_AUTO(wv_clock_free) struct wv_clock *clock = NULL;
	WV_AUTO(wv_settings_free) struct wv_settings_file *file = NULL;
	struct plan plan = {.how = COUNT};
	struct wv_err err = WV_ERR_NONE;
	struct wv_slice how = wv_slice_of(argc == 6 ? argv[4] : NULL);
	enum wv_status st;

	if (argc != 6 || !wv_slice_u64(wv_slice_of(argv[5]), &plan.at)) {
		fprintf(stderr, "usage: kill_run SETTINGS ARCHIVE CLOCK kill|io|full|count|ledger N\n");
		return wv_status_exit_code(WV_USAGE);
	}
	st = wv_clock_new_simulated(argv[3], (struct wv_time){0}, &clock, &err);
	if (st == WV_OK)
		st = wv_settings_load(argv[1], NULL, NULL, &file, &err);
	if (st != WV_OK)
		return report(st, &err);
	if (wv_slice_equals(how, WV_LIT("ledger")))
		return ledger(clock, argv[2]);
	if (wv_slice_equals(how, WV_LIT("kill")))
		plan.how = KILL;
	else if (wv_slice_equals(how, WV_LIT("io")) || wv_slice_equals(how, WV_LIT("full")))
		plan.how = FAIL;
	plan.status = wv_slice_equals(how, WV_LIT("full")) ? WV_FULL : WV_IO;
	return run(wv_settings_get(file), clock, argv[2], &plan);
}
