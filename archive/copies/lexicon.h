#ifndef WV_ARCHIVE_COPIES_LEXICON_H
#define WV_ARCHIVE_COPIES_LEXICON_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/copies/units.h"
#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * Names and event words in many languages, each leading to what it means: "Moscow", "俄方" and
 * "russische" all to the territory RU. Built from CLDR (names.h), lexicon_words.def, the user's
 * words, and pairs learned from texts.
 */
enum wv_concept_kind {
	WV_CONCEPT_PLACE,
	WV_CONCEPT_CITY,
	WV_CONCEPT_NAME,  /* an organisation; a name of the user's; a learned one */
	WV_CONCEPT_EVENT,
	WV_CONCEPT_CURRENCY,
	WV_CONCEPT_MONTH,
	WV_CONCEPT_WEEKDAY,
	WV_CONCEPT_NUMBER, /* "twelve": label "12" */
	WV_CONCEPT_SCALE,  /* "million": label "1e6" */
};

struct wv_concept {
	enum wv_concept_kind kind;
	struct wv_slice label; /* "RU", "Europe/Berlin", "earthquake", "USD", "7" */
	uint32_t spelling;     /* of a learned name: symbol of the word it is written as where it is not known; 0 */
};

struct wv_lexicon;
/* CLDR and lexicon_words.def. WV_NOMEM; WV_BUG without ICU's data. About 10 MB. */
WV_MUST_USE enum wv_status wv_lexicon_new(struct wv_lexicon **out, struct wv_err *err);
void wv_lexicon_free(struct wv_lexicon **lexicon);

/*
 * Words parted by '|', as in lexicon_words.def: a trailing * takes any ending, "de:" before one says
 * its language, all capitals are asked for where written. A name that leads somewhere already keeps its meaning. Not while another
 * thread matches. WV_NOMEM; WV_USAGE: nothing is left of a word.
 */
WV_MUST_USE enum wv_status wv_lexicon_add(struct wv_lexicon *lexicon, enum wv_concept_kind kind,
                                          struct wv_slice label, struct wv_slice words,
                                          struct wv_err *err);
/* The name that a text taught is met as this word where it was not taught: both are one mention. */
void wv_lexicon_spell(struct wv_lexicon *lexicon, struct wv_slice label, uint32_t spelling);
/*
 * A file of the user's, one row a line: KIND<TAB>LABEL<TAB>WORDS, KIND of place, name, event; empty
 * lines and those that begin with # are passed over. WV_SETTINGS names the line.
 */
WV_MUST_USE enum wv_status wv_lexicon_add_file(struct wv_lexicon *lexicon, struct wv_slice content,
                                               const char *path, struct wv_err *err);

/*
 * The longest name that begins at unit `at`: its concept and how many units it takes; NULL: none.
 * `units->language` leaves out the words that are of another language only.
 */
const struct wv_concept *wv_lexicon_match(const struct wv_lexicon *lexicon,
                                          const struct wv_units *units, size_t at, size_t *taken);
/* Index of the concept with this label; UINT32_MAX: there is none. */
uint32_t wv_lexicon_find(const struct wv_lexicon *lexicon, enum wv_concept_kind kind,
                         struct wv_slice label);
/* Index of a concept, stable while the lexicon lives; below wv_lexicon_count. */
struct wv_slice wv_lexicon_label(const struct wv_lexicon *lexicon, uint32_t index);
uint32_t wv_lexicon_index(const struct wv_lexicon *lexicon, const struct wv_concept *concept);

#endif
