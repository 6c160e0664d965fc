#include "crawler/cmd/dry_run.h"

#include "archive/store/db.h"
#include "archive/store/store.h"
#include "config/url.h"
#include "crawler/cmd/read.h"
#include "crawler/plan/frontier.h"

#define ROWS_MAX  100000u
#define TURNS_MAX 8192u /* a power of two; beyond half of it, waits are not added up */

enum outlook {
	OUTLOOK_ASK,
	OUTLOOK_ROBOTS,
	OUTLOOK_REFUSED,
	OUTLOOK_CLOSED,
	OUTLOOK_HELD,
	OUTLOOK_SUSPENDED
};
static const char *const outlooks[] = {"ask",    "robots-first", "refused",
				       "closed", "held",         "suspended"};

struct turn {
	struct wv_slice name; /* empty: a free slot */
	struct wv_time next;
	int64_t delay_us;
	bool is_held;
};

struct dry {
	struct wv_command_context *c;
	const struct wv_settings *settings;
	struct wv_txn *txn; /* NULL: no archive */
	struct wv_time now;
	uint64_t rows, asked; /* printed; of them those that would be asked */
	struct wv_arena *scratch; /* for one row */
	struct turn *turns;
	size_t turn_count;
	struct turn spare;
	/* The last origin's rules: what is due comes host by host. */
	struct wv_buf origin;
	struct wv_robots *robots;
	struct wv_robots_row row;
	bool has_row;
};

/* ---- turns */

static const struct wv_source *source_of(const struct dry *dry, uint32_t id)
{
	for (size_t i = 0; i < dry->settings->source_count; i++)
		if (wv_frontier_source_id(dry->settings->sources[i].name) == id)
			return &dry->settings->sources[i];
	return NULL;
}

static enum wv_status begin_turn(struct dry *dry, const struct wv_source *source,
				 struct wv_slice name, struct turn *turn, struct wv_err *err)
{
	const struct wv_politeness *politeness =
		source ? &source->politeness : &dry->settings->politeness;
	struct wv_turn_state state;
	enum wv_status st = WV_NO;

	wv_turn_state_init(&state);
	if (dry->txn)
		st = wv_frontier_turn(dry->txn, name, &state, err);
	if (st != WV_OK && st != WV_NO)
		return st;
	*turn = (struct turn){
		.name = name,
		.next = dry->now,
		.delay_us = wv_politeness_need(politeness, &state).delay_us,
	};
	if (!wv_time_is_none(state.last_end) && state.last_end.us + turn->delay_us > dry->now.us)
		turn->next.us = state.last_end.us + turn->delay_us;
	turn->is_held = state.hold != WV_HOLD_NONE && state.hold_until.us > turn->next.us;
	if (turn->is_held)
		turn->next = state.hold_until;
	return WV_OK;
}

static enum wv_status find_turn(struct dry *dry, const struct wv_source *source,
				struct wv_slice url, struct turn **out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf name = {.cap = WV_KIB};
	struct wv_url parsed;
	size_t at;
	enum wv_status st = wv_url_parse(dry->scratch, url, NULL, &parsed, err);

	if (st == WV_OK)
		wv_frontier_turn_of(dry->settings, parsed.host, &name);
	if (st == WV_OK)
		st = wv_buf_finish(&name, "turn name", err);
	if (st != WV_OK)
		return st;
	at = (size_t)wv_slice_hash(wv_buf_slice(&name), 3) & (TURNS_MAX - 1);
	for (; dry->turns[at].name.n; at = (at + 1) & (TURNS_MAX - 1)) {
		*out = &dry->turns[at];
		if (wv_slice_equals((*out)->name, wv_buf_slice(&name)))
			return WV_OK;
	}
	*out = dry->turn_count < TURNS_MAX / 2 ? &dry->turns[at] : &dry->spare;
	dry->turn_count++;
	return begin_turn(dry, source, wv_arena_copy(dry->c->arena, wv_buf_slice(&name)), *out,
			  err);
}

/* ---- robots.txt */

static enum wv_status read_robots(struct dry *dry, struct wv_slice url, struct wv_err *err)
{
	struct wv_url parsed;
	struct wv_slice origin;
	struct wv_robots_row row;
	enum wv_status st = wv_url_parse(dry->scratch, url, NULL, &parsed, err);

