/* related URL|ID: the archive's own articles, as of an instant. */
#include <stdlib.h>

#include "archive/copies/cluster.h"
#include "config/base/limits.h"
#include "config/base/text.h"
#include "crawler/cmd/read.h"
#include "crawler/cmd/related.h"

/* How far around the article: what it is like at other times is measured there too. */
#define AROUND_US  (34 * INT64_C(86400000000))
#define AT_ONCE    256u
#define PAGES_MOST 200000u
#define SNIPPET    160u

struct held {
	uint64_t id;
	struct wv_time when;
};

struct found {
	uint32_t number;
	struct wv_story_link link;
};

struct looking {
	struct wv_related related;
	struct wv_read read;
	struct held *held; /* one article a page, its newest at T; the first is the one asked about */
	size_t count, room;
	uint64_t *pages; /* numbers of the pages that have one: a hash table, number + 1 */
	size_t page_room;
	struct found *found;
	size_t found_count, found_room;
	bool is_cut;
};

/* False where the page was there. */
static bool add_page(struct looking *l, uint64_t page)
{
	size_t slot = (size_t)(page * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (l->page_room - 1);

	while (l->pages[slot] && l->pages[slot] != page + 1)
		slot = (slot + 1) & (l->page_room - 1);
	if (l->pages[slot])
		return false;
	l->pages[slot] = page + 1;
	return true;
}

/* The middle of what its own time can mean; else when it was captured. */
static struct wv_time time_of(const struct wv_article *a, const struct wv_capture *capture)
{
	const struct wv_stated_time *p = &a->published;

	if (!p->is_set || wv_time_is_none(p->earliest) || wv_time_is_none(p->latest))
		return capture->captured;
	return (struct wv_time){p->earliest.us + (p->latest.us - p->earliest.us) / 2};
}

static enum wv_status hold(struct looking *l, const struct wv_capture *capture,
                           const struct wv_article *article, struct wv_err *err)
{
	struct wv_slice text;
	enum wv_status st;

	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : 256;
		struct held *larger = realloc(l->held, room * sizeof(*larger));

		if (!larger)
			return wv_err_set(err, WV_NOMEM, "out of memory for articles");
		l->held = larger;
		l->room = room;
	}
	l->held[l->count++] = (struct held){capture->id, time_of(article, capture)};
	st = wv_article_text(article, l->read.arena, &text, err);
	return st == WV_OK ? wv_related_learn(&l->related, article->title, text, err) : st;
}

/* Newest first, so the first capture of a page that is met is its newest at T. */
static enum wv_status hold_page(struct looking *l, const struct wv_capture *capture,
                                struct wv_err *err)
{
	struct wv_article article;
	enum wv_status st;

	if (capture->verdict != WV_VERDICT_ARTICLE)
		return WV_OK;
	if (l->count >= PAGES_MOST) {
		l->is_cut = true;
		return WV_OK;
	}
	st = wv_read_article(&l->read, capture, &article, err);
	if (st == WV_NO || (st == WV_OK && !add_page(l, capture->page)))
		return WV_OK;
	return st == WV_OK ? hold(l, capture, &article, err) : st;
}

static enum wv_status renew(struct looking *l, struct wv_err *err)
{
	wv_txn_abort(&l->read.txn);
	wv_arena_reset(l->read.arena);
	return wv_store_begin_read(l->read.store, &l->read.txn, err);
}

static enum wv_status hold_all(struct looking *l, struct wv_time middle, struct wv_err *err)
{
	struct wv_list_query query = {.from = {middle.us - AROUND_US},
	                              .to = {middle.us + AROUND_US},
	                              .known_at = l->read.known_at,
	                              .now = l->read.now,
	                              .max = AT_ONCE};

	if (!wv_time_is_none(l->read.at) && l->read.at.us < query.to.us)
		query.to = l->read.at;
	for (;;) {
		struct wv_capture *captures;
		size_t count;
		enum wv_status st = wv_store_list(l->read.txn, l->read.arena, &query, &captures, &count, err);

		for (size_t i = 0; st == WV_OK && i < count; i++)
			st = wv_command_stop_signal() ? wv_err_set(err, WV_STOPPED, "interrupted")
			                              : hold_page(l, &captures[i], err);
		if (st != WV_OK || count < query.max)
			return st;
		query.has_after = true;
		query.after_captured = captures[count - 1].captured;
		query.after_id = captures[count - 1].id;
		st = renew(l, err);
		if (st != WV_OK)
			return st;
	}
}

