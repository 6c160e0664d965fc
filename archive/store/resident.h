#ifndef WV_ARCHIVE_STORE_RESIDENT_H
#define WV_ARCHIVE_STORE_RESIDENT_H

#include <stdint.h>

/*
 * A mapped file counts as memory of ours as far as it was ever looked at. Whoever walks a large
 * one lets go of it now and then: the pages stay in the system's cache and come back unasked.
 */
struct wv_resident {
	unsigned char *start; /* of the mapping; NULL: not found */
	uint64_t bytes;
};
/* Where this process has the open file mapped from its beginning. Linux; elsewhere not found. */
void wv_resident_find(int fd, struct wv_resident *out);
/* Lets go of the first `bytes`. Only for a mapping that nobody writes to. */
void wv_resident_drop(const struct wv_resident *resident, uint64_t bytes);

#endif
