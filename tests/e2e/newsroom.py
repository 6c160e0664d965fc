#!/usr/bin/env python3
"""The whole program against the newsroom: newsroom.py BUILD SCENARIO"""

import json
import os
import re
import signal
import time

from room import ADDRESSES, DISALLOWED, LATE, NO_ROBOTS, main, sha256

BARRIER = "/2026/03/02/tide-barrier"
BELLS = "/2026/03/01/library-bells"
KEEPER = "/2026/03/01/lighthouse-keeper"
FERRY = "/2026/03/02/ferry-timetable"
# The settings' second, where robots.txt asks for more than that.
DELAYS_US = {address: 1_000_000 for address in ADDRESSES}
DELAYS_US.update({"127.0.2.1": 3_000_000, "127.0.2.8": 2_500_000})


def check_manners(room, log, name):
    """What the origin saw must be what robots.txt and the delays allow."""
    for address in ADDRESSES:
        mine = [line for line in log if line["address"] == address]
        rude = [line["target"] for line in mine
                if address != NO_ROBOTS and line["target"].startswith(DISALLOWED)]
        room.check(f"{name}: nothing disallowed is asked of {address}", [], rude)
        room.check_that(f"{name}: robots.txt comes first at {address}",
                        not mine or mine[0]["target"] == "/robots.txt",
                        mine[0]["target"] if mine else "")
        hasty = [(first["target"], then["target"], then["time_us"] - first["time_us"])
                 for first, then in zip(mine, mine[1:])
                 if then["time_us"] - first["time_us"] < DELAYS_US[address]]
        room.check(f"{name}: the delay is kept at {address}", [], hasty[:3])
    late = [line["target"] for line in log if line["address"] == LATE
            and line["time"] < "2026-03-02T14:00" and line["target"] != "/robots.txt"]
    room.check(f"{name}: while robots.txt fails nothing else is asked", [], late)
    agents = {line["user_agent"] for line in log}
    room.check_that(f"{name}: everybody is told who asks",
                    all(agent and "wirevault" in agent and "newsroom@example.org" in agent
                        for agent in agents), agents)


def check_captured(room, name, with_late):
    """Every article that is there now was captured, and its newest capture is the page."""
    log = room.log()
    listed = {row["url"] for row in room.json("list")}
    for item in room.inventory():
        address, path = re.match(r"http://([\d.]+):\d+(/.*)", item["url"]).groups()
        if item["status"] != 200 or (address == LATE and not with_late):
            continue
        served = [line for line in log if line["address"] == address
                  and line["target"].split("?")[0] == path and line["status"] == 200]
        if not room.check_that(f"{name}: captured: {item['url']}", served):
            continue
        if item["form"] == "article":
            room.check_that(f"{name}: listed: {item['url']}",
                            any(url.split("?")[0] == item["url"] for url in listed))


def check_restores(room, name):
    """Each capture, by its ID, gives the bytes that the origin served, by the digest in its log."""
    served, captured = {}, {}
    for line in room.log():
        if line["status"] == 200:
            served.setdefault(room.url(line["address"], line["target"]), []).append(line)
    for row in oldest_first(room.json("list")):
        if row["status"] == 200:
            captured.setdefault(row["url"], []).append(row)
    count = 0
    for url, lines in sorted(served.items()):
        rows = captured.get(url, [])
        room.check(f"{name}: captures of {url}", len(lines), len(rows))
        for line, row in zip(lines, rows):
            done = room.run("restore", row["id"], "-o", "-")
            count += 1
            room.check(f"{name}: restore {row['id']} of {url}", line["sha256"],
                       sha256(done.stdout), done.stderr.decode(errors="replace"))
    room.check_that(f"{name}: something was restored", count > 100, count)
    # And by address and time, where the page is what one would ask for.
    for item in room.inventory():
        lines = served.get(item["url"], [])
        if item["form"] == "article" and lines:
            done = room.run("restore", item["url"], "--at", lines[-1]["time"], "-o", "-")
            room.check(f"{name}: restore {item['url']} --at {lines[-1]['time']}",
                       lines[-1]["sha256"], sha256(done.stdout),
                       done.stderr.decode(errors="replace"))


