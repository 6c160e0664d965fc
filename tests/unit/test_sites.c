#include "crawler/page/sites.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/base/limits.h"
#include "tests/support/archive.h"
#include "tests/support/random.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define SITE      WV_LIT("com,example)")
#define FURNITURE UINT64_C(0xf00d000000000000) /* prints of the site's own blocks: + 0, 1, 2 ... */

/* All of a test happens in one write transaction, which is then given up. */
struct fixture {
	struct wv_test_archive archive;
	struct wv_txn *txn;
	uint64_t next_id;
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){.next_id = 0};
	wv_test_archive_open(&f.archive, NULL);
	assert_int_equal(wv_txn_begin_write(wv_store_db(f.archive.store), &f.txn, NULL), WV_OK);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	wv_txn_abort(&f->txn);
	wv_test_archive_close(&f->archive);
	return 0;
}

static uint64_t own_print(uint64_t page, uint64_t nth)
{
	struct wv_random random = {page * 5000 + nth};

	return wv_random_next(&random) >> 1;
}

/* One page: `own` blocks of its article, and furniture `first` .. `end` - 1. */
static void learn_as(struct fixture *f, uint64_t id, uint64_t page, size_t own, uint64_t first,
                     uint64_t end)
{
	struct wv_page_print list[WV_PAGE_PRINTS_MAX];
	struct wv_page_prints prints = {list, 0};

	for (size_t i = 0; i < own; i++)
		list[prints.n++] = (struct wv_page_print){own_print(page, i), true};
	for (uint64_t i = first; i < end; i++)
		list[prints.n++] = (struct wv_page_print){FURNITURE + i, false};
	assert_int_equal(wv_sites_learn(f->txn, SITE, id, &prints, NULL), WV_OK);
}

static void learn(struct fixture *f, size_t own, uint64_t first, uint64_t end)
{
	uint64_t id = f->next_id++;

	learn_as(f, id, id, own, first, end);
}

static uint64_t newest(struct fixture *f)
{
	uint64_t number = 0;
	enum wv_status st = wv_sites_newest(f->txn, SITE, &number, NULL);

	assert_true(st == WV_OK || st == WV_NO);
	return number;
}

static struct wv_site_model *model(struct fixture *f, uint64_t number)
{
	struct wv_site_model *out = NULL;

	wv_arena_reset(f->archive.arena);
	if (wv_sites_model(f->txn, SITE, number, f->archive.arena, &out, NULL) != WV_OK)
		return NULL;
	return out;
}

static void test_site_of_page(void **state)
{
	static const struct {
		const char *name, *key, *site;
	} rows[] = {
		{"plain", "com,example)/a/b", "com,example)"},
		{"port", "com,example:8090)/a", "com,example:8090)"},
		{"address", "127.0.0.1)/", "127.0.0.1)"},
		{"none", "com,example", ""},
		{"empty", "", ""},
	};
	unsigned char big[302];

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_text(rows[i].name, wv_sites_site(wv_slice_of(rows[i].key)), rows[i].site);
	memset(big, 'a', sizeof(big));
	big[299] = ')';
	row_int("300 bytes", (long long)wv_sites_site(wv_slice(big, 302)).n, 300);
	big[299] = 'a';
	big[300] = ')';
	row_int("301 bytes", (long long)wv_sites_site(wv_slice(big, 302)).n, 0);
	rows_end();
}

static void test_when_models_come(void **state)
{
	static const struct {
		const char *name;
		uint64_t pages, number;
	} rows[] = {
		{"none", 0, 0},       {"seven", 7, 0},     {"eight", 8, 1},      {"31", 31, 1},
		{"32", 32, 2},        {"127", 127, 2},     {"128", 128, 3},      {"255", 255, 3},
		{"256", 256, 4},      {"384", 384, 5},     {"1,279", 1279, 11},  {"1,280", 1280, 12},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		while (f->next_id < rows[i].pages)
			learn(f, 5, 0, 2);
		row_int(rows[i].name, (long long)newest(f), (long long)rows[i].number);
	}
	rows_end();
}

