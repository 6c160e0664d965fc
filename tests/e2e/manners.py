#!/usr/bin/env python3
"""What sites ask of crawlers and archives, and whether it is done: manners.py BUILD SCENARIO"""

from site_of_test import article, listing, main, sha256


def noarchive(desk):
    """Digest and a catalogue card are kept of what asks not to be kept, no byte and no text."""
    secret = article("Quiet harbour", "The heron of the quiet harbour stood on one leg.",
                     head="<meta name=robots content=noarchive>")
    by_header = article("Quiet pier", "The gannet of the quiet pier dived at noon.")
    for_others = article("Loud pier", "The gull of the loud pier laughed.",
                         head="<meta name=googlebot content=noarchive>")
    site = desk.site({
        "/": listing([("/meta.html", "one"), ("/header.html", "two"), ("/others.html", "three")]),
        "/meta.html": secret,
        "/header.html": (200, {"X-Robots-Tag": ["googlebot: nofollow", "wirevault: noarchive"]}, by_header),
        "/others.html": for_others,
    })
    desk.settle(f"- {{name: quiet, seeds: ['{site.root}/'], scope: host, revisit: {{first: 1h, last: 30d}}}}\n")
    desk.crawl()
    for turn in range(2):
        for path, body in [("/meta.html", secret), ("/header.html", by_header)]:
            url = site.root + path
            row = desk.captures(url)[0]
            desk.check(f"{path}: the digest is there", sha256(body), row["digest"].removeprefix("sha256:"))
            desk.check(f"{path}: and the size", len(body.encode()), row["bytes"])
            done = desk.run("restore", row["id"])
            desk.check(f"{path}: no bytes", (1, b""), (done.returncode, done.stdout))
            desk.check_that(f"{path}: it is said why", b"asked not to be kept" in done.stderr, done.stderr)
        raw = desk.raw_archive()
        for word in (b"heron of the quiet", b"gannet of the quiet"):
            desk.check(f"'{word.decode()}' is nowhere in the archive", False, word in raw)
        desk.check("what others are asked does not bind us", for_others.encode(),
                   desk.run("restore", site.root + "/others.html").stdout)
        # Once more, unchanged: still not kept.
        before = len(site.log)
        desk.turn("2h")
        desk.crawl()
        desk.check_that("looked at again", "/meta.html" in site.asked(before), site.asked(before))
    desk.verify()


def noarchive_kept(desk):
    """`noarchive: keep` keeps everything, with the page's wish noted."""
    body = article("Quiet harbour", "The heron stood on one leg.",
                   head="<meta name=robots content='NOARCHIVE, nosnippet'>")
    site = desk.site({"/": body})
    desk.settle(f"- {{name: quiet, seeds: ['{site.root}/'], scope: host, noarchive: keep}}\n")
    desk.crawl()
    desk.check("restored", body.encode(), desk.run("restore", site.root + "/").stdout)
    desk.verify()


SCENARIOS = {
    "noarchive": noarchive,
    "noarchive_kept": noarchive_kept,
}

if __name__ == "__main__":
    main(SCENARIOS)
