#include "crawler/page/html.h"

#include <gumbo.h>
#include <stdlib.h>

#include "config/base/checked.h"
#include "config/base/limits.h"
#include "crawler/page/scan.h"

/*
 * Gumbo's traps and what is done here (measured with 0.10.1):
 *   its error list takes gigabytes              max_errors = 0
 *   gumbo_destroy_output recurses               never called: everything lies in one arena
 *   it never looks whether allocation failed    the arena jumps out of it
 *   500 open <font> and then paragraphs: 3 GB   the arena has a cap
 *   quadratic walks over open elements          depth is cut before (scan), deadline here
 */

/* Most pages need no more: kept from page to page, so its memory is not mapped anew each time. */
#define WARM_BYTES (4u * WV_MIB)
/* Gumbo asks for a few bytes at a time: its pieces are cut from larger ones here. */
#define STEP_BYTES (16u * WV_KIB)
/* The clock is read once in so many allocations; a page makes some ten thousand. */
#define DEADLINE_STEP 4096u

struct wv_html_parser {
	const struct wv_clock *clock;
	struct wv_arena *memory;
	struct wv_mono deadline;
	uint32_t allocations;
	unsigned char *step; /* the rest of the piece at hand */
	size_t step_left;
	struct wv_names names;
	unsigned char tags[GUMBO_TAG_LAST + 1];
	jmp_buf failed;
};

static bool is_in_time(void *context)
{
	struct wv_html_parser *parser = context;

	return !parser->clock || wv_clock_mono(parser->clock).us <= parser->deadline.us;
}

static void *gumbo_alloc(void *context, size_t n)
{
	struct wv_html_parser *parser = context;

	unsigned char *p;

	if (++parser->allocations % DEADLINE_STEP == 0 && !is_in_time(parser))
		longjmp(parser->failed, 1);
	if (n > STEP_BYTES / 4)
		return wv_arena_alloc(parser->memory, n);
	n = (n + 15) & ~(size_t)15;
	if (n > parser->step_left) {
		parser->step = wv_arena_alloc(parser->memory, STEP_BYTES);
		parser->step_left = STEP_BYTES;
	}
	p = parser->step;
	parser->step += n;
	parser->step_left -= n;
	return p;
}

static void gumbo_free(void *context, void *p)
{
	(void)context;
	(void)p; /* the arena goes as a whole */
}

enum wv_status wv_html_parser_new(const struct wv_clock *clock, struct wv_html_parser **out,
                                  struct wv_err *err)
{
	WV_AUTO(wv_html_parser_free) struct wv_html_parser *parser = calloc(1, sizeof(*parser));
	enum wv_status st;

	if (!parser)
		return wv_err_set(err, WV_NOMEM, "out of memory for a parser");
	parser->clock = clock;
	st = wv_arena_new(WV_LIMIT_HTML_ARENA_BYTES, &parser->memory, err);
	if (st != WV_OK)
		return st;
	if (!wv_arena_alloc(parser->memory, WARM_BYTES))
		return wv_err_set(err, WV_NOMEM, "out of memory for a parser");
	wv_names_init(&parser->names);
	for (int tag = 0; tag < GUMBO_TAG_LAST; tag++)
		parser->tags[tag] = (unsigned char)wv_tag_find(
			wv_slice_of(gumbo_normalized_tagname((GumboTag)tag)));
	*out = WV_TAKE(parser);
	return WV_OK;
}

void wv_html_parser_free(struct wv_html_parser **parser)
{
	if (!*parser)
		return;
	wv_arena_free(&(*parser)->memory);
	free(*parser);
	*parser = NULL;
}

/* ---- conversion: two walks without recursion, one to count and one to copy ---- */

struct count {
	size_t nodes, attrs, bytes;
};

