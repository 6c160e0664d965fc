/* Times as text: the calendar, what people type, what HTTP says. Contract in clock.h. */
#include "config/base/clock.h"

#include <stdio.h>

#include "config/base/checked.h"

static int64_t floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;

	return q - (a % b != 0 && (a < 0) != (b < 0));
}

/* Days since 1970-01-01 of a proleptic Gregorian date: years counted from March, in eras of 400. */
static int64_t days_of_date(int64_t year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int64_t year, int month)
{
	static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

bool wv_civil_is_valid(const struct wv_civil *c)
{
	return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
	       c->day <= days_in_month(c->year, c->month) && c->hour <= 23 && c->minute <= 59 &&
	       c->second <= 60 && c->us >= 0 && c->us < WV_US_PER_S;
}

struct wv_time wv_time_of_civil(const struct wv_civil *c)
{
	int second = c->second > 59 ? 59 : c->second;
	int64_t seconds = days_of_date(c->year, c->month, c->day) * 86400 + c->hour * 3600 +
	                  c->minute * 60 + second;

	return (struct wv_time){seconds * WV_US_PER_S + c->us};
}

struct wv_civil wv_civil_of_time(struct wv_time t)
{
	int64_t day = floor_div(t.us, WV_US_PER_DAY);
	/* Not the difference to the day's first instant, which may be none that can be held. */
	int64_t us = (t.us % WV_US_PER_DAY + WV_US_PER_DAY) % WV_US_PER_DAY;
	int64_t z = day + 719468;
	int64_t era = floor_div(z, 146097);
	int64_t day_of_era = z - era * 146097;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;
	struct wv_civil c = {0};

	c.day = (uint8_t)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
	c.month = (uint8_t)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
	c.year = (int32_t)(year_of_era + era * 400 + (c.month <= 2));
	c.hour = (uint8_t)(us / (3600 * WV_US_PER_S));
	c.minute = (uint8_t)(us / (60 * WV_US_PER_S) % 60);
	c.second = (uint8_t)(us / WV_US_PER_S % 60);
	c.us = (int32_t)(us % WV_US_PER_S);
	c.weekday = (uint8_t)(((day + 4) % 7 + 7) % 7);
	return c;
}

static bool is_printable(const struct wv_civil *c)
{
	return c->year >= 0 && c->year <= 9999;
}

const char *wv_time_print(struct wv_time t, char text[WV_TIME_TEXT_MAX])
{
	struct wv_civil c = wv_civil_of_time(t);
	int n;

	if (wv_time_is_none(t) || !is_printable(&c)) {
		snprintf(text, WV_TIME_TEXT_MAX, "invalid");
		return text;
	}
	n = snprintf(text, WV_TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month,
	             c.day, c.hour, c.minute, c.second);
	if (c.us)
		snprintf(text + n, (size_t)(WV_TIME_TEXT_MAX - n), ".%06dZ", c.us);
	else
		snprintf(text + n, (size_t)(WV_TIME_TEXT_MAX - n), "Z");
	return text;
}

const char *wv_time_print_14(struct wv_time t, char text[WV_TIME_TEXT_MAX])
{
	struct wv_civil c = wv_civil_of_time(t);

	if (wv_time_is_none(t) || !is_printable(&c))
		snprintf(text, WV_TIME_TEXT_MAX, "invalid");
	else
		snprintf(text, WV_TIME_TEXT_MAX, "%04d%02d%02d%02d%02d%02d", c.year, c.month, c.day,
		         c.hour, c.minute, c.second);
	return text;
}

/* Reading: exactly n digits at the cursor. */
static bool take_digits(struct wv_cursor *c, size_t n, int *out)
{
	int value = 0;

	if (wv_cursor_left(c) < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!wv_byte_is_digit(c->p[i]))
			return false;
		value = value * 10 + (c->p[i] - '0');
	}
	c->p += n;
	*out = value;
	return true;
}

static bool take_byte(struct wv_cursor *c, unsigned char byte)
{
	if (c->p == c->end || *c->p != byte)
		return false;
	c->p++;
	return true;
}

