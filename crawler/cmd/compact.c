#include "archive/care/compact.h"

#include <stdio.h>

#include "archive/store/lock.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/wait_lock.h"

/* The live line is drawn anew at most so often. */
#define REDRAW_US (200 * WV_US_PER_MS)

static const struct wv_option options[] = {
	{"dry-run", 0, NULL,
         "only say what is there: sizes, free pages, encoded bodies that would go", false, false},
	WV_WAIT_LOCK_OPTION,
};

static const char *const details[] = {
	"Writes the archive anew, as small as it can be, and puts the new file in the place of the "
        "old "
	"one: bodies become deltas to the version before, in order of time; the servers' own "
        "compressed "
	"streams, kept as the first form of a body, become ours (not those of sources with "
        "keep_wire); "
	"free pages, and with them whatever was erased or pruned, stay behind. Captures, IDs, "
        "proofs "
	"and every digest are what they were.",
	"Readers go on and see the new file at their next look; a crawl must not be running (exit "
        "75). "
	"Stopped or killed at any instant, the archive is the old one or the new one. It needs "
        "free disk "
	"for the new file beside the old.",
	NULL,
};

static const char *const examples[] = {
	"wirevault compact --archive /var/lib/wirevault",
	"once a month, from cron, and after an erase",
	NULL,
};

struct live {
	struct wv_command_context *c;
	struct wv_mono drawn;
	bool is_drawn;
};

static bool show(const struct wv_compact_counts *counts, void *context)
{
	struct live *live = context;
	struct wv_mono now = wv_clock_mono(live->c->clock);

	if (live->c->is_terminal_err && !live->c->quiet && counts->captures &&
	    (!live->is_drawn || now.us - live->drawn.us >= REDRAW_US)) {
		(void)fprintf(stderr, "\r\033[K%llu of %llu captures, %llu %%",
		              (unsigned long long)counts->captures_done,
		              (unsigned long long)counts->captures,
		              (unsigned long long)(counts->captures_done * 100 / counts->captures));
		(void)fflush(stderr);
		live->drawn = now;
		live->is_drawn = true;
	}
	return wv_command_stop_signal() == 0;
}

static uint64_t sum(const uint64_t stored[WV_STORED_KIND_COUNT])
{
	uint64_t all = 0;

	for (int i = 0; i < WV_STORED_KIND_COUNT; i++)
		all += stored[i];
	return all;
}

static void add_kinds(struct wv_json_writer *w, const char *name,
                      const uint64_t stored[WV_STORED_KIND_COUNT])
{
	wv_json_open_object(w, name);
	for (int i = 0; i < WV_STORED_KIND_COUNT; i++)
		wv_json_u64(w, wv_stored_kind_name((enum wv_stored_kind)i), stored[i]);
	wv_json_close(w);
}

static void print_json(struct wv_command_context *c, const struct wv_compact_counts *counts,
                       bool is_dry_run)
{
	struct wv_json_writer w;

	wv_json_begin(&w, c->out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "archive", wv_slice_of(c->archive));
	wv_json_bool(&w, "dry_run", is_dry_run);
	wv_json_u64(&w, "captures", counts->captures);
	wv_json_u64(&w, "file_bytes", counts->file_bytes);
	wv_json_u64(&w, "free_bytes", counts->free_bytes);
	add_kinds(&w, "stored", counts->stored);
	wv_json_u64(&w, "wires_released", counts->wires_released);
	wv_json_u64(&w, "wire_bytes_released", counts->wire_bytes_released);
	if (!is_dry_run) {
		wv_json_u64(&w, "new_file_bytes", counts->new_file_bytes);
		wv_json_u64(&w, "bodies", counts->bodies);
		wv_json_u64(&w, "recoded", counts->recoded);
		add_kinds(&w, "new_stored", counts->new_stored);
	}
	wv_json_close(&w);
	wv_buf_add_byte(c->out, '\n');
}

static void print_text(struct wv_command_context *c, const struct wv_compact_counts *counts,
                       bool is_dry_run)
{
	char a[WV_TIME_TEXT_MAX], b[WV_TIME_TEXT_MAX];

	if (is_dry_run) {
		wv_buf_add_format(c->out, "file       %s, %s of it free pages\n",
		                  wv_size_print(counts->file_bytes, a),
		                  wv_size_print(counts->free_bytes, b));
		wv_buf_add_format(
			c->out, "stored     %s, %s of it no delta yet\n",
			wv_size_print(sum(counts->stored), a),
			wv_size_print(sum(counts->stored) - counts->stored[WV_STORED_DELTA], b));
		wv_buf_add_format(c->out, "would go   %llu encoded bodies, %s\n",
		                  (unsigned long long)counts->wires_released,
		                  wv_size_print(counts->wire_bytes_released, a));
		return;
	}
	wv_buf_add_format(c->out, "file       %s, was %s\n",
	                  wv_size_print(counts->new_file_bytes, a),
	                  wv_size_print(counts->file_bytes, b));
	wv_buf_add_format(c->out, "stored     %s, was %s\n",
	                  wv_size_print(sum(counts->new_stored), a),
	                  wv_size_print(sum(counts->stored), b));
	wv_buf_add_format(c->out,
	                  "bodies     %llu, %llu of them stored in another way than before\n",
	                  (unsigned long long)counts->bodies, (unsigned long long)counts->recoded);
	if (counts->wires_released)
		wv_buf_add_format(c->out, "gone       %llu encoded bodies, %s\n",
		                  (unsigned long long)counts->wires_released,
		                  wv_size_print(counts->wire_bytes_released, a));
}

static enum wv_status compact(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_lock_release) struct wv_lock *lock = NULL;
	WV_AUTO(wv_store_close) struct wv_store *store = NULL;
	struct live live = {.c = c};
	const struct wv_compact_options how = {
		.is_dry_run = wv_command_has(c, "dry-run"), .progress = show, .context = &live};
	struct wv_compact_counts counts = {0};
	enum wv_status st = WV_OK;

	if (!how.is_dry_run)
		st = wv_wait_lock(c, false, &lock, err);
	if (st == WV_OK)
		st = wv_store_open(c->archive,
		                   &(struct wv_store_options){.read_only = how.is_dry_run},
		                   c->clock, &store, err);
	if (st == WV_OK)
		st = wv_compact(store, &how, &counts, err);
	if (live.is_drawn)
		(void)fputs("\r\033[K", stderr);
	if (st != WV_OK)
		return st;
	if (c->json)
		print_json(c, &counts, how.is_dry_run);
	else if (!c->quiet || how.is_dry_run)
		print_text(c, &counts, how.is_dry_run);
	return WV_OK;
}

const struct wv_command wv_command_compact = {
	.name = "compact",
	.summary = "write the archive anew, as small as it can be",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.flags = WV_COMMAND_ARCHIVE,
	.run = compact,
};
