/* The same texts in another order of arrival, in other portions: the same clusters; and what the
 * facts say at each instant is what was so then. */
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

#define STORIES   12u
#define TEXTS     120u
#define SENTENCES 14u
#define ROUNDS    12u

/* Sentence `s` of a story: always the same words. */
static void add_sentence(struct wv_buf *text, uint32_t story, uint32_t s)
{
	uint64_t seed = story * 1000u + s + 1;

	for (int word = 0; word < 14; word++)
		wv_buf_add_format(text, "w%u ", wv_roll(&seed) % 5000);
	wv_buf_add_string(text, "end.\n");
}

/* Whole, cut, thinned, extended, round-ups, two stories in one, and a few word for word. */
static void make_text(struct wv_buf *text, uint64_t *seed)
{
	uint32_t story = wv_roll(seed) % STORIES, kind = wv_roll(seed) % 9;
	uint32_t from = 0, to = SENTENCES;

	wv_buf_reset(text);
	if (kind == 1)
		to = 2 + wv_roll(seed) % SENTENCES / 2;
	if (kind == 2)
		from = wv_roll(seed) % SENTENCES / 2;
	if (kind == 3) {
		for (uint32_t i = 0; i < 4; i++)
			for (uint32_t s = 0; s < 3; s++)
				add_sentence(text, (story + i) % STORIES, s);
		return;
	}
	for (uint32_t s = from; s < to; s++)
		if (kind != 4 || wv_roll(seed) % 4)
			add_sentence(text, story, s);
	if (kind == 5)
		for (uint32_t s = 0; s < 6; s++)
			add_sentence(text, 100 + wv_roll(seed) % 50, s);
	if (kind == 8)
		for (uint32_t s = 0, n = 5 + wv_roll(seed) % 5; s < n; s++)
			add_sentence(text, (story + 1) % STORIES, s);
	if (kind == 6)
		add_sentence(text, (story + 1) % STORIES, wv_roll(seed) % SENTENCES);
}

struct world {
	struct wv_fingerprint prints[TEXTS];
	uint32_t order[TEXTS];
	uint32_t cluster[TEXTS]; /* of each text: the first text of its cluster */
	uint64_t history[TEXTS][TEXTS]; /* cluster of the document d after step i */
};

static void arrive(struct world *world, struct wv_db *db, struct wv_copies *copies, uint64_t *seed,
                   bool keeps_history)
{
	for (uint32_t i = 0; i < TEXTS;) {
		struct wv_copies_document documents[TEXTS];
		uint32_t n = keeps_history ? 1 : 1 + wv_roll(seed) % 40;
		struct wv_txn *txn = NULL;

		n = n > TEXTS - i ? TEXTS - i : n;
		for (uint32_t k = 0; k < n; k++)
			documents[k] = (struct wv_copies_document){
				.number = i + k + 1,
				.when = WV_TIME_NONE,
				.recorded = {(int64_t)(i + k) * 1000},
				.fingerprint = &world->prints[world->order[i + k]]};
		assert_int_equal(wv_txn_begin_write(db, &txn, NULL), WV_OK);
		assert_int_equal(wv_copies_add(copies, txn, documents, n, NULL), WV_OK);
		if (keeps_history)
			for (uint32_t d = 0; d <= i; d++)
				assert_int_equal(wv_copies_cluster(txn, d + 1, WV_TIME_NONE,
				                                   &world->history[d][i], NULL),
				                 WV_OK);
		assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
		i += n;
	}
}

static enum wv_status count_member(void *context, uint64_t document, struct wv_err *err)
{
	(void)document;
	(void)err;
	++*(uint32_t *)context;
	return WV_OK;
}

static void read_clusters(struct world *world, struct wv_db *db, struct wv_copies *copies)
{
	struct wv_txn *txn = NULL;
	uint32_t least[TEXTS + 1], size[TEXTS + 1] = {0};

	assert_int_equal(wv_txn_begin_read(db, &txn, NULL), WV_OK);
	memset(least, 0xff, sizeof(least));
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t i = 0; i < TEXTS; i++) {
			struct wv_copies_standing standing;
			uint64_t known;

			assert_int_equal(wv_copies_standing(copies, txn, i + 1, &standing, NULL),
			                 WV_OK);
			assert_int_equal(
				wv_copies_cluster(txn, i + 1, WV_TIME_NONE, &known, NULL), WV_OK);
			assert_int_equal(known, standing.cluster);
			assert_true(standing.cluster <= i + 1);
			assert_true(standing.similarity > 0 && standing.similarity <= 1);
			if (world->order[i] < least[standing.cluster])
				least[standing.cluster] = world->order[i];
			size[standing.cluster] += pass == 0;
			world->cluster[world->order[i]] = least[standing.cluster];
		}
	for (uint32_t c = 1; c <= TEXTS; c++) {
		uint32_t members = 0;

		assert_int_equal(wv_copies_each_member(txn, c, WV_TIME_NONE, count_member, &members,
		                                       NULL),
		                 WV_OK);
		assert_int_equal(members, size[c]);
	}
	wv_txn_abort(&txn);
}

