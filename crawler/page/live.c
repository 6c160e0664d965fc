#include "crawler/page/live.h"

#include "config/base/checked.h"
#include "config/base/text.h"

#define ITEMS_MAX     2000u
#define UPDATES_MAX   400u /* of JSON-LD, compared with the page's headings */
#define SIGNS_LEAST   3u   /* lines with a clock that make a live blog of a page that calls itself so */
#define VISIBLE_UNITS 120u /* less, and the items are read from JSON-LD */

/* An item as JSON-LD gives it. */
struct update {
	struct wv_slice letters; /* of the headline */
	struct wv_slice headline, body, published;
};

struct updates {
	struct update *u;
	size_t n;
};

static struct updates read_updates(const struct wv_jsonld *jsonld, struct wv_arena *arena)
{
	const struct wv_json *list = jsonld->is_live && jsonld->node
	                                     ? wv_json_get(jsonld->node, "liveBlogUpdate")
	                                     : NULL;
	struct updates out = {NULL, 0};

	if (!list || list->kind != WV_JSON_ARRAY || list->n == 0)
		return out;
	out.u = WV_ARENA_ARRAY(arena, struct update, wv_min_size(list->n, UPDATES_MAX));
	for (size_t i = 0; out.u && i < list->n && out.n < UPDATES_MAX; i++) {
		struct update *u = &out.u[out.n];

		u->headline = wv_jsonld_text(arena, wv_json_get_string(&list->items[i], "headline"));
		u->body = wv_json_get_string(&list->items[i], "articleBody");
		u->published = wv_json_get_string(&list->items[i], "datePublished");
		u->letters = wv_candidate_letters(arena, u->headline);
		out.n += u->headline.n > 0 || u->body.n > 0;
	}
	return out;
}

/* ------------------------------------------------------------ is it one? */

static bool has_word(struct wv_slice text, struct wv_slice word)
{
	for (size_t at = 0; (at = wv_slice_find_nocase(text, word, at)) != SIZE_MAX; at++) {
		bool begins = at == 0 || !wv_byte_is_alnum(text.p[at - 1]);
		size_t end = at + word.n;

		if (word.p[0] >= 0x80 ||
		    (begins && (end == text.n || !wv_byte_is_alnum(text.p[end]))))
			return true;
	}
	return false;
}

static bool calls_itself_live(struct wv_slice text)
{
	static const char *const words[] = {
		"live",      "liveblog",   "live-blog", "liveticker", "ticker",  "en direct",
		"en-direct", "en directo", "en vivo",   "minuto a",   "diretta", "ao vivo",
		"直播",      "实时更新",   "ライブ",    "速報",       "실시간",  "онлайн",
		"na żywo"};

	for (size_t i = 0; i < WV_COUNT(words); i++)
		if (has_word(text, wv_slice_of(words[i])))
			return true;
	return false;
}

/* "10:45", "10.45 Uhr", "10h45": where the clock in a short line begins and ends. */
static bool find_clock(const struct wv_text_block *block, struct wv_slice *clock)
{
	struct wv_slice s = block->text;

	if (block->units > 16)
		return false;
	for (size_t i = 0; i + 3 < s.n; i++) {
		size_t end = i;

		if (!wv_byte_is_digit(s.p[i]) || (i > 0 && wv_byte_is_digit(s.p[i - 1])))
			continue;
		while (end < s.n && wv_byte_is_digit(s.p[end]))
			end++;
		if (end - i > 2 || s.n - end < 3 ||
		    (s.p[end] != ':' && s.p[end] != '.' && s.p[end] != 'h') ||
		    !wv_byte_is_digit(s.p[end + 1]) || !wv_byte_is_digit(s.p[end + 2]) ||
		    (s.n - end > 3 && wv_byte_is_digit(s.p[end + 3])))
			continue;
		*clock = wv_slice_part(s, i, end + 3 - i);
		return true;
	}
	return false;
}

bool wv_live_calls_itself(const struct wv_live_input *input, struct wv_slice title)
{
	return input->jsonld->is_live || calls_itself_live(title) ||
	       (input->url && calls_itself_live(input->url->path));
}

bool wv_live_is(const struct wv_live_input *input, struct wv_slice title)
{
	struct wv_slice clock;
	unsigned signs = 0;

	if (input->jsonld->is_live)
		return true;
	if (!input->blocks || input->candidate->node == WV_NODE_NONE ||
	    !wv_live_calls_itself(input, title))
		return false;
	for (size_t b = input->candidate->first; b < input->candidate->end; b++)
		signs += find_clock(&input->blocks->blocks[b], &clock);
	return signs >= SIGNS_LEAST;
}

