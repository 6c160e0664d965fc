#ifndef WV_CRAWLER_PLAN_MARKET_H
#define WV_CRAWLER_PLAN_MARKET_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/clock.h"

/*
 * When exchanges trade: sessions, lunch breaks, half days, holidays. So that listings are looked at
 * more often while prices move. Pure; any thread.
 *
 *   SSE   Shanghai   09:30-11:30, 13:00-15:00       UTC+8
 *   TSE   Tokyo      09:00-11:30, 12:30-15:30       UTC+9 (to 15:00 until 2024-11-04)
 *   NYSE  New York   09:30-16:00, half days 13:00   US Eastern, with daylight saving time
 *
 * Holidays are tables, each with the first and last day that it speaks of; outside them only
 * Saturdays and Sundays are known to be closed (wv_market_knows). Where the facts are from stands
 * above each table.
 */
enum wv_exchange { WV_EXCHANGE_SSE, WV_EXCHANGE_TSE, WV_EXCHANGE_NYSE, WV_EXCHANGE_COUNT };

/* "SSE", "TSE", "NYSE"; false for others. */
bool wv_exchange_find(struct wv_slice name, enum wv_exchange *out);
const char *wv_exchange_name(enum wv_exchange exchange);

/* Is there trading at `t`? *until (may be NULL) is the first later instant at which that changes:
 * the lunch break counts as closed. */
bool wv_market_is_open(enum wv_exchange exchange, struct wv_time t, struct wv_time *until);
/* Does the exchange's table speak of the day on which `t` falls there? */
bool wv_market_knows(enum wv_exchange exchange, struct wv_time t);
/* The days a table speaks of, as YYYYMMDD. */
void wv_market_range(enum wv_exchange exchange, uint32_t *first, uint32_t *last);
/* Seconds east of Greenwich of the exchange's clock. */
int32_t wv_market_offset_s(enum wv_exchange exchange, struct wv_time t);

#endif
