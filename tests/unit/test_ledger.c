/* The ledger: its rows, its readers, and that its replay sees every kind of broken promise. */
#include <stdio.h>
#include <string.h>

#include "crawler/plan/ledger.h"
#include "tests/support/folder.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define S WV_US_PER_S
static const int64_t noon = INT64_C(1717588800) * WV_US_PER_S;

struct rig {
	struct wv_test_folder folder;
	struct wv_db *db;
	struct wv_txn *txn;
	uint32_t number;
};

static void open_rig(struct rig *rig)
{
	struct wv_db_options options = {.create = true};

	*rig = (struct rig){0};
	wv_test_folder_make(&rig->folder);
	assert_int_equal(wv_db_open(rig->folder.path, &options, &rig->db, NULL), WV_OK);
	assert_int_equal(wv_txn_begin_write(rig->db, &rig->txn, NULL), WV_OK);
}

static void close_rig(struct rig *rig)
{
	wv_txn_abort(&rig->txn);
	wv_db_close(&rig->db);
	wv_test_folder_remove(&rig->folder);
}

/* A good request: seconds since the run opened, which was at noon plus 1,000 s a run. */
static struct wv_ledger_row request(uint64_t run, int64_t start_s, int64_t end_s)
{
	int64_t opened = noon + (int64_t)run * 1000 * S;

	return (struct wv_ledger_row){
		.run = run,
		.opened = {opened},
		.offset_us = start_s * S,
		.end_offset_us = end_s * S,
		.started = {opened + start_s * S},
		.ended = {opened + end_s * S},
		.earliest_offset_us = INT64_MIN,
		.status = 200,
		.is_last = true,
		.url = WV_LIT("http://a.example/1"),
		.page_key = WV_LIT("example,a)/1"),
		.turn = WV_LIT("d:a.example"),
		.source = WV_LIT("a"),
		.basis = WV_LIT("why"),
		.due = {opened + start_s * S - 1},
		.need = {.delay_us = 5 * S, .settings_us = 5 * S, .factor_milli = 2000, .connections = 1},
		.retry_after_us = -1,
		.robots_allowed = true,
		.robots_line = 3,
		.robots_fetched = {opened},
	};
}

static void add(struct rig *rig, struct wv_ledger_row row)
{
	row.number = rig->number++;
	assert_int_equal(wv_ledger_add(rig->txn, &row, NULL), WV_OK);
}

static struct wv_ledger_check check(struct rig *rig)
{
	struct wv_ledger_check result;

	assert_int_equal(wv_ledger_check(rig->txn, &result, NULL), WV_OK);
	return result;
}

/* Two requests (and perhaps a lease between) that differ in one thing. */
static const struct {
	const char *name;
	int64_t start_s, end_s;        /* of the second; the first is 10 to 11 in run 1 */
	uint64_t run;                  /* of the second */
	int64_t asked_s, retry_after_s;/* asked by the second; told by the first, 0: nothing */
	int32_t status;                /* of the first; 0: 200 */
	uint32_t connections;          /* 0: one */
	int64_t step_s;                /* the wall clock at the second run's opening */
	bool is_denied, is_stale, is_robots, has_lease, same_slot;
	int early, many, denied, repeated;
} cases[] = {
	{"in time", 16, 17, 1, .early = 0},
	{"a second early", 15, 16, 1, .early = 1},
	{"Crawl-delay", 16, 17, 1, .asked_s = 10, .early = 1},
	{"Crawl-delay kept", 21, 22, 1, .asked_s = 10, .early = 0},
	{"Retry-After", 40, 41, 1, .retry_after_s = 30, .status = 503, .early = 1},
	{"Retry-After kept", 41, 42, 1, .retry_after_s = 30, .status = 503, .early = 0},
	{"Retry-After on a redirect", 40, 41, 1, .retry_after_s = 30, .status = 301, .early = 1},
	{"Retry-After on a 200 binds nobody", 40, 41, 1, .retry_after_s = 30, .early = 0},
	{"at once, while the first is open", 10, 12, 1, .early = 1, .many = 1},
	{"two connections, delay not kept", 10, 12, 1, .connections = 2, .early = 1},
	{"robots said no", 16, 17, 1, .is_denied = true, .denied = 1},
	{"robots of last week", 16, 17, 1, .is_stale = true, .denied = 1},
	{"robots.txt needs no robots.txt", 16, 17, 1, .is_stale = true, .is_robots = true, .denied = 0},
	{"one slot twice", 16, 17, 1, .same_slot = true, .repeated = 1},
	{"the next run, long after", 0, 1, 2, .early = 0},
	{"the next run, at once, by a clock set back", 0, 1, 2, .step_s = -995, .early = 1},
	{"five seconds into a run whose clock was set back", 5, 6, 2, .step_s = -995, .early = 0},
	{"Retry-After over the run's end", 0, 1, 2, .retry_after_s = 2000, .status = 429, .early = 1},
	{"lease left open, over", 0, 1, 2, .has_lease = true, .early = 0},
	{"lease left open, not over", 2, 3, 2, .has_lease = true, .step_s = -975, .early = 1},
	{"lease left open, its end plus the delay", 5, 6, 2, .has_lease = true, .step_s = -975, .early = 0},
};

