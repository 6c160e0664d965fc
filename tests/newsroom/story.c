#include "tests/newsroom/story.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/base/limits.h"

#define ARTICLES_MAX 64u

/* Where the reader stands, for complaints. */
struct place {
	const char *file;
	size_t line;
};

static const struct {
	const char *word;
	uint32_t bit;
} features[] = {
	{"jsonld", NEWSROOM_JSONLD},
	{"og", NEWSROOM_OG},
	{"microdata", NEWSROOM_MICRODATA},
	{"rss", NEWSROOM_RSS},
	{"atom", NEWSROOM_ATOM},
	{"jsonfeed", NEWSROOM_JSONFEED},
	{"sitemap", NEWSROOM_SITEMAP},
	{"newsmap", NEWSROOM_NEWSMAP},
	{"gzmap", NEWSROOM_GZMAP},
	{"etag", NEWSROOM_ETAG},
	{"lastmod", NEWSROOM_LASTMOD},
	{"gzip", NEWSROOM_GZIP},
	{"deflate", NEWSROOM_DEFLATE},
	{"chunked", NEWSROOM_CHUNKED},
	{"cookies", NEWSROOM_COOKIES},
	{"newsletter", NEWSROOM_NEWSLETTER},
	{"video", NEWSROOM_VIDEO},
	{"comments", NEWSROOM_COMMENTS},
	{"share", NEWSROOM_SHARE},
	{"live", NEWSROOM_LIVE},
	{"amp", NEWSROOM_AMP},
	{"traps", NEWSROOM_TRAPS},
};

static const struct {
	const char *word;
	enum newsroom_layout layout;
} layouts[] = {
	{"broadsheet", NEWSROOM_BROADSHEET}, {"wire", NEWSROOM_WIRE},   {"portal", NEWSROOM_PORTAL},
	{"tabloid", NEWSROOM_TABLOID},       {"table", NEWSROOM_TABLE},
};

static const struct {
	const char *word;
	enum newsroom_robots robots;
} robots_words[] = {
	{"plain", NEWSROOM_ROBOTS_PLAIN},
	{"none", NEWSROOM_ROBOTS_NONE},
	{"redirect", NEWSROOM_ROBOTS_REDIRECT},
	{"late", NEWSROOM_ROBOTS_LATE},
};

static const struct {
	const char *word;
	enum newsroom_edit_kind kind;
} edit_words[] = {
	{"quiet", NEWSROOM_QUIET},       {"corrected", NEWSROOM_CORRECTED},
	{"retitled", NEWSROOM_RETITLED}, {"gone", NEWSROOM_GONE},
	{"back", NEWSROOM_BACK},
};

static enum wv_status complain(struct wv_err *err, const struct place *place, const char *what,
			       struct wv_slice value)
{
	return wv_err_set(err, WV_BAD_INPUT, "%s:%zu: %s '%.*s'", place->file, place->line, what,
			  WV_FMT(value));
}

/* "left SEPARATOR right" trimmed; the right side is empty where there is no separator. */
static struct wv_slice split(struct wv_slice s, unsigned char separator, struct wv_slice *right)
{
	size_t at = wv_slice_find_byte(s, separator, 0);

	if (at == SIZE_MAX) {
		*right = WV_SLICE_NONE;
		return wv_slice_trim(s);
	}
	*right = wv_slice_trim(wv_slice_from(s, at + 1));
	return wv_slice_trim(wv_slice_part(s, 0, at));
}

static enum wv_status read_time(struct wv_slice text, const struct place *place,
				struct wv_time *out, struct wv_err *err)
{
	struct wv_time_range range;

	if (wv_time_parse(text, WV_TIME_NONE, &range, NULL) != WV_OK)
		return complain(err, place, "no time", text);
	*out = range.first;
	return WV_OK;
}

