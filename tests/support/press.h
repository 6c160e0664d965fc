#ifndef WV_TESTS_SUPPORT_PRESS_H
#define WV_TESTS_SUPPORT_PRESS_H

#include <stdint.h>

#include "config/base/bytes.h"
#include "tests/support/random.h"

/*
 * A press that never stops: articles in Chinese, Japanese and English made of invented words with
 * the frequencies of real ones (Zipf), so that an index of them has the shape of a real one. What
 * it writes is decided by its seed.
 */
enum wv_press_language { WV_PRESS_ZH, WV_PRESS_JA, WV_PRESS_EN, WV_PRESS_LANGUAGES };
struct wv_press;

struct wv_press *wv_press_new(uint64_t seed); /* aborts without memory */
void wv_press_free(struct wv_press **press);
/* "zh" */
const char *wv_press_language_name(enum wv_press_language language);
/* The word with a rank of the language, from 0, the most frequent. */
struct wv_slice wv_press_word(const struct wv_press *press, enum wv_press_language language,
                              uint32_t rank);
#define WV_PRESS_WORDS 20000u
/* A rank as texts have them. */
uint32_t wv_press_rank(struct wv_random *random);
/* Appends about `words` words, as sentences. */
void wv_press_write(const struct wv_press *press, struct wv_random *random,
                    enum wv_press_language language, unsigned words, struct wv_buf *out);
/* Appends a headline. */
void wv_press_headline(const struct wv_press *press, struct wv_random *random,
                       enum wv_press_language language, struct wv_buf *out);

#endif
