#include "crawler/plan/visit.h"

#include <stdlib.h>

const char *wv_visit_kind_name(enum wv_visit_kind kind)
{
	static const char *const names[] = {"page",    "robots",    "feed",
					    "sitemap", "requisite", "tdmrep"};

	return (size_t)kind < WV_COUNT(names) ? names[kind] : "unknown";
}

const char *wv_via_name(enum wv_via via)
{
	static const char *const names[] = {"seed",     "link",   "feed",      "sitemap",
					    "redirect", "robots", "page-head", "requisite",
					    "hand",     "related", "part",   "guess"};

	return (size_t)via < WV_COUNT(names) ? names[via] : "unknown";
}

const char *wv_result_name(enum wv_result result)
{
	static const char *const names[] = {"answered", "timeout",       "dns",       "connect",
					    "tls",      "bad-http",      "truncated", "guard",
					    "not-sent", "robots-denied", "refused",   "lease"};

	return (size_t)result < WV_COUNT(names) ? names[result] : "unknown";
}

bool wv_result_is_request(enum wv_result result)
{
	return result <= WV_RESULT_TRUNCATED;
}

void wv_visit_free(struct wv_visit **visit)
{
	free(*visit);
	*visit = NULL;
}

bool wv_outcome_is_redirect(const struct wv_outcome *outcome)
{
	int32_t s = outcome->status;

	return outcome->result == WV_RESULT_ANSWERED && outcome->location.n > 0 &&
	       (s == 301 || s == 302 || s == 303 || s == 307 || s == 308);
}

bool wv_outcome_is_retryable(enum wv_visit_kind kind, const struct wv_outcome *outcome)
{
	if (kind == WV_VISIT_ROBOTS)
		return false;
	switch (outcome->result) {
	case WV_RESULT_TIMEOUT:
	case WV_RESULT_DNS:
	case WV_RESULT_CONNECT:
	case WV_RESULT_TRUNCATED:
		return true;
	case WV_RESULT_ANSWERED:
		return outcome->status == 500 || outcome->status == 502 || outcome->status == 504;
	default:
		return false;
	}
}
