#ifndef WV_CRAWLER_FETCH_TRANSFER_H
#define WV_CRAWLER_FETCH_TRANSFER_H

#include "config/base/arena.h"
#include "crawler/fetch/budget.h"
#include "crawler/fetch/fetch.h"
#include "crawler/fetch/request.h"

/*
 * One request in libcurl's hands: how it is set up, what libcurl tells on the way, what its end
 * means. Only for fetch.c, whose thread owns it all.
 */
enum wv_transfer_phase {
	WV_TRANSFER_LOOKUP, /* with a proxy: resolve the name, judge its addresses, connect to none
			     */
	WV_TRANSFER_ASK,
};

/* What all transfers of a fetcher share. */
struct wv_transfers {
	struct wv_budget *budget;
	struct wv_request_agent agent;
	const char *proxy, *ca_file; /* "": none, the system's */
	struct wv_resolve_entry *resolve;
	size_t resolve_count;
	const struct wv_guard *guard;
	struct wv_clock *clock;
	int64_t timeout_us, total_timeout_us;
	size_t header_bytes, header_count;
	long buffer_bytes;            /* of libcurl, for each transfer */
	struct wv_transfer *favoured; /* over the budget only this one may go on */
	uint64_t partial_bytes;       /* held by transfers in flight */
};

#define WV_TRANSFER_WORDS 256 /* CURL_ERROR_SIZE */

struct curl_slist;
struct wv_transfer {
	struct wv_transfers *all;
	struct wv_transfer *next, *previous; /* the fetcher's list */
	struct wv_arena *arena;              /* everything the request is made of */
	void *easy;                          /* libcurl's handle */
	enum wv_transfer_phase phase;
	const char *url, *proxy, *ca_file, *cookies_file; /* "": none */
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
	char words[WV_TRANSFER_WORDS];
};

/* NULL out of memory. */
struct wv_transfer *wv_transfer_new(struct wv_transfers *all);
/* Ready for another request; the handle and the arena's memory stay. */
void wv_transfer_reset(struct wv_transfer *t);
void wv_transfer_free(struct wv_transfer **t);

/* Takes the request in; the answer must be there. A guard's refusal of the URL is in the answer.
 * WV_USAGE, WV_NOMEM. */
WV_MUST_USE enum wv_status wv_transfer_prepare(struct wv_transfer *t,
					       const struct wv_fetch_request *request,
					       struct wv_err *err);
/* Sets the handle up for a phase. False out of memory. */
bool wv_transfer_begin(struct wv_transfer *t, enum wv_transfer_phase phase);
/*
 * Over the budget reading pauses, but never all of it: where only unfinished bodies hold bytes,
 * nobody else will give any back, and the favoured one must go on to its end.
 */
bool wv_transfer_must_pause(struct wv_transfer *t);

/* Fills the answer in after libcurl's last word on it, a CURLcode. */
void wv_transfer_conclude(struct wv_transfer *t, int curl_code);
/* Sets outcome and words of the answer. */
void wv_transfer_say(struct wv_transfer *t, enum wv_fetch_outcome outcome, const char *words);

#endif
