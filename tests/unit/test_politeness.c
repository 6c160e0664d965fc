/* The clock of a turn. */
#include "crawler/plan/politeness.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define S WV_US_PER_S

static const struct wv_politeness five = {.delay_us = 5 * S, .delay_factor = 2,
                                          .connections_per_host = 1,
                                          .bandwidth_bytes_per_s = WV_UNBOUNDED,
                                          .max_pages_per_host = WV_UNBOUNDED};
static const struct wv_politeness none = {.delay_us = 0, .delay_factor = 2,
                                          .connections_per_host = 2,
                                          .bandwidth_bytes_per_s = WV_UNBOUNDED,
                                          .max_pages_per_host = WV_UNBOUNDED};
/* 2023-11-14T22:13:20Z */
static const struct wv_time noon = {INT64_C(1700000000) * WV_US_PER_S};

static struct wv_mono mono(int64_t s)
{
	return (struct wv_mono){s * S};
}

static struct wv_time wall(int64_t s)
{
	return (struct wv_time){noon.us + s * S};
}

static void test_need(void **state)
{
	static const struct {
		const char *name;
		int64_t delay_us;
		double factor;
		int64_t answer_us, asked_us, want_us;
	} rows[] = {
		{"the settings' delay", 5 * S, 2, 1 * S, 0, 5 * S},
		{"twice a slow answer", 5 * S, 2, 4 * S, 0, 8 * S},
		{"Crawl-delay above", 5 * S, 2, 1 * S, 30 * S, 30 * S},
		{"Crawl-delay below", 5 * S, 2, 1 * S, 2 * S, 5 * S},
		{"factor above Crawl-delay", 5 * S, 2, 20 * S, 30 * S, 40 * S},
		{"delay 0: no factor", 0, 2, 20 * S, 0, 0},
		{"delay 0: Crawl-delay holds", 0, 2, 20 * S, 3 * S, 3 * S},
		{"factor 0", 5 * S, 0, 20 * S, 0, 5 * S},
		{"half a factor", 1 * S, 0.5, 10 * S, 0, 5 * S},
		{"an answer of a year counts as a day", 1 * S, 2, 365 * WV_US_PER_DAY, 0, 2 * WV_US_PER_DAY},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_politeness p = five;
		struct wv_turn_state s;

		wv_turn_state_init(&s);
		p.delay_us = rows[i].delay_us;
		p.delay_factor = rows[i].factor;
		s.last_answer_us = rows[i].answer_us;
		s.asked_delay_us = rows[i].asked_us;
		row_int(rows[i].name, wv_politeness_need(&p, &s).delay_us, rows[i].want_us);
	}
	rows_end();
}

static void ask(struct wv_turn_clock *clock, const struct wv_politeness *p, int64_t from,
                int64_t to, int32_t status, int64_t retry_after_us, bool is_timeout)
{
	bool asks = status == 429 || status == 503;
	struct wv_turn_answer answer = {.at = wall(to), .mono = mono(to), .started = mono(from),
	                                .bytes = 1000000, .retry_after_us = retry_after_us,
	                                .asks_to_wait = asks, .is_trouble = asks || is_timeout};

	wv_turn_clock_started(clock, wall(from), mono(from));
	wv_turn_clock_answered(clock, p, &answer);
}

static void test_delay_from_last_byte(void **state)
{
	struct wv_turn_clock clock;

	(void)state;
	wv_turn_clock_init(&clock, NULL, &five, false, noon, mono(100));
	row_int("never asked: free", wv_turn_clock_ready(&clock, &five).us <= 100 * S, 1);
	wv_turn_clock_started(&clock, wall(0), mono(100));
	row_int("one connection, in use", wv_turn_clock_ready(&clock, &five).us == INT64_MAX, 1);
	clock.in_flight = 0;
	wv_turn_clock_init(&clock, NULL, &five, false, noon, mono(100));
	ask(&clock, &five, 100, 101, 200, -1, false);
	row_int("from the last byte", wv_turn_clock_ready(&clock, &five).us, 106 * S);
	ask(&clock, &five, 106, 116, 200, -1, false);
	row_int("twice the answer's time", wv_turn_clock_ready(&clock, &five).us, 136 * S);
	ask(&clock, &five, 136, 137, 503, 60 * S, false);
	row_int("Retry-After", wv_turn_clock_ready(&clock, &five).us, 197 * S);
	ask(&clock, &five, 197, 198, 503, 1 * S, false);
	row_int("a Retry-After below the delay", wv_turn_clock_ready(&clock, &five).us, 203 * S);
	rows_end();
}

