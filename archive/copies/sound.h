#ifndef WV_ARCHIVE_COPIES_SOUND_H
#define WV_ARCHIVE_COPIES_SOUND_H

#include <stddef.h>
#include <stdint.h>

#include "archive/copies/units.h"

/*
 * How a foreign name sounds, so that "Bogatov", "ボガトフ" and "博加托夫" meet: its consonants in six
 * classes (lips P, teeth T, hissing S, throat K, L and R one, M and N apart), vowels and h left out.
 * Katakana are read as they sound; Han letters only where they are among those that transliterate
 * foreign names, by the sounds they stand for.
 */
#define WV_SOUND_MAX    12u /* consonants kept */
#define WV_SOUND_LEAST  3u  /* fewer say nothing */
#define WV_SOUNDS_MOST  4u

struct wv_sound {
	char consonants[WV_SOUND_MAX + 1]; /* "PKTP" */
};

/* Which sound each Han letter from U+4E00 on stands for, 0 for none: filled once, then read only. */
struct wv_sounds {
	uint8_t of_han[0x5200];
};
void wv_sounds_init(struct wv_sounds *sounds);

/* The ways in which a word of the Latin alphabet may be heard ("Carter" with and without its r's);
 * their number, 0 for one too short. */
size_t wv_sound_of_word(struct wv_slice word, struct wv_sound out[static WV_SOUNDS_MOST]);

/* Units from `at` on that spell one foreign name in Katakana or Han; 0: none begins there. */
size_t wv_sound_run(const struct wv_sounds *sounds, const struct wv_units *units, size_t at);
/* As they sound; false: fewer than WV_SOUND_LEAST consonants. */
bool wv_sound_of_run(const struct wv_sounds *sounds, const struct wv_units *units, size_t at,
                     size_t n, struct wv_sound *out);

#endif
