#include "archive/proof/head.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/base64.h"
#include "config/base/file.h"
#include "config/base/limits.h"

#define KEY_FILE     "head.key"
#define KEY_FILE_CAP  (64u * WV_KIB)
#define ROW_CAP      1024u
#define MESSAGE_CAP  4096u

struct wv_head_key {
	EVP_PKEY *pair;
	unsigned char public[WV_HEAD_KEY_BYTES];
};

/* --- the key pair --- */

static bool take_public(struct wv_head_key *key)
{
	size_t n = WV_HEAD_KEY_BYTES;

	return EVP_PKEY_get_id(key->pair) == EVP_PKEY_ED25519 &&
	       EVP_PKEY_get_raw_public_key(key->pair, key->public, &n) == 1 &&
	       n == WV_HEAD_KEY_BYTES;
}

/* A key with a pass phrase cannot be opened by a program that nobody watches. */
static int no_phrase(char *out, int room, int is_writing, void *context)
{
	(void)out;
	(void)room;
	(void)is_writing;
	(void)context;
	return -1;
}

static enum wv_status read_pair(const char *path, bool is_named, struct wv_head_key *key,
                                struct wv_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char *pem;
	ssize_t n;
	BIO *bio;

	if (fd < 0 && errno == ENOENT)
		return WV_NO;
	if (fd < 0)
		return wv_err_errno(err, WV_IO, errno, "cannot open the key of tree heads '%s'", path);
	pem = malloc(KEY_FILE_CAP);
	n = pem ? read(fd, pem, KEY_FILE_CAP) : 0;
	close(fd);
	bio = n > 0 ? BIO_new_mem_buf(pem, (int)n) : NULL;
	if (bio)
		key->pair = PEM_read_bio_PrivateKey(bio, NULL, no_phrase, NULL);
	BIO_free(bio);
	if (pem)
		OPENSSL_cleanse(pem, KEY_FILE_CAP);
	free(pem);
	ERR_clear_error();
	if (n < 0)
		return wv_err_set(err, WV_IO, "cannot read the key of tree heads '%s'", path);
	if (!key->pair || !take_public(key))
		return wv_err_set(err, is_named ? WV_SETTINGS : WV_DAMAGED,
		                  "'%s' holds no Ed25519 private key (PEM, without a pass phrase)",
		                  path);
	return WV_OK;
}

static enum wv_status write_pem(int fd, const char *path, EVP_PKEY *pair, struct wv_err *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	enum wv_status st = WV_OK;
	char *pem = NULL;
	long n;

	if (!bio || PEM_write_bio_PrivateKey(bio, pair, NULL, NULL, 0, NULL, NULL) != 1 ||
	    (n = BIO_get_mem_data(bio, &pem)) <= 0) {
		BIO_free(bio);
		return wv_err_set(err, WV_NOMEM, "out of memory for a key");
	}
	st = wv_file_write(fd, wv_slice(pem, (size_t)n), path, err);
	if (st == WV_OK && fsync(fd) != 0)
		st = wv_err_errno(err, WV_IO, errno, "cannot write '%s'", path);
	OPENSSL_cleanse(pem, (size_t)n);
	BIO_free(bio);
	return st;
}

/* Under another name first: a kill leaves no half of a key. */
static enum wv_status make_pair(const char *path, struct wv_head_key *key, struct wv_err *err)
{
	char draft[4096];
	enum wv_status st;
	int fd;

