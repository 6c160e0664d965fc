#ifndef WV_CRAWLER_PLAN_PLAN_INNER_H
#define WV_CRAWLER_PLAN_PLAN_INNER_H

#include "config/zone.h"
#include "crawler/plan/plan.h"
#include "crawler/plan/tables.h"

/*
 * What the files of the in-memory plan share:
 *   plan.c         opening, closing, counting
 *   plan_clock.c   what time it is for a run
 *   plan_step.c    the next step
 *   plan_pick.c    what a free turn does
 *   plan_event.c   what happened
 *   plan_turn.c    turns: their clocks, the heap by when they wake, leases
 *   plan_queue.c   queues: their lives, the heap of those due later
 *   plan_ahead.c   what is due in a queue: probes and look-ahead
 *   plan_scan.c    queues found in DUE, woken by commits, given by hand
 *   plan_robots.c  robots.txt as had, being had, to be had
 *   plan_visit.c   visits and refusals with their reasons in words
 */

/* ---- a map with its links in the objects; the first member of each is a node */
struct node {
	struct node *next;
	uint64_t hash;
};
struct map {
	struct node **buckets;
	size_t room, count;
};
/* The first with this hash, then the next one; the caller compares names. */
struct node *map_find(const struct map *map, uint64_t hash);
struct node *map_find_next(const struct node *node);
bool map_add(struct map *map, struct node *node, uint64_t hash); /* false: out of memory */
void map_remove(struct map *map, struct node *node);
void map_free(struct map *map, void (*free_node)(struct node *node));

/* ---- */
struct queue;
struct robots;

struct turn {
	struct node node;
	struct wv_slice key;
	struct wv_turn_clock clock;
	struct wv_politeness politeness; /* the strictest of the sources that use it */
	struct queue *ring;              /* active queues; the one to serve next */
	struct robots *jobs;             /* robots.txt to be asked for here */
	uint32_t refs;                   /* queues attached and jobs */
	uint32_t uncommitted;            /* visits whose row is not durable yet */
	size_t heap_at;                  /* SIZE_MAX: not in the heap */
	struct wv_mono wake;
	uint64_t order;                  /* first come, first served where wakes are equal */
	enum wv_wait_reason reason;
	bool is_lease_asked;             /* a lease is on its way to the disk */
	bool is_used_up;                 /* max_pages_per_host reached */
	uint64_t pages;
	struct turn *flight_next, *flight_previous; /* turns with visits in flight */
	bool in_flight_list;
};

enum queue_state {
	QUEUE_IDLE,
	QUEUE_ACTIVE,  /* in its turn's ring */
	QUEUE_BLOCKED, /* waits for robots.txt */
	QUEUE_LATER,   /* in the heap of those due later in this run */
	QUEUE_NAMELESS /* hosts_by ip: waits for its address */
};

/* A key of DUE with its page key. */
struct ahead {
	enum wv_lane lane;
	int64_t at;
	uint64_t hash;
	struct wv_slice page_key; /* into the queue's `keys` */
	size_t key_at;
};
#define AHEAD_MIN 2u
#define AHEAD_MAX 64u

struct queue {
	struct node node;
	size_t source;
	uint32_t source_id;
	struct wv_slice host;
	struct turn *turn; /* NULL: nameless */
	enum queue_state state;
	bool is_address_asked;
	struct queue *ring_next, *ring_previous;
	struct queue *blocked_next;
	struct ahead *ahead;
	struct wv_buf keys;
	uint32_t ahead_count, ahead_at, ahead_want, ahead_room;
	struct wv_mono filled;
	uint32_t rotation, served;
	struct wv_mono later;
	size_t later_at;
};

struct robots {
	struct node node;
	struct wv_slice origin;
	enum wv_robots_state state;
	bool is_broken;          /* had, but no memory to read it: closed */
	struct wv_robots *rules; /* of state rules */
	size_t rules_bytes;
	struct wv_time fetched, reached;
	struct wv_mono expires;
	struct wv_time due;      /* slot of the next fetch */
	uint32_t failures;
	int32_t status;
	bool is_wanted, is_in_flight, is_listed;
	struct wv_buf next;      /* block url, u8 chain count, blocks; empty: from the start */
	size_t source;           /* whose page wanted it */
	struct turn *job_turn;
	struct robots *job_next;
	struct queue *blocked;
	struct robots *newer, *older; /* by use */
};
#define ROBOTS_KEPT_MAX       4096u
#define ROBOTS_KEPT_BYTES_MAX (8u * WV_MIB) /* of wv_robots_bytes */

