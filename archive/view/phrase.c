#include "archive/view/phrase.h"

#include "config/base/text.h"

static const char *const phrases[WV_PHRASE_COUNT][WV_TONGUE_COUNT] = {
#define WV_PHRASE(name, en, zh, ja) {en, zh, ja},
#include "archive/view/phrases.def"
#undef WV_PHRASE
};

static const struct {
	const char *tag, *primary, *name;
} tongues[WV_TONGUE_COUNT] = {
	{"en", "en", "English"},
	{"zh-Hans", "zh", "中文"},
	{"ja", "ja", "日本語"},
};

const char *wv_phrase(enum wv_tongue tongue, enum wv_phrase phrase)
{
	return phrases[phrase][tongue];
}

static bool split(struct wv_slice all, struct wv_slice *before, struct wv_slice *after)
{
	size_t at = wv_slice_find(all, WV_LIT("%s"), 0);

	*before = wv_slice_part(all, 0, at);
	*after = at == SIZE_MAX ? WV_SLICE_NONE : wv_slice_from(all, at + 2);
	return at != SIZE_MAX;
}

void wv_phrase_split(enum wv_tongue tongue, enum wv_phrase phrase, struct wv_slice *before,
                     struct wv_slice *after)
{
	(void)split(wv_slice_of(phrases[phrase][tongue]), before, after);
}

bool wv_phrase_split_count(enum wv_tongue tongue, enum wv_phrase phrase, uint64_t count,
                           struct wv_slice *before, struct wv_slice *after)
{
	struct wv_slice all = wv_slice_of(phrases[phrase][tongue]);
	size_t bar = wv_slice_find_byte(all, '|', 0);

	if (bar != SIZE_MAX)
		all = count == 1 ? wv_slice_part(all, 0, bar) : wv_slice_from(all, bar + 1);
	return split(all, before, after);
}

const char *wv_tongue_tag(enum wv_tongue tongue)
{
	return tongues[tongue].tag;
}

const char *wv_tongue_name(enum wv_tongue tongue)
{
	return tongues[tongue].name;
}

bool wv_tongue_of_tag(struct wv_slice tag, enum wv_tongue *out)
{
	size_t end = wv_slice_find_byte(tag, '-', 0);
	struct wv_slice primary = end == SIZE_MAX ? tag : wv_slice_part(tag, 0, end);

	for (int t = 0; t < (int)WV_TONGUE_COUNT; t++)
		if (wv_slice_equals_nocase(primary, wv_slice_of(tongues[t].primary))) {
			*out = (enum wv_tongue)t;
			return true;
		}
	return false;
}

/* "0.8" in thousandths; what is no weight counts as 1. */
static unsigned weight_of(struct wv_slice text)
{
	unsigned weight = 0, unit = 1000;

	if (!text.n || (text.p[0] != '0' && text.p[0] != '1'))
		return 1000;
	weight = text.p[0] == '1' ? 1000 : 0;
	for (size_t i = 2; i < text.n && wv_byte_is_digit(text.p[i]) && unit > 1; i++) {
		unit /= 10;
		weight += (unsigned)(text.p[i] - '0') * unit;
	}
	return weight > 1000 ? 1000 : weight;
}

enum wv_tongue wv_tongue_choose(struct wv_slice accept_language, unsigned allowed)
{
	enum wv_tongue best = WV_TONGUE_COUNT;
	unsigned best_weight = 0;

	if (!allowed)
		allowed = (1u << WV_TONGUE_COUNT) - 1;
	for (size_t at = 0; at < accept_language.n;) {
		size_t end = wv_slice_find_byte(accept_language, ',', at);
		struct wv_slice range =
			wv_slice_trim(wv_slice_part(accept_language, at, end == SIZE_MAX ? end : end - at));
		size_t semicolon = wv_slice_find_byte(range, ';', 0);
		struct wv_slice tag = wv_slice_trim(wv_slice_part(range, 0, semicolon));
		size_t q = wv_slice_find_nocase(range, WV_LIT("q="), 0);
		unsigned weight = q == SIZE_MAX ? 1000 : weight_of(wv_slice_from(range, q + 2));
		enum wv_tongue tongue;

		if (wv_tongue_of_tag(tag, &tongue) && (allowed >> tongue & 1) && weight > best_weight) {
			best = tongue;
			best_weight = weight;
		}
		if (end == SIZE_MAX)
			break;
		at = end + 1;
	}
	if (best != WV_TONGUE_COUNT)
		return best;
	for (int t = 0; t < (int)WV_TONGUE_COUNT; t++)
		if (allowed >> t & 1)
			return (enum wv_tongue)t;
	return WV_TONGUE_EN;
}
