#include "archive/copies/relation.h"

/*
 * Shares are in 1/10,000, as measured on labelled syndication (943 texts in 22 languages, six
 * seeds of the shingle hash): pairwise F1 .986 to .994, precision .994 to 1.
 */
#define SHARE_ALL        10000u
#define SHARE_KEPT       800u  /* below it on both sides an overlap says nothing */
#define MUTUAL_HIGH      4500u
#define MUTUAL_LOW       3000u
#define SAME_LOW         6000u
#define CONTAINED_HIGH   6000u /* a copy cut short, and its whole ... */
#define CONTAINED_LOW    1000u
#define CONTAINED_START  16u   /* ... begins with it: within the first quarter of its parts */
#define COVERED_HIGH     7000u
#define COVERED_LOW      1200u
#define COVERED_START    32u
#define FIGURES_MIN      3u    /* contexts that two texts share before their figures count */
#define FIGURES_EQUAL    8u    /* of ten: fewer are another day's bulletin */
#define PART_MIN         1000u /* of a round-up: what one text explains */
#define PART_MAX         6000u
#define MAIN_MAX         9000u /* explained: above it no room is left for another story */
#define MAIN_STEP        500u  /* shares so near are equally large */
#define SHARED_MIN       2u    /* entries: one may be chance */

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
	return both >= FIGURES_MIN && equal * 10 < both * FIGURES_EQUAL;
}

static uint16_t share(uint32_t part, uint32_t whole)
{
	uint64_t parts = (uint64_t)part * SHARE_ALL / whole;

	return (uint16_t)(parts < SHARE_ALL ? parts : SHARE_ALL);
}

bool wv_overlap_make(const struct wv_sides *a, const struct wv_sides *b,
                     const struct wv_shared *shared, struct wv_overlap *out)
{
	uint32_t a_count = a->count[shared->level], b_count = b->count[shared->level];
	struct wv_overlap o = {.mask = shared->a_mask, .other_mask = shared->b_mask};

	if (a_count == 0 || b_count == 0 || shared->count == 0)
		return false;
	o.shared = (uint16_t)(shared->count < UINT16_MAX ? shared->count : UINT16_MAX);
	o.explained = share(shared->count, a_count);
	o.covered = share(shared->count, b_count);
	if (o.explained < SHARE_KEPT && o.covered < SHARE_KEPT)
		return false;
	o.figures_differ = figures_differ(a, b);
	*out = o;
	return true;
}

struct wv_overlap wv_overlap_turn(const struct wv_overlap *o, uint64_t document)
{
	return (struct wv_overlap){.document = document,
	                           .mask = o->other_mask,
	                           .other_mask = o->mask,
	                           .explained = o->covered,
	                           .covered = o->explained,
	                           .shared = o->shared,
	                           .figures_differ = o->figures_differ};
}

uint16_t wv_overlap_similarity(const struct wv_overlap *o)
{
	return o->explained > o->covered ? o->explained : o->covered;
}

static uint32_t first_part(uint64_t mask)
{
	return mask ? (uint32_t)__builtin_ctzll(mask) : WV_FINGERPRINT_BUCKETS;
}

enum wv_likeness wv_overlap_likeness(const struct wv_overlap *o)
{
	uint32_t high = wv_overlap_similarity(o);
	uint32_t low = o->explained < o->covered ? o->explained : o->covered;
	uint32_t start = first_part(o->explained < o->covered ? o->mask : o->other_mask);

	/* Of two texts equally explained neither is the larger one: the later start counts. */
	if (o->explained == o->covered && first_part(o->other_mask) < first_part(o->mask))
		start = first_part(o->mask);
	if (o->figures_differ || o->shared < SHARED_MIN)
		return WV_LIKENESS_NONE;
	if (low >= SAME_LOW)
		return WV_LIKENESS_SAME;
	if (high >= MUTUAL_HIGH && low >= MUTUAL_LOW)
		return WV_LIKENESS_MUTUAL;
	if (high >= CONTAINED_HIGH && low >= CONTAINED_LOW && start < CONTAINED_START)
		return WV_LIKENESS_CONTAINED;
	if (high >= COVERED_HIGH && low >= COVERED_LOW && start < COVERED_START)
		return WV_LIKENESS_CONTAINED;
	return WV_LIKENESS_NONE;
}

