#include "crawler/discover/links.h"

#include "config/base/checked.h"
#include "config/base/limits.h"
#include "config/url.h"
#include "crawler/page/charset.h"

#define WRITTEN_MASK 127u

static const char *const kind_names[WV_LINK_KIND_COUNT] = {
	[WV_LINK_PAGE] = "page",           [WV_LINK_FRAME] = "frame",
	[WV_LINK_REFRESH] = "refresh",     [WV_LINK_FEED] = "feed",
	[WV_LINK_SITEMAP] = "sitemap",     [WV_LINK_CANONICAL] = "canonical",
	[WV_LINK_AMP] = "amp",             [WV_LINK_NEXT] = "next",
	[WV_LINK_LANGUAGE] = "language",   [WV_LINK_IMAGE] = "image",
	[WV_LINK_STYLE] = "style",         [WV_LINK_SCRIPT] = "script",
	[WV_LINK_MEDIA] = "media",
};

const char *wv_link_kind_name(enum wv_link_kind kind)
{
	WV_ASSERT(kind < WV_LINK_KIND_COUNT);
	return kind_names[kind];
}

/* ---- what a reference is ---- */

static bool is_feed_type(struct wv_slice type)
{
	static const char *const types[] = {"application/rss+xml", "application/atom+xml",
	                                    "application/feed+json", "application/rdf+xml",
	                                    "application/json", "text/xml", "application/xml"};

	type = wv_slice_trim(type);
	for (size_t i = 0; i < WV_COUNT(types); i++) {
		if (wv_slice_starts_nocase(type, wv_slice_of(types[i])))
			return true;
	}
	return false;
}

/* json and xml alone also name API endpoints and oEmbed: a feed only without such a sign. */
static bool is_plain_feed(const struct wv_scan_link *link)
{
	return is_feed_type(link->type) &&
	       wv_slice_find_nocase(link->type, WV_LIT("oembed"), 0) == SIZE_MAX &&
	       wv_slice_find_nocase(link->value, WV_LIT("oembed"), 0) == SIZE_MAX &&
	       wv_slice_find_nocase(link->value, WV_LIT("wp-json"), 0) == SIZE_MAX;
}

/* The kind of a <link>; false for those that name nothing to fetch. */
static bool kind_of_link_element(const struct wv_scan_link *link, enum wv_link_kind *kind)
{
	if (link->attr == WV_ATTR_IMAGESRCSET)
		*kind = WV_LINK_IMAGE;
	else if (wv_slice_has_word(link->rel, WV_LIT("stylesheet")))
		*kind = WV_LINK_STYLE;
	else if (wv_slice_has_word(link->rel, WV_LIT("feed")))
		*kind = WV_LINK_FEED;
	else if (wv_slice_has_word(link->rel, WV_LIT("alternate")) && is_plain_feed(link))
		*kind = WV_LINK_FEED;
	else if (wv_slice_has_word(link->rel, WV_LIT("alternate")) &&
	         (link->type.n == 0 || wv_slice_starts_nocase(link->type, WV_LIT("text/html"))))
		*kind = WV_LINK_LANGUAGE;
	else if (wv_slice_has_word(link->rel, WV_LIT("canonical")))
		*kind = WV_LINK_CANONICAL;
	else if (wv_slice_has_word(link->rel, WV_LIT("amphtml")))
		*kind = WV_LINK_AMP;
	else if (wv_slice_has_word(link->rel, WV_LIT("next")))
		*kind = WV_LINK_NEXT;
	else if (wv_slice_has_word(link->rel, WV_LIT("sitemap")))
		*kind = WV_LINK_SITEMAP;
	else if (wv_slice_has_word(link->rel, WV_LIT("icon")) || wv_slice_has_word(link->rel, WV_LIT("image_src")) ||
	         wv_slice_has_word(link->rel, WV_LIT("apple-touch-icon")))
		*kind = WV_LINK_IMAGE;
	else
		return false;
	return true;
}

