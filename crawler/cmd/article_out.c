#include "crawler/cmd/article_out.h"

#include "crawler/cmd/article_json.h"
#include "archive/store/article.h"

void wv_article_add_markdown(struct wv_buf *out, const struct wv_article *a)
{
	wv_buf_add_format(out, "# %.*s\n", WV_FMT(a->title));
	for (size_t i = 0; i < a->block_count; i++) {
		const struct wv_block *b = &a->blocks[i];
		bool close = i && b->kind == a->blocks[i - 1].kind &&
		             (b->kind == WV_BLOCK_ITEM || b->kind == WV_BLOCK_ROW);

		wv_buf_add_string(out, close ? "" : "\n");
		if (b->kind == WV_BLOCK_HEADING || b->kind == WV_BLOCK_UPDATE)
			wv_buf_add_format(out, "%.*s ", b->level >= 2 && b->level <= 6 ? b->level : 2,
			                  "######");
		else if (b->kind == WV_BLOCK_ITEM)
			wv_buf_add_string(out, "- ");
		else if (b->kind == WV_BLOCK_QUOTE)
			wv_buf_add_string(out, "> ");
		else if (b->kind == WV_BLOCK_CODE)
			wv_buf_add_string(out, "```\n");
		wv_buf_add(out, b->text);
		wv_buf_add_string(out, b->kind == WV_BLOCK_CODE ? "\n```\n" : "\n");
	}
}

enum wv_status wv_article_add_text(struct wv_buf *out, const struct wv_article *a,
                                   struct wv_arena *arena, struct wv_err *err)
{
	struct wv_slice text;
	enum wv_status st = wv_article_text(a, arena, &text, err);

	if (st != WV_OK)
		return st;
	wv_buf_add(out, a->title);
	wv_buf_add_string(out, a->title.n ? "\n\n" : "");
	wv_buf_add(out, text);
	wv_buf_add_byte(out, '\n');
	return WV_OK;
}

enum wv_status wv_article_add_json(struct wv_json_writer *w, const struct wv_article *a,
                                   struct wv_arena *arena, struct wv_err *err)
{
	struct wv_slice text;
	enum wv_status st = wv_article_text(a, arena, &text, err);

	if (st != WV_OK)
		return st;
	wv_json_string(w, "title", a->title);
	wv_json_open_array(w, "authors");
	for (size_t i = 0; i < a->author_count; i++)
		wv_json_string(w, NULL, a->authors[i]);
	wv_json_close(w);
	wv_read_json_stated(w, "published", &a->published);
	wv_read_json_stated(w, "modified", &a->modified);
	wv_json_string_or_null(w, "publisher", a->publisher);
	wv_json_string_or_null(w, "wire", a->wire);
	wv_json_string_or_null(w, "dateline", a->dateline);
	wv_json_string_or_null(w, "category", a->category);
	wv_json_string_or_null(w, "category_basis", a->category_basis);
	wv_json_string_or_null(w, "language", a->language);
	wv_json_string_or_null(w, "charset", a->charset);
	wv_json_string_or_null(w, "canonical", a->canonical);
	wv_json_string_or_null(w, "amp", a->amp);
	wv_json_string_or_null(w, "image", a->image);
	wv_json_string_or_null(w, "image_caption", a->image_caption);
	wv_json_open_array(w, "keywords");
	for (size_t i = 0; i < a->keyword_count; i++)
		wv_json_string(w, NULL, a->keywords[i]);
	wv_json_close(w);
	if (a->is_free < 0)
		wv_json_null(w, "free");
	else
		wv_json_bool(w, "free", a->is_free == 1);
	wv_json_string(w, "text", text);
	wv_article_json_items(w, a);
	wv_article_json_origins(w, a);
	wv_json_int(w, "extractor", a->extractor);
	wv_json_u64(w, "model", a->model);
	return WV_OK;
}
