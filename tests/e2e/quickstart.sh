#!/bin/sh
# The quickstart's words and codes where no build is needed, and its tour: quickstart.sh ROOT BUILD
# The tour uses the programs of BUILD: what it builds itself is the business of fresh_root.sh.
set -eu
root=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
expect() {
	name=$1 code=$2 words=$3
	shift 3
	got=0
	"$@" >"$work/out" 2>&1 </dev/null || got=$?
	if [ "$got" != "$code" ] || ! grep -q -e "$words" "$work/out"; then
		echo "FAIL $name: expected $code and '$words', got $got:"
		cat "$work/out"
		failed=1
	fi
}

unset WIREVAULT_CONTACT || :
expect "no contact" 64 "contact" sh "$root/crawler/quickstart.sh" http://127.0.0.1:9/
expect "an empty contact" 64 "contact" sh "$root/crawler/quickstart.sh" --contact= http://127.0.0.1:9/
expect "no URL" 64 "no URL" sh "$root/crawler/quickstart.sh" --max-pages 3
expect "the tour" 0 "equal" env TMPDIR="$work" WIREVAULT_BUILT="$build" sh "$root/crawler/quickstart.sh"
if [ "$failed" = 0 ]; then
	for words in "tide-barrier" "47 million" "restored " "Next:"; do
		grep -q "$words" "$work/out" || { echo "FAIL the tour does not say '$words'"; failed=1; }
	done
	sed -n '1,200p' "$work/out"
fi
exit "$failed"
