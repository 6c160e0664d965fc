#include "crawler/page/prune.h"

#include "config/base/checked.h"
#include "config/base/text.h"
#include "crawler/page/times.h"

struct pruner {
	const struct wv_prune_input *input;
	struct wv_blocks *blocks;
	const struct wv_html *html;
	struct wv_candidate *candidate;
	struct wv_arena *arena;
	size_t first, end; /* range of blocks worked on */
	float prose;       /* running text in the container */
};

static struct wv_text_block *block_at(const struct pruner *p, size_t b)
{
	return &p->blocks->blocks[b];
}

static bool is_kept(const struct pruner *p, size_t b)
{
	return block_at(p, b)->reason == WV_REASON_NONE;
}

static bool is_stated(const struct pruner *p, size_t b)
{
	return p->candidate->is_stated && p->candidate->is_stated[b];
}

static float link_share(const struct wv_text_block *block)
{
	return block->units ? (float)block->link_units / (float)block->units : 0;
}

static void drop(const struct pruner *p, size_t b, enum wv_reason reason)
{
	if (is_kept(p, b))
		block_at(p, b)->reason = (uint8_t)reason;
}

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

static void drop_node(const struct pruner *p, uint32_t node, enum wv_reason reason)
{
	const struct wv_node_note *note = &p->blocks->notes[node];
	size_t end = wv_min_size(note->end_block, p->end);

	for (size_t b = wv_max_size(note->first_block, p->first); b < end; b++)
		if ((!is_stated(p, b) || block_at(p, b)->prose <= 0) &&
		    !is_protected(block_at(p, b), reason))
			drop(p, b, reason);
}

/* ------------------------------------------------------------------- names */

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

/*
 * A name on a good part of the text names something else than a box beside it: "paywall" on all
 * that subscribers see, "meta" on each line of a comparison. Such names say nothing.
 */
static uint32_t worn_out_names(const struct pruner *p, float plain)
{
	static const uint32_t asked = WV_HINT(WV_REASON_META) | WV_HINT(WV_REASON_PAYWALL);
	uint32_t top = p->candidate->node;
	uint32_t end = p->html->nodes[top].end, worn = 0;
	uint32_t meta_end = 0, wall_end = 0, walls = 0;
	float meta = 0;

	for (uint32_t i = top + 1; i < end; i++) {
		const struct wv_node_note *note = &p->blocks->notes[i];

		if (p->html->nodes[i].tag == WV_TAG_TEXT || !(note->hints & asked) ||
		    note->units == note->link_units)
			continue;
		if ((note->hints & WV_HINT(WV_REASON_META)) && i >= meta_end) {
			meta += (float)(note->units - note->link_units);
			meta_end = p->html->nodes[i].end;
		}
		if ((note->hints & WV_HINT(WV_REASON_PAYWALL)) && i >= wall_end) {
			walls++;
			wall_end = p->html->nodes[i].end;
		}
	}
	if (meta > 0.12f * plain && meta > 200)
		worn |= WV_HINT(WV_REASON_META);
	if (walls > 4)
		worn |= WV_HINT(WV_REASON_PAYWALL);
	return worn;
}

/* Captions, bylines and labels whose name is on an inline element around all of their text. */
static void prune_by_inline_names(struct pruner *p)
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
static void prune_picture_lines(struct pruner *p)
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
			drop_node(p, i, WV_REASON_CAPTION);
	}
}

static void prune_by_names(struct pruner *p)
{
	uint32_t top = p->candidate->node;
	uint32_t end = p->html->nodes[top].end;
	float plain = (float)(p->blocks->notes[top].units - p->blocks->notes[top].link_units);
	uint32_t worn = worn_out_names(p, plain);

	for (uint32_t i = top + 1; i < end; i++) {
		const struct wv_node_note *note = &p->blocks->notes[i];
		uint32_t hints = note->hints | note->tag_hints;

		if (p->html->nodes[i].tag == WV_TAG_TEXT || note->end_block <= note->first_block)
			continue;
		if ((note->flags & WV_NOTE_HIDDEN) && note->prose < 0.9f * p->prose) {
			drop_node(p, i, WV_REASON_HIDDEN);
			continue;
		}
		if (!hints || (hints & WV_HINT_BODY))
			continue;
		hints &= ~worn;
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
				drop_node(p, i, rule->reason);
				break;
			}
		}
	}
}

/* -------------------------------------------------------------------- links */

