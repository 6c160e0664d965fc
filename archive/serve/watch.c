#include "archive/serve/watch.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "config/base/limits.h"

#define TICK_US  (250 * WV_US_PER_MS)
#define LAST_US  WV_US_PER_S
#define FRESH_US WV_US_PER_S /* a writer younger than this is not called greedy */

struct list {
	struct wv_watched *first, *last; /* by `since`, the oldest first */
};

struct wv_watch {
	int64_t idle_us;
	pthread_t thread;
	pthread_mutex_t lock; /* guards all below and every wv_watched */
	pthread_cond_t changed;
	struct list lists[3];
	size_t busy; /* working and writing */
	uint64_t held_bytes[WV_ROOM_COUNT];
	bool is_ending, is_over;
};

/* Waiting for strangers is real also where the program's clock is simulated. */
static struct wv_mono now(void)
{
	return wv_clock_mono(wv_clock_system());
}

static void wait_locked(struct wv_watch *watch, int64_t us)
{
	struct wv_mono end = {now().us + us};
	struct timespec at = {.tv_sec = (time_t)(end.us / WV_US_PER_S),
			      .tv_nsec = (long)(end.us % WV_US_PER_S) * 1000};

	(void)pthread_cond_timedwait(&watch->changed, &watch->lock, &at);
}

static void append_locked(struct wv_watch *watch, struct wv_watched *one,
			  enum wv_watched_state state)
{
	struct list *list = &watch->lists[state];

	one->state = state;
	one->since = now();
	one->until = (struct wv_mono){one->since.us + watch->idle_us};
	one->previous = list->last;
	one->next = NULL;
	one->was_served = one->was_served || state == WV_WATCHED_WRITES;
	*(list->last ? &list->last->next : &list->first) = one;
	list->last = one;
	watch->busy += state != WV_WATCHED_READS;
}

static void unlink_locked(struct wv_watch *watch, struct wv_watched *one)
{
	struct list *list = &watch->lists[one->state];

	*(one->previous ? &one->previous->next : &list->first) = one->next;
	*(one->next ? &one->next->previous : &list->last) = one->previous;
	watch->busy -= one->state != WV_WATCHED_READS;
	watch->held_bytes[one->room] -= one->held_bytes;
	one->held_bytes = 0;
}

static void move_locked(struct wv_watch *watch, struct wv_watched *one, enum wv_watched_state to)
{
	unlink_locked(watch, one);
	append_locked(watch, one, to);
	if (watch->is_ending)
		pthread_cond_broadcast(&watch->changed);
}

/* The event loop sees the end of the stream and closes; what it held counts as free from now. */
static void shut_locked(struct wv_watch *watch, struct wv_watched *one)
{
	if (one->is_shut)
		return;
	one->is_shut = true;
	if (watch->is_ending)
		pthread_cond_broadcast(&watch->changed);
	watch->held_bytes[one->room] -= one->held_bytes;
	one->held_bytes = 0;
	(void)shutdown(one->fd, SHUT_RDWR);
}

static void shut_overdue_locked(struct wv_watch *watch)
{
	struct wv_mono at = now();

	for (struct wv_watched *one = watch->lists[WV_WATCHED_READS].first; one; one = one->next)
		if (one->until.us <= at.us)
			shut_locked(watch, one);
	for (struct wv_watched *one = watch->lists[WV_WATCHED_WRITES].first; one; one = one->next)
		if (one->until.us <= at.us)
			shut_locked(watch, one);
}

static void end_reader_locked(struct wv_watch *watch, struct wv_watched *one)
{
	int64_t last_us = now().us + LAST_US;

	if (one->was_served)
		shut_locked(watch, one);
	else if (one->until.us > last_us)
		one->until.us = last_us;
}

static bool is_quiet_locked(const struct wv_watch *watch)
{
	const struct wv_watched *one = watch->lists[WV_WATCHED_READS].first;

	while (one && one->is_shut)
		one = one->next;
	return watch->busy == 0 && !one;
}

static void *tick(void *context)
{
	struct wv_watch *watch = context;

	pthread_mutex_lock(&watch->lock);
	while (!watch->is_over) {
		shut_overdue_locked(watch);
		wait_locked(watch, TICK_US);
	}
	pthread_mutex_unlock(&watch->lock);
	return NULL;
}

static bool init_sync(struct wv_watch *watch)
{
	pthread_condattr_t monotonic;
	bool is_done;

	if (pthread_condattr_init(&monotonic) != 0)
		return false;
	is_done = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 &&
		  pthread_cond_init(&watch->changed, &monotonic) == 0;
	pthread_condattr_destroy(&monotonic);
	if (is_done && pthread_mutex_init(&watch->lock, NULL) != 0) {
		pthread_cond_destroy(&watch->changed);
		is_done = false;
	}
	return is_done;
}

static void drop(struct wv_watch *watch)
{
	pthread_cond_destroy(&watch->changed);
	pthread_mutex_destroy(&watch->lock);
	free(watch);
}

enum wv_status wv_watch_new(int64_t idle_us, struct wv_watch **out, struct wv_err *err)
{
	struct wv_watch *watch = calloc(1, sizeof(*watch));
	int failed;

