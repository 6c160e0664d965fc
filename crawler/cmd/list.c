#include "config/base/text.h"
#include "crawler/cmd/category.h"
#include "crawler/cmd/changes.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/read.h"

#define AT_ONCE 256u
#define VERDICTS \
	"article, listing, consent-wall, paywall-stub, script-shell, soft-404, captcha, truncated, " \
	"refused, failed, unread or other"

static const struct wv_option options[] = {
	{"source", 0, "S", "only this source", false, false},
	{"category", 0, "C", "one entry a page: the articles of this category, newest first", false, false},
	{"changes", 0, NULL, "instead: what changed in articles, newest first: edits, headlines, pages gone and back", false, false},
	{"silent", 0, NULL, "with --changes: only silent edits", false, false},
	{"captures", 0, NULL, "with --category: a line a capture all the same", false, false},
	{"later", 0, NULL, "with --category and --as-of: what came later, in a box of its own", false, false},
	{"from", 0, "T", "captured at or after this instant", false, false},
	{"to", 0, "T", "captured at or before this instant", false, false},
	{"as-of", 0, "T", "use only captures up to this instant", false, false},
	{"known-at", 0, "K", "use only what the archive had recorded by this instant", false, false},
	{"known-after", 0, "K", "only what the archive recorded after this instant", false, false},
	{"status", 0, "S", "only this HTTP status: 404, 5xx, or none for no answer", false, false},
	{"verdict", 0, "V", "only this verdict: " VERDICTS, false, false},
	{"max", 0, "N", "at most so many (default: all; with --category 50)", false, false},
	{"skip", 0, "N", "with --category: without the first so many", false, false},
};

static const char *const details[] = {
	"What the archive holds: one line a capture, newest first, ties by ID. Redirect hops, robots.txt, "
	"feeds and failures are in it too; --verdict article gives the articles.",
	"With --category, more of a category: one entry a page, its article as it stands at --as-of, with a "
	"title (in brackets where it has none: then it is the begin of the text), the begin of the text, and "
	"the time that it is listed by: published as the page states it, else first seen. The newest first, "
	"then in the order in which the archive met the pages; --from and --to are of that time. Nothing "
	"captured after --as-of is in it; --later shows what was, apart.",
	"With --changes, what changed in the articles of all pages between --from and --to: one entry a change, "
	"with the ID of the capture that first had it and, of an edit, of the last one before; which figures, "
	"names and quotes changed; whether it was silent (the text changed, the stated time of modification did "
	"not); headlines that changed alone; pages that answered 404 or 410 after they had stood, and those of "
	"them that came back. diff and history have the rest. With --json: change (edit, headline, gone, back), "
	"silent, changes (as in history), before_id, title, title_before, marks (as in diff), and what every "
	"record of a capture has.",
	NULL,
};

static const char *const examples[] = {
	"wirevault list --verdict article --from '24h ago'",
	"the articles of the last day",
	"wirevault list --status 5xx --from '24h ago'",
	"what failed since yesterday",
	"wirevault list --changes --silent --from '24h ago' --json",
	"the silent edits that were seen since yesterday",
	"wirevault list --category \xe8\xb4\xa2\xe7\xbb\x8f --as-of 2024-06-05T05:45:03Z --later",
	"what stood beside an article then, and what a page made today would show",
	NULL,
};

struct listing {
	struct wv_read read;
	struct wv_list_query query;
	bool has_verdict;
	enum wv_verdict verdict;
	int32_t status_from, status_to;
	struct wv_time known_after;
	uint64_t max, printed;
};

