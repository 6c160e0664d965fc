#ifndef WV_CONFIG_TOPIC_H
#define WV_CONFIG_TOPIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * Topics: words that a text has or must not have, in any language.
 *
 * Words and text are folded (case, width, traditional Han) before they meet. A word of an
 * alphabet is found as a whole word, or words in a row whatever stands between them
 * ("artificial-intelligence"); a word of a script without spaces anywhere. "{TSLA}" is a ticker:
 * looked for as it is written, case and all, as a token of its own, so not in "AT&T" for {T}.
 *
 * All topics of the settings make one automaton: a text is read twice, however many words there
 * are (once folded, once as it is).
 */
struct wv_topic_words {
	struct wv_slice name;
	const struct wv_slice *any;
	size_t any_count;
	const struct wv_slice *none;
	size_t none_count;
};

/* Can the word be looked for? WV_USAGE: nothing is left of it once folded, an empty ticker, or
 * longer than WV_LIMIT_TOPIC_WORD_BYTES. */
WV_MUST_USE enum wv_status wv_topic_word_check(struct wv_slice word, struct wv_err *err);

/* Never changes once made, so any thread may match with it. Copies what it needs. */
struct wv_topic_set;
/* WV_USAGE names a word as above; WV_LIMIT above WV_LIMIT_TOPIC_BYTES of words. */
WV_MUST_USE enum wv_status wv_topic_set_new(const struct wv_topic_words *topics, size_t count,
					    struct wv_topic_set **out, struct wv_err *err);
void wv_topic_set_free(struct wv_topic_set **set);
size_t wv_topic_set_count(const struct wv_topic_set *set);
struct wv_slice wv_topic_set_name(const struct wv_topic_set *set, size_t topic);

struct wv_topic_hits {
	uint32_t words;       /* different `any` words met */
	uint32_t occurrences; /* of them all */
	uint32_t forbidden;   /* occurrences of `none` words */
};
static inline bool wv_topic_matches(const struct wv_topic_hits *hits)
{
	return hits->words > 0 && hits->forbidden == 0;
}

/* Fills hits[wv_topic_set_count]. `scratch` is used for the folded text and left with it. Time is
 * linear in the text (occurrences of words within words apart). WV_NOMEM. */
WV_MUST_USE enum wv_status wv_topic_set_match(const struct wv_topic_set *set,
					      struct wv_arena *scratch, struct wv_slice text,
					      struct wv_topic_hits *hits, struct wv_err *err);

#endif
