#!/usr/bin/env python3
"""Taking down, pruning, erasing, backing up, with the real program: care.py BUILD SCENARIO"""

import fcntl
import gzip
import json
import os
import re
import signal
import subprocess

from room import Room, main, sha256

BARRIER = "/2026/03/02/tide-barrier"
FERRY = "/2026/03/02/ferry-timetable"


def refused(room, name, says, *words):
    """Exit 1, nothing shown, one line that is the tombstone."""
    done = room.run(*words)
    told = done.stderr.decode(errors="replace")
    room.check(f"{name}: exit code", 1, done.returncode, told)
    room.check(f"{name}: nothing is shown", b"", done.stdout)
    lines = [line for line in told.splitlines() if "passed over" not in line]
    room.check(f"{name}: one line", 1, len(lines), told)
    room.check_that(f"{name}: says {says!r}", re.search(says, told), told)


def given(room, name, *words):
    done = room.run(*words)
    room.check(f"{name}: exit code", 0, done.returncode, done.stderr.decode(errors="replace"))
    room.check_that(f"{name}: something is given", done.stdout)
    return done.stdout


def takedown(room, *words, code=0):
    done = room.run("takedown", *words)
    room.check(f"takedown {' '.join(map(str, words))} exits", code, done.returncode,
               done.stderr.decode(errors="replace"))
    return done


def sound(room, name):
    done = room.run("verify", "--full")
    room.check(f"{name}: verify --full", 0, done.returncode,
               (done.stdout + done.stderr).decode(errors="replace"))


def listed(room, url):
    return [row["id"] for row in room.json("list") if row["url"] == url]


def an_article(room, path=None):
    """URL of an article that was captured."""
    rows = [row for row in room.json("list") if row["verdict"] == "article"]
    for row in rows:
        if path and row["url"].endswith(path):
            return row["url"]
    return sorted(row["url"] for row in rows)[0]


