#!/bin/sh
# The crontab line of config/deploy under a real cron daemon: cron.sh ROOT BUILD
# Needs root, cron, and up to two minutes: cron starts things on the minute. 77: skipped.
set -eu
root=$1 build=$2
line=$root/config/deploy/crontab
skip() { echo "skipped: $*"; exit 77; }

[ "$(id -u)" = 0 ] || skip "only root may write /etc/cron.d"
command -v cron >/dev/null || skip "no cron daemon here (apt-get install cron)"
[ -e "$line" ] || skip "there is no config/deploy/crontab"

work=$(mktemp -d)
tab=/etc/cron.d/wirevault-test-$$
cron_pid='' origin_pid=''
tidy_up() {
	code=$?
	trap - EXIT
	rm -f "$tab"
	[ -z "$cron_pid" ] || kill "$cron_pid" 2>/dev/null || :
	[ -z "$origin_pid" ] || kill "$origin_pid" 2>/dev/null || :
	wait
	rm -rf "$work"
	exit "$code"
}
trap tidy_up EXIT

port=$(python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import room; print(room.free_port())' "$root/tests/e2e")
WIREVAULT_NEWSROOM_CLOCK=$work/clock "$build/wirevault-newsroom" origin --quiet --port "$port" --ready "$work/ready" &
origin_pid=$!
n=0
until [ -e "$work/ready" ] || [ "$n" = 300 ]; do sleep 0.1; n=$((n + 1)); done
[ -e "$work/ready" ] || { echo "the origin does not open"; exit 1; }

# Real time: one publisher, no delay.
cat >"$work/settings.yaml" <<END
archive: $work/archive
agent: {contact: "mailto:newsroom@example.org"}
politeness: {delay: 0s}
network: {allow_private: [127.0.2.0/24]}
run: {disk_floor: 16MiB}
sources:
  - {name: Meridian Wire, seeds: ["http://127.0.2.2:$port/"], scope: host}
END

# The line as it stands, on every minute; /etc/cron.d wants a user, a user's crontab has none.
grep -v '^ *#' "$line" | grep 'wirevault crawl' | head -n 1 >"$work/line"
[ -s "$work/line" ] || { echo "config/deploy/crontab has no line with 'wirevault crawl'"; exit 1; }
{
	grep -E '^[A-Z_]+=' "$line" | grep -E -v '^(MAILTO|WIREVAULT_CONFIG)=' || :
	echo 'MAILTO=""'
	echo "WIREVAULT_CONFIG=$work/settings.yaml"
	sed -E "s|^([^ 	]+[ 	]+){5}|* * * * * root { |
		s|[^ ]*wirevault crawl|$build/wirevault crawl|
		s|\$|; } >>$work/cron.out 2>\&1; echo \$? >>$work/codes|" "$work/line"
} >"$tab"
chmod 644 "$tab"
echo "line run: $(tail -n 1 "$tab")"

if ! [ -e /run/crond.pid ] || ! kill -0 "$(cat /run/crond.pid)" 2>/dev/null; then
	cron -f &
	cron_pid=$!
fi
n=0
until [ -s "$work/codes" ] || [ "$n" = 150 ]; do sleep 1; n=$((n + 1)); done
echo "exit codes: $(tr '\n' ' ' <"$work/codes" 2>/dev/null)after $n s"
[ -s "$work/codes" ] || { echo "cron started nothing in $n s"; exit 1; }
[ "$(head -n 1 "$work/codes")" = 0 ] || { echo "crawl failed:"; cat "$work/cron.out"; exit 1; }
[ ! -s "$work/cron.out" ] || { echo "not silent on success:"; cat "$work/cron.out"; exit 1; }
"$build/wirevault" list -c "$work/settings.yaml" | grep -q 'Vostermouth' ||
	{ echo "nothing was archived"; exit 1; }
echo "archived by cron, silently"
