/* Pages: what is escaped where, what a hostile page cannot do to the one that shows it, what may
 * not be shown, and that nothing later than T stands outside of its own box. */
#include "archive/view/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "archive/care/takedown.h"
#include "archive/copies/follow.h"
#include "archive/view/about.h"
#include "archive/view/cluster.h"
#include "archive/view/front.h"
#include "archive/view/html.h"
#include "archive/view/label.h"
#include "archive/view/prose.h"
#include "archive/view/story.h"
#include "archive/view/wishes.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"
#include "tests/support/markup.h"
#include "tests/support/rows.h"

int rows_failed;

#define PAGE_MAX (16u * WV_MIB)

/* --- what is written where --- */

static void test_escapes(void **state)
{
	static const struct {
		const char *name;
		struct wv_slice text;
		const char *expected;
	} rows[] = {
		{"quotes", WV_LIT_INIT("a \"b\" 'c'"), "a &quot;b&quot; &#39;c&#39;"},
		{"a cut at a backslash", WV_LIT_INIT("\xe6\x97\x97\xe4\xb8\x8b\\\"x\\"),
	         "\xe6\x97\x97\xe4\xb8\x8b\\&quot;x\\"},
		{"markup", WV_LIT_INIT("</h1><script>alert(1)</script>"),
	         "&lt;/h1&gt;&lt;script&gt;alert(1)&lt;/script&gt;"},
		{"entities stay what they were", WV_LIT_INIT("&amp; &#60; &"), "&amp;amp; &amp;#60; &amp;"},
		{"line separators", WV_LIT_INIT("a\xe2\x80\xa8" "b\xe2\x80\xa9" "c"),
	         "a\xe2\x80\xa8" "b\xe2\x80\xa9" "c"},
		{"overrides", WV_LIT_INIT("exe.\xe2\x80\xae" "fdp"), "exe.\xef\xbf\xbd" "fdp"},
		{"isolates", WV_LIT_INIT("\xe2\x81\xa7" "a\xe2\x81\xa9"), "\xef\xbf\xbd" "a\xef\xbf\xbd"},
		{"broken bytes", WV_LIT_INIT("a\xff\xc3(\xe2\x82"), "a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd"},
		{"controls", WV_LIT_INIT("a\x01\x00\x7f" "b"), "a  \xef\xbf\xbd" "b"},
		{"C1 controls", WV_LIT_INIT("a\xc2\x85" "b"), "a\xef\xbf\xbd" "b"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf out = {.cap = PAGE_MAX};

		wv_html_text(&out, rows[i].text);
		row_text(rows[i].name, wv_buf_slice(&out), rows[i].expected);
	}
	rows_end();
}

static void test_links(void **state)
{
	static const struct {
		const char *url, *expected;
	} rows[] = {
		{"https://example.org/?a=1&b=\"2\"", " href=\"https://example.org/?a=1&amp;b=&quot;2&quot;\""},
		{"HTTP://example.org/", " href=\"HTTP://example.org/\""},
		{"javascript:alert(1)", ""},
		{" javascript:alert(1)", ""},
		{"data:text/html,x", ""},
		{"//example.org/", ""},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf out = {.cap = PAGE_MAX};

		wv_html_href(&out, wv_slice_of(rows[i].url));
		row_text(rows[i].url, wv_buf_slice(&out), rows[i].expected);
	}
	rows_end();
}

static void test_cuts(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
		const char *expected;
	} rows[] = {
		{"short", 10, "short"},
		{"exactly ten", 11, "exactly ten"},
		{"one two three", 9, "one two\xe2\x80\xa6"},
		{"incomprehensibilities", 8, "incompre\xe2\x80\xa6"},
		{"\xe4\xb8\xad\xe6\x96\x87\xe6\xa0\x87\xe9\xa2\x98", 4,
	         "\xe4\xb8\xad\xe6\x96\x87\xe2\x80\xa6"},
		{"", 5, ""},
	};
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;

	(void)state;
	assert_int_equal(WV_OK, wv_arena_new(WV_MIB, &arena, NULL));
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_text(rows[i].text, wv_html_cut(wv_slice_of(rows[i].text), rows[i].columns, arena),
		         rows[i].expected);
	rows_end();
}

