#include "crawler/discover/tdmrep.h"

#include "config/base/json.h"

/* "1" and 1 both occur. */
static bool is_one(const struct wv_json *value)
{
	if (!value)
		return false;
	return value->kind == WV_JSON_NUMBER
		       ? value->number == 1
		       : wv_slice_equals(wv_slice_trim(value->text), WV_LIT("1"));
}

/* A pattern may not end the line that it becomes part of. */
static bool is_pattern(struct wv_slice location)
{
	if (location.n == 0 || (location.p[0] != '/' && location.p[0] != '*'))
		return false;
	for (size_t i = 0; i < location.n; i++)
		if (location.p[i] < 0x20 || location.p[i] == 0x7F)
			return false;
	return true;
}

/* Blanks and "#", which would end the rule, are escaped as in the addresses they stand for. */
static void add_rule(struct wv_buf *text, struct wv_slice location, bool is_reserved)
{
	wv_buf_add_string(text, is_reserved ? "Disallow: " : "Allow: ");
	for (size_t i = 0; i < location.n; i++) {
		if (location.p[i] == ' ')
			wv_buf_add_string(text, "%20");
		else if (location.p[i] == '#')
			wv_buf_add_string(text, "%23");
		else
			wv_buf_add_byte(text, location.p[i]);
	}
	wv_buf_add_byte(text, '\n');
}

enum wv_status wv_tdmrep_rules(struct wv_arena *arena, struct wv_slice body, struct wv_slice *out,
			       struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = WV_TDMREP_BYTES_MAX};
	const struct wv_json *list;
	enum wv_status st = wv_json_parse(arena, body, &list, err);

	if (st != WV_OK)
		return st == WV_NOMEM ? st : wv_err_set(err, WV_BAD_INPUT, "no JSON");
	if (list->kind != WV_JSON_ARRAY)
		return wv_err_set(err, WV_BAD_INPUT, "no list of locations");
	wv_buf_add_string(&text, "User-agent: *\n");
	for (size_t i = 0; i < list->n; i++) {
		const struct wv_json *rule = &list->items[i];
		struct wv_slice location = wv_slice_trim(wv_json_get_string(rule, "location"));

		if (!is_pattern(location))
			continue;
		if (3 * location.n + 20 > text.cap - text.n)
			break;
		add_rule(&text, location, is_one(wv_json_get(rule, "tdm-reservation")));
	}
	if (text.failed != WV_OK)
		return wv_err_set(err, WV_NOMEM, "out of memory for tdmrep.json");
	*out = wv_arena_copy(arena, wv_buf_slice(&text));
	return out->n ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for tdmrep.json");
}
