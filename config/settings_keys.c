#include "config/settings_keys.h"

#include "config/base/checked.h"
#include "config/base/clock.h"
#include "config/base/limits.h"
#include "config/settings_sources.h"

/* The table: every key of the file, in the order of the manual page. */

#define SECOND WV_US_PER_S
#define HOUR   (3600 * WV_US_PER_S)
#define DAY    WV_US_PER_DAY
#define YEARS  (36525 * WV_US_PER_DAY)
#define TIB    (1024 * INT64_C(1024) * WV_MIB)

#define KEY(name_, fallback_, reader_, offset_)                                                    \
	{                                                                                          \
		.name = name_, .fallback = fallback_, .read = wv_settings_read_##reader_,          \
		.offset = offset_                                                                  \
	}
#define KEY_RANGE(name_, fallback_, reader_, offset_, min_, max_)                                  \
	{                                                                                          \
		.name = name_, .fallback = fallback_, .read = wv_settings_read_##reader_,          \
		.offset = offset_, .min = min_, .max = max_                                        \
	}
#define KEY_WORDS(name_, fallback_, reader_, offset_, words_)                                      \
	{                                                                                          \
		.name = name_, .fallback = fallback_, .read = wv_settings_read_##reader_,          \
		.offset = offset_, .words = words_                                                 \
	}
#define KEY_SECTION(name_, reader_, offset_, section_)                                             \
	{                                                                                          \
		.name = name_, .read = wv_settings_read_##reader_, .offset = offset_,              \
		.section = &section_                                                               \
	}
#define SECTION(name_, keys_)                                                                      \
	{                                                                                          \
		.name = name_, .keys = keys_, .count = WV_COUNT(keys_)                             \
	}
#define OF_SETTINGS(field)   offsetof(struct wv_settings, field)
#define OF_POLITENESS(field) offsetof(struct wv_politeness, field)
#define OF_SOURCE(field)     offsetof(struct wv_source, field)

static const char *const hosts_by_words[] = {"domain", "host", "ip", NULL};
static const char *const forbidden_words[] = {"allow", "deny", NULL};
static const char *const extract_words[] = {"now", "later", "off", NULL};
static const char *const scope_words[] = {"domain", "host", "hosts", "prefix", NULL};
static const char *const noarchive_words[] = {"honour", "keep", NULL};
static const char *const feed_times_words[] = {"honour", "ignore", NULL};
static const char *const tdmrep_words[] = {"ignore", "ask", NULL};
static const char *const requisites_words[] = {"none", "images", "all", NULL};
static const char *const bool_words[] = {"false", "true", NULL};
static const char *const tls_words[] = {"verify", "insecure", NULL};
static const char *const robots_words[] = {"index", "noindex", "disallow", NULL};
static const char *const exchange_words[] = {"SSE", "TSE", "NYSE", NULL};

static const struct wv_settings_key agent_keys[] = {
	KEY("name", "wirevault", token, OF_SETTINGS(agent_name)),
	KEY("contact", NULL, contact, OF_SETTINGS(contact)),
	KEY("tokens", "[]", tokens, OF_SETTINGS(agent_tokens)),
};
static const struct wv_settings_section agent_section = SECTION("agent", agent_keys);

static const struct wv_settings_key politeness_keys[] = {
	KEY_RANGE("delay", "5s", delay, OF_POLITENESS(delay_us), 0, DAY),
	KEY_RANGE("delay_factor", "2", factor, OF_POLITENESS(delay_factor), 0, 1000),
	KEY_RANGE("connections_per_host", "1", u32, OF_POLITENESS(connections_per_host), 1, 64),
	KEY_WORDS("hosts_by", "domain", word, OF_POLITENESS(hosts_by), hosts_by_words),
	KEY("quiet_hours", "none", quiet_hours, OF_POLITENESS(quiet_hours)),
	KEY_RANGE("bandwidth", "none", bandwidth, OF_POLITENESS(bandwidth_bytes_per_s), 1, TIB),
	KEY_RANGE("max_pages_per_host", "none", u64_or_none, OF_POLITENESS(max_pages_per_host), 1,
		  INT64_MAX),
	KEY_WORDS("robots_forbidden", "allow", choice, OF_POLITENESS(robots_forbidden_denies),
		  forbidden_words),
};
static const struct wv_settings_section politeness_section = SECTION("politeness", politeness_keys);

static const struct wv_settings_key retention_keys[] = {
	KEY_RANGE("age", "none", keep_duration, offsetof(struct wv_retention, age_us), SECOND,
		  YEARS),
	KEY_RANGE("count", "none", keep_count, offsetof(struct wv_retention, count), 1, INT64_MAX),
	KEY_RANGE("size", "none", keep_size, offsetof(struct wv_retention, bytes), 1, INT64_MAX),
};
static const struct wv_settings_section retention_section = SECTION("retention", retention_keys);

