#ifndef WV_CRAWLER_PIPELINE_H
#define WV_CRAWLER_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/status.h"
#include "config/settings.h"

/*
 * One run: joins plan, fetch, page, discover and the archive's writer, and owns the threads.
 *
 *   the caller's thread    libcurl and the plan: asks, is answered, waits politely
 *   page workers           one a core: decoding, scan, extraction, links, compression; pure
 *   the writer             the one LMDB write transaction, committed in groups
 *
 * Pages move forward only: fetch -> workers -> writer, through bounded queues; what was committed
 * comes back to the fetch thread as a completion. A full queue slows fetching.
 *
 * Lock order: none nests. Each queue's lock is a leaf; the run's counters have a lock of their own,
 * also a leaf; no lock is held across I/O or a callback.
 */

/* What a run has done so far. */
struct wv_run_counts {
	uint64_t requests;     /* sent, robots.txt included */
	uint64_t pages;        /* captures of pages, whatever came back */
	uint64_t articles;
	uint64_t unchanged;    /* 304, or a known body */
	uint64_t captures;     /* all leaves: pages, robots.txt, feeds, sitemaps, hops */
	uint64_t failures;     /* captures without an answer, and 5xx */
	uint64_t denied;       /* by robots.txt or the guard */
	uint64_t retries;
	uint64_t links_new;
	uint64_t bytes_in;     /* on the wire */
	uint64_t bytes_stored; /* compressed bodies and records */
	uint64_t in_flight;
	uint64_t waiting_turns; /* hosts whose turn has not come */
	uint64_t due;           /* visits known to be due and not yet made, as far as seen */
	int64_t next_wait_us;   /* until the next turn; -1: none waits */
	char next_turn[80];     /* whose, and why it waits */
	char next_reason[40];
	int64_t time_left_us;   /* of the bound; -1: unbounded */
};

struct wv_pipeline_options {
	const struct wv_settings *settings;
	struct wv_clock *clock;
	const char *archive;
	/* Only these URLs (request form), each under the source that contains it; NULL: what is due. */
	const struct wv_slice *urls;
	size_t url_count;
	bool urls_now;           /* snap: due at once, whatever the schedule says */
	int64_t wait_us;         /* snap: the longest wait for the host's turn; -1: as long as it takes */
	uint64_t max_pages;      /* over the settings'; WV_UNBOUNDED: the settings' */
	int64_t max_time_us;     /* 0: the settings' */
	bool bound_is_success;   /* a crawl by hand: reaching max_pages is no failure */
	uint32_t workers;        /* 0: as many as cores */
	/* Called about five times a second on the caller's thread; NULL for none. */
	void (*progress)(void *context, const struct wv_run_counts *counts);
	void *progress_context;
	/* How often a stop was asked for: 0 go on, 1 finish what is in flight, 2 stop at once. */
	int (*stop)(void *context);
	void *stop_context;
	/* Fault injection of tests, as in db.h; NULL in the program. */
	enum wv_status (*fault)(void *context, const char *step);
	void *fault_context;
};

struct wv_pipeline_report {
	uint64_t run;               /* its number in the archive */
	struct wv_run_counts counts;
	struct wv_time started, ended;
	uint64_t sources;           /* that had something due */
	uint64_t sources_reached;
	bool bound_reached;         /* pages or time, with work left */
	uint64_t work_left;
	char bound[80];             /* which, and how much is left */
	uint64_t first_id, last_id; /* leaves of this run; first > last: none */
};

/*
 * Runs until nothing is due, a bound is reached, or it is told to stop. Takes the archive's lock
 * (WV_LOCKED), creates the archive where it is missing. WV_OK; WV_BOUND with work left;
 * WV_STOPPED; WV_UNREACHABLE if no source could be reached; WV_FULL (disk or its floor), WV_IO,
 * WV_DAMAGED ... from the archive; WV_SETTINGS without a contact. What was acknowledged before a
 * failure is durable. `report` is filled in every case after the lock was had.
 */
WV_MUST_USE enum wv_status wv_pipeline_run(const struct wv_pipeline_options *options,
                                           struct wv_pipeline_report *report,
                                           struct wv_err *err);

#endif
