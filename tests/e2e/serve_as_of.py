#!/usr/bin/env python3
"""Pages as of (T, K) stay what they were: serve_as_of.py BUILD

A generated year is grown in steps. What the service shows as of instants inside the first months is
fetched, then again after the archive has grown, with late imports and readings anew: every byte must
be the same. On the way: every link of a page keeps its instant, whatever is on it; and an archive of
another user, which may only be read, answers the same.
"""

import html
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree

from served import start

PAGES = [0, 3, 7, 12, 20, 33]
KEPT = ("/snapshot/", "/history?", "/compare?", "/search", "/source/", "/category/", "/cluster/", "/story/", "/pulse",
        "/subscriptions", "/about", "/web/", "/timegate/", "/timemap/", "/api/")


class Service:
    def __init__(self, program, archive, user=None):
        self.process, self.base = start(program, "--archive", archive, user=user, cwd="/")

    def get(self, path):
        request = urllib.request.Request(self.base + path, headers={"Host": "archive.example"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def wait_for_index(self):
        """Until the follower is done; bounded, and never longer than it takes."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            status, text = self.get("/search?q=*")
            pulse = self.get("/pulse")[1]
            if status == 200 and "catching up" not in text and "no search index" not in text and "being counted" not in pulse \
                    and '"stories_behind":0' in self.get("/healthz")[1]:
                return
            time.sleep(0.1)
        sys.exit("the search index was never complete")

    def close(self, says=b""):
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=30)
        if self.process.returncode != 0 or (says is not None and err != says):
            sys.exit(f"serve ended with {self.process.returncode}: {err.decode()}{out.decode()}")


def questions(at, known_at):
    named = f"as-of={at}&known-at={known_at}"
    for page in PAGES:
        url = urllib.parse.quote(f"https://www.example.org/news/{page}", safe="")
        yield f"/history?url={url}&{named}"
    for query in ("*", "oil", "bank OR 股", "利率 -黄金", "title:H100", "エヌビディア"):
        for more in ("", "&order=time", "&source=Alpha", "&language=zh&topic=chips", "&verdict=any", "&page=2",
                     "&from=2024-01-20&to=2024-02-20"):
            yield f"/search?q={urllib.parse.quote(query)}{more}&{named}"
    for name in ("source/Alpha", "source/" + urllib.parse.quote("财联社"), "category/markets",
                 "category/" + urllib.parse.quote("财经"), "pulse", "subscriptions"):
        yield f"/{name}?{named}"
    # Not /story: where too much lies around, how far it looks depends on the clock.
    for place in ("snapshot/5", "snapshot/14", "snapshot/60", "cluster/5", "cluster/30"):
        yield f"/{place}?{named}"
    yield f"/?{named}"
    yield f"/pulse?days=365&{named}"
    for form in ("atom", "json"):
        yield f"/feed/oil.{form}?{named}"


def check_links(path, text, at):
    for link in re.findall(r'href="([^"]+)"', text):
        link = html.unescape(link)
        if not link.startswith(KEPT):
            continue
        # The way back to now is the one link that leaves the instant.
        if "as-of=" not in link and f'href="{html.escape(link)}">Back to now' not in text:
            sys.exit(f"{path}: {link} forgets the instant")
    for name, value in re.findall(r'<input type="hidden" name="(as-of)" value="([^"]+)">', text):
        if not value.startswith(at[:10]):
            sys.exit(f"{path}: a form says {name}={value}")
    forms = text.count("<form") - text.count('action="/travel"')
    if forms != text.count('type="hidden" name="as-of"'):
        sys.exit(f"{path}: a form forgets the instant")


def check_feed(path, text):
    """What RFC 4287 and JSON Feed 1.1 ask of an entry."""
    if ".json" in path:
        feed = json.loads(text)
        if feed["version"] != "https://jsonfeed.org/version/1.1" or not feed["feed_url"].startswith("http://archive.example/feed/"):
            sys.exit(f"{path}: {text[:400]}")
        items = [(item["id"], item["url"], item["external_url"], item["date_modified"]) for item in feed["items"]]
    else:
        atom = "{http://www.w3.org/2005/Atom}"
        feed = xml.etree.ElementTree.fromstring(text)
        for needed in ("id", "title", "updated"):
            if not feed.findtext(atom + needed):
                sys.exit(f"{path}: no {needed}")
        items = [(entry.findtext(atom + "id"),
                  entry.find(f"{atom}link[@rel='alternate']").get("href"), entry.find(f"{atom}link[@rel='via']").get("href"),
                  entry.findtext(atom + "updated")) for entry in feed.iter(atom + "entry")]
    for name, place, original, updated in items:
        if not (name.startswith("urn:uuid:") and place.startswith("http://archive.example/snapshot/") and
                original.startswith("https://www.example.org/") and updated.endswith("Z")):
            sys.exit(f"{path}: {name} {place} {original} {updated}")
    if len({name for name, *_ in items}) != len(items):
        sys.exit(f"{path}: an entry stands twice")
    return len(items)


def mtimes(folder):
    return {name: os.stat(os.path.join(folder, name)).st_mtime_ns for name in os.listdir(folder) if name != "lock.mdb"}


def ask_as_another(program, archive, query):
    for name in os.listdir(archive):
        os.chmod(os.path.join(archive, name), 0o666 if name == "lock.mdb" else 0o644)
    os.chmod(archive, 0o755)
    before = mtimes(archive)
    service = Service(program, archive, user=65534)
    answer = service.get(query)
    service.close(says=None)
    if mtimes(archive) != before:
        sys.exit(f"reading changed the archive: {before} {mtimes(archive)}")
    return answer


def as_another_user(program, archive, folder):
    """An archive that may be read and not written: with an index, the same answers; without, it is said."""
    if os.geteuid() != 0:
        return "not as another user: this is not root"
    own, query = os.path.join(folder, "wirevault"), "/search?q=oil&as-of=2024-02-25"
    shutil.copy(program, own)
    os.chmod(own, 0o755)
    os.chmod(folder, 0o755)
    service = Service(program, archive)
    service.wait_for_index()
    expected = service.get(query)
    # While its owner's index has a log beside it, and when that is gone.
    shutil.copytree(archive, os.path.join(folder, "open"))
    service.close()
    shutil.copytree(archive, os.path.join(folder, "closed"))
    for name in ("open", "closed"):
        answer = ask_as_another(own, os.path.join(folder, name), query)
        if answer != expected:
            sys.exit(f"as another user, index {name}: {answer[0]}\n{answer[1]}")
    os.remove(os.path.join(folder, "closed", "search.db"))
    status, text = ask_as_another(own, os.path.join(folder, "closed"), query)
    if status != 200 or "no search index" not in text:
        sys.exit(f"without an index: {status}\n{text}")
    # A reader of feeds takes an empty one for news that was taken back.
    for path in ("/feed/oil.atom", "/api/search?q=oil"):
        status, text = ask_as_another(own, os.path.join(folder, "closed"), path)
        if status != 503 or "not there yet" not in text:
            sys.exit(f"without an index, {path}: {status}\n{text}")
    return "the same as another user"


def main():
    program = os.path.join(os.path.abspath(sys.argv[1]), "wirevault")
    build = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        archive = os.path.join(folder, "archive")

        def grow(first, last):
            subprocess.run([os.path.join(build, "tests", "make_year"), archive, "7", str(first), str(last)], check=True,
                           stdout=subprocess.DEVNULL)

        grow(0, 3)
        subprocess.run([os.path.join(build, "wirevault"), "subscribe", "--archive", archive, "--quiet", "oil", "oil | 股"],
                       check=True)
        asked = {}
        instants = [("2024-01-20T03:00:00Z", "2024-02-10T00:00:00Z"), ("2024-02-25T12:34:56Z", "2024-03-20T00:00:00Z"),
                    ("2024-03-10T00:00:00Z", "2024-03-10T00:00:00Z")]
        service = Service(program, archive)
        service.wait_for_index()
        found = entries = 0
        for at, known_at in instants:
            for path in questions(at, known_at):
                status, text = asked[path] = service.get(path)
                if status not in (200, 404):
                    sys.exit(f"{path}: {status}\n{text}")
                found += status == 200 and ("/snapshot/" in text)
                if path.startswith("/feed/"):
                    entries += check_feed(path, text)
                else:
                    check_links(path, text, at)
        if not entries:
            sys.exit("no feed has an entry: nothing is tried")
        if found < len(asked) // 2:
            sys.exit(f"only {found} of {len(asked)} pages show anything: nothing is tried")
        # The index is dropped, as an erasure does; it is made anew behind the requests.
        for ending in ("", "-shm", "-wal"):
            if os.path.exists(os.path.join(archive, "search.db" + ending)):
                os.remove(os.path.join(archive, "search.db" + ending))
        service.wait_for_index()
        if "catching up" in service.get("/search?q=oil")[1] or service.get("/search?q=oil")[1].count("class=\"item\"") < 5:
            sys.exit("the index did not come back")
        # The archive grows while the service runs, and once more between two of its lives.
        grow(3, 4)
        service.wait_for_index()
        again = 0
        for which in range(2):
            for path, before in asked.items():
                after = service.get(path)
                if after != before:
                    with open(os.path.join(folder, "before"), "w") as one, open(os.path.join(folder, "after"), "w") as two:
                        one.write(before[1].replace("<", "\n<"))
                        two.write(after[1].replace("<", "\n<"))
                    subprocess.run(["diff", os.path.join(folder, "before"), os.path.join(folder, "after")], check=False)
                    sys.exit(f"{path}: {before[0]} became {after[0]}")
                again += 1
            service.close()
            if which == 0:
                grow(4, 6)
                service = Service(program, archive)
                service.wait_for_index()
        other = as_another_user(program, archive, folder)
        print(f"{len(asked)} pages, {found} with something on them; asked again {again} times: the same; {other}")


main()
