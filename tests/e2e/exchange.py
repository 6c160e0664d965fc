#!/usr/bin/env python3
"""What goes out comes back: import and export of WARC, WACZ, CDXJ, JSON lines: exchange.py BUILD SCENARIO"""

import base64
import copy
import csv
import gzip
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib

from room import Room


class Bench:
    """A folder, the program, and what was wrong."""

    def __init__(self, build):
        self.program = os.path.join(build, "wirevault")
        self.folder = tempfile.mkdtemp(prefix="wirevault-exchange-")
        self.env = dict(os.environ, TZ="Asia/Kathmandu", LC_ALL="C", NO_COLOR="1")
        for name in ("WIREVAULT_CONFIG", "WIREVAULT_CONTACT"):
            self.env.pop(name, None)
        self.faults = 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *words, code=0, data=None):
        done = subprocess.run([self.program, *map(str, words)], input=data, capture_output=True,
                              env=self.env, cwd=self.folder, check=False)
        if code is not None:
            self.check(f"{' '.join(map(str, words))}: exit", code, done.returncode,
                       done.stderr.decode(errors="replace")[-1500:])
        return done

    def rows(self, *words, code=0):
        return [json.loads(line) for line in self.run(*words, code=code).stdout.splitlines()]

    def check(self, what, expected, got, more=""):
        if expected == got:
            return
        self.faults += 1
        if isinstance(expected, list) and isinstance(got, list):
            expected, got = ([one for one in expected if one not in got], [one for one in got if one not in expected])
        print(f"{what}: expected {str(expected)[:600]}, got {str(got)[:600]} {str(more)[:600]}")

    def end(self):
        if self.faults:
            print(f"left for looking at: {self.folder}")
        else:
            shutil.rmtree(self.folder)
        return 1 if self.faults else 0


# ---- writing WARC

def record(kind, uri, block, date="2020-01-02T03:04:05Z", fields=(), content_type=None, length=None,
           version="1.1"):
    head = [f"WARC/{version}", f"WARC-Type: {kind}", f"WARC-Date: {date}"]
    if not any(field.startswith("WARC-Record-ID") for field in fields):
        mark = hashlib.sha256(repr((kind, uri, block, date, fields)).encode()).hexdigest()
        head.append(f"WARC-Record-ID: <urn:uuid:{mark[:8]}-{mark[8:12]}-8{mark[13:16]}-8{mark[17:20]}-{mark[20:32]}>")
    if uri:
        head.append(f"WARC-Target-URI: {uri}")
    head += list(fields)
    kinds = {"response": "application/http;msgtype=response", "revisit": "application/http;msgtype=response",
             "request": "application/http;msgtype=request", "warcinfo": "application/warc-fields"}
    head.append(f"Content-Type: {content_type or kinds.get(kind, 'text/plain')}")
    head.append(f"Content-Length: {len(block) if length is None else length}")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def http(body=b"", *fields, status="200 OK", kind="text/html"):
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def page(n, words="quiet harbour"):
    text = "".join(f"<p>Paragraph {k} of page {n} speaks of a {words} and of the boats in it, at some length.</p>"
                   for k in range(6))
    return f"<!doctype html><html><head><title>Page {n}</title></head><body><article><h1>Page {n}</h1>{text}</article></body></html>".encode()


