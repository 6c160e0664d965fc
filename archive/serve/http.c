#include "archive/serve/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "archive/serve/fields.h"
#include "archive/serve/listen.h"
#include "archive/serve/rate.h"
#include "archive/serve/target.h"
#include "archive/serve/watch.h"
#include "config/base/digest.h"
#include "config/base/queue.h"

/*
 * libmicrohttpd's thread reads requests, refuses, and sends answers; it suspends a connection
 * while one of our workers makes the answer. So a connection has one owner at each moment: that
 * thread, or between suspend and resume the worker that took it from the queue.
 */

/* What libmicrohttpd may use a connection: the head, its parsed fields, the answer's fields. Above
 * this it would map memory for each connection. */
#define CONNECTION_BYTES (32u * WV_KIB)
#define RESERVED_FILES   64u    /* the archive's, the index's, the log */
#define CLIENT_SLOTS     65536u /* clients are counted by hash: two may share a slot, rarely */
#define RETRY_AFTER      "2"
#define ETAG_MAX         40

enum phase { PHASE_NEW, PHASE_HEAD, PHASE_WAITING, PHASE_ANSWERED, PHASE_SENT };

struct connection {
	struct wv_http *http;
	struct MHD_Connection *mhd;
	struct wv_watched watched;
	char peer[WV_LISTEN_TEXT_MAX];
	size_t peer_slot;
	bool is_proxy;
	/* Of the request at hand: */
	enum phase phase;
	const char *line; /* where libmicrohttpd has the target, to see that no NUL cut it */
	char *target;
	size_t target_bytes;
	bool is_head;
	struct wv_mono asked;
	char client[WV_LISTEN_TEXT_MAX];
	size_t client_slot;
	struct MHD_Response *response;
	int status;
	uint64_t bytes;
};

struct worker {
	struct wv_http *http;
	unsigned number;
	pthread_t thread;
	struct wv_arena *arena;
};

struct wv_http {
	struct wv_http_options options;
	char address[WV_LISTEN_TEXT_MAX];
	int listen_fd;
	struct MHD_Daemon *daemon;
	struct wv_watch *watch;
	struct wv_queue *queue;
	struct wv_rate *rate;
	uint64_t seed;
	atomic_bool is_stopping, is_hurried;
	/* The event thread's. */
	uint16_t open_by_slot[CLIENT_SLOTS], waiting_by_slot[CLIENT_SLOTS];
	/* Counts, as in wv_http_counts. */
	atomic_uint_fast64_t requests, by_class[6], refused, limited, busy, bytes, connections,
		took[10];
	unsigned worker_count;
	struct worker workers[];
};

/* How long somebody waited is real time also where the archive's clock is simulated. */
static struct wv_mono real_now(void)
{
	return wv_clock_mono(wv_clock_system());
}

static size_t slot_of(const struct wv_http *http, const char *client)
{
	return (size_t)(wv_rate_client_key(wv_slice_of(client), http->seed) % CLIENT_SLOTS);
}

/* ---- Answers ---- */

static void count(struct wv_http *http, const struct wv_http_done *done)
{
	static const int64_t below_ms[] = {1, 2, 5, 10, 25, 50, 100, 250, 1000};
	unsigned class = (unsigned)done->status / 100;
	size_t i = 0;

	while (i < WV_COUNT(below_ms) && done->took_us >= below_ms[i] * WV_US_PER_MS)
		i++;
	http->took[i]++;
	http->requests++;
	http->by_class[class < WV_COUNT(http->by_class) ? class : 5]++;
	http->bytes += done->bytes;
	http->refused += !done->request;
	http->limited += done->status == 429;
	http->busy += done->status == 503;
	if (http->options.done)
		http->options.done(http->options.context, done);
}

