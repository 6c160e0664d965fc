#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "archive/search/index.h"
#include "archive/search/rank.h"
#include "archive/store/tally.h"
#include "archive/view/chart.h"
#include "archive/view/compare.h"
#include "archive/view/growth.h"
#include "archive/view/history.h"
#include "archive/view/html.h"
#include "archive/view/listing.h"
#include "archive/view/pulse.h"
#include "archive/view/say.h"
#include "archive/view/search.h"
#include "archive/view/subscriptions.h"
#include "archive/view/syndicate.h"
#include "config/base/limits.h"
#include "config/base/text.h"
#include "tests/support/archive.h"
#include "tests/support/markup.h"

#define HOUR INT64_C(3600)
#define DAY  (24 * HOUR)

static const struct wv_err no_error = WV_ERR_NONE;

static void must(enum wv_status st, const struct wv_err *err)
{
	if (st != WV_OK)
		fail_msg("%s: %s", wv_status_name(st), err->text);
}

/* --- a visit of a test's archive --- */

struct stage {
	struct wv_test_archive archive;
	struct wv_settings_file *settings;
	struct wv_txn *txn;
	struct wv_visit visit;
	struct wv_buf out;
};

static void open_stage(struct stage *s)
{
	struct wv_err err = no_error;

	*s = (struct stage){.out = {.cap = 16 * WV_MIB}};
	wv_test_archive_open(&s->archive, NULL);
	must(wv_settings_new_default(&s->settings, &err), &err);
}

/* A visit now, in English; the caller changes it. */
static struct wv_visit *look(struct stage *s)
{
	struct wv_err err = no_error;

	wv_txn_abort(&s->txn);
	must(wv_store_begin_read(s->archive.store, &s->txn, &err), &err);
	s->visit = (struct wv_visit){.store = s->archive.store,
	                             .txn = s->txn,
	                             .arena = s->archive.arena,
	                             .settings = wv_settings_get(s->settings),
	                             .now = {WV_TEST_START + 400 * DAY * WV_US_PER_S},
	                             .at = WV_TIME_NONE,
	                             .form = WV_FORM_SERVED,
	                             .root = "/"};
	must(wv_store_known_now(s->txn, &s->visit.known_at, &err), &err);
	wv_buf_reset(&s->out);
	return &s->visit;
}

static struct wv_visit *look_at(struct stage *s, int64_t seconds)
{
	struct wv_visit *visit = look(s);

	visit->at = (struct wv_time){WV_TEST_START + seconds * WV_US_PER_S};
	visit->has_as_of = true;
	return visit;
}

static void close_stage(struct stage *s)
{
	wv_txn_abort(&s->txn);
	wv_buf_done(&s->out);
	wv_settings_free(&s->settings);
	wv_test_archive_close(&s->archive);
}

static uint64_t put(struct stage *s, const char *path, int64_t seconds, const char *body,
                    const char *title, const char *text)
{
	struct wv_capture capture = wv_test_capture(&s->archive, path, seconds);
	struct wv_article article;

	wv_clock_turn(s->archive.clock, capture.captured.us - wv_clock_now(s->archive.clock).us);
	if (!text)
		capture.status = 404;
	if (text)
		article = wv_test_article(&s->archive, title, text);
	return wv_test_put(&s->archive, &capture, body, text ? &article : NULL).id;
}

static bool has(const struct stage *s, const char *needle)
{
	return wv_slice_find(wv_buf_slice(&s->out), wv_slice_of(needle), 0) != SIZE_MAX;
}

static size_t count_of(const struct stage *s, const char *needle)
{
	size_t n = 0, at = 0;

	while ((at = wv_slice_find(wv_buf_slice(&s->out), wv_slice_of(needle), at)) != SIZE_MAX) {
		n++;
		at++;
	}
	return n;
}

/* --- history --- */

#define PAGE "https://www.example.com/a"

static void fill_history(struct stage *s)
{
	put(s, "/a", 0, "one", "Barrier to cost 41 million", "It will cost 41 million.\nThe end.");
	put(s, "/a", 1 * DAY, "two", "Barrier to cost 47 million",
	    "It will cost 47 million.\nThe end.");
	put(s, "/a", 2 * DAY, NULL, NULL, NULL);
	put(s, "/a", 3 * DAY, "two", "Barrier to cost 47 million",
	    "It will cost 47 million.\nThe end.");
	put(s, "/b", 3 * DAY, "other", "<script>alert(1)</script> \"x\" & y", "Text <b>bold</b>.");
}

static void show_history(struct wv_visit *visit, struct stage *s, const char *url, bool *is_found)
{
	const struct wv_view_history_query query = {.url = wv_slice_of(url),
	                                            .until = WV_TIME_NONE};
	struct wv_fact refusal = {0};
	struct wv_err err = no_error;

	must(wv_view_history(visit, &query, is_found, &refusal, &s->out, &err), &err);
	must(wv_buf_finish(&s->out, "page", &err), &err);
	assert_true(markup_is_sound(url, wv_buf_slice(&s->out)));
}