static void test_what_a_model_holds(void **state)
{
	static const struct {
		const char *name;
		uint64_t print;
		uint64_t pages; /* of 128; 0: not in the model */
	} rows[] = {
		{"on every page", FURNITURE, 128},
		{"on two pages", FURNITURE + 1, 0},
		{"on six, below 5 %", FURNITURE + 2, 0},
		{"on seven", FURNITURE + 3, 7},
		{"on none", FURNITURE + 4, 0},
	};
	static const uint64_t first_pages[] = {128, 2, 6, 7};
	struct fixture *f = *state;
	const struct wv_site_model *m;

	for (uint64_t page = 0; page < 128; page++) {
		struct wv_page_print list[16];
		struct wv_page_prints prints = {list, 0};

		for (uint64_t i = 0; i < 8; i++)
			list[prints.n++] = (struct wv_page_print){own_print(page, i), true};
		for (uint64_t i = 0; i < WV_COUNT(first_pages); i++)
			if (page < first_pages[i])
				list[prints.n++] = (struct wv_page_print){FURNITURE + i, i == 3};
		assert_int_equal(wv_sites_learn(f->txn, SITE, page, &prints, NULL), WV_OK);
	}
	m = model(f, WV_SITES_NEWEST);
	assert_non_null(m);
	row_int("number", (long long)m->number, 3);
	row_int("pages", m->pages, 128);
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].name, (long long)(wv_site_model_share(m, rows[i].print) * 128 + 0.5),
		        (long long)rows[i].pages);
	row_int("prints", (long long)m->n, 2);
	row_int("inside articles", wv_site_model_is_inside(m, FURNITURE + 3), 1);
	row_int("outside them", wv_site_model_is_inside(m, FURNITURE), 0);
	rows_end();
}

static void test_each_capture_teaches_once(void **state)
{
	struct fixture *f = *state;
	bool has = false;

	for (uint64_t id = 10; id < 17; id++) {
		learn_as(f, id, id, 5, 0, 1);
		learn_as(f, id, id + 1000, 5, 0, 1);
		learn_as(f, 10, id + 2000, 5, 0, 1);
	}
	row_int("repeats are passed over", (long long)newest(f), 0);
	assert_int_equal(wv_sites_has_learned(f->txn, SITE, 16, &has, NULL), WV_OK);
	row_int("the last one", has, 1);
	assert_int_equal(wv_sites_has_learned(f->txn, SITE, 17, &has, NULL), WV_OK);
	row_int("the next one", has, 0);
	assert_int_equal(wv_sites_has_learned(f->txn, WV_LIT("org,other)"), 0, &has, NULL), WV_OK);
	row_int("another site's", has, 0);
	learn_as(f, 17, 17, 5, 0, 1);
	row_int("the eighth", (long long)newest(f), 1);
	rows_end();
}

static void test_id_zero_teaches_once(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 20; i++)
		learn_as(f, 0, (uint64_t)i, 5, 0, 1);
	assert_int_equal(newest(f), 0);
}

static void test_the_same_article_again(void **state)
{
	struct fixture *f = *state;
	const struct wv_site_model *m;

	for (uint64_t id = 0; id < 8; id++) /* two articles, four addresses each */
		learn_as(f, id, id % 2, 10, 0, 1);
	m = model(f, 1);
	assert_non_null(m);
	row_int("pages", m->pages, 2);
	row_int("prints", (long long)m->n, 0);
	row_int("an article's sentence", (long long)(100 * wv_site_model_share(m, own_print(0, 0))), 0);
	rows_end();
}

static void test_models_do_not_change(void **state)
{
	struct fixture *f = *state;
	struct wv_buf was = {.cap = WV_MIB}, is = {.cap = WV_MIB};

	while (f->next_id < 8)
		learn(f, 5, 0, 3);
	assert_int_equal(wv_site_model_encode(model(f, 1), &was, NULL), WV_OK);
	while (f->next_id < 300)
		learn(f, 5, 2, 6);
	assert_int_equal(wv_site_model_encode(model(f, 1), &is, NULL), WV_OK);
	assert_true(wv_slice_equals(wv_buf_slice(&was), wv_buf_slice(&is)));
	assert_int_equal(newest(f), 4);
	assert_null(model(f, 5));
	assert_null(model(f, 0));
	wv_buf_done(&was);
	wv_buf_done(&is);
}

static struct wv_slice key_of(unsigned char key[64], char kind, uint64_t number)
{
	memcpy(key, SITE.p, SITE.n);
	key[SITE.n] = 0;
	key[SITE.n + 1] = (unsigned char)kind;
	for (unsigned i = 0; i < 8; i++)
		key[SITE.n + 2 + i] = (unsigned char)(number >> (56 - 8 * i));
	return wv_slice(key, SITE.n + 10);
}

