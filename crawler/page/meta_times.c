#include "crawler/page/meta.h"

#include "config/base/text.h"
#include "crawler/page/scan.h"

/*
 * When an article was published and changed: every statement of the page, ranked; the losers are
 * conflicts. A bare date gives way to a statement of the same day that has a clock.
 */

#define TIMES_MAX 48u

struct stated {
	struct wv_stated_time time;
	int rank; /* lower wins */
	bool is_modified;
};

struct collector {
	struct wv_meta_input *input;
	struct wv_arena *arena;
	size_t headline;
	struct stated t[TIMES_MAX];
	size_t n;
};

static void add(struct collector *c, struct wv_slice text, struct wv_slice found, int rank,
                bool is_modified)
{
	struct stated *stated = &c->t[c->n];

	if (text.n < 6 || c->n == TIMES_MAX)
		return;
	if (!wv_times_parse(c->arena, &c->input->times, text, &stated->time))
		return;
	stated->time.found = found;
	stated->rank = rank;
	stated->is_modified = is_modified;
	c->n++;
}

struct time_key {
	const char *key;
	int rank;
	bool is_modified;
};

static const struct time_key time_keys[] = {
	{"article:published_time", 2, false},
	{"og:article:published_time", 2, false},
	{"article:published", 3, false},
	{"datePublished", 3, false},
	{"og:published_time", 3, false},
	{"og:pubdate", 3, false},
	{"published_time", 3, false},
	{"parsely-pub-date", 3, false},
	{"sailthru.date", 4, false},
	{"cXenseParse:recs:publishtime", 4, false},
	{"cXenseParse:publishtime", 4, false},
	{"rnews:datePublished", 4, false},
	{"pubdate", 4, false},
	{"publishdate", 4, false},
	{"publish-date", 4, false},
	{"publish_date", 4, false},
	{"PublishDate", 4, false},
	{"publication_date", 4, false},
	{"article.published", 4, false},
	{"article_date_original", 4, false},
	{"article:create_at", 4, false},
	{"weibo: article:create_at", 4, false},
	{"apub:time", 5, false},
	{"DC.date.issued", 4, false},
	{"dcterms.issued", 4, false},
	{"DC.date.created", 5, false},
	{"dcterms.created", 5, false},
	{"DC.date", 5, false},
	{"dcterms.date", 5, false},
	{"date", 5, false},
	{"displaydate", 5, false},
	{"originalpublicationdate", 4, false},
	{"timestamp", 6, false},
	{"citation_date", 5, false},
	{"citation_publication_date", 5, false},
	{"created", 6, false},
	{"release_date", 6, false},
	{"gentime", 6, false},
	{"buildtime", 7, false},
	{"article:modified_time", 2, true},
	{"og:updated_time", 4, true},
	{"dateModified", 3, true},
	{"lastmod", 5, true},
	{"last-modified", 6, true},
	{"revised", 6, true},
	{"dcterms.modified", 5, true},
	{"DC.date.modified", 5, true},
};

static void collect_metas(struct collector *c)
{
	const struct wv_scan *scan = c->input->scan;

	for (size_t i = 0; i < scan->meta_count; i++) {
		const struct wv_scan_meta *meta = &scan->metas[i];

		if (meta->content.n < 6 || meta->content.n > 100 || meta->key.n == 0)
			continue;
		for (size_t k = 0; k < WV_COUNT(time_keys); k++) {
			if (wv_byte_lower(meta->key.p[0]) !=
				    wv_byte_lower((unsigned char)time_keys[k].key[0]) ||
			    !wv_slice_equals_nocase(meta->key, wv_slice_of(time_keys[k].key)))
				continue;
			add(c, meta->content,
			    wv_arena_format(c->arena, "meta %.*s", WV_FMT(meta->key)),
			    time_keys[k].rank, time_keys[k].is_modified);
			break;
		}
	}
}

static bool has_word(struct wv_slice text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (wv_slice_find_nocase(text, wv_slice_of(words[i]), 0) != SIZE_MAX)
			return true;
	return false;
}

/* Dates that are none of the article's past: the next review, the end of an offer. */
static bool says_future(struct wv_slice text)
{
	static const char *const words[] = {"next review", "review due", "expires", "valid until",
					    "gültig bis", "有效期"};

	return has_word(text, words, WV_COUNT(words));
}

