#ifndef WV_ARCHIVE_SERVE_CALL_H
#define WV_ARCHIVE_SERVE_CALL_H

#include "archive/serve/service.h"
#include "archive/view/phrase.h"
#include "archive/view/visit.h"

enum wv_route_kind {
	WV_ROUTE_PAGE,   /* text/html; charset=utf-8, the strict policy */
	WV_ROUTE_DATA,   /* application/json unless the function sets another Content-Type */
	WV_ROUTE_REPLAY, /* foreign bytes: the function sets type and policy */
};

/* One request on its way to an answer. */
struct wv_call {
	struct wv_service *service;
	const struct wv_service_options *options;
	const struct wv_http_request *request;
	struct wv_http_answer *answer;
	struct wv_visit visit;
	enum wv_route_kind kind; /* of its route */
	struct wv_slice rest; /* of the path behind the route's prefix, as sent */
	unsigned worker;
};

/* ---- call.c: what answers share ---- */

/* The whole answer: a page with the phrase and the detail, or, for data, one of them as JSON. */
void wv_call_say(struct wv_call *call, int status, enum wv_phrase phrase, struct wv_slice detail);
/* A header field, unless the answer has one of this name. `name` and `value` outlive it. */
void wv_call_add_field(struct wv_call *call, const char *name, const char *value);
/* "12" as a number: an ID; WV_NO otherwise. */
WV_MUST_USE enum wv_status wv_call_id(const struct wv_call *call, struct wv_slice text,
                                      uint64_t *id, struct wv_err *err);
/* Percent escapes of a path decoded, into the request's arena. */
struct wv_slice wv_call_decode(const struct wv_call *call, struct wv_slice text);
/* The answer where something was taken down: 404, 451, 410 by its level, with a page or JSON. */
enum wv_status wv_call_refuse(struct wv_call *call, const struct wv_fact *fact);
/* The same for a capture that is not shown: by `fact`, where it is set, else by what erased it.
 * WV_NO: it was never there. */
WV_MUST_USE enum wv_status wv_call_refuse_id(struct wv_call *call, uint64_t id,
                                             const struct wv_fact *fact, struct wv_err *err);
/* The answer where a page asked that its text not be shown (view/wishes.h): 403, and its words. */
struct wv_wishes;
enum wv_status wv_call_withhold(struct wv_call *call, const struct wv_wishes *wishes);
/* The same, where one of two asks so; else *is_answered stays as it was. */
WV_MUST_USE enum wv_status wv_call_withhold_any(struct wv_call *call, const struct wv_capture *one,
                                                const struct wv_capture *other, bool *is_answered,
                                                struct wv_err *err);
/* "http://host" of the request, from its Host field, or the empty slice. */
struct wv_slice wv_call_host(const struct wv_call *call);
/* X-Known-At: the K that the answer used, with which it can be had again. Pages and mementos have it
 * in any case. */
void wv_call_add_known(struct wv_call *call);

/*
 * Adds a field whose value others chose the length of, unless it would leave too little of the
 * answer's room (WV_LIMIT_SERVE_FIELD_BYTES) to the fields that every answer has; false: not added.
 */
bool wv_call_add_long(struct wv_call *call, const char *name, struct wv_slice value);

/* ---- call_kept.c: what a worker keeps ---- */

/* What the index of stories lacks, as of the follower's last turn; false: it had none yet. */
bool wv_call_stories_behind(const struct wv_call *call, uint64_t *behind);
/* The search index, open for this worker, only to ask: the follower (follower.h) keeps it up.
 * `behind`: captures known at the visit's K that it lacks. WV_MISSING: there is none. */
WV_MUST_USE enum wv_status wv_call_search(struct wv_call *call, struct wv_search **out,
                                          uint64_t *behind, struct wv_err *err);
/* visit.around, this worker's: by the index, if there is one (visit.search is then set too). Kept from
 * request to request, and with it what it has read. None for pages of a folder. */
WV_MUST_USE enum wv_status wv_call_around(struct wv_call *call, struct wv_err *err);
/* Before a story is asked for by one who names no K: visit.known_at becomes that of one who asked of late
 * and whose answer is being read (errands.h). `max` and `wants_later` as it will be asked. */
void wv_call_settle_story(struct wv_call *call, struct wv_slice id, size_t max, bool wants_later);
/* visit.tally, until it is given back before the route ends; NULL while it is being counted anew,
 * after a take-down. */
WV_MUST_USE enum wv_status wv_call_take_tally(struct wv_call *call, struct wv_err *err);
void wv_call_give_tally(struct wv_call *call);

/* Waits a while until no other call is at what takes much memory; WV_LIMIT: one still is. */
WV_MUST_USE enum wv_status wv_call_begin_large(struct wv_call *call, struct wv_err *err);
void wv_call_end_large(struct wv_call *call);
/* The file of a long body (shelf.h), to be closed; -1: it is not kept. */
int wv_call_take_file(const struct wv_call *call, const struct wv_digest *body);
/* Keeps the file of a body, for who asks for another part of it; it stays the caller's. */
void wv_call_keep_file(const struct wv_call *call, const struct wv_digest *body, int file,
                       uint64_t bytes);

/* Of the HTTP in front of it. */
void wv_call_http_counts(const struct wv_call *call, struct wv_http_counts *out);

#endif