/* How much of a date and time was given; the rest makes the interval. */
enum precision { P_YEAR, P_MONTH, P_DAY, P_HOUR, P_MINUTE, P_SECOND, P_FRACTION };

struct partial {
	int year, month, day, hour, minute, second;
	int us;      /* first */
	int us_last; /* last, for cut fractions */
	enum precision precision;
	int64_t offset_us; /* of the zone, to be subtracted */
};

static bool take_fraction(struct wv_cursor *c, struct partial *p)
{
	int scale = 100000, us = 0, digits = 0;

	while (c->p < c->end && wv_byte_is_digit(*c->p)) {
		if (digits < 6)
			us += (*c->p - '0') * scale;
		scale /= 10;
		digits++;
		c->p++;
	}
	if (digits == 0)
		return false;
	p->us = us;
	p->us_last = us;
	for (int i = digits, unit = 100000; i <= 6; i++, unit /= 10) {
		/* "12:00:00.5" spans a tenth of a second less one microsecond. */
		if (i != digits)
			continue;
		for (int k = 1; k < digits; k++)
			unit /= 10;
		p->us_last = us + (unit > 1 ? unit - 1 : 0);
	}
	p->precision = P_FRACTION;
	return true;
}

static bool take_offset(struct wv_cursor *c, int64_t *offset_us)
{
	int hours, minutes = 0, sign;

	if (c->p == c->end)
		return true; /* none: UTC */
	if (*c->p == 'Z' || *c->p == 'z') {
		c->p++;
		return true;
	}
	if (*c->p != '+' && *c->p != '-')
		return false;
	sign = *c->p++ == '-' ? -1 : 1;
	if (!take_digits(c, 2, &hours))
		return false;
	if (c->p < c->end && (take_byte(c, ':') || wv_byte_is_digit(*c->p)) &&
	    !take_digits(c, 2, &minutes))
		return false;
	if (hours > 23 || minutes > 59)
		return false;
	*offset_us = sign * (hours * 3600 + minutes * 60) * WV_US_PER_S;
	return true;
}

/* "2024-06-05T12:30:00.5+09:00" and its prefixes. */
static bool parse_dashed(struct wv_slice text, struct partial *p)
{
	struct wv_cursor c = wv_cursor(text);

	if (!take_digits(&c, 4, &p->year))
		return false;
	p->precision = P_YEAR;
	if (c.p == c.end)
		return true;
	if (!take_byte(&c, '-') || !take_digits(&c, 2, &p->month))
		return false;
	p->precision = P_MONTH;
	if (c.p == c.end)
		return true;
	if (!take_byte(&c, '-') || !take_digits(&c, 2, &p->day))
		return false;
	p->precision = P_DAY;
	if (c.p == c.end)
		return true;
	if (!take_byte(&c, 'T') && !take_byte(&c, 't') && !take_byte(&c, ' '))
		return false;
	if (!take_digits(&c, 2, &p->hour))
		return false;
	p->precision = P_HOUR;
	if (take_byte(&c, ':')) {
		if (!take_digits(&c, 2, &p->minute))
			return false;
		p->precision = P_MINUTE;
		if (take_byte(&c, ':')) {
			if (!take_digits(&c, 2, &p->second))
				return false;
			p->precision = P_SECOND;
			if ((take_byte(&c, '.') || take_byte(&c, ',')) && !take_fraction(&c, p))
				return false;
		}
	}
	return take_offset(&c, &p->offset_us) && c.p == c.end;
}

/* "20240605054503" and its prefixes of 4, 6, 8, 10, 12 digits. */
static bool parse_digits(struct wv_slice text, struct partial *p)
{
	int *const fields[] = {&p->month, &p->day, &p->hour, &p->minute, &p->second};
	struct wv_cursor c = wv_cursor(text);

	if (!take_digits(&c, 4, &p->year))
		return false;
	p->precision = P_YEAR;
	for (size_t i = 0; i < WV_COUNT(fields) && c.p < c.end; i++) {
		if (!take_digits(&c, 2, fields[i]))
			return false;
		p->precision = (enum precision)(P_MONTH + (int)i);
	}
	return c.p == c.end;
}

