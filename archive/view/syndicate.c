#include "archive/view/syndicate.h"

#include "config/base/digest.h"
#include "config/base/json.h"
#include "config/base/limits.h"
#include "config/base/text.h"

/* A name for ever: RFC 9562's version 8 over a digest, so the same wherever it is computed. */
static void add_uuid(struct wv_buf *out, const char *kind, struct wv_slice name)
{
	WV_AUTO(wv_buf_done) struct wv_buf all = {.cap = 16 * WV_KIB};
	struct wv_digest d;

	wv_buf_add_format(&all, "wirevault %s\n", kind);
	wv_buf_add(&all, name);
	d = wv_digest_of(wv_buf_slice(&all));
	d.b[6] = (unsigned char)((d.b[6] & 0x0f) | 0x80);
	d.b[8] = (unsigned char)((d.b[8] & 0x3f) | 0x80);
	wv_buf_add_string(out, "urn:uuid:");
	for (int i = 0; i < 16; i++)
		wv_buf_add_format(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
		                  d.b[i]);
}

/* The characters that XML 1.0 has; broken UTF-8 becomes U+FFFD. */
static void add_xml(struct wv_buf *out, struct wv_slice text)
{
	for (size_t at = 0; at < text.n;) {
		uint32_t c = wv_text_next(text, &at);

		if (c == '&')
			wv_buf_add_string(out, "&amp;");
		else if (c == '<')
			wv_buf_add_string(out, "&lt;");
		else if (c == '>')
			wv_buf_add_string(out, "&gt;");
		else if (c == '"')
			wv_buf_add_string(out, "&quot;");
		else if (c == 0xfffe || c == 0xffff || (c < 0x20 && c != '\t' && c != '\n'))
			wv_buf_add_byte(out, ' ');
		else
			wv_buf_add_utf8(out, c);
	}
}

static void add_element(struct wv_buf *out, const char *name, struct wv_slice text)
{
	wv_buf_add_format(out, "<%s>", name);
	add_xml(out, text);
	wv_buf_add_format(out, "</%s>\n", name);
}

static void add_category(struct wv_buf *out, struct wv_slice term)
{
	if (!term.n)
		return;
	wv_buf_add_string(out, "<category term=\"");
	add_xml(out, term);
	wv_buf_add_string(out, "\"/>\n");
}

static struct wv_slice time_of(struct wv_time t, char text[WV_TIME_TEXT_MAX])
{
	return wv_slice_of(wv_time_print(t, text));
}

/* C0, DEL and C1 mean nothing in a text, and much to a terminal. */
static void add_plain(struct wv_buf *out, struct wv_slice text)
{
	for (size_t at = 0; at < text.n;) {
		uint32_t c = wv_text_next(text, &at);

		wv_buf_add_utf8(out, c < 0x20 || (c >= 0x7F && c < 0xA0) ? ' ' : c);
	}
}

void wv_syndicate_add_changes(struct wv_buf *out, const struct wv_feed_entry *entry)
{
	static const char *const signs[] = {"- ", "+ ", "~ "};
	size_t count = entry->changes.hunk_count;

	for (size_t i = 0; i < count && i < WV_SYNDICATE_CHANGES_MAX; i++) {
		const struct wv_hunk *hunk = &entry->changes.hunks[i];

		wv_buf_add_string(out, signs[hunk->kind]);
		if (hunk->kind != WV_HUNK_ADDED)
			add_plain(out, wv_text_cut(hunk->before, WV_SYNDICATE_CHANGE_CUT));
		if (hunk->kind == WV_HUNK_CHANGED)
			wv_buf_add_string(out, " \u2192 ");
		if (hunk->kind != WV_HUNK_REMOVED)
			add_plain(out, wv_text_cut(hunk->after, WV_SYNDICATE_CHANGE_CUT));
		wv_buf_add_byte(out, '\n');
	}
	if (count > WV_SYNDICATE_CHANGES_MAX)
		wv_buf_add_format(out, "and %zu more\n", count - WV_SYNDICATE_CHANGES_MAX);
}

/* What the entry says: of an update what changed, else where the words stand. */
static void add_content(struct wv_buf *out, const struct wv_feed_entry *e)
{
	if (e->is_update)
		wv_syndicate_add_changes(out, e);
	else
		wv_buf_add(out, e->snippet.text);
}

