#include "archive/proof/verify.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "archive/proof/merkle.h"
#include "archive/store/load.h"
#include "archive/store/lookup.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"
#include "tests/support/random.h"

static void fill(struct wv_test_archive *a, uint64_t seed, uint64_t from, uint64_t batches)
{
	for (uint64_t i = from; i < from + batches;) {
		struct wv_batch *group[5];
		enum wv_status statuses[5];
		size_t n = 1 + i % 5;

		for (size_t k = 0; k < n; k++)
			group[k] = wv_test_batch(a->store, seed, i + k);
		assert_int_equal(wv_batch_commit(a->store, group, n, statuses, NULL), WV_OK);
		for (size_t k = 0; k < n; k++)
			wv_batch_free(&group[k]);
		wv_clock_turn(a->clock, (int64_t)(i % 3) * WV_US_PER_S);
		i += n;
	}
}

static void test_sound_archives_have_no_findings(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct wv_test_archive a;

		wv_test_archive_open(&a, NULL);
		assert_int_equal(wv_test_verify(a.store, true), 0);
		fill(&a, seed, 0, 20);
		assert_int_equal(wv_test_verify(a.store, true), 0);
		wv_test_archive_reopen(&a, NULL);
		fill(&a, seed, 100, 30);
		assert_int_equal(wv_test_verify(a.store, true), 0);
		wv_test_archive_close(&a);
	}
}

/* Rows changed behind the store's back, each with a right checksum: only what is derived again
 * can tell. */
struct harm {
	const char *name;
	enum wv_table table;
	int what; /* 0: remove the row; 1: add one to a byte near its end; 2: an extra row */
};

static bool do_harm(struct wv_test_archive *a, const struct harm *harm, uint64_t nth)
{
	WV_AUTO(wv_buf_done) struct wv_buf k = {0};
	WV_AUTO(wv_buf_done) struct wv_buf v = {0};
	struct wv_walk *walk = NULL;
	struct wv_txn *txn = NULL;
	struct wv_slice key, value;
	enum wv_status st;

	wv_buf_init(&k, 1024);
	wv_buf_init(&v, WV_MIB);
	assert_int_equal(wv_txn_begin_write(wv_store_db(a->store), &txn, NULL), WV_OK);
	assert_int_equal(wv_walk_begin(txn, harm->table, &walk, NULL), WV_OK);
	st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, NULL);
	while (st == WV_OK && nth--)
		st = wv_walk_next(walk, &key, &value, NULL);
	if (st == WV_OK) {
		wv_buf_add(&k, key);
		wv_buf_add(&v, value);
	}
	wv_walk_end(&walk);
	if (st != WV_OK) {
		wv_txn_abort(&txn);
		return false;
	}
	if (harm->what == 0) {
		assert_int_equal(wv_txn_delete(txn, harm->table, wv_buf_slice(&k), NULL), WV_OK);
	} else {
		if (harm->what == 1)
			v.p[v.n - 1 - v.n / 8]++;
		else
			k.p[k.n - 1] += 77;
		assert_int_equal(
			wv_txn_put(txn, harm->table, wv_buf_slice(&k), wv_buf_slice(&v), NULL),
			WV_OK);
	}
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	return true;
}

