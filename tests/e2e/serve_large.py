#!/usr/bin/env python3
"""Bodies larger than an answer's memory, and parts of bodies: serve_large.py BUILD

A page of 34 MiB, a file of 40 MiB, one of noise: id_ gives their bytes in bounded memory, a browser
gets a page that says what cannot be shown; Range, If-Range and HEAD as RFC 9110 has them.
"""

import hashlib
import os
import random
import sys
import threading

from served_warc import over_warc, web

STAMP = "20240605054503"
SITE = "http://large.example/"
LINE = b"<p>The tide table was printed again, as it is every year, without a change. <a href=/x>x</a></p>\n"
PAGE = b"<!doctype html><title>Large</title>\n" + LINE * (34 * (1 << 20) // len(LINE))
# Rewritten it is longer than an answer may be: each link gets an address of the archive.
LINKS = b"<!doctype html><title>Links</title>\n" + b"<a href=a>b</a>" * 600000
LONG = b"<!doctype html><title>Long</title>\n" + b"<p>The tide table was printed again, as it is every year, and nobody knew why.</p>\n" * 260000
FILE = b"0123456789abcdef" * (40 << 16)
NOISE = random.Random(5).randbytes(9 << 20)
SMALL = bytes(range(256)) * 16
MEMORY_MIB = 128  # what issue 7 allows


def fill(warc):
    warc.add(SITE + "page", STAMP, PAGE)
    warc.add(SITE + "long", STAMP, LONG)
    warc.add(SITE + "links", STAMP, LINKS)
    warc.add(SITE + "file", STAMP, FILE, mime="text/plain")
    warc.add(SITE + "noise.png", STAMP, NOISE, mime="image/png")
    warc.add(SITE + "small", STAMP, SMALL, mime="application/octet-stream")
    warc.add(SITE + "gone", STAMP, SMALL, mime="text/plain", status=404)


def anonymous_mib(t):
    with open(f"/proc/{t.server.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon:")) / 1024


def is_sanitized(t):
    with open(f"/proc/{t.server.pid}/maps", encoding="utf-8") as maps:
        return any("asan" in line or "tsan" in line for line in maps)


def large(t):
    for name, body in (("page", PAGE), ("file", FILE), ("noise.png", NOISE), ("links", LINKS)):
        path = web(STAMP, SITE + name, "id_")
        answer, got = t.get(path)
        t.check(f"{path}: status, length", (200, str(len(body))), (answer.status, answer.getheader("Content-Length")))
        t.check(f"{path}: byte by byte", True, got == body, len(got))
        etag = answer.getheader("ETag")
        t.check(f"{path}: its tag is of its digest", f'"{hashlib.sha256(body).hexdigest()[:32]}"', etag)
        t.check(f"{path}: not modified", (304, b""), (lambda a: (a[0].status, a[1]))(t.get(path, If_None_Match=etag)))
        answer, got = t.get(path, Range="bytes=1000000-1000099")
        t.check(f"{path}: a part", (206, body[1000000:1000100], f"bytes 1000000-1000099/{len(body)}"),
                (answer.status, got, answer.getheader("Content-Range")))
    for name in ("file", "noise.png"):
        body = FILE if name == "file" else NOISE
        answer, got = t.get(web(STAMP, SITE + name, "im_"))
        t.check(f"{name} as what a page is made of", (200, True), (answer.status, got == body))
    # What would have to be rewritten, and is too long for that.
    for name in ("page", "links"):
        answer, got = t.get(web(STAMP, SITE + name))
        t.check(f"{name}: the page around it", (200, True), (answer.status, b"if_/" + SITE.encode() + name.encode() in got))
        answer, got = t.get(web(STAMP, SITE + name, "if_"))
        t.check(f"{name}: is said", (413, None), (answer.status, answer.getheader("Memento-Datetime")), got)
        t.has(f"{name}: with the way to its bytes", f'href="{web(STAMP, SITE + name, "id_")}"', got.decode())
        t.check(f"{name}: under the policy of replay", True, "sandbox" in answer.getheader("Content-Security-Policy"))
    if not is_sanitized(t):
        t.check("memory", True, anonymous_mib(t) < MEMORY_MIB, anonymous_mib(t))
        print(f"{anonymous_mib(t):.0f} MiB anonymous afterwards")


