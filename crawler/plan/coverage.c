#include "crawler/plan/coverage.h"

#include <string.h>

#include "config/base/checked.h"

/*
 * Coverage row: u8 version (1) | zigzag since, reached, failed | varint failures | u8 failure |
 * zigzag closed, looked, newest | varint news | varint listings | 168 x u16 wait in minutes |
 * zigzag waits_at | zigzag day | 8 x varint news on the days | varint sounded | u8 recent_count |
 * recent_count x (u8 arrival, u64 key)
 *
 * Listing row: u8 version (1) | u8 kind | zigzag status | zigzag looked, changed, item | block url
 */
#define ROW_VERSION 1

#define MINUTE_US         (60 * WV_US_PER_S)
#define HOUR_US           (60 * MINUTE_US)
#define WEEK_US           (7 * WV_US_PER_DAY)
#define LEARNED_AFTER_US  (15 * WV_US_PER_DAY)
#define LEARNED_NEWS      10u
#define NEIGHBOURS        5 /* hours on either side; also bridges the clocks' change */
#define EXPECTED_MIN_US   HOUR_US
#define FAILURES_ALARM    3u
#define CLOSED_ALARM_US   (12 * HOUR_US) /* shorter ones mend themselves */
#define RECENT_ALARM      20u
#define DUPLICATES_ALARM  40u /* percent */
#define WALLS_ALARM       30u
#define UNATTENDED_MIN_US (2 * WV_US_PER_DAY)
#define DROPPED_US        (7 * WV_US_PER_DAY)

const char *wv_arrival_name(enum wv_arrival arrival)
{
	static const char *const names[] = {"other", "article", "duplicate",
					    "wall",  "refused", "broken"};

	return (size_t)arrival < WV_COUNT(names) ? names[arrival] : "unknown";
}

enum wv_arrival wv_arrival_of(enum wv_verdict verdict, int32_t status)
{
	switch (verdict) {
	case WV_VERDICT_ARTICLE:
		return WV_ARRIVAL_ARTICLE;
	case WV_VERDICT_CONSENT_WALL:
	case WV_VERDICT_PAYWALL_STUB:
	case WV_VERDICT_SCRIPT_SHELL:
	case WV_VERDICT_CAPTCHA:
		return WV_ARRIVAL_WALL;
	case WV_VERDICT_REFUSED:
		return WV_ARRIVAL_REFUSED;
	case WV_VERDICT_SOFT_404:
	case WV_VERDICT_TRUNCATED:
	case WV_VERDICT_FAILED:
		return WV_ARRIVAL_BROKEN;
	default:
		return status >= 400 ? WV_ARRIVAL_BROKEN : WV_ARRIVAL_OTHER;
	}
}

void wv_coverage_init(struct wv_coverage *coverage, struct wv_time now)
{
	*coverage = (struct wv_coverage){
		.since = now,
		.reached = WV_TIME_NONE,
		.failed = WV_TIME_NONE,
		.closed = WV_TIME_NONE,
		.looked = WV_TIME_NONE,
		.newest = WV_TIME_NONE,
		.waits_at = now,
	};
}

void wv_coverage_encode(const struct wv_coverage *c, struct wv_buf *out)
{
	wv_buf_add_byte(out, ROW_VERSION);
	wv_buf_add_zigzag(out, c->since.us);
	wv_buf_add_zigzag(out, c->reached.us);
	wv_buf_add_zigzag(out, c->failed.us);
	wv_buf_add_varint(out, c->failures);
	wv_buf_add_byte(out, (unsigned char)c->failure);
	wv_buf_add_zigzag(out, c->closed.us);
	wv_buf_add_zigzag(out, c->looked.us);
	wv_buf_add_zigzag(out, c->newest.us);
	wv_buf_add_varint(out, c->news);
	wv_buf_add_varint(out, c->listings);
	for (size_t i = 0; i < WV_COVERAGE_HOURS; i++)
		wv_buf_add_u16(out, c->waits[i]);
	wv_buf_add_zigzag(out, c->waits_at.us);
	wv_buf_add_zigzag(out, c->day);
	for (size_t i = 0; i < WV_COVERAGE_DAYS; i++)
		wv_buf_add_varint(out, c->days[i]);
	wv_buf_add_varint(out, c->sounded);
	wv_buf_add_byte(out, (unsigned char)c->recent_count);
	for (size_t i = 0; i < c->recent_count; i++) {
		wv_buf_add_byte(out, c->recent[i]);
		wv_buf_add_u64(out, c->recent_key[i]);
	}
}

