#!/bin/sh
# A crawl of a closed site of real pages, beside wget2 and `wget --warc-file`, with every page
# restored and compared.
#
#   crawl_site.sh PROGRAM SITE RUN [FOLDER]
#
# PROGRAM  build/wirevault
# SITE     folder with urls.txt, seeds.txt, hosts.map and the served files, one folder a host
# RUN      folder of the running nginx: access.log with lines
#          'status bytes type encoding URL msec'; the server must be reachable from here
# FOLDER   scratch; a temporary one otherwise
#
# EXTRACT=later|now, DELAY=0s, RESTORE=0 (leave out the comparison), WGET2=0, WGET=1 (beside it
# `wget --warc-file`, which takes its time).
# Some of the real pages say noarchive; all are to be restored, so the settings say
# `noarchive: keep`. With the default, honour, those have a digest and no bytes.
# Prints pages/s, CPU milliseconds a page, memory (peak of the whole, of what is anonymous);
# ratios against the others of the same run.
set -eu
program=$(realpath "${1:?program}") site=$(realpath "${2:?site}") run=$(realpath "${3:?run}")
work=${4:-$(mktemp -d)}
mkdir -p "$work"
extract=${EXTRACT:-now} delay=${DELAY:-0s}

{
	echo 'agent: {name: wirevault-bench, contact: "mailto:bench@example.org"}'
	echo "politeness: {delay: $delay, connections_per_host: 4}"
	echo 'network: {allow_private: [127.0.0.0/8]}'
	echo "run: {connections: 64, extract: $extract, max_pages: 100000, disk_floor: 0B}"
	echo 'sources:'
	echo "  - {name: bench, scope: hosts, noarchive: keep, seeds: ["
	sed 's/.*/"&",/' "$site/seeds.txt"
	echo ']}'
} >"$work/site.yaml"

# The log's lines that came since a mark, after nginx has written them.
mark() { sleep 1.3; wc -l <"$run/access.log"; }
since() { tail -n "+$(($1 + 1))" "$run/access.log"; }
# user system wall peak-kilobytes, of a command, into FILE
timed() {
	file=$1; shift
	/usr/bin/time -f '%U %S %e %M' -o "$file" "$@" || echo "(exit $? of $1)"
	# GNU time writes a line of its own about an exit that is not 0.
	sed -i '/^[0-9]/!d' "$file"
}

# Peak of the crawl's anonymous memory in kilobytes, until FILE has its times. It is looked for once
# and then read by the shell alone: looking through all processes each time would take a share of
# the two cores from us that the others do not give.
anonymous() {
	most=0 pid=
	while [ ! -s "$1" ]; do
		[ -n "$pid" ] || pid=$(pgrep -x -f "$program crawl -c $work/site.yaml .*" | head -n 1)
		while [ -n "$pid" ] && read -r name kib _; do
			[ "$name" = RssAnon: ] && [ "$kib" -gt "$most" ] && most=$kib
		done 2>/dev/null <"/proc/${pid:-self}/status" || true
		sleep 0.05
	done
	echo "$most"
}

rm -rf "$work/archive" "$work/ours"
before=$(mark)
timed "$work/ours" "$program" crawl -c "$work/site.yaml" --archive "$work/archive" --quiet &
anonymous=$(anonymous "$work/ours")
wait
after=$(mark)
since "$before" | head -n $((after - before)) >"$work/ours.log"
pages=$(awk '$1 == 200 && $3 ~ /html/ { print $5 }' "$work/ours.log" | sort -u | wc -l)
echo "pages served to us: $pages of $(wc -l <"$site/urls.txt") in urls.txt;" \
	"requests $(wc -l <"$work/ours.log")," \
	"404: $(awk '$1 == 404' "$work/ours.log" | wc -l)," \
	"under /private/: $(grep -c /private/ "$work/ours.log" || true)"
awk '{ print $5 }' "$work/ours.log" | sort -u >"$work/asked"
echo "urls.txt not asked for: $(sort -u "$site/urls.txt" | comm -23 - "$work/asked" | wc -l)"
awk -v n="$pages" -v a="$anonymous" '{
	printf "wirevault  %.3f ms CPU/page  %.0f pages/s wall  %.0f MB, %.0f of them anonymous\n",
	($1 + $2) * 1000 / n, n / $3, $4 / 1024, a / 1024 }' "$work/ours"

