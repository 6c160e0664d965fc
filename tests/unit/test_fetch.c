/* The fetcher against a server on loopback that does what a script says, byte by byte. */
#include "crawler/fetch/fetch.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include "config/base/queue.h"
#include "crawler/fetch/headers.h"
#include "tests/support/getaddrinfo.h"
#include "tests/support/origin.h"
#include "tests/support/rows.h"

ROWS_STATE;

/* gcc takes no compound literal in a static table. */
#define LIT(text)                                                                                  \
	{                                                                                          \
		(const unsigned char *)(text), sizeof(text) - 1                                    \
	}

#define HEAD_OK "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
#define HELLO   "Content-Length: 5\r\n\r\nhello"

static const struct wv_address_block loopback[] = {
	{{127}, false, 8},
	{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, true, 128},
};

struct bench {
	struct wv_guard guard;
	struct wv_guard_host hosts[4];
	uint16_t ports[4];
	struct wv_fetch_options options;
	struct wv_fetch *fetch;
};

/* Everything on loopback is allowed, at this port; short timeouts. */
static void bench_prepare(struct bench *bench, uint16_t port)
{
	memset(bench, 0, sizeof(*bench));
	bench->ports[0] = port;
	bench->ports[1] = 80;
	bench->guard = (struct wv_guard){.allow_private = loopback,
					 .allow_private_count = WV_COUNT(loopback),
					 .ports = bench->ports,
					 .port_count = 2,
					 .hosts = bench->hosts};
	bench->options = (struct wv_fetch_options){
		.agent_name = WV_LIT("wirevault"),
		.contact = WV_LIT("https://example.org/bot"),
		.timeout_us = WV_US_PER_S,
		.guard = &bench->guard,
		.clock = wv_clock_system(),
	};
}

static void bench_open(struct bench *bench)
{
	struct wv_err err = WV_ERR_NONE;

	if (wv_fetch_new(&bench->options, &bench->fetch, &err) != WV_OK)
		fail_msg("%s", err.text);
}

static struct wv_fetch_answer *await(struct wv_fetch *fetch)
{
	struct wv_fetch_answer *answer = NULL;

	for (int i = 0; i < 300; i++) {
		if (wv_fetch_turn(fetch, WV_US_PER_S / 10, &answer, 1) == 1)
			return answer;
	}
	fail_msg("no answer within 30 s");
	return NULL;
}

static struct wv_fetch_answer *ask(struct bench *bench, const struct wv_fetch_request *request)
{
	struct wv_err err = WV_ERR_NONE;

	if (wv_fetch_start(bench->fetch, request, &err) != WV_OK)
		fail_msg("%s", err.text);
	return await(bench->fetch);
}

static struct wv_fetch_answer *ask_url(struct bench *bench, const char *url)
{
	return ask(bench, &(struct wv_fetch_request){.url = wv_slice_of(url)});
}

/* ---- every outcome ---- */

struct outcome_row {
	const char *name;
	enum wv_fetch_outcome outcome;
	int status;
	const char *body;    /* NULL: not looked at */
	const char *headers; /* NULL: not looked at */
	struct origin_step steps[ORIGIN_STEPS_MAX];
};

#define SEND(text)                                                                                 \
	{                                                                                          \
		ORIGIN_SEND, text, 0, 0                                                            \
	}
#define SENDN(text)                                                                                \
	{                                                                                          \
		ORIGIN_SEND, text, sizeof(text) - 1, 0                                             \
	}
#define PAUSE(ms)                                                                                  \
	{                                                                                          \
		ORIGIN_PAUSE, NULL, 0, ms                                                          \
	}
#define REPEAT(text, k)                                                                            \
	{                                                                                          \
		ORIGIN_REPEAT, text, 0, k                                                          \
	}
#define TRICKLE(text, k)                                                                           \
	{                                                                                          \
		ORIGIN_TRICKLE, text, 0, k                                                         \
	}
#define HANG                                                                                       \
	{                                                                                          \
		ORIGIN_HANG, NULL, 0, 0                                                            \
	}
#define RESET                                                                                      \
	{                                                                                          \
		ORIGIN_RESET, NULL, 0, 0                                                           \
	}

