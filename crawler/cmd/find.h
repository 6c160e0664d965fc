#ifndef WV_CRAWLER_CMD_FIND_H
#define WV_CRAWLER_CMD_FIND_H

#include "archive/search/found.h"
#include "archive/search/index.h"
#include "archive/search/query.h"
#include "archive/search/rank.h"
#include "archive/search/shown.h"
#include "archive/search/snippet.h"
#include "crawler/cmd/read.h"

/*
 * What the commands that ask the search index share: opening it, catching up, filling a query
 * from options, and a hit as a line.
 */
struct wv_find {
	struct wv_read read;
	struct wv_search *search;
	struct wv_query query;
	struct wv_search_ask ask;
	struct wv_shown *shown;
	uint64_t behind; /* leaves the index lacks; already said */
};

/* wv_read_open, the index opened and followed. `rebuild` drops it first. */
WV_MUST_USE enum wv_status wv_find_open(struct wv_command_context *context, bool rebuild,
                                        struct wv_find *find, struct wv_err *err);
/* The index of a store, not yet followed: progress goes to a terminal, an interrupt ends following. */
WV_MUST_USE enum wv_status wv_find_open_index(struct wv_command_context *context, struct wv_store *store,
                                              bool rebuild, struct wv_search **out, struct wv_err *err);
void wv_find_done(struct wv_find *find); /* also a WV_AUTO handler */

/* Parses `query` and adds --source --category --lang --topic --verdict --from --to where the
 * command declares them; T and K are those of find->read. */
WV_MUST_USE enum wv_status wv_find_ask(struct wv_find *find, struct wv_slice query,
                                       struct wv_err *err);

/* Lies in find->read.arena. WV_NO: the archive has it no more. */
WV_MUST_USE enum wv_status wv_find_load(struct wv_find *find, const struct wv_search_hit *hit,
                                        struct wv_found *out, struct wv_err *err);

/* The members of a hit, into an open object. */
void wv_find_json(struct wv_json_writer *w, const struct wv_find *find,
                  const struct wv_found *found);
/* Three lines for people. */
void wv_find_print(struct wv_find *find, const struct wv_found *found);

#endif
