#include "config/topic.h"

#include "config/base/checked.h"
#include "config/base/limits.h"
#include "config/base/text.h"

/* States, uses and copies of 1 MiB of words: measured 60 bytes a byte of words. */
#define SET_ARENA_BYTES  (128 * (size_t)WV_MIB)
#define TICKER_MAX_BYTES 32u

/* One word of one topic; words spelt alike share a state. */
struct use {
	uint32_t topic;
	uint32_t next; /* the state's next use, + 1; 0: none */
	bool is_none;  /* of the topic's `none` */
	bool is_short; /* a ticker of one or two letters: see joins() */
};

/* A state of Aho and Corasick's automaton; the children are a list, since most have one. */
struct state {
	uint32_t child, sibling; /* 0: none; no child is the root */
	uint32_t fail;           /* the longest proper suffix that is a state */
	uint32_t shorter;        /* the nearest state by fail that ends a word; 0: none */
	uint32_t uses;           /* first use, + 1; 0: no word ends here */
	uint32_t length;         /* bytes from the root */
	unsigned char byte;
};

struct automaton {
	struct state *states; /* [0] is the root */
	uint32_t count, room;
	uint32_t root_next[256];
};

struct wv_topic_set {
	struct wv_arena *arena; /* holds this struct too */
	struct wv_slice *names;
	size_t count;
	struct use *uses;
	uint32_t use_count;
	struct automaton words;   /* over folded text */
	struct automaton tickers; /* over the text as it is */
};

/* ---- folding that keeps the borders of words ---- */

/* Scripts that write a sentence without spaces, so that any place may be a word's border. */
static bool is_unspaced(uint32_t c)
{
	return wv_text_is_cjk(c) || (c >= 0x0E00 && c <= 0x0FFF) || (c >= 0x1000 && c <= 0x109F) ||
	       (c >= 0x1780 && c <= 0x17FF);
}

static bool is_hangul(uint32_t c)
{
	return (c >= 0xAC00 && c <= 0xD7FF) || (c >= 0x1100 && c <= 0x11FF) ||
	       (c >= 0x3130 && c <= 0x318F);
}

static bool is_word_part(uint32_t c)
{
	return wv_text_is_letter(c) || wv_text_is_digit(c);
}

/* Between parts of a name in katakana people write it or leave it out. */
static bool is_middle_dot(uint32_t c)
{
	return c == 0x30FB || c == 0xFF65 || c == 0xB7;
}

static enum wv_status fold_run(struct wv_arena *arena, struct wv_slice run, bool is_ascii,
			       struct wv_buf *out, struct wv_err *err)
{
	struct wv_slice folded;
	enum wv_status st;

	if (is_ascii) {
		unsigned char *at = wv_buf_room(out, run.n);

		for (size_t i = 0; at && i < run.n; i++)
			at[i] = wv_byte_lower(run.p[i]);
		out->n += at ? run.n : 0;
		return WV_OK;
	}
	st = wv_text_fold(arena, run, true, &folded, err);
	if (st == WV_OK)
		wv_buf_add(out, folded);
	return st;
}

/*
 * Runs of letters and digits, each folded, with one space between them: "S&P 500" is "s p 500".
 * White space beside Han or kana is not a border ("英伟达 H100" is "英伟达h100"), any other
 * punctuation there is; Korean keeps its spaces.
 */
static enum wv_status fold_words(struct wv_arena *arena, struct wv_slice text, struct wv_buf *out,
				 struct wv_err *err)
{
	uint32_t before = 0; /* the last code point of the run before, as it was */
	bool is_soft = true; /* only white space since */
	size_t at = 0;

	while (at < text.n) {
		size_t from = at;
		uint32_t first = wv_text_next(text, &at), last = first;
		bool is_ascii = first < 0x80;
		enum wv_status st;

		if (!is_word_part(first)) {
			is_soft &= wv_text_is_space(first) || is_middle_dot(first);
			continue;
		}
		for (size_t end = at; end < text.n; at = end) {
			uint32_t c = wv_text_next(text, &end);

			if (!is_word_part(c))
				break;
			is_ascii &= c < 0x80;
			last = c;
		}
		if (before && !(is_soft && ((is_unspaced(before) && !is_hangul(before)) ||
					    (is_unspaced(first) && !is_hangul(first)))))
			wv_buf_add_byte(out, ' ');
		st = fold_run(arena, wv_slice_part(text, from, at - from), is_ascii, out, err);
		if (st != WV_OK)
			return st;
		before = last;
		is_soft = true;
	}
	return wv_buf_finish(out, "folded text", err);
}