/* Takes `body` (from malloc, or NULL). NULL: out of memory; nothing is leaked. */
static struct MHD_Response *new_response(struct connection *c, void *take_body, size_t n)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(n, take_body, MHD_RESPMEM_MUST_FREE);
	struct wv_http *http = c->http;
	char date[WV_TIME_TEXT_MAX];
	bool ends = http->is_stopping || http->connections > WV_LIMIT_SERVE_KEPT;

	if (!response) {
		free(take_body);
		return NULL;
	}
	wv_time_print_http(wv_clock_now(http->options.clock), date);
	MHD_add_response_header(response, "Date", date);
	/* Ten thousand connections that were served once would keep what libmicrohttpd has used
	 * of their memory. */
	if (ends)
		MHD_add_response_header(response, "Connection", "close");
	return response;
}

static const char *reason_of(int status)
{
	switch (status) {
	case 400:
		return "400 Bad Request\n";
	case 405:
		return "405 Method Not Allowed\n";
	case 413:
		return "413 Content Too Large\n";
	case 414:
		return "414 URI Too Long\n";
	case 421:
		return "421 Misdirected Request\n";
	case 429:
		return "429 Too Many Requests\n";
	case 431:
		return "431 Request Header Fields Too Large\n";
	case 503:
		return "503 Service Unavailable\n";
	default:
		return "500 Internal Server Error\n";
	}
}

/* An answer without a handler. `retry_after` may be NULL. */
static struct MHD_Response *new_plain(struct connection *c, int status, const char *retry_after)
{
	const char *text = reason_of(status);
	char *body = strdup(text);
	struct MHD_Response *response;

	if (!body)
		return NULL;
	c->status = status;
	c->bytes = wv_slice_of(text).n;
	response = new_response(c, body, c->bytes);
	if (!response)
		return NULL;
	MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(response, "Cache-Control", "no-store");
	if (status == 405)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	if (retry_after)
		MHD_add_response_header(response, "Retry-After", retry_after);
	return response;
}

/* What a 304 leaves out: it describes a body that is not sent. */
static bool describes_body(struct wv_slice name)
{
	return wv_slice_equals_nocase(name, WV_LIT("Content-Type")) ||
	       wv_slice_equals_nocase(name, WV_LIT("Content-Encoding")) ||
	       wv_slice_equals_nocase(name, WV_LIT("Content-Length")) ||
	       wv_slice_equals_nocase(name, WV_LIT("Content-Range"));
}

static struct MHD_Response *new_made(struct connection *c, const struct wv_http_request *request,
				     struct wv_http_answer *answer)
{
	char etag[ETAG_MAX] = "", hex[WV_DIGEST_HEX_MAX];
	struct MHD_Response *response;
	bool is_unchanged = false;

	if (answer->status == 200) {
		struct wv_digest digest = wv_digest_of(wv_buf_slice(&answer->body));

		/* Half of the digest tells pages apart; the whole would only be longer. */
		snprintf(etag, sizeof(etag), "\"%.32s\"", wv_digest_print(&digest, hex));
		is_unchanged = wv_fields_none_match_has(wv_http_field(request, "If-None-Match"),
							wv_slice_of(etag));
	}
	if (is_unchanged) {
		answer->status = 304;
		wv_buf_done(&answer->body);
	}
	c->status = answer->status;
	c->bytes = request->is_head ? 0 : answer->body.n;
	response = new_response(c, answer->body.p, answer->body.n);
	wv_buf_init(&answer->body, 0); /* its bytes are the response's */
	if (!response)
		return NULL;
	for (size_t i = 0; i < answer->field_count; i++)
		if (!is_unchanged || !describes_body(wv_slice_of(answer->fields[i][0])))
			MHD_add_response_header(response, answer->fields[i][0],
						answer->fields[i][1]);
	if (etag[0])
		MHD_add_response_header(response, "ETag", etag);
	return response;
}

/* ---- Workers ---- */

struct wv_slice wv_http_field(const struct wv_http_request *request, const char *name)
{
	const struct connection *c = request->inner;
	struct wv_slice wanted = wv_slice_of(name);
	const char *value = NULL;
	size_t n = 0;

