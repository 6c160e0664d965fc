#include "archive/care/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/search/subscription.h"
#include "config/base/folder.h"
#include "config/base/limits.h"

#define PATH_BYTES 4096
#define PART       "data.mdb.part"
#define SMALL_CAP  (64u * WV_KIB)

static enum wv_status path_in(const char *dir, const char *name, char path[PATH_BYTES],
                              struct wv_err *err)
{
	int n = snprintf(path, PATH_BYTES, "%s/%s", dir, name);

	if (n < 0 || n >= PATH_BYTES)
		return wv_err_set(err, WV_LIMIT, "path of the backup too long");
	return WV_OK;
}

/* --- the folder --- */

static bool is_empty(const char *dir)
{
	DIR *folder = opendir(dir);
	struct dirent *entry;
	bool empty = folder != NULL;

	while (empty && (entry = readdir(folder)) != NULL)
		empty = wv_slice_equals(wv_slice_of(entry->d_name), WV_LIT(".")) ||
		        wv_slice_equals(wv_slice_of(entry->d_name), WV_LIT(".."));
	if (folder)
		closedir(folder);
	return empty;
}

static enum wv_status make_folder(const char *dir, bool *is_made, struct wv_err *err)
{
	char part[PATH_BYTES];
	struct stat info;
	enum wv_status st = path_in(dir, PART, part, err);

	if (st != WV_OK)
		return st;
	*is_made = mkdir(dir, 0700) == 0;
	if (*is_made)
		return WV_OK;
	if (errno != EEXIST)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create folder '%s'", dir);
	if (lstat(part, &info) == 0)
		return wv_err_set(err, WV_CREATE,
		                  "'%s' holds a backup that was cut short: remove it first", dir);
	if (!is_empty(dir))
		return wv_err_set(err, WV_CREATE, "'%s' is there already and is not written over",
		                  dir);
	return WV_OK;
}

/* Takes away what a failed backup made. */
static void clear(const char *dir, bool is_made)
{
	static const char *const names[] = {PART,   "data.mdb", "head.key", "format", "subscriptions.db",
	                                    "lock.mdb"};
	char path[PATH_BYTES];

	for (size_t i = 0; i < WV_COUNT(names); i++)
		if (path_in(dir, names[i], path, NULL) == WV_OK)
			(void)unlink(path);
	if (is_made)
		(void)rmdir(dir);
}

/* --- the files --- */

struct meter {
	const struct wv_backup_options *options;
	uint64_t total;
};

static bool note(uint64_t bytes, void *context)
{
	const struct meter *meter = context;

	return !meter->options->progress ||
	       meter->options->progress(bytes, meter->total, meter->options->context);
}

static enum wv_status copy_data(struct wv_store *store, const char *dir,
                                const struct wv_backup_options *options, struct wv_backup *out,
                                struct wv_err *err)
{
	struct meter meter = {.options = options};
	char part[PATH_BYTES], data[PATH_BYTES];
	struct wv_db_usage usage;
	struct stat file;
	uint64_t written = 0;
	enum wv_status st = path_in(dir, PART, part, err);
	int fd = -1;

	if (st == WV_OK)
		st = path_in(dir, "data.mdb", data, err);
	if (st == WV_OK)
		st = wv_db_usage(wv_store_db(store), &usage, err);
	if (st != WV_OK)
		return st;
	meter.total = usage.used_bytes;
	fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create '%s'", part);
	st = wv_db_copy(wv_store_db(store), fd, note, &meter, &written, err);
	if (st == WV_OK && fsync(fd) != 0)
		st = wv_err_errno(err, WV_IO, errno, "cannot write '%s'", part);
	if (st == WV_OK && (fstat(fd, &file) != 0 || (uint64_t)file.st_size != written))
		st = wv_err_set(err, WV_IO, "'%s' is not as long as what was written", part);
	if (close(fd) != 0 && st == WV_OK)
		st = wv_err_errno(err, WV_IO, errno, "cannot write '%s'", part);
	if (st == WV_OK && rename(part, data) != 0)
		st = wv_err_errno(err, WV_CREATE, errno, "cannot create '%s'", data);
	out->file_bytes = written;
	return st;
}

