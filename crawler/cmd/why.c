#include <stdio.h>

#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/read.h"
#include "crawler/plan/frontier.h"
#include "crawler/plan/ledger.h"
#include "crawler/plan/market.h"

static const struct wv_option options[] = {
	{"rows", 0, "N", "so many rows of the ledger (default 10)", false, false},
	{"check", 0, NULL, "replay the whole ledger against what was promised to the hosts", false,
         false},
};

static const char *const details[] = {
	"Everything that decides about an address: whether the settings let it in, what robots.txt says "
	"and since when, its host's turn and what it waits for, when it is due, and the last requests "
	"with the rule and the clock that allowed or forbade them. Exits 1 for an address nobody knows.",
	"With --check and no address, all requests of the last 90 days are replayed in order: none sooner "
	"after its turn's last answer than the delays asked for, none within a Retry-After, none beyond "
	"the connections, none without a robots.txt of at most a day that allowed it, no slot twice; a "
	"run that was killed counts as having asked until its lease ended. Exits 1 if one is found.",
	NULL,
};

static const char *const examples[] = {
	"wirevault why https://www.example.org/private/1.html",
	"why that page was not fetched",
	"wirevault why --check --json",
	"proof for a site owner that every delay and every rule was kept",
	NULL,
};

static void add_row_json(struct wv_json_writer *w, const struct wv_ledger_row *row)
{
	wv_json_open_object(w, NULL);
	wv_json_u64(w, "run", row->run);
	wv_json_time(w, "started", row->started);
	wv_json_time(w, "ended", row->ended);
	wv_json_time(w, "due", row->due);
	wv_json_string(w, "kind", wv_slice_of(wv_visit_kind_name(row->kind)));
	wv_json_string(w, "result", wv_slice_of(wv_result_name(row->result)));
	if (row->status)
		wv_json_int(w, "status", row->status);
	else
		wv_json_null(w, "status");
	wv_json_int(w, "attempt", row->attempt);
	wv_json_string(w, "basis", row->basis);
	wv_json_close(w);
}

static bool has_sources(const struct wv_command_context *c)
{
	return wv_settings_get(c->settings)->file.n > 0;
}

static void add_pace(struct wv_json_writer *w, const struct wv_pace *pace)
{
	wv_json_open_object(w, "feed_times");
	wv_json_int(w, "ttl_s", pace->ttl_us / WV_US_PER_S);
	wv_json_open_array(w, "skip_hours");
	for (int h = 0; h < 24; h++)
		if (pace->skip_hours >> h & 1)
			wv_json_int(w, NULL, h);
	wv_json_close(w);
	wv_json_open_array(w, "skip_days");
	for (int d = 0; d < 7; d++)
		if (pace->skip_days >> d & 1)
			wv_json_int(w, NULL, d);
	wv_json_close(w);
	wv_json_close(w);
}

static void add_market(struct wv_json_writer *w, const struct wv_source *source,
                       struct wv_time now)
{
	enum wv_exchange exchange;
	struct wv_time until;

	if (!source->market.is_set || !wv_exchange_find(source->market.exchange, &exchange))
		return;
	wv_json_open_object(w, "market");
	wv_json_string(w, "exchange", source->market.exchange);
	wv_json_bool(w, "open", wv_market_is_open(exchange, now, &until));
	wv_json_time(w, "until", until);
	wv_json_bool(w, "holidays_known", wv_market_knows(exchange, now));
	wv_json_close(w);
}

static void add_page_json(struct wv_json_writer *w, const struct wv_page_row *page, struct wv_time now)
{
	wv_json_time(w, "found", page->found);
	wv_json_string(w, "via", wv_slice_of(wv_via_name(page->via)));
	wv_json_time(w, "due", wv_page_row_due_at(page, now));
	wv_json_time(w, "last_visit", page->last_visit);
	wv_json_u64(w, "depth", page->depth);
	wv_json_u64(w, "hops", page->hops);
	wv_json_string_or_null(w, "evidence", page->evidence);
	wv_json_int(w, "visits", page->visits);
	wv_json_int(w, "failures", page->failures);
	if (wv_pace_is_set(&page->pace))
		add_pace(w, &page->pace);
}

