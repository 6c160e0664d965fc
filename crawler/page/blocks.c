#include "crawler/page/blocks.h"

#include "config/base/checked.h"
#include "config/base/limits.h"
#include "config/base/text.h"

#define HINT_CACHE 512u

struct cached_hints {
	struct wv_slice name;
	uint32_t bits;
};

struct reader {
	const struct wv_html *html;
	struct wv_blocks *out;
	unsigned char *text; /* all blocks' text, one after the other */
	size_t text_n;
	/* The block being read. */
	size_t begin;
	struct wv_text_block block;
	bool space_pending, in_word;
	bool has_letter, has_plain; /* plain: letters outside of bold */
	uint32_t last_sign;
	/* Letters of scripts without spaces, those of them in links, and spaces before them. */
	uint32_t unparted, unparted_linked, unparted_spaces;
	bool after_break;
	/* Elements open around the reader end at these nodes. */
	uint32_t link_end, bold_end, pre_end, quote_end, row_end, item_end;
	uint32_t heading_end;
	uint8_t heading;
	/* The outermost inline element with a name that hints, and what it has of the block. */
	uint32_t named_end, named_hints, named_units;
	uint32_t node; /* innermost block element */
	struct cached_hints cache[HINT_CACHE];
};

/* Elements that do not end a line of text. */
static bool is_inline(uint16_t tag)
{
	switch (tag) {
	case WV_TAG_A:
	case WV_TAG_ABBR:
	case WV_TAG_B:
	case WV_TAG_BDI:
	case WV_TAG_BDO:
	case WV_TAG_BIG:
	case WV_TAG_CITE:
	case WV_TAG_CODE:
	case WV_TAG_DATA:
	case WV_TAG_DEL:
	case WV_TAG_DFN:
	case WV_TAG_EM:
	case WV_TAG_FONT:
	case WV_TAG_I:
	case WV_TAG_IMG:
	case WV_TAG_INS:
	case WV_TAG_KBD:
	case WV_TAG_LABEL:
	case WV_TAG_MARK:
	case WV_TAG_NOBR:
	case WV_TAG_Q:
	case WV_TAG_RUBY:
	case WV_TAG_RB:
	case WV_TAG_S:
	case WV_TAG_SAMP:
	case WV_TAG_SMALL:
	case WV_TAG_SPAN:
	case WV_TAG_STRIKE:
	case WV_TAG_STRONG:
	case WV_TAG_SUB:
	case WV_TAG_SUP:
	case WV_TAG_TIME:
	case WV_TAG_TT:
	case WV_TAG_U:
	case WV_TAG_VAR:
	case WV_TAG_WBR:
		return true;
	default:
		return false;
	}
}

/* Never text of a page. */
static bool is_skipped(uint16_t tag)
{
	switch (tag) {
	case WV_TAG_SCRIPT:
	case WV_TAG_STYLE:
	case WV_TAG_TEMPLATE:
	case WV_TAG_SELECT:
	case WV_TAG_TEXTAREA:
	case WV_TAG_SVG:
	case WV_TAG_MATH:
	case WV_TAG_OBJECT:
	case WV_TAG_EMBED:
	case WV_TAG_APPLET:
	case WV_TAG_CANVAS:
	case WV_TAG_IFRAME:
	case WV_TAG_RT:
	case WV_TAG_RP:
	case WV_TAG_OPTION:
	case WV_TAG_DATALIST:
	case WV_TAG_TITLE:
	case WV_TAG_HEAD:
		return true;
	default:
		return false;
	}
}

static uint32_t tag_hints(uint16_t tag)
{
	switch (tag) {
	case WV_TAG_NAV:
	case WV_TAG_MENU:
		return WV_HINT(WV_REASON_NAVIGATION);
	case WV_TAG_ASIDE:
		return WV_HINT(WV_REASON_SIDEBAR);
	case WV_TAG_FOOTER:
		return WV_HINT(WV_REASON_FOOTER);
	case WV_TAG_FIGURE:
	case WV_TAG_FIGCAPTION:
	case WV_TAG_PICTURE:
		return WV_HINT(WV_REASON_CAPTION);
	case WV_TAG_BUTTON:
		return WV_HINT(WV_REASON_SHARE);
	case WV_TAG_FORM:
	case WV_TAG_FIELDSET:
		return WV_HINT(WV_REASON_NEWSLETTER);
	case WV_TAG_VIDEO:
	case WV_TAG_AUDIO:
		return WV_HINT(WV_REASON_VIDEO);
	case WV_TAG_DIALOG:
		return WV_HINT(WV_REASON_OVERLAY);
	case WV_TAG_NOSCRIPT:
		return 0;
	default:
		return 0;
	}
}

