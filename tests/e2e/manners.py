#!/usr/bin/env python3
"""What sites ask of crawlers and archives, and whether it is done: manners.py BUILD SCENARIO"""

import datetime
import json
import os
import time
from email.utils import format_datetime

from site_of_test import article, listing, main, sha256


def parsedate(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def http_date(when):
    return format_datetime(when)


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
            done = desk.run("restore", url)
            desk.check_that(f"{path}: by its address too", done.returncode == 1 and b"noarchive" in done.stderr,
                            done.stderr)
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
    desk.settle(source % ", related: {hops: 1, score: 0.5}", topics)
    near.pages["/"] = near.pages["/"].replace("<ul>", "<ul><!-- changed -->")
    desk.turn("1h")
    desk.crawl()
    desk.check("only what is on topic, after robots.txt", ["/robots.txt", "/chip"], far.asked())
    why = desk.json("why", f"{far.root}/chip")[0]
    desk.check("why: one hop out", (1, "near"), (why["hops"], why["source"]))
    desk.check_that("why: the evidence", "topic 'chips' in link" in why["evidence"] and near.root in why["evidence"],
                    why["evidence"])
    desk.archive += "2"
    desk.settle(source % ", related: {hops: 2, score: 0.5}", topics)
    before = len(far.log)
    desk.crawl()
    desk.check("two hops", ["/robots.txt", "/chip", "/deeper"], far.asked(before))
    desk.check("the second hop says so", 2, desk.json("why", f"{far.root}/deeper")[0]["hops"])
    desk.archive += "3"
    near.pages["/"] = near.pages["/"].replace("Ten soups for the winter", "Soup by Nvidia")
    desk.settle(source % ", related: {hops: 2, score: 0.5, pages: 1}", topics)
    before = len(far.log)
    desk.crawl()
    desk.check("within its budget of one page", 2, len(far.asked(before)))
    desk.verify()
    desk.archive = desk.archive[:-2]
    desk.settle(source % ", related: {hops: 1, score: 0.5}", topics)
    told = desk.run("why", f"{far.root}/chip").stdout.decode()
    desk.check_that("why says it to people too", "topic 'chips'" in told, told)
    desk.settle(source % "", topics)
    desk.turn("40d")
    before = len(far.log)
    desk.crawl()
    desk.check("`related` taken back: left alone", [], [path for path in far.asked(before) if path != "/robots.txt"])
    desk.check("the denied one is known and refused", 0, desk.run("why", f"{far.root}/closed/chip").returncode)
    desk.verify()


def feed_of(items):
    rows = "".join(f"<item><title>{title}</title><link>{url}</link><pubDate>{when}</pubDate></item>"
                   for title, url, when in items)
    return (200, {"Content-Type": "application/rss+xml"},
            f"<?xml version='1.0'?><rss version='2.0'><channel><title>Feed</title>{rows}</channel></rss>")


def morning(desk):
    """Cadence is learned; a silent source, a frozen feed, walls and a dead host are told, once."""
    site = desk.site({})
    wall = desk.site({}, "127.0.3.2")
    dead = desk.site({"/": listing([])}, "127.0.3.3")
    dead_root = dead.root
    dead.close()
    desk.sites.remove(dead)
    items = []
    number = 0

    def publish(count, in_feed=True):
        nonlocal number
        now = parsedate(desk.now())
        for _ in range(count):
            number += 1
            path = f"/news/{number}"
            site.pages[path] = article(f"Story {number}", f"Story number {number} was written today.")
            items.append((path, now, in_feed))
        site.pages["/"] = listing([(path, f"Story {path}") for path, _, _ in items[-40:]])
        site.pages["/feed.xml"] = feed_of([(path, site.root + path, http_date(when))
                                           for path, when, shown in items if shown][-20:])

    publish(3)
    wall.pages["/"] = listing([(f"/members/{n}", f"Members {n}") for n in range(30)])
    for n in range(30):
        wall.pages[f"/members/{n}"] = (403, {}, "<title>Forbidden</title>") if n < 5 else (404, {}, "")
    desk.settle(f"- {{name: Courier, seeds: ['{site.root}/'], feeds: ['{site.root}/feed.xml'], scope: host,"
                f" every: 1h, revisit: {{first: 30d, last: 60d}}}}\n"
                f"- {{name: Walls, seeds: ['{wall.root}/'], scope: host, every: 10d}}\n"
                f"- {{name: Dead, seeds: ['{dead_root}/'], scope: host, every: 1h}}\n",
                more=f"run: {{report: '{desk.folder}/report.json', metrics: '{desk.folder}/metrics.prom'}}\n")
    told = b""
    for _ in range(17 * 2):  # every twelve hours
        publish(4)
        told += desk.crawl().stderr
        desk.turn("12h")

    def source(name):
        return next(row for row in desk.json("status")[0]["sources"] if row["source"] == name)

    def alarms(name):
        return [row["alarm"] for row in source(name)["alarms"]]

    courier = source("Courier")
    desk.check("a source that brings news is well", ("ok", []), (courier["state"], courier["alarms"]))
    desk.check("its news are counted by the day", 8, courier["news_yesterday"])
    desk.check_that("the cadence is learned", 10 * 3600 <= courier["expected_s"] <= 14 * 3600, courier["expected_s"])
    desk.check("walls are told", ["walls"], alarms("Walls"))
    desk.check("a dead host is told", ["unreachable"], [name for name in alarms("Dead") if name != "closed"])
    desk.check("each alarm is told once", {b"walls": 1, b"unreachable": 1},
               {word: told.count(b"alarm=" + word) for word in (b"walls", b"unreachable")})
    # News that the feed does not have: it is frozen.
    for _ in range(5):
        publish(1, in_feed=False)
        desk.crawl()
        desk.turn("12h")
    desk.check("a frozen feed", ["frozen"], alarms("Courier"))
    frozen = [row["url"] for row in source("Courier")["listings"] if row["frozen"]]
    desk.check("and which", [site.root + "/feed.xml"], frozen)
    # Nothing any more: silent within two expected intervals.
    for _ in range(3):
        desk.crawl()
        desk.turn("11h")
    desk.check("a silent source", ["frozen", "silent"], sorted(alarms("Courier")))
    text = desk.run("status").stdout.decode()
    desk.check_that("the report for people", "3 of 3 sources need somebody to look" in text
                    and "! silent: no news since" in text, text)
    publish(3)
    done = desk.crawl("-v")
    desk.check("news again: the alarms are over", [], alarms("Courier"))
    desk.check_that("and that is told", b"alarm is over" in done.stderr, done.stderr)
    with open(f"{desk.folder}/report.json", encoding="utf-8") as file:
        report = json.load(file)
    desk.check("the report has every source", {"Courier", "Walls", "Dead"},
               {row["source"] for row in report["coverage"]})
    with open(f"{desk.folder}/metrics.prom", encoding="utf-8") as file:
        metrics = file.read()
    for line in ('wirevault_source_up{source="Dead"} 0', 'wirevault_source_alarm{source="Walls",alarm="walls"} 1',
                 'wirevault_source_alarm{source="Courier",alarm="silent"} 0'):
        desk.check_that(f"metrics: {line}", line in metrics.splitlines(), metrics[-1500:])
    desk.check("nothing half-written is left", ["metrics.prom", "report.json"],
               sorted(name for name in os.listdir(desk.folder) if name.startswith(("metrics", "report"))))
    desk.verify()


def own_ways(desk):
    """Headers, cookies, CA, TLS and proxy are each source's own, and stay with its own hosts."""
    away = desk.site({"/landing": article("Landing", "Somewhere else.")}, "127.0.3.2")
    home = desk.site({"/": listing([("/one", "One")]), "/one": article("One", "At home."),
                      "/moved": (302, {"Location": away.root + "/landing"}, "")})
    sealed = desk.site({"/": article("Sealed", "Behind TLS.")}, "127.0.3.3", desk.certificate("127.0.3.3"))
    proxy = desk.site({"*": article("By proxy", "Somebody fetched this for us.")}, "127.0.3.4")
    cookies = os.path.join(desk.folder, "cookies.txt")
    with open(cookies, "w", encoding="utf-8") as file:
        file.write("# Netscape HTTP Cookie File\n127.0.3.1\tFALSE\t/\tFALSE\t0\tconsent\tgiven\n")
    common = "scope: host, politeness: {hosts_by: host}"
    desk.settle(f"- {{name: home, seeds: ['{home.root}/', '{home.root}/moved'], {common},"
                f" headers: {{X-Desk: secret-17, Accept-Language: ja}}, cookies: {cookies}}}\n"
                f"- {{name: plain, seeds: ['{away.root}/other'], {common}}}\n"
                f"- {{name: sealed, seeds: ['{sealed.root}/'], {common}}}\n")
    away.pages["/other"] = article("Other", "Plain.")
    desk.crawl()
    for target, headers in home.log:
        desk.check(f"home, {target}: header and cookie", ("secret-17", "ja", "consent=given"),
                   (headers.get("X-Desk"), headers.get("Accept-Language"), headers.get("Cookie")))
    desk.check_that("the redirect was followed", "/landing" in away.asked(), away.asked())
    for target, headers in away.log:
        desk.check(f"away, {target}: neither", (None, None), (headers.get("X-Desk"), headers.get("Cookie")))
    row = desk.captures(sealed.root + "/robots.txt")[0] if desk.captures(sealed.root + "/robots.txt") else None
    desk.check("an unknown certificate: no page", [], sealed.asked(), row)
    desk.turn("1d")
    desk.settle(f"- {{name: sealed, seeds: ['{sealed.root}/'], {common},"
                f" ca_file: {os.path.join(desk.folder, '127.0.3.3.pem')}}}\n")
    desk.crawl()
    desk.check("its CA given: captured", 200, desk.captures(sealed.root + "/")[0]["status"])
    desk.turn("1d")
    before = len(sealed.log)
    desk.settle(f"- {{name: sealed, seeds: ['{sealed.root}/'], {common}, tls: insecure}}\n")
    done = desk.crawl()
    desk.check_that("insecure: asked, with a warning", len(sealed.log) > before and b"insecure" in done.stderr,
                    done.stderr)
    desk.turn("1d")
    before = len(home.log)
    desk.settle(f"- {{name: home, seeds: ['{home.root}/'], {common}, proxy: 'http://127.0.3.4:{proxy.port}'}}\n"
                f"- {{name: plain, seeds: ['{away.root}/other'], {common}}}\n")
    away_before = len(away.log)
    desk.crawl()
    desk.check("by its proxy: not asked itself", [], home.asked(before))
    desk.check_that("but through the proxy", f"{home.root}/" in proxy.asked(), proxy.asked())
    desk.check_that("others go straight", "/other" in away.asked(away_before), away.asked(away_before))
    desk.settle(f"- {{name: home, seeds: ['{home.root}/'], {common}, proxy: none}}\n",
                network=f"proxy: 'http://127.0.3.4:{proxy.port}'")
    desk.turn("1d")
    desk.crawl()
    desk.check_that("`proxy: none` goes straight past the network's", "/" in home.asked(before), home.asked(before))
    desk.verify()


def refusals(desk):
    """A burst of 403 suspends the source with an alarm; the next run leaves it alone; later it is tried again."""
    site = desk.site({"/": listing([(f"/p/{n}", f"Page {n}") for n in range(40)]), "*": (403, {}, "no")})
    desk.settle(f"- {{name: shy, seeds: ['{site.root}/'], scope: host}}\n")
    done = desk.crawl()
    desk.check("after ten it stops", 12, len(site.log))
    desk.check_that("and says so", b"alarm=suspended" in done.stderr, done.stderr)
    desk.check("status knows", ["suspended"], [row["alarm"] for row in desk.json("status")[0]["sources"][0]["alarms"]])
    never = next(f"/p/{n}" for n in range(40) if f"/p/{n}" not in site.asked())
    why = desk.run("why", site.root + never).stdout.decode()
    desk.check_that("why knows", "suspended until" in why, why)
    before = len(site.log)
    done = desk.crawl()
    desk.check("left alone", ([], b""), (site.asked(before), done.stderr))
    desk.turn("7h")
    del site.pages["*"]
    for n in range(40):
        site.pages[f"/p/{n}"] = article(f"Page {n}", f"Number {n} was shy.")
    done = desk.crawl()
    desk.check_that("tried again after six hours", len(site.log) > before + 20, len(site.log) - before)
    desk.verify()


def wishes(desk):
    """nofollow, unavailable_after, TDM reservation, robots.txt as captures; queries in the page's encoding."""
    later = "2026-03-05T00:00:00Z"
    site = desk.site({
        "/": listing([("/closed-list", "a list"), ("/gone-soon", "soon"), ("/tdm", "reserved"), ("/cn", "中文")])
        .replace("<ul>", "<ul><li><a rel=nofollow href='/paid'>paid</a></li>"),
        "/closed-list": listing([("/hidden", "hidden")], head="<meta name=wirevault content=nofollow>"),
        "/hidden": article("Hidden", "Nobody links here."), "/paid": article("Paid", "An advertisement."),
        "/gone-soon": (200, {"X-Robots-Tag": f"unavailable_after: {later}"}, article("Soon gone", "For three days.")),
        "/tdm": (200, {"tdm-reservation": "1", "tdm-policy": "https://example.org/p.json"}, article("Reserved", "Not to be mined.")),
        "/cn": (200, {"Content-Type": "text/html; charset=gbk"},
                "<html><title>搜索</title><a href='/search?q=北京&p=2'>北京</a></html>".encode("gbk")),
        "/search?q=%B1%B1%BE%A9&p=2": article("Result", "One."),
    })
    desk.settle(f"- {{name: wishes, seeds: ['{site.root}/'], scope: host, revisit: {{first: 1d, last: 2d}}}}\n")
    desk.crawl()
    asked = site.asked()
    for path in ("/hidden", "/paid"):
        desk.check(f"not followed: {path}", False, path in asked)
    desk.check_that("the query in the page's own bytes", "/search?q=%B1%B1%BE%A9&p=2" in asked, asked)
    desk.check("robots.txt is a capture", 200, desk.captures(site.root + "/robots.txt")[0]["status"])
    row = desk.captures(site.root + "/tdm")[0]
    desk.check("the reservation is recorded", ["tdm-reserved"], row.get("asks"))
    desk.turn("4d")
    before = len(site.log)
    desk.crawl()
    desk.check_that("after its date it is asked once more", "/gone-soon" in site.asked(before), site.asked(before))
    desk.turn("4d")
    before = len(site.log)
    desk.crawl()
    desk.check("then it is gone", False, "/gone-soon" in site.asked(before))
    desk.verify()


def traps(desk):
    """AMP and mobile variants lead to their page; one text under endless addresses ends; so do sessions."""
    def slug(request):
        n = int(request.path.split("/")[2].split("-")[-1])
        return article("The same story", "It is told under every address.",
                       links=[(f"/story/slug-{n + k}", f"Slug {n + k}") for k in (1, 2, 3)])

    class Slugs(dict):
        def get(self, path, default=None):
            return slug if path.startswith("/story/slug-") else super().get(path, default)

    site = desk.site({
        "/": listing([("/sample/a1/amp", "AMP one"), ("/story/slug-0", "Slug"), ("/s1;jsessionid=A1", "One session"),
                      ("/s1;jsessionid=B2", "Another"), ("/t?id=7&utm_source=x", "Tracked"), ("/t?id=7&utm_source=y", "Again")]),
        "/sample/a1/amp": article("Story one, quick", "The quick form.", head="<link rel=canonical href='/a1'>"),
        "/a1": article("Story one", "The full form of it."),
        "/s1;jsessionid=A1": article("Session", "One page."), "/s1;jsessionid=B2": article("Session", "One page."),
        "/t": article("Tracked", "One tracked page."),
    })
    site.pages = Slugs(site.pages)
    desk.settle(f"- {{name: traps, seeds: ['{site.root}/'], scope: host, revisit: {{first: 1h, last: 30d}}}}\n")
    desk.crawl()
    asked = site.asked()
    desk.check("the page behind the AMP page is asked", 1, asked.count("/a1"))
    desk.check_that("endless slugs end", len([path for path in asked if path.startswith("/story/")]) <= 5, asked)
    desk.check("a session is no page of its own", 1, len([path for path in asked if path.startswith("/s1")]))
    desk.check("nor is a tracking parameter", 1, len([path for path in asked if path.startswith("/t?")]))
    before = len(site.log)
    desk.turn("2h")
    desk.crawl()
    again = site.asked(before)
    desk.check_that("the page is looked at again, its AMP form and the repeats are not",
                    "/a1" in again and "/sample/a1/amp" not in again and len([p for p in again if p.startswith("/story/")]) <= 1, again)
    desk.verify()


def requisites(desk):
    """Images and style sheets of pages are kept, once, by the rules of the hosts they lie on."""
    cdn = desk.site({
        "/robots.txt": (200, {"Content-Type": "text/plain"}, "User-agent: *\nDisallow: /closed/\n"),
        "/logo.png": (200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\nlogo"),
        "/one.jpg": (200, {"Content-Type": "image/jpeg"}, b"\xff\xd8\xffone"),
        "/closed/x.png": (200, {"Content-Type": "image/png"}, b"\x89PNGx"),
        "/site.css": (200, {"Content-Type": "text/css"}, "body {}"),
    }, "127.0.3.2")
    head = f"<link rel=stylesheet href='{cdn.root}/site.css'>"
    body = article("One", "With a picture.", head=head).replace(
        "<h1>", f"<img src='{cdn.root}/logo.png'><img src='{cdn.root}/one.jpg'><img src='{cdn.root}/closed/x.png'><h1>")
    site = desk.site({"/": listing([("/one", "One")], head=head).replace("<ul>", f"<img src='{cdn.root}/logo.png'><ul>"), "/one": body})
    for kind, want in [("none", []), ("images", ["/logo.png", "/one.jpg"]), ("all", ["/logo.png", "/one.jpg", "/site.css"])]:
        desk.archive += kind
        before = len(cdn.log)
        desk.settle(f"- {{name: pictures, seeds: ['{site.root}/'], scope: host, requisites: {kind}}}\n")
        desk.crawl()
        desk.check(f"requisites: {kind}", want, sorted(set(cdn.asked(before)) - {"/robots.txt"}))
        desk.check(f"requisites: {kind}: each once", len(want), len([p for p in cdn.asked(before) if p != "/robots.txt"]))
    desk.check("kept as they are", b"\xff\xd8\xffone", desk.run("restore", cdn.root + "/one.jpg").stdout)
    desk.verify()


def dry_run(desk):
    """What a dry run says is what the crawl then does, at the instants it said, and it asks nobody."""
    site = desk.site({
        "/robots.txt": (200, {"Content-Type": "text/plain"}, "User-agent: *\nCrawl-delay: 3\nDisallow: /no/\n"),
        "/": listing([("/a", "A"), ("/b", "B"), ("/no/c", "C")]), "/a": article("A", "One."), "/b": article("B", "Two.")})
    desk.settle(f"- {{name: dry, seeds: ['{site.root}/'], scope: host, revisit: {{first: 1h, last: 30d}}}}\n")
    rows = desk.json("crawl", "--dry-run")
    desk.check("before the first run: the seed, robots.txt first", [(site.root + "/", "robots-first")],
               [(row["url"], row["outlook"]) for row in rows])
    desk.check("nothing is made", False, os.path.exists(desk.archive))
    desk.crawl()
    desk.turn("2h")
    before = len(site.log)
    rows = desk.json("crawl", "--dry-run")
    desk.check("nobody is asked", [], site.asked(before))
    said = {row["url"].removeprefix(site.root): row for row in rows}
    desk.check("what is due", {"/": "ask", "/a": "ask", "/b": "ask"},
               {path: row["outlook"] for path, row in said.items() if path != "/no/c"})
    instants = sorted(parsedate(row["at"]) for row in rows if row["outlook"] == "ask")
    desk.check("each at its host's turn", [3.0, 3.0], [(b - a).total_seconds() for a, b in zip(instants, instants[1:])])
    desk.check("why", {"seed", "link"}, {row["reason"] for row in rows})
    desk.crawl()
    desk.check("that is what the crawl asks", sorted(path for path, row in said.items() if row["outlook"] == "ask"),
               sorted(site.asked(before)))
    site.pages["/robots.txt"] = (200, {"Content-Type": "text/plain"}, "User-agent: *\nDisallow: /\n")
    desk.turn("2d")
    desk.crawl()
    desk.turn("1d")
    told = desk.run("crawl", "--dry-run").stdout.decode()
    desk.check_that("for people", "robots-first" in told or "refused" in told, told)
    only = desk.json("crawl", "--dry-run", site.root + "/b")
    desk.check("of an address given", [site.root + "/b"], [row["url"] for row in only])


def server_log(desk):
    """By the real clock: the ledger and the server's own log agree, and no request came too early."""
    desk.program = os.path.join(os.path.dirname(desk.program), "wirevault")
    pages = {"/": listing([(f"/p/{n}", f"Page {n}") for n in range(3)] + [("/no/1", "No")]),
             "/robots.txt": (200, {"Content-Type": "text/plain"}, "User-agent: *\nDisallow: /no/\nCrawl-delay: 1.2\n")}
    for n in range(3):
        pages[f"/p/{n}"] = article(f"Page {n}", f"Number {n}.")
    pages["/p/2"] = (503, {"Retry-After": "2"}, "later")

    def slowly(answer):
        # The delay begins with the answer's end: so much may this server note a request late.
        def give(_):
            time.sleep(0.1)
            return answer
        return give

    site = desk.site({path: slowly(answer) for path, answer in pages.items()})
    # Each request is more than a second of waiting: none but those that are judged.
    desk.settle(f"- {{name: real, seeds: ['{site.root}/'], scope: host, feeds: off}}\n", network="retries: 1")
    desk.crawl()
    arrivals = site.arrivals
    gaps = [later - earlier for (_, earlier), (_, later) in zip(arrivals, arrivals[1:])]
    desk.check_that("robots.txt asked for the delay", gaps[0] >= 1.0 and min(gaps[1:]) >= 1.2, gaps)
    for target in sorted({target for target, _ in arrivals}):
        rows = [row for row in desk.json("why", site.root + target, "--rows", 100)[0]["ledger"] if row["status"]]
        seen = [at for what, at in arrivals if what == target]
        desk.check(f"{target}: as many rows as arrivals", len(seen), len(rows))
        for row, at in zip(reversed(rows), seen):
            apart = at - parsedate(row["started"]).timestamp()
            desk.check_that(f"{target}: at the same instant", -0.05 <= apart <= 0.5, apart)
    desk.check("what is disallowed was refused in the ledger", ["robots-denied"],
               sorted({row["result"] for row in desk.json("why", site.root + "/no/1")[0]["ledger"]}))
    check = desk.json("why", "--check")[0]
    desk.check("the replay", (len(arrivals), 0, 0, 0, 0), (check["requests"], check["too_early"], check["too_many"],
                                                          check["disallowed"], check["repeated_slots"]))
    desk.verify()


def market(desk):
    """Listings are looked at by the market's hours: often while it trades, at once when it opens."""
    site = desk.site({"/": listing([])})
    desk.settle(f"- {{name: exchange, seeds: ['{site.root}/'], scope: host, market: {{exchange: NYSE, open: 25m, closed: 4h}}}}\n")
    looks = []
    desk.turn("4h")  # Monday, 2 March, 12:00 UTC; New York opens at 14:30 and closes at 21:00
    for _ in range(48):
        before = len(site.log)
        now = parsedate(desk.now())
        desk.crawl()
        looks += [now] * site.asked(before).count("/")
        desk.turn("30m")
    minutes = [look.hour * 60 + look.minute for look in looks if look.day == 2]
    desk.check("every half hour while it trades", 13, len([m for m in minutes if 870 <= m < 1260]))
    desk.check_that("at once when it opens", any(870 <= m < 875 for m in minutes), minutes)
    closed = [look for look in looks if not 870 <= look.hour * 60 + look.minute < 1260]
    desk.check_that("seldom otherwise", 4 <= len(closed) <= 7, [str(look) for look in closed])
    # A calendar that ends is told of, a fortnight before and from then on; never silently.
    desk.settle(f"- {{name: exchange, seeds: ['{site.root}/'], scope: host, market: {{exchange: SSE}}}}\n")
    for days, ends in (("270d", False), ("20d", True), ("20d", True)):  # 28 November, 18 December, 7 January
        desk.turn(days)
        desk.crawl()
        alarms = {row["alarm"]: row["reason"] for row in desk.json("status")[0]["sources"][0]["alarms"]}
        desk.check(f"on {desk.now()[:10]}: the alarm 'calendar'", ends, "calendar" in alarms)
        desk.check(f"on {desk.now()[:10]}: to which day", ends, "2026-12-31" in alarms.get("calendar", ""))
    desk.check("why says it too", (False, False), (desk.json("why", site.root + "/")[0]["market"]["holidays_known"],
                                                   desk.json("why", site.root + "/")[0]["market"]["open"]))


def tdmrep(desk):
    """What tdmrep.json reserves is recorded with the captures, where the settings ask for it."""
    site = desk.site({"/": listing([("/open/a", "A"), ("/b", "B"), ("/c", "C")]), "/open/a": article("A", "Free."),
                      "/b": article("B", "Reserved."),
                      "/c": (200, {"tdm-reservation": "0"}, article("C", "Free by its own word.")),
                      "/.well-known/tdmrep.json": (200, {"Content-Type": "application/json"},
                          json.dumps([{"location": "/open/", "tdm-reservation": 0},
                                      {"location": "/", "tdm-reservation": 1, "tdm-policy": "https://example.org/p"}]))})
    source = f"- {{name: tdm, seeds: ['{site.root}/'], scope: host, revisit: {{first: 2h, last: 3h}}%s}}\n"
    desk.settle(source % "")
    desk.crawl()
    desk.check("not asked for by itself", False, "/.well-known/tdmrep.json" in site.asked())
    desk.check("nothing reserved", None, desk.captures(site.root + "/b")[0].get("asks"))
    desk.settle(source % ", tdmrep: ask")
    desk.turn("2d")
    desk.crawl()
    desk.check("asked for once", 1, site.asked().count("/.well-known/tdmrep.json"))
    for path in ("/b", "/c", "/open/a"):
        site.pages[path] = article(path, "Changed, to be kept anew.") if path != "/c" else (
            200, {"tdm-reservation": "0"}, article("C", "Changed too."))
    desk.turn("4h")
    desk.crawl()
    asks = {path: desk.captures(site.root + path)[0].get("asks") for path in ("/b", "/c", "/open/a")}
    desk.check("by path, and the header stands over the file", {"/b": ["tdm-reserved"], "/c": None, "/open/a": None}, asks)
    desk.archive += "2"
    desk.settle(source % ", tdmrep: ask")
    before = len(site.log)
    desk.crawl()
    desk.check_that("of a host not known it is read before the pages but the first",
                    site.asked(before).index("/.well-known/tdmrep.json") <= 2, site.asked(before))
    desk.check("so that they are recorded as they are meant", ["tdm-reserved"], desk.captures(site.root + "/b")[0].get("asks"))
    desk.verify()


def snapped(desk):
    """snap says of each address that it was given what became of it: the capture's ID, or why there is none."""
    site = desk.site({
        "/robots.txt": (200, {"Content-Type": "text/plain"}, "User-agent: *\nDisallow: /private/\n"),
        "/a.html": article("Open pier", "The heron of the open pier stood on one leg."),
        "/old": (301, {"Location": "/a.html"}, ""),
        "/private/b.html": article("Closed pier", "Nobody reads this."),
    })
    desk.settle(f"- {{name: pier, seeds: ['{site.root}/'], scope: host}}\n")
    done = desk.run("snap", site.root + "/old", site.root + "/private/b.html")
    told, lines = done.stderr.decode(), done.stdout.decode().splitlines()
    desk.check("a denial is exit 1", 1, done.returncode, told)
    desk.check_that("it says which address and which rule", "/private/b.html: refused: robots.txt line 2 says" in told, told)
    desk.check("the hop and what it led to, and no robots.txt", [site.root + "/old", site.root + "/a.html"],
               [line.split()[4] for line in lines], told)
    rows = desk.json("snap", "--json", site.root + "/a.html")
    desk.check_that("a record of the capture", rows[0]["url"] == site.root + "/a.html" and rows[0]["status"] == 200, rows)
    desk.check("its ID is one that restore takes", rows[0]["digest"], sha256(desk.run("restore", rows[0]["id"]).stdout))
    desk.check("then one of the run", 1, rows[1]["captures"])
    desk.check("--quiet says nothing", (b"", b""),
               (lambda d: (d.stdout, d.stderr))(desk.run("snap", "--quiet", site.root + "/a.html")))


SCENARIOS = {
    "snapped": snapped,
    "noarchive": noarchive,
    "noarchive_kept": noarchive_kept,
    "related": related,
    "morning": morning,
    "own_ways": own_ways,
    "refusals": refusals,
    "wishes": wishes,
    "traps": traps,
    "dry_run": dry_run,
    "server_log": server_log,
    "market": market,
    "tdmrep": tdmrep,
    "requisites": requisites,
}

if __name__ == "__main__":
    main(SCENARIOS)
