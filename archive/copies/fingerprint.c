#include "archive/copies/fingerprint.h"

#include <stdlib.h>

#include "config/base/limits.h"
#include "config/base/text.h"

#define SHINGLE_UNITS  8u
#define PROSE_UNITS    24u /* of a line that ends as a sentence does */
#define LONG_UNITS     70u /* of any line */
#define RIGHTS_UNITS   100u
#define CONTEXT_TOKENS 3u
#define FIGURE_MAX     0xffffffu /* kept in three bytes: compared only where much else is shared */

struct token {
	uint64_t hash;
	uint8_t units;
	bool is_number;
	bool goes_on; /* a number that the next token continues: 23.55, 1,200 */
};

struct reading {
	struct wv_arena *arena;
	struct wv_err *err;
	unsigned char *folded; /* the tokens of these lines, parted; what `exact` is of */
	size_t folded_count, folded_room;
	struct token *tokens; /* of the lines that count, or of all so far */
	size_t count, room;
	uint32_t *line_ends; /* token count at the end of each line kept */
	size_t line_count, line_room;
	bool is_whole; /* nothing is sampled */
};

/* Stored for ever, so it is our own and fixed: multiply and mix, eight bytes a step. */
static uint64_t mix(uint64_t h)
{
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	return h ^ h >> 32;
}

static uint64_t hash_bytes(const unsigned char *p, size_t n)
{
	uint64_t h = UINT64_C(0x9e3779b97f4a7c15) ^ n;

	for (; n >= 8; p += 8, n -= 8) {
		uint64_t word = 0;

		for (int i = 7; i >= 0; i--)
			word = word << 8 | p[i];
		h = (h ^ word) * UINT64_C(0x9fb21c651e98df25);
		h ^= h >> 35;
	}
	if (n > 0) {
		uint64_t word = 0;

		while (n-- > 0)
			word = word << 8 | p[n];
		h = (h ^ word) * UINT64_C(0x9fb21c651e98df25);
		h ^= h >> 35;
	}
	return mix(h);
}

static bool grow(struct wv_arena *arena, void **array, size_t size, size_t count, size_t *room)
{
	size_t more = *room ? *room * 2 : 1024;
	void *bigger = wv_arena_alloc(arena, more * size);

	if (!bigger)
		return false;
	if (count > 0)
		memcpy(bigger, *array, count * size);
	*array = bigger;
	*room = more;
	return true;
}

static bool keep_folded(struct reading *r, struct wv_slice folded)
{
	void *bytes = r->folded;

	while (folded.n > r->folded_room - r->folded_count) {
		if (!grow(r->arena, &bytes, 1, r->folded_count, &r->folded_room))
			return false;
		r->folded = bytes;
	}
	if (folded.n > 0)
		memcpy(r->folded + r->folded_count, folded.p, folded.n);
	r->folded_count += folded.n;
	return true;
}

static bool add_token(struct reading *r, struct wv_slice folded, uint8_t units, bool is_number)
{
	void *tokens = r->tokens;

	if (r->count == r->room) {
		if (!grow(r->arena, &tokens, sizeof(*r->tokens), r->count, &r->room))
			return false;
		r->tokens = tokens;
	}
	r->tokens[r->count++] =
		(struct token){hash_bytes(folded.p, folded.n), units, is_number, false};
	return keep_folded(r, folded) && keep_folded(r, WV_LIT(" "));
}