static uint32_t role_hints(struct wv_slice role)
{
	static const struct {
		const char *role;
		uint32_t hint;
	} roles[] = {
		{"navigation", WV_HINT(WV_REASON_NAVIGATION)},
		{"menu", WV_HINT(WV_REASON_NAVIGATION)},
		{"menubar", WV_HINT(WV_REASON_NAVIGATION)},
		{"toolbar", WV_HINT(WV_REASON_SHARE)},
		{"complementary", WV_HINT(WV_REASON_SIDEBAR)},
		{"banner", WV_HINT(WV_REASON_NAVIGATION)},
		{"contentinfo", WV_HINT(WV_REASON_FOOTER)},
		{"search", WV_HINT(WV_REASON_NAVIGATION)},
		{"dialog", WV_HINT(WV_REASON_OVERLAY)},
		{"alertdialog", WV_HINT(WV_REASON_OVERLAY)},
		{"button", WV_HINT(WV_REASON_SHARE)},
		{"figure", WV_HINT(WV_REASON_CAPTION)},
	};

	for (size_t i = 0; i < WV_COUNT(roles); i++)
		if (wv_slice_equals_nocase(role, wv_slice_of(roles[i].role)))
			return roles[i].hint;
	return 0;
}

static uint32_t itemprop_hints(struct wv_slice value)
{
	if (wv_slice_equals_nocase(value, WV_LIT("articleBody")))
		return WV_HINT_BODY;
	if (wv_slice_equals_nocase(value, WV_LIT("headline")))
		return WV_HINT_TITLE;
	if (wv_slice_equals_nocase(value, WV_LIT("author")))
		return WV_HINT_AUTHOR;
	if (wv_slice_equals_nocase(value, WV_LIT("caption")))
		return WV_HINT(WV_REASON_CAPTION);
	if (wv_slice_equals_nocase(value, WV_LIT("comment")))
		return WV_HINT(WV_REASON_COMMENTS);
	return 0;
}

/* One page repeats few names: each is looked up once. */
static uint32_t name_hints(struct reader *reader, struct wv_slice name)
{
	struct cached_hints *slot;

	if (name.n == 0)
		return 0;
	slot = &reader->cache[wv_slice_hash(name, 1) % HINT_CACHE];
	if (!wv_slice_equals(slot->name, name) || slot->name.n == 0) {
		slot->name = name;
		slot->bits = wv_words_hints(name);
	}
	return slot->bits;
}

static void note_attributes(struct reader *reader, uint32_t i, struct wv_node_note *note)
{
	const struct wv_node *node = &reader->html->nodes[i];

	for (uint32_t k = 0; k < node->attr_count; k++) {
		const struct wv_html_attr *attr = &reader->html->attrs[node->attrs + k];

		switch (attr->name) {
		case WV_ATTR_CLASS:
		case WV_ATTR_ID:
		case WV_ATTR_DATA_COMPONENT:
		case WV_ATTR_DATA_COMPONENT_NAME:
		case WV_ATTR_DATA_MODULE:
		case WV_ATTR_DATA_TESTID:
		case WV_ATTR_DATA_TEST_ID:
		case WV_ATTR_DATA_QA:
		case WV_ATTR_DATA_TYPE:
		case WV_ATTR_DATA_NAME:
		case WV_ATTR_DATA_ROLE:
			note->hints |= name_hints(reader, attr->value);
			break;
		case WV_ATTR_ROLE:
			note->tag_hints |= role_hints(attr->value);
			break;
		case WV_ATTR_ITEMPROP:
			note->hints |= itemprop_hints(attr->value);
			break;
		case WV_ATTR_HIDDEN:
			note->flags |= WV_NOTE_HIDDEN;
			break;
		case WV_ATTR_STYLE:
			/* Only styles that hide survive pruning. */
			if (wv_slice_find_nocase(attr->value, WV_LIT("display"), 0) != SIZE_MAX ||
			    wv_slice_find_nocase(attr->value, WV_LIT("visibility"), 0) != SIZE_MAX)
				note->flags |= WV_NOTE_HIDDEN;
			break;
		case WV_ATTR_ARIA_HIDDEN:
			if (wv_slice_equals_nocase(attr->value, WV_LIT("true")))
				note->flags |= WV_NOTE_HIDDEN;
			break;
		default:
			break;
		}
	}
}

