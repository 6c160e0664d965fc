#include "archive/search/around_inner.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "archive/search/index_inner.h"
#include "archive/store/lookup.h"
#include "config/base/limits.h"

#define DAY_US      INT64_C(86400000000)
#define READING_CAP (256u * WV_MIB)
#define READING_KEPT WV_MIB /* by one that is asked again and again */
#define KEYS_MOST   96u /* things of the article that others are looked for by */

enum wv_status wv_around_open(const struct wv_around_options *options, struct wv_around **out,
                              struct wv_err *err)
{
	WV_AUTO(wv_around_close) struct wv_around *around = calloc(1, sizeof(*around));
	enum wv_status st;

	if (!around)
		return wv_err_set(err, WV_NOMEM, "out of memory for stories");
	around->options = *options;
	around->window_us = options->names.window_us ? options->names.window_us : WV_STORIES_WINDOW_US;
	st = wv_arena_new(READING_CAP, &around->reading, err);
	if (st == WV_OK && options->search)
		st = wv_telling_new(options->search, options->store, &options->names, &around->telling, err);
	if (st == WV_OK && options->search)
		st = wv_postings_new(options->search, &around->postings, err);
	if (st == WV_OK && options->search)
		st = wv_stories_new(&(struct wv_stories_options){.window_us = around->window_us,
		                                                 .is_weighed = true},
		                    &around->stories, err);
	if (st != WV_OK)
		return st;
	wv_arena_keep(around->reading, READING_KEPT);
	*out = WV_TAKE(around);
	return st;
}

void wv_around_close(struct wv_around **around)
{
	if (!*around)
		return;
	wv_telling_free(&(*around)->telling);
	wv_postings_free(&(*around)->postings);
	wv_stories_free(&(*around)->stories);
	wv_arena_free(&(*around)->reading);
	free(*around);
	*around = NULL;
}

struct wv_search *wv_around_search(const struct wv_around *around)
{
	return around->options.search;
}

enum wv_status wv_around_follow(struct wv_around *around, uint64_t *behind, struct wv_err *err)
{
	struct wv_search_state state;
	uint64_t notes = 0;
	enum wv_status st;

	*behind = 0;
	if (!around->telling)
		return WV_OK;
	st = wv_search_follow(around->options.search, around->options.store, err);
	if (st == WV_OK)
		st = wv_search_state(around->options.search, &state, err);
	if (st == WV_OK)
		st = wv_telling_follow(around->telling, &notes, err);
	if (st == WV_OK)
		*behind = state.behind + notes;
	return st;
}

/* ---- the index ---- */

/* One report of those at hand. */
struct member {
	struct wv_report report;
	uint64_t capture; /* that stands; set where it is linked */
};

struct asking {
	struct wv_around *around;
	struct wv_search *search;
	const struct wv_around_query *q;
	struct wv_txn *txn;
	struct wv_arena *arena;   /* of the answer */
	struct wv_arena *scratch; /* of the question */
	int64_t at, known_at; /* INT64_MAX: unbounded */
	bool is_later;        /* of pages only that T has nothing of */
	struct wv_report subject;
	struct member members[WV_CANDIDATES_MOST + 1]; /* by number */
	size_t count;
	struct wv_around_link links[WV_CANDIDATES_MOST];
	size_t link_count;
};

static int64_t bound_of(struct wv_time t)
{
	return wv_time_is_none(t) ? INT64_MAX : t.us;
}

/* The report of what a page had at (T, K). WV_NO: none, or the index has not come so far. */
static enum wv_status report_of_page(struct asking *a, uint32_t page, int64_t at, uint32_t *out,
                                     struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(a->search, WV_SQL_REPORTS_OF_PAGE, &sql, err);
	bool holds = false;
	int code = SQLITE_DONE;

	if (st != WV_OK)
		return st;
	sqlite3_bind_int64(sql, 1, page);
	while (st == WV_OK && !holds && (code = sqlite3_step(sql)) == SQLITE_ROW) {
		uint32_t text = (uint32_t)sqlite3_column_int64(sql, 1);
		struct wv_report_head head;

		*out = (uint32_t)sqlite3_column_int64(sql, 0);
		st = wv_postings_head(a->around->postings, *out, &head, err);
		if (st == WV_OK && head.captured <= at && head.recorded <= a->known_at)
			st = wv_chunks_hold(a->search, text, page, at, a->known_at, &holds, err);
		if (st == WV_NO)
			st = WV_OK;
	}
	sqlite3_reset(sql);
	if (st == WV_OK && code != SQLITE_DONE && code != SQLITE_ROW)
		return wv_search_fail(a->search, code, "reading stories", err);
	return st == WV_OK && !holds ? WV_NO : st;
}

