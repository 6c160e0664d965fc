#include "crawler/discover/links.h"

#include <stdio.h>

#include "config/base/limits.h"
#include "tests/support/rows.h"

ROWS_STATE;

static struct wv_arena *arena;

static int set_up(void **state)
{
	(void)state;
	return wv_arena_new(256u << 20, &arena, NULL) == WV_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	wv_arena_free(&arena);
	return 0;
}

static struct wv_links links_of(struct wv_slice html, const char *url, uint32_t want)
{
	struct wv_scan scan;
	struct wv_links links;

	assert_int_equal(wv_scan_page(arena, html, WV_SCAN_LINKS, &scan, NULL), WV_OK);
	assert_int_equal(wv_links_find(arena, &scan, wv_slice_of(url), WV_SLICE_NONE, want, &links, NULL), WV_OK);
	return links;
}

/* "kind url" of all, parted by bars; "!" after the kind for nofollow, "*n" for n occurrences. */
static struct wv_slice print_links(const struct wv_links *links, struct wv_buf *out)
{
	for (size_t i = 0; i < links->count; i++) {
		const struct wv_link *link = &links->links[i];

		wv_buf_add_string(out, i > 0 ? "|" : "");
		wv_buf_add_string(out, wv_link_kind_name(link->kind));
		wv_buf_add_string(out, link->nofollow ? "!" : "");
		if (link->count > 1)
			wv_buf_add_format(out, "*%u", link->count);
		wv_buf_add_byte(out, ' ');
		wv_buf_add(out, link->url);
	}
	return wv_buf_slice(out);
}

