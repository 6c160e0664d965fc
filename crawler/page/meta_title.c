#include "crawler/page/meta.h"

#include "config/base/checked.h"
#include "config/base/limits.h"
#include "config/base/text.h"
#include "crawler/page/scan.h"

/*
 * The headline: every place that may hold it gets points for what it is and for each other place
 * that says the same; a logo or a section's name stands in one place only.
 */

struct separator {
	const char *text;
	bool is_weak; /* also stands inside headlines */
};

/* A separator between headline and site at `at`: its length, or 0. */
static size_t separator_at(struct wv_slice s, size_t at, bool *is_weak)
{
	static const struct separator separators[] = {
		{" | ", false},   {" |", false},  {"|", false},   {" - ", true},  {" – ", true},
		{" — ", true},    {"_", false},   {"｜", false},  {" :: ", false}, {" » ", false},
		{" « ", false},   {" · ", true},  {" • ", false}, {"-", true},    {"－", true},
		{" : ", true},    {" / ", true},  {"：", true},   {" ‹ ", false}, {"|", false},
		{"—", true},      {"：", true},   {"│", false},   {"丨", false},
	};

	if (s.p[at] != ' ' && s.p[at] != '|' && s.p[at] != '_' && s.p[at] != '-' && s.p[at] < 0xc0)
		return 0;
	for (size_t i = 0; i < WV_COUNT(separators); i++) {
		struct wv_slice text = wv_slice_of(separators[i].text);

		if (s.n - at > text.n && memcmp(s.p + at, text.p, text.n) == 0) {
			*is_weak = separators[i].is_weak;
			return text.n;
		}
	}
	return 0;
}

/* Letters and digits of `part`, lower case, are in those of `whole`: site names in host names. */
static bool is_site_part(struct wv_slice part, struct wv_slice site, struct wv_slice host)
{
	unsigned char small[64];
	size_t n = 0;

	if (site.n > 0 && (wv_slice_find_nocase(site, part, 0) != SIZE_MAX ||
			   wv_slice_find_nocase(part, site, 0) != SIZE_MAX))
		return true;
	for (size_t i = 0; i < part.n && n < sizeof(small); i++)
		if (wv_byte_is_alnum(part.p[i]))
			small[n++] = wv_byte_lower(part.p[i]);
	return n >= 3 && host.n > 0 && wv_slice_find_nocase(host, wv_slice(small, n), 0) != SIZE_MAX;
}

/* 新华网, 经济频道, 人民日报: what Chinese titles append. */
static bool is_chinese_site_word(struct wv_slice part)
{
	static const char *const ends[] = {"网",   "频道", "日报", "晚报", "早报", "新闻",
					   "新浪", "搜狐", "网易", "门户", "财经", "资讯",
					   "在线", "论坛", "博客", "中心", "网站", "社区", "报",
					   "新聞", "網",   "ニュース", "新聞社", "オンライン"};

	if (part.n > 36 || wv_slice_find(part, WV_LIT("，"), 0) != SIZE_MAX)
		return false;
	for (size_t i = 0; i < WV_COUNT(ends); i++)
		if (wv_slice_ends(part, wv_slice_of(ends[i])))
			return true;
	return false;
}

struct wv_slice wv_meta_strip_site(struct wv_slice text, struct wv_slice site, struct wv_slice host)
{
	for (unsigned rounds = 0; rounds < 4; rounds++) {
		size_t cut = SIZE_MAX, cut_length = 0;
		bool cut_weak = false;
		struct wv_slice head, tail;

		for (size_t i = 1; i < text.n; i++) {
			bool is_weak = false;
			size_t length = separator_at(text, i, &is_weak);

			if (length == 0)
				continue;
			/* A hyphen inside a word parts nothing, but 新闻-新华网 does. */
			if (length == 1 && text.p[i] == '-' && text.p[i - 1] < 0x80 &&
			    text.p[i + 1] < 0x80)
				continue;
			cut = i;
			cut_length = length;
			cut_weak = is_weak;
			i += length - 1;
		}
		if (cut == SIZE_MAX)
			break;
		head = wv_slice_trim(wv_slice_part(text, 0, cut));
		tail = wv_slice_trim(wv_slice_from(text, cut + cut_length));
		if (is_site_part(tail, site, host) || is_chinese_site_word(tail) ||
		    (!cut_weak && tail.n < head.n && wv_text_units(tail) <= 10)) {
			text = head;
			continue;
		}
		/* "Site name | Headline" */
		{
			size_t first = SIZE_MAX, first_length = 0;
			bool weak = false;

			for (size_t i = 1; i < text.n && first == SIZE_MAX; i++) {
				first_length = separator_at(text, i, &weak);
				if (first_length > 0)
					first = i;
			}
			head = wv_slice_trim(wv_slice_part(text, 0, first));
			if (first != SIZE_MAX && first_length > 1 &&
			    is_site_part(head, site, host) && head.n * 2 < text.n) {
				text = wv_slice_trim(wv_slice_from(text, first + first_length));
				continue;
			}
		}
		break;
	}
	return text;
}

