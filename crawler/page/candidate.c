#include "crawler/page/candidate.h"

#include "config/base/checked.h"
#include "crawler/page/next_story.h"

/* Names under which running text is likely not the article's. */
#define FOREIGN_HINTS                                                                              \
	(WV_HINT(WV_REASON_RELATED) | WV_HINT(WV_REASON_COMMENTS) |                                \
	 WV_HINT(WV_REASON_NAVIGATION) | WV_HINT(WV_REASON_ADVERT) |                               \
	 WV_HINT(WV_REASON_NEWSLETTER) | WV_HINT(WV_REASON_FOOTER) |                               \
	 WV_HINT(WV_REASON_SIDEBAR) | WV_HINT(WV_REASON_CONSENT) | WV_HINT(WV_REASON_OVERLAY) |    \
	 WV_HINT(WV_REASON_NOTICE))

#define TAG_HINTS                                                                                  \
	(WV_HINT(WV_REASON_SIDEBAR) | WV_HINT(WV_REASON_NAVIGATION) | WV_HINT(WV_REASON_FOOTER))

#define FOREIGN_WEIGHT 0.15f /* of running text under such a name */
#define NEXT_WEIGHT    0.02f /* of the running text of a next story */
#define LEAD_BLOCKS    14u   /* between a headline and the text */
#define LABEL_BYTES    18u
#define LEAD_LEAST     24.0f /* running text of a lead's paragraph */
#define LEAD_WHOLE     76.0f /* a deck of a sentence is shorter; it says what the text does */
#define PART_LEAST     30.0f /* running text of an article's further part */
#define PART_LEVELS    3u
#define PLAIN_BELOW    200.0f /* less running text: look for lists and tables too */
#define NOISE_WEIGHT   0.25f /* of everything that is no running text */

struct wv_slice wv_candidate_letters(struct wv_arena *arena, struct wv_slice text)
{
	unsigned char *out = wv_arena_alloc(arena, text.n + 1);
	size_t n = 0;

	if (!out)
		return WV_SLICE_NONE;
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = text.p[i];

		if (c < 0x80) {
			if (wv_byte_is_alnum(c))
				out[n++] = wv_byte_lower(c);
			continue;
		}
		/* General punctuation, CJK punctuation, full-width signs, Latin-1 signs. */
		if (c == 0xe2 && text.n - i >= 3 && text.p[i + 1] >= 0x80 && text.p[i + 1] <= 0x81) {
			i += 2;
			continue;
		}
		if (c == 0xe3 && text.n - i >= 3 && text.p[i + 1] == 0x80) {
			i += 2;
			continue;
		}
		if (c == 0xef && text.n - i >= 3 && (text.p[i + 1] == 0xbc || text.p[i + 1] == 0xbd) &&
		    (text.p[i + 2] < 0x90 || text.p[i + 2] >= 0x9a)) {
			i += 2;
			continue;
		}
		if (c == 0xc2 && text.n - i >= 2) {
			i++;
			continue;
		}
		out[n++] = c;
	}
	return wv_slice(out, n);
}

static float weigh(const struct wv_blocks *blocks, uint32_t i, const float *prose, size_t headline)
{
	const struct wv_node_note *note = &blocks->notes[i];
	float plain = (float)note->units - (float)note->link_units - prose[i];
	float noise = (float)note->link_units + 0.5f * (plain > 0 ? plain : 0);
	float score = prose[i] - NOISE_WEIGHT * noise;

	if (note->hints & WV_HINT_BODY)
		score += 0.10f * prose[i];
	if (blocks->html->nodes[i].tag == WV_TAG_ARTICLE)
		score += 0.03f * prose[i];
	/* What stands wholly before the headline is another article's. */
	if (headline != SIZE_MAX && note->end_block <= headline)
		score *= 0.3f;
	/* The headline known, the article begins near it. */
	if (headline != SIZE_MAX && note->first_block > headline + 30)
		score *= 0.5f;
	return score;
}

