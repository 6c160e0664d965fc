#include "crawler/fetch/transfer.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "config/base/checked.h"
#include "crawler/fetch/headers.h"

/* A body that trickles slower than this for a whole timeout is given up. */
#define SLOWEST_BYTES_PER_S 32L
/* A page's first memory; a body that says it is larger still grows as it comes. */
#define RESERVE_BYTES (1u * WV_MIB)
#define ARENA_BYTES   (4u * WV_MIB)
#define ARENA_FIRST   (2u * WV_KIB) /* a URL and some fields, thousands of times */

/* ---- what libcurl calls ---- */

/* Ends the transfer from inside a callback; what the callback then returns makes libcurl stop. */
static void end_transfer(struct wv_transfer *t, enum wv_fetch_outcome outcome, const char *words)
{
	if (t->is_ended)
		return;
	t->is_ended = true;
	t->ended = outcome;
	t->ended_words = words;
}

static bool is_empty_line(struct wv_slice line)
{
	return wv_slice_equals(line, WV_LIT("\r\n")) || wv_slice_equals(line, WV_LIT("\n"));
}

/* The empty line after a header block: an interim answer (1xx) is forgotten, RFC 9110 15.2. */
static void end_head(struct wv_transfer *t)
{
	struct wv_fetch_answer *answer = &t->inner->answer;
	int32_t status = wv_headers_status(wv_buf_slice(&answer->headers));

	if (status >= 100 && status <= 199 && status != 101) {
		wv_buf_reset(&answer->headers);
		return;
	}
	t->head_done = true;
	answer->status = status;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *user)
{
	struct wv_transfer *t = user;
	struct wv_fetch_answer *answer = &t->inner->answer;
	struct wv_slice line = wv_slice(bytes, size * count);

	if (wv_time_is_none(answer->first_byte)) {
		answer->first_byte = wv_clock_now(t->all->clock);
		answer->first_byte_mono = wv_clock_mono(t->all->clock);
	}
	if (line.n > t->all->header_bytes - t->head_bytes ||
	    (!is_empty_line(line) && t->head_lines > t->all->header_count)) {
		end_transfer(t, WV_FETCH_BAD_HTTP, "header block larger than its cap");
		return 0;
	}
	t->head_bytes += line.n;
	t->head_lines++; /* the status line counts one: fields are one less */
	if (t->head_done) {
		wv_buf_add(&answer->trailers, line);
		return line.n;
	}
	wv_buf_add(&answer->headers, line);
	if (answer->headers.failed != WV_OK) {
		end_transfer(t, WV_FETCH_FAILED, "out of memory for a header block");
		return 0;
	}
	if (is_empty_line(line))
		end_head(t);
	return line.n;
}

bool wv_transfer_must_pause(struct wv_transfer *t)
{
	struct wv_transfers *all = t->all;

	if (!wv_budget_is_over(all->budget))
		return false;
	if (atomic_load(&all->budget->held_bytes) <= all->partial_bytes) {
		if (!all->favoured)
			all->favoured = t;
		if (all->favoured == t)
			return false;
	}
	return true;
}

/* One allocation instead of many where the server says how much will come. */
static void reserve_body(struct wv_transfer *t)
{
	struct wv_buf *body = &t->inner->answer.body;
	curl_off_t length = -1;

	if (body->p ||
	    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length) != CURLE_OK ||
	    length <= 0)
		return;
	(void)wv_buf_room(body, wv_min_size(wv_min_size((size_t)length, RESERVE_BYTES), body->cap));
}

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
	struct wv_transfer *t = user;
	struct wv_buf *body = &t->inner->answer.body;
	size_t n = size * count, kept;

	if (wv_transfer_must_pause(t)) {
		t->is_paused = true;
		t->paused_from_us = t->elapsed_us;
		atomic_store(&t->all->budget->is_waited_for, true);
		return CURL_WRITEFUNC_PAUSE;
	}
	reserve_body(t);
	kept = wv_min_size(n, body->cap - body->n);
	wv_buf_add_bytes(body, bytes, kept);
	if (body->failed != WV_OK) {
		end_transfer(t, WV_FETCH_FAILED, "out of memory for a body");
		return 0;
	}
	t->inner->counted_bytes += kept;
	t->all->partial_bytes += kept;
	wv_budget_add(t->all->budget, kept);
	if (kept < n) {
		end_transfer(t, WV_FETCH_TOO_LARGE, "body larger than its cap");
		return 0;
	}
	return n;
}

