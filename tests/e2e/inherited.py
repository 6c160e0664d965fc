#!/usr/bin/env python3
"""What a parent hands down does not change what we do: inherited.py BUILD

A parent that ignores the ends of its children (some supervisors, `trap '' CHLD`) passes that on, and
then nobody can wait for a child; `verify` has one.
"""

import os
import signal
import subprocess
import sys
import tempfile


def main():
    program = os.path.join(sys.argv[1], "wirevault")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        archive, source = os.path.join(folder, "archive"), os.path.join(folder, "empty.warc")
        open(source, "wb").close()
        subprocess.run([program, "import", "--quiet", "--archive", archive, source], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for name, handler in (("default", signal.SIG_DFL), ("ignored", signal.SIG_IGN)):
            done = subprocess.run([program, "verify", "--archive", archive], text=True, check=False,
                                  capture_output=True,
                                  preexec_fn=lambda kind=handler: signal.signal(signal.SIGCHLD, kind))
            if done.returncode != 0:
                failed += 1
                print(f"SIGCHLD {name}: expected 0, got {done.returncode}: {done.stderr}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
