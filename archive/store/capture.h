#ifndef WV_ARCHIVE_STORE_CAPTURE_H
#define WV_ARCHIVE_STORE_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/verdict.h"
#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/digest.h"

/*
 * A capture: one fetch of a page at one instant, whatever came back. Its ID is its leaf number in
 * the log. Slices are borrowed from whoever made the struct (a transaction, a page's arena).
 */
enum wv_capture_flag {
	WV_CAPTURE_HEADERS_REBUILT = 1u << 0, /* HTTP/2: the block is ours, the fields are theirs */
	WV_CAPTURE_TRUNCATED_LENGTH = 1u << 1,
	WV_CAPTURE_TRUNCATED_TIME = 1u << 2,
	WV_CAPTURE_TRUNCATED_DISCONNECT = 1u << 3,
	WV_CAPTURE_NOT_MODIFIED = 1u << 4,    /* 304: stands for the body it confirmed */
	WV_CAPTURE_SAME_BODY = 1u << 5,       /* 200 with the digest of the previous capture */
	WV_CAPTURE_NOARCHIVE = 1u << 6,       /* the page asks not to be kept: digest only */
	WV_CAPTURE_NOINDEX = 1u << 7,
	WV_CAPTURE_NOSNIPPET = 1u << 8,
	WV_CAPTURE_TDM_RESERVED = 1u << 9,
	WV_CAPTURE_TLS_UNVERIFIED = 1u << 10,
	WV_CAPTURE_SIMULATED_CLOCK = 1u << 11,
	WV_CAPTURE_IMPORTED = 1u << 12,
	WV_CAPTURE_REDIRECT = 1u << 13,       /* a hop: its article belongs to the last hop */
	WV_CAPTURE_DATED = 1u << 14,          /* names a date after which it is not to be shown */
};

struct wv_capture {
	uint64_t id;                 /* leaf number; the store sets it */
	uint8_t leaf;                /* form of its leaf's text: 1 of the first archives; 0 and 2: today's */
	uint64_t page;               /* page number; the store sets it */
	struct wv_slice url;         /* verbatim, as requested */
	struct wv_slice page_key;    /* see wv_url_page_key */
	struct wv_time captured;     /* when the server answered */
	struct wv_time recorded;     /* when this archive learned of it; the store's commit sets it */
	int64_t duration_us;         /* first byte sent to last byte had */
	int32_t status;              /* HTTP status; 0: no answer */
	uint32_t flags;              /* enum wv_capture_flag */
	enum wv_verdict verdict;
	struct wv_slice reason;      /* evidence for the verdict, or what failed */
	struct wv_slice basis;       /* why it was allowed: robots rule and clock */
	struct wv_slice source;      /* source name; empty: none */
	struct wv_slice headers;     /* response header block, raw, status line first */
	struct wv_slice request;     /* request header block as sent */
	struct wv_slice mime;        /* essence of Content-Type, lower case */
	struct wv_slice address;     /* the peer's, numeric */
	struct wv_slice location;    /* of a redirect, resolved */
	bool has_body;
	struct wv_digest body;       /* SHA-256 of the decoded bytes */
	uint64_t body_bytes;
	bool has_encoded;            /* Content-Encoding was there */
	struct wv_digest encoded;    /* SHA-256 of the bytes before content decoding */
	uint64_t encoded_bytes;
	/* Read back from the store: */
	bool has_stands_for;         /* it repeats a body that was had before: its article is ... */
	uint64_t stands_for;         /* ... that of this capture (304, or the same bytes again) */
	struct wv_digest version;    /* version key */
	bool has_version;            /* false: not a version (hop, failure, unread) */
	uint32_t extractor;          /* extractor version its article was made by; 0: none */
	uint64_t model;              /* site model number; 0: none */
};

#endif
