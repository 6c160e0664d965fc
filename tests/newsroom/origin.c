#include "tests/newsroom/origin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <microhttpd.h>

#include "config/base/digest.h"
#include "config/base/json.h"
#include "config/base/limits.h"
#include "tests/newsroom/desk.h"

#define PAGE_ARENA_BYTES (8u * WV_MIB)

/* One publisher's listening socket. */
struct counter {
	struct newsroom_origin *origin;
	const struct newsroom_publisher *publisher;
	struct MHD_Daemon *daemon;
};

struct newsroom_origin {
	struct newsroom_desk desk;
	const struct wv_clock *clock;
	int log_fd; /* O_APPEND, one write a line: needs no lock */
	struct counter counters[NEWSROOM_PUBLISHERS_MAX];
	size_t counter_count;
};

/* What one request asked, for the answer and the log. Header values are the connection's. */
struct ask {
	const char *method;
	struct wv_slice target;
	struct wv_slice if_none_match, if_modified_since, user_agent, accept_encoding;
};

/* What was decided about it. */
struct given {
	unsigned status;
	const char *coding; /* "gzip", "deflate", or NULL */
	struct wv_digest digest;
	char etag[WV_DIGEST_HEX_MAX + 2];
	size_t bytes; /* of the body before coding */
};