def ranges(t):
    path = web(STAMP, SITE + "small", "id_")
    answer, _ = t.get(path)
    etag, total = answer.getheader("ETag"), len(SMALL)
    t.check("says that it takes ranges", "bytes", answer.getheader("Accept-Ranges"))
    part = (206, SMALL[10:20], f"bytes 10-19/{total}")
    whole, none = (200, SMALL, None), (416, b"", f"bytes */{total}")
    rows = [
        ("one", {"Range": "bytes=10-19"}, part),
        ("to the end", {"Range": f"bytes={total - 5}-"}, (206, SMALL[-5:], f"bytes {total - 5}-{total - 1}/{total}")),
        ("the last", {"Range": "bytes=-5"}, (206, SMALL[-5:], f"bytes {total - 5}-{total - 1}/{total}")),
        ("more than there is", {"Range": "bytes=0-99999999"}, (206, SMALL, f"bytes 0-{total - 1}/{total}")),
        ("beyond", {"Range": f"bytes={total}-"}, none),
        ("the last none", {"Range": "bytes=-0"}, none),
        ("several are passed over", {"Range": "bytes=0-1,5-6"}, whole),
        ("no range", {"Range": "bytes=x"}, whole),
        ("another unit", {"Range": "lines=1-2"}, whole),
        ("If-Range that holds", {"Range": "bytes=10-19", "If-Range": etag}, part),
        ("If-Range that does not", {"Range": "bytes=10-19", "If-Range": '"x"'}, whole),
        ("If-Range, weak", {"Range": "bytes=10-19", "If-Range": "W/" + etag}, whole),
        ("If-Range, a date", {"Range": "bytes=10-19", "If-Range": "Mon, 01 Jan 2024 00:00:00 GMT"}, whole),
        ("If-Match that holds", {"Range": "bytes=10-19", "If-Match": '"x", ' + etag}, part),
        ("If-Match that does not", {"Range": "bytes=10-19", "If-Match": '"x"'}, (412, b"", None)),
        ("If-Match, weak", {"If-Match": "W/" + etag}, (412, b"", None)),
        ("If-None-Match comes first", {"Range": "bytes=10-19", "If-None-Match": etag}, (304, b"", None)),
    ]
    for name, fields, expected in rows:
        answer, got = t.get(path, **{key.replace("-", "_"): value for key, value in fields.items()})
        t.check(f"range, {name}", expected, (answer.status, got, answer.getheader("Content-Range")))
        t.check(f"range, {name}: it is a memento", True, answer.status == 304 or answer.getheader("Memento-Datetime") is not None)
    answer, got = t.get(web(STAMP, SITE + "gone", "id_"), Range="bytes=0-1")
    t.check("an archived error has no parts", (404, SMALL), (answer.status, got))
    answer, got = t.get("/about", Range="bytes=0-1")
    t.check("nor has a page", 200, answer.status)


