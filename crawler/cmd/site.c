#include "crawler/cmd/site.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/view/html.h"
#include "config/base/file.h"
#include "config/base/limits.h"
#include "config/url.h"
#include "crawler/cmd/output.h"

#define LIST_CAP      (512u * WV_MIB)
#define SEGMENT_MAX   100u
#define SEGMENTS_MAX  16u
#define SLICE_US      (100 * WV_US_PER_MS)

struct site {
	struct wv_read *read;
	struct wv_slice source;
	const char *dir;
	struct wv_buf pages; /* their numbers */
	struct wv_buf records, sums, index;
	struct wv_arena *arena; /* of one page */
	uint64_t files, bytes, absent, unreadable;
};

/* --- where a page goes --- */

static void add_segment(struct wv_buf *path, struct wv_slice segment)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t from = path->n;

	for (size_t i = 0; i < segment.n && path->n - from < SEGMENT_MAX; i++) {
		unsigned char c = segment.p[i];

		/* No name that a shell or another file system would take for something else. */
		if (wv_byte_is_alnum(c) || c == '-' || c == '_' || (c == '.' && path->n > from)) {
			wv_buf_add_byte(path, c);
		} else {
			wv_buf_add_byte(path, '%');
			wv_buf_add_byte(path, (unsigned char)digits[c >> 4]);
			wv_buf_add_byte(path, (unsigned char)digits[c & 15]);
		}
	}
}

static const char *ending_of(struct wv_slice mime)
{
	static const struct {
		const char *mime, *ending;
	} rows[] = {
		{"text/html", ".html"},        {"application/xhtml+xml", ".html"},
		{"text/plain", ".txt"},        {"application/json", ".json"},
		{"application/rss+xml", ".xml"}, {"application/atom+xml", ".xml"},
		{"application/xml", ".xml"},   {"text/xml", ".xml"},
		{"application/pdf", ".pdf"},   {"image/jpeg", ".jpg"},
		{"image/png", ".png"},         {"image/gif", ".gif"},
		{"image/webp", ".webp"},       {"image/svg+xml", ".svg"},
		{"text/css", ".css"},
	};

	for (size_t i = 0; i < WV_COUNT(rows); i++)
		if (wv_slice_equals(mime, wv_slice_of(rows[i].mime)))
			return rows[i].ending;
	return "";
}

/* Makes the folders above path->n; false where a file stands in the way. */
static bool make_folders(struct wv_buf *path, size_t from)
{
	for (size_t i = from; i < path->n; i++) {
		char name[4096];

		if (path->p[i] != '/')
			continue;
		if (i >= sizeof name)
			return false;
		memcpy(name, path->p, i);
		name[i] = 0;
		if (mkdir(name, 0777) != 0 && errno != EEXIST)
			return false;
	}
	return true;
}

/* host/path/name.ending; a query becomes a few digits of its digest. */
static void add_path(struct wv_buf *path, const struct wv_url *url, struct wv_slice mime)
{
	struct wv_slice rest = url->path;
	struct wv_digest digest = wv_digest_of(url->query);
	const char *ending = ending_of(mime);
	size_t last = path->n;
	char hex[WV_DIGEST_HEX_MAX];

	add_segment(path, url->host);
	if (url->port && !(url->port == 80 || url->port == 443))
		wv_buf_add_format(path, "_%u", (unsigned)url->port);
	for (unsigned i = 0; i < SEGMENTS_MAX && rest.n; i++) {
		size_t end = wv_slice_find_byte(rest, '/', 1);
		struct wv_slice segment = wv_slice_part(rest, 1, end == SIZE_MAX ? rest.n : end - 1);

		wv_buf_add_byte(path, '/');
		last = path->n;
		add_segment(path, segment);
		rest = end == SIZE_MAX ? WV_SLICE_NONE : wv_slice_from(rest, end);
	}
	if (path->n == last)
		wv_buf_add_string(path, "index");
	if (url->query.n)
		wv_buf_add_format(path, "~%.12s", wv_digest_print(&digest, hex));
	if (*ending && !wv_slice_ends(wv_buf_slice(path), wv_slice_of(ending)))
		wv_buf_add_string(path, ending);
}

