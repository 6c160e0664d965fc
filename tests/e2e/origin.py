#!/usr/bin/env python3
"""The newsroom's origin over HTTP, as a browser would meet it: origin.py BUILD all"""

import gzip
import http.client
import json
import zlib

from room import main, sha256


def ask(room, address, target, method="GET", **headers):
    connection = http.client.HTTPConnection(address, room.port, timeout=20)
    connection.request(method, target,
                       headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def validators(room):
    path = "/2026/03/02/tide-barrier"
    first, body = ask(room, "127.0.2.1", path)
    tag, changed = first.getheader("ETag"), first.getheader("Last-Modified")
    room.check("a page", 200, first.status)
    room.check_that("has validators", tag and changed)
    for name, headers, status in [
            ("its tag", {"If_None_Match": tag}, 304),
            ("its tag, weak", {"If_None_Match": "W/" + tag}, 304),
            ("its time", {"If_Modified_Since": changed}, 304),
            ("another tag wins over its time",
             {"If_None_Match": '"x"', "If_Modified_Since": changed}, 200),
            ("an older time", {"If_Modified_Since": "Sun, 01 Mar 2026 00:00:00 GMT"}, 200)]:
        answer, got = ask(room, "127.0.2.1", path, **headers)
        room.check(name, status, answer.status)
        room.check(f"{name}: body", 0 if status == 304 else len(body), len(got))
    room.turn("1d")
    answer, changed_body = ask(room, "127.0.2.1", path, If_None_Match=tag)
    room.check("after the silent edit", 200, answer.status)
    room.check_that("another body", changed_body != body)


def codings(room):
    _, plain = ask(room, "127.0.2.1", "/")
    answer, packed = ask(room, "127.0.2.1", "/", Accept_Encoding="gzip, deflate")
    room.check("gzip", "gzip", answer.getheader("Content-Encoding"))
    room.check_that("the same page inside", gzip.decompress(packed) == plain)
    answer, same = ask(room, "127.0.2.1", "/", Accept_Encoding="gzip;q=0")
    room.check("gzip that is not wanted", None, answer.getheader("Content-Encoding"))
    room.check_that("comes plain", same == plain)
    _, plain = ask(room, "127.0.2.3", "/")
    answer, packed = ask(room, "127.0.2.3", "/", Accept_Encoding="gzip, deflate")
    room.check("deflate", "deflate", answer.getheader("Content-Encoding"))
    room.check_that("zlib inside", zlib.decompress(packed) == plain)
    answer, _ = ask(room, "127.0.2.10", "/")
    room.check("chunks", "chunked", answer.getheader("Transfer-Encoding"))
    answer, body = ask(room, "127.0.2.5", "/sitemap-all.xml.gz")
    room.check_that("a packed sitemap", b"<urlset" in gzip.decompress(body))


def log_lines(room):
    _, body = ask(room, "127.0.2.2", "/atom.xml?x=1", User_Agent="me/1")
    last = room.log()[-1]
    for name, expected in (("target", "/atom.xml?x=1"), ("status", 200), ("user_agent", "me/1"),
                           ("bytes", len(body)), ("sha256", sha256(body)),
                           ("address", "127.0.2.2"), ("method", "GET"), ("time", room.now())):
        room.check(f"the log's {name}", expected, last[name])
    answer, body = ask(room, "127.0.2.2", "/", method="HEAD")
    room.check("HEAD", (200, b""), (answer.status, body))


def feeds(room):
    _, body = ask(room, "127.0.2.3", "/feed.json")
    items = json.loads(body)["items"]
    inventory = [item for item in room.inventory()
                 if item["url"].startswith("http://127.0.2.3:") and item["status"] == 200]
    room.check("the feed's addresses are the published ones",
               sorted(item["url"] for item in inventory), sorted(item["url"] for item in items))


def everything(room):
    feeds(room)
    codings(room)
    log_lines(room)
    validators(room)


if __name__ == "__main__":
    main({"all": everything})
