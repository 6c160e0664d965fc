#!/usr/bin/env python3
"""Each clause of tests/conformance/boxes.txt names a test that is there: boxes.py ROOT"""

import os
import sys


def main():
    root = sys.argv[1]
    faults = count = 0
    with open(os.path.join(root, "tests/conformance/boxes.txt"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        count += 1
        clause, path, words = (part.strip() for part in line.split(" | ", 2))
        try:
            with open(os.path.join(root, path), encoding="utf-8") as file:
                is_there = words in file.read()
        except OSError:
            is_there = False
        if not is_there:
            faults += 1
            print(f"tests/conformance/boxes.txt:{number}: '{clause}': no '{words}' in {path}")
    print(f"{count} clauses, {faults} without their test")
    sys.exit(1 if faults or not count else 0)


if __name__ == "__main__":
    main()
