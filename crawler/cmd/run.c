#include "crawler/cmd/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "archive/store/store.h"
#include "config/base/file.h"
#include "config/base/log.h"
#include "config/url.h"
#include "crawler/cmd/alerts.h"
#include "crawler/cmd/anchors.h"
#include "crawler/cmd/captured.h"
#include "crawler/cmd/coverage.h"
#include "crawler/cmd/progress.h"

#define REPORT_BYTES_MAX (64u * 1024 * 1024)

static enum wv_status allow_private(struct wv_command_context *c, struct wv_settings *settings,
                                    struct wv_err *err)
{
	struct wv_arena *arena = wv_settings_arena(c->settings);
	size_t count = settings->network.allow_private_count, more = 0;
	struct wv_address_block *blocks;

	while (wv_command_option_at(c, "allow-private", more))
		more++;
	if (!more)
		return WV_OK;
	blocks = WV_ARENA_ARRAY(arena, struct wv_address_block, count + more);
	if (!blocks)
		return wv_err_set(err, WV_NOMEM, "out of memory for %zu addresses", count + more);
	for (size_t i = 0; i < count; i++)
		blocks[i] = settings->network.allow_private[i];
	for (size_t i = 0; i < more; i++) {
		const char *value = wv_command_option_at(c, "allow-private", i);
		enum wv_status st = wv_address_block_parse(wv_slice_of(value), &blocks[count + i], err);

		if (st != WV_OK)
			return wv_err_set(err, WV_USAGE,
			                  "option '--allow-private': '%s' is no address or block", value);
	}
	settings->network.allow_private = blocks;
	settings->network.allow_private_count = count + more;
	return WV_OK;
}

static bool is_contact(struct wv_slice contact)
{
	return wv_slice_starts_nocase(contact, WV_LIT("mailto:")) ||
	       wv_slice_starts_nocase(contact, WV_LIT("https://")) ||
	       wv_slice_starts_nocase(contact, WV_LIT("http://"));
}

enum wv_status wv_run_apply_common(struct wv_command_context *c, struct wv_settings *settings,
                                   bool asks, struct wv_err *err)
{
	const char *contact = wv_command_option(c, "contact");
	enum wv_status st = allow_private(c, settings, err);

	if (st != WV_OK)
		return st;
	if (!contact && !settings->contact.n)
		contact = getenv("WIREVAULT_CONTACT");
	if (contact && *contact) {
		if (!is_contact(wv_slice_of(contact)))
			return wv_err_set(err, WV_USAGE,
			                  "contact '%s' is neither a mailto: address nor a URL", contact);
		settings->contact = wv_slice_of(contact);
	}
	if (!settings->contact.n && settings->file.n == 0 && asks)
		return wv_err_set(err, WV_USAGE,
		                  "nobody is crawled anonymously: give --contact URL|mailto:ADDRESS or "
		                  "set WIREVAULT_CONTACT");
	return WV_OK;
}

void wv_run_be_nice(const struct wv_settings *settings)
{
	int wanted = (int)settings->run.nice, now;

	errno = 0;
	now = getpriority(PRIO_PROCESS, 0);
	/* Who started it may have asked for more, and could not take it back. */
	if (errno == 0 && now < wanted && setpriority(PRIO_PROCESS, 0, wanted) != 0)
		wv_log(WV_LOG_DEBUG, "no nicer than before", NULL);
}

enum wv_status wv_run_add_hand_urls(struct wv_command_context *c, struct wv_err *err)
{
	struct wv_slice *urls =
		WV_ARENA_ARRAY(c->arena, struct wv_slice, (size_t)c->argument_count + 1);

	if (!urls)
		return wv_err_set(err, WV_NOMEM, "out of memory for %d URLs", c->argument_count);
	for (int i = 0; i < c->argument_count; i++)
		urls[i] = wv_slice_of(c->arguments[i]);
	return wv_settings_add_hand_source(c->settings, urls, (size_t)c->argument_count, err);
}

enum wv_status wv_run_read_urls(struct wv_command_context *c, const struct wv_slice **out,
                                size_t *count, struct wv_err *err)
{
	struct wv_slice *urls =
		WV_ARENA_ARRAY(c->arena, struct wv_slice, (size_t)c->argument_count + 1);

	if (!urls)
		return wv_err_set(err, WV_NOMEM, "out of memory for %d URLs", c->argument_count);
	for (int i = 0; i < c->argument_count; i++) {
		struct wv_url url;
		enum wv_status st =
			wv_url_parse(c->arena, wv_slice_of(c->arguments[i]), NULL, &url, err);

		if (st == WV_OK && !wv_url_is_web(&url))
			st = wv_err_set(err, WV_USAGE, "'%s' is not an http or https URL",
			                c->arguments[i]);
		if (st == WV_OK)
			st = wv_url_request(c->arena, &url, &urls[i], err);
		if (st != WV_OK)
			return st;
	}
	*out = urls;
	*count = (size_t)c->argument_count;
	return WV_OK;
}