static const struct wv_settings_key network_keys[] = {
	KEY_RANGE("timeout", "30s", duration, OF_SETTINGS(network.timeout_us), SECOND / 10, HOUR),
	KEY_RANGE("retries", "2", u32, OF_SETTINGS(network.retries), 0, 20),
	KEY_RANGE("max_body", "10MiB", size, OF_SETTINGS(network.max_body_bytes), WV_KIB,
		  WV_LIMIT_BODY_BYTES_MAX),
	KEY_RANGE("ports", "[80, 443]", ports, OF_SETTINGS(network), 1, 65535),
	KEY("allow_private", "[]", addresses, OF_SETTINGS(network)),
	KEY("proxy", "none", proxy, OF_SETTINGS(network.proxy)),
	KEY("resolve", "{}", resolve, OF_SETTINGS(network)),
	KEY("ca_file", "system", ca_file, OF_SETTINGS(network.ca_file)),
};
static const struct wv_settings_section network_section = SECTION("network", network_keys);

static const struct wv_settings_key run_keys[] = {
	KEY_RANGE("max_pages", "10000", u64, OF_SETTINGS(run.max_pages), 1, INT64_MAX),
	KEY_RANGE("max_time", "20m", duration, OF_SETTINGS(run.max_time_us), SECOND, 366 * DAY),
	KEY_RANGE("connections", "64", u32, OF_SETTINGS(run.connections), 1, 4096),
	KEY_WORDS("extract", "now", word, OF_SETTINGS(run.extract), extract_words),
	KEY_RANGE("disk_floor", "1GiB", size, OF_SETTINGS(run.disk_floor_bytes), 0, INT64_MAX),
	KEY_RANGE("nice", "10", u32, OF_SETTINGS(run.nice), 0, 19),
	KEY("report", "none", file_or_none, OF_SETTINGS(run.report)),
	KEY("metrics", "none", file_or_none, OF_SETTINGS(run.metrics)),
};
static const struct wv_settings_section run_section = SECTION("run", run_keys);

static const struct wv_settings_key topic_keys[] = {
	KEY("any", NULL, topic_words, offsetof(struct wv_topic_settings, any)),
	KEY("none", "[]", topic_words, offsetof(struct wv_topic_settings, none)),
};
static const struct wv_settings_section topic_section = SECTION("topics.NAME", topic_keys);

static const struct wv_settings_key market_keys[] = {
	KEY_WORDS("exchange", NULL, word_text, offsetof(struct wv_market, exchange),
		  exchange_words),
	KEY_RANGE("open", "5m", duration, offsetof(struct wv_market, open_us), SECOND, 366 * DAY),
	KEY_RANGE("closed", "2h", duration, offsetof(struct wv_market, closed_us), SECOND,
		  366 * DAY),
};
static const struct wv_settings_section market_section = SECTION("sources[].market", market_keys);

static const struct wv_settings_key revisit_keys[] = {
	KEY_RANGE("first", "30m", duration, OF_SOURCE(revisit_first_us), SECOND, 3660 * DAY),
	KEY_RANGE("last", "30d", duration, OF_SOURCE(revisit_last_us), SECOND, 3660 * DAY),
};
static const struct wv_settings_section revisit_section =
	SECTION("sources[].revisit", revisit_keys);

static const struct wv_settings_key related_keys[] = {
	KEY_RANGE("hops", "1", u32, OF_SOURCE(related_hops), 0, 100),
	KEY_RANGE("score", "0.5", factor, OF_SOURCE(related_score), 0, 1),
	KEY_RANGE("pages", "200", u64, OF_SOURCE(related_pages), 1, 1000000),
};
static const struct wv_settings_section related_section =
	SECTION("sources[].related", related_keys);

