#include "archive/store/before.h"

void wv_before_forget(struct wv_before_memory *memory)
{
	for (size_t i = 0; i < WV_BEFORE_PAGES; i++)
		memory->pages[i].is_known = false;
}

void wv_before_begin(struct wv_before_memory *memory, const struct wv_txn *txn)
{
	uint64_t number = wv_txn_number(txn);

	if (memory->txn + 1 != number)
		wv_before_forget(memory);
	memory->txn = number;
}

/* Takes one capture in, coming from newer ones: all but `same`. */
static void take(struct wv_before *before, const struct wv_capture *facts)
{
	if (!before->has_version && facts->has_version) {
		before->version = *facts;
		before->has_version = true;
	}
	if (!before->has_last && facts->has_body) {
		before->last = facts->body;
		before->has_last = true;
	}
	if (!before->has_body && facts->has_body && wv_verdict_stands(facts->verdict) &&
	    (facts->status == 200 || facts->status == 304)) {
		before->body = *facts;
		before->has_body = true;
	}
}

static void take_same(struct wv_before *before, const struct wv_capture *facts,
                      const struct wv_capture *capture)
{
	if (!before->has_same && facts->has_body && facts->status != 0 && capture->has_body &&
	    wv_digest_equals(&facts->body, &capture->body)) {
		before->same = *facts;
		before->has_same = true;
	}
}

/* What is known of this capture and all before it, but for `same`. */
static void take_known(struct wv_before *before, const struct wv_before *known)
{
	if (!before->has_version && known->has_version) {
		before->version = known->version;
		before->has_version = true;
	}
	if (!before->has_last && known->has_last) {
		before->last = known->last;
		before->has_last = true;
	}
	if (!before->has_body && known->has_body) {
		before->body = known->body;
		before->has_body = true;
	}
}

static bool is_upto(const struct wv_before_page *page, const struct wv_capture_key *key)
{
	return page->is_known && page->upto.page == key->page && page->upto.id == key->id &&
	       page->upto.captured.us == key->captured.us;
}

static enum wv_status walk_back(struct wv_txn *txn, struct wv_before_memory *memory,
                                const struct wv_capture *capture, bool wants_same,
                                struct wv_before *before, struct wv_err *err)
{
	const struct wv_before_page *page = &memory->pages[capture->page % WV_BEFORE_PAGES];
	const struct wv_capture_key from = {capture->page, capture->captured, capture->id};
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char bytes[WV_KEY_CAPTURE_BYTES];
	struct wv_slice key, value;
	bool has_rest = false; /* only `same` is still looked for */
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_CAPTURES, &walk, err);

	if (st != WV_OK)
		return st;
	wv_key_of_capture(&from, bytes);
	st = wv_walk_seek_before(walk, wv_slice(bytes, sizeof bytes), &key, &value, err);
	for (; st == WV_OK; st = wv_walk_previous(walk, &key, &value, err)) {
		struct wv_capture_key found;
		struct wv_capture facts;

		if (!wv_key_read_capture(key, &found) || found.page != capture->page)
			return WV_OK;
		memory->rows++;
		st = wv_record_capture_peek(&found, value, NULL, &facts, err);
		if (st == WV_OK && !has_rest)
			st = wv_capture_overlay(txn, WV_TIME_NONE, &facts, err);
		if (st != WV_OK)
			return st;
		if (!before->has_previous)
			before->previous = facts;
		before->has_previous = true;
		if (!has_rest)
			take(before, &facts);
		if (is_upto(page, &found))
			take_known(before, &page->before);
		has_rest = has_rest || is_upto(page, &found) ||
		           (before->has_version && before->has_body);
		take_same(before, &facts, capture);
		if (has_rest && (before->has_same || !wants_same))
			return WV_OK;
	}
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_before_look(struct wv_txn *txn, struct wv_before_memory *memory,
                              const struct wv_capture *capture, bool wants_same,
                              struct wv_before *before, struct wv_err *err)
{
	struct wv_before_page *page = &memory->pages[capture->page % WV_BEFORE_PAGES];
	enum wv_status st = walk_back(txn, memory, capture, wants_same, before, err);

	*page = (struct wv_before_page){.is_known = st == WV_OK && before->has_previous};
	if (page->is_known) {
		page->before = *before;
		page->upto = (struct wv_capture_key){capture->page, before->previous.captured,
		                                     before->previous.id};
	}
	return st;
}

static void stand_for(struct wv_capture *capture, const struct wv_capture *target)
{
	capture->has_stands_for = true;
	capture->stands_for = target->has_stands_for ? target->stands_for : target->id;
}

void wv_before_inherit(struct wv_capture *capture, struct wv_before *before)
{
	if (capture->flags & WV_CAPTURE_NOT_MODIFIED && !capture->has_body && before->has_body) {
		capture->has_body = true;
		capture->body = before->body.body;
		capture->body_bytes = before->body.body_bytes;
		before->same = before->body;
		before->has_same = true;
	}
	if (!before->has_same || (capture->status != 200 && capture->status != 304))
		return;
	stand_for(capture, &before->same);
	if (before->has_last && capture->status == 200 &&
	    wv_digest_equals(&before->last, &capture->body))
		capture->flags |= WV_CAPTURE_SAME_BODY;
}

enum wv_status wv_before_settle(struct wv_txn *txn, const struct wv_article_row *article,
                                struct wv_capture *capture, struct wv_err *err)
{
	capture->has_version = false;
	capture->extractor = 0;
	capture->model = 0;
	if (article) {
		capture->verdict = (enum wv_verdict)article->verdict;
		capture->extractor = article->extractor;
		capture->model = article->model;
		capture->has_version = wv_capture_version(
			capture, article->has_key ? &article->key : NULL, &capture->version);
		return WV_OK;
	}
	if (capture->has_stands_for) {
		bool takes_all = capture->verdict == WV_VERDICT_UNREAD ||
		                 capture->flags & WV_CAPTURE_NOT_MODIFIED;
		struct wv_capture target = {0};
		struct wv_capture_key key;
		struct wv_slice value;
		enum wv_status st = wv_capture_row_get(txn, capture->stands_for, &key, &value, err);

		if (st == WV_OK)
			st = wv_record_capture_peek(&key, value, NULL, &target, err);
		if (st == WV_OK)
			st = wv_capture_overlay(txn, WV_TIME_NONE, &target, err);
		if (st != WV_OK && st != WV_NO)
			return st;
		/* One that was read for itself, with another verdict, keeps it. */
		if (st == WV_OK && (takes_all || capture->verdict == target.verdict)) {
			capture->verdict = target.verdict;
			capture->extractor = target.extractor;
			capture->model = target.model;
			capture->has_version = target.has_version;
			capture->version = target.version;
			return WV_OK;
		}
	}
	capture->has_version = wv_capture_version(capture, NULL, &capture->version);
	return WV_OK;
}
