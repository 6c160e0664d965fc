#include "crawler/cmd/captured.h"

#include "config/url.h"
#include "crawler/cmd/read.h"
#include "crawler/plan/frontier.h"

/* Its place among the addresses that were given; their number: it is none of them. */
static size_t place_of(const struct wv_pipeline_options *options, struct wv_slice url)
{
	size_t i = 0;

	while (i < options->url_count && !wv_slice_equals(options->urls[i], url))
		i++;
	return i;
}

/* Why an address has no capture of this run, in the words of `why`. */
static enum wv_status say_missing(struct wv_read *read, struct wv_slice address,
                                  struct wv_err *err)
{
	struct wv_command_context *c = read->c;
	struct wv_url url;
	struct wv_why why;
	enum wv_status st;

	wv_arena_reset(read->arena);
	st = wv_url_parse(read->arena, address, NULL, &url, err);
	if (st == WV_OK)
		st = wv_why_look_up(read->txn, wv_settings_get(c->settings), read->arena, &url,
		                    wv_clock_now(c->clock), 1, &why, err);
	if (st == WV_OK)
		wv_command_note(c, "not captured: %.*s: %.*s", WV_FMT(address), WV_FMT(why.verdict));
	return st;
}

static void print_capture(struct wv_read *read, const struct wv_capture *capture)
{
	struct wv_command_context *c = read->c;
	struct wv_json_writer w;
	char text[WV_TIME_TEXT_MAX];

	if (c->json) {
		wv_json_begin(&w, c->out);
		wv_json_open_object(&w, NULL);
		wv_read_json_capture(&w, read, capture);
		wv_json_close(&w);
	} else {
		wv_buf_add_format(c->out, "%8llu  %s  %3d  %-13s ", (unsigned long long)capture->id,
		                  wv_time_print(wv_read_second(capture->captured), text),
		                  capture->status, wv_verdict_name(capture->verdict));
		wv_read_add_plain(c->out, capture->url);
	}
	wv_buf_add_byte(c->out, '\n');
}

enum wv_status wv_captured_print(struct wv_command_context *c,
                                 const struct wv_pipeline_options *options,
                                 const struct wv_pipeline_report *r, size_t *missing,
                                 struct wv_err *err)
{
	WV_AUTO(wv_read_done) struct wv_read read = {.c = c};
	bool *is_there = WV_ARENA_ARRAY(c->arena, bool, options->url_count + 1);
	enum wv_status st = is_there ? wv_read_open(c, &read, err)
	                             : wv_err_set(err, WV_NOMEM, "out of memory for addresses");

	for (uint64_t id = r->first_id; st == WV_OK && id <= r->last_id; id++) {
		struct wv_capture capture;

		wv_arena_reset(read.arena);
		st = wv_store_capture(read.txn, read.arena, id, read.known_at, &capture, err);
		if (st == WV_OK) {
			size_t place = place_of(options, capture.url);

			is_there[place] = true;
			if (!c->quiet && (place < options->url_count ||
			                  !wv_slice_ends(capture.url, WV_LIT("/robots.txt"))))
				print_capture(&read, &capture);
		}
		st = st == WV_NO ? WV_OK : st;
	}
	*missing = 0;
	for (size_t i = 0; st == WV_OK && i < options->url_count; i++) {
		if (is_there[i] || place_of(options, options->urls[i]) < i)
			continue;
		++*missing;
		st = say_missing(&read, options->urls[i], err);
	}
	return st;
}
