#include "archive/view/prose.h"

#include "archive/view/frame.h"
#include "archive/view/html.h"

#define DEPTH_MAX 6u

struct prose {
	struct wv_buf *out;
	const struct wv_visit *visit;
	const struct wv_article *article;
	size_t item;     /* of a live blog: the next one */
	unsigned depth;  /* lists that are open; each has an open <li> */
	unsigned level;  /* of the heading above: none is skipped */
	bool in_quote, in_live;
};

static void close_lists(struct prose *p, unsigned to)
{
	for (; p->depth > to; p->depth--)
		wv_html(p->out, "</li></ul>\n");
}

static void add_list_item(struct prose *p, const struct wv_block *b)
{
	unsigned depth = b->level ? b->level : 1;

	if (depth > DEPTH_MAX)
		depth = DEPTH_MAX;
	if (depth > p->depth + 1) /* one step at a time: a list is never in a list without an item */
		depth = p->depth + 1;
	if (depth > p->depth) {
		wv_html(p->out, "<ul>\n<li>");
		p->depth++;
	} else {
		close_lists(p, depth);
		wv_html(p->out, "</li>\n<li>");
	}
	wv_html_text(p->out, b->text);
}

/* Headings of the article stand below the page's: h2 and on, no level left out. */
static void add_heading(struct prose *p, const struct wv_block *b)
{
	unsigned level = b->level < 2 ? 2 : b->level > 6 ? 6 : b->level;

	if (level > p->level + 1)
		level = p->level + 1;
	p->level = level;
	wv_buf_add_format(p->out, "<h%u>", level);
	wv_html_text(p->out, b->text);
	wv_buf_add_format(p->out, "</h%u>\n", level);
}

static size_t cells_of(struct wv_slice row)
{
	size_t n = 1;

	for (size_t i = 0; i < row.n; i++)
		n += row.p[i] == '\t';
	return n;
}

/* Does it hold a figure? A row of headings mostly does not. */
static bool has_digit(struct wv_slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (wv_byte_is_digit(text.p[i]))
			return true;
	return false;
}

static void add_row(struct prose *p, struct wv_slice row, size_t columns, bool is_head)
{
	struct wv_cursor c = wv_cursor(row);

	wv_html(p->out, "<tr>");
	for (size_t i = 0; i < columns; i++) {
		struct wv_slice cell = wv_cursor_until(&c, '\t');

		/* The first cell names its row where the table has more than one column. */
		if (is_head)
			wv_html(p->out, "<th scope=\"col\">");
		else if (i == 0 && columns > 1)
			wv_html(p->out, "<th scope=\"row\">");
		else
			wv_html(p->out, "<td>");
		wv_html_text(p->out, wv_slice_trim(cell));
		wv_buf_add_string(p->out, is_head || (i == 0 && columns > 1) ? "</th>" : "</td>");
	}
	wv_html(p->out, "</tr>\n");
}

/* The rows from block `i` on as one table; the index behind them. */
static size_t add_table(struct prose *p, size_t i)
{
	const struct wv_article *a = p->article;
	size_t end = i, columns = 1;
	bool has_head;

	for (; end < a->block_count && a->blocks[end].kind == WV_BLOCK_ROW; end++)
		if (cells_of(a->blocks[end].text) > columns)
			columns = cells_of(a->blocks[end].text);
	has_head = end - i > 1 && columns > 1 && !has_digit(a->blocks[i].text) &&
	           has_digit(a->blocks[i + 1].text);
	wv_html(p->out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\"");
	wv_html_attribute(p->out, "aria-label",
	                  wv_slice_of(wv_phrase(p->visit->tongue, WV_PHRASE_TABLE)));
	wv_html(p->out, "><table>\n");
	if (has_head) {
		wv_html(p->out, "<thead>");
		add_row(p, a->blocks[i++].text, columns, true);
		wv_html(p->out, "</thead>\n");
	}
	wv_html(p->out, "<tbody>\n");
	for (; i < end; i++)
		add_row(p, a->blocks[i].text, columns, false);
	wv_html(p->out, "</tbody></table></div>\n");
	return end;
}

static void close_live(struct prose *p)
{
	if (p->in_live)
		wv_html(p->out, "</section>\n");
	p->in_live = false;
}

static void open_live(struct prose *p, const struct wv_live_item *item)
{
	close_live(p);
	wv_html(p->out, "<section class=\"live\">\n");
	p->in_live = true;
	p->level = 1;
	if (item->time.is_set) {
		wv_html(p->out, "<p class=\"meta\"");
		wv_html_attribute(p->out, "lang", wv_slice_of(wv_tongue_tag(p->visit->tongue)));
		wv_html(p->out, ">");
		wv_frame_stated_short(p->out, p->visit, &item->time);
		wv_html(p->out, "</p>\n");
	}
}

static void set_quote(struct prose *p, bool in_quote)
{
	if (p->in_quote != in_quote)
		wv_buf_add_string(p->out, in_quote ? "<blockquote>\n" : "</blockquote>\n");
	p->in_quote = in_quote;
}

static void add_block(struct prose *p, const struct wv_block *b)
{
	switch (b->kind) {
	case WV_BLOCK_HEADING:
	case WV_BLOCK_UPDATE:
		add_heading(p, b);
		return;
	case WV_BLOCK_ITEM:
		add_list_item(p, b);
		return;
	case WV_BLOCK_CODE:
		wv_html(p->out, "<pre><code>");
		wv_html_text(p->out, b->text);
		wv_html(p->out, "</code></pre>\n");
		return;
	case WV_BLOCK_PARAGRAPH:
	case WV_BLOCK_QUOTE:
	case WV_BLOCK_ROW:
		break;
	}
	wv_html(p->out, "<p>");
	wv_html_text(p->out, b->text);
	wv_html(p->out, "</p>\n");
}

void wv_prose_add(struct wv_buf *out, const struct wv_visit *visit,
                  const struct wv_article *article)
{
	struct prose p = {.out = out, .visit = visit, .article = article, .level = 1};

	wv_html(out, "<div class=\"prose\"");
	wv_html_attribute(out, "lang", article->language);
	wv_html(out, ">\n");
	for (size_t i = 0; i < article->block_count;) {
		const struct wv_block *b = &article->blocks[i];
		bool opens_item = false;

		while (p.item < article->item_count && article->items[p.item].first_block < i)
			p.item++;
		opens_item = p.item < article->item_count && article->items[p.item].first_block == i;
		if (b->kind != WV_BLOCK_ITEM || opens_item)
			close_lists(&p, 0);
		set_quote(&p, b->kind == WV_BLOCK_QUOTE && !opens_item);
		if (opens_item)
			open_live(&p, &article->items[p.item]);
		if (b->kind == WV_BLOCK_ROW) {
			i = add_table(&p, i);
			continue;
		}
		if (opens_item)
			set_quote(&p, b->kind == WV_BLOCK_QUOTE);
		add_block(&p, b);
		i++;
	}
	close_lists(&p, 0);
	set_quote(&p, false);
	close_live(&p);
	wv_html(out, "</div>\n");
}
