#!/usr/bin/env python3
"""Runs of the newsroom that die or fail at each of their commit points: kill_run.py BUILD kills|failures few|all

After each: the archive is sound, what was acknowledged is there, the same run goes on to its end, no due slot
was captured twice, no delay was broken by the origin's own log, no lock is stale.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
from room import Room  # noqa: E402

# Two publishers: one whose robots.txt asks for 3 s, one without robots.txt, so the settings' second.
DELAYS_US = {"127.0.2.1": 3_000_000, "127.0.2.6": 1_000_000}
SETTINGS_DELAY_US = 1_000_000
FEW = 12


def two_publishers(text):
    head, sources = text.split("sources:\n")
    items = re.split(r"(?m)^(?=  - name)", sources)
    return head + "sources:\n" + "".join(
        item for item in items if any(f"//{address}:" in item for address in DELAYS_US))


class Trial:
    def __init__(self, build):
        self.room = Room(build, two_publishers)
        self.program = os.path.join(build, "tests", "kill_run")
        self.kept = []

    def go(self, how, number):
        """One run that dies or fails at the numbered point; a fresh archive unless one is there."""
        return subprocess.run(
            [self.program, self.room.settings, self.room.archive,
             os.path.join(self.room.folder, "clock"), how, str(number)],
            capture_output=True, text=True, timeout=120, check=False)

    def new_archive(self):
        shutil.rmtree(self.room.archive, ignore_errors=True)

    def rows(self):
        done = self.room.run("list", "--json")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def sound(self, name):
        """verify --full is clean, and what was acknowledged before is there as it was."""
        done = self.room.run("verify", "--full")
        if done.returncode == 66 and not self.kept:
            return []
        self.room.check(f"{name}: verify --full", 0, done.returncode, text_of(done))
        rows = {row["id"]: row for row in self.rows()}
        for row in self.kept:
            now = rows.get(row["id"])
            self.room.check(f"{name}: capture {row['id']} of {row['url']} is kept",
                            (row["url"], row["captured"], row.get("digest")),
                            (now or {}) and (now["url"], now["captured"], now.get("digest")))
        self.kept = list(rows.values())
        return self.kept

    def go_on(self, name):
        done = self.room.run("crawl")
        self.room.check(f"{name}: the next run", 0, done.returncode, text_of(done))
        return self.sound(f"{name}, continued")

    def manners(self, name, log):
        for address, delay in DELAYS_US.items():
            mine = [line for line in log if line["address"] == address]
            for first, then in zip(mine, mine[1:]):
                gap = then["time_us"] - first["time_us"]
                # What a robots.txt asks for binds once its answer was kept.
                known = SETTINGS_DELAY_US if first["target"] == then["target"] == "/robots.txt" \
                    else delay
                self.room.check_that(
                    f"{name}: {address} is asked for {then['target']} {gap / 1e6} s after "
                    f"{first['target']}", gap >= known)
            self.room.check(f"{name}: nothing disallowed is asked of {address}", [],
                            [line["target"] for line in mine if address == "127.0.2.1"
                             and line["target"].startswith(("/private/", "/search"))])

    def slots(self, name, rows, log, runs):
        """An article is not due again in these runs, a listing once in each."""
        counts = Counter(row["url"] for row in rows)
        articles = {row["url"] for row in rows if row.get("verdict") == "article"}
        for url, count in counts.items():
            self.room.check_that(f"{name}: {url} was captured {count} times",
                                 count <= (1 if url in articles else runs))
        served = {}
        for line in log:
            if line["status"] == 200:
                served.setdefault(self.room.url(line["address"], line["target"]), set()).add(
                    line["sha256"])
        for row in rows:
            if row["status"] == 200:
                self.room.check_that(f"{name}: capture {row['id']} of {row['url']} is what was "
                                     "served", row["digest"] in served.get(row["url"], ()))
        done = self.go("ledger", 0)
        self.room.check(f"{name}: the ledger keeps its promises, the lock is free", 0,
                        done.returncode, done.stdout + done.stderr)


def text_of(done):
    return done.stderr.decode(errors="replace").strip()


def kills(trial, points):
    room = trial.room
    total = json.loads(trial.go("count", 0).stdout)["points"]
    room.check_that("a run has commit points", total > 40, total)
    wanted = range(1, total + 1) if points == "all" else sorted(
        {1, 2, 3, 4, total - 1, total} | {5 + i * (total - 6) // (FEW - 6) for i in range(FEW - 6)})
    died = 0
    for number in wanted:
        name = f"killed at point {number} of {total}"
        trial.new_archive()
        trial.kept = []
        since = len(room.log())
        done = trial.go("kill", number)
        # Groups form as they come: a run may have a few points fewer than the one that was counted.
        if not room.check_that(f"{name}: dies there", done.returncode == -signal.SIGKILL or
                               (done.returncode == 0 and number > total * 3 // 4),
                               (done.returncode, done.stderr)):
            continue
        died += done.returncode != 0
        trial.sound(name)
        rows = trial.go_on(name)
        log = room.log(since)
        trial.manners(name, log)
        trial.slots(name, rows, log, 2)
    print(f"{died} kills at {total} points")


def failures(trial, points):
    room = trial.room
    trial.new_archive()
    total = json.loads(trial.go("count", 0).stdout)["steps"]
    wanted = list(range(1, total + 1)) if points == "all" else sorted(
        {1, 2, 3, total} | {4 + i * (total - 5) // (FEW - 4) for i in range(FEW - 4)})
    failed = 0
    for number in wanted:
        how, code, words = (("io", 74, "injected"), ("full", 75, "injected"))[number % 2]
        name = f"{how} at step {number} of {total}"
        trial.new_archive()
        trial.kept = []
        since = len(room.log())
        done = trial.go(how, number)
        if done.returncode == 0 and number > total * 3 // 4:
            continue
        failed += 1
        room.check(f"{name}: exit code", code, done.returncode, done.stderr)
        room.check(f"{name}: one line that names the step", 1, len(done.stderr.splitlines()),
                   done.stderr)
        room.check_that(f"{name}: the line says why", words in done.stderr, done.stderr)
        trial.sound(name)
        rows = trial.go_on(name)
        log = room.log(since)
        trial.manners(name, log)
        trial.slots(name, rows, log, 2)
    print(f"{failed} failures of {total} steps")


def main():
    trial = Trial(os.path.abspath(sys.argv[1]))
    try:
        {"kills": kills, "failures": failures}[sys.argv[2]](trial, sys.argv[3])
    finally:
        faults = trial.room.close()
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
