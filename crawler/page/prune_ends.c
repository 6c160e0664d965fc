#include "crawler/page/prune_parts.h"

#include "config/base/checked.h"
#include "crawler/page/next_story.h"

#define DATES_NEAR 12u /* blocks in which another date makes a row of them */

bool prune_is_prose(const struct pruner *p, size_t b)
{
	const struct wv_text_block *block = block_at(p, b);

	return is_kept(p, b) && (block->prose > 0 || is_stated(p, b));
}

/* A line that holds a date and hardly anything else, or an address of the web. */
bool prune_is_date_line(const struct pruner *p, size_t b)
{
	const struct wv_text_block *block = block_at(p, b);

	if (wv_slice_starts_nocase(block->text, WV_LIT("http")) &&
	    wv_slice_find_byte(block->text, ' ', 0) == SIZE_MAX)
		return true;
	return wv_next_story_is_date_line(p->arena, block);
}

/* "10:45", "10.45 Uhr": digits, a colon or a dot, hardly any letters. */
bool prune_is_clock_line(const struct wv_text_block *block)
{
	return block->units <= 6 && block->text.n >= 4 && wv_byte_is_digit(block->text.p[0]) &&
	       (wv_slice_find_byte(block->text, ':', 0) < 3 ||
		wv_slice_find_byte(block->text, '.', 0) < 3);
}

/* "This plan is for you if:" and two items at least. */
static bool leads_to_list(const struct pruner *p, size_t b)
{
	const struct wv_text_block *block = block_at(p, b);

	return block->text.p[block->text.n - 1] == ':' && block->units >= 8 && b + 2 < p->end &&
	       is_kept(p, b + 1) && block_at(p, b + 1)->kind == WV_BLOCK_ITEM &&
	       link_share(block_at(p, b + 1)) < 0.3f && is_kept(p, b + 2) &&
	       block_at(p, b + 2)->kind == WV_BLOCK_ITEM;
}

/* A heading that is a whole sentence and has a number. */
static bool is_sentence(const struct wv_text_block *block)
{
	return block->heading && block->ends_sentence && block->units >= 16 &&
	       block->link_units == 0 && wv_byte_is_digit(block->text.p[0]);
}

/* Of a list of facts, a picture under each. */
static bool is_fact(const struct pruner *p, size_t b)
{
	return p->has_facts && is_sentence(block_at(p, b));
}

void prune_look_for_facts(struct pruner *p)
{
	unsigned facts = 0;

	for (size_t b = p->first; b < p->end; b++)
		facts += is_kept(p, b) && is_sentence(block_at(p, b));
	p->has_facts = facts >= 3;
}

/* A line that is none of the article's when nothing of it comes after (before). */
static bool is_loose_end(const struct pruner *p, size_t b)
{
	const struct wv_text_block *block = block_at(p, b);

	if (is_stated(p, b))
		return false;
	/* A live blog's item begins with its time or its heading. */
	if (p->input->is_live && (block->heading || prune_is_date_line(p, b) || prune_is_clock_line(block)))
		return false;
	if (leads_to_list(p, b))
		return false;
	if (block->heading)
		return !is_fact(p, b);
	if (p->candidate->is_plain)
		return block->units < 4 || link_share(block) > 0.5f;
	if (block->prose > 0)
		return false;
	/* Names in a row, linked or not, are told, not labels. */
	if (block->stops >= 4 && block->kind != WV_BLOCK_ITEM && link_share(block) < 0.97f)
		return false;
	return !(block->ends_sentence && block->units >= 8 && link_share(block) < 0.6f);
}

/* A cell of words or with a figure, in a row without a link: quotes lead to pages of their own. */
static bool is_cell(const struct pruner *p, size_t b)
{
	const struct wv_text_block *block = block_at(p, b);
	uint32_t row = p->html->nodes[block->node].parent;

	if (block->kind != WV_BLOCK_ROW || row == WV_NODE_NONE ||
	    p->blocks->notes[row].link_units > 0)
		return false;
	if (block->units >= 4)
		return true;
	for (size_t i = 0; i < block->text.n; i++)
		if (wv_byte_is_digit(block->text.p[i]))
			return true;
	return false;
}

/* The end of a list, a table or a verse is not prose and yet the end. A cell may be one figure. */
static bool ends_list(const struct pruner *p, size_t first, size_t b)
{
	const struct wv_text_block *block = block_at(p, b);

	return b > first && is_kept(p, b - 1) && block_at(p, b - 1)->kind == block->kind &&
	       !block->heading && link_share(block) < 0.3f &&
	       (is_cell(p, b) ||
		(block->units >= 4 &&
		 (block->kind == WV_BLOCK_ITEM || block->kind == WV_BLOCK_QUOTE)));
}

/* The next line of a date or a clock, of the few that follow; SIZE_MAX if there is none. */
static size_t next_date(const struct pruner *p, size_t b)
{
	size_t end = wv_min_size(p->end, b + 1 + DATES_NEAR);

	while (++b < end)
		if (is_kept(p, b) && block_at(p, b)->prose <= 0 && block_at(p, b)->units <= 32 &&
		    (prune_is_clock_line(block_at(p, b)) || prune_is_date_line(p, b)))
			return b;
	return SIZE_MAX;
}