/* Known at the instant of each step: what was so after that step. */
static void check_history(const struct world *world, struct wv_db *db)
{
	struct wv_txn *txn = NULL;

	assert_int_equal(wv_txn_begin_read(db, &txn, NULL), WV_OK);
	for (uint32_t i = 0; i < TEXTS; i++) {
		const struct wv_time then = {(int64_t)i * 1000};
		uint64_t cluster;

		for (uint32_t d = 0; d <= i; d++) {
			assert_int_equal(wv_copies_cluster(txn, d + 1, then, &cluster, NULL), WV_OK);
			assert_int_equal(cluster, world->history[d][i]);
		}
		if (i + 1 < TEXTS)
			assert_int_equal(wv_copies_cluster(txn, i + 2, then, &cluster, NULL),
			                 WV_NO);
	}
	wv_txn_abort(&txn);
}

static void run(struct world *world, uint64_t *seed, bool keeps_history)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {0};
	/* Two are open at once: a sanitizer has no room for two of the usual map. */
	const struct wv_db_options options = {.create = true, .map_bytes = 256 * WV_MIB};
	const struct wv_copies_options copies_options = {.partition_us = 0};
	struct wv_db *db = NULL;
	struct wv_copies *copies = NULL;

	wv_test_folder_make(&folder);
	assert_int_equal(wv_db_open(folder.path, &options, &db, NULL), WV_OK);
	assert_int_equal(wv_copies_new(&copies_options, &copies, NULL), WV_OK);
	arrive(world, db, copies, seed, keeps_history);
	read_clusters(world, db, copies);
	if (keeps_history)
		check_history(world, db);
	wv_copies_free(&copies);
	wv_db_close(&db);
}

static void test_any_order(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf text = {0};
	struct world *world = calloc(1, sizeof(*world));
	uint32_t first[TEXTS];
	uint64_t seed = 5;

	(void)state;
	assert_non_null(world);
	assert_int_equal(wv_arena_new(256u * WV_MIB, &arena, NULL), WV_OK);
	wv_buf_init(&text, WV_MIB);
	for (uint32_t i = 0; i < TEXTS; i++) {
		make_text(&text, &seed);
		assert_int_equal(
			wv_fingerprint_make(arena, wv_buf_slice(&text), &world->prints[i], NULL),
			WV_OK);
		world->order[i] = i;
	}
	for (uint32_t round = 0; round < ROUNDS; round++) {
		run(world, &seed, round % 4 == 0);
		if (round == 0)
			memcpy(first, world->cluster, sizeof(first));
		for (uint32_t i = 0; i < TEXTS; i++)
			if (world->cluster[i] != first[i])
				printf("round %u, text %u: expected %u, got %u\n", round, i,
				       first[i], world->cluster[i]);
		assert_memory_equal(world->cluster, first, sizeof(first));
		for (uint32_t i = TEXTS - 1; i > 0; i--) {
			uint32_t k = wv_roll(&seed) % (i + 1), keep = world->order[i];

			world->order[i] = world->order[k];
			world->order[k] = keep;
		}
	}
	free(world);
}

/* ---- taking away: as if it had never come ---- */

#define DAY_US (INT64_C(86400) * 1000 * 1000)

struct library {
	struct wv_fingerprint *prints; /* of the document with that number */
	struct wv_time when[TEXTS + 1];
	bool is_gone[TEXTS + 1];
};

static enum wv_status print_of(void *context, struct wv_txn *txn, uint64_t document,
                               struct wv_arena *arena, struct wv_fingerprint *out,
                               struct wv_err *err)
{
	const struct library *library = context;

	(void)txn;
	(void)arena;
	(void)err;
	assert_true(document >= 1 && document <= TEXTS);
	*out = library->prints[document - 1];
	return WV_OK;
}

struct index {
	struct wv_test_folder folder;
	struct wv_db *db;
	struct wv_copies *copies;
};

static void open_index(struct index *index, int64_t partition_us)
{
	/* Two are open at once: a sanitizer has no room for two of the usual map. */
	const struct wv_db_options options = {.create = true, .map_bytes = 256 * WV_MIB};
	const struct wv_copies_options copies = {.partition_us = partition_us};

	wv_test_folder_make(&index->folder);
	assert_int_equal(wv_db_open(index->folder.path, &options, &index->db, NULL), WV_OK);
	assert_int_equal(wv_copies_new(&copies, &index->copies, NULL), WV_OK);
}

