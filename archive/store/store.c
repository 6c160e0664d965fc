#include "archive/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/store/commit.h"
#include "archive/store/load.h"
#include "config/base/checked.h"

#define PATH_BYTES   4096
#define STATE_CAP    512u
/* Damage that took a few rows away is told where they are missed; this is about forged numbers. */
#define COUNTER_SLACK 1000u
#define FORMAT_TEXT  "wirevault archive, format 1\n"
#define META_FORMAT  WV_LIT("format")
#define META_CREATED WV_LIT("created")
#define META_CLOCK   WV_LIT("clock")
#define META_STATE   WV_LIT("state")

static const char *const kind_names[WV_STORED_KIND_COUNT] = {
	[WV_STORED_RAW] = "raw",
	[WV_STORED_DEFLATE] = "deflate",
	[WV_STORED_WIRE] = "wire",
	[WV_STORED_DELTA] = "delta",
};

const char *wv_stored_kind_name(enum wv_stored_kind kind)
{
	return (unsigned)kind < WV_STORED_KIND_COUNT ? kind_names[kind] : "unknown";
}

/* Is a counter about as high as its table is long, which loses no rows? */
static enum wv_status check_counter(struct wv_txn *txn, enum wv_table table, uint64_t counter,
                                    struct wv_err *err)
{
	uint64_t rows = 0;
	enum wv_status st = wv_txn_count(txn, table, &rows, err);

	if (st == WV_OK && counter > rows && counter - rows > COUNTER_SLACK)
		return wv_err_set(err, WV_DAMAGED,
		                  "the archive's counters are impossible: %llu where table '%s' has "
		                  "%llu rows",
		                  (unsigned long long)counter, wv_table_name(table),
		                  (unsigned long long)rows);
	return st;
}

enum wv_status wv_state_get(struct wv_txn *txn, struct wv_state *out, struct wv_err *err)
{
	struct wv_slice value;
	struct wv_state state;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_META, META_STATE, &value, err);

	if (st != WV_OK)
		return st;
	if (!wv_record_state_decode(value, &state))
		return wv_err_set(err, WV_DAMAGED, "the archive's counters do not decode");
	/* Readers count up to these, and make room for as many. */
	st = check_counter(txn, WV_TABLE_LEAVES, state.next_leaf, err);
	if (st == WV_OK)
		st = check_counter(txn, WV_TABLE_PAGE_KEYS, state.next_page, err);
	if (st == WV_OK)
		st = check_counter(txn, WV_TABLE_SOURCE_NAMES, state.next_source, err);
	if (st == WV_OK)
		*out = state;
	return st;
}

enum wv_status wv_source_count(struct wv_txn *txn, uint32_t *count, struct wv_err *err)
{
	struct wv_state state;
	enum wv_status st = wv_state_get(txn, &state, err);

	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "the archive lacks its counters");
	if (st == WV_OK && !wv_to_u32(state.next_source, count))
		return wv_err_set(err, WV_DAMAGED, "the archive's counters are impossible");
	return st;
}

enum wv_status wv_state_put(struct wv_txn *txn, const struct wv_state *state, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf value = {0};
	enum wv_status st;

	wv_buf_init(&value, STATE_CAP);
	wv_record_state_encode(state, &value);
	st = wv_buf_finish(&value, "counters", err);
	if (st != WV_OK)
		return st;
	return wv_txn_put(txn, WV_TABLE_META, META_STATE, wv_buf_slice(&value), err);
}

static enum wv_status path_in(const char *dir, const char *name, char path[PATH_BYTES],
                              struct wv_err *err)
{
	int n = snprintf(path, PATH_BYTES, "%s/%s", dir, name);

	if (n < 0 || n >= PATH_BYTES)
		return wv_err_set(err, WV_LIMIT, "archive path too long");
	return WV_OK;
}

/*
 * The file `format` is there once an archive was whole. From then on a missing or empty data file
 * is damage, never an invitation to begin a new archive in its place. Before that, a file of less
 * than LMDB's two first pages is what a kill or a full disk left of a first opening: it holds
 * nothing, and the next opening begins again.
 */
static enum wv_status check_marker(const char *dir, bool create, bool *is_marked,
                                   struct wv_err *err)
{
	char marker[PATH_BYTES], data[PATH_BYTES];
	struct stat file;
	enum wv_status st = path_in(dir, "format", marker, err);

