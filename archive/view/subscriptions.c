#include "archive/view/subscriptions.h"

#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/say.h"
#include "archive/view/wishes.h"

#define SHOWN_WITH_ENTRIES 5u /* subscriptions, on the page of all ... */
#define ENTRIES_EACH       3u /* ... with so many entries */
#define CHANGES_SHOWN      5u

struct view {
	const struct wv_visit *visit;
	const struct wv_view_subscriptions_query *query;
	struct wv_buf *out;
};

/* No piece of what asks that none be shown: neither where its words stand nor what changed. */
static enum wv_status leave_out(const struct wv_visit *visit, struct wv_feed *feed,
                                struct wv_err *err)
{
	struct wv_feed_entry *entries =
		WV_ARENA_ARRAY(visit->arena, struct wv_feed_entry, feed->count + 1);

	if (!entries)
		return wv_err_set(err, WV_NOMEM, "out of memory for a feed");
	for (size_t i = 0; i < feed->count; i++) {
		entries[i] = feed->entries[i];
		if (wv_wishes_show_excerpt(visit, &entries[i].capture))
			continue;
		entries[i].snippet = (struct wv_snippet){0};
		entries[i].changes = (struct wv_diff){0};
		entries[i].article.description = WV_SLICE_NONE;
	}
	feed->entries = entries;
	return WV_OK;
}

enum wv_status wv_view_feed(const struct wv_visit *visit, const struct wv_subscription *s,
                            size_t max, struct wv_feed *out, struct wv_err *err)
{
	struct wv_query parsed;
	const struct wv_feed_query query = {.query = &parsed,
	                                    .at = visit->at,
	                                    .known_at = visit->known_at,
	                                    .now = visit->now,
	                                    .max = max,
	                                    .told = WV_TIME_NONE};
	enum wv_status st = wv_query_parse(visit->arena, s->query, &parsed, err);

	if (st == WV_OK && !visit->search)
		st = wv_err_set(err, WV_STOPPED, "the search index is not there yet");
	if (st == WV_OK)
		st = wv_feed_of(visit->search, visit->txn, visit->arena, &query, out, err);
	if (st == WV_OK)
		st = leave_out(visit, out, err);
	return st;
}

/* --- an entry --- */

static void add_changes(const struct view *v, const struct wv_feed_entry *e)
{
	const struct wv_diff *d = &e->changes;

	wv_html(v->out, "<ul class=\"marks\"");
	wv_html_attribute(v->out, "lang", e->article.language);
	wv_html(v->out, ">\n");
	for (size_t i = 0; i < d->hunk_count && i < CHANGES_SHOWN; i++) {
		const struct wv_hunk *h = &d->hunks[i];

		wv_html(v->out, "<li>");
		if (h->kind != WV_HUNK_ADDED) {
			wv_html(v->out, "<del>");
			wv_html_text(v->out, wv_html_cut(h->before, 160, v->visit->arena));
			wv_html(v->out, "</del> ");
		}
		if (h->kind != WV_HUNK_REMOVED) {
			wv_html(v->out, "<ins>");
			wv_html_text(v->out, wv_html_cut(h->after, 160, v->visit->arena));
			wv_html(v->out, "</ins>");
		}
		wv_html(v->out, "</li>\n");
	}
	wv_html(v->out, "</ul>\n");
}

static void add_entry(const struct view *v, const struct wv_feed_entry *e)
{
	struct wv_buf *out = v->out;

	wv_html(out, "<li class=\"item\"><h3>");
	wv_frame_headline(out, v->visit, &e->capture, &e->article);
	if (e->is_update) {
		wv_html(out, " <span class=\"badge plain\">");
		wv_say(out, v->visit, WV_PHRASE_UPDATED);
		wv_html(out, "</span>");
	}
	wv_html(out, "</h3>\n<p class=\"meta\">");
	if (e->capture.source.n) {
		wv_frame_source(out, v->visit, e->capture.source, e->article.language);
		wv_html(out, " \xc2\xb7 ");
	}
	wv_say_time(out, v->visit, WV_PHRASE_ITEM_SEEN, e->updated);
	if (e->copy_count) {
		wv_html(out, " \xc2\xb7 ");
		wv_say_count(out, v->visit, WV_PHRASE_COPIES_N, e->copy_count);
	}
	wv_html(out, "</p>\n");
	if (e->is_update) {
		add_changes(v, e);
	} else if (e->snippet.text.n) {
		wv_html(out, "<p class=\"excerpt\">");
		wv_html_foreign(out, e->snippet.text, e->article.language);
		wv_html(out, "</p>\n");
	}
	wv_html(out, "</li>\n");
}

