#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/dry_run.h"
#include "crawler/cmd/run.h"
#include "crawler/pipeline.h"

#define HAND_PAGES     100u

static const struct wv_option options[] = {
	{"max-pages", 0, "N", "stop after N pages (over run.max_pages)", false, false},
	{"max-time", 0, "S", "stop after this time, e.g. 10m (over run.max_time)", false, false},
	{"dry-run", 0, NULL, "say what would be asked, when and why; ask nobody", false, false},
	{"allow-private", 0, "ADDR", "let this address or block be asked although it is private",
         true, false},
	{"contact", 0, "URL", "who crawls: a URL or mailto: address (over agent.contact)", false,
         false},
	{"delay", 0, "D", "between two requests to one host, e.g. 2s (over politeness.delay)", false,
         false},
	{"depth", 0, "N", "links from a seed, for URLs given without settings", false, false},
};

static const char *const details[] = {
	"One bounded run: asks for what is due, politely, keeps every answer as a snapshot, follows "
	"the links that the sources' scope allows, and ends when nothing is due or a bound is reached. "
	"Made to be started from cron: a second run while the first works ends at once with 75, a run "
	"that was killed is continued by the next, and nothing is printed where all went well.",
	"With -c FILE and URLs, only these are visited, each under the source that contains it. URLs "
	"without settings are each a seed of a source made for them: scope host, at most 100 pages, "
	"and --contact or WIREVAULT_CONTACT must say who crawls.",
	"On a terminal the run shows its progress: pages, hosts that wait and why, bytes, errors, time "
	"left. The first interrupt finishes what is in flight and commits; the second stops at once. "
	"Both leave a sound archive.",
	NULL,
};

static const char *const examples[] = {
	"wirevault crawl -c /etc/wirevault.yaml",
	"what is due, by the settings; the line for cron",
	"wirevault crawl --contact mailto:me@example.org https://www.example.org/news/",
	"a hundred pages of one site, into ./archive",
	"wirevault crawl -c wirevault.yaml --dry-run",
	"what would be asked now",
	NULL,
};

static enum wv_status apply_options(struct wv_command_context *c, struct wv_settings *settings,
                                    struct wv_err *err)
{
	int64_t delay_us = -1;
	enum wv_status st = wv_run_apply_common(c, settings, !wv_command_has(c, "dry-run"), err);

	if (st == WV_OK)
		st = wv_command_duration(c, "delay", &delay_us, err);
	if (st != WV_OK || delay_us < 0)
		return st;
	settings->politeness.delay_us = delay_us;
	for (size_t i = 0; i < settings->source_count; i++) {
		struct wv_source *source = wv_run_edit_source(settings, i);

		source->politeness.delay_us = delay_us;
	}
	return WV_OK;
}

static enum wv_status crawl(struct wv_command_context *c, struct wv_err *err)
{
	struct wv_settings *settings = wv_settings_edit(c->settings);
	struct wv_pipeline_options run = {.settings = settings,
	                                  .clock = c->clock,
	                                  .archive = c->archive,
	                                  .wait_us = -1,
	                                  .max_pages = WV_UNBOUNDED};
	enum wv_status st = WV_OK;

	if (c->argument_count == 0 && settings->file.n == 0)
		return wv_err_set(err, WV_USAGE, "nothing to crawl: give -c FILE or a URL");
	if (c->argument_count == 0 && settings->source_count == 0)
		return wv_err_set(err, WV_SETTINGS, "'%.*s' has no sources: there is nothing to crawl",
		                  WV_FMT(settings->file));
	if (c->argument_count && settings->file.n == 0) {
		uint64_t depth = UINT32_MAX;

		st = wv_run_add_hand_urls(c, err);
		settings = wv_settings_edit(c->settings);
		if (st == WV_OK)
			st = wv_command_u64(c, "depth", &depth, err);
		if (st == WV_OK && depth < UINT32_MAX)
			wv_run_edit_source(settings, settings->source_count - 1)->depth = (uint32_t)depth;
		run.max_pages = HAND_PAGES;
		run.bound_is_success = true;
	} else if (c->argument_count) {
		st = wv_run_read_urls(c, &run.urls, &run.url_count, err);
	}
	if (st == WV_OK)
		st = apply_options(c, settings, err);
	if (st == WV_OK)
		st = wv_command_u64(c, "max-pages", &run.max_pages, err);
	if (st == WV_OK)
		st = wv_command_duration(c, "max-time", &run.max_time_us, err);
	if (st != WV_OK)
		return st;
	if (wv_command_has(c, "dry-run"))
		return wv_dry_run(c, settings, run.urls, run.url_count, err);
	if (wv_command_has(c, "max-pages"))
		run.bound_is_success = run.bound_is_success || run.max_pages == 0;
	wv_run_be_nice(settings);
	return wv_run_go(c, &run, err);
}

const struct wv_command wv_command_crawl = {
	.name = "crawl",
	.summary = "crawl what is due, politely, and keep every snapshot",
	.arguments = "[URL...]",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.max_arguments = -1,
	.run = crawl,
};
