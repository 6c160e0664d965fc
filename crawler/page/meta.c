#include "crawler/page/meta.h"

#include "config/base/limits.h"
#include "config/base/text.h"
#include "config/domain.h"
#include "crawler/page/scan.h"

static struct wv_slice first_meta(const struct wv_scan *scan, const char *const *keys, size_t count,
                                  const char **which)
{
	for (size_t i = 0; i < count; i++) {
		struct wv_slice value = wv_slice_trim(wv_scan_meta_find(scan, keys[i]));

		if (value.n > 0) {
			if (which)
				*which = keys[i];
			return value;
		}
	}
	return WV_SLICE_NONE;
}

void wv_meta_conflict(struct wv_article *article, struct wv_arena *arena, struct wv_slice field,
                      struct wv_slice value, struct wv_slice found)
{
	struct wv_conflict *list;

	if (value.n == 0 || article->conflict_count >= WV_CONFLICTS_MAX)
		return;
	/* The array was made with room for all when the first conflict came. */
	if (article->conflict_count == 0) {
		list = WV_ARENA_ARRAY(arena, struct wv_conflict, WV_CONFLICTS_MAX);
		if (!list)
			return;
		article->conflicts = list;
	} else {
		list = (struct wv_conflict *)(uintptr_t)article->conflicts;
	}
	list[article->conflict_count++] =
		(struct wv_conflict){.field = field, .value = wv_text_cut(value, 500), .found = found};
}

bool wv_meta_same_text(struct wv_arena *arena, struct wv_slice a, struct wv_slice b)
{
	struct wv_slice fa, fb;

	if (a.n == 0 || b.n == 0)
		return false;
	if (wv_slice_equals(a, b))
		return true;
	if (wv_text_fold(arena, a, false, &fa, NULL) != WV_OK ||
	    wv_text_fold(arena, b, false, &fb, NULL) != WV_OK)
		return false;
	return fa.n > 0 && wv_slice_equals(fa, fb);
}

/* ---------------------------------------------------------------- headline */

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

static void read_title(struct wv_meta_input *input, struct wv_arena *arena, struct wv_meta *meta)
{
	static const char *const others[] = {"dc.title",      "dcterms.title", "sailthru.title",
					     "parsely-title", "cxenseparse:title", "title",
					     "headline"};
	const struct wv_scan *scan = input->scan;
	struct wv_slice site = meta->article->publisher;
	struct wv_slice host = input->times.host;
	struct wv_slice og = wv_scan_meta_find(scan, "og:title");
	struct wv_slice page_title = wv_meta_strip_site(scan->title, site, host);
	struct wv_slice other = first_meta(scan, others, WV_COUNT(others), NULL);
	struct titles titles = {.n = 0};
	size_t best = SIZE_MAX, headings = 0;

	/* Headings are looked at where they stand among the first hundred blocks or are h1. */
	for (size_t i = 0; input->blocks && i < input->blocks->count && headings < 12; i++) {
		const struct wv_text_block *block = &input->blocks->blocks[i];
		bool is_named = input->blocks->notes[block->node].hints & WV_HINT_TITLE;
		int points;

		if (!(block->heading == 1 || (block->heading == 2 && i < 150) ||
		      (is_named && i < 200 && block->units >= 8)))
			continue;
		if (block->units < 4 || block->units > 120)
			continue;
		headings++;
		points = block->heading == 1 ? (block->units >= 8 ? 13 : 5) : 1;
		/* A logo: the site's name, or a link to its home. */
		if (is_site_part(block->text, site, host) || is_chinese_site_word(block->text))
			points -= 8;
		if (block->link_units == block->units)
			points -= 7;
		add_title(&titles, arena, block->text, block->heading == 1 ? "h1" : "heading", i,
			  points);
	}
	/* Where no heading is one: the line that the page's title begins with. */
	for (size_t i = 0, seen = 0; input->blocks && i < input->blocks->count && i < 300 && seen < 3;
	     i++) {
		const struct wv_text_block *block = &input->blocks->blocks[i];
		size_t at;

		if (block->heading || block->units < 8 || block->text.n > scan->title.n ||
		    block->text.n * 2 < scan->title.n)
			continue;
		at = wv_slice_find(scan->title, block->text, 0);
		if (at != 0)
			continue;
		seen++;
		add_title(&titles, arena, block->text, "visible", i, 5);
	}
	add_title(&titles, arena, wv_meta_strip_site(input->jsonld->headline, site, host),
		  "json-ld headline", WV_META_NO_BLOCK, 8);
	add_title(&titles, arena, wv_jsonld_text(arena, wv_meta_strip_site(og, site, host)), "og:title",
		  WV_META_NO_BLOCK, 6);
	add_title(&titles, arena,
		  wv_jsonld_text(arena, wv_meta_strip_site(
						wv_scan_meta_find(scan, "twitter:title"), site, host)),
		  "twitter:title", WV_META_NO_BLOCK, 4);
	add_title(&titles, arena, wv_jsonld_text(arena, wv_meta_strip_site(other, site, host)),
		  "meta title", WV_META_NO_BLOCK, 3);
	add_title(&titles, arena, page_title, "title", WV_META_NO_BLOCK, 3);
	judge_titles(&titles);
	for (size_t i = 0; i < titles.n; i++)
		if (best == SIZE_MAX || titles.t[i].points > titles.t[best].points)
			best = i;
	meta->headline_block = WV_META_NO_BLOCK;
	if (best == SIZE_MAX)
		return;
	meta->article->title = titles.t[best].text;
	for (size_t i = 0; i < titles.n; i++) {
		bool same = wv_slice_equals(titles.t[i].folded, titles.t[best].folded);

		if (titles.t[i].block != WV_META_NO_BLOCK &&
		    meta->headline_block == WV_META_NO_BLOCK &&
		    (same || starts_with(titles.t[i].folded, titles.t[best].folded) ||
		     starts_with(titles.t[best].folded, titles.t[i].folded)))
			meta->headline_block = titles.t[i].block;
		if (!same)
			wv_meta_conflict(meta->article, arena, WV_LIT("title"), titles.t[i].text,
					 titles.t[i].found);
	}
	/* Lists of lesser pages: any h1 is better than no place at all. */
	for (size_t i = 0; i < titles.n && meta->headline_block == WV_META_NO_BLOCK; i++)
		if (wv_slice_equals(titles.t[i].found, WV_LIT("h1")) && titles.t[i].points >= 9)
			meta->headline_block = titles.t[i].block;
}

