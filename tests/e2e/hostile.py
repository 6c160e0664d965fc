#!/usr/bin/env python3
"""Servers that mean harm, and the whole program among them.

    hostile.py BUILD all        every scenario at once, in one crawl (what the suite runs)
    hostile.py BUILD each       one crawl a scenario; prints a table with seconds, memory, invariant
    hostile.py BUILD NAME...    these, one by one

Each scenario is a host of its own on loopback: a front page, two good pages, and something that is
none: bytes that never end, lengths that lie, bombs, redirects to where nobody may go. Afterwards the
crawl has ended in time, in bounded memory, with a documented exit code; the good pages are kept and
come back byte for byte; nothing that is refused was asked; `verify --full` finds nothing.
"""

import gzip
import json
import os
import random
import resource
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

RSS_MOST_MB = 256       # of the whole process, LMDB's mapped pages in it
SECONDS_MOST = 60
BODY_MOST = 1 << 20     # max_body of the settings
PRIVATE = "127.0.3.0/24"
CANARY = "127.0.4.1"    # loopback, and not allowed: whoever comes here was led astray

GOOD = ("<html><head><title>The {0} of the harbour</title></head><body><article><h1>The {0} of the harbour</h1>"
        + "<p>The council agreed on Tuesday to repair the {0} before the winter storms arrive again.</p>" * 6
        + "</article></body></html>")


def head(status="200 OK", kind="text/html; charset=utf-8", more="", length=None):
    lines = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n{more}"
    if length is not None:
        lines += f"Content-Length: {length}\r\n"
    return (lines + "\r\n").encode()


def page(body, **more):
    body = body.encode() if isinstance(body, str) else body
    return head(length=len(body), **more) + body


def send(data):
    """A behaviour that sends bytes and closes."""
    return lambda s: s.conn.sendall(data)


def forever(piece, first=b"", pause=0.0):
    def act(s):
        s.conn.sendall(first)
        while not s.host.is_over:
            s.conn.sendall(piece)
            if pause:
                time.sleep(pause)
    return act


def silent(s):
    s.conn.settimeout(30)
    while not s.host.is_over and s.conn.recv(4096):
        pass


def reset(first=b""):
    def act(s):
        if first:
            s.conn.sendall(first)
        s.conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.conn.close()
    return act


def to(where, status="302 Found", more=""):
    return send(head(status, more=f"Location: {where}\r\n{more}", length=0))


def bomb(kind, size=1 << 30):
    """About a megabyte that swells to `size` zeros."""
    wbits = {"gzip": 31, "deflate": 15, "raw": -15}[kind]
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    out = b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()
    name = "gzip" if kind == "gzip" else "deflate"
    return head(more=f"Content-Encoding: {name}\r\n", length=len(out)) + out


def encoded(data, encoding="gzip", kind="text/html; charset=utf-8"):
    return head(kind=kind, more=f"Content-Encoding: {encoding}\r\n", length=len(data)) + data


def xml(body, kind="application/xml"):
    return page(body, kind=kind)


FRONT = b"<html><body><a href='/good-1'>one</a> <a href='/bad'>two</a> <a href='/good-2'>three</a></body></html>"


def kept_open(more, body=b"hello", cut=0):
    """An answer after which the connection stays open, and what comes behind it: bytes, or its end."""
    def act(s):
        s.conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % (len(body) - cut) + body)
        if more is None:
            return
        s.conn.sendall(more)
        s.conn.settimeout(2)
        while not s.host.is_over and s.conn.recv(4096):
            s.conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<p>fake again")
    return act


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


SETTINGS = frame(4, 0, 0)


def h2(name, act):
    """The whole connection is the server's to spoil, from the end of the handshake."""
    return Scenario(name, {"": act}, keeps=False, tls="h2")


LAUGHS = ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
          + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))
          + "]><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>&j;</loc></url></urlset>")
OUTSIDE = ('<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">'
           f'<!ENTITY y SYSTEM "http://{CANARY}:%d/dtd">]><rss><channel><item><title>&x;&y;</title>'
           "<link>/good-2</link></item></channel></rss>")


class Scenario:
    """`bad`: what the paths do; "" is the accepted connection itself. `keeps`: the good pages are
    had. `unasked`: paths that must not be asked for. `asked_most`: requests in all."""

    def __init__(self, name, bad, keeps=True, unasked=(), asked_most=400, tls=None, links=(),
                 own_budget=True):
        self.name, self.bad, self.keeps, self.unasked = name, bad, keeps, unasked
        self.asked_most, self.tls, self.links, self.own_budget = asked_most, tls, links, own_budget


