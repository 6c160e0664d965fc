#include "crawler/page/scan.h"

#include "config/base/checked.h"
#include "config/base/limits.h"
#include "crawler/page/embedded.h"
#include "crawler/page/nesting.h"
#include "crawler/page/plain.h"
#include "crawler/page/token.h"

#define LINKS_MAX   (4u * WV_LIMIT_LINKS_PER_PAGE)
#define METAS_MAX   1000u
#define SCRIPTS_MAX 200u
#define NO_LINK     SIZE_MAX
#define ROOTS_MAX   8u
/* A noscript with this many paragraphs is content, not a lazy image or a tracking pixel. */
#define NOSCRIPT_PARAGRAPHS 3u

/* Elements that are left out with all inside, where their end tag exists. */
enum closing {
	CLOSING_SVG,
	CLOSING_TEMPLATE,
	CLOSING_SELECT,
	CLOSING_NOSCRIPT,
	CLOSING_COUNT
};

struct grown {
	void *p;
	size_t n, room;
};

struct scanner {
	struct wv_arena *arena;
	struct wv_slice text;
	uint32_t want;
	struct wv_scan *out;
	struct wv_tokenizer tokenizer;
	struct wv_nesting nesting;
	struct grown links, metas, scripts;
	bool no_memory;
	bool in_head;
	bool has_title, has_doctype;
	unsigned roots;               /* html and body tags */
	size_t open_link;             /* the <a> whose inside is not finished, or NO_LINK */
	struct wv_plain plain;
	struct wv_compact_writer compact;
	bool after_pre;               /* nothing yet since a <pre> */
	bool is_raw_text;             /* the next text is that of xmp or plaintext */
	/* Inside an element that is left out: its tag, its nesting, HTML islands inside svg. */
	enum wv_tag skip;
	uint32_t skip_depth, skip_islands;
	enum wv_tag raw_end;          /* the end tag of a raw element that was left out */
	size_t next_close[CLOSING_COUNT];
};

/* Room for one more, doubling inside the arena; NULL at the cap or out of memory. */
static void *grow(struct scanner *s, struct grown *array, size_t size, size_t most)
{
	if (array->n >= most)
		return NULL;
	if (array->n == array->room) {
		size_t room = array->room > 0 ? array->room * 2 : 32;
		void *p = wv_arena_zero(s->arena, room, size);

		if (!p) {
			s->no_memory = true;
			return NULL;
		}
		if (array->n > 0)
			memcpy(p, array->p, array->n * size);
		array->p = p;
		array->room = room;
	}
	return (unsigned char *)array->p + size * array->n++;
}

static struct wv_slice decode(struct scanner *s, struct wv_slice value)
{
	struct wv_slice decoded = wv_markup_decode(s->arena, value, true);

	if (value.n > 0 && decoded.p == NULL)
		s->no_memory = true;
	return decoded;
}

static uint32_t offset_of(const struct scanner *s, const unsigned char *p)
{
	return (uint32_t)(p - s->text.p);
}

/* ---- what is kept ---- */

/* An end tag or the DOCTYPE, as it stands. */
static void keep_markup(struct scanner *s, struct wv_slice raw)
{
	if (s->want & WV_SCAN_PRUNED)
		wv_plain_keep(&s->plain, raw);
	if (s->want & WV_SCAN_COMPACT)
		wv_compact_markup(&s->compact, raw);
	s->after_pre = false;
}

static bool is_in_math(const struct scanner *s)
{
	return s->nesting.open[WV_TAG_MATH] > 0;
}

static void keep_tag(struct scanner *s, const struct wv_token *token)
{
	bool is_foreign = is_in_math(s);

	if (s->want & WV_SCAN_PRUNED)
		wv_plain_tag(&s->plain, token, is_foreign);
	if (s->want & WV_SCAN_COMPACT)
		wv_compact_tag(&s->compact, token, is_foreign);
	s->after_pre = token->tag == WV_TAG_PRE || token->tag == WV_TAG_LISTING;
}

