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

static void add_count(struct wv_buf *line, uint64_t n, const char *words)
{
	if (n)
		wv_buf_add_format(line, ", %llu %s", (unsigned long long)n, words);
}

static void add_wait(struct wv_buf *line, const struct wv_run_counts *c)
{
	char time[WV_TIME_TEXT_MAX];

	if (c->waiting_turns)
		wv_buf_add_format(line, " | %llu host%s", (unsigned long long)c->waiting_turns,
		                  c->waiting_turns == 1 ? " waits" : "s wait");
	if (c->next_wait_us >= 0 && c->next_turn[0])
		wv_buf_add_format(line, ", %s %s (%s)", c->next_turn,
		                  wv_duration_print((c->next_wait_us + 99999) / 100000 * 100000, time),
		                  c->next_reason);
}

/* The fuller the line, the more it says; `detail` 0 is for the narrowest terminals. */
static void compose(const struct wv_progress *progress, int detail, struct wv_buf *line)
{
	const struct wv_run_counts *c = &progress->last;
	int64_t ran_us = wv_clock_mono(progress->clock).us - progress->started.us;
	uint64_t in = c->bytes_in < 1024 ? c->bytes_in : c->bytes_in / 1024 * 1024;
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add_format(line, "%llu page%s", (unsigned long long)c->pages, c->pages == 1 ? "" : "s");
	if (detail > 1 && ran_us > WV_US_PER_S)
		wv_buf_add_format(line, " (%.1f/s)", (double)c->pages * 1e6 / (double)ran_us);
	if (detail > 2)
		add_count(line, c->articles, c->articles == 1 ? "article" : "articles");
	if (detail > 0)
		wv_buf_add_format(line, ", %s", wv_size_print(in, text));
	if (detail > 2)
		add_count(line, c->unchanged, "unchanged");
	add_count(line, c->failures, "failed");
	if (detail > 1)
		add_count(line, c->denied, "denied");
	if (detail > 2 && c->in_flight)
		wv_buf_add_format(line, " | asking %llu", (unsigned long long)c->in_flight);
	if (detail > 0)
		add_wait(line, c);
	if (c->time_left_us >= 0)
		wv_buf_add_format(line, " | %s left",
		                  wv_duration_print(c->time_left_us / WV_US_PER_S * WV_US_PER_S, text));
}

static void draw(void *context)
{
	struct wv_progress *progress = context;
	size_t columns = terminal_columns();
	WV_AUTO(wv_buf_done) struct wv_buf line = {.cap = 4096};
	struct wv_slice shown = WV_SLICE_NONE;

	for (int detail = 3; detail >= 0; detail--) {
		wv_buf_reset(&line);
		compose(progress, detail, &line);
		shown = wv_buf_slice(&line);
		if (wv_text_columns(shown) < columns)
			break;
	}
	while (wv_text_columns(shown) >= columns)
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
