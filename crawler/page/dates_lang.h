#ifndef WV_CRAWLER_PAGE_DATES_LANG_H
#define WV_CRAWLER_PAGE_DATES_LANG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/bytes.h"

/*
 * The words that stand in dates: months, units of relative times, zone names, small words between
 * the parts. Looked up folded: lower case, Latin and Greek letters without their marks
 * (wv_date_fold), so that one row serves "Août", "aoû" and "AOUT". Any thread.
 */

enum wv_date_role {
	WV_DATE_BEFORE = 1,  /* of a relative time: "vor", "hace" */
	WV_DATE_AFTER = 2,   /* "ago", "назад" */
	WV_DATE_JOIN = 4,    /* between date and clock: "at", "um" */
	WV_DATE_OF = 8,      /* inside a date: "de", "года" */
	WV_DATE_ORDINAL = 16, /* after a day: "th" */
	WV_DATE_WEEKDAY = 32,
};

/* Month 1..12 of a folded word, 0 if none; `language` settles listopad. */
int wv_date_month(struct wv_slice word, struct wv_slice language);
/* Seconds in a unit of time ("Stunden" 3600), 0 if none. */
int32_t wv_date_unit(struct wv_slice word);
/* Minutes east of Greenwich of a zone name; false if unknown. "cst" depends on the language. */
bool wv_date_zone(struct wv_slice word, struct wv_slice language, int32_t *minutes);
unsigned wv_date_roles(struct wv_slice word); /* of enum wv_date_role */
/* Lower case, marks stripped from Latin and Greek; one code point to one, marks alone to 0. */
uint32_t wv_date_fold(uint32_t code_point);

#endif