static void history_says_what_was(void **state)
{
	static const struct {
		const char *name, *url;
		int64_t at; /* seconds; -1: now */
		bool is_found;
		const char *with[5], *without[4];
	} rows[] = {
		{"now", PAGE, -1, true,
		 {"silent edit", ">gone (404)<", "returned ", "compare?from=0&amp;to=1"},
		 {"never captured"}},
		{"typed without a scheme", "www.example.com/a", -1, true, {"Barrier to cost 47"}, {0}},
		{"before the edit", PAGE, 1 * HOUR, true,
		 {"Barrier to cost 41", "as-of=2024-06-05T06:45:03Z"},
		 {"47 million", "silent edit", "404", "d2024-06-06"}},
		{"while it was gone", PAGE, 2 * DAY + HOUR, true, {">gone (404)<", "not returned"},
		 {"returned 20", "d2024-06-08"}},
		{"before all", PAGE, -HOUR, false, {"had not captured"}, {"Barrier"}},
		{"never", "https://www.example.com/none", -1, false,
		 {"never captured", "example.com/a<"}, {"silent"}},
		{"foreign markup", "https://www.example.com/b", -1, true,
		 {"&lt;script&gt;alert(1)&lt;/script&gt; &quot;x&quot; &amp; y"},
		 {"<script>alert", "\"x\" &"}},
	};
	struct stage s;
	bool all_fine = true;

	(void)state;
	open_stage(&s);
	fill_history(&s);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_visit *visit = rows[i].at == -1 ? look(&s) : look_at(&s, rows[i].at);
		bool is_found = false;

		show_history(visit, &s, rows[i].url, &is_found);
		if (is_found != rows[i].is_found) {
			print_error("%s: found: %d\n", rows[i].name, is_found);
			all_fine = false;
		}
		for (size_t k = 0; k < WV_COUNT(rows[i].with) && rows[i].with[k]; k++)
			if (!has(&s, rows[i].with[k])) {
				print_error("%s: lacks %s\n", rows[i].name, rows[i].with[k]);
				all_fine = false;
			}
		for (size_t k = 0; k < WV_COUNT(rows[i].without) && rows[i].without[k]; k++)
			if (has(&s, rows[i].without[k])) {
				print_error("%s: has %s\n", rows[i].name, rows[i].without[k]);
				all_fine = false;
			}
	}
	close_stage(&s);
	assert_true(all_fine);
}

static void a_headline_changes_alone(void **state)
{
	struct stage s;
	bool is_found = false;

	(void)state;
	open_stage(&s);
	put(&s, "/a", 0, "one", "Five hurt in storm", "The storm came at night.");
	put(&s, "/a", HOUR, "two", "Seven hurt in storm", "The storm came at night.");
	show_history(look(&s), &s, PAGE, &is_found);
	assert_true(has(&s, "headline changed, text did not"));
	assert_true(has(&s, "<del><bdi lang=\"en\">Five hurt in storm</bdi></del>"));
	assert_true(has(&s, "/compare?from=0&amp;to=1"));
	assert_false(has(&s, "silent edit"));
	close_stage(&s);
}

/* A page looked at more often than one view shows: the newest, and the way to the others. */
static void history_shows_a_stretch(void **state)
{
	struct stage s;
	struct wv_view_history_query query = {.url = WV_LIT(PAGE), .until = WV_TIME_NONE};
	struct wv_fact refusal = {0};
	struct wv_err err = no_error;
	bool is_found = false;

	(void)state;
	open_stage(&s);
	for (unsigned i = 0; i < WV_VIEW_HISTORY_MAX + 20; i++)
		put(&s, "/a", (int64_t)i * 60, i % 3 ? "x" : "y", "T", i % 3 ? "x." : "y.");
	show_history(look(&s), &s, PAGE, &is_found);
	assert_int_equal(count_of(&s, "<tr><td><a href=\"/snapshot/"), WV_VIEW_HISTORY_MAX);
	assert_true(has(&s, "until="));
	assert_true(has(&s, ">Older<"));
	assert_false(has(&s, "/snapshot/19\""));
	/* The first of them is not called the page's first. */
	assert_false(has(&s, "first version</span>"));
	query.until = (struct wv_time){WV_TEST_START + 19 * 60 * WV_US_PER_S};
	must(wv_view_history(look(&s), &query, &is_found, &refusal, &s.out, &err), &err);
	assert_int_equal(count_of(&s, "<tr><td><a href=\"/snapshot/"), 20);
	assert_true(has(&s, "first version</span>"));
	assert_true(has(&s, ">Newest<"));
	close_stage(&s);
}

static enum wv_status add_fact(struct wv_txn *txn, const struct wv_batch_result *result,
                               void *context, struct wv_err *err)
{
	(void)result;
	return wv_register_add(txn, context, err);
}