def chunked(body, size=100):
    parts = [body[at:at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def sha1(body):
    return "sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode()


def kinds_of_records():
    """One record of each kind a crawler of somebody else's writes, and the captures they are."""
    zipped = gzip.compress(page(3), mtime=0)
    deflated = zlib.compress(page(4))
    long_url = "http://e.example/" + "long/" * 150
    out = [record("warcinfo", None, b"software: a test\r\n")]
    out.append(record("request", "http://e.example/1", b"GET /1 HTTP/1.1\r\nHost: e.example\r\n\r\n",
                      fields=["WARC-Concurrent-To: <urn:uuid:1>"]))
    out.append(record("response", "http://e.example/1", http(page(1), f"Content-Length: {len(page(1))}"),
                      fields=["WARC-Record-ID: <urn:uuid:1>", "WARC-IP-Address: 192.0.2.1",
                              f"WARC-Payload-Digest: {sha1(page(1))}"]))
    out.append(record("response", "http://e.example/2?utm_source=x#part",
                      http(chunked(page(2)), "Transfer-Encoding: chunked"), date="2020-01-02T03:04:05.123456Z"))
    out.append(record("response", "http://e.example/3", http(zipped, "Content-Encoding: gzip", f"Content-Length: {len(zipped)}")))
    out.append(record("response", "http://e.example/4", http(chunked(deflated), "Content-Encoding: deflate", "Transfer-Encoding: chunked")))
    out.append(record("response", "http://e.example/5", http(b"\x0b\x02\x80brotli\x03", "Content-Encoding: br")))
    out.append(record("response", "http://e.example/6", http(page(6)[:300]), fields=["WARC-Truncated: length"]))
    out.append(record("response", "http://e.example/7", http(b"", "Location: /8", status="301 Moved Permanently")))
    out.append(record("response", "http://e.example/8", http(b"<html>gone</html>", status="404 Not Found")))
    out.append(record("response", "http://e.example/9", http(b"", status="200 OK")))
    out.append(record("revisit", "http://e.example/1", http(), date="2020-02-02T03:04:05Z",
                      fields=["WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
                              f"WARC-Payload-Digest: {sha1(page(1))}", "WARC-Refers-To-Target-URI: http://e.example/1",
                              "WARC-Refers-To-Date: 2020-01-02T03:04:05Z"]))
    out.append(record("revisit", "http://e.example/3", http(b"", status="304 Not Modified"), date="2020-02-02T03:04:05Z",
                      fields=["WARC-Profile: http://netpreserve.org/warc/1.1/revisit/server-not-modified"]))
    out.append(record("revisit", "http://e.example/nowhere", http(), date="2020-02-02T03:04:05Z",
                      fields=["WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
                              f"WARC-Payload-Digest: {sha1(b'never seen')}"]))
    out.append(record("resource", "http://e.example/10.txt", b"a text\n"))
    out.append(record("response", "http://e.example/18.html", page(18), content_type="text/html"))
    out.append(record("metadata", "http://e.example/1", b"outlink: x\r\n"))
    out.append(record("conversion", "http://e.example/1", b"text"))
    out.append(record("response", "dns:e.example", b"e.example. 1 IN A 192.0.2.1\n", content_type="text/dns"))
    out.append(record("response", "<http://e.example/11>", http(page(11)), version="1.0"))
    out.append(record("response", long_url, http(page(12))))
    out.append(record("response", long_url + "x", http(page(13))))
    out.append(record("response", "http://e.example/14", http(page(14), "X-Archive-Orig-Transfer-Encoding: chunked",
                                                              "Transfer-Encoding: chunked")))
    out.append(record("response", "http://e.example/1", http(page(15)), date="2019-01-02T03:04:05Z"))
    out.append(record("response", "http://e.example/post", http(page(16)), fields=["WARC-Record-ID: <urn:uuid:post>"]))
    out.append(record("request", "http://e.example/post", b"POST /post HTTP/1.1\r\n\r\nx=1",
                      fields=["WARC-Concurrent-To: <urn:uuid:post>"]))
    out.append(record("response", "http://e.example/wall", http(page(17), "tdm-reservation: 1",
                                                                "X-Robots-Tag: noindex, noarchive")))
    return out


# ---- looking

def captures(bench, archive):
    """(URL, captured, status, digest) of all captures."""
    return sorted(((row["url"], row["captured"], row["status"], row["digest"])
                   for row in bench.rows("list", "--json", "--archive", archive)), key=str)


def members(data):
    """The records of a gzip WARC, in order."""
    out = []
    while data:
        one = zlib.decompressobj(31)
        out.append(one.decompress(data) + one.flush())
        data = one.unused_data
    return out


def write(bench, name, data):
    with open(bench.path(name), "wb") as file:
        file.write(data)
    return name


def read(bench, name):
    with open(bench.path(name), "rb") as file:
        return file.read()


def again(bench, first, second, *options, in_order=True):
    """Exports one archive, imports that into the other, exports it: the same but for the warcinfo.
    What was imported out of order may be a whole record first and a revisit then."""
    bench.run("export", "--archive", first, "--format", "warc", "-o", "out.warc.gz", *options)
    bench.run("import", "--archive", second, "--extract", "off", "out.warc.gz", *options)
    bench.run("export", "--archive", second, "--format", "warc", "-o", "again.warc.gz", *options)
    one, two = members(read(bench, "out.warc.gz")), members(read(bench, "again.warc.gz"))
    bench.check(f"records of {second}", len(one), len(two))
    for a, b in zip(one[1:], two[1:]):
        if a != b and (in_order or b"WARC-Type: re" not in a):
            bench.check(f"a record of {second}", a, b)
            break
    bench.check(f"captures of {second}", captures(bench, first), captures(bench, second))
    bench.run("verify", "--full", "--archive", second)
    return one


# ---- scenarios

def identity(bench, _build):
    """Every kind of record in, out and in again."""
    records = kinds_of_records()
    write(bench, "in.warc", b"".join(records))
    write(bench, "in.warc.gz", b"".join(gzip.compress(one, mtime=0) for one in records))
    write(bench, "in1.warc.gz", gzip.compress(b"".join(records), mtime=0))
    for name in ("in.warc", "in.warc.gz", "in1.warc.gz"):
        row = bench.rows("import", "--json", "--archive", "a-" + name, name)[-1]
        bench.check(f"{name}: captures", (20, 0, 1), (row["captures"], row["faults"], row["revisits_without_body"]), row)
        row = bench.rows("import", "--json", "--archive", "a-" + name, name)[-1]
        bench.check(f"{name}, twice", (0, 20), (row["captures"], row["there"]), row)
    bench.check("plain and gzip", captures(bench, "a-in.warc"), captures(bench, "a-in.warc.gz"))
    bench.check("one member", captures(bench, "a-in.warc"), captures(bench, "a-in1.warc.gz"))
    bench.run("import", "--archive", "a-stdin", "--quiet", "-", data=read(bench, "in.warc.gz"))
    bench.check("standard input", captures(bench, "a-in.warc"), captures(bench, "a-stdin"))

    found = {(url, when): (status, digest) for url, when, status, digest in captures(bench, "a-in.warc")}
    sha = lambda body: hashlib.sha256(body).hexdigest()
    when = "2020-01-02T03:04:05Z"
    for url, at, expected in (
            ("http://e.example/1", when, (200, sha(page(1)))),
            ("http://e.example/2?utm_source=x#part", "2020-01-02T03:04:05.123456Z", (200, sha(page(2)))),
            ("http://e.example/3", when, (200, sha(page(3)))),
            ("http://e.example/4", when, (200, sha(page(4)))),
            ("http://e.example/1", "2020-02-02T03:04:05Z", (200, sha(page(1)))),
            ("http://e.example/3", "2020-02-02T03:04:05Z", (304, sha(page(3)))),
            ("http://e.example/7", when, (301, None)),
            ("http://e.example/10.txt", when, (200, sha(b"a text\n"))),
            ("http://e.example/18.html", when, (200, sha(page(18)))),
            ("http://e.example/nowhere", "2020-02-02T03:04:05Z", (200, None)),
            ("http://e.example/14", when, (200, sha(page(14)))),
            ("http://e.example/wall", when, (200, sha(page(17))))):
        bench.check(f"{url} at {at}", expected, found.get((url, at)))
    wire = bench.run("restore", "--archive", "a-in.warc", "--wire", "http://e.example/3", "--at", "2020-01-03").stdout
    bench.check("wire bytes", gzip.compress(page(3), mtime=0), wire)
    bench.run("verify", "--full", "--archive", "a-in.warc")
    records = again(bench, "a-in.warc", "b")
    kinds = [one.split(b"\r\n")[1].split(b": ")[1].decode() for one in records]
    bench.check("kinds written", {"warcinfo": 1, "response": 18, "revisit": 2, "request": 1},
                {kind: kinds.count(kind) for kind in kinds})
    # Decoded: another file, the same captures.
    again(bench, "a-in.warc", "c", "--decode")
    bench.check("decoded", captures(bench, "a-in.warc"), captures(bench, "c"))
    bench.run("restore", "--archive", "c", "--wire", "http://e.example/3", "--at", "2020-01-03", code=1)


def crawled(bench, build):
    """A crawled archive, with its failures, redirects, repeats and edits."""
    room = Room(build)
    try:
        room.crawl(code=0)
        for _ in range(3):
            room.turn("12h")
            room.crawl(code=0)
        bench.program, bench.env = room.program, room.env
        shutil.copytree(room.archive, bench.path("a"))
        records = again(bench, "a", "b")
        kinds = {one.split(b"\r\n")[1] for one in records}
        bench.check("kinds written", True, {b"WARC-Type: revisit", b"WARC-Type: response"} <= kinds, kinds)
        rows = bench.rows("export", "--archive", "a", "--format", "jsonl", "-o", "-")
        ids = {row["id"] for row in rows if row["kind"] == "article"}
        bench.check("articles", True, len(ids) > 20, len(ids))
        bench.check("copies", True, any(row["kind"] == "cluster" and ids >= set(row["members"]) for row in rows))
    finally:
        room.close_doors()
        bench.faults += room.faults


def titles(bench, archive):
    # What was asked for as a feed and is none is not read as a page; an import cannot know what was asked for.
    return sorted((row["url"], row["captured"], row["verdict"], row["title"])
                  for row in bench.rows("list", "--json", "--archive", archive)
                  if row["status"] == 200 or row["verdict"] != "other")


def merge(bench, build):
    """One archive into another: bodies, instants, verdicts, articles; twice is once; never into itself."""
    room = Room(build)
    try:
        room.crawl(code=0)
        shutil.copytree(room.archive, bench.path("early"))
        for _ in range(2):
            room.turn("12h")
            room.crawl(code=0)
        bench.program, bench.env = room.program, room.env
        shutil.copytree(room.archive, bench.path("a"))
    finally:
        room.close_doors()
        bench.faults += room.faults
    all_of_it = captures(bench, "a")
    for target, options in (("b", []), ("c", ["--extract", "off"]), ("early", [])):
        before = len(captures(bench, target)) if target == "early" else 0
        row = bench.rows("import", "--json", "--archive", target, *options, "a")[-1]
        bench.check(f"merged into {target}", (len(all_of_it) - before, before, 0),
                    (row["captures"], row["there"], row["faults"]), row)
        bench.check(f"captures of {target}", all_of_it, captures(bench, target))
        row = bench.rows("import", "--json", "--archive", target, *options, "a")[-1]
        bench.check(f"twice into {target}", (0, len(all_of_it)), (row["captures"], row["there"]), row)
        bench.run("verify", "--full", "--archive", target)
    bench.check("titles", titles(bench, "a"), titles(bench, "b"))
    bench.check("titles of what was there", titles(bench, "a"), titles(bench, "early"))
    there = {row["url"] + row["captured"]: row["recorded"] for row in bench.rows("list", "--json", "--archive", "a")}
    for row in bench.rows("list", "--json", "--archive", "b"):
        if f"recorded {there[row['url'] + row['captured']]} in another archive" not in row["basis"]:
            bench.check("when it was recorded there", there[row["url"] + row["captured"]], row["basis"])
            break
    # Instants that are made up do not go among real ones.
    bench.run("export", "--archive", "a", "--format", "warc", "-o", "made-up.warc.gz")
    bench.program = os.path.join(os.path.abspath(build), "wirevault")
    for name in ("a", "made-up.warc.gz"):
        done = bench.run("import", "--archive", "real", name, code=64)
        bench.check("why", True, b"simulated clock" in done.stderr, done.stderr)
    bench.check("nothing of it", [], captures(bench, "real"))
    bench.program = room.program
    bench.run("import", "--archive", "a", "a", code=64)
    bench.run("import", "--archive", "a", "nowhere", code=66)
    bench.run("import", "--archive", "a", bench.folder, code=66)


def anything(bench, _build):
    """Whatever a crawler may have had: out, in and out again is the same, byte for byte."""
    for seed in range(int(os.environ.get("WV_TEST_SEEDS", "4"))):
        chance = random.Random(seed)
        bodies = [b"", b"x", page(1), page(2), chance.randbytes(3000), "\u65b0\u805e".encode() * 500, page(3) * 200]
        records = []
        for n in range(200):
            url = f"http://{chance.choice('ab')}.example/{chance.choice(['', 'x', 'y?b=2&a=1', '%7Euser/#top', 'z' * 700])}"
            date = f"20{chance.randrange(10, 30)}-0{chance.randrange(1, 10)}-02T03:04:05{chance.choice(['', '.5', '.000001'])}Z"
            body, status = chance.choice(bodies), chance.choice(["200 OK"] * 6 + ["404 Not Found", "301 Moved", "304 Not Modified",
                                                                                 "503 Busy", "200", "999 Odd"])
            fields = [chance.choice(["Server: a", "X: \u00e9", "X-Archive-Orig-Content-Length: 5", "Set-Cookie: a=b; c",
                                     "Location: ../up"]) for _ in range(chance.randrange(3))]
            coding = chance.choice(["", "", "gzip", "x-gzip", "deflate", "br", "gzip, deflate", "identity"])
            sent = body
            for one in coding.split(", "):
                sent = (gzip.compress(sent, mtime=n) if one.endswith("gzip") else
                        zlib.compress(sent) if one == "deflate" else sent)
            fields += [f"Content-Encoding: {coding}"] if coding else []
            if status.startswith("304"):
                sent = b""
            if chance.random() < .3:
                sent, fields = chunked(sent, chance.randrange(1, 2000)), fields + ["Transfer-Encoding: chunked"]
            extra = ["WARC-Truncated: " + chance.choice(["length", "time", "disconnect", "unspecified"])] if chance.random() < .1 else []
            head = http(sent, *fields, status=status, kind=chance.choice(["text/html", "text/plain; charset=x", "image/png"]))
            records.append(record("response", url, head, date=date, fields=extra))
            if chance.random() < .2:
                records.append(records[chance.randrange(len(records))])
        chance.shuffle(records)
        write(bench, "in.warc", b"".join(records))
        row = bench.rows("import", "--json", "--archive", f"a{seed}", "--extract", chance.choice(["off", "now"]), "in.warc")[-1]
        bench.check(f"seed {seed}: faults", 0, row["faults"], row)
        bench.check(f"seed {seed}: all records", len(records), row["captures"] + row["there"], row)
        for options in ((), ("--decode",)):
            again(bench, f"a{seed}", f"b{seed}{len(options)}", *options, in_order=False)
        bench.check(f"seed {seed}: decoded or not", captures(bench, f"b{seed}0"), captures(bench, f"b{seed}1"))


def check_index(bench, lines, warc, filename):
    """Sorted, all required keys, and each line leads to its record."""
    bench.check("index sorted", sorted(lines), lines)
    for line in lines:
        key, stamp, text = line.split(b" ", 2)
        row = json.loads(text)
        bench.check("keys of the index", True,
                    {"url", "digest", "mime", "filename", "offset", "length", "status"} <= set(row), line)
        one = zlib.decompressobj(31)
        data = one.decompress(warc[int(row["offset"]):int(row["offset"]) + int(row["length"])])
        head, rest = data.split(b"\r\n\r\n", 1)
        fields = dict(part.split(b": ", 1) for part in head.split(b"\r\n")[1:])
        bench.check("a member a record", (True, b""), (one.eof, one.unused_data))
        bench.check("URL of the record", row["url"].encode(), fields[b"WARC-Target-URI"])
        bench.check("second of the record", stamp.decode(), "".join(c for c in fields[b"WARC-Date"].decode()[:19] if c.isdigit()))
        bench.check("name of the file", filename, row["filename"])
        block = rest[:int(fields[b"Content-Length"])]
        bench.check("block digest", fields[b"WARC-Block-Digest"], b"sha256:" + hashlib.sha256(block).hexdigest().encode())
        if fields[b"WARC-Type"] == b"revisit":
            bench.check("mime of a revisit", "warc/revisit", row["mime"])
        elif b"WARC-Payload-Digest" in fields:
            payload = block.split(b"\r\n\r\n", 1)[1]
            digest = "sha256:" + hashlib.sha256(payload).hexdigest()
            bench.check("payload digest", (digest, digest), (row["digest"], fields[b"WARC-Payload-Digest"].decode()))


def wacz(bench, _build):
    """The ZIP by another reader, digests, index, pages; the same bytes again; the index alone."""
    write(bench, "in.warc", b"".join(kinds_of_records()))
    bench.run("import", "--archive", "a", "in.warc")
    bench.run("export", "--archive", "a", "--format", "wacz", "-o", "a.wacz")
    bench.run("export", "--archive", "a", "--format", "wacz", "-o", "b.wacz")
    bench.check("the same again", read(bench, "a.wacz"), read(bench, "b.wacz"))
    pack = zipfile.ZipFile(bench.path("a.wacz"))
    bench.check("checksums of the ZIP", None, pack.testzip())
    bench.check("names", ["archive/data.warc.gz", "indexes/index.cdx", "pages/pages.jsonl", "datapackage.json",
                          "datapackage-digest.json"], pack.namelist())
    bench.check("stored", {zipfile.ZIP_STORED}, {one.compress_type for one in pack.infolist()})
    package = json.loads(pack.read("datapackage.json"))
    bench.check("package", ("data-package", "1.1.1"), (package["profile"], package["wacz_version"]))
    for one in package["resources"]:
        data = pack.read(one["path"])
        bench.check(one["path"], (len(data), "sha256:" + hashlib.sha256(data).hexdigest()), (one["bytes"], one["hash"]))
    digest = json.loads(pack.read("datapackage-digest.json"))
    bench.check("digest of the package", ("datapackage.json", "sha256:" + hashlib.sha256(pack.read("datapackage.json")).hexdigest()),
                (digest["path"], digest["hash"]))
    warc = pack.read("archive/data.warc.gz")
    lines = pack.read("indexes/index.cdx").splitlines()
    bench.check("lines of the index, without the 304", 19, len(lines))
    check_index(bench, lines, warc, "data.warc.gz")
    pages = [json.loads(line) for line in pack.read("pages/pages.jsonl").splitlines()]
    bench.check("head of the pages", "json-pages-1.0", pages[0]["format"])
    bench.check("a page", ["Page 1", "Page 15"], sorted(one["title"] for one in pages[1:] if one["url"] == "http://e.example/1"))
    bench.run("export", "--archive", "a", "--format", "warc", "-o", "x.warc.gz")
    bench.run("export", "--archive", "a", "--format", "cdxj", "-o", "x.cdxj")
    check_index(bench, read(bench, "x.cdxj").splitlines(), read(bench, "x.warc.gz"), "x.warc.gz")
    bench.run("import", "--archive", "from-wacz", "--extract", "off", "a.wacz")
    bench.check("a WACZ in again", captures(bench, "a"), captures(bench, "from-wacz"))
    other = zipfile.ZipFile(bench.path("other.wacz"), "w", zipfile.ZIP_DEFLATED)
    other.writestr("archive/one.warc", warc, zipfile.ZIP_STORED)
    other.writestr("archive/two.warc.gz", warc)
    other.writestr("elsewhere/three.warc.gz", warc, zipfile.ZIP_STORED)
    other.close()
    row = bench.rows("import", "--json", "--archive", "from-other", "--extract", "off", "other.wacz", code=1)[-1]
    bench.check("another's WACZ, one part compressed", (20, 1), (row["captures"], row["faults"]), row)
    same = zipfile.ZipFile(bench.path("same.wacz"), "w")
    same.writestr("archive/one.warc", warc, zipfile.ZIP_STORED)
    for n in range(3):
        same.filelist.append(copy.copy(same.filelist[0]))
        same.filelist[-1].filename = f"archive/again-{n}.warc"
    same.close()
    again_row = bench.rows("import", "--json", "--archive", "from-same", "--extract", "off", "same.wacz", code=1)[-1]
    bench.check("parts that lie in one place are read once", (row["records"], 3), (again_row["records"], again_row["faults"]))
    whole = read(bench, "a.wacz")
    chance = random.Random(5)
    for turn in range(40):
        data = bytearray(whole)
        at = chance.randrange(len(data) - 3000, len(data)) if turn % 2 else chance.randrange(len(data))
        data[at] ^= 1 << chance.randrange(8)
        write(bench, "bad.wacz", data[:at] if turn % 5 == 0 else data)
        done = bench.run("import", "--json", "--archive", "bad", "--extract", "off", "bad.wacz", code=None)
        bench.check(f"a flip at {at}", True, done.returncode in (0, 1), done.stderr)
    bench.run("export", "--archive", "a", "--format", "wacz", "-o", "-", code=64)
    bench.run("export", "--archive", "a", "--format", "wacz", "-o", "no/such/folder.wacz", code=73)
    bench.check("nothing left behind", [], [name for name in os.listdir(bench.folder) if "part" in name])


def site(bench, records, name="in.warc.gz"):
    """A gzip WARC; the offsets of its members."""
    parts = [gzip.compress(one, mtime=0) for one in records]
    write(bench, name, b"".join(parts))
    return [sum(map(len, parts[:n])) for n in range(len(parts) + 1)]


def damage(bench, _build):
    """A rotten place anywhere: what is whole elsewhere is kept, the place is named, and only it."""
    chance = random.Random(4)
    urls = [f"http://e.example/{n}" for n in range(30)]
    records = [record("response", url, http(page(n) + bytes(chance.randrange(256) for _ in range(500))),
                      date=f"2020-01-02T03:04:{n:02}Z") for n, url in enumerate(urls)]
    starts = site(bench, records)
    whole = read(bench, "in.warc.gz")
    for turn in range(60):
        data, at = bytearray(whole), chance.randrange(len(whole))
        kind = ("flip", "cut", "zero", "drop", "insert", "4 GB", "short")[turn % 7]
        n = max(k for k in range(30) if starts[k] <= at)
        harmed = {n}
        if kind == "flip":
            data[at] ^= 1 << chance.randrange(8)
        elif kind == "cut":
            del data[at:]
            harmed = set(range(n, 30))
        elif kind == "zero":
            end = min(at + 512, len(data))
            data[at:end] = bytes(end - at)
            harmed = {k for k in range(30) if starts[k] < end and starts[k + 1] > at}
        elif kind == "drop":
            end = min(at + 512, len(data))
            del data[at:end]
            harmed = {k for k in range(30) if starts[k] < end and starts[k + 1] > at}
        elif kind == "insert":
            data[at:at] = bytes(chance.randrange(256) for _ in range(100))
        else:
            length = 1 << 32 if kind == "4 GB" else 10
            lie = gzip.compress(records[n].replace(records[n].split(b"Content-Length: ")[1].split(b"\r")[0], b"%d" % length, 1))
            data[starts[n]:starts[n + 1]] = lie
        write(bench, "bad.warc.gz", bytes(data))
        rows = bench.rows("import", "--json", "--archive", f"d{turn}", "--extract", "off", "bad.warc.gz", code=None)
        got = {row["url"] for row in bench.rows("list", "--json", "--archive", f"d{turn}")}
        lost = {urls[k] for k in range(30) if k not in harmed} - got
        bench.check(f"turn {turn}, {kind} at {at}: lost", set(), lost, rows)
        # Gzip's own header has bits that mean nothing.
        if len(got) < 30 and at not in starts and kind != "cut":
            bench.check(f"turn {turn}, {kind} at {at}: named", True, rows[-1]["faults"] > 0, rows)
        for row in rows[:-1]:
            bench.check(f"turn {turn}, {kind}: place", True, row["offset"] <= len(data) and bool(row["error"]), row)
        shutil.rmtree(bench.path(f"d{turn}"))
    for name, data, code in (("empty.warc", b"", 1), ("words.warc", b"no archive at all", 1),
                             ("html.warc.gz", page(1), 1), ("half.warc.gz", whole[:5], 1)):
        write(bench, name, data)
        bench.run("import", "--archive", "e", name, code=code)
    bench.run("import", "--archive", "e", "missing.warc", code=66)
    done = bench.run("import", "--archive", "e", "missing.warc", "in.warc.gz", code=1)
    bench.check("the missing one is named", True, b"missing.warc" in done.stderr, done.stderr)
    bench.run("import", "--archive", "e", "--extract", "soon", "in.warc.gz", code=64)


def killed(bench, _build):
    """kill -9 and SIGINT in the middle: what was committed stays, the next import goes on from it."""
    chance = random.Random(7)
    records = [record("response", f"http://e.example/{n}", http(page(n) + chance.randbytes(20000)),
                      date=f"2020-01-02T03:{n // 60:02}:{n % 60:02}Z") for n in range(1500)]
    site(bench, records)
    for stop, code in (("KILL", -9), ("INT", 130)):
        archive = "k" + stop
        child = subprocess.Popen([bench.program, "import", "--quiet", "--archive", archive, "--extract", "off", "in.warc.gz"],
                                 cwd=bench.folder, env=bench.env)
        data = bench.path(f"{archive}/data.mdb")
        while child.poll() is None and (not os.path.exists(data) or os.path.getsize(data) < 8 << 20):
            pass
        child.send_signal(getattr(__import__("signal"), "SIG" + stop))
        bench.check(f"{stop}: exit", code, child.wait())
        bench.run("verify", "--full", "--archive", archive)
        had = len(captures(bench, archive))
        row = bench.rows("import", "--json", "--archive", archive, "--extract", "off", "in.warc.gz")[-1]
        bench.check(f"{stop}: goes on", (1500 - had, had), (row["captures"], row["there"]))
        bench.check(f"{stop}: some of it was there", True, 0 < had < 1500, had)
        bench.run("verify", "--full", "--archive", archive)


def full(bench, _build):
    """A disk that fills up: the import ends with 75 and keeps what it has, the export leaves nothing."""
    disk = bench.path("disk")
    os.mkdir(disk)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk], capture_output=True, check=False).returncode:
        skip(bench, "no tmpfs can be mounted")
    try:
        chance = random.Random(3)
        site(bench, [record("response", f"http://e.example/{n}", http(page(n) + chance.randbytes(20000)),
                            date=f"2020-01-02T03:04:{n % 60:02}Z") for n in range(500)])
        write(bench, "settings.yaml", b"run: {disk_floor: 0B}\n")
        done = bench.run("import", "-c", "settings.yaml", "--archive", "disk/a", "--extract", "off", "in.warc.gz", code=75)
        bench.check("one line", True, done.stderr.strip().splitlines()[-1].startswith(b"wirevault: "), done.stderr)
        bench.run("verify", "--full", "--archive", "disk/a")
        had = captures(bench, "disk/a")
        bench.check("some were kept", True, 0 < len(had) < 500, len(had))
        done = bench.run("export", "--archive", "disk/a", "--format", "warc", "-o", "disk/x.warc", code=75)
        done = bench.run("export", "--archive", "disk/a", "--format", "wacz", "-o", "disk/x.wacz", code=75)
        bench.check("nothing is left", ["a"], os.listdir(disk), done.stderr)
        done = bench.run("import", "--archive", "disk/a", "--extract", "off", "in.warc.gz", code=75)
        bench.check("the floor", True, b"below its floor" in done.stderr, done.stderr)
        subprocess.run(["mount", "-o", "remount,size=60m", disk], check=True)
        row = bench.rows("import", "-c", "settings.yaml", "--json", "--archive", "disk/a", "--extract", "off", "in.warc.gz")[-1]
        bench.check("with room it goes on", (500 - len(had), len(had)), (row["captures"], row["there"]), row)
        bench.run("verify", "--full", "--archive", "disk/a")
    finally:
        subprocess.run(["umount", disk], check=False)


