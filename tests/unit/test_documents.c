/* What is kept of a document: rows written and read again, pieces at their edges, damaged rows. */
#include "archive/copies/documents.h"

#include "tests/support/folder.h"
#include "tests/support/rows.h"

ROWS_STATE;

struct kept {
	struct wv_test_folder folder;
	struct wv_db *db;
	struct wv_txn *txn;
	struct wv_documents *documents;
};

static void begin(struct kept *k)
{
	const struct wv_db_options options = {.create = true, .is_temporary = true};

	wv_test_folder_make(&k->folder);
	assert_int_equal(wv_db_open(k->folder.path, &options, &k->db, NULL), WV_OK);
	assert_int_equal(wv_txn_begin_write(k->db, &k->txn, NULL), WV_OK);
	assert_int_equal(wv_documents_new(&k->documents, NULL), WV_OK);
}

static void end(struct kept *k)
{
	wv_documents_free(&k->documents);
	wv_documents_free(&k->documents); /* of none: nothing */
	wv_txn_abort(&k->txn);
	wv_db_close(&k->db);
	wv_test_folder_remove(&k->folder);
}

static const struct wv_figure figures[] = {{0x00abcdef, 0x00123456}, {0xffffff, 0}};

static struct wv_fingerprint print_of(unsigned char text, uint32_t level)
{
	struct wv_fingerprint print = {.units = text, .level = level, .figures = figures,
	                               .figure_count = text ? WV_COUNT(figures) : 0};

	memset(print.exact.b, text, sizeof(print.exact.b));
	for (uint32_t i = 0; i < WV_FINGERPRINT_LEVELS; i++)
		print.count[i] = 1000 >> i;
	return print;
}

static struct wv_document *add(struct kept *k, uint64_t number, const struct wv_fingerprint *print)
{
	struct wv_document *document = NULL;

	assert_int_equal(wv_documents_add(k->documents, k->txn, number, 7, print, &document, NULL),
	                 WV_OK);
	return document;
}

static struct wv_overlap overlap_with(uint64_t other)
{
	return (struct wv_overlap){.document = other, .mask = other * 3, .other_mask = UINT64_C(1) << other % 64,
	                           .explained = (uint16_t)(other % 10001), .covered = (uint16_t)(10000 - other),
	                           .shared = other % 2 ? 2 : 1, .figures_differ = other % 3 == 0};
}

static void add_overlaps(struct kept *k, struct wv_document *document, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct wv_overlap overlap = overlap_with(i);

		assert_int_equal(wv_documents_add_overlap(k->documents, document, &overlap, NULL), WV_OK);
	}
}

/* A piece has 64 overlaps: written in two goes that meet before, at and after its end. */
static void test_overlaps_come_back(void **state)
{
	static const struct {
		const char *name;
		size_t first, all;
	} rows[] = {
		{"none", 0, 0},           {"one", 1, 1},           {"one, then one", 1, 2},
		{"to the edge", 63, 64},  {"at the edge", 64, 64}, {"over the edge", 64, 65},
		{"across it", 63, 66},    {"two pieces", 64, 128}, {"three in one go", 0, 129},
	};
	struct kept k = {0};

	(void)state;
	begin(&k);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_fingerprint print = print_of((unsigned char)(i + 1), (uint32_t)i % 3);
		struct wv_document *document = add(&k, 1000 + i, &print);

		add_overlaps(&k, document, 0, rows[i].first);
		assert_int_equal(wv_documents_store(k.documents, k.txn, NULL), WV_OK);
		assert_int_equal(wv_documents_get(k.documents, k.txn, 1000 + i, &document, NULL), WV_OK);
		add_overlaps(&k, document, rows[i].first, rows[i].all);
		assert_int_equal(wv_documents_store(k.documents, k.txn, NULL), WV_OK);
		assert_int_equal(wv_documents_get(k.documents, k.txn, 1000 + i, &document, NULL), WV_OK);
		row_int(rows[i].name, (long long)document->stored_count, (long long)rows[i].all);
		row_int(rows[i].name, document->partition, 7);
		row_int(rows[i].name, document->sides.level, (long long)i % 3);
		row_int(rows[i].name, document->sides.count[2], 250);
		row_int(rows[i].name, document->sides.figure_count, 2);
		row_int(rows[i].name, document->sides.figures[0].value, 0x123456);
		assert_int_equal(wv_documents_load_overlaps(k.documents, k.txn, document, NULL), WV_OK);
		row_int(rows[i].name, (long long)document->overlap_count, (long long)rows[i].all);
		for (size_t o = 0; o < rows[i].all && o < document->overlap_count; o++) {
			const struct wv_overlap want = overlap_with(o), *got = &document->overlaps[o];

			row_int(rows[i].name, (long long)got->document, (long long)want.document);
			row_int(rows[i].name, got->mask == want.mask, 1);
			row_int(rows[i].name, got->other_mask == want.other_mask, 1);
			row_int(rows[i].name, got->explained, want.explained);
			row_int(rows[i].name, got->covered, want.covered);
			row_int(rows[i].name, got->shared, want.shared);
			row_int(rows[i].name, got->figures_differ, want.figures_differ);
		}
	}
	end(&k);
	rows_end();
}

