#include "crawler/page/prune_parts.h"

#include "config/base/checked.h"

/* Names of small things never take whole sentences with them. */
static bool is_protected(const struct wv_text_block *block, enum wv_reason reason)
{
	switch (reason) {
	case WV_REASON_META:
	case WV_REASON_NAVIGATION:
	case WV_REASON_EDITOR:
		return block->prose > 0 && block->sentences >= 2 && block->units >= 30;
	case WV_REASON_SHARE:
		return block->kind == WV_BLOCK_QUOTE;
	case WV_REASON_ADVERT:
	case WV_REASON_VIDEO:
		return block->prose > 0 && block->sentences >= 2 && block->units >= 60;
	default:
		return false;
	}
}

void prune_drop_node(const struct pruner *p, uint32_t node, enum wv_reason reason)
{
	const struct wv_node_note *note = &p->blocks->notes[node];
	size_t end = wv_min_size(note->end_block, p->end);

	for (size_t b = wv_max_size(note->first_block, p->first); b < end; b++)
		if ((!is_stated(p, b) || block_at(p, b)->prose <= 0) &&
		    !is_protected(block_at(p, b), reason))
			drop(p, b, reason);
}

struct hint_rule {
	uint32_t hint;
	enum wv_reason reason;
	float by_tag;  /* most of the container's running text that may go with one element */
	float by_name;
};

static const struct hint_rule hint_rules[] = {
	{WV_HINT(WV_REASON_HIDDEN), WV_REASON_HIDDEN, 0.3f, 0.1f},
	{WV_HINT(WV_REASON_RELATED), WV_REASON_RELATED, 0.3f, 0.25f},
	{WV_HINT(WV_REASON_SHARE), WV_REASON_SHARE, 0.05f, 0.08f},
	{WV_HINT(WV_REASON_COMMENTS), WV_REASON_COMMENTS, 0.8f, 0.8f},
	{WV_HINT(WV_REASON_NAVIGATION), WV_REASON_NAVIGATION, 0.3f, 0.2f},
	{WV_HINT(WV_REASON_NEWSLETTER), WV_REASON_NEWSLETTER, 0.15f, 0.2f},
	{WV_HINT(WV_REASON_ADVERT), WV_REASON_ADVERT, 0.2f, 0.2f},
	{WV_HINT(WV_REASON_CAPTION), WV_REASON_CAPTION, 0.3f, 0.2f},
	{WV_HINT(WV_REASON_AUTHOR_BOX), WV_REASON_AUTHOR_BOX, 0.2f, 0.2f},
	{WV_HINT(WV_REASON_META), WV_REASON_META, 0.1f, 0.08f},
	{WV_HINT(WV_REASON_FOOTER), WV_REASON_FOOTER, 0.3f, 0.25f},
	{WV_HINT(WV_REASON_SIDEBAR), WV_REASON_SIDEBAR, 0.3f, 0.2f},
	{WV_HINT(WV_REASON_PAYWALL), WV_REASON_PAYWALL, 0.15f, 0.15f},
	{WV_HINT(WV_REASON_CONSENT), WV_REASON_CONSENT, 0.3f, 0.3f},
	{WV_HINT(WV_REASON_VIDEO), WV_REASON_VIDEO, 0.15f, 0.12f},
	{WV_HINT(WV_REASON_OVERLAY), WV_REASON_OVERLAY, 0.3f, 0.25f},
	{WV_HINT(WV_REASON_NOTICE), WV_REASON_NOTICE, 0.2f, 0.2f},
};

#define WORN_PARTS    3u   /* elements with a name that is worn out, at least */
#define WORN_SHARE    0.5f /* of the running text that they have */
#define WORN_COMMENTS 0.9f /* readers may say more than the article */

/* What the elements of one name have of the text, an element in another of them left out. */
struct named {
	uint32_t end; /* of the element at hand */
	uint32_t parts;
	float prose, plain; /* plain: units outside of links */
};

static void add_named(struct named *named, const struct pruner *p, uint32_t node)
{
	const struct wv_node_note *note = &p->blocks->notes[node];

	if (node < named->end)
		return;
	named->end = p->html->nodes[node].end;
	named->parts++;
	named->prose += note->prose;
	named->plain += (float)(note->units - note->link_units);
}

/*
 * A name on a good part of the text names something else than a box beside it: "paywall" on all
 * that subscribers see, "meta" on each line of a comparison, "author" on every paragraph. Such names
 * say nothing.
 */
static uint32_t worn_out_names(const struct pruner *p, float plain)
{
	struct named named[WV_COUNT(hint_rules)] = {{0}};
	uint32_t top = p->candidate->node;
	uint32_t end = p->html->nodes[top].end, worn = 0;
	float told = p->blocks->notes[top].prose;

	for (uint32_t i = top + 1; i < end; i++) {
		const struct wv_node_note *note = &p->blocks->notes[i];

		if (p->html->nodes[i].tag == WV_TAG_TEXT || !note->hints ||
		    note->units == note->link_units)
			continue;
		for (size_t r = 0; r < WV_COUNT(hint_rules); r++)
			if (note->hints & hint_rules[r].hint)
				add_named(&named[r], p, i);
	}
	for (size_t r = 0; r < WV_COUNT(hint_rules); r++) {
		const struct named *n = &named[r];
		enum wv_reason reason = hint_rules[r].reason;
		float share = reason == WV_REASON_COMMENTS ? WORN_COMMENTS : WORN_SHARE;

		if ((n->parts >= WORN_PARTS && n->prose > share * told) ||
		    (reason == WV_REASON_META && n->plain > 0.12f * plain && n->plain > 200) ||
		    (reason == WV_REASON_PAYWALL && n->parts > 4))
			worn |= hint_rules[r].hint;
	}
	return worn;
}

