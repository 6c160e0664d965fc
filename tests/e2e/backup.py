#!/usr/bin/env python3
"""Backups: while a crawl writes, restored from, onto full disks, stopped, killed: backup.py BUILD SCENARIO"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

from bad_input import Site, Trial, article, small_site


def crawled(t, site, *more, archive=None):
    path = t.settings(site.url, "network: {allow_private: [127.0.0.1]}", *more, archive=archive)
    done = t.run("crawl", "-c", path, archive=archive, timeout=300)
    t.check("the crawl", 0, done.returncode, done.stderr)
    return path


def heavy_site(count=10, size=3_000_000):
    """Pages that do not shrink: a copy of them takes a moment."""
    pages = small_site(count)
    for n in range(count):
        pages[f"/story-{n}.html"] = ("text/html", article(n) + random.Random(n).randbytes(size))
    return Site(pages)


def rows(t, archive=None):
    return {row["id"]: (row["url"], row["captured"], row["digest"])
            for row in t.captured(archive=archive)}


def hot(t):
    """Copies taken one after another while a crawl writes: each is of one commit, none disturbs it."""
    site = Site(small_site(60))
    path = t.settings(site.url, "network: {allow_private: [127.0.0.1]}",
                      "politeness: {delay: 20ms, delay_factor: 0}")
    run = subprocess.Popen([t.program, "crawl", "-c", path], env=t.env, cwd=t.folder,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    copies, during = [], 0
    while run.poll() is None:
        if len(rows(t)) < 3:
            time.sleep(0.005)
            continue
        copy = os.path.join(t.folder, f"copy-{len(copies)}")
        done = t.run("backup", "--json", copy)
        t.check(f"backup {len(copies)} exits", 0, done.returncode, done.stderr)
        told = json.loads(done.stdout)
        t.check(f"backup {len(copies)}: its size", os.path.getsize(os.path.join(copy, "data.mdb")),
                told["bytes"])
        during += run.poll() is None
        copies.append((copy, told))
    _, told = run.communicate()
    t.check("the crawl is not disturbed", 0, run.returncode, told)
    t.check_that("copies were made while it wrote", during >= 2, during)
    whole = rows(t)
    counts = []
    for copy, told in copies:
        t.sound(copy, archive=copy)
        mine = rows(t, archive=copy)
        counts.append(len(mine))
        t.check(f"{copy}: as many as it says", told["captures"], len(mine))
        t.check(f"{copy}: dense from the first", list(range(len(mine))), sorted(mine))
        t.check(f"{copy}: what the archive had", {number: whole[number] for number in mine}, mine)
    t.check("later copies hold more", sorted(counts), counts)
    site.close()


def restored(t):
    """The archive is lost; the copy put in its place is it, and the crawl goes on."""
    site = Site(small_site(10))
    path = crawled(t, site)
    before = rows(t)
    t.check("a query is saved", 0, t.run("subscribe", "harbour", "harbour OR council").returncode)
    saved = t.run("subscribe", "--json").stdout
    copy = os.path.join(t.folder, "copy")
    done = t.run("backup", "--full", copy)
    t.check("backup exits", 0, done.returncode, done.stderr)
    t.check("as it was told, the copy is its owner's alone", 0o700, os.stat(copy).st_mode & 0o777)
    t.check("its data too", 0o600, os.stat(os.path.join(copy, "data.mdb")).st_mode & 0o777)
    keys = [os.path.exists(os.path.join(folder, "head.key")) for folder in (t.archive, copy)]
    t.check("the key goes with it", keys[0], keys[1])
    shutil.rmtree(t.archive)
    t.check("without an archive", 66, t.run("list").returncode)
    shutil.copytree(copy, t.archive)
    t.check("restored: the captures", before, rows(t))
    t.check("restored: the saved query", saved, t.run("subscribe", "--json").stdout)
    t.check_that("there is one", '"harbour"' in saved, saved)
    t.sound("restored")
    for number, (url, _, digest) in before.items():
        done = subprocess.run([t.program, "restore", str(number), "--archive", t.archive, "-o",
                               os.path.join(t.folder, "page")], env=t.env, capture_output=True,
                              check=False)
        t.check(f"restored: capture {number} of {url}", 0, done.returncode, done.stderr)
    site.pages.update((target.encode(), page) for target, page in small_site(14).items())
    done = t.run("crawl", "-c", path)
    t.check("the crawl goes on in it", 0, done.returncode, done.stderr)
    after = rows(t)
    t.check("and finds what is new", 14, len({url for url, _, _ in after.values()
                                              if "/story-" in url}))
    t.check("nothing was lost", before, {number: after[number] for number in before})
    t.sound("gone on")
    t.check("the copy is as it was", before, rows(t, archive=copy))
    site.close()


def targets(t):
    """What is there is never written over."""
    site = Site(small_site(3))
    crawled(t, site)
    full = os.path.join(t.folder, "full")
    os.mkdir(full)
    with open(os.path.join(full, "precious"), "w", encoding="utf-8") as file:
        file.write("mine\n")
    t.bad("a folder with something in it", 73, "backup", full, says="not written over")
    t.check("is left alone", ["precious"], os.listdir(full))
    t.bad("the archive itself", 73, "backup", t.archive, says="not written over")
    t.bad("a file", 73, "backup", os.path.join(full, "precious"))
    t.bad("in a folder that is not there", 73, "backup", os.path.join(t.folder, "no", "where"))
    t.bad("no DIR", 64, "backup")
    t.bad("no archive", 66, "backup", os.path.join(t.folder, "x"),
          archive=os.path.join(t.folder, "nowhere"))
    t.check("which makes none", False, os.path.exists(os.path.join(t.folder, "x")))
    empty = os.path.join(t.folder, "empty")
    os.mkdir(empty)
    done = t.run("backup", empty)
    t.check("an empty folder will do", 0, done.returncode, done.stderr)
    t.bad("and is none any more", 73, "backup", empty)
    t.sound("after all")
    site.close()


def interrupt(t, copy, number):
    """Sends a signal in the middle of the copying; None where it was over too soon."""
    run = subprocess.Popen([t.program, "backup", "--archive", t.archive, copy], env=t.env,
                           cwd=t.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    part = os.path.join(copy, "data.mdb.part")
    while run.poll() is None and not os.path.exists(part) and not os.path.exists(
            os.path.join(copy, "data.mdb")):
        pass
    run.send_signal(number)
    _, told = run.communicate(timeout=60)
    return run.returncode, told


def stopped(t):
    """Interrupted it leaves nothing, killed no archive."""
    site = heavy_site()
    crawled(t, site, "run: {extract: later}")  # bytes are copied, and none of these are words
    before = rows(t)
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        for attempt in range(20):
            copy = os.path.join(t.folder, f"copy-{number}-{attempt}")
            got, told = interrupt(t, copy, number)
            if got == code:
                break
        t.check(f"{number.name}: exit code", code, got, told)
        t.check_that(f"{number.name}: nothing is left, or a whole copy that is not verified yet",
                     not os.path.exists(copy) or "not verified" in told, told)
    caught = False
    for attempt in range(20):
        copy = os.path.join(t.folder, f"killed-{attempt}")
        got, _ = interrupt(t, copy, signal.SIGKILL)
        t.check("killed", -signal.SIGKILL, got)
        if os.listdir(copy) == ["data.mdb.part"]:
            caught = True
            break
    if t.check_that("one kill came in the middle of the copying", caught):
        t.check("what a kill leaves is no archive", 66, t.run("list", archive=copy).returncode)
        t.bad("and is not written over", 73, "backup", copy, says="cut short")
        shutil.rmtree(copy)
        done = t.run("backup", copy)
        t.check("once it is removed", 0, done.returncode, done.stderr)
    t.check("the archive is as it was", before, rows(t))
    t.sound("after all")
    site.close()


def full_disk(t):
    site = heavy_site(3)
    crawled(t, site)
    disk = t.tmpfs("disk", "2m")
    if disk is None:
        sys.exit(77)
    copy = os.path.join(disk, "copy")
    t.bad("a disk that fills up", 75, "backup", copy, says="No space left")
    t.check("nothing is left on it", [], os.listdir(disk))
    subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
    done = t.run("backup", copy)
    t.check("with room", 0, done.returncode, done.stderr)
    t.sound("the copy", archive=copy)
    t.check("it holds all", rows(t), rows(t, archive=copy))
    # The archive's own disk may be full to the brim: a backup from it needs nothing there.
    small = t.tmpfs("small", "64m")
    shutil.copytree(copy, os.path.join(small, "archive"))
    with open(os.path.join(small, "ballast"), "wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass
    done = t.run("backup", os.path.join(t.folder, "from-full"),
                 archive=os.path.join(small, "archive"))
    t.check("from a disk that is full", 0, done.returncode, done.stderr)
    site.close()


def damaged(t):
    """A copy of a damaged archive is damaged, and said to be."""
    site = Site(small_site(12))
    crawled(t, site)
    # A bit of each row that names one page's body, be it in a page of the file that is in use or not.
    digest = bytes.fromhex(next(row["digest"] for row in t.captured() if "/story-" in row["url"]))
    with open(os.path.join(t.archive, "data.mdb"), "r+b") as file:
        bytes_ = file.read()
        at = bytes_.find(digest)
        while at >= 0:
            file.seek(at + 7)
            file.write(bytes([bytes_[at + 7] ^ 0x10]))
            at = bytes_.find(digest, at + 1)
    t.check("the archive is damaged", 65, t.run("verify", "--full").returncode)
    done = t.run("backup", "--full", os.path.join(t.folder, "copy"))
    t.check("so is the copy", 65, done.returncode, done.stderr)
    t.check_that("which is said", "damaged" in done.stderr, done.stderr)
    t.check("nothing is printed as a result", "", done.stdout)
    site.close()


SCENARIOS = {"hot": hot, "restored": restored, "targets": targets, "stopped": stopped,
             "full_disk": full_disk, "damaged": damaged}


def main():
    trial = Trial(os.path.abspath(sys.argv[1]))
    try:
        SCENARIOS[sys.argv[2]](trial)
    finally:
        faults = trial.close()
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
