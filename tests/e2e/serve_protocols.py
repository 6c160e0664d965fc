#!/usr/bin/env python3
"""`wirevault serve` by its protocols, over real sockets: serve_protocols.py BUILD

Memento (RFC 7089), replay, CDX, the JSON API, take-downs in all of them. The archive is made from a
WARC of the test's own, so that every instant, status and header is known.
"""

import http.client
import json
import os
import random
import re
import sys
import urllib.parse

from served_warc import HOST, Warc, http_date, over_warc, page, seconds, web

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c489".replace(" ", "")) + bytes(20)
NEWS = "http://news.example/a?id=7&x=1"
LONG = "http://long.example/" + "y" * 7000
PAGED = "http://paged.example/x"
MANY = "http://many.example/list"


# What a server said twice, or in one breath: a browser must not be told of a document that was not rewritten.
TYPES = [("text/html", "image/png"), ("image/png", "text/html"), ("image/png, text/html", None), ("image/png;, text/html", None), ("text/plain", "text/html; charset=utf-8"),
         ("multipart/x-mixed-replace; boundary=a", None), ("message/rfc822", None), ("image/png\ttext/html", None), ("IMAGE/PNG;a=text/html", None), ("text/html;, image/png", None),
         ("application/json, text/html", None), ("*/*", None), ("html", None), ("text / html", None)]


