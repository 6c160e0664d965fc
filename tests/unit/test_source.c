#include "config/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "config/base/limits.h"
#include "config/url.h"

static int faults;

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} rows[] = {
		{"", "", true},
		{"", "a", false},
		{"a", "a", true},
		{"a", "A", false},
		{"*", "", true},
		{"*", "anything", true},
		{"?", "", false},
		{"?", "a", true},
		{"a*c", "abbbc", true},
		{"a*c", "abbbcd", false},
		{"*news*", "https://a.example/news/1", true},
		{"*/news/*", "https://a.example/old-news/1", false},
		{"a*b*c", "axxbxxbxxc", true},
		{"a*b?c", "axbbxc", true},
		{"**", "a", true},
		{"a**", "a", true},
		{"*a", "aaab", false},
		{"[a]", "a", false},
		{"a.c", "abc", false},
		{"*?p=1", "https://a.example/xp=1", true},
	};
	static char many[4000];

	(void)state;
	faults = 0;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		bool got = wv_source_pattern_matches(wv_slice_of(rows[i].pattern),
						     wv_slice_of(rows[i].text));

		if (got == rows[i].matches)
			continue;
		print_error("row '%s' on '%s': expected %d, got %d\n", rows[i].pattern,
			    rows[i].text, rows[i].matches, got);
		faults++;
	}
	/* What takes exponential time where every star is tried again. */
	memset(many, 'a', sizeof(many));
	assert_false(wv_source_pattern_matches(WV_LIT("*a*a*a*a*a*a*a*a*a*a*a*a*b"),
					       wv_slice(many, sizeof(many))));
	assert_int_equal(faults, 0);
}

static void test_contains(void **state)
{
	static const struct {
		const char *row;
		enum wv_scope scope;
		const char *seed, *include, *exclude, *url;
		bool contains;
	} rows[] = {
		{"host, itself", WV_SCOPE_HOST, "https://a.example/", "", "", "https://a.example/x",
		 true},
		{"host, other scheme", WV_SCOPE_HOST, "https://a.example/", "", "",
		 "http://a.example/x", true},
		{"host, www", WV_SCOPE_HOST, "https://a.example/", "", "",
		 "https://www.a.example/x", true},
		{"host, seed with www", WV_SCOPE_HOST, "https://www.a.example/", "", "",
		 "https://a.example/x", true},
		{"host, www of no domain", WV_SCOPE_HOST, "http://www.wire/a.html", "", "",
		 "http://www.wire/x", true},
		{"host, begins alike", WV_SCOPE_HOST, "https://a.example.com/", "", "",
		 "https://a.example/", false},
		{"host, subdomain", WV_SCOPE_HOST, "https://a.example/", "", "",
		 "https://b.a.example/", false},
		{"host, other port", WV_SCOPE_HOST, "https://a.example/", "", "",
		 "https://a.example:8443/", false},
		{"host, its own port", WV_SCOPE_HOST, "http://127.0.0.1:8080/", "", "",
		 "http://127.0.0.1:8080/x", true},
		{"host, other loopback port", WV_SCOPE_HOST, "http://127.0.0.1:8080/", "", "",
		 "http://127.0.0.1:8081/x", false},
		{"host, IPv6 with port", WV_SCOPE_HOST, "http://[::1]:8080/", "", "",
		 "http://[::1]:8080/x", true},
		{"host, IPv6 without", WV_SCOPE_HOST, "http://[::1]/", "", "", "http://[::1]:81/",
		 false},
		{"hosts, other port", WV_SCOPE_HOSTS, "https://a.example/", "", "",
		 "https://a.example:8443/", true},
		{"hosts, other host", WV_SCOPE_HOSTS, "https://a.example/", "", "",
		 "https://b.example/", false},
		{"domain, subdomain", WV_SCOPE_DOMAIN, "https://www.paper.co.uk/", "", "",
		 "https://money.paper.co.uk/", true},
		{"domain, another of the suffix", WV_SCOPE_DOMAIN, "https://www.paper.co.uk/", "",
		 "", "https://other.co.uk/", false},
		{"domain, tail without a border", WV_SCOPE_DOMAIN, "https://paper.com/", "", "",
		 "https://wallpaper.com/", false},
		{"domain, tenants", WV_SCOPE_DOMAIN, "https://a.blogspot.com/", "", "",
		 "https://b.blogspot.com/", false},
		{"domain, address", WV_SCOPE_DOMAIN, "http://127.0.0.1:1/", "", "",
		 "http://127.0.0.1:2/", true},
		{"domain, other address", WV_SCOPE_DOMAIN, "http://127.0.0.1:1/", "", "",
		 "http://127.0.0.2:1/", false},
		{"prefix, below", WV_SCOPE_PREFIX, "https://a.example/news/", "", "",
		 "https://a.example/news/1", true},
		{"prefix, beside", WV_SCOPE_PREFIX, "https://a.example/news/", "", "",
		 "https://a.example/sport/1", false},
		{"prefix, file as seed", WV_SCOPE_PREFIX, "https://a.example/news/index.html", "",
		 "", "https://a.example/news/1", true},
		{"prefix, query of the seed", WV_SCOPE_PREFIX, "https://a.example/news?x=/y/", "",
		 "", "https://a.example/other", true},
		{"prefix, other host", WV_SCOPE_PREFIX, "https://a.example/news/", "", "",
		 "https://b.example/news/1", false},
		{"include, matched", WV_SCOPE_HOST, "https://a.example/", "*/news/*", "",
		 "https://a.example/news/1", true},
		{"include, not matched", WV_SCOPE_HOST, "https://a.example/", "*/news/*", "",
		 "https://a.example/sport/1", false},
		{"include, outside scope", WV_SCOPE_HOST, "https://a.example/", "*/news/*", "",
		 "https://b.example/news/1", false},
		{"exclude", WV_SCOPE_HOST, "https://a.example/", "", "*/video/*",
		 "https://a.example/video/1", false},
		{"exclude beats include", WV_SCOPE_HOST, "https://a.example/", "*", "*/video/*",
		 "https://a.example/video/1", false},
		{"exclude sees the canonical form", WV_SCOPE_HOST, "https://a.example/", "",
		 "*utm_*", "https://a.example/1?utm_source=x", true},
		{"a seed in spite of exclude", WV_SCOPE_HOST, "https://a.example/video/", "",
		 "*/video/*", "https://a.example/video/", true},
		{"a seed with a fragment", WV_SCOPE_HOST, "https://a.example/video/", "",
		 "*/video/*", "https://a.example/video/#top", true},
		{"userinfo changes nothing", WV_SCOPE_HOST, "https://u:p@a.example/", "", "",
		 "https://a.example/x", true},
		{"not the web", WV_SCOPE_HOST, "https://a.example/", "", "", "ftp://a.example/x",
		 false},
		{"mailto", WV_SCOPE_HOST, "https://a.example/", "", "", "mailto:a@a.example",
		 false},
	};

	(void)state;
	faults = 0;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
		struct wv_slice include = wv_slice_of(rows[i].include);
		struct wv_slice exclude = wv_slice_of(rows[i].exclude);
		struct wv_source source = {.scope = rows[i].scope,
					   .include = {&include, include.n > 0},
					   .exclude = {&exclude, exclude.n > 0}};
		struct wv_url seed, url;
		bool got;

		assert_int_equal(wv_arena_new(WV_MIB, &arena, NULL), WV_OK);
		assert_int_equal(wv_url_parse(arena, wv_slice_of(rows[i].seed), NULL, &seed, NULL),
				 WV_OK);
		assert_int_equal(wv_url_parse(arena, wv_slice_of(rows[i].url), NULL, &url, NULL),
				 WV_OK);
		source.seeds = (struct wv_strings){&seed.href, 1};
		got = wv_source_contains(&source, &url);
		if (got == rows[i].contains)
			continue;
		print_error("row '%s': expected %d, got %d\n", rows[i].row, rows[i].contains, got);
		faults++;
	}
	assert_int_equal(faults, 0);
}