/* A folded run of letters and digits: each CJK letter a token, and each number, and each word. */
static bool add_run(struct reading *r, struct wv_slice folded)
{
	enum { NONE, WORD, NUMBER } kind = NONE;
	size_t at = 0, start = 0;
	bool is_ok = true;

	while (at < folded.n && is_ok) {
		size_t from = at;
		uint32_t c = wv_text_next(folded, &at);
		bool is_cjk = c >= 0x1100 && wv_text_is_cjk(c);
		int now = is_cjk ? NONE : wv_text_is_digit(c) ? NUMBER : WORD;

		if (kind != NONE && (int)kind != now) {
			is_ok = add_token(r, wv_slice(folded.p + start, from - start), 2,
			                  kind == NUMBER);
			kind = NONE;
		}
		if (is_cjk)
			is_ok = is_ok && add_token(r, wv_slice(folded.p + from, at - from), 1, false);
		else if (kind == NONE)
			start = from;
		kind = now;
	}
	if (is_ok && kind != NONE)
		is_ok = add_token(r, wv_slice(folded.p + start, folded.n - start), 2,
		                  kind == NUMBER);
	return is_ok;
}

/* Between the digits of one number: point or comma, also full-width. */
static bool joins_digits(uint32_t c)
{
	return c == '.' || c == ',' || c == 0xff0e || c == 0xff0c;
}

/* Most words of most pages: folding is lower case then, and a call of ICU's tables is spared. */
static bool fold_short(struct wv_slice run, unsigned char to[static 32], struct wv_slice *out)
{
	if (run.n > 32)
		return false;
	for (size_t i = 0; i < run.n; i++) {
		if (run.p[i] >= 0x80)
			return false;
		to[i] = wv_byte_lower(run.p[i]);
	}
	*out = wv_slice(to, run.n);
	return true;
}

static enum wv_status add_folded(struct reading *r, struct wv_slice run)
{
	unsigned char small[32];
	struct wv_slice folded;
	enum wv_status st = WV_OK;

	if (!fold_short(run, small, &folded))
		st = wv_text_fold(r->arena, run, true, &folded, r->err);
	if (st != WV_OK)
		return st;
	return add_run(r, folded)
	               ? WV_OK
	               : wv_err_set(r->err, WV_NOMEM, "out of memory for a fingerprint");
}

/* Point or comma after a number, and a digit after that: one number. */
static bool mark_number(struct reading *r, uint32_t c, struct wv_slice rest)
{
	struct token *last = r->count > 0 ? r->tokens + r->count - 1 : NULL;

	if (!last || !last->is_number || !joins_digits(c) || rest.n == 0 ||
	    !wv_byte_is_digit(rest.p[0]))
		return true;
	last->goes_on = true;
	return keep_folded(r, WV_LIT("."));
}

static enum wv_status read_tokens(struct reading *r, struct wv_slice line)
{
	size_t at = 0, run = 0;
	bool in_run = false;
	enum wv_status st = WV_OK;

	while (at < line.n && st == WV_OK) {
		size_t from = at;
		uint32_t c = wv_text_next(line, &at);
		bool is_kept = c < 0x80 ? wv_byte_is_alnum((unsigned char)c)
		                        : wv_text_is_letter(c) || wv_text_is_digit(c) || c == 0x3007;

		if (is_kept && !in_run)
			run = from;
		if (!is_kept && in_run) {
			st = add_folded(r, wv_slice(line.p + run, from - run));
			if (st == WV_OK && !mark_number(r, c, wv_slice_from(line, at)))
				st = wv_err_set(r->err, WV_NOMEM,
				                "out of memory for a fingerprint");
		}
		in_run = is_kept;
	}
	if (st == WV_OK && in_run)
		st = add_folded(r, wv_slice(line.p + run, line.n - run));
	return st;
}

/* Closing quotes and brackets may follow the full stop. */
static bool closes(uint32_t c)
{
	return c == '"' || c == '\'' || c == ')' || c == ']' || c == 0x2019 || c == 0x201d ||
	       c == 0xbb || c == 0x300d || c == 0x300f || c == 0x3011 || c == 0xff09 ||
	       c == 0x203a || c == 0xff02 || c == 0x201c || c == 0xab;
}

