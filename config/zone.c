#include "config/zone.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/uenum.h>

#include "config/base/checked.h"

#define NAME_MAX_BYTES 63
#define MS_PER_DAY     INT64_C(86400000)
#define FIRST_MS       (-62091 * MS_PER_DAY) /* 1800-01-01 */
#define LAST_MS        (84006 * MS_PER_DAY)  /* 2200-01-01 */
/* Two a year for four centuries, and a few. */
#define CHANGES_MAX 1024u
/* Offsets lie between -15:14 (Manila before 1845: -15:56) and +15:13: a change that can touch a
 * wall time lies within this distance of it. */
#define REACH_US (INT64_C(16) * 3600 * WV_US_PER_S)

struct change {
	int64_t us; /* from this instant on */
	int32_t offset_s;
};

struct wv_zone {
	struct wv_zone *next;
	struct change *changes; /* ascending; the first at INT64_MIN */
	size_t count;
	size_t name_n;
	char name[NAME_MAX_BYTES + 1];
};

struct wv_zones {
	pthread_mutex_t lock;
	struct wv_zone *first; /* guarded by lock; what is linked never changes */
};

/* ICU also takes these old Java names, some of them with another meaning than people's: BST is
 * Dhaka's there. The IANA database has none of them. */
static const char *const java_names[] = {
	"ACT", "AET", "AGT", "ART", "AST", "BET", "BST", "CAT", "CNT", "CST", "CTT", "EAT", "ECT",
	"IET", "IST", "JST", "MIT", "NET", "NST", "PLT", "PNT", "PRT", "PST", "SST", "VST",
};

/* ICU's UTF-16 from one of our names; false if it cannot be one. */
static bool to_utf16(struct wv_slice name, UChar out[NAME_MAX_BYTES + 1])
{
	if (name.n == 0 || name.n > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		if (!wv_byte_is_alnum(name.p[i]) &&
		    wv_slice_find_byte(WV_LIT("/_-+"), name.p[i], 0) == SIZE_MAX)
			return false;
		out[i] = name.p[i];
	}
	out[name.n] = 0;
	return true;
}

static bool is_iana_name(struct wv_slice name)
{
	UChar wide[NAME_MAX_BYTES + 1], canonical[NAME_MAX_BYTES + 1];
	UErrorCode code = U_ZERO_ERROR;
	UBool is_system = 0;

	if (!to_utf16(name, wide))
		return false;
	for (size_t i = 0; i < WV_COUNT(java_names); i++)
		if (wv_slice_equals(name, wv_slice_of(java_names[i])))
			return false;
	if (wv_slice_equals(name, WV_LIT("Etc/Unknown")) ||
	    wv_slice_starts(name, WV_LIT("SystemV/")))
		return false;
	ucal_getCanonicalTimeZoneID(wide, -1, canonical, NAME_MAX_BYTES + 1, &is_system, &code);
	return U_SUCCESS(code) && is_system;
}

/* "asia/shanghai", "Shanghai" and "New York" have one likely name; "" if there is none. */
static void likely_name(struct wv_slice name, char out[NAME_MAX_BYTES + 1])
{
	UErrorCode code = U_ZERO_ERROR;
	UEnumeration *all = ucal_openTimeZones(&code);
	unsigned char plain[NAME_MAX_BYTES];
	struct wv_slice asked;
	const char *candidate;

	out[0] = '\0';
	if (name.n > sizeof(plain))
		name.n = sizeof(plain);
	for (size_t i = 0; i < name.n; i++)
		plain[i] = name.p[i] == ' ' ? '_' : name.p[i];
	asked = wv_slice(plain, name.n);
	while (asked.n >= 3 && U_SUCCESS(code) && (candidate = uenum_next(all, NULL, &code))) {
		struct wv_slice whole = wv_slice_of(candidate);
		size_t slash = whole.n;

		while (slash > 0 && whole.p[slash - 1] != '/')
			slash--;
		/* Etc/GMT+8 is eight hours west: never what is meant by GMT+8. */
		if (whole.n > NAME_MAX_BYTES || wv_slice_starts(whole, WV_LIT("Etc/")) ||
		    !is_iana_name(whole))
			continue;
		if (wv_slice_equals_nocase(whole, asked) ||
		    (slash > 0 && wv_slice_equals_nocase(wv_slice_from(whole, slash), asked))) {
			memcpy(out, whole.p, whole.n);
			out[whole.n] = '\0';
			break;
		}
	}
	uenum_close(all);
}

enum wv_status wv_zone_check(struct wv_slice name, struct wv_err *err)
{
	char likely[NAME_MAX_BYTES + 1];

