#include "archive/copies/reports.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/copies/learned.h"
#include "config/base/limits.h"

#define SCRATCH_CAP_BYTES (256u * WV_MIB)
#define LEARN_UNITS_MAX   6000u
/* Another number where rarities are reckoned in another way: what was indexed before is done anew. */
#define WEIGHED_SO        2u

struct wv_reports {
	struct wv_lexicon *lexicon;
	struct wv_sounds sounds;
	struct wv_learned *learned;
	struct wv_stories *stories;
	struct wv_arena *scratch; /* emptied before each text */
};

/* A topic's words are no names of one thing; each is looked for by itself. */
static enum wv_status add_topics(struct wv_reports *r, const struct wv_settings *settings,
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

enum wv_status wv_reports_read_words(const struct wv_settings *settings, struct wv_buf *out,
                                     struct wv_err *err)
{
	char *path = strndup((const char *)settings->stories_words.p, settings->stories_words.n);
	FILE *file = path ? fopen(path, "re") : NULL;
	int why = path ? errno : ENOMEM;
	unsigned char bytes[4096];
	size_t n;

	free(path);
	if (!file)
		return wv_err_errno(err, why == ENOENT ? WV_MISSING : why == EACCES ? WV_PERM : WV_IO, why,
		                    "cannot open '%.*s'", WV_FMT(settings->stories_words));
	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		wv_buf_add_bytes(out, bytes, n);
	n = (size_t)ferror(file);
	(void)fclose(file);
	if (n)
		return wv_err_set(err, WV_IO, "cannot read '%.*s'", WV_FMT(settings->stories_words));
	return wv_buf_finish(out, "stories.words", err);
}

enum wv_status wv_reports_new(const struct wv_reports_options *options, struct wv_reports **out,
                              struct wv_err *err)
{
	const struct wv_stories_options window = {.window_us = options->window_us};
	WV_AUTO(wv_reports_free) struct wv_reports *r = calloc(1, sizeof(*r));
	enum wv_status st;

	if (!r)
		return wv_err_set(err, WV_NOMEM, "out of memory for names");
	wv_sounds_init(&r->sounds);
	st = wv_lexicon_new(&r->lexicon, err);
	if (st == WV_OK)
		st = wv_learned_new(&r->learned, err);
	if (st == WV_OK)
		st = wv_stories_new(&window, &r->stories, err);
	if (st == WV_OK)
		st = wv_arena_new(SCRATCH_CAP_BYTES, &r->scratch, err);
	if (st == WV_OK && options->words.n > 0)
		st = wv_lexicon_add_file(r->lexicon, options->words, options->words_path, err);
	if (st == WV_OK && options->settings)
		st = add_topics(r, options->settings, err);
	if (st == WV_OK)
		*out = WV_TAKE(r);
	return st;
}

void wv_reports_free(struct wv_reports **reports)
{
	struct wv_reports *r = *reports;

	if (!r)
		return;
	wv_lexicon_free(&r->lexicon);
	wv_learned_free(&r->learned);
	wv_stories_free(&r->stories);
	wv_arena_free(&r->scratch);
	free(r);
	*reports = NULL;
}

enum wv_status wv_reports_learn(struct wv_reports *r, struct wv_slice title, struct wv_slice text,
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

enum wv_status wv_reports_teach(struct wv_reports *r, size_t *count, struct wv_err *err)
{
	return wv_learned_teach(r->learned, r->lexicon, count, err);
}

enum wv_status wv_reports_add(struct wv_reports *r, const struct wv_mention_text *text,
                              struct wv_err *err)
{
	struct wv_mentions mentions;
	enum wv_status st;

	wv_arena_reset(r->scratch);
	st = wv_mentions_read(r->lexicon, &r->sounds, r->scratch, text, &mentions, err);
	if (st != WV_OK)
		return st;
	return wv_stories_add(r->stories,
	                      &(struct wv_story_text){.mentions = &mentions,
	                                              .language = text->language,
	                                              .when = text->when},
	                      err);
}

enum wv_status wv_reports_each_link(struct wv_reports *r, wv_story_link_fn each,
                                    bool (*goes_on)(void *context), void *context,
                                    struct wv_err *err)
{
	return wv_stories_each_link(r->stories, each, goes_on, context, err);
}

enum wv_status wv_reports_mentions(struct wv_reports *r, struct wv_arena *arena,
                                   const struct wv_mention_text *text, struct wv_mentions *out,
                                   struct wv_err *err)
{
	return wv_mentions_read(r->lexicon, &r->sounds, arena, text, out, err);
}

enum wv_status wv_reports_keep_pair(struct wv_reports *r, const struct wv_name_pair *pair,
                                    struct wv_err *err)
{
	return wv_learned_keep(r->learned, pair, err);
}

enum wv_status wv_reports_teach_pair(struct wv_reports *r, const struct wv_name_pair *pair,
                                     struct wv_err *err)
{
	wv_arena_reset(r->scratch);
	return wv_name_pair_teach(pair, r->scratch, r->lexicon, err);
}

enum wv_status wv_reports_each_new_pair(struct wv_reports *r,
                                        enum wv_status (*each)(void *context,
                                                               const struct wv_name_pair *pair,
                                                               struct wv_err *err),
                                        void *context, struct wv_err *err)
{
	return wv_learned_each_new(r->learned, each, context, err);
}

uint64_t wv_reports_fingerprint(const struct wv_reports_options *options)
{
	const struct wv_settings *settings = options->settings;
	uint64_t hash = wv_slice_hash(options->words, WEIGHED_SO);

	for (size_t i = 0; settings && i < settings->topic_count; i++)
		for (size_t k = 0; k < settings->topics[i].any.n; k++)
			hash = wv_slice_hash(settings->topics[i].any.p[k], hash);
	return hash | 1;
}
