#!/usr/bin/env python3
"""Clients that mean harm, against `wirevault serve`.

    serve_attacks.py BUILD quick            every attack that needs no long waiting (the suite)
    serve_attacks.py BUILD slow             those that wait for the server's patience to end
    serve_attacks.py BUILD random [N SEED]  N requests of a grammar (a million by default); --table
    serve_attacks.py BUILD idle [N]         N connections that say nothing (10,000 by default)

While each attack runs, a reader on another address asks for pages. Afterwards the reader has had
all of them within bounds, the server has neither crashed nor failed inside (500), nor leaked
(address sanitizer builds say so at its end), and it stops when it is told to.
"""

import gzip
import os
import pickle
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from served import start

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MARK = '"\'><script>alert(7)</script>'  # never to come back as it was sent
PATIENCE_S = 15      # the server's idle time
READER_WORST_S = 3.0 # on a machine that does much else; an address sanitizer gets more

TOPICS = ["harbour", "央行 利率 政策", "円安 日銀 金利", "library roof", "council <b>bold</b> & \"quoted\""]


def page(topic, revision):
    text = " ".join(f"The {topic} was discussed for the {n}th time on Tuesday evening." for n in range(30))
    return (f"<!doctype html><html lang=en><head><meta charset=utf-8><title>News of the {topic}</title>"
            f"<meta property='article:published_time' content='2024-06-0{1 + revision}T08:00:00Z'><meta property='article:section' content='town'></head>"
            f"<body><nav><a href='/a'>Home</a></nav><article><h1>News of the {topic}</h1>"
            f"<p>Revision {revision}. {text}</p><p>{text}</p><img src='/pictures/one.png' srcset='/p/2.png 2x'>"
            f"</article></body></html>").encode()


def warc_record(url, when, status, kind, body, more=""):
    http = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body
    number = random.Random(url + when).getrandbits(48)
    return (f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012x}>\r\n"
            f"WARC-Date: {when}\r\nWARC-Target-URI: {url}\r\nContent-Type: application/http;msgtype=response\r\n"
            f"Content-Length: {len(http)}\r\n\r\n").encode() + http + b"\r\n\r\n"


def write_warc(path):
    with gzip.open(path, "wb", compresslevel=1) as out:
        for number, topic in enumerate(TOPICS):
            for revision in range(3):
                when = f"2024-06-{10 + number:02}T0{revision + 1}:00:00Z"
                out.write(warc_record(f"http://news.example/{number}/story?id={number}", when, "200 OK",
                                      "text/html; charset=utf-8", page(topic, revision)))
        out.write(warc_record("http://news.example/0/story", "2024-06-12T00:00:00Z", "200 OK", "text/css", b"@import 'a.css'; p { background: url(/p.png) }"))
        out.write(warc_record("http://news.example/asks", "2024-06-12T00:00:00Z", "200 OK", "text/html",
                              page("wish <meta name=robots content='noarchive'>", 0)))
        out.write(warc_record("http://news.example/moved", "2024-06-12T00:00:00Z", "301 Moved Permanently",
                              "text/html", b"", "Location: http://news.example/0/story?id=0\r\n"))
        out.write(warc_record("http://news.example/none", "2024-06-12T00:00:01Z", "404 Not Found",
                              "text/html", b"<h1>No such page</h1>"))
        out.write(warc_record("http://news.example/pictures/one.png", "2024-06-12T00:00:02Z", "200 OK", "image/png",
                              b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40))
        out.write(warc_record("http://news.example/large", "2024-06-12T00:00:03Z", "200 OK", "text/plain",
                              b"0123456789abcdef" * (8 << 16)))
        for name in ("hidden", "blocked", "erased"):
            out.write(warc_record(f"http://news.example/{name}", "2024-06-13T00:00:00Z", "200 OK",
                                  "text/html; charset=utf-8", page("secret of the " + name, 0)))


def split_answers(data):
    """[(status, head, body)], and what is left over: answers to GET one after another."""
    answers = []
    while True:
        end = data.find(b"\r\n\r\n")
        if end < 0 or not data.startswith(b"HTTP/1."):
            return answers, data
        head = data[:end + 4].decode("latin-1")
        status = int(head[9:12])
        length = re.search(r"(?im)^content-length: (\d+)\r$", head)
        size = 0 if status == 304 or not length else int(length.group(1))
        if len(data) - end - 4 < size:
            return answers, data
        answers.append((status, head, data[end + 4:end + 4 + size]))
        data = data[end + 4 + size:]