	if (snprintf(draft, sizeof draft, "%s.new", path) >= (int)sizeof draft)
		return wv_err_set(err, WV_LIMIT, "'%s' is too long a path", path);
	key->pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (!key->pair || !take_public(key))
		return wv_err_set(err, WV_BUG, "libcrypto makes no Ed25519 key");
	fd = wv_file_create(draft, 0600); /* the lock is ours */
	if (fd < 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create '%s'", path);
	st = write_pem(fd, path, key->pair, err);
	if (close(fd) != 0 && st == WV_OK)
		st = wv_err_errno(err, WV_IO, errno, "cannot write '%s'", path);
	if (st == WV_OK && rename(draft, path) != 0)
		st = wv_err_errno(err, WV_CREATE, errno, "cannot create '%s'", path);
	if (st != WV_OK)
		(void)unlink(draft);
	return st;
}

enum wv_status wv_head_key_open(const char *dir, struct wv_slice key_file, struct wv_head_key **out,
                                struct wv_err *err)
{
	WV_AUTO(wv_head_key_free) struct wv_head_key *key = calloc(1, sizeof *key);
	bool is_named = key_file.n != 0;
	char path[4096];
	enum wv_status st;
	int n = is_named ? snprintf(path, sizeof path, "%.*s", WV_FMT(key_file))
	                 : snprintf(path, sizeof path, "%s/" KEY_FILE, dir);

	if (!key)
		return wv_err_set(err, WV_NOMEM, "out of memory for a key");
	if (n < 0 || (size_t)n >= sizeof path)
		return wv_err_set(err, WV_LIMIT, "the path of the key of tree heads is too long");
	st = read_pair(path, is_named, key, err);
	if (st == WV_NO && is_named)
		return wv_err_set(err, WV_SETTINGS, "proof.key: there is no file '%s'", path);
	if (st == WV_NO)
		st = make_pair(path, key, err);
	if (st == WV_OK)
		*out = WV_TAKE(key);
	return st;
}

void wv_head_key_free(struct wv_head_key **key)
{
	if (!*key)
		return;
	EVP_PKEY_free((*key)->pair);
	free(*key);
	*key = NULL;
}

/* --- the text --- */

static void add_base64_line(struct wv_buf *out, const char *name, const void *bytes, size_t n)
{
	wv_buf_add_string(out, name);
	wv_buf_add_byte(out, ' ');
	wv_base64_add(out, wv_slice(bytes, n), 0);
	wv_buf_add_byte(out, '\n');
}

void wv_head_add_message(struct wv_buf *out, const struct wv_signed_head *head)
{
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add_string(out, "wirevault head 1\n");
	add_base64_line(out, "key", head->key, WV_HEAD_KEY_BYTES);
	wv_buf_add_format(out, "size %llu\n", (unsigned long long)head->head.size);
	add_base64_line(out, "root", head->head.root.b, WV_DIGEST_BYTES);
	wv_buf_add_format(out, "recorded %s\n", wv_time_print(head->head.recorded, text));
	if (head->is_simulated)
		wv_buf_add_string(out, "clock simulated\n");
}

void wv_head_add_text(struct wv_buf *out, const struct wv_signed_head *head)
{
	wv_head_add_message(out, head);
	add_base64_line(out, "signature", head->signature, WV_HEAD_SIGNATURE_BYTES);
	wv_buf_add_byte(out, '\n');
}

void wv_head_add_key(struct wv_buf *out, const unsigned char key[WV_HEAD_KEY_BYTES])
{
	/* RFC 8410, 4: the algorithm's name before the key itself. */
	static const unsigned char spki[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
	                                     0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
	unsigned char der[sizeof spki + WV_HEAD_KEY_BYTES];

	memcpy(der, spki, sizeof spki);
	memcpy(der + sizeof spki, key, WV_HEAD_KEY_BYTES);
	wv_buf_add_string(out, "-----BEGIN PUBLIC KEY-----\n");
	wv_base64_add(out, wv_slice(der, sizeof der), 64);
	wv_buf_add_string(out, "-----END PUBLIC KEY-----\n");
}

static bool read_bytes(struct wv_slice line, size_t at, void *out, size_t n)
{
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {.cap = 256};

	if (!wv_base64_parse(wv_slice_from(line, at), &bytes) || bytes.failed || bytes.n != n)
		return false;
	memcpy(out, bytes.p, n);
	return true;
}

/* One line of a head's text; false: it is none. */
static bool read_line(struct wv_slice line, struct wv_signed_head *head, unsigned *had)
{
	struct wv_time_range range;

	if (wv_slice_starts(line, WV_LIT("key ")))
		return *had |= 1u, read_bytes(line, 4, head->key, WV_HEAD_KEY_BYTES);
	if (wv_slice_starts(line, WV_LIT("size ")))
		return *had |= 2u, wv_slice_u64(wv_slice_from(line, 5), &head->head.size);
	if (wv_slice_starts(line, WV_LIT("root ")))
		return *had |= 4u, read_bytes(line, 5, head->head.root.b, WV_DIGEST_BYTES);
	if (wv_slice_starts(line, WV_LIT("recorded "))) {
		*had |= 8u;
		if (wv_time_parse(wv_slice_from(line, 9), (struct wv_time){0}, &range, NULL) != WV_OK)
			return false;
		head->head.recorded = range.first;
		return true;
	}
	if (wv_slice_starts(line, WV_LIT("signature ")))
		return *had |= 16u, read_bytes(line, 10, head->signature, WV_HEAD_SIGNATURE_BYTES);
	head->is_simulated |= wv_slice_equals(line, WV_LIT("clock simulated"));
	return wv_slice_equals(line, WV_LIT("clock simulated"));
}

enum wv_status wv_head_parse(struct wv_slice text, struct wv_signed_head *out, struct wv_err *err)
{
	static const char *const names[] = {"key", "size", "root", "recorded", "signature"};
	struct wv_signed_head head = {0};
	struct wv_cursor c = wv_cursor(text);
	struct wv_slice line;
	bool is_inside = false;
	unsigned had = 0;

	while (wv_cursor_line(&c, &line)) {
		if (!is_inside) {
			/* A proof has the signature before the head, so that the head is a block. */
			if (wv_slice_starts(line, WV_LIT("signature ")) && !read_line(line, &head, &had))
				break;
			is_inside = wv_slice_equals(line, WV_LIT("wirevault head 1"));
			continue;
		}
		if (line.n == 0)
			break;
		if (!read_line(line, &head, &had))
			return wv_err_set(err, WV_BAD_INPUT, "a signed head has no line '%.*s'",
			                  (int)(line.n < 80 ? line.n : 80), (const char *)line.p);
	}
	if (!is_inside)
		return wv_err_set(err, WV_BAD_INPUT, "there is no line 'wirevault head 1'");
	for (size_t i = 0; i < WV_COUNT(names); i++)
		if (!(had >> i & 1))
			return wv_err_set(err, WV_BAD_INPUT, "the signed head lacks its %s", names[i]);
	*out = head;
	return WV_OK;
}

bool wv_head_is_signed(const struct wv_signed_head *head)
{
	WV_AUTO(wv_buf_done) struct wv_buf message = {.cap = MESSAGE_CAP};
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, head->key,
	                                            WV_HEAD_KEY_BYTES);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool is_right;

	wv_head_add_message(&message, head);
	is_right = key && context && !message.failed &&
	           EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
	           EVP_DigestVerify(context, head->signature, WV_HEAD_SIGNATURE_BYTES, message.p,
	                            message.n) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return is_right;
}

/* --- rows --- */

static enum wv_status read_clock(struct wv_txn *txn, bool *is_simulated, struct wv_err *err)
{
	struct wv_slice value;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_META, WV_LIT("clock"), &value, err);

