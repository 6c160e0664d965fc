#include "config/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096

enum wv_status wv_file_write(int fd, struct wv_slice bytes, const char *name, struct wv_err *err)
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

int wv_file_create(const char *name, unsigned mode)
{
	(void)unlink(name);
	return open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
}

static enum wv_status write_and_close(int fd, struct wv_slice bytes, const char *name,
				      struct wv_err *err)
{
	enum wv_status st = wv_file_write(fd, bytes, name, err);

	/* Some file systems say only here that there is no room. */
	if (close(fd) != 0 && st == WV_OK)
		st = wv_err_errno(err, WV_IO, errno, "cannot write '%s'", name);
	return st;
}

enum wv_status wv_file_replace(const char *name, struct wv_slice bytes, struct wv_err *err)
{
	char made[PATH_BYTES];
	struct stat info;
	enum wv_status st;
	int fd;

	if (stat(name, &info) == 0 && !S_ISREG(info.st_mode)) {
		fd = open(name, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			return wv_err_errno(err, WV_CREATE, errno, "cannot open '%s'", name);
		return write_and_close(fd, bytes, name, err);
	}
	if (snprintf(made, sizeof made, "%s.%ld.new", name, (long)getpid()) >= (int)sizeof made)
		return wv_err_set(err, WV_CREATE, "cannot create '%.60s...': its name is too long",
				  name);
	fd = wv_file_create(made, 0644);
	if (fd < 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create '%s'", name);
	st = write_and_close(fd, bytes, name, err);
	if (st == WV_OK && rename(made, name) != 0)
		st = wv_err_errno(err, WV_CREATE, errno, "cannot replace '%s'", name);
	if (st != WV_OK)
		(void)unlink(made);
	return st;
}
