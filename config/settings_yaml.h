#ifndef WV_CONFIG_SETTINGS_YAML_H
#define WV_CONFIG_SETTINGS_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"
#include "config/settings_faults.h"

/*
 * The settings file as a tree with line numbers; only here is libyaml known. Types are ours to
 * give: every scalar is text. Part of settings*.c.
 */
enum wv_yaml_kind { WV_YAML_TEXT, WV_YAML_LIST, WV_YAML_MAP };

struct wv_yaml {
	enum wv_yaml_kind kind;
	uint32_t line;       /* from 1; of a map's member: its value's */
	uint32_t key_line;   /* of a map's member, else 0 */
	bool is_plain;       /* text without quotes */
	bool is_reported;    /* a fault was added for it: say no more */
	struct wv_slice key; /* of a map's member */
	struct wv_slice text;
	const struct wv_yaml *next; /* the sibling */
	const struct wv_yaml *first, *last;
	size_t n; /* children */
};

/*
 * Reads one document. Everything wrong with the bytes and the syntax becomes a fault; *out is what
 * was understood before, NULL for an empty file. *is_whole is false where reading had to stop.
 *
 * Refused: bytes that are not UTF-8, a second document, anchors, aliases, tags, keys that are not
 * text, a key given twice, more than WV_LIMIT_SETTINGS_DEPTH levels or
 * WV_LIMIT_SETTINGS_NODES nodes. WV_NOMEM is the only failure.
 */
WV_MUST_USE enum wv_status wv_yaml_read(struct wv_arena *arena, struct wv_slice bytes,
					struct wv_settings_faults *faults,
					const struct wv_yaml **out, bool *is_whole,
					struct wv_err *err);

/* The member with that key, or NULL. */
const struct wv_yaml *wv_yaml_get(const struct wv_yaml *map, struct wv_slice key);
/* Nothing was written there: no value, ~ or null. */
bool wv_yaml_is_empty(const struct wv_yaml *node);

#endif
