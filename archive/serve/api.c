#include "archive/serve/api.h"

#include "archive/exchange/jsonl.h"
#include "archive/serve/api_parts.h"
#include "archive/view/frame.h"
#include "archive/view/html.h"

/* --- the table --- */

static const struct entry {
	const char *name;  /* behind /api/ */
	bool takes_id;
	enum wv_status (*answer)(struct wv_api *api, struct wv_err *err);
	const char *parameters, *about, *example;
} entries[] = {
	{"latest", false, wv_api_latest, "source category from to limit after",
	 "Captures, newest first, with the head of their articles. `after`: the ID with which the "
	 "answer before ended.", "latest?limit=10"},
	{"search", false, wv_api_search, "q source category lang topic verdict from to sort skip limit",
	 "Full text, one hit a page: the query language of the search page. Fields may repeat. "
	 "sort=time: newest first. `facets` counts by field.", "search?q=harbour&lang=en"},
	{"snapshot/", true, wv_api_snapshot, "",
	 "A capture: where it is from, what it was, and its article with what was taken off.",
	 "snapshot/12"},
	{"history", false, wv_api_history, "url from to",
	 "A page over time: versions with what changed, headlines, when it was gone.",
	 "history?url=https://news.example/a"},
	{"compare", false, wv_api_compare, "from to",
	 "Two captures, by their IDs: changed figures, names and quotes first, then every paragraph.",
	 "compare?from=12&to=15"},
	{"cluster/", true, wv_api_cluster, "",
	 "Who carries the text of a capture, in order of publication.", "cluster/12"},
	{"story/", true, wv_api_story, "",
	 "What else reports the event of a capture, in any language, and what both mention. Without "
	 "`complete` only who carries its very text; `missing` says what there may be besides.",
	 "story/12"},
	{"sources", false, wv_api_sources, "", "Every source with its captures, their bytes, and its first and last day, as of now.",
	 "sources"},
	{"categories", false, wv_api_categories, "",
	 "How many pages there are of each source, category, language, topic and verdict.",
	 "categories"},
	{"totals", false, wv_api_totals, "", "The archive in numbers, as of now: what may be shown. `behind`: captures not counted yet.", "totals"},
};

static const struct {
	const char *address, *about;
} protocols[] = {
	{"/timegate/as-of=T&known-at=K/URL", "each of the addresses below that end in a URL takes an "
	                                     "instant so, before the URL, whose own parameters follow "
	                                     "it; /cdx takes them as parameters. X-Known-At names the K "
	                                     "of an answer"},
	{"/timegate/URL", "Memento TimeGate (RFC 7089): Accept-Datetime, 302 to the nearest memento; of "
	                  "two equally near the earlier"},
	{"/timemap/link/URL", "TimeMap as application/link-format, in pages of 5,000"},
	{"/timemap/json/URL", "the same as JSON"},
	{"/timemap/cdxj/URL", "the same as CDXJ"},
	{"/web/YYYYMMDDhhmmss/URL", "a memento, in a page of ours; with if_ behind the time the archived "
	                            "page alone, with id_ its bytes, of which a Range may be asked for"},
	{"/cdx?url=URL", "the index: matchType=exact|prefix|host|domain from to as-of known-at limit offset "
	                 "fastLatest sort=reverse|closest closest filter=[!][=|~]FIELD:PATTERN fl "
	                 "output=text|json|cdxj collapse=FIELD[:N] resumeKey showResumeKey page pageSize "
	                 "showNumPages. At most 10,000 rows or a second an answer; X-Resume-Key says where "
	                 "to go on. Not here: showDupeCount, showSkipCount, lastSkipTimestamp, "
	                 "resolveRevisits, showPagedIndex, output=link, fields filename and offset"},
	{"/proof/ID", "the proof that a capture is in the log, checked by a shell script"},
	{"/feed/NAME.atom, /feed/NAME.json", "a subscription as Atom or JSON Feed"},
	{"/healthz, /metrics", "is all well; figures for Prometheus"},
};

