#include "crawler/cmd/related.h"

#include "config/base/limits.h"

#define WORDS_FILE_CAP (4u * WV_MIB)

static enum wv_status read_words_file(struct wv_command_context *c, struct wv_slice path,
                                      struct wv_reports_options *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf content = {0};
	enum wv_status st;

	out->words_path = wv_arena_string(c->arena, path);
	if (!out->words_path)
		return wv_err_set(err, WV_NOMEM, "out of memory for a file's name");
	wv_buf_init(&content, WORDS_FILE_CAP);
	st = wv_command_read_file(out->words_path, WORDS_FILE_CAP, &content, err);
	if (st != WV_OK)
		return st;
	out->words = wv_arena_copy(c->arena, wv_buf_slice(&content));
	return out->words.p || content.n == 0 ? WV_OK
	                                      : wv_err_set(err, WV_NOMEM, "out of memory for names");
}

enum wv_status wv_related_names(struct wv_command_context *c, struct wv_reports_options *out,
                                struct wv_err *err)
{
	const struct wv_settings *settings = c->settings ? wv_settings_get(c->settings) : NULL;
	struct wv_reports_options names = {.settings = settings};
	enum wv_status st = WV_OK;

	if (settings && settings->stories_words.n > 0)
		st = read_words_file(c, settings->stories_words, &names, err);
	if (st == WV_OK)
		*out = names;
	return st;
}

void wv_related_note_names(const struct wv_command_context *c, size_t count)
{
	if (c->verbose)
		wv_command_note(c, "%zu name pairs learned from the texts", count);
}

void wv_related_json_link(struct wv_json_writer *w, double score,
                          const struct wv_story_evidence *evidence, size_t count)
{
	wv_json_double(w, "score", score);
	wv_json_open_array(w, "evidence");
	for (size_t i = 0; i < count; i++) {
		wv_json_open_object(w, NULL);
		wv_json_string(w, "kind", wv_slice_of(wv_mention_kind_name(evidence[i].kind)));
		wv_json_string(w, "shown", evidence[i].shown);
		wv_json_double(w, "weight", evidence[i].weight);
		wv_json_close(w);
	}
	wv_json_close(w);
}
