#include "archive/search/snippet.h"

#include "archive/search/token.h"
#include "config/base/text.h"

#define UNITS_MAX   (2 * WV_SNIPPET_UNITS)
#define TITLE_UNITS 60u
#define ELLIPSIS    "\u2026"
#define HITS_MAX    512u

/* --- where the query's phrases stand in a paragraph --- */

struct found {
	size_t from, to;
	size_t phrase;
};

/* The tokens of a paragraph, for phrases to be tried at each. */
struct tokens {
	struct wv_arena *arena;
	struct item {
		struct wv_slice text, first, last;
		size_t from, to;
	} *p;
	size_t n, room;
	bool failed;
};

static bool keep(const struct wv_token *token, void *context)
{
	struct tokens *t = context;

	if (t->n == t->room) {
		size_t room = t->room ? t->room * 2 : 256;
		struct item *larger = WV_ARENA_ARRAY(t->arena, struct item, room);

		if (!larger) {
			t->failed = true;
			return false;
		}
		if (t->n)
			memcpy(larger, t->p, t->n * sizeof *larger);
		t->p = larger;
		t->room = room;
	}
	t->p[t->n] = (struct item){.text = wv_arena_copy(t->arena, token->text),
	                           .from = token->from,
	                           .to = token->to};
	t->p[t->n].first = wv_slice(t->p[t->n].text.p, token->first.n);
	t->p[t->n].last = wv_slice_from(t->p[t->n].text, token->text.n - token->last.n);
	t->n++;
	return true;
}

/* Where a sign begins that is `n` bytes long when folded: near enough (see token.c). */
static bool is_phrase_at(const struct tokens *t, size_t at, const struct wv_query_node *phrase,
                         struct found *found)
{
	if (phrase->kind == WV_QUERY_SIGN) {
		struct wv_slice sign = phrase->tokens[0];
		const struct item *item = &t->p[at];

		found->from = item->from;
		found->to = item->to;
		if (item->first.n && wv_slice_equals(item->first, sign)) {
			if (item->text.n > sign.n)
				found->to = item->from + (item->to - item->from) / 2;
			return true;
		}
		if (item->last.n && wv_slice_equals(item->last, sign)) {
			found->from = item->to - (item->to - item->from) / 2;
			return true;
		}
		return false;
	}
	if (phrase->token_count > t->n - at)
		return false;
	for (size_t i = 0; i < phrase->token_count; i++) {
		bool is_last = i + 1 == phrase->token_count;

		if (is_last && phrase->is_prefix
		            ? !wv_slice_starts(t->p[at + i].text, phrase->tokens[i])
		            : !wv_slice_equals(t->p[at + i].text, phrase->tokens[i]))
			return false;
	}
	found->from = t->p[at].from;
	found->to = t->p[at + phrase->token_count - 1].to;
	return true;
}

static enum wv_status find(struct wv_slice text, const struct wv_query *query,
                           struct wv_arena *arena, struct found *found, size_t *count,
                           struct wv_err *err)
{
	struct tokens t = {.arena = arena};
	enum wv_status st = wv_tokens_each(arena, text, keep, &t, err);

	if (st == WV_OK && t.failed)
		st = wv_err_set(err, WV_NOMEM, "out of memory for a snippet");
	*count = 0;
	for (size_t at = 0; st == WV_OK && at < t.n; at++)
		for (size_t i = 0; i < query->wanted_count && *count < HITS_MAX; i++)
			if (is_phrase_at(&t, at, query->wanted[i], &found[*count]))
				found[(*count)++].phrase = i;
	return st;
}

/* --- cutting --- */

static size_t units_of(uint32_t c)
{
	return wv_text_is_cjk(c) ? 2 : 1;
}

static bool is_inside_word(struct wv_slice text, size_t at)
{
	size_t before = at, after = at;
	uint32_t a, b;

	if (at == 0 || at >= text.n)
		return false;
	a = wv_text_previous(text, &before);
	b = wv_text_next(text, &after);
	if (wv_text_is_cjk(a) || wv_text_is_cjk(b))
		return false;
	return (wv_text_is_letter(a) || wv_text_is_digit(a)) &&
	       (wv_text_is_letter(b) || wv_text_is_digit(b));
}

/* Back to a border of words, unless the word is longer than the piece. */
static size_t border_before(struct wv_slice text, size_t at, size_t least)
{
	size_t here = at;

	while (here > least && is_inside_word(text, here))
		(void)wv_text_previous(text, &here);
	return here > least ? here : at;
}

/* As far from `at` as `units` go, forward. */
static size_t forward(struct wv_slice text, size_t at, size_t units)
{
	while (at < text.n) {
		size_t next = at, width = units_of(wv_text_next(text, &next));

		if (width > units)
			break;
		units -= width;
		at = next;
	}
	return at;
}

