#include "crawler/page/times.h"

#include <stdio.h>

#include "config/base/checked.h"
#include "config/base/text.h"
#include "crawler/page/dates_lang.h"

/*
 * A window of text becomes tokens (numbers, folded words, single signs); then each position is
 * tried against the forms. Everything is bounded by the window.
 */
#define WINDOW_BYTES 600u
#define TOKENS_MAX   160u
#define WORD_BYTES   40u

enum token_kind { TOKEN_END, TOKEN_NUMBER, TOKEN_WORD, TOKEN_SIGN };

struct token {
	enum token_kind kind;
	bool after_space;
	bool is_upper;  /* word in ASCII capitals */
	uint8_t digits; /* of a number */
	uint8_t n;      /* bytes of `word` */
	uint64_t value; /* of a number; code point of a sign */
	size_t begin, end;
	unsigned char word[WORD_BYTES];
};

struct tokens {
	struct token t[TOKENS_MAX + 1];
	size_t n;
};

/* What a form found; fields as written. */
struct found_date {
	struct wv_civil civil;
	bool has_clock, has_seconds, has_zone, is_swappable, has_year;
	bool is_relative;
	int64_t relative_us, unit_us;
	int32_t zone_minutes;
	size_t first, last; /* tokens; `last` is the one after */
};

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

static void tokenize(struct wv_slice s, size_t from, struct tokens *out)
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

static const struct token *token_at(const struct tokens *tokens, size_t i)
{
	return &tokens->t[i < tokens->n ? i : tokens->n];
}

static struct wv_slice word_of(const struct token *token)
{
	return wv_slice(token->word, token->kind == TOKEN_WORD ? token->n : 0);
}

static bool is_word(const struct token *token, const char *word)
{
	return token->kind == TOKEN_WORD && wv_slice_equals(word_of(token), wv_slice_of(word));
}

static bool is_sign(const struct token *token, uint32_t c)
{
	return token->kind == TOKEN_SIGN && token->value == c;
}

static bool is_number(const struct token *token, unsigned min_digits, unsigned max_digits)
{
	return token->kind == TOKEN_NUMBER && token->digits >= min_digits &&
	       token->digits <= max_digits;
}

static bool is_colon(const struct token *token)
{
	return is_sign(token, ':') || is_sign(token, 0xff1a);
}

static unsigned roles_of(const struct token *token)
{
	return token->kind == TOKEN_WORD ? wv_date_roles(word_of(token)) : 0;
}

/* Years between 1900 and 2100, Buddhist ones (2443..2643) brought down. 0 if neither. */
static int32_t year_of(const struct token *token)
{
	if (!is_number(token, 4, 4))
		return 0;
	if (token->value >= 2530 && token->value < 2643)
		return (int32_t)token->value - 543;
	return token->value >= 1900 && token->value <= 2100 ? (int32_t)token->value : 0;
}

/* ------------------------------------------------------------------ clocks */

/* "+08:00", "+0800", "+8", "Z", "GMT+8", "EST", "(MEZ)" at *i. */
static bool read_offset(const struct tokens *tokens, size_t *i, int32_t *minutes)
{
	const struct token *sign = token_at(tokens, *i);
	const struct token *number = token_at(tokens, *i + 1);
	bool negative = is_sign(sign, '-') || is_sign(sign, 0x2212);
	uint64_t hours, rest = 0;
	size_t used = 2;

	if (!(negative || is_sign(sign, '+')) || number->after_space || !is_number(number, 1, 4))
		return false;
	if (number->digits == 4) {
		hours = number->value / 100;
		rest = number->value % 100;
	} else if (number->digits <= 2) {
		hours = number->value;
		if (is_colon(token_at(tokens, *i + 2)) &&
		    is_number(token_at(tokens, *i + 3), 2, 2)) {
			rest = token_at(tokens, *i + 3)->value;
			used = 4;
		} else if (sign->after_space) {
			return false; /* "10:20 -3 comments" */
		}
	} else {
		return false;
	}
	if (hours > 14 || rest > 59)
		return false;
	*minutes = (int32_t)(hours * 60 + rest) * (negative ? -1 : 1);
	*i += used;
	return true;
}

/* Eastern, Central, Mountain, Pacific without saying summer: the rule of the year (US, 2007-). */
static int32_t american_zone(const struct wv_civil *civil, int32_t winter_minutes)
{
	struct wv_civil first = {.year = civil->year, .month = 3, .day = 1};
	unsigned march_first = wv_civil_of_time(wv_time_of_civil(&first)).weekday;
	unsigned november_first;
	unsigned begin_day = 8 + (7 - march_first) % 7, end_day;
	unsigned today = civil->month * 32u + civil->day;

	first.month = 11;
	november_first = wv_civil_of_time(wv_time_of_civil(&first)).weekday;
	end_day = 1 + (7 - november_first) % 7;
	return today >= 3 * 32 + begin_day && today < 11 * 32 + end_day ? winter_minutes + 60
									 : winter_minutes;
}

static bool read_zone(const struct wv_times_context *context, const struct tokens *tokens,
                      size_t *at, struct found_date *date)
{
	size_t i = *at;
	bool in_parens = is_sign(token_at(tokens, i), '(');
	const struct token *token;
	struct wv_slice word;

	if (in_parens)
		i++;
	token = token_at(tokens, i);
	word = word_of(token);
	if (read_offset(tokens, &i, &date->zone_minutes)) {
		date->has_zone = true;
	} else if (token->kind == TOKEN_WORD && (token->is_upper || is_word(token, "z"))) {
		static const struct {
			const char *name;
			int32_t winter;
		} american[] = {{"et", -300}, {"ct", -360}, {"mt", -420}, {"pt", -480}};

		if (wv_date_zone(word, context->language, &date->zone_minutes)) {
			i++;
			if (is_word(token, "gmt") || is_word(token, "utc"))
				(void)read_offset(tokens, &i, &date->zone_minutes);
			date->has_zone = true;
		}
		for (size_t k = 0; k < WV_COUNT(american) && !date->has_zone; k++) {
			if (!is_word(token, american[k].name))
				continue;
			date->zone_minutes = american_zone(&date->civil, american[k].winter);
			date->has_zone = true;
			i++;
		}
	}
	if (!date->has_zone)
		return false;
	if (in_parens && is_sign(token_at(tokens, i), ')'))
		i++;
	*at = i;
	return true;
}

