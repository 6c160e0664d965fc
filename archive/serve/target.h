#ifndef WV_ARCHIVE_SERVE_TARGET_H
#define WV_ARCHIVE_SERVE_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"

/*
 * What stands between GET and HTTP/1.1 (RFC 9112 3.2). Pure; any thread.
 *
 * Archived addresses follow paths raw ("/web/2024/http://host/a%2Fb?c"), so nothing here decodes a
 * path, joins slashes or resolves dots: a route compares bytes.
 */

/* Origin form: starts with "/" and holds no control character and no space. Bytes above 0x7f pass:
 * what they mean is the route's. */
bool wv_target_is_origin_form(struct wv_slice target);
/* At the first "?"; `query` is empty where there is none. */
void wv_target_split(struct wv_slice target, struct wv_slice *path, struct wv_slice *query);
/*
 * The nth value (from 0) of `name` in a query of the form that HTML sends: "+" is a space, names
 * and values are percent-decoded, a "%" without two digits stands for itself, a name without "="
 * has the empty value. False: there is none, or no memory in `arena`, where the value lies.
 */
bool wv_target_parameter(struct wv_slice query, const char *name, size_t nth,
			 struct wv_arena *arena, struct wv_slice *value);

#endif