	if (is_iana_name(name))
		return WV_OK;
	likely_name(name, likely);
	if (likely[0])
		return wv_err_set(err, WV_USAGE, "'%.*s' is no time zone (did you mean '%s'?)",
				  WV_FMT(wv_slice_part(name, 0, NAME_MAX_BYTES)), likely);
	return wv_err_set(err, WV_USAGE, "'%.*s' is no time zone (a name such as Asia/Shanghai)",
			  WV_FMT(wv_slice_part(name, 0, NAME_MAX_BYTES)));
}

static int32_t icu_offset_s(const UCalendar *calendar, UErrorCode *code)
{
	return (ucal_get(calendar, UCAL_ZONE_OFFSET, code) +
		ucal_get(calendar, UCAL_DST_OFFSET, code)) /
	       1000;
}

/* Walks ICU's transitions; those that change only the kind of the offset are left out. */
static size_t read_changes(UCalendar *calendar, struct change changes[CHANGES_MAX],
			   UErrorCode *code)
{
	size_t count = 0;
	UDate at = (UDate)FIRST_MS;

	ucal_setMillis(calendar, at, code);
	changes[count++] = (struct change){INT64_MIN, icu_offset_s(calendar, code)};
	while (count < CHANGES_MAX && U_SUCCESS(*code) &&
	       ucal_getTimeZoneTransitionDate(calendar, UCAL_TZ_TRANSITION_NEXT, &at, code) &&
	       at < (UDate)LAST_MS) {
		int32_t offset_s;

		ucal_setMillis(calendar, at, code);
		offset_s = icu_offset_s(calendar, code);
		if (offset_s != changes[count - 1].offset_s)
			changes[count++] = (struct change){(int64_t)at * WV_US_PER_MS, offset_s};
	}
	return count;
}

static void zone_free(struct wv_zone **zone)
{
	if (*zone)
		free((*zone)->changes);
	free(*zone);
	*zone = NULL;
}

static enum wv_status zone_new(struct wv_slice name, struct wv_zone **out, struct wv_err *err)
{
	WV_AUTO(zone_free) struct wv_zone *zone = calloc(1, sizeof(*zone));
	UChar wide[NAME_MAX_BYTES + 1];
	UErrorCode code = U_ZERO_ERROR;
	struct change changes[CHANGES_MAX];
	UCalendar *calendar;

	if (!zone)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	if (!to_utf16(name, wide))
		return wv_err_set(err, WV_BUG, "a checked zone name cannot be spelt");
	calendar = ucal_open(wide, -1, "en", UCAL_GREGORIAN, &code);
	if (U_SUCCESS(code))
		zone->count = read_changes(calendar, changes, &code);
	ucal_close(calendar);
	if (U_FAILURE(code))
		return wv_err_set(err, code == U_MEMORY_ALLOCATION_ERROR ? WV_NOMEM : WV_BUG,
				  "cannot read the time zone '%.*s': %s", WV_FMT(name),
				  u_errorName(code));
	WV_ASSERT(zone->count < CHANGES_MAX);
	zone->changes = malloc(zone->count * sizeof(*changes));
	if (!zone->changes)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	memcpy(zone->changes, changes, zone->count * sizeof(*changes));
	memcpy(zone->name, name.p, name.n);
	zone->name_n = name.n;
	*out = WV_TAKE(zone);
	return WV_OK;
}

enum wv_status wv_zones_new(struct wv_zones **out, struct wv_err *err)
{
	struct wv_zones *zones = calloc(1, sizeof(*zones));

	if (!zones || pthread_mutex_init(&zones->lock, NULL) != 0) {
		free(zones);
		return wv_err_set(err, WV_NOMEM, "out of memory");
	}
	*out = zones;
	return WV_OK;
}

void wv_zones_free(struct wv_zones **zones)
{
	struct wv_zone *zone = *zones ? (*zones)->first : NULL;

	if (!*zones)
		return;
	while (zone) {
		struct wv_zone *next = zone->next;

		zone_free(&zone);
		zone = next;
	}
	(void)pthread_mutex_destroy(&(*zones)->lock);
	free(*zones);
	*zones = NULL;
}

static struct wv_zone *find_locked(const struct wv_zones *zones, struct wv_slice name)
{
	struct wv_zone *zone = zones->first;

	while (zone && !wv_slice_equals(wv_zone_name(zone), name))
		zone = zone->next;
	return zone;
}

