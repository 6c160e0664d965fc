#!/usr/bin/env python3
"""The snapshot service under load: bench_serve.py BUILD FOLDER [CAPTURES [steady]]

FOLDER keeps the archive between runs: CAPTURES (100,000) of a fifth as many pages, imported as a crawl
would have stored them. Prints for each kind of page what wrk gets on 16 connections (requests/s, p50,
p99) beside nginx serving the same bytes from a file in the same run; then 200 snapshot pages a second
for twenty seconds, timed from when each was due, alone and while a crawl writes into the same archive;
and the server's own (anonymous) memory at its most. Loopback only; needs wrk and nginx.
"""

import gzip
import json
import os
import random
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import quote

WORDS = {
    "en": "oil gas bank rate rates cut central chips gold tariff exports company Monday shares rose fell minister council "
          "harbour market inflation workers strike budget parliament energy price growth quarter profit forecast".split(),
    "zh": "央行 利率 芯片 油价 上涨 下跌 市场 公司 汇率 出口 关税 黄金 人工智能 昨天 宣布 政府 会议 企业 投资 增长".split(),
    "ja": "日銀 円安 金利 原油 東京 株価 半導体 決算 輸出 発表 米国 中国 市況 上昇 下落 政府 会議 企業 投資 予想".split(),
}
START = 1704067200
SITE = 20000  # pages of the site that is crawled meanwhile


def sentence(dice, language):
    words = [dice.choice(WORDS[language]) for _ in range(dice.randrange(7, 15))]
    number = dice.randrange(1, 5000)
    if language == "en":
        return " ".join(words).capitalize() + f" by {number} million on {dice.choice(['Monday', 'Tuesday', 'Friday'])}. "
    return "".join(words) + f"{number}万。"


def page(number, revision):
    dice = random.Random(number)
    language = ("en", "zh", "ja")[number % 3]
    paragraphs = ["".join(sentence(dice, language) for _ in range(4)) for _ in range(dice.randrange(5, 14))]
    title = sentence(dice, language).strip()
    if revision:
        again = random.Random(number * 100 + revision)
        paragraphs[again.randrange(len(paragraphs))] = "".join(sentence(again, language) for _ in range(4))
    links = "".join(f"<li><a href='/{dice.randrange(20000)}.html'>{sentence(dice, language)}</a></li>" for _ in range(30))
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(START + number * 300))
    return (f"<!doctype html><html lang='{language}'><head><meta charset=utf-8><title>{title}</title>"
            f"<meta property='article:published_time' content='{when}'><link rel=stylesheet href='/style.css'></head>"
            f"<body><nav><ul>{links}</ul></nav><article><h1>{title}</h1>{body}</article>"
            f"<aside><ul>{links}</ul></aside><footer>Example Press</footer></body></html>").encode()


def write_warc(path, captures):
    pages = captures // 5
    with gzip.open(path, "wb", compresslevel=1) as out:
        for capture in range(captures):
            number, revision = capture % pages, capture // pages
            body = page(number, revision if number % 2 else 0)  # half of the pages never change
            when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(START + number * 300 + revision * 7 * 86400))
            http = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
            out.write((f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{capture:012x}>"
                       f"\r\nWARC-Date: {when}\r\nWARC-Target-URI: http://news.example/{number}.html\r\n"
                       f"Content-Type: application/http;msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n").encode()
                      + http + b"\r\n\r\n")


def make_archive(program, folder, captures):
    archive = os.path.join(folder, "archive")
    if os.path.exists(os.path.join(folder, "done")):
        return archive
    shutil.rmtree(archive, ignore_errors=True)
    warc = os.path.join(folder, "news.warc.gz")
    began = time.monotonic()
    write_warc(warc, captures)
    subprocess.run([program, "import", "--quiet", warc, "--archive", archive, "--source", "Example"], check=True)
    os.remove(warc)
    subprocess.run([program, "search", "oil", "--archive", archive], check=True, stdout=subprocess.DEVNULL)
    open(os.path.join(folder, "done"), "w", encoding="ascii").close()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"archive made of {captures} captures in {time.monotonic() - began:.0f} s "
          f"({used.ru_utime + used.ru_stime:.0f} s CPU)", flush=True)
    return archive


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Memory(threading.Thread):
    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most, self.over = pid, 0, threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(0.05):
            with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
                self.most = max(self.most, *[int(line.split()[1]) for line in status if line.startswith("RssAnon:")])


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fetch(port, target, more=""):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        one.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{more}\r\n".encode())
        got = b""
        while piece := one.recv(1 << 16):
            got += piece
    return int(got[9:12]), got.split(b"\r\n\r\n", 1)[1]


