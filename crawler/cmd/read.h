#ifndef WV_CRAWLER_CMD_READ_H
#define WV_CRAWLER_CMD_READ_H

#include "archive/store/article.h"
#include "archive/store/capture.h"
#include "archive/store/lookup.h"
#include "archive/store/parts.h"
#include "archive/store/register.h"
#include "archive/store/store.h"
#include "config/url.h"
#include "crawler/cmd/command.h"

/*
 * What the commands that look at an archive share: opening it, the instants (T, K) of the
 * question, finding what a URL or an ID means, printing a capture.
 */
struct wv_read {
	struct wv_command_context *c;
	struct wv_store *store;
	struct wv_txn *txn;
	struct wv_arena *arena;   /* what the reading gives lies here; a long walk resets it */
	struct wv_time at;        /* T: --at, bounded by --as-of; WV_TIME_NONE: now */
	struct wv_time as_of;     /* --as-of as it was given; WV_TIME_NONE: it was not */
	struct wv_time known_at;  /* K: --known-at, else the last instant recorded */
	bool has_known_at;        /* it was given */
	bool is_simulated;        /* the archive's clock: every view says so */
	struct wv_time now;       /* for the terms of take-downs */
};

/*
 * Opens the archive for reading and begins a transaction; reads --at, --as-of and --known-at
 * where the command declares them. WV_MISSING, WV_DAMAGED ...; WV_USAGE for a time that is none.
 */
WV_MUST_USE enum wv_status wv_read_open(struct wv_command_context *context, struct wv_read *read,
                                        struct wv_err *err);
void wv_read_done(struct wv_read *read); /* also a WV_AUTO handler */

/* Is it a capture's ID: decimal digits and nothing else? */
bool wv_read_is_id(const char *argument, uint64_t *id);
/* The page of a URL. WV_NO with words: nothing was captured; WV_USAGE: no URL. */
WV_MUST_USE enum wv_status wv_read_page(struct wv_read *read, const char *argument,
                                        struct wv_page *page, struct wv_err *err);
/*
 * The capture that URL|ID means at read->at; what was passed over goes to stderr, and to *standing.
 * WV_NO with words: none.
 */
WV_MUST_USE enum wv_status wv_read_capture(struct wv_read *read, const char *argument,
                                           enum wv_standing_mode mode,
                                           struct wv_standing *standing, struct wv_err *err);
/* The answer where something was taken down: a tombstone, in words and with --json as a record.
 * `url` names the page; the capture's ID is the fact's. WV_NO. */
enum wv_status wv_read_refuse(struct wv_read *read, const struct wv_fact *fact, struct wv_slice url,
                              struct wv_err *err);
/* A tombstone as a record: {"kind":"tombstone", ...}. */
void wv_read_json_tombstone(struct wv_read *read, const struct wv_fact *fact, struct wv_slice url);
/* Its article as known at K; WV_NO: it has none. */
WV_MUST_USE enum wv_status wv_read_article(struct wv_read *read, const struct wv_capture *capture,
                                           struct wv_article *article, struct wv_err *err);
/*
 * The same with the article's further parts behind it (archive/store/parts.h); how many there are
 * is in *parts, and on standard error where one is missing. With an ID: that capture's own part.
 */
WV_MUST_USE enum wv_status wv_read_whole_article(struct wv_read *read, const char *argument,
                                                 const struct wv_capture *capture,
                                                 struct wv_article *article,
                                                 struct wv_parts *parts, struct wv_err *err);
/* "parts" and "missing_part" of a record. */
void wv_read_json_parts(struct wv_json_writer *w, const struct wv_parts *parts);
/* Its body, digest checked. WV_NO with words where the archive has none. */
WV_MUST_USE enum wv_status wv_read_body(struct wv_read *read, const struct wv_capture *capture,
                                        struct wv_buf *body, struct wv_err *err);

/* After an empty answer: names on standard error each --source that the archive has nothing of, for
 * it is likelier a slip of the pen than a silent source. */
void wv_read_note_sources(struct wv_read *read);

/* The members every record of a capture has: v, id, url, page, captured ... basis, reason. Leaves
 * the object open. */
void wv_read_json_capture(struct wv_json_writer *w, const struct wv_read *read,
                          const struct wv_capture *capture);
/* A stated time's members: NAME, NAME_earliest, NAME_latest, NAME_basis, NAME_raw. */
void wv_read_json_stated(struct wv_json_writer *w, const char *name,
                         const struct wv_stated_time *time);
/* A claim of a source: kind, name, known_as, words, source. Leaves the object open. */
struct wv_spread_claim;
void wv_read_json_claim(struct wv_json_writer *w, const struct wv_spread_claim *claim);
/* Text of foreign origin for a terminal: control characters become spaces. */
void wv_read_add_plain(struct wv_buf *out, struct wv_slice text);
/* "silver", on a terminal with colours; nothing elsewhere. Names: bold dim red green yellow off. */
void wv_read_colour(const struct wv_command_context *context, const char *name);

/* For people: without the microseconds. */
struct wv_time wv_read_second(struct wv_time t);

#endif