static void add_robots_json(struct wv_json_writer *w, const struct wv_why *why)
{
	wv_json_open_object(w, "robots");
	wv_json_string(w, "origin", why->origin);
	wv_json_string(w, "state", wv_slice_of(wv_robots_state_name(why->robots.state)));
	wv_json_bool(w, "allowed", why->decision.allowed);
	wv_json_string_or_null(w, "rule", why->decision.rule);
	wv_json_int(w, "line", why->decision.line);
	wv_json_bool(w, "fresh", why->robots_fresh);
	wv_json_time(w, "fetched", why->robots.fetched);
	wv_json_time(w, "expires", why->robots.expires);
	wv_json_close(w);
}

static void add_turn_json(struct wv_json_writer *w, const struct wv_turn_state *turn)
{
	wv_json_open_object(w, "clock");
	wv_json_time(w, "last_start", turn->last_start);
	wv_json_time(w, "last_end", turn->last_end);
	wv_json_time(w, "hold_until", turn->hold ? turn->hold_until : WV_TIME_NONE);
	wv_json_int(w, "asked_delay_ms", turn->asked_delay_us / 1000);
	wv_json_close(w);
}

static void print_json(struct wv_command_context *c, const struct wv_why *why)
{
	struct wv_json_writer w;

	wv_json_begin(&w, c->out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "url", why->url);
	wv_json_string(&w, "page", why->page_key);
	wv_json_string(&w, "reason", why->verdict);
	wv_json_bool(&w, "known", why->is_known);
	wv_json_string_or_null(&w, "source", why->source ? why->source->name : WV_SLICE_NONE);
	wv_json_string_or_null(&w, "admission",
	                       has_sources(c) ? wv_slice_of(wv_admission_name(why->admission))
	                                      : WV_SLICE_NONE);
	wv_json_string(&w, "turn", why->turn);
	if (why->is_known)
		add_page_json(&w, &why->page, wv_clock_now(c->clock));
	if (why->source)
		add_market(&w, why->source, wv_clock_now(c->clock));
	if (why->has_robots)
		add_robots_json(&w, why);
	if (why->has_turn)
		add_turn_json(&w, &why->turn_state);
	wv_json_open_array(&w, "ledger");
	for (size_t i = 0; i < why->ledger_count; i++)
		add_row_json(&w, &why->ledger[i]);
	wv_json_close(&w);
	wv_json_close(&w);
	wv_buf_add_byte(c->out, '\n');
}

/* What bears on when a listing is looked at: the feed's own wish, and the market's hours. */
static void say_times(struct wv_buf *out, const struct wv_why *why, struct wv_time now)
{
	const struct wv_source *source = why->source;
	enum wv_exchange exchange;
	struct wv_time until;
	char a[WV_TIME_TEXT_MAX];
	uint32_t first, last;
	bool is_open;

	if (why->is_known && wv_pace_is_set(&why->page.pace)) {
		wv_buf_add_string(out, "feed asks  ");
		wv_pace_say(&why->page.pace, out);
		wv_buf_add_string(out, source && source->ignores_feed_times
		                               ? " (feed_times: ignore)\n"
		                               : "\n");
	}
	if (!why->is_known || !why->page.is_listing || !source || !source->market.is_set ||
	    !wv_exchange_find(source->market.exchange, &exchange))
		return;
	is_open = wv_market_is_open(exchange, now, &until);
	wv_market_range(exchange, &first, &last);
	wv_buf_add_format(out, "market     %s %s until %s; ", wv_exchange_name(exchange),
	                  is_open ? "open" : "closed", wv_time_print(wv_read_second(until), a));
	wv_buf_add_format(out, wv_market_knows(exchange, now)
	                               ? "its holidays are known to %u-%02u-%02u\n"
	                               : "its holidays are known only to %u-%02u-%02u, since then "
	                                 "weekdays count as trading days\n",
	                  last / 10000, last / 100 % 100, last % 100);
}

