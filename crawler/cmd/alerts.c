#include "crawler/cmd/alerts.h"

#include "archive/store/history.h"
#include "archive/view/syndicate.h"
#include "config/base/child.h"
#include "config/base/limits.h"
#include "config/base/log.h"
#include "config/base/text.h"

#define TIMEOUT_US  (30 * WV_US_PER_S)
#define OUTPUT_CAP  (64u * WV_KIB)
#define INPUT_CAP   (64u * WV_MIB)
#define ENTRIES_MAX 1000u

static void json_changes(struct wv_json_writer *w, const struct wv_feed_entry *entry)
{
	static const char *const kinds[] = {"removed", "added", "changed"};

	wv_json_open_array(w, "changes");
	for (size_t i = 0; i < entry->changes.hunk_count && i < WV_SYNDICATE_CHANGES_MAX; i++) {
		const struct wv_hunk *hunk = &entry->changes.hunks[i];

		wv_json_open_object(w, NULL);
		wv_json_string(w, "kind", wv_slice_of(kinds[hunk->kind]));
		wv_json_string(w, "before", wv_text_cut(hunk->before, WV_SYNDICATE_CHANGE_CUT));
		wv_json_string(w, "after", wv_text_cut(hunk->after, WV_SYNDICATE_CHANGE_CUT));
		wv_json_close(w);
	}
	wv_json_close(w);
	wv_json_u64(w, "changes_total", entry->changes.hunk_count);
	wv_json_open_array(w, "changed_words");
	for (size_t i = 0; i < entry->changes.mark_count && i < WV_SYNDICATE_CHANGES_MAX; i++) {
		const struct wv_diff_mark *mark = &entry->changes.marks[i];

		wv_json_open_object(w, NULL);
		wv_json_string(w, "before", wv_text_cut(mark->before, WV_SYNDICATE_CHANGE_CUT));
		wv_json_string(w, "after", wv_text_cut(mark->after, WV_SYNDICATE_CHANGE_CUT));
		wv_json_bool(w, "number", (mark->marks & WV_MARK_NUMBER) != 0);
		wv_json_close(w);
	}
	wv_json_close(w);
	wv_json_string_or_null(w, "title_before", entry->title_before);
}

/* Was it edited without a word? null where its history cannot say. */
static void json_silent(struct wv_json_writer *w, const struct wv_find *find,
                        const struct wv_feed_entry *entry)
{
	const struct wv_history_query query = {.page = entry->page,
	                                       .from = WV_TIME_NONE,
	                                       .to = entry->capture.captured,
	                                       .known_at = find->read.known_at,
	                                       .now = find->read.now};
	struct wv_history h;

	if (wv_history_of(find->read.txn, find->read.arena, &query, &h, NULL) != WV_OK)
		h.version_count = 0;
	for (size_t i = h.version_count; i-- > 0;)
		if (h.versions[i].first_id == entry->capture.id) {
			wv_json_bool(w, "silent", h.versions[i].changes & WV_CHANGE_SILENT);
			return;
		}
	wv_json_null(w, "silent");
}

void wv_alerts_json_entry(struct wv_json_writer *w, const struct wv_find *find,
                          const struct wv_feed_entry *entry)
{
	const struct wv_article *a = &entry->article;

	wv_read_json_capture(w, &find->read, &entry->capture);
	wv_json_string(w, "kind", entry->is_update ? WV_LIT("update") : WV_LIT("new"));
	wv_json_string_or_null(w, "title", entry->title);
	wv_json_bool(w, "title_is_fallback", entry->title_is_fallback);
	wv_json_time(w, "time", entry->when);
	wv_json_string(w, "time_basis",
	               entry->is_published ? WV_LIT("published") : WV_LIT("first seen"));
	wv_json_time(w, "first_matched", entry->first);
	wv_json_time(w, "updated", entry->updated);
	wv_json_u64(w, "versions", entry->versions);
	wv_read_json_stated(w, "published", &a->published);
	wv_json_string_or_null(w, "category", a->category);
	wv_json_string_or_null(w, "language", a->language);
	wv_json_open_array(w, "topics");
	for (size_t i = 0; i < a->topic_count; i++)
		wv_json_string(w, NULL, a->topics[i]);
	wv_json_close(w);
	wv_json_string(w, "snippet", entry->snippet.text);
	if (entry->is_update)
		json_silent(w, find, entry);
	if (entry->is_update)
		json_changes(w, entry);
	wv_json_open_array(w, "copies");
	for (size_t i = 0; i < entry->copy_count; i++) {
		wv_json_open_object(w, NULL);
		wv_json_u64(w, "id", entry->copies[i].id);
		wv_json_string(w, "url", entry->copies[i].url);
		wv_json_string_or_null(w, "source", entry->copies[i].source);
		wv_json_time(w, "captured", entry->copies[i].captured);
		wv_json_close(w);
	}
	wv_json_close(w);
}

