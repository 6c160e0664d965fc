#include "archive/copies/attribution.h"

#include "archive/copies/attribution_inner.h"
#include "config/base/text.h"

#define WORDS_BYTES_MAX 160u
#define LINE_BYTES_MAX  240u

struct phrase {
	const char *language;
	const char *before, *after; /* around the name; one may be NULL */
};

static const struct phrase phrases[] = {
	{"zh", "据", "报道"},       {"zh", "據", "報道"},       {"zh", "據", "報導"},
	{"zh", "据", "消息"},       {"zh", "據", "消息"},       {"zh", "据", "称"},
	{"zh", "(据", ")"},         {"zh", "（据", "）"},       {"zh", "（據", "）"},
	{"zh", "援引", "报道"},     {"zh", "援引", "報道"},     {"zh", "援引", "的"},
	{"zh", "引述", "报道"},     {"zh", "引述", "報道"},     {"zh", "转自", NULL},
	{"zh", "轉自", NULL},       {"zh", "转载自", NULL},     {"zh", "轉載自", NULL},
	{"zh", NULL, "报道称"},     {"zh", NULL, "報道稱"},     {"zh", NULL, "報導稱"},
	{"ja", NULL, "によると"},   {"ja", NULL, "によれば"},   {"ja", NULL, "が報じた"},
	{"ja", NULL, "が伝えた"},   {"ja", NULL, "の報道"},     {"ja", NULL, "が報道"},
	{"ko", NULL, "에 따르면"},  {"ko", NULL, "이 보도"},    {"ko", NULL, "가 보도"},
	{"ko", NULL, "은 보도"},    {"ko", NULL, "는 보도"},
	{"en", "according to ", NULL}, {"en", "reported by ", NULL}, {"en", "told ", NULL},
	{"en", "citing ", NULL},    {"en", "in a report by ", NULL}, {"en", "first published by ", NULL},
	{"en", NULL, " reported"},  {"en", NULL, " first reported"}, {"en", NULL, " reports"},
	{"de", "laut ", NULL},      {"de", "berichtete ", NULL}, {"de", "berichtet ", NULL},
	{"de", "nach Angaben der ", NULL}, {"de", "nach einem Bericht der ", NULL},
	{"de", "unter Berufung auf ", NULL}, {"de", "meldete ", NULL},
	{"fr", "selon ", NULL},     {"fr", "d'après ", NULL},   {"fr", "d’après ", NULL},
	{"fr", "rapporte ", NULL},  {"fr", "indique ", NULL},
	{"es", "según ", NULL},     {"es", "informó ", NULL},   {"es", "de acuerdo con ", NULL},
	{"it", "secondo ", NULL},   {"it", "riferisce ", NULL}, {"it", "riporta ", NULL},
	{"pt", "segundo ", NULL},   {"pt", "de acordo com ", NULL}, {"pt", "informou ", NULL},
	{"nl", "volgens ", NULL},   {"nl", "meldt ", NULL},
	{"ru", "по данным ", NULL}, {"ru", "сообщает ", NULL},  {"ru", "сообщило ", NULL},
	{"ru", "передает ", NULL},  {"ru", "передаёт ", NULL},  {"ru", "со ссылкой на ", NULL},
};

/* A line that says where the text is from. */
static const char *const line_marks[] = {
	"来源", "來源", "稿源", "转自", "出典", "提供", "配信", "출처", "source", "quelle", "fuente", "fonte",
	"bron", "kilde", "källa", "источник", "via",
};

const char *wv_claim_kind_name(enum wv_claim_kind kind)
{
	static const char *const names[] = {"credit", "dateline", "report", "line"};

	return kind < WV_CLAIM_KINDS ? names[kind] : "unknown";
}

struct finding {
	const struct wv_article *article;
	const struct wv_slice *names;
	size_t name_count;
	struct wv_arena *arena;
	struct wv_claim *claims;
	size_t count;
};