struct builder {
	struct wv_html_parser *parser;
	struct wv_arena *arena;
	const struct wv_compact *compact; /* NULL: texts and attributes are what they are */
	struct wv_html *out;
	struct wv_node *nodes;
	struct wv_html_attr *attrs;
	unsigned char *bytes;  /* room for all strings */
	size_t at;
	bool no_memory;
	uint32_t depth;
	uint32_t path[WV_LIMIT_TREE_DEPTH + 1]; /* the open nodes, by depth */
	uint32_t last[WV_LIMIT_TREE_DEPTH + 1]; /* the child before at that depth, or NONE */
};

static const GumboVector *children_of(const GumboNode *node)
{
	switch (node->type) {
	case GUMBO_NODE_ELEMENT:
	case GUMBO_NODE_TEMPLATE:
		return &node->v.element.children;
	default:
		return NULL;
	}
}

static bool is_text(const GumboNode *node)
{
	return node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
	       node->type == GUMBO_NODE_CDATA;
}

static struct wv_slice name_of(struct wv_html_parser *parser, const GumboElement *element,
                               enum wv_tag *tag)
{
	GumboStringPiece piece = element->original_tag;

	*tag = (enum wv_tag)parser->tags[element->tag];
	if (*tag != WV_TAG_UNKNOWN)
		return wv_tag_text(*tag);
	if (element->tag != GUMBO_TAG_UNKNOWN)
		return wv_slice_of(gumbo_normalized_tagname(element->tag));
	if (!piece.data)
		return WV_SLICE_NONE;
	gumbo_tag_from_original_text(&piece);
	*tag = wv_names_tag(&parser->names, wv_slice(piece.data, piece.length));
	return wv_slice(piece.data, piece.length);
}

static void count_node(struct builder *b, const GumboNode *node, struct count *count)
{
	const GumboVector *attributes = &node->v.element.attributes;
	enum wv_tag tag;

	count->nodes++;
	if (is_text(node)) {
		count->bytes += b->compact ? 0 : strlen(node->v.text.text);
		return;
	}
	if (!children_of(node))
		return;
	count->bytes += name_of(b->parser, &node->v.element, &tag).n;
	for (unsigned i = 0; i < attributes->length; i++) {
		const GumboAttribute *attribute = attributes->data[i];
		const struct wv_compact_set *set;

		if (!b->compact) {
			count->bytes += strlen(attribute->name) + strlen(attribute->value);
			count->attrs++;
			continue;
		}
		set = wv_compact_set_of(b->compact, wv_slice_of(attribute->name));
		count->attrs += set ? set->count : 0;
	}
}

static struct wv_slice copy(struct builder *b, struct wv_slice s, bool lower)
{
	unsigned char *to = b->bytes + b->at;

	if (s.n > 0)
		memcpy(to, s.p, s.n);
	for (size_t i = 0; lower && i < s.n; i++)
		to[i] = wv_byte_lower(to[i]);
	b->at += s.n;
	return wv_slice(to, s.n);
}

/* References and line breaks as the tree builder would have had them. */
static struct wv_slice decode(struct builder *b, struct wv_slice s, bool is_raw, bool in_attribute)
{
	struct wv_slice decoded = is_raw ? s : wv_markup_decode(b->arena, s, in_attribute);
	unsigned char *to;
	size_t n = 0;

	b->no_memory |= s.n > 0 && decoded.p == NULL;
	if (wv_slice_find_byte(s, '\r', 0) == SIZE_MAX)
		return decoded;
	to = wv_arena_alloc(b->arena, decoded.n);
	b->no_memory |= to == NULL;
	if (!to)
		return WV_SLICE_NONE;
	for (size_t i = 0; i < decoded.n; i++) {
		if (decoded.p[i] != '\r')
			to[n++] = decoded.p[i];
		else if (i + 1 >= decoded.n || decoded.p[i + 1] != '\n')
			to[n++] = '\n';
	}
	return wv_slice(to, n);
}