/* Half of the day: 0 none, 1 morning, 2 afternoon; moves past the word. */
static int read_half(const struct tokens *tokens, size_t *at)
{
	const struct token *a = token_at(tokens, *at);
	const struct token *b = token_at(tokens, *at + 1);
	static const struct {
		uint32_t first, second;
		int half;
	} pairs[] = {
		{0x4e0a, 0x5348, 1}, {0x4e0b, 0x5348, 2}, {0x5348, 0x524d, 1}, /* 上午 下午 午前 */
		{0x5348, 0x5f8c, 2}, {0x51cc, 0x6668, 1}, {0x665a, 0x4e0a, 2}, /* 午後 凌晨 晚上 */
		{0x65e9, 0x4e0a, 1}, {0x4e2d, 0x5348, 2}, {0x508d, 0x665a, 2}, /* 早上 中午 傍晚 */
		{0x6e05, 0x6668, 1},                                          /* 清晨 */
	};

	for (size_t i = 0; i < WV_COUNT(pairs); i++) {
		if (is_sign(a, pairs[i].first) && is_sign(b, pairs[i].second)) {
			*at += 2;
			return pairs[i].half;
		}
	}
	if (is_word(a, "오전") || is_word(a, "am") || is_word(a, "öö")) {
		(*at)++;
		return 1;
	}
	if (is_word(a, "오후") || is_word(a, "pm")) {
		(*at)++;
		return 2;
	}
	/* a.m. p.m. */
	if ((is_word(a, "a") || is_word(a, "p")) && is_sign(b, '.') &&
	    is_word(token_at(tokens, *at + 2), "m")) {
		int half = is_word(a, "a") ? 1 : 2;

		*at += is_sign(token_at(tokens, *at + 3), '.') ? 4 : 3;
		return half;
	}
	return 0;
}

static bool is_hour_mark(const struct token *t)
{
	return is_sign(t, 0x65f6) || is_sign(t, 0x6642) || is_sign(t, 0x70b9) ||
	       is_sign(t, 0x9ede) || is_word(t, "시");
}

static bool is_minute_mark(const struct token *t)
{
	return is_sign(t, 0x5206) || is_word(t, "분");
}

/* Sets hour to second from a clock at *at. `marked`: the words before already said it is one. */
static bool read_clock(const struct tokens *tokens, size_t *at, bool marked,
                       struct found_date *date)
{
	size_t i = *at;
	int half = read_half(tokens, &i);
	const struct token *hour = token_at(tokens, i);
	const struct token *separator = token_at(tokens, i + 1);
	const struct token *minute = token_at(tokens, i + 2);
	uint64_t h, m = 0, s = 0, us = 0;
	bool has_seconds = false;

	if (!is_number(hour, 1, 2)) {
		/* T102030 */
		if (!marked || !is_number(hour, 6, 6))
			return false;
		h = hour->value / 10000;
		m = hour->value / 100 % 100;
		s = hour->value % 100;
		has_seconds = true;
		i++;
		goto check;
	}
	h = hour->value;
	if (is_colon(separator) && is_number(minute, 1, 2)) {
		m = minute->value;
		i += 3;
		if (is_colon(token_at(tokens, i)) && is_number(token_at(tokens, i + 1), 2, 2)) {
			s = token_at(tokens, i + 1)->value;
			has_seconds = true;
			i += 2;
			if ((is_sign(token_at(tokens, i), '.') || is_sign(token_at(tokens, i), ',')) &&
			    is_number(token_at(tokens, i + 1), 1, 18) &&
			    !token_at(tokens, i + 1)->after_space) {
				const struct token *part = token_at(tokens, i + 1);
				uint64_t scaled = part->value;

				for (unsigned d = part->digits; d < 6; d++)
					scaled *= 10;
				for (unsigned d = 6; d < part->digits; d++)
					scaled /= 10;
				us = scaled;
				i += 2;
			}
		}
	} else if (is_hour_mark(separator)) {
		i += 2;
		if (is_number(token_at(tokens, i), 1, 2) && is_minute_mark(token_at(tokens, i + 1))) {
			m = token_at(tokens, i)->value;
			i += 2;
			if (is_number(token_at(tokens, i), 1, 2) &&
			    (is_sign(token_at(tokens, i + 1), 0x79d2) ||
			     is_word(token_at(tokens, i + 1), "초"))) {
				s = token_at(tokens, i)->value;
				has_seconds = true;
				i += 2;
			}
		} else if (is_number(token_at(tokens, i), 2, 2) &&
			   !token_at(tokens, i)->after_space) {
			m = token_at(tokens, i)->value;
			i++;
		}
	} else if ((is_word(separator, "h") || is_word(separator, "g")) &&
		   is_number(minute, 2, 2)) {
		m = minute->value; /* 10h30 */
		i += 3;
	} else if (is_sign(separator, '.') && is_number(minute, 2, 2) && !minute->after_space) {
		size_t after = i + 3;
		int half_after = read_half(tokens, &after);

		if (!marked && !half_after && !is_word(token_at(tokens, i + 3), "uhr") &&
		    !is_word(token_at(tokens, i + 3), "h"))
			return false;
		m = minute->value; /* kl. 10.30, 10.30am */
		i += 3;
	} else if (is_word(separator, "uhr") || is_word(separator, "h")) {
		i += 2;
	} else {
		size_t after = i + 1;
		int half_after = read_half(tokens, &after); /* 3 pm */

		if (!half_after)
			return false;
		half = half_after;
		i = after;
	}
check:
	if (!half)
		half = read_half(tokens, &i);
	if (is_word(token_at(tokens, i), "uhr") || is_word(token_at(tokens, i), "h") ||
	    is_word(token_at(tokens, i), "hrs"))
		i++;
	if (h > 24 || m > 59 || s > 60 || (h == 24 && m + s > 0))
		return false;
	if (half == 2 && h < 12)
		h += 12;
	if (half == 1 && h == 12)
		h = 0;
	date->civil.hour = (uint8_t)(h == 24 ? 23 : h);
	date->civil.minute = (uint8_t)(h == 24 ? 59 : m);
	date->civil.second = (uint8_t)(s > 59 ? 59 : s);
	date->civil.us = (int32_t)us;
	date->has_clock = true;
	date->has_seconds = has_seconds;
	*at = i;
	return true;
}

