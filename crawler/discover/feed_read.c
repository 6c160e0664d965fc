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

struct wv_stated_time wv_feed_time(struct wv_arena *arena, const struct wv_times_context *context,
                                   struct wv_slice text, const char *found)
{
	struct wv_stated_time time = {.is_set = false};

	text = wv_slice_trim(text);
	if (text.n == 0 || !wv_times_parse(arena, context, text, &time))
		time = (struct wv_stated_time){.raw = text};
	time.found = wv_slice_of(found);
	return time;
}
