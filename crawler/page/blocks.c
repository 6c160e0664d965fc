#include "crawler/page/blocks_parts.h"

#include "config/base/checked.h"

/* Never text of a page. */
static bool is_skipped(uint16_t tag)
{
	switch (tag) {
	case WV_TAG_SCRIPT:
	case WV_TAG_STYLE:
	case WV_TAG_TEMPLATE:
	case WV_TAG_SELECT:
	case WV_TAG_TEXTAREA:
	case WV_TAG_SVG:
	case WV_TAG_MATH:
	case WV_TAG_OBJECT:
	case WV_TAG_EMBED:
	case WV_TAG_APPLET:
	case WV_TAG_CANVAS:
	case WV_TAG_IFRAME:
	case WV_TAG_RT:
	case WV_TAG_RP:
	case WV_TAG_OPTION:
	case WV_TAG_DATALIST:
	case WV_TAG_TITLE:
	case WV_TAG_HEAD:
		return true;
	default:
		return false;
	}
}

static uint8_t kind_now(const struct blocks_reader *reader, uint32_t node)
{
	if (reader->block.heading)
		return WV_BLOCK_HEADING;
	if (node < reader->pre_end)
		return WV_BLOCK_CODE;
	if (node < reader->quote_end)
		return WV_BLOCK_QUOTE;
	if (node < reader->item_end)
		return WV_BLOCK_ITEM;
	if (node < reader->row_end)
		return WV_BLOCK_ROW;
	return WV_BLOCK_PARAGRAPH;
}

static uint8_t heading_level(uint16_t tag)
{
	switch (tag) {
	case WV_TAG_H1:
		return 1;
	case WV_TAG_H2:
		return 2;
	case WV_TAG_H3:
		return 3;
	case WV_TAG_H4:
		return 4;
	case WV_TAG_H5:
		return 5;
	case WV_TAG_H6:
		return 6;
	default:
		return 0;
	}
}

/* A heading that opens and shuts what stands under it is written as a link to nowhere. */
static bool leads_elsewhere(const struct blocks_reader *reader, uint32_t i)
{
	const struct wv_html_attr *href = wv_node_attr(reader->html, i, WV_ATTR_HREF);

	if (!href)
		return false;
	return !(i < reader->heading_end &&
		 ((href->value.n > 0 && href->value.p[0] == '#') ||
		  wv_slice_starts_nocase(href->value, WV_LIT("javascript:"))));
}

/* A figure around a table shows the table: no caption. */
static void forget_figure(struct blocks_reader *reader, uint32_t node)
{
	for (unsigned up = 0; up < 3 && node != WV_NODE_NONE; up++) {
		if (reader->html->nodes[node].tag == WV_TAG_FIGURE)
			reader->out->notes[node].tag_hints &= ~WV_HINT(WV_REASON_CAPTION);
		node = reader->html->nodes[node].parent;
	}
}

#define ROW_NODES 120u

/* Two cells or more, short ones, and nothing that a page's columns would hold. */
static bool is_data_row(const struct wv_html *html, uint32_t row)
{
	uint32_t end = html->nodes[row].end;
	unsigned cells = 0;
	size_t bytes = 0;

	if (end - row > ROW_NODES)
		return false;
	for (uint32_t i = row + 1; i < end; i++) {
		switch (html->nodes[i].tag) {
		case WV_TAG_TD:
		case WV_TAG_TH:
			cells++;
			break;
		case WV_TAG_TEXT:
			bytes += html->nodes[i].text.n;
			break;
		case WV_TAG_TABLE:
		case WV_TAG_DIV:
		case WV_TAG_BR:
		case WV_TAG_UL:
			return false;
		default:
			break;
		}
	}
	return cells >= 2 && bytes <= 600;
}

/* Enters an element: its hints, and what it means for the text inside. */
static void enter(struct blocks_reader *reader, uint32_t i)
{
	const struct wv_node *node = &reader->html->nodes[i];
	struct wv_node_note *note = &reader->out->notes[i];

	note->tag_hints = blocks_tag_hints(node->tag);
	if (node->attr_count > 0)
		blocks_note_attributes(reader, i, note);
	if (blocks_is_inline(node->tag) && note->hints && i >= reader->named_end) {
		/* A caption's text and its credit stand side by side. */
		if (reader->named_units > 0 && (reader->named_hints & note->hints)) {
			reader->named_hints &= note->hints;
		} else {
			reader->named_hints = note->hints;
			reader->named_units = 0;
		}
		reader->named_end = node->end;
	}
	switch (node->tag) {
	case WV_TAG_IMG:
	case WV_TAG_PICTURE:
		note->pictures = 1;
		break;
	case WV_TAG_TABLE:
		forget_figure(reader, node->parent);
		break;
	case WV_TAG_A:
		if (leads_elsewhere(reader, i)) {
			reader->link_end = node->end;
			if (reader->block.links == 0)
				reader->block.before_link =
					(uint16_t)wv_min_size(reader->block.units, UINT16_MAX);
			if (reader->block.links < UINT16_MAX)
				reader->block.links++;
		}
		break;
	case WV_TAG_B:
	case WV_TAG_STRONG:
		if (reader->bold_end < node->end)
			reader->bold_end = node->end;
		break;
	case WV_TAG_PRE:
	case WV_TAG_LISTING:
	case WV_TAG_XMP:
		reader->pre_end = node->end;
		break;
	case WV_TAG_BLOCKQUOTE:
		if (reader->quote_end < node->end)
			reader->quote_end = node->end;
		break;
	case WV_TAG_TR:
		if (is_data_row(reader->html, i))
			reader->row_end = node->end;
		break;
	case WV_TAG_LI:
	case WV_TAG_DD:
	case WV_TAG_DT:
		if (reader->item_end < node->end)
			reader->item_end = node->end;
		break;
	case WV_TAG_H1:
	case WV_TAG_H2:
	case WV_TAG_H3:
	case WV_TAG_H4:
	case WV_TAG_H5:
	case WV_TAG_H6:
		reader->heading = heading_level(node->tag);
		reader->heading_end = node->end;
		break;
	default:
		break;
	}
}

