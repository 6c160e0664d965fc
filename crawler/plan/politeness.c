#include "crawler/plan/politeness.h"

#include <math.h>

#include "config/base/checked.h"

/*
 * TURNS row: u8 version (1) | varint run, change | zigzag last_start, last_end, last_answer |
 * varint last_bytes | zigzag asked_delay | u64 asked_by | u8 hold | zigzag hold_set, hold_until |
 * varint troubles | zigzag trouble_at | varint lease_run | zigzag lease_set, lease_until
 */
#define ROW_VERSION 1
#define NEVER       ((struct wv_mono){INT64_MIN})

void wv_turn_state_init(struct wv_turn_state *state)
{
	*state = (struct wv_turn_state){
		.last_start = WV_TIME_NONE,
		.last_end = WV_TIME_NONE,
		.hold_set = WV_TIME_NONE,
		.hold_until = WV_TIME_NONE,
		.trouble_at = WV_TIME_NONE,
		.lease_set = WV_TIME_NONE,
		.lease_until = WV_TIME_NONE,
	};
}

void wv_turn_state_encode(const struct wv_turn_state *state, struct wv_buf *out)
{
	wv_buf_add_byte(out, ROW_VERSION);
	wv_buf_add_varint(out, state->run);
	wv_buf_add_varint(out, state->change);
	wv_buf_add_zigzag(out, state->last_start.us);
	wv_buf_add_zigzag(out, state->last_end.us);
	wv_buf_add_zigzag(out, state->last_answer_us);
	wv_buf_add_varint(out, state->last_bytes);
	wv_buf_add_zigzag(out, state->asked_delay_us);
	wv_buf_add_u64(out, state->asked_by);
	wv_buf_add_byte(out, (unsigned char)state->hold);
	wv_buf_add_zigzag(out, state->hold_set.us);
	wv_buf_add_zigzag(out, state->hold_until.us);
	wv_buf_add_varint(out, state->troubles);
	wv_buf_add_zigzag(out, state->trouble_at.us);
	wv_buf_add_varint(out, state->lease_run);
	wv_buf_add_zigzag(out, state->lease_set.us);
	wv_buf_add_zigzag(out, state->lease_until.us);
}

enum wv_status wv_turn_state_decode(struct wv_slice row, struct wv_turn_state *out,
				    struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(row);
	struct wv_turn_state s = {0};
	uint8_t version = wv_cursor_u8(&c), hold;

	s.run = wv_cursor_varint(&c);
	s.change = wv_cursor_varint(&c);
	s.last_start.us = wv_cursor_zigzag(&c);
	s.last_end.us = wv_cursor_zigzag(&c);
	s.last_answer_us = wv_cursor_zigzag(&c);
	s.last_bytes = wv_cursor_varint(&c);
	s.asked_delay_us = wv_cursor_zigzag(&c);
	s.asked_by = wv_cursor_u64(&c);
	hold = wv_cursor_u8(&c);
	s.hold_set.us = wv_cursor_zigzag(&c);
	s.hold_until.us = wv_cursor_zigzag(&c);
	s.troubles = (uint32_t)wv_cursor_varint(&c);
	s.trouble_at.us = wv_cursor_zigzag(&c);
	s.lease_run = wv_cursor_varint(&c);
	s.lease_set.us = wv_cursor_zigzag(&c);
	s.lease_until.us = wv_cursor_zigzag(&c);
	if (c.failed || wv_cursor_left(&c) || version != ROW_VERSION || hold > WV_HOLD_BACKOFF)
		return wv_err_set(err, WV_DAMAGED, "a turn's row cannot be read");
	s.hold = (enum wv_turn_hold)hold;
	*out = s;
	return WV_OK;
}

bool wv_turn_state_is_newer(const struct wv_turn_state *a, const struct wv_turn_state *b)
{
	return a->run != b->run ? a->run > b->run : a->change > b->change;
}

