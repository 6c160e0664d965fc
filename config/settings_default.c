#include "config/base/clock.h"
#include "config/base/limits.h"
#include "config/settings_file.h"

static const uint16_t default_ports[] = {80, 443};
static const struct wv_slice default_tokens[] = {
	{(const unsigned char *)"wirevault", sizeof("wirevault") - 1},
};

struct wv_settings wv_settings_default(void)
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
				.nice = 10,
			},
		.retention = {.age_us = -1, .count = -1, .bytes = -1},
		.serve = {.robots = WV_SERVE_ROBOTS_NOINDEX},
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
		.retention = {.age_us = -1, .count = -1, .bytes = -1},
	};
}