/* ---------------------------------------------------------------- language */

static const char *script_language(struct wv_slice text)
{
	size_t han = 0, kana = 0, hangul = 0, cyrillic = 0, arabic = 0, greek = 0, hebrew = 0,
	       thai = 0, deva = 0, total = 0, ukrainian = 0;

	for (size_t at = 0; at < text.n && total < 3000;) {
		uint32_t c = wv_text_next(text, &at);

		if (c < 0x80) {
			total += wv_byte_is_alpha((unsigned char)c);
			continue;
		}
		total++;
		if (c >= 0x3040 && c <= 0x30ff)
			kana++;
		else if (c >= 0x3400 && c <= 0x9fff)
			han++;
		else if (c >= 0xac00 && c <= 0xd7a3)
			hangul++;
		else if (c >= 0x400 && c <= 0x4ff) {
			cyrillic++;
			ukrainian += c == 0x456 || c == 0x457 || c == 0x454 || c == 0x491;
		} else if (c >= 0x600 && c <= 0x6ff)
			arabic++;
		else if (c >= 0x370 && c <= 0x3ff)
			greek++;
		else if (c >= 0x590 && c <= 0x5ff)
			hebrew++;
		else if (c >= 0xe00 && c <= 0xe7f)
			thai++;
		else if (c >= 0x900 && c <= 0x97f)
			deva++;
	}
	if (total < 20)
		return NULL;
	if (kana * 8 > total)
		return "ja";
	if (hangul * 4 > total)
		return "ko";
	if (han * 4 > total)
		return kana * 20 > total ? "ja" : "zh";
	if (cyrillic * 3 > total)
		return ukrainian * 40 > cyrillic ? "uk" : "ru";
	if (arabic * 3 > total)
		return "ar";
	if (greek * 3 > total)
		return "el";
	if (hebrew * 3 > total)
		return "he";
	if (thai * 3 > total)
		return "th";
	if (deva * 3 > total)
		return "hi";
	return NULL;
}

static struct wv_slice clean_language(struct wv_arena *arena, struct wv_slice value)
{
	unsigned char tag[16];
	size_t n = 0;

	value = wv_slice_trim(value);
	if (value.n < 2 || value.n > 12 || !wv_byte_is_alpha(value.p[0]) ||
	    !wv_byte_is_alpha(value.p[1]))
		return WV_SLICE_NONE;
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = value.p[i] == '_' ? '-' : value.p[i];

		if (!wv_byte_is_alnum(c) && c != '-')
			return WV_SLICE_NONE;
		tag[n++] = c;
	}
	if (n > 3 && wv_slice_find_byte(wv_slice(tag, n), '-', 0) == SIZE_MAX)
		return WV_SLICE_NONE; /* "english" */
	return wv_arena_copy(arena, wv_slice(tag, n));
}

