#include "crawler/page/markup.h"

#include "config/base/checked.h"
#include "crawler/page/entities.h"

static const struct wv_slice tag_names[WV_TAG_COUNT] = {
#define TAG_NAME(name, text) [WV_TAG_##name] = {(const unsigned char *)(text), sizeof(text) - 1},
	WV_TAG_LIST(TAG_NAME)
#undef TAG_NAME
};

static const struct wv_slice attr_names[WV_ATTR_COUNT] = {
#define ATTR_NAME(name, text) [WV_ATTR_##name] = {(const unsigned char *)(text), sizeof(text) - 1},
	WV_ATTR_LIST(ATTR_NAME)
#undef ATTR_NAME
};

_Static_assert(WV_TAG_COUNT <= 255 && WV_ATTR_COUNT <= 255, "names are kept as bytes");

/* The first eight bytes, lower-cased, tell nearly all names apart. */
static uint64_t name_key(struct wv_slice name)
{
	uint64_t key = 0;

	for (size_t i = 0; i < name.n && i < 8; i++)
		key = key << 8 | wv_byte_lower(name.p[i]);
	return key;
}

static size_t name_slot(uint64_t key, size_t n)
{
	return (size_t)(((key + n) * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - WV_NAMES_BITS));
}

static void names_add(unsigned char *slots, uint64_t *keys, struct wv_slice name, unsigned number)
{
	size_t at;

	keys[number] = name_key(name);
	at = name_slot(keys[number], name.n);
	while (slots[at] != 0)
		at = (at + 1) & (WV_NAMES_SLOTS - 1);
	slots[at] = (unsigned char)number;
}

void wv_names_init(struct wv_names *names)
{
	memset(names, 0, sizeof(*names));
	for (unsigned i = WV_TAG_TEXT + 1; i < WV_TAG_COUNT; i++)
		names_add(names->tags, names->tag_keys, tag_names[i], i);
	for (unsigned i = 1; i < WV_ATTR_COUNT; i++)
		names_add(names->attrs, names->attr_keys, attr_names[i], i);
}

static unsigned names_find(const unsigned char *slots, const uint64_t *keys,
                           const struct wv_slice *texts, struct wv_slice name)
{
	uint64_t key = name_key(name);
	size_t at = name_slot(key, name.n);

	for (; slots[at] != 0; at = (at + 1) & (WV_NAMES_SLOTS - 1)) {
		unsigned number = slots[at];

		if (keys[number] == key && texts[number].n == name.n &&
		    (name.n <= 8 || wv_slice_equals_nocase(texts[number], name)))
			return number;
	}
	return 0;
}

enum wv_tag wv_names_tag(const struct wv_names *names, struct wv_slice name)
{
	return (enum wv_tag)names_find(names->tags, names->tag_keys, tag_names, name);
}

enum wv_attr_name wv_names_attr(const struct wv_names *names, struct wv_slice name)
{
	return (enum wv_attr_name)names_find(names->attrs, names->attr_keys, attr_names, name);
}

enum wv_tag wv_tag_find(struct wv_slice name)
{
	for (unsigned i = WV_TAG_TEXT + 1; i < WV_TAG_COUNT; i++) {
		if (wv_slice_equals_nocase(tag_names[i], name))
			return (enum wv_tag)i;
	}
	return WV_TAG_UNKNOWN;
}

enum wv_attr_name wv_attr_find(struct wv_slice name)
{
	for (unsigned i = 1; i < WV_ATTR_COUNT; i++) {
		if (wv_slice_equals_nocase(attr_names[i], name))
			return (enum wv_attr_name)i;
	}
	return WV_ATTR_UNKNOWN;
}

struct wv_slice wv_tag_text(enum wv_tag tag)
{
	return tag_names[tag];
}

struct wv_slice wv_attr_text(enum wv_attr_name attr)
{
	return attr_names[attr];
}

bool wv_tag_is_void(enum wv_tag tag)
{
	switch (tag) {
	case WV_TAG_AREA:
	case WV_TAG_BASE:
	case WV_TAG_BASEFONT:
	case WV_TAG_BGSOUND:
	case WV_TAG_BR:
	case WV_TAG_COL:
	case WV_TAG_EMBED:
	case WV_TAG_FRAME:
	case WV_TAG_HR:
	case WV_TAG_IMAGE: /* the tree builder renames it to img */
	case WV_TAG_IMG:
	case WV_TAG_INPUT:
	case WV_TAG_KEYGEN:
	case WV_TAG_LINK:
	case WV_TAG_META:
	case WV_TAG_PARAM:
	case WV_TAG_SOURCE:
	case WV_TAG_TRACK:
	case WV_TAG_WBR:
		return true;
	default:
		return false;
	}
}

