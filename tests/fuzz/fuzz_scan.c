/* Scan of any bytes that are UTF-8 or not: bounds, caps, and the same whatever is asked for. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/base/limits.h"
#include "crawler/page/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *law)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", law);
	abort();
}

static bool is_inside(struct wv_slice part, struct wv_slice whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static bool leads_to_page(const struct wv_scan_link *link)
{
	switch (link->tag) {
	case WV_TAG_A: case WV_TAG_AREA: case WV_TAG_LINK:
		return link->attr == WV_ATTR_HREF;
	case WV_TAG_IFRAME: case WV_TAG_FRAME: case WV_TAG_AMP_IFRAME:
		return link->attr == WV_ATTR_SRC;
	case WV_TAG_META:
		return true;
	default:
		return false;
	}
}

/* Who only looks for pages finds the same ones, and the same head. */
static void check_pages(struct wv_arena *arena, const struct wv_scan *all)
{
	struct wv_scan pages;
	size_t n = 0;

	must(wv_scan_page(arena, all->text, WV_SCAN_PAGES | WV_SCAN_META, &pages, NULL) == WV_OK,
	     "for pages");
	for (size_t i = 0; i < all->link_count && !all->links_dropped; i++) {
		if (!leads_to_page(&all->links[i]))
			continue;
		must(n < pages.link_count, "no page less");
		must(wv_slice_equals(pages.links[n].value, all->links[i].value) &&
			     wv_slice_equals(pages.links[n].rel, all->links[i].rel) &&
			     pages.links[n].offset == all->links[i].offset &&
			     pages.links[n].inner.n == all->links[i].inner.n,
		     "the same page");
		n++;
	}
	must(n == pages.link_count || all->links_dropped, "no page more");
	must(pages.meta_count == all->meta_count && wv_slice_equals(pages.title, all->title) &&
		     wv_slice_equals(pages.base_href, all->base_href) &&
		     pages.is_amp == all->is_amp,
	     "the same head");
	for (size_t i = 0; i < all->meta_count; i++)
		must(wv_slice_equals(pages.metas[i].content, all->metas[i].content), "the same meta");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_scan all, links;

	if (wv_arena_new(256u << 20, &arena, NULL) != WV_OK)
		return 0;
	must(wv_scan_page(arena, wv_slice(data, size), WV_SCAN_ALL | WV_SCAN_COMPACT, &all, NULL) == WV_OK,
	     "every input is scanned");
	must(all.pruned.n <= size, "the pruned text is no longer than the page");
	must(all.compact.markup.n <= size * 3 + 256, "the compact form is short");
	must(wv_scan_page(arena, wv_slice(data, size), WV_SCAN_LINKS, &links, NULL) == WV_OK, "again");
	must(all.link_count == links.link_count, "links do not depend on what else is asked for");
	for (size_t i = 0; i < all.link_count; i++) {
		must(is_inside(all.links[i].inner, all.text), "insides lie in the text");
		must(wv_slice_equals(all.links[i].value, links.links[i].value), "the same link");
		(void)wv_markup_text(arena, wv_slice_part(all.links[i].inner, 0, 1000), 200);
	}
	check_pages(arena, &all);
	for (size_t i = 0; i < all.script_count; i++)
		must(is_inside(all.scripts[i].body, all.text), "scripts lie in the text");
	for (uint32_t i = 0; i < all.compact.text_count; i++)
		must(is_inside(all.compact.texts[i].text, all.text), "runs lie in the text");
	must(all.title.n <= WV_LIMIT_TITLE_BYTES, "the title is capped");
	return 0;
}