/* A line break right after <pre> is no text; in the compact form nobody else would see it. */
static struct wv_slice after_pre(struct wv_slice text)
{
	if (wv_slice_starts(text, WV_LIT("\r\n")))
		return wv_slice_from(text, 2);
	if (text.n > 0 && (text.p[0] == '\n' || text.p[0] == '\r'))
		return wv_slice_from(text, 1);
	return text;
}

static void keep_text(struct scanner *s, const struct wv_token *token, bool is_blank)
{
	struct wv_slice raw = token->raw;

	/* Indentation: one byte says the same, except in pre. */
	if (is_blank && raw.n > 1 && s->nesting.open[WV_TAG_PRE] == 0 &&
	    s->nesting.open[WV_TAG_LISTING] == 0)
		raw.n = 1;
	if (s->want & WV_SCAN_PRUNED)
		wv_plain_keep(&s->plain, raw);
	if ((s->want & WV_SCAN_COMPACT) && is_blank)
		wv_compact_markup(&s->compact, raw);
	else if (s->want & WV_SCAN_COMPACT)
		wv_compact_text(&s->compact, s->after_pre ? after_pre(token->text) : token->text,
		                s->is_raw_text || token->text.p != token->raw.p);
	s->after_pre = false;
}

static bool is_blank(struct wv_slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (!wv_byte_is_space(text.p[i]))
			return false;
	}
	return true;
}

static void text_run(struct scanner *s, const struct wv_token *token)
{
	bool blank;

	if (s->skip != WV_TAG_UNKNOWN)
		return;
	blank = is_blank(token->text);
	if (blank) {
		s->out->text_bytes++;
		if (s->in_head)
			return;
	} else {
		s->out->text_bytes += (uint32_t)token->text.n;
		s->in_head = false;
	}
	keep_text(s, token, blank);
	s->is_raw_text = false;
}

/* ---- references ---- */

static void add_link(struct scanner *s, const struct wv_token *token,
                     const struct wv_token_attr *attr, uint32_t where)
{
	const struct wv_token_attr *rel = wv_token_attr(token, WV_ATTR_REL);
	const struct wv_token_attr *type = wv_token_attr(token, WV_ATTR_TYPE);
	const struct wv_token_attr *title = wv_token_attr(token, WV_ATTR_TITLE);
	struct wv_scan_link *link = grow(s, &s->links, sizeof(*link), LINKS_MAX);

	if (!link) {
		s->out->links_dropped++;
		return;
	}
	if (!title && token->tag == WV_TAG_IMG)
		title = wv_token_attr(token, WV_ATTR_ALT);
	*link = (struct wv_scan_link){
		.tag = token->tag,
		.attr = attr->name,
		.where = where,
		.offset = offset_of(s, token->raw.p),
		.value = decode(s, attr->value),
		.rel = rel ? decode(s, rel->value) : WV_SLICE_NONE,
		.type = type ? decode(s, type->value) : WV_SLICE_NONE,
		.title = title ? decode(s, title->value) : WV_SLICE_NONE,
		.inner = wv_slice(token->raw.p + token->raw.n, 0),
	};
	if (token->tag == WV_TAG_A && attr->name == WV_ATTR_HREF)
		s->open_link = s->links.n - 1;
}

/* The inside of the open <a> ends at `p`. */
static void end_link(struct scanner *s, const unsigned char *p)
{
	struct wv_scan_link *link;

	if (s->open_link == NO_LINK)
		return;
	link = (struct wv_scan_link *)s->links.p + s->open_link;
	link->inner.n = (size_t)(p - link->inner.p);
	s->open_link = NO_LINK;
}