static void test_several_seeds_and_lists(void **state)
{
	const struct wv_slice seeds[] = {WV_LIT("https://a.example/"),
					 WV_LIT("https://b.example/news/")};
	const struct wv_slice feeds[] = {WV_LIT("https://feeds.example.net/a.xml")};
	const struct wv_source source = {.scope = WV_SCOPE_HOST,
					 .seeds = {seeds, 2},
					 .feeds_mode = WV_AUTO_LIST,
					 .feeds = {feeds, 1}};
	static const struct {
		const char *url;
		bool contains;
	} rows[] = {
		{"https://a.example/1", true},
		{"https://b.example/1", true},
		{"https://c.example/1", false},
		{"https://feeds.example.net/a.xml", true},
		{"https://feeds.example.net/b.xml", false},
	};
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;

	(void)state;
	assert_int_equal(wv_arena_new(WV_MIB, &arena, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_url url;

		assert_int_equal(wv_url_parse(arena, wv_slice_of(rows[i].url), NULL, &url, NULL),
				 WV_OK);
		if (wv_source_contains(&source, &url) != rows[i].contains)
			fail_msg("%s: expected %d", rows[i].url, rows[i].contains);
	}
}

/* Known by its feeds alone: where they lie is the scope, and its articles may be followed. */
static void test_feeds_alone(void **state)
{
	const struct wv_slice feeds[] = {WV_LIT("https://a.example:8443/rss/news.xml")};
	const struct wv_slice sitemaps[] = {WV_LIT("https://b.example/sitemap.xml")};
	static const struct {
		enum wv_scope scope;
		const char *url;
		bool contains;
	} rows[] = {
		{WV_SCOPE_HOST, "https://a.example:8443/news/1", true},
		{WV_SCOPE_HOST, "https://a.example/news/1", false},
		{WV_SCOPE_PREFIX, "https://a.example:8443/news/1", true},
		{WV_SCOPE_HOST, "https://b.example/1", true},
		{WV_SCOPE_DOMAIN, "https://www.a.example/1", true},
		{WV_SCOPE_HOST, "https://c.example/1", false},
	};
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;

	(void)state;
	assert_int_equal(wv_arena_new(WV_MIB, &arena, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_source source = {.scope = rows[i].scope,
						 .feeds_mode = WV_AUTO_LIST,
						 .feeds = {feeds, 1},
						 .sitemaps_mode = WV_AUTO_LIST,
						 .sitemaps = {sitemaps, 1}};
		struct wv_url url;

		assert_int_equal(wv_url_parse(arena, wv_slice_of(rows[i].url), NULL, &url, NULL),
				 WV_OK);
		if (wv_source_contains(&source, &url) != rows[i].contains)
			fail_msg("%s: expected %d", rows[i].url, rows[i].contains);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_contains),
		cmocka_unit_test(test_several_seeds_and_lists),
		cmocka_unit_test(test_feeds_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