/* Past what may stand between a date and its clock: signs, "at", weekdays, "(水)". */
static size_t skip_between(const struct tokens *tokens, size_t i, bool *marked)
{
	for (unsigned steps = 0; steps < 6; steps++) {
		const struct token *token = token_at(tokens, i);
		unsigned roles = roles_of(token);

		if (is_sign(token, '(') || is_sign(token, 0xff08)) {
			size_t close = i + 1;

			while (close < i + 5 && !is_sign(token_at(tokens, close), ')') &&
			       !is_sign(token_at(tokens, close), 0xff09))
				close++;
			if (close >= i + 5 || token_at(tokens, i + 1)->kind == TOKEN_NUMBER)
				return i;
			i = close + 1;
		} else if (roles & (WV_DATE_JOIN | WV_DATE_WEEKDAY)) {
			if (roles & WV_DATE_JOIN)
				*marked = true;
			i++;
			if (is_sign(token_at(tokens, i), '.'))
				i++;
		} else if (is_sign(token, ',') || is_sign(token, '|') || is_sign(token, 0x2013) ||
			   is_sign(token, 0x2014) || is_sign(token, '/') || is_sign(token, 0xb7) ||
			   is_sign(token, 0x2022) || is_sign(token, 0x661f) ||
			   is_sign(token, 0x671f) || is_sign(token, 0x60c) ||
			   (is_sign(token, '-') && token->after_space) ||
			   (is_sign(token, '.') && !token->after_space) || is_colon(token)) {
			i++;
			/* 星期三 */
			if (is_sign(token, 0x671f) && token_at(tokens, i)->kind == TOKEN_NUMBER &&
			    token_at(tokens, i)->digits == 1 && !is_colon(token_at(tokens, i + 1)))
				i++;
		} else {
			break;
		}
	}
	return i;
}

/* ------------------------------------------------------------------- dates */

