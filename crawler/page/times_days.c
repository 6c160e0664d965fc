#include "crawler/page/times_parts.h"

bool dates_set_day(struct found_date *date, int64_t year, uint64_t month, uint64_t day)
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
		       : number->digits == 4 ? dates_year_of(number)
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
	if (!dates_set_day(date, year, token_at(tokens, i)->value, token_at(tokens, i + 2)->value))
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

	if (!dates_year_of(year) || !is_date_sign(sign) || !is_number(month, 1, 2) ||
	    token_at(tokens, *at + 3)->kind != TOKEN_SIGN ||
	    token_at(tokens, *at + 3)->value != sign->value || !is_number(day, 1, 2))
		return false;
	if (!dates_set_day(date, dates_year_of(year), month->value, day->value))
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
	int32_t year = dates_year_of(token);

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

	dates_tokenize(text, 0, &tokens);
	for (size_t i = 0; i + 4 < tokens.n; i++) {
		const struct token *a = token_at(&tokens, i);
		const struct token *b = token_at(&tokens, i + 2);

		if (!is_number(a, 1, 2) || !is_number(b, 1, 2) ||
		    !is_date_sign(token_at(&tokens, i + 1)) || !dates_year_of(token_at(&tokens, i + 4)))
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
	if (!dates_set_day(date, year, month, day))
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
	if (!dates_set_day(date, year, (uint64_t)month, day->value))
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

		if (dates_set_day(&inner, 2000, (uint64_t)month, day->value) &&
		    dates_read_clock(tokens, &clock, false, &inner)) {
			inner.civil.year = 2000;
			(void)dates_read_zone(context, tokens, &clock, &inner);
			year = read_year(tokens, &clock, false);
			if (year) {
				*date = inner;
				i = clock;
			}
		}
	}
	if (!dates_set_day(date, year, (uint64_t)month, day->value))
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

	if (!dates_year_of(token_at(tokens, *at)))
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
	    !dates_set_day(date, dates_year_of(token_at(tokens, *at)), (uint64_t)month,
		     token_at(tokens, i)->value))
		return false;
	*at = skip_dot(tokens, i + 1);
	return true;
}

/* 06-05 10:20, 6/5 10:20 in Chinese and Japanese lists: month and day, only with a clock. */
bool dates_read_month_day_clock(const struct wv_times_context *context,
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
	if (!dates_set_day(date, 0, token_at(tokens, *at)->value, token_at(tokens, *at + 2)->value))
		return false;
	*at = i;
	return true;
}

/* 20240605, 20240605102030, epoch seconds and milliseconds: only where nothing else stands. */
bool dates_read_compact(const struct tokens *tokens, size_t *at, struct found_date *date)
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
	    !dates_set_day(date, (int64_t)(v / 10000), v / 100 % 100, v % 100))
		return false;
	(*at)++;
	return true;
}

/* The forms that name a day. */
bool dates_read_day(const struct wv_times_context *context, const struct tokens *tokens,
                     size_t *at, struct found_date *date)
{
	return read_cjk(tokens, at, date) || read_year_first(tokens, at, date) ||
	       read_year_month_word(context, tokens, at, date) ||
	       read_two_numbers(context, tokens, at, date) ||
	       read_day_first(context, tokens, at, date) ||
	       read_month_first(context, tokens, at, date);
}