def fill(warc):
    warc.add(NEWS, "20240101000000", page("First"))
    warc.add(NEWS, "20240101001000", page("Second"), fields=[("X-Own", "yes"), ("Set-Cookie", "a=b"), ("Server", "old")])
    warc.add(NEWS, "20240101003000", page("Third"))
    warc.add("https://news.example/a?id=7&x=1", "20240201000000", page("Secure", '<a href=gone>x</a><img src=pic.png><script>alert(1)</script>',
                                                                               "<link rel=stylesheet href=s.css>"))
    warc.add("http://news.example/gone", "20240102000000", page("Not here"), status=404)
    warc.add("http://news.example/broken", "20240102000000", b"sorry", status=503, mime="text/plain")
    warc.add("http://news.example/old", "20240102000000", b"", status=301, fields=[("Location", "/a?id=7&x=1")])
    warc.add("http://news.example/pic.png", "20240101000500", PNG, mime="image/png")
    warc.add("http://news.example/pic.png", "20240301000000", PNG + b"2", mime="image/png")
    for n, (first, second) in enumerate(TYPES):
        warc.add(f"http://types.example/{n}", "20240101000500", b"<script>1</script><link rel=preconnect href=//out.example>", mime=first,
                 fields=[("Content-Type", second)] if second else [])
    warc.add("http://types.example/svg", "20240101000500", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", mime="image/svg+xml")
    warc.add("http://news.example/run.js", "20240101000500", b"alert(1)", mime="text/javascript")
    warc.add("http://news.example/s.css", "20240101000500", b"@import 'more.css'; p { background: url(pic.png) }", mime="text/css")
    warc.add("http://news.example/twice", "20240105000000", page("Twice early"), fraction=".100000")
    warc.add("http://news.example/twice", "20240105000000", page("Twice late"), fraction=".900000")
    warc.add(LONG, "20240103000000", page("Long"), fields=[(f"X-Field-{n}", "v" * 150) for n in range(120)])
    for length in range(1000, 7000, 500):
        warc.add("http://long.example/" + "z" * length, "20240103000000", page("Longer"))
    for name in ("hide", "block", "erase"):
        warc.add(f"http://down.example/{name}", "20240110000000", page(f"To {name}"))
        warc.add(f"http://down.example/{name}", "20240111000000", page(f"To {name} again"))
    for n in range(5003):
        warc.add(PAGED, f"2023{1 + n // 2400:02d}{1 + n // 100 % 24:02d}{n // 60 % 24:02d}{n % 60:02d}{n // 1440 % 60:02d}", b"x", mime="text/plain")
    for name, fields, head, *_ in [*WISHES, ("plain", [], "")]:
        warc.add(f"http://asks.example/{name}", "20240201000000", page(f"Asking {name}", head=head), fields=fields)
    for n in range(120):
        warc.add(MANY, f"202402{1 + n // 24:02d}{n % 24:02d}0000", b"", status=204, mime=None)
    for year in (1966, 1967, 1968):
        warc.add("http://old.example/x", f"{year}0101000000", b"old")


def links(text):
    """Link of RFC 8288, as a client of Memento reads it: [(uri, {attribute: value})]."""
    return [(uri, dict(re.findall(r';\s*([a-z]+)="([^"]*)"', rest)))
            for uri, rest in re.findall(r'<([^>]*)>((?:\s*;\s*[a-z]+="[^"]*")*)', text or "")]


def rel(found, word):
    return [(uri, attributes) for uri, attributes in found if word in attributes.get("rel", "").split()]


def timegate(t):
    gate = "/timegate/" + NEWS
    rows = [
        ("none: the latest", None, "20240101003000"),
        ("before all: the first", "20200101000000", "20240101000000"),
        ("after all: the last", "20300101000000", "20240101003000"),
        ("exact", "20240101001000", "20240101001000"),
        ("nearer to the earlier", "20240101000459", "20240101000000"),
        ("a tie: the earlier", "20240101000500", "20240101000000"),
        ("nearer to the later", "20240101000501", "20240101001000"),
    ]
    for name, when, expected in rows:
        answer, _ = t.get(gate, **({"Accept_Datetime": http_date(when)} if when else {}))
        t.check(f"timegate, {name}: status", 302, answer.status)
        t.check(f"timegate, {name}", f"http://{HOST}" + web(expected, NEWS), answer.getheader("Location"))
        t.has(f"timegate, {name}: Vary", "accept-datetime", answer.getheader("Vary", "").lower())
        t.check(f"timegate, {name}: no Memento-Datetime", None, answer.getheader("Memento-Datetime"))
        found = links(answer.getheader("Link"))
        t.check(f"timegate, {name}: original", [NEWS], [uri for uri, _ in rel(found, "original")])
        t.check(f"timegate, {name}: first and last", [http_date("20240101000000"), http_date("20240101003000")],
                [rel(found, word)[0][1].get("datetime") for word in ("first", "last")])
        t.check(f"timegate, {name}: timemap", [f"http://{HOST}/timemap/link/{NEWS}"], [uri for uri, _ in rel(found, "timemap")])
    for bad in ("yesterday", "2024-01-01", "Mon, 99 Jan 2024 00:00:00 GMT", "0"):
        answer, _ = t.get(gate, Accept_Datetime=bad)
        t.check(f"timegate, '{bad}': status", 400, answer.status)
    for path, status in (("/timegate/http://nowhere.example/", 404), ("/timegate/", 400), ("/timegate/ftp://news.example/", 400),
                         ("/timegate/http://", 400), ("/timegate/javascript:alert(1)", 400)):
        answer, _ = t.get(path)
        t.check(f"{path}: status", status, answer.status)
        t.check(f"{path}: no Memento-Datetime", None, answer.getheader("Memento-Datetime"))
    # What clients and proxies make of a URL in a path, and other spellings of the page.
    for spelling in ("http:/news.example/a?id=7&x=1", "http%3A%2F%2Fnews.example%2Fa%3Fid%3D7%26x%3D1", "HTTP://NEWS.example:80/a?id=7&x=1"):
        answer, _ = t.get("/timegate/" + spelling)
        t.check(f"timegate, {spelling}", f"http://{HOST}" + web("20240101003000", NEWS), answer.getheader("Location"))
    answer, _ = t.get("/timegate/https://news.example/a?id=7&x=1")
    t.check("timegate: the verbatim URL goes first", f"http://{HOST}" + web("20240201000000", "https://news.example/a?id=7&x=1"),
            answer.getheader("Location"))
    answer, _ = t.get("/timegate/http://www.news.example/a?x=1&id=7")
    t.check("timegate: else the page", f"http://{HOST}" + web("20240201000000", "https://news.example/a?id=7&x=1"), answer.getheader("Location"))


def memento(t):
    answer, body = t.get(web("20240101001000", NEWS))
    t.check("URI-M: status", 200, answer.status)
    t.check("URI-M: Memento-Datetime", http_date("20240101001000"), answer.getheader("Memento-Datetime"))
    found = links(answer.getheader("Link"))
    t.check("URI-M: original", [NEWS], [uri for uri, _ in rel(found, "original")])
    t.check("URI-M: timegate", [f"http://{HOST}/timegate/{NEWS}"], [uri for uri, _ in rel(found, "timegate")])
    t.check("URI-M: timemap", [f"http://{HOST}/timemap/link/{NEWS}"], [uri for uri, _ in rel(found, "timemap")])
    for word, stamp in (("first", "20240101000000"), ("prev", "20240101000000"), ("next", "20240101003000"), ("last", "20240101003000")):
        t.check(f"URI-M: {word}", [(f"http://{HOST}" + web(stamp, NEWS), http_date(stamp))],
                [(uri, attributes.get("datetime")) for uri, attributes in rel(found, word)])
    t.has("URI-M: a frame", f'src="{web("20240101001000", NEWS.replace("&", "&amp;"), "if_")}"', body.decode())
    t.has("URI-M: its frame is a sandbox", 'sandbox="allow-top-navigation-by-user-activation"', body.decode())
    # A time that is none of ours leads to one that is; never its bytes under another's name.
    for stamp, expected in (("20240101000100", "20240101000000"), ("2024", "20240101000000"), ("202401010020", "20240101001000"),
                            ("20500101000000", "20240101003000"), ("", "20240101003000")):
        for modifier in ("", "if_", "id_"):
            if not stamp and not modifier:
                continue
            answer, _ = t.get(web(stamp, NEWS, modifier))
            t.check(f"/web/{stamp}{modifier}: status", 302, answer.status)
            t.check(f"/web/{stamp}{modifier}: to", web(expected, NEWS, modifier), answer.getheader("Location"))
            t.check(f"/web/{stamp}{modifier}: no Memento-Datetime", None, answer.getheader("Memento-Datetime"))
    for stamp in ("20241301000000", "123", "99999999999999", "20240230000000", "20240101000000000"):
        t.check(f"/web/{stamp}: status", 400, t.get(web(stamp, NEWS))[0].status)
    answer, body = t.get(web("20240105000000", "http://news.example/twice", "id_"))
    t.has("two in one second: the last", b"Twice late", body)
    t.check("HEAD: status", 200, t.get(web("20240101001000", NEWS), "HEAD")[0].status)
    t.check("never captured: status", 404, t.get(web("20240101000000", "http://nowhere.example/x"))[0].status)
    answer, body = t.get(web("20240101000000", "http://nowhere.example/x.png", "im_"))
    t.check("a picture that is not there", (404, "image/svg+xml", None),
            (answer.status, answer.getheader("Content-Type"), answer.getheader("Memento-Datetime")))
    answer, _ = t.get("/web/*/" + NEWS)
    t.check("all of them: the history", (302, "/history?url=" + urllib.parse.quote(NEWS, safe="")),
            (answer.status, answer.getheader("Location")))


def replay(t):
    # Archived errors and redirects answer with their own status.
    for url, stamp, status in (("http://news.example/gone", "20240102000000", 404), ("http://news.example/broken", "20240102000000", 503)):
        for modifier in ("", "if_", "id_"):
            answer, _ = t.get(web(stamp, url, modifier))
            t.check(f"{url} {modifier}: status", status, answer.status)
            t.check(f"{url} {modifier}: Memento-Datetime", http_date(stamp), answer.getheader("Memento-Datetime"))
    for modifier in ("", "if_", "id_"):
        answer, _ = t.get(web("20240102000000", "http://news.example/old", modifier))
        t.check(f"a redirect {modifier}", (301, web("20240102000000", NEWS, modifier), http_date("20240102000000")),
                (answer.status, answer.getheader("Location"), answer.getheader("Memento-Datetime")))
    # The bytes.
    answer, body = t.get(web("20240101001000", NEWS, "id_"))
    restored = t.run("restore", NEWS, "--at", "2024-01-01T00:10:00Z").stdout
    t.check("id_: byte by byte", True, body == restored == page("Second"))
    t.check("id_: type", "text/html; charset=utf-8", answer.getheader("Content-Type"))
    for name, value in (("X-Own", "yes"), ("Set-Cookie", "a=b"), ("Server", "old")):
        t.check(f"id_: {name}", value, answer.getheader("X-Archive-Orig-" + name))
    t.check("id_: no cookie of theirs", None, answer.getheader("Set-Cookie"))
    policy = answer.getheader("Content-Security-Policy")
    t.check("id_: inert", (True, False, False), ("sandbox" in policy and "default-src 'none'" in policy,
                                                 "allow-" in policy, "self" in policy))
    answer, _ = t.get(web("20240101000500", "http://news.example/run.js", "id_"))
    t.check("a script goes out as text", ("text/plain", "nosniff"), (answer.getheader("Content-Type"), answer.getheader("X-Content-Type-Options")))
    for n, said in enumerate(TYPES):
        for modifier in ("if_", "im_", "id_", "oe_", ""):
            answer, body = t.get(web("20240101000500", f"http://types.example/{n}", modifier))
            kind = answer.getheader("Content-Type")
            document = "html" in kind.split(";")[0] or "," in kind or "xml" in kind or kind.startswith(("multipart", "message"))
            t.check(f"type {said} {modifier}: no document as it was", False, document and (b"<script>" in body or b"preconnect" in body) and
                    answer.getheader("Content-Disposition") != "attachment", kind)
    answer, _ = t.get(web("20240101000500", "http://types.example/svg", "im_"), Sec_Fetch_Dest="image")
    t.check("svg as a picture", ("image/svg+xml", True), (answer.getheader("Content-Type"), "Sec-Fetch-Dest" in answer.getheader("Vary")))
    answer, _ = t.get(web("20240101000500", "http://types.example/svg", "im_"), Sec_Fetch_Dest="document")
    t.check("svg as a document", ("text/html; charset=utf-8", True), (answer.getheader("Content-Type"), "Sec-Fetch-Dest" in answer.getheader("Vary")))
    # What pages are made of: nearest time, and said.
    answer, body = t.get(web("20240101003000", "http://news.example/pic.png", "im_"))
    t.check("a picture of another time", (200, PNG, http_date("20240101000500"), "image/png"),
            (answer.status, body, answer.getheader("Memento-Datetime"), answer.getheader("Content-Type")))
    t.check("... and whose", ["http://news.example/pic.png"], [uri for uri, _ in rel(links(answer.getheader("Link")), "original")])
    t.check("... says which", web("20240101000500", "http://news.example/pic.png", "im_"), answer.getheader("Content-Location"))
    for modifier in ("", "if_", "im_", "id_"):
        answer, _ = t.get(web("20240101000500", "http://news.example/pic.png", modifier))
        policy = answer.getheader("Content-Security-Policy")
        t.check(f"a picture {modifier}: policy", (True, False, False),
                ("sandbox" in policy and "default-src 'none'" in policy, "allow-scripts" in policy, "allow-same-origin" in policy))
    t.check("the bytes of a page are a file", "attachment", t.get(web("20240101001000", NEWS, "id_"))[0].getheader("Content-Disposition"))
    t.check("the bytes of a picture are shown", None, t.get(web("20240101000500", "http://news.example/pic.png", "id_"))[0].getheader("Content-Disposition"))
    # Pages and style sheets lead into the archive, at their instant.
    answer, body = t.get(web("20240201000000", "https://news.example/a?id=7&x=1", "if_"))
    text = body.decode()
    t.check("a rewritten page: type", "text/html; charset=utf-8", answer.getheader("Content-Type"))
    for part in ('<a href="/web/20240201000000/https://news.example/gone" target="_top">',
                 '<img src="/web/20240201000000im_/https://news.example/pic.png">',
                 '<link rel="stylesheet" href="/web/20240201000000cs_/https://news.example/s.css">'):
        t.has("a rewritten page", part, text)
    t.check("a rewritten page: no script", False, "<script" in text or "alert(" in text)
    answer, body = t.get(web("20240101000500", "http://news.example/s.css", "cs_"))
    t.check("a rewritten style sheet", ("text/css; charset=utf-8", b"@import \"/web/20240101000500cs_/http://news.example/more.css\"; "
                                        b"p { background: url(\"/web/20240101000500oe_/http://news.example/pic.png\") }"),
            (answer.getheader("Content-Type"), body))
    # However long what others chose is, what protects the reader is there.
    for url in (LONG, *("http://long.example/" + "z" * length for length in range(1000, 7000, 500))):
        for modifier in ("", "if_", "id_"):
            answer, _ = t.get(web("20240103000000", url, modifier))
            t.check(f"{len(url)} bytes {modifier}: protected", (200, True, "nosniff", True, "no-referrer", http_date("20240103000000")),
                    (answer.status, "default-src 'none'" in answer.getheader("Content-Security-Policy", ""), answer.getheader("X-Content-Type-Options"),
                     bool(answer.getheader("Cross-Origin-Resource-Policy")), answer.getheader("Referrer-Policy"), answer.getheader("Memento-Datetime")))
            t.check(f"{len(url)} bytes {modifier}: a TimeGate", True, t.get("/timegate/" + url)[0].status in (302, 400))
    # A parameter of the archived URL is none of ours.
    t.check("as-of= in an archived URL", 404, t.get("/web/20240101000000/http://nowhere.example/?as-of=nonsense&known-at=x")[0].status)


def timemaps(t):
    answer, body = t.get("/timemap/link/" + NEWS)
    t.has("timemap: type", "application/link-format", answer.getheader("Content-Type"))
    found = links(body.decode())
    t.check("timemap: original", [NEWS], [uri for uri, _ in rel(found, "original")])
    own = rel(found, "self")[0]
    t.check("timemap: self", (f"http://{HOST}/timemap/link/{NEWS}", http_date("20240101000000"), http_date("20240101003000")),
            (own[0], own[1].get("from"), own[1].get("until")))
    t.check("timemap: mementos", [(f"http://{HOST}" + web(s, NEWS), http_date(s)) for s in ("20240101000000", "20240101001000", "20240101003000")],
            [(uri, attributes["datetime"]) for uri, attributes in rel(found, "memento")])
    t.check("timemap: first, last", ["first memento", "memento", "last memento"], [attributes["rel"] for _, attributes in rel(found, "memento")])
    t.check("timemap: one at a second", 1, len(rel(links(t.get("/timemap/link/http://news.example/twice")[1].decode()), "memento")))
    told = t.json("/timemap/json/" + NEWS)
    t.check("timemap json", (NEWS, 3, "2024-01-01T00:00:00Z", "2024-01-01T00:30:00Z"),
            (told.get("original_uri"), len(told["mementos"]["list"]), told["mementos"]["first"]["datetime"], told["mementos"]["last"]["datetime"]))
    lines = t.get("/timemap/cdxj/" + NEWS)[1].decode().splitlines()
    t.check("timemap cdxj", ["example,news)/a?id=7&x=1 20240101000000", "example,news)/a?id=7&x=1 20240101001000",
                             "example,news)/a?id=7&x=1 20240101003000"], [" ".join(line.split(" ")[:2]) for line in lines])
    t.check("timemap cdxj: JSON", NEWS, json.loads(lines[0].split(" ", 2)[2])["url"])
    t.check("timemap of nothing", 404, t.get("/timemap/link/http://nowhere.example/")[0].status)
    t.check("timemap of many", 120, len(rel(links(t.get("/timemap/link/" + MANY)[1].decode()), "memento")))
    path, seen, sizes = "/timemap/link/" + PAGED, [], []
    while path and len(sizes) < 9:
        found_here = links(t.get(path)[1].decode())
        seen += [uri for uri, _ in rel(found_here, "memento")]
        sizes.append(len(rel(found_here, "memento")))
        path = next((uri[len(f"http://{HOST}"):] for uri, _ in rel(found_here, "timemap")), None)
    listed = t.get("/cdx?fl=timestamp,original&url=" + PAGED)[1].decode().splitlines()
    t.check("timemap in pages: nothing twice, nothing missing", [f"http://{HOST}" + web(*line.split(" ")) for line in listed], seen)
    t.check("timemap in pages", True, len(sizes) >= 2 and max(sizes) <= 5000 and sum(sizes) == 5003, sizes)
    # A page of a TimeMap goes on at a capture, and names itself.
    key = t.get("/cdx?url=" + MANY + "&limit=100")[0].getheader("X-Resume-Key").split(".", 1)[1].replace(".", "-")
    found_on = links(t.get(f"/timemap/link/{key}/{MANY}")[1].decode())
    t.check("timemap, a further page", (20, [f"http://{HOST}/timemap/link/{key}/{MANY}"], ["memento"] * 19 + ["last memento"]),
            (len(rel(found_on, "memento")), [uri for uri, _ in rel(found_on, "self")], [attributes["rel"] for _, attributes in rel(found_on, "memento")]))
    # A capture of before 1970 is one to go on at as well.
    for at in ("-0086400000000-0", "-86399999999999999-7"):
        t.check(f"timemap, a page from {at}", 120, len(rel(links(t.get(f"/timemap/link/{at}/{MANY}")[1].decode()), "memento")))
    # Every memento listed is one: what a client does with a TimeMap.
    for uri, attributes in rel(found, "memento"):
        answer, _ = t.get(uri[len(f"http://{HOST}"):])
        t.check(f"{uri}: is what the timemap says", (200, attributes["datetime"]), (answer.status, answer.getheader("Memento-Datetime")))


def cdx(t):
    def rows(query):
        answer, body = t.get("/cdx?" + query)
        t.check(f"/cdx?{query}: status", 200, answer.status, body)
        return [line.split(" ") for line in body.decode().splitlines()]

    def stamps(query):
        return [row[1] for row in rows(query)]

    url = "url=" + urllib.parse.quote(NEWS, safe="")
    first = rows(url)[0]
    t.check("cdx: a row", ["example,news)/a?id=7&x=1", "20240101000000", NEWS, "text/html", "200"], first[:5])
    t.check("cdx: its digest", True, first[5].startswith("sha256:") and int(first[6]) == len(page("First")))
    every = ["20240101000000", "20240101001000", "20240101003000", "20240201000000"]
    for query, expected in (
            ("", every), ("&from=20240101001000", every[1:]), ("&to=202401010010", every[:2]), ("&from=2024&to=202401", every[:3]),
            ("&limit=2", every[:2]), ("&limit=-2", every[2:]), ("&sort=reverse", every[::-1]), ("&sort=reverse&limit=1", every[-1:]),
            ("&sort=closest&closest=20240101001100", [every[1], every[0], every[2], every[3]]),
            ("&sort=closest&closest=20240101000500&limit=2", every[:2]),
            ("&filter=original:https.*", every[3:]), ("&filter=!original:https.*", every[:3]),
            ("&filter=statuscode:200&filter=mimetype:image/.*|text/plain", []), ("&filter=statuscode:[23]..", every),
            ("&collapse=timestamp:8", [every[0], every[3]]), ("&collapse=timestamp:10", [every[0], every[3]]), ("&collapse=mimetype", every[:1])):
        t.check(f"cdx {query}", expected, stamps(url + query))
    t.check("cdx fl", [["20240101000000", "200"]], rows(url + "&fl=timestamp,statuscode&limit=1"))
    told = t.json("/cdx?" + url + "&output=json&limit=1")
    t.check("cdx json", (["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"], NEWS), (told[0], told[1][2]))
    line = t.get("/cdx?" + url + "&output=cdxj&limit=1")[1].decode().splitlines()[0]
    t.check("cdx cdxj", ("example,news)/a?id=7&x=1", "20240101000000", NEWS),
            (*line.split(" ")[:2], json.loads(line.split(" ", 2)[2])["url"]))
    t.check("cdx prefix", 2, len(rows("url=news.example/pic*")))
    t.check("cdx prefix by name", 2, len(rows("url=news.example/pic&matchType=prefix")))
    host = rows("url=news.example&matchType=host")
    t.check("cdx host is sorted", True, host == sorted(host, key=lambda row: row[:2]) and len(host) == 13, len(host))
    t.check("cdx domain", sorted(host), sorted(row for row in rows("url=*.example&limit=1000") if row[0].startswith("example,news)")))
    # What goes on where an answer ended is what one answer would have been.
    whole, parts, key = rows("url=*.example&fl=urlkey,timestamp,id"), [], ""
    for _ in range(100):
        answer, body = t.get("/cdx?url=*.example&fl=urlkey,timestamp,id&limit=97" + key)
        parts += [row.split(" ") for row in body.decode().splitlines()]
        more = answer.getheader("X-Resume-Key")
        if not more:
            break
        key = "&resumeKey=" + more
    t.check("cdx in parts", (len(whole), True), (len(parts), parts == whole))
    t.check("cdx: a page is gone on with, too", 120, len(rows("url=" + MANY + "&limit=50")) * 2 +
            len(t.get("/cdx?url=" + MANY + "&resumeKey=" + t.get("/cdx?url=" + MANY + "&limit=100")[0].getheader("X-Resume-Key"))[1].splitlines()))
    # An instant before 1970 is a number below 0.
    more = t.get("/cdx?url=old.example/x&limit=2")[0].getheader("X-Resume-Key")
    t.check("cdx: before 1970, gone on with", 1, len(rows("url=old.example/x&resumeKey=" + str(more))))
    cdx_of_many(t, rows)
    t.check("cdx: the key in the text", 3, len(t.get("/cdx?url=" + MANY + "&limit=1&showResumeKey=true")[1].splitlines()))
    t.check("cdx of nothing", [], rows("url=nowhere.example"))
    for query in ("", "url=", "url=ftp://a/", url + "&limit=0", url + "&limit=x", url + "&sort=up", url + "&filter=nothing:1", url + "&filter=mimetype:(a",
                  url + "&fl=a", url + "&from=never", url + "&matchType=some", url + "&sort=closest", url + "&resumeKey=zz",
                  url + "&collapse=x", url + "&output=xml", url + "&filter=mimetype:" + "a" * 100):
        t.check(f"/cdx?{query}: status", 400, t.get("/cdx?" + query)[0].status)


def cdx_of_many(t, rows):
    """Every order, part and way on, of many pages at once, against the whole in its own order."""
    fields = "&fl=urlkey,timestamp,id"

    def in_parts(query):
        out, key = [], ""
        for _ in range(200):
            answer, body = t.get(f"/cdx?{query}{fields}{key}")
            out += [row.split(" ") for row in body.decode().splitlines()]
            more = answer.getheader("X-Resume-Key")
            if not more:
                return out
            key = "&resumeKey=" + more
        return out

    for query in ("url=*.example", "url=many.example/*", "url=news.example&matchType=host"):
        whole = rows(query + fields)
        t.check(f"cdx {query}: in reverse", whole[::-1], rows(query + fields + "&sort=reverse"))
        t.check(f"cdx {query}: the last", whole[-7:], rows(query + fields + "&limit=-7"))
        t.check(f"cdx {query}: the last but", whole[-9:-2], rows(query + fields + "&limit=-7&offset=2"))
        t.check(f"cdx {query}: in reverse, a few", whole[:-8:-1], rows(query + fields + "&sort=reverse&limit=7"))
        t.check(f"cdx {query}: without the first", whole[5:9], rows(query + fields + "&offset=5&limit=4"))
        t.check(f"cdx {query}: in reverse, in parts", whole[::-1], in_parts(query + "&sort=reverse&limit=997"))
        for stamp in ("20240101000501", "20230601", "20300101"):
            at = seconds((stamp + "0101000000")[:14] if len(stamp) == 8 else stamp)
            nearest = sorted(whole, key=lambda row: (abs(seconds(row[1]) - at), row[1], int(row[2])))
            got = rows(query + fields + f"&sort=closest&closest={stamp}&limit=40")
            t.check(f"cdx {query}: closest to {stamp}", [abs(seconds(row[1]) - at) for row in nearest[:40]], [abs(seconds(row[1]) - at) for row in got])
        addresses = list(dict.fromkeys(row[0] for row in whole))
        size = 3
        count = (len(addresses) + size - 1) // size
        t.check(f"cdx {query}: how many parts", f"{count}\n".encode(), t.get(f"/cdx?{query}&showNumPages=true&pageSize={size}")[1])
        told = t.json(f"/cdx?{query}&showNumPages=true&pageSize={size}&output=json")
        t.check(f"cdx {query}: how many parts, to pywb", (count, size, len(addresses)), (told["pages"], told["pageSize"], told["blocks"]))
        parts = [in_parts(f"{query}&page={number}&pageSize={size}&limit=999") for number in range(count)]
        t.check(f"cdx {query}: its parts are the whole", whole, sum(parts, []))
        t.check(f"cdx {query}: a part is of its addresses", addresses[size:2 * size], list(dict.fromkeys(row[0] for row in parts[1])) if count > 1 else [])
        t.check(f"cdx {query}: no further part", 400, t.get(f"/cdx?{query}&page={count}&pageSize={size}")[0].status)
        t.check(f"cdx {query}: collapsed by address", addresses, [row[0] for row in rows(query + fields + "&collapse=urlkey")])
        t.check(f"cdx {query}: twice collapsed", 1, len(rows(query + fields + "&collapse=source&collapse=urlkey")))
    for more, expected in (("filter==mimetype:image/png", 2), ("filter=!=mimetype:text/html", 5), ("filter=~mimetype:image", 2), ("filter=!~statuscode:2", 3),
                           ("filter=~original:.*\\.png$", 2), ("filter=~original:.*pic$", 0)):
        t.check(f"cdx {more}", expected, len(rows("url=news.example&matchType=host&" + more)))
    told = t.json(f"/cdx?url={MANY}&output=json&limit=2&showResumeKey=true")
    t.check("cdx json: the key", ([], 1, 5), (told[3], len(told[4]), len(told)))
    t.check("cdx json: and on", 1 + 118, len(t.json(f"/cdx?url={MANY}&output=json&resumeKey={told[4][0]}")))
    t.check("cdx: the latest", [rows(f"url={MANY}")[-1]], rows(f"url={MANY}&fastLatest=true"))
    t.check("cdx: what is not known is passed over", rows("url=" + MANY), rows(f"url={MANY}&gzip=false&resolveRevisits=true&nobody=1"))
    for query in ("limit=1001&sort=closest&closest=2024", "page=x", "page=1&sort=reverse", "page=18446744073709551615", "page=9223372036854775808&pageSize=2", "page=1&limit=-1", "pageSize=0&page=0", "pageSize=10001&page=0", "offset=-1", "page=7",
                  "collapse=a&collapse=b", "filter==nothing:1", "sort=closest&closest=2024&resumeKey=00.0.0"):
        answer, body = t.get(f"/cdx?url={MANY}&{query}")
        t.check(f"/cdx?{query}: is refused with words", (400, True), (answer.status, len(json.loads(body)["error"]) > 10))


def api(t):
    t.wait_for_index()
    told = t.json("/api/latest?limit=3")
    t.check("api: latest", (1, 3), (told["v"], len(told["captures"])))
    t.has("api: an answer names its K", "Z", told["known_at"])
    t.check("api: none of the latest", ([], False), (lambda said: (said["captures"], "after" in said))(t.json("/api/latest?limit=0")))
    t.check("api: no hits asked for", ([], True), (lambda said: (said["results"], said["hits"] > 0))(t.json("/api/search?q=harbour&limit=0")))
    one = next(row for row in t.json("/api/latest?limit=500")["captures"] if row["url"] == NEWS)
    t.check("api: the newest of a page", ("2024-01-01T00:30:00Z", "Third"), (one["captured"], one["title"]))
    told = t.json(f"/api/snapshot/{one['id']}")
    t.check("api: snapshot", (NEWS, "Third", True), (told["url"], told["article"]["title"], len(told["article"]["blocks"]) > 0))
    for name, path in told["links"].items():
        t.check(f"api: its {name} is there", True, t.get(path)[0].status in (200, 404) and (name == "proof" or t.get(path)[0].status == 200), path)
    told = t.json("/api/history?url=" + urllib.parse.quote(NEWS, safe=""))
    t.check("api: history", (4, 4), (told["captures"], len(told["versions"])))
    t.check("api: nothing was known before", (0, 404, 404), (len(t.json("/api/latest?known-at=2023")["captures"]), t.get(f"/api/snapshot/{one['id']}?known-at=2023")[0].status,
                                                             t.get(f"/api/snapshot/{one['id']}?as-of=2023")[0].status))
    past = t.json("/api/history?as-of=2024-01-01T00:10:00Z&url=" + urllib.parse.quote(NEWS, safe=""))
    t.check("api: history as of", (2, 2), (past["captures"], len(past["versions"])))
    told = t.json(f"/api/compare?from={past['versions'][0]['first_id']}&to={past['versions'][1]['first_id']}")
    t.check("api: compare", (True, "article"), (told["differ"], told["compared"]))
    told = t.json(f"/api/cluster/{one['id']}")
    t.check("api: cluster", True, told["count"] >= 1 and told["pages"][0]["first"]["url"].startswith("http"))
    told = t.json("/api/search?q=harbour&limit=2")
    t.check("api: search", True, told["hits"] > 2 and len(told["results"]) == 2 and "source" in told["facets"])
    t.check("api: search as of", 0, t.json("/api/search?q=harbour&as-of=2023-01-01")["hits"])
    answer, body = t.get(f"/api/story/{one['id']}")
    t.check("api: story", (200, one["id"], True), (answer.status, json.loads(body)["id"], "links" in json.loads(body)), body)
    t.check("api: totals", True, t.json("/api/totals")["captures"] > 100)
    t.check("api: sources", True, isinstance(t.json("/api/sources")["sources"], list))
    t.check("api: categories", True, t.json("/api/categories")["pages"] > 2)
    listed = t.json("/api/index.json")
    t.check("api: the index has them", True, len(listed) == 10 and all(row["path"].startswith("/api/") for row in listed))
    text = t.get("/api/")[1].decode()
    for row in listed:
        t.has("api: documented", row["example"].replace("&", "&amp;").split("?")[0], text)
    for path, status in (("/api/snapshot/99999999", 404), ("/api/snapshot/x", 404), ("/api/nothing", 404), ("/api/history", 400), ("/api/compare?from=1", 400),
                         ("/api/search?q=(", 400), ("/api/latest?from=never", 400), ("/api/totals?as-of=2024", 400), ("/api/search?as-of=never", 400)):
        answer, body = t.get(path)
        t.check(f"{path}: status", (status, True), (answer.status, "error" in json.loads(body)))
    # For those who watch over it.
    told = t.json("/healthz")
    t.check("healthz", ("ok", 0), (told["status"], told["index_behind"]))
    text = t.get("/metrics")[1].decode()
    for line in ("wirevault_http_answers_total{class=\"2xx\"} ", "wirevault_captures ", "wirevault_index_behind 0", "wirevault_http_seconds_bucket{le=\"+Inf\"} "):
        t.has("metrics", line, text)
    t.check("metrics: every line is one", [], [line for line in text.splitlines() if not re.fullmatch(r"# (HELP|TYPE) .+|[a-z_]+(\{[^}]*\})? [0-9.]+", line)])
    # Robots must read what says noindex.
    t.check("robots.txt: noindex is the default", b"User-agent: *\nDisallow:\n", t.get("/robots.txt")[1])
    for path in ("/", f"/snapshot/{one['id']}", web("20240101001000", NEWS), web("20240101001000", NEWS, "id_"), "/api/totals", "/cdx?url=" + MANY, "/timemap/link/" + NEWS, "/nothing",
                 "/search?q=harbour", "/robots.txt", "/timegate/" + NEWS, web("20240101001500", NEWS), "/travel?to=/about"):
        t.check(f"{path}: says noindex", "noindex", t.get(path)[0].getheader("X-Robots-Tag"))
    answer, body = t.get(f"/proof/{one['id']}")
    proof = t.run("prove", str(one["id"]))
    t.check("proof: as the command says", (200 if proof.returncode == 0 else 404, True), (answer.status, proof.returncode != 0 or body == proof.stdout), proof.stderr)


# What a page asks for: in its header or its head, of anybody or of us by name; and of another's robot.
PAST, FUTURE = "25 Jun 2024 15:00:00 GMT", "25 Jun 2050 15:00:00 GMT"
WISHES = [
    # name, fields, head, is the text shown, is an excerpt
    ("header-past", [("X-Robots-Tag", f"unavailable_after: {PAST}")], "", False, False),
    ("meta-past", [], f'<meta name="robots" content="unavailable_after: {PAST}">', False, False),
    ("meta-iso", [], '<META NAME=Robots CONTENT="all, unavailable_after: 2024-06-25">', False, False),
    ("meta-future", [], f'<meta name=robots content="unavailable_after: {FUTURE}">', True, True),
    ("meta-ours", [], f'<meta name=wirevault content="unavailable_after: {PAST}">', False, False),
    ("meta-another", [], f'<meta name=googlebot content="noarchive, unavailable_after: {PAST}">', True, True),
    ("header-ours", [("X-Robots-Tag", "wirevault: noarchive")], "", False, False),
    ("header-another", [("X-Robots-Tag", f"otherbot: noarchive, unavailable_after: {PAST}")], "", True, True),
    ("meta-noarchive", [], "<meta name=robots content='index, NOARCHIVE'>", False, False),
    ("header-noarchive", [("X-Robots-Tag", "noindex"), ("X-Robots-Tag", "noarchive")], "", False, False),
    ("meta-nosnippet", [], "<meta name=robots content=nosnippet>", True, False),
    ("meta-max-snippet", [], "<meta name=robots content='max-snippet:0'>", True, False),
    ("header-nosnippet", [("X-Robots-Tag", "nosnippet")], "", True, False),
    ("late-head", [], "<!--" + "x" * 60000 + f"--><meta name=robots content='unavailable_after: {PAST}'>", False, False),
]


def wishes(t):
    """What a page asks is heard wherever its text could be seen."""
    t.wait_for_index()
    ids = {row["url"].rsplit("/", 1)[1]: row["id"] for row in t.json("/api/latest?limit=500")["captures"] if row["url"].startswith("http://asks.example/")}
    plain = ids.pop("plain")
    for name, _, _, shows_text, shows_excerpt in WISHES:
        url, number, words = f"http://asks.example/{name}", ids[name], f"Sentence 5 of Asking {name}"
        for path in (f"/snapshot/{number}", f"/web/20240201000000if_/{url}", f"/web/20240201000000id_/{url}", f"/web/20240201000000im_/{url}", f"/api/snapshot/{number}",
                     f"/compare?from={plain}&to={number}", f"/api/compare?from={number}&to={plain}"):
            answer, body = t.get(path)
            # Of a comparison the words are parted by marks.
            if not (shows_text and "/compare" in path):
                t.check(f"{name}: {path} shows its text", shows_text, words in body.decode("utf-8", "replace"), body)
            t.check(f"{name}: {path}: status", 200 if shows_text or "snapshot" in path else 403, answer.status)
        answer, body = t.get(f"/web/20240201000000/{url}")
        t.check(f"{name}: the page around it", 200 if shows_text else 403, answer.status)
        for path in ("/search?q=" + urllib.parse.quote(f'"of Asking {name}"'), "/feed/asks.atom", "/feed/asks.json", "/subscriptions"):
            body = re.sub(r"</?(mark|bdi|ins|b)[^>]*>", "", t.get(path)[1].decode())
            found = re.search(rf"Asking {name} tells", body)
            if path.startswith("/search") or not shows_excerpt:
                t.check(f"{name}: {path} has an excerpt", shows_excerpt, bool(found), body[-2000:])


LATE = "2024-01-15T00:00:00Z"  # after this instant NEWS has another capture


def asked_at(named):
    """Every protocol's address with an instant in it, by what may be looked up at it."""
    quoted = urllib.parse.quote(NEWS, safe="")
    for url in (NEWS, "http://news.example/late", "http://news.example/pic.png"):
        for path in (f"/timegate/{named}/{url}", f"/timemap/link/{named}/{url}", f"/timemap/json/{named}/{url}", f"/timemap/cdxj/{named}/{url}",
                     f"/web/{named}/20240101001500/{url}", f"/web/{named}/20240101001000/{url}", f"/web/{named}/2025/{url}", f"/web/{named}/20240101001000if_/{url}",
                     f"/web/{named}/20240101001000id_/{url}", f"/web/{named}/20250101000000im_/{url}"):
            yield path
    for query in (f"url={quoted}", f"url={quoted}&sort=reverse", f"url={quoted}&limit=-1", f"url={quoted}&sort=closest&closest=2025", "url=*.example&limit=30",
                  "url=news.example/late*", f"url={quoted}&collapse=mimetype&from=20240101001000", f"url={quoted}&to=2025"):
        yield f"/cdx?{query}&{named}"
    yield f"/api/history?url={quoted}&{named}"
    yield f"/api/latest?{named}&limit=100"


def instants(t):
    """As of (T, K) an answer tells nothing of later captures or later knowledge, before and after they came."""
    known = json.loads(t.get("/api/latest?limit=1")[1])["known_at"]
    told = ("Location", "Link", "Memento-Datetime", "Content-Location", "X-Resume-Key")
    both = f"as-of={LATE}&known-at={known}"

    def ask(named):
        out = {}
        for path in asked_at(named):
            answer, body = t.get(path, Accept_Datetime=http_date("20250101000000"))
            out[path] = (answer.status, [answer.getheader(name) for name in told], body)
        return out

    before = {named: ask(named) for named in (both, f"known-at={known}", f"known-at={known}&as-of=2024-01-01T00:05:00Z")}
    # Late knowledge of an early instant, an early page, and a capture after T.
    late = Warc(os.path.join(os.path.dirname(t.archive), "late.warc"))
    late.add(NEWS, "20240101002000", page("Learned of late"))
    late.add(NEWS, "20231231000000", page("Learned of late, and first"))
    late.add("http://news.example/late", "20240101000100", page("A page learned of late"))
    late.add(NEWS, "20250101000000", page("Later"))
    late.close()
    t.check("import of late ones", 0, t.run("import", "--quiet", late.path).returncode)
    for named, answers in before.items():
        for path, expected in ask(named).items():
            t.check(f"{path}: as before", answers[path], expected)
    # With K now, they are known: at T without what is after it.
    at = f"as-of={LATE}"
    rows = [line.split(" ")[1] for line in t.get(f"/cdx?url={urllib.parse.quote(NEWS, safe='')}&{at}")[1].decode().splitlines()]
    t.check("cdx as of T", ["20231231000000", "20240101000000", "20240101001000", "20240101002000", "20240101003000"], rows)
    answer, _ = t.get(f"/timegate/{at}/{NEWS}", Accept_Datetime=http_date("20250101000000"))
    t.check("timegate as of T", f"http://{HOST}/web/{at}/20240101003000/{NEWS}", answer.getheader("Location"))
    found = links(answer.getheader("Link"))
    t.check("timegate as of T: last", [http_date("20240101003000")], [attributes["datetime"] for _, attributes in rel(found, "last")])
    t.check("timegate as of T: its timemap", [f"http://{HOST}/timemap/link/{at}/{NEWS}"], [uri for uri, _ in rel(found, "timemap")])
    found = links(t.get(f"/timemap/link/{at}/{NEWS}")[1].decode())
    t.check("timemap as of T", http_date("20240101003000"), rel(found, "self")[0][1]["until"])
    t.check("timemap as of T: what it lists keeps T", [True] * 5, [uri.startswith(f"http://{HOST}/web/{at}/") for uri, _ in rel(found, "memento")])
    for uri, attributes in rel(found, "memento"):
        answer, body = t.get(uri[len(f"http://{HOST}"):])
        t.check(f"{uri}: is what it says", (200, attributes["datetime"]), (answer.status, answer.getheader("Memento-Datetime")))
        t.check(f"{uri}: every way in the archive keeps T", [], [link for link in re.findall(r'(?:href|src)="(/[^"]*)"', body.decode())
                                                               if "as-of=" not in link and not link.startswith(("/assets/", "/favicon"))
                                                               and f'href="{link}">Back to now' not in body.decode()])
    # In what is rewritten, too.
    secure = f"/web/as-of=2024-03-01/20240201000000if_/https://news.example/a?id=7&x=1"
    body = t.get(secure)[1].decode()
    ways = re.findall(r'(?:href|src)="(/[^"]*)"', body)
    t.check("rewritten as of T", (3, []), (len(ways), [way for way in ways if not way.startswith("/web/as-of=2024-03-01T00:00:00Z/20240201000000")]), ways)
    t.check("the plain forms are as they were", f"http://{HOST}" + web("20250101000000", NEWS), t.get("/timegate/" + NEWS)[0].getheader("Location"))
    answer, _ = t.get(f"/timemap/link/{NEWS}")
    for path in ("/snapshot/0", "/search?q=harbour", f"/web/2024/{NEWS}"):
        t.check(f"K of {path} is named", True, (t.get(path)[0].getheader("X-Known-At") or "") > known)
    t.check("K is named", True, answer.getheader("X-Known-At") > known)
    again = t.get(f"/timemap/link/known-at={answer.getheader('X-Known-At')}/{NEWS}")[1]
    t.check("and gives the same", t.get(f"/timemap/link/{NEWS}")[1], again.replace(f"known-at={answer.getheader('X-Known-At')}/".encode(), b""))
    for bad in ("as-of=never", "known-at=x", "as-of=2024-13-01"):
        for path in (f"/timegate/{bad}/{NEWS}", f"/timemap/link/{bad}/{NEWS}", f"/web/{bad}/2024/{NEWS}", f"/cdx?url=a.example&{bad}"):
            t.check(f"{path}: status", 400, t.get(path)[0].status)
    t.check("before everything there is nothing", [404] * 4, [t.get(path)[0].status for path in (
        f"/timegate/as-of=2020/{NEWS}", f"/timemap/link/as-of=2020/{NEWS}", f"/web/as-of=2020/2024/{NEWS}", f"/web/known-at=2020/2024/{NEWS}")])


def robots(t):
    """The other two words of serve.robots."""
    settings = os.path.join(os.path.dirname(t.archive), "robots.yaml")
    for word, pages in (("index", None), ("disallow", "noindex")):
        with open(settings, "w", encoding="utf-8") as out:
            out.write(f"archive: {t.archive}\nagent: {{contact: mailto:test@news.example}}\nserve: {{robots: {word}}}\n")
        t.stop()
        t.start("-c", settings)
        text = t.get("/robots.txt")[1].decode()
        disallowed = [line.split(": ", 1)[1] for line in text.splitlines() if line.startswith("Disallow: ")]
        t.check(f"{word}: robots.txt", (word == "disallow", word == "index"), (disallowed == ["/"], "/web/" in disallowed and "/" not in disallowed), text)
        t.check(f"{word}: a page", pages, t.get("/about")[0].getheader("X-Robots-Tag"))
        t.check(f"{word}: a page's own words", word == "disallow", b'name="robots" content="noindex"' in t.get("/about")[1])
        t.check(f"{word}: what is no page", "noindex", t.get("/api/latest")[0].getheader("X-Robots-Tag"))


def takedowns(t):
    for act, status in (("hide", 404), ("block", 451), ("erase", 410)):
        url = f"http://down.example/{act}"
        paths = ["/timegate/" + url, "/timemap/link/" + url, "/timemap/json/" + url, "/timemap/cdxj/" + url, "/api/history?url=" + url,
                 *(web("20240110000000", url, modifier) for modifier in ("", "if_", "id_", "im_")), web("2024", url)]
        # Of one capture first: the other stays.
        row = json.loads(t.run("show", url, "--at", "2024-01-10T12:00:00Z", "--json").stdout.splitlines()[0])
        done = t.run("takedown", act, str(row["id"]), "--reason", "a test")
        t.check(f"takedown {act} of a capture", 0, done.returncode, done.stderr)
        t.check(f"{act} of a capture: api, proof", [status] * 2, [t.get(f"/{what}/{row['id']}")[0].status for what in ("api/snapshot", "proof")])
        t.check(f"{act} of a capture: cdx", 1, len(t.get("/cdx?url=" + url)[1].splitlines()))
        t.check(f"{act} of a capture: it is not there", status, t.get(web("20240110000000", url, "id_"))[0].status)
        t.check(f"{act} of a capture: the other is", 200, t.get(web("20240111000000", url, "id_"))[0].status)
        t.check(f"{act} of a capture: timemap", [http_date("20240111000000")],
                [attributes["datetime"] for _, attributes in rel(links(t.get("/timemap/link/" + url)[1].decode()), "memento")])
        t.check(f"{act} of a capture: timegate", f"http://{HOST}" + web("20240111000000", url),
                t.get("/timegate/" + url, Accept_Datetime=http_date("20240110000000"))[0].getheader("Location"))
        done = t.run("takedown", act, url, "--reason", "a test")
        t.check(f"takedown {act}", 0, done.returncode, done.stderr)
        for path in paths:
            answer, body = t.get(path)
            t.check(f"{act}: {path}", (status, None), (answer.status, answer.getheader("Memento-Datetime")))
            t.check(f"{act}: cdx", b"", t.get("/cdx?url=" + url)[1])
            t.check(f"{act}: {path} says nothing of it", False, b"again" in body)


def anything(t, count=1500):
    """What nobody would ask: never our fault, never the end."""
    rng = random.Random(7)
    heads = ["/web/", "/web/2024", "/web/20240101000000", "/timegate/", "/timemap/link/", "/timemap/json/", "/timemap/cdxj/", "/cdx?url=", "/cdx?", "/api/",
             "/api/search?q=", "/api/history?url=", "/api/snapshot/", "/api/story/", "/api/cluster/", "/api/compare?from=", "/proof/", "/api/latest?"]
    parts = ["http://", "news.example", "/a?id=7&x=1", "%", "%2", "%00", "%0d%0a", "..", "//", "*", "-", "9" * 20, "id_", "im_/", "0", "1", "12", "&", "=", "limit=", "sort=reverse",
             "matchType=domain", "filter=", "mime:", "[", "]", "\\\\", "(", ")", "|", "fl=", "resumeKey=", "from=", "to=2024", "url=", "as-of=", "known-at=2024", "'", '"', "<", ">", "é".encode().decode("latin-1"),
             "\xff", "%ff", "%e4%b8%ad", "closest=", "collapse=", "1717566303123456-42/", "a" * 300, ":", "@", "#", ";", "[::1]", "xn--", ".", "q=", "NOT ", "title:", "&to="]
    for _ in range(count):
        path = rng.choice(heads) + "".join(rng.choice(parts) for _ in range(rng.randrange(6)))
        path = path.replace(" ", "+")
        try:
            answer, _ = t.get(path, Accept_Datetime=rng.choice(("", http_date("20240101000000"), "x", "-1")))
        except (http.client.HTTPException, UnicodeEncodeError):
            continue  # the client's own objection
        t.check(f"{path!r}: not our fault", True, answer.status < 500 or answer.status == 503)
    t.check("it is still there", 200, t.get("/healthz")[0].status)


def subscribe(t, folder):
    t.check("subscribe", 0, t.run("subscribe", "--quiet", "asks", "asking").returncode)
    return ()


if __name__ == "__main__":
    over_warc(sys.argv[1], fill, (timegate, memento, replay, timemaps, cdx, api, wishes, anything, instants, robots, takedowns), prepare=subscribe)
