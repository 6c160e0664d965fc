#include "crawler/page/meta.h"

#include "config/base/text.h"
#include "crawler/page/scan.h"

/* Who wrote it: from data, then from the visible byline. Names only: no "By", titles, agencies. */

#define PEOPLE_MAX 16u

struct people {
	struct wv_slice names[PEOPLE_MAX];
	size_t n;
	struct wv_arena *arena;
	const struct wv_article *article;
	struct wv_slice host;
};

static bool starts_word(struct wv_slice s, const char *word)
{
	struct wv_slice w = wv_slice_of(word);

	return wv_slice_starts_nocase(s, w) &&
	       (s.n == w.n || !wv_byte_is_alnum(s.p[w.n]) || w.p[w.n - 1] >= 0x80 ||
		w.p[w.n - 1] == ' ');
}

static struct wv_slice strip_lead(struct wv_slice s)
{
	static const char *const leads[] = {
		"written by",  "reported by", "story by", "words by", "edited by", "posted by",
		"published by", "by",         "von",      "par",      "por",       "di",
		"door",        "av",          "af",       "przez",    "text:",     "text by",
		"autor:",      "autorin:",    "author:",  "authors:", "autore:",   "auteur:",
		"автор:",      "作者：",      "作者:",    "作者 ",    "记者 ",     "记者：",
		"记者:",       "本报记者",    "記者",     "文/",      "文｜",      "文：",
		"文:",         "撰文：",      "撰文/",    "特约记者", "实习记者",  "见习记者",
		"通讯员",      "编辑 ",       "编辑：",   "文 ",      "著者:",     "著者：",
		"執筆：",      "取材・文／",  "文・",     "de ",      "tekst:",    "foto:",
		"from",        "a cura di",   "eingestellt von", "veröffentlicht von",
		"zeige alle beiträge von", "artikel von:", "interview:", "artikel von", "geschrieben von",   "redactado por", "escrito por", "publié par"};
	bool again = true;

	while (again) {
		again = false;
		s = wv_slice_trim(s);
		while (s.n > 0 && (s.p[0] == ':' || s.p[0] == '|' || s.p[0] == '-' ||
				   s.p[0] == ',' || s.p[0] == '/'))
			s = wv_slice_trim(wv_slice_from(s, 1));
		for (size_t i = 0; i < WV_COUNT(leads); i++) {
			if (starts_word(s, leads[i]) && s.n > strlen(leads[i])) {
				s = wv_slice_from(s, strlen(leads[i]));
				again = true;
				break;
			}
		}
	}
	return wv_slice_trim(s);
}

/* What ends a name: a role, a paper, a place, an address. */
static struct wv_slice cut_tail(struct wv_slice s)
{
	static const char *const tails[] = {
		" | ",     " - ",    " – ",     " — ",     " (",      "（",    " @",
		" for the ", " for ", " at ",   " of ",    " in ",    " is ",  ", senior",
		" senior ", " special to ", " published", " updated", " on ",
		"•",       " am ",    " /",      "责任编辑", "发布",   " posted", "さん",
		" 기자",   "기자",   " 특파원", "記者",    "编辑",    "\t",    "\n",
		" reporter", " correspondent", " contributor"};

	for (size_t i = 0; i < WV_COUNT(tails); i++) {
		size_t at = wv_slice_find_nocase(s, wv_slice_of(tails[i]), 1);

		if (at != SIZE_MAX)
			s = wv_slice_part(s, 0, at);
	}
	s = wv_slice_trim(s);
	while (s.n > 0 && (s.p[s.n - 1] == ',' || s.p[s.n - 1] == ':' || s.p[s.n - 1] == '-' ||
			   s.p[s.n - 1] == '|' || s.p[s.n - 1] == ';'))
		s = wv_slice_trim(wv_slice_part(s, 0, s.n - 1));
	return s;
}

