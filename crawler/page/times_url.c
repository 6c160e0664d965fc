#include "crawler/page/times_parts.h"

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
			    dates_set_day(&date, (int64_t)(year / 10000), year / 100 % 100, year % 100)) {
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
		    dates_set_day(&date, (int64_t)year, month / 100, month % 100)) {
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
		if ((digits_at(url, at, 2, &day) && dates_set_day(&date, (int64_t)year, month, day))) {
			date.first = i;
			end = at + 2;
			break;
		}
		if (digits_at(url, at, 1, &day) && dates_set_day(&date, (int64_t)year, month, day)) {
			date.first = i;
			end = at + 1;
			break;
		}
	}
	if (end == 0 || !dates_finish(arena, context, &date, &stated) || !dates_is_sane(context, &stated))
		return false;
	stated.raw = wv_arena_copy(arena, wv_slice_part(url, date.first, end - date.first));
	stated.found = WV_LIT("url");
	*out = stated;
	return true;
}
