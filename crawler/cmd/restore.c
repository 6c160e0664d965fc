#include "crawler/cmd/article_out.h"
#include "crawler/cmd/bundle.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/output.h"
#include "crawler/cmd/read.h"
#include "crawler/cmd/site.h"

static const struct wv_option options[] = {
	{"at", 0, "T", "as the page was at this instant (default: now)", false, false},
	{"known-at", 0, "K", "use only what the archive had recorded by this instant", false, false},
	{"nearest", 0, NULL, "the capture nearest to the instant, before or after it", false, false},
	{"after", 0, NULL, "the first capture at or after the instant", false, false},
	{"article", 0, "FORM", "the clean article instead of the bytes: text, md or json", false, true},
	{"wire", 0, NULL, "the encoded bytes as they were sent (sources with keep_wire)", false, false},
	{"bundle", 0, NULL, "one evidence file: bytes, headers, robots.txt of then, proofs, a readable page", false,
         false},
	{"site", 0, "SOURCE", "all pages of a source as they were, into the folder of -o", false, false},
	{"output", 'o', "FILE", "write to this file instead of standard output", false, false},
};

static const char *const details[] = {
	"Gives back the bytes of a page exactly as the server sent them, after content decoding; their "
	"SHA-256 is checked before a byte is written. By default the newest good capture at or before "
	"the instant; an ID restores that capture.",
	"--bundle makes a tar file that stands for itself: with it a stranger who has a shell and openssl, "
	"and no wirevault, checks by its check.sh that the page is what was captured and signed.",
	"--site writes, for every page of the source, the bytes that --at means, with index.html, "
	"captures.jsonl (what each file is) and SHA256SUMS beside them. The folder must be new or empty.",
	"With -o the file appears whole or not at all.",
	"--article of an article in several parts gives it whole; the bytes are each part's own.",
	NULL,
};

static const char *const examples[] = {
	"wirevault restore https://www.example.org/ --at 20240605054503 -o page.html",
	"the front page as it was then",
	"wirevault restore 4711 | sha256sum",
	"capture 4711; the digest is the one that 'show' prints",
	"wirevault restore 4711 --bundle -o evidence.tar",
	"tar xf evidence.tar && sh wirevault-capture-4711/check.sh",
	"wirevault restore --site 'Example News' --at 2024-06-05T09:31Z -o then/",
	"what the archive held of that source at that minute",
	NULL,
};

static enum wv_status add_article(struct wv_read *read, const struct wv_capture *capture,
                                  struct wv_slice form, struct wv_buf *out, struct wv_err *err)
{
	struct wv_article article;
	struct wv_parts parts;
	struct wv_json_writer w;
	enum wv_status st = wv_read_whole_article(read, read->c->arguments[0], capture, &article,
	                                          &parts, err);

	if (st == WV_NO)
		return wv_err_set(err, WV_NO, "capture %llu has no article (%s)",
		                  (unsigned long long)capture->id, wv_verdict_name(capture->verdict));
	if (st != WV_OK)
		return st;
	if (wv_slice_equals(form, WV_LIT("md"))) {
		wv_article_add_markdown(out, &article);
		return WV_OK;
	}
	if (!wv_slice_equals(form, WV_LIT("json")))
		return wv_article_add_text(out, &article, read->arena, err);
	wv_json_begin(&w, out);
	wv_json_open_object(&w, NULL);
	wv_read_json_capture(&w, read, capture);
	st = wv_article_add_json(&w, &article, read->arena, err);
	if (st != WV_OK)
		return st;
	wv_read_json_parts(&w, &parts);
	wv_json_close(&w);
	wv_buf_add_byte(out, '\n');
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

static enum wv_status check_words(const struct wv_command_context *c, struct wv_err *err)
{
	static const char *const kinds[] = {"article", "wire", "bundle", "site"};
	struct wv_slice form = wv_slice_of(wv_command_option(c, "article"));
	int count = 0;

	for (size_t i = 0; i < WV_COUNT(kinds); i++)
		count += wv_command_has(c, kinds[i]);
	if (count > 1)
		return wv_err_set(err, WV_USAGE,
		                  "--article, --wire, --bundle and --site exclude each other");
	if (wv_command_has(c, "nearest") && wv_command_has(c, "after"))
		return wv_err_set(err, WV_USAGE, "--nearest and --after exclude each other");
	if (form.n && !wv_slice_equals(form, WV_LIT("text")) && !wv_slice_equals(form, WV_LIT("md")) &&
	    !wv_slice_equals(form, WV_LIT("json")))
		return wv_err_set(err, WV_USAGE, "option '--article': '%.*s' is not text, md or json",
		                  WV_FMT(form));
	if (wv_command_has(c, "site") ? c->argument_count != 0 : c->argument_count != 1)
		return wv_err_set(err, WV_USAGE, "%s",
		                  wv_command_has(c, "site") ? "--site takes no URL beside the source's name"
		                                            : "restore needs a URL or an ID");
	if (wv_command_has(c, "site") && !wv_command_option(c, "output"))
		return wv_err_set(err, WV_USAGE, "--site needs -o DIR");
	return WV_OK;
}

static enum wv_status restore_one(struct wv_read *read, struct wv_err *err)
{
	struct wv_command_context *c = read->c;
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {.cap = 2 * WV_LIMIT_BODY_BYTES_MAX};
	enum wv_standing_mode mode = wv_command_has(c, "nearest") ? WV_STANDING_NEAREST
	                             : wv_command_has(c, "after") ? WV_STANDING_AFTER
	                                                          : WV_STANDING_AT;
	struct wv_standing standing;
	enum wv_status st = wv_read_capture(read, c->arguments[0], mode, &standing, err);

	if (st != WV_OK)
		return st;
	if (wv_command_has(c, "article"))
		st = add_article(read, &standing.capture, wv_slice_of(wv_command_option(c, "article")),
		                 &bytes, err);
	else if (wv_command_has(c, "wire"))
		st = add_wire(read, &standing.capture, &bytes, err);
	else if (wv_command_has(c, "bundle"))
		st = wv_bundle_make(read, &standing.capture, &bytes, err);
	else
		st = wv_read_body(read, &standing.capture, &bytes, err);
	if (st == WV_OK)
		st = wv_buf_finish(&bytes, "restored bytes", err);
	return st == WV_OK ? wv_output_write(c, wv_command_option(c, "output"), wv_buf_slice(&bytes), err)
	                   : st;
}

static enum wv_status restore(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_read_done) struct wv_read read = {0};
	enum wv_status st = check_words(c, err);

	if (st == WV_OK && wv_command_has(c, "bundle") && !wv_command_option(c, "output") &&
	    c->is_terminal_out)
		st = wv_err_set(err, WV_USAGE, "a bundle is no text for a terminal: give -o FILE");
	if (st == WV_OK)
		st = wv_read_open(c, &read, err);
	if (st != WV_OK)
		return st;
	return wv_command_has(c, "site") ? wv_site_restore(&read, wv_command_option(c, "site"),
	                                                   wv_command_option(c, "output"), err)
	                                 : restore_one(&read, err);
}

const struct wv_command wv_command_restore = {
	.name = "restore",
	.summary = "give back the exact bytes of a page as it was",
	.arguments = "[URL|ID]",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 0,
	.max_arguments = 1,
	.flags = WV_COMMAND_ARCHIVE | WV_COMMAND_NO_JSON,
	.run = restore,
};
