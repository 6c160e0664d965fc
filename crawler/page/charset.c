#include "crawler/page/charset.h"

#include <unicode/ucnv.h>

#include "config/base/checked.h"
#include "config/base/text.h"
#include "crawler/page/encoding.h"
#include "crawler/page/multibyte.h"
#include "crawler/page/sniff.h"

/* A well-formed run goes through ICU in pieces of so many bytes. */
#define RUN_BYTES 2048u
/* So many multi-byte characters in a body that is UTF-8 without a fault are no accident. */
#define UTF8_PROOF 20u

static const char *const basis_names[WV_CHARSET_BASIS_COUNT] = {
	[WV_CHARSET_DEFAULT] = "default", [WV_CHARSET_BOM] = "bom",
	[WV_CHARSET_HTTP] = "http",       [WV_CHARSET_META] = "meta",
	[WV_CHARSET_XML] = "xml",         [WV_CHARSET_SOURCE] = "source",
	[WV_CHARSET_DETECTED] = "detected",
};

const char *wv_charset_basis_name(enum wv_charset_basis basis)
{
	WV_ASSERT(basis < WV_CHARSET_BASIS_COUNT);
	return basis_names[basis];
}

struct wv_slice wv_charset_of_label(struct wv_slice label)
{
	return wv_encoding_name(wv_encoding_of_label(label));
}

struct wv_slice wv_charset_of_content_type(struct wv_slice value)
{
	return wv_sniff_charset_of(value);
}

struct wv_slice wv_charset_prescan(struct wv_slice body)
{
	return wv_encoding_name(wv_sniff_meta(body));
}

struct wv_slice wv_charset_detect(struct wv_slice body)
{
	return wv_encoding_name(wv_sniff_usage(body));
}

/* ---- decoding ---- */

struct decoder {
	enum wv_encoding encoding;
	struct wv_buf *out;
	uint32_t errors;
	UConverter *icu; /* multi-byte encodings only */
};

static void bad(struct decoder *d)
{
	d->errors += d->errors < UINT32_MAX;
	wv_buf_add_bytes(d->out, "\xEF\xBF\xBD", 3);
}

static void decode_utf8(struct decoder *d, struct wv_slice s)
{
	for (size_t at = 0; at < s.n;) {
		struct wv_slice rest = wv_slice_from(s, at);
		size_t valid = wv_sniff_utf8_prefix(rest);

		wv_buf_add(d->out, wv_slice_part(rest, 0, valid));
		at += valid;
		if (at < s.n) {
			bad(d);
			(void)wv_text_next(s, &at); /* past the maximal subpart */
		}
	}
}

static void decode_single(struct decoder *d, struct wv_slice s, const uint16_t *index)
{
	for (size_t at = 0; at < s.n;) {
		size_t end = at;

		while (end < s.n && s.p[end] < 0x80)
			end++;
		wv_buf_add(d->out, wv_slice_part(s, at, end - at));
		for (at = end; at < s.n && s.p[at] >= 0x80; at++) {
			uint16_t c = index[s.p[at] - 0x80];

			if (c == 0)
				bad(d);
			else
				wv_buf_add_utf8(d->out, c);
		}
	}
}

static void decode_utf16(struct decoder *d, struct wv_slice s)
{
	bool is_big = d->encoding == WV_ENCODING_UTF_16BE;
	size_t at = 0;

	while (s.n - at >= 2) {
		uint32_t unit = is_big ? (uint32_t)(s.p[at] << 8 | s.p[at + 1])
		                       : (uint32_t)(s.p[at + 1] << 8 | s.p[at]);

		at += 2;
		if (unit < 0xD800 || unit > 0xDFFF) {
			wv_buf_add_utf8(d->out, unit);
			continue;
		}
		if (unit <= 0xDBFF && s.n - at >= 2) {
			uint32_t low = is_big ? (uint32_t)(s.p[at] << 8 | s.p[at + 1])
			                      : (uint32_t)(s.p[at + 1] << 8 | s.p[at]);

			if (low >= 0xDC00 && low <= 0xDFFF) {
				wv_buf_add_utf8(d->out, 0x10000 + ((unit - 0xD800) << 10) +
				                                (low - 0xDC00));
				at += 2;
				continue;
			}
		}
		bad(d);
		if (unit <= 0xDBFF && s.n - at == 1)
			return; /* a lead and half a unit are one fault, at the end of the stream */
	}
	if (at < s.n)
		bad(d);
}