static void hide(struct stage *s, const char *key, bool of_capture, uint64_t id)
{
	struct wv_fact fact = {.act = WV_ACT_HIDE,
	                       .recorded = wv_clock_now(s->archive.clock),
	                       .until = WV_TIME_NONE,
	                       .is_of_capture = of_capture,
	                       .capture = id,
	                       .first = WV_TIME_NONE,
	                       .last = WV_TIME_NONE,
	                       .page_key = wv_slice_of(key),
	                       .url = WV_LIT(PAGE),
	                       .reason = WV_LIT("asked for")};
	struct wv_batch *batch = NULL;
	struct wv_err err = no_error;
	enum wv_status status;

	must(wv_batch_new(s->archive.store, &batch, &err), &err);
	must(wv_batch_add_apply(batch, add_fact, &fact, &err), &err);
	must(wv_batch_commit(s->archive.store, &batch, 1, &status, &err), &err);
	must(status, &err);
	wv_batch_free(&batch);
}

static void what_was_taken_down_is_not_shown(void **state)
{
	const struct wv_view_history_query query = {.url = WV_LIT(PAGE), .until = WV_TIME_NONE};
	const struct wv_view_compare_query compare = {.from = 0, .to = 1};
	struct wv_fact refusal = {0};
	struct wv_err err = no_error;
	struct stage s;
	bool is_found;

	(void)state;
	open_stage(&s);
	fill_history(&s);
	hide(&s, "com,example)/a", true, 1);
	show_history(look(&s), &s, PAGE, &is_found);
	assert_false(has(&s, "/snapshot/1\""));
	assert_true(has(&s, "Captures withheld: 1"));
	assert_int_equal(wv_view_compare(look(&s), &compare, &refusal, &s.out, &err), WV_NO);
	assert_int_equal(refusal.act, WV_ACT_HIDE);
	hide(&s, "com,example)/a", false, 0);
	refusal = (struct wv_fact){0};
	assert_int_equal(wv_view_history(look(&s), &query, &is_found, &refusal, &s.out, &err),
	                 WV_NO);
	assert_int_equal(refusal.act, WV_ACT_HIDE);
	assert_int_equal(s.out.n, 0);
	close_stage(&s);
}

/* --- comparison --- */

static void comparison_names_figures_first(void **state)
{
	static const struct {
		const char *name;
		uint64_t from, to;
		bool is_side;
		int64_t at;
		enum wv_status st;
		const char *with[3];
	} rows[] = {
		{"inline", 0, 1, false, -1, WV_OK,
		 {"<small>figure</small>", "<del>41</del>", "<ins>47</ins>"}},
		{"side by side", 0, 1, true, -1, WV_OK, {"class=\"two\"", "view=side", "<ins>47</ins>"}},
		{"the same twice", 1, 3, false, -1, WV_OK, {"No difference."}},
		{"two pages", 0, 4, false, -1, WV_OK, {"two different pages", "&lt;script&gt;"}},
		{"later than T", 0, 1, false, HOUR, WV_NO, {0}},
		{"none such", 0, 999, false, -1, WV_NO, {0}},
	};
	struct stage s;
	bool all_fine = true;

	(void)state;
	open_stage(&s);
	fill_history(&s);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_view_compare_query query = {
			.from = rows[i].from, .to = rows[i].to, .is_side = rows[i].is_side};
		struct wv_visit *visit = rows[i].at == -1 ? look(&s) : look_at(&s, rows[i].at);
		struct wv_fact refusal = {0};
		struct wv_err err = no_error;
		enum wv_status st = wv_view_compare(visit, &query, &refusal, &s.out, &err);

		if (st != rows[i].st ||
		    (st == WV_OK && !markup_is_sound(rows[i].name, wv_buf_slice(&s.out)))) {
			print_error("%s: %s %s\n", rows[i].name, wv_status_name(st), err.text);
			all_fine = false;
		}
		for (size_t k = 0; k < WV_COUNT(rows[i].with) && rows[i].with[k]; k++)
			if (!has(&s, rows[i].with[k])) {
				print_error("%s: lacks %s\n", rows[i].name, rows[i].with[k]);
				all_fine = false;
			}
	}
	close_stage(&s);
	assert_true(all_fine);
}

static enum wv_status read_text(void *context, struct wv_arena *arena,
                                const struct wv_capture *capture, struct wv_slice body,
                                enum wv_side_kind kind, struct wv_slice *out, struct wv_err *err)
{
	(void)capture;
	(void)err;
	if (context)
		return WV_NOMEM;
	if (kind == WV_SIDE_PAGE)
		return WV_NO;
	*out = wv_arena_format(arena, "source %.*s", WV_FMT(body));
	return WV_OK;
}