/* Creates the file; where a file and a folder want one name, the page's number makes another. */
static int create(struct site *s, struct wv_buf *path, const struct wv_url *url,
                  const struct wv_capture *capture, const struct wv_page *page)
{
	size_t from = strlen(s->dir) + 1;
	int fd = -1;

	for (int attempt = 0; attempt < 2 && fd < 0; attempt++) {
		wv_buf_reset(path);
		wv_buf_add_format(path, "%s/", s->dir);
		if (attempt == 0)
			add_path(path, url, capture->mime);
		else
			wv_buf_add_format(path, "other/%llu%s", (unsigned long long)page->number,
			                  ending_of(capture->mime));
		if (!make_folders(path, from) || !wv_buf_string(path))
			continue;
		fd = open(wv_buf_string(path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	}
	return fd;
}

/* --- one page --- */

static enum wv_status write_body(int fd, const char *name, struct wv_slice bytes, struct wv_time t,
                                 struct wv_err *err)
{
	const struct timespec times[2] = {{.tv_sec = t.us / WV_US_PER_S}, {.tv_sec = t.us / WV_US_PER_S}};
	enum wv_status st = wv_file_write(fd, bytes, name, err);

	(void)futimens(fd, times); /* a file manager sorts them by when they were captured */
	if (close(fd) != 0 && st == WV_OK)
		st = wv_err_errno(err, WV_IO, errno, "cannot write '%s'", name);
	return st;
}

static void record(struct site *s, const struct wv_capture *capture, struct wv_slice file)
{
	struct wv_article article;
	struct wv_json_writer w;
	char hex[WV_DIGEST_HEX_MAX], time[WV_TIME_TEXT_MAX];
	bool has_article = wv_read_article(s->read, capture, &article, NULL) == WV_OK;

	wv_json_begin(&w, &s->records);
	wv_json_open_object(&w, NULL);
	wv_json_string(&w, "file", file);
	wv_read_json_capture(&w, s->read, capture);
	if (has_article)
		wv_json_string(&w, "title", article.title);
	wv_json_close(&w);
	wv_buf_add_byte(&s->records, '\n');
	wv_buf_add_format(&s->sums, "%s  %.*s\n", wv_digest_print(&capture->body, hex), WV_FMT(file));
	wv_buf_add_format(&s->index, "<li>%s <a href=\"", wv_time_print(wv_read_second(capture->captured), time));
	/* Per cent signs of a file's name are not escapes of its address. */
	for (size_t i = 0; i < file.n; i++)
		if (file.p[i] == '%')
			wv_buf_add_string(&s->index, "%25");
		else
			wv_buf_add_byte(&s->index, file.p[i]);
	wv_buf_add_string(&s->index, "\">");
	wv_html_text(&s->index, has_article && article.title.n ? article.title : capture->url);
	wv_buf_add_string(&s->index, "</a> <small>");
	wv_html_text(&s->index, capture->url);
	wv_buf_add_string(&s->index, "</small>\n");
}

static enum wv_status restore_page(struct site *s, uint64_t number, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf body = {0}, path = {.cap = 4096};
	struct wv_read *read = s->read;
	const struct wv_standing_query query = {
		.page = number,
		.at = read->at,
		.known_at = read->has_known_at ? read->known_at : WV_TIME_NONE,
		.now = read->now,
	};
	struct wv_standing standing;
	struct wv_page page;
	struct wv_url url;
	enum wv_status st = wv_store_page(read->txn, s->arena, number, &page, err);
	int fd;

	if (st == WV_OK)
		st = wv_store_standing(read->txn, s->arena, &query, &standing, err);
	if (st == WV_NO) {
		s->absent++;
		return WV_OK;
	}
	/* A page that moved to another source's care since belongs to it. */
	if (st == WV_OK && !wv_slice_equals(standing.capture.source, s->source))
		return WV_OK;
	if (st == WV_OK)
		st = wv_url_parse(s->arena, standing.capture.url, NULL, &url, err);
	if (st == WV_OK)
		st = wv_read_body(read, &standing.capture, &body, err);
	if (st == WV_DAMAGED || st == WV_NO) {
		wv_command_note(read->c, "capture %llu of '%.*s' cannot be restored: %s",
		                (unsigned long long)standing.capture.id, WV_FMT(page.url),
		                err ? err->text : "");
		s->unreadable++;
		return WV_OK;
	}
	if (st != WV_OK)
		return st;
	fd = create(s, &path, &url, &standing.capture, &page);
	if (fd < 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create a file for '%.*s' in '%s'",
		                    WV_FMT(page.url), s->dir);
	st = write_body(fd, wv_buf_string(&path), wv_buf_slice(&body), standing.capture.captured, err);
	if (st == WV_OK)
		record(s, &standing.capture, wv_slice_from(wv_buf_slice(&path), strlen(s->dir) + 1));
	s->files++;
	s->bytes += body.n;
	return st;
}

/* --- all of them --- */

static enum wv_status gather(const struct wv_page *page, void *context, struct wv_err *err)
{
	struct site *s = context;

	wv_buf_add_u64_be(&s->pages, page->number);
	return s->pages.failed == WV_OK ? WV_OK : wv_buf_finish(&s->pages, "pages of the source", err);
}

static enum wv_status renew(struct wv_read *read, struct wv_mono *until, struct wv_err *err)
{
	struct wv_mono now = wv_clock_mono(wv_clock_system());

	if (now.us < until->us)
		return WV_OK;
	until->us = now.us + SLICE_US;
	wv_txn_abort(&read->txn);
	return wv_store_begin_read(read->store, &read->txn, err);
}

static enum wv_status restore_pages(struct site *s, struct wv_err *err)
{
	struct wv_read *read = s->read;
	struct wv_arena *whole = read->arena;
	struct wv_mono until = {0};
	enum wv_status st = WV_OK;

	read->arena = s->arena;
	for (size_t i = 0; i + 8 <= s->pages.n && st == WV_OK; i += 8) {
		wv_arena_reset(s->arena);
		st = renew(read, &until, err);
		if (st == WV_OK && wv_command_stop_signal())
			st = wv_err_set(err, WV_STOPPED, "stopped with %llu files written",
			                (unsigned long long)s->files);
		if (st == WV_OK)
			st = restore_page(s, wv_load_u64_be(s->pages.p + i), err);
	}
	read->arena = whole;
	return st;
}

static enum wv_status check_source(struct site *s, struct wv_err *err)
{
	struct wv_source_totals *sources;
	size_t count;
	enum wv_status st = wv_store_sources(s->read->txn, s->read->arena, &sources, &count, err);

	for (size_t i = 0; st == WV_OK && i < count; i++)
		if (wv_slice_equals(sources[i].name, s->source))
			return WV_OK;
	return st == WV_OK ? wv_err_set(err, WV_NO, "the archive has no source '%.*s': 'status' lists them",
	                                WV_FMT(s->source))
	                   : st;
}

/* New or empty: nothing of somebody else's is mixed with it, or lost. */
static enum wv_status open_folder(const char *dir, struct wv_err *err)
{
	struct dirent *entry;
	DIR *folder;
	int others = 0;

	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create folder '%s'", dir);
	folder = opendir(dir);
	if (!folder)
		return wv_err_errno(err, WV_CREATE, errno, "cannot open folder '%s'", dir);
	while ((entry = readdir(folder)))
		others += !wv_slice_equals(wv_slice_of(entry->d_name), WV_LIT(".")) &&
		          !wv_slice_equals(wv_slice_of(entry->d_name), WV_LIT(".."));
	closedir(folder);
	return others ? wv_err_set(err, WV_CREATE, "folder '%s' is not empty", dir) : WV_OK;
}

static enum wv_status write_list(struct site *s, const char *name, const struct wv_buf *text,
                                 struct wv_err *err)
{
	char *path = wv_arena_string(s->read->arena,
	                             wv_arena_format(s->read->arena, "%s/%s", s->dir, name));
	enum wv_status st = wv_buf_finish(text, name, err);

	if (!path)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	return st == WV_OK ? wv_output_write(s->read->c, path, wv_buf_slice(text), err) : st;
}

static void begin_index(struct site *s)
{
	char at[WV_TIME_TEXT_MAX], known[WV_TIME_TEXT_MAX];
	struct wv_buf *out = &s->index;

	wv_buf_add_string(out, "<!doctype html>\n<meta charset=utf-8>\n<title>");
	wv_html_text(out, s->source);
	wv_buf_add_string(out, "</title>\n<style>body{max-width:60em;margin:2em auto;padding:0 1em;"
	                       "font:1rem/1.6 sans-serif;overflow-wrap:anywhere}small{opacity:.7}"
	                       "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}"
	                       "a{color:#9cf}}</style>\n<h1>");
	wv_html_text(out, s->source);
	wv_buf_add_format(out,
	                  "</h1>\n<p>As archived at %s, known at %s%s. Bytes as the server sent them; "
	                  "captures.jsonl says what each file is.\n<ul>\n",
	                  wv_time_is_none(s->read->at) ? "the last instant recorded"
	                                               : wv_time_print(s->read->at, at),
	                  wv_time_print(s->read->known_at, known),
	                  s->read->is_simulated ? " (clock=simulated)" : "");
}

static enum wv_status restore_site(struct site *s, struct wv_err *err)
{
	enum wv_status st = check_source(s, err);

	if (st == WV_OK)
		st = wv_store_each_page_of_source(s->read->txn, s->source, gather, s, err);
	if (st == WV_OK)
		st = open_folder(s->dir, err);
	if (st != WV_OK)
		return st;
	begin_index(s);
	st = restore_pages(s, err);
	if (st != WV_OK)
		return st;
	wv_buf_add_string(&s->index, "</ul>\n");
	st = write_list(s, "captures.jsonl", &s->records, err);
	if (st == WV_OK)
		st = write_list(s, "SHA256SUMS", &s->sums, err);
	if (st == WV_OK)
		st = write_list(s, "index.html", &s->index, err);
	return st;
}

enum wv_status wv_site_restore(struct wv_read *read, const char *source, const char *dir,
                               struct wv_err *err)
{
	struct site s = {.read = read, .source = wv_slice_of(source), .dir = dir};
	char bytes[WV_TIME_TEXT_MAX];
	enum wv_status st;

	wv_buf_init(&s.pages, LIST_CAP);
	wv_buf_init(&s.records, LIST_CAP);
	wv_buf_init(&s.sums, LIST_CAP);
	wv_buf_init(&s.index, LIST_CAP);
	st = wv_arena_new(LIST_CAP, &s.arena, err);
	if (st == WV_OK)
		st = restore_site(&s, err);
	if (st == WV_OK) {
		wv_command_note(read->c, "%llu files, %s in '%s'; %llu pages did not stand then%s",
		                (unsigned long long)s.files, wv_size_print(s.bytes, bytes), dir,
		                (unsigned long long)s.absent,
		                s.unreadable ? "; some cannot be read any more" : "");
		if (s.unreadable)
			st = wv_err_set(err, WV_DAMAGED, "%llu captures cannot be restored",
			                (unsigned long long)s.unreadable);
		else if (s.files == 0)
			st = wv_err_set(err, WV_NO, "nothing of '%s' stood then", source);
	}
	wv_arena_free(&s.arena);
	wv_buf_done(&s.pages);
	wv_buf_done(&s.records);
	wv_buf_done(&s.sums);
	wv_buf_done(&s.index);
	return st;
}