static bool is_reference(enum wv_tag tag, enum wv_attr_name attr)
{
	switch (attr) {
	case WV_ATTR_HREF:
		return tag == WV_TAG_A || tag == WV_TAG_AREA || tag == WV_TAG_LINK;
	case WV_ATTR_SRC:
		return tag == WV_TAG_IMG || tag == WV_TAG_IMAGE || tag == WV_TAG_SOURCE ||
		       tag == WV_TAG_VIDEO || tag == WV_TAG_AUDIO || tag == WV_TAG_TRACK ||
		       tag == WV_TAG_IFRAME || tag == WV_TAG_FRAME || tag == WV_TAG_EMBED ||
		       tag == WV_TAG_SCRIPT || tag == WV_TAG_INPUT || tag == WV_TAG_AMP_IMG ||
		       tag == WV_TAG_AMP_IFRAME;
	case WV_ATTR_SRCSET:
		return tag == WV_TAG_IMG || tag == WV_TAG_SOURCE || tag == WV_TAG_AMP_IMG;
	case WV_ATTR_DATA_SRC:
	case WV_ATTR_DATA_SRCSET:
	case WV_ATTR_DATA_ORIGINAL:
	case WV_ATTR_DATA_LAZY_SRC:
	case WV_ATTR_DATA_LAZY_SRCSET:
		return tag == WV_TAG_IMG || tag == WV_TAG_SOURCE || tag == WV_TAG_IFRAME;
	case WV_ATTR_IMAGESRCSET:
		return tag == WV_TAG_LINK;
	case WV_ATTR_POSTER:
		return tag == WV_TAG_VIDEO;
	case WV_ATTR_DATA:
		return tag == WV_TAG_OBJECT;
	case WV_ATTR_BACKGROUND:
		return tag == WV_TAG_BODY || tag == WV_TAG_TABLE || tag == WV_TAG_TD ||
		       tag == WV_TAG_TH;
	default:
		return false;
	}
}

static void references(struct scanner *s, const struct wv_token *token, uint32_t where)
{
	if (token->tag == WV_TAG_BASE) {
		const struct wv_token_attr *href = wv_token_attr(token, WV_ATTR_HREF);

		if (href && s->out->base_href.p == NULL)
			s->out->base_href = decode(s, href->value);
		return;
	}
	if (!(s->want & WV_SCAN_LINKS))
		return;
	if (token->tag == WV_TAG_A)
		end_link(s, token->raw.p);
	for (size_t i = 0; i < token->attr_count; i++) {
		if (is_reference(token->tag, token->attrs[i].name))
			add_link(s, token, &token->attrs[i], where);
	}
	if (token->tag == WV_TAG_META) {
		const struct wv_token_attr *equiv = wv_token_attr(token, WV_ATTR_HTTP_EQUIV);
		const struct wv_token_attr *content = wv_token_attr(token, WV_ATTR_CONTENT);

		if (equiv && content && wv_slice_equals_nocase(equiv->value, WV_LIT("refresh")))
			add_link(s, token, content, where);
	}
}

/* ---- head metadata ---- */

static void add_meta(struct scanner *s, const struct wv_token *token)
{
	static const enum wv_attr_name keys[] = {WV_ATTR_NAME, WV_ATTR_PROPERTY, WV_ATTR_ITEMPROP,
	                                         WV_ATTR_HTTP_EQUIV};
	const struct wv_token_attr *content = wv_token_attr(token, WV_ATTR_CONTENT);
	struct wv_slice value = WV_SLICE_NONE;

	if (!content || !(s->want & WV_SCAN_HEAD))
		return;
	for (size_t i = 0; i < WV_COUNT(keys); i++) {
		const struct wv_token_attr *key = wv_token_attr(token, keys[i]);
		struct wv_scan_meta *meta;

		if (!key || key->value.n == 0)
			continue;
		if (value.p == NULL)
			value = decode(s, content->value);
		meta = grow(s, &s->metas, sizeof(*meta), METAS_MAX);
		if (!meta)
			return;
		*meta = (struct wv_scan_meta){
			.key_attr = keys[i],
			.in_head = s->in_head,
			.offset = offset_of(s, token->raw.p),
			.key = wv_slice_trim(decode(s, key->value)),
			.content = value,
		};
	}
}

static void add_script(struct scanner *s, const struct wv_embedded *found,
                       const struct wv_token *token)
{
	struct wv_scan_script *script = grow(s, &s->scripts, sizeof(*script), SCRIPTS_MAX);

	if (!script)
		return;
	*script = (struct wv_scan_script){
		.kind = found->kind,
		.in_head = s->in_head,
		.offset = offset_of(s, token->raw.p),
		.id = found->id,
		.type = found->type,
		.body = found->body,
	};
}

