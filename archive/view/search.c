#include "archive/view/search.h"

#include "archive/search/found.h"
#include "archive/search/shown.h"
#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/label.h"
#include "archive/view/say.h"
#include "archive/view/wishes.h"
#include "config/base/limits.h"
#include "config/base/names.h"
#include "config/base/text.h"
#include "config/url.h"

#define FACET_MAX 12u /* values shown of a field */

struct view {
	const struct wv_visit *visit;
	const struct wv_view_search_query *query;
	struct wv_query parsed;
	struct wv_search_answer answer;
	struct wv_facets facets;
	struct wv_buf *out;
};

/* The names of the fields in an address. "lang" is the interface's. */
static const char *const field_names[WV_QUERY_FIELDS] = {
	[WV_QUERY_SOURCE] = "source",   [WV_QUERY_CATEGORY] = "category",
	[WV_QUERY_LANGUAGE] = "language", [WV_QUERY_TOPIC] = "topic",
	[WV_QUERY_VERDICT] = "verdict",
};
static const enum wv_phrase field_words[WV_QUERY_FIELDS] = {
	[WV_QUERY_SOURCE] = WV_PHRASE_SOURCE,
	[WV_QUERY_CATEGORY] = WV_PHRASE_CATEGORY,
	[WV_QUERY_LANGUAGE] = WV_PHRASE_FACET_LANGUAGE,
	[WV_QUERY_TOPIC] = WV_PHRASE_FACET_TOPIC,
	[WV_QUERY_VERDICT] = WV_PHRASE_VERDICT,
};

/* --- addresses of the same question with something else in it --- */

static void add_parameter(struct wv_buf *out, const char *name, struct wv_slice value)
{
	wv_buf_add_format(out, "&%s=", name);
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = value.p[i];

		if (wv_byte_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~')
			wv_buf_add_byte(out, c);
		else
			wv_buf_add_format(out, "%%%02X", c);
	}
}

struct change {
	int field;              /* a facet to toggle; WV_QUERY_FIELDS: none */
	struct wv_slice value;
	size_t page;            /* 0: the first */
};

static struct wv_address address_with(const struct view *v, const struct change *change)
{
	WV_AUTO(wv_buf_done) struct wv_buf more = {.cap = 64 * WV_KIB};
	const struct wv_view_search_query *q = v->query;
	bool is_off = false;

	for (int f = 0; f < (int)WV_QUERY_FIELDS; f++)
		for (size_t i = 0; i < q->fields[f].n; i++) {
			if (f == change->field &&
			    wv_slice_equals(q->fields[f].p[i], change->value)) {
				is_off = true;
				continue;
			}
			add_parameter(&more, field_names[f], q->fields[f].p[i]);
		}
	if (change->field < (int)WV_QUERY_FIELDS && !is_off)
		add_parameter(&more, field_names[change->field], change->value);
	if (q->from_text.n)
		add_parameter(&more, "from", q->from_text);
	if (q->to_text.n)
		add_parameter(&more, "to", q->to_text);
	if (q->by_time)
		wv_buf_add_string(&more, "&order=time");
	if (change->page > 1)
		wv_buf_add_format(&more, "&page=%zu", change->page);
	return (struct wv_address){.place = WV_PLACE_SEARCH,
	                           .text = q->text,
	                           .more = wv_arena_string(v->visit->arena, wv_buf_slice(&more))};
}

/* --- the form --- */

static void add_when(const struct view *v, const char *name, enum wv_phrase label,
                     struct wv_slice value)
{
	struct wv_buf *out = v->out;

	wv_html(out, "<label>");
	wv_say(out, v->visit, label);
	wv_buf_add_format(out,
	                  "<input class=\"when\" name=\"%s\" placeholder=\"2024-06-05\" "
	                  "size=\"12\"",
	                  name);
	wv_html_attribute(out, "value", value);
	wv_html(out, "></label>");
}

static void add_option(const struct view *v, const char *value, enum wv_phrase words, bool is_on)
{
	wv_buf_add_format(v->out, "<option value=\"%s\"%s>", value, is_on ? " selected" : "");
	wv_say(v->out, v->visit, words);
	wv_html(v->out, "</option>");
}

