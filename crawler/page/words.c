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
	uint8_t length;
	enum hint_mode mode;
	uint32_t bits;
};
#define W(word, mode, bits) {word, sizeof(word) - 1, mode, bits}

#define H(reason) WV_HINT(WV_REASON_##reason)
/* By first letter, so that a word meets a handful of rows. */
static const struct hint_word hint_words[] = {
	W("actions", HINT_WORD, H(SHARE)),
	W("ad", HINT_WORD, H(ADVERT)),
	W("addthis", HINT_PREFIX, H(SHARE)),
	W("addtoany", HINT_PREFIX, H(SHARE)),
	W("ads", HINT_WORD, H(ADVERT)),
	W("adv", HINT_WORD, H(ADVERT)),
	W("advert", HINT_PREFIX, H(ADVERT)),
	W("aside", HINT_WORD, H(SIDEBAR)),
	W("attribution", HINT_WORD, H(CAPTION)),
	W("author", HINT_PREFIX, H(AUTHOR_BOX) | WV_HINT_AUTHOR),
	W("autor", HINT_PREFIX, H(AUTHOR_BOX) | WV_HINT_AUTHOR),
	W("auteur", HINT_PREFIX, H(AUTHOR_BOX) | WV_HINT_AUTHOR),
	W("banner", HINT_PREFIX, H(ADVERT)),
	W("bio", HINT_WORD, H(AUTHOR_BOX)),
	W("breadcrumb", HINT_PREFIX, H(NAVIGATION)),
	W("byline", HINT_PREFIX, H(META) | WV_HINT_AUTHOR),
	W("button", HINT_WORD, H(SHARE)),
	W("buttons", HINT_WORD, H(SHARE)),
	W("caption", HINT_PREFIX, H(CAPTION)),
	W("carousel", HINT_PREFIX, H(RELATED)),
	W("cmp", HINT_WORD, H(CONSENT)),
	W("columnist", HINT_WORD, H(AUTHOR_BOX)),
	W("comment", HINT_PREFIX, H(COMMENTS)),
	W("comentario", HINT_PREFIX, H(COMMENTS)),
	W("consent", HINT_PREFIX, H(CONSENT)),
	W("contributor", HINT_PREFIX, H(AUTHOR_BOX)),
	W("cookie", HINT_PREFIX, H(CONSENT)),
	W("copyright", HINT_PREFIX, H(NOTICE)),
	W("crumb", HINT_PREFIX, H(NAVIGATION)),
	W("credit", HINT_PREFIX, H(CAPTION)),
	W("cta", HINT_WORD, H(NEWSLETTER)),
	W("date", HINT_WORD, H(META) | WV_HINT_DATE),
	W("dateline", HINT_WORD, WV_HINT_DATE),
	W("datetime", HINT_WORD, H(META) | WV_HINT_DATE),
	W("disclaimer", HINT_PREFIX, H(NOTICE)),
	W("disqus", HINT_PREFIX, H(COMMENTS)),
	W("donate", HINT_PREFIX, H(NEWSLETTER)),
	W("donation", HINT_PREFIX, H(NEWSLETTER)),
	W("editor", HINT_WORD, H(EDITOR)),
	W("elsewhere", HINT_WORD, H(RELATED)),
	W("facebook", HINT_PREFIX, H(SHARE)),
	W("figcaption", HINT_PREFIX, H(CAPTION)),
	W("follow", HINT_WORD, H(SHARE)),
	W("footer", HINT_PREFIX, H(FOOTER)),
	W("foot", HINT_WORD, H(FOOTER)),
	W("gdpr", HINT_PREFIX, H(CONSENT)),
	W("headline", HINT_WORD, WV_HINT_TITLE),
	W("hot", HINT_WORD, H(RELATED)),
	W("jwplayer", HINT_PREFIX, H(VIDEO)),
	W("keywords", HINT_WORD, H(META)),
	W("kicker", HINT_WORD, H(META)),
	W("legend", HINT_WORD, H(CAPTION)),
	W("lightbox", HINT_PREFIX, H(OVERLAY)),
	W("login", HINT_PREFIX, H(PAYWALL)),
	W("menu", HINT_PREFIX, H(NAVIGATION)),
	W("meta", HINT_WORD, H(META)),
	W("metadata", HINT_PREFIX, H(META)),
	W("modal", HINT_PREFIX, H(OVERLAY)),
	W("more", HINT_WORD, H(RELATED)),
	W("mostread", HINT_PREFIX, H(RELATED)),
	W("mostpopular", HINT_PREFIX, H(RELATED)),
	W("nav", HINT_WORD, H(NAVIGATION)),
	W("navbar", HINT_PREFIX, H(NAVIGATION)),
	W("navigation", HINT_PREFIX, H(NAVIGATION)),
	W("newsletter", HINT_PREFIX, H(NEWSLETTER)),
	W("next", HINT_WORD, H(RELATED)),
	W("outbrain", HINT_PREFIX, H(RELATED)),
	W("overlay", HINT_PREFIX, H(OVERLAY)),
	W("pager", HINT_WORD, H(NAVIGATION)),
	W("pagination", HINT_PREFIX, H(NAVIGATION)),
	W("paywall", HINT_PREFIX, H(PAYWALL)),
	W("photographer", HINT_PREFIX, H(CAPTION)),
	W("player", HINT_WORD, H(VIDEO)),
	W("popular", HINT_PREFIX, H(RELATED)),
	W("popup", HINT_PREFIX, H(OVERLAY)),
	W("premium", HINT_WORD, H(PAYWALL)),
	W("prev", HINT_WORD, H(NAVIGATION)),
	W("promo", HINT_PREFIX, H(ADVERT)),
	W("pubdate", HINT_PREFIX, H(META) | WV_HINT_DATE),
	W("published", HINT_WORD, H(META) | WV_HINT_DATE),
	W("publishtime", HINT_PREFIX, H(META) | WV_HINT_DATE),
	W("rail", HINT_WORD, H(SIDEBAR)),
	W("rating", HINT_PREFIX, H(META)),
	W("reader", HINT_WORD, H(COMMENTS)),
	W("readmore", HINT_PREFIX, H(RELATED)),
	W("readnext", HINT_PREFIX, H(RELATED)),
	W("recirc", HINT_PREFIX, H(RELATED)),
	W("recommend", HINT_PREFIX, H(RELATED)),
	W("recommended", HINT_PREFIX, H(RELATED)),
	W("regwall", HINT_PREFIX, H(PAYWALL)),
	W("rel", HINT_WORD, H(RELATED)),
	W("related", HINT_PREFIX, H(RELATED)),
	W("relacionad", HINT_PREFIX, H(RELATED)),
	W("relevant", HINT_WORD, H(RELATED)),
	W("replies", HINT_WORD, H(COMMENTS)),
	W("reply", HINT_WORD, H(COMMENTS)),
	W("respond", HINT_WORD, H(COMMENTS)),
	W("screenreader", HINT_PREFIX, H(HIDDEN)),
	W("share", HINT_PREFIX, H(SHARE)),
	W("sharing", HINT_PREFIX, H(SHARE)),
	W("shariff", HINT_PREFIX, H(SHARE)),
	W("sidebar", HINT_PREFIX, H(SIDEBAR)),
	W("signup", HINT_PREFIX, H(NEWSLETTER)),
	W("skip", HINT_WORD, H(NAVIGATION)),
	W("social", HINT_PREFIX, H(SHARE)),
	W("sponsor", HINT_PREFIX, H(ADVERT)),
	W("subscribe", HINT_PREFIX, H(NEWSLETTER)),
	W("subscription", HINT_PREFIX, H(NEWSLETTER)),
	W("taboola", HINT_PREFIX, H(RELATED)),
	W("tag", HINT_WORD, H(META)),
	W("taglist", HINT_PREFIX, H(META)),
	W("tags", HINT_WORD, H(META)),
	W("teaser", HINT_PREFIX, H(RELATED)),
	W("time", HINT_WORD, WV_HINT_DATE),
	W("timestamp", HINT_PREFIX, H(META) | WV_HINT_DATE),
	W("tooltip", HINT_PREFIX, H(HIDDEN)),
	W("topic", HINT_WORD, H(META)),
	W("topics", HINT_WORD, H(META)),
	W("trending", HINT_PREFIX, H(RELATED)),
	W("tweet", HINT_WORD, H(SHARE)),
	W("twitter", HINT_WORD, H(SHARE)),
	W("verwandt", HINT_PREFIX, H(RELATED)),
	W("video", HINT_WORD, H(VIDEO)),
	W("whatsapp", HINT_PREFIX, H(SHARE)),
	W("widget", HINT_PREFIX, H(SIDEBAR)),
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
		size_t length = row->length;

		if (length > n || memcmp(row->word, word, length) != 0)
			continue;
		if (length == n || row->mode == HINT_PREFIX)
			bits |= row->bits;
	}
	return bits;
}