static void script(struct scanner *s, const struct wv_token *token)
{
	const struct wv_token_attr *type = wv_token_attr(token, WV_ATTR_TYPE);
	const struct wv_token_attr *id = wv_token_attr(token, WV_ATTR_ID);
	struct wv_embedded found[WV_EMBEDDED_MAX];
	struct wv_slice type_value = type ? type->value : WV_SLICE_NONE;
	struct wv_slice id_value = id ? id->value : WV_SLICE_NONE;
	struct wv_slice body;
	size_t n;

	wv_tokenizer_enter(&s->tokenizer, WV_TAG_SCRIPT);
	body = wv_tokenizer_skip_raw(&s->tokenizer);
	s->raw_end = WV_TAG_SCRIPT;
	if (wv_embedded_is_classic(type_value))
		s->out->script_bytes += (uint32_t)body.n;
	if (!(s->want & WV_SCAN_HEAD) || s->skip == WV_TAG_TEMPLATE)
		return;
	n = wv_embedded_find(type_value, id_value, body, found);
	for (size_t i = 0; i < n; i++)
		add_script(s, &found[i], token);
}

static void title(struct scanner *s)
{
	struct wv_slice body;

	wv_tokenizer_enter(&s->tokenizer, WV_TAG_TITLE);
	body = wv_tokenizer_skip_raw(&s->tokenizer);
	s->raw_end = WV_TAG_TITLE;
	if (s->has_title || !(s->want & WV_SCAN_HEAD))
		return;
	s->out->title = wv_markup_squeeze(s->arena, body, WV_LIMIT_TITLE_BYTES);
	s->no_memory |= s->out->title.p == NULL;
	s->has_title = s->out->title.n > 0;
}

static struct wv_slice attr_value(struct scanner *s, const struct wv_token *token,
                                  enum wv_attr_name name)
{
	const struct wv_token_attr *attr = wv_token_attr(token, name);

	return attr ? wv_slice_trim(decode(s, attr->value)) : WV_SLICE_NONE;
}

static void root(struct scanner *s, const struct wv_token *token)
{
	struct wv_scan *out = s->out;

	if (out->lang.n == 0)
		out->lang = attr_value(s, token, WV_ATTR_LANG);
	if (out->lang.n == 0)
		out->lang = attr_value(s, token, WV_ATTR_XML_LANG);
	if (out->html_class.n == 0)
		out->html_class = attr_value(s, token, WV_ATTR_CLASS);
	out->is_amp |= token->has_amp;
}

static void body(struct scanner *s, const struct wv_token *token)
{
	if (s->out->body_class.n == 0)
		s->out->body_class = attr_value(s, token, WV_ATTR_CLASS);
	if (s->out->body_id.n == 0)
		s->out->body_id = attr_value(s, token, WV_ATTR_ID);
}

/* ---- what is left out ---- */

/*
 * Offset of the next end tag of that kind, or SIZE_MAX. Each is looked for once, so this is linear
 * over the page; without an end tag nothing is left out, since that would be the whole rest.
 */
static size_t next_close(struct scanner *s, enum closing kind)
{
	static const enum wv_tag tags[CLOSING_COUNT] = {WV_TAG_SVG, WV_TAG_TEMPLATE, WV_TAG_SELECT,
	                                                WV_TAG_NOSCRIPT};
	struct wv_slice name = wv_tag_text(tags[kind]);
	size_t at = offset_of(s, s->tokenizer.at);

	if (s->next_close[kind] != SIZE_MAX && s->next_close[kind] < at) {
		for (;; at += 2) {
			at = wv_slice_find(s->text, WV_LIT("</"), at);
			if (at == SIZE_MAX ||
			    wv_slice_starts_nocase(wv_slice_from(s->text, at + 2), name))
				break;
		}
		s->next_close[kind] = at;
	}
	return s->next_close[kind];
}

