#include "crawler/cmd/syndicate.h"

#include "config/base/digest.h"
#include "config/base/limits.h"
#include "config/base/text.h"
#include "crawler/cmd/alerts.h"

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

/* What the entry says: of an update what changed, else where the words stand. */
static void add_content(struct wv_buf *out, const struct wv_feed_entry *e)
{
	if (e->is_update)
		wv_alerts_add_changes(out, e);
	else
		wv_buf_add(out, e->snippet.text);
}

static void atom_entry(struct wv_buf *out, const struct wv_feed_entry *e)
{
	WV_AUTO(wv_buf_done) struct wv_buf content = {.cap = WV_MIB};
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add_string(out, "<entry>\n<id>");
	add_uuid(out, "page", e->capture.page_key);
	wv_buf_add_string(out, "</id>\n");
	add_element(out, "title", e->title);
	wv_buf_add_string(out, "<link rel=\"alternate\" href=\"");
	add_xml(out, e->capture.url);
	wv_buf_add_string(out, "\"/>\n");
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
static struct wv_time feed_time(const struct wv_find *find, const struct wv_feed *feed)
{
	if (feed->count)
		return feed->entries[0].updated;
	return wv_time_is_none(find->read.at) ? find->read.known_at : find->read.at;
}

void wv_syndicate_atom(struct wv_buf *out, const struct wv_find *find,
                       const struct wv_subscription *s, const struct wv_feed *feed)
{
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add_string(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	                       "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<id>");
	add_uuid(out, "feed", s->name);
	wv_buf_add_string(out, "</id>\n");
	add_element(out, "title", s->name);
	wv_buf_add_string(out, "<subtitle>");
	add_xml(out, s->query);
	wv_buf_add_format(out, " (known at %s", wv_time_print(find->read.known_at, text));
	if (!wv_time_is_none(find->read.at))
		wv_buf_add_format(out, ", as of %s", wv_time_print(find->read.at, text));
	wv_buf_add_string(out, find->read.is_simulated ? ", clock=simulated)</subtitle>\n"
	                                               : ")</subtitle>\n");
	add_element(out, "updated", time_of(feed_time(find, feed), text));
	wv_buf_add_string(out, "<generator version=\"" WV_VERSION "\">wirevault</generator>\n");
	for (size_t i = 0; i < feed->count; i++)
		atom_entry(out, &feed->entries[i]);
	wv_buf_add_string(out, "</feed>\n");
}

static void json_item(struct wv_json_writer *w, const struct wv_find *find,
                      const struct wv_feed_entry *e)
{
	WV_AUTO(wv_buf_done) struct wv_buf content = {.cap = WV_MIB}, id = {.cap = WV_KIB};
	char text[WV_TIME_TEXT_MAX];

	add_uuid(&id, "page", e->capture.page_key);
	add_content(&content, e);
	wv_json_open_object(w, NULL);
	wv_json_string(w, "id", wv_buf_slice(&id));
	wv_json_string(w, "url", e->capture.url);
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
	wv_alerts_json_entry(w, find, e);
	wv_json_close(w);
	wv_json_close(w);
}

void wv_syndicate_json(struct wv_buf *out, const struct wv_find *find,
                       const struct wv_subscription *s, const struct wv_feed *feed)
{
	struct wv_json_writer w;
	char text[WV_TIME_TEXT_MAX];

	wv_json_begin(&w, out);
	wv_json_open_object(&w, NULL);
	wv_json_string(&w, "version", WV_LIT("https://jsonfeed.org/version/1.1"));
	wv_json_string(&w, "title", s->name);
	wv_json_string(&w, "description", s->query);
	wv_json_open_object(&w, "_wirevault");
	wv_json_int(&w, "v", 1);
	if (wv_time_is_none(find->read.at))
		wv_json_null(&w, "as_of");
	else
		wv_json_string(&w, "as_of", time_of(find->read.at, text));
	wv_json_string(&w, "known_at", time_of(find->read.known_at, text));
	if (find->read.is_simulated)
		wv_json_string(&w, "clock", WV_LIT("simulated"));
	wv_json_close(&w);
	wv_json_open_array(&w, "items");
	for (size_t i = 0; i < feed->count; i++)
		json_item(&w, find, &feed->entries[i]);
	wv_json_close(&w);
	wv_json_close(&w);
	wv_buf_add_byte(out, '\n');
}
