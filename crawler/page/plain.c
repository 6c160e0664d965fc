#include "crawler/page/plain.h"

#include "crawler/page/scan.h"

static void flush(struct wv_plain *plain)
{
	if (plain->region.n > 0)
		memcpy(plain->out + plain->n, plain->region.p, plain->region.n);
	plain->n += plain->region.n;
	plain->region.n = 0;
}

void wv_plain_keep(struct wv_plain *plain, struct wv_slice piece)
{
	if (plain->region.n > 0 && plain->region.p + plain->region.n == piece.p) {
		plain->region.n += piece.n;
		return;
	}
	flush(plain);
	plain->region = piece;
}

struct wv_slice wv_plain_finish(struct wv_plain *plain)
{
	flush(plain);
	return wv_slice(plain->out, plain->n);
}

enum keeping {
	KEEP_NEVER,
	KEEP_ALWAYS,
	KEEP_ON_A,
	KEEP_ON_IMG,
	KEEP_ON_TIME_A,
	KEEP_ON_DATA,
	KEEP_IF_HIDING,
};

static const unsigned char keeping[WV_ATTR_COUNT] = {
	[WV_ATTR_ALT] = KEEP_ON_IMG,
	[WV_ATTR_ARIA_HIDDEN] = KEEP_ALWAYS,
	[WV_ATTR_ARIA_LABEL] = KEEP_ALWAYS,
	[WV_ATTR_ARIA_LABELLEDBY] = KEEP_ALWAYS,
	[WV_ATTR_CLASS] = KEEP_ALWAYS,
	[WV_ATTR_CONTENT] = KEEP_ALWAYS,
	[WV_ATTR_DATA_AUTHOR] = KEEP_ALWAYS,
	[WV_ATTR_DATA_COMPONENT] = KEEP_ALWAYS,
	[WV_ATTR_DATA_COMPONENT_NAME] = KEEP_ALWAYS,
	[WV_ATTR_DATA_DATE] = KEEP_ALWAYS,
	[WV_ATTR_DATA_DATETIME] = KEEP_ALWAYS,
	[WV_ATTR_DATA_LAZY_SRC] = KEEP_ON_IMG,
	[WV_ATTR_DATA_MODULE] = KEEP_ALWAYS,
	[WV_ATTR_DATA_NAME] = KEEP_ALWAYS,
	[WV_ATTR_DATA_ORIGINAL] = KEEP_ON_IMG,
	[WV_ATTR_DATA_PUBLISHED] = KEEP_ALWAYS,
	[WV_ATTR_DATA_QA] = KEEP_ALWAYS,
	[WV_ATTR_DATA_ROLE] = KEEP_ALWAYS,
	[WV_ATTR_DATA_SRC] = KEEP_ON_IMG,
	[WV_ATTR_DATA_TEST_ID] = KEEP_ALWAYS,
	[WV_ATTR_DATA_TESTID] = KEEP_ALWAYS,
	[WV_ATTR_DATA_TIME] = KEEP_ALWAYS,
	[WV_ATTR_DATA_TIMESTAMP] = KEEP_ALWAYS,
	[WV_ATTR_DATA_TYPE] = KEEP_ALWAYS,
	[WV_ATTR_DATA_UTIME] = KEEP_ALWAYS,
	[WV_ATTR_DATETIME] = KEEP_ALWAYS,
	[WV_ATTR_HIDDEN] = KEEP_ALWAYS,
	[WV_ATTR_HREF] = KEEP_ON_A,
	[WV_ATTR_ID] = KEEP_ALWAYS,
	[WV_ATTR_ITEMID] = KEEP_ALWAYS,
	[WV_ATTR_ITEMPROP] = KEEP_ALWAYS,
	[WV_ATTR_ITEMSCOPE] = KEEP_ALWAYS,
	[WV_ATTR_ITEMTYPE] = KEEP_ALWAYS,
	[WV_ATTR_LANG] = KEEP_ALWAYS,
	[WV_ATTR_PROPERTY] = KEEP_ALWAYS,
	[WV_ATTR_PUBDATE] = KEEP_ALWAYS,
	[WV_ATTR_REL] = KEEP_ON_A,
	[WV_ATTR_RESOURCE] = KEEP_ALWAYS,
	[WV_ATTR_ROLE] = KEEP_ALWAYS,
	[WV_ATTR_SRC] = KEEP_ON_IMG,
	[WV_ATTR_STYLE] = KEEP_IF_HIDING,
	[WV_ATTR_TITLE] = KEEP_ON_TIME_A,
	[WV_ATTR_TYPEOF] = KEEP_ALWAYS,
	[WV_ATTR_VALUE] = KEEP_ON_DATA,
};

bool wv_scan_keeps(enum wv_tag tag, enum wv_attr_name attr)
{
	switch ((enum keeping)keeping[attr]) {
	case KEEP_NEVER:
		return false;
	case KEEP_ALWAYS:
	case KEEP_IF_HIDING:
		return true;
	case KEEP_ON_A:
		return tag == WV_TAG_A;
	case KEEP_ON_IMG:
		return tag == WV_TAG_IMG || tag == WV_TAG_IMAGE || tag == WV_TAG_AMP_IMG;
	case KEEP_ON_TIME_A:
		return tag == WV_TAG_TIME || tag == WV_TAG_A || tag == WV_TAG_ABBR;
	case KEEP_ON_DATA:
		return tag == WV_TAG_DATA || tag == WV_TAG_METER || tag == WV_TAG_LI;
	}
	return false;
}

bool wv_plain_keeps(enum wv_tag tag, const struct wv_token_attr *attr)
{
	if (keeping[attr->name] == KEEP_IF_HIDING)
		return wv_slice_find_nocase(attr->value, WV_LIT("none"), 0) != SIZE_MAX ||
		       wv_slice_find_nocase(attr->value, WV_LIT("hidden"), 0) != SIZE_MAX;
	return wv_scan_keeps(tag, attr->name);
}

/*
 * Never longer than the tag was: a space is written only where one stood, or where something was
 * left out.
 */
void wv_plain_tag(struct wv_plain *plain, const struct wv_token *token, bool is_foreign)
{
	const unsigned char *done = token->name.p + token->name.n;
	const unsigned char *end = token->raw.p + token->raw.n - 1; /* its '>' */
	size_t kept = 0;

	for (size_t i = 0; i < token->attr_count; i++)
		kept += wv_plain_keeps(token->tag, &token->attrs[i]);
	if ((kept == token->attr_count && !token->has_other_attrs) || is_foreign) {
		wv_plain_keep(plain, token->raw);
		return;
	}
	wv_plain_keep(plain, wv_slice(token->raw.p, (size_t)(done - token->raw.p)));
	for (size_t i = 0; i < token->attr_count; i++) {
		const struct wv_token_attr *attr = &token->attrs[i];

		if (!wv_plain_keeps(token->tag, attr))
			continue;
		/* Where the byte before is not the end of what was kept, a byte was left out. */
		if (done != attr->raw.p) {
			flush(plain);
			plain->out[plain->n++] = ' ';
		}
		wv_plain_keep(plain, attr->raw);
		done = attr->raw.p + attr->raw.n;
	}
	wv_plain_keep(plain, wv_slice(end, 1));
}
