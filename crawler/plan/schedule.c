#include "crawler/plan/schedule.h"

#include "config/base/checked.h"
#include "crawler/plan/market.h"

#define HOUR_US (INT64_C(3600) * WV_US_PER_S)

static const int64_t missing_us[] = {HOUR_US, 6 * HOUR_US, WV_US_PER_DAY, 7 * WV_US_PER_DAY,
				     30 * WV_US_PER_DAY};
#define FAILED_FIRST_US (INT64_C(600) * WV_US_PER_S)
#define GUESS_US        (30 * WV_US_PER_DAY)
#define RETRY_LAST_US   (INT64_C(60) * WV_US_PER_S)
/* A page whose settings say nothing of revisits. */
#define FIRST_DEFAULT_US (HOUR_US / 2)
#define LAST_DEFAULT_US  (30 * WV_US_PER_DAY)

static int64_t doubled(int64_t first, uint32_t times, int64_t last)
{
	while (times-- > 0 && first < last)
		first *= 2;
	return first < last ? first : last;
}

static int64_t first_of(const struct wv_source *source)
{
	return source->revisit_first_us > 0 ? source->revisit_first_us : FIRST_DEFAULT_US;
}

static int64_t last_of(const struct wv_source *source)
{
	int64_t last = source->revisit_last_us > 0 ? source->revisit_last_us : LAST_DEFAULT_US;

	return last > first_of(source) ? last : first_of(source);
}

static struct wv_schedule at(const struct wv_outcome *outcome, int64_t us)
{
	return (struct wv_schedule){.when = WV_WHEN_AT,
				    .at = {wv_add_us(outcome->ended_at.us, us)}};
}

int64_t wv_schedule_listing_us(const struct wv_source *source, struct wv_time t)
{
	enum wv_exchange exchange;
	struct wv_time until;
	int64_t us;

	if (!source->market.is_set || !wv_exchange_find(source->market.exchange, &exchange))
		return source->every_us > 0 ? source->every_us : 0;
	if (wv_market_is_open(exchange, t, &until))
		return source->market.open_us;
	us = until.us - t.us;
	return us < source->market.closed_us ? us : source->market.closed_us;
}

/*
 * A listing that answers with 4xx is asked as often as ever at first, for a front page may be away
 * for minutes; then ever less often, lest a server's log be full of us for ever.
 */
#define LISTING_PATIENCE 4u
#define LISTING_LAST_US  (6 * HOUR_US)
#define LISTING_FIRST_US (HOUR_US / 12) /* where we look at every run */

static int64_t listing_backoff_us(int64_t usual_us, uint32_t failures)
{
	int64_t last = usual_us > LISTING_LAST_US ? usual_us : LISTING_LAST_US;

	if (failures < LISTING_PATIENCE)
		return usual_us;
	return doubled(usual_us > 0 ? usual_us : LISTING_FIRST_US,
		       failures - LISTING_PATIENCE + 1, last);
}

/*
 * A sitemap that stands still is looked at twice as seldom each time, up to this many times: most of
 * a site's sitemaps are of years gone by. One change, and it is a listing like others.
 */
#define SITEMAP_PATIENCE 8

static int64_t sitemap_us(const struct wv_schedule_facts *facts, const struct wv_outcome *outcome,
			  int64_t usual_us)
{
	if (facts->kind != WV_VISIT_SITEMAP || !outcome->is_unchanged || usual_us <= 0)
		return usual_us;
	return doubled(facts->interval_us > usual_us ? facts->interval_us : usual_us, 1,
		       SITEMAP_PATIENCE * usual_us);
}

static struct wv_schedule listing(const struct wv_schedule_facts *facts,
				  const struct wv_outcome *outcome)
{
	int64_t us = wv_schedule_listing_us(facts->source, outcome->ended_at);

	struct wv_schedule s;

	if (outcome->status >= 400 && outcome->status < 500)
		us = listing_backoff_us(us, facts->failures);
	if (facts->pace && !facts->source->ignores_feed_times) {
		struct wv_time then = wv_pace_next(facts->pace, outcome->ended_at, us);

		if (!wv_time_is_none(then))
			return (struct wv_schedule){.when = WV_WHEN_AT, .at = then};
	}
	if (us == 0)
		return (struct wv_schedule){.when = WV_WHEN_NEXT_RUN};
	/* From the end of the last look: a slow server is not asked ever faster. */
	us = sitemap_us(facts, outcome, us);
	s = at(outcome, us);
	s.interval_us = facts->kind == WV_VISIT_SITEMAP ? us : 0;
	return s;
}

/* The server answered with a page (200, 304, or a status that says nothing against one). */
static struct wv_schedule looked_at(const struct wv_schedule_facts *facts,
				    const struct wv_outcome *outcome)
{
	int64_t interval = first_of(facts->source);
	struct wv_schedule s;

	/* That a page still sends elsewhere is no news either. */
	if (facts->interval_us > 0 && (outcome->is_unchanged || wv_outcome_is_redirect(outcome)))
		interval = doubled(facts->interval_us, 1, last_of(facts->source));
	if (facts->is_repeat || outcome->is_variant)
		interval = last_of(facts->source);
	s = at(outcome, interval);
	s.interval_us = interval;
	return s;
}

