/* What an addition costs where clusters are large: of the overlaps that a text comes with each is
 * looked at a bounded number of times, however many there are. Counted, not timed. */
#include "archive/copies/cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/base/limits.h"
#include "tests/support/folder.h"
#include "tests/support/random.h"

#define TEXTS     420u
#define LAST      140u /* of which the work is counted, once the cluster is large */
#define TIMES_MAX 12u  /* each of the texts so far, at most; three times the worst that was seen */

static void add_sentences(struct wv_buf *text, uint32_t story, uint32_t from, uint32_t to)
{
	for (uint32_t s = from; s < to; s++) {
		uint64_t seed = story * 1000u + s + 1;

		for (int word = 0; word < 14; word++)
			wv_buf_add_format(text, "w%u ", wv_roll(&seed) % 5000);
		wv_buf_add_string(text, "end.\n");
	}
}

static void make_front(struct wv_buf *text, uint32_t number, uint64_t *seed)
{
	add_sentences(text, 1, 0, 10 + wv_roll(seed) % 90);
	add_sentences(text, 100 + number, 0, 1); /* no two are equal */
}

static void make_piece(struct wv_buf *text, uint32_t number, uint64_t *seed)
{
	uint32_t from = wv_roll(seed) % 30;

	add_sentences(text, 1, from, from + 20);
	add_sentences(text, 100 + number, 0, 1);
}

static void make_thinned(struct wv_buf *text, uint32_t number, uint64_t *seed)
{
	(void)number;
	for (uint32_t s = 0; s < 100; s++)
		if (wv_roll(seed) % 5 < 2)
			add_sentences(text, 1, s, s + 1);
}

/* One story, and behind it another that is there by itself too. */
static void make_two(struct wv_buf *text, uint32_t number, uint64_t *seed)
{
	if (number % 2 == 0)
		add_sentences(text, 1, 0, 24 + wv_roll(seed) % 8);
	add_sentences(text, 100 + number / 2, 0, 10);
}

static void make_beginning(struct wv_buf *text, uint32_t number, uint64_t *seed)
{
	(void)seed;
	add_sentences(text, 1, 0, 10);
	add_sentences(text, 100 + number, 0, 10);
}

static const struct {
	const char *name;
	void (*make)(struct wv_buf *text, uint32_t number, uint64_t *seed);
	uint32_t least, most; /* in the cluster of the first text, at the end */
} kinds[] = {
	{"fronts of one text", make_front, TEXTS, TEXTS},
	{"pieces of one text", make_piece, TEXTS, TEXTS},
	{"one text thinned", make_thinned, TEXTS - 5, TEXTS},
	{"two stories in one text", make_two, TEXTS / 2 - 5, TEXTS / 2},
	{"one beginning of many texts", make_beginning, TEXTS, TEXTS},
};

static enum wv_status count_member(void *context, uint64_t document, struct wv_err *err)
{
	(void)document;
	(void)err;
	++*(uint32_t *)context;
	return WV_OK;
}

/* Gives the overlaps looked at for the last texts, each counted by how many there were. */
static double run(size_t kind, uint32_t *together)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {0};
	WV_AUTO(wv_buf_done) struct wv_buf text = {0};
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	const struct wv_db_options options = {.create = true, .map_bytes = 256 * WV_MIB};
	const struct wv_copies_options copies_options = {.partition_us = 0};
	struct wv_db *db = NULL;
	struct wv_copies *copies = NULL;
	struct wv_txn *txn = NULL;
	uint64_t seed = 7, before = 0, met = 0, work;

	wv_test_folder_make(&folder);
	wv_buf_init(&text, WV_MIB);
	assert_int_equal(wv_arena_new(256u * WV_MIB, &arena, NULL), WV_OK);
	assert_int_equal(wv_db_open(folder.path, &options, &db, NULL), WV_OK);
	assert_int_equal(wv_copies_new(&copies_options, &copies, NULL), WV_OK);
	assert_int_equal(wv_txn_begin_write(db, &txn, NULL), WV_OK);
	for (uint32_t i = 0; i < TEXTS; i++) {
		struct wv_fingerprint print;
		struct wv_copies_document document = {.number = i + 1,
		                                      .when = WV_TIME_NONE,
		                                      .recorded = {i},
		                                      .fingerprint = &print};

		wv_buf_reset(&text);
		wv_arena_reset(arena);
		kinds[kind].make(&text, i, &seed);
		assert_int_equal(wv_fingerprint_make(arena, wv_buf_slice(&text), &print, NULL),
		                 WV_OK);
		before = i == TEXTS - LAST ? wv_copies_work(copies) : before;
		met += i >= TEXTS - LAST ? i : 0;
		assert_int_equal(wv_copies_add(copies, txn, &document, 1, NULL), WV_OK);
	}
	work = wv_copies_work(copies) - before;
	*together = 0;
	assert_int_equal(wv_copies_each_member(txn, 1, WV_TIME_NONE, count_member, together, NULL),
	                 WV_OK);
	wv_txn_abort(&txn);
	wv_copies_free(&copies);
	wv_db_close(&db);
	return (double)work / (double)met;
}

static void test_work(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t kind = 0; kind < WV_COUNT(kinds); kind++) {
		uint32_t together;
		double times = run(kind, &together);

		printf("%s: each of the others looked at %.2f times for one more\n",
		       kinds[kind].name, times);
		if (times > TIMES_MAX || together < kinds[kind].least ||
		    together > kinds[kind].most) {
			printf("%s: expected at most %u times and %u to %u together, got %.2f and %u\n",
			       kinds[kind].name, TIMES_MAX, kinds[kind].least, kinds[kind].most,
			       times, together);
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_work)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
