#include "crawler/cmd/related.h"

#include <stdlib.h>

#include "config/base/limits.h"
#include "config/base/text.h"
#include "config/source.h"
#include "crawler/cmd/commands.h"

#define SCRATCH_CAP_BYTES (256u * WV_MIB)
#define WORDS_FILE_CAP    (4u * WV_MIB)
#define LEARN_UNITS_MAX   6000u

static const struct wv_option options[] = {
	{"input", 0, "FILE", "link the texts of these JSON lines instead; - for standard input", false, false},
	{"as-of", 0, "T", "use only captures up to this instant", false, false},
	{"known-at", 0, "K", "use only what the archive had recorded by this instant", false, false},
	{"window", 0, "D", "days between two reports of one event at most (default 4d)", false, false},
};

static const char *const details[] = {
	"Finds the articles that report the same event, in whatever languages, and says why: the places, "
	"names, events, quantities, days, codes and the sound of foreign names that both mention, each "
	"weighed by how rare it is in the articles at hand. Copies of one text are what copies(1) is for.",
	"Against a link count the days between, figures that contradict, how much each article is like "
	"those of other days (bulletins of a series), and a report in the same language, nearer in time, "
	"that fits better. Score: 0.5 just linked, 1 no doubt.",
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

/* ---- names ---- */

static enum wv_status add_words_file(struct wv_related *r, struct wv_slice path, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf content = {0};
	char *name = wv_arena_string(r->c->arena, path);
	enum wv_status st;

	if (!name)
		return wv_err_set(err, WV_NOMEM, "out of memory for a file's name");
	wv_buf_init(&content, WORDS_FILE_CAP);
	st = wv_command_read_file(name, WORDS_FILE_CAP, &content, err);
	return st == WV_OK ? wv_lexicon_add_file(r->lexicon, wv_buf_slice(&content), name, err) : st;
}

/* A topic's words are no names of one thing; each is looked for by itself. */
static enum wv_status add_topics(struct wv_related *r, const struct wv_settings *settings,
                                 struct wv_err *err)
{
	for (size_t i = 0; i < settings->topic_count; i++) {
		const struct wv_topic_settings *topic = &settings->topics[i];

		for (size_t k = 0; k < topic->any.n; k++) {
			struct wv_slice word = topic->any.p[k];
			enum wv_status st;

			if (wv_slice_starts(word, WV_LIT("{")) && wv_slice_ends(word, WV_LIT("}")))
				word = wv_slice_part(word, 1, word.n - 2);
			st = wv_lexicon_add(r->lexicon, WV_CONCEPT_NAME, word, word, err);
			if (st != WV_OK && st != WV_USAGE)
				return st;
		}
	}
	return WV_OK;
}

enum wv_status wv_related_open(struct wv_command_context *context, struct wv_related *r,
                               struct wv_err *err)
{
	struct wv_stories_options window = {.window_us = 0};
	const struct wv_settings *settings =
		context->settings ? wv_settings_get(context->settings) : NULL;
	enum wv_status st = wv_command_duration(context, "window", &window.window_us, err);

	*r = (struct wv_related){.c = context};
	if (st == WV_OK)
		st = wv_lexicon_new(&r->lexicon, err);
	if (st == WV_OK)
		st = wv_learned_new(&r->learned, err);
	if (st == WV_OK)
		st = wv_stories_new(&window, &r->stories, err);
	if (st == WV_OK)
		st = wv_arena_new(SCRATCH_CAP_BYTES, &r->scratch, err);
	if (st == WV_OK && !(r->sounds = malloc(sizeof(*r->sounds))))
		st = wv_err_set(err, WV_NOMEM, "out of memory for names");
	if (st != WV_OK)
		return st;
	wv_sounds_init(r->sounds);
	if (settings && settings->stories_words.n > 0)
		st = add_words_file(r, settings->stories_words, err);
	return st == WV_OK && settings ? add_topics(r, settings, err) : st;
}

void wv_related_done(struct wv_related *r)
{
	wv_lexicon_free(&r->lexicon);
	wv_learned_free(&r->learned);
	wv_stories_free(&r->stories);
	wv_arena_free(&r->scratch);
	free(r->sounds);
	r->sounds = NULL;
}

enum wv_status wv_related_learn(struct wv_related *r, struct wv_slice title, struct wv_slice text,
                                struct wv_err *err)
{
	struct wv_units units;
	enum wv_status st;

	wv_arena_reset(r->scratch);
	/* A name that the title has too is the one before the bracket. */
	text = wv_arena_format(r->scratch, "%.*s\n%.*s", WV_FMT(title), WV_FMT(text));
	if (!text.p)
		return wv_err_set(err, WV_NOMEM, "out of memory for a text");
	st = wv_units_read(r->scratch, text, LEARN_UNITS_MAX, &units, err);
	return st == WV_OK ? wv_learned_read(r->learned, &units, err) : st;
}

enum wv_status wv_related_teach(struct wv_related *r, struct wv_err *err)
{
	size_t count = 0;
	enum wv_status st = wv_learned_teach(r->learned, r->lexicon, &count, err);

	if (st == WV_OK && r->c->verbose)
		wv_command_note(r->c, "%zu name pairs learned from the texts", count);
	return st;
}

enum wv_status wv_related_add(struct wv_related *r, const struct wv_mention_text *text,
                              struct wv_err *err)
{
	struct wv_mentions mentions;
	enum wv_status st;

	wv_arena_reset(r->scratch);
	st = wv_mentions_read(r->lexicon, r->sounds, r->scratch, text, &mentions, err);
	if (st != WV_OK)
		return st;
	return wv_stories_add(r->stories,
	                      &(struct wv_story_text){&mentions, text->language, text->when}, err);
}

void wv_related_json_link(struct wv_json_writer *w, const struct wv_story_link *link)
{
	wv_json_double(w, "score", link->score);
	wv_json_open_array(w, "evidence");
	for (size_t i = 0; i < link->evidence_count; i++) {
		const struct wv_story_evidence *e = &link->evidence[i];

		wv_json_open_object(w, NULL);
		wv_json_string(w, "kind", wv_slice_of(wv_mention_kind_name(e->kind)));
		wv_json_string(w, "shown", e->shown);
		wv_json_double(w, "weight", e->weight);
		wv_json_close(w);
	}
	wv_json_close(w);
}

static enum wv_status related(struct wv_command_context *c, struct wv_err *err)
{
	const char *input = wv_command_option(c, "input");
	enum wv_status st;

	if (input && c->argument_count > 0)
		return wv_err_set(err, WV_USAGE, "--input and URL|ID exclude each other");
	if (!input && c->argument_count == 0)
		return wv_err_set(err, WV_USAGE, "expected URL|ID, or --input FILE");
	if (input && (wv_command_has(c, "as-of") || wv_command_has(c, "known-at")))
		return wv_err_set(err, WV_USAGE, "--as-of and --known-at are for the archive, not for --input");
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
	.flags = WV_COMMAND_MAYBE_SETTINGS,
	.run = related,
};
