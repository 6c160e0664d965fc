#include "config/zone.h"

/*
 * Abbreviations as news pages write them. Where one means several offsets, the usual one in news
 * comes first. Sources: the tz database's own abbreviations, and CLDR's for those it dropped.
 */
static const struct row {
	const char *word;
	const char *zone;
	int16_t offsets_min[3];
	uint8_t count;
} rows[] = {
	/* By the sun of the Atlantic. */
	{"UTC", NULL, {0}, 1},
	{"GMT", NULL, {0}, 1},
	{"Z", NULL, {0}, 1},
	{"UT", NULL, {0}, 1},
	{"WET", NULL, {0}, 1},
	{"WEST", NULL, {60}, 1},
	{"AZOT", NULL, {-60}, 1},
	{"CVT", NULL, {-60}, 1},
	/* Europe. BST is Dhaka's too, IST also India's and Israel's. */
	{"BST", NULL, {60, 360}, 2},
	{"IST", NULL, {330, 120, 60}, 3},
	{"IDT", NULL, {180}, 1},
	{"CET", NULL, {60}, 1},
	{"CEST", NULL, {120}, 1},
	{"MEZ", NULL, {60}, 1},
	{"MESZ", NULL, {120}, 1},
	{"EET", NULL, {120}, 1},
	{"EEST", NULL, {180}, 1},
	{"MSK", NULL, {180}, 1},
	{"MSD", NULL, {240}, 1},
	{"SAMT", NULL, {240}, 1},
	{"YEKT", NULL, {300}, 1},
	{"OMST", NULL, {360}, 1},
	{"NOVT", NULL, {420}, 1},
	{"KRAT", NULL, {420}, 1},
	{"IRKT", NULL, {480}, 1},
	{"YAKT", NULL, {540}, 1},
	{"VLAT", NULL, {600}, 1},
	{"TRT", NULL, {180}, 1},
	/* Americas. CST is China's and Cuba's too, AST Arabia's, AMT Armenia's. */
	{"EST", NULL, {-300}, 1},
	{"EDT", NULL, {-240}, 1},
	{"CST", NULL, {-360, 480, -300}, 3},
	{"CDT", NULL, {-300, -240}, 2},
	{"MST", NULL, {-420}, 1},
	{"MDT", NULL, {-360}, 1},
	{"PST", NULL, {-480}, 1},
	{"PDT", NULL, {-420}, 1},
	{"AKST", NULL, {-540}, 1},
	{"AKDT", NULL, {-480}, 1},
	{"HST", NULL, {-600}, 1},
	{"AST", NULL, {-240, 180}, 2},
	{"ADT", NULL, {-180}, 1},
	{"NST", NULL, {-210}, 1},
	{"NDT", NULL, {-150}, 1},
	{"BRT", NULL, {-180}, 1},
	{"AMT", NULL, {-240, 240}, 2},
	{"ART", NULL, {-180}, 1},
	{"UYT", NULL, {-180}, 1},
	{"PYT", NULL, {-180, -240}, 2},
	{"BOT", NULL, {-240}, 1},
	{"CLT", NULL, {-240}, 1},
	{"CLST", NULL, {-180}, 1},
	{"VET", NULL, {-240}, 1},
	{"COT", NULL, {-300}, 1},
	{"PET", NULL, {-300}, 1},
	{"ECT", NULL, {-300}, 1},
	/* Africa, Asia, the Pacific. SST is Singapore's and Samoa's. */
	{"WAT", NULL, {60}, 1},
	{"CAT", NULL, {120}, 1},
	{"SAST", NULL, {120}, 1},
	{"EAT", NULL, {180}, 1},
	{"GST", NULL, {240}, 1},
	{"IRST", NULL, {210}, 1},
	{"AFT", NULL, {270}, 1},
	{"AZT", NULL, {240}, 1},
	{"GET", NULL, {240}, 1},
	{"PKT", NULL, {300}, 1},
	{"UZT", NULL, {300}, 1},
	{"NPT", NULL, {345}, 1},
	{"BDT", NULL, {360}, 1},
	{"BDST", NULL, {360}, 1},
	{"MMT", NULL, {390}, 1},
	{"ICT", NULL, {420}, 1},
	{"WIB", NULL, {420}, 1},
	{"WITA", NULL, {480}, 1},
	{"WIT", NULL, {540}, 1},
	{"HKT", NULL, {480}, 1},
	{"SGT", NULL, {480}, 1},
	{"SST", NULL, {480, -660}, 2},
	{"MYT", NULL, {480}, 1},
	{"PHT", NULL, {480}, 1},
	{"JST", NULL, {540}, 1},
	{"KST", NULL, {540}, 1},
	{"AWST", NULL, {480}, 1},
	{"ACST", NULL, {570}, 1},
	{"ACDT", NULL, {630}, 1},
	{"AEST", NULL, {600}, 1},
	{"AEDT", NULL, {660}, 1},
	{"NZST", NULL, {720}, 1},
	{"NZDT", NULL, {780}, 1},
	/* Words whose offset depends on the date. */
	{"ET", "America/New_York", {0}, 0},
	{"CT", "America/Chicago", {0}, 0},
	{"MT", "America/Denver", {0}, 0},
	{"PT", "America/Los_Angeles", {0}, 0},
	{"AET", "Australia/Sydney", {0}, 0},
	{"Eastern", "America/New_York", {0}, 0},
	{"Eastern Time", "America/New_York", {0}, 0},
	{"Central Time", "America/Chicago", {0}, 0},
	{"Mountain Time", "America/Denver", {0}, 0},
	{"Pacific Time", "America/Los_Angeles", {0}, 0},
	{"UK time", "Europe/London", {0}, 0},
	{"London time", "Europe/London", {0}, 0},
	{"Beijing time", "Asia/Shanghai", {0}, 0},
	{"Tokyo time", "Asia/Tokyo", {0}, 0},
	{"北京时间", "Asia/Shanghai", {0}, 0},
	{"北京時間", "Asia/Shanghai", {0}, 0},
	{"台北时间", "Asia/Taipei", {0}, 0},
	{"台北時間", "Asia/Taipei", {0}, 0},
	{"香港时间", "Asia/Hong_Kong", {0}, 0},
	{"香港時間", "Asia/Hong_Kong", {0}, 0},
	{"美东时间", "America/New_York", {0}, 0},
	{"美東時間", "America/New_York", {0}, 0},
	{"日本時間", "Asia/Tokyo", {0}, 0},
	{"日本时间", "Asia/Tokyo", {0}, 0},
	{"東京時間", "Asia/Tokyo", {0}, 0},
	{"米東部時間", "America/New_York", {0}, 0},
	{"한국시간", "Asia/Seoul", {0}, 0},
	{"한국 시간", "Asia/Seoul", {0}, 0},
};