static void decode_user_defined(struct decoder *d, struct wv_slice s)
{
	for (size_t at = 0; at < s.n; at++)
		wv_buf_add_utf8(d->out, s.p[at] < 0x80 ? s.p[at] : 0xF780u + (s.p[at] - 0x80u));
}

/* ---- multi-byte: the structure is checked here by the standard, ICU only looks up ---- */

/*
 * ICU has private-use characters where the standard's indexes have nothing. Shift_JIS has its
 * private area by the standard, computed in shape_of; GB 18030 maps all of it.
 */
static bool is_hole(const struct decoder *d, uint32_t c)
{
	return d->encoding != WV_ENCODING_GB18030 && d->encoding != WV_ENCODING_GBK &&
	       c >= 0xE000 && c <= 0xF8FF;
}

/* What the standard does with a code that its index lacks: the ASCII byte is read again. */
static void unmapped(struct decoder *d, const unsigned char *code, size_t n)
{
	bad(d);
	if (n > 1 && code[n - 1] < 0x80)
		wv_buf_add_byte(d->out, code[n - 1]);
}

static void put_units(struct decoder *d, const UChar *units, size_t n, struct wv_slice codes,
                      const int32_t *offsets)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t c = units[i];

		if (c >= 0xD800 && c <= 0xDBFF && i + 1 < n)
			c = 0x10000 + ((c - 0xD800) << 10) + (units[++i] - 0xDC00u);
		if (is_hole(d, c)) {
			size_t from = offsets[i] >= 0 ? (size_t)offsets[i] : 0;

			unmapped(d, codes.p + from, wv_min_size(2, codes.n - from));
		} else {
			wv_buf_add_utf8(d->out, c);
		}
	}
}

/* A run of characters that are well formed; at most RUN_BYTES. */
static void look_up(struct decoder *d, struct wv_slice run)
{
	UChar units[RUN_BYTES + 8];
	int32_t offsets[RUN_BYTES + 8];
	size_t at = 0;

	while (at < run.n) {
		struct wv_slice rest = wv_slice_from(run, at);
		const char *from = (const char *)rest.p;
		UChar *to = units;
		UErrorCode code = U_ZERO_ERROR;
		char invalid[8];
		int8_t invalid_n = sizeof(invalid);
		UErrorCode ignored = U_ZERO_ERROR;

		ucnv_resetToUnicode(d->icu);
		ucnv_toUnicode(d->icu, &to, units + WV_COUNT(units), &from, from + rest.n, offsets,
		               true, &code);
		put_units(d, units, (size_t)(to - units), rest, offsets);
		at += (size_t)((const unsigned char *)from - rest.p);
		if (U_SUCCESS(code))
			break;
		ucnv_getInvalidChars(d->icu, invalid, &invalid_n, &ignored);
		if (U_FAILURE(ignored) || invalid_n <= 0 || from == (const char *)rest.p) {
			bad(d); /* not seen; never loop */
			at++;
			continue;
		}
		unmapped(d, run.p + at - (size_t)invalid_n, (size_t)invalid_n);
	}
}

