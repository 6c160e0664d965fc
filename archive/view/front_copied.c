/* The most copied: clusters of the last days with pages of two publishers and more. */
#include "archive/copies/visible.h"
#include "archive/view/cluster.h"
#include "archive/view/frame.h"
#include "archive/view/front_parts.h"
#include "archive/view/html.h"
#include "archive/view/say.h"

#define CLUSTERS_SHOWN 6u
#define CLUSTERS_US    (4 * WV_US_PER_DAY)

/* The pages that carry it, those that were not captured of late included; and the first of them. */
static enum wv_status recount(struct front *f, struct front_tally *t, struct wv_err *err)
{
	const struct wv_cluster_question question = {
		.document = t->document, .then = f->visit->at, .is_brief = true};
	struct wv_capture *first = WV_ARENA_NEW(f->visit->arena, struct wv_capture);
	struct wv_spread spread;
	bool is_large = false;
	enum wv_status st = wv_cluster_is_large(f->visit, t->document, &is_large, err);

	if (st != WV_OK || is_large || !first)
		return st;
	st = wv_cluster_at(f->visit, &question, &spread, err);
	t->count = st == WV_OK ? spread.count : 0;
	if (st == WV_OK && spread.count) {
		*first = spread.pages[0].first;
		t->first = first;
	}
	return st == WV_NO || st == WV_LIMIT ? WV_OK : st;
}

static enum wv_status add_cluster(struct front *f, const struct front_tally *t, struct wv_err *err)
{
	const struct wv_address copies = {.place = WV_PLACE_CLUSTER, .id = t->first->id};
	struct wv_article article;
	enum wv_status st = wv_visit_article(f->visit, t->first, &article, err);

	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	wv_html(f->out, "<li>");
	wv_frame_headline(f->out, f->visit, t->first, &article);
	wv_html(f->out, " <small><a");
	wv_address_href(f->out, f->visit, &copies);
	wv_html(f->out, ">");
	wv_say_count(f->out, f->visit, WV_PHRASE_COPIES_COUNT, t->count);
	wv_html(f->out, "</a>");
	if (t->first->source.n) {
		wv_html(f->out, " \xc2\xb7 ");
		wv_say_text(f->out, f->visit, WV_PHRASE_COPIES_FIRST, t->first->source);
	}
	wv_html(f->out, "</small></li>\n");
	return WV_OK;
}

/* Adds a page to the tally of its text's cluster, unless the text is an old one. */
static enum wv_status tally_page(struct front *f, const struct wv_capture *c,
                                 struct front_tally *list, size_t *count, struct wv_err *err)
{
	uint64_t document = c->has_stands_for ? c->stands_for : c->id, cluster;
	struct wv_capture made = *c;
	struct wv_visible_query visible = {
		.at = WV_TIME_NONE, .known_at = f->visit->known_at, .now = f->visit->now};
	struct front_tally *t;
	enum wv_status st = WV_OK;

	if (c->has_stands_for)
		st = wv_store_capture(f->visit->txn, f->visit->arena, document, f->visit->known_at, &made,
		                      err);
	if (st == WV_OK && f->until.us - made.captured.us > CLUSTERS_US)
		return WV_OK;
	visible.capture = document;
	if (st == WV_OK)
		st = wv_visible_cluster(f->visit->txn, f->visit->arena, &visible, &cluster, err);
	if (st != WV_OK)
		return st == WV_NO || st == WV_LIMIT ? WV_OK : st;
	t = front_tally_of(list, count, f->count, cluster, WV_SLICE_NONE);
	if (t) {
		t->count++;
		t->document = document;
		t->first = c; /* they come newest first */
	}
	return WV_OK;
}

/* Is there a newer capture of its page among those looked at? */
static bool is_repeated(const struct front *f, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (f->captures[i].page == f->captures[at].page &&
		    f->captures[i].verdict == WV_VERDICT_ARTICLE)
			return true;
	return false;
}

enum wv_status front_add_copied(struct front *f, struct wv_err *err)
{
	struct front_tally *list =
		WV_ARENA_ARRAY(f->visit->arena, struct front_tally, f->count + 1);
	size_t count = 0, shown = 0;
	enum wv_status st = WV_OK;

	if (!list)
		return wv_err_set(err, WV_NOMEM, "out of memory for the front page");
	for (size_t i = 0; st == WV_OK && i < f->count; i++)
		if (f->captures[i].verdict == WV_VERDICT_ARTICLE && !is_repeated(f, i))
			st = tally_page(f, &f->captures[i], list, &count, err);
	for (size_t i = 0; st == WV_OK && count && i < CLUSTERS_SHOWN; i++) {
		struct front_tally t = front_take_largest(list, count);

		if (t.count < 2)
			break;
		st = recount(f, &t, err);
		if (st != WV_OK || t.count < 2)
			continue;
		if (!shown++) {
			wv_html(f->out, "<section class=\"box\">\n");
			front_add_heading(f, WV_PHRASE_FRONT_CLUSTERS);
			wv_html(f->out, "<ol class=\"rows\">\n");
		}
		st = add_cluster(f, &t, err);
	}
	if (shown)
		wv_html(f->out, "</ol></section>\n");
	return st;
}
