#include "archive/copies/fingerprint.h"

#include <stdlib.h>

#include "archive/copies/fingerprint_inner.h"
#include "config/base/limits.h"

#define SHINGLE_UNITS  8u
#define CONTEXT_TOKENS 3u
#define FIGURE_MAX     0xffffffu /* kept in three bytes: compared only where much else is shared */

static int compare_u64(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

/* The shingle that begins at token i, or false at the end of the text. */
static bool shingle_at(const struct wv_fingerprint_reading *r, size_t i, uint64_t *hash)
{
	uint32_t units = 0;
	uint64_t h = 0;

	for (; i < r->count && units < SHINGLE_UNITS; i++) {
		units += r->tokens[i].units;
		h = (h ^ r->tokens[i].hash) * UINT64_C(0x9fb21c651e98df25);
		h ^= h >> 29;
	}
	*hash = wv_fingerprint_mix(h) & WV_FINGERPRINT_HASH_MAX;
	return units >= SHINGLE_UNITS;
}

/* Equal hashes keep their first place. Returns how many remain; the input is sorted. */
static size_t drop_repeats(uint64_t *entries, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (kept == 0 || wv_fingerprint_hash(entries[kept - 1]) != wv_fingerprint_hash(entries[i]))
			entries[kept++] = entries[i];
	return kept;
}

static bool is_at_level(uint64_t entry, uint32_t level)
{
	return (wv_fingerprint_hash(entry) & ((UINT64_C(1) << level) - 1)) == 0;
}

static uint32_t level_for(const uint64_t *entries, size_t n)
{
	uint32_t count[WV_FINGERPRINT_LEVELS] = {0}, level = 0;

	for (size_t i = 0; i < n; i++)
		for (uint32_t l = 0; l < WV_FINGERPRINT_LEVELS && is_at_level(entries[i], l); l++)
			count[l]++;
	while (level + 1 < WV_FINGERPRINT_LEVELS && count[level] > WV_FINGERPRINT_ENTRIES)
		level++;
	return level;
}

static enum wv_status make_entries(struct wv_fingerprint_reading *r, struct wv_fingerprint *out)
{
	uint64_t *entries = wv_arena_alloc(r->arena, (r->count + 1) * sizeof(*entries));
	size_t n = 0, kept = 0;

	if (!entries)
		return wv_err_set(r->err, WV_NOMEM, "out of memory for a fingerprint");
	for (size_t i = 0; i < r->count; i++) {
		uint64_t hash;

		if (!shingle_at(r, i, &hash))
			break;
		entries[n++] = hash << 8 | i * WV_FINGERPRINT_BUCKETS / r->count;
	}
	out->shingles = (uint32_t)n;
	out->level = r->is_whole ? 0 : level_for(entries, n);
	/* Sampled before it is sorted: sorting is what costs. */
	for (size_t i = 0; i < n; i++)
		if (is_at_level(entries[i], out->level))
			entries[kept++] = entries[i];
	qsort(entries, kept, sizeof(*entries), compare_u64);
	kept = drop_repeats(entries, kept);
	for (size_t i = 0; i < kept; i++)
		for (uint32_t l = out->level; l < WV_FINGERPRINT_LEVELS && is_at_level(entries[i], l);
		     l++)
			out->count[l]++;
	for (uint32_t l = 0; l < out->level; l++)
		out->count[l] = out->count[out->level];
	out->entries = entries;
	out->entry_count = (uint32_t)kept;
	return WV_OK;
}

static int compare_figures(const void *a, const void *b)
{
	const struct wv_figure *x = a, *y = b;

	if (x->context != y->context)
		return x->context < y->context ? -1 : 1;
	return x->value < y->value ? -1 : x->value > y->value;
}

/* The tokens before a number that are none, as far as its line goes. */
static uint32_t context_of(const struct wv_fingerprint_reading *r, size_t line_start, size_t at)
{
	uint64_t h = 1;
	uint32_t left = CONTEXT_TOKENS;

	while (at-- > line_start && left > 0)
		if (!r->tokens[at].is_number) {
			h = (h ^ r->tokens[at].hash) * UINT64_C(0x9fb21c651e98df25);
			h ^= h >> 29;
			left--;
		}
	return left == CONTEXT_TOKENS ? 0 : ((uint32_t)(wv_fingerprint_mix(h) >> 16) & FIGURE_MAX) | 1u;
}

/* Contexts that the text uses for two values say nothing; only the first ones are looked at. */
static enum wv_status make_figures(struct wv_fingerprint_reading *r, struct wv_fingerprint *out)
{
	struct wv_figure *figures = WV_ARENA_ARRAY(r->arena, struct wv_figure, WV_FINGERPRINT_FIGURES);
	size_t line = 0, start = 0;
	uint32_t n = 0, kept = 0;

	if (!figures)
		return wv_err_set(r->err, WV_NOMEM, "out of memory for a fingerprint");
	for (size_t i = 0; i < r->count && n < WV_FINGERPRINT_FIGURES; i++) {
		uint64_t value = 0;
		uint32_t context;

		while (line < r->line_count && i >= r->line_ends[line])
			start = r->line_ends[line++];
		if (!r->tokens[i].is_number)
			continue;
		context = context_of(r, start, i);
		value = r->tokens[i].hash;
		while (r->tokens[i].goes_on && i + 1 < r->count && r->tokens[i + 1].is_number) {
			i++;
			value = wv_fingerprint_mix(value * 31 + r->tokens[i].hash);
		}
		if (context)
			figures[n++] = (struct wv_figure){context, (uint32_t)(value >> 20) & FIGURE_MAX};
	}
	qsort(figures, n, sizeof(*figures), compare_figures);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t end = i + 1;
		bool is_one = true;

		for (; end < n && figures[end].context == figures[i].context; end++)
			is_one &= figures[end].value == figures[i].value;
		if (is_one)
			figures[kept++] = figures[i];
		i = end - 1;
	}
	out->figures = figures;
	out->figure_count = kept;
	return WV_OK;
}

