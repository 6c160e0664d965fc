/*
 * Preloaded into the real program: its writes to the archive's data file are counted, kept in a
 * journal, or made to fail; or an allocation is. For tests/fault/io_faults.py.
 *
 *     FAULT_IO=count|kill|eio|enospc|nomem   what happens at ...
 *     FAULT_IO_AT=N                          ... the Nth write or sync (nomem: allocation)
 *     FAULT_IO_JOURNAL=FILE                  each write, lengthening and sync, to be replayed
 *     FAULT_IO_COUNT=FILE                    gets the number of them when the program ends
 *
 * A journal entry: u8 kind ('w' write, 's' sync, 't' truncate, 'd' write that is durable at once),
 * u64 offset or length, u64 bytes, the bytes. Little endian, as this machine is.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_ulong steps, allocations;
static atomic_bool is_ready;
static unsigned long at;
static enum { COUNT, KILL, EIO_, ENOSPC_, NOMEM } how;
static int journal = -1;
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fdatasync)(int);
static int (*real_fsync)(int);
static int (*real_ftruncate)(int, off_t);

static void set(void *pointer, const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(pointer, &found, sizeof found);
}

__attribute__((constructor)) static void begin(void)
{
	const char *word = getenv("FAULT_IO"), *n = getenv("FAULT_IO_AT");
	const char *path = getenv("FAULT_IO_JOURNAL");

	set(&real_pwrite, "pwrite");
	set(&real_writev, "writev");
	set(&real_write, "write");
	set(&real_fdatasync, "fdatasync");
	set(&real_fsync, "fsync");
	set(&real_ftruncate, "ftruncate");
	if (word)
		how = strcmp(word, "kill") == 0     ? KILL
		      : strcmp(word, "eio") == 0    ? EIO_
		      : strcmp(word, "enospc") == 0 ? ENOSPC_
		      : strcmp(word, "nomem") == 0  ? NOMEM
						    : COUNT;
	at = n ? strtoul(n, NULL, 10) : 0;
	if (path)
		journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	atomic_store(&is_ready, true);
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("FAULT_IO_COUNT");
	char text[64];
	int fd, length;

	if (!path)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	length = snprintf(text, sizeof text, "%lu %lu\n", atomic_load(&steps),
			  atomic_load(&allocations));
	if (fd >= 0 && real_write(fd, text, (size_t)length) < 0)
		_exit(99);
	close(fd);
}

/* data.mdb of the archive, or of a copy of it that is being written. */
static bool is_data(int fd)
{
	char link[64], path[512];
	ssize_t n;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	if (n < 8)
		return false;
	path[n] = 0;
	return strstr(path, "/data.mdb") != NULL;
}

static void note(char kind, uint64_t place, const void *bytes, uint64_t n)
{
	char head[17];

	if (journal < 0)
		return;
	head[0] = kind;
	memcpy(head + 1, &place, 8);
	memcpy(head + 9, &n, 8);
	if (real_write(journal, head, sizeof head) != (ssize_t)sizeof head ||
	    (n && real_write(journal, bytes, n) != (ssize_t)n))
		_exit(99);
}

/* False: the call is to fail, errno says how. */
static bool step(void)
{
	if (how == NOMEM || atomic_fetch_add(&steps, 1) + 1 != at)
		return true;
	if (how == KILL)
		raise(SIGKILL);
	errno = how == EIO_ ? EIO : ENOSPC;
	return how != EIO_ && how != ENOSPC_;
}

static char kind_of(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && flags & (O_DSYNC | O_SYNC) ? 'd' : 'w';
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset);
ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
	if (is_data(fd)) {
		if (!step())
			return -1;
		note(kind_of(fd), (uint64_t)offset, bytes, n);
	}
	return real_pwrite(fd, bytes, n, offset);
}

/* LMDB seeks, then writes pages that follow each other at once. */
ssize_t writev(int fd, const struct iovec *parts, int count);
ssize_t writev(int fd, const struct iovec *parts, int count)
{
	if (is_data(fd)) {
		uint64_t place = (uint64_t)lseek(fd, 0, SEEK_CUR);

		if (!step())
			return -1;
		for (int i = 0; i < count; i++) {
			note(kind_of(fd), place, parts[i].iov_base, parts[i].iov_len);
			place += parts[i].iov_len;
		}
	}
	return real_writev(fd, parts, count);
}

ssize_t write(int fd, const void *bytes, size_t n);
ssize_t write(int fd, const void *bytes, size_t n)
{
	if (atomic_load(&is_ready) && fd > 2 && is_data(fd)) {
		if (!step())
			return -1;
		note(kind_of(fd), (uint64_t)lseek(fd, 0, SEEK_CUR), bytes, n);
	}
	if (!real_write)
		set(&real_write, "write");
	return real_write(fd, bytes, n);
}

int fdatasync(int fd);
int fdatasync(int fd)
{
	int rc;

	if (!is_data(fd))
		return real_fdatasync(fd);
	if (!step())
		return -1;
	rc = real_fdatasync(fd);
	note('s', 0, NULL, 0);
	return rc;
}

int fsync(int fd);
int fsync(int fd)
{
	int rc;

	if (!is_data(fd))
		return real_fsync(fd);
	if (!step())
		return -1;
	rc = real_fsync(fd);
	note('s', 0, NULL, 0);
	return rc;
}

int ftruncate(int fd, off_t length);
int ftruncate(int fd, off_t length)
{
	if (is_data(fd)) {
		if (!step())
			return -1;
		note('t', (uint64_t)length, NULL, 0);
	}
	return real_ftruncate(fd, length);
}

/* --- allocations: glibc's own names beneath --- */

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t n);

static bool has_memory(void)
{
	unsigned long n;

	if (!atomic_load(&is_ready))
		return true;
	n = atomic_fetch_add(&allocations, 1) + 1;
	if (how != NOMEM || n != at)
		return true;
	errno = ENOMEM;
	return false;
}

void *malloc(size_t n)
{
	return has_memory() ? __libc_malloc(n) : NULL;
}

void *calloc(size_t count, size_t size)
{
	return has_memory() ? __libc_calloc(count, size) : NULL;
}

void *realloc(void *old, size_t n)
{
	return has_memory() ? __libc_realloc(old, n) : NULL;
}
