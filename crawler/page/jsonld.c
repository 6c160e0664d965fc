#include "crawler/page/jsonld.h"

#include "config/base/limits.h"
#include "config/base/text.h"
#include "crawler/page/markup.h"
#include "crawler/page/scan.h"

/* Nodes looked at on one page: a page of products may hold thousands. */
#define NODES_MAX   2000u
#define STACK_MAX   512u

struct wv_slice wv_jsonld_text(struct wv_arena *arena, struct wv_slice value)
{
	struct wv_slice out = WV_SLICE_NONE;

	value = wv_slice_trim(value);
	if (value.n == 0)
		return out;
	if (wv_slice_find_byte(value, '<', 0) != SIZE_MAX ||
	    wv_slice_find_byte(value, '&', 0) != SIZE_MAX) {
		/* Escaped twice is common: "&amp;quot;". */
		out = wv_markup_text(arena, value, value.n);
		if (wv_slice_find_byte(out, '&', 0) != SIZE_MAX &&
		    wv_slice_find_byte(out, ';', 0) != SIZE_MAX)
			out = wv_markup_decode(arena, out, false);
		value = out;
	}
	if (wv_text_squeeze(arena, value, &out, NULL) != WV_OK)
		return WV_SLICE_NONE;
	return out;
}

static bool type_ends(struct wv_slice type, struct wv_slice suffix)
{
	return type.n >= suffix.n &&
	       wv_slice_equals_nocase(wv_slice_from(type, type.n - suffix.n), suffix);
}

/* Article, NewsArticle, ReportageNewsArticle, BlogPosting, LiveBlogPosting ... 0 for others. */
static int article_rank(struct wv_slice type)
{
	if (type_ends(type, WV_LIT("NewsArticle")) || type_ends(type, WV_LIT("LiveBlogPosting")))
		return 4;
	if (type_ends(type, WV_LIT("Article")) || type_ends(type, WV_LIT("BlogPosting")) ||
	    type_ends(type, WV_LIT("Report")) || type_ends(type, WV_LIT("SocialMediaPosting")))
		return 3;
	if (type_ends(type, WV_LIT("Review")) || type_ends(type, WV_LIT("Recipe")) ||
	    type_ends(type, WV_LIT("NewsStory")))
		return 2;
	if (type_ends(type, WV_LIT("WebPage")) || type_ends(type, WV_LIT("VideoObject")))
		return 1;
	return 0;
}

static struct wv_slice type_of(const struct wv_json *node)
{
	const struct wv_json *type = wv_json_get(node, "@type");
	struct wv_slice best = WV_SLICE_NONE;

	if (!type)
		type = wv_json_get(node, "type");
	if (!type)
		return best;
	if (type->kind == WV_JSON_STRING)
		return type->text;
	for (size_t i = 0; type->kind == WV_JSON_ARRAY && i < type->n; i++) {
		if (type->items[i].kind == WV_JSON_STRING &&
		    (best.n == 0 || article_rank(type->items[i].text) > article_rank(best)))
			best = type->items[i].text;
	}
	return best;
}

/* A string, or the first of a list, or an object's name. */
static struct wv_slice string_of(struct wv_arena *arena, const struct wv_json *value,
                                 const char *member)
{
	for (unsigned steps = 0; value && steps < 4; steps++) {
		if (value->kind == WV_JSON_STRING)
			return wv_jsonld_text(arena, value->text);
		if (value->kind == WV_JSON_ARRAY)
			value = value->n > 0 ? &value->items[0] : NULL;
		else if (value->kind == WV_JSON_OBJECT)
			value = wv_json_get(value, wv_json_get(value, member) ? member : "@value");
		else
			return WV_SLICE_NONE;
	}
	return WV_SLICE_NONE;
}

static void add_person(struct wv_arena *arena, const struct wv_json *value, struct wv_jsonld *out)
{
	struct wv_slice name = string_of(arena, value, "name");

	if (name.n == 0 || out->author_count == WV_JSONLD_PEOPLE_MAX)
		return;
	for (size_t i = 0; i < out->author_count; i++)
		if (wv_slice_equals_nocase(out->authors[i], name))
			return;
	out->authors[out->author_count++] = name;
}

