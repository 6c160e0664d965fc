#include "config/domain.h"

#include "tests/support/rows.h"

ROWS_STATE;

/* standards.md 4.14: two questions, two functions. */
static void both_questions(void **state)
{
	static const struct {
		const char *host, *tenant, *publisher;
	} rows[] = {
		{"example.com", "example.com", "example.com"},
		{"www.news.example.com", "example.com", "example.com"},
		{"www.example.co.uk", "example.co.uk", "example.co.uk"},
		{"a.blogspot.com", "a.blogspot.com", "blogspot.com"},
		{"x.a.blogspot.com", "a.blogspot.com", "blogspot.com"},
		{"someone.github.io", "someone.github.io", "github.io"},
		{"news.example.com.cn", "example.com.cn", "example.com.cn"},
		{"www.example.xn--55qx5d.cn", "example.xn--55qx5d.cn", "example.xn--55qx5d.cn"},
		{"a.b.c.kobe.jp", "b.c.kobe.jp", "b.c.kobe.jp"},      /* wildcard rule */
		{"www.city.kobe.jp", "city.kobe.jp", "city.kobe.jp"}, /* its exception */
		{"com", "com", "com"},
		{"co.uk", "co.uk", "co.uk"},
		{"localhost", "localhost", "localhost"},
		{"a.b.unlisted", "b.unlisted", "b.unlisted"},
		{"www.example.com.", "example.com", "example.com"},
		{"127.0.0.1", "127.0.0.1", "127.0.0.1"},
		{"[::1]", "[::1]", "[::1]"},
		{"", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_slice host = wv_slice_of(rows[i].host);

		row_text(rows[i].host, wv_domain_tenant(host), rows[i].tenant);
		row_text(rows[i].host, wv_domain_publisher(host), rows[i].publisher);
	}
	rows_end();
}

static void same_publisher(void **state)
{
	static const struct {
		const char *a, *b;
		bool expected;
	} rows[] = {
		{"www.example.com", "m.example.com", true},
		{"a.blogspot.com", "b.blogspot.com", true},
		{"example.co.uk", "other.co.uk", false},
		{"127.0.0.1", "127.0.0.1", true},
		{"127.0.0.1", "127.0.0.2", false},
		{"10.0.0.1", "9.0.0.1", false},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].a,
			wv_domain_same_publisher(wv_slice_of(rows[i].a), wv_slice_of(rows[i].b)),
			rows[i].expected);
	rows_end();
}

static void addresses(void **state)
{
	(void)state;
	row_int("IPv4", wv_domain_is_address(WV_LIT("1.2.3.4")), 1);
	row_int("IPv6", wv_domain_is_address(WV_LIT("[::1]")), 1);
	row_int("name", wv_domain_is_address(WV_LIT("1.2.3.example")), 0);
	row_int("half a bracket", wv_domain_is_address(WV_LIT("[")), 0);
	row_int("nothing", wv_domain_is_address(WV_LIT("")), 0);
	rows_end();
}

/* Longer than DNS has, and bytes no host has: an answer inside the host all the same. */
static void odd_hosts(void **state)
{
	char host[300];

	(void)state;
	memset(host, 'a', sizeof(host));
	host[100] = '.';
	row_int("253", (long long)wv_domain_tenant(wv_slice(host, 253)).n, 253);
	row_int("254", (long long)wv_domain_tenant(wv_slice(host, 254)).n, 254);
	row_int("NUL", (long long)wv_domain_tenant(wv_slice("a\0b.c.com", 9)).n, 5);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_questions),
		cmocka_unit_test(same_publisher),
		cmocka_unit_test(addresses),
		cmocka_unit_test(odd_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
