#ifndef WV_TESTS_BENCH_PAGES_H
#define WV_TESTS_BENCH_PAGES_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/base/bytes.h"

/* The files of a folder, at most so many of them, whole; for the life of the program. */
static inline size_t wv_bench_load(const char *folder, struct wv_slice *pages, size_t most)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t n = 0;

	while (dir && n < most && (entry = readdir(dir))) {
		char path[4096];
		unsigned char *p;
		FILE *file;
		long size;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		file = fopen(path, "rb");
		if (!file)
			continue;
		fseek(file, 0, SEEK_END);
		size = ftell(file);
		rewind(file);
		p = malloc((size_t)size + 1);
		if (p && fread(p, 1, (size_t)size, file) == (size_t)size)
			pages[n++] = wv_slice(p, (size_t)size);
		fclose(file);
	}
	if (dir)
		closedir(dir);
	return n;
}

#endif
