#include "archive/copies/lexicon.h"

#include <stdlib.h>

#include "config/base/checked.h"
#include "config/base/limits.h"
#include "config/base/names.h"
#include "config/base/slots.h"
#include "config/base/text.h"

#define NAME_UNITS_MAX  24u /* longer names are never written out in news */
#define STEM_LEAST      3u
#define STEMS_MOST      24u
#define ARENA_CAP_BYTES (64u * WV_MIB)
#define FILE_UNITS_MAX  64u

/* A tree of symbols: each node is an edge of a hash table, (parent, symbol) -> node. */
struct edge {
	uint32_t parent, symbol, child; /* child 0: empty */
};
enum { NEEDS_CAPITAL = 1, NEEDS_ALL_CAPS = 2, BESIDE_A_STATE = 4 };
struct node {
	uint32_t concept; /* index + 1; 0: none ends here */
	uint16_t language; /* 0: of any */
	uint8_t needs;
};

struct wv_lexicon {
	struct wv_arena *arena;
	struct wv_slots edges; /* of struct edge */
	struct node *nodes;
	size_t node_count, node_room;
	struct wv_concept *concepts;
	size_t concept_count, concept_room;
	struct wv_slots by_label; /* of uint32_t: index + 1 of the concept */
	struct wv_arena *scratch;
};

static bool grow(void **items, size_t size, size_t count, size_t *room)
{
	size_t larger = *room ? *room * 2 : 1024, bytes;
	void *moved;

	if (count < *room)
		return true;
	if (!wv_mul(larger, size, &bytes) || !(moved = realloc(*items, bytes)))
		return false;
	*items = moved;
	*room = larger;
	return true;
}

static uint64_t edge_hash(uint32_t parent, uint32_t symbol)
{
	return wv_slots_mix((uint64_t)parent << 32 | symbol);
}

static bool hash_edge(const void *slot, const void *context, uint64_t *hash)
{
	const struct edge *edge = slot;

	(void)context;
	*hash = edge_hash(edge->parent, edge->symbol);
	return edge->child != 0;
}

static bool make_room_for_edge(struct wv_lexicon *lexicon)
{
	return wv_slots_reserve(&lexicon->edges, sizeof(struct edge), 1u << 16, hash_edge, NULL);
}

static struct edge *edge_slot(const struct wv_lexicon *lexicon, uint32_t parent, uint32_t symbol)
{
	struct edge *edges = lexicon->edges.p;
	size_t at = wv_slots_first(&lexicon->edges, edge_hash(parent, symbol));

	while (edges[at].child && (edges[at].parent != parent || edges[at].symbol != symbol))
		at = wv_slots_next(&lexicon->edges, at);
	return &edges[at];
}

static uint32_t child_of(const struct wv_lexicon *lexicon, uint32_t parent, uint32_t symbol)
{
	return edge_slot(lexicon, parent, symbol)->child;
}

static uint32_t add_child(struct wv_lexicon *lexicon, uint32_t parent, uint32_t symbol)
{
	void *nodes = lexicon->nodes;
	struct edge *edge;

	if (!make_room_for_edge(lexicon))
		return 0;
	edge = edge_slot(lexicon, parent, symbol);
	if (edge->child)
		return edge->child;
	if (!grow(&nodes, sizeof(*lexicon->nodes), lexicon->node_count, &lexicon->node_room))
		return 0;
	lexicon->nodes = nodes;
	lexicon->nodes[lexicon->node_count] = (struct node){.concept = 0};
	*edge = (struct edge){parent, symbol, (uint32_t)lexicon->node_count};
	lexicon->edges.used++;
	return (uint32_t)lexicon->node_count++;
}

static uint64_t label_hash(enum wv_concept_kind kind, struct wv_slice label)
{
	return wv_slice_hash(label, (uint64_t)kind);
}

static bool hash_label(const void *slot, const void *context, uint64_t *hash)
{
	const struct wv_lexicon *lexicon = context;
	const uint32_t *number = slot;
	const struct wv_concept *concept = *number ? &lexicon->concepts[*number - 1] : NULL;

	if (concept)
		*hash = label_hash(concept->kind, concept->label);
	return concept != NULL;
}

