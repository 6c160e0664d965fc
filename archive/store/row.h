#ifndef WV_ARCHIVE_STORE_ROW_H
#define WV_ARCHIVE_STORE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/store/store.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/digest.h"

/*
 * The keys and the small rows of archive/store's tables (a capture's own row is record.h's).
 * Layouts are drawn above the encoders and in wirevault-archive(5). decode(encode(x)) = x; what is
 * malformed decodes to false. Pure; any thread.
 */

/* --- Keys: big endian, so that they sort as numbers; times with the sign bit turned. --- */
#define WV_KEY_CAPTURE_BYTES 24
#define WV_KEY_ARTICLE_BYTES 12
#define WV_KEY_BODY_BYTES    33
#define WV_KEY_SOURCE_BYTES  20
#define WV_SOURCE_NAME_MAX   200

struct wv_capture_key {
	uint64_t page;
	struct wv_time captured;
	uint64_t id;
};
void wv_key_of_u64(uint64_t number, unsigned char key[8]);
void wv_key_of_capture(const struct wv_capture_key *from, unsigned char key[WV_KEY_CAPTURE_BYTES]);
WV_MUST_USE bool wv_key_read_capture(struct wv_slice key, struct wv_capture_key *out);
void wv_key_of_article(uint64_t id, uint32_t number, unsigned char key[WV_KEY_ARTICLE_BYTES]);

/* WV_TABLE_BY_SOURCE. */
struct wv_source_key {
	uint32_t source;
	struct wv_time captured;
	uint64_t id;
};
void wv_key_of_source(const struct wv_source_key *from, unsigned char key[WV_KEY_SOURCE_BYTES]);
WV_MUST_USE bool wv_key_read_source(struct wv_slice key, struct wv_source_key *out);

/* What a stored byte string is; part of its key, so that an article's record can never pass for
 * a page's body. On disk: only add. */
enum wv_blob_class {
	WV_BLOB_BODY = 'b',    /* decoded body */
	WV_BLOB_WIRE = 'w',    /* encoded body, as it came */
	WV_BLOB_ARTICLE = 'a', /* article record */
	WV_BLOB_CONTEXT = 'd', /* dictionary */
};
struct wv_blob_key {
	enum wv_blob_class kind;
	struct wv_digest digest;
};
void wv_key_of_blob(const struct wv_blob_key *from, unsigned char key[WV_KEY_BODY_BYTES]);
WV_MUST_USE bool wv_key_read_blob(struct wv_slice key, struct wv_blob_key *out);

/* --- WV_TABLE_PAGES: page key -> number; WV_TABLE_PAGE_KEYS: number -> key, first URL. --- */
void wv_record_page_encode(struct wv_slice key, struct wv_slice url, struct wv_buf *out);
WV_MUST_USE bool wv_record_page_decode(struct wv_slice value, struct wv_slice *key,
                                       struct wv_slice *url);

/* --- WV_TABLE_LEAVES --- */
#define WV_SALT_BYTES 16
struct wv_leaf_row {
	bool is_erased; /* then salt and place are gone, the hash stays */
	uint64_t page;
	struct wv_time captured;
	unsigned char salt[WV_SALT_BYTES];
	struct wv_digest hash;
};
void wv_record_leaf_row_encode(const struct wv_leaf_row *row, struct wv_buf *out);
WV_MUST_USE bool wv_record_leaf_row_decode(struct wv_slice value, struct wv_leaf_row *out);

/* --- WV_TABLE_BODIES --- */
struct wv_blob_row {
	enum wv_stored_kind kind;
	uint64_t raw_bytes;
	uint64_t stored_bytes;
	uint64_t cost;  /* bytes that come out of inflate on the way to it */
	uint32_t depth; /* blobs it is built on, one above another */
	bool is_inline; /* the bytes follow the row */
	struct wv_slice inlined;
	uint64_t segment, offset; /* where they are otherwise */
	bool has_base;            /* WIRE: the encoded bytes; DELTA: what it was based on */
	struct wv_blob_key base;
	bool has_context; /* a dictionary it needs */
	struct wv_blob_key context;
	uint64_t rank; /* DELTA: among the versions of its page since the last keyframe (base.h) */
};
void wv_record_blob_encode(const struct wv_blob_row *row, struct wv_buf *out);
/* `inlined` points into `value`. */
WV_MUST_USE bool wv_record_blob_decode(struct wv_slice value, struct wv_blob_row *out);

/* --- WV_TABLE_ENCODED --- */
struct wv_encoded_row {
	uint8_t coding; /* enum wv_wire_coding */
	bool is_kept;   /* the bytes themselves are in the archive */
	bool may_go;    /* only until `compact` finds a smaller form for the body */
	struct wv_digest body;
	uint64_t body_bytes, encoded_bytes;
};
void wv_record_encoded_encode(const struct wv_encoded_row *row, struct wv_buf *out);
WV_MUST_USE bool wv_record_encoded_decode(struct wv_slice value, struct wv_encoded_row *out);

/* --- WV_TABLE_ARTICLES --- */
struct wv_article_row {
	struct wv_time recorded;
	uint8_t verdict;
	uint32_t extractor;
	uint64_t model;
	bool has_key;
	struct wv_digest key;
	struct wv_digest record;
	uint64_t record_bytes;
	struct wv_slice category, language;
};
void wv_record_article_row_encode(const struct wv_article_row *row, struct wv_buf *out);
/* Slices point into `value`. */
WV_MUST_USE bool wv_record_article_row_decode(struct wv_slice value, struct wv_article_row *out);

/* --- WV_TABLE_META "state", rewritten by every commit --- */
struct wv_state {
	uint64_t next_leaf, next_page, next_segment, next_source;
	struct wv_store_totals totals;
};
void wv_record_state_encode(const struct wv_state *state, struct wv_buf *out);
WV_MUST_USE bool wv_record_state_decode(struct wv_slice value, struct wv_state *out);

/* --- WV_TABLE_SOURCE_NAMES: "n" name -> number; "#" number -> this --- */
struct wv_source_row {
	struct wv_slice name;
	uint64_t captures, capture_bytes, stored_bytes;
	/* Of stored_bytes, those of each kind; together less where version 1 of the row counted. */
	uint64_t stored[WV_STORED_KIND_COUNT];
};
void wv_record_source_encode(const struct wv_source_row *row, struct wv_buf *out);
WV_MUST_USE bool wv_record_source_decode(struct wv_slice value, struct wv_source_row *out);

#endif
