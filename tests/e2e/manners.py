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


def related(desk):
    """The crawl leaves its scope along links that are on topic, within hops and budget, and says why."""
    far = desk.site({
        "/robots.txt": (200, {"Content-Type": "text/plain"}, "User-agent: *\nDisallow: /closed/\n"),
        "/chip": article("Nvidia's new chip", "Nvidia showed its chip.", links=[("/deeper", "More about Nvidia")]),
        "/deeper": article("Deeper", "Nvidia again."),
        "/soup": article("Ten soups", "Soup is good."),
        "/games": article("Games", "Nvidia plays."),
        "/closed/chip": article("Closed", "Nvidia is closed."),
    }, "127.0.3.2")
    near = desk.site({"/": listing([
        (f"{far.root}/chip", "Nvidia unveils its next chip"), (f"{far.root}/soup", "Ten soups for the winter"),
        (f"{far.root}/games", "Nvidia ゲーム の話"), (f"{far.root}/closed/chip", "Nvidia behind closed doors"),
        ("/home", "At home")]), "/home": article("Home", "Nothing on chips here.")})
    source = (f"- {{name: near, seeds: ['{near.root}/'], scope: host, topics: [chips]%s}}\n")
    topics = "topics: {chips: {any: [Nvidia, 英伟达], none: [ゲーム]}}\n"
    desk.settle(source % "", topics)
    desk.crawl()
    desk.check("without `related` nobody else is asked", [], far.asked())
    desk.settle(source % ", related: {hops: 1, score: 0.5}, every: 1s", topics)
    near.pages["/"] = near.pages["/"].replace("<ul>", "<ul><!-- changed -->")
    desk.turn("1h")
    desk.crawl()
    desk.check("only what is on topic, after robots.txt", ["/robots.txt", "/chip"], far.asked())
    why = desk.json("why", f"{far.root}/chip")[0]
    desk.check("why: one hop out", (1, "near"), (why["hops"], why["source"]))
    desk.check_that("why: the evidence", "topic 'chips' in link" in why["evidence"] and near.root in why["evidence"],
                    why["evidence"])
    told = desk.run("why", f"{far.root}/chip").stdout.decode()
    desk.check_that("why says it to people too", "topic 'chips'" in told, told)
    desk.check("the denied one is known and refused", 0, desk.run("why", f"{far.root}/closed/chip").returncode)
    desk.verify()


SCENARIOS = {
    "noarchive": noarchive,
    "noarchive_kept": noarchive_kept,
    "related": related,
}

if __name__ == "__main__":
    main(SCENARIOS)
