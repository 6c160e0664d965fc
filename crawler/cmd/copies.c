#include "archive/copies/spread.h"

#include "archive/store/diff.h"
#include "archive/store/history.h"
#include "config/base/text.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/marks.h"
#include "crawler/cmd/read.h"

#define MARKS_SHOWN 8u

static const struct wv_option options[] = {
	{"as-of", 0, "T", "use only captures up to this instant", false, false},
	{"known-at", 0, "K", "use only what the archive had recorded by this instant", false, false},
	{"diff", 0, NULL, "also every difference from the first page, in full", false, false},
};

static const char *const details[] = {
	"The pages that carry the text of this one (wire copy that was cut, extended, given another "
	"headline, or written in the other Chinese script), in the order in which they published it.",
	"A page published at the time that it states, or if it states none, or one after it was first "
	"seen, at some time before that; what is known of it is an interval, and the order is sure only "
	"where intervals do not meet. The first page stands for the origin: of each other page is shown "
	"how much of it is the first page's text, how much of that it has, and what it changed, figures "
	"first. Whom a page names as its source (a credit, a dateline, \"according to ...\", a source "
	"line) is matched with the pages here and with the archive's sources. Edits of a page are listed below "
	"it; silent ones are those after which its stated time of modification "
	"stayed the same.",
	"With --as-of nothing captured later has a part in the answer, not even as the link between two "
	"other pages. A page that nothing copies is listed alone; also then the exit code is 0.",
	NULL,
};

static const char *const examples[] = {
	"wirevault copies https://www.example.org/news/1.html", "who else carried it, and who was first?",
	"wirevault copies 4711 --as-of 2026-06-05T09:31Z --known-at 2026-06-05T09:31Z",
	"what could be known of it then",
	NULL,
};

struct asking {
	struct wv_read read;
	struct wv_spread spread;
	struct wv_slice origin; /* title and text of the first page */
};

static enum wv_status whole_text(struct wv_arena *arena, const struct wv_article *article,
                                 struct wv_slice *out, struct wv_err *err)
{
	struct wv_slice text;
	enum wv_status st = wv_article_text(article, arena, &text, err);

	if (st != WV_OK)
		return st;
	*out = wv_arena_format(arena, "%.*s\n%.*s", WV_FMT(article->title), WV_FMT(text));
	return out->n ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for a text");
}

/* Quotation marks of another style and the other Chinese script are no changes. */
static bool is_same_folded(struct wv_arena *arena, struct wv_slice a, struct wv_slice b)
{
	struct wv_slice x, y;

	return wv_text_fold(arena, a, true, &x, NULL) == WV_OK &&
	       wv_text_fold(arena, b, true, &y, NULL) == WV_OK && wv_slice_equals(x, y);
}

static enum wv_status compare(struct wv_arena *arena, struct wv_slice before,
                              struct wv_slice after, struct wv_diff *out, struct wv_err *err)
{
	struct wv_diff d;
	struct wv_hunk *hunks;
	struct wv_diff_mark *marks;
	size_t hunk_count = 0, mark_count = 0;
	enum wv_status st = wv_diff_texts(before, after, arena, &d, err);

	if (st != WV_OK)
		return st;
	hunks = WV_ARENA_ARRAY(arena, struct wv_hunk, d.hunk_count + 1);
	marks = WV_ARENA_ARRAY(arena, struct wv_diff_mark, d.mark_count + 1);
	if (!hunks || !marks)
		return wv_err_set(err, WV_NOMEM, "out of memory for differences");
	for (size_t i = 0; i < d.mark_count; i++)
		if (!is_same_folded(arena, d.marks[i].before, d.marks[i].after))
			marks[mark_count++] = d.marks[i];
	for (size_t i = 0; i < d.hunk_count; i++)
		if (!is_same_folded(arena, d.hunks[i].before, d.hunks[i].after))
			hunks[hunk_count++] = d.hunks[i];
	*out = (struct wv_diff){hunks, hunk_count, marks, mark_count, NULL, NULL, 0, 0};
	return WV_OK;
}

