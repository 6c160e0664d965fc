#!/bin/sh
# The url command: url.sh WIREVAULT. Lines, fields and exit codes as the manual says.
set -u
program=$1
failed=0

# check NAME EXIT EXPECTED-STDOUT COMMAND...
check() {
	name=$1 want_code=$2 want=$3
	shift 3
	got=$("$@" 2>/dev/null)
	code=$?
	if [ "$code" != "$want_code" ] || [ "$got" != "$want" ]; then
		printf '%s: exit %s, expected %s\n got      %s\n expected %s\n' \
			"$name" "$code" "$want_code" "$got" "$want"
		failed=1
	fi
}

check all-fields 0 '{"v":1,"input":"https://WWW.Example.co.uk:443/a?utm_source=x&b=1#c","url":"https://www.example.co.uk/a?utm_source=x&b=1#c","canonical":"https://www.example.co.uk/a?b=1","host":"www.example.co.uk","registrable_domain":"example.co.uk","surt":"uk,co,example)/a?b=1","error":null}' \
	"$program" url 'https://WWW.Example.co.uk:443/a?utm_source=x&b=1#c'
check private-suffix 0 '{"v":1,"input":"http://a.blogspot.com","url":"http://a.blogspot.com/","canonical":"http://a.blogspot.com/","host":"a.blogspot.com","registrable_domain":"a.blogspot.com","surt":"com,blogspot,a)/","error":null}' \
	"$program" url http://a.blogspot.com
check not-the-web 0 '{"v":1,"input":"mailto:a@b.c","url":"mailto:a@b.c","canonical":null,"host":null,"registrable_domain":null,"surt":"mailto:a@b.c","error":null}' \
	"$program" url mailto:a@b.c
check resolves 0 '{"v":1,"input":"../x?y","url":"http://a.b/x?y","canonical":"http://a.b/x?y","host":"a.b","registrable_domain":"a.b","surt":"b,a)/x?y","error":null}' \
	"$program" url --base http://a.b/c/d '../x?y'
check bad-gets-its-line 1 '{"v":1,"input":"http://a b/","url":"http://a b/","canonical":null,"host":null,"registrable_domain":null,"surt":null,"error":"no URL: '"'http://a b/'"': the host has a forbidden character"}
{"v":1,"input":"http://c/","url":"http://c/","canonical":"http://c/","host":"c","registrable_domain":"c","surt":"c)/","error":null}' \
	"$program" url 'http://a b/' http://c/
check relative-without-base 1 '{"v":1,"input":"/a","url":"/a","canonical":null,"host":null,"registrable_domain":null,"surt":null,"error":"no URL: '"'/a'"': it is relative (https:// is missing?), and there is no base"}' \
	"$program" url /a
check bad-base 64 '' "$program" url --base nothing /a
check no-url 64 '' "$program" url

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
printf 'http://a/\r\n\nhttp://b/' > "$folder/in"
lines=$("$program" url - < "$folder/in" | grep -c '"error":null}$')
[ "$lines" = 2 ] || { echo "stdin: $lines lines, expected 2"; failed=1; }
# A line far above the cap is one complaint, not many.
head -c 100000 /dev/zero | tr '\0' x > "$folder/long"
lines=$("$program" url --base http://a/ - < "$folder/long" | grep -c 'URL too long')
[ "$lines" = 1 ] || { echo "long line: $lines lines, expected 1"; failed=1; }
exit $failed
