#include "crawler/discover/feed.h"

#include <stdio.h>

#include "config/base/limits.h"
#include "crawler/discover/kind.h"
#include "crawler/discover/normal.h"
#include "tests/support/rows.h"

ROWS_STATE;

static struct wv_arena *arena;

static int set_up(void **state)
{
	(void)state;
	return wv_arena_new(512u << 20, &arena, NULL) == WV_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	wv_arena_free(&arena);
	return 0;
}

/* 2024-06-10T00:00:00Z */
#define FETCHED ((struct wv_time){INT64_C(1717977600000000)})

static enum wv_status parse(struct wv_slice body, struct wv_feed *feed)
{
	struct wv_feed_context context = {.url = WV_LIT("http://e.com/feeds/all"),
					  .times = {.fetched = FETCHED}};

	wv_arena_reset(arena);
	return wv_feed_parse(arena, body, &context, feed, NULL);
}

/* "url|guid|title|summary|published|updated" a line. */
static struct wv_slice print_items(const struct wv_feed *feed, struct wv_buf *out)
{
	for (size_t i = 0; i < feed->item_count; i++) {
		const struct wv_feed_item *item = &feed->items[i];

		wv_buf_add_string(out, i > 0 ? "\n" : "");
		wv_buf_add(out, item->url);
		wv_buf_add_byte(out, '|');
		wv_buf_add(out, item->guid);
		wv_buf_add_byte(out, '|');
		wv_buf_add(out, item->title);
		wv_buf_add_byte(out, '|');
		wv_buf_add(out, item->summary);
		wv_buf_add_byte(out, '|');
		wv_buf_add(out, item->published.is_set ? item->published.text : WV_SLICE_NONE);
		wv_buf_add_byte(out, '|');
		wv_buf_add(out, item->updated.is_set ? item->updated.text : WV_SLICE_NONE);
	}
	return wv_buf_slice(out);
}

#define RSS(items)  "<rss version='2.0'><channel><title>C</title>" items "</channel></rss>"
#define ITEM(inner) "<item>" inner "</item>"
#define ATOM(inner) "<feed xmlns='http://www.w3.org/2005/Atom'>" inner "</feed>"

