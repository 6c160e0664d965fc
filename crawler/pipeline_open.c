#include "crawler/pipeline_inner.h"

#include <unistd.h>

#include "archive/proof/merkle.h"
#include "archive/store/lock.h"
#include "archive/store/store.h"
#include "archive/store/writer.h"
#include "config/base/checked.h"
#include "config/url.h"

/* A turn that must wait longer than this, while nothing else is due, is left to the next run. */
#define PATIENCE_MIN_US (45 * WV_US_PER_S)
#define DELAY_PATIENCE_US (INT64_C(300) * WV_US_PER_S)

static enum wv_status set_up_guard(struct run *run, struct wv_err *err)
{
	struct wv_guard_host *hosts;
	size_t count = 0, room = run->options->url_count;

	for (size_t i = 0; i < run->settings->source_count; i++)
		room += run->settings->sources[i].seeds.n + run->settings->sources[i].feeds.n +
		        run->settings->sources[i].sitemaps.n;
	hosts = WV_ARENA_ARRAY(run->arena, struct wv_guard_host, room + 1);
	if (!hosts)
		return wv_err_set(err, WV_NOMEM, "out of memory for %zu seeds", room);
	for (size_t i = 0; i < run->settings->source_count; i++) {
		const struct wv_source *s = &run->settings->sources[i];
		const struct wv_strings lists[] = {s->seeds, s->feeds, s->sitemaps};

		for (size_t k = 0; k < WV_COUNT(lists); k++) {
			for (size_t n = 0; n < lists[k].n; n++) {
				struct wv_url url;

				if (wv_url_parse(run->arena, lists[k].p[n], NULL, &url, NULL) == WV_OK &&
				    url.port)
					hosts[count++] = (struct wv_guard_host){.host = url.host,
					                                        .port = url.port};
			}
		}
	}
	for (size_t i = 0; i < run->options->url_count; i++) {
		struct wv_url url;

		if (wv_url_parse(run->arena, run->options->urls[i], NULL, &url, NULL) == WV_OK &&
		    url.port)
			hosts[count++] = (struct wv_guard_host){.host = url.host, .port = url.port};
	}
	run->guard = (struct wv_guard){
		.allow_private = run->settings->network.allow_private,
		.allow_private_count = run->settings->network.allow_private_count,
		.ports = run->settings->network.ports,
		.port_count = run->settings->network.port_count,
		.hosts = hosts,
		.host_count = count,
	};
	return WV_OK;
}

static enum wv_status open_frontier(struct run *run, struct wv_err *err)
{
	const struct wv_source **sources = NULL;
	struct wv_frontier_options options = {.settings = run->settings, .clock = run->clock};

	if (run->options->urls) {
		sources = WV_ARENA_ARRAY(run->arena, const struct wv_source *,
		                         run->options->url_count);
		run->only_sources =
			WV_ARENA_ARRAY(run->arena, bool, run->settings->source_count + 1);
		if (!sources || !run->only_sources)
			return wv_err_set(err, WV_NOMEM, "out of memory for %zu URLs",
			                  run->options->url_count);
		for (size_t i = 0; i < run->options->url_count; i++) {
			struct wv_url url;
			enum wv_status st =
				wv_url_parse(run->arena, run->options->urls[i], NULL, &url, err);

			if (st != WV_OK)
				return st;
			sources[i] = wv_settings_source_of(run->settings, &url);
			if (sources[i])
				run->only_sources[sources[i] - run->settings->sources] = true;
			else
				return wv_err_set(err, WV_USAGE,
				                  "'%.*s' lies in no source of the settings",
				                  WV_FMT(run->options->urls[i]));
		}
		options.only = run->options->urls;
		options.only_count = run->options->url_count;
		options.only_sources = sources;
	}
	return wv_frontier_open(wv_store_db(run->store), &options, &run->frontier, err);
}

static int64_t patience(const struct run *run)
{
	int64_t longest = PATIENCE_MIN_US;

	if (run->options->wait_us >= 0)
		return run->options->wait_us;
	for (size_t i = 0; i < run->settings->source_count; i++) {
		int64_t delay = run->settings->sources[i].politeness.delay_us;

		if (delay < INT64_MAX / 4 && delay * 2 > longest)
			longest = delay * 2;
	}
	return longest;
}

static enum wv_status open_plan(struct run *run, struct wv_err *err)
{
	struct wv_plan_options options = {
		.db = wv_store_db(run->store),
		.frontier = run->frontier,
		.clock = run->clock,
		.end = run->ends,
		.max_pages = run->max_pages,
		.patience_us = patience(run),
		.delay_patience_us = run->options->wait_us >= 0 ? 0 : DELAY_PATIENCE_US,
		.only = run->options->urls != NULL,
	};

	return wv_plan_open(&options, &run->plan, err);
}

static enum wv_status open_fetch(struct run *run, struct wv_err *err)
{
	const struct wv_network *network = &run->settings->network;
	struct wv_fetch_options options = {
		.agent_name = run->settings->agent_name,
		.contact = run->settings->contact,
		.connections = run->settings->run.connections,
		.timeout_us = network->timeout_us,
		.proxy = network->proxy,
		.ca_file = network->ca_file,
		.resolve = network->resolve,
		.resolve_count = network->resolve_count,
		.guard = &run->guard,
		.clock = run->clock,
	};