struct source_now {
	struct wv_source_state state;
	struct wv_mono suspended; /* INT64_MIN: not */
	bool is_new;              /* suspended in this run */
};

struct taken {
	struct node node; /* hash of the page key */
	struct turn *turn;
	bool is_in_flight;
};

struct retry {
	uint64_t hash;
	struct wv_mono at;
};

struct wv_plan {
	struct wv_plan_options options;
	const struct wv_settings *settings;
	struct wv_zones *zones;
	struct wv_arena *arena;
	struct map turns, queues, robots, taken, hosts;
	struct turn **heap;
	size_t heap_count, heap_room;
	struct queue **later;
	size_t later_count, later_room;
	struct turn *flights;
	struct robots *newest, *oldest;
	size_t robots_bytes, robots_listed;
	struct source_now *sources;
	struct queue *nameless; /* linked by blocked_next */
	size_t addresses_asked; /* given by a step, not yet resolved */
	/* scan through DUE */
	unsigned char scan_key[WV_DUE_KEY_MAX];
	size_t scan_key_n;
	unsigned char scan_start[8];
	size_t scan_start_n;
	bool has_wrapped, is_scanned, has_dropped;
	struct wv_mono rescan_at; /* something not kept for want of room is due then */
	struct wv_mono scanned_at;
	/* `only` */
	struct wv_buf only_keys; /* blocks */
	size_t only_count;
	struct map only_hashes;
	/* leases being given */
	struct wv_lease *leases;
	struct turn **lease_turns;
	size_t lease_count, lease_room;
	size_t leases_asked; /* on their way to the disk */
	struct retry *retries;
	size_t retry_count, retry_room;
	uint64_t order;
	uint64_t put_off;
	struct wv_mono renew_at;
	struct wv_plan_counts counts;
	struct wv_buf text; /* for basis and reasons */
};

/* plan_clock.c */
/* The wall clock at the run's opening and what has passed since: no step within the run shows. */
struct wv_time plan_now(const struct wv_plan *plan);
/* What the wall clock says now: for what is written down. */
struct wv_time plan_wall(const struct wv_plan *plan);
struct wv_mono plan_mono(const struct wv_plan *plan);
/* The instant of the run's monotonic clock at which the wall clock shows `t`, by the two now. */
struct wv_mono plan_mono_of(const struct wv_plan *plan, struct wv_time t);

static inline enum wv_status plan_nomem(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "planning: out of memory");
}

/* plan_turn.c */
enum wv_status plan_turn_get(struct wv_plan *plan, struct wv_slice key,
                             const struct wv_politeness *politeness, struct turn **out,
                             struct wv_err *err);
void plan_turn_release(struct wv_plan *plan, struct turn *turn); /* one reference less */
/* Frees those that nothing needs any more; now and then. */
void plan_turn_sweep(struct wv_plan *plan);
struct turn *plan_turn_find(const struct wv_plan *plan, struct wv_slice key);
/* Puts the turn where it belongs in the heap: it has work, or its clock changed. */
enum wv_status plan_turn_wake(struct wv_plan *plan, struct turn *turn, struct wv_err *err);
void plan_turn_sleep(struct wv_plan *plan, struct turn *turn);
void plan_turn_set_wake(struct wv_plan *plan, struct turn *turn, struct wv_mono wake,
                        enum wv_wait_reason reason);
bool plan_turn_is_leased(const struct turn *turn, struct wv_mono at);
enum wv_status plan_lease_ask(struct wv_plan *plan, struct turn *turn, struct wv_err *err);
enum wv_status plan_lease_renew(struct wv_plan *plan, struct wv_err *err);
void plan_flight_add(struct wv_plan *plan, struct turn *turn);
void plan_flight_remove(struct wv_plan *plan, struct turn *turn);
/* A lease that ends this soon after a start is renewed before. */
#define LEASE_MARGIN_US (300 * WV_US_PER_MS)
/* So long before a turn is free its lease is sent to the disk. */
#define LEASE_LEAD_US   (500 * WV_US_PER_MS)

