#ifndef WV_ARCHIVE_COPIES_FINGERPRINT_H
#define WV_ARCHIVE_COPIES_FINGERPRINT_H

#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/digest.h"
#include "config/base/status.h"

/*
 * What is kept of a text to recognise its copies: a pure function of its bytes.
 *
 * The text (one paragraph a line) is folded: width, case, marks of punctuation and traditional
 * Han make no difference. Lines that read as prose count, headline lists and button rows do not.
 * Each run of tokens worth 8 units (a Han letter or Kana 1, another word 2) is a shingle; of their
 * 40-bit hashes those whose low `level` bits are zero are kept, so that a long text gives about as
 * many as a short one, and two texts compare at the coarser level of both.
 */
#define WV_FINGERPRINT_LEVELS   12u
#define WV_FINGERPRINT_ENTRIES  128u /* aimed at; above it the level rises */
#define WV_FINGERPRINT_FIGURES  96u  /* the first ones of a text */
#define WV_FINGERPRINT_BUCKETS  64u  /* a position is one of so many parts of the text */
#define WV_FINGERPRINT_HASH_MAX ((UINT64_C(1) << 40) - 1)

/* A number of the text and what stands before it, hashed: "Nasdaq rose" 0.52. */
struct wv_figure {
	uint32_t context; /* 24 bits */
	uint32_t value;   /* 24 bits */
};

struct wv_fingerprint {
	struct wv_digest exact; /* of the folded lines that count: texts equal but for punctuation */
	uint32_t units;         /* of the lines that count */
	uint32_t shingles;      /* before sampling */
	uint32_t level;
	/* Entries whose low l bits are zero; [level] is all of them, below it the same number. */
	uint32_t count[WV_FINGERPRINT_LEVELS];
	const uint64_t *entries; /* hash << 8 | bucket, ascending, hashes distinct */
	uint32_t entry_count;
	const struct wv_figure *figures; /* by context, contexts distinct */
	uint32_t figure_count;
};

static inline uint64_t wv_fingerprint_hash(uint64_t entry)
{
	return entry >> 8;
}
static inline uint32_t wv_fingerprint_bucket(uint64_t entry)
{
	return (uint32_t)(entry & 0xff);
}

/*
 * `text` may be any bytes (broken UTF-8 counts as signs that are no letters), at most
 * WV_LIMIT_BODY_BYTES: above it WV_LIMIT. Entries and figures live in `arena`, which needs about
 * 100 bytes a byte of text for scratch. A text too short for a shingle has no entries, and only its
 * exact digest; one without a letter has `units` 0 and says nothing. Any thread.
 */
WV_MUST_USE enum wv_status wv_fingerprint_make(struct wv_arena *arena, struct wv_slice text,
                                               struct wv_fingerprint *out, struct wv_err *err);
/* With every shingle (level 0): for exact shares, not for the index. */
WV_MUST_USE enum wv_status wv_fingerprint_make_whole(struct wv_arena *arena, struct wv_slice text,
                                                     struct wv_fingerprint *out,
                                                     struct wv_err *err);
/* Into another arena, out of the scratch memory; false when out of memory. */
WV_MUST_USE bool wv_fingerprint_copy(struct wv_arena *arena, const struct wv_fingerprint *from,
                                     struct wv_fingerprint *out);

/* decode(encode(x)) = x: exact 32 bytes, varints: units, shingles, level, counts from that level on,
 * entries (their differences), figures (context, value). */
void wv_fingerprint_encode(const struct wv_fingerprint *fingerprint, struct wv_buf *out);
/* Into `arena`; false: malformed, or out of memory. */
WV_MUST_USE bool wv_fingerprint_decode(struct wv_slice bytes, struct wv_arena *arena,
                                       struct wv_fingerprint *out);

#endif
