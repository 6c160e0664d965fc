#ifndef WV_CRAWLER_DISCOVER_XML_H
#define WV_CRAWLER_DISCOVER_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * What the web calls XML, as events, fed in pieces. A normaliser in front makes it well formed
 * whatever it was: document types and processing instructions never reach libxml2, references
 * other than the five and HTML's names become text, stray '&' and '<' too, broken UTF-8 becomes
 * U+FFFD, end tags are matched. So there are no entities to expand, nothing to load, and a damaged
 * tail costs only itself.
 */
struct wv_xml_attr {
	struct wv_slice name;   /* local name */
	struct wv_slice space;  /* namespace URI, or the bare prefix where it was not declared */
	struct wv_slice value;
};

struct wv_xml_element {
	struct wv_slice name;   /* local name */
	struct wv_slice space;
	const struct wv_xml_attr *attrs; /* START only */
	size_t attr_count;
	unsigned depth;         /* the root is 1 */
};

/* Slices live for the call. False stops the parse: later input is passed over. */
struct wv_xml_handler {
	void *context;
	bool (*start)(void *context, const struct wv_xml_element *element);
	bool (*end)(void *context, const struct wv_xml_element *element);
	bool (*text)(void *context, struct wv_slice text); /* may come in several pieces */
};

struct wv_xml;
WV_MUST_USE enum wv_status wv_xml_new(const struct wv_xml_handler *handler, struct wv_xml **out,
                                      struct wv_err *err);
void wv_xml_free(struct wv_xml **xml);
/* UTF-8, cut anywhere. WV_NOMEM; WV_LIMIT above WV_LIMIT_XML_DEPTH: what came before stands. */
WV_MUST_USE enum wv_status wv_xml_feed(struct wv_xml *xml, struct wv_slice piece,
                                       struct wv_err *err);
/* The end of the input: closes what is open. */
WV_MUST_USE enum wv_status wv_xml_finish(struct wv_xml *xml, struct wv_err *err);
/* Was anything mended that a strict parser would have refused? Known after the end. */
bool wv_xml_is_damaged(const struct wv_xml *xml);

const struct wv_xml_attr *wv_xml_attr(const struct wv_xml_element *element, const char *name);

#endif
