#include "crawler/discover/xml.h"

#include <libxml/parser.h>
#include <pthread.h>
#include <stdlib.h>

#include "config/base/checked.h"
#include "crawler/discover/normal.h"

/* libxml2 takes the normal form in pieces of so many bytes, so memory does not follow the input. */
#define CHUNK_BYTES 32768
#define ATTRS_MOST  64u

struct wv_xml {
	struct wv_xml_handler handler;
	struct wv_normal normal;
	xmlParserCtxtPtr parser;
	unsigned depth;
	bool is_stopped;
	bool is_damaged;
};

static struct wv_slice of(const xmlChar *string)
{
	return string ? wv_slice(string, (size_t)xmlStrlen(string)) : WV_SLICE_NONE;
}

static struct wv_slice space_of(const xmlChar *uri, const xmlChar *prefix)
{
	return uri ? of(uri) : of(prefix);
}

static void stop(struct wv_xml *xml)
{
	xml->is_stopped = true;
	xmlStopParser(xml->parser);
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespaces, const xmlChar **declared, int attributes, int defaulted,
                     const xmlChar **values)
{
	struct wv_xml *xml = context;
	struct wv_xml_attr attrs[ATTRS_MOST];
	struct wv_xml_element element = {of(name), space_of(uri, prefix), attrs, 0, ++xml->depth};

	(void)namespaces;
	(void)declared;
	(void)defaulted;
	if (xml->is_stopped)
		return;
	/* Five a piece: local name, prefix, URI, value, its end. */
	for (int i = 0; i < attributes && element.attr_count < ATTRS_MOST; i++) {
		const xmlChar **at = values + (ptrdiff_t)i * 5;

		attrs[element.attr_count++] = (struct wv_xml_attr){
			of(at[0]), space_of(at[2], at[1]), wv_slice(at[3], (size_t)(at[4] - at[3]))};
	}
	if (!xml->handler.start(xml->handler.context, &element))
		stop(xml);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct wv_xml *xml = context;
	struct wv_xml_element element = {of(name), space_of(uri, prefix), NULL, 0, xml->depth--};

	if (!xml->is_stopped && !xml->handler.end(xml->handler.context, &element))
		stop(xml);
}

static void on_text(void *context, const xmlChar *text, int n)
{
	struct wv_xml *xml = context;

	if (!xml->is_stopped && !xml->handler.text(xml->handler.context, wv_slice(text, (size_t)n)))
		stop(xml);
}

/* Undeclared prefixes are everyday; nothing else is left after the normaliser. */
static void on_error(void *context, xmlErrorPtr error)
{
	(void)context;
	(void)error;
}

/* The library fills its own tables at first use, and two workers may get there at once: one of the
 * tables would then be lost. */
static pthread_once_t library_once = PTHREAD_ONCE_INIT;

enum wv_status wv_xml_new(const struct wv_xml_handler *handler, struct wv_xml **out,
                          struct wv_err *err)
{
	WV_AUTO(wv_xml_free) struct wv_xml *xml = calloc(1, sizeof(*xml));
	xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC};

	(void)pthread_once(&library_once, xmlInitParser);
	if (!xml)
		return wv_err_set(err, WV_NOMEM, "out of memory for XML");
	xml->handler = *handler;
	wv_normal_init(&xml->normal);
	sax.startElementNs = on_start;
	sax.endElementNs = on_end;
	sax.characters = on_text;
	sax.cdataBlock = on_text;
	sax.serror = on_error;
	xml->parser = xmlCreatePushParserCtxt(&sax, xml, NULL, 0, NULL);
	if (!xml->parser ||
	    xmlCtxtUseOptions(xml->parser, XML_PARSE_RECOVER | XML_PARSE_NONET | XML_PARSE_NOERROR |
	                                           XML_PARSE_NOWARNING) != 0)
		return wv_err_set(err, WV_NOMEM, "out of memory for XML");
	*out = WV_TAKE(xml);
	return WV_OK;
}

void wv_xml_free(struct wv_xml **xml)
{
	if (!*xml)
		return;
	if ((*xml)->parser)
		xmlFreeParserCtxt((*xml)->parser);
	wv_normal_done(&(*xml)->normal);
	free(*xml);
	*xml = NULL;
}

static enum wv_status push(struct wv_xml *xml, struct wv_slice piece, bool is_last,
                           struct wv_err *err)
{
	enum wv_status st = wv_normal_feed(&xml->normal, piece, is_last, err);
	struct wv_slice normal = wv_buf_slice(&xml->normal.out);
	bool is_end = is_last || st == WV_LIMIT;

	if (st != WV_OK && st != WV_LIMIT)
		return st;
	for (size_t at = 0; at < normal.n && !xml->is_stopped; at += CHUNK_BYTES) {
		struct wv_slice chunk = wv_slice_part(normal, at, CHUNK_BYTES);
		int code = xmlParseChunk(xml->parser, (const char *)chunk.p, (int)chunk.n, 0);

		if (code == XML_ERR_NO_MEMORY)
			return wv_err_set(err, WV_NOMEM, "out of memory for XML");
	}
	xml->normal.out.n = 0;
	if (is_end && xml->normal.is_rooted && !xml->is_stopped)
		(void)xmlParseChunk(xml->parser, "", 0, 1);
	xml->is_stopped |= is_end;
	xml->is_damaged |= xml->normal.is_damaged;
	return st;
}

enum wv_status wv_xml_feed(struct wv_xml *xml, struct wv_slice piece, struct wv_err *err)
{
	for (size_t at = 0; at < piece.n && !xml->is_stopped; at += CHUNK_BYTES) {
		enum wv_status st = push(xml, wv_slice_part(piece, at, CHUNK_BYTES), false, err);

		if (st != WV_OK)
			return st;
	}
	return WV_OK;
}

enum wv_status wv_xml_finish(struct wv_xml *xml, struct wv_err *err)
{
	return xml->is_stopped ? WV_OK : push(xml, WV_SLICE_NONE, true, err);
}

bool wv_xml_is_damaged(const struct wv_xml *xml)
{
	return xml->is_damaged;
}

const struct wv_xml_attr *wv_xml_attr(const struct wv_xml_element *element, const char *name)
{
	struct wv_slice wanted = wv_slice_of(name);

	for (size_t i = 0; i < element->attr_count; i++) {
		if (wv_slice_equals(element->attrs[i].name, wanted))
			return &element->attrs[i];
	}
	return NULL;
}