def table(bench, at):
    """A CSV file says what the JSON lines say, cell by cell."""
    def cell(value):
        if isinstance(value, list):
            return "; ".join(value)
        return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)

    for words in ((), ("--as-of", "2020-01-02"), ("--known-at", at), ("--from", "2031-01-01")):
        rows = [row for row in bench.rows("export", "--archive", "a", "--format", "jsonl", "-o", "-", *words)
                if row["kind"] == "article"]
        text = bench.run("export", "--archive", "a", "--format", "csv", "-o", "-", *words).stdout.decode()
        header, *got = list(csv.reader(io.StringIO(text, newline="")))
        bench.check(f"the columns {words}", [name for name in FIELDS if name not in ("v", "kind")], header)
        bench.check(f"the cells {words}", [[cell(row[name]) for name in header] for row in rows], got)
    bench.run("export", "--archive", "a", "--format", "csv", "--stories", "-o", "-", code=64)


def parts(bench, at):
    """Two exports that follow one another hold what one does, each capture once."""
    for name in ("jsonl", "csv", "cdxj"):
        def lines(*words, name=name):
            out = bench.run("export", "--archive", "a", "--format", name, "-o", "-", *words).stdout.decode()
            if name == "cdxj":
                return sorted(line.split("{")[0] + json.loads(line[line.index("{"):])["url"] for line in out.splitlines())
            if name == "csv":
                return sorted(row["id"] for row in csv.DictReader(io.StringIO(out, newline="")))
            return sorted(row["id"] for row in map(json.loads, out.splitlines()) if row["kind"] == "article")

        early, late, whole = lines("--known-at", at), lines("--known-after", at), lines()
        bench.check(f"{name}: there is something in each part", True, bool(early) and bool(late))
        if name == "cdxj":
            bench.check(f"{name}: two parts are the whole", whole, sorted(early + late))
        else:  # what was read anew since comes again
            bench.check(f"{name}: two parts are the whole", sorted(set(whole)), sorted(set(early + late)))
        bench.check(f"{name}: nothing after the end", 0, len(lines("--known-after", "2099-01-01")))
    listed = bench.rows("list", "--json", "--archive", "a")
    after = bench.rows("list", "--json", "--archive", "a", "--known-after", at)
    bench.check("list: what was recorded after", {row["id"] for row in listed if row["recorded"] > at}, {row["id"] for row in after})
    for status, wanted in (("200", range(200, 201)), ("4xx", range(400, 500)), ("none", range(0, 1))):
        bench.check(f"list --status {status}", {row["id"] for row in listed if (row["status"] or 0) in wanted},
                    {row["id"] for row in bench.rows("list", "--json", "--archive", "a", "--status", status)})
    for words in (("--status", "20"), ("--status", "x00"), ("--status", "999x"), ("--known-after", "soon"),
                  ("--changes", "--status", "200"), ("--changes", "--known-after", at)):
        bench.run("list", "--archive", "a", *words, code=64)
    bench.run("export", "--archive", "a", "--format", "site", "--known-after", at, "-o", "nosite", code=64)


