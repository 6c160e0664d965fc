#include "crawler/page/nesting.h"

enum traits {
	SPECIAL = 1,    /* stops the search of an ordinary end tag */
	BARRIER = 2,    /* ends every scope: what is outside is not closed from inside */
	CLOSES_P = 4,   /* its start tag ends an open paragraph */
	FORMATTING = 8, /* its end tag takes it out and leaves blocks inside open */
	HEADING = 16,
};

/* html.spec.whatwg.org 13.2.4.2 and 13.2.6.4.7 */
static const unsigned char traits[WV_TAG_COUNT] = {
	[WV_TAG_A] = FORMATTING,
	[WV_TAG_ADDRESS] = SPECIAL | CLOSES_P,
	[WV_TAG_APPLET] = SPECIAL | BARRIER,
	[WV_TAG_ARTICLE] = SPECIAL | CLOSES_P,
	[WV_TAG_ASIDE] = SPECIAL | CLOSES_P,
	[WV_TAG_B] = FORMATTING,
	[WV_TAG_BIG] = FORMATTING,
	[WV_TAG_BLOCKQUOTE] = SPECIAL | CLOSES_P,
	[WV_TAG_BODY] = SPECIAL,
	[WV_TAG_BUTTON] = SPECIAL,
	[WV_TAG_CAPTION] = SPECIAL | BARRIER,
	[WV_TAG_CENTER] = SPECIAL | CLOSES_P,
	[WV_TAG_CODE] = FORMATTING,
	[WV_TAG_COLGROUP] = SPECIAL,
	[WV_TAG_DD] = SPECIAL | CLOSES_P,
	[WV_TAG_DETAILS] = SPECIAL | CLOSES_P,
	[WV_TAG_DIALOG] = CLOSES_P,
	[WV_TAG_DIR] = SPECIAL | CLOSES_P,
	[WV_TAG_DIV] = SPECIAL | CLOSES_P,
	[WV_TAG_DL] = SPECIAL | CLOSES_P,
	[WV_TAG_DT] = SPECIAL | CLOSES_P,
	[WV_TAG_EM] = FORMATTING,
	[WV_TAG_FIELDSET] = SPECIAL | CLOSES_P,
	[WV_TAG_FIGCAPTION] = SPECIAL | CLOSES_P,
	[WV_TAG_FIGURE] = SPECIAL | CLOSES_P,
	[WV_TAG_FONT] = FORMATTING,
	[WV_TAG_FOOTER] = SPECIAL | CLOSES_P,
	[WV_TAG_FORM] = SPECIAL | CLOSES_P,
	[WV_TAG_FRAMESET] = SPECIAL,
	[WV_TAG_H1] = SPECIAL | CLOSES_P | HEADING,
	[WV_TAG_H2] = SPECIAL | CLOSES_P | HEADING,
	[WV_TAG_H3] = SPECIAL | CLOSES_P | HEADING,
	[WV_TAG_H4] = SPECIAL | CLOSES_P | HEADING,
	[WV_TAG_H5] = SPECIAL | CLOSES_P | HEADING,
	[WV_TAG_H6] = SPECIAL | CLOSES_P | HEADING,
	[WV_TAG_HEAD] = SPECIAL,
	[WV_TAG_HEADER] = SPECIAL | CLOSES_P,
	[WV_TAG_HGROUP] = SPECIAL | CLOSES_P,
	[WV_TAG_HTML] = SPECIAL | BARRIER,
	[WV_TAG_I] = FORMATTING,
	[WV_TAG_LI] = SPECIAL | CLOSES_P,
	[WV_TAG_LISTING] = SPECIAL | CLOSES_P,
	[WV_TAG_MAIN] = SPECIAL | CLOSES_P,
	[WV_TAG_MARQUEE] = SPECIAL | BARRIER,
	[WV_TAG_MENU] = SPECIAL | CLOSES_P,
	[WV_TAG_NAV] = SPECIAL | CLOSES_P,
	[WV_TAG_NOBR] = FORMATTING,
	[WV_TAG_OBJECT] = SPECIAL | BARRIER,
	[WV_TAG_OL] = SPECIAL | CLOSES_P,
	[WV_TAG_P] = SPECIAL | CLOSES_P,
	[WV_TAG_PLAINTEXT] = SPECIAL | CLOSES_P,
	[WV_TAG_PRE] = SPECIAL | CLOSES_P,
	[WV_TAG_S] = FORMATTING,
	[WV_TAG_SEARCH] = SPECIAL | CLOSES_P,
	[WV_TAG_SECTION] = SPECIAL | CLOSES_P,
	[WV_TAG_SMALL] = FORMATTING,
	[WV_TAG_STRIKE] = FORMATTING,
	[WV_TAG_STRONG] = FORMATTING,
	[WV_TAG_SUMMARY] = SPECIAL | CLOSES_P,
	[WV_TAG_TABLE] = SPECIAL | BARRIER | CLOSES_P,
	[WV_TAG_TBODY] = SPECIAL,
	[WV_TAG_TD] = SPECIAL | BARRIER,
	[WV_TAG_TEMPLATE] = SPECIAL | BARRIER,
	[WV_TAG_TFOOT] = SPECIAL,
	[WV_TAG_TH] = SPECIAL | BARRIER,
	[WV_TAG_THEAD] = SPECIAL,
	[WV_TAG_TR] = SPECIAL,
	[WV_TAG_TT] = FORMATTING,
	[WV_TAG_U] = FORMATTING,
	[WV_TAG_UL] = SPECIAL | CLOSES_P,
	[WV_TAG_XMP] = SPECIAL | CLOSES_P,
};