static void items(void **state)
{
	static const struct {
		const char *row, *feed, *items;
		bool is_damaged;
	} rows[] = {
		{"rss", RSS(ITEM("<title>T</title><link>http://e.com/a</link><guid>g</guid>"
				 "<description>D</description><pubDate>Wed, 05 Jun 2024 13:45:03 +0800</pubDate>")),
		 "http://e.com/a|g|T|D|2024-06-05T13:45:03+08:00|", false},
		{"two-digit year", RSS(ITEM("<title>T</title><pubDate>05 Jun 24 05:45 GMT</pubDate>")),
		 "||T||2024-06-05T05:45:00Z|", false},
		{"named zone", RSS(ITEM("<title>T</title><pubDate>Wed, 05 Jun 2024 05:45:03 EST</pubDate>")),
		 "||T||2024-06-05T05:45:03-05:00|", false},
		{"dc:date", "<rss xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><item><title>T</title>"
			    "<dc:date>2024-06-05T05:45:03Z</dc:date></item></channel></rss>",
		 "||T||2024-06-05T05:45:03Z|", false},
		{"channel's time is not the item's",
		 RSS("<pubDate>Wed, 05 Jun 2024 13:45:03 +0800</pubDate>" ITEM("<title>T</title>")),
		 "||T|||", false},
		{"guid is a link", RSS(ITEM("<guid>http://e.com/g</guid>")),
		 "http://e.com/g|http://e.com/g||||", false},
		{"guid is no link", RSS(ITEM("<guid isPermaLink='false'>http://e.com/g</guid>")),
		 "|http://e.com/g||||", false},
		{"relative link", RSS(ITEM("<link>../x?a=1&amp;b=2#f</link>")),
		 "http://e.com/x?a=1&b=2|||||", false},
		{"feedburner", "<rss xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0'><channel>"
			       "<item><link>http://f.org/1</link><feedburner:origLink>http://e.com/1"
			       "</feedburner:origLink></item></channel></rss>",
		 "http://e.com/1|||||", false},
		{"markup in titles", RSS(ITEM("<title>A &lt;b&gt;B&lt;/b&gt; &amp;amp; C</title>")),
		 "||A B & C|||", false},
		{"cdata", RSS(ITEM("<title><![CDATA[A <i>B</i> &amp; ]]]></title>")), "||A B & ]|||", false},
		{"content instead of a summary",
		 "<rss xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><item><title>T</title>"
		 "<content:encoded>&lt;p&gt;One&lt;/p&gt; two</content:encoded></item></channel></rss>",
		 "||T|One two||", false},
		{"media title is no title",
		 "<rss xmlns:media='http://search.yahoo.com/mrss/'><channel><item><media:title>M</media:title>"
		 "<title>T</title><media:group><title>N</title></media:group></item></channel></rss>",
		 "||T|||", false},
		{"rss 1.0",
		 "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
		 "xmlns='http://purl.org/rss/1.0/'><channel rdf:about='x'><title>C</title></channel>"
		 "<item rdf:about='http://e.com/1'><title>T</title></item></rdf:RDF>",
		 "http://e.com/1||T|||", false},
		{"rss 0.91 in upper case root", "<RSS version='0.91'><channel><item><title>T</title></item>"
						"</channel></RSS>", "||T|||", false},
		{"atom",
		 ATOM("<entry><id>urn:1</id><title>T &lt;</title><link href='/a'/><published>2024-06-05T05:45:03Z"
		      "</published><updated>2024-06-06T00:00:00+02:00</updated><summary>S</summary></entry>"),
		 "http://e.com/a|urn:1|T <|S|2024-06-05T05:45:03Z|2024-06-06T00:00:00+02:00", false},
		{"atom, prefixed", "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>T</a:title>"
				   "</a:entry></a:feed>", "||T|||", false},
		{"atom id is no address", ATOM("<entry><id>http://e.com/1</id><title>T</title></entry>"),
		 "|http://e.com/1|T|||", false},
		{"atom links", ATOM("<entry><link rel='self' href='/s'/><link rel='enclosure' href='/e'/>"
				    "<link rel='alternate' type='application/json' href='/j'/>"
				    "<link rel='alternate' type='text/html' href='/h'/></entry>"),
		 "http://e.com/h|||||", false},
		{"atom html and xhtml",
		 ATOM("<entry><title type='html'>A &amp;amp; &lt;b&gt;B&lt;/b&gt;</title><summary type='xhtml'>"
		      "<div xmlns='http://www.w3.org/1999/xhtml'><p>One</p><p>two</p></div></summary></entry>"),
		 "||A & B|One two||", false},
		{"xml:base", "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='http://f.org/x/'><entry "
			     "xml:base='y/'><link href='z'/></entry><entry><link href='w'/></entry></feed>",
		 "http://f.org/x/y/z|||||\nhttp://f.org/x/w|||||", false},
		{"source of an entry", ATOM("<entry><title>T</title><source><id>no</id><title>no</title>"
					    "<link href='/no'/></source><id>yes</id></entry>"),
		 "|yes|T|||", false},
		{"atom 0.3", "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title>T</title>"
			     "<issued>2024-06-05T05:45:03Z</issued><modified>2024-06-05T06:00:00Z</modified>"
			     "</entry></feed>",
		 "||T||2024-06-05T05:45:03Z|2024-06-05T06:00:00Z", false},
		/* Damage. */
		{"bare ampersands", RSS(ITEM("<title>A & B &c; AT&T</title><link>/x?a=1&b=2</link>")),
		 "http://e.com/x?a=1&b=2||A & B &c; AT&T|||", true},
		{"html names", RSS(ITEM("<title>caf&eacute;&nbsp;x</title>")), "||café x|||", false},
		{"bare markup", RSS(ITEM("<title>A <b>B</b></title><description><p>x<br>y</p><img src=a>"
					 "</description><link>/z</link>")),
		 "http://e.com/z||A B|x y||", true},
		{"stray less-than", RSS(ITEM("<title>1 < 2 <3</title>")), "||1 < 2 <3|||", true},
		{"bad utf-8", "<rss><channel><item><title>a\xFF" "b</title></item></channel></rss>",
		 "||a\uFFFD" "b|||", true},
		{"control characters", RSS(ITEM("<title>a\x01" "b&#2;</title>")), "||ab|||", true},
		{"items never ended", "<rss><channel><item><title>A</title><item><title>B</title>",
		 "||A|||\n||B|||", true},
		{"cut tail", "<rss><channel><item><title>A</title></item><item><title>B</ti", "||A|||\n||B|||",
		 true},
		{"attributes without quotes", "<rss><channel><item><guid isPermaLink=false>http://e.com/x</guid>"
					      "</item></channel></rss>", "|http://e.com/x||||", true},
		{"undeclared prefix", "<rss><channel><item><dc:date>2024-06-05</dc:date><title>T</title></item>"
				      "</channel></rss>", "||T||2024-06-05|", false},
		{"warning in front", "<br />\n<b>Warning</b>: x in <b>y</b><br />\n<?xml version='1.0'?>"
				     RSS(ITEM("<title>T</title>")), "||T|||", true},
		{"no entity is expanded", "<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'><!ENTITY y '&x;&x;'>]>"
					  RSS(ITEM("<title>a &x; &y;</title>")), "||a &x; &y;|||", true},
		{"nothing", RSS(""), "", false},
		{"empty item", RSS(ITEM("")), "", false},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf out = {0};
		struct wv_feed feed = {.item_count = 0};

		wv_buf_init(&out, 100000);
		row_int(rows[i].row, parse(wv_slice_of(rows[i].feed), &feed), WV_OK);
		row_text(rows[i].row, print_items(&feed, &out), rows[i].items);
		row_int(rows[i].row, feed.is_damaged, rows[i].is_damaged);
	}
	rows_end();
}

