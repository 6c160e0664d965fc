#include "archive/store/history.h"

#include <stdlib.h>

#include "config/base/limits.h"

#define SCRATCH_CAP (4u * WV_MIB)
#define ARTICLE_CAP (512u * WV_MIB)
#define LIST_CAP    (1024u * WV_MIB) /* of each list; a version takes some 400 bytes */

const char *wv_change_name(enum wv_change change)
{
	switch (change) {
	case WV_CHANGE_FIRST:
		return "first";
	case WV_CHANGE_TITLE:
		return "title";
	case WV_CHANGE_TEXT:
		return "text";
	case WV_CHANGE_BODY:
		return "body";
	case WV_CHANGE_VERDICT:
		return "verdict";
	case WV_CHANGE_STATED:
		return "stated-time";
	case WV_CHANGE_SILENT:
		return "silent";
	case WV_CHANGE_UNCERTAIN:
		return "uncertain";
	case WV_CHANGE_REVERT:
		return "revert";
	}
	return "unknown";
}

/* Everything that grows while the page's captures pass by. */
struct gather {
	struct wv_txn *txn;
	struct wv_arena *arena;   /* the caller's */
	struct wv_arena *article; /* of the article last read */
	struct wv_arena *scratch; /* of the capture being looked at */
	struct wv_time known_at;
	struct wv_buf versions, absences, headlines; /* arrays of their structs */
	struct wv_history totals;
	/* The article last read, by the digest of its record: unchanged ones are not read again. */
	bool has_record;
	struct wv_digest record;
	struct wv_article last;
	/* What the newest version was read by, and the title seen last. */
	uint32_t extractor;
	uint64_t model;
	bool has_title;
	struct wv_slice title;
	bool is_absent;
};

static struct wv_version *newest_version(struct gather *g)
{
	size_t n = g->versions.n / sizeof(struct wv_version);

	return n ? (struct wv_version *)(void *)g->versions.p + (n - 1) : NULL;
}

static struct wv_absence *newest_absence(struct gather *g)
{
	size_t n = g->absences.n / sizeof(struct wv_absence);

	return n ? (struct wv_absence *)(void *)g->absences.p + (n - 1) : NULL;
}

static enum wv_status copy(struct gather *g, struct wv_slice *s, struct wv_err *err)
{
	struct wv_slice made = wv_arena_copy(g->arena, *s);

	if (made.n != s->n)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	*s = made;
	return WV_OK;
}

static enum wv_status copy_time(struct gather *g, struct wv_stated_time *time, struct wv_err *err)
{
	enum wv_status st = copy(g, &time->text, err);

	if (st == WV_OK)
		st = copy(g, &time->raw, err);
	return st == WV_OK ? copy(g, &time->found, err) : st;
}

/* g->last becomes the capture's article; *has tells whether there is one. */
static enum wv_status read_article(struct gather *g, const struct wv_capture *capture, bool *has,
                                   struct wv_err *err)
{
	struct wv_reading reading;
	enum wv_status st =
		wv_store_reading(g->txn, g->scratch, capture, g->known_at, &reading, err);

	*has = false;
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	if (!g->has_record || !wv_digest_equals(&g->record, &reading.record)) {
		wv_arena_reset(g->article);
		g->has_record = false;
		st = wv_store_article(g->txn, g->article, &reading, &g->last, err);
		if (st == WV_NO) /* erased since */
			return WV_OK;
		if (st != WV_OK)
			return st;
		g->record = reading.record;
		g->has_record = true;
	}
	*has = true;
	return WV_OK;
}

static enum wv_status note_title(struct gather *g, const struct wv_capture *capture,
                                 const struct wv_version *version, struct wv_err *err)
{
	struct wv_headline headline = {capture->id, capture->captured, version->number, g->title,
	                               g->last.title};
	enum wv_status st;

	if (g->has_title && wv_slice_equals(g->title, g->last.title))
		return WV_OK;
	st = copy(g, &headline.after, err);
	if (st != WV_OK)
		return st;
	if (g->has_title)
		wv_buf_add_bytes(&g->headlines, &headline, sizeof headline);
	g->title = headline.after;
	g->has_title = true;
	return WV_OK;
}

static bool same_stated(const struct wv_stated_time *a, const struct wv_stated_time *b)
{
	return a->is_set == b->is_set && wv_slice_equals(a->text, b->text);
}

