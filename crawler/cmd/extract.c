#include <stdio.h>

#include "archive/store/article.h"
#include "config/base/limits.h"
#include "config/zone.h"
#include "crawler/cmd/article_json.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/extract_archive.h"
#include "crawler/cmd/wait_lock.h"
#include "crawler/page/extract.h"
#include "crawler/page/html.h"

/* One page's memory: decoded text, scan, tree and article together. */
#define PAGE_ARENA_BYTES (256u * WV_MIB)
#define LIST_BYTES       (64u * WV_MIB)
#define FLUSH_BYTES      (64u * WV_KIB)

struct extract_run {
	struct wv_command_context *context;
	struct wv_arena *arena; /* emptied before each page */
	struct wv_html_parser *parser;
	const struct wv_zone *zone; /* of --timezone, or NULL */
	bool explain;
	size_t read, failed;
};

struct extract_job {
	const char *path;
	struct wv_slice url, content_type;
	struct wv_time fetched;
};

static void put_time(struct wv_json_writer *json, const char *key, const char *earliest_key,
                     const char *latest_key, const char *basis_key, const char *found_key,
                     const char *raw_key, const struct wv_stated_time *time)
{
	static const char *const basis[] = {"date", "explicit", "source", "assumed"};

	if (!time->is_set) {
		wv_json_null(json, key);
		wv_json_null(json, earliest_key);
		wv_json_null(json, latest_key);
		wv_json_null(json, basis_key);
		return;
	}
	wv_json_string(json, key, time->text);
	wv_json_time(json, earliest_key, time->earliest);
	wv_json_time(json, latest_key, time->latest);
	wv_json_string(json, basis_key, wv_slice_of(basis[time->zone]));
	wv_json_string(json, found_key, time->found);
	wv_json_string(json, raw_key, time->raw);
}

static const char *block_kind(enum wv_block_kind kind)
{
	static const char *const names[] = {"paragraph", "heading", "item", "quote",
					    "code",      "row",     "update"};

	return (unsigned)kind < WV_COUNT(names) ? names[kind] : "paragraph";
}

static void put_explanation(struct wv_json_writer *json, const struct wv_article *article)
{
	wv_json_open_array(json, "blocks");
	for (size_t i = 0; i < article->block_count; i++) {
		wv_json_open_object(json, NULL);
		wv_json_string(json, "kind", wv_slice_of(block_kind(article->blocks[i].kind)));
		wv_json_string(json, "text", article->blocks[i].text);
		wv_json_close(json);
	}
	wv_json_close(json);
	wv_json_open_array(json, "removed");
	for (size_t i = 0; i < article->removed_count; i++) {
		wv_json_open_object(json, NULL);
		wv_json_string(json, "reason", article->removed[i].reason);
		wv_json_string(json, "text", article->removed[i].text);
		wv_json_close(json);
	}
	wv_json_close(json);
}

static void put_text(struct wv_json_writer *json, struct wv_arena *arena,
                     const struct wv_article *article)
{
	struct wv_slice text;

	if (wv_article_text(article, arena, &text, NULL) == WV_OK)
		wv_json_string(json, "text", text);
	else
		wv_json_null(json, "text");
}

static void put_strings(struct wv_json_writer *json, const char *key, const struct wv_slice *list,
                        size_t count)
{
	wv_json_open_array(json, key);
	for (size_t i = 0; i < count; i++)
		wv_json_string(json, NULL, list[i]);
	wv_json_close(json);
}

