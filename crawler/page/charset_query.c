#include "crawler/page/charset.h"

#include <unicode/ucnv.h>

#include "config/base/text.h"
#include "crawler/page/encoding.h"

/*
 * The way back, for the one place that needs it: the query of a link on a page that is not UTF-8.
 * Source: url.spec.whatwg.org, "percent-encode after encoding"; encoding.spec.whatwg.org 9 to 13.
 */
#define CHARACTER_BYTES 8

struct encoder {
	enum wv_encoding encoding;
	const uint16_t *index; /* single-byte encodings */
	UConverter *icu;       /* the others */
};

static size_t encode_single(const uint16_t *index, uint32_t c, unsigned char *out)
{
	for (unsigned i = 0; i < 128; i++) {
		if (index[i] != c || c == 0)
			continue;
		out[0] = (unsigned char)(0x80 + i);
		return 1;
	}
	return 0;
}

/* By ICU, and only what comes back as the same character. 0: the encoding has none. */
static size_t encode_multi(const struct encoder *e, uint32_t c, unsigned char *out)
{
	UChar units[2], back[2];
	int32_t unit_count = 1, back_count;
	UErrorCode code = U_ZERO_ERROR;
	const struct wv_encoding_patch *patch;
	int32_t n;

	units[0] = (UChar)c;
	if (c > 0xFFFF) {
		units[0] = (UChar)(0xD7C0 + (c >> 10));
		units[1] = (UChar)(0xDC00 + (c & 0x3FF));
		unit_count = 2;
	}
	if (e->encoding == WV_ENCODING_GBK && c == 0x20AC) {
		out[0] = 0x80;
		return 1;
	}
	ucnv_reset(e->icu);
	n = ucnv_fromUChars(e->icu, (char *)out, CHARACTER_BYTES, units, unit_count, &code);
	if (U_FAILURE(code) || n <= 0 || n > CHARACTER_BYTES)
		return 0;
	code = U_ZERO_ERROR;
	back_count = ucnv_toUChars(e->icu, back, 2, (const char *)out, n, &code);
	if (U_FAILURE(code) || back_count != unit_count || back[0] != units[0] ||
	    (unit_count == 2 && back[1] != units[1]))
		return 0;
	patch = n == 2 ? wv_encoding_patch(e->encoding, (uint16_t)(out[0] << 8 | out[1])) : NULL;
	if (patch && (patch->first != c || patch->second))
		return 0;
	/* What goes out as GBK has no four-byte codes. */
	return e->encoding == WV_ENCODING_GBK && n > 2 ? 0 : (size_t)n;
}

/* JIS X 0208 by its EUC code, between the escapes that turn to it and back. */
static size_t encode_jis(const struct encoder *e, uint32_t c, unsigned char *out)
{
	size_t n = encode_multi(e, c, out);
	unsigned char first = out[0], second = out[1];

	if (n != 2 || first < 0xA1 || second < 0xA1)
		return 0;
	out[0] = 0x1B;
	out[1] = '$';
	out[2] = 'B';
	out[3] = first & 0x7F;
	out[4] = second & 0x7F;
	out[5] = 0x1B;
	out[6] = '(';
	out[7] = 'B';
	return 8;
}

/* The special-query percent-encode set. */
static bool is_escaped(unsigned char b)
{
	return b <= 0x20 || b >= 0x7F || b == '"' || b == '#' || b == '<' || b == '>' || b == '\'';
}

static void add_character(const struct encoder *e, uint32_t c, struct wv_buf *out)
{
	unsigned char bytes[CHARACTER_BYTES];
	size_t n = 0;

	if (e->index)
		n = encode_single(e->index, c, bytes);
	else if (e->icu && e->encoding == WV_ENCODING_ISO_2022_JP)
		n = encode_jis(e, c, bytes);
	else if (e->icu)
		n = encode_multi(e, c, bytes);
	if (n == 0)
		wv_buf_add_format(out, "%%26%%23%u%%3B", (unsigned)c);
	for (size_t i = 0; i < n; i++)
		wv_buf_add_format(out, is_escaped(bytes[i]) ? "%%%02X" : "%c", bytes[i]);
}

static bool has_foreign(struct wv_slice s, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (s.p[i] >= 0x80)
			return true;
	return false;
}

enum wv_status wv_charset_encode_query(struct wv_arena *arena, struct wv_slice reference,
				       struct wv_slice name, struct wv_slice *out,
				       struct wv_err *err)
{
	struct encoder e = {.encoding = wv_encoding_of_label(name)};
	size_t from = wv_slice_find_byte(reference, '?', 0), to;
	WV_AUTO(wv_buf_done) struct wv_buf buf = {0};
	const char *icu = wv_encoding_icu_name(e.encoding);
	UErrorCode code = U_ZERO_ERROR;
	enum wv_status st;

	to = wv_slice_find_byte(reference, '#', 0);
	if (to == SIZE_MAX)
		to = reference.n;
	*out = reference;
	/* Encodings whose forms are sent as UTF-8 ("get an output encoding"). */
	if (from == SIZE_MAX || from > to || !has_foreign(reference, from, to) ||
	    e.encoding == WV_ENCODING_NONE || e.encoding == WV_ENCODING_UTF_8 ||
	    e.encoding == WV_ENCODING_REPLACEMENT || e.encoding == WV_ENCODING_UTF_16BE ||
	    e.encoding == WV_ENCODING_UTF_16LE)
		return WV_OK;
	e.index = wv_encoding_index(e.encoding);
	if (icu) {
		e.icu = ucnv_open(icu, &code);
		if (U_SUCCESS(code))
			ucnv_setFromUCallBack(e.icu, UCNV_FROM_U_CALLBACK_STOP, NULL, NULL, NULL,
					      &code);
		if (U_FAILURE(code)) {
			ucnv_close(e.icu);
			return wv_err_set(err, WV_NOMEM, "cannot open ICU converter '%s': %s", icu,
					  u_errorName(code));
		}
	}
	wv_buf_init(&buf, reference.n * 12 + 64);
	wv_buf_add(&buf, wv_slice_part(reference, 0, from));
	for (size_t at = from; at < to;) {
		if (reference.p[at] < 0x80)
			wv_buf_add_byte(&buf, reference.p[at++]);
		else
			add_character(&e, wv_text_next(reference, &at), &buf);
	}
	wv_buf_add(&buf, wv_slice_from(reference, to));
	if (e.icu)
		ucnv_close(e.icu);
	st = wv_buf_finish(&buf, "a link's query", err);
	if (st != WV_OK)
		return st;
	*out = wv_arena_copy(arena, wv_buf_slice(&buf));
	return out->n == buf.n ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for a link");
}
