#ifndef WV_ARCHIVE_SERVE_HTTP_H
#define WV_ARCHIVE_SERVE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/digest.h"
#include "config/base/limits.h"
#include "config/base/status.h"

/*
 * HTTP in front of strangers: reads requests, bounds everything a client can make large, slow or
 * many, and gives each request to one of a few workers. Knows nothing of archives. libmicrohttpd is
 * seen only behind this.
 *
 * One thread per listening address waits on all connections (epoll) and never runs a handler, so
 * that a slow answer holds nobody up; `workers` threads run the handler, each one request at a
 * time. A bounded number of requests waits for a worker, and the client who has had least of the
 * workers goes first; where there is no room the answer is 503 with Retry-After. Only GET and HEAD
 * (405 with Allow otherwise); request bodies are refused (413).
 *
 * Refused before a handler sees them, each counted: a request line or header block above its cap
 * (414, 431), more than WV_LIMIT_SERVE_FIELDS fields (431), a target that is no origin-form path
 * starting with "/" or holds control characters (400), no or more than one Host in HTTP/1.1 (400),
 * a Host that is not in `hosts` where that is set (421), a client above its rate (429 with
 * Retry-After), more connections than the cap or than the cap per client (503, or closed). A client
 * that is slower than `idle_s` in sending its request, or takes nothing of its answer for so long,
 * is closed.
 */
struct wv_http;

struct wv_http_request {
	bool is_head;
	struct wv_slice path;   /* as sent, from "/" to before "?"; escapes are the handler's */
	struct wv_slice query;  /* as sent, after the first "?" */
	struct wv_slice client; /* its address; behind a trusted proxy the last X-Forwarded-For */
	struct wv_time now;
	struct wv_arena *arena; /* of this request; the worker's, emptied after it */
	const void *inner;
};
/* The value of a field of the request, by its name in any case; empty: not there. */
struct wv_slice wv_http_field(const struct wv_http_request *request, const char *name);
/* The value of `name` in the query, "+" and escapes decoded into the arena; false: not there. Of
 * several the first. */
bool wv_http_parameter(const struct wv_http_request *request, const char *name,
		       struct wv_slice *value);
/* The nth value (from 0) of a repeating one. */
bool wv_http_parameter_at(const struct wv_http_request *request, const char *name, size_t nth,
			  struct wv_slice *value);

struct wv_http_answer {
	int status;         /* 200 unless set */
	struct wv_buf body; /* its cap is the answer's: WV_LIMIT_SERVE_ANSWER_BYTES */
	const char *fields[WV_LIMIT_SERVE_ANSWER_FIELDS][2];
	size_t field_count, field_bytes;
	/* May a part of it be asked for (RFC 9110 14)? Of an answer with status 200. */
	bool takes_ranges;
	/* The body is that of this open file in place of `body`, which stays empty: so long answers
	 * take no memory. The answer's from here; `file_digest` is of its bytes. */
	bool has_file;
	int file;
	uint64_t file_bytes;
	struct wv_digest file_digest;
};
/* Will any byte of a body with this digest be sent, with the answer's status: not to a HEAD, nor where
 * the asker has it. Else the answer's file may be empty. */
bool wv_http_sends(const struct wv_http_request *request, const struct wv_http_answer *answer,
		   const struct wv_digest *digest);
/*
 * Adds a field; both texts are copied into the request's arena. A value with a byte that may not
 * stand in one (a control character) is an error of the caller (WV_ASSERT): foreign values go
 * through wv_http_add_foreign, which escapes them. False: it does not fit
 * (WV_LIMIT_SERVE_ANSWER_FIELDS, WV_LIMIT_SERVE_FIELD_BYTES of all, memory) and is not there: what
 * the answer cannot be without must look at that, what is a courtesy (a long Link) need not.
 */
bool wv_http_add(struct wv_http_answer *answer, const struct wv_http_request *request,
		 const char *name, struct wv_slice value);
