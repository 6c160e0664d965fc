#include "config/base/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <sys/random.h>

struct wv_digest_stream {
	EVP_MD_CTX *context;
};

struct wv_digest wv_digest_of(struct wv_slice bytes)
{
	struct wv_digest digest;

	SHA256(bytes.p ? bytes.p : (const unsigned char *)"", bytes.n, digest.b);
	return digest;
}

void wv_digest_sha1(struct wv_slice bytes, unsigned char out[WV_SHA1_BYTES])
{
	SHA1(bytes.p ? bytes.p : (const unsigned char *)"", bytes.n, out);
}

enum wv_status wv_digest_stream_new(struct wv_digest_stream **out, struct wv_err *err)
{
	WV_AUTO(wv_digest_stream_free) struct wv_digest_stream *stream = calloc(1, sizeof(*stream));

	if (stream)
		stream->context = EVP_MD_CTX_new();
	if (!stream || !stream->context ||
	    EVP_DigestInit_ex(stream->context, EVP_sha256(), NULL) != 1)
		return wv_err_set(err, WV_NOMEM, "out of memory for a digest");
	*out = WV_TAKE(stream);
	return WV_OK;
}

void wv_digest_stream_add(struct wv_digest_stream *stream, struct wv_slice bytes)
{
	/* Fails only after a finish, which is our mistake. */
	WV_ASSERT(bytes.n == 0 || EVP_DigestUpdate(stream->context, bytes.p, bytes.n) == 1);
}

struct wv_digest wv_digest_stream_finish(struct wv_digest_stream *stream)
{
	struct wv_digest digest;
	unsigned n = 0;

	WV_ASSERT(EVP_DigestFinal_ex(stream->context, digest.b, &n) == 1 && n == WV_DIGEST_BYTES);
	return digest;
}

void wv_digest_stream_free(struct wv_digest_stream **stream)
{
	if (!*stream)
		return;
	EVP_MD_CTX_free((*stream)->context);
	free(*stream);
	*stream = NULL;
}

const char *wv_digest_print(const struct wv_digest *digest, char hex[WV_DIGEST_HEX_MAX])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < WV_DIGEST_BYTES; i++) {
		hex[2 * i] = digits[digest->b[i] >> 4];
		hex[2 * i + 1] = digits[digest->b[i] & 15];
	}
	hex[2 * WV_DIGEST_BYTES] = '\0';
	return hex;
}

bool wv_digest_parse(struct wv_slice hex, struct wv_digest *out)
{
	struct wv_digest digest;

	if (hex.n != 2 * WV_DIGEST_BYTES)
		return false;
	for (size_t i = 0; i < WV_DIGEST_BYTES; i++) {
		int high = wv_byte_hex(hex.p[2 * i]), low = wv_byte_hex(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		digest.b[i] = (unsigned char)(high << 4 | low);
	}
	*out = digest;
	return true;
}

enum wv_status wv_random_bytes(void *out, size_t n, struct wv_err *err)
{
	unsigned char *p = out;

	while (n) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return wv_err_errno(err, WV_IO, errno, "cannot read random bytes");
		p += got;
		n -= (size_t)got;
	}
	return WV_OK;
}
