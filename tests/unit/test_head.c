#include "archive/proof/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "config/base/base64.h"
#include "archive/proof/prove.h"
#include "tests/support/archive.h"

static const struct {
	const char *name, *text, *bytes;
	bool is_good;
} base64_rows[] = {
	{"nothing", "", "", true},          {"one", "Zg==", "f", true},
	{"two", "Zm8=", "fo", true},        {"three", "Zm9v", "foo", true},
	{"six", "Zm9v\nYmFy\n", "foobar", true},
	{"cut", "Zm9", NULL, false},        {"letter", "Zm9*", NULL, false},
	{"loose bits", "Zh==", NULL, false}, {"more loose bits", "Zm9=", NULL, false},
	{"padding inside", "Zg==Zg==", NULL, false}, {"padding alone", "====", NULL, false},
	{"too much padding", "Z===", NULL, false},
};

static void test_base64(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(base64_rows); i++) {
		struct wv_buf out = {.cap = 100}, again = {.cap = 100};
		bool is_good = wv_base64_parse(wv_slice_of(base64_rows[i].text), &out);

		if (is_good != base64_rows[i].is_good ||
		    (is_good && !wv_slice_equals(wv_buf_slice(&out), wv_slice_of(base64_rows[i].bytes)))) {
			print_error("row '%s': got %d '%.*s'\n", base64_rows[i].name, is_good,
			            WV_FMT(wv_buf_slice(&out)));
			failed++;
		}
		if (is_good) {
			wv_base64_add(&again, wv_buf_slice(&out), i == 4 ? 4 : 0);
			if (!wv_slice_equals(wv_buf_slice(&again), wv_slice_of(base64_rows[i].text))) {
				print_error("row '%s': spelled '%.*s'\n", base64_rows[i].name,
				            WV_FMT(wv_buf_slice(&again)));
				failed++;
			}
		}
		wv_buf_done(&out);
		wv_buf_done(&again);
	}
	assert_int_equal(failed, 0);
}

static void put_some(struct wv_test_archive *a, int n)
{
	for (int i = 0; i < n; i++) {
		struct wv_capture capture = wv_test_capture(a, "/a", i);

		wv_test_put(a, &capture, "body", NULL);
	}
}

static void test_signed_once(void **state)
{
	WV_AUTO(wv_head_key_free) struct wv_head_key *key = NULL;
	struct wv_test_archive a;
	struct wv_signed_head head, again, parsed;
	struct wv_buf text = {.cap = 4096}, copy = {.cap = 4096};
	struct wv_txn *txn = NULL;
	bool is_new = false;
	char path[512];
	struct stat info;

	(void)state;
	wv_test_archive_open(&a, NULL);
	assert_int_equal(wv_head_key_open(a.folder.path, WV_SLICE_NONE, &key, NULL), WV_OK);
	snprintf(path, sizeof path, "%s/head.key", a.folder.path);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(wv_head_sign(a.store, key, &head, NULL, NULL), WV_NO); /* nothing to sign */
	put_some(&a, 5);
	assert_int_equal(wv_head_sign(a.store, key, &head, &is_new, NULL), WV_OK);
	assert_true(is_new);
	assert_int_equal(head.head.size, 5);
	assert_true(wv_head_is_signed(&head));
	assert_int_equal(wv_head_sign(a.store, key, &again, &is_new, NULL), WV_OK);
	assert_false(is_new);
	assert_memory_equal(&head, &again, sizeof head);

	/* Whoever opens the archive next has the same key. */
	wv_head_key_free(&key);
	assert_int_equal(wv_head_key_open(a.folder.path, WV_SLICE_NONE, &key, NULL), WV_OK);
	put_some(&a, 2);
	assert_int_equal(wv_store_begin_read(a.store, &txn, NULL), WV_OK);
	assert_int_equal(wv_head_newest_signed(txn, 5, &again, NULL), WV_OK);
	assert_int_equal(again.head.size, 5);
	assert_int_equal(wv_head_newest_signed(txn, 6, &again, NULL), WV_NO);
	assert_int_equal(wv_head_signed_at(txn, 6, &again, NULL), WV_NO);
	wv_txn_abort(&txn);
	assert_int_equal(wv_head_sign(a.store, key, &again, &is_new, NULL), WV_OK);
	assert_int_equal(again.head.size, 7);
	assert_memory_equal(again.key, head.key, sizeof head.key);

	/* The text is read back; a change of any letter of it shows. */
	wv_head_add_text(&text, &head);
	assert_int_equal(wv_head_parse(wv_buf_slice(&text), &parsed, NULL), WV_OK);
	assert_true(wv_head_is_signed(&parsed));
	wv_head_add_text(&copy, &parsed);
	assert_true(wv_slice_equals(wv_buf_slice(&text), wv_buf_slice(&copy)));
	for (size_t i = 0; i + 1 < text.n; i++) {
		struct wv_err err = WV_ERR_NONE;

		copy.p[i] ^= (unsigned char)(1u << i % 7);
		if (wv_head_parse(wv_buf_slice(&copy), &parsed, &err) == WV_OK &&
		    wv_head_is_signed(&parsed))
			fail_msg("byte %zu: '%c' for '%c' is not noticed", i, copy.p[i], text.p[i]);
		copy.p[i] = text.p[i];
	}
	assert_int_equal(wv_test_verify(a.store, true), 0);
	wv_buf_done(&text);
	wv_buf_done(&copy);
	wv_test_archive_close(&a);
}

