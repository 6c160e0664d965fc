#include <stdio.h>

#include "config/base/limits.h"
#include "config/domain.h"
#include "config/url.h"
#include "crawler/cmd/command.h"

/* What one URL takes: itself, its spellings, the items of its query while they are sorted. */
#define LINE_ARENA_BYTES (4u * WV_MIB)
#define FLUSH_BYTES      (32u * WV_KIB)

struct url_run {
	struct wv_command_context *context;
	struct wv_arena *arena;    /* emptied before each URL */
	const struct wv_url *base; /* NULL without --base */
	bool any_failed;
};

static void print_failure(struct url_run *run, struct wv_slice text, const struct wv_err *err)
{
	struct wv_json_writer json;

	run->any_failed = true;
	wv_json_begin(&json, run->context->out);
	wv_json_open_object(&json, NULL);
	wv_json_int(&json, "v", 1);
	wv_json_string(&json, "input", text);
	wv_json_string(&json, "url", text);
	wv_json_null(&json, "canonical");
	wv_json_null(&json, "host");
	wv_json_null(&json, "registrable_domain");
	wv_json_null(&json, "surt");
	wv_json_string(&json, "error", wv_slice_of(err->text));
	wv_json_close(&json);
}

static void print_url(struct url_run *run, struct wv_slice text, const struct wv_url *url,
		      struct wv_slice canonical, struct wv_slice surt)
{
	struct wv_json_writer json;

	wv_json_begin(&json, run->context->out);
	wv_json_open_object(&json, NULL);
	wv_json_int(&json, "v", 1);
	wv_json_string(&json, "input", text);
	wv_json_string(&json, "url", url->href);
	wv_json_string_or_null(&json, "canonical", canonical);
	wv_json_string_or_null(&json, "host", url->host);
	wv_json_string_or_null(&json, "registrable_domain", wv_domain_tenant(url->host));
	wv_json_string(&json, "surt", surt);
	wv_json_null(&json, "error");
	wv_json_close(&json);
}

/* One line for one URL, whatever it is. */
static enum wv_status look_at(struct url_run *run, struct wv_slice text, struct wv_err *err)
{
	struct wv_err why = WV_ERR_NONE;
	struct wv_slice canonical = WV_SLICE_NONE, surt = WV_SLICE_NONE;
	struct wv_url url;
	enum wv_status st;

	wv_arena_reset(run->arena);
	st = wv_url_parse(run->arena, text, run->base, &url, &why);
	if (st == WV_OK)
		st = wv_url_surt(run->arena, &url, &surt, &why);
	if (st == WV_OK && wv_url_is_web(&url))
		st = wv_url_canonical(run->arena, &url, &canonical, &why);
	if (st == WV_NOMEM)
		return wv_err_set(err, st, "%s", why.text);
	if (st == WV_OK)
		print_url(run, text, &url, canonical, surt);
	else
		print_failure(run, text, &why);
	wv_buf_add_byte(run->context->out, '\n');
	if (run->context->out->n >= FLUSH_BYTES)
		return wv_command_flush(run->context, err);
	return WV_OK;
}

/*
 * The next line of stdin, without its end. Of a line above `room` the front is kept, which is
 * above the cap of a URL and gets its complaint. False at the end.
 */
static bool next_line(unsigned char *line, size_t room, size_t *n)
{
	int c;

	*n = 0;
	while ((c = getc_unlocked(stdin)) != EOF && c != '\n')
		if (*n < room)
			line[(*n)++] = (unsigned char)c;
	if (*n && line[*n - 1] == '\r')
		(*n)--;
	return c != EOF || *n;
}

static enum wv_status look_at_stdin(struct url_run *run, struct wv_err *err)
{
	unsigned char line[WV_LIMIT_URL_BYTES + 64];
	size_t n;
	enum wv_status st = WV_OK;

	while (st == WV_OK && next_line(line, sizeof(line), &n))
		if (n)
			st = look_at(run, wv_slice(line, n), err);
	if (st == WV_OK && ferror(stdin))
		return wv_err_set(err, WV_IO, "cannot read standard input");
	return st;
}

static enum wv_status run_url(struct wv_command_context *context, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	const char *base_text = wv_command_option(context, "base");
	struct url_run run = {.context = context};
	struct wv_url base;
	enum wv_status st;

	st = wv_arena_new(LINE_ARENA_BYTES, &arena, err);
	if (st != WV_OK)
		return st;
	run.arena = arena;
	if (base_text) {
		st = wv_url_parse(context->arena, wv_slice_of(base_text), NULL, &base, err);
		if (st != WV_OK)
			return wv_err_add(err, st == WV_LIMIT ? WV_USAGE : st, "option --base");
		run.base = &base;
	}
	for (int i = 0; i < context->argument_count && st == WV_OK; i++) {
		struct wv_slice argument = wv_slice_of(context->arguments[i]);

		if (wv_slice_equals(argument, WV_LIT("-")))
			st = look_at_stdin(&run, err);
		else
			st = look_at(&run, argument, err);
	}
	if (st == WV_OK)
		st = wv_command_flush(context, err);
	if (st != WV_OK)
		return st;
	return run.any_failed ? WV_NO : WV_OK;
}

static const struct wv_option options[] = {
	{.name = "base",
	 .argument = "URL",
	 .help = "Resolve relative URLs against this one, as browsers do"},
};

static const char *const details[] = {
	"Shows what wirevault makes of each URL, one JSON object a line: \"url\" as a browser "
	"would serialise it, the \"canonical\" form without fragment and tracking parameters "
	"(null for what is not http or https), \"host\", \"registrable_domain\" (public suffix "
	"list, private section included), and the \"surt\", the key under which the page is "
	"archived. \"input\" is what was given.",
	"A URL that browsers refuse gets a line too, with the reason in \"error\", and makes the "
	"exit code 1. \"-\" reads URLs from standard input, one a line; empty lines are skipped.",
	NULL,
};

static const char *const examples[] = {
	"wirevault url 'https://www.example.com/a?utm_source=x&b=1'",
	"the forms of one address",
	"wirevault url --base https://example.com/news/ ../today.html",
	"what a link on that page means",
	"wirevault url - < addresses.txt",
	"many, one a line",
	NULL,
};

const struct wv_command wv_command_url = {
	.name = "url",
	.summary = "show how URLs are read, compared and keyed",
	.arguments = "URL...",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 1,
	.max_arguments = -1,
	.flags = WV_COMMAND_NO_SETTINGS | WV_COMMAND_JSON_ALWAYS,
	.run = run_url,
};
