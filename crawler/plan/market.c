#include "crawler/plan/market.h"

#include "config/base/checked.h"

#define MINUTE_US (60 * WV_US_PER_S)
#define HOUR_S    3600

struct session {
	uint16_t from_minute, to_minute; /* of the exchange's day */
};
/* A day without trading, or with trading up to `ends` only. */
struct day {
	uint32_t date; /* YYYYMMDD */
	uint16_t ends; /* minute; 0: closed all day */
};
struct table {
	const char *name;
	struct session sessions[2];
	size_t session_count;
	const struct day *days; /* in order */
	size_t day_count;
	uint32_t first, last; /* what the days speak of */
};

#define NOON_AND_ONE (13 * 60)

/*
 * Shanghai Stock Exchange: its notices of closed days for 2024 and 2025, which follow the State
 * Council's notices of public holidays (for 2026: of 4 November 2025). Only weekdays are listed;
 * there is no trading on working weekends. There are no half days.
 *
 * The notice for 2027 was not to be had by 26 November 2026, so the table speaks of the time to the
 * end of 2026. The last row has the weekdays of 2027 that are holidays by the regulation itself
 * (Regulation on Public Holidays, as revised on 10 November 2024: New Year, the eve and the first
 * three days of Spring Festival, Qingming, 1 and 2 May, Dragon Boat, Mid-Autumn, 1 to 3 October);
 * the notice will add the days that make them longer.
 */
static const struct day sse_days[] = {
	{20240101, 0}, {20240209, 0}, {20240212, 0}, {20240213, 0}, {20240214, 0}, {20240215, 0},
	{20240216, 0}, {20240404, 0}, {20240405, 0}, {20240501, 0}, {20240502, 0}, {20240503, 0},
	{20240610, 0}, {20240916, 0}, {20240917, 0}, {20241001, 0}, {20241002, 0}, {20241003, 0},
	{20241004, 0}, {20241007, 0}, {20250101, 0}, {20250128, 0}, {20250129, 0}, {20250130, 0},
	{20250131, 0}, {20250203, 0}, {20250204, 0}, {20250404, 0}, {20250501, 0}, {20250502, 0},
	{20250505, 0}, {20250602, 0}, {20251001, 0}, {20251002, 0}, {20251003, 0}, {20251006, 0},
	{20251007, 0}, {20251008, 0}, {20260101, 0}, {20260102, 0}, {20260216, 0}, {20260217, 0},
	{20260218, 0}, {20260219, 0}, {20260220, 0}, {20260223, 0}, {20260406, 0}, {20260501, 0},
	{20260504, 0}, {20260505, 0}, {20260619, 0}, {20260925, 0}, {20261001, 0}, {20261002, 0},
	{20261005, 0}, {20261006, 0}, {20261007, 0},
	{20270101, 0}, {20270205, 0}, {20270208, 0}, {20270405, 0}, {20270609, 0}, {20270915, 0},
	{20271001, 0},
};

/*
 * Tokyo Stock Exchange: closed on national holidays (Cabinet Office of Japan; for 2027: as of 2
 * February 2026, with the substitute day of 22 March), from 31 December to 3 January, and between
 * two holidays. Only weekdays are listed. There are no half days.
 */
static const struct day tse_days[] = {
	{20240101, 0}, {20240102, 0}, {20240103, 0}, {20240108, 0}, {20240212, 0}, {20240223, 0},
	{20240320, 0}, {20240429, 0}, {20240503, 0}, {20240506, 0}, {20240715, 0}, {20240812, 0},
	{20240916, 0}, {20240923, 0}, {20241014, 0}, {20241104, 0}, {20241231, 0}, {20250101, 0},
	{20250102, 0}, {20250103, 0}, {20250113, 0}, {20250211, 0}, {20250224, 0}, {20250320, 0},
	{20250429, 0}, {20250505, 0}, {20250506, 0}, {20250721, 0}, {20250811, 0}, {20250915, 0},
	{20250923, 0}, {20251013, 0}, {20251103, 0}, {20251124, 0}, {20251231, 0}, {20260101, 0},
	{20260102, 0}, {20260112, 0}, {20260211, 0}, {20260223, 0}, {20260320, 0}, {20260429, 0},
	{20260504, 0}, {20260505, 0}, {20260506, 0}, {20260720, 0}, {20260811, 0}, {20260921, 0},
	{20260922, 0}, {20260923, 0}, {20261012, 0}, {20261103, 0}, {20261123, 0}, {20261231, 0},
	{20270101, 0}, {20270111, 0}, {20270211, 0}, {20270223, 0}, {20270322, 0}, {20270429, 0},
	{20270503, 0}, {20270504, 0}, {20270505, 0}, {20270719, 0}, {20270811, 0}, {20270920, 0},
	{20270923, 0}, {20271011, 0}, {20271103, 0}, {20271123, 0}, {20271231, 0},
};