/* Is the element, by its name, likely not the article? */
static bool is_foreign(const struct wv_blocks *blocks, uint32_t i, size_t headline, float total)
{
	const struct wv_node_note *note = &blocks->notes[i];

	if ((note->flags & WV_NOTE_HIDDEN) && note->prose < 0.5f * total)
		return true;
	if (!((note->hints | note->tag_hints) & FOREIGN_HINTS))
		return false;
	/* A theme's "has-sidebar" on the whole page is no sidebar. */
	if (headline != SIZE_MAX && note->first_block <= headline && headline < note->end_block)
		return false;
	/* Names may mean something else; <aside>, <nav>, <footer> and readers' comments do not. */
	return note->prose < 0.7f * total ||
	       ((note->tag_hints & TAG_HINTS) && note->prose < 0.9f * total) ||
	       ((note->hints & WV_HINT(WV_REASON_COMMENTS)) && note->prose < 0.97f * total);
}

/*
 * Articles of lists, tables and short lines have hardly any running text: then the element after
 * the headline with most text that is no link. What lies under foreign names counts neither way.
 */
static uint32_t choose_plain(const struct wv_candidate_input *input, struct wv_arena *arena,
                             float *best_score)
{
	const struct wv_blocks *blocks = input->blocks;
	const struct wv_html *html = blocks->html;
	size_t headline = input->headline_block;
	float *gain = WV_ARENA_ARRAY(arena, float, html->node_count);
	uint32_t best = WV_NODE_NONE;
	float total = blocks->notes[html->body == WV_NODE_NONE ? 0 : html->body].prose;

	*best_score = 0;
	if (!gain)
		return best;
	for (size_t b = 0; b < blocks->count; b++) {
		const struct wv_text_block *block = &blocks->blocks[b];

		if (block->is_teaser || b >= input->next_story)
			continue;
		gain[block->node] += 0.7f * (float)(block->units - block->link_units) -
				     (float)block->link_units + 0.3f * block->prose;
	}
	for (uint32_t i = html->node_count; i-- > 1;) {
		const struct wv_node_note *note = &blocks->notes[i];
		float score = gain[i];

		if (html->nodes[i].tag == WV_TAG_TEXT || note->units == 0 ||
		    html->nodes[i].parent == WV_NODE_NONE || is_foreign(blocks, i, headline, total))
			continue;
		gain[html->nodes[i].parent] += gain[i];
		if (headline != SIZE_MAX &&
		    (note->end_block <= headline || note->first_block > headline + 12))
			continue;
		if (note->hints & WV_HINT_BODY)
			score *= 1.2f;
		/* What stands before the headline is the page's, not the article's. */
		if (headline != SIZE_MAX && note->first_block + 5 < headline)
			score *= 0.6f;
		if (score > *best_score) {
			best = i;
			*best_score = score;
		}
	}
	return best;
}

/* Running text of each element, with what lies under foreign names or in a next story discounted. */
static float *weighed_prose(const struct wv_candidate_input *input, struct wv_arena *arena)
{
	const struct wv_blocks *blocks = input->blocks;
	const struct wv_html *html = blocks->html;
	float *prose = WV_ARENA_ARRAY(arena, float, html->node_count);
	float total;

	if (!prose)
		return NULL;
	total = blocks->notes[0].prose;
	if (html->body != WV_NODE_NONE && total <= 0)
		total = blocks->notes[html->body].prose;
	for (size_t b = 0; b < blocks->count; b++)
		if (!blocks->blocks[b].is_teaser)
			prose[blocks->blocks[b].node] +=
				blocks->blocks[b].prose *
				(b >= input->next_story ? NEXT_WEIGHT : 1.0f);
	for (uint32_t i = html->node_count; i-- > 1;) {
		const struct wv_node_note *note = &blocks->notes[i];
		float add;

		if (prose[i] <= 0 || html->nodes[i].parent == WV_NODE_NONE)
			continue;
		if (note->flags & WV_NOTE_LIST) {
			prose[i] = 0;
			continue;
		}
		add = prose[i];
		if (is_foreign(blocks, i, input->headline_block, total))
			add *= FOREIGN_WEIGHT;
		prose[html->nodes[i].parent] += add;
	}
	return prose;
}

/* The innermost element around all of the blocks. */
static uint32_t common_node(const struct wv_blocks *blocks, size_t first, size_t last)
{
	const struct wv_html *html = blocks->html;
	uint32_t node = blocks->blocks[first].node;

	while (node != WV_NODE_NONE && !wv_node_is_within(html, blocks->blocks[last].node, node))
		node = html->nodes[node].parent;
	return node == WV_NODE_NONE ? 0 : node;
}