/* Parts that every row of body_names holds one of, so that most names are done with few looks. */
static bool may_be_body(struct wv_slice squeezed)
{
	static const char *const parts[] = {"conten", "text",    "body",  "copy",  "main",
					    "detail", "editor",  "artic", "cuerpo", "corpo",
					    "honbun"};

	/* One pass over a short name: a search for each part would look at it eleven times. */
	for (size_t at = 0; at < squeezed.n; at++) {
		for (size_t i = 0; i < WV_COUNT(parts); i++) {
			size_t n = 1;

			if (squeezed.p[at] != (unsigned char)parts[i][0])
				continue;
			while (parts[i][n] && at + n < squeezed.n &&
			       squeezed.p[at + n] == (unsigned char)parts[i][n])
				n++;
			if (!parts[i][n])
				return true;
		}
	}
	return false;
}

/* Names are short: where a row begins is sooner found than searched for. */
static bool is_body(const unsigned char *squeezed, size_t total)
{
	for (size_t k = 0; k < WV_COUNT(body_names); k++) {
		const char *row = body_names[k];
		size_t length = strlen(row);

		for (size_t at = 0; at + length <= total; at++)
			if (squeezed[at] == (unsigned char)row[0] &&
			    memcmp(squeezed + at, row, length) == 0)
				return true;
	}
	return false;
}