	return wv_fetch_new(&options, &run->fetch, err);
}

static enum wv_status open_zones(struct run *run, struct wv_err *err)
{
	enum wv_status opened = wv_zones_new(&run->zone_cache, err);

	if (opened != WV_OK)
		return opened;
	run->zones = WV_ARENA_ARRAY(run->arena, const struct wv_zone *,
	                            run->settings->source_count + 1);
	run->source_asked = WV_ARENA_ARRAY(run->arena, bool, run->settings->source_count + 1);
	run->source_reached = WV_ARENA_ARRAY(run->arena, bool, run->settings->source_count + 1);
	if (!run->zones || !run->source_asked || !run->source_reached)
		return wv_err_set(err, WV_NOMEM, "out of memory for %zu sources",
		                  run->settings->source_count);
	for (size_t i = 0; i < run->settings->source_count; i++) {
		struct wv_slice name = run->settings->sources[i].timezone;
		enum wv_status st;

		if (!name.n)
			continue;
		st = wv_zones_get(run->zone_cache, name, &run->zones[i], err);
		if (st != WV_OK)
			return st;
	}
	return WV_OK;
}

static enum wv_status open_topics(struct run *run, struct wv_err *err)
{
	enum wv_status st;

	if (!run->settings->topic_count)
		return WV_OK;
	st = wv_settings_new_topics(run->settings, &run->topics, err);
	if (st == WV_OK)
		st = wv_job_read_topics(run->settings, run->arena, &run->facts.source_topics, err);
	run->facts.topics = run->topics;
	return st;
}

static enum wv_status start_workers(struct run *run, struct wv_err *err)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint32_t wanted = run->options->workers;

	if (wanted == 0)
		wanted = cores > 0 ? (uint32_t)cores : 1;
	if (wanted > WORKERS_MAX)
		wanted = WORKERS_MAX;
	while (run->worker_count < wanted) {
		int failed = pthread_create(&run->workers[run->worker_count], NULL, run_work, run);

		if (failed)
			return wv_err_errno(err, WV_NOMEM, failed, "cannot start a page worker");
		run->worker_count++;
	}
	return WV_OK;
}

enum wv_status run_open(struct run *run, struct wv_err *err)
{
	struct wv_store_options store = {
		.create = true,
		.fault = run->options->fault,
		.fault_context = run->options->fault_context,
	};
	/* A simulated clock stands still until all is committed: no company can come. */
	struct wv_writer_options writer = {.group_us = wv_clock_is_simulated(run->clock) ? -1 : 0,
	                                    .group_batches = JOBS_OUT_MAX / 2};
	enum wv_status st;

	run->facts = (struct wv_job_facts){.settings = run->settings,
	                                   .clock = run->clock,
	                                   .extract = run->settings->run.extract};
	if ((st = open_zones(run, err)) != WV_OK || (st = open_topics(run, err)) != WV_OK || (st = set_up_guard(run, err)) != WV_OK ||
	    (st = wv_lock_take(run->options->archive, true,
	                       run->options->urls_now ? "snap" : "crawl", &run->lock, err)) != WV_OK ||
	    (st = wv_store_open(run->options->archive, &store, run->clock, &run->store, err)) !=
	            WV_OK ||
	    (st = wv_merkle_follow(run->store, err)) != WV_OK ||
	    (st = wv_head_key_open(run->options->archive, run->settings->proof.key_file, &run->key,
	                           err)) != WV_OK ||
	    (st = wv_copies_follow(run->store, &run->copies, err)) != WV_OK ||
	    (st = open_frontier(run, err)) != WV_OK)
		return st;
	run->report->run = wv_frontier_run(run->frontier);
	run->facts.store = run->store;
	run->facts.frontier = run->frontier;
	run->facts.zones = run->zones;
	if ((st = open_plan(run, err)) != WV_OK || (st = open_fetch(run, err)) != WV_OK ||
	    (st = wv_queue_new(JOBS_OUT_MAX * 2, &run->work, err)) != WV_OK ||
	    (st = wv_queue_new(BACK_ROOM, &run->back, err)) != WV_OK ||
	    (st = wv_writer_start(run->store, &writer, &run->writer, err)) != WV_OK)
		return st;
	return start_workers(run, err);
}

void run_close(struct run *run)
{
	if (run->work)
		wv_queue_close(run->work);
	for (uint32_t i = 0; i < run->worker_count; i++)
		pthread_join(run->workers[i], NULL);
	wv_writer_stop(&run->writer);
	wv_queue_free(&run->work);
	wv_queue_free(&run->back);
	wv_fetch_free(&run->fetch);
	wv_plan_free(&run->plan);
	wv_frontier_free(&run->frontier);
	wv_head_key_free(&run->key);
	wv_store_close(&run->store);
	wv_copies_follower_free(&run->copies);
	wv_lock_release(&run->lock);
	wv_zones_free(&run->zone_cache);
	wv_topic_set_free(&run->topics);
	wv_arena_free(&run->scratch);
	wv_arena_free(&run->arena);
}
