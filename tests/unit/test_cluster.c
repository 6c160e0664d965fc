/* Copy clusters, case by case: what a row of texts becomes, what its facts say, what is refused. */
#include "archive/copies/cluster.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/base/limits.h"
#include "tests/support/folder.h"
#include "tests/support/random.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define DAY_US        (INT64_C(86400) * WV_US_PER_S)
#define DOCUMENTS_MAX 16u

struct index {
	struct wv_test_folder folder;
	struct wv_db *db;
	struct wv_copies *copies;
	struct wv_arena *arena;
	struct wv_fingerprint prints[DOCUMENTS_MAX + 1]; /* of the document with that number */
};

static void index_open(struct index *index, int64_t partition_us)
{
	const struct wv_db_options options = {.create = true, .map_bytes = 64 * WV_MIB};
	const struct wv_copies_options copies = {.partition_us = partition_us};

	memset(index, 0, sizeof *index);
	wv_test_folder_make(&index->folder);
	assert_int_equal(wv_db_open(index->folder.path, &options, &index->db, NULL), WV_OK);
	assert_int_equal(wv_copies_new(&copies, &index->copies, NULL), WV_OK);
	assert_int_equal(wv_arena_new(64u * WV_MIB, &index->arena, NULL), WV_OK);
}

static void index_close(struct index *index)
{
	wv_copies_free(&index->copies);
	wv_copies_free(&index->copies); /* of none: nothing */
	wv_db_close(&index->db);
	wv_arena_free(&index->arena);
	wv_test_folder_remove(&index->folder);
}

/* Each letter is a sentence, always of the same words. */
static void print_of(struct index *index, const char *letters, size_t n, struct wv_fingerprint *out)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = WV_MIB};

	for (size_t i = 0; i < n; i++) {
		uint64_t seed = (uint64_t)letters[i] * 7919;

		for (int word = 0; word < 14; word++)
			wv_buf_add_format(&text, "w%u ", wv_roll(&seed) % 5000);
		wv_buf_add_string(&text, "end.\n");
	}
	assert_int_equal(wv_fingerprint_make(index->arena, wv_buf_slice(&text), out, NULL), WV_OK);
}

static enum wv_status add(struct index *index, uint64_t number, struct wv_time when,
                          const struct wv_fingerprint *print)
{
	const struct wv_copies_document document = {
		.number = number, .when = when, .recorded = {(int64_t)number * 10}, .fingerprint = print};
	struct wv_txn *txn = NULL;
	enum wv_status st;

	assert_int_equal(wv_txn_begin_write(index->db, &txn, NULL), WV_OK);
	st = wv_copies_add(index->copies, txn, &document, 1, NULL);
	if (st == WV_OK)
		assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	wv_txn_abort(&txn);
	return st;
}

/* Documents 1, 2, ... of texts that are parted by '|', recorded at 10, 20, ...; their number. */
static uint64_t add_all(struct index *index, const char *texts)
{
	uint64_t number = 0;

	for (const char *from = texts, *to = texts;; to++) {
		if (*to && *to != '|')
			continue;
		number++;
		assert_true(number <= DOCUMENTS_MAX);
		print_of(index, from, (size_t)(to - from), &index->prints[number]);
		assert_int_equal(add(index, number, WV_TIME_NONE, &index->prints[number]), WV_OK);
		if (!*to)
			return number;
		from = to + 1;
	}
}

/* The cluster of each document, "-" for one in none; an "r" behind a round-up. */
static void describe(struct index *index, uint64_t n, char *out, size_t room)
{
	struct wv_txn *txn = NULL;
	size_t at = 0;

	assert_int_equal(wv_txn_begin_read(index->db, &txn, NULL), WV_OK);
	for (uint64_t i = 1; i <= n && at + 8 < room; i++) {
		struct wv_copies_standing standing;
		enum wv_status st = wv_copies_standing(index->copies, txn, i, &standing, NULL);
		uint64_t cluster = 0;

		assert_int_equal(wv_copies_cluster(txn, i, WV_TIME_NONE, &cluster, NULL), st);
		if (st != WV_OK)
			at += (size_t)snprintf(out + at, room - at, "-");
		else
			at += (size_t)snprintf(out + at, room - at, "%d%s", (int)cluster,
			                       standing.is_roundup ? "r" : "");
	}
	out[at] = 0;
	wv_txn_abort(&txn);
}

