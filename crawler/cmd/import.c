#include <stdio.h>
#include <sys/stat.h>

#include "archive/copies/follow.h"
#include "archive/proof/head.h"
#include "archive/proof/merkle.h"
#include "archive/store/lock.h"
#include "archive/store/store.h"
#include "config/base/limits.h"
#include "config/base/text.h"
#include "config/zone.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/run.h"
#include "crawler/cmd/wait_lock.h"
#include "crawler/import.h"
#include "crawler/job.h"

#define PROGRESS_US (200 * WV_US_PER_MS)

static const struct wv_option options[] = {
	{"extract", 0, "WHEN", "read articles now, later (by extract --from-archive) or off: now is the default",
	 false, false},
	{"source", 0, "NAME", "the source that the captures belong to (default: that of the settings "
	 "in whose scope a URL lies)", false, false},
	{"decode", 0, NULL, "keep decoded bodies only, not the encoded bytes as they were sent", false, false},
	WV_WAIT_LOCK_OPTION,
};

static const char *const details[] = {
	"FILE is a WARC 1.0 or 1.1, plain or gzip, or a WACZ; '-' reads standard input. DIR is another archive of "
	"wirevault: what it holds is merged into this one. Captures keep their own instants; when this "
	"archive learned of them is now. They go the way of a crawl: charset, article, verdict, log.",
	"A capture that the archive has already (URL, instant, status, header block, body) is counted and "
	"left alone, so that an import can be repeated, and goes on where it was interrupted. Revisit "
	"records take the body that they repeat from the archive; import the file with the original first.",
	"Damage ends nothing: what is readable is kept, and each place that is not is named with its "
	"offset (in a gzip file that of the member). Exit 1 if there was any, 66 if no file could be "
	"opened. Kept are http and https GET responses, revisits and resources, up to 256 MiB.",
	NULL,
};

static const char *const examples[] = {
	"wirevault import crawl-2019-*.warc.gz",
	"everything in these files, read at once",
	"wirevault import --extract off big.warc.gz",
	"only the bytes; 'extract --from-archive' reads them later",
	"wirevault import /backup/other-archive",
	"merge another archive into this one",
	NULL,
};

struct importing {
	struct wv_command_context *c;
	struct wv_import_options options;
	const char *path;
	bool is_archive;
	struct wv_import_counts counts, all;
	struct wv_mono last_progress;
	bool is_drawn;
};

static void erase_progress(struct importing *i)
{
	if (i->is_drawn)
		fputs("\r\033[K", stderr);
	i->is_drawn = false;
	fflush(stderr);
}

static void show_progress(void *context, const struct wv_import_counts *n)
{
	struct importing *i = context;
	struct wv_mono now = wv_clock_mono(wv_clock_system());

	if (!i->c->is_terminal_err || i->c->quiet || now.us - i->last_progress.us < PROGRESS_US)
		return;
	i->last_progress = now;
	i->is_drawn = true;
	fprintf(stderr, "\r\033[K%3.0f%%  %llu captures, %llu there already",
	        n->all_bytes ? 100.0 * (double)n->at_bytes / (double)n->all_bytes : 100.0,
	        (unsigned long long)n->captures, (unsigned long long)n->there);
	if (n->faults)
		fprintf(stderr, ", %llu not readable", (unsigned long long)n->faults);
	fflush(stderr);
}

/* Each damaged place is named, with --quiet too: nobody else will. */
static void say_fault(void *context, uint64_t at, const char *why)
{
	struct importing *i = context;
	struct wv_json_writer w;

	erase_progress(i);
	if (!i->c->json) {
		fprintf(stderr, "wirevault: %s: %s %llu: %s\n", i->path,
		        i->is_archive ? "capture" : "offset", (unsigned long long)at, why);
		return;
	}
	wv_json_begin(&w, i->c->out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "file", wv_slice_of(i->path));
	wv_json_u64(&w, i->is_archive ? "id" : "offset", at);
	wv_json_string(&w, "error", wv_slice_of(why));
	wv_json_close(&w);
	wv_buf_add_byte(i->c->out, '\n');
}

static bool is_stopped(void *context)
{
	(void)context;
	return wv_command_stop_count() > 0;
}