static bool set_day(struct found_date *date, int64_t year, uint64_t month, uint64_t day)
{
	struct wv_civil civil = {.year = (int32_t)year};

	if (month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	civil.month = (uint8_t)month;
	civil.day = (uint8_t)day;
	if (!wv_civil_is_valid(&civil))
		return false;
	date->civil.year = civil.year;
	date->civil.month = civil.month;
	date->civil.day = civil.day;
	date->has_year = year != 0;
	return true;
}

/* 令和 平成 昭和 大正 民國/民国: the year before the first; 0 if none. */
static int32_t era_base(const struct tokens *tokens, size_t i)
{
	static const struct {
		uint32_t a, b;
		int32_t base;
	} eras[] = {{0x4ee4, 0x548c, 2018}, {0x5e73, 0x6210, 1988}, {0x662d, 0x548c, 1925},
		    {0x6c11, 0x570b, 1911}, {0x6c11, 0x56fd, 1911}};

	for (size_t k = 0; k < WV_COUNT(eras); k++)
		if (is_sign(token_at(tokens, i), eras[k].a) &&
		    is_sign(token_at(tokens, i + 1), eras[k].b))
			return eras[k].base;
	return 0;
}

static bool is_year_mark(const struct token *t)
{
	return is_sign(t, 0x5e74) || is_word(t, "년");
}
static bool is_month_mark(const struct token *t)
{
	return is_sign(t, 0x6708) || is_word(t, "월");
}
static bool is_day_mark(const struct token *t)
{
	return is_sign(t, 0x65e5) || is_sign(t, 0x53f7) || is_sign(t, 0x865f) || is_word(t, "일");
}

/* 2024年6月5日, 令和6年6月5日, 6月5日 (needs the fetch for its year). */
static bool read_cjk(const struct tokens *tokens, size_t *at, struct found_date *date)
{
	size_t i = *at;
	int32_t base = era_base(tokens, i);
	int64_t year = 0;
	const struct token *number;

	if (base)
		i += 2;
	number = token_at(tokens, i);
	if (base && is_sign(number, 0x5143) && is_year_mark(token_at(tokens, i + 1))) {
		year = base + 1; /* 元年 */
		i += 2;
	} else if (number->kind == TOKEN_NUMBER && is_year_mark(token_at(tokens, i + 1))) {
		year = base                   ? base + (int64_t)number->value
		       : number->digits == 4 ? year_of(number)
		       : number->digits == 2 ? 2000 + (int64_t)number->value
					     : 0;
		if (year == 0 || year > 2100)
			return false;
		i += 2;
	} else if (base) {
		return false;
	}
	if (!is_number(token_at(tokens, i), 1, 2) || !is_month_mark(token_at(tokens, i + 1)) ||
	    !is_number(token_at(tokens, i + 2), 1, 2))
		return false;
	if (!set_day(date, year, token_at(tokens, i)->value, token_at(tokens, i + 2)->value))
		return false;
	i += 3;
	if (is_day_mark(token_at(tokens, i)))
		i++;
	else if (year == 0)
		return false;
	*at = i;
	return true;
}

static bool is_date_sign(const struct token *t)
{
	return is_sign(t, '-') || is_sign(t, '/') || is_sign(t, '.') || is_sign(t, 0x2010) ||
	       is_sign(t, 0x2011) || is_sign(t, 0x2013) || is_sign(t, 0xff0f) || is_sign(t, 0xb7);
}

/* 2024-06-05, 2024/6/5, 2024. 6. 5. */
static bool read_year_first(const struct tokens *tokens, size_t *at, struct found_date *date)
{
	const struct token *year = token_at(tokens, *at);
	const struct token *sign = token_at(tokens, *at + 1);
	const struct token *month = token_at(tokens, *at + 2);
	const struct token *day = token_at(tokens, *at + 4);

	if (!year_of(year) || !is_date_sign(sign) || !is_number(month, 1, 2) ||
	    token_at(tokens, *at + 3)->kind != TOKEN_SIGN ||
	    token_at(tokens, *at + 3)->value != sign->value || !is_number(day, 1, 2))
		return false;
	if (!set_day(date, year_of(year), month->value, day->value))
		return false;
	*at += 5;
	if (is_sign(sign, '.') && is_sign(token_at(tokens, *at), '.'))
		(*at)++;
	return true;
}

/* A year after day and month: 2024, '24, 24 (two digits only where `short_ok`). */
static int32_t read_year(const struct tokens *tokens, size_t *at, bool short_ok)
{
	const struct token *token = token_at(tokens, *at);
	int32_t year = year_of(token);

	if (year) {
		(*at)++;
		return year;
	}
	if ((is_sign(token, '\'') || is_sign(token, 0x2019)) &&
	    is_number(token_at(tokens, *at + 1), 2, 2)) {
		year = 2000 + (int32_t)token_at(tokens, *at + 1)->value;
		*at += 2;
		return year;
	}
	if (short_ok && is_number(token, 2, 2) && token->value < 70) {
		(*at)++;
		return 2000 + (int32_t)token->value;
	}
	return 0;
}

enum wv_date_order wv_times_order(struct wv_slice text)
{
	struct tokens tokens;
	unsigned dmy = 0, mdy = 0;

	tokenize(text, 0, &tokens);
	for (size_t i = 0; i + 4 < tokens.n; i++) {
		const struct token *a = token_at(&tokens, i);
		const struct token *b = token_at(&tokens, i + 2);

		if (!is_number(a, 1, 2) || !is_number(b, 1, 2) ||
		    !is_date_sign(token_at(&tokens, i + 1)) || !year_of(token_at(&tokens, i + 4)))
			continue;
		if (a->value > 12 && a->value <= 31 && b->value <= 12)
			dmy++;
		if (b->value > 12 && b->value <= 31 && a->value <= 12)
			mdy++;
	}
	return dmy > mdy ? WV_DATE_DMY : mdy > dmy ? WV_DATE_MDY : WV_DATE_UNKNOWN;
}

static struct wv_slice top_label(struct wv_slice host)
{
	size_t at = host.n;

	while (at > 0 && host.p[at - 1] != '.')
		at--;
	return wv_slice_from(host, at);
}

/* Month first is American English; its sign is the language together with a neutral host. */
static bool is_month_first(const struct wv_times_context *context)
{
	struct wv_slice top = top_label(context->host);
	static const char *const neutral[] = {"com", "org", "net", "us", "edu", "gov", "info", "tv"};

	if (context->order != WV_DATE_UNKNOWN)
		return context->order == WV_DATE_MDY;
	if (wv_slice_equals_nocase(context->language, WV_LIT("en-us")))
		return true;
	if (context->language.n > 0 &&
	    (!wv_slice_equals_nocase(wv_slice_part(context->language, 0, 2), WV_LIT("en")) ||
	     context->language.n > 2))
		return false;
	if (top.n == 0)
		return true;
	for (size_t i = 0; i < WV_COUNT(neutral); i++)
		if (wv_slice_equals_nocase(top, wv_slice_of(neutral[i])))
			return true;
	return false;
}

/* 05/06/2024, 5.6.24, 5-6-2024. */
static bool read_two_numbers(const struct wv_times_context *context, const struct tokens *tokens,
                             size_t *at, struct found_date *date)
{
	const struct token *a = token_at(tokens, *at);
	const struct token *sign = token_at(tokens, *at + 1);
	const struct token *b = token_at(tokens, *at + 2);
	const struct token *sign2 = token_at(tokens, *at + 3);
	size_t i = *at + 4;
	bool month_first = is_month_first(context);
	uint64_t month, day;
	int32_t year;

	if (!is_number(a, 1, 2) || !is_date_sign(sign) || !is_number(b, 1, 2) ||
	    sign2->kind != TOKEN_SIGN || sign2->value != sign->value)
		return false;
	year = read_year(tokens, &i, is_sign(sign, '/') || a->digits + b->digits == 4);
	if (!year || (is_sign(token_at(tokens, i), '.') &&
		      is_number(token_at(tokens, i + 1), 1, 3) &&
		      !token_at(tokens, i + 1)->after_space))
		return false; /* 10.0.19.1 is an address */
	if (a->value > 12)
		month_first = false;
	else if (b->value > 12)
		month_first = true;
	else
		date->is_swappable =
			a->value != b->value && context->order == WV_DATE_UNKNOWN;
	month = month_first ? a->value : b->value;
	day = month_first ? b->value : a->value;
	if (!set_day(date, year, month, day))
		return false;
	*at = i;
	return true;
}

static size_t skip_dot(const struct tokens *tokens, size_t i)
{
	return is_sign(token_at(tokens, i), '.') ? i + 1 : i;
}

/* 5 June 2024, 5. Juni 2024, 5 de junio de 2024, 1er mars 2024, 5 tháng 6, 2024. */
static bool read_day_first(const struct wv_times_context *context, const struct tokens *tokens,
                           size_t *at, struct found_date *date)
{
	const struct token *day = token_at(tokens, *at);
	size_t i = *at + 1;
	int month;
	int32_t year;

	if (!is_number(day, 1, 2))
		return false;
	if (roles_of(token_at(tokens, i)) & WV_DATE_ORDINAL && !token_at(tokens, i)->after_space)
		i++;
	else if (is_sign(token_at(tokens, i), 0xba) || is_sign(token_at(tokens, i), 0xb0))
		i++;
	while (is_sign(token_at(tokens, i), '.') || is_sign(token_at(tokens, i), '-') ||
	       is_sign(token_at(tokens, i), '/') || is_sign(token_at(tokens, i), ',') ||
	       roles_of(token_at(tokens, i)) & WV_DATE_OF) {
		if (++i > *at + 4)
			return false;
	}
	if (is_word(token_at(tokens, i), "thang") && is_number(token_at(tokens, i + 1), 1, 2)) {
		month = (int)token_at(tokens, i + 1)->value;
		i += 2;
	} else {
		month = wv_date_month(word_of(token_at(tokens, i)), context->language);
		/* كانون الثاني and its kin have a second word. */
		if (is_word(token_at(tokens, i), "كانون") || is_word(token_at(tokens, i), "تشرين")) {
			bool second = is_word(token_at(tokens, i + 1), "الثاني");

			month = is_word(token_at(tokens, i), "كانون") ? (second ? 1 : 12)
								      : (second ? 11 : 10);
			i++;
		}
		i++;
	}
	if (month < 1)
		return false;
	for (unsigned steps = 0; steps < 3; steps++) {
		const struct token *token = token_at(tokens, i);

		if (is_sign(token, '.') || is_sign(token, ',') || is_sign(token, '-') ||
		    is_sign(token, '/') || is_sign(token, 0x60c) || roles_of(token) & WV_DATE_OF)
			i++;
	}
	year = read_year(tokens, &i, false);
	if (!set_day(date, year, (uint64_t)month, day->value))
		return false;
	*at = i;
	return true;
}

/* June 5, 2024; Jun 5 10:20:30 EST 2024; junio 5 de 2024. */
static bool read_month_first(const struct wv_times_context *context, const struct tokens *tokens,
                             size_t *at, struct found_date *date)
{
	int month = wv_date_month(word_of(token_at(tokens, *at)), context->language);
	size_t i = skip_dot(tokens, *at + 1);
	const struct token *day;
	int32_t year;

	if (is_sign(token_at(tokens, i), '-') || is_sign(token_at(tokens, i), '/'))
		i++;
	day = token_at(tokens, i);
	if (!month || !is_number(day, 1, 2))
		return false;
	i++;
	if (roles_of(token_at(tokens, i)) & WV_DATE_ORDINAL && !token_at(tokens, i)->after_space)
		i++;
	while (is_sign(token_at(tokens, i), ',') || is_sign(token_at(tokens, i), '.') ||
	       is_sign(token_at(tokens, i), '-') || is_sign(token_at(tokens, i), '/') ||
	       roles_of(token_at(tokens, i)) & WV_DATE_OF) {
		if (++i > *at + 7)
			break;
	}
	year = read_year(tokens, &i, false);
	if (!year) {
		/* The C library's form puts the clock between. */
		size_t clock = i;
		struct found_date inner = *date;

		if (set_day(&inner, 2000, (uint64_t)month, day->value) &&
		    read_clock(tokens, &clock, false, &inner)) {
			inner.civil.year = 2000;
			(void)read_zone(context, tokens, &clock, &inner);
			year = read_year(tokens, &clock, false);
			if (year) {
				*date = inner;
				i = clock;
			}
		}
	}
	if (!set_day(date, year, (uint64_t)month, day->value))
		return false;
	*at = i;
	return true;
}

/* 2023. március 5., 2023 March 5, 2023-Mar-05. */
static bool read_year_month_word(const struct wv_times_context *context,
                                 const struct tokens *tokens, size_t *at, struct found_date *date)
{
	size_t i = *at + 1;
	int month;

	if (!year_of(token_at(tokens, *at)))
		return false;
	if (is_date_sign(token_at(tokens, i)))
		i++;
	month = wv_date_month(word_of(token_at(tokens, i)), context->language);
	if (!month)
		return false;
	i++;
	if (is_date_sign(token_at(tokens, i)))
		i++;
	if (!is_number(token_at(tokens, i), 1, 2) ||
	    !set_day(date, year_of(token_at(tokens, *at)), (uint64_t)month,
		     token_at(tokens, i)->value))
		return false;
	*at = skip_dot(tokens, i + 1);
	return true;
}

/* 06-05 10:20, 6/5 10:20 in Chinese and Japanese lists: month and day, only with a clock. */
static bool read_month_day_clock(const struct wv_times_context *context,
                                 const struct tokens *tokens, size_t *at, struct found_date *date)
{
	size_t i = *at + 3;

	if (!wv_slice_starts_nocase(context->language, WV_LIT("zh")) &&
	    !wv_slice_starts_nocase(context->language, WV_LIT("ja")) &&
	    !wv_slice_starts_nocase(context->language, WV_LIT("ko")))
		return false;
	if (!is_number(token_at(tokens, *at), 1, 2) || !is_date_sign(token_at(tokens, *at + 1)) ||
	    !is_number(token_at(tokens, *at + 2), 1, 2) || !is_number(token_at(tokens, i), 1, 2) ||
	    !is_colon(token_at(tokens, i + 1)))
		return false;
	if (!set_day(date, 0, token_at(tokens, *at)->value, token_at(tokens, *at + 2)->value))
		return false;
	*at = i;
	return true;
}

/* 20240605, 20240605102030, epoch seconds and milliseconds: only where nothing else stands. */
static bool read_compact(const struct tokens *tokens, size_t *at, struct found_date *date)
{
	const struct token *token = token_at(tokens, *at);
	uint64_t v = token->value;

	if (token->kind != TOKEN_NUMBER)
		return false;
	if (token->digits == 14) {
		date->civil.hour = (uint8_t)(v / 10000 % 100);
		date->civil.minute = (uint8_t)(v / 100 % 100);
		date->civil.second = (uint8_t)(v % 100);
		if (date->civil.hour > 23 || date->civil.minute > 59 || date->civil.second > 59)
			return false;
		date->has_clock = date->has_seconds = true;
		v /= 1000000;
	} else if (token->digits == 10 || token->digits == 13) {
		struct wv_time t = {(int64_t)(token->digits == 10 ? v * 1000000 : v * 1000)};

		date->civil = wv_civil_of_time(t);
		date->has_clock = date->has_seconds = date->has_zone = date->has_year = true;
		date->zone_minutes = 0;
		(*at)++;
		return true;
	} else if (token->digits != 8) {
		return false;
	}
	if (v / 10000 < 1900 || v / 10000 > 2100 ||
	    !set_day(date, (int64_t)(v / 10000), v / 100 % 100, v % 100))
		return false;
	(*at)++;
	return true;
}

/* ---------------------------------------------------------------- relative */

static bool is_han_pair(const struct tokens *tokens, size_t i, uint32_t a, uint32_t b)
{
	return is_sign(token_at(tokens, i), a) && is_sign(token_at(tokens, i + 1), b);
}

/* 3小时前, 3時間前, 5分钟前, 2天前, 1周前: unit in seconds, and past the 前. */
static int32_t read_han_unit(const struct tokens *tokens, size_t *at)
{
	size_t i = *at;
	int32_t unit = 0;

	if (is_sign(token_at(tokens, i), 0x4e2a) || is_sign(token_at(tokens, i), 0x500b))
		i++; /* 个 個 */
	if (is_han_pair(tokens, i, 0x5c0f, 0x65f6) || is_han_pair(tokens, i, 0x5c0f, 0x6642) ||
	    is_han_pair(tokens, i, 0x6642, 0x9593)) {
		unit = 3600;
		i += 2;
	} else if (is_sign(token_at(tokens, i), 0x5206)) {
		unit = 60;
		i++;
		if (is_sign(token_at(tokens, i), 0x949f) || is_sign(token_at(tokens, i), 0x9418))
			i++;
	} else if (is_sign(token_at(tokens, i), 0x79d2)) {
		unit = 1;
		i++;
	} else if (is_sign(token_at(tokens, i), 0x5929) || is_sign(token_at(tokens, i), 0x65e5)) {
		unit = 86400;
		i++;
	} else if (is_sign(token_at(tokens, i), 0x5468) || is_sign(token_at(tokens, i), 0x9031)) {
		unit = 604800;
		i++;
		if (is_sign(token_at(tokens, i), 0x9593))
			i++;
	}
	if (!unit)
		return 0;
	if (is_sign(token_at(tokens, i), 0x4e4b) || is_sign(token_at(tokens, i), 0x4ee5))
		i++; /* 之前 以前 */
	if (!is_sign(token_at(tokens, i), 0x524d))
		return 0;
	*at = i + 1;
	return unit;
}

static bool read_relative(const struct tokens *tokens, size_t *at, struct found_date *date)
{
	size_t i = *at;
	bool before = roles_of(token_at(tokens, i)) & WV_DATE_BEFORE;
	const struct token *number;
	int32_t unit;

	if (is_word(token_at(tokens, i), "il") && is_word(token_at(tokens, i + 1), "y") &&
	    is_word(token_at(tokens, i + 2), "a")) {
		before = true;
		i += 2;
	}
	if (before)
		i++;
	number = token_at(tokens, i);
	if (!is_number(number, 1, 3))
		return false;
	i++;
	unit = read_han_unit(tokens, &i);
	if (!unit) {
		unit = wv_date_unit(word_of(token_at(tokens, i)));
		if (!unit)
			return false;
		i++;
		if (!before) {
			if (!(roles_of(token_at(tokens, i)) & WV_DATE_AFTER))
				return false;
			i++;
		}
	}
	date->is_relative = true;
	date->unit_us = (int64_t)unit * WV_US_PER_S;
	date->relative_us = (int64_t)number->value * date->unit_us;
	*at = i;
	return true;
}

/* 今天 昨天 前天 今日 昨日, today, yesterday, gestern...: whole days back, with a clock after. */
static bool read_day_name(const struct tokens *tokens, size_t *at, struct found_date *date)
{
	static const struct {
		uint32_t a, b;
		int back;
	} pairs[] = {{0x4eca, 0x5929, 0}, {0x4eca, 0x65e5, 0}, {0x6628, 0x5929, 1},
		     {0x6628, 0x65e5, 1}, {0x524d, 0x5929, 2}};
	static const struct {
		const char *word;
		int back;
	} words[] = {{"today", 0},      {"yesterday", 1}, {"heute", 0},  {"gestern", 1},
		     {"oggi", 0},       {"ieri", 1},      {"hoy", 0},    {"ayer", 1},
		     {"hoje", 0},       {"ontem", 1},     {"vandaag", 0}, {"gisteren", 1},
		     {"dzisiaj", 0},    {"dzis", 0},      {"wczoraj", 1}, {"сегодня", 0},
		     {"вчера", 1},      {"bugun", 0},     {"dun", 1},     {"오늘", 0},
		     {"어제", 1},       {"hier", 1}};
	int back = -1;
	size_t i = *at;

	for (size_t k = 0; k < WV_COUNT(pairs) && back < 0; k++) {
		if (is_han_pair(tokens, i, pairs[k].a, pairs[k].b)) {
			back = pairs[k].back;
			i += 2;
		}
	}
	for (size_t k = 0; k < WV_COUNT(words) && back < 0; k++) {
		if (is_word(token_at(tokens, i), words[k].word)) {
			back = words[k].back;
			i++;
		}
	}
	if (back < 0)
		return false;
	date->is_relative = true;
	date->unit_us = WV_US_PER_DAY;
	date->relative_us = back * WV_US_PER_DAY;
	*at = i;
	return true;
}

/* -------------------------------------------------------------- the result */

/* Of a wall clock in the source's zone; where it shows the time twice, the earlier instant. */
static bool zone_offset(const struct wv_times_context *context, const struct wv_civil *civil,
                        int32_t *minutes)
{
	if (!context->zone || !wv_civil_is_valid(civil))
		return false;
	*minutes = wv_zone_offset_s(context->zone,
				    wv_zone_instants(context->zone, civil).earliest) /
		   60;
	return true;
}

static struct wv_slice print_stated(struct wv_arena *arena, const struct wv_civil *c,
                                    bool has_clock, bool is_utc, int32_t minutes)
{
	int32_t a = minutes < 0 ? -minutes : minutes;

	if (!has_clock)
		return wv_arena_format(arena, "%04d-%02u-%02u", c->year, c->month, c->day);
	if (is_utc)
		return wv_arena_format(arena, "%04d-%02u-%02uT%02u:%02u:%02uZ", c->year, c->month,
				       c->day, c->hour, c->minute, c->second);
	return wv_arena_format(arena, "%04d-%02u-%02uT%02u:%02u:%02u%c%02d:%02d", c->year, c->month,
			       c->day, c->hour, c->minute, c->second, minutes < 0 ? '-' : '+', a / 60,
			       a % 60);
}

#define SPREAD_US (14 * 3600 * WV_US_PER_S) /* zones reach from -12 to +14 hours */

static bool is_sane(const struct wv_times_context *context, const struct wv_stated_time *t)
{
	static const struct wv_civil first = {.year = 1995, .month = 1, .day = 1};

	if (t->latest.us < wv_time_of_civil(&first).us)
		return false;
	if (wv_time_is_none(context->fetched))
		return true;
	return t->earliest.us <= wv_add_us(context->fetched.us, WV_US_PER_DAY);
}

/* Days without a year mean the last such day before the fetch. */
static bool give_year(const struct wv_times_context *context, struct found_date *date)
{
	struct wv_civil now;
	struct wv_civil day = date->civil;

	if (wv_time_is_none(context->fetched))
		return false;
	now = wv_civil_of_time(context->fetched);
	for (int32_t back = 0; back < 5; back++) {
		day.year = now.year - back;
		day.hour = day.minute = day.second = 0;
		day.us = 0;
		if (!wv_civil_is_valid(&day) ||
		    wv_time_of_civil(&day).us > context->fetched.us + WV_US_PER_DAY)
			continue;
		date->civil.year = day.year;
		return true;
	}
	return false;
}

static bool finish_relative(struct wv_arena *arena, const struct wv_times_context *context,
                            struct found_date *date, struct wv_stated_time *out)
{
	struct wv_time then;
	struct wv_civil civil;
	int32_t minutes = 0;
	bool known;

	if (wv_time_is_none(context->fetched))
		return false;
	then.us = context->fetched.us - date->relative_us;
	civil = wv_civil_of_time(then);
	known = zone_offset(context, &civil, &minutes);
	out->zone = known ? WV_ZONE_SOURCE : WV_ZONE_ASSUMED;
	if (date->unit_us < WV_US_PER_DAY) {
		/* An elapsed time needs no zone: it counts from the fetch. */
		out->zone = WV_ZONE_EXPLICIT;
		out->latest = then;
		out->earliest.us = then.us - date->unit_us;
		out->text = print_stated(arena, &civil, true, true, 0);
		return true;
	}
	civil = wv_civil_of_time((struct wv_time){then.us + minutes * 60 * WV_US_PER_S});
	if (date->has_clock) {
		civil.hour = date->civil.hour;
		civil.minute = date->civil.minute;
		civil.second = date->civil.second;
		civil.us = 0;
		then.us = wv_time_of_civil(&civil).us - minutes * 60 * WV_US_PER_S;
		out->earliest.us = then.us - (known ? 0 : SPREAD_US);
		out->latest.us = then.us + 60 * WV_US_PER_S - 1 + (known ? 0 : SPREAD_US);
		out->text = print_stated(arena, &civil, true, !known, minutes);
		return true;
	}
	out->text = print_stated(arena, &civil, false, false, 0);
	out->zone = WV_ZONE_NONE;
	out->earliest.us = then.us - date->unit_us - SPREAD_US;
	out->latest.us = wv_add_us(then.us, SPREAD_US) < context->fetched.us
				 ? wv_add_us(then.us, SPREAD_US)
				 : context->fetched.us;
	return true;
}

static bool finish(struct wv_arena *arena, const struct wv_times_context *context,
                   struct found_date *date, struct wv_stated_time *out)
{
	int64_t precision_us = !date->has_clock     ? WV_US_PER_DAY
			       : date->has_seconds ? WV_US_PER_S
						   : 60 * WV_US_PER_S;
	int32_t minutes = 0;
	struct wv_time t;

	if (date->is_relative)
		return finish_relative(arena, context, date, out);
	if (!date->has_year && !give_year(context, date))
		return false;
	if (!wv_civil_is_valid(&date->civil))
		return false;
	if (date->has_zone && date->has_clock) {
		out->zone = WV_ZONE_EXPLICIT;
		minutes = date->zone_minutes;
	} else if (zone_offset(context, &date->civil, &minutes)) {
		out->zone = WV_ZONE_SOURCE;
	} else {
		out->zone = date->has_clock ? WV_ZONE_ASSUMED : WV_ZONE_NONE;
		minutes = 0;
	}
	if (!date->has_clock) {
		date->civil.hour = date->civil.minute = date->civil.second = 0;
		date->civil.us = 0;
	}
	t.us = wv_time_of_civil(&date->civil).us - (int64_t)minutes * 60 * WV_US_PER_S;
	if (date->civil.us)
		precision_us = 1;
	out->earliest.us = t.us;
	out->latest.us = t.us + precision_us - 1;
	if (out->zone == WV_ZONE_ASSUMED || out->zone == WV_ZONE_NONE) {
		out->earliest.us -= SPREAD_US;
		out->latest.us += SPREAD_US;
	}
	if (date->is_swappable) {
		struct wv_civil swapped = date->civil;
		int64_t other_us;

		swapped.month = date->civil.day;
		swapped.day = date->civil.month;
		other_us = wv_time_of_civil(&swapped).us - wv_time_of_civil(&date->civil).us;
		if (other_us < 0)
			out->earliest.us += other_us;
		else
			out->latest.us += other_us;
	}
	out->text = print_stated(arena, &date->civil, date->has_clock,
				 out->zone == WV_ZONE_ASSUMED ||
					 (out->zone == WV_ZONE_EXPLICIT && minutes == 0),
				 minutes);
	return true;
}

/* The forms that name a day. */
static bool read_day(const struct wv_times_context *context, const struct tokens *tokens,
                     size_t *at, struct found_date *date)
{
	return read_cjk(tokens, at, date) || read_year_first(tokens, at, date) ||
	       read_year_month_word(context, tokens, at, date) ||
	       read_two_numbers(context, tokens, at, date) ||
	       read_day_first(context, tokens, at, date) ||
	       read_month_first(context, tokens, at, date);
}

/* One date, with a clock before or after it, that begins at token i. */
static bool read_date(const struct wv_times_context *context, const struct tokens *tokens, size_t i,
                      bool is_value, struct found_date *date)
{
	size_t at = i;
	bool marked = false, clock_first = false;

	memset(date, 0, sizeof(*date));
	date->first = i;
	if (read_clock(tokens, &at, false, date)) {
		(void)read_zone(context, tokens, &at, date);
		at = skip_between(tokens, at, &marked);
		clock_first = read_day(context, tokens, &at, date);
	}
	if (!clock_first) {
		/* 3時 is a clock, 3時間前 is none. */
		memset(date, 0, sizeof(*date));
		date->first = at = i;
		if (!read_day(context, tokens, &at, date) &&
		    !read_month_day_clock(context, tokens, &at, date) &&
		    !read_relative(tokens, &at, date) && !read_day_name(tokens, &at, date) &&
		    !(is_value && read_compact(tokens, &at, date)))
			return false;
	}
	date->last = at;
	if (!date->has_clock) {
		size_t clock;

		marked = false;
		clock = skip_between(tokens, at, &marked);
		if (read_clock(tokens, &clock, marked, date)) {
			date->last = clock;
			(void)read_zone(context, tokens, &date->last, date);
		}
	} else if (!clock_first && !date->has_zone) {
		(void)read_zone(context, tokens, &date->last, date);
	}
	return true;
}

static bool find(struct wv_arena *arena, const struct wv_times_context *context,
                 struct wv_slice text, bool is_value, size_t *begin, size_t *at,
                 struct wv_stated_time *out)
{
	struct tokens tokens;

	while (*at < text.n) {
		tokenize(text, *at, &tokens);
		if (tokens.n == 0)
			return false;
		for (size_t i = 0; i < tokens.n; i++) {
			const struct token *token = token_at(&tokens, i);
			struct wv_stated_time stated = {.is_set = true};
			struct found_date date;

			/* Inside a number or a word no date begins. */
			if (i > 0 && !token->after_space && token->kind == TOKEN_NUMBER &&
			    token_at(&tokens, i - 1)->kind == TOKEN_WORD && is_value == false &&
			    token->digits < 4)
				continue;
			if (!read_date(context, &tokens, i, is_value, &date) ||
			    !finish(arena, context, &date, &stated) || !is_sane(context, &stated))
				continue;
			*begin = token->begin;
			*at = token_at(&tokens, date.last - 1)->end;
			stated.raw = wv_arena_copy(
				arena, wv_slice_part(text, *begin, *at - *begin));
			*out = stated;
			return true;
		}
		*at = tokens.t[tokens.n - 1].end;
	}
	return false;
}

bool wv_times_find(struct wv_arena *arena, const struct wv_times_context *context,
                   struct wv_slice text, size_t *begin, size_t *at, struct wv_stated_time *out)
{
	return find(arena, context, text, false, begin, at, out);
}

bool wv_times_parse(struct wv_arena *arena, const struct wv_times_context *context,
                    struct wv_slice text, struct wv_stated_time *out)
{
	size_t begin, at = 0;

	return find(arena, context, wv_slice_part(text, 0, 200), true, &begin, &at, out);
}

/* A number of exactly `n` digits at `at`, with no digit on either side. */
static bool digits_at(struct wv_slice s, size_t at, size_t n, uint32_t *value)
{
	*value = 0;
	if (at > s.n || s.n - at < n || (at > 0 && wv_byte_is_digit(s.p[at - 1])))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!wv_byte_is_digit(s.p[at + i]))
			return false;
		*value = *value * 10 + (uint32_t)(s.p[at + i] - '0');
	}
	return at + n == s.n || !wv_byte_is_digit(s.p[at + n]);
}

