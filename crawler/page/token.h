#ifndef WV_CRAWLER_PAGE_TOKEN_H
#define WV_CRAWLER_PAGE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/limits.h"
#include "crawler/page/markup.h"

/*
 * HTML text to tokens, as slices of the text: tags with their attributes, text, comments. The
 * states of html.spec.whatwg.org 13.2.5, folded into searches for the next byte that matters, so
 * that it runs at the speed of memchr. Nothing is decoded or copied.
 */

enum wv_token_kind {
	WV_TOKEN_TEXT,
	WV_TOKEN_START,
	WV_TOKEN_END,
	WV_TOKEN_COMMENT, /* also bogus comments */
	WV_TOKEN_DOCTYPE,
};

struct wv_token_attr {
	enum wv_attr_name name; /* never UNKNOWN: only known names are kept */
	struct wv_slice raw;    /* name, "=" and value as they stand */
	struct wv_slice value;  /* without quotes, references not decoded */
	bool touches_previous;  /* no byte between it and the attribute before it */
};

struct wv_token {
	enum wv_token_kind kind;
	enum wv_tag tag;        /* START and END */
	bool is_self_closing;
	bool is_limited;        /* attributes above WV_LIMIT_ATTRIBUTES were left out */
	bool has_other_attrs;   /* some that are not in `attrs` (unknown, repeated) */
	bool has_amp;           /* an attribute "amp" or the lightning sign */
	struct wv_slice raw;    /* all of it, from its '<' */
	struct wv_slice name;   /* tags: as written */
	struct wv_slice text;   /* TEXT */
	size_t attr_count;
	const struct wv_token_attr *attrs; /* the first of each name, in order; until the next call */
};

struct wv_tokenizer {
	const unsigned char *start, *at, *end;
	enum wv_tag raw;        /* inside script, style, title ...; UNKNOWN: ordinary text */
	bool is_foreign;        /* inside svg or math: CDATA is text there; set by the caller */
	bool is_for_pages;      /* attributes are kept only of tags that lead to pages or are of the
	                         * head: half the work; set by the caller */
	struct wv_names names;
	struct wv_token_attr attrs[WV_ATTR_COUNT];
	uint32_t serial;              /* of the tag at hand ... */
	uint32_t seen[WV_ATTR_COUNT]; /* ... and of the last one that had the attribute */
};

/* `text` must outlive the tokenizer. */
void wv_tokenizer_init(struct wv_tokenizer *tokenizer, struct wv_slice text);
/* The next token, or false at the end. */
bool wv_tokenizer_next(struct wv_tokenizer *tokenizer, struct wv_token *token);
/*
 * To be called after a start tag outside foreign content: where the element's content is raw
 * (script, style, xmp, iframe, noembed, noframes, title, textarea, plaintext) the next token is
 * that content as one TEXT, then its end tag.
 */
void wv_tokenizer_enter(struct wv_tokenizer *tokenizer, enum wv_tag tag);
/* Passes over the raw content just entered; gives it. The end tag comes next. */
struct wv_slice wv_tokenizer_skip_raw(struct wv_tokenizer *tokenizer);

/* All attributes of a start tag, also unknown and repeated ones: what follows its name, for
 * wv_token_next_attribute, which takes one off, its references not decoded; false at the end. */
struct wv_slice wv_token_attributes(const struct wv_token *token);
bool wv_token_next_attribute(struct wv_slice *rest, struct wv_slice *name, struct wv_slice *value);

/* The attribute of a start tag, or NULL. */
const struct wv_token_attr *wv_token_attr(const struct wv_token *token, enum wv_attr_name name);

#endif
