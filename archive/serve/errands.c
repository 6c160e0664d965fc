#include "archive/serve/errands.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* Not begun, or given up for one that others wait for, if nobody asked for it for so long; */
#define LEFT_US      (20 * WV_US_PER_S)
/* given up, if nobody asked for anything; */
#define FORGOTTEN_US (120 * WV_US_PER_S)
/* as new as now, if it was done within; */
#define FRESH_US     (60 * WV_US_PER_S)
/* kept so long: terms of take-downs run out. */
#define KEPT_US      (300 * WV_US_PER_S)

enum state { FREE, WAITS, IS_READ, DONE }; /* each nearer to an answer */

struct errand {
	enum state state;
	struct wv_around_query query;
	uint64_t facts; /* of the register: with another one it is another question */
	unsigned readers; /* copying its answer now: it stays until they are through */
	struct wv_mono first, asked, done; /* asked for the first time and the last */
	enum wv_status status;
	struct wv_err err;
	struct wv_arena *arena; /* of the answer */
	struct wv_around_answer answer;
};

struct wv_errands {
	struct wv_store *store;
	struct wv_around *around; /* the thread's */
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock; /* guards all below; a leaf */
	pthread_cond_t came, done;
	bool is_stopping;
	struct errand list[WV_ERRANDS_MOST];
};

static struct wv_mono real_now(void)
{
	return wv_clock_mono(wv_clock_system());
}

/* ---- the list ---- */

static bool is_same(const struct errand *e, const struct wv_around_query *q, uint64_t facts)
{
	return e->facts == facts && e->query.capture == q->capture && e->query.at.us == q->at.us &&
	       e->query.known_at.us == q->known_at.us && e->query.max == q->max &&
	       e->query.wants_later == q->wants_later;
}

static void free_errand(struct errand *e)
{
	wv_arena_free(&e->arena);
	*e = (struct errand){.state = FREE};
}

static bool may_go(const struct errand *e, struct wv_mono now)
{
	return e->state == DONE && !e->readers && now.us - e->done.us > KEPT_US;
}

static struct errand *find_locked(struct wv_errands *all, const struct wv_around_query *q,
                                  uint64_t facts, struct wv_mono now)
{
	for (size_t i = 0; i < WV_ERRANDS_MOST; i++) {
		if (may_go(&all->list[i], now))
			free_errand(&all->list[i]);
		else if (all->list[i].state != FREE && is_same(&all->list[i], q, facts))
			return &all->list[i];
	}
	return NULL;
}

/* A free place, else that of the answer, or of the question, that was left alone longest. NULL: none
 * that may be taken. */
static struct errand *place_locked(struct wv_errands *all, struct wv_mono now)
{
	struct errand *oldest = NULL;

	for (size_t i = 0; i < WV_ERRANDS_MOST; i++) {
		struct errand *e = &all->list[i];

		if (e->state == FREE)
			return e;
		if (((e->state == DONE && !e->readers) ||
		     (e->state == WAITS && now.us - e->asked.us > LEFT_US)) &&
		    (!oldest || e->asked.us < oldest->asked.us))
			oldest = e;
	}
	if (oldest)
		free_errand(oldest);
	return oldest;
}

/* The one that has waited longest; without those that nobody waits for any more. */
static struct errand *next_locked(struct wv_errands *all)
{
	struct wv_mono now = real_now();
	struct errand *next = NULL;

	for (size_t i = 0; i < WV_ERRANDS_MOST; i++) {
		struct errand *e = &all->list[i];

		if (e->state == WAITS && now.us - e->asked.us > LEFT_US)
			free_errand(e);
		if (e->state == WAITS && (!next || e->first.us < next->first.us))
			next = e;
	}
	return next;
}

/* ---- the thread ---- */

struct going {
	struct wv_errands *all;
	struct errand *errand;
};

static bool goes_on(void *context)
{
	struct going *g = context;
	struct wv_errands *all = g->all;
	int64_t alone_us;
	bool goes;

	pthread_mutex_lock(&all->lock);
	alone_us = real_now().us - g->errand->asked.us;
	goes = !all->is_stopping && alone_us <= FORGOTTEN_US &&
	       (alone_us <= LEFT_US || !next_locked(all));
	pthread_mutex_unlock(&all->lock);
	return goes;
}