/* A set's attributes; where two tags were merged (html, body), the first of a name stays. */
static void expand_set(struct builder *b, const struct wv_compact_set *set, struct wv_node *node)
{
	for (uint32_t i = 0; i < set->count; i++) {
		const struct wv_compact_attr *from = &b->compact->attrs[set->first + i];
		bool is_new = true;

		for (uint32_t k = 0; k < node->attr_count; k++)
			is_new = is_new && b->attrs[node->attrs + k].name != from->name;
		if (!is_new)
			continue;
		b->attrs[b->out->attr_count++] = (struct wv_html_attr){
			.name = from->name,
			.text = wv_attr_text(from->name),
			.value = decode(b, from->value, false, true),
		};
		node->attr_count++;
	}
}

/* A text node made of placeholders: mostly one, which is a piece of the page as it stands. */
static struct wv_slice expand_text(struct builder *b, struct wv_slice node)
{
	struct wv_slice first = WV_SLICE_NONE, piece = WV_SLICE_NONE;
	size_t at = 0, pieces = 0, n = 0;
	unsigned char *out;
	uint32_t number;

	while (wv_compact_next(b->compact, node, &at, &number, &piece)) {
		if (number != UINT32_MAX)
			piece = decode(b, b->compact->texts[number].text,
			               b->compact->texts[number].is_raw, false);
		else
			piece = wv_arena_copy(b->arena, piece);
		first = pieces++ == 0 ? piece : first;
		n += piece.n;
	}
	if (pieces <= 1)
		return first;
	out = wv_arena_alloc(b->arena, n);
	b->no_memory |= out == NULL;
	if (!out)
		return WV_SLICE_NONE;
	n = 0;
	for (at = 0; wv_compact_next(b->compact, node, &at, &number, &piece);) {
		if (number != UINT32_MAX)
			piece = decode(b, b->compact->texts[number].text,
			               b->compact->texts[number].is_raw, false);
		memcpy(out + n, piece.p, piece.n);
		n += piece.n;
	}
	return wv_slice(out, n);
}

static void copy_attributes(struct builder *b, const GumboVector *attributes, struct wv_node *node)
{
	const struct wv_compact_set *set;

	node->attrs = b->out->attr_count;
	for (unsigned i = 0; b->compact && i < attributes->length; i++) {
		const GumboAttribute *from = attributes->data[i];

		set = wv_compact_set_of(b->compact, wv_slice_of(from->name));
		if (set)
			expand_set(b, set, node);
	}
	if (b->compact)
		return;
	for (unsigned i = 0; i < attributes->length && i < WV_LIMIT_ATTRIBUTES; i++) {
		const GumboAttribute *from = attributes->data[i];
		struct wv_html_attr *to = &b->attrs[b->out->attr_count++];
		struct wv_slice name = wv_slice_of(from->name);

		to->name = wv_names_attr(&b->parser->names, name);
		to->text = to->name != WV_ATTR_UNKNOWN ? wv_attr_text(to->name)
		                                       : copy(b, name, true);
		to->value = copy(b, wv_slice_of(from->value), false);
		node->attr_count++;
	}
}

/* Appends a node as the next child at the builder's depth. */
static uint32_t append_node(struct builder *b)
{
	uint32_t number = b->out->node_count++;
	struct wv_node *node = &b->nodes[number];

	*node = (struct wv_node){
		.depth = (uint16_t)b->depth,
		.parent = b->depth > 0 ? b->path[b->depth - 1] : WV_NODE_NONE,
		.next = WV_NODE_NONE,
		.end = number + 1,
	};
	if (b->last[b->depth] != WV_NODE_NONE)
		b->nodes[b->last[b->depth]].next = number;
	b->last[b->depth] = number;
	return number;
}

/* Enters one Gumbo node; true if its children are one level further down. */
static bool enter(struct builder *b, const GumboNode *from)
{
	uint32_t number;
	struct wv_node *node;
	enum wv_tag tag;
	struct wv_slice name;

	if (is_text(from)) {
		number = append_node(b);
		b->nodes[number].tag = WV_TAG_TEXT;
		b->nodes[number].text =
			b->compact ? expand_text(b, wv_slice_of(from->v.text.text))
				   : copy(b, wv_slice_of(from->v.text.text), false);
		return false;
	}
	if (!children_of(from))
		return false;
	if (b->depth >= WV_LIMIT_TREE_DEPTH) { /* too deep: its text stays, as the parent's */
		b->out->is_limited = true;
		return false;
	}
	number = append_node(b);
	node = &b->nodes[number];
	name = name_of(b->parser, &from->v.element, &tag);
	node->tag = (uint16_t)tag;
	node->text = tag != WV_TAG_UNKNOWN ? name : copy(b, name, true);
	copy_attributes(b, &from->v.element.attributes, node);
	b->path[b->depth++] = number;
	b->last[b->depth] = WV_NODE_NONE;
	return true;
}

