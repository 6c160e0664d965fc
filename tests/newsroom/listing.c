#include "tests/newsroom/listing.h"

#include "config/base/json.h"

#define ITEMS 16u

#define NEWS_WINDOW_US (2 * WV_US_PER_DAY)

static void put_element(struct wv_buf *out, const char *name, struct wv_slice text)
{
	wv_buf_add_format(out, "<%s>", name);
	newsroom_put_text(out, text);
	wv_buf_add_format(out, "</%s>\n", name);
}

/* RFC 822 with the publisher's offset: "Mon, 02 Mar 2026 10:05:00 +0800" */
static void put_rfc822(const struct newsroom_scene *scene, struct wv_time t, struct wv_buf *out)
{
	int32_t zone = scene->publisher->zone_minutes;
	int32_t ahead = zone < 0 ? -zone : zone;
	char text[WV_TIME_TEXT_MAX];
	struct wv_time local = {t.us + zone * 60 * WV_US_PER_S};

	/* IMF-fixdate ends in "GMT"; its first 26 bytes are what we want. */
	wv_buf_add_format(out, "%.26s%c%02d%02d", wv_time_print_http(local, text),
			  zone < 0 ? '-' : '+', ahead / 60, ahead % 60);
}

void newsroom_listing_rss(const struct newsroom_scene *scene, struct wv_buf *out)
{
	const struct newsroom_article *list[ITEMS];
	size_t n = newsroom_newest(scene->publisher, scene->now, 0, list, ITEMS);

	newsroom_put(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" "
			  "xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n<channel>\n");
	put_element(out, "title", scene->publisher->name);
	newsroom_put(out, "<link>");
	newsroom_put_origin(out, scene);
	newsroom_put(out, "/</link>\n");
	put_element(out, "description", scene->publisher->tagline);
	for (size_t i = 0; i < n; i++) {
		newsroom_put(out, "<item>\n");
		put_element(out, "title",
			    newsroom_article_title(list[i], scene->now, scene->arena));
		newsroom_put(out, "<link>");
		newsroom_put_address(out, scene, list[i]);
		wv_buf_add_format(out,
				  "?utm_source=rss</link>\n<guid isPermaLink=\"false\">%.*s-%u"
				  "</guid>\n<pubDate>",
				  WV_FMT(scene->publisher->address), list[i]->number);
		put_rfc822(scene, list[i]->published, out);
		newsroom_put(out, "</pubDate>\n");
		put_element(out, "dc:creator", list[i]->byline);
		put_element(out, "description", list[i]->standfirst);
		newsroom_put(out, "</item>\n");
	}
	newsroom_put(out, "</channel>\n</rss>\n");
}

