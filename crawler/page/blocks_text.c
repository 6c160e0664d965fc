#include "crawler/page/blocks_parts.h"

#include "config/base/checked.h"
#include "config/base/text.h"

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
static bool is_rule(const struct blocks_reader *reader)
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
static void measure_unparted(struct blocks_reader *reader)
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

void blocks_flush(struct blocks_reader *reader)
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

static void count_sign(struct blocks_reader *reader, uint32_t c)
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
void blocks_read_text(struct blocks_reader *reader, struct wv_slice s, uint32_t node)
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
