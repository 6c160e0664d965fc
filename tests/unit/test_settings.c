#include "config/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/base/arena.h"
#include "config/base/limits.h"
#include "config/topic.h"
#include "config/url.h"

static int faults;

static int reset_faults(void **state)
{
	(void)state;
	faults = 0;
	return 0;
}

static void keep_line(void *context, const char *line)
{
	struct wv_buf *lines = context;

	wv_buf_add_string(lines, line);
	wv_buf_add_byte(lines, '\n');
}

static void compare(const char *row, const char *expected, struct wv_slice got)
{
	if (wv_slice_equals(wv_slice_of(expected), got))
		return;
	print_error("row '%s'\nexpected:\n%sgot:\n%.*s", row, expected, WV_FMT(got));
	faults++;
}

/* Every kind of fault, with its line and its words. */
static const struct {
	const char *row, *yaml, *lines;
} fault_rows[] = {
	/* the file */
	{"not UTF-8", "archive: a\nagent: {name: \xFF}\n", "f:2: not UTF-8\n"},
	{"not UTF-8 twice", "\xC3\n\n\xED\xA0\x80\n", "f:1: not UTF-8\nf:3: not UTF-8\n"},
	{"UTF-16",
	 "\xFF\xFE"
	 "a",
	 "f:1: not UTF-8\n"},
	{"control character", "archive: a\nagent: \x01\n",
	 "f:2: control characters are not allowed\n"},
	{"tab", "agent:\n\tname: x\n", "f:2: a tab in the indentation: YAML wants spaces\n"},
	{"bad indentation", "agent:\n  name: x\n tokens: []\n",
	 "f:3: did not find expected key (while parsing a block mapping that begins in line 1)\n"},
	{"open bracket", "network:\n  ports: [80,\n", "f:3: did not find expected node content\n"},
	{"no map", "just words\n", "f:1: expected keys and values (agent:, sources:, ...)\n"},
	{"a list", "- a\n- b\n", "f:1: expected keys and values (agent:, sources:, ...)\n"},
	{"two documents", "archive: a\n---\narchive: b\n",
	 "f:2: a second document begins here: one file holds one\n"},
	{"anchor", "archive: &a x\n", "f:1: anchors (&name) are not supported\n"},
	{"alias", "archive: &a x\nstories: {words: *a}\n",
	 "f:1: anchors (&name) are not supported\nf:2: aliases (*name) are not supported\n"},
	{"tag", "archive: !!str x\n", "f:1: tags (!name) are not supported\n"},
	{"key that is a list", "? [a]\n: b\n", "f:1: a key must be text, not a list or a map\n"},
	{"key twice", "archive: a\nagent: {}\narchive: b\n",
	 "f:3: key 'archive' is given twice (first in line 1)\n"},
	{"unknown key", "archve: a\n", "f:1: archve: unknown key (did you mean 'archive'?)\n"},
	{"unknown, hyphen", "run: {max-pages: 1}\n",
	 "f:1: run.max-pages: unknown key (did you mean 'max_pages'?)\n"},
	{"unknown, elsewhere", "delay: 1s\n",
	 "f:1: delay: unknown key (it belongs under 'politeness')\n"},
	{"unknown, nothing near", "zzzzzz: a\n", "f:1: zzzzzz: unknown key\n"},
	{"unknown, merge key", "<<: a\n", "f:1: <<: unknown key\n"},
	{"no value", "archive:\n", "f:1: archive: has no value\n"},
	{"null", "archive: ~\n", "f:1: archive: has no value\n"},
	{"list for text", "archive: [a]\n", "f:1: archive: expected text, got a list\n"},
	{"map for text", "archive: {a: b}\n", "f:1: archive: expected text, got a map\n"},
	{"text for map", "agent: me\n", "f:1: agent: expected a map, got 'me'\n"},
	{"list for map", "agent: [a]\n", "f:1: agent: expected a map, got a list\n"},
	{"text for list", "network: {ports: 80}\n",
	 "f:1: network.ports: expected a list, got '80'\n"},
	{"control character in a value", "archive: \"a\\nb\"\n",
	 "f:1: archive: 'a?b' has a control character in it\n"},
	{"empty text", "archive: ''\n", "f:1: archive: '' is empty\n"},
	/* agent */
	{"agent name", "agent: {name: my bot}\n",
	 "f:1: agent.name: 'my bot' is no product token (letters, digits, '-' and '_')\n"},
	{"agent tokens", "agent: {tokens: [good, b/d]}\n",
	 "f:1: agent.tokens: 'b/d' is no product token (letters, digits, '-' and '_')\n"},
	{"contact, bare mail", "agent: {contact: me@example.org}\n",
	 "f:1: agent.contact: 'me@example.org' is no URL: write 'mailto:me@example.org'\n"},
	{"contact, bad mail", "agent: {contact: 'mailto:me'}\n",
	 "f:1: agent.contact: 'mailto:me' is no mail address\n"},
	{"contact, other scheme", "agent: {contact: 'ftp://example.org/'}\n",
	 "f:1: agent.contact: 'ftp://example.org/': an http or https URL or mailto: is wanted\n"},
	/* politeness */
	{"duration without unit", "politeness:\n  delay: 5\n",
	 "f:2: politeness.delay: '5' is no duration (want a number and ms, s, m, h or d)\n"},
	{"duration out of range", "politeness: {delay: 2d}\n",
	 "f:1: politeness.delay: '2d' is out of range (0s to 1d)\n"},
	{"factor", "politeness: {delay_factor: -1}\n",
	 "f:1: politeness.delay_factor: '-1' is no number from 0 to 1000\n"},
	{"connections", "politeness: {connections_per_host: 0}\n",
	 "f:1: politeness.connections_per_host: '0' is no number from 1 to 64\n"},
	{"word", "politeness: {hosts_by: hosts}\n",
	 "f:1: politeness.hosts_by: 'hosts' is not domain, host or ip (did you mean 'host'?)\n"},
	{"word, nothing near", "politeness: {robots_forbidden: perhaps}\n",
	 "f:1: politeness.robots_forbidden: 'perhaps' is not allow or deny\n"},
	{"quiet hours", "politeness: {quiet_hours: at night}\n",
	 "f:1: politeness.quiet_hours: 'at night' is not HH:MM-HH:MM ZONE (23:00-07:00 "
	 "Asia/Tokyo) or none\n"},
	{"quiet hours, hour", "politeness: {quiet_hours: '24:00-07:00 UTC'}\n",
	 "f:1: politeness.quiet_hours: '24:00-07:00 UTC' is not HH:MM-HH:MM ZONE (23:00-07:00 "
	 "Asia/Tokyo) or none\n"},
	{"quiet hours, zone", "politeness: {quiet_hours: '23:00-07:00 Tokyo'}\n",
	 "f:1: politeness.quiet_hours: 'Tokyo' is no time zone (did you mean 'Asia/Tokyo'?)\n"},
	{"quiet hours, none at all", "politeness: {quiet_hours: '07:00-07:00 UTC'}\n",
	 "f:1: politeness.quiet_hours: '07:00-07:00 UTC' begins when it ends\n"},
	{"bandwidth", "politeness: {bandwidth: 100}\n",
	 "f:1: politeness.bandwidth: '100' is no size (want a number and B, KiB, MiB, GiB or "
	 "TiB)\n"},
	{"pages per host", "politeness: {max_pages_per_host: 0}\n",
	 "f:1: politeness.max_pages_per_host: '0' is no number from 1 to 9223372036854775807, or "
	 "none\n"},
	/* network */
	{"timeout", "network: {timeout: 1ms}\n",
	 "f:1: network.timeout: '1ms' is out of range (100ms to 1h)\n"},
	{"body", "network: {max_body: 257MiB}\n",
	 "f:1: network.max_body: '257MiB' is out of range (1KiB to 256MiB)\n"},
	{"ports", "network:\n  ports:\n    - 80\n    - 0\n    - 65536\n    - http\n",
	 "f:4: network.ports: '0' is no number from 1 to 65535\n"
	 "f:5: network.ports: '65536' is no number from 1 to 65535\n"
	 "f:6: network.ports: 'http' is no number from 1 to 65535\n"},
	{"block", "network: {allow_private: [10.0.0.0/33]}\n",
	 "f:1: network.allow_private: '10.0.0.0/33': the part after '/' must be 0 to 32\n"},
	{"block with host bits", "network: {allow_private: [10.1.2.3/8]}\n",
	 "f:1: network.allow_private: '10.1.2.3/8' has bits beyond its prefix: write "
	 "10.0.0.0/8\n"},
	{"no address", "network: {allow_private: [localhost]}\n",
	 "f:1: network.allow_private: 'localhost' is no address\n"},
	{"proxy", "network: {proxy: 'socks5h://p:1'}\n",
	 "f:1: network.proxy: 'socks5h://p:1' is no proxy (http, https, socks4 or "
	 "socks5://host:port)\n"},
	{"resolve, address", "network: {resolve: {a.test: b.test}}\n",
	 "f:1: network.resolve: 'b.test' is no address\n"},
	{"resolve, block", "network: {resolve: {a.test: 10.0.0.0/8}}\n",
	 "f:1: network.resolve: '10.0.0.0/8' is no address\n"},
	{"resolve, host", "network: {resolve: {'a b': 127.0.0.1}}\n",
	 "f:1: network.resolve: 'a b' is no host name\n"},
	{"resolve, host with path", "network: {resolve: {a/b: 127.0.0.1}}\n",
	 "f:1: network.resolve: 'a/b' is no host name\n"},
	/* run */
	{"run", "run: {max_pages: many, max_time: 0s, connections: 5000, extract: soon, nice: -5}\n",
	 "f:1: run.max_pages: 'many' is no number from 1 to 9223372036854775807\n"
	 "f:1: run.max_time: '0s' is out of range (1s to 366d)\n"
	 "f:1: run.connections: '5000' is no number from 1 to 4096\n"
	 "f:1: run.extract: 'soon' is not now, later or off\n"
	 "f:1: run.nice: '-5' is no number from 0 to 19\n"},
	/* topics */
	{"topic without words", "topics: {a: {}}\n",
	 "f:1: topic 'a': any is missing: words of which a text has one\n"},
	{"topic, word", "topics: {a: {any: ['!!', '{T S}']}}\n",
	 "f:1: topic 'a': any: '!!' has no letter or digit to look for\n"
	 "f:1: topic 'a': any: '{T S}' is no ticker (want {TSLA})\n"},
	{"topic, ticker unquoted", "topics: {a: {any: [x, {TSLA}]}}\n",
	 "f:1: topic 'a': any: a ticker needs quotes: \"{TSLA}\"\n"},
	{"topic, key", "topics: {a: {all: [x], any: [y]}}\n", "f:1: topic 'a': all: unknown key\n"},
	/* sources */
	{"source, empty", "sources: [{}]\n",
	 "f:1: source 1: name is missing\n"
	 "f:1: source 1: no seed, no feed and no sitemap is listed\n"},
	{"source, no map", "sources: [a]\n", "f:1: sources: source 1: expected a map\n"},
	{"sources, a map", "sources: {name: a}\n", "f:1: sources: expected a list, got a map\n"},
	{"seed, no URL", "sources:\n- name: a\n  seeds: ['http://']\n",
	 "f:3: source 'a': seeds: no URL: 'http://': the host is empty\n"},
	{"seed, scheme", "sources:\n- name: a\n  seeds: ['ftp://x/']\n",
	 "f:3: source 'a': seeds: 'ftp://x/' is neither http nor https\n"},
	{"seed, userinfo", "sources:\n- name: a\n  seeds: ['http://u:p@x/']\n",
	 "f:3: source 'a': seeds: a user name or password in a URL is never sent\n"},
	{"names twice",
	 "sources:\n- {name: a, seeds: ['http://x/']}\n- {name: a, seeds: ['http://y/']}\n",
	 "f:3: source 'a': the name is taken by the source in line 2\n"},
	{"zone", "sources:\n- {name: a, seeds: ['http://x/'], timezone: asia/tokyo}\n",
	 "f:2: source 'a': timezone: 'asia/tokyo' is no time zone (did you mean 'Asia/Tokyo'?)\n"},
	{"feeds", "sources:\n- {name: a, seeds: ['http://x/'], feeds: on, sitemaps: [x]}\n",
	 "f:2: source 'a': feeds: 'on' is not auto, off or a list of URLs\n"
	 "f:2: source 'a': sitemaps: no URL: 'x': it is relative (https:// is missing?), and there is no base\n"},
	{"scope", "sources:\n- {name: a, seeds: ['http://x/'], scope: site}\n",
	 "f:2: source 'a': scope: 'site' is not domain, host, hosts or prefix\n"},
	{"depth", "sources:\n- {name: a, seeds: ['http://x/'], depth: deep}\n",
	 "f:2: source 'a': depth: 'deep' is no number from 0 to 1000000, or any\n"},
	{"every and market",
	 "sources:\n- name: a\n  seeds: ['http://x/']\n  every: 15m\n  market: {exchange: SSE}\n",
	 "f:5: source 'a': market stands instead of every, not beside it\n"},
	{"exchange", "sources:\n- {name: a, seeds: ['http://x/'], market: {exchange: NASDAQ}}\n",
	 "f:2: source 'a': market.exchange: 'NASDAQ' is not SSE, TSE or NYSE\n"},
	{"no exchange", "sources:\n- {name: a, seeds: ['http://x/'], market: {open: 5m}}\n",
	 "f:2: source 'a': market: exchange is missing\n"},
	{"revisit", "sources:\n- {name: a, seeds: ['http://x/'], revisit: {first: 2d, last: 1d}}\n",
	 "f:2: source 'a': revisit.first is longer than revisit.last\n"},
	{"topic of a source",
	 "sources:\n- {name: a, seeds: ['http://x/'], topics: [chps, oil]}\ntopics: {chips: {any: "
	 "[x]}}\n",
	 "f:2: source 'a': topics: no topic is named 'chps' (did you mean 'chips'?)\n"
	 "f:2: source 'a': topics: no topic is named 'oil'\n"},
	{"related",
	 "sources:\n- {name: a, seeds: ['http://x/'], related: {hops: -1, score: 1.5}}\n",
	 "f:2: source 'a': related.hops: '-1' is no number from 0 to 100\n"
	 "f:2: source 'a': related.score: '1.5' is no number from 0 to 1\n"},
	{"keep_wire", "sources:\n- {name: a, seeds: ['http://x/'], keep_wire: yes}\n",
	 "f:2: source 'a': keep_wire: 'yes' is not false or true\n"},
	{"noarchive", "sources:\n- {name: a, seeds: ['http://x/'], noarchive: ignore}\n",
	 "f:2: source 'a': noarchive: 'ignore' is not honour or keep\n"},
	{"header name", "sources:\n- {name: a, seeds: ['http://x/'], headers: {'a b': c}}\n",
	 "f:2: source 'a': headers: 'a b' is no header name\n"},
	{"header of ours",
	 "sources:\n- {name: a, seeds: ['http://x/'], headers: {user-agent: c}}\n",
	 "f:2: source 'a': headers: 'user-agent' is the crawler's own to send\n"},
	{"header value",
	 "sources:\n- {name: a, seeds: ['http://x/'], headers: {X: \"a\\r\\nY: b\"}}\n",
	 "f:2: source 'a': headers: 'a??Y: b' has a control character in it\n"},
	{"override twice",
	 "sources:\n- name: a\n  seeds: ['http://x/']\n  delay: 1s\n  politeness: {delay: 2s}\n",
	 "f:4: source 'a': delay is given twice (also in its politeness, line 5)\n"},
	{"override out of range", "sources:\n- {name: a, seeds: ['http://x/'], delay: 5}\n",
	 "f:2: source 'a': delay: '5' is no duration (want a number and ms, s, m, h or d)\n"},
	{"key of a source", "sources:\n- {name: a, seeds: ['http://x/'], evry: 5m}\n",
	 "f:2: source 'a': evry: unknown key (did you mean 'every'?)\n"},
	/* the rest */
	{"retention of a source",
	 "sources:\n- {name: a, seeds: ['http://x/'], retention: {age: x, cuont: 1}}\n",
	 "f:2: source 'a': retention.age: 'x' is no duration (want a number and ms, s, m, h or d)\n"
	 "f:2: source 'a': retention.cuont: unknown key (did you mean 'count'?)\n"},
	{"retention", "retention: {age: 30, count: 0, size: 1}\n",
	 "f:1: retention.age: '30' is no duration (want a number and ms, s, m, h or d)\n"
	 "f:1: retention.count: '0' is no number from 1 to 9223372036854775807, or none\n"
	 "f:1: retention.size: '1' is no size (want a number and B, KiB, MiB, GiB or TiB)\n"},
	{"proof", "proof: {tsa: x, hook: mail}\n",
	 "f:1: proof.tsa: no URL: 'x': it is relative (https:// is missing?), and there is no base\n"
	 "f:1: proof.hook: no hook is named 'mail'\n"},
	{"serve", "serve: {languages: [en, e, en_US], rate: 10, robots: none}\n",
	 "f:1: serve.languages: 'e' is no language tag (en, zh-Hant)\n"
	 "f:1: serve.languages: 'en_US' is no language tag (en, zh-Hant)\n"
	 "f:1: serve.rate: '10' is no rate (a number and /s, /m or /h, or none)\n"
	 "f:1: serve.robots: 'none' is not index, noindex or disallow\n"},
	{"hook without command", "hooks: {mail: []}\n", "f:1: hooks: 'mail' has no command\n"},
	{"hook as text", "hooks: {mail: /bin/mail}\n",
	 "f:1: hook 'mail' in hooks: expected a list, got '/bin/mail'\n"},
	{"by line, not by key", "sources: [{}]\narchive: []\nagent: 1\n",
	 "f:1: source 1: name is missing\n"
	 "f:1: source 1: no seed, no feed and no sitemap is listed\n"
	 "f:2: archive: expected text, got a list\n"
	 "f:3: agent: expected a map, got '1'\n"},
	{"syntax, and what was before it", "archve: a\nagent: {name: x\n",
	 "f:1: archve: unknown key (did you mean 'archive'?)\n"
	 "f:3: did not find expected ',' or '}' (while parsing a flow mapping that begins in line "
	 "2)\n"},
};

