#include "archive/store/history.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/read.h"

static const struct wv_option options[] = {
	{"from", 0, "T", "captured at or after this instant", false, false},
	{"to", 0, "T", "captured at or before this instant", false, false},
	{"known-at", 0, "K", "use only what the archive had recorded by this instant", false, false},
	{"captures", 0, NULL, "every capture, redirects and failures too", false, false},
};

static const char *const details[] = {
	"The versions of a page: runs of captures with the same article text, although advertisements "
	"and headlines around it differ. A silent edit is a version whose text changed while the stated "
	"time of modification did not. Disappearances (404, 410), returns, and headlines that changed "
	"alone stand between them.",
	NULL,
};

static const char *const examples[] = {
	"wirevault history https://www.example.org/news/1.html",
	"its versions, silent edits marked",
	NULL,
};

static const enum wv_change shown[] = {
	WV_CHANGE_SILENT, WV_CHANGE_TITLE,     WV_CHANGE_TEXT,  WV_CHANGE_BODY,
	WV_CHANGE_VERDICT, WV_CHANGE_UNCERTAIN, WV_CHANGE_REVERT,
};

static void print_version(struct wv_read *read, const struct wv_version *v)
{
	struct wv_command_context *c = read->c;
	char a[WV_TIME_TEXT_MAX], b[WV_TIME_TEXT_MAX];

	wv_read_colour(c, "bold");
	wv_buf_add_format(c->out, "version %llu", (unsigned long long)v->number);
	wv_read_colour(c, "off");
	wv_buf_add_format(c->out, "  %s", wv_time_print(wv_read_second(v->first_seen), a));
	if (v->captures > 1)
		wv_buf_add_format(c->out, " to %s, %llu captures",
		                  wv_time_print(wv_read_second(v->last_seen), b),
		                  (unsigned long long)v->captures);
	wv_buf_add_format(c->out, ", capture %llu, %s", (unsigned long long)v->first_id,
	                  wv_verdict_name(v->verdict));
	for (size_t i = 0; i < WV_COUNT(shown); i++) {
		if (!(v->changes & shown[i]))
			continue;
		wv_read_colour(c, shown[i] == WV_CHANGE_SILENT ? "red" : "yellow");
		wv_buf_add_format(c->out, "  [%s%s]", wv_change_name(shown[i]),
		                  shown[i] == WV_CHANGE_SILENT ? " edit" : "");
		wv_read_colour(c, "off");
	}
	if (v->reverts_to)
		wv_buf_add_format(c->out, " to version %llu", (unsigned long long)v->reverts_to);
	wv_buf_add_byte(c->out, '\n');
	if (v->title.n) {
		wv_buf_add_string(c->out, "           ");
		wv_read_add_plain(c->out, v->title);
		wv_buf_add_byte(c->out, '\n');
	}
	if (v->has_article && (v->published.is_set || v->modified.is_set)) {
		wv_read_colour(c, "dim");
		wv_buf_add_string(c->out, "          ");
		if (v->published.is_set)
			wv_buf_add_format(c->out, " published %.*s", WV_FMT(v->published.text));
		if (v->modified.is_set)
			wv_buf_add_format(c->out, " modified %.*s", WV_FMT(v->modified.text));
		wv_read_colour(c, "off");
		wv_buf_add_byte(c->out, '\n');
	}
}

static void print_absence(struct wv_read *read, const struct wv_absence *absence)
{
	struct wv_command_context *c = read->c;
	char a[WV_TIME_TEXT_MAX], b[WV_TIME_TEXT_MAX];

	wv_read_colour(c, "red");
	wv_buf_add_format(c->out, "gone       %s, status %d, seen %llu times",
	                  wv_time_print(wv_read_second(absence->first_seen), a), absence->status,
	                  (unsigned long long)absence->captures);
	if (absence->has_returned)
		wv_buf_add_format(c->out, ", back %s",
		                  wv_time_print(wv_read_second(absence->returned), b));
	wv_read_colour(c, "off");
	wv_buf_add_byte(c->out, '\n');
}