/* Captions, bylines and labels whose name is on an inline element around all of their text. */
void prune_by_inline_names(struct pruner *p)
{
	static const struct {
		enum wv_reason reason;
		uint32_t most_units;
	} rules[] = {
		{WV_REASON_CAPTION, 140},
		{WV_REASON_AUTHOR_BOX, 24},
		{WV_REASON_META, 24},
	};

	for (size_t b = p->first; b < p->end; b++) {
		const struct wv_text_block *block = block_at(p, b);

		if (!block->inline_hints || block->heading || is_stated(p, b))
			continue;
		for (size_t r = 0; r < WV_COUNT(rules); r++)
			if ((block->inline_hints & WV_HINT(rules[r].reason)) &&
			    block->units <= rules[r].most_units &&
			    block->prose <= 0.1f * p->prose)
				drop(p, b, rules[r].reason);
	}
}

/*
 * A picture with a line or two in one element of their own: what the picture shows. Paragraphs,
 * items and cells with a picture in them are text.
 */
void prune_picture_lines(struct pruner *p)
{
	uint32_t top = p->candidate->node;
	uint32_t end = p->html->nodes[top].end;

	for (uint32_t i = top + 1; i < end; i++) {
		const struct wv_node_note *note = &p->blocks->notes[i];
		bool is_lines = true;

		if (p->html->nodes[i].tag != WV_TAG_DIV || note->pictures == 0 ||
		    note->units == 0 || note->units > 100 || note->link_units * 2 > note->units ||
		    note->end_block > note->first_block + 3 || note->prose > 0.1f * p->prose)
			continue;
		for (size_t b = note->first_block; b < note->end_block; b++) {
			uint16_t tag = p->html->nodes[block_at(p, b)->node].tag;

			is_lines &= !block_at(p, b)->heading && tag != WV_TAG_LI &&
				    tag != WV_TAG_TD && tag != WV_TAG_P &&
				    block_at(p, b)->node != i;
		}
		if (is_lines)
			prune_drop_node(p, i, WV_REASON_CAPTION);
	}
}

/* A line or two and a form in one element: an appeal to leave an address. */
void prune_forms(struct pruner *p)
{
	uint32_t top = p->candidate->node;
	uint32_t end = p->html->nodes[top].end;

	for (uint32_t i = top + 1; i < end; i++) {
		uint32_t box = p->html->nodes[i].parent;
		const struct wv_node_note *note = &p->blocks->notes[box];

		if (p->html->nodes[i].tag == WV_TAG_FORM && box != top &&
		    note->end_block <= note->first_block + 5u && note->prose <= 80 &&
		    note->prose <= 0.2f * p->prose)
			prune_drop_node(p, box, WV_REASON_NEWSLETTER);
	}
}

void prune_by_names(struct pruner *p)
{
	uint32_t top = p->candidate->node;
	uint32_t end = p->html->nodes[top].end;
	float plain = (float)(p->blocks->notes[top].units - p->blocks->notes[top].link_units);
	uint32_t worn = worn_out_names(p, plain);

	for (uint32_t i = top + 1; i < end; i++) {
		const struct wv_node_note *note = &p->blocks->notes[i];
		uint32_t hints = (note->hints & ~worn) | note->tag_hints;

		if (p->html->nodes[i].tag == WV_TAG_TEXT || note->end_block <= note->first_block)
			continue;
		if ((note->flags & WV_NOTE_HIDDEN) && note->prose < 0.9f * p->prose) {
			prune_drop_node(p, i, WV_REASON_HIDDEN);
			continue;
		}
		if (!hints || (hints & WV_HINT_BODY))
			continue;
		/* Embedded posts are quoted: "twitter-tweet" is no share bar. */
		if (p->html->nodes[i].tag == WV_TAG_BLOCKQUOTE)
			hints &= ~WV_HINT(WV_REASON_SHARE);
		/* Rows of a table of players are no video player. */
		if (p->html->nodes[i].tag == WV_TAG_TR)
			hints &= ~WV_HINT(WV_REASON_VIDEO);
		for (size_t r = 0; r < WV_COUNT(hint_rules); r++) {
			const struct hint_rule *rule = &hint_rules[r];
			float most;

			if (!(hints & rule->hint))
				continue;
			most = note->tag_hints & rule->hint ? rule->by_tag : rule->by_name;
			/* Most of the plain text, be it no prose: a table, a list. */
			if (rule->reason != WV_REASON_COMMENTS &&
			    (float)(note->units - note->link_units) > 0.5f * plain)
				continue;
			/* Bylines, dates, tags are short, and tell nothing. */
			if (rule->reason == WV_REASON_META &&
			    (note->units - note->link_units > 120 || note->prose >= 40))
				continue;
			if (note->prose <= most * p->prose ||
			    (p->candidate->is_plain && (note->tag_hints & rule->hint))) {
				prune_drop_node(p, i, rule->reason);
				break;
			}
		}
	}
}
