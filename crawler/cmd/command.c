#include "crawler/cmd/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/base/limits.h"
#include "config/base/log.h"
#include "crawler/cmd/common_options.h"
#include "crawler/cmd/help.h"
#include "crawler/cmd/memory_fault.h"

#define OUT_CAP_BYTES   (1024u * WV_MIB)
#define ARENA_CAP_BYTES (1024u * WV_MIB)
#define OPTIONS_MAX     256u

/* The stop flag: set by the handler, read by whoever loops. */
static volatile sig_atomic_t stop_signal;
static volatile sig_atomic_t stop_count;

static void on_stop(int signal_number)
{
	stop_signal = signal_number;
	stop_count++;
}

int wv_command_stop_signal(void)
{
	return stop_signal;
}

int wv_command_stop_count(void)
{
	return stop_count;
}

/*
 * A program started with a standard descriptor closed gives its number to the next file that it
 * opens: the archive, which would then be what messages are written to. Writing results to what
 * was closed goes on failing.
 */
static bool fill_descriptors(void)
{
	static const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY};

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", modes[fd]) != fd)
			return false;
	return true;
}

static void watch_signals(void)
{
	struct sigaction action = {.sa_handler = on_stop};

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* Writes to a closed pipe are seen by wv_command_flush. */
	signal(SIGPIPE, SIG_IGN);
	/* A parent may hand down that it is ignored: then no child could be waited for. */
	signal(SIGCHLD, SIG_DFL);
}

/* Parsing. */

struct parse {
	const struct wv_command *command;
	struct wv_parsed_option options[OPTIONS_MAX];
	size_t option_count;
	const char **arguments;
	int argument_count;
};

static const struct wv_option *find_option(const struct wv_command *command, struct wv_slice name,
                                           char letter)
{
	const struct wv_option *option;

	for (size_t i = 0; i < command->option_count; i++) {
		option = &command->options[i];
		if (letter ? option->letter == letter : wv_slice_equals(name, wv_slice_of(option->name)))
			return option;
	}
	for (size_t i = 0; wv_command_common_option(command, i, &option); i++) {
		if (!option)
			continue;
		if (letter ? option->letter == letter : wv_slice_equals(name, wv_slice_of(option->name)))
			return option;
	}
	return NULL;
}

static enum wv_status add_option(struct parse *parse, const struct wv_option *option,
                                 const char *value, struct wv_err *err)
{
	if (parse->option_count == OPTIONS_MAX)
		return wv_err_set(err, WV_USAGE, "more than %u options", OPTIONS_MAX);
	parse->options[parse->option_count++] = (struct wv_parsed_option){option, value};
	return WV_OK;
}

static enum wv_status parse_long(struct parse *parse, const char *word, const char *next,
                                 bool *used_next, struct wv_err *err)
{
	struct wv_slice name = wv_slice_of(word + 2);
	size_t equals = wv_slice_find_byte(name, '=', 0);
	const char *value = equals == SIZE_MAX ? NULL : word + 2 + equals + 1;
	const struct wv_option *option;

	name = wv_slice_part(name, 0, equals);
	option = find_option(parse->command, name, 0);
	if (!option) {
		const char *near = wv_help_nearest_option(parse->command, name);

		return wv_err_set(err, WV_USAGE, "unknown option '--%.*s'%s%s%s", WV_FMT(name),
		                  near ? " (did you mean '--" : "", near ? near : "", near ? "'?)" : "");
	}
	if (!option->argument && value)
		return wv_err_set(err, WV_USAGE, "option '--%s' takes no value", option->name);
	if (option->argument && !value && !option->value_optional) {
		if (!next)
			return wv_err_set(err, WV_USAGE, "option '--%s' needs %s", option->name,
			                  option->argument);
		value = next;
		*used_next = true;
	}
	return add_option(parse, option, value, err);
}

static enum wv_status parse_short(struct parse *parse, const char *word, const char *next,
                                  bool *used_next, struct wv_err *err)
{
	for (const char *at = word + 1; *at; at++) {
		const struct wv_option *option = find_option(parse->command, WV_SLICE_NONE, *at);
		enum wv_status st;

		if (!option)
			return wv_err_set(err, WV_USAGE, "unknown option '-%c'", *at);
		if (!option->argument || option->value_optional) {
			st = add_option(parse, option, NULL, err);
			if (st != WV_OK)
				return st;
			continue;
		}
		if (at[1])
			return add_option(parse, option, at + 1, err);
		if (!next)
			return wv_err_set(err, WV_USAGE, "option '-%c' needs %s", *at, option->argument);
		*used_next = true;
		return add_option(parse, option, next, err);
	}
	return WV_OK;
}