static enum wv_status take_print(void *context, struct wv_txn *txn, uint64_t document,
                                 struct wv_arena *arena, struct wv_fingerprint *out,
                                 struct wv_err *err)
{
	const struct index *index = context;

	(void)txn;
	(void)arena;
	(void)err;
	*out = index->prints[document];
	return WV_OK;
}

static enum wv_status take_away(struct index *index, const uint64_t *documents, size_t n,
                                wv_copies_print_fn print)
{
	const struct wv_copies_removal removal = {.documents = documents,
	                                          .n = n,
	                                          .recorded = {1000},
	                                          .print = print,
	                                          .context = index};
	struct wv_txn *txn = NULL;
	enum wv_status st;

	assert_int_equal(wv_txn_begin_write(index->db, &txn, NULL), WV_OK);
	st = wv_copies_remove(index->copies, txn, &removal, NULL);
	if (st == WV_OK)
		assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	wv_txn_abort(&txn);
	return st;
}

/* What texts become, and what is left after one was taken away (0: none). */
static void test_clusters(void **state)
{
	static const struct {
		const char *name, *texts, *expected;
		uint64_t gone;
		const char *after;
	} rows[] = {
		{"alone", "abcdefgh", "1", 1, "-"},
		{"nothing in common", "abcdefgh|ijklmnop", "12", 1, "-2"},
		{"word for word", "abcdefgh|abcdefgh", "11", 1, "-2"},
		{"a beginning", "abcdefgh|abcde", "11", 2, "1-"},
		{"an end", "abcdefgh|defgh", "11", 1, "-2"},
		{"a copy with a sentence more", "abcdefgh|abcdefghi", "11", 0, NULL},
		{"one sentence of many", "abcdefghijklmn|nopqrstuvwxyzA", "12", 0, NULL},
		{"the first is the cluster", "ijklmnop|abcdefgh|abcdefg", "122", 2, "1-3"},
		{"a bridge joins two", "abcdefgh|abcdijkl|ABCDEFGH|abcdefghijkl", "1131", 4, NULL},
		{"three of one text", "abcdefgh|abcdefgh|abcdefgh", "111", 1, "-22"},
		{"an exact copy of what joined", "abcdefgh|abcdefghi|abcdefghi", "111", 2, "1-1"},
		{"nothing to compare", "|", "12", 1, "-2"},
	};
	char got[64];

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct index index;
		uint64_t n;

		index_open(&index, 0);
		n = add_all(&index, rows[i].texts);
		describe(&index, n, got, sizeof got);
		row_text(rows[i].name, wv_slice_of(got), rows[i].expected);
		if (rows[i].gone && rows[i].after) {
			assert_int_equal(take_away(&index, &rows[i].gone, 1, take_print), WV_OK);
			describe(&index, n, got, sizeof got);
			row_text(rows[i].name, wv_slice_of(got), rows[i].after);
		}
		index_close(&index);
	}
	rows_end();
}

/* "kind recorded before>cluster" of each fact of a document. */
static enum wv_status note_fact(void *context, const struct wv_copies_fact *fact, struct wv_err *err)
{
	(void)err;
	wv_buf_add_format(context, "%s %d %d>%d;", wv_copies_fact_name(fact->kind),
	                  (int)fact->recorded.us, (int)fact->before, (int)fact->cluster);
	return WV_OK;
}

static enum wv_status note_member(void *context, uint64_t document, struct wv_err *err)
{
	(void)err;
	wv_buf_add_format(context, "%d,", (int)document);
	return WV_OK;
}

/* 1 and 3 are joined by 4, a bridge, which is then taken away; 2 has the very text of 1. */
static void build_history(struct index *index)
{
	static const uint64_t bridge = 4;

	index_open(index, 0);
	add_all(index, "abcdefghij|abcdefghij|ghijklmnop|defghijklm");
	assert_int_equal(take_away(index, &bridge, 1, take_print), WV_OK);
}

