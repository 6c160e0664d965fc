#ifndef WV_TESTS_SUPPORT_RANDOM_H
#define WV_TESTS_SUPPORT_RANDOM_H

#include <stdint.h>

/* SplitMix64: the same numbers for the same seed everywhere, so that a failure can be repeated. */
struct wv_random {
	uint64_t state;
};

static inline uint64_t wv_random_next(struct wv_random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* 0 .. below - 1. */
static inline uint64_t wv_random_below(struct wv_random *random, uint64_t below)
{
	return wv_random_next(random) % below;
}

/* A cheaper one, of 31 bits, for texts of words by number. */
static inline uint32_t wv_roll(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

#endif
