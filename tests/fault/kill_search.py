#!/usr/bin/env python3
"""The search index survives kills: kill_search.py BUILD ROUNDS

An index that follows an archive is killed at any moment, again and again, and goes on from its
last transaction; in the end it answers as one made at one go. Then what was taken down: hidden
pages are neither listed nor counted, and of an erased one no word stays in the folder's files.
"""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

BUILD, ROUNDS = sys.argv[1], int(sys.argv[2])
ARTICLES = int(sys.argv[3]) if len(sys.argv) > 3 else 4000


def run(archive, *words, binary="wirevault", code=0):
    done = subprocess.run([os.path.join(BUILD, binary), *words, "--archive", archive],
                          capture_output=True, text=True, timeout=300,
                          env={**os.environ, "WIREVAULT_NEWSROOM_CLOCK": archive + ".clock"})
    assert done.returncode == code, (words, done.returncode, done.stderr)
    return done.stdout


def answers(archive):
    return [run(archive, "search", query, "--json", "--max", "50") for query in (
        "*", "* lang:zh", "\u4e00 OR \u4e07 OR \u4e0a", "st* -pl*", "sa OR ba OR ta")]


def reached(archive):
    try:
        db = sqlite3.connect(f"file:{archive}/search.db?mode=ro", uri=True)
        row = db.execute("SELECT value FROM state WHERE key = 'next_leaf'").fetchone()
        db.close()
        return row[0] if row else 0
    except sqlite3.Error:
        return 0


def check_kills(archive):
    expected = answers(archive)
    assert any(expected), "nothing is found"
    resumed = 0
    for seed in range(ROUNDS):
        rng = random.Random(seed)
        for name in os.listdir(archive):
            if name.startswith("search.db"):
                os.remove(os.path.join(archive, name))
        for attempt in range(100):
            child = subprocess.Popen([os.path.join(BUILD, "wirevault"), "search", "*", "--archive",
                                      archive], stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
            # A moment chosen by chance is what is wanted here, not a wait for something.
            try:
                child.wait(rng.uniform(0.01, 0.5 + attempt))
            except subprocess.TimeoutExpired:
                child.kill()
            if child.wait() == 0:
                break
            resumed += 0 < reached(archive) < ARTICLES
        assert answers(archive) == expected, f"round {seed}: other answers"
    print(f"{ROUNDS} rounds, {resumed} kills between two transactions")
    assert resumed, "no kill fell between two transactions"


def check_take_downs(archive):
    query = ("search", "* lang:en", "--json")
    before = [json.loads(line) for line in run(archive, *query).splitlines()]
    victim, other = before[0], before[1]
    run(archive, "takedown", "hide", victim["url"], "--reason", "a test",
        binary="wirevault-newsroom")
    after = [json.loads(line) for line in run(archive, *query).splitlines()]
    assert victim["url"] not in [hit["url"] for hit in after], "hidden, and found"
    assert after[0]["hits"] == before[0]["hits"] - 1, "hidden, and counted"
    show = json.loads(run(archive, "show", other["url"], "--json"))
    phrase = f'"{show["title"]}"'
    assert other["url"] in run(archive, "search", phrase, "--json")
    run(archive, "takedown", "erase", other["url"], "--reason", "a test",
        binary="wirevault-newsroom")
    assert not [name for name in os.listdir(archive) if name.startswith("search.db")]
    assert other["url"] not in run(archive, "search", phrase, "--json"), "erased, and found"
    print("what was taken down is not found")


def main():
    made = subprocess.run([os.path.join(BUILD, "tests", "bench_search"), str(ARTICLES), "keep"],
                          capture_output=True, text=True, check=True).stdout
    archive = made.split("archive    ")[1].strip()
    try:
        check_kills(archive)
        check_take_downs(archive)
    finally:
        shutil.rmtree(archive)
        if os.path.exists(archive + ".clock"):
            os.remove(archive + ".clock")


if __name__ == "__main__":
    main()
