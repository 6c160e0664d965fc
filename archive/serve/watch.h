#ifndef WV_ARCHIVE_SERVE_WATCH_H
#define WV_ARCHIVE_SERVE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/clock.h"
#include "config/base/status.h"

/*
 * Keeps clients from holding what others need. Each connection reads (a request is awaited), works
 * or writes; one that stays too long in reading or writing has its socket shut down, and so has
 * the greediest writer where answers not yet taken fill their budget. Bytes that trickle do not
 * help: a request has `idle_us` from the last answer and again from its first line, an answer as
 * much and the time it takes at WV_LIMIT_SERVE_TAKE_BYTES_S.
 *
 * Any thread. One lock, a leaf. The connection's owner closes its descriptor after
 * wv_watch_remove only, so nothing here ever shuts a stranger's.
 */
struct wv_watch;

enum wv_watched_state { WV_WATCHED_READS, WV_WATCHED_WORKS, WV_WATCHED_WRITES };
/* Where an answer that is not taken yet is kept; each has its budget. */
enum wv_watch_room { WV_ROOM_MEMORY, WV_ROOM_FILES, WV_ROOM_COUNT };
struct wv_watch_hold {
	enum wv_watch_room room;
	uint64_t bytes; /* until the answer is taken; of a file all, whatever part is sent */
};
/* Lies in the connection; all of it is the watch's. */
struct wv_watched {
	struct wv_watched *previous, *next;
	enum wv_watched_state state;
	struct wv_mono since, until;
	enum wv_watch_room room;
	uint64_t held_bytes; /* in it */
	int fd;
	bool is_shut, was_served;
};

WV_MUST_USE enum wv_status wv_watch_new(int64_t idle_us, struct wv_watch **out, struct wv_err *err);
/* No connection is left. */
void wv_watch_free(struct wv_watch **watch);
void wv_watch_add(struct wv_watch *watch, struct wv_watched *one, int fd); /* it reads */
void wv_watch_remove(struct wv_watch *watch, struct wv_watched *one);
void wv_watch_reads(struct wv_watch *watch, struct wv_watched *one);
void wv_watch_works(struct wv_watch *watch, struct wv_watched *one);
/* `bytes` are sent. False: too much is held already, by clients who deserve it; it still counts as writing. */
bool wv_watch_writes(struct wv_watch *watch, struct wv_watched *one, uint64_t bytes,
                     const struct wv_watch_hold *hold);
/* Room is wanted: shuts the connection that has awaited a request for longest. */
void wv_watch_shut_oldest_reader(struct wv_watch *watch);
/*
 * Shuts every connection that awaits a further request, and from now on each that begins to. One
 * that has just come has a second to say what it came for.
 */
void wv_watch_ends(struct wv_watch *watch);
/* Waits until nothing works or writes, and nobody has such a second; false: not in time. */
bool wv_watch_wait_quiet(struct wv_watch *watch, int64_t wait_us);

#endif
