#include "crawler/page/times_parts.h"

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

bool dates_read_zone(const struct wv_times_context *context, const struct tokens *tokens,
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
bool dates_read_clock(const struct tokens *tokens, size_t *at, bool marked,
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
size_t dates_skip_between(const struct tokens *tokens, size_t i, bool *marked)
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