/* ---- edits of one page ---- */

struct edit {
	const struct wv_version *version;
	struct wv_diff diff;
};

static enum wv_status article_of(struct asking *a, uint64_t id, struct wv_article *out,
                                 struct wv_err *err)
{
	struct wv_capture capture;
	struct wv_reading reading;
	enum wv_status st = wv_store_capture(a->read.txn, a->read.arena, id, a->read.known_at,
	                                     &capture, err);

	if (st == WV_OK)
		st = wv_store_reading(a->read.txn, a->read.arena, &capture, a->read.known_at, &reading,
		                      err);
	return st == WV_OK ? wv_store_article(a->read.txn, a->read.arena, &reading, out, err) : st;
}

static enum wv_status compare_versions(struct asking *a, const struct wv_version *before,
                                       const struct wv_version *after, struct wv_diff *out,
                                       struct wv_err *err)
{
	struct wv_article old, new;
	struct wv_slice old_text, new_text;
	enum wv_status st = article_of(a, before->last_id, &old, err);

	if (st == WV_OK)
		st = article_of(a, after->first_id, &new, err);
	if (st == WV_OK)
		st = whole_text(a->read.arena, &old, &old_text, err);
	if (st == WV_OK)
		st = whole_text(a->read.arena, &new, &new_text, err);
	return st == WV_OK ? compare(a->read.arena, old_text, new_text, out, err) : st;
}

/* What became of a page, by T. */
struct edits {
	struct wv_time page_seen; /* first of all, whatever it said then */
	struct edit *list;
	size_t count;
};

static enum wv_status edits_of(struct asking *a, const struct wv_spread_page *page,
                               struct edits *out, struct wv_err *err)
{
	const struct wv_history_query query = {.page = page->page,
	                                       .from = WV_TIME_NONE,
	                                       .to = a->read.at,
	                                       .known_at = a->read.known_at,
	                                       .now = a->read.now};
	struct wv_history h;
	struct edit *edits;
	size_t n = 0;
	enum wv_status st = wv_history_of(a->read.txn, a->read.arena, &query, &h, err);

	if (st != WV_OK)
		return st;
	edits = WV_ARENA_ARRAY(a->read.arena, struct edit, h.version_count + 1);
	if (!edits)
		return wv_err_set(err, WV_NOMEM, "out of memory for edits");
	for (size_t i = 1; i < h.version_count && st == WV_OK; i++) {
		if (!(h.versions[i].changes & WV_CHANGE_TEXT) || !h.versions[i].has_article)
			continue;
		edits[n].version = &h.versions[i];
		st = compare_versions(a, &h.versions[i - 1], &h.versions[i], &edits[n].diff, err);
		n += st == WV_OK;
		if (st == WV_NO)
			st = WV_OK;
	}
	*out = (struct edits){h.version_count ? h.versions[0].first_seen : page->first.captured,
	                      edits, n};
	return st;
}

/* ---- for people ---- */

static void print_marks(struct wv_command_context *c, const struct wv_diff *d)
{
	struct wv_marks walk = {.diff = d};
	const struct wv_diff_mark *mark;
	const char *kind;
	size_t all = 0;

	while ((mark = wv_marks_next(&walk, &kind)))
		if (all++ < MARKS_SHOWN) {
			wv_buf_add_format(c->out, "%s%s ", all > 1 ? "; " : "", kind);
			wv_marks_add_words(c->out, mark);
		}
	if (all > MARKS_SHOWN)
		wv_buf_add_format(c->out, "; and %zu more", all - MARKS_SHOWN);
	if (all == 0)
		wv_buf_add_format(c->out, "%zu %s", d->hunk_count,
		                  d->hunk_count == 1 ? "paragraph" : "paragraphs");
	wv_buf_add_byte(c->out, '\n');
}

