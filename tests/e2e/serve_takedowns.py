#!/usr/bin/env python3
"""What was taken down is in no answer of any route: serve_takedowns.py BUILD

Two archives: one to which a page of its own words was brought and from which it was taken down
again, and one that never had it. For each level every address of the table of routes is asked of
both, with every parameter that lists, counts, draws, ranks or finds. No answer has the page's words
or its address, and after `hide`, of which nothing may be told, the answers are the same, letter by
letter, but for what the log says of its own size.
"""

import difflib
import json
import os
import random
import re
import sys
import tempfile
import urllib.parse

from served_warc import Test, Warc

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORDS = ("Quillfeather", "zanderwick", "ombrelune")
SECRET = "http://secret.example/quillfeather/affair"
COPY = "http://mirror.example/affair"
LEVELS = {"hide": 404, "block": 451, "erase": 410}

# Carried by the mirror and by what is taken down; the news' own text is another.
# One text in two forms, and what is taken down lies between them: it alone holds the two together. Of another
# text the second half is carried too, and the first half by what is taken down: that alone makes it a round-up.
HELD, DIGEST = "http://secret.example/held", "http://secret.example/digest"
NEWS = " ".join(f"A lifeboat was called out for the {n}th time this spring, its crew of Ostrand said, since the engine of a yacht had failed again off the cape." for n in range(12))
SHARED = " ".join(f"The ferry company of Ostrand said on Tuesday that its {n}th crossing would be delayed by fog over the sound." for n in range(14))


def lines(of, first, last):
    """Sentences that share no phrase with one another."""
    dice = random.Random(of)
    words = ("harbour council ferry budget strike crane pilot anchor tariff cargo quay lighthouse minister signal report tender wharf captain storm timber "
             "salmon bridge winter engine ticket rudder mayor canal freight sailor export depot basin summer permit island").split()
    return " ".join([" ".join(dice.choice(words) for _ in range(14)).capitalize() + "." for _ in range(40)][first:last])


def article(title, text, when, section="harbour"):
    return (f"<!doctype html><html lang=en><head><title>{title}</title><meta property='article:published_time' content='{when}'>"
            f"<meta property='article:section' content='{section}'></head><body><article><h1>{title}</h1><p>{text}</p>"
            f"<p>The harbour master of Ostrand, Ingrid Solheim, spoke of 47 delays in Ostrand since 5 May 2024.</p></article></body></html>").encode()


def common(warc):
    for n in range(6):
        warc.add(f"http://news.example/{n}", f"2024060{1 + n}080000", article(f"Ferry delayed {n}", NEWS + f" Part {n}.", f"2024-06-0{1 + n}T07:00:00Z"))
        warc.add(f"http://news.example/{n}", f"2024060{1 + n}120000", article(f"Ferry delayed {n}", NEWS + f" Part {n}, updated to 4{n}.", f"2024-06-0{1 + n}T07:00:00Z"))
    warc.add(COPY, "20240602090000", article("Ferries wait for the fog", SHARED, "2024-06-02T08:30:00Z"))
    warc.add("http://news.example/gone", "20240603000000", b"<h1>None</h1>", status=404)
    for host, title, text, day in (("north", "North", lines("held", 0, 12), 4), ("south", "South", lines("held", 8, 20), 5), ("west", "West", lines("digest", 0, 12), 6),
                                   ("east", "East", lines("digest", 6, 18), 7)):
        warc.add(f"http://{host}.example/text", f"2024060{day}090000", article(title, text, f"2024-06-0{day}T08:00:00Z"))


def secret(warc):
    """The first of its cluster, of the event, of its day, of its source and of its category."""
    text = SHARED + " Quillfeather of zanderwick denied the ombrelune."
    warc.add(SECRET, "20240520060000", article("Quillfeather and the zanderwick", text, "2024-05-20T05:00:00Z", "zanderwick affairs"))
    warc.add(SECRET, "20240521060000", article("Quillfeather, zanderwick and an ombrelune", text + " Twice.", "2024-05-20T05:00:00Z", "zanderwick affairs"))
    warc.add(HELD, "20240520070000", article("Quillfeather again", lines("held", 4, 16), "2024-05-20T06:00:00Z"))
    warc.add(DIGEST, "20240520080000", article("More of zanderwick", lines("digest", 12, 24), "2024-05-20T07:00:00Z"))
    warc.add(SECRET + "/picture.png", "20240521060001", b"\x89PNG quillfeather", mime="image/png")


def routes():
    with open(os.path.join(ROOT, "archive/serve/routes.c"), encoding="utf-8") as source:
        return [path for path, _ in re.findall(r'^\t\{"(/[^"]*)", (true|false)', source.read(), re.M)]


