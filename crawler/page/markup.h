#ifndef WV_CRAWLER_PAGE_MARKUP_H
#define WV_CRAWLER_PAGE_MARKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * The vocabulary of HTML: numbers for the element and attribute names that anything here reads,
 * and character references. Numbers are for comparison in memory only; never stored.
 */

/* X(NAME, text): add freely, order does not matter except that UNKNOWN and TEXT come first. */
#define WV_TAG_LIST(X)                                                                             \
	X(A, "a") X(ABBR, "abbr") X(ADDRESS, "address") X(APPLET, "applet") X(AREA, "area")        \
	X(ARTICLE, "article") X(ASIDE, "aside") X(AUDIO, "audio") X(B, "b") X(BASE, "base")        \
	X(BASEFONT, "basefont") X(BDI, "bdi") X(BDO, "bdo") X(BGSOUND, "bgsound") X(BIG, "big")    \
	X(BLINK, "blink") X(BLOCKQUOTE, "blockquote") X(BODY, "body") X(BR, "br")                  \
	X(BUTTON, "button") X(CANVAS, "canvas") X(CAPTION, "caption") X(CENTER, "center")          \
	X(CITE, "cite") X(CODE, "code") X(COL, "col") X(COLGROUP, "colgroup") X(DATA, "data")      \
	X(DATALIST, "datalist") X(DD, "dd") X(DEL, "del") X(DETAILS, "details") X(DFN, "dfn")      \
	X(DIALOG, "dialog") X(DIR, "dir") X(DIV, "div") X(DL, "dl") X(DT, "dt") X(EM, "em")        \
	X(EMBED, "embed") X(FIELDSET, "fieldset") X(FIGCAPTION, "figcaption")                      \
	X(FIGURE, "figure") X(FONT, "font") X(FOOTER, "footer") X(FORM, "form")                    \
	X(FRAME, "frame") X(FRAMESET, "frameset") X(H1, "h1") X(H2, "h2") X(H3, "h3")              \
	X(H4, "h4") X(H5, "h5") X(H6, "h6") X(HEAD, "head") X(HEADER, "header")                    \
	X(HGROUP, "hgroup") X(HR, "hr") X(HTML, "html") X(I, "i") X(IFRAME, "iframe")              \
	X(IMAGE, "image") X(IMG, "img") X(INPUT, "input") X(INS, "ins") X(KBD, "kbd")              \
	X(KEYGEN, "keygen") X(LABEL, "label") X(LEGEND, "legend") X(LI, "li") X(LINK, "link")      \
	X(LISTING, "listing") X(MAIN, "main") X(MAP, "map") X(MARK, "mark")                        \
	X(MARQUEE, "marquee") X(MATH, "math") X(MENU, "menu") X(META, "meta") X(METER, "meter")    \
	X(NAV, "nav") X(NOBR, "nobr") X(NOEMBED, "noembed") X(NOFRAMES, "noframes")                \
	X(NOSCRIPT, "noscript") X(OBJECT, "object") X(OL, "ol") X(OPTGROUP, "optgroup")            \
	X(OPTION, "option") X(OUTPUT, "output") X(P, "p") X(PARAM, "param")                        \
	X(PICTURE, "picture") X(PLAINTEXT, "plaintext") X(PRE, "pre") X(PROGRESS, "progress")      \
	X(Q, "q") X(RB, "rb") X(RP, "rp") X(RT, "rt") X(RTC, "rtc") X(RUBY, "ruby") X(S, "s")      \
	X(SAMP, "samp") X(SCRIPT, "script") X(SEARCH, "search") X(SECTION, "section")              \
	X(SELECT, "select") X(SLOT, "slot") X(SMALL, "small") X(SOURCE, "source")                  \
	X(SPAN, "span") X(STRIKE, "strike") X(STRONG, "strong") X(STYLE, "style") X(SUB, "sub")    \
	X(SUMMARY, "summary") X(SUP, "sup") X(SVG, "svg") X(TABLE, "table") X(TBODY, "tbody")      \
	X(TD, "td") X(TEMPLATE, "template") X(TEXTAREA, "textarea") X(TFOOT, "tfoot")              \
	X(TH, "th") X(THEAD, "thead") X(TIME, "time") X(TITLE, "title") X(TR, "tr")                \
	X(TRACK, "track") X(TT, "tt") X(U, "u") X(UL, "ul") X(VAR, "var") X(VIDEO, "video")        \
	X(WBR, "wbr") X(XMP, "xmp") X(AMP_IMG, "amp-img") X(AMP_IFRAME, "amp-iframe")              \
	X(AMP_AD, "amp-ad")

