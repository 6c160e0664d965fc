#include "config/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/base/arena.h"
#include "config/base/clock.h"
#include "config/base/limits.h"
#include "config/settings_faults.h"
#include "config/settings_file.h"
#include "config/settings_keys.h"
#include "config/settings_yaml.h"
#include "config/topic.h"
#include "config/url.h"

/* Sources, strings and tree of a file at its cap; measured 12 times the bytes of a file of sources. */
#define SETTINGS_ARENA_BYTES (256 * (size_t)WV_MIB)
#define HAND_SOURCE_PAGES    100

enum wv_status wv_settings_new_default(struct wv_settings_file **out, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_settings_file *file;
	enum wv_status st;

	st = wv_arena_new(SETTINGS_ARENA_BYTES, &arena, err);
	if (st != WV_OK)
		return st;
	file = WV_ARENA_NEW(arena, struct wv_settings_file);
	if (!file)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	file->settings = wv_settings_default();
	file->arena = WV_TAKE(arena);
	*out = file;
	return WV_OK;
}

const struct wv_settings *wv_settings_get(const struct wv_settings_file *file)
{
	return &file->settings;
}

struct wv_strings wv_settings_warnings(const struct wv_settings_file *file)
{
	return file->warnings;
}

struct wv_settings *wv_settings_edit(struct wv_settings_file *file)
{
	return &file->settings;
}

struct wv_arena *wv_settings_arena(struct wv_settings_file *file)
{
	return file->arena;
}

void wv_settings_free(struct wv_settings_file **file)
{
	/* The struct lies in its own arena. */
	struct wv_arena *arena = *file ? (*file)->arena : NULL;

	wv_arena_free(&arena);
	*file = NULL;
}

/* Tells each fault; the first one stays in err. */
static enum wv_status report(struct wv_settings_faults *faults,
			     void (*each_fault)(void *context, const char *line), void *context,
			     struct wv_err *err)
{
	struct wv_strings lines = wv_settings_fault_lines(faults, false);

	for (size_t i = 0; each_fault && i < lines.n; i++) {
		const char *line = wv_arena_string(faults->arena, lines.p[i]);

		if (!line)
			return wv_err_set(err, WV_NOMEM, "out of memory");
		each_fault(context, line);
	}
	if (faults->is_out_of_memory)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	return wv_err_set(err, WV_SETTINGS, "%.*s", WV_FMT(lines.p[0]));
}

enum wv_status wv_settings_parse(struct wv_slice yaml, const char *name,
				 void (*each_fault)(void *context, const char *line), void *context,
				 struct wv_settings_file **out, struct wv_err *err)
{
	WV_AUTO(wv_settings_free) struct wv_settings_file *file = NULL;
	struct wv_settings_faults faults = {.file = name};
	struct wv_settings_check check = {.faults = &faults};
	const struct wv_yaml *root = NULL;
	enum wv_status st;

	st = wv_settings_new_default(&file, err);
	if (st != WV_OK)
		return st;
	faults.arena = check.arena = file->arena;
	check.settings = &file->settings;
	file->settings.file = wv_arena_copy(file->arena, wv_slice_of(name));
	if (yaml.n > WV_LIMIT_SETTINGS_BYTES) {
		wv_settings_fault(&faults, 0, "larger than %u MiB",
				  WV_LIMIT_SETTINGS_BYTES / WV_MIB);
		return report(&faults, each_fault, context, err);
	}
	st = wv_yaml_read(file->arena, yaml, &faults, &root, &check.is_whole, err);
	if (st != WV_OK)
		return st;
	if (root)
		wv_settings_read_root(&check, root);
	else if (check.is_whole)
		wv_settings_warn(&faults, 0, "nothing is set here: the defaults hold, no source");
	file->warnings = wv_settings_fault_lines(&faults, true);
	if (faults.fault_count > 0)
		return report(&faults, each_fault, context, err);
	if (faults.is_out_of_memory)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	*out = WV_TAKE(file);
	return WV_OK;
}