static void test_withdrawals(void **state)
{
	static const struct {
		const char *headers, *expected;
	} rows[] = {
		{"HTTP/1.1 200 OK\r\nX-Robots-Tag: unavailable_after: 25 Jun 2025 15:00:00 GMT\r\n",
	         "2025-06-25T15:00:00Z"},
		{"x-robots-tag: noindex, unavailable_after: Wed, 25 Jun 2025 15:00:00 GMT\r\n",
	         "2025-06-25T15:00:00Z"},
		{"X-Robots-Tag: bot: unavailable_after: 2025-06-25\r\nX-Robots-Tag: unavailable_after: 2024-01-01\r\n",
	         "2024-01-01T00:00:00Z"},
		{"X-Robots-Tag: unavailable_after: soon\r\n", "invalid"},
		{"", "invalid"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		char text[WV_TIME_TEXT_MAX];
		struct wv_time t = wv_wishes_unavailable_after(wv_slice_of(rows[i].headers),
		                                               (struct wv_time){WV_TEST_START});

		row_text(rows[i].headers, wv_slice_of(wv_time_is_none(t) ? "invalid" : wv_time_print(t, text)),
		         rows[i].expected);
	}
	rows_end();
}

/* Every name that extraction gives has its words: a new one must not be forgotten here. */
static void test_labels(void **state)
{
	static const char *const reasons[] = {
		"related", "share", "comments", "navigation", "advertisement", "newsletter", "caption",
		"author-box", "meta", "footer", "sidebar", "paywall", "consent", "hidden", "video",
		"overlay", "editor-line", "source-line", "notice", "title", "links", "repeated", "site",
		"label", "outside"};
	enum wv_phrase phrase;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(reasons); i++)
		row_int(reasons[i], wv_label_reason(wv_slice_of(reasons[i]), &phrase), true);
	row_int("unknown", wv_label_reason(WV_LIT("new"), &phrase), false);
	for (int p = 0; p < (int)WV_PHRASE_COUNT; p++)
		for (int t = 0; t < (int)WV_TONGUE_COUNT; t++) {
			struct wv_slice en = wv_slice_of(wv_phrase(WV_TONGUE_EN, (enum wv_phrase)p));
			struct wv_slice own = wv_slice_of(wv_phrase((enum wv_tongue)t, (enum wv_phrase)p));

			row_int(wv_phrase(WV_TONGUE_EN, (enum wv_phrase)p),
			        wv_slice_find(own, WV_LIT("%s"), 0) != SIZE_MAX,
			        wv_slice_find(en, WV_LIT("%s"), 0) != SIZE_MAX);
		}
	rows_end();
}

/* --- an archive to show --- */

struct world {
	struct wv_test_archive archive;
	struct wv_copies_follower *follower;
	struct wv_settings_file *settings;
	struct wv_txn *txn;
	struct wv_arena *arena;
};

static void open_world(struct world *w)
{
	wv_test_archive_open(&w->archive, NULL);
	assert_int_equal(WV_OK, wv_copies_follow(w->archive.store, &w->follower, NULL));
	assert_int_equal(WV_OK, wv_settings_new_default(&w->settings, NULL));
	assert_int_equal(WV_OK, wv_arena_new(64 * WV_MIB, &w->arena, NULL));
}

static void close_world(struct world *w)
{
	wv_txn_abort(&w->txn);
	wv_arena_free(&w->arena);
	wv_settings_free(&w->settings);
	wv_copies_follower_free(&w->follower);
	wv_test_archive_close(&w->archive);
}

static struct wv_visit visit_of(struct world *w, enum wv_tongue tongue)
{
	struct wv_visit visit = {.store = w->archive.store,
	                         .settings = wv_settings_get(w->settings),
	                         .now = wv_clock_now(w->archive.clock),
	                         .at = WV_TIME_NONE,
	                         .tongue = tongue,
	                         .is_simulated = true,
	                         .form = WV_FORM_SERVED};