/* What was learned of all of them is known before the first is read for what it mentions. */
static enum wv_status add_all(struct looking *l, struct wv_err *err)
{
	enum wv_status st = wv_related_teach(&l->related, err);

	for (size_t i = 0; st == WV_OK && i < l->count; i++) {
		struct wv_mention_text text = {.when = l->held[i].when};
		struct wv_capture capture;
		struct wv_article article;

		if (i % AT_ONCE == AT_ONCE - 1)
			st = renew(l, err);
		if (st == WV_OK)
			st = wv_store_capture(l->read.txn, l->read.arena, l->held[i].id, l->read.known_at,
			                      &capture, err);
		if (st == WV_OK)
			st = wv_read_article(&l->read, &capture, &article, err);
		if (st == WV_OK)
			st = wv_article_text(&article, l->read.arena, &text.text, err);
		if (st != WV_OK)
			return st;
		text.title = article.title;
		text.language = article.language;
		st = wv_related_add(&l->related, &text, err);
	}
	return st;
}

static enum wv_status keep_link(void *context, const struct wv_story_link *link, struct wv_err *err)
{
	struct looking *l = context;

	if (link->a != 0)
		return WV_OK;
	if (l->found_count == l->found_room) {
		size_t room = l->found_room ? l->found_room * 2 : 64;
		struct found *larger = realloc(l->found, room * sizeof(*larger));

		if (!larger)
			return wv_err_set(err, WV_NOMEM, "out of memory for links");
		l->found = larger;
		l->found_room = room;
	}
	l->found[l->found_count++] = (struct found){link->b, *link};
	return WV_OK;
}

static bool goes_on(void *context)
{
	(void)context;
	return wv_command_stop_signal() == 0;
}

static int by_score(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->link.score != y->link.score)
		return x->link.score > y->link.score ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void print_json(struct looking *l, const struct wv_capture *capture, const struct wv_article *a,
                       const struct wv_story_link *link, bool is_copy)
{
	struct wv_json_writer w;
	char text[WV_TIME_TEXT_MAX];

	wv_json_begin(&w, l->read.c->out);
	wv_json_open_object(&w, NULL);
	wv_read_json_capture(&w, &l->read, capture);
	wv_json_string(&w, "known_at", wv_slice_of(wv_time_print(l->read.known_at, text)));
	wv_json_string_or_null(&w, "title", a->title);
	wv_json_string_or_null(&w, "language", a->language);
	wv_read_json_stated(&w, "published", &a->published);
	wv_json_bool(&w, "copy", is_copy);
	wv_related_json_link(&w, link);
	wv_json_close(&w);
	wv_buf_add_byte(l->read.c->out, '\n');
}

static void print_line(struct looking *l, const struct wv_capture *capture, const struct wv_article *a,
                       const struct wv_story_link *link, bool is_copy)
{
	struct wv_buf *out = l->read.c->out;
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add_format(out, "%.2f  ", link->score);
	wv_read_colour(l->read.c, "bold");
	wv_read_add_plain(out, a->title.n > 0 ? wv_text_cut(a->title, SNIPPET) : WV_LIT("(no title)"));
	wv_read_colour(l->read.c, "off");
	wv_buf_add_format(out, "%s\n      %s%s%.*s  %.*s  ", is_copy ? "  [copy]" : "",
	                  a->published.is_set ? "published " : "captured ",
	                  a->published.is_set ? "" : wv_time_print(wv_read_second(capture->captured), text),
	                  WV_FMT(a->published.is_set ? a->published.text : WV_SLICE_NONE),
	                  WV_FMT(a->language));
	wv_read_add_plain(out, capture->url);
	wv_buf_add_string(out, "\n      ");
	wv_read_colour(l->read.c, "dim");
	for (size_t i = 0; i < link->evidence_count; i++) {
		wv_buf_add_format(out, "%s%s ", i ? ", " : "", wv_mention_kind_name(link->evidence[i].kind));
		wv_read_add_plain(out, link->evidence[i].shown);
	}
	wv_read_colour(l->read.c, "off");
	wv_buf_add_byte(out, '\n');
}

