#include "archive/proof/anchor.h"

#include <openssl/err.h>
#include <openssl/ts.h>

#include "config/base/digest.h"
#include "config/base/limits.h"

#define ROW_VERSION 1
#define ROW_CAP     (1u * WV_MIB)
#define MESSAGE_CAP 4096u
#define NONCE_BYTES 8
#define KEY_BYTES   12
#define NUMBERS_MAX 64u

/* --- request and response --- */

static bool digest_of_head(const struct wv_signed_head *head, struct wv_digest *out)
{
	WV_AUTO(wv_buf_done) struct wv_buf message = {.cap = MESSAGE_CAP};

	wv_head_add_message(&message, head);
	*out = wv_digest_of(wv_buf_slice(&message));
	return message.failed == WV_OK;
}

static bool set_imprint(TS_REQ *request, struct wv_digest *digest)
{
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algorithm = X509_ALGOR_new();
	bool is_set = imprint && algorithm &&
	              X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
	              TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
	              TS_MSG_IMPRINT_set_msg(imprint, digest->b, WV_DIGEST_BYTES) == 1 &&
	              TS_REQ_set_msg_imprint(request, imprint) == 1;

	X509_ALGOR_free(algorithm);
	TS_MSG_IMPRINT_free(imprint);
	return is_set;
}

static bool set_nonce(TS_REQ *request)
{
	unsigned char bytes[NONCE_BYTES];
	BIGNUM *number;
	ASN1_INTEGER *nonce;
	bool is_set;

	if (wv_random_bytes(bytes, sizeof bytes, NULL) != WV_OK)
		return false;
	bytes[0] |= 1; /* not zero, whatever comes */
	number = BN_bin2bn(bytes, sizeof bytes, NULL);
	nonce = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
	is_set = nonce && TS_REQ_set_nonce(request, nonce) == 1;
	ASN1_INTEGER_free(nonce);
	BN_free(number);
	return is_set;
}

enum wv_status wv_anchor_request(const struct wv_signed_head *head, struct wv_buf *out,
                                 struct wv_err *err)
{
	TS_REQ *request = TS_REQ_new();
	unsigned char *der = NULL;
	struct wv_digest digest;
	int n = -1;

	if (request && digest_of_head(head, &digest) && TS_REQ_set_version(request, 1) == 1 &&
	    set_imprint(request, &digest) && set_nonce(request) &&
	    TS_REQ_set_cert_req(request, 1) == 1)
		n = i2d_TS_REQ(request, &der);
	if (n > 0)
		wv_buf_add_bytes(out, der, (size_t)n);
	OPENSSL_free(der);
	TS_REQ_free(request);
	ERR_clear_error();
	if (n <= 0)
		return wv_err_set(err, WV_NOMEM, "a time stamp request cannot be made");
	return wv_buf_finish(out, "time stamp request", err);
}

static bool read_stamp(TS_RESP *response, struct wv_time *stamped)
{
	TS_TST_INFO *info = TS_RESP_get_tst_info(response);
	const ASN1_GENERALIZEDTIME *time = info ? TS_TST_INFO_get_time(info) : NULL;
	struct wv_civil civil = {0};
	struct tm tm;

	if (!time || ASN1_TIME_to_tm(time, &tm) != 1)
		return false;
	civil.year = tm.tm_year + 1900;
	civil.month = (uint8_t)(tm.tm_mon + 1);
	civil.day = (uint8_t)tm.tm_mday;
	civil.hour = (uint8_t)tm.tm_hour;
	civil.minute = (uint8_t)tm.tm_min;
	civil.second = (uint8_t)tm.tm_sec;
	if (!wv_civil_is_valid(&civil))
		return false;
	*stamped = wv_time_of_civil(&civil);
	return true;
}

