#include "archive/serve/http_inner.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "archive/serve/fields.h"
#include "archive/serve/target.h"
#include "config/base/digest.h"

#define ETAG_MAX 40

void wv_http_count(struct wv_http *http, const struct wv_http_done *done)
{
	static const int64_t below_ms[] = {1, 2, 5, 10, 25, 50, 100, 250, 1000};
	unsigned class = (unsigned)done->status / 100;
	size_t i = 0;

	while (i < WV_COUNT(below_ms) && done->took_us >= below_ms[i] * WV_US_PER_MS)
		i++;
	http->took[i]++;
	http->requests++;
	http->by_class[class < WV_COUNT(http->by_class) ? class : 5]++;
	http->bytes += done->bytes;
	http->refused += !done->request;
	http->limited += done->status == 429;
	http->busy += done->status == 503;
	if (http->options.done)
		http->options.done(http->options.context, done);
}

/* What every answer says. */
static void complete(const struct wv_http_connection *c, struct MHD_Response *response)
{
	struct wv_http *http = c->http;
	char date[WV_TIME_TEXT_MAX];
	bool ends = http->is_stopping || http->connections > WV_LIMIT_SERVE_KEPT;

	wv_time_print_http(wv_clock_now(http->options.clock), date);
	MHD_add_response_header(response, "Date", date);
	/* Ten thousand connections that were served once would keep what libmicrohttpd has used
	 * of their memory. */
	if (ends)
		MHD_add_response_header(response, "Connection", "close");
}

/* Takes `body` (from malloc, or NULL). NULL: out of memory; nothing is leaked. */
static struct MHD_Response *new_response(struct wv_http_connection *c, void *take_body, size_t n)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(n, take_body, MHD_RESPMEM_MUST_FREE);

	if (!response)
		free(take_body);
	else
		complete(c, response);
	return response;
}

static const char *reason_of(int status)
{
	switch (status) {
	case 400:
		return "400 Bad Request\n";
	case 405:
		return "405 Method Not Allowed\n";
	case 413:
		return "413 Content Too Large\n";
	case 414:
		return "414 URI Too Long\n";
	case 421:
		return "421 Misdirected Request\n";
	case 429:
		return "429 Too Many Requests\n";
	case 431:
		return "431 Request Header Fields Too Large\n";
	case 503:
		return "503 Service Unavailable\n";
	default:
		return "500 Internal Server Error\n";
	}
}

struct MHD_Response *wv_http_new_plain(struct wv_http_connection *c, int status,
				       const char *retry_after)
{
	const char *text = reason_of(status);
	char *body = strdup(text);
	struct MHD_Response *response;

	if (!body)
		return NULL;
	c->status = status;
	c->bytes = wv_slice_of(text).n;
	c->hold = (struct wv_watch_hold){WV_ROOM_MEMORY, c->bytes};
	response = new_response(c, body, c->bytes);
	if (!response)
		return NULL;
	MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(response, "Cache-Control", "no-store");
	if (status == 405)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	if (retry_after)
		MHD_add_response_header(response, "Retry-After", retry_after);
	return response;
}

/* What a 304 and a 412 leave out: it describes a body that is not sent. */
static bool describes_body(struct wv_slice name)
{
	return wv_slice_equals_nocase(name, WV_LIT("Content-Type")) ||
	       wv_slice_equals_nocase(name, WV_LIT("Content-Encoding")) ||
	       wv_slice_equals_nocase(name, WV_LIT("Content-Length")) ||
	       wv_slice_equals_nocase(name, WV_LIT("Content-Range"));
}

/* What is sent of an answer's bytes. */
struct part {
	uint64_t from, bytes, total;
	bool is_part;
};

/* Settles what a request's conditions make of an answer that would be 200, in the order of RFC 9110
 * 13.2.2: 412, 304, 206, 416. */
static void settle(const struct wv_http_request *request, struct wv_http_answer *answer,
		   struct wv_slice etag, struct part *part)
{
	uint64_t to = 0;

