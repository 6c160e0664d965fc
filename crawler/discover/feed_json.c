#include "crawler/discover/feed_json.h"

#include "config/base/json.h"
#include "config/base/limits.h"
#include "crawler/discover/feed_read.h"
#include "crawler/page/markup.h"

/* Items that say nothing are not counted, but each was resolved against the feed's address. */
#define LOOKED_AT_MAX (3u * WV_LIMIT_FEED_ITEMS)

bool wv_feed_is_json(struct wv_slice text)
{
	text = wv_slice_trim(text);
	return text.n > 0 && text.p[0] == '{';
}

/* An id should be a string, but numbers are seen: as written. */
static struct wv_slice string_of(const struct wv_json *object, const char *key)
{
	const struct wv_json *value = wv_json_get(object, key);

	if (!value || (value->kind != WV_JSON_STRING && value->kind != WV_JSON_NUMBER))
		return WV_SLICE_NONE;
	return value->text;
}

static struct wv_feed_item item_of(struct wv_arena *arena, const struct wv_json *object,
                                   const struct wv_feed_context *context)
{
	struct wv_slice text = string_of(object, "summary");
	struct wv_feed_item item = {
		.guid = string_of(object, "id"),
		.url = wv_feed_resolve(arena, context->url, string_of(object, "url")),
		.title = wv_feed_squeeze(arena, string_of(object, "title"), WV_LIMIT_TITLE_BYTES),
		.published = wv_feed_time(arena, &context->times,
	                                  string_of(object, "date_published"),
	                                  "feed date_published"),
		.updated = wv_feed_time(arena, &context->times, string_of(object, "date_modified"),
	                                "feed date_modified"),
	};

	if (item.url.n == 0)
		item.url = wv_feed_resolve(arena, context->url, string_of(object, "external_url"));
	if (text.n == 0)
		text = string_of(object, "content_text");
	if (text.n > 0)
		item.summary = wv_feed_squeeze(arena, text, WV_FEED_SUMMARY_BYTES);
	else
		item.summary = wv_markup_text(arena, string_of(object, "content_html"),
		                              WV_FEED_SUMMARY_BYTES);
	return item;
}

enum wv_status wv_feed_parse_json(struct wv_arena *arena, struct wv_slice text,
                                  const struct wv_feed_context *context, struct wv_feed *feed,
                                  struct wv_err *err)
{
	const struct wv_json *root, *list;
	struct wv_feed_items items = {.count = 0};
	enum wv_status st = wv_json_parse(arena, text, &root, err);

	if (st != WV_OK)
		return wv_err_add(err, st == WV_NOMEM ? st : WV_BAD_INPUT, "JSON feed");
	list = wv_json_get(root, "items");
	if (wv_slice_find(string_of(root, "version"), WV_LIT("jsonfeed.org/version/"), 0) ==
	            SIZE_MAX ||
	    !list || list->kind != WV_JSON_ARRAY)
		return wv_err_set(err, WV_BAD_INPUT, "not a feed");
	for (size_t i = 0; i < list->n; i++) {
		struct wv_feed_item item;

		if (list->items[i].kind != WV_JSON_OBJECT) {
			feed->is_damaged = true;
			continue;
		}
		if (items.count == WV_LIMIT_FEED_ITEMS || i == LOOKED_AT_MAX) {
			items.dropped += list->n - i;
			break;
		}
		item = item_of(arena, &list->items[i], context);
		if (item.url.n > 0 || item.guid.n > 0 || item.title.n > 0)
			wv_feed_items_add(arena, &items, &item);
	}
	if (items.no_memory)
		return wv_err_set(err, WV_NOMEM, "out of memory for a feed");
	feed->kind = WV_FEED_JSON;
	feed->title = wv_feed_squeeze(arena, string_of(root, "title"), WV_LIMIT_TITLE_BYTES);
	feed->url = wv_feed_resolve(arena, context->url, string_of(root, "home_page_url"));
	feed->language = string_of(root, "language");
	feed->next = wv_feed_resolve(arena, context->url, string_of(root, "next_url"));
	feed->items = items.items;
	feed->item_count = items.count;
	feed->dropped = items.dropped;
	return WV_OK;
}
