#include "crawler/cmd/category.h"

#include "crawler/cmd/find.h"

#define AT_ONCE      200u
#define MAX          50u
#define LATER_MAX    20u

static enum wv_status print(struct wv_find *find, const struct wv_search_hit *hit, const char *box,
                            uint64_t position, struct wv_err *err)
{
	struct wv_command_context *c = find->read.c;
	struct wv_json_writer w;
	struct wv_found found;
	enum wv_status st = wv_find_load(find, hit, &found, err);

	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	if (!c->json) {
		wv_find_print(find, &found);
		return wv_command_flush(c, err);
	}
	wv_json_begin(&w, c->out);
	wv_json_open_object(&w, NULL);
	wv_find_json(&w, find, &found);
	wv_json_string(&w, "box", wv_slice_of(box));
	wv_json_u64(&w, "position", position);
	wv_json_close(&w);
	wv_buf_add_byte(c->out, '\n');
	return wv_command_flush(c, err);
}

/* Had the page anything at T? */
static enum wv_status stood(struct wv_find *find, uint64_t page, struct wv_time at, bool *out,
                            struct wv_err *err)
{
	const struct wv_standing_query query = {.page = page,
	                                        .at = at,
	                                        .known_at = find->read.known_at,
	                                        .now = find->read.now};
	struct wv_standing standing;
	enum wv_status st =
		wv_store_standing(find->read.txn, find->read.arena, &query, &standing, err);

	*out = st == WV_OK;
	return st == WV_NO ? WV_OK : st;
}

/* Pages of the category that there was nothing of at T. */
static enum wv_status print_later(struct wv_find *find, struct wv_err *err)
{
	struct wv_command_context *c = find->read.c;
	struct wv_time at = find->read.at;
	char text[WV_TIME_TEXT_MAX];
	uint64_t printed = 0;
	enum wv_status st = WV_OK;

	wv_shown_free(&find->shown);
	find->read.at = find->ask.at = WV_TIME_NONE;
	find->ask.skip = 0;
	find->ask.max = AT_ONCE;
	st = wv_shown_new(find->read.txn,
	                  &(struct wv_shown_query){.at = WV_TIME_NONE,
	                                           .known_at = find->read.known_at,
	                                           .now = find->read.now},
	                  &find->shown, err);
	find->ask.show_context = find->shown;
	if (!c->json)
		wv_buf_add_format(c->out, "\nLater (captured after %s, and no part of the answer):\n",
		                  wv_time_print(at, text));
	for (;;) {
		struct wv_search_answer answer = {.count = 0};

		if (st == WV_OK)
			st = wv_search_ask(find->search, &find->ask, find->read.arena, &answer, err);
		for (size_t i = 0; st == WV_OK && i < answer.count && printed < LATER_MAX; i++) {
			bool is_old = false;

			st = stood(find, answer.hits[i].page, at, &is_old, err);
			if (st == WV_OK && !is_old)
				st = print(find, &answer.hits[i], "later", ++printed, err);
		}
		if (st != WV_OK || answer.count < AT_ONCE || printed == LATER_MAX)
			return st;
		find->ask.skip += AT_ONCE;
	}
}

enum wv_status wv_category_list(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_find_done) struct wv_find find = {.behind = 0};
	bool later = wv_command_has(c, "later");
	struct wv_search_answer answer = {.count = 0};
	uint64_t max = MAX, skip = 0;
	char text[WV_TIME_TEXT_MAX];
	enum wv_status st = wv_command_u64(c, "max", &max, err);

	if (st == WV_OK)
		st = wv_command_u64(c, "skip", &skip, err);
	if (st == WV_OK)
		st = wv_find_open(c, false, &find, err);
	if (st == WV_OK)
		st = wv_find_ask(&find, WV_SLICE_NONE, err);
	if (st == WV_OK && later && wv_time_is_none(find.read.at))
		st = wv_err_set(err, WV_USAGE, "--later needs --as-of");
	if (st != WV_OK)
		return st;
	find.ask.order = WV_ORDER_TIME;
	find.ask.max = (size_t)max;
	find.ask.skip = (size_t)skip;
	st = wv_search_ask(find.search, &find.ask, find.read.arena, &answer, err);
	for (size_t i = 0; st == WV_OK && i < answer.count; i++)
		st = print(&find, &answer.hits[i], "answer", skip + i + 1, err);
	if (st == WV_OK && later)
		st = print_later(&find, err);
	if (st == WV_OK)
		st = wv_command_flush(c, err);
	if (st == WV_OK)
		wv_command_note(c, "%llu page%s, known at %s%s", (unsigned long long)answer.total,
		                answer.total == 1 ? "" : "s",
		                wv_time_print(find.read.known_at, text),
		                find.read.is_simulated ? " (clock=simulated)" : "");
	return st;
}
