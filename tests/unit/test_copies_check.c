/* The hook keeps clusters with the archive, through new readings, erasing and reopening; and the
 * check of `verify` sees each way in which their rows can be wrong. */
#include "archive/copies/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "archive/copies/cluster.h"
#include "archive/copies/follow.h"
#include "archive/store/lookup.h"
#include "tests/support/archive.h"

/* Two stories of our own, as their agency wrote them, and what others made of them. */
#define FERRY                                                                                      \
	"The night ferry to Ellery will run twice a week from May, the harbour board said.\n"      \
	"It carried 41,000 passengers last year, a third more than in the year before it.\n"       \
	"Fares stay as they are; islanders pay half, and children under twelve pay nothing.\n"     \
	"A second ship, bought from a northern line, is being painted in the dry dock now.\n"
#define FERRY_CUT                                                                                  \
	"The night ferry to Ellery will run twice a week from May, the harbour board said.\n"      \
	"It carried 41,000 passengers last year, a third more than in the year before it.\n"       \
	"Fares stay as they are; islanders pay half, and children under twelve pay nothing.\n"
#define ORCHARD                                                                                    \
	"A pension fund has bought an orchard of nine hundred trees outside Vostermouth.\n"        \
	"The trees are old, and the fund says that it will leave them standing for good.\n"        \
	"Its members may pick what they can carry on two Sundays in the autumn, it wrote.\n"
#define ORCHARD_CUT                                                                                \
	"A pension fund has bought an orchard of nine hundred trees outside Vostermouth.\n"        \
	"The trees are old, and the fund says that it will leave them standing for good.\n"

struct set_up {
	struct wv_test_archive archive;
	struct wv_copies_follower *follower;
};

static void open_all(struct set_up *s)
{
	static const char *const texts[] = {FERRY, FERRY_CUT, ORCHARD, FERRY};

	*s = (struct set_up){0};
	wv_test_archive_open(&s->archive, NULL);
	assert_int_equal(wv_copies_follow(s->archive.store, &s->follower, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(texts); i++) {
		char path[16], body[16];
		struct wv_capture capture;
		struct wv_article article;

		snprintf(path, sizeof(path), "/%zu", i);
		snprintf(body, sizeof(body), "body %zu", i);
		capture = wv_test_capture(&s->archive, path, (int64_t)i * 60);
		article = wv_test_article(&s->archive, "Title", texts[i]);
		(void)wv_test_put(&s->archive, &capture, body, &article);
	}
}

static void close_all(struct set_up *s)
{
	wv_test_archive_close(&s->archive);
	wv_copies_follower_free(&s->follower);
}

static uint64_t cluster_of(struct set_up *s, uint64_t leaf, enum wv_status expected)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	uint64_t cluster = UINT64_MAX;

	assert_int_equal(wv_store_begin_read(s->archive.store, &txn, NULL), WV_OK);
	assert_int_equal(wv_copies_cluster(txn, leaf, WV_TIME_NONE, &cluster, NULL), expected);
	return cluster;
}

static void count_finding(const struct wv_finding *finding, void *context)
{
	(void)finding;
	++*(uint64_t *)context;
}

static uint64_t check(struct set_up *s)
{
	uint64_t found = 0;
	const struct wv_verify_options options = {
		.depth = WV_VERIFY_FULL, .found = count_finding, .context = &found};
	struct wv_verify_counts counts = {0};
	enum wv_status st = wv_copies_check(s->archive.store, &options, &counts, NULL);

	assert_int_equal(st, found ? WV_DAMAGED : WV_OK);
	return found;
}

static void test_clusters(void **state)
{
	struct set_up s;

	(void)state;
	open_all(&s);
	assert_int_equal(cluster_of(&s, 0, WV_OK), 0);
	assert_int_equal(cluster_of(&s, 1, WV_OK), 0);
	assert_int_equal(cluster_of(&s, 2, WV_OK), 2);
	assert_int_equal(cluster_of(&s, 3, WV_OK), 0);
	assert_int_equal(check(&s), 0);
	close_all(&s);
}

