#include "crawler/plan/pace.h"

#include "config/base/checked.h"

#define HOUR_US   (INT64_C(3600) * WV_US_PER_S)
#define ALL_HOURS 0xffffffu
#define ALL_DAYS  0x7fu

static uint32_t hours_of(const struct wv_pace *pace)
{
	uint32_t hours = pace->skip_hours & ALL_HOURS;

	return hours == ALL_HOURS ? 0 : hours;
}

static uint8_t days_of(const struct wv_pace *pace)
{
	uint8_t days = pace->skip_days & ALL_DAYS;

	return days == ALL_DAYS ? 0 : days;
}

static int64_t ttl_of(const struct wv_pace *pace)
{
	return pace->ttl_us < WV_PACE_TTL_MAX_US ? pace->ttl_us : WV_PACE_TTL_MAX_US;
}

bool wv_pace_is_set(const struct wv_pace *pace)
{
	return pace->ttl_us > 0 || hours_of(pace) || days_of(pace);
}

static bool is_skipped(const struct wv_pace *pace, struct wv_time t)
{
	struct wv_civil civil = wv_civil_of_time(t);

	return (hours_of(pace) >> civil.hour & 1) || (days_of(pace) >> civil.weekday & 1);
}

/* The first instant from `t` on that is not skipped: `t` itself or the start of an hour. */
static struct wv_time after_skips(const struct wv_pace *pace, struct wv_time t)
{
	int64_t last = wv_add_us(t.us, WV_PACE_SKIP_MAX_US);

	while (t.us < last && is_skipped(pace, t))
		t.us = wv_add_us(t.us - ((t.us % HOUR_US) + HOUR_US) % HOUR_US, HOUR_US);
	return t.us < last ? t : (struct wv_time){last};
}

struct wv_time wv_pace_next(const struct wv_pace *pace, struct wv_time looked, int64_t usual_us)
{
	int64_t wait = ttl_of(pace) > usual_us ? ttl_of(pace) : usual_us;
	struct wv_time next = {wv_add_us(looked.us, wait)};
	struct wv_time allowed = after_skips(pace, next);

	return allowed.us == looked.us + usual_us ? WV_TIME_NONE : allowed;
}

static void say_hours(uint32_t hours, struct wv_buf *out)
{
	const char *before = "not in the hours ";

	for (unsigned h = 0; h < 24; h++) {
		unsigned end = h;

		if (!(hours >> h & 1))
			continue;
		while (end < 23 && (hours >> (end + 1) & 1))
			end++;
		wv_buf_add_format(out, "%s%u", before, h);
		if (end > h)
			wv_buf_add_format(out, "-%u", end);
		before = ", ";
		h = end;
	}
	wv_buf_add_string(out, " GMT");
}

void wv_pace_say(const struct wv_pace *pace, struct wv_buf *out)
{
	static const char *const names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
					    "Thursday", "Friday", "Saturday"};
	const char *before = "";

	if (pace->ttl_us > 0) {
		wv_buf_add_format(out, "ttl %lldm",
				  (long long)(pace->ttl_us / (60 * WV_US_PER_S)));
		if (pace->ttl_us > WV_PACE_TTL_MAX_US)
			wv_buf_add_string(out, ", of which an hour counts");
		before = "; ";
	}
	if (hours_of(pace)) {
		wv_buf_add_string(out, before);
		say_hours(hours_of(pace), out);
		before = "; ";
	}
	if (!days_of(pace))
		return;
	wv_buf_add_string(out, before);
	before = "not on ";
	for (unsigned d = 0; d < 7; d++) {
		if (!(days_of(pace) >> d & 1))
			continue;
		wv_buf_add_format(out, "%s%s", before, names[d]);
		before = ", ";
	}
}