static void decode_multi(struct decoder *d, struct wv_slice s, wv_shape_of shape)
{
	size_t run = 0; /* bytes before `at` that wait for ICU */

	for (size_t at = 0; at < s.n;) {
		struct wv_character c;
		size_t end;

		if (s.p[at] < 0x80) {
			if (run > 0)
				look_up(d, wv_slice_part(s, at - run, run));
			run = 0;
			for (end = at; end < s.n && s.p[end] < 0x80;)
				end++;
			wv_buf_add(d->out, wv_slice_part(s, at, end - at));
			at = end;
			continue;
		}
		c = shape(s.p + at, s.n - at);
		if (c.shape == WV_SHAPE_LOOK_UP && run + c.n <= RUN_BYTES) {
			run += c.n;
			at += c.n;
			continue;
		}
		if (run > 0)
			look_up(d, wv_slice_part(s, at - run, run));
		run = 0;
		if (c.shape == WV_SHAPE_LOOK_UP)
			continue; /* with an empty run it fits */
		if (c.shape == WV_SHAPE_BAD) {
			bad(d);
		} else {
			wv_buf_add_utf8(d->out, c.first);
			if (c.second != 0)
				wv_buf_add_utf8(d->out, c.second);
		}
		at += c.n;
	}
	if (run > 0)
		look_up(d, wv_slice_part(s, s.n - run, run));
}

static bool within(unsigned x, unsigned low, unsigned high)
{
	return x >= low && x <= high;
}

/* encoding.spec.whatwg.org 13.2.1: the states are what the last escape sequence chose. */
static void decode_iso_2022_jp(struct decoder *d, struct wv_slice s)
{
	enum { ASCII, ROMAN, KATAKANA, JIS } state = ASCII;
	bool after_escape = false; /* two escapes in a row are a fault */

	for (size_t at = 0; at < s.n;) {
		unsigned char c = s.p[at];
		unsigned char b = at + 1 < s.n ? s.p[at + 1] : 0;

		if (c == 0x1B) {
			struct wv_slice here = wv_slice_part(s, at + 1, 2);
			bool is_known = true;

			if (wv_slice_equals(here, WV_LIT("(B")))
				state = ASCII;
			else if (wv_slice_equals(here, WV_LIT("(J")))
				state = ROMAN;
			else if (wv_slice_equals(here, WV_LIT("(I")))
				state = KATAKANA;
			else if (wv_slice_equals(here, WV_LIT("$@")) ||
			         wv_slice_equals(here, WV_LIT("$B")))
				state = JIS;
			else
				is_known = false;
			if (!is_known || after_escape)
				bad(d);
			after_escape = is_known;
			at += is_known ? 3 : 1;
			continue;
		}
		at++;
		after_escape = false;
		if (state == KATAKANA && within(c, 0x21, 0x5F)) {
			wv_buf_add_utf8(d->out, 0xFF61 - 0x21 + c);
		} else if (state == JIS && within(c, 0x21, 0x7E)) {
			if (within(b, 0x21, 0x7E)) {
				unsigned char pair[2] = {c | 0x80, b | 0x80};

				look_up(d, wv_slice(pair, 2));
				at++;
			} else {
				bad(d);
				at += at < s.n && b != 0x1B;
			}
		} else if (state == ROMAN && (c == 0x5C || c == 0x7E)) {
			wv_buf_add_utf8(d->out, c == 0x5C ? 0xA5 : 0x203E);
		} else if ((state == ASCII || state == ROMAN) && c < 0x80 && c != 0x0E && c != 0x0F) {
			wv_buf_add_byte(d->out, c);
		} else {
			bad(d);
		}
	}
}

