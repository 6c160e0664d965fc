#include "archive/serve/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/support/rows.h"

ROWS_STATE;

enum { ANSWER_ROOM = 256 * 1024 };

/* The server under test and what its handler needs. */
struct rig {
	struct wv_http *http;
	struct wv_clock *clock;
	uint16_t port;
	sem_t entered, may_go; /* of "/wait" */
	unsigned done, failed;
};

static void add_slice(struct wv_http_answer *answer, const char *label, struct wv_slice value)
{
	wv_buf_add_string(&answer->body, label);
	wv_buf_add(&answer->body, value);
	wv_buf_add_byte(&answer->body, '\n');
}

static enum wv_status handle(void *context, unsigned worker, const struct wv_http_request *request,
			     struct wv_http_answer *answer, struct wv_err *err)
{
	struct rig *rig = context;
	struct wv_slice value;

	(void)worker;
	if (wv_slice_equals(request->path, WV_LIT("/wait"))) {
		sem_post(&rig->entered);
		sem_wait(&rig->may_go);
	} else if (wv_slice_equals(request->path, WV_LIT("/broken"))) {
		wv_buf_add_string(&answer->body, "half of a page");
		return wv_err_set(err, WV_DAMAGED, "broken");
	} else if (wv_slice_equals(request->path, WV_LIT("/large"))) {
		return wv_err_set(err, WV_LIMIT, "too large");
	} else if (wv_slice_equals(request->path, WV_LIT("/gone"))) {
		answer->status = 410;
	} else if (wv_slice_equals(request->path, WV_LIT("/page"))) {
		wv_http_add(answer, request, "Content-Type", WV_LIT("text/html"));
		wv_http_add(answer, request, "Content-Security-Policy",
			    WV_LIT("default-src 'none'"));
		wv_buf_add_string(&answer->body, "<p>page</p>");
		return WV_OK;
	} else if (wv_slice_equals(request->path, WV_LIT("/to"))) {
		answer->status = 302;
		wv_http_add_foreign(answer, request, "Location", request->query);
		return WV_OK;
	} else if (wv_slice_equals(request->path, WV_LIT("/many"))) {
		size_t count = 0;

		while (wv_http_add(answer, request, "X-Many", WV_LIT("0123456789")))
			count++;
		wv_buf_add_format(&answer->body, "%zu", count);
		return WV_OK;
	} else if (wv_slice_equals(request->path, WV_LIT("/big"))) {
		for (int i = 0; i < 100000; i++)
			wv_buf_add_byte(&answer->body, (unsigned char)('a' + i % 26));
		return WV_OK;
	}
	add_slice(answer, "path=", request->path);
	add_slice(answer, "query=", request->query);
	add_slice(answer, "client=", request->client);
	add_slice(answer, "agent=", wv_http_field(request, "user-AGENT"));
	if (wv_http_parameter(request, "q", &value))
		add_slice(answer, "q=", value);
	return WV_OK;
}

static void note(void *context, const struct wv_http_done *done)
{
	struct rig *rig = context;

	__atomic_add_fetch(&rig->done, 1, __ATOMIC_SEQ_CST);
	if (done->failed)
		__atomic_add_fetch(&rig->failed, 1, __ATOMIC_SEQ_CST);
}

static void start(struct rig *rig, struct wv_http_options options)
{
	struct wv_err err = WV_ERR_NONE;
	struct wv_slice address;
	uint64_t port = 0;

	*rig = (struct rig){0};
	sem_init(&rig->entered, 0, 0);
	sem_init(&rig->may_go, 0, 0);
	assert_int_equal(wv_clock_new_simulated(NULL, (struct wv_time){INT64_C(1717566303000000)},
						&rig->clock, &err),
			 WV_OK);
	options.listen = "127.0.0.1:0";
	options.clock = rig->clock;
	options.handler = handle;
	options.done = note;
	options.context = rig;
	if (wv_http_start(&options, &rig->http, &err) != WV_OK)
		fail_msg("%s", err.text);
	address = wv_slice_of(wv_http_address(rig->http));
	assert_true(wv_slice_u64(wv_slice_from(address, sizeof("127.0.0.1:") - 1), &port));
	rig->port = (uint16_t)port;
}

static void stop(struct rig *rig)
{
	wv_http_stop(&rig->http, WV_US_PER_S);
	wv_clock_free(&rig->clock);
	sem_destroy(&rig->entered);
	sem_destroy(&rig->may_go);
}