static enum wv_status parse_words(struct parse *parse, int count, char **words,
                                  struct wv_err *err)
{
	bool only_arguments = false;

	for (int i = 0; i < count; i++) {
		const char *word = words[i];
		const char *next = i + 1 < count ? words[i + 1] : NULL;
		bool used_next = false;
		enum wv_status st = WV_OK;

		if (only_arguments || word[0] != '-' || word[1] == '\0')
			parse->arguments[parse->argument_count++] = word;
		else if (word[1] == '-' && word[2] == '\0')
			only_arguments = true;
		else if (word[1] == '-')
			st = parse_long(parse, word, next, &used_next, err);
		else
			st = parse_short(parse, word, next, &used_next, err);
		if (st != WV_OK)
			return st;
		i += used_next;
	}
	return WV_OK;
}

static enum wv_status check_counts(const struct parse *parse, struct wv_err *err)
{
	const struct wv_command *command = parse->command;

	if (parse->argument_count < command->min_arguments)
		return wv_err_set(err, WV_USAGE, "'%s' needs %s", command->name, command->arguments);
	if (command->max_arguments >= 0 && parse->argument_count > command->max_arguments)
		return wv_err_set(err, WV_USAGE, "'%s' takes %s: '%s' is too much", command->name,
		                  command->max_arguments ? command->arguments : "no arguments",
		                  parse->arguments[command->max_arguments]);
	for (size_t i = 0; i < parse->option_count; i++)
		for (size_t k = 0; k < i; k++)
			if (parse->options[i].option == parse->options[k].option &&
			    !parse->options[i].option->repeats && parse->options[i].option->argument)
				return wv_err_set(err, WV_USAGE, "option '--%s' is given twice",
				                  parse->options[i].option->name);
	return WV_OK;
}

/* What a command asks of its context. */

static const struct wv_parsed_option *find_parsed(const struct wv_command_context *context,
                                                  const char *name, size_t nth, bool last)
{
	const struct wv_parsed_option *found = NULL;
	struct wv_slice wanted = wv_slice_of(name);

	WV_ASSERT(find_option(context->command, wanted, 0));
	for (size_t i = 0; i < context->parsed_count; i++) {
		if (!wv_slice_equals(wv_slice_of(context->parsed[i].option->name), wanted))
			continue;
		found = &context->parsed[i];
		if (!last && nth-- == 0)
			return found;
	}
	return last ? found : NULL;
}

const char *wv_command_option(const struct wv_command_context *context, const char *name)
{
	const struct wv_parsed_option *parsed = find_parsed(context, name, 0, true);

	return parsed ? parsed->value : NULL;
}

bool wv_command_has(const struct wv_command_context *context, const char *name)
{
	return find_parsed(context, name, 0, true) != NULL;
}

const char *wv_command_option_at(const struct wv_command_context *context, const char *name,
                                 size_t nth)
{
	const struct wv_parsed_option *parsed = find_parsed(context, name, nth, false);

	return parsed ? parsed->value : NULL;
}

enum wv_status wv_command_u64(const struct wv_command_context *context, const char *name,
                              uint64_t *out, struct wv_err *err)
{
	const char *value = wv_command_option(context, name);

	if (!value || wv_slice_u64(wv_slice_of(value), out))
		return WV_OK;
	return wv_err_set(err, WV_USAGE, "option '--%s': '%s' is no number", name, value);
}

enum wv_status wv_command_duration(const struct wv_command_context *context, const char *name,
                                   int64_t *us, struct wv_err *err)
{
	const char *value = wv_command_option(context, name);
	enum wv_status st;

	if (!value)
		return WV_OK;
	st = wv_duration_parse(wv_slice_of(value), us, err);
	return st == WV_OK ? WV_OK : wv_err_add(err, st, "option '--%s'", name);
}

enum wv_status wv_command_time(const struct wv_command_context *context, const char *name,
                               bool use_last, struct wv_time *out, struct wv_err *err)
{
	const char *value = wv_command_option(context, name);
	struct wv_time_range range;
	char text[WV_TIME_TEXT_MAX];
	enum wv_status st;

	if (!value)
		return WV_OK;
	st = wv_time_parse(wv_slice_of(value), wv_clock_now(context->clock), &range, err);
	if (st != WV_OK)
		return wv_err_add(err, st, "option '--%s'", name);
	*out = use_last ? range.last : range.first;
	if (range.first.us != range.last.us)
		wv_command_note(context, "--%s %s means %s", name, value, wv_time_print(*out, text));
	return WV_OK;
}