	if (st == WV_OK)
		st = wv_url_origin(dry->scratch, &parsed, &origin, err);
	if (st != WV_OK || wv_slice_equals(origin, wv_buf_slice(&dry->origin)))
		return st;
	wv_buf_reset(&dry->origin);
	wv_buf_add(&dry->origin, origin);
	wv_robots_free(&dry->robots);
	dry->has_row = false;
	if (!dry->txn)
		return WV_OK;
	st = wv_frontier_robots(dry->txn, origin, &row, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	dry->row = row; /* its slices are not used after this */
	dry->has_row = true;
	if (row.state != WV_ROBOTS_RULES)
		return WV_OK;
	st = wv_robots_parse(row.text, dry->settings->agent_tokens, &dry->robots, err);
	return st == WV_LIMIT ? WV_OK : st;
}

static enum outlook look(struct dry *dry, const struct wv_source *source, struct wv_slice url,
			 const struct turn *turn, struct wv_buf *words)
{
	struct wv_source_state state = {.suspended_until = WV_TIME_NONE};
	struct wv_robots_decision decision;
	char text[WV_TIME_TEXT_MAX];

	if (dry->txn && source &&
	    wv_frontier_source(dry->txn, source->name, &state, NULL) == WV_OK &&
	    !wv_time_is_none(state.suspended_until) && state.suspended_until.us > dry->now.us) {
		wv_buf_add_format(words, "its source is left alone until %s: a burst of 403",
				  wv_time_print(state.suspended_until, text));
		return OUTLOOK_SUSPENDED;
	}
	if (turn->is_held) {
		wv_buf_add_format(words, "%.*s asked to be left alone until then",
				  WV_FMT(turn->name));
		return OUTLOOK_HELD;
	}
	if (!dry->has_row || !wv_robots_row_is_fresh(&dry->row, dry->now)) {
		wv_buf_add_string(words, "robots.txt is asked for first");
		return OUTLOOK_ROBOTS;
	}
	if (dry->row.state == WV_ROBOTS_UNREACHABLE || dry->row.state == WV_ROBOTS_FORBIDDEN ||
	    (dry->row.state == WV_ROBOTS_RULES && !dry->robots)) {
		wv_buf_add_format(words, "robots.txt is %s, so all is closed",
				  wv_robots_state_name(dry->row.state));
		return OUTLOOK_CLOSED;
	}
	if (!dry->robots) {
		wv_buf_add_string(words, "there is no robots.txt");
		return OUTLOOK_ASK;
	}
	decision = wv_robots_check(dry->robots, url);
	if (decision.rule.n)
		wv_buf_add_format(words, "robots.txt line %u: '%.*s'", decision.line,
				  WV_FMT(decision.rule));
	else
		wv_buf_add_string(words, "no rule of robots.txt is about it");
	return decision.allowed ? OUTLOOK_ASK : OUTLOOK_REFUSED;
}

/* ---- rows */

static enum wv_status print_row(struct dry *dry, const struct wv_source *source,
				struct wv_slice page_key, const struct wv_page_row *row,
				struct wv_err *err)
{
	struct wv_command_context *c = dry->c;
	WV_AUTO(wv_buf_done) struct wv_buf words = {.cap = 16 * WV_KIB};
	struct wv_time due = wv_page_row_due_at(row, dry->now);
	char at_text[WV_TIME_TEXT_MAX];
	struct turn *turn;
	struct wv_time at;
	enum outlook outlook;
	enum wv_status st = find_turn(dry, source, row->url, &turn, err);

	if (st == WV_OK)
		st = read_robots(dry, row->url, err);
	if (st != WV_OK)
		return st;
	outlook = look(dry, source, row->url, turn, &words);
	dry->rows++;
	dry->asked += outlook == OUTLOOK_ASK || outlook == OUTLOOK_ROBOTS;
	at = due.us > turn->next.us ? due : turn->next;
	if (outlook == OUTLOOK_ASK || outlook == OUTLOOK_ROBOTS || outlook == OUTLOOK_HELD)
		turn->next.us = at.us + turn->delay_us;
	if (c->json) {
		struct wv_json_writer w;

		wv_json_begin(&w, c->out);
		wv_json_open_object(&w, NULL);
		wv_json_int(&w, "v", 1);
		wv_json_string(&w, "url", row->url);
		wv_json_string(&w, "page", page_key);
		wv_json_string_or_null(&w, "source", source ? source->name : WV_SLICE_NONE);
		wv_json_string(&w, "kind", wv_slice_of(wv_visit_kind_name(row->kind)));
		wv_json_time(&w, "due", due);
		wv_json_time(&w, "at", at);
		wv_json_string(&w, "reason", wv_slice_of(wv_via_name(row->via)));
		wv_json_string(&w, "outlook", wv_slice_of(outlooks[outlook]));
		wv_json_string(&w, "basis", wv_buf_slice(&words));
		wv_json_close(&w);
		wv_buf_add_byte(c->out, '\n');
	} else {
		wv_buf_add_format(c->out, "%s  %-12s %-9s %-10s ",
				  wv_time_print(wv_read_second(at), at_text), outlooks[outlook],
				  wv_visit_kind_name(row->kind), wv_via_name(row->via));
		wv_read_add_plain(c->out, row->url);
		wv_buf_add_string(c->out, "  (");
		wv_read_add_plain(c->out, wv_buf_slice(&words));
		wv_buf_add_string(c->out, ")\n");
	}
	return c->out->n > 64 * WV_KIB ? wv_command_flush(c, err) : WV_OK;
}

static enum wv_status print_due(void *context, struct wv_slice page_key,
				const struct wv_page_row *row, struct wv_err *err)
{
	struct dry *dry = context;

	wv_arena_reset(dry->scratch);
	return print_row(dry, source_of(dry, row->source_id), page_key, row, err);
}

/* One that the archive may know; what it does not know is due now. */
static enum wv_status print_url(struct dry *dry, const struct wv_source *source,
				struct wv_slice text, enum wv_visit_kind kind, enum wv_via via,
				bool only_if_unknown, struct wv_err *err)
{
	struct wv_page_row row = {.kind = kind, .via = via, .due = dry->now, .lane = 1};
	struct wv_slice key = WV_SLICE_NONE;
	struct wv_url url;
	enum wv_status st;

	wv_arena_reset(dry->scratch);
	st = wv_url_parse(dry->scratch, text, NULL, &url, err);
	if (st == WV_OK)
		st = wv_url_page_key(dry->scratch, &url, &key, err);
	if (st == WV_OK)
		st = wv_url_request(dry->scratch, &url, &row.url, err);
	if (st == WV_OK && dry->txn && only_if_unknown) {
		struct wv_page_row known;

		st = wv_frontier_look_up(dry->txn, key, &known, err);
		if (st == WV_OK)
			return WV_OK;
		st = st == WV_NO ? WV_OK : st;
	}
	return st == WV_OK ? print_row(dry, source, key, &row, err) : st;
}

/* Seeds, feeds and sitemaps that no run has brought in yet. */
static enum wv_status print_listings(struct dry *dry, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < dry->settings->source_count; i++) {
		const struct wv_source *s = &dry->settings->sources[i];
		const struct {
			struct wv_strings urls;
			enum wv_visit_kind kind;
		} lists[] = {{s->seeds, WV_VISIT_PAGE},
			     {s->feeds, WV_VISIT_FEED},
			     {s->sitemaps, WV_VISIT_SITEMAP}};

