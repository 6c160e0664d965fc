/* Where a value was found, what else was said of it, and which of several words comes first. */
#include "crawler/page/meta.h"

#include "config/base/limits.h"
#include "config/base/text.h"
#include "crawler/page/scan.h"

struct wv_slice wv_meta_first(const struct wv_scan *scan, const char *const *keys, size_t count,
                              const char **which)
{
	for (size_t i = 0; i < count; i++) {
		struct wv_slice value = wv_slice_trim(wv_scan_meta_find(scan, keys[i]));

		if (value.n > 0) {
			if (which)
				*which = keys[i];
			return value;
		}
	}
	return WV_SLICE_NONE;
}

void wv_meta_conflict(struct wv_article *article, struct wv_arena *arena, struct wv_slice field,
                      struct wv_slice value, struct wv_slice found)
{
	struct wv_conflict *list;

	if (value.n == 0 || article->conflict_count >= WV_CONFLICTS_MAX)
		return;
	/* The array was made with room for all when the first conflict came. */
	if (article->conflict_count == 0) {
		list = WV_ARENA_ARRAY(arena, struct wv_conflict, WV_CONFLICTS_MAX);
		if (!list)
			return;
		article->conflicts = list;
	} else {
		list = (struct wv_conflict *)(uintptr_t)article->conflicts;
	}
	list[article->conflict_count++] =
		(struct wv_conflict){.field = field, .value = wv_text_cut(value, 500), .found = found};
}

void wv_meta_origin(struct wv_article *article, struct wv_arena *arena, const char *field,
                    struct wv_slice found)
{
	struct wv_origin *list;

	if (found.n == 0 || article->origin_count >= WV_ORIGINS_MAX)
		return;
	if (article->origin_count == 0) {
		list = WV_ARENA_ARRAY(arena, struct wv_origin, WV_ORIGINS_MAX);
		if (!list)
			return;
		article->origins = list;
	} else {
		list = (struct wv_origin *)(uintptr_t)article->origins;
	}
	list[article->origin_count++] = (struct wv_origin){wv_slice_of(field), found};
}

bool wv_meta_same_text(struct wv_arena *arena, struct wv_slice a, struct wv_slice b)
{
	struct wv_slice fa, fb;

	if (a.n == 0 || b.n == 0)
		return false;
	if (wv_slice_equals(a, b))
		return true;
	if (wv_text_fold(arena, a, false, &fa, NULL) != WV_OK ||
	    wv_text_fold(arena, b, false, &fb, NULL) != WV_OK)
		return false;
	return fa.n > 0 && wv_slice_equals(fa, fb);
}
