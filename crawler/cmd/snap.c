#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/run.h"

#define WAIT_US (10 * WV_US_PER_S)

static const struct wv_option options[] = {
	{"wait", 0, "D", "longest wait for the host's turn, then exit 75 (default 10s)", false, false},
	{"allow-private", 0, "ADDR", "let this address or block be asked although it is private",
         true, false},
	{"contact", 0, "URL", "who asks: a URL or mailto: address (over agent.contact)", false, false},
};

static const char *const details[] = {
	"Captures these addresses now, whatever the schedule says, and nothing else; redirects are "
	"followed, each hop a capture. Obeys robots.txt and the delay of the host: a denial is "
	"recorded and ends with 1, a turn that does not come in time with 75.",
	"Prints a line a capture as list does: its ID, which show, restore and prove take, when it was "
	"answered, the status, what it is. With --json a record of each, and then one of the run.",
	"Without -c a contact is needed as for crawl.",
	NULL,
};

static const char *const examples[] = {
	"wirevault snap -c wirevault.yaml https://www.example.org/news/1.html",
	"one snapshot of one page, now",
	NULL,
};

static enum wv_status snap(struct wv_command_context *c, struct wv_err *err)
{
	struct wv_settings *settings = wv_settings_edit(c->settings);
	struct wv_pipeline_options run = {.settings = settings,
	                                  .clock = c->clock,
	                                  .archive = c->archive,
	                                  .urls_now = true,
	                                  .wait_us = WAIT_US,
	                                  .max_pages = WV_UNBOUNDED};
	enum wv_status st = wv_run_read_urls(c, &run.urls, &run.url_count, err);

	if (st == WV_OK && settings->file.n == 0)
		st = wv_run_add_hand_urls(c, err);
	if (st == WV_OK)
		st = wv_run_apply_common(c, settings, true, err);
	if (st == WV_OK)
		st = wv_command_duration(c, "wait", &run.wait_us, err);
	if (st != WV_OK)
		return st;
	return wv_run_go(c, &run, err);
}

const struct wv_command wv_command_snap = {
	.name = "snap",
	.summary = "capture these pages now",
	.arguments = "URL...",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 1,
	.max_arguments = -1,
	.run = snap,
};