static bool range_of_partial(const struct partial *p, struct wv_time_range *out)
{
	struct wv_civil first = {.year = p->year,
	                         .month = (uint8_t)p->month,
	                         .day = (uint8_t)p->day,
	                         .hour = (uint8_t)p->hour,
	                         .minute = (uint8_t)p->minute,
	                         .second = (uint8_t)p->second,
	                         .us = p->us};
	struct wv_civil last = first;

	if (!wv_civil_is_valid(&first))
		return false;
	if (p->precision < P_MONTH)
		last.month = 12;
	if (p->precision < P_DAY)
		last.day = (uint8_t)days_in_month(last.year, last.month);
	if (p->precision < P_HOUR)
		last.hour = 23;
	if (p->precision < P_MINUTE)
		last.minute = 59;
	if (p->precision < P_SECOND)
		last.second = 59;
	last.us = p->precision < P_FRACTION ? 999999 : p->us_last;
	/* A whole second is an instant people copy from our own output: it is exact. */
	if (p->precision == P_SECOND)
		last.us = 0;
	out->first.us = wv_time_of_civil(&first).us - p->offset_us;
	out->last.us = wv_time_of_civil(&last).us - p->offset_us;
	return true;
}

static bool parse_ago(struct wv_slice text, struct wv_time now, struct wv_time_range *out)
{
	int64_t us;

	if (!wv_slice_ends(text, WV_LIT(" ago")))
		return false;
	if (wv_duration_parse(wv_slice(text.p, text.n - 4), &us, NULL) != WV_OK)
		return false;
	out->first.us = out->last.us = wv_add_us(now.us, -us);
	return true;
}

/* An offset can move what was written out of the years that can be. */
static bool is_shown(struct wv_time t)
{
	struct wv_civil c = wv_civil_of_time(t);

	return !wv_time_is_none(t) && is_printable(&c);
}

enum wv_status wv_time_parse(struct wv_slice text, struct wv_time now, struct wv_time_range *out,
                             struct wv_err *err)
{
	struct partial p = {.month = 1, .day = 1};
	bool has_digits_only = text.n > 4;
	struct wv_time_range range;

	if (wv_slice_equals(text, WV_LIT("now"))) {
		out->first = out->last = now;
		return WV_OK;
	}
	for (size_t i = 0; i < text.n; i++)
		has_digits_only &= wv_byte_is_digit(text.p[i]);
	if ((parse_ago(text, now, &range) ||
	     ((has_digits_only ? parse_digits(text, &p) : parse_dashed(text, &p)) &&
	      range_of_partial(&p, &range))) &&
	    is_shown(range.first) && is_shown(range.last)) {
		*out = range;
		return WV_OK;
	}
	return wv_err_set(err, WV_USAGE,
	                  "'%.*s' is no time (want 2024-06-05, 2024-06-05T05:45:03Z, "
	                  "20240605054503 or '3h ago')",
	                  WV_FMT(wv_slice_part(text, 0, 80)));
}