static void read_tree(struct blocks_reader *reader, uint32_t from, uint32_t end)
{
	const struct wv_html *html = reader->html;
	uint32_t open[WV_LIMIT_TREE_DEPTH + 8]; /* block elements around the reader */
	size_t depth = 0;

	for (uint32_t i = from; i < end;) {
		const struct wv_node *node = &html->nodes[i];

		while (depth > 0 && html->nodes[open[depth - 1]].end <= i) {
			blocks_flush(reader);
			reader->out->notes[open[depth - 1]].end_block = (uint32_t)reader->out->count;
			depth--;
			reader->node = depth > 0 ? open[depth - 1] : from;
		}
		if (node->tag == WV_TAG_TEXT) {
			if (i < reader->heading_end)
				reader->block.heading = reader->heading;
			reader->block.kind = kind_now(reader, i);
			blocks_read_text(reader, node->text, i);
			i++;
			continue;
		}
		if (is_skipped(node->tag)) {
			i = node->end;
			continue;
		}
		if (node->tag == WV_TAG_BR || node->tag == WV_TAG_HR) {
			if (i >= reader->pre_end && i >= reader->heading_end) {
				blocks_flush(reader);
				reader->after_break = true;
			} else {
				reader->space_pending = true;
			}
			i++;
			continue;
		}
		if (!blocks_is_inline(node->tag) &&
		    !(node->tag == WV_TAG_UNKNOWN &&
		      wv_slice_find_byte(node->text, '-', 0) == SIZE_MAX)) {
			blocks_flush(reader);
			if (depth < WV_COUNT(open)) {
				open[depth++] = i;
				reader->node = i;
			}
		}
		enter(reader, i);
		reader->out->notes[i].first_block = reader->out->notes[i].end_block =
			(uint32_t)reader->out->count;
		i++;
	}
	blocks_flush(reader);
	while (depth > 0)
		reader->out->notes[open[--depth]].end_block = (uint32_t)reader->out->count;
}

enum wv_status wv_blocks_read(const struct wv_html *html, struct wv_arena *arena,
                              struct wv_blocks *out, struct wv_err *err)
{
	struct blocks_reader *reader = wv_arena_zero(arena, 1, sizeof(*reader));
	uint32_t from = html->body == WV_NODE_NONE ? 0 : html->body;
	uint32_t end = html->nodes[from].end;
	size_t bytes = 64, texts = 16;

	for (uint32_t i = from; i < end; i++) {
		if (html->nodes[i].tag == WV_TAG_TEXT) {
			bytes += html->nodes[i].text.n + 2;
			texts++;
		}
	}
	memset(out, 0, sizeof(*out));
	out->html = html;
	out->notes = WV_ARENA_ARRAY(arena, struct wv_node_note, html->node_count);
	out->blocks = WV_ARENA_ARRAY(arena, struct wv_text_block,
				     wv_min_size(texts, WV_BLOCKS_MAX));
	if (!reader || !out->notes || !out->blocks)
		return wv_err_set(err, WV_LIMIT, "the page's blocks take more than its memory");
	reader->text = wv_arena_alloc(arena, bytes);
	if (!reader->text)
		return wv_err_set(err, WV_LIMIT, "the page's text takes more than its memory");
	reader->html = html;
	reader->out = out;
	reader->node = from;
	read_tree(reader, from, end);
	blocks_mark_teasers(out);
	blocks_sum_up(out);
	return WV_OK;
}

uint32_t wv_blocks_hinted(const struct wv_blocks *blocks, uint32_t node, uint32_t top,
                          uint32_t hints)
{
	const struct wv_html *html = blocks->html;

	while (node != WV_NODE_NONE && node != top) {
		if ((blocks->notes[node].hints | blocks->notes[node].tag_hints) & hints)
			return node;
		node = html->nodes[node].parent;
	}
	return WV_NODE_NONE;
}
