/* The dated log of memberships: numbers, order, what was known when, damaged rows. */
#include "archive/copies/facts.h"

#include "tests/support/folder.h"
#include "tests/support/rows.h"

ROWS_STATE;

struct kept {
	struct wv_test_folder folder;
	struct wv_db *db;
	struct wv_txn *txn;
};

static void begin(struct kept *k)
{
	const struct wv_db_options options = {.create = true, .is_temporary = true};

	wv_test_folder_make(&k->folder);
	assert_int_equal(wv_db_open(k->folder.path, &options, &k->db, NULL), WV_OK);
	assert_int_equal(wv_txn_begin_write(k->db, &k->txn, NULL), WV_OK);
}

static void end(struct kept *k)
{
	wv_txn_abort(&k->txn);
	wv_db_close(&k->db);
	wv_test_folder_remove(&k->folder);
}

/*
 * 4 comes, 5 joins it, 6 has the text of 5; 5 leaves as a round-up; 6 is taken away and 7 comes with
 * the text of 5.
 */
static const struct wv_copies_fact came[] = {
	{.document = 4, .kind = WV_COPIES_FIRST, .recorded = {100}, .cluster = 4, .before = 4},
	{.document = 5, .kind = WV_COPIES_JOIN, .recorded = {200}, .cluster = 4, .before = 5},
	{.document = 6, .kind = WV_COPIES_JOIN, .recorded = {300}, .cluster = 5, .before = 5},
	{.document = 5, .kind = WV_COPIES_LEAVE, .recorded = {400}, .cluster = 5, .before = 4},
	{.document = 6, .kind = WV_COPIES_GONE, .recorded = {500}, .cluster = 6, .before = 5},
	{.document = 7, .kind = WV_COPIES_JOIN, .recorded = {600}, .cluster = 5, .before = 5},
};

static void tell(struct kept *k)
{
	for (size_t i = 0; i < WV_COUNT(came); i++) {
		struct wv_copies_fact fact = came[i];

		assert_int_equal(wv_facts_add(k->txn, &fact, NULL), WV_OK);
		assert_int_equal(fact.number, i);
	}
}

static enum wv_status collect(void *context, uint64_t document, struct wv_err *err)
{
	uint64_t *list = context;

	(void)err;
	*list = *list * 10 + document;
	return WV_OK;
}

static enum wv_status refuse(void *context, uint64_t document, struct wv_err *err)
{
	(void)context;
	(void)document;
	return wv_err_set(err, WV_STOPPED, "enough");
}

#define NOW INT64_MIN /* is WV_TIME_NONE: all that is known */

static void test_clusters_as_known(void **state)
{
	static const struct {
		const char *name;
		uint64_t document;
		int64_t known_at;
		enum wv_status status;
		uint64_t cluster;
	} rows[] = {
		{"unknown", 9, NOW, WV_NO, 0},
		{"before it came", 4, 99, WV_NO, 0},
		{"as it came", 4, 100, WV_OK, 4},
		{"a join, just before", 5, 199, WV_NO, 0},
		{"a join", 5, 200, WV_OK, 4},
		{"just before it leaves", 5, 399, WV_OK, 4},
		{"after", 5, NOW, WV_OK, 5},
		{"a copy follows what it equals", 6, 300, WV_OK, 4},
		{"and leaves with it", 6, 450, WV_OK, 5},
		{"gone", 6, NOW, WV_NO, 0},
	};
	struct kept k = {0};

	(void)state;
	assert_true(WV_TIME_NONE.us == NOW);
	begin(&k);
	tell(&k);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_time at = {rows[i].known_at};
		uint64_t cluster = 0;

		row_int(rows[i].name, wv_copies_cluster(k.txn, rows[i].document, at, &cluster, NULL),
		        rows[i].status);
		row_int(rows[i].name, (long long)cluster, (long long)rows[i].cluster);
	}
	end(&k);
	rows_end();
}

static void test_members_as_known(void **state)
{
	static const struct {
		const char *name;
		uint64_t cluster;
		int64_t known_at;
		uint64_t members; /* their digits */
	} rows[] = {
		{"nobody", 9, NOW, 0},       {"too early", 4, 50, 0},  {"one", 4, 150, 4},
		{"two", 4, 250, 45},         {"three", 4, 300, 456},   {"the round-up left", 4, 400, 4},
		{"with its copy", 5, 450, 56}, {"that is gone", 5, 500, 5}, {"and another came", 5, NOW, 57},
	};
	uint64_t exact = 0, ever = 0;
	struct kept k = {0};

	(void)state;
	begin(&k);
	tell(&k);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_time at = {rows[i].known_at};
		uint64_t list = 0;

		row_int(rows[i].name, wv_copies_each_member(k.txn, rows[i].cluster, at, collect, &list, NULL),
		        WV_OK);
		row_int(rows[i].name, (long long)list, (long long)rows[i].members);
	}
	row_int("exact", wv_facts_each_exact(k.txn, 5, collect, &exact, NULL), WV_OK);
	row_int("now", (long long)exact, 7);
	row_int("exact", wv_facts_each_exact_ever(k.txn, 5, collect, &ever, NULL), WV_OK);
	row_int("ever", (long long)ever, 67);
	row_int("stopped", wv_copies_each_member(k.txn, 4, WV_TIME_NONE, refuse, NULL, NULL), WV_STOPPED);
	row_int("stopped", wv_facts_each_exact_ever(k.txn, 5, refuse, NULL, NULL), WV_STOPPED);
	end(&k);
	rows_end();
}

/* Rows of document 4's first fact, or of the counter. */
static void test_damaged_rows(void **state)
{
	static const struct {
		const char *name;
		bool is_counter;
		struct wv_slice value;
	} rows[] = {
		{"counter cut short", true, {(const unsigned char *)"\0\0\0", 3}},
		{"empty", false, {(const unsigned char *)"", 0}},
		{"no such kind", false, {(const unsigned char *)"\6\0\0\0", 4}},
		{"cut short", false, {(const unsigned char *)"\0\0\0", 3}},
		{"something behind it", false, {(const unsigned char *)"\0\0\0\0\0", 5}},
		{"a number without end", false, {(const unsigned char *)"\0\0\377\377\377\377", 6}},
	};
	static const unsigned char first[17] = {'h', 0, 0, 0, 0, 0, 0, 0, 4};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_copies_fact fact = came[0];
		struct kept k = {0};
		uint64_t cluster = 77;

		begin(&k);
		tell(&k);
		assert_int_equal(wv_txn_put(k.txn, WV_TABLE_CLUSTERS,
		                            rows[i].is_counter ? WV_LIT("q") : wv_slice(first, sizeof first),
		                            rows[i].value, NULL),
		                 WV_OK);
		if (rows[i].is_counter)
			row_int(rows[i].name, wv_facts_add(k.txn, &fact, NULL), WV_DAMAGED);
		else
			row_int(rows[i].name, wv_copies_cluster(k.txn, 4, WV_TIME_NONE, &cluster, NULL),
			        WV_DAMAGED);
		row_int(rows[i].name, (long long)cluster, 77);
		end(&k);
	}
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clusters_as_known),
		cmocka_unit_test(test_members_as_known),
		cmocka_unit_test(test_damaged_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