static void test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(cases); i++) {
		struct wv_ledger_row first = request(1, 10, 11);
		struct wv_ledger_row second =
			request(cases[i].run, cases[i].start_s, cases[i].end_s);
		struct wv_ledger_row lease = request(1, 0, 0);
		struct wv_ledger_check got;
		struct rig rig;

		open_rig(&rig);
		first.url = WV_LIT("http://a.example/0");
		first.page_key = WV_LIT("example,a)/0");
		if (cases[i].status)
			first.status = cases[i].status;
		if (cases[i].retry_after_s)
			first.retry_after_us = cases[i].retry_after_s * S;
		if (cases[i].connections)
			first.need.connections = second.need.connections = cases[i].connections;
		second.need.asked_us = cases[i].asked_s * S;
		second.opened.us += cases[i].step_s * S;
		second.started.us += cases[i].step_s * S;
		second.ended.us += cases[i].step_s * S;
		second.robots_fetched = second.opened;
		second.robots_allowed = !cases[i].is_denied;
		if (cases[i].is_stale)
			second.robots_fetched.us -= 7 * WV_US_PER_DAY;
		if (cases[i].is_robots)
			second.kind = WV_VISIT_ROBOTS;
		add(&rig, first);
		if (cases[i].has_lease) { /* from 20 s to 25 s of run 1 */
			lease.result = WV_RESULT_LEASE;
			lease.offset_us = INT64_MAX / 2;
			lease.started.us = lease.opened.us + 20 * S;
			lease.ended.us = lease.opened.us + 25 * S;
			lease.page_key = WV_SLICE_NONE;
			add(&rig, lease);
		}
		add(&rig, second);
		if (cases[i].same_slot) {
			struct wv_ledger_row third = request(1, 30, 31);

			third.due = second.due;
			add(&rig, third);
		}
		got = check(&rig);
		row_int(cases[i].name, (long long)got.too_early, cases[i].early);
		row_int(cases[i].name, (long long)got.too_many, cases[i].many);
		row_int(cases[i].name, (long long)got.disallowed, cases[i].denied);
		row_int(cases[i].name, (long long)got.repeated_slots, cases[i].repeated);
		row_int(cases[i].name, got.first_fault[0] != 0,
		        cases[i].early + cases[i].many + cases[i].denied + cases[i].repeated > 0);
		close_rig(&rig);
	}
	rows_end();
}

static enum wv_status collect(void *context, const struct wv_ledger_row *row, struct wv_err *err)
{
	struct wv_buf *out = context;

	(void)err;
	wv_buf_add_format(out, "%d.%d ", (int)row->run, (int)(row->offset_us / S));
	return out->n > 60 ? WV_NO : WV_OK;
}

static const char *range(struct rig *rig, struct wv_buf *out, int64_t from_s, int64_t to_s)
{
	wv_buf_reset(out);
	assert_int_equal(wv_ledger_each(rig->txn, (struct wv_time){noon + from_s * S},
	                                (struct wv_time){noon + to_s * S}, collect, out, NULL),
	                 WV_OK);
	return wv_buf_string(out);
}

static const char *of_page(struct rig *rig, struct wv_buf *out, const char *key, size_t limit)
{
	wv_buf_reset(out);
	assert_int_equal(wv_ledger_each_of_page(rig->txn, wv_slice_of(key), limit, collect, out, NULL),
	                 WV_OK);
	return wv_buf_string(out);
}