static void print_hunks(struct wv_command_context *c, const struct wv_diff *d)
{
	for (size_t i = 0; i < d->hunk_count; i++) {
		const struct wv_hunk *h = &d->hunks[i];

		if (h->before.n) {
			wv_read_colour(c, "red");
			wv_buf_add_string(c->out, "      - ");
			wv_read_add_plain(c->out, h->before);
			wv_read_colour(c, "off");
			wv_buf_add_byte(c->out, '\n');
		}
		if (h->after.n) {
			wv_read_colour(c, "green");
			wv_buf_add_string(c->out, "      + ");
			wv_read_add_plain(c->out, h->after);
			wv_read_colour(c, "off");
			wv_buf_add_byte(c->out, '\n');
		}
	}
}

static void print_when(struct wv_command_context *c, const struct wv_spread_page *p,
                       const struct edits *edits)
{
	char earliest[WV_TIME_TEXT_MAX], latest[WV_TIME_TEXT_MAX], seen[WV_TIME_TEXT_MAX];
	char page[WV_TIME_TEXT_MAX];

	wv_time_print(wv_read_second(p->first.captured), seen);
	wv_time_print(wv_read_second(p->latest), latest);
	if (wv_time_is_none(p->earliest))
		wv_buf_add_format(c->out, "    published before %s", latest);
	else if (wv_read_second(p->earliest).us == wv_read_second(p->latest).us)
		wv_buf_add_format(c->out, "    published %s", latest);
	else
		wv_buf_add_format(c->out, "    published %s to %s",
		                  wv_time_print(wv_read_second(p->earliest), earliest), latest);
	wv_buf_add_string(c->out, " (");
	wv_read_add_plain(c->out, p->basis);
	wv_buf_add_format(c->out, "%s), first seen %s",
	                  p->states_later ? "; it states a later time" : "", seen);
	if (edits->page_seen.us < p->first.captured.us)
		wv_buf_add_format(c->out, ", the page %s",
		                  wv_time_print(wv_read_second(edits->page_seen), page));
	wv_buf_add_byte(c->out, '\n');
}

static void print_claims(struct wv_command_context *c, const struct wv_spread_page *p)
{
	for (size_t i = 0; i < p->claim_count; i++) {
		const struct wv_spread_claim *claim = &p->claims[i];

		wv_buf_add_string(c->out, "    names ");
		wv_read_add_plain(c->out, claim->claim.name);
		wv_buf_add_format(c->out, " (%s)", wv_claim_kind_name(claim->claim.kind));
		if (claim->page != SIZE_MAX)
			wv_buf_add_format(c->out, ", which is %zu", claim->page + 1);
		else if (claim->source.n)
			wv_buf_add_format(c->out, ", a source of the archive: %.*s",
			                  WV_FMT(claim->source));
		wv_buf_add_byte(c->out, '\n');
	}
}

static void print_edits(struct wv_command_context *c, const struct edits *edits)
{
	char time[WV_TIME_TEXT_MAX];

	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->list[i];

		wv_buf_add_format(c->out, "    edited%s by %s: ",
		                  edit->version->changes & WV_CHANGE_SILENT ? " silently" : "",
		                  wv_time_print(wv_read_second(edit->version->first_seen), time));
		print_marks(c, &edit->diff);
	}
}

