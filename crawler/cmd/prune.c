#include "archive/care/retention.h"

#include <stdio.h>

#include "archive/store/lock.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/read.h"
#include "crawler/cmd/wait_lock.h"

static const struct wv_option options[] = {
	{"dry-run", 'n', NULL, "say what would go and remove nothing", false, false},
	{"yes", 0, NULL, "remove it", false, false},
	WV_WAIT_LOCK_OPTION,
};

static const char *const details[] = {
	"Removes bodies that have outlived the retention of the settings (age, count, size; any source may "
	"have its own). Captures, articles, digests, proofs and the log stay; so do the newest good body of "
	"each page and whatever 'wirevault takedown hold' holds. Who asks for bytes that are gone is told "
	"when and by which rule they went.",
	"Prints what goes by source, with -v each capture, with --json an object a line. Space inside the "
	"file becomes free for what comes; 'wirevault compact' gives it back to the disk.",
	NULL,
};

static const char *const examples[] = {
	"wirevault prune --dry-run -c news.yaml",
	"what would go, and how many bytes",
	"wirevault prune --yes -c news.yaml",
	"from cron, every night",
	NULL,
};

struct listing {
	struct wv_command_context *c;
	struct wv_arena *scratch;
};

static void print_one(const struct wv_capture *capture, struct wv_slice page_key, const char *rule,
                      uint64_t bytes, void *context)
{
	const struct listing *l = context;
	struct wv_json_writer w;
	char text[WV_TIME_TEXT_MAX];

	if (l->c->json) {
		wv_json_begin(&w, l->c->out);
		wv_json_open_object(&w, NULL);
		wv_json_int(&w, "v", 1);
		wv_json_string(&w, "kind", WV_LIT("capture"));
		wv_json_u64(&w, "id", capture->id);
		wv_json_string(&w, "page", page_key);
		wv_json_time(&w, "captured", capture->captured);
		wv_json_digest(&w, "digest", &capture->body);
		wv_json_string(&w, "rule", wv_slice_of(rule));
		wv_json_u64(&w, "bytes", bytes);
		wv_json_close(&w);
	} else {
		wv_buf_add_format(l->c->out, "%8llu  %s  %-5s ", (unsigned long long)capture->id,
		                  wv_time_print(wv_read_second(capture->captured), text), rule);
		wv_read_add_plain(l->c->out, page_key);
	}
	wv_buf_add_byte(l->c->out, '\n');
	(void)!wv_command_flush(l->c, NULL);
}

static bool go_on(void *context)
{
	(void)context;
	return wv_command_stop_signal() == 0;
}

static void print_source(struct wv_command_context *c, const char *kind,
                         const struct wv_pruned *row, const struct wv_prune_result *result)
{
	struct wv_json_writer w;
	char text[WV_TIME_TEXT_MAX];

	/* What was done is news to people; what would be done is the answer. */
	if (!c->json && c->quiet && !wv_command_has(c, "dry-run"))
		return;
	if (!c->json) {
		wv_read_add_plain(c->out, result ? WV_LIT("in all")
		                          : row->source.n ? row->source
		                                          : WV_LIT("(no source)"));
		wv_buf_add_format(c->out, ": %llu captures, %llu bodies, %s\n",
		                  (unsigned long long)row->captures, (unsigned long long)row->bodies,
		                  wv_size_print(row->bytes, text));
		return;
	}
	wv_json_begin(&w, c->out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "kind", wv_slice_of(kind));
	if (!result)
		wv_json_string_or_null(&w, "source", row->source);
	wv_json_u64(&w, "captures", row->captures);
	wv_json_u64(&w, "bodies", row->bodies);
	wv_json_u64(&w, "bytes", row->bytes);
	if (result) {
		wv_json_u64(&w, "recoded", result->recoded);
		wv_json_u64(&w, "stored_bytes", result->stored_bytes);
		wv_json_bool(&w, "too_large", result->is_too_large);
	}
	wv_json_close(&w);
	wv_buf_add_byte(c->out, '\n');
}

static enum wv_status rules_of(struct wv_command_context *c, const struct wv_settings *settings,
                               struct wv_prune *prune, bool *has_any, struct wv_err *err)
{
	struct wv_retention_rule *rules =
		WV_ARENA_ARRAY(c->arena, struct wv_retention_rule, settings->source_count + 1);

	if (!rules)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	prune->keep = settings->retention;
	*has_any = prune->keep.age_us >= 0 || prune->keep.count >= 0 || prune->keep.bytes >= 0;
	for (size_t i = 0; i < settings->source_count; i++) {
		const struct wv_source *source = &settings->sources[i];
		const struct wv_retention *keep = &source->retention;

		if (keep->age_us == prune->keep.age_us && keep->count == prune->keep.count &&
		    keep->bytes < 0)
			continue;
		rules[prune->rule_count++] = (struct wv_retention_rule){source->name, *keep};
		*has_any = *has_any || keep->age_us >= 0 || keep->count >= 0 || keep->bytes >= 0;
	}
	prune->rules = rules;
	return WV_OK;
}

static enum wv_status run_prune(struct wv_command_context *c, const struct wv_prune *prune,
                                struct wv_err *err)
{
	WV_AUTO(wv_lock_release) struct wv_lock *lock = NULL;
	WV_AUTO(wv_store_close) struct wv_store *store = NULL;
	struct wv_prune_result result;
	char text[WV_TIME_TEXT_MAX];
	enum wv_status st = WV_OK;

	if (!prune->dry_run)
		st = wv_wait_lock(c, false, &lock, err);
	if (st == WV_OK)
		st = wv_store_open(c->archive,
		                   &(struct wv_store_options){.read_only = prune->dry_run}, c->clock,
		                   &store, err);
	if (st == WV_OK)
		st = wv_prune_run(store, c->arena, prune, &result, err);
	if (st != WV_OK)
		return st;
	for (size_t i = 0; i < result.source_count; i++)
		print_source(c, "source", &result.sources[i], NULL);
	print_source(c, "total", &result.all, &result);
	if (prune->dry_run)
		wv_command_note(c, "nothing was removed: --yes removes it");
	if (result.is_too_large)
		wv_command_note(c, "%s stay stored, above retention.size: the rest is held, or the "
		                   "newest of its page, or no body",
		                wv_size_print(result.stored_bytes, text));
	return WV_OK;
}

static enum wv_status prune(struct wv_command_context *c, struct wv_err *err)
{
	struct listing listing = {.c = c};
	struct wv_prune prune = {.now = wv_clock_now(c->clock),
	                         .dry_run = wv_command_has(c, "dry-run"),
	                         .each = c->verbose ? print_one : NULL,
	                         .go_on = go_on,
	                         .context = &listing};
	bool has_any = false;
	enum wv_status st = rules_of(c, wv_settings_get(c->settings), &prune, &has_any, err);

	if (st != WV_OK)
		return st;
	if (wv_command_has(c, "yes") && prune.dry_run)
		return wv_err_set(err, WV_USAGE, "--dry-run and --yes exclude each other");
	if (!wv_command_has(c, "yes") && !prune.dry_run)
		return wv_err_set(err, WV_USAGE,
		                  "prune removes bytes for good: say --yes, or --dry-run to see what "
		                  "would go");
	if (!has_any) {
		wv_command_note(c, "nothing to prune: the settings have no retention");
		return WV_OK;
	}
	return run_prune(c, &prune, err);
}

const struct wv_command wv_command_prune = {
	.name = "prune",
	.summary = "remove bodies that have outlived their retention",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.flags = WV_COMMAND_ARCHIVE,
	.run = prune,
};
