#include "crawler/cmd/export_site.h"

#include <stdio.h>

#include "archive/serve/static_site.h"
#include "crawler/cmd/wishes.h"

#define PROGRESS_US (200 * WV_US_PER_MS)

struct drawn {
	const struct wv_command_context *c;
	struct wv_mono last;
	bool is_drawn;
};

static void show(void *context, uint64_t written, uint64_t found)
{
	struct drawn *d = context;
	struct wv_mono now = wv_clock_mono(wv_clock_system());

	if (!d->c->is_terminal_err || d->c->quiet || now.us - d->last.us < PROGRESS_US)
		return;
	d->last = now;
	d->is_drawn = true;
	fprintf(stderr, "\r\033[K%llu pages written, %llu found", (unsigned long long)written,
	        (unsigned long long)found);
	fflush(stderr);
}

static bool is_stopped(void *context)
{
	(void)context;
	return wv_command_stop_signal() != 0;
}

enum wv_status wv_export_site(const struct wv_read *read, const struct wv_range_query *range,
                              const char *dir, uint64_t *captures, struct wv_err *err)
{
	struct wv_command_context *c = read->c;
	const char *lang = wv_command_option(c, "lang");
	struct drawn drawn = {.c = c};
	struct wv_static_site_options options = {
		.store = read->store,
		.settings = wv_settings_get(c->settings),
		.wish_reader = &wv_wish_reader,
		.clock = c->clock,
		.dir = dir,
		.source = range->source,
		.from = range->from,
		.to = range->to,
		.at = read->at,
		.known_at = range->known_at,
		.progress = show,
		.stop = is_stopped,
		.context = &drawn,
	};
	struct wv_static_site_counts counts = {0};
	enum wv_status st;

	if (lang && !wv_tongue_of_tag(wv_slice_of(lang), &options.tongue))
		return wv_err_set(err, WV_USAGE, "option '--lang': '%s' is not en, zh or ja", lang);
	if (strcmp(dir, "-") == 0)
		return wv_err_set(err, WV_USAGE, "option '-o': a site needs a folder");
	st = wv_static_site_write(&options, &counts, err);
	if (drawn.is_drawn)
		(void)fputs("\r\033[K", stderr);
	if (st == WV_OK && counts.refused)
		wv_command_note(c, "%llu pages are left out: what they show is not to be shown, or gone",
		                (unsigned long long)counts.refused);
	*captures = counts.captures;
	return st;
}