	if (answer->status != 200)
		return;
	if (!wv_fields_match_allows(wv_http_field(request, "If-Match"), etag)) {
		answer->status = 412;
		part->bytes = 0;
		return;
	}
	if (wv_fields_none_match_has(wv_http_field(request, "If-None-Match"), etag)) {
		answer->status = 304;
		part->bytes = 0;
		return;
	}
	/* Range is of GET alone (RFC 9110 14.2). */
	if (!answer->takes_ranges || request->is_head ||
	    !wv_fields_if_range_allows(wv_http_field(request, "If-Range"), etag))
		return;
	switch (wv_fields_range(wv_http_field(request, "Range"), part->total, &part->from, &to)) {
	case WV_RANGE_ALL:
		break;
	case WV_RANGE_ONE:
		answer->status = 206;
		part->bytes = to - part->from + 1;
		part->is_part = true;
		break;
	case WV_RANGE_NONE_OF_IT:
		answer->status = 416;
		part->from = part->bytes = 0;
		part->is_part = true;
		break;
	}
}

/* Of the part that is sent; takes body or file, also where it gives NULL. */
static struct MHD_Response *response_of(struct wv_http_connection *c, struct wv_http_answer *answer,
					const struct part *part)
{
	struct MHD_Response *response;

	if (answer->has_file && part->bytes) {
		answer->has_file = false;
		response = MHD_create_response_from_fd_at_offset64(part->bytes, answer->file,
								   part->from);
		if (!response)
			close(answer->file);
		else
			complete(c, response);
		return response;
	}
	if (part->from)
		memmove(answer->body.p, answer->body.p + part->from, (size_t)part->bytes);
	response = new_response(c, answer->body.p, (size_t)part->bytes);
	wv_buf_init(&answer->body, 0); /* its bytes are the response's */
	return response;
}

static void add_range(struct MHD_Response *response, const struct part *part, int status)
{
	char text[80];

	if (status == 206)
		snprintf(text, sizeof(text), "bytes %llu-%llu/%llu", (unsigned long long)part->from,
			 (unsigned long long)(part->from + part->bytes - 1),
			 (unsigned long long)part->total);
	else
		snprintf(text, sizeof(text), "bytes */%llu", (unsigned long long)part->total);
	MHD_add_response_header(response, "Content-Range", text);
}

/* Half of the digest tells pages apart; the whole would only be longer. */
static void print_etag(const struct wv_digest *digest, char etag[static ETAG_MAX])
{
	char hex[WV_DIGEST_HEX_MAX];

	snprintf(etag, ETAG_MAX, "\"%.32s\"", wv_digest_print(digest, hex));
}

bool wv_http_sends(const struct wv_http_request *request, const struct wv_http_answer *answer,
		   const struct wv_digest *digest)
{
	char etag[ETAG_MAX];

	print_etag(digest, etag);
	if (request->is_head || answer->status != 200)
		return !request->is_head;
	return wv_fields_match_allows(wv_http_field(request, "If-Match"), wv_slice_of(etag)) &&
	       !wv_fields_none_match_has(wv_http_field(request, "If-None-Match"),
					 wv_slice_of(etag));
}

static struct MHD_Response *new_made(struct wv_http_connection *c,
				     const struct wv_http_request *request,
				     struct wv_http_answer *answer)
{
	uint64_t total = answer->has_file ? answer->file_bytes : answer->body.n;
	struct part part = {.bytes = total, .total = total};
	char etag[ETAG_MAX] = "";
	struct MHD_Response *response;
	bool had_file = answer->has_file;

