#include "archive/serve/turns.h"

#include <pthread.h>
#include <stdlib.h>

struct waiting {
	void *item;
	size_t client;
	uint64_t number; /* in the order of coming */
};

struct wv_turns {
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t came;
	size_t room, count;
	uint64_t came_count;
	uint64_t now_us; /* what the one served last had had */
	bool is_closed;
	unsigned most;    /* of one client with takers at one time */
	uint64_t *had_us; /* by client */
	unsigned *taken;  /* by client: with takers now */
	struct waiting *waiting;
};

enum wv_status wv_turns_new(size_t room, size_t clients, unsigned takers, struct wv_turns **out,
			    struct wv_err *err)
{
	struct wv_turns *turns = calloc(1, sizeof(*turns));

	if (turns) {
		turns->had_us = calloc(clients, sizeof(turns->had_us[0]));
		turns->waiting = calloc(room, sizeof(turns->waiting[0]));
		turns->taken = calloc(clients, sizeof(turns->taken[0]));
		turns->room = room;
		turns->most = takers > 1 ? takers - 1 : 1;
		pthread_mutex_init(&turns->lock, NULL);
		pthread_cond_init(&turns->came, NULL);
	}
	if (!turns || !turns->had_us || !turns->taken || !turns->waiting) {
		wv_turns_free(&turns);
		return wv_err_set(err, WV_NOMEM, "out of memory for requests that wait");
	}
	*out = turns;
	return WV_OK;
}

void wv_turns_free(struct wv_turns **taken)
{
	struct wv_turns *turns = *taken;

	*taken = NULL;
	if (!turns)
		return;
	WV_ASSERT(turns->count == 0);
	pthread_cond_destroy(&turns->came);
	pthread_mutex_destroy(&turns->lock);
	free(turns->had_us);
	free(turns->taken);
	free(turns->waiting);
	free(turns);
}

bool wv_turns_push(struct wv_turns *turns, void *item, size_t client)
{
	bool has_room;

	pthread_mutex_lock(&turns->lock);
	has_room = turns->count < turns->room && !turns->is_closed;
	if (has_room) {
		if (turns->had_us[client] < turns->now_us)
			turns->had_us[client] = turns->now_us;
		turns->waiting[turns->count++] =
			(struct waiting){item, client, turns->came_count++};
		pthread_cond_signal(&turns->came);
	}
	pthread_mutex_unlock(&turns->lock);
	return has_room;
}

/* Its place, or SIZE_MAX: nobody may. A few hundred at most: to look at each costs less than to
 * keep them in order. */
static size_t next_locked(const struct wv_turns *turns)
{
	const struct waiting *all = turns->waiting;
	size_t best = SIZE_MAX;
	uint64_t least = 0;

	for (size_t i = 0; i < turns->count; i++) {
		uint64_t had = turns->had_us[all[i].client];

		if (turns->taken[all[i].client] >= turns->most && !turns->is_closed)
			continue;
		if (best == SIZE_MAX || had < least ||
		    (had == least && all[i].number < all[best].number)) {
			best = i;
			least = had;
		}
	}
	return best;
}

void *wv_turns_pop(struct wv_turns *turns)
{
	struct waiting one = {0};
	size_t at;

	pthread_mutex_lock(&turns->lock);
	while ((at = next_locked(turns)) == SIZE_MAX && !turns->is_closed)
		pthread_cond_wait(&turns->came, &turns->lock);
	if (at != SIZE_MAX) {
		one = turns->waiting[at];
		turns->waiting[at] = turns->waiting[--turns->count];
		turns->taken[one.client]++;
		if (turns->had_us[one.client] > turns->now_us)
			turns->now_us = turns->had_us[one.client];
	}
	pthread_mutex_unlock(&turns->lock);
	return one.item;
}

void wv_turns_charge(struct wv_turns *turns, size_t client, int64_t took_us)
{
	pthread_mutex_lock(&turns->lock);
	turns->had_us[client] += took_us > 0 ? (uint64_t)took_us : 0;
	turns->taken[client]--;
	pthread_cond_signal(&turns->came);
	pthread_mutex_unlock(&turns->lock);
}

void wv_turns_close(struct wv_turns *turns)
{
	pthread_mutex_lock(&turns->lock);
	turns->is_closed = true;
	pthread_cond_broadcast(&turns->came);
	pthread_mutex_unlock(&turns->lock);
}

size_t wv_turns_count(struct wv_turns *turns)
{
	size_t count;

	pthread_mutex_lock(&turns->lock);
	count = turns->count;
	pthread_mutex_unlock(&turns->lock);
	return count;
}
