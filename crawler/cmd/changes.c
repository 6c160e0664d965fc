#include "crawler/cmd/changes.h"
#include "crawler/cmd/marks.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/store/diff.h"
#include "archive/store/history.h"
#include "config/base/text.h"
#include "crawler/cmd/read.h"

#define AT_ONCE     256u
#define ANSWER_CAP  (512u * WV_MIB)
#define CHANGES_MAX 1000000u
#define MARKS_SHOWN 6u
#define PROGRESS_US (200 * WV_US_PER_MS)

enum change_kind { CHANGE_EDIT, CHANGE_HEADLINE, CHANGE_GONE, CHANGE_BACK };
static const char *const kind_names[] = {"edit", "headline", "gone", "back"};

struct change {
	enum change_kind kind;
	bool has_before;
	uint64_t id, before_id; /* captures; an edit's before: the last of the version before */
	struct wv_time at;
	uint32_t changes; /* of an edit: enum wv_change */
	int32_t status;   /* of what went */
	struct wv_slice before, after; /* headlines */
};

struct changing {
	struct wv_read read;
	struct wv_list_query query;
	bool only_silent;
	struct wv_arena *page;   /* of the page being looked at, or the change being printed */
	struct wv_arena *answer; /* headlines */
	struct wv_buf seen;      /* a bit a page number */
	struct wv_buf changes;
	uint64_t pages, silent;
	struct wv_mono last_drawn;
	bool is_drawn;
};

static void show_progress(struct changing *x, bool is_over)
{
	struct wv_mono now = wv_clock_mono(wv_clock_system());

	if (x->is_drawn && is_over)
		(void)fputs("\r\033[K", stderr);
	if (is_over || !x->read.c->is_terminal_err || x->read.c->quiet ||
	    now.us - x->last_drawn.us < PROGRESS_US)
		return;
	x->last_drawn = now;
	x->is_drawn = true;
	(void)fprintf(stderr, "\r\033[K%llu pages looked at, %zu changes", (unsigned long long)x->pages,
	              x->changes.n / sizeof(struct change));
}

/* ---- finding them */

static bool is_within(const struct changing *x, struct wv_time t)
{
	return (wv_time_is_none(x->query.from) || t.us >= x->query.from.us) &&
	       (wv_time_is_none(x->query.to) || t.us <= x->query.to.us);
}

static enum wv_status add(struct changing *x, struct change change, struct wv_err *err)
{
	if (!is_within(x, change.at))
		return WV_OK;
	if (x->only_silent && !(change.changes & WV_CHANGE_SILENT))
		return WV_OK;
	if (x->changes.n / sizeof change >= CHANGES_MAX)
		return wv_err_set(err, WV_LIMIT, "more than %u changes: ask with --from and --to",
		                  CHANGES_MAX);
	change.before = wv_arena_copy(x->answer, change.before);
	change.after = wv_arena_copy(x->answer, change.after);
	x->silent += (change.changes & WV_CHANGE_SILENT) != 0;
	wv_buf_add_bytes(&x->changes, &change, sizeof change);
	return WV_OK;
}

static bool is_article(const struct wv_version *v)
{
	return v->verdict == WV_VERDICT_ARTICLE;
}

/* What version i changed. Walls and stubs between two articles are no change of the article. */
static enum wv_status add_edit(struct changing *x, const struct wv_history *h, size_t i,
                               struct wv_err *err)
{
	const struct wv_version *now = &h->versions[i], *before = &h->versions[i - 1];
	uint32_t changes = now->changes;
	size_t j = i;

	if (!is_article(now) && !is_article(before))
		return WV_OK;
	while (is_article(now) && j > 0 && !is_article(&h->versions[j - 1]))
		j--;
	if (j == 0)
		return WV_OK;
	if (j < i) {
		before = &h->versions[j - 1];
		if (wv_digest_equals(&before->key, &now->key))
			return WV_OK;
		changes = WV_CHANGE_TEXT;
		if (!wv_slice_equals(before->title, now->title))
			changes |= WV_CHANGE_TITLE;
		if (before->modified.is_set != now->modified.is_set ||
		    !wv_slice_equals(before->modified.text, now->modified.text))
			changes |= WV_CHANGE_STATED;
		else if (!(now->changes & WV_CHANGE_UNCERTAIN))
			changes |= WV_CHANGE_SILENT;
	}
	return add(x,
	           (struct change){.kind = CHANGE_EDIT,
	                           .has_before = true,
	                           .id = now->first_id,
	                           .before_id = before->last_id,
	                           .at = now->first_seen,
	                           .changes = changes,
	                           .before = before->title,
	                           .after = now->title},
	           err);
}