static enum wv_status add_entries(const struct view *v, const struct wv_subscription *s,
                                  size_t max, struct wv_err *err)
{
	struct wv_err why = WV_ERR_NONE;
	struct wv_feed feed;
	enum wv_status st;

	if (!v->visit->search)
		return WV_OK;
	st = wv_view_feed(v->visit, s, max, &feed, &why);
	/* A query of an older release that cannot be read any more. */
	if (st == WV_USAGE) {
		wv_html(v->out, "<p class=\"notice\">");
		wv_say(v->out, v->visit, WV_PHRASE_BAD_QUERY);
		wv_html(v->out, "<bdi lang=\"en\">");
		wv_html_text(v->out, wv_slice_of(why.text));
		wv_html(v->out, "</bdi></p>\n");
		return WV_OK;
	}
	if (st != WV_OK)
		return wv_err_set(err, st, "%s", why.text);
	if (!feed.count)
		wv_say_in(v->out, v->visit, "p", WV_PHRASE_NOTHING);
	wv_html(v->out, "<ul class=\"items\">\n");
	for (size_t i = 0; i < feed.count; i++)
		add_entry(v, &feed.entries[i]);
	wv_html(v->out, "</ul>\n");
	return WV_OK;
}

/* --- a subscription --- */

/* The feeds keep the instant, too: they can be had as of then. */
static const char *instant_of(const struct wv_visit *visit)
{
	WV_AUTO(wv_buf_done) struct wv_buf more = {.cap = 1024};
	char text[WV_TIME_TEXT_MAX];

	if (visit->has_as_of)
		wv_buf_add_format(&more, "&as-of=%s", wv_time_print(visit->at, text));
	if (visit->has_known_at)
		wv_buf_add_format(&more, "&known-at=%s", wv_time_print(visit->known_at, text));
	return wv_arena_string(visit->arena, wv_buf_slice(&more));
}

static void add_link(const struct view *v, const struct wv_address *address, const char *type,
                     enum wv_phrase words, struct wv_slice name)
{
	wv_html(v->out, "<a");
	wv_address_href(v->out, v->visit, address);
	if (type)
		wv_buf_add_format(v->out, " type=\"%s\"", type);
	wv_html(v->out, ">");
	wv_say(v->out, v->visit, words);
	wv_html(v->out, "<span class=\"unseen\">: ");
	wv_html_foreign(v->out, name, WV_SLICE_NONE);
	wv_html(v->out, "</span></a> ");
}

static void add_ways(const struct view *v, const struct wv_subscription *s)
{
	const char *more = instant_of(v->visit);
	const struct wv_address atom = {
		.place = WV_PLACE_FEED_ATOM, .text = s->name, .more = more};
	const struct wv_address json = {
		.place = WV_PLACE_FEED_JSON, .text = s->name, .more = more};
	const struct wv_address search = {.place = WV_PLACE_SEARCH, .text = s->query};

	wv_html(v->out, "<p><small>");
	wv_say(v->out, v->visit, WV_PHRASE_SEARCH_QUERY);
	wv_say(v->out, v->visit, WV_PHRASE_COLON);
	wv_html(v->out, "</small><code class=\"address\">");
	wv_html_text(v->out, s->query);
	wv_html(v->out, "</code></p>\n<p class=\"ways\">");
	add_link(v, &atom, "application/atom+xml", WV_PHRASE_FEED_ATOM, s->name);
	add_link(v, &json, "application/feed+json", WV_PHRASE_FEED_JSON, s->name);
	add_link(v, &search, NULL, WV_PHRASE_SEARCH, s->name);
	wv_html(v->out, "</p>\n");
}

