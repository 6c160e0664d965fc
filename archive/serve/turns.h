#ifndef WV_ARCHIVE_SERVE_TURNS_H
#define WV_ARCHIVE_SERVE_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"

/*
 * Whose request is answered next: of those that wait, one of the client who has had least of the
 * workers' time; of equals, the one that came first. So a client with a hundred dear requests
 * waits for himself, and who asks for a page now and then hardly waits. Time not used is not
 * saved up: who comes new or comes back starts where the least favoured of those served stands
 * (start-time fair queueing, with the time that a request really took). And one client's requests
 * are never with all of those who take: there is one left for the others.
 *
 * A bounded set of items between one thread that gives and several that take. Its lock is a leaf.
 */
struct wv_turns;

/* Of at most `room` items, of clients numbered below `clients`, for so many takers. */
WV_MUST_USE enum wv_status wv_turns_new(size_t room, size_t clients, unsigned takers,
                                        struct wv_turns **out, struct wv_err *err);
/* It is empty: items have owners. */
void wv_turns_free(struct wv_turns **turns);
/* Never waits; false (the item stays the caller's): full, or closed. */
bool wv_turns_push(struct wv_turns *turns, void *item, size_t client);
/* Waits for an item; NULL once closed and empty. */
void *wv_turns_pop(struct wv_turns *turns);
/* An item of this client is done, and took so long. Once for each that was popped. */
void wv_turns_charge(struct wv_turns *turns, size_t client, int64_t took_us);
/* Wakes everybody; what waits is still given out. */
void wv_turns_close(struct wv_turns *turns);
size_t wv_turns_count(struct wv_turns *turns);

#endif
