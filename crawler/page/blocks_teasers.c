#include "crawler/page/blocks_parts.h"

#include "config/base/checked.h"

/*
 * Teasers of other articles: a headline that is a link, or one that is none and the same "Read more"
 * below each; a sentence or two, often a date; and again. In boxes of their own or one after the other, they are known by their repeating. Their sentences
 * read as an article's do, so they must not count when the article's element is chosen.
 */
#define GAP_MOST   6u   /* blocks from one headline to the next */
#define TOLD_MOST  160u /* units told under one headline */
#define TOLD_SHORT 60u  /* units under a headline that an article of linked headings goes beyond */
#define RUN_LEAST  3u
#define ROWS_LEAST 4u

struct run {
	size_t first, last, end; /* headlines of the first and last teaser; block behind the last */
	size_t shortest;         /* blocks of a teaser, the last one's unknown */
	unsigned count, dated, numbered, telling;
	unsigned paragraphs; /* a teaser has one */
	bool goes_on;        /* another headline of the form follows, after more than a teaser's text */
	bool is_linked;      /* the headlines are links; else each teaser has the same link below */
	uint64_t closing;    /* that link's hash */
	float told;
};

static bool is_clock_at(struct wv_slice s, size_t i)
{
	return s.n - i >= 4 && wv_byte_is_digit(s.p[i]) &&
	       ((s.p[i + 1] == ':' && wv_byte_is_digit(s.p[i + 2]) && wv_byte_is_digit(s.p[i + 3])) ||
		(s.n - i >= 5 && wv_byte_is_digit(s.p[i + 1]) && s.p[i + 2] == ':' &&
		 wv_byte_is_digit(s.p[i + 3]) && wv_byte_is_digit(s.p[i + 4])));
}

/* A clock, or a year of ours: enough to tell "3 May 2024" from "$ 299". */
static bool has_date(struct wv_slice s)
{
	for (size_t i = 0; i + 3 < s.n; i++) {
		if (!wv_byte_is_digit(s.p[i]))
			continue;
		if (is_clock_at(s, i))
			return true;
		if (s.p[i] == '2' && s.p[i + 1] == '0' && wv_byte_is_digit(s.p[i + 2]) &&
		    wv_byte_is_digit(s.p[i + 3]) && (i + 4 == s.n || !wv_byte_is_digit(s.p[i + 4])))
			return true;
		while (i + 1 < s.n && wv_byte_is_digit(s.p[i + 1]))
			i++;
	}
	return false;
}

/* A heading or a line that is a link, longer than a label. */
static bool is_headline(const struct wv_text_block *block)
{
	return block->units >= (block->heading ? 6u : 8u) && block->units <= 80 &&
	       block->link_units * 10 >= block->units * 9 &&
	       block->text.p[block->text.n - 1] != ':';
}

static bool is_of_form(const struct wv_blocks *blocks, size_t x, size_t y)
{
	const struct wv_html *html = blocks->html;
	uint32_t a = blocks->blocks[x].node, b = blocks->blocks[y].node;

	if (blocks->blocks[x].heading != blocks->blocks[y].heading)
		return false;
	for (unsigned up = 0; up < 3 && a != WV_NODE_NONE && b != WV_NODE_NONE; up++) {
		if (html->nodes[a].tag != html->nodes[b].tag)
			return false;
		a = html->nodes[a].parent;
		b = html->nodes[b].parent;
	}
	return true;
}

/* What stands between two headlines. */
struct between {
	float told;
	unsigned paragraphs;
	bool is_dated;
	uint64_t closing; /* of the last bytes of the last block with a short link; 0: none */
};

/* A heading that is no link: of a teaser with "Read more" below, or of a section. */
static bool is_plain_heading(const struct wv_text_block *block)
{
	return block->heading > 1 && block->units >= 6 && block->link_units == 0;
}

#define CLOSING_BYTES 5u /* "Go on"; of two characters of Han almost all */
#define CLOSING_UNITS 12u

static uint64_t closing_of(const struct wv_text_block *block)
{
	size_t n = wv_min_size(block->text.n, CLOSING_BYTES);

	return block->link_units == 0 || block->link_units > CLOSING_UNITS
		       ? 0
		       : wv_slice_hash(wv_slice_from(block->text, block->text.n - n), 5) | 1;
}

/* The next headline of the form of `at`, and what is between them; 0 if none follows. */
static size_t next_headline(const struct wv_blocks *blocks, size_t at, bool is_linked,
                            struct between *between)
{
	size_t end = wv_min_size(blocks->count, at + 1 + GAP_MOST);

	*between = (struct between){.told = 0};
	for (size_t b = at + 1; b < end; b++) {
		const struct wv_text_block *block = &blocks->blocks[b];

		if (is_linked ? is_headline(block) : is_plain_heading(block)) {
			if (is_of_form(blocks, at, b))
				return b;
			/* The whole teaser may be one link. */
			if (!block->heading && block->ends_sentence && block->units >= 16)
				between->told += (float)block->units;
			continue;
		}
		if (block->heading)
			return 0;
		if (closing_of(block))
			between->closing = closing_of(block);
		between->told += block->prose;
		between->paragraphs += block->prose > 0;
		between->is_dated |=
			block->prose <= 0 && block->units <= 24 && has_date(block->text);
		if (between->told > (float)TOLD_MOST)
			return 0;
	}
	return 0;
}

/* The outermost element around the one headline that does not hold the other. */
static uint32_t box_of(const struct wv_blocks *blocks, size_t of, size_t other)
{
	uint32_t node = blocks->blocks[of].node, parent;

	while ((parent = blocks->html->nodes[node].parent) != WV_NODE_NONE &&
	       !wv_node_is_within(blocks->html, blocks->blocks[other].node, parent))
		node = parent;
	return node;
}