static void add_form(const struct view *v)
{
	const struct wv_view_search_query *q = v->query;
	struct wv_buf *out = v->out;

	wv_html(out, "<form class=\"ask\" action=\"/search\" method=\"get\"");
	wv_say_attribute(out, v->visit, "aria-label", WV_PHRASE_SEARCH_FORM);
	wv_html(out, ">");
	wv_address_keep(out, v->visit);
	for (int f = 0; f < (int)WV_QUERY_FIELDS; f++)
		for (size_t i = 0; i < q->fields[f].n; i++) {
			wv_buf_add_format(out, "<input type=\"hidden\" name=\"%s\"", field_names[f]);
			wv_html_attribute(out, "value", q->fields[f].p[i]);
			wv_html(out, ">");
		}
	wv_html(out, "<div class=\"row\"><label class=\"query\">");
	wv_say(out, v->visit, WV_PHRASE_SEARCH_QUERY);
	wv_html(out, "<input name=\"q\" type=\"search\" autocomplete=\"off\"");
	wv_html_attribute(out, "value", q->text);
	if (q->fault.n)
		wv_html(out, " aria-invalid=\"true\" aria-describedby=\"fault\"");
	wv_html(out, "></label></div><div class=\"row\">");
	add_when(v, "from", WV_PHRASE_SEARCH_FROM, q->from_text);
	add_when(v, "to", WV_PHRASE_SEARCH_TO, q->to_text);
	wv_html(out, "<label>");
	wv_say(out, v->visit, WV_PHRASE_ORDER);
	wv_html(out, "<select name=\"order\">");
	add_option(v, "place", WV_PHRASE_ORDER_PLACE, !q->by_time);
	add_option(v, "time", WV_PHRASE_ORDER_TIME, q->by_time);
	wv_html(out, "</select></label><button>");
	wv_say(out, v->visit, WV_PHRASE_SEARCH);
	wv_html(out, "</button></div></form>\n");
}

static void add_help(const struct view *v, bool is_open)
{
	static const struct {
		const char *example;
		enum wv_phrase words;
	} rows[] = {
		{"oil prices", WV_PHRASE_HELP_ALL},
		{"\"central bank\"", WV_PHRASE_HELP_PHRASE},
		{"oil OR gas", WV_PHRASE_HELP_OR},
		{"oil -olive", WV_PHRASE_HELP_NOT},
		{"semi*", WV_PHRASE_HELP_PREFIX},
		{"title:bank", WV_PHRASE_HELP_TITLE_ONLY},
		{"source:X lang:ja topic:X verdict:listing", WV_PHRASE_HELP_FIELD},
		{"*", WV_PHRASE_HELP_ALL_TEXTS},
		{"https://example.org/a", WV_PHRASE_HELP_ADDRESS},
	};

	wv_buf_add_format(v->out, "<details class=\"help\"%s><summary>", is_open ? " open" : "");
	wv_say(v->out, v->visit, WV_PHRASE_HELP_TITLE);
	wv_html(v->out, "</summary><dl>\n");
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		wv_html(v->out, "<dt>");
		wv_html_text(v->out, wv_slice_of(rows[i].example));
		wv_html(v->out, "</dt><dd>");
		wv_say(v->out, v->visit, rows[i].words);
		wv_html(v->out, "</dd>\n");
	}
	wv_html(v->out, "</dl></details>\n");
}

/* --- facets --- */

static bool is_chosen(const struct view *v, int field, struct wv_slice value)
{
	const struct wv_query_values *chosen = &v->query->fields[field];

	for (size_t i = 0; i < chosen->n; i++)
		if (wv_slice_equals(chosen->p[i], value))
			return true;
	return false;
}

static void add_value_name(const struct view *v, int field, struct wv_slice value)
{
	struct wv_slice name =
		field == WV_QUERY_LANGUAGE
			? wv_names_language(v->visit->arena, value, wv_tongue_tag(v->visit->tongue))
			: WV_SLICE_NONE;
	enum wv_verdict verdict;

	if (!value.n)
		wv_say(v->out, v->visit, WV_PHRASE_FACET_NONE);
	else if (field == WV_QUERY_VERDICT && wv_verdict_parse(value, &verdict))
		wv_say(v->out, v->visit, wv_label_verdict(verdict));
	else if (field == WV_QUERY_LANGUAGE && name.n)
		wv_html_text(v->out, name);
	else
		wv_say_name(v->out, v->visit, value, WV_SLICE_NONE);
}