static void json_version(struct wv_read *read, const struct wv_page *page,
                         const struct wv_version *v)
{
	struct wv_json_writer w;

	wv_json_begin(&w, read->c->out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "kind", WV_LIT("version"));
	wv_json_string(&w, "url", page->url);
	wv_json_string(&w, "page", page->key);
	wv_json_u64(&w, "number", v->number);
	wv_json_u64(&w, "id", v->first_id);
	wv_json_u64(&w, "last_id", v->last_id);
	wv_json_time(&w, "captured", v->first_seen);
	wv_json_time(&w, "last_captured", v->last_seen);
	wv_json_u64(&w, "captures", v->captures);
	wv_json_string(&w, "verdict", wv_slice_of(wv_verdict_name(v->verdict)));
	wv_json_digest(&w, "version", &v->key);
	wv_json_digest(&w, "digest", &v->body);
	wv_json_string_or_null(&w, "title", v->title);
	wv_json_bool(&w, "silent", (v->changes & WV_CHANGE_SILENT) != 0);
	wv_json_open_array(&w, "changes");
	for (uint32_t bit = 1; bit <= WV_CHANGE_REVERT; bit <<= 1)
		if (v->changes & bit)
			wv_json_string(&w, NULL, wv_slice_of(wv_change_name((enum wv_change)bit)));
	wv_json_close(&w);
	if (v->reverts_to)
		wv_json_u64(&w, "reverts_to", v->reverts_to);
	wv_read_json_stated(&w, "published", &v->published);
	wv_read_json_stated(&w, "modified", &v->modified);
	if (read->is_simulated)
		wv_json_string(&w, "clock", WV_LIT("simulated"));
	wv_json_close(&w);
	wv_buf_add_byte(read->c->out, '\n');
}

static void json_absence(struct wv_read *read, const struct wv_page *page,
                         const struct wv_absence *a)
{
	struct wv_json_writer w;

	wv_json_begin(&w, read->c->out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "kind", WV_LIT("absence"));
	wv_json_string(&w, "url", page->url);
	wv_json_string(&w, "page", page->key);
	wv_json_u64(&w, "id", a->first_id);
	wv_json_time(&w, "captured", a->first_seen);
	wv_json_time(&w, "last_captured", a->last_seen);
	wv_json_u64(&w, "captures", a->captures);
	wv_json_int(&w, "status", a->status);
	if (a->has_returned)
		wv_json_time(&w, "returned", a->returned);
	else
		wv_json_null(&w, "returned");
	if (read->is_simulated)
		wv_json_string(&w, "clock", WV_LIT("simulated"));
	wv_json_close(&w);
	wv_buf_add_byte(read->c->out, '\n');
}

/* The headline changed while the text did not; where both did, the version says so. */
static bool is_alone(const struct wv_history *h, const struct wv_headline *headline)
{
	return headline->version == 0 || headline->version > h->version_count ||
	       h->versions[headline->version - 1].first_id != headline->id;
}

static void print_headline(struct wv_read *read, const struct wv_headline *headline)
{
	struct wv_command_context *c = read->c;
	char text[WV_TIME_TEXT_MAX];

	wv_read_colour(c, "yellow");
	wv_buf_add_format(c->out, "headline   %s, capture %llu\n",
	                  wv_time_print(wv_read_second(headline->seen), text),
	                  (unsigned long long)headline->id);
	wv_read_colour(c, "red");
	wv_buf_add_string(c->out, "         - ");
	wv_read_add_plain(c->out, headline->before);
	wv_read_colour(c, "green");
	wv_buf_add_string(c->out, "\n         + ");
	wv_read_add_plain(c->out, headline->after);
	wv_read_colour(c, "off");
	wv_buf_add_byte(c->out, '\n');
}

static void json_headline(struct wv_read *read, const struct wv_page *page,
                          const struct wv_history *h, const struct wv_headline *headline)
{
	struct wv_json_writer w;

	wv_json_begin(&w, read->c->out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "kind", WV_LIT("headline"));
	wv_json_string(&w, "url", page->url);
	wv_json_string(&w, "page", page->key);
	wv_json_u64(&w, "id", headline->id);
	wv_json_u64(&w, "number", headline->version);
	wv_json_time(&w, "captured", headline->seen);
	wv_json_string(&w, "before", headline->before);
	wv_json_string(&w, "after", headline->after);
	wv_json_bool(&w, "alone", is_alone(h, headline));
	if (read->is_simulated)
		wv_json_string(&w, "clock", WV_LIT("simulated"));
	wv_json_close(&w);
	wv_buf_add_byte(read->c->out, '\n');
}

/* Versions, headlines and absences in the order of time. */
static void print_all(struct wv_read *read, const struct wv_page *page, const struct wv_history *h)
{
	size_t i = 0, k = 0, n = 0;

	while (i < h->version_count || k < h->absence_count || n < h->headline_count) {
		int64_t version = i < h->version_count ? h->versions[i].first_seen.us : INT64_MAX;
		int64_t absence = k < h->absence_count ? h->absences[k].first_seen.us : INT64_MAX;
		int64_t headline = n < h->headline_count ? h->headlines[n].seen.us : INT64_MAX;

		/* A version before the headline that came with it. */
		if (i < h->version_count && version <= absence && version <= headline) {
			if (read->c->json)
				json_version(read, page, &h->versions[i++]);
			else
				print_version(read, &h->versions[i++]);
		} else if (n < h->headline_count && headline <= absence) {
			if (read->c->json)
				json_headline(read, page, h, &h->headlines[n]);
			else if (is_alone(h, &h->headlines[n]))
				print_headline(read, &h->headlines[n]);
			n++;
		} else if (read->c->json) {
			json_absence(read, page, &h->absences[k++]);
		} else {
			print_absence(read, &h->absences[k++]);
		}
	}
}

