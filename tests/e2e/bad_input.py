#!/usr/bin/env python3
"""Bad input and bad luck: each ends in one clear line and the documented exit code, with nothing lost.

bad_input.py BUILD SCENARIO
"""

import http.server
import json
import os
import random
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

CONTACT = ["--contact", "mailto:tests@example.org", "--allow-private", "127.0.0.1"]
READING = (["list"], ["history", "http://a.example/"], ["show", "http://a.example/"],
           ["diff", "http://a.example/"], ["restore", "http://a.example/"], ["verify"],
           ["status"], ["why", "http://a.example/"])
NOBODY = 65534


class Site:
    """A few pages on loopback; `pages` maps targets to (type, body)."""

    def __init__(self, pages):
        site = self
        self.asked = []
        self.pages = {target.encode("utf-8"): page for target, page in pages.items()}

        class Answer(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else the body waits for the head's delayed ACK

            def do_GET(self):
                site.asked.append(self.path)
                page = site.pages.get(self.path.encode("utf-8"))
                kind, body = page or ("text/plain", b"no such page\n")
                self.send_response(200 if page else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def article(number):
    words = " ".join(f"Sentence {k} of story {number} says something of its own about the harbour."
                     for k in range(12))
    return (f"<!doctype html><html lang=en><head><title>Story {number}</title></head><body>"
            f"<article><h1>Story {number}</h1><p>{words}</p><p>{words[::-1]}</p></article>"
            "</body></html>").encode()


def small_site(count=12, more=""):
    links = "".join(f'<li><a href="/story-{n}.html">Story {n}</a></li>' for n in range(count))
    pages = {"/": ("text/html", f"<html><body><ul>{links}{more}</ul></body></html>".encode())}
    for n in range(count):
        pages[f"/story-{n}.html"] = ("text/html", article(n))
    return pages


class Trial:
    def __init__(self, build):
        self.program = os.path.join(build, "wirevault")
        self.folder = tempfile.mkdtemp(prefix="wirevault-bad-")
        os.chmod(self.folder, 0o755)
        self.archive = os.path.join(self.folder, "archive")
        self.env = {key: value for key, value in os.environ.items()
                    if key not in ("WIREVAULT_CONFIG", "WIREVAULT_CONTACT")}
        self.env.update(NO_COLOR="1", LC_ALL="C")
        self.checks = self.faults = 0
        self.mounts = []

    def check(self, name, expected, got, more=""):
        self.checks += 1
        if expected != got:
            self.faults += 1
            print(f"FAIL {name}: expected {expected!r}, got {got!r} {more}".rstrip())
        return expected == got

    def check_that(self, name, claim, more=""):
        return self.check(name, True, bool(claim), more)

    def run(self, *words, timeout=60, archive=None, env=None, before=(), user=None):
        words = [self.program, words[0], "--archive", archive or self.archive, *words[1:]]
        return subprocess.run([*before, *map(str, words)], capture_output=True, text=True,
                              errors="replace", timeout=timeout, env=env or self.env, user=user,
                              cwd=self.folder, check=False)

    def bad(self, name, code, *words, says="", **more):
        """Ends with the code and exactly one line of complaint (log lines aside)."""
        done = self.run(*words, **more)
        self.check(f"{name}: exit code", code, done.returncode, done.stderr)
        lines = [line for line in done.stderr.splitlines() if line.startswith("wirevault: ")]
        self.check(f"{name}: one line says what is wrong", 1, len(lines), done.stderr)
        self.check_that(f"{name}: it says {says!r}", re.search(says, done.stderr), done.stderr)
        return done

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def settings(self, seed, *more, archive=None):
        return self.write("settings.yaml", "\n".join([
            f"archive: {archive or self.archive}", "agent: {contact: 'mailto:tests@example.org'}",
            "politeness: {delay: 10ms, delay_factor: 0}" if not any(
                line.startswith("politeness") for line in more) else "",
            *more, "sources:", "  - name: Tests", f"    seeds: ['{seed}']", "    scope: host", ""]))

    def sound(self, name, archive=None):
        done = self.run("verify", "--full", archive=archive)
        self.check(f"{name}: verify --full", 0, done.returncode, done.stdout + done.stderr)

    def captured(self, archive=None):
        done = self.run("list", "--json", archive=archive)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def tmpfs(self, name, size):
        """A small disk of its own, or None where nobody may mount."""
        path = os.path.join(self.folder, name)
        os.mkdir(path)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"skipped: no tmpfs can be mounted: {done.stderr.strip()}")
            return None
        self.mounts.append(path)
        return path

    def close(self):
        for path in self.mounts:
            subprocess.run(["umount", path], check=False)
        if self.faults and os.environ.get("WIREVAULT_KEEP"):
            print(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        print(f"{self.checks} checks, {self.faults} failed")
        return self.faults


def words(t):
    """What is asked for is wrong."""
    t.bad("an unknown command", 64, "craw", says="unknown command 'craw'.*'crawl'")
    t.bad("an unknown option", 64, "list", "--colour", says="unknown option '--colour'")
    t.bad("a near option", 64, "crawl", "--max-page", "3", says="'--max-pages'")
    t.bad("an option without its value", 64, "list", "--from", says="'--from' needs")
    t.bad("a number that is none", 64, "crawl", *CONTACT, "--max-pages", "many",
          "http://127.0.0.1:9/", says="many")
    t.bad("a duration without its unit", 64, "crawl", *CONTACT, "--max-time", "5",
          "http://127.0.0.1:9/", says="max-time")
    t.bad("nothing to crawl", 64, "crawl", says="URL")
    t.bad("nobody crawls anonymously", 64, "crawl", "http://127.0.0.1:9/", says="contact")
    t.bad("snap neither", 64, "snap", "http://127.0.0.1:9/", says="contact")
    t.bad("a contact that is none", 64, "crawl", "--contact", "me", "http://127.0.0.1:9/",
          says="contact 'me'")
    for url in ("http://[::1", "nonsense", "http://", "", "ftp://example.org/", "http://a b/",
                "http://example.org:99999/", "http://1.2.3.4.5/", "javascript:alert(1)"):
        t.bad(f"crawl of {url!r}, a URL that is none", 64, "crawl", *CONTACT, url)
        t.bad(f"snap of {url!r}, a URL that is none", 64, "snap", *CONTACT, url)
    t.bad("an address block that is none", 64, "crawl", "--contact", "mailto:a@example.org",
          "--allow-private", "127.0.0.300", "http://127.0.0.1:9/", says="127.0.0.300")
    for command in READING:
        t.bad(f"{command[0]} without an archive", 66, *command, says=re.escape(t.archive))
    t.check("nothing was created", [], os.listdir(t.folder))
    for word in ("--help", "--version", "help"):
        done = subprocess.run([t.program, word], capture_output=True, text=True, check=False)
        t.check(f"{word} exits", 0, done.returncode)
        t.check_that(f"{word} answers on stdout", done.stdout and not done.stderr, done.stderr)
    done = subprocess.run([t.program], capture_output=True, text=True, check=False)
    t.check("no words at all", (64, ""), (done.returncode, done.stdout))
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([t.program, "--version"], stdout=full, check=False)
        t.check_that("a version that cannot be printed", done.returncode in (74, 75),
                     done.returncode)


def settings(t):
    """Every fault of the settings is printed, and nothing is done."""
    path = t.write("broken.yaml", "agent:\n  contact: mailto:a@example.org\npolitenes:\n  delay: 5\n"
                   "run: {max_time: soon}\nnetwork: {max_body: 10}\nsources:\n  - name: A\n"
                   "    seeds: [nowhere]\n    colour: red\n")
    for command in (["crawl"], ["snap", "http://127.0.0.1:9/"], ["list"]):
        done = t.bad(f"broken settings, {command[0]}", 78, command[0], "-c", path, *command[1:],
                     says="have faults")
        numbers = [int(n) for n in re.findall(r"broken\.yaml:(\d+):", done.stderr)]
        t.check(f"broken settings, {command[0]}: all faults, in order", [3, 5, 6, 9, 10], numbers,
                done.stderr)
    path = t.write("cut.yaml", "agent: {contact: 'mailto:a@example.org'\nsources: [\n")
    t.bad("YAML that is none", 78, "crawl", "-c", path, says=r"cut\.yaml:\d+:")
    path = t.write("anonymous.yaml", "sources:\n  - name: A\n    seeds: ['http://127.0.0.1:9/']\n")
    t.bad("no contact in the settings", 78, "crawl", "-c", path, says="contact")
    t.bad("a missing settings file", 66, "crawl", "-c", os.path.join(t.folder, "none.yaml"),
          says="none.yaml")
    t.bad("a folder for settings", 66, "crawl", "-c", t.folder)
    site = Site(small_site(1))
    path = t.settings(site.url, "politeness: {delay: 0s}")
    allow = ["--allow-private", "127.0.0.1"]
    done = t.run("crawl", "-c", path, *allow)
    t.check("a warning does not stop a crawl", 0, done.returncode, done.stderr)
    t.check_that("a warning of the settings is printed",
                 re.search(r"settings\.yaml:\d+: warning: .*delay", done.stderr), done.stderr)
    done = t.run("crawl", "-c", path, "--quiet", *allow)
    t.check("with --quiet it is not", (0, ""), (done.returncode, done.stderr))
    site.close()


def hosts(t):
    """Hosts that are not there, do not answer, or may not be asked."""
    # Without a network no name resolves, and nobody outside is asked.
    alone = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    has_none = subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0
    with socket.socket() as closed, socket.socket() as mute:
        closed.bind(("127.0.0.1", 0))
        mute.bind(("127.0.0.1", 0))
        mute.listen(16)
        # With the settings that are built in each waits five seconds before it asks again: at once.
        rows = [("a refused connection", "1", CONTACT, closed.getsockname()[1], None),
                ("an address that nobody allowed", "3", ["--contact", "mailto:a@example.org"],
                 mute.getsockname()[1], None)]
        if has_none:
            rows.append(("a name that does not resolve", "5", CONTACT, None, alone))
        else:
            print("skipped: no network of one's own: a name that does not resolve")

        def cannot_be_reached(row):
            name, number, contact, port, before = row
            began = time.monotonic()
            t.bad(name, 69, "crawl", *contact,
                  f"http://127.0.0.1:{port}/" if port else "http://nowhere.invalid/",
                  says="no source could be reached", archive=t.archive + number, before=before or [],
                  timeout=60)
            return f"{name} took {time.monotonic() - began:.1f} s"

        with ThreadPoolExecutor(len(rows)) as pool:
            print("\n".join(pool.map(cannot_be_reached, rows)))
        # Its robots.txt is not asked for again at once; when it will be is said.
        t.bad("the same again", 69, "crawl", *CONTACT,
              f"http://127.0.0.1:{closed.getsockname()[1]}/", archive=t.archive + "1",
              says="none answered when last asked, the first is asked again at 20")
        path = t.settings(f"http://127.0.0.1:{mute.getsockname()[1]}/", "network:",
                          "  allow_private: [127.0.0.1]", "  timeout: 1s", "  retries: 0",
                          archive=t.archive + "2")
        began = time.monotonic()
        t.bad("a host that never answers", 69, "crawl", "-c", path,
              says="no source could be reached", archive=t.archive + "2")
        took = time.monotonic() - began
        t.check_that("within a few seconds", took < 8, took)
        # One dead source among two is a warning.
        site = Site(small_site(2))
        path = t.write("two.yaml", "agent: {contact: 'mailto:a@example.org'}\n"
                       "politeness: {delay: 10ms, delay_factor: 0}\n"
                       "network: {allow_private: [127.0.0.1], timeout: 1s, retries: 0}\nsources:\n"
                       f"  - {{name: A, seeds: ['{site.url}'], scope: host}}\n"
                       f"  - {{name: B, seeds: ['http://127.0.0.1:{closed.getsockname()[1]}/'], "
                       "scope: host}\n")
        done = t.run("crawl", "-c", path, archive=t.archive + "4")
        t.check("one dead source of two", 0, done.returncode, done.stderr)
        t.check_that("is a warning", "warn" in done.stderr, done.stderr)
        site.close()
    for number in "124":
        t.sound(f"archive {number}", archive=t.archive + number)
    t.sound("archive 5", archive=t.archive + "5")


def pages(t):
    """Pages that are meant to break a parser are kept like any other."""
    odd = {
        "/nested.html": b"<div>" * 60000,
        "/tables.html": b"<table><tr><td>" * 20000,
        "/attributes.html": b"<p " + b" ".join(b"a%d=1" % n for n in range(40000)) + b">x",
        "/fonts.html": b"<font color=i>" * 500 + b"<p>x" * 20000,
        "/empty.html": b"",
        "/zeros.html": b"\0" * 4096,
        "/noise.html": random.Random(7).randbytes(65536),
        "/unclosed.html": b"<html><script>" + b"x" * 100000,
        "/comment.html": b"<!--" + b"-" * 200000,
    }
    more = "".join(f'<li><a href="{target}">{target}</a></li>' for target in odd)
    content = small_site(3, more)
    content.update({target: ("text/html", body) for target, body in odd.items()})
    site = Site(content)
    path = t.settings(site.url, "network: {allow_private: [127.0.0.1]}")
    began = time.monotonic()
    done = t.run("crawl", "-c", path, timeout=120)
    print(f"the crawl of odd pages took {time.monotonic() - began:.1f} s")
    t.check("a crawl of odd pages", 0, done.returncode, done.stderr)
    t.check_that("the 300 KB page is that large", len(odd["/nested.html"]) == 300000)
    for target, (_, body) in content.items():
        done = subprocess.run([t.program, "restore", "--archive", t.archive,
                               site.url + target[1:], "-o", "-"], capture_output=True, check=False)
        t.check(f"{target} is restored", (0, True), (done.returncode, done.stdout == body),
                done.stderr.decode(errors="replace"))
    t.sound("odd pages")
    site.close()


def permissions(t):
    if os.geteuid() != 0:
        folder = os.path.join(t.folder, "closed")
        os.mkdir(folder, 0o500)
        t.bad("an unwritable folder", 77, "crawl", *CONTACT, "http://127.0.0.1:9/",
              archive=os.path.join(folder, "archive"))
        return
    # The build may lie where nobody else may go.
    program, t.program = t.program, os.path.join(t.folder, "wirevault")
    shutil.copy(program, t.program)
    folder = os.path.join(t.folder, "closed")
    os.mkdir(folder, 0o755)
    t.bad("an archive in an unwritable folder", 77, "crawl", *CONTACT, "http://127.0.0.1:9/",
          archive=os.path.join(folder, "archive"), user=NOBODY, says="closed/archive")
    site = Site(small_site(2))
    path = t.settings(site.url, "network: {allow_private: [127.0.0.1]}")
    t.check("a crawl as root", 0, t.run("crawl", "-c", path).returncode)
    rows = t.captured()
    t.bad("somebody else's archive, crawl", 77, "crawl", "-c", path, user=NOBODY)
    for command in READING:
        t.bad(f"somebody else's archive, {command[0]}", 77, *command, user=NOBODY)
    os.chmod(path, 0o600)
    t.bad("somebody else's settings", 77, "crawl", "-c", path, user=NOBODY)
    t.check("nothing was lost", rows, t.captured())
    t.bad("an output that cannot be created", 77, "restore", rows[0]["id"], "-o",
          os.path.join(folder, "out"), archive=open_copy(t), user=NOBODY)
    t.bad("an output without a folder", 73, "restore", rows[0]["id"], "-o",
          os.path.join(folder, "none", "out"))
    site.close()


def open_copy(t):
    copy = os.path.join(t.folder, "copy")
    shutil.copytree(t.archive, copy)
    os.chmod(copy, 0o777)
    for name in os.listdir(copy):
        os.chmod(os.path.join(copy, name), 0o666)
    return copy


def full(t):
    """A disk that is full at the first opening, and one that fills up in the middle."""
    disk = t.tmpfs("disk", "256k")
    if disk is None:
        sys.exit(77)
    site = Site({**small_site(60), **{f"/story-{n}.html": (
        "text/html", article(n) + random.Random(n).randbytes(20000)) for n in range(60)}})
    with open(os.path.join(disk, "ballast"), "wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass
    floor = "run: {disk_floor: 0B}"
    private = "network: {allow_private: [127.0.0.1]}"
    archive = os.path.join(disk, "archive")
    path = t.settings(site.url, private, floor, archive=archive)
    t.bad("a full disk at the first opening", 75, "crawl", "-c", path, archive=archive)
    os.remove(os.path.join(disk, "ballast"))
    disk = t.tmpfs("small", "1m")
    archive = os.path.join(disk, "archive")
    path = t.settings(site.url, private, floor, archive=archive)
    t.bad("a disk that fills up", 75, "crawl", "-c", path, archive=archive,
          says="[Ff]ull|[Nn]o space")
    rows = t.captured(archive)
    t.check_that("some pages were kept", 3 < len(rows) < 61, len(rows))
    t.sound("the full archive", archive=archive)
    t.bad("again, still full", 75, "crawl", "-c", path, archive=archive)
    subprocess.run(["mount", "-o", "remount,size=16m", disk], check=True)
    done = t.run("crawl", "-c", path, archive=archive)
    t.check("with room again it goes on", 0, done.returncode, done.stderr)
    t.sound("the archive with room again", archive=archive)
    now = {row["id"]: row for row in t.captured(archive)}
    for row in rows:
        t.check(f"capture {row['id']} was kept", row["digest"], now[row["id"]]["digest"])
    urls = {row["url"] for row in now.values()}
    t.check("all pages are there in the end", 60, len([u for u in urls if "/story-" in u]))
    disk = t.tmpfs("floor", "8m")
    archive = os.path.join(disk, "archive")
    path = t.settings(site.url, private, "run: {disk_floor: 1GiB}", archive=archive)
    t.bad("a disk below its floor", 75, "crawl", "-c", path, archive=archive, says="floor")
    site.close()


def is_reading(pid):
    """True once the process has the data file open."""
    folder = f"/proc/{pid}/fd"
    try:
        return any(os.readlink(os.path.join(folder, fd)).endswith("/data.mdb")
                   for fd in os.listdir(folder))
    except OSError:
        return False


def memory_fault(t, number):
    """A reader whose memory is gone says which archive, and is no crash to look at."""
    pipe = os.path.join(t.folder, "never-read")
    os.mkfifo(pipe)
    for name in (signal.SIGSEGV, signal.SIGBUS):
        reader = subprocess.Popen([t.program, "restore", str(number), "--archive", t.archive, "-o", pipe], env=t.env, cwd=t.folder,
                                  stderr=subprocess.PIPE, text=True)
        # It waits for somebody to read the pipe, with the archive open.
        while reader.poll() is None and not is_reading(reader.pid):
            pass
        reader.send_signal(name)
        said = reader.communicate(timeout=30)[1]
        t.check(f"restore after {name.name} exits", 65, reader.returncode, said)
        t.check_that(f"restore after {name.name} names the archive", t.archive in said, said)


def damage(t):
    """Files that are cut, overwritten or have bits flipped."""
    site = Site(small_site(12))
    path = t.settings(site.url, "network: {allow_private: [127.0.0.1]}")
    t.check("a crawl", 0, t.run("crawl", "-c", path).returncode)
    site.close()
    data = os.path.join(t.archive, "data.mdb")
    with open(data, "rb") as file:
        whole = file.read()
    rows = t.run("list", "--json").stdout
    some = [row["id"] for row in t.captured()][:4]
    reading = [["list"], ["status"], ["verify"], ["verify", "--full"],
               ["history", site.url + "story-1.html"], ["show", site.url + "story-1.html"],
               ["restore", site.url + "story-1.html", "-o", "-"], ["why", site.url]]
    writing = [["crawl", "-c", path]]

    def put(content):
        with open(data, "wb") as file:
            file.write(content)

    cut_pages = 0
    for keep in (0.9, 0.5, 0.25, 0.1):
        put(whole[:int(len(whole) * keep) // 4096 * 4096])
        if t.run("verify", "--full").returncode == 0:
            # All that is missing was free, as after a kill: then nothing may be missing to a reader.
            t.check_that(f"a data file cut to {keep}, whole by its free list: nothing is missing",
                         t.run("list", "--json").stdout == rows)
            continue
        cut_pages += 1
        # Where all that is missing was free a writer may go on; it says so by the free list.
        for command in reading + (writing if keep < 0.6 else []):
            t.bad(f"a data file cut to {keep}, {command[0]}", 65, *command)
    t.check_that("a cut through pages in use was among them", cut_pages >= 2)
    put(whole[:len(whole) // 2 + 777])
    t.bad("a data file cut within a page", 65, "verify", "--full")
    put(whole[:100])
    t.bad("a data file of 100 bytes", 65, "list")
    put(random.Random(1).randbytes(len(whole)))
    for command in reading + writing:
        t.bad(f"a data file of noise, {command[0]}", 65, *command)
    # Where nothing is found under the name of a table, nothing is begun anew either.
    node = b"\x02\x00\x04\x00"  # LMDB's head of a named table: its flag, and the length of the name
    changed = whole.replace(node + b"meta", node + b"oeta")
    t.check_that("the table's name stands in the file", changed != whole)
    for command in reading + writing:
        put(changed)
        t.bad(f"the name of a table changed, {command[0]}", 65, *command)
    dice = random.Random(int(os.environ.get("WV_TEST_SEED", "20261122")))
    found = unused = faulted = 0
    for _ in range(int(os.environ.get("WV_TEST_FLIPS", "60"))):
        at, bit = dice.randrange(len(whole)), dice.randrange(8)
        put(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1:])
        done = t.run("verify", "--full", timeout=30)
        name = f"bit {bit} of byte {at} flipped"
        if done.returncode == 0:
            unused += 1
            t.check_that(f"{name}: verify is content, so nothing shows",
                         t.run("list", "--json").stdout == rows)
            for number in some:
                t.check(f"{name}: restore {number}", 0,
                        t.run("restore", number, "-o", "-").returncode)
        elif t.check(f"{name}: verify exits", 65, done.returncode, done.stderr):
            found += 1
            for command in (["list"], ["show", site.url + "story-1.html"],
                            ["restore", site.url + "story-1.html", "-o", "/dev/null"]):
                done = t.run(*command, timeout=30)
                faulted += "its data file is damaged, or was cut" in done.stderr
                t.check_that(f"{name}: {command[0]} ends as documented",
                             done.returncode in (0, 1, 65), (done.returncode, done.stderr))
    print(f"{found} flips found, {unused} in unused space, readers met a memory fault {faulted} times")
    put(whole)
    t.sound("the file as it was")
    memory_fault(t, some[0])
    # A device is written to; a file renamed over it would take it from the whole machine.
    pipe = os.path.join(t.folder, "pipe")
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
    t.check("restore into a pipe", 0, t.run("restore", some[0], "-o", pipe).returncode)
    t.check_that("the pipe's reader got the bytes", reader.communicate(timeout=30)[0])
    t.check_that("the pipe is still one", stat.S_ISFIFO(os.stat(pipe).st_mode))


def at_work(t):
    """Two runs at once; interrupts; a reader that has had enough."""
    site = Site(small_site(40))
    path = t.settings(site.url, "network: {allow_private: [127.0.0.1]}",
                      "politeness: {delay: 100ms, delay_factor: 0}")

    def start():
        before = len(site.asked)
        run = subprocess.Popen([t.program, "crawl", "-c", path], env=t.env, cwd=t.folder,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2000):
            if len(site.asked) > before + 3 or run.poll() is not None:
                return run
            time.sleep(0.005)
        return run

    for number, times, code in ((signal.SIGINT, 1, 130), (signal.SIGTERM, 1, 143),
                                (signal.SIGINT, 2, 130)):
        run = start()
        if times == 1 and number == signal.SIGINT:
            began = time.monotonic()
            t.bad("a second run while the first works", 75, "crawl", "-c", path,
                  says=f"locked by process {run.pid}")
            t.check_that("ends at once", time.monotonic() - began < 2)
        began = time.monotonic()
        for _ in range(times):
            run.send_signal(number)
            time.sleep(0.02)
        _, told = run.communicate(timeout=30)
        t.check(f"{number.name} {times} times exits", code, run.returncode, told)
        t.check_that(f"{number.name} {times} times: soon", time.monotonic() - began < 5)
        t.sound(f"after {number.name} {times} times")
        kept = {row["url"] for row in t.captured()}
        if times == 1:
            answered = {site.url + target[1:] for target in site.asked if "story" in target}
            t.check(f"{number.name}: what was answered was kept", set(), answered - kept)
    done = t.run("crawl", "-c", path)
    t.check("the next run ends what is left", 0, done.returncode, done.stderr)
    t.check("all pages are there", 40, len({row["url"] for row in t.captured()
                                            if "/story-" in row["url"]}))
    stories = [target for target in site.asked if "story" in target]
    t.check_that("hardly a page was asked for twice", len(stories) <= 42, len(stories))
    done = subprocess.run(["sh", "-c", '"$0" list --archive "$1" | head -n 1', t.program,
                           t.archive], capture_output=True, text=True, check=False)
    t.check("a reader that has had enough", (0, "", 1),
            (done.returncode, done.stderr, len(done.stdout.splitlines())))
    for closed in ("2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
        for word in ("crawl -v -c", "crawl --json -c"):
            done = subprocess.run(["sh", "-c", f'"$0" {word} "$1" {closed}', t.program, path],
                                  capture_output=True, env=t.env, check=False)
            expected = 74 if "json" in word and ">&- " in closed else 0
            t.check(f"{word} with {closed}", expected, done.returncode)
        t.check(f"nothing is written to the archive's files for want of {closed}", 0,
                subprocess.run(["sh", "-c", f'exec "$0" verify --full --archive "$1" {closed}',
                                t.program, t.archive], check=False).returncode)
    done = subprocess.run(["sh", "-c", 'exec "$0" list --archive "$1" <&- >&- 2>&-', t.program,
                           t.archive], check=False)
    t.check("results without a standard output", 74, done.returncode)
    t.sound("after runs with closed descriptors")
    with open("/dev/full", "w", encoding="utf-8") as no_room:
        done = subprocess.run([t.program, "list", "--archive", t.archive], stdout=no_room,
                              stderr=subprocess.PIPE, text=True, check=False)
        t.check_that("results that cannot be written", done.returncode in (74, 75) and done.stderr,
                     (done.returncode, done.stderr))
    site.close()


def records(t):
    """--json of every command is JSON, one object a line, each with its format version."""
    site = Site(small_site(3))
    path = t.settings(site.url, "network: {allow_private: [127.0.0.1]}")
    robots = t.write("robots.txt", "User-agent: *\nDisallow: /x\nSitemap: http://a.example/s.xml\n")
    page = t.write("page.html", article(1).decode())
    story = site.url + "story-1.html"
    for command in (["crawl", "-c", path], ["crawl", "-c", path, "--dry-run"],
                    ["snap", "-c", path, story], ["list"], ["history", story],
                    ["history", "--captures", story], ["show", story], ["show", "3"],
                    ["diff", story], ["verify", "--full"], ["status"], ["why", story], ["restore", story, "--article=json", "-o", "-"]):
        done = t.run(*command, "--json") if command[0] != "restore" else t.run(*command)
        check_lines(t, command, done)
    for command in (["url", "http://a.example/", "nonsense"], ["extract", page, "/none"],
                    ["config", "check", path, "--json"],
                    ["discover", "--url", "http://a.example/", page],
                    ["robots", "--json", "--agent", "wirevault", "--file", robots,
                     "http://a.example/x"]):
        done = subprocess.run([t.program, *command], capture_output=True, text=True, cwd=t.folder,
                              env=t.env, check=False)
        check_lines(t, command, done)
    env = dict(t.env, WIREVAULT_CONFIG=os.path.join(t.folder, "none.yaml"))
    done = t.run("verify", "-c", path, env=env)
    t.check("verify with -c heeds no other settings", 0, done.returncode, done.stderr)
    t.bad("a time that is none", 64, "list", "--from", "yesterwhen", says="yesterwhen")
    t.bad("a verdict that is none", 64, "list", "--verdict", "good", says="good")
    t.bad("a URL that is none, of an archive", 64, "show", "http://[::1")
    t.bad("a page that was never captured", 1, "show", site.url + "never", says="never captured")
    t.bad("an ID that is none", 1, "restore", "999", "-o", "-", says="no capture 999")
    site.close()


def check_lines(t, command, done):
    name = f"{' '.join(command[:2])}, --json"
    t.check_that(f"{name} ends well", done.returncode in (0, 1), (done.returncode, done.stderr))
    for line in done.stdout.splitlines():
        try:
            t.check_that(f"{name} prints an object", isinstance(json.loads(line), dict), line)
        except ValueError as why:
            t.check_that(f"{name} prints JSON: {why}", False, line[:200])
    t.check_that(f"{name} prints something", done.stdout.strip() or command[0] in (
        "verify", "diff", "discover"), done.stderr)


SCENARIOS = {name.__name__: name for name in (
    words, settings, hosts, pages, permissions, full, damage, at_work, records)}


def main():
    t = Trial(os.path.abspath(sys.argv[1]))
    try:
        SCENARIOS[sys.argv[2]](t)
    finally:
        faults = t.close()
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
