#!/usr/bin/env python3
"""Linking stories: bench_related.py WIREVAULT DOCS.jsonl [COUNT] [DAYS]

Grows DOCS.jsonl (lines of id, title, text, published, lang) to COUNT texts spread over DAYS days: each
one drawn from the file with some sentences left out, other digits and other letters in half of its
names, so that texts are alike as news is, and not equal. Prints CPU, memory and links of `related
--input`, and of `dedup` over the same texts in the same run, which reads and folds them too.
"""

import datetime
import json
import os
import random
import re
import subprocess
import sys
import tempfile


def grow(docs, count, days, out):
    dice = random.Random(7)

    def name(match, shift):
        word = match.group(0)
        if dice.random() < 0.5:
            return word
        return word[0] + "".join(chr((ord(c) - 97 + shift) % 26 + 97) if "a" <= c <= "z" else c for c in word[1:])

    for number in range(count):
        doc = dict(dice.choice(docs))
        shift = dice.randrange(26)
        text = re.sub(r"\d", lambda m: str(dice.randrange(10)), doc["text"][:6000])
        text = re.sub(r"\b[A-Z][a-z]{3,}", lambda m: name(m, shift), text)
        doc["text"] = "".join(s for s in re.split(r"(?<=[.。！？])", text) if dice.random() < 0.8)
        doc["id"] = f"g{number}"
        doc["published"] = (datetime.date(2025, 1, 1) + datetime.timedelta(days=dice.randrange(days))).isoformat()
        out.write(json.dumps(doc, ensure_ascii=False) + "\n")


def measure(*words):
    with tempfile.TemporaryFile() as said:
        run = subprocess.Popen(words, stdout=said)
        _, status, usage = os.wait4(run.pid, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            sys.exit(f"{' '.join(words)} failed")
        said.seek(0)
        lines = sum(1 for _ in said)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, lines


def main():
    program, path = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 100000
    days = int(sys.argv[4]) if len(sys.argv) > 4 else 365
    with open(path, encoding="utf-8") as file:
        docs = [json.loads(line) for line in file]
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as grown:
        grow(docs, count, days, grown)
        grown.flush()
        seconds, memory, links = measure(program, "related", "--input", grown.name, "--window", "3d", "--json")
        peer, peer_memory, _ = measure(program, "dedup", grown.name)
    print(f"{count} texts over {days} days, window 3 days")
    print(f"related: {seconds:.1f} s CPU, {count / seconds:.0f} texts/s, {memory:.0f} MiB, {links} links")
    print(f"dedup:   {peer:.1f} s CPU, {count / peer:.0f} texts/s, {peer_memory:.0f} MiB; related / dedup {seconds / peer:.2f}")


if __name__ == "__main__":
    main()
