#include <stdint.h>
#include <stdlib.h>

#include "crawler/plan/robots.h"

/* The first line is asked about, by the rules of the rest. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wv_cursor c = wv_cursor(wv_slice(data, size));
	struct wv_slice names[] = {WV_LIT("foo"), WV_LIT("bar")};
	struct wv_slice url = wv_cursor_until(&c, '\n');
	struct wv_robots *robots = NULL;
	struct wv_robots_row row;

	if (wv_robots_parse(wv_slice(c.p, wv_cursor_left(&c)), (struct wv_strings){names, 2},
	                    &robots, NULL) == WV_OK) {
		struct wv_robots_decision decision = wv_robots_check(robots, url);
		const struct wv_robots_facts *facts = wv_robots_facts(robots);

		/* A decision without a rule is a yes, but for addresses too long to be judged. */
		if (!decision.allowed && decision.line == 0 && decision.rule.n == 0)
			abort();
		for (size_t i = 0; i < facts->sitemap_count; i++)
			if (facts->sitemaps[i].n == 0)
				abort();
		wv_robots_free(&robots);
	}
	(void)!wv_robots_row_decode(wv_slice(data, size), &row, NULL);
	return 0;
}