static void add_value(const struct view *v, int field, const struct wv_facet *facet)
{
	const struct wv_address address =
		address_with(v, &(struct change){.field = field, .value = facet->value});
	bool chosen = is_chosen(v, field, facet->value);
	struct wv_buf *out = v->out;

	wv_html(out, "<li>");
	/* What has no value cannot be asked for. */
	if (!facet->value.n) {
		wv_html(out, "<span>");
		add_value_name(v, field, facet->value);
		wv_html(out, "</span>");
	} else {
		wv_html(out, "<a rel=\"nofollow\"");
		wv_address_href(out, v->visit, &address);
		wv_buf_add_string(out, chosen ? " aria-current=\"true\">" : ">");
		add_value_name(v, field, facet->value);
		if (chosen) {
			wv_html(out, " <small>\xc3\x97 ");
			wv_say(out, v->visit, WV_PHRASE_FACET_REMOVE);
			wv_html(out, "</small>");
		}
		wv_html(out, "</a>");
	}
	wv_html(out, " <span class=\"number\">");
	wv_html_u64(out, facet->hits);
	wv_html(out, "</span></li>\n");
}

static void add_facet(const struct view *v, int field)
{
	const struct wv_facet *values = v->facets.values[field];
	size_t count = v->facets.counts[field], shown = count < FACET_MAX ? count : FACET_MAX;
	struct wv_buf *out = v->out;

	if (count == 0 || (count == 1 && !values[0].value.n))
		return;
	wv_html(out, "<section class=\"facet\"><h3>");
	wv_say(out, v->visit, field_words[field]);
	wv_html(out, "</h3><ul>\n");
	for (size_t i = 0; i < count; i++)
		if (i < shown || is_chosen(v, field, values[i].value))
			add_value(v, field, &values[i]);
	wv_html(out, "</ul>");
	if (shown < count) {
		wv_html(out, "<p class=\"meta\">");
		wv_say_count(out, v->visit, WV_PHRASE_FACET_MORE, count - shown);
		wv_html(out, "</p>");
	}
	wv_html(out, "</section>\n");
}

/* --- hits --- */

static void add_snippet(const struct view *v, const struct wv_found *found)
{
	const struct wv_snippet *s = &found->snippet;
	size_t at = 0;

	if (!s->text.n || !wv_wishes_show_excerpt(v->visit, &found->capture))
		return;
	wv_html(v->out, "<p class=\"excerpt\"><bdi");
	wv_html_attribute(v->out, "lang", found->article.language);
	wv_html(v->out, ">");
	for (size_t i = 0; i < s->mark_count; i++) {
		wv_html_text(v->out, wv_slice_part(s->text, at, s->marks[i].from - at));
		wv_html(v->out, "<mark>");
		wv_html_text(v->out, wv_slice_part(s->text, s->marks[i].from,
		                                   s->marks[i].to - s->marks[i].from));
		wv_html(v->out, "</mark>");
		at = s->marks[i].to;
	}
	wv_html_text(v->out, wv_slice_from(s->text, at));
	wv_html(v->out, "</bdi></p>\n");
}

static void add_hit(const struct view *v, const struct wv_found *found)
{
	struct wv_buf *out = v->out;

	wv_html(out, "<li class=\"item\"><h3>");
	wv_frame_headline(out, v->visit, &found->capture, &found->article);
	wv_html(out, "</h3>\n<p class=\"meta\">");
	if (found->capture.source.n) {
		wv_frame_source(out, v->visit, found->capture.source, found->article.language);
		wv_html(out, " \xc2\xb7 ");
	}
	/* As everywhere: what the page states keeps its offset. */
	if (found->hit->is_published && found->article.published.is_set)
		wv_frame_stated_short(out, v->visit, &found->article.published);
	else
		wv_say_time(out, v->visit, WV_PHRASE_ITEM_SEEN, found->hit->when);
	if (found->article.verdict != WV_VERDICT_ARTICLE) {
		wv_html(out, " \xc2\xb7 ");
		wv_say(out, v->visit, wv_label_verdict(found->article.verdict));
	}
	wv_html(out, "</p>\n");
	add_snippet(v, found);
	wv_html(out, "</li>\n");
}

static enum wv_status add_hits(const struct view *v, struct wv_err *err)
{
	const struct wv_found_query ask = {.query = &v->parsed,
	                                   .at = v->visit->at,
	                                   .known_at = v->visit->known_at,
	                                   .now = v->visit->now};

	wv_html(v->out, "<ul class=\"items\">\n");
	for (size_t i = 0; i < v->answer.count; i++) {
		struct wv_found found;
		enum wv_status st = wv_found_load(v->visit->txn, v->visit->arena, &ask,
		                                  &v->answer.hits[i], &found, err);

		if (st == WV_OK)
			add_hit(v, &found);
		else if (st != WV_NO)
			return st;
	}
	wv_html(v->out, "</ul>\n");
	return WV_OK;
}

