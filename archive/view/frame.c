#include "archive/view/frame.h"

#include "archive/search/snippet.h"
#include "archive/view/html.h"
#include "archive/view/label.h"
#include "archive/view/say.h"
#include "archive/view/wishes.h"
#include "config/base/text.h"

#define EXCERPT_COLUMNS 240u
#define LEAD_LOOKS      6u /* blocks */

static const char *say(const struct wv_visit *visit, enum wv_phrase phrase)
{
	return wv_phrase(visit->tongue, phrase);
}

void wv_frame_link(struct wv_buf *out, const struct wv_visit *visit,
                   const struct wv_address *address, enum wv_phrase phrase)
{
	bool exists = wv_address_exists(visit, address->place);

	if (exists) {
		wv_html(out, "<a");
		wv_address_href(out, visit, address);
		wv_html(out, ">");
	}
	wv_say(out, visit, phrase);
	if (exists)
		wv_html(out, "</a>");
}

void wv_frame_link_of(struct wv_buf *out, const struct wv_visit *visit,
                      const struct wv_address *address, enum wv_phrase phrase,
                      struct wv_slice what, struct wv_slice language)
{
	if (!wv_address_exists(visit, address->place))
		return;
	wv_html(out, "<a");
	wv_address_href(out, visit, address);
	wv_html(out, ">");
	wv_say(out, visit, phrase);
	wv_html(out, "<span class=\"unseen\">: ");
	wv_say_name(out, visit, what, language);
	wv_html(out, "</span></a> ");
}

void wv_frame_source(struct wv_buf *out, const struct wv_visit *visit, struct wv_slice source,
                     struct wv_slice language)
{
	const struct wv_address address = {.place = WV_PLACE_SOURCE, .text = source};

	wv_html(out, "<a");
	wv_address_href(out, visit, &address);
	wv_html(out, ">");
	wv_say_name(out, visit, source, language);
	wv_html(out, "</a>");
}

/* --- head --- */

static void add_asset(struct wv_buf *out, const struct wv_visit *visit, enum wv_place place)
{
	const struct wv_address asset = {.place = place};
	WV_AUTO(wv_buf_done) struct wv_buf address = {.cap = 4096};

	wv_address_add(&address, visit, &asset);
	if (place == WV_PLACE_STYLE) {
		wv_html(out, "<link rel=\"stylesheet\"");
		wv_html_attribute(out, "href", wv_buf_slice(&address));
		wv_html(out, ">\n");
	} else {
		wv_html(out, "<script defer");
		wv_html_attribute(out, "src", wv_buf_slice(&address));
		wv_html(out, "></script>\n");
	}
}

static void add_feed(struct wv_buf *out, const struct wv_visit *visit, const struct wv_frame *frame,
                     enum wv_place place, const char *type)
{
	const struct wv_address feed = {.place = place, .text = frame->feed};

	wv_buf_add_format(out, "<link rel=\"alternate\" type=\"%s\"", type);
	wv_html_attribute(out, "title", frame->feed);
	wv_address_href(out, visit, &feed);
	wv_html(out, ">\n");
}

static void add_head(struct wv_buf *out, const struct wv_visit *visit, const struct wv_frame *frame)
{
	wv_html(out, "<!DOCTYPE html>\n<html");
	wv_html_attribute(out, "lang", wv_slice_of(wv_tongue_tag(visit->tongue)));
	wv_html(out, ">\n<head>\n<meta charset=\"utf-8\">\n"
	             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	             "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	if (frame->title.n) {
		wv_html_text(out, frame->title);
		wv_html(out, " \xc2\xb7 ");
	}
	wv_say(out, visit, WV_PHRASE_SITE);
	wv_html(out, "</title>\n");
	if (frame->description.n) {
		wv_html(out, "<meta name=\"description\"");
		wv_html_attribute(out, "content", frame->description);
		wv_html(out, ">\n");
	}
	if (visit->settings->serve.robots != WV_SERVE_ROBOTS_INDEX || frame->noindex)
		wv_html(out, "<meta name=\"robots\" content=\"noindex\">\n");
	if (frame->feed.n) {
		add_feed(out, visit, frame, WV_PLACE_FEED_ATOM, "application/atom+xml");
		add_feed(out, visit, frame, WV_PLACE_FEED_JSON, "application/feed+json");
	}
	add_asset(out, visit, WV_PLACE_STYLE);
	add_asset(out, visit, WV_PLACE_SCRIPT);
	wv_html(out, "</head>\n");
}

/* --- header --- */

