/* Archived pages and style sheets as they are shown: where references lead, what is gone. */
#include "crawler/page/rewrite.h"

#include "config/base/limits.h"
#include "tests/support/rows.h"

ROWS_STATE;

/* The page is http://a.example/d/p?q, its instant 20240605054503; "@" stands for its stamp. */
static const struct html_row {
	const char *name, *html, *expected;
} html_rows[] = {
	/* references */
	{"a link", "<a href=x>t</a>", "<a href=\"@/http://a.example/d/x\" target=\"_top\">t</a>"},
	{"a link of another site", "<a href='//b.example/?u=1&amp;v=\"'>t</a>",
	 "<a href=\"@/http://b.example/?u=1&amp;v=%22\" target=\"_top\">t</a>"},
	{"its fragment stays behind", "<a href=\"/y#z\">", "<a href=\"@/http://a.example/y#z\" target=\"_top\">"},
	{"a fragment alone", "<a href=#z>", "<a href=\"#z\">"},
	{"an empty link", "<a href=''>", "<a href=\"@/http://a.example/d/p?q\" target=\"_top\">"},
	{"a reference in entities", "<a href='&#106;avascript:x'>", "<a>"},
	{"an image", "<IMG SRC=i.png ALT=A>", "<IMG src=\"@im_/http://a.example/d/i.png\" alt=\"A\">"},
	{"a secure image", "<img src=https://c.example/i>", "<img src=\"@im_/https://c.example/i\">"},
	{"an inline image", "<img src='data:image/gif;base64,R0'>", "<img src=\"data:image/gif;base64,R0\">"},
	{"a lazy image", "<img data-src=i.png>", "<img src=\"@im_/http://a.example/d/i.png\" data-src=\"i.png\">"},
	{"a lazy image with a placeholder", "<img src=data:image/gif,x data-original=i.png>",
	 "<img src=\"@im_/http://a.example/d/i.png\" src=\"data:image/gif,x\" data-original=\"i.png\">"},
	{"srcset", "<img srcset=' a.png 1x,b.png 2x'>",
	 "<img srcset=\"@im_/http://a.example/d/a.png 1x, @im_/http://a.example/d/b.png 2x\">"},
	{"srcset without words", "<img srcset='a.png, b.png'>",
	 "<img srcset=\"@im_/http://a.example/d/a.png, @im_/http://a.example/d/b.png\">"},
	{"srcset with commas in an address", "<img srcset='a,b.png 1x'>",
	 "<img srcset=\"@im_/http://a.example/d/a,b.png 1x\">"},
	{"srcset with a script", "<img srcset='javascript:x 1x, b.png 2x'>",
	 "<img srcset=\"@im_/http://a.example/d/b.png 2x\">"},
	{"source of a picture", "<source srcset=a media='(x)'>",
	 "<source srcset=\"@im_/http://a.example/d/a\" media=\"(x)\">"},
	{"background", "<td background=b.gif>", "<td background=\"@im_/http://a.example/d/b.gif\">"},
	{"a poster and a film", "<video poster=p src=v autoplay>",
	 "<video poster=\"@im_/http://a.example/d/p\" src=\"@oe_/http://a.example/d/v\">"},
	{"a form", "<form action=/s target=_blank method=post><button formaction=t>",
	 "<form action=\"@/http://a.example/s\" method=\"post\"><button formaction=\"@/http://a.example/d/t\">"},
	{"a frame", "<iframe src=f onload=x>in<b></iframe>t",
	 "<iframe src=\"@if_/http://a.example/d/f\" sandbox=\"allow-top-navigation-by-user-activation\"></iframe>t"},
	{"a frame of its own words", "<iframe srcdoc='<script>x</script>'></iframe>",
	 "<iframe sandbox=\"allow-top-navigation-by-user-activation\"></iframe>"},
	{"a frame of data", "<iframe src='data:text/html,<b>'></iframe>",
	 "<iframe sandbox=\"allow-top-navigation-by-user-activation\"></iframe>"},
	{"a style sheet", "<link rel=stylesheet href=s.css media=print onload=x>",
	 "<link rel=\"stylesheet\" href=\"@cs_/http://a.example/d/s.css\" media=\"print\">"},
	{"an icon", "<link rel='shortcut icon' href=i>", "<link rel=\"icon\" href=\"@im_/http://a.example/d/i\">"},
	{"hints", "<link rel=preconnect href=//b.example><link rel='dns-prefetch' href=//b.example>"
	          "<link rel=preload as=image href=i><link rel=manifest href=m><link rel=prefetch href=n>"
	          "<link rel=modulepreload href=o><link rel=canonical href=p>", ""},
	{"base", "<base href=/e/><a href=x>", "<a href=\"@/http://a.example/e/x\" target=\"_top\">"},
	{"the first base counts", "<base href=/e/><base href=/f/><a href=x>",
	 "<a href=\"@/http://a.example/e/x\" target=\"_top\">"},
	{"a base that is none", "<base href='data:x'><a href=x>", "<a href=\"@/http://a.example/d/x\" target=\"_top\">"},
	/* what goes */
	{"a script", "a<script src=x>if (a<b) '<\\/script>' </script>b", "ab"},
	{"a script in SVG", "<svg><script/><path d=M0/></svg>", "<svg><path d=\"M0/\"></svg>"},
	{"a script without an end", "a<script>b", "a"},
	{"handlers", "<p onclick=x ONLOAD=y on=z id=i>", "<p id=\"i\">"},
	{"javascript:", "<a href=' java\nscript:x'>t", "<a>t"},
	{"mailto:", "<a href=mailto:x>t", "<a>t"},
	{"refresh", "<meta http-equiv=refresh content='0;url=x'><meta name=viewport content=w>",
	 "<meta name=\"viewport\" content=\"w\">"},
	{"charset and referrer", "<meta charset=gbk><meta name=Referrer content=unsafe-url>", ""},
	{"objects", "<object data=x type=y><param name=z><embed src=e>in</object>", "in"},
	{"animation", "<svg><a xlink:href=x><animate attributeName=href to=javascript:x /></a></svg>",
	 "<svg><a xlink:href=\"@/http://a.example/d/x\" target=\"_top\"></a></svg>"},
	{"comments", "a<!-- <b> --><!--[if IE]><i><![endif]-->b", "ab"},
	{"CDATA", "<svg><![CDATA[<b>]]></svg>", "<svg>]]></svg>"},
	{"an unfinished tag", "a<img src=x", "a"},
	/* raw text */
	{"a title", "<title>a<b>&lt;c</title>", "<title>a&lt;b>&lt;c</title>"},
	{"a textarea", "<textarea></p><img src=x></textarea>", "<textarea>&lt;/p>&lt;img src=x></textarea>"},
	{"xmp", "<xmp><b>&amp;</xmp>", "<pre>&lt;b>&amp;amp;</pre>"},
	{"plaintext", "<plaintext><b>", "<pre>&lt;b>"},
	{"a style", "<style>a{background:url(b.png)}</style>",
	 "<style>a{background:url(\"@oe_/http://a.example/d/b.png\")}</style>"},
	{"a style that ends early elsewhere", "<svg><style><!--</style><img src=x>--></style>",
	 "<svg><style> </style><img src=\"@im_/http://a.example/d/x\">--></style>"},
	{"style attribute", "<p style='background:url(&quot;b c&quot;)'>",
	 "<p style=\"background:url(&quot;@oe_/http://a.example/d/b%20c&quot;)\">"},
	{"a value of SVG", "<path fill='url(#g)' mask=\"url('//b.example/m')\">",
	 "<path fill=\"url(&quot;#g&quot;)\" mask=\"url(&quot;@oe_/http://b.example/m&quot;)\">"},
	{"use", "<use href='#a'/><use xlink:href='s.svg#a'/>",
	 "<use href=\"#a\" /><use xlink:href=\"@im_/http://a.example/d/s.svg#a\" />"},
	/* broken pages */
	{"less than", "1 < 2 <3", "1 &lt; 2 &lt;3"},
	{"NUL", "a<p>\xef\xbf\xbd", "a<p>\xef\xbf\xbd"},
	{"quotes in values", "<p title='a\"b<c>'>", "<p title=\"a&quot;b&lt;c&gt;\">"},
	{"an odd attribute", "<p \"=1 =2 a<b=3 c>", "<p c=\"\">"},
	{"an odd element", "<a<b>t</a<b>", "t"},
	{"doctype", "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01//EN\"><!doctype x>",
	 "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01//EN\">"},
	{"no doctype", "<!doctype <b>", "<!DOCTYPE html>"},
	{"noscript is shown", "<noscript><img src=x></noscript>",
	 "<noscript><img src=\"@im_/http://a.example/d/x\"></noscript>"},
};

