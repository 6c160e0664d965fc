/* One article as its publisher prints it: five layouts, and all that stands around the text. */
#include "config/base/json.h"
#include "tests/newsroom/page.h"
#include "tests/newsroom/words.h"

struct frame {
	const char *article_open, *title_open, *title_close, *info_open, *info_close;
	const char *lead_open, *lead_close, *body_open, *body_close, *para_open, *para_close;
	const char *related_open, *related_close, *article_close;
};

static const struct frame frames[] = {
	[NEWSROOM_BROADSHEET] = {"<main>\n<article class=\"story\">\n", "<h1 class=\"headline\">",
				 "</h1>\n", "<div class=\"byline\">", "</div>\n",
				 "<p class=\"standfirst\">", "</p>\n",
				 "<div class=\"story__body\">\n", "</div>\n", "<p>", "</p>\n",
				 "<aside class=\"related\">", "</aside>\n",
				 "</article>\n</main>\n"},
	[NEWSROOM_WIRE] = {"<article>\n", "<h1>", "</h1>\n", "<p class=\"slugline\">", "</p>\n",
			   "<p class=\"deck\">", "</p>\n", "<div class=\"copy\">\n", "</div>\n",
			   "<p>", "</p>\n", "<div class=\"see-also\">", "</div>\n", "</article>\n"},
	[NEWSROOM_PORTAL] = {"<div class=\"wrap\"><div class=\"main-left\">\n", "<h1 id=\"title\">",
			     "</h1>\n", "<div class=\"info\">", "</div>\n",
			     "<div class=\"abstract\">", "</div>\n",
			     "<div id=\"content\" class=\"content clearfix\">\n", "</div>\n", "<p>",
			     "</p>\n", "<div class=\"rel-box\">", "</div>\n", "</div></div>\n"},
	[NEWSROOM_TABLOID] = {"<div id=\"c12\"><div class=\"c3\">\n", "<div class=\"t1\">",
			      "</div>\n", "<div class=\"m\">", "</div>\n", "<div class=\"k\"><b>",
			      "</b></div>\n", "<div class=\"tx\">\n", "</div>\n", "<div>",
			      "</div>\n", "<div class=\"rb\">", "</div>\n", "</div></div>\n"},
	[NEWSROOM_TABLE] = {"<table width=\"960\"><tr><td class=\"l\" width=\"640\">\n",
			    "<font size=\"5\"><b>", "</b></font><br>\n", "<font color=\"#666666\">",
			    "</font><hr>\n", "<b>", "</b><br>\n", "<div id=\"zoom\">\n", "</div>\n",
			    "\xE3\x80\x80\xE3\x80\x80", "<br>\n<br>\n", "<div>", "</div>\n",
			    "</td></tr></table>\n"},
};

static const char *const months[] = {"January",   "February", "March",    "April",
				     "May",       "June",     "July",     "August",
				     "September", "October",  "November", "December"};

/* The date as people read it; most of these name no zone, as most news sites do not. */
static void put_visible_time(const struct newsroom_scene *scene, struct wv_time t,
			     struct wv_buf *out)
{
	const struct newsroom_publisher *p = scene->publisher;
	struct wv_civil c =
		wv_civil_of_time((struct wv_time){t.us + p->zone_minutes * 60 * WV_US_PER_S});
	const char *month = months[c.month - 1];

	if (wv_slice_equals(p->language, WV_LIT("ja")))
		wv_buf_add_format(out, "%d年%u月%u日 %02u:%02u", c.year, c.month, c.day, c.hour,
				  c.minute);
	else if (p->layout == NEWSROOM_TABLE)
		wv_buf_add_format(out, "%d年%02u月%02u日 %02u:%02u", c.year, c.month, c.day, c.hour,
				  c.minute);
	else if (wv_slice_starts(p->language, WV_LIT("zh")))
		wv_buf_add_format(out, "%d-%02u-%02u %02u:%02u:%02u", c.year, c.month, c.day,
				  c.hour, c.minute, c.second);
	else if (wv_slice_equals(p->language, WV_LIT("en-US")))
		wv_buf_add_format(out, "%s %u, %d, %u:%02u %s ET", month, c.day, c.year,
				  c.hour % 12 == 0 ? 12 : c.hour % 12, c.minute,
				  c.hour < 12 ? "a.m." : "p.m.");
	else if (p->layout == NEWSROOM_BROADSHEET)
		wv_buf_add_format(out, "%u %s %d %02u.%02u GMT", c.day, month, c.year, c.hour,
				  c.minute);
	else
		wv_buf_add_format(out, "%.3s %02u %d, %02u:%02u", month, c.day, c.year, c.hour,
				  c.minute);
}

