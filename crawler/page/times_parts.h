#ifndef WV_CRAWLER_PAGE_TIMES_PARTS_H
#define WV_CRAWLER_PAGE_TIMES_PARTS_H

#include "config/base/text.h"
#include "crawler/page/dates_lang.h"
#include "crawler/page/times.h"

/*
 * What the files of times.h share:
 *   times.c           a date with its clock in a text, and what it can mean
 *   times_tokens.c    a window of text as numbers, words and signs
 *   times_clock.c     clocks and zones
 *   times_days.c      forms that name a day
 *   times_relative.c  "3 hours ago", "yesterday"
 *   times_url.c       days in addresses
 *
 * Each position of a window is tried against the forms; everything is bounded by the window. A
 * reader gives false and leaves *at where it is if its form does not stand there.
 */
#define WINDOW_BYTES 600u
#define TOKENS_MAX   160u
#define WORD_BYTES   48u

enum token_kind { TOKEN_END, TOKEN_NUMBER, TOKEN_WORD, TOKEN_SIGN };

struct token {
	enum token_kind kind;
	bool after_space;
	bool is_upper;  /* word in ASCII capitals */
	uint8_t digits; /* of a number */
	uint8_t n;      /* bytes of `word` */
	uint64_t value; /* of a number; code point of a sign */
	size_t begin, end;
	unsigned char word[WORD_BYTES];
};

struct tokens {
	struct token t[TOKENS_MAX + 1];
	size_t n;
};

/* What a form found; fields as written. */
struct found_date {
	struct wv_civil civil;
	bool has_clock, has_seconds, has_zone, is_swappable, has_year;
	bool is_relative;
	int64_t relative_us, unit_us;
	int32_t zone_minutes;
	size_t first, last; /* tokens; `last` is the one after */
};

/* ---- times_tokens.c */

/* From byte `from` of `s` on. */
void dates_tokenize(struct wv_slice s, size_t from, struct tokens *out);
/* Years between 1900 and 2100, Buddhist ones brought down; 0 if neither. */
int32_t dates_year_of(const struct token *token);

static inline const struct token *token_at(const struct tokens *tokens, size_t i)
{
	return &tokens->t[i < tokens->n ? i : tokens->n];
}

static inline struct wv_slice word_of(const struct token *token)
{
	return wv_slice(token->word, token->kind == TOKEN_WORD ? token->n : 0);
}

static inline bool is_word(const struct token *token, const char *word)
{
	return token->kind == TOKEN_WORD && wv_slice_equals(word_of(token), wv_slice_of(word));
}

static inline bool is_sign(const struct token *token, uint32_t c)
{
	return token->kind == TOKEN_SIGN && token->value == c;
}

static inline bool is_number(const struct token *token, unsigned min_digits, unsigned max_digits)
{
	return token->kind == TOKEN_NUMBER && token->digits >= min_digits &&
	       token->digits <= max_digits;
}

static inline bool is_colon(const struct token *token)
{
	return is_sign(token, ':') || is_sign(token, 0xff1a);
}

static inline unsigned roles_of(const struct token *token)
{
	return token->kind == TOKEN_WORD ? wv_date_roles(word_of(token)) : 0;
}

static inline bool is_han_pair(const struct tokens *tokens, size_t i, uint32_t a, uint32_t b)
{
	return is_sign(token_at(tokens, i), a) && is_sign(token_at(tokens, i + 1), b);
}

/* ---- times_clock.c */
bool dates_read_zone(const struct wv_times_context *context, const struct tokens *tokens,
		     size_t *at, struct found_date *date);
/* Sets hour to second. `marked`: the words before already said that a clock follows. */
bool dates_read_clock(const struct tokens *tokens, size_t *at, bool marked,
		      struct found_date *date);
/* Past what may stand between a date and its clock: signs, "at", weekdays, "(水)". */
size_t dates_skip_between(const struct tokens *tokens, size_t i, bool *marked);

/* ---- times_days.c */
bool dates_set_day(struct found_date *date, int64_t year, uint64_t month, uint64_t day);
/* Any form that names a day whole. */
bool dates_read_day(const struct wv_times_context *context, const struct tokens *tokens, size_t *at,
		    struct found_date *date);
/* A day without its year, where a clock follows. */
bool dates_read_month_day_clock(const struct wv_times_context *context, const struct tokens *tokens,
				size_t *at, struct found_date *date);
/* 20240605102030 and kin, where nothing but a date can be meant. */
bool dates_read_compact(const struct tokens *tokens, size_t *at, struct found_date *date);

/* ---- times_relative.c */
bool dates_read_relative(const struct tokens *tokens, size_t *at, struct found_date *date);
bool dates_read_day_name(const struct tokens *tokens, size_t *at, struct found_date *date);

/* ---- times.c */

/* The stated time of what a form found; false for no day of the calendar. */
bool dates_finish(struct wv_arena *arena, const struct wv_times_context *context,
		  struct found_date *date, struct wv_stated_time *out);
bool dates_is_sane(const struct wv_times_context *context, const struct wv_stated_time *t);

#endif
