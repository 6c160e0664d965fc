"""The newsroom's archive behind `wirevault serve`, for tests of what it shows."""

import re
import signal
import time
import urllib.request


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
        self.process = room.start("serve", "--listen", "127.0.0.1:0")
        line = self.process.stdout.readline().decode().strip()
        if not line.startswith("http://"):
            raise RuntimeError(f"serve says {line!r}: {self.process.stderr.read().decode()}")
        self.base = line.rstrip("/")

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
