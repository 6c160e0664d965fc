/* The Night Ledger: everything the web does to a crawler, in one place. */
#include "tests/newsroom/desk.h"

/* How long the busy report asks to be left alone. */
#define BUSY_S 40

static bool is_path(struct wv_slice path, const char *word)
{
	return wv_slice_equals(path, wv_slice_of(word));
}

static void redirect(struct newsroom_reply *out, unsigned status, struct wv_slice location)
{
	out->status = status;
	out->location = location;
}

/* A forum whose every link carries a new session of 32 digits: the same five pages for ever. */
static void put_forum(struct newsroom_desk *desk, const struct newsroom_scene *scene,
		      struct newsroom_reply *out)
{
	struct wv_buf *body = &out->body;

	newsroom_put(body, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			   "<title>Forum</title>\n");
	newsroom_put_head_end(scene, body);
	newsroom_put(body, "<main><h1>Forum</h1><ul>\n");
	for (unsigned thread = 1; thread <= 5; thread++)
		wv_buf_add_format(
			body, "<li><a href=\"/forum/thread%u?sid=a9%030llx\">Thread %u</a></li>\n",
			thread, (unsigned long long)atomic_fetch_add(&desk->session, 1), thread);
	newsroom_put(body, "</ul></main>\n");
	newsroom_put_foot(scene, body);
}

/* A calendar that has a next month, always. "/calendar/2026/3" */
static bool put_calendar(const struct newsroom_scene *scene, struct wv_slice path,
			 struct newsroom_reply *out)
{
	struct wv_slice date = wv_slice_from(path, sizeof("/calendar/") - 1);
	size_t slash = wv_slice_find_byte(date, '/', 0);
	struct wv_buf *body = &out->body;
	uint64_t year, month;

	if (slash == SIZE_MAX || !wv_slice_u64(wv_slice_part(date, 0, slash), &year) ||
	    !wv_slice_u64(wv_slice_from(date, slash + 1), &month) || year > 9999 || month < 1 ||
	    month > 12)
		return false;
	newsroom_put(body, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			   "<title>Calendar</title>\n");
	newsroom_put_head_end(scene, body);
	wv_buf_add_format(body,
			  "<main><h1>%02llu/%llu</h1><p>No events.</p>"
			  "<a href=\"/calendar/%llu/%llu\">&larr;</a> "
			  "<a href=\"/calendar/%llu/%llu\">&rarr;</a></main>\n",
			  (unsigned long long)month, (unsigned long long)year,
			  (unsigned long long)(month == 1 ? year - 1 : year),
			  (unsigned long long)(month == 1 ? 12 : month - 1),
			  (unsigned long long)(month == 12 ? year + 1 : year),
			  (unsigned long long)(month == 12 ? 1 : month + 1));
	newsroom_put_foot(scene, body);
	return true;
}

static void put_captcha(struct newsroom_reply *out)
{
	newsroom_put(&out->body,
		     "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
		     "<title>Just a moment...</title></head>\n<body><h1>Please verify that you are "
		     "human</h1>\n<form id=\"challenge-form\" action=\"/members/check\" "
		     "method=\"post\"><div class=\"g-recaptcha\" data-sitekey=\"moth\"></div>"
		     "<p>Complete the security check to access the site.</p></form></body>\n"
		     "</html>\n");
}

static void put_app(struct newsroom_reply *out)
{
	newsroom_put(&out->body,
		     "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
		     "<title>The Night Ledger</title></head>\n<body><noscript>You need to enable "
		     "JavaScript to run this app.</noscript><div id=\"root\"></div>\n"
		     "<script src=\"/assets/site.js\"></script></body>\n</html>\n");
}

/* 429 until it was left alone for as long as it asked. */
static void put_busy(struct newsroom_desk *desk, const struct newsroom_scene *scene,
		     struct newsroom_reply *out)
{
	int64_t never = 0;
	int64_t left_us;

	atomic_compare_exchange_strong(&desk->busy_from_us, &never, scene->now.us);
	left_us = atomic_load(&desk->busy_from_us) + BUSY_S * WV_US_PER_S - scene->now.us;
	if (left_us > 0) {
		out->status = 429;
		out->retry_after_s = (uint32_t)((left_us + WV_US_PER_S - 1) / WV_US_PER_S);
		return;
	}
	newsroom_page_note(scene, "The busy report",
			   "Queues at the three counters of the town hall fell to nine minutes in "
			   "February, the shortest since counting began.",
			   &out->body);
}

bool newsroom_trap_answer(struct newsroom_desk *desk, const struct newsroom_scene *scene,
			  struct wv_slice path, struct newsroom_reply *out)
{
	out->has_etag = false;
	if (is_path(path, "/moved/census"))
		redirect(out, 301, WV_LIT("/story/moth-census"));
	else if (is_path(path, "/moved/clock"))
		redirect(out, 302, WV_LIT("/story/tower-clock"));
	else if (is_path(path, "/loop/a"))
		redirect(out, 302, WV_LIT("/loop/b"));
	else if (is_path(path, "/loop/b"))
		redirect(out, 302, WV_LIT("/loop/a"));
	else if (wv_slice_starts(path, WV_LIT("/forum/")))
		put_forum(desk, scene, out);
	else if (wv_slice_starts(path, WV_LIT("/calendar/")))
		return put_calendar(scene, path, out);
	else if (is_path(path, "/members/gate"))
		put_captcha(out);
	else if (wv_slice_starts(path, WV_LIT("/lost/")))
		newsroom_page_note(scene, "Page not found",
				   "Sorry, we could not find the page that you were looking for. "
				   "It may have moved, or never been.",
				   &out->body);
	else if (is_path(path, "/app/"))
		put_app(out);
	else if (is_path(path, "/busy/report"))
		put_busy(desk, scene, out);
	else
		return false;
	return true;
}
