#include "archive/serve/service.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/copies/reports.h"
#include "archive/search/around.h"
#include "archive/search/index.h"
#include "archive/serve/errands.h"
#include "archive/serve/follower.h"
#include "archive/serve/routes.h"
#include "archive/serve/target.h"
#include "archive/store/tally.h"
#include "archive/view/frame.h"
#include "archive/view/wishes.h"
#include "config/base/json.h"

#define WORKERS 4u /* more than cores: a dear request leaves the others their turn */

struct wv_service {
	struct wv_service_options options;
	struct wv_http *http;
	bool is_simulated;
	unsigned tongues; /* bits: of the interface */
	struct wv_search *searches[WORKERS]; /* by worker; only read */
	struct wv_around *arounds[WORKERS];  /* of `searches`, or without one */
	unsigned drops[WORKERS];             /* of the index, that its worker has seen */
	struct wv_buf words;                 /* the file of settings' stories.words */
	struct wv_errands *errands;   /* NULL without HTTP, as is ... */
	struct wv_follower *follower; /* ... this: then ... */
	struct wv_tally *tally;       /* ... the totals are counted when they are asked for */
};

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

/* --- failures --- */

static void say_json(struct wv_call *call, struct wv_slice words)
{
	struct wv_json_writer w;

	wv_json_begin(&w, &call->answer->body);
	wv_json_open_object(&w, NULL);
	wv_json_string(&w, "error", words);
	wv_json_int(&w, "status", call->answer->status);
	wv_json_close(&w);
	wv_buf_add_byte(&call->answer->body, '\n');
}

static void say(struct wv_call *call, enum wv_route_kind kind, int status, enum wv_phrase phrase,
                struct wv_slice detail)
{
	wv_buf_reset(&call->answer->body);
	call->answer->status = status;
	if (kind == WV_ROUTE_DATA)
		say_json(call, detail.n ? detail : wv_slice_of(wv_phrase(WV_TONGUE_EN, phrase)));
	else
		wv_frame_notice(&call->answer->body, &call->visit, phrase, detail);
}

enum wv_status wv_call_refuse(struct wv_call *call, const struct wv_fact *fact)
{
	bool is_erased = fact->act == WV_ACT_ERASE, is_blocked = fact->act == WV_ACT_BLOCK;
	WV_AUTO(wv_buf_done) struct wv_buf words = {.cap = 64 * 1024};

	/* What is hidden is not told of: nothing here says that there was something. */
	if (is_erased || is_blocked)
		wv_fact_print(fact, &words);
	say(call, call->kind, is_erased ? 410 : is_blocked ? 451 : 404,
	    is_erased ? WV_PHRASE_ERASED : is_blocked ? WV_PHRASE_BLOCKED : WV_PHRASE_NOT_FOUND,
	    wv_buf_slice(&words));
	return WV_OK;
}

enum wv_status wv_call_refuse_id(struct wv_call *call, uint64_t id, const struct wv_fact *fact,
                                 struct wv_err *err)
{
	struct wv_fact erased = {0};
	enum wv_status st = WV_OK;

	if (!fact->act) {
		st = wv_register_erased(call->visit.txn, call->request->arena, id, &erased, err);
		fact = &erased;
	}
	/* At T it was not there yet. */
	if (st == WV_OK && !wv_time_is_none(call->visit.at) && !wv_time_is_none(fact->first) &&
	    fact->first.us > call->visit.at.us)
		st = WV_NO;
	return st == WV_OK ? wv_call_refuse(call, fact) : st;
}

enum wv_status wv_call_withhold(struct wv_call *call, const struct wv_wishes *wishes)
{
	char text[WV_TIME_TEXT_MAX];
	struct wv_slice why = WV_LIT("noarchive");

	if (!wishes->noarchive)
		why = wv_arena_format(call->request->arena, "unavailable_after: %s",
		                      wv_time_print(wishes->unavailable_after, text));
	say(call, call->kind, 403, WV_PHRASE_NOT_SHOWN, why);
	return WV_OK;
}

enum wv_status wv_call_withhold_any(struct wv_call *call, const struct wv_capture *one,
                                    const struct wv_capture *other, bool *is_answered,
                                    struct wv_err *err)
{
	const struct wv_capture *const both[] = {one, other};

	for (size_t i = 0; i < WV_COUNT(both); i++) {
		struct wv_wishes wishes;
		enum wv_status st = wv_wishes_of(&call->visit, both[i], &wishes, err);

		if (st != WV_OK)
			return st;
		if (!wv_wishes_show_text(&wishes, call->visit.now)) {
			*is_answered = true;
			wv_buf_reset(&call->answer->body);
			return wv_call_withhold(call, &wishes);
		}
	}
	return WV_OK;
}

