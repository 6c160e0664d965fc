#include "config/base/names.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ucurr.h>
#include <unicode/udat.h>
#include <unicode/uldnames.h>
#include <unicode/uloc.h>
#include <unicode/uregion.h>
#include <unicode/ustring.h>

#include "config/base/arena.h"

#define NAME_UNITS 128 /* UTF-16 units of a name; CLDR's longest has about 60 */

static const char *const languages[] = {
	"en", "zh", "zh_Hant", "ja", "ko", "de", "fr", "es", "pt", "it", "nl", "sv", "nb", "da", "fi",
	"pl", "cs", "hu", "ro", "el", "ru", "uk", "tr", "ar", "he", "fa", "hi", "bn", "id", "ms", "vi", "th",
};

struct naming {
	wv_name_fn each;
	void *context;
	struct wv_err *err;
};

static enum wv_status no_data(struct naming *n, UErrorCode code)
{
	if (code == U_MEMORY_ALLOCATION_ERROR)
		return wv_err_set(n->err, WV_NOMEM, "out of memory for names");
	return wv_err_set(n->err, WV_BUG, "ICU cannot give names: %s", u_errorName(code));
}

static enum wv_status give(struct naming *n, struct wv_name *name, const UChar *text, int32_t length)
{
	char utf8[NAME_UNITS * 3 + 1];
	int32_t bytes = 0;
	UErrorCode code = U_ZERO_ERROR;

	if (length <= 0 || length > NAME_UNITS)
		return WV_OK;
	u_strToUTF8(utf8, sizeof(utf8), &bytes, text, length, &code);
	if (U_FAILURE(code))
		return WV_OK;
	name->text = wv_slice(utf8, (size_t)bytes);
	return n->each(n->context, name, n->err);
}

static enum wv_status territories_of(struct naming *n, const char *language, ULocaleDisplayNames *names,
                                     URegionType type)
{
	UErrorCode code = U_ZERO_ERROR;
	UEnumeration *all = uregion_getAvailable(type, &code);
	struct wv_name name = {.kind = WV_NAME_TERRITORY, .language = language};
	enum wv_status st = WV_OK;

	while (st == WV_OK && U_SUCCESS(code) && (name.code = uenum_next(all, NULL, &code))) {
		UChar text[NAME_UNITS];
		UErrorCode local = U_ZERO_ERROR;
		int32_t length = uldn_regionDisplayName(names, name.code, text, NAME_UNITS, &local);

		if (U_SUCCESS(local))
			st = give(n, &name, text, length);
	}
	uenum_close(all);
	return st == WV_OK && U_FAILURE(code) ? no_data(n, code) : st;
}

/* The usual name and the short one ("United States", "US"). */
static enum wv_status territories(struct naming *n, const char *language)
{
	static const URegionType types[] = {URGN_TERRITORY, URGN_CONTINENT, URGN_SUBCONTINENT,
	                                    URGN_GROUPING};
	enum wv_status st = WV_OK;

	for (int is_short = 0; is_short < 2 && st == WV_OK; is_short++) {
		UDisplayContext context[] = {is_short ? UDISPCTX_LENGTH_SHORT : UDISPCTX_LENGTH_FULL,
		                             UDISPCTX_NO_SUBSTITUTE};
		UErrorCode code = U_ZERO_ERROR;
		ULocaleDisplayNames *names = uldn_openForContext(language, context, 2, &code);

		if (U_FAILURE(code))
			return no_data(n, code);
		for (size_t i = 0; i < sizeof(types) / sizeof(*types) && st == WV_OK; i++)
			st = territories_of(n, language, names, types[i]);
		uldn_close(names);
	}
	return st;
}

static enum wv_status cities(struct naming *n, const char *language)
{
	/* The exemplar city of a zone: UTS 35, pattern letters VVV. */
	UErrorCode code = U_ZERO_ERROR;
	UDateFormat *format = udat_open(UDAT_PATTERN, UDAT_PATTERN, language, u"UTC", -1, u"VVV", -1, &code);
	UCalendar *calendar = U_SUCCESS(code) ? ucal_clone(udat_getCalendar(format), &code) : NULL;
	UEnumeration *zones =
		ucal_openTimeZoneIDEnumeration(UCAL_ZONE_TYPE_CANONICAL_LOCATION, NULL, NULL, &code);
	struct wv_name name = {.kind = WV_NAME_CITY, .language = language};
	enum wv_status st = WV_OK;

	while (st == WV_OK && U_SUCCESS(code) && (name.code = uenum_next(zones, NULL, &code))) {
		UChar zone[NAME_UNITS], text[NAME_UNITS];
		UErrorCode local = U_ZERO_ERROR;
		int32_t length;

		u_charsToUChars(name.code, zone, (int32_t)strlen(name.code) + 1);
		ucal_setTimeZone(calendar, zone, -1, &local);
		udat_setCalendar(format, calendar);
		length = udat_format(format, 0, text, NAME_UNITS, NULL, &local);
		if (U_SUCCESS(local))
			st = give(n, &name, text, length);
	}
	uenum_close(zones);
	ucal_close(calendar);
	udat_close(format);
	return st == WV_OK && U_FAILURE(code) ? no_data(n, code) : st;
}