static void test_facts(void **state)
{
	static const struct {
		uint64_t document;
		const char *expected;
	} rows[] = {
		{1, "first 10 1>1;"},
		{2, "join 20 1>1;"},
		{3, "first 30 3>3;join 40 3>1;split 1000 1>3;"},
		{4, "first 40 4>4;join 40 4>1;gone 1000 1>1;"},
		{5, ""},
	};
	struct index index;
	struct wv_txn *txn = NULL;

	(void)state;
	build_history(&index);
	assert_int_equal(wv_txn_begin_read(index.db, &txn, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf got = {.cap = WV_KIB};
		char name[16];

		snprintf(name, sizeof name, "document %d", (int)rows[i].document);
		assert_int_equal(wv_copies_each_fact(txn, rows[i].document, note_fact, &got, NULL),
		                 WV_OK);
		row_text(name, wv_buf_slice(&got), rows[i].expected);
	}
	wv_txn_abort(&txn);
	index_close(&index);
	row_text("no such kind", wv_slice_of(wv_copies_fact_name(WV_COPIES_FACT_KINDS)), "unknown");
	rows_end();
}

static void test_what_was_known_when(void **state)
{
	static const struct {
		int64_t known_at;
		const char *clusters; /* of documents 1 to 4 */
		const char *members;  /* of cluster 1 */
	} rows[] = {
		{9, "----", ""},     {10, "1---", "1,"},         {29, "11--", "1,2,"},
		{39, "113-", "1,2,"}, {40, "1111", "1,2,3,4,"},  {999, "1111", "1,2,3,4,"},
		{1000, "113-", "1,2,"},
	};
	struct index index;
	struct wv_txn *txn = NULL;

	(void)state;
	build_history(&index);
	assert_int_equal(wv_txn_begin_read(index.db, &txn, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_time then = {rows[i].known_at};
		WV_AUTO(wv_buf_done) struct wv_buf members = {.cap = WV_KIB};
		char name[16], got[8] = "";

		snprintf(name, sizeof name, "at %d", (int)rows[i].known_at);
		for (uint64_t d = 1; d <= 4; d++) {
			uint64_t cluster = 0;
			enum wv_status st = wv_copies_cluster(txn, d, then, &cluster, NULL);

			got[d - 1] = st == WV_OK ? (char)('0' + cluster) : st == WV_NO ? '-' : '!';
		}
		row_text(name, wv_slice_of(got), rows[i].clusters);
		assert_int_equal(wv_copies_each_member(txn, 1, then, note_member, &members, NULL),
		                 WV_OK);
		row_text(name, wv_buf_slice(&members), rows[i].members);
	}
	wv_txn_abort(&txn);
	index_close(&index);
	rows_end();
}

static void test_standing(void **state)
{
	static const struct {
		uint64_t document;
		bool is_whole; /* similarity 1 */
	} rows[] = {{1, true}, {2, false}, {3, true}, {4, true}};
	struct wv_copies_standing standing;
	struct index index;
	struct wv_txn *txn = NULL;

	(void)state;
	index_open(&index, 0);
	add_all(&index, "abcdefghij|abcdefghXY|abcdefghij|ABCDEFG");
	assert_int_equal(wv_txn_begin_read(index.db, &txn, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		assert_int_equal(wv_copies_standing(index.copies, txn, rows[i].document, &standing,
		                                    NULL),
		                 WV_OK);
		row_int("whole", standing.similarity >= 1, rows[i].is_whole);
		row_int("something", standing.similarity > 0.5, true);
	}
	row_int("unknown", wv_copies_standing(index.copies, txn, 5, &standing, NULL), WV_NO);
	wv_txn_abort(&txn);
	index_close(&index);
	rows_end();
}

static void test_refusals(void **state)
{
	static const struct {
		const char *name;
		uint64_t number;
		enum wv_status expected;
	} rows[] = {
		{"one that is there", 1, WV_CONFLICT},
		{"an exact copy that is there", 2, WV_CONFLICT},
		{"the greatest number", UINT32_MAX, WV_OK},
		{"a number above it", (uint64_t)UINT32_MAX + 1, WV_LIMIT},
	};
	struct index index;

	(void)state;
	index_open(&index, 0);
	add_all(&index, "abcdefgh|abcdefgh");
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].name,
		        add(&index, rows[i].number, WV_TIME_NONE, &index.prints[1]),
		        rows[i].expected);
	index_close(&index);
	rows_end();
}

static enum wv_status no_print(void *context, struct wv_txn *txn, uint64_t document,
                               struct wv_arena *arena, struct wv_fingerprint *out,
                               struct wv_err *err)
{
	(void)context;
	(void)txn;
	(void)document;
	(void)arena;
	(void)out;
	return wv_err_set(err, WV_IO, "no such text");
}

static void test_taking_away(void **state)
{
	static const uint64_t unknown[] = {7, 8}, twice[] = {3, 3, 9};
	struct index index;
	char got[64];

	(void)state;
	index_open(&index, 0);
	add_all(&index, "abcdefgh|abcdefghij|ABCDEFGH");
	row_int("unknown ones", take_away(&index, unknown, 2, no_print), WV_OK);
	row_int("none", take_away(&index, NULL, 0, no_print), WV_OK);
	row_int("its text cannot be had", take_away(&index, (uint64_t[]){1}, 1, no_print), WV_IO);
	describe(&index, 3, got, sizeof got);
	row_text("undone", wv_slice_of(got), "113");
	row_int("named twice", take_away(&index, twice, 3, take_print), WV_OK);
	describe(&index, 3, got, sizeof got);
	row_text("once", wv_slice_of(got), "11-");
	row_int("and back", add(&index, 3, WV_TIME_NONE, &index.prints[1]), WV_OK);
	describe(&index, 3, got, sizeof got);
	row_text("as another text", wv_slice_of(got), "111");
	index_close(&index);
	rows_end();
}

/* An overlap leads to a document that lost its row. */
static void test_damage(void **state)
{
	const unsigned char key[9] = {'s', [8] = 1};
	struct wv_copies_standing standing;
	struct index index;
	struct wv_txn *txn = NULL;

	(void)state;
	index_open(&index, 0);
	add_all(&index, "abcdefgh|abcdefghij");
	assert_int_equal(wv_txn_begin_write(index.db, &txn, NULL), WV_OK);
	assert_int_equal(wv_txn_delete(txn, WV_TABLE_FINGERPRINTS, wv_slice(key, sizeof key), NULL),
	                 WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	assert_int_equal(wv_txn_begin_read(index.db, &txn, NULL), WV_OK);
	row_int("its own row", wv_copies_standing(index.copies, txn, 1, &standing, NULL), WV_NO);
	row_int("who leans on it", wv_copies_standing(index.copies, txn, 2, &standing, NULL),
	        WV_DAMAGED);
	wv_txn_abort(&txn);
	index_close(&index);
	rows_end();
}

static void test_stretches_of_time(void **state)
{
	static const struct {
		const char *name;
		int64_t span, when;
		uint32_t expected;
	} rows[] = {
		{"all in one", 0, 1, 0},
		{"a negative span is none", -1, 1, 0},
		{"no time", DAY_US, INT64_MIN, 1},
		{"the first instant", DAY_US, 0, INT32_MAX},
		{"the day's last", DAY_US, DAY_US - 1, INT32_MAX},
		{"the next day", DAY_US, DAY_US, (uint32_t)INT32_MAX + 1},
		{"just before", DAY_US, -1, INT32_MAX - 1},
		{"the day before's first", DAY_US, -DAY_US, INT32_MAX - 1},
		{"and its eve", DAY_US, -DAY_US - 1, INT32_MAX - 2},
		{"long ago", 1, INT64_MIN + 1, 8},
		{"far ahead", 1, INT64_MAX, UINT32_MAX - 8},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].name,
		        wv_copies_partition_at(rows[i].span, (struct wv_time){rows[i].when}),
		        rows[i].expected);
	rows_end();
}

/* A text and a longer one: together where their stretches are one or side by side. */
static void test_far_apart(void **state)
{
	static const struct {
		const char *name;
		int64_t first, second; /* days; -1: no time */
		const char *expected;
	} rows[] = {
		{"one day", 3, 3, "11"},      {"the next", 3, 4, "11"},
		{"the one before", 4, 3, "11"}, {"two days on", 3, 5, "12"},
		{"no time", -1, 3, "12"},     {"neither has one", -1, -1, "11"},
	};
	char got[64];

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct index index;
		const int64_t days[] = {rows[i].first, rows[i].second};

		index_open(&index, DAY_US);
		for (uint64_t d = 1; d <= 2; d++) {
			const struct wv_time when = {days[d - 1] * DAY_US + 1};

			print_of(&index, "abcdefghij", d == 1 ? 8 : 10, &index.prints[d]);
			assert_int_equal(add(&index, d, days[d - 1] < 0 ? WV_TIME_NONE : when,
			                     &index.prints[d]),
			                 WV_OK);
		}
		describe(&index, 2, got, sizeof got);
		row_text(rows[i].name, wv_slice_of(got), rows[i].expected);
		index_close(&index);
	}
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clusters),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_what_was_known_when),
		cmocka_unit_test(test_standing),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_taking_away),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_stretches_of_time),
		cmocka_unit_test(test_far_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
