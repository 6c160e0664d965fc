#include "archive/copies/learned.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/limits.h"
#include "config/base/text.h"

#define ALIAS_LETTERS_MAX 12u
#define ALIAS_LETTERS_MIN 2u
#define HAN_LETTERS_MAX   6u /* of a name whose beginning is unknown */
#define WORDS_MAX         4u
#define PAIRS_MAX         50000u /* later ones are not learned: this bounds memory */
#define ARENA_CAP_BYTES   (64u * WV_MIB)

struct pair {
	struct wv_slice latin, alias;
	uint32_t texts;
	bool is_sure, is_new; /* new: since wv_learned_each_new */
};

struct wv_learned {
	struct wv_arena *arena;
	struct wv_arena *scratch; /* emptied for each pair that is taught */
	struct pair *pairs;
	size_t n, room;
	uint32_t *table; /* by the Latin name: index + 1 */
	size_t table_room;
	uint32_t *news; /* pairs that are new, each once */
	size_t news_count;
};

enum wv_status wv_learned_new(struct wv_learned **out, struct wv_err *err)
{
	WV_AUTO(wv_learned_free) struct wv_learned *learned = calloc(1, sizeof(*learned));
	enum wv_status st;

	if (!learned)
		return wv_err_set(err, WV_NOMEM, "out of memory for learned names");
	learned->table_room = 1u << 17; /* above twice PAIRS_MAX: never full */
	learned->table = calloc(learned->table_room, sizeof(*learned->table));
	learned->room = PAIRS_MAX;
	learned->pairs = calloc(learned->room, sizeof(*learned->pairs));
	learned->news = calloc(learned->room, sizeof(*learned->news));
	if (!learned->table || !learned->pairs || !learned->news)
		return wv_err_set(err, WV_NOMEM, "out of memory for learned names");
	st = wv_arena_new(ARENA_CAP_BYTES, &learned->arena, err);
	if (st == WV_OK)
		st = wv_arena_new(ARENA_CAP_BYTES, &learned->scratch, err);
	if (st == WV_OK)
		*out = WV_TAKE(learned);
	return st;
}

void wv_learned_free(struct wv_learned **learned)
{
	if (!*learned)
		return;
	wv_arena_free(&(*learned)->arena);
	wv_arena_free(&(*learned)->scratch);
	free((*learned)->pairs);
	free((*learned)->table);
	free((*learned)->news);
	free(*learned);
	*learned = NULL;
}

static struct pair *pair_for(struct wv_learned *learned, struct wv_slice latin)
{
	size_t slot = (size_t)wv_slice_hash(latin, 3) & (learned->table_room - 1);

	while (learned->table[slot]) {
		struct pair *pair = &learned->pairs[learned->table[slot] - 1];

		if (wv_slice_equals(pair->latin, latin)) /* as it is hashed */
			return pair;
		slot = (slot + 1) & (learned->table_room - 1);
	}
	if (learned->n == learned->room)
		return NULL;
	learned->pairs[learned->n] = (struct pair){.latin = wv_arena_copy(learned->arena, latin)};
	if (!learned->pairs[learned->n].latin.p)
		return NULL;
	learned->table[slot] = (uint32_t)++learned->n;
	return &learned->pairs[learned->n - 1];
}

static struct wv_slice common_end(struct wv_slice a, struct wv_slice b)
{
	size_t n = 0;

	for (size_t x = a.n, y = b.n; x > 0 && y > 0;) {
		uint32_t c = wv_text_previous(a, &x);

		if (c != wv_text_previous(b, &y))
			break;
		n = a.n - x;
	}
	return wv_slice(a.p + a.n - n, n);
}

static void learn(struct wv_learned *learned, struct wv_slice latin, struct wv_slice alias, bool is_sure)
{
	struct pair *pair = pair_for(learned, latin);

	if (!pair)
		return;
	if (pair->texts == 0 || (is_sure && !pair->is_sure)) {
		struct wv_slice kept = wv_arena_copy(learned->arena, alias);

		if (!kept.p)
			return;
		pair->alias = kept;
		pair->is_sure = is_sure;
	} else if (!pair->is_sure) {
		pair->alias = common_end(pair->alias, alias);
		pair->is_sure = wv_text_count(pair->alias) >= ALIAS_LETTERS_MIN;
	} else {
		return;
	}
	pair->texts++;
	if (!pair->is_new)
		learned->news[learned->news_count++] = (uint32_t)(pair - learned->pairs);
	pair->is_new = true;
}