def check_verdicts(room):
    """Walls, stubs and shells are called what they are; a front page with a cookie notice is none."""
    for address, path, verdict in [
            ("127.0.2.3", "/news/harvest-fund-1005.html", "consent-wall"),
            ("127.0.2.3", "/news/rate-desk-1004.html", "paywall-stub"),
            (LATE, "/members/gate", "captcha"), (LATE, "/lost/page", "soft-404"),
            (LATE, "/app/", "script-shell"), ("127.0.2.1", "/", "listing"),
            ("127.0.2.5", "/", "listing"), ("127.0.2.1", BARRIER, "article"),
            ("127.0.2.6", "/html/2026-03/02/content_88012.htm", "article")]:
        rows = [row for row in room.json("history", "--captures", room.url(address, path))
                if row.get("status") == 200]
        room.check(f"verdict of {address}{path}", [verdict],
                   sorted({row["verdict"] for row in rows}))


def without_repeats(values):
    return [value for i, value in enumerate(values) if i == 0 or values[i - 1] != value]


def oldest_first(rows):
    return sorted(rows, key=lambda row: row["captured"])


def check_stories(room):
    """What the stories say has happened by Thursday is in the histories."""
    barrier = oldest_first([row for row in room.json("history", room.url("127.0.2.1", BARRIER))
                            if row["kind"] == "version"])
    room.check("the silent edits are versions and named so", [False, True, True],
               [row["silent"] for row in barrier])
    halden = oldest_first([row for row in room.json(
        "history", room.url("127.0.2.3", "/news/halden-profit-1003.html"))
                           if row["kind"] == "version"])
    room.check("a correction that says so is not silent", [False, False],
               [row["silent"] for row in halden])
    for path, expected in ((BELLS, [200, 404, 410]), (KEEPER, [200, 404, 200])):
        rows = oldest_first([row for row in room.json("history", "--captures",
                                                      room.url("127.0.2.1", path))
                             if row.get("status") not in (None, 304)])
        room.check(f"history of {path}", expected,
                   without_repeats([row["status"] for row in rows]))
    shown = room.json("show", room.url("127.0.2.1", BARRIER))[0]
    for words in ("cost £47 million", "more challenging than our surveys"):
        room.check_that(f"the newest text has '{words}'", words in shown["text"])
    for words in ("Related stories", "Sign up", "grandmother", "214 partners", "Most read",
                  "Night ferry"):
        room.check_that(f"the text is clean of '{words}'", words not in shown["text"])
    monday = room.json("show", room.url("127.0.2.1", BARRIER), "--at", "2026-03-02T12:00:00Z")[0]
    room.check_that("Monday's text has the first figure", "£41 million" in monday["text"])
    room.check_that("Monday's text has the first quote", "we did not say so" in monday["text"])
    ferry = room.json("show", room.url("127.0.2.1", FERRY))[0]
    room.check("the new headline", "Night ferry to Saltmarsh is saved until the autumn",
               ferry["title"])
    vanished = room.json("show", room.url("127.0.2.1", BELLS))[0]
    room.check_that("a page that vanished still has its good version", "felt" in vanished["text"])
    diff = room.run("diff", room.url("127.0.2.1", BARRIER), "--from", "2026-03-02T12:00:00Z")
    room.check("diff of an edited page exits", 1, diff.returncode)
    room.check_that("diff shows both figures", b"41" in diff.stdout and b"47" in diff.stdout)


def check_charsets(room):
    rows = [
        ("127.0.2.6", "/html/2026-03/02/content_88012.htm", "澜江大桥主塔封顶 年底前开车上岛",
         "望潮岛现有居民约4.3万人", ["gb18030", "gbk"]),
        ("127.0.2.9", "/kiji/20260302_kanzume.html", "缶詰の「髙波」、深夜の自動販売機で売り上げ3割増",
         "①いわしの味噌煮", ["shift_jis"]),
        ("127.0.2.7", "/news/20260302/lanjiang-bridge", "瀾江大橋主塔封頂 預計年底通車", "擰螺栓",
         ["utf-8"]),
        ("127.0.2.8", "/articles/-/1048811",
         "タイドウェル創業者、AI向け半導体1万2000個を別会社に回す", "5億ドルを超える", ["utf-8"]),
    ]
    for address, path, title, words, charsets in rows:
        shown = room.json("show", room.url(address, path))[0]
        room.check(f"title of {path}", title, shown["title"])
        room.check_that(f"text of {path} has '{words}'", words in shown["text"])
        room.check_that(f"charset of {path}", shown["charset"].lower() in charsets,
                        shown["charset"])


