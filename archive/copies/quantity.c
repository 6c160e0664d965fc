#include "archive/copies/quantity.h"

#include <math.h>

#include "config/base/text.h"

static bool is_letter(const struct wv_units *units, size_t at, const char *one_of)
{
	struct wv_slice all = wv_slice_of(one_of);

	if (at >= units->n || units->units[at].kind != WV_UNIT_LETTER)
		return false;
	for (size_t i = 0; i < all.n;)
		if (wv_text_next(all, &i) == units->units[at].symbol)
			return true;
	return false;
}

/* The digits of any script. */
static int digit_of(uint32_t c)
{
	static const uint32_t zeros[] = {'0', 0x660, 0x6f0, 0x966, 0xff10};

	for (size_t i = 0; i < sizeof(zeros) / sizeof(*zeros); i++)
		if (c >= zeros[i] && c < zeros[i] + 10)
			return (int)(c - zeros[i]);
	return -1;
}

/*
 * "12,000" and "12.000" are twelve thousand, "7.1" and "7,1" are not: the last separator is a
 * point unless three digits follow it and nothing contradicts.
 */
static double digits_value(struct wv_slice text)
{
	double value = 0, part = 0, scale = 1;
	size_t separators = 0, after = 0;
	uint32_t last = 0;
	bool is_mixed = false;

	for (size_t at = 0; at < text.n;) {
		uint32_t c = wv_text_next(text, &at);
		int digit = digit_of(c);

		if (digit < 0) {
			is_mixed |= separators > 0 && c != last;
			last = c;
			separators++;
			after = 0;
			continue;
		}
		after++;
	}
	for (size_t at = 0, seen = 0; at < text.n;) {
		int digit = digit_of(wv_text_next(text, &at));

		if (digit < 0) {
			seen++;
			continue;
		}
		if (separators > 0 && seen == separators &&
		    (after != 3 || is_mixed || (separators == 1 && value == 0))) {
			part = part * 10 + digit;
			scale *= 10;
		} else {
			value = value * 10 + digit;
		}
	}
	return value + part / scale;
}

static double label_value(struct wv_slice label)
{
	double value = 0, power = 1;
	size_t at = 0;

	for (; at < label.n && wv_byte_is_digit(label.p[at]); at++)
		value = value * 10 + (label.p[at] - '0');
	if (at < label.n && label.p[at] == 'e') {
		double exponent = 0;

		for (at++; at < label.n && wv_byte_is_digit(label.p[at]); at++)
			exponent = exponent * 10 + (label.p[at] - '0');
		power = pow(10, exponent);
	}
	return value * power;
}

static const struct wv_concept *match(const struct wv_lexicon *lexicon, const struct wv_units *units,
                                      size_t at, enum wv_concept_kind kind, size_t *taken)
{
	const struct wv_concept *found =
		at < units->n ? wv_lexicon_match(lexicon, units, at, taken) : NULL;

	return found && found->kind == kind ? found : NULL;
}

/* Han numerals, "一百二十": only where a ten or a hundred is among them; 一 alone is everywhere. */
static bool read_han(const struct wv_units *units, size_t at, double *value, size_t *taken)
{
	static const char digits[] = "零一二三四五六七八九", large[] = "十百千";
	struct wv_slice all = wv_slice_of(digits), powers = wv_slice_of(large);
	double total = 0, digit = 0;
	bool is_large = false, has_digit = false;
	size_t i = at;

	for (; i < units->n && units->units[i].kind == WV_UNIT_LETTER; i++) {
		uint32_t c = units->units[i].symbol == 0x4e24 ? 0x4e8c : units->units[i].symbol;
		int d = -1, power = 0, k = 0;

		for (size_t p = 0; p < all.n; k++)
			if (wv_text_next(all, &p) == c)
				d = k;
		k = 1;
		for (size_t p = 0; p < powers.n; k++)
			if (wv_text_next(powers, &p) == c)
				power = k;
		if (d < 0 && power == 0)
			break;
		if (d >= 0) {
			digit = d;
			has_digit = true;
			continue;
		}
		total += (has_digit ? digit : 1) * pow(10, power);
		digit = 0;
		has_digit = false;
		is_large = true;
	}
	*value = total + (has_digit ? digit : 0);
	*taken = i - at;
	return is_large && *taken >= 2;
}

