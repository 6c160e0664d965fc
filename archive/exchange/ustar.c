#include "archive/exchange/ustar.h"

/*
 * Header: name 100 | mode 8 | uid 8 | gid 8 | size 12 | mtime 12 | checksum 8 | type 1 | link 100 |
 * "ustar" 6 | version 2 | owner 32 | group 32 | device 8 8 | prefix 155 | 12; numbers are octal
 * digits. Files and the two empty blocks at the end fill blocks of 512.
 */
#define BLOCK          512u
#define NAME_MAX_BYTES 100u
#define SIZE_LIMIT     (UINT64_C(1) << 33)

/* `digits` octal digits and a NUL. */
static void put_octal(unsigned char *at, unsigned digits, uint64_t value)
{
	for (unsigned i = digits; i-- > 0; value >>= 3)
		at[i] = (unsigned char)('0' + (value & 7));
}

enum wv_status wv_ustar_add(struct wv_buf *out, const char *name, bool is_executable,
                            struct wv_time modified, struct wv_slice bytes, struct wv_err *err)
{
	static const unsigned char zeroes[BLOCK];
	unsigned char header[BLOCK] = {0};
	size_t n = strlen(name);
	uint32_t sum = 0;

	if (n == 0 || n > NAME_MAX_BYTES || bytes.n >= SIZE_LIMIT)
		return wv_err_set(err, WV_LIMIT, "a tar file cannot hold '%.120s'", name);
	memcpy(header, name, n);
	put_octal(header + 100, 7, is_executable ? 0755 : 0644);
	put_octal(header + 108, 7, 0);
	put_octal(header + 116, 7, 0);
	put_octal(header + 124, 11, bytes.n);
	put_octal(header + 136, 11, modified.us > 0 ? (uint64_t)(modified.us / WV_US_PER_S) : 0);
	memset(header + 148, ' ', 8); /* as the checksum is reckoned */
	header[156] = '0';
	memcpy(header + 257, "ustar\00000", 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += header[i];
	put_octal(header + 148, 6, sum);
	header[154] = 0;
	wv_buf_add_bytes(out, header, sizeof header);
	wv_buf_add(out, bytes);
	if (bytes.n % BLOCK)
		wv_buf_add_bytes(out, zeroes, BLOCK - bytes.n % BLOCK);
	return WV_OK;
}

void wv_ustar_end(struct wv_buf *out)
{
	static const unsigned char zeroes[2 * BLOCK];

	wv_buf_add_bytes(out, zeroes, sizeof zeroes);
}