static void prune_lists(struct pruner *p)
{
	uint32_t top = p->candidate->node;
	uint32_t end = p->html->nodes[top].end;

	for (uint32_t i = top + 1; i < end; i++)
		if (p->blocks->notes[i].flags & WV_NOTE_LIST)
			drop_node(p, i, WV_REASON_LINKS);
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

/* Blocks that are links and nothing else. */
static void prune_links(struct pruner *p)
{
	uint8_t told = told_heading(p);

	for (size_t b = p->first; b < p->end; b++) {
		const struct wv_text_block *block = block_at(p, b);
		float share = link_share(block);

		if (!is_kept(p, b) || block->link_units == 0 || is_stated(p, b) ||
		    (told && block->heading == told))
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

/* ------------------------------------------------------------------ phrases */

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
		drop_node(p, box, WV_REASON_NOTICE);
}

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

static void prune_phrases(struct pruner *p)
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
static void prune_widgets(struct pruner *p)
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

/* ------------------------------------------------------- title, repetitions */

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

static void prune_repeated(struct pruner *p)
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

static void prune_pulled(struct pruner *p)
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

/* --------------------------------------------------------- other articles */

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
			drop_node(p, i, WV_REASON_RELATED);
}

/* -------------------------------------------------------------- both ends */

static bool is_prose(const struct pruner *p, size_t b)
{
	const struct wv_text_block *block = block_at(p, b);

	return is_kept(p, b) && (block->prose > 0 || is_stated(p, b));
}

/* A line that holds a date and hardly anything else, or an address of the web. */
static bool is_date_line(const struct pruner *p, size_t b)
{
	const struct wv_text_block *block = block_at(p, b);
	struct wv_times_context context = {.fetched = WV_TIME_NONE};
	struct wv_stated_time time;
	size_t begin, at = 0, units;

	if (wv_slice_starts_nocase(block->text, WV_LIT("http")) &&
	    wv_slice_find_byte(block->text, ' ', 0) == SIZE_MAX)
		return true;
	if (block->units > 44 || block->sentences > 3)
		return false;
	if (!wv_times_find(p->arena, &context, block->text, &begin, &at, &time))
		return false;
	units = wv_text_units(wv_slice_part(block->text, 0, begin)) +
		wv_text_units(wv_slice_from(block->text, at));
	return units <= 14;
}

/* "10:45", "10.45 Uhr": digits, a colon or a dot, hardly any letters. */
static bool is_clock_line(const struct wv_text_block *block)
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

/* A line that is none of the article's when nothing of it comes after (before). */
static bool is_loose_end(const struct pruner *p, size_t b)
{
	const struct wv_text_block *block = block_at(p, b);

	if (is_stated(p, b))
		return false;
	/* A live blog's item begins with its time or its heading. */
	if (p->input->is_live && (block->heading || is_date_line(p, b) || is_clock_line(block)))
		return false;
	if (leads_to_list(p, b))
		return false;
	if (block->heading)
		return true;
	if (p->candidate->is_plain)
		return block->units < 4 || link_share(block) > 0.5f;
	if (block->prose > 0)
		return false;
	/* Names in a row, linked or not, are told, not labels. */
	if (block->stops >= 4 && block->kind != WV_BLOCK_ITEM && link_share(block) < 0.97f)
		return false;
	return !(block->ends_sentence && block->units >= 8 && link_share(block) < 0.3f);
}

static void trim_ends(struct pruner *p)
{
	size_t first = p->first, end = p->end;

	while (first < end) {
		if (is_kept(p, first) && !is_loose_end(p, first)) {
			if (is_stated(p, first) || p->input->is_live || !is_date_line(p, first))
				break;
			drop(p, first, WV_REASON_META);
		}
		drop(p, first, WV_REASON_LABEL);
		first++;
	}
	while (end > first) {
		const struct wv_text_block *block = block_at(p, end - 1);

		if (is_kept(p, end - 1)) {
			/* The end of a list, a table or a verse is not prose and yet the end. */
			bool belongs = block->units >= 4 && !block->heading &&
				       link_share(block) < 0.3f && end - 1 > first &&
				       is_kept(p, end - 2) &&
				       (block->kind == WV_BLOCK_ITEM || block->kind == WV_BLOCK_ROW ||
					block->kind == WV_BLOCK_QUOTE) &&
				       block_at(p, end - 2)->kind == block->kind;

			if ((!is_loose_end(p, end - 1) || belongs) &&
			    (is_stated(p, end - 1) || !is_date_line(p, end - 1)))
				break;
			drop(p, end - 1, WV_REASON_LABEL);
		}
		end--;
	}
}

/* "___" parts what stands on both sides: one is enough, and none at either end. */
static void prune_rules(struct pruner *p)
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
static void prune_empty_headings(struct pruner *p)
{
	bool has_text = false;

	for (size_t b = p->end; b-- > p->first;) {
		const struct wv_text_block *block = block_at(p, b);

		if (!is_kept(p, b))
			continue;
		if (!block->heading) {
			has_text = true;
			continue;
		}
		/* A removed run between it and the next text was its own. */
		if (!has_text)
			drop(p, b, WV_REASON_LABEL);
	}
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

static void prune_behind_main(struct pruner *p)
{
	uint32_t main_node = WV_NODE_NONE;
	float total = 0, best = 0, behind = 0;
	float *sums = WV_ARENA_ARRAY(p->arena, float, p->html->node_count);

	if (!sums || p->candidate->is_plain || p->input->is_live)
		return;
	for (size_t b = p->first; b < p->end; b++) {
		uint32_t node = block_at(p, b)->node;

		if (!is_prose(p, b))
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
	for (size_t b = p->first; b < p->end; b++)
		if (is_prose(p, b) && block_at(p, b)->node >= p->html->nodes[main_node].end)
			behind += block_at(p, b)->prose;
	if (behind > 0.35f * total || goes_on_behind(p, p->html->nodes[main_node].end))
		return;
	for (size_t b = p->first; b < p->end; b++)
		if (block_at(p, b)->node >= p->html->nodes[main_node].end && !is_stated(p, b))
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
		if (!is_prose(p, b))
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
	trim_ends(&p);
	prune_empty_headings(&p);
	trim_ends(&p);
	prune_rules(&p);
	for (size_t b = p.first; input->is_live && b < p.end; b++)
		if (is_kept(&p, b) && !block_at(&p, b)->heading &&
		    (is_clock_line(block_at(&p, b)) || is_date_line(&p, b)))
			block_at(&p, b)->kind = WV_BLOCK_UPDATE;
}
