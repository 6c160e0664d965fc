#!/usr/bin/env python3
"""What changed, in histories and diffs of the newsroom's pages: changes.py BUILD SCENARIO"""

import json
import re

from room import main

FERRY = "/2026/03/02/ferry-timetable"
BARRIER = "/2026/03/02/tide-barrier"
KEEPER = "/2026/03/01/lighthouse-keeper"
BELLS = "/2026/03/01/library-bells"


def diff(room, url, *words):
    done = room.run("diff", "--json", url, *words)
    room.check(f"diff {url} {words} finds a change", 1, done.returncode, done.stderr.decode())
    return json.loads(done.stdout) if done.stdout else {"hunks": [], "marks": []}


def crawl_days(room):
    room.crawl()
    for turn in ("1d", "1d", "1d", "1d"):
        room.turn(turn)
        room.crawl()


def differences(room):
    """Wherever history says that something changed, diff shows it: no empty diff."""
    crawl_days(room)
    urls = sorted({row["url"] for row in room.json("list")})
    seen = {}
    for url in urls:
        rows = [row for row in room.json("history", url) if row["kind"] == "version"]
        for old, new in zip(rows, rows[1:]):
            record = diff(room, url, "--from", old["last_captured"], "--to", new["captured"])
            seen[record["compared"]] = seen.get(record["compared"], 0) + 1
            room.check_that(f"{url}: versions {old['number']} and {new['number']} differ", record["hunks"])
            empty = [hunk for hunk in record["hunks"] if hunk["before"] == hunk["after"] or (
                hunk["kind"] == "changed" and all(w["kind"] == "same" for w in hunk["words"]))]
            room.check(f"{url}: empty hunks", [], empty)
            room.check(f"{url}: what is compared", old["verdict"] == new["verdict"] == "article",
                       record["compared"] == "article")
        if len(rows) > 1:
            for form in ((), ("--html",)):
                done = room.run("diff", url, *form)
                room.check(f"diff {url} {form}", 1, done.returncode, done.stderr.decode())
                room.check_that(f"diff {url} {form} shows something", len(done.stdout) > 100, done.stdout)
    print(seen)
    for kind in ("article", "page", "source"):
        room.check_that(f"some were compared by {kind}", seen.get(kind, 0) > 0, seen)


def of_histories(room):
    """The changes of all pages, by their histories: {(change, capture, silent)}."""
    found = set()
    for url in sorted({row["url"] for row in room.json("list", "--verdict", "article")}):
        rows = room.json("history", url)
        versions = [row for row in rows if row["kind"] == "version"]
        for old, new in zip(versions, versions[1:]):
            if old["verdict"] == new["verdict"] == "article":
                found.add(("edit", new["id"], new["silent"]))
        found |= {("headline", row["id"], False) for row in rows if row["kind"] == "headline" and row["alone"]}
        for row in rows:
            if row["kind"] == "absence":
                found.add(("gone", row["id"], False))
                returned = [one for one in room.json("history", "--captures", url)
                            if one["captured"] == row["returned"] and one["status"] == 200]
                found |= {("back", one["id"], False) for one in returned}
    return found


