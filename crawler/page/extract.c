#include "crawler/page/extract.h"

#include <stdlib.h>

#include "config/base/checked.h"
#include "config/base/limits.h"
#include "config/base/text.h"
#include "config/url.h"
#include "crawler/page/blocks.h"
#include "crawler/page/candidate.h"
#include "crawler/page/charset.h"
#include "crawler/page/html.h"
#include "crawler/page/jsonld.h"
#include "crawler/page/live.h"
#include "crawler/page/meta.h"
#include "crawler/page/next_story.h"
#include "crawler/page/prune.h"
#include "crawler/page/scan.h"
#include "crawler/page/shell.h"
#include "crawler/page/verdict.h"

#define REMOVED_BYTES 2000u
#define ELSEWHERE_MAX 40u /* blocks named that stand outside of the article's element */

struct wv_page {
	struct wv_extract_input input;
	struct wv_charset_text charset;
	struct wv_scan scan;
	bool is_html;
};

/* Pages say what they are; where the header is silent, the first tag does. */
static bool looks_like_html(const struct wv_extract_input *input, struct wv_slice text)
{
	struct wv_slice type = input->content_type;
	struct wv_slice head = wv_slice_part(text, 0, 2048);

	if (wv_slice_find_nocase(type, WV_LIT("html"), 0) != SIZE_MAX)
		return true;
	if (wv_slice_starts_nocase(type, WV_LIT("image/")) ||
	    wv_slice_starts_nocase(type, WV_LIT("video/")) ||
	    wv_slice_starts_nocase(type, WV_LIT("audio/")) ||
	    wv_slice_find_nocase(type, WV_LIT("json"), 0) != SIZE_MAX ||
	    wv_slice_find_nocase(type, WV_LIT("pdf"), 0) != SIZE_MAX)
		return false;
	if (wv_slice_find_nocase(head, WV_LIT("<rss"), 0) != SIZE_MAX ||
	    wv_slice_find_nocase(head, WV_LIT("<feed"), 0) != SIZE_MAX ||
	    wv_slice_find_nocase(head, WV_LIT("<urlset"), 0) != SIZE_MAX ||
	    wv_slice_find_nocase(head, WV_LIT("<sitemapindex"), 0) != SIZE_MAX)
		return false;
	for (size_t i = 0; i + 1 < text.n && i < 65536; i++)
		if (text.p[i] == '<' && (wv_byte_is_alpha(text.p[i + 1]) || text.p[i + 1] == '!'))
			return true;
	return false;
}

enum wv_status wv_page_open(const struct wv_extract_input *input, struct wv_arena *arena,
                            struct wv_page **out, struct wv_err *err)
{
	struct wv_page *page = WV_ARENA_NEW(arena, struct wv_page);
	struct wv_charset_hints hints = {.content_type = input->content_type,
					 .source = input->source_charset};
	uint32_t want = (input->needs_requisites ? WV_SCAN_LINKS : WV_SCAN_PAGES) |
			(input->is_for_links ? WV_SCAN_META : WV_SCAN_HEAD | WV_SCAN_COMPACT);
	enum wv_status st;

	if (!page)
		return wv_err_set(err, WV_LIMIT, "the page takes more than its memory");
	page->input = *input;
	st = wv_charset_decode(arena, input->body, &hints, &page->charset, err);
	if (st != WV_OK)
		return wv_err_add(err, st, "decoding the page");
	page->is_html = looks_like_html(input, page->charset.text);
	st = wv_scan_page(arena, page->charset.text, want, &page->scan, err);
	if (st != WV_OK)
		return wv_err_add(err, st, "scanning the page");
	*out = page;
	return WV_OK;
}

const struct wv_scan *wv_page_scan(const struct wv_page *page)
{
	return &page->scan;
}

struct wv_slice wv_page_charset(const struct wv_page *page)
{
	return page->charset.name;
}

/* ----------------------------------------------------- blocks to the article */

static size_t count_reasons(const struct wv_blocks *blocks, size_t first, size_t end, bool kept)
{
	size_t n = 0;

	for (size_t b = first; b < end; b++)
		n += (blocks->blocks[b].reason == WV_REASON_NONE) == kept;
	return n;
}

static enum wv_status give_blocks(const struct wv_blocks *blocks,
                                  const struct wv_candidate *candidate, struct wv_arena *arena,
                                  struct wv_article *out, struct wv_err *err)
{
	size_t kept = count_reasons(blocks, candidate->first, candidate->end, true);
	size_t removed = count_reasons(blocks, candidate->first, candidate->end, false);
	size_t elsewhere = 0;
	struct wv_block *list = WV_ARENA_ARRAY(arena, struct wv_block, kept + 1);
	struct wv_removed_block *others = WV_ARENA_ARRAY(arena, struct wv_removed_block,
							 removed + ELSEWHERE_MAX);

