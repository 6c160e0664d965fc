#ifndef WV_ARCHIVE_VIEW_VISIT_H
#define WV_ARCHIVE_VIEW_VISIT_H

#include <stdbool.h>

#include "archive/store/lookup.h"
#include "archive/store/store.h"
#include "archive/view/phrase.h"
#include "config/settings.h"
#include "config/zone.h"

/*
 * Who looks, at what, as of when: what every page is made from. One a request (or one a file of
 * the static site); everything a page reads lies in its transaction and its arena.
 */
struct wv_search;
struct wv_tally;
struct wv_around;
struct wv_around_answer;
struct wv_around_query;
struct wv_address;
struct wv_wish_reader;

/* Where the pages will lie: addresses differ. */
enum wv_form {
	WV_FORM_SERVED, /* by `serve`: searches, and an instant in each address */
	WV_FORM_STATIC, /* files in a folder: relative addresses, one (T, K) for all of them */
};

struct wv_visit {
	struct wv_store *store;
	struct wv_txn *txn;
	struct wv_search *search; /* NULL: there is no index, pages do without */
	const struct wv_tally *tally; /* archive/store/tally.h; NULL: there are no totals */
	/* Finds reports of one event (search/around.h). NULL: snapshots only link to their story's
	 * page, which then makes one of its own. */
	struct wv_around *around;
	/* What such a one is told beside the settings: their file stories.words. */
	struct wv_slice story_words;
	int64_t patience_us; /* for a story without its index; 0: the usual second */
	/* Reads every article around one that no index knows, and goes on where it takes longer than that:
	 * WV_STOPPED; asked again, it knows more. NULL: it is read for this page alone. */
	enum wv_status (*read_around)(void *context, struct wv_txn **txn, struct wv_arena *arena,
	                              const struct wv_around_query *query, int64_t patience_us,
	                              struct wv_around_answer *out, struct wv_err *err);
	void *read_around_context;
	/* Reads what pages ask for in their heads (wishes.h). NULL: only headers are heard. */
	const struct wv_wish_reader *wish_reader;
	struct wv_arena *arena;
	const struct wv_settings *settings;
	struct wv_time now;      /* for take-downs, and "3 hours ago" */
	/* The question's T and K. `at`: WV_TIME_NONE is now. `known_at` is always set: the last
	 * instant recorded unless the visitor named one. */
	struct wv_time at, known_at;
	bool has_as_of, has_known_at; /* named by the visitor: every link of the page keeps them */
	enum wv_tongue tongue;        /* of the interface */
	bool has_tongue;              /* chosen in the address: links keep it */
	bool is_simulated;            /* the archive's clock: every page says so */
	enum wv_form form;
	const char *root;             /* STATIC: "", "../": from this file to the folder */
	/* STATIC: will this page be there? Asked for every link; without it, or false, the words stand
	 * without a link. */
	bool (*wants)(void *context, const struct wv_address *address);
	void *wants_context;
};

/* May this be shown now (register.h)? WV_NO with the fact. */
WV_MUST_USE enum wv_status wv_visit_shows(const struct wv_visit *visit,
                                          const struct wv_capture *capture, struct wv_fact *why,
                                          struct wv_err *err);
/* Its article as known at K. WV_NO: it has none. */
WV_MUST_USE enum wv_status wv_visit_article(const struct wv_visit *visit,
                                            const struct wv_capture *capture,
                                            struct wv_article *out, struct wv_err *err);

#endif
