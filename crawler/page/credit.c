#include "crawler/page/meta.h"

#include "config/base/text.h"

/*
 * Wire credit and dateline as agencies write them: "WASHINGTON (Reuters) - ", "(AP) —",
 * "财联社6月5日讯(编辑 赵昊)", "新华社北京6月5日电", "【ワシントン=共同】", "(dpa)". The text itself
 * stays as it is; hashing and display decide what to do with it.
 */

struct agency {
	const char *sign; /* as it stands in text */
	const char *name;
};

static const struct agency agencies[] = {
	{"Reuters", "Reuters"},
	{"REUTERS", "Reuters"},
	{"Associated Press", "Associated Press"},
	{"AP", "Associated Press"},
	{"AFP", "AFP"},
	{"dpa", "dpa"},
	{"DPA", "dpa"},
	{"Bloomberg", "Bloomberg"},
	{"UPI", "UPI"},
	{"ANSA", "ANSA"},
	{"EFE", "EFE"},
	{"Lusa", "Lusa"},
	{"PTI", "PTI"},
	{"ANI", "ANI"},
	{"IANS", "IANS"},
	{"Xinhua", "Xinhua"},
	{"APA", "APA"},
	{"SID", "SID"},
	{"KNA", "KNA"},
	{"epd", "epd"},
	{"PAP", "PAP"},
	{"CTK", "ČTK"},
	{"ČTK", "ČTK"},
	{"TASS", "TASS"},
	{"ТАСС", "ТАСС"},
	{"РИА Новости", "РИА Новости"},
	{"Интерфакс", "Интерфакс"},
	{"NTB", "NTB"},
	{"TT", "TT"},
	{"STT", "STT"},
	{"Ritzau", "Ritzau"},
	{"ANP", "ANP"},
	{"Belga", "Belga"},
	{"CNA", "CNA"},
	{"Kyodo", "Kyodo"},
	{"共同", "共同通信"},
	{"時事", "時事通信"},
	{"ロイター", "ロイター"},
	{"新华社", "新华社"},
	{"中新网", "中国新闻网"},
	{"中新社", "中国新闻社"},
	{"中央社", "中央社"},
	{"财联社", "财联社"},
	{"央视网", "央视网"},
	{"新华网", "新华网"},
	{"人民网", "人民网"},
	{"澎湃新闻", "澎湃新闻"},
	{"界面新闻", "界面新闻"},
	{"证券时报网", "证券时报网"},
	{"연합뉴스", "연합뉴스"},
	{"뉴시스", "뉴시스"},
};

static const struct agency *agency_in(struct wv_slice text)
{
	for (size_t i = 0; i < WV_COUNT(agencies); i++) {
		struct wv_slice sign = wv_slice_of(agencies[i].sign);
		size_t at = wv_slice_find(text, sign, 0);
		bool whole;

		if (at == SIZE_MAX)
			continue;
		whole = sign.p[0] >= 0x80 ||
			((at == 0 || !wv_byte_is_alnum(text.p[at - 1])) &&
			 (at + sign.n == text.n || !wv_byte_is_alnum(text.p[at + sign.n])));
		if (whole)
			return &agencies[i];
	}
	return NULL;
}

/* The end of a Latin dateline at the head of a paragraph: past " - ", " — " within 90 bytes. */
static size_t latin_end(struct wv_slice text)
{
	static const char *const dashes[] = {" - ", " — ", " – ", " -- ", ") — ", "— "};
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < WV_COUNT(dashes); i++) {
		size_t at = wv_slice_find(wv_slice_part(text, 0, 100), wv_slice_of(dashes[i]), 0);

		if (at != SIZE_MAX && at < best)
			best = at;
	}
	return best;
}

static bool is_capital_start(struct wv_slice text)
{
	unsigned capitals = 0, letters = 0;

	for (size_t i = 0; i < text.n && text.p[i] != ' ' && text.p[i] != ','; i++) {
		letters += wv_byte_is_alpha(text.p[i]);
		capitals += text.p[i] >= 'A' && text.p[i] <= 'Z';
	}
	return letters >= 3 && capitals == letters;
}

