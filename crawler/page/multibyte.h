#ifndef WV_CRAWLER_PAGE_MULTIBYTE_H
#define WV_CRAWLER_PAGE_MULTIBYTE_H

#include <stddef.h>
#include <stdint.h>

/*
 * The structure of the multi-byte encodings, by the decoders of encoding.spec.whatwg.org 10 to 13:
 * which bytes are one character, and which are a fault of how many bytes. What a well-formed code
 * means is looked up elsewhere, but for what the standard's indexes have otherwise than ICU.
 */
enum wv_shape {
	WV_SHAPE_LOOK_UP, /* `n` bytes for ICU */
	WV_SHAPE_CODE,    /* `n` bytes that are code point `first` (and `second`) */
	WV_SHAPE_BAD,     /* `n` bytes that are one U+FFFD */
};

struct wv_character {
	enum wv_shape shape;
	size_t n;
	uint32_t first, second;
};

/* The character at `p`, whose first byte is not ASCII; `left` is at least 1. */
typedef struct wv_character (*wv_shape_of)(const unsigned char *p, size_t left);
struct wv_character wv_shape_gb(const unsigned char *p, size_t left);
struct wv_character wv_shape_big5(const unsigned char *p, size_t left);
struct wv_character wv_shape_shift_jis(const unsigned char *p, size_t left);
struct wv_character wv_shape_euc_jp(const unsigned char *p, size_t left);
struct wv_character wv_shape_euc_kr(const unsigned char *p, size_t left);

#endif
