#ifndef WV_ARCHIVE_EXCHANGE_WARC_STREAM_H
#define WV_ARCHIVE_EXCHANGE_WARC_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/exchange/warc.h"
#include "config/base/bytes.h"
#include "config/base/inflate.h"

/*
 * The bytes of a WARC file, gzip undone: a window over them that grows at its end and is used up
 * at its start. Between warc_stream.c and warc.c.
 *
 * Gzip members follow each other in one stream of decoded bytes, as gzip means it, and each start
 * of a member is remembered while its bytes are in the window. A fault in a member ends the stream
 * there until wv_stream_resync.
 */
struct wv_stream_mark {
	uint64_t decoded; /* where in the decoded stream a member begins ... */
	uint64_t raw;     /* ... and where in the file */
};

struct wv_stream {
	struct wv_warc_input input;
	bool is_gzip;
	uint64_t raw_at;          /* next byte of the input to use */
	struct wv_buf piece;      /* what was read last ... */
	uint64_t piece_at;        /* ... from here */
	struct wv_inflate *member;
	uint64_t member_at;       /* of the member being read, or read last */
	struct wv_buf window;
	size_t used;              /* bytes of the window that are gone */
	uint64_t window_at;       /* decoded offset of the window's first byte */
	struct wv_buf marks;      /* struct wv_stream_mark, in order */
	size_t first_mark;
	bool is_at_end;
	bool has_fault;
	uint64_t fault_at;        /* raw: the member at fault */
	char fault_text[160];
};

WV_MUST_USE enum wv_status wv_stream_init(struct wv_stream *stream,
                                          const struct wv_warc_input *input, struct wv_err *err);
void wv_stream_done(struct wv_stream *stream);

/* What is there. */
struct wv_slice wv_stream_bytes(const struct wv_stream *stream);
/* Reads on until `want` bytes are there, or the end or a fault is met: look at wv_stream_bytes.
 * WV_IO and the like; WV_NOMEM. */
WV_MUST_USE enum wv_status wv_stream_want(struct wv_stream *stream, size_t want,
                                          struct wv_err *err);
void wv_stream_use(struct wv_stream *stream, size_t n);
/* Plain files only: goes on at this offset, without reading what lies between. */
void wv_stream_go(struct wv_stream *stream, uint64_t offset);
/* Where in the file the byte `ahead` bytes into the window lies; in gzip its member. */
uint64_t wv_stream_offset(const struct wv_stream *stream, size_t ahead);
/* Does a gzip member begin `ahead` bytes into the window? */
bool wv_stream_is_member_start(const struct wv_stream *stream, size_t ahead);
/* How far into the window the first member begins that does not begin at its start; SIZE_MAX: none
 * begins in what is there. */
size_t wv_stream_next_member(const struct wv_stream *stream);
/* After a fault: throws the window away and goes on at the next gzip member behind the faulty
 * one's start that decodes to "WARC/". WV_NO: there is none. */
WV_MUST_USE enum wv_status wv_stream_resync(struct wv_stream *stream, struct wv_err *err);

#endif