/* Thousands at once: the table in memory grows, and is empty afterwards. */
static void test_many_at_once(void **state)
{
	const struct wv_fingerprint print = print_of(1, 0);
	struct wv_document *document;
	struct kept k = {0};

	(void)state;
	begin(&k);
	for (uint64_t n = 0; n < 3000; n++)
		add(&k, n * n, &print)->is_roundup = n % 7 == 0;
	for (uint64_t n = 0; n < 3000; n++) {
		assert_int_equal(wv_documents_get(k.documents, k.txn, n * n, &document, NULL), WV_OK);
		assert_true(document->number == n * n);
	}
	wv_documents_forget(k.documents);
	assert_int_equal(wv_documents_get(k.documents, k.txn, 9, &document, NULL), WV_NO);
	end(&k);
}

static enum wv_status collect(void *context, uint64_t number, struct wv_err *err)
{
	uint64_t *sum = context;

	(void)err;
	*sum = *sum * 1000 + number;
	return WV_OK;
}

static void test_exact_gate(void **state)
{
	const struct wv_fingerprint print = print_of(5, 0), none = print_of(0, 0);
	struct wv_document *document, seen = {0};
	uint64_t first = 77, sum = 0;
	struct kept k = {0};

	(void)state;
	begin(&k);
	/* The first of a stretch is noted, and found from then on; another stretch has its own. */
	row_int("new", wv_documents_find_exact(k.txn, &print.exact, 7, 11, &first, NULL), WV_NO);
	row_int("untouched", (long long)first, 77);
	row_int("known", wv_documents_find_exact(k.txn, &print.exact, 7, 12, &first, NULL), WV_OK);
	row_int("the first", (long long)first, 11);
	row_int("elsewhere", wv_documents_find_exact(k.txn, &print.exact, 8, 13, &first, NULL), WV_NO);
	row_int("copy", wv_documents_add_exact(k.txn, 12, 11, &print.exact, 7, NULL), WV_OK);
	row_int("peek", wv_documents_peek(k.txn, 12, &seen, NULL), WV_OK);
	row_int("is a copy", seen.is_exact_copy && seen.has_text && seen.cluster == 11, 1);
	document = add(&k, 11, &print);
	row_int("equals", wv_documents_each_equal(k.txn, document, collect, &sum, NULL), WV_OK);
	row_int("not itself", (long long)sum, 13);
	/* Taken away it is met no more; that of the other stretch stays. */
	row_int("remove", wv_documents_remove(k.txn, document, NULL), WV_OK);
	row_int("gone", wv_documents_find_exact(k.txn, &print.exact, 7, 14, &first, NULL), WV_NO);
	row_int("stays", wv_documents_find_exact(k.txn, &print.exact, 8, 15, &first, NULL), WV_OK);
	row_int("that one", (long long)first, 13);
	/* What has no text equals nothing. */
	sum = 0;
	document = add(&k, 20, &none);
	row_int("no text", wv_documents_each_equal(k.txn, document, collect, &sum, NULL), WV_OK);
	row_int("nothing", (long long)sum, 0);
	end(&k);
	rows_end();
}

