#include "crawler/discover/feed.h"

#include <stdlib.h>

#include "config/base/checked.h"
#include "config/base/limits.h"
#include "config/url.h"
#include "crawler/discover/feed_json.h"
#include "crawler/discover/feed_read.h"
#include "crawler/discover/xml.h"
#include "crawler/page/charset.h"
#include "crawler/page/markup.h"

/* Whole articles stand in content:encoded; of those only a summary is wanted. */
#define FIELD_BYTES   (256u * WV_KIB)
/* Each takes a few times its length, and a base makes the shortest one long. */
#define RESOLVED_MAX  (3u * WV_LIMIT_FEED_ITEMS)

/* Namespaces, as classes: a local name alone says too little (media:title is a caption). */
enum space {
	SPACE_FEED, /* none, RSS 0.9, 1.0, Atom */
	SPACE_DC,
	SPACE_CONTENT,
	SPACE_SY,
	SPACE_FEEDBURNER,
	SPACE_HTML,
	SPACE_OTHER,
};

struct space_name {
	const char *start; /* of the URI, or the prefix where undeclared */
	enum space space;
};

static const struct space_name space_names[] = {
	{"http://www.w3.org/2005/Atom", SPACE_FEED},
	{"http://purl.org/atom/", SPACE_FEED},
	{"http://purl.org/rss/1.0/modules/content", SPACE_CONTENT},
	{"http://purl.org/rss/1.0/modules/syndication", SPACE_SY},
	{"http://purl.org/rss/1.0/modules/", SPACE_OTHER},
	{"http://purl.org/rss/1.0/", SPACE_FEED},
	{"http://purl.org/net/rss1.1", SPACE_FEED},
	{"http://my.netscape.com/", SPACE_FEED},
	{"http://channel.netscape.com/", SPACE_FEED},
	{"http://backend.userland.com/", SPACE_FEED},
	{"http://www.w3.org/1999/02/22-rdf-syntax-ns", SPACE_FEED},
	{"http://purl.org/dc/", SPACE_DC},
	{"http://rssnamespace.org/feedburner", SPACE_FEEDBURNER},
	{"http://www.w3.org/1999/xhtml", SPACE_HTML},
	{"atom", SPACE_FEED},
	{"rdf", SPACE_FEED},
	{"rss", SPACE_FEED},
	{"content", SPACE_CONTENT},
	{"dcterms", SPACE_DC},
	{"dc", SPACE_DC},
	{"feedburner", SPACE_FEEDBURNER},
	{"sy", SPACE_SY},
};

static enum space space_of(struct wv_slice space)
{
	if (space.n == 0)
		return SPACE_FEED;
	for (size_t i = 0; i < WV_COUNT(space_names); i++) {
		if (wv_slice_starts(space, wv_slice_of(space_names[i].start)))
			return space_names[i].space;
	}
	return SPACE_OTHER;
}

/* What an element of a channel or an item says. */
enum field {
	FIELD_NONE,
	FIELD_TITLE,
	FIELD_DC_TITLE,
	FIELD_LINK,
	FIELD_ORIGINAL_LINK,
	FIELD_ID,
	FIELD_PUBLISHED,
	FIELD_DC_DATE,
	FIELD_UPDATED,
	FIELD_SUMMARY,
	FIELD_CONTENT,
	FIELD_LANGUAGE,
	FIELD_TTL,
	FIELD_PERIOD,
	FIELD_FREQUENCY,
	FIELD_HOUR,
	FIELD_DAY,
	FIELD_COUNT
};