static bool is_own_name(const struct finding *f, const struct wv_claim *claim)
{
	return f->article->publisher.n && wv_claim_names(claim, f->article->publisher, f->arena);
}

static bool is_named(const struct finding *f, const struct wv_claim *claim)
{
	for (size_t i = 0; i < f->name_count; i++)
		if (wv_claim_names(claim, f->names[i], f->arena))
			return true;
	return false;
}

static bool is_there(const struct finding *f, const struct wv_claim *claim)
{
	for (size_t i = 0; i < f->count; i++)
		if (wv_claim_names(claim, f->claims[i].known.n ? f->claims[i].known
		                                               : f->claims[i].name,
		                   f->arena))
			return true;
	return false;
}

/* `is_sure`: the place says that it is a source, whatever it is called. */
static void add(struct finding *f, enum wv_claim_kind kind, struct wv_slice name,
                struct wv_slice words, bool is_sure)
{
	struct wv_claim claim = {.kind = kind};

	claim.name = wv_claim_strip(wv_slice_trim(name));
	if (f->count == WV_CLAIMS_MAX || claim.name.n < 2 || claim.name.n > WV_CLAIM_NAME_BYTES_MAX ||
	    wv_claim_is_nobody(claim.name))
		return;
	claim.known = wv_claim_agency(claim.name, f->arena);
	claim.words = wv_text_cut(wv_slice_trim(words), WORDS_BYTES_MAX);
	if (!is_sure && !claim.known.n && !wv_claim_is_like_media(claim.name) && !is_named(f, &claim))
		return;
	if (is_own_name(f, &claim) || is_there(f, &claim))
		return;
	f->claims[f->count++] = claim;
}

/* The sentence around a place, for showing. */
static struct wv_slice sentence_around(struct wv_slice text, size_t at, size_t end)
{
	size_t start = at;

	while (start > 0 && at - start < WORDS_BYTES_MAX / 2) {
		size_t before = start;
		uint32_t c = wv_text_previous(text, &before);

		if (wv_text_ends_sentence(c) || c == '\n')
			break;
		start = before;
	}
	return wv_slice_part(text, start, end + 30 > text.n ? text.n - start : end + 30 - start);
}

static bool has_ascii_letters(const char *phrase)
{
	return wv_byte_is_alpha((unsigned char)phrase[0]) || phrase[0] == ' ' ||
	       (unsigned char)phrase[0] == 0xd0 || (unsigned char)phrase[0] == 0xd1;
}

static void look_between(struct finding *f, struct wv_slice text, const struct phrase *phrase)
{
	struct wv_slice before = wv_slice_of(phrase->before), after = wv_slice_of(phrase->after);

	for (size_t at = 0; (at = wv_slice_find(text, before, at)) != SIZE_MAX; at += before.n) {
		size_t from = at + before.n, to = wv_slice_find(text, after, from);
		bool is_name = to != SIZE_MAX && to > from && to - from <= WV_CLAIM_NAME_BYTES_MAX;

		for (size_t i = from; is_name && i < to;)
			is_name = !wv_claim_ends_name(wv_text_next(text, &i));
		if (is_name)
			add(f, WV_CLAIM_REPORT, wv_slice_part(text, from, to - from),
			    sentence_around(text, at, to + after.n), false);
	}
}

static void look_before(struct finding *f, struct wv_slice text, const struct phrase *phrase)
{
	struct wv_slice after = wv_slice_of(phrase->after);
	bool is_spaced = has_ascii_letters(phrase->after) || wv_slice_equals(
		wv_slice_of(phrase->language), WV_LIT("ko"));

	for (size_t at = 0; (at = wv_slice_find(text, after, at)) != SIZE_MAX; at += after.n)
		add(f, WV_CLAIM_REPORT, is_spaced ? wv_claim_words_before(text, at) : wv_claim_run_before(text, at),
		    sentence_around(text, at, at + after.n), false);
}

