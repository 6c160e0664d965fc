#include "crawler/plan/plan_inner.h"

struct wv_time plan_now(const struct wv_plan *plan)
{
	const struct wv_frontier *frontier = plan->options.frontier;

	return (struct wv_time){wv_frontier_opened_at(frontier).us + plan_mono(plan).us -
				wv_frontier_opened(frontier).us};
}

struct wv_time plan_wall(const struct wv_plan *plan)
{
	return wv_clock_now(plan->options.clock);
}

struct wv_mono plan_mono(const struct wv_plan *plan)
{
	return wv_clock_mono(plan->options.clock);
}

struct wv_mono plan_mono_of(const struct wv_plan *plan, struct wv_time t)
{
	int64_t ahead;

	if (__builtin_sub_overflow(t.us, plan_now(plan).us, &ahead))
		ahead = t.us > 0 ? INT64_MAX / 2 : INT64_MIN / 2;
	if (__builtin_add_overflow(plan_mono(plan).us, ahead, &ahead))
		ahead = INT64_MAX;
	return (struct wv_mono){ahead};
}
