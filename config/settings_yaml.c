#include "config/settings_yaml.h"

#include <stdlib.h>
#include <yaml.h>

#include "config/base/limits.h"
#include "config/base/text.h"

struct builder {
	struct wv_arena *arena;
	struct wv_settings_faults *faults;
	struct wv_slice bytes;
	struct wv_yaml *open[WV_LIMIT_SETTINGS_DEPTH];
	size_t depth;
	struct wv_yaml *root;
	struct wv_slice key; /* read, its value not yet */
	uint32_t key_line;
	bool has_key;
	size_t node_count;
	size_t document_count;
	bool has_stopped; /* a fault after which the rest cannot be understood */
	bool is_out_of_memory;
};

static uint32_t line_of(const yaml_mark_t *mark)
{
	return mark->line >= UINT32_MAX ? UINT32_MAX : (uint32_t)mark->line + 1;
}

static void stop(struct builder *b, uint32_t line, const char *what)
{
	wv_settings_fault(b->faults, line, "%s", what);
	b->has_stopped = true;
}

bool wv_yaml_is_empty(const struct wv_yaml *node)
{
	return node->kind == WV_YAML_TEXT && node->is_plain &&
	       (node->text.n == 0 || wv_slice_equals(node->text, WV_LIT("~")) ||
		wv_slice_equals_nocase(node->text, WV_LIT("null")));
}

const struct wv_yaml *wv_yaml_get(const struct wv_yaml *map, struct wv_slice key)
{
	const struct wv_yaml *child = map->kind == WV_YAML_MAP ? map->first : NULL;

	while (child && !wv_slice_equals(child->key, key))
		child = child->next;
	return child;
}

/* A new node under the innermost open one; NULL after a fault that stops. */
static struct wv_yaml *add_node(struct builder *b, enum wv_yaml_kind kind, uint32_t line)
{
	struct wv_yaml *parent = b->depth > 0 ? b->open[b->depth - 1] : NULL;
	struct wv_yaml *node;

	if (parent && parent->kind == WV_YAML_MAP && !b->has_key) {
		stop(b, line, "a key must be text, not a list or a map");
		return NULL;
	}
	if (++b->node_count > WV_LIMIT_SETTINGS_NODES) {
		wv_settings_fault(b->faults, line, "more than %u values in the file",
				  WV_LIMIT_SETTINGS_NODES);
		b->has_stopped = true;
		return NULL;
	}
	node = WV_ARENA_NEW(b->arena, struct wv_yaml);
	if (!node) {
		b->is_out_of_memory = true;
		return NULL;
	}
	node->kind = kind;
	node->line = line;
	if (!parent) {
		b->root = node;
		return node;
	}
	if (parent->kind == WV_YAML_MAP) {
		node->key = b->key;
		node->key_line = b->key_line;
		b->has_key = false;
	}
	if (parent->last) {
		/* The tree is ours until it is given away as const. */
		struct wv_yaml *last = (struct wv_yaml *)(uintptr_t)parent->last;

		last->next = node;
	} else {
		parent->first = node;
	}
	parent->last = node;
	parent->n++;
	return node;
}

static void open_node(struct builder *b, enum wv_yaml_kind kind, uint32_t line)
{
	struct wv_yaml *node;

	if (b->depth >= WV_LIMIT_SETTINGS_DEPTH) {
		wv_settings_fault(b->faults, line, "nested more than %u levels deep",
				  WV_LIMIT_SETTINGS_DEPTH);
		b->has_stopped = true;
		return;
	}
	node = add_node(b, kind, line);
	if (node)
		b->open[b->depth++] = node;
}

static int by_key(const void *a, const void *b)
{
	const struct wv_yaml *left = *(const struct wv_yaml *const *)a;
	const struct wv_yaml *right = *(const struct wv_yaml *const *)b;
	int order = wv_slice_compare(left->key, right->key);

	if (order == 0)
		order = left->key_line < right->key_line ? -1 : left->key_line > right->key_line;
	return order;
}

/* YAML forbids a key twice, libyaml does not look: the second would silently win. */
static void check_keys(struct builder *b, const struct wv_yaml *map)
{
	const struct wv_yaml **sorted;
	size_t n = 0;

	if (map->n < 2)
		return;
	sorted = WV_ARENA_ARRAY(b->arena, const struct wv_yaml *, map->n);
	if (!sorted) {
		b->is_out_of_memory = true;
		return;
	}
	for (const struct wv_yaml *child = map->first; child; child = child->next)
		sorted[n++] = child;
	qsort(sorted, n, sizeof(sorted[0]), by_key);
	for (size_t i = 1; i < n; i++)
		if (wv_slice_equals(sorted[i - 1]->key, sorted[i]->key))
			wv_settings_fault(b->faults, sorted[i]->key_line,
					  "key '%.*s' is given twice (first in line %u)",
					  WV_FMT(wv_settings_shown(sorted[i]->key)),
					  sorted[i - 1]->key_line);
}

static void take_text(struct builder *b, struct wv_slice text, bool is_plain, uint32_t line,
		      bool is_reported)
{
	struct wv_yaml *parent = b->depth > 0 ? b->open[b->depth - 1] : NULL;
	struct wv_slice copy = wv_arena_copy(b->arena, text);
	struct wv_yaml *node;

	if (copy.n != text.n) {
		b->is_out_of_memory = true;
		return;
	}
	if (parent && parent->kind == WV_YAML_MAP && !b->has_key) {
		b->key = copy;
		b->key_line = line;
		b->has_key = true;
		return;
	}
	node = add_node(b, WV_YAML_TEXT, line);
	if (!node)
		return;
	node->text = copy;
	node->is_plain = is_plain;
	node->is_reported = is_reported;
}