uint32_t wv_words_hints(struct wv_slice name)
{
	unsigned char word[32], squeezed[64];
	size_t n = 0, total = 0;
	uint32_t bits = 0;
	bool has_digit = false;

	name = wv_slice_part(name, 0, 300);
	for (size_t i = 0; i <= name.n; i++) {
		unsigned char c = i < name.n ? name.p[i] : ' ';
		bool is_letter = wv_byte_is_alpha(c);
		bool is_hump = is_letter && c <= 'Z' && i > 0 && name.p[i - 1] >= 'a' &&
			       name.p[i - 1] <= 'z';

		if ((!wv_byte_is_alnum(c) || is_hump) && n > 0) {
			/* The "ad" in a generated "x3ad9" is no word: digits spoil a word. */
			if (!has_digit)
				bits |= word_bits(word, n);
			n = 0;
			has_digit = false;
		}
		has_digit |= wv_byte_is_digit(c);
		if (wv_byte_is_alnum(c) && n < sizeof(word))
			word[n++] = wv_byte_lower(c);
		if (is_letter && total < sizeof(squeezed))
			squeezed[total++] = (unsigned char)(c | 32);
		if (wv_byte_is_space(c) && total > 0) {
			if (total >= 6 && may_be_body(wv_slice(squeezed, total)) &&
			    is_body(squeezed, total))
				bits |= WV_HINT_BODY;
			total = 0;
		}
	}
	return bits;
}

/* ------------------------------------------------------------- lines of text */

/* COUNTED: contained, a number before it or a quotation behind: "12 comments on", "comments on “X”". */
enum phrase_mode { EXACT, PREFIX, CONTAINS, COUNTED };

struct phrase_row {
	const char *text;
	uint8_t length;
	enum phrase_mode mode;
	enum wv_reason reason;
	uint16_t max_units;
	bool opens;
};

#define R(text, mode, reason, units) {text, sizeof(text) - 1, mode, WV_REASON_##reason, units, false}
#define O(text, mode, reason, units) {text, sizeof(text) - 1, mode, WV_REASON_##reason, units, true}

