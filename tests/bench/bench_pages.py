#!/usr/bin/env python3
"""What a page costs: bench_pages.py BUILD [CAPTURES] (100,000)

An archive of a year (make_large: half of its captures are of one page), served; each page is asked
for 200 times, one after another. CPU of the service a request, and times the floor: a style sheet,
which needs nothing of the archive.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

PAGES = ["/assets", "/snapshot/500", "/history?url=www.example.org/news/7", "/history?url=www.example.org/news/0",
         "/history?url=www.example.org/news/0&until=2024-03-01", "/compare?from=16&to=48", "/search?q=oil",
         "/search?q=%22central+bank%22&source=Source+3", "/search?q=*&as-of=2024-06-01", "/source/Source%203",
         "/category/Markets", "/pulse", "/pulse?days=365", "/pulse?as-of=2024-09-01", "/"]
TIMES = 200


def main():
    build = os.path.abspath(sys.argv[1])
    captures = sys.argv[2] if len(sys.argv) > 2 else "100000"
    with tempfile.TemporaryDirectory() as folder:
        archive = os.path.join(folder, "archive")
        subprocess.run([os.path.join(build, "tests", "make_large"), archive, captures], check=True)
        service = subprocess.Popen([os.path.join(build, "wirevault"), "serve", "--archive", archive, "--listen", "127.0.0.1:0"],
                                   stdout=subprocess.PIPE)
        base = service.stdout.readline().decode().strip().rstrip("/")

        def get(path):
            with urllib.request.urlopen(base + path, timeout=60) as answer:
                return answer.read()

        def cpu():
            with open(f"/proc/{service.pid}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        began = time.monotonic()
        while b"catching up" in get("/search?q=oil") or b"no search index" in get("/search?q=oil"):
            if time.monotonic() - began > 600:
                sys.exit("the index is not done after ten minutes")
            time.sleep(0.5)
        print(f"{captures} captures; index and totals followed {time.monotonic() - began:.1f} s after the start")
        style = get("/").decode().split('rel="stylesheet" href="')[1].split('"')[0]
        floor = None
        for path in PAGES:
            path = style if path == "/assets" else path
            size, before = len(get(path)), cpu()
            for _ in range(TIMES):
                get(path)
            each = (cpu() - before) / TIMES * 1000
            floor = floor or max(each, 0.01)
            print(f"{each:7.2f} ms CPU  {each / floor:6.1f} x  {size:7} bytes  {path}")
        with open(f"/proc/{service.pid}/status") as file:
            print("".join(line for line in file if line.startswith(("RssAnon", "VmHWM"))), end="")
        service.send_signal(signal.SIGTERM)
        service.wait(30)


main()