/* "GMT+8", "UTC+05:30", "UTC-0330", "+09:00": hours to 14, minutes to 59. */
static bool numeric_offset(struct wv_slice word, int16_t *minutes)
{
	struct wv_slice rest = word;
	struct wv_slice hours, after = WV_SLICE_NONE;
	uint64_t h, m = 0;
	size_t colon;
	int sign;

	if (wv_slice_starts_nocase(word, WV_LIT("GMT")) ||
	    wv_slice_starts_nocase(word, WV_LIT("UTC")))
		rest = wv_slice_trim(wv_slice_from(word, 3));
	if (rest.n < 2 || (rest.p[0] != '+' && rest.p[0] != '-'))
		return false;
	sign = rest.p[0] == '-' ? -1 : 1;
	rest = wv_slice_trim(wv_slice_from(rest, 1));
	colon = wv_slice_find_byte(rest, ':', 0);
	if (colon != SIZE_MAX) {
		hours = wv_slice_part(rest, 0, colon);
		after = wv_slice_from(rest, colon + 1);
	} else if (rest.n >= 3) {
		hours = wv_slice_part(rest, 0, rest.n - 2);
		after = wv_slice_from(rest, rest.n - 2);
	} else {
		hours = rest;
	}
	if (hours.n > 2 || !wv_slice_u64(hours, &h) || h > 14)
		return false;
	if ((colon != SIZE_MAX || after.n > 0) &&
	    (after.n != 2 || !wv_slice_u64(after, &m) || m > 59))
		return false;
	*minutes = (int16_t)(sign * (int)(h * 60 + m));
	return true;
}

bool wv_zone_word_find(struct wv_slice word, struct wv_zone_word *out)
{
	int16_t minutes;

	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		if (!wv_slice_equals_nocase(word, wv_slice_of(rows[i].word)))
			continue;
		*out = (struct wv_zone_word){.zone = wv_slice_of(rows[i].zone),
					     .offset_count = rows[i].count};
		memcpy(out->offsets_min, rows[i].offsets_min, sizeof(out->offsets_min));
		return true;
	}
	if (!numeric_offset(word, &minutes))
		return false;
	*out = (struct wv_zone_word){.offsets_min = {minutes}, .offset_count = 1};
	return true;
}