static bool ends_as_sentence(struct wv_slice line)
{
	size_t at = line.n;

	for (int step = 0; step < 6 && at > 0; step++) {
		uint32_t c = wv_text_previous(line, &at);

		if (wv_text_ends_sentence(c))
			return true;
		if (!closes(c) && !wv_text_is_space(c))
			return false;
	}
	return false;
}

static uint32_t units_between(const struct token *tokens, size_t from, size_t to)
{
	size_t units = 0;

	for (size_t i = from; i < to; i++)
		units += tokens[i].units;
	return units > UINT32_MAX ? UINT32_MAX : (uint32_t)units;
}

static bool end_line(struct reading *r)
{
	void *ends = r->line_ends;

	if (r->line_count == r->line_room) {
		if (!grow(r->arena, &ends, sizeof(*r->line_ends), r->line_count, &r->line_room))
			return false;
		r->line_ends = ends;
	}
	r->line_ends[r->line_count++] = (uint32_t)r->count;
	return keep_folded(r, WV_LIT("\n"));
}

/* The first bytes of the phrases below: most of a line is passed over by this alone. */
static const bool begins_phrase[256] = {
	['r'] = true,  ['R'] = true,  ['c'] = true,  ['C'] = true,  ['d'] = true, ['D'] = true,
	[0xc2] = true, [0xe4] = true, [0xe7] = true, [0xe8] = true, [0xeb] = true,
};

/*
 * Lines about rights stand under every page of a publisher, and much alike under those of others:
 * they would make copies of what shares nothing else. The words of laws and contracts, not of any
 * outlet; only in lines too short to be a report about them.
 */
static bool is_rights_notice(struct wv_slice line, uint32_t units)
{
	static const struct wv_slice phrases[] = {
		WV_LIT_INIT("rights reserved"),        WV_LIT_INIT("copyright 2"),
		WV_LIT_INIT("copyright \xc2\xa9"),     WV_LIT_INIT("\xc2\xa9 copyright"),
		WV_LIT_INIT("\xc2\xa9 2"),             WV_LIT_INIT("rechte vorbehalten"),
		WV_LIT_INIT("droits r\xc3\xa9serv"),   WV_LIT_INIT("derechos reservados"),
		WV_LIT_INIT("diritti riservati"),      WV_LIT_INIT("direitos reservados"),
		WV_LIT_INIT("版权所有"),               WV_LIT_INIT("版權所有"),
		WV_LIT_INIT("版权声明"),               WV_LIT_INIT("版權聲明"),
		WV_LIT_INIT("不得转载"),               WV_LIT_INIT("不得轉載"),
		WV_LIT_INIT("禁止转载"),               WV_LIT_INIT("禁止轉載"),
		WV_LIT_INIT("転載を禁じ"),             WV_LIT_INIT("無断転載"),
		WV_LIT_INIT("무단 전재"),              WV_LIT_INIT("무단전재"),
	};

	if (units > RIGHTS_UNITS)
		return false;
	for (size_t at = 0; at < line.n; at++) {
		unsigned char c;

		if (!begins_phrase[line.p[at]])
			continue;
		c = wv_byte_lower(line.p[at]);
		if ((at > 0 && c < 0x80 && wv_byte_is_alpha(line.p[at - 1])))
			continue;
		for (size_t i = 0; i < WV_COUNT(phrases); i++)
			if (phrases[i].p[0] == c &&
			    wv_slice_starts_nocase(wv_slice_from(line, at), phrases[i]))
				return true;
	}
	return false;
}

static bool is_prose(struct wv_slice line, uint32_t units)
{
	if (units < PROSE_UNITS || (units < LONG_UNITS && !ends_as_sentence(line)))
		return false;
	return !is_rights_notice(line, units);
}

/* With `all` every line counts: a text of short lines only (a telegram, a poem) is one too. */
static enum wv_status read_lines(struct reading *r, struct wv_slice text, bool all)
{
	struct wv_cursor cursor = wv_cursor(text);
	struct wv_slice line;