def levels(room):
    """hide, block, hold, release: in every view, in the crawl, with terms."""
    room.crawl()
    room.turn("1d")
    room.crawl()
    urls = sorted({row["url"] for row in room.json("list") if row["verdict"] == "article"})
    url, other = urls[0], urls[1]
    ids = listed(room, url)
    before = room.run("restore", ids[-1]).stdout
    total = len(room.json("list"))
    room.check("an empty register", b"", takedown(room, "list").stdout)
    room.check_that("a reason is demanded", room.run("takedown", "hide", url).returncode == 64)
    room.check("an act that is none", 64, room.run("takedown", "burn", url).returncode)
    room.check("a term that is past", 64, room.run(
        "takedown", "hide", url, "--reason", "x", "--until", "2001-01-01").returncode)
    room.check("a page that is none", 1, room.run(
        "takedown", "hide", url + "-not", "--reason", "x").returncode)
    room.check("a capture that is none", 1, room.run(
        "takedown", "hide", "99999999", "--reason", "x").returncode)

    takedown(room, "hide", url, "--reason", "a letter from counsel")
    takedown(room, "hide", url, "--reason", "again", code=1)
    says = r"hidden on 20.*Z \(register 1\): a letter from counsel"
    for view in ("show", "restore", "diff"):
        refused(room, f"hidden: {view} URL", says, view, url)
    refused(room, "hidden: restore --article", says, "restore", url, "--article")
    refused(room, "hidden: restore --at", says, "restore", url, "--at", "2026-03-02T12:00:00Z")
    refused(room, "hidden: show --known-at", says, "show", url, "--known-at",
            "2026-03-02T23:00:00Z")
    for number in ids[:2]:
        refused(room, f"hidden: show {number}", says, "show", number)
        refused(room, f"hidden: restore {number}", says, "restore", number)
    tomb = room.run("show", "--json", url)
    record = json.loads(tomb.stdout)
    room.check("a tombstone as a record", ("tombstone", "hide", "a letter from counsel", 1),
               (record["kind"], record["level"], record["reason"], tomb.returncode))
    room.check("hidden: not listed", [], listed(room, url))
    room.check("hidden: the rest is", total - len(ids), len(room.json("list")))
    rows = room.json("history", url, code=1)
    room.check("hidden: history is its tombstone", ["tombstone"], [row["kind"] for row in rows])
    sound(room, "hidden")
    since = len(room.log())
    room.turn("31d")
    room.crawl()
    target = url[url.index("/", 8):]
    room.check_that("hidden: crawled on",
                    any(line["target"] == target for line in room.log(since)))
    room.check("hidden: later captures too", [], listed(room, url))

    done = takedown(room, "release", url, "--reason", "the letter was withdrawn")
    room.check_that("what was released is named", b"released by 2" in done.stdout, done.stdout)
    takedown(room, "release", url, code=1)
    room.check("released: the bytes are as they were", sha256(before),
               sha256(given(room, "released: restore", "restore", ids[-1])))
    room.check_that("released: listed", len(listed(room, url)) >= len(ids))

    # One capture of a page: what stood then is refused, what stands now is given.
    rows = room.json("history", "--captures", other)
    standing = [row for row in rows if row["status"] == 200]
    first = standing[0]
    takedown(room, "hide", first["id"], "--reason", "one capture only")
    refused(room, "one capture: by ID", "one capture only", "restore", first["id"])
    refused(room, "one capture: what stood then", "one capture only", "restore", other, "--at",
            first["captured"])
    if len(standing) > 1 and standing[-1]["digest"] != first["digest"]:
        given(room, "one capture: what stands now", "restore", other)
    room.check_that("one capture: the page is listed still", len(listed(room, other)) >= 1)
    room.check_that("one capture: it is not", first["id"] not in listed(room, other))

    # A block keeps the crawl away, and ends at its term.
    blocked = urls[2]
    until = "2026-06-30T00:00:00Z"
    takedown(room, "block", blocked, "--reason", "court order", "--until", until)
    done = takedown(room, "list")
    room.check_that("the register tells the days left",
                    re.search(rb"block .*days left\): court order", done.stdout), done.stdout)
    since = len(room.log())
    room.turn("40d")
    room.crawl()
    target = blocked[blocked.index("/", 8):]
    host = re.match(r"http://([\d.]+):", blocked).group(1)

    def asked(since):
        return [line["target"] for line in room.log(since)
                if line["target"] == target and line["address"] == host]

    room.check("blocked: not asked for", [], asked(since))
    why = room.run("why", blocked)
    room.check_that("blocked: why says so", b"taken down: blocked (register" in why.stdout,
                    why.stdout)
    refused(room, "blocked: show", "blocked on .* until 2026-06-30.*: court order", "show", blocked)
    room.turn("60d")
    done = takedown(room, "list")
    room.check_that("a term that has run out is not in force", b"court order" not in done.stdout)
    done = takedown(room, "list", "--all")
    room.check_that("but stays in the register",
                    re.search(rb"ran out 2026-06-30.*: court order", done.stdout), done.stdout)
    given(room, "the term is over: show", "show", blocked)
    since = len(room.log())
    room.crawl()
    room.check_that("the term is over: asked for again", target in asked(since))

    # What was never captured can be kept from being so.
    never = room.url("127.0.2.1", "/never/captured")
    takedown(room, "block", never, "--reason", "asked beforehand")
    snap = room.run("snap", never)
    room.check("a blocked page is not snapped", 1, snap.returncode,
               snap.stderr.decode(errors="replace"))
    takedown(room, "hold", url, "--reason", "case 88")
    rows = [json.loads(line) for line in takedown(room, "list", "--all", "--json").stdout.splitlines()]
    room.check("the register, whole and in order", list(range(1, len(rows) + 1)),
               [row["number"] for row in rows])
    room.check("its acts", ["hide", "release", "hide", "block", "block", "hold"],
               [row["act"] for row in rows])
    takedown(room, "release", url, "--entry", rows[-1]["number"], "--reason", "case closed")
    sound(room, "after all")


def page_of(url):
    return re.match(r"http://([\d.]+):\d+(/.*)", url).groups()


