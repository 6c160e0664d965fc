#include "archive/view/about.h"

#include "archive/store/tally.h"
#include "archive/proof/head.h"
#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/say.h"

struct about {
	struct wv_visit *visit;
	struct wv_buf *out;
};

static void add_paragraph(const struct about *a, enum wv_phrase phrase)
{
	wv_html(a->out, "<p>");
	wv_say(a->out, a->visit, phrase);
	wv_html(a->out, "</p>\n");
}

static void add_heading(const struct about *a, enum wv_phrase phrase)
{
	wv_html(a->out, "<h2>");
	wv_say(a->out, a->visit, phrase);
	wv_html(a->out, "</h2>\n");
}

static void add_list(const struct about *a, const enum wv_phrase *items, size_t count)
{
	wv_html(a->out, "<ul>\n");
	for (size_t i = 0; i < count; i++) {
		wv_html(a->out, "<li>");
		wv_say(a->out, a->visit, items[i]);
		wv_html(a->out, "</li>\n");
	}
	wv_html(a->out, "</ul>\n");
}

static void open_table(const struct about *a, enum wv_phrase name, const enum wv_phrase *columns,
                       size_t count)
{
	wv_html(a->out, "<div class=\"scroll\"><table");
	wv_say_attribute(a->out, a->visit, "aria-label", name);
	wv_html(a->out, ">\n<thead><tr>");
	for (size_t i = 0; i < count; i++) {
		wv_html(a->out, "<th scope=\"col\">");
		wv_say(a->out, a->visit, columns[i]);
		wv_html(a->out, "</th>");
	}
	wv_html(a->out, "</tr></thead>\n<tbody>\n");
}

/* Counts and heads of now say nothing to somebody who asked for another instant. */
static bool is_now(const struct about *a)
{
	return !a->visit->has_as_of && !a->visit->has_known_at;
}

static enum wv_status add_what(const struct about *a, struct wv_err *err)
{
	struct wv_store_totals totals;
	struct wv_tally_sums shown;
	enum wv_status st;

	add_paragraph(a, WV_PHRASE_ABOUT_WHAT);
	/* Only what may be shown is counted. */
	if (!is_now(a) || !a->visit->tally)
		return WV_OK;
	shown = wv_tally_sum(a->visit->tally);
	st = wv_store_totals(a->visit->txn, &totals, err);
	if (st != WV_OK || !shown.captures)
		return st;
	wv_html(a->out, "<p>");
	wv_say_count(a->out, a->visit, WV_PHRASE_ABOUT_CAPTURES, shown.captures);
	wv_html(a->out, " \xc2\xb7 ");
	wv_say_count(a->out, a->visit, WV_PHRASE_ABOUT_PAGES, shown.pages);
	wv_html(a->out, " \xc2\xb7 ");
	wv_say_instant(a->out, a->visit, totals.first_recorded);
	wv_html(a->out, " \xe2\x80\x93 ");
	wv_say_instant(a->out, a->visit, totals.last_recorded);
	wv_html(a->out, "</p>\n");
	return WV_OK;
}

static enum wv_status add_proof(const struct about *a, struct wv_err *err)
{
	static const enum wv_phrase steps[] = {WV_PHRASE_ABOUT_PROOF_BYTES, WV_PHRASE_ABOUT_PROOF_LEAF,
	                                       WV_PHRASE_ABOUT_PROOF_HEAD, WV_PHRASE_ABOUT_PROOF_KEEP};
	const struct wv_address script = {.place = WV_PLACE_CHECK};
	struct wv_signed_head head;
	enum wv_status st;

