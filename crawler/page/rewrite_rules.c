/* What is done with which element and attribute of an archived page. */
#include "crawler/page/rewrite_parts.h"

/* --- what is done with which element --- */

static const struct {
	const char *name;
	enum wv_fate fate;
} fates[] = {
	{"script", WV_FATE_CONTENT_GOES},  {"noembed", WV_FATE_CONTENT_GOES},
	{"noframes", WV_FATE_CONTENT_GOES}, {"iframe", WV_FATE_FRAME},
	{"frame", WV_FATE_KEEP},           {"style", WV_FATE_STYLE},
	{"title", WV_FATE_TEXT},           {"textarea", WV_FATE_TEXT},
	{"xmp", WV_FATE_PRE},              {"plaintext", WV_FATE_PRE},
	{"meta", WV_FATE_META},            {"link", WV_FATE_LINK},
	{"base", WV_FATE_BASE},            {"object", WV_FATE_TAG_GOES},
	{"embed", WV_FATE_TAG_GOES},       {"applet", WV_FATE_TAG_GOES},
	{"param", WV_FATE_TAG_GOES},       {"bgsound", WV_FATE_TAG_GOES},
	{"portal", WV_FATE_TAG_GOES},      {"fencedframe", WV_FATE_TAG_GOES},
	{"webview", WV_FATE_TAG_GOES},     {"keygen", WV_FATE_TAG_GOES},
	{"isindex", WV_FATE_TAG_GOES},     {"animate", WV_FATE_TAG_GOES},
	{"set", WV_FATE_TAG_GOES},         {"animatemotion", WV_FATE_TAG_GOES},
	{"animatetransform", WV_FATE_TAG_GOES}, {"animatecolor", WV_FATE_TAG_GOES},
	{"discard", WV_FATE_TAG_GOES},     {"handler", WV_FATE_TAG_GOES},
	{"listener", WV_FATE_TAG_GOES},    {"amp-iframe", WV_FATE_TAG_GOES},
};

static bool is_word(struct wv_slice a, const char *b)
{
	return wv_slice_equals_nocase(a, wv_slice_of(b));
}

enum wv_fate wv_rewrite_fate(struct wv_slice name)
{
	for (size_t i = 0; i < WV_COUNT(fates); i++)
		if (is_word(name, fates[i].name))
			return fates[i].fate;
	return WV_FATE_KEEP;
}

/* --- what is done with which attribute --- */

static const struct {
	const char *name;
	enum wv_role role;
} roles[] = {
	{"href", WV_ROLE_HREF},         {"src", WV_ROLE_SRC},           {"srcset", WV_ROLE_SET},
	{"imagesrcset", WV_ROLE_SET},   {"style", WV_ROLE_STYLE},       {"xlink:href", WV_ROLE_HREF},
	{"background", WV_ROLE_IMAGE},  {"poster", WV_ROLE_IMAGE},      {"action", WV_ROLE_LINK},
	{"formaction", WV_ROLE_LINK},   {"fill", WV_ROLE_VALUE},        {"stroke", WV_ROLE_VALUE},
	{"filter", WV_ROLE_VALUE},      {"mask", WV_ROLE_VALUE},        {"clip-path", WV_ROLE_VALUE},
	{"marker", WV_ROLE_VALUE},      {"marker-start", WV_ROLE_VALUE}, {"marker-mid", WV_ROLE_VALUE},
	{"marker-end", WV_ROLE_VALUE},  {"cursor", WV_ROLE_VALUE},      {"srcdoc", WV_ROLE_DROP},
	{"ping", WV_ROLE_DROP},         {"integrity", WV_ROLE_DROP},    {"nonce", WV_ROLE_DROP},
	{"crossorigin", WV_ROLE_DROP},  {"manifest", WV_ROLE_DROP},     {"profile", WV_ROLE_DROP},
	{"codebase", WV_ROLE_DROP},     {"classid", WV_ROLE_DROP},      {"archive", WV_ROLE_DROP},
	{"code", WV_ROLE_DROP},         {"data", WV_ROLE_DROP},         {"longdesc", WV_ROLE_DROP},
	{"cite", WV_ROLE_DROP},         {"lowsrc", WV_ROLE_DROP},       {"dynsrc", WV_ROLE_DROP},
	{"attributionsrc", WV_ROLE_DROP}, {"target", WV_ROLE_DROP},     {"download", WV_ROLE_DROP},
	{"autofocus", WV_ROLE_DROP},    {"autoplay", WV_ROLE_DROP},     {"sandbox", WV_ROLE_DROP},
	{"allow", WV_ROLE_DROP},        {"allowfullscreen", WV_ROLE_DROP}, {"csp", WV_ROLE_DROP},
	{"referrerpolicy", WV_ROLE_DROP}, {"xml:base", WV_ROLE_DROP},   {"http-equiv", WV_ROLE_DROP},
	{"charset", WV_ROLE_DROP},      {"credentialless", WV_ROLE_DROP}, {"itemid", WV_ROLE_DROP},
	{"implements", WV_ROLE_DROP},   {"sharedstoragewritable", WV_ROLE_DROP},
};

bool wv_rewrite_is_name(struct wv_slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!wv_byte_is_alnum(name.p[i]) && name.p[i] != '-' && name.p[i] != '_' &&
		    name.p[i] != ':' && name.p[i] != '.')
			return false;
	return name.n > 0 && name.n <= 200 && !wv_byte_is_digit(name.p[0]);
}

enum wv_role wv_rewrite_role(struct wv_slice name)
{
	if (!wv_rewrite_is_name(name) || wv_slice_starts_nocase(name, WV_LIT("on")))
		return WV_ROLE_DROP;
	for (size_t i = 0; i < WV_COUNT(roles); i++)
		if (is_word(name, roles[i].name))
			return roles[i].role;
	return WV_ROLE_KEEP;
}

enum wv_role wv_rewrite_role_in(struct wv_slice tag, enum wv_role role)
{
	static const struct {
		const char *tag;
		enum wv_role src, href;
	} tags[] = {
		{"img", WV_ROLE_IMAGE, WV_ROLE_DROP},   {"amp-img", WV_ROLE_IMAGE, WV_ROLE_DROP},
		{"image", WV_ROLE_IMAGE, WV_ROLE_IMAGE}, {"input", WV_ROLE_IMAGE, WV_ROLE_DROP},
		{"video", WV_ROLE_MEDIA, WV_ROLE_DROP}, {"audio", WV_ROLE_MEDIA, WV_ROLE_DROP},
		{"source", WV_ROLE_MEDIA, WV_ROLE_DROP}, {"track", WV_ROLE_MEDIA, WV_ROLE_DROP},
		{"iframe", WV_ROLE_FRAME, WV_ROLE_DROP}, {"frame", WV_ROLE_FRAME, WV_ROLE_DROP},
		{"a", WV_ROLE_DROP, WV_ROLE_LINK},      {"area", WV_ROLE_DROP, WV_ROLE_LINK},
		{"feimage", WV_ROLE_DROP, WV_ROLE_IMAGE}, {"use", WV_ROLE_DROP, WV_ROLE_IMAGE},
	};

	if (role != WV_ROLE_SRC && role != WV_ROLE_HREF)
		return role;
	for (size_t i = 0; i < WV_COUNT(tags); i++)
		if (is_word(tag, tags[i].tag))
			return role == WV_ROLE_SRC ? tags[i].src : tags[i].href;
	/* Elsewhere only a part of the page itself can be meant: a gradient, a path. */
	return role == WV_ROLE_HREF ? WV_ROLE_HREF : WV_ROLE_DROP;
}