static void test_wrong_signature_is_found(void **state)
{
	WV_AUTO(wv_head_key_free) struct wv_head_key *key = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf value = {.cap = 1024};
	struct wv_test_archive a;
	struct wv_signed_head head;
	struct wv_head_row row = {.is_signed = true};
	struct wv_txn *txn = NULL;
	unsigned char at[8];

	(void)state;
	wv_test_archive_open(&a, NULL);
	assert_int_equal(wv_head_key_open(a.folder.path, WV_SLICE_NONE, &key, NULL), WV_OK);
	put_some(&a, 3);
	assert_int_equal(wv_head_sign(a.store, key, &head, NULL, NULL), WV_OK);
	row.head = head.head;
	memcpy(row.key, head.key, sizeof row.key);
	memcpy(row.signature, head.signature, sizeof row.signature);
	row.signature[7] ^= 1;
	wv_head_row_encode(&row, &value);
	wv_store_u64_be(at, 3);
	assert_int_equal(wv_txn_begin_write(wv_store_db(a.store), &txn, NULL), WV_OK);
	assert_int_equal(wv_txn_put(txn, WV_TABLE_HEADS, wv_slice(at, 8), wv_buf_slice(&value), NULL),
	                 WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	assert_int_equal(wv_test_verify(a.store, false), 1);
	wv_test_archive_close(&a);
}

static void test_keys(void **state)
{
	static const struct {
		const char *name, *content;
		bool is_named;
		enum wv_status status;
	} rows[] = {
		{"named and missing", NULL, true, WV_SETTINGS},
		{"named and none", "hello", true, WV_SETTINGS},
		{"empty", "", true, WV_SETTINGS},
		{"the archive's, and none", "hello", false, WV_DAMAGED},
		{"the archive's, missing", NULL, false, WV_OK},
	};
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_head_key_free) struct wv_head_key *key = NULL;
		struct wv_test_archive a;
		struct wv_err err = WV_ERR_NONE;
		char path[512];
		enum wv_status st;

		wv_test_archive_open(&a, NULL);
		snprintf(path, sizeof path, "%s/%s", a.folder.path,
		         rows[i].is_named ? "own.key" : "head.key");
		if (rows[i].content) {
			FILE *file = fopen(path, "w");

			fputs(rows[i].content, file);
			fclose(file);
		}
		st = wv_head_key_open(a.folder.path,
		                      rows[i].is_named ? wv_slice_of(path) : WV_SLICE_NONE, &key, &err);
		if (st != rows[i].status) {
			print_error("row '%s': expected %s, got %s (%s)\n", rows[i].name,
			            wv_status_name(rows[i].status), wv_status_name(st), err.text);
			failed++;
		}
		wv_test_archive_close(&a);
	}
	assert_int_equal(failed, 0);
}

