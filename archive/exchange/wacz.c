#include "archive/exchange/wacz.h"

#include <stdlib.h>

#include "archive/exchange/zip.h"
#include "config/base/json.h"
#include "config/base/limits.h"

#define WARC_NAME "data.warc.gz"

struct resource {
	const char *path, *name;
	struct wv_zip_entry entry;
};

struct wv_wacz {
	struct wv_wacz_options options;
	struct wv_output *output, *index_lines, *page_lines;
	struct wv_zip *zip;
	struct wv_warc_writer *warc;
	struct wv_cdxj *cdxj;
	struct wv_buf text;
	struct resource resources[3];
	size_t resource_count;
};

static enum wv_status add_line(void *context, struct wv_slice bytes, struct wv_err *err)
{
	return wv_output_add(context, bytes, err);
}

static enum wv_status begin_resource(struct wv_wacz *w, const char *path, const char *name,
                                     struct wv_err *err)
{
	WV_ASSERT(w->resource_count < WV_COUNT(w->resources));
	w->resources[w->resource_count] = (struct resource){.path = path, .name = name};
	return wv_zip_begin(w->zip, path, err);
}

static enum wv_status end_resource(struct wv_wacz *w, struct wv_err *err)
{
	return wv_zip_end(w->zip, &w->resources[w->resource_count++].entry, err);
}

static enum wv_status begin(struct wv_wacz *w, struct wv_err *err)
{
	const struct wv_zip_options zip = {.modified = w->options.range->known_at};
	const struct wv_warc_sink index = {add_line, w->index_lines};
	struct wv_warc_writer_options warc = {
		.name = WV_LIT(WARC_NAME),
		.store = w->options.store,
		.range = w->options.range,
		.is_decoded = w->options.is_decoded,
		.is_for_replay = true,
	};
	enum wv_status st = wv_zip_new(w->output, &zip, &w->zip, err);

	warc.sink = (struct wv_warc_sink){wv_zip_add, w->zip};
	if (st == WV_OK)
		st = wv_cdxj_new(&index, WV_LIT(WARC_NAME), &w->cdxj, err);
	if (st == WV_OK)
		st = wv_warc_writer_new(&warc, &w->warc, err);
	if (st == WV_OK)
		st = wv_output_add(w->page_lines,
		                   WV_LIT("{\"format\":\"json-pages-1.0\",\"id\":\"pages\","
		                          "\"title\":\"All Pages\"}\n"),
		                   err);
	if (st == WV_OK)
		st = begin_resource(w, "archive/" WARC_NAME, WARC_NAME, err);
	return st == WV_OK ? wv_warc_write_info(w->warc, err) : st;
}

enum wv_status wv_wacz_new(const struct wv_wacz_options *options, struct wv_wacz **out,
                           struct wv_err *err)
{
	struct wv_wacz *w = calloc(1, sizeof(*w));
	enum wv_status st;

	if (!w)
		return wv_err_set(err, WV_NOMEM, "out of memory for a WACZ file");
	w->options = *options;
	wv_buf_init(&w->text, WV_MIB);
	st = wv_output_open(options->path, &w->output, err);
	if (st == WV_OK && !wv_output_is_file(w->output))
		st = wv_err_set(err, WV_USAGE, "a WACZ file cannot be written to '%s': it is no file",
		                options->path);
	if (st == WV_OK)
		st = wv_output_spool(options->path, &w->index_lines, err);
	if (st == WV_OK)
		st = wv_output_spool(options->path, &w->page_lines, err);
	if (st == WV_OK)
		st = begin(w, err);
	if (st == WV_OK)
		*out = w;
	else
		wv_wacz_free(&w);
	return st;
}

void wv_wacz_free(struct wv_wacz **wacz)
{
	struct wv_wacz *w = *wacz;

	if (!w)
		return;
	wv_warc_writer_free(&w->warc);
	wv_cdxj_free(&w->cdxj);
	wv_zip_free(&w->zip);
	wv_output_close(&w->index_lines);
	wv_output_close(&w->page_lines);
	wv_output_close(&w->output);
	wv_buf_done(&w->text);
	free(w);
	*wacz = NULL;
}

static enum wv_status add_page(struct wv_wacz *w, const struct wv_capture *c, struct wv_slice title,
                               struct wv_err *err)
{
	struct wv_json_writer j;
	char id[32];
	WV_AUTO(wv_buf_done) struct wv_buf number = {.cap = sizeof(id)};
	enum wv_status st;

