#!/usr/bin/env python3
"""Every header compiles alone, under every compiler that is there: headers.py ROOT"""

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

FLAGS = ["-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]


def headers(root):
    for top in ("config", "archive", "crawler", "tests"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith(".h"):
                    yield os.path.relpath(os.path.join(folder, name), root)


def compile_alone(job):
    compiler, root, header, folder = job
    source = os.path.join(folder, compiler + header.replace("/", "_") + ".c")
    with open(source, "w", encoding="utf-8") as file:
        # Twice: a missing guard shows too. A declaration, because ISO C wants one in a unit.
        file.write(f'#include "{header}"\n#include "{header}"\nextern int wv_alone;\n')
    done = subprocess.run([compiler, *FLAGS, "-I", root, source], capture_output=True, text=True,
                          check=False)
    return None if done.returncode == 0 else f"{header} under {compiler}:\n{done.stderr}"


def main():
    root = sys.argv[1]
    compilers = [name for name in ("gcc", "clang") if shutil.which(name)]
    if not compilers:
        sys.exit("no compiler")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        jobs = [(compiler, root, header, folder) for header in headers(root)
                for compiler in compilers]
        faults = [fault for fault in pool.map(compile_alone, jobs) if fault]
    print("".join(faults) + f"{len(jobs)} compilations with {' and '.join(compilers)}, "
          f"{len(faults)} failed")
    sys.exit(1 if faults or not jobs else 0)


if __name__ == "__main__":
    main()
