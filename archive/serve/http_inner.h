#ifndef WV_ARCHIVE_SERVE_HTTP_INNER_H
#define WV_ARCHIVE_SERVE_HTTP_INNER_H

#include <pthread.h>
#include <stdatomic.h>

#include "archive/serve/http.h"
#include "archive/serve/listen.h"
#include "archive/serve/rate.h"
#include "archive/serve/turns.h"
#include "archive/serve/watch.h"

/*
 * One module in three files, by size: http.c starts and stops, http_events.c is the event thread,
 * http_work.c the workers and what answers are made of.
 *
 * libmicrohttpd's thread reads requests, refuses, and sends answers; it suspends a connection
 * while one of our workers makes the answer. So a connection has one owner at each moment: that
 * thread, or between suspend and resume the worker that took it from the queue.
 */
struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;

#define WV_HTTP_CLIENT_SLOTS 65536u /* clients are counted by hash: two may share one, rarely */
#define WV_HTTP_RETRY_AFTER  "2"

enum wv_http_phase { WV_HTTP_NEW, WV_HTTP_HEAD, WV_HTTP_WAITING, WV_HTTP_ANSWERED, WV_HTTP_SENT };

struct wv_http_connection {
	struct wv_http *http;
	struct MHD_Connection *mhd;
	struct wv_watched watched;
	char peer[WV_LISTEN_TEXT_MAX];
	size_t peer_slot;
	bool is_proxy;
	/* Of the request at hand: */
	enum wv_http_phase phase;
	const char *line; /* where libmicrohttpd has the target, to see that no NUL cut it */
	char *target;
	size_t target_bytes;
	bool is_head;
	struct wv_mono asked;
	char client[WV_LISTEN_TEXT_MAX];
	size_t client_slot;
	struct MHD_Response *response;
	int status;
	struct wv_watch_hold hold; /* where its bytes wait */
	uint64_t bytes;
};

struct wv_http_worker {
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
	struct wv_turns *turns;
	struct wv_rate *rate;
	uint64_t seed;
	atomic_bool is_stopping, is_hurried;
	/* The event thread's. */
	uint16_t open_by_slot[WV_HTTP_CLIENT_SLOTS], waiting_by_slot[WV_HTTP_CLIENT_SLOTS];
	/* Counts, as in wv_http_counts. */
	atomic_uint_fast64_t requests, by_class[6], refused, limited, busy, bytes, connections,
		took[10];
	unsigned worker_count;
	struct wv_http_worker workers[];
};

/* How long somebody waited is real time also where the archive's clock is simulated. */
static inline struct wv_mono wv_http_real_now(void)
{
	return wv_clock_mono(wv_clock_system());
}

/* http_work.c */
void *wv_http_work(void *worker); /* a thread's whole life */
/* An answer without a handler; NULL: out of memory. `retry_after` may be NULL. */
struct MHD_Response *wv_http_new_plain(struct wv_http_connection *c, int status,
				       const char *retry_after);
void wv_http_count(struct wv_http *http, const struct wv_http_done *done);

/* http_events.c: libmicrohttpd, called by http.c; WV_IO with words. */
enum wv_status wv_http_start_events(struct wv_http *http, struct wv_err *err);

#endif