/* Marks the blocks whose text stands in articleBody; true if they make up most of it. */
static bool delimit(const struct wv_candidate_input *input, struct wv_arena *arena,
                    struct wv_candidate *out)
{
	const struct wv_blocks *blocks = input->blocks;
	struct wv_slice body = wv_candidate_letters(arena, input->stated_body);
	uint8_t *marks = WV_ARENA_ARRAY(arena, uint8_t, blocks->count);
	size_t matched_bytes = 0, at = 0;

	if (body.n < 300 || !marks)
		return false;
	out->stated_first = SIZE_MAX;
	for (size_t b = 0; b < blocks->count; b++) {
		const struct wv_text_block *block = &blocks->blocks[b];
		struct wv_slice text;
		size_t found;

		if (block->units < 8)
			continue;
		text = wv_candidate_letters(arena, block->text);
		if (text.n < 12)
			continue;
		found = wv_slice_find(body, text, at);
		if (found == SIZE_MAX && block->prose > 0)
			found = wv_slice_find(body, text, 0);
		if (found == SIZE_MAX)
			continue;
		marks[b] = 1;
		matched_bytes += text.n;
		at = found + text.n;
		if (block->prose <= 0)
			continue; /* a headline may stand in a related list too */
		if (out->stated_first == SIZE_MAX)
			out->stated_first = b;
		out->stated_end = b + 1;
	}
	out->is_stated = marks;
	return out->stated_first != SIZE_MAX && matched_bytes * 10 >= body.n * 6;
}

/* Does the element go on with the article: text from its beginning on, hardly a link? */
static bool goes_on(const struct wv_candidate_input *input, struct wv_arena *arena, uint32_t node,
                    const float *prose)
{
	const struct wv_node_note *note = &input->blocks->notes[node];
	const struct wv_text_block *first;

	if (note->end_block < note->first_block + 2u || prose[node] < PART_LEAST || note->link_units * 6 > note->units ||
	    note->first_block >= input->next_story || note->hints & FOREIGN_HINTS)
		return false;
	first = &input->blocks->blocks[note->first_block];
	return first->prose > 0 || first->heading > 1 ||
	       (first->units >= 8 && first->link_units == 0 && first[1].prose > 0 &&
		!wv_next_story_is_date_line(arena, first));
}

/*
 * An advertisement may part an article in elements of one form - the same tags with the same names
 * - each with a part of it. The element around them, or `best` where there is but one.
 */
static uint32_t around_parts(const struct wv_candidate_input *input, struct wv_arena *arena,
                             uint32_t best, const float *prose)
{
	const struct wv_html *html = input->blocks->html;
	uint32_t node = best;

	for (unsigned up = 0; up < PART_LEVELS && node != html->body; up++) {
		struct wv_slice name = wv_node_attr_value(html, node, WV_ATTR_CLASS);

		if (html->nodes[node].parent == WV_NODE_NONE ||
		    (html->nodes[node].tag != WV_TAG_DIV && html->nodes[node].tag != WV_TAG_SECTION))
			break;
		for (uint32_t s = html->nodes[node].next; s != WV_NODE_NONE; s = html->nodes[s].next)
			if (html->nodes[s].tag == html->nodes[node].tag && name.n + up > 0 &&
			    wv_slice_equals(wv_node_attr_value(html, s, WV_ATTR_CLASS), name) &&
			    goes_on(input, arena, s, prose))
				return html->nodes[node].parent;
		node = html->nodes[node].parent;
	}
	return best;
}

/* "摘要：", "In short:": what follows sums up. */
static bool is_labelled(struct wv_slice text)
{
	struct wv_slice head = wv_slice_part(text, 0, LABEL_BYTES);

	return wv_slice_find_byte(head, ':', 0) != SIZE_MAX ||
	       wv_slice_find(head, WV_LIT("："), 0) != SIZE_MAX;
}

/*
 * A lead may stand in the headline's element, outside of the paragraphs': the element around both,
 * if little else of what is told is in it.
 */
