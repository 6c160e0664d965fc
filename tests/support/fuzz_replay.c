/*
 * Runs a fuzz target over its stored corpus, so that every crash ever found stays a test of the
 * ordinary run. Prints how many inputs it read; an empty or missing folder is a failure.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	unsigned char *bytes;
	size_t n, room = 4u << 20;

	if (!file) {
		fprintf(stderr, "cannot open '%s'\n", path);
		return 1;
	}
	bytes = malloc(room);
	if (!bytes) {
		fclose(file);
		return 1;
	}
	n = fread(bytes, 1, room, file);
	fclose(file);
	/* A copy of exactly n bytes, so that the address sanitizer sees a read past the end. */
	unsigned char *exact = malloc(n ? n : 1);
	if (exact) {
		for (size_t i = 0; i < n; i++)
			exact[i] = bytes[i];
		LLVMFuzzerTestOneInput(exact, n);
		free(exact);
	}
	free(bytes);
	return 0;
}

int main(int argc, char **argv)
{
	int inputs = 0, failed = 0;

	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		struct dirent *entry;

		if (!dir) {
			fprintf(stderr, "no corpus in '%s'\n", argv[i]);
			return 1;
		}
		while ((entry = readdir(dir)) != NULL) {
			char path[4096];

			if (entry->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", argv[i], entry->d_name);
			failed |= replay_file(path);
			inputs++;
		}
		closedir(dir);
	}
	printf("%d inputs replayed\n", inputs);
	return failed || inputs == 0;
}
