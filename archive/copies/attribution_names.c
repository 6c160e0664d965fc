#include "archive/copies/attribution_inner.h"

#include "config/base/text.h"

/*
 * Whose name is a publication's: the table of agencies, and what media are called anywhere.
 */

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

struct wv_slice wv_claim_agency(struct wv_slice name, struct wv_arena *arena)
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
	struct wv_slice known = wv_claim_agency(publication, arena);

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

bool wv_claim_is_nobody(struct wv_slice name)
{
	for (size_t i = 0; i < WV_COUNT(nobodies); i++)
		if (wv_slice_ends(name, wv_slice_of(nobodies[i])))
			return true;
	return false;
}

bool wv_claim_is_like_media(struct wv_slice name)
{
	if (wv_claim_is_nobody(name))
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
