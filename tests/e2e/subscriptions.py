#!/usr/bin/env python3
"""Saved queries, their feeds and their hooks, by the program: subscriptions.py BUILD

A generated archive grows by some months while a subscription with a hook looks on. The hook is
told once of each thing, again where it failed, never of nothing; feeds are well-formed and the
same whenever they are asked for.
"""

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

BUILD = sys.argv[1]
ATOM = "{http://www.w3.org/2005/Atom}"
QUERY = "英伟达 OR Nvidia OR エヌビディア"


class Desk:
    def __init__(self, folder):
        self.archive = os.path.join(folder, "archive")
        self.told = os.path.join(folder, "told.jsonl")
        self.broken = os.path.join(folder, "broken")
        self.settings = os.path.join(folder, "wirevault.yaml")
        with open(self.settings, "w", encoding="utf-8") as file:
            file.write(f"archive: {self.archive}\n"
                       "agent: {contact: 'mailto:desk@example.org'}\n"
                       "network: {allow_private: [127.0.0.0/8], ports: [80, 443, 9]}\n"
                       "sources: [{name: Dead, seeds: ['http://127.0.0.1:9/']}]\n"
                       "hooks:\n"
                       f"  note: [sh, -c, 'test ! -e {self.broken} && cat >> {self.told}']\n")

    def grow(self, first, last):
        subprocess.run([os.path.join(BUILD, "tests", "make_year"), self.archive, "5", str(first),
                        str(last)], check=True, stdout=subprocess.DEVNULL)

    def run(self, *words, binary="wirevault", code=0):
        done = subprocess.run([os.path.join(BUILD, binary), *words, "-c", self.settings],
                              capture_output=True, text=True, timeout=120,
                              env={**os.environ, "WIREVAULT_NEWSROOM_CLOCK": self.told + ".clock"})
        assert done.returncode == code, (words, done.returncode, done.stderr)
        return done.stdout

    def messages(self):
        if not os.path.exists(self.told):
            return []
        with open(self.told, encoding="utf-8") as file:
            return [json.loads(line) for line in file]


def check_hook(desk):
    desk.grow(0, 4)
    desk.run("subscribe", "chips", QUERY, "--hook", "note")
    desk.run("feed", "chips")
    assert desk.messages() == [], "told of what was there before"
    desk.grow(4, 5)
    open(desk.broken, "w", encoding="utf-8").close()
    desk.run("feed", "chips")
    assert desk.messages() == [], "the hook was broken"
    os.remove(desk.broken)
    desk.run("feed", "chips")
    first = desk.messages()
    assert len(first) == 1 and first[0]["entries"], "not told again after a failure"
    desk.run("feed", "chips")
    assert desk.messages() == first, "told twice"
    desk.grow(5, 7)
    desk.run("feed", "chips")
    second = desk.messages()[1:]
    assert len(second) == 1 and second[0]["told"] == first[0]["known_at"]
    seen, before, silent = set(), 0, []
    for message in first + second:
        assert message["event"] == "subscription" and message["name"] == "chips"
        for entry in message["entries"]:
            assert entry["recorded"] <= message["known_at"], entry["id"]
            # Few were there before and could not be read then.
            before += entry["recorded"] <= message["told"]
            assert entry["id"] not in seen, "the same capture twice"
            seen.add(entry["id"])
            assert entry["kind"] in ("new", "update")
            if entry["kind"] == "update":
                assert entry["changes"] and all(
                    c["before"] != c["after"] for c in entry["changes"]), "an empty difference"
                assert entry["silent"] in (True, False, None), entry["silent"]
                silent += [entry["silent"]]
            else:
                assert "silent" not in entry
    assert before < len(seen) / 3, (before, len(seen))
    assert True in silent, silent
    kinds = {e["kind"] for m in first + second for e in m["entries"]}
    assert kinds == {"new", "update"}, kinds


def check_formats(desk):
    at = ("--as-of", "2024-05-01", "--known-at", "2024-05-01")
    lines = [json.loads(line) for line in desk.run("feed", "chips", "--json", *at).splitlines()]
    assert lines and all(line["captured"] <= "2024-05-01" for line in lines)
    atom = desk.run("feed", "chips", "--format", "atom", *at)
    tree = xml.fromstring(atom)
    entries = tree.findall(ATOM + "entry")
    assert tree.tag == ATOM + "feed" and len(entries) == len(lines)
    for need in ("id", "title", "updated"):
        assert tree.find(ATOM + need) is not None, need
    ids = [entry.find(ATOM + "id").text for entry in entries]
    assert len(set(ids)) == len(ids)
    for entry, line in zip(entries, lines):
        assert entry.find(ATOM + "link").get("href") == line["url"]
        assert entry.find(ATOM + "updated").text == line["updated"]
        assert entry.find(ATOM + "title").text == line["title"]
        assert entry.find(ATOM + "author") is not None
    feed = json.loads(desk.run("feed", "chips", "--format", "json", *at))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["id"] for item in feed["items"]] == ids
    assert all(item["content_text"] for item in feed["items"])
    desk.grow(7, 8)
    assert desk.run("feed", "chips", "--format", "atom", *at) == atom, "another answer later"


def check_run(desk):
    """The end of a run tells too, though the run itself found nobody at home."""
    before = len(desk.messages())
    desk.run("crawl", binary="wirevault-newsroom", code=69)
    assert len(desk.messages()) == before + 1, "not told at the end of a run"
    desk.run("crawl", binary="wirevault-newsroom", code=69)
    assert len(desk.messages()) == before + 1, "told twice"


def check_names(desk):
    desk.run("subscribe", "芯片", "芯片 category:tech")
    listed = [json.loads(line) for line in desk.run("subscribe", "--json").splitlines()]
    assert [s["name"] for s in listed] == ["chips", "芯片"], listed
    desk.run("subscribe", "芯片", "--remove")
    desk.run("subscribe", "芯片", "--remove", code=1)
    desk.run("feed", "芯片", code=1)
    desk.run("subscribe", "no/name", "x", code=64)
    desk.run("subscribe", "broken", "(x", code=64)
    desk.run("subscribe", "hookless", "x", "--hook", "nobody", code=78)
    desk.run("feed", "chips", "--format", "pdf", code=64)


def main():
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(folder)
        check_hook(desk)
        check_formats(desk)
        check_names(desk)
        check_run(desk)
    print("hooks, formats and names are as they should be")


if __name__ == "__main__":
    main()