static void look_after(struct finding *f, struct wv_slice text, const struct phrase *phrase)
{
	struct wv_slice before = wv_slice_of(phrase->before);
	bool is_spaced = has_ascii_letters(phrase->before);

	for (size_t at = 0; (at = wv_slice_find_nocase(text, before, at)) != SIZE_MAX; at++) {
		size_t from = at + before.n, end = from;

		if (is_spaced && at > 0 && (wv_byte_is_alnum(text.p[at - 1]) || text.p[at - 1] >= 0xc3))
			continue;
		while (!is_spaced && end < text.n && end - from < WV_CLAIM_NAME_BYTES_MAX) {
			size_t next = end;
			uint32_t c = wv_text_next(text, &next);

			if (wv_claim_ends_name(c) || wv_text_is_space(c))
				break;
			end = next;
		}
		add(f, WV_CLAIM_REPORT,
		    is_spaced ? wv_claim_words_after(text, from) : wv_slice_part(text, from, end - from),
		    sentence_around(text, at, from + WV_CLAIM_NAME_BYTES_MAX / 2), false);
	}
}

static void look_for_phrases(struct finding *f, struct wv_slice text)
{
	for (size_t i = 0; i < WV_COUNT(phrases); i++) {
		if (phrases[i].before && phrases[i].after)
			look_between(f, text, &phrases[i]);
		else if (phrases[i].after)
			look_before(f, text, &phrases[i]);
		else
			look_after(f, text, &phrases[i]);
	}
}

/* "(Reuters)", "（ロイター）", "[AFP]", "【共同】": only what is known, for brackets hold anything. */
static void look_in_brackets(struct finding *f, struct wv_slice text, enum wv_claim_kind kind)
{
	static const struct {
		const char *open, *close;
	} marks[] = {{"(", ")"}, {"（", "）"}, {"[", "]"}, {"【", "】"}, {"=", "】"}, {"＝", "】"}};

	for (size_t i = 0; i < WV_COUNT(marks); i++) {
		struct wv_slice open = wv_slice_of(marks[i].open);
		size_t at = 0;

		for (; (at = wv_slice_find(text, open, at)) != SIZE_MAX; at += open.n) {
			size_t from = at + open.n;
			size_t to = wv_slice_find(text, wv_slice_of(marks[i].close), from);
			struct wv_slice inside;

			if (to == SIZE_MAX || to - from > WV_CLAIM_NAME_BYTES_MAX)
				continue;
			inside = wv_slice_trim(wv_slice_part(text, from, to - from));
			if (wv_claim_agency(inside, f->arena).n ||
			    is_named(f, &(struct wv_claim){.name = inside}))
				add(f, kind, inside, wv_slice_part(text, at, to + 3 - at), true);
		}
	}
}

/* 远帆社澜江3月2日电: the agency stands first, up to the end of its name. */
static void look_at_dateline(struct finding *f, struct wv_slice dateline)
{
	static const char *const ends[] = {"社", "网", "網", "报", "報", "新闻", "新聞"};
	size_t best = SIZE_MAX;

	look_in_brackets(f, dateline, WV_CLAIM_DATELINE);
	for (size_t i = 0; i < WV_COUNT(ends); i++) {
		struct wv_slice end = wv_slice_of(ends[i]);
		size_t at = wv_slice_find(wv_slice_part(dateline, 0, 30), end, 0);

		if (at != SIZE_MAX && at > 0 && at + end.n < best)
			best = at + end.n;
	}
	if (best != SIZE_MAX && dateline.n && dateline.p[0] >= 0xe3)
		add(f, WV_CLAIM_DATELINE, wv_slice_part(dateline, 0, best), dateline, false);
}