static void put_article(struct extract_run *run, const struct extract_job *job,
                        const struct wv_article *article)
{
	struct wv_json_writer writer, *json = &writer;

	wv_json_begin(json, run->context->out);
	wv_json_open_object(json, NULL);
	wv_json_int(json, "v", 1);
	wv_json_string(json, "file", wv_slice_of(job->path));
	wv_json_string_or_null(json, "url", job->url);
	wv_json_string_or_null(json, "title", article->title);
	put_strings(json, "authors", article->authors, article->author_count);
	put_time(json, "published", "published_earliest", "published_latest", "published_basis",
		 "published_found", "published_raw", &article->published);
	put_time(json, "modified", "modified_earliest", "modified_latest", "modified_basis",
		 "modified_found", "modified_raw", &article->modified);
	wv_json_string_or_null(json, "source", article->publisher);
	wv_json_string_or_null(json, "wire", article->wire);
	wv_json_string_or_null(json, "dateline", article->dateline);
	wv_json_string_or_null(json, "category", article->category);
	wv_json_string_or_null(json, "category_basis", article->category_basis);
	wv_json_string_or_null(json, "language", article->language);
	wv_json_string_or_null(json, "language_basis", article->language_basis);
	wv_json_string_or_null(json, "charset", article->charset);
	wv_json_string_or_null(json, "charset_basis", article->charset_basis);
	wv_json_u64(json, "charset_errors", article->charset_errors);
	wv_json_string(json, "verdict", wv_slice_of(wv_verdict_name(article->verdict)));
	wv_json_string_or_null(json, "reason", article->reason);
	wv_json_string_or_null(json, "canonical", article->canonical);
	wv_json_string_or_null(json, "amp", article->amp);
	wv_json_string_or_null(json, "next_page", article->next_page);
	wv_json_string_or_null(json, "image", article->image);
	wv_json_string_or_null(json, "image_caption", article->image_caption);
	wv_json_string_or_null(json, "description", article->description);
	put_strings(json, "keywords", article->keywords, article->keyword_count);
	if (article->is_free < 0)
		wv_json_null(json, "free");
	else
		wv_json_bool(json, "free", article->is_free == 1);
	wv_json_u64(json, "extractor", article->extractor);
	wv_json_u64(json, "model", article->model);
	put_text(json, run->arena, article);
	wv_article_json_items(json, article);
	wv_article_json_origins(json, article);
	if (run->explain)
		put_explanation(json, article);
	wv_json_close(json);
	wv_buf_add_byte(run->context->out, '\n');
}

static void put_failure(struct extract_run *run, const struct extract_job *job, enum wv_status st,
                        const struct wv_err *why)
{
	struct wv_json_writer json;

	run->failed++;
	wv_json_begin(&json, run->context->out);
	wv_json_open_object(&json, NULL);
	wv_json_int(&json, "v", 1);
	wv_json_string(&json, "file", wv_slice_of(job->path));
	wv_json_string(&json, "error", wv_slice_of(why->text));
	wv_json_string(&json, "status", wv_slice_of(wv_status_name(st)));
	wv_json_close(&json);
	wv_buf_add_byte(run->context->out, '\n');
}

static enum wv_status extract_one(struct extract_run *run, const struct extract_job *job,
                                  struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf body = {0};
	struct wv_err why = WV_ERR_NONE;
	struct wv_article article;
	enum wv_status st;

	wv_arena_reset(run->arena);
	wv_buf_init(&body, WV_LIMIT_BODY_BYTES_MAX);
	st = wv_command_read_file(job->path, WV_LIMIT_BODY_BYTES_MAX, &body, &why);
	if (st == WV_OK) {
		struct wv_extract_input input = {
			.body = wv_buf_slice(&body),
			.content_type = job->content_type,
			.url = job->url,
			.fetched = job->fetched,
			.source_zone = run->zone,
			.parser = run->parser,
		};

		run->read++;
		st = wv_extract(&input, run->arena, &article, &why);
	}
	if (st == WV_OK)
		put_article(run, job, &article);
	else
		put_failure(run, job, st, &why);
	if (run->context->out->n >= FLUSH_BYTES)
		return wv_command_flush(run->context, err);
	return WV_OK;
}

