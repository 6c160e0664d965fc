#include "archive/serve/health.h"

#include "archive/proof/prove.h"
#include "archive/search/index.h"
#include "archive/store/tally.h"
#include "config/base/json.h"

static void add_type(struct wv_call *call, struct wv_slice type)
{
	(void)wv_http_add(call->answer, call->request, "Content-Type", type);
	(void)wv_http_add(call->answer, call->request, "Cache-Control", WV_LIT("no-store"));
}

/* false: there is no index to speak of. */
static bool index_lag(struct wv_call *call, uint64_t *behind)
{
	struct wv_search *search;

	return wv_call_search(call, &search, behind, NULL) == WV_OK;
}

/* What may be shown, and so counted; false: it is being counted. */
static bool count_shown(struct wv_call *call, struct wv_tally_sums *out)
{
	bool has = wv_call_take_tally(call, NULL) == WV_OK && call->visit.tally;

	if (has)
		*out = wv_tally_sum(call->visit.tally);
	wv_call_give_tally(call);
	return has;
}

enum wv_status wv_route_healthz(struct wv_call *call, struct wv_err *err)
{
	struct wv_store_totals totals;
	struct wv_tally_sums sums;
	uint64_t behind = 0, stories;
	bool has_index = index_lag(call, &behind), is_well = behind <= WV_HEALTH_BEHIND_MAX;
	struct wv_json_writer w;
	enum wv_status st = wv_store_totals(call->visit.txn, &totals, err);

	if (st != WV_OK)
		is_well = false;
	call->answer->status = is_well ? 200 : 503;
	wv_json_begin(&w, &call->answer->body);
	wv_json_open_object(&w, NULL);
	wv_json_string(&w, "status", is_well        ? WV_LIT("ok")
	                             : st != WV_OK ? WV_LIT("the archive cannot be read")
	                                           : WV_LIT("the search index is behind"));
	if (count_shown(call, &sums))
		wv_json_u64(&w, "captures", sums.captures);
	else
		wv_json_null(&w, "captures");
	wv_json_time(&w, "known_at", call->visit.known_at);
	if (has_index)
		wv_json_u64(&w, "index_behind", behind);
	else
		wv_json_null(&w, "index_behind");
	if (wv_call_stories_behind(call, &stories))
		wv_json_u64(&w, "stories_behind", stories);
	else
		wv_json_null(&w, "stories_behind");
	wv_json_close(&w);
	wv_buf_add_byte(&call->answer->body, '\n');
	add_type(call, WV_LIT("application/json; charset=utf-8"));
	return WV_OK;
}

/* --- metrics: the text form of Prometheus, version 0.0.4 --- */

static void add_metric(struct wv_buf *out, const char *name, const char *type, const char *help,
                       uint64_t value)
{
	wv_buf_add_format(out, "# HELP wirevault_%s %s\n# TYPE wirevault_%s %s\nwirevault_%s %llu\n",
	                  name, help, name, type, name, (unsigned long long)value);
}

static void add_http(struct wv_buf *out, const struct wv_http_counts *c)
{
	static const char *const bounds[] = {"0.001", "0.002", "0.005", "0.01", "0.025",
	                                     "0.05",  "0.1",   "0.25",  "1",    "+Inf"};
	uint64_t sum = 0;

	add_metric(out, "http_requests_total", "counter", "Requests read.", c->requests);
	wv_buf_add_string(out, "# HELP wirevault_http_answers_total Answers by class of status.\n"
	                       "# TYPE wirevault_http_answers_total counter\n");
	for (size_t i = 1; i < WV_COUNT(c->by_class); i++)
		wv_buf_add_format(out, "wirevault_http_answers_total{class=\"%zuxx\"} %llu\n", i,
		                  (unsigned long long)c->by_class[i]);
	add_metric(out, "http_refused_total", "counter", "Requests that met a cap or were malformed.",
	           c->refused);
	add_metric(out, "http_limited_total", "counter", "Requests above a client's rate.", c->limited);
	add_metric(out, "http_busy_total", "counter", "Requests that found no place.", c->busy);
	add_metric(out, "http_bytes_total", "counter", "Bytes of answers.", c->bytes);
	add_metric(out, "http_connections", "gauge", "Connections open.", c->connections);
	add_metric(out, "http_waiting", "gauge", "Requests waiting for a worker.", c->waiting);
	wv_buf_add_string(out, "# HELP wirevault_http_seconds Time to an answer.\n"
	                       "# TYPE wirevault_http_seconds histogram\n");
	for (size_t i = 0; i < WV_COUNT(c->took); i++) {
		sum += c->took[i];
		wv_buf_add_format(out, "wirevault_http_seconds_bucket{le=\"%s\"} %llu\n", bounds[i],
		                  (unsigned long long)sum);
	}
	wv_buf_add_format(out, "wirevault_http_seconds_count %llu\n", (unsigned long long)sum);
}