static bool is_url_year(uint32_t year)
{
	return year >= 1995 && year <= 2100;
}

bool wv_times_from_url(struct wv_arena *arena, const struct wv_times_context *context,
                       struct wv_slice url, struct wv_stated_time *out)
{
	struct wv_stated_time stated = {.is_set = true};
	struct found_date date = {0};
	size_t end = 0;

	for (size_t i = 0; i < url.n; i++) {
		uint32_t year, month, day;
		size_t at;

		if (!wv_byte_is_digit(url.p[i]) || (i > 0 && wv_byte_is_digit(url.p[i - 1])))
			continue;
		if (digits_at(url, i, 8, &year)) {
			if (is_url_year(year / 10000) &&
			    set_day(&date, (int64_t)(year / 10000), year / 100 % 100, year % 100)) {
				date.first = i;
				end = i + 8;
				break;
			}
			continue;
		}
		if (!digits_at(url, i, 4, &year) || !is_url_year(year) || url.n - i < 8)
			continue;
		at = i + 4;
		if (url.p[at] != '/' && url.p[at] != '-' && url.p[at] != '_' && url.p[at] != '.')
			continue;
		at++;
		/* 2024/0605 and 2024-06/05 are common in China. */
		if (digits_at(url, at, 4, &month) &&
		    set_day(&date, (int64_t)year, month / 100, month % 100)) {
			date.first = i;
			end = at + 4;
			break;
		}
		for (size_t width = 2; width >= 1; width--) {
			if (!digits_at(url, at, width, &month))
				continue;
			at += width;
			break;
		}
		if (at >= url.n || month < 1 || month > 12 || url.p[at - 1] < '0' ||
		    url.p[at - 1] > '9')
			continue;
		at++;
		if ((digits_at(url, at, 2, &day) && set_day(&date, (int64_t)year, month, day))) {
			date.first = i;
			end = at + 2;
			break;
		}
		if (digits_at(url, at, 1, &day) && set_day(&date, (int64_t)year, month, day)) {
			date.first = i;
			end = at + 1;
			break;
		}
	}
	if (end == 0 || !finish(arena, context, &date, &stated) || !is_sane(context, &stated))
		return false;
	stated.raw = wv_arena_copy(arena, wv_slice_part(url, date.first, end - date.first));
	stated.found = WV_LIT("url");
	*out = stated;
	return true;
}

bool wv_times_has_clock(const struct wv_stated_time *time)
{
	return time->is_set && time->text.n > 10;
}

bool wv_times_same_day(const struct wv_stated_time *a, const struct wv_stated_time *b)
{
	return a->is_set && b->is_set && a->text.n >= 10 && b->text.n >= 10 &&
	       memcmp(a->text.p, b->text.p, 10) == 0;
}