/*
 * New York Stock Exchange: the NYSE Group's announcements of holidays and early closings (2025 to
 * 2027 of 8 November 2024, 2026 to 2028 of 23 December 2025; 2024 of the year before), and the day
 * of mourning of 9 January 2025.
 */
static const struct day nyse_days[] = {
	{20240101, 0},
	{20240115, 0},
	{20240219, 0},
	{20240329, 0},
	{20240527, 0},
	{20240619, 0},
	{20240703, NOON_AND_ONE},
	{20240704, 0},
	{20240902, 0},
	{20241128, 0},
	{20241129, NOON_AND_ONE},
	{20241224, NOON_AND_ONE},
	{20241225, 0},
	{20250101, 0},
	{20250109, 0},
	{20250120, 0},
	{20250217, 0},
	{20250418, 0},
	{20250526, 0},
	{20250619, 0},
	{20250703, NOON_AND_ONE},
	{20250704, 0},
	{20250901, 0},
	{20251127, 0},
	{20251128, NOON_AND_ONE},
	{20251224, NOON_AND_ONE},
	{20251225, 0},
	{20260101, 0},
	{20260119, 0},
	{20260216, 0},
	{20260403, 0},
	{20260525, 0},
	{20260619, 0},
	{20260703, 0},
	{20260907, 0},
	{20261126, 0},
	{20261127, NOON_AND_ONE},
	{20261224, NOON_AND_ONE},
	{20261225, 0},
	{20270101, 0},
	{20270118, 0},
	{20270215, 0},
	{20270326, 0},
	{20270531, 0},
	{20270618, 0},
	{20270705, 0},
	{20270906, 0},
	{20271125, 0},
	{20271126, NOON_AND_ONE},
	{20271224, 0},
	{20280117, 0},
	{20280221, 0},
	{20280414, 0},
	{20280529, 0},
	{20280619, 0},
	{20280703, NOON_AND_ONE},
	{20280704, 0},
	{20280904, 0},
	{20281123, 0},
	{20281124, NOON_AND_ONE},
	{20281225, 0},
};

static const struct table tables[WV_EXCHANGE_COUNT] = {
	[WV_EXCHANGE_SSE] = {"SSE",
			     {{9 * 60 + 30, 11 * 60 + 30}, {13 * 60, 15 * 60}},
			     2,
			     sse_days,
			     WV_COUNT(sse_days),
			     20240101,
			     20261231},
	[WV_EXCHANGE_TSE] = {"TSE",
			     {{9 * 60, 11 * 60 + 30}, {12 * 60 + 30, 15 * 60 + 30}},
			     2,
			     tse_days,
			     WV_COUNT(tse_days),
			     20240101,
			     20271231},
	[WV_EXCHANGE_NYSE] = {"NYSE",
			      {{9 * 60 + 30, 16 * 60}},
			      1,
			      nyse_days,
			      WV_COUNT(nyse_days),
			      20240101,
			      20281231},
};
/* Tokyo's afternoon was half an hour shorter before this day. */
#define TSE_LONGER_FROM 20241105u
#define TSE_SHORT_END   (15 * 60)

bool wv_exchange_find(struct wv_slice name, enum wv_exchange *out)
{
	for (int i = 0; i < WV_EXCHANGE_COUNT; i++) {
		if (!wv_slice_equals(name, wv_slice_of(tables[i].name)))
			continue;
		*out = (enum wv_exchange)i;
		return true;
	}
	return false;
}

const char *wv_exchange_name(enum wv_exchange exchange)
{
	WV_ASSERT(exchange < WV_EXCHANGE_COUNT);
	return tables[exchange].name;
}

/* ---- its clock */

/* The instant at which the nth Sunday of a month shows `hour` on a clock `offset_s` east. */
static struct wv_time nth_sunday(int32_t year, uint8_t month, unsigned nth, int hour,
				 int32_t offset_s)
{
	struct wv_civil first = {.year = year, .month = month, .day = 1};
	struct wv_time midnight = wv_time_of_civil(&first);
	unsigned weekday = wv_civil_of_time(midnight).weekday;
	int64_t days = (int64_t)((7 - weekday) % 7) + 7 * (int64_t)(nth - 1);

	return (struct wv_time){midnight.us + days * WV_US_PER_DAY +
				((int64_t)hour * HOUR_S - offset_s) * WV_US_PER_S};
}

