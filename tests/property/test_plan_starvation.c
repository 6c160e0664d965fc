/*
 * Nothing waits for ever: against a host that has more news than can ever be asked for, whatever
 * the order in which they turn up, the listing is looked at in time, revisits are made in turn, and
 * the oldest page that was never asked comes at last.
 *
 *   test_plan_starvation [VISITS [SEED]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/plan_rig.h"
#include "tests/support/random.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define S     WV_US_PER_S
#define PAGES 16384
/* A round has six places (plan_ahead.c), and a look-ahead may hold one round already chosen. */
#define ROUND 12
#define EVERY 60

static const char yaml[] =
	"agent: {name: wirevault, contact: 'mailto:x@example.org'}\n"
	"politeness: {delay: 1s, delay_factor: 0}\n"
	"run: {max_time: 20h}\n"
	"sources:\n"
	"  - {name: a, feeds: off, sitemaps: off, scope: host, seeds: ['http://a.example/'],\n"
	"     every: 60s, revisit: {first: 60s, last: 600s}}\n";

static unsigned visits_wanted = 3000;

struct world {
	struct wv_random random;
	unsigned known, visits;
	int64_t due_us[PAGES];               /* when it is to be looked at again; 0: never asked */
	unsigned found_at[PAGES];            /* after so many visits */
	unsigned oldest;                     /* the lowest number never asked */
	unsigned longest_new;                /* visits until a page was asked for the first time */
	unsigned since_again, longest_again; /* visits while a revisit was due and none was made */
	int64_t last_listing_us, longest_listing_us;
	unsigned firsts, agains;
};

static bool some_again_is_due(const struct world *w, int64_t now_us)
{
	for (unsigned i = 0; i < w->known; i++)
		if (w->due_us[i] && w->due_us[i] <= now_us)
			return true;
	return false;
}

static void note(struct world *w, unsigned page, int64_t now_us)
{
	bool is_again = w->due_us[page] != 0;

	if (is_again) {
		w->agains++;
		w->since_again = 0;
	} else {
		unsigned waited = w->visits - w->found_at[page];

		w->firsts++;
		if (waited > w->longest_new)
			w->longest_new = waited;
		w->since_again += some_again_is_due(w, now_us);
	}
	if (w->since_again > w->longest_again)
		w->longest_again = w->since_again;
	w->due_us[page] = now_us + 60 * S;
	while (w->oldest < w->known && w->due_us[w->oldest])
		w->oldest++;
}

static void answer(struct wv_test_rig *rig, const struct wv_visit *visit,
		   struct wv_outcome *outcome)
{
	struct world *w = rig->user;
	int64_t now_us = wv_clock_now(rig->clock).us;
	struct wv_slice number = wv_slice_from(visit->url, sizeof("http://a.example/") - 1);
	uint64_t page;
	unsigned more;

	if (visit->kind == WV_VISIT_ROBOTS)
		return;
	w->visits++;
	if (wv_slice_u64(number, &page)) {
		note(w, (unsigned)page, now_us);
	} else {
		int64_t gap = w->last_listing_us ? now_us - w->last_listing_us : 0;

		if (gap > w->longest_listing_us)
			w->longest_listing_us = gap;
		w->last_listing_us = now_us;
	}
	/* More than can ever be asked for; of any age, up to a day. */
	more = 2 + (unsigned)wv_random_below(&w->random, 4);
	for (unsigned i = 0; i < more && w->known < PAGES; i++) {
		char url[64];

		snprintf(url, sizeof url, "http://a.example/%u", w->known);
		wv_test_rig_link(rig, visit, url, WV_VISIT_PAGE,
				 now_us - (int64_t)wv_random_below(&w->random, 600) * S);
		w->found_at[w->known++] = w->visits;
	}
	outcome->is_unchanged = false;
}

static uint64_t seed = 1;

static void test_flood(void **state)
{
	static struct world world;
	struct wv_test_rig rig;

	(void)state;
	world = (struct world){.random = {seed}};
	wv_test_rig_open(&rig, yaml, answer);
	rig.user = &world;
	rig.max_pages = visits_wanted;
	wv_test_rig_run(&rig);
	row_int("as many visits as asked for", world.visits >= visits_wanted, 1);
	row_int("far more is known than was asked", world.known > world.firsts * 2, 1);
	/* Every place but one in six goes elsewhere, so in n visits n / 6 of the oldest were asked,
	 * less those that a rank of up to ten minutes put before them. */
	row_int("the oldest are asked", world.oldest > visits_wanted / 60, 1);
	row_int("a revisit that is due is made within two rounds", world.longest_again <= ROUND, 1);
	row_int("the listing is looked at within its time and two rounds",
		world.longest_listing_us <= (EVERY + ROUND * 2) * S, 1);
	row_int("first looks and revisits both",
		world.firsts > visits_wanted / 4 && world.agains > visits_wanted / 12, 1);
	print_message(
		"%u visits: %u first looks, %u revisits, oldest never asked %u of %u; longest wait "
		"%u visits; longest without a due revisit %u, without the listing %lld s\n",
		world.visits, world.firsts, world.agains, world.oldest, world.known,
		world.longest_new, world.longest_again, (long long)(world.longest_listing_us / S));
	wv_test_rig_check_ledger(&rig);
	wv_test_rig_close(&rig);
	rows_end();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_flood)};

	if (argc > 1)
		visits_wanted = (unsigned)strtoul(argv[1], NULL, 10);
	if (argc > 2)
		seed = strtoul(argv[2], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
