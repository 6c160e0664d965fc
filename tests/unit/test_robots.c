/*
 * robots.txt: RFC 9309 clause by clause, the facts of google/robotstxt's published tests in rows of
 * our own (where those say "Google only" and differ from the RFC, the row's name says what we do),
 * the extensions, the caps, and what the having of the file means.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/limits.h"
#include "crawler/plan/robots.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define H "http://foo.bar"

struct row {
	const char *name;
	const char *text;
	const char *tokens; /* separated by commas, in order */
	const char *url;
	bool allowed;
	int line; /* of the rule that decides; 0: none; -1: not looked at */
};

/* ---- groups */
#define GROUPS                                                                                     \
	"allow: /foo/bar/\n\nuser-agent: FooBot\ndisallow: /\nallow: /x/\nuser-agent: BarBot\n"    \
	"disallow: /\nallow: /y/\n\n\nallow: /w/\nuser-agent: BazBot\n\nuser-agent: FooBot\n"      \
	"allow: /z/\ndisallow: /\n"
#define SPACE "User-Agent: *\nDisallow: /\nUser-Agent: Foo Bar\nAllow: /x/\nDisallow: /\n"
#define STAR  "user-agent: *\nallow: /\nuser-agent: FooBot\ndisallow: /\n"
#define ONLY                                                                                       \
	"user-agent: FooBot\nallow: /\nuser-agent: BarBot\ndisallow: /\nuser-agent: BazBot\n"      \
	"disallow: /\n"
#define MERGED                                                                                     \
	"user-agent: foo\ndisallow: /a\n\nuser-agent: bar\ndisallow: /b\n\nuser-agent: FOO\n"      \
	"disallow: /c\n"
#define SPLIT "user-agent: foo\nsitemap: http://x/s.xml\nunknown: 1\nuser-agent: bar\ndisallow: /\n"
#define TWO   "user-agent: first\ndisallow: /1\n\nuser-agent: second\ndisallow: /2\n"

static const struct row group_rows[] = {
	{"empty file", "", "FooBot", H "/x", true, 0},
	{"named group", "user-agent: FooBot\ndisallow: /\n", "FooBot", H "/x/y", false, 2},
	{"no such key", "foo: FooBot\nbar: /\n", "FooBot", H "/x/y", true, 0},
	{"colon forgotten", "user-agent FooBot\ndisallow /\n", "FooBot", H "/x/y", false, 2},
	{"colon forgotten, three words: no rule", "user-agent: f\ndisallow / x\n", "f", H "/x", true, 0},
	{"group x", GROUPS, "FooBot", H "/x/b", true, -1},
	{"group z, merged from below", GROUPS, "FooBot", H "/z/d", true, -1},
	{"group of another", GROUPS, "FooBot", H "/y/c", false, -1},
	{"BarBot y", GROUPS, "BarBot", H "/y/c", true, -1},
	{"BarBot w, after empty lines", GROUPS, "BarBot", H "/w/a", true, 11},
	{"BarBot z", GROUPS, "BarBot", H "/z/d", false, -1},
	{"BazBot shares the last group", GROUPS, "BazBot", H "/z/d", true, -1},
	{"rules before any group, FooBot", GROUPS, "FooBot", H "/foo/bar/", false, -1},
	{"rules before any group, BarBot", GROUPS, "BarBot", H "/foo/bar/", false, -1},
	{"rules before any group, BazBot", GROUPS, "BazBot", H "/foo/bar/", false, -1},
	{"rules before any group bind nobody", "disallow: /\n", "foo", H "/x", true, 0},
	{"agent up to its first space", SPACE, "Foo", H "/x/y", true, 4},
	{"agent with a space is nobody's name", SPACE, "Foo Bar", H "/x/y", false, 2},
	{"star only if no name, named", STAR, "FooBot", H "/x/y", false, -1},
	{"star only if no name, other", STAR, "BarBot", H "/x/y", true, -1},
	{"no star, no name: no rules", ONLY, "QuxBot", H "/x/y", true, 0},
	{"no star, named", ONLY, "BarBot", H "/x/y", false, -1},
	{"named group hides the star's rules", "User-agent: *\nDisallow: /x/\nUser-agent: FooBot\nDisallow: /y/\n",
	 "FooBot", H "/x/page", true, 0},
	{"named group has its own", "User-agent: *\nDisallow: /x/\nUser-agent: FooBot\nDisallow: /y/\n",
	 "FooBot", H "/y/page", false, 4},
	{"merged, first part", MERGED, "foo", H "/a", false, 2},
	{"merged, last part", MERGED, "foo", H "/c", false, 8},
	{"merged, not the one between", MERGED, "foo", H "/b", true, 0},
	{"other lines do not split, first agent", SPLIT, "foo", H "/x", false, 5},
	{"other lines do not split, second agent", SPLIT, "bar", H "/x", false, 5},
	{"crawl-delay does not split either", "user-agent: a\ncrawl-delay: 3\nuser-agent: b\ndisallow: /\n",
	 "a", H "/", false, 4},
	{"a rule ends the run of agents", "user-agent: a\ndisallow: /1\nuser-agent: b\ndisallow: /2\n",
	 "b", H "/1", true, 0},
	{"a named group without rules allows all", "user-agent: *\ndisallow: /\n\nuser-agent: foo\n",
	 "foo", H "/x", true, 0},
	{"tokens in order, first", TWO, "first,second", H "/1", false, 2},
	{"tokens in order, the second does not count", TWO, "first,second", H "/2", true, 0},
	{"tokens in order, turned round", TWO, "second,first", H "/2", false, 5},
	{"first token has no group, second has", TWO, "zeroth,second", H "/2", false, 5},
	{"no token has a group: star", "user-agent: *\ndisallow: /s\n" TWO, "x,y", H "/s", false, 2},
	{"never a part of a name, longer", "user-agent: foobotnews\ndisallow: /\n", "foobot", H "/", true, 0},
	{"never a part of a name, shorter", "user-agent: foo\ndisallow: /\n", "foobot", H "/", true, 0},
	{"version behind the name", "user-agent: FooBot/2.1\ndisallow: /\n", "foobot", H "/", false, 2},
	{"star with words behind it", "user-agent: * all\ndisallow: /\n", "foo", H "/", false, 2},
	{"star glued to a word is no star", "user-agent: *foo\ndisallow: /\n", "bar", H "/", true, 0},
	{"agent in upper case", "USER-AGENT: FOO BAR\nALLOW: /x/\nDISALLOW: /\n", "foo", H "/a/b", false, 3},
	{"agent in mixed case", "uSeR-aGeNt: FoO bAr\nAlLoW: /x/\nDiSaLlOw: /\n", "Foo", H "/x/y", true, 2},
	{"token with - and _", "user-agent: my_news-bot\ndisallow: /\n", "My_News-Bot", H "/", false, 2},
	{"token ends at a digit", "user-agent: bot9\ndisallow: /\n", "bot", H "/", false, 2},
	{"empty agent line names nobody", "user-agent:\ndisallow: /\n", "foo", H "/", true, 0},
	{"two agents, one group", "user-agent: a\nuser-agent: b\ndisallow: /\n", "a", H "/", false, 3},
	{"same agent twice in a run", "user-agent: a\nuser-agent: a\ndisallow: /\n", "a", H "/", false, 3},
};