	wv_txn_abort(&w->txn);
	wv_arena_reset(w->arena);
	assert_int_equal(WV_OK, wv_store_begin_read(w->archive.store, &w->txn, NULL));
	visit.txn = w->txn;
	visit.arena = w->arena;
	assert_int_equal(WV_OK, wv_store_known_now(visit.txn, &visit.known_at, NULL));
	return visit;
}

typedef enum wv_status (*view_fn)(struct wv_visit *visit, uint64_t id, struct wv_fact *refusal,
                                  struct wv_buf *out, struct wv_err *err);

static void show(struct world *w, struct wv_visit *visit, view_fn view, uint64_t id,
                 struct wv_buf *out)
{
	struct wv_fact refusal = {0};
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st = view(visit, id, &refusal, out, &err);

	w->txn = visit->txn;
	if (st != WV_OK)
		print_error("%s\n", err.text);
	assert_int_equal(WV_OK, st);
	assert_int_equal(WV_OK, wv_buf_finish(out, "page", NULL));
}

static uint64_t put(struct world *w, const char *source, const char *path, int64_t seconds,
                    const char *title, const char *text)
{
	struct wv_capture capture = wv_test_capture(&w->archive, path, seconds);
	struct wv_article article = wv_test_article(&w->archive, title, text);

	capture.source = wv_slice_of(source);
	wv_clock_turn(w->archive.clock,
	              capture.captured.us - wv_clock_now(w->archive.clock).us + WV_US_PER_S);
	return wv_test_put(&w->archive, &capture, text, &article).id;
}

static bool holds(struct wv_slice page, const char *text)
{
	return wv_slice_find(page, wv_slice_of(text), 0) != SIZE_MAX;
}

/* --- hostile values, wherever a page can put them --- */

static void test_hostile(void **state)
{
	static const char *const values[] = {
		"\"><script>alert(1)</script>",
		"' onmouseover='alert(1)",
		"\\\"quote\\ and back\\",
		"</title></head><body onload=x>",
		("a\xe2\x80\xa8line\xe2\x80\xa9" "end"),
		"\xe2\x80\xaegnp.exe\xe2\x81\xa9",
		"broken \xff\xfe \xc3( \xed\xa0\x80",
		"<!-- --><![CDATA[ ]]>",
		"&lt;b&gt; &amp;amp; &#x3c;",
		"javascript:alert(1)",
		"%s%n%d {{x}} ${y}",
		"\xef\xbc\x9cscript\xef\xbc\x9e",
	};
	struct world w = {.txn = NULL};

	(void)state;
	open_world(&w);
	for (size_t i = 0; i < WV_COUNT(values); i++) {
		struct wv_slice v = wv_slice_of(values[i]);
		struct wv_capture c = wv_test_capture(&w.archive, "/hostile", (int64_t)i);
		struct wv_article a = wv_test_article(&w.archive, values[i], values[i]);
		struct wv_block *blocks = WV_ARENA_ARRAY(w.archive.arena, struct wv_block, 8);
		const struct wv_removed_block removed = {v, v};
		const struct wv_conflict conflict = {v, v, v};
		const struct wv_origin origin = {WV_LIT("authors"), v};
		uint64_t id;

		for (unsigned kind = 0; kind < 7; kind++)
			blocks[kind] = (struct wv_block){(enum wv_block_kind)kind, (uint8_t)(i * 3), v};
		blocks[7] = (struct wv_block){WV_BLOCK_ROW, 0, WV_LIT("1\t2\t3")};
		a.blocks = blocks;
		a.block_count = 8;
		a.authors = &v;
		a.author_count = 1;
		a.publisher = a.wire = a.dateline = a.category = a.category_basis = v;
		a.canonical = a.image = a.image_caption = a.description = v;
		a.published = (struct wv_stated_time){true, v, v, v, WV_ZONE_ASSUMED,
		                                      {WV_TEST_START}, {WV_TEST_START + 5}};
		a.reason = c.basis = c.address = c.mime = v;
		a.removed = &removed;
		a.conflicts = &conflict;
		a.origins = &origin;
		a.topics = &v;
		a.removed_count = a.conflict_count = a.origin_count = a.topic_count = 1;
		a.language = i % 2 ? v : WV_LIT("zh");
		c.url = wv_arena_format(w.archive.arena, "https://www.example.com/hostile?%s", values[i]);
		c.source = wv_slice_part(v, 0, 60);
		c.request = wv_arena_format(w.archive.arena, "GET / HTTP/1.1\r\nUser-Agent: %s\r\n", values[i]);
		id = wv_test_put(&w.archive, &c, values[i], &a).id;
		for (int t = 0; t < (int)WV_TONGUE_COUNT; t++) {
			WV_AUTO(wv_buf_done) struct wv_buf page = {.cap = PAGE_MAX};
			struct wv_visit visit = visit_of(&w, (enum wv_tongue)t);

			show(&w, &visit, wv_view_snapshot, id, &page);
			row_int(values[i], markup_is_sound(values[i], wv_buf_slice(&page)), true);
			wv_buf_reset(&page);
			show(&w, &visit, wv_view_cluster, id, &page);
			row_int(values[i], markup_is_sound(values[i], wv_buf_slice(&page)), true);
		}
	}
	close_world(&w);
	rows_end();
}