static struct wv_slice header(struct MHD_Connection *connection, const char *name)
{
	return wv_slice_of(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

/* "gzip, deflate;q=0" and the like: is the word there as a word, without q=0? */
static bool accepts(struct wv_slice list, struct wv_slice coding)
{
	struct wv_cursor at = wv_cursor(list);

	while (wv_cursor_left(&at) > 0) {
		struct wv_slice item = wv_slice_trim(wv_cursor_until(&at, ','));
		struct wv_cursor inside = wv_cursor(item);
		struct wv_slice word = wv_slice_trim(wv_cursor_until(&inside, ';'));

		if (!wv_slice_equals_nocase(word, coding))
			continue;
		return !wv_slice_equals(wv_slice_trim(wv_slice(inside.p, wv_cursor_left(&inside))),
					WV_LIT("q=0"));
	}
	return false;
}

/* RFC 9110 13.1: If-None-Match wins; If-Modified-Since counts only without it. */
static bool is_unchanged(const struct ask *ask, const struct newsroom_reply *reply,
			 const struct given *given, struct wv_time now)
{
	struct wv_time since;

	if (reply->status != 200)
		return false;
	if (ask->if_none_match.n > 0)
		return reply->has_etag &&
		       wv_slice_find(ask->if_none_match, wv_slice_of(given->etag), 0) != SIZE_MAX;
	return !wv_time_is_none(reply->changed) && ask->if_modified_since.n > 0 &&
	       wv_time_parse_http(ask->if_modified_since, now, &since) &&
	       reply->changed.us < since.us + WV_US_PER_S;
}

static void add_header(struct MHD_Response *response, const char *name, struct wv_slice value)
{
	char text[1024];

	snprintf(text, sizeof(text), "%.*s", WV_FMT(value));
	WV_ASSERT(MHD_add_response_header(response, name, text) == MHD_YES);
}

static ssize_t read_chunk(void *context, uint64_t at, char *to, size_t max)
{
	const struct wv_buf *body = context;
	size_t left = at < body->n ? body->n - (size_t)at : 0;
	size_t n = left < max ? left : max;

	if (n > 700)
		n = 700; /* several chunks, so that joining them is tried */
	if (left == 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	memcpy(to, body->p + at, n);
	return (ssize_t)n;
}

static void free_chunks(void *context)
{
	struct wv_buf *body = context;

	wv_buf_done(body);
	free(body);
}

/* A response over the bytes; chunked where the publisher sends without a length. */
static struct MHD_Response *new_response(struct wv_slice bytes, bool is_chunked)
{
	struct wv_buf *copy;

	if (!is_chunked || bytes.n == 0)
		return MHD_create_response_from_buffer(
			bytes.n, bytes.n > 0 ? (void *)(uintptr_t)bytes.p : (void *)(uintptr_t) "",
			MHD_RESPMEM_MUST_COPY);
	copy = malloc(sizeof(*copy));
	if (!copy)
		return NULL;
	wv_buf_init(copy, bytes.n);
	wv_buf_add(copy, bytes);
	return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_chunk, copy,
						 free_chunks);
}

static void add_headers(struct MHD_Response *response, const struct newsroom_scene *scene,
			const struct newsroom_reply *reply, const struct given *given)
{
	char text[WV_TIME_TEXT_MAX];

	if (given->status != 304)
		add_header(response, "Content-Type", wv_slice_of(reply->type));
	if (given->coding) {
		add_header(response, "Content-Encoding", wv_slice_of(given->coding));
		add_header(response, "Vary", WV_LIT("Accept-Encoding"));
	}
	if (reply->has_etag && reply->status == 200)
		add_header(response, "ETag", wv_slice_of(given->etag));
	if (!wv_time_is_none(reply->changed) && (scene->publisher->has & NEWSROOM_LASTMOD))
		add_header(response, "Last-Modified",
			   wv_slice_of(wv_time_print_http(reply->changed, text)));
	if (reply->location.n > 0)
		add_header(response, "Location", reply->location);
	if (reply->retry_after_s > 0) {
		snprintf(text, sizeof(text), "%u", reply->retry_after_s);
		add_header(response, "Retry-After", wv_slice_of(text));
	}
	/* The Date is the newsroom's, or a client would see a clock that is years off. */
	add_header(response, "Date", wv_slice_of(wv_time_print_http(scene->now, text)));
	add_header(response, "Cache-Control", WV_LIT("max-age=60"));
}

static void write_log(const struct counter *counter, const struct newsroom_scene *scene,
		      const struct ask *ask, const struct given *given)
{
	WV_AUTO(wv_buf_done) struct wv_buf line = {.cap = 64 * WV_KIB};
	struct wv_json_writer json;
	char text[WV_TIME_TEXT_MAX];

	if (counter->origin->log_fd < 0)
		return;
	wv_json_begin(&json, &line);
	wv_json_open_object(&json, NULL);
	wv_json_string(&json, "time", wv_slice_of(wv_time_print(scene->now, text)));
	wv_json_int(&json, "time_us", scene->now.us);
	wv_json_int(&json, "real_us", wv_clock_mono(wv_clock_system()).us);
	wv_json_string(&json, "address", counter->publisher->address);
	wv_json_string(&json, "method", wv_slice_of(ask->method));
	wv_json_string(&json, "target", ask->target);
	wv_json_u64(&json, "status", given->status);
	wv_json_u64(&json, "bytes", given->bytes);
	if (given->status == 200)
		wv_json_digest(&json, "sha256", &given->digest);
	wv_json_string_or_null(&json, "coding", wv_slice_of(given->coding));
	wv_json_string_or_null(&json, "if_none_match", ask->if_none_match);
	wv_json_string_or_null(&json, "if_modified_since", ask->if_modified_since);
	wv_json_string_or_null(&json, "user_agent", ask->user_agent);
	wv_json_string_or_null(&json, "accept_encoding", ask->accept_encoding);
	wv_json_close(&json);
	wv_buf_add_byte(&line, '\n');
	if (line.failed != WV_OK || write(counter->origin->log_fd, line.p, line.n) < 0)
		perror("newsroom: access log");
}

/* Picks the coding, the 304, the validators; `coded` gets the bytes to send. */
static enum wv_status decide(const struct newsroom_scene *scene, const struct ask *ask,
			     const struct newsroom_reply *reply, struct given *given,
			     struct wv_buf *coded, struct wv_err *err)
{
	uint32_t has = scene->publisher->has;
	char hex[WV_DIGEST_HEX_MAX];
	bool is_gzip = (has & NEWSROOM_GZIP) && accepts(ask->accept_encoding, WV_LIT("gzip"));
	bool is_zlib = (has & NEWSROOM_DEFLATE) && accepts(ask->accept_encoding, WV_LIT("deflate"));

	given->status = reply->status;
	given->bytes = reply->body.n;
	given->digest = wv_digest_of(wv_buf_slice(&reply->body));
	snprintf(given->etag, sizeof(given->etag), "\"%.20s\"",
		 wv_digest_print(&given->digest, hex));
	if (is_unchanged(ask, reply, given, scene->now)) {
		given->status = 304;
		given->bytes = 0;
		return WV_OK;
	}
	if (!reply->may_encode || reply->body.n == 0 || (!is_gzip && !is_zlib)) {
		wv_buf_add(coded, wv_buf_slice(&reply->body));
		return wv_buf_finish(coded, "answer", err);
	}
	given->coding = is_gzip ? "gzip" : "deflate";
	return newsroom_deflate(wv_buf_slice(&reply->body), is_gzip, coded, err);
}

static enum MHD_Result send_answer(struct counter *counter, struct MHD_Connection *connection,
				   const struct ask *ask)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf coded = {.cap = NEWSROOM_BODY_MAX};
	struct newsroom_reply reply = {.status = 500};
	struct given given = {.status = 500};
	struct wv_err err = WV_ERR_NONE;
	struct newsroom_scene scene = {.publisher = counter->publisher,
				       .now = wv_clock_now(counter->origin->clock),
				       .port = counter->origin->desk.port};
	struct MHD_Response *response;
	enum MHD_Result queued = MHD_NO;
	enum wv_status st = wv_arena_new(PAGE_ARENA_BYTES, &arena, &err);

	scene.arena = arena;
	if (st == WV_OK)
		st = newsroom_desk_answer(&counter->origin->desk, &scene, ask->target, &reply,
					  &err);
	if (st == WV_OK)
		st = decide(&scene, ask, &reply, &given, &coded, &err);
	if (st != WV_OK) {
		fprintf(stderr, "newsroom: %s\n", err.text);
		given.status = 500;
		reply.type = "text/plain";
		wv_buf_reset(&coded);
	}
	response = new_response(wv_buf_slice(&coded), reply.is_chunked);
	if (response) {
		add_headers(response, &scene, &reply, &given);
		queued = MHD_queue_response(connection, given.status, response);
		MHD_destroy_response(response);
	}
	write_log(counter, &scene, ask, &given);
	wv_buf_done(&reply.body);
	return queued;
}

/* What a connection keeps between the calls about one request. */
struct kept {
	bool is_second_call;
	char target[]; /* as it came, query included: libmicrohttpd's own `url` has lost that */
};

static void *keep_target(void *context, const char *uri, struct MHD_Connection *connection)
{
	struct wv_slice target = wv_slice_of(uri);
	struct kept *kept = calloc(1, sizeof(*kept) + target.n + 1);

	(void)context;
	(void)connection;
	if (kept)
		memcpy(kept->target, uri, target.n + 1);
	return kept;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **state)
{
	struct kept *kept = *state;
	struct ask ask = {
		.method = method,
		.if_none_match = header(connection, MHD_HTTP_HEADER_IF_NONE_MATCH),
		.if_modified_since = header(connection, MHD_HTTP_HEADER_IF_MODIFIED_SINCE),
		.user_agent = header(connection, MHD_HTTP_HEADER_USER_AGENT),
		.accept_encoding = header(connection, MHD_HTTP_HEADER_ACCEPT_ENCODING),
	};

	(void)url;
	(void)version;
	(void)upload;
	if (!kept)
		return MHD_NO;
	if (!kept->is_second_call) {
		/* An answer queued at the first call makes libmicrohttpd close the connection. */
		kept->is_second_call = true;
		return MHD_YES;
	}
	ask.target = wv_slice_of(kept->target);
	*upload_size = 0;
	return send_answer(context, connection, &ask);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode code)
{
	(void)context;
	(void)connection;
	(void)code;
	free(*state);
	*state = NULL;
}

static enum wv_status open_counter(struct newsroom_origin *origin,
				   const struct newsroom_publisher *publisher, struct wv_err *err)
{
	struct counter *counter = &origin->counters[origin->counter_count];
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(origin->desk.port)};
	char text[INET_ADDRSTRLEN];

