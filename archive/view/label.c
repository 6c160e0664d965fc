#include "archive/view/label.h"

enum wv_phrase wv_label_verdict(enum wv_verdict verdict)
{
	static const enum wv_phrase names[WV_VERDICT_COUNT] = {
		[WV_VERDICT_UNREAD] = WV_PHRASE_VERDICT_UNREAD,
		[WV_VERDICT_ARTICLE] = WV_PHRASE_VERDICT_ARTICLE,
		[WV_VERDICT_LISTING] = WV_PHRASE_VERDICT_LISTING,
		[WV_VERDICT_CONSENT_WALL] = WV_PHRASE_VERDICT_CONSENT,
		[WV_VERDICT_PAYWALL_STUB] = WV_PHRASE_VERDICT_PAYWALL,
		[WV_VERDICT_SCRIPT_SHELL] = WV_PHRASE_VERDICT_SCRIPT,
		[WV_VERDICT_SOFT_404] = WV_PHRASE_VERDICT_SOFT_404,
		[WV_VERDICT_CAPTCHA] = WV_PHRASE_VERDICT_CAPTCHA,
		[WV_VERDICT_TRUNCATED] = WV_PHRASE_VERDICT_TRUNCATED,
		[WV_VERDICT_REFUSED] = WV_PHRASE_VERDICT_REFUSED,
		[WV_VERDICT_FAILED] = WV_PHRASE_VERDICT_FAILED,
		[WV_VERDICT_OTHER] = WV_PHRASE_VERDICT_OTHER,
	};

	return verdict < WV_VERDICT_COUNT ? names[verdict] : WV_PHRASE_VERDICT_OTHER;
}

enum wv_phrase wv_label_what(const struct wv_capture *capture)
{
	static const enum wv_phrase sentences[WV_VERDICT_COUNT] = {
		[WV_VERDICT_UNREAD] = WV_PHRASE_ABOUT_UNREAD,
		[WV_VERDICT_ARTICLE] = WV_PHRASE_VERDICT_ARTICLE,
		[WV_VERDICT_LISTING] = WV_PHRASE_ABOUT_LISTING,
		[WV_VERDICT_CONSENT_WALL] = WV_PHRASE_ABOUT_CONSENT,
		[WV_VERDICT_PAYWALL_STUB] = WV_PHRASE_ABOUT_PAYWALL,
		[WV_VERDICT_SCRIPT_SHELL] = WV_PHRASE_ABOUT_SCRIPT,
		[WV_VERDICT_SOFT_404] = WV_PHRASE_ABOUT_SOFT_404,
		[WV_VERDICT_CAPTCHA] = WV_PHRASE_ABOUT_CAPTCHA,
		[WV_VERDICT_TRUNCATED] = WV_PHRASE_ABOUT_TRUNCATED,
		[WV_VERDICT_REFUSED] = WV_PHRASE_ABOUT_REFUSED,
		[WV_VERDICT_FAILED] = WV_PHRASE_ABOUT_FAILED,
		[WV_VERDICT_OTHER] = WV_PHRASE_ABOUT_OTHER,
	};

	if (capture->flags & WV_CAPTURE_REDIRECT)
		return WV_PHRASE_ABOUT_REDIRECT;
	if (capture->verdict == WV_VERDICT_OTHER && capture->status >= 400)
		return WV_PHRASE_ABOUT_ERROR;
	if (capture->verdict == WV_VERDICT_OTHER && wv_slice_starts(capture->mime, WV_LIT("image/")))
		return WV_PHRASE_ABOUT_IMAGE;
	return capture->verdict < WV_VERDICT_COUNT ? sentences[capture->verdict]
	                                           : WV_PHRASE_ABOUT_OTHER;
}

