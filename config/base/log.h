#ifndef WV_CONFIG_BASE_LOG_H
#define WV_CONFIG_BASE_LOG_H

#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * Log lines for whoever runs the program: a short fixed message, then key=value pairs.
 * error: someone must act; warn: we lost or skipped something; info: milestones; debug: for us.
 * Foreign text is escaped and cut; a value with spaces is quoted. Any thread; one write a line.
 */
enum wv_log_level { WV_LOG_ERROR, WV_LOG_WARN, WV_LOG_INFO, WV_LOG_DEBUG };

/* Process-wide; the level starts at WV_LOG_WARN, the descriptor at 2 (-1 drops all lines). */
void wv_log_set_level(enum wv_log_level level);
void wv_log_set_descriptor(int descriptor);
bool wv_log_is_on(enum wv_log_level level);
/* Called around each line, e.g. to clear and redraw a progress line; NULL for none. */
void wv_log_set_around(void (*before)(void *context), void (*after)(void *context), void *context);

/* wv_log(WV_LOG_WARN, "fetch failed", "url", url, "status", wv_slice_of("timeout"), NULL):
 * pairs of const char *key and struct wv_slice value, ended by NULL. */
void wv_log(enum wv_log_level level, const char *message, ...) __attribute__((sentinel));

#endif