/* Where the service shows an entry. */
static void add_place(struct wv_buf *out, const struct wv_syndicate *s,
                      const struct wv_feed_entry *e)
{
	wv_buf_add(out, s->base);
	wv_buf_add_format(out, "/snapshot/%llu", (unsigned long long)e->capture.id);
}

static void add_link(struct wv_buf *out, const char *rel, struct wv_slice address)
{
	if (!address.n)
		return;
	wv_buf_add_format(out, "<link rel=\"%s\" href=\"", rel);
	add_xml(out, address);
	wv_buf_add_string(out, "\"/>\n");
}

static void atom_links(struct wv_buf *out, const struct wv_syndicate *s,
                       const struct wv_feed_entry *e)
{
	WV_AUTO(wv_buf_done) struct wv_buf place = {.cap = 16 * WV_KIB};

	if (!s->base.n) {
		add_link(out, "alternate", e->capture.url);
		return;
	}
	add_place(&place, s, e);
	add_link(out, "alternate", wv_buf_slice(&place));
	add_link(out, "via", e->capture.url);
}

static void atom_entry(struct wv_buf *out, const struct wv_syndicate *s,
                       const struct wv_feed_entry *e)
{
	WV_AUTO(wv_buf_done) struct wv_buf content = {.cap = WV_MIB};
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add_string(out, "<entry>\n<id>");
	add_uuid(out, "page", e->capture.page_key);
	wv_buf_add_string(out, "</id>\n");
	add_element(out, "title", e->title);
	atom_links(out, s, e);
	add_element(out, "updated", time_of(e->updated, text));
	add_element(out, "published", time_of(e->when, text));
	wv_buf_add_string(out, "<author>");
	add_element(out, "name", e->article.author_count ? e->article.authors[0]
	                         : e->article.publisher.n ? e->article.publisher
	                         : e->capture.source.n    ? e->capture.source
	                                                  : e->capture.url);
	wv_buf_add_string(out, "</author>\n");
	add_category(out, e->article.category);
	for (size_t i = 0; i < e->article.topic_count; i++)
		add_category(out, e->article.topics[i]);
	add_content(&content, e);
	wv_buf_add_string(out, "<content type=\"text\">");
	add_xml(out, wv_buf_slice(&content));
	wv_buf_add_string(out, "</content>\n");
	for (size_t i = 0; i < e->copy_count; i++) {
		wv_buf_add_string(out, "<link rel=\"related\" title=\"copy\" href=\"");
		add_xml(out, e->copies[i].url);
		wv_buf_add_string(out, "\"/>\n");
	}
	wv_buf_add_string(out, "</entry>\n");
}

/* The newest entry's, else T, else K: never the clock, so that the same question has one answer. */
static struct wv_time feed_time(const struct wv_syndicate *s)
{
	if (s->feed->count)
		return s->feed->entries[0].updated;
	return wv_time_is_none(s->at) ? s->known_at : s->at;
}

void wv_syndicate_atom(struct wv_buf *out, const struct wv_syndicate *s)
{
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add_string(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	                       "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<id>");
	add_uuid(out, "feed", s->subscription->name);
	wv_buf_add_string(out, "</id>\n");
	add_element(out, "title", s->subscription->name);
	wv_buf_add_string(out, "<subtitle>");
	add_xml(out, s->subscription->query);
	wv_buf_add_format(out, " (known at %s", wv_time_print(s->known_at, text));
	if (!wv_time_is_none(s->at))
		wv_buf_add_format(out, ", as of %s", wv_time_print(s->at, text));
	wv_buf_add_string(out, s->is_simulated ? ", clock=simulated)</subtitle>\n"
	                                               : ")</subtitle>\n");
	add_element(out, "updated", time_of(feed_time(s), text));
	add_link(out, "self", s->self);
	add_link(out, "alternate", s->home);
	wv_buf_add_string(out, "<generator version=\"" WV_VERSION "\">wirevault</generator>\n");
	for (size_t i = 0; i < s->feed->count; i++)
		atom_entry(out, s, &s->feed->entries[i]);
	wv_buf_add_string(out, "</feed>\n");
}