void newsroom_listing_atom(const struct newsroom_scene *scene, struct wv_buf *out)
{
	const struct newsroom_article *list[ITEMS];
	size_t n = newsroom_newest(scene->publisher, scene->now, 0, list, ITEMS);

	newsroom_put(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
			  "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
	put_element(out, "title", scene->publisher->name);
	newsroom_put(out, "<id>");
	newsroom_put_origin(out, scene);
	newsroom_put(out, "/</id>\n<updated>");
	newsroom_put_time(out, scene, newsroom_publisher_changed(scene->publisher, scene->now));
	newsroom_put(out, "</updated>\n");
	for (size_t i = 0; i < n; i++) {
		struct newsroom_state state = newsroom_article_state(list[i], scene->now);

		newsroom_put(out, "<entry>\n");
		put_element(out, "title",
			    newsroom_article_title(list[i], scene->now, scene->arena));
		newsroom_put(out, "<id>");
		newsroom_put_address(out, scene, list[i]);
		newsroom_put(out, "</id>\n<link rel=\"alternate\" href=\"");
		wv_buf_add(out, newsroom_article_path(scene->publisher, list[i], scene->arena));
		newsroom_put(out, "\"/>\n<published>");
		newsroom_put_time(out, scene, list[i]->published);
		newsroom_put(out, "</published>\n<updated>");
		newsroom_put_time(out, scene, state.modified);
		newsroom_put(out, "</updated>\n<author>");
		put_element(out, "name", list[i]->byline);
		newsroom_put(out, "</author>\n</entry>\n");
	}
	newsroom_put(out, "</feed>\n");
}

void newsroom_listing_jsonfeed(const struct newsroom_scene *scene, struct wv_buf *out)
{
	const struct newsroom_article *list[ITEMS];
	size_t n = newsroom_newest(scene->publisher, scene->now, 0, list, ITEMS);
	WV_AUTO(wv_buf_done) struct wv_buf piece = {.cap = 4096};
	struct wv_json_writer json;

	wv_json_begin(&json, out);
	wv_json_open_object(&json, NULL);
	wv_json_string(&json, "version", WV_LIT("https://jsonfeed.org/version/1.1"));
	wv_json_string(&json, "title", scene->publisher->name);
	wv_json_open_array(&json, "items");
	for (size_t i = 0; i < n; i++) {
		wv_json_open_object(&json, NULL);
		wv_buf_reset(&piece);
		newsroom_put_address(&piece, scene, list[i]);
		wv_json_string(&json, "id", wv_buf_slice(&piece));
		wv_json_string(&json, "url", wv_buf_slice(&piece));
		wv_json_string(&json, "title",
			       newsroom_article_title(list[i], scene->now, scene->arena));
		wv_json_string(&json, "content_text", list[i]->standfirst);
		wv_buf_reset(&piece);
		newsroom_put_time(&piece, scene, list[i]->published);
		wv_json_string(&json, "date_published", wv_buf_slice(&piece));
		wv_json_close(&json);
	}
	wv_json_close(&json);
	wv_json_close(&json);
	newsroom_put(out, "\n");
}

static void put_child(const struct newsroom_scene *scene, const char *path, struct wv_buf *out)
{
	newsroom_put(out, "<sitemap><loc>");
	newsroom_put_origin(out, scene);
	newsroom_put(out, path);
	newsroom_put(out, "</loc><lastmod>");
	newsroom_put_time(out, scene, newsroom_publisher_changed(scene->publisher, scene->now));
	newsroom_put(out, "</lastmod></sitemap>\n");
}

void newsroom_listing_sitemap_index(const struct newsroom_scene *scene, struct wv_buf *out)
{
	uint32_t has = scene->publisher->has;

	newsroom_put(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex "
			  "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
	if (has & NEWSROOM_NEWSMAP)
		put_child(scene, "/sitemap-news.xml", out);
	put_child(scene, has & NEWSROOM_GZMAP ? "/sitemap-all.xml.gz" : "/sitemap-all.xml", out);
	newsroom_put(out, "</sitemapindex>\n");
}

void newsroom_listing_sitemap(const struct newsroom_scene *scene, bool is_news, struct wv_buf *out)
{
	const struct newsroom_article *list[ITEMS * 4];
	size_t n = newsroom_newest(scene->publisher, scene->now, 0, list, WV_COUNT(list));

	newsroom_put(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset "
			  "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" "
			  "xmlns:n=\"http://www.google.com/schemas/sitemap-news/0.9\">\n");
	for (size_t i = 0; i < n; i++) {
		if (is_news && scene->now.us - list[i]->published.us > NEWS_WINDOW_US)
			continue;
		newsroom_put(out, "<url><loc>");
		newsroom_put_address(out, scene, list[i]);
		newsroom_put(out, "</loc><lastmod>");
		newsroom_put_time(out, scene, newsroom_article_state(list[i], scene->now).modified);
		newsroom_put(out, "</lastmod>");
		if (is_news) {
			newsroom_put(out, "<n:news><n:publication>");
			put_element(out, "n:name", scene->publisher->name);
			put_element(out, "n:language",
				    wv_slice_part(scene->publisher->language, 0, 2));
			newsroom_put(out, "</n:publication><n:publication_date>");
			newsroom_put_time(out, scene, list[i]->published);
			newsroom_put(out, "</n:publication_date>");
			put_element(out, "n:title",
				    newsroom_article_title(list[i], scene->now, scene->arena));
			newsroom_put(out, "</n:news>");
		}
		newsroom_put(out, "</url>\n");
	}
	newsroom_put(out, "</urlset>\n");
}

void newsroom_listing_robots(const struct newsroom_scene *scene, struct wv_buf *out)
{
	const struct newsroom_publisher *p = scene->publisher;

	newsroom_put(out, "# ");
	wv_buf_add(out, p->name);
	newsroom_put(out, "\nUser-agent: GreedyBot\nDisallow: /\n\nUser-agent: *\n"
			  "Disallow: /private/\nDisallow: /search\nDisallow: /sign-up\n");
	if (p->crawl_delay_s > 0)
		wv_buf_add_format(out, "Crawl-delay: %g\n", p->crawl_delay_s);
	if (p->has & NEWSROOM_SITEMAP) {
		newsroom_put(out, "\nSitemap: ");
		newsroom_put_origin(out, scene);
		newsroom_put(out, "/sitemap.xml\n");
	}
}
