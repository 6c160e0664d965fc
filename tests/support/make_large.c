/*
 * make_large FOLDER CAPTURES: an archive of a year with so many captures, half of them of one page,
 * the others of a page for every ten, from twenty sources: what pages and charts are measured on.
 */
#include <stdio.h>
#include <stdlib.h>

#include "archive/proof/merkle.h"
#include "archive/store/batch.h"
#include "config/base/limits.h"
#include "tests/support/random.h"

#define START   INT64_C(1704067200000000) /* 2024-01-01T00:00:00Z */
#define YEAR    (INT64_C(365) * WV_US_PER_DAY)
#define GROUP   200u
#define SOURCES 20u

static const char *const words[] = {
	"oil", "gas", "bank", "rate", "cut", "the", "of", "in", "central", "chips", "gold", "tariff",
	"exports", "company", "said", "on", "Monday", "shares", "rose", "fell", "council", "harbour",
	"vote", "strike", "minister", "storm", "island", "cable", "profit", "quarter", "million", "new",
};

static void must(enum wv_status st, const struct wv_err *err)
{
	if (st == WV_OK)
		return;
	(void)fprintf(stderr, "%s: %s\n", wv_status_name(st), err->text);
	exit(1);
}

static struct wv_slice sentence(struct wv_arena *arena, uint64_t seed, unsigned count)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = WV_MIB};
	struct wv_random random = {.state = seed};

	for (unsigned i = 0; i < count; i++)
		wv_buf_add_format(&text, "%s%s", i ? " " : "",
		                  words[wv_random_below(&random, WV_COUNT(words))]);
	wv_buf_add_byte(&text, '.');
	return wv_arena_copy(arena, wv_buf_slice(&text));
}

/* The page changes at every eighth capture; half of the others are 304. */
static struct wv_batch *make(struct wv_store *store, struct wv_arena *arena, uint64_t i, int64_t at)
{
	uint64_t page = i % 2 ? 0 : 1 + i / 20, version = i / 16;
	bool is_same = i % 16 > 1 && i % 4 < 2;
	struct wv_block *blocks = WV_ARENA_ARRAY(arena, struct wv_block, 6);
	struct wv_capture c = {
		.url = wv_arena_format(arena, "https://www.example.org/news/%llu",
	                               (unsigned long long)page),
		.page_key = wv_arena_format(arena, "org,example)/news/%llu",
	                                    (unsigned long long)page),
		.captured = {at},
		.status = is_same ? 304 : 200,
		.flags = is_same ? WV_CAPTURE_NOT_MODIFIED : 0,
		.source = wv_arena_format(arena, "Source %llu",
	                                  (unsigned long long)(page % SOURCES)),
		.headers = WV_LIT("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"),
		.mime = WV_LIT("text/html"),
		.basis = WV_LIT("robots allow"),
	};
	struct wv_article a = {.verdict = WV_VERDICT_ARTICLE,
	                       .title = sentence(arena, page * 31 + version / 4, 8),
	                       .category = page % 3 ? WV_LIT("Markets") : WV_LIT("Politics"),
	                       .category_basis = WV_LIT("page"),
	                       .language = WV_LIT("en"),
	                       .blocks = blocks,
	                       .block_count = 6,
	                       .is_free = -1,
	                       .extractor = 1};
	struct wv_batch_body body = {.bytes = wv_arena_format(
					     arena, "<h1>page %llu</h1><p>version %llu</p>",
					     (unsigned long long)page, (unsigned long long)version)};
	struct wv_batch *batch = NULL;
	struct wv_err err = WV_ERR_NONE;

	for (size_t k = 0; k < a.block_count; k++)
		blocks[k].text = sentence(arena, page * 7 + version * 131 + k, 40);
	must(wv_batch_new(store, &batch, &err), &err);
	must(wv_batch_add_capture(batch, &c, is_same ? NULL : &body, is_same ? NULL : &a, NULL,
	                          &err),
	     &err);
	return batch;
}

int main(int argc, char **argv)
{
	struct wv_store_options options = {.create = true};
	struct wv_store *store = NULL;
	struct wv_clock *clock = NULL;
	struct wv_arena *arena = NULL;
	struct wv_err err = WV_ERR_NONE;
	uint64_t captures = 0;

	if (argc != 3 || !wv_slice_u64(wv_slice_of(argv[2]), &captures) || !captures)
		return 64;
	must(wv_clock_new_simulated(NULL, (struct wv_time){START}, &clock, &err), &err);
	must(wv_store_open(argv[1], &options, clock, &store, &err), &err);
	must(wv_merkle_follow(store, &err), &err);
	must(wv_arena_new(64 * WV_MIB, &arena, &err), &err);
	for (uint64_t i = 0; i < captures;) {
		struct wv_batch *batches[GROUP];
		enum wv_status statuses[GROUP];
		size_t n = 0;

		wv_arena_reset(arena);
		for (; n < GROUP && i < captures; n++, i++)
			batches[n] = make(store, arena, i,
			                  START + (int64_t)((double)YEAR * (double)i /
			                                    (double)captures));
		wv_clock_turn(clock, START + (int64_t)((double)YEAR * (double)i / (double)captures) -
		                             wv_clock_now(clock).us);
		must(wv_batch_commit(store, batches, n, statuses, &err), &err);
		for (size_t k = 0; k < n; k++) {
			must(statuses[k], &err);
			wv_batch_free(&batches[k]);
		}
	}
	wv_store_close(&store);
	wv_clock_free(&clock);
	wv_arena_free(&arena);
	return 0;
}
