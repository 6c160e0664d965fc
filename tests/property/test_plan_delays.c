/*
 * The plan never breaks a turn's delay, whatever the order of events: a simulated web, a simulated
 * clock that also steps back, commits that come late, kills at any instant. Three judges:
 *
 *   - a naive oracle that sees only what servers would see (instants on a clock that never lies)
 *     and what was durable when the process died;
 *   - the ledger's own replay, over all runs;
 *   - the tables: no slot with two captures, nothing due left over.
 *
 * Arguments: requests, kills, seed, most queues in memory.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/store/db.h"
#include "config/url.h"
#include "crawler/plan/ledger.h"
#include "crawler/plan/plan.h"
#include "tests/support/folder.h"

#define DOMAINS      30
#define HOSTS        (DOMAINS * 2) /* two share a domain, so a turn */
#define PAGES        120           /* of a host */
#define SOURCES      6
#define IN_FLIGHT    24
#define JOBS_MAX     4096
#define S            WV_US_PER_S
#define LINKS_MAX    6

#define CHECK(condition, ...)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition);            \
			fprintf(stderr, __VA_ARGS__);                                              \
			fputc('\n', stderr);                                                       \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)
#define OK(call)                                                                                   \
	do {                                                                                       \
		struct wv_err ok_err = WV_ERR_NONE;                                                \
		enum wv_status ok_st = (call);                                                     \
		CHECK(ok_st == WV_OK, "%s: %s", wv_status_name(ok_st), ok_err.text);               \
	} while (0)

static uint64_t state;