static void print_summary(struct importing *i, enum wv_status st, const struct wv_err *why)
{
	const struct wv_import_counts *n = &i->counts;
	struct wv_json_writer w;

	if (!i->c->json) {
		wv_command_note(i->c,
		                "%s: %llu captures imported (%llu articles), %llu there already, "
		                "%llu other records%s",
		                i->path, (unsigned long long)n->captures,
		                (unsigned long long)n->articles, (unsigned long long)n->there,
		                (unsigned long long)n->passed, n->faults ? "" : ", no damage");
		if (n->bodyless)
			wv_command_note(i->c, "%s: %llu revisits of bodies that this archive does not have",
			                i->path, (unsigned long long)n->bodyless);
		if (n->faults)
			wv_command_note(i->c, "%s: %llu places could not be read", i->path,
			                (unsigned long long)n->faults);
		return;
	}
	wv_json_begin(&w, i->c->out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "file", wv_slice_of(i->path));
	wv_json_u64(&w, "records", n->records);
	wv_json_u64(&w, "captures", n->captures);
	wv_json_u64(&w, "articles", n->articles);
	wv_json_u64(&w, "there", n->there);
	wv_json_u64(&w, "other_records", n->passed);
	wv_json_u64(&w, "revisits_without_body", n->bodyless);
	wv_json_u64(&w, "faults", n->faults);
	if (st != WV_OK)
		wv_json_string(&w, "error", wv_slice_of(why->text));
	wv_json_close(&w);
	wv_buf_add_byte(i->c->out, '\n');
}

/* Statuses that are about this one input; all others end the command. */
static bool is_of_input(enum wv_status st)
{
	return st == WV_MISSING || st == WV_PERM || st == WV_BAD_INPUT || st == WV_USAGE;
}

static enum wv_status import_one(struct importing *i, struct wv_err *err)
{
	struct stat info;
	struct wv_err why = WV_ERR_NONE;
	enum wv_status st;

	i->counts = (struct wv_import_counts){0};
	i->is_archive = stat(i->path, &info) == 0 && S_ISDIR(info.st_mode);
	if (i->is_archive)
		st = wv_import_archive(&i->options, i->path, &i->counts, &why);
	else
		st = wv_import_warc(&i->options, i->path, &i->counts, &why);
	erase_progress(i);
	if (st == WV_OK || i->counts.records || i->c->json)
		print_summary(i, st, &why);
	i->all.captures += i->counts.captures;
	i->all.faults += i->counts.faults;
	if (st != WV_OK)
		wv_err_set(err, st, "%s", why.text);
	return st;
}

static enum wv_status import_all(struct importing *i, struct wv_err *err)
{
	int opened = 0, failed = 0;
	enum wv_status st = WV_OK, last = WV_OK;

	for (int k = 0; k < i->c->argument_count && st == WV_OK; k++) {
		struct wv_err why = WV_ERR_NONE;

		i->path = i->c->arguments[k];
		st = import_one(i, &why);
		opened += st != WV_MISSING && st != WV_PERM;
		if (is_of_input(st) && i->c->argument_count > 1) {
			if (!i->c->json)
				fprintf(stderr, "wirevault: %s\n", why.text);
			last = st;
			failed++;
			st = WV_OK;
		} else if (st != WV_OK) {
			wv_err_set(err, st, "%s", why.text);
		}
		if (st == WV_OK)
			st = wv_command_flush(i->c, err);
	}
	if (st != WV_OK)
		return st;
	if (failed && !opened)
		return last;
	return failed || i->all.faults ? WV_NO : WV_OK;
}

static enum wv_status read_options(struct importing *i, struct wv_err *err)
{
	const char *when = wv_command_option(i->c, "extract");
	static const char *const names[] = {"now", "later", "off"};

	i->options.extract = i->options.settings->run.extract;
	i->options.source = wv_slice_of(wv_command_option(i->c, "source"));
	i->options.drops_wire = wv_command_has(i->c, "decode");
	if (!when)
		return WV_OK;
	for (size_t k = 0; k < WV_COUNT(names); k++) {
		if (wv_slice_equals(wv_slice_of(when), wv_slice_of(names[k]))) {
			i->options.extract = (enum wv_extract_when)k;
			return WV_OK;
		}
	}
	return wv_err_set(err, WV_USAGE, "option '--extract': '%s' is not now, later or off", when);
}

