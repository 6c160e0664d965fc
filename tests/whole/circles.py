#!/usr/bin/env python3
"""No files that call each other in a circle: circles.py BUILD

A file that needs what only its caller has is not one that can be read, tested or moved by itself.
What two need stands in a third; who is called later is given as a function pointer. Looks at the
objects of our libraries: what each defines, and what it takes from others.
"""

import collections
import os
import re
import subprocess
import sys


def objects(build):
    """By path of the object, its source file."""
    found = {}
    for layer in ("config", "archive", "crawler"):
        for folder, _, files in os.walk(os.path.join(build, layer)):
            for name in files:
                path = os.path.join(folder, name)
                match = re.search(r"\.dir/(.*\.c)\.o$", path)
                if match:
                    found[path] = f"{layer}/{match[1]}"
    return found


def calls(build):
    """By source file, those that it takes something from, and what."""
    home, wanted, sources = {}, collections.defaultdict(set), objects(build)
    listing = subprocess.run(["nm", "-A", *sources], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        path, rest = line.split(":", 1)
        *_, kind, name = rest.split()
        if kind == "U":
            wanted[sources[path]].add(name)
        elif kind in "TDBRV":
            home[name] = sources[path]
    if len(wanted) < 100:
        sys.exit(f"only {len(wanted)} objects: nothing is tried")
    graph = {source: collections.defaultdict(set) for source in {*wanted, *home.values()}}
    for source, names in wanted.items():
        for name in names:
            if home.get(name, source) != source:
                graph[source][home[name]].add(name)
    return graph


def reached(graph, start):
    seen, left = set(), [start]
    while left:
        for there in graph[left.pop()]:
            if there not in seen:
                seen.add(there)
                left.append(there)
    return seen


def main():
    graph = calls(sys.argv[1])
    reach = {source: reached(graph, source) for source in graph}
    faults = [(here, there) for here in sorted(graph) for there in sorted(graph[here]) if here in reach[there]]
    for here, there in faults:
        print(f"{here} takes from {there}, in a circle: {', '.join(sorted(graph[here][there]))}")
    print(f"{len(graph)} files, {sum(map(len, graph.values()))} arrows, {len(faults)} of them in circles")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