static void read_language(struct wv_meta_input *input, struct wv_arena *arena,
                          struct wv_article *article)
{
	struct wv_slice sample = WV_SLICE_NONE;
	struct wv_slice declared;
	const char *script = NULL;
	const char *basis = "html";

	if (input->blocks && input->blocks->count > 0) {
		/* The longest block speaks for the page. */
		size_t longest = 0;

		for (size_t i = 0; i < input->blocks->count; i++)
			if (input->blocks->blocks[i].prose >
			    input->blocks->blocks[longest].prose)
				longest = i;
		sample = input->blocks->blocks[longest].text;
	}
	if (sample.n < 60)
		sample = input->scan->title;
	script = script_language(sample);
	declared = clean_language(arena, input->scan->lang);
	if (declared.n == 0) {
		declared = clean_language(arena, input->jsonld->language);
		basis = "json-ld";
	}
	if (declared.n == 0) {
		declared = clean_language(arena, wv_scan_meta_find(input->scan, "og:locale"));
		basis = "og:locale";
	}
	if (declared.n == 0) {
		declared = clean_language(arena,
					  wv_scan_meta_find(input->scan, "content-language"));
		basis = "meta content-language";
	}
	/* A template's lang="en" over Chinese text is common; Serbian and Macedonian are not
	 * Russian, nor Persian Arabic, so a declared language keeps its own script. */
	if (script &&
	    (declared.n == 0 ||
	     ((script[0] == 'z' || script[0] == 'j' || script[0] == 'k') &&
	      !wv_slice_starts_nocase(declared, wv_slice_of(script))) ||
	     (wv_slice_starts_nocase(declared, WV_LIT("en")) && script[0] != 0))) {
		declared = wv_slice_of(script);
		basis = "text";
	}
	article->language = declared;
	article->language_basis = declared.n ? wv_slice_of(basis) : WV_SLICE_NONE;
}

/* ------------------------------------------------- section, links, picture */

static struct wv_slice visible_breadcrumb(const struct wv_blocks *blocks)
{
	/* The second item of a breadcrumb: 首页 > 财经 > 正文. */
	for (size_t i = 0; blocks && i + 1 < blocks->count && i < 200; i++) {
		const struct wv_text_block *block = &blocks->blocks[i];
		uint32_t crumb = wv_blocks_hinted(blocks, block->node, WV_NODE_NONE,
						  WV_HINT(WV_REASON_NAVIGATION));
		static const char *const homes[] = {"home", "首页", "Home", "ホーム", "トップ",
						    "Startseite", "Accueil", "Inicio"};

		if (crumb == WV_NODE_NONE || block->units > 8)
			continue;
		for (size_t k = 0; k < WV_COUNT(homes); k++) {
			const struct wv_text_block *next = &blocks->blocks[i + 1];

			if (wv_slice_equals(block->text, wv_slice_of(homes[k])) &&
			    next->units <= 8 && next->link_units > 0 &&
			    wv_node_is_within(blocks->html, next->node, crumb))
				return next->text;
		}
	}
	return WV_SLICE_NONE;
}

/* 类别:财经, 栏目：要闻 in the lines of the article's head. */
static struct wv_slice labelled_section(const struct wv_blocks *blocks)
{
	static const char *const marks[] = {"类别:", "类别：", "類別：", "栏目：", "栏目:",
					    "频道：", "カテゴリ："};

	for (size_t b = 0; blocks && b < blocks->count && b < 60; b++) {
		const struct wv_text_block *block = &blocks->blocks[b];

		for (size_t i = 0; block->units <= 60 && i < WV_COUNT(marks); i++) {
			struct wv_slice mark = wv_slice_of(marks[i]);
			size_t at = wv_slice_find(block->text, mark, 0), end = 0;
			struct wv_slice rest;

			if (at == SIZE_MAX)
				continue;
			rest = wv_slice_trim(wv_slice_from(block->text, at + mark.n));
			while (end < rest.n && rest.p[end] != ' ' && rest.p[end] != '|')
				end++;
			if (end > 0 && end <= 40)
				return wv_slice_part(rest, 0, end);
		}
	}
	return WV_SLICE_NONE;
}

static void read_section(struct wv_meta_input *input, struct wv_arena *arena,
                         struct wv_article *article)
{
	static const char *const keys[] = {"article:section", "parsely-section", "sailthru.section",
					   "section", "cxenseparse:recs:category", "category"};
	struct wv_slice value = input->jsonld->section;
	const char *basis = "page";

