#include "crawler/cmd/article_json.h"

#include "config/base/limits.h"
#include "crawler/cmd/read.h"

/* Blocks from..end as lines: the heading apart, and without the line that only says the time. */
static void put_item(struct wv_json_writer *w, const struct wv_article *article, size_t from,
                     size_t end, const struct wv_stated_time *time)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = 64u * WV_MIB};
	struct wv_slice heading = WV_SLICE_NONE, line = WV_SLICE_NONE;

	for (size_t i = from; i < end; i++) {
		const struct wv_block *block = &article->blocks[i];

		if (block->kind == WV_BLOCK_UPDATE && text.n == 0) {
			line = block->text;
		} else if (block->kind == WV_BLOCK_HEADING && heading.n == 0 && text.n == 0) {
			heading = block->text;
		} else {
			if (text.n > 0)
				wv_buf_add_byte(&text, '\n');
			wv_buf_add(&text, block->text);
		}
	}
	wv_json_open_object(w, NULL);
	wv_read_json_stated(w, "time", time);
	wv_json_string_or_null(w, "line", line);
	wv_json_string_or_null(w, "heading", heading);
	wv_json_string(w, "text", wv_buf_slice(&text));
	wv_json_close(w);
}

void wv_article_json_items(struct wv_json_writer *w, const struct wv_article *article)
{
	if (article->item_count == 0)
		return;
	wv_json_open_array(w, "items");
	for (size_t i = 0; i < article->item_count; i++)
		put_item(w, article, article->items[i].first_block,
		         i + 1 < article->item_count ? article->items[i + 1].first_block
		                                     : article->block_count,
		         &article->items[i].time);
	wv_json_close(w);
}

void wv_article_json_origins(struct wv_json_writer *w, const struct wv_article *article)
{
	wv_json_open_array(w, "origins");
	for (size_t i = 0; i < article->origin_count; i++) {
		wv_json_open_object(w, NULL);
		wv_json_string(w, "field", article->origins[i].field);
		wv_json_string(w, "found", article->origins[i].found);
		wv_json_close(w);
	}
	wv_json_close(w);
	wv_json_open_array(w, "conflicts");
	for (size_t i = 0; i < article->conflict_count; i++) {
		wv_json_open_object(w, NULL);
		wv_json_string(w, "field", article->conflicts[i].field);
		wv_json_string(w, "value", article->conflicts[i].value);
		wv_json_string(w, "found", article->conflicts[i].found);
		wv_json_close(w);
	}
	wv_json_close(w);
}