static const struct wv_settings_key source_keys[] = {
	KEY_RANGE("name", NULL, text, OF_SOURCE(name), 1, 200),
	KEY_RANGE("category", NULL, text, OF_SOURCE(category), 1, 200),
	KEY("timezone", NULL, zone, OF_SOURCE(timezone)),
	KEY("seeds", "[]", web_urls, OF_SOURCE(seeds)),
	KEY("feeds", "auto", feeds, 0),
	KEY("sitemaps", "auto", sitemaps, 0),
	KEY_WORDS("scope", "domain", word, OF_SOURCE(scope), scope_words),
	KEY("include", "[]", strings, OF_SOURCE(include)),
	KEY("exclude", "[]", strings, OF_SOURCE(exclude)),
	KEY_RANGE("depth", "any", depth, OF_SOURCE(depth), 0, 1000000),
	KEY_RANGE("every", NULL, duration, OF_SOURCE(every_us), SECOND, 366 * DAY),
	KEY_SECTION("market", market, OF_SOURCE(market), market_section),
	KEY_SECTION("revisit", section, 0, revisit_section),
	KEY("topics", "[]", source_topics, OF_SOURCE(topics)),
	KEY_SECTION("related", related, 0, related_section),
	KEY_WORDS("keep_wire", "false", choice, OF_SOURCE(keep_wire), bool_words),
	KEY_WORDS("noarchive", "honour", choice, OF_SOURCE(keeps_noarchive), noarchive_words),
	KEY_WORDS("feed_times", "honour", choice, OF_SOURCE(ignores_feed_times), feed_times_words),
	KEY_WORDS("tdmrep", "ignore", choice, OF_SOURCE(asks_tdmrep), tdmrep_words),
	KEY_WORDS("requisites", "none", word, OF_SOURCE(requisites), requisites_words),
	KEY("headers", "{}", headers, 0),
	KEY("cookies", "none", file_or_none, OF_SOURCE(cookies_file)),
	KEY_WORDS("tls", "verify", choice, OF_SOURCE(tls_insecure), tls_words),
	KEY("proxy", NULL, source_proxy, 0),
	KEY("ca_file", NULL, ca_file, OF_SOURCE(ca_file)),
	KEY_SECTION("politeness", section, OF_SOURCE(politeness), politeness_section),
	KEY_SECTION("retention", section, OF_SOURCE(retention), retention_section),
};
static const struct wv_settings_section source_section = {
	.name = "sources[]",
	.keys = source_keys,
	.count = WV_COUNT(source_keys),
	.also = &politeness_section,
	.also_offset = OF_SOURCE(politeness),
};

static const struct wv_settings_key stories_keys[] = {
	KEY("words", "none", file_or_none, OF_SETTINGS(stories_words)),
};
static const struct wv_settings_section stories_section = SECTION("stories", stories_keys);

static const struct wv_settings_key proof_keys[] = {
	KEY("key", NULL, file, OF_SETTINGS(proof.key_file)),
	KEY("tsa", "none", url_or_none, OF_SETTINGS(proof.tsa_url)),
	KEY("hook", "none", hook_name, OF_SETTINGS(proof.hook)),
};
static const struct wv_settings_section proof_section = SECTION("proof", proof_keys);

static const struct wv_settings_key serve_keys[] = {
	KEY_RANGE("notice", NULL, text, OF_SETTINGS(serve.notice), 1, 2000),
	KEY_RANGE("contact", NULL, text, OF_SETTINGS(serve.contact), 1, 500),
	KEY("languages", "[]", languages, OF_SETTINGS(serve.languages)),
	KEY("rate", "none", rate, OF_SETTINGS(serve.rate_per_s)),
	KEY_WORDS("robots", "noindex", word, OF_SETTINGS(serve.robots), robots_words),
};
static const struct wv_settings_section serve_section = SECTION("serve", serve_keys);

static const struct wv_settings_section hooks_section = {.name = "hooks.NAME"};

/* Read in this order, whatever the order in the file: sources need the politeness and
 * retention they inherit and the topics they name, proof the hooks. */
static const struct wv_settings_key root_keys[] = {
	KEY("archive", "./archive", file, OF_SETTINGS(archive)),
	KEY_SECTION("agent", agent, 0, agent_section),
	KEY_SECTION("politeness", section, OF_SETTINGS(politeness), politeness_section),
	KEY_SECTION("network", section, 0, network_section),
	KEY_SECTION("run", section, 0, run_section),
	KEY_SECTION("topics", topics, 0, topic_section),
	KEY_SECTION("retention", section, OF_SETTINGS(retention), retention_section),
	KEY_SECTION("sources", sources, 0, source_section),
	KEY_SECTION("stories", section, 0, stories_section),
	KEY_SECTION("hooks", hooks, 0, hooks_section),
	KEY_SECTION("proof", section, 0, proof_section),
	KEY_SECTION("serve", section, 0, serve_section),
};
static const struct wv_settings_section root_section = SECTION("", root_keys);

static const struct wv_settings_section *const all_sections[] = {
	&root_section,    &agent_section,   &politeness_section, &network_section,
	&run_section,     &topic_section,   &source_section,     &market_section,
	&revisit_section, &related_section, &stories_section,    &retention_section,
	&hooks_section,   &proof_section,   &serve_section,
};

void wv_settings_each_section(void (*visit)(void *context,
					    const struct wv_settings_section *section),
			      void *context)
{
	for (size_t i = 0; i < WV_COUNT(all_sections); i++)
		visit(context, all_sections[i]);
}

void wv_settings_read_root(struct wv_settings_check *check, const struct wv_yaml *root)
{
	if (root->kind != WV_YAML_MAP) {
		if (!root->is_reported)
			wv_settings_fault(check->faults, root->line,
					  "expected keys and values (agent:, sources:, ...)");
		return;
	}
	check->sections = all_sections;
	check->section_count = WV_COUNT(all_sections);
	wv_settings_read_keys(check, &root_section, root, check->settings);
	if (check->settings->contact.n == 0 && check->is_whole)
		wv_settings_warn(check->faults, 0,
				 "agent.contact is missing: crawl and snap refuse to ask anybody "
				 "anonymously");
}
