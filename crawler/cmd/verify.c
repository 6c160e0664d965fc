#include "archive/copies/check.h"
#include "archive/proof/verify.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/base/limits.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/memory_fault.h"
#include "crawler/plan/check_row.h"

extern char **environ;

#define HEAD_FILE_CAP (1024u * WV_KIB)

static const struct wv_option options[] = {
	{"full", 0, NULL, "decode and digest every stored byte (default: all records, a sample of the bytes)",
         false, false},
	{"sample", 0, "N", "the default: about N of the byte strings (1000)", false, true},
	{"head", 0, "FILE", "also against a signed head that was kept elsewhere", true, false},
};

static const char *const details[] = {
	"Walks every table of the archive, derives every index again from what it indexes, and checks "
	"the digests of stored bytes, the Merkle log, and the fingerprints and clusters of copies; each "
	"damaged record is named on a line of its own. Exits 65 if one was found. Readers and a running crawl are not disturbed.",
	"With --head the log must still begin as that head says ('prove --head' prints one, a proof "
	"contains one): a log that is shorter was rolled back, one that differs was forked, and both are "
	"damage.",
	"The walk runs in a process of its own, because a damaged data file can kill whoever reads it: "
	"such a death is a finding too.",
	"With --json a record of each finding (kind finding: table, record, reason), and at the end one of kind "
	"result: clean, depth (sample or full), captures, bodies, rows, bytes (digested), heads, findings, and a reason of null.",
	NULL,
};

static const char *const examples[] = {
	"wirevault verify --full --archive /var/lib/wirevault",
	"once a month, from cron",
	"wirevault verify --head 2026-03-05.head",
	"does the log still hold what it held then?",
	NULL,
};

/* The child's environment says that it is one: a flag would show in --help. */
static const char child_mark[] = "WIREVAULT_VERIFY_CHILD";

#define PROGRESS_US (200 * WV_US_PER_MS)

struct findings {
	struct wv_command_context *c;
	uint64_t printed;
	struct wv_mono last_drawn;
	bool is_drawn;
};

static void erase_progress(struct findings *f)
{
	if (f->is_drawn)
		(void)fputs("\r\033[K", stderr);
	f->is_drawn = false;
	(void)fflush(stderr);
}

static void print_finding(const struct wv_finding *finding, void *context)
{
	struct findings *f = context;
	struct wv_command_context *c = f->c;
	struct wv_json_writer w;

	f->printed++;
	erase_progress(f);
	if (c->json) {
		wv_json_begin(&w, c->out);
		wv_json_open_object(&w, NULL);
		wv_json_int(&w, "v", 1);
		wv_json_string(&w, "kind", WV_LIT("finding"));
		wv_json_string(&w, "table", wv_slice_of(finding->table));
		wv_json_string(&w, "record", wv_slice_of(finding->record));
		wv_json_string(&w, "reason", wv_slice_of(finding->what));
		wv_json_close(&w);
		wv_buf_add_byte(c->out, '\n');
	} else {
		wv_buf_add_format(c->out, "%s: %s: %s\n", finding->table, finding->record,
		                  finding->what);
	}
	/* What was found before a crash must be on the paper. */
	(void)!wv_command_flush(c, NULL);
}

static bool go_on(uint64_t rows, void *context)
{
	struct findings *f = context;
	struct wv_mono now = wv_clock_mono(wv_clock_system());

	if (f->c->is_terminal_err && !f->c->quiet && now.us - f->last_drawn.us >= PROGRESS_US) {
		f->last_drawn = now;
		f->is_drawn = true;
		(void)fprintf(stderr, "\r\033[K%llu rows looked at, %llu findings", (unsigned long long)rows,
		              (unsigned long long)f->printed);
		(void)fflush(stderr);
	}
	return wv_command_stop_signal() == 0;
}