/* Do both carry one text? Where the archive keeps no clusters of them, no. */
static enum wv_status is_a_copy(struct looking *l, uint64_t id, bool *is_copy, struct wv_err *err)
{
	uint64_t mine, other;
	enum wv_status st = wv_copies_cluster(l->read.txn, l->held[0].id, l->read.known_at, &mine, err);

	*is_copy = false;
	if (st == WV_OK)
		st = wv_copies_cluster(l->read.txn, id, l->read.known_at, &other, err);
	if (st == WV_OK)
		*is_copy = mine == other;
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status print_all(struct looking *l, struct wv_err *err)
{
	enum wv_status st = renew(l, err);

	if (l->found_count > 0)
		qsort(l->found, l->found_count, sizeof(*l->found), by_score);
	for (size_t i = 0; st == WV_OK && i < l->found_count; i++) {
		const struct wv_story_link *link = &l->found[i].link;
		struct wv_capture capture;
		struct wv_article article;
		bool is_copy;

		st = wv_store_capture(l->read.txn, l->read.arena, l->held[link->b].id, l->read.known_at,
		                      &capture, err);
		if (st == WV_OK)
			st = wv_read_article(&l->read, &capture, &article, err);
		if (st == WV_OK)
			st = is_a_copy(l, capture.id, &is_copy, err);
		if (st != WV_OK)
			break;
		if (l->read.c->json)
			print_json(l, &capture, &article, link, is_copy);
		else
			print_line(l, &capture, &article, link, is_copy);
		st = wv_command_flush(l->read.c, err);
	}
	return st;
}

static enum wv_status look(struct looking *l, const char *argument, struct wv_err *err)
{
	struct wv_standing standing;
	struct wv_article article;
	char text[WV_TIME_TEXT_MAX];
	struct wv_time middle;
	enum wv_status st = wv_read_capture(&l->read, argument, WV_STANDING_AT, &standing, err);

	if (st != WV_OK)
		return st;
	st = wv_read_article(&l->read, &standing.capture, &article, err);
	if (st == WV_NO)
		return wv_err_set(err, st, "'%s' has no article at that instant", argument);
	if (st != WV_OK)
		return st;
	l->page_room = 1u << 19; /* above twice PAGES_MOST: never full */
	l->pages = calloc(l->page_room, sizeof(*l->pages));
	if (!l->pages)
		return wv_err_set(err, WV_NOMEM, "out of memory for pages");
	middle = time_of(&article, &standing.capture);
	(void)add_page(l, standing.capture.page);
	st = hold(l, &standing.capture, &article, err);
	if (st == WV_OK)
		st = hold_all(l, middle, err);
	if (st == WV_OK)
		st = add_all(l, err);
	if (st == WV_OK)
		st = wv_stories_each_link(l->related.stories, keep_link, goes_on, l, err);
	if (st == WV_OK)
		st = print_all(l, err);
	if (st != WV_OK)
		return st;
	if (l->is_cut)
		wv_command_note(l->read.c, "only the newest %u articles around it were looked at", PAGES_MOST);
	if (!l->read.has_known_at && !l->read.c->json)
		wv_command_note(l->read.c, "known at %s", wv_time_print(l->read.known_at, text));
	return WV_OK;
}

enum wv_status wv_related_archive(struct wv_command_context *context, const char *argument,
                                  struct wv_err *err)
{
	struct looking l = {.count = 0};
	enum wv_status st = wv_read_open(context, &l.read, err);

	if (st == WV_OK)
		st = wv_related_open(context, &l.related, err);
	if (st == WV_OK)
		st = look(&l, argument, err);
	wv_related_done(&l.related);
	wv_read_done(&l.read);
	free(l.held);
	free(l.pages);
	free(l.found);
	return st;
}
