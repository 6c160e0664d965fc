#ifndef WV_CRAWLER_CMD_BUNDLE_H
#define WV_CRAWLER_CMD_BUNDLE_H

#include "crawler/cmd/read.h"

/*
 * The evidence of one capture as a tar file: body, header blocks, the robots.txt that was known
 * then, the proofs of both, the signed head and its time stamps, the article as a readable page,
 * and check.sh, which checks all that on a machine with a shell and openssl.
 *
 * WV_NO with words: no signed head yet, or what wv_read_body says.
 */
WV_MUST_USE enum wv_status wv_bundle_make(struct wv_read *read, const struct wv_capture *capture,
                                          struct wv_buf *out, struct wv_err *err);

#endif
