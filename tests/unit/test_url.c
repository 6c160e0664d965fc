#include "config/url.h"

#include <stdio.h>

#include "tests/support/rows.h"

ROWS_STATE;

static struct wv_arena *arena;

static int set_up(void **state)
{
	(void)state;
	return wv_arena_new(8u << 20, &arena, NULL) == WV_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	wv_arena_free(&arena);
	return 0;
}

typedef enum wv_status (*spelling)(struct wv_arena *arena, const struct wv_url *url,
				   struct wv_slice *out, struct wv_err *err);

/* `spell` of a URL, or "!" and the name of the status. */
static struct wv_slice spelled(spelling spell, const char *text)
{
	struct wv_url url;
	struct wv_slice out;
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st = wv_url_parse(arena, wv_slice_of(text), NULL, &url, &err);

	if (st == WV_OK)
		st = spell(arena, &url, &out, &err);
	if (st != WV_OK)
		return wv_arena_format(arena, "!%s", wv_status_name(st));
	return out;
}

struct spelling_row {
	const char *row, *text, *expected;
};

static void check_spellings(spelling spell, const struct spelling_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		row_text(rows[i].row, spelled(spell, rows[i].text), rows[i].expected);
	rows_end();
}

static enum wv_status spell_href(struct wv_arena *to, const struct wv_url *url,
				 struct wv_slice *out, struct wv_err *err)
{
	(void)to;
	(void)err;
	*out = url->href;
	return WV_OK;
}