static void print_result(struct wv_command_context *c, const struct wv_verify_options *verify,
                         const struct wv_verify_counts *counts, bool is_clean)
{
	struct wv_json_writer w;
	char bytes[WV_TIME_TEXT_MAX];

	wv_command_note(c, "%llu captures, %llu bodies, %llu rows looked at, %s digested: %s",
	                (unsigned long long)counts->captures, (unsigned long long)counts->bodies,
	                (unsigned long long)counts->rows, wv_size_print(counts->bytes, bytes),
	                is_clean ? "clean" : "damaged");
	if (!c->json)
		return;
	wv_json_begin(&w, c->out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "kind", WV_LIT("result"));
	wv_json_bool(&w, "clean", is_clean);
	wv_json_string(&w, "depth", verify->depth == WV_VERIFY_FULL ? WV_LIT("full") : WV_LIT("sample"));
	wv_json_u64(&w, "captures", counts->captures);
	wv_json_u64(&w, "bodies", counts->bodies);
	wv_json_u64(&w, "rows", counts->rows);
	wv_json_u64(&w, "bytes", counts->bytes);
	wv_json_u64(&w, "heads", verify->kept_count);
	wv_json_u64(&w, "findings", counts->findings);
	wv_json_null(&w, "reason");
	wv_json_close(&w);
	wv_buf_add_byte(c->out, '\n');
}

/* The heads of --head, their signatures checked. */
static enum wv_status read_kept(struct wv_command_context *c, struct wv_verify_options *verify,
                                struct wv_err *err)
{
	size_t count = 0;
	struct wv_signed_head *kept;

	while (wv_command_option_at(c, "head", count))
		count++;
	kept = WV_ARENA_ARRAY(c->arena, struct wv_signed_head, count + 1);
	if (!kept)
		return wv_err_set(err, WV_NOMEM, "out of memory for heads");
	for (size_t i = 0; i < count; i++) {
		WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = HEAD_FILE_CAP};
		const char *path = wv_command_option_at(c, "head", i);
		enum wv_status st = wv_command_read_file(path, HEAD_FILE_CAP, &text, err);

		if (st != WV_OK)
			return st;
		st = wv_head_parse(wv_buf_slice(&text), &kept[i], err);
		if (st == WV_OK && !wv_head_is_signed(&kept[i]))
			st = wv_err_set(err, WV_BAD_INPUT, "its signature is wrong");
		if (st != WV_OK)
			return wv_err_add(err, st, "'%s'", path);
	}
	verify->kept = kept;
	verify->kept_count = count;
	return WV_OK;
}

static enum wv_status read_options(struct wv_command_context *c, struct wv_verify_options *verify,
                                   struct wv_err *err)
{
	const char *sample = wv_command_option(c, "sample");

	/* An optional value stands behind "="; people write it with a space, too. */
	if (c->argument_count && (sample || !wv_command_has(c, "sample")))
		return wv_err_set(err, WV_USAGE, "verify takes no argument '%s'", c->arguments[0]);
	if (c->argument_count)
		sample = c->arguments[0];

	if (wv_command_has(c, "full") && wv_command_has(c, "sample"))
		return wv_err_set(err, WV_USAGE, "--full and --sample exclude each other");
	if (sample && (!wv_slice_u64(wv_slice_of(sample), &verify->sample) || !verify->sample))
		return wv_err_set(err, WV_USAGE, "option '--sample': '%s' is no number above 0", sample);
	return read_kept(c, verify, err);
}

static enum wv_status walk(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_store_close) struct wv_store *store = NULL;
	struct findings findings = {.c = c};
	struct wv_verify_options verify = {
		.depth = wv_command_has(c, "full") ? WV_VERIFY_FULL : WV_VERIFY_SAMPLE,
		.found = print_finding,
		.progress = go_on,
		.row = wv_plan_check_row,
		.context = &findings,
	};
	struct wv_verify_counts counts;
	enum wv_status st;

	wv_memory_fault_ignore();
	st = read_options(c, &verify, err);
	if (st != WV_OK)
		return st;
	st = wv_store_open(c->archive, &(struct wv_store_options){.read_only = true}, c->clock, &store,
	                   err);
	if (st != WV_OK)
		return st;
	st = wv_verify(store, &verify, &counts, err);
	if (st == WV_OK || st == WV_DAMAGED) {
		enum wv_status copies = wv_copies_check(store, &verify, &counts, err);

		st = copies == WV_OK || st == WV_DAMAGED ? st : copies;
	}
	erase_progress(&findings);
	if (st == WV_OK || st == WV_DAMAGED)
		print_result(c, &verify, &counts, st == WV_OK);
	if (st == WV_DAMAGED)
		return wv_err_set(err, st, "archive '%s' is damaged: %llu findings", c->archive,
		                  (unsigned long long)counts.findings);
	return st;
}

static bool is_own(const struct wv_option *option)
{
	return option >= options && option < options + WV_COUNT(options);
}

