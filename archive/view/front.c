#include "archive/view/front.h"

#include <stdlib.h>

#include "archive/copies/cluster.h"
#include "archive/copies/follow.h"
#include "archive/store/history.h"
#include "archive/view/cluster.h"
#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/say.h"

#define LOOKS_AT         400u /* newest captures */
#define LATEST           20u
#define LATEST_OF        60u  /* newest captures, put in order of publication */
#define SOURCES_SHOWN    40u
#define CATEGORIES_SHOWN 24u
#define CLUSTERS_SHOWN   6u
#define CLUSTERS_US      (4 * WV_US_PER_DAY)
#define EDITS_SHOWN      6u
#define EDITS_LOOKED     120u /* pages whose earlier captures are looked at */
#define BACK             6u   /* captures of a page, for the version before */
#define SILENCE_US       (2 * WV_US_PER_DAY)

/* A page's newest article among the captures looked at. */
struct fresh {
	const struct wv_capture *capture;
	struct wv_reading reading;
};

struct source {
	struct wv_slice name;
	struct wv_time last;
	size_t looks, good, blocked;
};

struct tally {
	struct wv_slice name;
	uint64_t id; /* cluster */
	size_t count;
	uint64_t document;              /* one of the cluster */
	const struct wv_capture *first; /* earliest captured of a cluster */
};

struct front {
	struct wv_visit *visit;
	struct wv_buf *out;
	struct wv_capture *captures; /* newest first */
	size_t count;
	struct fresh *fresh;
	size_t fresh_count;
	struct source *sources;
	size_t source_count;
	struct wv_time until; /* T, or the newest capture: what "the last day" ends with */
};

/* --- gathering --- */

static bool has_page(const struct front *f, uint64_t page)
{
	for (size_t i = 0; i < f->fresh_count; i++)
		if (f->fresh[i].capture->page == page)
			return true;
	return false;
}

static enum wv_status gather_fresh(struct front *f, struct wv_err *err)
{
	struct wv_visit *visit = f->visit;

	f->fresh = WV_ARENA_ARRAY(visit->arena, struct fresh, f->count + 1);
	if (!f->fresh)
		return wv_err_set(err, WV_NOMEM, "out of memory for the front page");
	for (size_t i = 0; i < f->count; i++) {
		const struct wv_capture *c = &f->captures[i];
		struct fresh *made = &f->fresh[f->fresh_count];
		enum wv_status st;

		/* What repeats a body that was had before is no news. */
		if (c->verdict != WV_VERDICT_ARTICLE || c->has_stands_for || has_page(f, c->page))
			continue;
		made->capture = c;
		st = wv_store_reading(visit->txn, visit->arena, c, visit->known_at, &made->reading, err);
		if (st == WV_OK)
			f->fresh_count++;
		else if (st != WV_NO)
			return st;
	}
	return WV_OK;
}

static bool is_blocked(const struct wv_capture *c)
{
	switch (c->verdict) {
	case WV_VERDICT_CONSENT_WALL:
	case WV_VERDICT_PAYWALL_STUB:
	case WV_VERDICT_SCRIPT_SHELL:
	case WV_VERDICT_SOFT_404:
	case WV_VERDICT_CAPTCHA:
	case WV_VERDICT_TRUNCATED:
	case WV_VERDICT_REFUSED:
	case WV_VERDICT_FAILED:
		return true;
	default:
		return c->status >= 400;
	}
}

/* When this source was last seen, if none of its captures is among the newest. */
static enum wv_status look_back(struct front *f, struct source *source, struct wv_err *err)
{
	const struct wv_list_query query = {.source = source->name,
	                                    .from = WV_TIME_NONE,
	                                    .to = f->visit->at,
	                                    .known_at = f->visit->known_at,
	                                    .now = f->visit->now,
	                                    .max = 1,
	                                    .max_looked = LOOKS_AT};
	struct wv_capture *captures = NULL;
	size_t count = 0;
	enum wv_status st =
		wv_store_list(f->visit->txn, f->visit->arena, &query, &captures, &count, err);

	if (st == WV_OK && count)
		source->last = captures[0].captured;
	return st;
}

