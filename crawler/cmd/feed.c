#include "archive/search/feed.h"

#include "archive/search/subscription.h"
#include "archive/view/syndicate.h"
#include "crawler/cmd/alerts.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/find.h"

static const struct wv_option options[] = {
	{"format", 0, "FORMAT", "atom, json (JSON Feed 1.1) or text (default)", false, false},
	{"as-of", 0, "T", "use only captures up to this instant", false, false},
	{"known-at", 0, "K", "use only what the archive had recorded by this instant", false, false},
	{"max", 0, "N", "at most so many entries (default 50)", false, false},
};

static const char *const details[] = {
	"What a saved query (subscribe) has found: an entry a page, the one changed last first. An edit of a "
	"page comes as an update of its entry, with what changed; of a text that several pages carry the one "
	"that published it first has the entry and names the others.",
	"Nothing is stored of a feed: it is made of the archive at --as-of and --known-at, and the same "
	"whenever it is asked for. Without them a hook of the subscription is told first of what is new.",
	NULL,
};

static const char *const examples[] = {
	"wirevault feed chips --format atom > chips.atom",
	"for a feed reader",
	NULL,
};

static void print_text(struct wv_find *find, const struct wv_feed_entry *e)
{
	struct wv_command_context *c = find->read.c;
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add_format(c->out, "%8llu  %s %-6s ", (unsigned long long)e->capture.id,
	                  wv_time_print(wv_read_second(e->updated), text),
	                  e->is_update ? "update" : "new");
	wv_read_colour(c, "bold");
	if (e->title_is_fallback)
		wv_buf_add_byte(c->out, '[');
	wv_read_add_plain(c->out, e->title);
	if (e->title_is_fallback)
		wv_buf_add_byte(c->out, ']');
	wv_read_colour(c, "off");
	wv_buf_add_byte(c->out, '\n');
	if (e->is_update) {
		wv_syndicate_add_changes(c->out, e);
	} else {
		wv_buf_add_string(c->out, "          ");
		wv_read_add_plain(c->out, e->snippet.text);
		wv_buf_add_byte(c->out, '\n');
	}
	wv_read_colour(c, "dim");
	wv_buf_add_string(c->out, "          ");
	wv_read_add_plain(c->out, e->capture.url);
	if (e->copy_count)
		wv_buf_add_format(c->out, "  (and %zu copies)", e->copy_count);
	wv_read_colour(c, "off");
	wv_buf_add_byte(c->out, '\n');
}

static void print_line(struct wv_find *find, const struct wv_feed_entry *e)
{
	struct wv_json_writer w;

	wv_json_begin(&w, find->read.c->out);
	wv_json_open_object(&w, NULL);
	wv_alerts_json_entry(&w, find, e);
	wv_json_time(&w, "known_at", find->read.known_at);
	wv_json_close(&w);
	wv_buf_add_byte(find->read.c->out, '\n');
}

static void add_members(void *context, struct wv_json_writer *w, const struct wv_feed_entry *entry)
{
	wv_alerts_json_entry(w, context, entry);
}

static enum wv_status print_feed(struct wv_find *find, const struct wv_subscription *s,
                                 const struct wv_feed *feed, struct wv_slice format,
                                 struct wv_err *err)
{
	struct wv_command_context *c = find->read.c;
	const struct wv_syndicate syndicate = {.subscription = s,
	                                       .feed = feed,
	                                       .at = find->read.at,
	                                       .known_at = find->read.known_at,
	                                       .is_simulated = find->read.is_simulated,
	                                       .members = add_members,
	                                       .context = find};
	enum wv_status st = WV_OK;

	if (wv_slice_equals(format, WV_LIT("atom"))) {
		wv_syndicate_atom(c->out, &syndicate);
		return wv_command_flush(c, err);
	}
	if (wv_slice_equals(format, WV_LIT("json"))) {
		wv_syndicate_json(c->out, &syndicate);
		return wv_command_flush(c, err);
	}
	for (size_t i = 0; st == WV_OK && i < feed->count; i++) {
		if (c->json)
			print_line(find, &feed->entries[i]);
		else
			print_text(find, &feed->entries[i]);
		st = wv_command_flush(c, err);
	}
	return st;
}

/* A hook that fails does not keep the feed back. */
static void tell(struct wv_find *find, const struct wv_subscription *s)
{
	struct wv_command_context *c = find->read.c;
	struct wv_err why = WV_ERR_NONE;

	if (!s->hook.n || find->read.has_known_at || !wv_time_is_none(find->read.at))
		return;
	if (wv_alerts_tell(find, wv_settings_get(c->settings), s, &why) != WV_OK)
		wv_command_note(c, "the hook '%.*s' was not told: %s", WV_FMT(s->hook), why.text);
}

static enum wv_status feed(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_find_done) struct wv_find find = {.behind = 0};
	struct wv_slice format = wv_slice_of(wv_command_option(c, "format"));
	struct wv_feed_query query = {.told = WV_TIME_NONE};
	struct wv_subscription s;
	struct wv_feed out;
	uint64_t max = 50;
	char text[WV_TIME_TEXT_MAX];
	enum wv_status st = wv_command_u64(c, "max", &max, err);

	if (st == WV_OK && format.n && !wv_slice_equals(format, WV_LIT("atom")) &&
	    !wv_slice_equals(format, WV_LIT("json")) && !wv_slice_equals(format, WV_LIT("text")))
		st = wv_err_set(err, WV_USAGE, "option '--format': '%.*s' is none of atom, json, text",
		                WV_FMT(format));
	if (st == WV_OK)
		st = wv_subscription_get(c->archive, c->arena, wv_slice_of(c->arguments[0]), &s, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_NO, "no subscription is called '%s'", c->arguments[0]);
	if (st == WV_OK)
		st = wv_find_open(c, false, &find, err);
	if (st != WV_OK)
		return st;
	tell(&find, &s);
	st = wv_find_ask(&find, s.query, err);
	query.query = &find.query;
	query.at = find.read.at;
	query.known_at = find.read.known_at;
	query.now = find.read.now;
	query.max = (size_t)max;
	if (st == WV_OK)
		st = wv_feed_of(find.search, find.read.txn, find.read.arena, &query, &out, err);
	if (st == WV_OK)
		st = print_feed(&find, &s, &out, format, err);
	if (st == WV_OK)
		wv_command_note(c, "%zu entr%s, known at %s%s", out.count,
		                out.count == 1 ? "y" : "ies",
		                wv_time_print(find.read.known_at, text),
		                find.read.is_simulated ? " (clock=simulated)" : "");
	return st;
}

const struct wv_command wv_command_feed = {
	.name = "feed",
	.summary = "print what a saved query has found, also as Atom or JSON Feed",
	.arguments = "NAME",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 1,
	.max_arguments = 1,
	.flags = WV_COMMAND_ARCHIVE | WV_COMMAND_NAMES_K,
	.run = feed,
};
