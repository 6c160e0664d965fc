#include "archive/exchange/csv.h"

#include "config/base/json.h"
#include "config/base/limits.h"

#define RECORD_CAP (4u * WV_MIB)

static const char *const columns[] = {
	"id", "url", "page", "captured", "recorded", "status", "verdict", "mime", "digest", "bytes",
	"version", "repeats", "source", "imported", "noindex", "tdm_reserved", "cluster",
	"article_recorded", "extractor", "model", "title", "authors",
	"published", "published_earliest", "published_latest", "published_basis", "published_zone",
	"published_raw",
	"modified", "modified_earliest", "modified_latest", "modified_basis", "modified_zone",
	"modified_raw",
	"publisher", "wire", "dateline", "category", "category_basis", "language", "language_basis",
	"charset", "canonical", "description", "keywords", "topics", "is_free", "text", "known_at",
};

void wv_csv_add_header(struct wv_buf *out)
{
	for (size_t i = 0; i < WV_COUNT(columns); i++)
		wv_buf_add_format(out, "%s%s", i ? "," : "", columns[i]);
	wv_buf_add_byte(out, '\n');
}

static bool needs_quotes(struct wv_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '"' || s.p[i] == ',' || s.p[i] == '\n' || s.p[i] == '\r')
			return true;
	/* Readers strip what stands outside quotes. */
	return s.n && (s.p[0] == ' ' || s.p[s.n - 1] == ' ');
}

static void add_cell(struct wv_buf *out, struct wv_slice s)
{
	if (!needs_quotes(s)) {
		wv_buf_add(out, s);
		return;
	}
	wv_buf_add_byte(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			wv_buf_add_byte(out, '"');
		wv_buf_add_byte(out, s.p[i]);
	}
	wv_buf_add_byte(out, '"');
}

static enum wv_status add_value(const struct wv_json *value, struct wv_buf *out,
                                struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf joined = {.cap = RECORD_CAP};
	enum wv_status st = WV_OK;

	if (!value)
		return WV_OK;
	switch (value->kind) {
	case WV_JSON_BOOL:
		wv_buf_add_string(out, value->boolean ? "true" : "false");
		break;
	case WV_JSON_NUMBER:
	case WV_JSON_STRING:
		add_cell(out, value->text);
		break;
	case WV_JSON_ARRAY:
		for (size_t i = 0; i < value->n; i++) {
			if (i)
				wv_buf_add_string(&joined, "; ");
			wv_buf_add(&joined, value->items[i].text);
		}
		st = wv_buf_finish(&joined, "list of a cell", err);
		if (st == WV_OK)
			add_cell(out, wv_buf_slice(&joined));
		break;
	case WV_JSON_NULL:
	case WV_JSON_OBJECT:
		break;
	}
	return st;
}

enum wv_status wv_csv_add_article(const struct wv_jsonl_article *from, struct wv_arena *arena,
                                  struct wv_buf *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf record = {.cap = RECORD_CAP};
	const struct wv_json *members = NULL;
	struct wv_json_writer w;
	struct wv_slice text;
	enum wv_status st = wv_article_text(from->article, arena, &text, err);

	if (st != WV_OK)
		return st;
	/* The text, which knows no bound that a parser would have, goes by itself. */
	wv_json_begin(&w, &record);
	wv_json_open_object(&w, NULL);
	wv_jsonl_members(&w, from);
	wv_json_time(&w, "known_at", from->known_at);
	wv_json_close(&w);
	st = wv_buf_finish(&record, "row of an article", err);
	if (st == WV_OK)
		st = wv_json_parse_line(arena, wv_buf_slice(&record), &members, err);
	for (size_t i = 0; st == WV_OK && i < WV_COUNT(columns); i++) {
		if (i)
			wv_buf_add_byte(out, ',');
		if (wv_slice_equals(wv_slice_of(columns[i]), WV_LIT("text")))
			add_cell(out, text);
		else
			st = add_value(wv_json_get(members, columns[i]), out, err);
	}
	wv_buf_add_byte(out, '\n');
	return st == WV_OK ? wv_buf_finish(out, "row of an article", err) : st;
}