/* ---- words ---- */

static bool is_ticker(struct wv_slice word)
{
	return word.n > 0 && word.p[0] == '{';
}

static struct wv_slice ticker_of(struct wv_slice word)
{
	return wv_slice_part(word, 1, word.n - 2);
}

static bool is_good_ticker(struct wv_slice word)
{
	struct wv_slice ticker;
	bool has_alnum = false;

	if (word.n < 3 || word.n > TICKER_MAX_BYTES + 2 || word.p[word.n - 1] != '}')
		return false;
	ticker = ticker_of(word);
	for (size_t i = 0; i < ticker.n; i++) {
		has_alnum |= wv_byte_is_alnum(ticker.p[i]);
		if (!wv_byte_is_alnum(ticker.p[i]) &&
		    wv_slice_find_byte(WV_LIT(".-^=:/&"), ticker.p[i], 0) == SIZE_MAX)
			return false;
	}
	return has_alnum;
}

/* The pattern to look for: the ticker itself, or the folded word in the arena. */
static enum wv_status pattern_of(struct wv_arena *arena, struct wv_slice word, struct wv_slice *out,
				 struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf folded = {.cap = 0};
	struct wv_slice shown = wv_text_cut(word, 60);
	enum wv_status st;

	if (word.n > WV_LIMIT_TOPIC_WORD_BYTES)
		return wv_err_set(err, WV_USAGE, "'%.*s...' is longer than %u bytes", WV_FMT(shown),
				  WV_LIMIT_TOPIC_WORD_BYTES);
	if (is_ticker(word)) {
		if (!is_good_ticker(word))
			return wv_err_set(err, WV_USAGE, "'%.*s' is no ticker (want {TSLA})",
					  WV_FMT(shown));
		*out = ticker_of(word);
		return WV_OK;
	}
	wv_buf_init(&folded, 64 * (size_t)WV_LIMIT_TOPIC_WORD_BYTES);
	st = fold_words(arena, word, &folded, err);
	if (st != WV_OK)
		return st;
	if (folded.n == 0)
		return wv_err_set(err, WV_USAGE, "'%.*s' has no letter or digit to look for",
				  WV_FMT(shown));
	*out = wv_arena_copy(arena, wv_buf_slice(&folded));
	return out->n > 0 ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory");
}

enum wv_status wv_topic_word_check(struct wv_slice word, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_slice pattern;
	enum wv_status st;

	st = wv_arena_new(256 * (size_t)WV_KIB, &arena, err);
	return st == WV_OK ? pattern_of(arena, word, &pattern, err) : st;
}

/* ---- the automaton ---- */

static uint32_t child_of(const struct automaton *a, uint32_t state, unsigned char byte)
{
	uint32_t child;

	if (state == 0)
		return a->root_next[byte];
	child = a->states[state].child;
	while (child && a->states[child].byte != byte)
		child = a->states[child].sibling;
	return child;
}

/* The state after the pattern; room was made for all of them. */
static uint32_t add_pattern(struct automaton *a, struct wv_slice pattern)
{
	uint32_t state = 0;

	for (size_t i = 0; i < pattern.n; i++) {
		uint32_t child = child_of(a, state, pattern.p[i]);

		if (!child) {
			WV_ASSERT(a->count < a->room);
			child = a->count++;
			a->states[child] = (struct state){.byte = pattern.p[i],
							  .sibling = a->states[state].child,
							  .length = (uint32_t)i + 1};
			a->states[state].child = child;
			if (state == 0)
				a->root_next[pattern.p[i]] = child;
		}
		state = child;
	}
	return state;
}

static uint32_t step(const struct automaton *a, uint32_t state, unsigned char byte)
{
	uint32_t next;

	while (!(next = child_of(a, state, byte)) && state)
		state = a->states[state].fail;
	return next;
}

/* Breadth first, so that a state's fail is done before the state. `queue` has room for all. */
static void link_states(struct automaton *a, uint32_t *queue)
{
	uint32_t head = 0, tail = 0;

	queue[tail++] = 0;
	while (head < tail) {
		uint32_t state = queue[head++];

		for (uint32_t c = a->states[state].child; c; c = a->states[c].sibling) {
			struct state *child = &a->states[c];

			child->fail = state ? step(a, a->states[state].fail, child->byte) : 0;
			child->shorter = a->states[child->fail].uses
						 ? child->fail
						 : a->states[child->fail].shorter;
			queue[tail++] = c;
		}
	}
}

