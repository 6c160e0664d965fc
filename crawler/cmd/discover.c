#include "config/base/inflate.h"
#include "config/base/limits.h"
#include "config/url.h"
#include "crawler/cmd/command.h"
#include "crawler/discover/feed.h"
#include "crawler/discover/kind.h"
#include "crawler/discover/links.h"
#include "crawler/discover/sitemap.h"
#include "crawler/page/charset.h"
#include "crawler/page/scan.h"

/* One file's memory; a sitemap gives its entries one by one, so a list of links is the most. */
#define FILE_ARENA_BYTES ((size_t)1024 * WV_MIB)
#define TITLE_BYTES      WV_LIMIT_TITLE_BYTES
#define FLUSH_BYTES      (64u * WV_KIB)

struct discover_run {
	struct wv_command_context *context;
	struct wv_arena *arena; /* emptied before each file */
	struct wv_times_context times;
	struct wv_slice url;
	const char *path;       /* of the file at hand */
	enum wv_status flushed; /* what writing said, inside callbacks */
	struct wv_err *err;
	size_t read, failed;
};

static void put_time(struct wv_json_writer *json, const char *key,
                     const struct wv_stated_time *time)
{
	wv_json_string_or_null(json, key, time->is_set ? time->text : WV_SLICE_NONE);
}

struct found {
	struct wv_slice url, title;
	const char *kind;
	const struct wv_stated_time *lastmod, *published;
};

static void put_found(struct discover_run *run, const struct found *found)
{
	static const struct wv_stated_time none = {.is_set = false};
	struct wv_json_writer json;

	wv_json_begin(&json, run->context->out);
	wv_json_open_object(&json, NULL);
	wv_json_int(&json, "v", 1);
	wv_json_string(&json, "file", wv_slice_of(run->path));
	wv_json_string_or_null(&json, "url", found->url);
	wv_json_string(&json, "kind", wv_slice_of(found->kind));
	put_time(&json, "lastmod", found->lastmod ? found->lastmod : &none);
	put_time(&json, "published", found->published ? found->published : &none);
	wv_json_string_or_null(&json, "title", found->title);
	wv_json_close(&json);
	wv_buf_add_byte(run->context->out, '\n');
	if (run->flushed == WV_OK && run->context->out->n >= FLUSH_BYTES)
		run->flushed = wv_command_flush(run->context, run->err);
}

static void put_failure(struct discover_run *run, enum wv_status status, const struct wv_err *why)
{
	struct wv_json_writer json;

	wv_json_begin(&json, run->context->out);
	wv_json_open_object(&json, NULL);
	wv_json_int(&json, "v", 1);
	wv_json_string(&json, "file", wv_slice_of(run->path));
	wv_json_string(&json, "error", wv_slice_of(why->text));
	wv_json_string(&json, "status", wv_slice_of(wv_status_name(status)));
	wv_json_close(&json);
	wv_buf_add_byte(run->context->out, '\n');
	run->failed++;
}

static enum wv_status from_feed(struct discover_run *run, struct wv_slice body, struct wv_err *why)
{
	struct wv_feed_context context = {.url = run->url, .times = run->times};
	struct wv_feed feed;
	enum wv_status st = wv_feed_parse(run->arena, body, &context, &feed, why);

	for (size_t i = 0; st == WV_OK && i < feed.item_count && run->flushed == WV_OK; i++) {
		struct found found = {.url = feed.items[i].url,
		                      .kind = "feed-item",
		                      .lastmod = &feed.items[i].updated,
		                      .published = &feed.items[i].published,
		                      .title = feed.items[i].title};

		put_found(run, &found);
	}
	if (st == WV_OK && feed.dropped > 0)
		wv_command_note(run->context, "%s: %zu items above %u left out", run->path,
		                feed.dropped, WV_LIMIT_FEED_ITEMS);
	return st;
}

static bool each_entry(void *user, const struct wv_sitemap_entry *entry)
{
	struct discover_run *run = user;
	struct found found = {.url = entry->url,
	                      .kind = entry->kind == WV_SITEMAP_INDEX ? "sitemap-index" : "sitemap",
	                      .lastmod = &entry->lastmod,
	                      .published = &entry->published,
	                      .title = entry->news_title};

	put_found(run, &found);
	return run->flushed == WV_OK;
}