static bool says_modified(struct wv_slice text)
{
	static const char *const words[] = {
		"updated",     "modified", "aktualisiert", "mis à jour", "actualizado",
		"aggiornato",  "atualizado", "bijgewerkt", "uppdaterad", "oppdatert",
		"opdateret",   "更新",     "обновлено",   "güncelle",   "zaktualizowan",
		"수정",        "修改",     "mise à jour", "actualización", "päivitetty"};

	return has_word(text, words, WV_COUNT(words));
}

/* The first block of running text: what stands before it is the article's head. */
static size_t body_start(const struct wv_meta_input *input)
{
	return input->body_first;
}

/* A short element named date or time. */
static void collect_named(struct collector *c, uint32_t node, unsigned order)
{
	struct stated *stated = &c->t[c->n];
	struct wv_slice value = WV_SLICE_NONE;
	struct wv_buf text;
	size_t begin, at = 0;
	int rank = 30 + (int)order;

	if (c->n == TIMES_MAX || c->input->blocks->html->nodes[node].end > node + 12)
		return;
	wv_buf_init(&text, 120);
	wv_node_text(c->input->blocks->html, node, &text);
	if (text.failed == WV_OK)
		value = wv_arena_copy(c->arena, wv_buf_slice(&text));
	wv_buf_done(&text);
	if (c->input->blocks->notes[node].first_block > body_start(c->input) + 3)
		rank += 46; /* behind the body's beginning: comments, teasers; or a footer line */
	if (!wv_times_find(c->arena, &c->input->times, value, &begin, &at, &stated->time))
		return;
	stated->time.found = WV_LIT("named element");
	stated->rank = rank;
	stated->is_modified = says_modified(value);
	c->n++;
}

static bool holds_headline(const struct collector *c, const struct wv_node_note *note)
{
	return c->headline != WV_META_NO_BLOCK && note->first_block <= c->headline &&
	       c->headline < note->end_block;
}

static void collect_time_elements(struct collector *c)
{
	const struct wv_html *html = c->input->blocks->html;
	unsigned seen = 0;
	uint32_t from = html->body == WV_NODE_NONE ? 0 : html->body;

	for (uint32_t i = from; i < html->node_count && seen < 40; i++) {
		struct wv_slice value, prop;
		bool is_time = html->nodes[i].tag == WV_TAG_TIME, modified;
		const struct wv_node_note *note = &c->input->blocks->notes[i];
		int rank;

		if (html->nodes[i].tag == WV_TAG_TEXT || html->nodes[i].attr_count == 0)
			continue;
		prop = wv_node_attr_value(html, i, WV_ATTR_ITEMPROP);
		if (prop.n == 0)
			prop = wv_node_attr_value(html, i, WV_ATTR_PROPERTY);
		/* A date on a whole card is the card's: a teaser's, a comment's. */
		if (!is_time && prop.n == 0 && (note->units > 60 || note->link_units > 0) &&
		    !holds_headline(c, note))
			continue;
		if (!is_time && !wv_slice_equals_nocase(prop, WV_LIT("datePublished")) &&
		    !wv_slice_equals_nocase(prop, WV_LIT("dateModified")) &&
		    !wv_node_attr(html, i, WV_ATTR_DATETIME) &&
		    !wv_node_attr(html, i, WV_ATTR_DATA_PUBLISHED) &&
		    !wv_node_attr(html, i, WV_ATTR_DATA_DATETIME)) {
			if (note->hints & WV_HINT_DATE)
				collect_named(c, i, seen++);
			continue;
		}
		seen++;
		value = wv_node_attr_value(html, i, WV_ATTR_DATETIME);
		if (value.n == 0)
			value = wv_node_attr_value(html, i, WV_ATTR_CONTENT);
		if (value.n == 0)
			value = wv_node_attr_value(html, i, WV_ATTR_DATA_DATETIME);
		if (value.n == 0)
			value = wv_node_attr_value(html, i, WV_ATTR_DATA_PUBLISHED);
		if (value.n == 0) {
			struct wv_buf text;

			wv_buf_init(&text, 400);
			wv_node_text(html, i, &text);
			value = wv_arena_copy(c->arena, wv_buf_slice(&text));
			wv_buf_done(&text);
		}
		modified = wv_slice_equals_nocase(prop, WV_LIT("dateModified")) ||
			   says_modified(wv_node_attr_value(html, i, WV_ATTR_CLASS));
		if (wv_slice_equals_nocase(prop, WV_LIT("datePublished")) ||
		    wv_node_attr(html, i, WV_ATTR_PUBDATE))
			rank = 3;
		else
			rank = 8 + (int)seen; /* the first stands nearest to the headline */
		/* Far behind the body's beginning times are comments' and teasers'. */
		if (note->first_block > body_start(c->input) + 3 && rank > 3)
			rank += 20;
		/* Times before the headline belong to a header or to other articles. */
		add(c, value, is_time ? WV_LIT("time element") : WV_LIT("microdata"), rank,
		    modified);
	}
}

