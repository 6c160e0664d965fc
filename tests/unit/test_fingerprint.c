#include "archive/copies/fingerprint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/base/limits.h"

#define EN                                                                                         \
	"The ferry left the quay at noon with eighty two people aboard, and nobody was hurt when " \
	"it ran aground off the island."

struct row {
	const char *name;
	const char *a, *b;
	bool is_equal; /* the exact digest */
};

/* What makes no difference, and what does. */
static const struct row rows[] = {
	{"itself", EN, EN, true},
	{"case", EN, "THE FERRY LEFT THE QUAY AT NOON WITH EIGHTY TWO PEOPLE ABOARD, AND NOBODY WAS "
	 "HURT WHEN IT RAN AGROUND OFF THE ISLAND.", true},
	{"headlines around it", EN, "Most read\n" EN "\nWeather\nSport", true},
	{"a notice about rights", EN,
	 EN "\nCopyright 2024 The Paper. All rights reserved. This material may not be published, "
	 "broadcast, rewritten or redistributed without permission.", true},
	{"another word", EN, "The ferry left the pier at noon with eighty two people aboard, and "
	 "nobody was hurt when it ran aground off the island.", false},
	{"words run together", EN, "Theferry left the quay at noon with eighty two people aboard, and "
	 "nobody was hurt when it ran aground off the island.", false},
	{"other script, Han", "渡輪於中午離開碼頭,船上共有八十二人,擱淺時無人受傷,乘客均已獲救上岸。",
	 "渡轮于中午离开码头,船上共有八十二人,搁浅时无人受伤,乘客均已获救上岸。", true},
	{"full width", "渡轮ABC于中午离开码头,船上共有82人,搁浅时无人受伤,乘客均已获救。",
	 "渡轮ＡＢＣ于中午离开码头，船上共有８２人，搁浅时无人受伤，乘客均已获救。", true},
	{"short lines only", "One\nTwo\nThree", "one\ntwo\nthree", true},
	{"short lines in another order", "One\nTwo\nThree", "Two\nOne\nThree", false},
	{"one number or two", "Shares rose 1.25 percent to a record close on Monday in heavy trade "
	 "there today.", "Shares rose 1 25 percent to a record close on Monday in heavy trade there "
	 "today.", false},
};

static void make(struct wv_arena *arena, const char *text, struct wv_fingerprint *out)
{
	assert_int_equal(wv_fingerprint_make(arena, wv_slice_of(text), out, NULL), WV_OK);
}

static void test_rows(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	int failed = 0;

	(void)state;
	assert_int_equal(wv_arena_new(64u * WV_MIB, &arena, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_fingerprint a, b;

		make(arena, rows[i].a, &a);
		make(arena, rows[i].b, &b);
		if (wv_digest_equals(&a.exact, &b.exact) != rows[i].is_equal) {
			printf("%s: expected %s\n", rows[i].name,
			       rows[i].is_equal ? "equal" : "different");
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

/* Equal folded text means an equal fingerprint: else the exact gate would depend on the order. */
static void test_equal_means_equal(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;

	(void)state;
	assert_int_equal(wv_arena_new(64u * WV_MIB, &arena, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_fingerprint a, b;

		if (!rows[i].is_equal)
			continue;
		make(arena, rows[i].a, &a);
		make(arena, rows[i].b, &b);
		assert_int_equal(a.entry_count, b.entry_count);
		assert_memory_equal(a.entries, b.entries, a.entry_count * sizeof(*a.entries));
		assert_int_equal(a.figure_count, b.figure_count);
		if (a.figure_count > 0)
			assert_memory_equal(a.figures, b.figures,
			                    a.figure_count * sizeof(*a.figures));
	}
}

static void test_level_rises(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf text = {0};
	uint32_t before = 0;

	(void)state;
	assert_int_equal(wv_arena_new(256u * WV_MIB, &arena, NULL), WV_OK);
	wv_buf_init(&text, 4u * WV_MIB);
	for (uint32_t words = 64; words <= 65536; words *= 4) {
		struct wv_fingerprint f;

		wv_buf_reset(&text);
		for (uint32_t i = 0; i < words; i++)
			wv_buf_add_format(&text, "w%u ", i * 2654435761u >> 7);
		wv_buf_add_string(&text, "end.");
		assert_int_equal(wv_fingerprint_make(arena, wv_buf_slice(&text), &f, NULL), WV_OK);
		assert_true(f.entry_count <= WV_FINGERPRINT_ENTRIES);
		assert_true(f.entry_count >= WV_FINGERPRINT_ENTRIES / 4 || f.level == 0);
		assert_true(f.level >= before);
		before = f.level;
	}
	assert_true(before > 4);
}

static void test_figures(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_fingerprint f;

	(void)state;
	assert_int_equal(wv_arena_new(64u * WV_MIB, &arena, NULL), WV_OK);
	make(arena, "The index rose 1.25 percent to 1,204.50 points, and volume fell to 8.8 billion "
	     "shares on the day.", &f);
	assert_int_equal(f.figure_count, 3);
	make(arena, "", &f);
	assert_int_equal(f.units, 0);
	assert_int_equal(f.entry_count, 0);
}

static void test_too_large(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_fingerprint f;

	(void)state;
	assert_int_equal(wv_arena_new(WV_MIB, &arena, NULL), WV_OK);
	assert_int_equal(wv_fingerprint_make(arena, wv_slice("", WV_LIMIT_BODY_BYTES + 1), &f, NULL),
	                 WV_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),        cmocka_unit_test(test_equal_means_equal),
		cmocka_unit_test(test_level_rises), cmocka_unit_test(test_figures),
		cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
