#ifndef WV_ARCHIVE_SERVE_CDX_H
#define WV_ARCHIVE_SERVE_CDX_H

#include "archive/serve/memento.h"

/*
 * The index of the archive for programs: /cdx?url=..., a row a memento, by page key and time.
 *
 *   url=           one page; "host/path*" is a prefix of it, "*.host" a domain
 *   matchType=     exact (default) prefix host domain
 *   from= to=      instants, as everywhere here; a shorter one means its first, its last
 *   as-of= known-at=  T and K, as everywhere here: what is later is in no row and no count
 *   limit=N        at most N rows; -N: the last N. Never more than WV_CDX_ROWS_MAX
 *   offset=N       without the first N
 *   fastLatest=true  where no limit is given: the last one
 *   sort=reverse   the last first; sort=closest with closest=TIME: nearest first, of at most
 *                  WV_CDX_SORTED_MAX
 *   filter=[!][=|~]FIELD:PATTERN   may repeat; all must hold. "!" turns it around. PATTERN is a
 *                  regular expression of the whole value, of letters, ".", [a-z0-9] [^x] \d \w \.,
 *                  each with * + or ?, and "|" between alternatives; no groups. Work is linear in
 *                  the value. "=": the value itself; "~": how it begins, up to a "$"
 *   fl=A,B,...     which of: urlkey timestamp original mimetype statuscode digest length redirect
 *                  verdict source id
 *   collapse=FIELD[:N]        of neighbours with the same (first N letters of the) value the first;
 *                  may repeat. Neighbours are those of the walk: in the order of the keys, from the
 *                  last with sort=reverse and -N, away from TIME with sort=closest of one page
 *   output=        text (default; spaces between), json (a list of lists, names first), cdxj
 *   resumeKey=     goes on where an answer ended
 *   page=N pageSize=M         the Nth part (from 0) of the addresses that have rows, M a part (50)
 *   showNumPages=true         only the number of parts; with output=json as pywb says it
 *
 * An answer reads at most a second, in transactions of 100 ms, and WV_CDX_ROWS_MAX rows. Where more
 * may follow it says so: field "X-Resume-Key", Link rel="next", and with showResumeKey=true, in a
 * text or json, an empty line and the key. What must see every row before the first (sort=closest of
 * more than one page, showNumPages, page) and cannot in that second is 400, with the way out.
 *
 * Of the CDX servers of OpenWayback and pywb this has all but: showDupeCount, showSkipCount,
 * lastSkipTimestamp and resolveRevisits (a row's digest and type are those of the body it stands
 * for); showPagedIndex and zipnum blocks; fields filename and offset (there are no WARC files);
 * output=link (a TimeMap is that); lines of JSON objects; a pattern of the whole line. An answer is
 * never compressed, so gzip=false is what it is; parameters that are not known are passed over.
 */
#define WV_CDX_ROWS_MAX   10000u
#define WV_CDX_SORTED_MAX 1000u

#define WV_PATTERN_ATOMS_MAX 64u
/* A pattern of `filter`, as above, and what it has to match: all of a value, or how it begins. */
struct wv_pattern {
	struct wv_slice text;
	bool is_beginning;
};
/* WV_USAGE says what it may not have. */
WV_MUST_USE enum wv_status wv_pattern_parse(struct wv_slice text, struct wv_pattern *out,
                                            struct wv_err *err);
bool wv_pattern_matches(const struct wv_pattern *pattern, struct wv_slice value);

enum wv_status wv_route_cdx(struct wv_call *call, struct wv_err *err);

#endif
