#ifndef WV_ARCHIVE_EXCHANGE_WARC_WRITE_H
#define WV_ARCHIVE_EXCHANGE_WARC_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/exchange/range.h"
#include "config/base/digest.h"

/*
 * Captures as WARC 1.1 (ISO 28500:2017), a gzip member a record.
 *
 *   an answer                      response, and its request
 *   304                            revisit, server-not-modified
 *   the same body again            revisit, identical-payload-digest, where the first is in the file
 *   no answer                      metadata, application/warc-fields
 *
 * The payload is the encoded bytes where the archive has them, else the decoded body; fields that
 * no longer describe it are renamed (message.h). Digests are "sha256:" in hexadecimal, the payload's
 * of what stands after the header block. Record IDs are made of what the record says, and nothing
 * in the file tells when or where it was written: the same archive, range, T and K give the same
 * bytes on every machine, save where `compact` let encoded bytes go.
 *
 * What import needs to give back the very capture, and other readers pass over:
 *   Wirevault-Undone          "transfer", "content": see message.h
 *   Wirevault-Encoded-Digest, Wirevault-Encoded-Length   of encoded bytes that were not kept
 *   Wirevault-Body            digest and length of the body that a 304 stands for, or that
 *                             was not to be kept; "none" where there is none
 *   Wirevault-Flags           those of enum wv_capture_flag that nothing else tells
 *   Wirevault-Source          name
 *   Wirevault-Failed          why there was no answer
 */

#define WV_WARC_FLAGS_TOLD                                                                         \
	(WV_CAPTURE_HEADERS_REBUILT | WV_CAPTURE_NOARCHIVE | WV_CAPTURE_NOINDEX |                  \
	 WV_CAPTURE_NOSNIPPET | WV_CAPTURE_TDM_RESERVED | WV_CAPTURE_TLS_UNVERIFIED |                \
	 WV_CAPTURE_DATED)

/* Takes the file's bytes. */
struct wv_warc_sink {
	enum wv_status (*add)(void *context, struct wv_slice bytes, struct wv_err *err);
	void *context;
};

struct wv_warc_writer;
struct wv_warc_writer_options {
	struct wv_warc_sink sink;
	struct wv_slice name;     /* WARC-Filename */
	struct wv_store *store;
	const struct wv_range_query *range; /* what else is in the file */
	bool is_plain;            /* no gzip */
	bool is_decoded;          /* decoded bodies also where the encoded bytes are kept ... */
	bool is_for_replay;       /* ... or where they are not gzip, which all replays undo (not deflate) */
};
WV_MUST_USE enum wv_status wv_warc_writer_new(const struct wv_warc_writer_options *options,
                                              struct wv_warc_writer **out, struct wv_err *err);
void wv_warc_writer_free(struct wv_warc_writer **writer); /* also a WV_AUTO handler */
/* The file's first record. */
WV_MUST_USE enum wv_status wv_warc_write_info(struct wv_warc_writer *writer, struct wv_err *err);

/* Where a capture's record went, for an index. */
struct wv_warc_place {
	uint64_t offset, bytes;
	bool is_revisit;
	bool is_answer;         /* false: nothing that a replay could show */
	bool has_payload;
	struct wv_digest payload;
};
/* The records of one capture. WV_DAMAGED names it: nothing was written of it, nor with WV_NO, where
 * its bytes were pruned. */
WV_MUST_USE enum wv_status wv_warc_write_capture(struct wv_warc_writer *writer,
                                                 struct wv_txn *txn, struct wv_arena *arena,
                                                 const struct wv_capture *capture,
                                                 struct wv_warc_place *place, struct wv_err *err);

#endif