/* Queries go out in the page's encoding, paths in UTF-8, as browsers do. */
static void queries(void **state)
{
	static const struct {
		const char *row, *charset, *href, *url;
	} rows[] = {
		{"UTF-8", "UTF-8", "/s?q=东京", "http://e.com/s?q=%E4%B8%9C%E4%BA%AC"},
		{"none said", "", "/s?q=é", "http://e.com/s?q=%C3%A9"},
		{"GBK", "GBK", "/s?q=东京&p=1", "http://e.com/s?q=%B6%AB%BE%A9&p=1"},
		{"GBK: the euro sign", "GBK", "/s?q=€", "http://e.com/s?q=%80"},
		{"GBK: four bytes only", "GBK", "/s?q=𠀀", "http://e.com/s?q=%26%23131072%3B"},
		{"gb18030 has them", "gb18030", "/s?q=𠀀", "http://e.com/s?q=%952%826"},
		{"Shift_JIS", "Shift_JIS", "/s?q=東京", "http://e.com/s?q=%93%8C%8B%9E"},
		{"Shift_JIS: an ASCII second byte", "Shift_JIS", "/s?q=ソ", "http://e.com/s?q=%83\\"},
		{"EUC-JP", "EUC-JP", "/s?q=東京", "http://e.com/s?q=%C5%EC%B5%FE"},
		{"ISO-2022-JP", "ISO-2022-JP", "/s?q=東", "http://e.com/s?q=%1B$BEl%1B(B"},
		{"Big5", "Big5", "/s?q=東京", "http://e.com/s?q=%AAF%A8%CA"},
		{"EUC-KR", "EUC-KR", "/s?q=서울", "http://e.com/s?q=%BC%AD%BF%EF"},
		{"windows-1252", "windows-1252", "/s?q=café", "http://e.com/s?q=caf%E9"},
		{"windows-1251", "windows-1251", "/s?q=мир", "http://e.com/s?q=%EC%E8%F0"},
		{"what it has not", "windows-1252", "/s?q=мир", "http://e.com/s?q=%26%231084%3B%26%231080%3B%26%231088%3B"},
		{"path and fragment stay", "GBK", "/东?q=京#京", "http://e.com/%E4%B8%9C?q=%BE%A9"},
		{"escapes stay", "GBK", "/s?q=%E4%BA%AC京", "http://e.com/s?q=%E4%BA%AC%BE%A9"},
		{"a question mark in the fragment", "GBK", "/s#?京", "http://e.com/s"},
		{"UTF-16 is sent as UTF-8", "UTF-16LE", "/s?q=é", "http://e.com/s?q=%C3%A9"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_slice html = wv_arena_format(arena, "<a href='%s'>x</a>", rows[i].href);
		struct wv_scan scan;
		struct wv_links links;

		assert_int_equal(wv_scan_page(arena, html, WV_SCAN_LINKS, &scan, NULL), WV_OK);
		assert_int_equal(wv_links_find(arena, &scan, WV_LIT("http://e.com/d/"),
		                               wv_slice_of(rows[i].charset), WV_LINKS_PAGES, &links,
		                               NULL), WV_OK);
		row_int(rows[i].row, (int)links.count, 1);
		if (links.count)
			row_text(rows[i].row, links.links[0].url, rows[i].url);
	}
	rows_end();
}

static void kinds(void **state)
{
	static const struct {
		const char *row, *html, *links;
	} rows[] = {
		{"page", "<a href=b>", "page http://e.com/d/b"},
		{"area", "<area href=/b>", "page http://e.com/b"},
		{"other hosts and schemes", "<a href=//f.org/x><a href=https://g.org>",
		 "page http://f.org/x|page https://g.org/"},
		{"fragment goes", "<a href=b#c><a href=b#d>", "page*2 http://e.com/d/b"},
		{"inside the page", "<a href=#top>", ""},
		{"not for us", "<a href='javascript:x()'><a href=mailto:a@b><a href=tel:1><a href='data:,x'>"
			       "<a href=ftp://e.com/><a href='http://'>", ""},
		{"white space", "<a href=' \n/b\t'>", "page http://e.com/b"},
		{"reference", "<a href='?a=1&amp;b=2'>", "page http://e.com/d/p?a=1&b=2"},
		{"base", "<base href=/x/><a href=b>", "page http://e.com/x/b"},
		{"base after a link", "<a href=b><base href=http://f.org/>", "page http://f.org/b"},
		{"first base", "<base target=x><base href=/x/><base href=/y/><a href=b>",
		 "page http://e.com/x/b"},
		{"base that is none", "<base href='data:x'><a href=b>", "page http://e.com/d/b"},
		{"nofollow", "<a rel='a NoFollow' href=b><a rel=ugc href=c><a rel=sponsored href=d>",
		 "page! http://e.com/d/b|page! http://e.com/d/c|page! http://e.com/d/d"},
		{"nofollow once is not always", "<a rel=nofollow href=b><a href=b>",
		 "page*2 http://e.com/d/b"},
		{"next", "<link rel=next href=?p=2><a rel=next href=?p=3>",
		 "next http://e.com/d/p?p=2|next http://e.com/d/p?p=3"},
		{"feeds",
		 "<link rel=alternate type=application/rss+xml href=r><link rel='ALTERNATE' "
		 "type='application/atom+xml; charset=utf-8' href=a><link rel=alternate "
		 "type=application/feed+json href=j><link rel=feed href=f>",
		 "feed http://e.com/d/r|feed http://e.com/d/a|feed http://e.com/d/j|feed http://e.com/d/f"},
		{"feed with base", "<base href=http://f.org/><link rel=alternate "
				   "type=application/rss+xml href=r>", "feed http://f.org/r"},
		{"no feeds", "<link rel=alternate type=application/json+oembed href=o><link rel=alternate "
			     "type=application/json href=/wp-json/1><link rel=alternate type=x/y href=z>",
		 ""},
		{"languages", "<link rel=alternate hreflang=fr href=f>", "language http://e.com/d/f"},
		{"about the page", "<link rel=canonical href=c><link rel=amphtml href=a><link rel=sitemap "
				   "href=s><link rel='shortlink' href=x>",
		 "canonical http://e.com/d/c|amp http://e.com/d/a|sitemap http://e.com/d/s"},
		{"refresh", "<meta http-equiv=refresh content=\"5; URL='n'\">", "refresh http://e.com/d/n"},
		{"refresh of itself", "<meta http-equiv=refresh content=300>", ""},
		{"frames", "<iframe src=i></iframe><frame src=f>", "frame http://e.com/d/i|frame http://e.com/d/f"},
		{"requisites are not asked for", "<img src=a><link rel=stylesheet href=b><script src=c>"
						 "</script><video src=d>", ""},
		{"hints are no links", "<link rel=preconnect href=//x><link rel=dns-prefetch href=//y>"
				       "<link rel=manifest href=m>", ""},
		{"scripts are not searched", "<script>location='http://e.com/no'</script>", ""},
		{"empty address is the page", "<a href=''>", "page http://e.com/d/p?q"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf out = {0};
		struct wv_links links =
			links_of(wv_slice_of(rows[i].html), "http://e.com/d/p?q", WV_LINKS_PAGES);

		wv_buf_init(&out, 10000);
		row_text(rows[i].row, print_links(&links, &out), rows[i].links);
	}
	rows_end();
}

static void requisites(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf out = {0};
	struct wv_links links = links_of(
		WV_LIT("<a href=p></a><img src=a srcset='b 1x, c 2x'><link rel=stylesheet href=d>"
		       "<script src=e></script><video src=f poster=g></video>"
		       "<picture><source srcset='h'></picture><link rel=icon href=i><img src='data:x'>"),
		"http://e.com/", WV_LINKS_REQUISITES);

	(void)state;
	wv_buf_init(&out, 10000);
	row_text("requisites", print_links(&links, &out),
		 "image http://e.com/a|image http://e.com/b|image http://e.com/c|style http://e.com/d|"
		 "script http://e.com/e|media http://e.com/f|image http://e.com/g|image http://e.com/h|"
		 "image http://e.com/i");
	rows_end();
}

/* A picture's link and the headline's link to one page are one link, with the headline's words. */
static void texts(void **state)
{
	static const struct {
		const char *row, *html, *text;
		uint32_t where;
	} rows[] = {
		{"words", "<a href=a>Big <b>news</b> &amp; more</a>", "Big news & more", 0},
		{"picture first", "<a href=a><img src=x></a><h2><a href=a>Big</a></h2>", "Big",
		 WV_IN_HEADING},
		{"words first", "<h2><a href=a>Big</a></h2><a href=a>Read more</a>", "Big", WV_IN_HEADING},
		{"title", "<a href=a title='Big &quot;news&quot;'><i></i></a>", "Big \"news\"", 0},
		{"alt", "<a href=a><img alt=Picture></a>", "Picture", 0},
		{"none", "<a href=a></a>", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_links links =
			links_of(wv_slice_of(rows[i].html), "http://e.com/", WV_LINKS_PAGES);

		row_int(rows[i].row, (long long)links.count, 1);
		row_text(rows[i].row, wv_link_text(arena, &links.links[0], 100), rows[i].text);
		row_int(rows[i].row, links.links[0].where, rows[i].where);
	}
	rows_end();
}

static void srcsets(void **state)
{
	static const struct {
		const char *row, *srcset, *urls;
	} rows[] = {
		{"one", "a", "a"},
		{"descriptors", "a 1x, b 2x", "a b"},
		{"widths", " a 100w ,\n b 200w,c", "a b c"},
		{"commas inside", "a,b/c,d 1x, e", "a,b/c,d e"},
		{"comma at the end", "a, b,", "a b"},
		{"no space", "a,b", "a,b"},
		{"data", "data:image/png;base64,xx== 1x, b", "data:image/png;base64,xx== b"},
		{"parentheses", "a (x, y), b", "a b"},
		{"only commas", " ,,, ", ""},
		{"empty", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf out = {0};
		struct wv_slice url;

		wv_buf_init(&out, 1000);
		for (size_t at = 0; wv_links_srcset_next(wv_slice_of(rows[i].srcset), &at, &url);) {
			wv_buf_add_string(&out, out.n > 0 ? " " : "");
			wv_buf_add(&out, url);
		}
		row_text(rows[i].row, wv_buf_slice(&out), rows[i].urls);
	}
	rows_end();
}

static void refreshes(void **state)
{
	static const struct {
		const char *content, *url;
	} rows[] = {
		{"0;url=a", "a"}, {"0; URL = a b ", "a b"}, {"5;url='a'b", "a"}, {"5,url=\"a", "a"},
		{"5 url=a", "a"}, {"1.5;a", "a"}, {"0;urla", "urla"}, {"5", ""}, {"5;", ""},
		{";url=a", ""}, {"x;url=a", ""}, {"5x;url=a", ""}, {"", ""}, {"0;url=", ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_text(rows[i].content, wv_links_refresh_url(wv_slice_of(rows[i].content)),
			 rows[i].url);
	rows_end();
}

static void cap(void **state)
{
	static const size_t counts[] = {WV_LIMIT_LINKS_PER_PAGE - 1, WV_LIMIT_LINKS_PER_PAGE,
					WV_LIMIT_LINKS_PER_PAGE + 1, 30000};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(counts); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf page = {0};
		struct wv_links links;
		size_t most = WV_LIMIT_LINKS_PER_PAGE;
		char row[32];

		snprintf(row, sizeof(row), "%zu links", counts[i]);
		wv_buf_init(&page, 8u << 20);
		for (size_t k = 0; k < counts[i]; k++)
			wv_buf_add_format(&page, "<a href=%zu>", k);
		wv_arena_reset(arena);
		links = links_of(wv_buf_slice(&page), "http://e.com/", WV_LINKS_PAGES);
		row_int(row, (long long)links.count,
			(long long)(counts[i] < most ? counts[i] : most));
		row_int(row, (long long)(links.count + links.dropped), (long long)counts[i]);
	}
	rows_end();
}

/* One attribute with any number of references, each as long in memory as the base. */
static void long_srcset(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf page = {0};
	struct wv_links links;

	(void)state;
	wv_buf_init(&page, 8u << 20);
	wv_buf_add_string(&page, "<base href='http://e.com/");
	for (size_t k = 0; k < 8000; k++)
		wv_buf_add_byte(&page, 'y');
	wv_buf_add_string(&page, "/'><img srcset='");
	for (size_t k = 0; k < 200000; k++)
		wv_buf_add_format(&page, "%zu , ", k);
	wv_buf_add_string(&page, "'>");
	wv_arena_reset(arena);
	links = links_of(wv_buf_slice(&page), "http://e.com/", WV_LINKS_REQUISITES);
	row_int("links", (long long)links.count, WV_LIMIT_LINKS_PER_PAGE);
	row_int("all", (long long)(links.count + links.dropped), 200000);
	rows_end();
}

static void bad_page_address(void **state)
{
	struct wv_scan scan;
	struct wv_links links;

	(void)state;
	assert_int_equal(wv_scan_page(arena, WV_LIT("<a href=x>"), WV_SCAN_LINKS, &scan, NULL), WV_OK);
	assert_int_equal(wv_links_find(arena, &scan, WV_LIT("/relative"), WV_SLICE_NONE, WV_LINKS_PAGES, &links, NULL),
			 WV_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),     cmocka_unit_test(requisites), cmocka_unit_test(texts),
cmocka_unit_test(queries),     cmocka_unit_test(requisites), cmocka_unit_test(texts),
		cmocka_unit_test(srcsets),   cmocka_unit_test(refreshes),  cmocka_unit_test(cap),
		cmocka_unit_test(bad_page_address), cmocka_unit_test(long_srcset),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
