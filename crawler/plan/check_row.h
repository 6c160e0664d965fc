#ifndef WV_CRAWLER_PLAN_CHECK_ROW_H
#define WV_CRAWLER_PLAN_CHECK_ROW_H

#include "archive/store/db.h"
#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * Does a row of the crawl's tables read back (tables.h)? For `verify`, which knows none of them:
 * WV_DAMAGED with words where it does not; WV_OK for the rows of other tables, too. Pure; any
 * thread. The context is for the shape of wv_verify_options.row.
 */
WV_MUST_USE enum wv_status wv_plan_check_row(enum wv_table table, struct wv_slice key,
					     struct wv_slice value, void *context,
					     struct wv_err *err);

#endif
