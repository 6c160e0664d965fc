#ifndef WV_CONFIG_BASE_CHECKED_H
#define WV_CONFIG_BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Arithmetic on sizes that came from outside: false, and the output left alone, on overflow. */

static inline bool wv_add(size_t a, size_t b, size_t *out)
{
	size_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return false;
	*out = sum;
	return true;
}

static inline bool wv_mul(size_t a, size_t b, size_t *out)
{
	size_t product;

	if (__builtin_mul_overflow(a, b, &product))
		return false;
	*out = product;
	return true;
}

/* Sums of microseconds stop at the ends of the range; they never wrap. */
static inline int64_t wv_add_us(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return a > 0 ? INT64_MAX : INT64_MIN;
	return sum;
}

static inline bool wv_to_u32(uint64_t value, uint32_t *out)
{
	if (value > UINT32_MAX)
		return false;
	*out = (uint32_t)value;
	return true;
}

static inline bool wv_to_u16(uint64_t value, uint16_t *out)
{
	if (value > UINT16_MAX)
		return false;
	*out = (uint16_t)value;
	return true;
}

static inline uint64_t wv_min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline size_t wv_min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static inline size_t wv_max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

#endif
