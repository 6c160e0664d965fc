#include "archive/serve/service_inner.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/copies/reports.h"
#include "archive/serve/routes.h"
#include "archive/serve/target.h"

/* Nothing is loaded, framed, sent or run from elsewhere. */
#define POLICY                                                                                     \
	"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action "        \
	"'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'"

/* --- from a request to a visit --- */

static enum wv_status read_instant(const struct wv_http_request *request,
                                   struct wv_slice parameters, const char *name, bool *has,
                                   struct wv_time *out, struct wv_err *err)
{
	struct wv_time_range range;
	struct wv_slice text;
	enum wv_status st;

	if (!wv_target_parameter(parameters, name, 0, request->arena, &text) || !text.n)
		return WV_OK;
	st = wv_time_parse(text, request->now, &range, err);
	if (st != WV_OK)
		return wv_err_add(err, st, "%s", name);
	*has = true;
	*out = range.first;
	return WV_OK;
}

/* "as-of=T&known-at=K/" before a URL: what it says of the visit; `rest` is then what follows. */
static struct wv_slice take_segment(struct wv_slice *rest)
{
	static const char *const names[] = {"as-of=", "known-at=", "lang="};
	size_t slash = wv_slice_find_byte(*rest, '/', 0);
	struct wv_slice segment = wv_slice_part(*rest, 0, slash == SIZE_MAX ? rest->n : slash);

	for (size_t i = 0; i < WV_COUNT(names); i++)
		if (wv_slice_starts(segment, wv_slice_of(names[i]))) {
			*rest = wv_slice_from(*rest, segment.n + (slash != SIZE_MAX));
			return segment;
		}
	return WV_SLICE_NONE;
}

static enum wv_status read_around(void *context, struct wv_txn **txn, struct wv_arena *arena,
                                  const struct wv_around_query *query, int64_t patience_us,
                                  struct wv_around_answer *out, struct wv_err *err)
{
	struct wv_service *service = context;

	return wv_errands_ask(service->errands, txn, arena, query, patience_us, out, err);
}

static enum wv_status fill(struct wv_service *service, const struct wv_http_request *request,
                           struct wv_slice parameters, struct wv_visit *visit, struct wv_err *err)
{
	struct wv_slice tongue;
	enum wv_status st;

	*visit = (struct wv_visit){.store = service->options.store,
	                           .txn = visit->txn,
	                           .arena = request->arena,
	                           .settings = service->options.settings,
	                           .wish_reader = service->options.wish_reader,
	                           .story_words = wv_buf_slice(&service->words),
	                           .read_around = service->errands ? read_around : NULL,
	                           .read_around_context = service,
	                           .now = request->now,
	                           .at = WV_TIME_NONE,
	                           .is_simulated = service->is_simulated,
	                           .form = WV_FORM_SERVED,
	                           .root = "/"};
	visit->tongue =
		wv_tongue_choose(wv_http_field(request, "Accept-Language"), service->tongues);
	if (wv_target_parameter(parameters, "lang", 0, request->arena, &tongue))
		visit->has_tongue = wv_tongue_of_tag(tongue, &visit->tongue);
	st = wv_store_known_now(visit->txn, &visit->known_at, err);
	if (st == WV_OK)
		st = read_instant(request, parameters, "as-of", &visit->has_as_of, &visit->at, err);
	if (st == WV_OK)
		st = read_instant(request, parameters, "known-at", &visit->has_known_at, &visit->known_at,
		                  err);
	return st;
}

/* --- from a visit to an answer --- */

/* --- routes --- */

static void add_fields(struct wv_call *call)
{
	if (call->kind == WV_ROUTE_PAGE)
		wv_call_add_field(call, "Content-Type", "text/html; charset=utf-8");
	if (call->kind == WV_ROUTE_DATA)
		wv_call_add_field(call, "Content-Type", "application/json; charset=utf-8");
	wv_call_add_field(call, "Content-Security-Policy", POLICY);
	wv_call_add_field(call, "X-Content-Type-Options", "nosniff");
	wv_call_add_field(call, "Referrer-Policy", "no-referrer");
	wv_call_add_field(call, "Cross-Origin-Opener-Policy", "same-origin");
	wv_call_add_field(call, "Cross-Origin-Resource-Policy", "same-origin");
	wv_call_add_field(call, "Permissions-Policy", "camera=(), geolocation=(), microphone=(), browsing-topics=()");
	wv_call_add_field(call, "Cache-Control", "no-cache");
	wv_call_add_field(call, "Vary", "Accept-Language");
	if (call->kind != WV_ROUTE_DATA && call->answer->status < 400)
		wv_call_add_known(call);
	/* Also what robots are kept away from: some come all the same. */
	if (call->options->settings->serve.robots != WV_SERVE_ROBOTS_INDEX ||
	    call->kind != WV_ROUTE_PAGE)
		wv_call_add_field(call, "X-Robots-Tag", "noindex");
}