/* Weight as running text. Sizes are of news prose: a sentence has some 20 words or characters. */
static float prose_of(const struct wv_text_block *block)
{
	float units = (float)block->units;
	float linked = (float)block->link_units / (units > 0 ? units : 1);

	if (block->heading)
		return 0;
	/* An anchor that was never closed makes links of all that follows. */
	if (block->units >= 100 && block->sentences >= 3)
		return units;
	/* Sentences of running text may be mostly link; a teaser is all of it. */
	if (linked > (block->ends_sentence && block->units >= 30 ? 0.75f : 0.5f))
		return 0;
	if (block->units >= 16 && block->stops > 0)
		return (units - (float)block->link_units) *
		       (block->sentences > 0 || block->units >= 60 ? 1.0f : 0.5f);
	if (block->units >= 60)
		return (units - (float)block->link_units) * 0.5f;
	return 0;
}

/* "___": how news agencies part a text's sections where no markup can. */
static bool is_rule(const struct reader *reader)
{
	for (size_t i = reader->begin; i < reader->text_n; i++)
		if (reader->text[i] != '_')
			return false;
	return reader->text_n - reader->begin >= 3;
}

/* Thai, Lao, Myanmar, Khmer: words stand side by side, and a space parts clauses. */
static bool is_unparted(uint32_t c)
{
	return (c >= 0xe00 && c <= 0xeff) || (c >= 0x1000 && c <= 0x109f) ||
	       (c >= 0x1780 && c <= 0x17ff);
}

/* Five letters for a word; what is long enough tells something, and needs no sign at its end. */
static void measure_unparted(struct reader *reader)
{
	struct wv_text_block *block = &reader->block;

	if (reader->unparted * 5 < reader->text_n - reader->begin) /* of three bytes each */
		return;
	block->units += reader->unparted / 5 * 2;
	block->link_units += reader->unparted_linked / 5 * 2;
	block->stops = (uint16_t)wv_min_size(block->stops + reader->unparted_spaces, UINT16_MAX);
	if (block->units >= 40 && block->sentences == 0) {
		block->sentences = 1;
		block->ends_sentence = true;
	}
}

static void flush(struct reader *reader)
{
	struct wv_text_block *block = &reader->block;
	struct wv_blocks *out = reader->out;

	if (reader->unparted > 0)
		measure_unparted(reader);

	if (reader->text_n > reader->begin && (reader->has_letter || is_rule(reader))) {
		block->text = wv_slice(reader->text + reader->begin, reader->text_n - reader->begin);
		block->node = reader->node;
		block->is_bold = reader->has_letter && !reader->has_plain;
		if (reader->named_units * 2 > block->units)
			block->inline_hints = reader->named_hints;
		block->after_break = reader->after_break;
		block->prose = prose_of(block);
		if (out->count < WV_BLOCKS_MAX)
			out->blocks[out->count++] = *block;
		else
			out->is_cut = true;
	} else {
		reader->text_n = reader->begin;
	}
	reader->begin = reader->text_n;
	memset(block, 0, sizeof(*block));
	reader->space_pending = reader->in_word = false;
	reader->has_letter = reader->has_plain = false;
	reader->after_break = false;
	reader->named_units = 0;
	reader->unparted = reader->unparted_linked = reader->unparted_spaces = 0;
}

static bool is_stop(uint32_t c)
{
	switch (c) {
	case ',':
	case ';':
	case 0xff0c:
	case 0x3001:
	case 0xff1b:
	case 0x60c:
	case 0x61b:
		return true;
	default:
		return false;
	}
}