	if (MHD_lookup_connection_value_n(c->mhd, MHD_HEADER_KIND, name, wanted.n, &value, &n) !=
		    MHD_YES ||
	    !value)
		return WV_SLICE_NONE;
	return wv_slice_trim(wv_slice(value, n));
}

/* Leaves c->response NULL only where there is no memory: the connection is then closed. */
static void answer(struct worker *worker, struct connection *c)
{
	struct wv_http *http = c->http;
	struct wv_http_request request = {
		.is_head = c->is_head,
		.client = wv_slice_of(c->client),
		.now = wv_clock_now(http->options.clock),
		.arena = worker->arena,
		.inner = c,
	};
	struct wv_http_answer made = {.status = 200};
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st;
	int64_t waited_us = real_now().us - c->asked.us;
	bool is_late = waited_us > WV_LIMIT_SERVE_WAIT_S * WV_US_PER_S || http->is_hurried;

	wv_buf_init(&made.body, WV_LIMIT_SERVE_ANSWER_BYTES);
	wv_target_split(wv_slice(c->target, c->target_bytes), &request.path, &request.query);
	/* Who has waited so long has gone, or will ask again: new ones are served instead. */
	st = is_late ? wv_err_set(&err, WV_LIMIT, "waited too long for its turn")
		     : http->options.handler(http->options.context, worker->number, &request, &made,
					     &err);
	if (st == WV_OK)
		st = wv_buf_finish(&made.body, "answer", &err);
	if (st == WV_OK)
		c->response = new_made(c, &request, &made);
	else
		c->response = new_plain(c, st == WV_NOMEM || st == WV_LIMIT ? 503 : 500,
					st == WV_NOMEM || st == WV_LIMIT ? RETRY_AFTER : NULL);
	wv_buf_done(&made.body);
	if (!wv_watch_writes(http->watch, &c->watched, c->bytes)) {
		if (c->response)
			MHD_destroy_response(c->response);
		c->response = new_plain(c, 503, RETRY_AFTER);
	}
	count(http, &(struct wv_http_done){
			    .request = &request,
			    .status = c->response ? c->status : 503,
			    .bytes = c->response ? c->bytes : 0,
			    .took_us = real_now().us - c->asked.us,
			    .failed = st == WV_OK ? NULL : &err,
		    });
}

static void *work(void *context)
{
	struct worker *worker = context;
	struct connection *c;

	while ((c = wv_queue_pop(worker->http->queue)) != NULL) {
		answer(worker, c);
		wv_arena_reset(worker->arena);
		c->phase = PHASE_ANSWERED;
		MHD_resume_connection(c->mhd); /* from here the event thread's */
	}
	return NULL;
}

/* ---- The event thread ---- */

static enum MHD_Result queue_response(struct connection *c)
{
	enum MHD_Result queued;

	if (!c->response)
		return MHD_NO; /* closes the connection */
	queued = MHD_queue_response(c->mhd, (unsigned)c->status, c->response);
	MHD_destroy_response(c->response);
	c->response = NULL;
	return queued;
}

static enum MHD_Result refuse(struct connection *c, int status, const char *retry_after)
{
	c->response = new_plain(c, status, retry_after);
	(void)wv_watch_writes(c->http->watch, &c->watched, c->bytes);
	count(c->http, &(struct wv_http_done){
			       .status = status,
			       .bytes = c->bytes,
			       .took_us = real_now().us - c->asked.us,
		       });
	return queue_response(c);
}

struct head {
	size_t fields, hosts;
	bool has_body;
	struct wv_slice host, forwarded;
};

static enum MHD_Result read_field(void *context, enum MHD_ValueKind kind, const char *key,
				  size_t key_bytes, const char *value, size_t value_bytes)
{
	struct head *head = context;
	struct wv_slice name = wv_slice(key, key_bytes);
	struct wv_slice text = wv_slice_trim(wv_slice(value, value ? value_bytes : 0));

	(void)kind;
	head->fields++;
	if (wv_slice_equals_nocase(name, WV_LIT("Host"))) {
		head->hosts++;
		head->host = text;
	} else if (wv_slice_equals_nocase(name, WV_LIT("X-Forwarded-For"))) {
		head->forwarded = text;
	} else if (wv_slice_equals_nocase(name, WV_LIT("Transfer-Encoding"))) {
		head->has_body = true;
	} else if (wv_slice_equals_nocase(name, WV_LIT("Content-Length"))) {
		head->has_body = head->has_body || !wv_slice_equals(text, WV_LIT("0"));
	}
	return MHD_YES;
}

