#include "crawler/cmd/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/file.h"
#include "config/base/limits.h"
#include "crawler/cmd/command.h"

#define READ_BYTES (64u * WV_KIB)
#define PATH_MAX_BYTES 512u

static enum wv_status stopped(struct wv_err *err)
{
	return wv_err_set(err, WV_STOPPED, "interrupted");
}

static enum wv_status failed_read(const char *path, struct wv_err *err)
{
	return wv_err_errno(err, WV_IO, errno, "cannot read '%s'", path);
}

/* What comes through a pipe, in a file without a name. */
static enum wv_status spool(int from, const char *path, int *fd, struct wv_err *err)
{
	const char *base = getenv("TMPDIR");
	char name[PATH_MAX_BYTES];
	unsigned char bytes[16 * WV_KIB];
	int n = snprintf(name, sizeof(name), "%s/wirevault-input-XXXXXX", base && *base ? base : "/tmp");
	enum wv_status st = WV_OK;

	if (n < 0 || (size_t)n >= sizeof(name))
		return wv_err_set(err, WV_CREATE, "name of the temporary file is too long");
	*fd = mkostemp(name, O_CLOEXEC);
	if (*fd < 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create file '%s'", name);
	(void)unlink(name);
	while (st == WV_OK) {
		ssize_t got = read(from, bytes, sizeof(bytes));

		if (wv_command_stop_signal())
			st = stopped(err);
		else if (got < 0 && errno != EINTR)
			st = failed_read(path, err);
		else if (got > 0)
			st = wv_file_write(*fd, wv_slice(bytes, (size_t)got), name, err);
		else if (got == 0)
			break;
	}
	if (st == WV_OK && lseek(*fd, 0, SEEK_SET) != 0)
		st = wv_err_errno(err, WV_IO, errno, "cannot read the copy of '%s'", path);
	return st;
}

enum wv_status wv_lines_open(const char *path, bool rewinds, int *fd, struct wv_err *err)
{
	bool is_stdin = path[0] == '-' && path[1] == 0;
	struct stat about;
	int opened = STDIN_FILENO;
	enum wv_status st = WV_OK;

	if (!is_stdin)
		opened = open(path, O_RDONLY | O_CLOEXEC);
	if (opened < 0)
		return wv_err_errno(err,
		                    errno == ENOENT || errno == ENOTDIR ? WV_MISSING
		                    : errno == EACCES || errno == EPERM ? WV_PERM
		                                                        : WV_IO,
		                    errno, "cannot open '%s'", path);
	*fd = opened;
	if (fstat(opened, &about) == 0 && S_ISDIR(about.st_mode))
		st = wv_err_set(err, WV_MISSING, "'%s' is a folder", path);
	else if (rewinds && !S_ISREG(about.st_mode))
		st = spool(opened, path, fd, err);
	if (*fd != opened && opened != STDIN_FILENO)
		close(opened);
	return st;
}

struct lines {
	struct wv_buf pending;
	wv_line_fn each;
	void *context;
	uint64_t number;
	bool skips; /* the rest of a line that was too large */
};

/* The lines that are whole; what is left of the last one moves to the front. */
static enum wv_status take_lines(struct lines *l, bool is_last, struct wv_err *err)
{
	struct wv_buf *pending = &l->pending;
	size_t at = 0, end;
	enum wv_status st = WV_OK;

	while (st == WV_OK &&
	       ((end = wv_slice_find_byte(wv_buf_slice(pending), '\n', at)) != SIZE_MAX ||
	        (is_last && at < (end = pending->n)))) {
		struct wv_slice line = wv_slice(pending->p + at, end - at);

		if (wv_command_stop_signal())
			return stopped(err);
		l->number++;
		if (!l->skips && wv_slice_trim(line).n > 0)
			st = l->each(l->context, l->number, line, err);
		l->skips = false;
		at = end < pending->n ? end + 1 : end;
	}
	if (st != WV_OK)
		return st;
	if (pending->n - at > WV_LIMIT_JSON_BYTES) { /* said once, its rest is passed over */
		if (!l->skips)
			st = l->each(l->context, l->number + 1, WV_SLICE_NONE, err);
		l->skips = true;
		at = pending->n;
	}
	if (at > 0 && pending->n > at)
		memmove(pending->p, pending->p + at, pending->n - at);
	pending->n -= at;
	return st;
}

enum wv_status wv_lines_each(int fd, const char *path, wv_line_fn each, void *context,
                             struct wv_err *err)
{
	struct lines lines = {.each = each, .context = context};
	enum wv_status st = WV_OK;

	wv_buf_init(&lines.pending, WV_LIMIT_JSON_BYTES + 2 * READ_BYTES);
	while (st == WV_OK) {
		unsigned char *room = wv_buf_room(&lines.pending, READ_BYTES);
		ssize_t n;

		if (!room) {
			st = wv_buf_finish(&lines.pending, "line", err);
			break;
		}
		n = read(fd, room, READ_BYTES);
		if (wv_command_stop_signal()) {
			st = stopped(err);
		} else if (n < 0 && errno != EINTR) {
			st = failed_read(path, err);
		} else if (n >= 0) {
			lines.pending.n += (size_t)n;
			st = take_lines(&lines, n == 0, err);
			if (n == 0)
				break;
		}
	}
	wv_buf_done(&lines.pending);
	return st;
}
