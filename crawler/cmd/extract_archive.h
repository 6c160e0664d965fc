#ifndef WV_CRAWLER_CMD_EXTRACT_ARCHIVE_H
#define WV_CRAWLER_CMD_EXTRACT_ARCHIVE_H

#include "crawler/cmd/command.h"

/*
 * `extract --from-archive [--source S] [URL...]`: reads stored captures anew, with this extractor
 * and what their sites taught since, and those that were never read.
 *
 * Two passes over the captures in question. The first teaches the sites what they have not learned
 * from yet, the second reads with the models that stand then; so all captures of a page are read
 * with one model, and a second run finds nothing to do. New readings are rows beside the old ones:
 * what was known before is known at its time for ever.
 *
 * Holds the writer's lock (WV_LOCKED); commits every 200 captures, so a stop loses at most these
 * and the next run goes on. WV_NO: some captures could not be read, each with a line saying why;
 * WV_MISSING: no archive; WV_STOPPED; WV_DAMAGED, WV_FULL, WV_IO from the archive.
 */
WV_MUST_USE enum wv_status wv_extract_from_archive(struct wv_command_context *context,
                                                   struct wv_err *err);

#endif
