#include "archive/serve/http_inner.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "archive/serve/fields.h"
#include "archive/serve/target.h"

/* What libmicrohttpd may use a connection: the head, its parsed fields, the answer's fields. Above
 * this it would map memory for each connection. */
#define CONNECTION_BYTES (32u * WV_KIB)

static size_t slot_of(const struct wv_http *http, const char *client)
{
	return (size_t)(wv_rate_client_key(wv_slice_of(client), http->seed) % WV_HTTP_CLIENT_SLOTS);
}

static enum MHD_Result queue_response(struct wv_http_connection *c)
{
	enum MHD_Result queued;

	if (!c->response)
		return MHD_NO; /* closes the connection */
	queued = MHD_queue_response(c->mhd, (unsigned)c->status, c->response);
	MHD_destroy_response(c->response);
	c->response = NULL;
	return queued;
}

static enum MHD_Result refuse(struct wv_http_connection *c, int status, const char *retry_after)
{
	c->response = wv_http_new_plain(c, status, retry_after);
	(void)wv_watch_writes(c->http->watch, &c->watched, c->bytes, &c->hold);
	wv_http_count(c->http, &(struct wv_http_done){
				       .status = status,
				       .bytes = c->bytes,
				       .took_us = wv_http_real_now().us - c->asked.us,
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
static int judge(const struct wv_http_connection *c, const struct head *head, const char *method,
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

static void name_client(struct wv_http_connection *c, struct wv_slice forwarded)
{
	struct wv_slice last = wv_fields_last_forwarded(forwarded);

	memcpy(c->client, c->peer, sizeof(c->client));
	if (c->is_proxy && wv_listen_is_address(last))
		snprintf(c->client, sizeof(c->client), "%.*s", WV_FMT(last));
	c->client_slot = slot_of(c->http, c->client);
}

/* Reads the head; answers at once what can't be left unanswered until the body is here. */
static enum MHD_Result begin(struct wv_http_connection *c, const char *method, const char *version)
{
	struct head head = {0};
	int status;

	c->phase = WV_HTTP_HEAD;
	c->asked = wv_http_real_now();
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
	size_t waiting = wv_turns_count(http->turns);

	return waiting < WV_LIMIT_SERVE_WAITING && !http->is_hurried &&
	       http->waiting_by_slot[slot] <
		       (WV_LIMIT_SERVE_WAITING - waiting + WV_LIMIT_SERVE_SHARE - 1) /
			       WV_LIMIT_SERVE_SHARE;
}

static enum MHD_Result give_to_worker(struct wv_http_connection *c)
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
		return refuse(c, 503, WV_HTTP_RETRY_AFTER);
	c->phase = WV_HTTP_WAITING;
	wv_watch_works(http->watch, &c->watched);
	http->waiting_by_slot[c->client_slot]++;
	MHD_suspend_connection(c->mhd);
	if (!wv_turns_push(http->turns, c, c->client_slot)) { /* closed: stopping */
		c->phase = WV_HTTP_ANSWERED;
		c->response = wv_http_new_plain(c, 503, WV_HTTP_RETRY_AFTER);
		MHD_resume_connection(c->mhd);
	}
	return MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *mhd, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_bytes, void **state)
{
	struct wv_http_connection *c = *state;

	(void)context;
	(void)mhd;
	(void)url;
	(void)upload;
	if (!c)
		return MHD_NO;
	*upload_bytes = 0;
	switch (c->phase) {
	case WV_HTTP_NEW:
		return begin(c, method, version);
	case WV_HTTP_HEAD:
		return give_to_worker(c);
	case WV_HTTP_ANSWERED:
		c->phase = WV_HTTP_SENT;
		c->http->waiting_by_slot[c->client_slot]--;
		return queue_response(c);
	default:
		return MHD_NO;
	}
}

/*
 * libmicrohttpd is about to cut the query at each "&" and keep an entry of every parameter, in
 * memory that it has for some hundreds: an archived address with more would be refused. We read the
 * query ourselves, so it is shown an empty one. The bytes are its connection's, not constant.
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
	struct wv_http_connection *c = info ? info->socket_context : NULL;
	struct wv_slice target = wv_slice_of(line);

	(void)context;
	if (!c)
		return NULL;
	c->phase = WV_HTTP_NEW;
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
	struct wv_http_connection *c = *state;

	(void)context;
	(void)mhd;
	(void)code;
	*state = NULL;
	if (!c)
		return;
	if (c->phase == WV_HTTP_ANSWERED || c->phase == WV_HTTP_WAITING)
		c->http->waiting_by_slot[c->client_slot]--;
	if (c->response)
		MHD_destroy_response(c->response);
	c->response = NULL;
	free(c->target);
	c->target = NULL;
	c->phase = WV_HTTP_NEW;
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
	struct wv_http_connection *c = *state;

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
		wv_http_count(context,
			      &(struct wv_http_done){.status = (int)va_arg(values, unsigned)});
}

/* Escapes are the handler's: an archived address may hold any. */
static size_t leave_escapes(void *context, struct MHD_Connection *mhd, char *text)
{
	(void)context;
	(void)mhd;
	return wv_slice_of(text).n;
}

enum wv_status wv_http_start_events(struct wv_http *http, struct wv_err *err)
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