/* file TAB url [TAB fetched-at [TAB content-type]] */
static enum wv_status read_line(struct wv_slice line, struct wv_arena *arena, size_t number,
                                const char *list, struct extract_job *job, struct wv_err *err)
{
	struct wv_cursor cursor = wv_cursor(line);
	struct wv_slice path = wv_cursor_until(&cursor, '\t');
	struct wv_slice fetched;

	*job = (struct extract_job){.fetched = WV_TIME_NONE};
	job->path = wv_arena_string(arena, path);
	if (!job->path)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	job->url = wv_slice_trim(wv_cursor_until(&cursor, '\t'));
	fetched = wv_slice_trim(wv_cursor_until(&cursor, '\t'));
	job->content_type = wv_slice_trim(wv_cursor_until(&cursor, '\t'));
	if (fetched.n > 0) {
		struct wv_time_range range;
		enum wv_status st = wv_time_parse(fetched, WV_TIME_NONE, &range, err);

		if (st != WV_OK)
			return wv_err_add(err, st, "'%s', line %zu", list, number);
		job->fetched = range.first;
	}
	return WV_OK;
}

static enum wv_status extract_list(struct extract_run *run, const char *list, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {0};
	struct wv_cursor cursor;
	struct wv_slice line;
	size_t number = 0;
	enum wv_status st;

	wv_buf_init(&text, LIST_BYTES);
	st = wv_command_read_file(list, LIST_BYTES, &text, err);
	if (st != WV_OK)
		return st;
	cursor = wv_cursor(wv_buf_slice(&text));
	while (st == WV_OK && wv_cursor_line(&cursor, &line)) {
		struct extract_job job;

		number++;
		if (wv_slice_trim(line).n == 0)
			continue;
		st = read_line(line, run->context->arena, number, list, &job, err);
		if (st == WV_OK)
			st = extract_one(run, &job, err);
	}
	return st;
}

static enum wv_status run_all(struct extract_run *run, struct wv_err *err)
{
	struct wv_command_context *context = run->context;
	const char *url = wv_command_option(context, "url");
	const char *list = wv_command_option(context, "list");
	enum wv_status st = WV_OK;

	if (url && (context->argument_count != 1 || list))
		return wv_err_set(err, WV_USAGE, "option --url belongs to exactly one FILE");
	if (!list && context->argument_count == 0)
		return wv_err_set(err, WV_USAGE, "give FILE or --list");
	if (list)
		st = extract_list(run, list, err);
	for (int i = 0; i < context->argument_count && st == WV_OK; i++) {
		struct extract_job job = {.path = context->arguments[i],
					  .url = wv_slice_of(url),
					  .fetched = WV_TIME_NONE};

		st = wv_command_time(context, "fetched", false, &job.fetched, err);
		if (st == WV_OK)
			st = extract_one(run, &job, err);
	}
	if (st == WV_OK)
		st = wv_command_flush(context, err);
	if (st != WV_OK)
		return st;
	if (run->failed == 0)
		return WV_OK;
	return run->read == 0 ? wv_err_set(err, WV_MISSING, "no input could be read") : WV_NO;
}

static enum wv_status check_options(const struct wv_command_context *context, struct wv_err *err)
{
	static const char *const of_files[] = {"explain", "url", "fetched", "timezone", "list"};
	bool from_archive = wv_command_has(context, "from-archive");

	for (size_t i = 0; from_archive && i < WV_COUNT(of_files); i++)
		if (wv_command_has(context, of_files[i]))
			return wv_err_set(err, WV_USAGE, "--%s does not go with --from-archive",
			                  of_files[i]);
	if (!from_archive && wv_command_has(context, "source"))
		return wv_err_set(err, WV_USAGE, "--source belongs to --from-archive");
	if (!from_archive && wv_command_has(context, "wait"))
		return wv_err_set(err, WV_USAGE, "--wait belongs to --from-archive");
	return WV_OK;
}

