#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/base/file.h"
#include "config/base/limits.h"
#include "config/settings.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"

struct check {
	struct wv_command_context *context;
	const char *name; /* as it stands before each fault */
	uint64_t faults, warnings;
};

/* Takes "NAME:LINE: [warning: ]reason" apart; the name is ours, whatever bytes it has. */
static void print_json(struct check *check, const char *kind, const char *line)
{
	struct wv_slice rest = wv_slice_from(wv_slice_of(line), wv_slice_of(check->name).n);
	struct wv_cursor c = wv_cursor(rest);
	struct wv_json_writer json;
	uint64_t number = 0;

	(void)wv_cursor_u8(&c); /* the colon */
	if (wv_cursor_number(&c, &number))
		(void)wv_cursor_u8(&c);
	rest = wv_slice_trim(wv_slice(c.p, wv_cursor_left(&c)));
	if (wv_slice_starts(rest, WV_LIT("warning: ")))
		rest = wv_slice_from(rest, 9);
	wv_json_begin(&json, check->context->out);
	wv_json_open_object(&json, NULL);
	wv_json_int(&json, "v", 1);
	wv_json_string(&json, "kind", wv_slice_of(kind));
	wv_json_string(&json, "file", wv_slice_of(check->name));
	if (number)
		wv_json_u64(&json, "line", number);
	else
		wv_json_null(&json, "line");
	wv_json_string(&json, "reason", rest);
	wv_json_close(&json);
	wv_buf_add_byte(check->context->out, '\n');
}

static void say_fault(void *context, const char *line)
{
	struct check *check = context;

	check->faults++;
	if (check->context->json)
		print_json(check, "fault", line);
	else
		fprintf(stderr, "%s\n", line);
}

static void say_warning(struct check *check, const char *line)
{
	check->warnings++;
	if (check->context->json)
		print_json(check, "warning", line);
	else if (!check->context->quiet)
		fprintf(stderr, "%s\n", line);
}

/* A file that is named but cannot be read today: the run will stumble over it. */
static void look_for(struct check *check, const char *key, struct wv_slice path, int mode)
{
	char *name = path.n > 0 ? wv_arena_string(check->context->arena, path) : NULL;
	struct wv_slice line;
	int why;

	if (!name || access(name, mode) == 0)
		return;
	why = errno;
	line = wv_arena_format(check->context->arena, "%s: warning: %s: '%s' cannot be used: %s",
			       check->name, key, name, strerror(why));
	name = wv_arena_string(check->context->arena, line);
	if (name)
		say_warning(check, name);
}

static void look_for_files(struct check *check, const struct wv_settings *settings)
{
	look_for(check, "network.ca_file", settings->network.ca_file, R_OK);
	look_for(check, "stories.words", settings->stories_words, R_OK);
	for (size_t i = 0; i < settings->source_count; i++) {
		look_for(check, "cookies", settings->sources[i].cookies_file, R_OK);
		look_for(check, "ca_file", settings->sources[i].ca_file, R_OK);
	}
	for (size_t i = 0; i < settings->hook_count; i++) {
		struct wv_slice command = settings->hooks[i].command.p[0];

		if (wv_slice_find_byte(command, '/', 0) != SIZE_MAX)
			look_for(check, "hooks", command, X_OK);
	}
}

static void print_result(struct check *check, const struct wv_settings *settings)
{
	struct wv_json_writer json;

	if (!check->context->json) {
		if (settings && !check->context->quiet)
			wv_buf_add_format(
				check->context->out,
				"%s: no fault, %llu warning%s, %zu source%s, %zu topic%s\n",
				check->name, (unsigned long long)check->warnings,
				check->warnings == 1 ? "" : "s", settings->source_count,
				settings->source_count == 1 ? "" : "s", settings->topic_count,
				settings->topic_count == 1 ? "" : "s");
		return;
	}
	wv_json_begin(&json, check->context->out);
	wv_json_open_object(&json, NULL);
	wv_json_int(&json, "v", 1);
	wv_json_string(&json, "kind", WV_LIT("result"));
	wv_json_string(&json, "file", wv_slice_of(check->name));
	wv_json_u64(&json, "faults", check->faults);
	wv_json_u64(&json, "warnings", check->warnings);
	if (settings) {
		wv_json_u64(&json, "sources", settings->source_count);
		wv_json_u64(&json, "topics", settings->topic_count);
	}
	wv_json_close(&json);
	wv_buf_add_byte(check->context->out, '\n');
}

static enum wv_status load(struct check *check, struct wv_settings_file **file, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {.cap = WV_LIMIT_SETTINGS_BYTES + WV_MIB};
	enum wv_status st;

	if (!wv_slice_equals(wv_slice_of(check->name), WV_LIT("-")))
		return wv_settings_load(check->name, say_fault, check, file, err);
	st = wv_command_read_file("-", WV_LIMIT_SETTINGS_BYTES, &bytes, err);
	if (st != WV_OK)
		return st == WV_LIMIT ? WV_SETTINGS : st;
	return wv_settings_parse(wv_buf_slice(&bytes), check->name, say_fault, check, file, err);
}

