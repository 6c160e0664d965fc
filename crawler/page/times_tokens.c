#include "crawler/page/times_parts.h"

static int han_digit(uint32_t c)
{
	switch (c) {
	case 0x3007: /* 〇 */
	case 0x96f6: /* 零 */
	case 0x25cb: /* ○ */
		return 0;
	case 0x4e00:
		return 1;
	case 0x4e8c:
		return 2;
	case 0x4e09:
		return 3;
	case 0x56db:
		return 4;
	case 0x4e94:
		return 5;
	case 0x516d:
		return 6;
	case 0x4e03:
		return 7;
	case 0x516b:
		return 8;
	case 0x4e5d:
		return 9;
	case 0x5341:
		return 10;
	default:
		return -1;
	}
}

/* Decimal digits of the scripts news is written in; -1 for others. */
static int digit_value(uint32_t c)
{
	static const uint32_t zeros[] = {'0', 0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0xff10};

	for (size_t i = 0; i < WV_COUNT(zeros); i++)
		if (c >= zeros[i] && c <= zeros[i] + 9)
			return (int)(c - zeros[i]);
	return -1;
}

static bool is_han_or_kana(uint32_t c)
{
	return (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff);
}

static void read_number(struct wv_slice s, size_t *at, struct token *token)
{
	token->kind = TOKEN_NUMBER;
	while (*at < s.n) {
		size_t next = *at;
		int digit = digit_value(wv_text_next(s, &next));

		if (digit < 0)
			break;
		if (token->digits < 18) {
			token->value = token->value * 10 + (unsigned)digit;
			token->digits++;
		} else {
			token->digits = 99;
		}
		*at = next;
	}
}

/* 二〇二四 and 十五, 二十五; read as one number. */
static void read_han_number(struct wv_slice s, size_t *at, struct token *token)
{
	uint64_t total = 0, current = 0;
	bool has_ten = false;

	token->kind = TOKEN_NUMBER;
	while (*at < s.n && token->digits < 8) {
		size_t next = *at;
		int digit = han_digit(wv_text_next(s, &next));

		if (digit < 0)
			break;
		if (digit == 10) {
			total += (current ? current : 1) * 10;
			current = 0;
			has_ten = true;
		} else {
			current = has_ten ? (uint64_t)digit : current * 10 + (uint64_t)digit;
		}
		token->digits++;
		*at = next;
	}
	token->value = total + current;
	if (has_ten)
		token->digits = 2;
}

static void add_folded(struct token *token, uint32_t c)
{
	unsigned char utf8[4];
	size_t n;

	if (c < 0x80) {
		utf8[0] = (unsigned char)c;
		n = 1;
	} else if (c < 0x800) {
		utf8[0] = (unsigned char)(0xc0 | c >> 6);
		utf8[1] = (unsigned char)(0x80 | (c & 0x3f));
		n = 2;
	} else if (c < 0x10000) {
		utf8[0] = (unsigned char)(0xe0 | c >> 12);
		utf8[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		utf8[2] = (unsigned char)(0x80 | (c & 0x3f));
		n = 3;
	} else {
		return;
	}
	if (n > WORD_BYTES - token->n)
		return;
	memcpy(token->word + token->n, utf8, n);
	token->n = (uint8_t)(token->n + n);
}

static void read_word(struct wv_slice s, size_t *at, struct token *token)
{
	token->kind = TOKEN_WORD;
	token->is_upper = true;
	while (*at < s.n) {
		size_t next = *at;
		uint32_t c = wv_text_next(s, &next);
		uint32_t folded;

		if (!wv_text_is_letter(c) || is_han_or_kana(c))
			break;
		if (c >= 0x80 || wv_byte_lower((unsigned char)c) == c)
			token->is_upper = false;
		folded = wv_date_fold(c);
		if (folded)
			add_folded(token, folded);
		*at = next;
	}
}

void dates_tokenize(struct wv_slice s, size_t from, struct tokens *out)
{
	size_t at = from;
	size_t end = s.n - from > WINDOW_BYTES ? from + WINDOW_BYTES : s.n;
	bool space = true;

	out->n = 0;
	s.n = end;
	while (at < end && out->n < TOKENS_MAX) {
		struct token *token = &out->t[out->n];
		size_t next = at;
		uint32_t c = wv_text_next(s, &next);

		/* Bidi marks stand between parts of Hebrew and Arabic dates. */
		if (wv_text_is_space(c) || (c >= 0x200e && c <= 0x200f) ||
		    (c >= 0x202a && c <= 0x202e)) {
			space = true;
			at = next;
			continue;
		}
		memset(token, 0, offsetof(struct token, word));
		token->begin = at;
		token->after_space = space;
		space = false;
		if (digit_value(c) >= 0) {
			read_number(s, &at, token);
		} else if (han_digit(c) >= 0) {
			read_han_number(s, &at, token);
		} else if (wv_text_is_letter(c) && !is_han_or_kana(c)) {
			read_word(s, &at, token);
		} else {
			token->kind = TOKEN_SIGN;
			token->value = c;
			at = next;
		}
		token->end = at;
		out->n++;
	}
	memset(&out->t[out->n], 0, sizeof(out->t[0]));
}

/* Years between 1900 and 2100, Buddhist ones (2443..2643) brought down. 0 if neither. */
int32_t dates_year_of(const struct token *token)
{
	if (!is_number(token, 4, 4))
		return 0;
	if (token->value >= 2530 && token->value < 2643)
		return (int32_t)token->value - 543;
	return token->value >= 1900 && token->value <= 2100 ? (int32_t)token->value : 0;
}