/* --- blocks --- */

static void test_prose(void **state)
{
	static const struct {
		const char *name;
		struct wv_block blocks[5];
		size_t count;
		const char *expected;
	} rows[] = {
		{"nested lists",
	         {{WV_BLOCK_ITEM, 1, WV_LIT_INIT("a")},
	          {WV_BLOCK_ITEM, 2, WV_LIT_INIT("b")},
	          {WV_BLOCK_ITEM, 1, WV_LIT_INIT("c")}},
	         3,
	         "<ul>\n<li>a<ul>\n<li>b</li></ul>\n</li>\n<li>c</li></ul>\n"},
		{"a list that begins deep",
	         {{WV_BLOCK_ITEM, 4, WV_LIT_INIT("a")}, {WV_BLOCK_PARAGRAPH, 0, WV_LIT_INIT("p")}},
	         2,
	         "<ul>\n<li>a</li></ul>\n<p>p</p>\n"},
		{"headings below the page's own",
	         {{WV_BLOCK_HEADING, 1, WV_LIT_INIT("a")},
	          {WV_BLOCK_HEADING, 5, WV_LIT_INIT("b")},
	          {WV_BLOCK_HEADING, 2, WV_LIT_INIT("c")}},
	         3,
	         "<h2>a</h2>\n<h3>b</h3>\n<h2>c</h2>\n"},
		{"one quotation of two paragraphs",
	         {{WV_BLOCK_QUOTE, 0, WV_LIT_INIT("a")}, {WV_BLOCK_QUOTE, 0, WV_LIT_INIT("b")}},
	         2,
	         "<blockquote>\n<p>a</p>\n<p>b</p>\n</blockquote>\n"},
		{"code", {{WV_BLOCK_CODE, 0, WV_LIT_INIT("x <\n y")}}, 1,
	         "<pre><code>x &lt;\n y</code></pre>\n"},
		{"a table with a head",
	         {{WV_BLOCK_ROW, 0, WV_LIT_INIT("Name\tPrice")}, {WV_BLOCK_ROW, 0, WV_LIT_INIT("Salt\t12")}},
	         2,
	         "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table\"><table>\n"
	         "<thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Price</th></tr>\n</thead>\n"
	         "<tbody>\n<tr><th scope=\"row\">Salt</th><td>12</td></tr>\n</tbody></table></div>\n"},
		{"rows of different length",
	         {{WV_BLOCK_ROW, 0, WV_LIT_INIT("1\t2")}, {WV_BLOCK_ROW, 0, WV_LIT_INIT("3")}},
	         2,
	         "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table\"><table>\n"
	         "<tbody>\n<tr><th scope=\"row\">1</th><td>2</td></tr>\n"
	         "<tr><th scope=\"row\">3</th><td></td></tr>\n</tbody></table></div>\n"},
	};
	const struct wv_visit visit = {.tongue = WV_TONGUE_EN};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_article a = {.blocks = rows[i].blocks, .block_count = rows[i].count};
		WV_AUTO(wv_buf_done) struct wv_buf out = {.cap = PAGE_MAX}, expected = {.cap = PAGE_MAX};

		wv_prose_add(&out, &visit, &a);
		wv_buf_add_format(&expected, "<div class=\"prose\">\n%s</div>\n", rows[i].expected);
		row_text(rows[i].name, wv_buf_slice(&out), wv_buf_string(&expected));
	}
	rows_end();
}

