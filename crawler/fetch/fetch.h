#ifndef WV_CRAWLER_FETCH_FETCH_H
#define WV_CRAWLER_FETCH_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/limits.h"
#include "config/base/status.h"
#include "config/source.h"
#include "crawler/fetch/guard.h"

/*
 * Asking servers: many requests at once, each giving exactly one answer. libcurl stops in here.
 *
 * One thread owns a fetcher (new, start, turn, cancel, free); wv_fetch_wake and everything about
 * answers may be used by any. Redirects are never followed: a hop is an answer, and the plan
 * decides. What a guard refuses, a server that is dead or lies, a body too large: all are answers
 * with an outcome, not errors.
 *
 * Bytes are kept as the server sent them: the header block line by line (HTTP/1.x), the body after
 * transfer decoding and before content decoding; wv_fetch_decode_body undoes that, in a worker.
 * Times come from the given clock; what ends a silent connection is real time, always.
 */
struct wv_fetch;

struct wv_fetch_options { /* zeroes mean what the comment says; slices are copied */
	struct wv_slice agent_name;   /* "wirevault": sent as "name/version (+contact)" */
	struct wv_slice contact;      /* URL or mailto:, which also gives a From field */
	uint32_t connections;         /* most requests at once; 0: 64 */
	int64_t timeout_us;           /* to the end of the header block, and for silence later; 0: 30 s */
	int64_t total_timeout_us;     /* to the end of the body; 0: four times timeout_us */
	uint64_t inflight_bytes;      /* reading pauses above; 0: WV_LIMIT_INFLIGHT_BYTES */
	size_t header_bytes;          /* 0: WV_LIMIT_HEADER_BYTES */
	size_t header_count;          /* 0: WV_LIMIT_HEADER_COUNT */
	struct wv_slice proxy;        /* empty: none; the environment is never asked */
	struct wv_slice ca_file;      /* empty: the system's */
	const struct wv_resolve_entry *resolve;
	size_t resolve_count;
	const struct wv_guard *guard; /* borrowed for the fetcher's life; required */
	struct wv_clock *clock;       /* borrowed for the fetcher's life; required */
};

/*
 * WV_NOMEM, WV_IO, WV_USAGE (an agent name or contact that cannot stand in a header). Raises the
 * process's soft limit of open files as far as `connections` needs and the hard limit lets it, and
 * blocks SIGPIPE in the calling thread, for good: TLS writes to sockets that are gone.
 */
WV_MUST_USE enum wv_status wv_fetch_new(const struct wv_fetch_options *options,
                                        struct wv_fetch **out, struct wv_err *err);
/* Answers not yet taken are freed; does not wait for a name server that is silent. */
void wv_fetch_free(struct wv_fetch **fetch);

/* What kind of thing is expected: chooses the Accept field. */
enum wv_fetch_kind {
	WV_FETCH_PAGE,
	WV_FETCH_FEED,
	WV_FETCH_SITEMAP,
	WV_FETCH_ROBOTS,
	WV_FETCH_IMAGE,
	WV_FETCH_ANY,
};

struct wv_fetch_request { /* everything is copied; empty or 0 is none */
	struct wv_slice url;             /* as wv_url_request writes it */
	enum wv_fetch_kind kind;
	struct wv_slice etag;            /* If-None-Match, verbatim */
	struct wv_slice last_modified;   /* If-Modified-Since, the server's own string */
	const struct wv_header_field *headers; /* further ones; over ours of the same name */
	size_t header_count;
	struct wv_slice cookies_file;    /* Netscape format; read anew each time, never written */
	struct wv_slice proxy, ca_file;  /* over the options' */
	bool no_proxy;                   /* not even the options' */
	bool tls_insecure;
	uint64_t max_body_bytes;         /* 0: WV_LIMIT_BODY_BYTES */
	void *user;                      /* comes back with the answer */
};

/*
 * Begins a request; its answer comes from a later turn, even where the guard refuses at once.
 * WV_LIMIT: as many are in flight as may be. WV_USAGE: a header field that may not be sent (bytes
 * that cannot stand in a field; Host, User-Agent, From, Range and those that frame a message).
 */
WV_MUST_USE enum wv_status wv_fetch_start(struct wv_fetch *fetch,
                                          const struct wv_fetch_request *request,
                                          struct wv_err *err);