/* --- routes --- */

static bool has_field(const struct wv_http_answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->field_count; i++)
		if (wv_slice_equals_nocase(wv_slice_of(answer->fields[i][0]), wv_slice_of(name)))
			return true;
	return false;
}

static void add_field(struct wv_call *call, const char *name, const char *value)
{
	if (!has_field(call->answer, name))
		wv_http_add(call->answer, call->request, name, wv_slice_of(value));
}

static void add_fields(struct wv_call *call)
{
	if (call->kind == WV_ROUTE_PAGE)
		add_field(call, "Content-Type", "text/html; charset=utf-8");
	if (call->kind == WV_ROUTE_DATA)
		add_field(call, "Content-Type", "application/json; charset=utf-8");
	add_field(call, "Content-Security-Policy", POLICY);
	add_field(call, "X-Content-Type-Options", "nosniff");
	add_field(call, "Referrer-Policy", "no-referrer");
	add_field(call, "Cross-Origin-Opener-Policy", "same-origin");
	add_field(call, "Cross-Origin-Resource-Policy", "same-origin");
	add_field(call, "Permissions-Policy", "camera=(), geolocation=(), microphone=(), browsing-topics=()");
	add_field(call, "Cache-Control", "no-cache");
	add_field(call, "Vary", "Accept-Language");
	/* Also what robots are kept away from: some come all the same. */
	if (call->options->settings->serve.robots != WV_SERVE_ROBOTS_INDEX ||
	    call->kind != WV_ROUTE_PAGE)
		add_field(call, "X-Robots-Tag", "noindex");
}

static void answer_failure(struct wv_call *call, enum wv_status st, const struct wv_err *err)
{
	switch (st) {
	case WV_NO:
		say(call, call->kind, 404, WV_PHRASE_NOT_FOUND, WV_SLICE_NONE);
		return;
	case WV_USAGE:
		say(call, call->kind, 400, WV_PHRASE_BAD_REQUEST, wv_slice_of(err->text));
		return;
	case WV_STOPPED: /* what it takes is being made behind the requests */
		say(call, call->kind, 503, WV_PHRASE_NOT_YET, wv_slice_of(err->text));
		add_field(call, "Retry-After", "5");
		return;
	case WV_NOMEM:
	case WV_LIMIT: /* too much for one request is no fault of ours, and may pass */
		say(call, call->kind, 503, WV_PHRASE_FAILED, WV_SLICE_NONE);
		return;
	default:
		say(call, call->kind, 500, WV_PHRASE_FAILED, WV_SLICE_NONE);
	}
}

static void close_search(struct wv_service *service, unsigned worker)
{
	wv_around_close(&service->arounds[worker]);
	wv_search_close(&service->searches[worker]);
}

/* A dropped index is let go of with the next request of any kind. */
static void let_go(struct wv_service *service, unsigned worker)
{
	unsigned drops = service->follower ? wv_follower_drops(service->follower) : 0;

	if (drops != service->drops[worker])
		close_search(service, worker);
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
	st = fill(service, request,
	          route && route->takes_url ? take_segment(&call.rest) : request->query, &call.visit,
	          &own);
	if (st == WV_OK)
		st = route ? route->answer(&call, &own) : WV_NO;
	/* Renewed on the way, it may be another. */
	txn = call.visit.txn;
	if (st != WV_OK) {
		answer_failure(&call, st, &own);
		if (st != WV_NO && st != WV_USAGE && st != WV_STOPPED && service->options.log)
			service->options.log(service->options.log_context, own.text);
	}
	add_fields(&call);
	return WV_OK;
}

/* --- what calls share --- */

enum wv_status wv_call_id(const struct wv_call *call, struct wv_slice text, uint64_t *id,
                          struct wv_err *err)
{
	(void)call;
	(void)err;
	return wv_slice_u64(text, id) ? WV_OK : WV_NO;
}

struct wv_slice wv_call_decode(const struct wv_call *call, struct wv_slice text)
{
	unsigned char *out = wv_arena_alloc(call->request->arena, text.n);
	size_t n = 0;

