#include <stdio.h>
#include <sys/statvfs.h>

#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/coverage.h"
#include "crawler/cmd/read.h"
#include "crawler/plan/frontier.h"

static const char *const details[] = {
	"What the archive holds and how it is doing: captures, pages and bodies, bytes as the servers "
	"sent them and as they are stored, by kind and by source; the map, free pages and readers of "
	"the data file; what the frontier knows and what is due.",
	"Of each source: whether it answers, its news today, yesterday and on a usual day, within which "
	"time the next is expected by what earlier weeks showed of that hour, and its alarms: "
	"unreachable, closed (robots.txt cannot be had), suspended (a burst of 403), silent (no news for "
	"twice the expected time), frozen (a listing stands still while the source brings news), "
	"duplicates, walls, unattended (the crawl does not run), "
	"calendar (the market's holidays are not known for this year). Sources with an alarm come first.",
	NULL,
};

struct facts {
	struct wv_store_totals totals;
	struct wv_db_usage usage;
	struct wv_source_totals *sources;
	size_t source_count;
	struct wv_covered covered;
	uint64_t known, due;
	uint64_t disk_free;
	double bytes_per_day; /* since the first record; 0: less than an hour of it */
};

static enum wv_status gather_coverage(struct wv_read *read, struct facts *f, struct wv_err *err)
{
	struct wv_slice *names = WV_ARENA_ARRAY(read->arena, struct wv_slice, f->source_count + 1);

	if (!names)
		return wv_err_set(err, WV_NOMEM, "out of memory for %zu sources", f->source_count);
	for (size_t i = 0; i < f->source_count; i++)
		names[i] = f->sources[i].name;
	return wv_covered_read(read->txn, wv_settings_get(read->c->settings), names, f->source_count,
	                       wv_clock_now(read->c->clock), read->arena, &f->covered, err);
}

/* What the archive holds of it; all zero: nothing. */
static struct wv_source_totals totals_of(const struct facts *f, struct wv_slice name)
{
	for (size_t i = 0; i < f->source_count; i++)
		if (wv_slice_equals(f->sources[i].name, name))
			return f->sources[i];
	return (struct wv_source_totals){.name = name};
}

static enum wv_status gather(struct wv_read *read, struct facts *f, struct wv_err *err)
{
	struct statvfs info;
	enum wv_status st = wv_store_totals(read->txn, &f->totals, err);
	int64_t span_us;

	if (st == WV_OK)
		st = wv_db_usage(wv_store_db(read->store), &f->usage, err);
	if (st == WV_OK)
		st = wv_store_sources(read->txn, read->arena, &f->sources, &f->source_count, err);
	if (st == WV_OK)
		st = gather_coverage(read, f, err);
	if (st == WV_OK)
		st = wv_frontier_count(read->txn, &f->known, &f->due, err);
	if (st != WV_OK)
		return st;
	if (statvfs(read->c->archive, &info) == 0)
		f->disk_free = (uint64_t)info.f_bavail * info.f_frsize;
	if (!f->totals.captures)
		return WV_OK;
	span_us = wv_clock_now(read->c->clock).us - f->totals.first_recorded.us;
	if (span_us > 3600 * WV_US_PER_S)
		f->bytes_per_day =
			(double)f->usage.used_bytes * (double)WV_US_PER_DAY / (double)span_us;
	return WV_OK;
}

static void print_json(const struct wv_read *read, const struct facts *f)
{
	const struct wv_store_totals *t = &f->totals;
	struct wv_json_writer w;
	char text[WV_TIME_TEXT_MAX];

	wv_json_begin(&w, read->c->out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "archive", wv_slice_of(read->c->archive));
	wv_json_string(&w, "clock", read->is_simulated ? WV_LIT("simulated") : WV_LIT("system"));
	wv_json_u64(&w, "captures", t->captures);
	wv_json_u64(&w, "pages", t->pages);
	wv_json_u64(&w, "articles", t->articles);
	wv_json_u64(&w, "bodies", t->bodies);
	wv_json_u64(&w, "body_bytes", t->body_bytes);
	wv_json_u64(&w, "capture_bytes", t->capture_bytes);
	wv_json_u64(&w, "article_bytes", t->article_bytes);
	wv_json_open_object(&w, "stored");
	for (int i = 0; i < WV_STORED_KIND_COUNT; i++) {
		wv_json_open_object(&w, wv_stored_kind_name((enum wv_stored_kind)i));
		wv_json_u64(&w, "records", t->records[i]);
		wv_json_u64(&w, "bytes", t->stored[i]);
		wv_json_close(&w);
	}
	wv_json_close(&w);
	if (t->captures) {
		wv_json_string(&w, "first_recorded",
		               wv_slice_of(wv_time_print(t->first_recorded, text)));
		wv_json_string(&w, "last_recorded", wv_slice_of(wv_time_print(t->last_recorded, text)));
	}
	wv_json_u64(&w, "map_bytes", f->usage.map_bytes);
	wv_json_u64(&w, "file_bytes", f->usage.file_bytes);
	wv_json_u64(&w, "used_bytes", f->usage.used_bytes);
	wv_json_u64(&w, "free_bytes", f->usage.free_bytes);
	wv_json_u64(&w, "readers", f->usage.readers);
	wv_json_u64(&w, "disk_free_bytes", f->disk_free);
	wv_json_double(&w, "growth_bytes_per_day", f->bytes_per_day);
	if (f->bytes_per_day > 0)
		wv_json_double(&w, "days_until_full", (double)f->disk_free / f->bytes_per_day);
	else
		wv_json_null(&w, "days_until_full");
	wv_json_u64(&w, "known_urls", f->known);
	wv_json_u64(&w, "scheduled", f->due);
	wv_json_open_array(&w, "sources");
	for (size_t i = 0; i < f->covered.count; i++) {
		struct wv_source_totals totals = totals_of(f, f->covered.sources[i].name);

		wv_json_open_object(&w, NULL);
		wv_json_string(&w, "source", totals.name);
		wv_json_u64(&w, "captures", totals.captures);
		wv_json_u64(&w, "capture_bytes", totals.capture_bytes);
		wv_json_u64(&w, "stored_bytes", totals.stored_bytes);
		wv_covered_add_json(&w, &f->covered.sources[i]);
		wv_json_close(&w);
	}
	wv_json_close(&w);
	wv_json_close(&w);
	wv_buf_add_byte(read->c->out, '\n');
}