/* At most one byte more than the cap, so that the caller sees it exceeded. */
static enum wv_status read_all(int fd, const char *path, struct wv_buf *bytes, struct wv_err *err)
{
	for (;;) {
		unsigned char *at = wv_buf_room(bytes, 64 * WV_KIB);
		ssize_t n;

		if (!at)
			return wv_buf_finish(bytes, path, err);
		n = read(fd, at, 64 * WV_KIB);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return wv_err_errno(err, errno == EISDIR ? WV_MISSING : WV_IO, errno,
					    "cannot read the settings '%s'", path);
		if (n == 0 || bytes->n > WV_LIMIT_SETTINGS_BYTES)
			return WV_OK;
		bytes->n += (size_t)n;
	}
}

enum wv_status wv_settings_load(const char *path,
				void (*each_fault)(void *context, const char *line), void *context,
				struct wv_settings_file **out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {.cap = 0};
	enum wv_status st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return wv_err_errno(err, errno == ENOENT || errno == ENOTDIR ? WV_MISSING : WV_IO,
				    errno, "cannot read the settings '%s'", path);
	wv_buf_init(&bytes, WV_LIMIT_SETTINGS_BYTES + 128 * (size_t)WV_KIB);
	st = read_all(fd, path, &bytes, err);
	(void)close(fd);
	if (st != WV_OK)
		return st;
	return wv_settings_parse(wv_buf_slice(&bytes), path, each_fault, context, out, err);
}

static enum wv_status hand_seeds(struct wv_arena *arena, const struct wv_slice *urls, size_t count,
				 struct wv_strings *out, struct wv_err *err)
{
	struct wv_slice *seeds = WV_ARENA_ARRAY(arena, struct wv_slice, count);

	if (!seeds)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		struct wv_url url;
		enum wv_status st = wv_url_parse(arena, urls[i], NULL, &url, err);

		if (st != WV_OK)
			return wv_err_add(err, st == WV_LIMIT ? WV_USAGE : st, "URL '%.*s'",
					  WV_FMT(wv_slice_part(urls[i], 0, 200)));
		if (!wv_url_is_web(&url))
			return wv_err_set(err, WV_USAGE,
					  "URL '%.*s': only http and https can be fetched",
					  WV_FMT(wv_slice_part(urls[i], 0, 200)));
		seeds[i] = url.href;
	}
	*out = (struct wv_strings){seeds, count};
	return WV_OK;
}

enum wv_status wv_settings_add_hand_source(struct wv_settings_file *file,
					   const struct wv_slice *urls, size_t count,
					   struct wv_err *err)
{
	struct wv_settings *settings = &file->settings;
	struct wv_source source = wv_settings_default_source();
	struct wv_source *sources;
	enum wv_status st;

	st = hand_seeds(file->arena, urls, count, &source.seeds, err);
	if (st != WV_OK)
		return st;
	sources = WV_ARENA_ARRAY(file->arena, struct wv_source, settings->source_count + 1);
	if (!sources)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	if (settings->source_count > 0)
		memcpy(sources, settings->sources, settings->source_count * sizeof(*sources));
	source.name = WV_LIT("by hand");
	source.is_by_hand = true;
	source.scope = WV_SCOPE_HOST;
	source.feeds_mode = WV_AUTO_OFF;
	source.sitemaps_mode = WV_AUTO_OFF;
	source.politeness = settings->politeness;
	source.retention = settings->retention;
	source.retention.bytes = -1;
	sources[settings->source_count] = source;
	settings->sources = sources;
	settings->source_count++;
	settings->run.max_pages = HAND_SOURCE_PAGES;
	return WV_OK;
}

const struct wv_source *wv_settings_source_of(const struct wv_settings *settings,
					      const struct wv_url *url)
{
	for (size_t i = 0; i < settings->source_count; i++)
		if (wv_source_contains(&settings->sources[i], url))
			return &settings->sources[i];
	return NULL;
}

enum wv_status wv_settings_new_topics(const struct wv_settings *settings, struct wv_topic_set **out,
				      struct wv_err *err)
{
	struct wv_topic_words *words = calloc(settings->topic_count + 1, sizeof(*words));
	enum wv_status st;

	if (!words)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	for (size_t i = 0; i < settings->topic_count; i++) {
		const struct wv_topic_settings *topic = &settings->topics[i];

		words[i] = (struct wv_topic_words){
			.name = topic->name,
			.any = topic->any.p,
			.any_count = topic->any.n,
			.none = topic->none.p,
			.none_count = topic->none.n,
		};
	}
	st = wv_topic_set_new(words, settings->topic_count, out, err);
	free(words);
	return st;
}
