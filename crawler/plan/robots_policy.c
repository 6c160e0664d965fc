#include "crawler/plan/robots.h"

#include "config/base/limits.h"
#include "crawler/plan/politeness.h"

/*
 * What the having or not having of robots.txt means, and the row that remembers it.
 *
 * Row, all little endian or varint:
 *   u8 version (1) | u8 state | u8 flags (1 cut) | zigzag status | varint failures |
 *   zigzag fetched, expires, reached, due | block text | block reason | block next_url |
 *   u8 chain count | that many blocks
 */
#define ROW_VERSION 1

const char *wv_robots_state_name(enum wv_robots_state state)
{
	switch (state) {
	case WV_ROBOTS_UNKNOWN:
		return "unknown";
	case WV_ROBOTS_RULES:
		return "rules";
	case WV_ROBOTS_UNAVAILABLE:
		return "unavailable";
	case WV_ROBOTS_UNREACHABLE:
		return "unreachable";
	case WV_ROBOTS_FORBIDDEN:
		return "forbidden";
	}
	return "unknown";
}

enum wv_robots_state wv_robots_judge(int32_t status, bool is_complete, uint32_t redirects,
				     bool is_redirect, bool forbidden_denies)
{
	if (status == 0 || !is_complete)
		return WV_ROBOTS_UNREACHABLE;
	if (is_redirect && redirects < WV_LIMIT_ROBOTS_REDIRECTS)
		return WV_ROBOTS_UNKNOWN;
	if (status >= 200 && status < 300)
		return WV_ROBOTS_RULES;
	/* A 3xx that leads nowhere, and the sixth in a row: unavailable (2.3.1.2). */
	if (status >= 300 && status < 400)
		return WV_ROBOTS_UNAVAILABLE;
	if (status == 429)
		return WV_ROBOTS_UNREACHABLE;
	if ((status == 401 || status == 403) && forbidden_denies)
		return WV_ROBOTS_FORBIDDEN;
	if (status >= 400 && status < 500)
		return WV_ROBOTS_UNAVAILABLE;
	return WV_ROBOTS_UNREACHABLE;
}

int64_t wv_robots_lifetime_us(enum wv_robots_state state, int64_t max_age_us, uint32_t failures,
			      uint64_t jitter_seed)
{
	if (state == WV_ROBOTS_UNREACHABLE)
		return wv_politeness_backoff_us(failures, jitter_seed);
	if (max_age_us < 0 || max_age_us > WV_US_PER_DAY)
		return WV_US_PER_DAY;
	return max_age_us < WV_ROBOTS_LIFETIME_MIN_US ? WV_ROBOTS_LIFETIME_MIN_US : max_age_us;
}

bool wv_robots_row_is_fresh(const struct wv_robots_row *row, struct wv_time now)
{
	return row->state != WV_ROBOTS_UNKNOWN && now.us >= row->fetched.us &&
	       now.us < row->expires.us;
}

void wv_robots_row_encode(const struct wv_robots_row *row, struct wv_buf *out)
{
	wv_buf_add_byte(out, ROW_VERSION);
	wv_buf_add_byte(out, (unsigned char)row->state);
	wv_buf_add_byte(out, row->is_cut ? 1 : 0);
	wv_buf_add_zigzag(out, row->status);
	wv_buf_add_varint(out, row->failures);
	wv_buf_add_zigzag(out, row->fetched.us);
	wv_buf_add_zigzag(out, row->expires.us);
	wv_buf_add_zigzag(out, row->reached.us);
	wv_buf_add_zigzag(out, row->due.us);
	wv_buf_add_block(out, row->text);
	wv_buf_add_block(out, row->reason);
	wv_buf_add_block(out, row->next_url);
	wv_buf_add_byte(out, (unsigned char)row->chain_count);
	for (uint32_t i = 0; i < row->chain_count; i++)
		wv_buf_add_block(out, row->chain[i]);
}

enum wv_status wv_robots_row_decode(struct wv_slice bytes, struct wv_robots_row *out,
				    struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(bytes);
	struct wv_robots_row row = {0};
	uint8_t version = wv_cursor_u8(&c), state = wv_cursor_u8(&c);

	row.is_cut = (wv_cursor_u8(&c) & 1) != 0;
	row.status = (int32_t)wv_cursor_zigzag(&c);
	row.failures = (uint32_t)wv_cursor_varint(&c);
	row.fetched.us = wv_cursor_zigzag(&c);
	row.expires.us = wv_cursor_zigzag(&c);
	row.reached.us = wv_cursor_zigzag(&c);
	row.due.us = wv_cursor_zigzag(&c);
	row.text = wv_cursor_block(&c);
	row.reason = wv_cursor_block(&c);
	row.next_url = wv_cursor_block(&c);
	row.chain_count = wv_cursor_u8(&c);
	if (version != ROW_VERSION || state > WV_ROBOTS_FORBIDDEN ||
	    row.chain_count > WV_COUNT(row.chain))
		c.failed = true;
	for (uint32_t i = 0; !c.failed && i < row.chain_count; i++)
		row.chain[i] = wv_cursor_block(&c);
	if (c.failed || wv_cursor_left(&c))
		return wv_err_set(err, WV_DAMAGED, "a robots.txt row cannot be read");
	row.state = (enum wv_robots_state)state;
	/* Rows of earlier versions may end in half a line. */
	if (row.is_cut)
		row.text = wv_robots_whole_lines(row.text);
	*out = row;
	return WV_OK;
}
