#include "crawler/cmd/status_archive.h"

#include <sys/statvfs.h>

#include "crawler/plan/tables.h"

#define WEEK_US (7 * WV_US_PER_DAY)

const char *wv_status_about(uint64_t bytes, char text[WV_TIME_TEXT_MAX])
{
	return wv_size_print(bytes < 10240 ? bytes : bytes / 1024 * 1024, text);
}

/* --- growth --- */

/*
 * How many leaves the log had at an instant: heads are in the order of their sizes, and so of
 * their times; the place is found by halving.
 */
static enum wv_status size_at(struct wv_txn *txn, struct wv_time at, uint64_t size, uint64_t *out,
                              struct wv_err *err)
{
	uint64_t low = 0, high = size; /* the head of `low` leaves is from before, of `high` not */

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		struct wv_tree_head head;
		enum wv_status st = wv_merkle_head_covering(txn, middle + 1, &head, err);

		if (st == WV_NO)
			break;
		if (st != WV_OK)
			return st;
		if (head.recorded.us <= at.us)
			low = head.size;
		else
			high = middle;
	}
	*out = low;
	return WV_OK;
}

/* The leaves of the last week at the archive's average of bytes a leaf. */
static enum wv_status grow(struct wv_read *read, const struct wv_store_totals *totals,
                           struct wv_status_archive *a, struct wv_err *err)
{
	struct wv_time from = {read->now.us - WEEK_US};
	int64_t span_us = read->now.us - totals->first_recorded.us;
	uint64_t before = 0;
	double room;
	enum wv_status st = WV_OK;

	a->days_until_full = -1;
	if (totals->captures == 0 || a->head.size == 0 || span_us < 3600 * WV_US_PER_S)
		return WV_OK;
	if (span_us > WEEK_US) {
		span_us = WEEK_US;
		st = size_at(read->txn, from, a->head.size, &before, err);
	}
	if (st != WV_OK)
		return st;
	a->bytes_per_day = (double)a->usage.used_bytes / (double)a->head.size *
	                   (double)(a->head.size - before) * (double)WV_US_PER_DAY /
	                   (double)span_us;
	room = (double)a->disk_free + (double)a->usage.free_bytes;
	if ((double)a->usage.map_bytes - (double)a->usage.used_bytes < room)
		room = (double)a->usage.map_bytes - (double)a->usage.used_bytes;
	if (a->bytes_per_day > 0)
		a->days_until_full = room / a->bytes_per_day;
	return WV_OK;
}

/* --- the register --- */

struct count {
	struct wv_status_archive *a;
	struct wv_time now;
};

static enum wv_status count_fact(const struct wv_fact *fact, void *context, struct wv_err *err)
{
	const struct count *c = context;
	struct wv_status_archive *a = c->a;
	bool in_force = !fact->released_by && !wv_fact_is_over(fact, c->now);

	(void)err;
	if (fact->act == WV_ACT_ERASE) {
		a->erased += fact->captures;
		a->last_erased = fact->recorded;
	}
	if (fact->act == WV_ACT_PRUNE)
		a->pruned += fact->captures;
	if (!in_force || fact->act > WV_ACT_HOLD)
		return WV_OK;
	a->taken_down += fact->act != WV_ACT_HOLD;
	a->held += fact->act == WV_ACT_HOLD;
	a->ending += !wv_time_is_none(fact->until) && fact->until.us - c->now.us <= WEEK_US;
	return WV_OK;
}

/* --- all --- */

static enum wv_status gather_log(struct wv_read *read, struct wv_status_archive *a,
                                 struct wv_err *err)
{
	struct wv_signed_head newest;
	enum wv_status st = wv_merkle_head(read->txn, &a->head, err);

	if (st == WV_OK)
		st = wv_head_newest_signed(read->txn, 0, &newest, err);
	a->is_signed = st == WV_OK;
	if (st == WV_OK)
		a->signed_head = newest.head;
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status gather_run(struct wv_read *read, struct wv_status_archive *a,
                                 struct wv_err *err)
{
	struct wv_run_row run;
	enum wv_status st = wv_run_row_get(read->txn, &run, err);

	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	a->has_run = run.run > 0;
	a->run = run.run;
	a->run_opened = run.opened;
	a->is_run_closed = run.is_closed;
	return WV_OK;
}

enum wv_status wv_status_archive_gather(struct wv_read *read, const struct wv_store_totals *totals,
                                        struct wv_status_archive *out, struct wv_err *err)
{
	struct wv_status_archive a = {.last_erased = WV_TIME_NONE};
	struct count count = {&a, read->now};
	struct statvfs disk;
	enum wv_status st = wv_db_usage(wv_store_db(read->store), &a.usage, err);