static const struct html_row css_rows[] = {
	{"url", "a{b:url(c.png)}", "a{b:url(\"@oe_/http://a.example/d/c.png\")}"},
	{"quoted", "url( 'c d' )", "url(\"@oe_/http://a.example/d/c%20d\")"},
	{"an escape in it", "url(c\\29.png)", "url(\"@oe_/http://a.example/d/c).png\")"},
	{"an escape in its name", "\\75\r\nRL(//b.example/c)", "url(\"@oe_/http://b.example/c\")"},
	{"data", "url(data:image/gif,x)", "url(\"data:image/gif,x\")"},
	{"data of another kind", "url(data:text/html,x)", "url(\"data:,\")"},
	{"a script", "url(javascript:x)", "url(\"data:,\")"},
	{"a fragment", "url(#f)", "url(\"#f\")"},
	{"@import", "@import 'i.css' screen;a{}", "@import \"@cs_/http://a.example/d/i.css\" screen;a{}"},
	{"@IMPORT url", "@IMPORT url(i.css);", "@IMPORT url(\"@cs_/http://a.example/d/i.css\");"},
	{"@charset", "@charset \"gbk\";a{}", " a{}"},
	{"@namespace", "@namespace svg url(http://www.w3.org/2000/svg);a{b:url(c)}",
	 "@namespace svg \"http://www.w3.org/2000/svg\";a{b:url(\"@oe_/http://a.example/d/c\")}"},
	{"a string", "a{content:'</style>&amp;\\'\"'}", "a{content:\"\\3c /style>\\26 amp;'\\22 \"}"},
	{"image-set", "image-set('c' 1x,url(d) 2x)",
	 "image-set(\"@oe_/http://a.example/d/c\" 1x,url(\"@oe_/http://a.example/d/d\") 2x)"},
	{"type in image-set", "image-set('c' type('image/png'))",
	 "image-set(\"@oe_/http://a.example/d/c\" type(\"image/png\"))"},
	{"format in src", "src:url(c) format('woff2')", "src:url(\"@oe_/http://a.example/d/c\") format(\"woff2\")"},
	{"comments", "a/*url(x)*/b", "a/**/b"},
	{"an open comment", "a/*", "a/**/"},
	{"marks of comments in HTML", "<!-- a{} -->", "  a{} -->"},
	{"what is left out makes no name", "u<!--rl(//b.example/)", "u rl(//b.example/)"},
	{"an escaped < makes no name", "u\\<rl(//b.example/)", "u\\3c rl(//b.example/)"},
	{"less than in a query", "@media (a<b){}", "@media (a< b){}"},
	{"nesting", "a{&b{}&:hover{}}", "a{&/**/b{}&:hover{}}"},
	{"an open url", "url(c", "url(\"@oe_/http://a.example/d/c\")"},
	{"an open string", "a{b:'c\nd}", "a{b:\"c\"\nd}"},
};

