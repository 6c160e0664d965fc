#include "crawler/page/times_parts.h"

/* 3小时前, 3時間前, 5分钟前, 2天前, 1周前: unit in seconds, and past the 前. */
static int32_t read_han_unit(const struct tokens *tokens, size_t *at)
{
	size_t i = *at;
	int32_t unit = 0;

	if (is_sign(token_at(tokens, i), 0x4e2a) || is_sign(token_at(tokens, i), 0x500b))
		i++; /* 个 個 */
	if (is_han_pair(tokens, i, 0x5c0f, 0x65f6) || is_han_pair(tokens, i, 0x5c0f, 0x6642) ||
	    is_han_pair(tokens, i, 0x6642, 0x9593)) {
		unit = 3600;
		i += 2;
	} else if (is_sign(token_at(tokens, i), 0x5206)) {
		unit = 60;
		i++;
		if (is_sign(token_at(tokens, i), 0x949f) || is_sign(token_at(tokens, i), 0x9418))
			i++;
	} else if (is_sign(token_at(tokens, i), 0x79d2)) {
		unit = 1;
		i++;
	} else if (is_sign(token_at(tokens, i), 0x5929) || is_sign(token_at(tokens, i), 0x65e5)) {
		unit = 86400;
		i++;
	} else if (is_sign(token_at(tokens, i), 0x5468) || is_sign(token_at(tokens, i), 0x9031)) {
		unit = 604800;
		i++;
		if (is_sign(token_at(tokens, i), 0x9593))
			i++;
	}
	if (!unit)
		return 0;
	if (is_sign(token_at(tokens, i), 0x4e4b) || is_sign(token_at(tokens, i), 0x4ee5))
		i++; /* 之前 以前 */
	if (!is_sign(token_at(tokens, i), 0x524d))
		return 0;
	*at = i + 1;
	return unit;
}

/* "an hour ago", "vor einer Stunde". */
static bool is_one(const struct token *token)
{
	static const char *const words[] = {"a",   "an",  "one", "ein", "eine", "einer", "einem",
					    "un",  "une", "una", "uno", "um",   "uma",   "en",
					    "ett", "et",  "een", "bir", "o"};

	for (size_t i = 0; i < WV_COUNT(words); i++)
		if (is_word(token, words[i]))
			return true;
	return false;
}

/* Words that join "before" and number, unit and "ago". */
static size_t skip_word(const struct tokens *tokens, size_t i, const char *word)
{
	return is_word(token_at(tokens, i), word) ? i + 1 : i;
}

bool dates_read_relative(const struct tokens *tokens, size_t *at, struct found_date *date)
{
	size_t i = *at;
	bool before = roles_of(token_at(tokens, i)) & WV_DATE_BEFORE;
	const struct token *number;
	uint64_t count = 1;
	int32_t unit;

	if (is_word(token_at(tokens, i), "il") && is_word(token_at(tokens, i + 1), "y") &&
	    is_word(token_at(tokens, i + 2), "a")) {
		before = true;
		i += 2;
	}
	if (before)
		i = skip_word(tokens, i + 1, "απο");
	number = token_at(tokens, i);
	if (is_number(number, 1, 3))
		count = number->value;
	else if (!is_one(number))
		return false;
	i++;
	unit = read_han_unit(tokens, &i);
	if (!unit) {
		unit = wv_date_unit(word_of(token_at(tokens, i)));
		if (!unit)
			return false;
		/* Hungarian and Thai say "ago" in the unit's own word. */
		if (!before && !(roles_of(token_at(tokens, i)) & WV_DATE_AFTER)) {
			i = skip_word(tokens, i + 1, "yang");
			if (!(roles_of(token_at(tokens, i)) & WV_DATE_AFTER))
				return false;
		}
		i++;
	}
	date->is_relative = true;
	date->unit_us = (int64_t)unit * WV_US_PER_S;
	date->relative_us = (int64_t)count * date->unit_us;
	*at = i;
	return true;
}

/* 今天 昨天 前天 今日 昨日, today, yesterday, gestern...: whole days back, with a clock after. */
bool dates_read_day_name(const struct tokens *tokens, size_t *at, struct found_date *date)
{
	static const struct {
		uint32_t a, b;
		int back;
	} pairs[] = {{0x4eca, 0x5929, 0}, {0x4eca, 0x65e5, 0}, {0x6628, 0x5929, 1},
		     {0x6628, 0x65e5, 1}, {0x524d, 0x5929, 2}};
	static const struct {
		const char *word;
		int back;
	} words[] = {{"today", 0},      {"yesterday", 1}, {"heute", 0},  {"gestern", 1},
		     {"oggi", 0},       {"ieri", 1},      {"hoy", 0},    {"ayer", 1},
		     {"hoje", 0},       {"ontem", 1},     {"vandaag", 0}, {"gisteren", 1},
		     {"dzisiaj", 0},    {"dzis", 0},      {"wczoraj", 1}, {"сегодня", 0},
		     {"вчера", 1},      {"bugun", 0},     {"dun", 1},     {"오늘", 0},
		     {"어제", 1},       {"hier", 1}};
	int back = -1;
	size_t i = *at;

	for (size_t k = 0; k < WV_COUNT(pairs) && back < 0; k++) {
		if (is_han_pair(tokens, i, pairs[k].a, pairs[k].b)) {
			back = pairs[k].back;
			i += 2;
		}
	}
	for (size_t k = 0; k < WV_COUNT(words) && back < 0; k++) {
		if (is_word(token_at(tokens, i), words[k].word)) {
			back = words[k].back;
			i++;
		}
	}
	if (back < 0)
		return false;
	date->is_relative = true;
	date->unit_us = WV_US_PER_DAY;
	date->relative_us = back * WV_US_PER_DAY;
	*at = i;
	return true;
}