# A second run: nothing changed.
before=$(mark)
timed "$work/second" "$program" snap -c "$work/site.yaml" --archive "$work/archive" --quiet \
	$(cat "$site/urls.txt")
after=$(mark)
since "$before" | head -n $((after - before)) >"$work/second.log"
awk -v n="$(wc -l <"$site/urls.txt")" -v m="$(awk '$1 == 304' "$work/second.log" | wc -l)" \
	'{ printf "unchanged  %.3f ms CPU/page  %.0f pages/s wall  (%d answers were 304)\n",
	($1 + $2) * 1000 / n, n / $3, m }' "$work/second"

if [ "${WGET2:-1}" = 1 ] && command -v wget2 >/dev/null; then
	rm -rf "$work/wget2"; mkdir "$work/wget2"
	before=$(mark)
	timed "$work/theirs" wget2 -q -r -l inf -H -D "$(awk '{ print $1 }' "$site/hosts.map" |
		tr '\n' ',')" --max-threads=4 --tries=1 --timeout=10 -P "$work/wget2" \
		-i "$site/seeds.txt"
	after=$(mark)
	theirs=$(since "$before" | head -n $((after - before)) |
		awk '$1 == 200 && $3 ~ /html/ { print $5 }' | sort -u | wc -l)
	awk -v n="$theirs" '{ printf "wget2      %.3f ms CPU/page  %.0f pages/s wall  %.0f MB\n",
		($1 + $2) * 1000 / n, n / $3, $4 / 1024 }' "$work/theirs"
	paste "$work/ours" "$work/theirs" | awk '{ printf "ratio      %.2f x CPU of wget2, %.2f x its speed\n",
		($1 + $2) / ($5 + $6), $7 / $3 }'
	rm -rf "$work/wget2"
fi

if [ "${WGET:-0}" = 1 ]; then
	rm -rf "$work/wget"; mkdir "$work/wget"
	before=$(mark)
	timed "$work/warc" wget -q -r -l inf -H -D "$(awk '{ print $1 }' "$site/hosts.map" |
		tr '\n' ',')" --tries=1 --timeout=10 -P "$work/wget" --delete-after \
		--warc-file="$work/wget/w" "$(head -n 1 "$site/seeds.txt")"
	after=$(mark)
	theirs=$(since "$before" | head -n $((after - before)) |
		awk '$1 == 200 && $3 ~ /html/ { print $5 }' | sort -u | wc -l)
	awk -v n="$theirs" '{ printf "wget WARC  %.3f ms CPU/page  %.0f pages/s wall  %.0f MB\n",
		($1 + $2) * 1000 / n, n / $3, $4 / 1024 }' "$work/warc"
	paste "$work/ours" "$work/warc" | awk '{
		printf "ratio      %.2f x CPU of wget --warc-file, %.2f x its speed\n",
		($1 + $2) / ($5 + $6), $7 / $3 }'
	rm -rf "$work/wget"
fi

"$program" verify --full --archive "$work/archive" --quiet && echo "verify --full: clean"
if [ "${RESTORE:-1}" = 1 ]; then
	differ=0 same=0
	while read -r url; do
		path=${url#http://}; host=${path%%:*}; path=/${path#*/}
		folder=$(awk -v h="$host" '$1 == h { sub(/\.test$/, "", $2); print $2 }' "$site/hosts.map")
		case $path in */) path=${path}index.html ;; esac
		if [ "$("$program" restore "$url" --archive "$work/archive" --quiet | sha256sum)" = \
		     "$(sha256sum <"$site/$folder$path")" ]; then
			same=$((same + 1))
		else
			differ=$((differ + 1)); echo "differs: $url"
		fi
	done <"$site/urls.txt"
	echo "restored and compared: $same equal, $differ different"
	[ "$differ" = 0 ]
fi
"$program" status --archive "$work/archive" | sed -n '2p;4,5p'
