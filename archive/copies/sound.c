#include "archive/copies/sound.h"

#include <string.h>

#include "config/base/text.h"

/*
 * What the Han letters of transliterated names stand for, after the table of Xinhua's "Names of the
 * World's Peoples": consonants first, then the letters.
 */
static const struct {
	const char *sound, *letters;
} han_sounds[] = {
	{"P", "巴拜鲍贝比毕波伯博布佩皮珀普帕派保菲费弗福夫富法瓦维韦威沃武娃薇芙伏乌霍"},
	{"PN", "班邦本宾彭平潘庞范芬丰万旺文温翁凡冯"},
	{"T", "达德迪蒂杜多都塔泰特提铁图托土道戴陶代岱代朵黛"},
	{"TN", "丹当登丁顿东坦唐腾滕廷通汤敦"},
	{"S", "查察恰齐奇切乔丘楚茨策察扎泽兹佐祖萨塞赛瑟西希锡席谢休修舍什施史沙绍舒苏索斯思丝司杰吉季贾佳久朱祖哲舒肖夏雪"},
	{"SN", "詹真珍尊桑森辛申尚山松孙钦琼金靖京津琴谢恩"},
	{"K", "卡凯考科克柯可库基加盖高戈哥格古瓜圭奎葛各喀吉"},
	{"KN", "坎康肯孔昆甘冈根贡冠寇"},
	{"L", "拉莱劳勒雷里利列莉丽柳卢罗洛吕鲁路尔略耳儿璐蕾瑞"},
	{"LN", "兰朗伦林琳龙隆连廉伦冷仑"},
	{"M", "马玛迈毛梅米密明莫默穆姆木缪摩门"},
	{"MN", "曼芒门蒙敏明孟"},
	{"N", "纳娜奈瑙内尼妮涅纽诺努恩嫩宁农南"},
	{"", "阿埃艾奥欧伊伍雅亚耶叶约尤于哈海豪赫黑胡华惠休亨汉安昂因英杨扬延哈"},
};

void wv_sounds_init(struct wv_sounds *sounds)
{
	*sounds = (struct wv_sounds){.of_han = {0}};
	for (size_t i = 0; i < sizeof(han_sounds) / sizeof(*han_sounds); i++) {
		struct wv_slice letters = wv_slice_of(han_sounds[i].letters);

		for (size_t at = 0; at < letters.n;) {
			uint32_t c = wv_text_next(letters, &at) - 0x4e00;

			if (c < sizeof(sounds->of_han) && !sounds->of_han[c])
				sounds->of_han[c] = (uint8_t)(i + 1);
		}
	}
}

static const char *sound_of_han(const struct wv_sounds *sounds, uint32_t c)
{
	c -= 0x4e00;
	if (c >= sizeof(sounds->of_han) || !sounds->of_han[c])
		return NULL;
	return han_sounds[sounds->of_han[c] - 1].sound;
}

/* Katakana U+30A1 to U+30FA in their order: small a, a, small i, i, ... */
static char sound_of_kana(uint32_t c)
{
	static const char sounds[] =
		".........." /* vowels, small and large */
		"KKKKKKKKKK" /* ka ga ... ko go */
		"SSSSSSSSSS" /* sa za ... so zo */
		"TTSS.SSTTTT" /* ta da chi ji small-tsu tsu zu te de to do */
		"NNNNN"
		".PP.PPPPP.PP.PP" /* ha ba pa hi bi pi fu bu pu he be pe ho bo po */
		"MMMMM"
		"......" /* small and large ya yu yo */
		"LLLLL"
		".P..." /* small wa, wa, wi, we, wo */
		"NP"; /* n, vu */

	return c >= 0x30a1 && c - 0x30a1 < sizeof(sounds) - 1 ? sounds[c - 0x30a1] : '.';
}

struct sounding {
	struct wv_sound *out;
	size_t n;
};

static void hear(struct sounding *s, char consonant)
{
	char last = s->n > 0 ? s->out->consonants[s->n - 1] : 0;

	/* m before p is heard as n, and nobody writes a doubled consonant twice. */
	if (consonant == '.' || s->n == WV_SOUND_MAX)
		return;
	if (consonant == 'P' && last == 'M')
		s->out->consonants[s->n - 1] = 'N';
	s->out->consonants[s->n++] = consonant;
}

