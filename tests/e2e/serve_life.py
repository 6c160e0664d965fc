#!/usr/bin/env python3
"""`wirevault serve` from start to stop: serve_life.py BUILD reload|stop|socket|nginx

    reload  SIGHUP under load: new settings are seen, faulty ones change nothing, nobody is refused
    stop    SIGTERM under load: what was asked is answered, the exit code is 0
    socket  a listening socket that is handed over, as systemd does it
    nginx   behind a real nginx with config/deploy/nginx.conf (77 where there is none)
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

from serve_attacks import ROOT, Server, split_answers


class Load:
    """Readers on fresh connections, each counting what it had and what it had not."""

    def __init__(self, server, readers=3):
        self.server, self.over = server, threading.Event()
        self.good, self.bad = 0, []
        self.threads = [threading.Thread(target=self.read, args=(40 + i,), daemon=True) for i in range(readers)]
        for thread in self.threads:
            thread.start()

    def read(self, client):
        while not self.over.is_set():
            try:
                answer = self.server.get("/", client=client)
                if answer[0] == 200:
                    self.good += 1
                else:
                    self.bad.append(answer)
            except OSError as error:
                self.bad.append(error)
            time.sleep(0.002)

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def settings_of(server, more):
    with open(os.path.join(server.folder, "s.yaml"), "w", encoding="utf-8") as out:
        out.write(f"archive: {server.archive}\nagent: {{contact: mailto:test@news.example}}\n{more}")


def wait_for(server, text, times):
    until = time.monotonic() + 20
    while server.stderr().count(text) < times and time.monotonic() < until:
        time.sleep(0.01)
    if server.stderr().count(text) < times:
        server.fault(f"never said {text!r} {times} times: {server.stderr()}")


def reload_settings(build):
    server = Server(build, "serve: {notice: notice of the start}\n")
    load = Load(server)
    for turn in range(1, 6):
        settings_of(server, f"serve: {{notice: notice number {turn}}}\n")
        server.process.send_signal(signal.SIGHUP)
        wait_for(server, "settings read anew", turn)
        body = server.get("/")[2]
        if f"notice number {turn}".encode() not in body:
            server.fault(f"turn {turn}: its notice is not on the page")
    settings_of(server, "serve: {notcie: none}\n")
    server.process.send_signal(signal.SIGHUP)
    wait_for(server, "going on with the settings of before", 1)
    if b"notice number 5" not in server.get("/")[2]:
        server.fault("faulty settings changed something")
    load.end()
    if load.bad or load.good < 20:
        server.fault(f"{len(load.bad)} of {load.good + len(load.bad)} readers refused: {load.bad[:3]}")
    print(f"{load.good} pages through 5 reloads, {len(load.bad)} refused")
    return server.end()


def stop(build):
    """A reader's answers are whole to the last; after that nobody listens."""
    server = Server(build)
    one = server.connect(9)
    one.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 200)
    got = one.recv(1 << 16)
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    try:
        while piece := one.recv(1 << 16):
            got += piece
    except ConnectionError:
        pass
    code = server.process.wait(30)
    took = time.monotonic() - began
    answers, rest = split_answers(got)
    if code != 0 or rest or not answers or any(answer[0] != 200 for answer in answers):
        server.fault(f"exit {code}, {len(answers)} answers, {len(rest)} bytes of half a one")
    if took > 12:
        server.fault(f"took {took:.1f} s")
    try:
        server.connect(9).close()
        server.fault("something still listens")
    except ConnectionRefusedError:
        pass
    if not server.faults:
        shutil.rmtree(server.folder)
    return 1 if server.faults else 0


def handed_over(build):
    server = Server(build)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        port = listening.getsockname()[1]
        program = os.path.join(build, "wirevault")
        script = 'exec 3<&"$1"; shift; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"'
        process = subprocess.Popen(["bash", "-c", script, "sh", str(listening.fileno()), program, "serve", "-c", "s.yaml"],
                                   cwd=server.folder, env=server.env, stdout=subprocess.PIPE,
                                   pass_fds=[listening.fileno()])
        line = process.stdout.readline()
    if line != f"http://127.0.0.1:{port}/\n".encode():
        server.fault(f"it says {line!r}, the socket is on {port}")
    theirs, server.port = server.port, port
    server.look("by the socket given", server.get("/"), {200})
    process.terminate()
    if process.wait(30) != 0:
        server.fault(f"exit {process.returncode}")
    server.port = theirs
    return server.end()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def nginx(build):
    program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not program:
        print("skipped: nginx is not here")
        return 77
    server = Server(build, "serve: {rate: 1/s}\n", more=["--behind-proxy"])
    behind, folder = server.port, server.folder
    with open(os.path.join(ROOT, "config/deploy/nginx.conf"), encoding="utf-8") as example:
        text = example.read()
    port = free_port()
    text = text.replace("server 127.0.0.1:8080;", f"server 127.0.0.1:{behind};")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{port};").replace("\tlisten [::]:80;\n", "")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    with open(os.path.join(folder, "nginx.conf"), "w", encoding="utf-8") as out:
        out.write(f"daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/nginx.log;\nevents {{}}\n"
                  f"http {{\naccess_log off;\n{temporary}{text}\n}}\n")
    web = subprocess.Popen([program, "-e", f"{folder}/nginx.log", "-c", f"{folder}/nginx.conf", "-p", folder])
    server.port = port
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            server.connect(8).close()
            break
        except ConnectionRefusedError:
            time.sleep(0.02)
    # Every target that the program takes alone it takes through nginx, byte for byte.
    for number, target in enumerate(("/snapshot/0", "/snapshot//0", "/snapshot/%30", "/x//y/../z%2Fa?b=c%00&&", "/snapshot/0?lang=zh",
                                     "/snapshot/0?q=" + "a" * 7000, "/none%25%32%35/http://news.example//a?b#c")):
        through = server.get(target, client=100 + number)
        server.port = behind
        alone = server.get(target, client=130 + number, more=b"X-Forwarded-For: 192.0.2.%d\r\n" % number)
        server.port = port
        if (through[0], through[2]) != (alone[0], alone[2]) and "/../" not in target:
            server.fault(f"{target[:60]}: {through[0]} through nginx, {alone[0]} alone")
    squeezed = server.get("/", client=150, more=b"Accept-Encoding: gzip\r\n")
    if not re.search("(?im)^content-encoding: gzip", squeezed[1]):
        server.fault(f"not compressed: {squeezed[1]}")
    # Clients are told apart; who makes up an address is still himself.
    statuses = [server.get("/", client=160, more=b"X-Forwarded-For: 6.6.6.%d\r\n" % i)[0] for i in range(14)]
    if statuses[:10] != [200] * 10 or 429 not in statuses[10:]:
        server.fault(f"the rate of one client: {statuses}")
    server.look("another client", server.get("/", client=161), {200})
    server.look("a body", server.get("/", client=162, method=b"POST"), {405})
    web.terminate()
    web.wait(20)
    return server.end()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    runs = {"reload": reload_settings, "stop": stop, "socket": handed_over, "nginx": nginx}
    sys.exit(runs[sys.argv[2]](os.path.abspath(sys.argv[1])))


if __name__ == "__main__":
    main()