static enum wv_status run_check(struct wv_command_context *context, struct wv_err *err)
{
	WV_AUTO(wv_settings_free) struct wv_settings_file *file = NULL;
	struct check check = {.context = context};
	struct wv_strings warnings;
	enum wv_status st;

	check.name = context->argument_count > 1 ? context->arguments[1]
						 : wv_command_option(context, "config");
	if (!check.name)
		check.name = getenv("WIREVAULT_CONFIG");
	if (!check.name || !*check.name)
		return wv_err_set(err, WV_USAGE,
				  "no file to check: name it, or set WIREVAULT_CONFIG");
	st = load(&check, &file, err);
	if (st == WV_SETTINGS && check.faults > 0) {
		print_result(&check, NULL);
		return wv_err_set(err, st, "'%s' has faults", check.name);
	}
	if (st != WV_OK)
		return st;
	warnings = wv_settings_warnings(file);
	for (size_t i = 0; i < warnings.n; i++) {
		const char *line = wv_arena_string(context->arena, warnings.p[i]);

		if (!line)
			return wv_err_set(err, WV_NOMEM, "out of memory");
		say_warning(&check, line);
	}
	look_for_files(&check, wv_settings_get(file));
	print_result(&check, wv_settings_get(file));
	return WV_OK;
}

static enum wv_status run_init(struct wv_command_context *context, struct wv_err *err)
{
	const char *path = wv_command_option(context, "output");
	enum wv_status st;
	int fd;

	if (context->argument_count > 1)
		return wv_err_set(err, WV_USAGE, "'config init' takes no FILE: use -o FILE");
	if (!path || wv_slice_equals(wv_slice_of(path), WV_LIT("-"))) {
		wv_buf_add(context->out, wv_settings_template());
		return wv_command_flush(context, err);
	}
	/* O_EXCL: a file that is there is somebody's work, a dangling link somebody's plan. */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 && errno == EEXIST)
		return wv_err_set(err, WV_CREATE, "'%s' is there already and is not overwritten",
				  path);
	if (fd < 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create '%s'", path);
	st = wv_file_write(fd, wv_settings_template(), path, err);
	if (st == WV_OK && fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
		st = wv_err_errno(err, WV_IO, errno, "cannot write '%s'", path);
	if (close(fd) != 0 && st == WV_OK)
		st = wv_err_errno(err, WV_IO, errno, "cannot write '%s'", path);
	if (st != WV_OK)
		(void)unlink(path);
	else
		wv_command_note(context, "wrote '%s': fill in agent.contact and sources", path);
	return st;
}

static enum wv_status run_config(struct wv_command_context *context, struct wv_err *err)
{
	struct wv_slice what = wv_slice_of(context->arguments[0]);

	if (wv_slice_equals(what, WV_LIT("init")))
		return run_init(context, err);
	if (!wv_slice_equals(what, WV_LIT("check")))
		return wv_err_set(err, WV_USAGE, "'config %s': check or init",
				  context->arguments[0]);
	if (wv_command_has(context, "output"))
		return wv_err_set(err, WV_USAGE, "option '--output' belongs to 'config init'");
	return run_check(context, err);
}

static const struct wv_option options[] = {
	{.name = "config",
	 .letter = 'c',
	 .argument = "FILE",
	 .help = "The settings to check (default: WIREVAULT_CONFIG)"},
	{.name = "output",
	 .letter = 'o',
	 .argument = "FILE",
	 .help = "Where init writes (default: standard output); never over a file that exists"},
};

static const char *const details[] = {
	"check reads a settings file (- for standard input) and names every fault in it, each on a "
	"line of its own with file, line and the offending value, and what is allowed but hardly "
	"meant as a warning. No fault makes exit code 0, a fault 78.",
	"init writes a settings file that lists every key with its default, to be filled in.",
	"With --json, check prints an object a line: {\"kind\":\"fault\"|\"warning\",\"file\","
	"\"line\",\"reason\"}, and at the end {\"kind\":\"result\",\"faults\",\"warnings\",...}. "
	"The "
	"keys are explained in wirevault.yaml(5).",
	NULL,
};

static const char *const examples[] = {
	"wirevault config init -o news.yaml",
	"a commented file to begin with",
	"wirevault config check news.yaml",
	"all that is wrong with it",
	NULL,
};

const struct wv_command wv_command_config = {
	.name = "config",
	.summary = "check a settings file, or write a commented one",
	.arguments = "check [FILE] | init [-o FILE]",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 1,
	.max_arguments = 2,
	.flags = WV_COMMAND_NO_SETTINGS,
	.run = run_config,
};
