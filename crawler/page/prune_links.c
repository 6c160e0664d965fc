#include "crawler/page/prune_parts.h"

#define CARD_MOST 110.0f /* running text of a box that leads to another article */

void prune_lists(struct pruner *p)
{
	uint32_t top = p->candidate->node;
	uint32_t end = p->html->nodes[top].end;

	for (uint32_t i = top + 1; i < end; i++)
		if (p->blocks->notes[i].flags & WV_NOTE_LIST)
			prune_drop_node(p, i, WV_REASON_LINKS);
	for (size_t b = p->first; b < p->end; b++)
		if (block_at(p, b)->is_teaser && !is_stated(p, b))
			drop(p, b, WV_REASON_RELATED);
}

/*
 * Of lists that are told at length - the best of, ten ways to - the headings may all be links: three
 * or more of one level, with most of the article under them. 0 if they are not.
 */
static uint8_t told_heading(const struct pruner *p)
{
	float under[7] = {0}, sum = 0;
	unsigned count[7] = {0};
	uint8_t level = 0;

	for (size_t b = p->first; b < p->end; b++) {
		const struct wv_text_block *block = block_at(p, b);

		if (!is_kept(p, b))
			continue;
		if (block->heading) {
			level = link_share(block) >= 0.65f ? block->heading : 0;
			sum = 0;
			continue;
		}
		/* A teaser is one paragraph at most. */
		if (level && sum < 60 && sum + block->prose >= 60)
			count[level]++;
		sum += block->prose;
		under[level] += block->prose;
	}
	for (level = 2; level <= 6; level++)
		if (count[level] >= 3 && under[level] >= 0.5f * p->prose)
			return level;
	return 0;
}

/* An address that is its own text names a source; headlines of others are words. */
static bool is_address(struct wv_slice text)
{
	size_t at = wv_slice_find(text, WV_LIT("http"), 0);

	return at <= 8 && text.n - at > 10 &&
	       wv_slice_find_byte(text, ' ', at) == SIZE_MAX;
}

/* In a paragraph by itself: a row of them is a list of links, one in a box an embedded post. */
static bool is_source(const struct pruner *p, size_t b)
{
	return is_address(block_at(p, b)->text) && b > p->first && b + 1 < p->end &&
	       wv_node_is(p->html, block_at(p, b)->node, WV_TAG_P) &&
	       !is_address(block_at(p, b - 1)->text) && !is_address(block_at(p, b + 1)->text);
}

/* A picture or a heading, a headline that is a link, and a sentence or two at most. */
static bool is_card(const struct pruner *p, uint32_t node, uint8_t told)
{
	const struct wv_node_note *note = &p->blocks->notes[node];
	size_t headline = SIZE_MAX;

	if (note->end_block < note->first_block + 2u || note->end_block > note->first_block + 5u ||
	    note->prose > CARD_MOST || note->prose > 0.3f * p->prose)
		return false;
	for (size_t b = note->first_block; b < note->end_block; b++) {
		const struct wv_text_block *block = block_at(p, b);

		if (is_stated(p, b) || b == p->input->headline_block)
			return false;
		if (headline == SIZE_MAX && block->units >= 8 && link_share(block) >= 0.9f &&
		    (block->heading || note->pictures > 0))
			headline = b;
		else if (block->heading || (headline == SIZE_MAX && block->units > 12))
			return false;
	}
	return headline != SIZE_MAX && (!told || block_at(p, headline)->heading != told);
}

/* Boxes that lead to one other article, amid the text. */
static void prune_cards(struct pruner *p, uint8_t told)
{
	uint32_t top = p->candidate->node;
	uint32_t end = p->html->nodes[top].end;

	for (uint32_t i = top + 1; i < end; i++)
		if ((p->html->nodes[i].tag == WV_TAG_DIV || p->html->nodes[i].tag == WV_TAG_SECTION ||
		     p->html->nodes[i].tag == WV_TAG_ARTICLE) &&
		    is_card(p, i, told))
			prune_drop_node(p, i, WV_REASON_RELATED);
}

/* Blocks that are links and nothing else. */
void prune_links(struct pruner *p)
{
	uint8_t told = told_heading(p);

	prune_cards(p, told);
	for (size_t b = p->first; b < p->end; b++) {
		const struct wv_text_block *block = block_at(p, b);
		float share = link_share(block);

		if (!is_kept(p, b) || block->link_units == 0 || is_stated(p, b) ||
		    (told && block->heading == told) || is_source(p, b))
			continue;
		/* Names in a row, each linked: "A, B, C". */
		if (block->links >= 3 && block->stops + 1 >= block->links && share < 0.97f)
			continue;
		/* "The Examiner reports:" leads to what follows. */
		if (block->text.p[block->text.n - 1] == ':' && block->prose >= 0 && b + 1 < p->end &&
		    is_kept(p, b + 1) && block->kind == WV_BLOCK_PARAGRAPH &&
		    link_share(block_at(p, b + 1)) < 0.5f)
			continue;
		if (share >= 0.9f && block->units < 80)
			drop(p, b, WV_REASON_LINKS);
		else if (share >= 0.8f && block->units < 60 && !block->ends_sentence)
			drop(p, b, WV_REASON_LINKS);
	}
}
