#!/usr/bin/env python3
"""`wirevault serve` in real Chromium: what people see, do and hear.

    browser.py BUILD {visit|looks|people} [--all] [--only PART]... [--shots DIR]

visit: find, read, travel in time, compare, replay a page with its picture, take one down, over the
newsroom's archive. looks: every page in three languages, light and dark, phone and desktop, without
a script, checked for what browser.js lists, axe-core among it. people: every page twice as large
(zoom), as a screen reader has it (reader), on paper (print), in a system's own colours and without
motion (modes); the keyboard's ways (keys). --all takes every combination in place of some; --only
names parts of `people`; --shots keeps screenshots.

Needs Chromium, node and, from npm, playwright-core and axe-core (or WV_NODE_MODULES); says why where
it is skipped (77).
"""

import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import urllib.request
import zlib

from served import edit, find, newsroom
from site_of_test import Site

HERE = os.path.dirname(os.path.abspath(__file__))


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def tools(folder):
    """Chromium, and a node_modules with what is needed."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not chromium:
        skip("chromium is not there")
    if not shutil.which("node"):
        skip("node is not there")
    given = os.environ.get("WV_NODE_MODULES")
    if given:
        return chromium, given
    if not shutil.which("npm"):
        skip("npm is not there")
    if subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=60000",
                       "--prefix", folder, "playwright-core", "axe-core"], cwd=folder, capture_output=True,
                      check=False).returncode:
        skip("npm reaches no registry")
    return chromium, os.path.join(folder, "node_modules")


def pages_of(found):
    changed = found["changed"]
    quoted = urllib.request.quote
    return [
        {"name": "front", "path": "/"},
        {"name": "snapshot", "path": f"/snapshot/{changed[0]['id']}", "text": changed[0]["title"]},
        {"name": "snapshot-zh", "path": f"/snapshot/{found['zh']['id']}", "text": found["zh"]["title"]},
        {"name": "snapshot-ja", "path": f"/snapshot/{found['ja']['id']}", "text": found["ja"]["title"]},
        {"name": "history", "path": "/history?url=" + quoted(changed[0]["url"], safe="")},
        {"name": "compare", "path": f"/compare?from={changed[0]['id']}&to={changed[-1]['id']}"},
        {"name": "compare-side", "path": f"/compare?from={changed[0]['id']}&to={changed[-1]['id']}&view=side"},
        {"name": "cluster", "path": f"/cluster/{found['cluster']}"},
        {"name": "story", "path": f"/story/{changed[0]['id']}"},
        {"name": "search", "path": "/search?q=the"},
        {"name": "search-empty", "path": "/search?q=" + quoted("无此词语zzqx")},
        {"name": "source", "path": "/source/" + quoted(changed[0]["source"])},
        {"name": "category", "path": "/category/" + quoted(found["zh"]["category"])},
        {"name": "pulse", "path": "/pulse"},
        {"name": "subscriptions", "path": "/subscriptions"},
        {"name": "about", "path": "/about"},
        {"name": "past", "path": f"/?as-of={changed[0]['captured']}"},
        {"name": "missing", "path": "/snapshot/99999999", "status": 404},
    ]


def more_pages(room, found):
    """What people meet besides: walls, redirects, faults of their own, empty lists, a picture."""
    quoted = urllib.request.quote
    first = found["changed"][0]
    rows = room.json("list", "--from", "2000-01-01")
    lit = next(row for row in rows if row["url"].endswith("/2026/lit"))
    stamp = re.sub(r"\D", "", first["captured"])[:14]
    return [
        {"name": "pictured", "path": f"/snapshot/{lit['id']}", "text": "The lantern at dusk", "prints": [lit["url"]]},
        {"name": "wall", "path": f"/snapshot/{found['consent-wall']['id']}"},
        {"name": "replay", "path": f"/web/{stamp}/{first['url']}"},
        {"name": "subscription", "path": "/subscriptions?name=tides"},
        {"name": "never", "path": "/history?url=" + quoted("https://nowhere.example.org/a", safe=""), "status": 404},
        {"name": "bad-query", "path": "/search?q=" + quoted('source:"'), "status": 400},
        {"name": "facets", "path": "/search?q=the&source=" + quoted(first["source"])},
        {"name": "same", "path": f"/compare?from={first['id']}&to={first['id']}"},
    ]


def subscribe(room):
    for name, query in (("tides", "tide"), ("chips", "chip OR GPU")):
        room.check("subscribe", 0, room.run("subscribe", name, query).returncode)


def people(room, plan, folder, found, flags):
    plan["pages"][1]["prints"] = [found["changed"][0]["url"], found["changed"][0]["digest"][:32]]
    plan["pages"] += more_pages(room, found)
    plan["people"] = {"langs": ["en", "zh-CN", "ja"], "every": "--all" in flags, "only": [flags[i + 1] for i, flag in enumerate(flags) if flag == "--only"],
                      "notice": "Snapshots of invented pages, for tests.", "walks": walks_of(found), "folder": folder,
                      "printer": bool(shutil.which("pdftoppm") and shutil.which("pdftotext"))}
    if not plan["people"]["printer"]:
        print("no pictures of printed pages: pdftoppm and pdftotext are not there")
    plan["steps"] = [{"name": "a picture of the archive's own", "does": [["open", plan["pages"][18]["path"]], ["has", "figure img"], ["picture is drawn", "figure img"]]}]
    run(room, dict(plan, looks=[], walks=0), folder)


# An article with a picture at its head, and a table.
PICTURED = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Lantern lit again after nine years</title>
<meta property="og:type" content="article"><meta property="og:title" content="Lantern lit again after nine years">
<meta property="og:image" content="{root}/lantern.png"><meta property="article:published_time" content="2026-03-01T09:00:00Z">
</head><body><main><article><h1>Lantern lit again after nine years</h1>
<figure><img src="/lantern.png" alt="The lantern at dusk" width="480" height="270"><figcaption>The lantern at dusk, seen from the pier.</figcaption></figure>
<p>The lantern at the end of the long pier was lit on Sunday evening for the first time in nine years, after volunteers had rebuilt its lens by hand.</p>
<p>Some four hundred people stood on the quay when the light came on, among them the last keeper, who had written its log for thirty-one years.</p>
<p>The harbour office said that ships do not need it any more. It will burn on Sundays only, and whenever a boat is late.</p>
</article></main></body></html>"""