	if (st == WV_OK)
		st = path_in(dir, "data.mdb", data, err);
	if (st != WV_OK)
		return st;
	*is_marked = stat(marker, &file) == 0;
	if (stat(data, &file) != 0)
		return *is_marked && errno == ENOENT
		               ? wv_err_set(err, WV_DAMAGED, "'%s' is missing from the archive",
		                            data)
		               : WV_OK;
	if (!S_ISREG(file.st_mode) || file.st_size >= 2 * sysconf(_SC_PAGESIZE))
		return WV_OK;
	if (*is_marked)
		return wv_err_set(err, WV_DAMAGED, "'%s' is %s", data,
		                  file.st_size ? "truncated" : "empty");
	if (!create)
		return wv_err_set(err, WV_MISSING, "no archive in '%s': it was never finished",
		                  dir);
	if (file.st_size && truncate(data, 0) != 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot begin '%s' again", data);
	return WV_OK;
}

static enum wv_status write_marker(const char *dir, struct wv_err *err)
{
	static const char text[] = FORMAT_TEXT;
	char path[PATH_BYTES], made[PATH_BYTES];
	enum wv_status st = path_in(dir, "format", path, err);
	ssize_t n = -1;
	int fd;

	if (st == WV_OK)
		st = path_in(dir, "format.new", made, err);
	if (st != WV_OK)
		return st;
	fd = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0) {
		n = write(fd, text, sizeof text - 1);
		if (n == (ssize_t)sizeof text - 1 && fsync(fd) != 0)
			n = -1;
	}
	if (n != (ssize_t)sizeof text - 1 || rename(made, path) != 0)
		st = wv_err_errno(err, WV_CREATE, errno, "cannot write '%s'", path);
	if (fd >= 0)
		close(fd);
	if (st != WV_OK)
		(void)unlink(made);
	return st;
}

static enum wv_status put_text(struct wv_txn *txn, struct wv_slice key, const char *text,
                               struct wv_err *err)
{
	return wv_txn_put(txn, WV_TABLE_META, key, wv_slice_of(text), err);
}

static enum wv_status found(struct wv_store *store, struct wv_txn *txn, struct wv_err *err)
{
	struct wv_state state = {
		.totals = {.first_recorded = WV_TIME_NONE, .last_recorded = {INT64_MIN + 1}}};
	char now[WV_TIME_TEXT_MAX];
	enum wv_status st = put_text(txn, META_FORMAT, "1", err);

	if (st == WV_OK)
		st = put_text(txn, META_CREATED, wv_time_print(wv_clock_now(store->clock), now),
		              err);
	if (st == WV_OK)
		st = put_text(txn, META_CLOCK,
		              wv_clock_is_simulated(store->clock) ? "simulated" : "system", err);
	return st == WV_OK ? wv_state_put(txn, &state, err) : st;
}

/* Fills an empty environment. A kill before this commit leaves one that is empty still. */
static enum wv_status make(struct wv_store *store, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_slice value;
	enum wv_status st = wv_txn_begin_write(store->db, &txn, err);

	if (st != WV_OK)
		return st;
	st = wv_txn_get(txn, WV_TABLE_META, META_FORMAT, &value, err);
	if (st != WV_NO)
		return st;
	st = found(store, txn, err);
	return st == WV_OK ? wv_txn_commit(&txn, err) : st;
}

static enum wv_status check_format(struct wv_store *store, struct wv_slice format,
                                   struct wv_err *err)
{
	uint64_t number;

	if (!wv_slice_u64(format, &number))
		return wv_err_set(err, WV_DAMAGED, "the format of archive '%s' is unreadable",
		                  store->dir);
	if (number > WV_STORE_FORMAT)
		return wv_err_set(
			err, WV_USAGE,
			"archive '%s' has format %llu; this program knows %u: use a newer "
			"wirevault",
			store->dir, (unsigned long long)number, WV_STORE_FORMAT);
	if (number == 0)
		return wv_err_set(err, WV_DAMAGED, "archive '%s' has format 0", store->dir);
	return WV_OK;
}

