#include "crawler/cmd/find.h"

#include <stdio.h>

#include "config/base/text.h"

static void show_progress(uint64_t done, uint64_t total, void *context)
{
	struct wv_command_context *c = context;

	if (c->is_terminal_err && !c->quiet)
		fprintf(stderr, "\r\033[Kindexing: capture %llu of %llu%s",
		        (unsigned long long)done, (unsigned long long)total,
		        done == total ? "\r\033[K" : "");
}

static bool is_stopped(void *context)
{
	(void)context;
	return wv_command_stop_signal() != 0;
}

enum wv_status wv_find_open_index(struct wv_command_context *context, struct wv_store *store,
                                  bool rebuild, struct wv_search **out, struct wv_err *err)
{
	const struct wv_search_options options = {
		.rebuild = rebuild,
		.progress = show_progress,
		.progress_context = context,
		.stop = is_stopped,
	};

	return wv_search_open(store, &options, out, err);
}

enum wv_status wv_find_open(struct wv_command_context *context, bool rebuild,
                            struct wv_find *find, struct wv_err *err)
{
	struct wv_search_state state;
	enum wv_status st;

	*find = (struct wv_find){.behind = 0};
	st = wv_read_open(context, &find->read, err);
	if (st != WV_OK)
		return st;
	st = wv_find_open_index(context, find->read.store, rebuild, &find->search, err);
	if (st == WV_OK)
		st = wv_search_follow(find->search, find->read.store, err);
	if (st == WV_OK)
		st = wv_search_state(find->search, &state, err);
	if (st == WV_OK && state.behind) {
		find->behind = state.behind;
		wv_command_note(context,
		                "the search index is behind by %llu captures: it may not be "
		                "written, or another process is writing it",
		                (unsigned long long)state.behind);
	}
	return st;
}

void wv_find_done(struct wv_find *find)
{
	wv_shown_free(&find->shown);
	wv_search_close(&find->search);
	wv_read_done(&find->read);
}

static bool declares(const struct wv_command *command, const char *name)
{
	for (size_t i = 0; i < command->option_count; i++)
		if (wv_slice_equals(wv_slice_of(command->options[i].name), wv_slice_of(name)))
			return true;
	return false;
}

enum wv_status wv_find_ask(struct wv_find *find, struct wv_slice query, struct wv_err *err)
{
	struct wv_command_context *c = find->read.c;
	enum wv_status st = wv_query_parse(find->read.arena, query, &find->query, err);

	for (int f = 0; st == WV_OK && f < (int)WV_QUERY_FIELDS; f++) {
		const char *name = wv_query_field_name((enum wv_query_field)f), *value;

		for (size_t n = 0; st == WV_OK && declares(c->command, name) &&
		                   (value = wv_command_option_at(c, name, n)) != NULL;
		     n++)
			st = wv_query_add_field(&find->query, (enum wv_query_field)f,
			                        wv_slice_of(value), err);
	}
	for (size_t n = 0; st == WV_OK && declares(c->command, "cluster"); n++) {
		const char *id = wv_command_option_at(c, "cluster", n);

		if (!id)
			break;
		st = wv_query_add_cluster(&find->query, wv_slice_of(id), err);
	}
	find->ask = (struct wv_search_ask){.query = &find->query,
	                                   .at = find->read.at,
	                                   .known_at = find->read.known_at,
	                                   .from = WV_TIME_NONE,
	                                   .to = WV_TIME_NONE,
	                                   .max = 20,
	                                   .may_show = wv_shown_page};
	if (st == WV_OK)
		st = wv_shown_new(find->read.txn,
		                  &(struct wv_shown_query){.at = find->read.at,
		                                           .known_at = find->read.known_at,
		                                           .now = find->read.now,
		                                           .query = &find->query},
		                  &find->shown, err);
	find->ask.show_context = find->shown;
	if (st == WV_OK && declares(c->command, "from"))
		st = wv_command_time(c, "from", false, &find->ask.from, err);
	if (st == WV_OK && declares(c->command, "to"))
		st = wv_command_time(c, "to", true, &find->ask.to, err);
	return st;
}