	*is_simulated = st == WV_OK && wv_slice_equals(value, WV_LIT("simulated"));
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status of_row(struct wv_txn *txn, const struct wv_head_row *row,
                             struct wv_signed_head *out, struct wv_err *err)
{
	struct wv_signed_head head = {.head = row->head};
	enum wv_status st = read_clock(txn, &head.is_simulated, err);

	if (st != WV_OK)
		return st;
	memcpy(head.key, row->key, WV_HEAD_KEY_BYTES);
	memcpy(head.signature, row->signature, WV_HEAD_SIGNATURE_BYTES);
	*out = head;
	return WV_OK;
}

static enum wv_status bad_row(struct wv_err *err)
{
	return wv_err_set(err, WV_DAMAGED, "a tree head does not decode");
}

enum wv_status wv_head_newest_signed(struct wv_txn *txn, uint64_t size, struct wv_signed_head *out,
                                     struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	struct wv_head_row row = {0};
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_HEADS, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek_before(walk, WV_SLICE_NONE, &key, &value, err);
	while (st == WV_OK) {
		if (!wv_head_row_decode(key, value, &row))
			return bad_row(err);
		if (row.head.size < size)
			return WV_NO;
		if (row.is_signed)
			return of_row(txn, &row, out, err);
		st = wv_walk_previous(walk, &key, &value, err);
	}
	return st;
}

enum wv_status wv_head_signed_at(struct wv_txn *txn, uint64_t size, struct wv_signed_head *out,
                                 struct wv_err *err)
{
	struct wv_head_row row = {0};
	struct wv_slice value;
	unsigned char key[8];
	enum wv_status st;

