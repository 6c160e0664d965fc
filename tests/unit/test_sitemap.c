#include "crawler/discover/sitemap.h"

#include <stdio.h>
#include <zlib.h>

#include "config/base/limits.h"
#include "tests/support/rows.h"

ROWS_STATE;

/* 2024-06-10T00:00:00Z */
#define FETCHED ((struct wv_time){INT64_C(1717977600000000)})

static bool print_entry(void *user, const struct wv_sitemap_entry *entry)
{
	struct wv_buf *out = user;

	wv_buf_add_string(out, out->n > 0 ? "\n" : "");
	wv_buf_add_string(out, entry->kind == WV_SITEMAP_INDEX ? "index " : "");
	wv_buf_add_string(out, entry->is_foreign ? "foreign " : "");
	wv_buf_add(out, entry->url);
	if (entry->lastmod.is_set) {
		wv_buf_add_byte(out, ' ');
		wv_buf_add(out, entry->lastmod.text);
	}
	if (entry->priority >= 0)
		wv_buf_add_format(out, " %.2f", entry->priority);
	if (entry->changefreq.n > 0) {
		wv_buf_add_byte(out, ' ');
		wv_buf_add(out, entry->changefreq);
	}
	if (entry->is_news) {
		wv_buf_add_string(out, " news:");
		wv_buf_add(out, entry->news_name);
		wv_buf_add_byte(out, '/');
		wv_buf_add(out, entry->news_language);
		wv_buf_add_byte(out, '/');
		wv_buf_add(out, entry->news_title);
		wv_buf_add_byte(out, '/');
		wv_buf_add(out, entry->published.is_set ? entry->published.text : WV_SLICE_NONE);
	}
	return true;
}

/* In pieces of `step` bytes. */
static struct wv_sitemap_result read_in(struct wv_slice body, size_t step, struct wv_buf *out)
{
	struct wv_sitemap_context context = {.url = WV_LIT("https://e.com/maps/sitemap.xml"),
					     .times = {.fetched = FETCHED},
					     .user = out,
					     .each = print_entry};
	WV_AUTO(wv_sitemap_free) struct wv_sitemap *sitemap = NULL;
	struct wv_sitemap_result result;

	assert_int_equal(wv_sitemap_new(&context, &sitemap, NULL), WV_OK);
	for (size_t at = 0; at < body.n; at += step)
		assert_int_equal(wv_sitemap_feed(sitemap, wv_slice_part(body, at, step), NULL), WV_OK);
	assert_int_equal(wv_sitemap_finish(sitemap, &result, NULL), WV_OK);
	return result;
}

#define SET(inner) "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">" inner "</urlset>"
#define URL(inner) "<url>" inner "</url>"
#define LOC(url)   "<loc>" url "</loc>"