static enum wv_status gather_sources(struct front *f, struct wv_err *err)
{
	struct wv_source_totals *totals = NULL;
	size_t count = 0, kept = 0;
	enum wv_status st = wv_store_sources(f->visit->txn, f->visit->arena, &totals, &count, err);

	if (st != WV_OK)
		return st;
	if (count > SOURCES_SHOWN)
		count = SOURCES_SHOWN;
	f->sources = WV_ARENA_ARRAY(f->visit->arena, struct source, count + 1);
	if (!f->sources)
		return wv_err_set(err, WV_NOMEM, "out of memory for the front page");
	for (size_t s = 0; s < count; s++) {
		struct source *source = &f->sources[kept];

		*source = (struct source){.name = totals[s].name, .last = WV_TIME_NONE};
		for (size_t i = 0; i < f->count; i++) {
			const struct wv_capture *c = &f->captures[i];

			if (!wv_slice_equals(c->source, source->name))
				continue;
			if (!source->looks++)
				source->last = c->captured;
			source->good += c->verdict == WV_VERDICT_ARTICLE ||
			                c->verdict == WV_VERDICT_LISTING;
			source->blocked += is_blocked(c);
		}
		if (!source->looks)
			st = look_back(f, source, err);
		if (st != WV_OK)
			return st;
		kept += !wv_time_is_none(source->last); /* a source of later is not known yet */
	}
	f->source_count = kept;
	return WV_OK;
}

static enum wv_status gather(struct front *f, struct wv_err *err)
{
	const struct wv_list_query query = {.from = WV_TIME_NONE,
	                                    .to = f->visit->at,
	                                    .known_at = f->visit->known_at,
	                                    .now = f->visit->now,
	                                    .max = LOOKS_AT,
	                                    .max_looked = 2 * LOOKS_AT};
	enum wv_status st = wv_store_list(f->visit->txn, f->visit->arena, &query, &f->captures,
	                                  &f->count, err);

	if (st == WV_OK)
		st = gather_fresh(f, err);
	if (st == WV_OK)
		st = gather_sources(f, err);
	f->until = f->visit->has_as_of ? f->visit->at
	           : f->count          ? f->captures[0].captured
	                               : f->visit->now;
	return st;
}

/* --- latest --- */

static void add_heading(const struct front *f, enum wv_phrase phrase)
{
	wv_html(f->out, "<h2>");
	wv_say(f->out, f->visit, phrase);
	wv_html(f->out, "</h2>\n");
}

static void add_none(const struct front *f, enum wv_phrase phrase)
{
	wv_html(f->out, "<p>");
	wv_say(f->out, f->visit, phrase);
	wv_html(f->out, "</p>\n");
}

/* What a list is of, below its heading. */
static void add_note(const struct front *f, enum wv_phrase phrase)
{
	wv_html(f->out, "<p class=\"meta\">");
	wv_say(f->out, f->visit, phrase);
	wv_html(f->out, "</p>\n");
}

struct news {
	const struct wv_capture *capture;
	struct wv_article article;
	struct wv_time when;
};

static int newest_first(const void *a, const void *b)
{
	const struct news *x = a, *y = b;

	if (x->when.us != y->when.us)
		return x->when.us > y->when.us ? -1 : 1;
	return x->capture->id > y->capture->id ? -1 : x->capture->id < y->capture->id;
}

/* A page is fetched again and again: it is as new as what it says, not as its last fetch. */
static enum wv_status gather_news(struct front *f, struct news *news, size_t *count,
                                  struct wv_err *err)
{
	for (size_t i = 0; i < f->fresh_count && i < LATEST_OF; i++) {
		struct news *n = &news[*count];
		enum wv_status st = wv_store_article(f->visit->txn, f->visit->arena,
		                                     &f->fresh[i].reading, &n->article, err);

		if (st == WV_NO)
			continue;
		if (st != WV_OK)
			return st;
		n->capture = f->fresh[i].capture;
		n->when = wv_copies_when(&n->article, n->capture->captured);
		++*count;
	}
	qsort(news, *count, sizeof(*news), newest_first);
	return WV_OK;
}