static void add_people(struct wv_arena *arena, const struct wv_json *value, struct wv_jsonld *out)
{
	if (!value)
		return;
	if (value->kind == WV_JSON_ARRAY) {
		for (size_t i = 0; i < value->n; i++)
			add_person(arena, &value->items[i], out);
		return;
	}
	if (value->kind == WV_JSON_OBJECT) {
		const struct wv_json *names = wv_json_get(value, "name");

		if (names && names->kind == WV_JSON_ARRAY) {
			for (size_t i = 0; i < names->n; i++)
				add_person(arena, &names->items[i], out);
			return;
		}
	}
	add_person(arena, value, out);
}

static void add_keyword(struct wv_slice word, struct wv_jsonld *out)
{
	word = wv_slice_trim(word);
	if (word.n > 0 && word.n < 200 && out->keyword_count < WV_JSONLD_WORDS_MAX)
		out->keywords[out->keyword_count++] = word;
}

static void add_keywords(struct wv_arena *arena, const struct wv_json *value,
                         struct wv_jsonld *out)
{
	if (value && value->kind == WV_JSON_STRING) {
		struct wv_cursor cursor = wv_cursor(wv_jsonld_text(arena, value->text));

		while (wv_cursor_left(&cursor) > 0)
			add_keyword(wv_cursor_until(&cursor, ','), out);
	} else if (value && value->kind == WV_JSON_ARRAY) {
		for (size_t i = 0; i < value->n; i++)
			add_keyword(string_of(arena, &value->items[i], "name"), out);
	}
}

static int8_t free_of(const struct wv_json *value)
{
	if (!value)
		return -1;
	if (value->kind == WV_JSON_BOOL)
		return value->boolean ? 1 : 0;
	if (value->kind == WV_JSON_STRING && wv_slice_equals_nocase(value->text, WV_LIT("true")))
		return 1;
	if (value->kind == WV_JSON_STRING && wv_slice_equals_nocase(value->text, WV_LIT("false")))
		return 0;
	return -1;
}

static void read_article(struct wv_arena *arena, const struct wv_json *node, struct wv_jsonld *out)
{
	const struct wv_json *part = wv_json_get(node, "hasPart");

	out->is_set = true;
	out->node = node;
	out->type = type_of(node);
	out->is_live = type_ends(out->type, WV_LIT("LiveBlogPosting"));
	out->headline = string_of(arena, wv_json_get(node, "headline"), "@value");
	if (out->headline.n == 0 && article_rank(out->type) >= 2)
		out->headline = string_of(arena, wv_json_get(node, "name"), "@value");
	out->alternative = string_of(arena, wv_json_get(node, "alternativeHeadline"), "@value");
	out->published = string_of(arena, wv_json_get(node, "datePublished"), "@value");
	out->modified = string_of(arena, wv_json_get(node, "dateModified"), "@value");
	out->created = string_of(arena, wv_json_get(node, "dateCreated"), "@value");
	out->author_count = 0;
	add_people(arena, wv_json_get(node, "author"), out);
	if (out->author_count == 0)
		add_people(arena, wv_json_get(node, "creator"), out);
	out->publisher = string_of(arena, wv_json_get(node, "publisher"), "name");
	if (out->publisher.n == 0)
		out->publisher = string_of(arena, wv_json_get(node, "sourceOrganization"), "name");
	out->section = string_of(arena, wv_json_get(node, "articleSection"), "name");
	out->keyword_count = 0;
	add_keywords(arena, wv_json_get(node, "keywords"), out);
	out->language = string_of(arena, wv_json_get(node, "inLanguage"), "alternateName");
	out->body = wv_json_get_string(node, "articleBody");
	if (out->body.n == 0)
		out->body = wv_json_get_string(node, "reviewBody");
	out->description = string_of(arena, wv_json_get(node, "description"), "@value");
	out->image = string_of(arena, wv_json_get(node, "image"), "url");
	out->url = string_of(arena, wv_json_get(node, "mainEntityOfPage"), "@id");
	if (out->url.n == 0)
		out->url = string_of(arena, wv_json_get(node, "url"), "@id");
	out->is_free = free_of(wv_json_get(node, "isAccessibleForFree"));
	for (size_t i = 0; part && part->kind == WV_JSON_ARRAY && i < part->n; i++) {
		if (free_of(wv_json_get(&part->items[i], "isAccessibleForFree")) == 0) {
			part = &part->items[i];
			break;
		}
	}
	if (part && part->kind == WV_JSON_OBJECT) {
		out->wall = string_of(arena, wv_json_get(part, "cssSelector"), "@value");
		if (out->is_free < 0)
			out->is_free = free_of(wv_json_get(part, "isAccessibleForFree"));
	}
}