/* "+08:00" */
static enum wv_status read_zone(struct wv_slice text, const struct place *place, int32_t *out,
				struct wv_err *err)
{
	struct wv_slice minutes_text;
	struct wv_slice hours_text = split(wv_slice_from(text, 1), ':', &minutes_text);
	uint64_t hours, minutes;

	if (!wv_slice_u64(hours_text, &hours) || !wv_slice_u64(minutes_text, &minutes) ||
	    hours > 14 || minutes > 59)
		return complain(err, place, "no zone", text);
	*out = (int32_t)(hours * 60 + minutes) * (text.p[0] == '-' ? -1 : 1);
	return WV_OK;
}

/* "plain", "delay 2.5" */
static enum wv_status read_robots(struct wv_slice value, const struct place *place,
				  struct newsroom_publisher *publisher, struct wv_err *err)
{
	struct wv_slice rest;
	struct wv_slice word = split(value, ' ', &rest);
	struct wv_slice tenths_text;
	struct wv_slice whole_text = split(rest, '.', &tenths_text);
	uint64_t whole = 0, tenths = 0;

	if (wv_slice_equals(word, WV_LIT("delay")) && wv_slice_u64(whole_text, &whole) &&
	    (tenths_text.n == 0 || wv_slice_u64(tenths_text, &tenths))) {
		publisher->robots = NEWSROOM_ROBOTS_PLAIN;
		publisher->crawl_delay_s = (double)whole + (double)tenths / 10;
		return WV_OK;
	}
	for (size_t i = 0; i < WV_COUNT(robots_words); i++) {
		if (wv_slice_equals(value, wv_slice_of(robots_words[i].word))) {
			publisher->robots = robots_words[i].robots;
			return WV_OK;
		}
	}
	return complain(err, place, "unknown robots", value);
}

static enum wv_status read_features(struct wv_slice value, const struct place *place, uint32_t *out,
				    struct wv_err *err)
{
	struct wv_slice rest = value;
	uint32_t bits = 0;

	while (rest.n > 0) {
		struct wv_slice word = split(rest, ' ', &rest);
		size_t i = 0;

		while (i < WV_COUNT(features) &&
		       !wv_slice_equals(wv_slice_of(features[i].word), word))
			i++;
		if (i == WV_COUNT(features))
			return complain(err, place, "unknown feature", word);
		bits |= features[i].bit;
	}
	*out = bits;
	return WV_OK;
}

static enum wv_status read_layout(struct wv_slice value, const struct place *place,
				  enum newsroom_layout *out, struct wv_err *err)
{
	for (size_t i = 0; i < WV_COUNT(layouts); i++) {
		if (wv_slice_equals(wv_slice_of(layouts[i].word), value)) {
			*out = layouts[i].layout;
			return WV_OK;
		}
	}
	return complain(err, place, "unknown layout", value);
}

static enum wv_status read_publisher_key(struct newsroom_publisher *publisher, struct wv_slice key,
					 struct wv_slice value, const struct place *place,
					 struct wv_err *err)
{
	const struct {
		struct wv_slice key;
		struct wv_slice *field;
	} texts[] = {
		{WV_LIT("name"), &publisher->name},
		{WV_LIT("tagline"), &publisher->tagline},
		{WV_LIT("address"), &publisher->address},
		{WV_LIT("path"), &publisher->path},
		{WV_LIT("language"), &publisher->language},
		{WV_LIT("charset"), &publisher->charset},
	};

	for (size_t i = 0; i < WV_COUNT(texts); i++) {
		if (wv_slice_equals(texts[i].key, key)) {
			*texts[i].field = value;
			return WV_OK;
		}
	}
	if (wv_slice_equals(key, WV_LIT("zone")))
		return read_zone(value, place, &publisher->zone_minutes, err);
	if (wv_slice_equals(key, WV_LIT("robots")))
		return read_robots(value, place, publisher, err);
	if (wv_slice_equals(key, WV_LIT("has")))
		return read_features(value, place, &publisher->has, err);
	if (wv_slice_equals(key, WV_LIT("layout")))
		return read_layout(value, place, &publisher->layout, err);
	return complain(err, place, "unknown key", key);
}

