#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/find.h"

static const struct wv_option options[] = {
	{"source", 0, "S", "only this source (may be given several times: any of them)", true, false},
	{"category", 0, "C", "only this category of the articles", true, false},
	{"lang", 0, "L", "only this language; zh takes zh-Hans in", true, false},
	{"topic", 0, "T", "only articles that matched this topic of the settings", true, false},
	{"cluster", 0, "ID", "only pages that carry the text of this capture (its copy cluster)", true, false},
	{"verdict", 0, "V", "instead of articles: listing, paywall-stub ..., or any", true, false},
	{"from", 0, "T", "published (else first seen) at or after this instant", false, false},
	{"to", 0, "T", "published (else first seen) at or before this instant", false, false},
	{"as-of", 0, "T", "use only captures up to this instant", false, false},
	{"known-at", 0, "K", "use only what the archive had recorded by this instant", false, false},
	{"sort", 0, "ORDER", "place (default: see below) or time, newest first", false, false},
	{"max", 0, "N", "at most so many (default 20)", false, false},
	{"skip", 0, "N", "without the first so many", false, false},
	{"rebuild", 0, NULL, "drop the index and make it anew from the archive first", false, false},
};

static const char *const details[] = {
	"Full text over the articles, in any script: one hit a page, its text as it stood at --as-of. Words "
	"are folded (case, width, traditional Han as simplified); in scripts without spaces a word of one, two "
	"or more characters is found wherever they stand in a row.",
	"A query: words that must all be there; \"words in a row\"; a OR b; -without (or NOT); begin*; title:word; "
	"( ); and source:X category:X lang:X topic:X verdict:X cluster:ID, which say the same as the options. No query, "
	"or *, is every text.",
	"The order, place: first hits that have all words in the headline, then in headline or first paragraph, "
	"then anywhere; in each the newest first, by the time of publication that the page states, else by when "
	"it was first seen; then in the order in which the archive met the pages. No statistic of the archive "
	"goes in, so what comes later moves nothing.",
	"The index (search.db in the archive) follows the archive by itself at each search. It can be "
	"deleted at any time, and is when a take-down erases.",
	NULL,
};

static const char *const examples[] = {
	"wirevault search '\xe8\x8b\xb1\xe4\xbc\x9f\xe8\xbe\xbe H100' --lang zh --as-of 2024-06-05",
	"what was there to be found then, and nothing later",
	"wirevault search '\"central bank\" -rumour' --from '7d ago' --json",
	"this week's articles, one JSON object a line",
	NULL,
};

static enum wv_status read_options(struct wv_find *find, struct wv_err *err)
{
	struct wv_command_context *c = find->read.c;
	struct wv_slice order = wv_slice_of(wv_command_option(c, "sort"));
	uint64_t max = find->ask.max, skip = 0;
	enum wv_status st = wv_command_u64(c, "max", &max, err);

	if (st == WV_OK)
		st = wv_command_u64(c, "skip", &skip, err);
	find->ask.max = (size_t)max;
	find->ask.skip = (size_t)skip;
	if (wv_slice_equals(order, WV_LIT("time")))
		find->ask.order = WV_ORDER_TIME;
	else if (st == WV_OK && order.n && !wv_slice_equals(order, WV_LIT("place")))
		st = wv_err_set(err, WV_USAGE, "option '--sort': '%.*s' is neither place nor time",
		                WV_FMT(order));
	return st;
}

static enum wv_status print_hit(struct wv_find *find, const struct wv_search_answer *answer,
                                size_t i, struct wv_err *err)
{
	struct wv_command_context *c = find->read.c;
	struct wv_json_writer w;
	struct wv_found found;
	enum wv_status st = wv_find_load(find, &answer->hits[i], &found, err);

	if (st == WV_NO)
		return WV_OK;
	if (st != WV_OK)
		return st;
	if (!c->json) {
		wv_find_print(find, &found);
		return wv_command_flush(c, err);
	}
	wv_json_begin(&w, c->out);
	wv_json_open_object(&w, NULL);
	wv_find_json(&w, find, &found);
	wv_json_u64(&w, "position", find->ask.skip + i + 1);
	wv_json_u64(&w, "hits", answer->total);
	if (find->behind)
		wv_json_u64(&w, "behind", find->behind);
	wv_json_close(&w);
	wv_buf_add_byte(c->out, '\n');
	return wv_command_flush(c, err);
}

static enum wv_status search(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_find_done) struct wv_find find = {.behind = 0};
	bool rebuild = wv_command_has(c, "rebuild");
	struct wv_search_answer answer;
	char text[WV_TIME_TEXT_MAX];
	enum wv_status st = WV_OK;

	if (c->argument_count == 0 && !rebuild && c->parsed_count == 0)
		return wv_err_set(err, WV_USAGE, "search needs a query");
	st = wv_find_open(c, rebuild, &find, err);
	if (st != WV_OK || (rebuild && c->argument_count == 0))
		return st;
	st = wv_find_ask(&find, wv_slice_of(c->argument_count ? c->arguments[0] : "*"), err);
	if (st == WV_OK)
		st = read_options(&find, err);
	if (st == WV_OK)
		st = wv_search_ask(find.search, &find.ask, find.read.arena, &answer, err);
	for (size_t i = 0; st == WV_OK && i < answer.count; i++)
		st = print_hit(&find, &answer, i, err);
	if (st == WV_OK)
		wv_command_note(c, "%llu hit%s, known at %s%s", (unsigned long long)answer.total,
		                answer.total == 1 ? "" : "s",
		                wv_time_print(find.read.known_at, text),
		                find.read.is_simulated ? " (clock=simulated)" : "");
	if (st == WV_OK && !answer.total)
		wv_read_note_sources(&find.read);
	return st;
}

const struct wv_command wv_command_search = {
	.name = "search",
	.summary = "search the articles, as of any instant",
	.arguments = "[QUERY]",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.max_arguments = 1,
	.flags = WV_COMMAND_ARCHIVE | WV_COMMAND_NAMES_K,
	.run = search,
};
