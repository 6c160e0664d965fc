#!/bin/sh
# The systemd units as systemd reads them, and their ExecStart run by hand: units.sh ROOT BUILD
# 77: skipped, where there is no systemd-analyze.
set -eu
root=$1 build=$2
command -v systemd-analyze >/dev/null || { echo "skipped: no systemd-analyze here (apt-get install systemd)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# systemd wants the program where the unit says it is.
sed "s|^ExecStart=/usr/bin/wirevault|ExecStart=$build/wirevault|; s|^User=.*|User=$(id -un)|" \
	"$root/config/deploy/wirevault.service" >"$work/wirevault.service"
cp "$root/config/deploy/wirevault.timer" "$work/"
systemd-analyze verify --man=no "$work/wirevault.service" "$work/wirevault.timer" >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
# Of our units not even a warning; what the machine's own say is not our matter.
if grep -E 'wirevault\.(service|timer)' "$work/out"; then exit 1; fi

# ExecStart's words, with settings that allow nothing: 0 says that there was nothing to do.
printf 'archive: %s\nagent: {contact: "mailto:a@example.org"}\nrun: {disk_floor: 0B}\nsources: []\n' "$work/archive" >"$work/settings.yaml"
command=$(sed -n 's/^ExecStart=//p' "$work/wirevault.service" | sed "s|-c [^ ]*|-c $work/settings.yaml|")
code=0
sh -c "$command" >"$work/out" 2>&1 || code=$?
echo "$command: exit $code"
cat "$work/out"
[ "$code" = 0 ] && [ ! -s "$work/out" ]