static enum wv_status read_edit(struct newsroom_article *article, enum newsroom_edit_kind kind,
				struct wv_slice value, const struct place *place,
				struct wv_err *err)
{
	struct newsroom_edit edit = {.kind = kind};
	struct wv_slice rest;
	uint64_t status;
	enum wv_status st;

	if (article->edit_count == NEWSROOM_EDITS_MAX)
		return complain(err, place, "too many edits", value);
	st = read_time(split(value, '|', &rest), place, &edit.at, err);
	if (st != WV_OK)
		return st;
	edit.old_text = split(rest, '|', &edit.new_text);
	if (kind == NEWSROOM_RETITLED)
		edit.new_text = edit.old_text;
	if (kind == NEWSROOM_GONE) {
		if (!wv_slice_u64(rest, &status) || (status != 404 && status != 410))
			return complain(err, place, "gone with 404 or 410, not", rest);
		edit.status = (unsigned)status;
	} else if (kind != NEWSROOM_BACK && edit.new_text.n == 0) {
		return complain(err, place, "an edit needs its words", value);
	}
	if (article->edit_count > 0 && article->edits[article->edit_count - 1].at.us >= edit.at.us)
		return complain(err, place, "edits go in order of time", value);
	article->edits[article->edit_count++] = edit;
	return WV_OK;
}

static enum wv_status read_form(struct wv_slice value, const struct place *place,
				enum newsroom_form *out, struct wv_err *err)
{
	if (wv_slice_equals(value, WV_LIT("paywall")))
		*out = NEWSROOM_PAYWALL;
	else if (wv_slice_equals(value, WV_LIT("consent")))
		*out = NEWSROOM_CONSENT;
	else
		return complain(err, place, "unknown form", value);
	return WV_OK;
}

static enum wv_status read_article_key(struct newsroom_article *article, struct wv_slice key,
				       struct wv_slice value, const struct place *place,
				       struct wv_err *err)
{
	const struct {
		struct wv_slice key;
		struct wv_slice *field;
	} texts[] = {
		{WV_LIT("title"), &article->title},   {WV_LIT("standfirst"), &article->standfirst},
		{WV_LIT("by"), &article->byline},     {WV_LIT("section"), &article->section},
		{WV_LIT("credit"), &article->credit}, {WV_LIT("dateline"), &article->dateline},
	};

	for (size_t i = 0; i < WV_COUNT(texts); i++) {
		if (wv_slice_equals(texts[i].key, key)) {
			*texts[i].field = value;
			return WV_OK;
		}
	}
	for (size_t i = 0; i < WV_COUNT(edit_words); i++) {
		if (wv_slice_equals(wv_slice_of(edit_words[i].word), key))
			return read_edit(article, edit_words[i].kind, value, place, err);
	}
	if (wv_slice_equals(key, WV_LIT("published")))
		return read_time(value, place, &article->published, err);
	if (wv_slice_equals(key, WV_LIT("form")))
		return read_form(value, place, &article->form, err);
	if (wv_slice_equals(key, WV_LIT("image"))) {
		article->image_alt = split(value, '|', &article->image_caption);
		return WV_OK;
	}
	if (wv_slice_equals(key, WV_LIT("related"))) {
		while (value.n > 0 && article->related_count < NEWSROOM_RELATED_MAX)
			article->related[article->related_count++] = split(value, ',', &value);
		return WV_OK;
	}
	return complain(err, place, "unknown key", key);
}

