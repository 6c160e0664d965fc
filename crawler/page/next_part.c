#include "crawler/page/next_part.h"

/* A path or query value that ends in a number: what stands before it, and the number. */
struct numbered {
	struct wv_slice stem;
	uint32_t number; /* 0: none */
};

static bool read_number(struct wv_slice digits, uint32_t *number)
{
	uint64_t value;

	if (digits.n == 0 || digits.n > 2 || !wv_slice_u64(digits, &value) ||
	    value > WV_PARTS_NUMBER_MAX)
		return false;
	*number = (uint32_t)value;
	return true;
}

/* ".html" and kin at the end of a path; empty if there is none. */
static struct wv_slice extension_of(struct wv_slice path)
{
	for (size_t i = path.n; i-- > 0 && path.n - i <= 6 && path.p[i] != '/';)
		if (path.p[i] == '.')
			return wv_slice_from(path, i);
	return WV_SLICE_NONE;
}

static struct wv_slice without_end(struct wv_slice s, size_t n)
{
	return wv_slice_part(s, 0, s.n - n);
}

static bool is_parting(unsigned char c)
{
	return c == '_' || c == '-' || c == ',' || c == '/' || c == '.';
}

/* "/a/salt_2", "/a/salt/page/2", "/a/salt-p2" */
static struct numbered split_path(struct wv_slice path)
{
	static const char *const words[] = {"page",   "pag",  "seite", "teil",     "part", "pagina",
					    "strona", "sida", "side",  "stranica", "pg",   "p"};
	struct numbered out = {path, 0};
	size_t digits = 0;
	struct wv_slice stem;

	while (digits < path.n && digits < 4 && wv_byte_is_digit(path.p[path.n - 1 - digits]))
		digits++;
	stem = without_end(path, digits);
	if (stem.n == 0 || !read_number(wv_slice_from(path, stem.n), &out.number))
		return (struct numbered){path, 0};
	if (is_parting(stem.p[stem.n - 1]))
		stem = without_end(stem, 1);
	for (size_t i = 0; i < WV_COUNT(words); i++) {
		struct wv_slice word = wv_slice_of(words[i]);

		if (stem.n > word.n + 1 && wv_slice_ends(stem, word) &&
		    is_parting(stem.p[stem.n - word.n - 1])) {
			out.stem = without_end(stem, word.n + 1);
			return out;
		}
	}
	/* Without a word a sign must part name and number: "story12" is a name. */
	if (stem.n + digits == path.n)
		return (struct numbered){path, 0};
	out.stem = stem;
	return out;
}

static uint32_t follows(uint32_t number, uint32_t next)
{
	if (number == 0) /* the first part has no number; the second is 2, or 1 */
		return next == 1 || next == 2 ? next : 0;
	return next == number + 1 ? next : 0;
}

static uint32_t next_by_path(struct wv_slice page, struct wv_slice next)
{
	struct wv_slice extension = extension_of(next), own = extension_of(page);
	struct numbered a, b;

	if (next.n > 1 && wv_slice_ends(next, WV_LIT("/")))
		next = without_end(next, 1);
	b = split_path(without_end(next, extension.n));
	if (b.number == 0)
		return 0;
	/* A folder's first page has no name. */
	if (wv_slice_ends(page, WV_LIT("/"))) {
		page = without_end(page, 1);
		if (wv_slice_ends(b.stem, WV_LIT("/index")) &&
		    wv_slice_equals(without_end(b.stem, 6), page))
			return follows(0, b.number);
	}
	if (own.n > 0 && extension.n > 0 && !wv_slice_equals(own, extension))
		return 0;
	page = without_end(page, own.n);
	if (wv_slice_equals(page, b.stem))
		return follows(0, b.number);
	a = split_path(page);
	if (a.number == 0 || !wv_slice_equals(a.stem, b.stem))
		return 0;
	return follows(a.number, b.number);
}

static bool is_page_name(struct wv_slice name)
{
	static const char *const names[] = {"page",    "p",      "pg",     "pn",         "paged",
					    "pagenum", "part",   "pageno", "pagenumber", "page_num",
					    "seite",   "pagina", "curpage"};

	for (size_t i = 0; i < WV_COUNT(names); i++)
		if (wv_slice_equals_nocase(name, wv_slice_of(names[i])))
			return true;
	return false;
}

/* The next NAME=VALUE of a query from *at on; empty at its end. */
static struct wv_slice next_pair(struct wv_slice query, size_t *at)
{
	size_t begin = *at, end;

	if (begin >= query.n)
		return WV_SLICE_NONE;
	end = wv_slice_find_byte(query, '&', begin);
	if (end == SIZE_MAX)
		end = query.n;
	*at = end + 1;
	return wv_slice_part(query, begin, end - begin);
}

static bool has_pair(struct wv_slice query, struct wv_slice pair)
{
	size_t at = 0;
	struct wv_slice p;

	while ((p = next_pair(query, &at)).n > 0)
		if (wv_slice_equals(p, pair))
			return true;
	return false;
}

/* The number that one pair gives as the page's; all others must be in `other`, too. */
static bool page_of_query(struct wv_slice query, struct wv_slice other, uint32_t *number)
{
	size_t at = 0;
	struct wv_slice pair;

	*number = 0;
	while ((pair = next_pair(query, &at)).n > 0) {
		size_t equals = wv_slice_find_byte(pair, '=', 0);

		if (equals != SIZE_MAX && is_page_name(wv_slice_part(pair, 0, equals))) {
			if (*number != 0 || !read_number(wv_slice_from(pair, equals + 1), number))
				return false;
		} else if (!has_pair(other, pair)) {
			return false;
		}
	}
	return true;
}

static uint32_t next_by_query(struct wv_slice page, struct wv_slice next)
{
	uint32_t a, b;

	if (!page_of_query(page, next, &a) || !page_of_query(next, page, &b) || b == 0)
		return 0;
	return follows(a, b);
}

uint32_t wv_next_part(const struct wv_url *page, const struct wv_url *next)
{
	if (!page->has_host || !wv_slice_equals(page->host, next->host) ||
	    wv_url_port(page) != wv_url_port(next))
		return 0;
	if (wv_slice_equals(page->path, next->path))
		return next_by_query(page->query, next->query);
	if (!wv_slice_equals(page->query, next->query))
		return 0;
	return next_by_path(page->path, next->path);
}

bool wv_next_part_may_be(const struct wv_url *page, struct wv_slice href)
{
	struct wv_slice path = page->path, stem;
	size_t slash, n = 0;

	if (href.n == 0 || href.n > 2000)
		return false;
	if (href.p[0] == '?')
		return true;
	if (wv_slice_ends(path, WV_LIT("/")))
		path = without_end(path, 1);
	slash = path.n;
	while (slash > 0 && path.p[slash - 1] != '/')
		slash--;
	stem = wv_slice_from(path, slash);
	while (n < stem.n && n < 24 && !is_parting(stem.p[n]))
		n++;
	stem = wv_slice_part(stem, 0, n);
	/* "/a/salt/2" leads to "/a/salt/3": the number is a name of its own. */
	if (stem.n <= 2)
		return true;
	return wv_slice_find(href, stem, 0) != SIZE_MAX ||
	       wv_slice_starts(href, WV_LIT("index_")) || href.n <= 12;
}
