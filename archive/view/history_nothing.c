/* The answer where nothing of a page is kept: that, and what is kept of its site. */
#include "archive/view/frame.h"
#include "archive/view/history_parts.h"
#include "archive/view/html.h"
#include "archive/view/say.h"
#include "config/base/limits.h"
#include "config/url.h"

#define SAME_SITE_MAX 20u

struct neighbours {
	const struct wv_visit *visit;
	struct wv_buf *out;
	size_t left;
};

static enum wv_status add_neighbour(const struct wv_page *page, void *context, struct wv_err *err)
{
	struct neighbours *list = context;
	struct wv_captures_query query = {.page = page->number,
	                                  .from = WV_TIME_NONE,
	                                  .to = list->visit->at,
	                                  .known_at = list->visit->known_at,
	                                  .now = list->visit->now};
	const struct wv_address address = {
		.place = WV_PLACE_HISTORY, .text = page->url, .id = page->number};
	WV_AUTO(wv_captures_end) struct wv_captures *walk = NULL;
	struct wv_capture capture;
	enum wv_status st = wv_captures_begin(list->visit->txn, &query, &walk, err);

	if (st == WV_OK)
		st = wv_captures_next(walk, list->visit->arena, &capture, err);
	if (st == WV_NO)
		return WV_OK;
	if (st != WV_OK)
		return st;
	wv_html(list->out, "<li><a");
	wv_address_href(list->out, list->visit, &address);
	wv_html(list->out, ">");
	wv_html_text(list->out, page->url);
	wv_html(list->out, "</a></li>\n");
	return --list->left ? WV_OK : WV_NO;
}

/* Pages of the same site, if there are any. */
static enum wv_status add_same_site(const struct history_view *v, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf rows = {.cap = 4 * WV_MIB};
	struct neighbours list = {v->visit, &rows, SAME_SITE_MAX};
	struct wv_url url;
	struct wv_slice key, text = v->past.page.url;
	size_t end;
	enum wv_status st = wv_url_parse(v->visit->arena, text, NULL, &url, err);

	if (st == WV_OK)
		st = wv_url_page_key(v->visit->arena, &url, &key, err);
	if (st != WV_OK)
		return st;
	end = wv_slice_find_byte(key, ')', 0);
	if (end == SIZE_MAX)
		return WV_OK;
	st = wv_store_each_page(v->visit->txn, wv_slice_part(key, 0, end + 1), WV_SLICE_NONE,
	                        add_neighbour, &list, err);
	if (st != WV_OK && st != WV_NO)
		return st;
	if (list.left == SAME_SITE_MAX) {
		wv_say_in(v->out, v->visit, "p", WV_PHRASE_NOT_FOUND_HINT);
		return WV_OK;
	}
	wv_html(v->out, "<h2>");
	wv_say(v->out, v->visit, WV_PHRASE_SAME_SITE);
	wv_html(v->out, "</h2>\n<ul class=\"bare\">\n");
	wv_buf_add(v->out, wv_buf_slice(&rows));
	wv_html(v->out, "</ul>\n");
	return wv_buf_finish(&rows, "pages of a site", err);
}

enum wv_status history_say_nothing(struct history_view *v, struct wv_err *err)
{
	enum wv_status st;

	v->title = wv_slice_of(wv_phrase(v->visit->tongue, WV_PHRASE_NOT_FOUND));
	wv_frame_open(v->out, v->visit,
	              &(struct wv_frame){.title = v->title,
	                                 .place = WV_PLACE_HISTORY,
	                                 .query = v->query->url,
	                                 .self = history_self(v, WV_TIME_NONE)});
	wv_say_in(v->out, v->visit, "h1", WV_PHRASE_NOT_FOUND);
	wv_html(v->out, "<p class=\"address\">");
	wv_html_text(v->out, v->past.page.url);
	wv_html(v->out, "</p>\n");
	wv_say_in(v->out, v->visit, "p",
	          v->visit->has_as_of ? WV_PHRASE_NEVER_BY_THEN : WV_PHRASE_NEVER_CAPTURED);
	st = add_same_site(v, err);
	wv_frame_close(v->out, v->visit);
	return st;
}