/* The head of a block: "key: value" lines up to a blank line or the next block. */
static enum wv_status read_keys(struct wv_cursor *at, struct newsroom_publisher *publisher,
				struct newsroom_article *article, struct place *place,
				struct wv_err *err)
{
	for (;;) {
		struct wv_cursor before = *at;
		struct wv_slice line, key, value;
		enum wv_status st;

		if (!wv_cursor_line(at, &line))
			return WV_OK;
		if (wv_slice_starts(line, WV_LIT("=== "))) {
			*at = before;
			return WV_OK;
		}
		place->line++;
		if (wv_slice_trim(line).n == 0)
			return WV_OK;
		key = split(line, ':', &value);
		if (value.n == 0)
			return complain(err, place, "a key without a value:", key);
		st = article ? read_article_key(article, key, value, place, err)
			     : read_publisher_key(publisher, key, value, place, err);
		if (st != WV_OK)
			return st;
	}
}

/* Everything up to the next "=== " line. */
static struct wv_slice read_body(struct wv_cursor *at, struct place *place)
{
	struct wv_cursor start = *at;
	struct wv_slice line;

	for (;;) {
		struct wv_cursor before = *at;

		if (!wv_cursor_line(at, &line))
			break;
		if (wv_slice_starts(line, WV_LIT("=== "))) {
			*at = before;
			break;
		}
		place->line++;
	}
	return wv_slice_trim(wv_slice(start.p, (size_t)(at->p - start.p)));
}

static enum wv_status check_article(const struct newsroom_article *article,
				    const struct place *place, struct wv_err *err)
{
	if (article->title.n == 0 || article->published.us == 0 || article->body.n == 0)
		return complain(err, place, "title, published and text are needed by",
				article->slug);
	for (size_t i = 0; i < article->edit_count; i++) {
		const struct newsroom_edit *edit = &article->edits[i];
		struct wv_slice words = edit->old_text;

		if (edit->kind != NEWSROOM_QUIET && edit->kind != NEWSROOM_CORRECTED)
			continue;
		if (wv_slice_find(article->body, words, 0) == SIZE_MAX &&
		    wv_slice_find(article->title, words, 0) == SIZE_MAX)
			return complain(err, place,
					"an edit looks for words that are not there:", words);
	}
	return WV_OK;
}

static enum wv_status read_publisher(struct wv_arena *arena, struct wv_slice text,
				     struct place *place, struct newsroom_publisher *out,
				     struct wv_err *err)
{
	struct wv_cursor at = wv_cursor(text);
	struct newsroom_publisher publisher = {.charset = WV_LIT("utf-8")};
	struct wv_slice line;
	enum wv_status st;

	publisher.articles = WV_ARENA_ARRAY(arena, struct newsroom_article, ARTICLES_MAX);
	if (!publisher.articles)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	st = read_keys(&at, &publisher, NULL, place, err);
	while (st == WV_OK && wv_cursor_line(&at, &line)) {
		struct newsroom_article *article;

		place->line++;
		if (!wv_slice_starts(line, WV_LIT("=== ")))
			return complain(err, place, "expected '=== slug', not", line);
		if (publisher.article_count == ARTICLES_MAX)
			return complain(err, place, "too many articles at", line);
		article = &publisher.articles[publisher.article_count++];
		article->slug = wv_slice_trim(wv_slice_from(line, 4));
		article->number = 1000 + (uint32_t)publisher.article_count;
		st = read_keys(&at, &publisher, article, place, err);
		if (st != WV_OK)
			return st;
		article->body = read_body(&at, place);
		st = check_article(article, place, err);
	}
	if (st == WV_OK)
		*out = publisher;
	return st;
}

static enum wv_status read_whole(struct wv_arena *arena, const char *path, struct wv_slice *out,
				 struct wv_err *err)
{
	unsigned char *bytes = wv_arena_alloc(arena, WV_MIB);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got = 1;

