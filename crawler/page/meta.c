#include "crawler/page/meta.h"

#include "config/base/limits.h"
#include "config/base/text.h"
#include "config/domain.h"
#include "crawler/page/scan.h"

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

/* Another language than the one taken, whatever the region. */
static void note_language(struct wv_article *article, struct wv_arena *arena, struct wv_slice other,
                          const char *found)
{
	struct wv_slice tag = clean_language(arena, other);

	if (tag.n >= 2 && article->language.n >= 2 &&
	    !wv_slice_starts_nocase(article->language, wv_slice_part(tag, 0, 2)))
		wv_meta_conflict(article, arena, WV_LIT("language"), tag, wv_slice_of(found));
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
	note_language(article, arena, input->scan->lang, "html");
	note_language(article, arena, input->jsonld->language, "json-ld");
	note_language(article, arena, wv_scan_meta_find(input->scan, "og:locale"), "og:locale");
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

/* What lost against a value, where it says something else. */
static void note_other(struct wv_article *article, struct wv_arena *arena, const char *field,
                       struct wv_slice taken, struct wv_slice other, const char *found)
{
	if (other.n > 0 && taken.n > 0 && !wv_meta_same_text(arena, taken, other))
		wv_meta_conflict(article, arena, wv_slice_of(field), other, wv_slice_of(found));
}

static struct wv_slice meta_origin(struct wv_arena *arena, const char *key)
{
	return wv_arena_format(arena, "meta %s", key);
}

static void read_section(struct wv_meta_input *input, struct wv_arena *arena,
                         struct wv_article *article)
{
	static const char *const keys[] = {"article:section", "parsely-section", "sailthru.section",
					   "section", "cxenseparse:recs:category", "category"};
	const char *key = "";
	struct wv_slice stated = wv_jsonld_text(
		arena, wv_meta_first(input->scan, keys, WV_COUNT(keys), &key));
	struct wv_slice value = input->jsonld->section;
	struct wv_slice found = WV_LIT("json-ld articleSection");
	const char *basis = "page";

	if (value.n > 0) {
		note_other(article, arena, "category", value, stated, "meta section");
	} else {
		value = stated;
		found = meta_origin(arena, key);
	}
	if (value.n == 0) {
		value = labelled_section(input->blocks);
		found = WV_LIT("label");
	}
	if (value.n == 0) {
		value = input->jsonld->breadcrumb;
		found = WV_LIT("json-ld breadcrumb");
		basis = "breadcrumb";
	}
	if (value.n == 0) {
		value = visible_breadcrumb(input->blocks);
		found = WV_LIT("breadcrumb");
	}
	if (value.n == 0) {
		value = input->source_category;
		found = WV_LIT("source");
		basis = "source";
	} else {
		note_other(article, arena, "category", value, input->source_category, "source");
	}
	article->category = wv_text_cut(value, 200);
	article->category_basis = value.n ? wv_slice_of(basis) : WV_SLICE_NONE;
	if (value.n)
		wv_meta_origin(article, arena, "category", found);
}

/* Words parted by commas and semicolons, also full-width ones, behind those in `list`. */
static size_t split_words(struct wv_slice value, struct wv_slice *list, size_t n)
{
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
	return n;
}

static void read_keywords(struct wv_meta_input *input, struct wv_arena *arena,
                          struct wv_article *article)
{
	static const char *const keys[] = {"news_keywords", "keywords", "article:tag",
					   "parsely-tags", "sailthru.tags"};
	const char *key = "";
	struct wv_slice *list;
	size_t n = 0;

	if (input->jsonld->keyword_count > 0) {
		article->keywords = input->jsonld->keywords;
		article->keyword_count = input->jsonld->keyword_count;
		wv_meta_origin(article, arena, "keywords", WV_LIT("json-ld keywords"));
		return;
	}
	list = WV_ARENA_ARRAY(arena, struct wv_slice, WV_JSONLD_WORDS_MAX + 1);
	if (!list || wv_meta_first(input->scan, keys, WV_COUNT(keys), &key).n == 0)
		return;
	/* article:tag stands once for each word. */
	for (size_t i = 0; i < input->scan->meta_count; i++)
		if (wv_slice_equals_nocase(input->scan->metas[i].key, wv_slice_of(key)))
			n = split_words(wv_jsonld_text(arena, input->scan->metas[i].content), list, n);
	article->keywords = list;
	article->keyword_count = n;
	wv_meta_origin(article, arena, "keywords", meta_origin(arena, key));
}

static void read_publisher(struct wv_meta_input *input, struct wv_arena *arena,
                           struct wv_article *article)
{
	static const char *const keys[] = {"og:site_name", "application-name", "dc.publisher",
					   "publisher", "cre", "al:android:app_name"};
	const char *key = "";
	struct wv_slice stated = wv_jsonld_text(
		arena, wv_meta_first(input->scan, keys, WV_COUNT(keys), &key));
	struct wv_slice value = input->jsonld->publisher;
	struct wv_slice found = WV_LIT("json-ld publisher");

	if (value.n > 0) {
		note_other(article, arena, "source", value, stated, "meta publisher");
	} else if (stated.n > 0) {
		value = stated;
		found = meta_origin(arena, key);
	} else {
		value = input->source_name;
		found = WV_LIT("source");
	}
	article->publisher = wv_text_cut(value, 200);
	if (value.n)
		wv_meta_origin(article, arena, "source", found);
}

static void read_picture(struct wv_meta_input *input, struct wv_arena *arena,
                         struct wv_article *article)
{
	static const char *const images[] = {"og:image", "og:image:url", "twitter:image",
					     "twitter:image:src", "sailthru.image.full",
					     "parsely-image-url"};
	const char *key = "";

	article->image = wv_meta_resolve(
		input, arena, wv_meta_first(input->scan, images, WV_COUNT(images), &key));
	if (article->image.n > 0) {
		wv_meta_origin(article, arena, "image", meta_origin(arena, key));
		return;
	}
	article->image = wv_meta_resolve(input, arena, input->jsonld->image);
	if (article->image.n > 0)
		wv_meta_origin(article, arena, "image", WV_LIT("json-ld image"));
}

static void read_description(struct wv_meta_input *input, struct wv_arena *arena,
                             struct wv_article *article)
{
	static const char *const texts[] = {"og:description", "description", "twitter:description",
					    "dc.description"};
	const char *key = "";
	struct wv_slice value = input->jsonld->description;
	struct wv_slice found = WV_LIT("json-ld description");

	if (value.n == 0) {
		value = wv_jsonld_text(arena,
				       wv_meta_first(input->scan, texts, WV_COUNT(texts), &key));
		found = meta_origin(arena, key);
	}
	article->description = wv_text_cut(value, 2000);
	if (value.n > 0)
		wv_meta_origin(article, arena, "description", found);
}

/* Is the article free to read, as its page says it? */
static void read_wall(struct wv_meta_input *input, struct wv_arena *arena,
                      struct wv_article *article)
{
	struct wv_slice tier = wv_slice_trim(
		wv_scan_meta_find(input->scan, "article:content_tier"));
	int8_t by_tier = tier.n == 0 ? -1 : wv_slice_equals_nocase(tier, WV_LIT("free"));

	article->is_free = input->jsonld->is_free;
	if (article->is_free >= 0) {
		wv_meta_origin(article, arena, "free", WV_LIT("json-ld isAccessibleForFree"));
		if (by_tier >= 0 && by_tier != article->is_free)
			wv_meta_conflict(article, arena, WV_LIT("free"), tier,
					 WV_LIT("meta article:content_tier"));
	} else if (by_tier >= 0) {
		article->is_free = by_tier;
		wv_meta_origin(article, arena, "free", WV_LIT("meta article:content_tier"));
	}
}

void wv_meta_read(struct wv_meta_input *input, struct wv_arena *arena, struct wv_meta *meta)
{
	struct wv_article *article = meta->article;

	read_publisher(input, arena, article);
	read_language(input, arena, article);
	input->times.language = article->language;
	wv_meta_title(input, arena, meta);
	read_section(input, arena, article);
	wv_meta_links(input, arena, article);
	read_keywords(input, arena, article);
	read_picture(input, arena, article);
	read_description(input, arena, article);
	read_wall(input, arena, article);
}