static uint32_t changes_from(const struct wv_version *before, const struct wv_version *now,
                             bool same_reader)
{
	bool both = before->verdict == WV_VERDICT_ARTICLE && now->verdict == WV_VERDICT_ARTICLE;
	bool stated_same = same_stated(&before->modified, &now->modified);
	uint32_t changes = both ? WV_CHANGE_TEXT : WV_CHANGE_BODY;

	if (before->verdict != now->verdict)
		changes |= WV_CHANGE_VERDICT;
	if (!wv_slice_equals(before->title, now->title))
		changes |= WV_CHANGE_TITLE;
	if (!stated_same)
		changes |= WV_CHANGE_STATED;
	if (both && !same_reader)
		changes |= WV_CHANGE_UNCERTAIN;
	if (both && same_reader && stated_same)
		changes |= WV_CHANGE_SILENT;
	return changes;
}

static enum wv_status begin_version(struct gather *g, const struct wv_capture *capture,
                                    bool has_article, struct wv_err *err)
{
	const struct wv_version *before = newest_version(g);
	struct wv_version version = {
		.number = g->versions.n / sizeof version + 1,
		.first_id = capture->id,
		.last_id = capture->id,
		.first_seen = capture->captured,
		.last_seen = capture->captured,
		.captures = 1,
		.verdict = capture->verdict,
		.key = capture->version,
		.body = capture->body,
		.has_article = has_article,
	};
	bool same_reader = capture->extractor == g->extractor && capture->model == g->model;
	enum wv_status st = WV_OK;

	if (has_article) {
		version.title = g->last.title;
		version.published = g->last.published;
		version.modified = g->last.modified;
		st = copy(g, &version.title, err);
		if (st == WV_OK)
			st = copy_time(g, &version.published, err);
		if (st == WV_OK)
			st = copy_time(g, &version.modified, err);
	}
	version.changes = before ? changes_from(before, &version, same_reader) : WV_CHANGE_FIRST;
	g->extractor = capture->extractor;
	g->model = capture->model;
	wv_buf_add_bytes(&g->versions, &version, sizeof version);
	return st;
}

static enum wv_status add_version(struct gather *g, const struct wv_capture *capture,
                                  struct wv_err *err)
{
	struct wv_version *version = newest_version(g);
	bool has_article = false;
	enum wv_status st = read_article(g, capture, &has_article, err);

	if (st != WV_OK)
		return st;
	if (version && wv_digest_equals(&version->key, &capture->version) &&
	    (version->verdict == WV_VERDICT_ARTICLE) == (capture->verdict == WV_VERDICT_ARTICLE)) {
		version->captures++;
		version->last_id = capture->id;
		version->last_seen = capture->captured;
	} else {
		st = begin_version(g, capture, has_article, err);
		if (st != WV_OK)
			return st;
		version = newest_version(g);
	}
	if (!version)
		return wv_buf_finish(&g->versions, "versions of a page", err);
	return has_article ? note_title(g, capture, version, err) : WV_OK;
}

static void add_absence(struct gather *g, const struct wv_capture *capture)
{
	struct wv_absence *newest = newest_absence(g);
	struct wv_absence absence = {
		.first_id = capture->id,
		.last_id = capture->id,
		.first_seen = capture->captured,
		.last_seen = capture->captured,
		.captures = 1,
		.status = capture->status,
	};

	if (g->is_absent && newest) {
		newest->captures++;
		newest->last_id = capture->id;
		newest->last_seen = capture->captured;
		return;
	}
	wv_buf_add_bytes(&g->absences, &absence, sizeof absence);
	g->is_absent = true;
}

static void end_absence(struct gather *g, const struct wv_capture *capture)
{
	struct wv_absence *newest = newest_absence(g);

	if (!g->is_absent || !newest)
		return;
	newest->has_returned = true;
	newest->returned_id = capture->id;
	newest->returned = capture->captured;
	g->is_absent = false;
}

static enum wv_status add(struct gather *g, const struct wv_capture *capture, struct wv_err *err)
{
	bool answers = capture->has_body && (capture->status == 200 || capture->status == 304) &&
	               wv_verdict_stands(capture->verdict) &&
	               !(capture->flags & WV_CAPTURE_REDIRECT);

