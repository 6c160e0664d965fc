/*
 * make_year FOLDER SEED FROM TO: an archive of a year as a seed decides it, months FROM up to
 * before TO of twelve; a later call goes on where the one before ended. On stdout a journal, one
 * JSON object for each thing that became known: what the oracle of as-of answers works from, and
 * all it knows. New pages, edits, reverts, repeated bodies, 304s, failures, walls, redirects, late
 * imports, captures read later, readings anew, undated, misdated and equal instants.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/proof/merkle.h"
#include "archive/store/batch.h"
#include "archive/store/lookup.h"
#include "config/base/json.h"
#include "config/base/limits.h"
#include "tests/support/random.h"

#define START   INT64_C(1704067200000000) /* 2024-01-01T00:00:00Z */
#define MONTH   (INT64_C(30) * WV_US_PER_DAY)
#define PAGES   150u
#define KEPT    4000u /* captures that can be read anew */
#define ARENA   (16u * WV_MIB)
#define BLOCKS  5u

static const char *const words[][24] = {
	{"股", "市", "央行", "利率", "英伟达", "芯片", "油价", "上涨", "下跌", "中国", "美国", "市场",
         "公司", "A股", "5G", "汇率", "出口", "关税", "黄金", "人工智能", "的", "在", "昨天", "宣布"},
	{"円", "日銀", "円安", "金利", "エヌビディア", "原油", "の", "は", "東京", "株", "半導体", "決算",
         "輸出", "ドル", "発表", "した", "米国", "中国", "市況", "H100", "を", "に", "上昇", "下落"},
	{"oil", "gas", "bank", "rate", "rates", "cut", "the", "of", "in", "central", "Nvidia", "chips",
         "gold", "tariff", "exports", "company", "said", "on", "Monday", "shares", "rose", "fell",
         "H100", "AI"},
};
static const char *const languages[] = {"zh", "ja", "en"};
static const char *const sources[] = {"Alpha", "Beta", "财联社"};
static const char *const categories[] = {"财经", "markets", "tech", ""};

struct year {
	struct wv_store *store;
	struct wv_clock *clock;
	struct wv_random random;
	struct wv_arena *arena;
	struct kept {
		uint64_t id;
		unsigned language;
		int64_t captured;
	} kept[KEPT];
	size_t kept_count;
};

static void must(enum wv_status st, const struct wv_err *err)
{
	if (st == WV_OK)
		return;
	(void)fprintf(stderr, "%s: %s\n", wv_status_name(st), err->text);
	exit(1);
}

static uint64_t below(struct year *y, uint64_t n)
{
	return wv_random_below(&y->random, n);
}

static struct wv_slice write(struct year *y, unsigned language, unsigned count)
{
	struct wv_buf text = {.cap = WV_MIB};
	struct wv_slice copy;

	for (unsigned i = 0; i < count; i++) {
		uint64_t pick = below(y, 24) * (1 + below(y, 24)) / 24;

		if (i && language == 2)
			wv_buf_add_byte(&text, ' ');
		wv_buf_add_string(&text, words[language][pick]);
		if (below(y, 6) == 0)
			wv_buf_add_string(&text, language == 2 ? "," : "，");
	}
	wv_buf_add_string(&text, language == 2 ? "." : "。");
	copy = wv_arena_copy(y->arena, wv_buf_slice(&text));
	wv_buf_done(&text);
	return copy;
}

static struct wv_article make_article(struct year *y, unsigned language, int64_t captured)
{
	struct wv_block *blocks = WV_ARENA_ARRAY(y->arena, struct wv_block, BLOCKS);
	struct wv_slice *topics = WV_ARENA_ARRAY(y->arena, struct wv_slice, 2);
	static const enum wv_verdict verdicts[] = {WV_VERDICT_PAYWALL_STUB, WV_VERDICT_LISTING,
	                                           WV_VERDICT_SOFT_404, WV_VERDICT_CONSENT_WALL};
	uint64_t kind = below(y, 40);
	struct wv_article a = {
		.verdict = kind < WV_COUNT(verdicts) ? verdicts[kind] : WV_VERDICT_ARTICLE,
		.title = below(y, 12) ? write(y, language, 2 + (unsigned)below(y, 4)) : WV_SLICE_NONE,
		.category = wv_slice_of(categories[below(y, WV_COUNT(categories))]),
		.category_basis = WV_LIT("page"),
		.language = wv_slice_of(languages[language]),
		.blocks = blocks,
		.block_count = 1 + below(y, BLOCKS),
		.topics = topics,
		.is_free = -1,
		.extractor = 1,
	};

