#include "archive/care/takedown.h"

#include <stdio.h>

#include "archive/care/erase.h"
#include "archive/store/lock.h"
#include "archive/store/lookup.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/read.h"
#include "crawler/cmd/wait_lock.h"
#include "crawler/plan/frontier.h"

#define SOON_US (7 * WV_US_PER_DAY)

static const struct wv_option options[] = {
	{"reason", 0, "TEXT", "why: kept in the register and shown in the place of what is gone", false,
	 false},
	{"until", 0, "T", "hide, block, hold: ends by itself at this instant", false, false},
	{"entry", 0, "N", "release: only the fact with this number", false, false},
	{"same", 0, NULL, "erase: also other captures that have the same bytes", false, false},
	{"dry-run", 'n', NULL, "erase: say what would go and remove nothing", false, false},
	{"all", 0, NULL, "list: also what was released or has run out", false, false},
	WV_WAIT_LOCK_OPTION,
};

static const char *const details[] = {
	"Keeps a register of what may not be shown. A URL means the page with all its captures, those "
	"to come included; an ID means one capture.",
	"hide: it is not listed, searched, shown or exported, but kept and crawled on. block: as hide, "
	"and not fetched any more. hold: neither pruned nor erased until released. release ends what "
	"stands about a URL or an ID. Whoever asks for what was taken down is told what, when and why, "
	"with exit code 1, whatever instant the question is about.",
	"erase: as block, and bytes, articles and texts are removed from the archive; what was stored as a "
	"difference to them is stored anew before. The hash in the log stays, so every other proof holds. "
	"Old pages of the file keep the bytes until 'wirevault compact', and so do backups and exports "
	"that were made before. Bytes that another capture has as well are refused unless --same takes "
	"those captures, too. The address stays in the register, for without it nobody could be refused.",
	"list is the register with its terms: what runs out and when; with --json an object a line. "
	"Facts are dated and never overwritten.",
	NULL,
};

static const char *const examples[] = {
	"wirevault takedown block https://www.example.org/a --reason 'court order 12/26' --until 2027-01-01",
	"not shown and not fetched until then",
	"wirevault takedown erase 4711 --reason 'data subject request 17' && wirevault compact",
	"gone from the archive and its file",
	"wirevault takedown hide https://www.example.org/a --reason 'complaint 31' --wait 1h",
	"at once, or when the crawl that is at work has ended",
	"wirevault takedown hold 4711 --reason 'case 88'",
	"prune leaves it alone",
	"wirevault takedown list",
	"the register, with what runs out",
	NULL,
};

struct work {
	struct wv_command_context *c;
	struct wv_store *store;
	struct wv_arena *arena;
	struct wv_time now;
};

/* --- what is meant --- */

static enum wv_status target_of_id(struct work *w, struct wv_txn *txn, uint64_t id,
                                   struct wv_takedown_target *out, struct wv_err *err)
{
	struct wv_capture capture;
	struct wv_fact fact;
	enum wv_status st =
		wv_store_capture(txn, w->arena, id, WV_TIME_NONE, &capture, err);

	out->is_of_capture = true;
	out->capture = id;
	if (st == WV_OK) {
		out->page_key = capture.page_key;
		out->url = capture.url;
	}
	if (st != WV_NO)
		return st;
	st = wv_register_erased(txn, w->arena, id, &fact, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_NO, "the archive has no capture %llu",
		                  (unsigned long long)id);
	out->page_key = fact.page_key;
	out->url = fact.url;
	return st;
}

static enum wv_status target_of(struct work *w, const char *argument, bool must_exist,
                                struct wv_takedown_target *out, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_page page;
	struct wv_url url;
	uint64_t id;
	enum wv_status st = wv_store_begin_read(w->store, &txn, err);

	*out = (struct wv_takedown_target){0};
	if (st == WV_OK && wv_read_is_id(argument, &id))
		return target_of_id(w, txn, id, out, err);
	if (st == WV_OK)
		st = wv_url_parse(w->arena, wv_slice_of(argument), NULL, &url, err);
	if (st == WV_OK)
		st = wv_url_page_key(w->arena, &url, &out->page_key, err);
	if (st != WV_OK)
		return st;
	out->url = url.href;
	st = wv_store_page_of_key(txn, w->arena, out->page_key, &page, err);
	if (st == WV_NO && must_exist)
		return wv_err_set(err, WV_NO, "'%s' was never captured", argument);
	return st == WV_NO ? WV_OK : st;
}