static uint32_t *label_slot(const struct wv_lexicon *lexicon, enum wv_concept_kind kind,
                            struct wv_slice label)
{
	uint32_t *numbers = lexicon->by_label.p;
	size_t at = wv_slots_first(&lexicon->by_label, label_hash(kind, label));

	for (; numbers[at]; at = wv_slots_next(&lexicon->by_label, at)) {
		const struct wv_concept *other = &lexicon->concepts[numbers[at] - 1];

		if (other->kind == kind && wv_slice_equals(other->label, label))
			break;
	}
	return &numbers[at];
}

/* Index + 1 of the concept; 0: out of memory. */
static uint32_t concept_for(struct wv_lexicon *lexicon, enum wv_concept_kind kind,
                            struct wv_slice label)
{
	void *concepts = lexicon->concepts;
	uint32_t *slot;

	if (!wv_slots_reserve(&lexicon->by_label, sizeof(*slot), 4096, hash_label, lexicon) ||
	    !grow(&concepts, sizeof(*lexicon->concepts), lexicon->concept_count, &lexicon->concept_room))
		return 0;
	lexicon->concepts = concepts;
	slot = label_slot(lexicon, kind, label);
	if (!*slot) {
		struct wv_slice kept = wv_arena_copy(lexicon->arena, label);

		if (label.n > 0 && !kept.p)
			return 0;
		lexicon->concepts[lexicon->concept_count] = (struct wv_concept){kind, kept, 0};
		*slot = (uint32_t)++lexicon->concept_count;
		lexicon->by_label.used++;
	}
	return *slot;
}

static bool is_a_name(enum wv_concept_kind kind)
{
	return kind == WV_CONCEPT_PLACE || kind == WV_CONCEPT_CITY || kind == WV_CONCEPT_NAME;
}

/* What takes any ending is an adjective too, and most languages write those small. */
static uint8_t needs_of(const struct wv_unit *unit, enum wv_concept_kind kind, bool is_single,
                        bool is_stem)
{
	if (unit->kind != WV_UNIT_WORD || (is_stem && is_single))
		return 0;
	if (unit->is_all_caps && is_single)
		return NEEDS_ALL_CAPS;
	return is_a_name(kind) ? NEEDS_CAPITAL : 0;
}

static enum wv_status add_word(struct wv_lexicon *lexicon, uint32_t concept, struct wv_slice word,
                               struct wv_err *err)
{
	bool is_stem = wv_slice_ends(word, WV_LIT("*")), is_beside = wv_slice_starts(word, WV_LIT("~"));
	enum wv_concept_kind kind = lexicon->concepts[concept - 1].kind;
	struct wv_units units;
	uint32_t node = 0;
	uint16_t language = 0;
	enum wv_status st;

	if (word.n > 3 && word.p[2] == ':') {
		language = wv_units_language(wv_slice_part(word, 0, 2));
		word = wv_slice_from(word, 3);
	}
	word = wv_slice_part(word, is_beside, word.n - is_beside - is_stem);
	wv_arena_reset(lexicon->scratch);
	st = wv_units_read(lexicon->scratch, word, NAME_UNITS_MAX, &units, err);
	if (st != WV_OK)
		return st;
	for (size_t i = 0; i < units.n; i++) {
		uint32_t symbol = units.units[i].symbol;

		if (units.units[i].kind == WV_UNIT_BREAK || units.units[i].kind == WV_UNIT_NUMBER)
			return WV_USAGE; /* a currency with its years, say: nobody writes that */
		if (is_stem && i + 1 == units.n && units.units[i].kind == WV_UNIT_WORD)
			symbol = WV_UNIT_STEM_BIT | (symbol & 0x3fffffffu);
		node = add_child(lexicon, node, symbol);
		if (!node)
			return wv_err_set(err, WV_NOMEM, "out of memory for names");
	}
	if (units.n == 0)
		return WV_USAGE;
	if (lexicon->nodes[node].concept == 0)
		lexicon->nodes[node] = (struct node){
			.concept = concept,
			.language = language,
			.needs = (uint8_t)(needs_of(&units.units[0], kind, units.n == 1, is_stem) |
			                   (is_beside ? BESIDE_A_STATE : 0))};
	return WV_OK;
}

