#ifndef WV_CONFIG_BASE_SLOTS_H
#define WV_CONFIG_BASE_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The growing half of a hash table: open addressing, linear probing, a power of two of slots of
 * which at most half are in use, so that a search ends, and soon. What a slot is, is the caller's:
 * `size` bytes, all zero where it is free. So is the search, with a comparison of his own:
 *
 *	at = wv_slots_first(&table, hash);
 *	while (rows[at].is_used && !is_it(&rows[at]))
 *		at = wv_slots_next(&table, at);
 *
 * Slots are not taken out one by one. One thread at a time.
 */
struct wv_slots {
	void *p;
	size_t room; /* slots; 0: none yet, and no search */
	size_t used; /* counted by who fills a free slot */
};

/* Of a slot in use its hash, and true; false: it is free. */
typedef bool (*wv_slots_hash_fn)(const void *slot, const void *context, uint64_t *hash);

bool wv_slots_grow(struct wv_slots *slots, size_t size, size_t least, wv_slots_hash_fn hash_of,
                   const void *context);

/* Makes sure of a free slot for one more; slots may move. `least`, a power of two: how many there
 * are at first. False: out of memory, and all is as it was. */
static inline bool wv_slots_reserve(struct wv_slots *slots, size_t size, size_t least,
                                    wv_slots_hash_fn hash_of, const void *context)
{
	return slots->used < slots->room / 2 ||
	       wv_slots_grow(slots, size, least, hash_of, context);
}
void wv_slots_done(struct wv_slots *slots);

static inline size_t wv_slots_first(const struct wv_slots *slots, uint64_t hash)
{
	return (size_t)hash & (slots->room - 1);
}

static inline size_t wv_slots_next(const struct wv_slots *slots, size_t at)
{
	return (at + 1) & (slots->room - 1);
}

/* A hash of a number: the low bits, which choose the slot, hang on all of its bits (Fibonacci
 * hashing, Knuth 6.4). */
static inline uint64_t wv_slots_mix(uint64_t number)
{
	uint64_t hash = number * UINT64_C(0x9e3779b97f4a7c15);

	return hash ^ hash >> 32;
}

#endif