static void close_index(struct index *index)
{
	wv_copies_free(&index->copies);
	wv_db_close(&index->db);
	wv_test_folder_remove(&index->folder);
}

static void add_one(struct index *index, const struct library *library, uint64_t number)
{
	const struct wv_copies_document document = {.number = number,
	                                            .when = library->when[number],
	                                            .recorded = {(int64_t)number},
	                                            .fingerprint = &library->prints[number - 1]};
	struct wv_txn *txn = NULL;

	assert_int_equal(wv_txn_begin_write(index->db, &txn, NULL), WV_OK);
	assert_int_equal(wv_copies_add(index->copies, txn, &document, 1, NULL), WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
}

static void remove_some(struct index *index, struct library *library, const uint64_t *numbers,
                        size_t n)
{
	const struct wv_copies_removal removal = {.documents = numbers,
	                                          .n = n,
	                                          .recorded = {1000},
	                                          .print = print_of,
	                                          .context = library};
	struct wv_txn *txn = NULL;

	assert_int_equal(wv_txn_begin_write(index->db, &txn, NULL), WV_OK);
	assert_int_equal(wv_copies_remove(index->copies, txn, &removal, NULL), WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
}

/* Which documents are together, whatever their cluster is called. */
static void read_together(struct index *index, const struct library *library,
                          uint64_t first[TEXTS + 1])
{
	uint64_t cluster[TEXTS + 1] = {0};
	struct wv_txn *txn = NULL;

	assert_int_equal(wv_txn_begin_read(index->db, &txn, NULL), WV_OK);
	for (uint64_t i = 1; i <= TEXTS; i++) {
		enum wv_status st = wv_copies_cluster(txn, i, WV_TIME_NONE, &cluster[i], NULL);

		assert_int_equal(st, library->is_gone[i] ? WV_NO : WV_OK);
		first[i] = 0;
		for (uint64_t k = 1; st == WV_OK && k <= i && !first[i]; k++)
			if (cluster[k] == cluster[i] && !library->is_gone[k])
				first[i] = k;
	}
	wv_txn_abort(&txn);
}

/* No row of the index but facts speaks of what is gone. */
static void check_rows(struct index *index, const struct library *library, enum wv_table table)
{
	struct wv_txn *txn = NULL;
	struct wv_walk *walk = NULL;
	struct wv_slice key, row;
	enum wv_status st;

	assert_int_equal(wv_txn_begin_read(index->db, &txn, NULL), WV_OK);
	assert_int_equal(wv_walk_begin(txn, table, &walk, NULL), WV_OK);
	st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &row, NULL);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &row, NULL)) {
		if (key.p[0] == 's' || key.p[0] == 'z' || key.p[0] == 'o')
			assert_false(library->is_gone[wv_load_u64_be(key.p + 1)]);
		if (key.p[0] == 'x')
			assert_false(library->is_gone[wv_load_u64_be(row.p)]);
		for (size_t i = 0; key.p[0] == 'o' && i < row.n; i += 17)
			assert_false(library->is_gone[row.p[i]]);
		for (size_t i = 0; key.p[0] == 'r' && i < row.n; i += 10)
			assert_false(library->is_gone[row.p[i + 5]]);
	}
	assert_int_equal(st, WV_NO);
	wv_walk_end(&walk);
	wv_txn_abort(&txn);
}

static void check_same(const char *what, uint32_t round, const uint64_t *expected,
                       const uint64_t *got)
{
	for (uint32_t i = 1; i <= TEXTS; i++)
		if (expected[i] != got[i])
			printf("%s, round %u, document %u: expected with %u, got %u\n", what, round, i,
			       (unsigned)expected[i], (unsigned)got[i]);
	assert_memory_equal(expected + 1, got + 1, TEXTS * sizeof(*got));
}