	wv_store_u64_be(key, size);
	st = wv_txn_get(txn, WV_TABLE_HEADS, wv_slice(key, sizeof key), &value, err);
	if (st != WV_OK)
		return st;
	if (!wv_head_row_decode(wv_slice(key, sizeof key), value, &row))
		return bad_row(err);
	return row.is_signed ? of_row(txn, &row, out, err) : WV_NO;
}

/* --- signing --- */

static enum wv_status sign(const struct wv_head_key *key, struct wv_signed_head *head,
                           struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf message = {.cap = MESSAGE_CAP};
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t n = WV_HEAD_SIGNATURE_BYTES;
	bool is_signed;

	memcpy(head->key, key->public, WV_HEAD_KEY_BYTES);
	wv_head_add_message(&message, head);
	is_signed = context && !message.failed &&
	            EVP_DigestSignInit(context, NULL, NULL, NULL, key->pair) == 1 &&
	            EVP_DigestSign(context, head->signature, &n, message.p, message.n) == 1 &&
	            n == WV_HEAD_SIGNATURE_BYTES;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return is_signed ? WV_OK : wv_err_set(err, WV_NOMEM, "the tree head cannot be signed");
}

static enum wv_status sign_newest(struct wv_txn *txn, const struct wv_head_key *key,
                                  struct wv_signed_head *out, bool *is_new, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf value = {.cap = ROW_CAP};
	struct wv_signed_head head = {0};
	struct wv_head_row row = {.is_signed = true};
	unsigned char at[8];
	enum wv_status st = wv_merkle_head(txn, &head.head, err);

	if (st == WV_OK && head.head.size == 0)
		return WV_NO;
	if (st == WV_OK)
		st = wv_head_signed_at(txn, head.head.size, out, err);
	if (st != WV_NO)
		return st;
	st = read_clock(txn, &head.is_simulated, err);
	if (st == WV_OK)
		st = sign(key, &head, err);
	if (st != WV_OK)
		return st;
	row.head = head.head;
	memcpy(row.key, head.key, WV_HEAD_KEY_BYTES);
	memcpy(row.signature, head.signature, WV_HEAD_SIGNATURE_BYTES);
	wv_head_row_encode(&row, &value);
	wv_store_u64_be(at, head.head.size);
	st = wv_buf_finish(&value, "tree head", err);
	if (st == WV_OK)
		st = wv_txn_put(txn, WV_TABLE_HEADS, wv_slice(at, sizeof at), wv_buf_slice(&value), err);
	if (st == WV_OK) {
		*out = head;
		*is_new = true;
	}
	return st;
}

enum wv_status wv_head_sign(struct wv_store *store, const struct wv_head_key *key,
                            struct wv_signed_head *out, bool *is_new, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_signed_head head = {0};
	bool wrote = false;
	enum wv_status st = wv_txn_begin_write(wv_store_db(store), &txn, err);

	if (st == WV_OK)
		st = sign_newest(txn, key, &head, &wrote, err);
	if (st == WV_OK && wrote)
		st = wv_txn_commit(&txn, err);
	if (st != WV_OK)
		return st == WV_NO ? st : wv_err_add(err, st, "signing the tree head");
	*out = head;
	if (is_new)
		*is_new = wrote;
	return WV_OK;
}