static void test_every_harm_is_found(void **state)
{
	static const struct harm rows[] = {
		{"page key gone", WV_TABLE_PAGE_KEYS, 0},
		{"page key other", WV_TABLE_PAGE_KEYS, 1},
		{"page gone", WV_TABLE_PAGES, 0},
		{"page other", WV_TABLE_PAGES, 1},
		{"page extra", WV_TABLE_PAGES, 2},
		{"capture gone", WV_TABLE_CAPTURES, 0},
		{"capture other", WV_TABLE_CAPTURES, 1},
		{"capture extra", WV_TABLE_CAPTURES, 2},
		{"leaf gone", WV_TABLE_LEAVES, 0},
		{"leaf other", WV_TABLE_LEAVES, 1},
		{"listing gone", WV_TABLE_BY_SOURCE, 0},
		{"listing other", WV_TABLE_BY_SOURCE, 1},
		{"listing extra", WV_TABLE_BY_SOURCE, 2},
		{"body gone", WV_TABLE_BODIES, 0},
		{"body row other", WV_TABLE_BODIES, 1},
		{"body row extra", WV_TABLE_BODIES, 2},
		{"segment gone", WV_TABLE_SEGMENTS, 0},
		{"segment other", WV_TABLE_SEGMENTS, 1},
		{"encoded gone", WV_TABLE_ENCODED, 0},
		{"encoded other", WV_TABLE_ENCODED, 1},
		{"article gone", WV_TABLE_ARTICLES, 0},
		{"article other", WV_TABLE_ARTICLES, 1},
		{"article extra", WV_TABLE_ARTICLES, 2},
		{"node gone", WV_TABLE_TREE, 0},
		{"node other", WV_TABLE_TREE, 1},
		{"node extra", WV_TABLE_TREE, 2},
		{"head other", WV_TABLE_HEADS, 1},
		{"base page other", WV_TABLE_BASES, 1},
		{"source name gone", WV_TABLE_SOURCE_NAMES, 0},
		{"source other", WV_TABLE_SOURCE_NAMES, 1},
	};
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		for (uint64_t nth = 0; nth < 9; nth += 4) {
			struct wv_test_archive a;

			wv_test_archive_open(&a, NULL);
			fill(&a, 3, 0, 40);
			if (do_harm(&a, &rows[i], nth) && wv_test_verify(a.store, false) == 0) {
				print_error("row '%s', the %d. of its table: not found\n",
				            rows[i].name, (int)nth);
				bad++;
			}
			wv_test_archive_close(&a);
		}
	assert_int_equal(bad, 0);
}

static struct wv_digest digest_of_tables(struct wv_store *store)
{
	WV_AUTO(wv_digest_stream_free) struct wv_digest_stream *stream = NULL;
	struct wv_txn *txn = NULL;

	if (wv_digest_stream_new(&stream, NULL) != WV_OK ||
	    wv_store_begin_read(store, &txn, NULL) != WV_OK)
		_exit(4);
	for (int t = 0; t < WV_TABLE_COUNT; t++) {
		struct wv_walk *walk = NULL;
		struct wv_slice key, value;
		enum wv_status st;

		if (wv_walk_begin(txn, (enum wv_table)t, &walk, NULL) != WV_OK)
			_exit(4);
		for (st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, NULL); st == WV_OK;
		     st = wv_walk_next(walk, &key, &value, NULL)) {
			wv_digest_stream_add(stream, key);
			wv_digest_stream_add(stream, value);
		}
		wv_walk_end(&walk);
	}
	wv_txn_abort(&txn);
	return wv_digest_stream_finish(stream);
}

/* In a child, since a damaged file may crash LMDB: 0 nothing found and every row as it was,
 * 1 found, 2 not found although something differs, 3 not even opened. */
static int verify_in_child(const char *dir, const struct wv_digest *sound)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		const struct wv_store_options options = {.read_only = true};
		struct wv_store *store = NULL;
		struct wv_digest now;
		struct rlimit none = {0, 0};

		/* cmocka would catch the crash and go on with the next test, here in the child. */
		(void)signal(SIGSEGV, SIG_DFL);
		(void)signal(SIGBUS, SIG_DFL);
		(void)signal(SIGABRT, SIG_DFL);
		(void)signal(SIGFPE, SIG_DFL);
		(void)setrlimit(RLIMIT_CORE, &none);
		(void)alarm(60);
		(void)!freopen("/dev/null", "w", stderr);
		if (wv_store_open(dir, &options, wv_clock_system(), &store, NULL) != WV_OK)
			_exit(3);
		if (wv_test_verify(store, false))
			_exit(1);
		now = digest_of_tables(store);
		_exit(wv_digest_equals(&now, sound) ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1; /* a crash is a finding */
}

