#include "archive/copies/attribution.h"

#include <string.h>

#include "config/base/text.h"

#define NAME_BYTES_MAX  72u
#define WORDS_BYTES_MAX 160u
#define LINE_BYTES_MAX  240u

/*
 * Agencies and papers that others quote, with their names in other languages: the first one of a
 * row is what we call it. Common knowledge, not taken from any corpus.
 */
static const char *const agencies[][8] = {
	{"Reuters", "路透社", "路透", "ロイター", "로이터", "Рейтер"},
	{"Associated Press", "AP", "美联社", "美聯社", "AP通信", "AP통신"},
	{"AFP", "Agence France-Presse", "法新社", "AFP通信", "AFP時事", "AFP통신"},
	{"Bloomberg", "Bloomberg News", "彭博社", "彭博", "ブルームバーグ", "블룸버그", "Блумберг"},
	{"CNBC", "美国消费者新闻与商业频道"},
	{"CNN", "美国有线电视新闻网"},
	{"BBC", "英国广播公司", "英國廣播公司"},
	{"Wall Street Journal", "WSJ", "华尔街日报", "華爾街日報", "ウォール・ストリート・ジャーナル",
         "월스트리트저널"},
	{"New York Times", "NYT", "纽约时报", "紐約時報", "ニューヨーク・タイムズ", "뉴욕타임스"},
	{"Washington Post", "华盛顿邮报", "華盛頓郵報", "ワシントン・ポスト", "워싱턴포스트"},
	{"Financial Times", "FT", "金融时报", "金融時報", "フィナンシャル・タイムズ", "파이낸셜타임스"},
	{"The Guardian", "Guardian", "卫报", "衛報", "ガーディアン"},
	{"The Economist", "Economist", "经济学人", "經濟學人"},
	{"The Information"},
	{"Axios"},
	{"Politico"},
	{"Nikkei", "日经新闻", "日本经济新闻", "日本經濟新聞", "日本経済新聞", "日経新聞", "Nikkei Asia"},
	{"Kyodo", "共同社", "共同通信", "共同通信社", "Kyodo News", "교도통신"},
	{"Jiji", "时事社", "時事通信", "時事通信社", "Jiji Press", "지지통신"},
	{"NHK", "日本放送协会"},
	{"Yonhap", "韩联社", "韓聯社", "聯合ニュース", "연합뉴스"},
	{"Xinhua", "新华社", "新華社", "新华网", "Xinhua News Agency", "신화통신", "Синьхуа"},
	{"China News Service", "中新社", "中新网", "中国新闻社", "中国新闻网"},
	{"CCTV", "央视", "央视新闻", "央视网", "中央电视台"},
	{"People's Daily", "人民日报", "人民日報", "人民网"},
	{"Cailian Press", "财联社", "財聯社"},
	{"The Paper", "澎湃新闻"},
	{"Jiemian", "界面新闻"},
	{"Caixin", "财新", "财新网", "財新"},
	{"Yicai", "第一财经"},
	{"Central News Agency", "CNA", "中央社"},
	{"TASS", "ТАСС", "塔斯社", "タス通信", "타스통신"},
	{"Interfax", "Интерфакс", "国际文传电讯社"},
	{"RIA Novosti", "РИА Новости", "俄新社"},
	{"dpa", "德新社", "Deutsche Presse-Agentur"},
	{"APA"},
	{"ANSA", "安莎社"},
	{"EFE", "埃菲社"},
	{"Lusa"},
	{"PTI", "Press Trust of India"},
	{"IANS"},
	{"PAP"},
	{"ANP"},
	{"Belga"},
	{"Ritzau"},
	{"NTB"},
};

