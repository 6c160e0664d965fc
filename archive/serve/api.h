#ifndef WV_ARCHIVE_SERVE_API_H
#define WV_ARCHIVE_SERVE_API_H

#include "archive/serve/routes.h"

/*
 * What the pages show, as JSON: /api/... A table in api.c has every address with its parameters;
 * /api/ is its documentation, made from the table, and /api/index.json the same for programs.
 *
 * All but sources and totals take as-of=T and known-at=K; every answer names the K it used ("known_at"), and with it gives
 * the same for ever. Fields are added, never changed in meaning ("v": 1). What is not there is 404
 * {"error","status"}; what was taken down 404, 451 or 410; a question that cannot be read 400; one that
 * the search index is not ready for, or that takes too long, 503.
 */
enum wv_status wv_route_api(struct wv_call *call, struct wv_err *err);

#endif