/* Any bit of the file: found, or nothing that can be read has changed. */
static void test_flipped_bits(void **state)
{
	const char *many = getenv("WV_TEST_FLIPS");
	uint64_t flips = 60;
	struct wv_test_archive a;
	struct wv_random r = {2024};
	struct wv_digest sound;
	struct stat file;
	char path[300];
	int fd, counts[5] = {0};

	(void)state;
	if (many && !wv_slice_u64(wv_slice_of(many), &flips))
		fail_msg("WV_TEST_FLIPS is no number");
	wv_test_archive_open(&a, NULL);
	fill(&a, 5, 0, 60);
	sound = digest_of_tables(a.store);
	wv_store_close(&a.store);
	snprintf(path, sizeof path, "%s/data.mdb", a.folder.path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &file) == 0);
	for (uint64_t i = 0; i < flips; i++) {
		off_t at = (off_t)wv_random_below(&r, (uint64_t)file.st_size);
		unsigned char byte, flipped;
		int got;

		assert_int_equal(pread(fd, &byte, 1, at), 1);
		flipped = (unsigned char)(byte ^ 1u << wv_random_below(&r, 8));
		assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
		got = verify_in_child(a.folder.path, &sound);
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		if (got == 2)
			print_error("byte %lld, %02x to %02x: not found\n", (long long)at, byte,
			            flipped);
		counts[got < 4 ? got : 4]++;
	}
	close(fd);
	assert_int_equal(verify_in_child(a.folder.path, &sound), 0);
	print_message("%d flips: %d found, %d not opened, %d in unused space\n", (int)flips,
	              counts[1], counts[3], counts[0]);
	assert_int_equal(counts[2] + counts[4], 0);
	assert_true(counts[1] > 0);
	wv_test_archive_close(&a);
}

/* --- forged rows: right checksums, and numbers that no archive can have --- */

static void put_row(struct wv_test_archive *a, enum wv_table table, struct wv_slice key,
                    struct wv_slice value)
{
	struct wv_txn *txn = NULL;

	assert_int_equal(wv_txn_begin_write(wv_store_db(a->store), &txn, NULL), WV_OK);
	assert_int_equal(wv_txn_put(txn, table, key, value, NULL), WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
}

/* Readers count up to these and make room for as many: they would never come to an end. */
static void test_forged_counters(void **state)
{
	static const struct {
		const char *name;
		size_t counter;
		uint64_t added;
		enum wv_status expected;
	} rows[] = {
		{"as it is", offsetof(struct wv_state, next_leaf), 0, WV_OK},
		{"leaves within the slack", offsetof(struct wv_state, next_leaf), 1000, WV_OK},
		{"leaves", offsetof(struct wv_state, next_leaf), UINT64_C(1) << 60, WV_DAMAGED},
		{"pages", offsetof(struct wv_state, next_page), UINT64_C(1) << 60, WV_DAMAGED},
		{"sources", offsetof(struct wv_state, next_source), UINT64_C(1) << 31, WV_DAMAGED},
	};
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf row = {.cap = WV_KIB};
		struct wv_test_archive a;
		struct wv_state forged;
		struct wv_txn *txn;
		uint64_t *counter = (uint64_t *)(void *)((char *)&forged + rows[i].counter);
		enum wv_status st;

		wv_test_archive_open(&a, NULL);
		fill(&a, 3, 0, 5);
		txn = wv_test_reading(&a);
		assert_int_equal(wv_state_get(txn, &forged, NULL), WV_OK);
		wv_txn_abort(&txn);
		*counter += rows[i].added;
		wv_record_state_encode(&forged, &row);
		put_row(&a, WV_TABLE_META, WV_LIT("state"), wv_buf_slice(&row));
		txn = wv_test_reading(&a);
		st = wv_state_get(txn, &forged, NULL);
		wv_txn_abort(&txn);
		if (st != rows[i].expected) {
			print_error("%s: %d, expected %d\n", rows[i].name, (int)st,
			            (int)rows[i].expected);
			bad++;
		}
		wv_test_archive_close(&a);
	}
	assert_int_equal(bad, 0);
}

