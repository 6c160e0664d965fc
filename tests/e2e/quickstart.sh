#!/bin/sh
# The quickstart's words and codes where no build is needed, and its tour: quickstart.sh ROOT BUILD
# The tour uses the programs of BUILD: what it builds itself is the business of fresh_root.sh.
set -eu
root=$1 build=$2
work=$(mktemp -d)
origin=''
tidy_up() {
	code=$?
	trap - EXIT
	[ -z "$origin" ] || kill "$origin" 2>/dev/null || :
	wait
	rm -rf "$work"
	exit "$code"
}
trap tidy_up EXIT
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

# Pages of one's own, by the system's clock: a literal loopback address is allowed for itself.
port=$(python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import room; print(room.free_port())' "$root/tests/e2e")
WIREVAULT_NEWSROOM_CLOCK=$work/clock "$build/wirevault-newsroom" origin --quiet --port "$port" --log "$work/log" \
	--ready "$work/ready" &
origin=$!
n=0
until [ -e "$work/ready" ] || [ "$n" = 300 ]; do sleep 0.1; n=$((n + 1)); done
own() {
	env WIREVAULT_BUILT="$build" TMPDIR="$work" sh "$root/crawler/quickstart.sh" --delay 0s --max-pages 6 "$@"
}
expect "pages of one's own" 0 "What was archived" own --contact mailto:me@example.org --archive "$work/own" \
	"http://127.0.2.2:$port/"
served=$(grep '"target":"/"' "$work/log" | sed -n 's/.*"sha256":"\([0-9a-f]*\)".*/\1/p' | tail -n 1)
grep -q "$served" "$work/out" || { echo "FAIL the first page's digest is not $served"; cat "$work/out"; failed=1; }
WIREVAULT_CONTACT=mailto:me@example.org
export WIREVAULT_CONTACT
expect "the contact from the environment" 0 "What was archived" own --archive "$work/own2" "http://127.0.2.4:$port/"
unset WIREVAULT_CONTACT

expect "the tour" 0 "equal" env TMPDIR="$work" WIREVAULT_BUILT="$build" sh "$root/crawler/quickstart.sh"
if [ "$failed" = 0 ]; then
	for words in "tide-barrier" "47 million" "restored " "タイドウェル" "HOLDS" "Next:"; do
		grep -q "$words" "$work/out" || { echo "FAIL the tour does not say '$words'"; failed=1; }
	done
	sed -n '1,200p' "$work/out"
fi
exit "$failed"