static bool is_host_ours(const struct wv_http_options *options, struct wv_slice host)
{
	for (size_t i = 0; i < options->host_count; i++)
		if (wv_fields_host_is(host, options->hosts[i]))
			return true;
	return options->host_count == 0;
}

/* The status to refuse with, or 0. What is read wrong comes before what is not wanted. */
static int judge(const struct connection *c, const struct head *head, const char *method,
		 const char *version)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	struct wv_slice target = wv_slice(c->target, c->target_bytes);
	bool is_1_0 = wv_slice_equals(wv_slice_of(version), WV_LIT("HTTP/1.0"));

	if (c->target_bytes > WV_LIMIT_SERVE_TARGET_BYTES)
		return 414;
	if (head->fields > WV_LIMIT_SERVE_FIELDS ||
	    (info && info->header_size > WV_LIMIT_SERVE_HEAD_BYTES))
		return 431;
	if (!c->is_head && !wv_slice_equals(wv_slice_of(method), WV_LIT("GET")))
		return 405;
	if (head->has_body)
		return 413;
	/* The version starts where the target ends, unless a NUL stands in the target. */
	if (!c->target || version != c->line + c->target_bytes + 1 ||
	    !wv_target_is_origin_form(target))
		return 400;
	if (head->hosts > 1 || (head->hosts == 0 && !is_1_0) ||
	    (head->hosts == 1 && !wv_fields_is_host(head->host)))
		return 400;
	return is_host_ours(&c->http->options, head->host) ? 0 : 421;
}

static void name_client(struct connection *c, struct wv_slice forwarded)
{
	struct wv_slice last = wv_fields_last_forwarded(forwarded);

	memcpy(c->client, c->peer, sizeof(c->client));
	if (c->is_proxy && wv_listen_is_address(last))
		snprintf(c->client, sizeof(c->client), "%.*s", WV_FMT(last));
	c->client_slot = slot_of(c->http, c->client);
}

/* Reads the head; answers at once what can't be left unanswered until the body is here. */
static enum MHD_Result begin(struct connection *c, const char *method, const char *version)
{
	struct head head = {0};
	int status;

	c->phase = PHASE_HEAD;
	c->asked = real_now();
	c->is_head = wv_slice_equals(wv_slice_of(method), WV_LIT("HEAD"));
	MHD_get_connection_values_n(c->mhd, MHD_HEADER_KIND, read_field, &head);
	name_client(c, head.forwarded);
	status = judge(c, &head, method, version);
	c->status = status;
	/* An answer queued now ends the connection: right where a body follows, or where the two
	 * sides may differ on where this request ends. */
	if (status != 0 && (head.has_body || status == 400 || status == 414 || status == 431))
		return refuse(c, status, NULL);
	return MHD_YES;
}

/*
 * May one more request of this client wait? A client has a share of the room that is free, so that
 * twenty greedy ones leave some to whoever comes next. Only this thread pushes: what is room now
 * is room still when the request is given away.
 */
static bool has_room(const struct wv_http *http, size_t slot)
{
	size_t waiting = wv_queue_count(http->queue);

	return waiting < WV_LIMIT_SERVE_WAITING && !http->is_hurried &&
	       http->waiting_by_slot[slot] <
		       (WV_LIMIT_SERVE_WAITING - waiting + WV_LIMIT_SERVE_SHARE - 1) /
			       WV_LIMIT_SERVE_SHARE;
}

static enum MHD_Result give_to_worker(struct connection *c)
{
	struct wv_http *http = c->http;
	int64_t wait_us = 0;
	char seconds[32];

