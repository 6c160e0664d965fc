#ifndef WV_ARCHIVE_SERVE_LISTEN_H
#define WV_ARCHIVE_SERVE_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

#include "config/base/bytes.h"
#include "config/base/status.h"

/* Addresses as people write them, and the socket that listens on one. */

#define WV_LISTEN_TEXT_MAX 64
/*
 * "127.0.0.1:8080", "[::1]:8080", "localhost:8080" (127.0.0.1), ":8080" (every address, of both
 * families where there is IPv6); port 0 is any free one. `text` says what came of it. WV_USAGE: no
 * such address; WV_PERM; WV_CONFLICT: in use; WV_IO. The descriptor is non-blocking, closed on
 * exec.
 */
WV_MUST_USE enum wv_status wv_listen_open(const char *address, int *fd,
					  char text[WV_LISTEN_TEXT_MAX], struct wv_err *err);

/* A copy of a socket that listens already, got from whoever ran before us or started us. WV_USAGE:
 * it does not listen. */
WV_MUST_USE enum wv_status wv_listen_adopt(int listening, int *fd, char text[WV_LISTEN_TEXT_MAX],
                                           struct wv_err *err);

struct sockaddr;
/* The numeric address without its port; an IPv4 one that came through IPv6 as IPv4. "" for other
 * families. */
void wv_listen_print_peer(const struct sockaddr *peer, char text[WV_LISTEN_TEXT_MAX]);
/* A numeric address of either family, and nothing else. */
bool wv_listen_is_address(struct wv_slice text);
/* Within 127.0.0.0/8, or ::1. */
bool wv_listen_is_loopback(const char *peer);

#endif
