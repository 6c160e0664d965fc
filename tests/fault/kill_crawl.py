#!/usr/bin/env python3
"""kill -9 at random instants of a crawl by the machine's own clock: kill_crawl.py BUILD KILLS

Six hosts on loopback, a delay of one second. After each kill the archive is sound and keeps what it had; the
next run goes on. Judged by the servers: between two requests to one host lies the delay, kills or not.
"""

import hashlib
import http.server
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
from bad_input import Trial, article  # noqa: E402

HOSTS = [f"127.0.6.{n}" for n in range(1, 7)]
DELAY_S = 1.0
PAGES = 40


class Press:
    """One server for all hosts; notes when a request came, for whom, and what was answered."""

    def __init__(self):
        press = self
        self.log = []

        class Answer(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else the body waits for the head's delayed ACK

            def do_GET(self):
                came = time.monotonic()
                host = self.connection.getsockname()[0]
                body = press.page(host, self.path)
                press.log.append((came, host, self.path, body and hashlib.sha256(body).hexdigest()))
                # Kills in the middle of an answer too; and the delay begins with the answer's end,
                # so much may this server note a request late.
                time.sleep(0.1 + random.random() * 0.05)
                try:
                    self.send_response(200 if body else 404)
                    self.send_header("Content-Type", "text/html")
                    self.send_header("Content-Length", str(len(body or b"")))
                    self.end_headers()
                    self.wfile.write(body or b"")
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("0.0.0.0", 0), Answer)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @staticmethod
    def page(host, target):
        if target == "/":
            return "".join(f'<a href="/story-{n}.html">{host} {n}</a>' for n in range(PAGES)).encode()
        if target.startswith("/story-"):
            return article(host + target)
        return None


def main():
    trial, kills = Trial(os.path.abspath(sys.argv[1])), int(sys.argv[2])
    dice = random.Random(int(os.environ.get("WV_TEST_SEED", "20261122")))
    press = Press()
    path = trial.write("settings.yaml", "\n".join([
        f"archive: {trial.archive}", "agent: {contact: 'mailto:tests@example.org'}",
        f"politeness: {{delay: {int(DELAY_S)}s, delay_factor: 0}}",
        "network: {allow_private: [127.0.6.0/24]}", "sources:"] + [
        f"  - {{name: '{host}', seeds: ['http://{host}:{press.port}/'], scope: host}}"
        for host in HOSTS] + [""]))
    kept = {}
    died = 0
    try:
        for number in range(kills + 1):
            is_last = number == kills
            run = subprocess.Popen([trial.program, "crawl", "-c", path, *(
                ["--max-pages", "12"] if is_last else [])], env=trial.env, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, text=True)
            name = f"kill {number}"
            if is_last:
                _, told = run.communicate(timeout=100)
                trial.check_that("the last run ends as it should", run.returncode in (0, 75), told)
                name = "the last run"
            else:
                time.sleep(dice.uniform(0.01, 5.0))
                died += run.poll() is None
                run.send_signal(signal.SIGKILL)
                run.communicate()
            done = trial.run("verify", "--full")
            # A kill before the archive was made leaves none.
            trial.check_that(f"{name}: verify --full", done.returncode == 0 or (
                done.returncode == 66 and not kept), (done.returncode, done.stdout, done.stderr))
            rows = {row["id"]: row for row in trial.captured()}
            for key, row in kept.items():
                trial.check(f"{name}: capture {key} is kept", (row["url"], row["digest"]),
                            (rows.get(key, {}).get("url"), rows.get(key, {}).get("digest")))
            kept = rows
        judge(trial, press, kept)
        print(f"{died} kills, {len(press.log)} requests, {len(kept)} captures")
    finally:
        press.server.shutdown()
        faults = trial.close()
    sys.exit(1 if faults else 0)


def judge(trial, press, rows):
    smallest = 60.0
    for host in HOSTS:
        mine = sorted(line for line in press.log if line[1] == host)
        for first, then in zip(mine, mine[1:]):
            gap = then[0] - first[0]
            smallest = min(smallest, gap)
            trial.check_that(f"{host}: {then[2]} is asked for {gap:.3f} s after {first[2]}",
                             gap >= DELAY_S)
    counts = Counter(row["url"] for row in rows.values() if "/story-" in row["url"])
    for url, count in counts.items():
        trial.check(f"captures of {url}", 1, count)
    served = {}
    for _, host, target, digest in press.log:
        served.setdefault(f"http://{host}:{press.port}{target}", set()).add(digest)
    for row in rows.values():
        if row["status"] == 200:
            trial.check_that(f"capture {row['id']} is what was served",
                             row["digest"] in served.get(row["url"], ()))
    trial.check_that("the crawl got somewhere", len(counts) > len(HOSTS), len(counts))
    print(f"the shortest time between two requests to one host: {smallest:.3f} s")


if __name__ == "__main__":
    main()