static bool is_end(uint32_t c)
{
	switch (c) {
	case '.':
	case '!':
	case '?':
	case 0x2026:
	case 0x3002:
	case 0xff01:
	case 0xff1f:
	case 0xff0e:
	case 0xff61:
	case 0x61f:
	case 0x6d4:
	case 0x964:
		return true;
	default:
		return false;
	}
}

/* Quotes and brackets after a sentence's end. */
static bool is_closing(uint32_t c)
{
	switch (c) {
	case '"':
	case '\'':
	case ')':
	case ']':
	case 0x2019:
	case 0x201d:
	case 0xbb:
	case 0xff09:
	case 0x300d:
	case 0x300f:
	case 0x3011:
	case 0x300b:
		return true;
	default:
		return false;
	}
}

static void count_sign(struct reader *reader, uint32_t c)
{
	struct wv_text_block *block = &reader->block;

	if (is_stop(c)) {
		if (block->stops < UINT16_MAX)
			block->stops++;
	} else if (is_end(c)) {
		if (block->stops < UINT16_MAX)
			block->stops++;
		if (block->sentences < UINT16_MAX)
			block->sentences++;
	}
	if (!is_closing(c))
		reader->block.ends_sentence = is_end(c);
}

/* Copies a text node into the block, white space squeezed, and measures it on the way. */
static void read_text(struct reader *reader, struct wv_slice s, uint32_t node)
{
	struct wv_text_block *block = &reader->block;
	bool in_link = node < reader->link_end;
	bool in_bold = node < reader->bold_end;
	bool keeps_lines = node < reader->pre_end;
	size_t i = 0;
	uint32_t units = 0;

	while (i < s.n) {
		unsigned char c = s.p[i];
		size_t from = i;
		uint32_t code;
		bool is_word = false;

		if (wv_byte_is_space(c) || c < 0x20) {
			if (keeps_lines && c == '\n' && reader->text_n > reader->begin) {
				reader->text[reader->text_n++] = '\n';
				reader->space_pending = false;
			} else if (c != 0) {
				reader->space_pending = true;
			}
			reader->in_word = false;
			i++;
			continue;
		}
		if (c < 0x80) {
			code = c;
			i++;
			is_word = wv_byte_is_alnum(c);
		} else {
			code = wv_text_next(s, &i);
			if (code == 0xa0 || code == 0x3000 || code == 0x200b || code == 0xfeff ||
			    (code >= 0x2000 && code <= 0x200a) || code == 0x202f) {
				if (code != 0x200b && code != 0xfeff) {
					reader->space_pending = true;
					reader->in_word = false;
				}
				continue;
			}
			if (code == 0xad)
				continue; /* soft hyphen */
			if (wv_text_is_cjk(code) && wv_text_is_letter(code) &&
			    !(code >= 0xac00 && code <= 0xd7a3)) {
				units++;
				reader->has_letter = true;
				reader->has_plain |= !in_bold;
				reader->in_word = false;
				block->ends_sentence = false;
				goto copy;
			}
			is_word = wv_text_is_letter(code) || wv_text_is_digit(code);
			if (is_unparted(code)) {
				reader->unparted++;
				reader->unparted_linked += in_link;
				reader->unparted_spaces += reader->space_pending;
			}
		}
		if (is_word) {
			if (!reader->in_word)
				units += 2;
			reader->in_word = true;
			reader->has_letter = true;
			reader->has_plain |= !in_bold;
			block->ends_sentence = false;
		} else {
			if (code != '\'' && code != 0x2019 && code != '-')
				reader->in_word = false;
			count_sign(reader, code);
		}
	copy:
		if (reader->space_pending && reader->text_n > reader->begin)
			reader->text[reader->text_n++] = ' ';
		reader->space_pending = false;
		memcpy(reader->text + reader->text_n, s.p + from, i - from);
		reader->text_n += i - from;
	}
	block->units += units;
	if (in_link)
		block->link_units += units;
	if (node < reader->named_end)
		reader->named_units += units;
}

static uint8_t kind_now(const struct reader *reader, uint32_t node)
{
	if (reader->block.heading)
		return WV_BLOCK_HEADING;
	if (node < reader->pre_end)
		return WV_BLOCK_CODE;
	if (node < reader->quote_end)
		return WV_BLOCK_QUOTE;
	if (node < reader->item_end)
		return WV_BLOCK_ITEM;
	if (node < reader->row_end)
		return WV_BLOCK_ROW;
	return WV_BLOCK_PARAGRAPH;
}

