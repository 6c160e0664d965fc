#include "archive/search/meta.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "archive/search/index_inner.h"
#include "archive/store/verdict.h"

#define VALUES_MAX 1000u /* of one field that are counted */

static bool is_among(const struct wv_query_values *values, struct wv_slice value)
{
	for (size_t i = 0; i < values->n; i++)
		if (wv_slice_equals(values->p[i], value))
			return true;
	return values->n == 0;
}

/* "zh" asks for "zh-Hans" too. */
static bool is_language(const struct wv_query_values *values, struct wv_slice value)
{
	for (size_t i = 0; i < values->n; i++) {
		struct wv_slice asked = values->p[i];

		if (wv_slice_starts_nocase(value, asked) &&
		    (value.n == asked.n || value.p[asked.n] == '-'))
			return true;
	}
	return values->n == 0;
}

static bool has_topic(const struct wv_query_values *values, struct wv_slice topics)
{
	for (size_t i = 0; i < values->n; i++) {
		struct wv_slice name = values->p[i];
		size_t at = 0;

		while (name.n && (at = wv_slice_find(topics, name, at)) != SIZE_MAX) {
			if (at > 0 && topics.p[at - 1] == '\n' && topics.p[at + name.n] == '\n')
				return true;
			at++;
		}
	}
	return values->n == 0;
}

/* Articles, unless verdicts are named. */
static bool is_verdict(const struct wv_query_values *values, int verdict)
{
	const char *name = verdict >= 0 && verdict < WV_VERDICT_COUNT
	                           ? wv_verdict_name((enum wv_verdict)verdict)
	                           : "";

	if (values->n == 0)
		return verdict == WV_VERDICT_ARTICLE;
	return is_among(values, wv_slice_of(name)) || is_among(values, WV_LIT("any"));
}

static struct wv_slice column(struct sqlite3_stmt *sql, int i)
{
	const void *text = sqlite3_column_text(sql, i);

	return wv_slice(text, text ? (size_t)sqlite3_column_bytes(sql, i) : 0);
}

/* --- rows --- */

struct row {
	size_t number;
	struct wv_slice source, category, language, topics;
	int verdict;
};

/* The next row; WV_NO at the end. Slices live until the next step. */
static enum wv_status step(struct wv_search *search, struct sqlite3_stmt *sql, struct row *row,
                           struct wv_err *err)
{
	int code = sqlite3_step(sql);

	if (code == SQLITE_DONE)
		return WV_NO;
	if (code != SQLITE_ROW)
		return wv_search_fail(search, code, "searching", err);
	*row = (struct row){.number = (size_t)sqlite3_column_int64(sql, 0),
	                    .source = column(sql, 1),
	                    .category = column(sql, 2),
	                    .language = column(sql, 3),
	                    .topics = column(sql, 5),
	                    .verdict = sqlite3_column_int(sql, 4)};
	return WV_OK;
}

static bool has_field(const struct wv_query *query, enum wv_query_field field,
                      const struct row *row)
{
	const struct wv_query_values *values = &query->fields[field];

	switch (field) {
	case WV_QUERY_SOURCE:
		return is_among(values, row->source);
	case WV_QUERY_CATEGORY:
		return is_among(values, row->category);
	case WV_QUERY_LANGUAGE:
		return is_language(values, row->language);
	case WV_QUERY_TOPIC:
		return has_topic(values, row->topics);
	case WV_QUERY_VERDICT:
		return is_verdict(values, row->verdict);
	case WV_QUERY_FIELDS:
		break;
	}
	return true;
}

/* All fields but `besides` (WV_QUERY_FIELDS: all). */
static bool has_fields(const struct wv_query *query, enum wv_query_field besides,
                       const struct row *row)
{
	for (int f = 0; f < (int)WV_QUERY_FIELDS; f++)
		if (f != (int)besides && !has_field(query, (enum wv_query_field)f, row))
			return false;
	return true;
}

void wv_metas_done(struct wv_metas *metas)
{
	free(metas->is_asked);
	*metas = (struct wv_metas){NULL, 0};
}

static enum wv_status room_for(struct wv_search *search, struct wv_metas *metas, size_t number,
                               struct wv_err *err)
{
	size_t count = number * 2 + 64;
	unsigned char *larger;
	enum wv_status st;

	if (number < metas->count)
		return WV_OK;
	st = wv_search_check_count(search, (int64_t)number, err);
	if (st != WV_OK)
		return st;
	larger = realloc(metas->is_asked, count);
	if (!larger)
		return wv_err_set(err, WV_NOMEM, "out of memory for an answer");
	memset(larger + metas->count, 0, count - metas->count);
	*metas = (struct wv_metas){larger, count};
	return WV_OK;
}

