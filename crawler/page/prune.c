#include "crawler/page/prune_parts.h"

#include "config/base/checked.h"

static void prune_title(struct pruner *p)
{
	struct wv_slice title = wv_candidate_letters(p->arena, p->input->title);

	for (size_t b = p->first; b < p->end; b++) {
		struct wv_text_block *block = block_at(p, b);
		struct wv_slice text;

		if (b == p->input->headline_block || block->heading == 1) {
			if (b == p->input->headline_block || b < p->first + 12)
				drop(p, b, WV_REASON_TITLE);
			continue;
		}
		if (title.n < 6 || block->text.n > p->input->title.n * 2 + 40)
			continue;
		text = wv_candidate_letters(p->arena, block->text);
		if (wv_slice_equals(text, title))
			drop(p, b, WV_REASON_TITLE);
	}
}

/*
 * Pages that go on with the next article, or show cards of others: elements <article> that stand
 * beside the one around the headline. Live blogs write their items so, and have no headline in one.
 */
static void prune_other_articles(struct pruner *p)
{
	uint32_t node, own = WV_NODE_NONE, end = p->html->nodes[p->candidate->node].end;
	size_t anchor = p->input->headline_block;

	if (p->input->is_live || anchor == SIZE_MAX || block_at(p, anchor)->heading != 1)
		return;
	for (node = block_at(p, anchor)->node; node != WV_NODE_NONE;
	     node = p->html->nodes[node].parent)
		if (p->html->nodes[node].tag == WV_TAG_ARTICLE)
			own = node;
	if (own == WV_NODE_NONE || p->blocks->notes[own].prose < 0.15f * p->prose)
		return;
	for (uint32_t i = p->html->nodes[own].end; i < end; i++)
		if (p->html->nodes[i].tag == WV_TAG_ARTICLE)
			prune_drop_node(p, i, WV_REASON_RELATED);
}

/*
 * Most articles' paragraphs are children of one element. What follows behind it in other elements
 * is said to readers, not told: notes on the author, appeals, notices.
 */
static bool is_before(const struct pruner *p, size_t b, uint32_t node)
{
	return block_at(p, b)->node < node &&
	       !wv_node_is_within(p->html, node, block_at(p, b)->node);
}

/* Questions and answers, sections: three or more headings with text of their own, hardly a link. */
static bool goes_on_behind(const struct pruner *p, uint32_t node)
{
	uint32_t units = 0, links = 0;
	unsigned told = 0;
	bool is_under_heading = false;

	for (size_t b = p->first; b < p->end; b++) {
		const struct wv_text_block *block = block_at(p, b);

		if (block->node < node || !is_kept(p, b))
			continue;
		units += block->units;
		links += block->link_units;
		told += is_under_heading && block->prose >= 30;
		is_under_heading = block->heading != 0;
	}
	return told >= 3 && links * 12 < units;
}

/* Does the element begin with running text or a heading, not with who wrote when? */
static bool begins_with_text(const struct pruner *p, uint32_t node)
{
	const struct wv_node_note *note = &p->blocks->notes[node];

	for (size_t b = wv_max_size(note->first_block, p->first); b < note->end_block && b < p->end; b++)
		if (is_kept(p, b))
			return prune_is_prose(p, b) || block_at(p, b)->heading ||
			       (block_at(p, b)->units >= 8 && block_at(p, b)->link_units == 0 &&
				!prune_is_date_line(p, b));
	return false;
}

/*
 * An advertisement may part an article in two elements of one form: the same tags with the same
 * names on the way up from both, with a name or on a longer way. Where the block's element is such
 * a part, the end of that; else 0.
 */
static uint32_t end_of_part(const struct pruner *p, uint32_t main_node, size_t b)
{
	uint32_t x = main_node, y = block_at(p, b)->node, part;
	unsigned named = 0, steps = 0;

	if (p->html->nodes[y].tag == WV_TAG_P)
		y = p->html->nodes[y].parent;
	part = y;
	for (; x != y; steps++) {
		struct wv_slice name = wv_node_attr_value(p->html, x, WV_ATTR_CLASS);

		if (x == p->candidate->node || y == p->candidate->node ||
		    p->html->nodes[x].tag != p->html->nodes[y].tag ||
		    p->html->nodes[x].tag == WV_TAG_TD ||
		    !wv_slice_equals(name, wv_node_attr_value(p->html, y, WV_ATTR_CLASS)))
			return 0;
		named += name.n > 0;
		part = y;
		x = p->html->nodes[x].parent;
		y = p->html->nodes[y].parent;
	}
	return steps > 0 && (named > 0 || steps > 1) && begins_with_text(p, part)
		       ? p->html->nodes[part].end
		       : 0;
}

/* Where the article ends whose paragraphs are mostly in `main_node`. */
static uint32_t end_of_parts(const struct pruner *p, uint32_t main_node)
{
	uint32_t end = p->html->nodes[main_node].end;

	for (size_t b = p->first; b < p->end; b++)
		if (prune_is_prose(p, b) && block_at(p, b)->node >= end) {
			uint32_t part = end_of_part(p, main_node, b);

			if (part == 0)
				break;
			end = part;
		}
	return end;
}