static enum wv_status run_extract(struct wv_command_context *context, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_html_parser_free) struct wv_html_parser *parser = NULL;
	WV_AUTO(wv_zones_free) struct wv_zones *zones = NULL;
	struct extract_run run = {.context = context,
				  .explain = wv_command_has(context, "explain")};
	const char *zone = wv_command_option(context, "timezone");
	enum wv_status st = check_options(context, err);

	if (st != WV_OK)
		return st;
	if (wv_command_has(context, "from-archive"))
		return wv_extract_from_archive(context, err);
	st = wv_arena_new(PAGE_ARENA_BYTES, &arena, err);
	if (st == WV_OK)
		st = wv_html_parser_new(context->clock, &parser, err);
	if (st == WV_OK)
		st = wv_zones_new(&zones, err);
	if (st == WV_OK && zone)
		st = wv_zones_get(zones, wv_slice_of(zone), &run.zone, err);
	if (st != WV_OK)
		return st;
	run.arena = arena;
	run.parser = parser;
	return run_all(&run, err);
}

static const struct wv_option options[] = {
	{.name = "explain",
	 .help = "Add the blocks kept, and those removed with their reasons"},
	{.name = "url", .argument = "URL", .help = "The page's address, for one FILE"},
	{.name = "fetched",
	 .argument = "T",
	 .help = "When the page was fetched: relative and yearless dates need it"},
	{.name = "timezone",
	 .argument = "ZONE",
	 .help = "Zone of times that name none, such as Asia/Shanghai"},
	{.name = "list",
	 .argument = "FILE.tsv",
	 .help = "Read lines of file TAB url [TAB fetched-at [TAB content-type]]"},
	{.name = "from-archive",
	 .help = "Read the archive's captures anew, all or those of URL..., and those never read"},
	{.name = "source", .argument = "S", .help = "With --from-archive: only this source's"},
	WV_WAIT_LOCK_OPTION,
};

static const char *const details[] = {
	"Separates the article of each page from everything around it and prints one JSON object "
	"a line: title, authors, times with their basis, source, category, language, charset, "
	"verdict, text. No archive is needed and none is made.",
	"Times are never guessed beyond what the page says: \"published\" keeps the page's own "
	"offset, a bare date stays one, and the earliest and latest instant it can mean stand "
	"beside it.",
	"\"origins\" says where the value of each field stood, \"conflicts\" what other places said. A "
	"live blog's updates stand in \"items\", each with its time; \"next_page\" is the address of the "
	"article's next part.",
	"\"source\" is here the publisher that the page names, and \"published_basis\" how the zone of the time "
	"was known (explicit, source, assumed, date); where it stood is \"published_found\". Records of the "
	"archive call these publisher, published_zone and published_basis.",
	"A file that cannot be read gets a line with \"error\" and makes the exit code 1, or 66 if "
	"none could be read.",
	"With --from-archive stored captures are read with this version's extractor and with what "
	"their sites' other pages taught since. Readings are added, never replaced: as known at an "
	"earlier instant the old article stands, and re-reading never looks like an edit. What is "
	"up to date is passed over, so an interrupted run goes on where it stopped. It prints one "
	"line a capture read: id, url, verdict, title, model, extractor, and whether verdict, title "
	"or text changed.",
	NULL,
};

static const char *const examples[] = {
	"wirevault extract --url https://www.example.com/a.html a.html",
	"one saved page",
	"wirevault extract --explain page.html",
	"what was taken, what was left, and why",
	"wirevault extract --list pages.tsv > articles.jsonl",
	"many, with their addresses",
	"wirevault extract --from-archive -c wirevault.yaml",
	"read what a crawl with `extract: later` stored, and what an older version read",
	NULL,
};

const struct wv_command wv_command_extract = {
	.name = "extract",
	.summary = "separate the article from the rest of saved pages",
	.arguments = "[FILE...|URL...]",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 0,
	.max_arguments = -1,
	.flags = WV_COMMAND_MAYBE_SETTINGS | WV_COMMAND_JSON_ALWAYS,
	.run = run_extract,
};