def erased(room):
    """Bytes, articles and texts go; hashes, other proofs and a tombstone stay; the crawl keeps away."""
    room.crawl()
    for _ in range(3):
        room.turn("1d")
        room.crawl()
    rows = room.json("list")
    mine = [row for row in rows if row["url"].endswith(BARRIER)]
    url = mine[0]["url"]
    others = [row for row in rows if row["url"] != url and row["digest"]]
    before = {row["id"]: sha256(room.run("restore", row["id"]).stdout)
              for row in others if row["status"] == 200 and row["mime"] == "text/html"}
    room.check_that("there are captures to erase, and others", len(mine) > 2 and len(before) > 50,
                    (len(mine), len(before)))
    proofs = {row["id"]: room.run("prove", row["id"]).returncode for row in others[:5]}

    takedown(room, "hold", mine[0]["id"], "--reason", "case 88")
    refused(room, "a held capture", "held .register 1: case 88", "takedown", "erase", url, "--reason",
            "x")
    takedown(room, "release", mine[0]["id"])
    done = takedown(room, "erase", url, "--reason", "a court says so", "--dry-run")
    room.check_that("a dry run tells what would go", b"would go" in done.stderr, done.stderr)
    room.check("and removes nothing", len(mine), len(listed(room, url)))
    done = takedown(room, "erase", url, "--reason", "a court says so", "--json")
    told = json.loads(done.stdout.splitlines()[0])
    room.check("what was erased", ("erase", len(mine)), (told["act"], told["captures"]))
    room.check_that("with its bytes", told["bytes"] > 1000 and told["bodies"] > 1, told)

    says = "erased on 20.*: a court says so"
    for words in (["show", url], ["restore", url], ["diff", url], ["show", mine[0]["id"]],
                  ["restore", mine[-1]["id"]], ["restore", url, "--at", mine[-1]["captured"]],
                  ["restore", url, "--article"]):
        refused(room, f"erased: {' '.join(map(str, words))}", says, *words)
    room.check("erased: not listed", [], listed(room, url))
    room.check("erased: history is its tombstone", ["tombstone"],
               [row["kind"] for row in room.json("history", url, code=1)])
    takedown(room, "erase", url, "--reason", "again", code=1)
    takedown(room, "erase", mine[0]["id"], "--reason", "again", code=1)
    sound(room, "erased")
    for number, digest in before.items():
        room.check(f"capture {number} is as it was", digest,
                   sha256(room.run("restore", number).stdout))
    for number, code in proofs.items():
        room.check(f"capture {number} is proved as before", code,
                   room.run("prove", number).returncode)
    room.check("an erased capture is not proved", 1, room.run("prove", mine[0]["id"]).returncode)
    done = room.run("extract", "--from-archive")
    room.check("extraction passes it over", 0, done.returncode, done.stderr)

    since = len(room.log())
    room.turn("40d")
    room.crawl()
    asked = [line for line in room.log(since) if (line["address"], line["target"]) == page_of(url)]
    room.check("erased: not asked for again", [], asked)
    room.check("erased: a snap is refused", 1, room.run("snap", url).returncode)
    room.check("erased: nothing new of it", [], listed(room, url))
    sound(room, "gone on")
    status = room.json("status")[0]
    room.check_that("status counts on", status["captures"] > len(rows), status["captures"])

    # One capture of a page: the others stay, what stood then is a tombstone.
    url = next(row["url"] for row in rows if row["url"].endswith(FERRY))
    standing = [row for row in room.json("history", "--captures", url) if row["status"] == 200]
    first = standing[0]
    last = [row for row in standing if row["digest"] != first["digest"]][-1]
    same = [row["id"] for row in room.json("history", "--captures", url)
            if row["digest"] == first["digest"]]
    if len(same) > 1:
        refused(room, "bytes that others have, too", "--same", "takedown", "erase", first["id"],
                "--reason", "r")
        room.check("nothing was erased", len(standing), len(
            [row for row in room.json("history", "--captures", url) if row["status"] == 200]))
    takedown(room, "erase", first["id"], "--reason", "request 17", "--same")
    refused(room, "what stood then", "request 17", "restore", url, "--at", first["captured"])
    room.check("what stands now is given", last["digest"],
               sha256(given(room, "restore", "restore", url)))
    kinds = [row["kind"] for row in room.json("history", url)]
    room.check_that("history has both", "tombstone" in kinds and "version" in kinds, kinds)
    sound(room, "one capture")
    since = len(room.log())
    room.turn("40d")
    room.crawl()
    again = [line for line in room.log(since) if (line["address"], line["target"]) == page_of(url)]
    room.check_that("its page is asked for, without validators at first",
                    again and not again[0]["if_none_match"], again[:1])
    sound(room, "after all")


