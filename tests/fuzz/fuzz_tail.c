#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "archive/store/tail.h"
#include "config/base/status.h"

/* The end of a database file, out of any bytes, whose pages are 256 bytes long here. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("tail", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		__builtin_trap();
	(void)wv_tail_is_free(fd, 256);
	close(fd);
	return 0;
}