static const char *const month_names[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const weekday_names[7] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

static bool take_month(struct wv_cursor *c, uint8_t *month)
{
	struct wv_slice name = wv_slice(c->p, wv_min_size(3, wv_cursor_left(c)));

	for (uint8_t i = 0; i < 12; i++) {
		if (wv_slice_equals_nocase(name, wv_slice_of(month_names[i]))) {
			*month = (uint8_t)(i + 1);
			c->p += 3;
			return true;
		}
	}
	return false;
}

static bool take_clock(struct wv_cursor *c, struct wv_civil *civil)
{
	int hour, minute, second;

	if (!take_digits(c, 2, &hour) || !take_byte(c, ':') || !take_digits(c, 2, &minute) ||
	    !take_byte(c, ':') || !take_digits(c, 2, &second))
		return false;
	civil->hour = (uint8_t)hour;
	civil->minute = (uint8_t)minute;
	civil->second = (uint8_t)second;
	return true;
}

/* IMF-fixdate and RFC 850, after "Sun, " or "Sunday, ". */
static bool parse_http_comma(struct wv_cursor c, int year_now, struct wv_civil *civil)
{
	int day, year;

	if (!take_digits(&c, 2, &day))
		return false;
	civil->day = (uint8_t)day;
	if (take_byte(&c, '-')) {
		if (!take_month(&c, &civil->month) || !take_byte(&c, '-') ||
		    !take_digits(&c, 2, &year))
			return false;
		year += year_now / 100 * 100;
		/* RFC 9110 5.6.7: more than 50 years ahead means the past century. */
		if (year > year_now + 50)
			year -= 100;
	} else if (!take_byte(&c, ' ') || !take_month(&c, &civil->month) || !take_byte(&c, ' ') ||
	           !take_digits(&c, 4, &year)) {
		return false;
	}
	civil->year = year;
	return take_byte(&c, ' ') && take_clock(&c, civil) &&
	       (c.p == c.end ||
	        wv_slice_equals_nocase(wv_slice(c.p, wv_cursor_left(&c)), WV_LIT(" GMT")) ||
	        wv_slice_equals_nocase(wv_slice(c.p, wv_cursor_left(&c)), WV_LIT(" UTC")));
}

/* asctime: "Sun Nov  6 08:49:37 1994", after the weekday. */
static bool parse_http_asctime(struct wv_cursor c, struct wv_civil *civil)
{
	int day, year;

	if (!take_month(&c, &civil->month) || !take_byte(&c, ' '))
		return false;
	if (take_byte(&c, ' ')) {
		if (!take_digits(&c, 1, &day))
			return false;
	} else if (!take_digits(&c, 2, &day)) {
		return false;
	}
	civil->day = (uint8_t)day;
	if (!take_byte(&c, ' ') || !take_clock(&c, civil) || !take_byte(&c, ' ') ||
	    !take_digits(&c, 4, &year))
		return false;
	civil->year = year;
	return c.p == c.end;
}

bool wv_time_parse_http(struct wv_slice text, struct wv_time now, struct wv_time *out)
{
	struct wv_civil civil = {0};
	struct wv_slice s = wv_slice_trim(text);
	size_t comma = wv_slice_find_byte(s, ',', 0);
	bool read;

	if (comma != SIZE_MAX) {
		struct wv_slice rest = wv_slice_trim(wv_slice_from(s, comma + 1));

		read = parse_http_comma(wv_cursor(rest), wv_civil_of_time(now).year, &civil);
	} else {
		read = s.n > 4 && s.p[3] == ' ' &&
		       parse_http_asctime(wv_cursor(wv_slice_from(s, 4)), &civil);
	}
	if (!read || !wv_civil_is_valid(&civil))
		return false;
	*out = wv_time_of_civil(&civil);
	return true;
}

const char *wv_time_print_http(struct wv_time t, char text[WV_TIME_TEXT_MAX])
{
	struct wv_civil c = wv_civil_of_time(t);

	if (wv_time_is_none(t) || !is_printable(&c))
		snprintf(text, WV_TIME_TEXT_MAX, "invalid");
	else
		snprintf(text, WV_TIME_TEXT_MAX, "%s, %02d %s %04d %02d:%02d:%02d GMT",
		         weekday_names[c.weekday], c.day, month_names[c.month - 1], c.year, c.hour,
		         c.minute, c.second);
	return text;
}

/* Numbers with units. */

struct unit {
	const char *name;
	uint64_t size;
};

static const struct unit duration_units[] = {
	{"ms", 1000},      {"s", 1000000},       {"m", 60000000},
	{"h", 3600000000}, {"d", 86400000000ull},
};
static const struct unit size_units[] = {
	{"B", 1}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824ull}, {"TiB", 1099511627776ull},
};