static void test_two_connections(void **state)
{
	struct wv_politeness p = five;
	struct wv_turn_clock clock;
	struct wv_turn_answer answer = {.at = wall(3), .mono = mono(3), .started = mono(0),
	                                .retry_after_us = -1};

	(void)state;
	p.connections_per_host = 2;
	p.delay_factor = 0;
	wv_turn_clock_init(&clock, NULL, &p, false, noon, mono(0));
	wv_turn_clock_started(&clock, wall(0), mono(0));
	row_int("the second, a delay after the first's start", wv_turn_clock_ready(&clock, &p).us, 5 * S);
	wv_turn_clock_answered(&clock, &p, &answer);
	row_int("or after its end", wv_turn_clock_ready(&clock, &p).us, 8 * S);
	wv_turn_clock_started(&clock, wall(8), mono(8));
	wv_turn_clock_started(&clock, wall(13), mono(13));
	row_int("no third", wv_turn_clock_ready(&clock, &p).us == INT64_MAX, 1);
	/* The first of these answers at 14, then the wall clock steps back, then the other one. */
	answer.at = wall(14);
	answer.mono = mono(14);
	answer.started = mono(8);
	wv_turn_clock_answered(&clock, &p, &answer);
	answer.at = wall(-500);
	answer.mono = mono(20);
	answer.started = mono(13);
	wv_turn_clock_answered(&clock, &p, &answer);
	row_int("what the next run waits from: the latest, however the clock stepped",
	        clock.state.last_end.us, wall(14).us);
	wv_turn_clock_init(&clock, NULL, &none, false, noon, mono(0));
	wv_turn_clock_started(&clock, wall(0), mono(0));
	row_int("delay 0: at once", wv_turn_clock_ready(&clock, &none).us, 0);
	rows_end();
}

static void test_backoff(void **state)
{
	struct wv_turn_clock clock;

	(void)state;
	for (uint32_t n = 0; n < 14; n++) {
		int64_t pure = n < 11 ? 60 * S << n : WV_US_PER_DAY;

		if (pure > WV_US_PER_DAY)
			pure = WV_US_PER_DAY;
		row_int("60 s x 2^n, at most a day", wv_politeness_backoff_us(n, 0), pure);
		for (uint64_t seed = 1; seed < 50; seed++) {
			int64_t us = wv_politeness_backoff_us(n, seed);

			row_int("within 10 %", us >= pure - pure / 10 && us <= pure + pure / 10 &&
			                               us <= WV_US_PER_DAY, 1);
		}
	}
	row_int("jitter is there", wv_politeness_backoff_us(3, 1) != wv_politeness_backoff_us(3, 2), 1);
	wv_turn_clock_init(&clock, NULL, &none, false, noon, mono(0));
	ask(&clock, &none, 0, 1, 503, -1, false);
	row_int("first", clock.held.us, 61 * S);
	row_int("n", clock.state.troubles, 1);
	ask(&clock, &none, 0, 2, 503, -1, false);
	row_int("asked before: the same window", clock.state.troubles, 1);
	row_int("and the same end", clock.held.us, 61 * S);
	ask(&clock, &none, 61, 62, 0, -1, true);
	row_int("a timeout in the next window", clock.state.troubles, 2);
	row_int("twice as long, within 10 %", clock.held.us >= (62 + 108) * S &&
	                                              clock.held.us <= (62 + 132) * S, 1);
	ask(&clock, &none, 200, 201, 200, -1, false);
	ask(&clock, &none, 400, 401, 429, -1, false);
	row_int("one good answer forgives nothing", clock.state.troubles, 3);
	ask(&clock, &none, 20000, 20001, 429, -1, false);
	row_int("quiet time does", clock.state.troubles, 1);
	rows_end();
}

