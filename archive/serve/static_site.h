#ifndef WV_ARCHIVE_SERVE_STATIC_SITE_H
#define WV_ARCHIVE_SERVE_STATIC_SITE_H

#include "archive/serve/service.h"
#include "archive/view/phrase.h"

/*
 * The service's pages as files: a folder that any web server shows, or none (file:). Every link
 * is relative; all pages are as of one (T, K). What needs a program behind it is not there:
 * searching, another instant, replay; pages do without the link. The same pages by the same code:
 * each file is what the service answers, in the visit's static form.
 *
 * Files are found by following the pages' own links from the front page and from every capture
 * chosen; memory is some 150 bytes a file.
 */
struct wv_static_site_options {
	struct wv_store *store;
	const struct wv_settings *settings;
	const struct wv_wish_reader *wish_reader; /* service.h */
	const struct wv_clock *clock;
	const char *dir;         /* made, or empty */
	struct wv_slice source;  /* only captures of this source; empty: all */
	struct wv_time from, to; /* captured; WV_TIME_NONE: unbounded */
	struct wv_time at;       /* T; WV_TIME_NONE: now */
	struct wv_time known_at; /* K */
	enum wv_tongue tongue;
	void (*progress)(void *context, uint64_t written, uint64_t found); /* may be NULL */
	bool (*stop)(void *context);                                       /* may be NULL */
	void *context;
};
struct wv_static_site_counts {
	uint64_t files, captures, bytes;
	uint64_t refused; /* links to what is not shown */
};
/* WV_CREATE: the folder is not empty, or cannot be made; WV_STOPPED; WV_IO, WV_FULL. */
WV_MUST_USE enum wv_status wv_static_site_write(const struct wv_static_site_options *options,
                                         struct wv_static_site_counts *counts, struct wv_err *err);

#endif