static bool is_name(const struct people *p, struct wv_slice s)
{
	static const char *const never[] = {"http", "www.", "@", ".com", "admin", "undefined",
					    "null", "unknown", "editorial team", "read more", "watch live",
					    "[object", "follow", "eingetragen", "themegrill", "facebook", "twitter", "subscribe", "javascript"};
	size_t units = wv_text_units(s);
	unsigned digits = 0;

	if (s.n < 2 || s.n > 120 || units > 16 || units < 1)
		return false;
	for (size_t i = 0; i < WV_COUNT(never); i++)
		if (wv_slice_find_nocase(s, wv_slice_of(never[i]), 0) != SIZE_MAX)
			return false;
	for (size_t i = 0; i < s.n; i++)
		digits += wv_byte_is_digit(s.p[i]);
	if (digits > 2)
		return false;
	(void)p;
	return true;
}

static void add_one(struct people *p, struct wv_slice s)
{
	s = cut_tail(strip_lead(s));
	if (p->n == PEOPLE_MAX || !is_name(p, s))
		return;
	for (size_t i = 0; i < p->n; i++)
		if (wv_meta_same_text(p->arena, p->names[i], s))
			return;
	p->names[p->n++] = s;
}

/* " and ", " und ", ",", "、", "&", ";" part people; a comma also parts "Name, role". */
static void add_list(struct people *p, struct wv_slice s)
{
	static const char *const parts[] = {" and ", " und ", " et ", " y ",  " e ", " og ",
					    " och ", " en ",  " & ",  " with ", "、", "，",
					    ";",     ",",     " / ",  "　",   " i ", "|"};
	size_t from = 0;

	s = strip_lead(s);
	for (size_t i = 0; i < s.n; i++) {
		for (size_t k = 0; k < WV_COUNT(parts); k++) {
			struct wv_slice part = wv_slice_of(parts[k]);

			if (s.n - i <= part.n || memcmp(s.p + i, part.p, part.n) != 0)
				continue;
			add_one(p, wv_slice_part(s, from, i - from));
			i += part.n - 1;
			from = i + 1;
			break;
		}
	}
	add_one(p, wv_slice_from(s, from));
}

static void from_metas(struct people *p, const struct wv_scan *scan)
{
	static const char *const keys[] = {
		"author",        "article:author", "dc.creator", "dcterms.creator", "parsely-author",
		"sailthru.author", "byl",          "dcsext.author", "og:article:author",
		"cxenseparse:author", "article:author:name", "authors", "dc.contributor",
		"citation_author", "twitter:creator:name", "mediator_author"};

	for (size_t k = 0; k < WV_COUNT(keys) && p->n == 0; k++) {
		for (size_t i = 0; i < scan->meta_count; i++) {
			const struct wv_scan_meta *meta = &scan->metas[i];

			if (meta->content.n > 200 ||
			    !wv_slice_equals_nocase(meta->key, wv_slice_of(keys[k])))
				continue;
			add_list(p, wv_jsonld_text(p->arena, meta->content));
		}
	}
}

/* twitter:label1 "Written by", twitter:data1 a name: how many content systems say it. */
static void from_labels(struct people *p, const struct wv_scan *scan)
{
	static const char *const keys[][2] = {{"twitter:label1", "twitter:data1"},
					      {"twitter:label2", "twitter:data2"}};
	static const char *const labels[] = {
		"written by",   "verfasst von",   "geschrieben von", "écrit par",  "escrito por",
		"scritto da",   "geschreven door", "skriven av",     "skrevet af", "skrevet av",
		"napisane przez", "написано автором", "yazan",       "執筆者",     "作者",
		"撰文",         "작성자",          "author",         "by"};

	for (size_t k = 0; k < WV_COUNT(keys) && p->n == 0; k++) {
		struct wv_slice label = wv_scan_meta_find(scan, keys[k][0]);

		for (size_t i = 0; i < WV_COUNT(labels) && p->n == 0; i++)
			if (wv_slice_equals_nocase(label, wv_slice_of(labels[i])))
				add_list(p, wv_jsonld_text(p->arena,
							   wv_scan_meta_find(scan, keys[k][1])));
	}
}

