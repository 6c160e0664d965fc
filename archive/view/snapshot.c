#include "archive/view/snapshot.h"

#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/label.h"
#include "archive/view/prose.h"
#include "archive/view/say.h"
#include "archive/view/snapshot_parts.h"
#include "archive/view/wishes.h"
#include "archive/search/snippet.h"
#include "config/url.h"

#define DESCRIPTION_COLUMNS 200u
#define HISTORY_LOOKS       60u /* captures of the page, on either side */

/* --- reading --- */

static enum wv_status load_capture(struct snapshot *s, uint64_t id, struct wv_fact *refusal,
                                   struct wv_err *err)
{
	struct wv_visit *visit = s->visit;
	enum wv_status st = wv_store_capture(visit->txn, visit->arena, id, visit->known_at,
	                                     &s->capture, err);

	/* Of an erased one nothing is left but its leaf, and the fact that says so. */
	if (st == WV_NO) {
		enum wv_status erased =
			wv_register_erased(visit->txn, visit->arena, id, refusal, err);

		return erased == WV_OK ? WV_NO : erased;
	}
	if (st == WV_OK && !wv_time_is_none(visit->at) && s->capture.captured.us > visit->at.us)
		return WV_NO;
	return st == WV_OK ? wv_visit_shows(visit, &s->capture, refusal, err) : st;
}

static enum wv_status load_article(struct snapshot *s, struct wv_err *err)
{
	struct wv_visit *visit = s->visit;
	const struct wv_parts_query query = {.first = &s->capture,
	                                     .at = visit->at,
	                                     .known_at = visit->known_at,
	                                     .now = visit->now};
	enum wv_status st = wv_visit_article(visit, &s->capture, &s->article, err);

	s->has_article = st == WV_OK;
	if (st == WV_NO)
		return WV_OK;
	if (st != WV_OK)
		return st;
	s->capture.reason = s->article.reason; /* verdict and evidence of one reading */
	return wv_store_join_parts(visit->txn, visit->arena, &query, &s->article, &s->parts, err);
}

/* How far the page's captures go to one side of this one, looking at so many. */
static enum wv_status reach(struct snapshot *s, bool is_backwards, struct wv_time *out,
                            struct wv_err *err)
{
	struct wv_visit *visit = s->visit;
	const struct wv_captures_query query = {
		.page = s->capture.page,
		.from = is_backwards ? WV_TIME_NONE : s->capture.captured,
		.to = is_backwards ? s->capture.captured : visit->at,
		.known_at = visit->known_at,
		.now = visit->now,
		.is_backwards = is_backwards};
	WV_AUTO(wv_captures_end) struct wv_captures *walk = NULL;
	struct wv_capture capture;
	enum wv_status st = wv_captures_begin(visit->txn, &query, &walk, err);

	*out = s->capture.captured;
	for (size_t i = 0; st == WV_OK && i < HISTORY_LOOKS; i++) {
		st = wv_captures_next(walk, visit->arena, &capture, err);
		if (st == WV_OK)
			*out = capture.captured;
	}
	return st == WV_NO ? WV_OK : st;
}

/* The page's history around this capture: some pages are looked at thousands of times. */
static enum wv_status load_history(struct snapshot *s, struct wv_err *err)
{
	struct wv_visit *visit = s->visit;
	struct wv_history_query query = {
		.page = s->capture.page, .known_at = visit->known_at, .now = visit->now};
	enum wv_status st = reach(s, true, &query.from, err);

	if (st == WV_OK)
		st = reach(s, false, &query.to, err);
	if (st == WV_OK)
		st = wv_history_of(visit->txn, visit->arena, &query, &s->history, err);
	if (st == WV_NO)
		return WV_OK;
	for (size_t i = 0; st == WV_OK && s->capture.has_version && i < s->history.version_count; i++) {
		const struct wv_version *v = &s->history.versions[i];

		if (v->first_seen.us <= s->capture.captured.us &&
		    s->capture.captured.us <= v->last_seen.us &&
		    wv_digest_equals(&v->key, &s->capture.version))
			s->version = v;
	}
	return st;
}

