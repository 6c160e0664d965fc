#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/read.h"

static const struct wv_option options[] = {
	{"at", 0, "T", "as the page was at this instant (default: now)", false, false},
	{"known-at", 0, "K", "use only what the archive had recorded by this instant", false, false},
	{"nearest", 0, NULL, "the capture nearest to the instant, before or after it", false, false},
	{"after", 0, NULL, "the first capture at or after the instant", false, false},
	{"article", 0, "FORM", "the clean article instead of the bytes: text, md or json", false, true},
	{"wire", 0, NULL, "the encoded bytes as they were sent (sources with keep_wire)", false, false},
	{"output", 'o', "FILE", "write to this file instead of standard output", false, false},
};

static const char *const details[] = {
	"Gives back the bytes of a page exactly as the server sent them, after content decoding; their "
	"SHA-256 is checked before a byte is written. By default the newest good capture at or before "
	"the instant; an ID restores that capture.",
	"With -o the file appears whole or not at all.",
	"--article of an article in several parts gives it whole; the bytes are each part's own.",
	NULL,
};

static const char *const examples[] = {
	"wirevault restore https://www.example.org/ --at 20240605054503 -o page.html",
	"the front page as it was then",
	"wirevault restore 4711 | sha256sum",
	"capture 4711; the digest is the one that 'show' prints",
	NULL,
};

static enum wv_status write_all(int fd, struct wv_slice bytes, const char *name,
                                struct wv_err *err)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return wv_err_errno(err, WV_IO, errno, "cannot write '%s'", name);
		bytes = wv_slice_from(bytes, (size_t)n);
	}
	return WV_OK;
}

/* A device, a pipe: nothing to put a file in the place of. */
static bool is_special(const char *name)
{
	struct stat info;

	return stat(name, &info) == 0 && !S_ISREG(info.st_mode);
}

static enum wv_status write_special(const char *name, struct wv_slice bytes, struct wv_err *err)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);
	enum wv_status st;

	if (fd < 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot open '%s'", name);
	st = write_all(fd, bytes, name, err);
	if (close(fd) != 0 && st == WV_OK)
		st = wv_err_errno(err, WV_IO, errno, "cannot write '%s'", name);
	return st;
}

/* Beside its name first, so that a failure leaves what was there. */
static enum wv_status write_file(struct wv_arena *arena, const char *name, struct wv_slice bytes,
                                 struct wv_err *err)
{
	char *new_name = wv_arena_string(
		arena, wv_arena_format(arena, "%s.%ld.new", name, (long)getpid()));
	enum wv_status st;
	int fd;

	if (!new_name)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	fd = open(new_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create '%s'", name);
	st = write_all(fd, bytes, name, err);
	if (close(fd) != 0 && st == WV_OK)
		st = wv_err_errno(err, WV_IO, errno, "cannot write '%s'", name);
	if (st == WV_OK && rename(new_name, name) != 0)
		st = wv_err_errno(err, WV_CREATE, errno, "cannot create '%s'", name);
	if (st != WV_OK)
		unlink(new_name);
	return st;
}

static void add_markdown(struct wv_buf *out, const struct wv_article *a)
{
	wv_buf_add_format(out, "# %.*s\n", WV_FMT(a->title));
	for (size_t i = 0; i < a->block_count; i++) {
		const struct wv_block *b = &a->blocks[i];
		bool close = i && b->kind == a->blocks[i - 1].kind &&
		             (b->kind == WV_BLOCK_ITEM || b->kind == WV_BLOCK_ROW);

		wv_buf_add_string(out, close ? "" : "\n");
		if (b->kind == WV_BLOCK_HEADING || b->kind == WV_BLOCK_UPDATE)
			wv_buf_add_format(out, "%.*s ", b->level >= 2 && b->level <= 6 ? b->level : 2,
			                  "######");
		else if (b->kind == WV_BLOCK_ITEM)
			wv_buf_add_string(out, "- ");
		else if (b->kind == WV_BLOCK_QUOTE)
			wv_buf_add_string(out, "> ");
		else if (b->kind == WV_BLOCK_CODE)
			wv_buf_add_string(out, "```\n");
		wv_buf_add(out, b->text);
		wv_buf_add_string(out, b->kind == WV_BLOCK_CODE ? "\n```\n" : "\n");
	}
}

static enum wv_status add_article(struct wv_read *read, const struct wv_capture *capture,
                                  struct wv_slice form, struct wv_buf *out, struct wv_err *err)
{
	struct wv_article article;
	struct wv_parts parts;
	struct wv_slice text;
	struct wv_json_writer w;
	enum wv_status st = wv_read_whole_article(read, read->c->arguments[0], capture, &article,
	                                          &parts, err);

