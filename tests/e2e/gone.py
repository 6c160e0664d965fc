#!/usr/bin/env python3
"""After takedown erase and compact no byte of the content is in the archive's files: gone.py BUILD

Looked for as it is and deflated: every byte of every file is tried as the beginning of a deflate stream.
"""

import os
import random
import re
import sys
import zlib

from bad_input import Site, Trial, article, small_site

LETTERS = "bcdfghjklmnpqrstvwxz"


def secret(rng, count):
    """Words that stand nowhere else."""
    return ["".join(rng.choice(LETTERS) for _ in range(14)) for _ in range(count)]


def page(words, number):
    text = " ".join(f"The {word} was seen near the harbour in hour {n} of day {number}."
                    for n, word in enumerate(words))
    return article(number).replace(b"</article>", f"<p>{text}</p></article>".encode())


def pieces(words):
    """What a piece of a word must look like to be known again, where a part of it was a copy."""
    return re.compile("|".join(word[at:at + 8] for word in words for at in range(len(word) - 7))
                      .encode())


def streams(data):
    """Whatever inflates, from any byte on; a dictionary that we do not have is zeros."""
    nothing = bytes(32768)
    for at in range(len(data)):
        inflate = zlib.decompressobj(-15, zdict=nothing)
        try:
            out = inflate.decompress(data[at:at + 4096], 65536)
        except zlib.error:
            continue
        if len(out) > 8:
            yield out


def holds(folder, words, names=None):
    """Files of the archive that have a piece of a word in any form."""
    wanted = pieces(words)
    found = set()
    for name in sorted(os.listdir(folder)):
        if names and name not in names:
            continue
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        if wanted.search(data):
            found.add(name + ", as it is")
        if any(wanted.search(out) for out in streams(data.rstrip(b"\0"))):
            found.add(name + ", deflated")
    return sorted(found)


def main():
    t = Trial(os.path.abspath(sys.argv[1]))
    rng = random.Random(3)
    gone, kept = secret(rng, 12), secret(rng, 12)
    site = Site(small_site(3))
    for number, words in ((0, gone), (1, kept)):
        site.pages[f"/story-{number}.html".encode()] = ("text/html", page(words[:8], number))
    path = t.settings(site.url, "network: {allow_private: [127.0.0.1]}")
    t.run("crawl", "-c", path)
    # Other versions, which the archive stores as what is different.
    for number, words in ((0, gone), (1, kept)):
        for more in (9, 10, 12):
            site.pages[f"/story-{number}.html".encode()] = ("text/html",
                                                            page(words[:more], number))
            done = t.run("snap", "-c", path, f"{site.url}story-{number}.html")
            t.check("snap", 0, done.returncode, done.stderr)
    t.run("search", "harbour")
    url = site.url + "story-0.html"
    before = {row["id"]: row["digest"] for row in t.captured() if row["url"] != url}
    t.check("what is looked for can be found, deflated", ["data.mdb, deflated"],
            holds(t.archive, gone, ["data.mdb"])[-1:])
    done = t.run("compact")
    t.check("compact", 0, done.returncode, done.stderr)
    t.check_that("in a compact archive too", holds(t.archive, gone, ["data.mdb"]))

    done = t.run("takedown", "erase", url, "--reason", "a request")
    t.check("erase", 0, done.returncode, done.stderr)
    done = t.run("compact")
    t.check("compact", 0, done.returncode, done.stderr)
    t.check("no byte of it is there", [], holds(t.archive, gone))
    t.check_that("its neighbour is", holds(t.archive, kept, ["data.mdb"]))
    t.run("search", "harbour")
    t.check("nor after a search made its index anew", [], holds(t.archive, gone))
    t.sound("after all")
    t.check("the others are as they were", before, {row["id"]: row["digest"]
                                                    for row in t.captured()})
    done = t.run("backup", os.path.join(t.folder, "copy"))
    t.check("backup", 0, done.returncode, done.stderr)
    t.check("nor in a backup", [], holds(os.path.join(t.folder, "copy"), gone))
    site.close()
    sys.exit(1 if t.close() else 0)


if __name__ == "__main__":
    main()