static enum wv_status from_sitemap(struct discover_run *run, struct wv_slice body,
                                   struct wv_err *why)
{
	struct wv_sitemap_context context = {
		.url = run->url, .times = run->times, .user = run, .each = each_entry};
	WV_AUTO(wv_sitemap_free) struct wv_sitemap *sitemap = NULL;
	struct wv_sitemap_result result;
	enum wv_status st = wv_sitemap_new(&context, &sitemap, why);

	if (st == WV_OK)
		st = wv_sitemap_feed(sitemap, body, why);
	if (st == WV_OK)
		st = wv_sitemap_finish(sitemap, &result, why);
	if (st != WV_OK)
		return st;
	if (result.kind == WV_SITEMAP_NONE)
		return wv_err_set(why, WV_BAD_INPUT, "not a sitemap");
	if (result.refused + result.dropped > 0 || result.is_too_large)
		wv_command_note(run->context, "%s: %zu entries refused, %zu above %u left out%s",
		                run->path, result.refused, result.dropped, WV_LIMIT_SITEMAP_URLS,
		                result.is_too_large ? ", too large: not read to its end" : "");
	return WV_OK;
}

/* NULL for what a page refers to but does not lead to. */
static const char *kind_of_link(enum wv_link_kind kind)
{
	switch (kind) {
	case WV_LINK_PAGE:
	case WV_LINK_NEXT:
	case WV_LINK_REFRESH:
	case WV_LINK_FRAME:
		return "page-link";
	case WV_LINK_FEED:
		return "feed";
	case WV_LINK_SITEMAP:
		return "sitemap-index";
	default:
		return NULL;
	}
}

/* rel=next and a plain link to one page are two kinds, but one line. */
static bool is_said_already(const struct wv_links *links, size_t at)
{
	for (size_t i = 0; i < at && links->links[at].kind != WV_LINK_PAGE; i++) {
		if (links->links[i].kind == WV_LINK_PAGE &&
		    wv_slice_equals(links->links[i].url, links->links[at].url))
			return true;
	}
	return false;
}

static enum wv_status from_page(struct discover_run *run, const struct wv_charset_text *text,
                                struct wv_err *why)
{
	struct wv_scan scan;
	struct wv_links links;
	enum wv_status st = wv_scan_page(run->arena, text->text, WV_SCAN_LINKS, &scan, why);

	if (st == WV_OK)
		st = wv_links_find(run->arena, &scan, run->url, text->name, WV_LINKS_PAGES, &links,
		                   why);
	if (st != WV_OK)
		return st;
	for (size_t i = 0; i < links.count && run->flushed == WV_OK; i++) {
		struct found found = {.url = links.links[i].url,
		                      .kind = kind_of_link(links.links[i].kind)};

		if (!found.kind || is_said_already(&links, i))
			continue;
		found.title = wv_link_text(run->arena, &links.links[i], TITLE_BYTES);
		put_found(run, &found);
	}
	if (links.dropped > 0)
		wv_command_note(run->context, "%s: %zu references above %u left out", run->path,
		                links.dropped, WV_LIMIT_LINKS_PER_PAGE);
	return WV_OK;
}

static bool is_gzip(struct wv_slice body)
{
	return wv_slice_starts(body, WV_LIT("\x1F\x8B"));
}

/* Decoded text decides what it is; a sitemap is read from its bytes, piece by piece. */
static enum wv_status from_bytes(struct discover_run *run, struct wv_slice body,
                                 struct wv_err *why)
{
	WV_AUTO(wv_buf_done) struct wv_buf inflated = {0};
	struct wv_charset_hints hints = {.is_xml = false};
	struct wv_charset_text text;
	struct wv_slice plain = body;
	enum wv_status st = WV_OK;

	wv_buf_init(&inflated, WV_LIMIT_SITEMAP_BYTES + WV_MIB);
	if (is_gzip(body)) {
		struct wv_inflate_caps caps = {.out_bytes = WV_LIMIT_SITEMAP_BYTES,
		                               .ratio = WV_LIMIT_INFLATE_RATIO,
		                               .ratio_free = WV_LIMIT_INFLATE_RATIO_FREE};

		/* A cut or oversized one is read as far as it goes. */
		st = wv_inflate_all(WV_INFLATE_GZIP, caps, body, &inflated, why);
		if (st == WV_NOMEM || (st != WV_OK && inflated.n == 0))
			return st;
		plain = wv_buf_slice(&inflated);
	}
	st = wv_charset_decode(run->arena, plain, &hints, &text, why);
	if (st != WV_OK)
		return st;
	switch (wv_discover_kind_of(text.text)) {
	case WV_DISCOVER_FEED:
		return from_feed(run, plain, why);
	case WV_DISCOVER_SITEMAP:
		return from_sitemap(run, body, why);
	case WV_DISCOVER_HTML:
		return from_page(run, &text, why);
	case WV_DISCOVER_OTHER:
		break;
	}
	return wv_err_set(why, WV_BAD_INPUT, "neither a page nor a feed nor a sitemap");
}