static bool read_value(const struct wv_lexicon *lexicon, const struct wv_units *units, size_t at,
                       double *value, size_t *taken)
{
	const struct wv_concept *concept;

	if (units->units[at].kind == WV_UNIT_NUMBER) {
		*value = digits_value(wv_unit_text(units, at));
		*taken = 1;
		return true;
	}
	if (units->units[at].kind == WV_UNIT_LETTER && read_han(units, at, value, taken))
		return true;
	concept = match(lexicon, units, at, WV_CONCEPT_NUMBER, taken);
	if (!concept)
		return false;
	*value = label_value(concept->label);
	/* "twenty three": a second word adds its units. */
	if (*value >= 20) {
		size_t more;
		const struct wv_concept *one = match(lexicon, units, at + *taken, WV_CONCEPT_NUMBER, &more);

		if (one && label_value(one->label) < 10) {
			*value += label_value(one->label);
			*taken += more;
		}
	}
	return true;
}

/* The sign before the first unit, as in "$10": its currency's letters, or NULL. */
static const char *sign_before(const struct wv_units *units, size_t at)
{
	static const struct {
		const char *sign, *code;
	} signs[] = {{"$", "USD"}, {"€", "EUR"}, {"£", "GBP"}, {"¥", "JPY"}, {"￥", "JPY"}, {"₩", "KRW"},
	             {"₹", "INR"}, {"₽", "RUB"}};
	struct wv_slice before = wv_slice_part(units->text, 0, units->units[at].at);

	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
		if (wv_slice_ends(before, wv_slice_of(signs[i].sign)))
			return signs[i].code;
	return NULL;
}

static bool has_percent_after(const struct wv_units *units, size_t at)
{
	const struct wv_unit *unit = &units->units[at];
	struct wv_slice after = wv_slice_from(units->text, unit->at + unit->n);

	return wv_slice_starts(after, WV_LIT("%")) || wv_slice_starts(after, WV_LIT(" %")) ||
	       wv_slice_starts(after, WV_LIT("％"));
}

/* "6月5日", "5日". */
static bool read_han_date(const struct wv_units *units, size_t at, struct wv_quantity *out,
                          size_t *taken)
{
	if (is_letter(units, at + 1, "月") && at + 3 < units->n &&
	    units->units[at + 2].kind == WV_UNIT_NUMBER && is_letter(units, at + 3, "日号")) {
		out->kind = WV_QUANTITY_DATE;
		out->month = (unsigned)out->value;
		out->day = (unsigned)digits_value(wv_unit_text(units, at + 2));
		*taken = 4;
		return true;
	}
	if (is_letter(units, at + 1, "日号")) {
		out->kind = WV_QUANTITY_DAY;
		out->day = (unsigned)out->value;
		*taken = 2;
		return true;
	}
	return false;
}

static bool is_day(double value)
{
	return value >= 1 && value <= 31 && value == floor(value);
}

/* "5 June", "5. Juni", "5 de junio"; `at` is the number. */
static bool read_date(const struct wv_lexicon *lexicon, const struct wv_units *units, size_t at,
                      struct wv_quantity *out, size_t *taken)
{
	size_t next = at + 1, more;
	const struct wv_concept *month;

	if (!is_day(out->value))
		return false;
	if (next < units->n && units->units[next].kind == WV_UNIT_BREAK &&
	    units->units[next].n == 1 && units->text.p[units->units[next].at] == '.')
		next++;
	if (next < units->n && units->units[next].kind == WV_UNIT_WORD &&
	    wv_slice_equals_nocase(wv_unit_text(units, next), WV_LIT("de")))
		next++;
	month = match(lexicon, units, next, WV_CONCEPT_MONTH, &more);
	if (!month)
		return false;
	out->kind = WV_QUANTITY_DATE;
	out->month = (unsigned)label_value(month->label);
	out->day = (unsigned)out->value;
	*taken = next + more - at;
	return true;
}

/* "June 5". */
static bool read_month_first(const struct wv_lexicon *lexicon, const struct wv_units *units, size_t at,
                             struct wv_quantity *out, size_t *taken)
{
	size_t more;
	const struct wv_concept *month = match(lexicon, units, at, WV_CONCEPT_MONTH, &more);
	double day;

