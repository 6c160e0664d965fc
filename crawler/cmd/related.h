#ifndef WV_CRAWLER_CMD_RELATED_H
#define WV_CRAWLER_CMD_RELATED_H

#include "archive/copies/learned.h"
#include "archive/copies/lexicon.h"
#include "archive/copies/mention.h"
#include "archive/copies/sound.h"
#include "archive/copies/story.h"
#include "config/base/json.h"
#include "crawler/cmd/command.h"

/*
 * What `related` over texts from anywhere and `related` over the archive share: the names that the
 * settings and the texts themselves teach, and how a link is printed.
 */
struct wv_related {
	struct wv_command_context *c;
	struct wv_lexicon *lexicon;
	struct wv_sounds *sounds;
	struct wv_learned *learned;
	struct wv_stories *stories;
	struct wv_arena *scratch; /* emptied before each text */
};

/* With the names of the settings, where they are loaded. */
WV_MUST_USE enum wv_status wv_related_open(struct wv_command_context *context,
                                           struct wv_related *related, struct wv_err *err);
void wv_related_done(struct wv_related *related); /* also a WV_AUTO handler */

/* First each text through here, then teach, then each again through add, in the same order. */
WV_MUST_USE enum wv_status wv_related_learn(struct wv_related *related, struct wv_slice title,
                                            struct wv_slice text, struct wv_err *err);
WV_MUST_USE enum wv_status wv_related_teach(struct wv_related *related, struct wv_err *err);
WV_MUST_USE enum wv_status wv_related_add(struct wv_related *related,
                                          const struct wv_mention_text *text, struct wv_err *err);

/* "score" and "evidence" of an open object. */
void wv_related_json_link(struct wv_json_writer *w, const struct wv_story_link *link);

/* `related --input FILE`. */
WV_MUST_USE enum wv_status wv_related_input(struct wv_command_context *context, const char *path,
                                            struct wv_err *err);
/* `related URL|ID`. */
WV_MUST_USE enum wv_status wv_related_archive(struct wv_command_context *context,
                                              const char *argument, struct wv_err *err);

#endif