static enum wv_status read_small(const char *path, struct wv_buf *out, struct wv_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum wv_status st = WV_OK;
	ssize_t n = 1;

	if (fd < 0)
		return errno == ENOENT ? WV_NO
		                       : wv_err_errno(err, WV_IO, errno, "cannot read '%s'", path);
	while (n > 0) {
		unsigned char *room = wv_buf_room(out, 4096);

		if (!room) {
			st = wv_buf_finish(out, path, err);
			break;
		}
		n = read(fd, room, 4096);
		if (n > 0)
			out->n += (size_t)n;
		if (n < 0)
			st = wv_err_errno(err, WV_IO, errno, "cannot read '%s'", path);
	}
	close(fd);
	return st;
}

/* A small file of the archive's, 0600; one that is not there is passed over. */
static enum wv_status copy_small(const char *from_dir, const char *dir, const char *name,
                                 struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {.cap = SMALL_CAP};
	char from[PATH_BYTES], to[PATH_BYTES];
	enum wv_status st = path_in(from_dir, name, from, err);
	int fd;

	if (st == WV_OK)
		st = path_in(dir, name, to, err);
	if (st == WV_OK)
		st = read_small(from, &bytes, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create '%s'", to);
	if (write(fd, bytes.p, bytes.n) != (ssize_t)bytes.n || fsync(fd) != 0)
		st = wv_err_errno(err, WV_IO, errno ? errno : ENOSPC, "cannot write '%s'", to);
	if (close(fd) != 0 && st == WV_OK)
		st = wv_err_errno(err, WV_IO, errno, "cannot write '%s'", to);
	return st;
}

/* --- does the copy say what the archive said? --- */

static enum wv_status totals_of(struct wv_store *store, struct wv_store_totals *out,
                                struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	enum wv_status st = wv_store_begin_read(store, &txn, err);

	return st == WV_OK ? wv_store_totals(txn, out, err) : st;
}

static enum wv_status look_at_copy(struct wv_store *store, const char *dir,
                                   const struct wv_store_totals *before, struct wv_backup *out,
                                   struct wv_err *err)
{
	WV_AUTO(wv_store_close) struct wv_store *copy = NULL;
	struct wv_store_totals after, got;
	enum wv_status st = totals_of(store, &after, err);

	if (st == WV_OK)
		st = wv_store_open(dir, &(struct wv_store_options){.read_only = true},
		                   wv_store_clock(store), &copy, err);
	if (st == WV_OK)
		st = totals_of(copy, &got, err);
	if (st != WV_OK)
		return st;
	if (got.last_recorded.us < before->last_recorded.us ||
	    got.last_recorded.us > after.last_recorded.us || got.captures < before->captures ||
	    got.captures > after.captures)
		return wv_err_set(err, WV_IO, "the copy in '%s' is not what was copied", dir);
	out->captures = got.captures;
	out->recorded = got.last_recorded;
	return WV_OK;
}

enum wv_status wv_backup_make(struct wv_store *store, const char *dir,
                              const struct wv_backup_options *options, struct wv_backup *out,
                              struct wv_err *err)
{
	struct wv_store_totals before;
	struct wv_backup backup = {0};
	bool is_made = false;
	enum wv_status st = totals_of(store, &before, err);

	if (st == WV_OK)
		st = make_folder(dir, &is_made, err);
	if (st != WV_OK)
		return st;
	st = copy_data(store, dir, options, &backup, err);
	if (st == WV_OK)
		st = copy_small(wv_store_dir(store), dir, "head.key", err);
	if (st == WV_OK)
		st = wv_subscription_copy(wv_store_dir(store), dir, err);
	if (st == WV_NO)
		st = WV_OK;
	/* With this file the folder says that it is an archive: it comes last. */
	if (st == WV_OK)
		st = copy_small(wv_store_dir(store), dir, "format", err);
	if (st == WV_OK)
		st = wv_folder_sync(dir, err);
	if (st == WV_OK)
		st = look_at_copy(store, dir, &before, &backup, err);
	if (st == WV_OK)
		*out = backup;
	else
		clear(dir, is_made);
	return st;
}
