#ifndef WV_ARCHIVE_SEARCH_TEXTS_H
#define WV_ARCHIVE_SEARCH_TEXTS_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/search/index.h"
#include "archive/store/article.h"

/* Articles as the index keeps them. Between follow.c and subscription.c. */

/* What of an article is looked for: tokens with a space after each. */
struct wv_search_words {
	struct wv_buf title, lead, body;
	struct wv_buf signs; /* each once; those of the headline also as "t" and the sign, those of the
	                        first paragraph as "l" and the sign */
};
void wv_search_words_done(struct wv_search_words *words);
/*
 * The headline, the first paragraph, the rest; of a listing the headline alone. Buffers are
 * emptied first and can be used again. WV_NOMEM.
 */
WV_MUST_USE enum wv_status wv_search_words_of(const struct wv_article *article,
                                              struct wv_arena *scratch,
                                              struct wv_search_words *words, struct wv_err *err);

struct wv_search_doc {
	uint32_t text, meta;
	bool is_new;         /* the text was not in the index */
	bool has_published;
	int64_t published;   /* the earliest it can have been, us */
	uint64_t text_bytes; /* of the article */
};
/* Its text and circumstances, made if they are new. */
WV_MUST_USE enum wv_status wv_search_doc_of(struct wv_search *search,
                                            const struct wv_article *article,
                                            struct wv_slice source, struct wv_search_words *words,
                                            struct wv_search_doc *out, struct wv_err *err);

#endif
