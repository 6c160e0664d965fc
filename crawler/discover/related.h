#ifndef WV_CRAWLER_DISCOVER_RELATED_H
#define WV_CRAWLER_DISCOVER_RELATED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"
#include "config/topic.h"

/*
 * How sure is it that a link leads to a page on one of a source's topics? By its own words, by what
 * stands around it, and by the page that it is on.
 *
 * Each is independent evidence, so what remains of doubt is multiplied: the link's text leaves .4
 * of it (with two or more different words of the topic .25), its surroundings .7, its page .7. The
 * words of the link alone (.6) thus pass the usual threshold of .5, and so do page and surroundings
 * together (.51); neither of those does alone. A word of the topic's `none` in the link or around
 * it takes the topic out, on the page it takes the page's part out. Pure; any thread.
 */
struct wv_related_topics {
	const struct wv_topic_set *set;
	const size_t *ours; /* of the set's topics, those of the source */
	size_t count;
};

/* What the page says; hits beside `ours`. */
struct wv_related_page {
	const struct wv_topic_hits *hits;
	bool is_on_topic; /* one of them at least */
};
WV_MUST_USE enum wv_status wv_related_read_page(const struct wv_related_topics *topics,
						struct wv_arena *arena, struct wv_slice text,
						struct wv_related_page *out, struct wv_err *err);

struct wv_related_score {
	double score;             /* 0..1 */
	size_t topic;             /* of the set; meaningful above 0 */
	struct wv_slice evidence; /* for people: topic, words, score; in the arena */
};
/* `text` is the link's, `around` what stands before and after it, both plain text. */
WV_MUST_USE enum wv_status wv_related_judge(const struct wv_related_topics *topics,
					    struct wv_arena *arena,
					    const struct wv_related_page *page,
					    struct wv_slice text, struct wv_slice around,
					    struct wv_related_score *out, struct wv_err *err);

#endif