/* The hour that the boxes show: now, or that of the last change where they are frozen. */
static struct wv_time box_time(const struct newsroom_scene *scene,
			       const struct newsroom_article *article)
{
	if (scene->publisher->has & NEWSROOM_LIVE)
		return scene->now;
	return newsroom_article_state(article, scene->now).changed;
}

static void put_jsonld(const struct newsroom_scene *scene, const struct newsroom_article *article,
		       struct wv_slice title, struct wv_buf *out)
{
	struct newsroom_state state = newsroom_article_state(article, scene->now);
	WV_AUTO(wv_buf_done) struct wv_buf piece = {.cap = 4096};
	struct wv_json_writer json;

	newsroom_put(out, "<script type=\"application/ld+json\">");
	wv_json_begin(&json, out);
	wv_json_open_object(&json, NULL);
	wv_json_string(&json, "@context", WV_LIT("https://schema.org"));
	wv_json_string(&json, "@type", WV_LIT("NewsArticle"));
	wv_json_string(&json, "headline", title);
	newsroom_put_time(&piece, scene, article->published);
	wv_json_string(&json, "datePublished", wv_buf_slice(&piece));
	wv_buf_reset(&piece);
	newsroom_put_time(&piece, scene, state.modified);
	wv_json_string(&json, "dateModified", wv_buf_slice(&piece));
	wv_json_open_array(&json, "author");
	wv_json_open_object(&json, NULL);
	wv_json_string(&json, "@type", WV_LIT("Person"));
	wv_json_string(&json, "name", article->byline);
	wv_json_close(&json);
	wv_json_close(&json);
	wv_json_open_object(&json, "publisher");
	wv_json_string(&json, "@type", WV_LIT("NewsMediaOrganization"));
	wv_json_string(&json, "name", scene->publisher->name);
	wv_json_close(&json);
	wv_json_string(&json, "articleSection", article->section);
	wv_json_string(&json, "inLanguage", scene->publisher->language);
	wv_buf_reset(&piece);
	newsroom_put_address(&piece, scene, article);
	wv_json_string(&json, "mainEntityOfPage", wv_buf_slice(&piece));
	wv_json_close(&json);
	newsroom_put(out, "</script>\n");
}

static void put_meta(struct wv_buf *out, const char *property, struct wv_slice value)
{
	if (value.n == 0)
		return;
	wv_buf_add_format(out, "<meta property=\"%s\" content=\"", property);
	newsroom_put_text(out, value);
	newsroom_put(out, "\">\n");
}

static void put_og(const struct newsroom_scene *scene, const struct newsroom_article *article,
		   struct wv_slice title, struct wv_buf *out)
{
	const struct newsroom_publisher *p = scene->publisher;
	struct newsroom_state state = newsroom_article_state(article, scene->now);

	put_meta(out, "og:type", WV_LIT("article"));
	put_meta(out, "og:title", title);
	put_meta(out, "og:site_name", p->name);
	put_meta(out, "og:description", article->standfirst);
	put_meta(out, "article:section", article->section);
	newsroom_put(out, "<meta property=\"og:url\" content=\"");
	newsroom_put_address(out, scene, article);
	newsroom_put(out, "\">\n<meta property=\"article:published_time\" content=\"");
	newsroom_put_time(out, scene, article->published);
	newsroom_put(out, "\">\n<meta property=\"article:modified_time\" content=\"");
	newsroom_put_time(out, scene, state.modified);
	newsroom_put(out, "\">\n<meta name=\"author\" content=\"");
	newsroom_put_text(out, article->byline);
	newsroom_put(out, "\">\n");
}

static void put_head(const struct newsroom_scene *scene, const struct newsroom_article *article,
		     struct wv_slice title, bool is_amp, struct wv_buf *out)
{
	const struct newsroom_publisher *p = scene->publisher;