static void test_readers(void **state)
{
	struct rig rig;
	struct wv_buf out;
	size_t dropped = 0;

	(void)state;
	open_rig(&rig);
	wv_buf_init(&out, 4096);
	row_text("nothing yet", wv_slice_of(range(&rig, &out, 0, 1000000)), "");
	for (uint64_t run = 1; run <= 3; run++)
		for (int64_t at = 10; at <= 30; at += 10) {
			struct wv_ledger_row row = request(run, at, at + 1);

			if (at == 20)
				row.page_key = WV_LIT("example,a)/12"); /* the other key is its front */
			add(&rig, row);
		}
	row_text("all", wv_slice_of(range(&rig, &out, 0, 1000000)), "1.10 1.20 1.30 2.10 2.20 2.30 3.10 3.20 3.30 ");
	row_text("some", wv_slice_of(range(&rig, &out, 1030, 2020)), "1.30 2.10 2.20 ");
	row_text("the last run", wv_slice_of(range(&rig, &out, 2999, 1000000)), "3.10 3.20 3.30 ");
	row_text("none", wv_slice_of(range(&rig, &out, 1031, 2009)), "");
	row_text("of a page, newest first", wv_slice_of(of_page(&rig, &out, "example,a)/1", 10)), "3.30 3.10 2.30 2.10 1.30 1.10 ");
	row_text("the newest two", wv_slice_of(of_page(&rig, &out, "example,a)/1", 2)), "3.30 3.10 ");
	row_text("of the other", wv_slice_of(of_page(&rig, &out, "example,a)/12", 10)), "3.20 2.20 1.20 ");
	row_text("of none", wv_slice_of(of_page(&rig, &out, "example,a)/", 10)), "");
	assert_int_equal(wv_ledger_prune(rig.txn, (struct wv_time){noon + 2015 * S}, 2, &dropped, NULL), WV_OK);
	row_int("as many as asked", (long long)dropped, 2);
	assert_int_equal(wv_ledger_prune(rig.txn, (struct wv_time){noon + 2015 * S}, 100, &dropped, NULL), WV_OK);
	row_int("the others", (long long)dropped, 2);
	row_text("what is left", wv_slice_of(range(&rig, &out, 0, 1000000)), "2.20 2.30 3.10 3.20 3.30 ");
	row_text("the index too", wv_slice_of(of_page(&rig, &out, "example,a)/1", 10)), "3.30 3.10 2.30 ");
	add(&rig, request(UINT64_MAX, 40, 41));
	row_text("a run of the last number", wv_slice_of(range(&rig, &out, INT64_C(2000000000000), INT64_C(3000000000000))), "");
	wv_buf_done(&out);
	close_rig(&rig);
	rows_end();
}

static enum wv_status keep(void *context, const struct wv_ledger_row *row, struct wv_err *err)
{
	(void)err;
	*(struct wv_ledger_row *)context = *row;
	return WV_NO;
}

static void test_row(void **state)
{
	struct wv_ledger_row row = request(7, 8, 9), back;
	struct rig rig;

	(void)state;
	open_rig(&rig);
	row.kind = WV_VISIT_SITEMAP;
	row.result = WV_RESULT_TLS;
	row.status = 0;
	row.attempt = 2;
	row.is_last = false;
	row.retry_after_us = 77;
	add(&rig, row);
	assert_int_equal(wv_ledger_each(rig.txn, (struct wv_time){INT64_MIN + 1}, (struct wv_time){INT64_MAX}, keep,
	                                &back, NULL),
	                 WV_OK);
	row_int("run", (long long)back.run, 7);
	row_int("kind", back.kind, WV_VISIT_SITEMAP);
	row_int("result", back.result, WV_RESULT_TLS);
	row_int("attempt", back.attempt, 2);
	row_int("last", back.is_last, 0);
	row_int("allowed", back.robots_allowed, 1);
	row_int("start", back.started.us, row.started.us);
	row_int("end", back.ended.us, row.ended.us);
	row_int("due", back.due.us, row.due.us);
	row_int("opened", back.opened.us, row.opened.us);
	row_int("need", back.need.delay_us, 5 * S);
	row_int("factor", back.need.factor_milli, 2000);
	row_int("retry-after", back.retry_after_us, 77);
	row_int("line", back.robots_line, 3);
	row_int("earliest", back.earliest_offset_us == INT64_MIN, 1);
	row_text("url", back.url, "http://a.example/1");
	row_text("turn", back.turn, "d:a.example");
	row_text("basis", back.basis, "why");
	close_rig(&rig);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_readers),
		cmocka_unit_test(test_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
