#ifndef WV_ARCHIVE_VIEW_FRAME_H
#define WV_ARCHIVE_VIEW_FRAME_H

#include "archive/view/address.h"

/*
 * What all pages share: head, skip link, name and navigation, search box, the bar that says as of
 * when one looks (and changes it), notice and take-down contact, and the style sheet and script
 * they load (nothing from elsewhere, nothing inline: the Content-Security-Policy forbids it).
 */
struct wv_frame {
	struct wv_slice title;       /* foreign or ours; the site's name follows */
	struct wv_slice description; /* for search results and previews; may be empty */
	enum wv_place place;         /* which entry of the navigation is current */
	struct wv_address self;      /* this page: for the as-of bar and the language links */
	struct wv_slice query;       /* shown in the search box */
	struct wv_slice feed;        /* the subscription that the page is of, for programs that read feeds */
	const char *wide;            /* NULL, or the class of a page wider than prose: "wide" */
	bool noindex;                /* search engines are asked to pass it over, whatever the settings say */
};
/* From the doctype to <main>. */
void wv_frame_open(struct wv_buf *out, const struct wv_visit *visit, const struct wv_frame *frame);
/* From </main> to the end. */
void wv_frame_close(struct wv_buf *out, const struct wv_visit *visit);

/* Whom to ask for a take-down: a paragraph; nothing where the settings name nobody. */
void wv_frame_contact(struct wv_buf *out, const struct wv_visit *visit);

/* A page of one sentence: not found, taken down, nothing recorded then. `detail` may be empty. */
void wv_frame_notice(struct wv_buf *out, const struct wv_visit *visit, enum wv_phrase title,
                     struct wv_slice detail);

/* --- pieces --- */

/* A link of ours around a phrase; the phrase alone where there is no such page. */
void wv_frame_link(struct wv_buf *out, const struct wv_visit *visit,
                   const struct wv_address *address, enum wv_phrase phrase);
/* The same, with what it is of for those who hear one link after the other: "Compare: HEADLINE". */
void wv_frame_link_of(struct wv_buf *out, const struct wv_visit *visit,
                      const struct wv_address *address, enum wv_phrase phrase,
                      struct wv_slice what, struct wv_slice language);
/* A source's name, as a link to its page; `language` as for a name. */
void wv_frame_source(struct wv_buf *out, const struct wv_visit *visit, struct wv_slice source,
                     struct wv_slice language);
/* A stated time: its own text with offset, the basis, and the interval where it is one. */
void wv_frame_stated(struct wv_buf *out, const struct wv_visit *visit,
                     const struct wv_stated_time *t);
/* The same in a list: its text and zone; the basis only where the instant is not sure. */
void wv_frame_stated_short(struct wv_buf *out, const struct wv_visit *visit,
                           const struct wv_stated_time *t);
/* "from json-ld datePublished", "from the text": where on the page something was found. */
void wv_frame_found(struct wv_buf *out, const struct wv_visit *visit, struct wv_slice found);
/* A headline as a link; where there is none, a marked fallback (first words, else the address). */
void wv_frame_headline(struct wv_buf *out, const struct wv_visit *visit,
                       const struct wv_capture *capture, const struct wv_article *article);
/* What a list shows of an article: its first paragraph that reads like one, else its description. */
struct wv_slice wv_frame_lead(const struct wv_article *article);
/* A row of a list: headline, source, category, time with basis, excerpt (unless nosnippet). */
struct wv_frame_item {
	const struct wv_capture *capture;
	const struct wv_article *article; /* or NULL */
	struct wv_slice excerpt;
	bool no_source, no_category; /* the page says it above, for all */
};
void wv_frame_item(struct wv_buf *out, const struct wv_visit *visit,
                   const struct wv_frame_item *item);

/* style.css and page.js as they are in the program. */
extern const unsigned char wv_style_sheet[], wv_page_script[];
extern const size_t wv_style_sheet_bytes, wv_page_script_bytes;
/* 16 hex digits of their digests, which are in their addresses. */
extern const char wv_style_sheet_version[], wv_page_script_version[];

#endif