/* ---- lines and bytes */
static const struct row line_rows[] = {
	{"CR", "user-agent: foo\rdisallow: /a\r", "foo", H "/a", false, 2},
	{"CRLF", "user-agent: foo\r\n\r\ndisallow: /a\r\n", "foo", H "/a", false, 3},
	{"mixed ends", "user-agent: foo\n\r\n\rdisallow: /a\n", "foo", H "/a", false, 4},
	{"no last line end", "user-agent: foo\ndisallow: /a", "foo", H "/a", false, 2},
	{"BOM", "\xEF\xBB\xBFuser-agent: foo\ndisallow: /\n", "foo", H "/x", false, 2},
	{"BOM and nothing", "\xEF\xBB\xBF", "foo", H "/x", true, 0},
	{"half a BOM spoils the first line", "\xEF\xBBuser-agent: foo\ndisallow: /\n", "foo", H "/x", true, 0},
	{"BOM in the middle is no BOM", "user-agent: foo\n\xEF\xBB\xBF" "disallow: /\n", "foo", H "/x", true, 0},
	{"comment line", "# hi\nuser-agent: foo # me\ndisallow: /a # all of a\n", "foo", H "/a", false, 3},
	{"comment in the value", "user-agent: foo\ndisallow: /foo/quz#qux\nallow: /\n", "foo", H "/foo/quz", false, 2},
	{"rule commented out", "user-agent: foo\n# disallow: /\nallow: /\n", "foo", H "/foo/bar", true, 3},
	{"white space around all", "  user-agent :  foo  \n\tdisallow\t:\t/a\t\n", "foo", H "/a", false, 2},
	{"no white space", "user-agent:foo\ndisallow:/a\n", "foo", H "/a", false, 2},
	{"misspelt disallow counts", "user-agent: foo\ndissallow: /a\n", "foo", H "/a", false, 2},
	{"misspelt disallow counts 2", "user-agent: foo\ndisalow: /a\n", "foo", H "/a", false, 2},
	{"misspelt user-agent counts", "useragent: foo\ndisallow: /a\n", "foo", H "/a", false, 2},
	{"user agent in two words", "user agent: foo\ndisallow: /a\n", "foo", H "/a", false, 2},
	{"unknown lines", "user-agent: foo\nnoindex: /b\nclean-param: s\nhost: x\ndisallow: /a\n", "foo", H "/b", true, 0},
	{"HTML has no rules", "<!DOCTYPE html>\nuser-agent: *\ndisallow: /\n", "foo", H "/x", true, 0},
	{"HTML after white space", " \n <html>\nuser-agent: *\ndisallow: /\n", "foo", H "/x", true, 0},
};

/* ---- matching */
#define F(rules)      "user-agent: FooBot\n" rules
#define FISH(pattern) F("disallow: /\nallow: " pattern "\n")

