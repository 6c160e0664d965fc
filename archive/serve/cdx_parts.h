#ifndef WV_ARCHIVE_SERVE_CDX_PARTS_H
#define WV_ARCHIVE_SERVE_CDX_PARTS_H

#include "archive/serve/cdx.h"
#include "config/base/json.h"
#include "config/base/limits.h"

/*
 * Inside of /cdx: the question (cdx_question.c), the walk along its rows (cdx_walk.c), those that
 * must wait for others (cdx_sorted.c), and how a row is printed (cdx_row.c). Not for others.
 */
#define WV_CDX_SCRATCH_CAP (4u * WV_MIB)
#define WV_CDX_FILTERS_MAX 16u
#define WV_CDX_FIELDS_MAX  16u
#define WV_CDX_COLLAPSES_MAX 4u
#define WV_CDX_PAGE_SIZE     50u
#define WV_CDX_PAGE_SIZE_MAX 10000u
#define WV_CDX_SLICE_US    (100 * WV_US_PER_MS) /* of one transaction */

enum wv_cdx_field {
	WV_CDX_FIELD_URLKEY,
	WV_CDX_FIELD_TIMESTAMP,
	WV_CDX_FIELD_ORIGINAL,
	WV_CDX_FIELD_MIMETYPE,
	WV_CDX_FIELD_STATUSCODE,
	WV_CDX_FIELD_DIGEST,
	WV_CDX_FIELD_LENGTH,
	WV_CDX_FIELD_REDIRECT,
	WV_CDX_FIELD_VERDICT,
	WV_CDX_FIELD_SOURCE,
	WV_CDX_FIELD_ID,
	WV_CDX_FIELD_COUNT
};
enum wv_cdx_match { WV_CDX_MATCH_EXACT, WV_CDX_MATCH_PREFIX, WV_CDX_MATCH_HOST, WV_CDX_MATCH_DOMAIN };
enum wv_cdx_order { WV_CDX_ORDER_KEY, WV_CDX_ORDER_REVERSE, WV_CDX_ORDER_CLOSEST };
enum wv_cdx_output { WV_CDX_OUTPUT_TEXT, WV_CDX_OUTPUT_JSON, WV_CDX_OUTPUT_CDXJ };

struct wv_cdx_filter {
	enum wv_cdx_field field;
	bool is_not;
	bool is_exact; /* the value is pattern.text, letter by letter */
	struct wv_pattern pattern;
};

/* Of neighbours with the same beginning of a field only the first. */
struct wv_cdx_collapse {
	enum wv_cdx_field field;
	size_t bytes;
	bool has_before;
	struct wv_buf before; /* of the row before */
};

/* A row that waits for the others. */
struct wv_cdx_kept {
	uint64_t id;
	int64_t us, distance_us;
};

struct wv_cdx_resume {
	struct wv_slice key; /* of the page */
	struct wv_time captured;
	uint64_t id;         /* the first one of the next answer */
};

struct wv_cdx {
	struct wv_call *call;
	struct wv_original original;
	enum wv_cdx_match match;
	enum wv_cdx_order order;
	enum wv_cdx_output output;
	struct wv_time from, to, closest;
	size_t limit, offset;
	bool is_last;         /* a negative limit */
	bool is_backwards;    /* walked from the last row to the first */
	bool counts_pages;    /* showNumPages: nothing but their number */
	bool has_page;
	uint64_t page, page_size; /* in addresses that have rows */
	struct wv_cdx_filter filters[WV_CDX_FILTERS_MAX];
	size_t filter_count;
	enum wv_cdx_field fields[WV_CDX_FIELDS_MAX];
	size_t field_count;
	struct wv_cdx_collapse collapses[WV_CDX_COLLAPSES_MAX];
	size_t collapse_count;
	bool shows_resume_key, has_resume;
	struct wv_cdx_resume resume;
	/* on the way: */
	struct wv_buf value;      /* a field */
	size_t rows, passed_over; /* in the answer; of `offset` */
	struct wv_cdx_kept *kept; /* of is_last and of ORDER_CLOSEST */
	size_t kept_count;
	uint64_t addresses;       /* with rows, so far: has_page, counts_pages */
	int64_t slice_ends_us, ends_us;
	bool is_cut;
	struct wv_cdx_resume next;
	struct wv_json_writer json;
};

extern const char *const wv_cdx_names[WV_CDX_FIELD_COUNT];
/* By its name, or the one of CDXJ. */
bool wv_cdx_find_field(struct wv_slice name, enum wv_cdx_field *out);
WV_MUST_USE enum wv_status wv_cdx_read(struct wv_cdx *cdx, struct wv_err *err);

/* Is it a row of the answer? Collapsing looks at the row before, so each is asked once, in order. */
bool wv_cdx_passes(struct wv_cdx *cdx, const struct wv_capture *capture);
void wv_cdx_print(struct wv_cdx *cdx, const struct wv_capture *capture);

struct wv_captures_query wv_cdx_query_of(const struct wv_cdx *cdx, uint64_t page);
bool wv_cdx_is_late(const struct wv_cdx *cdx);
WV_MUST_USE enum wv_status wv_cdx_walk(struct wv_cdx *cdx, struct wv_err *err);

/* Room for the rows that are kept; keeps one: of the closest the closest ones. */
WV_MUST_USE enum wv_status wv_cdx_keep_none(struct wv_cdx *cdx, struct wv_err *err);
void wv_cdx_keep(struct wv_cdx *cdx, const struct wv_capture *capture);
/* The closest of one page, without a look at all of it. */
WV_MUST_USE enum wv_status wv_cdx_keep_closest(struct wv_cdx *cdx, uint64_t page,
                                               struct wv_err *err);
/* Prints those that were kept, in their order. */
WV_MUST_USE enum wv_status wv_cdx_print_kept(struct wv_cdx *cdx, struct wv_err *err);

#endif
