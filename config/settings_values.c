#include "config/settings_keys.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/base/clock.h"
#include "config/base/limits.h"
#include "config/base/text.h"
#include "config/url.h"
#include "config/zone.h"

#define MESSAGE_BYTES 600u

#define READER(name) WV_SETTINGS_READER(name)

void wv_settings_complain(struct wv_settings_check *check, const struct wv_settings_key *key,
			  const struct wv_yaml *value, const char *format, ...)
{
	char message[MESSAGE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(message, sizeof(message), format, arguments) < 0)
		message[0] = '\0';
	va_end(arguments);
	wv_settings_fault(check->faults, value->line, "%.*s%s: %s", WV_FMT(check->where), key->name,
			  message);
}

void *wv_settings_zero(struct wv_settings_check *check, size_t count, size_t size)
{
	void *p = wv_arena_zero(check->arena, count, size);

	if (!p)
		check->faults->is_out_of_memory = true;
	return p;
}

static const char *kind_name(enum wv_yaml_kind kind)
{
	static const char *const names[] = {"text", "a list", "a map"};

	return names[kind];
}

bool wv_settings_take_text(struct wv_settings_check *check, const struct wv_settings_key *key,
			   const struct wv_yaml *value, struct wv_slice *out)
{
	if (value->is_reported)
		return false;
	if (value->kind != WV_YAML_TEXT) {
		wv_settings_complain(check, key, value, "expected text, got %s",
				     kind_name(value->kind));
		return false;
	}
	if (wv_yaml_is_empty(value)) {
		wv_settings_complain(check, key, value, "has no value");
		return false;
	}
	*out = value->text;
	return true;
}

bool wv_settings_take_kind(struct wv_settings_check *check, const struct wv_settings_key *key,
			   const struct wv_yaml *value, enum wv_yaml_kind kind)
{
	if (value->is_reported)
		return false;
	if (value->kind == kind || wv_yaml_is_empty(value))
		return true;
	if (value->kind == WV_YAML_TEXT)
		wv_settings_complain(check, key, value, "expected %s, got '%.*s'", kind_name(kind),
				     WV_SETTINGS_SHOWN(value->text));
	else
		wv_settings_complain(check, key, value, "expected %s, got %s", kind_name(kind),
				     kind_name(value->kind));
	return false;
}

bool wv_settings_take_line(struct wv_settings_check *check, const struct wv_settings_key *key,
			   const struct wv_yaml *value, size_t max_bytes, struct wv_slice *out)
{
	struct wv_slice text;

	if (!wv_settings_take_text(check, key, value, &text))
		return false;
	if (text.n == 0) {
		wv_settings_complain(check, key, value, "'' is empty");
		return false;
	}
	if (text.n > max_bytes) {
		wv_settings_complain(check, key, value, "'%.*s...' is longer than %zu bytes",
				     WV_SETTINGS_SHOWN(text), max_bytes);
		return false;
	}
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] >= 0x20 && text.p[i] != 0x7F)
			continue;
		wv_settings_complain(check, key, value, "'%.*s' has a control character in it",
				     WV_SETTINGS_SHOWN(text));
		return false;
	}
	*out = text;
	return true;
}

static bool is_none(struct wv_slice text)
{
	return wv_slice_equals(text, WV_LIT("none"));
}

READER(text)
{
	struct wv_slice text;

	if (wv_settings_take_line(check, key, value,
				  key->max ? (size_t)key->max : WV_SETTINGS_LINE_BYTES, &text))
		*(struct wv_slice *)field = text;
}

READER(file)
{
	struct wv_slice text;

	if (wv_settings_take_line(check, key, value, WV_SETTINGS_LINE_BYTES, &text))
		*(struct wv_slice *)field = text;
}

static void read_file_or(struct wv_settings_check *check, const struct wv_settings_key *key,
			 const struct wv_yaml *value, struct wv_slice word, struct wv_slice *field)
{
	struct wv_slice text;

	if (wv_settings_take_line(check, key, value, WV_SETTINGS_LINE_BYTES, &text))
		*field = wv_slice_equals(text, word) ? WV_SLICE_NONE : text;
}

