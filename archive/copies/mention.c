#include "archive/copies/mention.h"

#include <math.h>
#include <stdlib.h>

#include "archive/copies/quantity.h"
#include "config/base/text.h"

#define UNITS_MAX     6000u /* of a text: what comes later is seldom what it is about */
#define LEAD_UNITS    120u
#define FIGURE_REACH  8u    /* units between a number and the event word it goes with */
#define DAY_US        INT64_C(86400000000)
#define MENTIONS_ROOM 2048u /* before the same ones become one */

const char *wv_mention_kind_name(enum wv_mention_kind kind)
{
	static const char *const names[WV_MENTION_KINDS] = {
		[WV_MENTION_PLACE] = "place",   [WV_MENTION_NAME] = "name",
		[WV_MENTION_EVENT] = "event",   [WV_MENTION_QUANTITY] = "quantity",
		[WV_MENTION_FIGURE] = "figure", [WV_MENTION_DAY] = "day",
		[WV_MENTION_CODE] = "code",     [WV_MENTION_WORD] = "word",
		[WV_MENTION_SOUND] = "sound",
	};

	return names[kind];
}

struct reading {
	const struct wv_lexicon *lexicon;
	const struct wv_sounds *sounds;
	struct wv_arena *arena;
	struct wv_mention *items;
	size_t n;
	int64_t day; /* of the text itself, since 1970; INT64_MIN: unknown */
	bool is_title;
	size_t units_before; /* of the text, for salience */
	/* The last event word of this clause, and a number that waits for one. */
	uint32_t event;
	size_t event_at;
	struct wv_quantity waiting;
	struct wv_slice waiting_shown;
	size_t waiting_at;
	bool is_waiting;
};

static uint64_t key_of(enum wv_mention_kind kind, uint64_t a, uint64_t b)
{
	uint64_t hash = (uint64_t)kind * UINT64_C(0xff51afd7ed558ccd) ^ a * UINT64_C(0x9e3779b97f4a7c15);

	hash ^= hash >> 29;
	hash = (hash ^ b) * UINT64_C(0xc4ceb9fe1a85ec53);
	return hash ^ hash >> 32;
}

static float salience_at(const struct reading *r, size_t at)
{
	size_t far = r->units_before + at;

	if (r->is_title)
		return 1.0f;
	if (far < LEAD_UNITS)
		return 0.85f;
	return (float)(0.25 + 0.5 * LEAD_UNITS / (double)far);
}

static void put(struct reading *r, struct wv_mention mention)
{
	if (r->n < MENTIONS_ROOM)
		r->items[r->n++] = mention;
}

/* Two or three digits tell whether two texts mean the same number. */
static uint64_t rounded(double value)
{
	double exponent = value > 0 ? floor(log10(value)) : 0;

	return (uint64_t)llround(value / pow(10, exponent - 2)) * 64 + (uint64_t)(exponent + 20);
}

static void put_quantity(struct reading *r, const struct wv_quantity *q, struct wv_slice shown, size_t at)
{
	uint32_t unit = q->kind == WV_QUANTITY_PERCENT;

	/* The same currency whatever else the lexicon has. */
	if (q->kind == WV_QUANTITY_MONEY)
		unit = 2 + (uint32_t)(wv_slice_hash(wv_lexicon_label(r->lexicon, q->unit), 3) & 0x7fff);

	put(r, (struct wv_mention){.key = key_of(WV_MENTION_QUANTITY, rounded(q->value), unit),
	                           .value = q->value,
	                           .context = unit,
	                           .salience = salience_at(r, at),
	                           .kind = WV_MENTION_QUANTITY,
	                           .shown = shown});
}

static void put_figure(struct reading *r, const struct wv_quantity *q, struct wv_slice shown, size_t at,
                       uint32_t event)
{
	put(r, (struct wv_mention){.key = key_of(WV_MENTION_FIGURE, rounded(q->value), event),
	                           .value = q->value,
	                           .context = event,
	                           .salience = salience_at(r, at),
	                           .kind = WV_MENTION_FIGURE,
	                           .shown = shown});
}