static uint32_t sign_before(const struct wv_units *units, size_t at)
{
	size_t byte = units->units[at].at;

	return byte > 0 ? wv_text_previous(units->text, &byte) : 0;
}

static uint32_t sign_after(const struct wv_units *units, size_t at)
{
	size_t byte = units->units[at].at + units->units[at].n;

	return byte < units->text.n ? wv_text_next(units->text, &byte) : 0;
}

static bool opens(uint32_t c)
{
	return c == '(' || c == 0xff08;
}

static bool closes(uint32_t c)
{
	return c == ')' || c == 0xff09;
}

static bool is_quote_end(uint32_t c)
{
	return c == 0x201d || c == 0x300d || c == 0x300f || c == 0x300b;
}

static struct wv_slice between(const struct wv_units *units, size_t first, size_t last)
{
	const struct wv_unit *a = &units->units[first], *b = &units->units[last];

	return wv_slice(units->text.p + a->at, b->at + b->n - a->at);
}

/* The row of joined units of one kind that ends at `last`, at most `most`; its first. */
static size_t row_start(const struct wv_units *units, size_t last, size_t most)
{
	const struct wv_unit *u = units->units;
	size_t first = last;

	while (first > 0 && last - first + 1 < most && u[first].is_joined &&
	       u[first - 1].kind == u[last].kind && u[first - 1].is_katakana == u[last].is_katakana)
		first--;
	return first;
}

/* The letters before the bracket that opens at unit `word`, and whether where they begin is sure. */
static bool name_before(const struct wv_units *units, size_t word, struct wv_slice *alias, bool *is_sure)
{
	const struct wv_unit *u = units->units;
	size_t last = word - 1, first;

	*is_sure = false;
	if (u[last].kind == WV_UNIT_BREAK && last > 0 &&
	    is_quote_end(sign_after(units, last - 1))) {
		last--;
		first = row_start(units, last, ALIAS_LETTERS_MAX);
		*is_sure = true;
	} else {
		if (!opens(sign_after(units, last)))
			return false;
		first = row_start(units, last, u[last].is_katakana ? ALIAS_LETTERS_MAX : HAN_LETTERS_MAX);
		*is_sure = u[last].is_katakana;
	}
	if (u[last].kind != WV_UNIT_LETTER || last - first + 1 < ALIAS_LETTERS_MIN)
		return false;
	*alias = between(units, first, last);
	/* What the text says again elsewhere is the name: the longest end that it repeats. */
	for (size_t from = first; !*is_sure && last - from + 1 >= ALIAS_LETTERS_MIN; from++) {
		struct wv_slice end = between(units, from, last);
		size_t at = wv_slice_find(units->text, end, 0);

		if (at != SIZE_MAX && wv_slice_find(units->text, end, at + end.n) != SIZE_MAX) {
			*alias = end;
			*is_sure = true;
		}
	}
	return true;
}

enum wv_status wv_learned_read(struct wv_learned *learned, const struct wv_units *units,
                               struct wv_err *err)
{
	const struct wv_unit *u = units->units;

	(void)err;
	for (size_t at = 1; at < units->n; at++) {
		struct wv_slice alias;
		bool is_sure;
		size_t last = at;

		if (u[at].is_joined || !opens(sign_before(units, at)))
			continue;
		if (u[at].kind == WV_UNIT_WORD && u[at].is_capital && u[at].n >= 3) {
			while (last + 1 < units->n && last - at + 1 < WORDS_MAX &&
			       u[last + 1].kind == WV_UNIT_WORD && !closes(sign_after(units, last)))
				last++;
			if (closes(sign_after(units, last)) && name_before(units, at, &alias, &is_sure))
				learn(learned, between(units, at, last), alias, is_sure);
		} else if (u[at].kind == WV_UNIT_LETTER && u[at - 1].kind == WV_UNIT_WORD &&
		           u[at - 1].is_capital && u[at - 1].n >= 3 && opens(sign_after(units, at - 1))) {
			while (last + 1 < units->n && u[last + 1].kind == WV_UNIT_LETTER &&
			       u[last + 1].is_joined && last - at + 1 < ALIAS_LETTERS_MAX)
				last++;
			if (closes(sign_after(units, last)) && last > at)
				learn(learned, between(units, at - 1, at - 1), between(units, at, last),
				      true);
		}
	}
	return WV_OK;
}

