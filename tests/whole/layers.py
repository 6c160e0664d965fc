#!/usr/bin/env python3
"""Checks what the compiler does not: which file may include what, and which calls are used nowhere.

    layers.py ROOT              check the tree; one line a fault, exit 1 if there is any
    layers.py --self-test ROOT  plant one violation of each kind in a copy; each must be found
"""

import os
import re
import shutil
import sys
import tempfile

# The order of rooms: a file includes only ranks up to its own. First match wins.
RANKS = [
    (r"config/base/limits\.h", 0),
    (r"config/base/", 1),
    (r"config/url", 2),
    (r"config/domain", 3),
    (r"config/zone", 4),
    (r"config/topic", 5),
    # What a source is stands in the settings' header and the other way round: one rank.
    (r"config/(settings|source)", 6),
    (r"archive/store/", 10),
    (r"archive/proof/", 11),
    (r"archive/copies/", 12),
    (r"archive/search/", 13),
    (r"archive/care/", 14),
    (r"archive/view/", 15),
    (r"archive/exchange/", 16),
    (r"archive/serve/", 17),
    (r"archive/wirevault", 18),
    (r"crawler/plan/", 20),
    (r"crawler/fetch/", 21),
    (r"crawler/page/", 22),
    (r"crawler/discover/", 23),
    (r"crawler/(job|pipeline|import)", 24),
    (r"crawler/cmd/", 25),
    (r"tests/", 99),
]

# Besides the order: a page is worked on without the plan and without the network.
NEVER = [(r"crawler/page/", r"crawler/(plan|fetch)/")]

# Third-party headers and the files that may see them. Never a header of ours.
THIRD_PARTY = [
    # Fetching is one module in three files, by size; so are config/url*.c and config/settings*.c.
    (r"curl/", r"crawler/fetch/(fetch|transfer|conclude)\.c"),
    (r"gumbo\.h", r"crawler/page/html\.c"),
    (r"zlib\.h", r"archive/store/codec\.c|config/base/inflate\.c"),
    (r"lmdb\.h", r"archive/store/db(_rows|_copy)?\.c"),
    (r"unicode/",
     r"config/base/(text_kinds|text_fold|names)\.c|config/zone\.c|config/url(_\w+)?\.c|crawler/page/charset(_query)?\.c"),
    (r"libpsl\.h", r"config/domain\.c"),
    (r"libxml/", r"crawler/discover/\w+\.c"),
    (r"jansson\.h", r"config/base/json\.c"),
    (r"yaml\.h", r"config/settings(_yaml)?\.c"),
    (r"sqlite3\.h", r"archive/search/\w+\.c"),
    (r"microhttpd\.h", r"archive/serve/http(_events|_work)?\.c"),
    (r"openssl/", r"config/base/digest\.c|archive/proof/\w+\.c"),
    (r"cmocka\.h", r"(?!)"),
]

# C17, POSIX and Linux; a header that is neither here nor above is a dependency nobody decided.
SYSTEM = set("""
assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h math.h setjmp.h
signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h
string.h tgmath.h threads.h time.h uchar.h wchar.h wctype.h
dirent.h dlfcn.h fcntl.h fnmatch.h ftw.h getopt.h langinfo.h netdb.h poll.h pthread.h pwd.h sched.h
semaphore.h spawn.h strings.h syslog.h termios.h unistd.h
arpa/inet.h net/if.h netinet/in.h netinet/tcp.h sys/epoll.h sys/eventfd.h sys/file.h sys/inotify.h
sys/ioctl.h sys/mman.h sys/random.h sys/resource.h sys/select.h sys/signalfd.h sys/socket.h sys/stat.h
sys/statvfs.h sys/syscall.h sys/time.h sys/timerfd.h sys/types.h sys/uio.h sys/un.h sys/vfs.h sys/wait.h
sys/prctl.h sys/mount.h sys/sysmacros.h linux/falloc.h malloc.h emmintrin.h
""".split())

# No one calls these, tests included: they trust a NUL, overflow, or hide a failed conversion.
BANNED = ("strtok strtok_r scanf fscanf sscanf vscanf vsscanf vfscanf atoi atol atoll atof sprintf "
          "vsprintf strcpy stpcpy strncpy strcat strncat gets").split()