static enum wv_status one_file(struct discover_run *run, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf body = {0};
	struct wv_err why = WV_ERR_NONE;
	enum wv_status st;

	wv_arena_reset(run->arena);
	wv_buf_init(&body, WV_LIMIT_BODY_BYTES_MAX);
	st = wv_command_read_file(run->path, WV_LIMIT_BODY_BYTES_MAX, &body, &why);
	if (st == WV_OK) {
		run->read++;
		st = from_bytes(run, wv_buf_slice(&body), &why);
	}
	if (run->flushed != WV_OK)
		return run->flushed;
	if (st == WV_NOMEM)
		return wv_err_set(err, st, "%s: %s", run->path, why.text);
	if (st != WV_OK)
		put_failure(run, st, &why);
	return wv_command_flush(run->context, err);
}

static enum wv_status run_discover(struct wv_command_context *context, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	const char *url = wv_command_option(context, "url");
	struct discover_run run = {.context = context, .err = err};
	struct wv_url parsed;
	enum wv_status st;

	if (!url)
		return wv_err_set(err, WV_USAGE, "give --url: where the files came from");
	run.times.fetched = wv_clock_now(context->clock);
	st = wv_command_time(context, "fetched", false, &run.times.fetched, err);
	if (st == WV_OK)
		st = wv_url_parse(context->arena, wv_slice_of(url), NULL, &parsed, err);
	if (st == WV_OK && !wv_url_is_web(&parsed))
		st = wv_err_set(err, WV_USAGE, "'%s' is no http or https address", url);
	if (st == WV_OK)
		st = wv_arena_new(FILE_ARENA_BYTES, &arena, err);
	if (st != WV_OK)
		return st;
	run.arena = arena;
	run.url = wv_slice_of(url);
	for (int i = 0; i < context->argument_count && st == WV_OK; i++) {
		run.path = context->arguments[i];
		st = one_file(&run, err);
	}
	if (st != WV_OK)
		return st;
	if (run.failed == 0)
		return WV_OK;
	return run.read == 0 ? wv_err_set(err, WV_MISSING, "no input could be read") : WV_NO;
}

static const struct wv_option options[] = {
	{.name = "url",
	 .argument = "URL",
	 .help = "Where the files came from: relative links are resolved against it"},
	{.name = "fetched",
	 .argument = "T",
	 .help = "When they were fetched, if not now: times after it are refused"},
};

static const char *const details[] = {
	"Reads saved pages, feeds (RSS, Atom, JSON Feed) and sitemaps (XML, plain text, gzip) and "
	"prints one JSON object a line for each URL they lead to. What a file is, its content "
	"says. No archive is needed and none is made.",
	"Kinds: \"feed-item\", an entry of a feed; \"sitemap\", an entry of a sitemap; "
	"\"sitemap-index\", a further sitemap; \"page-link\", a link of a page; \"feed\", a feed "
	"that a page names.",
	"A file that is none of these or cannot be read gets a line with \"error\" and makes the "
	"exit code 1, or 66 if none could be read. What a damaged file still says is printed.",
	NULL,
};

static const char *const examples[] = {
	"wirevault discover --url https://www.example.com/feed feed.xml",
	"the items of a feed",
	"wirevault discover --url https://www.example.com/ index.html",
	"the links of a page, and the feeds it names",
	NULL,
};

const struct wv_command wv_command_discover = {
	.name = "discover",
	.summary = "list the URLs that saved pages, feeds and sitemaps lead to",
	.arguments = "--url URL FILE...",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 1,
	.max_arguments = -1,
	.flags = WV_COMMAND_NO_SETTINGS | WV_COMMAND_JSON_ALWAYS,
	.run = run_discover,
};