/* Numeric references 80..9F mean windows-1252 (13.2.5.80); 0 stays what it was. */
static const uint16_t c1_codes[32] = {
	0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
	0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
	0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

static size_t put_utf8(unsigned char *to, uint32_t c)
{
	if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		c = 0xFFFD;
	if (c < 0x80) {
		to[0] = (unsigned char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (unsigned char)(0xC0 | c >> 6);
		to[1] = (unsigned char)(0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (unsigned char)(0xE0 | c >> 12);
		to[1] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
		to[2] = (unsigned char)(0x80 | (c & 0x3F));
		return 3;
	}
	to[0] = (unsigned char)(0xF0 | c >> 18);
	to[1] = (unsigned char)(0x80 | (c >> 12 & 0x3F));
	to[2] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
	to[3] = (unsigned char)(0x80 | (c & 0x3F));
	return 4;
}

/* `s` follows "&#". Gives how many bytes it takes, 0 if it is no reference. */
static size_t numeric(struct wv_slice s, uint32_t *code)
{
	bool is_hex = s.n > 0 && (s.p[0] | 32) == 'x';
	size_t at = is_hex ? 1 : 0;
	size_t digits = 0;
	uint32_t c = 0;

	for (; at < s.n; at++, digits++) {
		int digit = wv_byte_hex(s.p[at]);

		if (digit < 0 || (!is_hex && digit > 9))
			break;
		if (c <= 0x10FFFF) /* above it stays above it, without overflow */
			c = c * (is_hex ? 16 : 10) + (uint32_t)digit;
	}
	if (digits == 0)
		return 0;
	if (c >= 0x80 && c <= 0x9F && c1_codes[c - 0x80] != 0)
		c = c1_codes[c - 0x80];
	*code = c;
	return at < s.n && s.p[at] == ';' ? at + 1 : at;
}

/* The reference after the '&' at s.p[0]: writes it and gives the bytes it took, or 0. */
static size_t reference(struct wv_slice s, bool in_attribute, unsigned char *to, size_t *written)
{
	const struct wv_entity *entity;
	uint32_t code = 0;
	size_t taken;

	if (s.n > 1 && s.p[1] == '#') {
		taken = numeric(wv_slice_from(s, 2), &code);
		if (taken == 0)
			return 0;
		*written = put_utf8(to, code);
		return taken + 2;
	}
	if (s.n >= 5 && memcmp(s.p, "&amp;", 5) == 0) { /* nine of ten, in addresses */
		to[0] = '&';
		*written = 1;
		return 5;
	}
	entity = wv_entities_match(wv_slice_from(s, 1), &taken);
	if (!entity)
		return 0;
	/* "?a=b&copy=1": in an attribute a name without ";" must not run on. */
	if (in_attribute && s.p[taken] != ';' && taken + 1 < s.n &&
	    (s.p[taken + 1] == '=' || wv_byte_is_alnum(s.p[taken + 1])))
		return 0;
	*written = put_utf8(to, entity->first);
	if (entity->second != 0)
		*written += put_utf8(to + *written, entity->second);
	return taken + 1;
}

struct wv_slice wv_markup_decode(struct wv_arena *arena, struct wv_slice s, bool in_attribute)
{
	size_t at = wv_slice_find_byte(s, '&', 0);
	size_t room, n;
	unsigned char *out;

	if (at == SIZE_MAX)
		return s;
	/* The worst growth is "&gg" to 3 bytes and "&nGt;" (5) to 6: far below one half. */
	if (!wv_add(s.n, s.n / 2 + 8, &room))
		return WV_SLICE_NONE;
	out = wv_arena_alloc(arena, room);
	if (!out)
		return WV_SLICE_NONE;
	memcpy(out, s.p, at);
	n = at;
	while (at < s.n) {
		const unsigned char *stop;
		size_t run, written = 0, taken = 0;

		if (s.p[at] == '&')
			taken = reference(wv_slice_from(s, at), in_attribute, out + n, &written);
		if (taken > 0) {
			at += taken;
			n += written;
			continue;
		}
		stop = s.n - at > 1 ? memchr(s.p + at + 1, '&', s.n - at - 1) : NULL;
		run = stop ? (size_t)(stop - (s.p + at)) : s.n - at;
		memcpy(out + n, s.p + at, run);
		at += run;
		n += run;
	}
	return wv_slice(out, n);
}