static void leave(struct builder *b)
{
	b->depth--;
	b->nodes[b->path[b->depth]].end = b->out->node_count;
}

/*
 * The next node of a walk inside `root`, in document order; NULL at the end. Climbs by the parent
 * links. `*climbed` is how many elements were left.
 */
static const GumboNode *step(const GumboNode *root, const GumboNode *node, unsigned *climbed)
{
	const GumboVector *children = children_of(node);

	*climbed = 0;
	if (children && children->length > 0)
		return children->data[0];
	if (children)
		++*climbed;
	while (node != root) {
		const GumboVector *siblings = children_of(node->parent);
		size_t next = node->index_within_parent + 1;

		if (next < siblings->length)
			return siblings->data[next];
		node = node->parent;
		++*climbed;
	}
	return NULL;
}

static void convert(struct builder *b, const GumboNode *root)
{
	const GumboNode *node = root;
	uint32_t flat = 0; /* open elements that were too deep to become nodes */
	unsigned climbed;

	b->last[0] = WV_NODE_NONE;
	while (node) {
		if (!enter(b, node) && children_of(node))
			flat++;
		node = step(root, node, &climbed);
		for (; climbed > 0; climbed--) {
			if (flat > 0)
				flat--;
			else
				leave(b);
		}
	}
}

static void find_parts(struct wv_html *html)
{
	html->head = WV_NODE_NONE;
	html->body = WV_NODE_NONE;
	for (uint32_t i = wv_node_first_child(html, 0); i != WV_NODE_NONE; i = html->nodes[i].next) {
		if (html->nodes[i].tag == WV_TAG_HEAD && html->head == WV_NODE_NONE)
			html->head = i;
		if (html->nodes[i].tag == WV_TAG_BODY && html->body == WV_NODE_NONE)
			html->body = i;
	}
}

static enum wv_status build(struct wv_html_parser *parser, struct wv_arena *arena,
                            const GumboNode *root, const struct wv_compact *compact,
                            struct wv_html *out, struct wv_err *err)
{
	struct wv_html html = {.node_count = 0};
	struct builder *b = WV_ARENA_NEW(arena, struct builder);
	struct count count = {0, 0, 0};
	unsigned climbed;

	if (!b)
		return wv_err_set(err, WV_NOMEM, "out of memory for a page's tree");
	b->parser = parser;
	b->arena = arena;
	b->compact = compact;
	b->out = &html;
	for (const GumboNode *node = root; node; node = step(root, node, &climbed))
		count_node(b, node, &count);
	b->nodes = wv_arena_alloc(arena, count.nodes * sizeof(*b->nodes));
	b->attrs = wv_arena_alloc(arena, count.attrs * sizeof(*b->attrs));
	b->bytes = wv_arena_alloc(arena, count.bytes);
	if (!b->nodes || !b->attrs || !b->bytes || count.nodes >= WV_NODE_NONE)
		return wv_err_set(err, WV_NOMEM, "out of memory for a page's tree");
	convert(b, root);
	if (b->no_memory)
		return wv_err_set(err, WV_NOMEM, "out of memory for a page's tree");
	WV_ASSERT(b->at <= count.bytes && html.node_count <= count.nodes && b->depth == 0);
	html.nodes = b->nodes;
	html.attrs = b->attrs;
	find_parts(&html);
	*out = html;
	return WV_OK;
}