struct wv_turn_need wv_politeness_need(const struct wv_politeness *politeness,
				       const struct wv_turn_state *state)
{
	struct wv_turn_need need = {
		.settings_us = politeness->delay_us,
		.asked_us = state->asked_delay_us,
		.connections =
			politeness->connections_per_host ? politeness->connections_per_host : 1,
	};
	double factor = politeness->delay_factor;

	/* delay 0 is said only of one's own servers: then the answer time does not count either. */
	if (politeness->delay_us > 0 && isfinite(factor) && factor > 0)
		need.factor_milli = (uint32_t)fmin(factor * 1000.0 + 0.5, 1e6);
	need.delay_us = need.settings_us > need.asked_us ? need.settings_us : need.asked_us;
	if (need.factor_milli && state->last_answer_us > 0) {
		/* An answer takes at most hours: no overflow below 2^63 / 10^6. */
		int64_t answer = state->last_answer_us < WV_US_PER_DAY ? state->last_answer_us
								       : WV_US_PER_DAY;
		int64_t by_factor = answer * need.factor_milli / 1000;

		if (by_factor > need.delay_us)
			need.delay_us = by_factor;
	}
	return need;
}

static struct wv_mono later(struct wv_mono a, struct wv_mono b)
{
	return a.us > b.us ? a : b;
}

static struct wv_mono after(struct wv_mono t, int64_t us)
{
	return t.us == INT64_MIN ? t : (struct wv_mono){wv_add_us(t.us, us)};
}

/*
 * What is left at `now` of a wait that was set at `set` and lasts until `until`. A clock that
 * stepped back behind `set` says nothing of how long ago that was: the whole wait counts again.
 */
static int64_t left_of(struct wv_time set, struct wv_time until, struct wv_time now)
{
	if (wv_time_is_none(until))
		return 0;
	if (now.us < set.us)
		return until.us - set.us;
	return until.us > now.us ? until.us - now.us : 0;
}

void wv_turn_clock_init(struct wv_turn_clock *clock, const struct wv_turn_state *state,
			const struct wv_politeness *politeness, bool is_lease_open,
			struct wv_time now, struct wv_mono mono)
{
	*clock = (struct wv_turn_clock){
		.start = NEVER,
		.end = NEVER,
		.held = NEVER,
		.barrier = NEVER,
		.budget = NEVER,
		.leased = NEVER,
	};
	wv_turn_state_init(&clock->state);
	if (!state)
		return;
	clock->state = *state;
	if (!wv_time_is_none(state->last_end) || !wv_time_is_none(state->last_start)) {
		struct wv_time last = state->last_end.us > state->last_start.us ? state->last_end
										: state->last_start;
		int64_t delay = wv_politeness_need(politeness, state).delay_us;

		clock->barrier = after(mono, left_of(last, (struct wv_time){last.us + delay}, now));
	}
	if (state->hold != WV_HOLD_NONE)
		clock->held = after(mono, left_of(state->hold_set, state->hold_until, now));
	if (is_lease_open) {
		int64_t delay = wv_politeness_need(politeness, state).delay_us;
		int64_t left = left_of(state->lease_set, state->lease_until, now);

		clock->barrier = later(clock->barrier, after(mono, left + delay));
	}
}

struct wv_mono wv_turn_clock_ready(const struct wv_turn_clock *clock,
				   const struct wv_politeness *politeness)
{
	struct wv_turn_need need = wv_politeness_need(politeness, &clock->state);
	struct wv_mono ready;

	if (clock->in_flight >= need.connections)
		return (struct wv_mono){INT64_MAX};
	ready = later(after(clock->end, need.delay_us), after(clock->start, need.delay_us));
	ready = later(ready, later(clock->held, clock->barrier));
	return later(ready, clock->budget);
}

bool wv_turn_clock_is_leased(const struct wv_turn_clock *clock, struct wv_mono mono)
{
	return mono.us < clock->leased.us;
}

int64_t wv_turn_clock_lease_us(const struct wv_turn_clock *clock,
			       const struct wv_politeness *politeness)
{
	int64_t delay = wv_politeness_need(politeness, &clock->state).delay_us;

	return delay > WV_LEASE_MIN_US ? delay : WV_LEASE_MIN_US;
}

void wv_turn_clock_started(struct wv_turn_clock *clock, struct wv_time now, struct wv_mono mono)
{
	clock->in_flight++;
	clock->start = later(clock->start, mono);
	clock->state.last_start = now;
	clock->state.change++;
}

static void hold_until(struct wv_turn_clock *clock, enum wv_turn_hold hold,
		       const struct wv_turn_answer *answer, int64_t us)
{
	struct wv_mono until = after(answer->mono, us);

	if (until.us <= clock->held.us)
		return;
	clock->held = until;
	clock->state.hold = hold;
	clock->state.hold_set = answer->at;
	clock->state.hold_until = (struct wv_time){wv_add_us(answer->at.us, us)};
}

/* n counts windows of trouble, not requests: what was asked before the last window's end and
 * comes back in trouble too belongs to that window. */
