#include "crawler/fetch/fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "config/base/arena.h"
#include "config/base/checked.h"
#include "crawler/fetch/budget.h"
#include "crawler/fetch/headers.h"
#include "crawler/fetch/request.h"

#define DEFAULT_CONNECTIONS 64u
#define DEFAULT_TIMEOUT_US  (30 * WV_US_PER_S)
/* A body that trickles slower than this for a whole timeout is given up. */
#define SLOWEST_BYTES_PER_S 32L
/* A page's first memory; a body that says it is larger still grows as it comes. */
#define RESERVE_BYTES (1u * WV_MIB)
#define ARENA_BYTES   (4u * WV_MIB)
#define EVENTS        64

enum phase {
	PHASE_LOOKUP, /* with a proxy: resolve the name, judge its addresses, connect to none */
	PHASE_ASK,
};

struct transfer {
	struct wv_fetch *fetch;
	struct transfer *next, *previous; /* in flight, oldest first; or the idle list by next */
	struct wv_arena *arena;           /* everything the request is made of */
	CURL *easy;
	enum phase phase;
	const char *url, *proxy, *ca_file, *cookies_file;
	struct curl_slist *fields, *resolve;
	bool tls_insecure;
	struct wv_guard_target target;
	struct wv_fetch_answer_inner *inner;
	/* the response so far */
	bool head_done;
	size_t head_bytes, head_lines; /* 1xx answers and trailers included */
	/* why we ended it ourselves, if we did */
	bool is_ended;
	enum wv_fetch_outcome ended;
	const char *ended_words;
	/* addresses */
	unsigned refused, opened;
	char refused_words[160];
	int socket_errno;
	/* pauses do not count as the server's time */
	bool is_paused;
	int64_t elapsed_us, paused_from_us, paused_us;
	char words[CURL_ERROR_SIZE];
};

struct wv_fetch {
	CURLM *multi;
	int epoll_fd, curl_timer_fd, wait_timer_fd;
	struct wv_budget *budget;
	struct wv_arena *arena; /* the options' strings */
	struct wv_request_agent agent;
	const char *proxy, *ca_file;
	struct wv_resolve_entry *resolve;
	size_t resolve_count;
	const struct wv_guard *guard;
	struct wv_clock *clock;
	int64_t timeout_us, total_timeout_us;
	size_t header_bytes, header_count;
	size_t connections;
	struct transfer *first, *last; /* in flight */
	struct transfer *idle;
	struct transfer *favoured; /* over the budget only this one may go on */
	size_t transfer_count, finished_count;
	uint64_t partial_bytes; /* held by transfers in flight */
	struct wv_fetch_answer_inner *finished, **finished_end;
	bool is_woken, is_waited_out;
};

static const char *const outcome_names[WV_FETCH_OUTCOME_COUNT] = {
	[WV_FETCH_ANSWERED] = "answered", [WV_FETCH_TOO_LARGE] = "too-large",
	[WV_FETCH_TOO_SLOW] = "too-slow", [WV_FETCH_DISCONNECTED] = "disconnected",
	[WV_FETCH_BAD_HTTP] = "bad-http", [WV_FETCH_DNS] = "dns",
	[WV_FETCH_CONNECT] = "connect",   [WV_FETCH_TLS] = "tls",
	[WV_FETCH_TIMEOUT] = "timeout",   [WV_FETCH_REFUSED] = "refused",
	[WV_FETCH_STOPPED] = "stopped",   [WV_FETCH_FAILED] = "failed",
};

const char *wv_fetch_outcome_name(enum wv_fetch_outcome outcome)
{
	return (size_t)outcome < WV_COUNT(outcome_names) ? outcome_names[outcome] : "unknown";
}

/* ---- what libcurl calls ---- */