def picture(wide=480, high=270):
    """A PNG of a dusk: dark above, a line of light below."""
    rows = b"".join(b"\0" + bytes((24 + y // 4, 30 + y // 3, 80 + (120 if y > high * 2 // 3 else 0))) * wide for y in range(high))
    part = lambda name, data: struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return (b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)) +
            part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b""))


class Lantern(Site):
    """A publisher of one article with a picture."""

    def __init__(self):
        super().__init__("127.0.2.20", {"/robots.txt": "", "/lantern.png": (200, {"Content-Type": "image/png"}, picture())})
        self.pages["/"] = f'<title>The Lantern</title><h1>The Lantern</h1><ul><li><a href="{self.root}/2026/lit">Lantern lit again after nine years</a></ul>'
        self.pages["/2026/lit"] = PICTURED.replace("{root}", self.root)

    def settings(self, text):
        source = (f"  - name: The Lantern\n    category: local\n    timezone: Europe/London\n    seeds: ['{self.root}/']\n"
                  "    scope: host\n    requisites: images\n")
        return edit(text).replace("\nserve:\n", f"\n{source}serve:\n")


def walks_of(found):
    first, middle, last = found["changed"][0], found["changed"][1], found["changed"][-1]
    return [
        {"name": "to the content", "does": [["open", "/"], ["reach", ".skip"], ["press", "Enter"], ["reach", "main .item h3 a"],
                                            ["press", "Enter"], ["goes to", "/snapshot/"]]},
        {"name": "search", "does": [["open", "/"], ["reach", "#q"], ["type", "tide barrier"], ["press", "Enter"], ["goes to", "/search?"],
                                    ["reach", ".facet a"], ["press", "Enter"], ["goes to", "source="], ["reach", ".help summary"],
                                    ["press", "Enter"], ["is", ".help[open]"]]},
        {"name": "as of", "does": [["open", "/"], ["reach", "#as-of"], ["type", first["captured"]], ["press", "Enter"], ["goes to", "as-of="],
                                   ["is", ".instant.past"], ["reach", ".instant a"], ["press", "Enter"], ["leaves", "as-of="], ["is", ".instant:not(.past)"]]},
        {"name": "the slider", "does": [["open", f"/compare?from={first['id']}&to={last['id']}"], ["reach", ".slide input"],
                                        ["press", "Home"], ["goes to", "#slide"], ["is", "ins"], ["says", ".slide output", middle["captured"][:10]]]},
        {"name": "what was taken off", "does": [["open", f"/snapshot/{first['id']}"], ["reach", ".removed summary"], ["press", "Space"],
                                                ["is", ".removed[open]"], ["reach", "#later summary"], ["press", "Enter"], ["is", "#later[open]"]]},
        {"name": "figures", "does": [["open", "/pulse"], ["reach", ".figures summary"], ["press", "Enter"], ["is", ".figures[open] table"],
                                     ["reach", ".figures[open] .scroll"]]},
        {"name": "subscriptions", "does": [["open", "/"], ["reach", "nav a[href^='/subscriptions']"], ["press", "Enter"], ["goes to", "/subscriptions"],
                                           ["reach", "main h2 a"], ["press", "Enter"], ["goes to", "name="], ["reach", "a[type='application/atom+xml']"]]},
    ]