READER(file_or_none)
{
	read_file_or(check, key, value, WV_LIT("none"), field);
}

READER(ca_file)
{
	read_file_or(check, key, value, WV_LIT("system"), field);
}

static bool is_token(struct wv_slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!wv_byte_is_alnum(text.p[i]) && text.p[i] != '-' && text.p[i] != '_')
			return false;
	return text.n > 0;
}

READER(token)
{
	struct wv_slice text;

	if (!wv_settings_take_line(check, key, value, 64, &text))
		return;
	if (is_token(text))
		*(struct wv_slice *)field = text;
	else
		wv_settings_complain(check, key, value,
				     "'%.*s' is no product token (letters, digits, '-' and '_')",
				     WV_SETTINGS_SHOWN(text));
}

READER(zone)
{
	struct wv_slice text;
	struct wv_err err = WV_ERR_NONE;

	if (!wv_settings_take_line(check, key, value, WV_SETTINGS_LINE_BYTES, &text))
		return;
	if (wv_zone_check(text, &err) == WV_OK)
		*(struct wv_slice *)field = text;
	else
		wv_settings_complain(check, key, value, "%s", err.text);
}

static bool parse_url(struct wv_settings_check *check, const struct wv_settings_key *key,
		      const struct wv_yaml *value, struct wv_slice text, struct wv_url *url)
{
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st = wv_url_parse(check->arena, text, NULL, url, &err);

	if (st == WV_NOMEM)
		check->faults->is_out_of_memory = true;
	else if (st != WV_OK)
		wv_settings_complain(check, key, value, "%s", err.text);
	return st == WV_OK;
}

READER(web_url)
{
	struct wv_slice text;
	struct wv_url url;

	if (!wv_settings_take_line(check, key, value, WV_LIMIT_URL_BYTES, &text) ||
	    !parse_url(check, key, value, text, &url))
		return;
	if (!wv_url_is_web(&url))
		wv_settings_complain(check, key, value, "'%.*s' is neither http nor https",
				     WV_SETTINGS_SHOWN(text));
	else if (url.username.n > 0 || url.password.n > 0)
		wv_settings_complain(check, key, value,
				     "a user name or password in a URL is never sent");
	else
		*(struct wv_slice *)field = url.href;
}

READER(contact)
{
	struct wv_slice text, address;
	struct wv_url url;
	size_t at;

	if (!wv_settings_take_line(check, key, value, 512, &text))
		return;
	if (wv_slice_starts_nocase(text, WV_LIT("mailto:"))) {
		address = wv_slice_from(text, 7);
		at = wv_slice_find_byte(address, '@', 0);
		if (at == 0 || at == SIZE_MAX || at + 1 == address.n ||
		    wv_slice_find_byte(address, ' ', 0) != SIZE_MAX) {
			wv_settings_complain(check, key, value, "'%.*s' is no mail address",
					     WV_SETTINGS_SHOWN(text));
			return;
		}
	} else if (wv_slice_find_byte(text, '@', 0) != SIZE_MAX &&
		   wv_slice_find(text, WV_LIT("://"), 0) == SIZE_MAX) {
		wv_settings_complain(check, key, value, "'%.*s' is no URL: write 'mailto:%.*s'",
				     WV_SETTINGS_SHOWN(text), WV_SETTINGS_SHOWN(text));
		return;
	} else if (!parse_url(check, key, value, text, &url)) {
		return;
	} else if (!wv_url_is_web(&url)) {
		wv_settings_complain(check, key, value,
				     "'%.*s': an http or https URL or mailto: is wanted",
				     WV_SETTINGS_SHOWN(text));
		return;
	} else {
		text = url.href;
	}
	*(struct wv_slice *)field = text;
}

/* With a proxy names are still resolved and checked here, so those that resolve by themselves
 * (socks4a, socks5h) are not offered. */
