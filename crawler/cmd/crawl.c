#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "archive/store/db.h"
#include "archive/store/store.h"
#include "config/base/log.h"
#include "config/url.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/progress.h"
#include "crawler/cmd/run.h"
#include "crawler/pipeline.h"
#include "crawler/plan/frontier.h"

#define HAND_PAGES     100u
#define DRY_RUN_MAX    100000u

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

static enum wv_status print_due(void *context, struct wv_slice page_key,
                                const struct wv_page_row *row, struct wv_err *err)
{
	struct wv_command_context *c = context;
	struct wv_time at = wv_page_row_due_at(row, wv_clock_now(c->clock));
	char text[WV_TIME_TEXT_MAX];

	if (c->json) {
		struct wv_json_writer w;

		wv_json_begin(&w, c->out);
		wv_json_open_object(&w, NULL);
		wv_json_int(&w, "v", 1);
		wv_json_string(&w, "url", row->url);
		wv_json_string(&w, "page", page_key);
		wv_json_string(&w, "kind", wv_slice_of(wv_visit_kind_name(row->kind)));
		wv_json_string(&w, "due", wv_slice_of(wv_time_print(at, text)));
		wv_json_string(&w, "reason", wv_slice_of(wv_via_name(row->via)));
		wv_json_close(&w);
		wv_buf_add_byte(c->out, '\n');
	} else {
		wv_buf_add_format(c->out, "%s  %-8s %-10s %.*s\n", wv_time_print(at, text),
		                  wv_visit_kind_name(row->kind), wv_via_name(row->via), WV_FMT(row->url));
	}
	return c->out->n > 64 * WV_KIB ? wv_command_flush(c, err) : WV_OK;
}

/* Nothing archived yet: the seeds are what would be asked. */
static enum wv_status print_seeds(struct wv_command_context *c, const struct wv_settings *settings,
                                  struct wv_err *err)
{
	for (size_t i = 0; i < settings->source_count; i++) {
		for (size_t k = 0; k < settings->sources[i].seeds.n; k++) {
			struct wv_page_row row = {.url = settings->sources[i].seeds.p[k],
			                          .via = WV_VIA_SEED,
			                          .due = wv_clock_now(c->clock)};
			struct wv_url url;
			struct wv_slice key = WV_SLICE_NONE;
			enum wv_status st = wv_url_parse(c->arena, row.url, NULL, &url, err);

			if (st == WV_OK)
				st = wv_url_page_key(c->arena, &url, &key, err);
			if (st == WV_OK)
				st = print_due(c, key, &row, err);
			if (st != WV_OK)
				return st;
		}
	}
	return WV_OK;
}

static enum wv_status dry_run(struct wv_command_context *c, struct wv_err *err)
{
	const struct wv_settings *settings = wv_settings_get(c->settings);
	WV_AUTO(wv_store_close) struct wv_store *store = NULL;
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_err why = WV_ERR_NONE;
	enum wv_status st = wv_store_open(c->archive, &(struct wv_store_options){.read_only = true},
	                                  c->clock, &store, &why);

	if (st == WV_MISSING)
		return print_seeds(c, settings, err);
	if (st == WV_OK)
		st = wv_store_begin_read(store, &txn, &why);
	if (st != WV_OK) {
		*err = why;
		return st;
	}
	return wv_frontier_each_due(txn, settings, wv_clock_now(c->clock), DRY_RUN_MAX, print_due, c,
	                            err);
}

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
		return dry_run(c, err);
	if (wv_command_has(c, "max-pages"))
		run.bound_is_success = run.bound_is_success || run.max_pages == 0;
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
