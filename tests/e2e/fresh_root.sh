#!/bin/sh
# Both commands of the README in a new Debian 12 root where nothing is installed: fresh_root.sh ROOT
# Needs root, debootstrap, the network to a Debian mirror and about twenty minutes, so it runs only
# where WIREVAULT_FRESH_ROOT is set: 1 for both commands, quickstart for the first alone. 77: skipped.
set -eu
root=$1
skip() { echo "skipped: $*"; exit 77; }

[ -n "${WIREVAULT_FRESH_ROOT:-}" ] || skip "takes twenty minutes; WIREVAULT_FRESH_ROOT=1 asks for it"
[ "$(id -u)" = 0 ] || skip "only root can make a root"
command -v debootstrap >/dev/null || skip "no debootstrap here (apt-get install debootstrap)"
git -C "$root" rev-parse HEAD >/dev/null 2>&1 || skip "no clone: needs git's list of files"

fresh=$(mktemp -d "${TMPDIR:-/tmp}/wirevault-root.XXXXXX")
tidy_up() {
	code=$?
	trap - EXIT
	umount "$fresh/proc" 2>/dev/null || :
	umount "$fresh/dev" 2>/dev/null || :
	# Never into a mount that did not go away.
	rm -rf --one-file-system "$fresh"
	exit "$code"
}
trap tidy_up EXIT

mirror=${WIREVAULT_MIRROR:-$(sed -n 's/^\(URIs:\|deb\( \[[^]]*\]\)*\) *\(http[^ ]*\).*/\3/p' \
	/etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)}
echo "debootstrap from ${mirror:-its default mirror}"
# shellcheck disable=SC2086
debootstrap --variant=minbase bookworm "$fresh" $mirror >"$fresh.log" 2>&1 || { tail "$fresh.log"; exit 1; }
rm -f "$fresh.log"
# How this machine reaches its mirror is how the new root does.
cp /etc/resolv.conf "$fresh/etc/" 2>/dev/null || :
cp -r /etc/apt/apt.conf.d/. "$fresh/etc/apt/apt.conf.d/"
cp -r /etc/apt/sources.list* /etc/apt/trusted.gpg.d "$fresh/etc/apt/" 2>/dev/null || :
# A root that only root may enter is nobody's machine: tests run as others too.
chmod 755 "$fresh"
mount --bind /dev "$fresh/dev"
mount -t proc proc "$fresh/proc"

mkdir "$fresh/wirevault"
git -C "$root" archive HEAD | tar -x -C "$fresh/wirevault"
inside() { chroot "$fresh" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin ${http_proxy:+http_proxy="$http_proxy"} "$@"; }

echo "== sh crawler/quickstart.sh"
inside sh -c 'cd /wirevault && sh crawler/quickstart.sh'
# As its last lines say; what it built must be all that is installed.
inside sh -c 'cd /wirevault && cmake --install build >/dev/null && wirevault --version && ls /usr/local/share/man/man1/wirevault-crawl.1'
[ "$WIREVAULT_FRESH_ROOT" = quickstart ] && exit 0
echo "== sh tests/run.sh"
inside sh -c 'cd /wirevault && sh tests/run.sh'