/* The article that is asked about, as it was captured; WV_NO: it is none. WV_BAD_INPUT: not in the index. */
static enum wv_status find_subject(struct asking *a, struct wv_err *err)
{
	struct wv_capture capture;
	struct wv_reading reading;
	struct wv_article article;
	struct wv_slice whole, title, text;
	uint32_t id = 0;
	enum wv_status st = wv_store_capture(a->txn, a->scratch, a->q->capture, a->q->known_at, &capture, err);

	if (st == WV_OK)
		st = wv_store_reading(a->txn, a->scratch, &capture, a->q->known_at, &reading, err);
	if (st == WV_OK)
		st = wv_store_article(a->txn, a->scratch, &reading, &article, err);
	if (st == WV_OK)
		st = wv_report_text(&article, a->scratch, &whole, &title, &text, err);
	if (st != WV_OK)
		return st;
	st = report_of_page(a, (uint32_t)capture.page, capture.captured.us, &id, err);
	if (st == WV_OK)
		st = wv_report_get(a->search, a->scratch, id, whole, &a->subject, err);
	return st == WV_NO ? WV_BAD_INPUT : st;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The reports that share most with it, and itself. */
static enum wv_status find_members(struct asking *a, int32_t window, struct wv_err *err)
{
	const struct wv_candidates_query query = {.mentions = &a->subject.told.mentions,
	                                          .rarities = a->subject.told.rarities,
	                                          .day_from = a->subject.told.day - window,
	                                          .day_to = a->subject.told.day + window,
	                                          .at = a->at,
	                                          .known_at = a->known_at,
	                                          .page = a->subject.page,
	                                          .keys_most = KEYS_MOST};
	struct wv_candidate found[WV_CANDIDATES_MOST];
	uint32_t ids[WV_CANDIDATES_MOST + 1];
	size_t n = 0;
	enum wv_status st = wv_postings_find(a->around->postings, &query, found, &n, err);

	if (st != WV_OK)
		return st;
	for (size_t i = 0; i < n; i++)
		ids[i] = found[i].id;
	ids[n++] = a->subject.id;
	qsort(ids, n, sizeof(*ids), by_number);
	for (a->count = 0; st == WV_OK && a->count < n; a->count++) {
		struct member *member = &a->members[a->count];

		if (ids[a->count] == a->subject.id)
			member->report = a->subject;
		else
			st = wv_report_get(a->search, a->scratch, ids[a->count], WV_SLICE_NONE,
			                   &member->report, err);
	}
	return st == WV_NO ? wv_err_set(err, WV_DAMAGED, "search index: a report is missing") : st;
}

/* Is it what its page had, and may it be shown? Sets its capture. */
static enum wv_status stands(struct asking *a, struct member *m, bool *is, struct wv_err *err)
{
	struct wv_standing_query query = {.page = m->report.page,
	                                  .at = a->is_later ? WV_TIME_NONE : a->q->at,
	                                  .known_at = a->q->known_at,
	                                  .now = a->q->now};
	struct wv_standing standing;
	uint32_t id = 0;
	enum wv_status st = report_of_page(a, m->report.page, a->at, &id, err);

	*is = false;
	if (st != WV_OK || id != m->report.id)
		return st == WV_NO ? WV_OK : st;
	if (a->is_later) {
		query.at = a->q->at;
		st = wv_store_standing(a->txn, a->scratch, &query, &standing, err);
		if (st == WV_OK || standing.is_refused)
			return st == WV_NO ? WV_OK : st;
		query.at = WV_TIME_NONE;
		if (st != WV_NO)
			return st;
	}
	st = wv_store_standing(a->txn, a->scratch, &query, &standing, err);
	if (st == WV_OK)
		m->capture = standing.capture.id;
	*is = st == WV_OK;
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status may_link(void *context, uint32_t other, bool *may, struct wv_err *err)
{
	struct asking *a = context;

	return stands(a, &a->members[other], may, err);
}

static enum wv_status keep_link(void *context, const struct wv_story_link *link, struct wv_err *err)
{
	struct asking *a = context;
	const struct member *m = &a->members[link->b];
	struct wv_around_link *out = &a->links[a->link_count++];

	*out = (struct wv_around_link){.capture = m->capture,
	                               .when = {m->report.told.day * DAY_US},
	                               .score = link->score};
	return wv_around_copy_evidence(a->arena, link, out, err);
}

static enum wv_status link_members(struct asking *a, struct wv_err *err)
{
	struct wv_stories *stories = a->around->stories;
	uint32_t number = 0;
	enum wv_status st = WV_OK;