static bool kind_of(const struct wv_scan_link *link, enum wv_link_kind *kind)
{
	switch (link->tag) {
	case WV_TAG_A:
	case WV_TAG_AREA:
		*kind = WV_LINK_PAGE;
		if (wv_slice_has_word(link->rel, WV_LIT("next")))
			*kind = WV_LINK_NEXT;
		else if (wv_slice_has_word(link->rel, WV_LIT("alternate")) && is_plain_feed(link))
			*kind = WV_LINK_FEED;
		return true;
	case WV_TAG_LINK:
		return kind_of_link_element(link, kind);
	case WV_TAG_META:
		*kind = WV_LINK_REFRESH;
		return true;
	case WV_TAG_IFRAME:
	case WV_TAG_FRAME:
	case WV_TAG_AMP_IFRAME:
		*kind = WV_LINK_FRAME;
		return true;
	case WV_TAG_SCRIPT:
		*kind = WV_LINK_SCRIPT;
		return true;
	case WV_TAG_VIDEO:
		*kind = link->attr == WV_ATTR_POSTER ? WV_LINK_IMAGE : WV_LINK_MEDIA;
		return true;
	case WV_TAG_AUDIO:
	case WV_TAG_TRACK:
	case WV_TAG_EMBED:
	case WV_TAG_OBJECT:
		*kind = WV_LINK_MEDIA;
		return true;
	case WV_TAG_SOURCE: /* srcset belongs to picture, src to video and audio */
		*kind = link->attr == WV_ATTR_SRC || link->attr == WV_ATTR_DATA_SRC
		                ? WV_LINK_MEDIA
		                : WV_LINK_IMAGE;
		return true;
	default:
		*kind = WV_LINK_IMAGE; /* img, input, background */
		return true;
	}
}

static bool is_requisite(enum wv_link_kind kind)
{
	return kind >= WV_LINK_IMAGE;
}

/* ---- attribute grammars ---- */

static size_t skip_space(struct wv_slice s, size_t at)
{
	while (at < s.n && wv_byte_is_space(s.p[at]))
		at++;
	return at;
}

struct wv_slice wv_links_refresh_url(struct wv_slice s)
{
	size_t at = skip_space(s, 0), from = at, end;
	unsigned char quote;

	while (at < s.n && (wv_byte_is_digit(s.p[at]) || s.p[at] == '.'))
		at++;
	if (at == from)
		return WV_SLICE_NONE;
	if (at < s.n && s.p[at] != ';' && s.p[at] != ',' && !wv_byte_is_space(s.p[at]))
		return WV_SLICE_NONE;
	at = skip_space(s, at);
	if (at < s.n && (s.p[at] == ';' || s.p[at] == ','))
		at = skip_space(s, at + 1);
	if (wv_slice_starts_nocase(wv_slice_from(s, at), WV_LIT("url"))) {
		size_t equals = skip_space(s, at + 3);

		if (equals < s.n && s.p[equals] == '=')
			at = skip_space(s, equals + 1);
	}
	if (at >= s.n)
		return WV_SLICE_NONE;
	quote = s.p[at];
	if (quote == '"' || quote == '\'') {
		end = wv_slice_find_byte(s, quote, at + 1);
		return wv_slice_part(s, at + 1, end == SIZE_MAX ? SIZE_MAX : end - at - 1);
	}
	return wv_slice_trim(wv_slice_from(s, at));
}

bool wv_links_srcset_next(struct wv_slice s, size_t *at, struct wv_slice *url)
{
	size_t p = *at, from, depth = 0;

	while (p < s.n && (wv_byte_is_space(s.p[p]) || s.p[p] == ','))
		p++;
	if (p >= s.n) {
		*at = p;
		return false;
	}
	from = p;
	while (p < s.n && !wv_byte_is_space(s.p[p]))
		p++;
	*url = wv_slice_part(s, from, p - from);
	if (s.p[p - 1] == ',') { /* a URL may hold commas, but not end in one */
		while (url->n > 0 && url->p[url->n - 1] == ',')
			url->n--;
		*at = p;
		return true;
	}
	for (; p < s.n; p++) { /* descriptors */
		if (s.p[p] == ',' && depth == 0)
			break;
		depth += s.p[p] == '(';
		depth -= s.p[p] == ')' && depth > 0;
	}
	*at = p;
	return true;
}

/* ---- the list ---- */