static struct wv_slice crumb_name(struct wv_arena *arena, const struct wv_json *item)
{
	struct wv_slice name = string_of(arena, wv_json_get(item, "name"), "@value");

	if (name.n == 0)
		name = string_of(arena, wv_json_get(wv_json_get(item, "item"), "name"), "@value");
	return name;
}

static void read_breadcrumb(struct wv_arena *arena, const struct wv_json *node,
                            struct wv_jsonld *out)
{
	const struct wv_json *list = wv_json_get(node, "itemListElement");

	if (!list || list->kind != WV_JSON_ARRAY || list->n < 2 || out->breadcrumb.n > 0)
		return;
	/* Home > Section > ... > page: the section is the second. */
	out->breadcrumb = crumb_name(arena, &list->items[1]);
}

static int choose_rank(struct wv_arena *arena, const struct wv_json *node,
                       struct wv_slice page_url, struct wv_slice headline)
{
	int rank = article_rank(type_of(node)) * 4;
	struct wv_slice own = string_of(arena, wv_json_get(node, "headline"), "@value");
	struct wv_slice url = string_of(arena, wv_json_get(node, "mainEntityOfPage"), "@id");

	if (rank == 0)
		return 0;
	if (url.n == 0)
		url = string_of(arena, wv_json_get(node, "url"), "@id");
	if (url.n > 0 && page_url.n > 0 && wv_slice_equals(url, page_url))
		rank += 5;
	if (own.n > 0 && headline.n > 0 &&
	    (wv_slice_equals_nocase(own, headline) || wv_slice_starts_nocase(headline, own)))
		rank += 6;
	if (own.n > 0)
		rank += 1;
	if (wv_json_get(node, "articleBody"))
		rank += 2;
	if (wv_json_get(node, "datePublished"))
		rank += 1;
	return rank;
}

struct visit {
	const struct wv_json *stack[STACK_MAX];
	size_t depth, seen;
};

static void push(struct visit *visit, const struct wv_json *value)
{
	if (value && visit->depth < STACK_MAX &&
	    (value->kind == WV_JSON_OBJECT || value->kind == WV_JSON_ARRAY))
		visit->stack[visit->depth++] = value;
}

void wv_jsonld_read(const struct wv_scan *scan, struct wv_slice page_url, struct wv_slice headline,
                    struct wv_arena *arena, struct wv_jsonld *out)
{
	const struct wv_json *best = NULL;
	int best_rank = 0;
	struct visit visit;

	memset(out, 0, sizeof(*out));
	out->is_free = -1;
	for (size_t i = 0; i < scan->script_count; i++) {
		const struct wv_json *root;

		if (scan->scripts[i].kind != WV_SCRIPT_JSON_LD ||
		    wv_json_parse(arena, scan->scripts[i].body, &root, NULL) != WV_OK)
			continue;
		visit.depth = visit.seen = 0;
		push(&visit, root);
		while (visit.depth > 0 && visit.seen++ < NODES_MAX) {
			const struct wv_json *node = visit.stack[--visit.depth];
			struct wv_slice type;
			int rank;

			if (node->kind == WV_JSON_ARRAY) {
				for (size_t k = node->n; k-- > 0;)
					push(&visit, &node->items[k]);
				continue;
			}
			push(&visit, wv_json_get(node, "@graph"));
			push(&visit, wv_json_get(node, "mainEntity"));
			type = type_of(node);
			if (type_ends(type, WV_LIT("BreadcrumbList")))
				read_breadcrumb(arena, node, out);
			if (type_ends(type, WV_LIT("ItemList")) ||
			    type_ends(type, WV_LIT("CollectionPage"))) {
				const struct wv_json *list = wv_json_get(node, "itemListElement");

				if (list && list->kind == WV_JSON_ARRAY)
					out->list_items += list->n;
				if (type_ends(type, WV_LIT("CollectionPage")))
					out->list_items++;
			}
			push(&visit, wv_json_get(node, "mainEntityOfPage"));
			rank = choose_rank(arena, node, page_url, headline);
			if (rank > best_rank) {
				best = node;
				best_rank = rank;
			}
		}
	}
	if (best && article_rank(type_of(best)) >= 1)
		read_article(arena, best, out);
}