static void test_budget(void **state)
{
	struct wv_politeness p = none;
	struct wv_turn_clock clock;

	(void)state;
	p.bandwidth_bytes_per_s = 100000; /* a megabyte is ten seconds */
	wv_turn_clock_init(&clock, NULL, &p, false, noon, mono(0));
	ask(&clock, &p, 0, 1, 200, -1, false);
	row_int("ten seconds from the start", wv_turn_clock_ready(&clock, &p).us, 10 * S);
	ask(&clock, &p, 10, 11, 200, -1, false);
	row_int("ten more", wv_turn_clock_ready(&clock, &p).us, 20 * S);
	rows_end();
}

/* What an earlier process left, at `after` seconds by the wall clock since. */
static void test_restart(void **state)
{
	static const struct {
		const char *name;
		int64_t end, held_set, held_until, lease_set, lease_until; /* 0: none */
		int64_t now;
		int64_t ready; /* seconds from now */
		bool is_open;
	} rows[] = {
		{"two seconds ago", 10, 0, 0, 0, 0, 12, 3, false},
		{"long ago", 10, 0, 0, 0, 0, 100, 0, false},
		{"the clock stepped back: the whole delay", 10, 0, 0, 0, 0, -5000, 5, false},
		{"Retry-After goes on", 10, 10, 610, 0, 0, 110, 500, false},
		{"Retry-After is over", 10, 10, 610, 0, 0, 700, 0, false},
		{"Retry-After, clock stepped back: all of it", 10, 10, 610, 0, 0, -5000, 600, false},
		{"lease of a run that closed", 10, 0, 0, 11, 16, 13, 2, false},
		{"lease left open: its end plus the delay", 10, 0, 0, 11, 16, 13, 8, true},
		{"lease left open, over: the delay from now", 10, 0, 0, 11, 16, 1000, 5, true},
		{"lease left open, clock stepped back", 10, 0, 0, 11, 16, -5000, 10, true},
		{"lease left open, never an answer", 0, 0, 0, 11, 16, 12, 9, true},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_turn_clock clock;
		struct wv_turn_state s;
		int64_t ready;

		wv_turn_state_init(&s);
		if (rows[i].end)
			s.last_end = s.last_start = wall(rows[i].end);
		if (rows[i].held_set) {
			s.hold = WV_HOLD_RETRY_AFTER;
			s.hold_set = wall(rows[i].held_set);
			s.hold_until = wall(rows[i].held_until);
		}
		if (rows[i].lease_set) {
			s.lease_run = 7;
			s.lease_set = wall(rows[i].lease_set);
			s.lease_until = wall(rows[i].lease_until);
		}
		wv_turn_clock_init(&clock, &s, &five, rows[i].is_open, wall(rows[i].now), mono(1000));
		ready = wv_turn_clock_ready(&clock, &five).us;
		row_int(rows[i].name, ready > 1000 * S ? ready - 1000 * S : 0, rows[i].ready * S);
	}
	rows_end();
}

static void test_retry_after(void **state)
{
	static const struct {
		const char *value;
		int64_t us;
	} rows[] = {
		{"120", 120 * S},
		{" 0 ", 0},
		{"2592001", WV_HOLD_MAX_US},
		{"99999999999999999999999999", WV_HOLD_MAX_US},
		{"Tue, 14 Nov 2023 22:14:20 GMT", 60 * S},
		{"Tuesday, 14-Nov-23 22:14:20 GMT", 60 * S},
		{"Tue Nov 14 22:14:20 2023", 60 * S},
		{"Tue, 14 Nov 2023 22:13:00 GMT", 0},
		{"Tue, 14 Nov 2073 22:13:00 GMT", WV_HOLD_MAX_US},
		{"", -1},
		{"-5", -1},
		{"1.5", -1},
		{"12s", -1},
		{"soon", -1},
		{"0x10", -1},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].value,
		        wv_politeness_parse_retry_after(wv_slice_of(rows[i].value), noon),
		        rows[i].us);
	rows_end();
}