static enum wv_status add_latest(struct front *f, struct wv_err *err)
{
	struct news news[LATEST_OF];
	size_t count = 0;
	enum wv_status st = gather_news(f, news, &count, err);

	wv_html(f->out, "<section class=\"reading\">\n");
	add_heading(f, WV_PHRASE_LATEST);
	if (!count)
		add_none(f, f->visit->has_as_of ? WV_PHRASE_FRONT_EMPTY_THEN : WV_PHRASE_FRONT_EMPTY);
	wv_html(f->out, "<ul class=\"items\">\n");
	for (size_t i = 0; i < count && i < LATEST; i++)
		wv_frame_item(f->out, f->visit,
		              &(struct wv_frame_item){.capture = news[i].capture,
		                                      .article = &news[i].article,
		                                      .excerpt = wv_frame_lead(&news[i].article)});
	wv_html(f->out, "</ul></section>\n");
	return st;
}

/* --- the most copied --- */

/* The tally of `id`, or a new one; NULL: no room. */
static struct tally *tally_of(struct tally *list, size_t *count, size_t room, uint64_t id,
                              struct wv_slice name)
{
	for (size_t i = 0; i < *count; i++)
		if (list[i].id == id && wv_slice_equals(list[i].name, name))
			return &list[i];
	if (*count == room)
		return NULL;
	list[*count] = (struct tally){.id = id, .name = name};
	return &list[(*count)++];
}

/* Takes the largest out of the list: ties by what came first. */
static struct tally take_largest(struct tally *list, size_t count)
{
	struct tally *best = list, taken;

	for (size_t i = 1; i < count; i++)
		if (list[i].count > best->count)
			best = &list[i];
	taken = *best;
	best->count = 0;
	return taken;
}

/* The pages that carry it, those that were not captured of late included; and the first of them. */
static enum wv_status recount(struct front *f, struct tally *t, struct wv_err *err)
{
	const struct wv_cluster_question question = {
		.document = t->document, .then = f->visit->at, .is_brief = true};
	struct wv_capture *first = WV_ARENA_NEW(f->visit->arena, struct wv_capture);
	struct wv_spread spread;
	bool is_large = false;
	enum wv_status st = wv_cluster_is_large(f->visit, t->document, &is_large, err);

	if (st != WV_OK || is_large || !first)
		return st;
	st = wv_cluster_at(f->visit, &question, &spread, err);
	t->count = st == WV_OK ? spread.count : 0;
	if (st == WV_OK && spread.count) {
		*first = spread.pages[0].first;
		t->first = first;
	}
	return st == WV_NO || st == WV_LIMIT ? WV_OK : st;
}

static enum wv_status add_cluster(struct front *f, const struct tally *t, struct wv_err *err)
{
	const struct wv_address copies = {.place = WV_PLACE_CLUSTER, .id = t->first->id};
	struct wv_article article;
	enum wv_status st = wv_visit_article(f->visit, t->first, &article, err);

	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	wv_html(f->out, "<li>");
	wv_frame_headline(f->out, f->visit, t->first, &article);
	wv_html(f->out, " <small><a");
	wv_address_href(f->out, f->visit, &copies);
	wv_html(f->out, ">");
	wv_say_count(f->out, f->visit, WV_PHRASE_COPIES_COUNT, t->count);
	wv_html(f->out, "</a>");
	if (t->first->source.n) {
		wv_html(f->out, " \xc2\xb7 ");
		wv_say_text(f->out, f->visit, WV_PHRASE_COPIES_FIRST, t->first->source);
	}
	wv_html(f->out, "</small></li>\n");
	return WV_OK;
}