static const struct row match_rows[] = {
	{"longest: the page", F("disallow: /x/page.html\nallow: /x/\n"), "FooBot", H "/x/page.html", false, 2},
	{"longest: allowed page", F("allow: /x/page.html\ndisallow: /x/\n"), "FooBot", H "/x/page.html", true, 2},
	{"longest: its folder", F("allow: /x/page.html\ndisallow: /x/\n"), "FooBot", H "/x/", false, 3},
	{"both empty", F("disallow: \nallow: \n"), "FooBot", H "/x/page.html", true, 0},
	{"tie, allow second", F("disallow: /\nallow: /\n"), "FooBot", H "/x/page.html", true, 3},
	{"tie, allow first", F("allow: /\ndisallow: /\n"), "FooBot", H "/x", true, 2},
	{"tie of pages", F("disallow: /x/page.html\nallow: /x/page.html\n"), "FooBot", H "/x/page.html", true, 3},
	{"prefix and slash: without", F("disallow: /x\nallow: /x/\n"), "FooBot", H "/x", false, 2},
	{"prefix and slash: with", F("disallow: /x\nallow: /x/\n"), "FooBot", H "/x/", true, 3},
	{"longer wildcard wins", F("allow: /page\ndisallow: /*.html\n"), "FooBot", H "/page.html", false, 3},
	{"wildcard not met", F("allow: /page\ndisallow: /*.html\n"), "FooBot", H "/page", true, 2},
	{"longer literal wins", F("allow: /x/page.\ndisallow: /*.html\n"), "FooBot", H "/x/page.html", true, 2},
	{"wildcard for the other", F("allow: /x/page.\ndisallow: /*.html\n"), "FooBot", H "/x/y.html", false, 3},
	{"case: met", F("disallow: /x/\n"), "FooBot", H "/x/y", false, 2},
	{"case: not met", F("disallow: /X/\n"), "FooBot", H "/x/y", true, 0},
	{"empty disallow allows all", F("disallow:\n"), "FooBot", H "/x", true, 0},
	{"empty disallow beside another", F("disallow:\ndisallow: /a\n"), "FooBot", H "/a", false, 3},
	{"nothing matches", F("disallow: /b\n"), "FooBot", H "/a", true, 0},
	{"rule without a slash never matches", F("disallow: b\n"), "FooBot", H "/b", true, 0},
	{"rule that is a whole URL never matches", F("disallow: http://foo.bar/b\n"), "FooBot", H "/b", true, 0},
	{"three rules, longest in the middle", F("disallow: /a\nallow: /a/b/c\ndisallow: /a/b\n"), "FooBot", H "/a/b/c/d", true, 3},

	/* wildcards and the end */
	{"star spans segments", F("disallow: /foo/bar/quz\nallow: /foo/*/qux\n"), "FooBot", H "/foo/bar/quz", false, 2},
	{"star: not this", F("disallow: /foo/bar/quz\nallow: /foo/*/qux\n"), "FooBot", H "/foo//quz", true, 0},
	{"star: nor this", F("disallow: /foo/bar/quz\nallow: /foo/*/qux\n"), "FooBot", H "/foo/bax/quz", true, 0},
	{"end: met", F("disallow: /foo/bar$\nallow: /foo/bar/qux\n"), "FooBot", H "/foo/bar", false, 2},
	{"end: longer path", F("disallow: /foo/bar$\nallow: /foo/bar/qux\n"), "FooBot", H "/foo/bar/qux", true, 3},
	{"end: slash", F("disallow: /foo/bar$\n"), "FooBot", H "/foo/bar/", true, 0},
	{"end: more", F("disallow: /foo/bar$\n"), "FooBot", H "/foo/bar/baz", true, 0},
	{"end: query counts", F("disallow: /foo/bar$\n"), "FooBot", H "/foo/bar?q", true, 0},
	{"root only", F("allow: /$\ndisallow: /\n"), "FooBot", H "/", true, 2},
	{"root only, page", F("allow: /$\ndisallow: /\n"), "FooBot", H "/page.html", false, 3},
	{"dollar inside is itself", F("disallow: /a$b\n"), "FooBot", H "/a$b", false, 2},
	{"dollar inside is no end", F("disallow: /a$b\n"), "FooBot", H "/a", true, 0},
	{"escaped dollar is itself", F("disallow: /a%24\n"), "FooBot", H "/a$x", false, 2},
	{"escaped star is itself", F("disallow: /f-%2A.html\n"), "FooBot", H "/f-*.html", false, 2},
	{"escaped star is no wildcard", F("disallow: /f-%2A.html\n"), "FooBot", H "/f-x.html", true, 0},
	{"star meets an escaped star", F("disallow: /f-*.html\n"), "FooBot", H "/f-%2A.html", false, 2},
	{"star at the end is nothing", F("disallow: /a*\n"), "FooBot", H "/a", false, 2},
	{"star at the end counts as an octet", F("allow: /a\ndisallow: /a*\n"), "FooBot", H "/ab", false, 3},
	{"star and end: any end", F("disallow: /a*$\n"), "FooBot", H "/abc", false, 2},
	{"star first", F("disallow: *.php\n"), "FooBot", H "/x/y.php?z", false, 2},
	{"two stars", F("disallow: /a**b\n"), "FooBot", H "/axxb", false, 2},
	{"star, tail again", F("disallow: /*a$\n"), "FooBot", H "/aXa", false, 2},
	{"star may not overlap", F("disallow: /ab*ba$\n"), "FooBot", H "/aba", true, 0},
	{"star alone", F("disallow: *\n"), "FooBot", H "/x", false, 2},
	{"dollar alone matches nothing", F("disallow: $\n"), "FooBot", H "/x", true, 0},
	{"many stars end", F("disallow: /" "*a*a*a*a*a*a*a*a*b" "\n"), "FooBot", H "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true, 0},

	/* the documentation's fish */
	{"fish 1", FISH("/fish"), "FooBot", H "/bar", false, 2},
	{"fish 2", FISH("/fish"), "FooBot", H "/fish", true, 3},
	{"fish 3", FISH("/fish"), "FooBot", H "/fish.html", true, 3},
	{"fish 4", FISH("/fish"), "FooBot", H "/fish/salmon.html", true, 3},
	{"fish 5", FISH("/fish"), "FooBot", H "/fishheads/yummy.html", true, 3},
	{"fish 6", FISH("/fish"), "FooBot", H "/fish.html?id=anything", true, 3},
	{"fish 7", FISH("/fish"), "FooBot", H "/Fish.asp", false, 2},
	{"fish 8", FISH("/fish"), "FooBot", H "/catfish", false, 2},
	{"fish 9", FISH("/fish"), "FooBot", H "/?id=fish", false, 2},
	{"fish* 1", FISH("/fish*"), "FooBot", H "/bar", false, 2},
	{"fish* 2", FISH("/fish*"), "FooBot", H "/fish", true, 3},
	{"fish* 3", FISH("/fish*"), "FooBot", H "/fishheads", true, 3},
	{"fish* 4", FISH("/fish*"), "FooBot", H "/fish.html?id=anything", true, 3},
	{"fish* 5", FISH("/fish*"), "FooBot", H "/Fish.bar", false, 2},
	{"fish* 6", FISH("/fish*"), "FooBot", H "/?id=fish", false, 2},
	{"fish/ 1", FISH("/fish/"), "FooBot", H "/bar", false, 2},
	{"fish/ 2", FISH("/fish/"), "FooBot", H "/fish/", true, 3},
	{"fish/ 3", FISH("/fish/"), "FooBot", H "/fish/salmon", true, 3},
	{"fish/ 4", FISH("/fish/"), "FooBot", H "/fish/?salmon", true, 3},
	{"fish/ 5", FISH("/fish/"), "FooBot", H "/fish", false, 2},
	{"fish/ 6", FISH("/fish/"), "FooBot", H "/fish.html", false, 2},
	{"fish/ 7", FISH("/fish/"), "FooBot", H "/Fish/Salmon.html", false, 2},
	{"*.php 1", FISH("/*.php"), "FooBot", H "/filename.php", true, 3},
	{"*.php 2", FISH("/*.php"), "FooBot", H "/folder/filename.php?parameters", true, 3},
	{"*.php 3", FISH("/*.php"), "FooBot", H "//folder/any.php.file.html", true, 3},
	{"*.php 4", FISH("/*.php"), "FooBot", H "/filename.php/", true, 3},
	{"*.php 5", FISH("/*.php"), "FooBot", H "/index?f=filename.php/", true, 3},
	{"*.php 6", FISH("/*.php"), "FooBot", H "/php/", false, 2},
	{"*.php 7", FISH("/*.php"), "FooBot", H "/index?php", false, 2},
	{"*.php 8", FISH("/*.php"), "FooBot", H "/windows.PHP", false, 2},
	{"*.php$ 1", FISH("/*.php$"), "FooBot", H "/filename.php", true, 3},
	{"*.php$ 2", FISH("/*.php$"), "FooBot", H "/folder/filename.php", true, 3},
	{"*.php$ 3", FISH("/*.php$"), "FooBot", H "/filename.php?parameters", false, 2},
	{"*.php$ 4", FISH("/*.php$"), "FooBot", H "/filename.php/", false, 2},
	{"*.php$ 5", FISH("/*.php$"), "FooBot", H "/filename.php5", false, 2},
	{"*.php$ 6", FISH("/*.php$"), "FooBot", H "/filename?php", false, 2},
	{"*.php$ 7", FISH("/*.php$"), "FooBot", H "/aaaphpaaa", false, 2},
	{"fish*.php 1", FISH("/fish*.php"), "FooBot", H "/fish.php", true, 3},
	{"fish*.php 2", FISH("/fish*.php"), "FooBot", H "/fishheads/catfish.php?parameters", true, 3},
	{"fish*.php 3", FISH("/fish*.php"), "FooBot", H "/Fish.PHP", false, 2},
	{"precedence 1", F("allow: /p\ndisallow: /\n"), "FooBot", "http://example.com/page", true, 2},
	{"precedence 2", F("allow: /folder\ndisallow: /folder\n"), "FooBot", "http://example.com/folder/page", true, 2},
	{"precedence 3", F("allow: /page\ndisallow: /*.htm\n"), "FooBot", "http://example.com/page.htm", false, 3},
	{"index.html is a page like others (the RFC knows no exception)", "User-Agent: *\nAllow: /a/index.html\nDisallow: /\n", "foobot",
	 H "/a/", false, 3},
	{"index.html itself", "User-Agent: *\nAllow: /a/index.html\nDisallow: /\n", "foobot", H "/a/index.html", true, 2},

	/* percent and UTF-8 */
	{"query stays as it is", F("Disallow: /\nAllow: /foo/bar?qux=taz&baz=http://foo.bar?tar&par\n"), "FooBot",
	 H "/foo/bar?qux=taz&baz=http://foo.bar?tar&par", true, 3},
	{"raw UTF-8 in the rule", F("Disallow: /\nAllow: /foo/bar/\xE3\x83\x84\n"), "FooBot", H "/foo/bar/%E3%83%84", true, 3},
	{"raw UTF-8 in both", F("Disallow: /\nAllow: /foo/bar/\xE3\x83\x84\n"), "FooBot", H "/foo/bar/\xE3\x83\x84", true, 3},
	{"escapes in lower case", F("Disallow: /\nAllow: /foo/bar/%e3%83%84\n"), "FooBot", H "/foo/bar/%E3%83%84", true, 3},
	{"escaped unreserved is undone (RFC 9309 2.2.2)", F("Disallow: /\nAllow: /foo/bar/%62%61%7A\n"), "FooBot", H "/foo/bar/baz", true, 3},
	{"escaped unreserved in both", F("Disallow: /\nAllow: /foo/bar/%62%61%7A\n"), "FooBot", H "/foo/bar/%62%61%7A", true, 3},
	{"%7E is ~", F("disallow: /%7Eme\n"), "FooBot", H "/~me", false, 2},
	{"~ is %7e", F("disallow: /~me\n"), "FooBot", H "/%7eme", false, 2},
	{"%2F is not a slash", F("disallow: /a%2Fb\n"), "FooBot", H "/a/b", true, 0},
	{"%2f is %2F", F("disallow: /a%2fb\n"), "FooBot", H "/a%2Fb", false, 2},
	{"%3F is not a question mark", F("disallow: /a?b\n"), "FooBot", H "/a%3Fb", true, 0},
	{"stray percent", F("disallow: /a%zz\n"), "FooBot", H "/a%zz", false, 2},
	{"percent at the end", F("disallow: /a%\n"), "FooBot", H "/a%", false, 2},
	{"space is %20", F("disallow: /a b\n"), "FooBot", H "/a%20b", false, 2},
	{"latin-1 byte", F("disallow: /caf\xE9\n"), "FooBot", H "/caf%E9", false, 2},

	/* URLs */
	{"no path", F("disallow: /\n"), "FooBot", H, false, 2},
	{"no path, query", F("disallow: /?x\n"), "FooBot", H "?x=1", false, 2},
	{"fragment is no part", F("disallow: /a#b\nallow: /a\n"), "FooBot", H "/a#b", true, 3},
	{"path alone", F("disallow: /a\n"), "FooBot", "/a/b", false, 2},
	{"port", F("disallow: /a\n"), "FooBot", "https://h:8443/a", false, 2},
	{"robots.txt itself", F("disallow: /\n"), "FooBot", H "/robots.txt", true, 0},
	{"robots.txt deeper is a page", F("disallow: /\n"), "FooBot", H "/a/robots.txt", false, 2},
	{"robots.txt with a query is a page", F("disallow: /\n"), "FooBot", H "/robots.txt?x", false, 2},
};

static struct wv_strings split_tokens(const char *text, struct wv_slice *room)
{
	struct wv_cursor c = wv_cursor(wv_slice_of(text));
	size_t n = 0;

	while (wv_cursor_left(&c))
		room[n++] = wv_cursor_until(&c, ',');
	return (struct wv_strings){room, n};
}

static struct wv_robots *parse(struct wv_slice text, const char *tokens)
{
	struct wv_slice room[8];
	struct wv_robots *robots = NULL;

	assert_int_equal(wv_robots_parse(text, split_tokens(tokens, room), &robots, NULL), WV_OK);
	return robots;
}

static void run_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct wv_robots *robots = parse(wv_slice_of(rows[i].text), rows[i].tokens);
		struct wv_robots_decision decision =
			wv_robots_check(robots, wv_slice_of(rows[i].url));

		row_int(rows[i].name, decision.allowed, rows[i].allowed);
		if (rows[i].line >= 0)
			row_int(rows[i].name, decision.line, rows[i].line);
		wv_robots_free(&robots);
	}
	rows_end();
}