	for (size_t i = 0; i < a.block_count; i++)
		blocks[i].text = write(y, language, 3 + (unsigned)below(y, 12));
	if (below(y, 3) == 0)
		topics[a.topic_count++] = WV_LIT("chips");
	if (below(y, 4) == 0)
		topics[a.topic_count++] = WV_LIT("energy");
	if (below(y, 3)) {
		/* Mostly a little before, now and then after what saw it. */
		int64_t ago = (int64_t)below(y, 40) * INT64_C(3600000000) - INT64_C(7200000000);
		char text[WV_TIME_TEXT_MAX];

		a.published.is_set = true;
		a.published.earliest.us = (captured - ago) / WV_US_PER_S * WV_US_PER_S;
		a.published.latest = a.published.earliest;
		a.published.zone = WV_ZONE_EXPLICIT;
		a.published.text = wv_arena_format(
			y->arena, "%s", wv_time_print(a.published.earliest, text));
		a.published.raw = a.published.text;
		a.published.found = WV_LIT("meta article:published_time");
	}
	return a;
}

/* --- the journal --- */

static void add_article(struct wv_json_writer *w, const struct wv_article *a)
{
	if (!a) {
		wv_json_null(w, "article");
		return;
	}
	wv_json_open_object(w, "article");
	wv_json_string(w, "verdict", wv_slice_of(wv_verdict_name(a->verdict)));
	wv_json_string(w, "title", a->title);
	wv_json_string(w, "category", a->category);
	wv_json_string(w, "language", a->language);
	wv_json_open_array(w, "topics");
	for (size_t i = 0; i < a->topic_count; i++)
		wv_json_string(w, NULL, a->topics[i]);
	wv_json_close(w);
	wv_json_open_array(w, "blocks");
	for (size_t i = 0; i < a->block_count; i++)
		wv_json_string(w, NULL, a->blocks[i].text);
	wv_json_close(w);
	if (a->published.is_set)
		wv_json_int(w, "published", a->published.earliest.us);
	else
		wv_json_null(w, "published");
	wv_json_close(w);
}

static void print(struct wv_buf *line)
{
	wv_buf_add_byte(line, '\n');
	(void)fwrite(line->p, 1, line->n, stdout);
}

struct told {
	struct wv_time recorded;
	struct wv_batch_capture capture;
};

static void keep_result(enum wv_status st, const struct wv_batch_result *result,
                        const struct wv_err *err, void *context)
{
	struct told *told = context;

	must(st, err);
	told->recorded = result->recorded;
	if (result->capture_count)
		told->capture = result->captures[0];
}

static struct told commit(struct year *y, struct wv_batch *batch)
{
	struct told told = {{0}, {0}};
	struct wv_err err = WV_ERR_NONE;
	enum wv_status status;

	wv_batch_on_done(batch, keep_result, &told);
	must(wv_batch_commit(y->store, &batch, 1, &status, &err), &err);
	must(status, &err);
	wv_batch_free(&batch);
	return told;
}

