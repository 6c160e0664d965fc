#include "crawler/page/multibyte.h"

#include <stdbool.h>

#include "crawler/page/encoding.h"

static bool within(unsigned x, unsigned low, unsigned high)
{
	return x >= low && x <= high;
}

static struct wv_character code(size_t n, uint32_t first)
{
	return (struct wv_character){WV_SHAPE_CODE, n, first, 0};
}

static struct wv_character look(size_t n)
{
	return (struct wv_character){WV_SHAPE_LOOK_UP, n, 0, 0};
}

/* A lead byte with a trail that does not fit: an ASCII trail is read again. */
static struct wv_character bad_pair(size_t left, unsigned trail)
{
	return (struct wv_character){WV_SHAPE_BAD, left > 1 && trail >= 0x80 ? 2 : 1, 0, 0};
}

static struct wv_character patched(enum wv_encoding encoding, unsigned a, unsigned b)
{
	const struct wv_encoding_patch *patch =
		wv_encoding_patch(encoding, (uint16_t)(a << 8 | b));

	if (!patch)
		return look(2);
	return (struct wv_character){WV_SHAPE_CODE, 2, patch->first, patch->second};
}

struct wv_character wv_shape_gb(const unsigned char *p, size_t left)
{
	unsigned a = p[0], b = left > 1 ? p[1] : 0;

	if (a == 0x80)
		return code(1, 0x20AC);
	if (a == 0xFF)
		return (struct wv_character){WV_SHAPE_BAD, 1, 0, 0};
	if (left > 1 && within(b, 0x30, 0x39)) {
		uint32_t pointer;

		if (left < 3) /* the end inside a character: one fault for what is there */
			return (struct wv_character){WV_SHAPE_BAD, left, 0, 0};
		if (!within(p[2], 0x81, 0xFE))
			return (struct wv_character){WV_SHAPE_BAD, 1, 0, 0};
		if (left < 4)
			return (struct wv_character){WV_SHAPE_BAD, left, 0, 0};
		if (!within(p[3], 0x30, 0x39))
			return (struct wv_character){WV_SHAPE_BAD, 1, 0, 0};
		pointer = (((a - 0x81) * 10 + (b - 0x30)) * 126 + (p[2] - 0x81u)) * 10 +
		          (p[3] - 0x30u);
		if (pointer == 7457)
			return code(4, 0xE7C7);
		if ((pointer > 39419 && pointer < 189000) || pointer > 1237575)
			return (struct wv_character){WV_SHAPE_BAD, 4, 0, 0};
		if (pointer >= 189000)
			return code(4, 0x10000 + pointer - 189000);
		return look(4);
	}
	if (!within(b, 0x40, 0xFE) || b == 0x7F)
		return bad_pair(left, b);
	return patched(WV_ENCODING_GB18030, a, b);
}

struct wv_character wv_shape_big5(const unsigned char *p, size_t left)
{
	unsigned a = p[0], b = left > 1 ? p[1] : 0;

	if (!within(a, 0x81, 0xFE))
		return (struct wv_character){WV_SHAPE_BAD, 1, 0, 0};
	if (!within(b, 0x40, 0x7E) && !within(b, 0xA1, 0xFE))
		return bad_pair(left, b);
	return patched(WV_ENCODING_BIG5, a, b);
}

struct wv_character wv_shape_shift_jis(const unsigned char *p, size_t left)
{
	unsigned a = p[0], b = left > 1 ? p[1] : 0;

	if (a == 0x80)
		return code(1, 0x80);
	if (within(a, 0xA1, 0xDF))
		return code(1, 0xFF61 - 0xA1 + a);
	if (!within(a, 0x81, 0x9F) && !within(a, 0xE0, 0xFC))
		return (struct wv_character){WV_SHAPE_BAD, 1, 0, 0};
	if (!within(b, 0x40, 0xFC) || b == 0x7F)
		return bad_pair(left, b);
	if (within(a, 0xF0, 0xF9)) /* end-user defined characters */
		return code(2, 0xE000 + (a - 0xF0) * 188 + b - (b < 0x7F ? 0x40 : 0x41));
	return look(2);
}

struct wv_character wv_shape_euc_jp(const unsigned char *p, size_t left)
{
	unsigned a = p[0], b = left > 1 ? p[1] : 0;

	if (a != 0x8E && a != 0x8F && !within(a, 0xA1, 0xFE))
		return (struct wv_character){WV_SHAPE_BAD, 1, 0, 0};
	if (a == 0x8E && within(b, 0xA1, 0xDF))
		return code(2, 0xFF61 - 0xA1 + b);
	if (a == 0x8F && within(b, 0xA1, 0xFE)) {
		if (left < 3 || p[2] < 0x80)
			return (struct wv_character){WV_SHAPE_BAD, 2, 0, 0};
		/* JIS X 0212 ends with row ED; what ICU has after it is not in the index. */
		return within(p[2], 0xA1, 0xFE) && b <= 0xED ? look(3)
		                                : (struct wv_character){WV_SHAPE_BAD, 3, 0, 0};
	}
	if (a < 0xA1 || !within(b, 0xA1, 0xFE))
		return bad_pair(left, b);
	return look(2);
}

struct wv_character wv_shape_euc_kr(const unsigned char *p, size_t left)
{
	unsigned a = p[0], b = left > 1 ? p[1] : 0;

	if (!within(a, 0x81, 0xFE))
		return (struct wv_character){WV_SHAPE_BAD, 1, 0, 0};
	if (!within(b, 0x41, 0xFE))
		return bad_pair(left, b);
	return look(2);
}
