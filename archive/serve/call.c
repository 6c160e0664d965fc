#include "archive/serve/call.h"

#include "archive/view/frame.h"
#include "archive/view/wishes.h"
#include "config/base/json.h"
#include "config/base/limits.h"

/* Of an answer's header, for the fields that every answer has. */
#define RESERVED_BYTES  (3u * WV_KIB)
#define RESERVED_FIELDS 12u

static bool has_field(const struct wv_http_answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->field_count; i++)
		if (wv_slice_equals_nocase(wv_slice_of(answer->fields[i][0]), wv_slice_of(name)))
			return true;
	return false;
}

void wv_call_add_field(struct wv_call *call, const char *name, const char *value)
{
	if (!has_field(call->answer, name))
		wv_http_add(call->answer, call->request, name, wv_slice_of(value));
}

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

void wv_call_say(struct wv_call *call, int status, enum wv_phrase phrase, struct wv_slice detail)
{
	wv_buf_reset(&call->answer->body);
	call->answer->status = status;
	if (call->kind == WV_ROUTE_DATA)
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
	wv_call_say(call, is_erased ? 410 : is_blocked ? 451 : 404,
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
	wv_call_say(call, 403, WV_PHRASE_NOT_SHOWN, why);
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

struct wv_slice wv_call_host(const struct wv_call *call)
{
	struct wv_slice host = wv_http_field(call->request, "Host");
	struct wv_slice scheme = wv_http_field(call->request, "X-Forwarded-Proto");
	bool is_tls = call->options->trusts_proxy && wv_slice_equals_nocase(scheme, WV_LIT("https"));

	for (size_t i = 0; i < host.n; i++) {
		unsigned char c = host.p[i];

		if (!wv_byte_is_alnum(c) && c != '.' && c != '-' && c != ':' && c != '[' && c != ']')
			return WV_SLICE_NONE;
	}
	if (!host.n || host.n > 255)
		return WV_SLICE_NONE;
	return wv_arena_format(call->request->arena, "http%s://%.*s", is_tls ? "s" : "", WV_FMT(host));
}

void wv_call_add_known(struct wv_call *call)
{
	char text[WV_TIME_TEXT_MAX];

	wv_call_add_field(call, "X-Known-At", wv_time_print(call->visit.known_at, text));
}

bool wv_call_add_long(struct wv_call *call, const char *name, struct wv_slice value)
{
	const struct wv_http_answer *answer = call->answer;

	return answer->field_bytes + value.n + 100 <= WV_LIMIT_SERVE_FIELD_BYTES - RESERVED_BYTES &&
	       answer->field_count < WV_LIMIT_SERVE_ANSWER_FIELDS - RESERVED_FIELDS &&
	       wv_http_add(call->answer, call->request, name, value);
}