static void run_withdrawal(struct library *library, uint64_t *seed, uint32_t round,
                           int64_t partition_us)
{
	struct index all = {0}, rest = {0}, backwards = {0};
	uint64_t numbers[TEXTS], expected[TEXTS + 1], got[TEXTS + 1];
	size_t n = 0;

	memset(library->is_gone, 0, sizeof(library->is_gone));
	open_index(&all, partition_us);
	open_index(&rest, partition_us);
	open_index(&backwards, partition_us);
	for (uint64_t i = 1; i <= TEXTS; i++) {
		library->when[i].us = (int64_t)(wv_roll(seed) % 400) * DAY_US;
		add_one(&all, library, i);
	}
	for (uint64_t i = TEXTS; i >= 1; i--)
		add_one(&backwards, library, i);
	read_together(&all, library, expected);
	read_together(&backwards, library, got);
	check_same("backwards", round, expected, got);
	while (n < TEXTS / 3) {
		size_t portion = 1 + wv_roll(seed) % 12, from = n;

		for (; n - from < portion; n++) {
			do
				numbers[n] = 1 + wv_roll(seed) % TEXTS;
			while (library->is_gone[numbers[n]]);
			library->is_gone[numbers[n]] = true;
		}
		remove_some(&all, library, numbers + from, n - from);
	}
	check_rows(&all, library, WV_TABLE_FINGERPRINTS);
	check_rows(&all, library, WV_TABLE_SHINGLES);
	for (uint64_t i = 1; i <= TEXTS; i++)
		if (!library->is_gone[i])
			add_one(&rest, library, i);
	read_together(&rest, library, expected);
	read_together(&all, library, got);
	check_same("withdrawn", round, expected, got);
	/* Read anew: the numbers come again. */
	for (size_t i = 0; i < n; i++) {
		library->is_gone[numbers[i]] = false;
		add_one(&all, library, numbers[i]);
	}
	read_together(&backwards, library, expected);
	read_together(&all, library, got);
	check_same("come again", round, expected, got);
	close_index(&all);
	close_index(&rest);
	close_index(&backwards);
}

static void test_withdrawn(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf text = {0};
	struct wv_fingerprint prints[TEXTS];
	struct library library = {.prints = prints};
	uint64_t seed = 17;

	(void)state;
	assert_int_equal(wv_arena_new(256u * WV_MIB, &arena, NULL), WV_OK);
	wv_buf_init(&text, WV_MIB);
	for (uint32_t round = 0; round < 6; round++) {
		for (uint32_t i = 0; i < TEXTS; i++) {
			make_text(&text, &seed);
			assert_int_equal(
				wv_fingerprint_make(arena, wv_buf_slice(&text), &prints[i], NULL),
				WV_OK);
		}
		run_withdrawal(&library, &seed, round, round % 2 ? 60 * DAY_US : 0);
	}
}

/* ---- a copy that is void, until a smaller part is found to be the main one ---- */

static const struct {
	uint32_t from, to; /* sentences */
	bool is_anew;      /* void in between, in one order at least */
} parts[] = {{0, 40, false}, {8, 40, false}, {0, 8, true}, {4, 30, false}};

static bool run_parts(const struct wv_fingerprint *prints, const uint32_t *order)
{
	struct index index = {0};
	struct wv_txn *txn = NULL;
	bool was_apart = false;
	uint64_t cluster;

	open_index(&index, 0);
	assert_int_equal(wv_txn_begin_write(index.db, &txn, NULL), WV_OK);
	for (uint64_t i = 1; i <= WV_COUNT(parts); i++) {
		const struct wv_copies_document document = {.number = i,
		                                            .when = WV_TIME_NONE,
		                                            .recorded = {(int64_t)i},
		                                            .fingerprint = prints + order[i - 1]};

		assert_int_equal(wv_copies_add(index.copies, txn, &document, 1, NULL), WV_OK);
		if (i == WV_COUNT(parts) - 1)
			for (uint64_t k = 1; k <= i; k++) {
				assert_int_equal(
					wv_copies_cluster(txn, k, WV_TIME_NONE, &cluster, NULL), WV_OK);
				was_apart |= parts[order[k - 1]].is_anew && cluster == k && k > 1;
			}
	}
	for (uint64_t i = 1; i <= WV_COUNT(parts); i++) {
		assert_int_equal(wv_copies_cluster(txn, i, WV_TIME_NONE, &cluster, NULL), WV_OK);
		assert_int_equal(cluster, 1);
	}
	wv_txn_abort(&txn);
	close_index(&index);
	return was_apart;
}

static void test_void_no_more(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf text = {0};
	struct wv_fingerprint prints[WV_COUNT(parts)];
	bool was_apart = false;

	(void)state;
	assert_int_equal(wv_arena_new(16u * WV_MIB, &arena, NULL), WV_OK);
	wv_buf_init(&text, WV_MIB);
	for (size_t i = 0; i < WV_COUNT(parts); i++) {
		wv_buf_reset(&text);
		for (uint32_t s = parts[i].from; s < parts[i].to; s++)
			add_sentence(&text, 1, s);
		assert_int_equal(
			wv_fingerprint_make(arena, wv_buf_slice(&text), &prints[i], NULL), WV_OK);
	}
	for (uint32_t n = 0; n < 256; n++) {
		const uint32_t order[] = {n & 3, n >> 2 & 3, n >> 4 & 3, n >> 6};

		if ((1u << order[0] | 1u << order[1] | 1u << order[2] | 1u << order[3]) == 15)
			was_apart |= run_parts(prints, order);
	}
	assert_true(was_apart);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_any_order),
	                                   cmocka_unit_test(test_withdrawn),
	                                   cmocka_unit_test(test_void_no_more)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
