#ifndef WV_CONFIG_BASE_JSON_PARTS_H
#define WV_CONFIG_BASE_JSON_PARTS_H

#include <stdint.h>

#include "config/base/bytes.h"

/* What reading and writing JSON share: a code point below 10000 as its escape, \n or \u0001. */
void wv_json_put_escaped(struct wv_buf *out, uint32_t c);

#endif