class Server:
    def __init__(self, build, settings="", more=()):
        self.program = os.path.join(build, "wirevault")
        self.folder = tempfile.mkdtemp(prefix="wirevault-attacks-")
        self.faults = []
        self.env = dict(os.environ, NO_COLOR="1")
        for name in ("WIREVAULT_CONFIG", "WIREVAULT_CONTACT"):
            self.env.pop(name, None)
        self.archive = os.path.join(self.folder, "archive")
        write_warc(os.path.join(self.folder, "news.warc.gz"))
        self.run("import", "--source", "news", "news.warc.gz")
        self.run("subscribe", "tide", "harbour | library")
        for level in ("hide", "block", "erase"):
            name = {"hide": "hidden", "block": "blocked", "erase": "erased"}[level]
            self.run("takedown", level, f"http://news.example/{name}", "--reason", "a test", code=None)
        with open(os.path.join(self.folder, "s.yaml"), "w", encoding="utf-8") as out:
            out.write("archive: " + self.archive + "\nagent: {contact: mailto:test@news.example}\n" + settings)
        self.errors = open(os.path.join(self.folder, "stderr"), "w+b")
        self.process, base = start(
            self.program, "-c", "s.yaml", *more, cwd=self.folder, env=self.env, stderr=self.errors,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(
                resource.RLIMIT_NOFILE)[1])))
        self.port = int(base.rsplit(":", 1)[1])

    def run(self, *words, code=0):
        done = subprocess.run([self.program, *words, "--archive", self.archive], cwd=self.folder, env=self.env,
                              capture_output=True, check=False)
        if code is not None and done.returncode != code:
            sys.exit(f"{words}: exit {done.returncode}: {done.stderr.decode(errors='replace')[-1500:]}")

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")[-4000:]

    def fault(self, what):
        self.faults.append(what)
        if len(self.faults) <= 40:
            print("FAULT:", what[:1000], flush=True)

    def connect(self, client=2, timeout=20.0, receive=None):
        """From 127.0.0.`client`: each a client of its own."""
        one = socket.socket()
        one.settimeout(timeout)
        if receive:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        one.bind((f"127.0.{client // 250}.{client % 250}", 0))
        one.connect(("127.0.0.1", self.port))
        return one

    def send(self, data, client=2):
        """Everything that came back until the server closed, or the patience ended."""
        got = b""
        try:
            one = self.connect(client)
        except ConnectionError as error:
            self.fault(f"{error}: {data[:200]!r}")
            return got
        with one:
            try:
                one.sendall(data)
            except OSError:
                pass
            try:
                while True:
                    piece = one.recv(1 << 16)
                    if not piece:
                        break
                    got += piece
            except ConnectionError:
                pass
            except TimeoutError:
                self.fault(f"not closed: {data[:200]!r}")
        return got

    def get(self, target, client=2, method=b"GET", host=b"news.example", more=b""):
        """One request; (status, head, body), or (0, '', b'') where the server closed."""
        target = target if isinstance(target, bytes) else target.encode("utf-8", "surrogatepass")
        got = self.send(method + b" " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n" + more +
                        b"\r\n", client)
        answers, _ = split_answers(got)
        return answers[0] if answers else (0, "", b"")

    def look(self, what, answer, allowed=None):
        """What holds of every answer, whatever was asked."""
        status, head, body = answer
        if status >= 500 and status != 503 and status != 505:
            self.fault(f"{what}: {status} {body[:200]!r}")
        if allowed is not None and status not in allowed:
            self.fault(f"{what}: {status}, not one of {sorted(allowed)}")
        if MARK.encode() in body and "text/html" in head.lower():
            self.fault(f"{what}: came back unescaped")
        if re.search(r"(?im)^(set-cookie|x-evil):", head):
            self.fault(f"{what}: a field of the client's making: {head!r}")
        if b"root:x:0:0" in body:
            self.fault(f"{what}: a file of this machine")

    def anonymous_mib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) / 1024
        return 0

    def is_sanitized(self):
        with open(f"/proc/{self.process.pid}/maps", encoding="utf-8") as maps:
            return any("asan" in line or "tsan" in line for line in maps)

    def has_ended(self):
        """Asked by children too, who can't wait for it."""
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] in "ZX"

    def end(self):
        if self.process.poll() is not None:
            self.fault(f"the server ended: {self.process.returncode}")
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "killed"
        if code not in (0, 143):
            self.fault(f"exit {code} after SIGTERM")
        if "Sanitizer" in self.stderr() or "assert" in self.stderr():
            self.fault(self.stderr())
        self.errors.close()
        if self.faults:
            print(f"{len(self.faults)} faults; left for looking at: {self.folder}")
        else:
            shutil.rmtree(self.folder)
        return 1 if self.faults else 0