static const struct outcome_row outcome_rows[] = {
	{"plain",
	 WV_FETCH_ANSWERED,
	 200,
	 "hello",
	 HEAD_OK "Content-Length: 5\r\n\r\n",
	 {SEND(HEAD_OK HELLO)}},
	{"in pieces with pauses",
	 WV_FETCH_ANSWERED,
	 200,
	 "hello",
	 HEAD_OK "Content-Length: 5\r\n\r\n",
	 {SEND("HTTP/1.1 200 O"), PAUSE(30), SEND("K\r\nContent-Type: tex"), PAUSE(30),
	  SEND("t/html\r\nContent-Length: 5\r\n\r"), PAUSE(30), SEND("\nhel"), PAUSE(30),
	  SEND("lo")}},
	{"byte by byte",
	 WV_FETCH_ANSWERED,
	 200,
	 "hello",
	 HEAD_OK "Content-Length: 5\r\n\r\n",
	 {TRICKLE(HEAD_OK HELLO, 2)}},
	{"to the connection's end",
	 WV_FETCH_ANSWERED,
	 200,
	 "until the end",
	 NULL,
	 {SEND(HEAD_OK "\r\nuntil the end")}},
	{"HTTP/1.0",
	 WV_FETCH_ANSWERED,
	 200,
	 "old",
	 "HTTP/1.0 200 OK\r\nServer: x\r\n\r\n",
	 {SEND("HTTP/1.0 200 OK\r\nServer: x\r\n\r\nold")}},
	{"no reason phrase",
	 WV_FETCH_ANSWERED,
	 200,
	 "hello",
	 NULL,
	 {SEND("HTTP/1.1 200\r\n" HELLO)}},
	{"chunked",
	 WV_FETCH_ANSWERED,
	 200,
	 "hello world",
	 NULL,
	 {SEND(HEAD_OK
	       "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n")}},
	{"bare line feeds, kept as they are",
	 WV_FETCH_ANSWERED,
	 200,
	 "hello",
	 "HTTP/1.1 200 OK\nContent-Length: 5\n\n",
	 {SEND("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello")}},
	{"folded field, kept as it is",
	 WV_FETCH_ANSWERED,
	 200,
	 "hello",
	 "HTTP/1.1 200 OK\r\nX-Long: one\r\n  two\r\n\tthree\r\nContent-Length: 5\r\n\r\n",
	 {SEND("HTTP/1.1 200 OK\r\nX-Long: one\r\n  two\r\n\tthree\r\n" HELLO)}},
	{"odd bytes in a field, kept as they are",
	 WV_FETCH_ANSWERED,
	 200,
	 "hello",
	 "HTTP/1.1 200 Gr\xfc\xdf\r\nX: \x80\xff\x01  spaced \r\nContent-Length: 5\r\n\r\n",
	 {SEND("HTTP/1.1 200 Gr\xfc\xdf\r\nX: \x80\xff\x01  spaced \r\n" HELLO)}},
	{"early hints before it are dropped",
	 WV_FETCH_ANSWERED,
	 200,
	 "hello",
	 HEAD_OK "Content-Length: 5\r\n\r\n",
	 {SEND("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" HEAD_OK
		       HELLO)}},
	{"404 with a body",
	 WV_FETCH_ANSWERED,
	 404,
	 "gone?",
	 NULL,
	 {SEND("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\ngone?")}},
	{"204 has no body",
	 WV_FETCH_ANSWERED,
	 204,
	 "",
	 NULL,
	 {SEND("HTTP/1.1 204 No Content\r\n\r\n")}},
	{"redirect is not followed",
	 WV_FETCH_ANSWERED,
	 302,
	 "",
	 NULL,
	 {SEND("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: "
	       "0\r\n\r\n")}},
	{"redirect to a file is not followed",
	 WV_FETCH_ANSWERED,
	 301,
	 "",
	 NULL,
	 {SEND("HTTP/1.1 301 Moved\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n")}},
	{"redirect to a private address is not followed",
	 WV_FETCH_ANSWERED,
	 307,
	 "",
	 NULL,
	 {SEND("HTTP/1.1 307 There\r\nLocation: http://169.254.169.254/\r\nContent-Length: "
	       "0\r\n\r\n")}},
	{"longer than its Content-Length: cut there",
	 WV_FETCH_ANSWERED,
	 200,
	 "hello",
	 NULL,
	 {SEND(HEAD_OK HELLO " and more")}},
	{"shorter than its Content-Length",
	 WV_FETCH_DISCONNECTED,
	 200,
	 "hel",
	 NULL,
	 {SEND(HEAD_OK "Content-Length: 5\r\n\r\nhel")}},
	{"reset in the body",
	 WV_FETCH_DISCONNECTED,
	 200,
	 NULL,
	 NULL,
	 {SEND(HEAD_OK "Content-Length: 5\r\n\r\nhel"), PAUSE(50), RESET}},
	{"chunk cut",
	 WV_FETCH_DISCONNECTED,
	 200,
	 "hel",
	 NULL,
	 {SEND(HEAD_OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhel")}},
	{"last chunk missing",
	 WV_FETCH_DISCONNECTED,
	 200,
	 "hello",
	 NULL,
	 {SEND(HEAD_OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")}},
	{"chunk size is no number",
	 WV_FETCH_DISCONNECTED,
	 200,
	 "hello",
	 NULL,
	 {SEND(HEAD_OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n")}},
	{"chunk size overflows",
	 WV_FETCH_DISCONNECTED,
	 200,
	 "",
	 NULL,
	 {SEND(HEAD_OK "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\nhello")}},
	{"closed at once", WV_FETCH_DISCONNECTED, 0, "", NULL, {{ORIGIN_CLOSE, NULL, 0, 0}}},
	{"reset at once", WV_FETCH_DISCONNECTED, 0, "", NULL, {RESET}},
	{"closed inside the status line", WV_FETCH_DISCONNECTED, 0, "", NULL, {SEND("HTTP/1.1 2")}},
	{"closed inside the header block",
	 WV_FETCH_DISCONNECTED,
	 0,
	 "",
	 NULL,
	 {SEND("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n")}},
	{"silent", WV_FETCH_TIMEOUT, 0, "", NULL, {HANG}},
	{"silent inside the header block", WV_FETCH_TIMEOUT, 0, "", NULL, {SEND(HEAD_OK), HANG}},
	{"header block that trickles",
	 WV_FETCH_TIMEOUT,
	 0,
	 "",
	 NULL,
	 {TRICKLE(HEAD_OK "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" HELLO, 40)}},
	{"silent in the body",
	 WV_FETCH_TOO_SLOW,
	 200,
	 "hel",
	 NULL,
	 {SEND(HEAD_OK "Content-Length: 5\r\n\r\nhel"), HANG}},
	{"body that trickles",
	 WV_FETCH_TOO_SLOW,
	 200,
	 NULL,
	 NULL,
	 {SEND(HEAD_OK "Content-Length: 5000\r\n\r\n"),
	  {ORIGIN_TRICKLE,
	   "aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	   "a",
	   0, 100},
	  HANG}},
	{"not HTTP", WV_FETCH_BAD_HTTP, 0, "", NULL, {SEND("SSH-2.0-OpenSSH_9.2\r\n")}},
	{"HTTP/0.9", WV_FETCH_BAD_HTTP, 0, "", NULL, {SEND("<html>hello</html>")}},
	{"NUL in a field",
	 WV_FETCH_BAD_HTTP,
	 0,
	 "",
	 NULL,
	 {SENDN("HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n")}},
	{"unknown version", WV_FETCH_BAD_HTTP, 0, "", NULL, {SEND("HTTP/7.3 200 OK\r\n" HELLO)}},
	{"304 nobody asked for",
	 WV_FETCH_BAD_HTTP,
	 304,
	 "",
	 NULL,
	 {SEND("HTTP/1.1 304 Not Modified\r\n\r\n")}},
	{"206 nobody asked for",
	 WV_FETCH_BAD_HTTP,
	 206,
	 "hello",
	 NULL,
	 {SEND("HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-4/9\r\n" HELLO)}},
	{"two lengths",
	 WV_FETCH_BAD_HTTP,
	 200,
	 NULL,
	 NULL,
	 {SEND("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 5\r\n\r\nhello")}},
	{"the same length twice",
	 WV_FETCH_ANSWERED,
	 200,
	 "hello",
	 NULL,
	 {SEND("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello")}},
	{"endless body",
	 WV_FETCH_TOO_LARGE,
	 200,
	 NULL,
	 NULL,
	 {SEND(HEAD_OK "\r\n"),
	  REPEAT("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", -1)}},
	{"endless chunks",
	 WV_FETCH_TOO_LARGE,
	 200,
	 NULL,
	 NULL,
	 {SEND(HEAD_OK "Transfer-Encoding: chunked\r\n\r\n"), REPEAT("8\r\n01234567\r\n", -1)}},
	{"flood of fields",
	 WV_FETCH_BAD_HTTP,
	 0,
	 NULL,
	 NULL,
	 {SEND("HTTP/1.1 200 OK\r\n"), REPEAT("X: y\r\n", -1)}},
	{"flood of early hints",
	 WV_FETCH_BAD_HTTP,
	 0,
	 NULL,
	 NULL,
	 {REPEAT("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", -1)}},
	{"flood of trailers",
	 WV_FETCH_BAD_HTTP,
	 200,
	 NULL,
	 NULL,
	 {SEND(HEAD_OK "Transfer-Encoding: chunked\r\n\r\n0\r\n"), REPEAT("X: y\r\n", -1)}},
	{"endless status line",
	 WV_FETCH_BAD_HTTP,
	 0,
	 NULL,
	 NULL,
	 {SEND("HTTP/1.1 200 "), REPEAT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", -1)}},
	{"endless field",
	 WV_FETCH_BAD_HTTP,
	 0,
	 NULL,
	 NULL,
	 {SEND("HTTP/1.1 200 OK\r\nX: "), REPEAT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", -1)}},
};

#define ROW_BODY_CAP 10000u

static void check_outcome(const struct outcome_row *row, const struct wv_fetch_answer *answer)
{
	if (answer->outcome != row->outcome) {
		print_error("row '%s': expected %s, got %s (%s)\n", row->name,
			    wv_fetch_outcome_name(row->outcome),
			    wv_fetch_outcome_name(answer->outcome), answer->words);
		rows_failed++;
	}
	row_int(row->name, answer->status, row->status);
	if (row->body)
		row_text(row->name, wv_buf_slice(&answer->body), row->body);
	if (row->headers)
		row_text(row->name, wv_buf_slice(&answer->headers), row->headers);
	if ((answer->words[0] == 0) != (row->outcome == WV_FETCH_ANSWERED)) {
		print_error("row '%s': words '%s'\n", row->name, answer->words);
		rows_failed++;
	}
	if (row->outcome == WV_FETCH_TOO_LARGE)
		row_int(row->name, (long long)answer->body.n, ROW_BODY_CAP);
	if (answer->headers.n > WV_LIMIT_HEADER_BYTES || answer->trailers.n > WV_LIMIT_HEADER_BYTES)
		row_int(row->name, (long long)answer->headers.n, WV_LIMIT_HEADER_BYTES);
	row_text(row->name, wv_slice_of(answer->address), "127.0.0.1");
}

/* All rows at once, as a crawl has them; the answers come in any order. */
static void outcomes(void **state)
{
	struct origin_script scripts[WV_COUNT(outcome_rows)];
	char paths[WV_COUNT(outcome_rows)][16], url[100];
	struct origin *origin;
	struct bench bench;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(outcome_rows); i++) {
		snprintf(paths[i], sizeof(paths[i]), "/row%zu", i);
		scripts[i].path = paths[i];
		memcpy(scripts[i].steps, outcome_rows[i].steps, sizeof(scripts[i].steps));
	}
	origin = origin_start(
		&(struct origin_options){scripts, WV_COUNT(scripts), NULL, false, NULL});
	bench_prepare(&bench, origin_port(origin));
	bench_open(&bench);
	for (size_t i = 0; i < WV_COUNT(outcome_rows); i++) {
		uintptr_t index = i;

		assert_int_equal(
			WV_OK, wv_fetch_start(bench.fetch,
					      &(struct wv_fetch_request){
						      .url = wv_slice_of(origin_url(
							      origin, paths[i], url, sizeof(url))),
						      .max_body_bytes = ROW_BODY_CAP,
						      .user = (void *)index},
					      NULL));
	}
	for (size_t i = 0; i < WV_COUNT(outcome_rows); i++) {
		struct wv_fetch_answer *answer = await(bench.fetch);

		check_outcome(&outcome_rows[(uintptr_t)answer->user], answer);
		wv_fetch_answer_free(&answer);
	}
	assert_int_equal(0, wv_fetch_in_flight(bench.fetch));
	assert_int_equal(0, wv_fetch_held_bytes(bench.fetch));
	wv_fetch_free(&bench.fetch);
	origin_stop(&origin);
	rows_end();
}

/* ---- the request, byte by byte ---- */

static const struct origin_script hello_scripts[] = {
	{"*", {SEND(HEAD_OK HELLO), {ORIGIN_AGAIN, NULL, 0, 0}}},
};

static struct origin *hello_origin(void)
{
	return origin_start(&(struct origin_options){hello_scripts, 1, NULL, false, NULL});
}

static const struct wv_header_field language[] = {{LIT("Accept-Language"), LIT("ja, en;q=0.5")}};
static const struct wv_header_field override[] = {{LIT("accept"), LIT("text/plain")},
						  {LIT("X-Empty"), LIT("")}};

struct request_row {
	const char *name;
	const char *path;
	const char *contact;
	struct wv_fetch_request request;
	const char *sent; /* "PORT" stands for the port */
};

#define PAGE_ACCEPT "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
#define CODINGS     "Accept-Encoding: gzip, deflate\r\n"

static const struct request_row request_rows[] = {
	{"page",
	 "/a?b=c",
	 "https://example.org/bot",
	 {.kind = WV_FETCH_PAGE},
	 "GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"
	 "User-Agent: wirevault/" WV_VERSION " (+https://example.org/bot)\r\n" PAGE_ACCEPT CODINGS
	 "\r\n"},
	{"mail contact gives From",
	 "/",
	 "mailto:crawl@example.org?subject=x",
	 {.kind = WV_FETCH_ROBOTS},
	 "GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"
	 "User-Agent: wirevault/" WV_VERSION " (+mailto:crawl@example.org?subject=x)\r\n"
	 "From: crawl@example.org\r\nAccept: text/plain,*/*;q=0.5\r\n" CODINGS "\r\n"},
	{"validators go verbatim",
	 "/",
	 "https://e.org/",
	 {.etag = LIT("W/\"abc, d\xc3\xa9\""), .last_modified = LIT("Wed, 05 Jun 24 05:45:03 gmt")},
	 "GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"
	 "User-Agent: wirevault/" WV_VERSION " (+https://e.org/)\r\n" PAGE_ACCEPT CODINGS
	 "If-None-Match: W/\"abc, d\xc3\xa9\"\r\nIf-Modified-Since: Wed, 05 Jun 24 05:45:03 "
	 "gmt\r\n\r\n"},
	{"a tag that Apache marked goes out with and without the mark",
	 "/",
	 "https://e.org/",
	 {.etag = LIT("W/\"5f-gzip\""), .kind = WV_FETCH_ANY},
	 "GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"
	 "User-Agent: wirevault/" WV_VERSION " (+https://e.org/)\r\nAccept: */*\r\n" CODINGS
	 "If-None-Match: W/\"5f-gzip\", W/\"5f\"\r\n\r\n"},
	{"a validator with a line break is not sent",
	 "/",
	 "https://e.org/",
	 {.etag = LIT("\"a\"\r\nX-Evil: 1"), .kind = WV_FETCH_ANY},
	 "GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"
	 "User-Agent: wirevault/" WV_VERSION " (+https://e.org/)\r\nAccept: */*\r\n" CODINGS
	 "\r\n"},
	{"further fields come last",
	 "/",
	 "https://e.org/",
	 {.kind = WV_FETCH_IMAGE, .headers = language, .header_count = 1},
	 "GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"
	 "User-Agent: wirevault/" WV_VERSION
	 " (+https://e.org/)\r\nAccept: image/*,*/*;q=0.5\r\n" CODINGS
	 "Accept-Language: ja, en;q=0.5\r\n\r\n"},
	{"and stand over ours of the same name",
	 "/",
	 "https://e.org/",
	 {.headers = override, .header_count = 2},
	 "GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"
	 "User-Agent: wirevault/" WV_VERSION " (+https://e.org/)\r\n" CODINGS
	 "accept: text/plain\r\nX-Empty:\r\n\r\n"},
	{"the path is not touched",
	 "/a/../b/./c%2e%2E/%7e//d|e'\\f?x=/../&y=\\\"",
	 "https://e.org/",
	 {.kind = WV_FETCH_ANY},
	 "GET /a/../b/./c%2e%2E/%7e//d|e'\\f?x=/../&y=\\\" HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"
	 "User-Agent: wirevault/" WV_VERSION " (+https://e.org/)\r\nAccept: */*\r\n" CODINGS
	 "\r\n"},
};

/* `sent` with the port in the place of its name. */
static void expand_port(const char *sent, uint16_t port, struct wv_buf *out)
{
	struct wv_slice all = wv_slice_of(sent);
	size_t at = wv_slice_find(all, WV_LIT("PORT"), 0);

	wv_buf_add(out, wv_slice_part(all, 0, at));
	wv_buf_add_format(out, "%u", port);
	wv_buf_add(out, wv_slice_from(all, at + 4));
}

static void requests(void **state)
{
	struct origin *origin = hello_origin();

	(void)state;
	for (size_t i = 0; i < WV_COUNT(request_rows); i++) {
		const struct request_row *row = &request_rows[i];
		struct wv_fetch_request request = row->request;
		struct wv_fetch_answer *answer;
		struct bench bench;
		struct wv_buf expected;
		char url[200];

		wv_buf_init(&expected, 4096);
		expand_port(row->sent, origin_port(origin), &expected);
		bench_prepare(&bench, origin_port(origin));
		bench.options.contact = wv_slice_of(row->contact);
		bench_open(&bench);
		request.url = wv_slice_of(origin_url(origin, row->path, url, sizeof(url)));
		answer = ask(&bench, &request);
		row_int(row->name, answer->outcome, WV_FETCH_ANSWERED);
		row_text(row->name, origin_request(origin, i), wv_buf_string(&expected));
		row_text(row->name, wv_buf_slice(&answer->request), wv_buf_string(&expected));
		row_int(row->name, answer->is_conditional,
			wv_slice_find(origin_request(origin, i), WV_LIT("If-N"), 0) != SIZE_MAX);
		wv_fetch_answer_free(&answer);
		wv_fetch_free(&bench.fetch);
		wv_buf_done(&expected);
	}
	origin_stop(&origin);
	rows_end();
}

static void a_long_request_is_kept_whole(void **state)
{
	static char long_value[60000];
	struct wv_header_field field = {WV_LIT("X-Long"), {(unsigned char *)long_value, 60000}};
	struct origin *origin = hello_origin();
	struct wv_fetch_answer *answer;
	struct bench bench;
	char url[100];

	(void)state;
	memset(long_value, 'v', sizeof(long_value));
	bench_prepare(&bench, origin_port(origin));
	bench_open(&bench);
	answer = ask(&bench, &(struct wv_fetch_request){
				     .url = wv_slice_of(origin_url(origin, "/", url, sizeof(url))),
				     .headers = &field,
				     .header_count = 1});
	assert_int_equal(WV_FETCH_ANSWERED, answer->outcome);
	assert_true(wv_slice_equals(origin_request(origin, 0), wv_buf_slice(&answer->request)));
	assert_true(answer->request.n > 60000);
	wv_fetch_answer_free(&answer);
	wv_fetch_free(&bench.fetch);
	origin_stop(&origin);
}

static void fields_that_may_not_be_sent(void **state)
{
	static const struct {
		const char *name;
		struct wv_header_field field;
	} rows[] = {
		{"line break in a value", {LIT("X"), LIT("a\r\nHost: b")}},
		{"NUL in a value", {LIT("X"), LIT("a\0b")}},
		{"line break in a name", {LIT("X\r\nY"), LIT("a")}},
		{"space in a name", {LIT("X Y"), LIT("a")}},
		{"no name", {LIT(""), LIT("a")}},
		{"Host", {LIT("host"), LIT("other")}},
		{"User-Agent", {LIT("User-Agent"), LIT("Mozilla/5.0")}},
		{"Range", {LIT("Range"), LIT("bytes=0-5")}},
		{"Transfer-Encoding", {LIT("Transfer-Encoding"), LIT("chunked")}},
	};
	struct bench bench;

	(void)state;
	bench_prepare(&bench, 80);
	bench_open(&bench);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_fetch_request request = {.url = WV_LIT("http://127.0.0.1/"),
						   .headers = &rows[i].field,
						   .header_count = 1};

		row_int(rows[i].name, wv_fetch_start(bench.fetch, &request, NULL), WV_USAGE);
	}
	assert_int_equal(0, wv_fetch_in_flight(bench.fetch));
	wv_fetch_free(&bench.fetch);
	rows_end();
}

static void agents_that_cannot_be(void **state)
{
	struct bench bench;

	(void)state;
	bench_prepare(&bench, 80);
	bench.options.agent_name = WV_LIT("wire vault");
	assert_int_equal(WV_USAGE, wv_fetch_new(&bench.options, &bench.fetch, NULL));
	bench.options.agent_name = WV_LIT("wirevault");
	bench.options.contact = WV_LIT("https://e.org/\r\nX: y");
	assert_int_equal(WV_USAGE, wv_fetch_new(&bench.options, &bench.fetch, NULL));
	assert_null(bench.fetch);
}

/* The environment and the home folder are not asked. */
static void nothing_from_the_environment(void **state)
{
	struct origin *origin = hello_origin();
	struct wv_fetch_answer *answer;
	struct bench bench;
	char url[100];

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
	bench_prepare(&bench, origin_port(origin));
	bench_open(&bench);
	answer = ask_url(&bench, origin_url(origin, "/", url, sizeof(url)));
	assert_int_equal(WV_FETCH_ANSWERED, answer->outcome);
	assert_false(answer->via_proxy);
	wv_fetch_answer_free(&answer);
	wv_fetch_free(&bench.fetch);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	origin_stop(&origin);
}

static void cookies_only_where_asked(void **state)
{
	static const struct origin_script scripts[] = {
		{"*",
		 {SEND("HTTP/1.1 200 OK\r\nSet-Cookie: server=1\r\n" HELLO),
		  {ORIGIN_AGAIN, NULL, 0, 0}}}};
	static const char cookies[] = "127.0.0.1\tFALSE\t/\tFALSE\t0\tconsent\tyes\n"
				      "other.example\tTRUE\t/\tFALSE\t0\tsecret\tother\n";
	struct origin *origin =
		origin_start(&(struct origin_options){scripts, 1, NULL, false, NULL});
	char path[] = "/tmp/wirevault-cookies-XXXXXX", url[100];
	int fd = mkstemp(path);
	struct bench bench;
	size_t with = 0;

	(void)state;
	assert_true(fd >= 0 && write(fd, cookies, sizeof(cookies) - 1) > 0);
	close(fd);
	bench_prepare(&bench, origin_port(origin));
	bench_open(&bench);
	for (int i = 0; i < 4; i++) { /* with the file and without, in turn */
		struct wv_fetch_request request = {
			.url = wv_slice_of(origin_url(origin, "/", url, sizeof(url))),
			.cookies_file = i % 2 ? wv_slice_of(path) : WV_SLICE_NONE};
		struct wv_fetch_answer *answer = ask(&bench, &request);
		struct wv_slice sent = origin_request(origin, (size_t)i);

		assert_int_equal(WV_FETCH_ANSWERED, answer->outcome);
		wv_fetch_answer_free(&answer);
		if (wv_slice_find(sent, WV_LIT("\r\nCookie: consent=yes\r\n"), 0) != SIZE_MAX)
			with++;
		else
			assert_true(wv_slice_find_nocase(sent, WV_LIT("cookie"), 0) == SIZE_MAX);
		assert_true(wv_slice_find(sent, WV_LIT("server=1"), 0) == SIZE_MAX);
		assert_true(wv_slice_find(sent, WV_LIT("secret"), 0) == SIZE_MAX);
	}
	assert_int_equal(2, with);
	unlink(path);
	{
		struct wv_fetch_answer *answer =
			ask(&bench, &(struct wv_fetch_request){.url = wv_slice_of(url),
							       .cookies_file = wv_slice_of(path)});

		assert_int_equal(WV_FETCH_FAILED, answer->outcome);
		wv_fetch_answer_free(&answer);
	}
	wv_fetch_free(&bench.fetch);
	origin_stop(&origin);
}

static void trailers_stand_apart(void **state)
{
	static const struct origin_script scripts[] = {
		{"*",
		 {SEND(HEAD_OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: "
			       "7\r\nX-More: 8\r\n\r\n")}}};
	struct origin *origin =
		origin_start(&(struct origin_options){scripts, 1, NULL, false, NULL});
	struct wv_fetch_answer *answer;
	struct bench bench;
	char url[100];

	(void)state;
	bench_prepare(&bench, origin_port(origin));
	bench_open(&bench);
	answer = ask_url(&bench, origin_url(origin, "/", url, sizeof(url)));
	row_int("outcome", answer->outcome, WV_FETCH_ANSWERED);
	row_text("headers", wv_buf_slice(&answer->headers),
		 HEAD_OK "Transfer-Encoding: chunked\r\n\r\n");
	row_text("trailers", wv_headers_first(wv_buf_slice(&answer->trailers), WV_LIT("x-sum")),
		 "7");
	row_text("body", wv_buf_slice(&answer->body), "hello");
	row_int("version", answer->http_major * 10 + answer->http_minor, 11);
	row_int("rebuilt", answer->headers_rebuilt, false);
	wv_fetch_answer_free(&answer);
	wv_fetch_free(&bench.fetch);
	origin_stop(&origin);
	rows_end();
}

static void asked_for_304(void **state)
{
	static const struct origin_script scripts[] = {
		{"*", {SEND("HTTP/1.1 304 Not Modified\r\nETag: \"new\"\r\n\r\n")}}};
	struct origin *origin =
		origin_start(&(struct origin_options){scripts, 1, NULL, false, NULL});
	struct wv_fetch_answer *answer;
	struct bench bench;
	char url[100];

	(void)state;
	bench_prepare(&bench, origin_port(origin));
	bench_open(&bench);
	answer = ask(&bench, &(struct wv_fetch_request){
				     .url = wv_slice_of(origin_url(origin, "/", url, sizeof(url))),
				     .etag = WV_LIT("\"old\"")});
	assert_int_equal(WV_FETCH_ANSWERED, answer->outcome);
	assert_int_equal(304, answer->status);
	assert_true(answer->is_conditional);
	wv_fetch_answer_free(&answer);
	wv_fetch_free(&bench.fetch);
	origin_stop(&origin);
}

static void times_are_the_clock_s(void **state)
{
	static const struct origin_script scripts[] = {{"*", {SEND(HEAD_OK HELLO)}}};
	struct origin *origin =
		origin_start(&(struct origin_options){scripts, 1, NULL, false, NULL});
	struct wv_time start = {INT64_C(1717566303000000)};
	struct wv_fetch_answer *answer;
	struct wv_clock *clock = NULL;
	struct bench bench;
	char url[100];

	(void)state;
	assert_int_equal(WV_OK, wv_clock_new_simulated(NULL, start, &clock, NULL));
	bench_prepare(&bench, origin_port(origin));
	bench.options.clock = clock;
	bench_open(&bench);
	assert_int_equal(WV_OK, wv_fetch_start(bench.fetch,
					       &(struct wv_fetch_request){
						       .url = wv_slice_of(origin_url(
							       origin, "/", url, sizeof(url)))},
					       NULL));
	wv_clock_turn(clock, 7 * WV_US_PER_S);
	answer = await(bench.fetch);
	assert_int_equal(start.us, answer->started.us);
	assert_int_equal(start.us + 7 * WV_US_PER_S, answer->first_byte.us);
	assert_int_equal(start.us + 7 * WV_US_PER_S, answer->finished.us);
	assert_int_equal(7 * WV_US_PER_S, answer->finished_mono.us - answer->started_mono.us);
	wv_fetch_answer_free(&answer);
	wv_fetch_free(&bench.fetch);
	wv_clock_free(&clock);
	origin_stop(&origin);
}

/* ---- limits, one below, at, and above ---- */

static void body_cap(void **state)
{
	static const struct origin_script scripts[] = {
		{"/length",
		 {SEND(HEAD_OK "Content-Length: 1000\r\n\r\n"), REPEAT("0123456789", 100)}},
		{"/close", {SEND(HEAD_OK "\r\n"), REPEAT("0123456789", 100)}}};
	struct origin *origin =
		origin_start(&(struct origin_options){scripts, 2, NULL, false, NULL});
	struct bench bench;
	char url[100];

	(void)state;
	bench_prepare(&bench, origin_port(origin));
	bench_open(&bench);
	for (size_t i = 0; i < 2; i++) {
		for (uint64_t cap = 999; cap <= 1001; cap++) {
			struct wv_fetch_answer *answer = ask(
				&bench, &(struct wv_fetch_request){
						.url = wv_slice_of(origin_url(
							origin, scripts[i].path, url, sizeof(url))),
						.max_body_bytes = cap});

			row_int(scripts[i].path, answer->outcome,
				cap < 1000 ? WV_FETCH_TOO_LARGE : WV_FETCH_ANSWERED);
			row_int(scripts[i].path, (long long)answer->body.n,
				cap < 1000 ? 999 : 1000);
			wv_fetch_answer_free(&answer);
		}
	}
	wv_fetch_free(&bench.fetch);
	origin_stop(&origin);
	rows_end();
}

static void header_caps(void **state)
{
	/* 17 bytes of status line, 19 of Content-Length, 2 of the empty line; ten fields of 7. */
	static const struct origin_script scripts[] = {
		{"*",
		 {SEND("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"), REPEAT("X: ab\r\n", 10),
		  SEND("\r\n")}}};
	static const struct {
		size_t bytes, count;
		enum wv_fetch_outcome outcome;
	} rows[] = {
		{107, 300, WV_FETCH_BAD_HTTP}, {108, 300, WV_FETCH_ANSWERED},
		{109, 300, WV_FETCH_ANSWERED}, {999, 10, WV_FETCH_BAD_HTTP},
		{999, 11, WV_FETCH_ANSWERED},  {999, 12, WV_FETCH_ANSWERED},
	};
	struct origin *origin =
		origin_start(&(struct origin_options){scripts, 1, NULL, false, NULL});

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_fetch_answer *answer;
		struct bench bench;
		char url[100], name[40];

		snprintf(name, sizeof(name), "%zu bytes, %zu fields", rows[i].bytes, rows[i].count);
		bench_prepare(&bench, origin_port(origin));
		bench.options.header_bytes = rows[i].bytes;
		bench.options.header_count = rows[i].count;
		bench_open(&bench);
		answer = ask_url(&bench, origin_url(origin, "/", url, sizeof(url)));
		row_int(name, answer->outcome, rows[i].outcome);
		wv_fetch_answer_free(&answer);
		wv_fetch_free(&bench.fetch);
	}
	origin_stop(&origin);
	rows_end();
}

static void no_more_than_its_connections(void **state)
{
	static const struct origin_script scripts[] = {{"*", {HANG}}};
	struct origin *origin =
		origin_start(&(struct origin_options){scripts, 1, NULL, false, NULL});
	struct wv_fetch_request request;
	struct wv_fetch_answer *answers[8];
	struct bench bench;
	char url[100];

	(void)state;
	bench_prepare(&bench, origin_port(origin));
	bench.options.connections = 3;
	bench_open(&bench);
	request = (struct wv_fetch_request){
		.url = wv_slice_of(origin_url(origin, "/", url, sizeof(url)))};
	for (int i = 0; i < 3; i++)
		assert_int_equal(WV_OK, wv_fetch_start(bench.fetch, &request, NULL));
	assert_int_equal(WV_LIMIT, wv_fetch_start(bench.fetch, &request, NULL));
	assert_int_equal(0, wv_fetch_turn(bench.fetch, 0, answers, 8));
	wv_fetch_cancel_all(bench.fetch);
	assert_int_equal(2, wv_fetch_turn(bench.fetch, WV_US_PER_S, answers, 2));
	assert_int_equal(1, wv_fetch_turn(bench.fetch, WV_US_PER_S, answers + 2, 6));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(WV_FETCH_STOPPED, answers[i]->outcome);
		wv_fetch_answer_free(&answers[i]);
	}
	assert_int_equal(WV_OK, wv_fetch_start(bench.fetch, &request, NULL));
	wv_fetch_free(&bench.fetch); /* with one still in flight */
	origin_stop(&origin);
}

/* ---- the guard, where the socket is opened ---- */

struct guard_row {
	const char *name;
	const char *url; /* "PORT" stands for the origin's port */
	const char *resolve_host, *resolve_address;
	bool allow_loopback;
	const char *allowed_host; /* by hand, with 127.0.0.1 */
	enum wv_fetch_outcome outcome;
	enum wv_guard_reason refusal;
};

static const struct guard_row guard_rows[] = {
	{"allowed for all", "http://127.0.0.1:PORT/", NULL, NULL, true, NULL, WV_FETCH_ANSWERED, 0},
	{"loopback", "http://127.0.0.1:PORT/", NULL, NULL, false, NULL, WV_FETCH_REFUSED,
	 WV_GUARD_ADDRESS},
	{"allowed by hand", "http://127.0.0.1:PORT/", NULL, NULL, false, "127.0.0.1",
	 WV_FETCH_ANSWERED, 0},
	{"another one allowed by hand", "http://127.0.0.1:PORT/", NULL, NULL, false, "a.example",
	 WV_FETCH_REFUSED, WV_GUARD_ADDRESS},
	{"a name for loopback", "http://news.example:PORT/", "news.example", "127.0.0.1", false,
	 NULL, WV_FETCH_REFUSED, WV_GUARD_ADDRESS},
	{"a name for loopback, allowed", "http://news.example:PORT/", "news.example", "127.0.0.1",
	 true, NULL, WV_FETCH_ANSWERED, 0},
	{"a name allowed by hand", "http://news.example:PORT/", "news.example", "127.0.0.1", false,
	 "news.example", WV_FETCH_ANSWERED, 0},
	{"a name for a private network", "http://news.example/", "news.example", "10.1.2.3", true,
	 NULL, WV_FETCH_REFUSED, WV_GUARD_ADDRESS},
	{"a name for metadata", "http://news.example/", "news.example", "169.254.169.254", true,
	 NULL, WV_FETCH_REFUSED, WV_GUARD_ADDRESS},
	{"a name for mapped loopback", "http://news.example/", "news.example", "::ffff:127.0.0.1",
	 false, NULL, WV_FETCH_REFUSED, WV_GUARD_ADDRESS},
	{"mapped loopback", "http://[::ffff:7f00:1]/", NULL, NULL, false, NULL, WV_FETCH_REFUSED,
	 WV_GUARD_ADDRESS},
	{"IPv6 loopback", "http://[::1]/", NULL, NULL, false, NULL, WV_FETCH_REFUSED,
	 WV_GUARD_ADDRESS},
	{"unique local", "http://[fd00::1]/", NULL, NULL, false, NULL, WV_FETCH_REFUSED,
	 WV_GUARD_ADDRESS},
	/* libcurl reads these spellings as 127.0.0.1, and so must whoever judges. */
	{"hexadecimal", "http://0x7f.1/", NULL, NULL, false, NULL, WV_FETCH_REFUSED,
	 WV_GUARD_ADDRESS},
	{"octal", "http://0177.0.0.1/", NULL, NULL, false, NULL, WV_FETCH_REFUSED,
	 WV_GUARD_ADDRESS},
	{"one number", "http://2130706433/", NULL, NULL, false, NULL, WV_FETCH_REFUSED,
	 WV_GUARD_ADDRESS},
	{"localhost", "http://localhost/", NULL, NULL, false, NULL, WV_FETCH_REFUSED,
	 WV_GUARD_ADDRESS},
	{"port 22", "http://127.0.0.1:22/", NULL, NULL, true, NULL, WV_FETCH_REFUSED,
	 WV_GUARD_PORT},
	{"file", "file:///etc/passwd", NULL, NULL, true, NULL, WV_FETCH_REFUSED, WV_GUARD_SCHEME},
	{"gopher", "gopher://127.0.0.1:PORT/", NULL, NULL, true, NULL, WV_FETCH_REFUSED,
	 WV_GUARD_SCHEME},
	{"user name", "http://a@127.0.0.1:PORT/", NULL, NULL, true, NULL, WV_FETCH_REFUSED,
	 WV_GUARD_URL},
	{"user name and password", "http://a:b@127.0.0.1:PORT/", NULL, NULL, true, NULL,
	 WV_FETCH_REFUSED, WV_GUARD_URL},
	{"no host", "http:///x", NULL, NULL, true, NULL, WV_FETCH_REFUSED, WV_GUARD_URL},
	{"a dead host is not refused", "http://127.0.0.1:DEAD/", NULL, NULL, true, NULL,
	 WV_FETCH_CONNECT, 0},
	{"a name that is none", "http://nowhere.invalid/", NULL, NULL, true, NULL, WV_FETCH_DNS, 0},
	{"two addresses, one refused, one dead", "http://both.test/", NULL, NULL, false, NULL,
	 WV_FETCH_REFUSED, WV_GUARD_ADDRESS},
};

static void replace(const char *url, const char *word, unsigned number, char *out, size_t room)
{
	struct wv_slice all = wv_slice_of(url);
	size_t at = wv_slice_find(all, wv_slice_of(word), 0);

	if (at == SIZE_MAX)
		snprintf(out, room, "%s", url);
	else
		snprintf(out, room, "%.*s%u%s", (int)at, url, number, url + at + strlen(word));
}

static void guarding(void **state)
{
	struct origin *origin = hello_origin();
	struct origin *dead = hello_origin();
	uint16_t dead_port = origin_port(dead);

	(void)state;
	origin_stop(&dead); /* nobody listens there any more */
	for (size_t i = 0; i < WV_COUNT(guard_rows); i++) {
		const struct guard_row *row = &guard_rows[i];
		struct wv_resolve_entry entry = {wv_slice_of(row->resolve_host),
						 wv_slice_of(row->resolve_address)};
		struct wv_fetch_answer *answer;
		struct bench bench;
		char half[100], url[100];

		replace(row->url, "PORT", origin_port(origin), half, sizeof(half));
		replace(half, "DEAD", dead_port, url, sizeof(url));
		bench_prepare(&bench, origin_port(origin));
		bench.ports[2] = dead_port;
		bench.guard.port_count = 3;
		bench.guard.allow_private_count = row->allow_loopback ? WV_COUNT(loopback) : 0;
		if (row->allowed_host) {
			bench.hosts[0] =
				(struct wv_guard_host){.host = wv_slice_of(row->allowed_host),
						       .has_block = true,
						       .block = {{127, 0, 0, 1}, false, 32}};
			bench.guard.host_count = 1;
		}
		bench.options.resolve = &entry;
		bench.options.resolve_count = row->resolve_host ? 1 : 0;
		bench_open(&bench);
		answer = ask_url(&bench, url);
		if (answer->outcome != row->outcome || answer->refusal != row->refusal) {
			print_error("row '%s': expected %s, %s; got %s, %s (%s)\n", row->name,
				    wv_fetch_outcome_name(row->outcome),
				    wv_guard_reason_name(row->refusal),
				    wv_fetch_outcome_name(answer->outcome),
				    wv_guard_reason_name(answer->refusal), answer->words);
			rows_failed++;
		}
		wv_fetch_answer_free(&answer);
		wv_fetch_free(&bench.fetch);
	}
	assert_int_equal(4, origin_request_count(origin)); /* the rows that are answered */
	origin_stop(&origin);
	rows_end();
}

/* ---- through a proxy ---- */

static void a_proxy_does_not_hide_an_address(void **state)
{
	static const struct {
		const char *name, *url;
		enum wv_fetch_outcome outcome;
	} rows[] = {
		{"public", "http://public.test/page", WV_FETCH_ANSWERED},
		{"private", "http://private.test/page", WV_FETCH_REFUSED},
		{"one of two is private", "http://mixed.test/page", WV_FETCH_REFUSED},
		{"loopback as it is", "http://127.0.0.1/page", WV_FETCH_REFUSED},
		{"a name that is none", "http://nowhere.invalid/page", WV_FETCH_DNS},
	};
	struct origin *proxy = hello_origin();
	struct bench bench;
	char address[100];

	(void)state;
	snprintf(address, sizeof(address), "http://user:secret@127.0.0.1:%u", origin_port(proxy));
	bench_prepare(&bench, 80);
	bench.guard.allow_private_count = 0; /* the proxy itself lies on loopback, and may */
	bench.options.proxy = wv_slice_of(address);
	bench_open(&bench);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_fetch_answer *answer = ask_url(&bench, rows[i].url);

		if (answer->outcome != rows[i].outcome) {
			print_error("row '%s': expected %s, got %s (%s)\n", rows[i].name,
				    wv_fetch_outcome_name(rows[i].outcome),
				    wv_fetch_outcome_name(answer->outcome), answer->words);
			rows_failed++;
		}
		row_int(rows[i].name, answer->via_proxy, true);
		row_text(rows[i].name, wv_slice_of(answer->address), "");
		if (wv_slice_find_nocase(wv_buf_slice(&answer->request), WV_LIT("proxy-auth"), 0) !=
		    SIZE_MAX) {
			print_error("row '%s': the proxy's password is kept\n", rows[i].name);
			rows_failed++;
		}
		wv_fetch_answer_free(&answer);
	}
	assert_int_equal(1, origin_request_count(proxy));
	assert_true(wv_slice_starts(origin_request(proxy, 0),
				    WV_LIT("GET http://public.test/page HTTP/1.1\r\n")));
	assert_true(wv_slice_find_nocase(origin_request(proxy, 0),
					 WV_LIT("Proxy-Authorization: Basic"), 0) != SIZE_MAX);
	wv_fetch_free(&bench.fetch);
	origin_stop(&proxy);
	rows_end();
}

/* ---- TLS ---- */

static void transport_security(void **state)
{
	enum ca { SYSTEM, OWN, MISSING };
	static const struct {
		const char *name, *host;
		enum ca ca;
		bool insecure;
		enum wv_fetch_outcome outcome;
		enum wv_fetch_tls tls;
	} rows[] = {
		{"unknown authority", "news.example", SYSTEM, false, WV_FETCH_TLS,
		 WV_FETCH_TLS_NONE},
		{"own authority", "news.example", OWN, false, WV_FETCH_ANSWERED,
		 WV_FETCH_TLS_VERIFIED},
		{"another name", "other.example", OWN, false, WV_FETCH_TLS, WV_FETCH_TLS_NONE},
		{"unverified", "other.example", SYSTEM, true, WV_FETCH_ANSWERED,
		 WV_FETCH_TLS_UNVERIFIED},
		{"after it the check is back", "other.example", SYSTEM, false, WV_FETCH_TLS,
		 WV_FETCH_TLS_NONE},
		{"authority file missing", "third.example", MISSING, false, WV_FETCH_FAILED,
		 WV_FETCH_TLS_NONE},
	};
	const struct wv_resolve_entry table[] = {{WV_LIT("news.example"), WV_LIT("127.0.0.1")},
						 {WV_LIT("other.example"), WV_LIT("127.0.0.1")},
						 {WV_LIT("third.example"), WV_LIT("127.0.0.1")}};
	struct origin *origin = origin_start(
		&(struct origin_options){hello_scripts, 1, NULL, true, "news.example"});
	char path[] = "/tmp/wirevault-ca-XXXXXX";
	int fd = mkstemp(path);
	struct bench bench;

	(void)state;
	assert_true(fd >= 0 &&
		    write(fd, origin_certificate(origin).p, origin_certificate(origin).n) > 0);
	close(fd);
	bench_prepare(&bench, origin_port(origin));
	bench.options.resolve = table;
	bench.options.resolve_count = WV_COUNT(table);
	bench_open(&bench);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_fetch_answer *answer;
		char url[100];

		snprintf(url, sizeof(url), "https://%s:%u/", rows[i].host, origin_port(origin));
		answer = ask(&bench,
			     &(struct wv_fetch_request){
				     .url = wv_slice_of(url),
				     .ca_file = rows[i].ca == OWN       ? wv_slice_of(path)
						: rows[i].ca == MISSING ? WV_LIT("/nonexistent")
									: WV_SLICE_NONE,
				     .tls_insecure = rows[i].insecure});
		if (answer->outcome != rows[i].outcome) {
			print_error("row '%s': expected %s, got %s (%s)\n", rows[i].name,
				    wv_fetch_outcome_name(rows[i].outcome),
				    wv_fetch_outcome_name(answer->outcome), answer->words);
			rows_failed++;
		}
		row_int(rows[i].name, answer->tls, rows[i].tls);
		wv_fetch_answer_free(&answer);
	}
	unlink(path);
	wv_fetch_free(&bench.fetch);
	origin_stop(&origin);
	rows_end();
}

/* ---- the budget of bytes in flight ---- */

#define TEN        "0123456789"
#define HUNDRED    TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define PAGE_BYTES 200000u
#define PAGES      40

/* Reads all pages, freeing each answer `late` answers after it came; the highest count of held
 * bytes that was seen. */
static uint64_t read_under_budget(struct bench *bench, size_t late)
{
	struct wv_fetch_answer *kept[PAGES] = {NULL};
	uint64_t highest = 0;
	size_t got = 0;

	while (got < PAGES) {
		uint64_t held;

		/* A wait that gives nothing: everybody pauses until something is freed. */
		if (wv_fetch_turn(bench->fetch, 20 * WV_US_PER_MS, &kept[got], 1) == 0) {
			for (size_t i = 0; i < got; i++)
				wv_fetch_answer_free(&kept[i]);
		} else {
			assert_int_equal(WV_FETCH_ANSWERED, kept[got]->outcome);
			assert_int_equal(PAGE_BYTES, kept[got]->body.n);
			wv_fetch_answer_hold(kept[got], 1000);
			got++;
			if (got > late)
				wv_fetch_answer_free(&kept[got - 1 - late]);
		}
		held = wv_fetch_held_bytes(bench->fetch);
		highest = held > highest ? held : highest;
	}
	for (size_t i = 0; i < PAGES; i++)
		wv_fetch_answer_free(&kept[i]);
	return highest;
}

static void reading_pauses_over_the_budget(void **state)
{
	static const struct origin_script scripts[] = {
		{"*",
		 {SEND(HEAD_OK "Content-Length: 200000\r\n\r\n"),
		  REPEAT(HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED, 400)}}};
	static const size_t late[] = {0, 3, PAGES};
	struct origin *origin =
		origin_start(&(struct origin_options){scripts, 1, NULL, false, NULL});
	struct bench bench;
	char url[100];

	(void)state;
	for (size_t k = 0; k < WV_COUNT(late); k++) {
		uint64_t highest;

		bench_prepare(&bench, origin_port(origin));
		bench.options.timeout_us = 20 * WV_US_PER_S;
		bench.options.inflight_bytes = 1000000;
		bench_open(&bench);
		for (int i = 0; i < PAGES; i++)
			assert_int_equal(
				WV_OK,
				wv_fetch_start(bench.fetch,
					       &(struct wv_fetch_request){
						       .url = wv_slice_of(origin_url(
							       origin, "/", url, sizeof(url)))},
					       NULL));
		highest = read_under_budget(&bench, late[k]);
		/* The budget, one page that must go on, and what libcurl had in its hands. */
		if (highest > 1000000 + 2 * PAGE_BYTES) {
			print_error("late by %zu: %llu bytes held\n", late[k],
				    (unsigned long long)highest);
			rows_failed++;
		}
		assert_int_equal(0, wv_fetch_held_bytes(bench.fetch));
		wv_fetch_free(&bench.fetch);
	}
	origin_stop(&origin);
	rows_end();
}

/* As the pipeline does it: the fetch thread hands answers on, a worker frees them. */
static void *free_answers(void *argument)
{
	struct wv_queue *queue = argument;
	struct wv_fetch_answer *answer;

	while ((answer = wv_queue_pop(queue)) != NULL) {
		wv_fetch_answer_hold(answer, answer->body.n * 3);
		wv_fetch_answer_free(&answer);
	}
	return NULL;
}

static void another_thread_gives_bytes_back(void **state)
{
	static const struct origin_script scripts[] = {
		{"*",
		 {SEND(HEAD_OK "Content-Length: 50000\r\n\r\n"),
		  REPEAT(HUNDRED HUNDRED, 250),
		  {ORIGIN_AGAIN, NULL, 0, 0}}}};
	struct origin *origin =
		origin_start(&(struct origin_options){scripts, 1, NULL, false, NULL});
	struct wv_queue *queue = NULL;
	size_t started = 0, got = 0;
	struct bench bench;
	pthread_t thread;
	char url[100];

	(void)state;
	bench_prepare(&bench, origin_port(origin));
	bench.options.timeout_us = 20 * WV_US_PER_S;
	bench.options.connections = 16;
	bench.options.inflight_bytes =
		200000; /* four bodies, or one with what its worker made of it */
	bench_open(&bench);
	assert_int_equal(WV_OK, wv_queue_new(4, &queue, NULL));
	assert_int_equal(0, pthread_create(&thread, NULL, free_answers, queue));
	while (got < 300) {
		struct wv_fetch_request request = {
			.url = wv_slice_of(origin_url(origin, "/", url, sizeof(url)))};
		struct wv_fetch_answer *answer;

		while (started < 300 && wv_fetch_start(bench.fetch, &request, NULL) == WV_OK)
			started++;
		answer = await(bench.fetch);
		assert_int_equal(WV_FETCH_ANSWERED, answer->outcome);
		assert_int_equal(50000, answer->body.n);
		assert_true(wv_queue_push(queue, answer));
		got++;
	}
	wv_queue_close(queue);
	pthread_join(thread, NULL);
	assert_int_equal(0, wv_fetch_held_bytes(bench.fetch));
	wv_queue_free(&queue);
	wv_fetch_free(&bench.fetch);
	origin_stop(&origin);
}

static void an_answer_outlives_its_fetcher(void **state)
{
	struct origin *origin = hello_origin();
	struct wv_fetch_answer *answer;
	struct bench bench;
	char url[100];

	(void)state;
	bench_prepare(&bench, origin_port(origin));
	bench_open(&bench);
	answer = ask_url(&bench, origin_url(origin, "/", url, sizeof(url)));
	wv_fetch_free(&bench.fetch);
	wv_fetch_free(&bench.fetch);
	row_text("body", wv_buf_slice(&answer->body), "hello");
	wv_fetch_answer_hold(answer, 10);
	wv_fetch_answer_free(&answer);
	wv_fetch_answer_free(&answer);
	origin_stop(&origin);
	rows_end();
}

/* ---- waking, many connections, a silent name server ---- */

static void *wake_soon(void *argument)
{
	usleep(50000);
	wv_fetch_wake(argument);
	return NULL;
}

static void waking_ends_a_wait(void **state)
{
	struct wv_fetch_answer *answer;
	struct bench bench;
	pthread_t thread;
	struct wv_mono before;

	(void)state;
	bench_prepare(&bench, 80);
	bench_open(&bench);
	before = wv_clock_mono(wv_clock_system());
	assert_int_equal(0, pthread_create(&thread, NULL, wake_soon, bench.fetch));
	assert_int_equal(0, wv_fetch_turn(bench.fetch, 20 * WV_US_PER_S, &answer, 1));
	assert_true(wv_clock_mono(wv_clock_system()).us - before.us < 10 * WV_US_PER_S);
	pthread_join(thread, NULL);
	wv_fetch_wake(bench.fetch); /* before the turn: it ends at once */
	assert_int_equal(0, wv_fetch_turn(bench.fetch, 20 * WV_US_PER_S, &answer, 1));
	before = wv_clock_mono(wv_clock_system());
	assert_int_equal(0, wv_fetch_turn(bench.fetch, 50 * WV_US_PER_MS, &answer, 1));
	assert_true(wv_clock_mono(wv_clock_system()).us - before.us >= 40 * WV_US_PER_MS);
	wv_fetch_free(&bench.fetch);
}

#define MANY 1200

/* More connections than a select() could hold, all open at once: nobody is answered before all
 * have asked. */
static void more_than_a_thousand_at_once(void **state)
{
	static const struct origin_script scripts[] = {
		{"*", {{ORIGIN_BARRIER, NULL, 0, MANY}, SEND(HEAD_OK HELLO)}}};
	struct origin *origin =
		origin_start(&(struct origin_options){scripts, 1, NULL, false, NULL});
	struct rlimit few = {256, 256};
	struct bench bench;
	char url[100];
	size_t good = 0;

	(void)state;
	assert_int_equal(0, getrlimit(RLIMIT_NOFILE, &few));
	few.rlim_cur = 4096; /* the origin's own half; the fetcher must raise it for its */
	assert_int_equal(0, setrlimit(RLIMIT_NOFILE, &few));
	bench_prepare(&bench, origin_port(origin));
	bench.options.connections = MANY;
	bench.options.timeout_us = 60 * WV_US_PER_S;
	bench_open(&bench);
	assert_int_equal(0, getrlimit(RLIMIT_NOFILE, &few));
	assert_true(few.rlim_cur > 4096 || few.rlim_cur == few.rlim_max);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(WV_OK,
				 wv_fetch_start(bench.fetch,
						&(struct wv_fetch_request){
							.url = wv_slice_of(origin_url(
								origin, "/", url, sizeof(url)))},
						NULL));
	for (size_t i = 0; i < MANY; i++) {
		struct wv_fetch_answer *answer = await(bench.fetch);

		good += answer->outcome == WV_FETCH_ANSWERED;
		wv_fetch_answer_free(&answer);
	}
	assert_int_equal(MANY, good);
	assert_int_equal(MANY, origin_connection_count(origin));
	wv_fetch_free(&bench.fetch);
	origin_stop(&origin);
}

/* A name is looked up once for many connections, one after the other. */
static void names_are_kept(void **state)
{
	static const struct origin_script scripts[] = {
		{"*", {SEND("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")}}};
	struct origin *origin =
		origin_start(&(struct origin_options){scripts, 1, NULL, false, NULL});
	unsigned before = names_looked_up();
	struct bench bench;
	char url[100];

	(void)state;
	bench_prepare(&bench, origin_port(origin));
	bench_open(&bench);
	snprintf(url, sizeof(url), "http://localboth.test:%u/", origin_port(origin));
	for (int i = 0; i < 10; i++) {
		struct wv_fetch_answer *answer = ask_url(&bench, url);

		assert_int_equal(WV_FETCH_ANSWERED, answer->outcome);
		wv_fetch_answer_free(&answer);
	}
	assert_int_equal(10, origin_connection_count(origin));
	/* One question each for the two families. */
	assert_in_range(names_looked_up() - before, 1, 2);
	wv_fetch_free(&bench.fetch);
	origin_stop(&origin);
}

static void connections_are_kept(void **state)
{
	struct origin *origin = hello_origin();
	struct bench bench;
	char url[100];

	(void)state;
	bench_prepare(&bench, origin_port(origin));
	bench_open(&bench);
	for (int i = 0; i < 20; i++) {
		struct wv_fetch_answer *answer =
			ask_url(&bench, origin_url(origin, "/", url, sizeof(url)));

		assert_int_equal(WV_FETCH_ANSWERED, answer->outcome);
		wv_fetch_answer_free(&answer);
	}
	assert_int_equal(20, origin_request_count(origin));
	assert_int_equal(1, origin_connection_count(origin));
	wv_fetch_free(&bench.fetch);
	origin_stop(&origin);
}

static void a_silent_name_server_holds_nobody(void **state)
{
	struct origin *origin = hello_origin();
	struct wv_fetch_answer *answer;
	struct bench bench;
	struct wv_mono before = wv_clock_mono(wv_clock_system());
	char url[100];

	(void)state;
	bench_prepare(&bench, origin_port(origin));
	bench_open(&bench);
	answer = ask_url(&bench, "http://blocked.test/");
	assert_int_equal(WV_FETCH_TIMEOUT, answer->outcome);
	wv_fetch_answer_free(&answer);
	/* Others go on meanwhile, and the end does not wait. */
	assert_int_equal(WV_OK, wv_fetch_start(bench.fetch,
					       &(struct wv_fetch_request){
						       .url = WV_LIT("http://blocked.test/again")},
					       NULL));
	answer = ask_url(&bench, origin_url(origin, "/", url, sizeof(url)));
	assert_int_equal(WV_FETCH_ANSWERED, answer->outcome);
	wv_fetch_answer_free(&answer);
	wv_fetch_free(&bench.fetch);
	assert_true(wv_clock_mono(wv_clock_system()).us - before.us < 8 * WV_US_PER_S);
	names_unblock();
	origin_stop(&origin);
}

static void happy_eyeballs(void **state)
{
	struct origin *origin = hello_origin();
	struct wv_fetch_answer *answer;
	struct bench bench;
	char url[100];

	(void)state;
	/* localboth.test is ::1, where nobody listens at this port, and 127.0.0.1. */
	bench_prepare(&bench, origin_port(origin));
	bench_open(&bench);
	snprintf(url, sizeof(url), "http://localboth.test:%u/", origin_port(origin));
	answer = ask_url(&bench, url);
	row_int("outcome", answer->outcome, WV_FETCH_ANSWERED);
	row_text("address", wv_slice_of(answer->address), "127.0.0.1");
	wv_fetch_answer_free(&answer);
	wv_fetch_free(&bench.fetch);
	origin_stop(&origin);
	rows_end();
}

static void over_ipv6(void **state)
{
	struct origin *origin =
		origin_start(&(struct origin_options){hello_scripts, 1, "::1", false, NULL});
	struct wv_fetch_answer *answer;
	struct bench bench;
	char url[100];

	(void)state;
	bench_prepare(&bench, origin_port(origin));
	bench_open(&bench);
	answer = ask_url(&bench, origin_url(origin, "/", url, sizeof(url)));
	row_int("outcome", answer->outcome, WV_FETCH_ANSWERED);
	row_text("address", wv_slice_of(answer->address), "::1");
	wv_fetch_answer_free(&answer);
	wv_fetch_free(&bench.fetch);
	origin_stop(&origin);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes),
		cmocka_unit_test(requests),
		cmocka_unit_test(a_long_request_is_kept_whole),
		cmocka_unit_test(fields_that_may_not_be_sent),
		cmocka_unit_test(agents_that_cannot_be),
		cmocka_unit_test(nothing_from_the_environment),
		cmocka_unit_test(cookies_only_where_asked),
		cmocka_unit_test(trailers_stand_apart),
		cmocka_unit_test(asked_for_304),
		cmocka_unit_test(times_are_the_clock_s),
		cmocka_unit_test(body_cap),
		cmocka_unit_test(header_caps),
		cmocka_unit_test(no_more_than_its_connections),
		cmocka_unit_test(guarding),
		cmocka_unit_test(a_proxy_does_not_hide_an_address),
		cmocka_unit_test(transport_security),
		cmocka_unit_test(reading_pauses_over_the_budget),
		cmocka_unit_test(another_thread_gives_bytes_back),
		cmocka_unit_test(an_answer_outlives_its_fetcher),
		cmocka_unit_test(waking_ends_a_wait),
		cmocka_unit_test(more_than_a_thousand_at_once),
		cmocka_unit_test(names_are_kept),
		cmocka_unit_test(connections_are_kept),
		cmocka_unit_test(a_silent_name_server_holds_nobody),
		cmocka_unit_test(happy_eyeballs),
		cmocka_unit_test(over_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