static void prune_behind_main(struct pruner *p)
{
	uint32_t main_node = WV_NODE_NONE, end;
	float total = 0, best = 0, behind = 0;
	float *sums = WV_ARENA_ARRAY(p->arena, float, p->html->node_count);

	if (!sums || p->candidate->is_plain || p->input->is_live)
		return;
	for (size_t b = p->first; b < p->end; b++) {
		uint32_t node = block_at(p, b)->node;

		if (!prune_is_prose(p, b))
			continue;
		if (p->html->nodes[node].tag == WV_TAG_P || block_at(p, b)->kind == WV_BLOCK_QUOTE)
			node = p->html->nodes[node].parent;
		total += block_at(p, b)->prose;
		sums[node] += block_at(p, b)->prose;
		if (sums[node] > best) {
			best = sums[node];
			main_node = node;
		}
	}
	if (main_node == WV_NODE_NONE || main_node == p->candidate->node || best < 0.6f * total)
		return;
	end = p->html->nodes[main_node].end;
	for (size_t b = p->first; b < p->end; b++)
		if (prune_is_prose(p, b) && block_at(p, b)->node >= end)
			behind += block_at(p, b)->prose;
	if (behind > 0.35f * total || goes_on_behind(p, end))
		return;
	end = end_of_parts(p, main_node);
	for (size_t b = p->first; b < p->end; b++)
		if (block_at(p, b)->node >= end && !is_stated(p, b))
			drop(p, b, WV_REASON_OUTSIDE);
	/* Ahead of it a deck may stand; labels there are tools. */
	for (size_t b = p->first; b < p->end && b < p->first + 30; b++)
		if (is_before(p, b, main_node) && !is_stated(p, b) && block_at(p, b)->prose <= 0 &&
		    !block_at(p, b)->heading && block_at(p, b)->units <= 12)
			drop(p, b, WV_REASON_OUTSIDE);
}

static void prune_stated_range(struct pruner *p)
{
	float inside = 0, after = 0, before = 0;

	if (!p->candidate->is_delimited)
		return;
	for (size_t b = p->first; b < p->end; b++) {
		if (!prune_is_prose(p, b))
			continue;
		if (b < p->candidate->stated_first)
			before += block_at(p, b)->prose;
		else if (b >= p->candidate->stated_end)
			after += block_at(p, b)->prose;
		else
			inside += block_at(p, b)->prose;
	}
	if (after <= 0.25f * inside)
		for (size_t b = p->candidate->stated_end; b < p->end; b++)
			drop(p, b, WV_REASON_OUTSIDE);
	if (before <= 0.15f * inside)
		for (size_t b = p->first; b < p->candidate->stated_first && b < p->end; b++)
			if (block_at(p, b)->prose <= 0)
				drop(p, b, WV_REASON_OUTSIDE);
}

static void prune_site(struct pruner *p)
{
	unsigned opening = 0;

	if (!p->input->model)
		return;
	for (size_t b = p->first; b < p->end; b++) {
		const struct wv_text_block *block = block_at(p, b);
		uint64_t print;
		double share;

		if (block->reason != WV_REASON_NONE)
			continue;
		print = wv_block_print(block->text);
		share = wv_site_model_share(p->input->model, print);
		/* All the other pages may show this article's opening as a teaser. */
		if (opening < 2 && block->units >= 8 &&
		    !wv_site_model_is_inside(p->input->model, print))
			share = 0;
		opening += block->prose > 0;
		/* Prose on a third of a site's pages is no article's. */
		if (share >= 0.3 || (share >= 0.1 && block->prose <= 0))
			drop(p, b, WV_REASON_SITE);
	}
}

/* The headline parts what belongs to the page from what belongs to the article. */
static void drop_before_headline(struct pruner *p)
{
	size_t headline = p->input->headline_block;
	float before = 0;

	if (headline == SIZE_MAX || headline < p->first || headline >= p->end ||
	    block_at(p, headline)->heading != 1 || (headline - p->first) * 3 > p->end - p->first)
		return;
	for (size_t b = p->first; b < headline; b++)
		before += block_at(p, b)->prose;
	if (before < 0.1f * p->prose)
		for (size_t b = p->first; b < headline; b++)
			drop(p, b, WV_REASON_LABEL);
}

void wv_prune(const struct wv_prune_input *input, struct wv_arena *arena)
{
	struct pruner p = {
		.input = input,
		.blocks = input->blocks,
		.html = input->blocks->html,
		.candidate = input->candidate,
		.arena = arena,
		.first = input->candidate->first,
		.end = input->candidate->end,
		.prose = input->candidate->prose,
	};

	drop_before_headline(&p);
	prune_site(&p);
	prune_by_names(&p);
	prune_by_inline_names(&p);
	prune_picture_lines(&p);
	prune_forms(&p);
	prune_lists(&p);
	prune_other_articles(&p);
	prune_title(&p);
	prune_phrases(&p);
	prune_widgets(&p);
	prune_links(&p);
	prune_repeated(&p);
	prune_pulled(&p);
	prune_stated_range(&p);
	prune_behind_main(&p);
	prune_look_for_facts(&p);
	prune_late_byline(&p);
	prune_about_author(&p);
	prune_ends(&p);
	prune_empty_headings(&p);
	prune_ends(&p);
	prune_rules(&p);
	for (size_t b = p.first; input->is_live && b < p.end; b++)
		if (is_kept(&p, b) && !block_at(&p, b)->heading &&
		    (prune_is_clock_line(block_at(&p, b)) || prune_is_date_line(&p, b)))
			block_at(&p, b)->kind = WV_BLOCK_UPDATE;
}
