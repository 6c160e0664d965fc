#include "archive/view/front.h"

#include <stdlib.h>

#include "archive/copies/follow.h"
#include "archive/view/frame.h"
#include "archive/view/front_parts.h"
#include "archive/view/html.h"
#include "archive/view/say.h"

#define LATEST    20u
#define LATEST_OF 60u /* newest captures, put in order of publication */

struct news {
	const struct wv_capture *capture;
	struct wv_article article;
	struct wv_time when;
};

static int newest_first(const void *a, const void *b)
{
	const struct news *x = a, *y = b;

	if (x->when.us != y->when.us)
		return x->when.us > y->when.us ? -1 : 1;
	return x->capture->id > y->capture->id ? -1 : x->capture->id < y->capture->id;
}

/* A page is fetched again and again: it is as new as what it says, not as its last fetch. */
static enum wv_status gather_news(struct front *f, struct news *news, size_t *count,
                                  struct wv_err *err)
{
	for (size_t i = 0; i < f->fresh_count && i < LATEST_OF; i++) {
		struct news *n = &news[*count];
		enum wv_status st = wv_store_article(f->visit->txn, f->visit->arena,
		                                     &f->fresh[i].reading, &n->article, err);

		if (st == WV_NO)
			continue;
		if (st != WV_OK)
			return st;
		n->capture = f->fresh[i].capture;
		n->when = wv_copies_when(&n->article, n->capture->captured);
		++*count;
	}
	qsort(news, *count, sizeof(*news), newest_first);
	return WV_OK;
}

static enum wv_status add_latest(struct front *f, struct wv_err *err)
{
	struct news news[LATEST_OF];
	size_t count = 0;
	enum wv_status st = gather_news(f, news, &count, err);

	wv_html(f->out, "<section class=\"reading\">\n");
	front_add_heading(f, WV_PHRASE_LATEST);
	if (!count)
		front_add_none(f, f->visit->has_as_of ? WV_PHRASE_FRONT_EMPTY_THEN
		                                      : WV_PHRASE_FRONT_EMPTY);
	wv_html(f->out, "<ul class=\"items\">\n");
	for (size_t i = 0; i < count && i < LATEST; i++)
		wv_frame_item(f->out, f->visit,
		              &(struct wv_frame_item){.capture = news[i].capture,
		                                      .article = &news[i].article,
		                                      .excerpt = wv_frame_lead(&news[i].article)});
	wv_html(f->out, "</ul></section>\n");
	return st;
}

enum wv_status wv_view_front(struct wv_visit *visit, struct wv_buf *out, struct wv_err *err)
{
	struct front f = {.visit = visit, .out = out};
	enum wv_status st = front_gather(&f, err);

	if (st != WV_OK)
		return st;
	wv_frame_open(out, visit,
	              &(struct wv_frame){.place = WV_PLACE_FRONT,
	                                 .self = {.place = WV_PLACE_FRONT},
	                                 .wide = "wide"});
	wv_html(out, "<h1 class=\"unseen\">");
	wv_say(out, visit, WV_PHRASE_SITE);
	wv_html(out, "</h1>\n<div class=\"columns front\">\n");
	st = add_latest(&f, err);
	wv_html(out, "<div class=\"boxes\">\n");
	/* An empty archive has no lists of nothing. */
	if (st == WV_OK && f.count)
		st = front_add_copied(&f, err);
	if (st == WV_OK && f.count)
		st = front_add_edits(&f, err);
	if (st != WV_OK)
		return st;
	front_add_source_names(&f);
	front_add_categories(&f);
	wv_html(out, "</div>\n</div>\n");
	front_add_sources(&f);
	wv_frame_close(out, visit);
	return WV_OK;
}