static void refuse_decoration(struct builder *b, uint32_t line, const yaml_char_t *anchor,
			      const yaml_char_t *tag)
{
	if (anchor)
		wv_settings_fault(b->faults, line, "anchors (&name) are not supported");
	if (tag)
		wv_settings_fault(b->faults, line, "tags (!name) are not supported");
}

static void take_event(struct builder *b, const yaml_event_t *event)
{
	uint32_t line = line_of(&event->start_mark);

	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++b->document_count > 1)
			stop(b, line, "a second document begins here: one file holds one");
		break;
	case YAML_ALIAS_EVENT:
		wv_settings_fault(b->faults, line, "aliases (*name) are not supported");
		take_text(b, WV_SLICE_NONE, true, line, true);
		break;
	case YAML_SCALAR_EVENT:
		refuse_decoration(b, line, event->data.scalar.anchor, event->data.scalar.tag);
		take_text(b, wv_slice(event->data.scalar.value, event->data.scalar.length),
			  event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE, line, false);
		break;
	case YAML_SEQUENCE_START_EVENT:
		refuse_decoration(b, line, event->data.sequence_start.anchor,
				  event->data.sequence_start.tag);
		open_node(b, WV_YAML_LIST, line);
		break;
	case YAML_MAPPING_START_EVENT:
		refuse_decoration(b, line, event->data.mapping_start.anchor,
				  event->data.mapping_start.tag);
		open_node(b, WV_YAML_MAP, line);
		break;
	case YAML_MAPPING_END_EVENT:
		check_keys(b, b->open[b->depth - 1]);
		b->depth--;
		break;
	case YAML_SEQUENCE_END_EVENT:
		b->depth--;
		break;
	default:
		break;
	}
}

static uint32_t line_at(struct wv_slice bytes, size_t offset)
{
	uint32_t line = 1;

	for (size_t i = 0; i < offset && i < bytes.n; i++)
		line += bytes.p[i] == '\n';
	return line;
}

/* What libyaml says, with its line; a tab gets words of its own, being what people meet. */
static void report_syntax(struct builder *b, const yaml_parser_t *parser)
{
	const char *problem = parser->problem ? parser->problem : "not YAML";
	uint32_t line = line_of(&parser->problem_mark);
	struct wv_cursor c = wv_cursor(b->bytes);
	struct wv_slice text = WV_SLICE_NONE;
	size_t indent = 0;

	if (parser->error == YAML_MEMORY_ERROR) {
		b->is_out_of_memory = true;
		return;
	}
	b->has_stopped = true;
	if (parser->error == YAML_READER_ERROR) {
		wv_settings_fault(b->faults, line_at(b->bytes, parser->problem_offset), "%s",
				  problem);
		return;
	}
	for (uint32_t i = 0; i < line; i++)
		if (!wv_cursor_line(&c, &text))
			text = WV_SLICE_NONE;
	while (indent < text.n && text.p[indent] == ' ')
		indent++;
	if (indent < text.n && text.p[indent] == '\t')
		wv_settings_fault(b->faults, line, "a tab in the indentation: YAML wants spaces");
	else if (parser->context && parser->context_mark.line != parser->problem_mark.line)
		wv_settings_fault(b->faults, line, "%s (%s that begins in line %u)", problem,
				  parser->context, line_of(&parser->context_mark));
	else
		wv_settings_fault(b->faults, line, "%s", problem);
}

static bool check_utf8(struct builder *b)
{
	struct wv_cursor c = wv_cursor(b->bytes);
	struct wv_slice text;
	uint32_t line = 0;
	bool is_good = true;

	while (wv_cursor_line(&c, &text)) {
		line++;
		if (wv_text_is_utf8(text))
			continue;
		wv_settings_fault(b->faults, line, "not UTF-8");
		is_good = false;
	}
	return is_good;
}

static void parse(struct builder *b, yaml_parser_t *parser)
{
	bool is_done = false;

	while (!is_done && !b->has_stopped && !b->is_out_of_memory) {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event)) {
			report_syntax(b, parser);
			return;
		}
		is_done = event.type == YAML_STREAM_END_EVENT;
		take_event(b, &event);
		yaml_event_delete(&event);
	}
}

enum wv_status wv_yaml_read(struct wv_arena *arena, struct wv_slice bytes,
			    struct wv_settings_faults *faults, const struct wv_yaml **out,
			    bool *is_whole, struct wv_err *err)
{
	struct builder b = {.arena = arena, .faults = faults, .bytes = bytes};
	yaml_parser_t parser;

	if (!check_utf8(&b)) {
		b.has_stopped = true;
	} else {
		if (!yaml_parser_initialize(&parser))
			return wv_err_set(err, WV_NOMEM, "out of memory");
		yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
		yaml_parser_set_input_string(&parser, bytes.p ? bytes.p : (const unsigned char *)"",
					     bytes.n);
		parse(&b, &parser);
		yaml_parser_delete(&parser);
	}
	if (b.is_out_of_memory || faults->is_out_of_memory)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	/* A document without content is one empty scalar. */
	*out = b.root && b.root->kind == WV_YAML_TEXT && wv_yaml_is_empty(b.root) &&
			       !b.root->is_reported
		       ? NULL
		       : b.root;
	*is_whole = !b.has_stopped;
	return WV_OK;
}
