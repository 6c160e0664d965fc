#include "crawler/page/verdict.h"

#include "config/base/text.h"
#include "crawler/page/scan.h"

/* Units: a word 2, a Han or Kana character 1. A news flash has some forty words. */
#define SHORT_UNITS 160u
#define FLASH_UNITS 30u
/* Headlines that make a listing of a page with nothing of its own; a wall links to none. */
#define SMALL_LISTING 3u
/* A shell says in so many bytes of markup that it wants scripts. */
#define SHELL_BYTES 65536u

static bool find_any(struct wv_slice text, const char *const *words, size_t count,
                     struct wv_slice *which)
{
	for (size_t i = 0; i < count; i++) {
		struct wv_slice word = wv_slice_of(words[i]);

		if (wv_slice_find_nocase(text, word, 0) != SIZE_MAX) {
			*which = word;
			return true;
		}
	}
	return false;
}

static const char *const captcha_words[] = {
	"captcha", "are you a robot", "you are human", "you're not a robot", "not a robot",
	"unusual traffic", "checking your browser", "just a moment...", "ddos protection",
	"access to this page has been denied", "pardon our interruption", "security check",
	"请输入验证码", "安全验证", "访问验证", "滑动验证", "人机验证", "画像認証",
	"ロボットではありません"};
static const char *const consent_words[] = {
	"before you continue", "accept all cookies", "we value your privacy", "accept all",
	"cookie consent", "your privacy choices", "manage your privacy", "consent to",
	"wir verwenden cookies", "mit werbung weiterlesen", "zustimmen", "alle akzeptieren",
	"accepter et continuer", "tout accepter", "gestion des cookies", "aceptar y continuar",
	"aceptar todo", "accetta e continua", "accetta tutti", "alles accepteren",
	"akceptuję", "同意して"};
static const char *const missing_words[] = {
	"page not found", "404 not found", "error 404", "404 error", "page cannot be found",
	"page could not be found", "page you requested", "page you are looking for",
	"page you were looking for", "no longer available", "does not exist",
	"seite nicht gefunden", "seite existiert nicht", "page introuvable",
	"página no encontrada", "pagina non trovata", "pagina niet gevonden",
	"página não encontrada", "strona nie", "страница не найдена", "sidan kunde inte hittas",
	"页面不存在", "页面没有找到", "页面找不到", "您访问的页面", "文章不存在", "已被删除",
	"ページが見つかりません", "お探しのページ", "記事は存在しません", "掲載期間が終了",
	"페이지를 찾을 수", "존재하지 않는"};
static const char *const wall_words[] = {
	"subscribe to continue", "subscribe to read", "to continue reading", "subscribers only",
	"already a subscriber", "subscription required", "register to continue", "log in to read",
	"this article is exclusive", "keep reading with", "abonnieren und weiterlesen",
	"jetzt weiterlesen", "réservé aux abonnés", "article réservé", "solo para suscriptores",
	"contenido exclusivo", "riservato agli abbonati", "alleen voor abonnees",
	"doczytaj całość", "会員限定", "有料会員", "有料記事", "残り", "続きを読むには",
	"付费阅读", "订阅后", "登录后阅读"};
static const char *const script_words[] = {
	"enable javascript", "javascript is disabled", "javascript is required",
	"requires javascript", "turn on javascript", "javascript aktivieren", "activer javascript",
	"启用javascript", "javascriptを有効"};

static void set(struct wv_article *article, enum wv_verdict verdict, struct wv_slice reason)
{
	article->verdict = verdict;
	article->reason = reason;
}

/* All short text of the page's beginning: walls say what they are there. */
static struct wv_slice page_text(const struct wv_verdict_input *input, struct wv_arena *arena)
{
	struct wv_buf text;
	struct wv_slice out;

	wv_buf_init(&text, 8192);
	wv_buf_add(&text, wv_text_cut(input->scan->title, 300));
	for (size_t b = 0; input->blocks && b < input->blocks->count && text.n < 6000; b++) {
		wv_buf_add_byte(&text, '\n');
		wv_buf_add(&text, wv_text_cut(input->blocks->blocks[b].text, 600));
	}
	out = wv_arena_copy(arena, wv_buf_slice(&text));
	wv_buf_done(&text);
	return out;
}

static struct wv_slice wall_text(const struct wv_article *article, struct wv_arena *arena)
{
	struct wv_buf text;
	struct wv_slice out;

	wv_buf_init(&text, 16384);
	for (size_t i = 0; i < article->removed_count && text.n < 12000; i++) {
		wv_buf_add_byte(&text, '\n');
		wv_buf_add(&text, wv_text_cut(article->removed[i].text, 400));
	}
	out = wv_arena_copy(arena, wv_buf_slice(&text));
	wv_buf_done(&text);
	return out;
}

static bool is_stated_article(const struct wv_verdict_input *input)
{
	struct wv_slice type = wv_scan_meta_find(input->scan, "og:type");

	return (input->jsonld->is_set && input->jsonld->published.n > 0) ||
	       wv_slice_equals_nocase(type, WV_LIT("article")) ||
	       wv_scan_meta_find(input->scan, "article:published_time").n > 0;
}