class Reader(threading.Thread):
    """Somebody else, who reads on through it all."""

    def __init__(self, server, pause=0.02):
        super().__init__(daemon=True)
        self.server, self.pause = server, pause
        self.times, self.wrong = [], []
        self.is_over = threading.Event()
        self.worst = READER_WORST_S * (8 if server.is_sanitized() else 1)

    def run(self):
        targets = ["/", "/snapshot/0", "/snapshot/4"]
        count = 0
        while not self.is_over.wait(self.pause):
            began = time.monotonic()
            try:
                answer = self.server.get(targets[count % len(targets)], client=1)
            except OSError as error:
                answer = (0, str(error), b"")
            count += 1
            self.times.append(time.monotonic() - began)
            if answer[0] != 200:
                self.wrong.append(answer[:2])

    def end(self, what):
        while not self.times:
            time.sleep(0.01)
        self.is_over.set()
        self.join()
        times = sorted(self.times)
        if self.wrong:
            self.server.fault(f"{what}: {len(self.wrong)} of {len(times)} pages not had by the reader: {self.wrong[:3]}")
        p99 = times[min(len(times) - 1, len(times) * 99 // 100)]
        if times[-1] > self.worst:
            self.server.fault(f"{what}: the reader waited {times[-1]:.2f} s (most {self.worst} s)")
        print(f"{what:28} reader: {len(times):5} pages, median {times[len(times) // 2] * 1000:6.1f} ms, "
              f"p99 {p99 * 1000:7.1f} ms, worst {times[-1] * 1000:7.1f} ms; server "
              f"{self.server.anonymous_mib():.1f} MiB anonymous", flush=True)


# ---- attacks; each takes the server ----

def routes():
    """What the program's own table of routes says, so that a new route is attacked from its first day."""
    with open(os.path.join(ROOT, "archive/serve/routes.c"), encoding="utf-8") as source:
        return re.findall(r'^\t\{"(/[^"]*)", (true|false)', source.read(), re.M)


def sources():
    for name in sorted(os.listdir(os.path.join(ROOT, "archive/serve"))):
        if name.endswith(".c"):
            with open(os.path.join(ROOT, "archive/serve", name), encoding="utf-8") as source:
                yield source.read()


def api_routes():
    """The addresses of the JSON API, by its own table."""
    with open(os.path.join(ROOT, "archive/serve/api.c"), encoding="utf-8") as source:
        return [("/api/" + name, takes_id) for name, takes_id in re.findall(r'^\t\{"([a-z/]+)", (true|false), wv_api_', source.read(), re.M)]


def parameters():
    """Every name that some route reads: what stands in the program where one is read, and its lists of fields."""
    found = set()
    for text in sources():
        for call in re.findall(r'(?:parameter|parameter_at|read_time|read_id|api_instant|api_number|read_instant|read_number|choose)\([^";]{0,60}"([a-z][A-Za-z-]+|q)"', text):
            found.add(call)
        for listed in re.findall(r'(?:query_fields|\bfields)\[WV_QUERY_FIELDS\] = \{(.*?)\}', text, re.S):
            found.update(re.findall(r'"([a-z]+)"', listed))
    return sorted(found)


URLS = ["http://news.example/0/story?id=0", "http://news.example/moved", "http://news.example/none",
        "http://news.example/pictures/one.png", "http://news.example/large", "news.example/0/story?id=0",
        "http://news.example/0/story", "http://news.example/asks", "http://news.example/hidden", "http://news.example/blocked", "http://news.example/erased"]
BAD_URLS = ["", "/", "http://", "http:///", "http://[", "http://[::1", "http://a:99999999/", "http://a b/", "javascript:alert(7)",
            "file:///etc/passwd", "//news.example", "http://user:pass@news.example/", "http://" + "a" * 3000,
            "http://xn--/", "http://%00/", "http://news.example/%", "ftp://x/", "data:text/html,x", "http://1.2.3.4.5/",
            "http://news.example/" + "a/" * 1500, "http://news.example/?" + "&" * 2000, "http://新闻.例/", "*", "*.example", MARK]
TIMES = ["2024", "20240611", "20240611010000", "2024-06-11T01:00:00Z", "now", "1h%20ago"]
BAD_TIMES = ["", "0", "00000000000000", "99999999999999", "20241301", "20240230", "20240611250000", "2024061101000099",
             "-1", "9223372036854775807", "18446744073709551616", "1e99", "NaN", "2024-06-11T01:00:00+99:99",
             "2024-06-11T01:00:60Z", "%00", "٢٠٢٤", "1970", "0001", "9999", "3h", "-3h%20ago", "999999999999999999d%20ago", MARK,
             "20240611id", "20240611id_", "20240611im_", "20240611zz_"]
IDS = ["0", "1", "5", "16", "99999", "-1", "00", "18446744073709551615", "18446744073709551616", "0x1", "1e3", "%30", "a", "", " ", "1/2"]
NAMES = ["as-of", "known-at", "lang", "q", "url", "from", "to", "limit", "page", "sort", "closest", "filter", "fl", "output",
         "matchType", "source", "category", "verdict", "topic", "format", "at", "a", "b", "id", "view", "offset", "day", "month", "cursor",
         "after", "days", "name", "order", "until", *parameters()]
VALUES = ["", "1", "-1", "0", "99999999999999999999", "a" * 5000, "%00", "%ff%fe", "%E8%B4", "../../etc/passwd", MARK, "*", "\"", "%22",
          "json", "exact", "prefix", "domain", "host", "reverse", "!statuscode:200", "statuscode:[", "urlkey:(((((", "original:.*.*.*.*x",
          "(a", "a OR", "NEAR(", "\"unclosed", "-", "NOT", "a AND NOT b OR", "^", "title:", "'; DROP TABLE x; --", "%F0%9F%92%A9",
          "//evil.example/", "/\\evil.example", "https://evil.example/", "/%0d%0aX-Evil:1", "%0d%0aSet-Cookie:x=1", "en", "zh", "ja", "xx",
          *BAD_TIMES]


def encode(text):
    """A target's bytes: what may not stand in one is escaped, escapes stay."""
    return b"".join(bytes([c]) if 0x21 <= c <= 0x7e and c not in b'"<>\\^`{|}' else b"%%%02X" % c for c in
                    text.encode("utf-8", "surrogatepass"))


def paths(server):
    """Ways out of a folder that there is none of."""
    deep = "../" * 12 + "etc/passwd"
    tricks = ["/../etc/passwd", "/" + deep, "//etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/%252e%252e/etc/passwd",
              "/assets/../../../../etc/passwd", "/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/assets/style.%00.css",
              "/..%5c..%5cetc%5cpasswd", "/\\..\\..\\etc\\passwd", "/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd", "/%e0%80%ae/",
              "/%00", "/a%00b", "/.%2e/", "/;/", "/.", "/..", "/./", "/%", "/%%", "/%zz", "/~root", "/.git/config", "/web/",
              "/snapshot/../../etc/passwd", "/snapshot/0%2f..%2f..", "/" + "a/" * 4000, "/" + "%41" * 2600, "/?" + "&" * 8000,
              "/?" + "a=b&" * 1900, "/#", "/??", "/" + MARK.replace(" ", "%20"), "/\xff\xfe", "/%ff", "/" + "\u202e" * 50]
    for trick in tricks:
        for prefix in ("",) if len(trick) > 4000 else ("", *[path.rstrip("/") for path, is_prefix in routes() if is_prefix == "true"]):
            target = (prefix + trick).encode("utf-8")
            server.look(f"GET {target[:80]!r}", server.get(target))
    for target in (b"*", b"http://news.example/", b"https://evil.example/", b"news.example:80", b"\\", b"", b"?", b"..", b"a", b"\x00"):
        server.look(f"target {target!r}", server.get(target), {0, 400})
    for method, allowed in ((b"CONNECT", {405}), (b"POST", {405}), (b"DELETE", {405}), (b"OPTIONS", {405}), (b"TRACE", {405}),
                            (b"PROPFIND", {405}), (b"get", {405}), (b"X" * 5000, {0, 400, 405, 414, 431, 501})):
        server.look(f"method {method[:20]!r}", server.get("/", method=method), allowed)


def hosts(server):
    for host in (b"", b"evil.example/path", b"a b", b"a@b", b"<script>", b"a\xff", b"[::1", b"a:b", b"a,b", b"a" * 300):
        server.look(f"host {host!r}", server.get("/", host=host), {0, 400})
    for host in (b"evil.example", b"127.0.0.1:1", b"[::1]:80", b"LOCALHOST.", b"a\x00b"):
        answer = server.get("/", host=host)
        server.look(f"host {host!r}", answer, {200})
        if b"evil.example" in answer[2]:
            server.fault("the page says the name that the client gave")
    for more in (b"Host: b\r\n", b"X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: javascript\r\nForwarded: host=evil\r\n"):
        answer = server.get("/", more=more)
        server.look(f"more {more!r}", answer, {200, 400})
        if b"evil" in answer[2] or "evil" in answer[1]:
            server.fault(f"the page believes {more!r}")


def bombs(server):
    closed = {0, 400, 413, 414, 431}
    line = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    cases = {
        "endless line": b"GET /" + b"a" * 5000000,
        "endless field": line + b"X: " + b"a" * 5000000,
        "endless fields": line + b"X: a\r\n" * 500000,
        "empty fields": line + b":\r\n" * 100000 + b"\r\n",
        "folded": line + b"X: a\r\n" + b" b\r\n" * 100000 + b"\r\n",
        "cookies": line + b"Cookie: " + b"a=b; " * 3000 + b"\r\n\r\n",
        "empty lines": b"\r\n" * 500000,
        "NULs": b"\x00" * 500000,
        "no end": b"G" * 500000,
        "spaces": b"GET " + b" " * 200000 + b"/ HTTP/1.1\r\n\r\n",
        "arguments": b"GET /?" + b"a&" * 100000 + b" HTTP/1.1\r\n\r\n",
        "body": line + b"Content-Length: 99999999999\r\n\r\n" + b"x" * 3000000,
        "length": line + b"Content-Length: -1\r\n\r\n",
        "length of 2^64": line + b"Content-Length: 18446744073709551616\r\n\r\n",
        "two lengths": line + b"Content-Length: 0\r\nContent-Length: 1\r\n\r\nx",
        "chunks": line + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 100000,
        "both": line + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        "identity": line + b"Transfer-Encoding: identity\r\n\r\n",
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 8 + b"\r\n\r\n",
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    }
    for name, data in cases.items():
        answers, _ = split_answers(server.send(data))
        server.look(name, answers[0] if answers else (0, "", b""), closed | {505, 200} if name in ("cookies", "spaces", "empty fields") else
                    closed | {405, 505})


def pipelines(server):
    """A thousand requests in one go: answered in order; and never read, then given up."""
    one = b"GET /snapshot/%d HTTP/1.1\r\nHost: a\r\n\r\n"
    data = b"".join(one % (i % 3) for i in range(999)) + b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    with server.connect(3) as flood:
        writer = threading.Thread(target=flood.sendall, args=(data,))
        writer.start()
        got, statuses = b"", []
        while piece := flood.recv(1 << 18):
            answers, got = split_answers(got + piece)
            statuses += [answer[0] for answer in answers]
        writer.join()
    if statuses != [200] * 1000 and len(statuses) != 1000:
        server.fault(f"{len(statuses)} of 1000 answers to one pipeline")
    deaf = [server.connect(4, receive=4096) for _ in range(20)]
    for one_deaf in deaf:
        one_deaf.settimeout(0.2)
        try:
            one_deaf.sendall(data * 20)
        except OSError:
            pass
    time.sleep(1)
    for one_deaf in deaf:
        one_deaf.close()


def values(server):
    """Each route with each kind of nonsense, alone and as parameters."""
    for path, is_prefix in routes():
        tails = [""] if is_prefix == "false" else [*IDS, *[url for url in URLS + BAD_URLS],
                                                   *[when + "/" + URLS[0] for when in TIMES + BAD_TIMES]]
        for tail in tails:
            target = encode(path + tail)
            server.look(f"GET {target[:120]!r}", server.get(target, client=5))
        for name in NAMES:
            for value in random.Random(path + name).sample(VALUES + IDS + URLS, 4):
                target = encode(path) + b"?" + name.encode() + b"=" + encode(value).replace(b"&", b"%26")
                server.look(f"GET {target[:160]!r}", server.get(target, client=5))
    for field in ("Accept-Language", "Accept-Datetime", "If-None-Match", "Accept", "User-Agent", "Referer", "Accept-Encoding", "Range"):
        for value in ("", ",", ";q=", "*;q=9", "a" * 8000, "en;q=0.1," * 800, "\xff\xfe", "Thu, 31 Feb 2024 25:61:61 GMT",
                      "Thu, 01 Jan 1970 00:00:00 GMT", "\"" * 100, MARK, "bytes=0-0,1-1," * 300):
            server.look(f"{field}: {value[:30]}", server.get("/snapshot/0", client=5, more=f"{field}: {value}\r\n".encode("latin-1")))


def takedowns(server):
    """Nothing asked in any way shows a text that was taken down."""
    for path, is_prefix in routes():
        for url in URLS[-3:]:
            tails = [url, "2024/" + url, "20240613000000id_/" + url, "link/" + url, "json/" + url] if is_prefix == "true" else [""]
            for tail in tails:
                for query in ("", "?url=" + url, "?q=secret", "?url=news.example&matchType=domain"):
                    answer = server.get(encode(path + tail + query), client=6)
                    server.look(f"GET {path}{tail}{query}", answer)
                    if b"secret of the" in answer[2]:
                        server.fault(f"taken down, and shown: GET {path}{tail}{query}")


# ---- random requests ----

SEGMENTS = ["as-of=2024/", "known-at=2024-06-11T01:00:00Z/", "as-of=20240611&known-at=2025/", "as-of=/", "as-of=x/", "lang=zh/", "known-at=now&as-of=1h ago/", "as-of=" + "9" * 300 + "/",
            "as-of=2024&as-of=2023", "known-at="]
MODIFIERS = ["", "id_", "if_", "mp_", "fr_", "fw_", "im_", "cs_", "js_", "oe_", "xx_"]
KEYS = ["6578616d706c652c6e657773292f302f73746f72793f69643d30.1717981200000000.1", "00.0.0", "zz", "6578.1.1", "1717981200000000-1", "9" * 19 + "-" + "9" * 20]


# What a route answers well, to begin with: what is done to it further on is done to something that works.
GOOD = {
    "/compare": ["?from=0&to=1", "?from=1&to=2&view=side"], "/api/compare": ["?from=0&to=1", "?from=3&to=5"], "/feed/": ["tide.atom", "tide.json"], "/source/": ["news", "news?page=2"],
    "/category/": ["town", "town?page=2"], "/history": ["?url=http://news.example/0/story%3Fid=0", "?url=http://news.example/none"], "/search": ["?q=harbour", "?q=*&order=time"],
    "/api/history": ["?url=http://news.example/0/story%3Fid=0"], "/api/search": ["?q=harbour&sort=time"], "/cdx": ["?url=*.example", "?url=news.example&matchType=host&sort=reverse"],
    "/assets/style.": [], "/assets/page.": [],
}


def learn_assets(server):
    """The addresses of style sheet and script have their digests."""
    for path in re.findall(rb'(?:href|src)="/assets/((?:style|page)\.[^"]+)"', server.get("/")[2]):
        kind, rest = path.decode().split(".", 1)
        GOOD[f"/assets/{kind}."] = [rest]


def some_target(dice, known):
    path, is_prefix = dice.choice(known)
    target = path
    if GOOD.get(path) and dice.random() < .5:
        target += dice.choice(GOOD[path])
    elif is_prefix == "true" and path.startswith(("/web/", "/timegate/", "/timemap/")) and dice.random() < .6:
        if dice.random() < .4:
            target += dice.choice(SEGMENTS)
        if path == "/web/":
            target += dice.choice(TIMES if dice.random() < .8 else BAD_TIMES) + dice.choice(MODIFIERS) + "/"
        elif dice.random() < .2:
            target += dice.choice(KEYS) + "/"
        target += dice.choice(URLS if dice.random() < .8 else BAD_URLS)
    elif is_prefix == "true":
        kind = dice.randrange(6)
        when = dice.choice(TIMES if dice.random() < .7 else BAD_TIMES)
        url = dice.choice(URLS if dice.random() < .7 else BAD_URLS)
        target += (dice.choice(IDS), url, when + "/" + url, when, dice.choice(["link/", "json/", "cdxj/", ""]) + url,
                   dice.choice(VALUES))[kind]
    if dice.random() < .5:
        target += ("&" if "?" in target else "?") + "&".join(dice.choice(NAMES) + "=" + dice.choice(VALUES + URLS + TIMES + IDS + KEYS) for _ in range(dice.randrange(1, 5)))
    data = bytearray(encode(target))
    if dice.random() < .4:
        for _ in range(dice.randrange(1, 4)):
            at = dice.randrange(len(data) or 1)
            act = dice.randrange(4)
            if act == 0:
                data[at:at + 1] = b"/"
                data[at] = dice.choice(b"%/?&=+.:;,@!$'()*~-_0aZ\x80\xff")
            elif act == 1:
                del data[at:at + dice.randrange(1, 9)]
            elif act == 2:
                data[at:at] = data[at:at + dice.randrange(1, 40)] * dice.randrange(1, 4)
            else:
                data[at:at] = b"%%%02x" % dice.randrange(256)
        if not data.startswith(b"/"):
            data[:0] = b"/"
    return bytes(data[:8000]).replace(b"\x00", b"")


def random_requests(server, count, seed, client):
    """Sent a few dozen at a time; every one is answered, none with 500."""
    dice = random.Random(seed)
    known = [*routes(), *api_routes()]
    names = parameters()
    left = count
    statuses, reached = {}, {}
    while left > 0:
        batch = [some_target(dice, known) for _ in range(min(left, 32))]
        data = b"".join(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n" +
                        (b"Accept-Language: " + dice.choice([b"zh", b"ja", b"en", b"*", b"x;q=y"]) + b"\r\n") + b"\r\n" for target in batch)
        got, answers = b"", []
        with server.connect(client, timeout=120) as one:
            writer = threading.Thread(target=lambda one=one, data=data: swallow(one, data))
            writer.start()
            try:
                while len(answers) < len(batch) and (piece := one.recv(1 << 18)):
                    found, got = split_answers(got + piece)
                    answers += found
            except ConnectionError:
                pass  # closed with requests unread: after one that it refused
            except OSError as error:
                server.fault(f"random requests: {error}: {batch[len(answers)][:300]!r}")
            writer.join()
        if not answers:
            answers = [server.get(batch[0], client)]
        for target, answer in zip(batch, answers):
            server.look(f"GET {target[:400]!r}", answer)
            statuses[answer[0]] = statuses.get(answer[0], 0) + 1
            count_reached(reached, known, names, target.decode("latin-1"), answer[0])
        if answers[0][0] == 0:
            server.fault(f"no answer: {batch[0][:400]!r}")
        left -= len(answers)  # what follows an answer that ends its connection is asked anew, as others
        if server.has_ended():
            server.fault(f"the server ended; the last batch: {batch}")
            return
    print(f"seed {seed}: {count} requests: " + ", ".join(f"{k}: {v}" for k, v in sorted(statuses.items())), flush=True)
    return reached


def count_reached(reached, known, names, target, status):
    """By the route that a target leads to, and the parameters that it gives it."""
    path, _, query = target.partition("?")
    route = max((one for one, is_prefix in known if (path.startswith(one) if is_prefix == "true" else path == one)), key=len, default=None)
    if not route:
        return
    reached[route] = reached.get(route, 0) + 1
    if status // 100 in (2, 3):
        reached[route, "well"] = reached.get((route, "well"), 0) + 1
    given = query if not route.startswith(("/web/", "/timegate/", "/timemap/")) else path[len(route):].split("/", 1)[0]
    for name in {pair.split("=", 1)[0] for pair in given.split("&")} & set(names):
        reached[route, name] = reached.get((route, name), 0) + 1


def judge_reach(server, count, reached):
    """Every route is reached, answers well at times, and has had every parameter that any route reads."""
    known = [route for route, _ in [*routes(), *api_routes()]]
    for route in known:
        if reached.get(route, 0) < count // len(known) // 4:
            server.fault(f"{route}: reached {reached.get(route, 0)} times of {count}")
        if not reached.get((route, "well")):
            server.fault(f"{route}: never answered well")
        missing = [name for name in parameters() if not route.startswith(("/web/", "/timegate/", "/timemap/")) and not reached.get((route, name))]
        if missing and count >= 50000:
            server.fault(f"{route}: never had {missing}")
    print(f"{len(known)} routes, {len(parameters())} parameters; least reached: " +
          ", ".join(f"{route} {reached.get(route, 0)} ({reached.get((route, 'well'), 0)} well)" for route in sorted(known, key=lambda one: reached.get(one, 0))[:5]), flush=True)
    if "--table" in sys.argv:
        for route in known:
            print(f"{route}\t{reached.get(route, 0)}\t{reached.get((route, 'well'), 0)}")


def swallow(one, data):
    try:
        one.sendall(data)
    except OSError:
        pass


def in_parallel(server, count, seed, ways):
    """Threads would wait for each other; the children tell of faults by their exit."""
    learn_assets(server)
    children, reached = [], {}
    for i in range(ways):
        told = os.path.join(server.folder, f"reached.{i}")
        child = os.fork()
        if child == 0:
            server.faults = []
            with open(told, "wb") as out:
                pickle.dump(random_requests(server, count // ways, seed + i, 10 + i), out)
            sys.stdout.flush()
            os._exit(1 if server.faults else 0)
        children.append((child, told))
    for child, told in children:
        if os.waitpid(child, 0)[1] != 0:
            server.fault("a child with random requests found faults")
            continue
        with open(told, "rb") as file:
            for key, value in (pickle.load(file) or {}).items():
                reached[key] = reached.get(key, 0) + value
    judge_reach(server, count, reached)


# ---- those that wait ----

def loris(server):
    """A byte a second: heads, endless heads, and answers taken a byte a second. All closed in time."""
    heads = [server.connect(20 + i, timeout=1) for i in range(50)]
    kinds = [b"GET / HTTP/1.1\r\nHost: news.example\r\nX: " + b"a" * 1000, b"GET /" + b"a" * 1000, b"\r\n" * 1000]
    takers = [server.connect(80 + i, timeout=1, receive=2048) for i in range(10)]
    for one in takers:
        one.sendall(b"GET /web/20240612000003id_/http://news.example/large HTTP/1.1\r\nHost: a\r\n\r\n" * 4)
    began = time.monotonic()
    alive = dict(enumerate(heads))
    turn = 0
    while alive and time.monotonic() - began < 4 * PATIENCE_S:
        for i, one in list(alive.items()):
            try:
                one.sendall(kinds[i % len(kinds)][turn % 900:turn % 900 + 1])
                one.setblocking(False)
                if one.recv(4096) == b"":
                    raise ConnectionError
            except BlockingIOError:
                pass
            except OSError:
                one.close()
                del alive[i]
        for one in takers:
            try:
                one.setblocking(False)
                one.recv(1)
            except OSError:
                pass
        turn += 1
        time.sleep(0.5)
    took = time.monotonic() - began
    if alive:
        server.fault(f"{len(alive)} slow heads still there after {took:.0f} s")
    print(f"slow heads were closed within {took:.0f} s")
    whole = 0
    for one in takers:
        one.settimeout(5)
        got = 0
        try:
            while piece := one.recv(1 << 18):
                got += len(piece)
        except TimeoutError:
            server.fault("who took a byte at a time is still waited for")
        except OSError:
            pass
        whole += got > 4 * (8 << 20)
        one.close()
    if whole:
        server.fault(f"{whole} had all of their answers in the end")


def hoarders(server):
    """Hundreds of MiB of answers asked for and none of it taken: what is held for them has a bound."""
    most = 0
    many = []
    for i in range(48):
        one = server.connect(100 + i % 24, receive=2048)
        one.sendall(b"GET /web/20240612000003id_/http://news.example/large HTTP/1.1\r\nHost: a\r\n\r\n")
        many.append(one)
        most = max(most, server.anonymous_mib())
    until = time.monotonic() + 3
    while time.monotonic() < until:
        most = max(most, server.anonymous_mib())
        time.sleep(0.02)
    for one in many:
        one.close()
    print(f"48 answers of 8 MiB not taken: {most:.1f} MiB anonymous at most")
    if most > 300 and not server.is_sanitized():
        server.fault(f"{most:.1f} MiB anonymous for answers that nobody took")


def idle(server, count):
    """Connections that say nothing, half of them after one answer; then they are closed, all of them."""
    before = server.anonymous_mib()
    many = []
    for i in range(count):
        try:
            one = server.connect(30 + i % 20, timeout=30)
            if i % 2:
                one.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            many.append(one)
        except OSError as error:
            server.fault(f"connection {i}: {error}")
            break
    print(f"{len(many)} connections: {before:.1f} -> {server.anonymous_mib():.1f} MiB anonymous", flush=True)
    time.sleep(min(3, count / 2000))
    for one in many:
        one.close()


ATTACKS = {
    "paths": paths, "hosts": hosts, "bombs": bombs, "pipelines": pipelines, "values": values, "takedowns": takedowns,
    "hoarders": hoarders, "random": lambda server: random_requests(server, 3000, 1, 7), "idle": lambda server: idle(server, 2000),
}


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    build, what, *more = os.path.abspath(sys.argv[1]), *(one for one in sys.argv[2:] if not one.startswith("--"))
    if what == "quick":
        attacks = dict(ATTACKS)
    elif what == "slow":
        attacks = {"loris": loris}
    elif what == "random":
        count, seed = int(more[0]) if more else 1000000, int(more[1]) if len(more) > 1 else 1
        attacks = {"random": lambda server: in_parallel(server, count, seed, 3)}
    elif what == "idle":
        count = int(more[0]) if more else 10000
        if hard < count + 200:
            print(f"skipped: a process may open {hard} files here, {count} connections need more")
            sys.exit(77)
        attacks = {"idle": lambda server: idle(server, count)}
    else:
        attacks = {what: ATTACKS[what]}
    server = Server(build)
    for name, attack in attacks.items():
        reader = Reader(server)
        reader.start()
        attack(server)
        reader.end(name)
    sys.exit(server.end())


if __name__ == "__main__":
    main()