	if (!list || !others)
		return wv_err_set(err, WV_LIMIT, "the article takes more than its memory");
	for (size_t b = candidate->first; b < candidate->end; b++) {
		const struct wv_text_block *block = &blocks->blocks[b];

		if (block->reason == WV_REASON_NONE) {
			list[out->block_count++] = (struct wv_block){
				.kind = (enum wv_block_kind)block->kind,
				.level = block->heading,
				.text = block->text,
			};
		} else {
			if (block->reason == WV_REASON_CAPTION && out->image_caption.n == 0 &&
			    block->units >= 6)
				out->image_caption = wv_text_cut(block->text, 500);
			others[out->removed_count++] = (struct wv_removed_block){
				.reason = wv_slice_of(
					wv_reason_name((enum wv_reason)block->reason)),
				.text = wv_text_cut(block->text, REMOVED_BYTES),
			};
		}
	}
	/* Sentences that stand elsewhere on the page were passed over: said, so that nobody has to
	 * wonder. Menus and labels are not. */
	for (size_t b = 0; b < blocks->count && elsewhere < ELSEWHERE_MAX; b++) {
		const struct wv_text_block *block = &blocks->blocks[b];

		if ((b >= candidate->first && b < candidate->end) || block->prose <= 0)
			continue;
		elsewhere++;
		others[out->removed_count++] = (struct wv_removed_block){
			.reason = wv_slice_of(wv_reason_name(WV_REASON_OUTSIDE)),
			.text = wv_text_cut(block->text, REMOVED_BYTES),
		};
	}
	out->blocks = list;
	out->removed = others;
	return WV_OK;
}

static int by_print(const void *a, const void *b)
{
	uint64_t x = ((const struct wv_page_print *)a)->print;
	uint64_t y = ((const struct wv_page_print *)b)->print;

	return x < y ? -1 : x > y;
}

static enum wv_status give_prints(const struct wv_blocks *blocks,
                                  const struct wv_candidate *candidate, struct wv_arena *arena,
                                  struct wv_page_prints *out, struct wv_err *err)
{
	size_t most = wv_min_size(blocks->count, WV_PAGE_PRINTS_MAX);
	struct wv_page_print *list = WV_ARENA_ARRAY(arena, struct wv_page_print, most + 1);
	size_t n = 0, unique = 0;

	if (!list)
		return wv_err_set(err, WV_LIMIT, "the page's prints take more than its memory");
	for (size_t b = 0; b < blocks->count && n < most; b++) {
		const struct wv_text_block *block = &blocks->blocks[b];

		if (block->units < 4)
			continue;
		list[n].print = wv_block_print(block->text);
		list[n++].in_article = candidate->node != WV_NODE_NONE && b >= candidate->first &&
				       b < candidate->end && block->reason == WV_REASON_NONE;
	}
	qsort(list, n, sizeof(*list), by_print);
	for (size_t i = 0; i < n; i++) {
		if (unique > 0 && list[unique - 1].print == list[i].print)
			list[unique - 1].in_article |= list[i].in_article;
		else
			list[unique++] = list[i];
	}
	out->p = list;
	out->n = unique;
	return WV_OK;
}

/* --------------------------------------------------------------- the whole */

struct work {
	struct wv_page *page;
	struct wv_arena *arena;
	struct wv_html html;
	struct wv_blocks blocks;
	struct wv_candidate candidate;
	struct wv_jsonld jsonld;
	struct wv_url url;
	struct wv_meta_input meta_input;
	struct wv_meta meta;
	bool has_tree, is_limited, is_live;
};

static enum wv_status read_tree(struct work *w, struct wv_err *err)
{
	enum wv_status st = wv_html_parse_scan(w->page->input.parser, w->arena, &w->page->scan,
					       &w->html, err);

	if (st == WV_LIMIT) {
		w->is_limited = true;
		return WV_OK;
	}
	if (st != WV_OK)
		return wv_err_add(err, st, "building the page's tree");
	st = wv_blocks_read(&w->html, w->arena, &w->blocks, err);
	w->has_tree = st == WV_OK;
	return st;
}

static void read_meta(struct work *w)
{
	const struct wv_extract_input *input = &w->page->input;
	bool has_url = input->url.n > 0 &&
		       wv_url_parse(w->arena, input->url, NULL, &w->url, NULL) == WV_OK;

	w->meta_input = (struct wv_meta_input){
		.scan = &w->page->scan,
		.jsonld = &w->jsonld,
		.blocks = w->has_tree ? &w->blocks : NULL,
		.url = has_url ? &w->url : NULL,
		.source_name = input->source_name,
		.source_category = input->source_category,
		.times = {.fetched = input->fetched,
			  .zone = input->source_zone,
			  .host = has_url ? w->url.host : WV_SLICE_NONE},
	};
	wv_jsonld_read(&w->page->scan, input->url, w->page->scan.title, w->arena, &w->jsonld);
	wv_meta_read(&w->meta_input, w->arena, &w->meta);
}

static struct wv_live_input live_input(const struct work *w)
{
	return (struct wv_live_input){.blocks = w->has_tree ? &w->blocks : NULL,
				      .candidate = &w->candidate,
				      .jsonld = &w->jsonld,
				      .url = w->meta_input.url,
				      .times = w->meta_input.times};
}

