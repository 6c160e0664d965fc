#!/usr/bin/env python3
"""Proofs without wirevault: proof.py BUILD SCENARIO

What `prove` prints is checked by check.sh where nothing but a shell and openssl exists (in a root of
its own where that is allowed), and must be refused when a byte of anything is changed.
"""

import base64
import datetime
import gzip
import html
import http.server
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import threading

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

    # Any byte of the proof, any bit: refused. Every 11th byte here; WV_TEST_FLIP_STEP=1 takes all.
    step = int(os.environ.get("WV_TEST_FLIP_STEP", "11"))
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
    digests = {row["id"]: row["digest"] for row in room.json("list") if row["digest"]}
    another = next(number for number, digest in digests.items() if digest != digests[capture])
    stranger.put("bad", out(room, "prove", another))
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
    status = room.json("status")[0]["log"]
    room.check("status", (size_of(second), size_of(second)), (status["size"], status["signed_size"]))

    # What is taken down has no proof to show; all else keeps its own.
    gone = capture + 2
    out(room, "takedown", "erase", gone, "--same", "--reason", "a test")
    done = room.run("prove", gone)
    room.check("an erased capture", (1, b""), (done.returncode, done.stdout))
    room.check_that("and why", b"erased" in done.stderr, done.stderr)
    for one in range(0, size_of(second), 29):
        done = room.run("prove", one, "--since", size_of(first))
        if b"erased" in done.stderr:
            continue
        stranger.put("proof", done.stdout)
        stranger.holds(f"the proof of {one}", "check.sh", "proof")
    done = room.run("verify", "--full")
    room.check("verify after that", 0, done.returncode, done.stdout.decode())
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
    *rows, result = [json.loads(line) for line in done.stdout.splitlines()]
    found = [row["reason"] for row in rows]
    room.check("and the result", (False, 1, 2), (result["clean"], result["findings"], result["heads"]))
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
    room.check("--sample 5", 0, room.run("verify", "--sample", "5").returncode)
    for words in (("--sample", "x"), ("5",), ("--sample=5", "6"), ("--full", "5")):
        room.check(f"verify {words}", 64, room.run("verify", *words).returncode)
    proof_file = os.path.join(room.folder, "proof.txt")
    with open(proof_file, "wb") as file:
        file.write(out(room, "prove", 3, "--since", 5))
    room.check("a proof has a head", 0, room.run("verify", "--head", proof_file).returncode)

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
    room.check_that("another key is told of", b"another key" in room.crawl().stderr)
    room.check_that("and once", b"another key" not in room.crawl().stderr)
    public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout"], capture_output=True,
                            check=True).stdout
    room.check_that("the head is signed by it", public in head_text(room))
    done = room.run("verify", "--full", "--head", first, "--head", second)
    room.check("heads of both keys hold", 0, done.returncode, done.stdout.decode())


