/*
 * Out of memory at every allocation of ours, one after the other, until everything succeeds: the
 * failure is reported, nothing leaks (the address sanitizer looks), and the fetcher still works.
 * libcurl's own allocations are not failed: they are behind a shared library.
 */
#include "crawler/fetch/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "config/base/inflate.h"
#include "tests/support/origin.h"
#include "tests/support/rows.h"

ROWS_STATE;

/* The linker sends the calls of this program here (--wrap). Only this thread's are failed. */
static _Thread_local long left_until_failure = -1;

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool fails_now(void)
{
	if (left_until_failure < 0)
		return false;
	return left_until_failure-- == 0;
}

void *__wrap_malloc(size_t n)
{
	return fails_now() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails_now() ? NULL : __real_realloc(p, n);
}

static const struct wv_address_block loopback[] = {{{127}, false, 8}};

static const struct origin_script scripts[] = {
	{"*",
	 {{ORIGIN_SEND,
	   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
	   0, 0},
	  {ORIGIN_AGAIN, NULL, 0, 0}}},
};

static struct wv_fetch_answer *await(struct wv_fetch *fetch)
{
	struct wv_fetch_answer *answer = NULL;

	for (int i = 0; i < 100; i++) {
		if (wv_fetch_turn(fetch, WV_US_PER_S / 10, &answer, 1) == 1)
			return answer;
	}
	return NULL;
}

/* One request with the n-th allocation failing. True: nothing failed any more. */
static bool one_try(struct origin *origin, long n)
{
	const uint16_t port = origin_port(origin);
	const struct wv_resolve_entry table = {WV_LIT("a.example"), WV_LIT("127.0.0.1")};
	const struct wv_header_field field = {WV_LIT("X-More"), WV_LIT("value")};
	const struct wv_guard guard = {.allow_private = loopback,
				       .allow_private_count = 1,
				       .ports = &port,
				       .port_count = 1};
	const struct wv_fetch_options options = {.agent_name = WV_LIT("wirevault"),
						 .contact = WV_LIT("mailto:a@example.org"),
						 .timeout_us = 10 * WV_US_PER_S,
						 .resolve = &table,
						 .resolve_count = 1,
						 .guard = &guard,
						 .clock = wv_clock_system()};
	WV_AUTO(wv_fetch_free) struct wv_fetch *fetch = NULL;
	struct wv_fetch_request request = {.headers = &field, .header_count = 1};
	struct wv_fetch_answer *answer;
	enum wv_status st;
	bool done = false;
	char url[100];

	snprintf(url, sizeof(url), "http://a.example:%u/", port);
	request.url = wv_slice_of(url);
	left_until_failure = n;
	st = wv_fetch_new(&options, &fetch, NULL);
	if (st == WV_OK)
		st = wv_fetch_start(fetch, &request, NULL);
	if (st == WV_OK) {
		answer = await(fetch);
		done = left_until_failure >= 0;
		left_until_failure = -1;
		assert_non_null(answer);
		/* A header or trailer that found no memory must not pass for a whole answer. */
		if (answer->outcome == WV_FETCH_ANSWERED) {
			row_text("body", wv_buf_slice(&answer->body), "hello");
			row_text("request", wv_slice_part(wv_buf_slice(&answer->request), 0, 5),
				 "GET /");
			row_int("trailers", (long long)answer->trailers.n, 6);
		} else {
			row_int("outcome", answer->outcome, WV_FETCH_FAILED);
		}
		if (done)
			row_int("outcome at last", answer->outcome, WV_FETCH_ANSWERED);
		wv_fetch_answer_free(&answer);
	} else {
		row_int("status", st, WV_NOMEM);
	}
	left_until_failure = -1;
	if (!fetch)
		return done;
	/* It goes on as if nothing had been. */
	assert_int_equal(WV_OK, wv_fetch_start(fetch, &request, NULL));
	answer = await(fetch);
	assert_non_null(answer);
	row_int("afterwards", answer->outcome, WV_FETCH_ANSWERED);
	wv_fetch_answer_free(&answer);
	return done;
}

static void fetching(void **state)
{
	struct origin *origin =
		origin_start(&(struct origin_options){scripts, 1, NULL, false, NULL});
	long n = 0;

	(void)state;
	while (n < 1000 && !one_try(origin, n))
		n++;
	print_message("%ld allocations failed in turn\n", n);
	assert_in_range(n, 10, 999);
	origin_stop(&origin);
	rows_end();
}

static void inflating(void **state)
{
	static unsigned char plain[200000], packed[210000];
	struct wv_inflate_caps caps = {sizeof(plain), 2000, 0};
	uLongf packed_n = sizeof(packed);
	long n = 0;
	bool done = false;

	(void)state;
	assert_int_equal(Z_OK, compress(packed, &packed_n, plain, sizeof(plain)));
	for (; n < 100 && !done; n++) {
		struct wv_buf out;
		enum wv_status st;

		wv_buf_init(&out, sizeof(plain));
		left_until_failure = n;
		st = wv_inflate_all(WV_INFLATE_DEFLATE, caps, wv_slice(packed, packed_n), &out,
				    NULL);
		done = left_until_failure >= 0;
		left_until_failure = -1;
		row_int("status", st, done ? WV_OK : WV_NOMEM);
		wv_buf_done(&out);
	}
	assert_in_range(n, 3, 99);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fetching),
		cmocka_unit_test(inflating),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
