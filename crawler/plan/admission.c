#include "crawler/plan/admission.h"

#include "config/base/limits.h"

#define SEGMENTS_MAX    24u
#define PARAMETERS_MAX  16u
#define QUERY_MAX_BYTES 1024u
#define AHEAD_US        (400 * WV_US_PER_DAY)
#define OLDEST_YEAR     1990

const char *wv_admission_name(enum wv_admission admission)
{
	static const char *const names[] = {"admitted",         "not http or https",
					    "port not allowed", "out of scope",
					    "too deep",         "too long",
					    "repeating path",   "too many path segments",
					    "query too long",   "calendar without end"};

	return (size_t)admission < WV_COUNT(names) ? names[admission] : "unknown";
}

/* Is "host:port" of the URL also that of one of these? They are http(s) hrefs, so bytes compare. */
static bool is_port_of_one(const struct wv_strings *hrefs, const struct wv_url *url)
{
	for (size_t i = 0; i < hrefs->n; i++) {
		struct wv_slice seed = hrefs->p[i];
		struct wv_slice rest =
			wv_slice_from(seed, wv_slice_starts(seed, WV_LIT("https")) ? 8 : 7);
		size_t end = 0;
		uint64_t port = 0;

		if (!wv_slice_starts(rest, url->host))
			continue;
		rest = wv_slice_from(rest, url->host.n);
		if (rest.n == 0 || rest.p[0] != ':')
			continue;
		rest = wv_slice_from(rest, 1);
		while (end < rest.n && wv_byte_is_digit(rest.p[end]))
			end++;
		if (wv_slice_u64(wv_slice_part(rest, 0, end), &port) && port == wv_url_port(url))
			return true;
	}
	return false;
}

static bool is_port_allowed(const struct wv_settings *settings, const struct wv_source *source,
			    const struct wv_url *url)
{
	uint16_t port = wv_url_port(url);

	for (size_t i = 0; i < settings->network.port_count; i++)
		if (settings->network.ports[i] == port)
			return true;
	return is_port_of_one(&source->seeds, url) || is_port_of_one(&source->feeds, url) ||
	       is_port_of_one(&source->sitemaps, url);
}

static bool is_number(struct wv_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!wv_byte_is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* Days of months and hours repeat honestly (/2024/05/05/), words do not. */
static bool repeats(const struct wv_slice *segments, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned times = 1;

		if (segments[i].n == 0 || is_number(segments[i]))
			continue;
		for (size_t k = i + 1; k < n; k++)
			times += wv_slice_equals(segments[i], segments[k]);
		if (times >= 3)
			return true;
		if (i + 3 < n && wv_slice_equals(segments[i], segments[i + 2]) &&
		    wv_slice_equals(segments[i + 1], segments[i + 3]))
			return true;
	}
	return false;
}

static bool date_is_absurd(uint64_t year, uint64_t month, struct wv_time now, bool is_past_absurd)
{
	struct wv_civil civil = {.year = (int32_t)year, .month = (uint8_t)month, .day = 1};

	if (year < 1000 || year > 9999 || month < 1 || month > 12)
		return false;
	if (is_past_absurd && year < OLDEST_YEAR)
		return true;
	return wv_time_of_civil(&civil).us > now.us + AHEAD_US;
}

/* /2031/05/ in a path. Old years are left alone there: that is how newspapers' archives look. */
static bool path_is_calendar(const struct wv_slice *segments, size_t n, struct wv_time now)
{
	for (size_t i = 0; i + 1 < n; i++) {
		uint64_t year, month;

		if (segments[i].n == 4 && segments[i + 1].n <= 2 &&
		    wv_slice_u64(segments[i], &year) && wv_slice_u64(segments[i + 1], &month) &&
		    date_is_absurd(year, month, now, false))
			return true;
	}
	return false;
}

/* Does the name before the "=" at `at` speak of dates? Eight digits alone may be any number. */
static bool is_date_name(struct wv_slice query, size_t at)
{
	static const char *const words[] = {"date", "day", "month", "cal"};
	size_t start = at;
	struct wv_slice name;

	while (start > 0 && query.p[start - 1] != '&')
		start--;
	name = wv_slice_part(query, start, at - start);
	for (size_t i = 0; i < WV_COUNT(words); i++)
		if (wv_slice_find_nocase(name, wv_slice_of(words[i]), 0) != SIZE_MAX)
			return true;
	return false;
}

/* x=2031-05-01, month=1913-02, date=20310501: the buttons of a calendar, either way. */
static bool query_is_calendar(struct wv_slice query, struct wv_time now)
{
	for (size_t i = 0; i < query.n; i++) {
		struct wv_slice rest = wv_slice_from(query, i);
		uint64_t year, month;
		size_t at = 4;

		if (query.p[i] != '=' || rest.n < 7)
			continue;
		rest = wv_slice_from(rest, 1);
		if (!wv_slice_u64(wv_slice_part(rest, 0, 4), &year))
			continue;
		if (rest.n > at && (rest.p[at] == '-' || rest.p[at] == '/'))
			at++;
		else if (!is_number(wv_slice_part(rest, 0, 8)) ||
			 (rest.n > 8 && wv_byte_is_digit(rest.p[8])) || !is_date_name(query, i))
			continue;
		if (wv_slice_u64(wv_slice_part(rest, at, 2), &month) &&
		    date_is_absurd(year, month, now, true))
			return true;
	}
	return false;
}

enum wv_admission wv_admission_trap(const struct wv_url *url, struct wv_time now)
{
	struct wv_slice segments[SEGMENTS_MAX];
	struct wv_cursor c = wv_cursor(wv_slice_from(url->path, 1));
	size_t n = 0, parameters = url->query.n > 0;

	while (wv_cursor_left(&c)) {
		if (n == SEGMENTS_MAX)
			return WV_ADMIT_TRAP_DEEP;
		segments[n++] = wv_cursor_until(&c, '/');
	}
	if (repeats(segments, n))
		return WV_ADMIT_TRAP_REPEAT;
	for (size_t i = 0; i < url->query.n; i++)
		parameters += url->query.p[i] == '&';
	if (parameters > PARAMETERS_MAX || url->query.n > QUERY_MAX_BYTES)
		return WV_ADMIT_TRAP_QUERY;
	if (path_is_calendar(segments, n, now) || query_is_calendar(url->query, now))
		return WV_ADMIT_TRAP_CALENDAR;
	return WV_ADMIT;
}

enum wv_admission wv_admission_check(const struct wv_admission_facts *facts,
				     const struct wv_url *url, uint32_t *hops)
{
	enum wv_admission trap;

	if (!wv_url_is_web(url))
		return WV_ADMIT_NOT_SCHEME;
	if (url->href.n > WV_LIMIT_URL_BYTES)
		return WV_ADMIT_TOO_LONG;
	if (!is_port_allowed(facts->settings, facts->source, url))
		return WV_ADMIT_NOT_PORT;
	*hops = 0;
	if (facts->kind != WV_VISIT_PAGE)
		return WV_ADMIT;
	if (facts->source->depth != UINT32_MAX && facts->depth > facts->source->depth)
		return WV_ADMIT_NOT_DEPTH;
	if (!wv_source_contains(facts->source, url)) {
		if (!facts->is_related || !facts->source->related_is_set ||
		    facts->hops >= facts->source->related_hops)
			return WV_ADMIT_NOT_SCOPE;
		*hops = facts->hops + 1;
	}
	trap = wv_admission_trap(url, facts->now);
	return trap;
}