static void decode_by(struct decoder *d, struct wv_slice s)
{
	const uint16_t *index = wv_encoding_index(d->encoding);

	if (index) {
		decode_single(d, s, index);
		return;
	}
	switch (d->encoding) {
	case WV_ENCODING_UTF_8:
		decode_utf8(d, s);
		break;
	case WV_ENCODING_UTF_16BE:
	case WV_ENCODING_UTF_16LE:
		decode_utf16(d, s);
		break;
	case WV_ENCODING_X_USER_DEFINED:
		decode_user_defined(d, s);
		break;
	case WV_ENCODING_GBK:
	case WV_ENCODING_GB18030:
		decode_multi(d, s, wv_shape_gb);
		break;
	case WV_ENCODING_BIG5:
		decode_multi(d, s, wv_shape_big5);
		break;
	case WV_ENCODING_SHIFT_JIS:
		decode_multi(d, s, wv_shape_shift_jis);
		break;
	case WV_ENCODING_EUC_JP:
		decode_multi(d, s, wv_shape_euc_jp);
		break;
	case WV_ENCODING_EUC_KR:
		decode_multi(d, s, wv_shape_euc_kr);
		break;
	case WV_ENCODING_ISO_2022_JP:
		decode_iso_2022_jp(d, s);
		break;
	default: /* replacement: content in a dangerous encoding is never shown */
		if (s.n > 0)
			bad(d);
		break;
	}
}

static enum wv_status decode(struct wv_arena *arena, struct wv_slice body,
                             enum wv_encoding encoding, struct wv_slice *text, uint32_t *errors,
                             struct wv_err *err)
{
	struct wv_buf buf;
	struct decoder d = {.encoding = encoding, .out = &buf};
	const char *name = wv_encoding_icu_name(encoding);
	UErrorCode code = U_ZERO_ERROR;
	enum wv_status st = WV_OK;
	size_t cap;

	if (encoding == WV_ENCODING_UTF_8 && wv_sniff_utf8_prefix(body) == body.n) {
		*text = body;
		*errors = 0;
		return WV_OK;
	}
	if (!wv_mul(body.n, 3, &cap))
		return wv_err_set(err, WV_NOMEM, "out of memory for a page's text");
	wv_buf_init(&buf, cap + 64);
	if (name) {
		d.icu = ucnv_open(name, &code);
		if (U_SUCCESS(code))
			ucnv_setToUCallBack(d.icu, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &code);
		if (U_FAILURE(code))
			st = wv_err_set(err, WV_NOMEM, "cannot open ICU converter '%s': %s", name,
			                u_errorName(code));
	}
	if (st == WV_OK) {
		decode_by(&d, body);
		st = wv_buf_finish(&buf, "decoded page", err);
	}
	if (st == WV_OK) {
		struct wv_slice copied = wv_arena_copy(arena, wv_buf_slice(&buf));

		if (copied.n != buf.n) {
			st = wv_err_set(err, WV_NOMEM, "out of memory for a page's text");
		} else {
			*text = copied;
			*errors = d.errors;
		}
	}
	if (d.icu)
		ucnv_close(d.icu);
	wv_buf_done(&buf);
	return st;
}

enum wv_status wv_charset_decode_as(struct wv_arena *arena, struct wv_slice body,
                                    struct wv_slice name, struct wv_slice *text,
                                    uint32_t *errors, struct wv_err *err)
{
	enum wv_encoding encoding = wv_encoding_of_label(name);

	if (encoding == WV_ENCODING_NONE)
		return wv_err_set(err, WV_USAGE, "unknown encoding '%.*s'", WV_FMT(name));
	return decode(arena, body, encoding, text, errors, err);
}

/* ---- choosing ---- */

struct choice {
	enum wv_encoding encoding;
	enum wv_charset_basis basis;
	size_t bom;
};

static struct choice choose(struct wv_slice body, const struct wv_charset_hints *hints)
{
	struct choice c = {.basis = WV_CHARSET_BOM};