enum wv_status wv_zones_get(struct wv_zones *zones, struct wv_slice name,
			    const struct wv_zone **out, struct wv_err *err)
{
	WV_AUTO(zone_free) struct wv_zone *made = NULL;
	struct wv_zone *zone;
	enum wv_status st;

	(void)pthread_mutex_lock(&zones->lock);
	zone = find_locked(zones, name);
	(void)pthread_mutex_unlock(&zones->lock);
	if (!zone) {
		/* ICU reads files here, so without the lock; the slower of two threads lets go. */
		st = wv_zone_check(name, err);
		if (st == WV_OK)
			st = zone_new(name, &made, err);
		if (st != WV_OK)
			return st;
		(void)pthread_mutex_lock(&zones->lock);
		zone = find_locked(zones, name);
		if (!zone) {
			zone = WV_TAKE(made);
			zone->next = zones->first;
			zones->first = zone;
		}
		(void)pthread_mutex_unlock(&zones->lock);
	}
	*out = zone;
	return WV_OK;
}

struct wv_slice wv_zone_name(const struct wv_zone *zone)
{
	return wv_slice(zone->name, zone->name_n);
}

/* The row in effect. */
static size_t change_at(const struct wv_zone *zone, int64_t us)
{
	size_t low = 0, high = zone->count; /* changes[low].us <= us < changes[high].us */

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (zone->changes[middle].us <= us)
			low = middle;
		else
			high = middle;
	}
	return low;
}

int32_t wv_zone_offset_s(const struct wv_zone *zone, struct wv_time t)
{
	return zone->changes[change_at(zone, t.us)].offset_s;
}

struct wv_civil wv_zone_civil(const struct wv_zone *zone, struct wv_time t)
{
	int64_t shift_us = wv_zone_offset_s(zone, t) * WV_US_PER_S;

	return wv_civil_of_time((struct wv_time){wv_add_us(t.us, shift_us)});
}

struct wv_zone_instants wv_zone_instants(const struct wv_zone *zone, const struct wv_civil *civil)
{
	int64_t wall_us = wv_time_of_civil(civil).us;
	size_t row = change_at(zone, wv_add_us(wall_us, -REACH_US));
	size_t last = change_at(zone, wv_add_us(wall_us, REACH_US));
	struct wv_zone_instants found = {.change = WV_TIME_NONE};
	size_t hits = 0;

	/* Each row near the wall time is tried: does its offset put the instant into its own span?
	 */
	for (size_t i = row; i <= last; i++) {
		int64_t us = wv_add_us(wall_us, -zone->changes[i].offset_s * WV_US_PER_S);

		if (us < zone->changes[i].us ||
		    (i + 1 < zone->count && us >= zone->changes[i + 1].us))
			continue;
		if (hits++ == 0)
			found.earliest.us = us;
		else
			found.change.us = zone->changes[i].us;
		found.latest.us = us;
	}
	if (hits > 0) {
		found.fit = hits == 1 ? WV_ZONE_ONCE : WV_ZONE_TWICE;
		return found;
	}
	/* No row fits: the wall time lies in a jump, before which the one row would put it after
	 * the change, and the next before it. */
	found.fit = WV_ZONE_NEVER;
	for (size_t i = row; i < last; i++) {
		int64_t by_before = wv_add_us(wall_us, -zone->changes[i].offset_s * WV_US_PER_S);
		int64_t by_after = wv_add_us(wall_us, -zone->changes[i + 1].offset_s * WV_US_PER_S);

		if (by_before < zone->changes[i + 1].us || by_after >= zone->changes[i + 1].us)
			continue;
		found.earliest.us = by_after;
		found.latest.us = by_before;
		found.change.us = zone->changes[i + 1].us;
		return found;
	}
	WV_ASSERT(hits > 0); /* some row always fits or is jumped over */
	return found;
}

bool wv_zone_is_within(const struct wv_zone *zone, struct wv_zone_hours hours, struct wv_time now,
		       struct wv_time *until)
{
	struct wv_civil civil = wv_zone_civil(zone, now);
	unsigned minute = civil.hour * 60u + civil.minute;
	bool past_midnight = hours.from_minute > hours.to_minute;
	bool is_within = past_midnight ? minute >= hours.from_minute || minute < hours.to_minute
				       : minute >= hours.from_minute && minute < hours.to_minute;

	if (!is_within || !until)
		return is_within;
	civil.hour = (uint8_t)(hours.to_minute / 60);
	civil.minute = (uint8_t)(hours.to_minute % 60);
	civil.second = 0;
	civil.us = 0;
	/* Today, or on one of the next days where today's is past or a day was left out. */
	for (int day = 0;; day++) {
		struct wv_zone_instants end = wv_zone_instants(zone, &civil);

		if (end.fit == WV_ZONE_NEVER)
			end.earliest = end.latest = end.change;
		if (end.earliest.us > now.us || end.latest.us > now.us || day == 3) {
			*until = end.earliest.us > now.us ? end.earliest : end.latest;
			return true;
		}
		civil = wv_civil_of_time(
			(struct wv_time){wv_add_us(wv_time_of_civil(&civil).us, WV_US_PER_DAY)});
	}
}