	newsroom_put(out, "<!DOCTYPE html>\n<html lang=\"");
	newsroom_put_text(out, p->language);
	newsroom_put(out, is_amp ? "\" amp>\n<head>\n" : "\">\n<head>\n");
	if (p->layout == NEWSROOM_TABLE)
		/* The label that such sites use; the bytes go beyond it. */
		newsroom_put(out, "<meta http-equiv=\"Content-Type\" "
				  "content=\"text/html; charset=gb2312\">\n");
	else
		wv_buf_add_format(out, "<meta charset=\"%.*s\">\n", WV_FMT(p->charset));
	newsroom_put(out, "<title>");
	newsroom_put_text(out, title);
	newsroom_put(out, p->layout == NEWSROOM_BROADSHEET ? " | " : "_");
	newsroom_put_text(out, p->name);
	newsroom_put(out, "</title>\n");
	if (p->layout != NEWSROOM_TABLE) {
		newsroom_put(out, "<link rel=\"canonical\" href=\"");
		newsroom_put_address(out, scene, article);
		newsroom_put(out, "\">\n");
	}
	if ((p->has & NEWSROOM_AMP) && !is_amp) {
		newsroom_put(out, "<link rel=\"amphtml\" href=\"/amp");
		wv_buf_add(out, newsroom_article_path(p, article, scene->arena));
		newsroom_put(out, "\">\n");
	}
	if (p->has & NEWSROOM_OG)
		put_og(scene, article, title, out);
	if (p->has & NEWSROOM_JSONLD)
		put_jsonld(scene, article, title, out);
	newsroom_put_head_end(scene, out);
}

static void put_info(const struct newsroom_scene *scene, const struct newsroom_article *article,
		     const struct frame *frame, struct wv_buf *out)
{
	const struct newsroom_publisher *p = scene->publisher;
	const struct newsroom_words *words = newsroom_words_of(p->language);

	newsroom_put(out, frame->info_open);
	if (p->layout == NEWSROOM_PORTAL && article->section.n > 0)
		wv_buf_add_format(out, "<span>%s%s%.*s</span> ", words->category,
				  p->zone_minutes < 0 ? ": " : "", WV_FMT(article->section));
	if (p->has & NEWSROOM_MICRODATA) {
		newsroom_put(out, "<time itemprop=\"datePublished\" datetime=\"");
		newsroom_put_time(out, scene, article->published);
		newsroom_put(out, "\">");
	}
	if (p->layout != NEWSROOM_TABLE)
		wv_buf_add_format(out, "<span class=\"date\">%s ", words->published);
	put_visible_time(scene, article->published, out);
	if (p->layout != NEWSROOM_TABLE)
		newsroom_put(out, "</span>");
	if (p->has & NEWSROOM_MICRODATA)
		newsroom_put(out, "</time>");
	if (article->byline.n > 0) {
		wv_buf_add_format(out, " <span class=\"author\">%s ", words->by);
		newsroom_put_text(out, article->byline);
		newsroom_put(out, "</span>");
	}
	if (article->credit.n > 0 || p->layout == NEWSROOM_PORTAL) {
		wv_buf_add_format(out, " <span class=\"source\">%s ", words->source);
		newsroom_put_text(out, article->credit.n > 0 ? article->credit : p->name);
		newsroom_put(out, "</span>");
	}
	newsroom_put(out, frame->info_close);
}

static void put_share(const struct newsroom_scene *scene, struct wv_buf *out)
{
	const struct newsroom_words *words = newsroom_words_of(scene->publisher->language);

	if (scene->publisher->has & NEWSROOM_SHARE)
		wv_buf_add_format(out, "<div class=\"share\"><span>%s</span><ul>%s</ul></div>\n",
				  words->share, words->share_items);
}

static void put_related(const struct newsroom_scene *scene, const struct newsroom_article *article,
			const struct frame *frame, struct wv_buf *out)
{
	struct wv_time when = box_time(scene, article);

	newsroom_put(out, frame->related_open);
	wv_buf_add_format(out, "<h4>%s</h4>\n<ul>\n",
			  newsroom_words_of(scene->publisher->language)->related);
	for (size_t i = 0; i < article->related_count; i++) {
		const struct newsroom_article *other =
			newsroom_article_find(scene->publisher, article->related[i]);

		if (!other || newsroom_article_state(other, when).status != 200)
			continue;
		newsroom_put(out, "<li><a href=\"");
		wv_buf_add(out, newsroom_article_path(scene->publisher, other, scene->arena));
		newsroom_put(out, "\">");
		newsroom_put_text(out, newsroom_article_title(other, when, scene->arena));
		newsroom_put(out, "</a></li>\n");
	}
	newsroom_put(out, "</ul>\n");
	newsroom_put(out, frame->related_close);
}