READER(proxy)
{
	static const char *const schemes[] = {"http", "https", "socks4", "socks5"};
	struct wv_slice text;
	struct wv_url url;

	if (!wv_settings_take_line(check, key, value, WV_LIMIT_URL_BYTES, &text))
		return;
	if (is_none(text)) {
		*(struct wv_slice *)field = WV_SLICE_NONE;
		return;
	}
	if (!parse_url(check, key, value, text, &url))
		return;
	for (size_t i = 0; i < WV_COUNT(schemes); i++) {
		if (wv_slice_equals(url.scheme, wv_slice_of(schemes[i])) && url.host.n > 0) {
			*(struct wv_slice *)field = text;
			return;
		}
	}
	wv_settings_complain(check, key, value,
			     "'%.*s' is no proxy (http, https, socks4 or socks5://host:port)",
			     WV_SETTINGS_SHOWN(text));
}

static bool take_duration(struct wv_settings_check *check, const struct wv_settings_key *key,
			  const struct wv_yaml *value, struct wv_slice text, int64_t *out)
{
	struct wv_err err = WV_ERR_NONE;
	char min[WV_TIME_TEXT_MAX], max[WV_TIME_TEXT_MAX];

	if (wv_duration_parse(text, out, &err) != WV_OK) {
		wv_settings_complain(check, key, value, "%s", err.text);
		return false;
	}
	if (*out >= key->min && *out <= key->max)
		return true;
	wv_settings_complain(check, key, value, "'%.*s' is out of range (%s to %s)",
			     WV_SETTINGS_SHOWN(text), wv_duration_print(key->min, min),
			     wv_duration_print(key->max, max));
	return false;
}

READER(duration)
{
	struct wv_slice text;
	int64_t us;

	if (wv_settings_take_text(check, key, value, &text) &&
	    take_duration(check, key, value, text, &us))
		*(int64_t *)field = us;
}

static bool take_size(struct wv_settings_check *check, const struct wv_settings_key *key,
		      const struct wv_yaml *value, struct wv_slice text, uint64_t *out)
{
	struct wv_err err = WV_ERR_NONE;
	char min[WV_TIME_TEXT_MAX], max[WV_TIME_TEXT_MAX];

	if (wv_size_parse(text, out, &err) != WV_OK) {
		wv_settings_complain(check, key, value, "%s", err.text);
		return false;
	}
	if (*out >= (uint64_t)key->min && *out <= (uint64_t)key->max)
		return true;
	wv_settings_complain(check, key, value, "'%.*s' is out of range (%s to %s)",
			     WV_SETTINGS_SHOWN(text), wv_size_print((uint64_t)key->min, min),
			     wv_size_print((uint64_t)key->max, max));
	return false;
}

READER(size)
{
	struct wv_slice text;
	uint64_t bytes;

	if (wv_settings_take_text(check, key, value, &text) &&
	    take_size(check, key, value, text, &bytes))
		*(uint64_t *)field = bytes;
}

READER(bandwidth)
{
	struct wv_slice text;
	uint64_t bytes;

	if (!wv_settings_take_text(check, key, value, &text))
		return;
	if (is_none(text))
		*(uint64_t *)field = WV_UNBOUNDED;
	else if (take_size(check, key, value,
			   wv_slice_ends(text, WV_LIT("/s")) ? wv_slice_part(text, 0, text.n - 2)
							     : text,
			   &bytes))
		*(uint64_t *)field = bytes;
}

bool wv_settings_take_number(struct wv_settings_check *check, const struct wv_settings_key *key,
			     const struct wv_yaml *value, struct wv_slice text, const char *or_word,
			     uint64_t *out)
{
	if (wv_slice_u64(text, out) && *out >= (uint64_t)key->min && *out <= (uint64_t)key->max)
		return true;
	wv_settings_complain(check, key, value,
			     "'%.*s' is no number from %" PRId64 " to %" PRId64 "%s",
			     WV_SETTINGS_SHOWN(text), key->min, key->max, or_word);
	return false;
}