/* Reads for one, without the lock: nobody else touches what is being read but its `asked`. */
static void read_one(struct wv_errands *all, struct errand *e)
{
	struct going going = {all, e};
	struct wv_around_query query = e->query;
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_around_answer answer = {.count = 0};
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st = wv_arena_new(WV_ERRAND_BYTES, &arena, &err);

	query.most = WV_ERRAND_ARTICLES;
	query.goes_on = goes_on;
	query.goes_on_context = &going;
	if (st == WV_OK)
		st = wv_store_begin_read(all->store, &txn, &err);
	if (st == WV_OK)
		st = wv_around_of(all->around, &txn, arena, &query, &answer, &err);
	wv_txn_abort(&txn);
	pthread_mutex_lock(&all->lock);
	e->status = st;
	e->err = err;
	e->answer = answer;
	e->arena = WV_TAKE(arena);
	e->done = real_now();
	e->state = DONE;
	/* Given up: who asks again begins anew. */
	if (st == WV_STOPPED)
		free_errand(e);
	pthread_cond_broadcast(&all->done);
	pthread_mutex_unlock(&all->lock);
}

static void *run(void *context)
{
	struct wv_errands *all = context;

	pthread_mutex_lock(&all->lock);
	while (!all->is_stopping) {
		struct errand *next = next_locked(all);

		if (!next) {
			pthread_cond_wait(&all->came, &all->lock);
			continue;
		}
		next->state = IS_READ;
		pthread_mutex_unlock(&all->lock);
		read_one(all, next);
		pthread_mutex_lock(&all->lock);
	}
	pthread_mutex_unlock(&all->lock);
	return NULL;
}

/* ---- life ---- */

static bool init_sync(struct wv_errands *all)
{
	pthread_condattr_t monotonic;
	bool is_done;

	if (pthread_condattr_init(&monotonic) != 0)
		return false;
	is_done = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 &&
	          pthread_cond_init(&all->done, &monotonic) == 0;
	pthread_condattr_destroy(&monotonic);
	if (is_done) {
		pthread_cond_init(&all->came, NULL);
		pthread_mutex_init(&all->lock, NULL);
	}
	return is_done;
}

enum wv_status wv_errands_start(const struct wv_around_options *options, struct wv_errands **out,
                                struct wv_err *err)
{
	struct wv_errands *all = calloc(1, sizeof(*all));
	enum wv_status st;

	if (!all || !init_sync(all)) {
		free(all);
		return wv_err_set(err, WV_NOMEM, "out of memory for the service");
	}
	all->store = options->store;
	st = wv_around_open(options, &all->around, err);
	if (st == WV_OK && pthread_create(&all->thread, NULL, run, all) != 0)
		st = wv_err_set(err, WV_NOMEM, "no room for a thread of the service");
	if (st != WV_OK) {
		wv_errands_stop(&all);
		return st;
	}
	all->has_thread = true;
	*out = all;
	return WV_OK;
}

void wv_errands_stop(struct wv_errands **errands)
{
	struct wv_errands *all = *errands;

	if (!all)
		return;
	if (all->has_thread) {
		pthread_mutex_lock(&all->lock);
		all->is_stopping = true;
		pthread_cond_broadcast(&all->came);
		pthread_cond_broadcast(&all->done);
		pthread_mutex_unlock(&all->lock);
		pthread_join(all->thread, NULL);
	}
	for (size_t i = 0; i < WV_ERRANDS_MOST; i++)
		free_errand(&all->list[i]);
	wv_around_close(&all->around);
	pthread_cond_destroy(&all->done);
	pthread_cond_destroy(&all->came);
	pthread_mutex_destroy(&all->lock);
	free(all);
	*errands = NULL;
}

/* ---- asking ---- */

static enum wv_status copy_links(struct wv_arena *arena, const struct wv_around_link *links,
                                 size_t count, const struct wv_around_link **out, struct wv_err *err)
{
	struct wv_around_link *copy = WV_ARENA_ARRAY(arena, struct wv_around_link, count + 1);

	for (size_t i = 0; copy && i < count; i++) {
		size_t n = links[i].evidence_count;
		struct wv_story_evidence *evidence =
			WV_ARENA_ARRAY(arena, struct wv_story_evidence, n + 1);

		for (size_t k = 0; evidence && k < n; k++) {
			evidence[k] = links[i].evidence[k];
			evidence[k].shown = wv_arena_copy(arena, links[i].evidence[k].shown);
		}
		copy[i] = links[i];
		copy[i].evidence = evidence;
		if (!evidence)
			copy = NULL;
	}
	*out = copy;
	return copy ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for a story");
}

static enum wv_status copy_answer(const struct errand *e, struct wv_arena *arena,
                                  struct wv_around_answer *out, struct wv_err *err)
{
	struct wv_around_answer answer = e->answer;
	enum wv_status st = copy_links(arena, e->answer.links, answer.count, &answer.links, err);