static void test_forged_head(void **state)
{
	static const struct {
		uint64_t size;
		enum wv_status expected;
	} rows[] = {{100, WV_OK}, {UINT64_C(1) << 60, WV_DAMAGED}};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		unsigned char key[8], value[2 + 8 + WV_DIGEST_BYTES] = {1};
		struct wv_tree_head head;
		struct wv_test_archive a;
		struct wv_txn *txn;

		wv_test_archive_open(&a, NULL);
		fill(&a, 3, 0, 5);
		wv_store_u64_be(key, rows[i].size);
		put_row(&a, WV_TABLE_HEADS, wv_slice(key, sizeof key), wv_slice(value, sizeof value));
		txn = wv_test_reading(&a);
		assert_int_equal(wv_merkle_head(txn, &head, NULL), rows[i].expected);
		wv_txn_abort(&txn);
		assert_true(wv_test_verify(a.store, false) > 0);
		wv_test_archive_close(&a);
	}
}

/* A page's key longer than any: who asks the register about it has no room for that. */
static void test_forged_page(void **state)
{
	const struct wv_captures_query query = {
		.from = WV_TIME_NONE, .to = WV_TIME_NONE, .known_at = WV_TIME_NONE};
	static const struct {
		size_t n;
		enum wv_status expected;
	} rows[] = {
		{0, WV_DAMAGED},
		{WV_LIMIT_PAGE_KEY_BYTES - 1, WV_OK},
		{WV_LIMIT_PAGE_KEY_BYTES, WV_OK},
		{WV_LIMIT_PAGE_KEY_BYTES + 1, WV_DAMAGED},
		{4000, WV_DAMAGED},
	};
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf row = {.cap = 8 * WV_KIB};
		unsigned char key[8] = {0}, page_key[4000];
		struct wv_fact fact = {.act = WV_ACT_HIDE,
		                       .until = WV_TIME_NONE,
		                       .first = WV_TIME_NONE,
		                       .last = WV_TIME_NONE,
		                       .page_key = WV_LIT("com,other)/"),
		                       .url = WV_LIT("https://other.com/"),
		                       .reason = WV_LIT("asked for")};
		struct wv_captures *captures = NULL;
		struct wv_capture capture;
		struct wv_test_archive a;
		struct wv_txn *txn = NULL;
		enum wv_status st;

		wv_test_archive_open(&a, NULL);
		fill(&a, 3, 0, 5);
		assert_int_equal(wv_txn_begin_write(wv_store_db(a.store), &txn, NULL), WV_OK);
		assert_int_equal(wv_register_add(txn, &fact, NULL), WV_OK);
		assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
		memset(page_key, 'x', sizeof page_key);
		wv_record_page_encode(wv_slice(page_key, rows[i].n), WV_LIT("https://example.com/"),
		                      &row);
		put_row(&a, WV_TABLE_PAGE_KEYS, wv_slice(key, sizeof key), wv_buf_slice(&row));
		txn = wv_test_reading(&a);
		assert_int_equal(wv_captures_begin(txn, &query, &captures, NULL), WV_OK);
		st = wv_captures_next(captures, a.arena, &capture, NULL);
		wv_captures_end(&captures);
		wv_txn_abort(&txn);
		if (st != rows[i].expected) {
			print_error("a key of %zu bytes: %d, expected %d\n", rows[i].n, (int)st,
			            (int)rows[i].expected);
			bad++;
		}
		wv_test_archive_close(&a);
	}
	assert_int_equal(bad, 0);
}

static void test_forged_clock(void **state)
{
	static const struct wv_store_options read_only = {.read_only = true};
	struct wv_test_archive a;

	(void)state;
	wv_test_archive_open(&a, NULL);
	put_row(&a, WV_TABLE_META, WV_LIT("clock"), WV_LIT("systen"));
	wv_store_close(&a.store);
	assert_int_equal(wv_store_open(a.folder.path, &read_only, a.clock, &a.store, NULL), WV_DAMAGED);
	wv_test_archive_close(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sound_archives_have_no_findings),
		cmocka_unit_test(test_every_harm_is_found),
		cmocka_unit_test(test_flipped_bits),
		cmocka_unit_test(test_forged_counters),
		cmocka_unit_test(test_forged_head),
		cmocka_unit_test(test_forged_clock),
		cmocka_unit_test(test_forged_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
