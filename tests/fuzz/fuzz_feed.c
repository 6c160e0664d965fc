/* Any bytes as a feed; the normaliser alone, in two pieces, says the same as at once. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/base/limits.h"
#include "crawler/discover/feed.h"
#include "crawler/discover/kind.h"
#include "crawler/discover/normal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *law)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", law);
	abort();
}

static void check_normal(struct wv_slice body)
{
	struct wv_normal once, pieces;
	size_t cut = body.n > 0 ? body.p[body.n / 2] % (body.n + 1) : 0;
	enum wv_status a, b;

	wv_normal_init(&once);
	wv_normal_init(&pieces);
	a = wv_normal_feed(&once, body, true, NULL);
	b = wv_normal_feed(&pieces, wv_slice_part(body, 0, cut), false, NULL);
	if (b == WV_OK)
		b = wv_normal_feed(&pieces, wv_slice_from(body, cut), true, NULL);
	must(a == b, "pieces give the same status");
	must(wv_slice_equals(wv_buf_slice(&once.out), wv_buf_slice(&pieces.out)),
	     "pieces give the same form");
	must(once.out.n <= body.n * 8 + 64 * 300, "the form is not much longer");
	wv_normal_done(&once);
	wv_normal_done(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_feed_context context = {.url = WV_LIT("http://e.com/feed"),
					  .times = {.fetched = {INT64_C(1717977600000000)}}};
	struct wv_feed feed;
	enum wv_status st;

	check_normal(wv_slice(data, size));
	(void)wv_discover_kind_of(wv_slice(data, size));
	if (wv_arena_new(256u << 20, &arena, NULL) != WV_OK)
		return 0;
	st = wv_feed_parse(arena, wv_slice(data, size), &context, &feed, NULL);
	must(st == WV_OK || st == WV_BAD_INPUT, "a feed, or none");
	if (st != WV_OK)
		return 0;
	must(feed.item_count <= WV_LIMIT_FEED_ITEMS, "items are capped");
	for (size_t i = 0; i < feed.item_count; i++) {
		must(feed.items[i].url.n == 0 || wv_slice_starts(feed.items[i].url, WV_LIT("http")),
		     "addresses are absolute");
		must(feed.items[i].title.n <= WV_LIMIT_TITLE_BYTES, "titles are capped");
		must(!feed.items[i].published.is_set ||
			     feed.items[i].published.earliest.us <= feed.items[i].published.latest.us,
		     "times are intervals");
	}
	return 0;
}