/*
 * libcurl's own total timeout would count our pauses against the server, so both deadlines are
 * kept here; the low-speed timer sees to it that this is called every second.
 */
static int on_progress(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total,
		       curl_off_t up_now)
{
	struct wv_transfer *t = user;
	curl_off_t elapsed = 0;

	(void)total;
	(void)now;
	(void)up_total;
	(void)up_now;
	if (curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &elapsed) != CURLE_OK)
		return 0;
	t->elapsed_us = elapsed;
	if (t->is_paused)
		return 0;
	if (t->paused_from_us >= 0) {
		t->paused_us += elapsed - t->paused_from_us;
		t->paused_from_us = -1;
	}
	if (!t->head_done && elapsed > t->all->timeout_us) {
		end_transfer(t, WV_FETCH_TIMEOUT, "no whole header block in time");
		return 1;
	}
	if (t->head_done && elapsed - t->paused_us > t->all->total_timeout_us) {
		end_transfer(t, WV_FETCH_TOO_SLOW, "body not finished in time");
		return 1;
	}
	return 0;
}

/* The request as it went out. A long one leaves in several writes, the later ones as "data". */
static int on_debug(CURL *easy, curl_infotype kind, char *bytes, size_t n, void *user)
{
	struct wv_transfer *t = user;
	struct wv_buf *block;
	bool is_whole;

	(void)easy;
	if ((kind != CURLINFO_HEADER_OUT && kind != CURLINFO_DATA_OUT) || !t->inner)
		return 0;
	block = &t->inner->answer.request;
	is_whole = wv_slice_ends(wv_buf_slice(block), WV_LIT("\r\n\r\n"));
	if (kind == CURLINFO_HEADER_OUT && is_whole)
		wv_buf_reset(block); /* it was CONNECT, or met a connection that was dead */
	if (kind == CURLINFO_HEADER_OUT || !is_whole)
		wv_buf_add_bytes(block, bytes, n);
	return 0;
}

static bool address_of(const struct curl_sockaddr *from, struct wv_address *out)
{
	struct wv_address address = {.is_v6 = from->family == AF_INET6};
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (from->family == AF_INET && from->addrlen >= sizeof(v4)) {
		memcpy(&v4, &from->addr, sizeof(v4));
		memcpy(address.bytes, &v4.sin_addr, 4);
	} else if (from->family == AF_INET6 && from->addrlen >= sizeof(v6)) {
		memcpy(&v6, &from->addr, sizeof(v6));
		memcpy(address.bytes, &v6.sin6_addr, 16);
	} else {
		return false;
	}
	*out = address;
	return true;
}

/* libcurl reports a refusal as "could not connect", so it leaves its reason here. */
static bool judge_address(struct wv_transfer *t, const struct curl_sockaddr *from)
{
	struct wv_address address;
	char text[WV_ADDRESS_TEXT_MAX];

	if (!address_of(from, &address)) {
		snprintf(t->refused_words, sizeof(t->refused_words),
			 "address of an unknown family");
	} else if (wv_guard_allows_address(t->all->guard, t->target.host, &address)) {
		return true;
	} else {
		const char *range = wv_address_special_range(&address);

		snprintf(t->refused_words, sizeof(t->refused_words), "address %s is %s, and network.allow_private does not name it",
			 wv_address_print(&address, text), range ? range : "not allowed");
	}
	t->refused++;
	return false;
}

static curl_socket_t on_open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct wv_transfer *t = user;
	int fd;

	if (purpose != CURLSOCKTYPE_IPCXN)
		return CURL_SOCKET_BAD;
	/* In WV_TRANSFER_ASK with a proxy the address is the proxy's: the user named it. */
	if ((t->phase == WV_TRANSFER_LOOKUP || !t->proxy[0]) && !judge_address(t, address))
		return CURL_SOCKET_BAD;
	t->opened++;
	if (t->phase == WV_TRANSFER_LOOKUP)
		return CURL_SOCKET_BAD;
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
		t->socket_errno = errno;
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

