#include "archive/serve/gate.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "config/base/clock.h"

struct wv_gate {
	pthread_mutex_t lock; /* guards the next; a leaf */
	bool is_taken;
	pthread_cond_t left;
};

enum wv_status wv_gate_new(struct wv_gate **out, struct wv_err *err)
{
	struct wv_gate *gate = calloc(1, sizeof(*gate));
	pthread_condattr_t monotonic;
	bool is_made = gate && pthread_condattr_init(&monotonic) == 0;

	if (is_made) {
		is_made = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 &&
		          pthread_cond_init(&gate->left, &monotonic) == 0;
		pthread_condattr_destroy(&monotonic);
	}
	if (!is_made) {
		free(gate);
		return wv_err_set(err, WV_NOMEM, "out of memory for the service");
	}
	pthread_mutex_init(&gate->lock, NULL);
	*out = gate;
	return WV_OK;
}

void wv_gate_free(struct wv_gate **gate)
{
	if (!*gate)
		return;
	WV_ASSERT(!(*gate)->is_taken);
	pthread_cond_destroy(&(*gate)->left);
	pthread_mutex_destroy(&(*gate)->lock);
	free(*gate);
	*gate = NULL;
}

bool wv_gate_enter(struct wv_gate *gate, int64_t patience_us)
{
	int64_t until_us = wv_clock_mono(wv_clock_system()).us + patience_us;
	const struct timespec until = {.tv_sec = (time_t)(until_us / WV_US_PER_S),
	                               .tv_nsec = (long)(until_us % WV_US_PER_S) * 1000};
	bool has_entered;

	pthread_mutex_lock(&gate->lock);
	while (gate->is_taken && pthread_cond_timedwait(&gate->left, &gate->lock, &until) == 0)
		;
	has_entered = !gate->is_taken;
	gate->is_taken = true;
	pthread_mutex_unlock(&gate->lock);
	return has_entered;
}

void wv_gate_leave(struct wv_gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->is_taken = false;
	pthread_cond_signal(&gate->left);
	pthread_mutex_unlock(&gate->lock);
}
