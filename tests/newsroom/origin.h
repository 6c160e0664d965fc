#ifndef TESTS_NEWSROOM_ORIGIN_H
#define TESTS_NEWSROOM_ORIGIN_H

#include "config/base/clock.h"
#include "config/base/status.h"
#include "tests/newsroom/story.h"

/*
 * The publishers on loopback, each on an address of its own, all on one port, by the given clock.
 *
 * Every answer is one JSON line in `log_path`: time (the clock's), real_us (the machine's
 * monotonic clock), address, method, target, status, bytes and sha256 of the body before content
 * coding (200 only), coding, if_none_match, if_modified_since, user_agent, accept_encoding.
 */
struct newsroom_origin_options {
	const struct newsroom_press *press;
	const struct wv_clock *clock;
	const char *log_path; /* NULL: no log; appended to */
	uint16_t port;
};
struct newsroom_origin;

/* WV_IO names an address that cannot be listened on; WV_CREATE for the log. */
WV_MUST_USE enum wv_status newsroom_origin_start(const struct newsroom_origin_options *options,
						 struct newsroom_origin **out, struct wv_err *err);
/* Finishes the answers in flight. */
void newsroom_origin_stop(struct newsroom_origin **origin);

#endif