static void say_page(struct wv_buf *out, const struct wv_page_row *page)
{
	char found[WV_TIME_TEXT_MAX];

	wv_buf_add_format(out, "found      %s as %s, depth %u\n",
	                  wv_time_print(wv_read_second(page->found), found), wv_via_name(page->via),
	                  page->depth);
	if (page->hops) {
		wv_buf_add_format(out, "out of scope by %u hop%s: ", page->hops,
		                  page->hops == 1 ? "" : "s");
		wv_read_add_plain(out, page->evidence);
		wv_buf_add_byte(out, '\n');
	}
	wv_buf_add_format(out, "visits     %u, %u failures in a row\n", page->visits,
	                  page->failures);
}

static void say_robots(struct wv_buf *out, const struct wv_why *why)
{
	char had[WV_TIME_TEXT_MAX];

	if (!why->has_robots) {
		wv_buf_add_string(out, "robots     never asked for\n");
		return;
	}
	wv_buf_add_format(out, "robots     %s: %s", wv_robots_state_name(why->robots.state),
	                  why->decision.allowed ? "allowed" : "denied");
	if (why->decision.rule.n) {
		wv_buf_add_string(out, " by '");
		wv_read_add_plain(out, why->decision.rule);
		wv_buf_add_format(out, "', line %u", why->decision.line);
	}
	if (why->robots.state == WV_ROBOTS_RULES && wv_robots_is_page(why->robots.text))
		wv_buf_add_string(out, ", for it is a page and has no rules");
	wv_buf_add_format(out, "; had %s%s\n",
	                  wv_time_print(wv_read_second(why->robots.fetched), had),
	                  why->robots_fresh ? "" : ", to be had again");
}

static void say_turn(struct wv_buf *out, const struct wv_why *why)
{
	const struct wv_turn_state *turn = &why->turn_state;
	char a[WV_TIME_TEXT_MAX];

	wv_buf_add_format(out, "turn       %.*s", WV_FMT(why->turn));
	if (why->has_turn)
		wv_buf_add_format(out, ", last answer %s",
		                  wv_time_is_none(turn->last_end)
		                          ? "never"
		                          : wv_time_print(wv_read_second(turn->last_end), a));
	if (why->has_turn && turn->hold)
		wv_buf_add_format(out, ", held until %s",
		                  wv_time_print(wv_read_second(turn->hold_until), a));
	wv_buf_add_byte(out, '\n');
}

static void say_requests(struct wv_buf *out, const struct wv_why *why)
{
	char a[WV_TIME_TEXT_MAX];

	for (size_t i = 0; i < why->ledger_count; i++) {
		const struct wv_ledger_row *row = &why->ledger[i];

		wv_buf_add_format(out, "%s%s  %-8s %-8s %3d  ", i ? "           " : "ledger     ",
		                  wv_time_print(wv_read_second(row->started), a),
		                  wv_visit_kind_name(row->kind), wv_result_name(row->result),
		                  row->status);
		wv_read_add_plain(out, row->basis);
		wv_buf_add_byte(out, '\n');
	}
}

static void print_text(struct wv_command_context *c, const struct wv_why *why)
{
	struct wv_buf *out = c->out;

	wv_read_colour(c, "bold");
	wv_read_add_plain(out, why->verdict);
	wv_read_colour(c, "off");
	wv_buf_add_string(out, "\n\n");
	/* Without a settings file there are no sources to ask. */
	if (has_sources(c)) {
		wv_buf_add_format(out, "source     %.*s\n",
		                  WV_FMT(why->source ? why->source->name : WV_LIT("none contains it")));
		wv_buf_add_format(out, "a link     %s\n", wv_admission_name(why->admission));
	} else {
		wv_buf_add_string(out, "source     unknown without the settings: give -c FILE\n");
	}
	if (why->is_known) {
		say_page(out, &why->page);
		say_times(out, why, wv_clock_now(c->clock));
	}
	say_robots(out, why);
	say_turn(out, why);
	say_requests(out, why);
}

