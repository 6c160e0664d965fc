#include "archive/view/front.h"

#include "archive/view/frame.h"
#include "archive/view/html.h"

#define LATEST   20u
#define LOOKS_AT 400u

static enum wv_status add_latest(struct wv_visit *visit, struct wv_buf *out, struct wv_err *err)
{
	const struct wv_list_query query = {.from = WV_TIME_NONE,
	                                    .to = visit->at,
	                                    .known_at = visit->known_at,
	                                    .now = visit->now,
	                                    .max = LOOKS_AT};
	struct wv_capture *captures;
	size_t count, shown = 0;
	enum wv_status st = wv_store_list(visit->txn, visit->arena, &query, &captures, &count, err);

	wv_html(out, "<ul class=\"items\">\n");
	for (size_t i = 0; st == WV_OK && i < count && shown < LATEST; i++) {
		struct wv_article article;

		if (captures[i].verdict != WV_VERDICT_ARTICLE || captures[i].has_stands_for)
			continue;
		st = wv_visit_article(visit, &captures[i], &article, err);
		if (st == WV_NO) {
			st = WV_OK;
			continue;
		}
		if (st != WV_OK)
			break;
		wv_frame_item(out, visit, &captures[i], &article,
		              article.block_count ? article.blocks[0].text : WV_SLICE_NONE);
		shown++;
	}
	wv_html(out, "</ul>\n");
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_view_front(struct wv_visit *visit, struct wv_buf *out, struct wv_err *err)
{
	enum wv_status st;

	wv_frame_open(out, visit,
	              &(struct wv_frame){.place = WV_PLACE_FRONT, .self = {.place = WV_PLACE_FRONT}});
	wv_html(out, "<h1>");
	wv_html_text(out, wv_slice_of(wv_phrase(visit->tongue, WV_PHRASE_LATEST)));
	wv_html(out, "</h1>\n");
	st = add_latest(visit, out, err);
	wv_frame_close(out, visit);
	return st;
}
