#!/usr/bin/env python3
"""An archive of every released format opens for ever: old_archives.py BUILD

Each folder of archives/ holds data.mdb.xz and format as a release left them, made by its own
program with the simulated clock, and expected.jsonl: a line a capture, with what that program said
of it and the digests of what it restored. Today's program must say and give the same, find nothing
damaged, and still do so after `compact` has stored all of it anew. They are never made again.
"""

import hashlib
import json
import lzma
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
faults = 0


def check(name, expected, got):
    global faults
    if expected != got:
        faults += 1
        print(f"FAIL {name}: expected {expected!r}, got {got!r}"[:600])


class Program:
    def __init__(self, build, folder):
        self.path = os.path.join(build, "wirevault-newsroom")
        self.archive = os.path.join(folder, "archive")
        self.env = dict(os.environ, WIREVAULT_NEWSROOM_CLOCK=os.path.join(folder, "clock"),
                        LC_ALL="C")
        self.env.pop("WIREVAULT_CONFIG", None)

    def run(self, *words):
        return subprocess.run([self.path, words[0], "--archive", self.archive, *words[1:]],
                              env=self.env, capture_output=True, check=False)


def digest(done):
    return hashlib.sha256(done.stdout).hexdigest() if done.returncode == 0 else None


def check_says(program, name, expected):
    done = program.run("verify", "--full")
    check(f"{name}: verify", (0, b""), (done.returncode, done.stdout))
    done = program.run("list", "--json")
    check(f"{name}: list", 0, done.returncode)
    listed = {row["id"]: row for row in map(json.loads, done.stdout.splitlines())}
    check(f"{name}: captures", sorted(row["id"] for row in expected), sorted(listed))
    for row in expected:
        got = listed.get(row["id"], {})
        for field in row.keys() - {"sha256", "wire"}:
            check(f"{name}: {field} of {row['id']}", row[field], got.get(field))


def check_gives(program, name, expected):
    """Each body and each encoded body once: captures share them."""
    for row in {(row["sha256"], row["wire"]): row for row in expected}.values():
        check(f"{name}: restore {row['id']}", row["sha256"],
              digest(program.run("restore", str(row["id"]), "-o", "-")))
        # What that release kept as it was sent, it kept for good.
        if row["wire"]:
            check(f"{name}: wire of {row['id']}", row["wire"],
                  digest(program.run("restore", str(row["id"]), "--wire", "-o", "-")))


def check_bytes(program, name):
    """After compact every byte is some source's, and of some kind."""
    status = json.loads(program.run("status", "--json").stdout)
    for source in status["sources"]:
        check(f"{name}: bytes of {source['source']}", source["stored_bytes"],
              sum(source["stored"].values()))
    for kind, stored in status["stored"].items():
        check(f"{name}: bytes of kind {kind}", stored["bytes"],
              sum(source["stored"][kind] for source in status["sources"]))


def try_archive(build, name):
    source = os.path.join(HERE, "archives", name)
    folder = tempfile.mkdtemp(prefix="wirevault-old-")
    program = Program(build, folder)
    try:
        os.mkdir(program.archive, 0o700)
        shutil.copy(os.path.join(source, "format"), program.archive)
        with lzma.open(os.path.join(source, "data.mdb.xz")) as packed, \
                open(os.path.join(program.archive, "data.mdb"), "wb") as file:
            shutil.copyfileobj(packed, file)
        with open(os.path.join(source, "expected.jsonl"), encoding="utf-8") as file:
            expected = [json.loads(line) for line in file]
        check_says(program, name, expected)
        check_gives(program, name, expected)
        done = program.run("compact")
        check(f"{name}: compact", (0, b""), (done.returncode, done.stderr))
        check_says(program, f"{name} compacted", expected)
        check_gives(program, f"{name} compacted", expected)
        check_bytes(program, f"{name} compacted")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    names = sorted(os.listdir(os.path.join(HERE, "archives")))
    for name in names:
        try_archive(os.path.abspath(sys.argv[1]), name)
    print(f"{len(names)} archives, {faults} faults")
    sys.exit(1 if faults or not names else 0)


if __name__ == "__main__":
    main()