	wv_stories_clear(stories);
	for (uint32_t i = 0; st == WV_OK && i < a->count; i++) {
		const struct wv_told *told = &a->members[i].report.told;

		if (a->members[i].report.id == a->subject.id)
			number = i;
		st = wv_stories_add(stories,
		                    &(struct wv_story_text){
					    .mentions = &told->mentions,
					    .language = wv_slice(told->language, told->language[0] ? 2 : 0),
					    .when = {told->day * DAY_US},
					    .rarities = told->rarities,
					    .others = told->others,
					    .own = told->own},
		                    err);
	}
	return st == WV_OK ? wv_stories_of(stories, number, a->q->max, may_link, keep_link, a, err) : st;
}

/* When a linked one was published or captured, exactly: its report knows the day. */
static enum wv_status set_time(struct asking *a, struct wv_around_link *link, struct wv_err *err)
{
	struct wv_capture capture;
	struct wv_reading reading;
	struct wv_article article;
	enum wv_status st = wv_store_capture(a->txn, a->scratch, link->capture, a->q->known_at, &capture, err);

	if (st == WV_OK)
		st = wv_store_reading(a->txn, a->scratch, &capture, a->q->known_at, &reading, err);
	if (st == WV_OK)
		st = wv_store_article(a->txn, a->scratch, &reading, &article, err);
	if (st == WV_OK)
		link->when = wv_around_time(&article, &capture);
	return st;
}

/* Into the order of the answer. An article is read for its time only where it is in the answer, or as
 * good as the last that is. */
static enum wv_status put_in_order(struct asking *a, size_t *count, struct wv_err *err)
{
	size_t most = wv_around_sort(a->q, a->links, a->link_count), n = most;
	enum wv_status st = WV_OK;

	while (n > 0 && n < a->link_count && a->links[n].score == a->links[most - 1].score)
		n++;
	for (size_t i = 0; st == WV_OK && i < n; i++)
		st = set_time(a, &a->links[i], err);
	*count = wv_around_sort(a->q, a->links, n);
	return st;
}

static enum wv_status ask(struct asking *a, const struct wv_around_link **links, size_t *count,
                          struct wv_err *err)
{
	struct wv_around_link *out;
	enum wv_status st;

	a->link_count = 0;
	st = find_members(a, (int32_t)(a->around->window_us / DAY_US), err);
	if (st == WV_OK)
		st = link_members(a, err);
	if (st == WV_OK)
		st = put_in_order(a, count, err);
	if (st != WV_OK)
		return st;
	if (st == WV_OK)
		st = wv_around_mark_copies(a->txn, a->scratch, a->q, a->links, *count, err);
	if (st != WV_OK)
		return st;
	out = WV_ARENA_ARRAY(a->arena, struct wv_around_link, *count);
	if (!out)
		return wv_err_set(err, WV_NOMEM, "out of memory for links");
	if (*count > 0)
		memcpy(out, a->links, *count * sizeof(*out));
	*links = out;
	return WV_OK;
}

static enum wv_status ask_index(struct asking *a, struct wv_around_answer *out, struct wv_err *err)
{
	struct wv_around_answer answer = {.count = 0};
	enum wv_status st = find_subject(a, err);

	if (st == WV_OK)
		st = ask(a, &answer.links, &answer.count, err);
	if (st == WV_OK && a->q->wants_later && !wv_time_is_none(a->q->at)) {
		a->is_later = true;
		a->at = INT64_MAX;
		st = ask(a, &answer.later, &answer.later_count, err);
	}
	if (st == WV_OK)
		*out = answer;
	return st;
}

enum wv_status wv_around_of(struct wv_around *around, struct wv_txn **txn, struct wv_arena *arena,
                            const struct wv_around_query *query, struct wv_around_answer *out,
                            struct wv_err *err)
{
	struct wv_search *search = around->options.search;
	struct asking *asking;
	enum wv_status st;

	if (!search)
		return query->index_only ? WV_NO
		                         : wv_around_read_all(around, txn, arena, query, out, err);
	wv_arena_reset(around->reading);
	asking = WV_ARENA_NEW(around->reading, struct asking);
	if (!asking)
		return wv_err_set(err, WV_NOMEM, "out of memory for links");
	*asking = (struct asking){.around = around,
	                          .search = search,
	                          .q = query,
	                          .txn = *txn,
	                          .arena = arena,
	                          .scratch = around->reading,
	                          .at = bound_of(query->at),
	                          .known_at = bound_of(query->known_at)};
	/* One state of the index, whoever writes meanwhile; what is remembered of another one goes. */
	st = wv_search_run(search, WV_SQL_BEGIN_READ, err);
	if (st != WV_OK)
		return st;
	st = wv_postings_renew(around->postings, err);
	if (st == WV_OK)
		st = ask_index(asking, out, err);
	(void)sqlite3_exec(search->db, "COMMIT", NULL, NULL, NULL);
	if (st == WV_BAD_INPUT)
		return query->index_only ? WV_NO
		                         : wv_around_read_all(around, txn, arena, query, out, err);
	return st;
}
