#!/bin/sh
# Installs what is missing, builds, runs every test, and ends with "N passed, M failed".
#
#   sh tests/run.sh [ctest options]         e.g. -L unit, -R test_url, -LE slow
#
# WV_BUILD names the build folder (default build/tests), WV_PROFILE its profile (default release),
# WV_CMAKE_OPTIONS more options of cmake, WV_SKIP_INSTALL=1 leaves the packages alone.
set -eu
cd "$(dirname "$0")/.."

packages="cmake make gcc libc6-dev binutils dpkg-dev pkg-config python3 curl libcurl4-openssl-dev libgumbo-dev zlib1g-dev
liblmdb-dev libicu-dev libpsl-dev libxml2-dev libjansson-dev libyaml-dev libsqlite3-dev libmicrohttpd-dev
libssl-dev libcmocka-dev ca-certificates file openssl ${WV_MORE_PACKAGES:-}"
build=${WV_BUILD:-build/tests}

install_missing() {
	missing=
	for package in $packages; do
		state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || :)
		[ "$state" = installed ] || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	as_root=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || {
			echo "tests/run.sh: not root, and no sudo; please ask for: apt-get install$missing" >&2
			exit 77
		}
		as_root=sudo
	fi
	echo "installing$missing"
	$as_root apt-get -q update >/dev/null
	# shellcheck disable=SC2086
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $missing >/dev/null
}

[ "${WV_SKIP_INSTALL:-0}" = 1 ] || install_missing

generator=
if command -v ninja >/dev/null && [ ! -e "$build/Makefile" ]; then generator="-G Ninja"; fi
launcher=
if command -v ccache >/dev/null; then launcher=-DCMAKE_C_COMPILER_LAUNCHER=ccache; fi
# shellcheck disable=SC2086
cmake -S . -B "$build" $generator $launcher -DWV_PROFILE="${WV_PROFILE:-release}" ${WV_CMAKE_OPTIONS:-} >/dev/null
cmake --build "$build" -j "$(nproc)"

log=$build/tests.log
# In a row and not at once where two cores share them with a sanitizer: the caller says.
code=0
(cd "$build" && ctest --output-on-failure -j "${WV_TEST_JOBS:-$(nproc)}" "$@") >"$log" 2>&1 || code=$?
grep -E -v '^ *[0-9]+/[0-9]+ Test +#.* Passed +|^ +Start +[0-9]+:' "$log" || :

# ctest's own lines are counted: " 3/20 Test  #3: test_url ....   Passed    0.01 sec"
awk -v code="$code" '
	/^ *[0-9]+\/[0-9]+ Test +#[0-9]+:/ {
		if ($0 ~ /\*\*\*Skipped|\*\*\*Not Run \(Disabled\)/) skipped++
		else if ($0 ~ / Passed +[0-9.]+ sec/) passed++
		else failed++
	}
	END {
		# A runner that broke off, or ran nothing, has not passed.
		if (failed == 0 && (code != 0 || passed == 0)) failed = 1
		if (skipped) printf "%d skipped\n", skipped
		printf "%d passed, %d failed\n", passed, failed
		exit failed > 0
	}' "$log"
