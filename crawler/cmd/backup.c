#include "archive/care/backup.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"

extern char **environ;

static const struct wv_option options[] = {
	{"full", 0, NULL, "verify every byte of the copy (default: all records, a sample of the bytes)",
	 false, false},
};

static const char *const details[] = {
	"Writes a copy of the archive into DIR, which is made or is an empty folder: the state of one "
	"commit, while a crawl may go on. The copy is then verified; exit code 65 if it is damaged. DIR "
	"is an archive of its own, to be looked at with --archive DIR; restoring is putting it in the "
	"place of the other one. It holds head.key: keep it as safe as the archive.",
	"Nothing is written over. A backup that was stopped or failed takes away what it wrote; after a "
	"kill DIR holds data.mdb.part and is no archive.",
	NULL,
};

static const char *const examples[] = {
	"wirevault backup /mnt/backup/$(date +%F) --archive /var/lib/wirevault",
	"every night; in a crontab each % is written \\%",
	"wirevault list --archive /mnt/backup/2026-11-26",
	"what it holds",
	NULL,
};

struct meter {
	const struct wv_command_context *c;
	struct wv_mono shown;
};

static bool go_on(uint64_t bytes, uint64_t total, void *context)
{
	struct meter *meter = context;
	struct wv_mono now = wv_clock_mono(wv_clock_system());

	if (meter->c->is_terminal_err && !meter->c->quiet &&
	    now.us - meter->shown.us > WV_US_PER_S / 5) {
		fprintf(stderr, "\r%llu of about %llu MiB ", (unsigned long long)(bytes >> 20),
		        (unsigned long long)(total >> 20));
		meter->shown = now;
	}
	return wv_command_stop_signal() == 0;
}

/* In a process of its own: what is wrong with the copy must not end this one. */
static enum wv_status verify(struct wv_command_context *c, const char *dir, struct wv_err *err)
{
	const char *const words[] = {"wirevault", "verify", "--quiet", "--archive", dir,
	                             wv_command_has(c, "full") ? "--full" : "--sample"};
	char *arguments[WV_COUNT(words) + 1] = {NULL};
	char **environment;
	size_t count = 0, kept = 0;
	posix_spawn_file_actions_t actions;
	int failed, ended = 0;
	pid_t pid;

	while (environ[count])
		count++;
	environment = WV_ARENA_ARRAY(c->arena, char *, count + 1);
	if (!environment)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	/* The archive is named: settings have no say. */
	for (size_t i = 0; i < count; i++)
		if (!wv_slice_starts(wv_slice_of(environ[i]), WV_LIT("WIREVAULT_CONFIG=")))
			environment[kept++] = environ[i];
	for (size_t i = 0; i < WV_COUNT(words); i++) {
		arguments[i] = wv_arena_string(c->arena, wv_slice_of(words[i]));
		if (!arguments[i])
			return wv_err_set(err, WV_NOMEM, "out of memory");
	}
	/* What it finds is no result of ours. */
	failed = posix_spawn_file_actions_init(&actions);
	if (failed)
		return wv_err_errno(err, WV_IO, failed, "cannot start verify");
	failed = posix_spawn_file_actions_adddup2(&actions, 2, 1);
	if (!failed)
		failed = posix_spawn(&pid, "/proc/self/exe", &actions, NULL, arguments, environment);
	posix_spawn_file_actions_destroy(&actions);
	if (failed)
		return wv_err_errno(err, WV_IO, failed, "cannot start verify");
	while (waitpid(pid, &ended, 0) < 0)
		if (errno != EINTR)
			return wv_err_errno(err, WV_IO, errno, "cannot wait for verify");
	if (WIFEXITED(ended) && WEXITSTATUS(ended) == 0)
		return WV_OK;
	if (wv_command_stop_signal() != 0)
		return wv_err_set(err, WV_STOPPED, "stopped: the copy in '%s' is not verified", dir);
	return wv_err_set(err, WV_DAMAGED, "the copy in '%s' is damaged", dir);
}

static void report(struct wv_command_context *c, const char *dir, const struct wv_backup *made)
{
	char size[WV_TIME_TEXT_MAX], time[WV_TIME_TEXT_MAX];
	struct wv_json_writer w;

	if (!c->json) {
		wv_command_note(c, "'%s': %llu captures, known at %s, %s, verified", dir,
		                (unsigned long long)made->captures,
		                wv_time_print(made->recorded, time),
		                wv_size_print(made->file_bytes, size));
		return;
	}
	wv_json_begin(&w, c->out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "archive", wv_slice_of(dir));
	wv_json_u64(&w, "captures", made->captures);
	if (made->captures)
		wv_json_time(&w, "known_at", made->recorded);
	else
		wv_json_null(&w, "known_at");
	wv_json_u64(&w, "bytes", made->file_bytes);
	wv_json_bool(&w, "verified", true);
	wv_json_close(&w);
	wv_buf_add_byte(c->out, '\n');
}

static enum wv_status backup(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_store_close) struct wv_store *store = NULL;
	struct meter meter = {.c = c};
	const struct wv_backup_options how = {.progress = go_on, .context = &meter};
	struct wv_backup made;
	const char *dir = c->arguments[0];
	enum wv_status st = wv_store_open(c->archive, &(struct wv_store_options){.read_only = true},
	                                  c->clock, &store, err);

	if (st != WV_OK)
		return st;
	st = wv_backup_make(store, dir, &how, &made, err);
	if (meter.shown.us)
		fputs("\r\033[K", stderr);
	if (st != WV_OK)
		return wv_err_add(err, st, "backup of '%s'", c->archive);
	wv_store_close(&store);
	st = verify(c, dir, err);
	if (st == WV_OK)
		report(c, dir, &made);
	return st;
}

const struct wv_command wv_command_backup = {
	.name = "backup",
	.summary = "copy the archive while it is in use, and verify the copy",
	.arguments = "DIR",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 1,
	.max_arguments = 1,
	.flags = WV_COMMAND_ARCHIVE,
	.run = backup,
};