static void print_line(struct listing *l, const struct wv_capture *capture,
                       const struct wv_article *a)
{
	struct wv_command_context *c = l->read.c;
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add_format(c->out, "%8llu  %s  %3d  %-13s ", (unsigned long long)capture->id,
	                  wv_time_print(wv_read_second(capture->captured), text),
	                  capture->status, wv_verdict_name(capture->verdict));
	if (a && a->title.n) {
		wv_read_colour(c, "bold");
		wv_read_add_plain(c->out, wv_text_cut(a->title, 160));
		wv_read_colour(c, "off");
		wv_buf_add_string(c->out, "\n          ");
		wv_read_colour(c, "dim");
		if (capture->source.n) {
			wv_read_add_plain(c->out, capture->source);
			wv_buf_add_string(c->out, "  ");
		}
		wv_read_add_plain(c->out, capture->url);
		wv_read_colour(c, "off");
	} else {
		wv_read_add_plain(c->out, capture->url);
		if (!capture->status && capture->reason.n) {
			wv_buf_add_string(c->out, "  (");
			wv_read_add_plain(c->out, capture->reason);
			wv_buf_add_byte(c->out, ')');
		}
	}
	wv_buf_add_byte(c->out, '\n');
}

static void print_json(struct listing *l, const struct wv_capture *capture,
                       const struct wv_article *a)
{
	struct wv_json_writer w;

	wv_json_begin(&w, l->read.c->out);
	wv_json_open_object(&w, NULL);
	wv_read_json_capture(&w, &l->read, capture);
	wv_json_time(&w, "known_at", l->read.known_at);
	wv_json_string_or_null(&w, "title", a ? a->title : WV_SLICE_NONE);
	if (a) {
		wv_read_json_stated(&w, "published", &a->published);
		wv_json_string_or_null(&w, "category", a->category);
		wv_json_string_or_null(&w, "category_basis", a->category_basis);
		wv_json_string_or_null(&w, "language", a->language);
	}
	wv_json_close(&w);
	wv_buf_add_byte(l->read.c->out, '\n');
}

static enum wv_status print_one(struct listing *l, const struct wv_capture *capture,
                                struct wv_err *err)
{
	struct wv_article article;
	enum wv_status st;

	if (l->has_verdict && capture->verdict != l->verdict)
		return WV_OK;
	if (capture->status < l->status_from || capture->status > l->status_to)
		return WV_OK;
	if (!wv_time_is_none(l->known_after) && capture->recorded.us <= l->known_after.us)
		return WV_OK;
	st = wv_read_article(&l->read, capture, &article, err);
	if (st != WV_OK && st != WV_NO)
		return st;
	if (l->read.c->json)
		print_json(l, capture, st == WV_OK ? &article : NULL);
	else
		print_line(l, capture, st == WV_OK ? &article : NULL);
	l->printed++;
	return WV_OK;
}

static enum wv_status print_all(struct listing *l, struct wv_err *err)
{
	for (;;) {
		struct wv_capture *captures;
		size_t count;
		enum wv_status st = wv_store_list(l->read.txn, l->read.arena, &l->query, &captures,
		                                  &count, err);

		for (size_t i = 0; st == WV_OK && i < count && l->printed < l->max; i++)
			st = print_one(l, &captures[i], err);
		if (st == WV_OK && count) {
			l->query.has_after = true;
			l->query.after_captured = captures[count - 1].captured;
			l->query.after_id = captures[count - 1].id;
			st = wv_command_flush(l->read.c, err);
		}
		if (st != WV_OK || count < l->query.max || l->printed >= l->max)
			return st;
		/* A long listing pins no old pages: what was recorded later is hidden by K. */
		wv_txn_abort(&l->read.txn);
		wv_arena_reset(l->read.arena);
		st = wv_store_begin_read(l->read.store, &l->read.txn, err);
		if (st != WV_OK)
			return st;
	}
}

static void name_answer(struct listing *l)
{
	char text[WV_TIME_TEXT_MAX];

	wv_command_note(l->read.c, "%llu capture%s, known at %s", (unsigned long long)l->printed,
	                l->printed == 1 ? "" : "s", wv_time_print(l->read.known_at, text));
	if (!l->printed)
		wv_read_note_sources(&l->read);
}

/* 404, 5xx or none. */
static enum wv_status read_status(struct listing *l, struct wv_err *err)
{
	const char *status = wv_command_option(l->read.c, "status");
	struct wv_slice s = wv_slice_of(status);

