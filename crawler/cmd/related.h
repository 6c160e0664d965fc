#ifndef WV_CRAWLER_CMD_RELATED_H
#define WV_CRAWLER_CMD_RELATED_H

#include "archive/copies/reports.h"
#include "archive/copies/story.h"
#include "config/base/json.h"
#include "crawler/cmd/command.h"

/*
 * What `related` over texts from anywhere and `related` over the archive share: the names that the
 * settings give, and how a link is printed.
 */

/* The names of the settings, where they are loaded; lies in the context's arena. */
WV_MUST_USE enum wv_status wv_related_names(struct wv_command_context *context,
                                            struct wv_reports_options *out, struct wv_err *err);
/* With -v how many pairs of names the texts taught. */
void wv_related_note_names(const struct wv_command_context *context, size_t count);

/* "score" and "evidence" of an open object. */
void wv_related_json_link(struct wv_json_writer *w, double score,
                          const struct wv_story_evidence *evidence, size_t count);

/* `related --input FILE`. */
WV_MUST_USE enum wv_status wv_related_input(struct wv_command_context *context, const char *path,
                                            struct wv_err *err);
/* `related URL|ID`. */
WV_MUST_USE enum wv_status wv_related_archive(struct wv_command_context *context,
                                              const char *argument, struct wv_err *err);

#endif
