#include "crawler/fetch/budget.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum wv_status wv_budget_new(uint64_t limit_bytes, struct wv_budget **out, struct wv_err *err)
{
	struct wv_budget *budget = calloc(1, sizeof(*budget));

	if (!budget)
		return wv_err_set(err, WV_NOMEM, "out of memory for the fetcher");
	budget->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (budget->wake_fd < 0) {
		enum wv_status st = wv_err_errno(err, WV_IO, errno, "cannot make an eventfd");

		free(budget);
		return st;
	}
	atomic_init(&budget->holders, 1);
	budget->limit_bytes = limit_bytes;
	*out = budget;
	return WV_OK;
}

void wv_budget_free(struct wv_budget **budget)
{
	if (!*budget)
		return;
	if (atomic_fetch_sub(&(*budget)->holders, 1) == 1) {
		close((*budget)->wake_fd);
		free(*budget);
	}
	*budget = NULL;
}

void wv_budget_wake(struct wv_budget *budget)
{
	const uint64_t one = 1;
	int saved = errno; /* signal handlers call this */
	ssize_t n;

	if (!atomic_exchange(&budget->is_awake, true)) {
		n = write(budget->wake_fd, &one, sizeof(one));
		(void)n; /* EAGAIN: it is full of wakes already */
	}
	errno = saved;
}

/* First the descriptor, then the mark: a wake between the two is not written, but whoever calls
 * this looks around after it. The other way round it would be drained and never written again. */
void wv_budget_take_wake(struct wv_budget *budget)
{
	uint64_t count;
	ssize_t n = read(budget->wake_fd, &count, sizeof(count));

	(void)n;
	atomic_store(&budget->is_awake, false);
}

void wv_budget_add(struct wv_budget *budget, uint64_t bytes)
{
	atomic_fetch_add(&budget->held_bytes, bytes);
}

bool wv_budget_is_over(const struct wv_budget *budget)
{
	return atomic_load(&budget->held_bytes) > budget->limit_bytes;
}

bool wv_budget_is_easy(const struct wv_budget *budget)
{
	return atomic_load(&budget->held_bytes) <= budget->limit_bytes / 4 * 3;
}

enum wv_status wv_budget_new_answer(struct wv_budget *budget, size_t header_bytes,
				    uint64_t body_bytes, struct wv_fetch_answer_inner **out,
				    struct wv_err *err)
{
	struct wv_fetch_answer_inner *inner = calloc(1, sizeof(*inner));

	if (!inner)
		return wv_err_set(err, WV_NOMEM, "out of memory for an answer");
	wv_buf_init(&inner->answer.request, 4 * (size_t)WV_LIMIT_HEADER_BYTES);
	wv_buf_init(&inner->answer.headers, header_bytes);
	wv_buf_init(&inner->answer.trailers, header_bytes);
	wv_buf_init(&inner->answer.body, body_bytes > SIZE_MAX ? SIZE_MAX : (size_t)body_bytes);
	inner->answer.first_byte = WV_TIME_NONE;
	atomic_fetch_add(&budget->holders, 1);
	inner->budget = budget;
	*out = inner;
	return WV_OK;
}

void wv_fetch_answer_free(struct wv_fetch_answer **answer)
{
	struct wv_fetch_answer_inner *inner = (struct wv_fetch_answer_inner *)*answer;

	if (!inner)
		return;
	wv_buf_done(&inner->answer.request);
	wv_buf_done(&inner->answer.headers);
	wv_buf_done(&inner->answer.trailers);
	wv_buf_done(&inner->answer.body);
	atomic_fetch_sub(&inner->budget->held_bytes, inner->counted_bytes);
	if (inner->counted_bytes > 0 && atomic_load(&inner->budget->is_waited_for))
		wv_budget_wake(inner->budget);
	wv_budget_free(&inner->budget);
	free(inner);
	*answer = NULL;
}

void wv_fetch_answer_hold(struct wv_fetch_answer *answer, size_t bytes)
{
	struct wv_fetch_answer_inner *inner = (struct wv_fetch_answer_inner *)answer;

	inner->counted_bytes += bytes;
	wv_budget_add(inner->budget, bytes);
}