static void put_figure(struct wv_slice alt, struct wv_slice caption, struct wv_buf *out)
{
	newsroom_put(out, "<figure><img src=\"/assets/photo.png\" alt=\"");
	newsroom_put_text(out, alt);
	newsroom_put(out, "\" width=\"640\" height=\"360\">");
	if (caption.n > 0) {
		newsroom_put(out, "<figcaption>");
		newsroom_put_text(out, caption);
		newsroom_put(out, "</figcaption>");
	}
	newsroom_put(out, "</figure>\n");
}

static void put_video(const struct newsroom_scene *scene, struct wv_slice title, struct wv_buf *out)
{
	const struct newsroom_words *words = newsroom_words_of(scene->publisher->language);

	newsroom_put(out, "<div class=\"player\"><div class=\"player-title\">");
	newsroom_put_text(out, title);
	wv_buf_add_format(out,
			  "</div><ul class=\"controls\">%s</ul><div class=\"player-share\">%s</div>"
			  "<ul>%s</ul><div class=\"player-caption\">",
			  words->video_controls, words->share_video, words->share_items);
	newsroom_put_text(out, title);
	newsroom_put(out, "</div></div>\n");
}

/* "[video] Title", "[photo] alt | caption", "## Words"; false: it is a paragraph. */
static bool put_block(const struct newsroom_scene *scene, const struct newsroom_article *article,
		      const struct frame *frame, struct wv_slice block, struct wv_buf *out)
{
	const struct newsroom_words *words = newsroom_words_of(scene->publisher->language);
	size_t bar = wv_slice_find_byte(block, '|', 0);

	if (wv_slice_starts(block, WV_LIT("## "))) {
		newsroom_put(out, "<h2>");
		newsroom_put_text(out, wv_slice_from(block, 3));
		newsroom_put(out, "</h2>\n");
	} else if (wv_slice_equals(block, WV_LIT("[related]"))) {
		put_related(scene, article, frame, out);
	} else if (wv_slice_equals(block, WV_LIT("[newsletter]"))) {
		wv_buf_add_format(
			out,
			"<div class=\"newsletter-box\"><p>%s</p><form action=\"/sign-up\" "
			"method=\"post\"><input type=\"email\"><button>%s</button></form>"
			"</div>\n",
			words->newsletter, words->newsletter_button);
	} else if (wv_slice_equals(block, WV_LIT("[ad]"))) {
		wv_buf_add_format(out, "<div class=\"ad-slot\" aria-hidden=\"true\">%s</div>\n",
				  words->advertisement);
	} else if (wv_slice_starts(block, WV_LIT("[video] "))) {
		put_video(scene, wv_slice_from(block, 8), out);
	} else if (wv_slice_starts(block, WV_LIT("[photo] ")) && bar != SIZE_MAX) {
		put_figure(wv_slice_trim(wv_slice_part(block, 8, bar - 8)),
			   wv_slice_trim(wv_slice_from(block, bar + 1)), out);
	} else {
		return false;
	}
	return true;
}

static void put_body(const struct newsroom_scene *scene, const struct newsroom_article *article,
		     const struct frame *frame, struct wv_buf *out)
{
	struct wv_slice rest = newsroom_article_text(article, scene->now, scene->arena);
	bool is_first = true, is_stub = article->form == NEWSROOM_PAYWALL;

	newsroom_put(out, frame->body_open);
	while (rest.n > 0) {
		size_t end = wv_slice_find(rest, WV_LIT("\n\n"), 0);
		struct wv_slice block = wv_slice_trim(wv_slice_part(rest, 0, end));

		rest = end == SIZE_MAX ? WV_SLICE_NONE : wv_slice_from(rest, end + 2);
		if (put_block(scene, article, frame, block, out))
			continue;
		newsroom_put(out, frame->para_open);
		if (is_first && article->dateline.n > 0) {
			newsroom_put_text(out, article->dateline);
			newsroom_put(out, wv_slice_starts(scene->publisher->language, WV_LIT("en"))
						  ? " - "
						  : " ");
		}
		newsroom_put_text(out, block);
		newsroom_put(out, frame->para_close);
		is_first = false;
	}
	if (is_stub)
		wv_buf_add_format(out, "<div class=\"paywall\"><p>%s</p></div>\n",
				  newsroom_words_of(scene->publisher->language)->paywall);
	newsroom_put(out, frame->body_close);
}