/* Ends the transfer from inside a callback; what the callback then returns makes libcurl stop. */
static void end_transfer(struct transfer *t, enum wv_fetch_outcome outcome, const char *words)
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
static void end_head(struct transfer *t)
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
	struct transfer *t = user;
	struct wv_fetch_answer *answer = &t->inner->answer;
	struct wv_slice line = wv_slice(bytes, size * count);

	if (wv_time_is_none(answer->first_byte)) {
		answer->first_byte = wv_clock_now(t->fetch->clock);
		answer->first_byte_mono = wv_clock_mono(t->fetch->clock);
	}
	if (line.n > t->fetch->header_bytes - t->head_bytes ||
	    (!is_empty_line(line) && t->head_lines > t->fetch->header_count)) {
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

/*
 * Over the budget reading pauses, but never all of it: where only unfinished bodies hold bytes,
 * nobody else will give any back, and the favoured one must go on to its end.
 */
static bool must_pause(struct transfer *t)
{
	struct wv_fetch *fetch = t->fetch;

	if (!wv_budget_is_over(fetch->budget))
		return false;
	if (atomic_load(&fetch->budget->held_bytes) <= fetch->partial_bytes) {
		if (!fetch->favoured)
			fetch->favoured = t;
		if (fetch->favoured == t)
			return false;
	}
	return true;
}

/* One allocation instead of many where the server says how much will come. */
static void reserve_body(struct transfer *t)
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
	struct transfer *t = user;
	struct wv_buf *body = &t->inner->answer.body;
	size_t n = size * count, kept;

	if (must_pause(t)) {
		t->is_paused = true;
		t->paused_from_us = t->elapsed_us;
		atomic_store(&t->fetch->budget->is_waited_for, true);
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
	t->fetch->partial_bytes += kept;
	wv_budget_add(t->fetch->budget, kept);
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
	struct transfer *t = user;
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
	if (!t->head_done && elapsed > t->fetch->timeout_us) {
		end_transfer(t, WV_FETCH_TIMEOUT, "no whole header block in time");
		return 1;
	}
	if (t->head_done && elapsed - t->paused_us > t->fetch->total_timeout_us) {
		end_transfer(t, WV_FETCH_TOO_SLOW, "body not finished in time");
		return 1;
	}
	return 0;
}

/* The request as it went out. A long one leaves in several writes, the later ones as "data". */
static int on_debug(CURL *easy, curl_infotype kind, char *bytes, size_t n, void *user)
{
	struct transfer *t = user;
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
static bool judge_address(struct transfer *t, const struct curl_sockaddr *from)
{
	struct wv_address address;
	char text[WV_ADDRESS_TEXT_MAX];

	if (!address_of(from, &address)) {
		snprintf(t->refused_words, sizeof(t->refused_words),
			 "address of an unknown family");
	} else if (wv_guard_allows_address(t->fetch->guard, t->target.host, &address)) {
		return true;
	} else {
		const char *range = wv_address_special_range(&address);

		snprintf(t->refused_words, sizeof(t->refused_words), "address %s is %s",
			 wv_address_print(&address, text), range ? range : "not allowed");
	}
	t->refused++;
	return false;
}

static curl_socket_t on_open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *t = user;
	int fd;

	if (purpose != CURLSOCKTYPE_IPCXN)
		return CURL_SOCKET_BAD;
	/* In PHASE_ASK with a proxy the address is the proxy's: the user named it. */
	if ((t->phase == PHASE_LOOKUP || !t->proxy[0]) && !judge_address(t, address))
		return CURL_SOCKET_BAD;
	t->opened++;
	if (t->phase == PHASE_LOOKUP)
		return CURL_SOCKET_BAD;
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
		t->socket_errno = errno;
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
	struct wv_fetch *fetch = user;
	struct epoll_event event = {.events = 0};

	(void)easy;
	event.data.fd = fd;
	if (what == CURL_POLL_REMOVE) {
		/* It may be closed already, which took it out. */
		(void)epoll_ctl(fetch->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	if (epoll_ctl(fetch->epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) != 0 &&
	    epoll_ctl(fetch->epoll_fd, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) != 0)
		return -1;
	curl_multi_assign(fetch->multi, fd, fetch); /* any address: it is known from now on */
	return 0;
}

/* A timer that counts down by itself, so that nobody here asks for the time. */
static void set_timer(int fd, int64_t us)
{
	struct itimerspec spec = {.it_value = {0, 0}};

	if (us >= 0) {
		spec.it_value.tv_sec = (time_t)(us / WV_US_PER_S);
		spec.it_value.tv_nsec = (long)(us % WV_US_PER_S * 1000);
		if (us == 0)
			spec.it_value.tv_nsec = 1; /* zero would disarm it */
	}
	(void)timerfd_settime(fd, 0, &spec, NULL);
}

static int on_timer(CURLM *multi, long timeout_ms, void *user)
{
	struct wv_fetch *fetch = user;

	(void)multi;
	set_timer(fetch->curl_timer_fd, timeout_ms < 0 ? -1 : timeout_ms * WV_US_PER_MS);
	return 0;
}

/* ---- a transfer's life ---- */

static void set_words(struct wv_fetch_answer *answer, const char *words)
{
	size_t n = 0;

	/* libcurl quotes the server here and there. */
	for (; words[n] && n + 1 < sizeof(answer->words); n++)
		answer->words[n] = words[n] >= ' ' && words[n] <= '~' ? words[n] : '?';
	answer->words[n] = 0;
}

static void give_answer(struct wv_fetch *fetch, struct wv_fetch_answer_inner *inner)
{
	inner->answer.finished = wv_clock_now(fetch->clock);
	inner->answer.finished_mono = wv_clock_mono(fetch->clock);
	inner->next = NULL;
	*fetch->finished_end = inner;
	fetch->finished_end = &inner->next;
	fetch->finished_count++;
}

static void free_transfer(struct transfer *t)
{
	if (t->easy)
		curl_easy_cleanup(t->easy);
	wv_arena_free(&t->arena);
	free(t);
}

/* Takes it out of flight and keeps its handle for the next, unless cookies stuck to it. */
static void retire(struct transfer *t)
{
	struct wv_fetch *fetch = t->fetch;

	curl_multi_remove_handle(fetch->multi, t->easy);
	t->inner = NULL; /* not before: closing a connection is still told to on_debug */
	*(t->previous ? &t->previous->next : &fetch->first) = t->next;
	*(t->next ? &t->next->previous : &fetch->last) = t->previous;
	fetch->transfer_count--;
	if (fetch->favoured == t)
		fetch->favoured = NULL;
	if (t->cookies_file[0]) {
		free_transfer(t);
		return;
	}
	t->next = fetch->idle;
	fetch->idle = t;
}

static void finish(struct transfer *t, enum wv_fetch_outcome outcome, const char *words)
{
	struct wv_fetch *fetch = t->fetch;
	struct wv_fetch_answer_inner *inner = t->inner;

	inner->answer.outcome = outcome;
	set_words(&inner->answer, words);
	fetch->partial_bytes -= inner->answer.body.n;
	retire(t);
	give_answer(fetch, inner);
}

static enum wv_fetch_outcome outcome_of_code(const struct transfer *t, CURLcode code)
{
	bool has_head = t->head_done;

	switch (code) {
	case CURLE_OK:
		/* A connection closed inside a header block is CURLE_OK to libcurl 7.88. */
		return has_head ? WV_FETCH_ANSWERED : WV_FETCH_DISCONNECTED;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return WV_FETCH_DNS;
	case CURLE_COULDNT_CONNECT:
		return t->socket_errno ? WV_FETCH_FAILED : WV_FETCH_CONNECT;
	case CURLE_PROXY:
		return WV_FETCH_CONNECT;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return WV_FETCH_TLS;
	case CURLE_OPERATION_TIMEDOUT:
		return has_head ? WV_FETCH_TOO_SLOW : WV_FETCH_TIMEOUT;
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return WV_FETCH_DISCONNECTED;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_BAD_CONTENT_ENCODING:
		return WV_FETCH_BAD_HTTP;
	default:
		return WV_FETCH_FAILED;
	}
}

/* RFC 9112 6.3: Content-Length fields that differ leave the length of the body unknown. */
static bool has_two_lengths(struct wv_slice block)
{
	struct wv_headers_list list = {0};
	struct wv_slice first = WV_SLICE_NONE, one;

	if (wv_headers_has(block, WV_LIT("transfer-encoding")))
		return false;
	while (wv_headers_next_member(block, WV_LIT("content-length"), &list, &one)) {
		if (first.n == 0)
			first = one;
		else if (!wv_slice_equals(first, one))
			return true;
	}
	return false;
}

/* What is wrong with a whole response that libcurl takes as it is; NULL if nothing. */
static const char *fault_of(const struct wv_fetch_answer *answer)
{
	if (answer->status == 0)
		return "status line without a status";
	if (answer->status == 304 && !answer->is_conditional)
		return "304 to a request without validators";
	if (answer->status == 206 || answer->status == 416)
		return "partial answer to a request for the whole";
	if (!answer->headers_rebuilt && has_two_lengths(wv_buf_slice(&answer->headers)))
		return "Content-Length fields that differ";
	return NULL;
}

static void note_connection(struct transfer *t)
{
	struct wv_fetch_answer *answer = &t->inner->answer;
	const char *address = NULL;
	long version = 0;

	if (curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &version) == CURLE_OK &&
	    t->head_done) {
		answer->http_major = version == CURL_HTTP_VERSION_2_0 ? 2 : 1;
		answer->http_minor = version == CURL_HTTP_VERSION_1_1 ? 1 : 0;
		answer->headers_rebuilt = version == CURL_HTTP_VERSION_2_0;
	}
	if (!answer->via_proxy &&
	    curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &address) == CURLE_OK && address)
		snprintf(answer->address, sizeof(answer->address), "%s", address);
	if (t->target.is_https && t->head_done)
		answer->tls = t->tls_insecure ? WV_FETCH_TLS_UNVERIFIED : WV_FETCH_TLS_VERIFIED;
	if (answer->via_proxy)
		wv_request_strip(&answer->request, WV_LIT("proxy-authorization"));
}

static void finish_with_code(struct transfer *t, CURLcode code)
{
	struct wv_fetch_answer *answer = &t->inner->answer;
	enum wv_fetch_outcome outcome = outcome_of_code(t, code);
	const char *words = t->words[0] ? t->words : curl_easy_strerror(code);

	note_connection(t);
	if (t->is_ended) {
		outcome = t->ended;
		words = t->ended_words;
	} else if (code == CURLE_COULDNT_CONNECT && t->refused > 0 && t->opened == 0) {
		outcome = WV_FETCH_REFUSED;
		answer->refusal = WV_GUARD_ADDRESS;
		words = t->refused_words;
	} else if (outcome == WV_FETCH_DISCONNECTED && code == CURLE_OK) {
		words = "connection closed inside the header block";
	} else if (code == CURLE_OUT_OF_MEMORY && t->opened > 0 && !t->head_done) {
		/* Its buffer for one line is 100 KiB: that is the usual way to get here. */
		outcome = WV_FETCH_BAD_HTTP;
		words = "header line larger than its cap";
	} else if (outcome == WV_FETCH_ANSWERED) {
		words = fault_of(answer);
		outcome = words ? WV_FETCH_BAD_HTTP : outcome;
	}
	finish(t, outcome, words ? words : "");
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

static bool set_common(struct transfer *t)
{
	CURL *easy = t->easy;
	const struct wv_fetch *fetch = t->fetch;
	long silence_s = (long)((fetch->timeout_us + WV_US_PER_S - 1) / WV_US_PER_S);
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
	SET(CURLOPT_CONNECTTIMEOUT_MS, whole_ms(fetch->timeout_us));
	SET(CURLOPT_LOW_SPEED_LIMIT, SLOWEST_BYTES_PER_S);
	SET(CURLOPT_LOW_SPEED_TIME, silence_s);
	if (t->resolve)
		SET(CURLOPT_RESOLVE, t->resolve);
	return ok;
}

static bool set_lookup(struct transfer *t)
{
	CURL *easy = t->easy;
	bool ok = set_common(t);

	SET(CURLOPT_PROXY, "");
	return ok;
}

static bool set_ask(struct transfer *t)
{
	CURL *easy = t->easy;
	bool ok = set_common(t);

	SET(CURLOPT_PROXY, t->proxy);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_USERAGENT, t->fetch->agent.user_agent);
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

/* Gives the handle to libcurl with the options of its phase. False out of memory. */
static bool begin_phase(struct transfer *t, enum phase phase)
{
	t->phase = phase;
	t->opened = t->refused = 0;
	t->words[0] = 0;
	curl_easy_reset(t->easy);
	if (!(phase == PHASE_LOOKUP ? set_lookup(t) : set_ask(t)))
		return false;
	return curl_multi_add_handle(t->fetch->multi, t->easy) == CURLM_OK;
}

/* A lookup never connects; what matters is which addresses it was about to. */
static void end_lookup(struct transfer *t, CURLcode code)
{
	if (t->refused > 0) {
		/* The proxy may take any of them, so one is enough. */
		t->opened = 0;
		finish_with_code(t, CURLE_COULDNT_CONNECT);
		return;
	}
	if (t->opened == 0) {
		finish_with_code(t, code == CURLE_OK ? CURLE_COULDNT_RESOLVE_HOST : code);
		return;
	}
	curl_multi_remove_handle(t->fetch->multi, t->easy);
	if (!begin_phase(t, PHASE_ASK))
		finish(t, WV_FETCH_FAILED, "out of memory for a request");
}

/* ---- starting ---- */

static struct transfer *take_transfer(struct wv_fetch *fetch)
{
	struct transfer *t = fetch->idle;
	struct transfer clean = {.fetch = fetch, .paused_from_us = -1};

	if (t) {
		fetch->idle = t->next;
		clean.easy = t->easy;
		clean.arena = t->arena;
		wv_arena_reset(clean.arena);
	} else {
		t = calloc(1, sizeof(*t));
		clean.easy = curl_easy_init();
		if (!t || !clean.easy || wv_arena_new(ARENA_BYTES, &clean.arena, NULL) != WV_OK) {
			if (clean.easy)
				curl_easy_cleanup(clean.easy);
			free(t);
			return NULL;
		}
	}
	*t = clean;
	return t;
}

static void put_back(struct transfer *t)
{
	if (t->inner) {
		struct wv_fetch_answer *answer = &t->inner->answer;

		wv_fetch_answer_free(&answer);
		t->inner = NULL;
	}
	t->next = t->fetch->idle;
	t->fetch->idle = t;
}

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

static enum wv_status make_fields(struct transfer *t, const struct wv_fetch_request *request,
				  struct wv_err *err)
{
	struct curl_slist **end = &t->fields;
	struct wv_request_fields fields;
	enum wv_status st;

	st = wv_request_fields(t->arena, request, t->fetch->agent.from, &fields, err);
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
static bool make_resolve(struct transfer *t)
{
	struct curl_slist **end = &t->resolve;
	const struct wv_fetch *fetch = t->fetch;

	for (size_t i = 0; i < fetch->resolve_count; i++) {
		struct wv_slice host = fetch->resolve[i].host, address = fetch->resolve[i].address;
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

static enum wv_status make_request(struct transfer *t, const struct wv_fetch_request *request,
				   struct wv_err *err)
{
	struct wv_fetch *fetch = t->fetch;
	struct wv_fetch_answer *answer = &t->inner->answer;
	enum wv_status st;

	answer->user = request->user;
	answer->started = wv_clock_now(fetch->clock);
	answer->started_mono = wv_clock_mono(fetch->clock);
	t->tls_insecure = request->tls_insecure;
	t->url = wv_arena_string(t->arena, request->url);
	t->proxy = string_or(t->arena, request->proxy, fetch->proxy);
	t->ca_file = string_or(t->arena, request->ca_file, fetch->ca_file);
	t->cookies_file = string_or(t->arena, request->cookies_file, "");
	/* "-" would be standard input to libcurl. */
	if (wv_slice_equals(request->cookies_file, WV_LIT("-")))
		t->cookies_file = "./-";
	if (!t->url || !t->proxy || !t->ca_file || !t->cookies_file)
		return wv_err_set(err, WV_NOMEM, "out of memory for a request");
	answer->via_proxy = t->proxy[0] != 0;
	answer->refusal = wv_guard_check_url(fetch->guard, wv_slice_of(t->url), &t->target);
	if (answer->refusal == WV_GUARD_ALLOWED &&
	    !wv_slice_equals(wv_slice_of(t->url), request->url))
		answer->refusal = WV_GUARD_URL; /* a NUL inside */
	st = make_fields(t, request, err);
	if (st == WV_OK && answer->refusal == WV_GUARD_ALLOWED && !make_resolve(t))
		st = wv_err_set(err, WV_NOMEM, "out of memory for a request");
	return st;
}

/* An answer without any traffic. */
static void answer_now(struct transfer *t, enum wv_fetch_outcome outcome, const char *words)
{
	struct wv_fetch_answer_inner *inner = t->inner;

	inner->answer.outcome = outcome;
	set_words(&inner->answer, words);
	t->inner = NULL;
	put_back(t);
	give_answer(t->fetch, inner);
}

static const char *refusal_words(enum wv_guard_reason refusal)
{
	switch (refusal) {
	case WV_GUARD_SCHEME:
		return "scheme is neither http nor https";
	case WV_GUARD_PORT:
		return "port is not among those allowed";
	case WV_GUARD_URL:
	case WV_GUARD_ADDRESS:
	case WV_GUARD_ALLOWED:
		break;
	}
	return "address has no host, or a user name, or bytes that no URL has";
}

static void launch(struct transfer *t)
{
	struct wv_fetch *fetch = t->fetch;
	enum wv_guard_reason refusal = t->inner->answer.refusal;

	if (refusal != WV_GUARD_ALLOWED) {
		answer_now(t, WV_FETCH_REFUSED, refusal_words(refusal));
		return;
	}
	/* libcurl would go on without it and say nothing. */
	if (t->cookies_file[0] && access(t->cookies_file, R_OK) != 0) {
		answer_now(t, WV_FETCH_FAILED, "cannot read the cookies file");
		return;
	}
	if (!begin_phase(t, t->proxy[0] ? PHASE_LOOKUP : PHASE_ASK)) {
		answer_now(t, WV_FETCH_FAILED, "out of memory for a request");
		return;
	}
	t->previous = fetch->last;
	*(fetch->last ? &fetch->last->next : &fetch->first) = t;
	fetch->last = t;
	t->next = NULL;
	fetch->transfer_count++;
}

enum wv_status wv_fetch_start(struct wv_fetch *fetch, const struct wv_fetch_request *request,
			      struct wv_err *err)
{
	struct transfer *t;
	uint64_t body_bytes =
		request->max_body_bytes ? request->max_body_bytes : WV_LIMIT_BODY_BYTES;
	enum wv_status st;

	if (fetch->transfer_count >= fetch->connections)
		return wv_err_set(err, WV_LIMIT, "%zu requests are in flight",
				  fetch->transfer_count);
	t = take_transfer(fetch);
	if (!t)
		return wv_err_set(err, WV_NOMEM, "out of memory for a request");
	st = wv_budget_new_answer(fetch->budget, fetch->header_bytes, body_bytes, &t->inner, err);
	if (st == WV_OK)
		st = make_request(t, request, err);
	if (st != WV_OK) {
		put_back(t);
		return st;
	}
	launch(t);
	return WV_OK;
}

/* ---- turning ---- */

static void read_messages(struct wv_fetch *fetch)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(fetch->multi, &left)) != NULL) {
		struct transfer *t = NULL;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE ||
		    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t) != CURLE_OK || !t)
			continue;
		if (t->phase == PHASE_LOOKUP)
			end_lookup(t, code);
		else
			finish_with_code(t, code);
	}
}

