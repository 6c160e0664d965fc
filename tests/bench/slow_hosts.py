#!/usr/bin/env python3
"""Thousands of slow connections at once, and quick hosts among them.

    slow_hosts.py PROGRAM [SLOW [QUICK [SECONDS]]]        (2000 hosts, 50 hosts, 30 s a slow page)

To be run in a network namespace of its own. SLOW hosts on 127/8 drip one page each, a piece a second for
SECONDS; QUICK hosts have 20 pages each, answered at once. Crawls all of them from one list of seeds, the slow
ones first. Fair is: while the slow ones hold their connections the quick ones are done. Prints how many slow
answers were open at once, when the last quick and the last slow page was had, CPU, anonymous memory; ends
with 1 where a page is missing, differs, or memory is above 96 MiB. Then once more with hosts that never come
to an end: that run must end by its own clocks, with every quick page.
"""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time

PORT = 8080
PAGES = 20
LINKS = "".join(f"<a href='/p{i}'>Page {i}</a>" for i in range(1, PAGES))


def slow_address(i):
    return f"127.2.{i // 250}.{i % 250 + 1}"


def quick_address(i):
    return f"127.1.0.{i + 1}"


class Server:
    """One socket for every address; what is told of a host depends on its network."""

    def __init__(self, seconds, ends):
        self.seconds, self.ends = seconds, ends
        self.open = self.most_open = 0
        self.quick_last = self.slow_last = 0.0
        self.quick = set()
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        self.ready.wait()

    def run(self):
        asyncio.set_event_loop(self.loop)

        async def listen():
            self.server = await asyncio.start_server(self.serve, "0.0.0.0", PORT, backlog=4096)
            self.ready.set()

        self.loop.create_task(listen())
        self.loop.run_forever()

    def stop(self):
        async def end():
            self.server.close()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.loop.stop()

        asyncio.run_coroutine_threadsafe(end(), self.loop)
        self.thread.join()

    async def serve(self, reader, writer):
        host = writer.get_extra_info("sockname")[0]
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1].decode()
                if path != "/" and not path.startswith("/p"):
                    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                elif host.startswith("127.2."):
                    await self.drip(writer, host)
                else:
                    body = page_of(host, path)
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                    self.quick.add((host, path))
                    self.quick_last = time.monotonic()
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    async def drip(self, writer, host):
        body = page_of(host, "/")
        size = -(-len(body) // self.seconds)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
                         % (len(body) if self.ends else 1 << 20))
            for at in range(0, len(body), size):
                await asyncio.sleep(1)
                writer.write(body[at:at + size])
                await writer.drain()
            while not self.ends:  # fast enough to be no silence
                await asyncio.sleep(1)
                writer.write(b"<p>and still more of it comes, forty bytes</p>")
                await writer.drain()
            self.slow_last = time.monotonic()
        finally:
            self.open -= 1


def page_of(host, path):
    links = LINKS if host.startswith("127.1.") else ""
    return (f"<html><head><title>{path} of {host}</title></head><body>{links}"
            f"<p>{'Boats leave the harbour of ' + host + ' in the morning. ' * 60}</p></body></html>").encode()


def crawl(program, folder, hosts, timeout):
    settings = os.path.join(folder, "settings.yaml")
    with open(settings, "w", encoding="utf-8") as file:
        file.write('agent: {name: wirevault-bench, contact: "mailto:bench@example.org"}\n'
                   "politeness: {delay: 0s, hosts_by: host}\n"
                   f"network: {{allow_private: [127.0.0.0/8], timeout: {timeout}s, retries: 0}}\n"
                   f"run: {{connections: {len(hosts)}, extract: later, max_pages: 1000000, disk_floor: 0B}}\n"
                   "sources:\n  - {name: bench, scope: hosts, feeds: off, sitemaps: off, seeds: ["
                   + ",\n".join(f'"http://{h}:{PORT}/"' for h in hosts) + "]}\n")
    child = subprocess.Popen([program, "crawl", "-c", settings, "--archive", os.path.join(folder, "archive"), "--quiet"],
                             stderr=subprocess.DEVNULL)
    most = 0
    while True:
        try:
            with open(f"/proc/{child.pid}/status", encoding="ascii") as file:
                most = max([most] + [int(line.split()[1]) for line in file if line.startswith("RssAnon")])
        except (FileNotFoundError, ProcessLookupError):
            pass
        pid, _, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            return usage.ru_utime + usage.ru_stime, most / 1024
        time.sleep(0.1)


def one_run(program, slow, quick, seconds, ends):
    server = Server(seconds, ends)
    hosts = [slow_address(i) for i in range(slow)] + [quick_address(i) for i in range(quick)]
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        cpu, most = crawl(program, folder, hosts, 2 * seconds if ends else max(3, seconds // 6))
        took = time.monotonic() - began
        same = 0
        for host in hosts[:slow:max(1, slow // 50)] if ends else []:
            got = subprocess.run([program, "restore", f"http://{host}:{PORT}/", "--archive", os.path.join(folder, "archive"),
                                  "--quiet"], stdout=subprocess.PIPE, check=False).stdout
            same += got == page_of(host, "/")
            if got != page_of(host, "/"):
                faults.append(f"{host} is missing or differs")
        listed = subprocess.run([program, "list", "--archive", os.path.join(folder, "archive"), "--json", "--captures"],
                                stdout=subprocess.PIPE, check=False).stdout.count(b'"status":200')
        clean = subprocess.run([program, "verify", "--full", "--archive", os.path.join(folder, "archive"), "--quiet"],
                               stdout=subprocess.DEVNULL, check=False).returncode
    server.stop()
    if len(server.quick) != quick * PAGES:
        faults.append(f"{len(server.quick)} of {quick * PAGES} quick pages were asked for")
    if clean:
        faults.append(f"verify ends with {clean}")
    if most > 96:
        faults.append(f"{most:.0f} MiB of anonymous memory")
    print(f"{slow} slow hosts{'' if ends else ' without an end'}, {quick} quick ones: {server.most_open} slow answers open at once; "
          f"last quick page after {server.quick_last - began:.1f} s, the end after {took:.1f} s; {listed} pages with status 200, "
          f"{same} slow ones compared; {cpu:.1f} s CPU, {most:.0f} MiB anonymous")
    for fault in faults[:10]:
        print("fault:", fault)
    return not faults


def main():
    program = os.path.abspath(sys.argv[1])
    slow, quick, seconds = (int(sys.argv[i]) if len(sys.argv) > i else default for i, default in ((2, 2000), (3, 50), (4, 30)))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    results = [one_run(program, slow, quick, seconds, ends) for ends in (True, False)]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
