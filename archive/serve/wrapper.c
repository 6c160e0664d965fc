#include "archive/serve/wrapper.h"

#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/label.h"
#include "archive/view/say.h"
#include "config/base/limits.h"

static void add_phrase(struct wv_buf *out, const struct wv_visit *visit, enum wv_phrase phrase)
{
	wv_html_text(out, wv_slice_of(wv_phrase(visit->tongue, phrase)));
}

static void add_way(struct wv_buf *out, const struct wv_visit *visit,
                    const struct wv_address *address, enum wv_phrase phrase)
{
	wv_html(out, "<li><a");
	wv_address_href(out, visit, address);
	wv_html(out, ">");
	add_phrase(out, visit, phrase);
	wv_html(out, "</a></li>\n");
}

/* The ways in time; a neighbour that is the first or the last one stands once. */
static enum wv_status add_neighbours(struct wv_buf *out, const struct wv_visit *visit,
                                     const struct wv_original *original,
                                     const struct wv_capture *capture, struct wv_err *err)
{
	static const struct {
		enum wv_memento_step step;
		enum wv_phrase phrase;
		size_t twin; /* index of the one that says the same where they are one; own: none */
	} ways[] = {{WV_MEMENTO_FIRST, WV_PHRASE_REPLAY_FIRST, 1},
	            {WV_MEMENTO_BEFORE, WV_PHRASE_REPLAY_BEFORE, 1},
	            {WV_MEMENTO_AFTER, WV_PHRASE_REPLAY_AFTER, 2},
	            {WV_MEMENTO_LAST, WV_PHRASE_REPLAY_LAST, 2}};
	struct wv_capture others[WV_COUNT(ways)];
	bool is_there[WV_COUNT(ways)];

	for (size_t i = 0; i < WV_COUNT(ways); i++) {
		enum wv_status st =
			wv_memento_find(visit, original, ways[i].step, capture->captured, &others[i], err);

		if (st != WV_OK && st != WV_NO)
			return st;
		is_there[i] = st == WV_OK && others[i].id != capture->id;
	}
	for (size_t i = 0; i < WV_COUNT(ways); i++) {
		size_t twin = ways[i].twin;
		const struct wv_address address = {
			.place = WV_PLACE_REPLAY, .text = others[i].url, .when = others[i].captured};

		if (!is_there[i] || (twin != i && is_there[twin] && others[twin].id == others[i].id))
			continue;
		wv_html(out, "<li><a");
		wv_address_href(out, visit, &address);
		wv_html(out, ">");
		wv_say_time(out, visit, ways[i].phrase, others[i].captured);
		wv_html(out, "</a></li>\n");
	}
	return WV_OK;
}

/* How the page differs from what is read of it elsewhere here. */
static void add_difference(struct wv_buf *out, const struct wv_visit *visit,
                           const struct wv_article *article)
{
	struct wv_slice before, after;

	wv_phrase_split(visit->tongue, WV_PHRASE_REPLAY_REMOVED, &before, &after);
	wv_html_text(out, before);
	wv_html_u64(out, article->removed_count);
	wv_html_text(out, after);
}

