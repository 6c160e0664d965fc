#ifndef WV_ARCHIVE_VIEW_ADDRESS_H
#define WV_ARCHIVE_VIEW_ADDRESS_H

#include "archive/view/visit.h"

/*
 * Every address of ours in one place: what a link on a page says, and what the service takes.
 *
 *   /                         front page               index.html
 *   /snapshot/ID              a capture                snapshot/ID.html
 *   /history?url=URL          a page's captures        page/NAME.html
 *   /compare?from=ID&to=ID    two captures             compare/FROM-TO.html
 *   /search?q=...             full text                (none)
 *   /source/NAME /category/NAME                        source/NAME.html, category/NAME.html
 *   /cluster/ID               copies of one text       cluster/ID.html
 *   /story/ID                 the same event           story/ID.html
 *   /pulse                    charts                   pulse.html
 *   /subscriptions /feed/NAME.atom /feed/NAME.json     (none)
 *   /about                    notice, take-down        about.html
 *   /proof/ID                 proof as text            proof/ID.txt
 *   /assets/check.sh          what checks it           check.sh
 *   /web/YYYYMMDDhhmmss/URL   as it was (Memento)      (none)
 *   /web/YYYYMMDDhhmmssid_/URL its bytes
 *   /timegate/URL /timemap/link/URL /timemap/json/URL /timemap/cdxj/URL /cdx?url=URL
 *   /api/...                  JSON
 *
 * The served ones keep the visit's as-of=, known-at= and lang= as parameters. Where an address ends
 * in a URL, which may have parameters of its own, they are a segment before it:
 * /web/as-of=T&known-at=K/YYYYMMDDhhmmss/URL, and so with /timegate/ and /timemap/link/. A proof and
 * a feed are of no instant.
 */
enum wv_place {
	WV_PLACE_FRONT,
	WV_PLACE_SNAPSHOT, /* id */
	WV_PLACE_HISTORY,  /* text: URL */
	WV_PLACE_COMPARE,  /* id: from; other: to */
	WV_PLACE_SEARCH,   /* text: query; may be empty */
	WV_PLACE_SOURCE,   /* text: name */
	WV_PLACE_CATEGORY, /* text: name */
	WV_PLACE_CLUSTER,  /* id */
	WV_PLACE_STORY,    /* id */
	WV_PLACE_PULSE,
	WV_PLACE_SUBSCRIPTIONS,
	WV_PLACE_ABOUT,
	WV_PLACE_STYLE, /* the style sheet: its name has its digest */
	WV_PLACE_SCRIPT,
	WV_PLACE_FEED_ATOM, /* text: subscription */
	WV_PLACE_FEED_JSON,
	WV_PLACE_PROOF,     /* id */
	WV_PLACE_REPLAY,    /* text: URL; when */
	WV_PLACE_RAW,       /* as REPLAY, its bytes */
	WV_PLACE_TIMEGATE,  /* text: URL */
	WV_PLACE_TIMEMAP,   /* text: URL */
	WV_PLACE_API,       /* text: "snapshot/12": what follows /api/ */
	WV_PLACE_CHECK,     /* check.sh, which checks a proof with a shell and openssl */
	WV_PLACE_COUNT
};

struct wv_address {
	enum wv_place place;
	uint64_t id, other;
	struct wv_slice text;
	struct wv_time when;
	const char *more; /* further parameters of ours, already encoded: "&page=2"; NULL: none */
};
/* Is there such a page in the visit's form? */
bool wv_address_exists(const struct wv_visit *visit, enum wv_place place);
/* ` href="..."`, escaped; nothing where there is no such page. */
void wv_address_href(struct wv_buf *out, const struct wv_visit *visit,
                     const struct wv_address *address);
/* The address itself, percent-encoded, not HTML-escaped: for Location, feeds and JSON. */
void wv_address_add(struct wv_buf *out, const struct wv_visit *visit,
                    const struct wv_address *address);
/* That segment, "as-of=T&known-at=K/"; nothing where the visitor named nothing. */
void wv_address_add_segment(struct wv_buf *out, const struct wv_visit *visit);
/* Hidden fields of a form that keep the visit's instant and language. */
void wv_address_keep(struct wv_buf *out, const struct wv_visit *visit);
/* The file of a static site, from its folder: "snapshot/12.html"; false: there is none. */
bool wv_address_file(const struct wv_address *address, struct wv_buf *out);

#endif