/* What is no article is compared by what the reader makes of it; what is too large, as bytes. */
static void a_page_is_compared_by_what_can_be_read(void **state)
{
	static const struct {
		const char *name;
		bool has_reader, fails;
		uint64_t bytes_max;
		const char *compared, *with;
	} rows[] = {
		{"read", true, false, 0, "the page&#39;s source", "<ins>two</ins>"},
		{"no reader", false, false, 0, "type, size and digest", "SHA-256"},
		{"too large", true, false, 2, "type, size and digest", "SHA-256"},
		{"too much", true, true, 0, "type, size and digest", "SHA-256"},
	};
	struct stage s;

	(void)state;
	open_stage(&s);
	for (int i = 0; i < 2; i++) {
		struct wv_capture capture = wv_test_capture(&s.archive, "/", i * HOUR);

		capture.verdict = WV_VERDICT_OTHER;
		wv_test_put(&s.archive, &capture, i ? "two" : "one", NULL);
	}
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_side_reader reader = {
			.text = read_text,
			.context = rows[i].fails ? &s : NULL,
			.body_bytes_max = rows[i].bytes_max};
		const struct wv_view_compare_query query = {
			.from = 0, .to = 1, .reader = rows[i].has_reader ? &reader : NULL};
		struct wv_fact refusal = {0};
		struct wv_err err = no_error;

		must(wv_view_compare(look(&s), &query, &refusal, &s.out, &err), &err);
		if (!has(&s, rows[i].compared) || !has(&s, rows[i].with))
			fail_msg("%s: %.*s", rows[i].name, WV_FMT(wv_buf_slice(&s.out)));
	}
	close_stage(&s);
}

/* --- search --- */

static struct wv_search *open_search(struct stage *s)
{
	struct wv_search *search = NULL;
	struct wv_err err = no_error;

	must(wv_search_open(s->archive.store, NULL, &search, &err), &err);
	must(wv_search_follow(search, s->archive.store, &err), &err);
	return search;
}

static bool show_search(struct stage *s, struct wv_visit *visit, const char *text,
                        const char *category, size_t page)
{
	struct wv_view_search_query query = {.text = wv_slice_of(text),
	                                     .from = WV_TIME_NONE,
	                                     .to = WV_TIME_NONE,
	                                     .page = page};
	struct wv_err err = no_error;
	bool is_bad = false;

	if (category)
		query.fields[WV_QUERY_CATEGORY].p[query.fields[WV_QUERY_CATEGORY].n++] =
			wv_slice_of(category);
	must(wv_view_search(visit, &query, &is_bad, &s->out, &err), &err);
	must(wv_buf_finish(&s->out, "page", &err), &err);
	assert_true(markup_is_sound(text, wv_buf_slice(&s->out)));
	return is_bad;
}

static void search_answers_as_of(void **state)
{
	static const struct {
		const char *name, *text, *category;
		int64_t at;
		bool is_bad;
		const char *with[4], *without[3];
	} rows[] = {
		{"now", "cost", NULL, -1, false,
		 {"1 page found", "<mark>cost</mark>", "47 million", "category=markets"},
		 {"41 million"}},
		{"then", "cost", NULL, HOUR, false, {"1 page found", "41 million"}, {"47 million"}},
		{"before all", "cost", NULL, -HOUR, false, {"No page matches"}, {"category=", "markets"}},
		{"a facet is on", "cost", "markets", -1, false,
		 {"aria-current=\"true\"><bdi>markets", "1 page found", ">English</a>"}, {0}},
		{"another is", "cost", "sports", -1, false, {"No page matches", ">markets<"}, {0}},
		{"not to be read", "(cost", NULL, -1, true, {"role=\"alert\"", "value=\"(cost\""}, {0}},
		{"foreign", "\"><script>", NULL, -1, true, {"&quot;&gt;&lt;script&gt;"}, {"<script>\""}},
		{"nothing asked", "", NULL, -1, false, {"<details class=\"help\" open>"}, {"page found"}},
	};
	struct stage s;
	struct wv_search *search;
	bool all_fine = true;

	(void)state;
	open_stage(&s);
	fill_history(&s);
	search = open_search(&s);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_visit *visit = rows[i].at == -1 ? look(&s) : look_at(&s, rows[i].at);

		visit->search = search;
		if (show_search(&s, visit, rows[i].text, rows[i].category, 1) != rows[i].is_bad) {
			print_error("%s: bad or not\n", rows[i].name);
			all_fine = false;
		}
		for (size_t k = 0; k < WV_COUNT(rows[i].with) && rows[i].with[k]; k++)
			if (!has(&s, rows[i].with[k])) {
				print_error("%s: lacks %s\n", rows[i].name, rows[i].with[k]);
				all_fine = false;
			}
		for (size_t k = 0; k < WV_COUNT(rows[i].without) && rows[i].without[k]; k++)
			if (has(&s, rows[i].without[k])) {
				print_error("%s: has %s\n", rows[i].name, rows[i].without[k]);
				all_fine = false;
			}
	}
	wv_search_close(&search);
	close_stage(&s);
	assert_true(all_fine);
}