	if (st == WV_NO)
		return wv_err_set(err, WV_NO, "capture %llu has no article (%s)",
		                  (unsigned long long)capture->id, wv_verdict_name(capture->verdict));
	if (st == WV_OK)
		st = wv_article_text(&article, read->arena, &text, err);
	if (st != WV_OK)
		return st;
	if (wv_slice_equals(form, WV_LIT("md"))) {
		add_markdown(out, &article);
	} else if (wv_slice_equals(form, WV_LIT("json"))) {
		wv_json_begin(&w, out);
		wv_json_open_object(&w, NULL);
		wv_read_json_capture(&w, read, capture);
		wv_json_string(&w, "title", article.title);
		wv_read_json_stated(&w, "published", &article.published);
		wv_read_json_stated(&w, "modified", &article.modified);
		wv_json_string(&w, "text", text);
		wv_read_json_parts(&w, &parts);
		wv_json_close(&w);
		wv_buf_add_byte(out, '\n');
	} else {
		wv_buf_add(out, article.title);
		wv_buf_add_string(out, article.title.n ? "\n\n" : "");
		wv_buf_add(out, text);
		wv_buf_add_byte(out, '\n');
	}
	return WV_OK;
}

static enum wv_status add_wire(struct wv_read *read, const struct wv_capture *capture,
                               struct wv_buf *out, struct wv_err *err)
{
	enum wv_status st;

	if (!capture->has_encoded)
		return wv_read_body(read, capture, out, err);
	st = wv_store_wire(read->txn, &capture->encoded, out, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_NO,
		                  "the encoded bytes of capture %llu were not kept "
		                  "(set keep_wire for the source)",
		                  (unsigned long long)capture->id);
	return st;
}

static enum wv_status restore(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_read_done) struct wv_read read = {0};
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {.cap = WV_LIMIT_BODY_BYTES_MAX};
	const char *output = wv_command_option(c, "output");
	struct wv_slice form = wv_slice_of(wv_command_option(c, "article"));
	enum wv_standing_mode mode = wv_command_has(c, "nearest") ? WV_STANDING_NEAREST
	                             : wv_command_has(c, "after") ? WV_STANDING_AFTER
	                                                          : WV_STANDING_AT;
	struct wv_standing standing;
	enum wv_status st;

	if (wv_command_has(c, "nearest") && wv_command_has(c, "after"))
		return wv_err_set(err, WV_USAGE, "--nearest and --after exclude each other");
	if (form.n && !wv_slice_equals(form, WV_LIT("text")) && !wv_slice_equals(form, WV_LIT("md")) &&
	    !wv_slice_equals(form, WV_LIT("json")))
		return wv_err_set(err, WV_USAGE, "option '--article': '%.*s' is not text, md or json",
		                  WV_FMT(form));
	st = wv_read_open(c, &read, err);
	if (st == WV_OK)
		st = wv_read_capture(&read, c->arguments[0], mode, &standing, err);
	if (st != WV_OK)
		return st;
	if (wv_command_has(c, "article"))
		st = add_article(&read, &standing.capture, form, &bytes, err);
	else if (wv_command_has(c, "wire"))
		st = add_wire(&read, &standing.capture, &bytes, err);
	else
		st = wv_read_body(&read, &standing.capture, &bytes, err);
	if (st == WV_OK)
		st = wv_buf_finish(&bytes, "restored bytes", err);
	if (st != WV_OK)
		return st;
	if (output && is_special(output))
		return write_special(output, wv_buf_slice(&bytes), err);
	if (output && !wv_slice_equals(wv_slice_of(output), WV_LIT("-")))
		return write_file(c->arena, output, wv_buf_slice(&bytes), err);
	wv_buf_add(c->out, wv_buf_slice(&bytes));
	return WV_OK;
}

const struct wv_command wv_command_restore = {
	.name = "restore",
	.summary = "give back the exact bytes of a page as it was",
	.arguments = "URL|ID",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 1,
	.max_arguments = 1,
	.flags = WV_COMMAND_ARCHIVE | WV_COMMAND_NO_JSON,
	.run = restore,
};
