#include "tests/newsroom/desk.h"

#include <unicode/ucnv.h>
#include <zlib.h>

#include "config/base/checked.h"
#include "config/base/json.h"
#include "tests/newsroom/listing.h"
#include "tests/newsroom/words.h"

/* When the late robots.txt stops failing: Monday, 2 March 2026, 14:00 UTC. */
#define LATE_ROBOTS_UNTIL_US (INT64_C(1772460000) * WV_US_PER_S)

/* A grey pixel: 1 x 1, eight bits, written by hand from the PNG specification. */
static const unsigned char pixel[] = {
	0x89, 'P',  'N',  'G',  0x0D, 0x0A, 0x1A, 0x0A, 0,    0,    0,    13,   'I',  'H',
	'D',  'R',  0,    0,    0,    1,    0,    0,    0,    1,    8,    0,    0,    0,
	0,    0x3A, 0x7E, 0x9B, 0x55, 0,    0,    0,    10,   'I',  'D',  'A',  'T',  0x78,
	0x9C, 0x63, 0x68, 0,    0,    0,    0x82, 0,    0x81, 0x77, 0xCD, 0x72, 0xB6, 0,
	0,    0,    0,    'I',  'E',  'N',  'D',  0xAE, 0x42, 0x60, 0x82};

enum wv_status newsroom_deflate(struct wv_slice in, bool is_gzip, struct wv_buf *out,
				struct wv_err *err)
{
	z_stream z = {0};
	unsigned char *to;
	size_t room;