/* WHATWG parse; scheme/host lower-case, IDNA to A-label, default port, dot segments, empty path. */
static void parsing(void **state)
{
	static const struct spelling_row rows[] = {
		{"case of scheme and host", "HTTP://ExAmple.COM/PaTh", "http://example.com/PaTh"},
		{"IDNA", "https://新聞.香港/", "https://xn--efvv70d.xn--j6w193g/"},
		{"full width", "http://ｅｘａｍｐｌｅ．ｃｏｍ/", "http://example.com/"},
		{"sharp s stays", "http://faß.de/", "http://xn--fa-hia.de/"},
		{"ideographic stop", "http://a。b/", "http://a.b/"},
		{"escaped host", "http://ex%61mple.com/", "http://example.com/"},
		{"bad A-label", "http://xn--a/", "!usage"},
		{"default port", "https://a.example:443/", "https://a.example/"},
		{"the other's port", "http://a.example:443/", "http://a.example:443/"},
		{"port 0 is kept", "http://a.example:0/", "http://a.example:0/"},
		{"port 65535", "http://a.example:65535/", "http://a.example:65535/"},
		{"port 65536", "http://a.example:65536/", "!usage"},
		{"dot segments", "http://a/b/./c/../../d/..", "http://a/"},
		{"escaped dot segments", "http://a/b/%2E%2e/c/.%2e/%2e", "http://a/"},
		{"three dots are a name", "http://a/b/.../c", "http://a/b/.../c"},
		{"empty path", "http://a.example", "http://a.example/"},
		{"empty path with query", "http://a.example?q", "http://a.example/?q"},
		{"backslashes", "http:\\\\a\\b?c\\d", "http://a/b?c\\d"},
		{"too few slashes", "http:/a/b", "http://a/b"},
		{"too many slashes", "http:////a/b", "http://a/b"},
		{"blanks around, breaks inside", " \n http://a/b\tc\r\nd \f", "http://a/bcd"},
		{"octal, hex, short IPv4", "http://0x7f.1/", "http://127.0.0.1/"},
		{"dword IPv4", "http://2130706433/", "http://127.0.0.1/"},
		{"octal dword", "http://017700000001", "http://127.0.0.1/"},
		{"IPv4 and a dot", "http://127.0.0.1./", "http://127.0.0.1/"},
		{"escaped IPv4", "http://%31%32%37.1/", "http://127.0.0.1/"},
		{"full width IPv4", "http://１２７．１/", "http://127.0.0.1/"},
		{"IPv4 too large", "http://256.256.256.256/", "!usage"},
		{"IPv4 of five", "http://1.2.3.4.5/", "!usage"},
		{"dword too large", "http://4294967296/", "!usage"},
		{"name before a number", "http://foo.1/", "!usage"},
		{"0x is 0", "http://0x.0x.0/", "http://0.0.0.0/"},
		{"IPv6 compressed", "http://[2001:0DB8:0:0:1:0:0:1]/",
		 "http://[2001:db8::1:0:0:1]/"},
		{"IPv6 with IPv4", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"},
		{"IPv6 one zero", "http://[1:0:2:3:4:5:6:7]/", "http://[1:0:2:3:4:5:6:7]/"},
		{"IPv6 too long", "http://[1:2:3:4:5:6:7:8:9]/", "!usage"},
		{"IPv6 zone", "http://[fe80::1%25eth0]/", "!usage"},
		{"user and password", "http://u:p@@a/", "http://u:p%40@a/"},
		{"user without host", "http://u@/", "!usage"},
		{"space in host", "http://a b/", "!usage"},
		{"escaped slash in host", "http://a%2fb/", "!usage"},
		{"broken UTF-8 in path", "http://a/\xff\xc3\xa9", "http://a/%EF%BF%BD%C3%A9"},
		{"apostrophe in query", "http://a/'?'#'", "http://a/'?%27#'"},
		{"no base", "/a", "!usage"},
		{"empty", "", "!usage"},
		{"only a scheme", "http:", "!usage"},
		{"other schemes", "mailto:a@B.c", "mailto:a@B.c"},
	};

	(void)state;
	check_spellings(spell_href, rows, WV_COUNT(rows));
}

/* userinfo and fragment never go over the wire. */
static void requests(void **state)
{
	static const struct spelling_row rows[] = {
		{"nothing to drop", "http://a/b?c", "http://a/b?c"},
		{"fragment", "http://a/b?c#d", "http://a/b?c"},
		{"empty fragment", "http://a/b?#", "http://a/b?"},
		{"user", "http://u@a/#", "http://a/"},
		{"user and password", "https://u:p@a:8443/b#c?d", "https://a:8443/b"},
		{"password alone", "https://:p@a/", "https://a/"},
	};

	(void)state;
	check_spellings(wv_url_request, rows, WV_COUNT(rows));
}

static void origins(void **state)
{
	static const struct spelling_row rows[] = {
		{"default port", "https://u:p@a.example:443/x?y#z", "https://a.example"},
		{"own port", "http://a.example:8080/", "http://a.example:8080"},
		{"IPv6", "http://[::1]:81/", "http://[::1]:81"},
		{"port 0", "http://a:0/", "http://a:0"},
	};

	(void)state;
	check_spellings(wv_url_origin, rows, WV_COUNT(rows));
}

/* standards.md 4.14, the boxes on cleaning: fragment, percent escapes, tracking parameters. */
static void canonical(void **state)
{
	static const struct spelling_row rows[] = {
		{"fragment dropped", "http://a/b#c", "http://a/b"},
		{"hashbang kept", "http://a/#!/story/1", "http://a/#!/story/1"},
		{"upper-case hex", "http://a/%e4%bd%a0", "http://a/%E4%BD%A0"},
		{"unreserved decoded", "http://a/%41%2d%7E%5f%2E", "http://a/A-~_."},
		{"reserved stays escaped", "http://a/%2F%3f%26", "http://a/%2F%3F%26"},
		{"illegal encoded", "http://a/[b]|?x[]={y}", "http://a/%5Bb%5D%7C?x%5B%5D=%7By%7D"},
		{"lone percent sign", "http://a/100%/%zz?%", "http://a/100%25/%25zz?%25"},
		{"no second decoding", "http://a/%2541", "http://a/%2541"},
		{"percent before an escape", "http://a/%%32%65", "http://a/%252e"},
		{"user dropped", "http://u:p@a/", "http://a/"},
		{"www kept", "http://www.a.example/", "http://www.a.example/"},
		{"sessions kept", "http://a/b;jsessionid=1?sid=2", "http://a/b;jsessionid=1?sid=2"},
		{"order kept", "http://a/?b=1&a=2", "http://a/?b=1&a=2"},
		{"empty query dropped", "http://a/?", "http://a/"},
		{"empty items dropped", "http://a/?&a=1&&b&", "http://a/?a=1&b"},
		{"all utm", "http://a/?utm_source=x&id=1&UTM_Campaign=y&utm_=", "http://a/?id=1"},
		{"only tracking", "http://a/b?gclid=1&fbclid=2", "http://a/b"},
		{"escaped name", "http://a/?%75tm_source=x&b", "http://a/?b"},
		{"other clicks",
		 "http://a/?dclid=1&gbraid=1&wbraid=1&msclkid=1&yclid=1&twclid=1&igshid=1&x=1",
		 "http://a/?x=1"},
		{"mail and analytics", "http://a/?mc_cid=1&mc_eid=1&_ga=1&_gl=1&x", "http://a/?x"},
		{"portals", "http://a/?spm=1&scm=2&share_token=3&ref_src=4&x", "http://a/?x"},
		{"publishers", "http://a/?cmpid=1&ncid=2&ocid=3&icid=4&__twitter_impression=true",
		 "http://a/"},
		{"consent", "http://a/?guccounter=1&guce_referrer=x&guce_referrer_sig=y",
		 "http://a/"},
		{"generic names are the site's", "http://a/?from=1&ref=2&source=3&share=4",
		 "http://a/?from=1&ref=2&source=3&share=4"},
		{"names are whole", "http://a/?xgclid=1&gclid2=1&spmx=2",
		 "http://a/?xgclid=1&gclid2=1&spmx=2"},
		{"only the web", "ftp://a/b", "!refused"},
	};

	(void)state;
	check_spellings(wv_url_canonical, rows, WV_COUNT(rows));
}

/* standards.md 4.14, the boxes on keys. */
static void surt(void **state)
{
	static const struct spelling_row rows[] = {
		{"the form", "https://news.example.com/p?q", "com,example,news)/p?q"},
		{"without scheme", "http://example.com/", "com,example)/"},
		{"www stripped", "https://www.example.com/", "com,example)/"},
		{"www2 stripped", "https://www2.example.com/", "com,example)/"},
		{"www in the middle stays", "https://a.www.example.com/", "com,example,www,a)/"},
		{"wwwx is a name", "https://wwwx.example.com/", "com,example,wwwx)/"},
		{"www before a suffix stays", "https://www.com/", "com,www)/"},
		{"root dot", "https://example.com./", "com,example)/"},
		{"A-labels", "https://www.例え.jp/", "jp,xn--r8jz45g)/"},
		{"user dropped", "http://u:p@example.com/", "com,example)/"},
		{"port kept", "http://example.com:8080/", "com,example:8080)/"},
		{"IPv4 as it is", "http://127.0.0.1/", "127.0.0.1)/"},
		{"IPv6 as it is", "http://[::1]:81/", "[::1]:81)/"},
		{"query sorted", "http://a.b/?c=3&a=2&b&a=1", "b,a)/?a=1&a=2&b&c=3"},
		{"tracking dropped", "http://a.b/?utm_medium=x&z=1", "b,a)/?z=1"},
		{"fragment dropped", "http://a.b/c#d", "b,a)/c"},
		{"case of the path kept", "http://a.b/C", "b,a)/C"},
		{"jsessionid in the path", "http://a.b/c;jsessionid=1A2B/d;x=1?e",
		 "b,a)/c/d;x=1?e"},
		{"jsessionid in the query", "http://a.b/c?JSESSIONID=1&d", "b,a)/c?d"},
		{"phpsessid", "http://a.b/?PHPSESSID=abc", "b,a)/"},
		{"aspsessionid", "http://a.b/?ASPSESSIONIDAQBSDQTR=HFLP&d=1", "b,a)/?d=1"},
		{"cfid and cftoken", "http://a.b/?CFID=1&CFTOKEN=2&d=1", "b,a)/?d=1"},
		{"sid of a session", "http://a.b/?sid=0123456789abcdef0123456789abcdef", "b,a)/"},
		{"sid of a story", "http://a.b/?sid=20240605", "b,a)/?sid=20240605"},
		{"other schemes keep themselves", "ftp://a.b/c", "ftp:b,a)/c"},
		{"no host", "mailto:a@b.c", "mailto:a@b.c"},
	};

	(void)state;
	check_spellings(wv_url_surt, rows, WV_COUNT(rows));
}

static void page_keys(void **state)
{
	/* "b,a)/" and a path of so many letters */
	static const struct {
		const char *row;
		size_t letters, expected;
	} rows[] = {{"439", 434, 439}, {"440", 435, 440}, {"441", 436, 456}, {"5000", 4995, 456}};
	char text[6000];

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		size_t front = (size_t)snprintf(text, sizeof(text), "http://a.b/");

		memset(text + front, 'x', rows[i].letters);
		text[front + rows[i].letters] = '\0';
		row_int(rows[i].row, (long long)spelled(wv_url_page_key, text).n,
			(long long)rows[i].expected);
	}
	row_text("short", spelled(wv_url_page_key, "http://a.b/c"), "b,a)/c");
	/* Different tails, different keys. */
	text[4000] = 'y';
	struct wv_slice one = spelled(wv_url_page_key, text);
	text[4000] = 'z';
	struct wv_slice two = spelled(wv_url_page_key, text);
	row_int("same front", memcmp(one.p, two.p, 440), 0);
	row_int("other digest", wv_slice_equals(one, two), 0);
	rows_end();
}