static void add_page_link(const struct view *v, size_t page, const char *rel, enum wv_phrase words)
{
	const struct wv_address address =
		address_with(v, &(struct change){.field = WV_QUERY_FIELDS, .page = page});

	wv_buf_add_format(v->out, "<a rel=\"%s\"", rel);
	wv_address_href(v->out, v->visit, &address);
	wv_html(v->out, ">");
	wv_say(v->out, v->visit, words);
	wv_html(v->out, "</a>\n");
}

static void add_pages(const struct view *v)
{
	size_t page = v->query->page;
	bool more = v->answer.total > page * WV_VIEW_SEARCH_HITS && page < WV_VIEW_SEARCH_PAGES;

	if (page <= 1 && !more)
		return;
	wv_html(v->out, "<nav class=\"pages\"");
	wv_say_attribute(v->out, v->visit, "aria-label", WV_PHRASE_PAGES);
	wv_html(v->out, ">");
	if (page > 1)
		add_page_link(v, page - 1, "prev", WV_PHRASE_PREVIOUS_PAGE);
	wv_buf_add_format(v->out, "<span>%zu</span>", page);
	if (more)
		add_page_link(v, page + 1, "next", WV_PHRASE_NEXT_PAGE);
	wv_html(v->out, "</nav>\n");
}

/* Is there anything to narrow down by, or to take back? */
static bool has_facets(const struct view *v)
{
	for (int f = 0; f < (int)WV_QUERY_FIELDS; f++)
		if (v->facets.counts[f] > 1 || (v->facets.counts[f] && v->facets.values[f][0].value.n))
			return true;
	return false;
}

static enum wv_status add_results(const struct view *v, struct wv_err *err)
{
	struct wv_buf *out = v->out;
	enum wv_status st;

	wv_buf_add_string(out, has_facets(v) ? "<div class=\"found\">\n" : "<div>\n");
	if (has_facets(v)) {
		wv_html(out, "<aside aria-labelledby=\"narrow\"><h2 id=\"narrow\">");
		wv_say(out, v->visit, WV_PHRASE_FACETS);
		wv_html(out, "</h2>\n");
		for (int f = 0; f < (int)WV_QUERY_FIELDS; f++)
			add_facet(v, f);
		wv_html(out, "</aside>\n");
	}
	wv_html(out, "<section><h2 class=\"unseen\">");
	wv_say(out, v->visit, WV_PHRASE_RESULTS);
	wv_html(out, "</h2>\n<p class=\"meta\" role=\"status\">");
	if (v->answer.total)
		wv_say_count(out, v->visit, WV_PHRASE_HITS_N, v->answer.total);
	else
		wv_say(out, v->visit, WV_PHRASE_NO_HITS);
	wv_html(out, "</p>\n");
	if (!v->answer.total)
		wv_say_in(out, v->visit, "p", WV_PHRASE_NO_HITS_HINT);
	st = add_hits(v, err);
	add_pages(v);
	wv_html(out, "</section>\n</div>\n");
	return st;
}

/* --- asking --- */

static bool asks(const struct wv_view_search_query *q)
{
	for (int f = 0; f < (int)WV_QUERY_FIELDS; f++)
		if (q->fields[f].n)
			return true;
	return wv_slice_trim(q->text).n > 0 || !wv_time_is_none(q->from) || !wv_time_is_none(q->to);
}

/* WV_USAGE: it cannot be read. */
static enum wv_status parse(struct view *v, struct wv_err *err)
{
	struct wv_slice text = wv_slice_trim(v->query->text);
	enum wv_status st = wv_query_parse(v->visit->arena, text.n ? text : WV_LIT("*"), &v->parsed,
	                                   err);

	for (int f = 0; f < (int)WV_QUERY_FIELDS && st == WV_OK; f++)
		for (size_t i = 0; i < v->query->fields[f].n && st == WV_OK; i++)
			st = wv_query_add_field(&v->parsed, (enum wv_query_field)f,
			                        v->query->fields[f].p[i], err);
	return st;
}

static enum wv_status ask(struct view *v, struct wv_err *err)
{
	const struct wv_visit *visit = v->visit;
	WV_AUTO(wv_shown_free) struct wv_shown *shown = NULL;
	const struct wv_shown_query show = {
		.at = visit->at, .known_at = visit->known_at, .now = visit->now, .query = &v->parsed};
	struct wv_search_ask question = {
		.query = &v->parsed,
		.at = visit->at,
		.known_at = visit->known_at,
		.from = v->query->from,
		.to = v->query->to,
		.order = v->query->by_time ? WV_ORDER_TIME : WV_ORDER_PLACE,
		.skip = (v->query->page - 1) * WV_VIEW_SEARCH_HITS,
		.max = WV_VIEW_SEARCH_HITS,
		.may_show = wv_shown_page,
		.facets = &v->facets,
	};
	enum wv_status st = wv_shown_new(visit->txn, &show, &shown, err);

