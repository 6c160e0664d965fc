/* What is together as of (T, K): a year of captures, late imports and new readings, asked at ten
 * thousand random (T, K), against a naive program that compares every text with every other. */
#include "archive/copies/past.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "archive/copies/check.h"
#include "archive/copies/follow.h"
#include "archive/copies/relation.h"
#include "archive/store/lookup.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"
#include "tests/support/random.h"

#define CAPTURES  90u
#define READINGS  160u /* of all captures, the later ones included */
#define STORIES   9u
#define SENTENCES 14u
#define QUERIES   1500u /* or as many as the first argument says */
#define YEAR_S    (INT64_C(365) * 86400)

static void add_sentence(struct wv_buf *text, uint32_t story, uint32_t s)
{
	uint64_t seed = story * 1000u + s + 1;

	for (int word = 0; word < 14; word++)
		wv_buf_add_format(text, "w%u ", wv_roll(&seed) % 5000);
	wv_buf_add_string(text, "end.\n");
}

/* Whole, cut, thinned, bridges between two stories, round-ups, and many word for word. */
static void make_text(struct wv_buf *text, uint64_t *seed)
{
	uint32_t story = wv_roll(seed) % STORIES, kind = wv_roll(seed) % 8, to = SENTENCES;

	wv_buf_reset(text);
	if (kind == 1)
		to = 3 + wv_roll(seed) % 6;
	if (kind == 2 || kind == 3) {
		for (uint32_t i = 0; i < kind + 1; i++)
			for (uint32_t s = 0; s < 5; s++)
				add_sentence(text, (story + i) % STORIES, s);
		return;
	}
	for (uint32_t s = 0; s < to; s++)
		if (kind != 4 || wv_roll(seed) % 4)
			add_sentence(text, story, s);
	if (kind == 5)
		for (uint32_t s = 0; s < 7; s++)
			add_sentence(text, (story + 1) % STORIES, s);
}

/* ---- the naive program's own memory ---- */

struct told {
	uint64_t leaf;
	struct wv_time captured, recorded;
	bool is_article;
	struct wv_fingerprint print;
	uint32_t partition;
};

struct world {
	struct wv_test_archive archive;
	struct wv_arena *texts;
	struct told told[READINGS];
	uint32_t count;
	struct wv_overlap overlaps[READINGS][READINGS]; /* seen from the first */
	bool is_alike[READINGS][READINGS];
	/* of one query: */
	uint32_t nodes[READINGS]; /* a reading that stands for each node */
	uint32_t node_count;
	uint32_t node_of[READINGS];
};

static void compare_all(struct world *w)
{
	for (uint32_t i = 0; i < w->count; i++)
		for (uint32_t k = 0; k < w->count; k++) {
			const struct wv_fingerprint *x = &w->told[i].print, *y = &w->told[k].print;
			struct wv_sides p = wv_sides_of(x), q = wv_sides_of(y);
			int64_t apart = (int64_t)w->told[i].partition - w->told[k].partition;
			struct wv_shared shared;

			if (!w->told[i].is_article || !w->told[k].is_article)
				continue;
			if (wv_digest_equals(&x->exact, &y->exact)) {
				w->is_alike[i][k] = true;
				w->overlaps[i][k] = (struct wv_overlap){.mask = UINT64_MAX,
				                                        .other_mask = UINT64_MAX,
				                                        .explained = 10000,
				                                        .covered = 10000,
				                                        .shared = 100};
				continue;
			}
			wv_shared_begin(&shared, x->level, y->level);
			for (uint32_t a = 0; a < x->entry_count; a++)
				for (uint32_t b = 0; b < y->entry_count; b++)
					if (wv_fingerprint_hash(x->entries[a]) ==
					    wv_fingerprint_hash(y->entries[b]))
						wv_shared_add(&shared,
						              wv_fingerprint_hash(x->entries[a]),
						              wv_fingerprint_bucket(x->entries[a]),
						              wv_fingerprint_bucket(y->entries[b]));
			w->is_alike[i][k] = apart >= -1 && apart <= 1 &&
			                    wv_overlap_make(&p, &q, &shared, &w->overlaps[i][k]);
		}
}

/* The reading of a capture that was the newest at K; SIZE_MAX: it was not there at (T, K). */
static uint32_t reading_at(const struct world *w, uint64_t leaf, struct wv_time at,
                           struct wv_time known_at)
{
	uint32_t newest = UINT32_MAX;

