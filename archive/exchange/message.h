#ifndef WV_ARCHIVE_EXCHANGE_MESSAGE_H
#define WV_ARCHIVE_EXCHANGE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * The HTTP message in a WARC record's block, and how its header and its body agree.
 *
 * The archive keeps a server's header block as it came and the body without transfer coding,
 * perhaps without content coding. In a WARC the header must describe the bytes that follow it, so
 * a field that no longer does goes under another name: "X-Archive-Orig-Transfer-Encoding". Pure; any
 * thread.
 */

/* Header block with its empty line, then what follows. False: no line "HTTP/..." at the start. A
 * block without an empty line is all header. */
bool wv_message_split(struct wv_slice block, struct wv_slice *head, struct wv_slice *rest);
/* First value of a field; empty where there is none. The first line is no field. */
struct wv_slice wv_message_field(struct wv_slice head, const char *name);

/* What was undone before the body came here. */
struct wv_message_undone {
	bool transfer, content;
};
/* Appends `head` with the fields that no longer hold under their other names. */
void wv_message_write_head(struct wv_slice head, struct wv_message_undone undone,
                           struct wv_buf *out);
/* The other way round, with the same `undone`, which a field of the record says: others use these
 * names too, and then they are the server's own. */
void wv_message_read_head(struct wv_slice head, struct wv_message_undone undone,
                          struct wv_buf *out);
#define WV_MESSAGE_UNDONE_FIELD "Wirevault-Undone" /* "transfer", "content", "transfer, content" */

/* Does the header name a transfer coding, and the chunked one at the end? */
bool wv_message_is_chunked(struct wv_slice head);
/*
 * Appends the content of chunks (RFC 9112 7.1); extensions and trailers are dropped. WV_BAD_INPUT:
 * it does not begin with a chunk, nothing was appended (some writers undo the coding and leave the
 * field); WV_NO: it ends before the last chunk, what there was is appended; WV_LIMIT, WV_NOMEM.
 */
WV_MUST_USE enum wv_status wv_message_dechunk(struct wv_slice rest, struct wv_buf *out,
                                              struct wv_err *err);

#endif