def ranges(bench, _build):
    """From, to, source; T and K: the same question gives the same bytes, whatever is recorded later."""
    for day in (1, 3, 2):
        records = [record("response", f"http://{name}.example/{n}", http(page(n + day)), date=f"2020-01-0{day}T03:04:05Z")
                   for name in ("a", "b") for n in range(3)]
        write(bench, f"{day}.warc", b"".join(records))
    bench.run("import", "--archive", "a", "--source", "First", "1.warc")
    bench.run("import", "--archive", "a", "--source", "Third", "3.warc")
    known = bench.rows("status", "--json", "--archive", "a")[0]
    formats = ("warc", "cdxj", "wacz", "jsonl", "csv")
    for name in formats:
        bench.run("export", "--archive", "a", "--format", name, "-o", f"before.{name}")
    at = json.loads(read(bench, "before.jsonl").splitlines()[0])["known_at"]
    bench.run("import", "--archive", "a", "--source", "Second", "2.warc")
    bench.run("extract", "--from-archive", "--archive", "a", code=None)
    for name in formats:
        bench.run("export", "--archive", "a", "--format", name, "-o", "after", "--known-at", at)
        os.rename(bench.path("after"), bench.path(f"after.{name}"))
        if name not in ("warc", "cdxj"):  # these carry their file's name
            bench.check(f"{name}: known at {at}", read(bench, f"before.{name}"), read(bench, f"after.{name}"), known)
    def count(*words):
        return len(bench.run("export", "--archive", "a", "--format", "cdxj", "-o", "-", *words).stdout.splitlines())
    for words, expected in (((), 18), (("--from", "2020-01-02"), 12), (("--to", "2020-01-02"), 12),
                            (("--from", "2020-01-02", "--to", "2020-01-02"), 6), (("--as-of", "2020-01-01T12:00:00Z"), 6),
                            (("--source", "Third"), 6), (("--source", "Third", "--to", "2020-01-02"), 0),
                            (("--known-at", at), 12), (("--known-at", at, "--as-of", "2020-01-02"), 6)):
        bench.check(f"lines with {words}", expected, count(*words))
    table(bench, at)
    parts(bench, at)
    for words in ((), ("--as-of", "2020-01-02"), ("--known-at", at)):
        rows = bench.rows("export", "--archive", "a", "--format", "jsonl", "-o", "-", *words)
        articles = {row["id"]: row for row in rows if row["kind"] == "article"}
        clusters = {row["cluster"]: row["members"] for row in rows if row["kind"] == "cluster"}
        bench.check("fields of an article", FIELDS, list(rows[0]))
        bench.check(f"there are clusters {words}", True, bool(clusters))
        for number, ids in clusters.items():
            bench.check(f"a cluster {words}", (sorted(ids), ids[0]), (ids, number))
            bench.check(f"its members {words}", {number}, {articles[one]["cluster"] for one in ids})
        alone = [row["id"] for row in articles.values() if row["cluster"] not in clusters and row["cluster"] != row["id"]]
        bench.check(f"articles of no cluster {words}", [], alone)
    bench.run("export", "--archive", "a", "--format", "warc", "-o", "x", "--from", "yesteryear", code=64)
    bench.run("export", "--archive", "a", "--format", "tar", "-o", "x", code=64)
    bench.run("export", "--archive", "a", "--format", "warc", code=64)
    bench.run("export", "--archive", "none", "--format", "warc", "-o", "x", code=66)
    # An archive that never learned of anything.
    write(bench, "words.warc", b"no archive at all")
    bench.run("import", "--archive", "empty", "words.warc", code=1)
    for name in formats:
        done = bench.run("export", "--archive", "empty", "--format", name, "-o", "empty." + name)
        bench.check(f"{name} of nothing", False, b"invalid" in done.stderr + read(bench, "empty." + name), done.stderr)
    # What is blocked does not come in.
    write(bench, "more.warc", record("response", "http://b.example/1", http(page(9)), date="2021-01-01T00:00:00Z"))
    bench.run("takedown", "block", "http://b.example/1", "--reason", "a test", "--archive", "a")
    done = bench.run("import", "--archive", "a", "more.warc", code=1)
    bench.check("the blocked page is named", True, b"taken down" in done.stderr, done.stderr)
    bench.run("takedown", "release", "http://b.example/1", "--reason", "a test", "--archive", "a")
    bench.check("lines after a release", 18, count())
    # What was taken down does not go out.
    bench.run("takedown", "hide", "http://a.example/1", "--reason", "a test", "--archive", "a")
    bench.check("lines without what is hidden", 15, count())


