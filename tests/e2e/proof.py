#!/usr/bin/env python3
"""Proofs without wirevault: proof.py BUILD SCENARIO

What `prove` prints is checked by check.sh where nothing but a shell and openssl exists (in a root of
its own where that is allowed), and must be refused when a byte of anything is changed.
"""

import base64
import json
import os
import re
import shutil
import stat
import subprocess
import sys

from room import main, sha256

STORY = "/2026/03/02/tide-barrier"


class Stranger:
    """A place with sh and openssl and nothing else."""

    def __init__(self, room):
        self.home = os.path.join(room.folder, "stranger")
        self.room = room
        for name in ("bin", "tmp", "work"):
            os.makedirs(os.path.join(self.home, name))
        shell = shutil.which("dash") or shutil.which("sh")
        self.is_root = os.geteuid() == 0
        for name, path in (("sh", shell), ("openssl", shutil.which("openssl"))):
            if self.is_root:
                shutil.copy(os.path.realpath(path), os.path.join(self.home, "bin", name))
                for library in re.findall(r"(/\S+) \(0x", subprocess.run(
                        ["ldd", os.path.realpath(path)], capture_output=True, text=True,
                        check=True).stdout):
                    target = self.home + library
                    os.makedirs(os.path.dirname(target), exist_ok=True)
                    shutil.copy(os.path.realpath(library), target)
            else:
                os.symlink(path, os.path.join(self.home, "bin", name))
        if self.is_root:
            probe = subprocess.run([shutil.which("chroot") or "/usr/sbin/chroot", self.home, "/bin/sh", "-c", "exit 7"], check=False,
                                   capture_output=True)
            self.is_root = probe.returncode == 7
            if not self.is_root:
                print(f"no root of its own: {probe.stderr.decode()}")
                for name, path in (("sh", shell), ("openssl", shutil.which("openssl"))):
                    os.remove(os.path.join(self.home, "bin", name))
                    os.symlink(path, os.path.join(self.home, "bin", name))
        print("a root of its own" if self.is_root else "a PATH of its own")

    def put(self, name, data):
        with open(os.path.join(self.home, "work", name), "wb") as file:
            file.write(data)

    def check(self, *words):
        if self.is_root:
            command = [shutil.which("chroot") or "/usr/sbin/chroot", self.home, "/bin/sh", "-c", 'cd /work && exec /bin/sh "$@"', "sh"]
            env = {"PATH": "/bin", "TMPDIR": "/tmp"}
            cwd = None
        else:
            command = [os.path.join(self.home, "bin", "sh")]
            env = {"PATH": os.path.join(self.home, "bin"), "TMPDIR": os.path.join(self.home, "tmp")}
            cwd = os.path.join(self.home, "work")
        return subprocess.run([*command, *words], env=env, cwd=cwd, capture_output=True, check=False)

    def holds(self, name, *words):
        done = self.check(*words)
        self.room.check(name, (0, b"HOLDS\n"), (done.returncode, done.stdout[-6:]),
                        (done.stdout + done.stderr).decode(errors="replace"))

    def refuses(self, name, why, *words):
        done = self.check(*words)
        told = done.stdout.startswith(b"REFUSED") or b"\nREFUSED" in done.stdout
        self.room.check(name, (1, True), (done.returncode, told),
                        (done.stdout + done.stderr).decode(errors="replace"))
        self.room.check_that(f"{name}: says '{why}'", why.encode() in done.stdout, done.stdout)


def out(room, *words):
    done = room.run(*words)
    room.check(f"{' '.join(map(str, words))} exits", 0, done.returncode, done.stderr.decode())
    return done.stdout


def article_id(room):
    rows = [row for row in room.json("history", "--captures", room.url("127.0.2.1", STORY))
            if row["verdict"] == "article" and row["digest"]]
    return rows[0]["id"]


def head_text(room):
    return out(room, "prove", "--head")


def size_of(head):
    return int(re.search(rb"(?m)^size (\d+)$", head).group(1))


def flipped(data, at, bit):
    return data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1:]