/* What media are called, by the end of the name or a word of it. */
static const char *const media_ends[] = {
	"社", "报", "報", "新闻", "新聞", "网", "網", "电视台", "電視台", "卫视", "日报", "周刊", "週刊",
	"通信", "通讯", "放送", "テレビ", "ニュース", "タイムズ", "ポスト", "ジャーナル", "電子版", "紙", "誌",
	"뉴스", "신문", "일보", "방송", "통신", "타임스",
};
static const char *const media_words[] = {
	"news",    "times",    "post",    "journal",   "wire",     "press",    "agency",  "daily",
	"herald",  "tribune",  "gazette", "courier",   "ledger",   "telegraph", "chronicle",
	"observer", "broadcasting", "tv", "radio",     "magazine", "review",   "weekly",  "standard",
	"zeitung", "nachrichten", "anzeiger", "rundfunk", "tagblatt", "spiegel", "presse", "kurier",
	"agentur", "le monde", "figaro",  "libération", "gazette", "diario",   "periódico", "noticias",
	"agencia", "giornale", "corriere", "repubblica", "jornal", "folha",    "notícias", "agência",
	"новости", "газета",   "ведомости", "известия", "агентство", "коммерсантъ",
};
/* Who is no publication, though called like one: reports of unnamed others. */
static const char *const nobodies[] = {
	"媒体", "媒體", "外媒", "当地媒体", "多家媒体", "此前", "相关", "有关", "悉", "了解", "介绍", "统计",
	"最新", "消息人士", "知情人士", "关系者", "関係者", "各社", "地元紙", "現地メディア", "メディア", "公司",
	"会社", "同社", "本报", "本報", "本社", "本紙", "同紙", "该报", "該報", "该社",
};

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

/* ---- names ---- */

static struct wv_slice fold(struct wv_slice s, struct wv_arena *arena)
{
	struct wv_slice folded = WV_SLICE_NONE;

	return wv_text_fold(arena, s, true, &folded, NULL) == WV_OK ? folded : WV_SLICE_NONE;
}

/* "the Times" and "Times" are one. */
static struct wv_slice fold_name(struct wv_slice s, struct wv_arena *arena)
{
	if (wv_slice_starts_nocase(s, WV_LIT("the ")))
		s = wv_slice_from(s, 4);
	return fold(s, arena);
}

static struct wv_slice find_agency(struct wv_slice name, struct wv_arena *arena)
{
	struct wv_slice folded = fold_name(name, arena);

	for (size_t i = 0; i < WV_COUNT(agencies) && folded.n; i++)
		for (size_t k = 0; k < WV_COUNT(agencies[i]) && agencies[i][k]; k++)
			if (wv_slice_equals(folded,
			                    fold_name(wv_slice_of(agencies[i][k]), arena)))
				return wv_slice_of(agencies[i][0]);
	return WV_SLICE_NONE;
}

/* 远帆社 for 远帆通讯社: the beginning and the last letter. */
static bool is_drawn_together(struct wv_slice brief, struct wv_slice whole)
{
	size_t last = brief.n;

	if (brief.n < 9 || brief.p[0] < 0xe3 || brief.n >= whole.n)
		return false;
	(void)wv_text_previous(brief, &last);
	return wv_slice_starts(whole, wv_slice_part(brief, 0, last)) &&
	       wv_slice_ends(whole, wv_slice_from(brief, last));
}

static bool is_short_form(struct wv_slice brief, struct wv_slice whole)
{
	if (is_drawn_together(brief, whole))
		return true;
	return wv_text_units(brief) >= 2 && brief.n >= 6 && brief.n < whole.n &&
	       wv_slice_starts(whole, brief);
}

static bool are_one(struct wv_slice a, struct wv_slice b)
{
	if (!a.n || !b.n)
		return false;
	return wv_slice_equals(a, b) || is_short_form(a, b) || is_short_form(b, a);
}

bool wv_claim_names(const struct wv_claim *claim, struct wv_slice publication,
                    struct wv_arena *arena)
{
	struct wv_slice known = find_agency(publication, arena);

	if (claim->known.n && known.n)
		return wv_slice_equals(claim->known, known);
	return are_one(fold_name(claim->name, arena), fold_name(publication, arena));
}

static bool has_word(struct wv_slice name, struct wv_slice word)
{
	size_t at = 0;

	for (; (at = wv_slice_find_nocase(name, word, at)) != SIZE_MAX; at++) {
		size_t end = at + word.n;

		if ((at == 0 || !wv_byte_is_alpha(name.p[at - 1])) &&
		    (end == name.n || !wv_byte_is_alpha(name.p[end])))
			return true;
	}
	return false;
}

static bool is_called_like_media(struct wv_slice name)
{
	for (size_t i = 0; i < WV_COUNT(nobodies); i++)
		if (wv_slice_ends(name, wv_slice_of(nobodies[i])))
			return false;
	for (size_t i = 0; i < WV_COUNT(media_ends); i++) {
		struct wv_slice end = wv_slice_of(media_ends[i]);

		if (name.n > end.n + 2 && wv_slice_ends(name, end))
			return true;
	}
	for (size_t i = 0; i < WV_COUNT(media_words); i++)
		if (has_word(name, wv_slice_of(media_words[i])))
			return true;
	return false;
}

