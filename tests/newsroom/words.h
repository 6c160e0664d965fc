#ifndef TESTS_NEWSROOM_WORDS_H
#define TESTS_NEWSROOM_WORDS_H

#include "config/base/bytes.h"

/* What the publishers' pages say around an article, in their languages. C strings, UTF-8. */
struct newsroom_words {
	const char *home, *latest, *about, *search, *older, *newer;
	const char *by, *published, *updated, *source, *category;
	const char *related, *most_read, *more_from, *advertisement;
	const char *share, *share_items; /* the items as list items */
	const char *video_controls;      /* list items of the player */
	const char *share_video;
	const char *newsletter, *newsletter_button;
	const char *cookies, *accept, *reject;
	const char *comments, *comment_one, *comment_two;
	const char *corrected; /* "This article was corrected on" */
	const char *paywall, *consent, *credit_note;
	const char *about_text, *rights;
	const char *not_found, *gone;
};

/* By language tag: "en-GB", "zh-CN", "zh-Hant", "ja"; English for any other. */
const struct newsroom_words *newsroom_words_of(struct wv_slice language);

#endif
