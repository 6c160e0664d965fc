#include "archive/copies/spread.h"
#include "crawler/cmd/article_out.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/read.h"

static const struct wv_option options[] = {
	{"at", 0, "T", "as the page was at this instant (default: now)", false, false},
	{"as-of", 0, "T", "use only captures up to this instant", false, false},
	{"known-at", 0, "K", "use only what the archive had recorded by this instant", false, false},
	{"removed", 0, NULL, "also what was taken off the article, with the reasons", false, false},
};

static const char *const details[] = {
	"The article of a page as it was at an instant: headline, times with their basis, text clean of "
	"everything around it. An ID shows that capture, whatever it is.",
	"Which capture stands for an instant: the newest at or before it that was answered with 200 "
	"(or 304, which stands for the body it confirmed) and is no wall, no captcha, no soft 404 and "
	"not cut off. What was passed over is named on standard error.",
	"An article in several parts is shown whole: the parts' captures that go with the first one's "
	"are joined. A part that the archive does not have is named on standard error.",
	NULL,
};

static const char *const examples[] = {
	"wirevault show https://www.example.org/news/1.html --at 2024-06-05",
	"the article as it stood at the beginning of that day, UTC",
	NULL,
};

static void add_line(struct wv_command_context *c, const char *name, struct wv_slice value)
{
	if (!value.n)
		return;
	wv_read_colour(c, "dim");
	wv_buf_add_format(c->out, "%-10s ", name);
	wv_read_colour(c, "off");
	wv_read_add_plain(c->out, value);
	wv_buf_add_byte(c->out, '\n');
}

static void add_stated(struct wv_command_context *c, const char *name,
                       const struct wv_stated_time *t)
{
	static const char *const zones[] = {"no zone", "zone stated", "zone of the source",
	                                    "zone unknown"};
	struct wv_slice line;

	if (!t->is_set)
		return;
	line = wv_arena_format(c->arena, "%.*s (%.*s; %s)", WV_FMT(t->text), WV_FMT(t->found),
	                       zones[t->zone]);
	add_line(c, name, line);
}

static struct wv_slice join(struct wv_arena *arena, const struct wv_slice *items, size_t n)
{
	struct wv_slice all = n ? items[0] : WV_SLICE_NONE;

	for (size_t i = 1; i < n; i++)
		all = wv_arena_format(arena, "%.*s, %.*s", WV_FMT(all), WV_FMT(items[i]));
	return all;
}

static void add_blocks(struct wv_command_context *c, const struct wv_article *a)
{
	for (size_t i = 0; i < a->block_count; i++) {
		const struct wv_block *b = &a->blocks[i];

		/* Items and rows stand close; all else has air above it. */
		if (!(i && b->kind == a->blocks[i - 1].kind &&
		      (b->kind == WV_BLOCK_ITEM || b->kind == WV_BLOCK_ROW)))
			wv_buf_add_byte(c->out, '\n');
		if (b->kind == WV_BLOCK_HEADING || b->kind == WV_BLOCK_UPDATE)
			wv_read_colour(c, "bold");
		if (b->kind == WV_BLOCK_ITEM)
			wv_buf_add_string(c->out, "  - ");
		if (b->kind == WV_BLOCK_QUOTE)
			wv_buf_add_string(c->out, "  > ");
		wv_read_add_plain(c->out, b->text);
		if (b->kind == WV_BLOCK_HEADING || b->kind == WV_BLOCK_UPDATE)
			wv_read_colour(c, "off");
		wv_buf_add_byte(c->out, '\n');
	}
}

static void add_removed(struct wv_command_context *c, const struct wv_article *a)
{
	wv_buf_add_format(c->out, "\nTaken off (%zu):\n", a->removed_count);
	for (size_t i = 0; i < a->removed_count; i++) {
		wv_buf_add_format(c->out, "  [%.*s] ", WV_FMT(a->removed[i].reason));
		wv_read_add_plain(c->out, wv_slice_part(a->removed[i].text, 0, 300));
		wv_buf_add_byte(c->out, '\n');
	}
}

static void add_parts(struct wv_command_context *c, const struct wv_parts *parts)
{
	char text[WV_TIME_TEXT_MAX];

	for (size_t i = 0; i < parts->count; i++) {
		const struct wv_part *part = &parts->parts[i];

		add_line(c, i ? "" : "parts",
		         wv_arena_format(c->arena, "%.*s (capture %llu, %s)", WV_FMT(part->url),
		                         (unsigned long long)part->id,
		                         wv_time_print(part->captured, text)));
	}
}

/* Whom the article names as its sources. */
struct claims {
	struct wv_spread_claim *list;
	size_t count;
};

static enum wv_status find_claims(const struct wv_read *read, const struct wv_article *a,
                                  struct claims *out, struct wv_err *err)
{
	const struct wv_spread_query query = {
		.at = read->at, .known_at = read->known_at, .now = read->now};

	return wv_spread_claims(read->txn, read->arena, &query, a, &out->list, &out->count, err);
}

static void add_claims(struct wv_command_context *c, const struct claims *claims)
{
	for (size_t i = 0; i < claims->count; i++) {
		const struct wv_spread_claim *claim = &claims->list[i];

		add_line(c, i ? "" : "names",
		         wv_arena_format(c->arena, "%.*s (%s)%s%.*s", WV_FMT(claim->claim.name),
		                         wv_claim_kind_name(claim->claim.kind),
		                         claim->source.n ? ", a source of the archive: " : "",
		                         WV_FMT(claim->source)));
	}
}

