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
 * What was found of some pages, so that the captures of one that never stood are not all gone
 * through for each that comes: what came before up to one capture of the page, that one included.
 * It holds as long as nothing but captures after that one is added, which the store's own
 * transactions see to; what another transaction did, nobody knows, so that ends it.
 */
#define WV_BEFORE_PAGES 32u
struct wv_before_page {
	bool is_known;
	struct wv_capture_key upto;
	struct wv_before before; /* but for `same` and `previous` */
};
struct wv_before_memory {
	uint64_t txn;  /* the one that it is of */
	uint64_t rows; /* captures read so far: the work, for tests */
	struct wv_before_page pages[WV_BEFORE_PAGES]; /* by page number */
};
/* In a new write transaction: keeps what the one just before it knew. */
void wv_before_begin(struct wv_before_memory *memory, const struct wv_txn *txn);
/* After a transaction that came to nothing, and where a capture that is there is read anew. */
void wv_before_forget(struct wv_before_memory *memory);

/*
 * Walks back until everything asked for is found. Only facts are read, no texts. `same` is looked
 * for through the whole page, which is needed where the body is not new to the archive. The
 * capture is then added, or the transaction comes to nothing.
 */
WV_MUST_USE enum wv_status wv_before_look(struct wv_txn *txn, struct wv_before_memory *memory,
                                          const struct wv_capture *capture, bool wants_same,
                                          struct wv_before *before, struct wv_err *err);
/* Gives a 304, or a repeated body, what it stands for. */
void wv_before_inherit(struct wv_capture *capture, struct wv_before *before);
/* Sets verdict, version, extractor and model: from its article (NULL: none), or from the capture it
 * stands for. */
WV_MUST_USE enum wv_status wv_before_settle(struct wv_txn *txn,
                                            const struct wv_article_row *article,
                                            struct wv_capture *capture, struct wv_err *err);

#endif
