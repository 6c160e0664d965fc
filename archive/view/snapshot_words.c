/* What the page said besides its text: earlier headlines, readings that disagree, what was taken
 * off. */
#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/label.h"
#include "archive/view/say.h"
#include "archive/view/snapshot_parts.h"

void snapshot_add_headlines(struct snapshot *s)
{
	bool is_open = false;

	for (size_t i = 0; i < s->history.headline_count; i++) {
		const struct wv_headline *h = &s->history.headlines[i];

		if (h->seen.us > s->capture.captured.us)
			break;
		if (!is_open) {
			wv_html(s->out, "<section class=\"headlines\"><h2>");
			wv_say(s->out, s->visit, WV_PHRASE_HEADLINES);
			wv_html(s->out, "</h2>\n<ul>\n");
		}
		is_open = true;
		wv_html(s->out, "<li>");
		wv_html_foreign(s->out, h->before, s->article.language);
		wv_html(s->out, " <small>");
		wv_say_time(s->out, s->visit, WV_PHRASE_SNAP_UNTIL, h->seen);
		wv_html(s->out, "</small></li>\n");
	}
	if (is_open)
		wv_html(s->out, "</ul></section>\n");
}

void snapshot_add_conflicts(struct snapshot *s)
{
	static const enum wv_phrase columns[] = {WV_PHRASE_FIELD, WV_PHRASE_VALUE,
	                                         WV_PHRASE_WHERE_FOUND};
	const struct wv_article *a = &s->article;

	if (!a->conflict_count)
		return;
	wv_html(s->out, "<details class=\"conflicts\"><summary>");
	wv_say_count(s->out, s->visit, WV_PHRASE_CONFLICTS, a->conflict_count);
	wv_html(s->out, "</summary>\n<p>");
	wv_say(s->out, s->visit, WV_PHRASE_CONFLICTS_ABOUT);
	wv_html(s->out, "</p>\n<div class=\"scroll\"><table");
	wv_say_attribute(s->out, s->visit, "aria-label", WV_PHRASE_CONFLICTS_TABLE);
	wv_html(s->out, ">\n<thead><tr>");
	for (size_t i = 0; i < WV_COUNT(columns); i++) {
		wv_html(s->out, "<th scope=\"col\">");
		wv_say(s->out, s->visit, columns[i]);
		wv_html(s->out, "</th>");
	}
	wv_html(s->out, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < a->conflict_count; i++) {
		wv_html(s->out, "<tr><th scope=\"row\">");
		wv_html_text(s->out, a->conflicts[i].field);
		wv_html(s->out, "</th><td>");
		wv_html_foreign(s->out, a->conflicts[i].value, a->language);
		wv_html(s->out, "</td><td>");
		wv_html_text(s->out, a->conflicts[i].found);
		wv_html(s->out, "</td></tr>\n");
	}
	wv_html(s->out, "</tbody></table></div></details>\n");
}

static bool is_first_of_reason(const struct wv_article *a, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (wv_slice_equals(a->removed[k].reason, a->removed[i].reason))
			return false;
	return true;
}

static void add_removed_of(struct snapshot *s, size_t first)
{
	const struct wv_article *a = &s->article;
	enum wv_phrase label;

	wv_html(s->out, "<h3>");
	if (wv_label_reason(a->removed[first].reason, &label))
		wv_say(s->out, s->visit, label);
	else
		wv_html_text(s->out, a->removed[first].reason);
	wv_html(s->out, "</h3>\n<ul>\n");
	for (size_t i = first; i < a->removed_count; i++) {
		if (!wv_slice_equals(a->removed[i].reason, a->removed[first].reason))
			continue;
		wv_html(s->out, "<li>");
		wv_html_foreign(s->out, a->removed[i].text, a->language);
		wv_html(s->out, "</li>\n");
	}
	wv_html(s->out, "</ul>\n");
}

void snapshot_add_removed(struct snapshot *s)
{
	const struct wv_article *a = &s->article;

	if (!a->removed_count)
		return;
	wv_html(s->out, "<details class=\"removed\"><summary>");
	wv_say_count(s->out, s->visit, WV_PHRASE_REMOVED, a->removed_count);
	wv_html(s->out, "</summary>\n<h2 class=\"unseen\">");
	wv_say_count(s->out, s->visit, WV_PHRASE_REMOVED, a->removed_count);
	wv_html(s->out, "</h2>\n<p>");
	wv_say(s->out, s->visit, WV_PHRASE_REMOVED_ABOUT);
	wv_html(s->out, "</p>\n");
	for (size_t i = 0; i < a->removed_count; i++)
		if (is_first_of_reason(a, i))
			add_removed_of(s, i);
	wv_html(s->out, "</details>\n");
}
