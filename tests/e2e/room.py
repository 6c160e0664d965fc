"""A newsroom of one's own for one test: origin, clock, settings, archive, all in a folder that goes away.

Time is the simulated clock. The only waiting is for the origin's doors to open.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ADDRESSES = [f"127.0.2.{n}" for n in range(1, 11)]
LATE = "127.0.2.10"     # robots.txt is 503 until Monday 14:00
NO_ROBOTS = "127.0.2.6"  # robots.txt is 404: all is allowed
DISALLOWED = ("/private/", "/search", "/sign-up")


def free_port():
    """A port that is free on every publisher's address."""
    for _ in range(50):
        with socket.socket() as probe:
            probe.bind((ADDRESSES[0], 0))
            port = probe.getsockname()[1]
        try:
            for address in ADDRESSES:
                with socket.socket() as probe:
                    probe.bind((address, port))
            return port
        except OSError:
            continue
    raise RuntimeError("no port is free on all publishers' addresses")


class Room:
    def __init__(self, build, settings_edit=lambda text: text):
        self.folder = tempfile.mkdtemp(prefix="wirevault-room-")
        self.program = os.path.join(build, "wirevault-newsroom")
        self.port = free_port()
        self.archive = os.path.join(self.folder, "archive")
        self.settings = os.path.join(self.folder, "settings.yaml")
        self.log_path = os.path.join(self.folder, "access.log")
        self.env = dict(os.environ, WIREVAULT_NEWSROOM_CLOCK=os.path.join(self.folder, "clock"),
                        TZ="Asia/Kathmandu", LC_ALL="C", NO_COLOR="1")
        for name in ("WIREVAULT_CONFIG", "WIREVAULT_CONTACT"):
            self.env.pop(name, None)
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        with open(os.path.join(root, "tests/newsroom/newsroom.yaml"), encoding="utf-8") as file:
            text = file.read().replace(":8090/", f":{self.port}/")
        text = re.sub(r"(?m)^archive:.*", f"archive: {self.archive}", text)
        with open(self.settings, "w", encoding="utf-8") as file:
            file.write(settings_edit(text))
        self.origin = None
        self.faults = 0
        self.checks = 0
        self.open_doors()

    def open_doors(self):
        ready = os.path.join(self.folder, "ready")
        if os.path.exists(ready):
            os.remove(ready)
        self.origin = subprocess.Popen(
            [self.program, "origin", "--quiet", "--port", str(self.port), "--log", self.log_path,
             "--ready", ready], env=self.env)
        for _ in range(600):
            if os.path.exists(ready):
                return
            if self.origin.poll() is not None:
                raise RuntimeError(f"the origin ended with {self.origin.returncode}")
            time.sleep(0.05)
        raise RuntimeError("the origin does not open")

    def close_doors(self):
        if self.origin and self.origin.poll() is None:
            self.origin.send_signal(signal.SIGTERM)
            self.check("the origin ends cleanly", 0, self.origin.wait(30))

    def url(self, address, path):
        return f"http://{address}:{self.port}{path}"

    def run(self, *words, settings=True, env=None):
        """One command to its end: CompletedProcess with bytes."""
        words = [str(word) for word in words]
        if settings:
            words[1:1] = ["-c", self.settings]
        return subprocess.run([self.program, *words], env=env or self.env, capture_output=True,
                              cwd=self.folder, check=False)

    def start(self, *words):
        words = [str(word) for word in words]
        return subprocess.Popen([self.program, words[0], "-c", self.settings, *words[1:]],
                                env=self.env, cwd=self.folder, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def crawl(self, *words, code=0):
        done = self.run("crawl", *words)
        self.check(f"crawl {' '.join(map(str, words))} exits", code, done.returncode,
                   done.stderr.decode(errors="replace"))
        return done

    def turn(self, duration):
        done = self.run("turn", duration, settings=False)
        self.check(f"turn {duration}", 0, done.returncode)
        return done.stdout.decode().strip()

    def now(self):
        return self.run("clock", settings=False).stdout.decode().strip()

    def json(self, *words, code=0):
        """Records of a command, as dicts."""
        done = self.run(words[0], "--json", *words[1:])
        if code is not None:
            self.check(f"{' '.join(map(str, words))} exits", code, done.returncode,
                       done.stderr.decode(errors="replace"))
        return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]

    def inventory(self):
        done = self.run("origin", "--inventory", "--port", self.port, settings=False)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def log(self, since=0):
        """The origin's answers, from the nth line."""
        if not os.path.exists(self.log_path):
            return []
        with open(self.log_path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        return [json.loads(line) for line in lines[since:]]

    def check(self, name, expected, got, more=""):
        self.checks += 1
        if expected != got:
            self.faults += 1
            print(f"FAIL {name}: expected {expected!r}, got {got!r} {more}".rstrip())
        return expected == got

    def check_that(self, name, claim, more=""):
        return self.check(name, True, bool(claim), more)

    def close(self):
        self.close_doors()
        if self.faults and os.environ.get("WIREVAULT_KEEP"):
            print(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        print(f"{self.checks} checks, {self.faults} failed")
        return self.faults


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def main(scenarios):
    """SCRIPT BUILD SCENARIO: runs one; exit 1 if a check failed."""
    build, name = os.path.abspath(sys.argv[1]), sys.argv[2]
    room = Room(build)
    try:
        scenarios[name](room)
    finally:
        faults = room.close()
    sys.exit(1 if faults else 0)