void wv_nesting_init(struct wv_nesting *nesting)
{
	nesting->depth = 0;
	memset(nesting->open, 0, sizeof(nesting->open));
	memset(nesting->dropped, 0, sizeof(nesting->dropped));
}

static void pop_to(struct wv_nesting *nesting, uint32_t depth)
{
	while (nesting->depth > depth)
		nesting->open[nesting->stack[--nesting->depth].tag]--;
}

/* Index of the open `tag` nearest to the top, above anything with one of the `stops`; or -1. */
static int64_t find_open(const struct wv_nesting *nesting, enum wv_tag tag, unsigned stops)
{
	if (nesting->open[tag] == 0)
		return -1;
	for (uint32_t i = nesting->depth; i-- > 0;) {
		if (nesting->stack[i].tag == tag)
			return i;
		if (traits[nesting->stack[i].tag] & stops)
			return -1;
	}
	return -1;
}

static bool pop_open(struct wv_nesting *nesting, enum wv_tag tag, unsigned stops)
{
	int64_t at = find_open(nesting, tag, stops);

	if (at >= 0)
		pop_to(nesting, (uint32_t)at);
	return at >= 0;
}

/* Takes one entry out of the middle; landmarks are no formatting elements, so `where` stays. */
static void remove_at(struct wv_nesting *nesting, uint32_t at)
{
	nesting->open[nesting->stack[at].tag]--;
	nesting->depth--;
	memmove(&nesting->stack[at], &nesting->stack[at + 1],
	        (nesting->depth - at) * sizeof(nesting->stack[0]));
}

/* An item ends the item before it, through address, div and p only. */
static void end_item(struct wv_nesting *nesting, enum wv_tag a, enum wv_tag b)
{
	if (nesting->open[a] == 0 && nesting->open[b] == 0)
		return;
	for (uint32_t i = nesting->depth; i-- > 0;) {
		enum wv_tag tag = (enum wv_tag)nesting->stack[i].tag;

		if (tag == a || tag == b) {
			pop_to(nesting, i);
			return;
		}
		if ((traits[tag] & SPECIAL) && tag != WV_TAG_ADDRESS && tag != WV_TAG_DIV &&
		    tag != WV_TAG_P)
			return;
	}
}

/* Pops down to the innermost table, or one of its parts given; nothing outside a table. */
static void back_to_table(struct wv_nesting *nesting, enum wv_tag a, enum wv_tag b, enum wv_tag c)
{
	if (nesting->open[WV_TAG_TABLE] == 0)
		return;
	for (uint32_t i = nesting->depth; i-- > 0;) {
		enum wv_tag tag = (enum wv_tag)nesting->stack[i].tag;

		if (tag == WV_TAG_TABLE || tag == a || tag == b || tag == c) {
			pop_to(nesting, i + 1);
			return;
		}
	}
}