	if (value.n == 0)
		value = wv_jsonld_text(arena, first_meta(input->scan, keys, WV_COUNT(keys), NULL));
	if (value.n == 0)
		value = labelled_section(input->blocks);
	if (value.n == 0) {
		value = input->jsonld->breadcrumb;
		basis = "breadcrumb";
	}
	if (value.n == 0)
		value = visible_breadcrumb(input->blocks);
	if (value.n == 0) {
		value = input->source_category;
		basis = "source";
	} else if (input->source_category.n > 0) {
		wv_meta_conflict(article, arena, WV_LIT("category"), input->source_category,
				 WV_LIT("source"));
	}
	article->category = wv_text_cut(value, 200);
	article->category_basis = value.n ? wv_slice_of(basis) : WV_SLICE_NONE;
}

static void read_keywords(struct wv_meta_input *input, struct wv_arena *arena,
                          struct wv_article *article)
{
	static const char *const keys[] = {"news_keywords", "keywords", "article:tag",
					   "parsely-tags", "sailthru.tags"};
	struct wv_slice *list;
	struct wv_slice value;
	size_t n = 0;

	if (input->jsonld->keyword_count > 0) {
		article->keywords = input->jsonld->keywords;
		article->keyword_count = input->jsonld->keyword_count;
		return;
	}
	value = first_meta(input->scan, keys, WV_COUNT(keys), NULL);
	list = WV_ARENA_ARRAY(arena, struct wv_slice, WV_JSONLD_WORDS_MAX);
	if (!list || value.n == 0)
		return;
	value = wv_jsonld_text(arena, value);
	for (size_t i = 0, from = 0; i <= value.n && n < WV_JSONLD_WORDS_MAX; i++) {
		size_t wide = 0;

		if (i < value.n && value.p[i] != ',' && value.p[i] != ';') {
			/* ，and 、 */
			if (value.n - i >= 3 && ((value.p[i] == 0xef && value.p[i + 1] == 0xbc &&
						  value.p[i + 2] == 0x8c) ||
						 (value.p[i] == 0xe3 && value.p[i + 1] == 0x80 &&
						  value.p[i + 2] == 0x81)))
				wide = 2;
			else
				continue;
		}
		list[n] = wv_slice_trim(wv_slice_part(value, from, i - from));
		if (list[n].n > 0 && list[n].n < 200)
			n++;
		from = i + 1 + wide;
		i += wide;
	}
	article->keywords = list;
	article->keyword_count = n;
}

static void read_publisher(struct wv_meta_input *input, struct wv_arena *arena,
                           struct wv_article *article)
{
	static const char *const keys[] = {"og:site_name", "application-name", "dc.publisher",
					   "publisher", "cre", "al:android:app_name"};

	article->publisher = input->jsonld->publisher;
	if (article->publisher.n == 0)
		article->publisher = wv_jsonld_text(
			arena, first_meta(input->scan, keys, WV_COUNT(keys), NULL));
	if (article->publisher.n == 0)
		article->publisher = input->source_name;
	article->publisher = wv_text_cut(article->publisher, 200);
}

void wv_meta_read(struct wv_meta_input *input, struct wv_arena *arena, struct wv_meta *meta)
{
	static const char *const images[] = {"og:image", "og:image:url", "twitter:image",
					     "twitter:image:src", "sailthru.image.full",
					     "parsely-image-url"};
	static const char *const texts[] = {"og:description", "description", "twitter:description",
					    "dc.description"};
	struct wv_article *article = meta->article;
	struct wv_slice tier;

	read_publisher(input, arena, article);
	read_language(input, arena, article);
	input->times.language = article->language;
	read_title(input, arena, meta);
	read_section(input, arena, article);
	wv_meta_links(input, arena, article);
	read_keywords(input, arena, article);
	article->image = wv_meta_resolve(input, arena,
				 first_meta(input->scan, images, WV_COUNT(images), NULL));
	if (article->image.n == 0)
		article->image = wv_meta_resolve(input, arena, input->jsonld->image);
	article->description = input->jsonld->description;
	if (article->description.n == 0)
		article->description = wv_jsonld_text(
			arena, first_meta(input->scan, texts, WV_COUNT(texts), NULL));
	article->description = wv_text_cut(article->description, 2000);
	article->is_free = input->jsonld->is_free;
	tier = wv_scan_meta_find(input->scan, "article:content_tier");
	if (article->is_free < 0 && tier.n > 0)
		article->is_free = wv_slice_equals_nocase(tier, WV_LIT("free")) ? 1 : 0;
}