/* "By Cato Brandt Source Meridian Wire": a line about the page, without a colon. */
static void look_at_label(struct finding *f, struct wv_slice text)
{
	static const char *const labels[] = {"Source ", "Quelle ", "Fuente ", "Fonte ", "Via ", "Bron "};

	for (size_t i = 0; i < WV_COUNT(labels) && text.n <= LINE_BYTES_MAX; i++) {
		struct wv_slice label = wv_slice_of(labels[i]);
		size_t at = wv_slice_find(text, label, 0);

		if (at != SIZE_MAX && (at == 0 || text.p[at - 1] == ' '))
			add(f, WV_CLAIM_LINE, wv_claim_words_after(text, at + label.n), text, false);
	}
}

/* What was taken off for being no part of the page's own story says nothing of its source. */
static bool is_of_the_page(const struct wv_removed_block *removed)
{
	static const char *const others[] = {"related", "sidebar", "title",   "share",
	                                     "comments", "newsletter", "promo", "navigation"};

	for (size_t i = 0; i < WV_COUNT(others); i++)
		if (wv_slice_equals(removed->reason, wv_slice_of(others[i])))
			return false;
	return removed->text.n <= LINE_BYTES_MAX;
}

/* 来源：财联社 | Source: Meridian Wire */
static void look_at_line(struct finding *f, struct wv_slice text)
{
	if (text.n > LINE_BYTES_MAX)
		return;
	for (size_t i = 0; i < WV_COUNT(line_marks); i++) {
		struct wv_slice mark = wv_slice_of(line_marks[i]);
		size_t at = wv_slice_find_nocase(text, mark, 0), end;
		struct wv_slice rest;

		if (at == SIZE_MAX || (at > 0 && mark.p[0] < 0x80 && wv_byte_is_alpha(text.p[at - 1])))
			continue;
		rest = wv_slice_trim(wv_slice_from(text, at + mark.n));
		if (rest.n && rest.p[0] == ':')
			rest = wv_slice_trim(wv_slice_from(rest, 1));
		else if (wv_slice_starts(rest, WV_LIT("：")))
			rest = wv_slice_trim(wv_slice_from(rest, 3));
		else
			continue;
		for (end = 0; end < rest.n && end < WV_CLAIM_NAME_BYTES_MAX;) {
			size_t next = end;
			uint32_t c = wv_text_next(rest, &next);

			if (wv_claim_ends_name(c) || (wv_text_is_space(c) && end > 0 && rest.p[0] >= 0x80))
				break;
			end = next;
		}
		add(f, WV_CLAIM_LINE, wv_slice_part(rest, 0, end), text, true);
	}
}

enum wv_status wv_claims_find(const struct wv_article *article, const struct wv_slice *names,
                              size_t name_count, struct wv_arena *arena, struct wv_claim **out,
                              size_t *count, struct wv_err *err)
{
	struct finding f = {article, names, name_count, arena, NULL, 0};

	f.claims = WV_ARENA_ARRAY(arena, struct wv_claim, WV_CLAIMS_MAX);
	if (!f.claims)
		return wv_err_set(err, WV_NOMEM, "out of memory for attributions");
	if (article->wire.n)
		add(&f, WV_CLAIM_CREDIT, article->wire, article->wire, true);
	if (article->dateline.n)
		look_at_dateline(&f, article->dateline);
	for (size_t i = 0; i < article->block_count; i++)
		look_for_phrases(&f, article->blocks[i].text);
	for (size_t i = 0; i < article->block_count; i++) {
		look_at_line(&f, article->blocks[i].text);
		look_at_label(&f, article->blocks[i].text);
		look_in_brackets(&f, article->blocks[i].text, WV_CLAIM_REPORT);
	}
	for (size_t i = 0; i < article->removed_count; i++) {
		if (!is_of_the_page(&article->removed[i]))
			continue;
		look_at_line(&f, article->removed[i].text);
		look_at_label(&f, article->removed[i].text);
		look_for_phrases(&f, article->removed[i].text);
	}
	*out = f.claims;
	*count = f.count;
	return WV_OK;
}