		for (size_t k = 0; k < WV_COUNT(lists); k++)
			for (size_t n = 0; n < lists[k].urls.n && st == WV_OK; n++)
				st = print_url(dry, s, lists[k].urls.p[n], lists[k].kind,
					       WV_VIA_SEED, true, err);
	}
	return st;
}

static enum wv_status print_all(struct dry *dry, const struct wv_slice *urls, size_t url_count,
				struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < url_count && st == WV_OK; i++) {
		struct wv_url url;

		st = wv_url_parse(dry->scratch, urls[i], NULL, &url, err);
		if (st == WV_OK)
			st = print_url(dry, wv_settings_source_of(dry->settings, &url), urls[i],
				       WV_VISIT_PAGE, WV_VIA_HAND, false, err);
	}
	if (st != WV_OK || url_count)
		return st;
	if (dry->txn)
		st = wv_frontier_each_due(dry->txn, dry->settings, dry->now, ROWS_MAX, print_due,
					  dry, err);
	return st == WV_OK ? print_listings(dry, err) : st;
}

enum wv_status wv_dry_run(struct wv_command_context *c, const struct wv_settings *settings,
			  const struct wv_slice *urls, size_t url_count, struct wv_err *err)
{
	WV_AUTO(wv_store_close) struct wv_store *store = NULL;
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	WV_AUTO(wv_arena_free) struct wv_arena *scratch = NULL;
	struct dry dry = {.c = c,
			  .settings = settings,
			  .now = wv_clock_now(c->clock),
			  .origin = {.cap = WV_LIMIT_URL_BYTES + 16u}};
	struct wv_err why = WV_ERR_NONE;
	enum wv_status st = wv_store_open(c->archive, &(struct wv_store_options){.read_only = true},
					  c->clock, &store, &why);

	if (st == WV_OK)
		st = wv_store_begin_read(store, &txn, &why);
	if (st != WV_OK && st != WV_MISSING) {
		*err = why;
		return st;
	}
	dry.txn = txn;
	dry.turns = wv_arena_zero(c->arena, TURNS_MAX, sizeof(*dry.turns));
	if (!dry.turns)
		return wv_err_set(err, WV_NOMEM, "out of memory for turns");
	st = wv_arena_new(WV_MIB, &scratch, err);
	if (st != WV_OK)
		return st;
	dry.scratch = scratch;
	st = print_all(&dry, urls, url_count, err);
	wv_robots_free(&dry.robots);
	wv_buf_done(&dry.origin);
	if (st == WV_OK)
		st = wv_command_flush(c, err);
	if (st == WV_OK && !dry.rows)
		wv_command_note(c, "nothing is due now; 'wirevault why URL' tells when an address is");
	else if (st == WV_OK)
		wv_command_note(c, "%llu address%s due, %llu would be asked now%s",
				(unsigned long long)dry.rows, dry.rows == 1 ? " is" : "es are",
				(unsigned long long)dry.asked,
				dry.rows >= ROWS_MAX ? " (the list is cut)" : "");
	return st;
}