/* ------------------------------------------------------- an item's time */

/* Of a <time datetime> in the element of the line. */
static bool time_of_element(const struct wv_live_input *input, struct wv_arena *arena, size_t b,
                            struct wv_stated_time *out)
{
	const struct wv_html *html = input->blocks->html;
	uint32_t node = input->blocks->blocks[b].node;
	struct wv_slice value;

	if (html->nodes[node].tag != WV_TAG_TIME)
		node = wv_node_find(html, node, html->nodes[node].end, WV_TAG_TIME);
	if (node == WV_NODE_NONE)
		return false;
	value = wv_node_attr_value(html, node, WV_ATTR_DATETIME);
	if (value.n == 0 || !wv_times_parse(arena, &input->times, value, out))
		return false;
	out->found = WV_LIT("time element");
	return true;
}

/* The clock of the line on the day that is both the first and the last of the page. */
static bool time_of_line(const struct wv_live_input *input, struct wv_arena *arena,
                         const struct wv_article *article, const struct wv_text_block *block,
                         struct wv_stated_time *out)
{
	const struct wv_stated_time *first = &article->published;
	const struct wv_stated_time *last = &article->modified;
	struct wv_slice clock;
	size_t begin, at = 0;

	/* A line with its own date needs no other's. */
	if (block->units <= 24 &&
	    wv_times_find(arena, &input->times, block->text, &begin, &at, out) &&
	    wv_times_has_clock(out)) {
		out->found = WV_LIT("text");
		return true;
	}
	*out = (struct wv_stated_time){0};
	if (!first->is_set || !find_clock(block, &clock) ||
	    (last->is_set && !wv_times_same_day(first, last)))
		return false;
	if (!wv_times_parse(arena, &input->times,
	                    wv_arena_format(arena, "%.*s %.*s%s",
	                                    WV_FMT(wv_slice_part(first->text, 0, 10)), WV_FMT(clock),
	                                    wv_slice_find_byte(clock, '.', 0) < 3 ? " Uhr" : ""),
	                    out)) {
		*out = (struct wv_stated_time){0};
		return false;
	}
	out->raw = clock;
	out->found = WV_LIT("clock on the page's day");
	return true;
}

static bool time_of_update(const struct wv_live_input *input, struct wv_arena *arena,
                           const struct updates *updates, struct wv_slice heading,
                           struct wv_stated_time *out)
{
	struct wv_slice letters;

	if (updates->n == 0 || heading.n == 0)
		return false;
	letters = wv_candidate_letters(arena, heading);
	for (size_t i = 0; i < updates->n; i++)
		if (letters.n > 0 && wv_slice_equals(letters, updates->u[i].letters) &&
		    wv_times_parse(arena, &input->times, updates->u[i].published, out)) {
			out->found = WV_LIT("json-ld liveBlogUpdate");
			return true;
		}
	return false;
}

/* ------------------------------------------------------------------ items */

/* Blocks of the article beside their place on the page. */
struct kept {
	const struct wv_blocks *blocks;
	size_t *at; /* index in `blocks` of each of the article's blocks */
	size_t n;
};

/* False where the article's text is not the page's own, but read from its scripts. */
static bool list_kept(const struct wv_live_input *input, struct wv_arena *arena,
                      const struct wv_article *article, struct kept *out)
{
	size_t count = article->block_count;

	*out = (struct kept){input->blocks, WV_ARENA_ARRAY(arena, size_t, count + 1), 0};
	if (!out->at)
		return false;
	if (!out->at)
		return false;
	for (size_t b = input->candidate->first; b < input->candidate->end && out->n < count; b++) {
		if (input->blocks->blocks[b].reason != WV_REASON_NONE)
			continue;
		if (input->blocks->blocks[b].text.p != article->blocks[out->n].text.p)
			return false;
		out->at[out->n++] = b;
	}
	return out->n == count;
}

/* Do headings stand above the times, rather than under them? */
static bool are_headings_first(const struct wv_article *article)
{
	size_t above = 0, below = 0;

	for (size_t i = 0; i < article->block_count; i++) {
		if (article->blocks[i].kind != WV_BLOCK_UPDATE)
			continue;
		above += i > 0 && article->blocks[i - 1].kind == WV_BLOCK_HEADING;
		below += i + 1 < article->block_count &&
		         article->blocks[i + 1].kind == WV_BLOCK_HEADING;
	}
	return above > below;
}