def everywhere(room):
    """list --changes is what the histories of all pages say, by time, in a range, as of an instant."""
    def brief(rows):
        return {(row["change"], row["id"], row["silent"]) for row in rows}

    rows = room.json("list", "--changes")
    room.check("what all histories say", sorted(of_histories(room)), sorted(brief(rows)))
    room.check_that("each kind is there", {row["change"] for row in rows} == {"edit", "headline", "gone", "back"}, rows)
    times = [row["captured"] for row in rows]
    room.check("newest first", sorted(times, reverse=True), times)
    silent = {row["id"] for row in rows if row["silent"]}
    room.check("the silent ones alone", silent, {row["id"] for row in room.json("list", "--changes", "--silent")})
    for row in rows:
        if row["change"] == "edit":
            room.check(f"edit {row['id']}: what diff marks between the two", [mark["after"] for mark in row["marks"]],
                       [mark["after"] for mark in diff(room, row["url"], "--to", row["captured"])["marks"]])
    middle = times[len(times) // 2]
    room.check("a range", {change for change in brief(rows) if change[1] in
                           {row["id"] for row in rows if row["captured"] >= middle}},
               brief(room.json("list", "--changes", "--from", middle)))
    back = next(row for row in rows if row["change"] == "back")
    room.check("a return whose absence began before the range", [back["id"]],
               [row["id"] for row in room.json("list", "--changes", "--from", back["captured"]) if row["change"] == "back"])
    then = room.json("list", "--changes", "--as-of", middle, "--known-at", middle)
    # What was captured just then was recorded a moment later.
    known = {row["id"] for row in room.json("list", "--known-at", middle)}
    room.check("as of then, nothing later", {row["id"] for row in rows if row["captured"] <= middle and row["id"] in known},
               {row["id"] for row in then})
    text = room.run("list", "--changes", "--max", "3").stdout.decode()
    room.check("people see as many as they ask for", 3, len(re.findall(r"^ +\d+  20", text, re.M)), text)
    hidden = next(row for row in rows if row["silent"])
    room.run("takedown", "hide", hidden["url"], "--reason", "case 1")
    room.check("what is hidden is not told", [], [row["id"] for row in room.json("list", "--changes")
                                                  if row["url"] == hidden["url"]])
    room.run("takedown", "release", hidden["url"])
    for words in (("list",), ("list", "--changes"), ("search", "x"), ("export", "--format", "csv", "-o", "-")):
        done = room.run(*words, "--source", "Nobody")
        room.check(f"{words}: a source that is none", (0, True), (done.returncode, b"no source 'Nobody'" in done.stderr), done.stderr)
    room.check("--silent without --changes", 64, room.run("list", "--silent").returncode)


def stories(room):
    """Headlines, deletions, returns and silent edits are named; figures come first."""
    crawl_days(room)
    ferry = room.url("127.0.2.1", FERRY)
    rows = room.json("history", ferry)
    alone = [row for row in rows if row["kind"] == "headline" and row["alone"]]
    room.check("the headline that changed alone", [("withdrawn", "saved")],
               [(re.search("withdrawn|saved", row["before"]).group(),
                 re.search("withdrawn|saved", row["after"]).group()) for row in alone])
    text = room.run("history", ferry).stdout.decode()
    room.check_that("and people see it", "\nheadline " in text and "- Night ferry" in text
                    and "+ Night ferry" in text, text)
    record = diff(room, ferry)
    room.check("the last change of that page", ["Night ferry"],
               [hunk["after"][:11] for hunk in record["hunks"]])

    absences = {path: [row for row in room.json("history", room.url("127.0.2.1", path))
                       if row["kind"] == "absence"] for path in (KEEPER, BELLS)}
    room.check("a deletion and a return", [404], [row["status"] for row in absences[KEEPER]])
    room.check_that("with its time", absences[KEEPER][0]["returned"] > absences[KEEPER][0]["captured"])
    room.check("a deletion", [(404, None)], [(row["status"], row["returned"]) for row in absences[BELLS]])

    everywhere(room)
    barrier = room.url("127.0.2.1", BARRIER)
    versions = [row for row in room.json("history", barrier) if row["kind"] == "version"]
    room.check("silent edits", [False, True, True], [row["silent"] for row in versions])
    record = diff(room, barrier, "--from", versions[0]["captured"], "--to", versions[1]["captured"])
    kinds = [mark["kinds"] for mark in record["marks"]]
    room.check_that("figures are marked", any("number" in kind for kind in kinds), record["marks"])
    page = room.run("diff", "--html", barrier, "--from", versions[0]["captured"],
                    "--to", versions[1]["captured"]).stdout.decode()
    first_hunk = page.find("<p>", page.find("</p>"))
    room.check_that("and come first in the page", 0 < page.find("<th>number") < first_hunk, page)
    text = room.run("diff", barrier, "--from", versions[0]["captured"],
                    "--to", versions[1]["captured"]).stdout.decode().splitlines()
    room.check_that("and in the text", text[2].startswith("number"), text[:6])


if __name__ == "__main__":
    main({"differences": differences, "stories": stories})
