/*
 * From publication in a feed to capture: a simulated day of 200 sources, crawled by cron every five
 * minutes, each source's feed looked at by its own interval. The 95th percentile is at most twice
 * the interval.
 *
 *   test_plan_latency [SOURCES [NEWS A DAY EACH]]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/plan_rig.h"
#include "tests/support/random.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define S           WV_US_PER_S
#define CRON_US     (300 * S)
#define NEWS_MAX    256
#define LISTED      20 /* items in a feed */
#define SOURCES_MAX 1000

static unsigned source_count = 200, news_a_day = 40;

struct news {
	int64_t published_us, captured_us;
};
static struct news world[SOURCES_MAX][NEWS_MAX];
static unsigned news_count[SOURCES_MAX];
static int64_t first_us;

static const struct interval {
	const char *text;
	int64_t us;
} intervals[] = {{"15m", 900 * S}, {"5m", 300 * S}, {"1h", 3600 * S}, {"30m", 1800 * S}};

static struct wv_slice settings(struct wv_buf *out)
{
	wv_buf_add_string(out, "agent: {name: wirevault, contact: 'mailto:x@example.org'}\n"
			       "politeness: {delay: 2s}\nrun: {max_time: 5m}\nsources:\n");
	for (unsigned i = 0; i < source_count; i++)
		wv_buf_add_format(out,
				  "  - {name: s%u, scope: host, sitemaps: off, every: %s, "
				  "feeds: ['http://h%u.example/feed']}\n",
				  i, intervals[i % WV_COUNT(intervals)].text, i);
	wv_buf_add_byte(out, 0);
	return wv_buf_slice(out);
}

static void publish(struct wv_random *random)
{
	for (unsigned i = 0; i < source_count; i++) {
		double us = (double)first_us, mean = 86400e6 / news_a_day;

		while (news_count[i] < NEWS_MAX) {
			double u =
				((double)(wv_random_next(random) >> 11) + 1) / 9007199254740993.0;

			us += -log(u) * mean;
			if (us > (double)(first_us + 24 * 3600 * S))
				break;
			world[i][news_count[i]++].published_us = (int64_t)us;
		}
	}
}

static void answer(struct wv_test_rig *rig, const struct wv_visit *visit,
		   struct wv_outcome *outcome)
{
	int64_t now_us = wv_clock_now(rig->clock).us;
	unsigned i = (unsigned)visit->source;
	uint64_t number;

	if (visit->kind == WV_VISIT_FEED) {
		unsigned n = 0;

		while (n < news_count[i] && world[i][n].published_us <= now_us)
			n++;
		for (unsigned k = n > LISTED ? n - LISTED : 0; k < n; k++) {
			char url[64];

			snprintf(url, sizeof url, "http://h%u.example/news/%u", i, k);
			wv_test_rig_link(rig, visit, url, WV_VISIT_PAGE, world[i][k].published_us);
		}
	} else if (visit->kind == WV_VISIT_PAGE) {
		size_t slash = wv_slice_find(visit->url, WV_LIT("/news/"), 0);

		if (wv_slice_u64(wv_slice_from(visit->url, slash + 6), &number) &&
		    world[i][number].captured_us == 0)
			world[i][number].captured_us = now_us;
		else
			outcome->is_unchanged = true;
	}
}

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static void test_day(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf yaml = {.cap = 1 << 20};
	static double waits[SOURCES_MAX * NEWS_MAX]; /* in intervals */
	struct wv_random random = {11};
	struct wv_test_rig rig;
	unsigned captured = 0, missed = 0;
	size_t requests = 0;

	(void)state;
	wv_test_rig_open(&rig, (const char *)settings(&yaml).p, answer);
	first_us = wv_clock_now(rig.clock).us;
	publish(&random);
	while (wv_clock_now(rig.clock).us < first_us + 24 * 3600 * S) {
		int64_t next = wv_clock_now(rig.clock).us / CRON_US * CRON_US + CRON_US;

		wv_test_rig_run(&rig);
		requests += rig.visits;
		if (wv_clock_now(rig.clock).us < next)
			wv_test_rig_turn(&rig, next - wv_clock_now(rig.clock).us);
	}
	for (unsigned i = 0; i < source_count; i++) {
		int64_t interval = intervals[i % WV_COUNT(intervals)].us;

		for (unsigned k = 0; k < news_count[i]; k++) {
			const struct news *n = &world[i][k];

			/* What came out within the last two intervals need not be there yet. */
			if (n->published_us > first_us + 24 * 3600 * S - 2 * interval)
				continue;
			if (n->captured_us == 0)
				missed++;
			else
				waits[captured++] = (double)(n->captured_us - n->published_us) /
						    (double)interval;
		}
	}
	qsort(waits, captured, sizeof waits[0], by_value);
	row_int("none was missed", missed, 0);
	row_int("news enough to tell", captured > source_count * 10, 1);
	if (captured) {
		double p95 = waits[(size_t)(captured * 0.95)];

		row_int("p95 within two intervals", p95 <= 2, 1);
		print_message(
			"%u sources, %u news captured, %zu requests; from publication to capture, "
			"in intervals: median %.2f, p95 %.2f, worst %.2f\n",
			source_count, captured, requests, waits[captured / 2], p95,
			waits[captured - 1]);
	}
	wv_test_rig_check_ledger(&rig);
	wv_test_rig_close(&rig);
	rows_end();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_day)};

	if (argc > 1)
		source_count = (unsigned)strtoul(argv[1], NULL, 10);
	if (argc > 2)
		news_a_day = (unsigned)strtoul(argv[2], NULL, 10);
	if (source_count > SOURCES_MAX)
		source_count = SOURCES_MAX;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