static enum wv_status add_banner(struct wv_buf *out, const struct wv_visit *visit,
                                 const struct wv_original *original,
                                 const struct wv_capture *capture,
                                 const struct wv_article *article, struct wv_err *err)
{
	const struct wv_address clean = {.place = WV_PLACE_SNAPSHOT, .id = capture->id};
	const struct wv_address history = {.place = WV_PLACE_HISTORY, .text = capture->url};
	const struct wv_address raw = {
		.place = WV_PLACE_RAW, .text = capture->url, .when = capture->captured};
	enum wv_status st;

	wv_html(out, "<section class=\"replay-bar\">\n<h1>");
	add_phrase(out, visit, WV_PHRASE_REPLAY);
	wv_html(out, " ");
	wv_say_instant(out, visit, capture->captured);
	wv_html(out, "</h1>\n<p>");
	add_phrase(out, visit, WV_PHRASE_ORIGINAL);
	add_phrase(out, visit, WV_PHRASE_COLON);
	wv_html(out, "<a rel=\"noreferrer nofollow\"");
	wv_html_href(out, capture->url);
	wv_html(out, ">");
	wv_html_text(out, capture->url);
	wv_html(out, "</a> \xc2\xb7 ");
	add_phrase(out, visit, wv_label_verdict(capture->verdict));
	wv_buf_add_format(out, " \xc2\xb7 HTTP %d", capture->status);
	if (article) {
		wv_html(out, " \xc2\xb7 ");
		add_difference(out, visit, article);
	}
	wv_html(out, "</p>\n<ul class=\"ways\">\n");
	st = add_neighbours(out, visit, original, capture, err);
	if (st != WV_OK)
		return st;
	add_way(out, visit, &clean, WV_PHRASE_REPLAY_CLEAN);
	add_way(out, visit, &history, WV_PHRASE_HISTORY);
	add_way(out, visit, &raw, WV_PHRASE_REPLAY_RAW);
	wv_html(out, "</ul>\n<p><small>");
	add_phrase(out, visit, WV_PHRASE_REPLAY_ABOUT);
	wv_html(out, "</small></p>\n</section>\n");
	return WV_OK;
}

enum wv_status wv_wrapper(struct wv_call *call, const struct wv_original *original,
                          const struct wv_capture *capture, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf address = {.cap = 8 * WV_LIMIT_URL_BYTES};
	struct wv_buf *out = &call->answer->body;
	struct wv_article article;
	enum wv_status st = wv_visit_article(&call->visit, capture, &article, err), other;
	/* The bar's instant cannot stand in an address that ends in another's URL. */
	const struct wv_frame frame = {
		.title = st == WV_OK && article.title.n ? article.title : capture->url,
		.place = WV_PLACE_COUNT,
		.self = {.place = WV_PLACE_HISTORY, .text = capture->url},
		.wide = "replay"};

	if (st != WV_OK && st != WV_NO)
		return st;
	wv_frame_open(out, &call->visit, &frame);
	other = add_banner(out, &call->visit, original, capture, st == WV_OK ? &article : NULL, err);
	if (other != WV_OK)
		return other;
	wv_memento_add_address(&address, &call->visit, WV_SLICE_NONE, capture->captured, "if_", capture->url);
	wv_html(out, "<iframe class=\"replayed\" sandbox=\"allow-top-navigation-by-user-activation\" "
	             "referrerpolicy=\"no-referrer\"");
	wv_html_attribute(out, "title", wv_slice_of(wv_phrase(call->visit.tongue, WV_PHRASE_REPLAY)));
	wv_html_attribute(out, "src", wv_buf_slice(&address));
	wv_html(out, "></iframe>\n");
	wv_frame_close(out, &call->visit);
	return WV_OK;
}

void wv_wrapper_missing(struct wv_call *call, struct wv_slice url)
{
	const struct wv_address history = {.place = WV_PLACE_HISTORY, .text = url};
	const struct wv_frame frame = {
		.title = wv_slice_of(wv_phrase(call->visit.tongue, WV_PHRASE_NOT_FOUND)),
		.place = WV_PLACE_COUNT,
		.self = history};
	struct wv_buf *out = &call->answer->body;

	wv_frame_open(out, &call->visit, &frame);
	wv_html(out, "<h1>");
	add_phrase(out, &call->visit, WV_PHRASE_NOT_FOUND);
	wv_html(out, "</h1>\n<p>");
	wv_html_text(out, url);
	wv_html(out, "</p>\n<p><a");
	wv_address_href(out, &call->visit, &history);
	wv_html(out, ">");
	add_phrase(out, &call->visit, WV_PHRASE_HISTORY);
	wv_html(out, "</a></p>\n");
	wv_frame_close(out, &call->visit);
}
