#!/bin/sh
# The discover command: discover.sh WIREVAULT. Kinds, fields and exit codes as the manual says.
set -u
program=$1
failed=0
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

# check NAME EXIT EXPECTED-STDOUT ARGUMENTS...
check() {
	name=$1 want_code=$2 want=$3
	shift 3
	got=$("$program" discover "$@" 2>/dev/null)
	code=$?
	if [ "$code" != "$want_code" ] || [ "$got" != "$want" ]; then
		printf '%s: exit %s, expected %s\n got      %s\n expected %s\n' \
			"$name" "$code" "$want_code" "$got" "$want"
		failed=1
	fi
}

printf '<rss><channel><item><title>A &amp;amp; B</title><link>/1</link><pubDate>Wed, 05 Jun 2024 13:45:03 +0800</pubDate></item><item><title>cut' > feed
check feed 0 '{"v":1,"file":"feed","url":"https://e.com/1","kind":"feed-item","lastmod":null,"published":"2024-06-05T13:45:03+08:00","title":"A & B"}
{"v":1,"file":"feed","url":null,"kind":"feed-item","lastmod":null,"published":null,"title":"cut"}' \
	--url https://e.com/feed --fetched 2024-06-10 feed

printf '<urlset><url><loc>https://e.com/1</loc><lastmod>2024-06-05</lastmod></url></urlset>' > map
gzip -n < map > map.gz
printf '<sitemapindex><sitemap><loc>https://e.com/map.xml</loc></sitemap></sitemapindex>' > index
printf 'https://e.com/1\nhttps://e.com/2\n' > list
entry='"url":"https://e.com/1","kind":"sitemap","lastmod":"2024-06-05","published":null,"title":null}'
check sitemaps 0 '{"v":1,"file":"map","'"${entry#\"}"'
{"v":1,"file":"map.gz",'"$entry"'
{"v":1,"file":"index","url":"https://e.com/map.xml","kind":"sitemap-index","lastmod":null,"published":null,"title":null}
{"v":1,"file":"list","url":"https://e.com/1","kind":"sitemap","lastmod":null,"published":null,"title":null}
{"v":1,"file":"list","url":"https://e.com/2","kind":"sitemap","lastmod":null,"published":null,"title":null}' \
	--url https://e.com/ --fetched 2024-06-10 map map.gz index list

printf '<!doctype html><base href=/b/><link rel=alternate type=application/rss+xml href=f><a href=x>X <b>y</b></a><a href=mailto:a@b>m</a><a rel=next href=x>n</a>' > page
check page 0 '{"v":1,"file":"page","url":"https://e.com/b/f","kind":"feed","lastmod":null,"published":null,"title":null}
{"v":1,"file":"page","url":"https://e.com/b/x","kind":"page-link","lastmod":null,"published":null,"title":"X y"}' \
	--url https://e.com/ page

printf 'plain words' > words
check some-bad 1 '{"v":1,"file":"words","error":"neither a page nor a feed nor a sitemap","status":"bad input"}
{"v":1,"file":"list","url":"https://e.com/1","kind":"sitemap","lastmod":null,"published":null,"title":null}
{"v":1,"file":"list","url":"https://e.com/2","kind":"sitemap","lastmod":null,"published":null,"title":null}' \
	--url https://e.com/ words list
check missing 66 '{"v":1,"file":"none","error":"cannot open '"'none'"': No such file or directory","status":"missing"}' \
	--url https://e.com/ none
check no-address 64 '' list
check no-web-address 64 '' --url mailto:a@b list
check no-file 64 '' --url https://e.com/

exit $failed
