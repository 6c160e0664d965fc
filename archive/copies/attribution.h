#ifndef WV_ARCHIVE_COPIES_ATTRIBUTION_H
#define WV_ARCHIVE_COPIES_ATTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>

#include "archive/store/article.h"
#include "config/base/arena.h"
#include "config/base/status.h"

/*
 * Whom an article names as the one who had the story before it: "据路透社报道", "CNBCによると",
 * "according to the Harbour Courier", "(Reuters)", a dateline, a line "来源：财联社". The phrases are
 * a table by language; a name counts if the archive or the table of agencies knows it, or if it is
 * called as media are (…社, … Times), so that "according to police" is no claim. Pure; any thread.
 */
enum wv_claim_kind {
	WV_CLAIM_CREDIT,   /* the wire credit of the page */
	WV_CLAIM_DATELINE, /* an agency in the dateline */
	WV_CLAIM_REPORT,   /* a phrase in the text */
	WV_CLAIM_LINE,     /* a line that names the source */
	WV_CLAIM_KINDS
};
const char *wv_claim_kind_name(enum wv_claim_kind kind);

struct wv_claim {
	enum wv_claim_kind kind;
	struct wv_slice name;  /* as it stands, without the words around it */
	struct wv_slice known; /* what the table of agencies calls it; empty: not in it */
	struct wv_slice words; /* the passage */
};
#define WV_CLAIMS_MAX 16

/*
 * The claims in the order of credit, dateline, text, lines; a name once, by its first. `names`:
 * what the archive's sources and publishers are called. Slices point into the article or `arena`.
 */
WV_MUST_USE enum wv_status wv_claims_find(const struct wv_article *article,
                                          const struct wv_slice *names, size_t name_count,
                                          struct wv_arena *arena, struct wv_claim **out,
                                          size_t *count, struct wv_err *err);

/* Do both name one publication? Folded; by the table of agencies also across languages; a short
 * form ("Meridian") names the long one ("Meridian Wire"). */
bool wv_claim_names(const struct wv_claim *claim, struct wv_slice publication,
                    struct wv_arena *arena);

#endif