	if (!watch || !init_sync(watch)) {
		free(watch);
		return wv_err_set(err, WV_NOMEM, "out of memory for watching connections");
	}
	watch->idle_us = idle_us;
	failed = pthread_create(&watch->thread, NULL, tick, watch);
	if (failed != 0) {
		drop(watch);
		return wv_err_errno(err, WV_IO, failed, "cannot start a thread");
	}
	*out = watch;
	return WV_OK;
}

void wv_watch_free(struct wv_watch **taken)
{
	struct wv_watch *watch = *taken;

	*taken = NULL;
	if (!watch)
		return;
	pthread_mutex_lock(&watch->lock);
	watch->is_over = true;
	pthread_cond_broadcast(&watch->changed);
	pthread_mutex_unlock(&watch->lock);
	pthread_join(watch->thread, NULL);
	for (size_t i = 0; i < WV_COUNT(watch->lists); i++)
		WV_ASSERT(!watch->lists[i].first);
	drop(watch);
}

void wv_watch_add(struct wv_watch *watch, struct wv_watched *one, int fd)
{
	*one = (struct wv_watched){.fd = fd};
	pthread_mutex_lock(&watch->lock);
	append_locked(watch, one, WV_WATCHED_READS);
	pthread_mutex_unlock(&watch->lock);
}

void wv_watch_remove(struct wv_watch *watch, struct wv_watched *one)
{
	pthread_mutex_lock(&watch->lock);
	unlink_locked(watch, one);
	if (watch->is_ending)
		pthread_cond_broadcast(&watch->changed);
	pthread_mutex_unlock(&watch->lock);
}

void wv_watch_reads(struct wv_watch *watch, struct wv_watched *one)
{
	pthread_mutex_lock(&watch->lock);
	move_locked(watch, one, WV_WATCHED_READS);
	if (watch->is_ending)
		end_reader_locked(watch, one);
	pthread_mutex_unlock(&watch->lock);
}

void wv_watch_works(struct wv_watch *watch, struct wv_watched *one)
{
	pthread_mutex_lock(&watch->lock);
	move_locked(watch, one, WV_WATCHED_WORKS);
	pthread_mutex_unlock(&watch->lock);
}

/* Who has held most for longest, `asking` apart; NULL: nobody has held anything for a while. */
static struct wv_watched *greediest_locked(const struct wv_watch *watch,
					   const struct wv_watched *asking,
					   enum wv_watch_room room)
{
	struct wv_watched *greediest = NULL;
	struct wv_mono at = now();
	double most = 0;

	for (struct wv_watched *one = watch->lists[WV_WATCHED_WRITES].first; one; one = one->next) {
		double held = (double)one->held_bytes * (double)(at.us - one->since.us);

		if (one == asking || one->room != room || at.us - one->since.us < FRESH_US)
			continue;
		if (held > most) {
			most = held;
			greediest = one;
		}
	}
	return greediest;
}

bool wv_watch_writes(struct wv_watch *watch, struct wv_watched *one, uint64_t sent_bytes,
		     const struct wv_watch_hold *hold)
{
	static const uint64_t budgets[WV_ROOM_COUNT] = {WV_LIMIT_SERVE_HELD_BYTES,
							WV_LIMIT_SERVE_FILED_BYTES};
	enum wv_watch_room room = hold->room;
	uint64_t *held = &watch->held_bytes[room], bytes = hold->bytes;
	bool may_hold;

	pthread_mutex_lock(&watch->lock);
	move_locked(watch, one, WV_WATCHED_WRITES);
	one->until.us += (int64_t)(sent_bytes / WV_LIMIT_SERVE_TAKE_BYTES_S) * WV_US_PER_S;
	while (*held + bytes > budgets[room]) {
		struct wv_watched *greediest = greediest_locked(watch, one, room);

		if (!greediest)
			break;
		shut_locked(watch, greediest);
	}
	/* The young may hold as much again: their clients have had no time to take it. And who
	 * asks for pages is not refused because others ask for large files. */
	may_hold = *held + bytes <= (bytes <= WV_LIMIT_SERVE_SMALL_BYTES ? 3u : 2u) * budgets[room];
	if (may_hold) {
		one->room = room;
		one->held_bytes = bytes;
		*held += bytes;
	}
	pthread_mutex_unlock(&watch->lock);
	return may_hold;
}

void wv_watch_shut_oldest_reader(struct wv_watch *watch)
{
	pthread_mutex_lock(&watch->lock);
	for (struct wv_watched *one = watch->lists[WV_WATCHED_READS].first; one; one = one->next)
		if (!one->is_shut) {
			shut_locked(watch, one);
			break;
		}
	pthread_mutex_unlock(&watch->lock);
}

void wv_watch_ends(struct wv_watch *watch)
{
	pthread_mutex_lock(&watch->lock);
	watch->is_ending = true;
	for (struct wv_watched *one = watch->lists[WV_WATCHED_READS].first; one; one = one->next)
		end_reader_locked(watch, one);
	pthread_mutex_unlock(&watch->lock);
}

bool wv_watch_wait_quiet(struct wv_watch *watch, int64_t wait_us)
{
	struct wv_mono end = {now().us + wait_us};
	bool is_quiet;

	pthread_mutex_lock(&watch->lock);
	while (!is_quiet_locked(watch) && now().us < end.us)
		wait_locked(watch, end.us - now().us);
	is_quiet = is_quiet_locked(watch);
	pthread_mutex_unlock(&watch->lock);
	return is_quiet;
}
