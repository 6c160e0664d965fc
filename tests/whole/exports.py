#!/usr/bin/env python3
"""What the installed library exports is what its public header declares: exports.py ROOT BUILD"""

import glob
import os
import re
import subprocess
import sys


def main():
    root, build = sys.argv[1:3]
    header = os.path.join(root, "archive", "wirevault.h")
    libraries = glob.glob(os.path.join(build, "libwirevault.so*"))
    if not os.path.exists(header) or not libraries:
        print("skipped: there is no public library yet (archive/wirevault.h, libwirevault.so)")
        sys.exit(77)
    with open(header, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/|//[^\n]*|^\s*#[^\n]*", "", file.read(), flags=re.S | re.M)
    declared = set(re.findall(r"\b(wirevault_\w+|wv_\w+)\s*\(", text))
    listing = subprocess.run(["nm", "-D", "--defined-only", libraries[0]], capture_output=True,
                             text=True, check=True).stdout
    exported = {line.split()[-1].split("@")[0] for line in listing.splitlines()
                if line.split()[-2] in "TDBRVW"}
    for name in sorted(declared ^ exported):
        print(f"{name}: {'declared, not exported' if name in declared else 'exported, not declared'}")
    print(f"{len(declared)} declared, {len(exported)} exported")
    sys.exit(1 if declared != exported or not declared else 0)


if __name__ == "__main__":
    main()