	r->count = 0;
	r->line_count = 0;
	r->folded_count = 0;
	while (wv_cursor_line(&cursor, &line)) {
		size_t before = r->count, folded_before = r->folded_count;
		enum wv_status st = read_tokens(r, line);
		uint32_t units;

		if (st != WV_OK)
			return st;
		units = units_between(r->tokens, before, r->count);
		if (all || is_prose(line, units)) {
			if (!end_line(r))
				return wv_err_set(r->err, WV_NOMEM,
				                  "out of memory for a fingerprint");
		} else {
			r->count = before;
			r->folded_count = folded_before;
		}
	}
	return WV_OK;
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

/* The shingle that begins at token i, or false at the end of the text. */
static bool shingle_at(const struct reading *r, size_t i, uint64_t *hash)
{
	uint32_t units = 0;
	uint64_t h = 0;

	for (; i < r->count && units < SHINGLE_UNITS; i++) {
		units += r->tokens[i].units;
		h = (h ^ r->tokens[i].hash) * UINT64_C(0x9fb21c651e98df25);
		h ^= h >> 29;
	}
	*hash = mix(h) & WV_FINGERPRINT_HASH_MAX;
	return units >= SHINGLE_UNITS;
}

/* Equal hashes keep their first place. Returns how many remain; the input is sorted. */
static size_t drop_repeats(uint64_t *entries, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (kept == 0 || wv_fingerprint_hash(entries[kept - 1]) != wv_fingerprint_hash(entries[i]))
			entries[kept++] = entries[i];
	return kept;
}

static bool is_at_level(uint64_t entry, uint32_t level)
{
	return (wv_fingerprint_hash(entry) & ((UINT64_C(1) << level) - 1)) == 0;
}

static uint32_t level_for(const uint64_t *entries, size_t n)
{
	uint32_t count[WV_FINGERPRINT_LEVELS] = {0}, level = 0;

	for (size_t i = 0; i < n; i++)
		for (uint32_t l = 0; l < WV_FINGERPRINT_LEVELS && is_at_level(entries[i], l); l++)
			count[l]++;
	while (level + 1 < WV_FINGERPRINT_LEVELS && count[level] > WV_FINGERPRINT_ENTRIES)
		level++;
	return level;
}

static enum wv_status make_entries(struct reading *r, struct wv_fingerprint *out)
{
	uint64_t *entries = wv_arena_alloc(r->arena, (r->count + 1) * sizeof(*entries));
	size_t n = 0, kept = 0;

	if (!entries)
		return wv_err_set(r->err, WV_NOMEM, "out of memory for a fingerprint");
	for (size_t i = 0; i < r->count; i++) {
		uint64_t hash;

		if (!shingle_at(r, i, &hash))
			break;
		entries[n++] = hash << 8 | i * WV_FINGERPRINT_BUCKETS / r->count;
	}
	out->shingles = (uint32_t)n;
	out->level = r->is_whole ? 0 : level_for(entries, n);
	/* Sampled before it is sorted: sorting is what costs. */
	for (size_t i = 0; i < n; i++)
		if (is_at_level(entries[i], out->level))
			entries[kept++] = entries[i];
	qsort(entries, kept, sizeof(*entries), compare_u64);
	kept = drop_repeats(entries, kept);
	for (size_t i = 0; i < kept; i++)
		for (uint32_t l = out->level; l < WV_FINGERPRINT_LEVELS && is_at_level(entries[i], l);
		     l++)
			out->count[l]++;
	for (uint32_t l = 0; l < out->level; l++)
		out->count[l] = out->count[out->level];
	out->entries = entries;
	out->entry_count = (uint32_t)kept;
	return WV_OK;
}

static int compare_figures(const void *a, const void *b)
{
	const struct wv_figure *x = a, *y = b;

	if (x->context != y->context)
		return x->context < y->context ? -1 : 1;
	return x->value < y->value ? -1 : x->value > y->value;
}

/* The tokens before a number that are none, as far as its line goes. */
static uint32_t context_of(const struct reading *r, size_t line_start, size_t at)
{
	uint64_t h = 1;
	uint32_t left = CONTEXT_TOKENS;

	while (at-- > line_start && left > 0)
		if (!r->tokens[at].is_number) {
			h = (h ^ r->tokens[at].hash) * UINT64_C(0x9fb21c651e98df25);
			h ^= h >> 29;
			left--;
		}
	return left == CONTEXT_TOKENS ? 0 : ((uint32_t)(mix(h) >> 16) & FIGURE_MAX) | 1u;
}

/* Contexts that the text uses for two values say nothing; only the first ones are looked at. */
static enum wv_status make_figures(struct reading *r, struct wv_fingerprint *out)
{
	struct wv_figure *figures = WV_ARENA_ARRAY(r->arena, struct wv_figure, WV_FINGERPRINT_FIGURES);
	size_t line = 0, start = 0;
	uint32_t n = 0, kept = 0;