/* ---- cutting a name out of its sentence ---- */

static bool ends_name(uint32_t c)
{
	return wv_text_ends_sentence(c) || c == ',' || c == ';' || c == ':' || c == '(' || c == ')' ||
	       c == 0xff0c || c == 0x3001 || c == 0xff1b || c == 0xff1a || c == 0xff08 ||
	       c == 0xff09 || c == '"' || c == 0x201c || c == 0x201d || c == '\n' || c == '[' ||
	       c == ']' || c == 0x2014 || c == 0x2013 || c == '|' || c == '/' || c == 0x3010 ||
	       c == 0x3011;
}

/* What stands in 《》, 『』 or 「」 is the name itself. */
static struct wv_slice inside_marks(struct wv_slice name)
{
	static const struct {
		const char *open, *close;
	} marks[] = {{"《", "》"}, {"『", "』"}, {"「", "」"}, {"〈", "〉"}};

	for (size_t i = 0; i < WV_COUNT(marks); i++) {
		size_t open = wv_slice_find(name, wv_slice_of(marks[i].open), 0), close;

		if (open == SIZE_MAX)
			continue;
		close = wv_slice_find(name, wv_slice_of(marks[i].close), open);
		if (close != SIZE_MAX && close > open + 3)
			return wv_slice_part(name, open + 3, close - open - 3);
	}
	return name;
}

/* 路透社6月5日, 美国CNBC网站: what is not of the name, at both ends. */
static struct wv_slice strip(struct wv_slice name)
{
	static const char *const heads[] = {"美国", "英国", "日本", "韩国", "法国", "德国", "俄罗斯", "美媒",
	                                    "英媒", "日媒", "美國", "英國", "韓國", "法國", "德國", "米",
	                                    "英",   "独",   "仏",   "露",   "中国", "中國", "香港"};
	static const char *const tails[] = {"网站", "網站", "记者", "記者", "援引", "的", "当地时间", "今日",
	                                    "昨日", "周一", "周二", "周三", "周四", "周五", "周六", "周日",
	                                    "独家", "最新", "電子版", "日", "号"};
	struct wv_slice inside = inside_marks(name);
	bool again = true;

	if (inside.p != name.p)
		return inside;
	while (again) {
		again = false;
		name = wv_slice_trim(name);
		for (size_t i = 0; i < WV_COUNT(tails); i++) {
			struct wv_slice tail = wv_slice_of(tails[i]);

			/* "日" only where a date stands before it. */
			if (name.n <= tail.n || !wv_slice_ends(name, tail) ||
			    (i + 2 >= WV_COUNT(tails) &&
			     !wv_byte_is_digit(name.p[name.n - tail.n - 1])))
				continue;
			name.n -= tail.n;
			while (name.n && wv_byte_is_digit(name.p[name.n - 1]))
				name.n--;
			if (wv_slice_ends(name, WV_LIT("月")))
				name.n -= 3;
			while (name.n && wv_byte_is_digit(name.p[name.n - 1]))
				name.n--;
			again = true;
		}
	}
	for (size_t i = 0; i < WV_COUNT(heads); i++) {
		struct wv_slice head = wv_slice_of(heads[i]);

		/* Before a name of another script, or a whole name: 米CNBC, not 日本放送协会. */
		if (name.n > head.n && wv_slice_starts(name, head) &&
		    (name.p[head.n] < 0x80 || wv_slice_starts(wv_slice_from(name, head.n),
		                                              WV_LIT("\xe3\x82"))))
			return wv_slice_from(name, head.n);
	}
	return name;
}

static bool is_capital(struct wv_slice text, size_t at)
{
	return at < text.n && ((text.p[at] >= 'A' && text.p[at] <= 'Z') || text.p[at] >= 0x80 ||
	                       wv_byte_is_digit(text.p[at]));
}

/* Words of a name in a script with spaces: capitalised ones, and small ones between them. */
static struct wv_slice words_after(struct wv_slice text, size_t at)
{
	static const char *const articles[] = {"l'agence ", "l’agence ", "the ", "der ", "die ", "das ", "dem ", "la ", "le ",
	                                       "les ", "l'", "l’", "el ", "los ", "il ", "lo ", "o ",
	                                       "a ", "de ", "het ", "agency ", "agence ", "agencia ",
	                                       "агентство ", "агентства "};
	size_t end, last;

