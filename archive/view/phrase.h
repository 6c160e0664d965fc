#ifndef WV_ARCHIVE_VIEW_PHRASE_H
#define WV_ARCHIVE_VIEW_PHRASE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"

/*
 * The words of the pages in the languages of the interface. phrases.def has one row a phrase; the
 * compiler sees to it that none lacks a language. Phrases are ours and contain no markup; a "%s"
 * is the place of one value, which the caller escapes. "one|many": a phrase with a number has two
 * forms where the language has.
 */
enum wv_tongue { WV_TONGUE_EN, WV_TONGUE_ZH, WV_TONGUE_JA, WV_TONGUE_COUNT };

enum wv_phrase {
#define WV_PHRASE(name, en, zh, ja) WV_PHRASE_##name,
#include "archive/view/phrases.def"
#undef WV_PHRASE
	WV_PHRASE_COUNT
};

const char *wv_phrase(enum wv_tongue tongue, enum wv_phrase phrase);
/* What stands before and after the "%s"; the whole and nothing where there is none. */
void wv_phrase_split(enum wv_tongue tongue, enum wv_phrase phrase, struct wv_slice *before,
                     struct wv_slice *after);
/* The same for a number, in the form that fits it. False: that form says it in words. */
bool wv_phrase_split_count(enum wv_tongue tongue, enum wv_phrase phrase, uint64_t count,
                           struct wv_slice *before, struct wv_slice *after);
/* BCP 47: "en", "zh-Hans", "ja". */
const char *wv_tongue_tag(enum wv_tongue tongue);
/* Its name in itself: "English", "中文", "日本語". */
const char *wv_tongue_name(enum wv_tongue tongue);
/* By a tag ("zh", "zh-CN", "ja-JP"); false: not ours. */
bool wv_tongue_of_tag(struct wv_slice tag, enum wv_tongue *out);
/* By Accept-Language (RFC 9110 12.5.4: weights, 0 refuses); the first of `allowed` (bits; 0: all)
 * where nothing fits. */
enum wv_tongue wv_tongue_choose(struct wv_slice accept_language, unsigned allowed);

#endif
