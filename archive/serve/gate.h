#ifndef WV_ARCHIVE_SERVE_GATE_H
#define WV_ARCHIVE_SERVE_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/status.h"

/*
 * Lets one through at a time: for what takes so much memory that as many at once as there are workers
 * would take too much. Any thread.
 */
struct wv_gate;

WV_MUST_USE enum wv_status wv_gate_new(struct wv_gate **out, struct wv_err *err);
void wv_gate_free(struct wv_gate **gate); /* nobody is in it; also a WV_AUTO handler */
/* Waits for so long at most, of real time; false: another is still in it. */
bool wv_gate_enter(struct wv_gate *gate, int64_t patience_us);
void wv_gate_leave(struct wv_gate *gate);

#endif