/* Does the page's title begin with it, and go on behind a separator? A blog's name stands last. */
static bool opens_title(struct wv_slice title, struct wv_slice part)
{
	bool is_weak;

	return wv_slice_starts(title, part) && part.n < title.n &&
	       separator_at(title, part.n, &is_weak) > 1;
}

struct title_candidate {
	struct wv_slice text, folded, found;
	size_t block;
	int points;
};

#define TITLES_MAX 24u

struct titles {
	struct title_candidate t[TITLES_MAX];
	size_t n;
};

static void add_title(struct titles *titles, struct wv_arena *arena, struct wv_slice text,
                      const char *found, size_t block, int points)
{
	struct title_candidate *t = &titles->t[titles->n];

	text = wv_slice_trim(wv_slice_part(text, 0, WV_LIMIT_TITLE_BYTES));
	if (text.n == 0 || titles->n == TITLES_MAX)
		return;
	*t = (struct title_candidate){.text = text, .found = wv_slice_of(found), .block = block,
				      .points = points};
	if (wv_text_fold(arena, text, false, &t->folded, NULL) != WV_OK || t->folded.n < 2)
		return;
	titles->n++;
}

static bool starts_with(struct wv_slice a, struct wv_slice prefix)
{
	return prefix.n > 0 && wv_slice_starts(a, prefix);
}

/* Points for agreement: a headline stands in several places, a logo or a section in one. */
static void judge_titles(struct titles *titles)
{
	for (size_t i = 0; i < titles->n; i++) {
		for (size_t k = 0; k < titles->n; k++) {
			const struct title_candidate *a = &titles->t[i], *b = &titles->t[k];

			if (i == k || wv_slice_equals(a->found, b->found))
				continue;
			if (wv_slice_equals(a->folded, b->folded))
				titles->t[i].points += 6;
			else if (starts_with(b->folded, a->folded) && a->folded.n * 3 > b->folded.n)
				titles->t[i].points += 4;
			else if (starts_with(a->folded, b->folded) && b->folded.n * 3 > a->folded.n)
				titles->t[i].points += 2;
		}
	}
}

/* Headings are looked at where they stand among the first hundred blocks or are h1. */
static void add_headings(struct titles *titles, const struct wv_meta_input *input,
                         struct wv_arena *arena, struct wv_slice site)
{
	struct wv_slice page_title = wv_slice_trim(input->scan->title);
	size_t headings = 0;

	for (size_t i = 0; i < input->blocks->count && headings < 12; i++) {
		const struct wv_text_block *block = &input->blocks->blocks[i];
		bool is_named = input->blocks->notes[block->node].hints & WV_HINT_TITLE;
		bool is_link = block->link_units == block->units;
		int points;

		if (!(block->heading == 1 || (block->heading == 2 && i < 150) ||
		      (is_named && i < 200 && block->units >= 8)))
			continue;
		if (block->units < 4 || block->units > 120)
			continue;
		headings++;
		points = block->heading == 1 ? (block->units >= 8 ? 13 : 5) : 1;
		/* A logo: the site's name, or a link to its home. */
		if (is_site_part(block->text, site, input->times.host) ||
		    is_chinese_site_word(block->text))
			points -= 8;
		else if (opens_title(page_title, block->text))
			points += 6 + (is_link ? 7 : 0);
		if (is_link)
			points -= 7;
		add_title(titles, arena, block->text, block->heading == 1 ? "h1" : "heading", i,
			  points);
	}
}