def looks(every):
    phone, desk = (320, 640), (1280, 900)
    rows = [(lang, scheme, size) for lang in ("en", "zh-CN", "ja") for scheme in ("light", "dark") for size in (phone, desk)]
    if not every:
        rows = [("en", "light", desk), ("zh-CN", "dark", phone), ("ja", "light", phone)]
    out = [{"lang": lang, "scheme": scheme, "width": width, "height": height} for lang, scheme, (width, height) in rows]
    return out + [{"lang": "en", "scheme": "dark", "width": 640, "height": 800, "script": False}]


def run(room, plan, folder):
    name = os.path.join(folder, "plan.json")
    with open(name, "w", encoding="utf-8") as file:
        json.dump(plan, file)
    done = subprocess.run(["node", os.path.join(HERE, "browser.js"), name], capture_output=True, text=True, check=False)
    last = {}
    for line in done.stdout.splitlines():
        last = json.loads(line)
        if "checks" not in last:
            room.check(f"{last['where']}: {last['what']}", True, False, last.get("got"))
    room.check("browser.js ran to its end", True, "checks" in last, done.stderr[-1000:])
    print(f"{last.get('checks', 0)} checks in the browser")


def visit(room, service, plan, folder, found):
    first, last = found["changed"][0], found["changed"][-1]
    word = first["title"].split()[0]
    gone = found["ja"]
    plan["steps"] = [
        {"name": "find and read", "does": [
            ["open", "/"], ["type", "#q", word], ["press", "#q", "Enter"], ["address", "/search?"], ["sees", word],
            ["click", "main .item h3 a, main .item h2 a"], ["address", "/snapshot/"], ["has", "article"]]},
        {"name": "an address in the search box", "does": [
            ["open", "/"], ["type", "#q", first["url"]], ["press", "#q", "Enter"], ["address", "/history?"], ["sees", first["title"]]]},
        {"name": "travel", "does": [
            ["open", "/"], ["type", "#as-of", first["captured"]], ["press", "#as-of", "Enter"], ["address", "as-of="],
            ["has", ".instant.past"], ["all links keep", "as-of="]]},
        {"name": "compare", "does": [
            ["open", f"/compare?from={first['id']}&to={last['id']}"], ["has", "ins, del"]]},
        {"name": "replay", "does": [
            ["open", f"/snapshot/{first['id']}"], ["click", "a[href^='/web/']"], ["frame shows", first["title"]],
            ["frame has a picture"]]},
        {"name": "before the take-down", "does": [["open", f"/snapshot/{gone['id']}"], ["sees", gone["title"]]]},
    ]
    run(room, plan, folder)
    for act, status in (("hide", 404), ("block", 451), ("erase", 410)):
        done = room.run("takedown", act, gone["url"], "--reason", "a test of the service", "--yes")
        if done.returncode == 64:
            done = room.run("takedown", act, gone["url"], "--reason", "a test of the service")
        room.check(f"takedown {act}", 0, done.returncode, done.stderr.decode())
        plan["pages"] = [{"name": f"{act}", "path": f"/snapshot/{gone['id']}", "status": status}]
        plan["looks"] = looks(False)[:1]
        plan["steps"] = [{"name": f"after {act}", "allows": [str(status)], "does": [
            ["open", f"/snapshot/{gone['id']}"], ["sees not", gone["title"]],
            ["open", "/search?q=" + urllib.request.quote(gone["title"][:6])], ["sees not", gone["title"]],
            ["open", "/history?url=" + urllib.request.quote(gone["url"], safe="")], ["sees not", gone["title"]]]}]
        # Chromium reports every status above 399 as an error: that is the point here.
        run(room, dict(plan, expects=[status]), folder)


def main():
    build, what = sys.argv[1:3]
    every = "--all" in sys.argv
    shots = sys.argv[sys.argv.index("--shots") + 1] if "--shots" in sys.argv else None
    with tempfile.TemporaryDirectory(prefix="wirevault-browser-") as folder:
        chromium, modules = tools(folder)
        if shots:
            os.makedirs(shots, exist_ok=True)
        room_of = (newsroom(build, subscribe, Lantern().settings) if what == "people" else newsroom(build))
        with room_of as (room, service):
            found = find(room)
            plan = {"modules": modules, "chromium": chromium, "base": service.base, "shots": shots,
                    "pages": pages_of(found), "looks": looks(every), "walks": 3}
            if what == "people":
                service.wait_for(f"/snapshot/{found['event']['id']}", 'class="evidence"')
                people(room, plan, folder, found, sys.argv)
            elif what == "visit":
                visit(room, service, dict(plan, pages=[], walks=0), folder, found)
            else:
                run(room, plan, folder)


if __name__ == "__main__":
    main()
