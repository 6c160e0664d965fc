"""An archive made from a WARC of the test's own behind `wirevault serve`: every instant, status and field is known."""

import email.utils
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid

from served import start

HOST = "archive.example"


def http_date(stamp):
    return email.utils.formatdate(seconds(stamp), usegmt=True)


def seconds(stamp):
    parts = [int(stamp[:4])] + [int(stamp[at:at + 2]) for at in range(4, 14, 2)]
    return int(email.utils.mktime_tz(tuple(parts) + (0, 0, 0, 0)))


class Warc:
    def __init__(self, path):
        self.path = path
        self.out = bytearray()

    def add(self, url, stamp, body, status=200, mime="text/html; charset=utf-8", fields=(), fraction=""):
        when = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:]}{fraction}Z"
        head = [f"HTTP/1.1 {status} Said"] + ([f"Content-Type: {mime}"] if mime else [])
        head += [f"{name}: {value}" for name, value in fields] + [f"Content-Length: {len(body)}"]
        block = "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body
        record = (f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{uuid.uuid4()}>\r\n"
                  f"WARC-Target-URI: {url}\r\nWARC-Date: {when}\r\n"
                  f"Content-Type: application/http;msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n")
        self.out += record.encode() + block + b"\r\n\r\n"

    def close(self):
        with open(self.path, "wb") as file:
            file.write(self.out)


def page(title, text="", head=""):
    words = " ".join(f"Sentence {n} of {title} tells what happened at the harbour on that day." for n in range(12))
    return (f"<!doctype html><html lang=en><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>"
            f"<p>{words}</p>{text}</article></body></html>").encode()


class Test:
    def __init__(self, build, folder):
        self.program = os.path.join(build, "wirevault")
        self.archive = os.path.join(folder, "archive")
        self.checks = self.faults = 0
        self.server = None

    def run(self, *args):
        return subprocess.run([self.program, *args, "--archive", self.archive], capture_output=True, check=False, timeout=120)

    def start(self, *args):
        self.server, base = start(self.program, "--archive", self.archive, *args)
        self.port = int(base.rsplit(":", 1)[1])

    def stop(self):
        self.server.send_signal(signal.SIGTERM)
        self.check("serve ends with", 0, self.server.wait(30))

    def check(self, what, expected, got, more=""):
        self.checks += 1
        if expected != got:
            self.faults += 1
            print(f"{what}: expected {expected!r}, got {got!r} {str(more)[:600]}")

    def has(self, what, needle, text):
        self.checks += 1
        if needle not in text:
            self.faults += 1
            print(f"{what}: {needle!r} is not in {str(text)[:600]!r}")

    def get(self, path, method="GET", **fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in dict({"Host": HOST}, **fields).items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body

    def wait_for_index(self):
        """The service follows the archive with its index beside the answers."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            told = json.loads(self.get("/healthz")[1])
            if told["index_behind"] == 0 and told["stories_behind"] == 0:
                return
            time.sleep(0.1)
        self.check("the index is there within a minute", 0, told["index_behind"])

    def json(self, path):
        answer, body = self.get(path)
        self.check(f"{path}: status", 200, answer.status, body)
        return json.loads(body) if answer.status == 200 else {}


def web(stamp, url, modifier=""):
    return f"/web/{stamp}{modifier}/{url}"


def over_warc(build, fill, parts, *args, prepare=None):
    """Imports what `fill` puts into a WARC, serves it with `args`, runs the parts, and exits by what they found."""
    with tempfile.TemporaryDirectory(prefix="wirevault-served-") as folder:
        t = Test(build, folder)
        warc = Warc(os.path.join(folder, "a.warc"))
        fill(warc)
        warc.close()
        done = t.run("import", "--quiet", warc.path)
        t.check("import", 0, done.returncode, done.stderr)
        if prepare:
            args = (*args, *prepare(t, folder))
        t.start(*args)
        try:
            for part in parts:
                part(t)
        finally:
            t.stop()
        print(f"{t.checks} checks, {t.faults} failed")
        sys.exit(1 if t.faults else 0)
