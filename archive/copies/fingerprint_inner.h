#ifndef WV_ARCHIVE_COPIES_FINGERPRINT_INNER_H
#define WV_ARCHIVE_COPIES_FINGERPRINT_INNER_H

#include "archive/copies/fingerprint.h"

/* Between fingerprint_tokens.c (the reading) and fingerprint.c (what is kept of it). Not for
 * others. */
struct wv_fingerprint_token {
	uint64_t hash;
	uint8_t units;
	bool is_number;
	bool goes_on; /* a number that the next token continues: 23.55, 1,200 */
};

struct wv_fingerprint_reading {
	struct wv_arena *arena;
	struct wv_err *err;
	unsigned char *folded; /* the tokens of these lines, parted; what `exact` is of */
	size_t folded_count, folded_room;
	struct wv_fingerprint_token *tokens; /* of the lines that count, or of all so far */
	size_t count, room;
	uint32_t *line_ends; /* token count at the end of each line kept */
	size_t line_count, line_room;
	bool is_whole; /* nothing is sampled */
};

/* Stored for ever, so it is our own and fixed: multiply and mix. */
static inline uint64_t wv_fingerprint_mix(uint64_t h)
{
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	return h ^ h >> 32;
}

/*
 * Reads `text`, one paragraph a line, from the start. Where hardly a line is prose every line
 * counts: a text of short lines only (a telegram, a poem) is one too. Gives the units of what
 * counts. WV_NOMEM.
 */
WV_MUST_USE enum wv_status wv_fingerprint_read(struct wv_fingerprint_reading *r,
                                               struct wv_slice text, uint32_t *units);

#endif