static enum wv_status why_page(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_read_done) struct wv_read read = {0};
	struct wv_url url;
	struct wv_why known;
	uint64_t rows = 10;
	enum wv_status st = wv_url_parse(c->arena, wv_slice_of(c->arguments[0]), NULL, &url, err);

	if (st == WV_OK)
		st = wv_command_u64(c, "rows", &rows, err);
	if (st == WV_OK)
		st = wv_read_open(c, &read, err);
	if (st == WV_OK)
		st = wv_why_look_up(read.txn, wv_settings_get(c->settings), c->arena, &url,
		                    wv_clock_now(c->clock), rows < 10000 ? (size_t)rows : 10000, &known,
		                    err);
	if (st != WV_OK)
		return st;
	if (c->json)
		print_json(c, &known);
	else
		print_text(c, &known);
	return known.is_known || known.ledger_count ? WV_OK : WV_NO;
}

static void print_check_json(struct wv_buf *out, const struct wv_ledger_check *k)
{
	struct wv_json_writer w;

	wv_json_begin(&w, out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_u64(&w, "rows", k->rows);
	wv_json_u64(&w, "requests", k->requests);
	wv_json_u64(&w, "refusals", k->refusals);
	wv_json_u64(&w, "leases", k->leases);
	wv_json_u64(&w, "too_early", k->too_early);
	wv_json_u64(&w, "too_many", k->too_many);
	wv_json_u64(&w, "disallowed", k->disallowed);
	wv_json_u64(&w, "repeated_slots", k->repeated_slots);
	if (k->smallest_margin_us == INT64_MAX)
		wv_json_null(&w, "smallest_margin_ms");
	else
		wv_json_double(&w, "smallest_margin_ms", (double)k->smallest_margin_us / 1e3);
	wv_json_string_or_null(&w, "reason", wv_slice_of(k->first_fault));
	wv_json_close(&w);
	wv_buf_add_byte(out, '\n');
}

static enum wv_status check_ledger(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_read_done) struct wv_read read = {0};
	struct wv_ledger_check k;
	enum wv_status st = wv_read_open(c, &read, err);
	bool is_kept;

	if (st == WV_OK)
		st = wv_ledger_check(read.txn, &k, err);
	if (st != WV_OK)
		return st;
	is_kept = k.too_early + k.too_many + k.disallowed + k.repeated_slots == 0;
	if (c->json)
		print_check_json(c->out, &k);
	else
		wv_buf_add_format(c->out,
		                  "%llu requests, %llu refusals, %llu leases left open by killed runs\n"
		                  "%llu too early, %llu at once with others, %llu disallowed, %llu slots "
		                  "twice: %s\n",
		                  (unsigned long long)k.requests, (unsigned long long)k.refusals,
		                  (unsigned long long)k.leases, (unsigned long long)k.too_early,
		                  (unsigned long long)k.too_many, (unsigned long long)k.disallowed,
		                  (unsigned long long)k.repeated_slots,
		                  is_kept ? "every promise was kept" : k.first_fault);
	return is_kept ? WV_OK : WV_NO;
}

static enum wv_status why(struct wv_command_context *c, struct wv_err *err)
{
	if (wv_command_has(c, "check") && c->argument_count)
		return wv_err_set(err, WV_USAGE, "--check is about all requests: give no address with it");
	if (wv_command_has(c, "check"))
		return check_ledger(c, err);
	if (!c->argument_count)
		return wv_err_set(err, WV_USAGE, "why what? Give a URL, or --check");
	return why_page(c, err);
}
const struct wv_command wv_command_why = {
	.name = "why",
	.summary = "explain why an address was fetched, skipped, waits or was refused",
	.arguments = "[URL]",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.max_arguments = 1,
	.flags = WV_COMMAND_ARCHIVE,
	.run = why,
};