static void run(const struct html_row *row, bool is_style)
{
	WV_AUTO(wv_buf_done) struct wv_buf expected = {.cap = WV_MIB}, out = {.cap = WV_MIB};
	const struct wv_rewrite how = {.url = WV_LIT("http://a.example/d/p?q"),
	                               .content_type = WV_LIT("text/html; charset=utf-8"),
	                               .stamp = WV_LIT("/web/20240605054503")};
	struct wv_slice given = wv_slice_of(row->html);

	for (const char *p = row->expected; *p; p++) {
		bool is_stamp = *p == '@' && (p[1] == '/' || (p[1] && p[2] && p[3] == '_'));

		if (is_stamp)
			wv_buf_add(&expected, how.stamp);
		else
			wv_buf_add_byte(&expected, (unsigned char)*p);
	}
	row_int(row->name, is_style ? wv_rewrite_style(&how, given, &out, NULL)
	                            : wv_rewrite_html(&how, given, &out, NULL), WV_OK);
	row_text(row->name, wv_buf_slice(&out), wv_buf_string(&expected));
}

static void test_html(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(html_rows); i++)
		run(&html_rows[i], false);
	rows_end();
}

static void test_css(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(css_rows); i++)
		run(&css_rows[i], true);
	rows_end();
}

/* A page in another encoding goes out as UTF-8, and a query is asked for in the page's own. */
static void test_charset(void **state)
{
	const struct wv_rewrite how = {.url = WV_LIT("http://a.example/"),
	                               .content_type = WV_LIT("text/html; charset=gbk"),
	                               .stamp = WV_LIT("/web/2024")};
	WV_AUTO(wv_buf_done) struct wv_buf out = {.cap = WV_MIB};

	(void)state;
	row_int("gbk", wv_rewrite_html(&how, WV_LIT("<a href='?q=\xd6\xd0'>\xd6\xd0"), &out, NULL), WV_OK);
	row_text("gbk", wv_buf_slice(&out),
	         "<a href=\"/web/2024/http://a.example/?q=%D6%D0\" target=\"_top\">\xe4\xb8\xad");
	rows_end();
}