# Foreign bytes are slices: outside tests, not even a search that stops at NUL.
BANNED_IN_PROGRAM = ("strchr strrchr strstr strcasestr strpbrk strspn strcspn strtol strtoll strtoul "
                     "strtoull strtod strtof").split()
ALLOWED_CALLS = {
    "config/base/json.c": {"strtod"},  # of a number that the grammar has checked and copied
    "config/base/json_write.c": {"strtod"},  # of digits it has just written itself
}
# One file asks the system for the time.
CLOCK_CALLS = "clock_gettime gettimeofday time localtime localtime_r gmtime gmtime_r mktime timegm".split()
CLOCK_FILE = "config/base/clock.c"

ROOT_ENTRIES = {"crawler", "archive", "config", "tests", "CMakeLists.txt", "README.md", "LICENSE"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def rank_of(path):
    for pattern, rank in RANKS:
        if re.match(pattern, path):
            return rank
    return None


def sources(root):
    for top in ("config", "archive", "crawler", "tests"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def check_ours(path, target, root, fault):
    mine, theirs = rank_of(path), rank_of(target)
    if not os.path.exists(os.path.join(root, target)):
        fault(f"{path}: includes \"{target}\", which is no path from the root")
    elif theirs is None:
        fault(f"{path}: includes {target}, which lies in no room")
    elif mine is not None and theirs > mine:
        fault(f"{path}: includes {target}, which lies to its right")
    for who, whom in NEVER:
        if re.match(who, path) and re.match(whom, target):
            fault(f"{path}: must not know {target}")


def check_theirs(path, target, fault):
    if target in SYSTEM:
        return
    for header, files in THIRD_PARTY:
        if not re.match(header, target):
            continue
        if path.startswith("tests/"):
            return
        if path.endswith(".h"):
            fault(f"{path}: a header of ours includes <{target}>")
        elif not re.fullmatch(files, path):
            fault(f"{path}: <{target}> is not seen outside {files}")
        return
    fault(f"{path}: <{target}> is a dependency nobody decided")


def check_calls(path, text, fault):
    code = NOISE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
    banned = list(BANNED)
    if not path.startswith("tests/"):
        banned += BANNED_IN_PROGRAM
        if path != CLOCK_FILE:
            banned += CLOCK_CALLS
    pattern = re.compile(r"(?<![\w.>])(" + "|".join(banned) + r")\s*\(")
    for match in pattern.finditer(code):
        if match.group(1) in ALLOWED_CALLS.get(path, ()):
            continue
        line = code.count("\n", 0, match.start()) + 1
        fault(f"{path}:{line}: calls {match.group(1)}")


def check_own_header_first(path, text, root, fault):
    own = path[:-2] + ".h"
    first = INCLUDE.search(text)
    if path.endswith(".c") and os.path.exists(os.path.join(root, own)) and first:
        # frontier.c may start with frontier_inner.h: the same module's.
        if not first.group(2).startswith(path[:-2]):
            fault(f"{path}: does not include its own header first")


def check_network(path, text, fault):
    """Tests talk to loopback only: where something connects, its addresses must be 127/8 or ::1."""
    if not path.startswith("tests/"):
        return
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)
    # One file stands in for the resolver so that nobody asks a real one.
    if path != "tests/support/getaddrinfo.c" and re.search(
            r"\b(getaddrinfo|gethostbyname)\s*\(", code):
        fault(f"{path}: resolves names")
    if re.search(r"(?<!\w)(connect|curl_easy_perform)\s*\(", code) and not re.search(
            r"INADDR_LOOPBACK|in6addr_loopback|\"127\.|\"::1\"|AF_UNIX", code):
        fault(f"{path}: connects, and not to loopback by name")


def check_scripts(root, fault):
    """The same of scripts: what curl, wget, nc and urlopen are given is loopback or a variable."""
    call = re.compile(r"\b(curl|wget2?|nc|urlopen|create_connection)\b[^\n]*?(https?://[^\s\"'$)}]+)")
    for folder, _, names in os.walk(os.path.join(root, "tests")):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), root)
            if not name.endswith((".sh", ".py")) or path == "tests/whole/layers.py":
                continue
            with open(os.path.join(root, path), encoding="utf-8") as file:
                for match in call.finditer(file.read()):
                    if not re.match(r"https?://(127\.|localhost|\[::1\])", match.group(2)):
                        fault(f"{path}: reaches for {match.group(2)}")