def bundle(room):
    """One file of evidence, checked where nothing of ours is."""
    room.crawl()
    room.turn("1d")
    room.crawl()
    capture = article_id(room)
    first, again = (os.path.join(room.folder, name) for name in ("a.tar", "b.tar"))
    for name in (first, again):
        out(room, "restore", capture, "--bundle", "-o", name)
    data = open(first, "rb").read()
    room.check("made twice, equal bytes", sha256(data), sha256(open(again, "rb").read()))
    stranger = Stranger(room)
    files = {}
    with tarfile.open(first) as tar:
        for member in tar.getmembers():
            room.check_that(f"{member.name} is a plain file in the bundle's folder",
                            member.isfile() and member.name.startswith(f"wirevault-capture-{capture}/"))
            files[member.name.split("/", 1)[1]] = tar.extractfile(member).read()
    room.check("GNU tar reads it", 0, subprocess.run(["tar", "-xf", first, "-C", room.folder],
                                                     check=False, capture_output=True).returncode)
    room.check("the body", out(room, "restore", capture), files["body"])
    for name in ("proof.txt", "headers.txt", "request.txt", "head.txt", "key.pem", "check.sh",
                 "index.html", "article.txt", "article.json", "robots/body", "robots/proof.txt"):
        room.check_that(f"{name} is in it", files.get(name))
    room.check_that("robots.txt of then", b"\nurl " + room.url("127.0.2.1", "/robots.txt").encode()
                    in files["robots/proof.txt"])
    room.check("the article", out(room, "restore", capture, "--article=text"), files["article.txt"])
    page = files["index.html"].decode()
    title = json.loads(files["article.json"])["title"]
    room.check_that("a readable page", title in html.unescape(page) and "tide barrier" in page
                    and "<script" not in page.lower(), page)
    work = os.path.join(stranger.home, "work")
    os.makedirs(os.path.join(work, "robots"))
    for name, content in files.items():
        stranger.put(name, content)
    stranger.holds("the bundle", "./check.sh")
    stranger.holds("by name", "check.sh")
    stranger.holds("with a key", "check.sh", "-k", "key.pem")
    for name in ("body", "headers.txt", "request.txt", "basis.txt", "proof.txt", "robots/body",
                 "robots/headers.txt", "robots/proof.txt"):
        for at in (0, len(files[name]) // 2, len(files[name]) - 1):
            stranger.put(name, flipped(files[name], at, 0))
            done = stranger.check("check.sh")
            room.check(f"{name}, byte {at} changed", (1, True), (done.returncode, b"REFUSED" in done.stdout),
                       done.stdout.decode(errors="replace"))
            room.check_that(f"{name}, byte {at} changed: says nothing else", not done.stdout.endswith(b"HOLDS\n"))
        stranger.put(name, files[name])
    stranger.holds("as it was", "check.sh")
    with open(os.path.join(room.folder, "head.txt"), "wb") as file:
        file.write(files["head.txt"])
    with open(os.path.join(room.folder, "head.sig"), "wb") as file:
        file.write(files["head.sig"])
    with open(os.path.join(room.folder, "key.pem"), "wb") as file:
        file.write(files["key.pem"])
    done = subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "key.pem",
                           "-in", "head.txt", "-sigfile", "head.sig"], cwd=room.folder,
                          capture_output=True, check=False)
    room.check("openssl alone", 0, done.returncode, done.stderr.decode())
    failed = [row for row in room.json("list") if row["status"] in (404, 410)]
    for row in failed[:1]:
        out(room, "restore", row["id"], "--bundle", "-o", os.path.join(room.folder, "c.tar"))
    room.check("--bundle --wire", 64, room.run("restore", capture, "--bundle", "--wire").returncode)