/* --- fallbacks, refusals --- */

static void test_no_headline(void **state)
{
	struct world w = {.txn = NULL};
	WV_AUTO(wv_buf_done) struct wv_buf page = {.cap = PAGE_MAX};
	struct wv_visit visit;
	uint64_t id;

	(void)state;
	open_world(&w);
	id = put(&w, "Alpha", "/untitled", 10, "", "The harbour was quiet this morning.");
	visit = visit_of(&w, WV_TONGUE_EN);
	show(&w, &visit, wv_view_snapshot, id, &page);
	assert_true(holds(wv_buf_slice(&page), "<h1><bdi lang=\"en\">The harbour was quiet"));
	assert_true(holds(wv_buf_slice(&page), "no headline"));
	close_world(&w);
}

static void hide(struct world *w, const char *path, enum wv_act act)
{
	const struct wv_takedown order = {
		.act = act,
		.target = {.page_key = wv_test_capture(&w->archive, path, 0).page_key,
	                   .url = wv_test_capture(&w->archive, path, 0).url},
		.reason = WV_LIT("a letter"),
		.until = WV_TIME_NONE};
	struct wv_fact fact;

	assert_int_equal(WV_OK, wv_takedown_add(w->archive.store, w->archive.arena, &order, &fact, NULL));
}

#define TEXT                                                                                       \
	"The council of the harbour town voted on the new barrier late in the evening.\n"         \
	"Seven members were for it, six against, and the mayor kept silent until the end.\n"      \
	"Work on the eastern pier will begin in spring, said the engineer who leads it.\n"

static void test_taken_down(void **state)
{
	struct world w = {.txn = NULL};
	WV_AUTO(wv_buf_done) struct wv_buf page = {.cap = PAGE_MAX};
	struct wv_fact refusal = {0};
	struct wv_visit visit;
	uint64_t kept, hidden;

	(void)state;
	open_world(&w);
	kept = put(&w, "Alpha", "/kept", 10, "Kept headline", TEXT);
	hidden = put(&w, "Beta", "/hidden", 20, "Secret headline", TEXT);
	hide(&w, "/hidden", WV_ACT_BLOCK);
	visit = visit_of(&w, WV_TONGUE_EN);
	assert_int_equal(WV_NO, wv_view_snapshot(&visit, hidden, &refusal, &page, NULL));
	assert_int_equal(WV_ACT_BLOCK, refusal.act);
	assert_int_equal(0, page.n);
	assert_int_equal(WV_NO, wv_view_cluster(&visit, hidden, &refusal, &page, NULL));
	assert_int_equal(WV_NO, wv_view_story(&visit, hidden, &refusal, &page, NULL));
	assert_int_equal(0, page.n);
	show(&w, &visit, wv_view_snapshot, kept, &page);
	show(&w, &visit, wv_view_cluster, kept, &page);
	show(&w, &visit, wv_view_story, kept, &page);
	assert_int_equal(WV_OK, wv_view_front(&visit, &page, NULL));
	assert_false(holds(wv_buf_slice(&page), "Secret"));
	assert_false(holds(wv_buf_slice(&page), "Beta"));
	assert_true(holds(wv_buf_slice(&page), "Kept headline"));
	assert_int_equal(WV_NO, wv_view_snapshot(&visit, 4711, &refusal, &page, NULL));
	close_world(&w);
}

