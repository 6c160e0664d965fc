#include "archive/store/swap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "config/base/bytes.h"
#include "config/base/folder.h"

/*
 * The heads of LMDB 0.9's file, 64-bit little endian: pages 0 and 1, each
 *
 *   16 bytes page head | u32 magic | u32 version | u64 | u64 map size | 2 trees of 48 bytes
 *   | u64 last page | u64 transaction
 *
 * The first tree begins with a u32 that holds the page size. The head with the higher transaction
 * counts, and it is page 0 for even ones.
 */
#define HEAD_MAGIC 0xbeefc0deu
#define MAGIC_AT   16u
#define PAGE_AT    40u
#define TXN_AT     144u
#define HEAD_BYTES 152u
#define PAGE_MIN   256u
#define PAGE_MAX   65536u
#define PATH_BYTES 4096

static enum wv_status open_data(const char *dir, int flags, int *fd, struct wv_err *err)
{
	char path[PATH_BYTES];
	int n = snprintf(path, sizeof path, "%s/data.mdb", dir);

	if (n < 0 || n >= (int)sizeof path)
		return wv_err_set(err, WV_LIMIT, "archive path too long");
	*fd = open(path, flags | O_CLOEXEC);
	if (*fd < 0)
		return wv_err_errno(err, WV_IO, errno, "cannot open '%s'", path);
	return WV_OK;
}

/* Of the head at this offset; false: it is none. */
static bool read_head(int fd, uint64_t at, uint32_t *page_bytes, uint64_t *txn)
{
	unsigned char head[HEAD_BYTES];
	struct wv_cursor c = wv_cursor(wv_slice(head, sizeof head));

	if (pread(fd, head, sizeof head, (off_t)at) != (ssize_t)sizeof head)
		return false;
	(void)wv_cursor_bytes(&c, MAGIC_AT);
	if (wv_cursor_u32(&c) != HEAD_MAGIC)
		return false;
	c = wv_cursor(wv_slice_from(wv_slice(head, sizeof head), PAGE_AT));
	*page_bytes = wv_cursor_u32(&c);
	c = wv_cursor(wv_slice_from(wv_slice(head, sizeof head), TXN_AT));
	*txn = wv_cursor_u64(&c);
	return *page_bytes >= PAGE_MIN && *page_bytes <= PAGE_MAX;
}

/* The last transaction, and where the head is that has it. */
static bool find_head(int fd, uint64_t *txn, uint64_t *at)
{
	uint32_t page_bytes = 0, again = 0;
	uint64_t other = 0;

	if (!read_head(fd, 0, &page_bytes, txn) || !read_head(fd, page_bytes, &again, &other))
		return false;
	*at = other > *txn ? page_bytes : 0;
	if (other > *txn)
		*txn = other;
	return true;
}

enum wv_status wv_swap_txn(const char *dir, uint64_t *txn, struct wv_err *err)
{
	uint64_t at;
	int fd;
	enum wv_status st = open_data(dir, O_RDONLY, &fd, err);

	if (st != WV_OK)
		return st;
	if (!find_head(fd, txn, &at))
		st = wv_err_set(err, WV_DAMAGED, "the head of '%s/data.mdb' is unreadable", dir);
	close(fd);
	return st;
}

/* The head that counts gets the number; the other stays, and is the older one still. */
static enum wv_status renumber(const char *made, uint64_t txn, struct wv_err *err)
{
	unsigned char bytes[8];
	uint64_t was = 0, at = 0;
	int fd;
	enum wv_status st = open_data(made, O_RDWR, &fd, err);

	if (st != WV_OK)
		return st;
	for (unsigned i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(txn >> 8 * i);
	if (!find_head(fd, &was, &at))
		st = wv_err_set(err, WV_DAMAGED, "the head of '%s/data.mdb' is unreadable", made);
	else if (txn < was || (txn - was) % 2)
		st = wv_err_set(err, WV_BUG, "transaction %llu cannot become %llu",
		                (unsigned long long)was, (unsigned long long)txn);
	else if (pwrite(fd, bytes, sizeof bytes, (off_t)(at + TXN_AT)) != (ssize_t)sizeof bytes ||
	         fsync(fd) != 0)
		st = wv_err_errno(err, WV_IO, errno, "cannot write '%s/data.mdb'", made);
	close(fd);
	return st;
}

enum wv_status wv_swap(const char *made, const char *dir, uint64_t txn, struct wv_err *err)
{
	char from[PATH_BYTES], to[PATH_BYTES];
	int n = snprintf(from, sizeof from, "%s/data.mdb", made);
	int m = snprintf(to, sizeof to, "%s/data.mdb", dir);
	enum wv_status st;

	if (n < 0 || n >= (int)sizeof from || m < 0 || m >= (int)sizeof to)
		return wv_err_set(err, WV_LIMIT, "archive path too long");
	st = renumber(made, txn, err);
	if (st != WV_OK)
		return st;
	if (rename(from, to) != 0)
		return wv_err_errno(err, WV_IO, errno, "cannot put '%s' in its place", to);
	return wv_folder_sync(dir, err);
}