static void document(struct wv_call *call)
{
	const struct wv_frame frame = {.title = WV_LIT("API"),
	                               .place = WV_PLACE_COUNT,
	                               .self = {.place = WV_PLACE_API},
	                               .wide = "wide"};
	struct wv_buf *out = &call->answer->body;

	wv_frame_open(out, &call->visit, &frame);
	wv_html(out, "<div lang=\"en\">\n<h1>API</h1>\n<p>Everything that the pages show, as JSON. All but "
	             "the figures of now take <code>as-of</code> and <code>known-at</code>; an answer names the "
	             "<code>known_at</code> it used, and with both it is the same for ever. Fields are "
	             "added, never changed in meaning. What is not here is 404, what was taken down 404, "
	             "451 or 410, a question that cannot be read 400 with <code>error</code>.</p>\n<dl>\n");
	for (size_t i = 0; i < WV_COUNT(entries); i++) {
		wv_html(out, "<dt><a");
		wv_buf_add_format(out, " href=\"/api/%s\"><code>/api/%s%s</code></a>", entries[i].example,
		                  entries[i].name, entries[i].takes_id ? "ID" : "");
		if (entries[i].parameters[0])
			wv_buf_add_format(out, " <small>%s</small>", entries[i].parameters);
		wv_html(out, "</dt>\n<dd>");
		wv_html_text(out, wv_slice_of(entries[i].about));
		wv_html(out, "</dd>\n");
	}
	wv_html(out, "</dl>\n<h2>Protocols</h2>\n<dl>\n");
	for (size_t i = 0; i < WV_COUNT(protocols); i++) {
		wv_html(out, "<dt><code>");
		wv_html_text(out, wv_slice_of(protocols[i].address));
		wv_html(out, "</code></dt>\n<dd>");
		wv_html_text(out, wv_slice_of(protocols[i].about));
		wv_html(out, "</dd>\n");
	}
	wv_html(out, "</dl>\n</div>\n");
	wv_frame_close(out, &call->visit);
}

static void list(struct wv_call *call)
{
	struct wv_json_writer w;

	wv_json_begin(&w, &call->answer->body);
	wv_json_open_array(&w, NULL);
	for (size_t i = 0; i < WV_COUNT(entries); i++) {
		wv_json_open_object(&w, NULL);
		wv_json_string(&w, "path", wv_arena_format(call->request->arena, "/api/%s%s",
		                                           entries[i].name,
		                                           entries[i].takes_id ? "{id}" : ""));
		wv_json_string(&w, "parameters", wv_slice_of(entries[i].parameters));
		wv_json_string(&w, "about", wv_slice_of(entries[i].about));
		wv_json_string(&w, "example", wv_arena_format(call->request->arena, "/api/%s",
		                                              entries[i].example));
		wv_json_close(&w);
	}
	wv_json_close(&w);
	wv_buf_add_byte(&call->answer->body, '\n');
}

static enum wv_status answer_entry(struct wv_call *call, const struct entry *entry,
                                   struct wv_slice rest, struct wv_err *err)
{
	struct wv_json_writer w;
	struct wv_api api = {call, &w, rest};
	enum wv_status st;

	if (entry->answer == wv_api_story)
		wv_call_settle_story(call, rest, WV_API_STORY_LINKS, false);
	wv_json_begin(&w, &call->answer->body);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_time(&w, "known_at", call->visit.known_at);
	if (call->visit.has_as_of)
		wv_json_time(&w, "as_of", call->visit.at);
	if (call->visit.is_simulated)
		wv_json_string(&w, "clock", WV_LIT("simulated"));
	st = entry->answer(&api, err);
	/* A refusal has written its own. */
	if (st == WV_OK && call->answer->status / 100 != 4) {
		wv_json_close(&w);
		wv_buf_add_byte(&call->answer->body, '\n');
	}
	return st;
}

enum wv_status wv_route_api(struct wv_call *call, struct wv_err *err)
{
	if (!call->rest.n) {
		call->kind = WV_ROUTE_PAGE;
		document(call);
		return WV_OK;
	}
	if (wv_slice_equals(call->rest, WV_LIT("index.json"))) {
		list(call);
		return WV_OK;
	}
	for (size_t i = 0; i < WV_COUNT(entries); i++) {
		struct wv_slice name = wv_slice_of(entries[i].name);

		if (entries[i].takes_id ? wv_slice_starts(call->rest, name)
		                        : wv_slice_equals(call->rest, name))
			return answer_entry(call, &entries[i], wv_slice_from(call->rest, name.n), err);
	}
	return WV_NO;
}
