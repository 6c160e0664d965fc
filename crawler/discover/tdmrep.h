#ifndef WV_CRAWLER_DISCOVER_TDMREP_H
#define WV_CRAWLER_DISCOVER_TDMREP_H

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/limits.h"
#include "config/base/status.h"

/*
 * /.well-known/tdmrep.json: which paths of a site are reserved against text and data mining (TDM
 * Reservation Protocol, W3C community group, "TDM File on the Origin Server"). Its locations are
 * patterns as in robots.txt, so it is turned into rules of that form, in which "Disallow" means
 * reserved. Other than there the first match in sequence decides (wv_robots_check_in_order); without
 * one nothing is said. A value other than 0 and 1 counts as not set: the rule matches and reserves
 * nothing.
 */
#define WV_TDMREP_PATH      "/.well-known/tdmrep.json"
#define WV_TDMREP_BYTES_MAX WV_LIMIT_ROBOTS_BYTES /* of rules; locations behind are not read */

/* The rules as robots.txt for "*", in the arena. WV_BAD_INPUT if the body is no such file. */
WV_MUST_USE enum wv_status wv_tdmrep_rules(struct wv_arena *arena, struct wv_slice body,
					   struct wv_slice *out, struct wv_err *err);

#endif