enum wv_status wv_coverage_decode(struct wv_slice row, struct wv_coverage *out, struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(row);
	struct wv_coverage v = {0};
	uint8_t version = wv_cursor_u8(&c), failure;

	v.since.us = wv_cursor_zigzag(&c);
	v.reached.us = wv_cursor_zigzag(&c);
	v.failed.us = wv_cursor_zigzag(&c);
	v.failures = (uint32_t)wv_cursor_varint(&c);
	failure = wv_cursor_u8(&c);
	v.closed.us = wv_cursor_zigzag(&c);
	v.looked.us = wv_cursor_zigzag(&c);
	v.newest.us = wv_cursor_zigzag(&c);
	v.news = wv_cursor_varint(&c);
	v.listings = (uint32_t)wv_cursor_varint(&c);
	for (size_t i = 0; i < WV_COVERAGE_HOURS; i++)
		v.waits[i] = wv_cursor_u16(&c);
	v.waits_at.us = wv_cursor_zigzag(&c);
	v.day = wv_cursor_zigzag(&c);
	for (size_t i = 0; i < WV_COVERAGE_DAYS; i++)
		v.days[i] = (uint32_t)wv_cursor_varint(&c);
	v.sounded = (uint32_t)wv_cursor_varint(&c);
	v.recent_count = wv_cursor_u8(&c);
	if (c.failed || version != ROW_VERSION || failure >= WV_RESULT_COUNT ||
	    v.recent_count > WV_COVERAGE_RECENT)
		return wv_err_set(err, WV_DAMAGED, "a source's coverage cannot be read");
	v.failure = (enum wv_result)failure;
	for (size_t i = 0; i < v.recent_count; i++) {
		v.recent[i] = wv_cursor_u8(&c);
		v.recent_key[i] = wv_cursor_u64(&c);
		if (v.recent[i] >= WV_ARRIVAL_COUNT)
			return wv_err_set(err, WV_DAMAGED, "a source's coverage cannot be read");
	}
	if (c.failed || wv_cursor_left(&c))
		return wv_err_set(err, WV_DAMAGED, "a source's coverage cannot be read");
	*out = v;
	return WV_OK;
}

/* ---- notes */

void wv_coverage_note_visit(struct wv_coverage *coverage, const struct wv_outcome *outcome)
{
	if (outcome->status != 0) {
		coverage->reached = outcome->ended_at;
		coverage->failures = 0;
		return;
	}
	coverage->failed = outcome->ended_at;
	coverage->failure = outcome->result;
	if (coverage->failures < UINT32_MAX)
		coverage->failures++;
}

void wv_coverage_note_page(struct wv_coverage *coverage, enum wv_arrival arrival, uint64_t text_key)
{
	size_t n = coverage->recent_count;

	if (arrival == WV_ARRIVAL_ARTICLE && text_key != 0)
		for (size_t i = 0; i < n; i++)
			if (coverage->recent_key[i] == text_key)
				arrival = WV_ARRIVAL_DUPLICATE;
	if (n == WV_COVERAGE_RECENT) {
		n--;
		memmove(coverage->recent, coverage->recent + 1, n * sizeof(coverage->recent[0]));
		memmove(coverage->recent_key, coverage->recent_key + 1,
			n * sizeof(coverage->recent_key[0]));
	}
	coverage->recent[n] = (uint8_t)arrival;
	coverage->recent_key[n] = text_key;
	coverage->recent_count = (uint32_t)n + 1;
}

/* Monday 00:00 UTC is hour 0. 1 January 1970 was a Thursday. */
static size_t hour_of_week(struct wv_time t)
{
	int64_t into = (t.us + 3 * WV_US_PER_DAY) % WEEK_US;

	return (size_t)((into < 0 ? into + WEEK_US : into) / HOUR_US);
}