static bool skip_from(struct scanner *s, enum closing kind, enum wv_tag tag)
{
	if (next_close(s, kind) == SIZE_MAX)
		return false;
	s->skip = tag;
	s->skip_depth = 1;
	s->skip_islands = 0;
	s->tokenizer.is_foreign = tag == WV_TAG_SVG;
	return true;
}

static void skip_ends(struct scanner *s)
{
	s->skip = WV_TAG_UNKNOWN;
	s->tokenizer.is_foreign = is_in_math(s);
}

static bool is_content(struct scanner *s)
{
	size_t at = offset_of(s, s->tokenizer.at), end = next_close(s, CLOSING_NOSCRIPT);
	struct wv_slice inside = wv_slice_part(s->text, at, end - at);
	size_t paragraphs = 0;

	for (at = 0; paragraphs < NOSCRIPT_PARAGRAPHS; at += 2) {
		at = wv_slice_find(inside, WV_LIT("<p"), at);
		if (at == SIZE_MAX)
			return false;
		paragraphs += at + 2 < inside.n && !wv_byte_is_alnum(inside.p[at + 2]);
	}
	return true;
}

/* Start tags that throw the parser out of svg (13.2.6.5). */
static bool breaks_out_of_svg(enum wv_tag tag)
{
	switch (tag) {
	case WV_TAG_B: case WV_TAG_BIG: case WV_TAG_BLOCKQUOTE: case WV_TAG_BODY: case WV_TAG_BR:
	case WV_TAG_CENTER: case WV_TAG_CODE: case WV_TAG_DD: case WV_TAG_DIV: case WV_TAG_DL:
	case WV_TAG_DT: case WV_TAG_EM: case WV_TAG_EMBED: case WV_TAG_H1: case WV_TAG_H2:
	case WV_TAG_H3: case WV_TAG_H4: case WV_TAG_H5: case WV_TAG_H6: case WV_TAG_HEAD:
	case WV_TAG_HR: case WV_TAG_I: case WV_TAG_IMG: case WV_TAG_LI: case WV_TAG_LISTING:
	case WV_TAG_MENU: case WV_TAG_META: case WV_TAG_NOBR: case WV_TAG_OL: case WV_TAG_P:
	case WV_TAG_PRE: case WV_TAG_RUBY: case WV_TAG_S: case WV_TAG_SMALL: case WV_TAG_SPAN:
	case WV_TAG_STRONG: case WV_TAG_STRIKE: case WV_TAG_SUB: case WV_TAG_SUP:
	case WV_TAG_TABLE: case WV_TAG_TT: case WV_TAG_U: case WV_TAG_UL: case WV_TAG_VAR:
		return true;
	default:
		return false;
	}
}

static bool ends_select(enum wv_tag tag)
{
	switch (tag) {
	case WV_TAG_INPUT: case WV_TAG_TEXTAREA: case WV_TAG_SELECT: case WV_TAG_KEYGEN:
	case WV_TAG_TABLE: case WV_TAG_CAPTION: case WV_TAG_TBODY: case WV_TAG_THEAD:
	case WV_TAG_TFOOT: case WV_TAG_TR: case WV_TAG_TD: case WV_TAG_TH:
		return true;
	default:
		return false;
	}
}

static bool is_svg_island(const struct wv_token *token)
{
	return token->tag == WV_TAG_TITLE ||
	       wv_slice_equals_nocase(token->name, WV_LIT("foreignObject")) ||
	       wv_slice_equals_nocase(token->name, WV_LIT("desc"));
}

/*
 * A start tag inside an element that is left out. True if it ends that element, so that it is to
 * be treated as any other.
 */