static void test_bounded(void **state)
{
	struct fixture *f = *state;
	unsigned char key[64];
	struct wv_slice value;
	uint64_t rows = 0;

	/* Pages full of what no other page has: the worst there is. */
	for (int i = 0; i < 64; i++)
		learn(f, WV_PAGE_PRINTS_MAX - 2, 0, 2);
	assert_int_equal(wv_txn_get(f->txn, WV_TABLE_SITES, key_of(key, 's', 0), &value, NULL), WV_OK);
	row_int("state's bytes", value.n <= 23 * WV_SITE_PRINTS_MAX + 32, 1);
	assert_int_equal(wv_txn_count(f->txn, WV_TABLE_SITES, &rows, NULL), WV_OK);
	row_int("rows: head, state, two models", (long long)rows, 4);
	row_int("prints of the model", (long long)model(f, 2)->n, 2);
	for (int i = 0; i < 7; i++)
		learn(f, 20, 0, 2);
	assert_int_equal(wv_txn_count(f->txn, WV_TABLE_SITES, &rows, NULL), WV_OK);
	row_int("and seven that wait", (long long)rows, 11);
	rows_end();
}

static void test_ages(void **state)
{
	struct fixture *f = *state;
	unsigned char key[64];
	const struct wv_site_model *m;
	struct wv_slice value;

	while (f->next_id < 1000)
		learn(f, 20, 0, 1);
	m = model(f, WV_SITES_NEWEST);
	row_int("before: the old one", wv_site_model_share(m, FURNITURE) > 0.99, 1);
	while (f->next_id < 1000 + 2048)
		learn(f, 20, 1, 2);
	m = model(f, WV_SITES_NEWEST);
	row_int("after a redesign: the old one", wv_site_model_share(m, FURNITURE) < 0.2, 1);
	row_int("the new one", wv_site_model_share(m, FURNITURE + 1) > 0.8, 1);
	row_int("pages that count", m->pages <= 1024 && m->pages >= 512, 1);
	while (f->next_id < 1000 + 5120)
		learn(f, 20, 1, 2);
	m = model(f, WV_SITES_NEWEST);
	row_int("long after", (long long)(100 * wv_site_model_share(m, FURNITURE)), 0);
	assert_int_equal(wv_txn_get(f->txn, WV_TABLE_SITES, key_of(key, 's', 0), &value, NULL), WV_OK);
	row_int("what was seen once is forgotten", value.n < 72 * 20 * 12, 1);
	rows_end();
}

static void test_goes_on_after_damage(void **state)
{
	static const struct {
		const char *name;
		char kind;
		uint64_t number;
	} rows[] = {{"state", 's', 0}, {"head", 'h', 0}, {"a waiting page", 'w', 1}};
	struct fixture *f = *state;
	unsigned char key[64];
	uint64_t before;

	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		while (f->next_id % 128 != 4)
			learn(f, 5, 0, 2);
		before = newest(f);
		assert_int_equal(wv_txn_put(f->txn, WV_TABLE_SITES,
		                            key_of(key, rows[i].kind, rows[i].number),
		                            WV_LIT("\x01\xff\xff"), NULL),
		                 WV_OK);
		for (int n = 0; n < 256; n++)
			learn(f, 5, 0, 2);
		row_int(rows[i].name, newest(f) > before, 1);
		row_int(rows[i].name,
		        wv_site_model_share(model(f, WV_SITES_NEWEST), FURNITURE) > 0.9, 1);
		learn(f, 5, 0, 2);
	}
	rows_end();
}

static void test_a_damaged_model_is_said(void **state)
{
	struct fixture *f = *state;
	struct wv_site_model *out = NULL;
	unsigned char key[64];

	while (f->next_id < 8)
		learn(f, 5, 0, 2);
	assert_int_equal(wv_txn_put(f->txn, WV_TABLE_SITES, key_of(key, 'm', 1), WV_LIT("\x07"), NULL),
	                 WV_OK);
	assert_int_equal(wv_sites_model(f->txn, SITE, 1, f->archive.arena, &out, NULL), WV_DAMAGED);
	assert_null(out);
}

static void test_sites_are_apart(void **state)
{
	struct fixture *f = *state;
	struct wv_page_print list[] = {{1, true}};
	struct wv_page_prints one = {list, 1}, none = {list, 0};
	uint64_t number, rows = 0;

	while (f->next_id < 32)
		learn(f, 5, 0, 2);
	for (uint64_t id = 0; id < 8; id++) {
		list[0].print = 100 + id;
		assert_int_equal(wv_sites_learn(f->txn, WV_LIT("com,exampl)"), id, &one, NULL), WV_OK);
		assert_int_equal(wv_sites_learn(f->txn, WV_LIT("com,example2)"), id, &one, NULL), WV_OK);
		assert_int_equal(wv_sites_learn(f->txn, WV_LIT("a)"), id, &none, NULL), WV_OK);
		assert_int_equal(wv_sites_learn(f->txn, WV_SLICE_NONE, id, &one, NULL), WV_OK);
	}
	assert_int_equal(newest(f), 2);
	assert_int_equal(wv_sites_newest(f->txn, WV_LIT("com,exampl)"), &number, NULL), WV_OK);
	assert_int_equal(number, 1);
	assert_int_equal(wv_sites_newest(f->txn, WV_LIT("com,exam)"), &number, NULL), WV_NO);
	assert_int_equal(wv_sites_newest(f->txn, WV_LIT("zz)"), &number, NULL), WV_NO);
	assert_int_equal(wv_sites_newest(f->txn, WV_SLICE_NONE, &number, NULL), WV_NO);
	assert_int_equal(wv_txn_count(f->txn, WV_TABLE_SITES, &rows, NULL), WV_OK);
	assert_int_equal(rows, 4 + 3 + 3);
}