static void add_entry(struct wv_buf *out, const struct wv_visit *visit,
                      const struct wv_frame *frame, enum wv_place place, enum wv_phrase phrase)
{
	const struct wv_address address = {.place = place};

	if (!wv_address_exists(visit, place))
		return;
	wv_html(out, "<li><a");
	wv_address_href(out, visit, &address);
	if (frame->place == place)
		wv_html(out, " aria-current=\"page\"");
	wv_html(out, ">");
	wv_say(out, visit, phrase);
	wv_html(out, "</a></li>\n");
}

static void add_search(struct wv_buf *out, const struct wv_visit *visit,
                       const struct wv_frame *frame)
{
	/* The page of the search has a form of its own. */
	if (!wv_address_exists(visit, WV_PLACE_SEARCH) || frame->place == WV_PLACE_SEARCH)
		return;
	wv_html(out, "<form class=\"find\" role=\"search\" action=\"/search\" method=\"get\"");
	wv_say_attribute(out, visit, "aria-label", WV_PHRASE_SEARCH);
	wv_html(out, ">");
	wv_address_keep(out, visit);
	wv_html(out, "<label class=\"unseen\" for=\"q\">");
	wv_say(out, visit, WV_PHRASE_SEARCH);
	wv_html(out, "</label><input id=\"q\" name=\"q\" type=\"search\" autocomplete=\"off\"");
	wv_html_attribute(out, "placeholder", wv_slice_of(say(visit, WV_PHRASE_SEARCH_HINT)));
	wv_html_attribute(out, "value", frame->query);
	wv_html(out, "><button>");
	wv_say(out, visit, WV_PHRASE_SEARCH);
	wv_html(out, "</button></form>\n");
}

static void add_tongues(struct wv_buf *out, const struct wv_visit *visit,
                        const struct wv_frame *frame)
{
	struct wv_visit other = *visit;

	if (visit->form == WV_FORM_STATIC)
		return;
	wv_html(out, "<ul class=\"tongues\"");
	wv_html_attribute(out, "aria-label", wv_slice_of(say(visit, WV_PHRASE_LANGUAGE)));
	wv_html(out, ">");
	other.has_tongue = true;
	for (int t = 0; t < (int)WV_TONGUE_COUNT; t++) {
		other.tongue = (enum wv_tongue)t;
		wv_html(out, "<li><a");
		wv_address_href(out, &other, &frame->self);
		wv_html_attribute(out, "lang", wv_slice_of(wv_tongue_tag(other.tongue)));
		wv_html_attribute(out, "hreflang", wv_slice_of(wv_tongue_tag(other.tongue)));
		if (other.tongue == visit->tongue)
			wv_html(out, " aria-current=\"true\"");
		wv_html(out, ">");
		wv_html_text(out, wv_slice_of(wv_tongue_name(other.tongue)));
		wv_html(out, "</a></li>");
	}
	wv_html(out, "</ul>\n");
}

/* "As of 2024-06-05 05:45:03 UTC": where one stands in time, and the way to another instant. */
/* Words with an instant among them. */
static void add_words_of(struct wv_buf *out, const struct wv_visit *visit, const char *tag,
                         enum wv_phrase words, struct wv_time instant)
{
	struct wv_slice before, after;

	wv_phrase_split(visit->tongue, words, &before, &after);
	wv_buf_add_format(out, "<%s>", tag);
	wv_html_text(out, before);
	wv_say_instant(out, visit, instant);
	wv_html_text(out, after);
	wv_buf_add_format(out, "</%s>", tag);
}

/* The instant's form asks for this very page: /travel leads back to it. */
static void add_travel(struct wv_buf *out, const struct wv_visit *visit,
                       const struct wv_frame *frame)
{
	WV_AUTO(wv_buf_done) struct wv_buf self = {.cap = 64 * 1024};
	struct wv_visit now = *visit;
	char text[WV_TIME_TEXT_MAX];

	now.has_as_of = now.has_known_at = false;
	wv_address_add(&self, &now, &frame->self);
	wv_html(out, "<form action=\"/travel\" method=\"get\"");
	wv_say_attribute(out, visit, "aria-label", WV_PHRASE_AS_OF_FORM);
	wv_html(out, "><input type=\"hidden\" name=\"to\"");
	wv_html_attribute(out, "value", wv_buf_slice(&self));
	wv_html(out, "><label for=\"as-of\">");
	wv_say(out, visit, WV_PHRASE_AS_OF_FIELD);
	wv_html(out, "</label><input id=\"as-of\" name=\"as-of\" class=\"when\" "
	             "placeholder=\"2024-06-05 12:00\"");
	if (visit->has_as_of)
		wv_html_attribute(out, "value", wv_slice_of(wv_time_print(visit->at, text)));
	wv_html(out, "><button>");
	wv_say(out, visit, WV_PHRASE_GO);
	wv_html(out, "</button>");
	if (visit->has_as_of || visit->has_known_at) {
		wv_html(out, " <a");
		wv_address_href(out, &now, &frame->self);
		wv_html(out, ">");
		wv_say(out, visit, WV_PHRASE_BACK_TO_NOW);
		wv_html(out, "</a>");
	}
	wv_html(out, "</form>");
}