static uint8_t heading_level(uint16_t tag)
{
	switch (tag) {
	case WV_TAG_H1:
		return 1;
	case WV_TAG_H2:
		return 2;
	case WV_TAG_H3:
		return 3;
	case WV_TAG_H4:
		return 4;
	case WV_TAG_H5:
		return 5;
	case WV_TAG_H6:
		return 6;
	default:
		return 0;
	}
}

/* A heading that opens and shuts what stands under it is written as a link to nowhere. */
static bool leads_elsewhere(const struct reader *reader, uint32_t i)
{
	const struct wv_html_attr *href = wv_node_attr(reader->html, i, WV_ATTR_HREF);

	if (!href)
		return false;
	return !(i < reader->heading_end &&
		 ((href->value.n > 0 && href->value.p[0] == '#') ||
		  wv_slice_starts_nocase(href->value, WV_LIT("javascript:"))));
}

/* A figure around a table shows the table: no caption. */
static void forget_figure(struct reader *reader, uint32_t node)
{
	for (unsigned up = 0; up < 3 && node != WV_NODE_NONE; up++) {
		if (reader->html->nodes[node].tag == WV_TAG_FIGURE)
			reader->out->notes[node].tag_hints &= ~WV_HINT(WV_REASON_CAPTION);
		node = reader->html->nodes[node].parent;
	}
}

/* Enters an element: its hints, and what it means for the text inside. */
static void enter(struct reader *reader, uint32_t i)
{
	const struct wv_node *node = &reader->html->nodes[i];
	struct wv_node_note *note = &reader->out->notes[i];

	note->tag_hints = tag_hints(node->tag);
	if (node->attr_count > 0)
		note_attributes(reader, i, note);
	if (is_inline(node->tag) && note->hints && i >= reader->named_end) {
		/* A caption's text and its credit stand side by side. */
		if (reader->named_units > 0 && (reader->named_hints & note->hints)) {
			reader->named_hints &= note->hints;
		} else {
			reader->named_hints = note->hints;
			reader->named_units = 0;
		}
		reader->named_end = node->end;
	}
	switch (node->tag) {
	case WV_TAG_IMG:
	case WV_TAG_PICTURE:
		note->pictures = 1;
		break;
	case WV_TAG_TABLE:
		forget_figure(reader, node->parent);
		break;
	case WV_TAG_A:
		if (leads_elsewhere(reader, i)) {
			reader->link_end = node->end;
			if (reader->block.links < UINT16_MAX)
				reader->block.links++;
		}
		break;
	case WV_TAG_B:
	case WV_TAG_STRONG:
		if (reader->bold_end < node->end)
			reader->bold_end = node->end;
		break;
	case WV_TAG_PRE:
	case WV_TAG_LISTING:
	case WV_TAG_XMP:
		reader->pre_end = node->end;
		break;
	case WV_TAG_BLOCKQUOTE:
		if (reader->quote_end < node->end)
			reader->quote_end = node->end;
		break;
	case WV_TAG_LI:
	case WV_TAG_DD:
	case WV_TAG_DT:
		if (reader->item_end < node->end)
			reader->item_end = node->end;
		break;
	case WV_TAG_H1:
	case WV_TAG_H2:
	case WV_TAG_H3:
	case WV_TAG_H4:
	case WV_TAG_H5:
	case WV_TAG_H6:
		reader->heading = heading_level(node->tag);
		reader->heading_end = node->end;
		break;
	default:
		break;
	}
}

