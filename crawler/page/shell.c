#include "crawler/page/shell.h"

#include "config/base/checked.h"
#include "config/base/json.h"
#include "config/base/limits.h"
#include "config/base/text.h"
#include "crawler/page/blocks.h"
#include "crawler/page/html.h"
#include "crawler/page/meta.h"
#include "crawler/page/scan.h"

/* Less visible text than this and the scripts are looked into. A word counts 2. */
#define VISIBLE_UNITS 120u
#define STRINGS_MAX   4000u
#define STACK_MAX     256u

struct text_string {
	struct wv_slice text;
	uint32_t units;
	uint32_t order;
};

static size_t sentence_marks(struct wv_slice s)
{
	size_t n = 0;

	for (size_t at = 0; at < s.n && n < 3;)
		n += wv_text_ends_sentence(wv_text_next(s, &at));
	return n;
}

/* The JSON value that `s` begins with: up to its closing bracket. Strings are stepped over. */
static struct wv_slice value_of(struct wv_slice s)
{
	size_t depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < s.n && i < WV_LIMIT_JSON_BYTES; i++) {
		unsigned char c = s.p[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			if (depth <= 1)
				return wv_slice_part(s, 0, i + 1);
			depth--;
		}
	}
	return WV_SLICE_NONE;
}

/* The string literal that `s` begins with, its quotes left off. */
static struct wv_slice literal_of(struct wv_slice s)
{
	unsigned char quote = s.p[0];

	for (size_t i = 1; i < s.n && i < WV_LIMIT_JSON_BYTES; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == quote)
			return wv_slice_part(s, 1, i - 1);
		else if (s.p[i] == '\n')
			break;
	}
	return WV_SLICE_NONE;
}

/* A script's string literal as one of JSON: its quotes double, its escapes those that JSON has. */
static void add_json_literal(struct wv_buf *out, struct wv_slice s)
{
	wv_buf_add_byte(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = s.p[i];

		if (c == '"') {
			wv_buf_add(out, WV_LIT("\\\""));
		} else if (c != '\\' || i + 1 == s.n) {
			wv_buf_add_byte(out, c);
		} else if (s.p[i + 1] == '\'') {
			wv_buf_add_byte(out, s.p[++i]);
		} else if (s.p[i + 1] == 'x') {
			wv_buf_add(out, WV_LIT("\\u00"));
			i++;
		} else {
			wv_buf_add_byte(out, c);
			wv_buf_add_byte(out, s.p[++i]);
		}
	}
	wv_buf_add_byte(out, '"');
}

static void add_unescaped(struct wv_buf *out, struct wv_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && s.n - i > 2 && wv_byte_hex(s.p[i + 1]) >= 0 &&
		    wv_byte_hex(s.p[i + 2]) >= 0) {
			wv_buf_add_byte(out, (unsigned char)(wv_byte_hex(s.p[i + 1]) * 16 +
							     wv_byte_hex(s.p[i + 2])));
			i += 2;
		} else {
			wv_buf_add_byte(out, s.p[i]);
		}
	}
}

/* Data as a string: JSON.parse("{\"a\":1}"), or with every sign as %7B. */
static struct wv_slice data_in_literal(struct wv_arena *arena, struct wv_slice body)
{
	struct wv_slice literal = literal_of(body), out = WV_SLICE_NONE;
	const struct wv_json *string;
	struct wv_buf text;

	if (literal.n == 0)
		return out;
	wv_buf_init(&text, WV_LIMIT_JSON_BYTES);
	if (literal.p[0] == '%')
		add_unescaped(&text, literal);
	else
		add_json_literal(&text, literal);
	if (text.failed == WV_OK)
		out = wv_arena_copy(arena, wv_buf_slice(&text));
	wv_buf_done(&text);
	if (literal.p[0] == '%' || out.n == 0)
		return out;
	return wv_json_parse(arena, out, &string, NULL) == WV_OK &&
			       string->kind == WV_JSON_STRING
		       ? string->text
		       : WV_SLICE_NONE;
}

static struct wv_slice data_of(struct wv_arena *arena, struct wv_slice body)
{
	body = wv_slice_trim(body);
	if (body.n > 2 && (body.p[0] == '"' || body.p[0] == '\''))
		body = data_in_literal(arena, body);
	return value_of(body);
}

struct visit {
	const struct wv_json *node;
	size_t next;
	float before; /* running text seen when the node was entered */
};

struct found_text {
	const struct wv_json *list; /* the smallest array that holds most of it */
	struct wv_slice whole;      /* or one string that does */
	float units;
};

static float string_units(const struct wv_json *value)
{
	size_t units;

	if (value->kind != WV_JSON_STRING || value->text.n < 40 ||
	    wv_slice_starts(value->text, WV_LIT("http")) ||
	    wv_slice_find_byte(wv_slice_part(value->text, 0, 400), ' ', 0) == SIZE_MAX) {
		/* No spaces: prose only where the script needs none. */
		if (value->kind != WV_JSON_STRING || value->text.n < 60 ||
		    value->text.p[0] < 0x80)
			return 0;
	}
	if (sentence_marks(value->text) == 0)
		return 0;
	units = wv_text_units(value->text);
	return units >= 16 ? (float)units : 0;
}

