#!/bin/sh
# bench_dedup.sh WIREVAULT DOCS.jsonl: documents a second and peak memory (resident, so with the
# pages of the index that are mapped) of `wirevault dedup` on a file of JSON lines.
set -eu
program=$1
docs=$2
report=$(mktemp)
trap 'rm -f "$report"' EXIT INT TERM
/usr/bin/time -f '%U %S %e %M' -o "$report" "$program" dedup "$docs" >/dev/null
lines=$(wc -l <"$docs")
awk -v n="$lines" '{ printf "documents %d, %.0f a second of CPU, %.0f a second, peak %.0f MiB\n",
	n, n / ($1 + $2), n / $3, $4 / 1024 }' "$report"