def wrk(port, lua, folder, seconds=8, connections=16):
    script = os.path.join(folder, "load.lua")
    with open(script, "w", encoding="utf-8") as out:
        out.write(lua)
    said = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script,
                           f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1))
    p50, p99 = (re.search(rf"{p}%\s+([\d.]+)(us|ms|s)", said).groups() for p in (50, 99))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    unit = {"us": 0.001, "ms": 1, "s": 1000}
    return rate, float(p50[0]) * unit[p50[1]], float(p99[0]) * unit[p99[1]], int(bad.group(1)) if bad else 0


def start_nginx(folder, pages):
    port = free_port()
    root = os.path.join(folder, "static")
    os.makedirs(root, exist_ok=True)
    for name, body in pages.items():
        with open(os.path.join(root, name), "wb") as out:
            out.write(body)
    temporary = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    with open(os.path.join(folder, "nginx.conf"), "w", encoding="utf-8") as out:
        out.write(f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1; user root;\n"
                  f"events {{}} http {{ access_log off; {temporary} keepalive_requests 1000000;\n"
                  f"server {{ listen 127.0.0.1:{port} backlog=1024; root {root}; default_type text/html; }} }}\n")
    web = subprocess.Popen([shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"), "-e", f"{folder}/nginx.log",
                            "-c", f"{folder}/nginx.conf", "-p", folder])
    while True:
        try:
            fetch(port, "/")
            return web, port
        except ConnectionRefusedError:
            time.sleep(0.02)


