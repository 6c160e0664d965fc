#include "archive/store/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "config/base/clock.h"
#include "config/base/limits.h"
#include "tests/support/random.h"

/* Random texts of few distinct words, so that they have much in common. */
static void write_text(struct wv_random *random, size_t lines, unsigned vocabulary,
                       struct wv_buf *out)
{
	for (size_t i = 0; i < lines; i++) {
		size_t words = wv_random_below(random, 9);

		for (size_t k = 0; k < words; k++)
			wv_buf_add_format(out, "%sw%u", k ? " " : "",
			                  (unsigned)wv_random_below(random, vocabulary));
		wv_buf_add_byte(out, '\n');
	}
}

/* A copy with some words and lines changed. */
static void edit_text(struct wv_random *random, struct wv_slice text, struct wv_buf *out)
{
	struct wv_cursor c = wv_cursor(text);
	struct wv_slice line;

	while (wv_cursor_line(&c, &line)) {
		switch (wv_random_below(random, 8)) {
		case 0:
			continue;
		case 1:
			wv_buf_add_string(out, "a new line\n");
			break;
		case 2:
			wv_buf_add(out, wv_slice_part(line, 0, line.n / 2));
			wv_buf_add_string(out, " edited ");
			wv_buf_add(out, wv_slice_from(line, line.n / 2));
			wv_buf_add_byte(out, '\n');
			continue;
		default:
			break;
		}
		wv_buf_add(out, line);
		wv_buf_add_byte(out, '\n');
	}
}

/* The words of a changed paragraph give both sides back. */
static void check_words(const struct wv_hunk *hunk)
{
	WV_AUTO(wv_buf_done) struct wv_buf before = {0};
	WV_AUTO(wv_buf_done) struct wv_buf after = {0};
	bool is_changed = false;

	wv_buf_init(&before, WV_MIB);
	wv_buf_init(&after, WV_MIB);
	for (size_t i = 0; i < hunk->word_count; i++) {
		if (hunk->words[i].kind != WV_WORD_ADDED)
			wv_buf_add(&before, hunk->words[i].text);
		if (hunk->words[i].kind != WV_WORD_REMOVED)
			wv_buf_add(&after, hunk->words[i].text);
		is_changed |= hunk->words[i].kind != WV_WORD_SAME;
		assert_true(hunk->words[i].text.n > 0);
	}
	assert_true(is_changed);
	assert_true(wv_slice_equals(wv_buf_slice(&before), hunk->before));
	assert_true(wv_slice_equals(wv_buf_slice(&after), hunk->after));
}

/* Hunks taken out of `before` and put in give `after`, in order, nothing left over. */
static void check(const struct wv_diff *diff)
{
	size_t i = 0, k = 0;

	for (size_t h = 0; h <= diff->hunk_count; h++) {
		const struct wv_hunk *hunk = h < diff->hunk_count ? &diff->hunks[h] : NULL;
		size_t end = hunk ? hunk->before_at : diff->before_count;

		for (; i < end; i++, k++) {
			assert_true(k < diff->after_count);
			assert_true(wv_slice_equals(diff->before_paragraphs[i],
			                            diff->after_paragraphs[k]));
		}
		if (!hunk)
			break;
		assert_int_equal(hunk->after_at, k);
		if (hunk->kind != WV_HUNK_ADDED)
			assert_ptr_equal(hunk->before.p, diff->before_paragraphs[i++].p);
		if (hunk->kind != WV_HUNK_REMOVED)
			assert_ptr_equal(hunk->after.p, diff->after_paragraphs[k++].p);
		if (hunk->kind == WV_HUNK_CHANGED)
			check_words(hunk);
	}
	assert_int_equal(k, diff->after_count);
	for (size_t m = 0; m < diff->mark_count; m++)
		assert_true(diff->marks[m].hunk < diff->hunk_count);
}

static void test_hunks_lead_from_before_to_after(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 400; seed++) {
		WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
		WV_AUTO(wv_buf_done) struct wv_buf before = {0};
		WV_AUTO(wv_buf_done) struct wv_buf after = {0};
		struct wv_random random = {seed};
		struct wv_diff diff;

		wv_buf_init(&before, WV_MIB);
		wv_buf_init(&after, WV_MIB);
		write_text(&random, wv_random_below(&random, 40),
		           2 + (unsigned)wv_random_below(&random, 60), &before);
		if (seed % 3)
			edit_text(&random, wv_buf_slice(&before), &after);
		else
			write_text(&random, wv_random_below(&random, 40), 5, &after);
		assert_int_equal(wv_arena_new(64 * WV_MIB, &arena, NULL), WV_OK);
		assert_int_equal(wv_diff_texts(wv_buf_slice(&before), wv_buf_slice(&after), arena,
		                               &diff, NULL),
		                 WV_OK);
		check(&diff);
		assert_int_equal(wv_diff_texts(wv_buf_slice(&before), wv_buf_slice(&before), arena,
		                               &diff, NULL),
		                 WV_OK);
		assert_int_equal(diff.hunk_count, 0);
	}
}

/* Large texts with nothing in common, one huge paragraph, and the same line ten thousand times:
 * bounded time and memory, and still a correct diff. */
static void test_large_texts_are_bounded(void **state)
{
	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
		WV_AUTO(wv_buf_done) struct wv_buf before = {0};
		WV_AUTO(wv_buf_done) struct wv_buf after = {0};
		struct wv_random random = {7};
		struct wv_diff diff;
		int64_t cpu;

		wv_buf_init(&before, 4 * WV_MIB);
		wv_buf_init(&after, 4 * WV_MIB);
		for (unsigned i = 0; i < 20000; i++) {
			unsigned one = (unsigned)wv_random_below(&random, 1000000);
			unsigned two = (unsigned)wv_random_below(&random, 1000000);
			const char *end = kind == 1 ? " " : "\n";

			if (kind < 2) {
				wv_buf_add_format(&before, "b%u%s", one, end);
				wv_buf_add_format(&after, "a%u%s", two, end);
			} else if (kind == 2) {
				wv_buf_add_string(&before, "the same\n");
				if (i % 3)
					wv_buf_add_string(&after, "the same\n");
			} else {
				wv_buf_add_format(&before, "w%u ", one % 50);
				wv_buf_add_format(&after, "w%u ", two % 50);
			}
		}
		assert_int_equal(wv_arena_new(256 * WV_MIB, &arena, NULL), WV_OK);
		cpu = wv_clock_cpu_us();
		assert_int_equal(wv_diff_texts(wv_buf_slice(&before), wv_buf_slice(&after), arena,
		                               &diff, NULL),
		                 WV_OK);
		cpu = wv_clock_cpu_us() - cpu;
		if (cpu > 20 * WV_US_PER_S)
			fail_msg("kind %d took %lld us", kind, (long long)cpu);
		if (kind != 1 && kind != 3)
			check(&diff);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hunks_lead_from_before_to_after),
		cmocka_unit_test(test_large_texts_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