def three_turns(room):
    for turn in range(4):
        if turn:
            room.turn("1d")
        name = f"turn {turn}"
        before = len(room.log())
        done = room.crawl()
        room.check(f"{name}: silent on success", b"", done.stdout + done.stderr)
        log = room.log(before)
        check_manners(room, log, name)
        check_captured(room, name, turn > 0)
    check_stories(room)
    check_charsets(room)
    check_verdicts(room)
    check_restores(room, "after all")
    redirected = room.json("history", "--captures", room.url(LATE, "/moved/census"))
    room.check_that("a redirect is a capture of its own URL",
                    any(row.get("status") == 301 for row in redirected))
    months = {line["target"] for line in room.log() if "/calendar/" in line["target"]}
    room.check_that("the calendar ends", len(months) < 40, len(months))
    threads = [line for line in room.log() if "/forum/thread" in line["target"]]
    room.check_that("the session numbers make no new pages", len(threads) <= 5 * 4, len(threads))
    busy = [line for line in room.log() if line["target"] == "/busy/report"]
    room.check_that("the busy report was left alone as long as it asked",
                    not any(a["status"] == 429 and b["time_us"] - a["time_us"] < 40_000_000
                            for a, b in zip(busy, busy[1:])))
    room.check("verify", 0, room.run("verify", "--full").returncode)
    room.check("status", 0, room.run("status").returncode)


def unchanged(room):
    """A second look at once asks nothing that is not due; a day later validators bring 304s."""
    room.crawl()
    before = len(room.log())
    room.crawl()
    again = room.log(before)
    articles = [line["target"] for line in again if line["address"] == "127.0.2.1"
                and line["target"].startswith("/2026/")]
    room.check("articles are not due again at once", [], articles)
    room.check_that("listings are asked with their validators",
                    all(line["if_none_match"] for line in again
                        if line["address"] == "127.0.2.1" and line["target"] == "/"))
    front = [line["status"] for line in again
             if line["address"] == "127.0.2.1" and line["target"] == "/"]
    room.check("an unchanged front page is a 304", [304] * len(front), front)
    room.turn("1d")
    before = len(room.log())
    room.crawl()
    # Meridian's pages are frozen at publication: nothing about this one has changed.
    frozen = [(line["status"], bool(line["if_none_match"])) for line in room.log(before)
              if line["target"] == "/dispatch/20260302-grain-port"]
    room.check("an article that did not change", [(304, True)], frozen)
    url = room.url("127.0.2.2", "/dispatch/20260302-grain-port")
    room.check_that("a 304 stands for the body it confirmed",
                    sha256(room.run("restore", url, "-o", "-").stdout) in
                    {line.get("sha256") for line in room.log()})


def copies_kept(room):
    """The wire story and those who carry it are each kept, with the agency named."""
    room.crawl()
    rows = [("127.0.2.4", "/xw/2026/0302/204117.shtml"), ("127.0.2.5", "/detail/1684236"),
            ("127.0.2.6", "/html/2026-03/02/content_88012.htm"),
            ("127.0.2.7", "/news/20260302/lanjiang-bridge")]
    digests = set()
    for address, path in rows:
        shown = room.json("show", room.url(address, path))
        if room.check_that(f"kept: {address}{path}", shown):
            room.check_that(f"its text: {address}{path}", "6.8" in shown[0]["text"])
            digests.add(shown[0]["digest"])
    room.check("four pages, four bodies", 4, len(digests))