/* As wv_http_add, of the value's wv_http_escape: for Location, Content-Location. */
bool wv_http_add_foreign(struct wv_http_answer *answer, const struct wv_http_request *request,
			 const char *name, struct wv_slice value);
/* Of a URL that goes into a field between our own words (Link): bytes outside of 0x21..0x7e, and
 * quotes and angle brackets, become percent escapes. In the arena; no memory: the empty slice. */
struct wv_slice wv_http_escape(const struct wv_http_request *request, struct wv_slice foreign);

/*
 * Makes the answer. `worker` is 0 ... workers - 1: what a worker keeps for itself lies behind it.
 * Anything but WV_OK becomes 500 (WV_NOMEM, WV_LIMIT: 503) without the body, and goes to `failed`.
 * A strong ETag, Content-Length and Date are http.c's work: it hashes the body, and answers 304 to
 * If-None-Match where status is 200, and 206 or 416 to Range and If-Range where that takes ranges.
 */
typedef enum wv_status (*wv_http_handler)(void *context, unsigned worker,
					  const struct wv_http_request *request,
					  struct wv_http_answer *answer, struct wv_err *err);

/* One line a request for an access log, once its answer is made (not: taken). */
struct wv_http_done {
	const struct wv_http_request *request; /* NULL: refused before there was one */
	int status;
	uint64_t bytes;
	int64_t took_us;
	const struct wv_err *failed; /* NULL: nothing did */
};

struct wv_http_options {
	const char *listen;   /* "127.0.0.1:8080", "[::1]:8080", ":8080" (all), port 0: any */
	int listen_fd; /* above 0: of a socket that listens already; a copy is used, not `listen` */
	unsigned workers;     /* 0: two */
	unsigned connections; /* 0: 12,000, or what the process may open, less a reserve */
	unsigned connections_per_client; /* 0: a tenth; a trusted proxy may have all */
	unsigned idle_s;                 /* 0: 15 */
	double rate_per_s; /* by client (an IPv6 client is its /64), ten times that at once; 0: any */
	bool trusts_proxy; /* loopback peers are a proxy: the client is in X-Forwarded-For */
	const struct wv_slice *hosts;
	size_t host_count;
	const struct wv_clock *clock;
	wv_http_handler handler;
	void (*done)(void *context, const struct wv_http_done *done); /* any thread; may be NULL */
	void *context;
};
/*
 * Answers from now on; *out is set before the first handler runs, NULL on failure. WV_USAGE: no
 * such address; WV_PERM, WV_CONFLICT (in use), WV_IO with words. Raises the process's soft limit
 * of open files where the hard one allows.
 */
WV_MUST_USE enum wv_status wv_http_start(const struct wv_http_options *options,
					 struct wv_http **out, struct wv_err *err);
/* Where it listens: "127.0.0.1:8080", with the port it got. */
const char *wv_http_address(const struct wv_http *http);
/* The listening socket, for the `listen_fd` of one that goes on where this one stops: between the
 * two no connection is refused. */
int wv_http_listen_fd(const struct wv_http *http);
/* Takes no more connections, ends what is in flight within `grace_us`, then closes; *http is NULL
 * after the last handler. */
void wv_http_stop(struct wv_http **http, int64_t grace_us);

/* Since the start; any thread. */
struct wv_http_counts {
	uint64_t requests, by_class[6];  /* answers 1xx ... 5xx at their digit */
	uint64_t refused, limited, busy; /* before a handler; of these 429; all 503 */
	uint64_t bytes;
	uint64_t connections; /* open now */
	uint64_t waiting;     /* in the queue now */
	/* Answers by the time from the end of the request's head to the making of the answer: below
	 * 1, 2, 5, 10, 25, 50, 100, 250, 1000 ms, above. */
	uint64_t took[10];
};
void wv_http_counts(const struct wv_http *http, struct wv_http_counts *out);

#endif
