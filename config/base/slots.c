#include "config/base/slots.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/checked.h"

bool wv_slots_grow(struct wv_slots *slots, size_t size, size_t least, wv_slots_hash_fn hash_of,
		   const void *context)
{
	struct wv_slots larger = {.room = least, .used = slots->used};
	unsigned char *to;
	size_t bytes;

	if ((slots->room > 0 && !wv_mul(slots->room, 2, &larger.room)) ||
	    !wv_mul(larger.room, size, &bytes))
		return false;
	larger.p = to = calloc(1, bytes);
	if (!to)
		return false;
	for (size_t i = 0; i < slots->room; i++) {
		const unsigned char *slot = (const unsigned char *)slots->p + i * size;
		uint64_t hash, ignored;
		size_t at;

		if (!hash_of(slot, context, &hash))
			continue;
		at = wv_slots_first(&larger, hash);
		while (hash_of(to + at * size, context, &ignored))
			at = wv_slots_next(&larger, at);
		memcpy(to + at * size, slot, size);
	}
	free(slots->p);
	*slots = larger;
	return true;
}

void wv_slots_done(struct wv_slots *slots)
{
	free(slots->p);
	*slots = (struct wv_slots){0};
}