/* Links as long as a headline, and the units in all links. */
static uint32_t count_headlines(const struct wv_blocks *blocks, uint32_t *page_links)
{
	uint32_t headlines = 0;

	*page_links = 0;
	for (size_t b = 0; blocks && b < blocks->count; b++) {
		const struct wv_text_block *block = &blocks->blocks[b];

		*page_links += block->link_units;
		headlines += block->link_units >= 12 && block->link_units * 10 >= block->units * 8;
	}
	return headlines;
}

static bool is_listing(const struct wv_verdict_input *input, struct wv_arena *arena,
                       struct wv_article *article)
{
	uint32_t page_links, headlines = count_headlines(input->blocks, &page_links);
	float share;

	share = (float)page_links / (input->prose + (float)page_links + 1);
	/* A listing's own words are short: no paragraph. */
	if (is_stated_article(input) || input->longest >= 50)
		return false;
	if (headlines >= 12 &&
	    (input->prose < 120 || (share > 0.75f && input->prose < 400) ||
	     (headlines > 60 && share > 0.85f))) {
		set(article, WV_VERDICT_LISTING,
		    wv_arena_format(arena, "%u headlines linked, %u units of running text", headlines,
				    (unsigned)input->prose));
		return true;
	}
	/* A small front page: some headlines, and next to nothing of its own. */
	if (headlines < SMALL_LISTING || input->kept_units >= SHORT_UNITS / 2)
		return false;
	set(article, WV_VERDICT_LISTING,
	    wv_arena_format(arena, "%u headlines linked, %u units of text kept", headlines,
			    input->kept_units));
	return true;
}

void wv_verdict_judge(const struct wv_verdict_input *input, struct wv_arena *arena,
                      struct wv_article *article)
{
	struct wv_slice word = WV_SLICE_NONE;
	bool is_short = input->kept_units < SHORT_UNITS;
	struct wv_slice text;
	uint32_t page_links;
	int status = input->http_status;

	if (status == 401 || status == 403 || status == 429 || status == 451) {
		set(article, WV_VERDICT_REFUSED, wv_arena_format(arena, "status %d", status));
		return;
	}
	if (!input->is_html) {
		set(article, WV_VERDICT_OTHER, WV_LIT("not HTML"));
		return;
	}
	if (status >= 400) {
		set(article, WV_VERDICT_OTHER, wv_arena_format(arena, "status %d", status));
		return;
	}
	if (input->is_limited) {
		set(article, WV_VERDICT_OTHER, WV_LIT("the markup met a limit of the tree builder"));
		return;
	}
	if (input->is_truncated) {
		set(article, WV_VERDICT_TRUNCATED, WV_LIT("the body ends before its announced end"));
		return;
	}
	text = page_text(input, arena);
	if (is_short && find_any(text, captcha_words, WV_COUNT(captcha_words), &word)) {
		set(article, WV_VERDICT_CAPTCHA,
		    wv_arena_format(arena, "says '%.*s'", WV_FMT(word)));
		return;
	}
	if (is_short && !is_stated_article(input) &&
	    find_any(text, missing_words, WV_COUNT(missing_words), &word)) {
		set(article, WV_VERDICT_SOFT_404,
		    wv_arena_format(arena, "says '%.*s'", WV_FMT(word)));
		return;
	}
	if (is_short && !is_stated_article(input) &&
	    find_any(text, consent_words, WV_COUNT(consent_words), &word) &&
	    input->blocks && input->blocks->count < 80 &&
	    count_headlines(input->blocks, &page_links) < SMALL_LISTING) {
		set(article, WV_VERDICT_CONSENT_WALL,
		    wv_arena_format(arena, "says '%.*s'", WV_FMT(word)));
		return;
	}
	if (input->kept_units < 700 &&
	    (input->jsonld->is_free == 0 || article->is_free == 0 || input->kept_units < 400) &&
	    find_any(wall_text(article, arena), wall_words, WV_COUNT(wall_words), &word) &&
	    (article->is_free == 0 || is_short)) {
		set(article, WV_VERDICT_PAYWALL_STUB,
		    wv_arena_format(arena, "%u units of text and a prompt '%.*s'",
				    input->kept_units, WV_FMT(word)));
		return;
	}
	if (input->kept_units < FLASH_UNITS) {
		/* Said in a noscript that is no block of the page. */
		if (find_any(text, script_words, WV_COUNT(script_words), &word) ||
		    (input->scan->text_bytes < 800 &&
		     find_any(wv_slice_part(input->scan->text, 0, SHELL_BYTES), script_words,
			      WV_COUNT(script_words), &word))) {
			set(article, WV_VERDICT_SCRIPT_SHELL,
			    wv_arena_format(arena, "says '%.*s'", WV_FMT(word)));
			return;
		}
		if (input->scan->script_count + (input->scan->script_bytes > 2000) > 0 &&
		    input->scan->text_bytes < 800) {
			set(article, WV_VERDICT_SCRIPT_SHELL,
			    wv_arena_format(arena, "%u bytes of text beside %u of scripts",
					    input->scan->text_bytes, input->scan->script_bytes));
			return;
		}
	}
	if (is_listing(input, arena, article))
		return;
	if (input->kept_units >= FLASH_UNITS ||
	    (input->kept_units >= 8 && is_stated_article(input)))
		set(article, WV_VERDICT_ARTICLE,
		    wv_arena_format(arena, "%u units of running text", (unsigned)input->prose));
	else
		set(article, WV_VERDICT_OTHER, WV_LIT("no running text"));
}
