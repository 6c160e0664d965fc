#ifndef WV_ARCHIVE_SERVE_WRAPPER_H
#define WV_ARCHIVE_SERVE_WRAPPER_H

#include "archive/serve/memento.h"

/*
 * The page of ours around an archived one: when and what it is, the ways to its neighbours, its
 * clean article and its bytes, and a sandboxed frame with the page itself.
 */
WV_MUST_USE enum wv_status wv_wrapper(struct wv_call *call, const struct wv_original *original,
                                      const struct wv_capture *capture, struct wv_err *err);
/* The page for an address that was never captured: leads to its history. */
void wv_wrapper_missing(struct wv_call *call, struct wv_slice url);

#endif