static int by_name(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return wv_slice_compare(x->latin, y->latin);
}

/* The longest word of a name: what stands for it in texts read before it was known. */
static uint32_t spelling_of(const struct wv_units *units)
{
	size_t longest = 0;
	uint32_t symbol = 0;

	for (size_t i = 0; i < units->n; i++) {
		if (units->units[i].kind != WV_UNIT_WORD || units->units[i].n <= longest)
			continue;
		longest = units->units[i].n;
		symbol = units->units[i].symbol;
	}
	return symbol;
}

enum wv_status wv_name_pair_teach(const struct wv_name_pair *pair, struct wv_arena *scratch,
                                  struct wv_lexicon *lexicon, struct wv_err *err)
{
	const struct wv_concept *known;
	enum wv_concept_kind kind = WV_CONCEPT_NAME;
	struct wv_slice label = pair->latin;
	struct wv_units units;
	size_t taken = 0;
	enum wv_status st = wv_units_read(scratch, pair->latin, WORDS_MAX, &units, err);
	bool is_known;

	if (st != WV_OK)
		return st;
	units.language = 0;
	known = units.n > 0 ? wv_lexicon_match(lexicon, &units, 0, &taken) : NULL;
	is_known = known != NULL;
	if (known && taken == units.n && known->kind <= WV_CONCEPT_EVENT) {
		kind = known->kind;
		label = known->label;
	}
	st = wv_lexicon_add(lexicon, kind, label, pair->alias, err);
	if (st == WV_OK && !is_known)
		st = wv_lexicon_add(lexicon, kind, label, pair->latin, err);
	if (st == WV_OK && !is_known)
		wv_lexicon_spell(lexicon, label, spelling_of(&units));
	return st == WV_USAGE ? WV_OK : st;
}

enum wv_status wv_learned_teach(struct wv_learned *learned, struct wv_lexicon *lexicon, size_t *count,
                                struct wv_err *err)
{
	enum wv_status st = WV_OK;

	*count = 0;
	if (learned->n > 0)
		qsort(learned->pairs, learned->n, sizeof(*learned->pairs), by_name);
	for (size_t i = 0; i < learned->n && st == WV_OK; i++) {
		if (!learned->pairs[i].is_sure)
			continue;
		wv_arena_reset(learned->scratch);
		st = wv_name_pair_teach(&(struct wv_name_pair){.latin = learned->pairs[i].latin,
		                                               .alias = learned->pairs[i].alias},
		                        learned->scratch, lexicon, err);
		++*count;
	}
	learned->n = learned->news_count = 0;
	memset(learned->table, 0, learned->table_room * sizeof(*learned->table));
	return st;
}

enum wv_status wv_learned_keep(struct wv_learned *learned, const struct wv_name_pair *kept,
                               struct wv_err *err)
{
	struct pair *pair;
	struct wv_slice alias;

	if (learned->n == learned->room)
		return WV_OK;
	pair = pair_for(learned, kept->latin);
	alias = wv_arena_copy(learned->arena, kept->alias);
	if (!pair || !alias.p)
		return wv_err_set(err, WV_NOMEM, "out of memory for learned names");
	pair->alias = alias;
	pair->is_sure = kept->is_sure;
	pair->texts = 1;
	return WV_OK;
}

enum wv_status wv_learned_each_new(struct wv_learned *learned, wv_name_pair_fn each, void *context,
                                   struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < learned->news_count; i++) {
		struct pair *pair = &learned->pairs[learned->news[i]];
		struct wv_name_pair given = {pair->latin, pair->alias, pair->is_sure};

		pair->is_new = false;
		if (st == WV_OK)
			st = each(context, &given, err);
	}
	learned->news_count = 0;
	return st;
}