static void print_page(struct asking *a, size_t i, const struct wv_diff *diff,
                       const struct edits *edits)
{
	struct wv_command_context *c = a->read.c;
	const struct wv_spread_page *p = &a->spread.pages[i];

	wv_read_colour(c, "bold");
	wv_buf_add_format(c->out, "%2zu  ", i + 1);
	wv_read_add_plain(c->out, p->article.title.n ? p->article.title : WV_LIT("(no title)"));
	wv_read_colour(c, "off");
	wv_buf_add_format(c->out, "\n    %.*s\n    ", WV_FMT(p->first.url));
	wv_read_add_plain(c->out, p->article.publisher.n ? p->article.publisher : p->first.source);
	wv_buf_add_format(c->out, "%scapture %llu",
	                  p->article.publisher.n || p->first.source.n ? ", " : "",
	                  (unsigned long long)p->first.id);
	if (p->captures > 1)
		wv_buf_add_format(c->out, " and %llu more",
		                  (unsigned long long)(p->captures - 1));
	wv_buf_add_byte(c->out, '\n');
	print_when(c, p, edits);
	if (i > 0 && !p->is_surely_later)
		wv_buf_add_string(c->out, "    may be before the one above\n");
	print_claims(c, p);
	if (i > 0) {
		wv_buf_add_format(c->out,
		                  "    %.0f%% of it is in the first page, of which it has %.0f%%\n",
		                  p->of_origin * 100, p->in_origin * 100);
		if (diff->hunk_count) {
			wv_buf_add_string(c->out, "    changed: ");
			print_marks(c, diff);
		}
		if (wv_command_has(c, "diff"))
			print_hunks(c, diff);
	}
	print_edits(c, edits);
	wv_buf_add_byte(c->out, '\n');
}

/* ---- for programs ---- */

static void json_diff(struct wv_json_writer *w, const struct wv_diff *d)
{
	static const char *const kinds[] = {"removed", "added", "changed"};

	wv_marks_json(w, d);
	wv_json_open_array(w, "differences");
	for (size_t i = 0; i < d->hunk_count; i++) {
		wv_json_open_object(w, NULL);
		wv_json_string(w, "kind", wv_slice_of(kinds[d->hunks[i].kind]));
		wv_json_string(w, "before", d->hunks[i].before);
		wv_json_string(w, "after", d->hunks[i].after);
		wv_json_close(w);
	}
	wv_json_close(w);
}

static void json_edits(struct wv_json_writer *w, const struct edits *edits)
{
	wv_json_open_array(w, "edits");
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->list[i];

		wv_json_open_object(w, NULL);
		wv_json_u64(w, "id", edit->version->first_id);
		wv_json_time(w, "seen", edit->version->first_seen);
		wv_json_bool(w, "silent", (edit->version->changes & WV_CHANGE_SILENT) != 0);
		json_diff(w, &edit->diff);
		wv_json_close(w);
	}
	wv_json_close(w);
}

static void print_json(struct asking *a, size_t i, const struct wv_diff *diff,
                       const struct edits *edits)
{
	const struct wv_spread_page *p = &a->spread.pages[i];
	struct wv_json_writer w;

	wv_json_begin(&w, a->read.c->out);
	wv_json_open_object(&w, NULL);
	wv_read_json_capture(&w, &a->read, &p->first);
	wv_json_u64(&w, "cluster", a->spread.cluster);
	wv_json_u64(&w, "rank", i + 1);
	wv_json_u64(&w, "pages", a->spread.count);
	wv_json_time(&w, "as_of", a->read.at);
	wv_json_time(&w, "known_at", a->read.known_at);
	wv_json_string_or_null(&w, "title", p->article.title);
	wv_json_string_or_null(&w, "publisher", p->article.publisher);
	wv_json_string_or_null(&w, "language", p->article.language);
	wv_json_string_or_null(&w, "wire", p->article.wire);
	wv_json_string_or_null(&w, "dateline", p->article.dateline);
	if (p->article.published.is_set)
		wv_json_string(&w, "published", p->article.published.text);
	else
		wv_json_null(&w, "published");
	wv_json_time(&w, "published_earliest", p->earliest);
	wv_json_time(&w, "published_latest", p->latest);
	wv_json_string(&w, "published_basis", p->basis);
	wv_json_bool(&w, "states_later", p->states_later);
	wv_json_bool(&w, "surely_later", p->is_surely_later);
	wv_json_time(&w, "first_seen", p->first.captured);
	wv_json_time(&w, "page_first_seen", edits->page_seen);
	wv_json_u64(&w, "captures", p->captures);
	wv_json_double(&w, "of_origin", p->of_origin);
	wv_json_double(&w, "in_origin", p->in_origin);
	wv_json_open_array(&w, "claims");
	for (size_t k = 0; k < p->claim_count; k++) {
		wv_read_json_claim(&w, &p->claims[k]);
		if (p->claims[k].page != SIZE_MAX)
			wv_json_u64(&w, "rank", p->claims[k].page + 1);
		else
			wv_json_null(&w, "rank");
		wv_json_close(&w);
	}
	wv_json_close(&w);
	json_diff(&w, diff);
	json_edits(&w, edits);
	wv_json_close(&w);
	wv_buf_add_byte(a->read.c->out, '\n');
}