static struct wv_schedule missing(const struct wv_schedule_facts *facts,
				  const struct wv_outcome *outcome)
{
	struct wv_schedule s;

	if (facts->failures >= WV_COUNT(missing_us))
		return (struct wv_schedule){
			.when = WV_WHEN_NEVER, .failures = facts->failures + 1, .is_gone = true};
	s = at(outcome, missing_us[facts->failures]);
	s.failures = facts->failures + 1;
	return s;
}

static struct wv_schedule unanswered(const struct wv_schedule_facts *facts,
				     const struct wv_outcome *outcome, int64_t first, int64_t last)
{
	struct wv_schedule s = at(outcome, doubled(first, facts->failures, last));

	s.interval_us = facts->interval_us;
	s.failures = facts->failures + 1;
	return s;
}

static struct wv_schedule by_status(const struct wv_schedule_facts *facts,
				    const struct wv_outcome *outcome)
{
	struct wv_schedule s;

	switch (outcome->status) {
	case 301:
	case 308:
		if (outcome->location.n == 0)
			break;
		s = at(outcome, last_of(facts->source));
		s.interval_us = last_of(facts->source);
		return s;
	case 404:
		return missing(facts, outcome);
	case 410:
		return (struct wv_schedule){.when = WV_WHEN_NEVER, .is_gone = true};
	case 401:
	case 403:
	case 451:
		return unanswered(facts, outcome, WV_US_PER_DAY, last_of(facts->source));
	case 429:
	case 503:
		/* The turn is held by then; the page waits with it, but not less than its own time.
		 */
		s = unanswered(facts, outcome, FAILED_FIRST_US, WV_US_PER_DAY);
		if (!wv_time_is_none(facts->turn_free))
			s.at = facts->turn_free;
		return s;
	default:
		if (outcome->status >= 500)
			return unanswered(facts, outcome, FAILED_FIRST_US, WV_US_PER_DAY);
		if (outcome->status >= 400)
			return missing(facts, outcome);
		break;
	}
	return looked_at(facts, outcome);
}

struct wv_schedule wv_schedule_next(const struct wv_schedule_facts *facts,
				    const struct wv_outcome *outcome)
{
	struct wv_schedule s;

	if (outcome->is_gone_for_good)
		return (struct wv_schedule){.when = WV_WHEN_NEVER, .is_gone = true};
	if (outcome->result == WV_RESULT_GUARD)
		s = unanswered(facts, outcome, WV_US_PER_DAY, LAST_DEFAULT_US);
	else if (outcome->result != WV_RESULT_ANSWERED && outcome->result != WV_RESULT_TRUNCATED)
		s = unanswered(facts, outcome, FAILED_FIRST_US, WV_US_PER_DAY);
	else
		s = by_status(facts, outcome);
	/* A listing that fails is still looked at: that is how one learns that it is back. Only what
	 * the turn's hold forbids waits, and what says itself that it is gone, is. */
	if (facts->is_listing && !(s.is_gone && outcome->status != 404)) {
		struct wv_schedule usual = listing(facts, outcome);

		usual.failures = s.failures;
		if (usual.when == WV_WHEN_AT && !wv_time_is_none(facts->turn_free) &&
		    facts->turn_free.us > usual.at.us)
			usual.at = facts->turn_free;
		return usual;
	}
	if (facts->is_guess)
		return at(outcome, GUESS_US);
	if (facts->kind == WV_VISIT_TDMREP) {
		/* That there is none is an answer like others; it is rarely there. */
		bool is_there = outcome->status == 200 || outcome->status == 304;

		return at(outcome, is_there ? WV_US_PER_DAY : 7 * WV_US_PER_DAY);
	}
	if (facts->kind == WV_VISIT_REQUISITE && s.failures == 0 && !s.is_gone)
		return (struct wv_schedule){.when = WV_WHEN_NEVER};
	if (facts->is_follower && s.failures == 0 && !s.is_gone)
		return (struct wv_schedule){.when = WV_WHEN_NEVER, .interval_us = s.interval_us};
	return s;
}

int64_t wv_schedule_retry_us(uint32_t attempt)
{
	int64_t us = WV_US_PER_S;

	while (attempt-- > 0 && us < RETRY_LAST_US)
		us *= 4;
	return us < RETRY_LAST_US ? us : RETRY_LAST_US;
}

struct wv_time wv_schedule_rank(struct wv_time found, struct wv_time published)
{
	int64_t age;

	if (wv_time_is_none(published) || published.us >= found.us)
		return found;
	if (__builtin_sub_overflow(found.us, published.us, &age))
		age = INT64_MAX / 2;
	/* age / (age + 1 day) of a day: the order of ages is kept, the sum stays below a day. */
	return (struct wv_time){found.us -
				(int64_t)((double)WV_US_PER_DAY *
					  ((double)age / ((double)age + (double)WV_US_PER_DAY)))};
}
