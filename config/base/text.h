#ifndef WV_CONFIG_BASE_TEXT_H
#define WV_CONFIG_BASE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * Text as people mean it: UTF-8 walking, folding for comparison, widths, word borders. Foreign
 * bytes may be broken UTF-8 everywhere: each maximal bad subpart counts as U+FFFD.
 */

#define WV_TEXT_REPLACEMENT 0xfffdu

/* The code point at *at (advanced past it), U+FFFD for a bad subpart; needs *at < s.n. */
uint32_t wv_text_next_multibyte(struct wv_slice s, size_t *at);
static inline uint32_t wv_text_next(struct wv_slice s, size_t *at)
{
	/* ASCII without a call: most of a page is, and this is its innermost loop. */
	return s.p[*at] < 0x80 ? s.p[(*at)++] : wv_text_next_multibyte(s, at);
}
/* The code point that ends before *at (moved back); needs *at > 0. */
uint32_t wv_text_previous(struct wv_slice s, size_t *at);
bool wv_text_is_utf8(struct wv_slice s);
size_t wv_text_count(struct wv_slice s); /* code points */
/* At most `bytes` bytes, cut at a code point's border. */
struct wv_slice wv_text_cut(struct wv_slice s, size_t bytes);

/* Han, Kana, Hangul and their punctuation: scripts whose words have no spaces (Hangul apart). */
bool wv_text_is_cjk(uint32_t code_point);
bool wv_text_is_space(uint32_t code_point);  /* Unicode White_Space, and U+200B, U+FEFF */
bool wv_text_is_letter(uint32_t code_point); /* L* and M* */
bool wv_text_is_digit(uint32_t code_point);  /* Nd */
/* . ! ? and their full-width, CJK, Arabic, Devanagari kin. */
bool wv_text_ends_sentence(uint32_t code_point);
/* Size of a text in units that compare across scripts: a CJK letter 1, another word 2. */
size_t wv_text_units(struct wv_slice s);

/* Runs of white space become one space, ends trimmed; control characters dropped. */
WV_MUST_USE enum wv_status wv_text_squeeze(struct wv_arena *arena, struct wv_slice s,
                                           struct wv_slice *out, struct wv_err *err);
/*
 * For comparison and hashing only: NFKC, case folding, letters and digits kept, all else gone.
 * Traditional Han folded to simplified where `han` is true. Source: UAX 15, UAX 31.
 */
WV_MUST_USE enum wv_status wv_text_fold(struct wv_arena *arena, struct wv_slice s, bool han,
                                        struct wv_slice *out, struct wv_err *err);
/*
 * One code point as the fold above gives it (Han simplified), and without the marks of an alphabet
 * ("é" is e): for telling words, where a whole fold would be dear. 0 where nothing is left; of what
 * folds to several, the first.
 */
uint32_t wv_text_fold_letter(uint32_t code_point);
/* Columns on a terminal (wide East Asian characters take two, marks none). */
size_t wv_text_columns(struct wv_slice s);

#endif