/* The words of the walker, ended by NULL: this command's, and the archive by its name. */
static char **child_words(struct wv_command_context *c)
{
	static const char *const words[] = {"wirevault", "verify", "--archive"};
	char **list = WV_ARENA_ARRAY(c->arena, char *, WV_COUNT(words) + 5 + c->parsed_count);
	size_t n = 0;

	if (!list)
		return NULL;
	for (size_t i = 0; i < WV_COUNT(words); i++)
		list[n++] = wv_arena_string(c->arena, wv_slice_of(words[i]));
	list[n++] = wv_arena_string(c->arena, wv_slice_of(c->archive));
	if (c->quiet)
		list[n++] = wv_arena_string(c->arena, WV_LIT("--quiet"));
	if (c->json)
		list[n++] = wv_arena_string(c->arena, WV_LIT("--json"));
	for (size_t i = 0; i < c->parsed_count; i++) {
		const char *name = c->parsed[i].option->name, *value = c->parsed[i].value;

		if (is_own(c->parsed[i].option))
			list[n++] = wv_arena_string(
				c->arena, value ? wv_arena_format(c->arena, "--%s=%s", name, value)
				                : wv_arena_format(c->arena, "--%s", name));
	}
	if (c->argument_count)
		list[n++] = wv_arena_string(c->arena, wv_slice_of(c->arguments[0]));
	for (size_t i = 0; i < n; i++)
		if (!list[i])
			return NULL;
	return list;
}

/* The archive is named: the child needs no settings, and must not stumble over others. */
static char **child_environment(struct wv_command_context *c)
{
	char *mark = wv_arena_string(c->arena, wv_arena_format(c->arena, "%s=1", child_mark));
	char **list;
	size_t count = 0, n = 0;

	while (environ[count])
		count++;
	list = WV_ARENA_ARRAY(c->arena, char *, count + 2);
	if (!list || !mark)
		return NULL;
	list[n++] = mark;
	for (size_t i = 0; i < count; i++)
		if (!wv_slice_starts(wv_slice_of(environ[i]), WV_LIT("WIREVAULT_CONFIG=")))
			list[n++] = environ[i];
	return list;
}

/* What the walker's end says of the archive. */
static enum wv_status judge_end(const struct wv_command_context *c, int ended, struct wv_err *err)
{
	int code;

	if (WIFSIGNALED(ended))
		return wv_err_set(err, WV_DAMAGED,
		                  "archive '%s' is damaged: reading it ended in signal %d (%s)",
		                  c->archive, WTERMSIG(ended), strsignal(WTERMSIG(ended)));
	code = WEXITSTATUS(ended);
	/* Not an end that a walk has: a sanitizer or an abort handler saw the crash first. */
	if (code != 0 && code < wv_status_exit_code(WV_USAGE))
		return wv_err_set(err, WV_DAMAGED,
		                  "archive '%s' is damaged: reading it ended with exit code %d",
		                  c->archive, code);
	/* It has said what was to be said; the same code is ours. */
	if (code != 0)
		exit(code);
	return WV_OK;
}

/* Runs this program again as the walker: a crash in a damaged file is a finding. */
static enum wv_status walk_in_child(struct wv_command_context *c, struct wv_err *err)
{
	char **words = child_words(c), **environment = child_environment(c);
	int failed, ended = 0;
	pid_t pid;

	if (!words || !environment)
		return wv_err_set(err, WV_NOMEM, "out of memory for the walker's words");
	failed = posix_spawn(&pid, "/proc/self/exe", NULL, NULL, words, environment);
	if (failed)
		return wv_err_errno(err, WV_IO, failed, "cannot start the walker");
	while (waitpid(pid, &ended, 0) < 0)
		if (errno != EINTR)
			return wv_err_errno(err, WV_IO, errno, "cannot wait for the walker");
	return judge_end(c, ended, err);
}

static enum wv_status verify(struct wv_command_context *c, struct wv_err *err)
{
	struct wv_verify_options verify = {.depth = WV_VERIFY_FULL};
	enum wv_status st;

	if (getenv(child_mark))
		return walk(c, err);
	/* What is wrong with the words is said here, not by the walker. */
	st = read_options(c, &verify, err);
	return st == WV_OK ? walk_in_child(c, err) : st;
}

const struct wv_command wv_command_verify = {
	.name = "verify",
	.summary = "check that the archive is whole and says the same thing everywhere",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.max_arguments = 1,
	.flags = WV_COMMAND_ARCHIVE,
	.run = verify,
};