enum wv_status wv_find_load(struct wv_find *find, const struct wv_search_hit *hit,
                            struct wv_found *out, struct wv_err *err)
{
	const struct wv_read *read = &find->read;
	const struct wv_found_query query = {.query = &find->query,
	                                     .at = read->at,
	                                     .known_at = read->known_at,
	                                     .now = read->now};

	return wv_found_load(read->txn, read->arena, &query, hit, out, err);
}

void wv_find_json(struct wv_json_writer *w, const struct wv_find *find,
                  const struct wv_found *found)
{
	const struct wv_article *a = &found->article;

	wv_read_json_capture(w, &find->read, &found->capture);
	wv_json_time(w, "known_at", find->read.known_at);
	if (wv_time_is_none(find->read.at))
		wv_json_null(w, "as_of");
	else
		wv_json_time(w, "as_of", find->read.at);
	wv_json_string_or_null(w, "title", found->title);
	wv_json_bool(w, "title_is_fallback", found->title_is_fallback);
	wv_json_time(w, "time", found->hit->when);
	wv_json_string(w, "time_basis",
	               found->hit->is_published ? WV_LIT("published") : WV_LIT("first seen"));
	wv_read_json_stated(w, "published", &a->published);
	wv_json_string_or_null(w, "category", a->category);
	wv_json_string_or_null(w, "category_basis", a->category_basis);
	wv_json_string_or_null(w, "language", a->language);
	wv_json_open_array(w, "topics");
	for (size_t i = 0; i < a->topic_count; i++)
		wv_json_string(w, NULL, a->topics[i]);
	wv_json_close(w);
	wv_json_string(w, "place", wv_slice_of(wv_search_place_name(found->hit->place)));
	wv_json_string(w, "snippet", found->snippet.text);
	/* Begin and end in code points: what other languages count in. */
	wv_json_open_array(w, "marks");
	for (size_t i = 0; i < found->snippet.mark_count; i++) {
		const struct wv_snippet_mark *mark = &found->snippet.marks[i];
		struct wv_slice all = found->snippet.text;

		wv_json_open_array(w, NULL);
		wv_json_u64(w, NULL, wv_text_count(wv_slice_part(all, 0, mark->from)));
		wv_json_u64(w, NULL, wv_text_count(wv_slice_part(all, 0, mark->to)));
		wv_json_close(w);
	}
	wv_json_close(w);
}

static void print_snippet(struct wv_command_context *c, const struct wv_snippet *snippet)
{
	size_t at = 0;

	for (size_t i = 0; i < snippet->mark_count; i++) {
		const struct wv_snippet_mark *mark = &snippet->marks[i];

		wv_read_add_plain(c->out, wv_slice_part(snippet->text, at, mark->from - at));
		wv_read_colour(c, "bold");
		wv_read_add_plain(c->out, wv_slice_part(snippet->text, mark->from,
		                                        mark->to - mark->from));
		wv_read_colour(c, "off");
		at = mark->to;
	}
	wv_read_add_plain(c->out, wv_slice_from(snippet->text, at));
}

void wv_find_print(struct wv_find *find, const struct wv_found *found)
{
	struct wv_command_context *c = find->read.c;
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add_format(c->out, "%8llu  %s %-10s ", (unsigned long long)found->capture.id,
	                  wv_time_print(wv_read_second(found->hit->when), text),
	                  found->hit->is_published ? "published" : "first seen");
	wv_read_colour(c, "bold");
	if (found->title_is_fallback)
		wv_buf_add_byte(c->out, '[');
	wv_read_add_plain(c->out, found->title);
	if (found->title_is_fallback)
		wv_buf_add_byte(c->out, ']');
	wv_read_colour(c, "off");
	if (found->snippet.text.n) {
		wv_buf_add_string(c->out, "\n          ");
		print_snippet(c, &found->snippet);
	}
	wv_buf_add_string(c->out, "\n          ");
	wv_read_colour(c, "dim");
	if (found->capture.source.n) {
		wv_read_add_plain(c->out, found->capture.source);
		wv_buf_add_string(c->out, "  ");
	}
	wv_read_add_plain(c->out, found->capture.url);
	wv_read_colour(c, "off");
	wv_buf_add_byte(c->out, '\n');
}