/* Where the last teaser ends: with its box, or after as many blocks as the others have. */
static size_t end_of_last(const struct wv_blocks *blocks, const struct run *run, size_t before)
{
	const struct wv_node_note *box = &blocks->notes[box_of(blocks, run->last, before)];
	size_t end = run->last + 1;

	if (box->end_block > run->last + 1 && box->end_block <= run->last + 1 + GAP_MOST)
		return box->end_block;
	if (blocks->html->nodes[blocks->blocks[run->last].node].parent !=
	    blocks->html->nodes[blocks->blocks[before].node].parent)
		return end;
	while (end < blocks->count && end < run->last + run->shortest &&
	       !blocks->blocks[end].heading && blocks->blocks[end].prose <= (float)TOLD_MOST)
		end++;
	return end;
}

/* Is there a further headline of the form, behind more text than a teaser has? */
static bool goes_on(const struct wv_blocks *blocks, size_t last)
{
	size_t end = wv_min_size(blocks->count, last + 1 + 2 * GAP_MOST);

	for (size_t b = last + 1; b < end; b++)
		if (is_headline(&blocks->blocks[b]) && is_of_form(blocks, last, b))
			return true;
	return false;
}

static void read_run(const struct wv_blocks *blocks, size_t first, struct run *run)
{
	size_t next, before = first;
	struct between between;

	*run = (struct run){.first = first,
			    .last = first,
			    .shortest = SIZE_MAX,
			    .count = 1,
			    .is_linked = is_headline(&blocks->blocks[first])};
	run->numbered = wv_byte_is_digit(blocks->blocks[first].text.p[0]);
	while ((next = next_headline(blocks, run->last, run->is_linked, &between)) != 0) {
		if (run->count == 1)
			run->closing = between.closing;
		if (!run->is_linked && (!between.closing || between.closing != run->closing))
			break;
		run->shortest = wv_min_size(run->shortest, next - run->last);
		run->told += between.told;
		run->paragraphs += between.paragraphs;
		run->dated += between.is_dated;
		run->telling += between.told > 0;
		run->numbered += wv_byte_is_digit(blocks->blocks[next].text.p[0]);
		run->count++;
		before = run->last;
		run->last = next;
	}
	run->end = first + 1;
	run->goes_on = run->is_linked && goes_on(blocks, run->last);
	if (run->count > 1)
		run->end = end_of_last(blocks, run, before);
}

/*
 * Are they teasers, or the sections of an article with linked headings - the best of, ten ways to?
 * Those are numbered, or told at length, and are most of what there is to read.
 */
static bool is_of_teasers(const struct wv_blocks *blocks, const struct run *run, float outside)
{
	const struct wv_text_block *first = &blocks->blocks[run->first];
	const struct wv_node *nodes = blocks->html->nodes;

	if (run->count < RUN_LEAST || run->telling * 3 < (run->count - 1) * 2 ||
	    run->numbered * 4 >= run->count * 3)
		return false;
	if (run->paragraphs * 2 >= (run->count - 1) * 3)
		return false;
	if (run->dated * 4 >= (run->count - 1) * 3)
		return true;
	/* Paragraphs that are links, and what is said of each: a press review. */
	if (!first->heading && nodes[first->node].parent ==
				       nodes[blocks->blocks[run->last].node].parent)
		return false;
	/* "Buy it here" stands below each of the things that a test is about. */
	return run->told < (float)(TOLD_SHORT * (run->count - 1)) ||
	       (run->is_linked && !run->goes_on && run->told < outside);
}

static void mark_run(struct wv_blocks *blocks, const struct run *run)
{
	const struct wv_node_note *box = &blocks->notes[box_of(blocks, run->first, run->last)];
	size_t from = run->first;

	/* Labels above the first headline are in its box. */
	if (box->first_block < from && box->first_block + 3 >= from && box->end_block <= run->end)
		from = box->first_block;
	for (size_t b = from; b < run->end; b++)
		blocks->blocks[b].is_teaser = true;
}

/* "12:05 Storm shuts two ports. Ferries stay in.": a clock, then a link. */
static bool is_ticker_row(const struct wv_text_block *block)
{
	return block->links > 0 && block->link_units >= 6 && block->before_link <= 6 &&
	       block->units <= TOLD_MOST && is_clock_at(block->text, 0);
}

static size_t mark_ticker(struct wv_blocks *blocks, size_t first)
{
	size_t end = first;

	while (end < blocks->count && is_ticker_row(&blocks->blocks[end]) &&
	       is_of_form(blocks, first, end))
		end++;
	for (size_t b = first; end - first >= ROWS_LEAST && b < end; b++)
		blocks->blocks[b].is_teaser = true;
	return end;
}

void blocks_mark_teasers(struct wv_blocks *blocks)
{
	float total = 0;
	struct run run;

	for (size_t b = 0; b < blocks->count; b++)
		total += blocks->blocks[b].prose;
	for (size_t b = 0; b < blocks->count;) {
		const struct wv_text_block *block = &blocks->blocks[b];

		if (is_ticker_row(block)) {
			b = mark_ticker(blocks, b);
			continue;
		}
		if (!is_headline(block) && !is_plain_heading(block)) {
			b++;
			continue;
		}
		read_run(blocks, b, &run);
		if (is_of_teasers(blocks, &run, total - run.told)) {
			mark_run(blocks, &run);
			b = run.end;
		} else {
			b = run.last + 1;
		}
	}
}
