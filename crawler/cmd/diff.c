#include "archive/store/diff.h"

#include "archive/store/history.h"
#include "archive/view/html.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/marks.h"
#include "crawler/cmd/read.h"
#include "crawler/cmd/side.h"

static const struct wv_option options[] = {
	{"from", 0, "T", "the older side: as the page was then (default: the version before)", false,
         false},
	{"to", 0, "T", "the newer side: as the page was then (default: now)", false, false},
	{"known-at", 0, "K", "use only what the archive had recorded by this instant", false, false},
	{"html", 0, NULL, "as a page of its own", false, false},
};

static const char *const details[] = {
	"What changed in the article between two instants, paragraph by paragraph and word by word; "
	"changed figures, names and quotes are named first. Without --from the version before the one "
	"of --to. What is no article (a front page, a feed) is compared by all the text that it shows, "
	"else by its source, else by its digest. As diff(1): exits 0 where nothing changed, 1 where "
	"something did; also 1, with words, where there is nothing to compare.",
	NULL,
};

static const char *const examples[] = {
	"wirevault diff https://www.example.org/news/1.html",
	"the last change of that page",
	"wirevault diff https://www.example.org/ --from 2024-06-01 --to 2024-06-02 --html >diff.html",
	"a day's change, to be looked at",
	NULL,
};

static enum wv_status standing_at(struct wv_read *read, const struct wv_page *page, struct wv_time at,
                                  struct wv_capture *out, struct wv_err *err)
{
	struct wv_standing_query query = {
		.page = page->number, .at = at, .known_at = read->known_at, .now = read->now};
	struct wv_standing standing;
	char text[WV_TIME_TEXT_MAX];
	enum wv_status st = wv_store_standing(read->txn, read->arena, &query, &standing, err);

	if (st == WV_NO && standing.is_refused)
		return wv_read_refuse(read, &standing.refusal, page->url, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_NO, "no good capture at or before %s",
		                  wv_time_is_none(at) ? "now" : wv_time_print(at, text));
	if (st == WV_OK)
		*out = standing.capture;
	return st;
}

/* Headline and text are one article: the last change may be of the headline alone. */
static const struct wv_headline *headline_within(const struct wv_history *h, uint64_t version)
{
	for (size_t i = h->headline_count; i-- > 0;)
		if (h->headlines[i].version == version && h->headlines[i].before.n &&
		    h->headlines[i].id != h->versions[version - 1].first_id)
			return &h->headlines[i];
	return NULL;
}

/* How the page was before its last change: another version, or the same under another headline. */
static enum wv_status before_last_change(struct wv_read *read, const struct wv_page *page,
                                         const struct wv_capture *newer, struct wv_capture *out,
                                         struct wv_err *err)
{
	struct wv_history_query query = {.page = page->number, .from = WV_TIME_NONE,
	                                 .to = newer->captured, .known_at = read->known_at,
	                                 .now = read->now};
	bool is_article = newer->verdict == WV_VERDICT_ARTICLE, has_any = false;
	struct wv_history h;
	enum wv_status st = wv_history_of(read->txn, read->arena, &query, &h, err);

	if (st != WV_OK)
		return st;
	for (int round = 0; round < 2; round++) {
		for (size_t i = h.version_count; i-- > 0;) {
			const struct wv_version *v = &h.versions[i];
			const struct wv_headline *headline;

			if (newer->has_version && wv_digest_equals(&v->key, &newer->version)) {
				headline = round == 0 && is_article ? headline_within(&h, v->number) : NULL;
				if (headline)
					return standing_at(read, page,
					                   (struct wv_time){headline->seen.us - 1}, out,
					                   err);
				continue;
			}
			has_any = true;
			/* Walls and stubs between two articles are no change of the article. */
			if (round == 0 && is_article && v->verdict != WV_VERDICT_ARTICLE)
				continue;
			return wv_store_capture(read->txn, read->arena, v->last_id, read->known_at, out,
			                        err);
		}
		if (!has_any)
			break;
	}
	return wv_err_set(err, WV_NO, "the page has one version only");
}

static void print_marks(struct wv_command_context *c, const struct wv_diff *d)
{
	struct wv_marks walk = {.diff = d};
	const struct wv_diff_mark *m;
	const char *kind;

	while ((m = wv_marks_next(&walk, &kind))) {
		wv_buf_add_format(c->out, "%-7s ", kind);
		wv_read_colour(c, "red");
		wv_read_add_plain(c->out, m->before.n ? m->before : WV_LIT("(nothing)"));
		wv_read_colour(c, "off");
		wv_buf_add_string(c->out, " -> ");
		wv_read_colour(c, "green");
		wv_read_add_plain(c->out, m->after.n ? m->after : WV_LIT("(nothing)"));
		wv_read_colour(c, "off");
		wv_buf_add_byte(c->out, '\n');
	}
	if (d->mark_count)
		wv_buf_add_byte(c->out, '\n');
}