enum wv_status wv_command_flush(struct wv_command_context *context, struct wv_err *err)
{
	enum wv_status st = wv_buf_finish(context->out, "output", err);
	struct wv_slice rest = wv_buf_slice(context->out);

	if (st != WV_OK)
		return st;
	while (rest.n) {
		ssize_t n = write(STDOUT_FILENO, rest.p, rest.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE) {
			/* The reader has had enough: end as every filter does. */
			signal(SIGPIPE, SIG_DFL);
			raise(SIGPIPE);
		}
		if (n < 0)
			return wv_err_errno(err, WV_IO, errno, "cannot write to standard output");
		rest = wv_slice_from(rest, (size_t)n);
	}
	wv_buf_reset(context->out);
	return WV_OK;
}

void wv_command_note(const struct wv_command_context *context, const char *format, ...)
{
	char text[4096];
	va_list args;

	if (context->quiet)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(stderr, "wirevault: %s\n", text);
}

enum wv_status wv_command_read_file(const char *path, size_t cap_bytes, struct wv_buf *out,
                                    struct wv_err *err)
{
	bool is_stdin = wv_slice_equals(wv_slice_of(path), WV_LIT("-"));
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	enum wv_status st = WV_OK;
	size_t start = out->n;

	if (fd < 0)
		return wv_err_errno(err, errno == ENOENT || errno == ENOTDIR ? WV_MISSING : WV_IO, errno,
		                    "cannot open '%s'", path);
	for (;;) {
		unsigned char *at = wv_buf_room(out, 64 * WV_KIB);
		ssize_t n;

		if (!at) {
			st = wv_buf_finish(out, path, err);
			break;
		}
		n = read(fd, at, 64 * WV_KIB);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			st = wv_err_errno(err, errno == EISDIR ? WV_MISSING : WV_IO, errno,
			                  "cannot read '%s'", path);
			break;
		}
		if (n == 0)
			break;
		out->n += (size_t)n;
		if (out->n - start > cap_bytes) {
			st = wv_err_set(err, WV_LIMIT, "'%s' is larger than %zu bytes", path, cap_bytes);
			break;
		}
	}
	if (!is_stdin)
		close(fd);
	return st;
}

/* From words to an exit code. */

static void print_fault(void *context, const char *line)
{
	uint64_t *faults = context;

	++*faults;
	fprintf(stderr, "%s\n", line);
}

static enum wv_status load_file(const char *file, struct wv_settings_file **out, struct wv_err *err)
{
	uint64_t faults = 0;
	enum wv_status st = wv_settings_load(file, print_fault, &faults, out, err);

	return faults ? wv_err_set(err, st, "settings '%s' have faults", file) : st;
}

enum wv_status wv_command_load_settings(struct wv_command_context *context, struct wv_err *err)
{
	const char *file = wv_command_option(context, "config");
	const char *archive = wv_command_option(context, "archive");
	const struct wv_settings *settings;
	enum wv_status st;

	if (!file)
		file = getenv("WIREVAULT_CONFIG");
	if (file && *file)
		st = load_file(file, &context->settings, err);
	else
		st = wv_settings_new_default(&context->settings, err);
	if (st != WV_OK)
		return st;
	settings = wv_settings_get(context->settings);
	if (!archive && settings->archive.n)
		archive = wv_arena_string(context->arena, settings->archive);
	context->archive = archive ? archive : "archive";
	return WV_OK;
}

static void set_up_terminal(struct wv_command_context *context)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	context->is_terminal_out = isatty(STDOUT_FILENO) == 1;
	context->is_terminal_err = isatty(STDERR_FILENO) == 1;
	context->has_colour = context->is_terminal_out && !context->quiet &&
	                      !(no_colour && *no_colour) && term &&
	                      !wv_slice_equals(wv_slice_of(term), WV_LIT("dumb"));
}

static void set_up_log(struct wv_command_context *context)
{
	int verbose = 0;

	for (size_t i = 0; i < context->parsed_count; i++)
		verbose += context->parsed[i].option->letter == 'v';
	context->verbose = verbose > 0;
	context->quiet = wv_command_has(context, "quiet");
	if (context->quiet)
		wv_log_set_level(WV_LOG_ERROR);
	else if (verbose)
		wv_log_set_level(verbose > 1 ? WV_LOG_DEBUG : WV_LOG_INFO);
}

static enum wv_status run_command(struct wv_command_context *context, struct wv_err *err)
{
	const struct wv_command *command = context->command;
	enum wv_status st;

