#include "crawler/page/meta.h"

#include "config/base/text.h"
#include "crawler/page/next_part.h"
#include "crawler/page/scan.h"
#include "crawler/page/words.h"

/* The addresses a page gives: canonical, AMP, the article's next part. */

static bool rel_has(struct wv_slice rel, const char *word)
{
	struct wv_slice want = wv_slice_of(word);

	for (size_t i = 0; i < rel.n;) {
		size_t end = i;

		while (end < rel.n && !wv_byte_is_space(rel.p[end]))
			end++;
		if (wv_slice_equals_nocase(wv_slice_part(rel, i, end - i), want))
			return true;
		i = end + 1;
	}
	return false;
}

struct wv_slice wv_meta_resolve(const struct wv_meta_input *input, struct wv_arena *arena,
				struct wv_slice reference)
{
	struct wv_url url;

	if (reference.n == 0 || wv_url_parse(arena, reference, input->url, &url, NULL) != WV_OK ||
	    !wv_url_is_web(&url))
		return WV_SLICE_NONE;
	return url.href;
}

/* 下一页, 次へ, next: text of an anchor that leads to the article's next part. */
static bool is_next_text(struct wv_slice text, uint32_t number)
{
	static const char *const words[] = {"下一页",
					    "下一頁",
					    "下页",
					    "后页",
					    "次へ",
					    "次のページ",
					    "次ページ",
					    "next",
					    "next page",
					    "다음",
					    "다음 페이지",
					    "weiter",
					    "nächste seite",
					    "suivant",
					    "page suivante",
					    "siguiente",
					    "página siguiente",
					    "seguinte",
					    "pagina successiva",
					    "volgende",
					    "далее",
					    "следующая",
					    "następna",
					    "sonraki"};
	unsigned char room[64];
	uint64_t value;

	text = wv_slice_trim(text);
	if (text.n == 0 || text.n > 40)
		return false;
	/* The second part may be number 1. */
	if (wv_slice_u64(text, &value))
		return value >= 2 && (value == number || value == number + 1);
	text = wv_words_lower(text, room, sizeof(room));
	for (size_t i = 0; i < WV_COUNT(words); i++)
		if (wv_slice_starts(text, wv_slice_of(words[i])))
			return true;
	return false;
}

/* Does the link lead to the part after this page, by its address and by what it says? */
static bool leads_on(const struct wv_meta_input *input, struct wv_arena *arena,
		     const struct wv_scan_link *link, struct wv_url *url)
{
	uint32_t number;

	if (!input->url || !wv_next_part_may_be(input->url, link->value) ||
	    wv_url_parse(arena, link->value, input->url, url, NULL) != WV_OK)
		return false;
	number = wv_next_part(input->url, url);
	if (number == 0)
		return false;
	return rel_has(link->rel, "next") ||
	       (link->tag == WV_TAG_A && link->inner.n < 400 &&
		is_next_text(wv_markup_text(arena, link->inner, 60), number));
}

static void read_next_part(const struct wv_meta_input *input, struct wv_arena *arena,
			   struct wv_article *article)
{
	const struct wv_scan *scan = input->scan;
	struct wv_url url;

	for (size_t i = 0; i < scan->link_count; i++) {
		const struct wv_scan_link *link = &scan->links[i];

		if ((link->tag == WV_TAG_A || (link->tag == WV_TAG_LINK && link->rel.n > 0)) &&
		    leads_on(input, arena, link, &url)) {
			article->next_page = url.href;
			return;
		}
	}
}

void wv_meta_links(struct wv_meta_input *input, struct wv_arena *arena, struct wv_article *article)
{
	const struct wv_scan *scan = input->scan;
	struct wv_slice og;

	for (size_t i = 0; i < scan->link_count; i++) {
		const struct wv_scan_link *link = &scan->links[i];

		if (link->tag == WV_TAG_LINK && link->rel.n > 0) {
			if (article->canonical.n == 0 && rel_has(link->rel, "canonical"))
				article->canonical = wv_meta_resolve(input, arena, link->value);
			else if (article->amp.n == 0 && rel_has(link->rel, "amphtml"))
				article->amp = wv_meta_resolve(input, arena, link->value);
		}
	}
	read_next_part(input, arena, article);
	og = wv_meta_resolve(input, arena, wv_scan_meta_find(scan, "og:url"));
	if (article->canonical.n > 0) {
		wv_meta_origin(article, arena, "canonical", WV_LIT("link canonical"));
		if (og.n > 0 && !wv_slice_equals(og, article->canonical))
			wv_meta_conflict(article, arena, WV_LIT("canonical"), og,
					 WV_LIT("meta og:url"));
	} else if (og.n > 0) {
		article->canonical = og;
		wv_meta_origin(article, arena, "canonical", WV_LIT("meta og:url"));
	}
}