static const char *about(uint64_t bytes, char text[WV_TIME_TEXT_MAX])
{
	return wv_size_print(bytes < 10240 ? bytes : bytes / 1024 * 1024, text);
}

static void print_text(const struct wv_read *read, const struct facts *f)
{
	const struct wv_store_totals *t = &f->totals;
	struct wv_buf *out = read->c->out;
	char a[WV_TIME_TEXT_MAX], b[WV_TIME_TEXT_MAX];
	uint64_t stored = 0;

	for (int i = 0; i < WV_STORED_KIND_COUNT; i++)
		stored += t->stored[i];
	wv_buf_add_format(out, "archive    %s%s\n", read->c->archive,
	                  read->is_simulated ? "  (clock=simulated)" : "");
	wv_buf_add_format(out, "holds      %llu captures of %llu pages, %llu articles\n",
	                  (unsigned long long)t->captures, (unsigned long long)t->pages,
	                  (unsigned long long)t->articles);
	if (t->captures)
		wv_buf_add_format(out, "recorded   %s to %s\n", wv_time_print(wv_read_second(t->first_recorded), a),
		                  wv_time_print(wv_read_second(t->last_recorded), b));
	wv_buf_add_format(out, "bodies     %llu distinct", (unsigned long long)t->bodies);
	wv_buf_add_format(out, ", %s as served, %s stored", about(t->capture_bytes, a),
	                  about(stored, b));
	if (t->capture_bytes)
		wv_buf_add_format(out, " (%.1f %%)",
		                  100.0 * (double)stored / (double)t->capture_bytes);
	wv_buf_add_format(out, "\nfile       %s", about(f->usage.file_bytes, a));
	wv_buf_add_format(out, ", %s of it free pages\n", about(f->usage.free_bytes, a));
	wv_buf_add_format(out, "disk       %s free", about(f->disk_free, a));
	if (f->bytes_per_day > 0)
		wv_buf_add_format(out, ", growing %s a day: full in %.0f days",
		                  about((uint64_t)f->bytes_per_day, a),
		                  (double)f->disk_free / f->bytes_per_day);
	wv_buf_add_format(out, "\nfrontier   %llu URLs known, %llu scheduled\n",
	                  (unsigned long long)f->known, (unsigned long long)f->due);
	if (f->covered.alarmed)
		wv_buf_add_format(out, "attention  %u of %zu sources need somebody to look\n",
		                  f->covered.alarmed, f->covered.count);
	for (size_t i = 0; i < f->covered.count; i++) {
		struct wv_source_totals totals = totals_of(f, f->covered.sources[i].name);

		wv_buf_add_string(out, i ? "           " : "sources    ");
		wv_read_add_plain(out, totals.name);
		wv_buf_add_format(out, ": %llu captures, %s", (unsigned long long)totals.captures,
		                  about(totals.capture_bytes, a));
		wv_buf_add_format(out, ", stored %s\n", about(totals.stored_bytes, a));
		wv_covered_add_text(out, &f->covered.sources[i]);
	}
}

static enum wv_status status(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_read_done) struct wv_read read = {0};
	struct facts f = {0};
	enum wv_status st = wv_read_open(c, &read, err);

	if (st == WV_OK)
		st = gather(&read, &f, err);
	if (st != WV_OK)
		return st;
	if (c->json)
		print_json(&read, &f);
	else
		print_text(&read, &f);
	return WV_OK;
}

const struct wv_command wv_command_status = {
	.name = "status",
	.summary = "say what the archive holds and how it is doing",
	.details = details,
	.flags = WV_COMMAND_ARCHIVE,
	.run = status,
};