static void print_whole(struct wv_command_context *c, const char *sign, const char *colour,
                        struct wv_slice text)
{
	wv_read_colour(c, colour);
	wv_buf_add_string(c->out, sign);
	wv_read_add_plain(c->out, text);
	wv_read_colour(c, "off");
	wv_buf_add_byte(c->out, '\n');
}

/* Colour on a terminal; [-old-] {+new+} elsewhere. */
static void print_words(struct wv_command_context *c, const struct wv_hunk *h)
{
	wv_buf_add_string(c->out, "~ ");
	for (size_t i = 0; i < h->word_count; i++) {
		const struct wv_word *w = &h->words[i];
		bool removed = w->kind == WV_WORD_REMOVED;

		if (w->kind == WV_WORD_SAME) {
			wv_read_add_plain(c->out, w->text);
			continue;
		}
		wv_read_colour(c, removed ? "red" : "green");
		wv_buf_add_string(c->out, removed ? "[-" : "{+");
		wv_read_add_plain(c->out, w->text);
		wv_buf_add_string(c->out, removed ? "-]" : "+}");
		wv_read_colour(c, "off");
	}
	wv_buf_add_byte(c->out, '\n');
}

static void print_text(struct wv_read *read, const struct wv_side *a, const struct wv_side *b,
                       enum wv_side_kind kind, const struct wv_diff *d)
{
	struct wv_command_context *c = read->c;
	char from[WV_TIME_TEXT_MAX], to[WV_TIME_TEXT_MAX];

	wv_read_colour(c, "dim");
	wv_buf_add_format(c->out, "capture %llu of %s -> capture %llu of %s%s%s%s\n\n",
	                  (unsigned long long)a->capture.id, wv_time_print(a->capture.captured, from),
	                  (unsigned long long)b->capture.id, wv_time_print(b->capture.captured, to),
	                  read->is_simulated ? " (clock=simulated)" : "",
	                  kind == WV_SIDE_ARTICLE ? "" : ", compared by ",
	                  kind == WV_SIDE_ARTICLE ? "" : wv_side_kind_name(kind));
	wv_read_colour(c, "off");
	print_marks(c, d);
	for (size_t i = 0; i < d->hunk_count; i++) {
		const struct wv_hunk *h = &d->hunks[i];

		if (h->kind == WV_HUNK_REMOVED)
			print_whole(c, "- ", "red", h->before);
		else if (h->kind == WV_HUNK_ADDED)
			print_whole(c, "+ ", "green", h->after);
		else
			print_words(c, h);
	}
}

static void print_json(struct wv_read *read, const struct wv_side *a, const struct wv_side *b,
                       enum wv_side_kind kind, const struct wv_diff *d)
{
	static const char *const kinds[] = {"removed", "added", "changed"};
	static const char *const words[] = {"same", "removed", "added"};
	struct wv_json_writer w;

	wv_json_begin(&w, read->c->out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "url", b->capture.url);
	wv_json_u64(&w, "from_id", a->capture.id);
	wv_json_time(&w, "from", a->capture.captured);
	wv_json_u64(&w, "to_id", b->capture.id);
	wv_json_time(&w, "to", b->capture.captured);
	wv_json_string(&w, "compared", wv_slice_of(wv_side_kind_name(kind)));
	wv_marks_json(&w, d);
	wv_json_open_array(&w, "hunks");
	for (size_t i = 0; i < d->hunk_count; i++) {
		const struct wv_hunk *h = &d->hunks[i];

		wv_json_open_object(&w, NULL);
		wv_json_string(&w, "kind", wv_slice_of(kinds[h->kind]));
		wv_json_string_or_null(&w, "before", h->before);
		wv_json_string_or_null(&w, "after", h->after);
		wv_json_open_array(&w, "words");
		for (size_t k = 0; k < h->word_count; k++) {
			wv_json_open_object(&w, NULL);
			wv_json_string(&w, "kind", wv_slice_of(words[h->words[k].kind]));
			wv_json_string(&w, "text", h->words[k].text);
			wv_json_close(&w);
		}
		wv_json_close(&w);
		wv_json_close(&w);
	}
	wv_json_close(&w);
	wv_json_close(&w);
	wv_buf_add_byte(read->c->out, '\n');
}

static void add_html_part(struct wv_buf *out, const char *tag, struct wv_slice text)
{
	wv_buf_add_format(out, "<%s>", tag);
	wv_html_text(out, text);
	wv_buf_add_format(out, "</%s>", tag);
}

/* What a reader wants to see first: figures, names, quotes. */
static void add_html_marks(struct wv_buf *out, const struct wv_diff *d)
{
	struct wv_marks walk = {.diff = d};
	const struct wv_diff_mark *m;
	const char *kind;

	if (!d->mark_count)
		return;
	wv_buf_add_string(out, "<table>\n");
	while ((m = wv_marks_next(&walk, &kind))) {
		wv_buf_add_format(out, "<tr><th>%s<td>", kind);
		add_html_part(out, "del", m->before);
		wv_buf_add_string(out, "<td>");
		add_html_part(out, "ins", m->after);
		wv_buf_add_byte(out, '\n');
	}
	wv_buf_add_string(out, "</table>\n");
}