	if (!figures)
		return wv_err_set(r->err, WV_NOMEM, "out of memory for a fingerprint");
	for (size_t i = 0; i < r->count && n < WV_FINGERPRINT_FIGURES; i++) {
		uint64_t value = 0;
		uint32_t context;

		while (line < r->line_count && i >= r->line_ends[line])
			start = r->line_ends[line++];
		if (!r->tokens[i].is_number)
			continue;
		context = context_of(r, start, i);
		value = r->tokens[i].hash;
		while (r->tokens[i].goes_on && i + 1 < r->count && r->tokens[i + 1].is_number) {
			i++;
			value = mix(value * 31 + r->tokens[i].hash);
		}
		if (context)
			figures[n++] = (struct wv_figure){context, (uint32_t)(value >> 20) & FIGURE_MAX};
	}
	qsort(figures, n, sizeof(*figures), compare_figures);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t end = i + 1;
		bool is_one = true;

		for (; end < n && figures[end].context == figures[i].context; end++)
			is_one &= figures[end].value == figures[i].value;
		if (is_one)
			figures[kept++] = figures[i];
		i = end - 1;
	}
	out->figures = figures;
	out->figure_count = kept;
	return WV_OK;
}

static enum wv_status make(struct reading *r, struct wv_slice text, struct wv_fingerprint *out)
{
	struct wv_fingerprint made = {.level = 0};
	enum wv_status st = read_lines(r, text, false);

	if (st == WV_OK && units_between(r->tokens, 0, r->count) < PROSE_UNITS)
		st = read_lines(r, text, true);
	if (st != WV_OK)
		return st;
	made.units = units_between(r->tokens, 0, r->count);
	made.exact = wv_digest_of(wv_slice(r->folded, r->folded_count));
	st = make_entries(r, &made);
	if (st == WV_OK)
		st = make_figures(r, &made);
	if (st == WV_OK)
		*out = made;
	return st;
}

enum wv_status wv_fingerprint_make(struct wv_arena *arena, struct wv_slice text,
                                   struct wv_fingerprint *out, struct wv_err *err)
{
	struct reading r = {.arena = arena, .err = err};

	if (text.n > WV_LIMIT_BODY_BYTES)
		return wv_err_set(err, WV_LIMIT, "text of %zu bytes is too large", text.n);
	return make(&r, text, out);
}

enum wv_status wv_fingerprint_make_whole(struct wv_arena *arena, struct wv_slice text,
                                         struct wv_fingerprint *out, struct wv_err *err)
{
	struct reading r = {.arena = arena, .err = err, .is_whole = true};

	if (text.n > WV_LIMIT_BODY_BYTES)
		return wv_err_set(err, WV_LIMIT, "text of %zu bytes is too large", text.n);
	return make(&r, text, out);
}

