#!/usr/bin/env python3
"""`wirevault serve` in real Chromium: what people see, do and hear.

    browser.py BUILD {visit|looks} [--all] [--shots DIR]

visit: find, read, travel in time, compare, replay a page with its picture, take one down, over the
newsroom's archive. looks: every page in three languages, light and dark, phone and desktop, without
a script, checked for what browser.js lists, axe-core among it. --all takes every combination
(twelve a page) in place of four; --shots keeps screenshots.

Needs Chromium, node and, from npm, playwright-core and axe-core (or WV_NODE_MODULES); says why where
it is skipped (77).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request

from served import find, newsroom

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
        with newsroom(build) as (room, service):
            found = find(room)
            plan = {"modules": modules, "chromium": chromium, "base": service.base, "shots": shots,
                    "pages": pages_of(found), "looks": looks(every), "walks": 3}
            if what == "visit":
                visit(room, service, dict(plan, pages=[], walks=0), folder, found)
            else:
                run(room, plan, folder)


if __name__ == "__main__":
    main()