	g->totals.captures++;
	if (capture->flags & WV_CAPTURE_REDIRECT) {
		g->totals.redirects++;
		return WV_OK;
	}
	if (capture->status == 404 || capture->status == 410) {
		add_absence(g, capture);
		return WV_OK;
	}
	if (!answers) {
		g->totals.failures++;
		return WV_OK;
	}
	end_absence(g, capture);
	if (capture->has_version)
		return add_version(g, capture, err);
	g->totals.unread++;
	return WV_OK;
}

/* Finds for each version the newest earlier one with the same key, by one pass over a table of
 * keys: pages that flip between two states have thousands. */
static enum wv_status find_reverts(struct wv_version *versions, size_t count, struct wv_err *err)
{
	size_t room = 16, *table;

	while (room < 2 * count)
		room *= 2;
	table = calloc(room, sizeof *table); /* index + 1; 0: free */
	if (!table)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		struct wv_slice key = wv_slice(versions[i].key.b, WV_DIGEST_BYTES);
		size_t at = (size_t)wv_slice_hash(key, 0) & (room - 1);

		while (table[at] &&
		       !wv_digest_equals(&versions[table[at] - 1].key, &versions[i].key))
			at = (at + 1) & (room - 1);
		if (table[at]) {
			versions[i].reverts_to = table[at];
			versions[i].changes |= WV_CHANGE_REVERT;
		}
		table[at] = i + 1;
	}
	free(table);
	return WV_OK;
}

/* A list as it is handed out. */
static enum wv_status give(struct gather *g, struct wv_buf *list, size_t size, const void **out,
                           size_t *count, struct wv_err *err)
{
	enum wv_status st = wv_buf_finish(list, "history of a page", err);
	void *items;

	if (st != WV_OK)
		return st;
	items = wv_arena_alloc(g->arena, list->n);
	if (!items)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	if (list->n)
		memcpy(items, list->p, list->n);
	*out = items;
	*count = list->n / size;
	return WV_OK;
}

static enum wv_status give_all(struct gather *g, struct wv_history *out, struct wv_err *err)
{
	const void *versions = NULL, *absences = NULL, *headlines = NULL;
	enum wv_status st = find_reverts((struct wv_version *)(void *)g->versions.p,
	                                 g->versions.n / sizeof(struct wv_version), err);

	if (st == WV_OK)
		st = give(g, &g->versions, sizeof(struct wv_version), &versions,
		          &g->totals.version_count, err);
	if (st == WV_OK)
		st = give(g, &g->absences, sizeof(struct wv_absence), &absences,
		          &g->totals.absence_count, err);
	if (st == WV_OK)
		st = give(g, &g->headlines, sizeof(struct wv_headline), &headlines,
		          &g->totals.headline_count, err);
	if (st != WV_OK)
		return st;
	g->totals.versions = versions;
	g->totals.absences = absences;
	g->totals.headlines = headlines;
	*out = g->totals;
	return WV_OK;
}

static enum wv_status walk_captures(struct gather *g, const struct wv_history_query *query,
                                    struct wv_err *err)
{
	const struct wv_captures_query all = {
		.page = query->page,
		.url = query->url,
		.from = query->from,
		.to = query->to,
		.known_at = query->known_at,
		.now = query->now,
		.sees_all = query->sees_all,
	};
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	enum wv_status st = wv_captures_begin(g->txn, &all, &captures, err);

	while (st == WV_OK) {
		struct wv_capture capture;

		wv_arena_reset(g->scratch);
		st = wv_captures_next(captures, g->scratch, &capture, err);
		if (st == WV_OK)
			st = add(g, &capture, err);
	}
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_history_of(struct wv_txn *txn, struct wv_arena *arena,
                             const struct wv_history_query *query, struct wv_history *out,
                             struct wv_err *err)
{
	struct gather g = {.txn = txn, .arena = arena, .known_at = query->known_at};
	enum wv_status st = wv_arena_new(ARTICLE_CAP, &g.article, err);

	wv_buf_init(&g.versions, LIST_CAP);
	wv_buf_init(&g.absences, LIST_CAP);
	wv_buf_init(&g.headlines, LIST_CAP);
	if (st == WV_OK)
		st = wv_arena_new(SCRATCH_CAP, &g.scratch, err);
	if (st == WV_OK)
		st = walk_captures(&g, query, err);
	if (st == WV_OK)
		st = give_all(&g, out, err);
	wv_buf_done(&g.versions);
	wv_buf_done(&g.absences);
	wv_buf_done(&g.headlines);
	wv_arena_free(&g.article);
	wv_arena_free(&g.scratch);
	return st;
}