FIELDS = ["v", "kind", "id", "url", "page", "captured", "recorded", "status", "verdict", "mime", "digest", "bytes",
          "version", "repeats", "source", "imported", "noindex", "tdm_reserved",
          "cluster", "article_recorded", "extractor", "model",
          "title", "authors"] + [
              name + end for name in ("published", "modified")
              for end in ("", "_earliest", "_latest", "_basis", "_zone", "_raw")] + [
                  "publisher", "wire", "dateline", "category", "category_basis", "language", "language_basis", "charset",
                  "canonical", "description", "keywords", "topics", "is_free", "text", "known_at"]


# ---- independent readers and writers

def skip(bench, why):
    print(f"skipped: {why}")
    shutil.rmtree(bench.folder)
    sys.exit(77)


def wget(bench, _build):
    """WARC as wget writes it, of an nginx on loopback: redirects, gzip, chunks, a missing page."""
    if not shutil.which("wget") or not shutil.which("nginx"):
        skip(bench, "wget and nginx are needed")
    files = {"index.html": b"<html><title>Start</title><a href='one.html'>1</a><a href='two/'>2</a><a href='gone.html'>3</a></html>",
             "one.html": page(1) * 20, "two/index.html": page(2)}
    for name, data in files.items():
        os.makedirs(os.path.dirname(bench.path("www/" + name)), exist_ok=True)
        write(bench, "www/" + name, data)
    sock = __import__("socket").socket()
    sock.bind(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    sock.close()
    write(bench, "nginx.conf", f"""daemon off; pid {bench.folder}/pid; error_log {bench.folder}/error.log; worker_processes 1;
events {{}}
http {{ access_log off; gzip on; gzip_min_length 1; gzip_types text/html; client_body_temp_path {bench.folder}/t1;
proxy_temp_path {bench.folder}/t2; fastcgi_temp_path {bench.folder}/t3; uwsgi_temp_path {bench.folder}/t4; scgi_temp_path {bench.folder}/t5;
types {{ text/html html; }}
server {{ listen 127.0.0.1:{port}; root {bench.folder}/www; location = /two {{ return 301 /two/; }} }} }}""".encode())
    os.chmod(bench.folder, 0o755)
    server = subprocess.Popen([shutil.which("nginx"), "-e", bench.path("error.log"), "-c", bench.path("nginx.conf")],
                              stderr=subprocess.DEVNULL)
    try:
        base = f"http://127.0.0.1:{port}/"
        for compression in ("none", "gzip"):
            subprocess.run(["wget", "-q", "-r", "-l", "2", "--no-proxy", "--tries=20", "--retry-connrefused", "--waitretry=1",
                            f"--compression={compression}", f"--warc-file={compression}", "-P", f"got-{compression}",
                            base, base + "two"], cwd=bench.folder, check=False)
    finally:
        server.terminate()
        server.wait()
    for name in ("none", "gzip"):
        row = bench.rows("import", "--json", "--archive", name, f"{name}.warc.gz")[-1]
        bench.check(f"{name}: faults", 0, row["faults"], row)
        found = {(url[len(base) - 1:], status): digest for url, _, status, digest in captures(bench, name)}
        for path, file in (("/", "index.html"), ("/one.html", "one.html"), ("/two/", "two/index.html")):
            bench.check(f"{name}: {path}", hashlib.sha256(files[file]).hexdigest(), found.get((path, 200)), found)
        bench.check(f"{name}: statuses", True, ("/two", 301) in found and ("/gone.html", 404) in found, found)
        again(bench, name, name + "-again")


def modules(bench, *packages):
    """A node_modules with what is asked for: WV_NODE_MODULES, or made here by npm."""
    given = os.environ.get("WV_NODE_MODULES")
    if given:
        return given
    if not shutil.which("npm"):
        skip(bench, "npm is not there")
    quick = ["--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=60000"]
    plain = [one for one in packages if one != "replaywebpage"]
    if subprocess.run(["npm", "install", *quick, "--prefix", bench.folder, *plain], cwd=bench.folder,
                      capture_output=True, check=False).returncode:
        skip(bench, "npm reaches no registry")
    if "replaywebpage" in packages:
        done = subprocess.run(["npm", "pack", *quick[2:], "replaywebpage"], cwd=bench.folder, capture_output=True,
                              text=True, check=False)
        if done.returncode:
            skip(bench, "npm gives no replaywebpage")
        subprocess.run(["tar", "xzf", done.stdout.split()[-1]], cwd=bench.folder, check=True)
        os.rename(bench.path("package"), bench.path("node_modules/replaywebpage"))
    return bench.path("node_modules")


def warcio(bench, _build):
    """npm's warcio reads every record of an export, and its index is ours."""
    tools = modules(bench, "warcio")
    write(bench, "in.warc", b"".join(kinds_of_records()))
    bench.run("import", "--archive", "a", "in.warc")
    for options in ((), ("--decode",)):
        bench.run("export", "--archive", "a", "--format", "warc", "-o", "x.warc.gz", *options)
        bench.run("export", "--archive", "a", "--format", "cdxj", "-o", "x.cdxj", *options)
        done = subprocess.run([os.path.join(tools, ".bin", "warcio"), "cdx-index", bench.path("x.warc.gz")],
                              capture_output=True, check=False)
        bench.check("warcio: exit", 0, done.returncode, done.stderr)
        theirs = [line.split(b" ", 2) for line in done.stdout.splitlines()]
        ours = [line.split(b" ", 2) for line in read(bench, "x.cdxj").splitlines()]
        bench.check("warcio: lines", len(ours), len(theirs))
        def row(line):
            one = json.loads(line[2])
            digest = (one.get("digest") or "-").removeprefix("sha256:")
            # It leaves out what it has not: a digest, the status of what is no answer.
            return (line[1], one["url"], one["mime"], one["status"], digest, one["length"], one["offset"], one["filename"])
        ours, theirs = sorted(map(row, ours)), sorted(map(row, theirs))
        for one, other in zip(ours, theirs):
            if one != other:
                bench.check("warcio: a line", one, other)


def browser(bench, _build):
    """ReplayWeb.page in headless Chromium shows the pages of a WACZ."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        skip(bench, "chromium is not there")
    tools = modules(bench, "playwright-core", "replaywebpage")
    write(bench, "in.warc", b"".join(kinds_of_records()))
    bench.run("import", "--archive", "a", "in.warc")
    bench.run("export", "--archive", "a", "--format", "wacz", "-o", "a.wacz")
    wanted = ["http://e.example/1", "Page 1", "http://e.example/3", "Page 3", "http://e.example/4", "Page 4",
              "http://e.example/11", "Page 11", "http://e.example/14", "Page 14"]
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "replay.js")
    done = subprocess.run(["node", script, tools, chromium, bench.path("a.wacz"), *wanted], capture_output=True, text=True,
                          check=False)
    bench.check("the browser", 0, done.returncode, done.stdout[-2000:] + done.stderr[-2000:])


SCENARIOS = {one.__name__: one for one in (identity, anything, crawled, merge, wacz, damage, killed, full, ranges, wget, warcio, browser)}


def main():
    bench = Bench(os.path.abspath(sys.argv[1]))
    SCENARIOS[sys.argv[2]](bench, os.path.abspath(sys.argv[1]))
    sys.exit(bench.end())


if __name__ == "__main__":
    main()