static bool is_vowel(uint32_t c)
{
	return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}

static char sound_of_letter(const unsigned char *w, size_t n, size_t *at, bool hears_all_r)
{
	unsigned char c = w[*at], next;

	while (*at + 1 < n && w[*at + 1] == c) /* doubled */
		++*at;
	next = *at + 1 < n ? w[*at + 1] : 0;
	++*at;
	switch (c) {
	case 'p':
		if (next == 'h')
			++*at;
		return 'P';
	case 'b': case 'f': case 'v': case 'w':
		return 'P';
	case 't': case 'd':
		if (next == 'h') {
			++*at;
			return 'T';
		}
		if (next == 'z' || next == 's') {
			++*at;
			return 'S';
		}
		return 'T';
	case 'c':
		if (next == 'h' || next == 'z') {
			++*at;
			return 'S';
		}
		if (next == 'k')
			++*at;
		return next == 'e' || next == 'i' || next == 'y' ? 'S' : 'K';
	case 's': case 'z': case 'j': case 'x':
		if (next == 'h')
			++*at;
		return 'S';
	case 'k':
		if (next == 'h')
			++*at;
		return 'K';
	case 'g':
		return *at >= 2 && w[*at - 2] == 'n' ? '.' : 'K'; /* "ng" is one sound */
	case 'q':
		return 'K';
	case 'r':
		return hears_all_r || is_vowel(next) ? 'L' : '.';
	case 'l':
		return 'L';
	case 'm':
		return 'M';
	case 'n':
		return 'N';
	default:
		return '.';
	}
}

size_t wv_sound_of_word(struct wv_slice word, struct wv_sound out[static WV_SOUNDS_MOST])
{
	unsigned char letters[32];
	size_t n = 0, found = 0;

	for (size_t at = 0; at < word.n && n < sizeof(letters);) {
		uint32_t c = wv_text_fold_letter(wv_text_next(word, &at));

		if (c >= 'a' && c <= 'z')
			letters[n++] = (unsigned char)c;
		else
			return 0; /* another alphabet, or a code */
	}
	if (n < 4)
		return 0;
	for (int all_r = 1; all_r >= 0; all_r--) {
		struct sounding s = {&out[found], 0};

		for (size_t at = 0; at < n;)
			hear(&s, sound_of_letter(letters, n, &at, all_r));
		s.out->consonants[s.n] = 0;
		if (s.n < WV_SOUND_LEAST ||
		    (found == 1 && strcmp(out[0].consonants, s.out->consonants) == 0))
			continue;
		found++;
	}
	return found;
}

size_t wv_sound_run(const struct wv_sounds *sounds, const struct wv_units *units, size_t at)
{
	const struct wv_unit *u = units->units;
	size_t n = 0;

	if (u[at].kind != WV_UNIT_LETTER)
		return 0;
	if (u[at].is_katakana) {
		while (at + n < units->n && u[at + n].is_katakana && (n == 0 || u[at + n].is_joined))
			n++;
		return n >= 3 ? n : 0;
	}
	while (at + n < units->n && u[at + n].kind == WV_UNIT_LETTER && (n == 0 || u[at + n].is_joined) &&
	       sound_of_han(sounds, u[at + n].symbol))
		n++;
	return n >= 3 ? n : 0;
}

bool wv_sound_of_run(const struct wv_sounds *sounds, const struct wv_units *units, size_t at,
                     size_t n, struct wv_sound *out)
{
	struct sounding s = {out, 0};

	for (size_t i = at; i < at + n; i++) {
		const struct wv_unit *unit = &units->units[i];

		if (unit->is_katakana) {
			hear(&s, sound_of_kana(unit->symbol));
		} else {
			const char *sound = sound_of_han(sounds, unit->symbol);

			for (; sound && *sound; sound++)
				hear(&s, *sound);
		}
	}
	out->consonants[s.n] = 0;
	return s.n >= WV_SOUND_LEAST;
}
