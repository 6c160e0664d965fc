#!/usr/bin/env python3
"""No mutable globals but the few that style allows: globals.py BUILD

Looks at the objects of our libraries: anything in a writable section that is no constant with
addresses in it (.data.rel.ro) is a variable that outlives a call.
"""

import glob
import os
import re
import subprocess
import sys

# By object and name: the log's level, descriptor and frame; the stop flag and its count; locks and
# once-flags; tables that are built once and never changed afterwards.
ALLOWED = [
    (r"log\.c\.o", r"current_level|level|descriptor|around\w*|before\w*|after\w*"),
    (r"command\.c\.o", r"stop_signal|stop_count"),
    (r"memory_fault\.c\.o", r"fault_message\w*"),
    (r"clock\.c\.o", r"clock"),
    (r"text_fold\.c\.o", r"tables"),
    (r"url_host\.c\.o", r"idna"),
    (r".*", r"\w*once\w*|\w*lock|\w*mutex"),
]
# What sanitizers, coverage and the compiler add.
FOREIGN = re.compile(r"^(__|\.L|_ZZ|asan|ubsan|tsan|completed|\.bss|\.data|str\.)")


def main():
    faults = []
    libraries = [path for name in ("config", "archive", "crawler")
                 for path in glob.glob(os.path.join(sys.argv[1], "**", f"libwv_{name}.a"),
                                       recursive=True)]
    if len(libraries) < 3:
        sys.exit(f"expected three libraries, found {libraries}")
    count = 0
    for library in libraries:
        listing = subprocess.run(["objdump", "-t", library], capture_output=True, text=True,
                                 check=True).stdout
        unit = "?"
        for line in listing.splitlines():
            if line.endswith("elf64-x86-64") or "file format" in line:
                unit = line.split(":")[0]
                continue
            match = re.match(r"^[0-9a-f]+ .{7} (\S+)\s+([0-9a-f]+)\s+(?:\.hidden )?(\S+)$", line)
            if not match or int(match.group(2), 16) == 0:
                continue
            section, _, name = match.groups()
            if not re.match(r"\.(data|bss|tdata|tbss)|\*COM\*", section):
                continue
            if section.startswith(".data.rel.ro") or FOREIGN.match(name):
                continue
            count += 1
            bare = re.sub(r"\.\d+$", "", name)
            if not any(re.fullmatch(where, unit) and re.fullmatch(what, bare)
                       for where, what in ALLOWED):
                faults.append(f"{os.path.basename(library)} {unit}: {name} in {section}")
    print("\n".join(faults) + f"\n{count} variables, {len(faults)} of them not allowed")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
