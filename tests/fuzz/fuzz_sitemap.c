/* Any bytes as a sitemap, at once and in pieces: the same entries. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/base/limits.h"
#include "crawler/discover/sitemap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *law)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", law);
	abort();
}

static bool add_entry(void *user, const struct wv_sitemap_entry *entry)
{
	must(wv_slice_starts(entry->url, WV_LIT("http")), "addresses are absolute");
	must(entry->priority >= -1 && entry->priority <= 1, "priorities are");
	wv_buf_add(user, entry->url);
	wv_buf_add_byte(user, ' ');
	wv_buf_add(user, entry->lastmod.raw);
	wv_buf_add_byte(user, '\n');
	return true;
}

static struct wv_sitemap_result read_in(struct wv_slice body, size_t step, struct wv_buf *out)
{
	struct wv_sitemap_context context = {.url = WV_LIT("https://e.com/"),
					     .times = {.fetched = {INT64_C(1717977600000000)}},
					     .user = out,
					     .each = add_entry};
	WV_AUTO(wv_sitemap_free) struct wv_sitemap *sitemap = NULL;
	struct wv_sitemap_result result;

	must(wv_sitemap_new(&context, &sitemap, NULL) == WV_OK, "new");
	for (size_t at = 0; at < body.n; at += step)
		must(wv_sitemap_feed(sitemap, wv_slice_part(body, at, step), NULL) == WV_OK, "feed");
	must(wv_sitemap_finish(sitemap, &result, NULL) == WV_OK, "finish");
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WV_AUTO(wv_buf_done) struct wv_buf once = {0}, pieces = {0};
	struct wv_sitemap_result a, b;

	wv_buf_init(&once, 256u << 20);
	wv_buf_init(&pieces, 256u << 20);
	a = read_in(wv_slice(data, size), size + 1, &once);
	b = read_in(wv_slice(data, size), 1 + size / 3, &pieces);
	must(a.count <= WV_LIMIT_SITEMAP_URLS, "entries are capped");
	must(a.kind == b.kind && a.count == b.count && a.refused == b.refused, "pieces count the same");
	must(wv_slice_equals(wv_buf_slice(&once), wv_buf_slice(&pieces)), "pieces say the same");
	return 0;
}
