#include "crawler/page/next_story.h"

#include "config/base/checked.h"
#include "config/base/text.h"
#include "crawler/page/times.h"

#define HEAD_MOST    6u    /* blocks between a headline and its date */
#define OPENING_MOST 12u   /* blocks in which its text begins */
#define OWN_LEAST    16.0f /* running text of the first article: a flash is one sentence */
#define STORY_LEAST  60.0f /* of the next one's opening */
#define ITEMS_LEAST  4u    /* this many and short: the items of one article */
#define ITEM_MOST    150.0f
#define HEADS_MOST   60u   /* headings looked at */

bool wv_next_story_is_date_line(struct wv_arena *arena, const struct wv_text_block *block)
{
	struct wv_times_context context = {.fetched = WV_TIME_NONE};
	struct wv_stated_time time;
	size_t begin, at = 0;

	if (block->units > 44 || block->sentences > 3 ||
	    !wv_times_find(arena, &context, block->text, &begin, &at, &time))
		return false;
	return wv_text_units(wv_slice_part(block->text, 0, begin)) +
		       wv_text_units(wv_slice_from(block->text, at)) <=
	       14;
}

/* The elements of two blocks are written in one form: tag, class, and the tag around. */
static bool is_of_form(const struct wv_html *html, uint32_t x, uint32_t y)
{
	uint32_t a = html->nodes[x].parent, b = html->nodes[y].parent;

	return html->nodes[x].tag == html->nodes[y].tag &&
	       wv_slice_equals(wv_node_attr_value(html, x, WV_ATTR_CLASS),
			       wv_node_attr_value(html, y, WV_ATTR_CLASS)) &&
	       (a == WV_NODE_NONE || b == WV_NODE_NONE || html->nodes[a].tag == html->nodes[b].tag);
}

/* Looking for a date is dear: "yesterday" alone stands below no headline. */
static bool has_digit(struct wv_slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (wv_byte_is_digit(text.p[i]))
			return true;
	return false;
}

/* The date line of a headline; SIZE_MAX if running text or a heading comes first. */
static size_t date_below(const struct wv_blocks *blocks, size_t headline, struct wv_arena *arena)
{
	size_t end = wv_min_size(blocks->count, headline + 1 + HEAD_MOST);

	for (size_t b = headline + 1; b < end; b++) {
		const struct wv_text_block *block = &blocks->blocks[b];

		if (block->heading && block->units < 30)
			return SIZE_MAX;
		if (has_digit(block->text) && wv_next_story_is_date_line(arena, block))
			return b;
	}
	return SIZE_MAX;
}

/* Running text in [from, end), teasers left out. */
static float told_in(const struct wv_blocks *blocks, size_t from, size_t end)
{
	float told = 0;

	for (size_t b = from; b < end && b < blocks->count; b++)
		told += blocks->blocks[b].is_teaser ? 0 : blocks->blocks[b].prose;
	return told;
}

/* Do both stand at the same place of two elements of one form, the first of them with the text? */
static bool is_of_one_stream(const struct wv_blocks *blocks, size_t headline, size_t next)
{
	const struct wv_html *html = blocks->html;
	uint32_t a = blocks->blocks[headline].node, b = blocks->blocks[next].node;

	if (blocks->blocks[headline].heading != blocks->blocks[next].heading)
		return false;
	while (html->nodes[a].tag == html->nodes[b].tag) {
		if (html->nodes[a].parent == html->nodes[b].parent)
			return told_in(blocks, headline, blocks->notes[a].end_block) >= OWN_LEAST &&
			       told_in(blocks, next, blocks->notes[b].end_block) >= STORY_LEAST &&
			       blocks->notes[a].end_block <= next;
		a = html->nodes[a].parent;
		b = html->nodes[b].parent;
		if (a == WV_NODE_NONE || b == WV_NODE_NONE || a == b)
			return false;
	}
	return false;
}