static void entries(void **state)
{
	static const struct {
		const char *row, *xml, *entries;
		enum wv_sitemap_kind kind;
		size_t refused;
		bool is_damaged;
	} rows[] = {
		{"whole", "<?xml version='1.0' encoding='UTF-8'?>" SET(URL(LOC("https://e.com/a?x=1&amp;y=2") "<lastmod>"
			  "2024-06-05T08:00:00.5+02:00</lastmod><changefreq>daily</changefreq><priority>0.8</priority>")),
		 "https://e.com/a?x=1&y=2 2024-06-05T08:00:00+02:00 0.80 daily", WV_SITEMAP_URLSET, 0, false},
		{"prefix", "<s:urlset xmlns:s='http://www.google.com/schemas/sitemap/0.84'><s:url><s:loc>https://e.com/"
			   "</s:loc></s:url></s:urlset>", "https://e.com/", WV_SITEMAP_URLSET, 0, false},
		{"no namespace", "<urlset><url><loc>https://e.com/</loc></url></urlset>", "https://e.com/",
		 WV_SITEMAP_URLSET, 0, false},
		{"index", "<sitemapindex><sitemap><loc>https://e.com/1.xml</loc><lastmod>2024-06-05</lastmod></sitemap>"
			  "<sitemap><loc>https://e.com/2.xml.gz</loc></sitemap></sitemapindex>",
		 "index https://e.com/1.xml 2024-06-05\nindex https://e.com/2.xml.gz", WV_SITEMAP_INDEX, 0, false},
		{"dates", SET(URL(LOC("https://e.com/1") "<lastmod>2024-06</lastmod>") URL(LOC("https://e.com/2")
			  "<lastmod>2024-06-05T08:00Z</lastmod>") URL(LOC("https://e.com/3") "<lastmod>nonsense</lastmod>")
			  URL(LOC("https://e.com/4") "<lastmod>2031-01-01</lastmod>")),
		 "https://e.com/1 2024-06\nhttps://e.com/2 2024-06-05T08:00:00Z\nhttps://e.com/3\nhttps://e.com/4",
		 WV_SITEMAP_URLSET, 0, false},
		{"white space and cdata", SET(URL(LOC("\n  <![CDATA[https://e.com/a&b]]> \n"))), "https://e.com/a&b",
		 WV_SITEMAP_URLSET, 0, false},
		{"refused", SET(URL(LOC("/relative")) URL(LOC("")) URL("") URL(LOC("ftp://e.com/")) URL(LOC("mailto:x"))
			    URL(LOC("https://e.com/"))), "https://e.com/", WV_SITEMAP_URLSET, 5, false},
		{"other hosts", SET(URL(LOC("https://f.org/")) URL(LOC("http://e.com:8080/")) URL(LOC("https://www.e.com/"))),
		 "foreign https://f.org/\nhttp://e.com:8080/\nforeign https://www.e.com/", WV_SITEMAP_URLSET, 0, false},
		{"news", "<urlset xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>https://e.com/</loc><n:news>"
			 "<n:publication><n:name>P</n:name><n:language>zh-cn</n:language></n:publication>"
			 "<n:publication_date>2024-06-05T08:00:00+08:00</n:publication_date><n:title>A &amp;  B</n:title>"
			 "</n:news></url><url><loc>https://e.com/2</loc></url></urlset>",
		 "https://e.com/ news:P/zh-cn/A & B/2024-06-05T08:00:00+08:00\nhttps://e.com/2", WV_SITEMAP_URLSET, 0, false},
		{"images", SET(URL("<image:image><image:loc>https://e.com/i.png</image:loc><image:title>no</image:title>"
			   "</image:image>" LOC("https://e.com/"))), "https://e.com/", WV_SITEMAP_URLSET, 0, false},
		{"first loc counts", SET(URL(LOC("https://e.com/1") LOC("https://e.com/2"))), "https://e.com/1",
		 WV_SITEMAP_URLSET, 0, false},
		{"priorities", SET(URL(LOC("https://e.com/1") "<priority>1</priority>") URL(LOC("https://e.com/2")
			       "<priority>1.5</priority>") URL(LOC("https://e.com/3") "<priority>-1</priority>")),
		 "https://e.com/1 1.00\nhttps://e.com/2\nhttps://e.com/3", WV_SITEMAP_URLSET, 0, false},
		{"bare ampersand", SET(URL(LOC("https://e.com/?a=1&b=2"))), "https://e.com/?a=1&b=2", WV_SITEMAP_URLSET, 0,
		 true},
		{"cut", "<urlset><url><loc>https://e.com/1</loc></url><url><loc>https://e.com/2</loc><lastm",
		 "https://e.com/1\nhttps://e.com/2", WV_SITEMAP_URLSET, 0, true},
		{"never ended", "<urlset><url><loc>https://e.com/1</loc><url><loc>https://e.com/2</loc></urlset>",
		 "https://e.com/1\nhttps://e.com/2", WV_SITEMAP_URLSET, 0, true},
		{"text", "https://e.com/1\r\n\n  https://e.com/2  \nhttps://f.org/\nno address\nhttps://e.com/3",
		 "https://e.com/1\nhttps://e.com/2\nforeign https://f.org/\nhttps://e.com/3", WV_SITEMAP_TEXT, 1, false},
		{"text with mark", "\xEF\xBB\xBFhttps://e.com/1\n", "https://e.com/1", WV_SITEMAP_TEXT, 0, false},
		{"html", "<html><body><a href=x>", "", WV_SITEMAP_NONE, 0, true},
		{"feed", "<rss><channel/></rss>", "", WV_SITEMAP_NONE, 0, false},
		{"empty", "", "", WV_SITEMAP_NONE, 0, false},
		{"no entities", "<!DOCTYPE x [<!ENTITY a 'b'>]><urlset><url><loc>https://e.com/&a;</loc></url></urlset>",
		 "https://e.com/&a;", WV_SITEMAP_URLSET, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_slice xml = wv_slice_of(rows[i].xml);
		static const size_t steps[] = {1, 2, 3, 7, 64, 100000};

		for (size_t k = 0; k < WV_COUNT(steps); k++) {
			WV_AUTO(wv_buf_done) struct wv_buf out = {0};
			struct wv_sitemap_result result;

			wv_buf_init(&out, 100000);
			result = read_in(xml, steps[k], &out);
			row_text(rows[i].row, wv_buf_slice(&out), rows[i].entries);
			row_int(rows[i].row, result.kind, rows[i].kind);
			row_int(rows[i].row, (long long)result.refused, (long long)rows[i].refused);
			row_int(rows[i].row, result.is_damaged, rows[i].is_damaged);
		}
	}
	rows_end();
}

static bool count_entry(void *user, const struct wv_sitemap_entry *entry)
{
	(void)entry;
	++*(size_t *)user;
	return true;
}

static struct wv_sitemap_result count_in(struct wv_slice body, size_t *entries, int64_t fetched_us)
{
	struct wv_sitemap_context context = {.url = WV_LIT("https://e.com/"),
					     .times = {.fetched = {fetched_us}},
					     .user = entries,
					     .each = count_entry};
	WV_AUTO(wv_sitemap_free) struct wv_sitemap *sitemap = NULL;
	struct wv_sitemap_result result;

	assert_int_equal(wv_sitemap_new(&context, &sitemap, NULL), WV_OK);
	assert_int_equal(wv_sitemap_feed(sitemap, body, NULL), WV_OK);
	assert_int_equal(wv_sitemap_finish(sitemap, &result, NULL), WV_OK);
	return result;
}

static void url_cap(void **state)
{
	static const size_t counts[] = {WV_LIMIT_SITEMAP_URLS - 1, WV_LIMIT_SITEMAP_URLS,
					WV_LIMIT_SITEMAP_URLS + 1};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(counts); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf body = {0};
		struct wv_sitemap_result result;
		size_t entries = 0;

		wv_buf_init(&body, 8u << 20);
		for (size_t k = 0; k < counts[i]; k++)
			wv_buf_add_format(&body, "https://e.com/%zu\n", k);
		result = count_in(wv_buf_slice(&body), &entries, FETCHED.us);
		row_int("given", (long long)entries,
			(long long)(counts[i] < WV_LIMIT_SITEMAP_URLS ? counts[i] : WV_LIMIT_SITEMAP_URLS));
		row_int("dropped", (long long)result.dropped, (long long)(counts[i] - entries));
	}
	rows_end();
}

