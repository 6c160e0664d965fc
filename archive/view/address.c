#include "archive/view/address.h"

#include <stdio.h>

#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "config/base/digest.h"

enum takes {
	TAKES_NOTHING,
	TAKES_ID,
	TAKES_IDS,
	TAKES_NAME,
	TAKES_URL,
	TAKES_REST, /* more of the path */
	TAKES_QUERY,
	TAKES_WEB,
};

static const struct {
	const char *served; /* before what it takes */
	const char *after;  /* behind it */
	const char *folder; /* of a static site; NULL: no such page there */
	const char *ending;
	enum takes takes;
	bool is_view;       /* keeps the visit's instant and language */
} places[WV_PLACE_COUNT] = {
	[WV_PLACE_FRONT] = {"/", "", "index", ".html", TAKES_NOTHING, true},
	[WV_PLACE_SNAPSHOT] = {"/snapshot/", "", "snapshot/", ".html", TAKES_ID, true},
	[WV_PLACE_HISTORY] = {"/history?url=", "", "page/", ".html", TAKES_URL, true},
	[WV_PLACE_COMPARE] = {"/compare?from=", "", "compare/", ".html", TAKES_IDS, true},
	[WV_PLACE_SEARCH] = {"/search", "", NULL, NULL, TAKES_QUERY, true},
	[WV_PLACE_SOURCE] = {"/source/", "", "source/", ".html", TAKES_NAME, true},
	[WV_PLACE_CATEGORY] = {"/category/", "", "category/", ".html", TAKES_NAME, true},
	[WV_PLACE_CLUSTER] = {"/cluster/", "", "cluster/", ".html", TAKES_ID, true},
	[WV_PLACE_STORY] = {"/story/", "", "story/", ".html", TAKES_ID, true},
	[WV_PLACE_PULSE] = {"/pulse", "", "pulse", ".html", TAKES_NOTHING, true},
	[WV_PLACE_SUBSCRIPTIONS] = {"/subscriptions", "", NULL, NULL, TAKES_NOTHING, true},
	[WV_PLACE_ABOUT] = {"/about", "", "about", ".html", TAKES_NOTHING, true},
	[WV_PLACE_STYLE] = {"/assets/style.", ".css", "style.", ".css", TAKES_NOTHING, false},
	[WV_PLACE_SCRIPT] = {"/assets/page.", ".js", "page.", ".js", TAKES_NOTHING, false},
	[WV_PLACE_FEED_ATOM] = {"/feed/", ".atom", NULL, NULL, TAKES_NAME, false},
	[WV_PLACE_FEED_JSON] = {"/feed/", ".json", NULL, NULL, TAKES_NAME, false},
	[WV_PLACE_PROOF] = {"/proof/", "", "proof/", ".txt", TAKES_ID, false},
	[WV_PLACE_REPLAY] = {"/web/", "", NULL, NULL, TAKES_WEB, false},
	[WV_PLACE_RAW] = {"/web/", "id_", NULL, NULL, TAKES_WEB, false},
	[WV_PLACE_TIMEGATE] = {"/timegate/", "", NULL, NULL, TAKES_URL, false},
	[WV_PLACE_TIMEMAP] = {"/timemap/link/", "", NULL, NULL, TAKES_URL, false},
	[WV_PLACE_CHECK] = {"/assets/check.sh", "", "check", ".sh", TAKES_NOTHING, false},
	[WV_PLACE_API] = {"/api/", "", NULL, NULL, TAKES_REST, true},
};

/* Percent-encodes what is no unreserved character. */
static void add_encoded(struct wv_buf *out, struct wv_slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = text.p[i];

		if (wv_byte_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~')
			wv_buf_add_byte(out, c);
		else
			wv_buf_add_format(out, "%%%02X", c);
	}
}

/* A URL behind a path stands as it is, but for what no path and no request line may hold. */
static void add_url(struct wv_buf *out, struct wv_slice url)
{
	for (size_t i = 0; i < url.n; i++) {
		unsigned char c = url.p[i];

		if (c <= 0x20 || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '\\' || c == '#' ||
		    c == '^' || c == '`' || c == '{' || c == '|' || c == '}')
			wv_buf_add_format(out, "%%%02X", c);
		else
			wv_buf_add_byte(out, c);
	}
}

static const char *version_of(enum wv_place place)
{
	return place == WV_PLACE_STYLE ? wv_style_sheet_version : wv_page_script_version;
}

void wv_address_add_segment(struct wv_buf *out, const struct wv_visit *visit)
{
	char text[WV_TIME_TEXT_MAX];
	size_t from = out->n;

	if (visit->has_as_of)
		wv_buf_add_format(out, "as-of=%s", wv_time_print(visit->at, text));
	if (visit->has_known_at)
		wv_buf_add_format(out, "%sknown-at=%s", out->n > from ? "&" : "",
		                  wv_time_print(visit->known_at, text));
	if (visit->has_tongue)
		wv_buf_add_format(out, "%slang=%s", out->n > from ? "&" : "",
		                  wv_tongue_tag(visit->tongue));
	if (out->n > from)
		wv_buf_add_byte(out, '/');
}

