/* What the front page is told from: the newest captures at (T, K), read once for all its boxes. */
#include "archive/view/front_parts.h"

#define LOOKS_AT      400u /* newest captures */
#define SOURCES_SHOWN 40u

static bool has_page(const struct front *f, uint64_t page)
{
	for (size_t i = 0; i < f->fresh_count; i++)
		if (f->fresh[i].capture->page == page)
			return true;
	return false;
}

static enum wv_status gather_fresh(struct front *f, struct wv_err *err)
{
	struct wv_visit *visit = f->visit;

	f->fresh = WV_ARENA_ARRAY(visit->arena, struct front_fresh, f->count + 1);
	if (!f->fresh)
		return wv_err_set(err, WV_NOMEM, "out of memory for the front page");
	for (size_t i = 0; i < f->count; i++) {
		const struct wv_capture *c = &f->captures[i];
		struct front_fresh *made = &f->fresh[f->fresh_count];
		enum wv_status st;

		/* What repeats a body that was had before is no news. */
		if (c->verdict != WV_VERDICT_ARTICLE || c->has_stands_for || has_page(f, c->page))
			continue;
		made->capture = c;
		st = wv_store_reading(visit->txn, visit->arena, c, visit->known_at, &made->reading, err);
		if (st == WV_OK)
			f->fresh_count++;
		else if (st != WV_NO)
			return st;
	}
	return WV_OK;
}

static bool is_blocked(const struct wv_capture *c)
{
	switch (c->verdict) {
	case WV_VERDICT_CONSENT_WALL:
	case WV_VERDICT_PAYWALL_STUB:
	case WV_VERDICT_SCRIPT_SHELL:
	case WV_VERDICT_SOFT_404:
	case WV_VERDICT_CAPTCHA:
	case WV_VERDICT_TRUNCATED:
	case WV_VERDICT_REFUSED:
	case WV_VERDICT_FAILED:
		return true;
	default:
		return c->status >= 400;
	}
}

/* When this source was last seen, if none of its captures is among the newest. */
static enum wv_status look_back(struct front *f, struct front_source *source, struct wv_err *err)
{
	const struct wv_list_query query = {.source = source->name,
	                                    .from = WV_TIME_NONE,
	                                    .to = f->visit->at,
	                                    .known_at = f->visit->known_at,
	                                    .now = f->visit->now,
	                                    .max = 1,
	                                    .max_looked = LOOKS_AT};
	struct wv_capture *captures = NULL;
	size_t count = 0;
	enum wv_status st =
		wv_store_list(f->visit->txn, f->visit->arena, &query, &captures, &count, err);

	if (st == WV_OK && count)
		source->last = captures[0].captured;
	return st;
}

static enum wv_status gather_sources(struct front *f, struct wv_err *err)
{
	struct wv_source_totals *totals = NULL;
	size_t count = 0, kept = 0;
	enum wv_status st = wv_store_sources(f->visit->txn, f->visit->arena, &totals, &count, err);

	if (st != WV_OK)
		return st;
	if (count > SOURCES_SHOWN)
		count = SOURCES_SHOWN;
	f->sources = WV_ARENA_ARRAY(f->visit->arena, struct front_source, count + 1);
	if (!f->sources)
		return wv_err_set(err, WV_NOMEM, "out of memory for the front page");
	for (size_t s = 0; s < count; s++) {
		struct front_source *source = &f->sources[kept];

		*source = (struct front_source){.name = totals[s].name, .last = WV_TIME_NONE};
		for (size_t i = 0; i < f->count; i++) {
			const struct wv_capture *c = &f->captures[i];

			if (!wv_slice_equals(c->source, source->name))
				continue;
			if (!source->looks++)
				source->last = c->captured;
			source->good += c->verdict == WV_VERDICT_ARTICLE ||
			                c->verdict == WV_VERDICT_LISTING;
			source->blocked += is_blocked(c);
		}
		if (!source->looks)
			st = look_back(f, source, err);
		if (st != WV_OK)
			return st;
		kept += !wv_time_is_none(source->last); /* a source of later is not known yet */
	}
	f->source_count = kept;
	return WV_OK;
}

enum wv_status front_gather(struct front *f, struct wv_err *err)
{
	const struct wv_list_query query = {.from = WV_TIME_NONE,
	                                    .to = f->visit->at,
	                                    .known_at = f->visit->known_at,
	                                    .now = f->visit->now,
	                                    .max = LOOKS_AT,
	                                    .max_looked = 2 * LOOKS_AT};
	enum wv_status st = wv_store_list(f->visit->txn, f->visit->arena, &query, &f->captures,
	                                  &f->count, err);

	if (st == WV_OK)
		st = gather_fresh(f, err);
	if (st == WV_OK)
		st = gather_sources(f, err);
	f->until = f->visit->has_as_of ? f->visit->at
	           : f->count          ? f->captures[0].captured
	                               : f->visit->now;
	return st;
}
