#ifndef WV_CONFIG_SETTINGS_FILE_H
#define WV_CONFIG_SETTINGS_FILE_H

#include "config/base/arena.h"
#include "config/settings.h"

/* What the files settings*.c share, and nobody else includes. */

struct wv_settings_file {
	struct wv_arena *arena; /* holds this struct too */
	struct wv_settings settings;
	struct wv_strings warnings; /* whole lines, by line of the file */
};

/* settings_default.c: what stands without a file. */
struct wv_settings wv_settings_default(void);
/* A source before its keys are read; its politeness is the caller's to fill. */
struct wv_source wv_settings_default_source(void);

#endif