/* ---- setting libcurl up ---- */

/* Every option is of a kind and range libcurl takes; what can fail is memory, and that shows in
 * the return value. */
#define SET(option, value) (ok = ok && curl_easy_setopt(easy, (option), (value)) == CURLE_OK)

static long whole_ms(int64_t us)
{
	int64_t ms = (us + WV_US_PER_MS - 1) / WV_US_PER_MS;

	return ms > INT32_MAX ? INT32_MAX : (long)ms;
}

static bool set_common(struct wv_transfer *t)
{
	CURL *easy = t->easy;
	const struct wv_transfers *all = t->all;
	long silence_s = (long)((all->timeout_us + WV_US_PER_S - 1) / WV_US_PER_S);
	bool ok = true;

	SET(CURLOPT_PRIVATE, t);
	SET(CURLOPT_ERRORBUFFER, t->words);
	SET(CURLOPT_URL, t->url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PATH_AS_IS, 1L); /* dots were removed by the URL parser, or are meant */
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L); /* a name server that is silent does not hold us */
	SET(CURLOPT_NOPROXY, "");    /* else the environment's no_proxy counts */
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	SET(CURLOPT_OPENSOCKETDATA, t);
	SET(CURLOPT_DNS_CACHE_TIMEOUT, 300L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, whole_ms(all->timeout_us));
	SET(CURLOPT_LOW_SPEED_LIMIT, SLOWEST_BYTES_PER_S);
	SET(CURLOPT_LOW_SPEED_TIME, silence_s);
	if (t->resolve)
		SET(CURLOPT_RESOLVE, t->resolve);
	return ok;
}

static bool set_lookup(struct wv_transfer *t)
{
	CURL *easy = t->easy;
	bool ok = set_common(t);

	SET(CURLOPT_PROXY, "");
	return ok;
}