static void test_groups(void **state)
{
	(void)state;
	run_rows(group_rows, WV_COUNT(group_rows));
}

static void test_lines(void **state)
{
	(void)state;
	run_rows(line_rows, WV_COUNT(line_rows));
}

static void test_matching(void **state)
{
	(void)state;
	run_rows(match_rows, WV_COUNT(match_rows));
	assert_true(WV_COUNT(group_rows) + WV_COUNT(line_rows) + WV_COUNT(match_rows) >= 150);
}

static void test_nul_and_binary(void **state)
{
	static const char text[] = "user-agent: foo\ndisallow: /a\0b\n\0\xff\xfe\x80\ndisallow: /c\n";
	struct wv_robots *robots = parse(wv_slice(text, sizeof text - 1), "foo");

	(void)state;
	row_int("NUL is a byte of the rule", wv_robots_check(robots, WV_LIT("/a%00b")).allowed, 0);
	row_int("it does not end the line", wv_robots_check(robots, WV_LIT("/ab")).allowed, 1);
	row_int("lines behind it count", wv_robots_check(robots, WV_LIT("/c")).line, 4);
	wv_robots_free(&robots);
	rows_end();
}

static void test_rule_text(void **state)
{
	struct wv_robots *robots = parse(WV_LIT("user-agent: *\nDISALLOW:  /a*b$  # x\n"), "foo");
	struct wv_robots_decision decision = wv_robots_check(robots, WV_LIT("/a/b"));

	(void)state;
	row_text("as written", decision.rule, "Disallow: /a*b$");
	row_text("group", wv_robots_facts(robots)->group, "*");
	wv_robots_free(&robots);
	robots = parse(WV_LIT("user-agent: Second\ndisallow: /\n"), "first,second");
	row_text("group by our spelling", wv_robots_facts(robots)->group, "second");
	wv_robots_free(&robots);
	robots = parse(WV_LIT("user-agent: other\ndisallow: /\n"), "first");
	row_text("no group", wv_robots_facts(robots)->group, "");
	wv_robots_free(&robots);
	rows_end();
}

