#include "config/settings.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/arena.h"
#include "config/base/clock.h"
#include "config/base/limits.h"
#include "config/settings_file.h"
#include "config/url.h"

/* Sources, strings and tree of a file at its cap; measured 11 times the bytes of the file. */
#define SETTINGS_ARENA_BYTES (256 * (size_t)WV_MIB)
#define HAND_SOURCE_PAGES    100

static const uint16_t default_ports[] = {80, 443};
static const struct wv_slice default_tokens[] = {
	{(const unsigned char *)"wirevault", sizeof("wirevault") - 1},
};

static struct wv_settings default_settings(void)
{
	return (struct wv_settings){
		.archive = WV_LIT("./archive"),
		.agent_name = WV_LIT("wirevault"),
		.agent_tokens = {default_tokens, WV_COUNT(default_tokens)},
		.politeness =
			{
				.delay_us = 5 * WV_US_PER_S,
				.delay_factor = 2,
				.connections_per_host = 1,
				.hosts_by = WV_HOSTS_BY_DOMAIN,
				.bandwidth_bytes_per_s = WV_UNBOUNDED,
				.max_pages_per_host = WV_UNBOUNDED,
			},
		.network =
			{
				.timeout_us = 30 * WV_US_PER_S,
				.retries = 2,
				.max_body_bytes = WV_LIMIT_BODY_BYTES,
				.ports = default_ports,
				.port_count = WV_COUNT(default_ports),
			},
		.run =
			{
				.max_pages = 10000,
				.max_time_us = 20 * 60 * WV_US_PER_S,
				.connections = 64,
				.extract = WV_EXTRACT_NOW,
				.disk_floor_bytes = 1024 * (uint64_t)WV_MIB,
			},
		.retention = {.age_us = -1, .count = -1, .bytes = -1},
		.serve = {.robots_noindex = true},
	};
}

struct wv_source wv_settings_default_source(void)
{
	return (struct wv_source){
		.feeds_mode = WV_AUTO_ON,
		.sitemaps_mode = WV_AUTO_ON,
		.scope = WV_SCOPE_DOMAIN,
		.depth = UINT32_MAX,
		.revisit_first_us = 30 * 60 * WV_US_PER_S,
		.revisit_last_us = 30 * WV_US_PER_DAY,
		.requisites = WV_REQUISITES_NONE,
	};
}

enum wv_status wv_settings_new_default(struct wv_settings_file **out, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_settings_file *file;
	enum wv_status st;

	st = wv_arena_new(SETTINGS_ARENA_BYTES, &arena, err);
	if (st != WV_OK)
		return st;
	file = WV_ARENA_NEW(arena, struct wv_settings_file);
	if (!file)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	file->settings = default_settings();
	file->arena = WV_TAKE(arena);
	*out = file;
	return WV_OK;
}

const struct wv_settings *wv_settings_get(const struct wv_settings_file *file)
{
	return &file->settings;
}

struct wv_strings wv_settings_warnings(const struct wv_settings_file *file)
{
	return file->warnings;
}

struct wv_settings *wv_settings_edit(struct wv_settings_file *file)
{
	return &file->settings;
}

struct wv_arena *wv_settings_arena(struct wv_settings_file *file)
{
	return file->arena;
}

void wv_settings_free(struct wv_settings_file **file)
{
	/* The struct lies in its own arena. */
	struct wv_arena *arena = *file ? (*file)->arena : NULL;

	wv_arena_free(&arena);
	*file = NULL;
}

static enum wv_status hand_seeds(struct wv_arena *arena, const struct wv_slice *urls, size_t count,
				 struct wv_strings *out, struct wv_err *err)
{
	struct wv_slice *seeds = WV_ARENA_ARRAY(arena, struct wv_slice, count);

	if (!seeds)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		struct wv_url url;
		enum wv_status st = wv_url_parse(arena, urls[i], NULL, &url, err);

		if (st != WV_OK)
			return wv_err_add(err, st == WV_LIMIT ? WV_USAGE : st, "URL '%.*s'",
					  WV_FMT(wv_slice_part(urls[i], 0, 200)));
		if (!wv_url_is_web(&url))
			return wv_err_set(err, WV_USAGE,
					  "URL '%.*s': only http and https can be fetched",
					  WV_FMT(wv_slice_part(urls[i], 0, 200)));
		seeds[i] = url.href;
	}
	*out = (struct wv_strings){seeds, count};
	return WV_OK;
}

enum wv_status wv_settings_add_hand_source(struct wv_settings_file *file,
					   const struct wv_slice *urls, size_t count,
					   struct wv_err *err)
{
	struct wv_settings *settings = &file->settings;
	struct wv_source source = wv_settings_default_source();
	struct wv_source *sources;
	enum wv_status st;

	st = hand_seeds(file->arena, urls, count, &source.seeds, err);
	if (st != WV_OK)
		return st;
	sources = WV_ARENA_ARRAY(file->arena, struct wv_source, settings->source_count + 1);
	if (!sources)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	if (settings->source_count > 0)
		memcpy(sources, settings->sources, settings->source_count * sizeof(*sources));
	source.name = WV_LIT("by hand");
	source.is_by_hand = true;
	source.scope = WV_SCOPE_HOST;
	source.feeds_mode = WV_AUTO_OFF;
	source.sitemaps_mode = WV_AUTO_OFF;
	source.politeness = settings->politeness;
	sources[settings->source_count] = source;
	settings->sources = sources;
	settings->source_count++;
	settings->run.max_pages = HAND_SOURCE_PAGES;
	return WV_OK;
}

const struct wv_source *wv_settings_source_of(const struct wv_settings *settings,
					      const struct wv_url *url)
{
	for (size_t i = 0; i < settings->source_count; i++)
		if (wv_source_contains(&settings->sources[i], url))
			return &settings->sources[i];
	return NULL;
}

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