	if (fd < 0)
		return wv_err_errno(err, WV_MISSING, errno, "cannot read '%s'", path);
	while (bytes && n < WV_MIB && (got = read(fd, bytes + n, WV_MIB - n)) > 0)
		n += (size_t)got;
	close(fd);
	if (!bytes || got != 0)
		return wv_err_set(err, WV_IO, "cannot read '%s' whole", path);
	*out = wv_slice(bytes, n);
	return WV_OK;
}

static int is_text_file(const struct dirent *entry)
{
	return wv_slice_ends(wv_slice_of(entry->d_name), WV_LIT(".txt"));
}

enum wv_status newsroom_press_load(struct wv_arena *arena, const char *folder,
				   struct newsroom_press *out, struct wv_err *err)
{
	struct dirent **names;
	int n = scandir(folder, &names, is_text_file, alphasort);
	enum wv_status st = WV_OK;

	if (n < 0)
		return wv_err_errno(err, WV_MISSING, errno, "cannot read folder '%s'", folder);
	out->count = 0;
	for (int i = 0; i < n; i++) {
		struct wv_slice path =
			wv_arena_format(arena, "%s/%s%c", folder, names[i]->d_name, 0);
		struct place place = {.file = (const char *)path.p, .line = 0};
		struct wv_slice text = WV_SLICE_NONE;

		if (st == WV_OK && out->count == NEWSROOM_PUBLISHERS_MAX)
			st = wv_err_set(err, WV_LIMIT, "more than %u publishers in '%s'",
					NEWSROOM_PUBLISHERS_MAX, folder);
		if (st == WV_OK && path.n == 0)
			st = wv_err_set(err, WV_NOMEM, "out of memory");
		if (st == WV_OK)
			st = read_whole(arena, place.file, &text, err);
		if (st == WV_OK)
			st = read_publisher(arena, text, &place, &out->publishers[out->count++],
					    err);
		free(names[i]);
	}
	free(names);
	if (st == WV_OK && out->count == 0)
		st = wv_err_set(err, WV_MISSING, "no stories in '%s'", folder);
	return st;
}

struct newsroom_state newsroom_article_state(const struct newsroom_article *article,
					     struct wv_time now)
{
	struct newsroom_state state = {
		.status = article->published.us <= now.us ? 200 : 0,
		.modified = article->published,
		.changed = article->published,
	};

	for (size_t i = 0; i < article->edit_count && article->edits[i].at.us <= now.us; i++) {
		const struct newsroom_edit *edit = &article->edits[i];

		state.changed = edit->at;
		if (edit->kind == NEWSROOM_GONE)
			state.status = edit->status;
		if (edit->kind == NEWSROOM_BACK)
			state.status = 200;
		if (edit->kind == NEWSROOM_CORRECTED) {
			state.modified = edit->at;
			state.is_corrected = true;
		}
	}
	return state;
}

static struct wv_slice replaced(struct wv_slice text, const struct newsroom_edit *edit,
				struct wv_arena *arena)
{
	size_t at = wv_slice_find(text, edit->old_text, 0);
	struct wv_slice after;

	if (at == SIZE_MAX)
		return text;
	after = wv_slice_from(text, at + edit->old_text.n);
	return wv_arena_format(arena, "%.*s%.*s%.*s", WV_FMT(wv_slice_part(text, 0, at)),
			       WV_FMT(edit->new_text), WV_FMT(after));
}

struct wv_slice newsroom_article_title(const struct newsroom_article *article, struct wv_time now,
				       struct wv_arena *arena)
{
	struct wv_slice title = article->title;

	for (size_t i = 0; i < article->edit_count && article->edits[i].at.us <= now.us; i++) {
		const struct newsroom_edit *edit = &article->edits[i];

		if (edit->kind == NEWSROOM_RETITLED)
			title = edit->new_text;
		else if (edit->kind == NEWSROOM_QUIET || edit->kind == NEWSROOM_CORRECTED)
			title = replaced(title, edit, arena);
	}
	return title;
}

