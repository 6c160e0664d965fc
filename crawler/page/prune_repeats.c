#include "crawler/page/prune_parts.h"

struct seen {
	uint64_t hash;
	size_t block;
	unsigned copies;
};

struct seen_table {
	struct seen *rows;
	size_t slots;
};

/* The row of a text: `hash` 0 where it is new. */
static struct seen *seen_row(const struct seen_table *table, uint64_t hash)
{
	size_t at = hash % table->slots;

	while (table->rows[at].hash && table->rows[at].hash != hash)
		at = (at + 1) % table->slots;
	return &table->rows[at];
}

#define OPENING_BYTES 90u /* of a long block: enough to know a copy of the article by */

/* A whole copy of the article in one block, for machines: it begins as an earlier block does. */
static void prune_copies(struct pruner *p, struct seen_table *table)
{
	for (size_t b = p->first; b < p->end; b++) {
		const struct wv_text_block *block = block_at(p, b);
		uint64_t hash;
		struct seen *row;

		if (block->text.n < OPENING_BYTES || block->units < 30)
			continue;
		hash = wv_slice_hash(wv_slice_part(block->text, 0, OPENING_BYTES), 11) | 1;
		row = seen_row(table, hash);
		if (!row->hash)
			*row = (struct seen){hash, b, 0};
		else if (block->units > 200 &&
			 block->units > 2 * block_at(p, row->block)->units)
			drop(p, b, WV_REASON_REPEATED);
	}
}

/* "Degree: any", "Degree: none", "Degree: any": the field of a record, which may say a thing
 * again. The hash of what stands before the colon; 0 if nothing does. */
static uint64_t field_hash(const struct wv_text_block *block)
{
	size_t colon = wv_slice_find_byte(wv_slice_part(block->text, 0, 40), ':', 0);

	return colon == SIZE_MAX || colon < 3 || block->units > 60
		       ? 0
		       : wv_slice_hash(wv_slice_part(block->text, 0, colon), 13) | 1;
}

/* Counts of each field how many different values there are. */
static void count_fields(struct pruner *p, struct seen_table *table)
{
	for (size_t b = p->first; b < p->end; b++) {
		uint64_t field = field_hash(block_at(p, b));
		struct seen *row;

		if (!field || !is_kept(p, b))
			continue;
		row = seen_row(table, field);
		if (!row->hash)
			*row = (struct seen){field, b, 1};
		else if (!wv_slice_equals(block_at(p, row->block)->text, block_at(p, b)->text))
			*row = (struct seen){field, b, row->copies + 1};
	}
}

static bool is_field(struct pruner *p, const struct seen_table *table, size_t b)
{
	uint64_t field = field_hash(block_at(p, b));

	return field && seen_row(table, field)->copies >= 3;
}

void prune_repeated(struct pruner *p)
{
	struct seen_table table = {.slots = 64};
	size_t repeated = 0, total = 0;

	while (table.slots < (p->end - p->first) * 6)
		table.slots *= 2;
	table.rows = WV_ARENA_ARRAY(p->arena, struct seen, table.slots);
	if (!table.rows)
		return;
	prune_copies(p, &table);
	count_fields(p, &table);
	for (size_t b = p->first; b < p->end; b++) {
		const struct wv_text_block *block = block_at(p, b);
		struct seen *row;

		if (block->units < 6 || !is_kept(p, b))
			continue;
		total++;
		row = seen_row(&table, wv_slice_hash(block->text, 7) | 1);
		if (row->hash)
			repeated++;
		else
			*row = (struct seen){wv_slice_hash(block->text, 7) | 1, b, 0};
	}
	/* Recipes, plans and tables say the same again and again. */
	if (repeated * 4 > total)
		return;
	for (size_t b = p->first; b < p->end; b++) {
		const struct wv_text_block *block = block_at(p, b);
		struct seen *row;

		if (block->units < 6 || is_field(p, &table, b))
			continue;
		row = seen_row(&table, wv_slice_hash(block->text, 7) | 1);
		if (!row->hash || row->block >= b)
			continue;
		/* Sections may share a heading, lists an item; prose is said once. */
		if (block->prose > 0 || block->link_units * 2 > block->units ||
		    (!block->heading && block->kind == WV_BLOCK_PARAGRAPH && ++row->copies >= 2 &&
		     !block->ends_sentence)) {
			drop(p, b, WV_REASON_REPEATED);
			if (block->prose <= 0)
				drop(p, row->block, WV_REASON_REPEATED);
		}
	}
}

/*
 * Texts that stand inside a longer block, letter for letter: pull quotes, sentences of the article
 * set apart and large; and the paragraphs of an article that is there once more in one piece, for
 * machines.
 */
