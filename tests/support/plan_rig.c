#include "tests/support/plan_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/url.h"

#define MUST(call)                                                                                 \
	do {                                                                                       \
		struct wv_err must_err = WV_ERR_NONE;                                              \
		enum wv_status must_st = (call);                                                   \
		if (must_st != WV_OK) {                                                            \
			fprintf(stderr, "%s:%d: %s: %s: %s\n", __FILE__, __LINE__, #call,          \
			        wv_status_name(must_st), must_err.text);                           \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

void wv_test_rig_settings(struct wv_test_rig *rig, const char *yaml)
{
	if (rig->file)
		wv_settings_free(&rig->file);
	MUST(wv_settings_parse(wv_slice_of(yaml), "t.yaml", NULL, NULL, &rig->file, &must_err));
}

void wv_test_rig_open(struct wv_test_rig *rig, const char *yaml, wv_test_answer answer)
{
	struct wv_db_options options = {.create = true};

	*rig = (struct wv_test_rig){.answer = answer, .max_pages = WV_UNBOUNDED,
	                            .patience_us = 600 * WV_US_PER_S,
	                            .run_us = 3600 * WV_US_PER_S, .kill_after = SIZE_MAX};
	wv_test_folder_make(&rig->folder);
	wv_test_rig_settings(rig, yaml);
	MUST(wv_clock_new_simulated(NULL, (struct wv_time){INT64_C(1717545600) * WV_US_PER_S},
	                            &rig->clock, &must_err));
	MUST(wv_db_open(rig->folder.path, &options, &rig->db, &must_err));
	MUST(wv_arena_new(1u << 20, &rig->arena, &must_err));
	wv_buf_init(&rig->log, 16u << 20);
}

void wv_test_rig_close(struct wv_test_rig *rig)
{
	wv_arena_free(&rig->arena);
	wv_db_close(&rig->db);
	wv_clock_free(&rig->clock);
	wv_settings_free(&rig->file);
	wv_buf_done(&rig->log);
	wv_test_folder_remove(&rig->folder);
}

void wv_test_rig_turn(struct wv_test_rig *rig, int64_t us)
{
	wv_clock_turn(rig->clock, us);
}

void wv_test_rig_link(struct wv_test_rig *rig, const struct wv_visit *visit, const char *text,
                      enum wv_visit_kind kind, int64_t published_us)
{
	struct wv_found *found = &rig->found[rig->found_count++];
	struct wv_url url;

	WV_ASSERT(rig->found_count <= WV_COUNT(rig->found));
	MUST(wv_url_parse(rig->arena, wv_slice_of(text), NULL, &url, &must_err));
	MUST(wv_found_init(rig->arena, &url, found, &must_err));
	found->source = visit->source;
	found->kind = kind;
	found->via = WV_VIA_LINK;
	found->depth = visit->depth + 1;
	if (published_us)
		found->published.us = published_us;
}

static void commit_refusal(struct wv_test_rig *rig, struct wv_plan_step *step)
{
	struct wv_change change;
	struct wv_txn *txn = NULL;

	wv_change_init(&change);
	wv_buf_add_format(&rig->log, "refused %.*s\n", WV_FMT(step->visit->url));
	rig->refusals++;
	MUST(wv_txn_begin_write(rig->db, &txn, &must_err));
	MUST(wv_frontier_refuse(rig->frontier, txn, step->visit, &step->refusal, &change,
	                        &must_err));
	MUST(wv_txn_commit(&txn, &must_err));
	MUST(wv_plan_committed(rig->plan, &change, &must_err));
	wv_change_done(&change);
	wv_visit_free(&step->visit);
}

static void commit_leases(struct wv_test_rig *rig, const struct wv_plan_step *step)
{
	struct wv_lease *leases = wv_leases_copy(step->leases, step->lease_count);
	struct wv_txn *txn = NULL;

	WV_ASSERT(leases);
	MUST(wv_txn_begin_write(rig->db, &txn, &must_err));
	MUST(wv_frontier_lease(rig->frontier, txn, leases, step->lease_count, &must_err));
	MUST(wv_txn_commit(&txn, &must_err));
	wv_plan_leased(rig->plan, leases, step->lease_count);
	free(leases);
}

static void visit(struct wv_test_rig *rig, struct wv_visit *visit)
{
	struct wv_outcome outcome = WV_OUTCOME_NONE;
	struct wv_change change;
	struct wv_txn *txn = NULL;

	wv_change_init(&change);
	wv_arena_reset(rig->arena);
	rig->found_count = 0;
	if (visit->kind != WV_VISIT_ROBOTS)
		wv_buf_add_format(&rig->log, "%s %.*s", wv_visit_kind_name(visit->kind),
		                  WV_FMT(visit->url));
	if (visit->attempt)
		wv_buf_add_format(&rig->log, " retry %u", visit->attempt);
	wv_plan_started(rig->plan, visit);
	wv_clock_turn(rig->clock, 100 * WV_US_PER_MS);
	outcome.ended = wv_clock_mono(rig->clock);
	outcome.ended_at = wv_clock_now(rig->clock);
	outcome.status = visit->kind == WV_VISIT_ROBOTS ? 404 : 200;
	rig->answer(rig, visit, &outcome);
	MUST(wv_plan_answered(rig->plan, visit, &outcome, &must_err));
	MUST(wv_txn_begin_write(rig->db, &txn, &must_err));
	MUST(wv_frontier_record(rig->frontier, txn, visit, &outcome, rig->found, rig->found_count,
	                        &change, &must_err));
	MUST(wv_txn_commit(&txn, &must_err));
	if (visit->kind != WV_VISIT_ROBOTS)
		wv_buf_add_string(&rig->log, change.is_stale ? " STALE\n" : "\n");
	MUST(wv_plan_committed(rig->plan, &change, &must_err));
	wv_change_done(&change);
	wv_visit_free(&visit);
	rig->visits++;
}

static bool step(struct wv_test_rig *rig)
{
	struct wv_plan_step s;
	int64_t now = wv_clock_mono(rig->clock).us;

	MUST(wv_plan_next(rig->plan, true, &s, &must_err));
	switch (s.kind) {
	case WV_STEP_VISIT:
		visit(rig, s.visit);
		break;
	case WV_STEP_REFUSE:
		commit_refusal(rig, &s);
		break;
	case WV_STEP_LEASE:
		commit_leases(rig, &s);
		break;
	case WV_STEP_RESOLVE:
		MUST(wv_plan_resolved(rig->plan, s.host, wv_slice_of(rig->address), &must_err));
		break;
	case WV_STEP_WAIT:
		WV_ASSERT(s.until.us != INT64_MAX && s.until.us > now);
		rig->waited = s.reason;
		wv_clock_turn(rig->clock, s.until.us - now);
		break;
	case WV_STEP_DONE:
		rig->done = s.done;
		return true;
	}
	return false;
}

static void open_run(struct wv_test_rig *rig)
{
	const struct wv_settings *settings = wv_settings_get(rig->file);
	struct wv_slice only[4];
	const struct wv_source *sources[4];
	struct wv_frontier_options frontier = {.settings = settings, .clock = rig->clock,
	                                       .only = only, .only_count = rig->only_count,
	                                       .only_sources = sources};
	struct wv_plan_options plan = {.db = rig->db, .clock = rig->clock,
	                               .max_pages = rig->max_pages,
	                               .patience_us = rig->patience_us,
	                               .delay_patience_us = rig->delay_patience_us,
	                               .only = rig->only_count > 0};

	for (size_t i = 0; i < rig->only_count; i++) {
		only[i] = wv_slice_of(rig->only[i]);
		sources[i] = &settings->sources[0];
	}
	MUST(wv_frontier_open(rig->db, &frontier, &rig->frontier, &must_err));
	plan.frontier = rig->frontier;
	plan.end.us = wv_clock_mono(rig->clock).us + rig->run_us;
	MUST(wv_plan_open(&plan, &rig->plan, &must_err));
}

void wv_test_rig_run(struct wv_test_rig *rig)
{
	struct wv_txn *txn = NULL;
	bool is_over = false;

	wv_buf_reset(&rig->log);
	rig->visits = rig->refusals = 0;
	open_run(rig);
	while (!is_over && rig->visits < rig->kill_after)
		is_over = step(rig);
	if (is_over) {
		MUST(wv_txn_begin_write(rig->db, &txn, &must_err));
		MUST(wv_frontier_close_run(rig->frontier, txn, &must_err));
		MUST(wv_txn_commit(&txn, &must_err));
	}
	wv_plan_free(&rig->plan);
	wv_frontier_free(&rig->frontier);
}

const char *wv_test_rig_log(struct wv_test_rig *rig)
{
	return wv_buf_string(&rig->log);
}

bool wv_test_rig_page(struct wv_test_rig *rig, const char *text, struct wv_page_row *row)
{
	struct wv_txn *txn = NULL;
	struct wv_url url;
	struct wv_slice key, value;
	enum wv_status st;

	wv_arena_reset(rig->arena);
	MUST(wv_url_parse(rig->arena, wv_slice_of(text), NULL, &url, &must_err));
	MUST(wv_url_page_key(rig->arena, &url, &key, &must_err));
	MUST(wv_txn_begin_read(rig->db, &txn, &must_err));
	st = wv_txn_get(txn, WV_TABLE_FRONTIER, key, &value, NULL);
	if (st == WV_OK)
		MUST(wv_page_row_decode(wv_arena_copy(rig->arena, value), row, &must_err));
	wv_txn_abort(&txn);
	return st == WV_OK;
}

void wv_test_rig_check_ledger(struct wv_test_rig *rig)
{
	struct wv_ledger_check check;
	struct wv_txn *txn = NULL;

	MUST(wv_txn_begin_read(rig->db, &txn, &must_err));
	MUST(wv_ledger_check(txn, &check, &must_err));
	wv_txn_abort(&txn);
	if (check.first_fault[0]) {
		fprintf(stderr, "ledger: %s\n", check.first_fault);
		abort();
	}
}
