#include "crawler/page/words.h"

#include "config/base/text.h"

const char *wv_reason_name(enum wv_reason reason)
{
	static const char *const names[] = {
		"none",     "related",   "share",    "comments", "navigation", "advertisement",
		"newsletter", "caption", "author-box", "meta",   "footer",     "sidebar",
		"paywall",  "consent",   "hidden",   "video",    "overlay",    "editor-line",
		"source-line", "notice", "title",    "links",    "repeated",   "site",
		"label",    "outside"};

	_Static_assert(WV_COUNT(names) == WV_REASON_COUNT, "a name a reason");
	return (unsigned)reason < WV_COUNT(names) ? names[reason] : "none";
}

/* ------------------------------------------------------- words in class and id */

enum hint_mode { HINT_WORD, HINT_PREFIX };

struct hint_word {
	const char *word;
	enum hint_mode mode;
	uint32_t bits;
};

#define H(reason) WV_HINT(WV_REASON_##reason)
/* By first letter, so that a word meets a handful of rows. */
static const struct hint_word hint_words[] = {
	{"actions", HINT_WORD, H(SHARE)},
	{"ad", HINT_WORD, H(ADVERT)},
	{"addthis", HINT_PREFIX, H(SHARE)},
	{"addtoany", HINT_PREFIX, H(SHARE)},
	{"ads", HINT_WORD, H(ADVERT)},
	{"adv", HINT_WORD, H(ADVERT)},
	{"advert", HINT_PREFIX, H(ADVERT)},
	{"aside", HINT_WORD, H(SIDEBAR)},
	{"attribution", HINT_WORD, H(CAPTION)},
	{"author", HINT_PREFIX, H(AUTHOR_BOX) | WV_HINT_AUTHOR},
	{"autor", HINT_PREFIX, H(AUTHOR_BOX) | WV_HINT_AUTHOR},
	{"auteur", HINT_PREFIX, H(AUTHOR_BOX) | WV_HINT_AUTHOR},
	{"banner", HINT_PREFIX, H(ADVERT)},
	{"bio", HINT_WORD, H(AUTHOR_BOX)},
	{"breadcrumb", HINT_PREFIX, H(NAVIGATION)},
	{"byline", HINT_PREFIX, H(META) | WV_HINT_AUTHOR},
	{"button", HINT_WORD, H(SHARE)},
	{"buttons", HINT_WORD, H(SHARE)},
	{"caption", HINT_PREFIX, H(CAPTION)},
	{"carousel", HINT_PREFIX, H(RELATED)},
	{"cmp", HINT_WORD, H(CONSENT)},
	{"columnist", HINT_WORD, H(AUTHOR_BOX)},
	{"comment", HINT_PREFIX, H(COMMENTS)},
	{"comentario", HINT_PREFIX, H(COMMENTS)},
	{"consent", HINT_PREFIX, H(CONSENT)},
	{"contributor", HINT_PREFIX, H(AUTHOR_BOX)},
	{"cookie", HINT_PREFIX, H(CONSENT)},
	{"copyright", HINT_PREFIX, H(NOTICE)},
	{"crumb", HINT_PREFIX, H(NAVIGATION)},
	{"credit", HINT_PREFIX, H(CAPTION)},
	{"cta", HINT_WORD, H(NEWSLETTER)},
	{"date", HINT_WORD, H(META) | WV_HINT_DATE},
	{"dateline", HINT_WORD, WV_HINT_DATE},
	{"datetime", HINT_WORD, H(META) | WV_HINT_DATE},
	{"disclaimer", HINT_PREFIX, H(NOTICE)},
	{"disqus", HINT_PREFIX, H(COMMENTS)},
	{"donate", HINT_PREFIX, H(NEWSLETTER)},
	{"donation", HINT_PREFIX, H(NEWSLETTER)},
	{"editor", HINT_WORD, H(EDITOR)},
	{"elsewhere", HINT_WORD, H(RELATED)},
	{"facebook", HINT_PREFIX, H(SHARE)},
	{"fb", HINT_WORD, H(SHARE)},
	{"figcaption", HINT_PREFIX, H(CAPTION)},
	{"follow", HINT_WORD, H(SHARE)},
	{"footer", HINT_PREFIX, H(FOOTER)},
	{"foot", HINT_WORD, H(FOOTER)},
	{"gdpr", HINT_PREFIX, H(CONSENT)},
	{"headline", HINT_WORD, WV_HINT_TITLE},
	{"hot", HINT_WORD, H(RELATED)},
	{"jwplayer", HINT_PREFIX, H(VIDEO)},
	{"keywords", HINT_WORD, H(META)},
	{"kicker", HINT_WORD, H(META)},
	{"legend", HINT_WORD, H(CAPTION)},
	{"lightbox", HINT_PREFIX, H(OVERLAY)},
	{"login", HINT_PREFIX, H(PAYWALL)},
	{"menu", HINT_PREFIX, H(NAVIGATION)},
	{"meta", HINT_WORD, H(META)},
	{"metadata", HINT_PREFIX, H(META)},
	{"modal", HINT_PREFIX, H(OVERLAY)},
	{"more", HINT_WORD, H(RELATED)},
	{"mostread", HINT_PREFIX, H(RELATED)},
	{"mostpopular", HINT_PREFIX, H(RELATED)},
	{"nav", HINT_WORD, H(NAVIGATION)},
	{"navbar", HINT_PREFIX, H(NAVIGATION)},
	{"navigation", HINT_PREFIX, H(NAVIGATION)},
	{"newsletter", HINT_PREFIX, H(NEWSLETTER)},
	{"next", HINT_WORD, H(RELATED)},
	{"outbrain", HINT_PREFIX, H(RELATED)},
	{"overlay", HINT_PREFIX, H(OVERLAY)},
	{"pager", HINT_WORD, H(NAVIGATION)},
	{"pagination", HINT_PREFIX, H(NAVIGATION)},
	{"paywall", HINT_PREFIX, H(PAYWALL)},
	{"photographer", HINT_PREFIX, H(CAPTION)},
	{"player", HINT_WORD, H(VIDEO)},
	{"popular", HINT_PREFIX, H(RELATED)},
	{"popup", HINT_PREFIX, H(OVERLAY)},
	{"premium", HINT_WORD, H(PAYWALL)},
	{"prev", HINT_WORD, H(NAVIGATION)},
	{"promo", HINT_PREFIX, H(ADVERT)},
	{"pubdate", HINT_PREFIX, H(META) | WV_HINT_DATE},
	{"published", HINT_WORD, H(META) | WV_HINT_DATE},
	{"publishtime", HINT_PREFIX, H(META) | WV_HINT_DATE},
	{"rail", HINT_WORD, H(SIDEBAR)},
	{"rating", HINT_PREFIX, H(META)},
	{"reader", HINT_WORD, H(COMMENTS)},
	{"readmore", HINT_PREFIX, H(RELATED)},
	{"readnext", HINT_PREFIX, H(RELATED)},
	{"recirc", HINT_PREFIX, H(RELATED)},
	{"recommend", HINT_PREFIX, H(RELATED)},
	{"recommended", HINT_PREFIX, H(RELATED)},
	{"regwall", HINT_PREFIX, H(PAYWALL)},
	{"rel", HINT_WORD, H(RELATED)},
	{"related", HINT_PREFIX, H(RELATED)},
	{"relacionad", HINT_PREFIX, H(RELATED)},
	{"relevant", HINT_WORD, H(RELATED)},
	{"replies", HINT_WORD, H(COMMENTS)},
	{"reply", HINT_WORD, H(COMMENTS)},
	{"respond", HINT_WORD, H(COMMENTS)},
	{"screenreader", HINT_PREFIX, H(HIDDEN)},
	{"share", HINT_PREFIX, H(SHARE)},
	{"sharing", HINT_PREFIX, H(SHARE)},
	{"shariff", HINT_PREFIX, H(SHARE)},
	{"sidebar", HINT_PREFIX, H(SIDEBAR)},
	{"signup", HINT_PREFIX, H(NEWSLETTER)},
	{"skip", HINT_WORD, H(NAVIGATION)},
	{"social", HINT_PREFIX, H(SHARE)},
	{"sponsor", HINT_PREFIX, H(ADVERT)},
	{"subscribe", HINT_PREFIX, H(NEWSLETTER)},
	{"subscription", HINT_PREFIX, H(NEWSLETTER)},
	{"taboola", HINT_PREFIX, H(RELATED)},
	{"tag", HINT_WORD, H(META)},
	{"taglist", HINT_PREFIX, H(META)},
	{"tags", HINT_WORD, H(META)},
	{"teaser", HINT_PREFIX, H(RELATED)},
	{"time", HINT_WORD, WV_HINT_DATE},
	{"timestamp", HINT_PREFIX, H(META) | WV_HINT_DATE},
	{"tooltip", HINT_PREFIX, H(HIDDEN)},
	{"topic", HINT_WORD, H(META)},
	{"topics", HINT_WORD, H(META)},
	{"trending", HINT_PREFIX, H(RELATED)},
	{"tweet", HINT_WORD, H(SHARE)},
	{"twitter", HINT_WORD, H(SHARE)},
	{"verwandt", HINT_PREFIX, H(RELATED)},
	{"video", HINT_WORD, H(VIDEO)},
	{"whatsapp", HINT_PREFIX, H(SHARE)},
	{"widget", HINT_PREFIX, H(SIDEBAR)},
};