enum wv_fetch_outcome {
	WV_FETCH_ANSWERED,     /* a whole response, whatever its status */
	WV_FETCH_TOO_LARGE,    /* header block and the first max_body_bytes: truncated, length */
	WV_FETCH_TOO_SLOW,     /* header block and part of a body: truncated, time */
	WV_FETCH_DISCONNECTED, /* the same: truncated, disconnect; or, with status 0, no header block */
	WV_FETCH_BAD_HTTP,     /* not HTTP, header cap met, 304 or 206 nobody asked for */
	WV_FETCH_DNS,          /* the name does not resolve */
	WV_FETCH_CONNECT,
	WV_FETCH_TLS,
	WV_FETCH_TIMEOUT,      /* no header block in time */
	WV_FETCH_REFUSED,      /* by our guard; see .refusal */
	WV_FETCH_STOPPED,      /* cancelled */
	WV_FETCH_FAILED,       /* our side: memory, descriptors, a CA or cookies file */
};
#define WV_FETCH_OUTCOME_COUNT (WV_FETCH_FAILED + 1)
/* A fixed English name: "answered", "too-large". */
const char *wv_fetch_outcome_name(enum wv_fetch_outcome outcome);

enum wv_fetch_tls { WV_FETCH_TLS_NONE, WV_FETCH_TLS_VERIFIED, WV_FETCH_TLS_UNVERIFIED };

struct wv_fetch_answer {
	void *user;
	enum wv_fetch_outcome outcome;
	char words[256];             /* what went wrong, for people; "" where nothing did */
	enum wv_guard_reason refusal;
	int32_t status;              /* of a complete header block, else 0 */
	uint8_t http_major, http_minor;
	bool headers_rebuilt;        /* HTTP/2: the fields are theirs, the block is ours */
	bool is_conditional;         /* the request carried a validator */
	bool via_proxy;              /* then `address` is empty: the proxy chose it */
	enum wv_fetch_tls tls;
	char address[WV_ADDRESS_TEXT_MAX]; /* the peer's, numeric; "" if none */
	struct wv_buf request;       /* header block as sent, with its empty line; the last one where
	                                a dead connection made libcurl ask again */
	struct wv_buf headers;       /* status line first, with the empty line; 1xx answers dropped */
	struct wv_buf trailers;      /* fields after a chunked body */
	struct wv_buf body;          /* before content decoding */
	struct wv_time started, first_byte, finished; /* first_byte none if nothing came */
	struct wv_mono started_mono, first_byte_mono, finished_mono;
};

/* Any thread, before or after the fetcher is freed; gives the bytes back to the budget. */
void wv_fetch_answer_free(struct wv_fetch_answer **answer);
/* Counts `bytes` more against the budget until the answer is freed (its decoded body). */
void wv_fetch_answer_hold(struct wv_fetch_answer *answer, size_t bytes);

/*
 * Works until an answer is there, somebody wakes it, or `max_wait_us` has passed (real time); 0
 * only looks. Gives at most `room` answers, now the caller's, and their number.
 */
size_t wv_fetch_turn(struct wv_fetch *fetch, int64_t max_wait_us,
                     struct wv_fetch_answer **answers, size_t room);
/* Ends the current or the next turn's wait. Any thread; safe in a signal handler. */
void wv_fetch_wake(struct wv_fetch *fetch);
/* Everything in flight becomes an answer, outcome WV_FETCH_STOPPED, given by the next turns. */
void wv_fetch_cancel_all(struct wv_fetch *fetch);

size_t wv_fetch_in_flight(const struct wv_fetch *fetch); /* started, answer not yet given */
uint64_t wv_fetch_held_bytes(const struct wv_fetch *fetch);

/*
 * Undoes Content-Encoding under caps: at most `max_bytes` out of each layer, and the ratio of
 * limits.h. Appends to `out`. WV_OK also where there was none (the bytes are copied).
 * WV_NO: a coding we do not know or too many layers: nothing appended, the encoded bytes are the
 * body. WV_LIMIT, WV_BAD_INPUT: `out` has what came before the cap or the fault. Pure; any thread.
 */
WV_MUST_USE enum wv_status wv_fetch_decode_body(struct wv_slice encoded, struct wv_slice headers,
                                                uint64_t max_bytes, struct wv_buf *out,
                                                struct wv_err *err);

#endif