static void json(void **state)
{
	static const struct {
		const char *row, *feed, *items;
	} rows[] = {
		{"whole", "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"id\":\"1\",\"url\":\"/a\","
			  "\"title\":\"T\",\"content_html\":\"<p>x &amp; y</p>\",\"date_published\":"
			  "\"2024-06-05T05:45:03+08:00\",\"date_modified\":\"2024-06-06T00:00:00Z\"}]}",
		 "http://e.com/a|1|T|x & y|2024-06-05T05:45:03+08:00|2024-06-06T00:00:00Z"},
		{"number as id, text", "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"id\":7,"
				       "\"external_url\":\"http://f.org/\",\"content_text\":\"a <b\"},]}",
		 "http://f.org/|7||a <b||"},
		{"not an item", "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[1,{},{\"id\":\"x\"}]}",
		 "|x||||"},
	};
	struct wv_feed feed;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf out = {0};

		wv_buf_init(&out, 10000);
		feed = (struct wv_feed){.item_count = 0};
		row_int(rows[i].row, parse(wv_slice_of(rows[i].feed), &feed), WV_OK);
		row_int(rows[i].row, feed.kind, WV_FEED_JSON);
		row_text(rows[i].row, print_items(&feed, &out), rows[i].items);
	}
	rows_end();
}

static void not_feeds(void **state)
{
	static const char *const rows[] = {"", " ", "x", "<html><body>", "<urlset></urlset>", "{", "{}",
					   "{\"version\":\"https://jsonfeed.org/version/1.1\"}", "[1]",
					   "<?xml version='1.0'?>"};
	struct wv_feed feed;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i], parse(wv_slice_of(rows[i]), &feed), WV_BAD_INPUT);
	rows_end();
}

static void channel(void **state)
{
	struct wv_feed feed;

	(void)state;
	assert_int_equal(parse(WV_LIT("<rss><channel><title>A &amp;amp; B</title><link>/</link><language>zh-CN"
				      "</language><ttl>30</ttl><skipHours><hour>0</hour><hour>23</hour>"
				      "<hour>24</hour><hour>25</hour></skipHours><skipDays><day>Sunday</day>"
				      "<day>saturday</day><day>Someday</day></skipDays>"
				      "<item><title>T</title><ttl>1</ttl></item></channel></rss>"),
			       &feed),
			 WV_OK);
	row_text("title", feed.title, "A & B");
	row_text("url", feed.url, "http://e.com/");
	row_text("language", feed.language, "zh-CN");
	row_int("ttl", feed.ttl_us, INT64_C(30) * 60 * WV_US_PER_S);
	row_int("hours", feed.skip_hours, 1u << 0 | 1u << 23);
	row_int("days", feed.skip_days, 1u << 0 | 1u << 6);
	row_text("charset", feed.charset, "UTF-8");
	assert_int_equal(parse(WV_LIT("<rss xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel>"
				      "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>4"
				      "</sy:updateFrequency></channel></rss>"),
			       &feed),
			 WV_OK);
	row_int("a period is no ttl", feed.ttl_us, -1);
	row_int("period", feed.period_us, INT64_C(15) * 60 * WV_US_PER_S);
	assert_int_equal(parse(WV_LIT(ATOM("<link rel='next' href='?p=2'/><title>A</title>")), &feed), WV_OK);
	row_text("next", feed.next, "http://e.com/feeds/all?p=2");
	row_int("no ttl", feed.ttl_us, -1);
	rows_end();
}