static bool start_in_skipped(struct scanner *s, const struct wv_token *token)
{
	switch (s->skip) {
	case WV_TAG_SVG:
		if (s->skip_islands == 0 && breaks_out_of_svg(token->tag)) {
			skip_ends(s);
			return true;
		}
		s->skip_depth += token->tag == WV_TAG_SVG && !token->is_self_closing;
		s->skip_islands += is_svg_island(token) && !token->is_self_closing;
		return false;
	case WV_TAG_SELECT:
		if (ends_select(token->tag)) {
			skip_ends(s);
			return token->tag != WV_TAG_SELECT;
		}
		break;
	case WV_TAG_NOSCRIPT:
		references(s, token, wv_nesting_where(&s->nesting) | WV_IN_NOSCRIPT |
		                             (s->in_head ? WV_IN_HEAD : 0));
		break;
	default:
		s->skip_depth += token->tag == s->skip;
		break;
	}
	if (token->tag == WV_TAG_SCRIPT) {
		script(s, token);
	} else {
		wv_tokenizer_enter(&s->tokenizer, token->tag);
		wv_tokenizer_skip_raw(&s->tokenizer);
	}
	return false;
}

static void end_in_skipped(struct scanner *s, const struct wv_token *token)
{
	if (s->skip == WV_TAG_SVG && s->skip_islands > 0 && is_svg_island(token))
		s->skip_islands--;
	if (s->skip == WV_TAG_NOSCRIPT && token->tag == WV_TAG_A)
		end_link(s, token->raw.p);
	if (token->tag == s->skip && --s->skip_depth == 0)
		skip_ends(s);
}

/* ---- tags ---- */

static uint32_t landmark(const struct wv_token *token)
{
	static const struct {
		const char *role;
		uint32_t where;
	} roles[] = {
		{"navigation", WV_IN_NAV},   {"banner", WV_IN_HEADER},
		{"contentinfo", WV_IN_FOOTER}, {"complementary", WV_IN_ASIDE},
		{"main", WV_IN_MAIN},        {"article", WV_IN_ARTICLE},
	};
	const struct wv_token_attr *role = wv_token_attr(token, WV_ATTR_ROLE);

	for (size_t i = 0; role && i < WV_COUNT(roles); i++) {
		if (wv_slice_equals_nocase(role->value, wv_slice_of(roles[i].role)))
			return roles[i].where;
	}
	switch (token->tag) {
	case WV_TAG_NAV:
		return WV_IN_NAV;
	case WV_TAG_HEADER:
		return WV_IN_HEADER;
	case WV_TAG_FOOTER:
		return WV_IN_FOOTER;
	case WV_TAG_ASIDE:
		return WV_IN_ASIDE;
	case WV_TAG_MAIN:
		return WV_IN_MAIN;
	case WV_TAG_ARTICLE:
		return WV_IN_ARTICLE;
	case WV_TAG_FORM:
		return WV_IN_FORM;
	case WV_TAG_H1: case WV_TAG_H2: case WV_TAG_H3: case WV_TAG_H4: case WV_TAG_H5:
	case WV_TAG_H6:
		return WV_IN_HEADING;
	default:
		return 0;
	}
}

/* An element that stays: opens it (if it has content) and keeps its tag. */
static void open_element(struct scanner *s, const struct wv_token *token)
{
	if (token->tag == WV_TAG_HTML || token->tag == WV_TAG_HEAD || token->tag == WV_TAG_BODY ||
	    wv_tag_is_void(token->tag) || (is_in_math(s) && token->is_self_closing)) {
		keep_tag(s, token);
		return;
	}
	if (!wv_nesting_open(&s->nesting, token->tag, token->name, landmark(token))) {
		s->out->parse_limited = true;
		return;
	}
	s->tokenizer.is_foreign = is_in_math(s);
	keep_tag(s, token);
}

/* Elements whose content is raw and read by nobody. */
static void drop_raw(struct scanner *s, enum wv_tag tag)
{
	wv_tokenizer_enter(&s->tokenizer, tag);
	wv_tokenizer_skip_raw(&s->tokenizer);
	s->raw_end = tag;
}

static bool belongs_to_head(enum wv_tag tag)
{
	switch (tag) {
	case WV_TAG_HTML: case WV_TAG_HEAD: case WV_TAG_BASE: case WV_TAG_BASEFONT:
	case WV_TAG_BGSOUND: case WV_TAG_LINK: case WV_TAG_META: case WV_TAG_NOFRAMES:
	case WV_TAG_NOSCRIPT: case WV_TAG_SCRIPT: case WV_TAG_STYLE: case WV_TAG_TEMPLATE:
	case WV_TAG_TITLE:
		return true;
	default:
		return false;
	}
}