/* The number beside a value is the number of hits that asking for it gives. */
static void facets_count_what_they_lead_to(void **state)
{
	static const char *const languages[] = {"en", "en-GB", "en-GB", "zh-Hans", "ja"};
	static const enum wv_query_field fields[] = {WV_QUERY_LANGUAGE, WV_QUERY_CATEGORY,
	                                             WV_QUERY_VERDICT};
	struct wv_err err = no_error;
	struct wv_facets facets = {{0}, {0}};
	struct wv_search *search;
	struct stage s;
	size_t tried = 0;

	(void)state;
	open_stage(&s);
	for (size_t i = 0; i < WV_COUNT(languages); i++) {
		struct wv_capture capture = wv_test_capture(
			&s.archive, i % 2 ? "/odd" : i ? "/even" : "/zero", (int64_t)i * HOUR);
		struct wv_article article = wv_test_article(&s.archive, "Title", "Oil.");
		char body[8];

		(void)snprintf(body, sizeof body, "%zu", i);
		capture.url = wv_arena_format(s.archive.arena, "https://www.example.com/%zu", i);
		capture.page_key = wv_arena_format(s.archive.arena, "com,example)/%zu", i);
		article.language = wv_slice_of(languages[i]);
		article.category = i % 2 ? WV_LIT("odd") : WV_SLICE_NONE;
		article.verdict = i == 4 ? WV_VERDICT_PAYWALL_STUB : WV_VERDICT_ARTICLE;
		wv_test_put(&s.archive, &capture, body, &article);
	}
	search = open_search(&s);
	for (size_t f = 0; f < WV_COUNT(fields); f++) {
		struct wv_query query;
		struct wv_search_ask ask = {.query = &query,
		                            .at = WV_TIME_NONE,
		                            .known_at = WV_TIME_NONE,
		                            .from = WV_TIME_NONE,
		                            .to = WV_TIME_NONE,
		                            .max = 10,
		                            .facets = &facets};
		struct wv_search_answer answer;

		must(wv_query_parse(s.archive.arena, WV_LIT("oil"), &query, &err), &err);
		must(wv_search_ask(search, &ask, s.archive.arena, &answer, &err), &err);
		ask.facets = NULL;
		for (size_t i = 0; i < facets.counts[fields[f]]; i++) {
			const struct wv_facet *facet = &facets.values[fields[f]][i];

			if (!facet->value.n)
				continue;
			must(wv_query_parse(s.archive.arena, WV_LIT("oil"), &query, &err), &err);
			must(wv_query_add_field(&query, fields[f], facet->value, &err), &err);
			must(wv_search_ask(search, &ask, s.archive.arena, &answer, &err), &err);
			if (answer.total != facet->hits)
				fail_msg("%s %.*s: %llu, and %llu hits", wv_query_field_name(fields[f]),
				         WV_FMT(facet->value), (unsigned long long)facet->hits,
				         (unsigned long long)answer.total);
			tried++;
		}
	}
	assert_int_equal(tried, 3 + 1 + 2);
	wv_search_close(&search);
	close_stage(&s);
}

static void an_address_is_told_from_words(void **state)
{
	static const struct {
		const char *text;
		bool is_address;
	} rows[] = {
		{"https://nowhere.example/x", true}, {" http://www.example.com/a ", true},
		{"www.example.com", true},           {"www.example.com/none?q=1", true},
		{"elsewhere.example", false},        {"node.js", false},
		{"oil prices", false},               {"3.5", false},
		{"\"a.b\"", false},                  {"", false},
		{"title:www.example.com x", false},  {"javascript:alert(1)", false},
	};
	struct stage s;
	bool all_fine = true;

	(void)state;
	open_stage(&s);
	fill_history(&s);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_err err = no_error;
		bool is_address = false;

		must(wv_view_search_is_address(look(&s), wv_slice_of(rows[i].text), &is_address,
		                               &err),
		     &err);
		if (is_address != rows[i].is_address) {
			print_error("'%s': %d\n", rows[i].text, is_address);
			all_fine = false;
		}
	}
	close_stage(&s);
	assert_true(all_fine);
}

/* Who only reads the index sees how far it is, and when it was made anew. */
static void an_index_is_read_while_another_follows(void **state)
{
	const struct wv_search_options reads = {.read_only = true};
	struct wv_search_state at;
	struct wv_err err = no_error;
	struct wv_search *writer, *reader = NULL;
	struct stage s;

	(void)state;
	open_stage(&s);
	fill_history(&s);
	assert_int_equal(wv_search_open(s.archive.store, &reads, &reader, &err), WV_MISSING);
	writer = open_search(&s);
	must(wv_search_open(s.archive.store, &reads, &reader, &err), &err);
	must(wv_search_look(reader, look(&s)->txn, &err), &err);
	must(wv_search_state(reader, &at, &err), &err);
	assert_int_equal(at.behind, 0);
	put(&s, "/c", 4 * DAY, "three", "New", "New text.");
	must(wv_search_look(reader, look(&s)->txn, &err), &err);
	must(wv_search_state(reader, &at, &err), &err);
	assert_int_equal(at.behind, 1);
	must(wv_search_follow(writer, s.archive.store, &err), &err);
	must(wv_search_look(reader, look(&s)->txn, &err), &err);
	must(wv_search_state(reader, &at, &err), &err);
	assert_int_equal(at.behind, 0);
	wv_search_close(&writer);
	must(wv_search_drop(wv_store_dir(s.archive.store), &err), &err);
	assert_int_equal(wv_search_look(reader, look(&s)->txn, &err), WV_MISSING);
	writer = open_search(&s);
	must(wv_search_look(writer, s.txn, &err), &err);
	assert_int_equal(wv_search_look(reader, look(&s)->txn, &err), WV_CONFLICT);
	wv_search_close(&reader);
	wv_search_close(&writer);
	close_stage(&s);
}