static void put_day(struct reading *r, int64_t day, struct wv_slice shown, size_t at)
{
	put(r, (struct wv_mention){.key = key_of(WV_MENTION_DAY, (uint64_t)day, 0),
	                           .value = (double)day,
	                           .salience = salience_at(r, at),
	                           .kind = WV_MENTION_DAY,
	                           .shown = shown});
}

/* Of what matter a figure is: the same number whatever else the lexicon has learned. */
static uint32_t event_of(const struct wv_concept *concept)
{
	return (uint32_t)wv_slice_hash(concept->label, (uint64_t)concept->kind) & 0x7fffu;
}

static void put_concept(struct reading *r, const struct wv_concept *concept, size_t at)
{
	enum wv_mention_kind kind = concept->kind == WV_CONCEPT_NAME    ? WV_MENTION_NAME
	                            : concept->kind == WV_CONCEPT_EVENT ? WV_MENTION_EVENT
	                                                                : WV_MENTION_PLACE;

	put(r, (struct wv_mention){
		       .key = concept->spelling
		                      ? key_of(WV_MENTION_WORD, concept->spelling, 3)
		                      : key_of(kind, wv_slice_hash(concept->label, (uint64_t)concept->kind), 1),
		       .context = event_of(concept),
		       .salience = salience_at(r, at),
		       .kind = (uint8_t)kind,
		       .shown = concept->label});
}

static void put_sound(struct reading *r, const struct wv_sound *sound, struct wv_slice shown, size_t at)
{
	put(r, (struct wv_mention){
		       .key = key_of(WV_MENTION_SOUND, wv_slice_hash(wv_slice_of(sound->consonants), 7), 2),
		       .salience = salience_at(r, at),
		       .kind = WV_MENTION_SOUND,
		       .shown = shown});
}

/* Days since 1970 of a civil date (H. Hinnant's algorithm, public domain as mathematics). */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t era, y = year - (month <= 2);
	unsigned of_era, of_year;

	era = (y >= 0 ? y : y - 399) / 400;
	of_era = (unsigned)(y - era * 400);
	of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	return era * 146097 + (int64_t)(of_era * 365 + of_era / 4 - of_era / 100 + of_year) - 719468;
}

static void civil_of(int64_t days, int64_t *year, unsigned *month)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned of_era = (unsigned)(z - era * 146097);
	unsigned y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * y + y / 4 - y / 100), mp = (5 * of_year + 2) / 153;

	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = (int64_t)y + era * 400 + (*month <= 2);
}

/* The day meant: of the nearest such month, not more than a few days after the text. */
static bool day_of(const struct reading *r, const struct wv_quantity *q, int64_t *out)
{
	int64_t year, best = INT64_MAX;
	unsigned month;

	if (r->day == INT64_MIN || q->day < 1 || q->day > 31)
		return false;
	civil_of(r->day, &year, &month);
	for (int step = -1; step <= 1; step++) {
		int64_t y = year, day;
		unsigned m = q->month;

		if (q->kind == WV_QUANTITY_DAY) {
			int at = (int)month - 1 + step;

			y += at < 0 ? -1 : at > 11 ? 1 : 0;
			m = (unsigned)((at + 12) % 12 + 1);
		} else {
			y += step;
		}
		if (m < 1 || m > 12)
			return false;
		day = days_of(y, m, q->day);
		if (best == INT64_MAX || llabs(day - r->day) < llabs(best - r->day))
			best = day;
	}
	*out = best;
	return true;
}

