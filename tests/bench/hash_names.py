#!/usr/bin/env python3
"""Replace every class and id name in saved pages by a hash of itself.

usage: hash_names.py FROM-FOLDER TO-FOLDER

Equal names stay equal, so structure is kept and meaning is gone: extraction that leans on names
loses, extraction that reads structure does not. Bytes outside of class and id values stay as they
are, whatever the page's charset. data-testid and kin are hashed too.
"""
import hashlib
import os
import re
import sys

ATTR = re.compile(
    rb"""(\s(?:class|id|data-(?:component(?:-name)?|module|testid|test-id|qa|type|name|role))\s*=\s*)"""
    rb"""("[^"]*"|'[^']*'|[^\s"'>]+)""", re.I)
TAG = re.compile(rb"<[a-zA-Z][^<>]*>")


def hashed(word):
    return b"h" + hashlib.sha256(word).hexdigest()[:10].encode()


def value(match):
    raw = match.group(2)
    quote = raw[:1] if raw[:1] in b"\"'" else b""
    inner = raw[1:-1] if quote else raw
    return match.group(1) + quote + b" ".join(hashed(w) for w in inner.split()) + quote


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = sys.argv[1:]
    os.makedirs(target, exist_ok=True)
    for name in sorted(os.listdir(source)):
        with open(os.path.join(source, name), "rb") as f:
            page = f.read()
        page = TAG.sub(lambda m: ATTR.sub(value, m.group(0)), page)
        with open(os.path.join(target, name), "wb") as f:
            f.write(page)


if __name__ == "__main__":
    main()