/* One "1.5h": at most six decimals count. */
static bool take_amount(struct wv_cursor *c, const struct unit *units, size_t count,
                        uint64_t *out)
{
	uint64_t whole, millionths = 0, scale = 100000, value;
	struct wv_slice name;
	size_t n = 0;

	if (!wv_cursor_number(c, &whole))
		return false;
	if (take_byte(c, '.')) {
		const unsigned char *start = c->p;

		for (; c->p < c->end && wv_byte_is_digit(*c->p); c->p++, scale /= 10)
			millionths += (uint64_t)(*c->p - '0') * scale;
		if (c->p == start)
			return false;
	}
	while (n < wv_cursor_left(c) && wv_byte_is_alpha(c->p[n]))
		n++;
	name = wv_slice(c->p, n);
	for (size_t i = 0; i < count; i++) {
		uint64_t part;

		if (!wv_slice_equals(name, wv_slice_of(units[i].name)))
			continue;
		if (__builtin_mul_overflow(whole, units[i].size, &value))
			return false;
		/* Millionths of the unit, without overflow for the largest one. */
		part = units[i].size / 1000000 * millionths +
		       units[i].size % 1000000 * millionths / 1000000;
		if (__builtin_add_overflow(value, part, &value) || value > INT64_MAX)
			return false;
		c->p += n;
		*out = value;
		return true;
	}
	return false;
}

enum wv_status wv_duration_parse(struct wv_slice text, int64_t *us, struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(text);
	uint64_t sum = 0, amount;

	while (take_amount(&c, duration_units, WV_COUNT(duration_units), &amount) &&
	       !__builtin_add_overflow(sum, amount, &sum) && sum <= INT64_MAX) {
		if (c.p == c.end) {
			*us = (int64_t)sum;
			return WV_OK;
		}
	}
	return wv_err_set(err, WV_USAGE, "'%.*s' is no duration (want a number and ms, s, m, h or d)",
	                  WV_FMT(wv_slice_part(text, 0, 80)));
}

const char *wv_duration_print(int64_t us, char text[WV_TIME_TEXT_MAX])
{
	const char *sign = us < 0 ? "-" : "";
	uint64_t left = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;

	for (size_t i = WV_COUNT(duration_units); i-- > 1;) {
		uint64_t size = duration_units[i].size;

		if (left < size)
			continue;
		if (left % size == 0) {
			snprintf(text, WV_TIME_TEXT_MAX, "%s%llu%s", sign,
			         (unsigned long long)(left / size), duration_units[i].name);
			return text;
		}
		if (i == 1) {
			snprintf(text, WV_TIME_TEXT_MAX, "%s%.3gs", sign, (double)left / 1e6);
			return text;
		}
		snprintf(text, WV_TIME_TEXT_MAX, "%s%llu%s%llu%s", sign,
		         (unsigned long long)(left / size), duration_units[i].name,
		         (unsigned long long)(left % size / duration_units[i - 1].size),
		         duration_units[i - 1].name);
		return text;
	}
	snprintf(text, WV_TIME_TEXT_MAX, left ? "%s%.3gms" : "%s%.0fs", sign, (double)left / 1e3);
	return text;
}

enum wv_status wv_size_parse(struct wv_slice text, uint64_t *bytes, struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(text);
	uint64_t amount;

	if (take_amount(&c, size_units, WV_COUNT(size_units), &amount) && c.p == c.end) {
		*bytes = amount;
		return WV_OK;
	}
	return wv_err_set(err, WV_USAGE, "'%.*s' is no size (want a number and B, KiB, MiB, GiB or TiB)",
	                  WV_FMT(wv_slice_part(text, 0, 80)));
}

const char *wv_size_print(uint64_t bytes, char text[WV_TIME_TEXT_MAX])
{
	for (size_t i = WV_COUNT(size_units); i-- > 0;) {
		if (bytes < size_units[i].size && i)
			continue;
		if (bytes % size_units[i].size == 0)
			snprintf(text, WV_TIME_TEXT_MAX, "%llu%s",
			         (unsigned long long)(bytes / size_units[i].size), size_units[i].name);
		else
			snprintf(text, WV_TIME_TEXT_MAX, "%.1f%s",
			         (double)bytes / (double)size_units[i].size, size_units[i].name);
		return text;
	}
	return text;
}