/* Without a machine's own instruction the builtin is a call, and here it is counted by the million. */
static inline uint32_t parts_in(uint64_t mask)
{
	mask -= mask >> 1 & UINT64_C(0x5555555555555555);
	mask = (mask & UINT64_C(0x3333333333333333)) + (mask >> 2 & UINT64_C(0x3333333333333333));
	mask = (mask + (mask >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (uint32_t)(mask * UINT64_C(0x0101010101010101) >> 56);
}

/* Less than half of either lies in the other. */
static bool are_apart(uint64_t x, uint64_t y)
{
	uint32_t both = parts_in(x & y);

	return both * 2 <= parts_in(x) && both * 2 <= parts_in(y);
}

bool wv_is_settled(const struct wv_overlap *overlaps, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (overlaps[i].explained >= PART_MAX)
			return true;
	return false;
}

bool wv_common_part_take(uint64_t *common, const struct wv_overlap *o)
{
	uint64_t both = o->mask & *common;

	if (o->explained < PART_MIN)
		return true;
	*common = both;
	return parts_in(both) * 2 > parts_in(o->mask);
}

bool wv_is_roundup(const struct wv_overlap *overlaps, size_t n, size_t judged)
{
	uint64_t common = judged == 0 ? UINT64_MAX : 0;

	for (size_t i = judged; i < n; i++) {
		if (wv_common_part_take(&common, overlaps + i))
			continue;
		for (size_t j = 0; j < i; j++)
			if (overlaps[j].explained >= PART_MIN &&
			    are_apart(overlaps[i].mask, overlaps[j].mask))
				return true;
	}
	return false;
}

bool wv_overlap_counts(const struct wv_overlap *overlap, bool is_settled, bool is_roundup)
{
	if (wv_overlap_likeness(overlap) != WV_LIKENESS_NONE)
		return true;
	return !is_settled && overlap->explained >= (is_roundup ? PART_MAX : PART_MIN);
}

/* Not even a quarter of either lies in the other. */
static bool are_far_apart(uint64_t x, uint64_t y)
{
	uint32_t both = parts_in(x & y);

	return both * 4 <= parts_in(x) && both * 4 <= parts_in(y);
}

bool wv_main_part_take(struct wv_main_part *main, const struct wv_overlap *o)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	struct wv_main_part part = {o->mask, (uint8_t)(o->explained / MAIN_STEP)};

	if (o->explained < PART_MAX || o->explained > MAIN_MAX ||
	    wv_overlap_likeness(o) < WV_LIKENESS_MUTUAL)
		return false;
	if (main->mask && (part.level > main->level || (part.level == main->level &&
	                                                part.mask * odd >= main->mask * odd)))
		return false;
	*main = part;
	return true;
}

struct wv_main_part wv_main_part_of(const struct wv_overlap *overlaps, size_t n)
{
	struct wv_main_part main = {0};

	for (size_t i = 0; i < n; i++)
		wv_main_part_take(&main, overlaps + i);
	return main;
}

bool wv_overlap_is_voidable(const struct wv_overlap *overlap)
{
	enum wv_likeness likeness;

	if (overlap->explained >= PART_MAX)
		return false;
	likeness = wv_overlap_likeness(overlap);
	return likeness == WV_LIKENESS_CONTAINED || likeness == WV_LIKENESS_MUTUAL;
}

bool wv_overlap_is_void(const struct wv_overlap *overlap, const struct wv_main_part *main)
{
	return main->mask && are_far_apart(overlap->mask, main->mask) &&
	       wv_overlap_is_voidable(overlap);
}

bool wv_is_copy(enum wv_likeness likeness, bool a_is_roundup, bool b_is_roundup)
{
	if (a_is_roundup || b_is_roundup)
		return likeness == WV_LIKENESS_SAME && a_is_roundup && b_is_roundup;
	return likeness >= WV_LIKENESS_CONTAINED;
}