	if (c->status != 0)
		return refuse(c, c->status, NULL);
	if (http->rate && !wv_rate_allows(http->rate, wv_slice_of(c->client), c->asked, &wait_us)) {
		snprintf(seconds, sizeof(seconds), "%lld", (long long)(1 + wait_us / WV_US_PER_S));
		return refuse(c, 429, seconds);
	}
	if (!has_room(http, c->client_slot))
		return refuse(c, 503, RETRY_AFTER);
	c->phase = PHASE_WAITING;
	wv_watch_works(http->watch, &c->watched);
	http->waiting_by_slot[c->client_slot]++;
	MHD_suspend_connection(c->mhd);
	if (!wv_queue_try_push(http->queue, c)) { /* closed: stopping */
		c->phase = PHASE_ANSWERED;
		c->response = new_plain(c, 503, RETRY_AFTER);
		MHD_resume_connection(c->mhd);
	}
	return MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *mhd, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_bytes, void **state)
{
	struct connection *c = *state;

	(void)context;
	(void)mhd;
	(void)url;
	(void)upload;
	if (!c)
		return MHD_NO;
	*upload_bytes = 0;
	switch (c->phase) {
	case PHASE_NEW:
		return begin(c, method, version);
	case PHASE_HEAD:
		return give_to_worker(c);
	case PHASE_ANSWERED:
		c->phase = PHASE_SENT;
		c->http->waiting_by_slot[c->client_slot]--;
		return queue_response(c);
	default:
		return MHD_NO;
	}
}

/*
 * libmicrohttpd is about to cut the query at each "&" and keep an entry of every parameter, in memory
 * that it has for some hundreds: an archived address with more would be refused. We read
 * the query ourselves, so it is shown an empty one. The bytes are its connection's, not constant.
 */
static void hide_query(const char *line, struct wv_slice target)
{
	size_t mark = wv_slice_find_byte(target, '?', 0);

	if (mark != SIZE_MAX)
		*(char *)(uintptr_t)(line + mark + 1) = '\0';
}

static void *on_target(void *context, const char *line, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct connection *c = info ? info->socket_context : NULL;
	struct wv_slice target = wv_slice_of(line);

	(void)context;
	if (!c)
		return NULL;
	c->phase = PHASE_NEW;
	c->line = line;
	c->target_bytes = target.n;
	free(c->target); /* of one that libmicrohttpd refused without a word to us */
	c->target = target.n <= WV_LIMIT_SERVE_TARGET_BYTES ? strdup(line ? line : "") : NULL;
	wv_watch_reads(c->http->watch, &c->watched);
	hide_query(line, target);
	return c;
}

static void on_completed(void *context, struct MHD_Connection *mhd, void **state,
			 enum MHD_RequestTerminationCode code)
{
	struct connection *c = *state;

	(void)context;
	(void)mhd;
	(void)code;
	*state = NULL;
	if (!c)
		return;
	if (c->phase == PHASE_ANSWERED || c->phase == PHASE_WAITING)
		c->http->waiting_by_slot[c->client_slot]--;
	if (c->response)
		MHD_destroy_response(c->response);
	c->response = NULL;
	free(c->target);
	c->target = NULL;
	c->phase = PHASE_NEW;
	wv_watch_reads(c->http->watch, &c->watched);
}

/* Before there is anything of a connection. */
static enum MHD_Result on_accept(void *context, const struct sockaddr *peer, socklen_t length)
{
	struct wv_http *http = context;
	char text[WV_LISTEN_TEXT_MAX];
	bool is_proxy;

	(void)length;
	wv_listen_print_peer(peer, text);
	is_proxy = http->options.trusts_proxy && wv_listen_is_loopback(text);
	if (!is_proxy &&
	    http->open_by_slot[slot_of(http, text)] >= http->options.connections_per_client) {
		http->refused++;
		return MHD_NO;
	}
	/* Nearly full: whoever has been silent for longest makes room. */
	if (http->connections >= http->options.connections - http->options.connections / 16)
		wv_watch_shut_oldest_reader(http->watch);
	return MHD_YES;
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **state,
			  enum MHD_ConnectionNotificationCode code)
{
	struct wv_http *http = context;
	struct connection *c = *state;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *address =
			MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
		const union MHD_ConnectionInfo *fd =
			MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