/* A headline that changed while the text did not; what came with a new version is the edit's. */
static enum wv_status add_headline(struct changing *x, const struct wv_history *h,
                                   const struct wv_headline *headline, struct wv_err *err)
{
	if (headline->version >= 1 && headline->version <= h->version_count &&
	    h->versions[headline->version - 1].first_id == headline->id)
		return WV_OK;
	return add(x,
	           (struct change){.kind = CHANGE_HEADLINE,
	                           .id = headline->id,
	                           .at = headline->seen,
	                           .changes = WV_CHANGE_TITLE,
	                           .before = headline->before,
	                           .after = headline->after},
	           err);
}

static enum wv_status look_at_page(struct changing *x, uint64_t page, struct wv_err *err)
{
	const struct wv_history_query query = {.page = page,
	                                       .from = WV_TIME_NONE,
	                                       .to = x->query.to,
	                                       .known_at = x->read.known_at,
	                                       .now = x->read.now};
	struct wv_history h;
	enum wv_status st;

	wv_arena_reset(x->page);
	st = wv_history_of(x->read.txn, x->page, &query, &h, err);
	for (size_t i = 1; st == WV_OK && i < h.version_count; i++)
		st = add_edit(x, &h, i, err);
	for (size_t i = 0; st == WV_OK && i < h.headline_count; i++)
		st = add_headline(x, &h, &h.headlines[i], err);
	/* An address that never stood has not gone. */
	for (size_t i = 0; st == WV_OK && h.version_count && i < h.absence_count; i++) {
		const struct wv_absence *a = &h.absences[i];

		if (a->first_seen.us > h.versions[0].first_seen.us)
			st = add(x,
			         (struct change){.kind = CHANGE_GONE,
			                         .id = a->first_id,
			                         .at = a->first_seen,
			                         .status = a->status},
			         err);
		if (st == WV_OK && a->has_returned && a->first_seen.us > h.versions[0].first_seen.us)
			st = add(x,
			         (struct change){.kind = CHANGE_BACK,
			                         .id = a->returned_id,
			                         .at = a->returned},
			         err);
	}
	return st;
}

/* Was the page met before in this walk? */
static bool note_page(struct changing *x, uint64_t page)
{
	size_t at = (size_t)(page / 8);
	unsigned char bit = (unsigned char)(1u << (page % 8));

	while (x->seen.n <= at && !x->seen.failed)
		wv_buf_add_byte(&x->seen, 0);
	if (x->seen.n <= at || x->seen.p[at] & bit)
		return false;
	x->seen.p[at] |= bit;
	x->pages++;
	return true;
}

/* Whoever repeats its body may have come back with it; walls, failures and hops change nothing. */
static bool may_change(const struct wv_capture *c)
{
	return !(c->flags & WV_CAPTURE_REDIRECT) &&
	       (c->status == 404 || c->status == 410 || c->status == 200 || c->status == 304);
}

static enum wv_status look_at_all(struct changing *x, struct wv_err *err)
{
	struct wv_capture *captures;
	size_t count = AT_ONCE;
	enum wv_status st = WV_OK;

	while (st == WV_OK && count == AT_ONCE) {
		st = wv_store_list(x->read.txn, x->read.arena, &x->query, &captures, &count, err);
		for (size_t i = 0; st == WV_OK && i < count; i++)
			if (may_change(&captures[i]) && note_page(x, captures[i].page))
				st = look_at_page(x, captures[i].page, err);
		show_progress(x, false);
		if (st == WV_OK)
			st = wv_buf_finish(&x->seen, "pages", err);
		if (st == WV_OK)
			st = wv_buf_finish(&x->changes, "changes", err);
		if (st == WV_OK && wv_command_stop_count() > 0)
			st = WV_STOPPED;
		if (st != WV_OK || !count)
			return st;
		x->query.has_after = true;
		x->query.after_captured = captures[count - 1].captured;
		x->query.after_id = captures[count - 1].id;
		/* A long look pins no old pages: what was recorded later is hidden by K. */
		wv_txn_abort(&x->read.txn);
		wv_arena_reset(x->read.arena);
		st = wv_store_begin_read(x->read.store, &x->read.txn, err);
	}
	return st;
}

/* Newest first, ties by ID. */
static int by_time(const void *left, const void *right)
{
	const struct change *a = left, *b = right;

	if (a->at.us != b->at.us)
		return a->at.us > b->at.us ? -1 : 1;
	if (a->id != b->id)
		return a->id > b->id ? -1 : 1;
	return (a->kind > b->kind) - (a->kind < b->kind);
}

/* ---- showing them */