def retention(room, text, source_text=None):
    """Puts `retention: text` into the settings, and that of one source."""
    with open(room.settings, encoding="utf-8") as file:
        lines = [line for line in file.read().splitlines() if not line.lstrip().startswith("retention:")]
    if source_text:
        at = next(i for i, line in enumerate(lines) if "name: The Harbour Courier" in line)
        lines.insert(at + 1, f"    retention: {source_text}")
    with open(room.settings, "w", encoding="utf-8") as file:
        file.write("\n".join([*lines, f"retention: {text}", ""]))


def prune(room, *words, code=0):
    done = room.run("prune", *words)
    room.check(f"prune {' '.join(map(str, words))} exits", code, done.returncode,
               done.stderr.decode(errors="replace"))
    return [json.loads(line) for line in done.stdout.splitlines()] if "--json" in words else done


def waited(room, url):
    """--wait: a take-down that comes while somebody writes is done when that has ended."""
    with open(os.path.join(room.archive, "lock"), "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for words in (("takedown", "hide", url, "--reason", "now"), ("compact",), ("prune", "--yes"),
                      ("extract", "--from-archive"), ("import", room.archive)):
            room.check(f"{words[0]} while somebody writes", 75, room.run(*words).returncode)
            room.check(f"{words[0]} does not wait for ever", 75, room.run(*words, "--wait", "150ms").returncode)
        waiting = subprocess.Popen([room.program, "takedown", "hide", url, "--reason", "soon", "--wait", "1h",
                                    "-c", room.settings], env=room.env, stdout=subprocess.PIPE)
        room.check("nothing is hidden yet", 0, room.run("show", url).returncode)
        room.check("it waits", None, waiting.poll())
    said = waiting.communicate()[0]
    room.check_that("then it is done", waiting.returncode == 0 and b"soon" in said, said)
    room.check("and holds", 1, room.run("show", url).returncode)
    takedown(room, "release", url)