/* What was learned fades: a thirty-second a week, so that a source that has become quicker is
 * expected to be. */
static void fade(struct wv_coverage *coverage, struct wv_time now)
{
	while (now.us - coverage->waits_at.us >= WEEK_US) {
		coverage->waits_at.us += WEEK_US;
		if (now.us - coverage->waits_at.us > 60 * WEEK_US)
			coverage->waits_at.us = now.us;
		for (size_t i = 0; i < WV_COVERAGE_HOURS; i++)
			coverage->waits[i] =
				(uint16_t)(coverage->waits[i] - coverage->waits[i] / 32);
	}
}

static int64_t day_of(struct wv_time t)
{
	return t.us >= 0 ? t.us / WV_US_PER_DAY : -1 - (-1 - t.us) / WV_US_PER_DAY;
}

static void count_day(struct wv_coverage *coverage, struct wv_time found)
{
	int64_t day = day_of(found);

	for (; coverage->day < day; coverage->day++) {
		if (day - coverage->day > (int64_t)WV_COVERAGE_DAYS)
			coverage->day = day - (int64_t)WV_COVERAGE_DAYS;
		memmove(coverage->days + 1, coverage->days,
			(WV_COVERAGE_DAYS - 1) * sizeof(coverage->days[0]));
		coverage->days[0] = 0;
	}
	if (coverage->day - day < (int64_t)WV_COVERAGE_DAYS)
		coverage->days[coverage->day - day]++;
}

uint32_t wv_coverage_news_on(const struct wv_coverage *coverage, struct wv_time now, uint32_t ago)
{
	int64_t back = coverage->day - (day_of(now) - (int64_t)ago);

	return back >= 0 && back < (int64_t)WV_COVERAGE_DAYS ? coverage->days[back] : 0;
}

void wv_coverage_note_news(struct wv_coverage *coverage, struct wv_time found)
{
	struct wv_time from = coverage->newest;
	int64_t us;

	if (wv_time_is_none(from))
		from = coverage->since;
	if (coverage->news < UINT64_MAX)
		coverage->news++;
	count_day(coverage, found);
	if (found.us <= from.us) {
		if (wv_time_is_none(coverage->newest))
			coverage->newest = found;
		return;
	}
	fade(coverage, found);
	coverage->newest = found;
	/* A silence of more than a month says nothing of the hours in it. */
	if (found.us - from.us > 31 * WV_US_PER_DAY)
		return;
	/* From each hour in between: how long it was until this. */
	for (us = from.us; us < found.us && us - from.us < WEEK_US; us += HOUR_US) {
		int64_t minutes = (found.us - us + MINUTE_US - 1) / MINUTE_US;
		uint16_t *wait = &coverage->waits[hour_of_week((struct wv_time){us})];

		/* One long silence, a holiday or an outage, must not become what is usual: what is
		 * known at most doubles, and two hours more. */
		if (*wait && minutes > *wait * 2 + 120)
			minutes = *wait * 2 + 120;
		if (minutes > *wait)
			*wait = minutes < UINT16_MAX ? (uint16_t)minutes : UINT16_MAX;
	}
}

int64_t wv_coverage_expected_us(const struct wv_coverage *coverage, struct wv_time t)
{
	size_t hour = hour_of_week(t);
	int64_t minutes = 0;

	if (coverage->news < LEARNED_NEWS || wv_time_is_none(coverage->newest) ||
	    coverage->newest.us - coverage->since.us < LEARNED_AFTER_US)
		return 0;
	for (int k = -NEIGHBOURS; k <= NEIGHBOURS; k++) {
		size_t i = (hour + WV_COVERAGE_HOURS + (size_t)k) % WV_COVERAGE_HOURS;

		if (coverage->waits[i] > minutes)
			minutes = coverage->waits[i];
	}
	if (minutes * MINUTE_US < EXPECTED_MIN_US)
		return EXPECTED_MIN_US;
	return minutes * MINUTE_US;
}

/* ---- listings */