static void test_bounds(void **state)
{
	const struct wv_rewrite how = {.url = WV_LIT("http://a.example/"), .stamp = WV_LIT("/web/2024")};
	const struct wv_rewrite none = {.url = WV_LIT("data:x"), .stamp = WV_LIT("/web/2024")};
	WV_AUTO(wv_buf_done) struct wv_buf page = {.cap = 8 * WV_MIB}, out = {.cap = 8 * WV_MIB};
	WV_AUTO(wv_buf_done) struct wv_buf small = {.cap = 64};

	(void)state;
	/* One line of 5 MB, in an attribute and as a text. */
	wv_buf_add_string(&page, "<p title='");
	for (size_t i = 0; i < 5 * WV_MIB / 2; i++)
		wv_buf_add_byte(&page, (unsigned char)('a' + i % 20));
	wv_buf_add_string(&page, "'>");
	for (size_t i = 0; i < 5 * WV_MIB / 2; i++)
		wv_buf_add_byte(&page, (unsigned char)('a' + i % 20));
	row_int("a line of 5 MB", wv_rewrite_html(&how, wv_buf_slice(&page), &out, NULL), WV_OK);
	row_int("a line of 5 MB: size", (long long)out.n, (long long)page.n);
	row_int("the cap is the bound", wv_rewrite_html(&how, wv_buf_slice(&page), &small, NULL), WV_LIMIT);
	row_int("no page of the web", wv_rewrite_html(&none, WV_LIT("a"), &out, NULL), WV_USAGE);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_html), cmocka_unit_test(test_css),
	                                   cmocka_unit_test(test_charset),
	                                   cmocka_unit_test(test_bounds)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