def scenarios(port):
    """The list; `port` is everybody's."""
    at = lambda where: f"http://{where}:{port}/led-astray"
    many = lambda n: "".join(f'<a href="/page-{i}">x</a>' for i in range(n))
    bad = lambda name, act, **more: Scenario(name, {"/bad": act}, **more)
    yield from (
        # Slow, endless, broken off.
        # A host that keeps silent is left alone for a while: its good pages may come later.
        bad("slow header", forever(b"X", b"HTTP/1.1 200 OK\r\nX-A: ", 0.2), keeps=None),
        bad("slow body", forever(b"x", head(length=100000), 0.2)),
        bad("endless body", forever(b"x" * 65536, head())),
        bad("endless chunks", forever(b"1000\r\n" + b"x" * 4096 + b"\r\n",
                                      head(more="Transfer-Encoding: chunked\r\n"))),
        bad("endless headers", forever(b"X-Filler: " + b"y" * 60 + b"\r\n", b"HTTP/1.1 200 OK\r\n")),
        bad("endless header line", forever(b"y" * 4096, b"HTTP/1.1 200 OK\r\nX: ")),
        bad("endless status line", forever(b"y" * 4096, b"HTTP/1.1 200 ")),
        bad("endless blank lines", forever(b"\r\n" * 512)),
        bad("silence", silent, keeps=None),
        bad("silence after the head", lambda s: (s.conn.sendall(head(length=10)), silent(s))),
        bad("closed at once", lambda s: None),
        bad("reset at once", reset()),
        bad("closed in the head", send(b"HTTP/1.1 200 OK\r\nContent-Ty")),
        bad("closed in the body", send(head(length=5000) + b"<p>not all of it")),
        bad("reset in the body", reset(head(length=5000) + b"<p>not all of it")),
        # Lengths that lie.
        bad("more than said", send(head(length=5) + b"hello and more" * 1000)),
        bad("negative length", send(head(length=-5) + b"hello")),
        bad("length of 2^63", send(head(length=2 ** 63) + b"hello")),
        bad("length of 30 digits", send(head(length=10 ** 30) + b"hello")),
        bad("length of no digits", send(head(length="ten") + b"hello")),
        bad("two lengths", send(head(more="Content-Length: 5\r\nContent-Length: 50\r\n") + b"hello")),
        bad("length and chunks", send(head(more="Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")
                                      + b"5\r\nhello\r\n0\r\n\r\n")),
        bad("a chunk's size is none", send(head(more="Transfer-Encoding: chunked\r\n") + b"zz\r\nhello\r\n")),
        bad("a chunk of 2^64", send(head(more="Transfer-Encoding: chunked\r\n") + b"ffffffffffffffff\r\nhello")),
        bad("chunks without an end", send(head(more="Transfer-Encoding: chunked\r\n") + b"5\r\nhello\r\n")),
        bad("a chunk's extension of a megabyte", send(head(more="Transfer-Encoding: chunked\r\n") + b"5;"
                                                      + b"x" * (1 << 20) + b"\r\nhello\r\n0\r\n\r\n")),
        bad("trailers without an end", forever(b"X-T: " + b"y" * 60 + b"\r\n",
                                               head(more="Transfer-Encoding: chunked\r\n") + b"5\r\nhello\r\n0\r\n")),
        # Heads that are none.
        bad("HTTP/0.9", send(b"<html>hello</html>")),
        bad("HTTP/3.7", send(b"HTTP/3.7 200 OK\r\n\r\nhello")),
        bad("status 999", send(b"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n")),
        bad("status 000", send(b"HTTP/1.1 000 None\r\nContent-Length: 0\r\n\r\n")),
        bad("status of words", send(b"HTTP/1.1 fine OK\r\nContent-Length: 0\r\n\r\n")),
        bad("endless 100", forever(b"HTTP/1.1 100 Continue\r\n\r\n" * 64)),
        bad("a thousand 103", send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 1000 + page("hello"))),
        bad("a protocol nobody asked for", send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + b"\0" * 500)),
        bad("binary", send(bytes(range(256)) * 200)),
        bad("NUL in a header", send(b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 5\r\n\r\nhello")),
        bad("a header without a colon", send(b"HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 5\r\n\r\nhello")),
        bad("folded headers", send(b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\tc\r\nContent-Length: 5\r\n\r\nhello")),
        bad("ten thousand headers", send(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(10000))
                                         + b"Content-Length: 5\r\n\r\nhello")),
        bad("a cookie of a megabyte", send(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=" + b"x" * (1 << 20)
                                           + b"\r\nContent-Length: 5\r\n\r\nhello")),
        bad("a type of a megabyte", send(head(kind="text/html; x=" + "y" * (1 << 20), length=5) + b"hello")),
        bad("a Retry-After of a century", send(head("429 Too Many", more="Retry-After: 3155760000\r\n", length=0)),
            keeps=None),
        bad("a Retry-After of words", send(head("503 Busy", more="Retry-After: soonish\r\n", length=0)), keeps=None),
        bad("304 that nobody asked for", send(head("304 Not Modified"))),
        bad("206 that nobody asked for", send(head("206 Partial", more="Content-Range: bytes 5-9/10\r\n", length=5) + b"hello")),
        # Redirects.
        bad("a redirect to itself", to("/bad")),
        Scenario("redirects in a ring", {"/bad": to("/ring"), "/ring": to("/bad")}),
        Scenario("a hundred redirects", {"/bad": to("/hop-1"), **{f"/hop-{n}": to(f"/hop-{n + 1}") for n in range(1, 101)}},
                 unasked=["/hop-60"]),
        bad("a redirect to nothing", to("")),
        bad("a redirect without Location", send(head("302 Found", length=0))),
        bad("a redirect of a megabyte", to("/" + "x" * (1 << 20))),
        bad("two Locations", to("/good-1", more=f"Location: {at(CANARY)}\r\n")),
        bad("a header in Location", to("/good-1%0d%0aX-Injected:%20yes")),
        bad("a redirect with a password", to(f"http://user:secret@{CANARY}:{port}/led-astray")),
        *(bad(f"a redirect to {where}", to(where)) for where in (
            "file:///etc/passwd", "gopher://127.0.4.1/x", "ftp://127.0.4.1/x", "data:text/html,hello",
            "javascript:alert(1)", "dict://127.0.4.1:11211/", "http:///", "http://", "//", "http://[::1", "\\\\127.0.4.1\\x")),
        *(bad(f"a redirect to {where}", to(at(where))) for where in (
            CANARY, "127.1027", "0x7f000401", "2130707457", "017700002001", "127.0x4.1", "0177.0.4.1",
            "[::ffff:127.0.4.1]", "[::ffff:7f00:401]", "[64:ff9b::7f00:401]", "[::1]", "localhost", "127.0.4.1.",
            "１２７.0.4.1", "10.0.0.1", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "255.255.255.255",
            "224.0.0.1", "[fe80::1]", "[fc00::1]", "[ff02::1]", "100.64.0.1")),
        bad("a refresh to a private address", send(page("<p>x", more=f"Refresh: 0; url={at(CANARY)}\r\n"))),
        bad("a meta refresh to a private address", send(page(f'<meta http-equiv=refresh content="0;url={at(CANARY)}">'))),
        bad("a base that leads away", send(page(f'<base href="http://{CANARY}:{port}/"><a href="led-astray">x</a>'))),
        # Bombs.
        bad("a gzip bomb", send(bomb("gzip"))),
        bad("a deflate bomb", send(bomb("deflate"))),
        bad("a raw deflate bomb", send(bomb("raw"))),
        bad("a bomb in a bomb", send(encoded(gzip.compress(gzip.compress(bytes(1 << 27))), "gzip, gzip"))),
        bad("a hundred encodings", send(encoded(gzip.compress(b"x"), ", ".join(["gzip"] * 100)))),
        bad("gzip cut short", send(encoded(gzip.compress(GOOD.encode() * 50)[:-200]))),
        bad("gzip that is none", send(encoded(b"<html>hello</html>" * 100))),
        bad("gzip with a wrong checksum", send(encoded(gzip.compress(GOOD.encode())[:-8] + b"\0" * 8))),
        bad("gzip with more behind", send(encoded(gzip.compress(GOOD.encode()) + b"garbage" * 1000))),
        bad("many empty gzip members", send(encoded(gzip.compress(b"") * 20000))),
        bad("an encoding nobody knows", send(encoded(b"hello", "br, zstd"))),
        # Feeds and sitemaps.
        Scenario("a billion laughs", {"/sitemap.xml": send(xml(LAUGHS))}),
        Scenario("an entity from outside", {"/feed.xml": send(xml(OUTSIDE % port, "application/rss+xml"))},
                 links=['<link rel=alternate type="application/rss+xml" href="/feed.xml">']),
        Scenario("a sitemap of itself", {"/sitemap.xml": send(xml(
            "<sitemapindex><sitemap><loc>/sitemap.xml</loc></sitemap><sitemap><loc>sitemap.xml?2</loc></sitemap></sitemapindex>"))}),
        Scenario("a sitemap bomb", {"/sitemap.xml": send(bomb("gzip"))}),
        Scenario("a sitemap of fifty thousand", {"/sitemap.xml": send(xml(
            "<urlset>" + "".join(f"<url><loc>/s-{n}</loc></url>" for n in range(50000)) + "</urlset>"))}),
        Scenario("a sitemap that leads away", {"/sitemap.xml": send(xml(
            f"<urlset><url><loc>{at(CANARY)}</loc></url><url><loc>file:///etc/passwd</loc></url></urlset>"))}),
        Scenario("a deep sitemap", {"/sitemap.xml": send(xml("<a>" * 200000))}),
        Scenario("an endless feed", {"/feed.xml": forever(
            b"<item><title>x</title><link>/good-1</link></item>" * 200, head(kind="application/rss+xml") + b"<rss><channel>")},
                 links=['<link rel=alternate type="application/rss+xml" href="/feed.xml">']),
        Scenario("a feed of broken XML", {"/feed.xml": send(xml(
            "<rss><channel><item><link>/good-1</link><title>a & b < c</item><item>" * 500, "application/rss+xml"))},
                 links=['<link rel=alternate type="application/rss+xml" href="/feed.xml">']),
        # Pages.
        bad("300 KB of open tags", send(page("<div>" * 60000))),
        bad("fonts and paragraphs", send(page("<font color=i>" * 500 + "<p>x" * 20000))),
        bad("tables in tables", send(page("<table><tr><td>" * 20000))),
        bad("formatting out of order", send(page("<b><i><u><a><p>" * 8000))),
        bad("fifty thousand attributes", send(page("<p " + " ".join(f"a{n}=1" for n in range(50000)) + ">x"))),
        bad("a million links", send(page(many(30000)))),
        bad("a comment without an end", send(page("<!--" + "x" * 900000))),
        bad("an attribute of 900 KB", send(page('<a href="' + "x" * 900000))),
        bad("brackets in JSON-LD", send(page('<script type="application/ld+json">' + "[" * 400000 + "</script>"))),
        bad("braces in JSON-LD", send(page('<script type="application/ld+json">' + '{"a":' * 100000 + "</script>"))),
        bad("NUL bytes", send(page(b"<p>" + b"\0" * 500000))),
        bad("no UTF-8", send(page(bytes(random.Random(7).randrange(256) for _ in range(200000))))),
        bad("UTF-16 that ends in half", send(page("<p>hello".encode("utf-16-le") + b"x", kind="text/html; charset=utf-16"))),
        bad("a charset nobody knows", send(page("<p>hello", kind="text/html; charset=klingon"))),
        bad("entities without an end", send(page("&#" * 200000 + "&#x" + "f" * 200000))),
        bad("links of a hundred kilobytes", send(page("".join(f'<a href="/{c * 100000}">x</a>' for c in "abcdefgh")))),
        bad("a select of options", send(page("<select>" + "<option>" * 60000))),
        bad("frames in frames", send(page("<iframe src=/bad>" * 20000))),
        bad("svg and math", send(page("<svg><math><mi><p></svg>" * 10000))),
        bad("template in template", send(page("<template>" * 30000))),
        bad("a doctype of a megabyte", send(page("<!DOCTYPE " + "x" * 900000 + ">"))),
        # Traps.
        Scenario("a calendar without an end", {"/bad": lambda s: s.conn.sendall(page(
            f'<a href="/bad?month={s.number + 1}">next</a>'))}, asked_most=120),
        Scenario("a path that grows", {"/bad": lambda s: s.conn.sendall(page(f'<a href="{s.path}/a">deeper</a>'))},
                 asked_most=40, own_budget=False),
        Scenario("a session in each link", {"/bad": lambda s: s.conn.sendall(page(
            "".join(f'<a href="/bad?sid={random.randrange(1 << 60):x}">x</a>' for _ in range(50))))}, asked_most=500, own_budget=False),
        Scenario("every page is there", {"*": lambda s: s.conn.sendall(page(
            f'<p>sorry<a href="/gone-{s.number}-a">a</a><a href="/gone-{s.number}-b">b</a>'))}, asked_most=60, own_budget=False),
        # robots.txt.
        Scenario("robots 500", {"/robots.txt": send(head("500 No", length=0))}, keeps=False, unasked=["/", "/good-1"]),
        Scenario("robots 429", {"/robots.txt": send(head("429 No", length=0))}, keeps=False, unasked=["/", "/good-1"]),
        Scenario("robots in silence", {"/robots.txt": silent}, keeps=False, unasked=["/", "/good-1"]),
        Scenario("robots reset", {"/robots.txt": reset()}, keeps=False, unasked=["/", "/good-1"]),
        Scenario("robots of no HTTP", {"/robots.txt": send(b"\1\2\3")}, keeps=False, unasked=["/", "/good-1"]),
        Scenario("robots cut short", {"/robots.txt": send(head(length=500) + b"User-agent: *\nDisallow: /x")},
                 keeps=False, unasked=["/", "/good-1"]),
        Scenario("robots without an end", {"/robots.txt": forever(
            b"# nothing\n" * 400, head(kind="text/plain") + b"User-agent: *\nDisallow: /bad\n")}, keeps=None, unasked=["/bad"]),
        Scenario("robots of two megabytes", {"/robots.txt": send(page(
            "User-agent: *\nDisallow: /bad\n" + "Disallow: /private\n" * 110000, kind="text/plain"))},
                 unasked=["/bad"]),
        # 500 KiB are read whatever the number of rules (RFC 9309 2.5): the last of them counts.
        Scenario("robots of forty thousand rules", {"/robots.txt": send(page(
            "User-agent: *\n" + "Allow: /a\n" * 45000 + "Disallow: /bad\n", kind="text/plain"))}, unasked=["/bad"]),
        Scenario("robots of binary", {"/robots.txt": send(page(bytes(range(256)) * 500, kind="text/plain"))}, keeps=None),
        Scenario("robots of a bomb", {"/robots.txt": send(bomb("gzip"))}, keeps=None),
        Scenario("robots of CR lines", {"/robots.txt": send(page(
            "\ufeffUSER-AGENT : *\rDISALLOW :/bad\r", kind="text/plain"))}, unasked=["/bad"]),
        Scenario("robots with a wildcard bomb", {"/robots.txt": send(page(
            "User-agent: *\nDisallow: /" + "*a" * 5000 + "$\n", kind="text/plain"))}),
        Scenario("robots that is a page", {"/robots.txt": send(page("<html><body>User-agent: *</body></html>"))}),
        Scenario("robots that redirects away", {"/robots.txt": to(at(CANARY))}, keeps=None),
        Scenario("robots in a ring of redirects", {"/robots.txt": to("/robots.txt")}, keeps=None, asked_most=30),
        Scenario("robots that trickles", {"/robots.txt": forever(b"#", head(kind="text/plain"), 0.2)}, keeps=False,
                 unasked=["/", "/good-1"]),
        Scenario("robots of a picture", {"/robots.txt": send(page("User-agent: *\nDisallow: /bad\n", kind="image/gif"))},
                 unasked=["/bad"]),
        Scenario("robots with a delay of a century", {"/robots.txt": send(page(
            "User-agent: *\nCrawl-delay: 3155760000\n", kind="text/plain"))}, keeps=None, asked_most=2),
        Scenario("robots with a rate of none", {"/robots.txt": send(page(
            "User-agent: *\nRequest-rate: 1/99999999999999999999h\n", kind="text/plain"))}, keeps=None, asked_most=2),
        Scenario("robots of ten thousand sitemaps", {"/robots.txt": lambda s: s.conn.sendall(page(
            "".join(f"Sitemap: {s.host.url}map-{n}.xml\n" for n in range(10000)), kind="text/plain"))}, asked_most=250),
        # Connections that are used again. What answers before it is asked may be taken for the next answer of
        # that host: its own to spoil, and nobody else's.
        Scenario("an answer ahead of its question", {"/bad": kept_open(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n<p>fake"),
                                                     "/": kept_open(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n<p>fake", FRONT)}, keeps=None),
        Scenario("a second answer in the first one's body", {"/": kept_open(b"", FRONT + b"HTTP/1.1 200 OK\r\n\r\nfake", cut=30)}),
        Scenario("closed between two answers", {"/": kept_open(None, FRONT)}),
        # Pages again.
        bad("letters that swell", send(page("<h1>\ufdfa</h1><p>" + "\ufdfa" * 150000))),
        bad("marks upon marks", send(page("<h1>a</h1><p>a" + "\u0301" * 200000))),
        bad("a word without an end", send(page("<article><h1>x</h1><p>" + "界" * 150000))),
        bad("a title of half a megabyte", send(page("<title>" + "long " * 100000 + "</title><p>x"))),
        bad("dates that are none", send(page(
            '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"99999999999999999999-99-99T99:99:99+99:99",'
            '"dateModified":1e308,"headline":' + "-1e-999" + '}</script><time datetime="-271821-04-20T00:00:00Z">x</time>'
            "<p>平成九十九年十三月四十日 令和零年 0000-00-00</p>"))),
        bad("links of every kind", send(page("".join(f'<a href="{link}">x</a>' for link in (
            "data:text/html," + "x" * 100000, "javascript:alert(1)", "blob:x", "about:blank", "mailto:a@b", "tel:1",
            "\tht\ntp://127.0.4.1/", "http:\\\\127.0.4.1", "//127.0.4.1:%d/" % port, "/\\127.0.4.1/", "http://a:b@127.0.4.1:%d/" % port,
            "http://127.0.4.1:%d%%2f@127.0.3.1/" % port, "http://[::ffff:7f00:401]:%d/" % port, "http://0x7f.4.1:%d/" % port,
            "view-source:http://127.0.4.1/", "jar:file:///x!/", "http://%00/", "http://\u3002/", "/%00", "?" * 9000, "#" * 9000))))),
        bad("links to every port", send(page("".join(f'<a href="http://127.0.4.1:{n}/">x</a>' for n in range(1, 4000))))),
        bad("a canonical that leads away", send(page(f'<link rel=canonical href="{at(CANARY)}"><link rel=amphtml href="{at(CANARY)}">'
                                                     f'<link rel=next href="{at(CANARY)}"><link rel=alternate type=application/rss+xml href="{at(CANARY)}">'))),
        Scenario("canonicals in a ring", {"/bad": send(page('<html amp><link rel=canonical href="/ring">')),
                                          "/ring": send(page('<html amp><link rel=canonical href="/bad">'))}, asked_most=20),
        Scenario("a refresh to itself", {"/bad": send(page('<meta http-equiv=refresh content="0">', more="Refresh: 0\r\n"))},
                 asked_most=14),
        Scenario("parts without an end", {"/bad": lambda s: s.conn.sendall(page(
            f"<html><title>Part {s.number}</title><article><h1>A story</h1>" + f"<p>It goes on and on, says part {s.number}, and on.</p>" * 9
            + f'</article><a rel=next href="/bad?page={s.number + 1}">Next page</a>'))}, asked_most=120),
        # Without a delay up to 256 answers are on their way to the commit that tells it for a trap.
        Scenario("one text at every address", {"/bad": lambda s: s.conn.sendall(page(GOOD.format("same").replace(
            "</article>", "</article>" + "".join(f'<a href="/bad/{s.number}-{n}-slug">x</a>' for n in range(40)))))}, asked_most=150 + 256, own_budget=False),
        # Feeds and sitemaps again.
        Scenario("a billion laughs in UTF-16", {"/sitemap.xml": send(xml(
            LAUGHS.replace('"1.0"?', '"1.0" encoding="UTF-16"?').encode("utf-16")))}),
        Scenario("a sitemap index of fifty thousand", {"/sitemap.xml": lambda s: s.conn.sendall(xml(
            "<sitemapindex>" + "".join(f"<sitemap><loc>{s.host.url}m-{n}.xml</loc></sitemap>" for n in range(20000))
            + "</sitemapindex>"))}, asked_most=120),
        Scenario("an inclusion in a feed", {"/feed.xml": send(xml(
            '<?xml-stylesheet type="text/xsl" href="http://%s:%d/x.xsl"?><rss xmlns:xi="http://www.w3.org/2001/XInclude"><channel>'
            '<xi:include href="file:///etc/passwd" parse="text"/><xi:include href="%s"/><item><link>/good-1</link></item></channel></rss>'
            % (CANARY, port, at(CANARY)), "application/rss+xml"))},
                 links=['<link rel=alternate type="application/rss+xml" href="/feed.xml">']),
        Scenario("a feed from the year 9999", {"/feed.xml": send(xml(
            "<rss><channel><ttl>99999999999999999999</ttl><skipHours>" + "".join(f"<hour>{h}</hour>" for h in range(-5, 99)) + "</skipHours>"
            + "".join(f"<item><link>/good-{n % 2 + 1}</link><pubDate>Fri, 31 Dec {year} 23:59:60 GMT</pubDate></item>"
                      for n, year in enumerate((9999, 99999999, 0, -1, 1969))) + "</channel></rss>", "application/rss+xml"))},
                 links=['<link rel=alternate type="application/rss+xml" href="/feed.xml">']),
        Scenario("a feed of one page at many addresses", {"/feed.xml": send(xml(
            "<rss><channel>" + "".join(f"<item><link>/good-1?utm_source={n}#c{n}</link></item>" for n in range(3000))
            + "</channel></rss>", "application/rss+xml"))}, asked_most=20,
                 links=['<link rel=alternate type="application/rss+xml" href="/feed.xml">']),
        Scenario("a feed that is its own next", {"/feed.json": send(page(
            '{"version":"https://jsonfeed.org/version/1.1","next_url":"/feed.json","items":[' + '{"url":"/good-1"},' * 500
            + '{"url":{"a":' + "[" * 50000 + "]}", kind="application/feed+json"))}, asked_most=20,
                 links=['<link rel=alternate type="application/feed+json" href="/feed.json">']),
        # HTTP/2, spoken by hand.
        h2("HTTP/2 that says goodbye at once", lambda s: s.conn.sendall(SETTINGS + frame(7, 0, 0, bytes(8)))),
        h2("HTTP/2 that answers in HTTP/1", lambda s: s.conn.sendall(page("hello"))),
        h2("HTTP/2 of settings without an end", forever(SETTINGS * 200, SETTINGS)),
        h2("HTTP/2 of pings without an end", forever(frame(6, 0, 0, bytes(8)) * 200, SETTINGS)),
        h2("HTTP/2 of a head without an end", forever(frame(9, 0, 1, b"\x00\x01a\x7f" + b"\x01" + b"b" * 128) * 50,
                                                      SETTINGS + frame(1, 0, 1, b"\x88"))),
        h2("HTTP/2 of one header a million times", forever(frame(9, 0, 1, b"\xbe" * 16000) * 4, SETTINGS + frame(
            1, 0, 1, b"\x88\x40\x01a" + b"\x7f\x80\x1e" + b"b" * 3967))),
        h2("HTTP/2 that resets each stream", lambda s: (s.conn.sendall(SETTINGS + frame(3, 0, 1, b"\0\0\0\x0b")), silent(s))),
        h2("HTTP/2 of an endless body", forever(frame(0, 0, 1, b"x" * 16000), SETTINGS + frame(1, 4, 1, b"\x88"))),
        h2("HTTP/2 of a frame of 16 MiB", lambda s: s.conn.sendall(SETTINGS + b"\xff\xff\xff\0\0\0\0\0\1" + bytes(1 << 20))),
        # TLS.
        Scenario("plain answers on TLS", {"": send(page("hello"))}, keeps=False, tls="none"),
        Scenario("a certificate of its own", {}, keeps=False, unasked=["/", "/good-1"], tls="self"),
        Scenario("a handshake without an end", {"": silent}, keeps=False, tls="none"),
    )


def hang_up(listener):
    """Closes it also for the thread that waits in accept, and with that frees its address."""
    try:
        listener.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    listener.close()


class Served:
    """One connection's request."""

    def __init__(self, host, conn):
        self.host, self.conn, self.path, self.number = host, conn, "", 0


class Host:
    """One scenario at work on an address of its own."""

    def __init__(self, scenario, address, port, certificate):
        self.scenario, self.address, self.port = scenario, address, port
        self.asked, self.is_over, self.lock = [], False, threading.Lock()
        self.context = None
        if scenario.tls in ("self", "h2"):
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            if scenario.tls == "h2":
                self.context.set_alpn_protocols(["h2"])
            self.context.load_cert_chain(certificate)
        self.listener = socket.create_server((address, port), backlog=64)
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self):
        return f"{'https' if self.scenario.tls else 'http'}://{self.address}:{self.port}/"

    def accept(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def serve(self, conn):
        try:
            conn.settimeout(20)
            if self.context:
                conn = self.context.wrap_socket(conn, server_side=True)
            served = Served(self, conn)
            if "" in self.scenario.bad:
                self.scenario.bad[""](served)
                return
            data = b""
            while b"\r\n\r\n" not in data and len(data) < 65536:
                more = conn.recv(4096)
                if not more:
                    return
                data += more
            served.path = data.split(b" ")[1].decode("latin-1") if data.count(b" ") > 1 else "?"
            with self.lock:
                self.asked.append(served.path)
                served.number = len(self.asked)
            self.answer(served)
        except (OSError, ssl.SSLError):
            pass
        finally:
            try:
                conn.shutdown(socket.SHUT_WR)
                conn.settimeout(0.5)
                while conn.recv(65536):
                    pass
            except OSError:
                pass
            conn.close()

    def answer(self, served):
        path, bad = served.path.split("?")[0], self.scenario.bad
        if path in bad:
            bad[path](served)
        elif path.startswith("/bad/") and "/bad" in bad:
            bad["/bad"](served)
        elif path in ("/good-1", "/good-2"):
            served.conn.sendall(page(GOOD.format(path[1:])))
        elif path == "/":
            links = "".join(self.scenario.links)
            served.conn.sendall(page(f"<html><head>{links}</head><body><a href='/good-1'>one</a> <a href='/bad'>two</a> "
                                     "<a href='/good-2'>three</a></body></html>"))
        elif "*" in bad and path != "/robots.txt":
            bad["*"](served)
        else:
            served.conn.sendall(head("404 Not Found", length=0))

    def close(self):
        self.is_over = True
        hang_up(self.listener)


class Canary:
    """Stands where nobody may be led; counts who comes."""

    def __init__(self, port):
        self.visits = 0
        self.listeners = []
        for family, address in ((socket.AF_INET, CANARY), (socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1")):
            listener = socket.socket(family)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, port))
            listener.listen()
            self.listeners.append(listener)
            threading.Thread(target=self.accept, args=(listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                return
            self.visits += 1
            conn.close()

    def close(self):
        for listener in self.listeners:
            hang_up(listener)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Trial:
    def __init__(self, build):
        self.program = os.path.join(os.path.abspath(build), "wirevault")
        self.folder = tempfile.mkdtemp(prefix="wirevault-hostile-")
        self.env = dict(os.environ, NO_COLOR="1")
        for name in ("WIREVAULT_CONFIG", "WIREVAULT_CONTACT"):
            self.env.pop(name, None)
        self.checks = self.failed = 0
        self.faults = []
        self.port = free_port()
        # Nobody's settings name a proxy: the environment's is not asked (the canary counts who comes).
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            self.env[name] = f"http://{CANARY}:{self.port}"
        self.env["no_proxy"] = self.env["NO_PROXY"] = ""
        self.certificate = os.path.join(self.folder, "own.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=own",
                        "-keyout", self.certificate + ".key", "-out", self.certificate + ".crt"],
                       check=True, capture_output=True)
        with open(self.certificate, "wb") as file:
            for part in (".key", ".crt"):
                with open(self.certificate + part, "rb") as piece:
                    file.write(piece.read())

    def check(self, name, claim, more=""):
        self.checks += 1
        if not claim:
            self.failed += 1
            self.faults.append(name)
            print(f"FAIL {name} {str(more)[:600]}".rstrip())

    def run(self, archive, *words, timeout=120):
        return subprocess.run([self.program, words[0], "--archive", archive, *words[1:]], env=self.env,
                              cwd=self.folder, capture_output=True, timeout=timeout, check=False)

    def settings(self, archive, hosts):
        path = os.path.join(self.folder, "settings.yaml")
        lines = [f"archive: {archive}", "agent: {contact: 'mailto:tests@example.org'}",
                 "politeness: {delay: 0s, max_pages_per_host: 100}",
                 f"network: {{timeout: 2s, retries: 0, max_body: 1MiB, allow_private: ['{PRIVATE}']}}",
                 "run: {max_time: 50s, disk_floor: 1MiB, nice: 0}", "sources:"]
        for number, host in enumerate(hosts):
            more = ", tls: insecure" if host.scenario.tls == "h2" else ""
            if not host.scenario.own_budget:
                more += ", politeness: {max_pages_per_host: none}"
            lines.append(f"  - {{name: s{number}, seeds: ['{host.url}'], scope: host{more}}}")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return path

    def crawl(self, settings, name):
        began = time.monotonic()
        with open(os.path.join(self.folder, "said"), "w+b") as said:
            run = subprocess.Popen([self.program, "crawl", "-c", settings], env=self.env, cwd=self.folder,
                                   stdout=said, stderr=said)
            timer = threading.Timer(2 * SECONDS_MOST, run.kill)
            timer.start()
            _, status, usage = os.wait4(run.pid, 0)
            timer.cancel()
            run.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            words = said.read().decode(errors="replace")
        seconds, memory = time.monotonic() - began, usage.ru_maxrss / 1024
        self.check(f"{name}: a documented exit code", run.returncode in (0, 69, 75), (run.returncode, words[-500:]))
        self.check(f"{name}: ends within {SECONDS_MOST} s", seconds < SECONDS_MOST, seconds)
        if "asan" not in self.program and "tsan" not in self.program:
            self.check(f"{name}: within {RSS_MOST_MB} MiB", memory < RSS_MOST_MB, memory)
        return seconds, memory

    def judge(self, archive, host, rows):
        name, scenario = host.scenario.name, host.scenario
        asked = {path.split("?")[0] for path in host.asked}
        for path in scenario.unasked:
            self.check(f"{name}: {path} is not asked for", path not in asked, sorted(asked)[:20])
        self.check(f"{name}: at most {scenario.asked_most} requests", len(host.asked) <= scenario.asked_most,
                   len(host.asked))
        if scenario.keeps is None:
            return
        for path in ("good-1", "good-2"):
            row = rows.get(host.url + path)
            if not scenario.keeps:
                self.check(f"{name}: {path} is not there", row is None or row["status"] != 200, row)
                continue
            self.check(f"{name}: {path} is kept", row and row["status"] == 200, (row, sorted(asked)[:20]))
            if row:
                done = self.run(archive, "restore", str(row["id"]), "-o", "-")
                self.check(f"{name}: {path} comes back as it was", done.stdout == GOOD.format(path).encode(),
                           done.stderr)

    def together(self, chosen):
        """The chosen scenarios in one crawl."""
        archive = os.path.join(self.folder, f"archive-{self.checks}")
        hosts = [Host(s, f"127.0.3.{n + 1}", self.port, self.certificate) for n, s in enumerate(chosen)]
        name = chosen[0].name if len(chosen) == 1 else f"{len(chosen)} scenarios"
        canary, before = Canary(self.port), self.failed
        try:
            seconds, memory = self.crawl(self.settings(archive, hosts), name)
        finally:
            for host in hosts:
                host.close()
            canary.close()
        self.check(f"{name}: nobody was led to a private address", canary.visits == 0, canary.visits)
        rows = {}
        for line in self.run(archive, "list", "--json").stdout.splitlines():
            row = json.loads(line)
            rows.setdefault(row["url"], row)
        for host in hosts:
            self.judge(archive, host, rows)
        done = self.run(archive, "verify", "--full")
        self.check(f"{name}: verify finds nothing", done.returncode == 0, done.stdout + done.stderr)
        shutil.rmtree(archive, ignore_errors=True)
        return seconds, memory, sum(len(host.asked) for host in hosts), self.failed == before

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    build, names = sys.argv[1], sys.argv[2:]
    if not shutil.which("openssl"):
        print("skipped: openssl is not installed")
        sys.exit(77)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    trial = Trial(build)
    every = list(scenarios(trial.port))
    try:
        if names == ["all"]:
            seconds, memory, requests, _ = trial.together(every)
            print(f"{len(every)} scenarios in one crawl: {seconds:.1f} s, {memory:.0f} MiB, {requests} requests")
        else:
            chosen = [s for s in every if names == ["each"] or s.name in names]
            print(f"{'scenario':44} {'s':>6} {'MiB':>6} {'asked':>6}  kept, restored, not led astray, verified")
            for scenario in chosen:
                seconds, memory, requests, holds = trial.together([scenario])
                print(f"{scenario.name:44} {seconds:6.1f} {memory:6.0f} {requests:6}  {'holds' if holds else 'BROKEN'}",
                      flush=True)
    finally:
        trial.close()
    print(f"{len(every)} scenarios known, {trial.checks} checks, {trial.failed} failed")
    sys.exit(1 if trial.failed else 0)


if __name__ == "__main__":
    main()
