#include "crawler/cmd/anchors.h"

#include <poll.h>

#include "archive/proof/anchor.h"
#include "config/base/base64.h"
#include "archive/store/lock.h"
#include "config/base/child.h"
#include "config/base/limits.h"
#include "config/base/log.h"

#define TIMEOUT_US   (30 * WV_US_PER_S)
#define CURL_SECONDS "25"
#define ANSWER_CAP   (256u * WV_KIB)
#define TEXT_CAP     (64u * WV_KIB)
#define LOCK_TRIES   50
#define LOCK_WAIT_MS 100

struct asking {
	struct wv_command_context *c;
	struct wv_signed_head head;
	struct wv_slice by;
	struct wv_buf request;
	struct wv_buf answer;
};

static bool is_stopped(void *context)
{
	(void)context;
	return wv_command_stop_signal() != 0;
}

/* The newest signed head, if `by` was not told of it yet; WV_NO otherwise. */
static enum wv_status untold_head(struct asking *a, struct wv_err *err)
{
	WV_AUTO(wv_store_close) struct wv_store *store = NULL;
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	bool is_told = false;
	enum wv_status st = wv_store_open(a->c->archive, &(struct wv_store_options){.read_only = true},
	                                  a->c->clock, &store, err);

	if (st == WV_OK)
		st = wv_store_begin_read(store, &txn, err);
	if (st == WV_OK)
		st = wv_head_newest_signed(txn, 1, &a->head, err);
	if (st == WV_OK)
		st = wv_anchor_has(txn, a->head.head.size, a->by, &is_told, err);
	wv_txn_abort(&txn);
	return st == WV_OK && is_told ? WV_NO : st;
}

static enum wv_status run(struct asking *a, const char *const *words, struct wv_slice input,
                          struct wv_err *err)
{
	const struct wv_child child = {.words = words,
	                               .input = input,
	                               .output_cap = ANSWER_CAP,
	                               .timeout_us = TIMEOUT_US,
	                               .stop = is_stopped};

	return wv_child_run(&child, &a->answer, err);
}

static enum wv_status ask_authority(struct asking *a, const struct wv_settings *settings,
                                    struct wv_err *err)
{
	char *url = wv_arena_string(a->c->arena, settings->proof.tsa_url);
	char *proxy = wv_arena_string(a->c->arena, settings->network.proxy);
	/* Options before the address, and nothing of the user's curlrc. */
	const char *words[] = {"curl", "-q", "--silent", "--show-error", "--fail", "--max-time",
	                       CURL_SECONDS, "--proto", "=http,https", "--header",
	                       "Content-Type: application/timestamp-query", "--data-binary", "@-",
	                       "--proxy", proxy, "--url", url, NULL};

	if (!url || !proxy)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	return run(a, words, wv_buf_slice(&a->request), err);
}

static void add_base64(struct wv_json_writer *w, const char *key, struct wv_slice bytes)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = TEXT_CAP};

	wv_base64_add(&text, bytes, 0);
	wv_json_string(w, key, wv_buf_slice(&text));
}

static void add_event(struct wv_buf *out, const struct asking *a)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = TEXT_CAP};
	struct wv_json_writer w;

	wv_json_begin(&w, out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "event", WV_LIT("head"));
	wv_json_string(&w, "archive", wv_slice_of(a->c->archive));
	wv_json_u64(&w, "size", a->head.head.size);
	wv_json_digest(&w, "root", &a->head.head.root);
	wv_json_time(&w, "recorded", a->head.head.recorded);
	wv_head_add_message(&text, &a->head);
	wv_json_string(&w, "message", wv_buf_slice(&text));
	add_base64(&w, "signature", wv_slice(a->head.signature, WV_HEAD_SIGNATURE_BYTES));
	wv_buf_reset(&text);
	wv_head_add_key(&text, a->head.key);
	wv_json_string(&w, "key", wv_buf_slice(&text));
	add_base64(&w, "request", wv_buf_slice(&a->request));
	wv_json_close(&w);
	wv_buf_add_byte(out, '\n');
}

