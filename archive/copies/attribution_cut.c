#include "archive/copies/attribution_inner.h"

#include "config/base/text.h"

/*
 * Cutting a name out of its sentence: where it ends in a script with spaces and in one without, and
 * what stands around it that is not of it.
 */

bool wv_claim_ends_name(uint32_t c)
{
	return wv_text_ends_sentence(c) || c == ',' || c == ';' || c == ':' || c == '(' || c == ')' ||
	       c == 0xff0c || c == 0x3001 || c == 0xff1b || c == 0xff1a || c == 0xff08 ||
	       c == 0xff09 || c == '"' || c == 0x201c || c == 0x201d || c == '\n' || c == '[' ||
	       c == ']' || c == 0x2014 || c == 0x2013 || c == '|' || c == '/' || c == 0x3010 ||
	       c == 0x3011;
}

/* What stands in 《》, 『』 or 「」 is the name itself. */
static struct wv_slice inside_marks(struct wv_slice name)
{
	static const struct {
		const char *open, *close;
	} marks[] = {{"《", "》"}, {"『", "』"}, {"「", "」"}, {"〈", "〉"}};

	for (size_t i = 0; i < WV_COUNT(marks); i++) {
		size_t open = wv_slice_find(name, wv_slice_of(marks[i].open), 0), close;

		if (open == SIZE_MAX)
			continue;
		close = wv_slice_find(name, wv_slice_of(marks[i].close), open);
		if (close != SIZE_MAX && close > open + 3)
			return wv_slice_part(name, open + 3, close - open - 3);
	}
	return name;
}

struct wv_slice wv_claim_strip(struct wv_slice name)
{
	static const char *const heads[] = {"美国", "英国", "日本", "韩国", "法国", "德国", "俄罗斯", "美媒",
	                                    "英媒", "日媒", "美國", "英國", "韓國", "法國", "德國", "米",
	                                    "英",   "独",   "仏",   "露",   "中国", "中國", "香港"};
	static const char *const tails[] = {"网站", "網站", "记者", "記者", "援引", "的", "当地时间", "今日",
	                                    "昨日", "周一", "周二", "周三", "周四", "周五", "周六", "周日",
	                                    "独家", "最新", "電子版", "日", "号"};
	struct wv_slice inside = inside_marks(name);
	bool again = true;

	if (inside.p != name.p)
		return inside;
	while (again) {
		again = false;
		name = wv_slice_trim(name);
		for (size_t i = 0; i < WV_COUNT(tails); i++) {
			struct wv_slice tail = wv_slice_of(tails[i]);

			/* "日" only where a date stands before it. */
			if (name.n <= tail.n || !wv_slice_ends(name, tail) ||
			    (i + 2 >= WV_COUNT(tails) &&
			     !wv_byte_is_digit(name.p[name.n - tail.n - 1])))
				continue;
			name.n -= tail.n;
			while (name.n && wv_byte_is_digit(name.p[name.n - 1]))
				name.n--;
			if (wv_slice_ends(name, WV_LIT("月")))
				name.n -= 3;
			while (name.n && wv_byte_is_digit(name.p[name.n - 1]))
				name.n--;
			again = true;
		}
	}
	for (size_t i = 0; i < WV_COUNT(heads); i++) {
		struct wv_slice head = wv_slice_of(heads[i]);

		/* Before a name of another script, or a whole name: 米CNBC, not 日本放送协会. */
		if (name.n > head.n && wv_slice_starts(name, head) &&
		    (name.p[head.n] < 0x80 || wv_slice_starts(wv_slice_from(name, head.n),
		                                              WV_LIT("\xe3\x82"))))
			return wv_slice_from(name, head.n);
	}
	return name;
}

static bool is_capital(struct wv_slice text, size_t at)
{
	return at < text.n && ((text.p[at] >= 'A' && text.p[at] <= 'Z') || text.p[at] >= 0x80 ||
	                       wv_byte_is_digit(text.p[at]));
}

struct wv_slice wv_claim_words_after(struct wv_slice text, size_t at)
{
	static const char *const articles[] = {"l'agence ", "l’agence ", "the ", "der ", "die ", "das ", "dem ", "la ", "le ",
	                                       "les ", "l'", "l’", "el ", "los ", "il ", "lo ", "o ",
	                                       "a ", "de ", "het ", "agency ", "agence ", "agencia ",
	                                       "агентство ", "агентства "};
	size_t end, last;

	for (size_t i = 0; i < WV_COUNT(articles); i++)
		if (wv_slice_starts_nocase(wv_slice_from(text, at), wv_slice_of(articles[i]))) {
			at += wv_slice_of(articles[i]).n;
			break;
		}
	end = last = at;
	while (end < text.n && end - at < WV_CLAIM_NAME_BYTES_MAX && is_capital(text, end)) {
		while (end < text.n) {
			size_t next = end;
			uint32_t c = wv_text_next(text, &next);

			if (wv_text_is_space(c) || wv_claim_ends_name(c))
				break;
			end = next;
		}
		last = end;
		if (end + 1 >= text.n || text.p[end] != ' ')
			break;
		end++;
		if (wv_slice_starts(wv_slice_from(text, end), WV_LIT("of ")))
			end += 3;
		if (wv_slice_starts(wv_slice_from(text, end), WV_LIT("& ")))
			end += 2;
	}
	return wv_slice_part(text, at, last - at);
}

struct wv_slice wv_claim_words_before(struct wv_slice text, size_t end)
{
	size_t start = end, at = end;

	while (at > 0 && end - at < WV_CLAIM_NAME_BYTES_MAX) {
		size_t word = at;

		while (word > 0 && text.p[word - 1] != ' ' && text.p[word - 1] != '\n' &&
		       !wv_claim_ends_name(text.p[word - 1]))
			word--;
		if (word == at || !is_capital(text, word))
			break;
		start = word;
		if (word == 0 || text.p[word - 1] != ' ')
			break;
		at = word - 1;
	}
	return wv_slice_part(text, start, end - start);
}

struct wv_slice wv_claim_run_before(struct wv_slice text, size_t end)
{
	static const char *const particles[] = {"は", "が", "を", "に", "で", "と", "も"};
	size_t at = end;

	while (at > 0 && end - at < WV_CLAIM_NAME_BYTES_MAX) {
		size_t before = at;
		uint32_t c = wv_text_previous(text, &before);
		bool is_particle = false;

		for (size_t i = 0; i < WV_COUNT(particles); i++)
			is_particle |= wv_slice_equals(wv_slice_part(text, before, at - before),
			                               wv_slice_of(particles[i]));
		if (wv_claim_ends_name(c) || wv_text_is_space(c) || is_particle)
			break;
		at = before;
	}
	return wv_slice_part(text, at, end - at);
}