static const struct {
	enum space space;
	const char *name;
	enum field field;
} field_names[] = {
	{SPACE_FEED, "title", FIELD_TITLE},
	{SPACE_DC, "title", FIELD_DC_TITLE},
	{SPACE_FEED, "link", FIELD_LINK},
	{SPACE_FEEDBURNER, "origLink", FIELD_ORIGINAL_LINK},
	{SPACE_FEED, "guid", FIELD_ID},
	{SPACE_FEED, "id", FIELD_ID},
	{SPACE_FEED, "pubDate", FIELD_PUBLISHED},
	{SPACE_FEED, "pubdate", FIELD_PUBLISHED},
	{SPACE_FEED, "published", FIELD_PUBLISHED},
	{SPACE_FEED, "issued", FIELD_PUBLISHED},
	{SPACE_DC, "issued", FIELD_DC_DATE},
	{SPACE_DC, "created", FIELD_DC_DATE},
	{SPACE_DC, "date", FIELD_DC_DATE},
	{SPACE_FEED, "updated", FIELD_UPDATED},
	{SPACE_FEED, "modified", FIELD_UPDATED},
	{SPACE_DC, "modified", FIELD_UPDATED},
	{SPACE_FEED, "description", FIELD_SUMMARY},
	{SPACE_FEED, "summary", FIELD_SUMMARY},
	{SPACE_DC, "description", FIELD_SUMMARY},
	{SPACE_CONTENT, "encoded", FIELD_CONTENT},
	{SPACE_FEED, "content", FIELD_CONTENT},
	{SPACE_FEED, "language", FIELD_LANGUAGE},
	{SPACE_DC, "language", FIELD_LANGUAGE},
	{SPACE_FEED, "ttl", FIELD_TTL},
	{SPACE_SY, "updatePeriod", FIELD_PERIOD},
	{SPACE_SY, "updateFrequency", FIELD_FREQUENCY},
	{SPACE_FEED, "hour", FIELD_HOUR},
	{SPACE_FEED, "day", FIELD_DAY},
};

/* How a text is to be read. */
enum form { FORM_MARKUP, FORM_PLAIN, FORM_NESTED };

struct value {
	struct wv_slice text;
	enum form form;
};

struct reader {
	struct wv_arena *arena;
	const struct wv_feed_context *context;
	struct wv_feed *feed;
	struct wv_feed_items items;
	bool is_feed, no_memory;
	unsigned item_depth;        /* of the open item, 0 outside */
	unsigned source_depth;      /* inside an entry's copy of another feed's head */
	struct wv_slice base;       /* xml:base of the feed, absolute */
	struct wv_slice item_base, about;
	bool guid_is_link;
	unsigned resolved;
	struct value values[FIELD_COUNT];  /* of the open item */
	struct value channel[FIELD_COUNT]; /* of the feed */
	enum field field;           /* being read */
	unsigned field_depth;
	enum form form;
	struct wv_buf text;
};

static enum field field_of(const struct wv_xml_element *element)
{
	enum space space = space_of(element->space);

	for (size_t i = 0; i < WV_COUNT(field_names); i++) {
		if (field_names[i].space == space &&
		    wv_slice_equals(element->name, wv_slice_of(field_names[i].name)))
			return field_names[i].field;
	}
	return FIELD_NONE;
}

static struct wv_slice copy(struct reader *r, struct wv_slice s)
{
	struct wv_slice copied = wv_arena_copy(r->arena, s);

	r->no_memory |= copied.n != s.n;
	return copied;
}

static struct wv_slice resolve(struct reader *r, struct wv_slice base, struct wv_slice reference)
{
	if (r->resolved == RESOLVED_MAX)
		return WV_SLICE_NONE;
	r->resolved++;
	return wv_feed_resolve(r->arena, base, reference);
}

static struct wv_slice base_of(const struct reader *r)
{
	return r->item_depth > 0 && r->item_base.n > 0 ? r->item_base : r->base;
}

/* ---- values ---- */

static struct wv_slice as_text(struct reader *r, const struct value *value, size_t cap)
{
	if (value->form == FORM_MARKUP)
		return wv_markup_text(r->arena, value->text, cap);
	return wv_feed_squeeze(r->arena, value->text, cap);
}

static struct wv_stated_time as_time(struct reader *r, const struct value *values,
                                     enum field field, const char *found)
{
	return wv_feed_time(r->arena, &r->context->times, values[field].text, found);
}

static bool is_web_url(struct wv_slice s)
{
	return wv_slice_starts_nocase(s, WV_LIT("http://")) ||
	       wv_slice_starts_nocase(s, WV_LIT("https://"));
}

static struct wv_slice item_url(struct reader *r, bool *guid_is_url)
{
	struct wv_slice id = r->values[FIELD_ID].text;
	struct wv_slice url = WV_SLICE_NONE;

	*guid_is_url = r->guid_is_link && is_web_url(id);
	if (r->values[FIELD_ORIGINAL_LINK].text.n > 0)
		url = resolve(r, base_of(r), r->values[FIELD_ORIGINAL_LINK].text);
	if (url.n == 0 && r->values[FIELD_LINK].text.n > 0)
		url = resolve(r, base_of(r), r->values[FIELD_LINK].text);
	if (url.n == 0 && *guid_is_url)
		url = resolve(r, base_of(r), id);
	if (url.n == 0 && r->about.n > 0)
		url = resolve(r, base_of(r), r->about);
	return url;
}

