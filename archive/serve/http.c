#include "archive/serve/http_inner.h"

#include <microhttpd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "config/base/digest.h"
#include "config/base/limits.h"

#define KEPT_BLOCK (512u * WV_KIB) /* by a worker, between requests */

#define RESERVED_FILES 64u /* the archive's, the index's, the log */

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
		struct wv_http_worker *worker = &http->workers[i];
		enum wv_status st = wv_arena_new(WV_LIMIT_SERVE_ARENA_BYTES, &worker->arena, err);
		int failed;

		if (st != WV_OK)
			return st;
		wv_arena_keep(worker->arena, KEPT_BLOCK);
		worker->http = http;
		worker->number = i;
		failed = pthread_create(&worker->thread, NULL, wv_http_work, worker);
		if (failed != 0) {
			wv_arena_free(&worker->arena);
			return wv_err_errno(err, WV_IO, failed, "cannot start a worker");
		}
		http->worker_count++;
	}
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
		st = wv_turns_new(WV_LIMIT_SERVE_WAITING, WV_HTTP_CLIENT_SLOTS, options->workers,
				  &http->turns, err);
	if (st == WV_OK)
		st = options->listen_fd > 0 ? wv_listen_adopt(options->listen_fd, &http->listen_fd,
							      http->address, err)
					    : wv_listen_open(options->listen, &http->listen_fd,
							     http->address, err);
	if (st == WV_OK)
		st = start_workers(http, err);
	if (st == WV_OK)
		st = wv_http_start_events(http, err);
	return st;
}

enum wv_status wv_http_start(const struct wv_http_options *given, struct wv_http **out,
			     struct wv_err *err)
{
	struct wv_http_options options = complete(given);
	struct wv_http *http =
		calloc(1, sizeof(*http) + options.workers * sizeof(struct wv_http_worker));
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
	*out = http; /* before the first handler runs: it may ask for counts */
	st = start(http, err);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (st != WV_OK)
		wv_http_stop(out, 0);
	return st;
}

const char *wv_http_address(const struct wv_http *http)
{
	return http->address;
}

int wv_http_listen_fd(const struct wv_http *http)
{
	return http->listen_fd;
}

void wv_http_stop(struct wv_http **taken, int64_t grace_us)
{
	struct wv_http *http = *taken;

	if (!http)
		return;
	http->is_stopping = true;
	if (http->daemon) {
		(void)MHD_quiesce_daemon(http->daemon);
		wv_watch_ends(http->watch);
		(void)wv_watch_wait_quiet(http->watch, grace_us);
	}
	http->is_hurried = true;
	if (http->turns)
		wv_turns_close(http->turns);
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
	wv_turns_free(&http->turns);
	wv_rate_free(&http->rate);
	free(http);
	*taken = NULL; /* not before: until here a handler may have asked for counts */
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
		.waiting = wv_turns_count(http->turns),
	};
	for (size_t i = 0; i < WV_COUNT(out->by_class); i++)
		out->by_class[i] = http->by_class[i];
	for (size_t i = 0; i < WV_COUNT(out->took); i++)
		out->took[i] = http->took[i];
}