/* --- a fact, printed --- */

static const char *state_of(const struct wv_fact *fact, struct wv_time now)
{
	if (fact->act == WV_ACT_RELEASE || fact->act == WV_ACT_PRUNE)
		return "done";
	if (fact->released_by)
		return "released";
	return wv_fact_is_over(fact, now) ? "over" : "in force";
}

static void print_json(struct work *w, const struct wv_fact *fact)
{
	struct wv_json_writer j;

	wv_json_begin(&j, w->c->out);
	wv_json_open_object(&j, NULL);
	wv_json_int(&j, "v", 1);
	wv_json_u64(&j, "number", fact->number);
	wv_json_string(&j, "act", wv_slice_of(wv_act_name(fact->act)));
	wv_json_string(&j, "state", wv_slice_of(state_of(fact, w->now)));
	if (fact->is_of_capture)
		wv_json_u64(&j, "id", fact->capture);
	wv_json_string_or_null(&j, "url", fact->url);
	wv_json_string_or_null(&j, "page", fact->page_key);
	wv_json_time(&j, "recorded", fact->recorded);
	wv_json_time(&j, "until", fact->until);
	if (!wv_time_is_none(fact->until))
		wv_json_double(&j, "days_left",
		               (double)(fact->until.us - w->now.us) / (double)WV_US_PER_DAY);
	if (fact->released_by)
		wv_json_u64(&j, "released_by", fact->released_by);
	if (fact->act == WV_ACT_RELEASE)
		wv_json_u64(&j, "releases", fact->releases);
	if (fact->act == WV_ACT_ERASE || fact->act == WV_ACT_PRUNE) {
		wv_json_u64(&j, "captures", fact->captures);
		wv_json_u64(&j, "bodies", fact->bodies);
		wv_json_u64(&j, "bytes", fact->bytes);
	}
	wv_json_string(&j, "reason", fact->reason);
	if (wv_store_is_simulated(w->store))
		wv_json_string(&j, "clock", WV_LIT("simulated"));
	wv_json_close(&j);
	wv_buf_add_byte(w->c->out, '\n');
}

static void add_term(struct work *w, const struct wv_fact *fact)
{
	char text[WV_TIME_TEXT_MAX];
	int64_t left = wv_time_is_none(fact->until) ? 0 : fact->until.us - w->now.us;

	if (fact->released_by) {
		wv_buf_add_format(w->c->out, ", released by %llu",
		                  (unsigned long long)fact->released_by);
	} else if (!wv_time_is_none(fact->until)) {
		wv_buf_add_format(w->c->out, ", %s %s",
		                  left > 0 ? "until" : "ran out",
		                  wv_time_print(fact->until, text));
		if (left > 0)
			wv_buf_add_format(w->c->out, " (%.1f days left)",
			                  (double)left / (double)WV_US_PER_DAY);
	}
	if (fact->act == WV_ACT_ERASE || fact->act == WV_ACT_PRUNE)
		wv_buf_add_format(w->c->out, ", %llu captures, %s", (unsigned long long)fact->captures,
		                  wv_size_print(fact->bytes, text));
}

