"""`wirevault serve` for tests, and the newsroom's archive behind it."""

import contextlib
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

from room import Room


def start(program, *args, stderr=subprocess.PIPE, **how):
    """(process, "http://127.0.0.1:PORT"), once it answers."""
    process = subprocess.Popen([program, "serve", "--listen", "127.0.0.1:0", *map(str, args)],
                               stdout=subprocess.PIPE, stderr=stderr, **how)
    line = process.stdout.readline().decode().strip()
    if not line.startswith("http://"):
        said = process.stderr.read().decode(errors="replace") if process.stderr else ""
        sys.exit(f"serve says {line!r}: {said}")
    return process, line.rstrip("/")


def edit(text):
    """Every source keeps its pictures and style sheets; the service says who answers for it."""
    text = re.sub(r"(?m)^(    scope: host)$", r"\1\n    requisites: all", text)
    return text + ("serve:\n  notice: Snapshots of invented pages, for tests.\n"
                   "  contact: mailto:takedown@example.org\n")


def fill(room):
    """Four days of ten publishers."""
    for day in range(4):
        if day:
            room.turn("1d")
        room.crawl()


class Service:
    def __init__(self, room):
        self.process, self.base = start(room.program, "-c", room.settings, env=room.env, cwd=room.folder)

    def get(self, path):
        with urllib.request.urlopen(self.base + path, timeout=30) as answer:
            return answer.read().decode()

    def wait_for(self, path, what, seconds=30):
        """Until a page has it, since the index is followed beside the answers; the page as it was last."""
        end = time.monotonic() + seconds
        page = self.get(path)
        while what not in page and time.monotonic() < end:
            time.sleep(0.1)
            page = self.get(path)
        return page

    def stop(self, room):
        self.process.send_signal(signal.SIGTERM)
        room.check("serve ends with", 0, self.process.wait(30), self.process.stderr.read().decode()[-600:])


def find(room):
    """Captures that the pages are shown by: what each stands for -> id or URL."""
    found = {}
    rows = room.json("list", "--from", "2000-01-01")
    for row in rows:
        if row.get("verdict") != "article" or row.get("repeats") is not None:
            found.setdefault(row.get("verdict"), row)
            continue
        found.setdefault("article", row)
    changed = [row for row in room.json("export", "--format", "jsonl", "-o", "-") if row.get("kind") == "article"]
    pages = {}
    for row in changed:
        pages.setdefault(row["page"], []).append(row)
        if (row.get("language") or "").startswith("zh") and row.get("dateline") and row.get("authors"):
            found.setdefault("dateline", row)
        if (row.get("language") or "").startswith("zh") and "C7 GPU" in row["text"]:
            found.setdefault("event", row)
        found.setdefault(row["language"][:2] if row.get("language") else "", row)
    for rows in pages.values():
        if len({row["version"] for row in rows}) > 1 and "changed" not in found:
            found["changed"] = sorted(rows, key=lambda row: row["captured"])
    clusters = {}
    for row in changed:
        if row.get("cluster") is not None:
            clusters.setdefault(row["cluster"], set()).add(row["page"])
    found["cluster"] = max(clusters, key=lambda one: len(clusters[one]))
    return found


@contextlib.contextmanager
def newsroom(build, prepare=lambda room: None, settle=edit):
    """(room, service) over four days of the newsroom, gone afterwards; exits by the room's checks."""
    room = Room(build, settle)
    service = None
    try:
        fill(room)
        prepare(room)
        service = Service(room)
        yield room, service
        service.stop(room)
        service = None
    finally:
        if service:
            service.process.kill()
        room.close_doors()
        shutil.rmtree(room.folder, ignore_errors=True)
    print(f"{room.checks} checks, {room.faults} faults")
    sys.exit(1 if room.faults else 0)