static void test_read_anew(void **state)
{
	struct set_up s;
	struct wv_batch *batch = NULL;
	struct wv_article article;
	struct wv_txn *txn = NULL;
	struct wv_time before;
	enum wv_status each;
	uint64_t cluster;

	(void)state;
	open_all(&s);
	assert_int_equal(wv_store_begin_read(s.archive.store, &txn, NULL), WV_OK);
	assert_int_equal(wv_store_known_now(txn, &before, NULL), WV_OK);
	wv_txn_abort(&txn);
	article = wv_test_article(&s.archive, "Title", ORCHARD);
	assert_int_equal(wv_batch_new(s.archive.store, &batch, NULL), WV_OK);
	assert_int_equal(wv_batch_add_article(batch, 0, &article, NULL), WV_OK);
	assert_int_equal(wv_copies_note_reading(batch, 0, (struct wv_time){WV_TEST_START}, &article,
	                                        s.archive.arena, s.archive.arena, NULL),
	                 WV_OK);
	assert_int_equal(wv_batch_commit(s.archive.store, &batch, 1, &each, NULL), WV_OK);
	wv_batch_free(&batch);
	/* Its exact copy took its place; it is an exact copy of the orchard now. */
	assert_int_equal(cluster_of(&s, 0, WV_OK), 2);
	assert_int_equal(cluster_of(&s, 1, WV_OK), 1);
	assert_int_equal(cluster_of(&s, 3, WV_OK), 1);
	assert_int_equal(wv_store_begin_read(s.archive.store, &txn, NULL), WV_OK);
	assert_int_equal(wv_copies_cluster(txn, 3, before, &cluster, NULL), WV_OK);
	assert_int_equal(cluster, 0);
	wv_txn_abort(&txn);
	assert_int_equal(check(&s), 0);
	close_all(&s);
}

