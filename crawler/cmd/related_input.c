/* related --input: texts from anywhere, as JSON lines. */
#include <stdlib.h>
#include <unistd.h>

#include "config/base/limits.h"
#include "crawler/cmd/lines.h"
#include "crawler/cmd/related.h"

#define FLUSH_BYTES   (32u * WV_KIB)
#define IDS_CAP_BYTES (512u * WV_MIB)

struct input {
	struct wv_command_context *c;
	struct wv_reports *reports;
	size_t names;
	struct wv_buf ids;  /* one after another */
	size_t *ends;       /* of each text's id */
	size_t count, room;
	bool learns, any_failed;
	struct wv_arena *parsed;
	struct wv_time now;
};

struct line {
	struct wv_slice id;
	struct wv_mention_text text;
};

static struct wv_slice string_of(const struct wv_json *object, const char *name)
{
	const struct wv_json *member = wv_json_get(object, name);

	return member && member->kind == WV_JSON_STRING ? member->text : WV_SLICE_NONE;
}

/* NULL, or what is wrong with the line. */
static const char *read_line(struct input *in, struct wv_slice bytes, struct line *out,
                             struct wv_err *why)
{
	const struct wv_json *object = NULL, *id;
	struct wv_slice when;
	struct wv_err unread = WV_ERR_NONE;
	struct wv_time_range range;

	*out = (struct line){.text = {.when = WV_TIME_NONE}};
	if (bytes.n == 0)
		return "line is too large";
	wv_arena_reset(in->parsed);
	if (wv_json_parse_strict(in->parsed, bytes, &object, why) != WV_OK)
		return why->text;
	if (object->kind != WV_JSON_OBJECT)
		return "not an object";
	id = wv_json_get(object, "id");
	if (!id || (id->kind != WV_JSON_STRING && id->kind != WV_JSON_NUMBER) || id->text.n == 0)
		return "no \"id\"";
	out->id = id->text;
	out->text.title = string_of(object, "title");
	out->text.text = string_of(object, "text");
	out->text.language = string_of(object, "lang");
	if (out->text.language.n == 0)
		out->text.language = string_of(object, "language");
	if (out->text.title.n == 0 && out->text.text.n == 0)
		return "no \"title\" and no \"text\"";
	when = string_of(object, "published");
	if (when.n == 0)
		return "no \"published\": texts without a time are linked with nothing";
	if (wv_time_parse(when, in->now, &range, &unread) != WV_OK)
		return "\"published\" is no time";
	out->text.when = range.first;
	return NULL;
}

static void print_error(struct input *in, uint64_t number, struct wv_slice id, const char *error)
{
	struct wv_json_writer w;

	wv_json_begin(&w, in->c->out);
	wv_json_open_object(&w, NULL);
	wv_json_string_or_null(&w, "id", id);
	wv_json_u64(&w, "line", number);
	wv_json_string(&w, "error", wv_slice_of(error));
	wv_json_close(&w);
	wv_buf_add_byte(in->c->out, '\n');
}

static enum wv_status keep_id(struct input *in, struct wv_slice id, struct wv_err *err)
{
	if (in->count == in->room) {
		size_t room = in->room ? in->room * 2 : 1024;
		size_t *larger = realloc(in->ends, room * sizeof(*larger));

		if (!larger)
			return wv_err_set(err, WV_NOMEM, "out of memory for ids");
		in->ends = larger;
		in->room = room;
	}
	wv_buf_add(&in->ids, id);
	in->ends[in->count++] = in->ids.n;
	return in->ids.failed == WV_OK ? WV_OK : wv_buf_finish(&in->ids, "ids", err);
}

static struct wv_slice id_of(const struct input *in, uint32_t number)
{
	size_t from = number > 0 ? in->ends[number - 1] : 0;

	return wv_slice(in->ids.p + from, in->ends[number] - from);
}

