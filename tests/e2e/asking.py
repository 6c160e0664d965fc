#!/usr/bin/env python3
"""What is asked of sites, how often, and what their robots.txt has to say to it: asking.py BUILD SCENARIO"""

import datetime
import gzip
import os

from site_of_test import article, listing, main


def parsedate(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


PLAIN = {"Content-Type": "text/plain"}
NO = "User-agent: *\nDisallow: /no\n"
HOPS = {f"/r{n}": (302, {"Location": f"/r{n + 1}"}, "") for n in range(1, 6)}

# What comes as robots.txt (and other pages), and what may be asked for then: "all" but what is
# disallowed, "rules" (not /no), "none".
ROBOTS = [
    ("packed", {"/robots.txt": (200, {**PLAIN, "Content-Encoding": "gzip"}, gzip.compress(NO.encode()))}, "rules"),
    ("mark and CR", {"/robots.txt": (200, PLAIN, "\ufeff" + NO.replace("\n", "\r"))}, "rules"),
    ("NUL inside", {"/robots.txt": (200, PLAIN, "\0\1\n" + NO + "Allow: /\0\n")}, "rules"),
    ("our name before the star", {"/robots.txt": (200, PLAIN, "User-agent: *\nDisallow: /\n\nUser-agent: WireVault\nDisallow: /no\n")}, "rules"),
    ("not by a part of a name", {"/robots.txt": (200, PLAIN, "User-agent: wire\nDisallow: /\n\nUser-agent: wirevaultbot\nDisallow: /\n\n" + NO)}, "rules"),
    ("a page", {"/robots.txt": (200, {}, "<html><body>Nothing here</body></html>")}, "all"),
    ("empty", {"/robots.txt": (200, PLAIN, "")}, "all"),
    ("204", {"/robots.txt": (204, {}, "")}, "all"),
    ("404", {"/robots.txt": (404, {}, NO)}, "all"),
    ("410", {"/robots.txt": (410, {}, NO)}, "all"),
    ("401", {"/robots.txt": (401, {}, NO)}, "all"),
    ("403", {"/robots.txt": (403, {}, NO)}, "all"),
    ("403, where the settings say deny", {"/robots.txt": (403, {}, "")}, "none", "robots_forbidden: deny"),
    ("429", {"/robots.txt": (429, {}, "")}, "none"),
    ("500", {"/robots.txt": (500, {}, "")}, "none"),
    ("503 for an hour", {"/robots.txt": (503, {"Retry-After": "3600"}, "")}, "none"),
    ("599", {"/robots.txt": (599, {}, "")}, "none"),
    ("the fifth redirect", {"/robots.txt": (301, {"Location": "/r2"}, ""), **HOPS, "/r6": (200, PLAIN, NO)}, "rules"),
    ("the sixth redirect", {"/robots.txt": (301, {"Location": "/r1"}, ""), **HOPS, "/r6": (200, PLAIN, NO)}, "all"),
    ("a redirect to another host", {"/robots.txt": lambda request: (302, {"Location": elsewhere.root + "/theirs.txt"}, "")}, "rules"),
    ("a redirect to a file", {"/robots.txt": (302, {"Location": "file:///etc/passwd"}, "")}, "none"),
    ("a coding nobody knows", {"/robots.txt": (200, {**PLAIN, "Content-Encoding": "br"}, "x")}, "none"),
]
elsewhere = None


def robots_kinds(desk):
    """robots.txt in each shape it comes in, one host each; its rules hold for all that a page leads to."""
    global elsewhere
    # Its own rules say no to everything: they are not asked when it holds another's robots.txt.
    elsewhere = desk.site({"/robots.txt": (200, PLAIN, "User-agent: *\nDisallow: /\n"), "/theirs.txt": (200, PLAIN, NO)}, "127.0.3.200")
    pages = {"/": listing([("/yes", "Yes"), ("/no/a", "No"), ("/go", "Go")],
                          head="<link rel=alternate type='application/rss+xml' href='/no/feed.xml'>"
                               "<link rel=stylesheet href='/no/s.css'><img src='/no/p.png'><img src='/p.png'>"),
             "/yes": (200, {"Refresh": "5; URL='/refreshed'"}, article("Yes", "May be had.")), "/refreshed": article("After", "Led to by a header."), "/go": (302, {"Location": "/no/b"}, ""),
             "/no/a": article("No", "May not."), "/no/b": article("Nor this", "Nor this."), "/p.png": (200, {"Content-Type": "image/png"}, "x"),
             "/no/p.png": (200, {"Content-Type": "image/png"}, "y"), "/no/s.css": (200, {"Content-Type": "text/css"}, "a{}"),
             "/no/feed.xml": rss([("/yes", "Yes")]), "/no/map.xml": (200, {"Content-Type": "text/xml"}, "<urlset/>")}
    sites, sources = [], ""
    for n, row in enumerate(ROBOTS):
        site = desk.site({**pages, **row[1]}, f"127.0.3.{n + 1}")
        more = f", politeness: {{{row[3]}}}" if len(row) > 3 else ""
        sources += f"- {{name: s{n}, seeds: ['{site.root}/'], scope: host, requisites: all, every: 1h{more}}}\n"
        sites.append(site)
    named = desk.site({**pages, "/robots.txt": (200, PLAIN, NO + "Sitemap: /relative.xml\n")}, "127.0.3.100")
    named.pages["/robots.txt"] = (200, PLAIN, NO + f"Sitemap: {named.root}/no/map.xml\nSitemap: {named.root}/map.xml\n")
    named.pages["/map.xml"] = (200, {"Content-Type": "text/xml"}, f"<urlset><url><loc>{named.root}/no/c</loc></url></urlset>")
    sources += f"- {{name: named, seeds: ['{named.root}/'], scope: host, every: 1h}}\n"
    desk.settle(sources)
    done_first = desk.crawl()
    for row, site in zip(ROBOTS, sites):
        asked = set(site.asked())
        closed = {path for path in asked if path.startswith("/no")}
        others = {"/", "/yes", "/go", "/p.png", "/refreshed"}
        if row[2] == "none":
            desk.check(f"{row[0]}: nothing is asked", set(), asked & (others | closed))
        else:
            desk.check(f"{row[0]}: what is allowed", others, asked & others)
            desk.check(f"{row[0]}: page, redirect's target, feed, picture, sheet", row[2] == "all", bool(closed), closed)
        desk.check_that(f"{row[0]}: robots.txt is in the archive", desk.captures(site.root + "/robots.txt"))
    desk.check("another's robots.txt was asked for, its own was not", ["/theirs.txt"], elsewhere.asked())
    desk.check("sitemaps and their pages by the rules", ({"/map.xml"}, set()),
               (set(named.asked()) & {"/map.xml"}, {p for p in named.asked() if p.startswith("/no")}))
    done = desk.run("restore", sites[1].root + "/robots.txt")
    desk.check("restored as it came", ("\ufeff" + NO.replace("\n", "\r")).encode(), done.stdout)
    page = [row[0] for row in ROBOTS].index("a page")
    desk.check_that("of the page it is said", b"page, so it has no rules" in done_first.stderr and
                    b"it is a page" in desk.run("why", sites[page].root + "/no/a").stdout, done_first.stderr[:500])
    why = desk.json("why", sites[0].root + "/no/a")[0]
    desk.check("why names the rule", ("Disallow: /no", 2), (why["robots"]["rule"], why["robots"]["line"]))

    # Kept across runs for a day, or as long as the server says; asked again after it.
    before = [len(site.log) for site in sites]
    sites[0].pages["/robots.txt"] = (200, {**PLAIN, "Cache-Control": "max-age=1800"}, NO)
    desk.turn("2h")
    desk.crawl()
    desk.check("within a day robots.txt is not asked again", False, "/robots.txt" in sites[0].asked(before[0]))
    # The one with a Retry-After of an hour is asked again after it, and opens.
    late = [row[0] for row in ROBOTS].index("503 for an hour")
    desk.check_that("an hour later the closed one is asked again", "/robots.txt" in sites[late].asked(before[late]))
    sites[late].pages["/robots.txt"] = (200, PLAIN, NO)
    desk.turn("1d")
    desk.crawl()
    desk.check_that("a day later it is", "/robots.txt" in sites[0].asked(before[0]))
    desk.check_that("and the one that was closed is read", "/yes" in sites[late].asked())
    before = [len(site.log) for site in sites]
    desk.turn("1h")
    desk.crawl()
    desk.check_that("max-age of half an hour", "/robots.txt" in sites[0].asked(before[0]))
    # Out of reach after it was open: closed, whatever the old copy said.
    sites[0].pages["/robots.txt"] = (500, {}, "")
    before = [len(site.log) for site in sites]
    desk.turn("3h")
    desk.crawl()
    desk.check("a robots.txt that cannot be had closes what was open", ["/robots.txt"], sorted(set(sites[0].asked(before[0]))))
    desk.verify()


def rss(items, more=""):
    listed = "".join(f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid></item>" for link, title in items)
    return 200, {"Content-Type": "application/rss+xml", "ETag": f'"{len(items)}"'}, (
        f"<?xml version='1.0'?><rss version='2.0'><channel><title>F</title>{more}{listed}</channel></rss>")


def conditional(answer):
    """Its answer, or 304 to who has it."""
    def act(request):
        if request.headers.get("If-None-Match") == answer[1]["ETag"]:
            return 304, {"ETag": answer[1]["ETag"]}, ""
        return answer
    return act


def feeds(desk):
    """A feed's ttl and skipHours put looks off, its 301 moves it for good, its 410 ends it; all told."""
    front = listing([("/one", "One")], head='<link rel=alternate type="application/rss+xml" href="/old.xml">')
    site = desk.site({"/": front, "/one": article("One", "Of the page."), "/two": article("Two", "Of the feed."),
                      "/old.xml": conditional(rss([("/two", "Two")], "<ttl>40</ttl>"))})
    source = f"- {{name: fed, seeds: ['{site.root}/'], scope: host, every: 10m, revisit: {{first: 20d}}%s}}\n"
    desk.settle(source % "")

    def looks(hours, path):
        """Looks at a path in so many hours of a crawl every ten minutes."""
        before = len(site.log)
        for _ in range(hours * 6):
            desk.crawl()
            desk.turn("10m")
        return site.asked(before).count(path)

    desk.crawl()
    desk.check_that("found by the page's head, and its items followed", "/two" in site.asked(), site.asked())
    desk.turn("10m")
    count = looks(2, "/old.xml")
    desk.check_that("a ttl of 40 minutes: three looks in two hours, also where it answers 304", 2 <= count <= 3, count)
    why = desk.json("why", f"{site.root}/old.xml")[0]
    desk.check("why tells", 2400, why["feed_times"]["ttl_s"])
    desk.check_that("to people too", b"ttl 40m" in desk.run("why", f"{site.root}/old.xml").stdout)
    desk.settle(source % ", feed_times: ignore")
    count = looks(2, "/old.xml")
    desk.check_that("unless the settings say not to heed it", 8 <= count <= 13, count)
    desk.settle(source % "")

    # Skipped: the rest of this hour's day but the hour after the next.
    hour = parsedate(desk.now()).hour
    allowed = (hour + 3) % 24
    skips = "".join(f"<hour>{h}</hour>" for h in range(24) if h != allowed)
    site.pages["/old.xml"] = rss([("/two", "Two"), ("/one", "One")], f"<skipHours>{skips}</skipHours>")
    looks(1, "/old.xml")  # it learns of it
    before = len(site.log)
    seen = []
    for _ in range(24):
        now = parsedate(desk.now())
        asked = len(site.log)
        desk.crawl()
        seen += [now.hour] * site.asked(asked).count("/old.xml")
        desk.turn("10m")
    desk.check_that("looked at in the hour that is left", seen and set(seen) <= {allowed}, (seen, allowed))
    desk.check_that("the front page meanwhile as ever", site.asked(before).count("/") > 15, site.asked(before))

    # Moved for good: the new address takes its place.
    site.pages["/old.xml"] = (301, {"Location": "/new.xml"}, "")
    site.pages["/new.xml"] = rss([("/three", "Three")])
    site.pages["/three"] = article("Three", "Of the moved feed.")
    desk.turn("1d")
    before = len(site.log)
    old, new = looks(3, "/old.xml"), site.asked(before).count("/new.xml")
    desk.check("asked once at the old address", 1, old)
    desk.check_that("and polled at the new one", new > 10, new)
    desk.check_that("its items are followed", "/three" in site.asked(before))

    # Gone: not asked again, and the morning report says so.
    site.pages["/new.xml"] = (410, {}, "")
    count = looks(3, "/new.xml")
    desk.check("410: asked once more and never again", 1, count)
    said = desk.run("status").stdout.decode()
    desk.check_that("status tells of the feed that is gone", "/new.xml" in said and "410" in said, said)
    desk.check_that("why says it is gone", "gone" in desk.json("why", f"{site.root}/new.xml")[0]["reason"],
                    desk.json("why", f"{site.root}/new.xml")[0])
    desk.verify()


def guesses(desk):
    """Where a site names neither feed nor sitemap the usual places are asked: seldom, and by its rules."""
    places = ["/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml"]
    front = listing([("/one", "One")])
    pages = {"/": front, "/one": article("One", "Of the page."), "/two": article("Two", "Of the feed.")}
    third = desk.site({**pages, "/rss.xml": rss([("/two", "Two")])}, "127.0.3.1")
    moved = desk.site({**pages, "/feed": (301, {"Location": "/feed/"}, ""), "/feed/": rss([("/two", "Two")])}, "127.0.3.2")
    none = desk.site(pages, "127.0.3.3")
    soft = desk.site({**pages, "*": article("Sorry", "Not here, but 200.")}, "127.0.3.4")
    closed = desk.site({**pages, "/robots.txt": (200, PLAIN, "User-agent: *\nDisallow: /feed\nDisallow: /rss\n")}, "127.0.3.5")
    named = desk.site({**pages, "/": listing([("/one", "One")], head='<link rel=alternate type="application/atom+xml" href="/its.xml">'),
                       "/its.xml": rss([])}, "127.0.3.6")
    mapped = desk.site({**pages, "/map.xml": (200, {"Content-Type": "text/xml"}, "<urlset/>")}, "127.0.3.7")
    mapped.pages["/robots.txt"] = (200, PLAIN, f"Sitemap: {mapped.root}/map.xml\n")
    off = desk.site(pages, "127.0.3.8")
    # One seed names a feed, the other does not.
    both = desk.site({**pages, "/": named.pages["/"], "/its.xml": rss([]), "/section": front}, "127.0.3.9")
    sites = [third, moved, none, soft, closed, named, mapped, off]
    desk.settle("".join(f"- {{name: s{n}, seeds: ['{site.root}/'], scope: host, every: 2h, revisit: {{first: 300d, last: 300d}}"
                        f"{', feeds: off' if site is off else ''}}}\n" for n, site in enumerate(sites)) +
                f"- {{name: both, seeds: ['{both.root}/', '{both.root}/section'], scope: host}}\n")

    def guessed(site, since=0):
        return [path for path in site.asked(since) if path in places + ["/feed/"]]

    desk.crawl()
    desk.check("until one is a feed", places[:3], guessed(third))
    desk.check_that("whose items are followed", "/two" in third.asked(), third.asked())
    desk.check("a guess that has moved", ["/feed", "/feed/"], guessed(moved))
    desk.check_that("is followed too", "/two" in moved.asked(), moved.asked())
    desk.check("none there: all asked, in turn", places, guessed(none))
    desk.check("a page that says sorry is no feed", places, guessed(soft))
    desk.check("never what robots.txt forbids", [], [path for path in guessed(closed) if path.startswith(("/feed", "/rss"))])
    desk.check("nor where a feed, a sitemap or the settings say enough", [[], [], []], [guessed(site) for site in (named, mapped, off)])
    desk.check_that("hardly any where another seed names one", len(guessed(both)) <= 2, both.asked())
    before = [len(site.log) for site in sites]
    for _ in range(6):
        desk.turn("4d")
        none.pages["/"] = none.pages["/"] + "<!-- changed -->"
        desk.crawl()
    desk.check_that("the right one is polled", guessed(third, before[0]).count("/rss.xml") >= 5, third.asked(before[0]))
    desk.check_that("at its new address", guessed(moved, before[1]).count("/feed/") >= 5, moved.asked(before[1]))
    desk.check("the wrong ones are not asked again", [[], []], [guessed(none, before[2]), guessed(soft, before[3])])
    desk.turn("8d")
    desk.crawl()
    desk.check("but once a month", set(places), set(guessed(none, before[2])))
    row = [row for row in desk.json("status")[0]["sources"] if row["source"] == "s2"][0]
    desk.check("nothing of it alarms anybody", [], row["alarms"])
    desk.verify()


def validators(desk):
    """Validators go back as they came, and only with the request that they were had with; 304 stands for the page."""
    body = {"en": article("Harbour", "In English."), "ja": article("港", "日本語で。")}

    def page(request):
        lang = request.headers.get("Accept-Language", "en")[:2]
        fields = {"ETag": 'W/"one"', "Last-Modified": "Tue, 02 Jan 2024 03:04:05 +0000", "Vary": "Accept-Language"}
        if request.headers.get("If-None-Match") == 'W/"one"':  # the same for both: a careless server
            return 304, {**fields, "Cache-Control": "max-age=5"}, ""
        return 200, fields, body[lang]

    site = desk.site({"/": page})
    source = f"- {{name: v, seeds: ['{site.root}/'], scope: host%s}}\n"

    def last():
        return [headers for target, headers in site.log if target == "/"][-1]

    desk.settle(source % "")
    desk.crawl()
    desk.check("first without", (None, None), (last().get("If-None-Match"), last().get("If-Modified-Since")))
    desk.turn("1h")
    desk.crawl()
    desk.check("both go back, letter by letter", ('W/"one"', "Tue, 02 Jan 2024 03:04:05 +0000"),
               (last().get("If-None-Match"), last().get("If-Modified-Since")))
    rows = desk.captures(site.root + "/")
    desk.check("a 304 is a capture that stands for the page", ([304, 200], rows[1]["digest"]), ([row["status"] for row in rows], rows[0]["digest"]))
    desk.check("and gives it back", body["en"].encode(), desk.run("restore", site.root + "/").stdout)
    desk.settle(source % ", headers: {Accept-Language: ja}")
    desk.turn("1h")
    desk.crawl()
    desk.check("asked in another language: without validators", None, last().get("If-None-Match"))
    desk.check("so the other page is had", body["ja"].encode(), desk.run("restore", site.root + "/").stdout)
    desk.turn("1h")
    desk.crawl()
    desk.check("then with them again", 'W/"one"', last().get("If-None-Match"))
    desk.verify()


def six(desk):
    """The whole way over IPv6: robots.txt, links, 304, TLS, redirects between the families."""
    four = desk.site({"/landing": article("Landing", "Over the older one.")}, "127.0.3.2")
    plain = desk.site({"/": listing([("/a", "A"), ("/no/b", "B")]), "/a": article("A", "Over IPv6."),
                       "/robots.txt": (200, PLAIN, NO), "/over": (302, {"Location": four.root + "/landing"}, ""), "/no/b": article("B", "No.")}, "::1")
    sealed = desk.site({"/": listing([("/c", "C")]), "/c": article("C", "Sealed, over IPv6.")}, "::1", desk.certificate("::1"))
    every = "scope: host, every: 1h, revisit: {first: 30m}, politeness: {hosts_by: host}"
    desk.settle(f"- {{name: plain, seeds: ['{plain.root}/', '{plain.root}/over'], {every}}}\n"
                f"- {{name: sealed, seeds: ['{sealed.root}/'], {every}, ca_file: '{os.path.join(desk.folder, '__1.pem')}'}}\n")
    desk.crawl()
    desk.check("what is allowed is had", {"/robots.txt", "/", "/a", "/over"}, set(plain.asked()) - {"/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml"})
    desk.check_that("from one family to the other", "/landing" in four.asked(), four.asked())
    desk.check_that("with TLS by its own authority", "/c" in sealed.asked(), sealed.asked())
    for site, path, words in ((plain, "/a", "Over IPv6."), (sealed, "/c", "Sealed, over IPv6.")):
        row = desk.captures(site.root + path)[0]
        done = desk.run("restore", row["id"])
        desk.check(f"{path}: kept under its own address", (site.root + path, 200, True), (row["url"], row["status"], words in done.stdout.decode()))
        desk.check("why knows it", True, desk.json("why", site.root + path)[0]["known"])
    before = len(plain.log)
    desk.turn("2h")
    desk.crawl()
    desk.check_that("and again", "/a" in plain.asked(before), plain.asked(before))
    desk.verify()


SCENARIOS = {
    "robots_kinds": robots_kinds,
    "feeds": feeds,
    "guesses": guesses,
    "validators": validators,
    "six": six,
}

if __name__ == "__main__":
    main(SCENARIOS)
