#ifndef WV_ARCHIVE_SEARCH_QUERY_H
#define WV_ARCHIVE_SEARCH_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/search/token.h"
#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * What people ask for.
 *
 *   英伟达 results         both; each may be anywhere in the text or in the headline
 *   "central bank"        the words in a row
 *   semi*                 words that begin so (two letters at least)
 *   oil OR gas, a | b     either; binds weaker than "both"
 *   -rumour, NOT rumour   not this one
 *   title:bank            in the headline
 *   ( ... )
 *   source:X category:X lang:X topic:X verdict:X   fields: of one kind any, of several kinds all;
 *                         for the whole query, so not inside ( ), OR or NOT
 *   cluster:ID            pages that carry the text of capture ID (its copy cluster); as a field
 *
 * A word of a script without spaces is found wherever its signs stand in a row. A query of fields
 * alone, or "*", means every text.
 */
enum wv_query_kind {
	WV_QUERY_ALL,
	WV_QUERY_PHRASE, /* tokens in a row */
	WV_QUERY_SIGN,   /* one sign of a script without spaces, anywhere */
	WV_QUERY_AND,
	WV_QUERY_OR,
	WV_QUERY_NOT, /* left without right */
};
struct wv_query_node {
	enum wv_query_kind kind;
	const struct wv_query_node *left, *right;
	const struct wv_slice *tokens; /* of a phrase; one of a sign */
	size_t token_count;
	bool is_prefix; /* the last token is the beginning of one */
	bool in_title;
};

enum wv_query_field {
	WV_QUERY_SOURCE,
	WV_QUERY_CATEGORY,
	WV_QUERY_LANGUAGE,
	WV_QUERY_TOPIC,
	WV_QUERY_VERDICT,
	WV_QUERY_FIELDS
};
#define WV_QUERY_VALUES_MAX 32u
struct wv_query_values {
	struct wv_slice p[WV_QUERY_VALUES_MAX];
	size_t n;
};

#define WV_QUERY_BYTES_MAX   4096u
#define WV_QUERY_PHRASES_MAX 64u
struct wv_query {
	const struct wv_query_node *root; /* never NULL */
	struct wv_query_values fields[WV_QUERY_FIELDS];
	/* Copy clusters, any of them, each by the ID of a capture in it: shown.h asks the archive. */
	uint64_t clusters[WV_QUERY_VALUES_MAX];
	size_t cluster_count;
	/* What a hit can contain, for marks in snippets: phrases and signs not under a NOT. */
	const struct wv_query_node *wanted[WV_QUERY_PHRASES_MAX];
	size_t wanted_count;
};

/* Lies in `arena`. WV_USAGE says what is wrong with it. */
WV_MUST_USE enum wv_status wv_query_parse(struct wv_arena *arena, struct wv_slice text,
                                          struct wv_query *out, struct wv_err *err);
/* One more value of a field. WV_USAGE above the maximum, or for a verdict that is none. */
WV_MUST_USE enum wv_status wv_query_add_field(struct wv_query *query, enum wv_query_field field,
                                              struct wv_slice value, struct wv_err *err);
/* WV_USAGE above the maximum, or for what is no ID. */
WV_MUST_USE enum wv_status wv_query_add_cluster(struct wv_query *query, struct wv_slice id,
                                                struct wv_err *err);
/* "source"; never NULL. */
const char *wv_query_field_name(enum wv_query_field field);

#endif
