/* Silent edits: texts of the last day that changed without a word of it on the page. */
#include "archive/store/history.h"
#include "archive/view/frame.h"
#include "archive/view/front_parts.h"
#include "archive/view/html.h"
#include "archive/view/say.h"

#define EDITS_SHOWN  6u
#define EDITS_LOOKED 120u /* pages whose earlier captures are looked at */
#define BACK         6u /* captures of a page, for the version before */

/* The newest capture of the page before this one that has another text. WV_NO: none near. */
static enum wv_status version_before(struct front *f, const struct wv_capture *c,
                                     struct wv_capture *out, struct wv_err *err)
{
	const struct wv_captures_query query = {.page = c->page,
	                                        .from = WV_TIME_NONE,
	                                        .to = c->captured,
	                                        .known_at = f->visit->known_at,
	                                        .now = f->visit->now,
	                                        .is_backwards = true};
	WV_AUTO(wv_captures_end) struct wv_captures *walk = NULL;
	enum wv_status st = wv_captures_begin(f->visit->txn, &query, &walk, err);

	for (size_t i = 0; st == WV_OK && i < BACK; i++) {
		st = wv_captures_next(walk, f->visit->arena, out, err);
		if (st == WV_OK && out->id != c->id && out->has_version &&
		    out->verdict == WV_VERDICT_ARTICLE &&
		    !wv_digest_equals(&out->version, &c->version))
			return WV_OK;
	}
	return st == WV_OK ? WV_NO : st;
}

static enum wv_status is_silent(struct front *f, const struct wv_capture *before,
                                const struct wv_capture *now, bool *out, struct wv_err *err)
{
	const struct wv_history_query query = {.page = now->page,
	                                       .from = before->captured,
	                                       .to = now->captured,
	                                       .known_at = f->visit->known_at,
	                                       .now = f->visit->now};
	struct wv_history history;
	enum wv_status st = wv_history_of(f->visit->txn, f->visit->arena, &query, &history, err);

	*out = false;
	if (st == WV_OK && history.version_count > 1) {
		uint32_t changes = history.versions[history.version_count - 1].changes;

		*out = (changes & WV_CHANGE_SILENT) && !(changes & WV_CHANGE_UNCERTAIN);
	}
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status add_edit(struct front *f, const struct front_fresh *fresh, uint64_t before,
                               struct wv_err *err)
{
	const struct wv_address compare = {.place = WV_PLACE_COMPARE, .id = before,
	                                   .other = fresh->capture->id};
	struct wv_article article;
	enum wv_status st = wv_store_article(f->visit->txn, f->visit->arena, &fresh->reading,
	                                     &article, err);

	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	wv_html(f->out, "<li>");
	wv_frame_headline(f->out, f->visit, fresh->capture, &article);
	wv_html(f->out, " <small>");
	if (fresh->capture->source.n) {
		wv_frame_source(f->out, f->visit, fresh->capture->source, article.language);
		wv_html(f->out, " \xc2\xb7 ");
	}
	wv_say_time(f->out, f->visit, WV_PHRASE_ITEM_SEEN, fresh->capture->captured);
	wv_html(f->out, " \xc2\xb7 ");
	wv_frame_link_of(f->out, f->visit, &compare, WV_PHRASE_COMPARE, article.title,
	                 article.language);
	wv_html(f->out, "</small></li>\n");
	return WV_OK;
}

enum wv_status front_add_edits(struct front *f, struct wv_err *err)
{
	size_t shown = 0;
	enum wv_status st = WV_OK;

	wv_html(f->out, "<section class=\"box\">\n");
	front_add_heading(f, WV_PHRASE_FRONT_SILENT);
	front_add_note(f, WV_PHRASE_FRONT_SILENT_ABOUT);
	wv_html(f->out, "<ul class=\"rows\">\n");
	for (size_t i = 0; st == WV_OK && i < f->fresh_count && i < EDITS_LOOKED && shown < EDITS_SHOWN;
	     i++) {
		const struct wv_capture *c = f->fresh[i].capture;
		struct wv_capture before;
		bool silent = false;

		if (!c->has_version || f->until.us - c->captured.us > WV_US_PER_DAY)
			continue;
		st = version_before(f, c, &before, err);
		if (st == WV_OK)
			st = is_silent(f, &before, c, &silent, err);
		if (st == WV_OK && silent) {
			st = add_edit(f, &f->fresh[i], before.id, err);
			shown++;
		}
		if (st == WV_NO)
			st = WV_OK;
	}
	wv_html(f->out, "</ul>\n");
	if (!shown)
		front_add_none(f, WV_PHRASE_FRONT_NONE);
	wv_html(f->out, "</section>\n");
	return st;
}