/* By HTTP, by the declaration, by a byte order mark. */
static void charsets(void **state)
{
	static const struct {
		const char *row, *content_type;
		struct wv_slice body;
		const char *charset, *title;
	} rows[] = {
		{"declaration", NULL,
		 {(const unsigned char *)"<?xml version='1.0' encoding='gb2312'?><rss><channel><item><title>"
					 "\xD6\xD0\xCE\xC4</title></item></channel></rss>", 96},
		 "GBK", "中文"},
		{"http", "text/xml; charset=shift_jis",
		 {(const unsigned char *)"<rss><channel><item><title>\x93\xFA\x96\x7B</title></item></channel></rss>",
		  61},
		 "Shift_JIS", "日本"},
		{"mark", "text/xml; charset=shift_jis",
		 {(const unsigned char *)"\xEF\xBB\xBF<rss><channel><item><title>\xE4\xB8\xAD</title></item></channel>"
					 "</rss>", 63},
		 "UTF-8", "中"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_feed_context context = {.url = WV_LIT("http://e.com/"),
						  .content_type = wv_slice_of(rows[i].content_type),
						  .times = {.fetched = FETCHED}};
		struct wv_feed feed = {.item_count = 0};

		row_int(rows[i].row, wv_feed_parse(arena, rows[i].body, &context, &feed, NULL), WV_OK);
		row_text(rows[i].row, feed.charset, rows[i].charset);
		row_int(rows[i].row, (long long)feed.item_count, 1);
		if (feed.item_count == 1)
			row_text(rows[i].row, feed.items[0].title, rows[i].title);
	}
	rows_end();
}

static void caps(void **state)
{
	static const size_t counts[] = {WV_LIMIT_FEED_ITEMS - 1, WV_LIMIT_FEED_ITEMS,
					WV_LIMIT_FEED_ITEMS + 1};
	struct wv_feed feed;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(counts); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf body = {0};

		wv_buf_init(&body, 8u << 20);
		wv_buf_add_string(&body, "<rss><channel>");
		for (size_t k = 0; k < counts[i]; k++)
			wv_buf_add_format(&body, "<item><guid>%zu</guid></item>", k);
		assert_int_equal(parse(wv_buf_slice(&body), &feed), WV_OK);
		row_int("kept", (long long)feed.item_count,
			(long long)(counts[i] > WV_LIMIT_FEED_ITEMS ? WV_LIMIT_FEED_ITEMS : counts[i]));
		row_int("dropped", (long long)feed.dropped,
			(long long)(counts[i] - feed.item_count));
	}
	/* Too deep: what came before stands. */
	for (size_t depth = WV_LIMIT_XML_DEPTH - 1; depth <= WV_LIMIT_XML_DEPTH + 1; depth++) {
		WV_AUTO(wv_buf_done) struct wv_buf body = {0};

		wv_buf_init(&body, 1u << 20);
		wv_buf_add_string(&body, "<rss><channel><item><guid>1</guid><x>");
		for (size_t k = 4; k < depth; k++)
			wv_buf_add_string(&body, "<x>");
		for (size_t k = 4; k < depth; k++)
			wv_buf_add_string(&body, "</x>");
		wv_buf_add_string(&body, "</x></item><item><guid>2</guid></item></channel></rss>");
		assert_int_equal(parse(wv_buf_slice(&body), &feed), WV_OK);
		row_int("depth", (long long)feed.item_count, depth > WV_LIMIT_XML_DEPTH ? 1 : 2);
		row_int("depth, damaged", feed.is_damaged, depth > WV_LIMIT_XML_DEPTH);
	}
	rows_end();
}