static const struct phrase_row phrases[] = {
#include "crawler/page/words_phrases.def"
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

static bool is_stamp(struct wv_slice s)
{
	return s.n >= 19 && wv_byte_is_digit(s.p[0]) && s.p[4] == '-' && s.p[7] == '-' &&
	       (s.p[10] == 'T' || s.p[10] == ' ') && s.p[13] == ':' && s.p[16] == ':';
}

/* "2023-01-10 10:30:00 2023-01-10 11:00:00 Story hour": an entry for the reader's calendar. */
static bool is_calendar_entry(struct wv_slice text)
{
	return is_stamp(text) && text.n > 40 && text.p[19] == ' ' && is_stamp(wv_slice_from(text, 20));
}

/* 2019-11-13T23:06:00+01:00, https://img.example/a.jpg: values for machines. */
static bool is_machine_value(struct wv_slice text)
{
	static const char *const ends[] = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".svg"};

	/* 1/3: of a gallery. */
	if (text.n >= 3 && text.n <= 5 && wv_slice_find_byte(text, '/', 0) < 3 &&
	    wv_byte_is_digit(text.p[0]) && wv_byte_is_digit(text.p[text.n - 1]))
		return true;
	if (text.n < 12 || text.n > 500 || wv_slice_find_byte(text, ' ', 0) != SIZE_MAX)
		return false;
	if (wv_byte_is_digit(text.p[0]) && text.p[4] == '-' && text.p[10] == 'T')
		return true;
	for (size_t i = 0; wv_slice_starts(text, WV_LIT("http")) && i < WV_COUNT(ends); i++)
		if (wv_slice_ends(text, wv_slice_of(ends[i])))
			return true;
	return false;
}

bool wv_words_is_placeholder(struct wv_slice text)
{
	return is_machine_value(text) || is_calendar_entry(text) ||
	       (wv_slice_starts(text, WV_LIT("$$")) && wv_slice_ends(text, WV_LIT("$$"))) ||
	       (wv_slice_starts(text, WV_LIT("{{")) && wv_slice_ends(text, WV_LIT("}}"))) ||
	       (wv_slice_starts(text, WV_LIT("{\"")) && wv_slice_ends(text, WV_LIT("}")));
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

/* Pairs of bytes that a text holds, as a filter: a phrase whose first or last pair is absent is
 * absent. */
#define PAIR_SLOTS 1024u

static unsigned pair_slot(unsigned char a, unsigned char b)
{
	return (a * 37u + b * 101u) % PAIR_SLOTS;
}

static bool has_pair(const uint64_t *pairs, const char *pair)
{
	unsigned slot = pair_slot((unsigned char)pair[0], (unsigned char)pair[1]);

	return pairs[slot / 64] >> slot % 64 & 1;
}

/* A heading "What she thinks and comments on" opens no thread. */
static bool is_counted(struct wv_slice low, struct wv_slice phrase)
{
	static const char *const quotes[] = {"\"", "'", "“", "„", "«", "»", "‹"};
	size_t at = wv_slice_find(low, phrase, 0);
	struct wv_slice rest;

	if (at == SIZE_MAX)
		return false;
	if (at >= 2 && low.p[at - 1] == ' ' && wv_byte_is_digit(low.p[at - 2]))
		return true;
	rest = wv_slice_trim(wv_slice_from(low, at + phrase.n));
	for (size_t i = 0; i < WV_COUNT(quotes); i++)
		if (wv_slice_starts(rest, wv_slice_of(quotes[i])))
			return true;
	return false;
}

struct wv_phrase wv_words_phrase(struct wv_slice text, uint32_t units)
{
	unsigned char room[400];
	uint64_t pairs[PAIR_SLOTS / 64] = {0};
	struct wv_phrase result = {WV_REASON_NONE, false, false};
	struct wv_slice low;

	if (units > 160 || text.n == 0)
		return result;
	low = wv_words_lower(text, room, sizeof(room));
	if (low.n == 0)
		return result;
	for (size_t i = 0; i + 1 < low.n; i++) {
		unsigned slot = pair_slot(low.p[i], low.p[i + 1]);

		pairs[slot / 64] |= UINT64_C(1) << slot % 64;
	}
	for (size_t i = 0; i < WV_COUNT(phrases); i++) {
		const struct phrase_row *row = &phrases[i];
		size_t n;

		if (units > row->max_units)
			continue;
		if (row->mode == EXACT || row->mode == PREFIX) {
			if ((unsigned char)row->text[0] != low.p[0])
				continue;
		} else {
			if (!has_pair(pairs, row->text) ||
			    !has_pair(pairs, row->text + row->length - 2))
				continue;
		}
		n = row->length;
		if (n > low.n)
			continue;
		if (row->mode == CONTAINS) {
			if (wv_slice_find(low, wv_slice(row->text, n), 0) == SIZE_MAX)
				continue;
		} else if (row->mode == COUNTED) {
			if (!is_counted(low, wv_slice(row->text, n)))
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
		result.is_inside = row->mode == CONTAINS;
		return result;
	}
	return result;
}