def pruned(room):
    """By count, age, size, of one source, with a hold; what goes says so, what stays is as it was."""
    room.crawl()
    for _ in range(4):
        room.turn("1d")
        room.crawl()
    rows = room.json("list")
    before = {row["id"]: row["digest"] for row in rows if row["digest"]}
    done = prune(room, "--dry-run")
    room.check_that("without retention there is nothing to do", b"no retention" in done.stderr)
    retention(room, "{count: 1}")
    done = prune(room, code=64)
    room.check_that("it wants to be told", b"--yes" in done.stderr, done.stderr)
    prune(room, "--dry-run", "--yes", code=64)
    url = next(row["url"] for row in rows if row["url"].endswith(BARRIER))
    mine = [row for row in room.json("history", "--captures", url) if row["status"] == 200]
    bodies = []
    for row in mine:
        if row["digest"] not in [digest for digest, _ in bodies]:
            bodies.append((row["digest"], row["id"]))
    room.check_that("a page with several bodies", len(bodies) > 2, bodies)
    takedown(room, "hold", bodies[0][1], "--reason", "case 88")
    texts = {row["id"]: room.run("show", "--json", row["id"]).stdout for row in mine}
    stored = room.json("status")[0]["stored"]

    dry = prune(room, "--dry-run", "--json", "-v")
    room.check("a dry run removes nothing", 0, room.run("restore", bodies[1][1]).returncode)
    done = prune(room, "--yes", "--json")
    total, told = done[-1], dry[-1]
    room.check("what it said is what it does", [told[key] for key in ("captures", "bodies", "bytes")],
               [total[key] for key in ("captures", "bodies", "bytes")])
    room.check_that("something went", total["bodies"] > 20 and total["bytes"] > 10000, total)
    listed_rows = [row for row in dry if row["kind"] == "capture"]
    room.check("each capture was named", told["captures"], len(listed_rows))
    room.check("with its rule", {"count"}, {row["rule"] for row in listed_rows})
    room.check("and its bytes", told["bytes"], sum(row["bytes"] for row in listed_rows))
    by_source = [row for row in done if row["kind"] == "source"]
    room.check("sources add up", total["bytes"], sum(row["bytes"] for row in by_source))
    after = room.json("status")[0]["stored"]
    shrunk = sum(kind["bytes"] for kind in stored.values()) - sum(
        kind["bytes"] for kind in after.values())
    # What was built on them was stored anew, and is larger now.
    room.check_that("status agrees, but for what was stored anew",
                    shrunk == total["bytes"] if total["recoded"] == 0 else shrunk < total["bytes"],
                    (shrunk, total))

    gone = {row["id"] for row in listed_rows}
    for number in sorted(gone)[:40]:
        refused(room, f"pruned: restore {number}",
                r"the body of capture \d+ was pruned on 20.*: retention: age none, count 1",
                "restore", number)
    for number, digest in before.items():
        if number not in gone:
            room.check(f"kept: {number}", digest, sha256(room.run("restore", number).stdout))
    room.check("held: kept", 0, room.run("restore", bodies[0][1]).returncode)
    room.check("the newest good one: kept", bodies[-1][0], sha256(room.run("restore", url).stdout))
    for number, text in texts.items():
        then, now = json.loads(text), json.loads(room.run("show", "--json", number).stdout)
        for key in ("title", "text", "digest", "version", "verdict"):
            room.check(f"the article of {number} stays: {key}", then[key], now[key])
    room.check("all are listed", sorted(row["id"] for row in rows),
               sorted(row["id"] for row in room.json("list")))
    room.check("a pruned capture is proved", 0, room.run("prove", sorted(gone)[0]).returncode)
    out = os.path.join(room.folder, "pruned.warc.gz")
    done = room.run("export", "--format", "warc", "--json", "-o", out)
    told = json.loads(done.stdout)
    room.check("an export without what was pruned is whole", 0, done.returncode)
    room.check_that("it counts what was pruned, which is no damage",
                    told["pruned"] > 20 and told["damaged"] == 0, told)
    with gzip.open(out) as file:
        warc = file.read()
    ids = set(re.findall(rb"^WARC-Record-ID: (<[^>]*>)", warc, re.M))
    room.check("no record refers to one that is not in the file", set(),
               set(re.findall(rb"^WARC-Refers-To: (<[^>]*>)", warc, re.M)) - ids)
    done = room.run("compact", "--quiet")
    room.check("cron's compact says nothing", (0, b"", b""), (done.returncode, done.stdout, done.stderr))
    sound(room, "pruned")
    again = prune(room, "--yes", "--json")[-1]
    room.check("a second time there is nothing", 0, again["captures"])
    done = room.run("extract", "--from-archive")
    room.check("extraction passes over what is gone", 0, done.returncode, done.stderr)
    register = [json.loads(line) for line in
                takedown(room, "list", "--all", "--json").stdout.splitlines()]
    room.check("the register has the fact", ["hold", "prune"], [row["act"] for row in register])
    room.check("with its figures", [total["captures"], total["bodies"], total["bytes"]],
               [register[1][key] for key in ("captures", "bodies", "bytes")])

    # Released, it goes; a source of its own may keep less.
    takedown(room, "release", bodies[0][1])
    room.check_that("released: it goes", prune(room, "--yes", "--json")[-1]["captures"] >= 1)
    room.check("and is gone", 1, room.run("restore", bodies[0][1]).returncode)
    retention(room, "{age: none}", "{age: 1s}")
    room.turn("1d")
    room.crawl()
    room.turn("1h")
    done = prune(room, "--dry-run", "--json")
    room.check("a source's own rule is its own", {"The Harbour Courier"},
               {row["source"] for row in done if row["kind"] == "source"})
    size = room.json("status")[0]
    limit = sum(kind["bytes"] for kind in size["stored"].values()) * 4 // 5
    retention(room, f"{{size: {limit}B}}")
    done = prune(room, "--yes", "--json")[-1]
    room.check_that("small enough", done["stored_bytes"] <= limit or done["too_large"], done)
    sound(room, "by size")
    retention(room, "{size: 1B}")
    done = prune(room, "--yes", "--json")[-1]
    room.check("what may not go stays", True, done["too_large"])
    room.check("the newest good one: still", 0, room.run("restore", url).returncode)
    room.turn("40d")
    room.crawl()
    sound(room, "and the crawl goes on")
    waited(room, url)