void wv_listing_state_encode(const struct wv_listing_state *state, struct wv_buf *out)
{
	wv_buf_add_byte(out, ROW_VERSION);
	wv_buf_add_byte(out, (unsigned char)state->kind);
	wv_buf_add_zigzag(out, state->status);
	wv_buf_add_zigzag(out, state->looked.us);
	wv_buf_add_zigzag(out, state->changed.us);
	wv_buf_add_zigzag(out, state->item.us);
	wv_buf_add_block(out, state->url);
}

enum wv_status wv_listing_state_decode(struct wv_slice row, struct wv_listing_state *out,
				       struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(row);
	struct wv_listing_state v = {0};
	uint8_t version = wv_cursor_u8(&c), kind = wv_cursor_u8(&c);

	v.status = (int32_t)wv_cursor_zigzag(&c);
	v.looked.us = wv_cursor_zigzag(&c);
	v.changed.us = wv_cursor_zigzag(&c);
	v.item.us = wv_cursor_zigzag(&c);
	v.url = wv_cursor_block(&c);
	if (c.failed || wv_cursor_left(&c) || version != ROW_VERSION || kind >= WV_VISIT_KIND_COUNT)
		return wv_err_set(err, WV_DAMAGED, "a listing's state cannot be read");
	v.kind = (enum wv_visit_kind)kind;
	*out = v;
	return WV_OK;
}

/* ---- alarms */

const char *wv_alarm_name(enum wv_alarm alarm)
{
	static const char *const names[WV_ALARM_COUNT] = {"unreachable", "closed",     "suspended",
							  "silent",      "frozen",     "duplicates",
							  "walls",       "unattended", "calendar"};

	WV_ASSERT(alarm < WV_ALARM_COUNT);
	return names[alarm];
}

uint32_t wv_coverage_count(const struct wv_coverage *coverage, enum wv_arrival arrival)
{
	uint32_t n = 0;

	for (size_t i = 0; i < coverage->recent_count; i++)
		n += coverage->recent[i] == (uint8_t)arrival;
	return n;
}

static bool is_silent(const struct wv_coverage *c)
{
	int64_t expected = wv_coverage_expected_us(c, c->newest);

	/* Measured to the last look, not to now: where nobody looked, nothing is known. */
	return expected > 0 && !wv_time_is_none(c->looked) &&
	       c->looked.us - c->newest.us > 2 * expected;
}

static bool is_unattended(const struct wv_coverage_facts *facts)
{
	const struct wv_coverage *c = facts->coverage;
	struct wv_time last = c->reached.us > c->failed.us ? c->reached : c->failed;
	int64_t allowed =
		facts->every_us > UNATTENDED_MIN_US / 3 ? facts->every_us * 3 : UNATTENDED_MIN_US;

	return !wv_time_is_none(last) && facts->now.us - last.us > allowed;
}

uint32_t wv_coverage_alarms(const struct wv_coverage_facts *facts)
{
	const struct wv_coverage *c = facts->coverage;
	uint32_t alarms = 0, bad = wv_coverage_count(c, WV_ARRIVAL_WALL) +
				   wv_coverage_count(c, WV_ARRIVAL_REFUSED) +
				   wv_coverage_count(c, WV_ARRIVAL_BROKEN);

	if (c->failures >= FAILURES_ALARM)
		alarms |= 1u << WV_ALARM_UNREACHABLE;
	if (!wv_time_is_none(c->closed) && facts->now.us - c->closed.us > CLOSED_ALARM_US)
		alarms |= 1u << WV_ALARM_CLOSED;
	if (!wv_time_is_none(facts->suspended_until) && facts->suspended_until.us > facts->now.us)
		alarms |= 1u << WV_ALARM_SUSPENDED;
	if (is_silent(c))
		alarms |= 1u << WV_ALARM_SILENT;
	if (c->recent_count >= RECENT_ALARM) {
		if (wv_coverage_count(c, WV_ARRIVAL_DUPLICATE) * 100 >
		    c->recent_count * DUPLICATES_ALARM)
			alarms |= 1u << WV_ALARM_DUPLICATES;
		if (bad * 100 > c->recent_count * WALLS_ALARM)
			alarms |= 1u << WV_ALARM_WALLS;
	}
	if (facts->calendar_to)
		alarms |= 1u << WV_ALARM_CALENDAR;
	if (is_unattended(facts))
		alarms |= 1u << WV_ALARM_UNATTENDED;
	return alarms;
}

