/* The file as a whole: a copy of it, and how full it is. */
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/store/db_inner.h"

/* --- a copy: LMDB writes it into a pipe, we write it on, so that it can be stopped --- */

#define COPY_BYTES (256u * 1024u)

struct copy {
	MDB_env *env;
	int pipe;
	unsigned flags;
	int rc;
};

static void *copy_out(void *argument)
{
	struct copy *copy = argument;

	copy->rc = mdb_env_copyfd2(copy->env, copy->pipe, copy->flags);
	close(copy->pipe); /* the other end sees the end */
	return NULL;
}

static enum wv_status write_on(int from, int to, bool (*progress)(uint64_t bytes, void *context),
                               void *context, uint64_t *bytes, struct wv_err *err)
{
	unsigned char *buffer = malloc(COPY_BYTES);
	enum wv_status st = WV_OK;
	ssize_t n = 1;

	if (!buffer)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	while (st == WV_OK && (n = read(from, buffer, COPY_BYTES)) != 0) {
		size_t done = 0;

		if (n < 0 && errno != EINTR)
			st = wv_err_errno(err, WV_IO, errno, "cannot copy the data file");
		while (st == WV_OK && n > 0 && done < (size_t)n) {
			ssize_t put = write(to, buffer + done, (size_t)n - done);

			if (put < 0 && errno != EINTR)
				st = wv_err_errno(err, WV_IO, errno, "cannot write the copy");
			done += put > 0 ? (size_t)put : 0;
		}
		*bytes += done;
		if (st == WV_OK && progress && !progress(*bytes, context))
			st = wv_err_set(err, WV_STOPPED, "stopped");
	}
	free(buffer);
	return st;
}

static enum wv_status copy_once(struct wv_db *db, unsigned flags, int fd,
                                bool (*progress)(uint64_t bytes, void *context), void *context,
                                uint64_t *bytes, int *rc, struct wv_err *err)
{
	struct copy copy = {.env = db->env, .flags = flags};
	enum wv_status st;
	pthread_t thread;
	int ends[2], failed;

	*bytes = 0;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return wv_err_errno(err, WV_IO, errno, "cannot open a pipe");
	copy.pipe = ends[1];
	failed = pthread_create(&thread, NULL, copy_out, &copy);
	if (failed) {
		close(ends[0]);
		close(ends[1]);
		return wv_err_errno(err, WV_IO, failed, "cannot start the copying thread");
	}
	st = write_on(ends[0], fd, progress, context, bytes, err);
	close(ends[0]); /* stops the thread where it still writes */
	(void)pthread_join(thread, NULL);
	*rc = copy.rc;
	return st;
}

enum wv_status wv_db_copy(struct wv_db *db, int fd, bool (*progress)(uint64_t bytes, void *context),
                          void *context, uint64_t *bytes, struct wv_err *err)
{
	int rc = 0;
	enum wv_status st = copy_once(db, MDB_CP_COMPACT, fd, progress, context, bytes, &rc, err);

	/* It counts pages that no table and no list has: then they are copied, too. */
	if (st == WV_OK && (rc == MDB_INCOMPATIBLE || rc == MDB_CORRUPTED)) {
		if (lseek(fd, 0, SEEK_SET) != 0 || ftruncate(fd, 0) != 0)
			return wv_err_errno(err, WV_IO, errno, "cannot begin the copy again");
		st = copy_once(db, 0, fd, progress, context, bytes, &rc, err);
	}
	if (st == WV_OK && rc != 0)
		return wv_db_error(err, rc, "cannot copy the data file");
	return st;
}

/* Pages of the free list, as mdb_stat counts them. */
static int count_free_pages(MDB_txn *txn, uint64_t *count)
{
	MDB_cursor *cursor = NULL;
	MDB_val key, value;
	int rc = mdb_cursor_open(txn, 0, &cursor); /* 0 is the free list */

	while (rc == 0 && (rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		size_t n = 0;

		if (value.mv_size >= sizeof n)
			memcpy(&n, value.mv_data, sizeof n);
		*count += n;
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int count_free(struct wv_db *db, uint64_t *pages)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn);

	if (rc != 0)
		return rc;
	rc = count_free_pages(txn, pages);
	mdb_txn_abort(txn);
	return rc;
}

/* A line of mdb_reader_list is "pid thread txnid" or, for a slot that reads nothing, "-". */
static int note_reader(const char *line, void *context)
{
	struct wv_db_usage *usage = context;
	struct wv_cursor c = wv_cursor(wv_slice_of(line));
	uint64_t number[2] = {0, 0};

	for (int field = 0; field < 3; field++) {
		while (wv_cursor_left(&c) && wv_byte_is_space(*c.p))
			c.p++;
		if (field != 1) {
			if (!wv_cursor_number(&c, &number[field / 2]))
				return 0;
		} else {
			while (wv_cursor_left(&c) && !wv_byte_is_space(*c.p))
				c.p++;
		}
	}
	if (usage->oldest_reader_txn == 0 || number[1] < usage->oldest_reader_txn)
		usage->oldest_reader_txn = number[1];
	if (number[0] == (uint64_t)getpid())
		return 0;
	usage->others++;
	if (usage->oldest_other_txn == 0 || number[1] < usage->oldest_other_txn) {
		usage->oldest_other_txn = number[1];
		usage->oldest_other_pid = (uint32_t)number[0];
	}
	return 0;
}

enum wv_status wv_db_usage(struct wv_db *db, struct wv_db_usage *out, struct wv_err *err)
{
	struct wv_db_usage usage = {0};
	uint64_t free_pages = 0;
	mdb_filehandle_t fd;
	MDB_envinfo info;
	struct stat file;
	int rc;

	if (!db->env)
		return wv_err_set(err, WV_CONFLICT, "the archive's file is being replaced");
	rc = mdb_reader_list(db->env, note_reader, &usage);
	rc = rc < 0 ? rc : count_free(db, &free_pages);
	if (rc == 0)
		rc = mdb_env_info(db->env, &info);
	if (rc == 0)
		rc = mdb_env_get_fd(db->env, &fd);
	if (rc == 0 && fstat(fd, &file) != 0)
		rc = errno;
	if (rc != 0)
		return wv_db_error(err, rc, "cannot read the archive's use");
	usage.map_bytes = info.me_mapsize;
	usage.file_bytes = (uint64_t)file.st_size;
	usage.used_bytes = ((uint64_t)info.me_last_pgno + 1 - free_pages) * db->page_bytes;
	usage.free_bytes = free_pages * db->page_bytes;
	usage.last_txn = info.me_last_txnid;
	usage.readers = info.me_numreaders;
	usage.readers_max = info.me_maxreaders;
	usage.stale = db->stale_readers;
	*out = usage;
	return WV_OK;
}
