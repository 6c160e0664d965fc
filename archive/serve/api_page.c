/* The JSON API: one capture, a page over time, two captures. */
#include "archive/exchange/jsonl.h"
#include "archive/serve/api_parts.h"
#include "archive/store/history.h"
#include "archive/view/side.h"
#include "archive/view/wishes.h"
#include "config/url.h"

/* --- one capture --- */

/* Of what asks not to be shown there is its head, and why there is no more. */
static void leave_out(struct wv_api *api, const struct wv_wishes *wishes, struct wv_article *article)
{
	wv_json_string(api->w, "withheld",
	               wishes->noarchive ? WV_LIT("noarchive") : WV_LIT("unavailable_after"));
	article->block_count = article->removed_count = 0;
	article->description = WV_SLICE_NONE;
}

enum wv_status wv_api_snapshot(struct wv_api *api, struct wv_err *err)
{
	static const char *const kinds[] = {"paragraph", "heading", "item", "quote", "code", "row",
	                                    "update"};
	struct wv_capture capture;
	struct wv_article article;
	struct wv_wishes wishes;
	bool is_answered = false;
	enum wv_status st = wv_api_find_by_rest(api, &capture, &is_answered, err);

	if (st != WV_OK || is_answered)
		return st;
	wv_jsonl_capture(api->w, &capture);
	wv_json_string_or_null(api->w, "location", capture.location);
	wv_json_string_or_null(api->w, "basis", capture.basis);
	wv_json_string_or_null(api->w, "reason", capture.reason);
	wv_api_add_ways(api, &capture);
	st = wv_visit_article(&api->call->visit, &capture, &article, err);
	if (st == WV_OK)
		st = wv_wishes_of(&api->call->visit, &capture, &wishes, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	if (!wv_wishes_show_text(&wishes, api->call->visit.now))
		leave_out(api, &wishes, &article);
	wv_json_open_object(api->w, "article");
	wv_jsonl_article(api->w, &article);
	wv_json_open_array(api->w, "blocks");
	for (size_t i = 0; i < article.block_count; i++) {
		wv_json_open_object(api->w, NULL);
		wv_json_string(api->w, "kind", wv_slice_of(kinds[article.blocks[i].kind]));
		wv_json_string(api->w, "text", article.blocks[i].text);
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
	wv_json_open_array(api->w, "removed");
	for (size_t i = 0; i < article.removed_count; i++) {
		wv_json_open_object(api->w, NULL);
		wv_json_string(api->w, "reason", article.removed[i].reason);
		wv_json_string(api->w, "text", article.removed[i].text);
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
	wv_json_close(api->w);
	return WV_OK;
}

/* --- a page over time --- */

static void add_version(struct wv_api *api, const struct wv_version *v)
{
	struct wv_json_writer *w = api->w;

	wv_json_open_object(w, NULL);
	wv_json_u64(w, "number", v->number);
	wv_json_u64(w, "first_id", v->first_id);
	wv_json_u64(w, "last_id", v->last_id);
	wv_json_time(w, "first_seen", v->first_seen);
	wv_json_time(w, "last_seen", v->last_seen);
	wv_json_u64(w, "captures", v->captures);
	wv_json_string(w, "verdict", wv_slice_of(wv_verdict_name(v->verdict)));
	wv_json_digest(w, "version", &v->key);
	wv_json_string_or_null(w, "title", v->title);
	wv_json_string_or_null(w, "modified", v->modified.is_set ? v->modified.text : WV_SLICE_NONE);
	wv_json_open_array(w, "changes");
	for (uint32_t bit = 1; bit && bit <= v->changes; bit <<= 1)
		if (v->changes & bit)
			wv_json_string(w, NULL, wv_slice_of(wv_change_name((enum wv_change)bit)));
	wv_json_close(w);
	if (v->reverts_to)
		wv_json_u64(w, "reverts_to", v->reverts_to);
	wv_json_close(w);
}

static void add_absences(struct wv_api *api, const struct wv_history *history)
{
	wv_json_open_array(api->w, "absences");
	for (size_t i = 0; i < history->absence_count; i++) {
		const struct wv_absence *a = &history->absences[i];

		wv_json_open_object(api->w, NULL);
		wv_json_u64(api->w, "first_id", a->first_id);
		wv_json_time(api->w, "first_seen", a->first_seen);
		wv_json_time(api->w, "last_seen", a->last_seen);
		wv_json_int(api->w, "status", a->status);
		if (a->has_returned)
			wv_json_time(api->w, "returned", a->returned);
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
	wv_json_open_array(api->w, "headlines");
	for (size_t i = 0; i < history->headline_count; i++) {
		const struct wv_headline *h = &history->headlines[i];

		wv_json_open_object(api->w, NULL);
		wv_json_u64(api->w, "id", h->id);
		wv_json_time(api->w, "seen", h->seen);
		wv_json_string(api->w, "before", h->before);
		wv_json_string(api->w, "after", h->after);
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
}

enum wv_status wv_api_history(struct wv_api *api, struct wv_err *err)
{
	const struct wv_visit *visit = &api->call->visit;
	struct wv_history_query query = {.known_at = visit->known_at, .now = visit->now};
	struct wv_register_page facts;
	const struct wv_fact *fact;
	struct wv_history history;
	struct wv_slice text, key;
	struct wv_page page;
	struct wv_url url;
	enum wv_status st;

	if (!wv_http_parameter(api->call->request, "url", &text) || !text.n)
		return wv_err_set(err, WV_USAGE, "url= is missing");
	st = wv_url_parse(api->call->request->arena, text, NULL, &url, err);
	if (st == WV_OK)
		st = wv_url_page_key(api->call->request->arena, &url, &key, err);
	if (st == WV_OK)
		st = wv_api_instant(api, "from", false, &query.from, err);
	if (st == WV_OK)
		st = wv_api_instant(api, "to", true, &query.to, err);
	if (st != WV_OK)
		return st;
	st = wv_register_of_page(visit->txn, api->call->request->arena, key, &facts, err);
	if (st != WV_OK)
		return st;
	fact = wv_register_refusal(&facts, UINT64_MAX, visit->now);
	if (fact) {
		wv_buf_reset(&api->call->answer->body);
		return wv_call_refuse(api->call, fact);
	}
	st = wv_store_page_of_key(visit->txn, api->call->request->arena, key, &page, err);
	if (st != WV_OK)
		return st;
	query.page = page.number;
	if (!wv_time_is_none(visit->at) && (wv_time_is_none(query.to) || query.to.us > visit->at.us))
		query.to = visit->at;
	st = wv_history_of(visit->txn, api->call->request->arena, &query, &history, err);
	if (st == WV_OK && !history.captures)
		st = WV_NO;
	if (st != WV_OK)
		return st;
	wv_json_string(api->w, "url", page.url);
	wv_json_string(api->w, "page", key);
	wv_json_u64(api->w, "captures", history.captures);
	wv_json_u64(api->w, "redirects", history.redirects);
	wv_json_u64(api->w, "failures", history.failures);
	wv_json_u64(api->w, "unread", history.unread);
	wv_json_open_array(api->w, "versions");
	for (size_t i = 0; i < history.version_count; i++)
		add_version(api, &history.versions[i]);
	wv_json_close(api->w);
	add_absences(api, &history);
	return WV_OK;
}

/* --- two captures --- */

static void add_marks(struct wv_api *api, const struct wv_diff *diff)
{
	static const struct {
		enum wv_mark bit;
		const char *name;
	} marks[] = {{WV_MARK_NUMBER, "number"}, {WV_MARK_NAME, "name"}, {WV_MARK_QUOTE, "quote"}};

	wv_json_open_array(api->w, "marks");
	for (size_t i = 0; i < diff->mark_count; i++) {
		wv_json_open_object(api->w, NULL);
		wv_json_open_array(api->w, "kinds");
		for (size_t k = 0; k < WV_COUNT(marks); k++)
			if (diff->marks[i].marks & marks[k].bit)
				wv_json_string(api->w, NULL, wv_slice_of(marks[k].name));
		wv_json_close(api->w);
		wv_json_string(api->w, "before", diff->marks[i].before);
		wv_json_string(api->w, "after", diff->marks[i].after);
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
}

static void add_hunks(struct wv_api *api, const struct wv_diff *diff)
{
	static const char *const kinds[] = {"removed", "added", "changed"};

	wv_json_open_array(api->w, "hunks");
	for (size_t i = 0; i < diff->hunk_count; i++) {
		wv_json_open_object(api->w, NULL);
		wv_json_string(api->w, "kind", wv_slice_of(kinds[diff->hunks[i].kind]));
		wv_json_u64(api->w, "before_at", diff->hunks[i].before_at);
		wv_json_u64(api->w, "after_at", diff->hunks[i].after_at);
		wv_json_string_or_null(api->w, "before", diff->hunks[i].before);
		wv_json_string_or_null(api->w, "after", diff->hunks[i].after);
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
}

enum wv_status wv_api_compare(struct wv_api *api, struct wv_err *err)
{
	const struct wv_visit *visit = &api->call->visit;
	struct wv_capture from, to;
	struct wv_side before, after;
	enum wv_side_kind kind = WV_SIDE_ARTICLE;
	struct wv_diff diff;
	bool is_answered = false;
	uint64_t from_id, to_id;
	enum wv_status st = wv_api_number(api, "from", UINT64_MAX, UINT64_MAX, &from_id, err);

	if (st == WV_OK)
		st = wv_api_number(api, "to", UINT64_MAX, UINT64_MAX, &to_id, err);
	if (st == WV_OK && (from_id == UINT64_MAX || to_id == UINT64_MAX))
		st = wv_err_set(err, WV_USAGE, "from= and to= are IDs of captures");
	if (st == WV_OK)
		st = wv_api_find_capture(api, from_id, &from, &is_answered, err);
	if (st == WV_OK && !is_answered)
		st = wv_api_find_capture(api, to_id, &to, &is_answered, err);
	if (st == WV_OK && !is_answered)
		st = wv_call_withhold_any(api->call, &from, &to, &is_answered, err);
	if (st != WV_OK || is_answered)
		return st;
	st = wv_side_open(visit->txn, api->call->request->arena, &from, visit->known_at, &before, err);
	if (st == WV_OK)
		st = wv_side_open(visit->txn, api->call->request->arena, &to, visit->known_at, &after, err);
	if (st == WV_OK)
		st = wv_side_differ(visit->txn, api->call->request->arena, api->call->options->side_reader, &before,
		                    &after, &kind, &diff, err);
	if (st == WV_OK)
		st = wv_api_add_item(api, "from", &from, err);
	if (st == WV_OK)
		st = wv_api_add_item(api, "to", &to, err);
	if (st != WV_OK)
		return st;
	wv_json_string(api->w, "compared", wv_slice_of(wv_side_kind_name(kind)));
	wv_json_bool(api->w, "differ", diff.hunk_count > 0);
	add_marks(api, &diff);
	add_hunks(api, &diff);
	return WV_OK;
}