static void limits(void **state)
{
	static const struct {
		const char *row;
		size_t bytes;
		enum wv_status expected;
	} rows[] = {{"limit - 1", WV_LIMIT_URL_BYTES - 1, WV_OK},
		    {"limit", WV_LIMIT_URL_BYTES, WV_OK},
		    {"limit + 1", WV_LIMIT_URL_BYTES + 1, WV_LIMIT}};
	static char text[WV_LIMIT_URL_BYTES + 2];
	struct wv_url url;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "http://a/", 9);
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].row,
			wv_url_parse(arena, wv_slice(text, rows[i].bytes), NULL, &url, NULL),
			rows[i].expected);
	/* Escaping takes it over the cap. */
	text[100] = ' ';
	row_int("escaped beyond",
		wv_url_parse(arena, wv_slice(text, WV_LIMIT_URL_BYTES - 1), NULL, &url, NULL),
		WV_LIMIT);
	rows_end();
}

static void joins(void **state)
{
	static const struct {
		const char *row, *base, *reference, *expected; /* NULL: WV_NO */
	} rows[] = {
		{"segment", "http://a/b/c?d#e", "f", "http://a/b/f"},
		{"root", "http://a/b/c?d#e", "/f?g#h", "http://a/f?g"},
		{"query", "http://a/b/c?d#e", "?g", "http://a/b/c?g"},
		{"fragment", "http://a/b/c?d#e", "#g", "http://a/b/c?d"},
		{"nothing", "http://a/b/c?d#e", "", "http://a/b/c?d"},
		{"up", "http://a/b/c/d", "../e", "http://a/b/e"},
		{"up too far", "http://a/b", "../../e", "http://a/e"},
		{"host", "https://a/b", "//h.example/f", "https://h.example/f"},
		{"absolute", "http://a/", "https://h.example/f#g", "https://h.example/f"},
		{"absolute without path", "http://a/", "https://h.example?q",
		 "https://h.example/?q"},
		{"own origin with port", "http://127.0.0.1:8080/x", "http://127.0.0.1:8080/y",
		 "http://127.0.0.1:8080/y"},
		{"its front is no origin", "http://127.0.0.1:80/x", "http://127.0.0.10/y",
		 "http://127.0.0.10/y"},
		{"upper case", "http://a/", "HTTP://H.Example/F", "http://h.example/F"},
		{"same scheme, no slashes", "http://a/b/c", "http:d", "http://a/b/d"},
		{"blanks", "http://a/b/", " \n f \n", "http://a/b/f"},
		{"break inside", "http://a/b/", "f\ng", "http://a/b/fg"},
		{"space inside", "http://a/", "f g", "http://a/f%20g"},
		{"other letters", "http://a/", "你", "http://a/%E4%BD%A0"},
		{"escaped letters", "http://a/", "%E4%BD%A0", "http://a/%E4%BD%A0"},
		{"escaped dots", "http://a/b/c", "%2E%2e/d", "http://a/d"},
		{"backslash", "http://a/", "\\\\h\\f", "http://h/f"},
		{"userinfo dropped", "http://u:p@a/b", "c", "http://a/c"},
		{"userinfo of a link dropped", "http://a/b", "http://u:p@h/c", "http://h/c"},
		{"number for a host", "http://a/", "http://1/", "http://0.0.0.1/"},
		{"mailto", "http://a/", "mailto:x@y", NULL},
		{"javascript", "http://a/", "javascript:void(0)", NULL},
		{"broken", "http://a/", "http://a b/", NULL},
		{"relative to a mail", "mailto:x@y", "f", NULL},
		{"absolute from a mail", "mailto:x@y", "http://a/f", "http://a/f"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_url_joiner joiner;
		struct wv_slice got = WV_SLICE_NONE;
		enum wv_status st;

		st = wv_url_parse(arena, wv_slice_of(rows[i].base), NULL, &joiner.base, NULL);
		row_int(rows[i].row, st, WV_OK);
		st = wv_url_join(arena, &joiner, wv_slice_of(rows[i].reference), &got);
		row_int(rows[i].row, st, rows[i].expected ? WV_OK : WV_NO);
		row_text(rows[i].row, got, rows[i].expected ? rows[i].expected : "");
	}
	rows_end();
}

static void parts(void **state)
{
	struct wv_url url;

	(void)state;
	assert_int_equal(
		wv_url_parse(arena, WV_LIT("https://u:p@a.example:81/b?c#d"), NULL, &url, NULL),
		WV_OK);
	row_text("scheme", url.scheme, "https");
	row_text("username", url.username, "u");
	row_text("password", url.password, "p");
	row_text("host", url.host, "a.example");
	row_text("path", url.path, "/b");
	row_text("query", url.query, "c");
	row_text("fragment", url.fragment, "d");
	row_int("port", wv_url_port(&url), 81);
	row_int("web", wv_url_is_web(&url), 1);
	assert_int_equal(wv_url_parse(arena, WV_LIT("wss://a/"), NULL, &url, NULL), WV_OK);
	row_int("port of the scheme", wv_url_port(&url), 443);
	row_int("not the web", wv_url_is_web(&url), 0);
	assert_int_equal(wv_url_parse(arena, WV_LIT("foo:bar"), NULL, &url, NULL), WV_OK);
	row_int("no port", wv_url_port(&url), 0);
	row_int("opaque", url.is_opaque_path, 1);
	rows_end();
}

static void out_of_memory(void **state)
{
	struct wv_arena *none = NULL;
	struct wv_url url;

	(void)state;
	assert_int_equal(wv_arena_new(0, &none, NULL), WV_OK);
	assert_int_equal(wv_url_parse(none, WV_LIT("http://a/"), NULL, &url, NULL), WV_NOMEM);
	wv_arena_free(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsing), cmocka_unit_test(requests),
		cmocka_unit_test(origins), cmocka_unit_test(canonical),
		cmocka_unit_test(surt),    cmocka_unit_test(page_keys),
		cmocka_unit_test(limits),  cmocka_unit_test(joins),
		cmocka_unit_test(parts),   cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
