#include "archive/search/subscription.h"
#include "crawler/cmd/alerts.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/find.h"

static const struct wv_option options[] = {
	{"hook", 0, "H", "a hook of the settings that is told of what is found", false, false},
	{"remove", 0, NULL, "forget the subscription NAME", false, false},
};

static const char *const details[] = {
	"Saves a query (see search) under a name, for feed. The same name again changes it. Without arguments "
	"the subscriptions are listed; with a name alone, that one.",
	"Words, topics, sources, categories: 'topic:ai-chips source:\xe8\xb4\xa2\xe8\x81\x94\xe7\xa4\xbe "
	"-rumour'. A text that several pages carry comes once; an edit comes as an update of its page.",
	"A hook is a program named under hooks: in the settings. At the end of each crawl and at each feed it "
	"gets one JSON object on standard input, with an entry for every page that is new to the subscription "
	"or changed its words since, and is not started where there is none. What was in the archive when the "
	"subscription was made is not told.",
	"The object: event (subscription), name, query, archive, told and known_at (what was recorded between "
	"the two is new), entries. An entry has what every record of a capture has, kind (new or update), title, "
	"time and time_basis, published, category, language, topics, snippet, versions, copies (id, url, source, "
	"captured); an update also silent (its stated time of modification stayed the same), title_before, "
	"changes (kind, before, after; changes_total of them) and changed_words (before, after, number). "
	"'feed --json' prints entries in the same form. Whatever a hook prints is not looked at; where it does "
	"not end with 0 within 30s there is a warning, and the next run tells it the same and what came since.",
	NULL,
};

static const char *const examples[] = {
	"wirevault subscribe chips 'Nvidia OR \xe8\x8b\xb1\xe4\xbc\x9f\xe8\xbe\xbe' --hook mail",
	"a saved query whose finds are mailed after each crawl",
	NULL,
};

static void print(struct wv_command_context *c, const struct wv_subscription *s)
{
	struct wv_json_writer w;

	if (c->json) {
		wv_json_begin(&w, c->out);
		wv_json_open_object(&w, NULL);
		wv_json_int(&w, "v", 1);
		wv_json_string(&w, "name", s->name);
		wv_json_string(&w, "query", s->query);
		wv_json_string_or_null(&w, "hook", s->hook);
		wv_json_time(&w, "created", s->created);
		if (s->hook.n && s->told.us >= 0)
			wv_json_time(&w, "told", s->told);
		else
			wv_json_null(&w, "told");
		wv_json_close(&w);
		wv_buf_add_byte(c->out, '\n');
		return;
	}
	wv_read_colour(c, "bold");
	wv_buf_add_format(c->out, "%-20.*s", WV_FMT(s->name));
	wv_read_colour(c, "off");
	wv_buf_add_byte(c->out, ' ');
	wv_read_add_plain(c->out, s->query);
	if (s->hook.n)
		wv_buf_add_format(c->out, "  (hook %.*s)", WV_FMT(s->hook));
	wv_buf_add_byte(c->out, '\n');
}

static enum wv_status show(struct wv_command_context *c, const char *name, struct wv_err *err)
{
	struct wv_subscription *list;
	size_t count, shown = 0;
	enum wv_status st = wv_subscription_list(c->archive, c->arena, &list, &count, err);

	for (size_t i = 0; st == WV_OK && i < count; i++)
		if (!name || wv_slice_equals(list[i].name, wv_slice_of(name))) {
			print(c, &list[i]);
			shown++;
		}
	if (st == WV_OK && name && !shown)
		return wv_err_set(err, WV_NO, "no subscription is called '%s'", name);
	return st;
}

static enum wv_status save(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_read_done) struct wv_read read = {0};
	struct wv_slice hook = wv_slice_of(wv_command_option(c, "hook"));
	struct wv_subscription s = {.name = wv_slice_of(c->arguments[0]),
	                            .query = wv_slice_of(c->arguments[1]),
	                            .hook = hook,
	                            .created = wv_clock_now(c->clock)};
	const char *const *words;
	struct wv_query query;
	enum wv_status st = wv_query_parse(c->arena, s.query, &query, err);

	if (st == WV_OK && hook.n)
		st = wv_alerts_hook(c->arena, wv_settings_get(c->settings), hook, &words, err);
	if (st == WV_OK)
		st = wv_read_open(c, &read, err);
	if (st != WV_OK)
		return st;
	s.told = read.known_at;
	st = wv_subscription_put(c->archive, &s, err);
	if (st == WV_OK)
		wv_command_note(c, "subscribed '%.*s'", WV_FMT(s.name));
	return st;
}

static enum wv_status subscribe(struct wv_command_context *c, struct wv_err *err)
{
	bool removes = wv_command_has(c, "remove");
	enum wv_status st;

	if ((removes && c->argument_count != 1) ||
	    (c->argument_count < 2 && wv_command_has(c, "hook")))
		return wv_err_set(err, WV_USAGE, removes ? "--remove takes one name"
		                                         : "--hook needs a name and a query");
	if (removes) {
		st = wv_subscription_remove(c->archive, wv_slice_of(c->arguments[0]), err);
		if (st == WV_NO)
			return wv_err_set(err, WV_NO, "no subscription is called '%s'",
			                  c->arguments[0]);
		return st;
	}
	if (c->argument_count == 2)
		return save(c, err);
	return show(c, c->argument_count ? c->arguments[0] : NULL, err);
}

const struct wv_command wv_command_subscribe = {
	.name = "subscribe",
	.summary = "save a query under a name, or list the saved ones",
	.arguments = "[NAME [QUERY]]",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.max_arguments = 2,
	.flags = WV_COMMAND_ARCHIVE,
	.run = subscribe,
};