static void count_trouble(struct wv_turn_clock *clock, const struct wv_turn_answer *answer)
{
	struct wv_turn_state *s = &clock->state;

	if (s->troubles > 0 && answer->started.us < clock->held.us)
		return;
	if (s->troubles > 0 &&
	    answer->at.us - s->trouble_at.us >
		    WV_TROUBLE_QUIET_US + wv_politeness_backoff_us(s->troubles - 1, 0))
		s->troubles = 0;
	hold_until(clock, WV_HOLD_BACKOFF, answer,
		   wv_politeness_backoff_us(s->troubles, answer->jitter_seed + s->troubles));
	s->troubles++;
	s->trouble_at = answer->at;
}

void wv_turn_clock_answered(struct wv_turn_clock *clock, const struct wv_politeness *politeness,
			    const struct wv_turn_answer *answer)
{
	struct wv_turn_state *s = &clock->state;
	int64_t took = answer->mono.us - answer->started.us;

	WV_ASSERT(clock->in_flight > 0);
	clock->in_flight--;
	/* Of answers that end at one instant the slowest counts. */
	if (answer->mono.us > clock->end.us || took > s->last_answer_us)
		s->last_answer_us = took > 0 ? took : 0;
	/* Within a run the latest instant stands: a wall clock that stepped back between two answers
	 * must not shorten what the next run waits. */
	if (clock->end.us == INT64_MIN || answer->at.us > s->last_end.us)
		s->last_end = answer->at;
	clock->end = later(clock->end, answer->mono);
	s->last_bytes = answer->bytes;
	s->change++;
	if (answer->asks_to_wait && answer->retry_after_us >= 0)
		hold_until(clock, WV_HOLD_RETRY_AFTER, answer, answer->retry_after_us);
	else if (answer->is_trouble)
		count_trouble(clock, answer);
	if (politeness->bandwidth_bytes_per_s != WV_UNBOUNDED &&
	    politeness->bandwidth_bytes_per_s > 0) {
		double us = (double)answer->bytes * 1e6 / (double)politeness->bandwidth_bytes_per_s;
		int64_t cost = us < (double)WV_US_PER_DAY ? (int64_t)us : WV_US_PER_DAY;

		clock->budget = after(later(clock->budget, answer->started), cost);
	}
}

void wv_turn_clock_ask(struct wv_turn_clock *clock, uint64_t origin_hash, int64_t delay_us)
{
	struct wv_turn_state *s = &clock->state;

	if (delay_us >= s->asked_delay_us || s->asked_by == origin_hash) {
		if (s->asked_delay_us == delay_us)
			return;
		s->asked_delay_us = delay_us;
		s->asked_by = origin_hash;
		s->change++;
	}
}

int64_t wv_politeness_parse_retry_after(struct wv_slice value, struct wv_time now)
{
	struct wv_time at;
	uint64_t seconds;

	value = wv_slice_trim(value);
	if (value.n > 0 && wv_byte_is_digit(value.p[0])) {
		for (size_t i = 0; i < value.n; i++)
			if (!wv_byte_is_digit(value.p[i]))
				return -1;
		if (!wv_slice_u64(value, &seconds) ||
		    seconds > (uint64_t)(WV_HOLD_MAX_US / WV_US_PER_S))
			return WV_HOLD_MAX_US;
		return (int64_t)seconds * WV_US_PER_S;
	}
	if (!wv_time_parse_http(value, now, &at))
		return -1;
	if (at.us <= now.us)
		return 0;
	return at.us - now.us < WV_HOLD_MAX_US ? at.us - now.us : WV_HOLD_MAX_US;
}

int64_t wv_politeness_backoff_us(uint32_t n, uint64_t seed)
{
	int64_t us = WV_BACKOFF_FIRST_US;
	uint64_t mix = seed * UINT64_C(0x9E3779B97F4A7C15);
	int64_t share;

	while (n-- > 0 && us < WV_BACKOFF_LAST_US)
		us *= 2;
	if (us > WV_BACKOFF_LAST_US)
		us = WV_BACKOFF_LAST_US;
	/* -100 .. 100 thousandths; a seed of 0 gives none. */
	mix ^= mix >> 29;
	share = seed == 0 ? 0 : (int64_t)((mix >> 20) % 201) - 100;
	us += us / 1000 * share;
	return us > WV_BACKOFF_LAST_US ? WV_BACKOFF_LAST_US : us;
}