def exact(room):
    """restore: encoded bytes, the article's forms, nearest and after, a whole source."""
    settings = open(room.settings, encoding="utf-8").read()
    with open(room.settings, "w", encoding="utf-8") as file:
        file.write(re.sub(r"(?m)^  - name: The Harbour Courier$", "\\g<0>\n    keep_wire: true", settings, count=1))
    room.crawl()
    room.turn("1d")
    room.crawl()
    room.turn("2d")
    room.crawl()
    url = room.url("127.0.2.1", STORY)
    rows = [row for row in room.json("history", "--captures", url) if row["digest"]]
    gzipped = 0
    for row in rows:
        body = out(room, "restore", row["id"])
        room.check(f"body of {row['id']}", row["digest"], sha256(body))
        wire = out(room, "restore", row["id"], "--wire")
        leaf = room.json("prove", row["id"])[0]["leaf"]
        encoded = re.search(r"(?m)^encoded (\S+) (\d+)$", leaf)
        room.check(f"encoded bytes of {row['id']}",
                   (base64.b64decode(encoded.group(1)).hex(), encoded.group(2)) if encoded
                   else row["digest"],
                   (sha256(wire), str(len(wire))) if encoded else sha256(wire))
        if wire[:2] == b"\x1f\x8b":
            gzipped += 1
            room.check(f"gzip of {row['id']}", row["digest"], sha256(gzip.decompress(wire)))
    room.check_that("some came encoded", gzipped > 0)
    room.check_that("several captures", len(rows) > 2, len(rows))

    first, second = rows[0], rows[1]
    middle = "2026-03-02T20:00:00Z"
    for words, expected in (((), first), (("--nearest",), None), (("--after",), second)):
        if expected is None:
            us = [abs(instant(row["captured"]) - instant(middle)) for row in rows]
            expected = rows[us.index(min(us))]
        room.check(f"restore {words}", expected["digest"],
                   sha256(out(room, "restore", url, "--at", middle, *words)))
    room.check("before the first", 1, room.run("restore", url, "--at", "2020").returncode)
    room.check("after the first", first["digest"],
               sha256(out(room, "restore", url, "--at", "2020", "--after")))
    article = json.loads(out(room, "restore", first["id"], "--article=json"))
    text = out(room, "restore", first["id"], "--article=text").decode()
    markdown = out(room, "restore", first["id"], "--article=md").decode()
    room.check("text", f"{article['title']}\n\n{article['text']}\n", text)
    room.check_that("markdown", markdown.startswith(f"# {article['title']}\n\n"))
    room.check_that("json says who wrote it", article["authors"], article)

    # A folder of a source.
    for at, name in (("2026-03-03", "then"), (None, "now")):
        folder = os.path.join(room.folder, name)
        out(room, "restore", "--site", "The Harbour Courier", *(("--at", at) if at else ()), "-o", folder)
        kept = [json.loads(line) for line in open(os.path.join(folder, "captures.jsonl"), encoding="utf-8")]
        room.check_that(f"{name}: pages", len(kept) > 8, len(kept))
        for row in kept:
            data = open(os.path.join(folder, row["file"]), "rb").read()
            room.check(f"{name}: {row['file']}", row["digest"], sha256(data))
            words = ("--at", at) if at else ()
            room.check(f"{name}: {row['url']} is what restore gives", sha256(data),
                       sha256(out(room, "restore", row["url"], *words)))
        room.check(f"{name}: sha256sum", 0, subprocess.run(
            ["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, capture_output=True,
            check=False).returncode)
        index = open(os.path.join(folder, "index.html"), encoding="utf-8").read()
        for row in kept:
            room.check_that(f"{name}: {row['file']} is in the index",
                            f'href="{row["file"].replace("%", "%25")}"' in index)
        room.check("into a folder that is not empty", 73, room.run(
            "restore", "--site", "The Harbour Courier", "-o", folder).returncode)
    room.check("no such source", 1, room.run("restore", "--site", "Nobody", "-o",
                                             os.path.join(room.folder, "x")).returncode)
    room.check_that("and no folder of it", not os.path.exists(os.path.join(room.folder, "x")))
    room.check("no folder named", 64, room.run("restore", "--site", "The Harbour Courier").returncode)


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


TSA_SETTINGS = """
[tsa]
default_tsa = own
[own]
serial = {0}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ordering = yes
tsa_name = yes
ess_cert_id_alg = sha256
[ext]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
"""

# A hook: reads the event, asks the test's authority, answers in base64.
HOOK = """
import base64, json, subprocess, sys
event = json.load(sys.stdin)
open({0!r} + "/event", "w").write(json.dumps(event))
open({0!r} + "/query", "wb").write(base64.b64decode(event["request"]))
subprocess.run(["openssl", "ts", "-reply", "-config", {0!r} + "/tsa.cnf", "-queryfile", {0!r} + "/query",
                "-signer", {0!r} + "/tsa.pem", "-inkey", {0!r} + "/tsa.key", "-out", {0!r} + "/reply"],
               check=True, stderr=subprocess.DEVNULL)
print(base64.encodebytes(open({0!r} + "/reply", "rb").read()).decode())
"""


class Authority(http.server.BaseHTTPRequestHandler):
    """A time stamping authority of the test's own, on loopback."""
    folder = ""
    is_honest = True
    asked = 0

    def do_POST(self):
        Authority.asked += 1
        query = self.rfile.read(int(self.headers["Content-Length"]))
        folder = Authority.folder
        if not Authority.is_honest:  # an old answer to another question
            query = open(f"{folder}/query", "rb").read()
        with open(f"{folder}/posted", "wb") as file:
            file.write(query)
        reply = subprocess.run(["openssl", "ts", "-reply", "-config", f"{folder}/tsa.cnf",
                                "-queryfile", f"{folder}/posted", "-signer", f"{folder}/tsa.pem",
                                "-inkey", f"{folder}/tsa.key"], capture_output=True, check=True)
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(reply.stdout)))
        self.end_headers()
        self.wfile.write(reply.stdout)

    def log_message(self, *words):
        pass


def make_authority(folder):
    with open(f"{folder}/tsa.cnf", "w", encoding="utf-8") as file:
        file.write(TSA_SETTINGS.format(folder))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test tsa",
                    "-days", "30", "-keyout", f"{folder}/tsa.key", "-out", f"{folder}/tsa.pem",
                    "-config", "/dev/null", "-addext", "extendedKeyUsage=critical,timeStamping",
                    "-addext", "keyUsage=critical,digitalSignature"], check=True, capture_output=True)


def settings_with(room, proof_settings, hooks):
    text = open(room.settings, encoding="utf-8").read()
    text = re.sub(r"(?m)^(proof|hooks):.*\n", "", text)
    with open(room.settings, "w", encoding="utf-8") as file:
        file.write(f"{text}\nhooks: {json.dumps(hooks)}\nproof: {json.dumps(proof_settings)}\n")