static enum wv_status load(struct snapshot *s, uint64_t id, struct wv_fact *refusal,
                           struct wv_err *err)
{
	enum wv_status st = load_capture(s, id, refusal, err);

	if (st == WV_OK)
		st = load_article(s, err);
	if (st == WV_OK)
		st = load_history(s, err);
	if (st != WV_OK)
		return st;
	s->then = s->visit->has_as_of ? s->visit->at : s->capture.captured;
	s->document = s->capture.has_stands_for ? s->capture.stands_for : s->capture.id;
	st = wv_wishes_of(s->visit, &s->capture, &s->wishes, err);
	/* Of what was not kept there is nothing to withhold. */
	s->is_withdrawn = st == WV_OK && !wv_wishes_show_text(&s->wishes, s->visit->now) &&
	                  (!s->wishes.noarchive || s->capture.has_body);
	return st;
}

/* --- writing --- */

static struct wv_slice title_of(const struct snapshot *s, bool *is_fallback)
{
	struct wv_slice title = WV_SLICE_NONE;

	*is_fallback = true;
	if (s->has_article && !s->is_withdrawn &&
	    wv_snippet_title(&s->article, s->visit->arena, &title, is_fallback, NULL) == WV_OK &&
	    title.n)
		return title;
	*is_fallback = true;
	return s->capture.url;
}

static void add_title(struct snapshot *s, struct wv_slice title, bool is_fallback)
{
	wv_html(s->out, "<h1>");
	wv_html_foreign(s->out, title,
	                s->has_article && !s->is_withdrawn ? s->article.language : WV_SLICE_NONE);
	wv_html(s->out, "</h1>\n");
	if (is_fallback) {
		wv_html(s->out, "<p class=\"fallback\"><small>");
		wv_say(s->out, s->visit, WV_PHRASE_NO_TITLE);
		wv_html(s->out, "</small></p>\n");
	}
}

/* Is the picture in the archive, as it was then? */
static enum wv_status find_image(struct snapshot *s, struct wv_standing *out, struct wv_err *err)
{
	struct wv_visit *visit = s->visit;
	struct wv_standing_query query = {.at = s->capture.captured,
	                                  .known_at = visit->known_at,
	                                  .mode = visit->has_as_of ? WV_STANDING_AT
	                                                           : WV_STANDING_NEAREST,
	                                  .now = visit->now};
	struct wv_page page;
	struct wv_url base, url;
	struct wv_slice key;
	enum wv_status st;

	if (wv_url_parse(visit->arena, s->capture.url, NULL, &base, NULL) != WV_OK ||
	    wv_url_parse(visit->arena, s->article.image, &base, &url, NULL) != WV_OK ||
	    wv_url_page_key(visit->arena, &url, &key, NULL) != WV_OK)
		return WV_NO;
	st = wv_store_page_of_key(visit->txn, visit->arena, key, &page, err);
	if (st != WV_OK)
		return st;
	query.page = page.number;
	st = wv_store_standing(visit->txn, visit->arena, &query, out, err);
	if (st == WV_OK && !wv_slice_starts(out->capture.mime, WV_LIT("image/")))
		return WV_NO;
	return st;
}

static enum wv_status add_image(struct snapshot *s, struct wv_err *err)
{
	struct wv_standing standing = {0};
	struct wv_address raw = {.place = WV_PLACE_RAW};
	WV_AUTO(wv_buf_done) struct wv_buf address = {.cap = 64 * 1024};
	enum wv_status st;