static void test_wishes(void **state)
{
	struct world w = {.txn = NULL};
	WV_AUTO(wv_buf_done) struct wv_buf page = {.cap = PAGE_MAX};
	struct wv_capture c;
	struct wv_article a;
	struct wv_visit visit;
	uint64_t id, other;

	(void)state;
	open_world(&w);
	c = wv_test_capture(&w.archive, "/shy", 10);
	a = wv_test_article(&w.archive, "A shy page", "Words that are not to be quoted.");
	c.flags = WV_CAPTURE_NOSNIPPET | WV_CAPTURE_NOINDEX;
	id = wv_test_put(&w.archive, &c, "shy", &a).id;
	visit = visit_of(&w, WV_TONGUE_EN);
	show(&w, &visit, wv_view_snapshot, id, &page);
	assert_false(holds(wv_buf_slice(&page), "name=\"description\""));
	assert_true(holds(wv_buf_slice(&page), "<meta name=\"robots\" content=\"noindex\">"));
	wv_buf_reset(&page);
	assert_int_equal(WV_OK, wv_view_front(&visit, &page, NULL));
	assert_true(holds(wv_buf_slice(&page), "A shy page"));
	assert_false(holds(wv_buf_slice(&page), "not to be quoted"));
	wv_buf_reset(&page);
	c = wv_test_capture(&w.archive, "/gone", 20);
	c.headers = WV_LIT("HTTP/1.1 200 OK\r\nX-Robots-Tag: unavailable_after: 2024-06-05T06:00Z\r\n");
	a = wv_test_article(&w.archive, "Withdrawn title", "Withdrawn words.");
	other = wv_test_put(&w.archive, &c, "gone", &a).id;
	wv_clock_turn(w.archive.clock, WV_US_PER_DAY);
	visit = visit_of(&w, WV_TONGUE_EN);
	show(&w, &visit, wv_view_snapshot, other, &page);
	assert_false(holds(wv_buf_slice(&page), "Withdrawn"));
	assert_true(holds(wv_buf_slice(&page), "asked not to be shown after"));
	close_world(&w);
}

/* What is no article has a page of its own, which says what it is and what is beside it. */
static void test_no_article(void **state)
{
	static const struct {
		const char *name;
		int32_t status;
		uint32_t flags;
		enum wv_verdict verdict;
		const char *expected;
	} rows[] = {
		{"error", 500, 0, WV_VERDICT_OTHER, "answered with an error"},
		{"redirect", 301, WV_CAPTURE_REDIRECT, WV_VERDICT_OTHER, "leads on to another"},
		{"no answer", 0, 0, WV_VERDICT_FAILED, "gave no answer"},
		{"wall", 403, 0, WV_VERDICT_REFUSED, "would not give"},
	};
	struct world w = {.txn = NULL};

	(void)state;
	open_world(&w);
	(void)put(&w, "Alpha", "/page", 1, "Good before", TEXT);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf page = {.cap = PAGE_MAX};
		struct wv_capture c = wv_test_capture(&w.archive, "/page", 100 + (int64_t)i);
		struct wv_visit visit;
		uint64_t id;

		c.status = rows[i].status;
		c.flags = rows[i].flags;
		c.verdict = rows[i].verdict;
		c.location = rows[i].flags ? WV_LIT("https://www.example.com/else") : WV_SLICE_NONE;
		id = wv_test_put(&w.archive, &c, rows[i].status ? "a body" : NULL, NULL).id;
		visit = visit_of(&w, WV_TONGUE_EN);
		show(&w, &visit, wv_view_snapshot, id, &page);
		row_int(rows[i].name, markup_is_sound(rows[i].name, wv_buf_slice(&page)), true);
		row_int(rows[i].name, holds(wv_buf_slice(&page), rows[i].expected), true);
		row_int(rows[i].name, holds(wv_buf_slice(&page), "/snapshot/0\""), true);
	}
	close_world(&w);
	rows_end();
}

/* --- nothing later than T --- */