/* Short references to a long base: each is as long as that in memory. */
static void long_bases(void **state)
{
	static const struct {
		const char *root, *piece;
	} feeds[] = {
		{"<feed xmlns='http://www.w3.org/2005/Atom'", "<a xml:base='.'/>"},
		{"<feed xmlns='http://www.w3.org/2005/Atom'", "<link rel='next' href='x'/>"},
		{"<rss", "<item><title>t</title><link>x</link></item>"},
		{"<rss", "<item><link>ftp:x</link></item>"},
	};
	struct wv_feed feed;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(feeds); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf body = {0};

		wv_buf_init(&body, 8u << 20);
		wv_buf_add_string(&body, feeds[i].root);
		wv_buf_add_string(&body, " xml:base='http://e.com/");
		for (size_t k = 0; k < 8000; k++)
			wv_buf_add_byte(&body, 'y');
		wv_buf_add_string(&body, "/'>");
		for (size_t k = 0; k < 120000; k++)
			wv_buf_add_string(&body, feeds[i].piece);
		row_int(feeds[i].piece, parse(wv_buf_slice(&body), &feed), WV_OK);
	}
	rows_end();
}

/* The same against the feed's own address, which JSON has for a base. */
static void long_address(void **state)
{
	static const char *const pieces[] = {"{\"url\":\"?\"}", "{\"url\":\"ftp:x\"}"};
	WV_AUTO(wv_buf_done) struct wv_buf url = {0};
	struct wv_feed_context context = {.times = {.fetched = FETCHED}};
	struct wv_feed feed;

	(void)state;
	wv_buf_init(&url, 8100);
	wv_buf_add_string(&url, "http://e.com/");
	for (size_t k = 0; k < 8000; k++)
		wv_buf_add_byte(&url, 'y');
	context.url = wv_buf_slice(&url);
	for (size_t i = 0; i < WV_COUNT(pieces); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf body = {0};

		wv_buf_init(&body, 8u << 20);
		wv_buf_add_string(&body, "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[1");
		for (size_t k = 0; k < 60000; k++) {
			wv_buf_add_byte(&body, ',');
			wv_buf_add_string(&body, pieces[i]);
		}
		wv_buf_add_string(&body, "]}");
		wv_arena_reset(arena);
		row_int(pieces[i], wv_feed_parse(arena, wv_buf_slice(&body), &context, &feed, NULL),
			WV_OK);
		row_int(pieces[i], (long long)(feed.item_count + feed.dropped), i ? 54001 : 60000);
	}
	rows_end();
}

/* A text's tags count for no more than its letters do. */
static void long_texts(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf body = {0};
	struct wv_feed feed;

	(void)state;
	wv_buf_init(&body, 1u << 20);
	wv_buf_add_string(&body, "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id>"
				 "<content type='xhtml'>");
	for (size_t k = 0; k < 300000; k++)
		wv_buf_add_byte(&body, 'x');
	for (size_t k = 0; k < 1100; k++)
		wv_buf_add_string(&body, "<b>y</b>");
	wv_buf_add_string(&body, "</content></entry><entry><id>2</id></entry></feed>");
	assert_int_equal(parse(wv_buf_slice(&body), &feed), WV_OK);
	row_int("items", (long long)feed.item_count, 2);
	rows_end();
}