static void test_delays(void **state)
{
	static const struct {
		const char *name, *text;
		int64_t us;
	} rows[] = {
		{"none", "user-agent: *\ndisallow: /a\n", -1},
		{"whole", "user-agent: *\ncrawl-delay: 5\n", 5000000},
		{"decimal", "user-agent: *\nCrawl-Delay: 1.5\n", 1500000},
		{"point first", "user-agent: *\ncrawl-delay: .25\n", 250000},
		{"unit is ignored", "user-agent: *\ncrawl-delay: 10s\n", 10000000},
		{"more digits than a microsecond", "user-agent: *\ncrawl-delay: 0.123456789\n", 123456},
		{"above a day counts as a day", "user-agent: *\ncrawl-delay: 99999999999999999999999\n", 86400000000},
		{"negative is no number", "user-agent: *\ncrawl-delay: -5\n", -1},
		{"words are no number", "user-agent: *\ncrawl-delay: ten\n", -1},
		{"zero", "user-agent: *\ncrawl-delay: 0\n", 0},
		{"of the group that binds us", "user-agent: *\ncrawl-delay: 9\n\nuser-agent: foo\ncrawl-delay: 2\ndisallow: /x\n", 2000000},
		{"not of another's", "user-agent: bar\ncrawl-delay: 9\ndisallow: /\nuser-agent: *\ndisallow: /x\n", -1},
		{"before any group", "crawl-delay: 9\nuser-agent: *\ndisallow: /x\n", -1},
		{"the greater of two", "user-agent: *\ncrawl-delay: 2\ncrawl-delay: 7\n", 7000000},
		{"rate", "user-agent: *\nrequest-rate: 1/5\n", 5000000},
		{"rate s", "user-agent: *\nrequest-rate: 2/5s\n", 2500000},
		{"rate m", "user-agent: *\nrequest-rate: 1/10m\n", 600000000},
		{"rate h", "user-agent: *\nRequest-Rate: 60/1h\n", 60000000},
		{"rate with hours of the day", "user-agent: *\nrequest-rate: 1/10m 0600-0900\n", 600000000},
		{"rate of none", "user-agent: *\nrequest-rate: 0/5\n", -1},
		{"rate of more digits than a number has", "user-agent: *\nrequest-rate: 1/99999999999999999999h\n", 86400000000},
		{"rate of endless requests", "user-agent: *\nrequest-rate: 99999999999999999999999/1\n", 0},
		{"rate above a day", "user-agent: *\nrequest-rate: 1/9999999h\n", 86400000000},
		{"rate without slash", "user-agent: *\nrequest-rate: 5\n", -1},
		{"delay beside rate: the greater", "user-agent: *\ncrawl-delay: 3\nrequest-rate: 1/9\n", 9000000},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_robots *robots = parse(wv_slice_of(rows[i].text), "foo");

		row_int(rows[i].name, wv_robots_facts(robots)->crawl_delay_us, rows[i].us);
		wv_robots_free(&robots);
	}
	rows_end();
}