		c = address && fd ? calloc(1, sizeof(*c)) : NULL;
		*state = c; /* without one, each of its requests is closed */
		if (!c)
			return;
		c->http = http;
		c->mhd = mhd;
		wv_listen_print_peer(address->client_addr, c->peer);
		c->is_proxy = http->options.trusts_proxy && wv_listen_is_loopback(c->peer);
		c->peer_slot = slot_of(http, c->peer);
		http->open_by_slot[c->peer_slot]++;
		http->connections++;
		wv_watch_add(http->watch, &c->watched, fd->connect_fd);
	} else if (c) {
		wv_watch_remove(http->watch, &c->watched);
		http->open_by_slot[c->peer_slot]--;
		http->connections--;
		*state = NULL;
		free(c->target);
		free(c);
	}
}

/* Requests that libmicrohttpd can't read are answered by itself; only its log tells of them. */
static void on_message(void *context, const char *format, va_list values)
{
	if (wv_slice_starts(wv_slice_of(format),
			    WV_LIT("Error processing request (HTTP response code is %u")))
		count(context, &(struct wv_http_done){.status = (int)va_arg(values, unsigned)});
}

/* Escapes are the handler's: an archived address may hold any. */
static size_t leave_escapes(void *context, struct MHD_Connection *mhd, char *text)
{
	(void)context;
	(void)mhd;
	return wv_slice_of(text).n;
}

/* ---- Life ---- */

/* As many connections as the process may have files, less a reserve. */
static unsigned connection_room(unsigned wanted)
{
	struct rlimit limit;
	rlim_t needed = (rlim_t)wanted + RESERVED_FILES;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return wanted;
	if (limit.rlim_cur < needed) {
		limit.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur >= needed)
		return wanted;
	return limit.rlim_cur > 2 * RESERVED_FILES ? (unsigned)limit.rlim_cur - RESERVED_FILES
						   : RESERVED_FILES;
}

static struct wv_http_options complete(const struct wv_http_options *given)
{
	struct wv_http_options options = *given;

	options.workers = options.workers ? options.workers : 2;
	options.idle_s = options.idle_s ? options.idle_s : 15;
	options.connections = connection_room(options.connections ? options.connections
								  : WV_LIMIT_SERVE_CONNECTIONS);
	if (options.connections_per_client == 0)
		options.connections_per_client = (options.connections + 9) / 10;
	return options;
}

static enum wv_status start_workers(struct wv_http *http, struct wv_err *err)
{
	for (unsigned i = 0; i < http->options.workers; i++) {
		struct worker *worker = &http->workers[i];
		enum wv_status st = wv_arena_new(WV_LIMIT_SERVE_ARENA_BYTES, &worker->arena, err);
		int failed;

		if (st != WV_OK)
			return st;
		worker->http = http;
		worker->number = i;
		failed = pthread_create(&worker->thread, NULL, work, worker);
		if (failed != 0) {
			wv_arena_free(&worker->arena);
			return wv_err_errno(err, WV_IO, failed, "cannot start a worker");
		}
		http->worker_count++;
	}
	return WV_OK;
}

static enum wv_status start_daemon(struct wv_http *http, struct wv_err *err)
{
	const struct wv_http_options *options = &http->options;

	http->daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
			MHD_USE_ITC | MHD_USE_SUPPRESS_DATE_NO_CLOCK,
		0, on_accept, http, on_request, http, MHD_OPTION_EXTERNAL_LOGGER, on_message, http,
		MHD_OPTION_LISTEN_SOCKET, http->listen_fd, MHD_OPTION_URI_LOG_CALLBACK, on_target,
		http, MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, http,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_NOTIFY_CONNECTION,
		on_connection, http, MHD_OPTION_CONNECTION_LIMIT, options->connections,
		MHD_OPTION_CONNECTION_TIMEOUT, options->idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_BYTES, MHD_OPTION_END);
	if (!http->daemon)
		return wv_err_errno(err, WV_IO, errno, "cannot serve on '%s'", http->address);
	return WV_OK;
}

