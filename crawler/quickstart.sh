#!/bin/sh
# From a clone to a restored page, on Debian 12.
#
#   sh crawler/quickstart.sh                           the tour: ten invented publishers on loopback, four days
#   sh crawler/quickstart.sh [crawl options] URL...    the same on pages of your choice
#
# Installs what is missing (root or sudo), builds into build/, crawls, and shows what came of it.
set -eu
cd "$(dirname "$0")/.."

packages="cmake make gcc libc6-dev pkg-config libcurl4-openssl-dev libgumbo-dev zlib1g-dev liblmdb-dev
libicu-dev libpsl-dev libxml2-dev libjansson-dev libyaml-dev libsqlite3-dev libmicrohttpd-dev libssl-dev"
build=${WIREVAULT_BUILT:-build} # the tests bring programs that are built already
work=''
origin=''

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
	green=$(printf '\033[32m') red=$(printf '\033[31m')
else
	bold='' dim='' plain='' green='' red=''
fi

now_ms() { date +%s%3N; }
started=$(now_ms)
step() { step_from=$(now_ms); printf '%s==>%s %s%s%s\n' "$green" "$plain" "$bold" "$*" "$plain"; }
done_step() {
	ms=$(($(now_ms) - step_from))
	printf '    %s%s%d.%d s%s\n\n' "$dim" "${1:+$1, }" $((ms / 1000)) $((ms % 1000 / 100)) "$plain"
}
shown() { printf '    %s$ %s%s\n' "$dim" "$*" "$plain"; }
indent() { sed 's/^/    /'; }
give_up() { printf '%squickstart: %s%s\n' "$red" "$2" "$plain" >&2; exit "$1"; }

tidy_up() {
	code=$?
	trap - EXIT INT TERM
	if [ -n "$origin" ] && kill "$origin" 2>/dev/null; then
		wait "$origin" 2>/dev/null || :
	fi
	exit "$code"
}
trap tidy_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

install_missing() {
	[ -z "${WIREVAULT_BUILT:-}" ] || return 0
	missing=
	for package in $packages; do
		state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || :)
		[ "$state" = installed ] || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	command -v apt-get >/dev/null || give_up 69 "this is no Debian; please install the likes of:$missing"
	as_root=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null ||
			give_up 77 "not root, and no sudo; please ask for: apt-get install$missing"
		as_root=sudo
	fi
	step "Installing$missing"
	log=$(mktemp)
	# shellcheck disable=SC2086
	if ! { $as_root apt-get -q update && $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y \
		--no-install-recommends $missing; } >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		give_up 69 "apt-get could not install$missing (its whole output: $log)"
	fi
	rm -f "$log"
	done_step "$(echo "$missing" | wc -w) packages"
}

build_it() {
	tests=$1
	shift
	[ -z "${WIREVAULT_BUILT:-}" ] || return 0
	step "Building wirevault"
	mkdir -p "$build"
	if ! { cmake -S . -B "$build" -DWV_PROFILE=release -DWV_TESTS="$tests" &&
		cmake --build "$build" -j "$(nproc)" --target "$@"; } >"$build/quickstart.log" 2>&1; then
		grep -E -A3 'error|Error' "$build/quickstart.log" | head -n 30 >&2 || :
		give_up 70 "the build failed; $build/quickstart.log has all of it"
	fi
	done_step "$build/wirevault"
}

