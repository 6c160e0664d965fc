#include "crawler/fetch/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "config/base/arena.h"
#include "config/base/checked.h"
#include "crawler/fetch/budget.h"
#include "crawler/fetch/request.h"
#include "crawler/fetch/transfer.h"

#define DEFAULT_CONNECTIONS 64u
#define DEFAULT_TIMEOUT_US  (30 * WV_US_PER_S)
#define ARENA_BYTES         (4u * WV_MIB)
#define EVENTS              64
#define KEPT_CONNECTIONS    512u

struct wv_fetch {
	CURLM *multi;
	int epoll_fd, curl_timer_fd, wait_timer_fd;
	struct wv_arena *arena; /* the options' strings */
	struct wv_transfers all;
	size_t connections;
	struct wv_transfer *first, *last; /* in flight, oldest first */
	struct wv_transfer *idle;         /* a list by next */
	size_t transfer_count, finished_count;
	struct wv_fetch_answer_inner *finished, **finished_end;
	bool is_woken, is_waited_out;
	bool is_due;          /* libcurl asked to be called at once */
	bool is_timer_stale;  /* curl_timer_fd does not say curl_wait_us yet */
	int64_t curl_wait_us; /* -1: none */
};

/* ---- what libcurl calls ---- */

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

/* A timer that counts down by itself, so that nobody here asks for the time; -1 disarms it. */
static void set_timer(int fd, int64_t us)
{
	struct itimerspec spec = {.it_value = {0, 0}};

	if (us > 0) {
		spec.it_value.tv_sec = (time_t)(us / WV_US_PER_S);
		spec.it_value.tv_nsec = (long)(us % WV_US_PER_S * 1000);
	}
	(void)timerfd_settime(fd, 0, &spec, NULL);
}

/* Kept until somebody waits: most of libcurl's timers are due at once or replaced before. */
static int on_timer(CURLM *multi, long timeout_ms, void *user)
{
	struct wv_fetch *fetch = user;

	(void)multi;
	fetch->is_due = timeout_ms == 0;
	fetch->curl_wait_us = timeout_ms > 0 ? timeout_ms * WV_US_PER_MS : -1;
	fetch->is_timer_stale = true;
	return 0;
}

/* ---- a transfer's life ---- */

static void give_answer(struct wv_fetch *fetch, struct wv_fetch_answer_inner *inner)
{
	inner->answer.finished = wv_clock_now(fetch->all.clock);
	inner->answer.finished_mono = wv_clock_mono(fetch->all.clock);
	inner->next = NULL;
	*fetch->finished_end = inner;
	fetch->finished_end = &inner->next;
	fetch->finished_count++;
}

/* Takes it out of flight and keeps its handle for the next, unless cookies stuck to it. */
static void retire(struct wv_fetch *fetch, struct wv_transfer *t)
{
	curl_multi_remove_handle(fetch->multi, t->easy);
	t->inner = NULL; /* not before: closing a connection is still told to the callbacks */
	*(t->previous ? &t->previous->next : &fetch->first) = t->next;
	*(t->next ? &t->next->previous : &fetch->last) = t->previous;
	fetch->transfer_count--;
	if (fetch->all.favoured == t)
		fetch->all.favoured = NULL;
	if (t->cookies_file[0]) {
		wv_transfer_free(&t);
		return;
	}
	t->next = fetch->idle;
	fetch->idle = t;
}

/* The answer is filled in: out with it. */
static void finish(struct wv_fetch *fetch, struct wv_transfer *t)
{
	struct wv_fetch_answer_inner *inner = t->inner;

	fetch->all.partial_bytes -= inner->answer.body.n;
	retire(fetch, t);
	give_answer(fetch, inner);
}

static bool launch_phase(struct wv_fetch *fetch, struct wv_transfer *t,
			 enum wv_transfer_phase phase)
{
	if (wv_transfer_begin(t, phase) && curl_multi_add_handle(fetch->multi, t->easy) == CURLM_OK)
		return true;
	wv_transfer_say(t, WV_FETCH_FAILED, "out of memory for a request");
	return false;
}

/* A lookup never connects; what matters is which addresses it was about to. */
static void end_lookup(struct wv_fetch *fetch, struct wv_transfer *t, CURLcode code)
{
	if (t->refused > 0) {
		t->opened = 0; /* the proxy may take any of them, so one refused is enough */
		wv_transfer_conclude(t, CURLE_COULDNT_CONNECT);
	} else if (t->opened == 0) {
		wv_transfer_conclude(t, code == CURLE_OK ? CURLE_COULDNT_RESOLVE_HOST : code);
	} else {
		curl_multi_remove_handle(fetch->multi, t->easy);
		if (launch_phase(fetch, t, WV_TRANSFER_ASK))
			return;
	}
	finish(fetch, t);
}