static uint32_t around_lead(const struct wv_candidate_input *input, uint32_t best,
                            const float *prose)
{
	const struct wv_blocks *blocks = input->blocks;
	size_t first = blocks->notes[best].first_block;
	float lead = 0;
	uint32_t common;

	if (input->headline_block >= first || first - input->headline_block > LEAD_BLOCKS)
		return best;
	for (size_t b = input->headline_block + 1; b < first; b++) {
		const struct wv_text_block *block = &blocks->blocks[b];

		if (block->prose >= LEAD_LEAST && block->ends_sentence && block->link_units == 0 &&
		    !block->is_teaser && !is_labelled(block->text))
			lead += block->prose;
	}
	if (lead < LEAD_WHOLE)
		return best;
	common = common_node(blocks, input->headline_block, first);
	return common != blocks->html->body && prose[common] <= 1.15f * (prose[best] + lead) ? common
											     : best;
}

/* The element of the best score, running text alone considered; WV_NODE_NONE if there is none. */
static uint32_t choose_told(const struct wv_candidate_input *input, const float *prose,
                            float *best_score)
{
	const struct wv_blocks *blocks = input->blocks;
	const struct wv_html *html = blocks->html;
	float total = blocks->notes[html->body == WV_NODE_NONE ? 0 : html->body].prose;
	uint32_t foreign_end = 0; /* of the foreign element around the node */
	uint32_t best = WV_NODE_NONE;

	*best_score = 0;
	for (uint32_t i = 0; i < html->node_count; i++) {
		float score;

		if (prose[i] <= 0 || html->nodes[i].tag == WV_TAG_TEXT)
			continue;
		if (i >= foreign_end && is_foreign(blocks, i, input->headline_block, total))
			foreign_end = html->nodes[i].end;
		score = weigh(blocks, i, prose, input->headline_block);
		if (i < foreign_end)
			score *= 0.5f * FOREIGN_WEIGHT; /* fifty comments outweigh a short article */
		if (best == WV_NODE_NONE || score > *best_score) {
			best = i;
			*best_score = score;
		}
	}
	return best;
}

/* One paragraph is not its container: its siblings belong to it. */
static uint32_t around_paragraph(const struct wv_blocks *blocks, uint32_t node)
{
	const struct wv_html *html = blocks->html;
	uint32_t parent;

	while (html->nodes[node].tag == WV_TAG_P &&
	       (parent = html->nodes[node].parent) != WV_NODE_NONE &&
	       blocks->notes[parent].end_block - blocks->notes[parent].first_block < 40)
		node = parent;
	return node;
}

bool wv_candidate_choose(const struct wv_candidate_input *input, struct wv_arena *arena,
                         struct wv_candidate *out)
{
	const struct wv_blocks *blocks = input->blocks;
	const struct wv_html *html = blocks->html;
	float *prose = weighed_prose(input, arena);
	float best_score;
	uint32_t best;

	memset(out, 0, sizeof(*out));
	out->node = WV_NODE_NONE;
	if (!prose || blocks->count == 0)
		return false;
	best = choose_told(input, prose, &best_score);
	if (best == WV_NODE_NONE ||
	    (input->headline_block != SIZE_MAX && best_score < PLAIN_BELOW)) {
		float plain_score;
		uint32_t plain = choose_plain(input, arena, &plain_score);

		if (plain != WV_NODE_NONE && plain_score > best_score * 1.5f) {
			best = plain;
			out->is_plain = true;
		}
	}
	if (best == WV_NODE_NONE)
		return false;
	out->is_delimited = input->stated_body.n > 0 && delimit(input, arena, out);
	if (out->is_delimited) {
		uint32_t common = common_node(blocks, out->stated_first, out->stated_end - 1);

		/* The wider of both, so that nothing the page calls body is lost. */
		if (wv_node_is_within(html, best, common) || !wv_node_is_within(html, common, best))
			best = common;
	}
	best = around_paragraph(blocks, best);
	best = around_lead(input, best, prose);
	best = around_parts(input, arena, best, prose);
	out->node = best;
	out->prose = prose[best];
	out->first = blocks->notes[best].first_block;
	out->end = blocks->notes[best].end_block;
	if (out->end > input->next_story && out->first < input->next_story)
		out->end = input->next_story;
	return out->end > out->first;
}