def caught_reading(room, number):
    """A reader that got the signal in the middle of a transaction, by what status says; or None."""
    for _ in range(200):
        run = subprocess.Popen([room.program, "verify", "--full", "-c", room.settings], env=room.env,
                               cwd=room.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               start_new_session=True)
        while run.poll() is None:
            os.killpg(run.pid, signal.SIGSTOP)
            status = room.json("status")[0]
            if status["readers"]:
                os.killpg(run.pid, number)
                return run, status
            os.killpg(run.pid, signal.SIGCONT)
        run.communicate()
    return None, None


def status(room):
    """Map, disk, growth, readers, log, register, last run: what they say is so."""
    room.crawl()
    for _ in range(4):
        room.turn("2d")
        room.crawl()
    rows = room.json("list")
    told = room.json("status")[0]
    data = os.path.join(room.archive, "data.mdb")
    room.check("file", os.path.getsize(data), told["file_bytes"])
    room.check_that("file, used and free", told["used_bytes"] + told["free_bytes"] <=
                    told["file_bytes"] + 65536 and told["used_bytes"] > 0, told)
    room.check("the map", 1 << 40, told["map_bytes"])
    room.check("captures are leaves", told["captures"], told["log"]["size"])
    room.check("the log is signed", told["log"]["size"], told["log"]["signed_size"])
    room.check("stored by kind", True, {"raw", "deflate", "wire", "delta"} <= set(told["stored"]))
    recent = [row for row in rows if row["recorded"] > "2026-03-03T09"]
    per_day = told["used_bytes"] / told["captures"] * len(recent) / 7
    room.check_that("growth is that of the last seven days",
                    0.7 < told["growth_bytes_per_day"] / per_day < 1.4,
                    (told["growth_bytes_per_day"], per_day))
    room.check_that("and says how long that can go on", told["days_until_full"] > 1,
                    told["days_until_full"])
    room.check("no other reader", (0, 0, {}),
               (told["readers"], told["stale_readers"], told["oldest_reader"]))
    room.check("the last run", True, told["last_run"]["closed"])
    room.check("an empty register", [0, 0, 0, 0, 0, None], list(told["register"].values()))
    url = next(row["url"] for row in rows if row["url"].endswith(BARRIER))
    other = next(row["url"] for row in rows if row["url"].endswith(FERRY))
    takedown(room, "hide", url, "--reason", "r", "--until", "2026-03-15")
    takedown(room, "hold", other, "--reason", "r")
    told = room.json("status")[0]["register"]
    room.check("the register", (1, 1, 1), (told["taken_down"], told["held"], told["ending"]))
    takedown(room, "release", other)
    takedown(room, "erase", other, "--reason", "r")
    told = room.json("status")[0]["register"]
    room.check_that("and what was erased", told["erased_captures"] > 1 and told["last_erased"], told)
    text = room.run("status").stdout.decode()
    for words in ("file ", "% of a map of 1TiB", "a day: full in", "readers    0", "signed",
                  "taken down", "captures erased", "last run"):
        room.check_that(f"for people: {words}", words in text, text)

    run, told = caught_reading(room, signal.SIGCONT)
    if room.check_that("a reader at work is seen", run):
        room.check_that("with its process", told["oldest_reader"]["process"] > 1, told)
        run.communicate()
    run, told = caught_reading(room, signal.SIGKILL)
    if room.check_that("a reader was killed", run):
        run.communicate()
        # Whoever opens an archive that nobody else has open begins with an empty table of readers.
        told = room.json("status")[0]
        room.check("its slot does not stay", (0, {}), (told["readers"], told["oldest_reader"]))
    sound(room, "after all")


SCENARIOS = {
    "status": status,
    "levels": levels,
    "erased": erased,
    "pruned": pruned,
}

if __name__ == "__main__":
    main(SCENARIOS)