/* What it is over must be this head's text and nothing else. */
static bool is_over(TS_RESP *response, const struct wv_digest *digest)
{
	TS_TST_INFO *info = TS_RESP_get_tst_info(response);
	TS_MSG_IMPRINT *imprint = info ? TS_TST_INFO_get_msg_imprint(info) : NULL;
	ASN1_OCTET_STRING *bytes = imprint ? TS_MSG_IMPRINT_get_msg(imprint) : NULL;

	return bytes && ASN1_STRING_length(bytes) == WV_DIGEST_BYTES &&
	       memcmp(ASN1_STRING_get0_data(bytes), digest->b, WV_DIGEST_BYTES) == 0;
}

static enum wv_status check(TS_REQ *request, TS_RESP *response, const struct wv_digest *digest,
                            struct wv_time *stamped, struct wv_err *err)
{
	TS_VERIFY_CTX *context;
	TS_STATUS_INFO *status = TS_RESP_get_status_info(response);
	const ASN1_INTEGER *code = status ? TS_STATUS_INFO_get0_status(status) : NULL;
	long granted = code ? ASN1_INTEGER_get(code) : -1;
	bool is_answer;

	if (granted != TS_STATUS_GRANTED && granted != TS_STATUS_GRANTED_WITH_MODS)
		return wv_err_set(err, WV_BAD_INPUT, "the time stamp was not granted (status %ld)",
		                  granted);
	context = TS_REQ_to_TS_VERIFY_CTX(request, NULL);
	if (!context)
		return wv_err_set(err, WV_NOMEM, "out of memory for a time stamp");
	/* Chains and signatures need a list of authorities, which is the reader's to have. */
	TS_VERIFY_CTX_set_flags(context, TS_VFY_VERSION | TS_VFY_IMPRINT | TS_VFY_NONCE);
	is_answer = TS_RESP_verify_response(context, response) == 1;
	TS_VERIFY_CTX_free(context);
	if (!is_answer || !is_over(response, digest) || !read_stamp(response, stamped))
		return wv_err_set(err, WV_BAD_INPUT, "the time stamp is not an answer to the request");
	return WV_OK;
}

enum wv_status wv_anchor_check(const struct wv_signed_head *head, struct wv_slice request,
                               struct wv_slice response, struct wv_time *stamped,
                               struct wv_err *err)
{
	const unsigned char *p = request.p, *q = response.p;
	TS_REQ *asked = d2i_TS_REQ(NULL, &p, (long)request.n);
	TS_RESP *answer = d2i_TS_RESP(NULL, &q, (long)response.n);
	struct wv_digest digest;
	enum wv_status st;

	if (!asked || !answer || p != request.p + request.n || q != response.p + response.n)
		st = wv_err_set(err, WV_BAD_INPUT, "the time stamp is no RFC 3161 response");
	else if (!digest_of_head(head, &digest))
		st = wv_err_set(err, WV_NOMEM, "out of memory for a time stamp");
	else
		st = check(asked, answer, &digest, stamped, err);
	TS_REQ_free(asked);
	TS_RESP_free(answer);
	ERR_clear_error();
	return st;
}

/* --- rows --- */

static struct wv_slice key_of(uint64_t size, uint32_t number, unsigned char key[KEY_BYTES])
{
	unsigned char wide[8];

	wv_store_u64_be(key, size);
	wv_store_u64_be(wide, number);
	memcpy(key + 8, wide + 4, 4);
	return wv_slice(key, KEY_BYTES);
}

bool wv_anchor_decode(struct wv_slice key, struct wv_slice value, uint64_t *size,
                      struct wv_anchor *out)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_anchor anchor = {.stamped = WV_TIME_NONE};
	int64_t stamped;

	if (key.n != KEY_BYTES || wv_cursor_u8(&c) != ROW_VERSION)
		return false;
	anchor.number = (uint32_t)key.p[8] << 24 | (uint32_t)key.p[9] << 16 |
	                (uint32_t)key.p[10] << 8 | key.p[11];
	anchor.recorded.us = (int64_t)wv_cursor_u64(&c);
	stamped = (int64_t)wv_cursor_u64(&c);
	anchor.by = wv_cursor_block(&c);
	anchor.request = wv_cursor_block(&c);
	anchor.response = wv_cursor_block(&c);
	if (c.failed || wv_cursor_left(&c) || (anchor.response.n == 0) != (stamped == 0) ||
	    !wv_time_is_possible(anchor.recorded) || !wv_time_is_possible((struct wv_time){stamped}))
		return false;
	if (stamped)
		anchor.stamped.us = stamped;
	*size = wv_load_u64_be(key.p);
	*out = anchor;
	return true;
}