def steady(port, target, rate=200, seconds=20, readers=16):
    """`rate` a second whatever became of those before; times count from when each was due."""
    times, wrong = [], []
    began = time.monotonic() + 0.1

    def read(first):
        dice = random.Random(first)
        one, at = None, first
        while at < rate * seconds:
            due = began + at / rate
            time.sleep(max(0, due - time.monotonic()))
            try:
                if one is None:
                    one = socket.create_connection(("127.0.0.1", port), timeout=30)
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                one.sendall(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % target(dice))
                got = b""
                while b"\r\n\r\n" not in got:
                    got += one.recv(1 << 16) or b"\r\n\r\n"
                head, body = got.split(b"\r\n\r\n", 1)
                size = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
                while len(body) < size:
                    body += one.recv(1 << 16)
                if not head.startswith(b"HTTP/1.1 200"):
                    wrong.append(head[:20])
            except (OSError, AttributeError) as error:
                wrong.append(error)
                one = None
            times.append((time.monotonic() - due) * 1000)
            at += readers

    threads = [threading.Thread(target=read, args=(i,)) for i in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.sort()
    return times[len(times) // 2], times[len(times) * 99 // 100], times[-1], len(times), wrong


def captures_of(program, archive):
    said = subprocess.run([program, "status", "--archive", archive, "--json"], capture_output=True, check=True).stdout
    return json.loads(said)["captures"]


def site_settings(folder, archive, port, delay):
    path = os.path.join(folder, "crawl.yaml")
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"archive: {archive}\nagent: {{contact: mailto:bench@news.example}}\npoliteness: {{delay: {delay}}}\n"
                  f"network: {{allow_private: [127.0.0.1]}}\nrun: {{max_pages: 100000, disk_floor: 1MiB}}\n"
                  f"sources:\n  - name: Local\n    seeds: [\"http://127.0.0.1:{port}/\"]\n    scope: host\n"
                  f"    feeds: off\n    sitemaps: off\n")
    return path


def main():
    build, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    captures = int(sys.argv[3]) if len(sys.argv) > 3 else 100000
    os.makedirs(folder, exist_ok=True)
    program = os.path.join(build, "wirevault")
    archive = make_archive(program, folder, captures)
    pages = captures // 5
    server = subprocess.Popen([program, "serve", "--archive", archive, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE)
    port = int(re.search(rb":(\d+)/", server.stdout.readline()).group(1))
    memory = Memory(server.pid)
    words = ", ".join(f'"{w if w.isascii() else quote(w)}"' for language in WORDS for w in WORDS[language])
    common = (f"local words = {{{words}}}\nmath.randomseed(7)\nlocal function memento(form, n) return '/web/' .. "
              f"os.date('!%Y%m%d%H%M%S', {START} + n * 300) .. form .. '/http://news.example/' .. n .. '.html' end\n")
    kinds = {
        "snapshot": ("/snapshot/7", f'"/snapshot/" .. math.random(0, {captures - 1})'),
        "front": ("/", '"/"'),
        "history": ("/history?url=http://news.example/7.html", f'"/history?url=http://news.example/" .. math.random(0, {pages - 1}) .. ".html"'),
        "search": ("/search?q=harbour+budget", f'"/search?q=" .. words[math.random(#words)] .. "+" .. words[math.random(#words)]'),
        "timemap": ("/timemap/link/http://news.example/7.html",
                    f'"/timemap/link/http://news.example/" .. math.random(0, {pages - 1}) .. ".html"'),
        "timegate": ("/timegate/http://news.example/7.html", f'"/timegate/http://news.example/" .. math.random(0, {pages - 1}) .. ".html"'),
        "replay": ("/web/20240101003500/http://news.example/7.html", f'memento("", math.random(0, {pages - 1}))'),
        "raw": ("/web/20240101003500id_/http://news.example/7.html", f'memento("id_", math.random(0, {pages - 1}))'),
    }
    bodies = {}
    for name, (example, _) in kinds.items():
        status, body = fetch(port, example)
        if status in (301, 302, 303, 307):
            body = b"redirect"
        print(f"{name:9} {example}: {status}, {len(body)} bytes", flush=True)
        if status >= 400:
            sys.exit(f"{example}: {status}")
        bodies[name] = body or b"-"
    now = int(time.time())  # new pages at each run: something to write
    bodies["index.html"] = "".join(f"<a href='/i{now}-{i}.html'>{i}</a>" for i in range(0, SITE, 4000)).encode()
    for first in range(0, SITE, 4000):  # a page has a cap of links
        bodies[f"i{now}-{first}.html"] = "".join(f"<a href='/c{now}-{i}.html'>{i}</a>" for i in range(first, first + 4000)).encode()
    for i in range(SITE):
        bodies[f"c{now}-{i}.html"] = page(now + i, 0)
    web, web_port = start_nginx(folder, bodies)
    print(f"{'':9} {'requests/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'CPU ms':>7} {'not 2xx':>8} | nginx {'requests/s':>10} {'p99 ms':>8}")
    for name, (_, lua) in () if "steady" in sys.argv else kinds.items():
        before = cpu_seconds(server.pid)
        rate, p50, p99, bad = wrk(port, f"{common}request = function() return wrk.format('GET', {lua}) end\n",
                                  folder)
        used = (cpu_seconds(server.pid) - before) / (rate * 8) * 1000
        floor = wrk(web_port, f"request = function() return wrk.format('GET', '/{name}') end\n", folder, 3)
        print(f"{name:9} {rate:10.0f} {p50:8.2f} {p99:8.2f} {used:7.2f} {bad:8} | nginx {floor[0]:10.0f} {floor[2]:8.2f}", flush=True)
    print(f"memory    {memory.most / 1024:.1f} MiB anonymous at most")
    for what, delay in (("alone", None), ("while a crawl writes, politely", "20ms"),
                        ("while a crawl writes as fast as it can", "0s")):
        crawl = None
        if delay:
            settings = site_settings(folder, archive, web_port, delay)
            crawl = subprocess.Popen([program, "crawl", "-c", settings, "--quiet"])  # as nice as run.nice makes it
            time.sleep(1)
            before = captures_of(program, archive)
        floor = []
        beside = threading.Thread(target=lambda floor=floor: floor.append(steady(web_port, lambda dice: b"/snapshot")))
        beside.start()  # what the machine itself delays is seen by a file of nginx's
        p50, p99, worst, count, wrong = steady(port, lambda dice: b"/snapshot/%d" % dice.randrange(captures))
        beside.join()
        is_running = crawl.poll() is None if crawl else None
        written = f"; {(captures_of(program, archive) - before) / 20:.0f} captures a second were written" if crawl else ""
        if crawl and not is_running:
            print("the crawl had ended")
        print(f"200/s     {what}: {count} pages, p50 {p50:.2f} ms, p99 {p99:.2f} ms (ceiling 25), worst {worst:.1f} ms, "
              f"{len(wrong)} wrong {wrong[:2]}; nginx at the same time p50 {floor[0][0]:.2f} ms, p99 {floor[0][1]:.2f} ms{written}", flush=True)
        if crawl:
            crawl.terminate()
            crawl.wait()
    print(f"memory    {memory.most / 1024:.1f} MiB anonymous at most (ceiling 128)")
    memory.over.set()
    server.terminate()
    web.terminate()
    sys.exit(server.wait() or 0)


if __name__ == "__main__":
    main()
