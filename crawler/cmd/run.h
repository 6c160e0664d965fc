#ifndef WV_CRAWLER_CMD_RUN_H
#define WV_CRAWLER_CMD_RUN_H

#include "config/settings.h"
#include "crawler/cmd/command.h"
#include "crawler/pipeline.h"

/* What `crawl` and `snap` share: their options over the settings, a run, and its report. */

/* --allow-private and --contact (else WIREVAULT_CONTACT) over the settings. Without settings
 * WV_USAGE where `asks` somebody and nobody is named. */
WV_MUST_USE enum wv_status wv_run_apply_common(struct wv_command_context *context,
                                               struct wv_settings *settings, bool asks,
                                               struct wv_err *err);
/* At least as nice as run.nice says, with all threads that are started later: those who read the
 * archive meanwhile come first. */
void wv_run_be_nice(const struct wv_settings *settings);
/* The arguments as a source made for them; WV_USAGE names one that is no URL. */
WV_MUST_USE enum wv_status wv_run_add_hand_urls(struct wv_command_context *context,
                                                struct wv_err *err);
/* The arguments in request form. */
WV_MUST_USE enum wv_status wv_run_read_urls(struct wv_command_context *context,
                                            const struct wv_slice **urls, size_t *count,
                                            struct wv_err *err);
/* A source of the settings, to be changed by an option. */
struct wv_source *wv_run_edit_source(struct wv_settings *settings, size_t index);
/* Runs with progress on a terminal, watches the stop flag, reports by -v, --json, run.report and
 * run.metrics. Gives the run's status. */
WV_MUST_USE enum wv_status wv_run_go(struct wv_command_context *context,
                                     struct wv_pipeline_options *options, struct wv_err *err);

#endif