static void answer_failure(struct wv_call *call, enum wv_status st, const struct wv_err *err)
{
	switch (st) {
	case WV_NO:
		wv_call_say(call, 404, WV_PHRASE_NOT_FOUND, WV_SLICE_NONE);
		return;
	case WV_USAGE:
		wv_call_say(call, 400, WV_PHRASE_BAD_REQUEST, wv_slice_of(err->text));
		return;
	case WV_STOPPED: /* what it takes is being made behind the requests */
		wv_call_say(call, 503, WV_PHRASE_NOT_YET, wv_slice_of(err->text));
		wv_call_add_field(call, "Retry-After", "5");
		return;
	case WV_NOMEM:
	case WV_LIMIT: /* too much for one request is no fault of ours, and may pass */
		wv_call_say(call, 503, WV_PHRASE_FAILED, WV_SLICE_NONE);
		wv_call_add_field(call, "Retry-After", "5");
		return;
	default:
		wv_call_say(call, 500, WV_PHRASE_FAILED, WV_SLICE_NONE);
	}
}

/* What failed on the way to a memento is none: nothing that was said of one stays. */
static void drop_memento(struct wv_call *call)
{
	call->kind = WV_ROUTE_PAGE;
	call->answer->field_count = call->answer->field_bytes = 0;
}

/* A dropped index is let go of with the next request of any kind. */
static void let_go(struct wv_service *service, unsigned worker)
{
	unsigned drops = service->follower ? wv_follower_drops(service->follower) : 0;

	if (drops != service->drops[worker])
		wv_call_close_search(service, worker);
	service->drops[worker] = drops;
}

static enum wv_status answer(void *context, unsigned worker, const struct wv_http_request *request,
                             struct wv_http_answer *answer, struct wv_err *err)
{
	struct wv_service *service = context;
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_call call = {.service = service,
	                       .options = &service->options,
	                       .request = request,
	                       .answer = answer,
	                       .worker = worker};
	const struct wv_route *route = wv_route_find(request->path, &call.rest);
	struct wv_err own = {0};
	enum wv_status st = wv_store_begin_read(service->options.store, &txn, err);

	if (st != WV_OK)
		return st;
	let_go(service, worker);
	call.kind = route ? route->kind : WV_ROUTE_PAGE;
	call.visit.txn = txn;
	wv_call_tidy_files(&call);
	st = fill(service, request,
	          route && route->takes_url ? take_segment(&call.rest) : request->query, &call.visit,
	          &own);
	if (st == WV_OK)
		st = route ? route->answer(&call, &own) : WV_NO;
	/* Renewed on the way, it may be another. */
	txn = call.visit.txn;
	if (st != WV_OK) {
		if (route && route->kind == WV_ROUTE_REPLAY)
			drop_memento(&call);
		answer_failure(&call, st, &own);
		if (st != WV_NO && st != WV_USAGE && st != WV_STOPPED && service->options.log)
			service->options.log(service->options.log_context, own.text);
	}
	add_fields(&call);
	return WV_OK;
}

/* --- life --- */

static unsigned tongues_of(const struct wv_settings *settings)
{
	unsigned bits = 0;

	for (size_t i = 0; i < settings->serve.languages.n; i++) {
		enum wv_tongue tongue;

		if (wv_tongue_of_tag(settings->serve.languages.p[i], &tongue))
			bits |= 1u << tongue;
	}
	return bits;
}

static void log_done(void *context, const struct wv_http_done *done)
{
	struct wv_service *service = context;

	if (done->failed && service->options.log)
		service->options.log(service->options.log_context, done->failed->text);
}