static void own_members(struct wv_json_writer *w, const struct wv_feed_entry *e)
{
	char text[WV_TIME_TEXT_MAX];

	wv_json_int(w, "v", 1);
	wv_json_u64(w, "id", e->capture.id);
	wv_json_string(w, "url", e->capture.url);
	wv_json_string(w, "page", e->capture.page_key);
	wv_json_string(w, "captured", time_of(e->capture.captured, text));
	wv_json_string(w, "recorded", time_of(e->capture.recorded, text));
	wv_json_string_or_null(w, "source", e->capture.source);
	if (e->capture.has_body)
		wv_json_digest(w, "digest", &e->capture.body);
	wv_json_string(w, "kind", e->is_update ? WV_LIT("update") : WV_LIT("new"));
	wv_json_string(w, "time_basis",
	               e->is_published ? WV_LIT("published") : WV_LIT("first seen"));
	wv_json_u64(w, "versions", e->versions);
	wv_json_u64(w, "copies", e->copy_count);
}

static void json_place(struct wv_json_writer *w, const struct wv_syndicate *s,
                       const struct wv_feed_entry *e)
{
	WV_AUTO(wv_buf_done) struct wv_buf place = {.cap = 16 * WV_KIB};

	if (s->base.n) {
		add_place(&place, s, e);
		wv_json_string(w, "url", wv_buf_slice(&place));
		wv_json_string(w, "external_url", e->capture.url);
	} else {
		wv_json_string(w, "url", e->capture.url);
	}
}

static void json_item(struct wv_json_writer *w, const struct wv_syndicate *s,
                      const struct wv_feed_entry *e)
{
	WV_AUTO(wv_buf_done) struct wv_buf content = {.cap = WV_MIB}, id = {.cap = WV_KIB};
	char text[WV_TIME_TEXT_MAX];

	add_uuid(&id, "page", e->capture.page_key);
	add_content(&content, e);
	wv_json_open_object(w, NULL);
	wv_json_string(w, "id", wv_buf_slice(&id));
	json_place(w, s, e);
	wv_json_string(w, "title", e->title);
	wv_json_string(w, "content_text", wv_buf_slice(&content));
	wv_json_string(w, "date_published", time_of(e->when, text));
	wv_json_string(w, "date_modified", time_of(e->updated, text));
	if (e->article.language.n)
		wv_json_string(w, "language", e->article.language);
	wv_json_open_array(w, "authors");
	for (size_t i = 0; i < e->article.author_count; i++) {
		wv_json_open_object(w, NULL);
		wv_json_string(w, "name", e->article.authors[i]);
		wv_json_close(w);
	}
	wv_json_close(w);
	wv_json_open_array(w, "tags");
	if (e->article.category.n)
		wv_json_string(w, NULL, e->article.category);
	for (size_t i = 0; i < e->article.topic_count; i++)
		wv_json_string(w, NULL, e->article.topics[i]);
	wv_json_close(w);
	wv_json_open_object(w, "_wirevault");
	if (s->members)
		s->members(s->context, w, e);
	else
		own_members(w, e);
	wv_json_close(w);
	wv_json_close(w);
}

void wv_syndicate_json(struct wv_buf *out, const struct wv_syndicate *s)
{
	struct wv_json_writer w;
	char text[WV_TIME_TEXT_MAX];

	wv_json_begin(&w, out);
	wv_json_open_object(&w, NULL);
	wv_json_string(&w, "version", WV_LIT("https://jsonfeed.org/version/1.1"));
	wv_json_string(&w, "title", s->subscription->name);
	if (s->home.n)
		wv_json_string(&w, "home_page_url", s->home);
	if (s->self.n)
		wv_json_string(&w, "feed_url", s->self);
	wv_json_string(&w, "description", s->subscription->query);
	wv_json_open_object(&w, "_wirevault");
	wv_json_int(&w, "v", 1);
	if (wv_time_is_none(s->at))
		wv_json_null(&w, "as_of");
	else
		wv_json_string(&w, "as_of", time_of(s->at, text));
	wv_json_string(&w, "known_at", time_of(s->known_at, text));
	if (s->is_simulated)
		wv_json_string(&w, "clock", WV_LIT("simulated"));
	wv_json_close(&w);
	wv_json_open_array(&w, "items");
	for (size_t i = 0; i < s->feed->count; i++)
		json_item(&w, s, &s->feed->entries[i]);
	wv_json_close(&w);
	wv_json_close(&w);
	wv_buf_add_byte(out, '\n');
}