static bool set_ask(struct wv_transfer *t)
{
	CURL *easy = t->easy;
	bool ok = set_common(t);

	SET(CURLOPT_PROXY, t->proxy);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_USERAGENT, t->all->agent.user_agent);
	SET(CURLOPT_HTTPHEADER, t->fields);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, t);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_XFERINFODATA, t);
	SET(CURLOPT_VERBOSE, 1L); /* the only way to see the request as it went out */
	SET(CURLOPT_DEBUGFUNCTION, on_debug);
	SET(CURLOPT_DEBUGDATA, t);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_BUFFERSIZE, t->all->buffer_bytes);
	if (t->ca_file[0]) {
		SET(CURLOPT_CAINFO, t->ca_file);
		SET(CURLOPT_CAPATH, NULL);
		SET(CURLOPT_PROXY_CAINFO, t->ca_file);
		SET(CURLOPT_PROXY_CAPATH, NULL);
	}
	if (t->tls_insecure) {
		SET(CURLOPT_SSL_VERIFYPEER, 0L);
		SET(CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (t->cookies_file[0])
		SET(CURLOPT_COOKIEFILE, t->cookies_file);
	return ok;
}

bool wv_transfer_begin(struct wv_transfer *t, enum wv_transfer_phase phase)
{
	t->phase = phase;
	t->opened = t->refused = 0;
	t->words[0] = 0;
	curl_easy_reset(t->easy);
	return phase == WV_TRANSFER_LOOKUP ? set_lookup(t) : set_ask(t);
}

/* ---- the request ---- */

/* The nodes lie in the arena; libcurl only reads them. */
static bool add_node(struct wv_arena *arena, struct curl_slist ***end, const char *string)
{
	struct curl_slist *node = WV_ARENA_NEW(arena, struct curl_slist);

	if (!node)
		return false;
	node->data = (char *)(uintptr_t)string;
	**end = node;
	*end = &node->next;
	return true;
}

static enum wv_status make_fields(struct wv_transfer *t, const struct wv_fetch_request *request,
				  struct wv_err *err)
{
	struct curl_slist **end = &t->fields;
	struct wv_request_fields fields;
	enum wv_status st;

	st = wv_request_fields(t->arena, request, t->all->agent.from, &fields, err);
	if (st != WV_OK)
		return st;
	for (size_t i = 0; i < fields.n; i++) {
		if (!add_node(t->arena, &end, fields.p[i]))
			return wv_err_set(err, WV_NOMEM, "out of memory for a request");
	}
	t->inner->answer.is_conditional = fields.is_conditional;
	return WV_OK;
}

/* "host:port:address" where the settings' table has the host. */
static bool make_resolve(struct wv_transfer *t)
{
	struct curl_slist **end = &t->resolve;
	const struct wv_transfers *all = t->all;

	for (size_t i = 0; i < all->resolve_count; i++) {
		struct wv_slice host = all->resolve[i].host, address = all->resolve[i].address;
		bool brackets =
			wv_slice_find_byte(address, ':', 0) != SIZE_MAX && address.p[0] != '[';
		struct wv_slice entry;

		if (!wv_slice_equals_nocase(host, t->target.host))
			continue;
		entry = wv_arena_format(t->arena, "%.*s:%u:%s%.*s%s", WV_FMT(host), t->target.port,
					brackets ? "[" : "", WV_FMT(address), brackets ? "]" : "");
		if (entry.n == 0)
			return false;
		return add_node(t->arena, &end, wv_arena_string(t->arena, entry));
	}
	return true;
}

static const char *string_or(struct wv_arena *arena, struct wv_slice s, const char *otherwise)
{
	return s.n > 0 ? wv_arena_string(arena, s) : otherwise;
}

enum wv_status wv_transfer_prepare(struct wv_transfer *t, const struct wv_fetch_request *request,
				   struct wv_err *err)
{
	struct wv_transfers *all = t->all;
	struct wv_fetch_answer *answer = &t->inner->answer;
	enum wv_status st;

	answer->user = request->user;
	answer->started = wv_clock_now(all->clock);
	answer->started_mono = wv_clock_mono(all->clock);
	t->tls_insecure = request->tls_insecure;
	t->url = wv_arena_string(t->arena, request->url);
	t->proxy = request->no_proxy ? "" : string_or(t->arena, request->proxy, all->proxy);
	t->ca_file = string_or(t->arena, request->ca_file, all->ca_file);
	t->cookies_file = string_or(t->arena, request->cookies_file, "");
	/* "-" would be standard input to libcurl. */
	if (wv_slice_equals(request->cookies_file, WV_LIT("-")))
		t->cookies_file = "./-";
	if (!t->url || !t->proxy || !t->ca_file || !t->cookies_file)
		return wv_err_set(err, WV_NOMEM, "out of memory for a request");
	answer->via_proxy = t->proxy[0] != 0;
	answer->refusal = wv_guard_check_url(all->guard, wv_slice_of(t->url), &t->target);
	if (answer->refusal == WV_GUARD_ALLOWED &&
	    !wv_slice_equals(wv_slice_of(t->url), request->url))
		answer->refusal = WV_GUARD_URL; /* a NUL inside */
	st = make_fields(t, request, err);
	if (st == WV_OK && answer->refusal == WV_GUARD_ALLOWED && !make_resolve(t))
		st = wv_err_set(err, WV_NOMEM, "out of memory for a request");
	return st;
}

/* ---- life ---- */

struct wv_transfer *wv_transfer_new(struct wv_transfers *all)
{
	struct wv_transfer *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->all = all;
	t->paused_from_us = -1;
	t->easy = curl_easy_init();
	if (!t->easy || wv_arena_new_sized(ARENA_FIRST, ARENA_BYTES, &t->arena, NULL) != WV_OK)
		wv_transfer_free(&t);
	return t;
}

void wv_transfer_reset(struct wv_transfer *t)
{
	struct wv_transfer clean = {
		.all = t->all, .easy = t->easy, .arena = t->arena, .paused_from_us = -1};

	wv_arena_reset(clean.arena);
	*t = clean;
}

void wv_transfer_free(struct wv_transfer **t)
{
	if (!*t)
		return;
	if ((*t)->easy)
		curl_easy_cleanup((*t)->easy);
	wv_arena_free(&(*t)->arena);
	free(*t);
	*t = NULL;
}