static enum wv_status tell_hook(struct asking *a, const struct wv_settings *settings,
                                struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf event = {.cap = TEXT_CAP}, bytes = {.cap = ANSWER_CAP};
	struct wv_slice said;
	enum wv_status st = WV_OK;

	add_event(&event, a);
	for (size_t i = 0; i < settings->hook_count; i++) {
		const struct wv_hook_settings *hook = &settings->hooks[i];
		const char **words;

		if (!wv_slice_equals(hook->name, settings->proof.hook))
			continue;
		words = WV_ARENA_ARRAY(a->c->arena, const char *, hook->command.n + 1);
		for (size_t k = 0; words && k < hook->command.n; k++)
			if (!(words[k] = wv_arena_string(a->c->arena, hook->command.p[k])))
				words = NULL;
		if (!words)
			return wv_err_set(err, WV_NOMEM, "out of memory for a hook");
		st = run(a, words, wv_buf_slice(&event), err);
	}
	/* DER begins with a SEQUENCE; base64 of it does not. */
	said = wv_slice_trim(wv_buf_slice(&a->answer));
	if (st != WV_OK || said.n == 0 || said.p[0] == 0x30)
		return st;
	if (!wv_base64_parse(said, &bytes) || bytes.failed)
		return wv_err_set(err, WV_BAD_INPUT, "what it says is neither DER nor base64");
	wv_buf_reset(&a->answer);
	wv_buf_add(&a->answer, wv_buf_slice(&bytes));
	return WV_OK;
}

static enum wv_status keep(struct asking *a, struct wv_time stamped, struct wv_err *err)
{
	WV_AUTO(wv_lock_release) struct wv_lock *lock = NULL;
	WV_AUTO(wv_store_close) struct wv_store *store = NULL;
	const struct wv_anchor anchor = {.recorded = wv_clock_now(a->c->clock),
	                                 .stamped = stamped,
	                                 .by = a->by,
	                                 .request = wv_buf_slice(&a->request),
	                                 .response = wv_buf_slice(&a->answer)};
	enum wv_status st = WV_LOCKED;

	/* Another run may have begun meanwhile: it goes first, for a while. */
	for (int i = 0; st == WV_LOCKED && i < LOCK_TRIES && !is_stopped(NULL); i++) {
		if (i)
			(void)poll(NULL, 0, LOCK_WAIT_MS);
		st = wv_lock_take(a->c->archive, false, "anchor", &lock, err);
	}
	if (st == WV_OK)
		st = wv_store_open(a->c->archive, &(struct wv_store_options){0}, a->c->clock, &store, err);
	if (st == WV_OK)
		st = wv_anchor_put(store, a->head.head.size, &anchor, err);
	wv_store_close(&store);
	return st;
}

typedef enum wv_status (*ask_function)(struct asking *a, const struct wv_settings *settings,
                                       struct wv_err *err);

static enum wv_status ask(struct asking *a, ask_function function,
                          const struct wv_settings *settings, struct wv_err *err)
{
	struct wv_time stamped = WV_TIME_NONE;
	enum wv_status st = untold_head(a, err);

	if (st == WV_OK)
		st = wv_anchor_request(&a->head, &a->request, err);
	if (st == WV_OK)
		st = function(a, settings, err);
	if (st == WV_OK && function == ask_authority && a->answer.n == 0)
		st = wv_err_set(err, WV_BAD_INPUT, "the authority's answer is empty");
	if (st == WV_OK && a->answer.n)
		st = wv_anchor_check(&a->head, wv_buf_slice(&a->request), wv_buf_slice(&a->answer),
		                     &stamped, err);
	return st == WV_OK ? keep(a, stamped, err) : st;
}

static void ask_one(struct wv_command_context *c, const char *kind, struct wv_slice name,
                    ask_function function, const struct wv_settings *settings)
{
	struct asking a = {.c = c, .by = wv_arena_format(c->arena, "%s %.*s", kind, WV_FMT(name))};
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st;

	wv_buf_init(&a.request, TEXT_CAP);
	wv_buf_init(&a.answer, ANSWER_CAP);
	st = ask(&a, function, settings, &err);
	if (st != WV_OK && st != WV_NO)
		wv_log(WV_LOG_WARN, "head not anchored", "by", a.by, "why", wv_slice_of(err.text), NULL);
	wv_buf_done(&a.request);
	wv_buf_done(&a.answer);
}

void wv_anchors_ask(struct wv_command_context *c, const struct wv_settings *settings)
{
	if (settings->proof.tsa_url.n)
		ask_one(c, "tsa", settings->proof.tsa_url, ask_authority, settings);
	if (settings->proof.hook.n)
		ask_one(c, "hook", settings->proof.hook, tell_hook, settings);
}
