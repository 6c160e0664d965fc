#ifndef WV_CRAWLER_PAGE_COMPACT_H
#define WV_CRAWLER_PAGE_COMPACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "crawler/page/markup.h"

/*
 * The pruned text in short: the tree builder costs some 30 ns a byte, and all it needs to know of
 * a run of text is that it is not white space, of a tag its name. So each run is replaced by a
 * short number and each set of attributes by one attribute whose name is a number; the real ones
 * stand in tables and come back when the tree is converted. White space stays as it is.
 */
struct wv_compact_attr {
	enum wv_attr_name name;
	struct wv_slice value; /* references not decoded */
};
struct wv_compact_set {
	uint32_t first, count; /* in attrs */
};
struct wv_compact_text {
	struct wv_slice text;
	bool is_raw;           /* its references are none */
};

struct wv_compact {
	struct wv_slice markup;
	const struct wv_compact_text *texts;
	const struct wv_compact_set *sets;
	const struct wv_compact_attr *attrs;
	uint32_t text_count, set_count, attr_count;
};

struct wv_token;

/* Grows inside the arena by doubling; a failed allocation is latched. */
struct wv_compact_array {
	void *p;
	size_t n, room;
};
#define WV_COMPACT_RECENT 64u
struct wv_compact_writer {
	struct wv_arena *arena;
	struct wv_compact_array markup, texts, sets, attrs;
	bool no_memory;
	/* Formatting elements seen lately: equal tags get equal numbers, since the tree builder
	 * keeps at most three equal ones open (13.2.4.3). */
	struct {
		struct wv_slice raw;
		uint32_t set;
	} recent[WV_COMPACT_RECENT];
};

void wv_compact_begin(struct wv_compact_writer *writer, struct wv_arena *arena,
                      struct wv_slice text);
/* An end tag, the DOCTYPE or white space, as it stands. */
void wv_compact_markup(struct wv_compact_writer *writer, struct wv_slice raw);
/* A start tag with the attributes that are kept; inside math "/>" means something. */
void wv_compact_tag(struct wv_compact_writer *writer, const struct wv_token *token,
                    bool is_foreign);
void wv_compact_text(struct wv_compact_writer *writer, struct wv_slice text, bool is_raw);
/* False out of memory. */
bool wv_compact_finish(struct wv_compact_writer *writer, struct wv_compact *out);

/* Reading back. The next piece of a text node's placeholder text at `*at`: a run's number, or
 * white space (then *number is UINT32_MAX and *space it). False at the end. */
bool wv_compact_next(const struct wv_compact *compact, struct wv_slice node, size_t *at,
                     uint32_t *number, struct wv_slice *space);
/* The set that an attribute's name stands for, or NULL. */
const struct wv_compact_set *wv_compact_set_of(const struct wv_compact *compact,
                                               struct wv_slice name);

#endif