static struct wv_address address_of(const struct view *v, struct wv_slice name)
{
	WV_AUTO(wv_buf_done) struct wv_buf more = {.cap = 4096};

	if (name.n)
		wv_buf_add_string(&more, "&name=");
	for (size_t i = 0; i < name.n; i++)
		wv_buf_add_format(&more, "%%%02X", name.p[i]);
	return (struct wv_address){.place = WV_PLACE_SUBSCRIPTIONS,
	                           .more = wv_arena_string(v->visit->arena, wv_buf_slice(&more))};
}

static enum wv_status add_one(const struct view *v, const struct wv_subscription *s, size_t max,
                              struct wv_err *err)
{
	const struct wv_address address = address_of(v, s->name);

	wv_html(v->out, "<section class=\"subscription\"><h2><a");
	wv_address_href(v->out, v->visit, &address);
	wv_html(v->out, ">");
	wv_html_foreign(v->out, s->name, WV_SLICE_NONE);
	wv_html(v->out, "</a></h2>\n");
	add_ways(v, s);
	if (max) {
		enum wv_status st = add_entries(v, s, max, err);

		if (st != WV_OK)
			return st;
	}
	wv_html(v->out, "</section>\n");
	return WV_OK;
}

/* --- the page --- */

static void open_page(const struct view *v, struct wv_slice title)
{
	wv_frame_open(v->out, v->visit,
	              &(struct wv_frame){.title = title,
	                                 .place = WV_PLACE_SUBSCRIPTIONS,
	                                 .feed = v->query->name,
	                                 .self = address_of(v, v->query->name)});
	if (v->query->name.n) {
		wv_html(v->out, "<p class=\"kicker\">");
		wv_say(v->out, v->visit, WV_PHRASE_SUBSCRIPTION);
		wv_html(v->out, "</p>\n");
	}
	wv_html(v->out, "<h1>");
	wv_html_foreign(v->out, title, WV_SLICE_NONE);
	wv_html(v->out, "</h1>\n");
	if (!v->visit->search)
		wv_say_in(v->out, v->visit, "p", WV_PHRASE_NO_INDEX);
	if (v->query->behind && v->visit->search) {
		wv_html(v->out, "<p class=\"notice\">");
		wv_say_count(v->out, v->visit, WV_PHRASE_BEHIND_N, v->query->behind);
		wv_html(v->out, "</p>\n");
	}
}

static enum wv_status add_all(const struct view *v, struct wv_err *err)
{
	struct wv_subscription *list;
	size_t count;
	enum wv_status st = wv_subscription_list(wv_store_dir(v->visit->store), v->visit->arena,
	                                         &list, &count, err);

	if (st != WV_OK)
		return st;
	open_page(v, wv_slice_of(wv_phrase(v->visit->tongue, WV_PHRASE_SUBSCRIPTIONS)));
	if (!count) {
		wv_say_in(v->out, v->visit, "p", WV_PHRASE_NO_SUBSCRIPTIONS);
		wv_html(v->out, "<pre class=\"command\">wirevault subscribe NAME QUERY</pre>\n");
	}
	for (size_t i = 0; i < count && st == WV_OK; i++)
		st = add_one(v, &list[i], i < SHOWN_WITH_ENTRIES ? ENTRIES_EACH : 0, err);
	return st;
}

enum wv_status wv_view_subscriptions(struct wv_visit *visit,
                                     const struct wv_view_subscriptions_query *query,
                                     struct wv_buf *out, struct wv_err *err)
{
	const struct view v = {visit, query, out};
	struct wv_subscription s;
	enum wv_status st;

	if (!query->name.n) {
		st = add_all(&v, err);
	} else {
		st = wv_subscription_get(wv_store_dir(visit->store), visit->arena, query->name, &s,
		                         err);
		if (st != WV_OK)
			return st;
		open_page(&v, s.name);
		add_ways(&v, &s);
		wv_say_in(out, visit, "h2", WV_PHRASE_LATEST_FOUND);
		st = add_entries(&v, &s, WV_VIEW_FEED_MAX, err);
	}
	wv_frame_close(out, visit);
	return st;
}