	for (uint32_t i = 0; i < w->count; i++)
		if (w->told[i].leaf == leaf && w->told[i].recorded.us <= known_at.us &&
		    w->told[i].captured.us <= at.us)
			newest = i;
	return newest != UINT32_MAX && w->told[newest].is_article ? newest : UINT32_MAX;
}

static bool is_roundup(const struct world *w, uint32_t node)
{
	struct wv_overlap all[READINGS];
	size_t n = 0;

	for (uint32_t k = 0; k < w->node_count; k++)
		if (k != node && w->is_alike[w->nodes[node]][w->nodes[k]])
			all[n++] = w->overlaps[w->nodes[node]][w->nodes[k]];
	return !wv_is_settled(all, n) && wv_is_roundup(all, n, 0);
}

/* Seen from the first: another explains most of it, and this one a part of the rest. */
static bool is_void(const struct world *w, uint32_t node, uint32_t other)
{
	struct wv_overlap all[READINGS];
	struct wv_main_part main;
	size_t n = 0;

	for (uint32_t k = w->node_count; k-- > 0;)
		if (k != node && w->is_alike[w->nodes[node]][w->nodes[k]])
			all[n++] = w->overlaps[w->nodes[node]][w->nodes[k]];
	main = wv_main_part_of(all, n);
	return wv_overlap_is_void(&w->overlaps[w->nodes[node]][w->nodes[other]], &main);
}

/* Captures with that one, as flags by leaf. False: it was not there. */
static bool ask_naively(struct world *w, uint64_t leaf, struct wv_time at, struct wv_time known_at,
                        bool together[CAPTURES])
{
	bool roundup[READINGS], reached[READINGS] = {false}, again = true;

	w->node_count = 0;
	for (uint64_t l = 0; l < CAPTURES; l++) {
		uint32_t r = reading_at(w, l, at, known_at), node = 0;

		together[l] = false;
		w->node_of[l] = UINT32_MAX;
		if (r == UINT32_MAX)
			continue;
		while (node < w->node_count &&
		       (w->told[w->nodes[node]].partition != w->told[r].partition ||
		        !wv_digest_equals(&w->told[w->nodes[node]].print.exact,
		                          &w->told[r].print.exact)))
			node++;
		if (node == w->node_count)
			w->nodes[w->node_count++] = r;
		w->node_of[l] = node;
	}
	if (w->node_of[leaf] == UINT32_MAX)
		return false;
	for (uint32_t i = 0; i < w->node_count; i++)
		roundup[i] = is_roundup(w, i);
	reached[w->node_of[leaf]] = true;
	while (again) {
		again = false;
		for (uint32_t i = 0; i < w->node_count; i++)
			for (uint32_t k = 0; k < w->node_count; k++)
				if (reached[i] && !reached[k] &&
				    w->is_alike[w->nodes[i]][w->nodes[k]] &&
				    wv_is_copy(wv_overlap_likeness(
						       &w->overlaps[w->nodes[i]][w->nodes[k]]),
				               roundup[i], roundup[k]) &&
				    !is_void(w, i, k) && !is_void(w, k, i))
					reached[k] = again = true;
	}
	for (uint64_t l = 0; l < CAPTURES; l++)
		together[l] = w->node_of[l] != UINT32_MAX && reached[w->node_of[l]];
	return true;
}

/* ---- the year ---- */

static void tell(struct world *w, uint64_t leaf, struct wv_time captured,
                 const struct wv_article *article)
{
	struct told *told = &w->told[w->count++];
	struct wv_slice text;

	*told = (struct told){.leaf = leaf, .captured = captured};
	told->is_article = article->verdict == WV_VERDICT_ARTICLE;
	assert_int_equal(wv_article_text(article, w->texts, &text, NULL), WV_OK);
	assert_int_equal(wv_fingerprint_make(w->texts, text, &told->print, NULL), WV_OK);
	told->partition =
		wv_copies_partition_at(WV_COPIES_PARTITION_US, wv_copies_when(article, captured));
}