def asked():
    """Addresses that may show, list, count or find the page, without naming it."""
    known = "http://news.example/0"
    quoted = urllib.parse.quote(known, safe="")
    for at in ("", "as-of=2024-05-25", "as-of=2024-06-04"):
        more = f"&{at}" if at else ""
        only = f"?{at}" if at else ""
        segment = f"{at}/" if at else ""
        yield from (f"/{only}", f"/pulse{only}", f"/pulse?days=400{more}", f"/about{only}", f"/subscriptions{only}", f"/feed/all.atom{only}", f"/feed/all.json{only}",
                    f"/feed/secret.atom{only}", f"/feed/secret.json{only}", f"/history?url={quoted}{more}", f"/travel?to=/about{more}")
        for source in ("import", "secretive"):
            yield from (f"/source/{source}{only}", f"/source/{source}?page=2{more}", f"/api/latest?source={source}{more}")
        for category in ("harbour", "zanderwick%20affairs"):
            yield from (f"/category/{category}{only}", f"/api/latest?category={category}{more}")
        for query in ("*", "ferry", "ostrand", "Solheim", "source:secretive", "lang:en"):
            yield from (f"/search?q={query}{more}", f"/search?q={query}&order=time{more}", f"/api/search?q={query}&limit=100{more}")
        for number in (0, 1, 2, 12, 13, 14, 15, 16, 17):
            yield from (f"/snapshot/{number}{only}", f"/cluster/{number}{only}", f"/story/{number}{only}", f"/api/snapshot/{number}{only}", f"/api/cluster/{number}{only}",
                        f"/api/story/{number}{only}")
        yield from (f"/compare?from=0&to=1{more}", f"/compare?from=0&to=1&view=side{more}", f"/api/compare?from=0&to=1{more}", f"/api/history?url={quoted}{more}",
                    f"/api/categories{only}", f"/api/latest?limit=100{more}")
        for url in (known, "http://nowhere.example/"):
            yield from (f"/timegate/{segment}{url}", f"/timemap/link/{segment}{url}", f"/timemap/json/{segment}{url}", f"/timemap/cdxj/{segment}{url}",
                        f"/web/{segment}2024/{url}", f"/web/{segment}20240601080000/{url}", f"/web/{segment}20240601080000if_/{url}")
        for query in ("url=*.example", "url=*.example&sort=reverse", "url=*.example&limit=-3", "url=*.example&sort=closest&closest=20240520", "url=*.example&showNumPages=true&pageSize=1",
                      "url=*.example&page=3&pageSize=1", "url=*.example&page=8&pageSize=1", "url=*.example&output=json&limit=3&showResumeKey=true", "url=secret.example&matchType=host",
                      "url=*.example&collapse=urlkey&output=cdxj"):
            yield f"/cdx?{query}{more}"
    yield from ("/api/totals", "/api/sources", "/api/", "/api/index.json", "/healthz", "/metrics", "/robots.txt", "/proof/0", "/favicon.ico", "/assets/check.sh", "/assets/style.css",
                "/assets/page.js", "/sitemap.xml", "/api/snapshot/99", "/snapshot/99")


def by_name(number):
    """Addresses that name it, by its own address and by the number of its capture."""
    quoted = urllib.parse.quote(SECRET, safe="")
    yield from (f"/history?url={quoted}", f"/search?q={quoted}", f"/api/history?url={quoted}", f"/cdx?url={quoted}", f"/timegate/{SECRET}", f"/timemap/link/{SECRET}",
                f"/timemap/json/{SECRET}", f"/timemap/cdxj/{SECRET}", f"/web/2024/{SECRET}", f"/web/*/{SECRET}", f"/snapshot/{number}", f"/cluster/{number}", f"/story/{number}",
                f"/api/snapshot/{number}", f"/api/cluster/{number}", f"/api/story/{number}", f"/proof/{number}", f"/compare?from=0&to={number}", f"/api/compare?from={number}&to=0",
                f"/api/latest?after={number}")
    for modifier in ("", "id_", "if_", "im_", "cs_"):
        yield f"/web/20240520060000{modifier}/{SECRET}"
    for word in WORDS:
        yield from (f"/search?q={word}", f"/api/search?q={word}")


def settled(text):
    """Without what the clock, the log and the process say of themselves."""
    text = re.sub(r'("known_at": ?")[^"]*', r"\1", text)
    text = re.sub(r"known-at=[0-9T:.Z%A-F-]+", "known-at=K", text)
    text = re.sub(r"(?s)wirevault_http_.*?(?=\n# HELP wirevault_[^h]|\Z)", "", text)
    text = re.sub(r"(recorded|Recorded|first_recorded|last_recorded)[^<]{0,40}<time.*?</time>", r"\1", text)
    text = re.sub(r'"recorded": ?"[^"]*"', "", text)
    # The log proves what it holds, of which hidden captures are a part: its size and head are not the same.
    text = re.sub(r'(of|over) \d+ captures<br>\s*<code class="digest">[0-9a-f]+', "LOG", text)
    text = re.sub(r"(?s)\nkey \S+\nsize \d+\nroot \S+.*?</code>", "LOG", text)
    return re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?", lambda m: m[0] if m[0].startswith("2024") else "NOW", text)