static void add_instant(struct wv_buf *out, const struct wv_visit *visit,
                        const struct wv_frame *frame)
{
	wv_buf_add_format(out, "<section class=\"instant%s\"", visit->has_as_of ? " past" : "");
	wv_html_attribute(out, "aria-label", wv_slice_of(say(visit, WV_PHRASE_INSTANT)));
	wv_html(out, ">");
	wv_html(out, "<p>");
	if (visit->has_as_of) {
		add_words_of(out, visit, "strong", WV_PHRASE_AS_OF, visit->at);
		wv_html(out, " ");
		wv_say(out, visit, WV_PHRASE_AS_OF_ABOUT);
		wv_html(out, " ");
	} else if (visit->form == WV_FORM_SERVED) {
		wv_say(out, visit, WV_PHRASE_AS_OF_NOW);
	}
	if (visit->has_as_of || visit->has_known_at || visit->form == WV_FORM_STATIC)
		add_words_of(out, visit, "small", WV_PHRASE_KNOWN_AT, visit->known_at);
	if (visit->is_simulated) {
		wv_html(out, " <small class=\"simulated\">");
		wv_say(out, visit, WV_PHRASE_SIMULATED);
		wv_html(out, "</small>");
	}
	wv_html(out, "</p>\n");
	if (visit->form == WV_FORM_SERVED)
		add_travel(out, visit, frame);
	wv_html(out, "</section>\n");
}

void wv_frame_open(struct wv_buf *out, const struct wv_visit *visit, const struct wv_frame *frame)
{
	const struct wv_address front = {.place = WV_PLACE_FRONT};

	add_head(out, visit, frame);
	wv_html(out, "<body>\n<a class=\"skip\" href=\"#main\">");
	wv_say(out, visit, WV_PHRASE_SKIP);
	wv_html(out, "</a>\n<header class=\"top\">\n<a class=\"name\"");
	wv_address_href(out, visit, &front);
	wv_html(out, ">");
	wv_say(out, visit, WV_PHRASE_SITE);
	wv_html(out, "</a>\n<nav");
	wv_html_attribute(out, "aria-label", wv_slice_of(say(visit, WV_PHRASE_NAVIGATION)));
	wv_html(out, "><ul>\n");
	add_entry(out, visit, frame, WV_PLACE_FRONT, WV_PHRASE_LATEST);
	add_entry(out, visit, frame, WV_PLACE_SUBSCRIPTIONS, WV_PHRASE_SUBSCRIPTIONS);
	add_entry(out, visit, frame, WV_PLACE_PULSE, WV_PHRASE_PULSE);
	add_entry(out, visit, frame, WV_PLACE_ABOUT, WV_PHRASE_ABOUT);
	wv_html(out, "</ul></nav>\n");
	add_search(out, visit, frame);
	add_tongues(out, visit, frame);
	wv_html(out, "</header>\n");
	add_instant(out, visit, frame);
	wv_buf_add_format(out, "<main id=\"main\" class=\"%s\">\n", frame->wide ? frame->wide : "page");
}

void wv_frame_contact(struct wv_buf *out, const struct wv_visit *visit)
{
	struct wv_slice contact = visit->settings->serve.contact;

	if (!contact.n)
		contact = visit->settings->contact;
	if (!contact.n)
		return;
	wv_html(out, "<p>");
	wv_say(out, visit, WV_PHRASE_TAKE_DOWN);
	wv_html(out, "<a");
	if (wv_slice_starts_nocase(contact, WV_LIT("mailto:")))
		wv_html_attribute(out, "href", contact);
	else
		wv_html_href(out, contact);
	wv_html(out, ">");
	wv_html_text(out, wv_slice_starts_nocase(contact, WV_LIT("mailto:"))
	                          ? wv_slice_from(contact, 7)
	                          : contact);
	wv_html(out, "</a></p>\n");
}