static void end_ask(struct wv_fetch *fetch, struct wv_transfer *t, CURLcode code)
{
	wv_transfer_conclude(t, (int)code);
	finish(fetch, t);
}

/* ---- starting ---- */

static struct wv_transfer *take_transfer(struct wv_fetch *fetch)
{
	struct wv_transfer *t = fetch->idle;

	if (!t)
		return wv_transfer_new(&fetch->all);
	fetch->idle = t->next;
	wv_transfer_reset(t);
	return t;
}

static void put_back(struct wv_fetch *fetch, struct wv_transfer *t)
{
	if (t->inner) {
		struct wv_fetch_answer *answer = &t->inner->answer;

		wv_fetch_answer_free(&answer);
		t->inner = NULL;
	}
	t->next = fetch->idle;
	fetch->idle = t;
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

/* Puts it in flight; false where its answer is there without any traffic. */
static bool launch(struct wv_fetch *fetch, struct wv_transfer *t)
{
	enum wv_guard_reason refusal = t->inner->answer.refusal;

	if (refusal != WV_GUARD_ALLOWED) {
		wv_transfer_say(t, WV_FETCH_REFUSED, refusal_words(refusal));
		return false;
	}
	/* libcurl would go on without it and say nothing. */
	if (t->cookies_file[0] && access(t->cookies_file, R_OK) != 0) {
		wv_transfer_say(t, WV_FETCH_FAILED, "cannot read the cookies file");
		return false;
	}
	if (!launch_phase(fetch, t, t->proxy[0] ? WV_TRANSFER_LOOKUP : WV_TRANSFER_ASK))
		return false;
	t->previous = fetch->last;
	*(fetch->last ? &fetch->last->next : &fetch->first) = t;
	fetch->last = t;
	t->next = NULL;
	fetch->transfer_count++;
	return true;
}

enum wv_status wv_fetch_start(struct wv_fetch *fetch, const struct wv_fetch_request *request,
			      struct wv_err *err)
{
	struct wv_transfer *t;
	uint64_t body_bytes =
		request->max_body_bytes ? request->max_body_bytes : WV_LIMIT_BODY_BYTES;
	enum wv_status st;

	if (fetch->transfer_count >= fetch->connections)
		return wv_err_set(err, WV_LIMIT, "%zu requests are in flight",
				  fetch->transfer_count);
	t = take_transfer(fetch);
	if (!t)
		return wv_err_set(err, WV_NOMEM, "out of memory for a request");
	st = wv_budget_new_answer(fetch->all.budget, fetch->all.header_bytes, body_bytes, &t->inner,
				  err);
	if (st == WV_OK)
		st = wv_transfer_prepare(t, request, err);
	if (st == WV_OK && !launch(fetch, t)) {
		give_answer(fetch, t->inner);
		t->inner = NULL;
	}
	if (!t->inner || st != WV_OK)
		put_back(fetch, t);
	return st;
}

/* ---- turning ---- */

static void read_messages(struct wv_fetch *fetch)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(fetch->multi, &left)) != NULL) {
		struct wv_transfer *t = NULL;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE ||
		    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t) != CURLE_OK || !t)
			continue;
		if (t->phase == WV_TRANSFER_LOOKUP)
			end_lookup(fetch, t, code);
		else
			end_ask(fetch, t, code);
	}
}

static void resume(struct wv_transfer *t)
{
	t->is_paused = false;
	/* May call on_body at once with what was held back, and that may pause again. */
	(void)curl_easy_pause(t->easy, CURLPAUSE_CONT);
}

