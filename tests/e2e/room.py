"""A newsroom of one's own for one test: origin, clock, settings, archive, all in a folder that goes away.

Time is the simulated clock. The only waiting is for the origin's doors to open.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

from site_of_test import Bench, sha256  # pylint: disable=unused-import

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


class Room(Bench):
    def __init__(self, build, settings_edit=lambda text: text):
        super().__init__(build, "room")
        self.port = free_port()
        self.log_path = os.path.join(self.folder, "access.log")
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        with open(os.path.join(root, "tests/newsroom/newsroom.yaml"), encoding="utf-8") as file:
            text = file.read().replace(":8090/", f":{self.port}/")
        text = re.sub(r"(?m)^archive:.*", f"archive: {self.archive}", text)
        with open(self.settings, "w", encoding="utf-8") as file:
            file.write(settings_edit(text))
        self.origin = None
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

    def start(self, *words):
        words = [str(word) for word in words]
        return subprocess.Popen([self.program, words[0], "-c", self.settings, *words[1:]],
                                env=self.env, cwd=self.folder, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

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

    def settle_sources(self, text):
        """The newsroom's settings, with these sources (YAML) in the place of its own."""
        with open(self.settings, encoding="utf-8") as file:
            others = file.read().split("\nsources:")[0]
        with open(self.settings, "w", encoding="utf-8") as file:
            file.write(f"{others}\nsources:\n{text}")

    def close(self):
        self.close_doors()
        return super().close()


def main(scenarios):
    """SCRIPT BUILD SCENARIO: runs one; exit 1 if a check failed."""
    build, name = os.path.abspath(sys.argv[1]), sys.argv[2]
    room = Room(build)
    try:
        scenarios[name](room)
    finally:
        faults = room.close()
    sys.exit(1 if faults else 0)
