#include "config/settings.h"

#include <arpa/inet.h>
#include <string.h>

/* Clears the bits past the prefix; true if any was set. */
static bool mask_host_bits(struct wv_address_block *block)
{
	bool was_set = false;
	size_t bits = block->prefix_bits;

	for (size_t i = 0; i < sizeof(block->bytes); i++) {
		unsigned keep = bits >= 8 ? 8 : (unsigned)bits;
		unsigned char mask = (unsigned char)(0xFF00u >> keep);

		was_set |= (block->bytes[i] & ~mask & 0xFF) != 0;
		block->bytes[i] &= mask;
		bits -= keep;
	}
	return was_set;
}

enum wv_status wv_address_block_parse(struct wv_slice text, struct wv_address_block *out,
				      struct wv_err *err)
{
	struct wv_address_block block = {.is_v6 = false};
	struct wv_slice shown = wv_slice_part(text, 0, 80);
	size_t slash = wv_slice_find_byte(text, '/', 0);
	struct wv_slice address = slash == SIZE_MAX ? text : wv_slice_part(text, 0, slash);
	char name[INET6_ADDRSTRLEN];
	uint64_t bits;

	if (address.n == 0 || address.n >= sizeof(name) ||
	    wv_slice_find_byte(address, 0, 0) != SIZE_MAX)
		return wv_err_set(err, WV_USAGE, "'%.*s' is no address", WV_FMT(shown));
	memcpy(name, address.p, address.n);
	name[address.n] = '\0';
	if (inet_pton(AF_INET6, name, block.bytes) == 1)
		block.is_v6 = true;
	else if (inet_pton(AF_INET, name, block.bytes) != 1)
		return wv_err_set(err, WV_USAGE, "'%.*s' is no address", WV_FMT(shown));
	bits = block.is_v6 ? 128 : 32;
	if (slash != SIZE_MAX && (!wv_slice_u64(wv_slice_from(text, slash + 1), &bits) ||
				  bits > (block.is_v6 ? 128 : 32)))
		return wv_err_set(err, WV_USAGE, "'%.*s': the part after '/' must be 0 to %d",
				  WV_FMT(shown), block.is_v6 ? 128 : 32);
	block.prefix_bits = (uint8_t)bits;
	if (mask_host_bits(&block)) {
		if (!inet_ntop(block.is_v6 ? AF_INET6 : AF_INET, block.bytes, name, sizeof(name)))
			return wv_err_set(err, WV_BUG, "cannot print an address");
		return wv_err_set(err, WV_USAGE, "'%.*s' has bits beyond its prefix: write %s/%d",
				  WV_FMT(shown), name, (int)bits);
	}
	*out = block;
	return WV_OK;
}
