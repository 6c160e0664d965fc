#include "crawler/cmd/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static enum wv_status write_all(int fd, struct wv_slice bytes, const char *name,
                                struct wv_err *err)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return wv_err_errno(err, WV_IO, errno, "cannot write '%s'", name);
		bytes = wv_slice_from(bytes, (size_t)n);
	}
	return WV_OK;
}

/* A device, a pipe: nothing to put a file in the place of. */
static bool is_special(const char *name)
{
	struct stat info;

	return stat(name, &info) == 0 && !S_ISREG(info.st_mode);
}

static enum wv_status write_special(const char *name, struct wv_slice bytes, struct wv_err *err)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);
	enum wv_status st;

	if (fd < 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot open '%s'", name);
	st = write_all(fd, bytes, name, err);
	if (close(fd) != 0 && st == WV_OK)
		st = wv_err_errno(err, WV_IO, errno, "cannot write '%s'", name);
	return st;
}

/* Beside its name first, so that a failure leaves what was there. */
static enum wv_status write_file(struct wv_arena *arena, const char *name, struct wv_slice bytes,
                                 struct wv_err *err)
{
	char *new_name = wv_arena_string(
		arena, wv_arena_format(arena, "%s.%ld.new", name, (long)getpid()));
	enum wv_status st;
	int fd;

	if (!new_name)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	fd = open(new_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create '%s'", name);
	st = write_all(fd, bytes, name, err);
	if (close(fd) != 0 && st == WV_OK)
		st = wv_err_errno(err, WV_IO, errno, "cannot write '%s'", name);
	if (st == WV_OK && rename(new_name, name) != 0)
		st = wv_err_errno(err, WV_CREATE, errno, "cannot create '%s'", name);
	if (st != WV_OK)
		unlink(new_name);
	return st;
}

enum wv_status wv_output_write(struct wv_command_context *c, const char *name,
                               struct wv_slice bytes, struct wv_err *err)
{
	if (name && is_special(name))
		return write_special(name, bytes, err);
	if (name && !wv_slice_equals(wv_slice_of(name), WV_LIT("-")))
		return write_file(c->arena, name, bytes, err);
	wv_buf_add(c->out, bytes);
	return WV_OK;
}