static enum wv_status get(struct wv_txn *txn, uint64_t size, uint32_t number, struct wv_anchor *out,
                          struct wv_err *err)
{
	unsigned char bytes[KEY_BYTES];
	struct wv_slice key = key_of(size, number, bytes), value;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_ANCHORS, key, &value, err);

	if (st == WV_OK && !wv_anchor_decode(key, value, &size, out))
		return wv_err_set(err, WV_DAMAGED, "an anchor of the head of size %llu does not decode",
		                  (unsigned long long)size);
	return st;
}

enum wv_status wv_anchor_get(struct wv_txn *txn, struct wv_arena *arena, uint64_t size,
                             uint32_t number, struct wv_anchor *out, struct wv_err *err)
{
	struct wv_anchor anchor = {0};
	enum wv_status st = get(txn, size, number, &anchor, err);

	if (st != WV_OK)
		return st;
	*out = anchor;
	out->by = wv_arena_copy(arena, anchor.by);
	out->request = wv_arena_copy(arena, anchor.request);
	out->response = wv_arena_copy(arena, anchor.response);
	if (out->by.n != anchor.by.n || out->request.n != anchor.request.n ||
	    out->response.n != anchor.response.n)
		return wv_err_set(err, WV_NOMEM, "out of memory for an anchor");
	return WV_OK;
}

enum wv_status wv_anchor_has(struct wv_txn *txn, uint64_t size, struct wv_slice by, bool *out,
                             struct wv_err *err)
{
	struct wv_anchor anchor = {0};

	*out = false;
	for (uint32_t number = 0; number < NUMBERS_MAX; number++) {
		enum wv_status st = get(txn, size, number, &anchor, err);

		if (st != WV_OK)
			return st == WV_NO ? WV_OK : st;
		if (wv_slice_equals(anchor.by, by)) {
			*out = true;
			return WV_OK;
		}
	}
	return WV_OK;
}

static enum wv_status put(struct wv_txn *txn, uint64_t size, const struct wv_anchor *anchor,
                          struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf value = {.cap = ROW_CAP};
	struct wv_anchor other = {0};
	unsigned char key[KEY_BYTES];
	uint32_t number = 0;
	enum wv_status st;

	while ((st = get(txn, size, number, &other, err)) == WV_OK)
		if (++number == NUMBERS_MAX)
			return wv_err_set(err, WV_LIMIT, "a head keeps at most %u anchors", NUMBERS_MAX);
	if (st != WV_NO)
		return st;
	wv_buf_add_byte(&value, ROW_VERSION);
	wv_buf_add_u64(&value, (uint64_t)anchor->recorded.us);
	wv_buf_add_u64(&value, anchor->response.n ? (uint64_t)anchor->stamped.us : 0);
	wv_buf_add_block(&value, anchor->by);
	wv_buf_add_block(&value, anchor->request);
	wv_buf_add_block(&value, anchor->response);
	st = wv_buf_finish(&value, "anchor", err);
	return st == WV_OK ? wv_txn_put_new(txn, WV_TABLE_ANCHORS, key_of(size, number, key),
	                                    wv_buf_slice(&value), err)
	                   : st;
}

enum wv_status wv_anchor_put(struct wv_store *store, uint64_t size, const struct wv_anchor *anchor,
                             struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	enum wv_status st = wv_txn_begin_write(wv_store_db(store), &txn, err);

	if (st == WV_OK)
		st = put(txn, size, anchor, err);
	return st == WV_OK ? wv_txn_commit(&txn, err) : st;
}