/* --- feeds --- */

static void feeds_lead_to_snapshots(void **state)
{
	const struct wv_subscription subscription = {.name = WV_LIT("a<b"), .query = WV_LIT("cost")};
	struct wv_syndicate syndicate = {.subscription = &subscription};
	struct wv_err err = no_error;
	struct wv_feed feed;
	struct wv_visit *visit;
	struct stage s;

	(void)state;
	open_stage(&s);
	fill_history(&s);
	visit = look(&s);
	visit->search = open_search(&s);
	must(wv_view_feed(visit, &subscription, 10, &feed, &err), &err);
	assert_int_equal(feed.count, 1);
	syndicate.feed = &feed;
	syndicate.at = visit->at;
	syndicate.known_at = visit->known_at;
	wv_syndicate_atom(&s.out, &syndicate);
	assert_true(has(&s, "<link rel=\"alternate\" href=\"" PAGE "\"/>"));
	assert_true(has(&s, "<title>a&lt;b</title>"));
	wv_buf_reset(&s.out);
	syndicate.base = WV_LIT("https://news.example");
	wv_syndicate_atom(&s.out, &syndicate);
	assert_true(has(&s, "<link rel=\"alternate\" href=\"https://news.example/snapshot/1\"/>"));
	assert_true(has(&s, "<link rel=\"via\" href=\"" PAGE "\"/>"));
	wv_buf_reset(&s.out);
	wv_syndicate_json(&s.out, &syndicate);
	assert_true(has(&s, "\"url\":\"https://news.example/snapshot/1\",\"external_url\":\"" PAGE));
	wv_search_close(&visit->search);
	close_stage(&s);
}

/* --- totals and charts --- */

static void totals_are_of_whole_days(void **state)
{
	static const struct {
		const char *name;
		int64_t at, known_at; /* days after the first; -1: not named */
		uint64_t captures, fresh;
		int32_t last; /* day, counted from the first */
	} rows[] = {
		{"now", -1, -1, 5, 3, 3},
		{"as of the third day", 2, -1, 2, 2, 1},
		{"known at the fourth", -1, 3, 3, 2, 2},
		{"before all", 0, -1, 0, 0, 0},
	};
	struct wv_err err = no_error;
	struct wv_tally *tally = NULL;
	struct stage s;
	int32_t day = wv_tally_day_of((struct wv_time){WV_TEST_START});

	(void)state;
	open_stage(&s);
	fill_history(&s);
	must(wv_tally_new(&tally, &err), &err);
	assert_int_equal(wv_tally_follow(tally, look(&s)->txn, s.visit.now, 2, &err), WV_BOUND);
	assert_int_equal(wv_tally_behind(tally), 3);
	must(wv_tally_follow(tally, s.txn, s.visit.now, 100, &err), &err);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_tally_query query = {.source = WV_TALLY_ALL,
		                               .from_day = INT32_MIN,
		                               .to_day = INT32_MAX,
		                               .at = WV_TIME_NONE,
		                               .known_at = WV_TIME_NONE};
		struct wv_tally_source source = {0};
		int32_t first = day, last = day;

		if (rows[i].at >= 0)
			query.at.us = WV_TEST_START + rows[i].at * WV_US_PER_DAY;
		if (rows[i].known_at >= 0)
			query.known_at.us = WV_TEST_START + rows[i].known_at * WV_US_PER_DAY;
		(void)wv_tally_sources(tally, &query, &source, 1);
		(void)wv_tally_span(tally, &query, &first, &last);
		if (source.sum.captures != rows[i].captures || source.sum.fresh != rows[i].fresh ||
		    last - day != rows[i].last)
			fail_msg("%s: %llu captures, %llu new, to day %d", rows[i].name,
			         (unsigned long long)source.sum.captures,
			         (unsigned long long)source.sum.fresh, last - day);
	}
	/* What is taken down later is counted no more. */
	hide(&s, "com,example)/a", false, 0);
	must(wv_tally_follow(tally, look(&s)->txn, s.visit.now, 100, &err), &err);
	{
		const struct wv_tally_query all = {.source = WV_TALLY_ALL,
		                                   .from_day = INT32_MIN,
		                                   .to_day = INT32_MAX,
		                                   .at = WV_TIME_NONE,
		                                   .known_at = WV_TIME_NONE};
		struct wv_tally_source source = {0};

		assert_int_equal(wv_tally_sources(tally, &all, &source, 1), 1);
		assert_int_equal(source.sum.captures, 1);
	}
	wv_tally_free(&tally);
	close_stage(&s);
}

