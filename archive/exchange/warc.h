#ifndef WV_ARCHIVE_EXCHANGE_WARC_H
#define WV_ARCHIVE_EXCHANGE_WARC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/digest.h"
#include "config/base/limits.h"
#include "config/base/status.h"

/*
 * Reading WARC 1.0 and 1.1 (ISO 28500), plain or gzip, from files that strangers wrote and disks
 * that rotted.
 *
 * A record is given only when it is whole: its length agrees with what follows it, its gzip member
 * decodes to the end, its block has the digest it names. What is not is told to `fault` with its
 * offset, once a damaged place, and reading goes on at the next record: the next "WARC/" in plain
 * bytes and inside a member, the next gzip member that begins with a record elsewhere.
 *
 * Memory: one record and what was read ahead, at most about twice WV_LIMIT_WARC_BLOCK_BYTES; larger
 * records are faults. Time is linear in the file, whatever lengths it states. One thread at a time.
 */
struct wv_warc_reader;

/* Where the bytes come from. `read` gives up to n bytes at an offset, 0 only at the end. */
struct wv_warc_input {
	enum wv_status (*read)(void *context, uint64_t at, unsigned char *to, size_t n, size_t *got,
	                       struct wv_err *err);
	void *context;
	uint64_t bytes;    /* of the whole */
	bool is_gzip_name; /* "x.warc.gz": believed where the first bytes are damaged */
};

typedef void (*wv_warc_fault)(void *context, uint64_t offset, const char *why);

enum wv_warc_type {
	WV_WARC_OTHER, /* a type nobody told us about */
	WV_WARC_WARCINFO,
	WV_WARC_RESPONSE,
	WV_WARC_REQUEST,
	WV_WARC_RESOURCE,
	WV_WARC_REVISIT,
	WV_WARC_METADATA,
	WV_WARC_CONVERSION,
	WV_WARC_CONTINUATION,
};
const char *wv_warc_type_name(enum wv_warc_type type);

enum wv_warc_cut {
	WV_WARC_WHOLE,
	WV_WARC_CUT_LENGTH,
	WV_WARC_CUT_TIME,
	WV_WARC_CUT_DISCONNECT, /* and "unspecified", and what nobody told us about */
};

/* One record. Slices die with the next call on the reader. */
struct wv_warc_record {
	enum wv_warc_type type;
	uint64_t offset;              /* in the file; in gzip that of its member */
	struct wv_slice fields;       /* the header after its version line */
	struct wv_slice id;           /* these without angle brackets; empty where they are missing */
	struct wv_slice target_uri;
	struct wv_slice concurrent_to; /* the first of them */
	struct wv_slice refers_to, refers_to_uri, profile;
	struct wv_slice content_type, address, payload_digest;
	struct wv_time date, refers_to_date; /* WV_TIME_NONE: missing, or none that can be read */
	enum wv_warc_cut cut;
	bool is_segment;              /* one of several that make one block together */
	struct wv_slice block;
};
/* The first value of a field, trimmed; empty where there is none. */
struct wv_slice wv_warc_field(const struct wv_warc_record *record, const char *name);

/* The input's context must outlive the reader. WV_NOMEM. */
WV_MUST_USE enum wv_status wv_warc_reader_new(const struct wv_warc_input *input,
                                              wv_warc_fault fault, void *fault_context,
                                              struct wv_warc_reader **out, struct wv_err *err);
void wv_warc_reader_free(struct wv_warc_reader **reader);
/* WV_NO at the end; WV_IO and the like from the input, WV_NOMEM. Damage is never a status. */
WV_MUST_USE enum wv_status wv_warc_next(struct wv_warc_reader *reader,
                                        struct wv_warc_record *out, struct wv_err *err);
/* Bytes of the input used so far, for progress. */
uint64_t wv_warc_reader_at(const struct wv_warc_reader *reader);

/* Is `text` ("sha256:9f86...", "sha1:3I42...", also hexadecimal) the digest of the bytes?
 * WV_OK, WV_NO; WV_USAGE: an algorithm or a spelling that we do not know. */
enum wv_status wv_warc_digest_check(struct wv_slice text, struct wv_slice bytes);
/* Reads "sha256:..." in hexadecimal or base32. */
bool wv_warc_digest_parse_sha256(struct wv_slice text, struct wv_digest *out);

#endif