/* Leads to a page about one author: /authors/ada-quill */
static bool leads_to_author(const struct wv_html *html, uint32_t node)
{
	static const char *const folders[] = {"/author/",  "/authors/", "/autor/",  "/autoren/",
					      "/autores/", "/auteur/",  "/autore/", "/columnist/"};
	struct wv_slice href = wv_node_attr_value(html, node, WV_ATTR_HREF);

	for (size_t i = 0; html->nodes[node].tag == WV_TAG_A && i < WV_COUNT(folders); i++) {
		struct wv_slice folder = wv_slice_of(folders[i]);
		size_t at = wv_slice_find_nocase(href, folder, 0);

		if (at != SIZE_MAX && href.n > at + folder.n)
			return true;
	}
	return false;
}

static bool is_around_space(struct wv_slice before, struct wv_slice after)
{
	return before.n == 0 || after.n == 0 || wv_byte_is_space(before.p[before.n - 1]) ||
	       wv_byte_is_space(after.p[0]);
}

/*
 * An element's text for a list of people. What stands in elements of their own, one close after the
 * other, is parted: two links are two people, else a line ends and a role or a date begins.
 */
static struct wv_slice node_text(const struct wv_html *html, uint32_t node, struct wv_arena *arena)
{
	struct wv_buf text;
	struct wv_slice out = WV_SLICE_NONE;
	uint32_t before = WV_NODE_NONE;

	wv_buf_init(&text, 600);
	for (uint32_t i = node; i < html->nodes[node].end; i++) {
		uint32_t a = before == WV_NODE_NONE ? before : html->nodes[before].parent;
		uint32_t b = html->nodes[i].parent;

		if (html->nodes[i].tag != WV_TAG_TEXT)
			continue;
		if (a != WV_NODE_NONE && a != b && !wv_node_is_within(html, a, b) &&
		    !wv_node_is_within(html, b, a) &&
		    !is_around_space(html->nodes[before].text, html->nodes[i].text))
			wv_buf_add(&text, wv_node_is(html, a, WV_TAG_A) &&
							  wv_node_is(html, b, WV_TAG_A)
						  ? WV_LIT("|")
						  : WV_LIT("•"));
		wv_buf_add(&text, html->nodes[i].text);
		before = i;
	}
	if (text.failed != WV_OK || wv_text_squeeze(arena, wv_buf_slice(&text), &out, NULL) != WV_OK)
		out = WV_SLICE_NONE;
	wv_buf_done(&text);
	return out;
}

/* Four names or more, each one word: the paper's sections, not people. */
static void drop_sections(struct people *p)
{
	size_t words = 0;

	for (size_t i = 0; i < p->n; i++)
		words += p->names[i].p[0] < 0x80 &&
			 wv_slice_find_byte(p->names[i], ' ', 0) == SIZE_MAX;
	if (p->n >= 4 && words * 3 >= p->n * 2)
		p->n = 0;
}

/* rel=author, itemprop=author; elements named byline or author, links to an author's page, near the
 * headline. */
static void from_elements(struct people *p, const struct wv_meta_input *input, size_t headline)
{
	const struct wv_blocks *blocks = input->blocks;
	const struct wv_html *html = blocks->html;
	size_t low = headline == WV_META_NO_BLOCK ? 0 : headline > 3 ? headline - 3 : 0;
	size_t high = headline == WV_META_NO_BLOCK ? 60 : headline + 24;

	for (int pass = 0; pass < 3 && p->n == 0; pass++) {
		for (uint32_t i = 1; i < html->node_count && p->n < 6; i++) {
			const struct wv_node_note *note = &blocks->notes[i];
			bool is_rel, is_prop;
			struct wv_slice text;

			if (html->nodes[i].tag == WV_TAG_TEXT || html->nodes[i].attr_count == 0)
				continue;
			if (!(note->hints & WV_HINT_AUTHOR) && html->nodes[i].tag != WV_TAG_A)
				continue;
			is_rel = html->nodes[i].tag == WV_TAG_A &&
				 wv_node_attr_has_word(html, i, WV_ATTR_REL, WV_LIT("author"));
			is_prop = wv_slice_equals_nocase(
				wv_node_attr_value(html, i, WV_ATTR_ITEMPROP), WV_LIT("author"));
			if (pass > 0 && (note->first_block < low || note->first_block > high))
				continue;
			if (pass == 0 ? !(is_rel || is_prop)
			    : pass == 1 ? !(note->hints & WV_HINT_AUTHOR)
					: !leads_to_author(html, i))
				continue;
			text = node_text(html, i, p->arena);
			if (text.n == 0 && is_prop)
				text = wv_node_attr_value(html, i, WV_ATTR_CONTENT);
			if (text.n == 0 || text.n > 160)
				continue;
			add_list(p, text);
			if (pass == 1 && p->n > 0)
				i = html->nodes[i].end - 1;
		}
		drop_sections(p);
	}
}

