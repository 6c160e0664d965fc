#include "archive/store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/bytes.h"

#define PATH_BYTES  4096
#define OWNER_BYTES 64

struct wv_lock {
	int fd;
};

/* "PID COMMAND" of the file, for the message only: it may be stale, or being written now. */
static enum wv_status locked(const char *dir, int fd, struct wv_err *err)
{
	unsigned char text[OWNER_BYTES];
	ssize_t n = pread(fd, text, sizeof text, 0);
	struct wv_cursor c = wv_cursor(wv_slice(text, n > 0 ? (size_t)n : 0));
	struct wv_slice command;
	uint64_t pid;

	if (!wv_cursor_number(&c, &pid))
		return wv_err_set(err, WV_LOCKED,
		                  "cannot open archive '%s': locked by another process", dir);
	command = wv_slice_trim(wv_cursor_until(&c, '\n'));
	return wv_err_set(err, WV_LOCKED, "cannot open archive '%s': locked by process %llu (%.*s)",
	                  dir, (unsigned long long)pid, WV_FMT(command));
}

/* Says who holds it. Failing to is no failure: the lock is the flock. */
static void sign(int fd, const char *command)
{
	char text[OWNER_BYTES];
	int n = snprintf(text, sizeof text, "%ld %.32s\n", (long)getpid(), command);

	if (n > 0 && ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, text, (size_t)n, 0);
}

enum wv_status wv_lock_take(const char *dir, bool create, const char *command, struct wv_lock **out,
                            struct wv_err *err)
{
	struct wv_lock *lock;
	char path[PATH_BYTES];
	struct stat folder;
	int n = snprintf(path, sizeof path, "%s/lock", dir), fd;

	if (n < 0 || (size_t)n >= sizeof path)
		return wv_err_set(err, WV_LIMIT, "archive path too long");
	if (create && mkdir(dir, 0700) != 0 && errno != EEXIST)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create archive '%s'", dir);
	if (!create && stat(dir, &folder) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return wv_err_set(err, WV_MISSING, "no archive in '%s'", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot open '%s'", path);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		enum wv_status st = errno == EWOULDBLOCK ? locked(dir, fd, err)
		                                         : wv_err_errno(err, WV_IO, errno,
		                                                        "cannot lock '%s'", path);

		close(fd);
		return st;
	}
	lock = malloc(sizeof *lock);
	if (!lock) {
		close(fd);
		return wv_err_set(err, WV_NOMEM, "out of memory");
	}
	lock->fd = fd;
	sign(fd, command);
	*out = lock;
	return WV_OK;
}

void wv_lock_release(struct wv_lock **lock)
{
	if (!*lock)
		return;
	(void)!ftruncate((*lock)->fd, 0);
	close((*lock)->fd); /* the file stays: unlinking it would let two hold two locks */
	free(*lock);
	*lock = NULL;
}
