#ifndef WV_CONFIG_BASE_BASE64_H
#define WV_CONFIG_BASE_BASE64_H

#include <stdbool.h>

#include "config/base/bytes.h"

/* Base64 (RFC 4648, 4), the spelling of bytes that openssl reads. Pure; any thread. */

/* Appends `bytes` with padding; after every `width` characters (a multiple of 4; 0: never) and at
 * the end a line feed where there is a width. */
void wv_base64_add(struct wv_buf *out, struct wv_slice bytes, size_t width);
/* Appends what `text` stands for; white space is skipped, padding is asked for. False: no base64. */
WV_MUST_USE bool wv_base64_parse(struct wv_slice text, struct wv_buf *out);

#endif
