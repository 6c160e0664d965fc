#ifndef WV_ARCHIVE_COPIES_MENTION_H
#define WV_ARCHIVE_COPIES_MENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/copies/lexicon.h"
#include "archive/copies/sound.h"
#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/status.h"

/*
 * What a text mentions that a text in another language about the same event mentions too: places,
 * names, events, quantities, days, Latin words and codes, the sound of foreign names.
 */
enum wv_mention_kind {
	WV_MENTION_PLACE,
	WV_MENTION_NAME,     /* organisations, names of the user's and learned ones */
	WV_MENTION_EVENT,
	WV_MENTION_QUANTITY, /* a number with its unit: money, per cent, or a plain one */
	WV_MENTION_FIGURE,   /* a quantity beside an event word: 35 dead, magnitude 7.1 */
	WV_MENTION_DAY,
	WV_MENTION_CODE,     /* H100, KC-135: letters with digits, or all capitals */
	WV_MENTION_WORD,     /* a capital word of an alphabet */
	WV_MENTION_SOUND,
	WV_MENTION_KINDS
};
const char *wv_mention_kind_name(enum wv_mention_kind kind);

/* The context of a FIGURE that is no number of things but which of them: "third", "11th", "第3". */
#define WV_MENTION_ORDINAL 0xffffu

struct wv_mention {
	uint64_t key;      /* equal where the same thing is mentioned, in whatever language */
	double value;      /* QUANTITY, FIGURE: the number; DAY: days since 1970 */
	uint32_t context;  /* FIGURE: which event; QUANTITY: which unit */
	float salience;    /* 1 in the title, less the later it comes in the text */
	uint8_t kind;
	struct wv_slice shown; /* as the text has it, or the concept's label; lives as text and lexicon do */
};

struct wv_mentions {
	struct wv_mention *items; /* by kind, then key, each key once a kind */
	size_t n;
	uint32_t units; /* of the text, as read: how much there is to mention things in */
};

#define WV_MENTIONS_MAX 192u /* the most salient ones */

struct wv_mention_text {
	struct wv_slice title, text; /* UTF-8 */
	struct wv_slice language;    /* tag; empty: unknown */
	struct wv_time when;         /* its own time; none: no day is told from a weekday or a bare day */
};

/* The result lives in `arena`; slices point into title, text and lexicon. Any thread. WV_NOMEM. */
WV_MUST_USE enum wv_status wv_mentions_read(const struct wv_lexicon *lexicon,
                                            const struct wv_sounds *sounds, struct wv_arena *arena,
                                            const struct wv_mention_text *text,
                                            struct wv_mentions *out, struct wv_err *err);

#endif
