/* The pages: parameters of a request become questions of archive/view. */
#include "archive/serve/routes.h"
#include "archive/proof/prove.h"
#include "archive/view/about.h"
#include "archive/view/cluster.h"
#include "archive/view/frame.h"
#include "archive/view/front.h"
#include "archive/view/snapshot.h"
#include "archive/view/story.h"

enum wv_status wv_route_front(struct wv_call *call, struct wv_err *err)
{
	return wv_view_front(&call->visit, &call->answer->body, err);
}

/* A page about one capture, by its ID behind the route's prefix. */
typedef enum wv_status (*view_fn)(struct wv_visit *visit, uint64_t id, struct wv_fact *refusal,
                                  struct wv_buf *out, struct wv_err *err);

static enum wv_status answer_id(struct wv_call *call, view_fn view, struct wv_err *err)
{
	struct wv_fact refusal = {0};
	uint64_t id;
	enum wv_status st = wv_call_id(call, call->rest, &id, err);

	if (st == WV_OK)
		st = view(&call->visit, id, &refusal, &call->answer->body, err);
	return st == WV_NO ? wv_call_refuse_id(call, id, &refusal, err) : st;
}

enum wv_status wv_route_snapshot(struct wv_call *call, struct wv_err *err)
{
	enum wv_status st = wv_call_around(call, err);

	return st == WV_OK ? answer_id(call, wv_view_snapshot, err) : st;
}

enum wv_status wv_route_cluster(struct wv_call *call, struct wv_err *err)
{
	return answer_id(call, wv_view_cluster, err);
}

enum wv_status wv_route_story(struct wv_call *call, struct wv_err *err)
{
	enum wv_status st = wv_call_around(call, err);

	wv_call_settle_story(call, call->rest, WV_STORY_LINKS, !call->visit.has_as_of);
	return st == WV_OK ? answer_id(call, wv_view_story, err) : st;
}

enum wv_status wv_route_about(struct wv_call *call, struct wv_err *err)
{
	enum wv_status st = wv_call_take_tally(call, err);

	if (st == WV_OK)
		st = wv_view_about(&call->visit, &call->answer->body, err);
	wv_call_give_tally(call);
	return st;
}

/* The as-of bar's form: back to the page it stands on, at the instant that was typed. */
enum wv_status wv_route_travel(struct wv_call *call, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf to = {.cap = 64 * 1024};
	struct wv_slice self, as_of;
	struct wv_time_range when;
	char text[WV_TIME_TEXT_MAX];
	enum wv_status st;

	/* Only to a path of ours: "//host" and "/\host" would leave. */
	if (!wv_http_parameter(call->request, "to", &self) || !self.n || self.p[0] != '/' ||
	    (self.n > 1 && (self.p[1] == '/' || self.p[1] == '\\')))
		self = WV_LIT("/");
	wv_buf_add(&to, self);
	if (wv_http_parameter(call->request, "as-of", &as_of) && wv_slice_trim(as_of).n) {
		st = wv_time_parse(wv_slice_trim(as_of), call->visit.now, &when, err);
		if (st != WV_OK)
			return st;
		wv_buf_add_format(&to, "%cas-of=%s",
		                  wv_slice_find_byte(self, '?', 0) == SIZE_MAX ? '?' : '&',
		                  wv_time_print(when.first, text));
	}
	st = wv_buf_finish(&to, "address", err);
	if (st != WV_OK)
		return st;
	call->answer->status = 303;
	wv_http_add_foreign(call->answer, call->request, "Location", wv_buf_slice(&to));
	return WV_OK;
}

static enum wv_status answer_asset(struct wv_call *call, struct wv_slice bytes,
                                   const char *version, const char *ending, const char *type)
{
	struct wv_slice rest = call->rest;

	/* Its address has its digest: it never changes. */
	if (!wv_slice_starts(rest, wv_slice_of(version)) ||
	    !wv_slice_equals(wv_slice_from(rest, wv_slice_of(version).n), wv_slice_of(ending)))
		return WV_NO;
	wv_http_add(call->answer, call->request, "Content-Type", wv_slice_of(type));
	wv_http_add(call->answer, call->request, "Cache-Control",
	            WV_LIT("public, max-age=31536000, immutable"));
	wv_buf_add(&call->answer->body, bytes);
	return WV_OK;
}

enum wv_status wv_route_style(struct wv_call *call, struct wv_err *err)
{
	(void)err;
	return answer_asset(call, wv_slice(wv_style_sheet, wv_style_sheet_bytes),
	                    wv_style_sheet_version, ".css", "text/css; charset=utf-8");
}

enum wv_status wv_route_script(struct wv_call *call, struct wv_err *err)
{
	(void)err;
	return answer_asset(call, wv_slice(wv_page_script, wv_page_script_bytes),
	                    wv_page_script_version, ".js", "text/javascript; charset=utf-8");
}

enum wv_status wv_route_check(struct wv_call *call, struct wv_err *err)
{
	(void)err;
	wv_http_add(call->answer, call->request, "Content-Type", WV_LIT("text/x-shellscript; charset=utf-8"));
	wv_buf_add(&call->answer->body, wv_slice(wv_check_script, wv_check_script_bytes));
	return WV_OK;
}
