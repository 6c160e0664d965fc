#!/usr/bin/env python3
"""The real program with its writes made to fail, killed at them, or lost with the power:

    io_faults.py BUILD kills N       N kills spread over the commands that write; a table of what was lost
    io_faults.py BUILD failures N    the nth write or sync of each fails: EIO is 74, ENOSPC 75
    io_faults.py BUILD memory N      the nth allocation of each fails: no crash, nothing lost
    io_faults.py BUILD power N       N losses of power at any instant of a crawl, unsynced writes lost at random

fault_io.so (fault_io.c) counts, kills, fails and keeps the journal.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
from bad_input import Site, Trial, small_site  # noqa: E402


class Works:
    """An archive with something to do for every command that writes, copied for each try."""

    def __init__(self, t, build):
        self.t = t
        self.so = os.path.join(build, "tests", "libfault_io.so")
        self.site = Site(small_site(8))
        self.settings = t.settings(self.site.url, "network: {allow_private: [127.0.0.1]}",
                                   "politeness: {delay: 0s, delay_factor: 0}",
                                   "retention: {count: 1}")
        t.run("crawl", "-c", self.settings, "--quiet")
        pages = small_site(8)
        for n in range(4):
            kind, body = pages[f"/story-{n}.html"]
            self.site.pages[f"/story-{n}.html".encode()] = (kind, body.replace(b"harbour", b"quay"))
            t.run("snap", "-c", self.settings, "--quiet", f"{self.site.url}story-{n}.html")
        self.base = os.path.join(t.folder, "base")
        shutil.copytree(t.archive, self.base)
        self.rows = self.list()
        story = self.site.url + "story-1.html"
        self.commands = {
            "crawl": ["crawl", "-c", self.settings, "--quiet"],
            "snap": ["snap", "-c", self.settings, "--quiet", self.site.url + "story-6.html"],
            "extract": ["extract", "--from-archive", "-c", self.settings],
            "takedown hide": ["takedown", "hide", story, "--reason", "r"],
            "takedown erase": ["takedown", "erase", story, "--reason", "r"],
            "prune": ["prune", "--yes", "-c", self.settings],
            "compact": ["compact", "--quiet"],
            "backup": ["backup", "--quiet", os.path.join(t.folder, "copy")],
        }

    def list(self):
        done = self.t.run("list", "--json")
        return {row["id"]: (row["url"], row["captured"], row["digest"])
                for row in map(json.loads, done.stdout.splitlines())}

    def fresh(self):
        shutil.rmtree(self.t.archive, ignore_errors=True)
        shutil.rmtree(os.path.join(self.t.folder, "copy"), ignore_errors=True)
        shutil.copytree(self.base, self.t.archive)

    def go(self, name, how, at, **more):
        env = dict(self.t.env, LD_PRELOAD=self.so, FAULT_IO=how, FAULT_IO_AT=str(at), **more)
        return self.t.run(*self.commands[name], env=env, timeout=120)

    def count(self, name):
        """Writes and syncs of a whole run, and how long it takes."""
        self.fresh()
        path = os.path.join(self.t.folder, "count")
        began = time.monotonic()
        done = self.go(name, "count", 0, FAULT_IO_COUNT=path)
        self.t.check(f"{name}: a whole run", 0, done.returncode, done.stderr)
        with open(path, encoding="utf-8") as file:
            return int(file.read().split()[0]), time.monotonic() - began

    def judge(self, name):
        """What is wrong after it: lost captures, captures twice, damage, a lock that is stale."""
        faults = {"lost": 0, "twice": 0, "damaged": 0, "stale": 0}
        told = []
        done = self.t.run("verify", "--full")
        if done.returncode != 0:
            faults["damaged"] = 1
            told.append(done.stdout + done.stderr)
        now = self.list()
        gone = {number for number, row in self.rows.items() if now.get(number) != row}
        if name in ("takedown hide", "takedown erase"):
            # All of the page, or nothing of it.
            page = {number for number, row in self.rows.items() if row[0].endswith("/story-1.html")}
            gone = gone if gone not in (set(), page) else set()
        faults["lost"] = len(gone)
        new = [row[:2] for number, row in now.items() if number not in self.rows]
        faults["twice"] = len(new) - len(set(new))
        done = self.t.run(*self.commands["snap"])
        if done.returncode != 0:
            faults["stale"] = 1
            told.append(done.stderr)
        if self.t.run("verify").returncode != 0:
            faults["damaged"] = 1
        return faults, told


def kills(t, works, wanted):
    """At each write or sync in turn, and at random instants."""
    rng = random.Random(7)
    table = {}
    each = max(2, wanted // len(works.commands))
    for name in works.commands:
        steps, took = works.count(name)
        sums = {"kills": 0, "lost": 0, "twice": 0, "damaged": 0, "stale": 0}
        for k in range(each):
            works.fresh()
            if k % 2 == 0:
                at = 1 + (k // 2) * max(1, steps * 2 // each) if each < 2 * steps else 1 + k // 2 % steps
                done = works.go(name, "kill", min(at, steps))
                died = done.returncode == -signal.SIGKILL
            else:
                run = subprocess.Popen([t.program, works.commands[name][0], "--archive", t.archive,
                                        *works.commands[name][1:]], env=t.env, cwd=t.folder,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                try:
                    run.wait(rng.random() * took)
                except subprocess.TimeoutExpired:
                    run.kill()
                died = run.wait() == -signal.SIGKILL
            sums["kills"] += died
            faults, told = works.judge(name)
            for key, value in faults.items():
                sums[key] += value
                t.check(f"{name}, kill {k}: {key}", 0, value, "\n".join(told))
        table[name] = sums
    print(f"{'command':16} kills   lost  twice  damaged  stale locks")
    for name, sums in table.items():
        print(f"{name:16} {sums['kills']:5}  {sums['lost']:5}  {sums['twice']:5}  "
              f"{sums['damaged']:7}  {sums['stale']:5}")
    total = sum(sums["kills"] for sums in table.values())
    print(f"{total} kills in all")
    t.check_that("most tries were kills", total > wanted // 3, total)


def failures(t, works, wanted):
    each = max(2, wanted // len(works.commands))
    for name in works.commands:
        steps, _ = works.count(name)
        for k in range(each):
            at = 1 + k * max(1, steps // each) if each < steps else 1 + k % steps
            how, code = (("eio", 74), ("enospc", 75))[k % 2]
            works.fresh()
            done = works.go(name, how, at)
            where = f"{name}, {how} at {at} of {steps}"
            # The last step lengthens the file, which may fail: opening it does that again.
            if done.returncode == 0:
                t.check_that(f"{where}: only late steps may be missed", at > steps // 2)
            else:
                t.check(f"{where}: exit code", code, done.returncode, done.stderr)
                lines = [line for line in done.stderr.splitlines() if line.startswith("wirevault: ")]
                t.check_that(f"{where}: says so in a line", lines, done.stderr)
            faults, told = works.judge(name)
            t.check(f"{where}: nothing lost", {}, {k: v for k, v in faults.items() if v},
                    "\n".join(told))


def memory(t, works, wanted):
    """The nth allocation of all that the program and its libraries make fails, once."""
    each = max(2, wanted // len(works.commands))
    rng = random.Random(13)
    path = os.path.join(t.folder, "count")
    for name in works.commands:
        works.fresh()
        works.go(name, "count", 0, FAULT_IO_COUNT=path)
        with open(path, encoding="utf-8") as file:
            total = int(file.read().split()[1])
        for k in range(each):
            at = 1 + k if k < each // 2 else rng.randrange(1, total + 1)
            works.fresh()
            done = works.go(name, "nomem", at)
            where = f"{name}, allocation {at} of {total} fails"
            t.check_that(f"{where}: no crash", done.returncode >= 0, (done.returncode, done.stderr))
            if done.returncode:
                t.check_that(f"{where}: is said", done.stderr.strip(), done.returncode)
            faults, told = works.judge(name)
            t.check(f"{where}: nothing lost", {}, {k: v for k, v in faults.items() if v},
                    "\n".join(told))


def read_journal(path):
    with open(path, "rb") as file:
        bytes_ = file.read()
    at, entries = 0, []
    while at < len(bytes_):
        kind = chr(bytes_[at])
        place = int.from_bytes(bytes_[at + 1:at + 9], "little")
        n = int.from_bytes(bytes_[at + 9:at + 17], "little")
        entries.append((kind, place, bytes_[at + 17:at + 17 + n]))
        at += 17 + n
    return entries


def apply(image, entry):
    kind, place, data = entry
    if kind == "t":
        del image[place:]
        image.extend(bytes(max(0, place - len(image))))
    elif kind in "wd":
        image.extend(bytes(max(0, place + len(data) - len(image))))
        image[place:place + len(data)] = data


def power(t, works, wanted):
    """
    What is on the disk after a loss of power: all that was synced, and of the rest any part, page by
    page. The archive opens, is whole, and has what was durable when the power went.
    """
    rng = random.Random(11)
    works.fresh()
    # New pages, far enough apart for a commit each.
    works.site.pages.update((target.encode(), page) for target, page in small_site(30).items())
    t.settings(works.site.url, "network: {allow_private: [127.0.0.1]}",
               "politeness: {delay: 70ms, delay_factor: 0}")
    journal = os.path.join(t.folder, "journal")
    done = works.go("crawl", "count", 0, FAULT_IO_JOURNAL=journal)
    t.check("the crawl", 0, done.returncode, done.stderr)
    with open(os.path.join(works.base, "data.mdb"), "rb") as file:
        base = bytearray(file.read())
    entries = read_journal(journal)
    commits = [i for i, entry in enumerate(entries) if entry[0] == "d"]
    longer = sum(entry[0] == "t" for entry in entries)
    t.check_that("the journal has commits", len(commits) > 20, len(commits))
    whole = bytearray(base)
    for entry in entries:
        apply(whole, entry)
    with open(os.path.join(t.archive, "data.mdb"), "rb") as file:
        t.check("the journal replayed is the file", True, bytes(whole) == file.read())

    def put(image):
        with open(os.path.join(t.archive, "data.mdb"), "wb") as file:
            file.write(image)

    known = {}  # captures after so many commits

    def durable(count):
        if count not in known:
            image = bytearray(base)
            for entry in entries[:commits[count - 1] + 1] if count else []:
                apply(image, entry)
            put(image)
            known[count] = works.list()
        return known[count]

    for k in range(wanted):
        end = rng.randrange(len(entries) + 1)
        last = max((i for i, entry in enumerate(entries[:end]) if entry[0] in "sd"), default=-1)
        image = bytearray(base)
        for entry in entries[:last + 1]:
            apply(image, entry)
        for kind, place, data in entries[last + 1:end]:
            if kind == "t" and rng.random() < 0.5:
                apply(image, (kind, place, data))
            for start in range(0, len(data), 4096):
                if kind == "w" and rng.random() < 0.5:
                    apply(image, (kind, place + start, data[start:start + 4096]))
        count = sum(i < end for i in commits)
        expected = durable(count)
        put(image)
        name = f"power lost before entry {end} of {len(entries)} (case {k})"
        done = t.run("verify", "--full")
        t.check(f"{name}: verify", 0, done.returncode, done.stdout + done.stderr)
        now = works.list()
        t.check(f"{name}: what was durable", expected, {n: now.get(n) for n in expected})
        done = t.run(*works.commands["snap"])
        t.check(f"{name}: it goes on", 0, done.returncode, done.stderr)
    print(f"{wanted} losses of power over {len(commits)} commits and {longer} lengthenings")


def main():
    build = os.path.abspath(sys.argv[1])
    trial = Trial(build)
    works = Works(trial, build)
    try:
        {"kills": kills, "failures": failures, "memory": memory, "power": power}[sys.argv[2]](trial, works,
                                                                          int(sys.argv[3]))
    finally:
        works.site.close()
        faults = trial.close()
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