/* From 127.0.0.`last`, which is a client of its own. */
static int dial(const struct rig *rig, unsigned last)
{
	struct sockaddr_in from = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + last)};
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(rig->port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval patience = {.tv_sec = 20};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void say(int fd, struct wv_slice bytes)
{
	while (bytes.n > 0) {
		ssize_t sent = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

		if (sent <= 0)
			return; /* refused before all was sent */
		bytes = wv_slice_from(bytes, (size_t)sent);
	}
}

static char received[ANSWER_ROOM];

/* Everything until the server closes. */
static struct wv_slice hear(int fd)
{
	size_t n = 0;
	ssize_t got;

	while (n < sizeof(received) && (got = recv(fd, received + n, sizeof(received) - n, 0)) > 0)
		n += (size_t)got;
	close(fd);
	return wv_slice(received, n);
}

static struct wv_slice ask(const struct rig *rig, struct wv_slice request)
{
	int fd = dial(rig, 1);

	assert_true(fd >= 0);
	say(fd, request);
	return hear(fd);
}

static struct wv_slice get(const struct rig *rig, const char *target, const char *fields)
{
	char text[2048];

	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n",
		 target, fields);
	return ask(rig, wv_slice_of(text));
}

/* 0: closed without an answer. */
static int status_of(struct wv_slice answer)
{
	uint64_t status = 0;

	if (!wv_slice_starts(answer, WV_LIT("HTTP/1.")) ||
	    !wv_slice_u64(wv_slice_part(answer, 9, 3), &status))
		return 0;
	return (int)status;
}

static bool has(struct wv_slice text, const char *part)
{
	return wv_slice_find(text, wv_slice_of(part), 0) != SIZE_MAX;
}

static struct wv_slice body_of(struct wv_slice answer)
{
	size_t at = wv_slice_find(answer, WV_LIT("\r\n\r\n"), 0);

	return at == SIZE_MAX ? WV_SLICE_NONE : wv_slice_from(answer, at + 4);
}

#define HOST  "Host: a\r\n"
#define CLOSE "Connection: close\r\n"
#define REST  HOST CLOSE "\r\n"