static void test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(fault_rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf lines = {.cap = WV_MIB};
		struct wv_settings_file *file = NULL;
		struct wv_err err = WV_ERR_NONE;
		enum wv_status st = wv_settings_parse(wv_slice_of(fault_rows[i].yaml), "f",
						      keep_line, &lines, &file, &err);
		size_t end;

		compare(fault_rows[i].row, fault_rows[i].lines, wv_buf_slice(&lines));
		if (st != WV_SETTINGS || file) {
			print_error("row '%s': expected settings, got %s\n", fault_rows[i].row,
				    wv_status_name(st));
			faults++;
			wv_settings_free(&file);
		}
		end = wv_slice_find_byte(wv_buf_slice(&lines), '\n', 0);
		if (!wv_slice_equals(wv_slice_part(wv_buf_slice(&lines), 0, end),
				     wv_slice_of(err.text))) {
			print_error("row '%s': err has '%s'\n", fault_rows[i].row, err.text);
			faults++;
		}
	}
	assert_int_equal(faults, 0);
}

static struct wv_settings_file *parse(const char *yaml)
{
	struct wv_settings_file *file = NULL;
	struct wv_err err = WV_ERR_NONE;

	if (wv_settings_parse(wv_slice_of(yaml), "f", NULL, NULL, &file, &err) != WV_OK)
		fail_msg("%s", err.text);
	return file;
}