#define WV_ATTR_LIST(X)                                                                            \
	X(ALT, "alt") X(ARIA_HIDDEN, "aria-hidden") X(ARIA_LABEL, "aria-label")                    \
	X(ARIA_LABELLEDBY, "aria-labelledby") X(ARIA_ROLEDESCRIPTION, "aria-roledescription")      \
	X(AS, "as") X(ASYNC, "async") X(BACKGROUND, "background") X(CHARSET, "charset")            \
	X(CITE, "cite") X(CLASS, "class") X(CLASSID, "classid") X(CODEBASE, "codebase")            \
	X(CONTENT, "content") X(DATA, "data") X(DATA_AUTHOR, "data-author")                        \
	X(DATA_COMPONENT, "data-component") X(DATA_COMPONENT_NAME, "data-component-name")          \
	X(DATA_DATE, "data-date") X(DATA_DATETIME, "data-datetime")                                \
	X(DATA_LAZY_SRC, "data-lazy-src") X(DATA_LAZY_SRCSET, "data-lazy-srcset")                  \
	X(DATA_MODULE, "data-module") X(DATA_NAME, "data-name")                                    \
	X(DATA_ORIGINAL, "data-original") X(DATA_PUBLISHED, "data-published") X(DATA_QA, "data-qa") \
	X(DATA_ROLE, "data-role") X(DATA_SRC, "data-src") X(DATA_SRCSET, "data-srcset")            \
	X(DATA_TEST_ID, "data-test-id") X(DATA_TESTID, "data-testid") X(DATA_TIME, "data-time")    \
	X(DATA_TIMESTAMP, "data-timestamp") X(DATA_TYPE, "data-type") X(DATA_UTIME, "data-utime")  \
	X(DATETIME, "datetime") X(DIR, "dir") X(HIDDEN, "hidden") X(HREF, "href")                  \
	X(HREFLANG, "hreflang") X(HTTP_EQUIV, "http-equiv") X(ID, "id") X(IMAGESRCSET, "imagesrcset") \
	X(ITEMID, "itemid") X(ITEMPROP, "itemprop") X(ITEMSCOPE, "itemscope")                      \
	X(ITEMTYPE, "itemtype") X(LANG, "lang") X(LONGDESC, "longdesc") X(MEDIA, "media")          \
	X(NAME, "name") X(POSTER, "poster") X(PROPERTY, "property") X(PUBDATE, "pubdate")          \
	X(REL, "rel") X(RESOURCE, "resource") X(ROLE, "role") X(SHADOWROOT, "shadowroot")          \
	X(SHADOWROOTMODE, "shadowrootmode") X(SIZES, "sizes") X(SRC, "src") X(SRCSET, "srcset")    \
	X(STYLE, "style") X(TARGET, "target") X(TITLE, "title") X(TYPE, "type")                    \
	X(TYPEOF, "typeof") X(VALUE, "value") X(VOCAB, "vocab") X(XML_LANG, "xml:lang")

enum wv_tag {
	WV_TAG_UNKNOWN, /* an element whose name is none of these */
	WV_TAG_TEXT,    /* tree only: a text node */
#define WV_TAG_ENUM(name, text) WV_TAG_##name,
	WV_TAG_LIST(WV_TAG_ENUM)
#undef WV_TAG_ENUM
	WV_TAG_COUNT
};

enum wv_attr_name {
	WV_ATTR_UNKNOWN,
#define WV_ATTR_ENUM(name, text) WV_ATTR_##name,
	WV_ATTR_LIST(WV_ATTR_ENUM)
#undef WV_ATTR_ENUM
	WV_ATTR_COUNT
};

/* By name, ASCII case ignored. UNKNOWN if none. */
enum wv_tag wv_tag_find(struct wv_slice name);
enum wv_attr_name wv_attr_find(struct wv_slice name);
/*
 * The same for many names: a small table made at the start of a page (a microsecond), since a
 * page has thousands.
 */
#define WV_NAMES_BITS  9
#define WV_NAMES_SLOTS (1u << WV_NAMES_BITS)
struct wv_names {
	unsigned char tags[WV_NAMES_SLOTS];
	unsigned char attrs[WV_NAMES_SLOTS];
	uint64_t tag_keys[WV_TAG_COUNT]; /* their first eight bytes */
	uint64_t attr_keys[WV_ATTR_COUNT];
};
void wv_names_init(struct wv_names *names);
enum wv_tag wv_names_tag(const struct wv_names *names, struct wv_slice name);
enum wv_attr_name wv_names_attr(const struct wv_names *names, struct wv_slice name);
/* The lower-case name; empty for UNKNOWN and TEXT. */
struct wv_slice wv_tag_text(enum wv_tag tag);
struct wv_slice wv_attr_text(enum wv_attr_name attr);
/* Never has content: br, img, meta ... */
bool wv_tag_is_void(enum wv_tag tag);

/*
 * Replaces character references (&amp; &#x4e2d; &hellip; and those without semicolon, by the rule
 * for attributes where `in_attribute`). Gives `s` itself where it has no '&'; else a copy in
 * `arena`, never longer than `s` by more than half. Out of memory: the empty slice, NULL.
 * Source: html.spec.whatwg.org 13.2.5.72 and 13.5.
 */
struct wv_slice wv_markup_decode(struct wv_arena *arena, struct wv_slice s, bool in_attribute);

/* References replaced, runs of space (U+00A0, U+3000, U+200B too) made one, ends trimmed, cut. */
struct wv_slice wv_markup_squeeze(struct wv_arena *arena, struct wv_slice s, size_t cap_bytes);

/*
 * The text of a piece of markup, for short pieces such as an anchor's inside: tags and comments
 * dropped (img gives its alt where nothing else is there), references replaced, white space
 * squeezed. Cut at `cap_bytes` at a character's border. Out of memory: empty.
 */
struct wv_slice wv_markup_text(struct wv_arena *arena, struct wv_slice markup, size_t cap_bytes);

#endif