static enum wv_status automaton_init(struct automaton *a, struct wv_arena *arena,
				     size_t pattern_bytes, struct wv_err *err)
{
	a->states = WV_ARENA_ARRAY(arena, struct state, pattern_bytes + 1);
	if (!a->states)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	a->room = (uint32_t)pattern_bytes + 1;
	a->count = 1;
	return WV_OK;
}

/* ---- making a set ---- */

struct pattern {
	struct wv_slice text;
	struct use use;
	bool is_ticker;
};

static enum wv_status add_words(struct wv_arena *arena, const struct wv_slice *words, size_t count,
				struct use use, struct pattern *patterns, size_t *n,
				struct wv_err *err)
{
	for (size_t i = 0; i < count; i++) {
		struct pattern *p = &patterns[*n];
		enum wv_status st = pattern_of(arena, words[i], &p->text, err);

		if (st != WV_OK)
			return st;
		p->is_ticker = is_ticker(words[i]);
		p->use = use;
		p->use.is_short = p->is_ticker && p->text.n <= 2;
		++*n;
	}
	return WV_OK;
}

static enum wv_status build(struct wv_topic_set *set, struct wv_arena *arena,
			    const struct pattern *patterns, size_t n, struct wv_err *err)
{
	size_t bytes[2] = {0, 0};
	uint32_t *queue;
	enum wv_status st;

	for (size_t i = 0; i < n; i++)
		bytes[patterns[i].is_ticker] += patterns[i].text.n;
	if (bytes[0] > WV_LIMIT_TOPIC_BYTES || bytes[1] > WV_LIMIT_TOPIC_BYTES)
		return wv_err_set(err, WV_LIMIT, "the words of all topics are longer than %u bytes",
				  WV_LIMIT_TOPIC_BYTES);
	set->uses = WV_ARENA_ARRAY(arena, struct use, n + 1);
	queue = WV_ARENA_ARRAY(arena, uint32_t, wv_max_size(bytes[0], bytes[1]) + 1);
	if (!set->uses || !queue)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	st = automaton_init(&set->words, arena, bytes[0], err);
	if (st == WV_OK)
		st = automaton_init(&set->tickers, arena, bytes[1], err);
	if (st != WV_OK)
		return st;
	for (size_t i = 0; i < n; i++) {
		struct automaton *a = patterns[i].is_ticker ? &set->tickers : &set->words;
		struct state *end = &a->states[add_pattern(a, patterns[i].text)];

		set->uses[set->use_count] = patterns[i].use;
		set->uses[set->use_count].next = end->uses;
		end->uses = ++set->use_count;
	}
	link_states(&set->words, queue);
	link_states(&set->tickers, queue);
	return WV_OK;
}

enum wv_status wv_topic_set_new(const struct wv_topic_words *topics, size_t count,
				struct wv_topic_set **out, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_topic_set *set;
	struct pattern *patterns;
	size_t total = 0, n = 0;
	enum wv_status st;

	for (size_t i = 0; i < count; i++)
		if (!wv_add(total, topics[i].any_count, &total) ||
		    !wv_add(total, topics[i].none_count, &total))
			return wv_err_set(err, WV_LIMIT, "too many words");
	st = wv_arena_new(SET_ARENA_BYTES, &arena, err);
	if (st != WV_OK)
		return st;
	set = WV_ARENA_NEW(arena, struct wv_topic_set);
	patterns = total < UINT32_MAX ? WV_ARENA_ARRAY(arena, struct pattern, total + 1) : NULL;
	if (!set || !patterns || !(set->names = WV_ARENA_ARRAY(arena, struct wv_slice, count + 1)))
		return wv_err_set(err, WV_NOMEM, "out of memory");
	for (size_t i = 0; i < count && st == WV_OK; i++) {
		struct use use = {.topic = (uint32_t)i};

		set->names[i] = wv_arena_copy(arena, topics[i].name);
		st = add_words(arena, topics[i].any, topics[i].any_count, use, patterns, &n, err);
		use.is_none = true;
		if (st == WV_OK)
			st = add_words(arena, topics[i].none, topics[i].none_count, use, patterns,
				       &n, err);
	}
	if (st == WV_OK)
		st = build(set, arena, patterns, n, err);
	if (st != WV_OK)
		return st;
	set->count = count;
	set->arena = WV_TAKE(arena);
	*out = set;
	return WV_OK;
}