static void test_erase(void **state)
{
	const uint64_t gone[] = {0, 77};
	struct set_up s;
	struct wv_txn *txn = NULL;

	(void)state;
	open_all(&s);
	assert_int_equal(wv_txn_begin_write(wv_store_db(s.archive.store), &txn, NULL), WV_OK);
	assert_int_equal(wv_copies_erase(txn, gone, 2, (struct wv_time){WV_TEST_START * 2}, NULL),
	                 WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	(void)cluster_of(&s, 0, WV_NO);
	assert_int_equal(cluster_of(&s, 1, WV_OK), 1);
	assert_int_equal(cluster_of(&s, 3, WV_OK), 1);
	/* Here its article is still there, and that is found. */
	assert_int_equal(check(&s), 1);
	close_all(&s);
}

/* A neighbour whose article is lost does not stand in the way. */
static void test_erase_beside_damage(void **state)
{
	const uint64_t gone[] = {0, 3};
	unsigned char article[12] = {[7] = 1};
	struct set_up s;
	struct wv_txn *txn = NULL;

	(void)state;
	open_all(&s);
	assert_int_equal(wv_txn_begin_write(wv_store_db(s.archive.store), &txn, NULL), WV_OK);
	assert_int_equal(wv_txn_delete(txn, WV_TABLE_ARTICLES, wv_slice(article, sizeof(article)),
	                               NULL),
	                 WV_OK);
	assert_int_equal(wv_copies_erase(txn, gone, 2, (struct wv_time){WV_TEST_START * 2}, NULL),
	                 WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	(void)cluster_of(&s, 0, WV_NO);
	assert_int_equal(cluster_of(&s, 1, WV_OK), 1);
	close_all(&s);
}

static void put_text(struct set_up *s, const char *name, const char *text)
{
	struct wv_capture capture = wv_test_capture(&s->archive, name, 3600);
	struct wv_article article = wv_test_article(&s->archive, "Title", text);

	(void)wv_test_put(&s->archive, &capture, name, &article);
}

/* Rows as they were before main parts were kept. */
static void forget_parts(struct set_up *s, uint64_t leaf)
{
	unsigned char key[9] = {'s', [8] = (unsigned char)leaf}, row[33];
	struct wv_txn *txn = NULL;
	struct wv_slice value;

	assert_int_equal(wv_txn_begin_write(wv_store_db(s->archive.store), &txn, NULL), WV_OK);
	assert_int_equal(wv_txn_get(txn, WV_TABLE_FINGERPRINTS, wv_slice(key, 9), &value, NULL),
	                 WV_OK);
	assert_true(value.n >= sizeof(row));
	memcpy(row, value.p, sizeof(row));
	row[0] &= 15;
	assert_int_equal(wv_txn_put(txn, WV_TABLE_FINGERPRINTS, wv_slice(key, 9),
	                            wv_slice(row, sizeof(row)), NULL),
	                 WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
}

/* A text is a copy of the story that is most of it, and of no other that it has too. */
static void test_two_stories(void **state)
{
	struct set_up s;

	(void)state;
	for (int is_old = 0; is_old < 2; is_old++) {
		open_all(&s);
		put_text(&s, "/both", FERRY ORCHARD_CUT);
		assert_int_equal(cluster_of(&s, 4, WV_OK), 0);
		assert_int_equal(cluster_of(&s, 2, WV_OK), 2);
		for (uint64_t leaf = 0; leaf < 5 && is_old; leaf++)
			forget_parts(&s, leaf);
		assert_int_equal(check(&s), 0);
		put_text(&s, "/again", ORCHARD_CUT FERRY);
		put_text(&s, "/orchard", ORCHARD "They are to be counted once a year, in the spring.\n");
		assert_int_equal(cluster_of(&s, 5, WV_OK), 0);
		assert_int_equal(cluster_of(&s, 6, WV_OK), 2);
		assert_int_equal(cluster_of(&s, 2, WV_OK), 2);
		assert_int_equal(check(&s), 0);
		close_all(&s);
	}
}

/* An archive from before there were clusters: later commits look at what was there. */
static void test_catches_up(void **state)
{
	struct set_up s = {0};
	struct wv_capture capture;
	struct wv_article article;

	(void)state;
	wv_test_archive_open(&s.archive, NULL);
	for (int i = 0; i < 2; i++) {
		capture = wv_test_capture(&s.archive, i ? "/b" : "/a", i);
		article = wv_test_article(&s.archive, "Title", i ? FERRY_CUT : FERRY);
		(void)wv_test_put(&s.archive, &capture, i ? "b" : "a", &article);
	}
	(void)cluster_of(&s, 0, WV_NO);
	assert_int_equal(wv_copies_follow(s.archive.store, &s.follower, NULL), WV_OK);
	capture = wv_test_capture(&s.archive, "/c", 5);
	article = wv_test_article(&s.archive, "Title", ORCHARD);
	(void)wv_test_put(&s.archive, &capture, "c", &article);
	assert_int_equal(cluster_of(&s, 0, WV_OK), 0);
	assert_int_equal(cluster_of(&s, 1, WV_OK), 0);
	assert_int_equal(cluster_of(&s, 2, WV_OK), 2);
	assert_int_equal(check(&s), 0);
	close_all(&s);
}

/* ---- damage ---- */

/* The first row at or above `prefix`: deleted, or with the byte at `at` turned. */
static void spoil(struct set_up *s, enum wv_table table, struct wv_slice prefix, size_t at)
{
	struct wv_txn *txn = NULL;
	struct wv_walk *walk = NULL;
	struct wv_slice key, row;
	unsigned char k[64], r[8192];
	size_t key_n, row_n;

	assert_int_equal(wv_txn_begin_write(wv_store_db(s->archive.store), &txn, NULL), WV_OK);
	assert_int_equal(wv_walk_begin(txn, table, &walk, NULL), WV_OK);
	assert_int_equal(wv_walk_seek(walk, prefix, &key, &row, NULL), WV_OK);
	assert_true(wv_slice_starts(key, prefix) && key.n <= sizeof(k) && row.n <= sizeof(r));
	key_n = key.n;
	row_n = row.n;
	memcpy(k, key.p, key.n);
	memcpy(r, row.p, row.n);
	wv_walk_end(&walk);
	if (at == SIZE_MAX) {
		assert_int_equal(wv_txn_delete(txn, table, wv_slice(k, key_n), NULL), WV_OK);
	} else {
		assert_true(at < row_n);
		r[at] ^= 1;
		assert_int_equal(wv_txn_put(txn, table, wv_slice(k, key_n), wv_slice(r, row_n), NULL),
		                 WV_OK);
	}
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
}

static void test_damage(void **state)
{
	static const struct {
		const char *name;
		enum wv_table table;
		struct wv_slice prefix;
		size_t at;
	} rows[] = {
		{"a standing is gone", WV_TABLE_FINGERPRINTS, WV_LIT_INIT("s"), SIZE_MAX},
		{"a standing names another cluster", WV_TABLE_FINGERPRINTS,
	         WV_LIT_INIT("s\0\0\0\0\0\0\0\1"), 8},
		{"a standing has another text", WV_TABLE_FINGERPRINTS, WV_LIT_INIT("s"), 20},
		{"an exact copy of nothing", WV_TABLE_FINGERPRINTS, WV_LIT_INIT("s\0\0\0\0\0\0\0\3"), 8},
		{"a main part is another", WV_TABLE_FINGERPRINTS, WV_LIT_INIT("s\0\0\0\0\0\0\0\0"),
	         33},
		{"a fingerprint is gone", WV_TABLE_FINGERPRINTS, WV_LIT_INIT("z"), SIZE_MAX},
		{"a fingerprint counts otherwise", WV_TABLE_FINGERPRINTS, WV_LIT_INIT("z"), 6},
		{"a text's row names another document", WV_TABLE_FINGERPRINTS, WV_LIT_INIT("x"), 7},
		{"a text's row names nobody", WV_TABLE_FINGERPRINTS, WV_LIT_INIT("x"), 0},
		{"a block of shingles is gone", WV_TABLE_SHINGLES, WV_LIT_INIT("r"), SIZE_MAX},
		{"a block of shingles is unsorted", WV_TABLE_SHINGLES, WV_LIT_INIT("r"), 4},
		{"a shingle of nobody", WV_TABLE_SHINGLES, WV_LIT_INIT("r"), 6},
		{"a fact is gone", WV_TABLE_CLUSTERS, WV_LIT_INIT("h"), SIZE_MAX},
	};
	int missed = 0;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct set_up s;

		open_all(&s);
		spoil(&s, rows[i].table, rows[i].prefix, rows[i].at);
		if (check(&s) == 0) {
			print_error("%s: not found\n", rows[i].name);
			missed++;
		}
		close_all(&s);
	}
	assert_int_equal(missed, 0);
}

/* Rows with keys longer than any of ours, and more of them than are read in one go. */
static void test_long_keys(void **state)
{
	unsigned char key[200] = {'n'};
	struct wv_txn *txn = NULL;
	struct set_up s;

	(void)state;
	open_all(&s);
	assert_int_equal(wv_txn_begin_write(wv_store_db(s.archive.store), &txn, NULL), WV_OK);
	for (unsigned i = 0; i < 300; i++) {
		key[198] = (unsigned char)(i >> 8);
		key[199] = (unsigned char)i;
		assert_int_equal(wv_txn_put(txn, WV_TABLE_FINGERPRINTS, wv_slice(key, sizeof(key)),
		                            WV_LIT("x"), NULL),
		                 WV_OK);
	}
	assert_int_equal(wv_txn_put(txn, WV_TABLE_FINGERPRINTS, WV_LIT("n"), WV_LIT("x"), NULL), WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	assert_int_equal(check(&s), 301);
	close_all(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clusters),   cmocka_unit_test(test_read_anew),
		cmocka_unit_test(test_erase),      cmocka_unit_test(test_catches_up),
		cmocka_unit_test(test_two_stories), cmocka_unit_test(test_damage),     cmocka_unit_test(test_erase_beside_damage),
		cmocka_unit_test(test_long_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
