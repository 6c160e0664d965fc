#include "config/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What a simulated clock's file holds; processes share it by mapping. */
struct hands {
	_Atomic int64_t magic;
	_Atomic int64_t wall_us;
	_Atomic int64_t mono_us;
};

#define HANDS_MAGIC INT64_C(0x314B434F4C435657) /* "WVCLOCK1" */

struct wv_clock {
	struct hands *hands; /* NULL: the system's */
	bool is_mapped;
};

static int64_t system_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * WV_US_PER_S + ts.tv_nsec / 1000;
}

struct wv_clock *wv_clock_system(void)
{
	static struct wv_clock clock; /* never changes: no hands */

	return &clock;
}

static void set_hands(struct hands *hands, struct wv_time start)
{
	atomic_store(&hands->wall_us, start.us);
	/* Not zero, so that "never" and "at the start" differ. */
	atomic_store(&hands->mono_us, WV_US_PER_S);
	atomic_store(&hands->magic, HANDS_MAGIC);
}

static enum wv_status map_hands(const char *path, struct wv_time start, struct hands **out,
                                struct wv_err *err)
{
	enum wv_status st = WV_OK;
	struct hands *hands = MAP_FAILED;
	struct stat info;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot open the clock '%s'", path);
	if (fstat(fd, &info) != 0 ||
	    (info.st_size == 0 && posix_fallocate(fd, 0, sizeof(struct hands)) != 0)) {
		st = wv_err_errno(err, WV_IO, errno, "cannot set up the clock '%s'", path);
		goto out;
	}
	if (info.st_size != 0 && (size_t)info.st_size < sizeof(struct hands)) {
		st = wv_err_set(err, WV_BAD_INPUT, "'%s' is not a clock", path);
		goto out;
	}
	hands = mmap(NULL, sizeof(*hands), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (hands == MAP_FAILED) {
		st = wv_err_errno(err, WV_IO, errno, "cannot map the clock '%s'", path);
		goto out;
	}
	if (atomic_load(&hands->magic) == 0) {
		set_hands(hands, start);
	} else if (atomic_load(&hands->magic) != HANDS_MAGIC) {
		munmap(hands, sizeof(*hands));
		st = wv_err_set(err, WV_BAD_INPUT, "'%s' is not a clock", path);
		goto out;
	}
	*out = hands;
out:
	close(fd);
	return st;
}

enum wv_status wv_clock_new_simulated(const char *path, struct wv_time start,
                                      struct wv_clock **out, struct wv_err *err)
{
	WV_AUTO(wv_clock_free) struct wv_clock *clock = calloc(1, sizeof(*clock));

	if (!clock)
		return wv_err_set(err, WV_NOMEM, "out of memory for a clock");
	if (path) {
		enum wv_status st = map_hands(path, start, &clock->hands, err);

		if (st != WV_OK)
			return st;
		clock->is_mapped = true;
	} else {
		clock->hands = calloc(1, sizeof(*clock->hands));
		if (!clock->hands)
			return wv_err_set(err, WV_NOMEM, "out of memory for a clock");
		set_hands(clock->hands, start);
	}
	*out = WV_TAKE(clock);
	return WV_OK;
}

void wv_clock_free(struct wv_clock **clock)
{
	struct wv_clock *c = *clock;

	*clock = NULL;
	if (!c || c == wv_clock_system())
		return;
	if (c->is_mapped)
		munmap(c->hands, sizeof(*c->hands));
	else
		free(c->hands);
	free(c);
}

struct wv_time wv_clock_now(const struct wv_clock *clock)
{
	if (clock->hands)
		return (struct wv_time){atomic_load(&clock->hands->wall_us)};
	return (struct wv_time){system_us(CLOCK_REALTIME)};
}

struct wv_mono wv_clock_mono(const struct wv_clock *clock)
{
	if (clock->hands)
		return (struct wv_mono){atomic_load(&clock->hands->mono_us)};
	return (struct wv_mono){system_us(CLOCK_MONOTONIC)};
}

bool wv_clock_is_simulated(const struct wv_clock *clock)
{
	return clock->hands != NULL;
}

void wv_clock_turn(struct wv_clock *clock, int64_t us)
{
	WV_ASSERT(clock->hands);
	atomic_fetch_add(&clock->hands->wall_us, us);
	if (us > 0)
		atomic_fetch_add(&clock->hands->mono_us, us);
}

int64_t wv_clock_cpu_us(void)
{
	return system_us(CLOCK_PROCESS_CPUTIME_ID);
}