	snprintf(text, sizeof(text), "%.*s", WV_FMT(publisher->address));
	if (inet_pton(AF_INET, text, &address.sin_addr) != 1)
		return wv_err_set(err, WV_BAD_INPUT, "'%s' is no address", text);
	counter->origin = origin;
	counter->publisher = publisher;
	/* The Date header is ours, by the newsroom's clock. */
	counter->daemon = MHD_start_daemon(
		MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_SUPPRESS_DATE_NO_CLOCK, origin->desk.port,
		NULL, NULL, on_request, counter, MHD_OPTION_SOCK_ADDR, &address,
		MHD_OPTION_URI_LOG_CALLBACK, keep_target, NULL, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, NULL, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
	if (!counter->daemon)
		return wv_err_errno(err, WV_IO, errno, "cannot listen on %s:%u", text,
				    origin->desk.port);
	origin->counter_count++;
	return WV_OK;
}

enum wv_status newsroom_origin_start(const struct newsroom_origin_options *options,
				     struct newsroom_origin **out, struct wv_err *err)
{
	WV_AUTO(newsroom_origin_stop) struct newsroom_origin *origin = calloc(1, sizeof(*origin));
	enum wv_status st = WV_OK;

	if (!origin)
		return wv_err_set(err, WV_NOMEM, "out of memory for the newsroom");
	origin->desk.press = options->press;
	origin->desk.port = options->port;
	origin->clock = options->clock;
	origin->log_fd = -1;
	if (options->log_path) {
		origin->log_fd =
			open(options->log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
		if (origin->log_fd < 0)
			return wv_err_errno(err, WV_CREATE, errno, "cannot write the log '%s'",
					    options->log_path);
	}
	for (size_t i = 0; st == WV_OK && i < options->press->count; i++)
		st = open_counter(origin, &options->press->publishers[i], err);
	if (st == WV_OK)
		*out = WV_TAKE(origin);
	return st;
}

void newsroom_origin_stop(struct newsroom_origin **taken)
{
	struct newsroom_origin *origin = *taken;

	*taken = NULL;
	if (!origin)
		return;
	for (size_t i = 0; i < origin->counter_count; i++)
		MHD_stop_daemon(origin->counters[i].daemon);
	if (origin->log_fd >= 0)
		close(origin->log_fd);
	free(origin);
}