	if (!s->article.image.n || !wv_address_exists(s->visit, WV_PLACE_RAW))
		return WV_OK;
	st = find_image(s, &standing, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	raw.text = standing.capture.url;
	raw.when = standing.capture.captured;
	wv_address_add(&address, s->visit, &raw);
	/* What it shows, the caption says; without one it is at least known to be there. */
	if (s->article.image_caption.n) {
		wv_html(s->out, "<figure aria-labelledby=\"caption\"><img alt=\"\" loading=\"lazy\"");
	} else {
		wv_html(s->out, "<figure");
		wv_say_attribute(s->out, s->visit, "aria-label", WV_PHRASE_LEAD_IMAGE);
		wv_html(s->out, "><img loading=\"lazy\"");
		wv_say_attribute(s->out, s->visit, "alt", WV_PHRASE_LEAD_IMAGE);
	}
	wv_html_attribute(s->out, "src", wv_buf_slice(&address));
	wv_html(s->out, ">");
	if (s->article.image_caption.n) {
		wv_html(s->out, "<figcaption id=\"caption\">");
		wv_html_foreign(s->out, s->article.image_caption, s->article.language);
		wv_html(s->out, "</figcaption>");
	}
	wv_html(s->out, "</figure>\n");
	return WV_OK;
}

static void add_parts(struct snapshot *s)
{
	const struct wv_parts *parts = &s->parts;

	if (parts->count) {
		wv_html(s->out, "<p class=\"meta\">");
		wv_say_count(s->out, s->visit, WV_PHRASE_PARTS_JOINED, parts->count + 1);
		wv_html(s->out, "</p>\n<ol class=\"meta\" start=\"2\">\n");
		for (size_t i = 0; i < parts->count; i++) {
			const struct wv_address part = {.place = WV_PLACE_SNAPSHOT,
			                                .id = parts->parts[i].id};

			wv_html(s->out, "<li><a");
			wv_address_href(s->out, s->visit, &part);
			wv_html(s->out, ">");
			wv_html_text(s->out, parts->parts[i].url);
			wv_html(s->out, "</a> ");
			wv_say_instant(s->out, s->visit, parts->parts[i].captured);
			wv_html(s->out, "</li>\n");
		}
		wv_html(s->out, "</ol>\n");
	}
	if (parts->missing.n) {
		wv_html(s->out, "<p class=\"note\">");
		wv_say(s->out, s->visit, WV_PHRASE_PARTS_MISSING);
		wv_html_foreign(s->out, parts->missing, WV_SLICE_NONE);
		wv_html(s->out, "</p>\n");
	}
}

/* An honest page where there is no article: what it is, why, and where it leads. */
static enum wv_status add_what(struct snapshot *s, struct wv_err *err)
{
	wv_html(s->out, "<div class=\"note\"><p><strong>");
	wv_say(s->out, s->visit, wv_label_what(&s->capture));
	wv_html(s->out, "</strong></p>\n");
	if (s->capture.reason.n && !(s->capture.flags & WV_CAPTURE_REDIRECT)) {
		wv_html(s->out, "<p><small>");
		wv_say(s->out, s->visit, WV_PHRASE_EVIDENCE);
		wv_say(s->out, s->visit, WV_PHRASE_COLON);
		wv_html(s->out, "</small><span lang=\"en\">");
		wv_html_text(s->out, s->capture.reason);
		wv_html(s->out, "</span></p>\n");
	}
	if (s->capture.flags & WV_CAPTURE_NOARCHIVE && !s->capture.has_body) {
		wv_html(s->out, "<p>");
		wv_say(s->out, s->visit, WV_PHRASE_NOT_ARCHIVED);
		wv_html(s->out, "</p>\n");
	}
	wv_html(s->out, "</div>\n");
	return snapshot_add_neighbours(s, err);
}

static void add_picture_itself(struct snapshot *s)
{
	const struct wv_address raw = {.place = WV_PLACE_RAW, .text = s->capture.url,
	                               .when = s->capture.captured};
	WV_AUTO(wv_buf_done) struct wv_buf address = {.cap = 64 * 1024};

	if (!s->capture.has_body || !wv_slice_starts(s->capture.mime, WV_LIT("image/")) ||
	    !wv_address_exists(s->visit, WV_PLACE_RAW))
		return;
	wv_address_add(&address, s->visit, &raw);
	wv_html(s->out, "<figure");
	wv_say_attribute(s->out, s->visit, "aria-label", WV_PHRASE_ABOUT_IMAGE);
	wv_html(s->out, "><img");
	wv_say_attribute(s->out, s->visit, "alt", WV_PHRASE_ABOUT_IMAGE);
	wv_html_attribute(s->out, "src", wv_buf_slice(&address));
	wv_html(s->out, "></figure>\n");
}

static enum wv_status add_text(struct snapshot *s, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	if (s->is_withdrawn) {
		wv_html(s->out, "<p class=\"note\">");
		if (s->wishes.noarchive)
			wv_say(s->out, s->visit, WV_PHRASE_KEPT_UNSHOWN);
		else
			wv_say_time(s->out, s->visit, WV_PHRASE_WITHDRAWN, s->wishes.unavailable_after);
		wv_html(s->out, "</p>\n");
		return WV_OK;
	}
	if (!s->has_article || s->article.verdict != WV_VERDICT_ARTICLE) {
		st = add_what(s, err);
		add_picture_itself(s);
	}
	if (st != WV_OK || !s->has_article || !s->article.block_count)
		return st;
	if (s->article.is_free == 0) {
		wv_html(s->out, "<p class=\"note\">");
		wv_say(s->out, s->visit, WV_PHRASE_FREE_NO);
		wv_html(s->out, "</p>\n");
	}
	st = add_image(s, err);
	if (st != WV_OK)
		return st;
	/* Of a wall: what stood in front of the article, not the article. */
	if (s->article.verdict != WV_VERDICT_ARTICLE)
		wv_say_in(s->out, s->visit, "h2", WV_PHRASE_NOT_READ);
	wv_html(s->out, "<article>\n");
	wv_prose_add(s->out, s->visit, &s->article);
	wv_html(s->out, "</article>\n");
	add_parts(s);
	snapshot_add_headlines(s);
	snapshot_add_conflicts(s);
	snapshot_add_removed(s);
	return WV_OK;
}

static void open_page(struct snapshot *s, struct wv_slice title)
{
	struct wv_frame frame = {.title = wv_html_cut(title, DESCRIPTION_COLUMNS, s->visit->arena),
	                         .place = WV_PLACE_SNAPSHOT,
	                         .self = {.place = WV_PLACE_SNAPSHOT, .id = s->capture.id},
	                         .wide = "wide",
	                         .noindex = s->is_withdrawn || s->wishes.noindex ||
	                                    s->wishes.noarchive};

	if (s->has_article && !s->is_withdrawn && !s->wishes.nosnippet) {
		struct wv_slice said = s->article.description;

		if (!said.n && s->article.block_count)
			said = s->article.blocks[0].text;
		frame.description = wv_html_cut(said, DESCRIPTION_COLUMNS, s->visit->arena);
	}
	wv_frame_open(s->out, s->visit, &frame);
}

static enum wv_status write_page(struct snapshot *s, struct wv_err *err)
{
	bool is_fallback;
	struct wv_slice title = title_of(s, &is_fallback);
	enum wv_status st;

	open_page(s, title);
	snapshot_add_crumbs(s);
	wv_html(s->out, "<div class=\"columns\">\n<div class=\"reading\">\n");
	add_title(s, title, is_fallback);
	st = snapshot_add_facts(s, err);
	if (st != WV_OK)
		return st;
	snapshot_add_actions(s);
	st = add_text(s, err);
	if (st != WV_OK)
		return st;
	wv_html(s->out, "</div>\n<aside class=\"boxes\">\n");
	st = snapshot_add_boxes(s, err);
	if (st == WV_OK)
		st = snapshot_add_proof(s, err);
	if (st == WV_OK)
		st = snapshot_add_category(s, err);
	if (st != WV_OK)
		return st;
	snapshot_add_collector(s);
	wv_html(s->out, "</aside>\n</div>\n");
	st = snapshot_add_later(s, err);
	wv_frame_close(s->out, s->visit);
	return st;
}

enum wv_status wv_view_snapshot(struct wv_visit *visit, uint64_t id, struct wv_fact *refusal,
                                struct wv_buf *out, struct wv_err *err)
{
	struct snapshot s = {.visit = visit, .out = out};
	enum wv_status st = load(&s, id, refusal, err);

	return st == WV_OK ? write_page(&s, err) : st;
}