static void charts_have_their_table(void **state)
{
	const struct wv_slice places[] = {WV_LIT("a"), WV_LIT("<b>"), WV_LIT("c")};
	const uint64_t values[] = {10, 0, 5}, parts[] = {5, 0, 0};
	struct stage s;

	(void)state;
	open_stage(&s);
	wv_chart_add(&s.out, look(&s),
	             &(struct wv_chart){.kind = WV_CHART_BARS,
	                                .id = "x",
	                                .title = WV_PHRASE_RATE_OF,
	                                .subject = WV_LIT("S & T"),
	                                .place_name = WV_PHRASE_DAY,
	                                .value_name = WV_PHRASE_RATE_LOOKED,
	                                .part_name = WV_PHRASE_RATE_NEW,
	                                .places = places,
	                                .values = values,
	                                .parts = parts,
	                                .count = 3});
	assert_true(has(&s, "role=\"img\" aria-labelledby=\"x-t x-d\""));
	assert_true(has(&s, "S &amp; T</title>"));
	assert_true(has(&s, "at most 10 (a)"));
	assert_false(has(&s, "<b>"));
	/* Half as high, and nothing of what is nothing. */
	assert_true(has(&s, "<path class=\"bar\" d=\"M1.0 100v-100.0h331.3V100zM667.6 100v-50.0h331.4"));
	assert_true(has(&s, "<path class=\"part\" d=\"M1.0 100v-50.0h331.3V100z\"/>"));
	assert_int_equal(count_of(&s, "<th scope=\"row\">"), 3);
	close_stage(&s);
}

static void charts_and_lists_do_not_leak(void **state)
{
	struct wv_err err = no_error;
	struct wv_tally *tally = NULL;
	const struct wv_view_pulse_query pulse = {.days = 30};
	const struct wv_view_listing_query source = {.name = WV_LIT("Example"), .page = 1};
	const struct wv_view_listing_query category = {.name = WV_LIT("markets"),
	                                               .is_category = true,
	                                               .page = 1};
	struct wv_search *search;
	struct wv_visit *visit;
	struct stage s;

	(void)state;
	open_stage(&s);
	fill_history(&s);
	must(wv_tally_new(&tally, &err), &err);
	must(wv_tally_follow(tally, look(&s)->txn, s.visit.now, 100, &err), &err);
	s.visit.tally = tally;
	must(wv_view_listing(&s.visit, &source, &s.out, &err), &err);
	assert_true(markup_is_sound("source", wv_buf_slice(&s.out)));
	assert_true(has(&s, "47 million") && has(&s, "Captures</dt><dd>5<"));
	visit = look_at(&s, 1 * DAY - HOUR);
	visit->tally = tally;
	must(wv_view_listing(visit, &source, &s.out, &err), &err);
	assert_true(has(&s, "41 million") && has(&s, "article 100"));
	assert_false(has(&s, "47 million") || has(&s, "&lt;script") || has(&s, "snapshot/1"));
	assert_int_equal(wv_view_listing(look_at(&s, -HOUR), &source, &s.out, &err), WV_NO);
	assert_int_equal(wv_view_listing(look_at(&s, -HOUR), &category, &s.out, &err), WV_NO);
	must(wv_view_listing(look(&s), &category, &s.out, &err), &err);
	assert_int_equal(count_of(&s, "<li class=\"item\">"), 2);
	search = open_search(&s);
	visit = look(&s);
	visit->search = search;
	must(wv_view_listing(visit, &category, &s.out, &err), &err);
	assert_int_equal(count_of(&s, "<li class=\"item\">"), 2);
	visit = look_at(&s, -HOUR);
	visit->search = search;
	assert_int_equal(wv_view_listing(visit, &category, &s.out, &err), WV_NO);
	wv_search_close(&search);
	visit = look_at(&s, 2 * DAY);
	visit->tally = tally;
	must(wv_view_pulse(visit, &pulse, &s.out, &err), &err);
	assert_true(has(&s, "row\">2024-06-06") && !has(&s, "row\">2024-06-08"));
	assert_true(markup_is_sound("pulse", wv_buf_slice(&s.out)));
	assert_true(has(&s, "Only days that were over"));
	wv_tally_free(&tally);
	close_stage(&s);
}

/* Who carried a text when: a running total by the hour, and each page in a row. */
static void growth_is_by_the_hour(void **state)
{
	struct wv_spread_page pages[3] = {{0}, {0}, {0}};
	static const int64_t hours[] = {0, 2, 2};
	const struct wv_spread spread = {.pages = pages, .count = 3};
	const struct wv_spread alone = {.pages = pages, .count = 1};
	struct stage s;

	(void)state;
	open_stage(&s);
	for (size_t i = 0; i < WV_COUNT(pages); i++) {
		pages[i].first = wv_test_capture(&s.archive, "/x", hours[i] * HOUR);
		pages[i].first.id = i;
		pages[i].article = wv_test_article(&s.archive, "A & B", "Text.");
		pages[i].earliest = WV_TIME_NONE;
		pages[i].latest = pages[i].first.captured;
	}
	wv_growth_add(&s.out, look(&s), &alone);
	assert_int_equal(s.out.n, 0);
	wv_growth_add(&s.out, &s.visit, &spread);
	assert_true(has(&s, "2024-06-05 05:00</th><td class=\"number\">1<"));
	assert_true(has(&s, "2024-06-05 06:00</th><td class=\"number\">1<"));
	assert_true(has(&s, "2024-06-05 07:00</th><td class=\"number\">3<"));
	assert_int_equal(count_of(&s, "A &amp; B"), 3);
	close_stage(&s);
}