	wv_buf_add_format(&number, "%llu", (unsigned long long)c->id);
	wv_buf_reset(&w->text);
	wv_json_begin(&j, &w->text);
	wv_json_open_object(&j, NULL);
	wv_json_string(&j, "id", wv_buf_slice(&number));
	wv_json_string(&j, "url", c->url);
	wv_json_time(&j, "ts", c->captured);
	wv_json_string(&j, "title", title.n ? title : c->url);
	wv_json_close(&j);
	wv_buf_add_byte(&w->text, '\n');
	st = wv_buf_finish(&w->text, "line of a page", err);
	return st == WV_OK ? wv_output_add(w->page_lines, wv_buf_slice(&w->text), err) : st;
}

enum wv_status wv_wacz_add(struct wv_wacz *w, struct wv_txn *txn, struct wv_arena *arena,
                           const struct wv_capture *capture, bool is_page,
                           struct wv_slice page_title, struct wv_err *err)
{
	struct wv_warc_place place;
	enum wv_status st = wv_warc_write_capture(w->warc, txn, arena, capture, &place, err);

	/* A replay in a browser would show a 304 as it is, an empty page, in the place of what it
	 * confirmed; it stays in the WARC. */
	if (st == WV_OK && capture->status != 304)
		st = wv_cdxj_add(w->cdxj, capture, &place, err);
	return st == WV_OK && is_page ? add_page(w, capture, page_title, err) : st;
}

static enum wv_status copy_spool(struct wv_wacz *w, struct wv_output *spool, const char *path,
                                 const char *name, struct wv_err *err)
{
	enum wv_status st = begin_resource(w, path, name, err);

	if (st == WV_OK)
		st = wv_output_each(spool, wv_zip_add, w->zip, err);
	return st == WV_OK ? end_resource(w, err) : st;
}

static enum wv_status add_file(struct wv_wacz *w, const char *path, struct wv_zip_entry *entry,
                               struct wv_err *err)
{
	enum wv_status st = wv_buf_finish(&w->text, path, err);

	wv_buf_add_byte(&w->text, '\n');
	if (st == WV_OK)
		st = wv_zip_begin(w->zip, path, err);
	if (st == WV_OK)
		st = wv_zip_add(w->zip, wv_buf_slice(&w->text), err);
	return st == WV_OK ? wv_zip_end(w->zip, entry, err) : st;
}

static void add_hash(struct wv_json_writer *j, const struct wv_digest *digest)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = 128};
	char hex[WV_DIGEST_HEX_MAX];

	wv_buf_add_format(&text, "sha256:%s", wv_digest_print(digest, hex));
	wv_json_string(j, "hash", wv_buf_slice(&text));
}

static void describe(struct wv_wacz *w)
{
	struct wv_json_writer j;

	wv_buf_reset(&w->text);
	wv_json_begin(&j, &w->text);
	wv_json_open_object(&j, NULL);
	wv_json_string(&j, "profile", WV_LIT("data-package"));
	wv_json_string(&j, "wacz_version", WV_LIT("1.1.1"));
	wv_json_string(&j, "title", w->options.title);
	wv_json_string(&j, "software", WV_LIT("wirevault " WV_VERSION));
	wv_json_time(&j, "created", w->options.range->known_at);
	if (wv_store_is_simulated(w->options.store))
		wv_json_string(&j, "clock", WV_LIT("simulated"));
	wv_json_open_array(&j, "resources");
	for (size_t i = 0; i < w->resource_count; i++) {
		wv_json_open_object(&j, NULL);
		wv_json_string(&j, "name", wv_slice_of(w->resources[i].name));
		wv_json_string(&j, "path", wv_slice_of(w->resources[i].path));
		add_hash(&j, &w->resources[i].entry.digest);
		wv_json_u64(&j, "bytes", w->resources[i].entry.bytes);
		wv_json_close(&j);
	}
	wv_json_close(&j);
	wv_json_close(&j);
}

enum wv_status wv_wacz_finish(struct wv_wacz *w, struct wv_err *err)
{
	struct wv_zip_entry package, unused;
	struct wv_json_writer j;
	enum wv_status st = end_resource(w, err);

	if (st == WV_OK)
		st = wv_cdxj_finish(w->cdxj, err);
	if (st == WV_OK)
		st = copy_spool(w, w->index_lines, "indexes/index.cdx", "index.cdx", err);
	if (st == WV_OK)
		st = copy_spool(w, w->page_lines, "pages/pages.jsonl", "pages.jsonl", err);
	describe(w);
	if (st == WV_OK)
		st = add_file(w, "datapackage.json", &package, err);
	if (st != WV_OK)
		return st;
	wv_buf_reset(&w->text);
	wv_json_begin(&j, &w->text);
	wv_json_open_object(&j, NULL);
	wv_json_string(&j, "path", WV_LIT("datapackage.json"));
	add_hash(&j, &package.digest);
	wv_json_close(&j);
	st = add_file(w, "datapackage-digest.json", &unused, err);
	if (st == WV_OK)
		st = wv_zip_finish(w->zip, err);
	return st == WV_OK ? wv_output_commit(w->output, err) : st;
}