static void print_text(const struct wv_read *read, const struct wv_capture *capture,
                       const struct wv_article *a, const struct wv_parts *parts,
                       const struct claims *claims)
{
	struct wv_command_context *c = read->c;
	char text[WV_TIME_TEXT_MAX];

	if (a && a->title.n) {
		wv_read_colour(c, "bold");
		wv_read_add_plain(c->out, a->title);
		wv_read_colour(c, "off");
		wv_buf_add_string(c->out, "\n\n");
	}
	if (a) {
		add_stated(c, "published", &a->published);
		add_stated(c, "modified", &a->modified);
		add_line(c, "authors", join(c->arena, a->authors, a->author_count));
		add_line(c, "publisher", a->publisher);
		add_line(c, "wire", a->wire);
		add_line(c, "dateline", a->dateline);
		add_claims(c, claims);
		if (a->category.n)
			add_line(c, "category",
			         wv_arena_format(c->arena, "%.*s (%.*s)", WV_FMT(a->category),
			                         WV_FMT(a->category_basis)));
		add_line(c, "language", a->language);
	}
	add_line(c, "source", capture->source);
	add_line(c, "captured",
	         wv_arena_format(c->arena, "%s%s", wv_time_print(capture->captured, text),
	                         read->is_simulated ? " (clock=simulated)" : ""));
	add_line(c, "address", capture->url);
	add_line(c, "capture",
	         wv_arena_format(c->arena, capture->status ? "%llu, status %d, %s%s%.*s"
	                                                   : "%llu, no answer (%d), %s%s%.*s",
	                         (unsigned long long)capture->id, capture->status,
	                         wv_verdict_name(capture->verdict), capture->reason.n ? ": " : "",
	                         WV_FMT(capture->reason)));
	if (capture->has_body) {
		char hex[WV_DIGEST_HEX_MAX];

		add_line(c, "sha-256", wv_slice_of(wv_digest_print(&capture->body, hex)));
	}
	add_parts(c, parts);
	if (a)
		add_blocks(c, a);
	if (a && wv_command_has(c, "removed"))
		add_removed(c, a);
}

static enum wv_status print_json(const struct wv_read *read, const struct wv_standing *standing,
                                 const struct wv_article *a, const struct wv_parts *parts,
                                 const struct claims *claims,
                                 struct wv_err *err)
{
	struct wv_command_context *c = read->c;
	struct wv_json_writer w;
	enum wv_status st;

	wv_json_begin(&w, c->out);
	wv_json_open_object(&w, NULL);
	wv_read_json_capture(&w, read, &standing->capture);
	wv_json_time(&w, "known_at", read->known_at);
	if (a) {
		st = wv_article_add_json(&w, a, c->arena, err);
		if (st != WV_OK)
			return st;
		wv_json_open_array(&w, "claims");
		for (size_t i = 0; i < claims->count; i++) {
			wv_read_json_claim(&w, &claims->list[i]);
			wv_json_close(&w);
		}
		wv_json_close(&w);
		wv_read_json_parts(&w, parts);
		wv_json_open_array(&w, "removed");
		for (size_t i = 0; i < a->removed_count; i++) {
			wv_json_open_object(&w, NULL);
			wv_json_string(&w, "reason", a->removed[i].reason);
			wv_json_string(&w, "text", a->removed[i].text);
			wv_json_close(&w);
		}
		wv_json_close(&w);
	}
	wv_json_open_array(&w, "passed_over");
	for (size_t i = 0; i < standing->passed_count; i++) {
		wv_json_open_object(&w, NULL);
		wv_json_u64(&w, "id", standing->passed[i].id);
		wv_json_time(&w, "captured", standing->passed[i].captured);
		wv_json_string(&w, "why", standing->passed[i].why);
		wv_json_close(&w);
	}
	wv_json_close(&w);
	wv_json_close(&w);
	wv_buf_add_byte(c->out, '\n');
	return WV_OK;
}

static enum wv_status show(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_read_done) struct wv_read read = {0};
	struct wv_standing standing;
	struct wv_article article;
	struct wv_parts parts = {0};
	struct claims claims = {NULL, 0};
	enum wv_status st = wv_read_open(c, &read, err), got;

	if (st == WV_OK)
		st = wv_read_capture(&read, c->arguments[0], WV_STANDING_AT, &standing, err);
	if (st != WV_OK)
		return st;
	got = wv_read_whole_article(&read, c->arguments[0], &standing.capture, &article, &parts, err);
	if (got == WV_OK) /* verdict and evidence of one reading, also of a later one */
		standing.capture.reason = article.reason;
	if (got != WV_OK && got != WV_NO)
		return got;
	if (got == WV_OK)
		st = find_claims(&read, &article, &claims, err);
	if (st != WV_OK)
		return st;
	if (c->json)
		return print_json(&read, &standing, got == WV_OK ? &article : NULL, &parts, &claims,
		                  err);
	print_text(&read, &standing.capture, got == WV_OK ? &article : NULL, &parts, &claims);
	st = wv_command_flush(c, err);
	if (st != WV_OK)
		return st;
	if (got == WV_NO)
		wv_command_note(c, "capture %llu has no article (%s)",
		                (unsigned long long)standing.capture.id,
		                wv_verdict_name(standing.capture.verdict));
	return WV_OK;
}

const struct wv_command wv_command_show = {
	.name = "show",
	.summary = "show the article of a page as it was",
	.arguments = "URL|ID",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 1,
	.max_arguments = 1,
	.flags = WV_COMMAND_ARCHIVE,
	.run = show,
};