/* US Eastern since 2007: daylight saving time from the second Sunday of March, 2:00, to the first
 * of November, 2:00 (Energy Policy Act of 2005, section 110). */
static int32_t eastern_offset_s(struct wv_time t)
{
	int32_t year = wv_civil_of_time(t).year;
	struct wv_time from = nth_sunday(year, 3, 2, 2, -5 * HOUR_S);
	struct wv_time to = nth_sunday(year, 11, 1, 2, -4 * HOUR_S);

	return t.us >= from.us && t.us < to.us ? -4 * HOUR_S : -5 * HOUR_S;
}

int32_t wv_market_offset_s(enum wv_exchange exchange, struct wv_time t)
{
	switch (exchange) {
	case WV_EXCHANGE_SSE:
		return 8 * HOUR_S;
	case WV_EXCHANGE_TSE:
		return 9 * HOUR_S;
	default:
		return eastern_offset_s(t);
	}
}

static struct wv_civil local(enum wv_exchange exchange, struct wv_time t)
{
	return wv_civil_of_time(
		(struct wv_time){t.us + wv_market_offset_s(exchange, t) * WV_US_PER_S});
}

static uint32_t date_of(const struct wv_civil *civil)
{
	return (uint32_t)civil->year * 10000 + civil->month * 100u + civil->day;
}

/* ---- its days */

static const struct day *find_day(const struct table *table, uint32_t date)
{
	size_t low = 0, high = table->day_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->days[middle].date < date)
			low = middle + 1;
		else
			high = middle;
	}
	return low < table->day_count && table->days[low].date == date ? &table->days[low] : NULL;
}

/* The sessions of a local day, as they were held. */
static size_t sessions_of(enum wv_exchange exchange, const struct wv_civil *civil,
			  struct session *out)
{
	const struct table *table = &tables[exchange];
	uint32_t date = date_of(civil);
	const struct day *day = find_day(table, date);
	size_t n = 0;

	if (civil->weekday == 0 || civil->weekday == 6 || (day && day->ends == 0))
		return 0;
	for (size_t i = 0; i < table->session_count; i++) {
		out[n] = table->sessions[i];
		if (day && out[n].to_minute > day->ends)
			out[n].to_minute = day->ends;
		if (exchange == WV_EXCHANGE_TSE && date < TSE_LONGER_FROM &&
		    out[n].to_minute > TSE_SHORT_END)
			out[n].to_minute = TSE_SHORT_END;
		n += out[n].from_minute < out[n].to_minute;
	}
	return n;
}

/* The instant at which the exchange's clock shows a minute of that day. Trading never falls into
 * the night in which clocks change. */
static struct wv_time instant_of(enum wv_exchange exchange, const struct wv_civil *civil,
				 uint16_t minute)
{
	struct wv_civil day = {.year = civil->year, .month = civil->month, .day = civil->day};
	struct wv_time guess = {wv_time_of_civil(&day).us + minute * MINUTE_US};
	struct wv_time t = {guess.us - wv_market_offset_s(exchange, guess) * WV_US_PER_S};

	return (struct wv_time){guess.us - wv_market_offset_s(exchange, t) * WV_US_PER_S};
}

bool wv_market_is_open(enum wv_exchange exchange, struct wv_time t, struct wv_time *until)
{
	struct wv_civil day = local(exchange, t);
	struct session sessions[2];

	WV_ASSERT(exchange < WV_EXCHANGE_COUNT);
	/* No table has a gap of a month. */
	for (int ahead = 0; ahead < 40; ahead++) {
		size_t n = sessions_of(exchange, &day, sessions);
		struct wv_civil midnight = {.year = day.year, .month = day.month, .day = day.day};

		for (size_t i = 0; i < n; i++) {
			struct wv_time from = instant_of(exchange, &day, sessions[i].from_minute);
			struct wv_time to = instant_of(exchange, &day, sessions[i].to_minute);

			if (t.us >= to.us)
				continue;
			if (until)
				*until = t.us < from.us ? from : to;
			return t.us >= from.us;
		}
		day = wv_civil_of_time(
			(struct wv_time){wv_time_of_civil(&midnight).us + WV_US_PER_DAY});
	}
	if (until)
		until->us = wv_add_us(t.us, WV_US_PER_DAY);
	return false;
}

bool wv_market_knows(enum wv_exchange exchange, struct wv_time t)
{
	struct wv_civil day = local(exchange, t);
	uint32_t date = date_of(&day);

	return day.year > 0 && date >= tables[exchange].first && date <= tables[exchange].last;
}

void wv_market_range(enum wv_exchange exchange, uint32_t *first, uint32_t *last)
{
	*first = tables[exchange].first;
	*last = tables[exchange].last;
}