	if (deflateInit2(&z, 6, Z_DEFLATED, is_gzip ? 31 : 15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return wv_err_set(err, WV_NOMEM, "out of memory for zlib");
	room = deflateBound(&z, in.n) + 32;
	to = wv_buf_room(out, room);
	if (to) {
		z.next_in = (unsigned char *)(uintptr_t)in.p;
		z.avail_in = (unsigned)in.n;
		z.next_out = to;
		z.avail_out = (unsigned)room;
		WV_ASSERT(deflate(&z, Z_FINISH) == Z_STREAM_END);
		out->n += z.total_out;
	}
	deflateEnd(&z);
	return wv_buf_finish(out, "compressed answer", err);
}

static bool is_utf8(struct wv_slice charset)
{
	return wv_slice_equals_nocase(charset, WV_LIT("utf-8"));
}

/* The page in its publisher's charset; a character that has no place there is our mistake. */
static enum wv_status to_charset(struct wv_slice charset, struct wv_arena *arena,
				 struct wv_buf *body, struct wv_err *err)
{
	char *name = wv_arena_string(arena, charset);
	UErrorCode code = U_ZERO_ERROR;
	UConverter *to, *from;
	const char *in = (const char *)body->p;
	char *out = wv_arena_alloc(arena, body->n * 4 + 16), *at = out;

	if (!name || !out)
		return wv_err_set(err, WV_NOMEM, "out of memory for a page");
	to = ucnv_open(name, &code);
	from = ucnv_open("UTF-8", &code);
	if (to)
		ucnv_setFromUCallBack(to, UCNV_FROM_U_CALLBACK_STOP, NULL, NULL, NULL, &code);
	if (U_SUCCESS(code))
		ucnv_convertEx(to, from, &at, out + body->n * 4 + 16, &in, in + body->n, NULL, NULL,
			       NULL, NULL, true, true, &code);
	ucnv_close(to);
	ucnv_close(from);
	if (U_FAILURE(code))
		return wv_err_set(err, WV_BUG, "a page has no place in %s: %s near byte %zu", name,
				  u_errorName(code), (size_t)(in - (const char *)body->p));
	wv_buf_reset(body);
	wv_buf_add_bytes(body, out, (size_t)(at - out));
	return WV_OK;
}

static bool is_path(struct wv_slice path, const char *word)
{
	return wv_slice_equals(path, wv_slice_of(word));
}

/* The number after "page=", 1 without one, 0 for none that is. */
static uint64_t page_number(struct wv_slice query)
{
	uint64_t n = 0;

	if (query.n == 0)
		return 1;
	if (wv_slice_starts(query, WV_LIT("page=")) && wv_slice_u64(wv_slice_from(query, 5), &n))
		return n;
	return 0;
}

/* robots.txt and where it moved to; false: it is not asked for. */
static bool answer_robots(const struct newsroom_scene *scene, struct wv_slice path,
			  struct newsroom_reply *out)
{
	enum newsroom_robots robots = scene->publisher->robots;

	if (robots == NEWSROOM_ROBOTS_REDIRECT && is_path(path, "/policy/robots.txt")) {
		newsroom_listing_robots(scene, &out->body);
	} else if (!is_path(path, "/robots.txt")) {
		return false;
	} else if (robots == NEWSROOM_ROBOTS_REDIRECT) {
		out->status = 301;
		out->location = WV_LIT("/policy/robots.txt");
	} else if (robots == NEWSROOM_ROBOTS_NONE) {
		out->status = 404;
	} else if (robots == NEWSROOM_ROBOTS_LATE && scene->now.us < LATE_ROBOTS_UNTIL_US) {
		out->status = 503;
	} else {
		newsroom_listing_robots(scene, &out->body);
	}
	out->type = "text/plain; charset=utf-8";
	return true;
}

/* Feeds and sitemaps, where the publisher has them. */
static enum wv_status answer_listing(const struct newsroom_scene *scene, struct wv_slice path,
				     struct newsroom_reply *out, bool *is_mine, struct wv_err *err)
{
	uint32_t has = scene->publisher->has;

	*is_mine = true;
	out->type = "application/xml";
	out->changed = newsroom_publisher_changed(scene->publisher, scene->now);
	if ((has & NEWSROOM_RSS) && is_path(path, "/feed.xml")) {
		out->type = "application/rss+xml; charset=utf-8";
		newsroom_listing_rss(scene, &out->body);
	} else if ((has & NEWSROOM_ATOM) && is_path(path, "/atom.xml")) {
		out->type = "application/atom+xml";
		newsroom_listing_atom(scene, &out->body);
	} else if ((has & NEWSROOM_JSONFEED) && is_path(path, "/feed.json")) {
		out->type = "application/feed+json";
		newsroom_listing_jsonfeed(scene, &out->body);
	} else if ((has & NEWSROOM_SITEMAP) && is_path(path, "/sitemap.xml")) {
		newsroom_listing_sitemap_index(scene, &out->body);
	} else if ((has & NEWSROOM_NEWSMAP) && is_path(path, "/sitemap-news.xml")) {
		newsroom_listing_sitemap(scene, true, &out->body);
		out->changed = WV_TIME_NONE; /* its window moves with the clock */
	} else if (has & NEWSROOM_GZMAP
			   ? is_path(path, "/sitemap-all.xml.gz")
			   : (has & NEWSROOM_SITEMAP) && is_path(path, "/sitemap-all.xml")) {
		WV_AUTO(wv_buf_done) struct wv_buf plain = {.cap = NEWSROOM_BODY_MAX};

		newsroom_listing_sitemap(scene, false, has & NEWSROOM_GZMAP ? &plain : &out->body);
		if (!(has & NEWSROOM_GZMAP))
			return WV_OK;
		out->type = "application/gzip";
		out->may_encode = false;
		return newsroom_deflate(wv_buf_slice(&plain), true, &out->body, err);
	} else {
		*is_mine = false;
	}
	return WV_OK;
}

static void answer_article(const struct newsroom_scene *scene,
			   const struct newsroom_article *article, bool is_amp,
			   struct newsroom_reply *out)
{
	const struct newsroom_words *words = newsroom_words_of(scene->publisher->language);
	struct newsroom_state state = newsroom_article_state(article, scene->now);

	if (state.status == 200) {
		newsroom_page_article(scene, article, is_amp, &out->body);
		out->changed = state.changed;
		if (scene->publisher->has & NEWSROOM_LIVE)
			out->changed = newsroom_publisher_changed(scene->publisher, scene->now);
		return;
	}
	out->status = state.status == 410 ? 410 : 404;
	newsroom_page_note(scene, state.status == 410 ? words->gone : words->not_found,
			   words->about_text, &out->body);
}

/* The pages of a publisher; false: there is no such path. */
static bool answer_page(struct newsroom_desk *desk, const struct newsroom_scene *scene,
			struct wv_slice path, struct wv_slice query, struct newsroom_reply *out)
{
	const struct newsroom_publisher *p = scene->publisher;
	const struct newsroom_words *words = newsroom_words_of(p->language);
	bool is_amp = (p->has & NEWSROOM_AMP) && wv_slice_starts(path, WV_LIT("/amp/"));
	struct wv_slice plain = is_amp ? wv_slice_from(path, 4) : path;

	for (size_t i = 0; i < p->article_count; i++) {
		const struct newsroom_article *article = &p->articles[i];

		if (!wv_slice_equals(newsroom_article_path(p, article, scene->arena), plain))
			continue;
		answer_article(scene, article, is_amp, out);
		return true;
	}
	if (is_path(path, "/")) {
		newsroom_page_home(scene, &out->body);
		out->changed = newsroom_publisher_changed(p, scene->now);
	} else if (is_path(path, "/latest")) {
		out->changed = newsroom_publisher_changed(p, scene->now);
		return newsroom_page_latest(scene, page_number(query), &out->body);
	} else if (is_path(path, "/about")) {
		newsroom_page_about(scene, &out->body);
	} else if (is_path(path, "/search") || wv_slice_starts(path, WV_LIT("/private/"))) {
		newsroom_page_note(scene, words->search, words->about_text, &out->body);
	} else if (is_path(path, "/assets/site.css")) {
		out->type = "text/css";
		newsroom_put(&out->body, "body{margin:0 auto;max-width:60em}\n");
	} else if (is_path(path, "/assets/site.js")) {
		out->type = "text/javascript";
		newsroom_put(&out->body, "document.documentElement.className='js';\n");
	} else if (is_path(path, "/assets/photo.png")) {
		out->type = "image/png";
		out->may_encode = false;
		wv_buf_add_bytes(&out->body, pixel, sizeof(pixel));
	} else {
		return (p->has & NEWSROOM_TRAPS) && newsroom_trap_answer(desk, scene, path, out);
	}
	return true;
}

static const char *html_type(const struct newsroom_scene *scene)
{
	const struct newsroom_publisher *p = scene->publisher;

	if (p->layout == NEWSROOM_TABLE)
		return "text/html"; /* the page itself must say */
	return is_utf8(p->charset) ? "text/html; charset=utf-8" : "text/html; charset=Shift_JIS";
}

enum wv_status newsroom_desk_answer(struct newsroom_desk *desk, const struct newsroom_scene *scene,
				    struct wv_slice target, struct newsroom_reply *out,
				    struct wv_err *err)
{
	const struct newsroom_publisher *p = scene->publisher;
	const struct newsroom_words *words = newsroom_words_of(p->language);
	size_t mark = wv_slice_find_byte(target, '?', 0);
	struct wv_slice path = wv_slice_part(target, 0, mark);
	struct wv_slice query = mark == SIZE_MAX ? WV_SLICE_NONE : wv_slice_from(target, mark + 1);
	const char *html = html_type(scene);
	bool is_mine;
	enum wv_status st;

	*out = (struct newsroom_reply){.status = 200,
				       .type = html,
				       .changed = WV_TIME_NONE,
				       .has_etag = (p->has & NEWSROOM_ETAG) != 0,
				       .may_encode = true,
				       .is_chunked = (p->has & NEWSROOM_CHUNKED) != 0};
	wv_buf_init(&out->body, NEWSROOM_BODY_MAX);
	if (answer_robots(scene, path, out))
		return wv_buf_finish(&out->body, "robots.txt", err);
	st = answer_listing(scene, path, out, &is_mine, err);
	if (st != WV_OK)
		return st;
	if (!is_mine) {
		out->type = html;
		out->changed = WV_TIME_NONE;
		if (!answer_page(desk, scene, path, query, out)) {
			out->status = 404;
			newsroom_page_note(scene, words->not_found, words->about_text, &out->body);
		}
		if (out->status != 200)
			out->changed = WV_TIME_NONE;
	}
	st = wv_buf_finish(&out->body, "page", err);
	if (st == WV_OK && out->type == html && out->body.n > 0 && !is_utf8(p->charset))
		st = to_charset(p->charset, scene->arena, &out->body, err);
	return st;
}

void newsroom_desk_inventory(const struct newsroom_scene *scene, struct wv_buf *out)
{
	const struct newsroom_publisher *p = scene->publisher;
	WV_AUTO(wv_buf_done) struct wv_buf piece = {.cap = 4096};

	for (size_t i = 0; i < p->article_count; i++) {
		const struct newsroom_article *article = &p->articles[i];
		struct newsroom_state state = newsroom_article_state(article, scene->now);
		char text[WV_TIME_TEXT_MAX];
		struct wv_json_writer json;

		if (state.status == 0)
			continue;
		wv_buf_reset(&piece);
		newsroom_put_address(&piece, scene, article);
		wv_json_begin(&json, out);
		wv_json_open_object(&json, NULL);
		wv_json_string(&json, "url", wv_buf_slice(&piece));
		wv_json_u64(&json, "status", state.status);
		wv_json_string(&json, "publisher", p->name);
		wv_json_string(&json, "language", p->language);
		wv_json_string(&json, "charset", p->charset);
		wv_json_string(&json, "form",
			       article->form == NEWSROOM_ARTICLE   ? WV_LIT("article")
			       : article->form == NEWSROOM_PAYWALL ? WV_LIT("paywall")
								   : WV_LIT("consent"));
		wv_json_string(&json, "title",
			       newsroom_article_title(article, scene->now, scene->arena));
		wv_json_string(&json, "published",
			       wv_slice_of(wv_time_print(article->published, text)));
		wv_json_string_or_null(&json, "credit", article->credit);
		wv_json_close(&json);
		newsroom_put(out, "\n");
	}
}
