#include "config/base/limits.h"
#include "config/url.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/plan/robots.h"

/* One more than is read, so that the cut is seen and said. */
#define FILE_CAP_BYTES  (16u * WV_MIB)
#define URL_ARENA_BYTES (1u * WV_MIB)
#define FLUSH_BYTES     (32u * WV_KIB)

static const struct wv_option options[] = {
	{"agent", 0, "NAME", "product token whose rules apply; given again, the next one in order",
	 true, false},
	{"file", 0, "ROBOTS.TXT", "the file to go by, - for standard input", false, false},
};

static const char *const details[] = {
	"Says for each URL what a robots.txt file allows a crawler, one line each: allow URL or "
	"deny "
	"URL. It reads the file exactly as a crawl does (RFC 9309): the longest matching rule "
	"decides, "
	"Allow wins a tie, groups of one name are merged, and rules for * count only where no "
	"group "
	"names the agent. A URL may be absolute, or a path that starts with /.",
	"Exits 0 if all are allowed, 1 if any is denied or is no URL.",
	NULL,
};

static const char *const examples[] = {
	"wirevault robots --agent wirevault --file robots.txt https://www.example.org/news/1.html",
	"may this page be fetched?",
	NULL,
};

struct judging {
	struct wv_command_context *context;
	const struct wv_robots *robots;
	struct wv_arena *arena; /* emptied before each URL */
	struct wv_json_writer json;
	bool any_denied;
};

/* As a crawler would request it; a path stands for itself. */
static enum wv_status as_requested(struct wv_arena *arena, struct wv_slice text,
				   struct wv_slice *out, struct wv_err *err)
{
	struct wv_url url;
	enum wv_status st;

	if (text.n > 0 && text.p[0] == '/') {
		*out = text;
		return WV_OK;
	}
	st = wv_url_parse(arena, text, NULL, &url, err);
	if (st == WV_OK && !wv_url_is_web(&url))
		return wv_err_set(err, WV_USAGE, "not an http or https address");
	return st == WV_OK ? wv_url_request(arena, &url, out, err) : st;
}

static void add_result(struct judging *judging, struct wv_slice text,
		       const struct wv_robots_decision *decision, const char *error)
{
	struct wv_json_writer *w = &judging->json;

	wv_json_open_object(w, NULL);
	wv_json_string(w, "url", text);
	wv_json_bool(w, "allowed", decision->allowed);
	wv_json_string_or_null(w, "rule", decision->rule);
	if (decision->line)
		wv_json_u64(w, "line", decision->line);
	else
		wv_json_null(w, "line");
	if (error)
		wv_json_string(w, "error", wv_slice_of(error));
	wv_json_close(w);
}

static enum wv_status judge(struct judging *judging, const char *argument, struct wv_err *err)
{
	struct wv_command_context *context = judging->context;
	struct wv_slice text = wv_slice_of(argument), url;
	struct wv_robots_decision decision = {.allowed = false};
	struct wv_err why = WV_ERR_NONE;
	enum wv_status st;

	wv_arena_reset(judging->arena);
	st = as_requested(judging->arena, text, &url, &why);
	if (st == WV_NOMEM)
		return wv_err_set(err, st, "%s", why.text);
	if (st == WV_OK)
		decision = wv_robots_check(judging->robots, url);
	else
		wv_command_note(context, "'%s': %s", argument, why.text);
	judging->any_denied |= !decision.allowed;
	if (context->json) {
		add_result(judging, text, &decision, st == WV_OK ? NULL : why.text);
		return WV_OK;
	}
	wv_buf_add_string(context->out, decision.allowed ? "allow " : "deny ");
	wv_buf_add(context->out, text);
	wv_buf_add_byte(context->out, '\n');
	return context->out->n >= FLUSH_BYTES ? wv_command_flush(context, err) : WV_OK;
}

