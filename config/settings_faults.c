#include "config/settings_faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/base/limits.h"
#include "config/base/text.h"

/* More than are shown, so that sorting by line does not lose the first ones of the file. */
#define KEPT_MAX    1024u
#define TEXT_BYTES  700u
#define SHOWN_BYTES 80u

static bool make_room(struct wv_settings_faults *faults)
{
	size_t room = faults->room ? faults->room * 2 : 16;
	struct wv_settings_fault *p;

	if (faults->n < faults->room)
		return true;
	if (faults->n >= KEPT_MAX)
		return false;
	p = WV_ARENA_ARRAY(faults->arena, struct wv_settings_fault, room);
	if (!p) {
		faults->is_out_of_memory = true;
		return false;
	}
	if (faults->n > 0)
		memcpy(p, faults->p, faults->n * sizeof(*p));
	faults->p = p;
	faults->room = room;
	return true;
}

/* Values come into the text on many ways; none may move the cursor of a terminal. */
static void hide_controls(char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)text[0], next = (unsigned char)text[1];

		if (c < 0x20 || c == 0x7F || (c == 0xC2 && next >= 0x80 && next < 0xA0))
			*text = '?';
		if (c == 0xC2 && *text == '?')
			*++text = '?';
	}
}

WV_PRINTF(4, 0)
static void add(struct wv_settings_faults *faults, bool is_warning, uint32_t line,
		const char *format, va_list arguments)
{
	char text[TEXT_BYTES];
	struct wv_slice kept;
	int n = vsnprintf(text, sizeof(text), format, arguments);

	if (!is_warning)
		faults->fault_count++;
	if (n < 0 || !make_room(faults))
		return;
	hide_controls(text);
	kept = wv_arena_copy(faults->arena, wv_text_cut(wv_slice_of(text), sizeof(text)));
	if (kept.n == 0)
		faults->is_out_of_memory = true;
	faults->p[faults->n++] = (struct wv_settings_fault){line, is_warning, kept};
}

void wv_settings_fault(struct wv_settings_faults *faults, uint32_t line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(faults, false, line, format, arguments);
	va_end(arguments);
}

void wv_settings_warn(struct wv_settings_faults *faults, uint32_t line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(faults, true, line, format, arguments);
	va_end(arguments);
}

struct wv_slice wv_settings_shown(struct wv_slice value)
{
	return wv_text_cut(value, SHOWN_BYTES);
}

static int by_line(const void *a, const void *b)
{
	const struct wv_settings_fault *left = a, *right = b;

	if (left->line != right->line)
		return left->line < right->line ? -1 : 1;
	/* The same line: in the order found, which is the order in the arena's array. */
	return left->text.p < right->text.p ? -1 : left->text.p > right->text.p;
}

static struct wv_slice whole_line(struct wv_settings_faults *faults,
				  const struct wv_settings_fault *fault)
{
	const char *kind = fault->is_warning ? "warning: " : "";

	if (fault->line == 0)
		return wv_arena_format(faults->arena, "%s: %s%.*s", faults->file, kind,
				       WV_FMT(fault->text));
	return wv_arena_format(faults->arena, "%s:%u: %s%.*s", faults->file, fault->line, kind,
			       WV_FMT(fault->text));
}

struct wv_strings wv_settings_fault_lines(struct wv_settings_faults *faults, bool warnings)
{
	struct wv_slice *lines = WV_ARENA_ARRAY(faults->arena, struct wv_slice, faults->n + 1);
	size_t n = 0;

	if (!lines) {
		faults->is_out_of_memory = true;
		return (struct wv_strings){NULL, 0};
	}
	if (faults->n > 1)
		qsort(faults->p, faults->n, sizeof(*faults->p), by_line);
	for (size_t i = 0; i < faults->n; i++)
		if (faults->p[i].is_warning == warnings &&
		    (warnings || n < WV_LIMIT_SETTINGS_FAULTS))
			lines[n++] = whole_line(faults, &faults->p[i]);
	if (!warnings && faults->fault_count > n) {
		lines[n] = wv_arena_format(faults->arena, "%s: and %zu more faults", faults->file,
					   faults->fault_count - n);
		n++;
	}
	return (struct wv_strings){lines, n};
}