/* Names squeezed to letters that mean the body, whatever their spelling. */
static const char *const body_names[] = {
	"articlebody",  "articlecontent", "articletext",  "articlemain",  "entrycontent",
	"postcontent",  "postbody",       "storybody",    "storycontent", "storytext",
	"bodycopy",     "bodytext",       "newscontent",  "newstext",     "newsbody",
	"contentbody",  "maincontent",    "maintext",     "textcontent",  "richtext",
	"trseditor",    "contenttext",    "detailcontent", "detailbody",  "artibody",
	"artikeltext",  "articulo",       "cuerponoticia", "textonoticia", "corpoarticolo",
	"jscontent",    "endtext",        "pagecontent",  "contentarticle", "fulltext",
	"blogcontent",  "singlecontent",  "ueditor",      "contenido",    "honbun",
	"newsdetail",   "articledetail",  "storydetail",
};

static uint32_t word_bits(const unsigned char *word, size_t n)
{
	static const size_t count = WV_COUNT(hint_words);
	uint32_t bits = 0;
	size_t low = 0, high = count;

	/* To the first row whose first letter is the word's. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((unsigned char)hint_words[middle].word[0] < word[0])
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < count && (unsigned char)hint_words[low].word[0] == word[0]; low++) {
		const struct hint_word *row = &hint_words[low];
		size_t length = strlen(row->word);

		if (length > n || memcmp(row->word, word, length) != 0)
			continue;
		if (length == n || row->mode == HINT_PREFIX)
			bits |= row->bits;
	}
	return bits;
}

uint32_t wv_words_hints(struct wv_slice name)
{
	unsigned char word[32], squeezed[64];
	size_t n = 0, total = 0;
	uint32_t bits = 0;

	name = wv_slice_part(name, 0, 300);
	for (size_t i = 0; i <= name.n; i++) {
		unsigned char c = i < name.n ? name.p[i] : ' ';
		bool is_letter = wv_byte_is_alpha(c);
		bool is_hump = is_letter && c <= 'Z' && i > 0 && name.p[i - 1] >= 'a' &&
			       name.p[i - 1] <= 'z';

		if ((!is_letter || is_hump) && n > 0) {
			bits |= word_bits(word, n);
			n = 0;
		}
		if (is_letter && n < sizeof(word))
			word[n++] = (unsigned char)(c | 32);
		if (is_letter && total < sizeof(squeezed))
			squeezed[total++] = (unsigned char)(c | 32);
		if (wv_byte_is_space(c) && total > 0) {
			for (size_t k = 0; k < WV_COUNT(body_names); k++) {
				size_t length = strlen(body_names[k]);

				if (total >= length &&
				    wv_slice_find(wv_slice(squeezed, total),
						  wv_slice(body_names[k], length),
						  0) != SIZE_MAX)
					bits |= WV_HINT_BODY;
			}
			total = 0;
		}
	}
	return bits;
}

/* ------------------------------------------------------------- lines of text */

enum phrase_mode { EXACT, PREFIX, CONTAINS };

struct phrase_row {
	const char *text;
	enum phrase_mode mode;
	enum wv_reason reason;
	uint16_t max_units;
	bool opens;
};

#define R(text, mode, reason, units) {text, mode, WV_REASON_##reason, units, false}
#define O(text, mode, reason, units) {text, mode, WV_REASON_##reason, units, true}

static const struct phrase_row phrases[] = {
#include "crawler/page/words_phrases.h"
};

static bool is_trailing(uint32_t c)
{
	switch (c) {
	case ':':
	case 0xff1a:
	case 0xbb:
	case 0x203a:
	case '>':
	case '.':
	case 0x2026:
	case 0x2192:
	case '-':
	case '|':
	case '!':
	case 0x3011:
	case ']':
	case ')':
	case 0x25bc:
	case 0x25b6:
		return true;
	default:
		return wv_text_is_space(c);
	}
}

static bool is_leading(uint32_t c)
{
	switch (c) {
	case '[':
	case '(':
	case '*':
	case '-':
	case '|':
	case '>':
	case 0xff08:
	case 0x3010:
	case 0x300a:
	case 0x25a0:
	case 0x25b6:
	case 0x25ba:
	case 0x25cf:
	case 0x25c6:
	case 0x2022:
	case 0x2013:
	case 0x2014:
	case 0x2192:
	case 0xbb:
	case 0x201c:
	case '"':
		return true;
	default:
		return wv_text_is_space(c);
	}
}

struct wv_slice wv_words_lower(struct wv_slice text, unsigned char *out, size_t room)
{
	size_t begin = 0, n = 0;

	while (begin < text.n) {
		size_t next = begin;

		if (!is_leading(wv_text_next(text, &next)))
			break;
		begin = next;
	}
	for (size_t i = begin; i < text.n && n < room; i++) {
		unsigned char c = text.p[i];

		/* U+2019 and U+00A0 as ' and space: phrases are written with those. */
		if (c == 0xe2 && text.n - i >= 3 && text.p[i + 1] == 0x80 &&
		    (text.p[i + 2] == 0x99 || text.p[i + 2] == 0x98)) {
			out[n++] = '\'';
			i += 2;
		} else if (c == 0xc2 && text.n - i >= 2 && text.p[i + 1] == 0xa0) {
			out[n++] = ' ';
			i++;
		} else if (c == 0xc3 && text.n - i >= 2 && text.p[i + 1] >= 0x80 &&
			   text.p[i + 1] <= 0x9e && room - n >= 2) {
			out[n++] = c;
			out[n++] = (unsigned char)(text.p[++i] + 32);
		} else if (c == 0xd0 && text.n - i >= 2 && text.p[i + 1] >= 0x90 &&
			   text.p[i + 1] <= 0xaf && room - n >= 2) {
			/* А..Я */
			unsigned char low = text.p[++i];

			out[n++] = low >= 0xa0 ? 0xd1 : 0xd0;
			out[n++] = (unsigned char)(low >= 0xa0 ? low - 0x20 : low + 0x20);
		} else {
			out[n++] = wv_byte_lower(c);
		}
	}
	while (n > 0) {
		size_t before = n;

		if (!is_trailing(wv_text_previous(wv_slice(out, n), &before)))
			break;
		n = before;
	}
	return wv_slice(out, n);
}

struct wv_phrase wv_words_phrase(struct wv_slice text, uint32_t units)
{
	unsigned char room[400];
	struct wv_phrase result = {WV_REASON_NONE, false};
	struct wv_slice low;

	if (units > 160 || text.n == 0)
		return result;
	low = wv_words_lower(text, room, sizeof(room));
	if (low.n == 0)
		return result;
	for (size_t i = 0; i < WV_COUNT(phrases); i++) {
		const struct phrase_row *row = &phrases[i];
		size_t n;

		if (units > row->max_units)
			continue;
		if (row->mode != CONTAINS && (unsigned char)row->text[0] != low.p[0])
			continue;
		n = strlen(row->text);
		if (n > low.n)
			continue;
		if (row->mode == CONTAINS) {
			if (wv_slice_find(low, wv_slice(row->text, n), 0) == SIZE_MAX)
				continue;
		} else if (memcmp(low.p, row->text, n) != 0 ||
			   (row->mode == EXACT && n != low.n)) {
			continue;
		} else if (row->mode == PREFIX && n < low.n && wv_byte_is_alnum(low.p[n]) &&
			   wv_byte_is_alnum((unsigned char)row->text[n - 1])) {
			continue; /* "related" is no prefix of "relatedness" */
		}
		result.reason = row->reason;
		result.opens = row->opens;
		return result;
	}
	return result;
}