/* decode(encode(x)) = x for whatever was learned, and no cut or lengthened record decodes. */
static void test_round_trip(void **state)
{
	struct fixture *f = *state;
	struct wv_arena *arena = f->archive.arena;

	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct wv_random random = {seed};
		struct wv_site_model *m = NULL, *again = NULL;
		struct wv_buf record = {.cap = WV_MIB};
		uint64_t pages = 1 + wv_random_below(&random, 12);
		bool equal;

		wv_arena_reset(arena);
		for (uint64_t p = 0; p < pages; p++) {
			struct wv_page_print list[40];
			struct wv_page_prints prints = {list, 0};
			uint64_t n = wv_random_below(&random, 40);

			for (uint64_t i = 0; i < n; i++)
				list[prints.n++] = (struct wv_page_print){
					wv_random_below(&random, 4) ? wv_random_next(&random)
					                            : FURNITURE + i,
					wv_random_below(&random, 2) != 0};
			assert_int_equal(wv_site_model_learn(m, &prints, arena, &m, NULL), WV_OK);
		}
		assert_int_equal(wv_site_model_encode(m, &record, NULL), WV_OK);
		assert_int_equal(wv_site_model_decode(wv_buf_slice(&record), arena, &again, NULL), WV_OK);
		equal = m->number == again->number && m->pages == again->pages && m->n == again->n;
		for (size_t i = 0; equal && i < m->n; i++)
			equal = m->prints[i].print == again->prints[i].print &&
			        m->prints[i].pages == again->prints[i].pages &&
			        m->prints[i].in_article == again->prints[i].in_article &&
			        m->prints[i].last == again->prints[i].last &&
			        m->prints[i].in_article <= m->prints[i].pages &&
			        m->prints[i].pages <= m->pages && m->prints[i].last <= m->pages;
		if (!equal)
			print_error("seed %llu: what was decoded is not what was encoded\n",
			            (unsigned long long)seed);
		assert_true(equal);
		for (size_t n = 0; n < record.n && seed < 10; n++)
			assert_int_equal(wv_site_model_decode(wv_slice(record.p, n), arena, &again, NULL),
			                 WV_DAMAGED);
		wv_buf_add_byte(&record, 0);
		assert_int_equal(wv_site_model_decode(wv_buf_slice(&record), arena, &again, NULL),
		                 WV_DAMAGED);
		wv_buf_done(&record);
	}
}

/* The same pages in the same order teach the same everywhere. */
static void test_is_deterministic(void **state)
{
	struct fixture *f = *state;
	struct wv_buf first = {.cap = WV_MIB}, second = {.cap = WV_MIB};

	while (f->next_id < 128)
		learn(f, 30, f->next_id % 3, 4 + f->next_id % 5);
	assert_int_equal(wv_site_model_encode(model(f, 3), &first, NULL), WV_OK);
	wv_txn_abort(&f->txn);
	assert_int_equal(wv_txn_begin_write(wv_store_db(f->archive.store), &f->txn, NULL), WV_OK);
	assert_int_equal(newest(f), 0);
	f->next_id = 0;
	while (f->next_id < 128)
		learn(f, 30, f->next_id % 3, 4 + f->next_id % 5);
	assert_int_equal(wv_site_model_encode(model(f, 3), &second, NULL), WV_OK);
	assert_true(wv_slice_equals(wv_buf_slice(&first), wv_buf_slice(&second)));
	wv_buf_done(&first);
	wv_buf_done(&second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_site_of_page, setup, teardown),
		cmocka_unit_test_setup_teardown(test_when_models_come, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_a_model_holds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_each_capture_teaches_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_id_zero_teaches_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_same_article_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_models_do_not_change, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_goes_on_after_damage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_damaged_model_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sites_are_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_is_deterministic, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
