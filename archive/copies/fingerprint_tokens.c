#include "archive/copies/fingerprint_inner.h"

#include "config/base/text.h"

/*
 * From the bytes of a text to the tokens of the lines that read as prose.
 */
#define PROSE_UNITS  24u /* of a line that ends as a sentence does */
#define LONG_UNITS   70u /* of any line */
#define RIGHTS_UNITS 100u

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
	return wv_fingerprint_mix(h);
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

static bool keep_folded(struct wv_fingerprint_reading *r, struct wv_slice folded)
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

static bool add_token(struct wv_fingerprint_reading *r, struct wv_slice folded, uint8_t units,
                      bool is_number)
{
	void *tokens = r->tokens;

	if (r->count == r->room) {
		if (!grow(r->arena, &tokens, sizeof(*r->tokens), r->count, &r->room))
			return false;
		r->tokens = tokens;
	}
	r->tokens[r->count++] =
		(struct wv_fingerprint_token){hash_bytes(folded.p, folded.n), units, is_number, false};
	return keep_folded(r, folded) && keep_folded(r, WV_LIT(" "));
}

/* A folded run of letters and digits: each CJK letter a token, and each number, and each word. */
static bool add_run(struct wv_fingerprint_reading *r, struct wv_slice folded)
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

static enum wv_status add_folded(struct wv_fingerprint_reading *r, struct wv_slice run)
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
static bool mark_number(struct wv_fingerprint_reading *r, uint32_t c, struct wv_slice rest)
{
	struct wv_fingerprint_token *last = r->count > 0 ? r->tokens + r->count - 1 : NULL;

	if (!last || !last->is_number || !joins_digits(c) || rest.n == 0 ||
	    !wv_byte_is_digit(rest.p[0]))
		return true;
	last->goes_on = true;
	return keep_folded(r, WV_LIT("."));
}

static enum wv_status read_tokens(struct wv_fingerprint_reading *r, struct wv_slice line)
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

static uint32_t units_between(const struct wv_fingerprint_token *tokens, size_t from, size_t to)
{
	size_t units = 0;

	for (size_t i = from; i < to; i++)
		units += tokens[i].units;
	return units > UINT32_MAX ? UINT32_MAX : (uint32_t)units;
}

static bool end_line(struct wv_fingerprint_reading *r)
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
static enum wv_status read_lines(struct wv_fingerprint_reading *r, struct wv_slice text, bool all)
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

enum wv_status wv_fingerprint_read(struct wv_fingerprint_reading *r, struct wv_slice text,
                                   uint32_t *units)
{
	enum wv_status st = read_lines(r, text, false);

	if (st == WV_OK && units_between(r->tokens, 0, r->count) < PROSE_UNITS)
		st = read_lines(r, text, true);
	if (st == WV_OK)
		*units = units_between(r->tokens, 0, r->count);
	return st;
}
