#ifndef WV_ARCHIVE_COPIES_STORY_H
#define WV_ARCHIVE_COPIES_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/copies/mention.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/status.h"

/*
 * Which texts report one event, in whatever languages: a function of the set of texts alone, not of
 * the order in which they came.
 *
 * What two texts mention both counts by its rarity in the set, by where in the texts it stands, and
 * by how much of what each is about it is. Against it count: days between them; how like each text is
 * to others at other times (bulletins of a series: the same places, the same weapons, every night);
 * a figure of one matter that contradicts; and a text in the other's language, nearer in time, that
 * fits better. Sources of the shape: measured on labelled pairs; see the manual page of `related`.
 */
struct wv_stories;

struct wv_stories_options {
	int64_t window_us; /* texts further apart are never linked; 0: WV_STORIES_WINDOW_US */
	/*
	 * How rare things are, and what each text is like, was measured when it came, and is given with
	 * it: for a few texts out of many (archive/search/around.h). Of two texts the later added counts.
	 */
	bool is_weighed;
};
#define WV_STORIES_WINDOW_US INT64_C(345600000000) /* four days */
#define WV_STORIES_MOST      UINT32_C(8000000)

WV_MUST_USE enum wv_status wv_stories_new(const struct wv_stories_options *options,
                                          struct wv_stories **out, struct wv_err *err);
void wv_stories_free(struct wv_stories **stories);
/* Forgets the texts of a weighed set and keeps its memory, for other texts. */
void wv_stories_clear(struct wv_stories *stories);

struct wv_story_text {
	const struct wv_mentions *mentions; /* copied */
	struct wv_slice language;           /* tag; empty: unknown, other than every other */
	struct wv_time when;                /* none: linked with nothing */
	/* Of a weighed set: the rarity of each mention, and the likeness to texts at other times. What
	 * mentions are shown as is then borrowed, for as long as the stories live. */
	const float *rarities;
	float others, own;
};
/* Its number is the count of texts before it. About 1 KB is kept of a text. WV_NOMEM, WV_LIMIT. */
WV_MUST_USE enum wv_status wv_stories_add(struct wv_stories *stories, const struct wv_story_text *text,
                                          struct wv_err *err);

struct wv_story_evidence {
	enum wv_mention_kind kind;
	struct wv_slice shown; /* lives as long as the stories; quantities as one of the texts has them */
	double weight;
};
#define WV_STORY_EVIDENCE_MAX 24u
struct wv_story_link {
	uint32_t a, b;  /* a < b */
	double score;   /* 0.5 to 1: how sure */
	struct wv_story_evidence evidence[WV_STORY_EVIDENCE_MAX]; /* heaviest first */
	size_t evidence_count;
};
typedef enum wv_status (*wv_story_link_fn)(void *context, const struct wv_story_link *link,
                                           struct wv_err *err);

/*
 * All links, by a, then b. After it nothing may be added. `goes_on` (may be NULL) is asked now and
 * then: false is WV_STOPPED.
 */
WV_MUST_USE enum wv_status wv_stories_each_link(struct wv_stories *stories, wv_story_link_fn each,
                                                bool (*goes_on)(void *context), void *context,
                                                struct wv_err *err);

/* ---- a weighed set ---- */

/* How rare a thing is that `count` of `texts` texts mention. */
double wv_story_rarity(const struct wv_mention *mention, uint64_t texts, uint64_t count);
#define WV_STORY_RARITY_MOST 6.0
/* What a text counts that shares it with another, at most. */
double wv_story_weight(const struct wv_mention *mention, double rarity);
/* Texts that share less than this sum of weights with another are never linked with it. */
double wv_story_weight_least(void);
/* The mean likeness of a text to the likest others of the set, in other languages and in its own. */
void wv_stories_likeness(struct wv_stories *stories, uint32_t number, float *others, float *own);
/*
 * The links of one text with the others; `a` is the text, whichever number it has. With `most` (0: all)
 * the best so many are among those given, and few others. `may_link` is asked once of each text that
 * would be linked: false leaves it out altogether.
 */
WV_MUST_USE enum wv_status wv_stories_of(struct wv_stories *stories, uint32_t number, size_t most,
                                         enum wv_status (*may_link)(void *context, uint32_t other,
                                                                    bool *may, struct wv_err *err),
                                         wv_story_link_fn each, void *context, struct wv_err *err);

#endif
