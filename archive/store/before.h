#ifndef WV_ARCHIVE_STORE_BEFORE_H
#define WV_ARCHIVE_STORE_BEFORE_H

#include <stdbool.h>

#include "archive/store/load.h"

/* What came before a new capture on its page, and what follows from it. Between commit.c and its
 * transaction. */
struct wv_before {
	bool has_previous, has_version, has_body, has_same;
	struct wv_capture previous; /* the newest */
	struct wv_capture version;  /* the newest that is a version */
	struct wv_capture body;     /* the newest that stands, with a body: what a 304 confirms */
	struct wv_capture same;     /* the newest with this body */
	bool has_last;
	struct wv_digest last; /* body of the newest with any */
};

/*
 * Walks back until everything asked for is found. Only facts are read, no texts. `same` is looked
 * for through the whole page, which is needed where the body is not new to the archive.
 */
WV_MUST_USE enum wv_status wv_before_look(struct wv_txn *txn, const struct wv_capture *capture,
                                          bool wants_same, struct wv_before *before,
                                          struct wv_err *err);
/* Gives a 304, or a repeated body, what it stands for. */
void wv_before_inherit(struct wv_capture *capture, struct wv_before *before);
/* Sets verdict, version, extractor and model: from its article (NULL: none), or from the capture it
 * stands for. */
WV_MUST_USE enum wv_status wv_before_settle(struct wv_txn *txn,
                                            const struct wv_article_row *article,
                                            struct wv_capture *capture, struct wv_err *err);

#endif
