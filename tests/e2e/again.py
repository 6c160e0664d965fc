#!/usr/bin/env python3
"""Captures read later: crawl without reading, extract --from-archive, look at all views: again.py BUILD"""

import json
import os
import re
import subprocess
import sys

from room import Room, sha256


def extract(room, *words, code=0):
    done = room.run("extract", "--from-archive", *words)
    room.check(f"extract --from-archive {' '.join(map(str, words))} exits", code, done.returncode,
               done.stderr.decode(errors="replace"))
    return [json.loads(line) for line in done.stdout.splitlines()]


def versions(room, urls):
    return {url: [row for row in room.json("history", url) if "changes" in row] for url in urls}


def verify(room, name):
    done = room.run("verify", "--full")
    room.check(f"{name}: verify --full", 0, done.returncode, done.stdout.decode()[:500])


def capture_ids(room, url):
    return sorted(row["id"] for row in room.json("history", "--all", url, code=None)
                  if "status" in row and "changes" not in row)


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
    room.check_that("what was unread is read",
                    {row["id"] for row in unread} <= {line["id"] for line in lines})
    room.check("nothing is unread any more", [],
               [row["url"] for row in room.json("list") if row["verdict"] == "unread"])
    room.check_that("there are articles",
                    sum(line["verdict"] == "article" for line in lines) > 30)
    room.check_that("sites that showed eight articles have a model",
                    any(line["model"] > 0 for line in lines))
    verify(room, "after reading")
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
    room.check_that("some captures are read with a later model", lines)
    verify(room, "after reading")
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


def main():
    later = "\nrun:\n  extract: later\n"
    faults = 0
    for scenario, edit in ((late, True), (now, False), (stopped, True)):
        room = Room(os.path.abspath(sys.argv[1]), (lambda text: text.replace("\nrun:\n", later, 1)) if edit
                    else (lambda text: text))
        try:
            print(scenario.__name__)
            scenario(room)
        finally:
            faults += room.close()
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