static void print_capture(struct wv_read *read, const struct wv_capture *capture)
{
	struct wv_command_context *c = read->c;
	struct wv_json_writer w;
	char text[WV_TIME_TEXT_MAX];

	if (c->json) {
		wv_json_begin(&w, c->out);
		wv_json_open_object(&w, NULL);
		wv_json_string(&w, "kind", WV_LIT("capture"));
		wv_read_json_capture(&w, read, capture);
		wv_json_close(&w);
		wv_buf_add_byte(c->out, '\n');
		return;
	}
	wv_buf_add_format(c->out, "%8llu  %s  %3d  %-13s ", (unsigned long long)capture->id,
	                  wv_time_print(wv_read_second(capture->captured), text), capture->status,
	                  wv_verdict_name(capture->verdict));
	wv_read_add_plain(c->out, capture->location.n ? capture->location : capture->reason);
	wv_buf_add_byte(c->out, '\n');
}

static enum wv_status print_captures(struct wv_read *read, const struct wv_page *page,
                                     struct wv_time from, struct wv_time to, struct wv_err *err)
{
	struct wv_captures_query query = {.page = page->number, .from = from, .to = to,
	                                  .known_at = read->known_at, .now = read->now};
	struct wv_captures *walk = NULL;
	struct wv_capture capture;
	enum wv_status st = wv_captures_begin(read->txn, &query, &walk, err);

	while (st == WV_OK) {
		st = wv_captures_next(walk, read->arena, &capture, err);
		if (st == WV_OK)
			print_capture(read, &capture);
	}
	wv_captures_end(&walk);
	return st == WV_NO ? WV_OK : st;
}

/* What was taken down is named, not shown. */
static enum wv_status print_tombstones(struct wv_read *read, const struct wv_page *page,
                                       struct wv_err *err)
{
	struct wv_command_context *c = read->c;
	struct wv_register_page facts;
	enum wv_status st = wv_register_of_page(read->txn, read->arena, page->key, &facts, err);

	for (size_t i = 0; st == WV_OK && i < facts.count; i++) {
		const struct wv_fact *fact = &facts.facts[i];

		if (fact->act > WV_ACT_ERASE || wv_fact_is_over(fact, read->now))
			continue;
		if (c->json) {
			wv_read_json_tombstone(read, fact, page->url);
			continue;
		}
		wv_read_colour(c, "red");
		if (fact->is_of_capture)
			wv_buf_add_format(c->out, "tombstone  capture %llu, ",
			                  (unsigned long long)fact->capture);
		else
			wv_buf_add_string(c->out, "tombstone  the page, ");
		wv_fact_print(fact, c->out);
		wv_read_colour(c, "off");
		wv_buf_add_byte(c->out, '\n');
	}
	return st;
}

static enum wv_status history(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_read_done) struct wv_read read = {0};
	struct wv_history_query query = {.from = WV_TIME_NONE, .to = WV_TIME_NONE};
	struct wv_history h;
	struct wv_page page;
	enum wv_status st = wv_read_open(c, &read, err);

	if (st == WV_OK)
		st = wv_command_time(c, "from", false, &query.from, err);
	if (st == WV_OK)
		st = wv_command_time(c, "to", true, &query.to, err);
	if (st == WV_OK)
		st = wv_read_page(&read, c->arguments[0], &page, err);
	if (st != WV_OK)
		return st;
	query.page = page.number;
	query.known_at = read.known_at;
	query.now = read.now;
	st = wv_history_of(read.txn, read.arena, &query, &h, err);
	if (st != WV_OK)
		return st;
	if (wv_command_has(c, "captures"))
		st = print_captures(&read, &page, query.from, query.to, err);
	else
		print_all(&read, &page, &h);
	if (st == WV_OK)
		st = print_tombstones(&read, &page, err);
	if (st != WV_OK || wv_command_has(c, "captures"))
		return st;
	/* What it counts stands above it on a terminal too. */
	st = wv_command_flush(c, err);
	if (st != WV_OK)
		return st;
	wv_command_note(c, "captures %llu, versions %zu, redirects %llu, failures %llu, unread %llu%s",
	                (unsigned long long)h.captures, h.version_count,
	                (unsigned long long)h.redirects, (unsigned long long)h.failures,
	                (unsigned long long)h.unread, read.is_simulated ? " (clock=simulated)" : "");
	return h.captures ? WV_OK : WV_NO;
}

const struct wv_command wv_command_history = {
	.name = "history",
	.summary = "show the versions of a page, silent edits marked",
	.arguments = "URL",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 1,
	.max_arguments = 1,
	.flags = WV_COMMAND_ARCHIVE,
	.run = history,
};
