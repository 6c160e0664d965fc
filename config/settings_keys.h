#ifndef WV_CONFIG_SETTINGS_KEYS_H
#define WV_CONFIG_SETTINGS_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings_file.h"
#include "config/settings_faults.h"
#include "config/settings_yaml.h"

/*
 * The table of keys and the readers of their values. Part of settings*.c.
 *
 * A reader looks at the value of one key and writes the field it belongs to, or adds a fault and
 * leaves the field at its default: so one fault never hides the next.
 */
struct wv_settings_section;

struct wv_settings_check {
	struct wv_arena *arena;
	struct wv_settings_faults *faults;
	struct wv_settings *settings;
	struct wv_slice where; /* "politeness." or "source '财联社': ", before a key's name */
	bool is_whole;         /* false: the file was cut, so nothing counts as missing */
	/* All there are, to tell where an unknown key belongs. */
	const struct wv_settings_section *const *sections;
	size_t section_count;
};

struct wv_settings_key {
	const char *name;
	const char *fallback; /* what stands without the key; NULL where that is nothing */
	void (*read)(struct wv_settings_check *check, const struct wv_settings_key *key,
		     const struct wv_yaml *value, void *field);
	size_t offset;                             /* of the field in the section's struct */
	int64_t min, max;                          /* for numbers, microseconds and bytes */
	const char *const *words;                  /* what the value may be, ended by NULL */
	const struct wv_settings_section *section; /* the keys inside */
};

struct wv_settings_section {
	const char *name; /* "politeness", "sources[].market"; "" for the file itself */
	const struct wv_settings_key *keys;
	size_t count;
	/* Keys of another section that may also stand here, and where their struct lies. */
	const struct wv_settings_section *also;
	size_t also_offset;
};

/* Reads all keys of the file into check->settings. */
void wv_settings_read_root(struct wv_settings_check *check, const struct wv_yaml *root);
/* Visits every section once, the file's own first. For tests of manual and template. */
void wv_settings_each_section(void (*visit)(void *context,
					    const struct wv_settings_section *section),
			      void *context);

/* settings_values.c, settings_lists.c: one reader a kind of value, with its field's type. */
#define WV_SETTINGS_READER(name)                                                                   \
	void wv_settings_read_##name(struct wv_settings_check *check,                              \
				     const struct wv_settings_key *key,                            \
				     const struct wv_yaml *value, void *field)
WV_SETTINGS_READER(text);          /* slice: one line, min..max bytes */
WV_SETTINGS_READER(file);          /* slice: a path */
WV_SETTINGS_READER(file_or_none);  /* slice: empty for `none` */
WV_SETTINGS_READER(ca_file);       /* slice: empty for `system` */
WV_SETTINGS_READER(token);         /* slice: letters, digits, - and _ */
WV_SETTINGS_READER(tokens);        /* strings */
WV_SETTINGS_READER(contact);       /* slice: http(s) URL or mailto: */
WV_SETTINGS_READER(zone);          /* slice: an IANA name */
WV_SETTINGS_READER(web_url);       /* slice */
WV_SETTINGS_READER(web_urls);      /* strings: hrefs */
WV_SETTINGS_READER(proxy);         /* slice: empty for `none` */
WV_SETTINGS_READER(patterns);      /* strings */
WV_SETTINGS_READER(languages);     /* strings */
WV_SETTINGS_READER(duration);      /* int64_t, microseconds */
WV_SETTINGS_READER(size);          /* uint64_t */
WV_SETTINGS_READER(bandwidth);     /* uint64_t a second, WV_UNBOUNDED for `none` */
WV_SETTINGS_READER(rate);          /* double a second, 0 for `none` */
WV_SETTINGS_READER(u32);           /* uint32_t */
WV_SETTINGS_READER(u64);           /* uint64_t */
WV_SETTINGS_READER(u64_or_none);   /* uint64_t, WV_UNBOUNDED */
WV_SETTINGS_READER(keep_duration); /* int64_t, -1 for `none`; likewise: */
WV_SETTINGS_READER(keep_count);
WV_SETTINGS_READER(keep_size);
WV_SETTINGS_READER(depth);       /* uint32_t, UINT32_MAX for `any` */
WV_SETTINGS_READER(factor);      /* double, min..max */
WV_SETTINGS_READER(word);        /* enum: the place in key->words */
WV_SETTINGS_READER(choice);      /* bool: is it key->words[1]? */
WV_SETTINGS_READER(word_text);   /* slice: one of key->words */
WV_SETTINGS_READER(quiet_hours); /* struct wv_quiet_hours */
WV_SETTINGS_READER(ports);       /* struct wv_network: ports */
WV_SETTINGS_READER(addresses);   /* struct wv_network: allow_private */
WV_SETTINGS_READER(resolve);     /* struct wv_network: resolve */
WV_SETTINGS_READER(headers);     /* struct wv_source: headers */
WV_SETTINGS_READER(topic_words); /* strings */
WV_SETTINGS_READER(strings);     /* strings: one line each */

/* "WHERE NAME: words" at the value's line. */
void wv_settings_complain(struct wv_settings_check *check, const struct wv_settings_key *key,
			  const struct wv_yaml *value, const char *format, ...) WV_PRINTF(4, 5);
/* Text that is there; otherwise a fault was added. */
bool wv_settings_take_text(struct wv_settings_check *check, const struct wv_settings_key *key,
			   const struct wv_yaml *value, struct wv_slice *out);
/* The same, of one line without control characters, not empty, at most max_bytes. */
#define WV_SETTINGS_LINE_BYTES 4096u
bool wv_settings_take_line(struct wv_settings_check *check, const struct wv_settings_key *key,
			   const struct wv_yaml *value, size_t max_bytes, struct wv_slice *out);
/* A number from key->min to key->max; `or_word` ends the complaint. */
bool wv_settings_take_number(struct wv_settings_check *check, const struct wv_settings_key *key,
			     const struct wv_yaml *value, struct wv_slice text, const char *or_word,
			     uint64_t *out);
#define WV_SETTINGS_SHOWN(slice) WV_FMT(wv_settings_shown(slice))
/* A list or map that is there or empty; otherwise a fault was added. */
bool wv_settings_take_kind(struct wv_settings_check *check, const struct wv_settings_key *key,
			   const struct wv_yaml *value, enum wv_yaml_kind kind);
/* Cleared memory; NULL was remembered as out of memory. */
void *wv_settings_zero(struct wv_settings_check *check, size_t count, size_t size);

/* settings_suggest.c: the nearest of `count` words, or NULL where none is near. */
const char *wv_settings_nearest(struct wv_slice word, const char *const *words, size_t count);

#endif