static void read_item(struct reader *r)
{
	struct wv_feed_item item = {.guid_is_url = false};
	const struct value *v = r->values;

	item.url = item_url(r, &item.guid_is_url);
	item.guid = v[FIELD_ID].text;
	item.title = as_text(r, &v[v[FIELD_TITLE].text.n > 0 ? FIELD_TITLE : FIELD_DC_TITLE],
	                     WV_LIMIT_TITLE_BYTES);
	item.summary = as_text(r, &v[v[FIELD_SUMMARY].text.n > 0 ? FIELD_SUMMARY : FIELD_CONTENT],
	                       WV_FEED_SUMMARY_BYTES);
	item.published = as_time(r, v, FIELD_PUBLISHED, "feed published");
	if (!item.published.is_set)
		item.published = as_time(r, v, FIELD_DC_DATE, "feed dc:date");
	item.updated = as_time(r, v, FIELD_UPDATED, "feed updated");
	/* Nothing in it: a mark of damage, not an item. */
	if (item.url.n > 0 || item.guid.n > 0 || item.title.n > 0)
		wv_feed_items_add(r->arena, &r->items, &item);
}

static void finish_item(struct reader *r)
{
	if (r->items.count < WV_LIMIT_FEED_ITEMS)
		read_item(r);
	else
		r->items.dropped++;
	r->item_depth = 0;
	r->source_depth = 0;
	r->field = FIELD_NONE;
}

/* ---- events ---- */

static bool is_item(const struct wv_xml_element *element)
{
	return space_of(element->space) == SPACE_FEED &&
	       (wv_slice_equals(element->name, WV_LIT("item")) ||
	        wv_slice_equals(element->name, WV_LIT("entry")));
}

static void start_root(struct reader *r, const struct wv_xml_element *element)
{
	if (wv_slice_equals_nocase(element->name, WV_LIT("rss")) ||
	    wv_slice_equals_nocase(element->name, WV_LIT("rdf"))) {
		r->is_feed = true;
		r->feed->kind = WV_FEED_RSS;
	} else if (wv_slice_equals(element->name, WV_LIT("feed")) &&
	           space_of(element->space) == SPACE_FEED) {
		r->is_feed = true;
		r->feed->kind = WV_FEED_ATOM;
	} else if (wv_slice_equals(element->name, WV_LIT("channel"))) { /* RSS 1.1, stray roots */
		r->is_feed = true;
		r->feed->kind = WV_FEED_RSS;
	}
}

static void start_item(struct reader *r, const struct wv_xml_element *element)
{
	const struct wv_xml_attr *about = wv_xml_attr(element, "about");

	if (r->item_depth > 0) /* the one before was never ended */
		finish_item(r);
	memset(r->values, 0, sizeof(r->values));
	r->item_depth = element->depth;
	r->item_base = WV_SLICE_NONE;
	r->guid_is_link = false;
	r->about = about ? copy(r, about->value) : WV_SLICE_NONE;
}

/* Atom's link: href and rel; feeds of other kinds carry it too. False if it has no href. */
static bool start_link(struct reader *r, const struct wv_xml_element *element)
{
	const struct wv_xml_attr *href = wv_xml_attr(element, "href");
	const struct wv_xml_attr *rel = wv_xml_attr(element, "rel");
	const struct wv_xml_attr *type = wv_xml_attr(element, "type");
	struct value *link = &(r->item_depth > 0 ? r->values : r->channel)[FIELD_LINK];
	bool is_page = !rel || wv_slice_equals_nocase(rel->value, WV_LIT("alternate"));

	if (!href)
		return false;
	if (r->item_depth == 0 && rel &&
	    (wv_slice_equals_nocase(rel->value, WV_LIT("next")) ||
	     wv_slice_equals_nocase(rel->value, WV_LIT("prev-archive"))))
		r->feed->next = resolve(r, base_of(r), href->value);
	if (!is_page)
		return true;
	/* Several alternates: the HTML one. */
	if (link->text.n == 0 || (type && wv_slice_starts(type->value, WV_LIT("text/html"))))
		link->text = copy(r, wv_slice_trim(href->value));
	return true;
}

static enum form form_of(const struct reader *r, const struct wv_xml_element *element)
{
	const struct wv_xml_attr *type = wv_xml_attr(element, "type");

