/* A page that takes more memory to read than a page may have is kept unread, and ends nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "archive/store/lookup.h"
#include "archive/store/writer.h"
#include "config/base/limits.h"
#include "config/settings.h"
#include "crawler/fetch/budget.h"
#include "crawler/job.h"
#include "crawler/page/html.h"
#include "tests/support/archive.h"

#define LITTLE_BYTES (96u * 1024u) /* of memory to read in */

struct bench {
	struct wv_test_archive *archive;
	struct wv_settings_file *settings;
	struct wv_frontier *frontier;
	struct wv_budget *budget;
	struct wv_job_facts facts;
	struct wv_job_tools tools;
};

static void open_bench(struct bench *b, struct wv_test_archive *archive)
{
	*b = (struct bench){.archive = archive};
	assert_int_equal(wv_settings_new_default(&b->settings, NULL), WV_OK);
	assert_int_equal(wv_budget_new(WV_LIMIT_INFLIGHT_BYTES, &b->budget, NULL), WV_OK);
	assert_int_equal(wv_html_parser_new(archive->clock, &b->tools.parser, NULL), WV_OK);
	assert_int_equal(wv_arena_new(WV_MIB, &b->tools.scratch, NULL), WV_OK);
	b->facts = (struct wv_job_facts){.settings = wv_settings_get(b->settings),
	                                 .clock = archive->clock,
	                                 .store = archive->store,
	                                 .extract = WV_EXTRACT_NOW};
}

static void close_bench(struct bench *b)
{
	wv_html_parser_free(&b->tools.parser);
	wv_arena_free(&b->tools.scratch);
	wv_arena_free(&b->tools.page);
	wv_buf_done(&b->tools.decoded);
	wv_budget_free(&b->budget);
	wv_settings_free(&b->settings);
}

/* An answer of 200 with a page of `paragraphs` paragraphs, read by the worker's part of a job. */
static struct wv_job *work(struct bench *b, enum wv_job_kind kind, size_t paragraphs,
                           size_t memory_bytes, enum wv_status *st)
{
	struct wv_fetch_answer_inner *inner;
	struct wv_fetch_answer *a;
	struct wv_job *job;

	assert_int_equal(wv_job_new(&b->facts, kind, &job, NULL), WV_OK);
	job->visit = calloc(1, sizeof(*job->visit));
	assert_non_null(job->visit);
	job->visit->kind = WV_VISIT_PAGE;
	job->visit->url = WV_LIT("http://news.example/long");
	job->visit->page_key = WV_LIT("example,news)/long");
	job->visit->source = UINT32_MAX;
	assert_int_equal(wv_budget_new_answer(b->budget, WV_LIMIT_HEADER_BYTES, WV_MIB, &inner, NULL),
	                 WV_OK);
	a = job->answer = &inner->answer;
	a->outcome = WV_FETCH_ANSWERED;
	a->status = 200;
	a->started = a->first_byte = a->finished = wv_clock_now(b->archive->clock);
	wv_buf_add(&a->headers, WV_LIT("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"));
	wv_buf_add(&a->body, WV_LIT("<html><title>Long</title><body><article><h1>Long</h1>"));
	/* Words that no packer makes small: whether the bytes are in the batch shows in its size. */
	for (size_t i = 0; i < paragraphs; i++)
		wv_buf_add_format(&a->body, "<p>The harbour was shut, said ship %016llx%016llx, and so it stayed.</p>",
		                  (unsigned long long)(i * UINT64_C(0x9e3779b97f4a7c15)),
		                  (unsigned long long)((i + 7) * UINT64_C(0xc2b2ae3d27d4eb4f)));
	assert_int_equal(a->body.failed, WV_OK);
	job->given.has_bytes = kind == WV_JOB_GIVEN;
	assert_int_equal(wv_job_read_answer(job, NULL), WV_OK);
	if (kind == WV_JOB_GIVEN) {
		wv_arena_free(&job->arena);
		assert_int_equal(wv_arena_new(memory_bytes, &job->arena, NULL), WV_OK);
	} else {
		wv_arena_free(&b->tools.page);
		assert_int_equal(wv_arena_new(memory_bytes, &b->tools.page, NULL), WV_OK);
	}
	*st = wv_job_work(job, &b->tools, NULL);
	return job;
}

static void test_a_page_in_room_enough(void **state)
{
	struct bench b;
	struct wv_job *job;
	enum wv_status st;

	open_bench(&b, *state);
	job = work(&b, WV_JOB_ANSWER, 20, 8u * WV_MIB, &st);
	assert_int_equal(st, WV_OK);
	assert_true(job->has_capture);
	assert_true(job->is_article);
	assert_int_equal(job->outcome.verdict, WV_VERDICT_ARTICLE);
	wv_job_free(&job);
	close_bench(&b);
}

/* What it asks of those who keep it was not heard: its digest is noted, its bytes are not. */
static void test_a_page_too_dear(void **state)
{
	struct bench b;
	struct wv_job *job;
	enum wv_status st;

	open_bench(&b, *state);
	job = work(&b, WV_JOB_ANSWER, 3000, LITTLE_BYTES, &st);
	assert_int_equal(st, WV_OK);
	assert_true(job->has_capture);
	assert_false(job->is_article);
	assert_false(job->teaches);
	assert_int_equal(job->found_count, 0);
	assert_int_equal(job->outcome.verdict, WV_VERDICT_OTHER);
	assert_true(job->outcome.has_body);
	assert_true(wv_batch_bytes(job->batch) < 16u * 1024u);
	wv_job_free(&job);
	/* The next page finds its room as ever. */
	job = work(&b, WV_JOB_ANSWER, 20, 8u * WV_MIB, &st);
	assert_int_equal(st, WV_OK);
	assert_true(job->is_article);
	wv_job_free(&job);
	close_bench(&b);
}

/* Who hands us bytes has archived them already: they are kept. */
static void test_given_and_too_dear(void **state)
{
	struct bench b;
	struct wv_job *job;
	enum wv_status st;

	open_bench(&b, *state);
	job = work(&b, WV_JOB_GIVEN, 3000, LITTLE_BYTES, &st);
	assert_int_equal(st, WV_OK);
	assert_true(job->has_capture);
	assert_false(job->is_article);
	assert_true(wv_batch_bytes(job->batch) > 48u * 1024u);
	wv_job_free(&job);
	close_bench(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_page_in_room_enough, wv_test_archive_set_up,
	                                        wv_test_archive_tear_down),
		cmocka_unit_test_setup_teardown(test_a_page_too_dear, wv_test_archive_set_up,
	                                        wv_test_archive_tear_down),
		cmocka_unit_test_setup_teardown(test_given_and_too_dear, wv_test_archive_set_up,
	                                        wv_test_archive_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
