#include "config/base/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void wv_base64_add(struct wv_buf *out, struct wv_slice bytes, size_t width)
{
	size_t column = 0;

	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t n = bytes.n - i < 3 ? bytes.n - i : 3;
		uint32_t bits = (uint32_t)bytes.p[i] << 16;

		if (n > 1)
			bits |= (uint32_t)bytes.p[i + 1] << 8;
		if (n > 2)
			bits |= bytes.p[i + 2];
		wv_buf_add_byte(out, (unsigned char)digits[bits >> 18]);
		wv_buf_add_byte(out, (unsigned char)digits[bits >> 12 & 63]);
		wv_buf_add_byte(out, n > 1 ? (unsigned char)digits[bits >> 6 & 63] : '=');
		wv_buf_add_byte(out, n > 2 ? (unsigned char)digits[bits & 63] : '=');
		column += 4;
		if (width && (column >= width || i + n == bytes.n)) {
			wv_buf_add_byte(out, '\n');
			column = 0;
		}
	}
}

static int value_of(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool wv_base64_parse(struct wv_slice text, struct wv_buf *out)
{
	uint32_t bits = 0;
	unsigned count = 0, padding = 0;

	for (size_t i = 0; i < text.n; i++) {
		int value;

		if (wv_byte_is_space(text.p[i]))
			continue;
		value = text.p[i] == '=' ? 0 : value_of(text.p[i]);
		if (value < 0 || (padding && text.p[i] != '='))
			return false;
		padding += text.p[i] == '=';
		bits = bits << 6 | (uint32_t)value;
		if (++count % 4)
			continue;
		/* What padding stands for is nothing, and spelled in one way only. */
		if (padding > 2 || (padding && bits & ((1u << 8 * padding) - 1)))
			return false;
		wv_buf_add_byte(out, bits >> 16 & 255);
		if (padding < 2)
			wv_buf_add_byte(out, bits >> 8 & 255);
		if (padding < 1)
			wv_buf_add_byte(out, bits & 255);
		bits = 0;
	}
	return count % 4 == 0;
}