static void choose_body(struct work *w)
{
	struct wv_candidate_input input = {
		.blocks = &w->blocks,
		.headline_block = w->meta.headline_block,
		.next_story = SIZE_MAX,
		.stated_body = w->jsonld.body,
	};
	struct wv_live_input live = live_input(w);

	w->candidate.node = WV_NODE_NONE;
	if (w->has_tree && !wv_live_calls_itself(&live, w->meta.article->title))
		input.next_story = wv_next_story_find(&w->blocks, input.headline_block, w->arena);
	if (!w->has_tree || !wv_candidate_choose(&input, w->arena, &w->candidate))
		return;
	w->is_live = wv_live_is(&live, w->meta.article->title);
	wv_prune(&(struct wv_prune_input){.blocks = &w->blocks,
					  .candidate = &w->candidate,
					  .title = w->meta.article->title,
					  .headline_block = w->meta.headline_block,
					  .model = w->page->input.model,
					  .is_live = w->is_live},
		 w->arena);
	w->meta_input.body_first = w->candidate.first;
	w->meta_input.body_end = w->candidate.end;
	while (w->meta_input.body_first < w->candidate.end &&
	       w->blocks.blocks[w->meta_input.body_first].reason != WV_REASON_NONE)
		w->meta_input.body_first++;
	while (w->meta_input.body_end > w->meta_input.body_first &&
	       w->blocks.blocks[w->meta_input.body_end - 1].reason != WV_REASON_NONE)
		w->meta_input.body_end--;
}

static uint32_t kept_units(const struct wv_article *article)
{
	size_t units = 0;

	for (size_t i = 0; i < article->block_count; i++)
		units += wv_text_units(article->blocks[i].text);
	return (uint32_t)wv_min_size(units, UINT32_MAX);
}

static void judge(struct work *w, struct wv_article *out)
{
	const struct wv_extract_input *input = &w->page->input;
	struct wv_verdict_input verdict = {
		.scan = &w->page->scan,
		.jsonld = &w->jsonld,
		.blocks = w->has_tree ? &w->blocks : NULL,
		.http_status = input->http_status,
		.is_html = w->page->is_html,
		.is_truncated = input->is_truncated,
		.is_limited = w->is_limited,
		.kept_units = kept_units(out),
	};

	for (size_t b = w->candidate.first; w->candidate.node != WV_NODE_NONE && b < w->candidate.end;
	     b++)
		if (w->blocks.blocks[b].reason == WV_REASON_NONE) {
			verdict.prose += w->blocks.blocks[b].prose;
			if (w->blocks.blocks[b].prose > verdict.longest)
				verdict.longest = w->blocks.blocks[b].prose;
		}
	if (verdict.prose <= 0)
		verdict.prose = (float)verdict.kept_units;
	wv_verdict_judge(&verdict, w->arena, out);
}

enum wv_status wv_page_extract(struct wv_page *page, struct wv_arena *arena,
                               struct wv_article *out, struct wv_page_prints *prints,
                               struct wv_err *err)
{
	struct work *w = WV_ARENA_NEW(arena, struct work);
	struct wv_article article = {
		.verdict = WV_VERDICT_OTHER,
		.charset = page->charset.name,
		.charset_basis = wv_slice_of(wv_charset_basis_name(page->charset.basis)),
		.charset_errors = page->charset.errors,
		.is_free = -1,
		.extractor = WV_EXTRACTOR_VERSION,
		.model = page->input.model ? page->input.model->number : 0,
	};
	enum wv_status st;

	if (!w)
		return wv_err_set(err, WV_LIMIT, "the page takes more than its memory");
	w->page = page;
	w->arena = arena;
	w->candidate.node = WV_NODE_NONE;
	w->meta.article = &article;
	w->meta.headline_block = WV_META_NO_BLOCK;
	if (page->is_html) {
		st = read_tree(w, err);
		if (st != WV_OK)
			return st;
		read_meta(w);
		choose_body(w);
		if (w->candidate.node != WV_NODE_NONE) {
			st = give_blocks(&w->blocks, &w->candidate, arena, &article, err);
			if (st != WV_OK)
				return st;
		}
		st = wv_shell_read(&page->scan, page->input.parser, arena, &w->jsonld, &article, err);
		if (st != WV_OK)
			return st;
		wv_meta_times(&w->meta_input, arena, &w->meta);
		wv_meta_authors(&w->meta_input, arena, &w->meta);
		wv_meta_credit(&article, arena);
		if (w->is_live || w->jsonld.is_live) {
			struct wv_live_input live = live_input(w);

			wv_live_read(&live, arena, &article);
		}
	}
	judge(w, &article);
	if (prints && w->has_tree) {
		st = give_prints(&w->blocks, &w->candidate, arena, prints, err);
		if (st != WV_OK)
			return st;
	} else if (prints) {
		*prints = (struct wv_page_prints){NULL, 0};
	}
	*out = article;
	return WV_OK;
}

enum wv_status wv_extract(const struct wv_extract_input *input, struct wv_arena *arena,
                          struct wv_article *out, struct wv_err *err)
{
	struct wv_page *page;
	enum wv_status st = wv_page_open(input, arena, &page, err);

	if (st != WV_OK)
		return st;
	return wv_page_extract(page, arena, out, NULL, err);
}
