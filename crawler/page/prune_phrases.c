#include "crawler/page/prune_parts.h"

#include "config/base/checked.h"

/* "This summary was generated": the largest box around it that holds hardly any of the article. */
static void drop_box(struct pruner *p, size_t b)
{
	uint32_t node = block_at(p, b)->node, box = WV_NODE_NONE;

	for (; node != WV_NODE_NONE && node != p->candidate->node; node = p->html->nodes[node].parent) {
		const struct wv_node_note *note = &p->blocks->notes[node];

		if (note->prose > 0.2f * p->prose || note->end_block > note->first_block + 16)
			break;
		box = node;
	}
	if (box != WV_NODE_NONE)
		prune_drop_node(p, box, WV_REASON_NOTICE);
}

#define SIBLINGS_NEAR 8u /* blocks looked at on both sides of a sentence */

/* What goes with the head of a foreign block: its siblings up to the next running text. */
static void cascade(struct pruner *p, size_t head, enum wv_reason reason)
{
	float before = 0;
	uint32_t node = block_at(p, head)->node;
	uint32_t parent;
	size_t b = head + 1;

	/* Readers' comments are the end of the article, however long they are. */
	for (size_t k = p->first; k < head; k++)
		before += is_kept(p, k) ? block_at(p, k)->prose : 0;
	if (reason == WV_REASON_COMMENTS && block_at(p, head)->heading && before >= 60) {
		for (; b < p->end; b++)
			if (!is_stated(p, b))
				drop(p, b, reason);
		return;
	}
	/* The largest element around it that holds hardly any of the article. */
	while ((parent = p->html->nodes[node].parent) != WV_NODE_NONE && node != p->candidate->node &&
	       parent != p->candidate->node &&
	       p->blocks->notes[parent].prose <= 0.12f * p->prose &&
	       p->blocks->notes[parent].first_block + 2 >= head)
		node = parent;
	if (node != p->candidate->node && p->blocks->notes[node].prose <= 0.25f * p->prose &&
	    p->blocks->notes[node].first_block + 2 >= head) {
		size_t end = wv_min_size(p->blocks->notes[node].end_block, p->end);

		for (; b < end; b++)
			if (!is_stated(p, b))
				drop(p, b, reason);
	}
	/* And links or short lines that follow. */
	for (; b < p->end; b++) {
		const struct wv_text_block *block = block_at(p, b);

		if (is_stated(p, b))
			break;
		if (link_share(block) > 0.6f || (block->units < 8 && !block->heading))
			drop(p, b, reason);
		else
			break;
	}
}

/* What even an articleBody ends with: it was made from the page's text, appeals and all. */
static bool is_appeal(enum wv_reason reason)
{
	return reason == WV_REASON_NEWSLETTER || reason == WV_REASON_PAYWALL ||
	       reason == WV_REASON_SHARE;
}

/* Running text of the same element and tag in the next few blocks of that direction. */
static unsigned count_siblings(const struct pruner *p, size_t b, int step)
{
	uint32_t node = block_at(p, b)->node, parent = p->html->nodes[node].parent;
	unsigned siblings = 0;

	for (unsigned i = 0; i < SIBLINGS_NEAR; i++) {
		const struct wv_text_block *block;

		if (step < 0 ? b == p->first : b + 1 >= p->end)
			break;
		b += (size_t)step;
		block = block_at(p, b);
		siblings += is_kept(p, b) && block->prose > 0 &&
			    p->html->nodes[block->node].parent == parent &&
			    p->html->nodes[block->node].tag == p->html->nodes[node].tag;
	}
	return siblings;
}

/*
 * "Norway will not become a member, the minister said.": a sentence without a link amid sentences of
 * the same element tells something, whatever phrase is in it.
 */
static bool is_amid_text(const struct pruner *p, size_t b)
{
	const struct wv_text_block *block = block_at(p, b);

	return block->prose > 0 && block->ends_sentence && block->link_units == 0 &&
	       !block->is_bold && count_siblings(p, b, -1) > 0 && count_siblings(p, b, 1) > 1;
}

void prune_phrases(struct pruner *p)
{
	for (size_t b = p->first; b < p->end; b++) {
		struct wv_text_block *block = block_at(p, b);
		struct wv_phrase phrase;

		/* A button that opens the note on a summary's making is a button, and says so. */
		if (!is_kept(p, b) && !block->heading && block->reason != WV_REASON_SHARE)
			continue;
		if (wv_words_is_placeholder(block->text)) {
			drop(p, b, WV_REASON_ADVERT);
			continue;
		}
		phrase = wv_words_phrase(block->text, block->units);
		if (phrase.reason == WV_REASON_NONE ||
		    (is_stated(p, b) && block->prose > 0 && !is_appeal(phrase.reason)))
			continue;
		if (phrase.is_inside && !phrase.opens && is_amid_text(p, b))
			continue;
		/* "His comments on the case were brief." opens no thread. */
		if (phrase.reason == WV_REASON_COMMENTS && !block->heading && block->units > 14 &&
		    block->prose > 0)
			continue;
		if (phrase.opens && phrase.reason == WV_REASON_NOTICE) {
			drop(p, b, phrase.reason);
			drop_box(p, b);
			continue;
		}
		if (!is_kept(p, b) && !block->heading)
			continue;
		drop(p, b, phrase.reason);
		if (phrase.opens)
			cascade(p, b, phrase.reason);
	}
}

/*
 * Players and bars come as elements of short lines: where some of them said what they are, the
 * others go with them.
 */
void prune_widgets(struct pruner *p)
{
	uint32_t top = p->candidate->node;
	uint32_t end = p->html->nodes[top].end;

	for (uint32_t i = top + 1; i < end; i++) {
		const struct wv_node_note *note = &p->blocks->notes[i];
		size_t named = 0, total = 0, from, to;

		if (p->html->nodes[i].tag == WV_TAG_TEXT || note->prose > 0 ||
		    note->end_block < note->first_block + 3)
			continue;
		from = wv_max_size(note->first_block, p->first);
		to = wv_min_size(note->end_block, p->end);
		for (size_t b = from; b < to; b++) {
			uint8_t reason = block_at(p, b)->reason;

			total++;
			named += reason == WV_REASON_SHARE || reason == WV_REASON_VIDEO ||
				 reason == WV_REASON_NEWSLETTER || reason == WV_REASON_PAYWALL;
		}
		if (named >= 2 && named * 3 >= total)
			for (size_t b = from; b < to; b++)
				if (!is_stated(p, b) && block_at(p, b)->units < 40)
					drop(p, b, WV_REASON_VIDEO);
	}
}
