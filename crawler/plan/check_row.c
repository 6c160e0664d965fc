#include "crawler/plan/check_row.h"

#include "config/base/limits.h"
#include "crawler/plan/coverage.h"
#include "crawler/plan/frontier.h"
#include "crawler/plan/ledger.h"
#include "crawler/plan/politeness.h"
#include "crawler/plan/robots.h"
#include "crawler/plan/tables.h"

static bool is_page_key(struct wv_slice key)
{
	return key.n > 0 && key.n <= WV_LIMIT_PAGE_KEY_BYTES;
}

static enum wv_status check_due(struct wv_slice key, struct wv_slice value, struct wv_err *err)
{
	struct wv_due_key due;

	if (!wv_due_key_read(key, &due) || !is_page_key(value))
		return wv_err_set(err, WV_DAMAGED, "an entry of the due cannot be read");
	return WV_OK;
}

static enum wv_status check_turn(struct wv_slice key, struct wv_slice value, struct wv_err *err)
{
	struct wv_turn_state turn;
	struct wv_run_row run;

	return wv_turn_key_is_turn(key) ? wv_turn_state_decode(value, &turn, err)
					: wv_run_row_decode(value, &run, err);
}

/* The index by page: page key | 0 | the key of a ledger row. */
static enum wv_status check_by_page(struct wv_slice key, struct wv_err *err)
{
	size_t n = key.n > WV_LEDGER_KEY_BYTES ? key.n - WV_LEDGER_KEY_BYTES - 1 : 0;

	if (!is_page_key(wv_slice_part(key, 0, n)) || key.p[n] != 0)
		return wv_err_set(err, WV_DAMAGED, "a page's entry in the ledger cannot be read");
	return WV_OK;
}

static enum wv_status check_source(struct wv_slice key, struct wv_slice value, struct wv_err *err)
{
	size_t zero = wv_slice_find_byte(key, 0, 0);
	struct wv_slice what = wv_slice_from(key, zero == SIZE_MAX ? key.n : zero + 1);
	struct wv_source_state state;
	struct wv_coverage coverage;
	struct wv_listing_state listing;

	if (zero == SIZE_MAX)
		return wv_source_state_decode(value, &state, err);
	if (wv_slice_equals(what, WV_LIT("coverage")))
		return wv_coverage_decode(value, &coverage, err);
	if (what.n == 15 && wv_slice_starts(what, WV_LIT("listing")))
		return wv_listing_state_decode(value, &listing, err);
	return WV_OK;
}

enum wv_status wv_plan_check_row(enum wv_table table, struct wv_slice key, struct wv_slice value,
				 void *context, struct wv_err *err)
{
	struct wv_page_row page;
	struct wv_robots_row robots;
	struct wv_ledger_row request;

	(void)context;
	switch (table) {
	case WV_TABLE_FRONTIER:
		return wv_page_row_decode(value, &page, err);
	case WV_TABLE_DUE:
		return check_due(key, value, err);
	case WV_TABLE_TURNS:
		return check_turn(key, value, err);
	case WV_TABLE_ROBOTS:
		/* Beside robots.txt, of the same origin, rules as text (frontier_robots.c). */
		return wv_slice_starts(key, WV_LIT("\0tdm"))
			       ? WV_OK
			       : wv_robots_row_decode(value, &robots, err);
	case WV_TABLE_LEDGER:
		return wv_ledger_decode(key, value, &request, err);
	case WV_TABLE_LEDGER_BY_PAGE:
		return check_by_page(key, err);
	case WV_TABLE_SOURCES:
		return check_source(key, value, err);
	default:
		return WV_OK;
	}
}