static void read_tree(struct reader *reader, uint32_t from, uint32_t end)
{
	const struct wv_html *html = reader->html;
	uint32_t open[WV_LIMIT_TREE_DEPTH + 8]; /* block elements around the reader */
	size_t depth = 0;

	for (uint32_t i = from; i < end;) {
		const struct wv_node *node = &html->nodes[i];

		while (depth > 0 && html->nodes[open[depth - 1]].end <= i) {
			flush(reader);
			reader->out->notes[open[depth - 1]].end_block = (uint32_t)reader->out->count;
			depth--;
			reader->node = depth > 0 ? open[depth - 1] : from;
		}
		if (node->tag == WV_TAG_TEXT) {
			if (i < reader->heading_end)
				reader->block.heading = reader->heading;
			reader->block.kind = kind_now(reader, i);
			read_text(reader, node->text, i);
			i++;
			continue;
		}
		if (is_skipped(node->tag)) {
			i = node->end;
			continue;
		}
		if (node->tag == WV_TAG_BR || node->tag == WV_TAG_HR) {
			if (i >= reader->pre_end && i >= reader->heading_end) {
				flush(reader);
				reader->after_break = true;
			} else {
				reader->space_pending = true;
			}
			i++;
			continue;
		}
		if (!is_inline(node->tag) &&
		    !(node->tag == WV_TAG_UNKNOWN &&
		      wv_slice_find_byte(node->text, '-', 0) == SIZE_MAX)) {
			flush(reader);
			if (depth < WV_COUNT(open)) {
				open[depth++] = i;
				reader->node = i;
			}
		}
		enter(reader, i);
		reader->out->notes[i].first_block = reader->out->notes[i].end_block =
			(uint32_t)reader->out->count;
		i++;
	}
	flush(reader);
	while (depth > 0)
		reader->out->notes[open[--depth]].end_block = (uint32_t)reader->out->count;
}

/* Does the element begin with a headline that is a link? Teasers do, sections do not. */
static bool begins_with_link(const struct wv_blocks *blocks, const struct wv_node_note *note)
{
	size_t end = wv_min_size(note->end_block, (size_t)note->first_block + 3);

	for (size_t b = note->first_block; b < end; b++) {
		const struct wv_text_block *block = &blocks->blocks[b];

		if (block->units >= 6 && block->link_units * 10 >= block->units * 9)
			return true;
		if (block->prose > 0)
			return false;
	}
	return false;
}

/* Has the element three or more children of one form, most with a link of their own? */
static bool is_list(const struct wv_blocks *blocks, uint32_t i)
{
	const struct wv_html *html = blocks->html;
	uint32_t children = 0, linked = 0, headed = 0;
	uint16_t tag = 0;
	float most = 0, sum = 0;

	for (uint32_t c = wv_node_first_child(html, i); c != WV_NODE_NONE; c = html->nodes[c].next) {
		const struct wv_node_note *note = &blocks->notes[c];

		if (html->nodes[c].tag == WV_TAG_TEXT || note->units == 0)
			continue;
		if (html->nodes[c].tag == WV_TAG_P || is_inline(html->nodes[c].tag) ||
		    html->nodes[c].tag == WV_TAG_TR)
			return false;
		if (tag && html->nodes[c].tag != tag)
			return false;
		tag = html->nodes[c].tag;
		children++;
		if (note->link_units >= 6)
			linked++;
		if (note->link_units * 3 >= note->units || begins_with_link(blocks, note))
			headed++;
		if (note->prose > most)
			most = note->prose;
		sum += note->prose;
	}
	/* "Ten things to know today": each begins with a link, and then tells it. */
	if (html->nodes[i].tag == WV_TAG_OL && sum >= 24.0f * (float)children)
		return false;
	return children >= 3 && linked * 4 >= children * 3 && headed * 4 >= children * 3 &&
	       most < 160;
}

/* Does the element begin with a short line that holds a link or a number, and then tell something?
 * So do readers' comments: a name, a date, and what they said. */
static bool begins_with_name(const struct wv_blocks *blocks, const struct wv_node_note *note)
{
	const struct wv_text_block *first = &blocks->blocks[note->first_block];

	if (note->end_block < note->first_block + 2 || first->heading || first->units > 16 ||
	    first->prose > 0 || note->prose <= 0)
		return false;
	if (first->link_units > 0)
		return true;
	for (size_t i = 0; i < first->text.n; i++)
		if (wv_byte_is_digit(first->text.p[i]))
			return true;
	return false;
}