static void test_warnings(void **state)
{
	static const struct {
		const char *row, *yaml, *lines;
	} rows[] = {
		{"empty", "", "f: warning: nothing is set here: the defaults hold, no source\n"},
		{"comments only", "# a\n---\n...\n",
		 "f: warning: nothing is set here: the defaults hold, no source\n"},
		{"contact", "archive: a\n",
		 "f: warning: agent.contact is missing: crawl and snap refuse to ask anybody "
		 "anonymously\n"},
		{"delay", "agent: {contact: 'mailto:a@b'}\npoliteness: {delay: 0s}\n",
		 "f:2: warning: politeness.delay: '0s' leaves no pause between two requests to a "
		 "host\n"},
		{"delay of a source",
		 "agent: {contact: 'mailto:a@b'}\nsources: [{name: a, seeds: ['http://x/'], delay: "
		 "0ms}]\n",
		 "f:2: warning: source 'a': delay: '0s' leaves no pause between two requests to a "
		 "host\n"},
		{"tls, related",
		 "agent: {contact: 'mailto:a@b'}\nsources:\n- name: a\n  seeds: ['http://x/']\n  "
		 "tls: insecure\n  related: {}\n",
		 "f:3: warning: source 'a': tls: insecure believes any certificate\n"
		 "f:3: warning: source 'a': related does nothing without topics\n"},
		{"nothing to say", "agent: {contact: 'https://example.org/bot'}\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_settings_free) struct wv_settings_file *file = parse(rows[i].yaml);
		WV_AUTO(wv_buf_done) struct wv_buf lines = {.cap = WV_MIB};
		struct wv_strings warnings = wv_settings_warnings(file);

		for (size_t w = 0; w < warnings.n; w++) {
			wv_buf_add(&lines, warnings.p[w]);
			wv_buf_add_byte(&lines, '\n');
		}
		compare(rows[i].row, rows[i].lines, wv_buf_slice(&lines));
	}
	assert_int_equal(faults, 0);
}

#define assert_slice(expected, slice)                                                              \
	do {                                                                                       \
		struct wv_slice got_ = (slice);                                                    \
		if (!wv_slice_equals(wv_slice_of(expected), got_))                                 \
			fail_msg("%s: expected '%s', got '%.*s'", #slice, expected, WV_FMT(got_)); \
	} while (0)

static void test_defaults(void **state)
{
	WV_AUTO(wv_settings_free) struct wv_settings_file *file = NULL;
	const struct wv_settings *s;

	(void)state;
	assert_int_equal(wv_settings_new_default(&file, NULL), WV_OK);
	s = wv_settings_get(file);
	assert_slice("./archive", s->archive);
	assert_slice("wirevault", s->agent_name);
	assert_int_equal(s->agent_tokens.n, 1);
	assert_slice("wirevault", s->agent_tokens.p[0]);
	assert_int_equal(s->contact.n, 0);
	assert_int_equal(s->politeness.delay_us, 5000000);
	assert_true(s->politeness.delay_factor == 2);
	assert_int_equal(s->politeness.connections_per_host, 1);
	assert_int_equal(s->politeness.hosts_by, WV_HOSTS_BY_DOMAIN);
	assert_false(s->politeness.quiet_hours.is_set);
	assert_true(s->politeness.bandwidth_bytes_per_s == WV_UNBOUNDED);
	assert_true(s->politeness.max_pages_per_host == WV_UNBOUNDED);
	assert_int_equal(s->network.timeout_us, 30000000);
	assert_int_equal(s->network.max_body_bytes, 10 * 1024 * 1024);
	assert_int_equal(s->network.port_count, 2);
	assert_int_equal(s->network.ports[1], 443);
	assert_int_equal(s->run.max_pages, 10000);
	assert_int_equal(s->run.max_time_us, 20 * 60 * INT64_C(1000000));
	assert_int_equal(s->run.connections, 64);
	assert_int_equal(s->run.disk_floor_bytes, 1 << 30);
	assert_int_equal(s->run.nice, 10);
	assert_int_equal(s->retention.age_us, -1);
	assert_int_equal(s->serve.robots, WV_SERVE_ROBOTS_NOINDEX);
	assert_int_equal(s->source_count, 0);
}

static const char everything[] =
	"sources:\n"
	"  - name: 财联社\n"
	"    category: 财经\n"
	"    timezone: Asia/Shanghai\n"
	"    seeds: [https://www.example.cn, 'http://[::1]:8080/新闻#x']\n"
	"    feeds: off\n"
	"    sitemaps: [https://www.example.cn/sitemap.xml]\n"
	"    scope: prefix\n"
	"    include: ['*/a/*']\n"
	"    exclude: ['*/b/*', '*?c']\n"
	"    depth: 3\n"
	"    market: {exchange: TSE, closed: 3h}\n"
	"    revisit: {first: 10m}\n"
	"    topics: [ai-chips]\n"
	"    related: {score: 0.25}\n"
	"    keep_wire: true\n"
	"    requisites: images\n"
	"    noarchive: keep\n"
	"    retention: {count: 7}\n"
	"    tdmrep: ask\n"
	"    feed_times: ignore\n"
	"    headers: {Accept-Language: ' zh-CN '}\n"
	"    cookies: /etc/cookies\n"
	"    tls: verify\n"
	"    proxy: none\n"
	"    ca_file: /etc/ca.pem\n"
	"    delay: 250ms\n"
	"    politeness: {hosts_by: ip}\n"
	"  - {name: second, seeds: [https://b.example/], every: 15m}\n"
	"topics: {ai-chips: {any: [英伟达, \"{NVDA}\"], none: [ゲーム]}}\n"
	"politeness:\n"
	"  delay: 7s\n"
	"  delay_factor: 1.5\n"
	"  connections_per_host: 2\n"
	"  hosts_by: host\n"
	"  quiet_hours: 23:30-07:00 Asia/Tokyo\n"
	"  bandwidth: 256KiB/s\n"
	"  max_pages_per_host: 50\n"
	"  robots_forbidden: deny\n"
	"network:\n"
	"  timeout: 1m\n"
	"  retries: 0\n"
	"  max_body: 1MiB\n"
	"  ports: [8080]\n"
	"  allow_private: [127.0.0.1, 10.0.0.0/8, '::1', 'fd00::/8']\n"
	"  proxy: http://proxy.example:3128\n"
	"  resolve: {News.Example: 127.0.0.1, 新闻.example: '::1'}\n"
	"  ca_file: /etc/all.pem\n"
	"run: {max_pages: 5, max_time: 90s, connections: 8, extract: later, disk_floor: 0B,\n"
	"  nice: 19,\n"
	"  report: /r.json, metrics: /m.prom}\n"
	"agent: {name: my-bot, contact: HTTPS://Example.org/bot, tokens: [MY-BOT, other]}\n"
	"archive: /var/lib/wirevault\n"
	"stories: {words: /w.txt}\n"
	"retention: {age: 365d, count: 100, size: 10GiB}\n"
	"proof: {key: /k, tsa: https://tsa.example/, hook: mail}\n"
	"serve: {notice: Hello, contact: me, languages: [en, zh-Hant], rate: 600/m, robots: "
	"index}\n"
	"hooks: {mail: [/usr/bin/mail, -s, news]}\n";

static void check_first_source(const struct wv_source *a)
{
	assert_slice("财联社", a->name);
	assert_slice("财经", a->category);
	assert_slice("Asia/Shanghai", a->timezone);
	assert_int_equal(a->seeds.n, 2);
	assert_slice("https://www.example.cn/", a->seeds.p[0]);
	assert_slice("http://[::1]:8080/%E6%96%B0%E9%97%BB#x", a->seeds.p[1]);
	assert_int_equal(a->feeds_mode, WV_AUTO_OFF);
	assert_int_equal(a->sitemaps_mode, WV_AUTO_LIST);
	assert_slice("https://www.example.cn/sitemap.xml", a->sitemaps.p[0]);
	assert_int_equal(a->scope, WV_SCOPE_PREFIX);
	assert_slice("*/a/*", a->include.p[0]);
	assert_slice("*?c", a->exclude.p[1]);
	assert_int_equal(a->depth, 3);
	assert_int_equal(a->every_us, 0);
	assert_true(a->market.is_set);
	assert_slice("TSE", a->market.exchange);
	assert_int_equal(a->market.open_us, INT64_C(300000000));
	assert_int_equal(a->market.closed_us, INT64_C(10800000000));
	assert_int_equal(a->revisit_first_us, INT64_C(600000000));
	/* Its own count, the settings' age; but the settings' size is the whole archive's. */
	assert_int_equal(a->retention.count, 7);
	assert_int_equal(a->retention.age_us, 365 * INT64_C(86400000000));
	assert_int_equal(a->retention.bytes, -1);
	assert_int_equal(a->revisit_last_us, INT64_C(2592000000000));
	assert_slice("ai-chips", a->topics.p[0]);
	assert_true(a->related_is_set);
	assert_int_equal(a->related_hops, 1);
	assert_true(a->related_score == 0.25);
	assert_true(a->keep_wire);
	assert_int_equal(a->requisites, WV_REQUISITES_IMAGES);
	assert_true(a->keeps_noarchive);
	assert_true(a->asks_tdmrep);
	assert_true(a->ignores_feed_times);
	assert_int_equal(a->header_count, 1);
	assert_slice("zh-CN", a->headers[0].value);
	assert_slice("/etc/cookies", a->cookies_file);
	assert_false(a->tls_insecure);
	assert_int_equal(a->proxy.n, 0);
	assert_true(a->proxy_is_none);
	assert_slice("/etc/ca.pem", a->ca_file);
	assert_false(a->is_by_hand);
	assert_int_equal(a->line, 2);
	/* its own, flat and in its map, over the defaults that stand later in the file */
	assert_int_equal(a->politeness.delay_us, 250000);
	assert_int_equal(a->politeness.hosts_by, WV_HOSTS_BY_IP);
	assert_true(a->politeness.delay_factor == 1.5);
	assert_true(a->politeness.robots_forbidden_denies);
}

static void test_every_key(void **state)
{
	WV_AUTO(wv_settings_free) struct wv_settings_file *file = parse(everything);
	const struct wv_settings *s = wv_settings_get(file);

	(void)state;
	assert_slice("f", s->file);
	assert_slice("/var/lib/wirevault", s->archive);
	assert_slice("my-bot", s->agent_name);
	assert_int_equal(s->agent_tokens.n, 2);
	assert_slice("my-bot", s->agent_tokens.p[0]);
	assert_slice("other", s->agent_tokens.p[1]);
	assert_slice("https://example.org/bot", s->contact);
	assert_int_equal(s->politeness.delay_us, 7000000);
	assert_int_equal(s->politeness.connections_per_host, 2);
	assert_int_equal(s->politeness.hosts_by, WV_HOSTS_BY_HOST);
	assert_true(s->politeness.quiet_hours.is_set);
	assert_int_equal(s->politeness.quiet_hours.from_minute, 23 * 60 + 30);
	assert_int_equal(s->politeness.quiet_hours.to_minute, 7 * 60);
	assert_slice("Asia/Tokyo", s->politeness.quiet_hours.zone);
	assert_int_equal(s->politeness.bandwidth_bytes_per_s, 256 * 1024);
	assert_int_equal(s->politeness.max_pages_per_host, 50);
	assert_int_equal(s->network.timeout_us, 60000000);
	assert_int_equal(s->network.retries, 0);
	assert_int_equal(s->network.max_body_bytes, 1024 * 1024);
	assert_int_equal(s->network.port_count, 1);
	assert_int_equal(s->network.ports[0], 8080);
	assert_int_equal(s->network.allow_private_count, 4);
	assert_int_equal(s->network.allow_private[0].prefix_bits, 32);
	assert_int_equal(s->network.allow_private[1].bytes[0], 10);
	assert_int_equal(s->network.allow_private[1].prefix_bits, 8);
	assert_true(s->network.allow_private[2].is_v6);
	assert_int_equal(s->network.allow_private[2].bytes[15], 1);
	assert_int_equal(s->network.allow_private[3].prefix_bits, 8);
	assert_slice("http://proxy.example:3128", s->network.proxy);
	assert_int_equal(s->network.resolve_count, 2);
	assert_slice("news.example", s->network.resolve[0].host);
	assert_slice("127.0.0.1", s->network.resolve[0].address);
	assert_slice("xn--efvy88h.example", s->network.resolve[1].host);
	assert_slice("/etc/all.pem", s->network.ca_file);
	assert_int_equal(s->run.max_pages, 5);
	assert_int_equal(s->run.max_time_us, 90000000);
	assert_int_equal(s->run.connections, 8);
	assert_int_equal(s->run.extract, WV_EXTRACT_LATER);
	assert_int_equal(s->run.disk_floor_bytes, 0);
	assert_int_equal(s->run.nice, 19);
	assert_slice("/r.json", s->run.report);
	assert_slice("/m.prom", s->run.metrics);
	assert_int_equal(s->topic_count, 1);
	assert_slice("ai-chips", s->topics[0].name);
	assert_slice("{NVDA}", s->topics[0].any.p[1]);
	assert_slice("ゲーム", s->topics[0].none.p[0]);
	assert_slice("/w.txt", s->stories_words);
	assert_int_equal(s->retention.age_us, 365 * INT64_C(86400000000));
	assert_int_equal(s->retention.count, 100);
	assert_int_equal(s->retention.bytes, INT64_C(10737418240));
	assert_slice("/k", s->proof.key_file);
	assert_slice("https://tsa.example/", s->proof.tsa_url);
	assert_slice("mail", s->proof.hook);
	assert_slice("Hello", s->serve.notice);
	assert_slice("me", s->serve.contact);
	assert_slice("zh-Hant", s->serve.languages.p[1]);
	assert_true(s->serve.rate_per_s == 10);
	assert_int_equal(s->serve.robots, WV_SERVE_ROBOTS_INDEX);
	assert_int_equal(s->hook_count, 1);
	assert_slice("news", s->hooks[0].command.p[2]);
	assert_int_equal(s->source_count, 2);
	check_first_source(&s->sources[0]);
	assert_int_equal(s->sources[1].every_us, INT64_C(900000000));
	assert_int_equal(s->sources[1].politeness.delay_us, 7000000);
	assert_int_equal(s->sources[1].feeds_mode, WV_AUTO_ON);
	assert_int_equal(s->sources[1].depth, UINT32_MAX);
}

static void test_topics_of_settings(void **state)
{
	WV_AUTO(wv_settings_free) struct wv_settings_file *file = parse(everything);
	WV_AUTO(wv_topic_set_free) struct wv_topic_set *set = NULL;
	struct wv_topic_hits hits;

	(void)state;
	assert_int_equal(wv_settings_new_topics(wv_settings_get(file), &set, NULL), WV_OK);
	assert_int_equal(wv_topic_set_count(set), 1);
	assert_int_equal(wv_topic_set_match(set, wv_settings_arena(file), WV_LIT("英偉達 (NVDA)"),
					    &hits, NULL),
			 WV_OK);
	assert_int_equal(hits.words, 2);
	assert_int_equal(wv_topic_set_match(set, wv_settings_arena(file), WV_LIT("NVDAのゲーム"),
					    &hits, NULL),
			 WV_OK);
	assert_false(wv_topic_matches(&hits));
}

static void test_hand_sources(void **state)
{
	static const struct {
		const char *url, *fault;
	} rows[] = {
		{"http://", "URL 'http://': no URL: 'http://': the host is empty"},
		{"mailto:a@b", "URL 'mailto:a@b': only http and https can be fetched"},
	};
	WV_AUTO(wv_settings_free) struct wv_settings_file *file = parse(everything);
	const struct wv_slice urls[] = {WV_LIT("http://127.0.0.1:8080/a#b"),
					WV_LIT("https://Example.COM")};
	const struct wv_settings *s = wv_settings_get(file);
	const struct wv_source *source;
	struct wv_url url;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_slice bad = wv_slice_of(rows[i].url);
		struct wv_err err = WV_ERR_NONE;

		assert_int_equal(wv_settings_add_hand_source(file, &bad, 1, &err), WV_USAGE);
		compare(rows[i].url, rows[i].fault, wv_slice_of(err.text));
	}
	assert_int_equal(faults, 0);
	assert_int_equal(s->source_count, 2);
	assert_int_equal(wv_settings_add_hand_source(file, urls, 2, NULL), WV_OK);
	assert_int_equal(s->source_count, 3);
	source = &s->sources[2];
	assert_slice("by hand", source->name);
	assert_true(source->is_by_hand);
	assert_int_equal(source->scope, WV_SCOPE_HOST);
	assert_int_equal(source->feeds_mode, WV_AUTO_OFF);
	assert_int_equal(source->sitemaps_mode, WV_AUTO_OFF);
	assert_slice("https://example.com/", source->seeds.p[1]);
	assert_int_equal(source->politeness.delay_us, 7000000);
	assert_int_equal(s->run.max_pages, 100);
	assert_int_equal(wv_url_parse(wv_settings_arena(file), WV_LIT("http://127.0.0.1:8080/x"),
				      NULL, &url, NULL),
			 WV_OK);
	assert_ptr_equal(wv_settings_source_of(s, &url), source);
	assert_int_equal(wv_url_parse(wv_settings_arena(file), WV_LIT("http://127.0.0.1:1/x"), NULL,
				      &url, NULL),
			 WV_OK);
	assert_null(wv_settings_source_of(s, &url));
}

static void test_address_blocks(void **state)
{
	static const struct {
		const char *text, *fault;
	} rows[] = {
		{"127.0.0.1", ""},
		{"0.0.0.0/0", ""},
		{"::/0", ""},
		{"::1/128", ""},
		{"fe80::/10", ""},
		{"10.0.0.0/8", ""},
		{"", "'' is no address"},
		{"/8", "'/8' is no address"},
		{"127.1", "'127.1' is no address"},
		{"0x7f.0.0.1", "'0x7f.0.0.1' is no address"},
		{"[::1]", "'[::1]' is no address"},
		{"::1%lo", "'::1%lo' is no address"},
		{"10.0.0.0/", "'10.0.0.0/': the part after '/' must be 0 to 32"},
		{"10.0.0.0/-1", "'10.0.0.0/-1': the part after '/' must be 0 to 32"},
		{"::/129", "'::/129': the part after '/' must be 0 to 128"},
		{"10.0.0.1/31", "'10.0.0.1/31' has bits beyond its prefix: write 10.0.0.0/31"},
		{"::1/127", "'::1/127' has bits beyond its prefix: write ::/127"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_address_block block;
		struct wv_err err = WV_ERR_NONE;
		enum wv_status st = wv_address_block_parse(wv_slice_of(rows[i].text), &block, &err);

		compare(rows[i].text, rows[i].fault, wv_slice_of(err.text));
		if ((st == WV_OK) != (rows[i].fault[0] == '\0'))
			faults++;
	}
	assert_int_equal(faults, 0);
}

/* A file of exactly n bytes: a setting and a comment. */
static void test_size_limit(void **state)
{
	static const char head[] = "archive: a\n#";
	unsigned char *bytes = malloc(WV_LIMIT_SETTINGS_BYTES + 1);

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', WV_LIMIT_SETTINGS_BYTES + 1);
	memcpy(bytes, head, sizeof(head) - 1);
	for (size_t n = WV_LIMIT_SETTINGS_BYTES - 1; n <= WV_LIMIT_SETTINGS_BYTES + 1; n++) {
		struct wv_settings_file *file = NULL;
		struct wv_err err = WV_ERR_NONE;
		enum wv_status st =
			wv_settings_parse(wv_slice(bytes, n), "f", NULL, NULL, &file, &err);

		assert_int_equal(st, n > WV_LIMIT_SETTINGS_BYTES ? WV_SETTINGS : WV_OK);
		if (st != WV_OK)
			assert_string_equal(err.text, "f: larger than 8 MiB");
		wv_settings_free(&file);
	}
	free(bytes);
}

/* topics: {a: {any: [[[...]]]}}: depth levels in all. */
static void test_depth_limit(void **state)
{
	(void)state;
	for (size_t depth = WV_LIMIT_SETTINGS_DEPTH - 1; depth <= WV_LIMIT_SETTINGS_DEPTH + 1;
	     depth++) {
		WV_AUTO(wv_buf_done) struct wv_buf yaml = {.cap = WV_MIB};
		struct wv_err err = WV_ERR_NONE;
		struct wv_settings_file *file = NULL;

		wv_buf_add_string(&yaml, "a: ");
		for (size_t i = 1; i < depth; i++)
			wv_buf_add_byte(&yaml, '[');
		for (size_t i = 1; i < depth; i++)
			wv_buf_add_byte(&yaml, ']');
		assert_int_equal(
			wv_settings_parse(wv_buf_slice(&yaml), "f", NULL, NULL, &file, &err),
			WV_SETTINGS);
		assert_string_equal(err.text, depth > WV_LIMIT_SETTINGS_DEPTH
						      ? "f:1: nested more than 16 levels deep"
						      : "f:1: a: unknown key");
	}
}

/* Two maps, the list and n - 3 entries are n values. */
static void test_node_limit(void **state)
{
	(void)state;
	for (size_t n = WV_LIMIT_SETTINGS_NODES - 1; n <= WV_LIMIT_SETTINGS_NODES + 1; n++) {
		WV_AUTO(wv_buf_done) struct wv_buf yaml = {.cap = WV_LIMIT_SETTINGS_BYTES};
		struct wv_err err = WV_ERR_NONE;
		struct wv_settings_file *file = NULL;

		wv_buf_add_string(&yaml, "agent:\n  tokens: [");
		for (size_t i = 4; i < n; i++)
			wv_buf_add_string(&yaml, "a,");
		wv_buf_add_string(&yaml, "a]");
		assert_int_equal(yaml.failed, WV_OK);
		if (n > WV_LIMIT_SETTINGS_NODES) {
			assert_int_equal(wv_settings_parse(wv_buf_slice(&yaml), "f", NULL, NULL,
							   &file, &err),
					 WV_SETTINGS);
			assert_string_equal(err.text, "f:2: more than 500000 values in the file");
		} else if (wv_settings_parse(wv_buf_slice(&yaml), "f", NULL, NULL, &file, &err) !=
			   WV_OK) {
			fail_msg("%zu: %s", n, err.text);
		}
		wv_settings_free(&file);
	}
}

static void count_line(void *context, const char *line)
{
	size_t *n = context;

	(void)line;
	++*n;
}

/* Every fault is counted, the first fifty are told. */
static void test_fault_limit(void **state)
{
	(void)state;
	for (size_t n = WV_LIMIT_SETTINGS_FAULTS - 1; n <= WV_LIMIT_SETTINGS_FAULTS + 2000; n++) {
		WV_AUTO(wv_buf_done) struct wv_buf yaml = {.cap = WV_MIB};
		WV_AUTO(wv_buf_done) struct wv_buf lines = {.cap = WV_MIB};
		struct wv_settings_file *file = NULL;
		char last[64];
		size_t told = 0;

		if (n == WV_LIMIT_SETTINGS_FAULTS + 2)
			n = WV_LIMIT_SETTINGS_FAULTS + 2000; /* beyond what is kept */
		for (size_t i = 0; i < n; i++)
			wv_buf_add_format(&yaml, "zz%zu: a\n", i);
		assert_int_equal(
			wv_settings_parse(wv_buf_slice(&yaml), "f", count_line, &told, &file, NULL),
			WV_SETTINGS);
		assert_int_equal(told,
				 n > WV_LIMIT_SETTINGS_FAULTS ? WV_LIMIT_SETTINGS_FAULTS + 1 : n);
		if (n <= WV_LIMIT_SETTINGS_FAULTS)
			continue;
		assert_int_equal(
			wv_settings_parse(wv_buf_slice(&yaml), "f", keep_line, &lines, &file, NULL),
			WV_SETTINGS);
		(void)snprintf(last, sizeof(last), "\nf: and %zu more faults\n",
			       n - WV_LIMIT_SETTINGS_FAULTS);
		assert_true(wv_slice_ends(wv_buf_slice(&lines), wv_slice_of(last)));
	}
}

static void test_load(void **state)
{
	char dir[] = "/tmp/test_settings_XXXXXX", path[64];
	struct wv_settings_file *file = NULL;
	struct wv_err err = WV_ERR_NONE;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/s.yaml", dir);
	assert_int_equal(wv_settings_load(path, NULL, NULL, &file, &err), WV_MISSING);
	assert_int_equal(wv_settings_load(dir, NULL, NULL, &file, &err), WV_MISSING);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs("\xEF\xBB\xBF# with a byte order mark\r\narchive: /a\r\n", f) >= 0);
	assert_int_equal(fclose(f), 0);
	if (wv_settings_load(path, NULL, NULL, &file, &err) != WV_OK)
		fail_msg("%s", err.text);
	assert_slice("/a", wv_settings_get(file)->archive);
	assert_slice(path, wv_settings_get(file)->file);
	wv_settings_free(&file);
	assert_null(file);
	wv_settings_free(&file);
	if (geteuid() != 0) {
		assert_int_equal(chmod(path, 0), 0);
		assert_int_equal(wv_settings_load(path, NULL, NULL, &file, &err), WV_PERM);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_faults, reset_faults),
		cmocka_unit_test_setup(test_warnings, reset_faults),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_topics_of_settings),
		cmocka_unit_test_setup(test_hand_sources, reset_faults),
		cmocka_unit_test_setup(test_address_blocks, reset_faults),
		cmocka_unit_test(test_size_limit),
		cmocka_unit_test(test_depth_limit),
		cmocka_unit_test(test_node_limit),
		cmocka_unit_test(test_fault_limit),
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
