#ifndef WV_CONFIG_SETTINGS_FAULTS_H
#define WV_CONFIG_SETTINGS_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/source.h"

/*
 * The faults and warnings found in one settings file, in any order; they come out by line.
 * Part of settings*.c; everything lies in the arena.
 */
struct wv_settings_fault {
	uint32_t line;
	bool is_warning;
	struct wv_slice text;
};

struct wv_settings_faults {
	struct wv_arena *arena;
	const char *file;
	struct wv_settings_fault *p;
	size_t n;
	size_t room;
	size_t fault_count; /* warnings and those beyond the room are not in it, and are, in turn */
	bool is_out_of_memory;
};

/* `line` 0 stands for the file as a whole. */
void wv_settings_fault(struct wv_settings_faults *faults, uint32_t line, const char *format, ...)
	WV_PRINTF(3, 4);
void wv_settings_warn(struct wv_settings_faults *faults, uint32_t line, const char *format, ...)
	WV_PRINTF(3, 4);
/* A value as faults show it: at most 80 bytes. Control characters become '?' in every fault. */
struct wv_slice wv_settings_shown(struct wv_slice value);

/* Whole lines "FILE:LINE: text" ("FILE:LINE: warning: text"), by line; at most
 * WV_LIMIT_SETTINGS_FAULTS faults and then one line that counts the rest; all warnings that were
 * kept. */
struct wv_strings wv_settings_fault_lines(struct wv_settings_faults *faults, bool warnings);

#endif