def copies_found(room):
    """A wire story and those who carry it: one cluster, in order, with what each changed."""
    room.crawl()
    wire = room.url("127.0.2.4", "/xw/2026/0302/204117.shtml")
    rows = room.json("copies", wire)
    room.check("who carried it, in the order of publication",
               [room.url(address, path) for address, path in [
                   ("127.0.2.4", "/xw/2026/0302/204117.shtml"), ("127.0.2.5", "/detail/1684236"),
                   ("127.0.2.6", "/html/2026-03/02/content_88012.htm"),
                   ("127.0.2.7", "/news/20260302/lanjiang-bridge")]],
               [row["url"] for row in rows])
    room.check("ranks", [1, 2, 3, 4], [row["rank"] for row in rows])
    room.check("one cluster, named by its smallest ID", {min(row["id"] for row in rows)},
               {row["cluster"] for row in rows})
    room.check("when, and how sure", ["2026-03-02T04:30:00Z", "2026-03-02T04:30:59.999999Z", "text", True],
               [rows[2][key] for key in ("published_earliest", "published_latest",
                                         "published_basis", "surely_later")])
    room.check_that("first seen later than published",
                    all(row["first_seen"] > row["published_latest"] for row in rows))
    room.check("shares of the first", [1, 1], [rows[0]["of_origin"], rows[0]["in_origin"]])
    room.check_that("shares of the others", all(row["of_origin"] > .75 and .4 < row["in_origin"] < .9
                                                for row in rows[1:]),
                    [(row["of_origin"], row["in_origin"]) for row in rows])
    room.check("whom they name", [[], [("report", 1)], [("credit", 1)], []],
               [[(claim["kind"], claim["rank"]) for claim in row["claims"]] for row in rows])
    room.check("the other script is no difference", [],
               [d for d in rows[3]["differences"] if d["kind"] == "changed" and "大橋" in d["after"]
                and len(d["after"]) == len(d["before"])])
    cable = [room.url("127.0.2.2", "/dispatch/20260302-cable-break"),
             room.url("127.0.2.3", "/news/cable-shares-1002.html"),
             room.url("127.0.2.1", "/2026/03/02/cable-islands")]
    rows = room.json("copies", cable[2])
    room.check("asked from the last of the cable story", cable, [row["url"] for row in rows])
    room.check_that("the figure that the second added is a difference",
                    any("4.2%" in d["after"] for d in rows[1]["differences"]))
    shown = room.json("show", cable[1])[0]
    room.check("show names the source", [("line", "Meridian Wire", "Meridian Wire")],
               [(c["kind"], c["name"], c["source"]) for c in shown["claims"]])
    words = room.run("copies", cable[0]).stdout.decode()
    room.check_that("for people", "names Meridian Wire (line), which is 1" in words, words)
    before = room.json("copies", wire)
    then = before[0]["known_at"]
    # An edit that nothing on the page admits, and other pages: what was known stays what it was.
    room.turn("1d")
    room.crawl()
    changed = room.json("copies", room.url("127.0.2.5", "/detail/1684251"))
    room.check_that("the text was first seen after the page", changed[0]["page_first_seen"] <
                    changed[0]["first_seen"])
    edits = [(row["url"], edit["silent"], edit["marks"]) for row in changed
             for edit in row["edits"]]
    room.check_that("a silent edit is told", [e for e in edits if e[1] and any(
        "20" in mark["before"] and "25" in mark["after"] for mark in e[2])], edits)
    again = room.json("copies", wire, "--as-of", then, "--known-at", then)
    for row in before + again:
        row.pop("as_of")
    room.check("the same answer for the same (T, K)", before, again)
    late = room.json("copies", wire, "--as-of", then)
    for row in late:
        row.pop("as_of"), row.pop("known_at")
    for row in before:
        row.pop("known_at")
    room.check("captures of later days do not show without known-at either", before, late)
    early = room.json("copies", cable[0], "--as-of", "2026-03-02T08:00:00Z", code=1)
    room.check("before anything was captured there is nothing", [], early)
    done = room.run("verify", "--full")
    room.check("verify", 0, done.returncode, done.stdout.decode())


def codes(room):
    url = room.url("127.0.2.1", BARRIER)
    nowhere = os.path.join(room.folder, "nowhere")
    for name, code, words in [
            ("a missing archive", 66, ["list", "--archive", nowhere]),
            ("show on a missing archive", 66, ["show", "--archive", nowhere, url]),
            ("an unknown option", 64, ["list", "--colour"]),
            ("a missing settings file", 66, ["crawl", "-c", nowhere]),
            ("nothing to crawl", 64, ["crawl"]),
            ("nobody crawls anonymously", 64, ["crawl", url]),
            ("a dead host, the only one", 69,
             ["crawl", "--contact", "mailto:a@example.org", "--allow-private", "127.0.3.1",
              f"http://127.0.3.1:{room.port}/"]),
            ("a dead host asked again at once", 69,
             ["crawl", "--contact", "mailto:a@example.org", "--allow-private", "127.0.3.1",
              f"http://127.0.3.1:{room.port}/"]),
            ("a private address that nobody allowed", 69,
             ["crawl", "--contact", "mailto:a@example.org", "--archive", nowhere + "2", url]),
    ]:
        done = room.run(*words, settings=False)
        room.check(f"{name}: exit code", code, done.returncode,
                   done.stderr.decode(errors="replace"))
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        room.check_that(f"{name}: says so", lines, lines)
    room.check("a missing archive is not created", False, os.path.exists(nowhere))
    room.crawl("--max-pages", 3, code=75)
    room.check("a URL that is none", 64, room.run("show", "http://[::1").returncode)
    room.check("a page that was never captured", 1,
               room.run("show", room.url("127.0.2.1", "/never")).returncode)
    done = room.run("show", room.url("127.0.2.1", "/never"))
    room.check("and that is said on stderr", b"", done.stdout)


