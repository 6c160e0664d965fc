#include "archive/store/verdict.h"

static const char *const names[WV_VERDICT_COUNT] = {
	[WV_VERDICT_UNREAD] = "unread",
	[WV_VERDICT_ARTICLE] = "article",
	[WV_VERDICT_LISTING] = "listing",
	[WV_VERDICT_CONSENT_WALL] = "consent-wall",
	[WV_VERDICT_PAYWALL_STUB] = "paywall-stub",
	[WV_VERDICT_SCRIPT_SHELL] = "script-shell",
	[WV_VERDICT_SOFT_404] = "soft-404",
	[WV_VERDICT_CAPTCHA] = "captcha",
	[WV_VERDICT_TRUNCATED] = "truncated",
	[WV_VERDICT_REFUSED] = "refused",
	[WV_VERDICT_FAILED] = "failed",
	[WV_VERDICT_OTHER] = "other",
};

const char *wv_verdict_name(enum wv_verdict verdict)
{
	return (unsigned)verdict < WV_VERDICT_COUNT ? names[verdict] : "unknown";
}

bool wv_verdict_parse(struct wv_slice name, enum wv_verdict *out)
{
	for (int i = 0; i < WV_VERDICT_COUNT; i++)
		if (wv_slice_equals(name, wv_slice_of(names[i]))) {
			*out = (enum wv_verdict)i;
			return true;
		}
	return false;
}

bool wv_verdict_stands(enum wv_verdict verdict)
{
	switch (verdict) {
	case WV_VERDICT_UNREAD:
	case WV_VERDICT_ARTICLE:
	case WV_VERDICT_LISTING:
	case WV_VERDICT_PAYWALL_STUB:
	case WV_VERDICT_SCRIPT_SHELL:
	case WV_VERDICT_OTHER:
		return true;
	default:
		return false;
	}
}
