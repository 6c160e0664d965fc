#include "archive/store/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/base/limits.h"

/*
 * A diff as one line of text: paragraphs "-before", "+after", "~words" with [-removed-] and
 * {+added+}; then "!" and what is marked: n(umber), a (name), q(uote).
 */
static void print(const struct wv_diff *diff, struct wv_buf *out)
{
	for (size_t i = 0; i < diff->hunk_count; i++) {
		const struct wv_hunk *hunk = &diff->hunks[i];

		wv_buf_add_string(out, i ? " | " : "");
		if (hunk->kind == WV_HUNK_REMOVED)
			wv_buf_add_format(out, "-%.*s", WV_FMT(hunk->before));
		if (hunk->kind == WV_HUNK_ADDED)
			wv_buf_add_format(out, "+%.*s", WV_FMT(hunk->after));
		if (hunk->kind == WV_HUNK_CHANGED)
			wv_buf_add_byte(out, '~');
		for (size_t k = 0; k < hunk->word_count; k++) {
			static const char *const frames[][2] = {
				[WV_WORD_SAME] = {"", ""},
				[WV_WORD_REMOVED] = {"[-", "-]"},
				[WV_WORD_ADDED] = {"{+", "+}"},
			};
			const struct wv_word *word = &hunk->words[k];

			wv_buf_add_format(out, "%s%.*s%s", frames[word->kind][0],
			                  WV_FMT(word->text), frames[word->kind][1]);
		}
	}
	for (size_t i = 0; i < diff->mark_count; i++)
		wv_buf_add_format(out, " !%s%s%s%s", diff->marks[i].marks & WV_MARK_NUMBER ? "n" : "",
		                  diff->marks[i].marks & WV_MARK_NAME ? "a" : "",
		                  diff->marks[i].marks & WV_MARK_QUOTE ? "q" : "",
		                  diff->marks[i].is_repeated ? "=" : "");
}

static void test_diffs(void **state)
{
	static const struct {
		const char *name, *before, *after, *expected;
	} rows[] = {
		{"nothing", "", "", ""},
		{"the same", "a\nb\nc", "a\nb\nc", ""},
		{"only a line's end", "a\r\nb\n", "a\nb", ""},
		{"from nothing", "", "a\nb", "+a | +b"},
		{"to nothing", "a\nb", "", "-a | -b"},
		{"a paragraph more", "one\ntwo", "one\nand a half\ntwo", "+and a half"},
		{"a paragraph less", "one\nand a half\ntwo", "one\ntwo", "-and a half"},
		{"a word", "the quick fox runs", "the slow fox runs",
		 "~the [-quick-]{+slow+} fox runs"},
		{"a number", "rose 3.5% to 1,200 points on Monday", "rose 3.7% to 1,200 points on Monday",
		 "~rose [-3.5-]{+3.7+}% to 1,200 points on Monday !n"},
		{"the same number twice", "it fell 3 points\nthe 3 points hurt", "it fell 5 points\nthe 5 points hurt",
		 "~it fell [-3-]{+5+} points | ~the [-3-]{+5+} points hurt !n !n="},
		{"another number than before", "it fell 3 points\nthe 4 points hurt",
		 "it fell 5 points\nthe 5 points hurt",
		 "~it fell [-3-]{+5+} points | ~the [-4-]{+5+} points hurt !n !n"},
		{"the same number, once in a quotation", "it fell 3 points\n\"the 3 points hurt\"",
		 "it fell 5 points\n\"the 5 points hurt\"",
		 "~it fell [-3-]{+5+} points | ~\"the [-3-]{+5+} points hurt\" !n !nq"},
		{"a number in words", "it was four minutes fast", "it was eleven minutes fast",
		 "~it was [-four-]{+eleven+} minutes fast !n"},
		{"no number inside a word", "all of the bones were there", "all of the phones were there",
		 "~all of the [-bones-]{+phones+} were there"},
		{"numerals", "计划裁员三百人左右", "计划裁员五千人左右",
		 "~计划裁员[-三百-]{+五千+}人左右 !n"},
		{"a name", "said Smith to reporters here", "said Miller to reporters here",
		 "~said [-Smith-]{+Miller+} to reporters here !a"},
		{"no name begins a sentence", "This was it for all of us", "That was it for all of us",
		 "~[-This-]{+That+} was it for all of us"},
		{"a quotation", "he said \"we will go\" and left", "he said \"we may go\" and left",
		 "~he said \"we [-will-]{+may+} go\" and left !q"},
		{"after a quotation", "\"yes\" he said at once", "\"yes\" he said at last",
		 "~\"yes\" he said at [-once-]{+last+}"},
		{"chinese", "公司今天宣布裁员100人", "公司昨天宣布裁员200人",
		 "~公司[-今-]{+昨+}天宣布裁员[-100-]{+200+}人 !n"},
		{"chinese quotation", "他说「我们会去」。", "他说「我们不去」。",
		 "~他说「我们[-会-]{+不+}去」。 !q"},
		{"adjacent words are one change", "it was a very bad day for all",
		 "it was a rather good day for all",
		 "~it was a [-very bad-]{+rather good+} day for all"},
		{"unlike paragraphs are two", "alpha beta gamma delta", "nothing of that sort here",
		 "-alpha beta gamma delta | +nothing of that sort here"},
		{"paired by likeness, not by place", "x y z w\nthe cat sat on the mat",
		 "the cat sat on a mat\n1 2 3 4",
		 "-x y z w | ~the cat sat on [-the-]{+a+} mat | +1 2 3 4"},
		{"moved to the end", "a a\nb b\nc c", "b b\nc c\na a", "-a a | +a a"},
	};
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
		WV_AUTO(wv_buf_done) struct wv_buf got = {0};
		struct wv_diff diff;

		wv_buf_init(&got, WV_MIB);
		assert_int_equal(wv_arena_new(16 * WV_MIB, &arena, NULL), WV_OK);
		assert_int_equal(wv_diff_texts(wv_slice_of(rows[i].before), wv_slice_of(rows[i].after),
		                               arena, &diff, NULL), WV_OK);
		print(&diff, &got);
		if (!wv_slice_equals(wv_buf_slice(&got), wv_slice_of(rows[i].expected))) {
			print_error("row '%s':\n  expected %s\n  got      %.*s\n", rows[i].name,
			            rows[i].expected, WV_FMT(wv_buf_slice(&got)));
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_diffs)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
