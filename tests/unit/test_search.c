/* archive/search: tokens, the language of queries, snippets, and answers as of (T, K). */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "archive/copies/follow.h"
#include "archive/search/feed.h"
#include "archive/search/index.h"
#include "archive/search/query.h"
#include "archive/search/rank.h"
#include "archive/search/snippet.h"
#include "archive/search/subscription.h"
#include "archive/search/token.h"
#include "archive/store/lookup.h"
#include "archive/store/row.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"
#include "tests/support/rows.h"

static bool join(const struct wv_token *token, void *context)
{
	struct wv_buf *out = context;

	if (out->n)
		wv_buf_add_byte(out, ' ');
	wv_buf_add(out, token->text);
	return true;
}

static const struct {
	const char *name, *text, *tokens;
} token_rows[] = {
	{"words", "The Fed's 2nd rate cut", "the fed s 2nd rate cut"},
	{"figures", "12,000 or 3.5%", "12 000 or 3 5"},
	{"pairs", "英伟达发布", "英伟 伟达 达发 发布"},
	{"one sign", "A股,H股", "a 股 h 股"},
	{"mixed", "6月5日讯", "6 月 5 日讯"},
	{"traditional", "臺灣積體電路", "台湾 湾积 积体 体电 电路"},
	{"full width", "ＮＶＩＤＩＡ１２", "nvidia12"},
	{"half-width kana", "ｶﾞｽ料金", "ガス ス料 料金"},
	{"prolonged", "エヌビディア", "エヌ ヌビ ビデ ディ ィア"},
	{"hangul", "삼성전자", "삼성 성전 전자"},
	{"case and marks", "ÉCOLE Straße", "école strasse"},
	{"thai", "ไทย", "ไท ทย"},
	{"nothing", "—!? …", ""},
	{"empty", "", ""},
	{"broken", "a\xff" "b", "a b"},
};

