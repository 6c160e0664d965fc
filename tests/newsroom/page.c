#include "tests/newsroom/page.h"

#include "tests/newsroom/words.h"

void newsroom_put(struct wv_buf *out, const char *markup)
{
	wv_buf_add_string(out, markup);
}

void newsroom_put_text(struct wv_buf *out, struct wv_slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = text.p[i];

		if (c == '&')
			newsroom_put(out, "&amp;");
		else if (c == '<')
			newsroom_put(out, "&lt;");
		else if (c == '>')
			newsroom_put(out, "&gt;");
		else if (c == '"')
			newsroom_put(out, "&quot;");
		else
			wv_buf_add_byte(out, c);
	}
}

void newsroom_put_origin(struct wv_buf *out, const struct newsroom_scene *scene)
{
	wv_buf_add_format(out, "http://%.*s:%u", WV_FMT(scene->publisher->address), scene->port);
}

void newsroom_put_address(struct wv_buf *out, const struct newsroom_scene *scene,
			  const struct newsroom_article *article)
{
	newsroom_put_origin(out, scene);
	wv_buf_add(out, newsroom_article_path(scene->publisher, article, scene->arena));
}

void newsroom_put_time(struct wv_buf *out, const struct newsroom_scene *scene, struct wv_time t)
{
	int32_t zone = scene->publisher->zone_minutes;
	struct wv_civil local = wv_civil_of_time((struct wv_time){t.us + zone * 60 * WV_US_PER_S});
	int32_t ahead = zone < 0 ? -zone : zone;

	wv_buf_add_format(out, "%04d-%02u-%02uT%02u:%02u:%02u%c%02d:%02d", local.year, local.month,
			  local.day, local.hour, local.minute, local.second, zone < 0 ? '-' : '+',
			  ahead / 60, ahead % 60);
}

void newsroom_put_links(const struct newsroom_scene *scene, struct wv_time when, size_t skip,
			size_t max, struct wv_buf *out)
{
	const struct newsroom_article *list[NEWSROOM_RELATED_MAX * 4];
	size_t n = newsroom_newest(scene->publisher, when, skip, list,
				   max < WV_COUNT(list) ? max : WV_COUNT(list));

	for (size_t i = 0; i < n; i++) {
		newsroom_put(out, "<li><a href=\"");
		wv_buf_add(out, newsroom_article_path(scene->publisher, list[i], scene->arena));
		newsroom_put(out, "\">");
		newsroom_put_text(out, newsroom_article_title(list[i], when, scene->arena));
		newsroom_put(out, "</a></li>\n");
	}
}

/* What head and body share on every page, up to the end of <head> and the navigation. */
void newsroom_put_head_end(const struct newsroom_scene *scene, struct wv_buf *out)
{
	const struct newsroom_publisher *p = scene->publisher;
	const struct newsroom_words *words = newsroom_words_of(p->language);

	if (p->has & NEWSROOM_RSS)
		newsroom_put(out, "<link rel=\"alternate\" type=\"application/rss+xml\" "
				  "href=\"/feed.xml\">\n");
	if (p->has & NEWSROOM_ATOM)
		newsroom_put(out, "<link rel=\"alternate\" type=\"application/atom+xml\" "
				  "href=\"/atom.xml\">\n");
	if (p->has & NEWSROOM_JSONFEED)
		newsroom_put(out, "<link rel=\"alternate\" type=\"application/feed+json\" "
				  "href=\"/feed.json\">\n");
	newsroom_put(out, "<link rel=\"stylesheet\" href=\"/assets/site.css\">\n"
			  "<script src=\"/assets/site.js\" async></script>\n</head>\n<body>\n");
	if (p->has & NEWSROOM_COOKIES)
		wv_buf_add_format(out,
				  "<div class=\"cookie-notice\" role=\"dialog\"><p>%s</p>"
				  "<button>%s</button><button>%s</button></div>\n",
				  words->cookies, words->accept, words->reject);
	newsroom_put(out, "<header class=\"masthead\"><a class=\"logo\" href=\"/\">");
	newsroom_put_text(out, p->name);
	newsroom_put(out, "</a><p class=\"tagline\">");
	newsroom_put_text(out, p->tagline);
	wv_buf_add_format(out,
			  "</p>\n<nav><ul><li><a href=\"/\">%s</a></li><li><a href=\"/latest\">%s"
			  "</a></li><li><a href=\"/about\">%s</a></li><li>"
			  "<a href=\"/search?q=\">%s</a></li></ul></nav></header>\n",
			  words->home, words->latest, words->about, words->search);
}

void newsroom_put_foot(const struct newsroom_scene *scene, struct wv_buf *out)
{
	const struct newsroom_words *words = newsroom_words_of(scene->publisher->language);

	newsroom_put(out, "<footer class=\"site-footer\"><p>&copy; 2026 ");
	newsroom_put_text(out, scene->publisher->name);
	wv_buf_add_format(out,
			  " %s</p><ul><li><a href=\"/about\">%s</a></li>"
			  "<li><a rel=\"nofollow\" href=\"/private/drafts\">&middot;</a></li></ul>"
			  "</footer>\n</body>\n</html>\n",
			  words->rights, words->about);
}

