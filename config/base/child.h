#ifndef WV_CONFIG_BASE_CHILD_H
#define WV_CONFIG_BASE_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * A program of the user's, run to its end: a hook of the settings, a time stamping client. It is
 * started by posix_spawn (never fork: we may have an LMDB environment open), in a process group of
 * its own that is killed when its time is up; it gets `input` on standard input, gives what it
 * writes to standard output, and shares our standard error. Every other descriptor of ours is
 * close-on-exec. SIGPIPE is ignored in this process, as main() does, and not in the child.
 */
struct wv_child {
	const char *const *words;  /* program and arguments, ended by NULL; found by PATH */
	struct wv_slice input;     /* not all of it need be read */
	size_t output_cap;         /* more output than this is WV_LIMIT, and the end of it */
	int64_t timeout_us;        /* of all: start to exit */
	bool (*stop)(void *context); /* asked ten times a second; true ends it; may be NULL */
	void *stop_context;
};

/*
 * WV_OK: exit code 0, all output appended to `out`. WV_REFUSED: another exit code or a signal,
 * WV_UNREACHABLE: time was up, WV_STOPPED, WV_MISSING: no such program, WV_LIMIT, WV_IO; each with
 * words that name the program. Blocks; any thread.
 */
WV_MUST_USE enum wv_status wv_child_run(const struct wv_child *child, struct wv_buf *out,
                                        struct wv_err *err);

#endif