static void test_as_of(void **state)
{
	static const char *const later[] = {"Later", "Gamma", "/later"};
	struct world w = {.txn = NULL};
	WV_AUTO(wv_buf_done) struct wv_buf page = {.cap = PAGE_MAX}, rest = {.cap = PAGE_MAX};
	struct wv_visit visit;
	uint64_t id;

	(void)state;
	open_world(&w);
	(void)put(&w, "Alpha", "/first", 10, "Council votes", TEXT);
	id = put(&w, "Beta", "/here", 20, "Council votes, here", TEXT);
	(void)put(&w, "Gamma", "/later", 3600, "Later copy", TEXT);
	(void)put(&w, "Beta", "/here", 7200, "Later headline", TEXT "Later sentence.\n");
	visit = visit_of(&w, WV_TONGUE_EN);
	show(&w, &visit, wv_view_snapshot, id, &page);
	assert_true(markup_is_sound("own instant", wv_buf_slice(&page)));
	assert_true(holds(wv_buf_slice(&page), "Carried by 2 pages"));
	assert_true(holds(wv_buf_slice(&page), "first by <bdi>Alpha</bdi>"));
	markup_without_later(wv_buf_slice(&page), &rest);
	for (size_t i = 0; i < WV_COUNT(later); i++) {
		row_int(later[i], holds(wv_buf_slice(&page), later[i]) || i == 2, true);
		row_int(later[i], holds(wv_buf_slice(&rest), later[i]), false);
	}
	visit = visit_of(&w, WV_TONGUE_EN);
	visit.has_as_of = true;
	visit.at = (struct wv_time){WV_TEST_START + 60 * WV_US_PER_S};
	wv_buf_reset(&page);
	show(&w, &visit, wv_view_snapshot, id, &page);
	show(&w, &visit, wv_view_cluster, id, &page);
	show(&w, &visit, wv_view_story, id, &page);
	assert_int_equal(WV_OK, wv_view_front(&visit, &page, NULL));
	row_int("front", holds(wv_buf_slice(&page), "Carried by 2 pages</a>"), true);
	for (size_t i = 0; i < WV_COUNT(later); i++)
		row_int(later[i], holds(wv_buf_slice(&page), later[i]), false);
	row_int("box", holds(wv_buf_slice(&page), "class=\"later\""), false);
	/* Before it was captured there is nothing to show. */
	visit.at = (struct wv_time){WV_TEST_START + 15 * WV_US_PER_S};
	row_int("before", wv_view_snapshot(&visit, id, &(struct wv_fact){0}, &page, NULL), WV_NO);
	close_world(&w);
	rows_end();
}

/* The quick way to the copies at T gives what is found from all texts of T. */
static void test_copies_at(void **state)
{
	static const char *const stories[] = {
		TEXT,
		"The last keeper of the light climbs its steps on Sundays, forty years after the lamp.\n"
		"He says that nobody asked him to, and that nobody asked him to stop either.\n"
		"The commissioners of lights would like to sell the tower to whoever paints it.\n",
		"Divers counted oysters on a wall of the inner harbour where there had been none.\n"
		"The water is clean enough for them, said the biologist, and too warm for the eels.\n"
		"Nobody may eat them until the council has heard a second opinion in the autumn.\n"};
	static const char *const paths[] = {"/p0", "/p1", "/p2", "/p3", "/p4", "/p5"};
	struct world w = {.txn = NULL};
	struct wv_visit visit;
	uint64_t ids[14], rolls = 7;

	(void)state;
	open_world(&w);
	for (size_t i = 0; i < WV_COUNT(ids); i++) {
		rolls = rolls * 6364136223846793005u + 1442695040888963407u;
		ids[i] = put(&w, "Alpha", paths[(rolls >> 40) % WV_COUNT(paths)], 100 * (int64_t)i, "A title",
		             stories[(rolls >> 33) % WV_COUNT(stories)]);
	}
	visit = visit_of(&w, WV_TONGUE_EN);
	for (size_t i = 0; i < WV_COUNT(ids); i++)
		for (size_t t = 0; t < WV_COUNT(ids); t++) {
			const struct wv_time then = {WV_TEST_START + (100 * (int64_t)t + 1) * WV_US_PER_S};
			const struct wv_cluster_question question = {.document = ids[i], .then = then};
			const struct wv_spread_query query = {.capture = ids[i],
			                                      .at = then,
			                                      .known_at = visit.known_at,
			                                      .now = visit.now};
			struct wv_spread quick = {0}, whole = {0};
			enum wv_status got = wv_cluster_at(&visit, &question, &quick, NULL);
			enum wv_status expected = wv_spread_of(visit.txn, visit.arena, &query, &whole, NULL);

			row_int("status", got, expected);
			if (got != WV_OK || expected != WV_OK)
				continue;
			row_int("pages", (long long)quick.count, (long long)whole.count);
			for (size_t k = 0; k < quick.count && k < whole.count; k++)
				row_int("page", (long long)quick.pages[k].first.id,
				        (long long)whole.pages[k].first.id);
		}
	close_world(&w);
	rows_end();
}