/* As many as a page's elements; a srcset has any number, and a base makes each of them long. */
#define JOINED_MAX (4u * WV_LIMIT_LINKS_PER_PAGE)

/* A reference as it was written, and what it gave: menus say the same again and again. */
struct written {
	struct wv_slice reference;
	enum wv_link_kind kind;
	uint32_t link;
};

struct finder {
	struct wv_arena *arena;
	struct wv_url_joiner joiner;
	struct wv_slice charset;
	struct wv_link *links;
	size_t count, room, dropped;
	uint32_t *slots; /* number of the link plus one, by hash */
	size_t mask;
	struct written *written; /* by hash, a later one over an earlier one */
	size_t joined;
	bool no_memory;
};

static bool is_nofollow(struct wv_slice rel)
{
	return wv_slice_has_word(rel, WV_LIT("nofollow")) || wv_slice_has_word(rel, WV_LIT("ugc")) ||
	       wv_slice_has_word(rel, WV_LIT("sponsored"));
}

/* Has the markup any text outside of tags? A picture's link has none, the headline's has. */
static bool has_text(struct wv_slice markup)
{
	bool in_tag = false;

	for (size_t i = 0; i < markup.n; i++) {
		if (markup.p[i] == '<')
			in_tag = true;
		else if (markup.p[i] == '>')
			in_tag = false;
		else if (!in_tag && !wv_byte_is_space(markup.p[i]))
			return true;
	}
	return false;
}

static void merge(struct wv_link *link, const struct wv_scan_link *from)
{
	link->count++;
	link->nofollow = link->nofollow && is_nofollow(from->rel);
	if (from->inner.n > 0 && !has_text(link->inner) && has_text(from->inner)) {
		link->inner = from->inner;
		link->where = from->where;
	}
	if (link->title.n == 0)
		link->title = from->title;
}

/* The link that is this URL's, new or not; SIZE_MAX where there is no room for it. */
static size_t link_of(struct finder *f, const struct wv_scan_link *from, enum wv_link_kind kind,
                      struct wv_slice url)
{
	size_t at = (size_t)wv_slice_hash(url, kind) & f->mask;

	for (; f->slots[at] != 0; at = (at + 1) & f->mask) {
		struct wv_link *link = &f->links[f->slots[at] - 1];

		if (link->kind == kind && wv_slice_equals(link->url, url)) {
			merge(link, from);
			return f->slots[at] - 1;
		}
	}
	if (f->count == f->room) {
		f->dropped++;
		return SIZE_MAX;
	}
	f->links[f->count] = (struct wv_link){
		.kind = kind,
		.nofollow = is_nofollow(from->rel),
		.where = from->where,
		.offset = from->offset,
		.count = 1,
		.url = url,
		.title = from->title,
		.inner = from->inner,
	};
	f->slots[at] = (uint32_t)++f->count;
	return f->count - 1;
}

static void add(struct finder *f, const struct wv_scan_link *from, enum wv_link_kind kind,
                struct wv_slice reference)
{
	struct wv_slice url = WV_SLICE_NONE, asked;
	struct written *written;
	enum wv_status st = WV_OK;
	size_t link;

	reference = wv_slice_trim(reference);
	if (reference.n == 0 && kind != WV_LINK_PAGE)
		return;
	if (reference.n > 0 && reference.p[0] == '#') /* inside this page */
		return;
	if (wv_slice_starts_nocase(reference, WV_LIT("data:")) ||
	    wv_slice_starts_nocase(reference, WV_LIT("javascript:")))
		return;
	written = &f->written[wv_slice_hash(reference, kind) & WRITTEN_MASK];
	if (written->reference.p && written->kind == kind &&
	    wv_slice_equals(written->reference, reference)) {
		merge(&f->links[written->link], from);
		return;
	}
	if (f->count == f->room || f->joined == JOINED_MAX) {
		f->dropped++;
		return;
	}
	f->joined++;
	asked = reference;
	if (f->charset.n > 0)
		st = wv_charset_encode_query(f->arena, reference, f->charset, &asked, NULL);
	if (st == WV_OK)
		st = wv_url_join(f->arena, &f->joiner, asked, &url);
	f->no_memory |= st == WV_NOMEM;
	if (st != WV_OK)
		return;
	link = link_of(f, from, kind, url);
	if (link != SIZE_MAX)
		*written = (struct written){reference, kind, (uint32_t)link};
}