static void gzip(struct wv_buf *out, struct wv_slice body)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)body.p, .avail_in = (uInt)body.n};
	size_t room = body.n + body.n / 100 + 1000;

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_out = wv_buf_room(out, room);
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->n += z.total_out;
	deflateEnd(&z);
}

static void compressed(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf packed = {0}, out = {0};
	struct wv_sitemap_result result;

	(void)state;
	wv_buf_init(&packed, 1u << 20);
	wv_buf_init(&out, 1u << 20);
	gzip(&packed, WV_LIT(SET(URL(LOC("https://e.com/1")) URL(LOC("https://e.com/2")))));
	result = read_in(wv_buf_slice(&packed), 5, &out);
	row_text("gzip", wv_buf_slice(&out), "https://e.com/1\nhttps://e.com/2");
	row_int("whole", result.is_damaged, 0);
	out.n = 0;
	result = read_in(wv_slice_part(wv_buf_slice(&packed), 0, packed.n - 12), 5, &out);
	row_int("cut", result.is_damaged, 1);
	row_int("cut, but read", out.n > 0, 1);
	rows_end();
}

/* Sixty megabytes of entries and a bomb of white space: bounded, what came before stands. */
static void size_caps(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf body = {0}, packed = {0};
	struct wv_sitemap_result result;
	size_t entries = 0;

	(void)state;
	wv_buf_init(&body, 128u << 20);
	wv_buf_init(&packed, 128u << 20);
	wv_buf_add_string(&body, "<urlset><url><loc>https://e.com/1</loc></url>");
	for (size_t i = 0; i < 60u << 10; i++)
		wv_buf_add_format(&body, "<!-- %1000zu -->\n", i);
	wv_buf_add_string(&body, "<url><loc>https://e.com/2</loc></url></urlset>");
	assert_true(body.n > WV_LIMIT_SITEMAP_BYTES);
	result = count_in(wv_buf_slice(&body), &entries, FETCHED.us);
	row_int("too large", result.is_too_large, 1);
	row_int("entries before", (long long)entries, 1);
	gzip(&packed, wv_buf_slice(&body));
	entries = 0;
	result = count_in(wv_buf_slice(&packed), &entries, FETCHED.us);
	row_int("bomb", result.is_too_large, 1);
	row_int("entries before the bomb", (long long)entries, 1);
	rows_end();
}

