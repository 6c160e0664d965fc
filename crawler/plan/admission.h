#ifndef WV_CRAWLER_PLAN_ADMISSION_H
#define WV_CRAWLER_PLAN_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/settings.h"
#include "config/source.h"
#include "config/url.h"
#include "crawler/plan/visit.h"

/*
 * May a link that was found enter the frontier? Scope, depth, scheme, port and traps. Pure; the
 * page workers ask it, so that the writer gets only what is worth looking up.
 */
enum wv_admission {
	WV_ADMIT,
	WV_ADMIT_NOT_SCHEME,  /* not http or https */
	WV_ADMIT_NOT_PORT,    /* not among network.ports, nor a seed's own for its host */
	WV_ADMIT_NOT_SCOPE,   /* outside scope, include, exclude */
	WV_ADMIT_NOT_DEPTH,
	WV_ADMIT_TOO_LONG,    /* over WV_LIMIT_URL_BYTES */
	WV_ADMIT_TRAP_REPEAT, /* a path segment three times, or a pair of them twice in a row */
	WV_ADMIT_TRAP_DEEP,   /* more than 24 path segments */
	WV_ADMIT_TRAP_QUERY,  /* more than 16 parameters, or 1 KiB of them */
	WV_ADMIT_TRAP_CALENDAR, /* a date in path or query more than 400 days ahead, or before 1990 */
	WV_ADMIT_COUNT
};
const char *wv_admission_name(enum wv_admission admission);

struct wv_admission_facts {
	const struct wv_settings *settings;
	const struct wv_source *source;
	enum wv_visit_kind kind;  /* what the link would be visited as */
	uint32_t depth;           /* it would have */
	uint32_t hops;            /* out of scope, of the page it was found on */
	bool is_related;          /* the link text is on topic: may leave the scope within hops */
	struct wv_time now;       /* for calendars */
};
/* *hops becomes what the link would have (0 inside the scope). Feeds and sitemaps are held to
 * scheme, port and length only: they may lie on another host. */
enum wv_admission wv_admission_check(const struct wv_admission_facts *facts,
                                     const struct wv_url *url, uint32_t *hops);
/* The trap guards alone. */
enum wv_admission wv_admission_trap(const struct wv_url *url, struct wv_time now);

#endif
