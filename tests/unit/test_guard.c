/* Where a crawler may not go: every range at its borders, every odd spelling of an address. */
#include "crawler/fetch/guard.h"

#include <stdio.h>

#include "config/base/arena.h"
#include "config/url.h"
#include "tests/support/rows.h"

ROWS_STATE;

struct address_row {
	const char *address;
	const char *range; /* how its name begins; NULL: public */
};

static const struct address_row address_rows[] = {
	{"0.0.0.0", "this network"},
	{"0.255.255.255", "this network"},
	{"1.0.0.0", NULL},
	{"9.255.255.255", NULL},
	{"10.0.0.0", "private"},
	{"10.255.255.255", "private"},
	{"11.0.0.0", NULL},
	{"100.63.255.255", NULL},
	{"100.64.0.0", "shared"},
	{"100.127.255.255", "shared"},
	{"100.128.0.0", NULL},
	{"126.255.255.255", NULL},
	{"127.0.0.0", "loopback"},
	{"127.255.255.255", "loopback"},
	{"128.0.0.0", NULL},
	{"169.253.255.255", NULL},
	{"169.254.0.0", "link-local"},
	{"169.254.169.254", "link-local"},
	{"169.254.255.255", "link-local"},
	{"169.255.0.0", NULL},
	{"172.15.255.255", NULL},
	{"172.16.0.0", "private"},
	{"172.31.255.255", "private"},
	{"172.32.0.0", NULL},
	{"191.255.255.255", NULL},
	{"192.0.0.0", "protocol"},
	{"192.0.0.255", "protocol"},
	{"192.0.1.0", NULL},
	{"192.0.1.255", NULL},
	{"192.0.2.0", "documentation"},
	{"192.0.2.255", "documentation"},
	{"192.0.3.0", NULL},
	{"192.88.98.255", NULL},
	{"192.88.99.0", "6to4 relays"},
	{"192.88.99.255", "6to4 relays"},
	{"192.88.100.0", NULL},
	{"192.167.255.255", NULL},
	{"192.168.0.0", "private"},
	{"192.168.255.255", "private"},
	{"192.169.0.0", NULL},
	{"198.17.255.255", NULL},
	{"198.18.0.0", "benchmarks"},
	{"198.19.255.255", "benchmarks"},
	{"198.20.0.0", NULL},
	{"198.51.99.255", NULL},
	{"198.51.100.0", "documentation"},
	{"198.51.100.255", "documentation"},
	{"198.51.101.0", NULL},
	{"203.0.112.255", NULL},
	{"203.0.113.0", "documentation"},
	{"203.0.113.255", "documentation"},
	{"203.0.114.0", NULL},
	{"223.255.255.255", NULL},
	{"224.0.0.0", "multicast"},
	{"239.255.255.255", "multicast"},
	{"240.0.0.0", "reserved"},
	{"255.255.255.255", "reserved"},
	{"::", "unspecified"},
	{"::1", "loopback"},
	{"::2", "IPv4-compatible"},
	{"::127.0.0.1", "IPv4-compatible"},
	{"::8.8.8.8", "IPv4-compatible"},
	{"::ffff:ffff", "IPv4-compatible"},
	{"::1:0:0", "not global"},
	{"::fffe:ffff:ffff", "not global"},
	{"::ffff:0.0.0.0", "this network"},
	{"::ffff:9.255.255.255", NULL},
	{"::ffff:10.0.0.1", "private"},
	{"::ffff:127.0.0.1", "loopback"},
	{"::ffff:255.255.255.255", "reserved"},
	{"::1:0:0:0", "not global"},
	{"64:ff9b::8.8.8.8", NULL},
	{"64:ff9b::127.0.0.1", "translated"},
	{"64:ff9b::10.0.0.1", "translated"},
	{"64:ff9b::11.0.0.1", NULL},
	{"64:ff9b::1:0:0", "not global"},
	{"64:ff9b:1::", "local translation"},
	{"64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "local translation"},
	{"64:ff9b:2::", "not global"},
	{"100::", "discard"},
	{"100::ffff:ffff:ffff:ffff", "discard"},
	{"100:0:0:1::", "not global"},
	{"1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "not global"},
	{"2000::", NULL},
	{"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
	{"2001::", "Teredo"},
	{"2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "Teredo"},
	{"2001:1::", "protocol"},
	{"2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "protocol"},
	{"2001:200::", NULL},
	{"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
	{"2001:db8::", "documentation"},
	{"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"},
	{"2001:db9::", NULL},
	{"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
	{"2002:808:808::1", NULL},
	{"2002:7f00:1::", "6to4 of"},
	{"2002:a00:1::", "6to4 of"},
	{"2002:9ff:ffff::", NULL},
	{"2002:c0a8:101::1", "6to4 of"},
	{"2003::", NULL},
	{"2606:4700::1111", NULL},
	{"3ffe:ffff::", NULL},
	{"3fff::", "documentation"},
	{"3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"},
	{"3fff:1000::", NULL},
	{"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
	{"4000::", "not global"},
	{"fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "not global"},
	{"fc00::", "unique local"},
	{"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "unique local"},
	{"fe00::", "not global"},
	{"fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "not global"},
	{"fe80::", "link-local"},
	{"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local"},
	{"fec0::", "site-local"},
	{"feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "site-local"},
	{"ff00::", "multicast"},
	{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"},
};

static void ranges(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(address_rows); i++) {
		const struct address_row *row = &address_rows[i];
		struct wv_address address;
		const char *range = NULL;

		if (!wv_address_parse(wv_slice_of(row->address), &address)) {
			print_error("row '%s': not read\n", row->address);
			rows_failed++;
			continue;
		}
		range = wv_address_special_range(&address);
		if ((range == NULL) != (row->range == NULL) ||
		    (range && !wv_slice_starts(wv_slice_of(range), wv_slice_of(row->range)))) {
			print_error("row '%s': expected %s, got %s\n", row->address,
				    row->range ? row->range : "public", range ? range : "public");
			rows_failed++;
		}
	}
	rows_end();
}

static void addresses_read_and_printed(void **state)
{
	static const struct {
		const char *text, *printed; /* NULL: refused */
	} rows[] = {
		{"1.2.3.4", "1.2.3.4"},
		{"255.255.255.255", "255.255.255.255"},
		{"[::1]", "::1"},
		{"::1", "::1"},
		{"[1.2.3.4]", NULL},
		{"[::ffff:1.2.3.4]", "::ffff:1.2.3.4"},
		{"2001:DB8::A", "2001:db8::a"},
		{"", NULL},
		{"[]", NULL},
		{"1.2.3", NULL},
		{"1.2.3.4.5", NULL},
		{"1.2.3.256", NULL},
		{"0x7f.0.0.1", NULL},
		{"127.1", NULL},
		{"2130706433", NULL},
		{"1.2.3.4 ", NULL},
		{"fe80::1%eth0", NULL},
		{"example.org", NULL},
		{"[::1", NULL},
		{"0000:0000:0000:0000:0000:ffff:255.255.255.255.", NULL},
		{"1111111111111111111111111111111111111111111111111111", NULL},
	};
	struct wv_address nul;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_address address;
		char text[WV_ADDRESS_TEXT_MAX] = "(refused)";

		if (wv_address_parse(wv_slice_of(rows[i].text), &address))
			(void)wv_address_print(&address, text);
		row_text(rows[i].text, wv_slice_of(text),
			 rows[i].printed ? rows[i].printed : "(refused)");
	}
	assert_false(wv_address_parse(wv_slice("1.2.3.4\0", 8), &nul));
	rows_end();
}

static void blocks(void **state)
{
	static const struct {
		const char *name;
		struct wv_address_block block;
		const char *inside[2], *outside[2];
	} rows[] = {
		{"/32", {{10, 1, 2, 3}, false, 32}, {"10.1.2.3"}, {"10.1.2.2", "10.1.2.4"}},
		{"/31",
		 {{10, 1, 2, 2}, false, 31},
		 {"10.1.2.2", "10.1.2.3"},
		 {"10.1.2.1", "10.1.2.4"}},
		{"/9",
		 {{10, 128}, false, 9},
		 {"10.128.0.0", "10.255.255.255"},
		 {"10.127.255.255", "11.0.0.0"}},
		{"/0", {{0}, false, 0}, {"0.0.0.0", "255.255.255.255"}, {"::1", "::ffff:10.0.0.1"}},
		{"v6 /128",
		 {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, true, 128},
		 {"::1"},
		 {"::", "::2"}},
		{"v6 /7", {{0xfc}, true, 7}, {"fc00::", "fdff::1"}, {"fe00::", "fbff::"}},
		{"v6 against v4", {{0}, true, 0}, {"::", "ffff::"}, {"1.2.3.4"}},
		{"a length that is none", {{10}, false, 33}, {NULL}, {"10.0.0.0"}},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		for (size_t k = 0; k < 4; k++) {
			const char *text = k < 2 ? rows[i].inside[k] : rows[i].outside[k - 2];
			struct wv_address address;

			if (!text)
				continue;
			assert_true(wv_address_parse(wv_slice_of(text), &address));
			row_int(rows[i].name, wv_address_block_contains(&rows[i].block, &address),
				k < 2);
		}
	}
	rows_end();
}

static void allowing(void **state)
{
	static const struct wv_address_block private_block[] = {{{10, 1}, false, 16}};
	struct wv_guard_host hosts[] = {
		{WV_LIT("lab.example"), 0, true, {{127, 0, 0, 1}, false, 32}},
		{WV_LIT("[fd00::1]"), 0, true, {{0xfd}, true, 8}},
	};
	const struct wv_guard guard = {.allow_private = private_block,
				       .allow_private_count = 1,
				       .hosts = hosts,
				       .host_count = 2};
	static const struct {
		const char *host, *address;
		bool allowed;
	} rows[] = {
		{"any.example", "8.8.8.8", true},
		{"any.example", "10.1.2.3", true},
		{"any.example", "10.2.0.0", false},
		{"any.example", "::ffff:10.1.2.3", true},
		{"any.example", "64:ff9b::10.1.2.3", false},
		{"any.example", "127.0.0.1", false},
		{"lab.example", "127.0.0.1", true},
		{"LAB.example", "127.0.0.1", true},
		{"lab.example", "::ffff:127.0.0.1", true},
		{"lab.example", "127.0.0.2", false},
		{"x.lab.example", "127.0.0.1", false},
		{"[fd00::1]", "fd00::1", true},
		{"lab.example", "fd00::1", false},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_address address;

		assert_true(wv_address_parse(wv_slice_of(rows[i].address), &address));
		row_int(rows[i].address,
			wv_guard_allows_address(&guard, wv_slice_of(rows[i].host), &address),
			rows[i].allowed);
	}
	rows_end();
}

static void urls(void **state)
{
	static const uint16_t ports[] = {80, 443, 8080};
	struct wv_guard_host hosts[] = {{WV_LIT("seed.example"), 8443, false, {{0}, false, 0}},
					{WV_LIT("[::1]"), 81, false, {{0}, false, 0}}};
	const struct wv_guard guards[] = {{.hosts = hosts, .host_count = 2},
					  {.ports = ports, .port_count = 3}};
	static const struct {
		const char *url;
		int guard;
		enum wv_guard_reason reason;
		const char *host;
		int port;
		bool https;
	} rows[] = {
		{"http://a.example/", 0, WV_GUARD_ALLOWED, "a.example", 80, false},
		{"https://a.example/x?y=\\z", 0, WV_GUARD_ALLOWED, "a.example", 443, true},
		{"https://a.example", 0, WV_GUARD_ALLOWED, "a.example", 443, true},
		{"https://a.example?q", 0, WV_GUARD_ALLOWED, "a.example", 443, true},
		{"http://a_b-c.xn--p1ai./", 0, WV_GUARD_ALLOWED, "a_b-c.xn--p1ai.", 80, false},
		{"http://a.example:443/", 0, WV_GUARD_ALLOWED, "a.example", 443, false},
		{"http://a.example:8080/", 0, WV_GUARD_PORT, NULL, 0, false},
		{"http://a.example:8080/", 1, WV_GUARD_ALLOWED, "a.example", 8080, false},
		{"http://a.example:81/", 1, WV_GUARD_PORT, NULL, 0, false},
		{"https://seed.example:8443/", 0, WV_GUARD_ALLOWED, "seed.example", 8443, true},
		{"https://other.example:8443/", 0, WV_GUARD_PORT, NULL, 0, false},
		{"https://x.seed.example:8443/", 0, WV_GUARD_PORT, NULL, 0, false},
		{"http://[::1]:81/", 0, WV_GUARD_ALLOWED, "[::1]", 81, false},
		{"http://[::1]/", 0, WV_GUARD_ALLOWED, "[::1]", 80, false},
		{"http://[::2]:81/", 0, WV_GUARD_PORT, NULL, 0, false},
		{"http://a.example:22/", 0, WV_GUARD_PORT, NULL, 0, false},
		{"ftp://a.example/", 0, WV_GUARD_SCHEME, NULL, 0, false},
		{"file:///etc/passwd", 0, WV_GUARD_SCHEME, NULL, 0, false},
		{"HTTP://a.example/", 0, WV_GUARD_SCHEME, NULL, 0, false},
		{"//a.example/", 0, WV_GUARD_SCHEME, NULL, 0, false},
		{"", 0, WV_GUARD_SCHEME, NULL, 0, false},
		{"http://", 0, WV_GUARD_URL, NULL, 0, false},
		{"http:///x", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://:80/", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://user@a.example/", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://user:secret@a.example/", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://a.example:80:80/", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://a.example:/", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://a.example:0/", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://a.example:65536/", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://a.example:+80/", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://a.example\\@b.example/", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://a%2eexample/", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://a.example /", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://a.example/a b", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://a.example/a\r\nX: y", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://a.example/\xc3\xa9", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://[::1/", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://[::1]x/", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://[::1]x:80/", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://[fe80::1%25eth0]/", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://[127.0.0.1]/", 0, WV_GUARD_URL, NULL, 0, false},
		{"http://\xef\xbc\x91.example/", 0, WV_GUARD_URL, NULL, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_guard_target target = {.port = 0};
		enum wv_guard_reason reason = wv_guard_check_url(&guards[rows[i].guard],
								 wv_slice_of(rows[i].url), &target);

		row_text(rows[i].url, wv_slice_of(wv_guard_reason_name(reason)),
			 wv_guard_reason_name(rows[i].reason));
		row_text(rows[i].url, target.host, rows[i].host ? rows[i].host : "");
		row_int(rows[i].url, target.port, rows[i].port);
		row_int(rows[i].url, target.is_https, rows[i].https);
	}
	rows_end();
}

/* What pages write, through the URL parser: each spelling is loopback, metadata or a LAN. */
static void spellings(void **state)
{
	static const struct {
		const char *url, *range;
	} rows[] = {
		{"http://127.0.0.1/", "loopback"},
		{"http://127.1/", "loopback"},
		{"http://2130706433/", "loopback"},
		{"http://0x7f000001/", "loopback"},
		{"http://0x7f.0.0.1/", "loopback"},
		{"http://0X7F.1/", "loopback"},
		{"http://0177.0.0.01/", "loopback"},
		{"http://017700000001/", "loopback"},
		{"http://127.0.0.1./", "loopback"},
		{"http://%31%32%37.0.0.1/", "loopback"},
		{"http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/", "loopback"}, /* full-width */
		{"http://127\xe3\x80\x82"
		 "0\xe3\x80\x82"
		 "0\xe3\x80\x82"
		 "1/",
		 "loopback"}, /* ideographic stops */
		{"http://\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1/",
		 "loopback"}, /* circled digits */
		{"http://a:b@0/", "this network"},
		{"http://0xa9fea9fe/", "link-local"},
		{"http://2852039166/", "link-local"},
		{"http://169.0xfe.43518/", "link-local"},
		{"http://0300.0250.1/", "private"},
		{"http://[::ffff:127.0.0.1]/", "loopback"},
		{"http://[::FFFF:7F00:0001]/", "loopback"},
		{"http://[0:0:0:0:0:0:0:1]/", "loopback"},
		{"http:\\\\127.0.0.1\\x", "loopback"},
	};
	struct wv_arena *arena = NULL;

	(void)state;
	assert_int_equal(WV_OK, wv_arena_new(1u << 20, &arena, NULL));
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_guard guard = {.ports = NULL};
		struct wv_guard_target target;
		struct wv_address address;
		struct wv_slice request;
		struct wv_url url;
		const char *range;

		if (wv_url_parse(arena, wv_slice_of(rows[i].url), NULL, &url, NULL) != WV_OK ||
		    wv_url_request(arena, &url, &request, NULL) != WV_OK ||
		    wv_guard_check_url(&guard, request, &target) != WV_GUARD_ALLOWED ||
		    !wv_address_parse(target.host, &address)) {
			print_error("row '%s': no address found\n", rows[i].url);
			rows_failed++;
			continue;
		}
		range = wv_address_special_range(&address);
		if (!range || !wv_slice_starts(wv_slice_of(range), wv_slice_of(rows[i].range))) {
			print_error("row '%s': expected %s, got %s\n", rows[i].url, rows[i].range,
				    range ? range : "public");
			rows_failed++;
		}
		row_int(rows[i].url, wv_guard_allows_address(&guard, target.host, &address), false);
	}
	wv_arena_free(&arena);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges), cmocka_unit_test(addresses_read_and_printed),
		cmocka_unit_test(blocks), cmocka_unit_test(allowing),
		cmocka_unit_test(urls),   cmocka_unit_test(spellings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