static void resume(struct transfer *t)
{
	t->is_paused = false;
	/* May call on_body at once with what was held back, and that may pause again. */
	(void)curl_easy_pause(t->easy, CURLPAUSE_CONT);
}

/* Lets paused bodies go on: all where the budget is easy again, else one where only that helps. */
static void resume_paused(struct wv_fetch *fetch)
{
	bool easy;

	if (!atomic_load(&fetch->budget->is_waited_for))
		return;
	easy = wv_budget_is_easy(fetch->budget);
	if (easy)
		atomic_store(&fetch->budget->is_waited_for, false);
	for (struct transfer *t = fetch->first, *next; t; t = next) {
		next = t->next;
		if (!t->is_paused)
			continue;
		if (easy) {
			resume(t);
		} else if (!must_pause(t)) {
			resume(t);
			break;
		}
	}
}

static void drain(int fd)
{
	uint64_t count;
	ssize_t n = read(fd, &count, sizeof(count));

	(void)n;
}

static void handle_event(struct wv_fetch *fetch, const struct epoll_event *event)
{
	int fd = event->data.fd, running, mask = 0;

	if (fd == fetch->budget->wake_fd) {
		drain(fd);
		fetch->is_woken = true;
	} else if (fd == fetch->wait_timer_fd) {
		drain(fd);
		fetch->is_waited_out = true;
	} else if (fd == fetch->curl_timer_fd) {
		drain(fd);
		(void)curl_multi_socket_action(fetch->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	} else {
		if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			mask |= CURL_CSELECT_IN;
		if (event->events & EPOLLOUT)
			mask |= CURL_CSELECT_OUT;
		if (event->events & EPOLLERR)
			mask |= CURL_CSELECT_ERR;
		(void)curl_multi_socket_action(fetch->multi, fd, mask, &running);
	}
}

static size_t take_finished(struct wv_fetch *fetch, struct wv_fetch_answer **answers, size_t room)
{
	size_t n = 0;

	while (n < room && fetch->finished) {
		struct wv_fetch_answer_inner *inner = fetch->finished;

		fetch->finished = inner->next;
		if (!fetch->finished)
			fetch->finished_end = &fetch->finished;
		inner->next = NULL;
		fetch->finished_count--;
		answers[n++] = &inner->answer;
	}
	return n;
}

size_t wv_fetch_turn(struct wv_fetch *fetch, int64_t max_wait_us, struct wv_fetch_answer **answers,
		     size_t room)
{
	struct epoll_event events[EVENTS];
	bool may_wait = max_wait_us > 0 && !fetch->finished;

	fetch->is_woken = fetch->is_waited_out = false;
	if (may_wait)
		set_timer(fetch->wait_timer_fd, max_wait_us);
	for (;;) {
		int n;

		resume_paused(fetch);
		n = epoll_wait(fetch->epoll_fd, events, EVENTS, may_wait ? -1 : 0);
		for (int i = 0; i < n; i++)
			handle_event(fetch, &events[i]);
		read_messages(fetch);
		if (n < 0 && errno != EINTR)
			break;
		if (!may_wait || fetch->finished || fetch->is_woken || fetch->is_waited_out ||
		    n < 0)
			break;
	}
	if (may_wait)
		set_timer(fetch->wait_timer_fd, -1);
	return take_finished(fetch, answers, room);
}

void wv_fetch_wake(struct wv_fetch *fetch)
{
	wv_budget_wake(fetch->budget);
}

void wv_fetch_cancel_all(struct wv_fetch *fetch)
{
	while (fetch->first)
		finish(fetch->first, WV_FETCH_STOPPED, "stopped");
}

size_t wv_fetch_in_flight(const struct wv_fetch *fetch)
{
	return fetch->transfer_count + fetch->finished_count;
}

uint64_t wv_fetch_held_bytes(const struct wv_fetch *fetch)
{
	return atomic_load(&fetch->budget->held_bytes);
}

/* ---- a fetcher's life ---- */

/* A connection, its name server's socket pair, and some for the rest of the program. */
static void raise_open_files(size_t connections)
{
	struct rlimit limit;
	rlim_t wanted = (rlim_t)connections * 4 + 256;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	(void)setrlimit(RLIMIT_NOFILE, &limit); /* too few shows as WV_FETCH_FAILED, with words */
}

/* OpenSSL writes to sockets that are gone, and libcurl with NOSIGNAL leaves the signal to us. */
static void block_sigpipe(void)
{
	sigset_t pipe;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, NULL);
}