/* Are three or more of its children, and most of them, such comments? */
static bool is_thread(const struct wv_blocks *blocks, uint32_t i)
{
	const struct wv_html *html = blocks->html;
	uint32_t children = 0, named = 0;

	for (uint32_t c = wv_node_first_child(html, i); c != WV_NODE_NONE; c = html->nodes[c].next) {
		const struct wv_node_note *note = &blocks->notes[c];
		uint16_t tag = html->nodes[c].tag;

		if (tag == WV_TAG_TEXT || note->units == 0)
			continue;
		if (tag != WV_TAG_LI && tag != WV_TAG_DIV && tag != WV_TAG_ARTICLE)
			return false;
		children++;
		named += begins_with_name(blocks, note);
	}
	return named >= 3 && named * 4 >= children * 3;
}

/* Sums from the leaves up: children stand behind their parents in the array. */
static void sum_up(struct wv_blocks *blocks)
{
	const struct wv_html *html = blocks->html;

	for (size_t b = 0; b < blocks->count; b++) {
		struct wv_node_note *note = &blocks->notes[blocks->blocks[b].node];

		note->units += blocks->blocks[b].units;
		note->link_units += blocks->blocks[b].link_units;
		note->links = (uint16_t)wv_min_size(note->links + blocks->blocks[b].links, UINT16_MAX);
		note->prose += blocks->blocks[b].prose;
	}
	for (uint32_t i = html->node_count; i-- > 1;) {
		struct wv_node_note *note = &blocks->notes[i];
		struct wv_node_note *parent;

		if (html->nodes[i].tag == WV_TAG_TEXT || html->nodes[i].parent == WV_NODE_NONE)
			continue;
		if (note->units == 0 && note->links == 0 && note->pictures == 0)
			continue;
		if (note->links >= 3 && note->units > 0 && note->link_units * 10 >= note->units &&
		    is_list(blocks, i)) {
			note->flags |= WV_NOTE_LIST;
			note->prose = 0;
		}
		if (note->prose > 0 && note->end_block > note->first_block + 5 &&
		    is_thread(blocks, i))
			note->tag_hints |= WV_HINT(WV_REASON_COMMENTS);
		parent = &blocks->notes[html->nodes[i].parent];
		/* Of inline elements around blocks the range was not known on the way down. */
		if (note->end_block > parent->end_block)
			parent->end_block = note->end_block;
		parent->units += note->units;
		parent->link_units += note->link_units;
		parent->links = (uint16_t)wv_min_size((size_t)parent->links + note->links, UINT16_MAX);
		parent->prose += note->prose;
		parent->pictures =
			(uint16_t)wv_min_size((size_t)parent->pictures + note->pictures, UINT16_MAX);
	}
}

enum wv_status wv_blocks_read(const struct wv_html *html, struct wv_arena *arena,
                              struct wv_blocks *out, struct wv_err *err)
{
	struct reader *reader = wv_arena_zero(arena, 1, sizeof(*reader));
	uint32_t from = html->body == WV_NODE_NONE ? 0 : html->body;
	uint32_t end = html->nodes[from].end;
	size_t bytes = 64, texts = 16;

	for (uint32_t i = from; i < end; i++) {
		if (html->nodes[i].tag == WV_TAG_TEXT) {
			bytes += html->nodes[i].text.n + 2;
			texts++;
		}
	}
	memset(out, 0, sizeof(*out));
	out->html = html;
	out->notes = WV_ARENA_ARRAY(arena, struct wv_node_note, html->node_count);
	out->blocks = WV_ARENA_ARRAY(arena, struct wv_text_block,
				     wv_min_size(texts, WV_BLOCKS_MAX));
	if (!reader || !out->notes || !out->blocks)
		return wv_err_set(err, WV_LIMIT, "the page's blocks take more than its memory");
	reader->text = wv_arena_alloc(arena, bytes);
	if (!reader->text)
		return wv_err_set(err, WV_LIMIT, "the page's text takes more than its memory");
	reader->html = html;
	reader->out = out;
	reader->node = from;
	read_tree(reader, from, end);
	sum_up(out);
	return WV_OK;
}

uint32_t wv_blocks_hinted(const struct wv_blocks *blocks, uint32_t node, uint32_t top,
                          uint32_t hints)
{
	const struct wv_html *html = blocks->html;

	while (node != WV_NODE_NONE && node != top) {
		if ((blocks->notes[node].hints | blocks->notes[node].tag_hints) & hints)
			return node;
		node = html->nodes[node].parent;
	}
	return WV_NODE_NONE;
}