static enum wv_status currencies(struct naming *n, const char *language)
{
	static const UCurrNameStyle styles[] = {UCURR_LONG_NAME, UCURR_SYMBOL_NAME};
	UErrorCode code = U_ZERO_ERROR;
	UEnumeration *all = ucurr_openISOCurrencies(UCURR_COMMON | UCURR_NON_DEPRECATED, &code);
	struct wv_name name = {.kind = WV_NAME_CURRENCY, .language = language};
	enum wv_status st = WV_OK;

	while (st == WV_OK && U_SUCCESS(code) && (name.code = uenum_next(all, NULL, &code))) {
		UChar iso[4];

		u_charsToUChars(name.code, iso, 4);
		for (size_t i = 0; i < 2 && st == WV_OK; i++) {
			UErrorCode local = U_ZERO_ERROR;
			UBool is_choice;
			int32_t length = 0;
			const UChar *text =
				ucurr_getName(iso, language, styles[i], &is_choice, &length, &local);

			if (U_SUCCESS(local))
				st = give(n, &name, text, length);
		}
	}
	uenum_close(all);
	return st == WV_OK && U_FAILURE(code) ? no_data(n, code) : st;
}

static enum wv_status calendar_words(struct naming *n, const char *language, enum wv_name_kind kind)
{
	static const UDateFormatSymbolType months[] = {UDAT_MONTHS, UDAT_STANDALONE_MONTHS};
	static const UDateFormatSymbolType days[] = {UDAT_WEEKDAYS, UDAT_STANDALONE_WEEKDAYS};
	bool is_month = kind == WV_NAME_MONTH;
	UErrorCode code = U_ZERO_ERROR;
	UDateFormat *format = udat_open(UDAT_LONG, UDAT_LONG, language, NULL, 0, NULL, 0, &code);
	enum wv_status st = WV_OK;

	if (U_FAILURE(code))
		return no_data(n, code);
	/* Months count from 0 here, days from 1 (Sunday). */
	for (size_t form = 0; form < 2 && st == WV_OK; form++) {
		for (int i = 1; i <= (is_month ? 12 : 7) && st == WV_OK; i++) {
			UChar text[NAME_UNITS];
			char number[4] = {(char)('0' + i % 10)};
			UErrorCode local = U_ZERO_ERROR;
			struct wv_name name = {kind, number, language, WV_SLICE_NONE};
			int32_t length = udat_getSymbols(format, is_month ? months[form] : days[form],
			                                 is_month ? i - 1 : i, text, NAME_UNITS, &local);

			if (i >= 10) {
				number[0] = '1';
				number[1] = (char)('0' + i % 10);
			}
			if (U_SUCCESS(local))
				st = give(n, &name, text, length);
		}
	}
	udat_close(format);
	return st;
}

enum wv_status wv_names_each(wv_name_fn each, void *context, struct wv_err *err)
{
	struct naming naming = {each, context, err};
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < sizeof(languages) / sizeof(*languages) && st == WV_OK; i++)
		st = territories(&naming, languages[i]);
	for (size_t i = 0; i < sizeof(languages) / sizeof(*languages) && st == WV_OK; i++)
		st = cities(&naming, languages[i]);
	for (size_t i = 0; i < sizeof(languages) / sizeof(*languages) && st == WV_OK; i++)
		st = currencies(&naming, languages[i]);
	for (size_t i = 0; i < sizeof(languages) / sizeof(*languages) && st == WV_OK; i++)
		st = calendar_words(&naming, languages[i], WV_NAME_MONTH);
	for (size_t i = 0; i < sizeof(languages) / sizeof(*languages) && st == WV_OK; i++)
		st = calendar_words(&naming, languages[i], WV_NAME_WEEKDAY);
	return st;
}

struct wv_slice wv_names_language(struct wv_arena *arena, struct wv_slice tag, const char *in)
{
	char plain[64], locale[ULOC_FULLNAME_CAPACITY], utf8[NAME_UNITS * 3 + 1];
	UErrorCode code = U_ZERO_ERROR;
	UChar text[NAME_UNITS];
	int32_t parsed = 0, length, bytes = 0;

	if (tag.n == 0 || tag.n >= sizeof plain)
		return WV_SLICE_NONE;
	memcpy(plain, tag.p, tag.n);
	plain[tag.n] = '\0';
	(void)uloc_forLanguageTag(plain, locale, sizeof locale, &parsed, &code);
	if (U_FAILURE(code) || parsed != (int32_t)tag.n)
		return WV_SLICE_NONE;
	length = uloc_getDisplayName(locale, in, text, NAME_UNITS, &code);
	/* ICU gives the code itself where it has no name: that is no name. */
	if (U_FAILURE(code) || code == U_USING_DEFAULT_WARNING || length <= 0 || length > NAME_UNITS)
		return WV_SLICE_NONE;
	u_strToUTF8(utf8, sizeof utf8, &bytes, text, length, &code);
	return U_FAILURE(code) ? WV_SLICE_NONE : wv_arena_copy(arena, wv_slice(utf8, (size_t)bytes));
}
