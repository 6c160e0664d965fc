#ifndef WV_CRAWLER_PAGE_CHARSET_H
#define WV_CRAWLER_PAGE_CHARSET_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * Bytes of a page to UTF-8, in the WHATWG order: byte order mark, HTTP, declaration in the first
 * 1,024 bytes, the source's setting, a detector, windows-1252. Labels go through the WHATWG's own
 * table, never straight to a converter library. Sources: encoding.spec.whatwg.org;
 * html.spec.whatwg.org 13.2.3.
 */

enum wv_charset_basis {
	WV_CHARSET_DEFAULT,  /* nothing said, nothing found */
	WV_CHARSET_BOM,
	WV_CHARSET_HTTP,     /* Content-Type's charset parameter */
	WV_CHARSET_META,     /* prescan of the first 1,024 bytes */
	WV_CHARSET_XML,      /* XML declaration (feeds, sitemaps, XHTML) */
	WV_CHARSET_SOURCE,   /* the source's setting */
	WV_CHARSET_DETECTED, /* validity and frequency; also where the declared one was overruled */
	WV_CHARSET_BASIS_COUNT
};

/* "default", "bom", "http", "meta", "xml", "source", "detected"; never NULL. */
const char *wv_charset_basis_name(enum wv_charset_basis basis);

struct wv_charset_hints {
	struct wv_slice content_type; /* the Content-Type header's value, or empty */
	struct wv_slice source;       /* a label from settings, or empty */
	bool is_xml;                  /* look for an XML declaration, not for meta */
};

struct wv_charset_text {
	struct wv_slice text;      /* valid UTF-8, BOM removed; may be (part of) the input itself */
	struct wv_slice name;      /* WHATWG name, static: "UTF-8", "gb18030", "Shift_JIS" */
	enum wv_charset_basis basis;
	struct wv_slice declared;  /* WHATWG name of the declared one where it was overruled */
	uint32_t errors;           /* U+FFFD made: one per maximal bad subpart */
	bool is_suspect;           /* more than one error per hundred characters */
};

/*
 * Decodes a whole body. `out->text` points into `body` where that is valid UTF-8 already,
 * otherwise into `arena` (at most three times the input). NUL bytes stay. WV_NOMEM only: every
 * input has a decoding. Thread safe (no shared state).
 */
WV_MUST_USE enum wv_status wv_charset_decode(struct wv_arena *arena, struct wv_slice body,
                                             const struct wv_charset_hints *hints,
                                             struct wv_charset_text *out, struct wv_err *err);

/* WHATWG "get an encoding": the name for a label (white space trimmed, case ignored), or empty. */
struct wv_slice wv_charset_of_label(struct wv_slice label);
/* The charset parameter of a Content-Type value, as written; empty if there is none. */
struct wv_slice wv_charset_of_content_type(struct wv_slice value);
/* The prescan algorithm over at most the first 1,024 bytes: a WHATWG name, or empty. */
struct wv_slice wv_charset_prescan(struct wv_slice body);
/* The detector alone: a WHATWG name, or empty where no guess is better than the default. */
struct wv_slice wv_charset_detect(struct wv_slice body);

/*
 * Decodes by one named encoding (a WHATWG name as given by the functions above), no guessing:
 * for the conformance tests and for decoding again later. WV_USAGE for an unknown name.
 */
WV_MUST_USE enum wv_status wv_charset_decode_as(struct wv_arena *arena, struct wv_slice body,
                                                struct wv_slice name, struct wv_slice *text,
                                                uint32_t *errors, struct wv_err *err);

/*
 * The reference of a link on a page in the encoding `name`: characters of its query become bytes of
 * that encoding, percent-escaped, as browsers send them; those it has not become "&#NNN;". Path and
 * fragment stay UTF-8. `*out` is `reference` itself where nothing changes. WV_NOMEM.
 * Source: url.spec.whatwg.org, "percent-encode after encoding".
 */
WV_MUST_USE enum wv_status wv_charset_encode_query(struct wv_arena *arena,
                                                   struct wv_slice reference,
                                                   struct wv_slice name, struct wv_slice *out,
                                                   struct wv_err *err);

#endif