	set_up_log(context);
	set_up_terminal(context);
	if (command->flags & WV_COMMAND_JSON_ALWAYS)
		context->json = true;
	else if (!(command->flags & WV_COMMAND_NO_JSON))
		context->json = wv_command_has(context, "json") || wv_command_has(context, "jsonl");
	if (!(command->flags & (WV_COMMAND_NO_SETTINGS | WV_COMMAND_MAYBE_SETTINGS))) {
		st = wv_command_load_settings(context, err);
		if (st != WV_OK)
			return st;
	}
	if (command->flags & WV_COMMAND_ARCHIVE)
		wv_memory_fault_watch(context->archive);
	st = command->run(context, err);
	if (context->out->n || context->out->failed != WV_OK) {
		struct wv_err flush_err = WV_ERR_NONE;
		enum wv_status flushed = wv_command_flush(context, &flush_err);

		if (flushed != WV_OK && (st == WV_OK || st == WV_NO)) {
			*err = flush_err;
			st = flushed;
		}
	}
	return st;
}

/* Exit code of a run ended by a signal: 128 + its number, after a clean commit. */
static int exit_code(enum wv_status st)
{
	if (st == WV_STOPPED && stop_signal)
		return 128 + stop_signal;
	return wv_status_exit_code(st);
}

static int report(const char *program, const struct wv_command *command, enum wv_status st,
                  const struct wv_err *err)
{
	if (st != WV_OK && err->text[0])
		fprintf(stderr, "%s: %s\n", program, err->text);
	else if (st != WV_OK && st != WV_NO && st != WV_STOPPED)
		fprintf(stderr, "%s: %s\n", program, wv_status_name(st));
	if (st == WV_USAGE && command)
		fprintf(stderr, "Try '%s %s --help'.\n", program, command->name);
	return exit_code(st);
}

static int run_words(const struct wv_command *command, int count, char **words,
                     const char *program, struct wv_clock *clock)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_settings_free) struct wv_settings_file *settings = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf out = {.cap = OUT_CAP_BYTES};
	struct wv_command_context context = {.command = command, .clock = clock, .out = &out};
	struct parse parse = {.command = command};
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st = wv_arena_new(ARENA_CAP_BYTES, &arena, &err);

	if (st != WV_OK)
		return report(program, command, st, &err);
	parse.arguments = WV_ARENA_ARRAY(arena, const char *, (size_t)count + 1);
	if (!parse.arguments)
		return report(program, command, WV_NOMEM, &err);
	st = parse_words(&parse, count, words, &err);
	for (size_t i = 0; i < parse.option_count; i++) {
		if (parse.options[i].option->letter != 'h')
			continue;
		wv_help_print_command(command, program, &out);
		context.parsed = parse.options;
		return report(program, command, wv_command_flush(&context, &err), &err);
	}
	if (st == WV_OK)
		st = check_counts(&parse, &err);
	if (st != WV_OK)
		return report(program, command, st, &err);
	context.arena = arena;
	context.arguments = parse.arguments;
	context.argument_count = parse.argument_count;
	context.parsed = parse.options;
	context.parsed_count = parse.option_count;
	st = run_command(&context, &err);
	settings = context.settings;
	return report(program, command, st, &err);
}

int wv_command_main(int argc, char **argv, const char *program,
                    const struct wv_command *const *commands, struct wv_clock *clock)
{
	struct wv_slice name = wv_slice_of(argc > 1 ? argv[1] : NULL);

	if (!fill_descriptors())
		return wv_status_exit_code(WV_IO);
	watch_signals();
	if (argc < 2) {
		wv_help_print_program(program, commands, stderr);
		return wv_status_exit_code(WV_USAGE);
	}
	if (wv_slice_equals(name, WV_LIT("--version"))) {
		printf("wirevault %s\n", WV_VERSION);
		return fflush(stdout) == 0 ? 0 : wv_status_exit_code(WV_IO);
	}
	if (wv_slice_equals(name, WV_LIT("--help")) || wv_slice_equals(name, WV_LIT("-h")) ||
	    wv_slice_equals(name, WV_LIT("help")))
		return wv_help_main(argc - 2, argv + 2, program, commands);
	for (size_t i = 0; commands[i]; i++)
		if (wv_slice_equals(name, wv_slice_of(commands[i]->name)))
			return run_words(commands[i], argc - 2, argv + 2, program, clock);
	wv_help_print_unknown(program, commands, name);
	return wv_status_exit_code(WV_USAGE);
}
