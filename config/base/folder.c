#include "config/base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum wv_status wv_folder_sync(const char *dir, struct wv_err *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum wv_status st = WV_OK;

	if (fd < 0)
		return wv_err_errno(err, WV_IO, errno, "cannot open '%s'", dir);
	if (fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
		st = wv_err_errno(err, WV_IO, errno, "cannot sync '%s'", dir);
	(void)close(fd);
	return st;
}