struct wv_slice newsroom_article_text(const struct newsroom_article *article, struct wv_time now,
				      struct wv_arena *arena)
{
	struct wv_slice text = article->body;

	for (size_t i = 0; i < article->edit_count && article->edits[i].at.us <= now.us; i++) {
		const struct newsroom_edit *edit = &article->edits[i];

		if (edit->kind == NEWSROOM_QUIET || edit->kind == NEWSROOM_CORRECTED)
			text = replaced(text, edit, arena);
	}
	return text;
}

struct wv_slice newsroom_article_path(const struct newsroom_publisher *publisher,
				      const struct newsroom_article *article,
				      struct wv_arena *arena)
{
	int64_t zone_us = publisher->zone_minutes * 60 * WV_US_PER_S;
	struct wv_civil day = wv_civil_of_time((struct wv_time){article->published.us + zone_us});
	struct wv_slice rest = publisher->path, path = WV_SLICE_NONE;

	/* {yyyy} {mm} {dd} {n} {slug}, told apart by their first letter */
	while (rest.n > 0) {
		size_t open = wv_slice_find_byte(rest, '{', 0);
		size_t close = wv_slice_find_byte(rest, '}', 0);
		struct wv_slice fixed = wv_slice_part(rest, 0, open);
		struct wv_slice word = WV_SLICE_NONE;

		if (open != SIZE_MAX && close != SIZE_MAX)
			word = wv_slice_part(rest, open + 1, close - open - 1);
		rest = word.n > 0 ? wv_slice_from(rest, close + 1) : WV_SLICE_NONE;
		path = wv_arena_format(arena, "%.*s%.*s", WV_FMT(path), WV_FMT(fixed));
		if (wv_slice_equals(word, WV_LIT("yyyy")))
			path = wv_arena_format(arena, "%.*s%04d", WV_FMT(path), day.year);
		else if (wv_slice_equals(word, WV_LIT("mm")))
			path = wv_arena_format(arena, "%.*s%02u", WV_FMT(path), day.month);
		else if (wv_slice_equals(word, WV_LIT("dd")))
			path = wv_arena_format(arena, "%.*s%02u", WV_FMT(path), day.day);
		else if (wv_slice_equals(word, WV_LIT("n")))
			path = wv_arena_format(arena, "%.*s%u", WV_FMT(path), article->number);
		else if (word.n > 0)
			path = wv_arena_format(arena, "%.*s%.*s", WV_FMT(path),
					       WV_FMT(article->slug));
	}
	return path;
}

const struct newsroom_article *newsroom_article_find(const struct newsroom_publisher *publisher,
						     struct wv_slice slug)
{
	for (size_t i = 0; i < publisher->article_count; i++) {
		if (wv_slice_equals(publisher->articles[i].slug, slug))
			return &publisher->articles[i];
	}
	return NULL;
}

size_t newsroom_newest(const struct newsroom_publisher *publisher, struct wv_time now, size_t skip,
		       const struct newsroom_article **out, size_t max)
{
	const struct newsroom_article *sorted[ARTICLES_MAX];
	size_t n = 0, given = 0;

	for (size_t i = 0; i < publisher->article_count; i++) {
		const struct newsroom_article *article = &publisher->articles[i];
		size_t at = n;

		if (newsroom_article_state(article, now).status != 200)
			continue;
		for (; at > 0 && sorted[at - 1]->published.us < article->published.us; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = article;
		n++;
	}
	for (size_t i = skip; i < n && given < max; i++)
		out[given++] = sorted[i];
	return given;
}

struct wv_time newsroom_publisher_changed(const struct newsroom_publisher *publisher,
					  struct wv_time now)
{
	struct wv_time last = {0};

	for (size_t i = 0; i < publisher->article_count; i++) {
		struct newsroom_state state = newsroom_article_state(&publisher->articles[i], now);

		if (state.status != 0 && state.changed.us > last.us)
			last = state.changed;
	}
	return last;
}