static void print_text(struct work *w, const struct wv_fact *fact)
{
	struct wv_buf *out = w->c->out;
	char text[WV_TIME_TEXT_MAX];

	if (fact->number)
		wv_buf_add_format(out, "%6llu", (unsigned long long)fact->number);
	else /* --dry-run: no entry of the register */
		wv_buf_add_string(out, "     -");
	wv_buf_add_format(out, "  %-7s  %s  ",
	                  wv_act_name(fact->act), wv_time_print(wv_read_second(fact->recorded), text));
	if (fact->is_of_capture)
		wv_buf_add_format(out, "capture %llu of ", (unsigned long long)fact->capture);
	wv_read_add_plain(out, fact->url.n ? fact->url : WV_LIT("the archive"));
	if (fact->act == WV_ACT_RELEASE)
		wv_buf_add_format(out, ", entry %llu", (unsigned long long)fact->releases);
	add_term(w, fact);
	wv_buf_add_string(out, ": ");
	wv_read_add_plain(out, fact->reason);
	wv_buf_add_byte(out, '\n');
}

static void print(struct work *w, const struct wv_fact *fact)
{
	if (w->c->json)
		print_json(w, fact);
	else
		print_text(w, fact);
}

/* --- acts --- */

static enum wv_status add(struct work *w, enum wv_act act, struct wv_err *err)
{
	struct wv_takedown takedown = {.act = act,
	                               .reason = wv_slice_of(wv_command_option(w->c, "reason")),
	                               .until = WV_TIME_NONE};
	struct wv_fact fact;
	enum wv_status st = wv_command_time(w->c, "until", false, &takedown.until, err);

	if (st == WV_OK && !wv_time_is_none(takedown.until) && takedown.until.us <= w->now.us)
		return wv_err_set(err, WV_USAGE, "option '--until': that is past already");
	/* What was never captured may be kept from being so. */
	if (st == WV_OK)
		st = target_of(w, w->c->arguments[1], act != WV_ACT_BLOCK, &takedown.target, err);
	if (st == WV_OK)
		st = wv_takedown_add(w->store, w->arena, &takedown, &fact, err);
	if (st == WV_OK)
		print(w, &fact);
	return st;
}

static enum wv_status erase(struct work *w, struct wv_err *err)
{
	struct wv_erase how = {.reason = wv_slice_of(wv_command_option(w->c, "reason")),
	                       .same = wv_command_has(w->c, "same"),
	                       .dry_run = wv_command_has(w->c, "dry-run"),
	                       .forget = wv_frontier_forget_validators};
	struct wv_register_page facts;
	char text[WV_TIME_TEXT_MAX];
	enum wv_status st = target_of(w, w->c->arguments[1], true, &how.target, err);

	if (st == WV_OK)
		st = wv_erase_run(w->store, w->arena, &how, &facts, err);
	if (st != WV_OK)
		return st;
	for (size_t i = 0; i < facts.count; i++)
		print(w, &facts.facts[i]);
	wv_command_note(w->c,
	                how.dry_run ? "%llu bod%s, %s would go; nothing was removed"
	                            : "%llu bod%s, %s: the bytes leave the file with 'wirevault compact'",
	                (unsigned long long)facts.facts[0].bodies,
	                facts.facts[0].bodies == 1 ? "y" : "ies",
	                wv_size_print(facts.facts[0].bytes, text));
	return WV_OK;
}

static enum wv_status release(struct work *w, struct wv_err *err)
{
	struct wv_takedown_target target;
	struct wv_register_page released;
	uint64_t number = 0;
	enum wv_status st = wv_command_u64(w->c, "entry", &number, err);

	if (st == WV_OK)
		st = target_of(w, w->c->arguments[1], false, &target, err);
	if (st == WV_OK)
		st = wv_takedown_release(w->store, w->arena, &target, number,
		                         wv_slice_of(wv_command_option(w->c, "reason")), &released,
		                         err);
	for (size_t i = 0; st == WV_OK && i < released.count; i++) {
		struct wv_txn *txn = NULL;
		struct wv_fact now_fact;

		st = wv_store_begin_read(w->store, &txn, err);
		if (st == WV_OK)
			st = wv_register_get(txn, w->arena, released.facts[i].number, &now_fact, err);
		wv_txn_abort(&txn);
		if (st == WV_OK)
			print(w, &now_fact);
	}
	return st;
}

struct listing {
	struct work *w;
	uint64_t listed, soon;
};