static enum wv_status copy_options(struct wv_fetch *fetch, const struct wv_fetch_options *options,
				   struct wv_err *err)
{
	enum wv_status st;

	st = wv_request_agent(fetch->arena, options->agent_name, options->contact, &fetch->agent,
			      err);
	if (st != WV_OK)
		return st;
	fetch->proxy = string_or(fetch->arena, options->proxy, "");
	fetch->ca_file = string_or(fetch->arena, options->ca_file, "");
	fetch->resolve =
		WV_ARENA_ARRAY(fetch->arena, struct wv_resolve_entry, options->resolve_count);
	if (!fetch->proxy || !fetch->ca_file || !fetch->resolve)
		return wv_err_set(err, WV_NOMEM, "out of memory for the fetcher");
	for (size_t i = 0; i < options->resolve_count; i++) {
		struct wv_resolve_entry *entry = &fetch->resolve[fetch->resolve_count++];

		entry->host = wv_arena_copy(fetch->arena, options->resolve[i].host);
		entry->address = wv_arena_copy(fetch->arena, options->resolve[i].address);
		if (entry->host.n != options->resolve[i].host.n ||
		    entry->address.n != options->resolve[i].address.n)
			return wv_err_set(err, WV_NOMEM, "out of memory for the fetcher");
	}
	fetch->guard = options->guard;
	fetch->clock = options->clock;
	fetch->connections = options->connections ? options->connections : DEFAULT_CONNECTIONS;
	fetch->timeout_us = options->timeout_us > 0 ? options->timeout_us : DEFAULT_TIMEOUT_US;
	fetch->total_timeout_us =
		options->total_timeout_us > 0 ? options->total_timeout_us : 4 * fetch->timeout_us;
	fetch->header_bytes = options->header_bytes ? options->header_bytes : WV_LIMIT_HEADER_BYTES;
	fetch->header_count = options->header_count ? options->header_count : WV_LIMIT_HEADER_COUNT;
	return WV_OK;
}

