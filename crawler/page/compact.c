#include "crawler/page/compact.h"

#include "config/base/checked.h"
#include "crawler/page/plain.h"
#include "crawler/page/token.h"

/* Numbers of runs need no separator: the last digit is of another alphabet than those before. */
static const char leading[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
static const char last[] = "abcdefghijklmnopqrstuvwxyz6789_-";
/* Attribute names are lower-cased by the tree builder. */
static const char name_digits[] = "0123456789abcdefghijklmnopqrstuv";
#define NAME_MARK    'q'
#define NUMBER_BYTES 8u /* 7 digits of 5 bits, and the mark */

static void *more(struct wv_compact_writer *w, struct wv_compact_array *array, size_t count,
                  size_t size)
{
	void *at;

	if (w->no_memory || count == 0)
		return NULL;
	if (count > array->room - array->n) {
		size_t room = wv_max_size(array->room * 2, array->n + count + 64);
		size_t bytes;
		void *p = wv_mul(room, size, &bytes) ? wv_arena_alloc(w->arena, bytes) : NULL;

		if (!p) {
			w->no_memory = true;
			return NULL;
		}
		if (array->n > 0)
			memcpy(p, array->p, array->n * size);
		array->p = p;
		array->room = room;
	}
	at = (unsigned char *)array->p + array->n * size;
	array->n += count;
	return at;
}

void wv_compact_begin(struct wv_compact_writer *w, struct wv_arena *arena, struct wv_slice text)
{
	memset(w, 0, sizeof(*w));
	w->arena = arena;
	/* A tenth of a page is what mostly comes out. */
	(void)more(w, &w->markup, text.n / 6, 1);
	(void)more(w, &w->texts, text.n / 256, sizeof(struct wv_compact_text));
	(void)more(w, &w->sets, text.n / 256, sizeof(struct wv_compact_set));
	(void)more(w, &w->attrs, text.n / 256, sizeof(struct wv_compact_attr));
	w->markup.n = w->texts.n = w->sets.n = w->attrs.n = 0;
}

void wv_compact_markup(struct wv_compact_writer *w, struct wv_slice raw)
{
	unsigned char *to = more(w, &w->markup, raw.n, 1);

	if (to && raw.n > 0)
		memcpy(to, raw.p, raw.n);
}

void wv_compact_text(struct wv_compact_writer *w, struct wv_slice text, bool is_raw)
{
	struct wv_compact_text *run = more(w, &w->texts, 1, sizeof(*run));
	uint32_t number = (uint32_t)w->texts.n - 1;
	unsigned char digits[NUMBER_BYTES];
	size_t at = sizeof(digits);

	if (!run)
		return;
	*run = (struct wv_compact_text){text, is_raw};
	digits[--at] = (unsigned char)last[number & 31];
	for (number >>= 5; number > 0; number >>= 5)
		digits[--at] = (unsigned char)leading[number & 31];
	wv_compact_markup(w, wv_slice(digits + at, sizeof(digits) - at));
}

static void put_set(struct wv_compact_writer *w, uint32_t number, bool is_empty)
{
	unsigned char name[NUMBER_BYTES + 3];
	size_t at = sizeof(name);

	name[--at] = '>';
	if (is_empty)
		name[--at] = '/';
	do {
		name[--at] = (unsigned char)name_digits[number & 31];
		number >>= 5;
	} while (number > 0);
	name[--at] = NAME_MARK;
	name[--at] = ' ';
	wv_compact_markup(w, wv_slice(name + at, sizeof(name) - at));
}

static bool is_formatting(enum wv_tag tag)
{
	switch (tag) {
	case WV_TAG_B: case WV_TAG_BIG: case WV_TAG_CODE: case WV_TAG_EM: case WV_TAG_FONT:
	case WV_TAG_I: case WV_TAG_NOBR: case WV_TAG_S: case WV_TAG_SMALL: case WV_TAG_STRIKE:
	case WV_TAG_STRONG: case WV_TAG_TT: case WV_TAG_U:
		return true;
	default:
		return false;
	}
}

void wv_compact_tag(struct wv_compact_writer *w, const struct wv_token *token, bool is_foreign)
{
	const unsigned char *name_end = token->name.p + token->name.n;
	uint32_t first = (uint32_t)w->attrs.n, count = 0;
	struct wv_compact_set *set;
	bool is_empty = is_foreign && token->is_self_closing;
	size_t slot = SIZE_MAX;

	wv_compact_markup(w, wv_slice(token->raw.p, (size_t)(name_end - token->raw.p)));
	for (size_t i = 0; i < token->attr_count; i++) {
		struct wv_compact_attr *attr;

		if (!wv_plain_keeps(token->tag, &token->attrs[i]))
			continue;
		attr = more(w, &w->attrs, 1, sizeof(*attr));
		if (!attr)
			return;
		*attr = (struct wv_compact_attr){token->attrs[i].name, token->attrs[i].value};
		count++;
	}
	if (count == 0) {
		wv_compact_markup(w, is_empty ? WV_LIT("/>") : WV_LIT(">"));
		return;
	}
	if (is_formatting(token->tag)) {
		slot = (size_t)wv_slice_hash(token->raw, 0) % WV_COMPACT_RECENT;
		if (wv_slice_equals(w->recent[slot].raw, token->raw)) {
			w->attrs.n = first;
			put_set(w, w->recent[slot].set, false);
			return;
		}
	}
	set = more(w, &w->sets, 1, sizeof(*set));
	if (!set)
		return;
	*set = (struct wv_compact_set){first, count};
	put_set(w, (uint32_t)w->sets.n - 1, is_empty);
	if (slot != SIZE_MAX) {
		w->recent[slot].raw = token->raw;
		w->recent[slot].set = (uint32_t)w->sets.n - 1;
	}
}

bool wv_compact_finish(struct wv_compact_writer *w, struct wv_compact *out)
{
	if (w->no_memory)
		return false;
	*out = (struct wv_compact){
		.markup = wv_slice(w->markup.p, w->markup.n),
		.texts = w->texts.p,
		.sets = w->sets.p,
		.attrs = w->attrs.p,
		.text_count = (uint32_t)w->texts.n,
		.set_count = (uint32_t)w->sets.n,
		.attr_count = (uint32_t)w->attrs.n,
	};
	return true;
}

static int digit_in(const char *alphabet, unsigned char c)
{
	const char *at = c != 0 ? memchr(alphabet, c, 32) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

bool wv_compact_next(const struct wv_compact *compact, struct wv_slice node, size_t *at,
                     uint32_t *number, struct wv_slice *space)
{
	size_t from = *at;
	uint32_t value = 0;

	while (*at < node.n && wv_byte_is_space(node.p[*at]))
		++*at;
	if (*at > from) {
		*number = UINT32_MAX;
		*space = wv_slice_part(node, from, *at - from);
		return true;
	}
	while (*at < node.n) {
		unsigned char c = node.p[(*at)++];
		int digit = digit_in(last, c);

		if (digit >= 0) {
			*number = value << 5 | (uint32_t)digit;
			/* What is none of ours (no page can write it: all its text is replaced). */
			return *number < compact->text_count;
		}
		digit = digit_in(leading, c);
		if (digit < 0)
			return false;
		value = value << 5 | (uint32_t)digit;
	}
	return false;
}

const struct wv_compact_set *wv_compact_set_of(const struct wv_compact *compact,
                                               struct wv_slice name)
{
	uint32_t number = 0;

	if (name.n < 2 || name.n > NUMBER_BYTES || name.p[0] != NAME_MARK)
		return NULL;
	for (size_t i = 1; i < name.n; i++) {
		int digit = digit_in(name_digits, name.p[i]);

		if (digit < 0)
			return NULL;
		number = number << 5 | (uint32_t)digit;
	}
	return number < compact->set_count ? &compact->sets[number] : NULL;
}