	if (st == WV_OK)
		st = copy_links(arena, e->answer.later, answer.later_count, &answer.later, err);
	if (st == WV_OK)
		*out = answer;
	return st;
}

/* Its errand, made if need be. NULL: there is no room for another question. */
static struct errand *ask_locked(struct wv_errands *all, const struct wv_around_query *query,
                                 uint64_t facts)
{
	struct wv_mono now = real_now();
	struct errand *e = find_locked(all, query, facts, now);

	if (!e && (e = place_locked(all, now)) != NULL) {
		*e = (struct errand){
			.state = WAITS, .query = *query, .facts = facts, .first = now};
		pthread_cond_signal(&all->came);
	}
	if (e)
		e->asked = now;
	return e;
}

/* Where it is when it is done; NULL: not by `until`. Given up meanwhile, it is asked for anew. */
static struct errand *wait_locked(struct wv_errands *all, const struct wv_around_query *query,
                                  uint64_t facts, struct wv_mono until)
{
	const struct timespec at = {.tv_sec = (time_t)(until.us / WV_US_PER_S),
	                            .tv_nsec = (long)(until.us % WV_US_PER_S) * 1000};

	for (;;) {
		struct errand *e = ask_locked(all, query, facts);

		if (!e || e->state == DONE)
			return e;
		if (all->is_stopping || pthread_cond_timedwait(&all->done, &all->lock, &at) != 0)
			return NULL;
	}
}

enum wv_status wv_errands_ask(struct wv_errands *all, struct wv_txn **txn, struct wv_arena *arena,
                              const struct wv_around_query *query, int64_t patience_us,
                              struct wv_around_answer *out, struct wv_err *err)
{
	struct wv_mono until = {real_now().us + patience_us};
	struct wv_around_query asked = *query;
	struct errand *e;
	uint64_t facts;
	enum wv_status st = wv_txn_count(*txn, WV_TABLE_FACTS, &facts, err);

	if (st != WV_OK)
		return st;
	asked.goes_on = NULL;
	asked.goes_on_context = NULL;
	/* A transaction pins old pages: not while one waits. */
	wv_txn_abort(txn);
	pthread_mutex_lock(&all->lock);
	e = wait_locked(all, &asked, facts, until);
	if (e)
		e->readers++;
	pthread_mutex_unlock(&all->lock);
	st = wv_store_begin_read(all->store, txn, err);
	if (!e)
		return st == WV_OK ? wv_err_set(err, WV_STOPPED, "not read in time") : st;
	if (st == WV_OK && e->status != WV_OK) {
		st = e->status;
		if (err)
			*err = e->err;
	} else if (st == WV_OK) {
		st = copy_answer(e, arena, out, err);
	}
	pthread_mutex_lock(&all->lock);
	e->readers--;
	/* What failed may go well the next time. */
	if (e->status != WV_OK && e->status != WV_NO && !e->readers)
		free_errand(e);
	pthread_mutex_unlock(&all->lock);
	return st;
}

/* Is it what one who names no K may be told in place of what is known now? */
static bool is_like(const struct errand *e, const struct wv_around_query *q, uint64_t facts,
                    struct wv_mono now)
{
	if (e->state == FREE || e->facts != facts || e->query.capture != q->capture ||
	    e->query.max != q->max || e->query.wants_later != q->wants_later ||
	    (!q->wants_later && e->query.at.us != q->at.us))
		return false;
	return e->state != DONE || now.us - e->done.us <= FRESH_US;
}

bool wv_errands_known(struct wv_errands *all, struct wv_txn *txn, const struct wv_around_query *query,
                      struct wv_time *known_at)
{
	struct wv_mono now = real_now();
	const struct errand *best = NULL;
	uint64_t facts;

	if (wv_txn_count(txn, WV_TABLE_FACTS, &facts, NULL) != WV_OK)
		return false;
	pthread_mutex_lock(&all->lock);
	for (size_t i = 0; i < WV_ERRANDS_MOST; i++) {
		const struct errand *e = &all->list[i];

		/* What is there comes first, then what is read, then what waits; of equals the newest K. */
		if (is_like(e, query, facts, now) &&
		    (!best || e->state > best->state ||
		     (e->state == best->state && e->query.known_at.us > best->query.known_at.us)))
			best = e;
	}
	if (best)
		*known_at = best->query.known_at;
	pthread_mutex_unlock(&all->lock);
	return best != NULL;
}
