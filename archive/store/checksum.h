#ifndef WV_ARCHIVE_STORE_CHECKSUM_H
#define WV_ARCHIVE_STORE_CHECKSUM_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"

/*
 * CRC-32C (Castagnoli; RFC 3720, B.4), by the processor's own instruction where it has one, else
 * from tables, eight bytes a step. LMDB has no checksums of its own: each
 * row of ours ends in one, so that a flipped bit is damage and never a wrong answer. It guards
 * against accidents; the log's SHA-256 guards against people.
 */
struct wv_checksum {
	uint32_t table[8][256];
	bool has_instruction;
};

void wv_checksum_init(struct wv_checksum *checksum);
/* Goes on from `crc`, which is 0 at the start. Pure; any thread. */
uint32_t wv_checksum_add(const struct wv_checksum *checksum, uint32_t crc, struct wv_slice bytes);

#endif