static void test_removal_leaves_nothing(void **state)
{
	const struct wv_fingerprint print = print_of(1, 0);
	struct wv_document *document;
	struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	struct kept k = {0};

	(void)state;
	begin(&k);
	document = add(&k, 3, &print);
	add_overlaps(&k, document, 0, 130);
	assert_int_equal(wv_documents_store(k.documents, k.txn, NULL), WV_OK);
	assert_int_equal(wv_documents_get(k.documents, k.txn, 3, &document, NULL), WV_OK);
	row_int("cleared", wv_documents_clear_overlaps(k.documents, k.txn, document, NULL), WV_OK);
	assert_int_equal(wv_documents_store(k.documents, k.txn, NULL), WV_OK);
	assert_int_equal(wv_documents_get(k.documents, k.txn, 3, &document, NULL), WV_OK);
	row_int("without overlaps", (long long)document->stored_count, 0);
	row_int("removed", wv_documents_remove(k.txn, document, NULL), WV_OK);
	row_int("twice does no harm", wv_documents_remove(k.txn, document, NULL), WV_OK);
	assert_int_equal(wv_documents_store(k.documents, k.txn, NULL), WV_OK);
	assert_int_equal(wv_walk_begin(k.txn, WV_TABLE_FINGERPRINTS, &walk, NULL), WV_OK);
	row_int("rows", wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, NULL), WV_NO);
	wv_walk_end(&walk);
	end(&k);
	rows_end();
}

/* Of document 3: its row by `letter` becomes `value`. Nothing is read past its end. */
static void test_damaged_rows(void **state)
{
	static const struct {
		const char *name;
		char letter;
		struct wv_slice value;
		enum wv_status get, load;
	} rows[] = {
		{"whole", 0, {0}, WV_OK, WV_OK},
		{"no fingerprint", 'z', {0}, WV_DAMAGED, WV_OK},
		{"version", 'z', {(const unsigned char *)"\2\0\0\0\0\0\1", 7}, WV_DAMAGED, WV_OK},
		{"level", 'z', {(const unsigned char *)"\1\0\0\0\0\377\0", 7}, WV_DAMAGED, WV_OK},
		{"cut in its counts", 'z', {(const unsigned char *)"\1\0\0\0\0\0\1", 7}, WV_DAMAGED, WV_OK},
		{"standing cut short", 's', {(const unsigned char *)"\0\0", 2}, WV_DAMAGED, WV_OK},
		{"piece missing", 'o', {0}, WV_OK, WV_DAMAGED},
		{"piece cut short", 'o', {(const unsigned char *)"1234567890", 10}, WV_OK, WV_DAMAGED},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_fingerprint print = print_of(1, 0);
		struct wv_document *document;
		unsigned char key[13] = {(unsigned char)rows[i].letter, 0, 0, 0, 0, 0, 0, 0, 3};
		const struct wv_slice of = wv_slice(key, rows[i].letter == 'o' ? 13 : 9);
		struct kept k = {0};

		begin(&k);
		document = add(&k, 3, &print);
		add_overlaps(&k, document, 0, 5);
		assert_int_equal(wv_documents_store(k.documents, k.txn, NULL), WV_OK);
		if (rows[i].letter && rows[i].value.n == 0)
			assert_int_equal(wv_txn_delete(k.txn, WV_TABLE_FINGERPRINTS, of, NULL), WV_OK);
		else if (rows[i].letter)
			assert_int_equal(wv_txn_put(k.txn, WV_TABLE_FINGERPRINTS, of, rows[i].value, NULL), WV_OK);
		document = NULL;
		row_int(rows[i].name, wv_documents_get(k.documents, k.txn, 3, &document, NULL), rows[i].get);
		row_int(rows[i].name, document != NULL, rows[i].get == WV_OK);
		if (document)
			row_int(rows[i].name, wv_documents_load_overlaps(k.documents, k.txn, document, NULL),
			        rows[i].load);
		end(&k);
	}
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overlaps_come_back), cmocka_unit_test(test_many_at_once),
		cmocka_unit_test(test_exact_gate),         cmocka_unit_test(test_removal_leaves_nothing),
		cmocka_unit_test(test_damaged_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