static struct wv_slice heading_near(const struct wv_article *article, size_t i)
{
	if (i + 1 < article->block_count && article->blocks[i + 1].kind == WV_BLOCK_HEADING)
		return article->blocks[i + 1].text;
	if (i > 0 && article->blocks[i - 1].kind == WV_BLOCK_HEADING)
		return article->blocks[i - 1].text;
	return WV_SLICE_NONE;
}

static size_t read_shown(const struct wv_live_input *input, struct wv_arena *arena,
                         const struct updates *updates, const struct kept *kept,
                         const struct wv_article *article, struct wv_live_item *items)
{
	bool headings_first = are_headings_first(article);
	size_t n = 0;

	for (size_t i = 0; i < article->block_count && n < ITEMS_MAX; i++) {
		const struct wv_text_block *block = &kept->blocks->blocks[kept->at[i]];
		struct wv_live_item item = {.first_block = i};
		bool is_update = article->blocks[i].kind == WV_BLOCK_UPDATE;

		if (!is_update) {
			/* Without lines of time the headlines of JSON-LD tell where items begin. */
			if (article->blocks[i].kind != WV_BLOCK_HEADING ||
			    (i > 0 && article->blocks[i - 1].kind == WV_BLOCK_UPDATE) ||
			    (i + 1 < article->block_count &&
			     article->blocks[i + 1].kind == WV_BLOCK_UPDATE) ||
			    !time_of_update(input, arena, updates, article->blocks[i].text, &item.time))
				continue;
		} else if (!time_of_element(input, arena, kept->at[i], &item.time) &&
		           !time_of_update(input, arena, updates, heading_near(article, i), &item.time)) {
			(void)time_of_line(input, arena, article, block, &item.time);
		}
		if (is_update && headings_first && i > 0 &&
		    article->blocks[i - 1].kind == WV_BLOCK_HEADING)
			item.first_block = i - 1;
		/* Two lines of time, one behind the other, are one item's: published, changed. */
		if (n > 0 && is_update && items[n - 1].first_block + 1 == i &&
		    article->blocks[i - 1].kind == WV_BLOCK_UPDATE) {
			if (!items[n - 1].time.is_set)
				items[n - 1].time = item.time;
			continue;
		}
		if (n == 0 || item.first_block > items[n - 1].first_block)
			items[n++] = item;
	}
	return n;
}

/* ----------------------------------------------------- from JSON-LD alone */

static void read_data(const struct wv_live_input *input, struct wv_arena *arena,
                      const struct updates *updates, struct wv_article *article)
{
	struct wv_block *blocks = WV_ARENA_ARRAY(arena, struct wv_block, updates->n * 2 + 1);
	struct wv_live_item *items = WV_ARENA_ARRAY(arena, struct wv_live_item, updates->n + 1);
	size_t n = 0, count = 0;

	if (!blocks || !items)
		return;
	for (size_t i = 0; i < updates->n; i++) {
		const struct update *u = &updates->u[i];
		struct wv_slice body = wv_jsonld_text(arena, u->body);

		items[count].first_block = n;
		if (wv_times_parse(arena, &input->times, u->published, &items[count].time))
			items[count].time.found = WV_LIT("json-ld liveBlogUpdate");
		else
			items[count].time = (struct wv_stated_time){0};
		if (u->headline.n > 0)
			blocks[n++] = (struct wv_block){WV_BLOCK_HEADING, 2, u->headline};
		if (body.n > 0)
			blocks[n++] = (struct wv_block){WV_BLOCK_PARAGRAPH, 0, body};
		count += n > items[count].first_block;
	}
	if (count == 0)
		return;
	article->blocks = blocks;
	article->block_count = n;
	article->items = items;
	article->item_count = count;
}

void wv_live_read(const struct wv_live_input *input, struct wv_arena *arena,
                  struct wv_article *article)
{
	struct updates updates = read_updates(input->jsonld, arena);
	struct wv_live_item *items;
	struct kept kept;
	size_t visible = 0, stated = 0;

	for (size_t i = 0; i < article->block_count; i++)
		visible += wv_text_units(article->blocks[i].text);
	for (size_t i = 0; i < updates.n; i++)
		stated += wv_text_units(updates.u[i].body);
	if (visible < VISIBLE_UNITS && stated > 2 * visible) {
		read_data(input, arena, &updates, article);
		return;
	}
	items = WV_ARENA_ARRAY(arena, struct wv_live_item,
	                       wv_min_size(article->block_count, ITEMS_MAX) + 1);
	if (!items || !input->blocks || input->candidate->node == WV_NODE_NONE ||
	    !list_kept(input, arena, article, &kept))
		return;
	article->item_count = read_shown(input, arena, &updates, &kept, article, items);
	article->items = article->item_count ? items : NULL;
}