static bool weekday_of(const struct reading *r, const struct wv_concept *concept, int64_t *out)
{
	int64_t wanted = concept->label.p[0] - '1', today; /* Sunday 0 */

	if (r->day == INT64_MIN)
		return false;
	today = ((r->day + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
	*out = r->day - (today - wanted + 7) % 7;
	return true;
}

static struct wv_slice shown_of(const struct wv_units *units, size_t at, size_t taken)
{
	const struct wv_unit *first = &units->units[at], *last = &units->units[at + taken - 1];

	return wv_slice(units->text.p + first->at, last->at + last->n - first->at);
}

static void meet_event(struct reading *r, uint32_t event, size_t at)
{
	r->event = event;
	r->event_at = at;
	if (r->is_waiting && at - r->waiting_at <= FIGURE_REACH) {
		put_figure(r, &r->waiting, r->waiting_shown, r->waiting_at, event);
		r->is_waiting = false;
	}
}

static void meet_quantity(struct reading *r, const struct wv_quantity *q, struct wv_slice shown, size_t at)
{
	int64_t day;

	switch (q->kind) {
	case WV_QUANTITY_DATE:
	case WV_QUANTITY_DAY:
		if (day_of(r, q, &day))
			put_day(r, day, shown, at);
		break;
	case WV_QUANTITY_PLAIN:
	case WV_QUANTITY_MONEY:
	case WV_QUANTITY_PERCENT:
		put_quantity(r, q, shown, at);
		if (r->event != UINT32_MAX && at - r->event_at <= FIGURE_REACH)
			put_figure(r, q, shown, at, r->event);
		r->waiting = *q;
		r->waiting_shown = shown;
		r->waiting_at = at;
		r->is_waiting = true;
		break;
	default:
		break;
	}
}

static bool has_digit(struct wv_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (wv_byte_is_digit(s.p[i]))
			return true;
	return false;
}

/* A word that no table knows: a code, a name, or how a name sounds. */
static void meet_word(struct reading *r, const struct wv_units *units, size_t at, bool is_foreign)
{
	const struct wv_unit *unit = &units->units[at];
	struct wv_slice word = wv_unit_text(units, at);
	struct wv_sound sounds[WV_SOUNDS_MOST];
	bool is_code = unit->is_all_caps || has_digit(word);
	size_t n;

	if (unit->n < 2 || (!is_foreign && !unit->is_capital && !is_code))
		return;
	if (is_code && word.n <= 16)
		put(r, (struct wv_mention){.key = key_of(WV_MENTION_WORD, unit->symbol, 3),
		                           .salience = salience_at(r, at),
		                           .kind = WV_MENTION_CODE,
		                           .shown = word});
	else if (unit->n >= 3 && (is_foreign || !unit->is_sentence))
		put(r, (struct wv_mention){.key = key_of(WV_MENTION_WORD, unit->symbol, 3),
		                           .salience = salience_at(r, at),
		                           .kind = WV_MENTION_WORD,
		                           .shown = word});
	if (is_code || (unit->is_sentence && !r->is_title))
		return;
	n = wv_sound_of_word(word, sounds);
	for (size_t i = 0; i < n; i++)
		put_sound(r, &sounds[i], word, at);
}

/* Letters that no table knows; the units of the run are not looked at again as another. */
static size_t meet_run(struct reading *r, const struct wv_units *units, size_t at)
{
	size_t n = wv_sound_run(r->sounds, units, at);
	bool is_kana = units->units[at].is_katakana;
	struct wv_sound sound;

	for (size_t from = 0; n >= 3 && from <= (is_kana ? 0 : 1) && from < n; from++)
		for (size_t to = n; to >= from + 3 && to + (is_kana ? 0 : 1) >= n; to--)
			if (wv_sound_of_run(r->sounds, units, at + from, to - from, &sound))
				put_sound(r, &sound, shown_of(units, at + from, to - from), at);
	return n > 0 ? n : 1;
}

/* Which one, not how many; the first is no news, and "second" is a time. */
static const struct {
	const char *begin; /* of the word, which may go on by so many bytes */
	size_t more;
	unsigned value;
} ordinals[] = {
	{"third", 0, 3},   {"fourth", 0, 4},  {"fifth", 0, 5},   {"sixth", 0, 6},    {"seventh", 0, 7},
	{"eighth", 0, 8},  {"ninth", 0, 9},   {"tenth", 0, 10},  {"eleventh", 0, 11}, {"twelfth", 0, 12},
	{"dritte", 1, 3},  {"vierte", 1, 4},  {"fünfte", 1, 5},  {"sechste", 1, 6},  {"siebte", 1, 7},
	{"achte", 1, 8},   {"neunte", 1, 9},  {"zehnte", 1, 10}, {"elfte", 1, 11},   {"zwölfte", 1, 12},
	{"troisième", 1, 3}, {"quatrième", 1, 4}, {"cinquième", 1, 5}, {"sixième", 1, 6},
	{"septième", 1, 7},  {"huitième", 1, 8},  {"neuvième", 1, 9},  {"dixième", 1, 10},
	{"tercer", 1, 3},  {"cuart", 1, 4},   {"quint", 1, 5},   {"sext", 1, 6},     {"séptim", 1, 7},
	{"octav", 1, 8},   {"noven", 1, 9},   {"décim", 1, 10},
};

static unsigned ordinal_word(struct wv_slice word)
{
	for (size_t i = 0; i < WV_COUNT(ordinals); i++) {
		struct wv_slice begin = wv_slice_of(ordinals[i].begin);

		if (wv_slice_starts_nocase(word, begin) && word.n - begin.n <= ordinals[i].more)
			return ordinals[i].value;
	}
	return 0;
}

static bool is_ending(const struct wv_units *units, size_t at)
{
	static const char *const endings[] = {"st", "nd", "rd", "th", "ème", "e"};

	if (at >= units->n || units->units[at].kind != WV_UNIT_WORD || !units->units[at].is_joined)
		return false;
	for (size_t i = 0; i < WV_COUNT(endings); i++)
		if (wv_slice_equals(wv_unit_text(units, at), wv_slice_of(endings[i])))
			return true;
	return false;
}

/* "third", "11th", "第3", "第三": which, and the units that it takes; 0: none begins here. */
static unsigned ordinal_at(const struct reading *r, const struct wv_units *units, size_t at, size_t *taken)
{
	const struct wv_unit *unit = &units->units[at];
	struct wv_quantity number;
	size_t n = 0;

	*taken = 1;
	if (unit->kind == WV_UNIT_WORD)
		return ordinal_word(wv_unit_text(units, at));
	if (unit->kind == WV_UNIT_LETTER && unit->symbol == 0x7b2c && at + 1 < units->n &&
	    wv_quantity_read(r->lexicon, units, at + 1, &number, &n) && number.kind == WV_QUANTITY_PLAIN) {
		*taken = 1 + n;
		return number.value >= 2 && number.value <= 999 ? (unsigned)number.value : 0;
	}
	if (unit->kind == WV_UNIT_NUMBER && is_ending(units, at + 1) &&
	    wv_quantity_read(r->lexicon, units, at, &number, &n) && number.kind == WV_QUANTITY_PLAIN) {
		*taken = 2;
		return n == 1 && number.value >= 2 && number.value <= 999 ? (unsigned)number.value : 0;
	}
	return 0;
}

static void put_ordinal(struct reading *r, unsigned value, struct wv_slice shown, size_t at)
{
	const struct wv_quantity q = {.kind = WV_QUANTITY_PLAIN, .value = value};

	put_figure(r, &q, shown, at, WV_MENTION_ORDINAL);
}

static void read_units(struct reading *r, const struct wv_units *units, bool is_foreign)
{
	r->event = UINT32_MAX;
	r->is_waiting = false;
	for (size_t at = 0; at < units->n;) {
		const struct wv_unit *unit = &units->units[at];
		const struct wv_concept *concept;
		struct wv_quantity quantity;
		size_t taken = 1;
		unsigned which;
		int64_t day;

		if (unit->kind == WV_UNIT_BREAK) {
			if (unit->is_sentence) {
				r->event = UINT32_MAX;
				r->is_waiting = false;
			}
			at++;
			continue;
		}
		which = r->is_title ? ordinal_at(r, units, at, &taken) : 0;
		if (which) {
			put_ordinal(r, which, shown_of(units, at, taken), at);
			at += taken;
			continue;
		}
		taken = 1;
		concept = wv_lexicon_match(r->lexicon, units, at, &taken);
		if ((!concept || concept->kind >= WV_CONCEPT_CURRENCY) &&
		    wv_quantity_read(r->lexicon, units, at, &quantity, &taken)) {
			meet_quantity(r, &quantity, shown_of(units, at, taken), at);
		} else if (!concept) {
			if (unit->kind == WV_UNIT_WORD)
				meet_word(r, units, at, is_foreign);
			else if (unit->kind == WV_UNIT_LETTER)
				taken = meet_run(r, units, at);
		} else if (concept->kind == WV_CONCEPT_WEEKDAY) {
			if (weekday_of(r, concept, &day))
				put_day(r, day, shown_of(units, at, taken), at);
		} else if (concept->kind < WV_CONCEPT_CURRENCY) {
			put_concept(r, concept, at);
			if (concept->kind == WV_CONCEPT_EVENT)
				meet_event(r, event_of(concept), at);
		}
		at += taken;
	}
}

static int by_key(const void *a, const void *b)
{
	const struct wv_mention *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->salience > y->salience ? -1 : x->salience < y->salience;
}

static int by_salience(const void *a, const void *b)
{
	const struct wv_mention *x = a, *y = b;

	if (x->salience != y->salience)
		return x->salience > y->salience ? -1 : 1;
	return by_key(a, b);
}

static void settle(struct reading *r, struct wv_mentions *out)
{
	size_t n = 0;

	qsort(r->items, r->n, sizeof(*r->items), by_key);
	for (size_t i = 0; i < r->n; i++)
		if (n == 0 || r->items[n - 1].kind != r->items[i].kind ||
		    r->items[n - 1].key != r->items[i].key)
			r->items[n++] = r->items[i];
	if (n > WV_MENTIONS_MAX) {
		qsort(r->items, n, sizeof(*r->items), by_salience);
		n = WV_MENTIONS_MAX;
		qsort(r->items, n, sizeof(*r->items), by_key);
	}
	out->items = r->items;
	out->n = n;
}

/* More letters of a script without spaces than words: then a Latin word is a foreign one. */
static bool is_unspaced(const struct wv_units *units)
{
	size_t letters = 0, words = 0;

	for (size_t i = 0; i < units->n; i++) {
		letters += units->units[i].kind == WV_UNIT_LETTER;
		words += units->units[i].kind == WV_UNIT_WORD;
	}
	return letters > words;
}

enum wv_status wv_mentions_read(const struct wv_lexicon *lexicon, const struct wv_sounds *sounds,
                                struct wv_arena *arena, const struct wv_mention_text *text,
                                struct wv_mentions *out, struct wv_err *err)
{
	struct reading r = {.lexicon = lexicon, .sounds = sounds, .arena = arena};
	struct wv_slice parts[2] = {text->title, text->text};
	struct wv_units units;
	size_t count = 0;

	r.items = WV_ARENA_ARRAY(arena, struct wv_mention, MENTIONS_ROOM);
	r.day = text->when.us == WV_TIME_NONE.us
	                ? INT64_MIN
	                : text->when.us / DAY_US - (text->when.us % DAY_US < 0);
	if (!r.items)
		return wv_err_set(err, WV_NOMEM, "out of memory for mentions");
	/* A text may begin with its title. */
	if (wv_slice_starts(text->text, text->title))
		parts[1] = wv_slice_from(text->text, text->title.n);
	for (size_t part = 0; part < 2; part++) {
		enum wv_status st = wv_units_read(arena, parts[part], UNITS_MAX, &units, err);

		if (st != WV_OK)
			return st;
		units.language = wv_units_language(text->language);
		r.is_title = part == 0;
		read_units(&r, &units, is_unspaced(&units));
		count += units.n;
	}
	settle(&r, out);
	out->units = (uint32_t)count;
	return WV_OK;
}
