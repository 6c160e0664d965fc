#include "crawler/cmd/wait_lock.h"

#include <poll.h>

#define LOOK_MS 100

enum wv_status wv_wait_lock(struct wv_command_context *c, bool create, struct wv_lock **out,
                            struct wv_err *err)
{
	int64_t wait_us = 0;
	struct wv_mono begun = wv_clock_mono(wv_clock_system());
	bool is_told = false;
	enum wv_status st = wv_command_duration(c, "wait", &wait_us, err);

	while (st == WV_OK) {
		struct wv_err why = WV_ERR_NONE;
		int64_t waited_us;

		st = wv_lock_take(c->archive, create, c->command->name, out, &why);
		waited_us = wv_clock_mono(wv_clock_system()).us - begun.us;
		if (st != WV_LOCKED || waited_us >= wait_us) {
			if (st != WV_OK && err)
				*err = why;
			return st;
		}
		if (!is_told && c->is_terminal_err)
			wv_command_note(c, "%s: waiting", why.text);
		is_told = true;
		(void)poll(NULL, 0, LOOK_MS);
		st = wv_command_stop_count() > 0 ? WV_STOPPED : WV_OK;
	}
	return st;
}