static void request_bytes(void **state)
{
	static const struct {
		struct wv_slice bytes;
		int status;
	} rows[] = {
		{WV_LIT_INIT("GET / HTTP/1.1\r\n" REST), 200},
		{WV_LIT_INIT("HEAD / HTTP/1.1\r\n" REST), 200},
		{WV_LIT_INIT("GET / HTTP/1.0\r\n\r\n"), 200},
		{WV_LIT_INIT("GET //a/../b/%2e%2e/%00%ff?x HTTP/1.1\r\n" REST), 200},
		{WV_LIT_INIT("GET /\xe8\xb4\xa2\xff HTTP/1.1\r\n" REST), 200},
		{WV_LIT_INIT("GET / HTTP/1.1\r\nHost: a:80\r\nContent-Length: 0\r\n" CLOSE "\r\n"),
		 200},
		{WV_LIT_INIT("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"), 405},
		{WV_LIT_INIT("PUT / HTTP/1.1\r\n" HOST
			     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
		 405},
		{WV_LIT_INIT("OPTIONS * HTTP/1.1\r\n" REST), 405},
		{WV_LIT_INIT("CONNECT a:443 HTTP/1.1\r\n" REST), 405},
		{WV_LIT_INIT("TRACE / HTTP/1.1\r\n" REST), 405},
		{WV_LIT_INIT("get / HTTP/1.1\r\n" REST), 405},
		{WV_LIT_INIT("GET / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"), 413},
		{WV_LIT_INIT("GET / HTTP/1.1\r\n" HOST
			     "Content-Length: 0\r\nContent-Length: 5\r\n\r\nabcde"),
		 413},
		{WV_LIT_INIT("GET / HTTP/1.1\r\n" HOST
			     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
		 413},
		{WV_LIT_INIT("GET / HTTP/1.1\r\n" HOST
			     "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"),
		 413},
		{WV_LIT_INIT("GET * HTTP/1.1\r\n" REST), 400},
		{WV_LIT_INIT("GET http://a/ HTTP/1.1\r\n" REST), 400},
		{WV_LIT_INIT("GET \\a HTTP/1.1\r\n" REST), 400},
		{WV_LIT_INIT("GET a HTTP/1.1\r\n" REST), 400},
		{WV_LIT_INIT("GET /a b HTTP/1.1\r\n" REST), 400},
		{WV_LIT_INIT("GET /a\tb HTTP/1.1\r\n" REST), 400},
		{WV_LIT_INIT("GET /a\x7f HTTP/1.1\r\n" REST), 400},
		{WV_LIT_INIT("GET /a\0b HTTP/1.1\r\n" REST), 400},
		{WV_LIT_INIT("GET /a\0HTTP/1.1 HTTP/1.1\r\n" REST), 400},
		{WV_LIT_INIT("GET / HTTP/1.1\r\n" CLOSE "\r\n"), 400},
		{WV_LIT_INIT("GET / HTTP/1.1\r\n" HOST HOST CLOSE "\r\n"), 400},
		{WV_LIT_INIT("GET / HTTP/1.1\r\nHost: <b>\r\n" CLOSE "\r\n"), 400},
		{WV_LIT_INIT("GET / HTTP/1.1\r\nHost:\r\n" CLOSE "\r\n"), 400},
		{WV_LIT_INIT("GET / HTTP/1.1\r\n" HOST "Content-Length: x\r\n\r\n"), 400},
		{WV_LIT_INIT("GET / HTTP/2.0\r\n" REST), 505},
		{WV_LIT_INIT("GET / HTTP/9.9\r\n" REST), 505},
		{WV_LIT_INIT("GET / FTP/1.1\r\n" REST), 400},
		{WV_LIT_INIT("GET /\r\n\r\n"), 400},
		{WV_LIT_INIT("\x16\x03\x01\x02\x00\x01\r\n\r\n"), 0}, /* TLS */
		{WV_LIT_INIT("GET\r\n\r\n"), 0},
	};
	struct rig rig;

	(void)state;
	start(&rig, (struct wv_http_options){0});
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		char name[80];

		snprintf(name, sizeof(name), "%.*s", WV_FMT(rows[i].bytes));
		row_int(name, status_of(ask(&rig, rows[i].bytes)), rows[i].status);
	}
	row_int("it still answers", status_of(get(&rig, "/", "")), 200);
	stop(&rig);
	rows_end();
}

static void caps_of_a_request(void **state)
{
	enum { LINE = sizeof("GET  HTTP/1.1\r\n") - 1, FIELD = sizeof("X: \r\n") - 1 };
	static const size_t head_rest = sizeof("GET / HTTP/1.1\r\n" REST "X: \r\n") - 1;
	static const int over[] = {-1, 0, 1};
	struct wv_buf text;
	struct rig rig;

	(void)state;
	start(&rig, (struct wv_http_options){0});
	wv_buf_init(&text, 1u << 20);
	for (size_t i = 0; i < WV_COUNT(over); i++) {
		size_t bytes = (size_t)((int)WV_LIMIT_SERVE_TARGET_BYTES + over[i]);

		wv_buf_reset(&text);
		wv_buf_add_string(&text, "GET /");
		for (size_t n = 1; n < bytes; n++)
			wv_buf_add_byte(&text, 'a');
		wv_buf_add_string(&text, " HTTP/1.1\r\n" REST);
		row_int("target", status_of(ask(&rig, wv_buf_slice(&text))),
			over[i] > 0 ? 414 : 200);

		wv_buf_reset(&text);
		wv_buf_add_string(&text, "GET / HTTP/1.1\r\nX: ");
		for (size_t n = head_rest; n < (size_t)((int)WV_LIMIT_SERVE_HEAD_BYTES + over[i]);
		     n++)
			wv_buf_add_byte(&text, 'a');
		wv_buf_add_string(&text, "\r\n" REST);
		row_int("head", status_of(ask(&rig, wv_buf_slice(&text))), over[i] > 0 ? 431 : 200);

		wv_buf_reset(&text);
		wv_buf_add_string(&text, "GET / HTTP/1.1\r\n");
		for (int n = 2; n < (int)WV_LIMIT_SERVE_FIELDS + over[i]; n++)
			wv_buf_add_string(&text, "X: a\r\n");
		wv_buf_add_string(&text, REST);
		row_int("fields", status_of(ask(&rig, wv_buf_slice(&text))),
			over[i] > 0 ? 431 : 200);
	}
	/* All at their caps, and an answer whose fields are too. */
	wv_buf_reset(&text);
	wv_buf_add_string(&text, "GET /to?");
	for (size_t n = sizeof("/to?") - 1; n < WV_LIMIT_SERVE_TARGET_BYTES; n++)
		wv_buf_add_byte(&text, 'a');
	wv_buf_add_string(&text, " HTTP/1.1\r\n" HOST CLOSE);
	for (unsigned n = 2; n < WV_LIMIT_SERVE_FIELDS; n++)
		wv_buf_add_format(&text, "X-%-117u: a\r\n", n);
	wv_buf_add_string(&text, "\r\n");
	row_int("everything", status_of(ask(&rig, wv_buf_slice(&text))), 302);
	/* As many parameters as fit. */
	wv_buf_reset(&text);
	wv_buf_add_string(&text, "GET /a?");
	while (text.n < WV_LIMIT_SERVE_TARGET_BYTES)
		wv_buf_add_string(&text, "a&");
	wv_buf_add_string(&text, "q=1 HTTP/1.1\r\n" REST);
	row_int("parameters", status_of(ask(&rig, wv_buf_slice(&text))), 200);
	row_int("the last of them", has(wv_slice(received, sizeof(received)), "q=1\n"), 1);
	/* A bomb that libmicrohttpd's own buffer does not hold. */
	wv_buf_reset(&text);
	wv_buf_add_string(&text, "GET /");
	for (size_t n = 0; n < 200000; n++)
		wv_buf_add_byte(&text, 'a');
	row_int("a bomb of a line", status_of(ask(&rig, wv_buf_slice(&text))) / 100 % 4, 0);
	wv_buf_done(&text);
	stop(&rig);
	rows_end();
}

static void what_handlers_see(void **state)
{
	struct rig rig;
	struct wv_slice answer;

	(void)state;
	start(&rig, (struct wv_http_options){0});
	answer = get(&rig, "/web/2024/http://h/a%2Fb?q=1+%2B&x&y=?", "User-Agent: me too \r\n");
	row_text("body", body_of(answer),
		 "path=/web/2024/http://h/a%2Fb\nquery=q=1+%2B&x&y=?\nclient=127.0.0.1\n"
		 "agent=me too\nq=1 +\n");
	row_int("date", has(answer, "Date: Wed, 05 Jun 2024 05:45:03 GMT\r\n"), 1);
	answer = get(&rig, "/a?q=2", "X-Forwarded-For: 192.0.2.9\r\n");
	row_int("no proxy is trusted", has(answer, "client=127.0.0.1"), 1);
	stop(&rig);

	start(&rig, (struct wv_http_options){.trusts_proxy = true});
	answer = get(&rig, "/", "X-Forwarded-For: 6.6.6.6, 192.0.2.9\r\n");
	row_int("the proxy's word", has(answer, "client=192.0.2.9\n"), 1);
	answer = get(&rig, "/", "X-Forwarded-For: 192.0.2.9, <b>\r\n");
	row_int("no address", has(answer, "client=127.0.0.1\n"), 1);
	stop(&rig);
	rows_end();
}

static void etags(void **state)
{
	struct rig rig;
	struct wv_slice answer;
	char field[100], etag[64] = "";
	size_t at;

	(void)state;
	start(&rig, (struct wv_http_options){0});
	answer = get(&rig, "/page", "");
	at = wv_slice_find(answer, WV_LIT("ETag: "), 0);
	assert_true(at != SIZE_MAX);
	snprintf(etag, sizeof(etag), "%.34s", (const char *)answer.p + at + 6);
	row_text("body", body_of(answer), "<p>page</p>");

	snprintf(field, sizeof(field), "If-None-Match: \"a\", W/%s\r\n", etag);
	answer = get(&rig, "/page", field);
	row_int("unchanged", status_of(answer), 304);
	row_int("no body", (long long)body_of(answer).n, 0);
	row_int("etag again", has(answer, etag), 1);
	row_int("policy again", has(answer, "Content-Security-Policy: default-src 'none'"), 1);
	row_int("no type", has(answer, "Content-Type"), 0);

	answer = get(&rig, "/page", "If-None-Match: \"a\"\r\n");
	row_int("changed", status_of(answer), 200);
	answer = get(&rig, "/gone", "If-None-Match: *\r\n");
	row_int("only of 200", status_of(answer), 410);
	row_int("only of 200", has(answer, "ETag"), 0);

	answer = ask(&rig, WV_LIT("HEAD /page HTTP/1.1\r\n" REST));
	row_int("HEAD has the length", has(answer, "Content-Length: 11\r\n"), 1);
	row_int("HEAD has the etag", has(answer, etag), 1);
	row_int("HEAD has no body", (long long)body_of(answer).n, 0);
	stop(&rig);
	rows_end();
}

static void answers(void **state)
{
	struct rig rig;
	struct wv_slice answer;
	struct wv_http_counts counts;

	(void)state;
	start(&rig, (struct wv_http_options){0});
	answer = get(&rig, "/broken", "");
	row_int("our fault", status_of(answer), 500);
	row_int("without the half", has(answer, "half"), 0);
	answer = get(&rig, "/large", "");
	row_int("too much", status_of(answer), 503);
	row_int("come again", has(answer, "Retry-After: "), 1);
	answer = get(&rig, "/to?http://h/\xe8\"<x>", "");
	row_int("foreign bytes", has(answer, "Location: http://h/%E8%22%3Cx%3E\r\n"), 1);
	answer = get(&rig, "/many", "");
	row_text("as many fields as there may be", body_of(answer), "64");
	answer = get(&rig, "/big", "");
	row_int("a long answer", (long long)body_of(answer).n, 100000);
	(void)ask(&rig, WV_LIT("POST / HTTP/1.1\r\n" REST));
	(void)ask(&rig, WV_LIT("GET / HTTP/7.7\r\n" REST));
	wv_http_counts(rig.http, &counts);
	row_int("requests", (long long)counts.requests, 7);
	row_int("2xx", (long long)counts.by_class[2], 2);
	row_int("3xx", (long long)counts.by_class[3], 1);
	row_int("4xx", (long long)counts.by_class[4], 1);
	row_int("5xx", (long long)counts.by_class[5], 3);
	row_int("refused", (long long)counts.refused, 2);
	row_int("busy", (long long)counts.busy, 1);
	row_int("told", rig.done, 7);
	row_int("told of failures", rig.failed, 2);
	stop(&rig);
	rows_end();
}

static void many_on_one_connection(void **state)
{
	struct rig rig;
	struct wv_slice answer;
	size_t at = 0, count = 0;

	(void)state;
	start(&rig, (struct wv_http_options){0});
	answer = ask(&rig, WV_LIT("GET /1 HTTP/1.1\r\n" HOST "\r\n"
				  "POST /2 HTTP/1.1\r\n" HOST "\r\n"
				  "HEAD /3 HTTP/1.1\r\n" HOST "\r\n"
				  "GET /page HTTP/1.1\r\n" HOST "\r\n"
				  "GET /5 HTTP/1.1\r\n" REST));
	while ((at = wv_slice_find(answer, WV_LIT("HTTP/1.1 "), at)) != SIZE_MAX) {
		at += 1;
		count++;
	}
	row_int("answers", (long long)count, 5);
	row_int("in order",
		wv_slice_find(answer, WV_LIT("path=/1"), 0) <
			wv_slice_find(answer, WV_LIT("path=/5"), 0),
		1);
	/* A refused body ends it: what follows may be the body, not a request. */
	answer = ask(&rig, WV_LIT("GET / HTTP/1.1\r\n" HOST "Content-Length: 40\r\n\r\n"
				  "GET /smuggled HTTP/1.1\r\n" HOST "\r\n"));
	row_int("refused", status_of(answer), 413);
	row_int("not read on", has(answer, "smuggled"), 0);
	stop(&rig);
	rows_end();
}

static void rate_by_client(void **state)
{
	struct rig rig;
	unsigned ok = 0, limited = 0;

	(void)state;
	start(&rig, (struct wv_http_options){.rate_per_s = 0.5});
	for (int i = 0; i < 8; i++) {
		struct wv_slice answer = get(&rig, "/", "");

		ok += status_of(answer) == 200;
		limited += status_of(answer) == 429 && has(answer, "Retry-After: ");
	}
	row_int("the burst", ok, 5);
	row_int("then not", limited, 3);
	int fd = dial(&rig, 2);
	say(fd, WV_LIT("GET / HTTP/1.1\r\n" REST));
	row_int("another client", status_of(hear(fd)), 200);
	stop(&rig);
	rows_end();
}

static void hosts_of_ours(void **state)
{
	static const struct wv_slice hosts[] = {WV_LIT_INIT("news.example"), WV_LIT_INIT("a")};
	struct rig rig;

	(void)state;
	start(&rig, (struct wv_http_options){.hosts = hosts, .host_count = 2});
	row_int("ours", status_of(get(&rig, "/", "")), 200);
	row_int("ours too",
		status_of(ask(&rig,
			      WV_LIT("GET / HTTP/1.1\r\nHost: NEWS.example:80\r\n" CLOSE "\r\n"))),
		200);
	row_int("a stranger's",
		status_of(
			ask(&rig, WV_LIT("GET / HTTP/1.1\r\nHost: evil.example\r\n" CLOSE "\r\n"))),
		421);
	row_int("none", status_of(ask(&rig, WV_LIT("GET / HTTP/1.0\r\n\r\n"))), 421);
	stop(&rig);
	rows_end();
}

/* One worker is held: one client fills its share of the queue, another is still let in. The share
 * is what n requests, one of them at work, reach with n >= (room - (n - 1)) / share. */
static void full_queue(void **state)
{
	enum {
		SHARE = (WV_LIMIT_SERVE_WAITING + 1 + WV_LIMIT_SERVE_SHARE) /
			(WV_LIMIT_SERVE_SHARE + 1),
		ASKED = SHARE + 10
	};
	static int fds[ASKED];
	struct rig rig;
	unsigned ok = 0, busy = 0;
	struct wv_http_counts counts;
	int other;

	(void)state;
	start(&rig, (struct wv_http_options){.workers = 1});
	fds[0] = dial(&rig, 1);
	say(fds[0], WV_LIT("GET /wait HTTP/1.1\r\n" REST));
	sem_wait(&rig.entered);
	for (int i = 1; i < ASKED; i++) {
		fds[i] = dial(&rig, 1);
		say(fds[i], WV_LIT("GET / HTTP/1.1\r\n" REST));
	}
	for (int i = ASKED - 10; i < ASKED; i++)
		busy += status_of(hear(fds[i])) == 503;
	other = dial(&rig, 2);
	say(other, WV_LIT("GET / HTTP/1.1\r\n" REST));
	do
		wv_http_counts(rig.http, &counts);
	while (counts.waiting < SHARE);
	sem_post(&rig.may_go);
	for (int i = 0; i < ASKED - 10; i++)
		ok += status_of(hear(fds[i])) == 200;
	row_int("refused", busy, 10);
	row_int("served", ok, SHARE);
	row_int("another client", status_of(hear(other)), 200);
	stop(&rig);
	rows_end();
}

static void connections_by_client(void **state)
{
	struct rig rig;
	int fds[4], other;
	char byte;

	(void)state;
	start(&rig, (struct wv_http_options){.connections_per_client = 3});
	for (int i = 0; i < 3; i++) {
		fds[i] = dial(&rig, 1);
		say(fds[i], WV_LIT("GET / HTTP/1.1\r\n" HOST "\r\n"));
		assert_int_equal(recv(fds[i], &byte, 1, 0), 1); /* it is counted by now */
	}
	fds[3] = dial(&rig, 1);
	row_int("the fourth is closed", recv(fds[3], &byte, 1, 0) <= 0, 1);
	other = dial(&rig, 2);
	say(other, WV_LIT("GET / HTTP/1.1\r\n" REST));
	row_int("another client", status_of(hear(other)), 200);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	stop(&rig);
	rows_end();
}

static void slow_clients_are_closed(void **state)
{
	struct rig rig;
	int silent, half;
	struct wv_mono began = wv_clock_mono(wv_clock_system());

	(void)state;
	start(&rig, (struct wv_http_options){.idle_s = 1});
	silent = dial(&rig, 1);
	half = dial(&rig, 1);
	say(half, WV_LIT("GET / HTTP/1.1\r\nHost"));
	row_int("silent", status_of(hear(silent)), 0);
	row_int("half a head", status_of(hear(half)), 0);
	row_int("in time", wv_clock_mono(wv_clock_system()).us - began.us < 10 * WV_US_PER_S, 1);
	row_int("others", status_of(get(&rig, "/", "")), 200);
	stop(&rig);
	rows_end();
}

static void *stop_it(void *context)
{
	struct rig *rig = context;

	wv_http_stop(&rig->http, 20 * WV_US_PER_S);
	return NULL;
}

static void stop_ends_what_is_in_flight(void **state)
{
	struct rig rig;
	struct wv_slice answer;
	pthread_t stopping;
	int asking, idle;
	char byte;

	(void)state;
	start(&rig, (struct wv_http_options){0});
	idle = dial(&rig, 1);
	asking = dial(&rig, 1);
	say(asking, WV_LIT("GET /wait HTTP/1.1\r\n" HOST "\r\n"));
	sem_wait(&rig.entered);
	assert_int_equal(pthread_create(&stopping, NULL, stop_it, &rig), 0);
	row_int("the idle one is closed", recv(idle, &byte, 1, 0) <= 0, 1);
	sem_post(&rig.may_go);
	answer = hear(asking);
	row_int("answered", status_of(answer), 200);
	row_int("whole", has(answer, "path=/wait"), 1);
	row_int("and told that it is the last", has(answer, "Connection: close"), 1);
	pthread_join(stopping, NULL);
	row_int("nobody listens", dial(&rig, 1), -1);
	close(idle);
	stop(&rig);
	rows_end();
}

/* One goes on where the other stops: nobody is refused. */
static void one_takes_over_from_another(void **state)
{
	struct rig before, after;
	struct wv_http_options options = {0};
	int waiting, fresh;

	(void)state;
	start(&before, options);
	waiting = dial(&before, 1);
	say(waiting, WV_LIT("GET /wait HTTP/1.1\r\n" REST));
	sem_wait(&before.entered);
	fresh = dial(&before, 1); /* accepted by one of the two, says something later */
	options.listen_fd = wv_http_listen_fd(before.http);
	start(&after, options);
	row_int("the same port", after.port, before.port);
	sem_post(&before.may_go);
	row_int("the old one's", status_of(hear(waiting)), 200);
	say(fresh, WV_LIT("GET / HTTP/1.1\r\n" REST));
	row_int("that came between", status_of(hear(fresh)), 200);
	stop(&before);
	row_int("the new one's", status_of(get(&after, "/", "")), 200);
	stop(&after);
	row_int("no socket",
		wv_http_start(&(struct wv_http_options){.listen_fd = 1,
							.clock = wv_clock_system(),
							.handler = handle},
			      &(struct wv_http *){NULL}, &(struct wv_err)WV_ERR_NONE),
		WV_USAGE);
	rows_end();
}

static void where_it_listens(void **state)
{
	static const struct {
		const char *listen;
		enum wv_status status;
	} rows[] = {
		{"localhost:0", WV_OK},
		{"[::1]:0", WV_OK},
		{":0", WV_OK},
		{"", WV_USAGE},
		{"8080", WV_USAGE},
		{"127.0.0.1", WV_USAGE},
		{"127.0.0.1:", WV_USAGE},
		{"127.0.0.1:65536", WV_USAGE},
		{"127.0.0.1:8o", WV_USAGE},
		{"::1:80", WV_USAGE},
		{"news.example:80", WV_USAGE},
		{"[::1]80", WV_USAGE},
		{"192.0.2.1:0", WV_IO},
	};
	struct rig rig;
	struct wv_err err = WV_ERR_NONE;

	(void)state;
	start(&rig, (struct wv_http_options){0});
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_http *http = NULL;
		struct wv_http_options options = {
			.listen = rows[i].listen, .clock = rig.clock, .handler = handle};

		row_int(rows[i].listen, wv_http_start(&options, &http, &err), rows[i].status);
		wv_http_stop(&http, 0);
	}
	row_int("taken",
		wv_http_start(&(struct wv_http_options){.listen = wv_http_address(rig.http),
							.clock = rig.clock,
							.handler = handle},
			      &(struct wv_http *){NULL}, &err),
		WV_CONFLICT);
	stop(&rig);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_bytes),
		cmocka_unit_test(caps_of_a_request),
		cmocka_unit_test(what_handlers_see),
		cmocka_unit_test(etags),
		cmocka_unit_test(answers),
		cmocka_unit_test(many_on_one_connection),
		cmocka_unit_test(rate_by_client),
		cmocka_unit_test(hosts_of_ours),
		cmocka_unit_test(full_queue),
		cmocka_unit_test(connections_by_client),
		cmocka_unit_test(slow_clients_are_closed),
		cmocka_unit_test(stop_ends_what_is_in_flight),
		cmocka_unit_test(one_takes_over_from_another),
		cmocka_unit_test(where_it_listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