	for (size_t i = 0; out && i < text.n; i++) {
		int high = -1, low = -1;

		if (text.p[i] == '%' && text.n - i > 2) {
			high = wv_byte_hex(text.p[i + 1]);
			low = wv_byte_hex(text.p[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			out[n++] = (unsigned char)(high << 4 | low);
			i += 2;
		} else {
			out[n++] = text.p[i];
		}
	}
	return out ? wv_slice(out, n) : WV_SLICE_NONE;
}

bool wv_call_stories_behind(const struct wv_call *call, uint64_t *behind)
{
	const struct wv_follower *follower = call->service->follower;

	*behind = follower ? wv_follower_stories_behind(follower) : UINT64_MAX;
	return *behind != UINT64_MAX;
}

enum wv_status wv_call_search(struct wv_call *call, struct wv_search **out, uint64_t *behind,
                              struct wv_err *err)
{
	struct wv_search **own = &call->service->searches[call->worker];
	const struct wv_search_options options = {.read_only = true};
	struct wv_search_state state;
	enum wv_status st = WV_OK;

	/* Twice: an index that was made anew since it was opened is opened again. */
	for (int round = 0; round < 2; round++) {
		if (!*own)
			st = wv_search_open(call->options->store, &options, own, err);
		if (st == WV_OK)
			st = wv_search_look(*own, call->visit.txn, err);
		if (st == WV_OK || !*own)
			break;
		close_search(call->service, call->worker);
		if (st != WV_CONFLICT && st != WV_MISSING)
			break;
		st = WV_OK;
	}
	if (st == WV_OK && *own)
		st = wv_search_state(*own, &state, err);
	if (st != WV_OK)
		return st;
	if (!*own)
		return wv_err_set(err, WV_MISSING, "there is no search index");
	/* What was recorded after K is not asked for. */
	*behind = state.known.us >= call->visit.known_at.us ? 0 : state.behind;
	*out = *own;
	return WV_OK;
}

enum wv_status wv_call_around(struct wv_call *call, struct wv_err *err)
{
	struct wv_service *service = call->service;
	struct wv_around **own = &service->arounds[call->worker];
	struct wv_around_options options = {.store = call->options->store,
	                                    .names = {.settings = call->options->settings,
	                                              .words = wv_buf_slice(&service->words),
	                                              .words_path = "stories.words"}};
	enum wv_status st = WV_OK;
	uint64_t behind;

	/* To look around each of a folder's pages takes too long. */
	if (call->visit.form != WV_FORM_SERVED)
		return WV_OK;
	if (wv_call_search(call, &options.search, &behind, NULL) != WV_OK)
		options.search = NULL;
	/* Of an index that went, or has come. */
	if (*own && wv_around_search(*own) != options.search)
		wv_around_close(own);
	if (!*own)
		st = wv_around_open(&options, own, err);
	call->visit.search = options.search;
	call->visit.around = *own;
	return st;
}

/* Without HTTP there is one thread, and nobody waits. */
static enum wv_status count_now(struct wv_call *call, struct wv_err *err)
{
	struct wv_tally **tally = &call->service->tally;
	enum wv_status st = *tally ? WV_OK : wv_tally_new(tally, err);

	return st == WV_OK ? wv_tally_follow(*tally, call->visit.txn, call->visit.now, UINT64_MAX,
	                                     err)
	                   : st;
}

enum wv_status wv_call_take_tally(struct wv_call *call, struct wv_err *err)
{
	enum wv_status st;

	if (call->service->follower) {
		call->visit.tally = wv_follower_take_tally(call->service->follower);
		/* Counted before the last take-down, they would tell of what is no longer shown. */
		if (!wv_tally_is_of(call->visit.tally, call->visit.txn))
			wv_call_give_tally(call);
		return WV_OK;
	}
	st = count_now(call, err);
	call->visit.tally = call->service->tally;
	return st;
}

void wv_call_give_tally(struct wv_call *call)
{
	if (call->service->follower && call->visit.tally)
		wv_follower_give_tally(call->service->follower);
	call->visit.tally = NULL;
}

void wv_call_http_counts(const struct wv_call *call, struct wv_http_counts *out)
{
	wv_http_counts(call->service->http, out);
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
	if (st != WV_OK)
		return st;
	if (!options->listen) {
		*out = WV_TAKE(service);
		return WV_OK;
	}
	st = wv_follower_start(&(struct wv_follower_options){.store = options->store,
	                                                     .settings = options->settings,
	                                                     .log = options->log,
	                                                     .log_context = options->log_context},
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
	                                             .workers = WORKERS,
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
	for (unsigned i = 0; i < WORKERS; i++)
		close_search(*service, i);
	/* Last: who writes the index leaves it whole, without a log beside it. */
	wv_follower_stop(&(*service)->follower);
	wv_buf_done(&(*service)->words);
	free(*service);
	*service = NULL;
}