def broken_settings(room):
    path = os.path.join(room.folder, "broken.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("agent:\n  contact: mailto:a@example.org\npolitenes:\n  delay: 5\n")
    done = room.run("crawl", "-c", path, settings=False)
    room.check("broken settings exit", 78, done.returncode)
    told = done.stderr.decode()
    room.check_that("file and line are named", re.search(r"broken\.yaml:\d+", told), told)


def wait_for_requests(room, count, process):
    """Until the origin has answered so many, or the crawl is over."""
    for _ in range(3000):
        if len(room.log()) >= count or process.poll() is not None:
            return
        time.sleep(0.01)


def locked(room):
    first = room.start("crawl")
    wait_for_requests(room, 3, first)
    first.send_signal(signal.SIGSTOP)
    if not room.check("the first run is still at work", None, first.poll()):
        return
    began = time.monotonic()
    second = room.run("crawl")
    took = time.monotonic() - began
    room.check("a second run while the first works exits", 75, second.returncode)
    room.check_that("at once", took < 5, took)
    room.check("readers do not wait", 0, room.run("list").returncode)
    first.send_signal(signal.SIGCONT)
    out, told = first.communicate(timeout=120)
    room.check("the first run ends well", 0, first.returncode, told.decode(errors="replace"))
    room.crawl()


def killed(room):
    """kill -9 at several moments; the next run goes on, nothing is lost, no lease is broken."""
    for count in (2, 9, 25, 60):
        before = len(room.log())
        run = room.start("crawl")
        wait_for_requests(room, before + count, run)
        run.kill()
        run.communicate()
        if room.run("list").returncode != 66:
            room.check(f"verify after a kill at {count}", 0, room.run("verify").returncode)
    room.crawl()
    check_captured(room, "after the kills", False)
    check_manners_over_runs(room)
    room.check("verify --full", 0, room.run("verify", "--full").returncode)


def needed_gap_us(address, first, second):
    # robots.txt twice: the run was killed before the Crawl-delay in it was durable, so the next
    # one knows only the settings' own delay.
    if first["target"] == second["target"] == "/robots.txt":
        return 1_000_000
    return DELAYS_US[address]


def check_manners_over_runs(room):
    for address in ADDRESSES:
        mine = [line for line in room.log() if line["address"] == address]
        hasty = [(a["target"], b["target"], b["time_us"] - a["time_us"])
                 for a, b in zip(mine, mine[1:])
                 if b["time_us"] - a["time_us"] < needed_gap_us(address, a, b)]
        room.check(f"no delay is broken at {address}, kills or not", [], hasty[:3])


def interrupted(room):
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        before = len(room.log())
        run = room.start("crawl")
        wait_for_requests(room, before + 6, run)
        run.send_signal(number)
        _, told = run.communicate(timeout=120)
        room.check(f"{number.name} exits", code, run.returncode, told.decode(errors="replace"))
        seen = [line for line in room.log(before) if line["status"] == 200
                and line["target"] != "/robots.txt"]
        for line in seen:
            done = room.run("restore", room.url(line["address"], line["target"]), "-o", "-")
            room.check(f"{number.name}: what was answered is kept: {line['target']}",
                       line["sha256"], sha256(done.stdout))
    room.crawl()


def own_clock(room):
    """What a simulated clock makes says so."""
    room.crawl("--max-pages", 5, code=75)
    rows = room.json("list")
    for line in room.log():
        if line["status"] == 200 and line["target"] == "/":
            rows += room.json("history", room.url(line["address"], "/"))
    room.check_that("every view says clock=simulated",
                    rows and all(row.get("clock") == "simulated" for row in rows))
    plain = os.path.join(os.path.dirname(room.program), "wirevault")
    import subprocess
    done = subprocess.run([plain, "status", "-c", room.settings, "--json"], capture_output=True,
                          env=room.env, check=False)
    room.check_that("also in wirevault, which has the system's clock only",
                    b"simulated" in done.stdout, json.dumps(done.stdout.decode()[:300]))


SCENARIOS = {
    "three_turns": three_turns,
    "unchanged": unchanged,
    "copies_kept": copies_kept,
    "copies_found": copies_found,
    "codes": codes,
    "broken_settings": broken_settings,
    "locked": locked,
    "killed": killed,
    "interrupted": interrupted,
    "own_clock": own_clock,
}

if __name__ == "__main__":
    main(SCENARIOS)