	if (!month || units->units[at].kind != WV_UNIT_WORD || !units->units[at].is_capital ||
	    at + more >= units->n || units->units[at + more].kind != WV_UNIT_NUMBER)
		return false;
	day = digits_value(wv_unit_text(units, at + more));
	if (!is_day(day))
		return false;
	*out = (struct wv_quantity){.kind = WV_QUANTITY_DATE,
	                            .month = (unsigned)label_value(month->label),
	                            .day = (unsigned)day};
	*taken = more + 1;
	return true;
}

/* "1万2000", "1億2000万": smaller parts follow without a space. */
static void add_smaller_parts(const struct wv_lexicon *lexicon, const struct wv_units *units, size_t at,
                              double scale, struct wv_quantity *out, size_t *taken)
{
	while (scale >= 1e4 && at + *taken < units->n &&
	       units->units[at + *taken].kind == WV_UNIT_NUMBER && units->units[at + *taken].is_joined) {
		double part = digits_value(wv_unit_text(units, at + *taken)), smaller = 1;
		size_t more = 0;
		const struct wv_concept *concept =
			match(lexicon, units, at + *taken + 1, WV_CONCEPT_SCALE, &more);

		if (concept)
			smaller = label_value(concept->label);
		else
			more = 0;
		if (smaller >= scale || part * smaller >= scale)
			return;
		out->value += part * smaller;
		*taken += 1 + more;
		scale = smaller;
	}
}

static void read_unit(const struct wv_lexicon *lexicon, const struct wv_units *units, size_t at,
                      struct wv_quantity *out, size_t *taken)
{
	const char *sign = sign_before(units, at);
	const struct wv_concept *concept;
	double scale = 1;
	size_t more;

	/* "1.2万", "5億", "10 billion", "500m": as many as there are ("百万", "千亿"). */
	while ((concept = match(lexicon, units, at + *taken, WV_CONCEPT_SCALE, &more)) != NULL) {
		const struct wv_unit *unit = &units->units[at + *taken];

		/* "500m" may be metres; "$500m" is not. */
		if (unit->kind == WV_UNIT_WORD && unit->n == 1 && (!sign || !unit->is_joined))
			break;
		scale *= label_value(concept->label);
		*taken += more;
	}
	out->value *= scale;
	add_smaller_parts(lexicon, units, at, scale, out, taken);
	if (has_percent_after(units, at + *taken - 1) ||
	    (at >= 3 && is_letter(units, at - 1, "之") && is_letter(units, at - 2, "分"))) {
		out->kind = WV_QUANTITY_PERCENT;
		return;
	}
	if (is_letter(units, at + *taken, "多余余约")) /* "30多亿元": read as far as it goes */
		++*taken;
	concept = match(lexicon, units, at + *taken, WV_CONCEPT_CURRENCY, &more);
	if (concept) {
		*taken += more;
		out->kind = wv_slice_equals(concept->label, WV_LIT("%")) ? WV_QUANTITY_PERCENT
		                                                         : WV_QUANTITY_MONEY;
		out->unit = wv_lexicon_index(lexicon, concept);
	} else if (sign) {
		out->kind = WV_QUANTITY_MONEY;
		out->unit = wv_lexicon_find(lexicon, WV_CONCEPT_CURRENCY, wv_slice_of(sign));
	}
}

bool wv_quantity_read(const struct wv_lexicon *lexicon, const struct wv_units *units, size_t at,
                      struct wv_quantity *out, size_t *taken)
{
	*out = (struct wv_quantity){.kind = WV_QUANTITY_PLAIN};
	if (units->units[at].kind == WV_UNIT_BREAK)
		return false;
	if (read_month_first(lexicon, units, at, out, taken))
		return true;
	if (!read_value(lexicon, units, at, &out->value, taken))
		return false;
	if (read_han_date(units, at, out, taken) || read_date(lexicon, units, at, out, taken))
		return true;
	if (is_letter(units, at + *taken, "年")) {
		out->kind = out->value >= 1800 && out->value <= 2200 ? WV_QUANTITY_YEAR : WV_QUANTITY_CLOCK;
		++*taken;
		return true;
	}
	if (is_letter(units, at + *taken, "时時点點分秒月周週")) {
		out->kind = WV_QUANTITY_CLOCK;
		++*taken;
		return true;
	}
	read_unit(lexicon, units, at, out, taken);
	if (out->kind == WV_QUANTITY_PLAIN && units->units[at].kind == WV_UNIT_NUMBER && *taken == 1 &&
	    out->value >= 1900 && out->value <= 2100 && units->units[at].n == 4)
		out->kind = WV_QUANTITY_YEAR;
	return true;
}