/* The best place of running text under a root: one long string, or an array of paragraphs. */
static void find_text(const struct wv_json *root, struct found_text *best)
{
	struct visit stack[STACK_MAX];
	size_t depth = 0;
	float total = 0;
	size_t steps = 0;

	if (root->kind != WV_JSON_ARRAY && root->kind != WV_JSON_OBJECT)
		return;
	stack[depth++] = (struct visit){root, 0, 0};
	while (depth > 0 && steps++ < 400000) {
		struct visit *top = &stack[depth - 1];
		const struct wv_json *child;

		if (top->next == top->node->n) {
			float inside = total - top->before;

			/* Arrays count: objects join unrelated texts. Smaller ones come first, and
			 * give way only to one with clearly more. */
			if (top->node->kind == WV_JSON_ARRAY && top->node->n >= 2 &&
			    inside > best->units * 1.25f) {
				best->units = inside;
				best->list = top->node;
				best->whole = WV_SLICE_NONE;
			}
			depth--;
			continue;
		}
		child = &top->node->items[top->next++];
		if (child->kind == WV_JSON_STRING) {
			float units = string_units(child);

			total += units;
			if (units > best->units * 1.25f) {
				best->units = units;
				best->whole = child->text;
				best->list = NULL;
			}
		} else if ((child->kind == WV_JSON_ARRAY || child->kind == WV_JSON_OBJECT) &&
			   depth < STACK_MAX) {
			stack[depth++] = (struct visit){child, 0, total};
		}
	}
}

static void collect(const struct wv_json *list, struct wv_buf *out)
{
	struct visit stack[STACK_MAX];
	size_t depth = 0, steps = 0;

	stack[depth++] = (struct visit){list, 0, 0};
	while (depth > 0 && steps++ < 100000) {
		struct visit *top = &stack[depth - 1];
		const struct wv_json *child;

		if (top->next == top->node->n) {
			depth--;
			continue;
		}
		child = &top->node->items[top->next++];
		if (child->kind == WV_JSON_STRING) {
			if (string_units(child) > 0) {
				wv_buf_add(out, WV_LIT("<p>"));
				wv_buf_add(out, child->text);
				wv_buf_add(out, WV_LIT("</p>\n"));
			}
		} else if ((child->kind == WV_JSON_ARRAY || child->kind == WV_JSON_OBJECT) &&
			   depth < STACK_MAX) {
			stack[depth++] = (struct visit){child, 0, 0};
		}
	}
}

/* Plain text with line breaks to paragraphs. */
static void add_plain(struct wv_slice text, struct wv_buf *out)
{
	struct wv_cursor cursor = wv_cursor(text);
	struct wv_slice line;

	while (wv_cursor_line(&cursor, &line)) {
		wv_buf_add(out, WV_LIT("<p>"));
		wv_buf_add(out, line);
		wv_buf_add(out, WV_LIT("</p>\n"));
	}
}

/* Next.js flight data: [1,"payload"] pushes whose payloads joined are lines "id:JSON". */
static struct wv_slice join_flight(const struct wv_scan *scan, struct wv_arena *arena)
{
	struct wv_buf joined;
	struct wv_slice out;

	wv_buf_init(&joined, WV_LIMIT_JSON_BYTES);
	for (size_t i = 0; i < scan->script_count; i++) {
		const struct wv_json *push;
		struct wv_slice value;

		if (scan->scripts[i].kind != WV_SCRIPT_FLIGHT)
			continue;
		value = value_of(scan->scripts[i].body);
		if (value.n == 0 || wv_json_parse(arena, value, &push, NULL) != WV_OK)
			continue;
		if (push->kind == WV_JSON_ARRAY && push->n == 2 &&
		    push->items[1].kind == WV_JSON_STRING)
			wv_buf_add(&joined, push->items[1].text);
	}
	out = joined.failed == WV_OK ? wv_arena_copy(arena, wv_buf_slice(&joined)) : WV_SLICE_NONE;
	wv_buf_done(&joined);
	return out;
}

static void find_in_flight(const struct wv_scan *scan, struct wv_arena *arena,
                           struct found_text *best)
{
	struct wv_slice joined = join_flight(scan, arena);
	size_t at = 0;

