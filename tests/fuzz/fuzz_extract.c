#include <stdint.h>
#include <stdlib.h>

#include "config/base/limits.h"
#include "crawler/page/extract.h"
#include "crawler/page/html.h"

/* A whole page to its article: whatever the bytes, there is an article with a verdict, and every
 * slice of it can be read. The first byte chooses what else is known of the page. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void touch(struct wv_slice s)
{
	volatile unsigned char sum = 0;

	for (size_t i = 0; i < s.n; i++)
		sum = (unsigned char)(sum + s.p[i]);
	(void)sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct wv_arena *arena;
	static struct wv_html_parser *parser;
	struct wv_extract_input input = {.fetched = {INT64_C(1717700000000000)}};
	struct wv_article article;
	struct wv_page_prints prints;
	struct wv_page *page;

	if (size == 0)
		return 0;
	if (!arena && (wv_arena_new(64u * WV_MIB, &arena, NULL) != WV_OK ||
		       wv_html_parser_new(wv_clock_system(), &parser, NULL) != WV_OK))
		abort();
	wv_arena_reset(arena);
	input.parser = parser;
	input.body = wv_slice(data + 1, size - 1);
	if (data[0] & 1)
		input.url = WV_LIT("https://news.example.com/2024/06/05/story");
	if (data[0] & 2)
		input.content_type = WV_LIT("text/html; charset=gbk");
	if (data[0] & 4)
		input.fetched = WV_TIME_NONE;
	if (wv_page_open(&input, arena, &page, NULL) != WV_OK ||
	    wv_page_extract(page, arena, &article, &prints, NULL) != WV_OK)
		return 0;
	if (article.verdict >= WV_VERDICT_COUNT)
		abort();
	touch(article.title);
	touch(article.reason);
	touch(article.published.text);
	for (size_t i = 0; i < article.author_count; i++)
		touch(article.authors[i]);
	for (size_t i = 0; i < article.block_count; i++)
		touch(article.blocks[i].text);
	for (size_t i = 0; i < article.removed_count; i++)
		touch(article.removed[i].text);
	for (size_t i = 1; i < prints.n; i++)
		if (prints.p[i - 1].print >= prints.p[i].print)
			abort();
	return 0;
}