	if (answer->status == 200) {
		struct wv_digest digest = had_file ? answer->file_digest
						   : wv_digest_of(wv_buf_slice(&answer->body));

		print_etag(&digest, etag);
		settle(request, answer, wv_slice_of(etag), &part);
	}
	c->status = answer->status;
	c->bytes = request->is_head ? 0 : part.bytes;
	c->hold = had_file && part.bytes ? (struct wv_watch_hold){WV_ROOM_FILES, total}
					 : (struct wv_watch_hold){WV_ROOM_MEMORY, c->bytes};
	response = response_of(c, answer, &part);
	if (!response)
		return NULL;
	for (size_t i = 0; i < answer->field_count; i++)
		if ((c->status != 304 && c->status != 412) || !describes_body(wv_slice_of(answer->fields[i][0])))
			MHD_add_response_header(response, answer->fields[i][0],
						answer->fields[i][1]);
	if (etag[0])
		MHD_add_response_header(response, "ETag", etag);
	if (answer->takes_ranges && etag[0])
		MHD_add_response_header(response, "Accept-Ranges", "bytes");
	if (part.is_part)
		add_range(response, &part, c->status);
	return response;
}

/* ---- Workers ---- */

struct wv_slice wv_http_field(const struct wv_http_request *request, const char *name)
{
	const struct wv_http_connection *c = request->inner;
	struct wv_slice wanted = wv_slice_of(name);
	const char *value = NULL;
	size_t n = 0;

	if (MHD_lookup_connection_value_n(c->mhd, MHD_HEADER_KIND, name, wanted.n, &value, &n) !=
		    MHD_YES ||
	    !value)
		return WV_SLICE_NONE;
	return wv_slice_trim(wv_slice(value, n));
}

/* Leaves c->response NULL only where there is no memory: the connection is then closed. */
static void answer(struct wv_http_worker *worker, struct wv_http_connection *c)
{
	struct wv_http *http = c->http;
	struct wv_http_request request = {
		.is_head = c->is_head,
		.client = wv_slice_of(c->client),
		.now = wv_clock_now(http->options.clock),
		.arena = worker->arena,
		.inner = c,
	};
	struct wv_http_answer made = {.status = 200};
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st;
	int64_t waited_us = wv_http_real_now().us - c->asked.us;
	bool is_late = waited_us > WV_LIMIT_SERVE_WAIT_S * WV_US_PER_S || http->is_hurried;

	wv_buf_init(&made.body, WV_LIMIT_SERVE_ANSWER_BYTES);
	wv_target_split(wv_slice(c->target, c->target_bytes), &request.path, &request.query);
	/* Who has waited so long has gone, or will ask again: new ones are served instead. */
	st = is_late ? wv_err_set(&err, WV_LIMIT, "waited too long for its turn")
		     : http->options.handler(http->options.context, worker->number, &request, &made,
					     &err);
	if (st == WV_OK)
		st = wv_buf_finish(&made.body, "answer", &err);
	if (st == WV_OK)
		c->response = new_made(c, &request, &made);
	else
		c->response = wv_http_new_plain(
			c, st == WV_NOMEM || st == WV_LIMIT ? 503 : 500,
			st == WV_NOMEM || st == WV_LIMIT ? WV_HTTP_RETRY_AFTER : NULL);
	wv_buf_done(&made.body);
	if (made.has_file)
		close(made.file);
	if (!wv_watch_writes(http->watch, &c->watched, c->bytes, &c->hold)) {
		if (c->response)
			MHD_destroy_response(c->response);
		c->response = wv_http_new_plain(c, 503, WV_HTTP_RETRY_AFTER);
	}
	wv_http_count(http,
		      &(struct wv_http_done){
			      .request = &request,
			      .status = c->response ? c->status : 503,
			      .bytes = c->response ? c->bytes : 0,
			      .took_us = wv_http_real_now().us - c->asked.us,
			      /* Who waited too long is counted: a line each would fill a log. */
			      .failed = st == WV_OK || is_late ? NULL : &err,
		      });
}

void *wv_http_work(void *context)
{
	struct wv_http_worker *worker = context;
	struct wv_http_connection *c;

	while ((c = wv_turns_pop(worker->http->turns)) != NULL) {
		struct wv_mono began = wv_http_real_now();

		answer(worker, c);
		wv_turns_charge(worker->http->turns, c->client_slot,
				wv_http_real_now().us - began.us);
		wv_arena_reset(worker->arena);
		c->phase = WV_HTTP_ANSWERED;
		MHD_resume_connection(c->mhd); /* from here the event thread's */
	}
	return NULL;
}