static void open_object(struct judging *judging, struct wv_slice agent)
{
	const struct wv_robots_facts *facts = wv_robots_facts(judging->robots);
	struct wv_json_writer *w = &judging->json;

	wv_json_begin(w, judging->context->out);
	wv_json_open_object(w, NULL);
	wv_json_int(w, "v", 1);
	wv_json_string(w, "agent", agent);
	wv_json_string_or_null(w, "group", facts->group);
	if (facts->crawl_delay_us >= 0)
		wv_json_double(w, "crawl_delay", (double)facts->crawl_delay_us / 1e6);
	else
		wv_json_null(w, "crawl_delay");
	wv_json_open_array(w, "sitemaps");
	for (size_t i = 0; i < facts->sitemap_count; i++)
		wv_json_string(w, NULL, facts->sitemaps[i]);
	wv_json_close(w);
	wv_json_open_array(w, "results");
}

static enum wv_status judge_all(struct judging *judging, struct wv_slice agent, struct wv_err *err)
{
	struct wv_command_context *context = judging->context;
	enum wv_status st = WV_OK;

	if (context->json)
		open_object(judging, agent);
	for (int i = 0; i < context->argument_count && st == WV_OK; i++)
		st = judge(judging, context->arguments[i], err);
	if (st == WV_OK && context->json) {
		wv_json_close(&judging->json);
		wv_json_close(&judging->json);
		wv_buf_add_byte(context->out, '\n');
	}
	return st;
}

static void warn(const struct wv_command_context *context, const struct wv_robots_facts *facts,
		 const char *file)
{
	if (facts->is_html)
		wv_command_note(context, "'%s' is HTML: it has no rules", file);
	if (facts->is_cut)
		wv_command_note(context, "'%s' is larger than %u KiB: the rest was not read", file,
				WV_LIMIT_ROBOTS_BYTES / WV_KIB);
}

static enum wv_status read_agents(struct wv_command_context *context, struct wv_slice *agents,
				  size_t room, size_t *count, struct wv_err *err)
{
	size_t n = 0;
	const char *name;

	while (n < room && (name = wv_command_option_at(context, "agent", n)) != NULL) {
		if (*name == 0)
			return wv_err_set(err, WV_USAGE, "--agent needs a name");
		agents[n++] = wv_slice_of(name);
	}
	if (n == 0)
		return wv_err_set(err, WV_USAGE, "whose rules? --agent NAME is missing");
	*count = n;
	return WV_OK;
}

static enum wv_status run_robots(struct wv_command_context *context, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {0};
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_robots_free) struct wv_robots *robots = NULL;
	const char *file = wv_command_option(context, "file");
	struct judging judging = {.context = context};
	struct wv_slice agents[16];
	struct wv_strings tokens = {agents, 0};
	enum wv_status st = read_agents(context, agents, WV_COUNT(agents), &tokens.n, err);

	if (st != WV_OK)
		return st;
	if (!file)
		return wv_err_set(err, WV_USAGE, "by which file? --file ROBOTS.TXT is missing");
	wv_buf_init(&text, FILE_CAP_BYTES);
	st = wv_command_read_file(file, FILE_CAP_BYTES, &text, err);
	if (st == WV_OK)
		st = wv_arena_new(URL_ARENA_BYTES, &arena, err);
	if (st == WV_OK)
		st = wv_robots_parse(wv_buf_slice(&text), tokens, &robots, err);
	if (st != WV_OK)
		return st;
	judging.robots = robots;
	judging.arena = arena;
	warn(context, wv_robots_facts(robots), file);
	st = judge_all(&judging, agents[0], err);
	if (st == WV_OK)
		st = wv_command_flush(context, err);
	if (st != WV_OK)
		return st;
	return judging.any_denied ? WV_NO : WV_OK;
}

const struct wv_command wv_command_robots = {
	.name = "robots",
	.summary = "say what a robots.txt file allows",
	.arguments = "--agent NAME --file ROBOTS.TXT URL...",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 1,
	.max_arguments = -1,
	.flags = WV_COMMAND_NO_SETTINGS,
	.run = run_robots,
};