/* Gumbo alone between setjmp and its return: nothing else may hold a resource here. */
static const GumboNode *parse(struct wv_html_parser *parser, struct wv_slice text)
{
	GumboOptions options = kGumboDefaultOptions;
	GumboOutput *output;

	options.allocator = gumbo_alloc;
	options.deallocator = gumbo_free;
	options.userdata = parser;
	options.max_errors = 0;
	if (setjmp(parser->failed) != 0)
		return NULL;
	wv_arena_on_failure(parser->memory, &parser->failed);
	output = gumbo_parse_with_options(&options, text.n > 0 ? (const char *)text.p : "", text.n);
	return output->root;
}

static enum wv_status parse_and_build(struct wv_html_parser *parser, struct wv_arena *arena,
                                      struct wv_slice markup, const struct wv_compact *compact,
                                      size_t input, struct wv_html *out, struct wv_err *err)
{
	const GumboNode *root;
	size_t cap;

	if (!wv_mul(input, WV_LIMIT_HTML_ARENA_FACTOR, &cap))
		cap = WV_LIMIT_HTML_ARENA_BYTES;
	cap = wv_max_size(cap, WV_LIMIT_HTML_ARENA_MIN_BYTES);
	cap = wv_min_size(cap, WV_LIMIT_HTML_ARENA_BYTES);
	wv_arena_reset_cap(parser->memory, cap);
	parser->allocations = 0;
	parser->step_left = 0;
	if (parser->clock)
		parser->deadline.us = wv_add_us(wv_clock_mono(parser->clock).us,
		                                WV_LIMIT_HTML_MS * WV_US_PER_MS);
	root = parse(parser, markup);
	wv_arena_on_failure(parser->memory, NULL);
	if (!root)
		return wv_err_set(err, WV_LIMIT,
		                  "page's tree too large: above %zu bytes or %u ms for %zu bytes",
		                  cap, WV_LIMIT_HTML_MS, input);
	return build(parser, arena, root, compact, out, err);
}

enum wv_status wv_html_parse(struct wv_html_parser *parser, struct wv_arena *arena,
                             struct wv_slice pruned, struct wv_html *out, struct wv_err *err)
{
	return parse_and_build(parser, arena, pruned, NULL, pruned.n, out, err);
}

enum wv_status wv_html_parse_scan(struct wv_html_parser *parser, struct wv_arena *arena,
                                  const struct wv_scan *scan, struct wv_html *out,
                                  struct wv_err *err)
{
	return parse_and_build(parser, arena, scan->compact.markup, &scan->compact, scan->text.n,
	                       out, err);
}

/* ---- reading the tree ---- */

const struct wv_html_attr *wv_node_attr(const struct wv_html *html, uint32_t node,
                                        enum wv_attr_name name)
{
	const struct wv_node *n = &html->nodes[node];

	for (uint32_t i = 0; i < n->attr_count; i++) {
		if (html->attrs[n->attrs + i].name == name)
			return &html->attrs[n->attrs + i];
	}
	return NULL;
}

struct wv_slice wv_node_attr_value(const struct wv_html *html, uint32_t node,
                                   enum wv_attr_name name)
{
	const struct wv_html_attr *attr = wv_node_attr(html, node, name);

	return attr ? attr->value : WV_SLICE_NONE;
}

bool wv_node_attr_has_word(const struct wv_html *html, uint32_t node, enum wv_attr_name name,
                           struct wv_slice word)
{
	return wv_slice_has_word(wv_node_attr_value(html, node, name), word);
}

void wv_node_text(const struct wv_html *html, uint32_t node, struct wv_buf *out)
{
	for (uint32_t i = node; i < html->nodes[node].end; i++) {
		if (html->nodes[i].tag == WV_TAG_TEXT)
			wv_buf_add(out, html->nodes[i].text);
	}
}

uint32_t wv_node_find(const struct wv_html *html, uint32_t from, uint32_t end, enum wv_tag tag)
{
	for (uint32_t i = from; i < end && i < html->node_count; i++) {
		if (html->nodes[i].tag == tag)
			return i;
	}
	return WV_NODE_NONE;
}