/* Every leaf has a proof, whatever was erased beside it; the erased one has none. */
static void test_proofs_beside_an_erased_leaf(void **state)
{
	WV_AUTO(wv_head_key_free) struct wv_head_key *key = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf value = {.cap = 1024};
	struct wv_test_archive a;
	struct wv_signed_head head;
	struct wv_leaf_row leaf;
	struct wv_slice row;
	struct wv_txn *txn = NULL;
	struct wv_proof proof;
	unsigned char at[8];

	(void)state;
	wv_test_archive_open(&a, NULL);
	assert_int_equal(wv_head_key_open(a.folder.path, WV_SLICE_NONE, &key, NULL), WV_OK);
	put_some(&a, 37);
	wv_store_u64_be(at, 20);
	assert_int_equal(wv_txn_begin_write(wv_store_db(a.store), &txn, NULL), WV_OK);
	assert_int_equal(wv_txn_get(txn, WV_TABLE_LEAVES, wv_slice(at, 8), &row, NULL), WV_OK);
	assert_true(wv_record_leaf_row_decode(row, &leaf));
	leaf = (struct wv_leaf_row){.is_erased = true, .hash = leaf.hash};
	wv_record_leaf_row_encode(&leaf, &value);
	assert_int_equal(wv_txn_put(txn, WV_TABLE_LEAVES, wv_slice(at, 8), wv_buf_slice(&value), NULL),
	                 WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	assert_int_equal(wv_head_sign(a.store, key, &head, NULL, NULL), WV_OK);
	assert_int_equal(wv_store_begin_read(a.store, &txn, NULL), WV_OK);
	for (uint64_t id = 0; id < 38; id++) {
		enum wv_status st = wv_prove(txn, a.arena, id, &proof, NULL);

		assert_int_equal(st, id == 20 || id == 37 ? WV_NO : WV_OK);
		if (st != WV_OK)
			continue;
		assert_int_equal(wv_prove_since(txn, id + 1, &proof, NULL), WV_OK);
		assert_true(wv_merkle_includes(&proof.leaf_hash, id, 37, &proof.path, &head.head.root));
	}
	assert_int_equal(wv_prove(txn, a.arena, 3, &proof, NULL), WV_OK);
	assert_int_equal(wv_prove_since(txn, 0, &proof, NULL), WV_NO);
	assert_int_equal(wv_prove_since(txn, 38, &proof, NULL), WV_NO);
	wv_txn_abort(&txn);
	wv_test_archive_close(&a);
}

static void write_file(const char *dir, const char *name, struct wv_slice bytes)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, file), bytes.n);
	assert_int_equal(fclose(file), 0);
}

/* Leaves of the first archives and today's: both are proved, and both are checked by check.sh. */
static void test_both_forms_of_leaves(void **state)
{
	static const char *const firsts[] = {"wirevault leaf 2\n", "wirevault leaf 1\n"};
	WV_AUTO(wv_head_key_free) struct wv_head_key *key = NULL;
	struct wv_test_archive a;
	struct wv_signed_head head;
	struct wv_txn *txn = NULL;

	(void)state;
	wv_test_archive_open(&a, NULL);
	assert_int_equal(wv_head_key_open(a.folder.path, WV_SLICE_NONE, &key, NULL), WV_OK);
	for (uint8_t form = 0; form < 2; form++) {
		struct wv_capture capture = wv_test_capture(&a, "/a", form);

		capture.leaf = form;
		wv_test_put(&a, &capture, "the body", NULL);
	}
	assert_int_equal(wv_head_sign(a.store, key, &head, NULL, NULL), WV_OK);
	assert_int_equal(wv_test_verify(a.store, true), 0);
	assert_int_equal(wv_store_begin_read(a.store, &txn, NULL), WV_OK);
	for (uint64_t id = 0; id < 2; id++) {
		WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = 65536};
		struct wv_proof proof;
		char command[2048];

		assert_int_equal(wv_prove(txn, a.arena, id, &proof, NULL), WV_OK);
		assert_true(wv_slice_starts(proof.leaf, wv_slice_of(firsts[id])));
		wv_proof_add_text(&text, &proof);
		write_file(a.folder.path, "proof", wv_buf_slice(&text));
		write_file(a.folder.path, "body", WV_LIT("the body"));
		write_file(a.folder.path, "headers", proof.capture.headers);
		snprintf(command, sizeof command,
		         "cd '%s' && sh '" WV_SOURCE_DIR "/archive/proof/check.sh' proof body headers "
		         ">/dev/null", a.folder.path);
		assert_int_equal(system(command), 0);
		write_file(a.folder.path, "body", WV_LIT("the bodY"));
		assert_int_not_equal(system(command), 0);
	}
	wv_txn_abort(&txn);
	wv_test_archive_close(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_signed_once),
		cmocka_unit_test(test_wrong_signature_is_found),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_proofs_beside_an_erased_leaf),
		cmocka_unit_test(test_both_forms_of_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