class One:
    """An archive, served; with the page in it or without."""

    def __init__(self, build, folder, name):
        self.t = Test(build, os.path.join(folder, name))
        os.makedirs(os.path.dirname(self.t.archive), exist_ok=True)
        self.bring(common, "import")
        for name, query in (("all", "*"), ("secret", "ostrand | ferry")):
            self.must("subscribe", "--quiet", name, query)

    def must(self, *args):
        done = self.t.run(*args)
        if done.returncode:
            sys.exit(f"{args}: {done.returncode}: {done.stderr.decode()}")
        return done

    def bring(self, fill, source):
        warc = Warc(os.path.join(os.path.dirname(self.t.archive), source + ".warc"))
        fill(warc)
        warc.close()
        self.must("import", "--quiet", "--source", source, warc.path)

    def answers(self, paths):
        out = {}
        for path in paths:
            answer, body = self.t.get(path, Accept_Language="en")
            # Said of a story whose articles were not read in time, on a slow machine: asked again until
            # its index, or the time, was there.
            for _ in range(20):
                if b'"complete":false' not in body and b"are being looked through" not in body:
                    break
                answer, body = self.t.get(path, Accept_Language="en")
            fields = sorted((name, value) for name, value in answer.getheaders() if name not in ("Date", "ETag", "X-Known-At", "Content-Length", "Retry-After"))
            out[path] = (answer.status, settled(str(fields) + "\n" + body.decode("utf-8", "replace")))
        return out


def look_for_words(t, level, path, answer, may_name):
    status, text = answer
    for word in (*WORDS, "secretive"):
        found = [at.start() for at in re.finditer(word, text, re.I)]
        # What was asked for is said back, and that a page was taken down.
        if found and not (may_name or word.lower() in path.lower()):
            t.check(f"{level}: {path} ({status}) tells nothing of '{word}'", "", text[max(0, found[0] - 200):found[0] + 200])
    for number in ("20240520060000", "2024-05-20"):
        if number in text and number not in path:
            at = text.index(number)
            t.check(f"{level}: {path} ({status}) tells nothing of its day", "", text[max(0, at - 200):at + 200])


def compare(t, level, path, mine, other):
    t.checks += 1
    if mine == other or path.startswith("/proof/"):
        return
    t.faults += 1
    lines = [line[:300] for line in difflib.unified_diff(other[1].replace("><", ">\n<").replace(",\"", ",\n\"").splitlines(),
                                                         mine[1].replace("><", ">\n<").replace(",\"", ",\n\"").splitlines(), lineterm="", n=0)]
    print(f"{level}: {path}: {other[0]} without it, {mine[0]} with it taken down\n  " + "\n  ".join(lines[:12]))


def run_level(build, folder, level, status, plain):
    one = One(build, folder, level)
    t = one.t
    one.bring(secret, "secretive")
    number = json.loads(t.run("show", SECRET, "--at", "2024-05-20T12:00:00Z", "--json").stdout.splitlines()[0])["id"]
    for url in (SECRET, HELD, DIGEST, SECRET + "/picture.png"):
        one.must("takedown", level, url, "--reason", "a test")
    t.start()
    try:
        t.wait_for_index()
        paths = list(asked())
        answers = one.answers(paths)
        for path in paths:
            look_for_words(t, level, path, answers[path], False)
            if level == "hide":
                compare(t, level, path, answers[path], plain[path])
        for path, answer in one.answers(by_name(number)).items():
            look_for_words(t, level, path, (answer[0], answer[1].replace(SECRET, "")), False)
            is_list = path.startswith(("/search", "/api/search", "/cdx", "/api/latest", "/history?", "/web/*"))
            t.check(f"{level}: {path}: status", True, answer[0] == status or (is_list and answer[0] in (200, 302, 303, 404, status)), answer)
    finally:
        t.stop()
    return t


def main():
    missing = [route for route in routes() if not any(path.startswith(route) for path in asked())]
    if missing:
        sys.exit(f"routes that no address here asks: {missing}")
    with tempfile.TemporaryDirectory(prefix="wirevault-takedowns-") as folder:
        build = os.path.abspath(sys.argv[1])
        never = One(build, folder, "never")
        never.t.start()
        never.t.wait_for_index()
        plain = never.answers(asked())
        for path, (status, text) in plain.items():
            never.t.check(f"{path}: is no fault of ours", True, status < 500, text)
        never.t.stop()
        tests = [never.t] + [run_level(build, folder, level, status, plain) for level, status in LEVELS.items()]
    checks, faults = sum(t.checks for t in tests), sum(t.faults for t in tests)
    print(f"{checks} checks, {faults} failed")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