enum wv_status wv_lexicon_add(struct wv_lexicon *lexicon, enum wv_concept_kind kind,
                              struct wv_slice label, struct wv_slice words, struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(words);
	uint32_t concept = concept_for(lexicon, kind, label);

	if (!concept)
		return wv_err_set(err, WV_NOMEM, "out of memory for names");
	while (wv_cursor_left(&c) > 0) {
		struct wv_slice word = wv_slice_trim(wv_cursor_until(&c, '|'));
		enum wv_status st = word.n > 0 ? add_word(lexicon, concept, word, err) : WV_OK;

		if (st == WV_USAGE)
			return wv_err_set(err, st, "nothing is left of the word '%.*s'", WV_FMT(word));
		if (st != WV_OK)
			return st;
	}
	return WV_OK;
}

void wv_lexicon_spell(struct wv_lexicon *lexicon, struct wv_slice label, uint32_t spelling)
{
	uint32_t index = wv_lexicon_find(lexicon, WV_CONCEPT_NAME, label);

	if (index != UINT32_MAX)
		lexicon->concepts[index].spelling = spelling;
}

/* ---- CLDR ---- */

/* "Congo (DRC)" is also "Congo". */
static struct wv_slice without_brackets(struct wv_slice text)
{
	size_t at = wv_slice_find_byte(text, '(', 0);

	if (at == SIZE_MAX || at == 0)
		at = wv_slice_find(text, WV_LIT("（"), 0);
	return at == SIZE_MAX || at == 0 ? text : wv_slice_trim(wv_slice_part(text, 0, at));
}

static enum wv_status add_name(void *context, const struct wv_name *name, struct wv_err *err)
{
	static const enum wv_concept_kind kinds[] = {
		[WV_NAME_TERRITORY] = WV_CONCEPT_PLACE,   [WV_NAME_CITY] = WV_CONCEPT_CITY,
		[WV_NAME_CURRENCY] = WV_CONCEPT_CURRENCY, [WV_NAME_MONTH] = WV_CONCEPT_MONTH,
		[WV_NAME_WEEKDAY] = WV_CONCEPT_WEEKDAY,
	};
	struct wv_lexicon *lexicon = context;
	struct wv_slice code = wv_slice_of(name->code), text = without_brackets(name->text);
	uint32_t concept;
	enum wv_status st;

	/* The world, its quarters, and one letter alone tell nothing. */
	if (wv_text_count(text) < 2 || (name->kind == WV_NAME_TERRITORY && wv_byte_is_digit(code.p[0])))
		return WV_OK;
	concept = concept_for(lexicon, kinds[name->kind], code);
	if (!concept)
		return wv_err_set(err, WV_NOMEM, "out of memory for names");
	st = add_word(lexicon, concept, text, err);
	return st == WV_USAGE ? WV_OK : st; /* a symbol: no letters */
}

struct row {
	enum wv_concept_kind kind;
	const char *label, *words;
};
static const struct row rows[] = {
#define PLACE(label, words) {WV_CONCEPT_PLACE, label, words},
#define ORG(label, words)   {WV_CONCEPT_NAME, label, words},
#define EVENT(label, words) {WV_CONCEPT_EVENT, label, words},
#define NUMBER(label, words)   {WV_CONCEPT_NUMBER, label, words},
#define SCALE(label, words)    {WV_CONCEPT_SCALE, label, words},
#define CURRENCY(label, words) {WV_CONCEPT_CURRENCY, label, words},
#define WEEKDAY(label, words)  {WV_CONCEPT_WEEKDAY, label, words},
#include "archive/copies/lexicon_words.def"
#undef PLACE
#undef ORG
#undef EVENT
#undef NUMBER
#undef SCALE
#undef CURRENCY
#undef WEEKDAY
};

static enum wv_status fill(struct wv_lexicon *lexicon, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && st == WV_OK; i++) {
		struct wv_slice label = wv_slice_of(rows[i].label);
		enum wv_concept_kind kind = rows[i].kind;