/* plan_queue.c */
struct queue *plan_queue_find(const struct wv_plan *plan, uint32_t source_id, struct wv_slice host);
enum wv_status plan_queue_make(struct wv_plan *plan, size_t source, uint32_t source_id,
                               struct wv_slice host, struct queue **out, struct wv_err *err);
enum wv_status plan_later_add(struct wv_plan *plan, struct queue *queue, struct wv_mono at,
                              struct wv_err *err);
/* plan_ahead.c, plan_scan.c */
struct probe {
	bool is_due;
	int64_t next_us; /* INT64_MAX: nothing later either */
};
/* Is anything of the queue due now, or when? */
enum wv_status plan_probe(struct wv_plan *plan, struct wv_walk *walk, uint32_t source_id,
                          struct wv_slice host, struct probe *out, struct wv_err *err);
enum wv_status plan_queue_wake(struct wv_plan *plan, uint32_t source_id, struct wv_slice host,
                               struct wv_err *err);
enum wv_status plan_queue_activate(struct wv_plan *plan, struct queue *queue, struct wv_err *err);
void plan_queue_leave_ring(struct wv_plan *plan, struct queue *queue);
/* The next key to visit in the turn's ring, at the ring's front; NULL: no queue of it has work.
 * Queues without work leave the ring. */
enum wv_status plan_turn_peek(struct wv_plan *plan, struct turn *turn, struct ahead **out,
                              struct wv_err *err);
void plan_queue_free(struct wv_plan *plan, struct queue *queue);
enum wv_status plan_later_due(struct wv_plan *plan, struct wv_mono now, struct wv_err *err);
void plan_scan_again(struct wv_plan *plan);
enum wv_status plan_scan(struct wv_plan *plan, size_t queues, struct wv_err *err);
enum wv_status plan_only_open(struct wv_plan *plan, struct wv_err *err);
enum wv_status plan_only_add(struct wv_plan *plan, struct wv_slice page_key, struct wv_err *err);
bool plan_is_taken(const struct wv_plan *plan, uint64_t hash);

/* plan_robots.c */
enum wv_status plan_robots_get(struct wv_plan *plan, struct wv_slice origin, struct robots **out,
                               struct wv_err *err);
bool plan_robots_is_fresh(const struct robots *robots, struct wv_mono now);
/* Queues its fetch; `queue` waits for it. */
enum wv_status plan_robots_want(struct wv_plan *plan, struct robots *robots, struct queue *queue,
                                struct wv_err *err);
enum wv_status plan_robots_answered(struct wv_plan *plan, const struct wv_visit *visit,
                                    const struct wv_outcome *outcome, struct wv_err *err);
/* The fetch was not made: it is wanted anew when a page asks. */
enum wv_status plan_robots_dropped(struct wv_plan *plan, struct wv_slice origin,
                                   struct wv_err *err);
void plan_robots_free_node(struct node *node);

/* plan_pick.c */
enum picked { PICKED_STEP, PICKED_NOTHING, PICKED_AGAIN };
/* The page is on its way until its row is committed. */
enum wv_status plan_take(struct wv_plan *plan, struct turn *turn, uint64_t hash,
                         struct wv_err *err);
void plan_give_back(struct wv_plan *plan, uint64_t hash);
enum wv_status plan_pick(struct wv_plan *plan, struct turn *turn, bool may_visit,
                         struct wv_plan_step *step, enum picked *picked, struct wv_err *err);

/* plan_visit.c */
struct visit_parts {
	struct turn *turn;
	size_t source;
	const struct wv_page_row *row; /* NULL: robots */
	struct wv_slice page_key;
	struct robots *robots;
	struct wv_robots_decision decision;
};
enum wv_status plan_visit_make(struct wv_plan *plan, const struct visit_parts *parts,
                               struct wv_visit **out, struct wv_err *err);
/* As above, with why it is refused in step->refusal.reason. */
enum wv_status plan_refusal_make(struct wv_plan *plan, const struct visit_parts *parts,
                                 struct wv_plan_step *step, struct wv_err *err);

#endif