bool wv_fingerprint_copy(struct wv_arena *arena, const struct wv_fingerprint *from,
                         struct wv_fingerprint *out)
{
	struct wv_slice entries = wv_arena_copy(
		arena, wv_slice(from->entries, from->entry_count * sizeof(*from->entries)));
	struct wv_slice figures = wv_arena_copy(
		arena, wv_slice(from->figures, from->figure_count * sizeof(*from->figures)));

	if ((from->entry_count && !entries.p) || (from->figure_count && !figures.p))
		return false;
	*out = *from;
	out->entries = (const void *)entries.p;
	out->figures = (const void *)figures.p;
	return true;
}

void wv_fingerprint_encode(const struct wv_fingerprint *f, struct wv_buf *out)
{
	uint64_t before = 0;

	wv_buf_add_bytes(out, f->exact.b, WV_DIGEST_BYTES);
	wv_buf_add_varint(out, f->units);
	wv_buf_add_varint(out, f->shingles);
	wv_buf_add_varint(out, f->level);
	for (uint32_t l = f->level; l < WV_FINGERPRINT_LEVELS; l++)
		wv_buf_add_varint(out, f->count[l]);
	wv_buf_add_varint(out, f->entry_count);
	for (uint32_t i = 0; i < f->entry_count; i++) {
		wv_buf_add_varint(out, f->entries[i] - before);
		before = f->entries[i];
	}
	wv_buf_add_varint(out, f->figure_count);
	for (uint32_t i = 0; i < f->figure_count; i++) {
		wv_buf_add_u32(out, f->figures[i].context);
		wv_buf_add_u32(out, f->figures[i].value);
	}
}

static bool decode_lists(struct wv_cursor *c, struct wv_arena *arena, struct wv_fingerprint *out)
{
	uint64_t *entries, before = 0;
	struct wv_figure *figures;

	out->entry_count = (uint32_t)wv_cursor_varint(c);
	if (c->failed || out->entry_count > wv_cursor_left(c))
		return false;
	entries = WV_ARENA_ARRAY(arena, uint64_t, out->entry_count + (size_t)1);
	for (uint32_t i = 0; i < out->entry_count && entries; i++)
		entries[i] = before += wv_cursor_varint(c);
	out->figure_count = (uint32_t)wv_cursor_varint(c);
	if (c->failed || !entries || out->figure_count > WV_FINGERPRINT_FIGURES)
		return false;
	figures = WV_ARENA_ARRAY(arena, struct wv_figure, out->figure_count + (size_t)1);
	for (uint32_t i = 0; i < out->figure_count && figures; i++) {
		figures[i].context = wv_cursor_u32(c);
		figures[i].value = wv_cursor_u32(c);
	}
	out->entries = entries;
	out->figures = figures;
	return figures != NULL;
}

bool wv_fingerprint_decode(struct wv_slice bytes, struct wv_arena *arena,
                           struct wv_fingerprint *out)
{
	struct wv_cursor c = wv_cursor(bytes);
	struct wv_slice exact = wv_cursor_bytes(&c, WV_DIGEST_BYTES);
	struct wv_fingerprint made = {.level = 0};

	if (c.failed)
		return false;
	memcpy(made.exact.b, exact.p, WV_DIGEST_BYTES);
	made.units = (uint32_t)wv_cursor_varint(&c);
	made.shingles = (uint32_t)wv_cursor_varint(&c);
	made.level = (uint32_t)wv_cursor_varint(&c);
	if (c.failed || made.level >= WV_FINGERPRINT_LEVELS)
		return false;
	for (uint32_t l = made.level; l < WV_FINGERPRINT_LEVELS; l++)
		made.count[l] = (uint32_t)wv_cursor_varint(&c);
	for (uint32_t l = 0; l < made.level; l++)
		made.count[l] = made.count[made.level];
	if (!decode_lists(&c, arena, &made) || c.failed || wv_cursor_left(&c) > 0)
		return false;
	*out = made;
	return true;
}
