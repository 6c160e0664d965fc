#include "archive/copies/relation.h"

#ifndef T_KEEP
#define T_KEEP .08
#define T_EXPL .45
#define T_COV .30
#define T_SAME .60
#define T_CONT .60
#define T_FIG .80
#define T_FIGN 3
#define T_RPART .10
#define T_RMAX .60
#define T_COVER .70
#define T_COVEX .12
#endif

void wv_shared_begin(struct wv_shared *shared, uint32_t a_level, uint32_t b_level)
{
	*shared = (struct wv_shared){.level = a_level > b_level ? a_level : b_level};
}

void wv_shared_add(struct wv_shared *shared, uint64_t hash, uint32_t a_bucket, uint32_t b_bucket)
{
	if (hash & ((UINT64_C(1) << shared->level) - 1))
		return;
	shared->count++;
	shared->a_mask |= UINT64_C(1) << (a_bucket & 63);
	shared->b_mask |= UINT64_C(1) << (b_bucket & 63);
}

struct wv_sides wv_sides_of(const struct wv_fingerprint *f)
{
	return (struct wv_sides){f->count, f->level, f->figures, f->figure_count};
}

static bool figures_differ(const struct wv_sides *a, const struct wv_sides *b)
{
	uint32_t i = 0, j = 0, both = 0, equal = 0;

	while (i < a->figure_count && j < b->figure_count) {
		if (a->figures[i].context < b->figures[j].context) {
			i++;
		} else if (a->figures[i].context > b->figures[j].context) {
			j++;
		} else {
			both++;
			equal += a->figures[i].value == b->figures[j].value;
			i++;
			j++;
		}
	}
	return both >= T_FIGN && equal < both * T_FIG;
}

bool wv_overlap_make(const struct wv_sides *a, const struct wv_sides *b,
                     const struct wv_shared *shared, struct wv_overlap *out)
{
	uint32_t a_count = a->count[shared->level], b_count = b->count[shared->level];
	struct wv_overlap o = {.mask = shared->a_mask, .other_mask = shared->b_mask,
	                       .shared = shared->count};

	if (a_count == 0 || b_count == 0 || shared->count == 0)
		return false;
	o.explained = (float)shared->count / (float)a_count;
	o.covered = (float)shared->count / (float)b_count;
	if (o.explained < T_KEEP && o.covered < T_KEEP)
		return false;
	o.figures_differ = figures_differ(a, b);
	*out = o;
	return true;
}

struct wv_overlap wv_overlap_turn(const struct wv_overlap *o, uint64_t document)
{
	return (struct wv_overlap){document, o->other_mask, o->mask, o->covered, o->explained,
	                           o->shared, o->figures_differ};
}

double wv_overlap_similarity(const struct wv_overlap *o)
{
	return o->explained > o->covered ? (double)o->explained : (double)o->covered;
}

static uint32_t first_bit(uint64_t mask)
{
	return mask ? (uint32_t)__builtin_ctzll(mask) : 64;
}

enum wv_likeness wv_overlap_likeness(const struct wv_overlap *o)
{
	double high = wv_overlap_similarity(o);
	double low = o->explained < o->covered ? (double)o->explained : (double)o->covered;
	uint64_t large_mask = o->explained < o->covered ? o->mask : o->other_mask;

	if (o->figures_differ || o->shared < 2)
		return WV_LIKENESS_NONE;
	if (low >= T_SAME)
		return WV_LIKENESS_SAME;
	if (high >= T_EXPL && low >= T_COV)
		return WV_LIKENESS_MUTUAL;
	if (high >= T_CONT && first_bit(large_mask) < 16)
		return WV_LIKENESS_CONTAINED;
	if (high >= T_COVER && low >= T_COVEX)
		return WV_LIKENESS_CONTAINED;
	return WV_LIKENESS_NONE;
}

bool wv_is_roundup(const struct wv_overlap *overlaps, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((double)overlaps[i].explained >= T_RMAX)
			return false;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++) {
			const struct wv_overlap *x = overlaps + i, *y = overlaps + j;
			uint64_t both = x->mask & y->mask;

			if ((double)x->explained < T_RPART || (double)y->explained < T_RPART)
				continue;
			if (__builtin_popcountll(both) * 2 <= __builtin_popcountll(x->mask) &&
			    __builtin_popcountll(both) * 2 <= __builtin_popcountll(y->mask))
				return true;
		}
	return false;
}

bool wv_is_copy(enum wv_likeness likeness, bool a_is_roundup, bool b_is_roundup)
{
	if (a_is_roundup || b_is_roundup)
		return likeness == WV_LIKENESS_SAME && a_is_roundup && b_is_roundup;
	return likeness >= WV_LIKENESS_CONTAINED;
}
