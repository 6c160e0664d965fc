#ifndef WV_CRAWLER_CMD_CAPTURED_H
#define WV_CRAWLER_CMD_CAPTURED_H

#include "crawler/cmd/command.h"
#include "crawler/pipeline.h"

/*
 * What came of the addresses that a run was given: each capture of the run a line, as in list (with
 * --json a record), hops and requisites with it, robots.txt only where it was asked for; and for
 * each address without one, on standard error, why, in the words of `why`. *missing is how many of
 * them there are. With --quiet nothing is said.
 */
WV_MUST_USE enum wv_status wv_captured_print(struct wv_command_context *context,
                                             const struct wv_pipeline_options *options,
                                             const struct wv_pipeline_report *report,
                                             size_t *missing, struct wv_err *err);

#endif