	add_heading(a, WV_PHRASE_ABOUT_PROOF_TITLE);
	add_list(a, steps, WV_COUNT(steps));
	wv_html(a->out, "<p>");
	wv_frame_link(a->out, a->visit, &script, WV_PHRASE_CHECK_SCRIPT);
	wv_html(a->out, "</p>\n");
	if (!is_now(a))
		return WV_OK;
	st = wv_head_newest_signed(a->visit->txn, 1, &head, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	wv_html(a->out, "<h3>");
	wv_say(a->out, a->visit, WV_PHRASE_ABOUT_NEWEST_HEAD);
	wv_html(a->out, "</h3>\n<pre class=\"commands\" tabindex=\"0\"><code>");
	wv_head_add_text(a->out, &head);
	wv_html(a->out, "</code></pre>\n");
	return WV_OK;
}

static void add_take_down(const struct about *a)
{
	static const enum wv_phrase columns[] = {WV_PHRASE_LEVEL, WV_PHRASE_LEVEL_EFFECT,
	                                         WV_PHRASE_LEVEL_ANSWER};
	static const struct {
		enum wv_phrase name, effect;
		const char *status;
	} levels[] = {
		{WV_PHRASE_LEVEL_HIDE, WV_PHRASE_LEVEL_HIDE_EFFECT, "404"},
		{WV_PHRASE_LEVEL_BLOCK, WV_PHRASE_LEVEL_BLOCK_EFFECT, "451"},
		{WV_PHRASE_LEVEL_ERASE, WV_PHRASE_LEVEL_ERASE_EFFECT, "410"},
	};

	wv_html(a->out, "<h2 id=\"take-down\">");
	wv_say(a->out, a->visit, WV_PHRASE_ABOUT_TAKE_DOWN_TITLE);
	wv_html(a->out, "</h2>\n");
	wv_frame_contact(a->out, a->visit);
	add_paragraph(a, WV_PHRASE_ABOUT_TAKE_DOWN);
	open_table(a, WV_PHRASE_ABOUT_TAKE_DOWN_TITLE, columns, WV_COUNT(columns));
	for (size_t i = 0; i < WV_COUNT(levels); i++) {
		wv_html(a->out, "<tr><th scope=\"row\">");
		wv_say(a->out, a->visit, levels[i].name);
		wv_html(a->out, "</th><td>");
		wv_say(a->out, a->visit, levels[i].effect);
		wv_buf_add_format(a->out, "</td><td>HTTP %s</td></tr>\n", levels[i].status);
	}
	wv_html(a->out, "</tbody></table></div>\n");
}

static void add_machines(const struct about *a)
{
	static const enum wv_phrase columns[] = {WV_PHRASE_MACHINE_ADDRESS, WV_PHRASE_MACHINE_WHAT};
	static const struct {
		const char *address;
		enum wv_phrase what;
	} rows[] = {
		{"/timegate/URL", WV_PHRASE_MACHINE_TIMEGATE},
		{"/timemap/link/URL \xc2\xb7 /timemap/json/URL \xc2\xb7 /timemap/cdxj/URL",
	         WV_PHRASE_MACHINE_TIMEMAP},
		{"/web/YYYYMMDDhhmmss/URL", WV_PHRASE_MACHINE_REPLAY},
		{"/web/YYYYMMDDhhmmssid_/URL", WV_PHRASE_MACHINE_RAW},
		{"/cdx?url=URL", WV_PHRASE_MACHINE_CDX},
		{"/api/snapshot/ID \xc2\xb7 /api/...", WV_PHRASE_MACHINE_API},
		{"/feed/NAME.atom \xc2\xb7 /feed/NAME.json", WV_PHRASE_MACHINE_FEED},
		{"/proof/ID", WV_PHRASE_MACHINE_PROOF},
	};

	if (a->visit->form == WV_FORM_STATIC)
		return;
	add_heading(a, WV_PHRASE_ABOUT_MACHINES_TITLE);
	add_paragraph(a, WV_PHRASE_ABOUT_MACHINES);
	open_table(a, WV_PHRASE_ABOUT_MACHINES_TITLE, columns, WV_COUNT(columns));
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		wv_html(a->out, "<tr><th scope=\"row\"><code>");
		wv_html_text(a->out, wv_slice_of(rows[i].address));
		wv_html(a->out, "</code></th><td>");
		wv_say(a->out, a->visit, rows[i].what);
		wv_html(a->out, "</td></tr>\n");
	}
	wv_html(a->out, "</tbody></table></div>\n");
}

enum wv_status wv_view_about(struct wv_visit *visit, struct wv_buf *out, struct wv_err *err)
{
	static const enum wv_phrase policies[] = {
		WV_PHRASE_ABOUT_ROBOTS, WV_PHRASE_ABOUT_NOARCHIVE, WV_PHRASE_ABOUT_NOINDEX,
		WV_PHRASE_ABOUT_NOSNIPPET, WV_PHRASE_ABOUT_UNAVAILABLE};
	const struct about a = {visit, out};
	enum wv_status st;

	wv_frame_open(out, visit,
	              &(struct wv_frame){.title = wv_slice_of(wv_phrase(visit->tongue, WV_PHRASE_ABOUT)),
	                                 .place = WV_PLACE_ABOUT,
	                                 .self = {.place = WV_PLACE_ABOUT}});
	wv_html(out, "<h1>");
	wv_say(out, visit, WV_PHRASE_ABOUT);
	wv_html(out, "</h1>\n");
	st = add_what(&a, err);
	if (st != WV_OK)
		return st;
	if (visit->settings->serve.notice.n) {
		wv_html(out, "<p class=\"note\">");
		wv_html_text(out, visit->settings->serve.notice);
		wv_html(out, "</p>\n");
	} else {
		add_paragraph(&a, WV_PHRASE_NOTICE_TEXT);
	}
	add_take_down(&a);
	add_heading(&a, WV_PHRASE_ABOUT_TIME_TITLE);
	add_paragraph(&a, WV_PHRASE_ABOUT_TIME);
	add_paragraph(&a, WV_PHRASE_ABOUT_TIMES);
	st = add_proof(&a, err);
	if (st != WV_OK)
		return st;
	add_heading(&a, WV_PHRASE_ABOUT_POLICIES_TITLE);
	add_list(&a, policies, WV_COUNT(policies));
	add_machines(&a);
	add_heading(&a, WV_PHRASE_LANGUAGE);
	add_paragraph(&a, WV_PHRASE_ABOUT_LANGUAGES);
	wv_frame_close(out, visit);
	return WV_OK;
}
