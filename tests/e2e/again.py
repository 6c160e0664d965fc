#!/usr/bin/env python3
"""Captures read later: crawl without reading, extract --from-archive, look at all views: again.py BUILD"""

import json
import os
import re
import signal
import subprocess
import sys

from room import Room
from site_of_test import Paper


def extract(room, *words, code=0):
    done = room.run("extract", "--from-archive", *words)
    room.check(f"extract --from-archive {' '.join(map(str, words))} exits", code, done.returncode,
               done.stderr.decode(errors="replace"))
    return [json.loads(line) for line in done.stdout.splitlines()]


def versions(room, urls):
    return {url: [row for row in room.json("history", url) if "changes" in row] for url in urls}


def late(room):
    """Crawled with run.extract: later, twice, with edits in between; then read."""
    room.crawl(code=0)
    for _ in range(3):
        room.turn("12h")
        room.crawl(code=0)
    rows = room.json("list")
    pages = sorted({row["url"] for row in rows if row["mime"] == "text/html"})
    unread = [row for row in rows if row["verdict"] == "unread"]
    room.check_that("the crawl read nothing", len(unread) > 50 and
                    all(row["verdict"] != "article" for row in rows), len(unread))
    known_before = room.now()
    room.turn("1h")

    lines = extract(room)
    room.check_that("each line has its members", all(
        {"v", "id", "url", "verdict", "title", "model", "extractor", "changed"} <= set(line)
        for line in lines), lines[:1])
    room.check("nothing is unread any more", [],
               [row["url"] for row in room.json("list") if row["verdict"] == "unread"])
    room.check_that("there are articles",
                    sum(line["verdict"] == "article" for line in lines) > 30)
    room.verify()
    room.check("a second time there is nothing to do", [], extract(room))

    articles = sorted({line["url"] for line in lines if line["verdict"] == "article"})
    for url, list_of in versions(room, articles).items():
        uncertain = [row for row in list_of if "uncertain" in row["changes"]]
        room.check(f"all of {url} is read with one model", [], uncertain)
    for url in articles[:3]:
        done = room.run("show", "--json", "--known-at", known_before, url)
        room.check_that(f"before the reading {url} was unread",
                        b'"unread"' in done.stdout or done.returncode == 1, done.stdout[:200])
    one = extract(room, "--source", "Meridian Wire")
    room.check("nor for one source", [], one)
    room.check("a source that is none is said", 1,
               room.run("extract", "--from-archive", "--source", "Nobody").returncode)
    room.check("a page that was never captured is said", 1,
               room.run("extract", "--from-archive", "http://nobody.example/").returncode)


def now(room):
    """Crawled and read at once, with models as they came; then all read with the newest."""
    room.crawl(code=0)
    for _ in range(3):
        room.turn("12h")
        room.crawl(code=0)
    rows = [row for row in room.json("list") if row["verdict"] == "article"]
    urls = sorted({row["url"] for row in rows})
    before = versions(room, urls)
    shown = {url: room.run("show", "--json", url).stdout for url in urls}
    known_before = room.now()
    room.turn("1h")
    lines = extract(room)
    room.verify()
    after = versions(room, urls)

    def silent(rows):
        return sum("silent" in row["changes"] for row in rows)

    for url in urls:
        room.check_that(f"no silent edit comes from reading {url} anew",
                        silent(after[url]) <= silent(before[url]),
                        [row["changes"] for row in after[url]])
        room.check(f"the versions of {url} are as many", len(before[url]), len(after[url]))
        old = json.loads(shown[url])
        then = json.loads(room.run("show", "--json", "--known-at", known_before, url).stdout)
        for key in ("title", "text", "verdict"):
            room.check(f"known at the time before: {key} of {url}", old.get(key), then.get(key))
    room.check("a second time there is nothing to do", [], extract(room))


def letters(n):
    """A number in letters: digits do not tell one block from another."""
    return "".join("klmnopqrst"[int(digit)] for digit in str(n))