	while (at < joined.n) {
		size_t colon = wv_slice_find_byte(joined, ':', at);
		size_t end;
		struct wv_slice rest;
		const struct wv_json *root;

		if (colon == SIZE_MAX)
			break;
		rest = wv_slice_from(joined, colon + 1);
		/* "id:Thex,text": a text of so many bytes, without a line's end. */
		if (rest.n > 2 && rest.p[0] == 'T') {
			size_t length = 0, i = 1;

			while (i < rest.n && i < 9 && wv_byte_hex(rest.p[i]) >= 0)
				length = length * 16 + (size_t)wv_byte_hex(rest.p[i++]);
			if (i < rest.n && rest.p[i] == ',') {
				struct wv_json text = {.kind = WV_JSON_STRING,
						       .text = wv_slice_part(rest, i + 1, length)};
				float units = string_units(&text);

				if (units > best->units * 1.25f) {
					best->units = units;
					best->whole = text.text;
					best->list = NULL;
				}
				at = colon + 1 + i + 1 + length;
				continue;
			}
		}
		end = wv_slice_find_byte(joined, '\n', colon);
		if (end == SIZE_MAX)
			end = joined.n;
		rest = wv_slice_part(joined, colon + 1, end - colon - 1);
		if (rest.n > 1 && (rest.p[0] == '[' || rest.p[0] == '{') &&
		    wv_json_parse(arena, rest, &root, NULL) == WV_OK)
			find_text(root, best);
		at = end + 1;
	}
}

static enum wv_status give(struct wv_slice markup, struct wv_html_parser *parser,
                           struct wv_arena *arena, struct wv_article *article, struct wv_err *err)
{
	struct wv_scan scan;
	struct wv_html html;
	struct wv_blocks blocks;
	struct wv_block *list;
	size_t n = 0;
	enum wv_status st;

	st = wv_scan_page(arena, markup, WV_SCAN_COMPACT, &scan, err);
	if (st == WV_OK)
		st = wv_html_parse_scan(parser, arena, &scan, &html, err);
	if (st == WV_LIMIT)
		return WV_OK; /* what was visible stays */
	if (st == WV_OK)
		st = wv_blocks_read(&html, arena, &blocks, err);
	if (st != WV_OK)
		return st;
	list = WV_ARENA_ARRAY(arena, struct wv_block, blocks.count + 1);
	if (!list)
		return wv_err_set(err, WV_LIMIT, "the embedded article takes more than its memory");
	for (size_t b = 0; b < blocks.count; b++) {
		const struct wv_text_block *block = &blocks.blocks[b];
		struct wv_phrase phrase = wv_words_phrase(block->text, block->units);

		if (phrase.reason != WV_REASON_NONE || wv_words_is_placeholder(block->text) ||
		    (block->units > 0 && block->link_units * 10 > block->units * 9))
			continue;
		list[n++] = (struct wv_block){.kind = (enum wv_block_kind)block->kind,
					      .level = block->heading,
					      .text = block->text};
	}
	if (n == 0)
		return WV_OK;
	article->blocks = list;
	article->block_count = n;
	return WV_OK;
}

enum wv_status wv_shell_read(const struct wv_scan *scan, struct wv_html_parser *parser,
                             struct wv_arena *arena, const struct wv_jsonld *jsonld,
                             struct wv_article *article, struct wv_err *err)
{
	struct found_text best = {NULL, WV_SLICE_NONE, 0};
	struct wv_buf markup;
	struct wv_slice copy, from = WV_LIT("script");
	size_t visible = 0, stated;

	for (size_t i = 0; i < article->block_count; i++)
		visible += wv_text_units(article->blocks[i].text);
	if (visible >= VISIBLE_UNITS)
		return WV_OK;
	for (size_t i = 0; i < scan->script_count; i++) {
		const struct wv_scan_script *script = &scan->scripts[i];
		const struct wv_json *root;
		struct wv_slice value;

		if (script->kind != WV_SCRIPT_JSON && script->kind != WV_SCRIPT_STATE)
			continue;
		value = data_of(arena, script->body);
		if (value.n > 200 && wv_json_parse(arena, value, &root, NULL) == WV_OK)
			find_text(root, &best);
	}
	find_in_flight(scan, arena, &best);
	wv_buf_init(&markup, WV_LIMIT_JSON_BYTES);
	stated = wv_text_units(jsonld->body);
	if (stated > visible * 2 && (float)stated * 1.1f >= best.units) {
		from = WV_LIT("json-ld articleBody");
		if (wv_slice_find(jsonld->body, WV_LIT("<p"), 0) != SIZE_MAX)
			wv_buf_add(&markup, jsonld->body);
		else
			add_plain(jsonld->body, &markup);
	} else if (best.units > 2.0f * (float)visible && best.units >= 60) {
		if (best.list)
			collect(best.list, &markup);
		else if (wv_slice_find_byte(best.whole, '<', 0) != SIZE_MAX)
			wv_buf_add(&markup, best.whole);
		else
			add_plain(best.whole, &markup);
	}
	copy = markup.failed == WV_OK ? wv_arena_copy(arena, wv_buf_slice(&markup)) : WV_SLICE_NONE;
	wv_buf_done(&markup);
	if (copy.n == 0)
		return WV_OK;
	wv_meta_origin(article, arena, "text", from);
	return give(copy, parser, arena, article, err);
}