void wv_frame_close(struct wv_buf *out, const struct wv_visit *visit)
{
	struct wv_slice notice = visit->settings->serve.notice;

	wv_html(out, "</main>\n<footer class=\"bottom\">\n<p class=\"notice-text\">");
	/* The archive's own words, where the settings give none. */
	if (notice.n)
		wv_html_text(out, notice);
	else
		wv_say(out, visit, WV_PHRASE_NOTICE_TEXT);
	wv_html(out, "</p>\n");
	wv_frame_contact(out, visit);
	wv_html(out, "<p>wirevault " WV_VERSION "</p>\n</footer>\n</body>\n</html>\n");
}

void wv_frame_notice(struct wv_buf *out, const struct wv_visit *visit, enum wv_phrase title,
                     struct wv_slice detail)
{
	const struct wv_frame frame = {.title = wv_slice_of(say(visit, title)),
	                               .place = WV_PLACE_COUNT,
	                               .self = {.place = WV_PLACE_FRONT}};
	const struct wv_address front = {.place = WV_PLACE_FRONT};

	wv_frame_open(out, visit, &frame);
	wv_html(out, "<h1>");
	wv_say(out, visit, title);
	wv_html(out, "</h1>\n");
	if (detail.n) {
		wv_html(out, "<p>");
		wv_html_text(out, detail);
		wv_html(out, "</p>\n");
	}
	/* No dead end. */
	if (title == WV_PHRASE_NOT_FOUND) {
		wv_say_in(out, visit, "p", WV_PHRASE_NOT_FOUND_HINT);
		wv_html(out, "<p>");
		wv_frame_link(out, visit, &front, WV_PHRASE_LATEST);
		wv_html(out, "</p>\n");
	}
	wv_frame_close(out, visit);
}

/* --- pieces --- */

/* Known to the second: what a page says to the second lasts that long. */
static bool is_instant(const struct wv_stated_time *t)
{
	return !wv_time_is_none(t->earliest) && !wv_time_is_none(t->latest) &&
	       t->latest.us - t->earliest.us < WV_US_PER_S;
}

/* "2024-06-05T01:26:00+08:00" as people read it: "2024-06-05 01:26:00 +08:00", "... UTC". */
static void add_stated_text(struct wv_buf *out, const struct wv_stated_time *t)
{
	char text[WV_TIME_TEXT_MAX];
	struct wv_slice s = t->text;
	size_t at = wv_slice_find_byte(s, 'T', 0);
	struct wv_slice clock = at == SIZE_MAX ? WV_SLICE_NONE : wv_slice_from(s, at + 1);
	size_t zone = 0;

	wv_html(out, "<time");
	wv_html_attribute(out, "datetime",
	                  is_instant(t) ? wv_slice_of(wv_time_print(t->earliest, text)) : s);
	wv_html(out, ">");
	if (at != 10) {
		wv_html_text(out, s);
	} else {
		while (zone < clock.n && (wv_byte_is_digit(clock.p[zone]) || clock.p[zone] == ':' ||
		                          clock.p[zone] == '.'))
			zone++;
		wv_html_text(out, wv_slice_part(s, 0, at));
		wv_html(out, " ");
		wv_html_text(out, wv_slice_part(clock, 0, zone));
		if (zone < clock.n) {
			wv_html(out, " ");
			wv_html_text(out, clock.p[zone] == 'Z' ? WV_LIT("UTC") : wv_slice_from(clock, zone));
		}
	}
	wv_html(out, "</time>");
}

static void add_interval(struct wv_buf *out, const struct wv_visit *visit,
                         const struct wv_stated_time *t)
{
	struct wv_slice before, after;

	if (is_instant(t) || wv_time_is_none(t->earliest) || wv_time_is_none(t->latest))
		return;
	wv_phrase_split(visit->tongue, WV_PHRASE_BETWEEN, &before, &after);
	wv_html(out, " \xc2\xb7 ");
	wv_html_text(out, before);
	wv_say_instant(out, visit, t->earliest);
	wv_html(out, " \xe2\x80\x93 ");
	wv_say_instant(out, visit, t->latest);
	wv_html_text(out, after);
}

static const enum wv_phrase zone_phrases[] = {WV_PHRASE_ZONE_NONE, WV_PHRASE_ZONE_EXPLICIT,
                                              WV_PHRASE_ZONE_SOURCE, WV_PHRASE_ZONE_ASSUMED};

void wv_frame_found(struct wv_buf *out, const struct wv_visit *visit, struct wv_slice found)
{
	struct wv_slice before, after;
	enum wv_phrase place;

	bool is_ours = wv_label_found(found, &place);

	wv_phrase_split(visit->tongue, WV_PHRASE_FOUND_IN, &before, &after);
	/* Words of Han and kana stand without a space between them. */
	if (is_ours && visit->tongue != WV_TONGUE_EN) {
		before = wv_slice_trim(before);
		after = wv_slice_trim(after);
	}
	wv_html_text(out, before);
	if (is_ours)
		wv_say(out, visit, place);
	else
		wv_html_foreign(out, found, WV_SLICE_NONE);
	wv_html_text(out, after);
}