/* What the archive takes on disk is its keeper's to know: `wirevault status` says it. */
static void add_archive(struct wv_buf *out, const struct wv_tally_sums *sums)
{
	add_metric(out, "captures", "gauge", "Captures that may be shown.", sums->captures);
	add_metric(out, "pages", "gauge", "Pages with any of them.", sums->pages);
	add_metric(out, "capture_bytes", "gauge", "Bytes of their bodies, each time they were had.",
	           sums->bytes);
}

enum wv_status wv_route_metrics(struct wv_call *call, struct wv_err *err)
{
	struct wv_buf *out = &call->answer->body;
	struct wv_http_counts counts;
	struct wv_tally_sums sums;
	uint64_t behind;

	(void)err;
	wv_call_http_counts(call, &counts);
	add_http(out, &counts);
	if (count_shown(call, &sums))
		add_archive(out, &sums);
	if (index_lag(call, &behind))
		add_metric(out, "index_behind", "gauge", "Captures that the search index lacks.", behind);
	add_type(call, WV_LIT("text/plain; version=0.0.4; charset=utf-8"));
	return WV_OK;
}

/* --- robots --- */

enum wv_status wv_route_robots(struct wv_call *call, struct wv_err *err)
{
	static const char *const rules[] = {
		[WV_SERVE_ROBOTS_INDEX] =
			"Disallow: /web/\nDisallow: /timegate/\nDisallow: /timemap/\nDisallow: /cdx\n"
			"Disallow: /api/\nDisallow: /search\nDisallow: /compare\nDisallow: /travel\n"
			"Disallow: /metrics\nDisallow: /healthz\n",
		/* Who may not read an answer cannot find its noindex, and lists the address alone. */
		[WV_SERVE_ROBOTS_NOINDEX] = "Disallow:\n",
		[WV_SERVE_ROBOTS_DISALLOW] = "Disallow: /\n"};

	(void)err;
	wv_buf_add_string(&call->answer->body, "User-agent: *\n");
	wv_buf_add_string(&call->answer->body, rules[call->options->settings->serve.robots]);
	(void)wv_http_add(call->answer, call->request, "Content-Type", WV_LIT("text/plain; charset=utf-8"));
	return WV_OK;
}

/* --- proof --- */

enum wv_status wv_route_proof(struct wv_call *call, struct wv_err *err)
{
	struct wv_capture capture;
	struct wv_proof proof;
	struct wv_fact fact = {0};
	uint64_t id;
	enum wv_status st = wv_call_id(call, call->rest, &id, err);

	if (st == WV_OK)
		st = wv_register_erased(call->visit.txn, call->request->arena, id, &fact, err);
	if (st == WV_OK)
		return wv_call_refuse(call, &fact);
	if (st == WV_NO)
		st = wv_store_capture(call->visit.txn, call->request->arena, id, call->visit.known_at,
		                      &capture, err);
	if (st == WV_OK && !wv_time_is_none(call->visit.at) && capture.captured.us > call->visit.at.us)
		st = WV_NO;
	if (st != WV_OK)
		return st;
	st = wv_visit_shows(&call->visit, &capture, &fact, err);
	if (st == WV_NO)
		return wv_call_refuse(call, &fact);
	if (st == WV_OK)
		st = wv_prove(call->visit.txn, call->request->arena, id, &proof, err);
	if (st != WV_OK)
		return st;
	wv_proof_add_text(&call->answer->body, &proof);
	(void)wv_http_add(call->answer, call->request, "Content-Type", WV_LIT("text/plain; charset=utf-8"));
	return WV_OK;
}
