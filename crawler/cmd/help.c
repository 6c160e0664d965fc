#include "crawler/cmd/help.h"

#include <stdio.h>

#include "config/base/checked.h"
#include "config/base/limits.h"
#include "crawler/cmd/common_options.h"

#define HELP_CAP_BYTES (4u * WV_MIB)
#define TEXT_COLUMNS   78u

/* Edit distance, for "did you mean"; words longer than 31 bytes are never near. */
static size_t distance(struct wv_slice a, struct wv_slice b)
{
	size_t row[33];

	if (a.n > 31 || b.n > 31)
		return SIZE_MAX;
	for (size_t k = 0; k <= b.n; k++)
		row[k] = k;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t k = 1; k <= b.n; k++) {
			size_t change = diagonal + (a.p[i - 1] != b.p[k - 1]);

			diagonal = row[k];
			row[k] = wv_min_size(change, wv_min_size(row[k], row[k - 1]) + 1);
		}
	}
	return row[b.n];
}

/* Two neighbours in the wrong order: one slip, not two. */
static bool is_swapped(struct wv_slice a, struct wv_slice b)
{
	size_t i = 0;

	if (a.n != b.n)
		return false;
	while (i < a.n && a.p[i] == b.p[i])
		i++;
	return i + 1 < a.n && a.p[i] == b.p[i + 1] && a.p[i + 1] == b.p[i] &&
	       wv_slice_equals(wv_slice_from(a, i + 2), wv_slice_from(b, i + 2));
}

static bool is_near(struct wv_slice wrong, const char *right, size_t *best)
{
	size_t d = is_swapped(wrong, wv_slice_of(right)) ? 1 : distance(wrong, wv_slice_of(right));

	if (d >= *best || d > wv_max_size(1, wrong.n / 3))
		return false;
	*best = d;
	return true;
}

const char *wv_help_nearest_option(const struct wv_command *command, struct wv_slice name)
{
	const struct wv_option *option;
	const char *near = NULL;
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < command->option_count; i++)
		if (is_near(name, command->options[i].name, &best))
			near = command->options[i].name;
	for (size_t i = 0; wv_command_common_option(command, i, &option); i++)
		if (option && is_near(name, option->name, &best))
			near = option->name;
	return near;
}

void wv_help_print_unknown(const char *program, const struct wv_command *const *commands,
                           struct wv_slice name)
{
	const char *near = NULL;
	size_t best = SIZE_MAX;

	for (size_t i = 0; commands[i]; i++)
		if (is_near(name, commands[i]->name, &best))
			near = commands[i]->name;
	fprintf(stderr, "%s: unknown command '%.*s'%s%s%s\nTry '%s --help'.\n", program, WV_FMT(name),
	        near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "", program);
}

static const char about[] =
	"crawls news pages politely, keeps every snapshot, gives any of them back";