static enum wv_status make(struct wv_fingerprint_reading *r, struct wv_slice text,
                           struct wv_fingerprint *out)
{
	struct wv_fingerprint made = {.level = 0};
	enum wv_status st = wv_fingerprint_read(r, text, &made.units);

	if (st != WV_OK)
		return st;
	made.exact = wv_digest_of(wv_slice(r->folded, r->folded_count));
	st = make_entries(r, &made);
	if (st == WV_OK)
		st = make_figures(r, &made);
	if (st == WV_OK)
		*out = made;
	return st;
}

enum wv_status wv_fingerprint_make(struct wv_arena *arena, struct wv_slice text,
                                   struct wv_fingerprint *out, struct wv_err *err)
{
	struct wv_fingerprint_reading r = {.arena = arena, .err = err};

	if (text.n > WV_LIMIT_BODY_BYTES)
		return wv_err_set(err, WV_LIMIT, "text of %zu bytes is too large", text.n);
	return make(&r, text, out);
}

enum wv_status wv_fingerprint_make_whole(struct wv_arena *arena, struct wv_slice text,
                                         struct wv_fingerprint *out, struct wv_err *err)
{
	struct wv_fingerprint_reading r = {.arena = arena, .err = err, .is_whole = true};

	if (text.n > WV_LIMIT_BODY_BYTES)
		return wv_err_set(err, WV_LIMIT, "text of %zu bytes is too large", text.n);
	return make(&r, text, out);
}

bool wv_fingerprint_copy(struct wv_arena *arena, const struct wv_fingerprint *from,
                         struct wv_fingerprint *out)
{
	struct wv_slice entries = wv_arena_copy(
		arena, wv_slice(from->entries, from->entry_count * sizeof(*from->entries)));
	struct wv_slice figures = wv_arena_copy(
		arena, wv_slice(from->figures, from->figure_count * sizeof(*from->figures)));

	if ((from->entry_count && !entries.p) || (from->figure_count && !figures.p))
		return false;
	*out = *from;
	out->entries = (const void *)entries.p;
	out->figures = (const void *)figures.p;
	return true;
}