/* Adds a page to the tally of its text's cluster, unless the text is an old one. */
static enum wv_status tally_page(struct front *f, const struct wv_capture *c, struct tally *list,
                                 size_t *count, struct wv_err *err)
{
	uint64_t document = c->has_stands_for ? c->stands_for : c->id, cluster;
	struct wv_capture made = *c;
	struct tally *t;
	enum wv_status st = WV_OK;

	if (c->has_stands_for)
		st = wv_store_capture(f->visit->txn, f->visit->arena, document, f->visit->known_at, &made,
		                      err);
	if (st == WV_OK && f->until.us - made.captured.us > CLUSTERS_US)
		return WV_OK;
	if (st == WV_OK)
		st = wv_copies_cluster(f->visit->txn, document, f->visit->known_at, &cluster, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	t = tally_of(list, count, f->count, cluster, WV_SLICE_NONE);
	if (t) {
		t->count++;
		t->document = document;
		t->first = c; /* they come newest first */
	}
	return WV_OK;
}

/* Is there a newer capture of its page among those looked at? */
static bool is_repeated(const struct front *f, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (f->captures[i].page == f->captures[at].page &&
		    f->captures[i].verdict == WV_VERDICT_ARTICLE)
			return true;
	return false;
}

static enum wv_status add_clusters(struct front *f, struct wv_err *err)
{
	struct tally *list = WV_ARENA_ARRAY(f->visit->arena, struct tally, f->count + 1);
	size_t count = 0, shown = 0;
	enum wv_status st = WV_OK;

	if (!list)
		return wv_err_set(err, WV_NOMEM, "out of memory for the front page");
	for (size_t i = 0; st == WV_OK && i < f->count; i++)
		if (f->captures[i].verdict == WV_VERDICT_ARTICLE && !is_repeated(f, i))
			st = tally_page(f, &f->captures[i], list, &count, err);
	for (size_t i = 0; st == WV_OK && count && i < CLUSTERS_SHOWN; i++) {
		struct tally t = take_largest(list, count);

		if (t.count < 2)
			break;
		st = recount(f, &t, err);
		if (st != WV_OK || t.count < 2)
			continue;
		if (!shown++) {
			wv_html(f->out, "<section class=\"box\">\n");
			add_heading(f, WV_PHRASE_FRONT_CLUSTERS);
			wv_html(f->out, "<ol class=\"rows\">\n");
		}
		st = add_cluster(f, &t, err);
	}
	if (shown)
		wv_html(f->out, "</ol></section>\n");
	return st;
}

/* --- silent edits --- */

/* The newest capture of the page before this one that has another text. WV_NO: none near. */
static enum wv_status version_before(struct front *f, const struct wv_capture *c,
                                     struct wv_capture *out, struct wv_err *err)
{
	const struct wv_captures_query query = {.page = c->page,
	                                        .from = WV_TIME_NONE,
	                                        .to = c->captured,
	                                        .known_at = f->visit->known_at,
	                                        .now = f->visit->now,
	                                        .is_backwards = true};
	WV_AUTO(wv_captures_end) struct wv_captures *walk = NULL;
	enum wv_status st = wv_captures_begin(f->visit->txn, &query, &walk, err);

	for (size_t i = 0; st == WV_OK && i < BACK; i++) {
		st = wv_captures_next(walk, f->visit->arena, out, err);
		if (st == WV_OK && out->id != c->id && out->has_version &&
		    out->verdict == WV_VERDICT_ARTICLE &&
		    !wv_digest_equals(&out->version, &c->version))
			return WV_OK;
	}
	return st == WV_OK ? WV_NO : st;
}

static enum wv_status is_silent(struct front *f, const struct wv_capture *before,
                                const struct wv_capture *now, bool *out, struct wv_err *err)
{
	const struct wv_history_query query = {.page = now->page,
	                                       .from = before->captured,
	                                       .to = now->captured,
	                                       .known_at = f->visit->known_at,
	                                       .now = f->visit->now};
	struct wv_history history;
	enum wv_status st = wv_history_of(f->visit->txn, f->visit->arena, &query, &history, err);

	*out = false;
	if (st == WV_OK && history.version_count > 1) {
		uint32_t changes = history.versions[history.version_count - 1].changes;

		*out = (changes & WV_CHANGE_SILENT) && !(changes & WV_CHANGE_UNCERTAIN);
	}
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status add_edit(struct front *f, const struct fresh *fresh, uint64_t before,
                               struct wv_err *err)
{
	const struct wv_address compare = {.place = WV_PLACE_COMPARE, .id = before,
	                                   .other = fresh->capture->id};
	struct wv_article article;
	enum wv_status st = wv_store_article(f->visit->txn, f->visit->arena, &fresh->reading,
	                                     &article, err);

	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	wv_html(f->out, "<li>");
	wv_frame_headline(f->out, f->visit, fresh->capture, &article);
	wv_html(f->out, " <small>");
	if (fresh->capture->source.n) {
		wv_frame_source(f->out, f->visit, fresh->capture->source, article.language);
		wv_html(f->out, " \xc2\xb7 ");
	}
	wv_say_time(f->out, f->visit, WV_PHRASE_ITEM_SEEN, fresh->capture->captured);
	wv_html(f->out, " \xc2\xb7 ");
	wv_frame_link_of(f->out, f->visit, &compare, WV_PHRASE_COMPARE, article.title,
	                 article.language);
	wv_html(f->out, "</small></li>\n");
	return WV_OK;
}

static enum wv_status add_edits(struct front *f, struct wv_err *err)
{
	size_t shown = 0;
	enum wv_status st = WV_OK;

	wv_html(f->out, "<section class=\"box\">\n");
	add_heading(f, WV_PHRASE_FRONT_SILENT);
	add_note(f, WV_PHRASE_FRONT_SILENT_ABOUT);
	wv_html(f->out, "<ul class=\"rows\">\n");
	for (size_t i = 0; st == WV_OK && i < f->fresh_count && i < EDITS_LOOKED && shown < EDITS_SHOWN;
	     i++) {
		const struct wv_capture *c = f->fresh[i].capture;
		struct wv_capture before;
		bool silent = false;

		if (!c->has_version || f->until.us - c->captured.us > WV_US_PER_DAY)
			continue;
		st = version_before(f, c, &before, err);
		if (st == WV_OK)
			st = is_silent(f, &before, c, &silent, err);
		if (st == WV_OK && silent) {
			st = add_edit(f, &f->fresh[i], before.id, err);
			shown++;
		}
		if (st == WV_NO)
			st = WV_OK;
	}
	wv_html(f->out, "</ul>\n");
	if (!shown)
		add_none(f, WV_PHRASE_FRONT_NONE);
	wv_html(f->out, "</section>\n");
	return st;
}

/* --- sources and categories --- */

static void add_categories(struct front *f)
{
	struct tally list[CATEGORIES_SHOWN];
	size_t count = 0;

	for (size_t i = 0; i < f->fresh_count; i++) {
		struct tally *t;

		if (!f->fresh[i].reading.category.n)
			continue;
		t = tally_of(list, &count, CATEGORIES_SHOWN, 0, f->fresh[i].reading.category);
		if (t)
			t->count++;
	}
	if (!count)
		return;
	wv_html(f->out, "<section class=\"box\">\n");
	add_heading(f, WV_PHRASE_FRONT_BY_CATEGORY);
	add_note(f, WV_PHRASE_FRONT_BY_CATEGORY_ABOUT);
	wv_html(f->out, "<ul class=\"names\">\n");
	for (size_t i = 0; i < count; i++) {
		struct tally t = take_largest(list, count);
		const struct wv_address address = {.place = WV_PLACE_CATEGORY, .text = t.name};

		wv_html(f->out, "<li><a");
		wv_address_href(f->out, f->visit, &address);
		wv_html(f->out, ">");
		wv_frame_name(f->out, f->visit, t.name, WV_SLICE_NONE);
		wv_html(f->out, "</a> <small>");
		wv_html_u64(f->out, t.count);
		wv_html(f->out, "</small></li>\n");
	}
	wv_html(f->out, "</ul></section>\n");
}

static void add_number(struct front *f, size_t value)
{
	wv_html(f->out, "<td class=\"number\">");
	wv_html_u64(f->out, value);
	wv_html(f->out, "</td>");
}

/* In which language a source writes, as its newest article says. */
static struct wv_slice language_of(const struct front *f, struct wv_slice source)
{
	for (size_t i = 0; i < f->fresh_count; i++)
		if (wv_slice_equals(f->fresh[i].capture->source, source))
			return f->fresh[i].reading.language;
	return WV_SLICE_NONE;
}

static void add_source_row(struct front *f, const struct source *source)
{
	wv_html(f->out, "<tr><th scope=\"row\">");
	wv_frame_source(f->out, f->visit, source->name, language_of(f, source->name));
	wv_html(f->out, "</th>");
	add_number(f, source->looks);
	add_number(f, source->good);
	add_number(f, source->blocked);
	wv_html(f->out, "<td>");
	wv_frame_time(f->out, f->visit, source->last);
	if (f->until.us - source->last.us > SILENCE_US) {
		wv_html(f->out, " <strong class=\"mark\">");
		wv_say(f->out, f->visit, WV_PHRASE_FRONT_SILENT_SINCE);
		wv_html(f->out, "</strong>");
	}
	wv_html(f->out, "</td></tr>\n");
}

static void add_sources(struct front *f)
{
	static const struct {
		enum wv_phrase phrase;
		bool is_number;
	} columns[] = {{WV_PHRASE_SOURCE, false},
	               {WV_PHRASE_FRONT_LOOKS, true},
	               {WV_PHRASE_FRONT_GOOD, true},
	               {WV_PHRASE_FRONT_BLOCKED, true},
	               {WV_PHRASE_FRONT_LAST, false}};

	if (!f->source_count)
		return;
	wv_html(f->out, "<section>\n");
	add_heading(f, WV_PHRASE_FRONT_WALLS);
	add_note(f, WV_PHRASE_FRONT_WALLS_ABOUT);
	wv_html(f->out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\"");
	wv_html_attribute(f->out, "aria-label",
	                  wv_slice_of(wv_phrase(f->visit->tongue, WV_PHRASE_FRONT_WALLS)));
	wv_html(f->out, "><table>\n<thead><tr>");
	for (size_t i = 0; i < WV_COUNT(columns); i++) {
		wv_buf_add_string(f->out, columns[i].is_number ? "<th scope=\"col\" class=\"number\">"
		                                               : "<th scope=\"col\">");
		wv_say(f->out, f->visit, columns[i].phrase);
		wv_html(f->out, "</th>");
	}
	wv_html(f->out, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < f->source_count; i++)
		add_source_row(f, &f->sources[i]);
	wv_html(f->out, "</tbody></table></div></section>\n");
}

static void add_source_names(struct front *f)
{
	if (!f->source_count)
		return;
	wv_html(f->out, "<section class=\"box\">\n");
	add_heading(f, WV_PHRASE_FRONT_BY_SOURCE);
	wv_html(f->out, "<ul class=\"names\">\n");
	for (size_t i = 0; i < f->source_count; i++) {
		wv_html(f->out, "<li>");
		wv_frame_source(f->out, f->visit, f->sources[i].name,
		                language_of(f, f->sources[i].name));
		wv_html(f->out, "</li>\n");
	}
	wv_html(f->out, "</ul></section>\n");
}

enum wv_status wv_view_front(struct wv_visit *visit, struct wv_buf *out, struct wv_err *err)
{
	struct front f = {.visit = visit, .out = out};
	enum wv_status st = gather(&f, err);

	if (st != WV_OK)
		return st;
	wv_frame_open(out, visit,
	              &(struct wv_frame){.place = WV_PLACE_FRONT,
	                                 .self = {.place = WV_PLACE_FRONT},
	                                 .wide = "wide"});
	wv_html(out, "<h1 class=\"unseen\">");
	wv_say(out, visit, WV_PHRASE_SITE);
	wv_html(out, "</h1>\n<div class=\"columns front\">\n");
	st = add_latest(&f, err);
	wv_html(out, "<div class=\"boxes\">\n");
	/* An empty archive has no lists of nothing. */
	if (st == WV_OK && f.count)
		st = add_clusters(&f, err);
	if (st == WV_OK && f.count)
		st = add_edits(&f, err);
	if (st != WV_OK)
		return st;
	add_source_names(&f);
	add_categories(&f);
	wv_html(out, "</div>\n</div>\n");
	add_sources(&f);
	wv_frame_close(out, visit);
	return WV_OK;
}