static void put_head(const struct newsroom_scene *scene, struct wv_slice title, struct wv_buf *out)
{
	newsroom_put(out, "<!DOCTYPE html>\n<html lang=\"");
	newsroom_put_text(out, scene->publisher->language);
	newsroom_put(out, "\">\n<head>\n<meta charset=\"");
	newsroom_put_text(out, scene->publisher->charset);
	newsroom_put(out, "\">\n<title>");
	newsroom_put_text(out, title);
	newsroom_put(out, "</title>\n");
	newsroom_put_head_end(scene, out);
}

/* "3 hours ago": the tabloids' listings count from the moment of the request. */
static void put_age(const struct newsroom_scene *scene, const struct newsroom_article *article,
		    struct wv_buf *out)
{
	int64_t hours = (scene->now.us - article->published.us) / (3600 * WV_US_PER_S);

	if (scene->publisher->layout != NEWSROOM_TABLOID)
		return;
	if (wv_slice_equals(scene->publisher->language, WV_LIT("ja")))
		wv_buf_add_format(out, "<span class=\"t\">%lld時間前</span>", (long long)hours);
	else
		wv_buf_add_format(out, "<span class=\"t\">%lld hours ago</span>", (long long)hours);
}

static void put_teasers(const struct newsroom_scene *scene, size_t skip, struct wv_buf *out)
{
	const struct newsroom_article *list[NEWSROOM_LISTING_SIZE];
	size_t n = newsroom_newest(scene->publisher, scene->now, skip, list, WV_COUNT(list));

	newsroom_put(out, "<ul class=\"stories\">\n");
	for (size_t i = 0; i < n; i++) {
		newsroom_put(out, "<li class=\"teaser\"><h3><a href=\"");
		wv_buf_add(out, newsroom_article_path(scene->publisher, list[i], scene->arena));
		newsroom_put(out, "\">");
		newsroom_put_text(out, newsroom_article_title(list[i], scene->now, scene->arena));
		newsroom_put(out, "</a></h3>");
		put_age(scene, list[i], out);
		newsroom_put(out, "<p>");
		newsroom_put_text(out, list[i]->standfirst);
		newsroom_put(out, "</p></li>\n");
	}
	newsroom_put(out, "</ul>\n");
}

static size_t count_articles(const struct newsroom_scene *scene)
{
	const struct newsroom_article *list[64];

	return newsroom_newest(scene->publisher, scene->now, 0, list, WV_COUNT(list));
}

void newsroom_page_home(const struct newsroom_scene *scene, struct wv_buf *out)
{
	const struct newsroom_words *words = newsroom_words_of(scene->publisher->language);

	put_head(scene, scene->publisher->name, out);
	newsroom_put(out, "<main class=\"front\">\n");
	put_teasers(scene, 0, out);
	wv_buf_add_format(out, "<p class=\"more\"><a href=\"/latest?page=2\">%s</a></p>\n</main>\n",
			  words->older);
	if (scene->publisher->has & NEWSROOM_TRAPS)
		newsroom_put(out, "<aside><ul><li><a href=\"/moved/census\">The census</a></li>"
				  "<li><a href=\"/moved/clock\">The clock</a></li>"
				  "<li><a href=\"/loop/a\">Round and round</a></li>"
				  "<li><a href=\"/forum/\">The forum</a></li>"
				  "<li><a href=\"/calendar/2026/3\">The calendar</a></li>"
				  "<li><a href=\"/members/gate\">Members</a></li>"
				  "<li><a href=\"/lost/page\">A page that was</a></li>"
				  "<li><a href=\"/app/\">The app</a></li>"
				  "<li><a href=\"/busy/report\">The busy report</a></li>"
				  "</ul></aside>\n");
	newsroom_put_foot(scene, out);
}

bool newsroom_page_latest(const struct newsroom_scene *scene, uint64_t page, struct wv_buf *out)
{
	const struct newsroom_words *words = newsroom_words_of(scene->publisher->language);
	size_t all = count_articles(scene);
	size_t skip;

	if (page == 0 || page > 64 || (page - 1) * NEWSROOM_LISTING_SIZE >= all)
		return false;
	skip = (size_t)(page - 1) * NEWSROOM_LISTING_SIZE;
	put_head(scene, wv_slice_of(words->latest), out);
	wv_buf_add_format(out, "<main class=\"latest\"><h1>%s</h1>\n", words->latest);
	put_teasers(scene, skip, out);
	newsroom_put(out, "<p class=\"pages\">");
	if (page > 1)
		wv_buf_add_format(out, "<a rel=\"prev\" href=\"/latest?page=%u\">%s</a> ",
				  (unsigned)page - 1, words->newer);
	if (skip + NEWSROOM_LISTING_SIZE < all)
		wv_buf_add_format(out, "<a rel=\"next\" href=\"/latest?page=%u\">%s</a>",
				  (unsigned)page + 1, words->older);
	newsroom_put(out, "</p></main>\n");
	newsroom_put_foot(scene, out);
	return true;
}

void newsroom_page_note(const struct newsroom_scene *scene, const char *title, const char *text,
			struct wv_buf *out)
{
	put_head(scene, wv_slice_of(title), out);
	wv_buf_add_format(out, "<main><h1>%s</h1>\n<p>%s</p></main>\n", title, text);
	newsroom_put_foot(scene, out);
}

void newsroom_page_about(const struct newsroom_scene *scene, struct wv_buf *out)
{
	const struct newsroom_words *words = newsroom_words_of(scene->publisher->language);

	newsroom_page_note(scene, words->about, words->about_text, out);
}
