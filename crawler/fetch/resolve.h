#ifndef WV_CRAWLER_FETCH_RESOLVE_H
#define WV_CRAWLER_FETCH_RESOLVE_H

#include "config/base/arena.h"
#include "config/base/bytes.h"

/*
 * The first address of a host, numeric, in `arena`; empty where there is none. For politeness by
 * address only: what is connected to is judged where the socket is opened (guard.h). Waits for the
 * name server, so never on the fetch thread. An address is its own answer, without brackets.
 */
struct wv_slice wv_resolve_host(struct wv_arena *arena, struct wv_slice host);

#endif