enum wv_status wv_metas_choose(struct wv_search *search, const struct wv_query *query,
                               struct wv_metas *metas, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	struct row row;
	enum wv_status st = wv_search_sql(search, WV_SQL_METAS, &sql, err);

	while (st == WV_OK && (st = step(search, sql, &row, err)) == WV_OK) {
		st = room_for(search, metas, row.number, err);
		if (st == WV_OK)
			metas->is_asked[row.number] = has_fields(query, WV_QUERY_FIELDS, &row);
	}
	if (sql)
		sqlite3_reset(sql);
	return st == WV_NO ? WV_OK : st;
}

/* --- how many of each --- */

struct counting {
	struct wv_arena *arena;
	struct wv_facet *values[WV_QUERY_FIELDS];
	size_t counts[WV_QUERY_FIELDS];
	enum wv_status failed;
};

static void count(struct counting *c, enum wv_query_field field, struct wv_slice value,
                  uint64_t hits)
{
	struct wv_facet *list = c->values[field];
	size_t n = c->counts[field], i = 0;

	while (i < n && !wv_slice_equals(list[i].value, value))
		i++;
	if (i == VALUES_MAX)
		return;
	if (i == n) {
		list[i].value = wv_arena_copy(c->arena, value);
		if (list[i].value.n != value.n)
			c->failed = WV_NOMEM;
		c->counts[field]++;
	}
	list[i].hits += hits;
}

static void count_row(struct counting *c, const struct wv_query *query, const struct row *row,
                      uint64_t hits)
{
	const struct wv_slice values[] = {
		[WV_QUERY_SOURCE] = row->source,
		[WV_QUERY_CATEGORY] = row->category,
		[WV_QUERY_LANGUAGE] = row->language,
		[WV_QUERY_VERDICT] = row->verdict >= 0 && row->verdict < WV_VERDICT_COUNT
		        ? wv_slice_of(wv_verdict_name((enum wv_verdict)row->verdict))
		        : WV_SLICE_NONE,
	};
	struct wv_cursor topics = wv_cursor(row->topics);

	for (int f = 0; f < (int)WV_QUERY_FIELDS; f++) {
		enum wv_query_field field = (enum wv_query_field)f;

		if (!has_fields(query, field, row))
			continue;
		if (field != WV_QUERY_TOPIC) {
			count(c, field, values[field], hits);
			continue;
		}
		while (wv_cursor_left(&topics)) {
			struct wv_slice topic = wv_cursor_until(&topics, '\n');

			if (topic.n)
				count(c, field, topic, hits);
		}
	}
}

/* A language takes its kinds in, as in a query: "zh" has what "zh-Hans" has. */
static void gather_languages(struct counting *c)
{
	struct wv_facet *list = c->values[WV_QUERY_LANGUAGE];
	size_t n = c->counts[WV_QUERY_LANGUAGE];
	uint64_t *own = WV_ARENA_ARRAY(c->arena, uint64_t, n);

	if (!own) {
		c->failed = WV_NOMEM;
		return;
	}
	for (size_t i = 0; i < n; i++)
		own[i] = list[i].hits;
	for (size_t i = 0; i < n; i++) {
		const struct wv_query_values one = {.p = {list[i].value}, .n = 1};

		for (size_t k = 0; k < n; k++)
			if (k != i && list[i].value.n && is_language(&one, list[k].value))
				list[i].hits += own[k];
	}
}

/* Most hits first, then by name: the order says nothing of when a value came. */
static int compare(const void *a, const void *b)
{
	const struct wv_facet *x = a, *y = b;

	if (x->hits != y->hits)
		return x->hits > y->hits ? -1 : 1;
	return wv_slice_compare(x->value, y->value);
}

enum wv_status wv_metas_facets(struct wv_search *search, const struct wv_query *query,
                               const uint64_t *hits, size_t hit_count, struct wv_arena *arena,
                               struct wv_facets *out, struct wv_err *err)
{
	struct counting c = {.arena = arena};
	struct sqlite3_stmt *sql = NULL;
	struct row row;
	enum wv_status st = WV_OK;

	for (int f = 0; f < (int)WV_QUERY_FIELDS && st == WV_OK; f++) {
		c.values[f] = WV_ARENA_ARRAY(arena, struct wv_facet, VALUES_MAX);
		if (!c.values[f])
			st = wv_err_set(err, WV_NOMEM, "out of memory for an answer");
	}
	if (st == WV_OK)
		st = wv_search_sql(search, WV_SQL_METAS, &sql, err);
	while (st == WV_OK && (st = step(search, sql, &row, err)) == WV_OK)
		if (row.number < hit_count && hits[row.number])
			count_row(&c, query, &row, hits[row.number]);
	if (sql)
		sqlite3_reset(sql);
	if (st == WV_NO)
		gather_languages(&c);
	if (st == WV_NO && c.failed != WV_OK)
		return wv_err_set(err, WV_NOMEM, "out of memory for an answer");
	if (st != WV_NO)
		return st;
	for (int f = 0; f < (int)WV_QUERY_FIELDS; f++) {
		qsort(c.values[f], c.counts[f], sizeof *c.values[f], compare);
		out->values[f] = c.values[f];
		out->counts[f] = c.counts[f];
	}
	return WV_OK;
}
