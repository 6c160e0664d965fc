#include "crawler/cmd/related.h"

#include "crawler/cmd/commands.h"

static const struct wv_option options[] = {
	{"input", 0, "FILE", "link the texts of these JSON lines instead; - for standard input", false, false},
	{"as-of", 0, "T", "use only captures up to this instant", false, false},
	{"known-at", 0, "K", "use only what the archive had recorded by this instant", false, false},
	{"later", 0, NULL, "with --as-of, also what was first captured after it, in a box of its own", false, false},
	{"no-index", 0, NULL, "read every article around it instead of asking the index (slow)", false, false},
	{"window", 0, "D", "days between two reports of one event at most (default 4d)", false, false},
};

static const char *const details[] = {
	"Finds the articles that report the same event, in whatever languages, and says why: the places, "
	"names, events, quantities, days, codes and the sound of foreign names that both mention, each "
	"weighed by how rare it is in the articles at hand. Copies of one text are what copies(1) is for.",
	"Against a link count the days between, figures that contradict, how much each article is like "
	"those of other days (bulletins of a series), and a report in the same language, nearer in time, "
	"that fits better. Score: 0.5 just linked, 1 no doubt.",
	"URL|ID asks an index (in search.db of the archive), which is brought up to the archive first: each "
	"article is read once, with the names, counts and likenesses that were known and captured by then, so "
	"an answer at --as-of and --known-at is the same whenever it is asked for. With --no-index, and where "
	"the index may not be written, every article of some weeks around is read instead: the same links but "
	"for some at the threshold, and other scores.",
	"With --input, lines are {\"id\",\"title\",\"text\",\"published\",\"lang\"}, and each linked pair gives "
	"{\"a\",\"b\",\"score\",\"evidence\":[{\"kind\",\"shown\",\"weight\"}]} with --json. A line that cannot be "
	"used gives {\"id\",\"line\",\"error\"}, and exit 1.",
	"Names come from Unicode CLDR, a table of event words, the settings' topics and the file of "
	"stories.words, and from pairs that the texts give themselves, as in \"英伟达(Nvidia)\".",
	NULL,
};

static const char *const examples[] = {
	"wirevault related https://www.example.org/news/1.html --as-of 2024-06-05T12:00Z",
	"who else reported it, using nothing captured later",
	"wirevault related --input articles.jsonl --json",
	"link texts from anywhere",
	NULL,
};

static enum wv_status related(struct wv_command_context *c, struct wv_err *err)
{
	const char *input = wv_command_option(c, "input");
	enum wv_status st;

	if (input && c->argument_count > 0)
		return wv_err_set(err, WV_USAGE, "--input and URL|ID exclude each other");
	if (!input && c->argument_count == 0)
		return wv_err_set(err, WV_USAGE, "expected URL|ID, or --input FILE");
	if (input && (wv_command_has(c, "as-of") || wv_command_has(c, "known-at") ||
	              wv_command_has(c, "later") || wv_command_has(c, "no-index")))
		return wv_err_set(err, WV_USAGE, "--as-of, --known-at, --later and --no-index are for the "
		                                 "archive, not for --input");
	/* Texts from anywhere ask for no archive; their names may come from the settings. */
	st = wv_command_load_settings(c, err);
	if (st != WV_OK)
		return st;
	return input ? wv_related_input(c, input, err) : wv_related_archive(c, c->arguments[0], err);
}

const struct wv_command wv_command_related = {
	.name = "related",
	.summary = "find the articles about the same event, across languages",
	.arguments = "[URL|ID]",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 0,
	.max_arguments = 1,
	.flags = WV_COMMAND_MAYBE_SETTINGS | WV_COMMAND_NAMES_K,
	.run = related,
};