static enum wv_status text_of(struct changing *x, uint64_t id, struct wv_slice *out,
                              struct wv_err *err)
{
	struct wv_capture capture;
	struct wv_reading reading;
	struct wv_article article;
	struct wv_slice text;
	enum wv_status st =
		wv_store_capture(x->read.txn, x->page, id, x->read.known_at, &capture, err);

	if (st == WV_OK)
		st = wv_store_reading(x->read.txn, x->page, &capture, x->read.known_at, &reading, err);
	if (st == WV_OK)
		st = wv_store_article(x->read.txn, x->page, &reading, &article, err);
	if (st == WV_OK)
		st = wv_article_text(&article, x->page, &text, err);
	if (st != WV_OK)
		return st;
	*out = wv_arena_format(x->page, "%.*s\n%.*s", WV_FMT(article.title), WV_FMT(text));
	return out->n ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for a text");
}

/* Headline and text of an edit; a side that is gone or no article has none: WV_NO. */
static enum wv_status compare(struct changing *x, const struct change *change,
                              struct wv_diff *out, struct wv_err *err)
{
	struct wv_slice before, after;
	enum wv_status st;

	*out = (struct wv_diff){0};
	if (change->kind != CHANGE_EDIT || change->changes & WV_CHANGE_VERDICT)
		return WV_NO;
	st = text_of(x, change->before_id, &before, err);
	if (st == WV_OK)
		st = text_of(x, change->id, &after, err);
	return st == WV_OK ? wv_diff_texts(before, after, x->page, out, err) : st;
}

static void print_marks(struct wv_command_context *c, const struct wv_diff *d)
{
	struct wv_marks walk = {.diff = d};
	const struct wv_diff_mark *mark;
	const char *kind;
	size_t shown = 0;

	while (shown < MARKS_SHOWN && (mark = wv_marks_next(&walk, &kind))) {
		wv_buf_add_format(c->out, "%s%s ", shown++ ? "; " : "", kind);
		wv_marks_add_words(c->out, mark);
	}
	if (!shown)
		wv_buf_add_format(c->out, "%zu paragraph%s", d->hunk_count, d->hunk_count == 1 ? "" : "s");
}

static void print_what(struct wv_command_context *c, const struct change *change,
                       const struct wv_capture *capture)
{
	bool is_silent = change->changes & WV_CHANGE_SILENT;

	wv_read_colour(c, is_silent || change->kind == CHANGE_GONE ? "red" : "yellow");
	if (change->kind == CHANGE_GONE)
		wv_buf_add_format(c->out, "[gone, status %d]", change->status);
	else if (change->kind == CHANGE_EDIT && change->changes & WV_CHANGE_VERDICT)
		wv_buf_add_format(c->out, "[now %s]", wv_verdict_name(capture->verdict));
	else
		wv_buf_add_format(c->out, "[%s%s%s]", is_silent ? "silent " : "", kind_names[change->kind],
		                  change->changes & WV_CHANGE_UNCERTAIN ? ", uncertain" : "");
	wv_read_colour(c, "off");
}

static void print_change(struct changing *x, const struct change *change,
                         const struct wv_capture *capture, const struct wv_diff *d)
{
	struct wv_command_context *c = x->read.c;
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add_format(c->out, "%8llu  %s  ", (unsigned long long)change->id,
	                  wv_time_print(wv_read_second(change->at), text));
	print_what(c, change, capture);
	if (change->after.n) {
		wv_buf_add_string(c->out, "  ");
		wv_read_colour(c, "bold");
		wv_read_add_plain(c->out, wv_text_cut(change->after, 160));
		wv_read_colour(c, "off");
	}
	wv_buf_add_string(c->out, "\n          ");
	if (change->before.n && !wv_slice_equals(change->before, change->after)) {
		wv_buf_add_string(c->out, "was: ");
		wv_read_add_plain(c->out, wv_text_cut(change->before, 160));
		wv_buf_add_string(c->out, "\n          ");
	}
	if (d) {
		wv_buf_add_format(c->out, "since capture %llu: ", (unsigned long long)change->before_id);
		print_marks(c, d);
		wv_buf_add_string(c->out, "\n          ");
	}
	wv_read_colour(c, "dim");
	if (capture->source.n) {
		wv_read_add_plain(c->out, capture->source);
		wv_buf_add_string(c->out, "  ");
	}
	wv_read_add_plain(c->out, capture->url);
	wv_read_colour(c, "off");
	wv_buf_add_byte(c->out, '\n');
}