	if (!status)
		return WV_OK;
	if (wv_slice_equals(s, WV_LIT("none"))) {
		l->status_to = 0;
		return WV_OK;
	}
	if (s.n != 3 || s.p[0] < '1' || s.p[0] > '9')
		return wv_err_set(err, WV_USAGE, "option '--status': '%s' is not 404, 5xx or none", status);
	for (size_t i = 0; i < 3; i++) {
		bool is_any = i > 0 && s.p[i] == 'x';

		if (!is_any && (s.p[i] < '0' || s.p[i] > '9'))
			return wv_err_set(err, WV_USAGE, "option '--status': '%s' is not 404, 5xx or none",
			                  status);
		l->status_from = l->status_from * 10 + (is_any ? 0 : s.p[i] - '0');
		l->status_to = i ? l->status_to * 10 + (is_any ? 9 : s.p[i] - '0') : s.p[i] - '0';
	}
	return WV_OK;
}

static enum wv_status list(struct wv_command_context *c, struct wv_err *err)
{
	struct listing l = {.max = UINT64_MAX, .status_to = INT32_MAX, .known_after = WV_TIME_NONE};
	const char *verdict = wv_command_option(c, "verdict");
	enum wv_status st;

	if ((wv_command_has(c, "changes") || (wv_command_has(c, "category") && !wv_command_has(c, "captures"))) &&
	    (wv_command_has(c, "status") || wv_command_has(c, "known-after")))
		return wv_err_set(err, WV_USAGE, "--status and --known-after are about captures, not pages or changes");
	if (wv_command_has(c, "silent") && !wv_command_has(c, "changes"))
		return wv_err_set(err, WV_USAGE, "--silent goes with --changes");
	if (wv_command_has(c, "changes") && (verdict || wv_command_has(c, "captures") ||
	                                     wv_command_has(c, "later") || wv_command_has(c, "skip")))
		return wv_err_set(err, WV_USAGE, "--verdict, --captures, --later and --skip do not go with --changes");
	if (wv_command_has(c, "changes"))
		return wv_changes_list(c, err);
	if (wv_command_has(c, "category") && !wv_command_has(c, "captures"))
		return wv_category_list(c, err);
	if (wv_command_has(c, "later") || wv_command_has(c, "skip"))
		return wv_err_set(err, WV_USAGE, "--later and --skip go with --category");
	st = wv_read_open(c, &l.read, err);

	l.query = (struct wv_list_query){.source = wv_slice_of(wv_command_option(c, "source")),
	                                 .category = wv_slice_of(wv_command_option(c, "category")),
	                                 .from = WV_TIME_NONE,
	                                 .to = WV_TIME_NONE,
	                                 .max = AT_ONCE};
	if (st == WV_OK)
		st = wv_command_time(c, "from", false, &l.query.from, err);
	if (st == WV_OK)
		st = wv_command_time(c, "to", true, &l.query.to, err);
	if (st == WV_OK)
		st = wv_command_u64(c, "max", &l.max, err);
	if (st == WV_OK)
		st = wv_command_time(c, "known-after", false, &l.known_after, err);
	if (st == WV_OK)
		st = read_status(&l, err);
	if (st == WV_OK && verdict) {
		l.has_verdict = wv_verdict_parse(wv_slice_of(verdict), &l.verdict);
		if (!l.has_verdict)
			st = wv_err_set(err, WV_USAGE, "option '--verdict': no verdict is called '%s' (%s)",
			                verdict, VERDICTS);
	}
	if (st == WV_OK) {
		if (!wv_time_is_none(l.read.at) &&
		    (wv_time_is_none(l.query.to) || l.read.at.us < l.query.to.us))
			l.query.to = l.read.at;
		l.query.known_at = l.read.known_at;
		l.query.now = l.read.now;
		st = print_all(&l, err);
	}
	if (st == WV_OK)
		st = wv_command_flush(c, err);
	if (st == WV_OK && (!l.printed || !wv_time_is_none(l.read.as_of)))
		name_answer(&l);
	wv_read_done(&l.read);
	return st;
}

const struct wv_command wv_command_list = {
	.name = "list",
	.summary = "list what was captured",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.flags = WV_COMMAND_ARCHIVE | WV_COMMAND_NAMES_K,
	.run = list,
};