tour() {
	work=$(mktemp -d "${TMPDIR:-/tmp}/wirevault-tour.XXXXXX")
	archive=$work/archive
	WIREVAULT_NEWSROOM_CLOCK=$work/clock
	export WIREVAULT_NEWSROOM_CLOCK
	vault=$build/wirevault-newsroom
	port=8090
	colour=
	[ -z "$bold" ] || colour=yes

	step "Opening the newsroom"
	while [ "$port" -lt 8100 ]; do
		$vault origin --quiet --port "$port" --log "$work/access.log" --ready "$work/ready" 2>/dev/null &
		origin=$!
		for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			if [ -e "$work/ready" ] || ! kill -0 "$origin" 2>/dev/null; then break; fi
			sleep 0.1
		done
		[ ! -e "$work/ready" ] || break
		wait "$origin" 2>/dev/null || :
		origin='' port=$((port + 1))
	done
	[ -n "$origin" ] || give_up 69 "no port from 8090 to 8099 is free on 127.0.2.1"
	sed "s/:8090/:$port/; s|^archive:.*|archive: $archive|" tests/newsroom/newsroom.yaml >"$work/settings.yaml"
	echo "    Ten invented publishers on loopback, in English, Chinese and Japanese."
	echo "    Their clock is simulated; it shows $($vault clock)."
	done_step "http://127.0.2.1:$port/ to http://127.0.2.10:$port/"

	turn=0
	while [ "$turn" -le 3 ]; do
		[ "$turn" = 0 ] || $vault turn 1d >/dev/null
		step "Crawling: $($vault clock | sed 's/T\(..:..\).*/ \1 UTC/')$([ "$turn" = 0 ] || echo ", after turn $turn of the clock")"
		code=0
		$vault crawl -v -c "$work/settings.yaml" >"$work/crawl.out" 2>&1 || code=$?
		tail -n 1 "$work/crawl.out" | indent
		[ "$code" = 0 ] || give_up "$code" "crawl exited $code; $work/crawl.out says why"
		done_step
		turn=$((turn + 1))
	done

	barrier=http://127.0.2.1:$port/2026/03/02/tide-barrier
	step "What was archived"
	shown "wirevault list --verdict article --to 2026-03-02"
	$vault list -c "$work/settings.yaml" --verdict article --to 2026-03-02 --quiet >"$work/list.out"
	head -n 16 "$work/list.out" | indent
	echo "    ... $(grep -c http "$work/list.out") on the first day"
	done_step "$(du -sh "$archive" | cut -f1) on disk"

	step "An article, clean of its surroundings"
	shown "wirevault show URL"
	$vault show -c "$work/settings.yaml" "$barrier" | fold -s -w 96 | indent
	done_step

	step "Its history: edited twice, and the page never said so"
	shown "wirevault history URL; wirevault diff URL --from 2026-03-02T12:00Z"
	$vault history --quiet -c "$work/settings.yaml" "$barrier" | indent
	echo
	# A difference is exit 1, as with diff(1).
	{ $vault diff -c "$work/settings.yaml" "$barrier" --from 2026-03-02T12:00:00Z || [ $? = 1 ]; } >"$work/diff.out"
	colour_diff "$colour" <"$work/diff.out" | fold -s -w 96 | indent
	done_step

	step "What changed on all pages, the figures first"
	shown "wirevault list --changes --from 2026-03-04"
	$vault list --quiet --changes --from 2026-03-04 -c "$work/settings.yaml" | fold -s -w 96 | indent
	done_step

	step "The page as it was on Monday, byte for byte"
	shown "wirevault restore URL --at 2026-03-02T12:00Z -o page.html; sha256sum page.html"
	$vault restore -c "$work/settings.yaml" "$barrier" --at 2026-03-02T12:00:00Z -o "$work/page.html"
	ours=$(sha256sum <"$work/page.html" | cut -d' ' -f1)
	theirs=$(grep -F '"target":"/2026/03/02/tide-barrier"' "$work/access.log" | grep '"status":200' | head -n 1 |
		sed 's/.*"sha256":"\([0-9a-f]*\)".*/\1/')
	echo "    restored  $ours"
	echo "    served    $theirs"
	[ "$ours" = "$theirs" ] || give_up 65 "the restored page is not what was served"
	done_step "equal"

	step "Who carried a wire story, and who reported it in another language"
	wire=$($vault search -c "$work/settings.yaml" --quiet --json --max 1 'undersea cable parts' | address_of)
	chips=$($vault search -c "$work/settings.yaml" --quiet --json --max 1 '"12,000 AI chips"' | address_of)
	shown "wirevault copies $wire"
	$vault copies -c "$work/settings.yaml" "$wire" 2>/dev/null | awk 'NR <= 12; NR == 13 { print "..." }' | indent
	shown "wirevault related $chips"
	$vault related -c "$work/settings.yaml" "$chips" 2>/dev/null |
		awk 'NR <= 9; NR == 10 { print "..." }' | indent
	done_step

	step "A proof that needs no wirevault to be checked"
	id=$($vault show -c "$work/settings.yaml" --json "$barrier" --at 2026-03-02T12:00:00Z |
		sed 's/.*"id":\([0-9]*\).*/\1/')
	shown "wirevault prove $id >proof.txt; wirevault prove --script >check.sh; sh check.sh proof.txt page.html"
	$vault prove -c "$work/settings.yaml" "$id" >"$work/proof.txt"
	$vault prove -c "$work/settings.yaml" --script >"$work/check.sh"
	if command -v openssl >/dev/null; then
		sh "$work/check.sh" "$work/proof.txt" "$work/page.html" | indent
	else
		echo "    openssl, which the check asks for, is not installed here"
	fi
	done_step

	seconds=$((($(now_ms) - started) / 1000))
	cat <<END
${bold}That was all of it, in $seconds s.${plain} Next:

    sh crawler/quickstart.sh --contact mailto:you@example.org https://example.org/    a page of your own
    $build/wirevault config init -o wirevault.yaml                                    settings, with comments
    $build/wirevault --help                                                           all commands
    sudo cmake --install $build                                                       for the whole machine

In a browser: WIREVAULT_NEWSROOM_CLOCK=$work/clock $vault serve -c $work/settings.yaml
The tour's archive is $archive; $work can be deleted.
END
}

