#ifndef WV_CRAWLER_CMD_COMMAND_H
#define WV_CRAWLER_CMD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/json.h"
#include "config/base/status.h"
#include "config/settings.h"

/*
 * What a subcommand is: a row with a name, words, options and a function. The same tables feed
 * the parser, --help, the manual pages and the shell completions, so they cannot disagree.
 */

struct wv_option {
	const char *name;     /* without "--" */
	char letter;          /* short form, or 0 */
	const char *argument; /* "FILE", "T", "N"; NULL for a flag */
	const char *help;     /* one sentence, no full stop */
	bool repeats;         /* may be given several times */
	bool value_optional;  /* --article or --article=md */
};

enum wv_command_flag {
	WV_COMMAND_NO_SETTINGS = 1u << 0, /* never reads a settings file */
	WV_COMMAND_JSON_ALWAYS = 1u << 1, /* prints JSON lines without being asked */
	WV_COMMAND_NO_JSON = 1u << 2,     /* prints no records: --json is not offered */
	WV_COMMAND_ARCHIVE = 1u << 3,     /* opens an existing archive: WV_MISSING (66) without one */
	WV_COMMAND_MAYBE_SETTINGS = 1u << 4, /* only where it asks, by wv_command_load_settings */
	WV_COMMAND_NAMES_K = 1u << 5,     /* its last words name the K that it used */
};

struct wv_command_context;

struct wv_command {
	const char *name;
	const char *summary;             /* one line for `wirevault --help` */
	const char *arguments;           /* "[URL...]", for the usage line */
	const char *const *details;      /* paragraphs for --help and the manual, ended by NULL */
	const char *const *examples;     /* command line, what it does, ..., NULL */
	const struct wv_option *options; /* its own; the common ones are added */
	size_t option_count;
	int min_arguments, max_arguments; /* max -1: any number */
	uint32_t flags;
	/*
	 * Does the work. The result becomes the exit code by wv_status_exit_code, after `err` was
	 * printed once if it has words: WV_NO is the plain no (1) and needs none.
	 */
	enum wv_status (*run)(struct wv_command_context *context, struct wv_err *err);
};

/* What main gives a command: all of it outlives run(). */
struct wv_command_context {
	const struct wv_command *command;
	struct wv_clock *clock;
	struct wv_arena *arena;
	struct wv_settings_file *settings; /* NULL with WV_COMMAND_NO_SETTINGS */
	const char *archive;               /* folder; NULL with WV_COMMAND_NO_SETTINGS */
	struct wv_buf *out;                /* results; wv_command_flush writes it to stdout */
	bool json, verbose, quiet;
	bool is_terminal_out, is_terminal_err, has_colour;
	int argument_count;
	const char *const *arguments;
	const struct wv_parsed_option *parsed;
	size_t parsed_count;
};

struct wv_parsed_option {
	const struct wv_option *option;
	const char *value; /* NULL for flags */
};

/* Value of an option: the last one given, or NULL. Asking for an undeclared name is our bug. */
const char *wv_command_option(const struct wv_command_context *context, const char *name);
bool wv_command_has(const struct wv_command_context *context, const char *name);
/* The nth value (from 0) of a repeating option, or NULL. */
const char *wv_command_option_at(const struct wv_command_context *context, const char *name,
                                 size_t nth);
/* Typed values, with the option's name in the complaint (WV_USAGE); left alone if not given. */
WV_MUST_USE enum wv_status wv_command_u64(const struct wv_command_context *context,
                                          const char *name, uint64_t *out, struct wv_err *err);
WV_MUST_USE enum wv_status wv_command_duration(const struct wv_command_context *context,
                                               const char *name, int64_t *us, struct wv_err *err);
/* For partial times `use_last` takes their last instant; the instant used goes to stderr when it
 * was partial. */
WV_MUST_USE enum wv_status wv_command_time(const struct wv_command_context *context,
                                           const char *name, bool use_last, struct wv_time *out,
                                           struct wv_err *err);
/* Writes what is in context->out to stdout and empties it; WV_IO if that fails (a closed pipe
 * ends the program quietly). Call it every few records. */
WV_MUST_USE enum wv_status wv_command_flush(struct wv_command_context *context,
                                            struct wv_err *err);
/* Settings and archive folder, for a command with WV_COMMAND_MAYBE_SETTINGS. */
WV_MUST_USE enum wv_status wv_command_load_settings(struct wv_command_context *context,
                                                    struct wv_err *err);
/* A line on stderr for people ("wirevault: ..."), not with --quiet. */
void wv_command_note(const struct wv_command_context *context, const char *format, ...)
	WV_PRINTF(2, 3);
/* Up to `cap_bytes` of a file, "-" for stdin; WV_MISSING, WV_PERM, WV_IO, WV_LIMIT. */
WV_MUST_USE enum wv_status wv_command_read_file(const char *path, size_t cap_bytes,
                                                struct wv_buf *out, struct wv_err *err);

/* Set by SIGINT and SIGTERM: 0, SIGINT or SIGTERM; `count` is how often. */
int wv_command_stop_signal(void);
int wv_command_stop_count(void);

/* The table, in the order of the manual; ended by a NULL name. */
extern const struct wv_command *const wv_commands[];

/* main() of wirevault and wirevault-newsroom: parses, opens, runs, reports, gives the exit code. */
int wv_command_main(int argc, char **argv, const char *program,
                    const struct wv_command *const *commands, struct wv_clock *clock);

#endif
