#!/bin/sh
# The files of config/deploy: units that systemd accepts, command lines that wirevault accepts.
# deploy_units.sh SOURCE_DIR WIREVAULT
set -eu
source_dir=$1 wirevault=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# Runs the words with files that are missing: 66 says that all options were understood.
understands() {
	status=0
	"$@" >"$scratch/out" 2>&1 || status=$?
	if [ "$status" -ne 66 ]; then
		echo "expected 66, got $status: $*"
		cat "$scratch/out"
		failed=1
	fi
}

missing=$scratch/missing
# Words are wanted.
for unit in crawl serve; do
	# shellcheck disable=SC2046
	understands "$wirevault" $(sed -n 's|^ExecStart=/usr/bin/wirevault ||p' \
		"$source_dir/config/deploy/wirevault-$unit.service" | sed "s|/etc/wirevault|$missing|")
done
sed -n 's|^[^#].*/usr/bin/wirevault \([^|]*\).*|\1|p' "$source_dir/config/deploy/crontab" \
	>"$scratch/lines"
[ "$(wc -l <"$scratch/lines")" -ge 2 ] || { echo "no lines in crontab"; failed=1; }
while read -r line; do
	# shellcheck disable=SC2086
	WIREVAULT_CONFIG=$missing/wirevault.yaml understands "$wirevault" $line
done <"$scratch/lines"
for setting in Type=exec NoNewPrivileges=yes ProtectSystem=strict CapabilityBoundingSet= User=wirevault; do
	grep -qx "$setting" "$source_dir/config/deploy/wirevault-serve.service" ||
		{ echo "the service of serve lacks $setting"; failed=1; }
done
for setting in Type=oneshot 'RestartPreventExitStatus=64 78' NoNewPrivileges=yes ProtectSystem=strict
do
	grep -qx "$setting" "$source_dir/config/deploy/wirevault-crawl.service" ||
		{ echo "the service lacks $setting"; failed=1; }
done

if command -v systemd-analyze >/dev/null; then
	cp "$source_dir"/config/deploy/wirevault-crawl.* "$source_dir"/config/deploy/wirevault-serve.* \
		"$scratch"
	# The program need not be installed here.
	sed -i 's|/usr/bin/wirevault|/bin/true|' "$scratch"/wirevault-*.service
	systemd-analyze verify "$scratch"/wirevault-*.service "$scratch/wirevault-crawl.timer" ||
		failed=1
else
	echo "systemd-analyze is not here: the units were not verified"
fi
exit $failed
