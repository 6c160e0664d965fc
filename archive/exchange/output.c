#include "archive/exchange/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/file.h"
#include "config/base/limits.h"

#define PENDING_BYTES (256u * WV_KIB)
#define PATH_BYTES    4096u

struct wv_output {
	int fd;
	bool is_file;      /* that is renamed at the end */
	char path[PATH_BYTES], part[PATH_BYTES];
	struct wv_buf pending;
	uint64_t at;       /* pending bytes included */
};

static enum wv_status new_output(const char *path, struct wv_output **out, struct wv_err *err)
{
	struct wv_output *o = calloc(1, sizeof(*o));

	if (!o)
		return wv_err_set(err, WV_NOMEM, "out of memory for an output");
	o->fd = -1;
	wv_buf_init(&o->pending, 2 * PENDING_BYTES);
	if (snprintf(o->path, sizeof(o->path), "%s", path) >= (int)sizeof(o->path) ||
	    snprintf(o->part, sizeof(o->part), "%s.%ld.part", path, (long)getpid()) >=
	            (int)sizeof(o->part)) {
		wv_output_close(&o);
		return wv_err_set(err, WV_CREATE, "cannot create '%.60s...': its name is too long", path);
	}
	*out = o;
	return WV_OK;
}

enum wv_status wv_output_open(const char *path, struct wv_output **out, struct wv_err *err)
{
	struct wv_output *o = NULL;
	struct stat info;
	enum wv_status st = new_output(path, &o, err);

	if (st != WV_OK)
		return st;
	if (strcmp(path, "-") == 0) {
		snprintf(o->path, sizeof(o->path), "standard output");
		o->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	} else if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
		errno = EISDIR;
	} else if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
		o->fd = open(path, O_WRONLY | O_CLOEXEC);
	} else {
		o->is_file = true;
		o->fd = wv_file_create(o->part, 0644);
	}
	if (o->fd < 0) {
		o->is_file = false;
		st = wv_err_errno(err, WV_CREATE, errno, "cannot create '%s'", o->path);
		wv_output_close(&o);
		return st;
	}
	*out = o;
	return WV_OK;
}

enum wv_status wv_output_spool(const char *path, struct wv_output **out, struct wv_err *err)
{
	struct wv_output *o = NULL;
	enum wv_status st = new_output(path, &o, err);

	if (st != WV_OK)
		return st;
	snprintf(o->part + wv_slice_of(o->part).n - 4, 5, "wait"); /* beside the output's own .part */
	o->fd = wv_file_create(o->part, 0600);
	if (o->fd < 0) {
		st = wv_err_errno(err, WV_CREATE, errno, "cannot create '%s'", o->part);
		wv_output_close(&o);
		return st;
	}
	unlink(o->part);
	*out = o;
	return WV_OK;
}

static enum wv_status flush(struct wv_output *o, struct wv_err *err)
{
	enum wv_status st = wv_file_write(o->fd, wv_buf_slice(&o->pending), o->path, err);

	wv_buf_reset(&o->pending);
	return st;
}

enum wv_status wv_output_add(struct wv_output *o, struct wv_slice bytes, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	o->at += bytes.n;
	if (o->pending.n + bytes.n > PENDING_BYTES)
		st = flush(o, err);
	if (st == WV_OK && bytes.n > PENDING_BYTES)
		return wv_file_write(o->fd, bytes, o->path, err);
	wv_buf_add(&o->pending, bytes);
	return st == WV_OK ? wv_buf_finish(&o->pending, "output", err) : st;
}

uint64_t wv_output_at(const struct wv_output *o)
{
	return o->at;
}

bool wv_output_is_file(const struct wv_output *o)
{
	return o->is_file;
}

enum wv_status wv_output_patch(struct wv_output *o, uint64_t at, struct wv_slice bytes,
                               struct wv_err *err)
{
	enum wv_status st = flush(o, err);

	while (st == WV_OK && bytes.n) {
		ssize_t n = pwrite(o->fd, bytes.p, bytes.n, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return wv_err_errno(err, WV_IO, errno, "cannot write '%s'", o->path);
		bytes = wv_slice_from(bytes, (size_t)n);
		at += (uint64_t)n;
	}
	return st;
}

enum wv_status wv_output_each(struct wv_output *o,
                              enum wv_status (*each)(void *context, struct wv_slice bytes,
                                                     struct wv_err *err),
                              void *context, struct wv_err *err)
{
	unsigned char piece[64u * WV_KIB];
	uint64_t at = 0;
	enum wv_status st = flush(o, err);

	while (st == WV_OK && at < o->at) {
		ssize_t n = pread(o->fd, piece, sizeof(piece), (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return wv_err_errno(err, WV_IO, n < 0 ? errno : EIO, "cannot read '%s'", o->part);
		st = each(context, wv_slice(piece, (size_t)n), err);
		at += (uint64_t)n;
	}
	return st;
}

enum wv_status wv_output_commit(struct wv_output *o, struct wv_err *err)
{
	enum wv_status st = flush(o, err);

	if (st != WV_OK || !o->is_file)
		return st;
	if (fsync(o->fd) != 0)
		return wv_err_errno(err, WV_IO, errno, "cannot write '%s'", o->path);
	if (rename(o->part, o->path) != 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create '%s'", o->path);
	o->is_file = false;
	return WV_OK;
}

void wv_output_close(struct wv_output **output)
{
	struct wv_output *o = *output;

	if (!o)
		return;
	if (o->fd >= 0)
		close(o->fd);
	if (o->is_file)
		unlink(o->part);
	wv_buf_done(&o->pending);
	free(o);
	*output = NULL;
}