static void test_sitemaps(void **state)
{
	struct wv_robots *robots = parse(
		WV_LIT("Sitemap: https://a.example/s.xml\nuser-agent: other\ndisallow: /\n"
	               "sitemap:https://b.example/n.xml # news\nsite-map: /relative.xml\nsitemap:\n"),
		"foo");
	const struct wv_robots_facts *facts = wv_robots_facts(robots);
	struct wv_buf text;

	(void)state;
	row_int("count", (long long)facts->sitemap_count, 3);
	row_text("before any group", facts->sitemaps[0], "https://a.example/s.xml");
	row_text("in another's group", facts->sitemaps[1], "https://b.example/n.xml");
	row_text("as written", facts->sitemaps[2], "/relative.xml");
	wv_robots_free(&robots);
	wv_buf_init(&text, 1u << 20);
	for (int i = 0; i < 1003; i++)
		wv_buf_add_format(&text, "Sitemap: https://a.example/%d.xml\n", i);
	robots = parse(wv_buf_slice(&text), "foo");
	row_int("at most a thousand", (long long)wv_robots_facts(robots)->sitemap_count, 1000);
	row_int("the others are counted", wv_robots_facts(robots)->sitemaps_dropped, 3);
	row_text("still whole", wv_robots_facts(robots)->sitemaps[999],
	         "https://a.example/999.xml");
	wv_robots_free(&robots);
	wv_buf_done(&text);
	rows_end();
}

/* The cap, at limit - 1, limit, limit + 1 of the file, the cut inside the last rule. */
static void test_cap(void **state)
{
	static const char head[] = "user-agent: foo\n#";
	static const char rule[] = "\ndisallow: /private";

	(void)state;
	for (int over = -1; over <= 1; over++) {
		size_t n = WV_LIMIT_ROBOTS_BYTES + (size_t)over;
		unsigned char *text = malloc(n);
		struct wv_robots *robots;
		bool is_over = over > 0;

		assert_non_null(text);
		memset(text, 'x', n);
		memcpy(text, head, sizeof head - 1);
		memcpy(text + n - (sizeof rule - 1), rule, sizeof rule - 1);
		robots = parse(wv_slice(text, n), "foo");
		row_int("is it cut", wv_robots_facts(robots)->is_cut, is_over);
		row_int("the rule", wv_robots_check(robots, WV_LIT("/private/x")).allowed, is_over);
		/* Half of it would be another rule. */
		row_int("half the rule", wv_robots_check(robots, WV_LIT("/privat")).allowed, 1);
		wv_robots_free(&robots);
		free(text);
	}
	rows_end();
}

/* RFC 9309 2.5: as far as 500 KiB reach, whatever the number of rules; in bounded memory. */
static void test_rules_by_the_ten_thousand(void **state)
{
	static const struct {
		const char *name, *rule;
	} kinds[] = {{"the shortest rules", "allow:/\n"},
		     {"of wildcards", "disallow:/*a*b\n"},
		     {"that swell when escaped", "allow:/\xff\xff\xff\xff\xff\xff\xff\xff\n"}};
	struct wv_buf text;

	(void)state;
	for (size_t k = 0; k < WV_COUNT(kinds); k++) {
		struct wv_robots *robots;
		uint32_t count = 0;

		wv_buf_init(&text, WV_LIMIT_ROBOTS_BYTES + 100);
		wv_buf_add_string(&text, "user-agent: *\n");
		for (; text.n < 500 * WV_KIB; count++)
			wv_buf_add_string(&text, kinds[k].rule);
		wv_buf_add_string(&text, "disallow: /last-of-all\n");
		robots = parse(wv_buf_slice(&text), "foo");
		row_int(kinds[k].name, wv_robots_facts(robots)->rule_count, count + 1);
		row_int(kinds[k].name,
			wv_robots_check(robots, WV_LIT("https://a.example/last-of-all/1")).allowed,
			0);
		row_int(kinds[k].name,
			wv_robots_check(robots, WV_LIT("https://a.example/other")).allowed, 1);
		row_int(kinds[k].name, wv_robots_bytes(robots) <= 8 * WV_MIB, 1);
		wv_robots_free(&robots);
		wv_buf_done(&text);
	}
	rows_end();
}

