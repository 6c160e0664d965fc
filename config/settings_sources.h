#ifndef WV_CONFIG_SETTINGS_SOURCES_H
#define WV_CONFIG_SETTINGS_SOURCES_H

#include "config/settings_keys.h"

/* Readers that know more than one value: sources, topics, hooks, agent. Part of settings*.c. */

/* settings_read.c: all keys of a section into its struct at `base`; unknown keys become faults. */
void wv_settings_read_keys(struct wv_settings_check *check,
			   const struct wv_settings_section *section, const struct wv_yaml *map,
			   void *base);
WV_SETTINGS_READER(section); /* a map: the key's section, its struct at the field */

/* settings_sources.c */
WV_SETTINGS_READER(agent);   /* struct wv_settings, as all below unless said */
WV_SETTINGS_READER(topics);
WV_SETTINGS_READER(sources);
WV_SETTINGS_READER(hooks);
WV_SETTINGS_READER(hook_name);     /* slice: one of hooks, empty for `none` */
WV_SETTINGS_READER(url_or_none);   /* slice */
WV_SETTINGS_READER(delay);         /* int64_t; warns of 0 */
WV_SETTINGS_READER(feeds);         /* struct wv_source: feeds_mode, feeds */
WV_SETTINGS_READER(sitemaps);      /* struct wv_source */
WV_SETTINGS_READER(market);        /* struct wv_market */
WV_SETTINGS_READER(related);       /* struct wv_source */
WV_SETTINGS_READER(source_topics); /* strings: names of topics */
WV_SETTINGS_READER(source_proxy);  /* struct wv_source */

#endif