/* --- hooks --- */

static bool is_stopped(void *context)
{
	(void)context;
	return wv_command_stop_signal() != 0;
}

enum wv_status wv_alerts_hook(struct wv_arena *arena, const struct wv_settings *settings,
                              struct wv_slice name, const char *const **words, struct wv_err *err)
{
	const struct wv_hook_settings *hook = NULL;
	const char **list;

	for (size_t i = 0; i < settings->hook_count; i++)
		if (wv_slice_equals(settings->hooks[i].name, name))
			hook = &settings->hooks[i];
	if (!hook && !settings->file.n)
		return wv_err_set(err, WV_SETTINGS, "no hook '%.*s' without settings: give -c FILE",
		                  WV_FMT(name));
	if (!hook)
		return wv_err_set(err, WV_SETTINGS, "the settings have no hook called '%.*s'",
		                  WV_FMT(name));
	list = WV_ARENA_ARRAY(arena, const char *, hook->command.n + 1);
	for (size_t i = 0; list && i < hook->command.n; i++) {
		list[i] = wv_arena_string(arena, hook->command.p[i]);
		if (!list[i])
			list = NULL;
	}
	if (!list)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	*words = list;
	return WV_OK;
}

static enum wv_status write_message(const struct wv_find *find, const struct wv_subscription *s,
                                    const struct wv_feed *feed, struct wv_buf *out,
                                    struct wv_err *err)
{
	struct wv_json_writer w;

	wv_json_begin(&w, out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "event", WV_LIT("subscription"));
	wv_json_string(&w, "name", s->name);
	wv_json_string(&w, "query", s->query);
	wv_json_string(&w, "archive", wv_slice_of(find->read.c->archive));
	wv_json_time(&w, "told", s->told);
	wv_json_time(&w, "known_at", find->read.known_at);
	wv_json_open_array(&w, "entries");
	for (size_t i = 0; i < feed->count; i++) {
		wv_json_open_object(&w, NULL);
		wv_alerts_json_entry(&w, find, &feed->entries[i]);
		wv_json_close(&w);
	}
	wv_json_close(&w);
	wv_json_close(&w);
	wv_buf_add_byte(out, '\n');
	return wv_buf_finish(out, "a message to a hook", err);
}

enum wv_status wv_alerts_tell(struct wv_find *find, const struct wv_settings *settings,
                              const struct wv_subscription *s, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf input = {.cap = INPUT_CAP};
	WV_AUTO(wv_buf_done) struct wv_buf output = {.cap = OUTPUT_CAP};
	const struct wv_feed_query query = {.query = &find->query,
	                                    .at = WV_TIME_NONE,
	                                    .known_at = find->read.known_at,
	                                    .now = find->read.now,
	                                    .max = ENTRIES_MAX,
	                                    .told = s->told};
	struct wv_child child = {.output_cap = OUTPUT_CAP, .timeout_us = TIMEOUT_US,
	                         .stop = is_stopped};
	struct wv_feed feed;
	enum wv_status st;

	if (find->read.known_at.us <= s->told.us || find->behind)
		return WV_OK;
	st = wv_alerts_hook(find->read.arena, settings, s->hook, &child.words, err);
	if (st == WV_OK)
		st = wv_query_parse(find->read.arena, s->query, &find->query, err);
	if (st == WV_OK)
		st = wv_feed_of(find->search, find->read.txn, find->read.arena, &query, &feed, err);
	if (st == WV_OK && feed.count) {
		st = write_message(find, s, &feed, &input, err);
		child.input = wv_buf_slice(&input);
		if (st == WV_OK)
			st = wv_child_run(&child, &output, err);
	}
	return st == WV_OK ? wv_subscription_told(find->read.c->archive, s->name,
	                                          find->read.known_at, err)
	                   : st;
}

void wv_alerts_after_run(struct wv_command_context *c, const struct wv_settings *settings)
{
	WV_AUTO(wv_find_done) struct wv_find find = {.behind = 0};
	struct wv_subscription *list = NULL;
	struct wv_err err = WV_ERR_NONE;
	size_t count = 0, hooks = 0;
	enum wv_status st = wv_subscription_list(c->archive, c->arena, &list, &count, &err);

	for (size_t i = 0; i < count; i++)
		hooks += list[i].hook.n > 0;
	if (st == WV_OK && hooks)
		st = wv_find_open(c, false, &find, &err);
	for (size_t i = 0; st == WV_OK && hooks && i < count; i++) {
		struct wv_err why = WV_ERR_NONE;

		if (list[i].hook.n && wv_alerts_tell(&find, settings, &list[i], &why) != WV_OK)
			wv_log(WV_LOG_WARN, "subscription not told", "name", list[i].name, "why",
			       wv_slice_of(why.text), NULL);
	}
	if (st != WV_OK)
		wv_log(WV_LOG_WARN, "subscriptions not told", "why", wv_slice_of(err.text), NULL);
}
