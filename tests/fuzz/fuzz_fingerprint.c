/* Any bytes as a text: the fingerprint keeps its promises, and says the same of itself. */
#include "archive/copies/fingerprint.h"

#include <stdlib.h>

#include "archive/copies/relation.h"
#include "config/base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool claim)
{
	if (!claim)
		abort();
}

static void check(const struct wv_fingerprint *f)
{
	uint32_t at_level = 0;

	need(f->level < WV_FINGERPRINT_LEVELS && f->count[f->level] == f->entry_count);
	need(f->figure_count <= WV_FINGERPRINT_FIGURES);
	for (uint32_t i = 0; i < f->entry_count; i++) {
		uint64_t hash = wv_fingerprint_hash(f->entries[i]);

		need(hash <= WV_FINGERPRINT_HASH_MAX);
		need(wv_fingerprint_bucket(f->entries[i]) < WV_FINGERPRINT_BUCKETS);
		need(i == 0 || wv_fingerprint_hash(f->entries[i - 1]) < hash);
		at_level += (hash & ((UINT64_C(1) << f->level) - 1)) == 0;
	}
	need(at_level == f->entry_count);
	for (uint32_t i = 1; i < f->figure_count; i++)
		need(f->figures[i - 1].context < f->figures[i].context);
}

/* Of a text with itself: all is shared. */
static void check_self(const struct wv_fingerprint *f)
{
	const struct wv_sides sides = wv_sides_of(f);
	struct wv_shared shared;
	struct wv_overlap overlap;

	wv_shared_begin(&shared, f->level, f->level);
	for (uint32_t i = 0; i < f->entry_count; i++)
		wv_shared_add(&shared, wv_fingerprint_hash(f->entries[i]),
		              wv_fingerprint_bucket(f->entries[i]),
		              wv_fingerprint_bucket(f->entries[i]));
	need(shared.count == f->entry_count);
	if (wv_overlap_make(&sides, &sides, &shared, &overlap))
		need(overlap.explained == 10000 && overlap.covered == 10000 &&
		     !overlap.figures_differ);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_fingerprint once, again, copy;

	if (wv_arena_new(64u * WV_MIB, &arena, NULL) != WV_OK)
		return 0;
	if (wv_fingerprint_make(arena, wv_slice(data, size), &once, NULL) != WV_OK)
		return 0;
	check(&once);
	check_self(&once);
	if (wv_fingerprint_make(arena, wv_slice(data, size), &again, NULL) == WV_OK)
		need(wv_digest_equals(&once.exact, &again.exact) &&
		     once.entry_count == again.entry_count);
	if (wv_fingerprint_copy(arena, &once, &copy))
		check(&copy);
	return 0;
}