# The url of the first record.
address_of() {
	sed -n '1s/.*"url":"\([^"]*\)".*/\1/p'
}

# Red and green for what went and what came, where the program did not colour a pipe itself.
colour_diff() {
	if [ -n "$1" ]; then
		sed "s/^\(-.*\)/${red}\1$plain/; s/^\(+.*\)/${green}\1$plain/; s/\[-\([^]]*\)-\]/${red}[-\1-]$plain/g; s/{+\([^}]*\)+}/${green}{+\1+}$plain/g"
	else
		cat
	fi
}

# The host of a URL if it is a literal loopback or private address, else nothing.
private_address() {
	host=$(printf '%s' "$1" | sed -n 's|^[Hh][Tt][Tt][Pp][Ss]*://\([^/?#@]*@\)*\(\[[0-9A-Fa-f:.]*\]\)\([:/?#].*\)*$|\2|p;
		s|^[Hh][Tt][Tt][Pp][Ss]*://\([^/?#@]*@\)*\([0-9.]*\)\([:/?#].*\)*$|\2|p' | head -n 1 | tr -d '[]')
	case $host in
	127.* | 10.* | 192.168.* | 169.254.* | ::1 | [fF][cCdD]*:* | [fF][eE][89abAB]*:*) echo "$host" ;;
	172.1[6-9].* | 172.2[0-9].* | 172.3[01].*) echo "$host" ;;
	esac
}

# A reading command on the archive that the crawl wrote to.
look() {
	command=$1
	shift
	"$vault" "$command" ${config:+-c "$config"} ${archive:+--archive "$archive"} "$@"
}

# Finds in the words of crawl what this script must know of them; all of them go on to crawl.
read_words() {
	first='' contact=${WIREVAULT_CONTACT:-} archive='' config='' allow='' previous=''
	for word in "$@"; do
		case $previous in
		--contact) contact=$word ;;
		--archive) archive=$word ;;
		-c | --config) config=$word ;;
		--max-pages | --max-time | --allow-private | --delay | --depth) ;;
		*)
			case $word in
			--contact=*) contact=${word#--contact=} ;;
			--archive=*) archive=${word#--archive=} ;;
			--config=*) config=${word#--config=} ;;
			[Hh][Tt][Tt][Pp]://* | [Hh][Tt][Tt][Pp][Ss]://*)
				[ -n "$first" ] || first=$word
				address=$(private_address "$word")
				[ -z "$address" ] || allow="$allow --allow-private $address"
				;;
			esac
			;;
		esac
		previous=$word
	done
}

own_pages() {
	read_words "$@"
	[ -n "$first" ] || [ -n "$config" ] || give_up 64 "no URL among: $*"
	if [ -z "$contact" ] && [ -z "$config" ]; then
		[ -t 0 ] || give_up 64 "nobody is crawled anonymously: give --contact (a URL or mailto:), or set WIREVAULT_CONTACT"
		printf 'Whom can the site reach about this crawl (a URL or mailto:)? '
		read -r contact || :
		[ -n "$contact" ] || give_up 64 "nobody is crawled anonymously: give --contact, or set WIREVAULT_CONTACT"
	fi
	if [ -n "$contact" ]; then
		WIREVAULT_CONTACT=$contact
		export WIREVAULT_CONTACT
	fi
	vault=$build/wirevault
	install_missing
	build_it OFF installable

	step "Crawling"
	shown "wirevault crawl -v$allow $*"
	code=0
	# shellcheck disable=SC2086
	"$vault" crawl -v $allow "$@" || code=$?
	done_step "exit $code"
	# 75: a bound was reached with work left. Anything else that failed is the answer.
	[ "$code" = 0 ] || [ "$code" = 75 ] || exit "$code"

	step "What was archived"
	shown "wirevault list"
	look list | awk 'NR <= 12; END { if (NR > 12) print "... and " NR - 12 " more" }' | indent
	done_step
	[ -n "$first" ] || exit "$code"

	step "The first page: its history, its text, its bytes"
	shown "wirevault history|show|restore $first"
	look history "$first" | indent
	echo
	{ look show "$first" || echo "(no article here)"; } | awk 'NR <= 30; NR == 31 { print "..." }' | indent
	echo
	out=$(mktemp "${TMPDIR:-/tmp}/wirevault-page.XXXXXX")
	got=0
	look restore "$first" -o "$out" || got=$?
	[ "$got" = 0 ] || give_up "$got" "nothing to restore of $first"
	sha256sum "$out" | indent
	done_step
	echo "Next: the same again tomorrow, then $vault diff $first"
	exit "$code"
}

if [ $# -gt 0 ]; then
	own_pages "$@"
else
	packages="$packages libcmocka-dev"
	install_missing
	build_it ON installable wirevault-newsroom
	tour
fi
