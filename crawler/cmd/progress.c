#include "crawler/cmd/progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "config/base/log.h"
#include "config/base/text.h"

static unsigned terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
		return size.ws_col;
	return 80;
}

static void erase(void *context)
{
	struct wv_progress *progress = context;

	if (progress->is_drawn)
		fputs("\r\033[K", stderr);
	progress->is_drawn = false;
	fflush(stderr);
}

static void draw(void *context)
{
	struct wv_progress *progress = context;
	const struct wv_run_counts *c = &progress->last;
	int64_t ran_us = wv_clock_mono(progress->clock).us - progress->started.us;
	char bytes[WV_TIME_TEXT_MAX], time[WV_TIME_TEXT_MAX];
	WV_AUTO(wv_buf_done) struct wv_buf line = {.cap = 4096};
	struct wv_slice shown;

	wv_buf_add_format(&line, "%llu pages", (unsigned long long)c->pages);
	if (ran_us > WV_US_PER_S)
		wv_buf_add_format(&line, " (%.1f/s)", (double)c->pages * 1e6 / (double)ran_us);
	wv_buf_add_format(&line, ", %llu articles, %s", (unsigned long long)c->articles,
	                  wv_size_print(c->bytes_in / 1024 * 1024, bytes));
	if (c->unchanged)
		wv_buf_add_format(&line, ", %llu unchanged", (unsigned long long)c->unchanged);
	if (c->failures)
		wv_buf_add_format(&line, ", %llu failed", (unsigned long long)c->failures);
	if (c->denied)
		wv_buf_add_format(&line, ", %llu denied", (unsigned long long)c->denied);
	if (c->in_flight)
		wv_buf_add_format(&line, " | asking %llu", (unsigned long long)c->in_flight);
	if (c->waiting_turns)
		wv_buf_add_format(&line, " | %llu hosts wait", (unsigned long long)c->waiting_turns);
	if (c->next_wait_us >= 0 && c->next_turn[0])
		wv_buf_add_format(&line, ", %s %s (%s)", c->next_turn,
		                  wv_duration_print((c->next_wait_us + 99999) / 100000 * 100000, time),
		                  c->next_reason);
	if (c->time_left_us >= 0)
		wv_buf_add_format(&line, " | %s left",
		                  wv_duration_print(c->time_left_us / WV_US_PER_S * WV_US_PER_S, time));
	shown = wv_buf_slice(&line);
	while (wv_text_columns(shown) >= terminal_columns())
		shown = wv_text_cut(shown, shown.n - 1);
	fprintf(stderr, "\r%.*s\033[K", WV_FMT(shown));
	fflush(stderr);
	progress->is_drawn = true;
}

void wv_progress_begin(struct wv_progress *progress, struct wv_clock *clock)
{
	*progress = (struct wv_progress){.clock = clock, .started = wv_clock_mono(clock)};
	wv_log_set_around(erase, draw, progress);
}

void wv_progress_show(void *context, const struct wv_run_counts *counts)
{
	struct wv_progress *progress = context;

	progress->last = *counts;
	draw(progress);
}

void wv_progress_end(struct wv_progress *progress)
{
	wv_log_set_around(NULL, NULL, NULL);
	erase(progress);
}