void wv_frame_stated(struct wv_buf *out, const struct wv_visit *visit,
                     const struct wv_stated_time *t)
{
	add_stated_text(out, t);
	wv_html(out, " <small class=\"basis\">");
	wv_frame_found(out, visit, t->found);
	wv_html(out, " \xc2\xb7 ");
	wv_say(out, visit, zone_phrases[t->zone]);
	add_interval(out, visit, t);
	wv_html(out, "</small>");
}

void wv_frame_stated_short(struct wv_buf *out, const struct wv_visit *visit,
                           const struct wv_stated_time *t)
{
	add_stated_text(out, t);
	if (t->zone == WV_ZONE_EXPLICIT && is_instant(t))
		return;
	wv_html(out, "<small class=\"basis\">");
	wv_say_bracketed(out, visit, zone_phrases[t->zone]);
	wv_html(out, "</small>");
}

void wv_frame_headline(struct wv_buf *out, const struct wv_visit *visit,
                       const struct wv_capture *capture, const struct wv_article *article)
{
	const struct wv_address address = {.place = WV_PLACE_SNAPSHOT, .id = capture->id};
	struct wv_slice title = WV_SLICE_NONE;
	bool is_fallback = true;

	if (article && wv_snippet_title(article, visit->arena, &title, &is_fallback, NULL) != WV_OK)
		title = WV_SLICE_NONE;
	wv_html(out, "<a");
	wv_address_href(out, visit, &address);
	wv_html(out, ">");
	if (title.n)
		wv_html_foreign(out, title, article->language);
	else
		wv_html_text(out, capture->url);
	wv_html(out, "</a>");
	if (!title.n || is_fallback) {
		wv_html(out, " <small class=\"fallback\">");
		wv_say(out, visit, WV_PHRASE_NO_TITLE);
		wv_html(out, "</small>");
	}
}

/* Ends as a sentence does, a quotation mark or bracket behind it aside. */
static bool ends_sentence(struct wv_slice text)
{
	size_t at = text.n;

	for (unsigned i = 0; i < 2 && at > 0; i++)
		if (wv_text_ends_sentence(wv_text_previous(text, &at)))
			return true;
	return false;
}

struct wv_slice wv_frame_lead(const struct wv_article *article)
{
	for (size_t i = 0; i < article->block_count && i < LEAD_LOOKS; i++)
		if (article->blocks[i].kind == WV_BLOCK_PARAGRAPH &&
		    ends_sentence(article->blocks[i].text))
			return article->blocks[i].text;
	if (article->description.n || !article->block_count)
		return article->description;
	return article->blocks[0].text;
}

static void add_item_line(struct wv_buf *out, const struct wv_visit *visit,
                          const struct wv_frame_item *item)
{
	const struct wv_article *article = item->article;
	struct wv_slice language = article ? article->language : WV_SLICE_NONE;

	if (item->capture->source.n && !item->no_source) {
		wv_frame_source(out, visit, item->capture->source, language);
		wv_html(out, " \xc2\xb7 ");
	}
	if (article && article->category.n && !item->no_category) {
		wv_say_name(out, visit, article->category, WV_SLICE_NONE);
		wv_html(out, " \xc2\xb7 ");
	}
	/* A time under a headline is that of publication; another is named. */
	if (article && article->published.is_set)
		wv_frame_stated_short(out, visit, &article->published);
	else
		wv_say_time(out, visit, WV_PHRASE_ITEM_SEEN, item->capture->captured);
}

void wv_frame_item(struct wv_buf *out, const struct wv_visit *visit,
                   const struct wv_frame_item *item)
{
	wv_html(out, "<li class=\"item\"><h3>");
	wv_frame_headline(out, visit, item->capture, item->article);
	wv_html(out, "</h3>\n<p class=\"meta\">");
	add_item_line(out, visit, item);
	wv_html(out, "</p>\n");
	if (item->excerpt.n && wv_wishes_show_excerpt(visit, item->capture)) {
		wv_html(out, "<p class=\"excerpt\">");
		wv_html_foreign(out, wv_html_cut(item->excerpt, EXCERPT_COLUMNS, visit->arena),
		                item->article ? item->article->language : WV_SLICE_NONE);
		wv_html(out, "</p>\n");
	}
	wv_html(out, "</li>\n");
}
