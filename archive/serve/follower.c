#include "archive/serve/follower.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "archive/search/around.h"
#include "archive/search/index.h"
#include "archive/store/tally.h"
#include "config/base/limits.h"

#define TURN_MS         1000
#define LEAVES_A_SLICE  5000u

struct wv_follower {
	struct wv_follower_options options;
	pthread_t thread;
	bool has_thread;
	int wake; /* eventfd: stop */
	atomic_bool stops;
	atomic_uint drops;
	_Atomic uint64_t stories_behind;
	pthread_rwlock_t lock; /* guards what `tally` points to */
	struct wv_tally *tally;
	struct wv_search *search; /* the thread's; NULL: none, or it may not be written */
	struct wv_around *around; /* of it */
	struct wv_buf words;      /* the file of settings' stories.words */
	bool says_nothing;        /* what failed was said */
};

static bool is_stopped(void *context)
{
	return atomic_load(&((struct wv_follower *)context)->stops);
}

/* Once: a folder that may not be written is no news every second. */
static void note(struct wv_follower *f, enum wv_status st, const struct wv_err *err)
{
	if (st == WV_OK || st == WV_STOPPED)
		f->says_nothing = false;
	else if (!f->says_nothing && f->options.log) {
		char line[sizeof err->text + 64];

		(void)snprintf(line, sizeof line, "not followed: %s", err->text);
		f->options.log(f->options.log_context, line);
		f->says_nothing = true;
	}
}

/* Was the file dropped (an erasure does that) or made anew since it was opened? */
static bool is_gone(struct wv_follower *f)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	enum wv_status st = wv_store_begin_read(f->options.store, &txn, NULL);

	if (st == WV_OK)
		st = wv_search_look(f->search, txn, NULL);
	return st == WV_MISSING || st == WV_CONFLICT;
}

static void close_search(struct wv_follower *f)
{
	wv_around_close(&f->around);
	wv_search_close(&f->search);
}

/* The names are those of the commands, or each would make the index of stories anew. */
static enum wv_status open_around(struct wv_follower *f, struct wv_err *err)
{
	const struct wv_settings *settings = f->options.settings;
	struct wv_around_options options = {
		.store = f->options.store, .search = f->search, .names = {.settings = settings}};
	enum wv_status st = WV_OK;

	wv_buf_reset(&f->words);
	if (settings && settings->stories_words.n > 0)
		st = wv_reports_read_words(settings, &f->words, err);
	options.names.words = wv_buf_slice(&f->words);
	options.names.words_path = "stories.words";
	return st == WV_OK ? wv_around_open(&options, &f->around, err) : st;
}

static void follow_search(struct wv_follower *f)
{
	uint64_t behind = UINT64_MAX;
	const struct wv_search_options options = {
		.stop = is_stopped, .stop_context = f, .cache_bytes = WV_LIMIT_SERVE_INDEX_BYTES};
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st = WV_OK;

	if (f->search && is_gone(f)) {
		close_search(f);
		atomic_fetch_add(&f->drops, 1);
	}
	if (!f->search)
		st = wv_search_open(f->options.store, &options, &f->search, &err);
	if (st == WV_OK)
		st = wv_search_follow(f->search, f->options.store, &err);
	/* What articles mention takes longer, so it comes after the words. */
	if (st == WV_OK && !f->around)
		st = open_around(f, &err);
	if (st == WV_OK)
		st = wv_around_follow(f->around, &behind, &err);
	atomic_store(&f->stories_behind, st == WV_OK ? behind : UINT64_MAX);
	/* Whatever it was, it is opened anew. */
	if (st != WV_OK && st != WV_STOPPED)
		close_search(f);
	note(f, st, &err);
}

static void follow_tally(struct wv_follower *f)
{
	const struct wv_clock *clock = wv_store_clock(f->options.store);
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st = WV_BOUND;

	while (st == WV_BOUND && !is_stopped(f)) {
		WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;

		st = wv_store_begin_read(f->options.store, &txn, &err);
		if (st != WV_OK)
			break;
		pthread_rwlock_wrlock(&f->lock);
		st = wv_tally_follow(f->tally, txn, wv_clock_now(clock), LEAVES_A_SLICE, &err);
		pthread_rwlock_unlock(&f->lock);
	}
	if (st != WV_OK && st != WV_BOUND)
		note(f, st, &err);
}

static void *run(void *context)
{
	struct wv_follower *f = context;
	struct pollfd wake = {.fd = f->wake, .events = POLLIN};

	while (!is_stopped(f)) {
		follow_tally(f);
		follow_search(f);
		if (f->options.turn)
			f->options.turn(f->options.turn_context);
		(void)poll(&wake, 1, TURN_MS);
	}
	close_search(f);
	return NULL;
}

enum wv_status wv_follower_start(const struct wv_follower_options *options,
                                 struct wv_follower **out, struct wv_err *err)
{
	WV_AUTO(wv_follower_stop) struct wv_follower *f = calloc(1, sizeof *f);
	enum wv_status st;

	if (!f)
		return wv_err_set(err, WV_NOMEM, "out of memory for the service");
	f->options = *options;
	atomic_store(&f->stories_behind, UINT64_MAX);
	wv_buf_init(&f->words, WV_REPORTS_WORDS_MAX);
	pthread_rwlock_init(&f->lock, NULL);
	f->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	st = wv_tally_new(&f->tally, err);
	if (st != WV_OK)
		return st;
	if (f->wake < 0 || pthread_create(&f->thread, NULL, run, f) != 0)
		return wv_err_set(err, WV_NOMEM, "no room for a thread of the service");
	f->has_thread = true;
	*out = WV_TAKE(f);
	return WV_OK;
}

void wv_follower_stop(struct wv_follower **follower)
{
	const uint64_t one = 1;
	struct wv_follower *f = *follower;

	if (!f)
		return;
	atomic_store(&f->stops, true);
	if (f->has_thread) {
		ssize_t written = write(f->wake, &one, sizeof one);

		(void)written;
		pthread_join(f->thread, NULL);
	}
	if (f->wake >= 0)
		close(f->wake);
	wv_tally_free(&f->tally);
	wv_buf_done(&f->words);
	pthread_rwlock_destroy(&f->lock);
	free(f);
	*follower = NULL;
}

unsigned wv_follower_drops(const struct wv_follower *f)
{
	return atomic_load(&f->drops);
}

uint64_t wv_follower_stories_behind(const struct wv_follower *follower)
{
	return atomic_load(&follower->stories_behind);
}

const struct wv_tally *wv_follower_take_tally(struct wv_follower *f)
{
	pthread_rwlock_rdlock(&f->lock);
	return f->tally;
}

void wv_follower_give_tally(struct wv_follower *f)
{
	pthread_rwlock_unlock(&f->lock);
}
