#ifndef WV_CRAWLER_PAGE_ENTITIES_H
#define WV_CRAWLER_PAGE_ENTITIES_H

#include <stddef.h>
#include <stdint.h>

#include "config/base/bytes.h"

/*
 * The named character references of HTML (html.spec.whatwg.org 13.5, 2,231 names): a table of
 * facts, sorted bytewise.
 */
struct wv_entity {
	const char *name;   /* without "&", with its ";" where it has one */
	uint32_t first;     /* code points; `second` is 0 for most */
	uint16_t second;
};

#define WV_ENTITY_COUNT 2231
#define WV_ENTITY_NAME_MAX 32

extern const struct wv_entity wv_entities[WV_ENTITY_COUNT];

/*
 * The longest name that `s` (what follows "&") starts with, or NULL; `*length` is how many bytes
 * of `s` it takes.
 */
const struct wv_entity *wv_entities_match(struct wv_slice s, size_t *length);

#endif
