#include "crawler/page/policy.h"

#include "tests/support/rows.h"

ROWS_STATE;

static const struct wv_time now = {INT64_C(1717566303) * 1000000};
static const struct wv_slice names[] = {WV_LIT_INIT("wirevault"), WV_LIT_INIT("examplebot")};
static const struct wv_strings tokens = {names, 2};

/* What is set, as letters: f follow, i index, a archive, s snippet, m images, t TDM, u after. */
static const char *letters(const struct wv_page_policy *p, char text[8])
{
	char *at = text;

	if (p->nofollow)
		*at++ = 'f';
	if (p->noindex)
		*at++ = 'i';
	if (p->noarchive)
		*at++ = 'a';
	if (p->nosnippet)
		*at++ = 's';
	if (p->noimageindex)
		*at++ = 'm';
	if (p->tdm_reserved)
		*at++ = 't';
	if (!wv_time_is_none(p->unavailable_after))
		*at++ = 'u';
	*at = '\0';
	return text;
}

static void headers(void **state)
{
	static const struct {
		const char *row, *value, *want;
	} rows[] = {
		{"one rule", "noarchive", "a"},
		{"list", "noindex, nofollow", "fi"},
		{"none", "none", "fi"},
		{"all", "all", ""},
		{"case and space", "  NoArchive ,\tNOSNIPPET", "as"},
		{"addressed to us", "wirevault: noarchive", "a"},
		{"to us in another case", "WireVault: noarchive", "a"},
		{"to our second name", "examplebot: nofollow", "f"},
		{"to another", "googlebot: noarchive, nofollow", ""},
		{"to all", "*: noindex", "i"},
		{"name as a part is not ours", "wirevaultbot: noindex", ""},
		{"max-snippet is no address", "max-snippet: 0", "s"},
		{"max-snippet above 0", "max-snippet:50", ""},
		{"max-image-preview then rule", "max-image-preview:large, noarchive", "a"},
		{"unavailable, RFC 850", "unavailable_after: Wednesday, 25-Jun-25 15:00:00 GMT", "u"},
		{"unavailable, ISO", "noindex, unavailable_after: 2025-06-25", "iu"},
		{"unavailable, nonsense", "unavailable_after: soon", ""},
		{"nocache", "nocache", "a"},
		{"images", "noimageindex", "m"},
		{"word inside", "xnoindex", ""},
		{"empty", "", ""},
		{"commas", ",,,", ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_page_policy p = WV_PAGE_POLICY_NONE;
		char text[8];

		wv_policy_add_header(&p, wv_slice_of(rows[i].value), tokens, now);
		row_text(rows[i].row, wv_slice_of(letters(&p, text)), rows[i].want);
	}
	rows_end();
}

static void metas(void **state)
{
	static const struct {
		const char *row, *name, *content, *want;
	} rows[] = {
		{"robots", "robots", "noarchive", "a"},
		{"our name", "WireVault", "nofollow", "f"},
		{"another's name", "googlebot", "nofollow", ""},
		{"TDM reserved", "tdm-reservation", "1", "t"},
		{"TDM free", "tdm-reservation", "0", ""},
		{"description", "description", "noindex", ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_page_policy p = WV_PAGE_POLICY_NONE;
		char text[8];

		wv_policy_add_meta(&p, wv_slice_of(rows[i].name), wv_slice_of(rows[i].content), tokens,
		                   now);
		row_text(rows[i].row, wv_slice_of(letters(&p, text)), rows[i].want);
	}
	rows_end();
}

static void adding_up(void **state)
{
	struct wv_page_policy p = WV_PAGE_POLICY_NONE;
	char text[WV_TIME_TEXT_MAX];

	(void)state;
	wv_policy_add_header(&p, WV_LIT("max-snippet: 100"), tokens, now);
	wv_policy_add_header(&p, WV_LIT("max-snippet: 20, all"), tokens, now);
	wv_policy_add_header(&p, WV_LIT("max-snippet: 60"), tokens, now);
	row_int("smallest snippet", p.max_snippet, 20);
	wv_policy_add_header(&p, WV_LIT("unavailable_after: 2026-01-01"), tokens, now);
	wv_policy_add_header(&p, WV_LIT("unavailable_after: 2025-01-01"), tokens, now);
	wv_policy_add_header(&p, WV_LIT("unavailable_after: 2027-01-01"), tokens, now);
	row_text("earliest end", wv_slice_of(wv_time_print(p.unavailable_after, text)),
	         "2025-01-01T00:00:00Z");
	wv_policy_add_header(&p, WV_LIT("nofollow"), tokens, now);
	wv_policy_add_header(&p, WV_LIT("follow"), tokens, now);
	row_int("once said it stays", p.nofollow, 1);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(metas),
		cmocka_unit_test(adding_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