/* `is_marked`: there was an archive once, whatever is there now. */
static enum wv_status look(struct wv_store *store, bool is_marked, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_slice format, clock;
	struct wv_state state;
	enum wv_status st = wv_txn_begin_read(store->db, &txn, err);

	if (st != WV_OK)
		return st;
	st = wv_txn_get(txn, WV_TABLE_META, META_FORMAT, &format, err);
	if (st == WV_NO && is_marked)
		return wv_err_set(err, WV_DAMAGED, "archive '%s' lacks its format", store->dir);
	if (st == WV_NO)
		return wv_err_set(err, WV_MISSING,
		                  "no archive in '%s' (crawl, snap and import make one)", store->dir);
	if (st == WV_OK)
		st = check_format(store, format, err);
	if (st == WV_OK)
		st = wv_txn_get(txn, WV_TABLE_META, META_CLOCK, &clock, err);
	if (st == WV_OK)
		st = wv_state_get(txn, &state, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "archive '%s' lacks its counters", store->dir);
	if (st != WV_OK)
		return st;
	store->is_simulated = wv_slice_equals(clock, WV_LIT("simulated"));
	if (!store->is_simulated && !wv_slice_equals(clock, WV_LIT("system")))
		return wv_err_set(err, WV_DAMAGED, "archive '%s': its clock is named neither system nor "
		                                   "simulated", store->dir);
	if (!store->is_read_only && store->is_simulated != wv_clock_is_simulated(store->clock))
		return wv_err_set(err, WV_USAGE,
		                  "archive '%s' was made with a %s clock and takes no other",
		                  store->dir, store->is_simulated ? "simulated" : "real");
	return WV_OK;
}

static enum wv_status open_db(struct wv_store *store, const struct wv_store_options *options,
                              struct wv_err *err)
{
	const struct wv_db_options db = {
		.map_bytes = options->map_bytes,
		.read_only = options->read_only,
		.create = options->create,
		.fault = options->fault,
		.fault_context = options->fault_context,
	};
	bool is_marked = false;
	enum wv_status st =
		check_marker(store->dir, options->create && !options->read_only, &is_marked, err);

	if (st == WV_OK)
		st = wv_db_open(store->dir, &db, &store->db, err);
	/* What is damaged is not begun anew. */
	if (st == WV_OK && !options->read_only && options->create && !is_marked)
		st = make(store, err);
	if (st == WV_OK)
		st = look(store, is_marked, err);
	if (st == WV_OK && !options->read_only && !is_marked)
		st = write_marker(store->dir, err);
	return st;
}

enum wv_status wv_store_open(const char *dir, const struct wv_store_options *options,
                             const struct wv_clock *clock, struct wv_store **out,
                             struct wv_err *err)
{
	WV_AUTO(wv_store_close) struct wv_store *store = calloc(1, sizeof *store);
	enum wv_status st;

	if (!store || !(store->dir = strdup(dir)))
		return wv_err_set(err, WV_NOMEM, "out of memory");
	store->clock = clock;
	store->is_read_only = options->read_only;
	st = open_db(store, options, err);
	if (st == WV_MISSING) /* says it all */
		return st;
	if (st != WV_OK)
		return wv_err_add(err, st, "cannot open archive '%s'", dir);
	*out = WV_TAKE(store);
	return WV_OK;
}

void wv_store_close(struct wv_store **store)
{
	if (!*store)
		return;
	wv_references_forget(&(*store)->references);
	wv_db_close(&(*store)->db);
	free((*store)->dir);
	free(*store);
	*store = NULL;
}

struct wv_db *wv_store_db(struct wv_store *store)
{
	return store->db;
}

const char *wv_store_dir(const struct wv_store *store)
{
	return store->dir;
}

const struct wv_clock *wv_store_clock(const struct wv_store *store)
{
	return store->clock;
}

bool wv_store_is_simulated(const struct wv_store *store)
{
	return store->is_simulated;
}

enum wv_status wv_store_begin_read(struct wv_store *store, struct wv_txn **out, struct wv_err *err)
{
	return wv_txn_begin_read(store->db, out, err);
}

enum wv_status wv_store_on_commit(struct wv_store *store, wv_commit_hook hook, void *context,
                                  struct wv_err *err)
{
	if (store->hook_count == WV_STORE_HOOKS_MAX)
		return wv_err_set(err, WV_LIMIT, "more than %d commit hooks", WV_STORE_HOOKS_MAX);
	store->hooks[store->hook_count++] = (struct wv_registered_hook){hook, context};
	return WV_OK;
}

enum wv_status wv_store_totals(struct wv_txn *txn, struct wv_store_totals *out, struct wv_err *err)
{
	struct wv_state state;
	enum wv_status st = wv_state_get(txn, &state, err);

	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "the archive lacks its counters");
	if (st == WV_OK)
		*out = state.totals;
	return st;
}

enum wv_status wv_store_known_now(struct wv_txn *txn, struct wv_time *known_at, struct wv_err *err)
{
	struct wv_store_totals totals = {0};
	enum wv_status st = wv_store_totals(txn, &totals, err);

	if (st == WV_OK)
		*known_at = totals.last_recorded;
	return st;
}
