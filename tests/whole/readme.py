#!/usr/bin/env python3
"""What README.md names exists: readme.py ROOT PROGRAM

Paths of ours, commands of wirevault and their options. Exit 77 where there is no README yet.
"""

import os
import re
import subprocess
import sys


def options_of(program, command, known):
    if command not in known:
        done = subprocess.run([program, command, "--help"], capture_output=True, text=True,
                              check=False)
        known[command] = (done.returncode == 0,
                          set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", done.stdout)))
    return known[command]


def main():
    root, program = sys.argv[1:3]
    readme = os.path.join(root, "README.md")
    if not os.path.exists(readme):
        print("skipped: there is no README.md yet")
        sys.exit(77)
    with open(readme, encoding="utf-8") as file:
        text = file.read()
    faults, checked, known = [], 0, {}
    for path in sorted(set(re.findall(r"(?<![\w/.:-])((?:config|archive|crawler|tests)/[\w./*-]*)",
                                      text))):
        path = path.rstrip(".")
        checked += 1
        if "*" not in path and not os.path.exists(os.path.join(root, path)):
            faults.append(f"{path}: named in README.md, not there")
    for line in text.splitlines():
        for match in re.finditer(r"\bwirevault(?:-newsroom)? ([a-z]+)((?: [^`|#;&]*)?)", line):
            command, rest = match.groups()
            if not re.search(r"^\s*(?:\$ )?(?:\S*/)?wirevault|`(?:\S*/)?wirevault", line):
                continue
            exists, options = options_of(program, command, known)
            checked += 1
            if not exists:
                faults.append(f"wirevault {command}: no such command: {line.strip()}")
                continue
            for option in re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", rest):
                if option not in options | {"--help", "--clock"}:
                    faults.append(f"wirevault {command} {option}: no such option")
    print("\n".join(faults) + f"\n{checked} names, {len(faults)} of them wrong")
    sys.exit(1 if faults or not checked else 0)


if __name__ == "__main__":
    main()