static bool has_digit(struct wv_slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (wv_byte_is_digit(text.p[i]) || text.p[i] == 0xe3 || text.p[i] == 0xe4 ||
		    text.p[i] == 0xef)
			return true;
	return false;
}

static void collect_block(struct collector *c, size_t b, int rank)
{
	const struct wv_text_block *block = &c->input->blocks->blocks[b];
	struct wv_slice text = wv_slice_part(block->text, 0, 400);
	size_t at = 0, begin;

	if (!has_digit(text))
		return;
	for (unsigned found = 0; found < 3 && c->n < TIMES_MAX; found++) {
		size_t before = at;
		struct stated *stated = &c->t[c->n];
		struct wv_slice label;

		if (!wv_times_find(c->arena, &c->input->times, text, &begin, &at, &stated->time))
			return;
		label = wv_slice_part(text, before, begin - before);
		if (says_future(label))
			continue;
		stated->time.found = WV_LIT("text");
		stated->is_modified = says_modified(label);
		stated->rank = rank + (int)found;
		c->n++;
	}
}

/* Dates a reader sees near the headline, then anywhere in short blocks of the article. */
static void collect_visible(struct collector *c, size_t headline)
{
	const struct wv_blocks *blocks = c->input->blocks;
	size_t body = c->input->body_first;
	size_t from, to;

	if (headline == WV_META_NO_BLOCK)
		headline = body > 12 ? body - 12 : 0;
	from = headline > 6 ? headline - 6 : 0;
	to = headline + 16 < blocks->count ? headline + 16 : blocks->count;
	for (size_t b = headline; b < to; b++)
		if (blocks->blocks[b].units <= 70 && b < body + 2)
			collect_block(c, b, 20 + (int)(b - headline));
	for (size_t b = from; b < headline; b++)
		if (blocks->blocks[b].units <= 40)
			collect_block(c, b, 40 + (int)(headline - b));
	/* Above the body, wherever the headline was thought to be. */
	if (body > to)
		for (size_t b = body > 8 ? body - 8 : 0; b < body; b++)
			if (b >= to && blocks->blocks[b].units <= 60)
				collect_block(c, b, 50 + (int)(body - b));
	/* The dateline in the first paragraphs; then below the article. */
	for (size_t b = body; b < c->input->body_end && b < body + 3 && b < blocks->count; b++)
		if (blocks->blocks[b].units > 70) {
			struct wv_slice head = wv_text_cut(blocks->blocks[b].text, 120);
			struct wv_text_block *block = &blocks->blocks[b];
			struct wv_slice whole = block->text;

			block->text = head;
			collect_block(c, b, 75);
			block->text = whole;
		}
	for (size_t b = c->input->body_end > 4 ? c->input->body_end - 4 : 0;
	     b < c->input->body_end + 6 && b < blocks->count; b++)
		if (blocks->blocks[b].units <= 50)
			collect_block(c, b, 80);
}

/* Nothing yet: any short line with a date, the first after the headline before others. */
static void collect_anywhere(struct collector *c, size_t headline)
{
	const struct wv_blocks *blocks = c->input->blocks;

	for (size_t b = 0; b < blocks->count && c->n < TIMES_MAX; b++) {
		const struct wv_text_block *block = &blocks->blocks[b];
		bool before = headline != WV_META_NO_BLOCK && b < headline;

		/* A link with a date is another article. */
		if (block->units <= 44 && block->link_units * 2 <= block->units)
			collect_block(c, b, before ? 95 : 90);
	}
}

/*
 * Pages drawn by scripts: the value of a member named like a date in any script. `name` is looked
 * for in the page's text; quotes may be escaped.
 */
