#ifndef WV_ARCHIVE_STORE_HISTORY_H
#define WV_ARCHIVE_STORE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/store/lookup.h"

/*
 * The history of a page: its captures gathered into versions, and when it was gone.
 *
 * A version is a run of captures with one version key, in captured time; hops, failures and
 * captures not yet read lie in between without ending it. Derived from the captures on every
 * call, so that it is right for any known_at.
 */
enum wv_change {
	WV_CHANGE_FIRST = 1u << 0, /* nothing before it */
	WV_CHANGE_TITLE = 1u << 1,
	WV_CHANGE_TEXT = 1u << 2,    /* the article's folded text */
	WV_CHANGE_BODY = 1u << 3,    /* not an article on both sides: the bytes */
	WV_CHANGE_VERDICT = 1u << 4, /* an article became a listing, and the like */
	WV_CHANGE_STATED = 1u << 5,  /* the stated modification time */
	/* The text changed while the stated modification time did not, or none was ever stated. */
	WV_CHANGE_SILENT = 1u << 6,
	/* Read by different extractors or site models: the page need not have changed. */
	WV_CHANGE_UNCERTAIN = 1u << 7,
	WV_CHANGE_REVERT = 1u << 8, /* what an earlier version said; see reverts_to */
};
/* The name of one bit: "silent"; never NULL. */
const char *wv_change_name(enum wv_change change);

struct wv_version {
	uint64_t number;            /* from 1, in order of time */
	uint64_t first_id, last_id; /* captures */
	struct wv_time first_seen, last_seen;
	uint64_t captures;
	enum wv_verdict verdict;
	struct wv_digest key;
	struct wv_digest body; /* of its first capture */
	uint32_t changes;      /* enum wv_change, against the version before */
	uint64_t reverts_to;   /* number of the version with the same key; 0: none */
	bool has_article;
	struct wv_slice title; /* of its first capture, as are the two times */
	struct wv_stated_time published, modified;
};

/* A time in which the page answered 404 or 410. */
struct wv_absence {
	uint64_t first_id, last_id;
	struct wv_time first_seen, last_seen;
	uint64_t captures;
	int32_t status;    /* of the first */
	bool has_returned; /* a capture that stands followed */
	uint64_t returned_id;
	struct wv_time returned;
};

/* The title changed, with the text (a new version) or alone (inside one). */
struct wv_headline {
	uint64_t id; /* the capture that first had it */
	struct wv_time seen;
	uint64_t version; /* number */
	struct wv_slice before, after;
};

struct wv_history {
	const struct wv_version *versions;
	size_t version_count;
	const struct wv_absence *absences;
	size_t absence_count;
	const struct wv_headline *headlines;
	size_t headline_count;
	uint64_t captures, redirects, failures, unread; /* of all captures in the range */
};

struct wv_history_query {
	uint64_t page;
	struct wv_slice url;     /* empty: all of the page */
	struct wv_time from, to; /* captured; WV_TIME_NONE: unbounded */
	struct wv_time known_at;
	struct wv_time now; /* as in wv_captures_query */
	bool sees_all;
};
/* Everything lies in `arena`. A page without captures gives an empty history. */
WV_MUST_USE enum wv_status wv_history_of(struct wv_txn *txn, struct wv_arena *arena,
                                         const struct wv_history_query *query,
                                         struct wv_history *out, struct wv_err *err);

#endif