static void journal_capture(const struct wv_capture *c, const struct wv_article *a,
                            const struct told *told, bool has_body)
{
	WV_AUTO(wv_buf_done) struct wv_buf line = {.cap = WV_MIB};
	struct wv_json_writer w;

	wv_json_begin(&w, &line);
	wv_json_open_object(&w, NULL);
	wv_json_string(&w, "kind", WV_LIT("capture"));
	wv_json_u64(&w, "id", told->capture.id);
	wv_json_u64(&w, "page", told->capture.page);
	wv_json_string(&w, "url", c->url);
	wv_json_int(&w, "captured", c->captured.us);
	wv_json_int(&w, "recorded", told->recorded.us);
	wv_json_int(&w, "status", c->status);
	wv_json_bool(&w, "redirect", (c->flags & WV_CAPTURE_REDIRECT) != 0);
	wv_json_bool(&w, "body", has_body || told->capture.has_stands_for);
	wv_json_string(&w, "source", c->source);
	wv_json_string(&w, "verdict", wv_slice_of(wv_verdict_name(a ? a->verdict : c->verdict)));
	if (told->capture.has_stands_for)
		wv_json_u64(&w, "stands_for", told->capture.stands_for);
	else
		wv_json_null(&w, "stands_for");
	add_article(&w, a);
	wv_json_close(&w);
	print(&line);
}

/* --- what happens --- */

static void add_capture(struct year *y, unsigned page, int64_t captured)
{
	unsigned language = page % 3;
	uint64_t kind = below(y, 24);
	struct wv_article article;
	struct wv_capture c = {
		.url = wv_arena_format(y->arena, "https://www.example.org/news/%u", page),
		.page_key = wv_arena_format(y->arena, "org,example)/news/%u", page),
		.captured = {captured},
		.status = 200,
		.source = wv_slice_of(sources[page % WV_COUNT(sources)]),
		.headers = WV_LIT("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"),
		.mime = WV_LIT("text/html"),
		.basis = WV_LIT("robots allow"),
	};
	struct wv_batch_body body = {.bytes = WV_SLICE_NONE};
	struct wv_batch *batch = NULL;
	struct wv_err err = WV_ERR_NONE;
	bool has_body = true, has_article = true;
	struct told told;

	body.bytes = wv_arena_format(y->arena, "<p>%llu</p>",
	                             (unsigned long long)wv_random_next(&y->random));
	if (kind == 0) { /* fails */
		c.status = below(y, 2) ? 503 : 0;
		c.verdict = c.status ? WV_VERDICT_OTHER : WV_VERDICT_FAILED;
		has_body = has_article = false;
	} else if (kind == 1) { /* goes elsewhere */
		c.status = 301;
		c.flags = WV_CAPTURE_REDIRECT;
		c.verdict = WV_VERDICT_OTHER;
		has_article = false;
	} else if (kind == 2) { /* gone */
		c.status = 404;
		c.verdict = WV_VERDICT_OTHER;
		has_article = false;
	} else if (kind < 6) { /* not modified */
		c.status = 304;
		c.flags = WV_CAPTURE_NOT_MODIFIED;
		has_body = has_article = false;
	} else if (kind < 8) { /* the same page as often before */
		body.bytes = wv_arena_format(y->arena, "<p>page %u</p>", page);
	} else if (kind == 8) { /* read later, or never */
		has_article = false;
	}
	if (has_article)
		article = make_article(y, language, captured);
	if (has_article && kind >= 6 && kind < 8) {
		/* Bytes that repeat say the same. */
		struct wv_random kept = y->random;

		y->random.state = page * 77 + 5;
		article = make_article(y, language, START + (int64_t)page * WV_US_PER_DAY);
		y->random = kept;
	}
	must(wv_batch_new(y->store, &batch, &err), &err);
	must(wv_batch_add_capture(batch, &c, has_body ? &body : NULL,
	                          has_article ? &article : NULL, NULL, &err),
	     &err);
	told = commit(y, batch);
	journal_capture(&c, has_article ? &article : NULL, &told, has_body);
	if (c.status == 200 && y->kept_count < KEPT)
		y->kept[y->kept_count++] =
			(struct kept){told.capture.id, language, c.captured.us};
}