static void kinds(void **state)
{
	static const struct {
		const char *text;
		enum wv_discover_kind kind;
	} rows[] = {
		{"<?xml version='1.0'?><!-- x --><rss>", WV_DISCOVER_FEED},
		{"<feed xmlns='x'>", WV_DISCOVER_FEED},
		{"<a:feed>", WV_DISCOVER_FEED},
		{"<rdf:RDF>", WV_DISCOVER_FEED},
		{"{\"version\": \"https://jsonfeed.org/version/1.1\"", WV_DISCOVER_FEED},
		{"{\"version\": \"https:\\/\\/jsonfeed.org\\/version\\/1.1\"", WV_DISCOVER_FEED},
		{"{\"a\":1}", WV_DISCOVER_OTHER},
		{"\xEF\xBB\xBF<urlset>", WV_DISCOVER_SITEMAP},
		{"<s:sitemapindex>", WV_DISCOVER_SITEMAP},
		{"http://e.com/1\nhttps://e.com/2", WV_DISCOVER_SITEMAP},
		{"http://e.com/1 and more", WV_DISCOVER_OTHER},
		{"<!DOCTYPE html><rss>", WV_DISCOVER_HTML},
		{"<HTML>", WV_DISCOVER_HTML},
		{"<div>x", WV_DISCOVER_HTML},
		{"words and <a href=x>y", WV_DISCOVER_HTML},
		{"Warning: x\n<rss>", WV_DISCOVER_FEED},
		{"plain words", WV_DISCOVER_OTHER},
		{"", WV_DISCOVER_OTHER},
		{"<", WV_DISCOVER_OTHER},
		{"<!-- never closed", WV_DISCOVER_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].text, wv_discover_kind_of(wv_slice_of(rows[i].text)), rows[i].kind);
	rows_end();
}

/* The normal form: what libxml2 is given. */
static void normal_forms(void **state)
{
	static const struct {
		const char *row, *xml, *normal;
	} rows[] = {
		{"as it is", "<a b=\"c\">d</a>", "<a b=\"c\">d</a>"},
		{"what goes", "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'> ]><!--x--><a><!--y-->z</a>t<b/>",
		 "<a>z</a>"},
		{"references", "<a b='&lt;&amp;&quot;&apos;'>&#x4e2d;&#65;&eacute;&no;&#0;& </a>",
		 "<a b=\"&lt;&amp;&quot;'\">中Aé&amp;no;&amp;#0;&amp; </a>"},
		{"cdata", "<a><![CDATA[<b>&amp;]]></a>", "<a>&lt;b&gt;&amp;amp;</a>"},
		{"empty element", "<a><b/><c d='/'/></a>", "<a><b></b><c d=\"/\"></c></a>"},
		{"end tags that fit nothing", "<a></b><c></a>", "<a><c></c></a>"},
		{"attributes", "<a b=c d='e' b=\"f\" 1=2 g h=>x</a>", "<a b=\"c\" d=\"e\" g=\"\" h=\"\">x</a>"},
		{"greater-than in a value", "<a b='c>d'>x</a>", "<a b=\"c&gt;d\">x</a>"},
		{"names that are none", "<a><1><b:><c:d:e><:f>x</a>", "<a>&lt;1&gt;&lt;:f&gt;x</a>"},
		{"cut", "<a>b<c", "<a>b</a>"},
		{"cut in a reference", "<a>b&am", "<a>b&amp;am</a>"},
		{"text outside", "x<a>y</a>z", "<a>y</a>"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_slice xml = wv_slice_of(rows[i].xml);

		/* At once, byte by byte, and cut at every place: the same. */
		for (size_t cut = 0; cut <= xml.n + 1; cut++) {
			struct wv_normal normal;
			enum wv_status st = WV_OK;

			wv_normal_init(&normal);
			if (cut <= xml.n) {
				st = wv_normal_feed(&normal, wv_slice_part(xml, 0, cut), false, NULL);
				assert_int_equal(st, WV_OK);
				st = wv_normal_feed(&normal, wv_slice_from(xml, cut), true, NULL);
			} else {
				for (size_t at = 0; at < xml.n; at++) {
					st = wv_normal_feed(&normal, wv_slice_part(xml, at, 1), false,
							    NULL);
					assert_int_equal(st, WV_OK);
				}
				st = wv_normal_feed(&normal, WV_SLICE_NONE, true, NULL);
			}
			assert_int_equal(st, WV_OK);
			row_text(rows[i].row, wv_buf_slice(&normal.out), rows[i].normal);
			wv_normal_done(&normal);
		}
	}
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items),    cmocka_unit_test(json),  cmocka_unit_test(not_feeds),
		cmocka_unit_test(channel),  cmocka_unit_test(charsets), cmocka_unit_test(caps),
		cmocka_unit_test(kinds),    cmocka_unit_test(normal_forms), cmocka_unit_test(long_bases),
		cmocka_unit_test(long_texts), cmocka_unit_test(long_address),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
