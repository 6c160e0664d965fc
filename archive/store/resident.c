#include "archive/store/resident.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "config/base/bytes.h"
#include "config/base/limits.h"

static uint64_t read_hex(struct wv_cursor *c)
{
	uint64_t value = 0;

	while (wv_cursor_left(c) > 0 && wv_byte_hex(*c->p) >= 0)
		value = value << 4 | (uint64_t)wv_byte_hex(*c->p++);
	return value;
}

/* "start-end perms offset major:minor inode path", as proc(5) draws it. */
static bool read_line(struct wv_slice line, const struct stat *file, struct wv_resident *out)
{
	struct wv_cursor c = wv_cursor(line);
	uint64_t start = read_hex(&c), end, offset, major_number, minor_number, inode = 0;

	(void)wv_cursor_until(&c, '-');
	end = read_hex(&c);
	(void)wv_cursor_until(&c, ' ');
	(void)wv_cursor_until(&c, ' ');
	offset = read_hex(&c);
	(void)wv_cursor_until(&c, ' ');
	major_number = read_hex(&c);
	(void)wv_cursor_until(&c, ':');
	minor_number = read_hex(&c);
	(void)wv_cursor_until(&c, ' ');
	if (!wv_cursor_number(&c, &inode) || inode != file->st_ino || offset != 0 || end <= start ||
	    major_number != major(file->st_dev) || minor_number != minor(file->st_dev))
		return false;
	*out = (struct wv_resident){(unsigned char *)(uintptr_t)start, end - start};
	return true;
}

void wv_resident_find(int fd, struct wv_resident *out)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {0};
	int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	struct wv_cursor c;
	struct wv_slice line;
	struct stat file;
	ssize_t n = 1;

	*out = (struct wv_resident){0};
	if (maps < 0)
		return;
	wv_buf_init(&text, 4 * WV_MIB);
	while (n > 0) {
		unsigned char *room = wv_buf_room(&text, 16u * WV_KIB);

		n = room ? read(maps, room, 16u * WV_KIB) : -1;
		if (n > 0)
			text.n += (size_t)n;
	}
	close(maps);
	if (n < 0 || fstat(fd, &file) != 0)
		return;
	c = wv_cursor(wv_buf_slice(&text));
	while (wv_cursor_line(&c, &line))
		if (read_line(line, &file, out))
			return;
}

void wv_resident_drop(const struct wv_resident *resident, uint64_t bytes)
{
	if (resident->start && bytes > 0)
		(void)madvise(resident->start,
		              bytes < resident->bytes ? (size_t)bytes : (size_t)resident->bytes,
		              MADV_DONTNEED);
}
