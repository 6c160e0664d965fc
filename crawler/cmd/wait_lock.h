#ifndef WV_CRAWLER_CMD_WAIT_LOCK_H
#define WV_CRAWLER_CMD_WAIT_LOCK_H

#include "archive/store/lock.h"
#include "crawler/cmd/command.h"

/* The row of --wait in the options of a command that writes. */
#define WV_WAIT_LOCK_OPTION                                                                         \
	{                                                                                           \
		"wait", 0, "D",                                                                     \
			"wait so long while a crawl or another command writes, then exit 75 "       \
			"(default: 0s)",                                                            \
			false, false                                                                \
	}

/*
 * The writer's lock under the command's name; while somebody else has it, for as long as --wait
 * says. WV_LOCKED after that; WV_STOPPED when interrupted; others as wv_lock_take.
 */
WV_MUST_USE enum wv_status wv_wait_lock(struct wv_command_context *context, bool create,
                                        struct wv_lock **out, struct wv_err *err);

#endif