	question.show_context = shown;
	return st == WV_OK
	               ? wv_search_ask(visit->search, &question, visit->arena, &v->answer, err)
	               : st;
}

static void add_fault(const struct view *v, struct wv_slice words)
{
	wv_html(v->out, "<p class=\"notice\" id=\"fault\" role=\"alert\">");
	wv_say(v->out, v->visit, WV_PHRASE_BAD_QUERY);
	wv_html(v->out, "<bdi lang=\"en\">");
	wv_html_text(v->out, words);
	wv_html(v->out, "</bdi></p>\n");
}

static void open_page(const struct view *v)
{
	wv_frame_open(v->out, v->visit,
	              &(struct wv_frame){
			      .title = v->query->text.n
	                                       ? v->query->text
	                                       : wv_slice_of(wv_phrase(v->visit->tongue,
	                                                               WV_PHRASE_SEARCH)),
			      .place = WV_PLACE_SEARCH,
			      .self = address_with(v, &(struct change){.field = WV_QUERY_FIELDS,
	                                                               .page = v->query->page}),
			      .query = v->query->text,
			      .wide = "wide"});
	wv_say_in(v->out, v->visit, "h1", WV_PHRASE_SEARCH);
	wv_html(v->out, "\n");
}

enum wv_status wv_view_search(struct wv_visit *visit, const struct wv_view_search_query *query,
                              bool *is_bad, struct wv_buf *out, struct wv_err *err)
{
	struct view v = {.visit = visit, .query = query, .out = out};
	struct wv_slice fault = query->fault;
	struct wv_err why = WV_ERR_NONE;
	bool has_question = asks(query);
	enum wv_status st = parse(&v, &why);

	if (st == WV_USAGE)
		fault = wv_slice_of(why.text);
	else if (st != WV_OK)
		return wv_err_set(err, st, "%s", why.text);
	*is_bad = fault.n > 0;
	st = WV_OK;
	if (has_question && !*is_bad && visit->search)
		st = ask(&v, err);
	if (st != WV_OK)
		return st;
	open_page(&v);
	add_form(&v);
	if (*is_bad)
		add_fault(&v, fault);
	else if (!visit->search)
		wv_say_in(out, visit, "p", WV_PHRASE_NO_INDEX);
	if (query->behind && visit->search) {
		wv_html(out, "<p class=\"notice\">");
		wv_say_count(out, visit, WV_PHRASE_BEHIND_N, query->behind);
		wv_html(out, "</p>\n");
	}
	add_help(&v, !has_question || *is_bad);
	if (has_question && !*is_bad && visit->search)
		st = add_results(&v, err);
	wv_frame_close(out, visit);
	return st;
}

/* --- an address in the box --- */

static enum wv_status stop(const struct wv_page *page, void *context, struct wv_err *err)
{
	(void)page;
	(void)err;
	*(bool *)context = true;
	return WV_NO;
}

static bool could_be_host(struct wv_slice text)
{
	size_t dots = 0;

	for (size_t i = 0; i < text.n && text.p[i] != '/' && text.p[i] != '?'; i++) {
		unsigned char c = text.p[i];

		if (c <= ' ' || c == '"' || c == '(' || c == ')' || c == '*')
			return false;
		dots += c == '.';
	}
	return dots > 0;
}

enum wv_status wv_view_search_is_address(const struct wv_visit *visit, struct wv_slice text,
                                         bool *is_address, struct wv_err *err)
{
	struct wv_slice typed = wv_slice_trim(text), key, all;
	struct wv_url url;
	struct wv_err why = WV_ERR_NONE;
	size_t end;
	enum wv_status st;

	*is_address = wv_slice_starts_nocase(typed, WV_LIT("http://")) ||
	              wv_slice_starts_nocase(typed, WV_LIT("https://"));
	if (*is_address || !could_be_host(typed))
		return WV_OK;
	all = wv_arena_format(visit->arena, "https://%.*s", WV_FMT(typed));
	if (wv_url_parse(visit->arena, all, NULL, &url, &why) != WV_OK ||
	    wv_url_page_key(visit->arena, &url, &key, &why) != WV_OK)
		return WV_OK;
	end = wv_slice_find_byte(key, ')', 0);
	if (end == SIZE_MAX)
		return WV_OK;
	st = wv_store_each_page(visit->txn, wv_slice_part(key, 0, end + 1), WV_SLICE_NONE, stop,
	                        is_address, err);
	return st == WV_NO ? WV_OK : st;
}