static enum wv_status take_line(void *context, uint64_t number, struct wv_slice bytes,
                                struct wv_err *err)
{
	struct input *in = context;
	struct line line;
	struct wv_err why = WV_ERR_NONE;
	const char *wrong = read_line(in, bytes, &line, &why);
	enum wv_status st;

	if (wrong) {
		if (!in->learns)
			print_error(in, number, line.id, wrong);
		in->any_failed = true;
		return WV_OK;
	}
	if (in->learns)
		return wv_reports_learn(in->reports, line.text.title, line.text.text, err);
	st = keep_id(in, line.id, err);
	return st == WV_OK ? wv_reports_add(in->reports, &line.text, err) : st;
}

static enum wv_status print_link(void *context, const struct wv_story_link *link, struct wv_err *err)
{
	struct input *in = context;
	struct wv_command_context *c = in->c;
	struct wv_json_writer w;

	if (c->json) {
		wv_json_begin(&w, c->out);
		wv_json_open_object(&w, NULL);
		wv_json_string(&w, "a", id_of(in, link->a));
		wv_json_string(&w, "b", id_of(in, link->b));
		wv_related_json_link(&w, link->score, link->evidence, link->evidence_count);
		wv_json_close(&w);
		wv_buf_add_byte(c->out, '\n');
	} else {
		wv_buf_add_format(c->out, "%.2f  %.*s  %.*s\n     ", link->score, WV_FMT(id_of(in, link->a)),
		                  WV_FMT(id_of(in, link->b)));
		for (size_t i = 0; i < link->evidence_count; i++)
			wv_buf_add_format(c->out, " %s %.*s%s", wv_mention_kind_name(link->evidence[i].kind),
			                  WV_FMT(link->evidence[i].shown),
			                  i + 1 < link->evidence_count ? "," : "");
		wv_buf_add_byte(c->out, '\n');
	}
	return c->out->n >= FLUSH_BYTES ? wv_command_flush(c, err) : WV_OK;
}

static bool goes_on(void *context)
{
	(void)context;
	return wv_command_stop_signal() == 0;
}

static enum wv_status link_all(struct input *in, int fd, const char *path, struct wv_err *err)
{
	enum wv_status st;

	in->learns = true;
	st = wv_lines_each(fd, path, take_line, in, err);
	if (st == WV_OK)
		st = wv_reports_teach(in->reports, &in->names, err);
	if (st == WV_OK)
		wv_related_note_names(in->c, in->names);
	in->learns = false;
	if (st == WV_OK && lseek(fd, 0, SEEK_SET) != 0)
		st = wv_err_set(err, WV_IO, "cannot read '%s' again", path);
	if (st == WV_OK)
		st = wv_lines_each(fd, path, take_line, in, err);
	if (st == WV_OK)
		st = wv_reports_each_link(in->reports, print_link, goes_on, in, err);
	return st;
}

enum wv_status wv_related_input(struct wv_command_context *context, const char *path,
                                struct wv_err *err)
{
	struct input in = {.c = context, .now = wv_clock_now(context->clock)};
	struct wv_reports_options names;
	int fd = STDIN_FILENO;
	enum wv_status st = wv_related_names(context, &names, err);

	wv_buf_init(&in.ids, IDS_CAP_BYTES);
	if (st == WV_OK)
		st = wv_command_duration(context, "window", &names.window_us, err);
	if (st == WV_OK)
		st = wv_reports_new(&names, &in.reports, err);
	if (st == WV_OK)
		st = wv_arena_new(64 * WV_MIB, &in.parsed, err);
	if (st == WV_OK)
		st = wv_lines_open(path, true, &fd, err);
	if (st == WV_OK)
		st = link_all(&in, fd, path, err);
	if (fd > STDIN_FILENO)
		close(fd);
	wv_reports_free(&in.reports);
	wv_arena_free(&in.parsed);
	wv_buf_done(&in.ids);
	free(in.ends);
	return st == WV_OK && in.any_failed ? WV_NO : st;
}