/* Nine lastmods of "now" may be chance, ten are a habit. */
static void useless_lastmods(void **state)
{
	static const struct {
		const char *row;
		unsigned entries, seconds_apart;
		int64_t fetched_after_s;
		bool is_useless;
	} rows[] = {
		{"nine", 9, 1, 60, false},          {"ten", 10, 1, 60, true},
		{"spread", 10, 120, 60, false},     {"long ago", 10, 1, 7200, false},
		{"many at one instant", 100, 0, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf body = {0};
		struct wv_sitemap_result result;
		size_t entries = 0;

		wv_buf_init(&body, 1u << 20);
		wv_buf_add_string(&body, "<urlset>");
		for (unsigned k = 0; k < rows[i].entries; k++) {
			unsigned s = k * rows[i].seconds_apart;

			wv_buf_add_format(&body, "<url><loc>https://e.com/%u</loc><lastmod>2024-06-09T12:%02u:%02uZ"
						 "</lastmod></url>", k, s / 60, s % 60);
		}
		wv_buf_add_string(&body, "</urlset>");
		/* 2024-06-09T12:00:00Z and some seconds */
		result = count_in(wv_buf_slice(&body), &entries,
				  INT64_C(1717934400000000) + rows[i].fetched_after_s * WV_US_PER_S);
		row_int(rows[i].row, result.lastmod_is_useless, rows[i].is_useless);
	}
	rows_end();
}

static bool stop_at_once(void *user, const struct wv_sitemap_entry *entry)
{
	count_entry(user, entry);
	return false;
}

static void stopping(void **state)
{
	size_t entries = 0;
	struct wv_sitemap_context context = {.url = WV_LIT("https://e.com/"), .user = &entries,
					     .times = {.fetched = FETCHED}, .each = stop_at_once};
	WV_AUTO(wv_sitemap_free) struct wv_sitemap *sitemap = NULL;
	struct wv_sitemap *none = NULL;
	struct wv_sitemap_result result;

	(void)state;
	assert_int_equal(wv_sitemap_new(&context, &sitemap, NULL), WV_OK);
	assert_int_equal(wv_sitemap_feed(sitemap, WV_LIT(SET(URL(LOC("https://e.com/1")) URL(LOC("https://e.com/2")))),
					 NULL), WV_OK);
	assert_int_equal(wv_sitemap_finish(sitemap, &result, NULL), WV_OK);
	assert_int_equal(entries, 1);
	context.url = WV_LIT("/relative");
	assert_int_equal(wv_sitemap_new(&context, &none, NULL), WV_USAGE);
	assert_null(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries),  cmocka_unit_test(url_cap),
		cmocka_unit_test(compressed), cmocka_unit_test(size_caps),
		cmocka_unit_test(useless_lastmods), cmocka_unit_test(stopping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
