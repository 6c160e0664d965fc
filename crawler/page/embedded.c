#include "crawler/page/embedded.h"

#include "config/base/checked.h"

/* State is assigned at the start of its script; a window keeps the rest of the code unread. */
#define STATE_WINDOW 1536u

bool wv_embedded_is_classic(struct wv_slice type)
{
	type = wv_slice_trim(type);
	return type.n == 0 || wv_slice_equals_nocase(type, WV_LIT("module")) ||
	       wv_slice_find_nocase(type, WV_LIT("javascript"), 0) != SIZE_MAX ||
	       wv_slice_find_nocase(type, WV_LIT("ecmascript"), 0) != SIZE_MAX;
}

static bool is_name_byte(unsigned char c)
{
	return wv_byte_is_alnum(c) || c == '_' || c == '$' || c >= 0x80;
}

static size_t skip_space(struct wv_slice s, size_t at)
{
	while (at < s.n && wv_byte_is_space(s.p[at]))
		at++;
	return at;
}

/* An object or array that is not empty, or a string that holds one. */
static bool is_data(struct wv_slice s, size_t at)
{
	unsigned char c, next;

	if (s.n < 2 || at >= s.n - 1)
		return false;
	c = s.p[at];
	next = s.p[at + 1];
	if (c == '"' || c == '\'')
		return next == '{' || next == '[' || next == '\\' || next == '%';
	return (c == '{' && next != '}') || (c == '[' && next != ']');
}

/* ws "=" ws, then an object, an array, a string, or JSON.parse( of one; where it begins or 0. */
static size_t assigned_value(struct wv_slice s, size_t at)
{
	static const struct wv_slice parse = {(const unsigned char *)"JSON.parse(", 11};

	at = skip_space(s, at);
	if (at >= s.n || s.p[at] != '=' || (at + 1 < s.n && s.p[at + 1] == '='))
		return 0;
	at = skip_space(s, at + 1);
	if (wv_slice_starts(wv_slice_from(s, at), parse))
		at = skip_space(s, at + parse.n);
	return is_data(s, at) ? at : 0;
}

/* "window.a.NAME", "window['NAME']", "var NAME" at `at`: the name, and where it ends; or 0. */
static size_t assigned_name(struct wv_slice s, size_t at, struct wv_slice *name)
{
	static const char *const starts[] = {"window.",  "window[", "self.", "globalThis.",
	                                     "var ",     "let ",    "const ", "Fusion."};

	for (size_t i = 0; i < WV_COUNT(starts); i++) {
		struct wv_slice start = wv_slice_of(starts[i]);
		size_t from;

		if (!wv_slice_starts(wv_slice_from(s, at), start))
			continue;
		at = skip_space(s, at + start.n);
		if (start.p[start.n - 1] == '[') {
			if (at >= s.n || (s.p[at] != '"' && s.p[at] != '\''))
				return 0;
			at++;
		}
		for (from = at; at < s.n && (is_name_byte(s.p[at]) || s.p[at] == '.'); at++) {
			if (s.p[at] == '.')
				from = at + 1;
		}
		*name = wv_slice_part(s, from, at - from);
		while (start.p[start.n - 1] == '[' && at < s.n &&
		       (s.p[at] == '"' || s.p[at] == '\'' || s.p[at] == ']'))
			at++;
		return name->n > 0 ? at : 0;
	}
	return 0;
}

static size_t find_state(struct wv_slice body, struct wv_embedded found[WV_EMBEDDED_MAX])
{
	static const bool may_start[256] = {['w'] = true, ['s'] = true, ['g'] = true, ['v'] = true,
	                                    ['l'] = true, ['c'] = true, ['F'] = true};
	struct wv_slice window = wv_slice_part(body, 0, STATE_WINDOW);
	const struct wv_slice flight = WV_LIT("self.__next_f.push(");
	size_t n = 0;

	for (size_t at = 0; at < window.n && n < WV_EMBEDDED_MAX; at++) {
		struct wv_slice name = WV_SLICE_NONE;
		unsigned char c = window.p[at];
		size_t end, value;

		if (!may_start[c] || (at > 0 && (is_name_byte(window.p[at - 1]) || window.p[at - 1] == '.')))
			continue;
		if (wv_slice_starts(wv_slice_from(window, at), flight)) {
			size_t from = skip_space(body, at + flight.n);

			if (from < body.n && body.p[from] == '[')
				found[n++] = (struct wv_embedded){
					.kind = WV_SCRIPT_FLIGHT,
					.body = wv_slice_from(body, from),
				};
			at += flight.n;
			continue;
		}
		end = assigned_name(window, at, &name);
		value = end > 0 ? assigned_value(body, end) : 0;
		if (value == 0)
			continue;
		/* Short values are switches and names, not content. */
		if (body.n - value > 64 || body.p[value] == '{')
			found[n++] = (struct wv_embedded){
				.kind = WV_SCRIPT_STATE,
				.id = name,
				.body = wv_slice_from(body, value),
			};
		at = value;
	}
	return n;
}

size_t wv_embedded_find(struct wv_slice type, struct wv_slice id, struct wv_slice body,
                        struct wv_embedded found[WV_EMBEDDED_MAX])
{
	size_t n = 1;

	type = wv_slice_trim(type);
	if (wv_slice_starts_nocase(type, WV_LIT("application/ld+json")))
		found[0].kind = WV_SCRIPT_JSON_LD;
	else if (wv_slice_find_nocase(type, WV_LIT("json"), 0) != SIZE_MAX)
		found[0].kind = WV_SCRIPT_JSON;
	else if (wv_embedded_is_classic(type))
		return find_state(body, found);
	else
		n = 0;
	if (n > 0) {
		found[0].id = id;
		found[0].type = type;
		found[0].body = wv_slice_trim(body);
	}
	return n;
}