static void commit(struct world *w, struct wv_batch **batch, uint32_t first)
{
	struct wv_txn *txn = NULL;
	struct wv_time recorded;
	enum wv_status each = WV_OK;

	assert_int_equal(wv_batch_commit(w->archive.store, batch, 1, &each, NULL), WV_OK);
	assert_int_equal(each, WV_OK);
	wv_batch_free(batch);
	assert_int_equal(wv_store_begin_read(w->archive.store, &txn, NULL), WV_OK);
	assert_int_equal(wv_store_known_now(txn, &recorded, NULL), WV_OK);
	wv_txn_abort(&txn);
	for (uint32_t i = first; i < w->count; i++)
		w->told[i].recorded = recorded;
}

static struct wv_article article_of(struct world *w, uint64_t *seed, struct wv_time captured)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {0};
	struct wv_article article;
	struct wv_slice kept;

	wv_buf_init(&text, WV_MIB);
	make_text(&text, seed);
	wv_buf_add_byte(&text, 0);
	kept = wv_arena_copy(w->texts, wv_buf_slice(&text));
	article = wv_test_article(&w->archive, "Title", (const char *)kept.p);
	if (wv_roll(seed) % 3 == 0) {
		article.published.is_set = true;
		article.published.text = WV_LIT("2024-06-05");
		article.published.raw = article.published.found = WV_LIT("text");
		article.published.earliest.us =
			captured.us - (int64_t)(wv_roll(seed) % 40) * 86400 * 1000000;
		article.published.latest.us = article.published.earliest.us + 1000000;
	}
	return article;
}

static void put_captures(struct world *w, uint64_t *seed, uint64_t *next, uint32_t n)
{
	struct wv_batch *batch = NULL;
	uint32_t first = w->count;

	assert_int_equal(wv_batch_new(w->archive.store, &batch, NULL), WV_OK);
	for (uint32_t i = 0; i < n; i++) {
		struct wv_slice path = wv_arena_format(w->texts, "/page/%u", wv_roll(seed) % 50);
		/* Seconds after the start: from anywhere in the year, whenever it is imported. */
		struct wv_capture capture =
			wv_test_capture(&w->archive, wv_arena_string(w->texts, path),
		                        wv_roll(seed) % YEAR_S);
		struct wv_slice bytes = wv_arena_format(w->texts, "body %llu",
		                                        (unsigned long long)*next);
		const struct wv_batch_body body = {.bytes = bytes};
		struct wv_article article = article_of(w, seed, capture.captured);
		size_t index;

		assert_int_equal(wv_batch_add_capture(batch, &capture, &body, &article, &index,
		                                      NULL),
		                 WV_OK);
		if (wv_roll(seed) % 4) /* the others are found by the hook alone */
			assert_int_equal(wv_copies_note_capture(batch, index, capture.captured,
			                                        &article, w->texts, w->texts,
			                                        NULL),
			                 WV_OK);
		tell(w, (*next)++, capture.captured, &article);
	}
	commit(w, &batch, first);
}

static void read_anew(struct world *w, uint64_t *seed, uint64_t count)
{
	struct wv_batch *batch = NULL;
	const struct told *old = &w->told[wv_roll(seed) % w->count];
	uint64_t leaf = old->leaf;
	struct wv_time captured = old->captured;
	struct wv_article article = article_of(w, seed, captured);
	uint32_t first = w->count;

	assert_true(leaf < count);
	if (wv_roll(seed) % 5 == 0)
		article.verdict = WV_VERDICT_LISTING;
	assert_int_equal(wv_batch_new(w->archive.store, &batch, NULL), WV_OK);
	assert_int_equal(wv_batch_add_article(batch, leaf, &article, NULL), WV_OK);
	assert_int_equal(wv_copies_note_reading(batch, leaf, captured, &article, w->texts,
	                                        w->texts, NULL),
	                 WV_OK);
	tell(w, leaf, captured, &article);
	commit(w, &batch, first);
}

static void live_a_year(struct world *w, uint64_t *seed)
{
	uint64_t next = 0;

	while (next < CAPTURES) {
		uint32_t n = 1 + wv_roll(seed) % 4;

		if (w->count > 8 && wv_roll(seed) % 3 == 0 && w->count + CAPTURES - next < READINGS)
			read_anew(w, seed, next);
		else
			put_captures(w, seed, &next, n > CAPTURES - next ? (uint32_t)(CAPTURES - next) : n);
	}
	while (w->count < READINGS - 2)
		read_anew(w, seed, next);
}

