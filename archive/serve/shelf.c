#include "archive/serve/shelf.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/base/limits.h"

struct kept {
	bool is_set;
	struct wv_digest body;
	int file;
	uint64_t bytes, facts;
	struct wv_mono used;
};

struct wv_shelf {
	pthread_mutex_t lock; /* guards all below */
	struct kept files[WV_SHELF_FILES];
	uint64_t bytes;
};

enum wv_status wv_shelf_new(struct wv_shelf **out, struct wv_err *err)
{
	struct wv_shelf *shelf = calloc(1, sizeof(*shelf));

	if (!shelf)
		return wv_err_set(err, WV_NOMEM, "out of memory for the service");
	pthread_mutex_init(&shelf->lock, NULL);
	*out = shelf;
	return WV_OK;
}

static void drop_locked(struct wv_shelf *shelf, struct kept *kept)
{
	close(kept->file);
	shelf->bytes -= kept->bytes;
	*kept = (struct kept){.is_set = false};
}

void wv_shelf_free(struct wv_shelf **taken)
{
	struct wv_shelf *shelf = *taken;

	*taken = NULL;
	if (!shelf)
		return;
	for (size_t i = 0; i < WV_SHELF_FILES; i++)
		if (shelf->files[i].is_set)
			drop_locked(shelf, &shelf->files[i]);
	pthread_mutex_destroy(&shelf->lock);
	free(shelf);
}

static struct kept *find_locked(struct wv_shelf *shelf, const struct wv_digest *body)
{
	for (size_t i = 0; i < WV_SHELF_FILES; i++)
		if (shelf->files[i].is_set && wv_digest_equals(&shelf->files[i].body, body))
			return &shelf->files[i];
	return NULL;
}

int wv_shelf_take(struct wv_shelf *shelf, const struct wv_digest *body, struct wv_mono now)
{
	struct kept *kept;
	int file = -1;

	pthread_mutex_lock(&shelf->lock);
	kept = find_locked(shelf, body);
	if (kept) {
		kept->used = now;
		file = fcntl(kept->file, F_DUPFD_CLOEXEC, 0);
	}
	pthread_mutex_unlock(&shelf->lock);
	return file;
}

/* The one that was used longest ago makes room. */
static struct kept *place_locked(struct wv_shelf *shelf, uint64_t bytes)
{
	for (;;) {
		struct kept *free_one = NULL, *oldest = NULL;

		for (size_t i = 0; i < WV_SHELF_FILES; i++) {
			struct kept *kept = &shelf->files[i];

			if (!kept->is_set)
				free_one = kept;
			else if (!oldest || kept->used.us < oldest->used.us)
				oldest = kept;
		}
		if (free_one && bytes <= WV_SHELF_BYTES - shelf->bytes)
			return free_one;
		drop_locked(shelf, oldest);
	}
}

void wv_shelf_put(struct wv_shelf *shelf, const struct wv_digest *body, int file, uint64_t bytes,
                  uint64_t facts, struct wv_mono now)
{
	int own;

	if (bytes > WV_SHELF_BYTES)
		return;
	own = fcntl(file, F_DUPFD_CLOEXEC, 0);
	if (own < 0)
		return;
	pthread_mutex_lock(&shelf->lock);
	if (find_locked(shelf, body)) {
		close(own); /* two made it at the same time */
	} else {
		*place_locked(shelf, bytes) = (struct kept){true, *body, own, bytes, facts, now};
		shelf->bytes += bytes;
	}
	pthread_mutex_unlock(&shelf->lock);
}

void wv_shelf_tidy(struct wv_shelf *shelf, uint64_t facts, struct wv_mono now)
{
	pthread_mutex_lock(&shelf->lock);
	for (size_t i = 0; i < WV_SHELF_FILES && shelf->bytes; i++) {
		struct kept *kept = &shelf->files[i];

		if (kept->is_set &&
		    (kept->facts != facts || now.us - kept->used.us > WV_SHELF_KEPT_US))
			drop_locked(shelf, kept);
	}
	pthread_mutex_unlock(&shelf->lock);
}