static void read_head(struct wv_article *article, struct wv_slice text)
{
	size_t end;
	struct wv_slice head;
	const struct agency *agency;

	/* 财联社6月5日讯(编辑 赵昊), 新华社北京6月5日电(记者 某某) */
	for (unsigned k = 0; k < 2 && article->dateline.n == 0; k++) {
		struct wv_slice mark = k == 0 ? WV_LIT("日讯") : WV_LIT("日电");
		size_t at = wv_slice_find(wv_slice_part(text, 0, 120), mark, 0);
		size_t close;

		if (at == SIZE_MAX)
			continue;
		at += mark.n;
		/* Its brackets belong to it. */
		if (at < text.n && (text.p[at] == '(' ||
				    wv_slice_starts(wv_slice_from(text, at), WV_LIT("（")))) {
			close = wv_slice_find(text, WV_LIT("）"), at);
			if (close == SIZE_MAX)
				close = wv_slice_find(text, WV_LIT(")"), at);
			if (close != SIZE_MAX && close - at < 90)
				at = close + (text.p[close] == ')' ? 1 : 3);
		}
		article->dateline = wv_slice_part(text, 0, at);
	}
	/* 【ワシントン=共同】 */
	if (article->dateline.n == 0 && wv_slice_starts(text, WV_LIT("【"))) {
		size_t at = wv_slice_find(wv_slice_part(text, 0, 90), WV_LIT("】"), 0);

		if (at != SIZE_MAX && agency_in(wv_slice_part(text, 0, at)))
			article->dateline = wv_slice_part(text, 0, at + 3);
	}
	if (article->dateline.n == 0) {
		end = latin_end(text);
		if (end != SIZE_MAX) {
			head = wv_slice_part(text, 0, end);
			if (is_capital_start(head) ||
			    (wv_slice_find_byte(head, '(', 0) != SIZE_MAX && agency_in(head)))
				article->dateline = wv_slice_trim(head);
		}
	}
	agency = article->dateline.n ? agency_in(article->dateline) : NULL;
	if (agency)
		article->wire = wv_slice_of(agency->name);
}

/* A line of its own at the end, or in brackets at the end of the last one: "(dpa)". */
static void read_tail(struct wv_article *article, struct wv_slice text)
{
	const struct agency *agency;
	struct wv_slice tail = text;
	size_t open = SIZE_MAX;

	for (size_t at = 0; (at = wv_slice_find_byte(text, '(', at)) != SIZE_MAX; at++)
		open = at;
	if (wv_slice_find(text, WV_LIT("（"), open == SIZE_MAX ? 0 : open) != SIZE_MAX)
		open = wv_slice_find(text, WV_LIT("（"), open == SIZE_MAX ? 0 : open);
	if (open != SIZE_MAX && text.n - open < 60)
		tail = wv_slice_from(text, open);
	else if (text.n > 60)
		return;
	agency = agency_in(tail);
	if (agency)
		article->wire = wv_slice_of(agency->name);
}

/* 来源:财联社, 来源：新华社 in a line of its own or beside the date. */
static struct wv_slice stated_source(struct wv_slice text)
{
	static const char *const marks[] = {"来源:", "来源：", "來源：", "來源:", "稿源：", "出典：",
					    "提供："};

	for (size_t i = 0; i < WV_COUNT(marks); i++) {
		struct wv_slice mark = wv_slice_of(marks[i]);
		size_t at = wv_slice_find(text, mark, 0), end = 0;
		struct wv_slice rest;

		if (at == SIZE_MAX)
			continue;
		rest = wv_slice_trim(wv_slice_from(text, at + mark.n));
		while (end < rest.n) {
			size_t next = end;
			uint32_t c = wv_text_next(rest, &next);

			if (!wv_text_is_letter(c) && !wv_text_is_digit(c) && c != 0xb7 && c != '.')
				break;
			end = next;
		}
		if (end >= 4 && end <= 60)
			return wv_slice_part(rest, 0, end);
	}
	return WV_SLICE_NONE;
}

void wv_meta_credit(struct wv_article *article, struct wv_arena *arena)
{
	size_t seen = 0;

	(void)arena;
	for (size_t i = 0; i < article->block_count && seen < 3 && article->dateline.n == 0; i++) {
		if (article->blocks[i].kind != WV_BLOCK_PARAGRAPH)
			continue;
		seen++;
		read_head(article, article->blocks[i].text);
	}
	if (article->wire.n == 0 && article->block_count > 0)
		read_tail(article, article->blocks[article->block_count - 1].text);
	for (size_t i = 0; i < article->author_count && article->wire.n == 0; i++) {
		const struct agency *agency = agency_in(article->authors[i]);

		if (agency)
			article->wire = wv_slice_of(agency->name);
	}
	for (size_t i = 0; i < article->removed_count && article->wire.n == 0; i++)
		if (article->removed[i].text.n < 300)
			article->wire = stated_source(article->removed[i].text);
	for (size_t i = 0; i < article->removed_count && article->wire.n == 0; i++) {
		const struct agency *agency;

		if (!wv_slice_equals(article->removed[i].reason, WV_LIT("source-line")))
			continue;
		agency = agency_in(article->removed[i].text);
		if (agency)
			article->wire = wv_slice_of(agency->name);
	}
}