struct wv_source *wv_run_edit_source(struct wv_settings *settings, size_t index)
{
	WV_ASSERT(index < settings->source_count);
	/* The settings' own memory is ours to change before a run; readers get it as const. */
	return (struct wv_source *)(uintptr_t)&settings->sources[index];
}

static void print_warnings(const struct wv_command_context *c)
{
	struct wv_strings warnings = wv_settings_warnings(c->settings);

	for (size_t i = 0; i < warnings.n && !c->quiet; i++)
		fprintf(stderr, "%.*s\n", WV_FMT(warnings.p[i]));
}

static int stop_level(void *context)
{
	(void)context;
	return wv_command_stop_count();
}

static void add_report(struct wv_buf *out, const struct wv_pipeline_report *r,
                       const struct wv_covered *covered, enum wv_status st)
{
	const struct wv_run_counts *n = &r->counts;
	struct wv_json_writer w;

	wv_json_begin(&w, out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_u64(&w, "run", r->run);
	wv_json_time(&w, "started", r->started);
	wv_json_time(&w, "ended", r->ended);
	wv_json_string(&w, "result", wv_slice_of(wv_status_name(st)));
	wv_json_int(&w, "exit", wv_status_exit_code(st));
	wv_json_u64(&w, "requests", n->requests);
	wv_json_u64(&w, "captures", n->captures);
	wv_json_u64(&w, "pages", n->pages);
	wv_json_u64(&w, "articles", n->articles);
	wv_json_u64(&w, "unchanged", n->unchanged);
	wv_json_u64(&w, "failed", n->failures);
	wv_json_u64(&w, "denied", n->denied);
	wv_json_u64(&w, "retries", n->retries);
	wv_json_u64(&w, "links_new", n->links_new);
	wv_json_u64(&w, "bytes_in", n->bytes_in);
	wv_json_u64(&w, "sources", r->sources);
	wv_json_u64(&w, "sources_reached", r->sources_reached);
	wv_json_string_or_null(&w, "bound", wv_slice_of(r->bound));
	wv_json_u64(&w, "work_left", r->work_left);
	if (r->first_id <= r->last_id) {
		wv_json_u64(&w, "first_id", r->first_id);
		wv_json_u64(&w, "last_id", r->last_id);
	}
	wv_json_u64(&w, "sources_alarmed", covered->alarmed);
	wv_json_open_array(&w, "coverage");
	for (size_t i = 0; i < covered->count; i++) {
		wv_json_open_object(&w, NULL);
		wv_json_string(&w, "source", covered->sources[i].name);
		wv_covered_add_json(&w, &covered->sources[i]);
		wv_json_close(&w);
	}
	wv_json_close(&w);
	wv_json_close(&w);
	wv_buf_add_byte(out, '\n');
}

static void add_metrics(struct wv_buf *out, const struct wv_pipeline_report *r,
                        const struct wv_covered *covered, enum wv_status st)
{
	const struct wv_run_counts *n = &r->counts;
	const struct {
		const char *name, *help;
		uint64_t value;
	} rows[] = {
		{"requests", "Requests sent in the last run", n->requests},
		{"captures", "Captures stored in the last run", n->captures},
		{"pages", "Captures of pages in the last run", n->pages},
		{"articles", "Articles read in the last run", n->articles},
		{"unchanged", "Pages that had not changed in the last run", n->unchanged},
		{"failed", "Captures without an answer or with 5xx in the last run", n->failures},
		{"denied", "Visits denied by robots.txt or the address guard", n->denied},
		{"bytes_in", "Bytes received in the last run", n->bytes_in},
		{"sources", "Sources asked in the last run", r->sources},
		{"sources_reached", "Sources that answered in the last run", r->sources_reached},
		{"work_left", "Queues left to the next run", r->work_left},
		{"exit_code", "Exit code of the last run", (uint64_t)wv_status_exit_code(st)},
	};

	for (size_t i = 0; i < WV_COUNT(rows); i++)
		wv_buf_add_format(out,
		                  "# HELP wirevault_run_%s %s\n# TYPE wirevault_run_%s gauge\n"
		                  "wirevault_run_%s %llu\n",
		                  rows[i].name, rows[i].help, rows[i].name, rows[i].name,
		                  (unsigned long long)rows[i].value);
	wv_buf_add_format(out,
	                  "# HELP wirevault_run_end_time_seconds End of the last run, Unix time\n"
	                  "# TYPE wirevault_run_end_time_seconds gauge\n"
	                  "wirevault_run_end_time_seconds %.3f\n",
	                  (double)r->ended.us / 1e6);
	wv_covered_add_metrics(out, covered);
}

/* What the archive says of the sources now. Where that cannot be had, the report goes without. */
static void read_coverage(struct wv_command_context *c, const struct wv_settings *settings,
                          struct wv_covered *out)
{
	WV_AUTO(wv_store_close) struct wv_store *store = NULL;
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st = wv_store_open(c->archive, &(struct wv_store_options){.read_only = true},
	                                  c->clock, &store, &err);

	if (st == WV_OK)
		st = wv_store_begin_read(store, &txn, &err);
	if (st == WV_OK)
		st = wv_covered_read(txn, settings, NULL, 0, wv_clock_now(c->clock), c->arena, out,
		                     &err);
	if (st == WV_OK)
		return;
	*out = (struct wv_covered){0};
	wv_log(WV_LOG_ERROR, "report without its sources", "why", wv_slice_of(err.text), NULL);
}

static void write_reports(struct wv_command_context *c, const struct wv_settings *settings,
                          const struct wv_pipeline_report *r, enum wv_status result)
{
	static void (*const makers[])(struct wv_buf *, const struct wv_pipeline_report *,
	                              const struct wv_covered *, enum wv_status) = {add_report,
	                                                                            add_metrics};
	const struct wv_slice files[] = {settings->run.report, settings->run.metrics};
	struct wv_covered covered = {0};

	if (!c->json && !files[0].n && !files[1].n)
		return;
	read_coverage(c, settings, &covered);
	if (c->json)
		add_report(c->out, r, &covered, result);
	for (size_t i = 0; i < WV_COUNT(files); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = REPORT_BYTES_MAX};
		struct wv_err err = WV_ERR_NONE;
		const char *name;
		enum wv_status st;

		if (!files[i].n)
			continue;
		name = wv_arena_string(c->arena, files[i]);
		makers[i](&text, r, &covered, result);
		st = wv_buf_finish(&text, "report", &err);
		if (st == WV_OK)
			st = name ? wv_file_replace(name, wv_buf_slice(&text), &err)
			          : wv_err_set(&err, WV_NOMEM, "out of memory for a report");
		if (st != WV_OK)
			wv_log(WV_LOG_ERROR, "report not written", "why", wv_slice_of(err.text), NULL);
	}
}

