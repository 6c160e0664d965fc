#ifndef WV_ARCHIVE_COPIES_QUANTITY_H
#define WV_ARCHIVE_COPIES_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/copies/lexicon.h"
#include "archive/copies/units.h"

/*
 * Numbers as texts write them, made comparable: "1.2万", "12,000個" and "twelve thousand" are 12000;
 * "$10bn", "100億ドル" and "10 Milliarden Dollar" are 1e10 USD; "29%" and "29パーセント" 29 of a hundred.
 * Also the days that numbers stand for: "6月5日", "June 5", "5. Juni", "5日".
 */
enum wv_quantity_kind {
	WV_QUANTITY_PLAIN,
	WV_QUANTITY_MONEY,   /* unit: the currency's concept */
	WV_QUANTITY_PERCENT,
	WV_QUANTITY_YEAR,
	WV_QUANTITY_CLOCK,   /* a time of day, a duration: tells nothing here */
	WV_QUANTITY_DATE,    /* month and day */
	WV_QUANTITY_DAY,     /* a day of some month */
};

struct wv_quantity {
	enum wv_quantity_kind kind;
	double value;
	unsigned month, day;
	uint32_t unit; /* MONEY: wv_lexicon_index of the currency */
};

/* The number that begins at unit `at`, and the units that it takes; false where none begins. */
bool wv_quantity_read(const struct wv_lexicon *lexicon, const struct wv_units *units, size_t at,
                      struct wv_quantity *out, size_t *taken);

#endif