/* Lets paused bodies go on: all where the budget is easy again, else one where only that helps. */
static void resume_paused(struct wv_fetch *fetch)
{
	bool easy;

	if (!atomic_load(&fetch->all.budget->is_waited_for))
		return;
	easy = wv_budget_is_easy(fetch->all.budget);
	if (easy)
		atomic_store(&fetch->all.budget->is_waited_for, false);
	for (struct wv_transfer *t = fetch->first, *next; t; t = next) {
		next = t->next;
		if (!t->is_paused)
			continue;
		if (easy) {
			resume(t);
		} else if (!wv_transfer_must_pause(t)) {
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

	if (fd == fetch->all.budget->wake_fd) {
		wv_budget_take_wake(fetch->all.budget);
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

/* Gives libcurl the turn it asked for at once, then arms the timer with what it said last. */
static void serve_timer(struct wv_fetch *fetch)
{
	int running;

	if (fetch->is_due) {
		fetch->is_due = false;
		(void)curl_multi_socket_action(fetch->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	if (fetch->is_timer_stale && !fetch->is_due) {
		set_timer(fetch->curl_timer_fd, fetch->curl_wait_us);
		fetch->is_timer_stale = false;
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
		serve_timer(fetch);
		read_messages(fetch); /* what is done by now must not be waited over */
		n = epoll_wait(fetch->epoll_fd, events, EVENTS,
			       may_wait && !fetch->is_due && !fetch->finished ? -1 : 0);
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
	wv_budget_wake(fetch->all.budget);
}

void wv_fetch_cancel_all(struct wv_fetch *fetch)
{
	while (fetch->first) {
		wv_transfer_say(fetch->first, WV_FETCH_STOPPED, "stopped");
		finish(fetch, fetch->first);
	}
}

size_t wv_fetch_in_flight(const struct wv_fetch *fetch)
{
	return fetch->transfer_count + fetch->finished_count;
}

uint64_t wv_fetch_held_bytes(const struct wv_fetch *fetch)
{
	return atomic_load(&fetch->all.budget->held_bytes);
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

	st = wv_request_agent(fetch->arena, options->agent_name, options->contact,
			      &fetch->all.agent, err);
	if (st != WV_OK)
		return st;
	fetch->all.proxy = wv_arena_string(fetch->arena, options->proxy);
	fetch->all.ca_file = wv_arena_string(fetch->arena, options->ca_file);
	fetch->all.resolve =
		WV_ARENA_ARRAY(fetch->arena, struct wv_resolve_entry, options->resolve_count);
	if (!fetch->all.proxy || !fetch->all.ca_file || !fetch->all.resolve)
		return wv_err_set(err, WV_NOMEM, "out of memory for the fetcher");
	for (size_t i = 0; i < options->resolve_count; i++) {
		struct wv_resolve_entry *entry = &fetch->all.resolve[fetch->all.resolve_count++];

		entry->host = wv_arena_copy(fetch->arena, options->resolve[i].host);
		entry->address = wv_arena_copy(fetch->arena, options->resolve[i].address);
		if (entry->host.n != options->resolve[i].host.n ||
		    entry->address.n != options->resolve[i].address.n)
			return wv_err_set(err, WV_NOMEM, "out of memory for the fetcher");
	}
	fetch->all.guard = options->guard;
	fetch->all.clock = options->clock;
	fetch->connections = options->connections ? options->connections : DEFAULT_CONNECTIONS;
	/* A packed page in one or two reads; for a great many connections memory counts more. */
	fetch->all.buffer_bytes = fetch->connections > 1024  ? 4 * 1024L
				  : fetch->connections > 256 ? 16 * 1024L
							     : 64 * 1024L;
	fetch->all.timeout_us = options->timeout_us > 0 ? options->timeout_us : DEFAULT_TIMEOUT_US;
	fetch->all.total_timeout_us = options->total_timeout_us > 0 ? options->total_timeout_us
								    : 4 * fetch->all.timeout_us;
	fetch->all.header_bytes =
		options->header_bytes ? options->header_bytes : WV_LIMIT_HEADER_BYTES;
	fetch->all.header_count =
		options->header_count ? options->header_count : WV_LIMIT_HEADER_COUNT;
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
	    !watch(fetch, fetch->wait_timer_fd) || !watch(fetch, fetch->all.budget->wake_fd))
		return wv_err_errno(err, WV_IO, errno, "cannot open the fetcher's event loop");
	return WV_OK;
}

static bool open_multi(struct wv_fetch *fetch)
{
	/* Fewer than in use, and libcurl leaks sockets; more, and a host asked again finds its
	 * connection open: a new one costs as much as a page does. */
	long kept = (long)wv_max_size(fetch->connections + 16,
				      wv_min_size(4 * fetch->connections, KEPT_CONNECTIONS));

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
				   &fetch->all.budget, err);
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
		struct wv_transfer *t = f->idle;

		f->idle = t->next;
		wv_transfer_free(&t);
	}
	if (f->multi)
		curl_multi_cleanup(f->multi);
	close_descriptor(f->epoll_fd);
	close_descriptor(f->curl_timer_fd);
	close_descriptor(f->wait_timer_fd);
	wv_budget_free(&f->all.budget);
	wv_arena_free(&f->arena);
	free(f);
	curl_global_cleanup();
	*fetch = NULL;
}