	if (r->feed->kind != WV_FEED_ATOM)
		return FORM_MARKUP;
	if (type && wv_slice_find_nocase(type->value, WV_LIT("xhtml"), 0) != SIZE_MAX)
		return FORM_NESTED;
	if (type && wv_slice_find_nocase(type->value, WV_LIT("html"), 0) != SIZE_MAX)
		return FORM_MARKUP;
	return FORM_PLAIN;
}

static void start_field(struct reader *r, const struct wv_xml_element *element, enum field field)
{
	if (field == FIELD_LINK && start_link(r, element))
		return;
	if (field == FIELD_ID) {
		const struct wv_xml_attr *permanent = wv_xml_attr(element, "isPermaLink");

		/* RSS: true unless it says otherwise. An Atom id is a name, not an address. */
		r->guid_is_link = r->feed->kind == WV_FEED_RSS &&
		                  !(permanent &&
		                    wv_slice_equals_nocase(permanent->value, WV_LIT("false")));
	}
	r->field = field;
	r->field_depth = element->depth;
	r->form = form_of(r, element);
	r->text.n = 0;
}

static void note_base(struct reader *r, const struct wv_xml_element *element)
{
	const struct wv_xml_attr *base = wv_xml_attr(element, "base");

	if (!base)
		return;
	if (r->item_depth == element->depth)
		r->item_base = resolve(r, r->base, base->value);
	else if (r->item_depth == 0 && element->depth <= 2)
		r->base = resolve(r, r->base, base->value);
}

/* Fields of an item are its children; of a channel, children of the root or of channel. */
static bool is_field_level(const struct reader *r, unsigned depth, enum field field)
{
	if (r->item_depth > 0)
		return depth == r->item_depth + 1;
	if (field == FIELD_HOUR || field == FIELD_DAY)
		return depth <= 4;
	return depth == (r->feed->kind == WV_FEED_ATOM ? 2u : 3u);
}

static bool on_start(void *context, const struct wv_xml_element *element)
{
	struct reader *r = context;
	enum field field;

	if (element->depth == 1) {
		start_root(r, element);
		note_base(r, element);
		return r->is_feed;
	}
	if (r->field != FIELD_NONE) {
		/* Markup inside a field: its tags part words. A new field means a lost end tag. */
		if (!is_item(element)) {
			if (r->text.n < FIELD_BYTES)
				wv_buf_add_byte(&r->text, ' ');
			return true;
		}
	}
	if (r->source_depth > 0)
		return true;
	if (is_item(element) && element->depth <= 4) {
		start_item(r, element);
		note_base(r, element);
		return true;
	}
	note_base(r, element);
	if (r->item_depth > 0 && element->depth == r->item_depth + 1 &&
	    wv_slice_equals(element->name, WV_LIT("source"))) {
		r->source_depth = element->depth;
		return true;
	}
	field = field_of(element);
	if (field != FIELD_NONE && is_field_level(r, element->depth, field))
		start_field(r, element, field);
	return !r->no_memory;
}

static bool on_text(void *context, struct wv_slice text)
{
	struct reader *r = context;

	if (r->field != FIELD_NONE && r->text.n < FIELD_BYTES)
		wv_buf_add(&r->text, wv_slice_part(text, 0, FIELD_BYTES - r->text.n));
	return r->text.failed == WV_OK;
}

static void keep_schedule(struct reader *r, struct wv_slice text)
{
	static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
	                                   "Thursday", "Friday", "Saturday"};
	uint64_t hour;

	if (r->field == FIELD_HOUR && wv_slice_u64(text, &hour) && hour <= 24)
		r->feed->skip_hours |= 1u << (hour % 24);
	for (unsigned d = 0; r->field == FIELD_DAY && d < 7; d++) {
		if (wv_slice_equals_nocase(text, wv_slice_of(days[d])))
			r->feed->skip_days |= (uint8_t)(1u << d);
	}
}

static bool on_end(void *context, const struct wv_xml_element *element)
{
	struct reader *r = context;

	if (r->field != FIELD_NONE && element->depth == r->field_depth) {
		struct wv_slice text = wv_slice_trim(wv_buf_slice(&r->text));
		struct value *value =
			&(r->item_depth > 0 ? r->values : r->channel)[r->field];

		keep_schedule(r, text);
		if (value->text.n == 0 && text.n > 0) {
			value->text = copy(r, text);
			value->form = r->form;
		}
		r->field = FIELD_NONE;
	}
	if (r->source_depth == element->depth)
		r->source_depth = 0;
	if (r->item_depth == element->depth)
		finish_item(r);
	return !r->no_memory && !r->items.no_memory;
}

