"""Small sites of one test: answers by path on loopback, the newsroom's clock, an archive, all gone afterwards."""

import hashlib
import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time


class Site:
    """One host. pages: path -> body, or (status, headers, body), or a function of the request; "*": all
    others. With a certificate (and key) in one file it speaks TLS."""

    def __init__(self, address, pages, certificate=None):
        site = self
        self.pages = dict(pages)
        self.log = []
        self.arrivals = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body are two writes: the second would wait 40 ms for the first one's delayed ACK.
            disable_nagle_algorithm = True

            def do_GET(self):
                target = self.path
                site.log.append((target, dict(self.headers)))
                site.arrivals.append((target, time.time()))
                answer = site.pages.get(target, site.pages.get(target.split("?")[0], site.pages.get("*")))
                if answer is None:
                    answer = (404, {}, "")
                if callable(answer):
                    answer = answer(self)
                if not isinstance(answer, tuple):
                    answer = (200, {}, answer)
                status, headers, body = answer
                body = body.encode() if isinstance(body, str) else body
                self.send_response(status)
                headers = {"Content-Type": "text/html; charset=utf-8", **headers}
                for name, value in headers.items():
                    for one in value if isinstance(value, list) else [value]:
                        self.send_header(name, one)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            address_family = socket.AF_INET6 if ":" in address else socket.AF_INET

        self.server = Server((address, 0), Handler)
        self.port = self.server.server_address[1]
        host = f"[{address}]" if ":" in address else address
        self.root = f"http{'s' if certificate else ''}://{host}:{self.port}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        # The interval is what closing it waits for, and a test has many.
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def asked(self, since=0):
        return [target for target, _ in self.log[since:]]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Paper(Site):
    """A site whose pages are made when they are asked for: `page` gives a path's bytes, none for 404."""

    def __init__(self, address):
        super().__init__(address, {"*": self.answer})

    def answer(self, request):
        page = self.page(request.path)
        return 200 if page else 404, {}, page

    def page(self, path):
        raise NotImplementedError

    def url(self, path):
        return self.root + path


class Bench:
    """A folder, the program in it with the simulated clock, and the checks of one scenario."""

    def __init__(self, build, kind):
        self.folder = tempfile.mkdtemp(prefix=f"wirevault-{kind}-")
        self.program = os.path.join(build, "wirevault-newsroom")
        self.archive = os.path.join(self.folder, "archive")
        self.settings = os.path.join(self.folder, "settings.yaml")
        self.env = dict(os.environ, WIREVAULT_NEWSROOM_CLOCK=os.path.join(self.folder, "clock"),
                        TZ="Asia/Kathmandu", LC_ALL="C", NO_COLOR="1")
        for name in ("WIREVAULT_CONFIG", "WIREVAULT_CONTACT"):
            self.env.pop(name, None)
        self.faults = self.checks = 0

    def run(self, *words, settings=True, env=None):
        """One command to its end: CompletedProcess with bytes."""
        words = [str(word) for word in words]
        if settings:
            words[1:1] = ["-c", self.settings]
        return subprocess.run([self.program, *words], env=env or self.env, capture_output=True,
                              cwd=self.folder, check=False)

    def crawl(self, *words, code=0):
        done = self.run("crawl", *words)
        self.check(f"crawl {' '.join(map(str, words))} exits", code, done.returncode,
                   done.stderr.decode(errors="replace"))
        return done

    def turn(self, duration):
        done = self.run("turn", duration, settings=False)
        self.check(f"turn {duration}", 0, done.returncode, done.stderr.decode(errors="replace"))
        return done.stdout.decode().strip()

    def now(self):
        return self.run("clock", settings=False).stdout.decode().strip()

    def json(self, *words, code=0):
        """Records of a command, as dicts."""
        done = self.run(words[0], "--json", *words[1:])
        if code is not None:
            self.check(f"{' '.join(map(str, words))} exits", code, done.returncode,
                       done.stderr.decode(errors="replace"))
        return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]

    def check(self, name, expected, got, more=""):
        self.checks += 1
        if expected != got:
            self.faults += 1
            print(f"FAIL {name}: expected {expected!r}, got {got!r} {more}".rstrip())
        return expected == got

    def check_that(self, name, claim, more=""):
        return self.check(name, True, bool(claim), more)

    def verify(self):
        done = self.run("verify", "--full")
        self.check("verify --full", 0, done.returncode, (done.stdout + done.stderr).decode(errors="replace"))

    def close(self):
        if self.faults and os.environ.get("WIREVAULT_KEEP"):
            print(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        print(f"{self.checks} checks, {self.faults} failed")
        return self.faults


class Desk(Bench):
    """Small sites on loopback, and the settings for them."""

    def __init__(self, build):
        super().__init__(build, "desk")
        self.sites = []

    def certificate(self, address):
        """A new self-signed one, with its key, for an address: a path."""
        path = os.path.join(self.folder, f"{address.replace(':', '_')}.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-days", "30000", "-subj", f"/CN={address}", "-addext",
                        f"subjectAltName=IP:{address}", "-keyout", path + ".key", "-out", path],
                       check=True, capture_output=True)
        with open(path, "a", encoding="utf-8") as file, open(path + ".key", encoding="utf-8") as key:
            file.write(key.read())
        return path

    def site(self, pages, address="127.0.3.1", certificate=None):
        pages = {"/robots.txt": (200, {"Content-Type": "text/plain"}, "User-agent: *\nDisallow:\n"), **pages}
        self.sites.append(Site(address, pages, certificate))
        return self.sites[-1]

    def settle(self, sources, more="", network=""):
        """Writes the settings: the sources as YAML text, further top-level keys in `more`."""
        ports = ", ".join(str(site.port) for site in self.sites)
        with open(self.settings, "w", encoding="utf-8") as file:
            file.write(f"archive: {self.archive}\n"
                       "agent: {contact: 'mailto:desk@example.org'}\n"
                       "politeness: {delay: 1s, delay_factor: 0}\n"
                       f"network: {{allow_private: [127.0.3.0/24, '::1'], ports: [80, 443{', ' if ports else ''}{ports}], timeout: 5s{', ' + network if network else ''}}}\n"
                       f"{more}sources:\n{sources}")

    def captures(self, url):
        """Newest first."""
        rows = [row for row in self.json("history", "--captures", url, code=None) if row.get("kind") != "version"]
        return sorted(rows, key=lambda row: -row["id"])

    def raw_archive(self):
        with open(os.path.join(self.archive, "data.mdb"), "rb") as file:
            return file.read()

    def close(self):
        for site in self.sites:
            site.close()
        return super().close()


def sha256(data):
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def article(title, text, head="", links=()):
    """A page that reads as an article."""
    more = " ".join(f'<a href="{href}">{words}</a>' for href, words in links)
    body = "".join(f"<p>{text} Paragraph {n} says so at some length, in whole sentences.</p>"
                   for n in range(1, 7))
    return (f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>{head}</head>"
            f"<body><article><h1>{title}</h1>{body}</article><nav>{more}</nav></body></html>")


def listing(links, head=""):
    items = "".join(f'<li><a href="{href}">{words}</a></li>' for href, words in links)
    return (f"<!doctype html><html lang=en><head><meta charset=utf-8><title>Front</title>{head}</head>"
            f"<body><ul>{items}</ul></body></html>")


def main(scenarios):
    build, name = os.path.abspath(sys.argv[1]), sys.argv[2]
    desk = Desk(build)
    try:
        scenarios[name](desk)
    finally:
        faults = desk.close()
    sys.exit(1 if faults else 0)
