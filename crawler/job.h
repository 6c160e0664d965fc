#ifndef WV_CRAWLER_JOB_H
#define WV_CRAWLER_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/batch.h"
#include "archive/store/store.h"
#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/settings.h"
#include "config/topic.h"
#include "config/zone.h"
#include "crawler/fetch/fetch.h"
#include "crawler/page/boilerplate.h"
#include "crawler/page/html.h"
#include "crawler/plan/frontier.h"
#include "crawler/plan/visit.h"

/*
 * A job: one visit from its answer to its commit. It is handed from the fetch thread to a worker
 * (wv_job_work: decoding, reading, links, article, batch), to the writer, and back; one owner at a
 * time, everything of it in its own arena.
 */
enum wv_job_kind {
	WV_JOB_ANSWER,  /* a visit with its answer */
	WV_JOB_REFUSAL, /* a visit that is not made: a ledger row */
	WV_JOB_LEASE,   /* turns that are about to be asked */
	WV_JOB_RESOLVE, /* a host whose address decides its turn */
	WV_JOB_CLOSE,   /* the end of the run */
	WV_JOB_GIVEN,   /* an answer that the network did not bring: see struct wv_given */
};

/*
 * What is known of an answer that was had elsewhere, from a WARC or another archive, besides visit
 * and answer, which hold URL, instants, header block and bytes as if the network had brought them.
 * Everything lies in the job's arena.
 */
struct wv_given {
	uint32_t flags;      /* of the capture, with those found anew */
	bool has_bytes;      /* the answer's body is what came; false: only that it came is known */
	bool is_decoded;     /* content coding is undone, whatever the header says; then perhaps ... */
	bool has_encoded;    /* ... what the encoded bytes were */
	struct wv_digest encoded;
	uint64_t encoded_bytes;
	bool drops_wire;     /* the encoded bytes are not to be kept */
	bool wire_may_go;    /* or only as long as they are the smallest form */
	bool has_digest;     /* without bytes: of those that were not to be kept (NOARCHIVE), or of a
	                      * 304 that stands for a body which the archive has */
	bool is_bodyless;    /* a 304 that stands for nothing, whatever the page had before */
	struct wv_digest body;
	uint64_t body_bytes;
	int64_t duration_us;
	const struct wv_article *article; /* read elsewhere; NULL: read here, where facts->extract says */
};

/* A source's topics, as numbers of the settings' topics. */
struct wv_job_topics {
	const size_t *p;
	size_t n;
};

/* What all jobs of a run share; constant while it lasts, any thread. */
struct wv_job_facts {
	const struct wv_settings *settings;
	const struct wv_clock *clock;
	struct wv_store *store;
	struct wv_frontier *frontier;         /* only inside the writer's transaction */
	const struct wv_zone *const *zones;   /* beside settings->sources; NULL: none given */
	enum wv_extract_when extract;
	const struct wv_topic_set *topics;    /* of the settings; NULL: none */
	const struct wv_job_topics *source_topics; /* beside settings->sources */
};

/* One thread's tools. */
struct wv_job_tools {
	struct wv_html_parser *parser;
	struct wv_arena *scratch; /* emptied by each job */
	struct wv_arena *page;    /* what a page is read in; likewise. NULL: the job's own arena */
	struct wv_buf decoded;    /* room for a decoded body, from job to job */
};

struct wv_job {
	enum wv_job_kind kind;
	struct wv_visit *visit;            /* ANSWER, REFUSAL, GIVEN: owned */
	struct wv_fetch_answer *answer;    /* ANSWER, GIVEN: owned until the work is done */
	struct wv_outcome outcome;
	struct wv_refusal refusal;
	struct wv_lease *leases;           /* LEASE: in the arena */
	size_t lease_count;
	struct wv_slice host, address;     /* RESOLVE */
	struct wv_given given;             /* GIVEN */
	struct wv_found *found;
	size_t found_count;
	struct wv_page_prints prints;      /* what the page can teach its site; in the arena */
	struct wv_arena *arena;
	struct wv_arena *full;             /* GIVEN: the arena that a page used up; NULL as a rule */
	struct wv_change change;
	const struct wv_job_facts *facts;
	struct wv_batch *batch;            /* between work and submission */
	/* What came of it, for the counts; read by the fetch thread after the commit. */
	enum wv_status status;             /* of the commit */
	struct wv_err err;
	bool has_capture, is_article, is_unchanged, is_stale;
	bool teaches;                      /* its prints are its site's */
	bool is_there;                     /* GIVEN: the archive had it already (WV_CONFLICT) */
	uint64_t capture_id;
	uint64_t bytes_in;
	/* Where it goes when the writer is through with it. */
	void (*committed)(void *context, struct wv_job *job);
	void *committed_context;
};

/* Which of the settings' topics each source is on; in `arena`. */
WV_MUST_USE enum wv_status wv_job_read_topics(const struct wv_settings *settings,
                                              struct wv_arena *arena,
                                              const struct wv_job_topics **out,
                                              struct wv_err *err);

WV_MUST_USE enum wv_status wv_job_new(const struct wv_job_facts *facts, enum wv_job_kind kind,
                                      struct wv_job **out, struct wv_err *err);
void wv_job_free(struct wv_job **job);

/*
 * What the fetch thread fills in from an answer, before wv_plan_answered: result, status, times,
 * Retry-After, Location, validators. Slices lie in the answer or the job's arena.
 */
WV_MUST_USE enum wv_status wv_job_read_answer(struct wv_job *job, struct wv_err *err);

/*
 * A worker's part: fills outcome, links and batch. WV_NOMEM; the store's statuses. Foreign bytes
 * never fail it. After WV_OK the batch is to be submitted.
 */
WV_MUST_USE enum wv_status wv_job_work(struct wv_job *job, struct wv_job_tools *tools,
                                       struct wv_err *err);

/* Captures of one address at one instant that another is compared with: there is one, as a rule, and
 * a file with a hundred thousand of them must not take time with the square of that. */
#define WV_JOB_SAME_MOST 256
/*
 * Is there a capture of this page, URL and instant other than `capture` itself, with its status,
 * header block and body? Where one of the two has no body the rest decides. Any transaction; what
 * is read lies in `arena`.
 */
WV_MUST_USE enum wv_status wv_job_find_same(struct wv_txn *txn, struct wv_arena *arena,
                                            const struct wv_capture *capture, bool *is_there,
                                            struct wv_err *err);

#endif
