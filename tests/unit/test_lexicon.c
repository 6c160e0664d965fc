/* Names and words that lead to what they mean: the user's own, their faults, the longest match. */
#include "archive/copies/lexicon.h"

#include "config/base/limits.h"
#include "tests/support/rows.h"

ROWS_STATE;

static struct wv_lexicon *lexicon;
static struct wv_arena *arena;

static int set_up(void **state)
{
	(void)state;
	return wv_arena_new(16u * WV_MIB, &arena, NULL) == WV_OK &&
	                       wv_lexicon_new(&lexicon, NULL) == WV_OK
	               ? 0
	               : -1;
}

static int tear_down(void **state)
{
	(void)state;
	wv_lexicon_free(&lexicon);
	wv_lexicon_free(&lexicon); /* of none: nothing */
	wv_arena_free(&arena);
	return 0;
}

static void test_files(void **state)
{
	static const struct {
		const char *name, *content;
		enum wv_status status;
		const char *said; /* a part of it */
	} rows[] = {
		{"nothing", "", WV_OK, ""},
		{"comment and empty lines", "# names\n\n", WV_OK, ""},
		{"three kinds",
	         "name\tZzyzx Corp\tZzyzx\nplace\tZZ1\tZedland\nevent\tzedding\tzedding*\n", WV_OK,
	         ""},
		{"without a line's end", "name\tQuuxly\tQuuxly", WV_OK, ""},
		{"no such kind", "name\tA\tAaabb\nnoun\tB\tBbbcc\n", WV_SETTINGS, "words.tsv:2"},
		{"two columns", "name\tA\n", WV_SETTINGS, "words.tsv:1"},
		{"no words", "\n\nname\tA\t***\n", WV_SETTINGS, "words.tsv:3"},
		{"bytes that are no text", "name\tA\t\xff\xfe\n", WV_SETTINGS, "words.tsv:1"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_err err = WV_ERR_NONE;

		row_int(rows[i].name,
		        wv_lexicon_add_file(lexicon, wv_slice_of(rows[i].content), "words.tsv",
		                            &err),
		        rows[i].status);
		row_int(rows[i].name,
		        wv_slice_find(wv_slice_of(err.text), wv_slice_of(rows[i].said), 0) !=
		                SIZE_MAX,
		        1);
	}
	rows_end();
}

static void test_matches(void **state)
{
	static const struct {
		const char *text, *language, *label;
		size_t taken;
	} rows[] = {
		{"Borogove said", "en", "Borogove", 1},
		{"Borogove Holdings said", "en", "Borogove Holdings", 2},
		{"Borogove holding", "en", "Borogove", 1},
		{"borogovian", "en", NULL, 0},
		{"mimsying on", "en", "mimsy", 1},
		{"mims", "en", NULL, 0},
		{"Rath", "de", "rath", 1},
		{"Rath", "en", NULL, 0},
		{"TOVE rose", "en", "TOVE Inc", 1},
		{"tove rose", "en", NULL, 0},
		{"", "en", NULL, 0},
	};

	(void)state;
	assert_int_equal(wv_lexicon_add(lexicon, WV_CONCEPT_NAME, WV_LIT("Borogove"),
	                                WV_LIT("Borogove"), NULL),
	                 WV_OK);
	assert_int_equal(wv_lexicon_add(lexicon, WV_CONCEPT_NAME, WV_LIT("Borogove Holdings"),
	                                WV_LIT("Borogove Holdings"), NULL),
	                 WV_OK);
	assert_int_equal(
		wv_lexicon_add(lexicon, WV_CONCEPT_EVENT, WV_LIT("mimsy"), WV_LIT("mimsy*"), NULL),
		WV_OK);
	assert_int_equal(
		wv_lexicon_add(lexicon, WV_CONCEPT_EVENT, WV_LIT("rath"), WV_LIT("de:rath"), NULL),
		WV_OK);
	assert_int_equal(
		wv_lexicon_add(lexicon, WV_CONCEPT_NAME, WV_LIT("TOVE Inc"), WV_LIT("TOVE"), NULL),
		WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_concept *found = NULL;
		struct wv_units units;
		size_t taken = 0;

		assert_int_equal(wv_units_read(arena, wv_slice_of(rows[i].text), 100, &units, NULL),
		                 WV_OK);
		units.language = wv_units_language(wv_slice_of(rows[i].language));
		if (units.n > 0)
			found = wv_lexicon_match(lexicon, &units, 0, &taken);
		row_int(rows[i].text, found != NULL, rows[i].label != NULL);
		if (!found || !rows[i].label)
			continue;
		row_text(rows[i].text, found->label, rows[i].label);
		row_int(rows[i].text, (long long)taken, (long long)rows[i].taken);
		row_text(rows[i].text, wv_lexicon_label(lexicon, wv_lexicon_index(lexicon, found)),
		         rows[i].label);
	}
	rows_end();
}

/* Who was first keeps the name; a label of another kind is another concept. */
static void test_first_come(void **state)
{
	struct wv_units units;
	const struct wv_concept *found;
	size_t taken;

	(void)state;
	assert_int_equal(wv_lexicon_add(lexicon, WV_CONCEPT_NAME, WV_LIT("Bandersnatch"),
	                                WV_LIT("Frumious"), NULL),
	                 WV_OK);
	assert_int_equal(wv_lexicon_add(lexicon, WV_CONCEPT_NAME, WV_LIT("Jubjub"),
	                                WV_LIT("Frumious"), NULL),
	                 WV_OK);
	assert_int_equal(wv_units_read(arena, WV_LIT("Frumious"), 10, &units, NULL), WV_OK);
	found = wv_lexicon_match(lexicon, &units, 0, &taken);
	assert_non_null(found);
	row_text("the first", found->label, "Bandersnatch");
	row_int("its index", wv_lexicon_find(lexicon, WV_CONCEPT_NAME, WV_LIT("Bandersnatch")),
	        wv_lexicon_index(lexicon, found));
	row_int("another kind", wv_lexicon_find(lexicon, WV_CONCEPT_PLACE, WV_LIT("Bandersnatch")),
	        UINT32_MAX);
	row_int("no such label", wv_lexicon_find(lexicon, WV_CONCEPT_NAME, WV_LIT("Snark")),
	        UINT32_MAX);
	row_int("no letters",
	        wv_lexicon_add(lexicon, WV_CONCEPT_NAME, WV_LIT("Snark"), WV_LIT("--"), NULL),
	        WV_USAGE);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_first_come),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