	c.encoding = wv_sniff_bom(body, &c.bom);
	if (c.encoding != WV_ENCODING_NONE)
		return c;
	c.basis = WV_CHARSET_HTTP;
	c.encoding = wv_encoding_of_label(wv_sniff_charset_of(hints->content_type));
	if (c.encoding != WV_ENCODING_NONE)
		return c;
	c.basis = hints->is_xml ? WV_CHARSET_XML : WV_CHARSET_META;
	c.encoding = hints->is_xml ? wv_sniff_xml(body) : wv_sniff_meta(body);
	if (c.encoding != WV_ENCODING_NONE)
		return c;
	c.basis = WV_CHARSET_SOURCE;
	c.encoding = wv_encoding_of_label(hints->source);
	if (c.encoding != WV_ENCODING_NONE)
		return c;
	/* A browser would come upon it later and begin again. */
	c.basis = WV_CHARSET_META;
	c.encoding = hints->is_xml ? WV_ENCODING_NONE : wv_sniff_late_meta(body);
	if (c.encoding != WV_ENCODING_NONE)
		return c;
	c.basis = WV_CHARSET_DETECTED;
	c.encoding = wv_sniff_usage(body);
	if (c.encoding != WV_ENCODING_NONE)
		return c;
	c.basis = WV_CHARSET_DEFAULT;
	/* XML without a declaration is UTF-8 by its own standard. */
	c.encoding = hints->is_xml ? WV_ENCODING_UTF_8 : WV_ENCODING_WINDOWS_1252;
	return c;
}

/* More than one error in a hundred characters. */
static bool is_suspect(struct wv_slice text, uint32_t errors)
{
	return errors > 0 && (uint64_t)errors * 100 > wv_text_count(text);
}

/* Declared as something else, but UTF-8 without a fault and with enough to be no accident. */
static bool is_plainly_utf8(struct wv_slice body)
{
	size_t leads = 0;

	if (wv_sniff_utf8_prefix(body) != body.n)
		return false;
	for (size_t i = 0; i < body.n; i++)
		leads += body.p[i] >= 0xC0;
	return leads >= UTF8_PROOF;
}

/* What overrules the declaration, or NONE. */
static enum wv_encoding second_opinion(struct wv_slice body, const struct choice *choice,
                                       const struct wv_charset_text *first)
{
	enum wv_encoding encoding;

	if (choice->basis == WV_CHARSET_BOM || choice->basis == WV_CHARSET_DETECTED ||
	    choice->encoding == WV_ENCODING_UTF_16BE || choice->encoding == WV_ENCODING_UTF_16LE ||
	    choice->encoding == WV_ENCODING_REPLACEMENT)
		return WV_ENCODING_NONE;
	if (choice->encoding != WV_ENCODING_UTF_8 && is_plainly_utf8(body))
		return WV_ENCODING_UTF_8;
	if (!first->is_suspect)
		return WV_ENCODING_NONE;
	encoding = wv_sniff_usage(body);
	return encoding == choice->encoding ? WV_ENCODING_NONE : encoding;
}

enum wv_status wv_charset_decode(struct wv_arena *arena, struct wv_slice body,
                                 const struct wv_charset_hints *hints,
                                 struct wv_charset_text *out, struct wv_err *err)
{
	struct choice choice = choose(body, hints);
	struct wv_charset_text result = {.basis = choice.basis}, other = {.errors = 0};
	enum wv_encoding opinion;
	enum wv_status st;

	body = wv_slice_from(body, choice.bom);
	result.name = wv_encoding_name(choice.encoding);
	st = decode(arena, body, choice.encoding, &result.text, &result.errors, err);
	if (st != WV_OK)
		return st;
	result.is_suspect = is_suspect(result.text, result.errors);
	opinion = second_opinion(body, &choice, &result);
	if (opinion != WV_ENCODING_NONE) {
		st = decode(arena, body, opinion, &other.text, &other.errors, err);
		if (st != WV_OK)
			return st;
		/* Overruled only where it is clearly better. */
		if (other.errors == 0 || other.errors < result.errors / 4) {
			other.name = wv_encoding_name(opinion);
			other.basis = WV_CHARSET_DETECTED;
			if (choice.basis != WV_CHARSET_DEFAULT)
				other.declared = result.name;
			other.is_suspect = is_suspect(other.text, other.errors);
			result = other;
		}
	}
	*out = result;
	return WV_OK;
}