/* 2,000 rules of wildcards against the longest address: bounded work, not minutes. */
static void test_no_blow_up(void **state)
{
	struct wv_buf text, url;
	struct wv_robots *robots;

	(void)state;
	wv_buf_init(&text, WV_LIMIT_ROBOTS_BYTES);
	wv_buf_init(&url, WV_LIMIT_URL_BYTES);
	wv_buf_add_string(&text, "user-agent: *\n");
	for (int i = 0; i < 2000; i++)
		wv_buf_add_format(&text, "disallow: /*a*a*a*a*a*a*a*a*a*%d$\n", i);
	wv_buf_add_byte(&url, '/');
	while (url.n < WV_LIMIT_URL_BYTES)
		wv_buf_add_byte(&url, 'a');
	robots = parse(wv_buf_slice(&text), "foo");
	for (int i = 0; i < 20; i++)
		row_int("allowed", wv_robots_check(robots, wv_buf_slice(&url)).allowed, 1);
	wv_robots_free(&robots);
	wv_buf_done(&text);
	wv_buf_done(&url);
	rows_end();
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* The slow way to say what a pattern means. */
static bool matches_slowly(struct wv_slice pattern, bool anchored, struct wv_slice path)
{
	bool reach[64] = {true}; /* path positions reached */

	for (size_t i = 0; i < pattern.n; i++) {
		bool next[64] = {false};

		for (size_t k = 0; k <= path.n; k++) {
			if (!reach[k])
				continue;
			if (pattern.p[i] == '*')
				for (size_t to = k; to <= path.n; to++)
					next[to] = true;
			else if (k < path.n && path.p[k] == pattern.p[i])
				next[k + 1] = true;
		}
		memcpy(reach, next, sizeof reach);
	}
	for (size_t k = 0; k <= path.n; k++)
		if (reach[k] && (!anchored || k == path.n))
			return true;
	return false;
}

static void test_patterns_against_the_slow_way(void **state)
{
	uint64_t seed = 88172645463325252u;
	int met = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[80], path[32];
		size_t n = 1 + next_random(&seed) % 8, m = 1 + next_random(&seed) % 12;
		bool anchored = next_random(&seed) % 3 == 0, want;
		char pattern[16] = "/";
		struct wv_robots *robots;

		for (size_t k = 1; k < n; k++)
			pattern[k] = "ab*/"[next_random(&seed) % 4];
		pattern[n] = 0;
		path[0] = '/';
		for (size_t k = 1; k < m; k++)
			path[k] = "ab/"[next_random(&seed) % 3];
		path[m] = 0;
		snprintf(text, sizeof text, "user-agent: *\ndisallow: %s%s\n", pattern,
		         anchored ? "$" : "");
		robots = parse(wv_slice_of(text), "foo");
		want = !matches_slowly(wv_slice_of(pattern), anchored, wv_slice_of(path));
		if (wv_robots_check(robots, wv_slice_of(path)).allowed != want)
			row_text(text, wv_slice_of(path), want ? "allowed" : "denied");
		met += !want;
		wv_robots_free(&robots);
	}
	assert_true(met > 1000); /* else the patterns are too hard to mean anything */
	rows_end();
}

/* Any bytes: no crash, and what it says is the same when asked again. */
static void test_random_bytes(void **state)
{
	static const char *const words[] = {"user-agent: foo\n", "disallow: /", "allow: *", "\r",
	                                    "\n", "$", "%2", "\xef\xbb\xbf", "crawl-delay: ", "sitemap: "};
	uint64_t seed = 12345;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct wv_buf text;
		struct wv_robots *robots;
		size_t pieces = next_random(&seed) % 40;

		wv_buf_init(&text, 4096);
		for (size_t k = 0; k < pieces; k++) {
			if (next_random(&seed) % 3)
				wv_buf_add_string(&text, words[next_random(&seed) % WV_COUNT(words)]);
			else
				wv_buf_add_byte(&text, (unsigned char)next_random(&seed));
		}
		robots = parse(wv_buf_slice(&text), "foo");
		row_int("twice the same", wv_robots_check(robots, WV_LIT("http://h/a%2fb?c")).line,
		        wv_robots_check(robots, WV_LIT("http://h/a%2Fb?c")).line);
		wv_robots_free(&robots);
		wv_buf_done(&text);
	}
	rows_end();
}

/* ---- policy */

