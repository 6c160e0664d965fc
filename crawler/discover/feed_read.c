#include "crawler/discover/feed_read.h"

#include "config/base/checked.h"
#include "config/base/limits.h"
#include "config/base/text.h"
#include "config/url.h"

void wv_feed_items_add(struct wv_arena *arena, struct wv_feed_items *items,
                       const struct wv_feed_item *item)
{
	if (items->count >= WV_LIMIT_FEED_ITEMS) {
		items->dropped++;
		return;
	}
	if (items->count == items->room) {
		size_t room = items->room > 0 ? items->room * 2 : 32;
		struct wv_feed_item *grown = WV_ARENA_ARRAY(arena, struct wv_feed_item, room);

		if (!grown) {
			items->no_memory = true;
			return;
		}
		if (items->count > 0)
			memcpy(grown, items->items, items->count * sizeof(*grown));
		items->items = grown;
		items->room = room;
	}
	items->items[items->count++] = *item;
}

struct wv_slice wv_feed_resolve(struct wv_arena *arena, struct wv_slice base,
                                struct wv_slice reference)
{
	struct wv_url against, url;
	struct wv_slice request = WV_SLICE_NONE;

	reference = wv_slice_trim(reference);
	if (reference.n == 0 || wv_url_parse(arena, base, NULL, &against, NULL) != WV_OK ||
	    wv_url_parse(arena, reference, &against, &url, NULL) != WV_OK ||
	    !wv_url_is_web(&url) || wv_url_request(arena, &url, &request, NULL) != WV_OK)
		return WV_SLICE_NONE;
	return request;
}

struct wv_slice wv_feed_squeeze(struct wv_arena *arena, struct wv_slice text, size_t cap_bytes)
{
	struct wv_slice squeezed = WV_SLICE_NONE;

	if (wv_text_squeeze(arena, text, &squeezed, NULL) != WV_OK)
		return WV_SLICE_NONE;
	return wv_text_cut(squeezed, cap_bytes);
}

#define SPREAD_US (14 * 3600 * WV_US_PER_S) /* a day's borders with no zone known */

/*
 * RFC 822 wrote years with two digits; RFC 2822 4.3 says which: 00..49 are 2000 on, the others
 * 1900 on. "Wed, 05 Jun 24 13:45 GMT" gives the text with a full year; anything else itself.
 */
static struct wv_slice full_year(struct wv_arena *arena, struct wv_slice text)
{
	size_t at = 0, year, n;
	struct wv_slice written;

	while (at < text.n && !wv_byte_is_digit(text.p[at]))
		at++;
	while (at < text.n && wv_byte_is_digit(text.p[at]))
		at++;
	for (n = at; n < text.n && (text.p[n] == ' ' || text.p[n] == '-');)
		n++;
	year = n;
	while (year < text.n && wv_byte_is_alpha(text.p[year]))
		year++;
	if (n == at || year - n < 3)
		return text;
	for (n = year; n < text.n && (text.p[n] == ' ' || text.p[n] == '-');)
		n++;
	for (at = n; at < text.n && wv_byte_is_digit(text.p[at]);)
		at++;
	if (at - n != 2 || at >= text.n || text.p[at] != ' ')
		return text;
	written = wv_arena_format(arena, "%.*s%s%.*s", WV_FMT(wv_slice_part(text, 0, n)),
	                          text.p[n] < '5' ? "20" : "19", WV_FMT(wv_slice_from(text, n)));
	return written.n > 0 ? written : text;
}

/* "2024" and "2024-06" (W3C date and time formats): a whole year or month. */
static bool is_coarse(struct wv_slice text, const struct wv_times_context *context,
                      struct wv_stated_time *out)
{
	struct wv_time_range range;

	if ((text.n != 4 && text.n != 7) || !wv_byte_is_digit(text.p[0]) ||
	    (text.n == 7 && text.p[4] != '-') ||
	    wv_time_parse(text, WV_TIME_NONE, &range, NULL) != WV_OK)
		return false;
	if (!wv_time_is_none(context->fetched) &&
	    range.first.us > wv_add_us(context->fetched.us, WV_US_PER_DAY))
		return false;
	*out = (struct wv_stated_time){
		.is_set = true,
		.text = text,
		.raw = text,
		.zone = WV_ZONE_NONE,
		.earliest.us = range.first.us - SPREAD_US,
		.latest.us = range.last.us + SPREAD_US,
	};
	return true;
}

struct wv_stated_time wv_feed_time(struct wv_arena *arena, const struct wv_times_context *context,
                                   struct wv_slice text, const char *found)
{
	struct wv_stated_time time = {.is_set = false};

	text = wv_slice_trim(text);
	if (text.n > 0 && !is_coarse(text, context, &time) &&
	    !wv_times_parse(arena, context, full_year(arena, text), &time))
		time.is_set = false;
	if (!time.is_set)
		time = (struct wv_stated_time){.is_set = false};
	time.raw = text;
	time.found = wv_slice_of(found);
	return time;
}