static enum wv_status read_zones(struct importing *i, struct wv_zones *zones, struct wv_err *err)
{
	const struct wv_settings *settings = i->options.settings;
	const struct wv_zone **own = WV_ARENA_ARRAY(i->c->arena, const struct wv_zone *,
	                                            settings->source_count + 1);
	enum wv_status st = WV_OK;

	if (!own)
		return wv_err_set(err, WV_NOMEM, "out of memory for time zones");
	for (size_t k = 0; k < settings->source_count && st == WV_OK; k++)
		if (settings->sources[k].timezone.n)
			st = wv_zones_get(zones, settings->sources[k].timezone, &own[k], err);
	i->options.zones = own;
	return st;
}

static enum wv_status read_topics(struct importing *i, struct wv_topic_set **set,
                                  struct wv_err *err)
{
	enum wv_status st;

	if (!i->options.settings->topic_count)
		return WV_OK;
	st = wv_settings_new_topics(i->options.settings, set, err);
	i->options.topics = *set;
	return st == WV_OK ? wv_job_read_topics(i->options.settings, i->c->arena,
	                                        &i->options.source_topics, err)
	                   : st;
}

/* The run ends with a signed head, as a crawl's does; also one that was interrupted. */
static enum wv_status sign(struct importing *i, struct wv_head_key *key, enum wv_status st,
                           struct wv_err *err)
{
	struct wv_signed_head head;
	struct wv_err why = WV_ERR_NONE;
	enum wv_status signed_st;

	if (st != WV_OK && st != WV_NO && st != WV_STOPPED)
		return st;
	signed_st = wv_head_sign(i->options.store, key, &head, NULL, &why);
	return signed_st == WV_OK || signed_st == WV_NO ? st
	                                                : wv_err_set(err, signed_st, "%s", why.text);
}

static enum wv_status import_locked(struct importing *i, struct wv_err *err)
{
	const struct wv_store_options create = {.create = true};
	WV_AUTO(wv_copies_follower_free) struct wv_copies_follower *copies = NULL;
	WV_AUTO(wv_store_close) struct wv_store *store = NULL; /* closed before what follows it */
	WV_AUTO(wv_head_key_free) struct wv_head_key *key = NULL;
	const char *dir = i->c->archive;
	enum wv_status st = wv_store_open(dir, &create, i->c->clock, &store, err);

	if (st == WV_OK)
		st = wv_merkle_follow(store, err);
	if (st == WV_OK)
		st = wv_copies_follow(store, &copies, err);
	if (st == WV_OK)
		st = wv_head_key_open(dir, i->options.settings->proof.key_file, &key, err);
	if (st != WV_OK)
		return st;
	i->options.store = store;
	st = import_all(i, err);
	return sign(i, key, st, err);
}

static enum wv_status import(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_lock_release) struct wv_lock *lock = NULL;
	WV_AUTO(wv_zones_free) struct wv_zones *zones = NULL;
	WV_AUTO(wv_topic_set_free) struct wv_topic_set *topics = NULL;
	struct importing i = {.c = c};
	enum wv_status st;

	i.options = (struct wv_import_options){.settings = wv_settings_get(c->settings),
	                                       .clock = c->clock,
	                                       .fault = say_fault,
	                                       .progress = show_progress,
	                                       .is_stopped = is_stopped,
	                                       .context = &i};
	st = read_options(&i, err);
	if (st == WV_OK)
		st = wv_zones_new(&zones, err);
	if (st == WV_OK)
		st = read_zones(&i, zones, err);
	if (st == WV_OK)
		st = read_topics(&i, &topics, err);
	if (st == WV_OK)
		wv_run_be_nice(i.options.settings);
	if (st == WV_OK)
		st = wv_wait_lock(c, true, &lock, err);
	return st == WV_OK ? import_locked(&i, err) : st;
}

const struct wv_command wv_command_import = {
	.name = "import",
	.summary = "bring in captures from WARC files and other archives",
	.arguments = "FILE|DIR...",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 1,
	.max_arguments = -1,
	.run = import,
};
