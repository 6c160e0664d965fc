#ifndef WV_CRAWLER_PAGE_ENCODING_H
#define WV_CRAWLER_PAGE_ENCODING_H

#include <stdint.h>

#include "config/base/bytes.h"

/*
 * The encodings of the WHATWG Encoding Standard as tables of facts: names, labels, single-byte
 * indexes, and the double-byte entries where ICU's converters differ from the standard's indexes.
 */
enum wv_encoding {
	WV_ENCODING_NONE,
	WV_ENCODING_UTF_8,
	WV_ENCODING_IBM866,
	WV_ENCODING_ISO_8859_2,
	WV_ENCODING_ISO_8859_3,
	WV_ENCODING_ISO_8859_4,
	WV_ENCODING_ISO_8859_5,
	WV_ENCODING_ISO_8859_6,
	WV_ENCODING_ISO_8859_7,
	WV_ENCODING_ISO_8859_8,
	WV_ENCODING_ISO_8859_8_I,
	WV_ENCODING_ISO_8859_10,
	WV_ENCODING_ISO_8859_13,
	WV_ENCODING_ISO_8859_14,
	WV_ENCODING_ISO_8859_15,
	WV_ENCODING_ISO_8859_16,
	WV_ENCODING_KOI8_R,
	WV_ENCODING_KOI8_U,
	WV_ENCODING_MACINTOSH,
	WV_ENCODING_WINDOWS_874,
	WV_ENCODING_WINDOWS_1250,
	WV_ENCODING_WINDOWS_1251,
	WV_ENCODING_WINDOWS_1252,
	WV_ENCODING_WINDOWS_1253,
	WV_ENCODING_WINDOWS_1254,
	WV_ENCODING_WINDOWS_1255,
	WV_ENCODING_WINDOWS_1256,
	WV_ENCODING_WINDOWS_1257,
	WV_ENCODING_WINDOWS_1258,
	WV_ENCODING_X_MAC_CYRILLIC,
	WV_ENCODING_GBK,
	WV_ENCODING_GB18030,
	WV_ENCODING_BIG5,
	WV_ENCODING_EUC_JP,
	WV_ENCODING_ISO_2022_JP,
	WV_ENCODING_SHIFT_JIS,
	WV_ENCODING_EUC_KR,
	WV_ENCODING_REPLACEMENT,
	WV_ENCODING_UTF_16BE,
	WV_ENCODING_UTF_16LE,
	WV_ENCODING_X_USER_DEFINED,
	WV_ENCODING_COUNT
};

/* "get an encoding": white space trimmed, case ignored; NONE for an unknown label. */
enum wv_encoding wv_encoding_of_label(struct wv_slice label);
/* The name as the standard writes it; empty for NONE. */
struct wv_slice wv_encoding_name(enum wv_encoding encoding);
/* 128 code points for bytes 80..FF, 0 where there is none; NULL if it is not a single-byte one. */
const uint16_t *wv_encoding_index(enum wv_encoding encoding);

/* ICU's converter for an encoding whose index it has (but for the patches), or NULL. */
const char *wv_encoding_icu_name(enum wv_encoding encoding);

/* What the standard's index has at a double-byte code; `second` is 0 but for four of Big5. */
struct wv_encoding_patch {
	uint16_t code;
	uint16_t second;
	uint32_t first;
};
/* The entry where ICU says something else, or NULL. Only for BIG5, GBK, GB18030. */
const struct wv_encoding_patch *wv_encoding_patch(enum wv_encoding encoding, uint16_t code);

#endif
