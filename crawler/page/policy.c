#include "crawler/page/policy.h"

static bool is_token(struct wv_slice name, struct wv_strings tokens)
{
	for (size_t i = 0; i < tokens.n; i++)
		if (wv_slice_equals_nocase(name, tokens.p[i]))
			return true;
	return false;
}

static void tighten_after(struct wv_page_policy *policy, struct wv_time t)
{
	if (wv_time_is_none(policy->unavailable_after) || t.us < policy->unavailable_after.us)
		policy->unavailable_after = t;
}

/* What RFC 822 calls zones, in hours east of Greenwich; "+0100" is told apart. */
static bool read_zone(struct wv_slice zone, int64_t *offset_us)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = {{"GMT", 0}, {"UT", 0},   {"UTC", 0},  {"Z", 0},    {"EST", -5}, {"EDT", -4},
	             {"CST", -6}, {"CDT", -5}, {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}};
	uint64_t digits;

	for (size_t i = 0; i < WV_COUNT(zones); i++)
		if (wv_slice_equals_nocase(zone, wv_slice_of(zones[i].name))) {
			*offset_us = zones[i].hours * 3600 * WV_US_PER_S;
			return true;
		}
	if (zone.n != 5 || (zone.p[0] != '+' && zone.p[0] != '-') ||
	    !wv_slice_u64(wv_slice_from(zone, 1), &digits) || digits % 100 > 59 || digits > 1400)
		return false;
	*offset_us = (int64_t)(digits / 100 * 60 + digits % 100) * 60 * WV_US_PER_S *
	             (zone.p[0] == '-' ? -1 : 1);
	return true;
}

/* "25 Jun 2025 15:00:00 PST", with or without its weekday: RFC 822 leaves that out, and has zones that
 * HTTP has not. */
static bool parse_822(struct wv_slice date, struct wv_time now, struct wv_time *out)
{
	WV_AUTO(wv_buf_done) struct wv_buf as_http = {.cap = 256};
	size_t space = date.n;
	int64_t offset_us = 0;

	while (space && date.p[space - 1] != ' ')
		space--;
	if (!space || !read_zone(wv_slice_from(date, space), &offset_us))
		return false;
	if (wv_byte_is_digit(date.p[0]))
		wv_buf_add_string(&as_http, date.n > 1 && date.p[1] == ' ' ? "Mon, 0" : "Mon, ");
	wv_buf_add(&as_http, wv_slice_part(date, 0, space));
	wv_buf_add_string(&as_http, "GMT");
	if (!wv_time_parse_http(wv_buf_slice(&as_http), now, out))
		return false;
	out->us -= offset_us;
	return true;
}

/*
 * unavailable_after has a date with commas and colons inside ("Wednesday, 25-Jun-25 15:00:00 GMT",
 * or ISO 8601), so it takes all that follows.
 */
static void add_unavailable_after(struct wv_page_policy *policy, struct wv_slice date,
				  struct wv_time now)
{
	struct wv_time_range range;
	struct wv_time t;

	date = wv_slice_trim(date);
	if (wv_time_parse_http(date, now, &t) || parse_822(date, now, &t))
		tighten_after(policy, t);
	else if (date.n && wv_byte_is_digit(date.p[0]) &&
		 wv_time_parse(date, now, &range, NULL) == WV_OK)
		tighten_after(policy, range.first);
}