static void collect_scripts(struct collector *c)
{
	static const char *const names[] = {"datePublished", "publishedAt", "published_at",
					    "publishDate",   "publishTime", "pubDate",
					    "firstPublished", "publish_date", "publicationDate",
					    "createdAt",      "created_at", "ptime",
					    "deployDt",       "regDt",      "regDate",
					    "pubDt",          "inputDate",  "issueDate"};
	struct wv_slice text = c->input->scan->text;

	for (size_t k = 0; k < WV_COUNT(names) && c->n == 0; k++) {
		size_t at = 0;

		for (unsigned tries = 0; tries < 8 && c->n == 0; tries++) {
			struct wv_slice value;
			size_t end = 0;

			at = wv_slice_find(text, wv_slice_of(names[k]), at);
			if (at == SIZE_MAX)
				break;
			at += strlen(names[k]);
			while (at < text.n && (text.p[at] == '"' || text.p[at] == '\\' ||
					       text.p[at] == ':' || text.p[at] == ' ' ||
					       text.p[at] == '\''))
				at++;
			value = wv_slice_part(text, at, 40);
			while (end < value.n && value.p[end] != '"' && value.p[end] != '\\' &&
			       value.p[end] != ',' && value.p[end] != '}')
				end++;
			if (end >= 8 && wv_byte_is_digit(value.p[0]))
				add(c, wv_slice_part(value, 0, end), WV_LIT("script"), 97, false);
		}
	}
}

static void set_order(struct wv_meta_input *input)
{
	const struct wv_blocks *blocks = input->blocks;
	unsigned seen = 0;

	for (size_t b = 0; b < blocks->count && seen < 60 &&
			   input->times.order == WV_DATE_UNKNOWN;
	     b++) {
		const struct wv_text_block *block = &blocks->blocks[b];

		if (block->units > 30 || block->text.n < 8 || !has_digit(block->text) ||
		    (wv_slice_find_byte(block->text, '/', 0) == SIZE_MAX &&
		     wv_slice_find_byte(block->text, '.', 0) == SIZE_MAX &&
		     wv_slice_find_byte(block->text, '-', 0) == SIZE_MAX))
			continue;
		seen++;
		input->times.order = wv_times_order(block->text);
	}
}

static void choose(struct collector *c, bool modified, struct wv_stated_time *out,
                   struct wv_article *article, struct wv_slice field)
{
	const struct stated *best = NULL;
	const struct stated *finer = NULL;

	for (size_t i = 0; i < c->n; i++)
		if (c->t[i].is_modified == modified && (!best || c->t[i].rank < best->rank))
			best = &c->t[i];
	if (!best)
		return;
	/* A clock, an explicit zone: of the same day, from any statement. */
	for (size_t i = 0; i < c->n && !wv_times_has_clock(&best->time); i++)
		if (c->t[i].is_modified == modified && wv_times_has_clock(&c->t[i].time) &&
		    wv_times_same_day(&c->t[i].time, &best->time) &&
		    (!finer || c->t[i].rank < finer->rank))
			finer = &c->t[i];
	if (finer)
		best = finer;
	*out = best->time;
	for (size_t i = 0; i < c->n; i++)
		if (c->t[i].is_modified == modified && c->t[i].rank < 60 &&
		    (c->t[i].time.latest.us < best->time.earliest.us ||
		     c->t[i].time.earliest.us > best->time.latest.us))
			wv_meta_conflict(article, c->arena, field, c->t[i].time.text,
					 c->t[i].time.found);
}

void wv_meta_times(struct wv_meta_input *input, struct wv_arena *arena, struct wv_meta *meta)
{
	struct collector *c = WV_ARENA_NEW(arena, struct collector);
	struct wv_stated_time from_url;

	if (!c)
		return;
	c->input = input;
	c->arena = arena;
	c->headline = meta->headline_block;
	if (input->blocks)
		set_order(input);
	add(c, input->jsonld->published, WV_LIT("json-ld datePublished"), 1, false);
	add(c, input->jsonld->created, WV_LIT("json-ld dateCreated"), 7, false);
	add(c, input->jsonld->modified, WV_LIT("json-ld dateModified"), 1, true);
	collect_metas(c);
	if (input->blocks) {
		collect_time_elements(c);
		collect_visible(c, meta->headline_block);
	}
	if (input->url &&
	    wv_times_from_url(arena, &input->times, input->url->path, &from_url) &&
	    c->n < TIMES_MAX) {
		c->t[c->n].time = from_url;
		c->t[c->n].rank = 19;
		c->t[c->n++].is_modified = false;
	}
	if (c->n == 0 && input->blocks)
		collect_anywhere(c, meta->headline_block);
	if (c->n == 0)
		collect_scripts(c);
	choose(c, false, &meta->article->published, meta->article, WV_LIT("published"));
	choose(c, true, &meta->article->modified, meta->article, WV_LIT("modified"));
	/* Nothing but a change: better than nothing, and it says where it was found. */
	if (!meta->article->published.is_set && meta->article->modified.is_set)
		meta->article->published = meta->article->modified;
}
