/* A map of the file by the table of a section: each known key to its reader, each other one a fault. */
#include "config/settings_sources.h"

static bool has_key(const struct wv_settings_section *section, struct wv_slice name)
{
	for (; section; section = section->also)
		for (size_t i = 0; i < section->count; i++)
			if (wv_slice_equals(name, wv_slice_of(section->keys[i].name)))
				return true;
	return false;
}

static void refuse_unknown(struct wv_settings_check *check,
			   const struct wv_settings_section *section, const struct wv_yaml *member)
{
	const char *names[64];
	const char *nearest;
	size_t count = 0;
	struct wv_slice shown = wv_settings_shown(member->key);

	for (const struct wv_settings_section *at = section; at; at = at->also)
		for (size_t i = 0; i < at->count && count < WV_COUNT(names); i++)
			names[count++] = at->keys[i].name;
	for (size_t i = 0; i < check->section_count; i++) {
		const struct wv_settings_section *other = check->sections[i];

		/* A key's right name at the wrong place, unless a likelier slip is at hand. */
		if (other == section || other->name[0] == '\0' || !has_key(other, member->key))
			continue;
		wv_settings_fault(check->faults, member->key_line,
				  "%.*s%.*s: unknown key (it belongs under '%s')",
				  WV_FMT(check->where), WV_FMT(shown), other->name);
		return;
	}
	nearest = wv_settings_nearest(member->key, names, count);
	if (nearest)
		wv_settings_fault(check->faults, member->key_line,
				  "%.*s%.*s: unknown key (did you mean '%s'?)",
				  WV_FMT(check->where), WV_FMT(shown), nearest);
	else
		wv_settings_fault(check->faults, member->key_line, "%.*s%.*s: unknown key",
				  WV_FMT(check->where), WV_FMT(shown));
}

/* The tables end after three levels; so does the recursion through key->read. */
void wv_settings_read_keys(struct wv_settings_check *check,
			   const struct wv_settings_section *section, const struct wv_yaml *map,
			   void *base)
{
	unsigned char *at = base;

	for (const struct wv_settings_section *s = section; s; s = s->also) {
		for (size_t i = 0; i < s->count; i++) {
			const struct wv_yaml *value =
				wv_yaml_get(map, wv_slice_of(s->keys[i].name));

			if (value)
				s->keys[i].read(check, &s->keys[i], value, at + s->keys[i].offset);
		}
		at += s->also_offset;
	}
	for (const struct wv_yaml *member = map->first; member; member = member->next)
		if (!has_key(section, member->key))
			refuse_unknown(check, section, member);
}

WV_SETTINGS_READER(section)
{
	struct wv_slice outside = check->where;

	if (!wv_settings_take_kind(check, key, value, WV_YAML_MAP))
		return;
	check->where = wv_arena_format(check->arena, "%.*s%s.", WV_FMT(check->where), key->name);
	wv_settings_read_keys(check, key->section, value, field);
	check->where = outside;
}