static void print_summary(const struct wv_pipeline_report *r)
{
	const struct wv_run_counts *n = &r->counts;
	char took[WV_TIME_TEXT_MAX], bytes[WV_TIME_TEXT_MAX];
	/* Whole KiB, unless there is less than one. */
	uint64_t in = n->bytes_in < 1024 ? n->bytes_in : n->bytes_in / 1024 * 1024;

	fprintf(stderr,
	        "wirevault: run %llu: %llu captures (%llu pages, %llu articles, %llu unchanged, "
	        "%llu failed), %llu denied, %s in %s",
	        (unsigned long long)r->run, (unsigned long long)n->captures,
	        (unsigned long long)n->pages, (unsigned long long)n->articles,
	        (unsigned long long)n->unchanged, (unsigned long long)n->failures,
	        (unsigned long long)n->denied, wv_size_print(in, bytes),
	        wv_duration_print((r->ended.us - r->started.us) / 100000 * 100000, took));
	if (r->work_left)
		fprintf(stderr, "; left to the next run: %llu queue%s of pages",
		        (unsigned long long)r->work_left, r->work_left == 1 ? "" : "s");
	fputc('\n', stderr);
}

enum wv_status wv_run_go(struct wv_command_context *c, struct wv_pipeline_options *options,
                         struct wv_err *err)
{
	struct wv_pipeline_report report;
	struct wv_progress progress;
	bool shows = c->is_terminal_err && !c->quiet;
	size_t missing = 0; /* snap: addresses without a capture */
	enum wv_status st;

	print_warnings(c);
	options->stop = stop_level;
	if (shows) {
		wv_progress_begin(&progress, c->clock);
		options->progress = wv_progress_show;
		options->progress_context = &progress;
	}
	st = wv_pipeline_run(options, &report, err);
	if (shows)
		wv_progress_end(&progress);
	if (report.run && st != WV_STOPPED)
		wv_anchors_ask(c, options->settings);
	if (report.run && st != WV_STOPPED)
		wv_alerts_after_run(c, options->settings);
	if (report.run) {
		if (options->urls_now) {
			struct wv_err why = WV_ERR_NONE;

			if (wv_captured_print(c, options, &report, &missing, &why) != WV_OK)
				wv_log(WV_LOG_ERROR, "captures not shown", "why", wv_slice_of(why.text), NULL);
		}
		write_reports(c, options->settings, &report, st);
		if (c->verbose || (shows && !c->json))
			print_summary(&report);
		if (st == WV_OK && report.sources_reached < report.sources)
			wv_log(WV_LOG_WARN, "some sources could not be reached", NULL);
		/* Whoever names addresses waits for something to happen; cron's line names none. */
		if (st == WV_OK && c->argument_count && !options->urls_now && !report.counts.requests &&
		    !report.counts.denied)
			wv_command_note(c, "nothing is due: 'why %s' tells what it waits for",
			                c->arguments[0]);
	}
	if (st == WV_OK && missing)
		return report.counts.denied ? WV_NO : wv_err_set(err, WV_BOUND, "not every URL could be asked in time");
	return st;
}
