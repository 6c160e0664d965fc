#ifndef WV_CONFIG_SETTINGS_H
#define WV_CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/status.h"
#include "config/source.h"

/*
 * What the user says: the settings file, checked as a whole. Every fault is reported with file,
 * line and the offending value, not only the first; unknown keys come with a suggestion.
 */

struct wv_address_block { /* an address or a CIDR block */
	unsigned char bytes[16];
	bool is_v6;
	uint8_t prefix_bits;
};

struct wv_resolve_entry { /* network.resolve: name -> address, for tests */
	struct wv_slice host, address;
};

struct wv_network {
	int64_t timeout_us;
	uint32_t retries;
	uint64_t max_body_bytes;
	const uint16_t *ports;
	size_t port_count;
	const struct wv_address_block *allow_private;
	size_t allow_private_count;
	struct wv_slice proxy;   /* empty: none */
	const struct wv_resolve_entry *resolve;
	size_t resolve_count;
	struct wv_slice ca_file; /* empty: the system's */
};

struct wv_run_bounds {
	uint64_t max_pages;
	int64_t max_time_us;
	uint32_t connections;
	enum wv_extract_when extract;
	uint64_t disk_floor_bytes;
	uint32_t nice;           /* of a crawl and an import: 0 to 19 */
	struct wv_slice report;  /* file; empty: none */
	struct wv_slice metrics;
};

struct wv_topic_settings {
	struct wv_slice name;
	struct wv_strings any, none;
};

/* What search engines are told of the pages that `serve` shows. */
enum wv_serve_robots {
	WV_SERVE_ROBOTS_INDEX,    /* list them */
	WV_SERVE_ROBOTS_NOINDEX,  /* read them, and find there that they are not to be listed */
	WV_SERVE_ROBOTS_DISALLOW, /* do not read them: so it is not known that they ask not to be listed */
};

struct wv_settings {
	struct wv_slice file;          /* where it was read from; empty: built in */
	struct wv_slice archive;       /* folder */
	struct wv_slice agent_name;    /* product token for User-Agent */
	struct wv_strings agent_tokens;/* names obeyed in robots.txt, in order; at least agent_name */
	struct wv_slice contact;       /* empty: none given */
	struct wv_politeness politeness;
	struct wv_network network;
	struct wv_run_bounds run;
	const struct wv_topic_settings *topics;
	size_t topic_count;
	const struct wv_source *sources;
	size_t source_count;
	struct wv_slice stories_words;
	struct wv_retention retention; /* `bytes` of the whole archive */
	/* proof, serve, hooks: read and checked, kept by settings.c's own structs below */
	struct {
		struct wv_slice key_file, tsa_url, hook;
	} proof;
	struct {
		struct wv_slice notice, contact;
		struct wv_strings languages;
		double rate_per_s;     /* 0: unlimited */
		enum wv_serve_robots robots;
	} serve;
	const struct wv_hook_settings *hooks;
	size_t hook_count;
};

struct wv_hook_settings {
	struct wv_slice name;
	struct wv_strings command;
};

/* Owns every slice in the settings it gave. */
struct wv_settings_file;

/* The built-in defaults, no source. */
WV_MUST_USE enum wv_status wv_settings_new_default(struct wv_settings_file **out,
                                                   struct wv_err *err);
/*
 * Reads and checks a file. WV_MISSING, WV_PERM, WV_IO for the file itself, WV_SETTINGS for its
 * content: then `err` has the first fault and `each_fault` (may be NULL) was called with every
 * one, as a whole line "FILE:LINE: what is wrong, with the value", in the order of lines ("FILE:
 * ..." for the file as a whole). Beyond WV_LIMIT_SETTINGS_FAULTS a last line counts the rest.
 */
WV_MUST_USE enum wv_status wv_settings_load(const char *path,
                                            void (*each_fault)(void *context, const char *line),
                                            void *context, struct wv_settings_file **out,
                                            struct wv_err *err);
/* As wv_settings_load, of bytes in memory; `name` stands for the file. */
WV_MUST_USE enum wv_status wv_settings_parse(struct wv_slice yaml, const char *name,
                                             void (*each_fault)(void *context, const char *line),
                                             void *context, struct wv_settings_file **out,
                                             struct wv_err *err);
const struct wv_settings *wv_settings_get(const struct wv_settings_file *file);
/* What is allowed but hardly meant (delay 0s, no contact, ...): whole lines
 * "FILE:LINE: warning: ...", or "FILE: warning: ..." of the file as a whole. */
struct wv_strings wv_settings_warnings(const struct wv_settings_file *file);
/* For options of the command line that stand over the file. */
struct wv_settings *wv_settings_edit(struct wv_settings_file *file);
struct wv_arena *wv_settings_arena(struct wv_settings_file *file);
void wv_settings_free(struct wv_settings_file **file);

/* Adds a source "by hand" made of URLs of the command line: each a seed, scope host, feeds and
 * sitemaps off; run.max_pages becomes 100. WV_USAGE names a URL that is none. */
WV_MUST_USE enum wv_status wv_settings_add_hand_source(struct wv_settings_file *file,
                                                       const struct wv_slice *urls, size_t count,
                                                       struct wv_err *err);
/* One entry of network.allow_private: "127.0.0.1", "10.0.0.0/8", "::1". */
WV_MUST_USE enum wv_status wv_address_block_parse(struct wv_slice text,
                                                  struct wv_address_block *out,
                                                  struct wv_err *err);
/* The first source whose scope contains the URL, or NULL. */
const struct wv_source *wv_settings_source_of(const struct wv_settings *settings,
                                              const struct wv_url *url);
/* All topics of the settings, compiled; topic i is settings->topics[i]. WV_NOMEM, WV_LIMIT. */
struct wv_topic_set;
WV_MUST_USE enum wv_status wv_settings_new_topics(const struct wv_settings *settings,
                                                  struct wv_topic_set **out, struct wv_err *err);
/* The commented file that `config init` writes; it parses without a fault. */
struct wv_slice wv_settings_template(void);

#endif