/* ---- the whole ---- */

static int64_t ttl_us(const struct value *channel)
{
	uint64_t minutes;

	if (!wv_slice_u64(channel[FIELD_TTL].text, &minutes) || minutes == 0 || minutes >= 1000000)
		return -1;
	return (int64_t)minutes * 60 * WV_US_PER_S;
}

static int64_t period_us(const struct value *channel)
{
	static const struct {
		const char *name;
		int64_t hours;
	} periods[] = {{"hourly", 1}, {"daily", 24}, {"weekly", 168}, {"monthly", 720}};
	uint64_t n;

	for (size_t i = 0; i < WV_COUNT(periods); i++) {
		if (!wv_slice_equals_nocase(channel[FIELD_PERIOD].text,
		                            wv_slice_of(periods[i].name)))
			continue;
		if (!wv_slice_u64(channel[FIELD_FREQUENCY].text, &n) || n == 0 || n > 1000)
			n = 1;
		return periods[i].hours * 3600 * WV_US_PER_S / (int64_t)n;
	}
	return -1;
}

static void finish_feed(struct reader *r)
{
	struct wv_feed *feed = r->feed;

	if (r->item_depth > 0)
		finish_item(r);
	feed->title = as_text(r, &r->channel[FIELD_TITLE], WV_LIMIT_TITLE_BYTES);
	feed->language = r->channel[FIELD_LANGUAGE].text;
	if (r->channel[FIELD_LINK].text.n > 0)
		feed->url = resolve(r, r->base, r->channel[FIELD_LINK].text);
	feed->ttl_us = ttl_us(r->channel);
	feed->period_us = period_us(r->channel);
	feed->items = r->items.items;
	feed->item_count = r->items.count;
	feed->dropped = r->items.dropped;
}

static enum wv_status parse_xml(struct reader *r, struct wv_slice text, struct wv_err *err)
{
	struct wv_xml_handler handler = {r, on_start, on_end, on_text};
	WV_AUTO(wv_xml_free) struct wv_xml *xml = NULL;
	enum wv_status st = wv_xml_new(&handler, &xml, err);

	if (st != WV_OK)
		return st;
	st = wv_xml_feed(xml, text, NULL);
	if (st == WV_OK)
		st = wv_xml_finish(xml, NULL);
	r->feed->is_damaged = wv_xml_is_damaged(xml) || st == WV_LIMIT;
	if ((st != WV_OK && st != WV_LIMIT) || r->no_memory || r->items.no_memory ||
	    r->text.failed == WV_NOMEM)
		return wv_err_set(err, WV_NOMEM, "out of memory for a feed");
	if (!r->is_feed)
		return wv_err_set(err, WV_BAD_INPUT, "not a feed");
	finish_feed(r);
	return WV_OK;
}

enum wv_status wv_feed_parse(struct wv_arena *arena, struct wv_slice body,
                             const struct wv_feed_context *context, struct wv_feed *out,
                             struct wv_err *err)
{
	struct wv_charset_hints hints = {.content_type = context->content_type, .is_xml = true};
	struct wv_charset_text text;
	struct wv_feed feed = {.ttl_us = -1, .period_us = -1};
	struct reader *r = WV_ARENA_NEW(arena, struct reader);
	struct wv_url url;
	enum wv_status st;

	if (!r)
		return wv_err_set(err, WV_NOMEM, "out of memory for a feed");
	st = wv_url_parse(arena, context->url, NULL, &url, err);
	if (st != WV_OK)
		return wv_err_add(err, st, "feed's own address");
	st = wv_charset_decode(arena, body, &hints, &text, err);
	if (st != WV_OK)
		return st;
	feed.charset = text.name;
	if (wv_feed_is_json(text.text)) {
		st = wv_feed_parse_json(arena, text.text, context, &feed, err);
	} else {
		r->arena = arena;
		r->context = context;
		r->feed = &feed;
		r->base = url.href;
		wv_buf_init(&r->text, FIELD_BYTES + WV_KIB);
		st = parse_xml(r, text.text, err);
		wv_buf_done(&r->text);
	}
	if (st != WV_OK)
		return st;
	feed.is_damaged |= text.errors > 0;
	*out = feed;
	return WV_OK;
}
