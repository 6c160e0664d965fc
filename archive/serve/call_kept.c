/* What a worker keeps from call to call, and what all share. */
#include "archive/serve/service_inner.h"

void wv_call_close_search(struct wv_service *service, unsigned worker)
{
	wv_around_close(&service->arounds[worker]);
	wv_search_close(&service->searches[worker]);
}

bool wv_call_stories_behind(const struct wv_call *call, uint64_t *behind)
{
	const struct wv_follower *follower = call->service->follower;

	*behind = follower ? wv_follower_stories_behind(follower) : UINT64_MAX;
	return *behind != UINT64_MAX;
}

enum wv_status wv_call_search(struct wv_call *call, struct wv_search **out, uint64_t *behind,
                              struct wv_err *err)
{
	struct wv_search **own = &call->service->searches[call->worker];
	const struct wv_search_options options = {.read_only = true};
	struct wv_search_state state;
	enum wv_status st = WV_OK;

	/* Twice: an index that was made anew since it was opened is opened again. */
	for (int round = 0; round < 2; round++) {
		if (!*own)
			st = wv_search_open(call->options->store, &options, own, err);
		if (st == WV_OK)
			st = wv_search_look(*own, call->visit.txn, err);
		if (st == WV_OK || !*own)
			break;
		wv_call_close_search(call->service, call->worker);
		if (st != WV_CONFLICT && st != WV_MISSING)
			break;
		st = WV_OK;
	}
	if (st == WV_OK && *own)
		st = wv_search_state(*own, &state, err);
	if (st != WV_OK)
		return st;
	if (!*own)
		return wv_err_set(err, WV_MISSING, "there is no search index");
	/* What was recorded after K is not asked for. */
	*behind = state.known.us >= call->visit.known_at.us ? 0 : state.behind;
	*out = *own;
	return WV_OK;
}

enum wv_status wv_call_around(struct wv_call *call, struct wv_err *err)
{
	struct wv_service *service = call->service;
	struct wv_around **own = &service->arounds[call->worker];
	struct wv_around_options options = {.store = call->options->store,
	                                    .names = {.settings = call->options->settings,
	                                              .words = wv_buf_slice(&service->words),
	                                              .words_path = "stories.words"}};
	enum wv_status st = WV_OK;
	uint64_t behind;

	/* To look around each of a folder's pages takes too long. */
	if (call->visit.form != WV_FORM_SERVED)
		return WV_OK;
	if (wv_call_search(call, &options.search, &behind, NULL) != WV_OK)
		options.search = NULL;
	/* Of an index that went, or has come. */
	if (*own && wv_around_search(*own) != options.search)
		wv_around_close(own);
	if (!*own)
		st = wv_around_open(&options, own, err);
	call->visit.search = options.search;
	call->visit.around = *own;
	return st;
}

void wv_call_settle_story(struct wv_call *call, struct wv_slice id, size_t max, bool wants_later)
{
	struct wv_around_query query = {
		.at = call->visit.at, .max = max, .wants_later = wants_later};

	if (!call->visit.has_known_at && call->service->errands && wv_slice_u64(id, &query.capture))
		(void)wv_errands_known(call->service->errands, call->visit.txn, &query,
		                       &call->visit.known_at);
}

/* Without HTTP there is one thread, and nobody waits. */
static enum wv_status count_now(struct wv_call *call, struct wv_err *err)
{
	struct wv_tally **tally = &call->service->tally;
	enum wv_status st = *tally ? WV_OK : wv_tally_new(tally, err);

	return st == WV_OK ? wv_tally_follow(*tally, call->visit.txn, call->visit.now, UINT64_MAX,
	                                     err)
	                   : st;
}

enum wv_status wv_call_take_tally(struct wv_call *call, struct wv_err *err)
{
	enum wv_status st;

	if (call->service->follower) {
		call->visit.tally = wv_follower_take_tally(call->service->follower);
		/* Counted before the last take-down, they would tell of what is no longer shown. */
		if (!wv_tally_is_of(call->visit.tally, call->visit.txn))
			wv_call_give_tally(call);
		return WV_OK;
	}
	st = count_now(call, err);
	call->visit.tally = call->service->tally;
	return st;
}

void wv_call_give_tally(struct wv_call *call)
{
	if (call->service->follower && call->visit.tally)
		wv_follower_give_tally(call->service->follower);
	call->visit.tally = NULL;
}

/* With another row in the register a body may be erased. */
static bool count_facts(const struct wv_call *call, uint64_t *facts)
{
	return wv_txn_count(call->visit.txn, WV_TABLE_FACTS, facts, NULL) == WV_OK;
}

static struct wv_mono real_now(void)
{
	return wv_clock_mono(wv_clock_system());
}

/* Readers behind wait too; and a second is long for what is done at a time. */
#define LARGE_PATIENCE_US (2 * WV_US_PER_S)

enum wv_status wv_call_begin_large(struct wv_call *call, struct wv_err *err)
{
	return wv_gate_enter(call->service->large, LARGE_PATIENCE_US)
	               ? WV_OK
	               : wv_err_set(err, WV_LIMIT, "too many long pages are asked for at once");
}

void wv_call_end_large(struct wv_call *call)
{
	wv_gate_leave(call->service->large);
}

void wv_call_tidy_files(const struct wv_call *call)
{
	uint64_t facts;

	if (call->service->shelf && count_facts(call, &facts))
		wv_shelf_tidy(call->service->shelf, facts, real_now());
}

int wv_call_take_file(const struct wv_call *call, const struct wv_digest *body)
{
	return call->service->shelf ? wv_shelf_take(call->service->shelf, body, real_now()) : -1;
}

void wv_call_keep_file(const struct wv_call *call, const struct wv_digest *body, int file,
                       uint64_t bytes)
{
	uint64_t facts;

	if (call->service->shelf && count_facts(call, &facts))
		wv_shelf_put(call->service->shelf, body, file, bytes, facts, real_now());
}

void wv_call_http_counts(const struct wv_call *call, struct wv_http_counts *out)
{
	wv_http_counts(call->service->http, out);
}