		if (kind == WV_CONCEPT_PLACE && wv_slice_find_byte(label, '/', 0) != SIZE_MAX)
			kind = WV_CONCEPT_CITY;
		st = wv_lexicon_add(lexicon, kind, label, wv_slice_of(rows[i].words), err);
	}
	/* What the table says stands; CLDR fills up. */
	return st == WV_OK ? wv_names_each(add_name, lexicon, err) : st;
}

enum wv_status wv_lexicon_new(struct wv_lexicon **out, struct wv_err *err)
{
	WV_AUTO(wv_lexicon_free) struct wv_lexicon *lexicon = calloc(1, sizeof(*lexicon));
	enum wv_status st;

	if (!lexicon)
		return wv_err_set(err, WV_NOMEM, "out of memory for names");
	st = wv_arena_new(ARENA_CAP_BYTES, &lexicon->arena, err);
	if (st == WV_OK)
		st = wv_arena_new(ARENA_CAP_BYTES, &lexicon->scratch, err);
	lexicon->node_count = 1; /* the root is node 0 */
	lexicon->node_room = 1u << 16;
	lexicon->nodes = calloc(lexicon->node_room, sizeof(*lexicon->nodes));
	if (st == WV_OK && !lexicon->nodes)
		st = wv_err_set(err, WV_NOMEM, "out of memory for names");
	if (st == WV_OK && !make_room_for_edge(lexicon))
		st = wv_err_set(err, WV_NOMEM, "out of memory for names");
	if (st == WV_OK)
		st = fill(lexicon, err);
	if (st == WV_OK)
		*out = WV_TAKE(lexicon);
	return st;
}

void wv_lexicon_free(struct wv_lexicon **lexicon)
{
	if (!*lexicon)
		return;
	wv_arena_free(&(*lexicon)->arena);
	wv_arena_free(&(*lexicon)->scratch);
	wv_slots_done(&(*lexicon)->edges);
	free((*lexicon)->nodes);
	free((*lexicon)->concepts);
	wv_slots_done(&(*lexicon)->by_label);
	free(*lexicon);
	*lexicon = NULL;
}

enum wv_status wv_lexicon_add_file(struct wv_lexicon *lexicon, struct wv_slice content,
                                   const char *path, struct wv_err *err)
{
	static const struct {
		const char *name;
		enum wv_concept_kind kind;
	} kinds[] = {{"place", WV_CONCEPT_PLACE}, {"name", WV_CONCEPT_NAME}, {"event", WV_CONCEPT_EVENT}};
	struct wv_cursor c = wv_cursor(content);
	struct wv_slice line;

	for (unsigned number = 1; wv_cursor_line(&c, &line); number++) {
		struct wv_cursor fields = wv_cursor(line);
		struct wv_slice kind = wv_cursor_until(&fields, '\t'), label, words;
		struct wv_err why = WV_ERR_NONE;
		size_t i = 0;
		enum wv_status st;

		if (wv_slice_trim(line).n == 0 || line.p[0] == '#')
			continue;
		label = wv_slice_trim(wv_cursor_until(&fields, '\t'));
		words = wv_cursor_bytes(&fields, wv_cursor_left(&fields));
		while (i < 3 && !wv_slice_equals(wv_slice_trim(kind), wv_slice_of(kinds[i].name)))
			i++;
		if (i == 3 || label.n == 0 || wv_slice_trim(words).n == 0)
			return wv_err_set(err, WV_SETTINGS,
			                  "%s:%u: expected 'place', 'name' or 'event', a label and words "
			                  "parted by '|', with tabs between",
			                  path, number);
		st = wv_lexicon_add(lexicon, kinds[i].kind, label, words, &why);
		if (st == WV_USAGE)
			return wv_err_set(err, WV_SETTINGS, "%s:%u: %s", path, number, why.text);
		if (st != WV_OK)
			return wv_err_set(err, st, "%s", why.text);
	}
	return WV_OK;
}

/* ---- matching ---- */

