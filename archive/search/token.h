#ifndef WV_ARCHIVE_SEARCH_TOKEN_H
#define WV_ARCHIVE_SEARCH_TOKEN_H

#include <stdbool.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * What is looked for in a text: words of alphabets, and pairs of neighbouring signs of scripts
 * that put no space between words (Han, Kana, Hangul, Thai and its kin), folded by wv_text_fold
 * (NFKC, case, traditional Han as simplified). "A股市场" gives a, 股市, 市场. A run of one sign
 * gives that sign.
 *
 * Documents and queries go the same way, so that a query finds what it would itself be.
 */
enum wv_token_kind {
	WV_TOKEN_WORD,
	WV_TOKEN_PAIR,
	WV_TOKEN_SIGN, /* a run of one sign */
};
struct wv_token {
	enum wv_token_kind kind;
	struct wv_slice text;  /* folded; dies with the call */
	size_t from, to;       /* where it stands in the text, in bytes */
	struct wv_slice first; /* of a pair or sign: its first sign, folded */
	struct wv_slice last;  /* of a pair that ends its run: its second sign; else empty */
};
/* Longer words are cut. */
#define WV_TOKEN_BYTES_MAX 100u

/* False ends the walk. */
typedef bool (*wv_token_visit)(const struct wv_token *token, void *context);

/*
 * Gives the tokens of a text in order. `scratch` takes about twice the text and is left with it.
 * WV_NOMEM. Pure; any thread.
 */
WV_MUST_USE enum wv_status wv_tokens_each(struct wv_arena *scratch, struct wv_slice text,
                                          wv_token_visit visit, void *context, struct wv_err *err);

#endif