void wv_help_print_program(const char *program, const struct wv_command *const *commands, FILE *to)
{
	fprintf(to, "%s %s: %s\n\nusage: %s COMMAND [options] [--] [arguments]\n\n", program,
	        WV_VERSION, about, program);
	for (size_t i = 0; commands[i]; i++)
		fprintf(to, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(to,
	        "\nEach command answers --help and has a manual page: man wirevault-crawl.\n"
	        "Times are UTC unless they say otherwise; 2024-06-05, 20240605054503 and '3h ago'\n"
	        "are understood.\n");
}

/* A paragraph broken at spaces; `column` columns of its first line are written already. */
static void add_wrapped_from(struct wv_buf *out, const char *text, size_t indent, size_t column)
{
	struct wv_cursor words = wv_cursor(wv_slice_of(text));

	while (wv_cursor_left(&words)) {
		struct wv_slice word = wv_cursor_until(&words, ' ');

		if (column && column + 1 + word.n > TEXT_COLUMNS) {
			wv_buf_add_byte(out, '\n');
			column = 0;
		}
		if (column == 0) {
			wv_buf_add_format(out, "%*s", (int)indent, "");
			column = indent;
		} else {
			wv_buf_add_byte(out, ' ');
			column++;
		}
		wv_buf_add(out, word);
		column += word.n;
	}
	wv_buf_add_byte(out, '\n');
}

static void add_wrapped(struct wv_buf *out, const char *text, size_t indent)
{
	add_wrapped_from(out, text, indent, 0);
}

static void add_option_help(struct wv_buf *out, const struct wv_option *option)
{
	char left[96];

	wv_buf_add_string(out, "  ");
	if (option->letter)
		wv_buf_add_format(out, "-%c, ", option->letter);
	else
		wv_buf_add_string(out, "    ");
	snprintf(left, sizeof(left), "--%s%s%s%s", option->name,
	         option->argument ? (option->value_optional ? "[=" : " ") : "",
	         option->argument ? option->argument : "", option->value_optional ? "]" : "");
	wv_buf_add_format(out, "%-24s", left);
	add_wrapped_from(out, option->help, 31,
	                 wv_max_size(30, 6 + wv_slice_of(left).n));
}

void wv_help_print_command(const struct wv_command *command, const char *program,
                           struct wv_buf *out)
{
	const struct wv_option *option;

	wv_buf_add_format(out, "usage: %s %s [options]%s%s\n\n%s\n", program, command->name,
	                  command->arguments && *command->arguments ? " " : "",
	                  command->arguments ? command->arguments : "", command->summary);
	for (size_t i = 0; command->details && command->details[i]; i++) {
		wv_buf_add_byte(out, '\n');
		add_wrapped(out, command->details[i], 0);
	}
	wv_buf_add_string(out, "\nOptions:\n");
	for (size_t i = 0; i < command->option_count; i++)
		add_option_help(out, &command->options[i]);
	for (size_t i = 0; wv_command_common_option(command, i, &option); i++)
		if (option)
			add_option_help(out, option);
	if (command->examples && command->examples[0]) {
		wv_buf_add_string(out, "\nExamples:\n");
		for (size_t i = 0; command->examples[i] && command->examples[i + 1]; i += 2)
			wv_buf_add_format(out, "  %s\n      %s\n", command->examples[i],
			                  command->examples[i + 1]);
	}
}

/* Manual pages. */

/* mdoc text: a control character at a line's start and backslashes are made harmless. */
static void add_mdoc(struct wv_buf *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		wv_buf_add_string(out, "\\&");
	for (; *text; text++) {
		if (*text == '\\')
			wv_buf_add_string(out, "\\e");
		else
			wv_buf_add_byte(out, (unsigned char)*text);
	}
	wv_buf_add_byte(out, '\n');
}

static void add_mdoc_option(struct wv_buf *out, const struct wv_option *option)
{
	wv_buf_add_string(out, ".It ");
	if (option->letter)
		wv_buf_add_format(out, "Fl %c , ", option->letter);
	wv_buf_add_format(out, "Fl \\-%s", option->name);
	if (option->argument)
		wv_buf_add_format(out, option->value_optional ? " Ns Op = Ns Ar %s" : " Ar %s",
		                  option->argument);
	wv_buf_add_byte(out, '\n');
	add_mdoc(out, option->help);
}

static const char exit_status[] =
	".Sh EXIT STATUS\n"
	".Bl -tag -width 8n -compact\n"
	".It 0\nall was done\n"
	".It 1\na plain no: absent, denied, different, some inputs failed\n"
	".It 64\nusage, or a URL that is none\n"
	".It 65\nthe archive is damaged\n"
	".It 66\nan input or the archive is missing\n"
	".It 69\nno source could be reached\n"
	".It 70\na bug of the program\n"
	".It 73\nan output cannot be created\n"
	".It 74\ninput or output error\n"
	".It 75\ntry later: lock held, disk full or below its floor, bound reached with work left\n"
	".It 77\npermission denied\n"
	".It 78\nthe settings are wrong\n"
	".It 130, 143\ninterrupted, after a clean commit\n"
	".El\n";

static void add_man_command(struct wv_buf *out, const struct wv_command *command)
{
	const struct wv_option *option;

	wv_buf_add_format(out,
	                  ".Dd November 22, 2026\n.Dt WIREVAULT-%s 1\n.Os\n.Sh NAME\n"
	                  ".Nm wirevault-%s\n.Nd ",
	                  command->name, command->name);
	add_mdoc(out, command->summary);
	wv_buf_add_format(out, ".Sh SYNOPSIS\n.Nm wirevault %s\n.Op Ar options\n", command->name);
	if (command->arguments && *command->arguments)
		wv_buf_add_format(out, ".Ar %s\n", command->arguments);
	wv_buf_add_string(out, ".Sh DESCRIPTION\n");
	for (size_t i = 0; command->details && command->details[i]; i++) {
		if (i)
			wv_buf_add_string(out, ".Pp\n");
		add_mdoc(out, command->details[i]);
	}
	wv_buf_add_string(out, ".Pp\nThe options are:\n.Bl -tag -width Ds\n");
	for (size_t i = 0; i < command->option_count; i++)
		add_mdoc_option(out, &command->options[i]);
	for (size_t i = 0; wv_command_common_option(command, i, &option); i++)
		if (option)
			add_mdoc_option(out, option);
	wv_buf_add_string(out, ".El\n");
	wv_buf_add_string(out, exit_status);
	if (command->examples && command->examples[0]) {
		wv_buf_add_string(out, ".Sh EXAMPLES\n");
		for (size_t i = 0; command->examples[i] && command->examples[i + 1]; i += 2) {
			wv_buf_add_string(out, i ? ".Pp\n" : "");
			add_mdoc(out, command->examples[i + 1]);
			wv_buf_add_string(out, ".Dl ");
			add_mdoc(out, command->examples[i]);
		}
	}
	wv_buf_add_string(out, ".Sh SEE ALSO\n.Xr wirevault 1 ,\n.Xr wirevault.yaml 5 ,\n"
	                       ".Xr wirevault-archive 5\n");
}

static void add_man_program(struct wv_buf *out, const struct wv_command *const *commands)
{
	wv_buf_add_format(out,
	                  ".Dd November 22, 2026\n.Dt WIREVAULT 1\n.Os\n.Sh NAME\n.Nm wirevault\n"
	                  ".Nd %s\n.Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar options\n.Op Ar arguments\n"
	                  ".Sh DESCRIPTION\n",
	                  about);
	wv_buf_add_string(
		out, ".Nm\nis one program and one archive folder, made to be started from cron.\n"
		     "Results go to standard output, everything else to standard error.\n"
		     "Times are UTC unless they carry an offset; RFC 3339,\n.Ql 2024-06-05 ,\n"
		     ".Ql 20240605054503\nand\n.Ql 3h ago\nare understood, and a partial time means its\n"
		     "first instant (its last where it ends a range).\n"
		     "Durations end in ms, s, m, h or d; sizes in B, KiB, MiB or GiB.\n.Pp\n"
		     "The commands, each with a page of its own:\n.Bl -tag -width 10n -compact\n");
	for (size_t i = 0; commands[i]; i++) {
		wv_buf_add_format(out, ".It Xr wirevault-%s 1\n", commands[i]->name);
		add_mdoc(out, commands[i]->summary);
	}
	wv_buf_add_string(out, ".El\n.Sh ENVIRONMENT\n.Bl -tag -width Ds\n"
	                       ".It Ev WIREVAULT_CONFIG\nthe settings file, where\n.Fl c\n"
	                       "is not given\n.It Ev WIREVAULT_CONTACT\nthe contact of a crawl without "
	                       "settings\n.It Ev NO_COLOR\nno colours, whatever the terminal\n.El\n");
	wv_buf_add_string(out, exit_status);
	wv_buf_add_string(out, ".Sh SEE ALSO\n.Xr wirevault.yaml 5 ,\n.Xr wirevault-archive 5\n");
}

/* Completions. */

static void add_completion_bash(struct wv_buf *out, const struct wv_command *const *commands)
{
	const struct wv_option *option;

	wv_buf_add_string(out, "# bash completion for wirevault, made from its command tables\n"
	                       "_wirevault() {\n\tlocal word=${COMP_WORDS[COMP_CWORD]} options=\n"
	                       "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\tCOMPREPLY=($(compgen -W \"");
	for (size_t i = 0; commands[i]; i++)
		wv_buf_add_format(out, "%s ", commands[i]->name);
	wv_buf_add_string(out, "help\" -- \"$word\"))\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; commands[i]; i++) {
		wv_buf_add_format(out, "\t%s) options='", commands[i]->name);
		for (size_t k = 0; k < commands[i]->option_count; k++)
			wv_buf_add_format(out, "--%s ", commands[i]->options[k].name);
		for (size_t k = 0; wv_command_common_option(commands[i], k, &option); k++)
			if (option)
				wv_buf_add_format(out, "--%s ", option->name);
		wv_buf_add_string(out, "' ;;\n");
	}
	wv_buf_add_string(out, "\tesac\n\tcase $word in\n"
	                       "\t-*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
	                       "\t*) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n\tesac\n}\n"
	                       "complete -o filenames -F _wirevault wirevault\n");
}

static void add_completion_fish(struct wv_buf *out, const struct wv_command *const *commands)
{
	const struct wv_option *option;

	wv_buf_add_string(out, "# fish completion for wirevault, made from its command tables\n");
	for (size_t i = 0; commands[i]; i++) {
		const struct wv_command *command = commands[i];

		wv_buf_add_format(out, "complete -c wirevault -n __fish_use_subcommand -a %s -d \"%s\"\n",
		                  command->name, command->summary);
		for (size_t k = 0; k < command->option_count; k++)
			wv_buf_add_format(
				out, "complete -c wirevault -n '__fish_seen_subcommand_from %s' -l %s%s\n",
				command->name, command->options[k].name,
				command->options[k].argument ? " -r" : "");
		for (size_t k = 0; wv_command_common_option(command, k, &option); k++)
			if (option)
				wv_buf_add_format(
					out, "complete -c wirevault -n '__fish_seen_subcommand_from %s' -l %s%s\n",
					command->name, option->name, option->argument ? " -r" : "");
	}
}

static void add_completion_zsh(struct wv_buf *out, const struct wv_command *const *commands)
{
	const struct wv_option *option;

	wv_buf_add_string(out, "#compdef wirevault\n# made from wirevault's command tables\n"
	                       "_wirevault() {\n\tif (( CURRENT == 2 )); then\n\t\tlocal -a commands\n"
	                       "\t\tcommands=(\n");
	for (size_t i = 0; commands[i]; i++)
		wv_buf_add_format(out, "\t\t\t\"%s:%s\"\n", commands[i]->name, commands[i]->summary);
	wv_buf_add_string(out, "\t\t)\n\t\t_describe command commands\n\t\treturn\n\tfi\n"
	                       "\tcase $words[2] in\n");
	for (size_t i = 0; commands[i]; i++) {
		wv_buf_add_format(out, "\t%s) _arguments", commands[i]->name);
		for (size_t k = 0; k < commands[i]->option_count; k++)
			wv_buf_add_format(out, " --%s", commands[i]->options[k].name);
		for (size_t k = 0; wv_command_common_option(commands[i], k, &option); k++)
			if (option)
				wv_buf_add_format(out, " --%s", option->name);
		wv_buf_add_string(out, " '*:file:_files' ;;\n");
	}
	wv_buf_add_string(out, "\tesac\n}\n_wirevault \"$@\"\n");
}

static bool add_asked(struct wv_buf *out, struct wv_slice what, struct wv_slice name,
                      const char *program, const struct wv_command *const *commands)
{
	if (wv_slice_equals(what, WV_LIT("--completion"))) {
		if (wv_slice_equals(name, WV_LIT("bash")))
			add_completion_bash(out, commands);
		else if (wv_slice_equals(name, WV_LIT("zsh")))
			add_completion_zsh(out, commands);
		else if (wv_slice_equals(name, WV_LIT("fish")))
			add_completion_fish(out, commands);
		return out->n > 0;
	}
	if (wv_slice_equals(what, WV_LIT("--man")) && wv_slice_equals(name, WV_LIT("wirevault"))) {
		add_man_program(out, commands);
		return true;
	}
	if (wv_slice_equals(what, WV_LIT("--commands"))) {
		for (size_t i = 0; commands[i]; i++)
			wv_buf_add_format(out, "%s\n", commands[i]->name);
		return true;
	}
	for (size_t i = 0; commands[i]; i++) {
		if (wv_slice_equals(what, wv_slice_of(commands[i]->name))) {
			wv_help_print_command(commands[i], program, out);
			return true;
		}
		if (wv_slice_equals(what, WV_LIT("--man")) &&
		    wv_slice_equals(name, wv_slice_of(commands[i]->name))) {
			add_man_command(out, commands[i]);
			return true;
		}
	}
	return false;
}

int wv_help_main(int argc, char **argv, const char *program,
                 const struct wv_command *const *commands)
{
	WV_AUTO(wv_buf_done) struct wv_buf out = {.cap = HELP_CAP_BYTES};
	struct wv_slice what = wv_slice_of(argc > 0 ? argv[0] : NULL);
	struct wv_slice name = wv_slice_of(argc > 1 ? argv[1] : NULL);

	if (argc == 0) {
		wv_help_print_program(program, commands, stdout);
		return fflush(stdout) == 0 ? 0 : wv_status_exit_code(WV_IO);
	}
	if (!add_asked(&out, what, name, program, commands)) {
		wv_help_print_unknown(program, commands, name.n ? name : what);
		return wv_status_exit_code(WV_USAGE);
	}
	fwrite(out.p, 1, out.n, stdout);
	return fflush(stdout) == 0 ? 0 : wv_status_exit_code(WV_IO);
}