class Site(Paper):
    """A paper whose pages all carry two sentences of its own among the article's, in plain paragraphs,
    and beside it the opening of every other article."""

    FIRST = "Whoever reads the Lantern on Saturdays gets the crossword of the week with it."
    SECOND = "Our office at the fish market is open until six, and there is always coffee."

    def __init__(self, articles):
        super().__init__("127.0.2.21")
        self.articles = articles
        self.edited = False

    @staticmethod
    def opening(n):
        return (f"The harbour office counted {n + 3} boats on the morning of day {'abcdefghij'[n % 10]}"
                f"{letters(n // 10)}, and the master of berth {'qrstuvwxyz'[n % 10]}{letters(n // 10)} "
                "said that it was more than he had ever seen there in a spring.")

    def page(self, path):
        if path == "/":
            links = "".join(f'<li><a href="/a/{n}">Boats counted, part {n}</a></li>'
                            for n in range(self.articles))
            return f"<!doctype html><title>The Lantern</title><ul>{links}</ul>".encode()
        if not path.startswith("/a/"):
            return b""
        n = int(path[3:])
        name = "abcdefghij"[n % 10] + letters(n // 10)
        told = [self.opening(n)]
        for k in "uvwxy":
            told.append(f"Nobody on pier {name}{k} could say why the fleet had come so early, though "
                        f"the older hands of crew {k}{name} spoke of warm water, of the wind that "
                        "turned in the night, and of a buyer from the other shore.")
        if self.edited and n == 1:
            told[3] = told[3].replace("a buyer from the other shore", "no buyer at all")
        told.insert(3, self.FIRST)
        told.append(self.SECOND)
        text = "".join(f"<p>{p}</p>" for p in told)
        beside = "".join(f'<div><a href="/a/{k}">Boats counted, part {k}</a><p>{self.opening(k)}</p></div>'
                         for k in range(min(self.articles, 40)) if k != n)
        return (f"<!doctype html><html lang=en><title>Boats counted, part {n} - The Lantern</title>"
                f"<body><div><div><h1>Boats counted, part {n}</h1>{text}</div>"
                f"<aside>{beside}</aside></div>").encode()


def crawl_site(room, site):
    room.settle_sources(f"""\
  - name: The Lantern
    timezone: Etc/UTC
    seeds: ["{site.url('/')}"]
    scope: host
    revisit: {{first: 6h, last: 30d}}
""")
    room.crawl()


def models(room):
    """A site's own sentences go as soon as they are known as such, and the articles' openings stay."""
    site = Site(24)
    crawl_site(room, site)
    urls = [site.url(f"/a/{n}") for n in range(site.articles)]

    def shown(*words):
        return [json.loads(room.run("show", "--json", url, *words).stdout) for url in urls]

    def with_own_words(rows):
        return sum(site.FIRST in row["text"] or site.SECOND in row["text"] for row in rows)

    first = shown()
    room.check("without a model, the first eight", True, 8 <= with_own_words(first) < site.articles)
    site.edited = True
    room.turn("12h")
    room.crawl()
    edited = [row for row in room.json("history", urls[1]) if "changes" in row]
    room.check("the edit is seen as one", [["first"], ["text", "silent"]],
               [row["changes"] for row in edited])
    before = room.now()
    room.turn("1h")
    second = shown()
    lines = extract(room)
    room.check_that("models were learned", any(line["model"] > 0 for line in lines), lines[:1])
    third = shown()
    room.check("then none has the site's own words", 0, with_own_words(third))
    for n, rows in enumerate(zip(first, second, third)):
        room.check(f"the opening of article {n} is there each time", [True] * 3,
                   [site.opening(n) in row["text"] for row in rows])
    room.check("the history of the edit is as it was", [["first"], ["text", "silent"]],
               [row["changes"] for row in room.json("history", urls[1]) if "changes" in row])
    room.check("known at the time before: as it was", [row["text"] for row in second],
               [row["text"] for row in shown("--known-at", before)])
    room.check("a second time there is nothing to do", [], extract(room))
    room.verify()


def interrupted(room):
    """Whatever ends it, what was printed is there, and the next run goes on behind it."""
    site = Site(1000)
    crawl_site(room, site)
    room.turn("1h")
    unread = {row["id"] for row in room.json("list") if row["verdict"] == "unread"}
    room.check_that("there is enough to read", len(unread) > 950, len(unread))
    read = []
    for how, code in ((signal.SIGINT, 130), (signal.SIGKILL, -9)):
        process = room.start("extract", "--from-archive")
        lines = bytearray()
        while not lines.endswith(b"\n"):  # byte by byte: nothing may stay in a buffer
            lines += os.read(process.stdout.fileno(), 1)
        process.send_signal(how)
        rest, errors = process.communicate(timeout=120)
        room.check(f"signal {how.name} ends it", code, process.returncode, errors.decode()[:300])
        # A kill can fall on half a line.
        read += [json.loads(line)["id"] for line in (lines + rest).splitlines()
                 if line.endswith(b"}")]
        room.check_that("nothing is read twice", len(read) == len(set(read)))
        room.check_that("not all is read", len(read) < len(unread), len(read))
        still = {row["id"] for row in room.json("list") if row["verdict"] == "unread"}
        room.check("what was printed is there", set(), still & set(read))
        room.verify()
    rest = extract(room)
    room.check("in the end all are read", set(),
               {row["id"] for row in room.json("list") if row["verdict"] == "unread"})
    room.check("with one model", 1, len({line["model"] for line in rest if line["url"] != site.url("/")}))
    room.check("then nothing", [], extract(room))
    room.verify()


def articles_of(room):
    """All that a reader sees of each article, by address and path. Two runs meet the pages in
    different order, and some print their own clock."""
    port = f":{room.port}"
    found = {}
    for url in sorted({row["url"] for row in room.json("list") if row["verdict"] == "article"}):
        row = json.loads(room.run("show", "--json", url).stdout.decode().replace(port, ""))
        found[url.replace(port, "")] = {key: value for key, value in row.items()
                                        if key not in ("id", "recorded", "known_at", "basis", "captured", "digest",
                                                       "bytes")}
    return found


def alike(room):
    """Read at once or read later from the archive: the same articles."""
    room.crawl()
    other = Room(os.path.dirname(room.program), later)
    try:
        other.crawl()
        extract(other)
        at_once, afterwards = articles_of(room), articles_of(other)
        room.check("the same pages are articles", sorted(at_once), sorted(afterwards))
        room.check_that("there are some", len(at_once) > 20, len(at_once))
        for url, row in at_once.items():
            then = afterwards.get(url, {})
            room.check(f"read alike: {url}", {}, {key: (row[key], then.get(key)) for key in row
                                                  if row[key] != then.get(key)})
    finally:
        room.faults += other.close()


def stopped(room):
    """A run that is interrupted goes on where it stopped; two do not run at once."""
    room.crawl(code=0)
    room.turn("1h")
    total = len([row for row in room.json("list") if row["verdict"] == "unread"])
    some = [row["url"] for row in room.json("list") if row["verdict"] == "unread"][:3]
    first = extract(room, *some)
    room.check_that("pages that were asked for are read", 0 < len(first) < total, len(first))
    rest = extract(room)
    room.check("the rest later, each once", [],
               sorted({line["id"] for line in first} & {line["id"] for line in rest
                                                       if line["model"] == 0}))
    room.check("then nothing", [], extract(room))
    plain = re.sub("-newsroom$", "", room.program)
    done = subprocess.run([plain, "extract", "--from-archive", "-c", room.settings], env=room.env,
                          capture_output=True, check=False)
    room.check("the system's clock does not write into a simulated archive", 64, done.returncode,
               done.stderr.decode())
    done = room.run("extract", "--from-archive", "--list", "x.tsv")
    room.check("--list does not go with it", 64, done.returncode)
    done = room.run("extract", "--from-archive", "--archive", room.folder + "/none")
    room.check("no archive", 66, done.returncode, done.stderr.decode())


def later(text):
    return text.replace("\nrun:\n", "\nrun:\n  extract: later\n", 1)


def main():
    faults = 0
    for scenario, edit in ((late, later), (now, None), (models, None), (stopped, later),
                           (interrupted, later), (alike, None)):
        room = Room(os.path.abspath(sys.argv[1]), edit or (lambda text: text))
        try:
            print(scenario.__name__)
            scenario(room)
        finally:
            faults += room.close()
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
