#!/usr/bin/env python3
"""No test that could start a thread is left out of the thread sanitizer's stage: threads.py BUILD NAME...

The names are those whose wv_test() does not say THREADS.
"""

import os
import subprocess
import sys


def main():
    build, names = sys.argv[1], sys.argv[2:]
    faults = []
    for name in names:
        listing = subprocess.run(["nm", "-u", os.path.join(build, name)], capture_output=True,
                                 text=True, check=True).stdout
        if "pthread_create" in listing or "thrd_create" in listing:
            faults.append(f"{name}: can start a thread; its wv_test() must say THREADS")
    # One that must be found, so that a change of nm's words shows.
    listing = subprocess.run(["nm", "-u", os.path.join(build, "test_queue")], capture_output=True,
                             text=True, check=True).stdout
    if "pthread_create" not in listing:
        faults.append("test_queue: no thread seen where there is one")
    print("\n".join(faults + [f"{len(names)} tests without a thread"]))
    sys.exit(1 if faults or not names else 0)


if __name__ == "__main__":
    main()
