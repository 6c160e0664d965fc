#ifndef WV_ARCHIVE_VIEW_SNAPSHOT_PARTS_H
#define WV_ARCHIVE_VIEW_SNAPSHOT_PARTS_H

#include "archive/store/history.h"
#include "archive/store/parts.h"
#include "archive/view/visit.h"
#include "archive/view/wishes.h"

/* What the files of the snapshot page share: everything read of the capture, before a word of it
 * is written. */
struct snapshot {
	struct wv_visit *visit;
	struct wv_buf *out;
	struct wv_capture capture;
	bool has_article;
	struct wv_article article;
	struct wv_parts parts;
	/* T of the boxes: what the visitor named, else the snapshot's own instant. */
	struct wv_time then;
	uint64_t document; /* whose text it is: its own, or of the capture it stands for */
	struct wv_history history;        /* of its page around it, by the visitor's T */
	const struct wv_version *version; /* in it, that it belongs to; NULL: none */
	bool is_withdrawn;                /* the page asked not to be shown any more */
	struct wv_wishes wishes;
};

/* snapshot_facts.c: lines of what is known of it. */
void snapshot_add_crumbs(struct snapshot *s);
WV_MUST_USE enum wv_status snapshot_add_facts(struct snapshot *s, struct wv_err *err);
void snapshot_add_actions(struct snapshot *s);
/* Around a row of facts. */
void snapshot_open_row(struct snapshot *s, enum wv_phrase name);
void snapshot_close_row(struct snapshot *s);
/* Whose clock said when: of what was imported, whoever captured it had one of his own. */
enum wv_phrase snapshot_clock(const struct wv_capture *c);

/* snapshot_words.c: what the page said besides. */
void snapshot_add_headlines(struct snapshot *s);
void snapshot_add_conflicts(struct snapshot *s);
void snapshot_add_removed(struct snapshot *s);

/* snapshot_proof.c: why it is to be believed, and who captured it. */
WV_MUST_USE enum wv_status snapshot_add_proof(struct snapshot *s, struct wv_err *err);
void snapshot_add_collector(struct snapshot *s);

/* snapshot_boxes.c: what stands around it. */
WV_MUST_USE enum wv_status snapshot_add_boxes(struct snapshot *s, struct wv_err *err);
WV_MUST_USE enum wv_status snapshot_add_category(struct snapshot *s, struct wv_err *err);
WV_MUST_USE enum wv_status snapshot_add_neighbours(struct snapshot *s, struct wv_err *err);
/* Apart, labelled and closed; nothing where the visitor named an instant or nothing came. */
WV_MUST_USE enum wv_status snapshot_add_later(struct snapshot *s, struct wv_err *err);

#endif
