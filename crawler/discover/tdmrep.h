#ifndef WV_CRAWLER_DISCOVER_TDMREP_H
#define WV_CRAWLER_DISCOVER_TDMREP_H

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * /.well-known/tdmrep.json: which paths of a site are reserved against text and data mining (TDM
 * Reservation Protocol, W3C community group). Its locations are patterns as in RFC 9309, so it is
 * turned into rules of that form, in which "Disallow" means reserved; the longest match decides.
 */
#define WV_TDMREP_PATH      "/.well-known/tdmrep.json"
#define WV_TDMREP_RULES_MAX 1000u
#define WV_TDMREP_BYTES_MAX (64u * 1024)

/* The rules as robots.txt for "*", in the arena. WV_BAD_INPUT if the body is no such file. */
WV_MUST_USE enum wv_status wv_tdmrep_rules(struct wv_arena *arena, struct wv_slice body,
					   struct wv_slice *out, struct wv_err *err);

#endif