def proof(room):
    room.crawl()
    first = head_text(room)
    mode = os.stat(os.path.join(room.archive, "head.key")).st_mode
    room.check("the key's mode", 0o600, stat.S_IMODE(mode))
    room.turn("1d")
    room.crawl()
    second = head_text(room)
    room.check_that("the log has grown", size_of(second) > size_of(first))
    capture = article_id(room)
    text = out(room, "prove", capture)
    page = out(room, "restore", capture)
    stranger = Stranger(room)
    stranger.put("check.sh", out(room, "prove", "--script"))
    stranger.put("proof", text)
    stranger.put("page", page)
    key = subprocess.run(["openssl", "pkey", "-in", os.path.join(room.archive, "head.key"), "-pubout"],
                         capture_output=True, check=True).stdout
    stranger.put("key.pem", key)
    other = subprocess.run("openssl genpkey -algorithm ed25519 | openssl pkey -pubout", shell=True,
                           capture_output=True, check=True).stdout
    stranger.put("other.pem", other)
    stranger.holds("proof and page", "check.sh", "proof", "page")
    stranger.holds("and the signer's key", "check.sh", "proof", "page", "-k", "key.pem")
    stranger.refuses("another key", "the signer is not the one", "check.sh", "proof", "-k", "other.pem")

    # Any byte of the proof, any bit: refused. Every 7th byte here, all where a day is spent on it.
    step = int(os.environ.get("WV_TEST_FLIP_STEP", "7"))
    wrong = []
    for at in range(0, len(text), step):
        stranger.put("bad", flipped(text, at, at % 7))
        done = stranger.check("check.sh", "bad", "page")
        if done.returncode != 1 or b"REFUSED" not in done.stdout:
            wrong.append((at, text[max(0, at - 20):at + 5], done.returncode))
    room.check("proofs with a flipped bit that are not refused", [], wrong)
    for at in (0, len(page) // 2, len(page) - 1):
        stranger.put("bad", flipped(page, at, 0))
        stranger.refuses(f"page byte {at}", "is not what was captured", "check.sh", "proof", "bad")
    stranger.put("bad", page[:-1])
    stranger.refuses("page cut", "is not what was captured", "check.sh", "proof", "bad")
    stranger.put("bad", out(room, "prove", capture + 1).replace(
        b"\ntext:\n", b"\ntext:\n", 1))
    stranger.refuses("the proof of another capture", "is not what was captured", "check.sh", "bad",
                     "page")

    # Consistency with the older head.
    since = out(room, "prove", capture, "--since", size_of(first))
    stranger.put("since", since)
    stranger.put("old", first)
    stranger.holds("the older log", "check.sh", "since", "-s", "old")
    stranger.put("new", second)
    stranger.refuses("not the older head", "another size", "check.sh", "since", "-s", "new")
    start = since.index(b"\nold-signature")
    wrong = []
    for at in range(start, len(since), step * 2):
        stranger.put("bad", flipped(since, at, at % 7))
        done = stranger.check("check.sh", "bad", "-s", "old")
        if done.returncode != 1 or b"REFUSED" not in done.stdout:
            wrong.append((at, since[max(0, at - 20):at + 5], done.returncode))
    room.check("consistency proofs with a flipped bit that are not refused", [], wrong)
    for size in (1, size_of(first) - 1, size_of(second)):
        stranger.put("since", out(room, "prove", capture, "--since", size))
        stranger.holds(f"since {size}", "check.sh", "since")

    check_json(room, capture, key)
    for words, code in ((("prove",), 64), (("prove", "x"), 64), (("prove", 99999), 1),
                        (("prove", capture, "--since", 99999), 1),
                        (("prove", capture, "--since", "0"), 1), (("prove", "--head", 3), 64)):
        room.check(f"{words} exits", code, room.run(*words).returncode)


def check_json(room, capture, key):
    row = room.json("prove", capture)[0]
    salt = base64.b64decode(row["salt"])
    room.check("leaf hash", row["leaf_hash"], sha256(b"\0" + salt + row["leaf"].encode()))
    room.check("key", key.decode(), row["head"]["key"])
    node, fn, sn = bytes.fromhex(row["leaf_hash"]), capture, row["head"]["size"] - 1
    for other in map(bytes.fromhex, row["path"]):
        if fn & 1 or fn == sn:
            node = bytes.fromhex(sha256(b"\1" + other + node))
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = bytes.fromhex(sha256(b"\1" + node + other))
        fn, sn = fn >> 1, sn >> 1
    room.check("root", row["head"]["root"], node.hex())


def heads(room):
    """Old heads catch a log that was rolled back, or forked; keys are kept and may be one's own."""
    room.crawl()
    first = os.path.join(room.folder, "first.head")
    with open(first, "wb") as file:
        file.write(head_text(room))
    copy = os.path.join(room.folder, "copy")
    shutil.copytree(room.archive, copy)
    room.turn("1d")
    room.crawl()
    second = os.path.join(room.folder, "second.head")
    with open(second, "wb") as file:
        file.write(head_text(room))
    done = room.run("verify", "--head", first, "--head", second)
    room.check("both heads hold", 0, done.returncode, (done.stdout + done.stderr).decode())

    done = room.run("verify", "--head", first, "--archive", copy)
    room.check("the copy is as it was", 0, done.returncode, done.stdout.decode())
    done = room.run("verify", "--head", second, "--archive", copy)
    room.check("rolled back: exit", 65, done.returncode)
    room.check_that("rolled back: named", b"rolled back" in done.stdout, done.stdout)

    # The same past and another present: as long as the first, and signed with the same key.
    room.turn("7h")
    while size_of(out(room, "prove", "--head", "--archive", copy)) < size_of(open(second, "rb").read()):
        done = room.run("crawl", "--archive", copy)
        room.check("the fork grows", 0, done.returncode, done.stderr.decode())
        room.turn("1d")
    done = room.run("verify", "--full", "--archive", copy)
    room.check("the fork is whole in itself", 0, done.returncode, done.stdout.decode())
    done = room.run("verify", "--json", "--head", first, "--head", second, "--archive", copy)
    room.check("forked: exit", 65, done.returncode)
    found = [json.loads(line)["reason"] for line in done.stdout.splitlines()]
    room.check_that("forked: named once", len(found) == 1 and "forked" in found[0], found)

    text = open(second, "rb").read()
    for name, data, why in (
            ("a changed size", text.replace(b"\nsize ", b"\nsize 1"), "signature is wrong"),
            ("no head", b"hello\n", "no line 'wirevault head 1'"),
            ("half a head", text[:text.index(b"recorded")], "lacks its"),
            ("nothing", b"", "no line 'wirevault head 1'")):
        bad = os.path.join(room.folder, "bad.head")
        with open(bad, "wb") as file:
            file.write(data)
        done = room.run("verify", "--head", bad)
        room.check(f"{name}: exit", 1, done.returncode, done.stderr.decode())
        room.check_that(f"{name}: words", why in done.stderr.decode(), done.stderr)
    room.check("no such head", 66, room.run("verify", "--head", "/nonexistent").returncode)
    room.check("--sample=0", 64, room.run("verify", "--sample=0").returncode)
    room.check("--sample=5", 0, room.run("verify", "--sample=5").returncode)

    # A key of one's own, and one that is none.
    key = os.path.join(room.folder, "own.key")
    settings = open(room.settings, encoding="utf-8").read()
    with open(room.settings, "w", encoding="utf-8") as file:
        file.write(re.sub(r"(?m)^proof:.*\n", "", settings) + f"\nproof: {{key: {key}}}\n")
    done = room.run("crawl")
    room.check("a key that is not there", 78, done.returncode, done.stderr.decode())
    subprocess.run(["openssl", "genpkey", "-algorithm", "rsa", "-out", key], check=True,
                   capture_output=True)
    room.check("a key of another kind", 78, room.run("crawl").returncode)
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True,
                   capture_output=True)
    room.turn("1d")
    room.crawl()
    public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout"], capture_output=True,
                            check=True).stdout
    room.check_that("the head is signed by it", public in head_text(room))
    done = room.run("verify", "--full", "--head", first, "--head", second)
    room.check("heads of both keys hold", 0, done.returncode, done.stdout.decode())


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("no openssl")
        sys.exit(77)
    main({"proof": proof, "heads": heads})