/* What a start tag ends before it opens. */
static void end_implied(struct wv_nesting *nesting, enum wv_tag tag)
{
	switch (tag) {
	case WV_TAG_LI:
		end_item(nesting, WV_TAG_LI, WV_TAG_LI);
		break;
	case WV_TAG_DD:
	case WV_TAG_DT:
		end_item(nesting, WV_TAG_DD, WV_TAG_DT);
		break;
	case WV_TAG_A:
	case WV_TAG_NOBR: {
		int64_t at = find_open(nesting, tag, BARRIER);

		if (at >= 0)
			remove_at(nesting, (uint32_t)at);
		break;
	}
	case WV_TAG_BUTTON:
		pop_open(nesting, WV_TAG_BUTTON, BARRIER);
		break;
	case WV_TAG_TD:
	case WV_TAG_TH:
		back_to_table(nesting, WV_TAG_TR, WV_TAG_TR, WV_TAG_TR);
		break;
	case WV_TAG_TR:
		back_to_table(nesting, WV_TAG_TBODY, WV_TAG_THEAD, WV_TAG_TFOOT);
		break;
	case WV_TAG_TBODY:
	case WV_TAG_THEAD:
	case WV_TAG_TFOOT:
	case WV_TAG_CAPTION:
	case WV_TAG_COLGROUP:
		back_to_table(nesting, WV_TAG_TABLE, WV_TAG_TABLE, WV_TAG_TABLE);
		break;
	case WV_TAG_OPTION:
	case WV_TAG_OPTGROUP:
		if (nesting->depth > 0 && nesting->stack[nesting->depth - 1].tag == WV_TAG_OPTION)
			pop_to(nesting, nesting->depth - 1);
		break;
	default:
		break;
	}
	if (traits[tag] & CLOSES_P) {
		int64_t at = -1;

		for (uint32_t i = nesting->open[WV_TAG_P] > 0 ? nesting->depth : 0; i-- > 0;) {
			if (nesting->stack[i].tag == WV_TAG_P)
				at = i;
			if (at >= 0 || (traits[nesting->stack[i].tag] & BARRIER) ||
			    nesting->stack[i].tag == WV_TAG_BUTTON)
				break;
		}
		if (at >= 0)
			pop_to(nesting, (uint32_t)at);
	}
	if ((traits[tag] & HEADING) && nesting->depth > 0 &&
	    (traits[nesting->stack[nesting->depth - 1].tag] & HEADING))
		pop_to(nesting, nesting->depth - 1);
}

static uint32_t name_hash(enum wv_tag tag, struct wv_slice name)
{
	uint32_t hash = 2166136261u;

	if (tag != WV_TAG_UNKNOWN)
		return 0;
	for (size_t i = 0; i < name.n && i < 64; i++)
		hash = (hash ^ wv_byte_lower(name.p[i])) * 16777619u;
	return hash;
}

bool wv_nesting_open(struct wv_nesting *nesting, enum wv_tag tag, struct wv_slice name,
                     uint32_t where)
{
	struct wv_nesting_entry *entry;

	end_implied(nesting, tag);
	if (nesting->depth >= WV_NESTING_MAX) {
		nesting->dropped[tag]++;
		return false;
	}
	where |= wv_nesting_where(nesting);
	entry = &nesting->stack[nesting->depth++];
	entry->tag = (uint8_t)tag;
	entry->hash = name_hash(tag, name);
	entry->where = where;
	nesting->open[tag]++;
	return true;
}

/* Any other end tag: the nearest of that name, unless a special element is in between. */
static void close_ordinary(struct wv_nesting *nesting, enum wv_tag tag, struct wv_slice name)
{
	uint32_t hash = name_hash(tag, name);

	for (uint32_t i = nesting->open[tag] > 0 ? nesting->depth : 0; i-- > 0;) {
		if (nesting->stack[i].tag == tag && nesting->stack[i].hash == hash) {
			pop_to(nesting, i);
			return;
		}
		if (traits[nesting->stack[i].tag] & SPECIAL)
			return;
	}
}

bool wv_nesting_close(struct wv_nesting *nesting, enum wv_tag tag, struct wv_slice name)
{
	if (nesting->dropped[tag] > 0) {
		nesting->dropped[tag]--;
		return false;
	}
	if (traits[tag] & FORMATTING) {
		int64_t at = find_open(nesting, tag, BARRIER);

		if (at >= 0)
			remove_at(nesting, (uint32_t)at);
	} else if (traits[tag] & HEADING) {
		for (uint32_t i = nesting->depth; i-- > 0;) {
			if (traits[nesting->stack[i].tag] & HEADING) {
				pop_to(nesting, i);
				break;
			}
			if (traits[nesting->stack[i].tag] & BARRIER)
				break;
		}
	} else if (tag == WV_TAG_TABLE || tag == WV_TAG_TR || tag == WV_TAG_TBODY ||
	           tag == WV_TAG_THEAD || tag == WV_TAG_TFOOT) {
		int64_t at = find_open(nesting, tag, 0);
		int64_t table = find_open(nesting, WV_TAG_TABLE, 0);

		if (at >= table && at >= 0)
			pop_to(nesting, (uint32_t)at);
	} else if (tag == WV_TAG_BODY || tag == WV_TAG_HTML) {
		/* Content after them still goes into body. */
	} else if (traits[tag] & SPECIAL) {
		pop_open(nesting, tag, BARRIER);
	} else {
		close_ordinary(nesting, tag, name);
	}
	return true;
}
