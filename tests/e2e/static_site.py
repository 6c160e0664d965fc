#!/usr/bin/env python3
"""`export --format site`: every link leads to a file of the folder, nothing is loaded from elsewhere.

    static_site.py BUILD

Over the newsroom's archive: all of it, as of an instant, one source, in another language; twice the
same bytes; nothing of what was taken down or came later; a folder that is not empty is left alone.
"""

import hashlib
import html.parser
import os
import re
import shutil
import sys
import urllib.parse

from room import Room

# Elements without an end tag.
VOID = {"meta", "link", "input", "img", "br", "hr", "col", "area", "source", "wbr"}


class Page(html.parser.HTMLParser):
    """Links of a page, and whether its tags nest."""

    def __init__(self):
        super().__init__()
        self.links, self.loads, self.ids, self.open, self.faults = [], [], set(), [], []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if len(given) != len(attributes):
            self.faults.append(f"<{tag}> says something twice")
        if given.get("id"):
            if given["id"] in self.ids:
                self.faults.append(f"two elements are called {given['id']}")
            self.ids.add(given["id"])
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        for name in ("src", "href"):
            if tag in ("script", "img", "link", "iframe") and given.get(name):
                self.loads.append(given[name])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> ends what is not open")


def read(folder):
    """Files of a folder: name -> bytes."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def look(room, folder):
    """Every page of a site: its faults are told one by one."""
    files = read(folder)
    outside = set()
    for name, data in sorted(files.items()):
        if not name.endswith(".html"):
            continue
        page = Page()
        page.feed(data.decode())
        room.check(f"{name}: tags", [], page.faults[:3] + page.open[:3])
        for link in page.links + page.loads:
            target = urllib.parse.urlsplit(link)
            if target.scheme in ("http", "https", "mailto"):
                outside.add(link)
                if link in page.loads:
                    room.check(f"{name} loads nothing from elsewhere", None, link)
                continue
            if not target.path:
                room.check(f"{name}: #{target.fragment}", True, target.fragment in page.ids or target.fragment == "")
                continue
            file = os.path.normpath(os.path.join(os.path.dirname(name), urllib.parse.unquote(target.path)))
            room.check(f"{name}: {link}", True, file in files)
    return files


def main():
    room = Room(sys.argv[1])
    try:
        half = None
        for day in range(3):
            if day:
                room.turn("1d")
            room.crawl()
            half = half or room.now()
        rows = [row for row in room.json("export", "--format", "jsonl", "-o", "-") if row["kind"] == "article"]
        ids = {str(row["id"]) for row in rows}

        def site(name, *words, code=0):
            folder = os.path.join(room.folder, name)
            done = room.run("export", "--format", "site", "-o", folder, *words)
            room.check(f"{name}: exit", code, done.returncode, done.stderr.decode()[-300:])
            return folder, done

        whole, _ = site("whole")
        files = look(room, whole)
        shown = {name.split("/")[1].split(".")[0] for name in files if name.startswith("snapshot/")}
        room.check("every article has its page", set(), ids - shown)
        again, _ = site("again")
        digest = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        room.check("the same bytes again", digest,
                   {name: hashlib.sha256(data).hexdigest() for name, data in read(again).items()})

        past, _ = site("past", "--as-of", half, "--known-at", half)
        files = look(room, past)
        late = {str(row["id"]) for row in rows if row["captured"] > half}
        shown = {name.split("/")[1].split(".")[0] for name in files if name.startswith("snapshot/")}
        room.check("something came later", True, bool(late))
        room.check("nothing of later has a page", set(), late & shown)
        for row in rows:
            # Short ones ("About us") are also links of other pages.
            if row["captured"] > half and len(row["title"]) > 16 and not any(row["title"] == one["title"] for one in rows if one["captured"] <= half):
                room.check(f"'{row['title']}' is on no page of the past", [],
                           [name for name, data in files.items() if row["title"].encode() in data][:2])

        one, _ = site("one", "--source", rows[0]["source"], "--lang", "ja")
        files = look(room, one)
        room.check("its pages are in Japanese", True, b'<html lang="ja"' in files["index.html"])
        wanted = {str(row["id"]) for row in rows if row["source"] != rows[0]["source"]}
        room.check("no other source has pages", set(),
                   wanted & {name.split("/")[1].split(".")[0] for name in files if name.startswith("snapshot/")})

        gone = rows[0]
        room.check("takedown", 0, room.run("takedown", "hide", gone["url"], "--reason", "a test").returncode)
        files = look(room, site("less")[0])
        room.check("what was taken down has no page", False, f"snapshot/{gone['id']}.html" in files)
        only = [row for row in rows if row["title"] == gone["title"] and row["page"] != gone["page"]]
        # Links of other pages to it are those pages' own words, shown as what was taken off them.
        own = {name: re.sub(rb'<details class="removed">.*?</details>', b"", data, flags=re.S) for name, data in files.items()}
        if not only:
            room.check("and is on none", [], [name for name, data in own.items() if gone["title"].encode() in data][:2])

        site("whole", code=73)
        site("tongue", "--lang", "tlh", code=64)
        done = room.run("export", "--format", "site", "-o", "-")
        room.check("standard output is no folder", 64, done.returncode)
    finally:
        room.close_doors()
        shutil.rmtree(room.folder, ignore_errors=True)
    print(f"{room.checks} checks, {room.faults} faults")
    sys.exit(1 if room.faults else 0)


main()
