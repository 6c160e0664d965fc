#!/usr/bin/env python3
"""Every command has --help, a manual page and its completions: manual.py PROGRAM

The list of commands is the program's own (bash completion); each must then answer --help with its
name and a usage line, print a manual page that mandoc or groff reads without an error (where one
of them is there), and stand in all three completions with all of its options.
"""

import re
import shutil
import subprocess
import sys

DESIGN = ("crawl snap list history show diff restore extract robots url discover verify status why "
          "takedown prune backup compact serve config").split()


def run(*words, stdin=None):
    return subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)


def check_page(page, name, fault):
    if not re.search(r"^\.Dt WIREVAULT|^\.TH WIREVAULT", page, re.M | re.I):
        fault(f"{name}: the manual page has no title line")
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION"):
        if not re.search(rf"^\.S[hH] \"?{section}", page, re.M):
            fault(f"{name}: the manual page has no {section}")
    if shutil.which("mandoc"):
        lint = run("mandoc", "-Tlint", "-Werror", stdin=page)
        if lint.returncode != 0:
            fault(f"{name}: mandoc: {lint.stdout}{lint.stderr}")
    elif shutil.which("groff"):
        lint = run("groff", "-mandoc", "-Tascii", "-ww", stdin=page)
        if lint.returncode != 0 or "error" in lint.stderr:
            fault(f"{name}: groff: {lint.stderr}")


def check_examples(program, name, told, known, fault):
    """Each command has examples, and what they name is there: commands, options, values of options."""
    if "Examples:" not in told:
        fault(f"{name}: no example")
        return
    for line in re.findall(r"^  (\S.*)$", told.split("Examples:")[1], re.M):
        for command, rest in re.findall(r"\bwirevault ([a-z]+)([^|;&]*)", line):
            if command not in known:
                known[command] = run(program, command, "--help").stdout
            for option in re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", rest):
                if not re.search(rf"^ .*{option}\b", known[command], re.M):
                    fault(f"{name}: its example names {option}, which {command} does not have")


def main():
    program = sys.argv[1]
    faults = []
    shells = {}
    shown = {}
    for shell in ("bash", "zsh", "fish"):
        done = run(program, "help", "--completion", shell)
        shells[shell] = done.stdout
        if done.returncode != 0 or not done.stdout:
            faults.append(f"no completion for {shell}: {done.stderr}")
    if shutil.which("bash") and run("bash", "-n", stdin=shells["bash"]).returncode != 0:
        faults.append("bash does not read its completion")
    listed = run(program, "help", "--commands").stdout.split()
    for name in DESIGN:
        if name not in listed:
            faults.append(f"{name}: not listed by --help")
    for name in listed:
        told = run(program, name, "--help")
        if told.returncode != 0 or name not in told.stdout:
            faults.append(f"{name}: --help exits {told.returncode}")
        check_examples(program, name, told.stdout, shown, faults.append)
        page = run(program, "help", "--man", name)
        if page.returncode != 0 or not page.stdout:
            faults.append(f"{name}: no manual page: {page.stderr}")
            continue
        check_page(page.stdout, name, faults.append)
        for option in sorted(set(re.findall(r"(?<![\w-])--([a-z][a-z-]+)", told.stdout))):
            if option in ("help",):
                continue
            plain = page.stdout.replace("\\-", "-")
            if not re.search(rf"-{option}\b|\b{option}\b", plain):
                faults.append(f"{name}: --{option} is not in the manual page")
        for shell, text in shells.items():
            if not re.search(rf"\b{name}\b", text):
                faults.append(f"{name}: not in the completion for {shell}")
    print("\n".join(faults) + f"\n{len(listed)} commands, {len(faults)} faults")
    sys.exit(1 if faults or not listed else 0)


if __name__ == "__main__":
    main()
