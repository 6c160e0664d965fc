#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/coverage.h"
#include "crawler/cmd/read.h"
#include "crawler/cmd/status_archive.h"
#include "crawler/plan/frontier.h"

static const char *const details[] = {
	"What the archive holds and how it is doing: captures, pages and bodies, bytes as the servers "
	"sent them and as they are stored, by kind and by source; the use of map and disk, free pages, "
	"growth in the last seven days and how long that can go on; readers, the oldest of which keeps "
	"old pages from being used again; the log's size, root and newest signature; the last run; the "
	"register of take-downs; what the frontier knows and what is due.",
	"Bodies and articles are stored as raw (too small to shrink), deflate, wire (the server's own compressed "
	"stream, until compact) or delta (what changed since another one).",
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
	struct wv_status_archive archive;
	struct wv_source_totals *sources;
	size_t source_count;
	struct wv_covered covered;
	uint64_t known, due;
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
	enum wv_status st = wv_store_totals(read->txn, &f->totals, err);

	if (st == WV_OK)
		st = wv_status_archive_gather(read, &f->totals, &f->archive, err);
	if (st == WV_OK)
		st = wv_store_sources(read->txn, read->arena, &f->sources, &f->source_count, err);
	if (st == WV_OK)
		st = gather_coverage(read, f, err);
	if (st == WV_OK)
		st = wv_frontier_count(read->txn, &f->known, &f->due, err);
	return st;
}

static void print_json(const struct wv_read *read, const struct facts *f)
{
	const struct wv_store_totals *t = &f->totals;
	struct wv_json_writer w;

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
		wv_json_time(&w, "first_recorded", t->first_recorded);
		wv_json_time(&w, "last_recorded", t->last_recorded);
	}
	wv_status_archive_json(&w, &f->archive);
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
		wv_json_open_object(&w, "stored");
		for (int k = 0; k < WV_STORED_KIND_COUNT; k++)
			wv_json_u64(&w, wv_stored_kind_name((enum wv_stored_kind)k), totals.stored[k]);
		wv_json_close(&w);
		wv_covered_add_json(&w, &f->covered.sources[i]);
		wv_json_close(&w);
	}
	wv_json_close(&w);
	wv_json_close(&w);
	wv_buf_add_byte(read->c->out, '\n');
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
	wv_buf_add_format(out, ", %s as served, %s stored", wv_status_about(t->capture_bytes, a),
	                  wv_status_about(stored, b));
	if (t->capture_bytes)
		wv_buf_add_format(out, " (%.1f %%)",
		                  100.0 * (double)stored / (double)t->capture_bytes);
	wv_buf_add_byte(out, '\n');
	for (int i = 0; i < WV_STORED_KIND_COUNT; i++)
		if (t->records[i])
			wv_buf_add_format(out, "           %s: %llu, %s\n",
			                  wv_stored_kind_name((enum wv_stored_kind)i),
			                  (unsigned long long)t->records[i], wv_status_about(t->stored[i], a));
	wv_status_archive_text(out, &f->archive);
	wv_buf_add_format(out, "frontier   %llu URLs known, %llu scheduled\n",
	                  (unsigned long long)f->known, (unsigned long long)f->due);
	if (f->covered.alarmed)
		wv_buf_add_format(out, "attention  %u of %zu sources need somebody to look\n",
		                  f->covered.alarmed, f->covered.count);
	for (size_t i = 0; i < f->covered.count; i++) {
		struct wv_source_totals totals = totals_of(f, f->covered.sources[i].name);

		wv_buf_add_string(out, i ? "           " : "sources    ");
		wv_read_add_plain(out, totals.name);
		wv_buf_add_format(out, ": %llu captures, %s", (unsigned long long)totals.captures,
		                  wv_status_about(totals.capture_bytes, a));
		wv_buf_add_format(out, ", stored %s\n", wv_status_about(totals.stored_bytes, a));
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

static const char *const examples[] = {
	"wirevault status",
	"what there is, and which sources have an alarm",
	"wirevault status --json | jq '.sources[] | select(.alarms != [])'",
	"those sources alone, for a monitor",
	NULL,
};

const struct wv_command wv_command_status = {
	.name = "status",
	.summary = "say what the archive holds and how it is doing",
	.details = details,
	.examples = examples,
	.flags = WV_COMMAND_ARCHIVE,
	.run = status,
};
