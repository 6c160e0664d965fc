#include "archive/search/token.h"

#include "config/base/text.h"

enum script { NONE, ALPHABET, SIGNS };

/* Thai, Lao, Myanmar, Khmer: alphabets, but words without spaces. */
static bool is_unspaced(uint32_t c)
{
	return (c >= 0x0e00 && c <= 0x0eff) || (c >= 0x1000 && c <= 0x109f) ||
	       (c >= 0x1780 && c <= 0x17ff);
}

static enum script script_of(uint32_t c)
{
	if (c < 0x80)
		return wv_byte_is_alnum((unsigned char)c) ? ALPHABET : NONE;
	/* Most of a Chinese or Japanese page, without asking for its properties. */
	if ((c >= 0x4e00 && c <= 0x9fa5) || (c >= 0x3041 && c <= 0x3096) ||
	    (c >= 0x30a1 && c <= 0x30fa) || (c >= 0xac00 && c <= 0xd7a3) || c == 0x30fc ||
	    c == 0x3007)
		return SIGNS;
	if (!wv_text_is_letter(c) && !wv_text_is_digit(c))
		return NONE;
	return wv_text_is_cjk(c) || is_unspaced(c) ? SIGNS : ALPHABET;
}

struct walk {
	struct wv_arena *scratch;
	struct wv_slice text;
	wv_token_visit visit;
	void *context;
	bool is_stopped;
};

static void give(struct walk *walk, const struct wv_token *token)
{
	if (!walk->is_stopped && !walk->visit(token, walk->context))
		walk->is_stopped = true;
}

static enum wv_status give_word(struct walk *walk, size_t from, size_t to, bool is_ascii,
                                struct wv_err *err)
{
	struct wv_slice run = wv_slice_part(walk->text, from, to - from), folded;
	struct wv_token token = {.kind = WV_TOKEN_WORD, .from = from, .to = to};
	unsigned char lower[WV_TOKEN_BYTES_MAX];
	enum wv_status st;

	if (is_ascii) {
		size_t n = run.n < sizeof lower ? run.n : sizeof lower;

		for (size_t i = 0; i < n; i++)
			lower[i] = wv_byte_lower(run.p[i]);
		token.text = wv_slice(lower, n);
		give(walk, &token);
		return WV_OK;
	}
	st = wv_text_fold(walk->scratch, run, true, &folded, err);
	if (st != WV_OK)
		return st;
	token.text = wv_text_cut(folded, WV_TOKEN_BYTES_MAX);
	if (token.text.n)
		give(walk, &token);
	return WV_OK;
}

/*
 * Folding a run may join its signs (half-width Kana and their marks): then places in the text are
 * only near.
 */
static enum wv_status give_signs(struct walk *walk, size_t from, size_t to, struct wv_err *err)
{
	struct wv_slice run = wv_slice_part(walk->text, from, to - from), folded;
	size_t at = 0, raw = 0, count = 0;
	struct wv_slice before = WV_SLICE_NONE;
	size_t before_from = 0;
	enum wv_status st = wv_text_fold(walk->scratch, run, true, &folded, err);

	while (st == WV_OK && at < folded.n && !walk->is_stopped) {
		size_t sign_at = at, raw_at = raw;
		struct wv_slice sign;

		(void)wv_text_next(folded, &at);
		if (raw < run.n)
			(void)wv_text_next(run, &raw);
		sign = wv_slice_part(folded, sign_at, at - sign_at);
		if (count++)
			give(walk, &(struct wv_token){
					   .kind = WV_TOKEN_PAIR,
					   .text = wv_slice(before.p, before.n + sign.n),
					   .from = from + before_from,
					   .to = from + raw,
					   .first = before,
					   .last = at == folded.n ? sign : WV_SLICE_NONE,
				   });
		before = sign;
		before_from = raw_at;
	}
	if (st == WV_OK && count == 1)
		give(walk, &(struct wv_token){.kind = WV_TOKEN_SIGN,
		                              .text = before,
		                              .from = from,
		                              .to = to,
		                              .first = before});
	return st;
}

enum wv_status wv_tokens_each(struct wv_arena *scratch, struct wv_slice text, wv_token_visit visit,
                              void *context, struct wv_err *err)
{
	struct walk walk = {.scratch = scratch, .text = text, .visit = visit, .context = context};
	size_t at = 0, from = 0;
	enum script now = NONE;
	bool is_ascii = true;
	enum wv_status st = WV_OK;

	while (st == WV_OK && !walk.is_stopped) {
		size_t here = at;
		uint32_t c = at < text.n ? wv_text_next(text, &at) : 0;
		enum script next = script_of(c);

		if (next != now) {
			if (now == ALPHABET)
				st = give_word(&walk, from, here, is_ascii, err);
			else if (now == SIGNS)
				st = give_signs(&walk, from, here, err);
			from = here;
			now = next;
			is_ascii = true;
		}
		is_ascii = is_ascii && c < 0x80;
		if (here == text.n)
			break;
	}
	return st;
}