static bool watch(const struct wv_fetch *fetch, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	event.data.fd = fd;
	return fd >= 0 && epoll_ctl(fetch->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static enum wv_status open_loop(struct wv_fetch *fetch, struct wv_err *err)
{
	fetch->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	fetch->curl_timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	fetch->wait_timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (fetch->epoll_fd < 0 || !watch(fetch, fetch->curl_timer_fd) ||
	    !watch(fetch, fetch->wait_timer_fd) || !watch(fetch, fetch->budget->wake_fd))
		return wv_err_errno(err, WV_IO, errno, "cannot open the fetcher's event loop");
	return WV_OK;
}

static bool open_multi(struct wv_fetch *fetch)
{
	long kept =
		(long)fetch->connections + 16; /* fewer than in use, and libcurl leaks sockets */

	fetch->multi = curl_multi_init();
	return fetch->multi &&
	       curl_multi_setopt(fetch->multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
	       curl_multi_setopt(fetch->multi, CURLMOPT_SOCKETDATA, fetch) == CURLM_OK &&
	       curl_multi_setopt(fetch->multi, CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
	       curl_multi_setopt(fetch->multi, CURLMOPT_TIMERDATA, fetch) == CURLM_OK &&
	       curl_multi_setopt(fetch->multi, CURLMOPT_MAXCONNECTS, kept) == CURLM_OK;
}

enum wv_status wv_fetch_new(const struct wv_fetch_options *options, struct wv_fetch **out,
			    struct wv_err *err)
{
	WV_AUTO(wv_fetch_free) struct wv_fetch *fetch = NULL;
	enum wv_status st;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return wv_err_set(err, WV_NOMEM, "cannot start libcurl");
	fetch = calloc(1, sizeof(*fetch));
	if (!fetch) {
		curl_global_cleanup();
		return wv_err_set(err, WV_NOMEM, "out of memory for the fetcher");
	}
	fetch->epoll_fd = fetch->curl_timer_fd = fetch->wait_timer_fd = -1;
	fetch->finished_end = &fetch->finished;
	st = wv_arena_new(ARENA_BYTES, &fetch->arena, err);
	if (st == WV_OK)
		st = copy_options(fetch, options, err);
	if (st == WV_OK)
		st = wv_budget_new(options->inflight_bytes ? options->inflight_bytes
							   : WV_LIMIT_INFLIGHT_BYTES,
				   &fetch->budget, err);
	if (st == WV_OK)
		st = open_loop(fetch, err);
	if (st != WV_OK)
		return st;
	if (!open_multi(fetch))
		return wv_err_set(err, WV_NOMEM, "cannot start libcurl");
	raise_open_files(fetch->connections);
	block_sigpipe();
	*out = WV_TAKE(fetch);
	return WV_OK;
}

static void close_descriptor(int fd)
{
	if (fd >= 0)
		close(fd);
}

void wv_fetch_free(struct wv_fetch **fetch)
{
	struct wv_fetch *f = *fetch;
	struct wv_fetch_answer *answer;

	if (!f)
		return;
	wv_fetch_cancel_all(f);
	while (take_finished(f, &answer, 1) == 1)
		wv_fetch_answer_free(&answer);
	while (f->idle) {
		struct transfer *t = f->idle;

		f->idle = t->next;
		free_transfer(t);
	}
	if (f->multi)
		curl_multi_cleanup(f->multi);
	close_descriptor(f->epoll_fd);
	close_descriptor(f->curl_timer_fd);
	close_descriptor(f->wait_timer_fd);
	wv_budget_free(&f->budget);
	wv_arena_free(&f->arena);
	free(f);
	curl_global_cleanup();
	*fetch = NULL;
}