/* Of "one|many", the form `many` or that for one. */
static struct wv_slice form_of(struct wv_slice phrase, bool many)
{
	size_t bar = wv_slice_find_byte(phrase, '|', 0);

	if (bar == SIZE_MAX)
		return phrase;
	return many ? wv_slice_from(phrase, bar + 1) : wv_slice_part(phrase, 0, bar);
}

static size_t places_in(struct wv_slice phrase)
{
	size_t count = 0;

	for (size_t at = 0; (at = wv_slice_find(phrase, WV_LIT("%s"), at)) != SIZE_MAX; at += 2)
		count++;
	return count;
}

enum letter { LETTER_NONE, LETTER_CJK, LETTER_LATIN, LETTER_VALUE, LETTER_MARK, LETTER_YEAR };

static enum letter next_letter(struct wv_slice text, size_t *at)
{
	uint32_t c = wv_text_next(text, at);

	if (c == '%' && *at < text.n && text.p[*at] == 's') {
		++*at;
		return LETTER_VALUE;
	}
	if (c == 0x5E74)
		return LETTER_YEAR;
	if ((c >= 0x3041 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF))
		return LETTER_CJK;
	if (c >= 0x80)
		return LETTER_NONE;
	if (strchr(",:;?!()", (int)c))
		return LETTER_MARK;
	return wv_byte_is_alpha((unsigned char)c) ? LETTER_LATIN : LETTER_NONE;
}

/* What a native editor would strike out: ASCII punctuation beside Han and kana; Latin letters or a
 * value that lean against them (a year does by custom). */
static bool is_set_well(struct wv_slice text)
{
	enum letter before = LETTER_NONE;

	for (size_t at = 0; at < text.n;) {
		enum letter now = next_letter(text, &at);

		if ((before == LETTER_CJK && now > LETTER_CJK && now < LETTER_YEAR) ||
		    (now == LETTER_CJK && before > LETTER_CJK && before < LETTER_YEAR))
			return false;
		before = now;
	}
	return true;
}

/* Each phrase has its place for a value in all languages, or in none; ends as a sentence in all or in
 * none; two forms for numbers only where the language has them. */
static void phrases_agree(void **state)
{
	(void)state;
	for (int p = 0; p < (int)WV_PHRASE_COUNT; p++) {
		struct wv_slice english = form_of(
			wv_slice_of(wv_phrase(WV_TONGUE_EN, (enum wv_phrase)p)), true);
		bool is_sentence = english.p[english.n - 1] == '.';

		for (int t = 0; t < (int)WV_TONGUE_COUNT; t++) {
			struct wv_slice all = wv_slice_of(wv_phrase((enum wv_tongue)t, (enum wv_phrase)p));
			struct wv_slice own = form_of(all, true);
			bool ends = t == WV_TONGUE_EN ? is_sentence
			                              : own.n > 2 && !memcmp(own.p + own.n - 3, "\xe3\x80\x82", 3);

			if (!own.n || places_in(own) != places_in(english) || places_in(own) > 1)
				fail_msg("phrase %d, language %d: '%.*s' has another place", p, t, WV_FMT(own));
			if (t != WV_TONGUE_EN && (all.n != own.n || !is_set_well(own)))
				fail_msg("phrase %d, language %d: '%.*s' is not set well", p, t, WV_FMT(own));
			if (ends != is_sentence)
				fail_msg("phrase %d, language %d: '%.*s' ends otherwise", p, t, WV_FMT(own));
		}
	}
}

static void numbers_have_their_form(void **state)
{
	struct stage s;

	(void)state;
	open_stage(&s);
	wv_say_count(&s.out, look(&s), WV_PHRASE_ABOUT_CAPTURES, 1);
	wv_html(&s.out, ";");
	wv_say_count(&s.out, &s.visit, WV_PHRASE_ABOUT_CAPTURES, 2);
	wv_html(&s.out, ";");
	wv_say_count(&s.out, &s.visit, WV_PHRASE_SHARES_OF, 1);
	assert_true(has(&s, "1 capture;2 captures;the newest capture"));
	close_stage(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(history_says_what_was),
		cmocka_unit_test(a_headline_changes_alone),
		cmocka_unit_test(history_shows_a_stretch),
		cmocka_unit_test(what_was_taken_down_is_not_shown),
		cmocka_unit_test(comparison_names_figures_first),
		cmocka_unit_test(a_page_is_compared_by_what_can_be_read),
		cmocka_unit_test(search_answers_as_of),
		cmocka_unit_test(facets_count_what_they_lead_to),
		cmocka_unit_test(an_address_is_told_from_words),
		cmocka_unit_test(an_index_is_read_while_another_follows),
		cmocka_unit_test(feeds_lead_to_snapshots),
		cmocka_unit_test(totals_are_of_whole_days),
		cmocka_unit_test(charts_have_their_table),
		cmocka_unit_test(charts_and_lists_do_not_leak),
		cmocka_unit_test(growth_is_by_the_hour),
		cmocka_unit_test(phrases_agree),
		cmocka_unit_test(numbers_have_their_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
