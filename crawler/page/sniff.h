#ifndef WV_CRAWLER_PAGE_SNIFF_H
#define WV_CRAWLER_PAGE_SNIFF_H

#include <stddef.h>

#include "config/base/bytes.h"
#include "crawler/page/encoding.h"

/*
 * What bytes say about their own encoding: a byte order mark, a declaration, or only how they are
 * used. Nothing is decoded here.
 */

/* By byte order mark; `*length` is how long it is. NONE if there is none. */
enum wv_encoding wv_sniff_bom(struct wv_slice body, size_t *length);
/*
 * The prescan of the first 1,024 bytes, meta first and then an XML declaration: utf-16 means
 * UTF-8 there, x-user-defined windows-1252. Source: html.spec.whatwg.org 13.2.3.2.
 */
enum wv_encoding wv_sniff_meta(struct wv_slice body);
/* The same for a declaration that stands too late: for a page that nothing else tells about. */
enum wv_encoding wv_sniff_late_meta(struct wv_slice body);
/* The XML declaration alone; UTF-16 without a mark is told by its zero bytes. */
enum wv_encoding wv_sniff_xml(struct wv_slice body);
/* The charset parameter of a Content-Type value or of meta's content; empty if there is none. */
struct wv_slice wv_sniff_charset_of(struct wv_slice content_type);

/*
 * By validity and frequency: UTF-8, ISO-2022-JP, gb18030, Big5, Shift_JIS, EUC-JP, EUC-KR,
 * windows-1251, KOI8-R. NONE where nothing is clearly better than the default.
 */
enum wv_encoding wv_sniff_usage(struct wv_slice body);

/* Length of the longest prefix that is valid UTF-8. */
size_t wv_sniff_utf8_prefix(struct wv_slice body);

#endif