	for (size_t i = 0; i < WV_COUNT(articles); i++)
		if (wv_slice_starts_nocase(wv_slice_from(text, at), wv_slice_of(articles[i]))) {
			at += wv_slice_of(articles[i]).n;
			break;
		}
	end = last = at;
	while (end < text.n && end - at < NAME_BYTES_MAX && is_capital(text, end)) {
		while (end < text.n) {
			size_t next = end;
			uint32_t c = wv_text_next(text, &next);

			if (wv_text_is_space(c) || ends_name(c))
				break;
			end = next;
		}
		last = end;
		if (end + 1 >= text.n || text.p[end] != ' ')
			break;
		end++;
		if (wv_slice_starts(wv_slice_from(text, end), WV_LIT("of ")))
			end += 3;
		if (wv_slice_starts(wv_slice_from(text, end), WV_LIT("& ")))
			end += 2;
	}
	return wv_slice_part(text, at, last - at);
}

/* The same, back from `end`. */
static struct wv_slice words_before(struct wv_slice text, size_t end)
{
	size_t start = end, at = end;

	while (at > 0 && end - at < NAME_BYTES_MAX) {
		size_t word = at;

		while (word > 0 && text.p[word - 1] != ' ' && text.p[word - 1] != '\n' &&
		       !ends_name(text.p[word - 1]))
			word--;
		if (word == at || !is_capital(text, word))
			break;
		start = word;
		if (word == 0 || text.p[word - 1] != ' ')
			break;
		at = word - 1;
	}
	return wv_slice_part(text, start, end - start);
}

/* In a script without spaces: back to a mark, or to the particle before. */
static struct wv_slice run_before(struct wv_slice text, size_t end)
{
	static const char *const particles[] = {"は", "が", "を", "に", "で", "と", "も"};
	size_t at = end;

	while (at > 0 && end - at < NAME_BYTES_MAX) {
		size_t before = at;
		uint32_t c = wv_text_previous(text, &before);
		bool is_particle = false;

		for (size_t i = 0; i < WV_COUNT(particles); i++)
			is_particle |= wv_slice_equals(wv_slice_part(text, before, at - before),
			                               wv_slice_of(particles[i]));
		if (ends_name(c) || wv_text_is_space(c) || is_particle)
			break;
		at = before;
	}
	return wv_slice_part(text, at, end - at);
}

/* ---- finding ---- */

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

	claim.name = strip(wv_slice_trim(name));
	if (f->count == WV_CLAIMS_MAX || claim.name.n < 2 || claim.name.n > NAME_BYTES_MAX)
		return;
	for (size_t i = 0; i < WV_COUNT(nobodies); i++)
		if (wv_slice_ends(claim.name, wv_slice_of(nobodies[i])))
			return;
	claim.known = find_agency(claim.name, f->arena);
	claim.words = wv_text_cut(wv_slice_trim(words), WORDS_BYTES_MAX);
	if (!is_sure && !claim.known.n && !is_called_like_media(claim.name) && !is_named(f, &claim))
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
		bool is_name = to != SIZE_MAX && to > from && to - from <= NAME_BYTES_MAX;

		for (size_t i = from; is_name && i < to;)
			is_name = !ends_name(wv_text_next(text, &i));
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
		add(f, WV_CLAIM_REPORT, is_spaced ? words_before(text, at) : run_before(text, at),
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
		while (!is_spaced && end < text.n && end - from < NAME_BYTES_MAX) {
			size_t next = end;
			uint32_t c = wv_text_next(text, &next);

			if (ends_name(c) || wv_text_is_space(c))
				break;
			end = next;
		}
		add(f, WV_CLAIM_REPORT,
		    is_spaced ? words_after(text, from) : wv_slice_part(text, from, end - from),
		    sentence_around(text, at, from + NAME_BYTES_MAX / 2), false);
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

			if (to == SIZE_MAX || to - from > NAME_BYTES_MAX)
				continue;
			inside = wv_slice_trim(wv_slice_part(text, from, to - from));
			if (find_agency(inside, f->arena).n ||
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
			add(f, WV_CLAIM_LINE, words_after(text, at + label.n), text, false);
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
		for (end = 0; end < rest.n && end < NAME_BYTES_MAX;) {
			size_t next = end;
			uint32_t c = wv_text_next(rest, &next);

			if (ends_name(c) || (wv_text_is_space(c) && end > 0 && rest.p[0] >= 0x80))
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
