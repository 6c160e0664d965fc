#include "archive/store/checksum.h"

#define POLYNOMIAL UINT32_C(0x82f63b78) /* Castagnoli's, bits reversed */

#if defined(__x86_64__)
#define HAS_INSTRUCTION() (__builtin_cpu_init(), __builtin_cpu_supports("sse4.2") != 0)

/* Three times as fast as the tables, and every row read or written asks for it. */
__attribute__((target("sse4.2"))) static uint32_t add_by_instruction(uint32_t crc,
                                                                     struct wv_slice bytes)
{
	const unsigned char *p = bytes.p;
	size_t n = bytes.n;
	uint64_t sum = crc;

	for (; n >= 8; p += 8, n -= 8) {
		uint64_t word;

		memcpy(&word, p, sizeof(word)); /* little endian, as this processor is */
		sum = __builtin_ia32_crc32di(sum, word);
	}
	for (; n; p++, n--)
		sum = __builtin_ia32_crc32qi((uint32_t)sum, *p);
	return (uint32_t)sum;
}
#else
#define HAS_INSTRUCTION() false

static uint32_t add_by_instruction(uint32_t crc, struct wv_slice bytes)
{
	(void)bytes;
	return crc;
}
#endif

void wv_checksum_init(struct wv_checksum *checksum)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
		checksum->table[0][i] = crc;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (int k = 1; k < 8; k++) {
			uint32_t before = checksum->table[k - 1][i];

			checksum->table[k][i] = before >> 8 ^ checksum->table[0][before & 0xff];
		}
	checksum->has_instruction = HAS_INSTRUCTION();
}

uint32_t wv_checksum_add(const struct wv_checksum *checksum, uint32_t crc, struct wv_slice bytes)
{
	const uint32_t(*table)[256] = checksum->table;
	const unsigned char *p = bytes.p;
	size_t n = bytes.n;

	crc = ~crc;
	if (checksum->has_instruction)
		return ~add_by_instruction(crc, bytes);
	for (; n >= 8; p += 8, n -= 8) {
		uint32_t low = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
		                      (uint32_t)p[3] << 24);

		crc = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^
		      table[5][low >> 16 & 0xff] ^ table[4][low >> 24] ^ table[3][p[4]] ^
		      table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
	}
	for (; n; p++, n--)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
	return ~crc;
}
