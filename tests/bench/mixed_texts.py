#!/usr/bin/env python3
"""mixed_texts.py DOCS.jsonl TRUTH.jsonl FOLDER [SEED]: texts made of several stories, for `dedup`.

From the originals of a labelled set: each story with a few copies (cut, thinned), and one text of
the kind: two stories one after the other, their halves in turn, a digest of three, a story with a
long unrelated tail, beginnings, ends. FOLDER/KIND.docs.jsonl and KIND.truth.jsonl, by the rule that a
text belongs to the story that at least 60 % of it comes from. Standard library only."""
import json
import random
import re
import sys

WORLDS = 60


def sentences(text):
    return [s for s in re.findall(r'[^\n。！？]*?(?:[。！？]|[.!?](?=\s)|\n|$)\n?', text) if s]


def cut(parts, share, from_end=False):
    whole, got, out = sum(map(len, parts)), 0, []
    for part in reversed(parts) if from_end else parts:
        if got + len(part) / 2 > share * whole and out:
            break
        out.append(part)
        got += len(part)
    return out[::-1] if from_end else out


def copies_of(parts, rng):
    yield parts
    for _ in range(rng.randint(2, 4)):
        how = rng.randrange(3)
        if how == 0:
            yield cut(parts, rng.uniform(.62, .95))
        elif how == 1:
            yield [p for p in parts if rng.random() > .12]
        else:
            yield [p for p in cut(parts, rng.uniform(.75, 1)) if rng.random() > .05]


def owner(shares, own):
    whole = sum(n for _, n in shares)
    for name, n in shares:
        if n >= .6 * whole:
            return name
    return own


def halves(parts):
    first = cut(parts, .5)
    return first, parts[len(first):]


def mixed(kind, x, y, z, rng):
    """Pieces as (story, sentences)."""
    if kind == 'appended':
        return [(0, x), (1, y)]
    if kind == 'interleaved':
        (a, b), (c, d) = halves(x), halves(y)
        return [(0, a), (1, c), (0, b), (1, d)]
    if kind == 'digest':
        return [(0, x), (1, y), (2, z)]
    if kind == 'tail':
        return [(0, x), (9, cut(z, 1))]
    if kind == 'beginnings':
        return [(0, cut(x, rng.uniform(.15, .9)))]
    return [(0, cut(x, rng.uniform(.35, .9), from_end=True))]


def main():
    docs, truth, folder = sys.argv[1:4]
    rng = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    originals = {t['id']: t['lang'] for t in map(json.loads, open(truth, encoding='utf-8'))
                 if t['kinds'][:1] == ['original']}
    by_lang = {}
    for d in map(json.loads, open(docs, encoding='utf-8')):
        parts = sentences(d['text'])
        if d['id'] in originals and len(parts) >= 6:
            by_lang.setdefault(originals[d['id']], []).append(parts)
    langs = [l for l in by_lang if len(by_lang[l]) >= 20]
    for kind in ('appended', 'interleaved', 'digest', 'tail', 'beginnings', 'ends'):
        texts = []
        pools = {l: rng.sample(by_lang[l], len(by_lang[l])) for l in langs}
        for world in range(WORLDS):
            left = [l for l in langs if len(pools[l]) >= 3]
            if not left:
                break
            pool = pools[rng.choice(left)]
            stories = [pool.pop() for _ in range(3)]
            for i, story in enumerate(stories):
                if i == 2 and kind == 'tail':
                    continue
                for copy in copies_of(story, rng):
                    texts.append((f'{world}-{i}', ''.join(copy)))
            for n in range(2 if kind in ('beginnings', 'ends') else 1):
                x, y, z = stories if n == 0 else stories[::-1]
                pieces = mixed(kind, x, y, z, rng)
                shares = {}
                for who, parts in pieces:
                    who = who if n == 0 else 2 - who
                    shares[who] = shares.get(who, 0) + sum(map(len, parts))
                name = owner([(f'{world}-{w}' if w < 9 else f'{world}-tail', s)
                              for w, s in shares.items()], f'{world}-own')
                texts.append((name, '\n'.join(''.join(parts).strip('\n') for _, parts in pieces)))
        rng.shuffle(texts)
        with open(f'{folder}/{kind}.docs.jsonl', 'w', encoding='utf-8') as out, \
             open(f'{folder}/{kind}.truth.jsonl', 'w', encoding='utf-8') as key:
            for i, (name, text) in enumerate(texts):
                json.dump({'id': str(i), 'text': text}, out, ensure_ascii=False)
                json.dump({'id': str(i), 'cluster': name}, key)
                out.write('\n')
                key.write('\n')


main()