enum wv_phrase wv_label_claim(enum wv_claim_kind kind)
{
	switch (kind) {
	case WV_CLAIM_CREDIT:
		return WV_PHRASE_CLAIM_CREDIT;
	case WV_CLAIM_DATELINE:
		return WV_PHRASE_CLAIM_DATELINE;
	case WV_CLAIM_LINE:
		return WV_PHRASE_CLAIM_LINE;
	case WV_CLAIM_REPORT:
	case WV_CLAIM_KINDS:
		break;
	}
	return WV_PHRASE_CLAIM_REPORT;
}

struct label {
	const char *name;
	enum wv_phrase phrase;
};

static bool find(const struct label *labels, size_t count, struct wv_slice name,
                 enum wv_phrase *out)
{
	for (size_t i = 0; i < count; i++)
		if (wv_slice_equals(name, wv_slice_of(labels[i].name))) {
			*out = labels[i].phrase;
			return true;
		}
	return false;
}

bool wv_label_reason(struct wv_slice reason, enum wv_phrase *out)
{
	static const struct label reasons[] = {
		{"related", WV_PHRASE_REASON_RELATED},
		{"share", WV_PHRASE_REASON_SHARE},
		{"comments", WV_PHRASE_REASON_COMMENTS},
		{"navigation", WV_PHRASE_REASON_NAVIGATION},
		{"advertisement", WV_PHRASE_REASON_ADVERT},
		{"newsletter", WV_PHRASE_REASON_NEWSLETTER},
		{"caption", WV_PHRASE_REASON_CAPTION},
		{"author-box", WV_PHRASE_REASON_AUTHOR_BOX},
		{"meta", WV_PHRASE_REASON_META},
		{"footer", WV_PHRASE_REASON_FOOTER},
		{"sidebar", WV_PHRASE_REASON_SIDEBAR},
		{"paywall", WV_PHRASE_REASON_PAYWALL},
		{"consent", WV_PHRASE_REASON_CONSENT},
		{"hidden", WV_PHRASE_REASON_HIDDEN},
		{"video", WV_PHRASE_REASON_VIDEO},
		{"overlay", WV_PHRASE_REASON_OVERLAY},
		{"editor-line", WV_PHRASE_REASON_EDITOR},
		{"source-line", WV_PHRASE_REASON_SOURCE_LINE},
		{"notice", WV_PHRASE_REASON_NOTICE},
		{"title", WV_PHRASE_REASON_TITLE},
		{"links", WV_PHRASE_REASON_LINKS},
		{"repeated", WV_PHRASE_REASON_REPEATED},
		{"site", WV_PHRASE_REASON_SITE},
		{"label", WV_PHRASE_REASON_LABEL},
		{"outside", WV_PHRASE_REASON_OUTSIDE},
	};

	return find(reasons, WV_COUNT(reasons), reason, out);
}

bool wv_label_found(struct wv_slice found, enum wv_phrase *out)
{
	static const struct label places[] = {
		{"text", WV_PHRASE_FOUND_TEXT},
		{"time element", WV_PHRASE_FOUND_TIME},
		{"named element", WV_PHRASE_FOUND_NAMED},
		{"byline", WV_PHRASE_FOUND_BYLINE},
		{"credit line", WV_PHRASE_FOUND_CREDIT},
		{"publisher as author", WV_PHRASE_FOUND_PUBLISHER},
		{"clock on the page's day", WV_PHRASE_FOUND_CLOCK},
		{"source", WV_PHRASE_FOUND_SETTINGS},
		{"label", WV_PHRASE_REASON_LABEL},
	};

	return find(places, WV_COUNT(places), found, out);
}

bool wv_label_category_basis(struct wv_slice basis, enum wv_phrase *out)
{
	static const struct label bases[] = {
		{"page", WV_PHRASE_BASIS_PAGE},
		{"breadcrumb", WV_PHRASE_BASIS_BREADCRUMB},
		{"feed", WV_PHRASE_BASIS_FEED},
		{"source", WV_PHRASE_BASIS_SOURCE},
	};

	return find(bases, WV_COUNT(bases), basis, out);
}
