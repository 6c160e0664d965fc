#!/bin/sh
# cmake --install and the Debian package put what they promise, and it runs: install.sh ROOT BUILD
set -eu
root=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
need() {
	if [ ! -s "$1" ]; then
		echo "FAIL missing or empty: $1"
		failed=1
	fi
}

DESTDIR=$work/tree cmake --install "$build" >"$work/log" || { cat "$work/log"; exit 1; }
prefix=$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' "$build/CMakeCache.txt")
tree=$work/tree$prefix
need "$tree/bin/wirevault"
need "$tree/share/man/man1/wirevault.1"
for command in $("$tree/bin/wirevault" help --commands); do
	need "$tree/share/man/man1/wirevault-$command.1"
done
need "$tree/share/bash-completion/completions/wirevault"
need "$tree/share/zsh/site-functions/_wirevault"
need "$tree/share/fish/vendor_completions.d/wirevault.fish"
pc=$(find "$work/tree" -name wirevault.pc)
need "${pc:-wirevault.pc}"
[ -e "$root/archive/wirevault.h" ] && need "$tree/include/wirevault.h"
[ -e "$root/config/wirevault.yaml.5" ] && need "$tree/share/man/man5/wirevault.yaml.5"
if find "$work/tree" -name 'wirevault-newsroom*' | grep .; then
	echo "FAIL the newsroom is not installed"
	failed=1
fi
[ "$("$tree/bin/wirevault" --version)" = "wirevault $(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' "$build/CMakeCache.txt")" ] ||
	{ echo "FAIL --version"; failed=1; }
[ -z "$pc" ] || PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --modversion wirevault >/dev/null ||
	{ echo "FAIL pkg-config does not read wirevault.pc"; failed=1; }

if command -v dpkg-deb >/dev/null && grep -q '^WV_PROFILE:STRING=release' "$build/CMakeCache.txt"; then
	(cd "$build" && cpack -G DEB -B "$work/deb" >"$work/log" 2>&1) || { cat "$work/log"; exit 1; }
	deb=$(find "$work/deb" -maxdepth 1 -name '*.deb')
	need "${deb:-no package}"
	dpkg-deb -x "$deb" "$work/unpacked"
	need "$work/unpacked/usr/bin/wirevault"
	"$work/unpacked/usr/bin/wirevault" --version >/dev/null || { echo "FAIL the packaged program does not run"; failed=1; }
	dpkg-deb -f "$deb" Depends | grep -q libcurl || { echo "FAIL the package names no libraries (dpkg-shlibdeps, of dpkg-dev, is needed)"; failed=1; }
	dpkg-deb -f "$deb" Package Version Architecture Depends | sed 's/^/package: /'
fi
exit "$failed"