/* Han letters after which, and before which, a single letter means a state. */
static bool is_of_state(uint32_t c, bool is_after)
{
	static const char after[] = "方军媒国总政外防议财股官警称总军媒国议总兵舰机油", before[] = "对在被向与和抵访赴遭驻由援旅涉亲反";
	const char *letters = is_after ? after : before;
	struct wv_slice all = wv_slice_of(letters);

	for (size_t at = 0; at < all.n;)
		if (wv_text_next(all, &at) == c)
			return true;
	return false;
}

static bool is_single_state(const struct wv_lexicon *lexicon, uint32_t symbol)
{
	uint32_t node = child_of(lexicon, 0, symbol);

	return node && (lexicon->nodes[node].needs & BESIDE_A_STATE);
}

static bool stands_for_a_state(const struct wv_lexicon *lexicon, const struct wv_units *units, size_t at)
{
	const struct wv_unit *u = units->units;
	bool has_before = at > 0 && u[at - 1].kind == WV_UNIT_LETTER;
	bool has_after = at + 1 < units->n && u[at + 1].kind == WV_UNIT_LETTER;

	return (has_after && (is_of_state(u[at + 1].symbol, true) ||
	                      is_single_state(lexicon, u[at + 1].symbol))) ||
	       (has_before && (is_of_state(u[at - 1].symbol, false) ||
	                       is_single_state(lexicon, u[at - 1].symbol)));
}

static bool is_allowed(const struct wv_lexicon *lexicon, const struct wv_units *units, size_t at,
                       const struct node *node)
{
	const struct wv_unit *first = &units->units[at];

	if ((node->needs & NEEDS_ALL_CAPS) && !first->is_all_caps)
		return false;
	if ((node->needs & NEEDS_CAPITAL) && !first->is_capital)
		return false;
	if (node->language && units->language && node->language != units->language)
		return false;
	return !(node->needs & BESIDE_A_STATE) || stands_for_a_state(lexicon, units, at);
}

/* What the longest beginning of the word that is a stem here leads to; 0: none is. */
static uint32_t stem_of(const struct wv_lexicon *lexicon, uint32_t node, const struct wv_units *units,
                        size_t at)
{
	uint32_t stems[STEMS_MOST], child = 0;
	size_t n;

	if (units->units[at].kind != WV_UNIT_WORD)
		return 0;
	n = wv_unit_stems(wv_unit_text(units, at), STEM_LEAST, stems, STEMS_MOST);
	while (n > 0 && !child)
		child = child_of(lexicon, node, stems[--n]);
	return child;
}

const struct wv_concept *wv_lexicon_match(const struct wv_lexicon *lexicon,
                                          const struct wv_units *units, size_t at, size_t *taken)
{
	const struct wv_concept *found = NULL;
	uint32_t node = 0;

	for (size_t i = at; i < units->n && i - at < NAME_UNITS_MAX; i++) {
		uint32_t ends[2];

		if (units->units[i].kind != WV_UNIT_LETTER && units->units[i].kind != WV_UNIT_WORD)
			break;
		/* A stem ends its name; the word itself may go on. */
		ends[1] = stem_of(lexicon, node, units, i);
		ends[0] = node = child_of(lexicon, node, units->units[i].symbol);
		for (size_t k = 2; k-- > 0;) {
			const struct node *here = &lexicon->nodes[ends[k]];

			if (ends[k] && here->concept && is_allowed(lexicon, units, at, here)) {
				found = &lexicon->concepts[here->concept - 1];
				*taken = i - at + 1;
			}
		}
		if (!node)
			break;
	}
	return found;
}

uint32_t wv_lexicon_find(const struct wv_lexicon *lexicon, enum wv_concept_kind kind,
                         struct wv_slice label)
{
	uint32_t found = *label_slot(lexicon, kind, label);

	return found ? found - 1 : UINT32_MAX;
}

uint32_t wv_lexicon_index(const struct wv_lexicon *lexicon, const struct wv_concept *concept)
{
	return (uint32_t)(concept - lexicon->concepts);
}

struct wv_slice wv_lexicon_label(const struct wv_lexicon *lexicon, uint32_t index)
{
	return lexicon->concepts[index].label;
}
