#ifndef WV_CRAWLER_FETCH_BUDGET_H
#define WV_CRAWLER_FETCH_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "crawler/fetch/fetch.h"

/*
 * Bytes in flight, counted in one place for the fetch thread and for whoever holds its answers.
 * Shared by count: answers may outlive their fetcher.
 */
struct wv_budget {
	atomic_size_t holders;
	atomic_uint_fast64_t held_bytes;
	atomic_bool is_waited_for; /* some transfer pauses: giving bytes back must wake the fetcher */
	atomic_bool is_awake;      /* a wake was written and not taken yet: another need not be */
	uint64_t limit_bytes;
	int wake_fd;               /* eventfd */
};

WV_MUST_USE enum wv_status wv_budget_new(uint64_t limit_bytes, struct wv_budget **out,
                                         struct wv_err *err);
void wv_budget_free(struct wv_budget **budget); /* one holder less */
void wv_budget_wake(struct wv_budget *budget); /* any thread, signal handlers too */
void wv_budget_take_wake(struct wv_budget *budget); /* the fetcher's, before it looks around */
void wv_budget_add(struct wv_budget *budget, uint64_t bytes);
bool wv_budget_is_over(const struct wv_budget *budget);
/* Well under the limit again: so that a pause is not ended for one packet. */
bool wv_budget_is_easy(const struct wv_budget *budget);

/* An answer as the fetcher holds it: the public part is first. */
struct wv_fetch_answer_inner {
	struct wv_fetch_answer answer;
	struct wv_budget *budget;
	uint64_t counted_bytes;
	struct wv_fetch_answer_inner *next; /* in the fetcher's list of finished ones */
};

WV_MUST_USE enum wv_status wv_budget_new_answer(struct wv_budget *budget, size_t header_bytes,
                                                uint64_t body_bytes,
                                                struct wv_fetch_answer_inner **out,
                                                struct wv_err *err);

#endif