/* A heading that could be another article's headline, with its text below. */
static bool is_head(const struct wv_blocks *blocks, size_t headline, size_t b)
{
	const struct wv_text_block *block = &blocks->blocks[b];
	uint32_t own = blocks->blocks[headline].node;

	/* Where headlines are no headings, the name they share tells them. */
	if (block->heading ? block->heading > 3
			   : block->ends_sentence || block->units > 80 ||
				     block->kind != WV_BLOCK_PARAGRAPH ||
				     wv_node_attr_value(blocks->html, own, WV_ATTR_CLASS).n == 0 ||
				     !is_of_form(blocks->html, own, block->node))
		return false;
	return block->units >= 8 && !block->is_teaser &&
	       !wv_slice_equals(block->text, blocks->blocks[headline].text) &&
	       told_in(blocks, b + 1, b + 1 + OPENING_MOST) >= STORY_LEAST;
}

/* The element that holds a paragraph. */
static uint32_t holder(const struct wv_blocks *blocks, size_t b)
{
	uint32_t node = blocks->blocks[b].node;

	return wv_node_is(blocks->html, node, WV_TAG_P) ? blocks->html->nodes[node].parent : node;
}

/* A headline that leads to a page of its own. */
static bool is_linked(const struct wv_blocks *blocks, size_t b)
{
	return blocks->blocks[b].link_units * 10 >= blocks->blocks[b].units * 9;
}

/* The outermost element around the one block that does not hold the other. */
static uint32_t box_of(const struct wv_blocks *blocks, size_t b, size_t other)
{
	uint32_t box = blocks->blocks[b].node, parent;

	while ((parent = blocks->html->nodes[box].parent) != WV_NODE_NONE &&
	       !wv_node_is_within(blocks->html, blocks->blocks[other].node, parent))
		box = parent;
	return box;
}

/* In a box or a link amid the text of one element: it tells of another article, and is left again. */
static bool is_amid(const struct wv_blocks *blocks, size_t headline, size_t b)
{
	size_t before = b - 1, end;
	uint32_t box;

	while (before > headline &&
	       (blocks->blocks[before].prose <= 0 || blocks->blocks[before].is_teaser))
		before--;
	box = box_of(blocks, b, before);
	/* One after the other in one element: a headline like the first. */
	if (box == blocks->blocks[b].node && blocks->html->nodes[box].parent == holder(blocks, before))
		return is_linked(blocks, b);
	end = wv_max_size(blocks->notes[box].end_block, b + 1);
	if (box != blocks->blocks[b].node && told_in(blocks, b, end) < STORY_LEAST)
		return true;
	for (size_t k = end; k < blocks->count; k++)
		if (blocks->blocks[k].prose > 0 && holder(blocks, k) == holder(blocks, before))
			return true;
	return false;
}

/* The label above a headline goes with it. */
static size_t with_label(const struct wv_blocks *blocks, size_t headline, size_t next)
{
	const struct wv_text_block *label = &blocks->blocks[next - 1];

	return next - 1 > headline && label->prose <= 0 && label->units <= 6 && !label->heading &&
			       wv_node_is_within(blocks->html, label->node,
						 box_of(blocks, next, headline))
		       ? next - 1
		       : next;
}

size_t wv_next_story_find(const struct wv_blocks *blocks, size_t headline, struct wv_arena *arena)
{
	size_t date = SIZE_MAX, first = SIZE_MAX, last = SIZE_MAX;
	unsigned looks = 0, heads = 0;

	if (headline >= blocks->count)
		return SIZE_MAX;
	for (size_t b = headline + 2; b < blocks->count && looks < HEADS_MOST; b++) {
		size_t other;

		if (!is_head(blocks, headline, b))
			continue;
		if (looks++ == 0)
			date = date_below(blocks, headline, arena);
		if (!is_of_one_stream(blocks, headline, b)) {
			if (date == SIZE_MAX && !is_linked(blocks, b))
				continue;
			other = date_below(blocks, b, arena);
			if (other == SIZE_MAX || is_amid(blocks, headline, b) ||
			    (!is_linked(blocks, b) &&
			     !is_of_form(blocks->html, blocks->blocks[date].node,
					 blocks->blocks[other].node)))
				continue;
		}
		if (first == SIZE_MAX && told_in(blocks, headline + 1, b) < OWN_LEAST)
			return SIZE_MAX;
		if (first == SIZE_MAX)
			first = b;
		last = b;
		heads++;
	}
	/* A live blog's items, a week's programme: heads of one article. */
	if (heads >= ITEMS_LEAST && told_in(blocks, first, last) < ITEM_MOST * (float)(heads - 1))
		return SIZE_MAX;
	return first == SIZE_MAX ? SIZE_MAX : with_label(blocks, headline, first);
}