	if (statvfs(read->c->archive, &disk) == 0)
		a.disk_free = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (st == WV_OK)
		st = gather_log(read, &a, err);
	if (st == WV_OK)
		st = gather_run(read, &a, err);
	if (st == WV_OK)
		st = wv_register_each(read->txn, 0, count_fact, &count, err);
	if (st == WV_OK)
		st = grow(read, totals, &a, err);
	if (st == WV_OK)
		*out = a;
	return st;
}

/* Transactions that the oldest reader of another process is behind. */
static uint64_t lag_of(const struct wv_status_archive *a)
{
	return a->usage.oldest_other_txn && a->usage.last_txn > a->usage.oldest_other_txn
	               ? a->usage.last_txn - a->usage.oldest_other_txn
	               : 0;
}

static void json_head(struct wv_json_writer *w, const struct wv_status_archive *a)
{
	wv_json_open_object(w, "log");
	wv_json_u64(w, "size", a->head.size);
	wv_json_digest(w, "root", &a->head.root);
	if (a->head.size)
		wv_json_time(w, "recorded", a->head.recorded);
	if (a->is_signed) {
		wv_json_u64(w, "signed_size", a->signed_head.size);
		wv_json_time(w, "signed_recorded", a->signed_head.recorded);
	} else {
		wv_json_null(w, "signed_size");
	}
	wv_json_close(w);
}

void wv_status_archive_json(struct wv_json_writer *w, const struct wv_status_archive *a)
{
	const struct wv_db_usage *u = &a->usage;

	wv_json_u64(w, "map_bytes", u->map_bytes);
	wv_json_u64(w, "file_bytes", u->file_bytes);
	wv_json_u64(w, "used_bytes", u->used_bytes);
	wv_json_u64(w, "free_bytes", u->free_bytes);
	wv_json_u64(w, "readers", u->others);
	wv_json_u64(w, "readers_max", u->readers_max);
	wv_json_u64(w, "stale_readers", u->stale);
	wv_json_open_object(w, "oldest_reader");
	if (u->oldest_other_txn) {
		wv_json_u64(w, "process", u->oldest_other_pid);
		wv_json_u64(w, "behind", lag_of(a));
	}
	wv_json_close(w);
	wv_json_u64(w, "disk_free_bytes", a->disk_free);
	wv_json_double(w, "growth_bytes_per_day", a->bytes_per_day);
	if (a->days_until_full >= 0)
		wv_json_double(w, "days_until_full", a->days_until_full);
	else
		wv_json_null(w, "days_until_full");
	json_head(w, a);
	wv_json_open_object(w, "register");
	wv_json_u64(w, "taken_down", a->taken_down);
	wv_json_u64(w, "held", a->held);
	wv_json_u64(w, "ending", a->ending);
	wv_json_u64(w, "erased_captures", a->erased);
	wv_json_u64(w, "pruned_captures", a->pruned);
	wv_json_time(w, "last_erased", a->last_erased);
	wv_json_close(w);
	wv_json_open_object(w, "last_run");
	if (a->has_run) {
		wv_json_u64(w, "number", a->run);
		wv_json_time(w, "opened", a->run_opened);
		wv_json_bool(w, "closed", a->is_run_closed);
	}
	wv_json_close(w);
}

static void text_file(struct wv_buf *out, const struct wv_status_archive *a)
{
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add_format(out, "file       %s", wv_status_about(a->usage.file_bytes, text));
	wv_buf_add_format(out, ", %s of it free pages", wv_status_about(a->usage.free_bytes, text));
	wv_buf_add_format(out, "; %.2f %% of a map of %s\n",
	                  100.0 * (double)a->usage.used_bytes / (double)a->usage.map_bytes,
	                  wv_status_about(a->usage.map_bytes, text));
	wv_buf_add_format(out, "disk       %s free", wv_status_about(a->disk_free, text));
	if (a->bytes_per_day > 0)
		wv_buf_add_format(out, ", growing %s a day",
		                  wv_status_about((uint64_t)a->bytes_per_day, text));
	if (a->days_until_full >= 0)
		wv_buf_add_format(out, ": full in %.0f days", a->days_until_full);
	wv_buf_add_format(out, "\nreaders    %u", a->usage.others);
	if (a->usage.oldest_other_txn)
		wv_buf_add_format(out, ", the oldest (process %u) is %llu commits behind",
		                  a->usage.oldest_other_pid, (unsigned long long)lag_of(a));
	if (a->usage.stale)
		wv_buf_add_format(out, ", %u of dead processes were cleared", a->usage.stale);
	wv_buf_add_byte(out, '\n');
}

void wv_status_archive_text(struct wv_buf *out, const struct wv_status_archive *a)
{
	char text[WV_TIME_TEXT_MAX], hex[WV_DIGEST_HEX_MAX];

	text_file(out, a);
	wv_buf_add_format(out, "log        %llu leaves, root %.16s...",
	                  (unsigned long long)a->head.size, wv_digest_print(&a->head.root, hex));
	if (a->is_signed && a->signed_head.size == a->head.size)
		wv_buf_add_string(out, ", signed\n");
	else if (a->is_signed)
		wv_buf_add_format(out, ", signed up to %llu\n",
		                  (unsigned long long)a->signed_head.size);
	else
		wv_buf_add_string(out, ", not signed\n");
	if (a->taken_down || a->held || a->erased || a->pruned) {
		wv_buf_add_format(out, "register   %llu taken down, %llu held",
		                  (unsigned long long)a->taken_down, (unsigned long long)a->held);
		if (a->ending)
			wv_buf_add_format(out, ", %llu end within 7 days",
			                  (unsigned long long)a->ending);
		wv_buf_add_format(out, "; %llu captures erased, %llu pruned\n",
		                  (unsigned long long)a->erased, (unsigned long long)a->pruned);
	}
	if (a->has_run)
		wv_buf_add_format(out, "last run   %llu, began %s%s\n", (unsigned long long)a->run,
		                  wv_time_print(wv_read_second(a->run_opened), text),
		                  a->is_run_closed ? "" : ", is at work or did not end");
}