def newest_anchors(room):
    last = max(row["id"] for row in room.json("list"))
    return room.json("prove", last)[0]


def anchors(room):
    """Heads are stamped by an authority and told to a hook; neither ever fails a run."""
    folder = os.path.join(room.folder, "tsa")
    os.makedirs(folder)
    make_authority(folder)
    with open(f"{folder}/hook.py", "w", encoding="utf-8") as file:
        file.write(HOOK.format(folder))
    hooks = {"good": [sys.executable, f"{folder}/hook.py"], "bad": ["sh", "-c", f"nice > {folder}/nice; exit 9"],
             "gone": ["/nonexistent/hook"], "silent": ["cat", "/dev/null"],
             "liar": ["sh", "-c", "echo aGVsbG8="], "babbler": ["echo", "published, thanks!"]}
    settings_with(room, {"hook": "good"}, hooks)
    room.crawl()
    row = newest_anchors(room)
    room.check("one anchor", ["hook good"], [a["by"] for a in row["anchors"]])
    event = json.load(open(f"{folder}/event", encoding="utf-8"))
    room.check("the event", ("head", row["head"]["size"], row["head"]["message"], room.archive),
               (event["event"], event["size"], event["message"], event["archive"]))
    # openssl's word, with the authority's certificate.
    with open(f"{folder}/head.txt", "w", encoding="utf-8") as file:
        file.write(row["head"]["message"])
    with open(f"{folder}/kept.tsr", "wb") as file:
        file.write(base64.b64decode(row["anchors"][0]["response"]))
    done = subprocess.run(["openssl", "ts", "-verify", "-data", f"{folder}/head.txt", "-in",
                           f"{folder}/kept.tsr", "-CAfile", f"{folder}/tsa.pem"],
                          capture_output=True, check=False)
    room.check("openssl ts -verify", 0, done.returncode, done.stderr.decode())
    room.check_that("the stamp has the authority's time", row["anchors"][0]["stamped"][:2] == "20")
    for hook, words in (("bad", "exit code 9"), ("gone", "cannot start"), ("liar", "no RFC 3161"),
                        ("babbler", "neither DER nor base64")):
        settings_with(room, {"hook": hook}, hooks)
        room.turn("1d")
        done = room.crawl()
        room.check_that(f"hook {hook}: warned", words in done.stderr.decode(), done.stderr.decode())
        room.check(f"hook {hook}: nothing is kept", [], newest_anchors(room)["anchors"])
    with open(f"{folder}/nice", encoding="ascii") as file:  # what it inherits of the crawl, run.nice
        room.check("a crawl is nice", max(10, os.nice(0)), int(file.read()))
    settings_with(room, {"hook": "silent"}, hooks)
    done = room.crawl()
    room.check("a hook that says nothing was told", [("hook silent", None)],
               [(a["by"], a["stamped"]) for a in newest_anchors(room)["anchors"]])

    server = http.server.HTTPServer(("127.0.0.1", 0), Authority)
    Authority.folder = folder
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/tsa"
    settings_with(room, {"tsa": url, "hook": "good"}, hooks)
    Authority.is_honest = False
    done = room.crawl()
    room.check_that("another question's answer is refused",
                    "not an answer to the request" in done.stderr.decode(), done.stderr.decode())
    Authority.is_honest = True
    room.crawl()
    room.check("authority and hook", ["hook good", f"tsa {url}"],
               sorted(a["by"] for a in newest_anchors(room)["anchors"]))
    size, asked = newest_anchors(room)["head"]["size"], Authority.asked
    room.run("crawl", room.url("127.0.2.1", "/private/x"))  # denied: no capture
    room.check("nobody is asked twice about a head", (size, asked),
               (newest_anchors(room)["head"]["size"], Authority.asked))
    server.shutdown()
    settings_with(room, {"tsa": f"http://127.0.0.1:{room.port + 1}/"}, hooks)
    room.turn("1d")
    done = room.crawl()
    room.check_that("no authority: warned", "head not anchored" in done.stderr.decode(), done.stderr)
    done = room.run("verify", "--full")
    room.check("verify", 0, done.returncode, done.stdout.decode())


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("no openssl")
        sys.exit(77)
    main({"proof": proof, "heads": heads, "anchors": anchors, "bundle": bundle, "exact": exact})