def cpu_seconds(t):
    with open(f"/proc/{t.server.pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def together(t):
    """Long pages asked for at once take the memory of one: the others wait for their turn, or are told to come again."""
    most, over, wrong = [0], threading.Event(), []
    path = web(STAMP, SITE + "long", "if_")

    def watch():
        while not over.wait(0.005):
            most[0] = max(most[0], anonymous_mib(t))

    def ask():
        answer, got = t.get(path)
        is_whole = answer.status == 200 and got.endswith(b"</p>\n")
        is_told = answer.status == 503 and answer.getheader("Retry-After") and not answer.getheader("Memento-Datetime")
        if not is_whole and not is_told:
            wrong.append((answer.status, len(got), answer.getheaders()))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    watcher = threading.Thread(target=watch)
    watcher.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    watcher.join()
    t.check("long pages at once", [], wrong)
    if not is_sanitized(t):
        t.check("their memory", True, most[0] < MEMORY_MIB, most[0])
        print(f"{most[0]:.0f} MiB anonymous at most")


def parts(t):
    """A long body part by part, as a player or a resumed download has it: inflated once, not each time."""
    path = web(STAMP, SITE + "file", "id_")
    dice, before, wrong = random.Random(9), cpu_seconds(t), []
    for _ in range(100):
        at = dice.randrange(len(FILE) - 1000)
        answer, got = t.get(path, Range=f"bytes={at}-{at + 999}")
        if (answer.status, got) != (206, FILE[at:at + 1000]):
            wrong.append((at, answer.status, len(got)))
    t.check("parts of a long body", [], wrong)
    print(f"100 parts of {len(FILE) >> 20} MiB: {(cpu_seconds(t) - before) * 10:.1f} ms CPU each")
    before = cpu_seconds(t)
    for method, fields in (("HEAD", {}), ("GET", {"If_None_Match": f'"{hashlib.sha256(FILE).hexdigest()[:32]}"'})):
        for _ in range(50):
            answer, got = t.get(path, method, **fields)
            wrong += [] if (answer.status, got) in ((200, b""), (304, b"")) else [answer.status]
    t.check("none of it", [], wrong)
    print(f"100 answers without a byte of it: {(cpu_seconds(t) - before) * 10:.1f} ms CPU each")


def erased(t):
    """What was erased is gone at once, also where its parts were just asked for."""
    path = web(STAMP, SITE + "noise.png", "id_")
    answer, got = t.get(path, Range="bytes=5-9")
    t.check("a part", (206, NOISE[5:10]), (answer.status, got))
    t.run("takedown", "erase", SITE + "noise.png", "--reason", "a test")
    for fields in ({"Range": "bytes=5-9"}, {}):
        answer, got = t.get(path, **fields)
        t.check("an erased one", (410, False), (answer.status, NOISE[5:10] in got))
    held = [name for name in os.listdir(f"/proc/{t.server.pid}/fd") if "(deleted)" in os.readlink(f"/proc/{t.server.pid}/fd/{name}")
            and os.stat(f"/proc/{t.server.pid}/fd/{name}").st_size >= len(NOISE)]
    t.check("nor does the server hold its bytes", [], held)


def heads(t):
    """HEAD says what GET would, and sends nothing."""
    t.wait_for_index()
    paths = [web(STAMP, SITE + name, modifier) for name in ("page", "file", "small", "noise.png", "gone", "none") for modifier in ("", "if_", "id_", "im_")]
    paths += ["/", "/about", "/snapshot/0", "/history?url=" + SITE + "file", "/search?q=tide", "/source/x", "/pulse", "/subscriptions", "/compare?from=0&to=1", "/cdx?url=*.example",
              "/timegate/" + SITE + "file", *(f"/timemap/{form}/{SITE}file" for form in ("link", "json", "cdxj")), "/api/", "/api/index.json", "/api/latest", "/api/totals", "/robots.txt",
              "/proof/0", "/nothing", "/favicon.ico", "/assets/check.sh", "/travel?to=/about", f"/web/2024/{SITE}file", "/api/snapshot/99", "/cdx"]
    for path in paths:
        one, body = t.get(path)
        two, nothing = t.get(path, "HEAD")
        mine = [(name, value) for name, value in one.getheaders() if name not in ("Date", "X-Known-At")]
        t.check(f"HEAD {path}", (one.status, mine), (two.status, [(name, value) for name, value in two.getheaders() if name not in ("Date", "X-Known-At")]))
        t.check(f"HEAD {path}: nothing", (b"", str(len(body))), (nothing, two.getheader("Content-Length")))


if __name__ == "__main__":
    over_warc(sys.argv[1], fill, (ranges, large, together, parts, heads, erased))
