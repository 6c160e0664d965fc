/* related URL|ID: the archive's own articles, as of an instant. */
#include "archive/search/around.h"
#include "config/base/text.h"
#include "crawler/cmd/find.h"
#include "crawler/cmd/read.h"
#include "crawler/cmd/related.h"

#define SNIPPET 160u

static bool goes_on(void *context)
{
	(void)context;
	return wv_command_stop_signal() == 0;
}

static void print_json(struct wv_read *read, const struct wv_capture *capture,
                       const struct wv_article *a, const struct wv_around_link *link, const char *box)
{
	struct wv_json_writer w;

	wv_json_begin(&w, read->c->out);
	wv_json_open_object(&w, NULL);
	wv_read_json_capture(&w, read, capture);
	wv_json_time(&w, "known_at", read->known_at);
	wv_json_string(&w, "box", wv_slice_of(box));
	wv_json_string_or_null(&w, "title", a->title);
	wv_json_string_or_null(&w, "language", a->language);
	wv_read_json_stated(&w, "published", &a->published);
	wv_json_bool(&w, "copy", link->is_copy);
	wv_related_json_link(&w, link->score, link->evidence, link->evidence_count);
	wv_json_close(&w);
	wv_buf_add_byte(read->c->out, '\n');
}

static void print_line(struct wv_read *read, const struct wv_capture *capture,
                       const struct wv_article *a, const struct wv_around_link *link)
{
	struct wv_buf *out = read->c->out;
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add_format(out, "%.2f  ", link->score);
	wv_read_colour(read->c, "bold");
	wv_read_add_plain(out, a->title.n > 0 ? wv_text_cut(a->title, SNIPPET) : WV_LIT("(no title)"));
	wv_read_colour(read->c, "off");
	wv_buf_add_format(out, "%s\n      %s%s%.*s  %.*s  ", link->is_copy ? "  [copy]" : "",
	                  a->published.is_set ? "published " : "captured ",
	                  a->published.is_set ? "" : wv_time_print(wv_read_second(capture->captured), text),
	                  WV_FMT(a->published.is_set ? a->published.text : WV_SLICE_NONE),
	                  WV_FMT(a->language));
	wv_read_add_plain(out, capture->url);
	wv_buf_add_string(out, "\n      ");
	wv_read_colour(read->c, "dim");
	for (size_t i = 0; i < link->evidence_count; i++) {
		wv_buf_add_format(out, "%s%s ", i ? ", " : "", wv_mention_kind_name(link->evidence[i].kind));
		wv_read_add_plain(out, link->evidence[i].shown);
	}
	wv_read_colour(read->c, "off");
	wv_buf_add_byte(out, '\n');
}

static enum wv_status print_all(struct wv_read *read, const struct wv_around_link *links, size_t count,
                                const char *box, struct wv_err *err)
{
	for (size_t i = 0; i < count; i++) {
		struct wv_capture capture;
		struct wv_article article;
		enum wv_status st = wv_store_capture(read->txn, read->arena, links[i].capture,
		                                     read->known_at, &capture, err);

		if (st == WV_OK)
			st = wv_read_article(read, &capture, &article, err);
		if (st != WV_OK)
			return st;
		if (read->c->json)
			print_json(read, &capture, &article, &links[i], box);
		else
			print_line(read, &capture, &article, &links[i]);
		st = wv_command_flush(read->c, err);
		if (st != WV_OK)
			return st;
	}
	return WV_OK;
}

static enum wv_status print_answer(struct wv_read *read, const struct wv_around_answer *answer,
                                   struct wv_err *err)
{
	char text[WV_TIME_TEXT_MAX];
	enum wv_status st = print_all(read, answer->links, answer->count, "answer", err);

	if (st == WV_OK && answer->later_count && !read->c->json)
		wv_buf_add_format(read->c->out, "\nfirst captured after %s:\n",
		                  wv_time_print(read->at, text));
	if (st == WV_OK)
		st = print_all(read, answer->later, answer->later_count, "later", err);
	if (st != WV_OK)
		return st;
	wv_related_note_names(read->c, answer->names);
	if (answer->is_cut)
		wv_command_note(read->c, "only the newest %u articles around it were looked at",
		                (unsigned)WV_AROUND_MOST);
	if (!read->has_known_at)
		wv_command_note(read->c, "known at %s", wv_time_print(read->known_at, text));
	return WV_OK;
}

/* Where the index may not be made, every article is read. */
static enum wv_status open_around(struct wv_read *read, struct wv_search **search,
                                  struct wv_around **around, struct wv_err *err)
{
	struct wv_around_options options = {.store = read->store};
	struct wv_err why = WV_ERR_NONE;
	uint64_t behind = 0;
	enum wv_status st = WV_OK;

	if (!wv_command_has(read->c, "no-index"))
		st = wv_find_open_index(read->c, read->store, false, search, &why);
	if (st != WV_OK && st != WV_PERM && st != WV_CREATE && st != WV_LOCKED)
		return wv_err_set(err, st, "%s", why.text);
	options.search = *search;
	st = wv_related_names(read->c, &options.names, err);
	if (st == WV_OK)
		st = wv_command_duration(read->c, "window", &options.names.window_us, err);
	if (st == WV_OK)
		st = wv_around_open(&options, around, err);
	if (st == WV_OK)
		st = wv_around_follow(*around, &behind, err);
	if (st == WV_OK && behind > 0)
		wv_command_note(read->c,
		                "the index is behind by %llu articles: it may not be written, or another "
		                "process is writing it",
		                (unsigned long long)behind);
	return st;
}

enum wv_status wv_related_archive(struct wv_command_context *context, const char *argument,
                                  struct wv_err *err)
{
	WV_AUTO(wv_read_done) struct wv_read read = {0};
	WV_AUTO(wv_search_close) struct wv_search *search = NULL;
	WV_AUTO(wv_around_close) struct wv_around *around = NULL;
	struct wv_around_answer answer;
	struct wv_standing standing;
	struct wv_around_query query;
	enum wv_status st = wv_read_open(context, &read, err);

	if (st == WV_OK)
		st = wv_read_capture(&read, argument, WV_STANDING_AT, &standing, err);
	if (st == WV_OK)
		st = open_around(&read, &search, &around, err);
	if (st != WV_OK)
		return st;
	query = (struct wv_around_query){.capture = standing.capture.id,
	                                 .at = read.at,
	                                 .known_at = read.known_at,
	                                 .now = read.now,
	                                 .wants_later = wv_command_has(context, "later"),
	                                 .goes_on = goes_on};
	st = wv_around_of(around, &read.txn, read.arena, &query, &answer, err);
	if (st == WV_NO)
		return wv_err_set(err, st, "'%s' has no article at that instant", argument);
	return st == WV_OK ? print_answer(&read, &answer, err) : st;
}