static void add_served(struct wv_buf *out, const struct wv_visit *visit, const struct wv_address *a)
{
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add_string(out, places[a->place].served);
	switch (places[a->place].takes) {
	case TAKES_NOTHING:
		if (a->place == WV_PLACE_STYLE || a->place == WV_PLACE_SCRIPT)
			wv_buf_add_string(out, version_of(a->place));
		break;
	case TAKES_ID:
		wv_buf_add_format(out, "%llu", (unsigned long long)a->id);
		break;
	case TAKES_IDS:
		wv_buf_add_format(out, "%llu&to=%llu", (unsigned long long)a->id,
		                  (unsigned long long)a->other);
		break;
	case TAKES_NAME:
		add_encoded(out, a->text);
		break;
	case TAKES_URL:
		if (places[a->place].is_view) {
			add_encoded(out, a->text);
		} else {
			wv_address_add_segment(out, visit);
			add_url(out, a->text);
		}
		break;
	case TAKES_REST:
		add_url(out, a->text);
		break;
	case TAKES_QUERY:
		if (a->text.n) {
			wv_buf_add_string(out, "?q=");
			add_encoded(out, a->text);
		}
		break;
	case TAKES_WEB:
		wv_address_add_segment(out, visit);
		wv_buf_add_string(out, wv_time_print_14(a->when, text));
		wv_buf_add_string(out, places[a->place].after);
		wv_buf_add_byte(out, '/');
		add_url(out, a->text);
		return;
	}
	wv_buf_add_string(out, places[a->place].after);
}

/* "?" before the first parameter, "&" before the others. */
static void add_parameter(struct wv_buf *out, size_t from, const char *name, const char *value)
{
	bool has = wv_slice_find_byte(wv_slice_from(wv_buf_slice(out), from), '?', 0) != SIZE_MAX;

	wv_buf_add_format(out, "%c%s=%s", has ? '&' : '?', name, value);
}

static void add_kept(struct wv_buf *out, size_t from, const struct wv_visit *visit)
{
	char text[WV_TIME_TEXT_MAX];

	if (visit->has_as_of)
		add_parameter(out, from, "as-of", wv_time_print(visit->at, text));
	if (visit->has_known_at)
		add_parameter(out, from, "known-at", wv_time_print(visit->known_at, text));
	if (visit->has_tongue)
		add_parameter(out, from, "lang", wv_tongue_tag(visit->tongue));
}

bool wv_address_exists(const struct wv_visit *visit, enum wv_place place)
{
	return visit->form == WV_FORM_SERVED || places[place].folder != NULL;
}

/* A name as a file name: what it is in letters and digits, and a piece of its digest, since two
 * names may differ only in what a file system cannot hold. */
static void add_file_name(struct wv_buf *out, struct wv_slice name)
{
	char hex[WV_DIGEST_HEX_MAX];
	struct wv_digest digest = wv_digest_of(name);
	size_t n = 0;

	for (size_t i = 0; i < name.n && n < 40; i++)
		if (wv_byte_is_alnum(name.p[i])) {
			wv_buf_add_byte(out, wv_byte_lower(name.p[i]));
			n++;
		}
	wv_buf_add_format(out, "%s%.12s", n ? "-" : "", wv_digest_print(&digest, hex));
}

bool wv_address_file(const struct wv_address *a, struct wv_buf *out)
{
	if (!places[a->place].folder)
		return false;
	wv_buf_add_string(out, places[a->place].folder);
	switch (places[a->place].takes) {
	case TAKES_NOTHING:
		if (a->place == WV_PLACE_STYLE || a->place == WV_PLACE_SCRIPT)
			wv_buf_add_string(out, version_of(a->place));
		break;
	case TAKES_IDS:
		wv_buf_add_format(out, "%llu-%llu", (unsigned long long)a->id,
		                  (unsigned long long)a->other);
		break;
	case TAKES_NAME:
	case TAKES_URL:
		add_file_name(out, a->text);
		break;
	default:
		wv_buf_add_format(out, "%llu", (unsigned long long)a->id);
		break;
	}
	/* "&page=2" -> "-page-2" */
	for (const char *c = a->more; c && *c; c++)
		wv_buf_add_byte(out, wv_byte_is_alnum((unsigned char)*c) ? (unsigned char)*c : '-');
	wv_buf_add_string(out, places[a->place].ending);
	return true;
}

void wv_address_add(struct wv_buf *out, const struct wv_visit *visit, const struct wv_address *a)
{
	size_t from = out->n;

	if (visit->form == WV_FORM_STATIC) {
		wv_buf_add_string(out, visit->root);
		(void)wv_address_file(a, out);
		return;
	}
	add_served(out, visit, a);
	if (places[a->place].is_view)
		add_kept(out, from, visit);
	if (a->more && a->more[0]) {
		bool has = wv_slice_find_byte(wv_slice_from(wv_buf_slice(out), from), '?', 0) != SIZE_MAX;

		wv_buf_add_byte(out, has ? '&' : '?');
		wv_buf_add_string(out, a->more + (a->more[0] == '&'));
	}
}

void wv_address_href(struct wv_buf *out, const struct wv_visit *visit, const struct wv_address *a)
{
	WV_AUTO(wv_buf_done) struct wv_buf plain = {.cap = 64 * 1024};

	if (!wv_address_exists(visit, a->place) ||
	    (visit->wants && !visit->wants(visit->wants_context, a)))
		return;
	wv_address_add(&plain, visit, a);
	wv_html_attribute(out, "href", wv_buf_slice(&plain));
}

static void add_hidden(struct wv_buf *out, const char *name, const char *value)
{
	wv_buf_add_format(out, "<input type=\"hidden\" name=\"%s\"", name);
	wv_html_attribute(out, "value", wv_slice_of(value));
	wv_html(out, ">");
}

void wv_address_keep(struct wv_buf *out, const struct wv_visit *visit)
{
	char text[WV_TIME_TEXT_MAX];

	if (visit->has_as_of)
		add_hidden(out, "as-of", wv_time_print(visit->at, text));
	if (visit->has_known_at)
		add_hidden(out, "known-at", wv_time_print(visit->known_at, text));
	if (visit->has_tongue)
		add_hidden(out, "lang", wv_tongue_tag(visit->tongue));
}