/* ---- the command ---- */

static enum wv_status print_pages(struct asking *a, struct wv_err *err)
{
	enum wv_status st = whole_text(a->read.arena, &a->spread.pages[0].article, &a->origin, err);

	for (size_t i = 0; i < a->spread.count && st == WV_OK; i++) {
		struct wv_diff diff = {0};
		struct edits edits = {0};
		struct wv_slice text;

		st = whole_text(a->read.arena, &a->spread.pages[i].article, &text, err);
		if (st == WV_OK && i > 0)
			st = compare(a->read.arena, a->origin, text, &diff, err);
		if (st == WV_OK)
			st = edits_of(a, &a->spread.pages[i], &edits, err);
		if (st != WV_OK)
			break;
		if (a->read.c->json)
			print_json(a, i, &diff, &edits);
		else
			print_page(a, i, &diff, &edits);
		st = wv_command_flush(a->read.c, err);
	}
	return st;
}

static enum wv_status find_document(struct asking *a, uint64_t *id, struct wv_err *err)
{
	struct wv_standing standing;
	const char *argument = a->read.c->arguments[0];
	enum wv_status st =
		wv_read_capture(&a->read, argument, WV_STANDING_AT, &standing, err);

	if (st != WV_OK)
		return st;
	if (!wv_time_is_none(a->read.at) && standing.capture.captured.us > a->read.at.us)
		return wv_err_set(err, WV_NO, "capture %s was made after the instant asked for",
		                  argument);
	*id = standing.capture.has_stands_for ? standing.capture.stands_for
	                                      : standing.capture.id;
	return WV_OK;
}

static enum wv_status copies(struct wv_command_context *c, struct wv_err *err)
{
	struct asking a = {.spread = {0}};
	struct wv_spread_query query;
	uint64_t id = 0;
	enum wv_status st = wv_read_open(c, &a.read, err);

	if (st == WV_OK)
		st = find_document(&a, &id, err);
	if (st == WV_OK) {
		query = (struct wv_spread_query){.capture = id,
		                                 .at = a.read.at,
		                                 .known_at = a.read.known_at,
		                                 .now = a.read.now};
		st = wv_spread_of(a.read.txn, a.read.arena, &query, &a.spread, err);
		if (st == WV_NO) {
			wv_command_note(c, "capture %llu has no article whose text could be copied",
			                (unsigned long long)id);
			wv_read_done(&a.read);
			return WV_OK;
		}
	}
	if (st == WV_OK && a.spread.count == 1)
		wv_command_note(c, "no copies are known");
	if (st == WV_OK && a.spread.taken_down)
		wv_command_note(c, "%llu captures with this text are taken down",
		                (unsigned long long)a.spread.taken_down);
	if (st == WV_OK)
		st = print_pages(&a, err);
	wv_read_done(&a.read);
	return st;
}

const struct wv_command wv_command_copies = {
	.name = "copies",
	.summary = "show who carried a text, who was first, and what each changed",
	.arguments = "URL|ID",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 1,
	.max_arguments = 1,
	.flags = WV_COMMAND_ARCHIVE,
	.run = copies,
};