static enum wv_status list_one(const struct wv_fact *fact, void *context, struct wv_err *err)
{
	struct listing *l = context;
	struct work *w = l->w;
	bool in_force = fact->act != WV_ACT_RELEASE && fact->act != WV_ACT_PRUNE &&
	                !fact->released_by && !wv_fact_is_over(fact, w->now);

	if (!in_force && !wv_command_has(w->c, "all"))
		return WV_OK;
	print(w, fact);
	l->listed++;
	l->soon += in_force && !wv_time_is_none(fact->until) &&
	           fact->until.us - w->now.us <= SOON_US;
	return wv_command_flush(w->c, err);
}

static enum wv_status list(struct work *w, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct listing l = {.w = w};
	enum wv_status st = wv_store_begin_read(w->store, &txn, err);

	if (st == WV_OK)
		st = wv_register_each(txn, 0, list_one, &l, err);
	if (st == WV_OK && l.soon)
		wv_command_note(w->c, "%llu of %llu run out within 7 days",
		                (unsigned long long)l.soon, (unsigned long long)l.listed);
	return st;
}

static const struct {
	const char *word;
	enum wv_act act;
} acts[] = {
	{"hide", WV_ACT_HIDE}, {"block", WV_ACT_BLOCK},     {"hold", WV_ACT_HOLD},
	{"erase", WV_ACT_ERASE}, {"release", WV_ACT_RELEASE}, {"list", 0},
};

/* Which act; 0 is list. */
static enum wv_status check_words(struct wv_command_context *c, enum wv_act *act, struct wv_err *err)
{
	struct wv_slice word = wv_slice_of(c->arguments[0]);
	size_t i = 0;

	while (i < WV_COUNT(acts) && !wv_slice_equals(word, wv_slice_of(acts[i].word)))
		i++;
	if (i == WV_COUNT(acts))
		return wv_err_set(err, WV_USAGE, "'takedown %s': hide, block, erase, hold, release or list",
		                  c->arguments[0]);
	*act = acts[i].act;
	if (*act == 0)
		return c->argument_count == 1 ? WV_OK
		                              : wv_err_set(err, WV_USAGE, "'takedown list' takes no URL");
	if (c->argument_count != 2)
		return wv_err_set(err, WV_USAGE, "'takedown %s': name a URL or an ID", acts[i].word);
	if (*act != WV_ACT_RELEASE && wv_slice_of(wv_command_option(c, "reason")).n == 0)
		return wv_err_set(err, WV_USAGE, "'takedown %s': say why with --reason", acts[i].word);
	if ((*act == WV_ACT_RELEASE || *act == WV_ACT_ERASE) && wv_command_has(c, "until"))
		return wv_err_set(err, WV_USAGE, "option '--until' is not for 'takedown %s'",
		                  acts[i].word);
	return WV_OK;
}

static enum wv_status takedown(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_lock_release) struct wv_lock *lock = NULL;
	WV_AUTO(wv_store_close) struct wv_store *store = NULL;
	struct work w = {.c = c, .arena = c->arena, .now = wv_clock_now(c->clock)};
	enum wv_act act = 0;
	enum wv_status st = check_words(c, &act, err);

	if (st == WV_OK && act != 0)
		st = wv_wait_lock(c, false, &lock, err);
	w.now = wv_clock_now(c->clock); /* it may have waited */
	if (st == WV_OK)
		st = wv_store_open(c->archive, &(struct wv_store_options){.read_only = act == 0},
		                   c->clock, &store, err);
	w.store = store;
	if (st != WV_OK)
		return st;
	if (act == 0)
		return list(&w, err);
	if (act == WV_ACT_ERASE)
		return erase(&w, err);
	return act == WV_ACT_RELEASE ? release(&w, err) : add(&w, act, err);
}

const struct wv_command wv_command_takedown = {
	.name = "takedown",
	.summary = "take pages down, hold them, and list what was",
	.arguments = "hide|block|erase|hold|release URL|ID, list",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 1,
	.max_arguments = 2,
	.flags = WV_COMMAND_ARCHIVE,
	.run = takedown,
};
