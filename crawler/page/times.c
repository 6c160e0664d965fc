#include "crawler/page/times_parts.h"

#include "config/base/checked.h"

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

bool dates_is_sane(const struct wv_times_context *context, const struct wv_stated_time *t)
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

bool dates_finish(struct wv_arena *arena, const struct wv_times_context *context,
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

/* One date, with a clock before or after it, that begins at token i. */
static bool read_date(const struct wv_times_context *context, const struct tokens *tokens, size_t i,
                      bool is_value, struct found_date *date)
{
	size_t at = i;
	bool marked = false, clock_first = false;

	memset(date, 0, sizeof(*date));
	date->first = i;
	if (dates_read_clock(tokens, &at, false, date)) {
		(void)dates_read_zone(context, tokens, &at, date);
		at = dates_skip_between(tokens, at, &marked);
		clock_first = dates_read_day(context, tokens, &at, date);
	}
	if (!clock_first) {
		/* 3時 is a clock, 3時間前 is none. */
		memset(date, 0, sizeof(*date));
		date->first = at = i;
		if (!dates_read_day(context, tokens, &at, date) &&
		    !dates_read_month_day_clock(context, tokens, &at, date) &&
		    !dates_read_relative(tokens, &at, date) && !dates_read_day_name(tokens, &at, date) &&
		    !(is_value && dates_read_compact(tokens, &at, date)))
			return false;
	}
	date->last = at;
	if (!date->has_clock) {
		size_t clock;

		marked = false;
		clock = dates_skip_between(tokens, at, &marked);
		if (dates_read_clock(tokens, &clock, marked, date)) {
			date->last = clock;
			(void)dates_read_zone(context, tokens, &date->last, date);
		}
	} else if (!clock_first && !date->has_zone) {
		(void)dates_read_zone(context, tokens, &date->last, date);
	}
	return true;
}

static bool find(struct wv_arena *arena, const struct wv_times_context *context,
                 struct wv_slice text, bool is_value, size_t *begin, size_t *at,
                 struct wv_stated_time *out)
{
	struct tokens tokens;

	while (*at < text.n) {
		dates_tokenize(text, *at, &tokens);
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
			if (!read_date(context, &tokens, i, is_value, &date))
				continue;
			if (!dates_finish(arena, context, &date, &stated) ||
			    !dates_is_sane(context, &stated)) {
				/* No date either is the rest of one that cannot be: 2099年6月5日. */
				if (date.has_year)
					i = date.last - 1;
				continue;
			}
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

bool wv_times_has_clock(const struct wv_stated_time *time)
{
	return time->is_set && time->text.n > 10;
}

bool wv_times_same_day(const struct wv_stated_time *a, const struct wv_stated_time *b)
{
	return a->is_set && b->is_set && a->text.n >= 10 && b->text.n >= 10 &&
	       memcmp(a->text.p, b->text.p, 10) == 0;
}