static void test_asked_delay(void **state)
{
	struct wv_turn_clock clock;

	(void)state;
	wv_turn_clock_init(&clock, NULL, &five, false, noon, mono(0));
	wv_turn_clock_ask(&clock, 1, 10 * S);
	wv_turn_clock_ask(&clock, 2, 3 * S);
	row_int("the greatest of the origins", clock.state.asked_delay_us, 10 * S);
	wv_turn_clock_ask(&clock, 2, 20 * S);
	row_int("a greater one", clock.state.asked_delay_us, 20 * S);
	wv_turn_clock_ask(&clock, 1, 0);
	row_int("another takes back what it asked", clock.state.asked_delay_us, 20 * S);
	wv_turn_clock_ask(&clock, 2, 0);
	row_int("it takes it back itself", clock.state.asked_delay_us, 0);
	rows_end();
}

static void test_lease(void **state)
{
	struct wv_turn_clock clock;

	(void)state;
	wv_turn_clock_init(&clock, NULL, &five, false, noon, mono(0));
	row_int("as long as the delay", wv_turn_clock_lease_us(&clock, &five), 5 * S);
	row_int("at least two seconds", wv_turn_clock_lease_us(&clock, &none), 2 * S);
	row_int("none yet", wv_turn_clock_is_leased(&clock, mono(0)), 0);
	clock.leased = mono(5);
	row_int("within", wv_turn_clock_is_leased(&clock, (struct wv_mono){5 * S - 1}), 1);
	row_int("its end is outside", wv_turn_clock_is_leased(&clock, mono(5)), 0);
	rows_end();
}

static void test_row(void **state)
{
	struct wv_turn_state s = {.run = 7, .change = 9, .last_start = wall(1), .last_end = wall(2),
	                          .last_answer_us = 3, .last_bytes = 4, .asked_delay_us = 5,
	                          .asked_by = 6, .hold = WV_HOLD_BACKOFF, .hold_set = wall(7),
	                          .hold_until = wall(8), .troubles = 9, .trouble_at = wall(10),
	                          .lease_run = 11, .lease_set = wall(12), .lease_until = wall(13)};
	struct wv_turn_state back, empty, newer = s;
	struct wv_buf bytes, again;

	(void)state;
	wv_buf_init(&bytes, 1024);
	wv_buf_init(&again, 1024);
	wv_turn_state_encode(&s, &bytes);
	assert_int_equal(wv_turn_state_decode(wv_buf_slice(&bytes), &back, NULL), WV_OK);
	wv_turn_state_encode(&back, &again);
	assert_true(wv_slice_equals(wv_buf_slice(&bytes), wv_buf_slice(&again)));
	for (size_t n = 0; n < bytes.n; n++)
		row_int("cut short", wv_turn_state_decode(wv_slice(bytes.p, n), &back, NULL), WV_DAMAGED);
	wv_buf_reset(&bytes);
	wv_turn_state_init(&empty);
	wv_turn_state_encode(&empty, &bytes);
	assert_int_equal(wv_turn_state_decode(wv_buf_slice(&bytes), &back, NULL), WV_OK);
	row_int("never stays never", wv_time_is_none(back.last_end) && wv_time_is_none(back.lease_until), 1);
	newer.change++;
	row_int("newer", wv_turn_state_is_newer(&newer, &s), 1);
	row_int("not itself", wv_turn_state_is_newer(&s, &s), 0);
	newer.run--;
	row_int("the run counts first", wv_turn_state_is_newer(&newer, &s), 0);
	wv_buf_done(&bytes);
	wv_buf_done(&again);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_need),
		cmocka_unit_test(test_delay_from_last_byte),
		cmocka_unit_test(test_two_connections),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_asked_delay),
		cmocka_unit_test(test_lease),
		cmocka_unit_test(test_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