static void test_judge(void **state)
{
	static const struct {
		const char *name;
		int32_t status;
		bool is_complete;
		uint32_t redirects;
		bool is_redirect, denies;
		enum wv_robots_state want;
	} rows[] = {
		{"200", 200, true, 0, false, false, WV_ROBOTS_RULES},
		{"204", 204, true, 0, false, false, WV_ROBOTS_RULES},
		{"200 cut off", 200, false, 0, false, false, WV_ROBOTS_UNREACHABLE},
		{"301 first", 301, true, 0, true, false, WV_ROBOTS_UNKNOWN},
		{"302 fifth", 302, true, 4, true, false, WV_ROBOTS_UNKNOWN},
		{"302 sixth", 302, true, 5, true, false, WV_ROBOTS_UNAVAILABLE},
		{"304 unasked", 304, true, 0, false, false, WV_ROBOTS_UNAVAILABLE},
		{"307 to nowhere", 307, true, 0, false, false, WV_ROBOTS_UNAVAILABLE},
		{"200 after five", 200, true, 5, false, false, WV_ROBOTS_RULES},
		{"404", 404, true, 0, false, false, WV_ROBOTS_UNAVAILABLE},
		{"410", 410, true, 0, false, false, WV_ROBOTS_UNAVAILABLE},
		{"400", 400, true, 0, false, true, WV_ROBOTS_UNAVAILABLE},
		{"401", 401, true, 0, false, false, WV_ROBOTS_UNAVAILABLE},
		{"401 denies", 401, true, 0, false, true, WV_ROBOTS_FORBIDDEN},
		{"403", 403, true, 0, false, false, WV_ROBOTS_UNAVAILABLE},
		{"403 denies", 403, true, 0, false, true, WV_ROBOTS_FORBIDDEN},
		{"404 with denies", 404, true, 0, false, true, WV_ROBOTS_UNAVAILABLE},
		{"451", 451, true, 0, false, false, WV_ROBOTS_UNAVAILABLE},
		{"429", 429, true, 0, false, false, WV_ROBOTS_UNREACHABLE},
		{"500", 500, true, 0, false, false, WV_ROBOTS_UNREACHABLE},
		{"503", 503, true, 0, false, false, WV_ROBOTS_UNREACHABLE},
		{"599", 599, true, 0, false, false, WV_ROBOTS_UNREACHABLE},
		{"no answer", 0, false, 0, false, false, WV_ROBOTS_UNREACHABLE},
		{"no answer after redirects", 0, false, 3, false, false, WV_ROBOTS_UNREACHABLE},
		{"100", 100, true, 0, false, false, WV_ROBOTS_UNREACHABLE},
		{"999", 999, true, 0, false, false, WV_ROBOTS_UNREACHABLE},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].name,
		        wv_robots_judge(rows[i].status, rows[i].is_complete, rows[i].redirects,
		                        rows[i].is_redirect, rows[i].denies),
		        rows[i].want);
	rows_end();
}

static void test_lifetime(void **state)
{
	const int64_t s = WV_US_PER_S;

	(void)state;
	row_int("nothing said: a day",
	        wv_robots_lifetime_us(WV_ROBOTS_RULES, -1, 0, 0), WV_US_PER_DAY);
	row_int("an hour said", wv_robots_lifetime_us(WV_ROBOTS_RULES, 3600 * s, 0, 0), 3600 * s);
	row_int("a year said: a day", wv_robots_lifetime_us(WV_ROBOTS_RULES, 365 * WV_US_PER_DAY, 0, 0),
	        WV_US_PER_DAY);
	row_int("0 said: five minutes", wv_robots_lifetime_us(WV_ROBOTS_UNAVAILABLE, 0, 0, 0), 300 * s);
	row_int("first failure", wv_robots_lifetime_us(WV_ROBOTS_UNREACHABLE, 3600 * s, 0, 0), 60 * s);
	row_int("fourth failure", wv_robots_lifetime_us(WV_ROBOTS_UNREACHABLE, -1, 3, 0), 480 * s);
	row_int("hundredth", wv_robots_lifetime_us(WV_ROBOTS_UNREACHABLE, -1, 99, 0), WV_US_PER_DAY);
	rows_end();
}

static void test_row(void **state)
{
	struct wv_robots_row row = {
		.state = WV_ROBOTS_RULES,
		.status = 200,
		.fetched = {1700000000000000},
		.expires = {1700086400000000},
		.failures = 3,
		.reached = {1700000000000000},
		.is_cut = true,
		.text = WV_LIT("user-agent: *\n\0\n"),
		.reason = WV_LIT("x"),
		.next_url = WV_LIT("https://a/robots.txt"),
		.chain = {WV_LIT("http://a/robots.txt")},
		.chain_count = 1,
		.due = {5},
	};
	struct wv_robots_row back;
	struct wv_buf bytes, again;

	(void)state;
	wv_buf_init(&bytes, 4096);
	wv_buf_init(&again, 4096);
	wv_robots_row_encode(&row, &bytes);
	assert_int_equal(wv_robots_row_decode(wv_buf_slice(&bytes), &back, NULL), WV_OK);
	wv_robots_row_encode(&back, &again);
	assert_true(wv_slice_equals(wv_buf_slice(&bytes), wv_buf_slice(&again)));
	for (size_t n = 0; n < bytes.n; n++)
		row_int("cut short", wv_robots_row_decode(wv_slice(bytes.p, n), &back, NULL),
		        WV_DAMAGED);
	row.text = WV_LIT("user-agent: *\nallow: /a\ndisallow: /");
	wv_buf_reset(&bytes);
	wv_robots_row_encode(&row, &bytes);
	assert_int_equal(wv_robots_row_decode(wv_buf_slice(&bytes), &back, NULL), WV_OK);
	row_text("half a line of a cut text goes", back.text, "user-agent: *\nallow: /a\n");
	row.is_cut = false;
	wv_buf_reset(&bytes);
	wv_robots_row_encode(&row, &bytes);
	assert_int_equal(wv_robots_row_decode(wv_buf_slice(&bytes), &back, NULL), WV_OK);
	row_text("a whole one ends as it likes", back.text, "user-agent: *\nallow: /a\ndisallow: /");
	row_int("fresh", wv_robots_row_is_fresh(&row, (struct wv_time){1700000000000001}), 1);
	row_int("run out", wv_robots_row_is_fresh(&row, row.expires), 0);
	row_int("clock set back", wv_robots_row_is_fresh(&row, (struct wv_time){1600000000000000}), 0);
	wv_buf_done(&bytes);
	wv_buf_done(&again);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_matching),
		cmocka_unit_test(test_nul_and_binary),
		cmocka_unit_test(test_rule_text),
		cmocka_unit_test(test_delays),
		cmocka_unit_test(test_sitemaps),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_rules_by_the_ten_thousand),
		cmocka_unit_test(test_no_blow_up),
		cmocka_unit_test(test_patterns_against_the_slow_way),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_lifetime),
		cmocka_unit_test(test_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