/* Where no heading is one: the line that the page's title begins with. */
static void add_visible(struct titles *titles, const struct wv_meta_input *input,
                        struct wv_arena *arena)
{
	struct wv_slice title = input->scan->title;
	size_t end = wv_min_size(input->blocks->count, 300);

	for (size_t i = 0, seen = 0; i < end && seen < 3; i++) {
		const struct wv_text_block *block = &input->blocks->blocks[i];

		if (block->heading || block->units < 8 || block->text.n > title.n ||
		    block->text.n * 2 < title.n || wv_slice_find(title, block->text, 0) != 0)
			continue;
		seen++;
		add_title(titles, arena, block->text, "visible", i, 5);
	}
}

/* What the head and the data say. */
static void add_stated(struct titles *titles, const struct wv_meta_input *input,
                       struct wv_arena *arena, struct wv_slice site)
{
	static const char *const others[] = {"dc.title",      "dcterms.title", "sailthru.title",
					     "parsely-title", "cxenseparse:title", "title",
					     "headline"};
	const struct wv_scan *scan = input->scan;
	struct wv_slice host = input->times.host;
	const struct {
		struct wv_slice text;
		const char *found;
		int points;
	} metas[] = {
		{wv_scan_meta_find(scan, "og:title"), "og:title", 6},
		{wv_scan_meta_find(scan, "twitter:title"), "twitter:title", 4},
		{wv_meta_first(scan, others, WV_COUNT(others), NULL), "meta title", 3},
	};

	add_title(titles, arena, wv_meta_strip_site(input->jsonld->headline, site, host),
		  "json-ld headline", WV_META_NO_BLOCK, 8);
	for (size_t i = 0; i < WV_COUNT(metas); i++)
		add_title(titles, arena,
			  wv_jsonld_text(arena, wv_meta_strip_site(metas[i].text, site, host)),
			  metas[i].found, WV_META_NO_BLOCK, metas[i].points);
	add_title(titles, arena, wv_meta_strip_site(scan->title, site, host), "title",
		  WV_META_NO_BLOCK, 3);
}

/* Where the headline stands on the page, and what else could have been it. */
static void place_headline(const struct titles *titles, size_t best, struct wv_arena *arena,
                           struct wv_meta *meta)
{
	struct wv_slice taken = titles->t[best].folded;

	for (size_t i = 0; i < titles->n; i++) {
		const struct title_candidate *t = &titles->t[i];
		bool same = wv_slice_equals(t->folded, taken);

		if (t->block != WV_META_NO_BLOCK && meta->headline_block == WV_META_NO_BLOCK &&
		    (same || starts_with(t->folded, taken) || starts_with(taken, t->folded)))
			meta->headline_block = t->block;
		if (!same)
			wv_meta_conflict(meta->article, arena, WV_LIT("title"), t->text, t->found);
	}
	/* Lists of lesser pages: any h1 is better than no place at all. */
	for (size_t i = 0; i < titles->n && meta->headline_block == WV_META_NO_BLOCK; i++)
		if (wv_slice_equals(titles->t[i].found, WV_LIT("h1")) && titles->t[i].points >= 9)
			meta->headline_block = titles->t[i].block;
}

void wv_meta_title(struct wv_meta_input *input, struct wv_arena *arena, struct wv_meta *meta)
{
	struct wv_slice site = meta->article->publisher;
	struct titles titles = {.n = 0};
	size_t best = 0;

	if (input->blocks) {
		add_headings(&titles, input, arena, site);
		add_visible(&titles, input, arena);
	}
	add_stated(&titles, input, arena, site);
	judge_titles(&titles);
	meta->headline_block = WV_META_NO_BLOCK;
	if (titles.n == 0)
		return;
	for (size_t i = 1; i < titles.n; i++)
		if (titles.t[i].points > titles.t[best].points)
			best = i;
	meta->article->title = titles.t[best].text;
	wv_meta_origin(meta->article, arena, "title", titles.t[best].found);
	place_headline(&titles, best, arena, meta);
}