/* Where a field of a line, behind a bar, begins with `head`; SIZE_MAX if none does. */
static size_t after_bar(struct wv_slice text, const char *head)
{
	for (size_t at = 0; (at = wv_slice_find(text, WV_LIT("| "), at)) != SIZE_MAX; at += 2)
		if (wv_slice_starts_nocase(wv_slice_from(text, at + 2), wv_slice_of(head)))
			return at + 2;
	return SIZE_MAX;
}

/* "By Jane Doe", "作者：张三", "记者 张三" in the short lines around the headline. */
static void from_lines(struct people *p, const struct wv_meta_input *input, size_t headline)
{
	static const char *const heads[] = {"by ",      "von ",    "par ",   "por ",   "作者：",
					    "作者:",    "作者 ",   "记者 ",  "记者：", "记者:",
					    "文/",      "文｜",    "撰文",   "文：",   "written by",
					    "text:",    "автор:",  "本报记者"};
	const struct wv_blocks *blocks = input->blocks;
	size_t from = headline == WV_META_NO_BLOCK ? input->body_first > 10
							     ? input->body_first - 10
							     : 0
						   : headline;

	for (size_t b = from; b < blocks->count && b < from + 20 && p->n == 0; b++) {
		const struct wv_text_block *block = &blocks->blocks[b];

		if (block->units > 60)
			continue;
		for (size_t k = 0; k < WV_COUNT(heads); k++) {
			size_t at = 0;
			size_t field = k < 4 ? after_bar(block->text, heads[k]) : SIZE_MAX;

			if (field != SIZE_MAX)
				at = field; /* "Do 25.04.24 | 14:07 Uhr | Von Eva" */
			else if (k >= 4 && k < 14 && heads[k][0] != 'w' && heads[k][0] != 't')
				at = wv_slice_find(block->text, wv_slice_of(heads[k]), 0);
			else if (!wv_slice_starts_nocase(block->text, wv_slice_of(heads[k])))
				at = SIZE_MAX;
			if (at == SIZE_MAX)
				continue;
			{
				struct wv_slice rest =
					wv_slice_from(block->text, at + strlen(heads[k]));
				size_t end = 0;

				/* In a line of several fields the name ends at a space. */
				if (k >= 4) {
					rest = wv_slice_trim(rest);
					while (end < rest.n && rest.p[end] != ' ' &&
					       rest.p[end] != '(' && rest.p[end] != '|')
						end++;
					if (end > 0 && rest.p[0] >= 0x80)
						rest = wv_slice_part(rest, 0, end);
				}
				add_list(p, rest);
			}
			break;
		}
	}
}

/* "(记者 张三)", "责任编辑：李四" in the first and the last lines, kept and removed. */
static void from_credit_line(struct people *p, struct wv_slice text)
{
	static const char *const marks[] = {"记者", "作者：", "作者:", "撰文：", "文/", "責任編輯：",
					    "责任编辑：", "责任编辑:", "编辑：", "编辑:", "責編：",
					    "责编：", "编辑 "};

	for (size_t k = 0; k < WV_COUNT(marks) && p->n == 0; k++) {
		struct wv_slice mark = wv_slice_of(marks[k]);
		size_t at = wv_slice_find(text, mark, 0), letters = 0, end;
		struct wv_slice rest;

		if (at == SIZE_MAX)
			continue;
		rest = wv_slice_trim(wv_slice_from(text, at + mark.n));
		for (end = 0; end < rest.n && letters < 5;) {
			size_t next = end;
			uint32_t c = wv_text_next(rest, &next);

			if (c < 0x4e00 || c > 0x9fff)
				break;
			letters++;
			end = next;
		}
		/* Names have two to four characters, and something ends them. */
		if (letters >= 2 && letters <= 4)
			add_one(p, wv_slice_part(rest, 0, end));
	}
}