static uint64_t random_u64(void)
{
	uint64_t z = (state += UINT64_C(0x9E3779B97F4A7C15));

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

static int64_t below(int64_t n)
{
	return (int64_t)(random_u64() % (uint64_t)n);
}

/* ---- what the servers see */

struct request {
	bool is_open;
	int64_t start, end; /* true time */
	bool is_committed;
	uint64_t number;
};

struct server { /* a domain: one turn */
	int64_t last_start, last_end; /* true time, of all requests ever; end of open ones unknown */
	uint32_t open;
	int64_t last_answer_us;       /* of the last that the process knows of */
	int64_t crawl_delay_us;       /* what its robots.txt says */
	bool delay_known;             /* durable, or told in this run */
	bool delay_durable;
	int64_t held;                 /* true time; what the process knows */
	int64_t held_durable;
	int64_t lease;                /* true time; durable */
	int64_t barrier;              /* after a kill: lease end, plus delay */
	uint64_t requests;
};

struct job {
	enum { JOB_RECORD, JOB_REFUSE, JOB_LEASE } kind;
	struct wv_visit *visit;
	struct wv_outcome outcome;
	struct wv_refusal refusal;
	struct wv_lease *leases;
	size_t lease_count;
	struct wv_change change;
	char links[LINKS_MAX][64];
	size_t link_count;
	char location[64];
	int64_t held_until; /* what this answer told, true time; 0 nothing */
	bool tells_delay;
};

struct flight {
	struct wv_visit *visit;
	int64_t end;
};

struct world {
	struct wv_settings_file *file;
	const struct wv_settings *settings;
	struct wv_clock *clock;
	struct wv_db *db;
	struct wv_arena *arena;
	struct wv_frontier *frontier;
	struct wv_plan *plan;
	struct server servers[DOMAINS];
	struct flight flights[IN_FLIGHT];
	size_t flight_count;
	struct job *jobs[JOBS_MAX];
	size_t job_count;
	int64_t commit_at; /* true time of the next group commit */
	uint64_t requests, captures, refused, kills, retries, leases, runs, steps_back, stale;
	uint32_t queues_max; /* fewer than there are: they take turns in memory */
};

static int64_t now_true(const struct world *w)
{
	return wv_clock_mono(w->clock).us;
}

static unsigned domain_of_host(unsigned host)
{
	return host / 2;
}

static unsigned source_of_domain(unsigned domain)
{
	return domain % SOURCES;
}

static unsigned host_of(struct wv_slice url)
{
	unsigned host = 0;
	size_t at = wv_slice_find(url, WV_LIT("://h"), 0) + 4;

	while (at < url.n && wv_byte_is_digit(url.p[at]))
		host = host * 10 + (unsigned)(url.p[at++] - '0');
	return host;
}

static const struct wv_politeness *politeness_of(const struct world *w, unsigned domain)
{
	return &w->settings->sources[source_of_domain(domain)].politeness;
}

static char *yaml_of(void)
{
	static char text[65536];
	int n = snprintf(text, sizeof text,
	                 "agent: {name: wirevault, contact: 'mailto:test@example.org'}\n"
	                 "network: {retries: 2}\n"
	                 "run: {max_time: 20m}\n"
	                 "sources:\n");
	static const char *const delays[SOURCES] = {"1s", "0s", "5s", "300ms", "2s", "1s"};
	static const char *const factors[SOURCES] = {"0", "2", "2", "1", "3", "0.5"};
	static const int connections[SOURCES] = {1, 3, 1, 2, 1, 4};

	for (unsigned s = 0; s < SOURCES; s++) {
		n += snprintf(text + n, sizeof text - (size_t)n,
		              "  - name: source%u\n    depth: any\n    scope: domain\n    feeds: off\n"
		              "    sitemaps: off\n    revisit: {first: %s, last: 30d}\n"
		              "    %s\n"
		              "    politeness: {delay: %s, delay_factor: %s, connections_per_host: %d}\n"
		              "    seeds:\n",
		              s, s % 2 ? "1h" : "40m", s % 3 ? "every: 30m" : "category: x",
		              delays[s], factors[s], connections[s]);
		for (unsigned h = 0; h < HOSTS; h++)
			if (source_of_domain(domain_of_host(h)) == s)
				n += snprintf(text + n, sizeof text - (size_t)n,
				              "      - http://h%u.d%u.example/p/0\n", h,
				              domain_of_host(h));
	}
	return text;
}

/* ---- the oracle */

static int64_t need_of(const struct world *w, unsigned domain)
{
	const struct wv_politeness *p = politeness_of(w, domain);
	const struct server *server = &w->servers[domain];
	int64_t need = p->delay_us;

	if (server->delay_known && server->crawl_delay_us > need)
		need = server->crawl_delay_us;
	if (p->delay_us > 0 &&
	    (int64_t)(p->delay_factor * (double)server->last_answer_us) - 1000 > need)
		need = (int64_t)(p->delay_factor * (double)server->last_answer_us) - 1000;
	return need;
}

static void oracle_start(struct world *w, const struct wv_visit *visit)
{
	unsigned domain = domain_of_host(host_of(visit->url));
	struct server *server = &w->servers[domain];
	int64_t now = now_true(w), need = need_of(w, domain);

	CHECK(server->open < politeness_of(w, domain)->connections_per_host,
	      "turn d%u: %u open", domain, server->open);
	CHECK(server->requests == 0 || now - server->last_start >= need,
	      "turn d%u: %" PRId64 " us after the last start, need %" PRId64, domain,
	      now - server->last_start, need);
	CHECK(server->last_end == INT64_MIN || now - server->last_end >= need,
	      "turn d%u: %" PRId64 " us after the last answer, need %" PRId64 ", %.*s", domain,
	      now - server->last_end, need, WV_FMT(visit->basis));
	CHECK(now >= server->held, "turn d%u: %" PRId64 " us within a hold", domain,
	      server->held - now);
	CHECK(now >= server->barrier, "turn d%u: %" PRId64 " us before its old lease plus delay",
	      domain, server->barrier - now);
	CHECK(now < server->lease, "turn d%u: no durable lease (%" PRId64 " us over)", domain,
	      now - server->lease);
	server->open++;
	server->requests++;
	server->last_start = now;
}

static void oracle_kill(struct world *w)
{
	int64_t now = now_true(w);

	for (unsigned d = 0; d < DOMAINS; d++) {
		struct server *server = &w->servers[d];

		if (server->open > 0)
			server->last_end = now; /* the connection broke */
		server->open = 0;
		server->delay_known = server->delay_durable;
		server->held = server->held_durable;
		/* What was not yet durable of the last answer is not known any more. */
		server->last_answer_us = 0;
		if (server->lease != INT64_MIN) {
			int64_t barrier = server->lease + politeness_of(w, d)->delay_us;

			if (barrier > server->barrier)
				server->barrier = barrier;
		}
	}
}

/* ---- a server's answers */

static void robots_answer(struct world *w, struct job *job, unsigned host)
{
	static char text[256];
	struct server *server = &w->servers[domain_of_host(host)];
	int64_t dice = below(100);
	int n;

	if (dice < 2) {
		job->outcome.result = WV_RESULT_TIMEOUT;
		return;
	}
	if (dice < 4) {
		job->outcome.status = 503;
		return;
	}
	if (dice < 8) {
		job->outcome.status = 404;
		return;
	}
	job->outcome.status = 200;
	n = snprintf(text, sizeof text, "User-agent: *\nDisallow: /private\n");
	if (server->crawl_delay_us)
		n += snprintf(text + n, sizeof text - (size_t)n, "Crawl-delay: %" PRId64 "\n",
		              server->crawl_delay_us / S);
	job->outcome.robots_text = wv_slice(text, (size_t)n);
	job->tells_delay = server->crawl_delay_us > 0;
	if (job->tells_delay)
		server->delay_known = true;
}

static void add_links(struct job *job, unsigned host)
{
	job->link_count = (size_t)below(LINKS_MAX + 1);
	for (size_t i = 0; i < job->link_count; i++) {
		/* Inside the domain, mostly the same host. */
		unsigned to = below(4) ? host : host ^ 1u;

		snprintf(job->links[i], sizeof job->links[i], "http://h%u.d%u.example/%s/%d", to,
		         domain_of_host(to), below(20) ? "p" : "private", (int)below(PAGES));
	}
}

static void page_answer(struct world *w, struct job *job, unsigned host)
{
	struct server *server = &w->servers[domain_of_host(host)];
	int64_t dice = below(1000), now = job->outcome.ended.us;

	job->outcome.status = 200;
	if (dice < 10) {
		job->outcome.result = (enum wv_result)(WV_RESULT_TIMEOUT + below(4));
		job->outcome.status = 0;
	} else if (dice < 14) {
		job->outcome.status = below(2) ? 429 : 503;
		job->outcome.retry_after_us = below(600) * S;
	} else if (dice < 16) {
		job->outcome.status = below(2) ? 429 : 503;
	} else if (dice < 40) {
		job->outcome.status = 500;
	} else if (dice < 60) {
		job->outcome.status = below(3) ? 404 : 410;
	} else if (dice < 110) {
		job->outcome.status = below(2) ? 301 : 302;
		snprintf(job->location, sizeof job->location, "http://h%u.d%u.example/p/%d", host,
		         domain_of_host(host), (int)below(PAGES));
		job->outcome.location = wv_slice_of(job->location);
	} else {
		job->outcome.is_unchanged = below(4) != 0;
		job->outcome.etag = WV_LIT("\"e\"");
		add_links(job, host);
	}
	if (job->outcome.retry_after_us >= 0 && now + job->outcome.retry_after_us > server->held) {
		server->held = now + job->outcome.retry_after_us;
		job->held_until = server->held;
	}
}

static void push(struct world *w, struct job *job)
{
	CHECK(w->job_count < JOBS_MAX, "too many jobs");
	if (w->job_count == 0)
		w->commit_at = now_true(w) + below(200) * 1000;
	w->jobs[w->job_count++] = job;
}

static struct job *new_job(void)
{
	struct job *job = calloc(1, sizeof *job);

	CHECK(job, "memory");
	wv_change_init(&job->change);
	return job;
}

static void free_job(struct job *job)
{
	wv_visit_free(&job->visit);
	wv_change_done(&job->change);
	free(job->leases);
	free(job);
}

static void answer(struct world *w, size_t at)
{
	struct wv_visit *visit = w->flights[at].visit;
	unsigned host = host_of(visit->url);
	struct server *server = &w->servers[domain_of_host(host)];
	struct job *job = new_job();

	w->flights[at] = w->flights[--w->flight_count];
	job->kind = JOB_RECORD;
	job->visit = visit;
	job->outcome = (struct wv_outcome)WV_OUTCOME_NONE;
	job->outcome.ended = wv_clock_mono(w->clock);
	job->outcome.ended_at = wv_clock_now(w->clock);
	job->outcome.bytes = 1000;
	if (visit->kind == WV_VISIT_ROBOTS)
		robots_answer(w, job, host);
	else
		page_answer(w, job, host);
	server->open--;
	server->last_end = job->outcome.ended.us;
	server->last_answer_us = job->outcome.ended.us - visit->started.us;
	OK(wv_plan_answered(w->plan, visit, &job->outcome, &ok_err));
	w->retries += visit->will_retry;
	push(w, job);
}

/* ---- the writer */

static size_t find_links(struct world *w, const struct job *job, struct wv_found *found)
{
	size_t n = 0;

	wv_arena_reset(w->arena);
	for (size_t i = 0; i < job->link_count; i++) {
		struct wv_url url;

		OK(wv_url_parse(w->arena, wv_slice_of(job->links[i]), NULL, &url, &ok_err));
		OK(wv_found_init(w->arena, &url, &found[n], &ok_err));
		found[n].source = job->visit->source;
		found[n].via = WV_VIA_LINK;
		found[n].depth = job->visit->depth + 1;
		found[n].published = below(3) ? WV_TIME_NONE
		                              : (struct wv_time){job->outcome.ended_at.us -
		                                                 below(3 * WV_US_PER_DAY)};
		n++;
	}
	return n;
}

static void apply(struct world *w, struct wv_txn *txn, struct job *job)
{
	struct wv_found found[LINKS_MAX];
	size_t n;

	switch (job->kind) {
	case JOB_RECORD:
		n = find_links(w, job, found);
		OK(wv_frontier_record(w->frontier, txn, job->visit, &job->outcome, found, n,
		                      &job->change, &ok_err));
		break;
	case JOB_REFUSE:
		OK(wv_frontier_refuse(w->frontier, txn, job->visit, &job->refusal, &job->change,
		                      &ok_err));
		break;
	case JOB_LEASE:
		OK(wv_frontier_lease(w->frontier, txn, job->leases, job->lease_count, &ok_err));
		break;
	}
}

static void committed(struct world *w, struct job *job)
{
	unsigned domain;
	struct server *server;

	if (job->kind == JOB_LEASE) {
		for (size_t i = 0; i < job->lease_count; i++) {
			unsigned d = 0;

			for (size_t k = 3; k < job->leases[i].turn.n &&
			                   wv_byte_is_digit(job->leases[i].turn.p[k]);
			     k++)
				d = d * 10 + (unsigned)(job->leases[i].turn.p[k] - '0');
			CHECK(d < DOMAINS, "turn %.*s", WV_FMT(job->leases[i].turn));
			if (job->leases[i].until.us > w->servers[d].lease)
				w->servers[d].lease = job->leases[i].until.us;
			w->leases++;
		}
		wv_plan_leased(w->plan, job->leases, job->lease_count);
		return;
	}
	domain = domain_of_host(host_of(job->visit->url));
	server = &w->servers[domain];
	if (job->held_until > server->held_durable)
		server->held_durable = job->held_until;
	if (job->tells_delay)
		server->delay_durable = true;
	if (job->kind == JOB_RECORD && !job->visit->will_retry && !job->change.is_stale)
		w->captures++;
	w->stale += job->change.is_stale;
	OK(wv_plan_committed(w->plan, &job->change, &ok_err));
}

static void commit(struct world *w)
{
	struct wv_txn *txn = NULL;

	if (w->job_count == 0)
		return;
	OK(wv_txn_begin_write(w->db, &txn, &ok_err));
	for (size_t i = 0; i < w->job_count; i++)
		apply(w, txn, w->jobs[i]);
	OK(wv_txn_commit(&txn, &ok_err));
	for (size_t i = 0; i < w->job_count; i++) {
		committed(w, w->jobs[i]);
		free_job(w->jobs[i]);
	}
	w->job_count = 0;
}

/* ---- runs */

static void open_run(struct world *w)
{
	struct wv_frontier_options options = {.settings = w->settings, .clock = w->clock};
	struct wv_plan_options plan = {.db = w->db, .clock = w->clock};

	OK(wv_frontier_open(w->db, &options, &w->frontier, &ok_err));
	plan.frontier = w->frontier;
	plan.end.us = now_true(w) + 1200 * S;
	plan.max_pages = WV_UNBOUNDED;
	plan.patience_us = 120 * S;
	plan.queues_max = w->queues_max;
	OK(wv_plan_open(&plan, &w->plan, &ok_err));
	w->runs++;
}

static void drop_memory(struct world *w)
{
	for (size_t i = 0; i < w->job_count; i++)
		free_job(w->jobs[i]);
	for (size_t i = 0; i < w->flight_count; i++)
		wv_visit_free(&w->flights[i].visit);
	w->job_count = w->flight_count = 0;
	wv_plan_free(&w->plan);
	wv_frontier_free(&w->frontier);
}

static void end_run(struct world *w)
{
	struct wv_txn *txn = NULL;

	CHECK(w->flight_count == 0 && w->job_count == 0, "a run ended with work under way");
	OK(wv_txn_begin_write(w->db, &txn, &ok_err));
	OK(wv_frontier_close_run(w->frontier, txn, &ok_err));
	OK(wv_txn_commit(&txn, &ok_err));
	drop_memory(w);
	/* In order: the process knows all of it, also the next one. */
	for (unsigned d = 0; d < DOMAINS; d++) {
		w->servers[d].lease = INT64_MIN;
		/* Whole answers are kept, yet a clock set back between runs may hide them. */
		w->servers[d].last_answer_us = 0;
	}
}

static void kill_run(struct world *w)
{
	oracle_kill(w);
	drop_memory(w);
	w->kills++;
	wv_clock_turn(w->clock, below(4) ? below(2 * S) : below(1000));
	if (below(6) == 0) {
		wv_clock_turn(w->clock, -below(2 * 3600 * S));
		w->steps_back++;
	}
}

static void begin(struct world *w, struct wv_visit *visit)
{
	CHECK(w->flight_count < IN_FLIGHT, "no room");
	if (below(3) == 0)
		wv_clock_turn(w->clock, below(3000)); /* from the step to the request */
	wv_plan_started(w->plan, visit);
	oracle_start(w, visit);
	w->requests++;
	w->flights[w->flight_count].visit = visit;
	w->flights[w->flight_count++].end =
		now_true(w) + (below(50) ? below(400000) : below(40 * S));
}

static int64_t next_event(const struct world *w, int64_t until)
{
	for (size_t i = 0; i < w->flight_count; i++)
		if (w->flights[i].end < until)
			until = w->flights[i].end;
	if (w->job_count && w->commit_at < until)
		until = w->commit_at;
	return until;
}

static void pass_time(struct world *w, int64_t until)
{
	int64_t now = now_true(w);

	CHECK(until != INT64_MAX, "waits for ever");
	if (until > now)
		wv_clock_turn(w->clock, until - now + (below(4) ? 0 : below(5000)));
	if (below(20000) == 0) {
		wv_clock_turn(w->clock, -below(3600 * S));
		w->steps_back++;
	}
	now = now_true(w);
	for (size_t i = 0; i < w->flight_count;) {
		if (w->flights[i].end <= now)
			answer(w, i);
		else
			i++;
	}
	if (w->job_count && w->commit_at <= now)
		commit(w);
}

/* True when the run is over. */
static bool step(struct world *w)
{
	struct wv_plan_step s;
	struct job *job;

	OK(wv_plan_next(w->plan, w->flight_count < IN_FLIGHT, &s, &ok_err));
	switch (s.kind) {
	case WV_STEP_VISIT:
		CHECK(!s.visit->attempt || s.visit->kind == WV_VISIT_PAGE, "attempt");
		CHECK(wv_slice_find(s.visit->url, WV_LIT("/private"), 0) == SIZE_MAX ||
		              wv_slice_find(s.visit->basis, WV_LIT("status 404"), 0) != SIZE_MAX,
		      "disallowed: %.*s", WV_FMT(s.visit->basis));
		begin(w, s.visit);
		break;
	case WV_STEP_REFUSE:
		job = new_job();
		job->kind = JOB_REFUSE;
		job->visit = s.visit;
		job->refusal = s.refusal;
		w->refused++;
		push(w, job);
		break;
	case WV_STEP_LEASE:
		job = new_job();
		job->kind = JOB_LEASE;
		job->leases = wv_leases_copy(s.leases, s.lease_count);
		job->lease_count = s.lease_count;
		CHECK(job->leases, "memory");
		push(w, job);
		break;
	case WV_STEP_RESOLVE:
		CHECK(false, "nobody asked for addresses");
		break;
	case WV_STEP_WAIT:
		pass_time(w, next_event(w, s.until.us));
		break;
	case WV_STEP_DONE:
		return true;
	}
	return false;
}

/* For whoever looks into a failure: WV_SHOW_TURN=d:d3.example prints its rows. */
static enum wv_status show(void *context, const struct wv_ledger_row *row, struct wv_err *err)
{
	char a[WV_TIME_TEXT_MAX], b[WV_TIME_TEXT_MAX], c[WV_TIME_TEXT_MAX];

	(void)err;
	if (wv_slice_equals(row->turn, wv_slice_of(context)))
		printf("run %" PRIu64 " start %" PRId64 " end %" PRId64 " need %" PRId64
		       " (settings %" PRId64 " asked %" PRId64 " factor %u) status %d retry-after %" PRId64
		       " %s %s start %s end %s opened %s\n",
		       row->run, row->offset_us, row->end_offset_us, row->need.delay_us,
		       row->need.settings_us, row->need.asked_us, row->need.factor_milli,
		       (int)row->status, row->retry_after_us, wv_result_name(row->result),
		       wv_visit_kind_name(row->kind), wv_time_print(row->started, a),
		       wv_time_print(row->ended, b), wv_time_print(row->opened, c));
	return WV_OK;
}

static void check_end(struct world *w)
{
	struct wv_ledger_check check;
	struct wv_txn *txn = NULL;

	OK(wv_txn_begin_read(w->db, &txn, &ok_err));
	OK(wv_ledger_check(txn, &check, &ok_err));
	if (getenv("WV_SHOW_TURN"))
		OK(wv_ledger_each(txn, (struct wv_time){INT64_MIN + 1}, (struct wv_time){INT64_MAX},
		                  show, getenv("WV_SHOW_TURN"), &ok_err));
	wv_txn_abort(&txn);
	printf("requests %" PRIu64 " captures %" PRIu64 " refused %" PRIu64 " retries %" PRIu64
	       " leases %" PRIu64 " runs %" PRIu64 " kills %" PRIu64 " steps back %" PRIu64
	       " stale %" PRIu64 "\n",
	       w->requests, w->captures, w->refused, w->retries, w->leases, w->runs, w->kills,
	       w->steps_back, w->stale);
	printf("ledger: rows %" PRIu64 " requests %" PRIu64 " refusals %" PRIu64 " leases %" PRIu64
	       " too early %" PRIu64 " too many %" PRIu64 " disallowed %" PRIu64
	       " repeated %" PRIu64 " margin %" PRId64 " us\n",
	       check.rows, check.requests, check.refusals, check.leases, check.too_early,
	       check.too_many, check.disallowed, check.repeated_slots, check.smallest_margin_us);
	CHECK(check.too_early + check.too_many + check.disallowed + check.repeated_slots == 0,
	      "%s", check.first_fault);
	CHECK(check.requests <= w->requests && check.requests > w->requests / 2, "ledger rows");
	CHECK(w->stale == 0, "slots recorded twice");
}

int main(int argc, char **argv)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {0};
	uint64_t wanted = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
	uint64_t kills = argc > 2 ? strtoull(argv[2], NULL, 10) : 50;
	uint64_t next_kill;
	static struct world w;
	struct wv_db_options options = {.create = true};

	state = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	w.queues_max = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0;
	wv_test_folder_make(&folder);
	OK(wv_settings_parse(wv_slice_of(yaml_of()), "test.yaml", NULL, NULL, &w.file, &ok_err));
	w.settings = wv_settings_get(w.file);
	OK(wv_clock_new_simulated(NULL, (struct wv_time){INT64_C(1700000000) * S}, &w.clock,
	                          &ok_err));
	OK(wv_db_open(folder.path, &options, &w.db, &ok_err));
	OK(wv_arena_new(1u << 20, &w.arena, &ok_err));
	for (unsigned d = 0; d < DOMAINS; d++) {
		w.servers[d] = (struct server){.last_start = INT64_MIN, .last_end = INT64_MIN,
		                               .held = INT64_MIN, .held_durable = INT64_MIN,
		                               .lease = INT64_MIN, .barrier = INT64_MIN};
		w.servers[d].crawl_delay_us = d % 5 == 2 ? 3 * S : 0;
	}
	next_kill = wanted / (kills + 1);
	while (w.requests < wanted) {
		bool is_over = false;

		open_run(&w);
		while (!is_over && w.requests < wanted) {
			is_over = step(&w);
			if (kills && w.requests >= next_kill && below(8) == 0)
				break;
		}
		if (is_over) {
			end_run(&w);
			wv_clock_turn(w.clock, below(3) ? below(3600 * S) : below(2 * S));
		} else if (w.requests < wanted) {
			kill_run(&w);
			next_kill = w.requests + 1 + (uint64_t)below((int64_t)(2 * wanted / (kills + 1)));
		}
	}
	drop_memory(&w);
	check_end(&w);
	wv_arena_free(&w.arena);
	wv_db_close(&w.db);
	wv_clock_free(&w.clock);
	wv_settings_free(&w.file);
	return 0;
}
