#ifndef WV_TESTS_SUPPORT_MARKUP_H
#define WV_TESTS_SUPPORT_MARKUP_H

#include <stdbool.h>

#include "config/base/bytes.h"

/*
 * A strict look at a page of ours, as no browser would take it: every element closed in order,
 * every attribute quoted, one <h1>, no heading level left out, no control characters, UTF-8, no
 * address that runs, nothing inline that a Content-Security-Policy forbids, no id twice. False,
 * with the reason and the place on stderr, for the first fault.
 */
bool markup_is_sound(const char *row, struct wv_slice page);

/* The page without its parts labelled as later (class "later"). */
void markup_without_later(struct wv_slice page, struct wv_buf *out);

#endif
