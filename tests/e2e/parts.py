#!/usr/bin/env python3
"""Articles in several parts: crawled, kept each as captures of its own, shown whole: parts.py BUILD"""

import json
import os
import sys

from room import Room
from site_of_test import Paper

PARTS = {
    "/salt": ("The salt road", "/salt?page=2", "下一页",
              ["The old salt road runs from the marsh to the hills, and takes four days with a cart.",
               "Nobody has gone it from one end to the other since the bridge at the mill fell in."]),
    "/salt?page=2": ("The salt road", "/salt?page=3", "下一页",
                     ["On the second day the road climbs through beech woods, where charcoal was once burnt.",
                      "The inn at the ford has been a barn for sixty years, says the farmer who owns it."]),
    "/salt?page=3": ("The salt road", "", "",
                     ["The last stretch is cut into the rock, and the grooves of the wheels are a foot deep.",
                      "From the pass the marsh is a silver line, and the salt pans are its brightest piece."]),
    # rel=next that leads to the next story: no part.
    "/bell": ("A bell for the ferry", "/oars", "Next",
              ["The ferry will have a bell again, cast from the pieces of the one that cracked last winter.",
               "It will be rung in fog only, the ferryman promised those who live along the bank."]),
    "/oars": ("New oars for the boat club", "", "",
              ["The boat club has bought twelve oars of spruce, and will sell the old ones on Saturday.",
               "They are said to be good for another ten years at least, if nobody races with them."]),
}


class Site(Paper):
    mended = False

    def __init__(self):
        super().__init__("127.0.2.22")

    def page(self, path):
        if path == "/":
            return (b"<!doctype html><title>The Marsh Post</title><ul><li><a href='/salt'>The salt road</a>"
                    b"<li><a href='/bell'>A bell for the ferry</a></ul>")
        if path not in PARTS:
            return b""
        title, following, words, told = PARTS[path]
        if self.mended and path.startswith("/salt"):
            told = [line.replace("four days", "five days").replace("sixty years", "seventy years")
                    for line in told]
        text = "".join(f"<p>{line}</p>" for line in told)
        link = f'<div><a href="{following}" rel="next">{words}</a></div>' if following else ""
        return (f"<!doctype html><html lang=en><title>{title} - The Marsh Post</title><body><article>"
                f"<h1>{title}</h1>{text}</article>{link}").encode()


def settle(room, site, more=""):
    room.settle_sources(f"""\
  - name: The Marsh Post
    timezone: Etc/UTC
    seeds: ["{site.url('/')}"]
    scope: host
    revisit: {{first: 6h, last: 30d}}
{more}""")


def whole(*paths):
    return "\n".join(line for path in paths for line in PARTS[path][3])


SALT = ("/salt", "/salt?page=2", "/salt?page=3")


def crawled(room):
    """The depth of the source ends at the first part: the others are no deeper."""
    site = Site()
    settle(room, site, "    depth: 1\n")
    room.crawl()
    rows = room.json("list")
    for path in SALT:
        room.check(f"{path} is a capture of its own", 1,
                   len([row for row in rows if row["url"] == site.url(path)]))
    room.check("the next story is beyond the depth", 0,
               len([row for row in rows if row["url"] == site.url("/oars")]))
    shown = json.loads(room.run("show", "--json", site.url("/salt")).stdout)
    room.check("show gives the whole", whole(*SALT), shown["text"])
    room.check("and names the parts", [site.url(path) for path in SALT[1:]],
               [part["url"] for part in shown["parts"]])
    room.check("nothing is missing", None, shown["missing_part"])
    room.check_that("people see them, too", site.url("/salt?page=3").encode() in
                    room.run("show", site.url("/salt")).stdout)
    one = json.loads(room.run("show", "--json", str(shown["id"])).stdout)
    room.check("an ID is that capture alone", whole("/salt"), one["text"])
    text = room.run("restore", "--article", site.url("/salt")).stdout.decode()
    room.check("restore --article, too", "The salt road\n\n" + whole(*SALT) + "\n", text)
    room.check("the bytes are the first part's own", site.page("/salt"),
               room.run("restore", site.url("/salt")).stdout)
    bell = json.loads(room.run("show", "--json", site.url("/bell")).stdout)
    room.check("rel=next to another story is no part", [], bell["parts"])
    why = room.run("why", site.url("/salt?page=2")).stdout.decode()
    room.check_that("why knows it for a part", "part" in why, why)

    then = room.now()
    site.mended = True
    room.turn("12h")
    room.crawl()
    shown = json.loads(room.run("show", "--json", site.url("/salt")).stdout)
    room.check_that("a change shows in all parts", "five days" in shown["text"] and
                    "seventy years" in shown["text"], shown["text"])
    before = json.loads(room.run("show", "--json", "--at", then, site.url("/salt")).stdout)
    room.check("as it was then", whole(*SALT), before["text"])
    room.check("verify", 0, room.run("verify", "--full").returncode)


def by_hand(room):
    """One page given by hand is asked for with its parts, and with nothing else."""
    site = Site()
    settle(room, site)
    room.crawl(site.url("/salt"))
    room.check("what was asked for", ["/robots.txt", *SALT], site.asked())
    shown = json.loads(room.run("show", "--json", site.url("/salt")).stdout)
    room.check("show gives the whole", whole(*SALT), shown["text"])


def denied(room):
    """A part that robots.txt forbids is missing, and that is said."""
    site = Site()
    settle(room, site)
    plain = site.page
    site.page = lambda path: (b"User-agent: *\nDisallow: /*page=3\n" if path == "/robots.txt"
                              else plain(path))
    room.crawl()
    room.check("it is not asked for", False, "/salt?page=3" in site.asked())
    done = room.run("show", "--json", site.url("/salt"))
    shown = json.loads(done.stdout)
    room.check("what there is", whole(*SALT[:2]), shown["text"])
    room.check("what is missing", site.url("/salt?page=3"), shown["missing_part"])
    room.check_that("said on standard error", b"goes on at" in done.stderr, done.stderr)


def hidden(room):
    """What was taken down is in no whole; erased, it is gone from it."""
    site = Site()
    settle(room, site)
    room.crawl()
    room.turn("1h")
    done = room.run("takedown", "hide", site.url("/salt?page=2"), "--reason", "by order of the court")
    room.check("takedown hide", 0, done.returncode, done.stderr.decode())
    shown = json.loads(room.run("show", "--json", site.url("/salt")).stdout)
    room.check("the whole ends before what is hidden", whole("/salt"), shown["text"])
    room.check("and says where", site.url("/salt?page=2"), shown["missing_part"])
    done = room.run("show", site.url("/salt"))
    room.check_that("and why", b"taken down" in done.stderr, done.stderr)
    done = room.run("takedown", "erase", site.url("/salt?page=2"), "--reason", "by order of the court")
    room.check("takedown erase", 0, done.returncode, done.stderr.decode())
    shown = json.loads(room.run("show", "--json", site.url("/salt")).stdout)
    room.check("the whole ends before what is erased", whole("/salt"), shown["text"])
    room.check("verify", 0, room.run("verify", "--full").returncode)


def main():
    faults = 0
    for scenario in (crawled, by_hand, denied, hidden):
        room = Room(os.path.abspath(sys.argv[1]))
        try:
            print(scenario.__name__)
            scenario(room)
        finally:
            faults += room.close()
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