static void json_change(struct changing *x, const struct change *change,
                        const struct wv_capture *capture, const struct wv_diff *d)
{
	struct wv_json_writer w;

	wv_json_begin(&w, x->read.c->out);
	wv_json_open_object(&w, NULL);
	wv_read_json_capture(&w, &x->read, capture);
	wv_json_time(&w, "known_at", x->read.known_at);
	wv_json_string(&w, "change", wv_slice_of(kind_names[change->kind]));
	wv_json_bool(&w, "silent", (change->changes & WV_CHANGE_SILENT) != 0);
	wv_json_open_array(&w, "changes");
	for (uint32_t bit = 1; bit <= WV_CHANGE_REVERT; bit <<= 1)
		if (change->changes & bit)
			wv_json_string(&w, NULL, wv_slice_of(wv_change_name((enum wv_change)bit)));
	wv_json_close(&w);
	if (change->has_before)
		wv_json_u64(&w, "before_id", change->before_id);
	else
		wv_json_null(&w, "before_id");
	wv_json_string_or_null(&w, "title", change->after);
	wv_json_string_or_null(&w, "title_before", change->before);
	wv_marks_json(&w, d);
	wv_json_close(&w);
	wv_buf_add_byte(x->read.c->out, '\n');
}

static enum wv_status show(struct changing *x, const struct change *change, struct wv_err *err)
{
	struct wv_capture capture;
	struct wv_diff d;
	enum wv_status st, compared;

	wv_arena_reset(x->page);
	st = wv_store_capture(x->read.txn, x->page, change->id, x->read.known_at, &capture, err);
	if (st != WV_OK)
		return st;
	compared = compare(x, change, &d, err);
	if (compared != WV_OK && compared != WV_NO)
		return compared;
	if (x->read.c->json)
		json_change(x, change, &capture, compared == WV_OK ? &d : NULL);
	else
		print_change(x, change, &capture, compared == WV_OK ? &d : NULL);
	return wv_command_flush(x->read.c, err);
}

static enum wv_status read_question(struct changing *x, struct wv_err *err)
{
	struct wv_command_context *c = x->read.c;
	enum wv_status st;

	x->only_silent = wv_command_has(c, "silent");
	x->query = (struct wv_list_query){.source = wv_slice_of(wv_command_option(c, "source")),
	                                  .category = wv_slice_of(wv_command_option(c, "category")),
	                                  .from = WV_TIME_NONE,
	                                  .to = WV_TIME_NONE,
	                                  .known_at = x->read.known_at,
	                                  .now = x->read.now,
	                                  .max = AT_ONCE};
	st = wv_command_time(c, "from", false, &x->query.from, err);
	if (st == WV_OK)
		st = wv_command_time(c, "to", true, &x->query.to, err);
	if (!wv_time_is_none(x->read.at) &&
	    (wv_time_is_none(x->query.to) || x->read.at.us < x->query.to.us))
		x->query.to = x->read.at;
	return st;
}

static enum wv_status answer(struct changing *x, struct wv_err *err)
{
	struct wv_command_context *c = x->read.c;
	uint64_t max = UINT64_MAX;
	struct change *changes;
	size_t count;
	char text[WV_TIME_TEXT_MAX];
	enum wv_status st = read_question(x, err);

	if (st == WV_OK)
		st = wv_command_u64(c, "max", &max, err);
	if (st == WV_OK)
		st = look_at_all(x, err);
	show_progress(x, true);
	if (st != WV_OK)
		return st;
	count = x->changes.n / sizeof *changes;
	changes = (struct change *)(void *)x->changes.p;
	if (count)
		qsort(changes, count, sizeof *changes, by_time);
	for (size_t i = 0; st == WV_OK && i < count && i < max; i++)
		st = show(x, &changes[i], err);
	if (st == WV_OK)
		wv_command_note(c, "%zu change%s, %llu of them silent, known at %s", count,
		                count == 1 ? "" : "s", (unsigned long long)x->silent,
		                wv_time_print(x->read.known_at, text));
	if (st == WV_OK && !count)
		wv_read_note_sources(&x->read);
	return st;
}

enum wv_status wv_changes_list(struct wv_command_context *c, struct wv_err *err)
{
	struct changing x = {.seen = {.cap = 1024u * WV_MIB},
	                     .changes = {.cap = (CHANGES_MAX + 1) * sizeof(struct change)}};
	enum wv_status st = wv_read_open(c, &x.read, err);

	if (st == WV_OK)
		st = wv_arena_new(ANSWER_CAP, &x.page, err);
	if (st == WV_OK)
		st = wv_arena_new(ANSWER_CAP, &x.answer, err);
	if (st == WV_OK)
		st = answer(&x, err);
	wv_buf_done(&x.seen);
	wv_buf_done(&x.changes);
	wv_arena_free(&x.page);
	wv_arena_free(&x.answer);
	wv_read_done(&x.read);
	return st;
}