/* Names that stories are told by, beside those of the settings; a file that cannot be read is said,
 * and done without, as the follower does. */
static enum wv_status read_words(struct wv_service *service, struct wv_err *err)
{
	const struct wv_settings *settings = service->options.settings;
	struct wv_err why = WV_ERR_NONE;
	enum wv_status st = WV_OK;

	if (settings->stories_words.n)
		st = wv_reports_read_words(settings, &service->words, &why);
	if (st == WV_NOMEM)
		return wv_err_set(err, st, "%s", why.text);
	if (st != WV_OK) {
		wv_buf_reset(&service->words);
		if (service->options.log)
			service->options.log(service->options.log_context, why.text);
	}
	return WV_OK;
}

/* Also where nobody asks for anything. */
static void take_turn(void *context)
{
	struct wv_service *service = context;
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_call call = {.service = service};

	if (wv_store_begin_read(service->options.store, &txn, NULL) != WV_OK)
		return;
	call.visit.txn = txn;
	wv_call_tidy_files(&call);
}

enum wv_status wv_service_start(const struct wv_service_options *options, struct wv_service **out,
                                struct wv_err *err)
{
	WV_AUTO(wv_service_stop) struct wv_service *service = calloc(1, sizeof(*service));
	enum wv_status st;

	if (!service)
		return wv_err_set(err, WV_NOMEM, "out of memory for the service");
	service->options = *options;
	service->is_simulated = wv_store_is_simulated(options->store);
	service->tongues = tongues_of(options->settings);
	wv_buf_init(&service->words, WV_REPORTS_WORDS_MAX);
	st = read_words(service, err);
	if (st == WV_OK)
		st = wv_gate_new(&service->large, err);
	if (st != WV_OK)
		return st;
	if (!options->listen) {
		*out = WV_TAKE(service);
		return WV_OK;
	}
	st = wv_shelf_new(&service->shelf, err);
	if (st != WV_OK)
		return st;
	st = wv_follower_start(&(struct wv_follower_options){.store = options->store,
	                                                     .settings = options->settings,
	                                                     .log = options->log,
	                                                     .log_context = options->log_context,
	                                                     .turn = take_turn,
	                                                     .turn_context = service},
	                       &service->follower, err);
	if (st == WV_OK)
		st = wv_errands_start(&(struct wv_around_options){
					      .store = options->store,
					      .names = {.settings = options->settings,
					                .words = wv_buf_slice(&service->words),
					                .words_path = "stories.words"}},
		                      &service->errands, err);
	if (st != WV_OK)
		return st;
	st = wv_http_start(&(struct wv_http_options){.listen = options->listen,
	                                             .listen_fd = options->listen_fd,
	                                             .workers = WV_SERVICE_WORKERS,
	                                             .rate_per_s = options->settings->serve.rate_per_s,
	                                             .trusts_proxy = options->trusts_proxy,
	                                             .clock = options->clock,
	                                             .handler = answer,
	                                             .done = log_done,
	                                             .context = service},
	                   &service->http, err);
	if (st != WV_OK)
		return st;
	*out = WV_TAKE(service);
	return WV_OK;
}

const struct wv_service_options *wv_service_options_of(const struct wv_service *service)
{
	return &service->options;
}

int wv_service_listen_fd(const struct wv_service *service)
{
	return wv_http_listen_fd(service->http);
}

const char *wv_service_address(const struct wv_service *service)
{
	return wv_http_address(service->http);
}

#define GRACE_US (10 * WV_US_PER_S)

void wv_service_stop(struct wv_service **service)
{
	if (!*service)
		return;
	if ((*service)->http)
		wv_http_stop(&(*service)->http, GRACE_US);
	wv_errands_stop(&(*service)->errands);
	wv_tally_free(&(*service)->tally);
	for (unsigned i = 0; i < WV_SERVICE_WORKERS; i++)
		wv_call_close_search(*service, i);
	/* Last: who writes the index leaves it whole, without a log beside it. */
	wv_follower_stop(&(*service)->follower);
	wv_shelf_free(&(*service)->shelf);
	wv_gate_free(&(*service)->large);
	wv_buf_done(&(*service)->words);
	free(*service);
	*service = NULL;
}