static void print_html(struct wv_read *read, const struct wv_side *a, const struct wv_side *b,
                       enum wv_side_kind kind, const struct wv_diff *d)
{
	struct wv_buf *out = read->c->out;
	struct wv_slice title = b->has_article && b->article.title.n ? b->article.title
	                                                             : b->capture.url;
	char from[WV_TIME_TEXT_MAX], to[WV_TIME_TEXT_MAX];

	wv_buf_add_string(out, "<!doctype html>\n<meta charset=utf-8>\n<title>");
	wv_html_text(out, title);
	wv_buf_add_string(
		out, "</title>\n<style>body{max-width:42em;margin:2em auto;padding:0 1em;"
		     "font:1rem/1.6 serif}del{background:#fdd;color:#900}ins{background:#dfd;"
		     "color:#060;text-decoration:none}@media(prefers-color-scheme:dark){"
		     "body{background:#111;color:#ddd}del{background:#400;color:#f99}"
		     "ins{background:#030;color:#9f9}}</style>\n<h1>");
	wv_html_text(out, title);
	wv_buf_add_string(out, "</h1>\n<p>");
	wv_html_text(out, b->capture.url);
	wv_buf_add_format(out, "<br>capture %llu, %s \xE2\x86\x92 capture %llu, %s%s; compared: %s</p>\n",
	                  (unsigned long long)a->capture.id, wv_time_print(a->capture.captured, from),
	                  (unsigned long long)b->capture.id, wv_time_print(b->capture.captured, to),
	                  read->is_simulated ? " (clock=simulated)" : "", wv_side_kind_name(kind));
	add_html_marks(out, d);
	for (size_t i = 0; i < d->hunk_count; i++) {
		const struct wv_hunk *h = &d->hunks[i];

		wv_buf_add_string(out, "<p>");
		if (h->kind == WV_HUNK_REMOVED)
			add_html_part(out, "del", h->before);
		else if (h->kind == WV_HUNK_ADDED)
			add_html_part(out, "ins", h->after);
		for (size_t k = 0; k < h->word_count; k++) {
			if (h->words[k].kind == WV_WORD_SAME)
				wv_html_text(out, h->words[k].text);
			else
				add_html_part(out, h->words[k].kind == WV_WORD_REMOVED ? "del" : "ins",
				              h->words[k].text);
		}
		wv_buf_add_string(out, "</p>\n");
	}
}

static enum wv_status compare(struct wv_read *read, const struct wv_page *page,
                              struct wv_time from, struct wv_time to, struct wv_err *err)
{
	struct wv_capture older, newer;
	const struct wv_side_reader reader = wv_side_reader_of(read->c->clock);
	struct wv_time known_at = read->has_known_at ? read->known_at : WV_TIME_NONE;
	struct wv_side a, b;
	struct wv_diff d;
	enum wv_side_kind kind;
	enum wv_status st = standing_at(read, page, to, &newer, err);

	if (st == WV_OK)
		st = wv_time_is_none(from) ? before_last_change(read, page, &newer, &older, err)
		                           : standing_at(read, page, from, &older, err);
	if (st == WV_OK)
		st = wv_side_open(read->txn, read->arena, &older, known_at, &a, err);
	if (st == WV_OK)
		st = wv_side_open(read->txn, read->arena, &newer, known_at, &b, err);
	if (st == WV_OK)
		st = wv_side_differ(read->txn, read->arena, &reader, &a, &b, &kind, &d, err);
	if (st != WV_OK)
		return st;
	if (d.hunk_count == 0) {
		wv_command_note(read->c, "no difference between captures %llu and %llu",
		                (unsigned long long)older.id, (unsigned long long)newer.id);
		return WV_OK;
	}
	if (wv_command_has(read->c, "html"))
		print_html(read, &a, &b, kind, &d);
	else if (read->c->json)
		print_json(read, &a, &b, kind, &d);
	else
		print_text(read, &a, &b, kind, &d);
	return WV_NO;
}

static enum wv_status diff(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_read_done) struct wv_read read = {0};
	struct wv_time from = WV_TIME_NONE, to = WV_TIME_NONE;
	struct wv_page page;
	enum wv_status st = wv_read_open(c, &read, err);

	if (st == WV_OK)
		st = wv_command_time(c, "from", false, &from, err);
	if (st == WV_OK)
		st = wv_command_time(c, "to", true, &to, err);
	if (st == WV_OK)
		st = wv_read_page(&read, c->arguments[0], &page, err);
	return st == WV_OK ? compare(&read, &page, from, to, err) : st;
}

const struct wv_command wv_command_diff = {
	.name = "diff",
	.summary = "show what changed in a page between two instants",
	.arguments = "URL",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 1,
	.max_arguments = 1,
	.flags = WV_COMMAND_ARCHIVE,
	.run = diff,
};
