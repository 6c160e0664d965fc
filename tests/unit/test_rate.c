#include "archive/serve/rate.h"

#include <stdio.h>

#include "tests/support/rows.h"

ROWS_STATE;

static unsigned allowed(struct wv_rate *rate, const char *client, struct wv_mono at, unsigned times)
{
	unsigned count = 0;
	int64_t wait_us = 0;

	while (times--)
		count += wv_rate_allows(rate, wv_slice_of(client), at, &wait_us);
	return count;
}

static void burst_then_rate(void **state)
{
	WV_AUTO(wv_rate_free) struct wv_rate *rate = NULL;
	struct wv_mono at = {1};
	int64_t wait_us = 0;

	(void)state;
	assert_int_equal(wv_rate_new(2, 5, 64, &rate, NULL), WV_OK);
	row_int("the burst", allowed(rate, "192.0.2.1", at, 9), 5);
	row_int("another client", allowed(rate, "192.0.2.2", at, 9), 5);
	assert_false(wv_rate_allows(rate, WV_LIT("192.0.2.1"), at, &wait_us));
	assert_in_range(wait_us, 499000, 501000);
	at.us += wait_us;
	row_int("after its wait", allowed(rate, "192.0.2.1", at, 9), 1);
	at.us += 10 * WV_US_PER_S;
	row_int("no more than the burst", allowed(rate, "192.0.2.1", at, 9), 5);
	rows_end();
}

static void who_is_one_client(void **state)
{
	static const struct {
		const char *a, *b;
		bool is_same;
	} rows[] = {
		{"192.0.2.1", "192.0.2.2", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
		{"2001:db8:1:2::1", "2001:db8:1:3::1", false},
		{"::1", "127.0.0.1", false},
		{"", "x", false},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].b,
			wv_rate_client_key(wv_slice_of(rows[i].a), 7) ==
				wv_rate_client_key(wv_slice_of(rows[i].b), 7),
			rows[i].is_same);
	rows_end();
}

/* A crowd does not win the one who is limited another burst while it keeps asking: fuller buckets
 * are forgotten before its empty one. */
static void crowd_does_not_pardon(void **state)
{
	WV_AUTO(wv_rate_free) struct wv_rate *rate = NULL;
	struct wv_mono at = {1};
	unsigned given = 0;
	char client[32];

	(void)state;
	assert_int_equal(wv_rate_new(1, 10, 64, &rate, NULL), WV_OK);
	given += allowed(rate, "192.0.2.1", at, 100);
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(client, sizeof(client), "10.0.%u.%u", i / 250, i % 250);
		(void)allowed(rate, client, at, 1);
		given += allowed(rate, "192.0.2.1", at, 1);
	}
	row_int("given in one instant", given, 10);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burst_then_rate),
		cmocka_unit_test(who_is_one_client),
		cmocka_unit_test(crowd_does_not_pardon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
