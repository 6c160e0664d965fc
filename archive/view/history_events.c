/* What happened to a page, newest first: versions, headlines that changed alone, absences. */
#include "archive/view/frame.h"
#include "archive/view/history_parts.h"
#include "archive/view/html.h"
#include "archive/view/label.h"
#include "archive/view/say.h"

static const struct wv_past_capture *capture_of(const struct history_view *v, uint64_t id)
{
	for (size_t i = 0; i < v->past.count; i++)
		if (v->past.captures[i].id == id)
			return &v->past.captures[i];
	return NULL;
}

/* The ways on from one capture: as it was read, as it was sent. */
static void add_links(const struct history_view *v, uint64_t id, uint64_t before,
                      struct wv_time when)
{
	const struct wv_past_capture *c = capture_of(v, id);
	const struct wv_address snapshot = {.place = WV_PLACE_SNAPSHOT, .id = id};
	const struct wv_address compare = {.place = WV_PLACE_COMPARE, .id = before, .other = id};

	wv_html(v->out, "<p class=\"ways\">");
	history_add_link_at(v, &snapshot, WV_PHRASE_SNAPSHOT, when);
	if (c) {
		const struct wv_address replay = {
			.place = WV_PLACE_REPLAY, .text = c->url, .when = c->captured};

		history_add_link_at(v, &replay, WV_PHRASE_SNAP_AS_IT_WAS, when);
	}
	if (before != UINT64_MAX)
		history_add_link_at(v, &compare, WV_PHRASE_COMPARE_BEFORE, when);
	wv_html(v->out, "</p>\n");
}

static void add_badges(const struct history_view *v, uint32_t changes)
{
	static const struct {
		enum wv_change change;
		enum wv_phrase words;
		const char *class;
	} badges[] = {
		{WV_CHANGE_SILENT, WV_PHRASE_SILENT, "silent"},
		{WV_CHANGE_TITLE, WV_PHRASE_CHANGED_TITLE, "plain"},
		{WV_CHANGE_TEXT, WV_PHRASE_CHANGED_TEXT, "plain"},
		{WV_CHANGE_BODY, WV_PHRASE_CHANGED_BODY, "plain"},
		{WV_CHANGE_VERDICT, WV_PHRASE_CHANGED_VERDICT, "plain"},
		{WV_CHANGE_UNCERTAIN, WV_PHRASE_UNCERTAIN, "doubt"},
		{WV_CHANGE_REVERT, WV_PHRASE_REVERT, "plain"},
	};

	for (size_t i = 0; i < WV_COUNT(badges); i++)
		if (changes & badges[i].change) {
			wv_buf_add_format(v->out, " <span class=\"badge %s\">", badges[i].class);
			wv_say(v->out, v->visit, badges[i].words);
			wv_html(v->out, "</span>");
		}
}

static void add_version(const struct history_view *v, size_t i)
{
	const struct wv_version *version = &v->past.history.versions[i];
	struct wv_buf *out = v->out;
	bool is_begun = i == 0 && v->past.has_older;

	wv_buf_add_format(out, "<li class=\"version%s\"><h3>",
	                  version->changes & WV_CHANGE_SILENT ? " silent" : "");
	wv_say_instant(out, v->visit, version->first_seen);
	if (i == 0 && !is_begun) {
		wv_html(out, " <span class=\"badge plain\">");
		wv_say(out, v->visit, WV_PHRASE_FIRST_VERSION);
		wv_html(out, "</span>");
	}
	if (i > 0)
		add_badges(v, version->changes);
	wv_html(out, "</h3>\n");
	if (version->title.n) {
		wv_html(out, "<p class=\"headline\">");
		wv_html_foreign(out, version->title, v->language);
		wv_html(out, "</p>\n");
	}
	wv_html(out, "<p class=\"meta\">");
	wv_say(out, v->visit, wv_label_verdict(version->verdict));
	if (version->captures > 1) {
		wv_html(out, " \xc2\xb7 ");
		wv_say_count(out, v->visit, WV_PHRASE_SEEN_N, version->captures);
		wv_html(out, " \xc2\xb7 ");
		wv_say_time(out, v->visit, WV_PHRASE_UNTIL, version->last_seen);
	}
	if (version->modified.is_set) {
		wv_html(out, " \xc2\xb7 ");
		wv_say(out, v->visit, WV_PHRASE_MODIFIED);
		wv_html(out, " ");
		wv_frame_stated_short(out, v->visit, &version->modified);
	}
	wv_html(out, "</p>\n");
	add_links(v, version->first_id, i ? version[-1].last_id : UINT64_MAX,
	          version->first_seen);
	wv_html(out, "</li>\n");
}

