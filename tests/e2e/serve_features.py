#!/usr/bin/env python3
"""What a public snapshot service shows, and where ours shows it: serve_features.py BUILD [--table]

A row a feature: its name, the address, what must stand there (regular expressions on the page's
text) and what must not. Over the newsroom's archive; --table prints the rows with their addresses.
"""

import html
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

from served import find, newsroom


def text_of(page):
    """What a reader sees, a line a block."""
    page = re.sub(r"(?s)<(script|style).*?</\1>", "", page)
    page = re.sub(r"</?(p|li|h\d|dt|dd|div|section|tr|ul|ol|article|aside|header|footer|summary|td|th)[^>]*>", "\n", page)
    return re.sub(r"[ \t]*\n\s*", "\n", html.unescape(re.sub(r"<[^>]*>", "", page)))


def rows(found):
    """(feature, path, wanted in the text, wanted in the markup, unwanted in the text)"""
    zh = found["dateline"]
    first, last = found["changed"][0], found["changed"][-1]
    page = f"/snapshot/{zh['id']}"
    quoted = lambda text: urllib.parse.quote(text, safe="")
    stamp = re.sub(r"\D", "", zh["captured"])[:14]
    day = zh["captured"][:10]
    return [
        ("subscriptions", "/subscriptions", [r"Subscriptions", r"tide"], [r'href="/feed/tides\.atom', r'href="/feed/tides\.json'], []),
        ("subscription found by feed readers", "/subscriptions?name=tides", [r"tide"],
         [r'<link rel="alternate" type="application/atom\+xml" title="tides" href="/feed/tides\.atom"'], []),
        ("subscription as Atom", "/feed/tides.atom", [r"tide"], [r"<feed", r"<updated>"], []),
        ("subscription as JSON Feed", "/feed/tides.json", [r"jsonfeed\.org/version"], [], []),
        ("breadcrumb and category with its basis", page, [re.escape(zh["category"])], [r'href="/category/'], []),
        ("headline", page, [re.escape(zh["title"])], [r"<h1[^>]*>"], []),
        ("headlines before", f"/history?url={quoted(first['url'])}", [re.escape(first["title"]), re.escape(last["title"])], [], []),
        ("time of publication, zone and basis", page, [r"Published\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+08:00", r"zone of the source|zone stated"],
         [r'<time datetime="[^"]*(Z|[+-]\d\d:\d\d)"'], []),
        ("site, publisher, wire", page, [r"Source\n" + re.escape(zh["source"]), r"Publisher\n"], [], []),
        ("author and dateline", page, [r"Authors\n", r"Dateline\n"], [], []),
        ("body text, picture captions apart", page, [re.escape(zh["text"].split("\n")[-1][:24])], [r'<(?:article|div)[^>]* lang="zh'], []),
        ("who collected it", page, [r"wirevault"], [], []),
        ("a proof in place of a promise", page, [r"SHA-256", re.escape(zh["digest"])], [rf'href="/proof/{zh["id"]}"'], []),
        ("what was taken off", page, [r"What was taken off the page \(\d+\)"], [r"<details"], []),
        ("notice of the operator", page, [r"Snapshots of invented pages"], [], []),
        ("time of the snapshot", page, [r"Snapshot taken\n" + day], [], []),
        ("public query by words", "/search?q=" + quoted(zh["title"][:2]), [re.escape(zh["title"])], [], []),
        ("public query by address", "/search?q=" + quoted(first["url"]), [re.escape(last["title"])], [], []),
        ("public query by time", f"/web/{stamp}/{zh['url']}", [], [r"<iframe[^>]* sandbox"], []),
        ("take-down contact", page, [r"takedown@example\.org"], [r'href="mailto:takedown'], []),
        ("original address, never empty", page, [r"Original address\n" + re.escape(zh["url"])], [], []),
        ("copies, the first named", f"/cluster/{found['cluster']}", [r"\d+ pages", r"first"], [], []),
        ("the same event elsewhere, with the evidence", f"/snapshot/{found['event']['id']}", [r"The same event elsewhere"], [r'class="evidence"'], []),
        ("the same event elsewhere, all of it", f"/story/{found['event']['id']}", [r"0?\.\d\d"], [r'class="evidence"', r'class="excerpt"'], []),
        ("whether the page is still there", f"/snapshot/{first['id']}", [r"when last looked at\n" + last["captured"][:10] + r"[^\n]*HTTP 200"], [r'id="later"'], []),
        ("more in the category", "/category/" + quoted(zh["category"]), [re.escape(zh["title"])], [], []),
        ("related lists hold nothing of later", f"/category/{quoted(zh['category'])}?as-of={zh['captured']}", [], [r'class="instant past"'],
         [rf"(?m)^\d{{4}}-\d\d-\d\d.*(?<!{day})later"]),
        ("every version, silent edits marked", f"/history?url={quoted(first['url'])}", [r"[Ss]ilent|without saying"], [], []),
        ("what an edit changed, figures first", f"/compare?from={first['id']}&to={last['id']}", [r"41\n?.*47"], [r"<del>", r"<ins>"], []),
        ("charts with their tables", "/pulse", [r"as a table"], [r"<svg", r"<table"], []),
        ("what this is, and how to have something removed", "/about", [r"takedown@example\.org"], [], []),
    ]


def check_rows(room, service, found, table):
    for feature, path, words, marks, unwanted in rows(found):
        try:
            page = service.get(path)
        except urllib.error.HTTPError as error:
            room.check(f"{feature}: {path}", 200, error.code)
            continue
        text = text_of(page)
        for one in words:
            if not re.search(one, text):
                room.check(f"{feature}: {path} says", one, text[:900])
        for one in marks:
            if not re.search(one, page):
                room.check(f"{feature}: {path} has", one, page[-1500:])
        for one in unwanted:
            room.check(f"{feature}: {path} says not", None, (re.search(one, text) or [None])[0])
        room.checks += len(words) + len(marks)
        if table:
            print(f"{feature}\t{path}")


def check_proof(room, service, found):
    """The commands that the snapshot page prints, as they stand there."""
    page = html.unescape(service.get(f"/snapshot/{found['dateline']['id']}"))
    shown = re.search(r"(?s)<pre[^>]*>(?:<code>)?(curl.*?)(?:</code>)?</pre>", page)
    room.check("the page says how to check it", True, bool(shown))
    if not shown or not shutil.which("curl") or not shutil.which("openssl"):
        return
    folder = os.path.join(room.folder, "stranger")
    os.makedirs(folder)
    done = subprocess.run(["sh", "-c", f"SITE={service.base}\n{shown[1]}"], cwd=folder, capture_output=True, text=True, check=False)
    room.check("and they say yes", 0, done.returncode, done.stdout + done.stderr)
    bodies = [name for name in os.listdir(folder) if name.endswith(".body")]
    with open(os.path.join(folder, bodies[0]), "ab") as file:
        file.write(b" ")
    again = subprocess.run(["sh", "-c", shown[1].strip().splitlines()[-1]], cwd=folder, capture_output=True, text=True, check=False)
    room.check("and no to one more byte", True, again.returncode != 0, again.stdout + again.stderr)


def subscribe(room):
    room.check("subscribe", 0, room.run("subscribe", "tides", "tide").returncode)


def main():
    with newsroom(sys.argv[1], subscribe) as (room, service):
        found = find(room)
        service.wait_for(f"/snapshot/{found['event']['id']}", 'class="evidence"')
        check_rows(room, service, found, "--table" in sys.argv)
        check_proof(room, service, found)


main()
