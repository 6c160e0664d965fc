#ifndef WV_ARCHIVE_SERVE_SERVICE_H
#define WV_ARCHIVE_SERVE_SERVICE_H

#include "archive/serve/http.h"
#include "archive/store/store.h"
#include "config/settings.h"

/*
 * The snapshot service: an open archive behind HTTP. Reads only; one transaction a request. What
 * each address answers is in the files beside this one, listed in routes.h.
 */
struct wv_service;

struct wv_rewriter;    /* replay.h */
struct wv_side_reader; /* archive/view/side.h */
struct wv_wish_reader; /* archive/view/wishes.h */

struct wv_service_options {
	struct wv_store *store;             /* open for reading; both are borrowed */
	const struct wv_settings *settings;
	const struct wv_clock *clock;
	const struct wv_rewriter *rewriter; /* of archived pages for replay; NULL: replay gives raw bytes only */
	/* The text of an archived page, for comparisons; NULL: articles and bytes only. */
	const struct wv_side_reader *side_reader;
	/* What pages ask for in their heads; NULL: only their headers are heard. */
	const struct wv_wish_reader *wish_reader;
	const char *listen;                 /* NULL: no HTTP; for static_site.h */
	int listen_fd; /* above 0: a socket that listens already, instead of `listen` */
	bool trusts_proxy;
	/* A line for the log, from any thread; may be NULL. */
	void (*log)(void *context, const char *line);
	void *log_context;
};
WV_MUST_USE enum wv_status wv_service_start(const struct wv_service_options *options,
                                            struct wv_service **out, struct wv_err *err);
const struct wv_service_options *wv_service_options_of(const struct wv_service *service);
const char *wv_service_address(const struct wv_service *service);
int wv_service_listen_fd(const struct wv_service *service); /* http.h */
void wv_service_stop(struct wv_service **service); /* also a WV_AUTO handler */

#endif