bool wv_coverage_is_frozen(const struct wv_coverage *coverage,
			   const struct wv_listing_state *listing)
{
	/* What its items say counts more than its bytes: many feeds state the time of asking. */
	struct wv_time fresh = wv_time_is_none(listing->item) ? listing->changed : listing->item;
	int64_t expected;

	if (wv_time_is_none(fresh) || wv_time_is_none(coverage->newest) ||
	    wv_time_is_none(listing->looked))
		return false;
	/* One that the settings, or the site, have dropped since is nobody's alarm. */
	if (!wv_time_is_none(coverage->looked) &&
	    coverage->looked.us - listing->looked.us > DROPPED_US)
		return false;
	/* A sitemap that never moved while we watched is of years gone by: most are. */
	if (listing->kind == WV_VISIT_SITEMAP && fresh.us < coverage->since.us + HOUR_US)
		return false;
	expected = wv_coverage_expected_us(coverage, fresh);
	/* It was looked at since, too: in one run the news may be found after the look. */
	return expected > 0 && coverage->newest.us - fresh.us > 2 * expected &&
	       listing->looked.us - fresh.us > 2 * expected;
}

void wv_coverage_say(const struct wv_coverage_facts *facts, enum wv_alarm alarm, struct wv_buf *out)
{
	const struct wv_coverage *c = facts->coverage;
	char a[WV_TIME_TEXT_MAX], b[WV_TIME_TEXT_MAX];
	int64_t expected = wv_coverage_expected_us(c, c->newest);
	struct wv_time last = c->reached.us > c->failed.us ? c->reached : c->failed;

	switch (alarm) {
	case WV_ALARM_UNREACHABLE:
		wv_buf_add_format(out, "%u visits without an answer (%s), the last one %s",
				  c->failures, wv_result_name(c->failure),
				  wv_time_print(c->failed, a));
		break;
	case WV_ALARM_CLOSED:
		wv_buf_add_format(out, "robots.txt cannot be had since %s, so nothing is asked",
				  wv_time_print(c->closed, a));
		break;
	case WV_ALARM_SUSPENDED:
		wv_buf_add_format(out, "a burst of 403: left alone until %s",
				  wv_time_print(facts->suspended_until, a));
		break;
	case WV_ALARM_SILENT:
		wv_buf_add_format(out, "no news since %s, expected within %s",
				  wv_time_print(c->newest, a),
				  wv_duration_print(expected / MINUTE_US * MINUTE_US, b));
		break;
	case WV_ALARM_FROZEN:
		wv_buf_add_string(out, "a listing stands still while the source brings news");
		break;
	case WV_ALARM_DUPLICATES:
		wv_buf_add_format(out, "%u of the last %u new pages repeat another's text",
				  wv_coverage_count(c, WV_ARRIVAL_DUPLICATE), c->recent_count);
		break;
	case WV_ALARM_WALLS:
		wv_buf_add_format(out,
				  "of the last %u new pages %u are walls, %u refused, %u broken",
				  c->recent_count, wv_coverage_count(c, WV_ARRIVAL_WALL),
				  wv_coverage_count(c, WV_ARRIVAL_REFUSED),
				  wv_coverage_count(c, WV_ARRIVAL_BROKEN));
		break;
	case WV_ALARM_UNATTENDED:
		wv_buf_add_format(out, "not looked at since %s", wv_time_print(last, a));
		break;
	case WV_ALARM_CALENDAR:
		wv_buf_add_format(out,
				  "its market's holidays are known only to %u-%02u-%02u, later "
				  "weekdays count as open: a newer version knows more",
				  facts->calendar_to / 10000, facts->calendar_to / 100 % 100,
				  facts->calendar_to % 100);
		break;
	case WV_ALARM_COUNT:
		break;
	}
}