READER(u32)
{
	struct wv_slice text;
	uint64_t number;

	if (wv_settings_take_text(check, key, value, &text) &&
	    wv_settings_take_number(check, key, value, text, "", &number))
		*(uint32_t *)field = (uint32_t)number;
}

READER(u64)
{
	struct wv_slice text;
	uint64_t number;

	if (wv_settings_take_text(check, key, value, &text) &&
	    wv_settings_take_number(check, key, value, text, "", &number))
		*(uint64_t *)field = number;
}

READER(u64_or_none)
{
	struct wv_slice text;
	uint64_t number = WV_UNBOUNDED;

	if (wv_settings_take_text(check, key, value, &text) &&
	    (is_none(text) ||
	     wv_settings_take_number(check, key, value, text, ", or none", &number)))
		*(uint64_t *)field = number;
}

READER(keep_duration)
{
	struct wv_slice text;
	int64_t us = -1;

	if (wv_settings_take_text(check, key, value, &text) &&
	    (is_none(text) || take_duration(check, key, value, text, &us)))
		*(int64_t *)field = us;
}

READER(keep_count)
{
	struct wv_slice text;
	uint64_t number = 0;

	if (!wv_settings_take_text(check, key, value, &text))
		return;
	if (is_none(text))
		*(int64_t *)field = -1;
	else if (wv_settings_take_number(check, key, value, text, ", or none", &number))
		*(int64_t *)field = (int64_t)number;
}

READER(keep_size)
{
	struct wv_slice text;
	uint64_t bytes = 0;

	if (!wv_settings_take_text(check, key, value, &text))
		return;
	if (is_none(text))
		*(int64_t *)field = -1;
	else if (take_size(check, key, value, text, &bytes))
		*(int64_t *)field = (int64_t)bytes;
}

READER(depth)
{
	struct wv_slice text;
	uint64_t number = UINT32_MAX;

	if (wv_settings_take_text(check, key, value, &text) &&
	    (wv_slice_equals(text, WV_LIT("any")) ||
	     wv_settings_take_number(check, key, value, text, ", or any", &number)))
		*(uint32_t *)field = (uint32_t)number;
}

/* Digits, and perhaps a point and up to six more. */
static bool parse_decimal(struct wv_slice text, double *out)
{
	size_t point = wv_slice_find_byte(text, '.', 0);
	struct wv_slice fraction =
		point == SIZE_MAX ? WV_SLICE_NONE : wv_slice_from(text, point + 1);
	uint64_t whole, parts = 0;
	double scale = 1;

	if (!wv_slice_u64(point == SIZE_MAX ? text : wv_slice_part(text, 0, point), &whole) ||
	    fraction.n > 6 || (point != SIZE_MAX && !wv_slice_u64(fraction, &parts)))
		return false;
	for (size_t i = 0; i < fraction.n; i++)
		scale *= 10;
	*out = (double)whole + (double)parts / scale;
	return true;
}

READER(factor)
{
	struct wv_slice text;
	double number;

	if (!wv_settings_take_text(check, key, value, &text))
		return;
	if (parse_decimal(text, &number) && number >= (double)key->min &&
	    number <= (double)key->max)
		*(double *)field = number;
	else
		wv_settings_complain(check, key, value,
				     "'%.*s' is no number from %" PRId64 " to %" PRId64,
				     WV_SETTINGS_SHOWN(text), key->min, key->max);
}

READER(rate)
{
	struct wv_slice text;
	double number, seconds = 0;

	if (!wv_settings_take_text(check, key, value, &text))
		return;
	if (is_none(text)) {
		*(double *)field = 0;
		return;
	}
	if (wv_slice_ends(text, WV_LIT("/s")))
		seconds = 1;
	else if (wv_slice_ends(text, WV_LIT("/m")))
		seconds = 60;
	else if (wv_slice_ends(text, WV_LIT("/h")))
		seconds = 3600;
	if (seconds > 0 && parse_decimal(wv_slice_part(text, 0, text.n - 2), &number) &&
	    number > 0 && number <= 1e6)
		*(double *)field = number / seconds;
	else
		wv_settings_complain(check, key, value,
				     "'%.*s' is no rate (a number and /s, /m or /h, or none)",
				     WV_SETTINGS_SHOWN(text));
}

