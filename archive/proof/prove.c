#include "archive/proof/prove.h"

#include "config/base/base64.h"
#include "archive/store/load.h"
#include "config/base/limits.h"

#define LEAF_CAP (256u * WV_KIB)
#define LINE     64

static enum wv_status read_leaf(struct wv_txn *txn, struct wv_arena *arena, uint64_t id,
                                struct wv_proof *proof, struct wv_err *err)
{
	WV_AUTO(wv_loader_done) struct wv_loader loader;
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = LEAF_CAP};
	struct wv_capture_key place;
	struct wv_leaf_row row = {0};
	struct wv_slice value;
	struct wv_digest hash;
	enum wv_status st;

	wv_loader_init(&loader, txn);
	st = wv_leaf_get(txn, id, &row, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_NO, "the archive has no capture %llu",
		                  (unsigned long long)id);
	if (st == WV_OK && row.is_erased)
		return wv_err_set(err, WV_NO,
		                  "capture %llu was erased: its hash stays in the log, its leaf does not",
		                  (unsigned long long)id);
	if (st == WV_OK)
		st = wv_capture_row_get(txn, id, &place, &value, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "capture %llu is not where its leaf says",
		                  (unsigned long long)id);
	if (st == WV_OK)
		st = wv_loader_capture(&loader, &place, value, arena, &proof->capture, err);
	if (st == WV_OK)
		st = wv_record_leaf(&proof->capture, &text, err);
	if (st == WV_OK)
		st = wv_record_leaf_hash(row.salt, wv_buf_slice(&text), &hash, err);
	if (st != WV_OK)
		return st;
	if (!wv_digest_equals(&hash, &row.hash))
		return wv_err_set(err, WV_DAMAGED, "capture %llu is not what the log committed to",
		                  (unsigned long long)id);
	proof->leaf = wv_arena_copy(arena, wv_buf_slice(&text));
	proof->leaf_hash = hash;
	memcpy(proof->salt, row.salt, WV_SALT_BYTES);
	return proof->leaf.n ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for a leaf");
}

enum wv_status wv_prove(struct wv_txn *txn, struct wv_arena *arena, uint64_t id,
                        struct wv_proof *out, struct wv_err *err)
{
	struct wv_proof proof = {.has_old = false};
	enum wv_status st = read_leaf(txn, arena, id, &proof, err);

	if (st != WV_OK)
		return st;
	st = wv_head_newest_signed(txn, id + 1, &proof.head, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_NO,
		                  "no signed head covers capture %llu yet: heads are signed when a run ends",
		                  (unsigned long long)id);
	if (st == WV_OK)
		st = wv_merkle_inclusion(txn, id, proof.head.head.size, &proof.path, err);
	if (st == WV_NO || (st == WV_OK && !wv_merkle_includes(&proof.leaf_hash, id,
	                                                       proof.head.head.size, &proof.path,
	                                                       &proof.head.head.root)))
		return wv_err_set(err, WV_DAMAGED, "capture %llu is not under the signed head of size %llu",
		                  (unsigned long long)id, (unsigned long long)proof.head.head.size);
	if (st == WV_OK && !wv_head_is_signed(&proof.head))
		return wv_err_set(err, WV_DAMAGED, "the signature of the head of size %llu is wrong",
		                  (unsigned long long)proof.head.head.size);
	if (st == WV_OK)
		*out = proof;
	return st;
}

enum wv_status wv_prove_since(struct wv_txn *txn, uint64_t size, struct wv_proof *proof,
                              struct wv_err *err)
{
	uint64_t now = proof->head.head.size;
	struct wv_tree_head old = {.size = size, .recorded = WV_TIME_NONE};
	enum wv_status st;

	if (size == 0 || size > now)
		return wv_err_set(err, WV_NO, "the signed log has %llu captures: none of its beginnings has %llu",
		                  (unsigned long long)now, (unsigned long long)size);
	st = wv_merkle_root(txn, size, &old.root, err);
	if (st == WV_OK)
		st = wv_merkle_consistency(txn, size, now, &proof->consistency, err);
	if (st == WV_NO || (st == WV_OK && !wv_merkle_is_consistent(size, &old.root, now,
	                                                            &proof->head.head.root,
	                                                            &proof->consistency)))
		return wv_err_set(err, WV_DAMAGED, "the log of size %llu is no beginning of that of size %llu",
		                  (unsigned long long)size, (unsigned long long)now);
	if (st != WV_OK)
		return st;
	st = wv_head_signed_at(txn, size, &proof->old_signed, err);
	if (st != WV_OK && st != WV_NO)
		return st;
	proof->is_old_signed = st == WV_OK;
	proof->old = old;
	proof->has_old = true;
	return WV_OK;
}

/* --- the printed form --- */

static void add_line(struct wv_buf *out, const char *name, const void *bytes, size_t n)
{
	wv_buf_add_string(out, name);
	wv_buf_add_byte(out, ' ');
	wv_base64_add(out, wv_slice(bytes, n), 0);
	wv_buf_add_byte(out, '\n');
}

static void add_path(struct wv_buf *out, const struct wv_merkle_proof *path)
{
	wv_base64_add(out, wv_slice(path->nodes, path->count * WV_DIGEST_BYTES), LINE);
}

static void add_old(struct wv_buf *out, const struct wv_proof *proof)
{
	if (proof->is_old_signed)
		add_line(out, "\nold-signature", proof->old_signed.signature,
		         WV_HEAD_SIGNATURE_BYTES);
	wv_buf_add_string(out, "\nold:\n");
	if (proof->is_old_signed) {
		wv_head_add_message(out, &proof->old_signed);
	} else {
		wv_buf_add_format(out, "size %llu\n", (unsigned long long)proof->old.size);
		add_line(out, "root", proof->old.root.b, WV_DIGEST_BYTES);
	}
	wv_buf_add_string(out, "\nconsistency:\n");
	add_path(out, &proof->consistency);
}

void wv_proof_add_text(struct wv_buf *out, const struct wv_proof *proof)
{
	wv_buf_add_string(out, "wirevault proof 1\n");
	add_line(out, "salt", proof->salt, WV_SALT_BYTES);
	add_line(out, "signature", proof->head.signature, WV_HEAD_SIGNATURE_BYTES);
	wv_buf_add_string(out, "\nhead:\n");
	wv_head_add_message(out, &proof->head);
	wv_buf_add_string(out, "\npath:\n");
	add_path(out, &proof->path);
	wv_buf_add_string(out, "\ntext:\n");
	wv_buf_add(out, proof->leaf);
	if (proof->has_old)
		add_old(out, proof);
}