static void start_tag(struct scanner *s, const struct wv_token *token)
{
	enum wv_tag tag = token->tag;

	s->out->element_count++;
	s->out->parse_limited |= token->is_limited;
	if (s->skip != WV_TAG_UNKNOWN && !start_in_skipped(s, token))
		return;
	if (s->in_head && !belongs_to_head(tag))
		s->in_head = false;
	references(s, token, wv_nesting_where(&s->nesting) | (s->in_head ? WV_IN_HEAD : 0));
	switch (tag) {
	case WV_TAG_HTML:
	case WV_TAG_BODY:
		/* Each further one may add attributes to the first; pages have one or two. */
		if (++s->roots > ROOTS_MAX)
			return;
		if (tag == WV_TAG_HTML)
			root(s, token);
		else
			body(s, token);
		break;
	case WV_TAG_META:
		add_meta(s, token);
		if (!s->in_head && wv_token_attr(token, WV_ATTR_ITEMPROP))
			break;
		return;
	case WV_TAG_SCRIPT:
		script(s, token);
		return;
	case WV_TAG_TITLE:
		title(s);
		return;
	case WV_TAG_STYLE: case WV_TAG_IFRAME: case WV_TAG_NOEMBED: case WV_TAG_NOFRAMES:
	case WV_TAG_TEXTAREA:
		drop_raw(s, tag);
		return;
	case WV_TAG_SVG:
		if (token->is_self_closing || skip_from(s, CLOSING_SVG, tag))
			return;
		return; /* unclosed: the tag goes, what follows is text of the page */
	case WV_TAG_SELECT:
		skip_from(s, CLOSING_SELECT, tag);
		return;
	case WV_TAG_TEMPLATE:
		/* A declarative shadow root is shown: its content stays, the wrapper goes. */
		if (!wv_token_attr(token, WV_ATTR_SHADOWROOTMODE) &&
		    !wv_token_attr(token, WV_ATTR_SHADOWROOT))
			skip_from(s, CLOSING_TEMPLATE, tag);
		return;
	case WV_TAG_NOSCRIPT:
		if (next_close(s, CLOSING_NOSCRIPT) != SIZE_MAX && (s->in_head || !is_content(s))) {
			skip_from(s, CLOSING_NOSCRIPT, tag);
			return;
		}
		s->in_head = false;
		break;
	case WV_TAG_LINK: case WV_TAG_BASE: case WV_TAG_BASEFONT: case WV_TAG_BGSOUND:
	case WV_TAG_EMBED: case WV_TAG_INPUT: case WV_TAG_KEYGEN: case WV_TAG_PARAM:
	case WV_TAG_SOURCE: case WV_TAG_TRACK: case WV_TAG_WBR: case WV_TAG_AREA:
		return;
	case WV_TAG_XMP: case WV_TAG_PLAINTEXT:
		wv_tokenizer_enter(&s->tokenizer, tag);
		s->is_raw_text = true;
		break;
	default:
		break;
	}
	open_element(s, token);
}

static void end_tag(struct scanner *s, const struct wv_token *token)
{
	enum wv_tag tag = token->tag;
	bool is_raw_end = tag == s->raw_end && tag != WV_TAG_UNKNOWN;

	s->raw_end = WV_TAG_UNKNOWN;
	if (is_raw_end)
		return;
	if (s->skip != WV_TAG_UNKNOWN) {
		end_in_skipped(s, token);
		return;
	}
	switch (tag) {
	case WV_TAG_HEAD:
		s->in_head = false;
		break;
	case WV_TAG_A:
		end_link(s, token->raw.p);
		break;
	case WV_TAG_SVG: case WV_TAG_SELECT: case WV_TAG_TEMPLATE: case WV_TAG_SCRIPT:
	case WV_TAG_STYLE: case WV_TAG_IFRAME: case WV_TAG_TITLE: case WV_TAG_TEXTAREA:
	case WV_TAG_NOEMBED: case WV_TAG_NOFRAMES:
		return;
	case WV_TAG_BR:
		keep_markup(s, token->raw);
		return;
	default:
		if (wv_tag_is_void(tag))
			return;
		break;
	}
	if (wv_nesting_close(&s->nesting, tag, token->name))
		keep_markup(s, token->raw);
	s->tokenizer.is_foreign = is_in_math(s);
}