/* The place of the value among the key's words, or SIZE_MAX after a fault. */
static size_t take_word(struct wv_settings_check *check, const struct wv_settings_key *key,
			const struct wv_yaml *value, struct wv_slice *text)
{
	char list[200] = "";
	size_t n = 0, count = 0;
	const char *nearest;

	if (!wv_settings_take_text(check, key, value, text))
		return SIZE_MAX;
	for (; key->words[count]; count++) {
		if (wv_slice_equals(*text, wv_slice_of(key->words[count])))
			return count;
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
				      count == 0              ? ""
				      : key->words[count + 1] ? ", "
							      : " or ",
				      key->words[count]);
		WV_ASSERT(n < sizeof(list));
	}
	nearest = wv_settings_nearest(*text, key->words, count);
	if (nearest)
		wv_settings_complain(check, key, value, "'%.*s' is not %s (did you mean '%s'?)",
				     WV_SETTINGS_SHOWN(*text), list, nearest);
	else
		wv_settings_complain(check, key, value, "'%.*s' is not %s",
				     WV_SETTINGS_SHOWN(*text), list);
	return SIZE_MAX;
}

READER(word)
{
	struct wv_slice text;
	size_t place = take_word(check, key, value, &text);
	int as_enum = (int)place;

	if (place != SIZE_MAX)
		memcpy(field, &as_enum, sizeof(as_enum));
}

READER(choice)
{
	struct wv_slice text;
	size_t place = take_word(check, key, value, &text);

	if (place != SIZE_MAX)
		*(bool *)field = place == 1;
}

READER(word_text)
{
	struct wv_slice text;

	if (take_word(check, key, value, &text) != SIZE_MAX)
		*(struct wv_slice *)field = text;
}

/* "HH:MM", whole. */
static bool parse_clock(struct wv_slice text, uint16_t *minutes)
{
	uint64_t hour, minute;

	if (text.n != 5 || text.p[2] != ':' || !wv_slice_u64(wv_slice_part(text, 0, 2), &hour) ||
	    !wv_slice_u64(wv_slice_from(text, 3), &minute) || hour > 23 || minute > 59)
		return false;
	*minutes = (uint16_t)(hour * 60 + minute);
	return true;
}

READER(quiet_hours)
{
	struct wv_quiet_hours hours = {.is_set = true};
	struct wv_slice text;
	struct wv_err err = WV_ERR_NONE;

	if (!wv_settings_take_line(check, key, value, WV_SETTINGS_LINE_BYTES, &text))
		return;
	if (is_none(text)) {
		*(struct wv_quiet_hours *)field = (struct wv_quiet_hours){.is_set = false};
		return;
	}
	if (text.n < 13 || text.p[5] != '-' || text.p[11] != ' ' ||
	    !parse_clock(wv_slice_part(text, 0, 5), &hours.from_minute) ||
	    !parse_clock(wv_slice_part(text, 6, 5), &hours.to_minute)) {
		wv_settings_complain(
			check, key, value,
			"'%.*s' is not HH:MM-HH:MM ZONE (23:00-07:00 Asia/Tokyo) or none",
			WV_SETTINGS_SHOWN(text));
		return;
	}
	hours.zone = wv_slice_trim(wv_slice_from(text, 12));
	if (wv_zone_check(hours.zone, &err) != WV_OK)
		wv_settings_complain(check, key, value, "%s", err.text);
	else if (hours.from_minute == hours.to_minute)
		wv_settings_complain(check, key, value, "'%.*s' begins when it ends",
				     WV_SETTINGS_SHOWN(text));
	else
		*(struct wv_quiet_hours *)field = hours;
}