static enum wv_status start(struct wv_http *http, struct wv_err *err)
{
	const struct wv_http_options *options = &http->options;
	enum wv_status st = wv_random_bytes(&http->seed, sizeof(http->seed), err);

	if (st == WV_OK && options->rate_per_s > 0)
		st = wv_rate_new(options->rate_per_s, 10 * options->rate_per_s,
				 WV_LIMIT_SERVE_CLIENTS, &http->rate, err);
	if (st == WV_OK)
		st = wv_watch_new(options->idle_s * WV_US_PER_S, &http->watch, err);
	if (st == WV_OK)
		st = wv_queue_new(WV_LIMIT_SERVE_WAITING, &http->queue, err);
	if (st == WV_OK)
		st = wv_listen_open(options->listen, &http->listen_fd, http->address, err);
	if (st == WV_OK)
		st = start_workers(http, err);
	if (st == WV_OK)
		st = start_daemon(http, err);
	return st;
}

enum wv_status wv_http_start(const struct wv_http_options *given, struct wv_http **out,
			     struct wv_err *err)
{
	struct wv_http_options options = complete(given);
	struct wv_http *http = calloc(1, sizeof(*http) + options.workers * sizeof(struct worker));
	sigset_t ours, before;
	enum wv_status st;

	if (!http)
		return wv_err_set(err, WV_NOMEM, "out of memory for serving");
	http->options = options;
	http->listen_fd = -1;
	/* Signals go to the thread that started us; faults stay with who makes them. */
	sigfillset(&ours);
	for (size_t i = 0; i < 5; i++)
		sigdelset(&ours, (const int[]){SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}[i]);
	pthread_sigmask(SIG_BLOCK, &ours, &before);
	st = start(http, err);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (st != WV_OK) {
		wv_http_stop(&http, 0);
		return st;
	}
	*out = http;
	return WV_OK;
}

const char *wv_http_address(const struct wv_http *http)
{
	return http->address;
}

void wv_http_stop(struct wv_http **taken, int64_t grace_us)
{
	struct wv_http *http = *taken;

	*taken = NULL;
	if (!http)
		return;
	http->is_stopping = true;
	if (http->daemon) {
		(void)MHD_quiesce_daemon(http->daemon);
		wv_watch_ends(http->watch);
		(void)wv_watch_wait_quiet(http->watch, grace_us);
	}
	http->is_hurried = true;
	if (http->queue)
		wv_queue_close(http->queue);
	for (unsigned i = 0; i < http->worker_count; i++) {
		pthread_join(http->workers[i].thread, NULL);
		wv_arena_free(&http->workers[i].arena);
	}
	/* Every connection is resumed by now, as libmicrohttpd demands. */
	if (http->daemon)
		MHD_stop_daemon(http->daemon);
	if (http->listen_fd >= 0)
		close(http->listen_fd);
	wv_watch_free(&http->watch);
	if (http->queue)
		wv_queue_free(&http->queue);
	wv_rate_free(&http->rate);
	free(http);
}

void wv_http_counts(const struct wv_http *http, struct wv_http_counts *out)
{
	*out = (struct wv_http_counts){
		.requests = http->requests,
		.refused = http->refused,
		.limited = http->limited,
		.busy = http->busy,
		.bytes = http->bytes,
		.connections = http->connections,
		.waiting = wv_queue_count(http->queue),
	};
	for (size_t i = 0; i < WV_COUNT(out->by_class); i++)
		out->by_class[i] = http->by_class[i];
	for (size_t i = 0; i < WV_COUNT(out->took); i++)
		out->took[i] = http->took[i];
}