/* Above a live blog stands who wrote and when, in another form than its items' times. */
static bool is_live_byline(const struct pruner *p, size_t b)
{
	size_t next;
	uint32_t x = block_at(p, b)->node, y;

	if (block_at(p, b)->heading || prune_is_clock_line(block_at(p, b)) ||
	    !prune_is_date_line(p, b) || (next = next_date(p, b)) == SIZE_MAX)
		return false;
	y = block_at(p, next)->node;
	return p->html->nodes[x].tag != p->html->nodes[y].tag ||
	       !wv_slice_equals(wv_node_attr_value(p->html, x, WV_ATTR_CLASS),
				wv_node_attr_value(p->html, y, WV_ATTR_CLASS));
}

/* Who wrote and when, below a lead: a date line with a paragraph before it. A row of
 * dates is a diary's. */
void prune_late_byline(struct pruner *p)
{
	unsigned told = 0;

	size_t end = wv_min_size(p->end, p->first + 30);

	for (size_t b = p->first; b < end && told < 2 && !p->input->is_live; b++) {
		const struct wv_text_block *block = block_at(p, b);

		if (!is_kept(p, b))
			continue;
		if (block->prose > 0 || is_stated(p, b)) {
			told++;
			continue;
		}
		if (told > 0 && !block->heading && block->kind == WV_BLOCK_PARAGRAPH &&
		    block->units <= 32 && prune_is_date_line(p, b) && next_date(p, b) == SIZE_MAX)
			drop(p, b, WV_REASON_META);
	}
}

/* Does the text begin with the name, or, where a role stands between, with its first word? */
static bool is_about(struct wv_slice text, struct wv_slice name, bool has_role)
{
	size_t first = wv_slice_find_byte(name, ' ', 0);

	if (wv_slice_starts(text, name))
		return true;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] < 0x80 && !wv_byte_is_alpha(name.p[i]) && name.p[i] != ' ' &&
		    name.p[i] != '-')
			return false;
	return has_role && first != SIZE_MAX && first >= 3 &&
	       wv_slice_starts(text, wv_slice_part(name, 0, first + 1));
}

static size_t kept_before(const struct pruner *p, size_t b)
{
	while (b > p->first)
		if (is_kept(p, --b))
			return b;
	return SIZE_MAX;
}

/*
 * "Ada Quill / Ada Quill has written on rivers since": a name, and what that is, at the very end. A
 * role may stand between.
 */
void prune_about_author(struct pruner *p)
{
	size_t last = p->end, name;

	while (last > p->first && (!is_kept(p, last - 1) || block_at(p, last - 1)->prose <= 0))
		last--;
	if (last-- <= p->first + 1 || is_stated(p, last) ||
	    block_at(p, last)->prose > 0.15f * p->prose)
		return;
	name = last;
	for (unsigned up = 0; up < 2; up++) {
		const struct wv_text_block *block;

		name = kept_before(p, name);
		if (name == SIZE_MAX)
			return;
		block = block_at(p, name);
		if (block->prose > 0 || block->units < 3 || block->units > 16 ||
		    block->kind == WV_BLOCK_ITEM)
			return;
		if (block->units > 12 || !is_about(block_at(p, last)->text, block->text, up > 0))
			continue;
		for (size_t b = name; b <= last; b++)
			drop(p, b, WV_REASON_AUTHOR_BOX);
		return;
	}
}

void prune_ends(struct pruner *p)
{
	size_t first = p->first, end = p->end;

	while (first < end) {
		/* A sentence as a heading ahead of the text is its deck. */
		bool is_deck = block_at(p, first)->heading && !p->input->is_live;

		if (is_kept(p, first) && p->input->is_live && is_live_byline(p, first))
			drop(p, first, WV_REASON_META);
		if (is_kept(p, first) && !is_deck && !is_loose_end(p, first)) {
			if (is_stated(p, first) || p->input->is_live || !prune_is_date_line(p, first))
				break;
			drop(p, first, WV_REASON_META);
		}
		drop(p, first, WV_REASON_LABEL);
		first++;
	}
	while (end > first) {
		if (is_kept(p, end - 1)) {
			if ((!is_loose_end(p, end - 1) || ends_list(p, first, end - 1)) &&
			    (is_stated(p, end - 1) || !prune_is_date_line(p, end - 1)))
				break;
			drop(p, end - 1, WV_REASON_LABEL);
		}
		end--;
	}
}

/* "___" parts what stands on both sides: one is enough, and none at either end. */
void prune_rules(struct pruner *p)
{
	size_t last = SIZE_MAX; /* of the kept blocks before */

	for (size_t b = p->first; b < p->end; b++) {
		if (!is_kept(p, b))
			continue;
		if (block_at(p, b)->units == 0 &&
		    (last == SIZE_MAX || block_at(p, last)->units == 0)) {
			drop(p, b, WV_REASON_LABEL);
			continue;
		}
		last = b;
	}
	if (last != SIZE_MAX && block_at(p, last)->units == 0)
		drop(p, last, WV_REASON_LABEL);
}

/* Headings under which everything went. */
void prune_empty_headings(struct pruner *p)
{
	bool has_text = false;

	for (size_t b = p->end; b-- > p->first;) {
		const struct wv_text_block *block = block_at(p, b);

		if (!is_kept(p, b))
			continue;
		if (!block->heading || is_fact(p, b)) {
			has_text = true;
			continue;
		}
		/* A removed run between it and the next text was its own. */
		if (!has_text)
			drop(p, b, WV_REASON_LABEL);
	}
}