/* ---- asking ---- */

static enum wv_status take_member(void *context, uint64_t document, struct wv_err *err)
{
	(void)err;
	assert_true(document < CAPTURES);
	((bool *)context)[document] = true;
	return WV_OK;
}

static void complain(const char *what, uint32_t round, uint64_t leaf, const bool *expected,
                     const bool *got)
{
	for (uint32_t i = 0; i < CAPTURES; i++)
		if (expected[i] != got[i])
			printf("%s, query %u, capture %u with %u: expected %d\n", what, round,
			       (unsigned)leaf, i, expected[i]);
}

static void ask(struct world *w, uint64_t *seed, uint32_t round, uint32_t *larger)
{
	bool expected[CAPTURES], got[CAPTURES] = {false};
	uint64_t leaf = wv_roll(seed) % CAPTURES, *ids = NULL;
	struct wv_time known_at = w->told[wv_roll(seed) % w->count].recorded;
	struct wv_past_query query = {.capture = leaf,
	                              .at = w->told[wv_roll(seed) % w->count].captured,
	                              .known_at = known_at,
	                              .partition_us = WV_COPIES_PARTITION_US};
	struct wv_txn *txn = NULL;
	size_t n = 0;
	bool is_there;

	if (round % 4 == 0)
		query.at.us = INT64_MAX;
	is_there = ask_naively(w, leaf, query.at, known_at, expected);
	assert_int_equal(wv_store_begin_read(w->archive.store, &txn, NULL), WV_OK);
	wv_arena_reset(w->archive.arena);
	assert_int_equal(wv_past_members(txn, w->archive.arena, &query, &ids, &n, NULL),
	                 is_there ? WV_OK : WV_NO);
	for (size_t i = 0; i < n; i++)
		got[ids[i]] = true;
	*larger += n > 1;
	if (is_there) {
		complain("past", round, leaf, expected, got);
		assert_memory_equal(expected, got, sizeof(got));
	}
	if (query.at.us == INT64_MAX) { /* all captures: the dated facts say the same */
		uint64_t cluster = 0;
		enum wv_status st = wv_copies_cluster(txn, leaf, known_at, &cluster, NULL);

		memset(got, 0, sizeof(got));
		assert_int_equal(st, is_there ? WV_OK : WV_NO);
		if (is_there) {
			assert_int_equal(wv_copies_each_member(txn, cluster, known_at,
			                                       take_member, got, NULL),
			                 WV_OK);
			complain("facts", round, leaf, expected, got);
			assert_memory_equal(expected, got, sizeof(got));
		}
	}
	wv_txn_abort(&txn);
}

static void tell_finding(const struct wv_finding *finding, void *context)
{
	(void)context;
	print_error("%s: %s: %s\n", finding->table, finding->record, finding->what);
}

static void test_any_time(void **state)
{
	const uint32_t *queries = *state;
	struct world *w = calloc(1, sizeof(*w));
	struct wv_copies_follower *follower = NULL;
	const struct wv_verify_options verify = {.depth = WV_VERIFY_FULL, .found = tell_finding};
	struct wv_verify_counts counts = {0};
	uint64_t seed = 23;
	uint32_t larger = 0;

	assert_non_null(w);
	assert_int_equal(wv_arena_new(1024u * WV_MIB, &w->texts, NULL), WV_OK);
	wv_test_archive_open(&w->archive, NULL);
	assert_int_equal(wv_copies_follow(w->archive.store, &follower, NULL), WV_OK);
	live_a_year(w, &seed);
	compare_all(w);
	for (uint32_t round = 0; round < *queries; round++)
		ask(w, &seed, round, &larger);
	assert_true(larger > *queries / 10);
	assert_int_equal(wv_copies_check(w->archive.store, &verify, &counts, NULL), WV_OK);
	wv_test_archive_close(&w->archive);
	wv_copies_follower_free(&follower);
	wv_arena_free(&w->texts);
	free(w);
}

int main(int argc, char **argv)
{
	uint64_t asked = QUERIES;
	uint32_t queries;
	const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(test_any_time, &queries)};

	if (argc > 1 && !wv_slice_u64(wv_slice_of(argv[1]), &asked))
		return 2;
	queries = (uint32_t)asked;

	return cmocka_run_group_tests(tests, NULL, NULL);
}
