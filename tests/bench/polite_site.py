#!/usr/bin/env python3
"""How much of what politeness allows is used, judged by the server's log.

    polite_site.py PROGRAM SITE RUN [SECONDS]

SITE has seeds.txt, one host a line; RUN is the folder of the running nginx, whose access.log has lines
'status bytes type encoding URL msec [request_time]'. Crawls all hosts for SECONDS (60) with a delay of
1 s and `extract: later`. A request arrived at msec - request_time; the delay runs from the end of an
answer (msec) to the next arrival. Allowed is one request at once and one for each further second.
"""

import os
import re
import subprocess
import sys
import tempfile
import time

DELAY = 1.0


def requests(path, since):
    with open(path, encoding="utf-8", errors="replace") as file:
        file.seek(since)
        for line in file:
            match = re.search(r" http://([\d.]+):\d+(\S*) ([\d.]+)(?: ([\d.]+))?$", line.rstrip())
            if match:
                host, target, ended, took = match.groups()
                yield host, target, float(ended) - float(took or 0), float(ended)


def main():
    program, site, run = sys.argv[1:4]
    seconds = int(sys.argv[4]) if len(sys.argv) > 4 else 60
    log = os.path.join(run, "access.log")
    with open(os.path.join(site, "seeds.txt"), encoding="utf-8") as file:
        seeds = file.read().split()
    with tempfile.TemporaryDirectory() as folder:
        settings = os.path.join(folder, "settings.yaml")
        with open(settings, "w", encoding="utf-8") as file:
            file.write('agent: {name: wirevault-bench, contact: "mailto:bench@example.org"}\n'
                       "politeness: {delay: 1s, delay_factor: 0, hosts_by: host}\n"
                       "network: {allow_private: [127.0.0.0/8]}\n"
                       f"run: {{connections: 256, extract: later, max_pages: 1000000, max_time: {seconds}s, disk_floor: 0B}}\n"
                       "sources:\n  - {name: bench, scope: hosts, seeds: [" + ",\n".join(f'"{s}"' for s in seeds) + "]}\n")
        time.sleep(1.3)
        since = os.path.getsize(log)
        began = time.time()
        crawl = subprocess.Popen([program, "crawl", "-c", settings, "--archive", os.path.join(folder, "archive")],
                                 stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(crawl.pid, 0)
        time.sleep(1.3)
        hosts = {}
        for host, target, arrived, ended in requests(log, since):
            hosts.setdefault(host, []).append((arrived, ended, target))
    end = began + seconds
    allowed = made = early = 0
    gaps = []
    for rows in hosts.values():
        rows.sort()
        allowed += int((end - rows[0][0]) / DELAY) + 1
        made += sum(1 for arrived, _, _ in rows if arrived <= end)
        for (_, ended, _), (arrived, _, _) in zip(rows, rows[1:]):
            gaps.append(arrived - ended)
            early += arrived - ended < DELAY - 0.0005  # the log has milliseconds
    gaps.sort()
    if not gaps:
        sys.exit("nothing was asked twice: is the server reachable from here?")
    cpu = usage.ru_utime + usage.ru_stime
    print(f"{len(hosts)} hosts, {seconds} s: {made} requests of {allowed} that the delay allows ({made / allowed:.4f}), "
          f"{early} too early")
    print(f"gap: least {gaps[0]:.3f} s, median {gaps[len(gaps) // 2]:.3f} s, p99 {gaps[int(len(gaps) * .99)]:.3f} s; "
          f"{cpu * 1000 / made:.3f} ms CPU a request, {usage.ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