/* Where the piece that is to show `at` begins: a sentence's or a word's begin a little before. */
static size_t begin_before(struct wv_slice text, size_t at, size_t units)
{
	size_t here = at, word = at;

	while (here > 0) {
		size_t before = here;
		uint32_t c = wv_text_previous(text, &before);

		if (wv_text_ends_sentence(c) && c != '.')
			return here;
		if (c == '.' && here < text.n && wv_byte_is_space(text.p[here]))
			return here;
		if (units_of(c) > units)
			return word;
		units -= units_of(c);
		here = before;
		if (!is_inside_word(text, here))
			word = here;
	}
	return 0;
}

static struct wv_slice trim(struct wv_slice text)
{
	while (text.n) {
		size_t at = 0;

		if (!wv_text_is_space(wv_text_next(text, &at)))
			break;
		text = wv_slice_from(text, at);
	}
	while (text.n) {
		size_t at = text.n;

		if (!wv_text_is_space(wv_text_previous(text, &at)))
			break;
		text.n = at;
	}
	return text;
}

/* The piece of `text` that begins at `from`, ellipses added, marks moved with it. */
static enum wv_status piece(struct wv_slice text, size_t from, size_t units,
                            const struct found *found, size_t count, struct wv_arena *arena,
                            struct wv_snippet *out, struct wv_err *err)
{
	size_t end = border_before(text, forward(text, from, units), from);
	struct wv_slice cut = trim(wv_slice_part(text, from, end - from));
	size_t start = cut.n ? (size_t)(cut.p - text.p) : from, lead = 0;
	bool has_before = start > 0, has_after = end < text.n;

	out->text = wv_arena_format(arena, "%s%.*s%s", has_before ? ELLIPSIS : "", WV_FMT(cut),
	                            has_after ? ELLIPSIS : "");
	if (out->text.n == 0 && cut.n)
		return wv_err_set(err, WV_NOMEM, "out of memory for a snippet");
	lead = has_before ? sizeof ELLIPSIS - 1 : 0;
	for (size_t i = 0; i < count && out->mark_count < WV_SNIPPET_MARKS_MAX; i++) {
		struct wv_snippet_mark *last = out->mark_count ? &out->marks[out->mark_count - 1]
		                                               : NULL;
		struct wv_snippet_mark mark;

		if (found[i].from < start || found[i].to > start + cut.n)
			continue;
		mark = (struct wv_snippet_mark){found[i].from - start + lead,
		                                found[i].to - start + lead};
		if (last && mark.from < last->to) {
			if (mark.to > last->to)
				last->to = mark.to;
			continue;
		}
		out->marks[out->mark_count++] = mark;
	}
	return WV_OK;
}

/* How many different phrases stand within the piece that would begin at found[i]. */
static size_t worth(struct wv_slice text, const struct found *found, size_t count, size_t i)
{
	size_t end = forward(text, found[i].from, UNITS_MAX * 3 / 4), n = 0;
	uint64_t seen = 0;

	for (size_t k = i; k < count && found[k].to <= end; k++)
		if (!(seen >> found[k].phrase & 1)) {
			seen |= UINT64_C(1) << found[k].phrase;
			n++;
		}
	return n;
}

enum wv_status wv_snippet_of(const struct wv_article *article, const struct wv_query *query,
                             struct wv_arena *arena, struct wv_snippet *out, struct wv_err *err)
{
	struct found *found = WV_ARENA_ARRAY(arena, struct found, HITS_MAX);
	struct found *best = WV_ARENA_ARRAY(arena, struct found, HITS_MAX);
	size_t best_block = 0, best_count = 0, best_at = 0, most = 0;
	struct wv_slice text;

	memset(out, 0, sizeof *out);
	if (!found || !best)
		return wv_err_set(err, WV_NOMEM, "out of memory for a snippet");
	for (size_t b = 0; query && query->wanted_count && b < article->block_count; b++) {
		size_t count = 0;
		enum wv_status st = find(article->blocks[b].text, query, arena, found, &count, err);

		if (st != WV_OK)
			return st;
		for (size_t i = 0; i < count; i++) {
			size_t n = worth(article->blocks[b].text, found, count, i);

			if (n <= most)
				continue;
			most = n;
			best_block = b;
			best_at = found[i].from;
			best_count = count;
			memcpy(best, found, count * sizeof *best);
		}
		if (most == query->wanted_count)
			break;
	}
	if (article->block_count == 0)
		return WV_OK;
	text = article->blocks[best_block].text;
	return piece(text, most ? begin_before(text, best_at, WV_SNIPPET_UNITS / 2) : 0, UNITS_MAX,
	             best, best_count, arena, out, err);
}

enum wv_status wv_snippet_title(const struct wv_article *article, struct wv_arena *arena,
                                struct wv_slice *title, bool *is_fallback, struct wv_err *err)
{
	struct wv_snippet snippet = {.mark_count = 0};
	enum wv_status st = WV_OK;

	*is_fallback = trim(article->title).n == 0;
	*title = trim(article->title);
	for (size_t i = 0; *is_fallback && i < article->block_count && st == WV_OK; i++) {
		if (trim(article->blocks[i].text).n == 0)
			continue;
		st = piece(article->blocks[i].text, 0, 2 * TITLE_UNITS, NULL, 0, arena, &snippet,
		           err);
		*title = snippet.text;
		break;
	}
	return st;
}