void wv_topic_set_free(struct wv_topic_set **set)
{
	struct wv_arena *arena = *set ? (*set)->arena : NULL;

	wv_arena_free(&arena);
	*set = NULL;
}

size_t wv_topic_set_count(const struct wv_topic_set *set)
{
	return set->count;
}

struct wv_slice wv_topic_set_name(const struct wv_topic_set *set, size_t topic)
{
	return set->names[topic];
}

/* ---- matching ---- */

/* The code points around [from, to); 0 beyond the ends. */
static uint32_t code_point_before(struct wv_slice text, size_t *at)
{
	return *at > 0 ? wv_text_previous(text, at) : 0;
}

static uint32_t code_point_after(struct wv_slice text, size_t *at)
{
	return *at < text.n ? wv_text_next(text, at) : 0;
}

static bool continues_word(uint32_t inside, uint32_t outside)
{
	return is_word_part(inside) && is_word_part(outside) && !is_unspaced(inside) &&
	       !is_unspaced(outside);
}

static bool is_whole_word(struct wv_slice text, size_t from, size_t to)
{
	size_t left = from, right = to, first = from, last = to;

	return !continues_word(wv_text_next(text, &first), code_point_before(text, &left)) &&
	       !continues_word(wv_text_previous(text, &last), code_point_after(text, &right));
}

/*
 * Signs that make one token with a ticker: "AT&T" is not T. With one or two letters also what
 * stands in "T-shirt", "F-150", "U.S." and "don't"; "TSLA.O" and "TSLA-linked" still are TSLA.
 */
static bool joins(uint32_t sign, uint32_t beyond, bool is_short)
{
	if (sign == '&' || sign == '_')
		return is_word_part(beyond);
	return is_short && (sign == '-' || sign == '.' || sign == '\'' || sign == 0x2019) &&
	       is_word_part(beyond) && !is_unspaced(beyond);
}

static bool is_own_token(struct wv_slice text, size_t from, size_t to, bool is_short)
{
	size_t left = from, right = to;
	uint32_t before = code_point_before(text, &left), after = code_point_after(text, &right);

	if (!is_whole_word(text, from, to))
		return false;
	return !joins(before, code_point_before(text, &left), is_short) &&
	       !joins(after, code_point_after(text, &right), is_short);
}

struct matching {
	const struct wv_topic_set *set;
	struct wv_topic_hits *hits;
	unsigned char *seen; /* by use */
};

static void count_uses(struct matching *m, uint32_t use, struct wv_slice text, size_t from,
		       size_t to, bool is_ticker)
{
	for (; use; use = m->set->uses[use - 1].next) {
		const struct use *u = &m->set->uses[use - 1];
		struct wv_topic_hits *hits = &m->hits[u->topic];

		if (is_ticker && !is_own_token(text, from, to, u->is_short))
			continue;
		if (u->is_none) {
			hits->forbidden++;
			continue;
		}
		hits->occurrences++;
		hits->words += !m->seen[use - 1];
		m->seen[use - 1] = 1;
	}
}

static void run(struct matching *m, const struct automaton *a, struct wv_slice text, bool is_ticker)
{
	uint32_t state = 0;

	if (a->count == 1)
		return;
	for (size_t i = 0; i < text.n; i++) {
		state = step(a, state, text.p[i]);
		for (uint32_t s = a->states[state].uses ? state : a->states[state].shorter; s;
		     s = a->states[s].shorter) {
			size_t from = i + 1 - a->states[s].length;

			if (is_ticker || is_whole_word(text, from, i + 1))
				count_uses(m, a->states[s].uses, text, from, i + 1, is_ticker);
		}
	}
}

enum wv_status wv_topic_set_match(const struct wv_topic_set *set, struct wv_arena *scratch,
				  struct wv_slice text, struct wv_topic_hits *hits,
				  struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf folded = {.cap = 0};
	struct matching m = {.set = set, .hits = hits};
	enum wv_status st = WV_OK;

	m.seen = wv_arena_zero(scratch, (size_t)set->use_count + 1, 1);
	if (!m.seen)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	/* Folding can make one code point longer (U+FDFA: 18 to 3 bytes); not a text of them all.
	 */
	wv_buf_init(&folded, SIZE_MAX);
	if (set->words.count > 1)
		st = fold_words(scratch, text, &folded, err);
	if (st != WV_OK)
		return st;
	if (set->count > 0)
		memset(hits, 0, set->count * sizeof(*hits));
	run(&m, &set->words, wv_buf_slice(&folded), false);
	run(&m, &set->tickers, text, true);
	return WV_OK;
}