#define PULLED_MIN_UNITS 14u
#define PULLED_MAX_UNITS 400u
#define PULLED_MAX_BYTES 65536u /* of letters searched */

struct letters {
	unsigned char *p;
	size_t n;
	uint32_t *begins; /* of each line */
	uint32_t *blocks; /* whose text it is */
	float *inside;    /* units of other blocks found in it */
	size_t lines;
};

static bool read_letters(const struct pruner *p, struct letters *all)
{
	size_t most = p->end - p->first;

	*all = (struct letters){.p = wv_arena_alloc(p->arena, PULLED_MAX_BYTES),
				.begins = WV_ARENA_ARRAY(p->arena, uint32_t, most + 1),
				.blocks = WV_ARENA_ARRAY(p->arena, uint32_t, most + 1),
				.inside = WV_ARENA_ARRAY(p->arena, float, most + 1)};
	if (!all->p || !all->begins || !all->blocks || !all->inside)
		return false;
	for (size_t b = p->first; b < p->end; b++) {
		struct wv_slice text;

		if (!is_kept(p, b) || block_at(p, b)->prose <= 0)
			continue;
		text = wv_candidate_letters(p->arena, block_at(p, b)->text);
		if (text.n >= PULLED_MAX_BYTES - all->n)
			break;
		memcpy(all->p + all->n, text.p, text.n);
		all->begins[all->lines] = (uint32_t)all->n;
		all->blocks[all->lines++] = (uint32_t)b;
		all->n += text.n;
		all->p[all->n++] = '\n';
	}
	return all->lines > 1;
}

/* The line that holds all of the block and more; SIZE_MAX if there is none. */
static size_t find_around(const struct pruner *p, const struct letters *all, size_t b)
{
	struct wv_slice text = wv_candidate_letters(p->arena, block_at(p, b)->text);
	size_t at = 0;

	while (text.n >= 20 &&
	       (at = wv_slice_find(wv_slice(all->p, all->n), text, at)) != SIZE_MAX) {
		size_t low = 0, high = all->lines;

		while (high - low > 1) {
			size_t middle = low + (high - low) / 2;

			if (all->begins[middle] <= at)
				low = middle;
			else
				high = middle;
		}
		if (all->blocks[low] != b &&
		    block_at(p, all->blocks[low])->units > block_at(p, b)->units)
			return low;
		at += text.n;
	}
	return SIZE_MAX;
}

/* An author may say a thing twice, in two paragraphs of one form; or in a list. */
static bool is_told_again(const struct pruner *p, size_t b, size_t other)
{
	uint32_t x = block_at(p, b)->node, y = block_at(p, other)->node;

	return x == y || block_at(p, b)->kind == WV_BLOCK_ITEM ||
	       block_at(p, other)->kind == WV_BLOCK_ITEM ||
	       p->html->nodes[x].tag == WV_TAG_TD ||
	       (p->html->nodes[x].parent == p->html->nodes[y].parent &&
		p->html->nodes[x].tag == p->html->nodes[y].tag);
}

void prune_pulled(struct pruner *p)
{
	struct letters all;
	size_t *around = WV_ARENA_ARRAY(p->arena, size_t, p->end - p->first + 1);
	bool has_prose = false; /* the deck may say what the article repeats */

	if (!around || p->end - p->first > 2000 || !read_letters(p, &all))
		return;
	for (size_t b = p->first; b < p->end; b++) {
		const struct wv_text_block *block = block_at(p, b);

		around[b - p->first] = SIZE_MAX;
		if (!is_kept(p, b) || block->units < PULLED_MIN_UNITS ||
		    block->units > PULLED_MAX_UNITS || block->heading)
			continue;
		around[b - p->first] = find_around(p, &all, b);
		if (around[b - p->first] != SIZE_MAX)
			all.inside[around[b - p->first]] += (float)block->units;
	}
	for (size_t b = p->first; b < p->end; b++) {
		size_t line = around[b - p->first], other;
		bool is_first = !has_prose && is_kept(p, b) && block_at(p, b)->prose > 0;

		has_prose |= is_first;
		if (line == SIZE_MAX)
			continue;
		other = all.blocks[line];
		if (all.inside[line] > 0.7f * (float)block_at(p, other)->units &&
		    all.inside[line] > 3.0f * (float)block_at(p, b)->units)
			drop(p, other, WV_REASON_REPEATED);
		else if (!is_first && is_kept(p, other) && block_at(p, b)->units <= 120 &&
			 !is_told_again(p, b, other))
			drop(p, b, WV_REASON_REPEATED);
	}
}
