#include "tests/support/markup.h"

#include <stdio.h>

#include "config/base/text.h"

#define DEPTH_MAX 200u
#define IDS_MAX   4000u

struct reader {
	const char *row;
	struct wv_slice page;
	size_t at;
	struct wv_slice open[DEPTH_MAX];
	size_t depth;
	struct wv_slice ids[IDS_MAX];
	size_t id_count;
	unsigned h1, level;
	bool failed;
};

static void fault(struct reader *r, const char *what)
{
	size_t from = r->at > 60 ? r->at - 60 : 0;

	if (r->failed)
		return;
	r->failed = true;
	(void)fprintf(stderr, "row '%s': %s near '%.*s'\n", r->row, what,
	              WV_FMT(wv_slice_part(r->page, from, 120)));
}

static bool is_void(struct wv_slice name)
{
	static const char *const names[] = {"area", "br", "hr", "img", "input", "link", "meta",
	                                    "path", "rect", "line", "circle", "use"};

	for (size_t i = 0; i < WV_COUNT(names); i++)
		if (wv_slice_equals(name, wv_slice_of(names[i])))
			return true;
	return false;
}

static bool is_name_byte(unsigned char c)
{
	return wv_byte_is_alnum(c) || c == '-' || c == ':';
}

static struct wv_slice read_name(struct reader *r)
{
	size_t from = r->at;

	while (r->at < r->page.n && is_name_byte(r->page.p[r->at]))
		r->at++;
	return wv_slice_part(r->page, from, r->at - from);
}

static void check_attribute(struct reader *r, struct wv_slice name, struct wv_slice value)
{
	if (wv_slice_starts_nocase(name, WV_LIT("on")) ||
	    wv_slice_equals(name, WV_LIT("style")))
		fault(r, "inline code");
	if ((wv_slice_equals(name, WV_LIT("href")) || wv_slice_equals(name, WV_LIT("src")) ||
	     wv_slice_equals(name, WV_LIT("action"))) &&
	    !wv_slice_starts(value, WV_LIT("/")) && !wv_slice_starts(value, WV_LIT("#")) &&
	    !wv_slice_starts(value, WV_LIT("http://")) &&
	    !wv_slice_starts(value, WV_LIT("https://")) &&
	    !wv_slice_starts(value, WV_LIT("mailto:")))
		fault(r, "an address of no known kind");
	if (wv_slice_find_byte(value, '<', 0) != SIZE_MAX)
		fault(r, "markup in an attribute");
	if (!wv_slice_equals(name, WV_LIT("id")))
		return;
	for (size_t i = 0; i < r->id_count; i++)
		if (wv_slice_equals(r->ids[i], value))
			fault(r, "an id twice");
	if (r->id_count < IDS_MAX)
		r->ids[r->id_count++] = value;
}

static void read_attributes(struct reader *r)
{
	while (!r->failed && r->at < r->page.n && r->page.p[r->at] != '>') {
		struct wv_slice name, value = WV_SLICE_NONE;
		size_t end;

		/* "<path .../>": elements of SVG may end so. */
		if (r->page.p[r->at] == '/' && r->at + 1 < r->page.n && r->page.p[r->at + 1] == '>') {
			r->at++;
			break;
		}
		if (r->page.p[r->at++] != ' ') {
			fault(r, "no space before an attribute");
			return;
		}
		name = read_name(r);
		if (!name.n)
			fault(r, "no attribute's name");
		if (r->at < r->page.n && r->page.p[r->at] == '=') {
			end = wv_slice_find_byte(r->page, '"', r->at + 2);
			if (r->at + 1 >= r->page.n || r->page.p[r->at + 1] != '"' || end == SIZE_MAX) {
				fault(r, "an attribute without quotes");
				return;
			}
			value = wv_slice_part(r->page, r->at + 2, end - r->at - 2);
			r->at = end + 1;
		}
		check_attribute(r, name, value);
	}
	r->at++;
}

static void check_heading(struct reader *r, struct wv_slice name)
{
	unsigned level;

	if (name.n != 2 || name.p[0] != 'h' || name.p[1] < '1' || name.p[1] > '6')
		return;
	level = (unsigned)(name.p[1] - '0');
	r->h1 += level == 1;
	if (level > r->level + 1)
		fault(r, "a heading's level left out");
	r->level = level;
}

static void close_element(struct reader *r)
{
	struct wv_slice name;

	r->at++;
	name = read_name(r);
	if (!r->depth || !wv_slice_equals(r->open[r->depth - 1], name))
		fault(r, "closes what is not open");
	else
		r->depth--;
	if (r->at >= r->page.n || r->page.p[r->at] != '>')
		fault(r, "an end tag that does not end");
	r->at++;
}

static void open_element(struct reader *r)
{
	struct wv_slice name = read_name(r);

	if (!name.n) {
		fault(r, "a bare '<'");
		return;
	}
	check_heading(r, name);
	read_attributes(r);
	if (is_void(name))
		return;
	if (wv_slice_equals(name, WV_LIT("style")))
		fault(r, "an inline style sheet");
	if (wv_slice_equals(name, WV_LIT("script")) && r->at < r->page.n &&
	    r->page.p[r->at] != '<')
		fault(r, "an inline script");
	if (r->depth == DEPTH_MAX)
		fault(r, "too deep");
	else
		r->open[r->depth++] = name;
}

bool markup_is_sound(const char *row, struct wv_slice page)
{
	struct reader r = {.row = row, .page = page};

	if (!wv_text_is_utf8(page))
		fault(&r, "not UTF-8");
	if (wv_slice_starts(page, WV_LIT("<!DOCTYPE html>")))
		r.at = 15;
	else
		fault(&r, "no doctype");
	while (!r.failed && r.at < page.n) {
		unsigned char c = page.p[r.at];

		if (c < 0x20 && c != '\n' && c != '\t')
			fault(&r, "a control character");
		if (c != '<') {
			r.at++;
			continue;
		}
		r.at++;
		if (r.at < page.n && page.p[r.at] == '/')
			close_element(&r);
		else
			open_element(&r);
	}
	if (!r.failed && r.depth)
		fault(&r, "an element left open");
	if (!r.failed && r.h1 != 1)
		fault(&r, "not one h1");
	return !r.failed;
}

/* Where the element that begins at `at` ends: behind its own end tag. */
static size_t end_of(struct wv_slice page, size_t at)
{
	size_t depth = 0;
	struct wv_cursor c = wv_cursor(wv_slice_from(page, at + 1));
	struct wv_slice name = wv_cursor_until(&c, ' ');

	for (; at < page.n; at++) {
		struct wv_slice rest = wv_slice_from(page, at);

		if (page.p[at] != '<')
			continue;
		if (wv_slice_starts(wv_slice_from(rest, 1), name))
			depth++;
		else if (wv_slice_starts(rest, WV_LIT("</")) &&
		         wv_slice_starts(wv_slice_from(rest, 2), name) && --depth == 0)
			return at + name.n + 3;
	}
	return page.n;
}

void markup_without_later(struct wv_slice page, struct wv_buf *out)
{
	size_t from = 0;

	for (size_t at = 0; at < page.n;) {
		size_t found = wv_slice_find(page, WV_LIT(" class=\"later\""), at);
		size_t open;

		if (found == SIZE_MAX)
			break;
		for (open = found; page.p[open] != '<'; open--)
			;
		wv_buf_add(out, wv_slice_part(page, from, open - from));
		from = at = end_of(page, open);
	}
	wv_buf_add(out, wv_slice_from(page, from));
}