static void test_tokens(void **state)
{
	struct wv_arena *arena = NULL;
	int failed = 0;

	(void)state;
	assert_int_equal(wv_arena_new(WV_MIB, &arena, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(token_rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf got = {.cap = WV_KIB};

		assert_int_equal(wv_tokens_each(arena, wv_slice_of(token_rows[i].text), join, &got,
		                                NULL),
		                 WV_OK);
		if (wv_slice_equals(wv_buf_slice(&got), wv_slice_of(token_rows[i].tokens)))
			continue;
		printf("%s: expected '%s', got '%.*s'\n", token_rows[i].name, token_rows[i].tokens,
		       WV_FMT(wv_buf_slice(&got)));
		failed++;
	}
	wv_arena_free(&arena);
	assert_int_equal(failed, 0);
}

static void print_node(const struct wv_query_node *node, struct wv_buf *out)
{
	static const char *const between[] = {
		[WV_QUERY_AND] = " & ", [WV_QUERY_OR] = " | ", [WV_QUERY_NOT] = " - "};

	if (node->kind == WV_QUERY_ALL) {
		wv_buf_add_byte(out, '*');
		return;
	}
	if (node->tokens) {
		if (node->in_title)
			wv_buf_add_string(out, "t:");
		if (node->kind == WV_QUERY_SIGN)
			wv_buf_add_byte(out, '1');
		for (size_t i = 0; i < node->token_count; i++) {
			if (i)
				wv_buf_add_byte(out, '+');
			wv_buf_add(out, node->tokens[i]);
		}
		if (node->is_prefix)
			wv_buf_add_byte(out, '~');
		return;
	}
	wv_buf_add_byte(out, '(');
	print_node(node->left, out);
	wv_buf_add_string(out, between[node->kind]);
	print_node(node->right, out);
	wv_buf_add_byte(out, ')');
}

/* NULL: refused. */
static const struct {
	const char *name, *text, *tree;
} query_rows[] = {
	{"words", "oil gas", "(oil & gas)"},
	{"a phrase", "\"central bank\"", "central+bank"},
	{"quotes of a word processor", "\u201c" "central bank\u201d", "central+bank"},
	{"signs in a row", "英伟达", "英伟+伟达"},
	{"one sign", "股", "1股"},
	{"a sign at the end", "A股", "a+股~"},
	{"a sign at the beginning", "买A股票", "(1买 & a+股票)"},
	{"or binds weaker", "a1 b1 OR c1", "((a1 & b1) | c1)"},
	{"a bar", "a1|b1", "(a1 | b1)"},
	{"not", "oil -gas NOT \"a b\"", "(oil - (gas | a+b))"},
	{"not alone", "-gas", "(* - gas)"},
	{"a beginning", "semi*", "semi~"},
	{"a beginning of a phrase", "\"semi cond\"*", "semi+cond~"},
	{"nested", "(a1 OR b1) (c1 OR d1)", "((a1 | b1) & (c1 | d1))"},
	{"the title", "title:bank x1", "(t:bank & x1)"},
	{"lower case or is a word", "trick or treat", "((trick & or) & treat)"},
	{"everything", "*", "*"},
	{"nothing", "  ", "*"},
	{"fields alone", "source:A category:\"B C\"", "*"},
	{"punctuation inside", "AT&T", "at+t"},
	{"an open quote", "\"a b", NULL},
	{"an open bracket", "(a1", NULL},
	{"a bracket too many", "a1)", NULL},
	{"or without left", "OR a1", NULL},
	{"or without right", "a1 OR", NULL},
	{"no letters", "!!!", NULL},
	{"too short a beginning", "a*", NULL},
	{"a field inside", "(source:A)", NULL},
	{"a field after or", "a1 OR source:B", NULL},
	{"no verdict", "verdict:nonsense", NULL},
	{"a cluster", "oil cluster:12", "oil"},
	{"no cluster", "cluster:x", NULL},
	{"a cluster inside", "oil OR cluster:12", NULL},
	{"not utf-8", "a\xff", NULL},
};

static void test_queries(void **state)
{
	struct wv_arena *arena = NULL;
	int failed = 0;

	(void)state;
	assert_int_equal(wv_arena_new(WV_MIB, &arena, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(query_rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf got = {.cap = WV_KIB};
		struct wv_err err = WV_ERR_NONE;
		struct wv_query query;
		enum wv_status st = wv_query_parse(arena, wv_slice_of(query_rows[i].text), &query,
		                                   &err);

		if (st == WV_OK)
			print_node(query.root, &got);
		if (query_rows[i].tree ? st == WV_OK && wv_slice_equals(wv_buf_slice(&got),
		                                             wv_slice_of(query_rows[i].tree))
		                       : st == WV_USAGE && err.text[0])
			continue;
		printf("%s: expected '%s', got %s '%.*s' %s\n", query_rows[i].name,
		       query_rows[i].tree ? query_rows[i].tree : "refusal", wv_status_name(st),
		       WV_FMT(wv_buf_slice(&got)), err.text);
		failed++;
	}
	wv_arena_free(&arena);
	assert_int_equal(failed, 0);
}

/* Marks as [ ]. */
static const struct {
	const char *name, *query, *text, *snippet;
} snippet_rows[] = {
	{"short", "rate", "The rate was cut.", "The [rate] was cut."},
	{"signs", "利率", "央行下调利率。", "央行下调[利率]。"},
	{"one sign", "调", "央行下调利率。", "央行下[调]利率。"},
	{"second paragraph", "gas", "About oil.\nAbout gas and coal.", "About [gas] and coal."},
	{"none", "title:x", "About oil.", "About oil."},
	{"begins at a sentence", "needle",
         "First a long sentence that says nothing at all about what is looked for here, and goes on "
         "and on for a while. Then the needle.",
         "…Then the [needle]."},
	{"cut between words", "alpha",
         "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november "
         "oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu alpha bravo "
         "charlie delta echo foxtrot",
         "[alpha] bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november "
         "oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu [alpha] "
         "bravo…"},
};

static void test_snippets(void **state)
{
	struct wv_test_archive a;
	int failed = 0;

	(void)state;
	wv_test_archive_open(&a, NULL);
	for (size_t i = 0; i < WV_COUNT(snippet_rows); i++) {
		struct wv_article article = wv_test_article(&a, "T", snippet_rows[i].text);
		WV_AUTO(wv_buf_done) struct wv_buf got = {.cap = WV_KIB};
		struct wv_snippet snippet;
		struct wv_query query;
		size_t at = 0;

		assert_int_equal(wv_query_parse(a.arena, wv_slice_of(snippet_rows[i].query), &query,
		                                NULL),
		                 WV_OK);
		assert_int_equal(wv_snippet_of(&article, &query, a.arena, &snippet, NULL), WV_OK);
		for (size_t k = 0; k < snippet.mark_count; k++) {
			struct wv_snippet_mark m = snippet.marks[k];

			wv_buf_add(&got, wv_slice_part(snippet.text, at, m.from - at));
			wv_buf_add_byte(&got, '[');
			wv_buf_add(&got, wv_slice_part(snippet.text, m.from, m.to - m.from));
			wv_buf_add_byte(&got, ']');
			at = m.to;
		}
		wv_buf_add(&got, wv_slice_from(snippet.text, at));
		if (wv_slice_equals(wv_buf_slice(&got), wv_slice_of(snippet_rows[i].snippet)))
			continue;
		printf("%s: expected '%s'\n     got '%.*s'\n", snippet_rows[i].name,
		       snippet_rows[i].snippet, WV_FMT(wv_buf_slice(&got)));
		failed++;
	}
	wv_test_archive_close(&a);
	assert_int_equal(failed, 0);
}

/* --- an archive, and what it answers --- */

/* Page paths of the hits in order, as one string. */
static void ask(struct wv_test_archive *a, struct wv_search *search, const char *text,
                struct wv_time at, struct wv_time known_at, struct wv_buf *out)
{
	struct wv_search_ask ask = {.at = at, .known_at = known_at, .from = WV_TIME_NONE,
	                            .to = WV_TIME_NONE, .max = 100};
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_search_answer answer;
	struct wv_query query;
	struct wv_err err = WV_ERR_NONE;

	wv_buf_reset(out);
	assert_int_equal(wv_query_parse(a->arena, wv_slice_of(text), &query, &err), WV_OK);
	ask.query = &query;
	if (wv_search_ask(search, &ask, a->arena, &answer, &err) != WV_OK)
		fail_msg("%s: %s", text, err.text);
	assert_int_equal(answer.total, answer.count);
	assert_int_equal(wv_store_begin_read(a->store, &txn, &err), WV_OK);
	for (size_t i = 0; i < answer.count; i++) {
		struct wv_page page;

		assert_int_equal(wv_store_page(txn, a->arena, answer.hits[i].page, &page, &err),
		                 WV_OK);
		if (i)
			wv_buf_add_byte(out, ' ');
		wv_buf_add(out, wv_slice_from(page.url, strlen("https://www.example.com")));
	}
}

static uint64_t put(struct wv_test_archive *a, const char *path, int64_t seconds, const char *title,
                    const char *text)
{
	struct wv_capture capture = wv_test_capture(a, path, seconds);
	struct wv_article article = wv_test_article(a, title, text);
	char body[64];

	(void)snprintf(body, sizeof body, "%s %lld", path, (long long)seconds);
	return wv_test_put(a, &capture, body, &article).id;
}

static struct wv_time after(int64_t seconds)
{
	return (struct wv_time){WV_TEST_START + seconds * WV_US_PER_S};
}

/* Instants of what make_year did, as recorded. */
enum { FIRST, EDITED, IMPORTED, READ_ANEW, EVENTS };

/* /a is edited at 100; /b is imported late, from 50; /c is read anew. */
static void make_year(struct wv_test_archive *a, struct wv_time known[EVENTS])
{
	struct wv_article anew = wv_test_article(a, "Gas", "Now it says coal.");
	struct wv_batch *batch = NULL;
	enum wv_status status;
	uint64_t c;

	put(a, "/a", 0, "Oil rises", "英伟达发布新芯片。\nMore oil.");
	c = put(a, "/c", 10, "Gas", "It says oil.");
	known[FIRST] = wv_test_known_now(a);
	wv_clock_turn(a->clock, 200 * WV_US_PER_S);
	put(a, "/a", 100, "Oil falls", "英特尔发布新芯片。\nMore oil.");
	known[EDITED] = wv_test_known_now(a);
	wv_clock_turn(a->clock, 200 * WV_US_PER_S);
	put(a, "/b", 50, "Wheat", "Harvest and oil.");
	known[IMPORTED] = wv_test_known_now(a);
	wv_clock_turn(a->clock, 200 * WV_US_PER_S);
	assert_int_equal(wv_batch_new(a->store, &batch, NULL), WV_OK);
	assert_int_equal(wv_batch_add_article(batch, c, &anew, NULL), WV_OK);
	assert_int_equal(wv_batch_commit(a->store, &batch, 1, &status, NULL), WV_OK);
	assert_int_equal(status, WV_OK);
	wv_batch_free(&batch);
	known[READ_ANEW] = wv_test_known_now(a);
}

static const struct {
	const char *name, *query;
	int64_t at; /* seconds; -1: unbounded */
	int known;  /* -1: now */
	const char *hits;
} ask_rows[] = {
	{"words in the headline come first", "oil", -1, -1, "/a /b"},
	{"before the edit", "英伟达", 99, -1, "/a"},
	{"after it", "英伟达", 100, -1, ""},
	{"the edit", "英特尔", 100, -1, "/a"},
	{"the edit was not known", "英特尔", 100, FIRST, ""},
	{"so the text was as before", "英伟达", 100, FIRST, "/a"},
	{"a late import is there at its time", "harvest", 50, -1, "/b"},
	{"and was not known then", "harvest", 50, EDITED, ""},
	{"nor before its time", "harvest", 49, -1, ""},
	{"read anew", "coal", 10, -1, "/c"},
	{"but not known to say so", "coal", 10, IMPORTED, ""},
	{"what it said before", "oil", 10, IMPORTED, "/a /c"},
	{"newest first in a place", "oil", 60, IMPORTED, "/a /b /c"},
	{"one sign", "芯", -1, -1, "/a"},
	{"a sign and a word", "芯 oil", -1, -1, "/a"},
	{"not", "oil -harvest", 10, IMPORTED, "/a /c"},
	{"or", "harvest OR coal", -1, -1, "/b /c"},
	{"a beginning", "har*", -1, -1, "/b"},
	{"a phrase", "\"more oil\"", -1, -1, "/a"},
	{"across paragraphs it is none", "\"rises more\"", 0, -1, ""},
	{"the title", "title:oil", -1, -1, "/a"},
	{"two signs in the title", "title:芯片", -1, -1, ""},
	{"everything", "*", -1, -1, "/b /c /a"},
	{"a field", "* source:Example", -1, -1, "/b /c /a"},
	{"a field with no match", "* source:Other", -1, -1, ""},
	{"language", "* lang:en", -1, -1, "/b /c /a"},
	{"another verdict", "* verdict:listing", -1, -1, ""},
	{"before all", "*", -10, -1, ""},
};

static int check_rows(struct wv_test_archive *a, struct wv_search *search,
                      const struct wv_time known[EVENTS])
{
	WV_AUTO(wv_buf_done) struct wv_buf got = {.cap = WV_KIB};
	int failed = 0;

	for (size_t i = 0; i < WV_COUNT(ask_rows); i++) {
		struct wv_time at = ask_rows[i].at == -1 ? WV_TIME_NONE : after(ask_rows[i].at);
		struct wv_time k = ask_rows[i].known < 0 ? WV_TIME_NONE : known[ask_rows[i].known];

		ask(a, search, ask_rows[i].query, at, k, &got);
		if (wv_slice_equals(wv_buf_slice(&got), wv_slice_of(ask_rows[i].hits)))
			continue;
		printf("%s: expected '%s', got '%.*s'\n", ask_rows[i].name, ask_rows[i].hits,
		       WV_FMT(wv_buf_slice(&got)));
		failed++;
	}
	return failed;
}

static struct wv_search *open_index(struct wv_test_archive *a, bool rebuild)
{
	struct wv_search_options options = {.rebuild = rebuild};
	struct wv_search *search = NULL;
	struct wv_err err = WV_ERR_NONE;

	if (wv_search_open(a->store, &options, &search, &err) != WV_OK ||
	    wv_search_follow(search, a->store, &err) != WV_OK)
		fail_msg("%s", err.text);
	return search;
}

/* Made at the end, and made anew: the same answers. */
static void test_answers(void **state)
{
	struct wv_time known[EVENTS];
	struct wv_test_archive a;
	struct wv_search *search;
	int failed;

	(void)state;
	wv_test_archive_open(&a, NULL);
	make_year(&a, known);
	search = open_index(&a, false);
	failed = check_rows(&a, search, known);
	wv_search_close(&search);
	search = open_index(&a, true);
	failed += check_rows(&a, search, known);
	wv_search_close(&search);
	wv_test_archive_close(&a);
	assert_int_equal(failed, 0);
}

/* An index that follows after each event answers as one made at the end. */
static void test_follows(void **state)
{
	struct wv_time known[EVENTS];
	struct wv_test_archive a;
	struct wv_search *search;
	struct wv_article anew;
	struct wv_batch *batch = NULL;
	enum wv_status status;
	uint64_t c;
	int failed;

	(void)state;
	wv_test_archive_open(&a, NULL);
	search = open_index(&a, false);
	put(&a, "/a", 0, "Oil rises", "英伟达发布新芯片。\nMore oil.");
	assert_int_equal(wv_search_follow(search, a.store, NULL), WV_OK);
	c = put(&a, "/c", 10, "Gas", "It says oil.");
	known[FIRST] = wv_test_known_now(&a);
	assert_int_equal(wv_search_follow(search, a.store, NULL), WV_OK);
	wv_clock_turn(a.clock, 200 * WV_US_PER_S);
	put(&a, "/a", 100, "Oil falls", "英特尔发布新芯片。\nMore oil.");
	known[EDITED] = wv_test_known_now(&a);
	assert_int_equal(wv_search_follow(search, a.store, NULL), WV_OK);
	wv_search_close(&search); /* another run */
	wv_clock_turn(a.clock, 200 * WV_US_PER_S);
	put(&a, "/b", 50, "Wheat", "Harvest and oil.");
	known[IMPORTED] = wv_test_known_now(&a);
	search = open_index(&a, false);
	wv_clock_turn(a.clock, 200 * WV_US_PER_S);
	anew = wv_test_article(&a, "Gas", "Now it says coal.");
	assert_int_equal(wv_batch_new(a.store, &batch, NULL), WV_OK);
	assert_int_equal(wv_batch_add_article(batch, c, &anew, NULL), WV_OK);
	assert_int_equal(wv_batch_commit(a.store, &batch, 1, &status, NULL), WV_OK);
	wv_batch_free(&batch);
	known[READ_ANEW] = wv_test_known_now(&a);
	assert_int_equal(wv_search_follow(search, a.store, NULL), WV_OK);
	failed = check_rows(&a, search, known);
	wv_search_close(&search);
	wv_test_archive_close(&a);
	assert_int_equal(failed, 0);
}

static void spoil(struct wv_test_archive *a, const char *bytes)
{
	char path[300];
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/search.db", a->folder.path);
	file = fopen(path, "wb");
	assert_non_null(file);
	(void)fputs(bytes, file);
	(void)fclose(file);
}

/* --- feeds --- */

/* "new /a; update /b (1 copies)" */
static void make_feed(struct wv_test_archive *a, struct wv_search *search, const char *text,
                      struct wv_time told, struct wv_buf *out)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_feed_query q = {.at = WV_TIME_NONE, .max = 100, .told = told};
	struct wv_query query;
	struct wv_feed feed;
	struct wv_err err = WV_ERR_NONE;

	wv_buf_reset(out);
	q.known_at = wv_test_known_now(a);
	assert_int_equal(wv_search_follow(search, a->store, &err), WV_OK);
	assert_int_equal(wv_query_parse(a->arena, wv_slice_of(text), &query, &err), WV_OK);
	q.query = &query;
	assert_int_equal(wv_store_begin_read(a->store, &txn, &err), WV_OK);
	if (wv_feed_of(search, txn, a->arena, &q, &feed, &err) != WV_OK)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < feed.count; i++) {
		const struct wv_feed_entry *e = &feed.entries[i];

		wv_buf_add_format(out, "%s%s ", i ? "; " : "", e->is_update ? "update" : "new");
		wv_buf_add(out, wv_slice_from(e->capture.url, strlen("https://www.example.com")));
		if (e->copy_count)
			wv_buf_add_format(out, " (%zu copies)", e->copy_count);
		assert_true(!e->is_update || e->changes.hunk_count > 0);
	}
}

/* As put(), with a fingerprint, so that copies are found. */
static void publish(struct wv_test_archive *a, const char *path, int64_t seconds, const char *title,
                    const char *text)
{
	struct wv_capture capture = wv_test_capture(a, path, seconds);
	struct wv_article article = wv_test_article(a, title, text);
	struct wv_arena *keep = NULL, *scratch = NULL;
	struct wv_batch *batch = NULL;
	struct wv_err err = WV_ERR_NONE;
	char bytes[64];
	struct wv_batch_body body = {.bytes = WV_SLICE_NONE};
	enum wv_status status;
	size_t index;

	(void)snprintf(bytes, sizeof bytes, "%s %lld", path, (long long)seconds);
	body.bytes = wv_slice_of(bytes);
	assert_int_equal(wv_arena_new(16 * WV_MIB, &keep, NULL), WV_OK);
	assert_int_equal(wv_arena_new(16 * WV_MIB, &scratch, NULL), WV_OK);
	assert_int_equal(wv_batch_new(a->store, &batch, &err), WV_OK);
	assert_int_equal(wv_batch_add_capture(batch, &capture, &body, &article, &index, &err),
	                 WV_OK);
	assert_int_equal(wv_copies_note_capture(batch, index, capture.captured, &article, scratch,
	                                        keep, &err),
	                 WV_OK);
	assert_int_equal(wv_batch_commit(a->store, &batch, 1, &status, &err), WV_OK);
	assert_int_equal(status, WV_OK);
	wv_batch_free(&batch);
	wv_arena_free(&scratch);
	wv_arena_free(&keep);
	wv_clock_turn(a->clock, 60 * WV_US_PER_S);
}

#define WIRE                                                                                       \
	"The central bank of the island cut its rate by half a point on Monday and said that "      \
	"more might follow before the summer if prices go on falling as they did in spring.\n"     \
	"Shares of builders rose by four percent after the news, those of insurers lost two.\n"    \
	"Nobody at the ministry wished to comment on what that means for the harbour works, "       \
	"which were to begin in autumn with money that the island has yet to borrow abroad."

static void test_feeds(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf got = {.cap = WV_KIB};
	struct wv_copies_follower *follower = NULL;
	struct wv_test_archive a;
	struct wv_search *search;
	struct wv_article anew;
	struct wv_batch *batch = NULL;
	struct wv_time told;
	enum wv_status status;
	int failed = 0;
	const char *const expected[] = {
		"new /one (1 copies)", "", "new /other", "new /other; new /one (1 copies)",
		"update /one (1 copies)", "", "update /other; update /one (1 copies)",
		/* Asked for by a capture of a copy: that cluster, which comes once, by its origin. */
		"update /one (1 copies)", "", ""};
	size_t step = 0;

#define CHECK(query, since)                                                                        \
	do {                                                                                       \
		make_feed(&a, search, query, since, &got);                                         \
		if (!wv_slice_equals(wv_buf_slice(&got), wv_slice_of(expected[step]))) {           \
			printf("step %zu: expected '%s', got '%.*s'\n", step, expected[step],      \
			       WV_FMT(wv_buf_slice(&got)));                                        \
			failed++;                                                                  \
		}                                                                                  \
		step++;                                                                            \
	} while (0)

	(void)state;
	wv_test_archive_open(&a, NULL);
	assert_int_equal(wv_copies_follow(a.store, &follower, NULL), WV_OK);
	search = open_index(&a, false);
	publish(&a, "/one", 0, "Rate cut", WIRE);
	told = wv_test_known_now(&a);
	publish(&a, "/two", 60, "Bank cuts", WIRE);
	CHECK("rate", WV_TIME_NONE);
	/* The copy is nothing new to somebody who was told of the first. */
	CHECK("rate", told);
	publish(&a, "/other", 120, "Rates", "Another rate, of another bank, and few words more.");
	CHECK("rate", told);
	CHECK("rate", WV_TIME_NONE);
	told = wv_test_known_now(&a);
	publish(&a, "/one", 180, "Rate cut again", WIRE);
	CHECK("rate", told);
	told = wv_test_known_now(&a);
	/* Reading anew is no edit. */
	anew = wv_test_article(&a, "Rate cut again", "Read anew, the rate is the same.");
	assert_int_equal(wv_batch_new(a.store, &batch, NULL), WV_OK);
	assert_int_equal(wv_batch_add_article(batch, 2, &anew, NULL), WV_OK);
	assert_int_equal(wv_batch_commit(a.store, &batch, 1, &status, NULL), WV_OK);
	wv_batch_free(&batch);
	CHECK("rate", told);
	publish(&a, "/other", 240, "Rates", "Another rate, of yet another bank, and few words more.");
	CHECK("rate", WV_TIME_NONE);
	CHECK("rate cluster:1", WV_TIME_NONE);
	CHECK("cluster:99", WV_TIME_NONE);
	CHECK("gas cluster:1", WV_TIME_NONE);
	wv_search_close(&search);
	wv_copies_follower_free(&follower);
	wv_test_archive_close(&a);
	assert_int_equal(failed, 0);
}

/* --- saved queries --- */

static void test_subscriptions(void **state)
{
	struct wv_subscription s = {.name = WV_LIT("chips"), .query = WV_LIT("a OR b"),
	                            .created = {5}, .told = {7}};
	struct wv_subscription got, *list;
	struct wv_arena *arena = NULL;
	struct wv_test_folder folder;
	size_t count;

	(void)state;
	wv_test_folder_make(&folder);
	assert_int_equal(wv_arena_new(WV_MIB, &arena, NULL), WV_OK);
	assert_int_equal(wv_subscription_list(folder.path, arena, &list, &count, NULL), WV_OK);
	assert_int_equal(count, 0);
	assert_int_equal(wv_subscription_get(folder.path, arena, s.name, &got, NULL), WV_NO);
	assert_int_equal(wv_subscription_put(folder.path, &s, NULL), WV_OK);
	s.query = WV_LIT("c");
	s.told.us = 9; /* changing a query does not move it */
	assert_int_equal(wv_subscription_put(folder.path, &s, NULL), WV_OK);
	assert_int_equal(wv_subscription_get(folder.path, arena, s.name, &got, NULL), WV_OK);
	assert_true(wv_slice_equals(got.query, WV_LIT("c")));
	assert_int_equal(got.told.us, 7);
	assert_int_equal(wv_subscription_told(folder.path, s.name, (struct wv_time){20}, NULL),
	                 WV_OK);
	assert_int_equal(wv_subscription_told(folder.path, s.name, (struct wv_time){10}, NULL),
	                 WV_OK);
	assert_int_equal(wv_subscription_get(folder.path, arena, s.name, &got, NULL), WV_OK);
	assert_int_equal(got.told.us, 20);
	s.name = WV_LIT("no name");
	assert_int_equal(wv_subscription_put(folder.path, &s, NULL), WV_USAGE);
	s.name = WV_LIT("\xe8\x8a\xaf\xe7\x89\x87-1");
	assert_int_equal(wv_subscription_put(folder.path, &s, NULL), WV_OK);
	assert_int_equal(wv_subscription_list(folder.path, arena, &list, &count, NULL), WV_OK);
	assert_int_equal(count, 2);
	assert_int_equal(wv_subscription_remove(folder.path, s.name, NULL), WV_OK);
	assert_int_equal(wv_subscription_remove(folder.path, s.name, NULL), WV_NO);
	wv_arena_free(&arena);
	wv_test_folder_remove(&folder);
}

/* Whatever stands in its place is made anew. */
static void test_spoilt(void **state)
{
	struct wv_time known[EVENTS];
	struct wv_test_archive a;
	struct wv_search *search;

	(void)state;
	wv_test_archive_open(&a, NULL);
	make_year(&a, known);
	search = open_index(&a, false);
	wv_search_close(&search);
	spoil(&a, "this is no database, and longer than the header of one would be: "
	          "0123456789012345678901234567890123456789012345678901234567890123456789");
	search = open_index(&a, false);
	assert_int_equal(check_rows(&a, search, known), 0);
	wv_search_close(&search);
	spoil(&a, "");
	search = open_index(&a, false);
	assert_int_equal(check_rows(&a, search, known), 0);
	wv_search_close(&search);
	wv_test_archive_close(&a);
}

/* Rows of articles that belong to no capture: an index that waited for them would do so for ever. */
static void test_stray_rows(void **state)
{
	unsigned char key[12] = {0, 0, 1};
	struct wv_time known[EVENTS];
	struct wv_test_archive a;
	struct wv_search *search;
	struct wv_article_row row = {.recorded = {WV_TEST_START}, .verdict = WV_VERDICT_OTHER};
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {.cap = WV_KIB};
	struct wv_txn *txn = NULL;

	(void)state;
	wv_test_archive_open(&a, NULL);
	make_year(&a, known);
	search = open_index(&a, false);
	wv_record_article_row_encode(&row, &bytes);
	for (int i = 0; i < 2; i++) {
		key[11] = (unsigned char)i;
		assert_int_equal(wv_txn_begin_write(wv_store_db(a.store), &txn, NULL), WV_OK);
		assert_int_equal(wv_txn_put(txn, WV_TABLE_ARTICLES, wv_slice(key, sizeof key),
		                            wv_buf_slice(&bytes), NULL),
		                 WV_OK);
		assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
		assert_int_equal(wv_search_follow(search, a.store, NULL), WV_OK);
		assert_int_equal(check_rows(&a, search, known), 0);
	}
	wv_search_close(&search);
	search = open_index(&a, false);
	assert_int_equal(check_rows(&a, search, known), 0);
	wv_search_close(&search);
	wv_test_archive_close(&a);
}

/* Numbers in the file that would have room made for rows that are not there, or none at all. */
static void test_forged(void **state)
{
	static const struct {
		const char *name, *harm;
		bool is_made_anew; /* when it is opened */
	} rows[] = {
		{"a text far away", "UPDATE texts SET id = 1 << 40 WHERE id = 1", false},
		{"a text below", "DELETE FROM texts; INSERT INTO texts VALUES(-9, x'00')", false},
		{"a meta far away", "UPDATE metas SET id = 1 << 40 WHERE id = 1", false},
		{"a meta at the end", "UPDATE metas SET id = (1 << 62) + ((1 << 62) - 1) WHERE id = 1", false},
		{"a meta below", "UPDATE metas SET id = -1 WHERE id = 1", false},
		{"a meta far below", "UPDATE metas SET id = 1 << 63 WHERE id = 1", false},
		{"another count of rows", "UPDATE state SET value = 1 WHERE key = 'article_rows'", true},
		{"no count of rows", "DELETE FROM state WHERE key = 'article_rows'", true},
		{"a trigger", "CREATE TRIGGER t AFTER INSERT ON texts BEGIN DELETE FROM spans; END", true},
		{"a view", "ALTER TABLE spans RENAME TO other; CREATE VIEW spans AS SELECT * FROM other", true},
	};
	struct wv_time known[EVENTS];
	struct wv_test_archive a;
	int failed = 0;

	(void)state;
	wv_test_archive_open(&a, NULL);
	make_year(&a, known);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_search *search = open_index(&a, true);
		struct wv_search_ask ask = {.at = WV_TIME_NONE, .known_at = WV_TIME_NONE,
		                            .from = WV_TIME_NONE, .to = WV_TIME_NONE, .max = 100};
		struct wv_search_answer answer;
		struct wv_query query;
		char path[300];
		sqlite3 *db = NULL;
		enum wv_status st;

		wv_search_close(&search);
		(void)snprintf(path, sizeof path, "%s/search.db", a.folder.path);
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		if (sqlite3_exec(db, rows[i].harm, NULL, NULL, NULL) != SQLITE_OK)
			fail_msg("%s: %s", rows[i].name, sqlite3_errmsg(db));
		sqlite3_close(db);
		search = open_index(&a, false);
		assert_int_equal(wv_query_parse(a.arena, WV_LIT("*"), &query, NULL), WV_OK);
		ask.query = &query;
		st = wv_search_ask(search, &ask, a.arena, &answer, NULL);
		if (st != (rows[i].is_made_anew ? WV_OK : WV_DAMAGED)) {
			printf("%s: status %d\n", rows[i].name, (int)st);
			failed++;
		}
		wv_search_close(&search);
	}
	wv_test_archive_close(&a);
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),  cmocka_unit_test(test_queries),
		cmocka_unit_test(test_snippets), cmocka_unit_test(test_answers),
		cmocka_unit_test(test_follows), cmocka_unit_test(test_spoilt), cmocka_unit_test(test_forged),
		cmocka_unit_test(test_stray_rows),
		cmocka_unit_test(test_feeds),   cmocka_unit_test(test_subscriptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
