#include "tests/support/folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/base/status.h"

void wv_test_folder_make(struct wv_test_folder *folder)
{
	const char *base = getenv("TMPDIR");
	int n = snprintf(folder->path, sizeof folder->path, "%s/wirevault-test-XXXXXX",
	                 base && *base ? base : "/tmp");

	WV_ASSERT(n > 0 && (size_t)n < sizeof folder->path);
	WV_ASSERT(mkdtemp(folder->path) != NULL);
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
	(void)stat;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void wv_test_folder_remove(struct wv_test_folder *folder)
{
	if (folder->path[0])
		(void)nftw(folder->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	folder->path[0] = 0;
}