static void from_credits(struct people *p, const struct wv_article *article)
{
	size_t n = article->block_count;

	for (size_t i = 0; i < n && p->n == 0; i++)
		if (i < 2 || i + 3 > n)
			from_credit_line(p, wv_slice_part(article->blocks[i].text, 0, 160));
	for (size_t i = 0; i < article->removed_count && p->n == 0; i++)
		if (article->removed[i].text.n < 200)
			from_credit_line(p, article->removed[i].text);
}

/* The publisher as its own author is a filler: a byline is better, but it is better than none. */
static void take_filler(struct people *p, const struct wv_meta_input *input, struct wv_slice *filler)
{
	unsigned char small[64];
	size_t n = 0;
	bool in_host;

	if (p->n != 1)
		return;
	for (size_t i = 0; i < p->names[0].n && n < sizeof(small); i++)
		if (wv_byte_is_alnum(p->names[0].p[i]))
			small[n++] = wv_byte_lower(p->names[0].p[i]);
	in_host = n >= 4 && p->host.n > 0 &&
		  wv_slice_find_nocase(p->host, wv_slice(small, n), 0) != SIZE_MAX;
	if (!in_host && !wv_meta_same_text(p->arena, p->names[0], p->article->publisher) &&
	    !wv_meta_same_text(p->arena, p->names[0], input->jsonld->publisher))
		return;
	if (filler->n == 0)
		*filler = p->names[0];
	p->n = 0;
}

/* Authors that the head names and that were not taken. */
static void note_other_authors(const struct people *taken, const struct wv_meta_input *input,
                               struct wv_article *article)
{
	struct people others = {.n = 0, .arena = taken->arena, .article = article,
				.host = taken->host};

	from_metas(&others, input->scan);
	for (size_t i = 0; i < others.n; i++) {
		bool is_taken = false;

		for (size_t k = 0; k < taken->n; k++)
			is_taken |= wv_meta_same_text(taken->arena, taken->names[k], others.names[i]);
		if (!is_taken)
			wv_meta_conflict(article, taken->arena, WV_LIT("authors"), others.names[i],
					 WV_LIT("meta author"));
	}
}

void wv_meta_authors(struct wv_meta_input *input, struct wv_arena *arena, struct wv_meta *meta)
{
	struct people p = {.n = 0, .arena = arena, .article = meta->article,
			   .host = input->times.host};
	struct wv_slice *list;
	struct wv_slice filler = WV_SLICE_NONE;
	const char *found = "json-ld author";

	for (size_t i = 0; i < input->jsonld->author_count; i++)
		add_list(&p, input->jsonld->authors[i]);
	take_filler(&p, input, &filler);
	if (p.n == 0) {
		found = "meta author";
		from_metas(&p, input->scan);
	}
	if (p.n == 0) {
		found = "meta twitter:label";
		from_labels(&p, input->scan);
	}
	take_filler(&p, input, &filler);
	if (p.n == 0 && input->blocks) {
		found = "named element";
		from_elements(&p, input, meta->headline_block);
	}
	if (p.n == 0 && input->blocks) {
		found = "byline";
		from_lines(&p, input, meta->headline_block);
	}
	if (p.n == 0) {
		found = "credit line";
		from_credits(&p, meta->article);
	}
	if (p.n == 0 && filler.n > 0) {
		found = "publisher as author";
		p.names[p.n++] = filler;
	}
	if (p.n == 0)
		return;
	wv_meta_origin(meta->article, arena, "authors", wv_slice_of(found));
	note_other_authors(&p, input, meta->article);
	list = WV_ARENA_ARRAY(arena, struct wv_slice, p.n);
	if (!list)
		return;
	memcpy(list, p.names, p.n * sizeof(*list));
	meta->article->authors = list;
	meta->article->author_count = p.n;
}
