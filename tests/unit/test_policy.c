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
		{"unavailable, RFC 850", "unavailable_after: Wednesday, 25-Jun-25 15:00:00 GMT",
		 "u"},
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

		wv_policy_add_meta(&p, wv_slice_of(rows[i].name), wv_slice_of(rows[i].content),
				   tokens, now);
		row_text(rows[i].row, wv_slice_of(letters(&p, text)), rows[i].want);
	}
	rows_end();
}

/* TDMRep, "Processing priority": the metas stand over the header; who says neither 0 nor 1 says
 * nothing, and the site's file is asked then. */
static void tdm_priority(void **state)
{
	static const struct {
		const char *row, *header, *meta, *second;
		bool is_reserved, is_said;
	} rows[] = {
		{"nobody", NULL, NULL, NULL, false, false},
		{"header", " 1 ", NULL, NULL, true, true},
		{"header, free", "0", NULL, NULL, false, true},
		{"header, nonsense", "2", NULL, NULL, false, false},
		{"meta over a header that reserves", "1", "0", NULL, false, true},
		{"meta over a header that frees", "0", "1", NULL, true, true},
		{"nonsense in a meta is no word", "1", "yes", NULL, true, true},
		{"the stricter of two metas", NULL, "1", "0", true, true},
		{"the stricter of two metas, turned", "1", "0", "1", true, true},
		{"both free", "1", "0", "0", false, true},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_page_policy p = WV_PAGE_POLICY_NONE;
		const char *const metas_of[] = {rows[i].meta, rows[i].second};

		if (rows[i].header)
			wv_policy_add_tdm_header(&p, wv_slice_of(rows[i].header));
		for (size_t m = 0; m < 2; m++)
			if (metas_of[m])
				wv_policy_add_meta(&p, WV_LIT("TDM-Reservation"),
						   wv_slice_of(metas_of[m]), tokens, now);
		row_int(rows[i].row, p.tdm_reserved, rows[i].is_reserved);
		row_int(rows[i].row, p.tdm_is_said, rows[i].is_said);
	}
	rows_end();
}

static void adding_up(void **state)
{
	static const struct {
		const char *value, *at;
	} dates[] = {
		{"unavailable_after: 25 Jun 2025 15:00:00 GMT", "2025-06-25T15:00:00Z"},
		{"unavailable_after: 25 Jun 2025 15:00:00 PST", "2025-06-25T23:00:00Z"},
		{"unavailable_after: 5 Jun 2025 15:00:00 EDT", "2025-06-05T19:00:00Z"},
		{"unavailable_after: Wed, 25 Jun 2025 15:00:00 +0230", "2025-06-25T12:30:00Z"},
		{"unavailable_after: 25 Jun 2025 15:00:00 XYZ", "none"},
		{"unavailable_after: 25 Jun 2025 15:00:00 +9900", "none"},
		{"unavailable_after: 25 Jun 2025", "none"},
		{"unavailable_after:", "none"},
	};
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
	for (size_t i = 0; i < WV_COUNT(dates); i++) {
		struct wv_page_policy q = WV_PAGE_POLICY_NONE;

		wv_policy_add_header(&q, wv_slice_of(dates[i].value), tokens, now);
		row_text(dates[i].value,
		         wv_slice_of(wv_time_is_none(q.unavailable_after)
		                             ? "none"
		                             : wv_time_print(q.unavailable_after, text)),
		         dates[i].at);
	}
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
		cmocka_unit_test(tdm_priority),
		cmocka_unit_test(adding_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