static void add_headline(const struct history_view *v, const struct wv_headline *h)
{
	const struct wv_history *all = &v->past.history;
	/* Inside a version: against how that began. */
	uint64_t before = h->version && h->version <= all->version_count
	                          ? all->versions[h->version - 1].first_id
	                          : UINT64_MAX;
	struct wv_buf *out = v->out;

	wv_html(out, "<li class=\"headline\"><h3>");
	wv_say_instant(out, v->visit, h->seen);
	wv_html(out, " <span class=\"badge plain\">");
	wv_say(out, v->visit, WV_PHRASE_HEADLINE_ALONE);
	wv_html(out, "</span></h3>\n<p><del>");
	wv_html_foreign(out, h->before, v->language);
	wv_html(out, "</del><br><ins>");
	wv_html_foreign(out, h->after, v->language);
	wv_html(out, "</ins></p>\n");
	add_links(v, h->id, before, h->seen);
	wv_html(out, "</li>\n");
}

static void add_absence(const struct history_view *v, const struct wv_absence *a)
{
	struct wv_buf *out = v->out;

	wv_html(out, "<li class=\"gone\"><h3>");
	wv_say_instant(out, v->visit, a->first_seen);
	wv_html(out, " <span class=\"badge gone\">");
	wv_say(out, v->visit, WV_PHRASE_GONE);
	wv_buf_add_format(out, " (%d)</span></h3>\n<p class=\"meta\">", (int)a->status);
	if (a->captures > 1) {
		wv_say_count(out, v->visit, WV_PHRASE_SEEN_N, a->captures);
		wv_html(out, " \xc2\xb7 ");
	}
	if (a->has_returned)
		wv_say_time(out, v->visit, WV_PHRASE_RETURNED, a->returned);
	else
		wv_say(out, v->visit, WV_PHRASE_NOT_RETURNED);
	wv_html(out, "</p>\n");
	add_links(v, a->first_id, UINT64_MAX, a->first_seen);
	wv_html(out, "</li>\n");
}

/* The headline changed while the text did not; where both did, the version says so. */
static bool is_alone(const struct wv_history *h, const struct wv_headline *headline)
{
	return headline->version == 0 || headline->version > h->version_count ||
	       h->versions[headline->version - 1].first_id != headline->id;
}

void history_add_events(const struct history_view *v)
{
	const struct wv_history *h = &v->past.history;
	size_t i = h->version_count, k = h->absence_count, n = h->headline_count;

	wv_html(v->out, "<ol class=\"events\">\n");
	while (i || k || n) {
		int64_t version = i ? h->versions[i - 1].first_seen.us : INT64_MIN;
		int64_t absence = k ? h->absences[k - 1].first_seen.us : INT64_MIN;
		int64_t headline = n ? h->headlines[n - 1].seen.us : INT64_MIN;

		if (n && headline >= version && headline >= absence) {
			if (is_alone(h, &h->headlines[--n]))
				add_headline(v, &h->headlines[n]);
		} else if (i && version >= absence) {
			add_version(v, --i);
		} else {
			add_absence(v, &h->absences[--k]);
		}
	}
	wv_html(v->out, "</ol>\n");
}