def check_root(root, fault):
    for name in sorted(os.listdir(root)):
        if name not in ROOT_ENTRIES and not name.startswith((".", "build")):
            fault(f"{name}: does not belong into the root")


def check(root):
    faults = []
    for path in sources(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        if not path.startswith("tests/") and rank_of(path) is None:
            faults.append(f"{path}: lies in no room")
        for kind, target in INCLUDE.findall(text):
            if kind == '"':
                check_ours(path, target, root, faults.append)
            else:
                check_theirs(path, target, faults.append)
        check_calls(path, text, faults.append)
        check_own_header_first(path, text, root, faults.append)
        check_network(path, text, faults.append)
    check_scripts(root, faults.append)
    check_root(root, faults.append)
    return faults


# What is planted, and a word of the complaint it must bring.
PLANTS = [
    ("config/base/p.c", '#include "config/url.h"\n', "to its right"),
    ("config/base/q.c", '#include "archive/store/db.h"\n', "to its right"),
    ("archive/store/p.c", '#include "crawler/cmd/command.h"\n', "to its right"),
    ("crawler/plan/p.c", '#include "crawler/page/html.h"\n', "to its right"),
    ("crawler/page/p.c", '#include "crawler/fetch/fetch.h"\n', "must not know"),
    ("crawler/page/q.c", "#include <curl/curl.h>\n", "is not seen outside"),
    ("archive/store/q.h", "#include <lmdb.h>\n", "a header of ours"),
    ("config/q.c", "#include <glib.h>\n", "nobody decided"),
    ("config/r.c", '#include "bytes.h"\n', "no path from the root"),
    ("crawler/discover/p.c", "int f(char *s) { return atoi (s); }\n", "calls atoi"),
    ("crawler/discover/q.c", "char *f(char *s) { return strstr(s, s); }\n", "calls strstr"),
    ("tests/unit/p.c", "int f(char *s) { return sprintf(s, s); }\n", "calls sprintf"),
    ("crawler/cmd/p.c", "long f(void) { return time(0); }\n", "calls time"),
    ("tests/unit/q.c", 'int f(int s) { return connect(s, "192.0.2.1", 4); }\n', "not to loopback"),
    ("tests/e2e/p.sh", "curl -s http://192.0.2.1/\n", "reaches for"),
    ("config/domain.c", "#include <stdio.h>\n#include \"config/domain.h\"\n", "own header first"),
    ("misc/notes.txt", "\n", "does not belong into the root"),
    ("config/misc.c", "\n", "lies in no room"),
]
INNOCENT = [
    ("crawler/discover/r.c", '/* atoi(x) */ const char *f(void) { return "sprintf(%s)"; }\n'),
    ("crawler/cmd/q.c", "struct t; long f(struct t *t) { return t->time(0) + wv_strcpy(0); }\n"),
    ("tests/e2e/q.sh", "curl -s http://127.0.2.1/\ncurl -s \"$url\"\n"),
]


def self_test(root):
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        base = os.path.join(folder, "base")
        os.mkdir(base)
        for name in ("config", "archive", "crawler"):
            shutil.copytree(os.path.join(root, name), os.path.join(base, name))
        before = set(check(base))
        # All at once: each lies in a file of its own, and a complaint begins with its file.
        planted = PLANTS + [(path, text, None) for path, text in INNOCENT]
        assert len({path for path, _, _ in planted}) == len(planted)
        for path, text, _ in planted:
            at = os.path.join(base, path)
            os.makedirs(os.path.dirname(at), exist_ok=True)
            with open(at, "w", encoding="utf-8") as file:
                file.write(text)
        after = [fault for fault in check(base) if fault not in before]
    for path, _, word in planted:
        where = "misc" if path.startswith("misc/") else path
        new = [fault for fault in after if fault.startswith(where + ":")]
        after = [fault for fault in after if fault not in new]
        good = not new if word is None else any(word in fault for fault in new)
        if not good:
            failed += 1
            print(f"{path}: expected {word or 'no complaint'}, got {new}")
    if after:
        failed += 1
        print(f"complaints about no plant: {after}")
    print(f"{len(PLANTS)} plants, {len(INNOCENT)} innocents, {failed} judged wrong")
    return failed


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--self-test":
        sys.exit(1 if self_test(sys.argv[2]) else 0)
    faults = check(sys.argv[1])
    print("\n".join(faults) if faults else "every include and call is where it may be")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