static void each_reference(struct finder *f, const struct wv_scan_link *from, uint32_t want)
{
	enum wv_link_kind kind;

	if (!kind_of(from, &kind))
		return;
	if (!(want & (is_requisite(kind) ? WV_LINKS_REQUISITES : WV_LINKS_PAGES)))
		return;
	switch (from->attr) {
	case WV_ATTR_SRCSET:
	case WV_ATTR_IMAGESRCSET:
	case WV_ATTR_DATA_SRCSET:
	case WV_ATTR_DATA_LAZY_SRCSET: {
		struct wv_slice url;

		for (size_t at = 0; wv_links_srcset_next(from->value, &at, &url);)
			add(f, from, kind, url);
		break;
	}
	case WV_ATTR_CONTENT: {
		struct wv_slice url = wv_links_refresh_url(from->value);

		if (url.n > 0)
			add(f, from, kind, url);
		break;
	}
	default:
		add(f, from, kind, from->value);
		break;
	}
}

/* Room for every reference, and for a srcset's further ones; the cap is on distinct links. */
static enum wv_status prepare(struct finder *f, const struct wv_scan *scan, struct wv_err *err)
{
	size_t references = 0, slots = 16;

	for (size_t i = 0; i < scan->link_count && references < WV_LIMIT_LINKS_PER_PAGE; i++) {
		const struct wv_scan_link *link = &scan->links[i];

		references++;
		if (link->attr == WV_ATTR_SRCSET || link->attr == WV_ATTR_IMAGESRCSET ||
		    link->attr == WV_ATTR_DATA_SRCSET || link->attr == WV_ATTR_DATA_LAZY_SRCSET) {
			for (size_t at = 0; at < link->value.n; at++)
				references += link->value.p[at] == ',';
		}
	}
	f->room = wv_min_size(references, WV_LIMIT_LINKS_PER_PAGE);
	while (slots < f->room * 2)
		slots *= 2;
	f->mask = slots - 1;
	f->links = WV_ARENA_ARRAY(f->arena, struct wv_link, f->room);
	f->slots = WV_ARENA_ARRAY(f->arena, uint32_t, slots);
	f->written = WV_ARENA_ARRAY(f->arena, struct written, WRITTEN_MASK + 1);
	if (!f->links || !f->slots || !f->written)
		return wv_err_set(err, WV_NOMEM, "out of memory for a page's links");
	return WV_OK;
}

enum wv_status wv_links_find(struct wv_arena *arena, const struct wv_scan *scan,
                             struct wv_slice page_url, struct wv_slice charset, uint32_t want,
                             struct wv_links *out, struct wv_err *err)
{
	struct finder f = {.arena = arena, .charset = charset};
	struct wv_url base, page;
	enum wv_status st;

	st = wv_url_parse(arena, page_url, NULL, &page, err);
	if (st != WV_OK)
		return wv_err_add(err, st, "page's own address");
	f.joiner.base = page;
	/* A base that is no web address would turn all links into nothing. */
	if (scan->base_href.n > 0 &&
	    wv_url_parse(arena, wv_slice_trim(scan->base_href), &page, &base, NULL) == WV_OK &&
	    wv_url_is_web(&base))
		f.joiner.base = base;
	st = prepare(&f, scan, err);
	if (st != WV_OK)
		return st;
	for (size_t i = 0; i < scan->link_count && !f.no_memory; i++)
		each_reference(&f, &scan->links[i], want);
	if (f.no_memory)
		return wv_err_set(err, WV_NOMEM, "out of memory for a page's links");
	*out = (struct wv_links){
		.links = f.links,
		.count = f.count,
		.dropped = f.dropped + scan->links_dropped,
		.base = f.joiner.base.href,
	};
	return WV_OK;
}

struct wv_slice wv_link_text(struct wv_arena *arena, const struct wv_link *link, size_t cap_bytes)
{
	struct wv_slice text = wv_markup_text(arena, link->inner, cap_bytes);

	if (text.n == 0)
		text = wv_markup_squeeze(arena, link->title, cap_bytes);
	return text;
}
