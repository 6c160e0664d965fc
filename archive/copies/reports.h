#ifndef WV_ARCHIVE_COPIES_REPORTS_H
#define WV_ARCHIVE_COPIES_REPORTS_H

#include <stddef.h>
#include <stdint.h>

#include "archive/copies/mention.h"
#include "archive/copies/story.h"
#include "config/base/bytes.h"
#include "config/base/status.h"
#include "config/settings.h"

/*
 * Texts on their way to their stories: first every text teaches the names it gives away, then each
 * is read for what it mentions. Holds the built-in names, about 10 MB and a tenth of a second.
 */
struct wv_reports;

struct wv_reports_options {
	const struct wv_settings *settings; /* names of its topics; NULL: none */
	struct wv_slice words;  /* the file of settings' stories.words; empty: none */
	const char *words_path; /* its name, for complaints */
	int64_t window_us;      /* as in wv_stories_options */
};
/* The file of settings' stories.words. WV_MISSING, WV_PERM, WV_IO, WV_LIMIT. */
#define WV_REPORTS_WORDS_MAX (4u * 1024 * 1024)
WV_MUST_USE enum wv_status wv_reports_read_words(const struct wv_settings *settings,
                                                 struct wv_buf *out, struct wv_err *err);
/* WV_NOMEM; WV_SETTINGS names the line of `words`; WV_BUG without ICU's data. */
WV_MUST_USE enum wv_status wv_reports_new(const struct wv_reports_options *options,
                                          struct wv_reports **out, struct wv_err *err);
void wv_reports_free(struct wv_reports **reports); /* also a WV_AUTO handler */

/* First each text through here, then teach, then each again through add, in the same order. */
WV_MUST_USE enum wv_status wv_reports_learn(struct wv_reports *reports, struct wv_slice title,
                                            struct wv_slice text, struct wv_err *err);
/* `count`: of the pairs of names that were learned. */
WV_MUST_USE enum wv_status wv_reports_teach(struct wv_reports *reports, size_t *count,
                                            struct wv_err *err);
WV_MUST_USE enum wv_status wv_reports_add(struct wv_reports *reports,
                                          const struct wv_mention_text *text, struct wv_err *err);
/* As wv_stories_each_link. */
WV_MUST_USE enum wv_status wv_reports_each_link(struct wv_reports *reports, wv_story_link_fn each,
                                                bool (*goes_on)(void *context), void *context,
                                                struct wv_err *err);

/* ---- for an index that goes on where it was ---- */

struct wv_name_pair;
/* As wv_mentions_read, with the names known by now. */
WV_MUST_USE enum wv_status wv_reports_mentions(struct wv_reports *reports, struct wv_arena *arena,
                                               const struct wv_mention_text *text,
                                               struct wv_mentions *out, struct wv_err *err);
/* A pair that was learned before: what further texts say of it is added to it; not yet taught. */
WV_MUST_USE enum wv_status wv_reports_keep_pair(struct wv_reports *reports,
                                                const struct wv_name_pair *pair, struct wv_err *err);
WV_MUST_USE enum wv_status wv_reports_teach_pair(struct wv_reports *reports,
                                                 const struct wv_name_pair *pair, struct wv_err *err);
/* Pairs of the texts learned since the last call: as wv_learned_each_new. */
WV_MUST_USE enum wv_status wv_reports_each_new_pair(struct wv_reports *reports,
                                                    enum wv_status (*each)(void *context,
                                                                           const struct wv_name_pair *pair,
                                                                           struct wv_err *err),
                                                    void *context, struct wv_err *err);
/* Changes with the names that the options give; never 0. */
uint64_t wv_reports_fingerprint(const struct wv_reports_options *options);

#endif