static void one_token(struct scanner *s, const struct wv_token *token)
{
	switch (token->kind) {
	case WV_TOKEN_TEXT:
		text_run(s, token);
		break;
	case WV_TOKEN_START:
		start_tag(s, token);
		break;
	case WV_TOKEN_END:
		end_tag(s, token);
		break;
	case WV_TOKEN_DOCTYPE:
		/* Quirks decide whether a table ends a paragraph. */
		if (!s->has_doctype && s->skip == WV_TAG_UNKNOWN)
			keep_markup(s, token->raw);
		s->has_doctype = true;
		break;
	case WV_TOKEN_COMMENT:
		break;
	}
}

/* Pages with NUL bytes (broken exports, wrong charsets): without them the text reads as meant. */
static struct wv_slice without_nul(struct wv_arena *arena, struct wv_slice text)
{
	unsigned char *out;
	size_t n = 0;

	if (wv_slice_find_byte(text, 0, 0) == SIZE_MAX)
		return text;
	out = wv_arena_alloc(arena, text.n);
	if (!out)
		return WV_SLICE_NONE;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != 0)
			out[n++] = text.p[i];
	}
	return wv_slice(out, n);
}

enum wv_status wv_scan_page(struct wv_arena *arena, struct wv_slice text, uint32_t want,
                            struct wv_scan *out, struct wv_err *err)
{
	struct wv_scan result = {.element_count = 0};
	struct scanner *s = WV_ARENA_NEW(arena, struct scanner);
	struct wv_slice clean = without_nul(arena, text);
	struct wv_token token;

	if (!s || (text.n > 0 && clean.p == NULL))
		return wv_err_set(err, WV_NOMEM, "out of memory for scanning a page");
	if (clean.n > UINT32_MAX) /* offsets are 32 bits; bodies are capped far below */
		return wv_err_set(err, WV_LIMIT, "page too large to scan");
	s->arena = arena;
	s->text = clean;
	s->want = want;
	s->out = &result;
	s->in_head = true;
	s->open_link = NO_LINK;
	wv_tokenizer_init(&s->tokenizer, clean);
	wv_nesting_init(&s->nesting);
	if (want & WV_SCAN_PRUNED) {
		s->plain.out = wv_arena_alloc(arena, clean.n);
		if (!s->plain.out)
			return wv_err_set(err, WV_NOMEM, "out of memory for scanning a page");
	}
	if (want & WV_SCAN_COMPACT)
		wv_compact_begin(&s->compact, arena, clean);
	while (!s->no_memory && wv_tokenizer_next(&s->tokenizer, &token))
		one_token(s, &token);
	if (s->no_memory)
		return wv_err_set(err, WV_NOMEM, "out of memory for scanning a page");
	end_link(s, s->tokenizer.end);
	if ((want & WV_SCAN_COMPACT) && !wv_compact_finish(&s->compact, &result.compact))
		return wv_err_set(err, WV_NOMEM, "out of memory for scanning a page");
	result.pruned = wv_plain_finish(&s->plain);
	WV_ASSERT(result.pruned.n <= clean.n);
	result.text = clean;
	result.links = s->links.p;
	result.link_count = s->links.n;
	result.metas = s->metas.p;
	result.meta_count = s->metas.n;
	result.scripts = s->scripts.p;
	result.script_count = s->scripts.n;
	*out = result;
	return WV_OK;
}

struct wv_slice wv_scan_meta_find(const struct wv_scan *scan, const char *key)
{
	struct wv_slice name = wv_slice_of(key);

	for (size_t i = 0; i < scan->meta_count; i++) {
		if (wv_slice_equals_nocase(scan->metas[i].key, name) &&
		    scan->metas[i].content.n > 0)
			return scan->metas[i].content;
	}
	return WV_SLICE_NONE;
}