static void put_after(const struct newsroom_scene *scene, const struct newsroom_article *article,
		      struct wv_buf *out)
{
	const struct newsroom_publisher *p = scene->publisher;
	const struct newsroom_words *words = newsroom_words_of(p->language);
	struct newsroom_state state = newsroom_article_state(article, scene->now);

	if (state.is_corrected) {
		wv_buf_add_format(out, "<p class=\"correction\">%s ", words->corrected);
		put_visible_time(scene, state.modified, out);
		newsroom_put(out, "</p>\n");
	}
	put_share(scene, out);
	if (p->has & NEWSROOM_COMMENTS)
		wv_buf_add_format(out,
				  "<section id=\"comments\"><h3>%s (2)</h3><div><b>kelp77</b><p>%s"
				  "</p></div><div><b>R. N.</b><p>%s</p></div></section>\n",
				  words->comments, words->comment_one, words->comment_two);
	wv_buf_add_format(out, "<section class=\"more\"><h3>%s %.*s</h3><ul>\n", words->more_from,
			  WV_FMT(article->section));
	newsroom_put_links(scene, box_time(scene, article), 0, 6, out);
	wv_buf_add_format(out, "</ul></section>\n<aside class=\"rank\"><h3>%s</h3><ol>\n",
			  words->most_read);
	newsroom_put_links(scene, box_time(scene, article), 1, 3, out);
	newsroom_put(out, "</ol></aside>\n");
}

/* What a visitor without a decision gets: no word of the article. */
static void put_consent(const struct newsroom_scene *scene, struct wv_slice title,
			struct wv_buf *out)
{
	const struct newsroom_words *words = newsroom_words_of(scene->publisher->language);

	newsroom_put(out,
		     "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>");
	newsroom_put_text(out, title);
	wv_buf_add_format(out,
			  "</title></head>\n<body class=\"consent\"><div id=\"consent-wall\" "
			  "role=\"dialog\"><h1>%s</h1><p>%s</p><form method=\"post\" "
			  "action=\"/consent\"><button>%s</button><button>%s</button></form></div>"
			  "</body>\n</html>\n",
			  words->cookies, words->consent, words->accept, words->reject);
}

void newsroom_page_article(const struct newsroom_scene *scene,
			   const struct newsroom_article *article, bool is_amp, struct wv_buf *out)
{
	const struct newsroom_publisher *p = scene->publisher;
	const struct frame *frame = &frames[p->layout];
	struct wv_slice title = newsroom_article_title(article, scene->now, scene->arena);

	if (article->form == NEWSROOM_CONSENT) {
		put_consent(scene, title, out);
		return;
	}
	put_head(scene, article, title, is_amp, out);
	if (p->layout == NEWSROOM_PORTAL)
		wv_buf_add_format(out, "<div class=\"crumb\"><a href=\"/\">%.*s</a> › %.*s</div>\n",
				  WV_FMT(p->name), WV_FMT(article->section));
	newsroom_put(out, frame->article_open);
	newsroom_put(out, frame->title_open);
	newsroom_put_text(out, title);
	newsroom_put(out, frame->title_close);
	put_info(scene, article, frame, out);
	if (!is_amp)
		put_share(scene, out);
	if (article->standfirst.n > 0) {
		newsroom_put(out, frame->lead_open);
		newsroom_put_text(out, article->standfirst);
		newsroom_put(out, frame->lead_close);
	}
	if (article->image_alt.n > 0)
		put_figure(article->image_alt, article->image_caption, out);
	put_body(scene, article, frame, out);
	if (!is_amp)
		put_after(scene, article, out);
	newsroom_put(out, frame->article_close);
	newsroom_put_foot(scene, out);
}
