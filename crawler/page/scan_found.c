#include "crawler/page/scan_parts.h"

#include "config/base/limits.h"
#include "crawler/page/embedded.h"

#define LINKS_MAX   (4u * WV_LIMIT_LINKS_PER_PAGE)
#define METAS_MAX   1000u
#define SCRIPTS_MAX 200u

/* Room for one more, doubling inside the arena; NULL at the cap or out of memory. */
static void *grow(struct wv_scanner *s, struct wv_scan_array *array, size_t size, size_t most)
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

struct wv_slice wv_scan_decode(struct wv_scanner *s, struct wv_slice value)
{
	struct wv_slice decoded = wv_markup_decode(s->arena, value, true);

	if (value.n > 0 && decoded.p == NULL)
		s->no_memory = true;
	return decoded;
}

static void add_link(struct wv_scanner *s, const struct wv_token *token,
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
		.offset = wv_scan_offset(s, token->raw.p),
		.value = wv_scan_decode(s, attr->value),
		.rel = rel ? wv_scan_decode(s, rel->value) : WV_SLICE_NONE,
		.type = type ? wv_scan_decode(s, type->value) : WV_SLICE_NONE,
		.title = title ? wv_scan_decode(s, title->value) : WV_SLICE_NONE,
		.inner = wv_slice(token->raw.p + token->raw.n, 0),
	};
	if (token->tag == WV_TAG_A && attr->name == WV_ATTR_HREF)
		s->open_link = s->links.n - 1;
}

/* The inside of the open <a> ends at `p`. */
void wv_scan_end_link(struct wv_scanner *s, const unsigned char *p)
{
	struct wv_scan_link *link;

	if (s->open_link == WV_SCAN_NO_LINK)
		return;
	link = (struct wv_scan_link *)s->links.p + s->open_link;
	link->inner.n = (size_t)(p - link->inner.p);
	s->open_link = WV_SCAN_NO_LINK;
}

static bool is_page_reference(enum wv_tag tag, enum wv_attr_name attr)
{
	if (attr == WV_ATTR_HREF)
		return tag == WV_TAG_A || tag == WV_TAG_AREA || tag == WV_TAG_LINK;
	return attr == WV_ATTR_SRC &&
	       (tag == WV_TAG_IFRAME || tag == WV_TAG_FRAME || tag == WV_TAG_AMP_IFRAME);
}

static bool is_reference(enum wv_tag tag, enum wv_attr_name attr)
{
	if (is_page_reference(tag, attr))
		return true;
	switch (attr) {
	case WV_ATTR_SRC:
		return tag == WV_TAG_IMG || tag == WV_TAG_IMAGE || tag == WV_TAG_SOURCE ||
		       tag == WV_TAG_VIDEO || tag == WV_TAG_AUDIO || tag == WV_TAG_TRACK ||
		       tag == WV_TAG_EMBED || tag == WV_TAG_SCRIPT || tag == WV_TAG_INPUT ||
		       tag == WV_TAG_AMP_IMG;
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

void wv_scan_references(struct wv_scanner *s, const struct wv_token *token, uint32_t where)
{
	if (token->tag == WV_TAG_BASE) {
		const struct wv_token_attr *href = wv_token_attr(token, WV_ATTR_HREF);

		if (href && s->out->base_href.p == NULL)
			s->out->base_href = wv_scan_decode(s, href->value);
		return;
	}
	if (!(s->want & (WV_SCAN_LINKS | WV_SCAN_PAGES)))
		return;
	if (token->tag == WV_TAG_A)
		wv_scan_end_link(s, token->raw.p);
	for (size_t i = 0; i < token->attr_count; i++) {
		if (s->want & WV_SCAN_LINKS ? is_reference(token->tag, token->attrs[i].name)
					    : is_page_reference(token->tag, token->attrs[i].name))
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

void wv_scan_meta(struct wv_scanner *s, const struct wv_token *token)
{
	static const enum wv_attr_name keys[] = {WV_ATTR_NAME, WV_ATTR_PROPERTY, WV_ATTR_ITEMPROP,
	                                         WV_ATTR_HTTP_EQUIV};
	const struct wv_token_attr *content = wv_token_attr(token, WV_ATTR_CONTENT);
	struct wv_slice value = WV_SLICE_NONE;

	if (!content || !(s->want & (WV_SCAN_HEAD | WV_SCAN_META)))
		return;
	for (size_t i = 0; i < WV_COUNT(keys); i++) {
		const struct wv_token_attr *key = wv_token_attr(token, keys[i]);
		struct wv_scan_meta *meta;

		if (!key || key->value.n == 0)
			continue;
		if (value.p == NULL)
			value = wv_scan_decode(s, content->value);
		meta = grow(s, &s->metas, sizeof(*meta), METAS_MAX);
		if (!meta)
			return;
		*meta = (struct wv_scan_meta){
			.key_attr = keys[i],
			.in_head = s->in_head,
			.offset = wv_scan_offset(s, token->raw.p),
			.key = wv_slice_trim(wv_scan_decode(s, key->value)),
			.content = value,
		};
	}
}

static void add_script(struct wv_scanner *s, const struct wv_embedded *found,
                       const struct wv_token *token)
{
	struct wv_scan_script *script = grow(s, &s->scripts, sizeof(*script), SCRIPTS_MAX);

	if (!script)
		return;
	*script = (struct wv_scan_script){
		.kind = found->kind,
		.in_head = s->in_head,
		.offset = wv_scan_offset(s, token->raw.p),
		.id = found->id,
		.type = found->type,
		.body = found->body,
	};
}

void wv_scan_script(struct wv_scanner *s, const struct wv_token *token)
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
	if (s->want & (WV_SCAN_HEAD | WV_SCAN_COMPACT | WV_SCAN_PRUNED) &&
	    wv_embedded_is_classic(type_value))
		s->out->script_bytes += (uint32_t)body.n;
	if (!(s->want & WV_SCAN_HEAD) || s->skip == WV_TAG_TEMPLATE)
		return;
	n = wv_embedded_find(type_value, id_value, body, found);
	for (size_t i = 0; i < n; i++)
		add_script(s, &found[i], token);
}

void wv_scan_title(struct wv_scanner *s)
{
	struct wv_slice body;

	wv_tokenizer_enter(&s->tokenizer, WV_TAG_TITLE);
	body = wv_tokenizer_skip_raw(&s->tokenizer);
	s->raw_end = WV_TAG_TITLE;
	if (s->has_title || !(s->want & (WV_SCAN_HEAD | WV_SCAN_META)))
		return;
	s->out->title = wv_markup_squeeze(s->arena, body, WV_LIMIT_TITLE_BYTES);
	s->no_memory |= s->out->title.p == NULL;
	s->has_title = s->out->title.n > 0;
}

static struct wv_slice attr_value(struct wv_scanner *s, const struct wv_token *token,
                                  enum wv_attr_name name)
{
	const struct wv_token_attr *attr = wv_token_attr(token, name);

	return attr ? wv_slice_trim(wv_scan_decode(s, attr->value)) : WV_SLICE_NONE;
}

void wv_scan_root(struct wv_scanner *s, const struct wv_token *token)
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

void wv_scan_body(struct wv_scanner *s, const struct wv_token *token)
{
	if (s->out->body_class.n == 0)
		s->out->body_class = attr_value(s, token, WV_ATTR_CLASS);
	if (s->out->body_id.n == 0)
		s->out->body_id = attr_value(s, token, WV_ATTR_ID);
}
