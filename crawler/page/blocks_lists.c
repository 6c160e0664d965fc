#include "crawler/page/blocks_parts.h"

#include "config/base/checked.h"

/* Does the element begin with a headline that is a link? Teasers do, sections do not. */
static bool begins_with_link(const struct wv_blocks *blocks, const struct wv_node_note *note)
{
	size_t end = wv_min_size(note->end_block, (size_t)note->first_block + 3);

	for (size_t b = note->first_block; b < end; b++) {
		const struct wv_text_block *block = &blocks->blocks[b];

		if (block->units >= 6 && block->link_units * 10 >= block->units * 9)
			return true;
		if (block->prose > 0)
			return false;
	}
	return false;
}

/* Has the element three or more children of one form, most with a link of their own? */
static bool is_list(const struct wv_blocks *blocks, uint32_t i)
{
	const struct wv_html *html = blocks->html;
	uint32_t children = 0, linked = 0, headed = 0;
	uint16_t tag = 0;
	float most = 0, sum = 0;

	for (uint32_t c = wv_node_first_child(html, i); c != WV_NODE_NONE; c = html->nodes[c].next) {
		const struct wv_node_note *note = &blocks->notes[c];

		if (html->nodes[c].tag == WV_TAG_TEXT || note->units == 0)
			continue;
		if (html->nodes[c].tag == WV_TAG_P || blocks_is_inline(html->nodes[c].tag) ||
		    html->nodes[c].tag == WV_TAG_TR)
			return false;
		if (tag && html->nodes[c].tag != tag)
			return false;
		tag = html->nodes[c].tag;
		children++;
		if (note->link_units >= 6)
			linked++;
		if (note->link_units * 3 >= note->units || begins_with_link(blocks, note))
			headed++;
		if (note->prose > most)
			most = note->prose;
		sum += note->prose;
	}
	/* "Ten things to know today": each begins with a link, and then tells it. */
	if (html->nodes[i].tag == WV_TAG_OL && sum >= 24.0f * (float)children)
		return false;
	return children >= 3 && linked * 4 >= children * 3 && headed * 4 >= children * 3 &&
	       most < 160;
}

/* Does the element begin with a short line that holds a link or a number, and then tell something?
 * So do readers' comments: a name, a date, and what they said. */
static bool begins_with_name(const struct wv_blocks *blocks, const struct wv_node_note *note)
{
	const struct wv_text_block *first = &blocks->blocks[note->first_block];

	if (note->end_block < note->first_block + 2 || first->heading || first->units > 16 ||
	    first->prose > 0 || note->prose <= 0)
		return false;
	if (first->link_units > 0)
		return true;
	for (size_t i = 0; i < first->text.n; i++)
		if (wv_byte_is_digit(first->text.p[i]))
			return true;
	return false;
}

/* Are three or more of its children, and most of them, such comments? */
static bool is_thread(const struct wv_blocks *blocks, uint32_t i)
{
	const struct wv_html *html = blocks->html;
	uint32_t children = 0, named = 0;

	for (uint32_t c = wv_node_first_child(html, i); c != WV_NODE_NONE; c = html->nodes[c].next) {
		const struct wv_node_note *note = &blocks->notes[c];
		uint16_t tag = html->nodes[c].tag;

		if (tag == WV_TAG_TEXT || note->units == 0)
			continue;
		if (tag != WV_TAG_LI && tag != WV_TAG_DIV && tag != WV_TAG_ARTICLE)
			return false;
		children++;
		named += begins_with_name(blocks, note);
	}
	return named >= 3 && named * 4 >= children * 3;
}

/* Sums from the leaves up: children stand behind their parents in the array. */
void blocks_sum_up(struct wv_blocks *blocks)
{
	const struct wv_html *html = blocks->html;

	for (size_t b = 0; b < blocks->count; b++) {
		struct wv_node_note *note = &blocks->notes[blocks->blocks[b].node];

		note->units += blocks->blocks[b].units;
		note->link_units += blocks->blocks[b].link_units;
		note->links = (uint16_t)wv_min_size(note->links + blocks->blocks[b].links, UINT16_MAX);
		note->prose += blocks->blocks[b].is_teaser ? 0 : blocks->blocks[b].prose;
	}
	for (uint32_t i = html->node_count; i-- > 1;) {
		struct wv_node_note *note = &blocks->notes[i];
		struct wv_node_note *parent;

		if (html->nodes[i].tag == WV_TAG_TEXT || html->nodes[i].parent == WV_NODE_NONE)
			continue;
		if (note->units == 0 && note->links == 0 && note->pictures == 0)
			continue;
		if (note->links >= 3 && note->units > 0 && note->link_units * 10 >= note->units &&
		    is_list(blocks, i)) {
			note->flags |= WV_NOTE_LIST;
			note->prose = 0;
		}
		if (note->prose > 0 && note->end_block > note->first_block + 5 &&
		    is_thread(blocks, i))
			note->tag_hints |= WV_HINT(WV_REASON_COMMENTS);
		parent = &blocks->notes[html->nodes[i].parent];
		/* Of inline elements around blocks the range was not known on the way down. */
		if (note->end_block > parent->end_block)
			parent->end_block = note->end_block;
		parent->units += note->units;
		parent->link_units += note->link_units;
		parent->links = (uint16_t)wv_min_size((size_t)parent->links + note->links, UINT16_MAX);
		parent->prose += note->prose;
		parent->pictures =
			(uint16_t)wv_min_size((size_t)parent->pictures + note->pictures, UINT16_MAX);
	}
}