static void read_anew(struct year *y)
{
	const struct kept *kept = &y->kept[below(y, y->kept_count)];
	struct wv_article article = make_article(y, kept->language, kept->captured);
	WV_AUTO(wv_buf_done) struct wv_buf line = {.cap = WV_MIB};
	struct wv_json_writer w;
	struct wv_batch *batch = NULL;
	struct wv_err err = WV_ERR_NONE;
	struct told told;

	article.extractor = 2;
	must(wv_batch_new(y->store, &batch, &err), &err);
	must(wv_batch_add_article(batch, kept->id, &article, &err), &err);
	told = commit(y, batch);
	wv_json_begin(&w, &line);
	wv_json_open_object(&w, NULL);
	wv_json_string(&w, "kind", WV_LIT("reading"));
	wv_json_u64(&w, "id", kept->id);
	wv_json_int(&w, "recorded", told.recorded.us);
	add_article(&w, &article);
	wv_json_close(&w);
	print(&line);
}

static void make_month(struct year *y, uint64_t seed, int64_t month)
{
	int64_t now = START + month * MONTH, end = now + MONTH;

	y->random.state = seed * 1000 + (uint64_t)month;
	while (now < end) {
		uint64_t kind = below(y, 20);
		/* Pages come up one after another; the newer ones are looked at more. */
		unsigned known = 1 + (unsigned)((now - START) * PAGES / (12 * MONTH));
		unsigned page = known - 1 - (unsigned)(below(y, known) * below(y, known) / known);
		int64_t back = 0;

		wv_arena_reset(y->arena);
		now += (int64_t)below(y, 12) * INT64_C(3600000000) + (int64_t)below(y, 5000000);
		wv_clock_turn(y->clock, now - wv_clock_now(y->clock).us);
		if (kind < 3)
			back = (int64_t)below(y, 90) * WV_US_PER_DAY;
		if (kind == 3) /* at the very instant of others */
			back = (now - START) % (6 * WV_US_PER_DAY);
		if (kind >= 17 && y->kept_count)
			read_anew(y);
		else
			add_capture(y, page, now - back > START ? now - back : START);
	}
}

/* What an earlier call made can be read anew too. */
static void find_kept(struct year *y)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_store_totals totals;
	struct wv_err err = WV_ERR_NONE;

	must(wv_store_begin_read(y->store, &txn, &err), &err);
	must(wv_store_totals(txn, &totals, &err), &err);
	for (uint64_t id = 0; id < totals.captures && y->kept_count < KEPT; id++) {
		struct wv_capture c;
		uint64_t page = 0;
		size_t at;

		wv_arena_reset(y->arena);
		must(wv_store_capture(txn, y->arena, id, WV_TIME_NONE, &c, &err), &err);
		at = wv_slice_find(c.url, WV_LIT("/news/"), 0) + 6;
		if (c.status == 200 && wv_slice_u64(wv_slice_from(c.url, at), &page))
			y->kept[y->kept_count++] =
				(struct kept){id, (unsigned)page % 3, c.captured.us};
	}
}

int main(int argc, char **argv)
{
	static struct year y;
	const struct wv_store_options options = {.create = true};
	uint64_t seed = 0, from = 0, to = 12;
	struct wv_err err = WV_ERR_NONE;

	if (argc != 5 || !wv_slice_u64(wv_slice_of(argv[2]), &seed) ||
	    !wv_slice_u64(wv_slice_of(argv[3]), &from) || !wv_slice_u64(wv_slice_of(argv[4]), &to))
		return 64;
	must(wv_clock_new_simulated(NULL, (struct wv_time){START + (int64_t)from * MONTH}, &y.clock,
	                            &err),
	     &err);
	must(wv_arena_new(ARENA, &y.arena, &err), &err);
	must(wv_store_open(argv[1], &options, y.clock, &y.store, &err), &err);
	must(wv_merkle_follow(y.store, &err), &err);
	find_kept(&y);
	for (uint64_t month = from; month < to; month++)
		make_month(&y, seed, (int64_t)month);
	wv_store_close(&y.store);
	wv_clock_free(&y.clock);
	wv_arena_free(&y.arena);
	return 0;
}