/* --- the other pages --- */

static void test_pages_are_sound(void **state)
{
	struct world w = {.txn = NULL};
	uint64_t id;

	(void)state;
	open_world(&w);
	for (int t = 0; t < (int)WV_TONGUE_COUNT; t++) {
		WV_AUTO(wv_buf_done) struct wv_buf page = {.cap = PAGE_MAX};
		struct wv_visit visit = visit_of(&w, (enum wv_tongue)t);

		assert_int_equal(WV_OK, wv_view_front(&visit, &page, NULL));
		row_int("empty front", markup_is_sound("empty front", wv_buf_slice(&page)), true);
		row_int("an empty front has no lists of nothing",
		        holds(wv_buf_slice(&page), "class=\"box\""), false);
	}
	(void)put(&w, "Alpha", "/a", 10, "Council votes 7 to 6", TEXT);
	(void)put(&w, "Beta", "/b", 20, "Council votes 8 to 6", TEXT "It cost 12 million.\n");
	(void)put(&w, "Alpha", "/a", 4000, "Council votes 9 to 6", TEXT "It cost 13 million.\n");
	id = put(&w, "Alpha", "/c", 5000, "Oysters", "Oysters return to the inner harbour.");
	for (int t = 0; t < (int)WV_TONGUE_COUNT; t++) {
		WV_AUTO(wv_buf_done) struct wv_buf page = {.cap = PAGE_MAX};
		struct wv_visit visit = visit_of(&w, (enum wv_tongue)t);

		assert_int_equal(WV_OK, wv_view_front(&visit, &page, NULL));
		row_int("front", markup_is_sound("front", wv_buf_slice(&page)), true);
		/* Two pages carry one text; one of them was changed without a word of it. */
		if (t == WV_TONGUE_EN)
			row_int("most copied", holds(wv_buf_slice(&page), "Carried by 2 pages"), true);
		row_int("silent edit", holds(wv_buf_slice(&page), "/compare?from=0&amp;to=2"), true);
		wv_buf_reset(&page);
		assert_int_equal(WV_OK, wv_view_about(&visit, &page, NULL));
		row_int("about", markup_is_sound("about", wv_buf_slice(&page)), true);
		for (uint64_t i = 0; i <= id; i++) {
			wv_buf_reset(&page);
			show(&w, &visit, wv_view_cluster, i, &page);
			row_int("cluster", markup_is_sound("cluster", wv_buf_slice(&page)), true);
			wv_buf_reset(&page);
			show(&w, &visit, wv_view_snapshot, i, &page);
			row_int("snapshot", markup_is_sound("snapshot", wv_buf_slice(&page)), true);
		}
		wv_buf_reset(&page);
		show(&w, &visit, wv_view_story, id, &page);
		row_int("story", markup_is_sound("story", wv_buf_slice(&page)), true);
		/* Without the time to read what lies around it, its copies are there, and a word. */
		visit.patience_us = -1;
		wv_buf_reset(&page);
		show(&w, &visit, wv_view_story, 1, &page);
		row_int("hurried story", markup_is_sound("hurried story", wv_buf_slice(&page)), true);
		row_int("hurried story: its copy", holds(wv_buf_slice(&page), "href=\"/snapshot/0"), true);
		row_int("hurried story: what is missing",
		        holds(wv_buf_slice(&page), "wirevault related"),
		        true);
	}
	close_world(&w);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_withdrawals),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_prose),
		cmocka_unit_test(test_no_headline),
		cmocka_unit_test(test_taken_down),
		cmocka_unit_test(test_wishes),
		cmocka_unit_test(test_no_article),
		cmocka_unit_test(test_as_of),
		cmocka_unit_test(test_copies_at),
		cmocka_unit_test(test_pages_are_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
