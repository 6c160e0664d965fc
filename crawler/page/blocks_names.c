#include "crawler/page/blocks_parts.h"

uint32_t blocks_tag_hints(uint16_t tag)
{
	switch (tag) {
	case WV_TAG_NAV:
	case WV_TAG_MENU:
		return WV_HINT(WV_REASON_NAVIGATION);
	case WV_TAG_ASIDE:
		return WV_HINT(WV_REASON_SIDEBAR);
	case WV_TAG_FOOTER:
		return WV_HINT(WV_REASON_FOOTER);
	case WV_TAG_FIGURE:
	case WV_TAG_FIGCAPTION:
	case WV_TAG_PICTURE:
		return WV_HINT(WV_REASON_CAPTION);
	case WV_TAG_BUTTON:
		return WV_HINT(WV_REASON_SHARE);
	case WV_TAG_FORM:
	case WV_TAG_FIELDSET:
		return WV_HINT(WV_REASON_NEWSLETTER);
	case WV_TAG_VIDEO:
	case WV_TAG_AUDIO:
		return WV_HINT(WV_REASON_VIDEO);
	case WV_TAG_DIALOG:
		return WV_HINT(WV_REASON_OVERLAY);
	case WV_TAG_NOSCRIPT:
		return 0;
	default:
		return 0;
	}
}

static uint32_t role_hints(struct wv_slice role)
{
	static const struct {
		const char *role;
		uint32_t hint;
	} roles[] = {
		{"navigation", WV_HINT(WV_REASON_NAVIGATION)},
		{"menu", WV_HINT(WV_REASON_NAVIGATION)},
		{"menubar", WV_HINT(WV_REASON_NAVIGATION)},
		{"toolbar", WV_HINT(WV_REASON_SHARE)},
		{"complementary", WV_HINT(WV_REASON_SIDEBAR)},
		{"banner", WV_HINT(WV_REASON_NAVIGATION)},
		{"contentinfo", WV_HINT(WV_REASON_FOOTER)},
		{"search", WV_HINT(WV_REASON_NAVIGATION)},
		{"dialog", WV_HINT(WV_REASON_OVERLAY)},
		{"alertdialog", WV_HINT(WV_REASON_OVERLAY)},
		{"button", WV_HINT(WV_REASON_SHARE)},
		{"figure", WV_HINT(WV_REASON_CAPTION)},
	};

	for (size_t i = 0; i < WV_COUNT(roles); i++)
		if (wv_slice_equals_nocase(role, wv_slice_of(roles[i].role)))
			return roles[i].hint;
	return 0;
}

static uint32_t itemprop_hints(struct wv_slice value)
{
	if (wv_slice_equals_nocase(value, WV_LIT("articleBody")))
		return WV_HINT_BODY;
	if (wv_slice_equals_nocase(value, WV_LIT("headline")))
		return WV_HINT_TITLE;
	if (wv_slice_equals_nocase(value, WV_LIT("author")))
		return WV_HINT_AUTHOR;
	if (wv_slice_equals_nocase(value, WV_LIT("caption")))
		return WV_HINT(WV_REASON_CAPTION);
	if (wv_slice_equals_nocase(value, WV_LIT("comment")))
		return WV_HINT(WV_REASON_COMMENTS);
	return 0;
}

/* One page repeats few names: each is looked up once. */
static uint32_t name_hints(struct blocks_reader *reader, struct wv_slice name)
{
	struct cached_hints *slot;

	if (name.n == 0)
		return 0;
	slot = &reader->cache[wv_slice_hash(name, 1) % HINT_CACHE];
	if (!wv_slice_equals(slot->name, name) || slot->name.n == 0) {
		slot->name = name;
		slot->bits = wv_words_hints(name);
	}
	return slot->bits;
}

void blocks_note_attributes(struct blocks_reader *reader, uint32_t i, struct wv_node_note *note)
{
	const struct wv_node *node = &reader->html->nodes[i];

	for (uint32_t k = 0; k < node->attr_count; k++) {
		const struct wv_html_attr *attr = &reader->html->attrs[node->attrs + k];

		switch (attr->name) {
		case WV_ATTR_CLASS:
		case WV_ATTR_ID:
		case WV_ATTR_DATA_COMPONENT:
		case WV_ATTR_DATA_COMPONENT_NAME:
		case WV_ATTR_DATA_MODULE:
		case WV_ATTR_DATA_TESTID:
		case WV_ATTR_DATA_TEST_ID:
		case WV_ATTR_DATA_QA:
		case WV_ATTR_DATA_TYPE:
		case WV_ATTR_DATA_NAME:
		case WV_ATTR_DATA_ROLE:
			note->hints |= name_hints(reader, attr->value);
			break;
		case WV_ATTR_ROLE:
			note->tag_hints |= role_hints(attr->value);
			break;
		case WV_ATTR_ITEMPROP:
			note->hints |= itemprop_hints(attr->value);
			break;
		case WV_ATTR_HIDDEN:
			note->flags |= WV_NOTE_HIDDEN;
			break;
		case WV_ATTR_STYLE:
			/* Only styles that hide survive pruning. */
			if (wv_slice_find_nocase(attr->value, WV_LIT("display"), 0) != SIZE_MAX ||
			    wv_slice_find_nocase(attr->value, WV_LIT("visibility"), 0) != SIZE_MAX)
				note->flags |= WV_NOTE_HIDDEN;
			break;
		case WV_ATTR_ARIA_HIDDEN:
			if (wv_slice_equals_nocase(attr->value, WV_LIT("true")))
				note->flags |= WV_NOTE_HIDDEN;
			break;
		default:
			break;
		}
	}
}

/* Elements that do not end a line of text. */
bool blocks_is_inline(uint16_t tag)
{
	switch (tag) {
	case WV_TAG_A:
	case WV_TAG_ABBR:
	case WV_TAG_B:
	case WV_TAG_BDI:
	case WV_TAG_BDO:
	case WV_TAG_BIG:
	case WV_TAG_CITE:
	case WV_TAG_CODE:
	case WV_TAG_DATA:
	case WV_TAG_DEL:
	case WV_TAG_DFN:
	case WV_TAG_EM:
	case WV_TAG_FONT:
	case WV_TAG_I:
	case WV_TAG_IMG:
	case WV_TAG_INS:
	case WV_TAG_KBD:
	case WV_TAG_LABEL:
	case WV_TAG_MARK:
	case WV_TAG_NOBR:
	case WV_TAG_Q:
	case WV_TAG_RUBY:
	case WV_TAG_RB:
	case WV_TAG_S:
	case WV_TAG_SAMP:
	case WV_TAG_SMALL:
	case WV_TAG_SPAN:
	case WV_TAG_STRIKE:
	case WV_TAG_STRONG:
	case WV_TAG_SUB:
	case WV_TAG_SUP:
	case WV_TAG_TIME:
	case WV_TAG_TT:
	case WV_TAG_U:
	case WV_TAG_VAR:
	case WV_TAG_WBR:
		return true;
	default:
		return false;
	}
}