static void add_rule(struct wv_page_policy *policy, struct wv_slice rule)
{
	static const struct {
		const char *name;
		size_t offset;
	} flags[] = {
		{"nofollow", offsetof(struct wv_page_policy, nofollow)},
		{"noindex", offsetof(struct wv_page_policy, noindex)},
		{"noarchive", offsetof(struct wv_page_policy, noarchive)},
		{"nosnippet", offsetof(struct wv_page_policy, nosnippet)},
		{"noimageindex", offsetof(struct wv_page_policy, noimageindex)},
	};
	uint64_t n;

	if (wv_slice_equals_nocase(rule, WV_LIT("none")))
		policy->nofollow = policy->noindex = true;
	/* An old name for noarchive. */
	if (wv_slice_equals_nocase(rule, WV_LIT("nocache")))
		policy->noarchive = true;
	for (size_t i = 0; i < WV_COUNT(flags); i++)
		if (wv_slice_equals_nocase(rule, wv_slice_of(flags[i].name)))
			*(bool *)((char *)policy + flags[i].offset) = true;
	if (wv_slice_starts_nocase(rule, WV_LIT("max-snippet:")) &&
	    wv_slice_u64(wv_slice_trim(wv_slice_from(rule, 12)), &n)) {
		if (!policy->has_max_snippet || n < policy->max_snippet)
			policy->max_snippet = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
		policy->has_max_snippet = true;
		policy->nosnippet |= n == 0;
	}
}

static void add_rules(struct wv_page_policy *policy, struct wv_slice rules, struct wv_time now)
{
	static const struct wv_slice after = WV_LIT_INIT("unavailable_after:");
	struct wv_cursor c = wv_cursor(rules);

	while (wv_cursor_left(&c)) {
		struct wv_slice rest = wv_slice_trim(wv_slice(c.p, wv_cursor_left(&c)));

		if (wv_slice_starts_nocase(rest, after)) {
			add_unavailable_after(policy, wv_slice_from(rest, after.n), now);
			return;
		}
		add_rule(policy, wv_slice_trim(wv_cursor_until(&c, ',')));
	}
}

/* Length of "name:" at the start, where it is an address and no rule with a value; else 0. */
static size_t address_length(struct wv_slice value)
{
	size_t colon = wv_slice_find_byte(value, ':', 0);
	struct wv_slice name = wv_slice_part(value, 0, colon == SIZE_MAX ? 0 : colon);

	if (colon == SIZE_MAX || wv_slice_find_byte(name, ',', 0) != SIZE_MAX ||
	    wv_slice_find_byte(name, ' ', 0) != SIZE_MAX ||
	    wv_slice_equals_nocase(name, WV_LIT("unavailable_after")) ||
	    wv_slice_starts_nocase(name, WV_LIT("max-")))
		return 0;
	return colon + 1;
}

void wv_policy_add_header(struct wv_page_policy *policy, struct wv_slice value,
			  struct wv_strings tokens, struct wv_time now)
{
	size_t address;

	value = wv_slice_trim(value);
	address = address_length(value);
	if (address) {
		struct wv_slice name = wv_slice_part(value, 0, address - 1);

		if (!wv_slice_equals(name, WV_LIT("*")) && !is_token(name, tokens))
			return;
		value = wv_slice_from(value, address);
	}
	add_rules(policy, value, now);
}

static bool tdm_value(struct wv_slice value, bool *reserved)
{
	value = wv_slice_trim(value);
	*reserved = wv_slice_equals(value, WV_LIT("1"));
	return *reserved || wv_slice_equals(value, WV_LIT("0"));
}

void wv_policy_add_tdm_header(struct wv_page_policy *policy, struct wv_slice value)
{
	bool reserved;

	if (!tdm_value(value, &reserved))
		return;
	policy->tdm_is_said = true;
	policy->tdm_reserved = reserved;
}

/* The first meta takes the header's place; of several the most restrictive counts. */
static void add_tdm_meta(struct wv_page_policy *policy, struct wv_slice value)
{
	bool reserved;

	if (!tdm_value(value, &reserved))
		return;
	policy->tdm_reserved = reserved || (policy->tdm_meta_said && policy->tdm_reserved);
	policy->tdm_is_said = policy->tdm_meta_said = true;
}

void wv_policy_add_meta(struct wv_page_policy *policy, struct wv_slice name,
			struct wv_slice content, struct wv_strings tokens, struct wv_time now)
{
	name = wv_slice_trim(name);
	if (wv_slice_equals_nocase(name, WV_LIT("tdm-reservation")))
		add_tdm_meta(policy, content);
	else if (wv_slice_equals_nocase(name, WV_LIT("robots")) || is_token(name, tokens))
		add_rules(policy, content, now);
}
