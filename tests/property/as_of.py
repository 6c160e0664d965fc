#!/usr/bin/env python3
"""Nothing later than (T, K) shows: as_of.py BUILD QUESTIONS [SEED]

A generated year (make_year) with late imports, edits, readings anew, captures read later and prunes is
grown in four steps; questions asked on the way are asked again at the end, and after `search
--rebuild`, and must give the same bytes. Then QUESTIONS random questions (T, K, query) are
answered by `search`, `feed`, `list` and `show` and compared with a naive program: the one below, which
knows the journal of what became known when, looks at every capture for every question, and shares
no line with wirevault.
"""

import concurrent.futures
import datetime
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import unicodedata

HAN = [(0x3041, 0x3096), (0x30A1, 0x30FC), (0x4E00, 0x9FA5)]
STANDS = {"article", "listing", "paywall-stub", "script-shell", "unread", "other"}
MAX = 20


def fold(text):
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def tokens(text):
    """Words, and pairs of neighbouring signs; a sign alone is itself."""
    out, run, kind = [], "", None
    for c in fold(text) + " ":
        now = None
        if any(a <= ord(c) <= b for a, b in HAN):
            now = "signs"
        elif c.isalnum():
            now = "word"
        if now != kind:
            if kind == "word":
                out.append(run)
            elif kind == "signs":
                out += [run[i:i + 2] for i in range(len(run) - 1)] or [run]
            run, kind = "", now
        run += c
    return out


def is_sign(token):
    return len(token) == 1 and any(a <= ord(token) <= b for a, b in HAN)


def parts_of(article):
    """Headline, first paragraph, the rest: tokens and signs of each."""
    texts = [[article["title"]], article["blocks"][:1], article["blocks"][1:]]
    if article["verdict"] == "listing":
        texts[1:] = [[], []]
    return [([t for text in part for t in tokens(text)], set(fold("".join(part)))) for part in texts]


def in_row(part, wanted, prefix):
    for i in range(len(part) - len(wanted) + 1):
        row = part[i:i + len(wanted)]
        if row[:-1] == wanted[:-1] and (
                row[-1].startswith(wanted[-1]) if prefix else row[-1] == wanted[-1]):
            return True
    return False


def place(parts, node):
    """3: all that occurs is in the headline; 2: there or in the first paragraph; 1; 0: not."""
    kind = node[0]
    if kind == "all":
        return 3
    if kind in ("and", "or", "not"):
        a, b = place(parts, node[1]), place(parts, node[2])
        if kind == "and":
            return min(a, b)
        if kind == "not":
            return 0 if b else a
        return min(a, b) if a and b else a or b
    _, text, prefix, in_title = node
    wanted = tokens(text)
    sign = 3
    if is_sign(wanted[0]):
        sign = next((3 - i for i in range(1 if in_title else 3) if wanted[0] in parts[i][1]), 0)
        wanted = wanted[1:]
        if not wanted:
            return sign
    prefix = prefix or is_sign(wanted[-1])
    rest = next((3 - i for i in range(1 if in_title else 3)
                 if in_row(parts[i][0], wanted, prefix)), 0)
    return min(sign, rest)


def spell(node):
    kind = node[0]
    if kind == "all":
        return "*"
    if kind == "and":
        return f"({spell(node[1])} {spell(node[2])})"
    if kind == "or":
        return f"({spell(node[1])} OR {spell(node[2])})"
    if kind == "not":
        return f"({spell(node[1])} -{spell(node[2])})"
    _, text, prefix, in_title = node
    text = f'"{text}"' if " " in text else text
    return ("title:" if in_title else "") + text + ("*" if prefix else "")


class Oracle:
    def __init__(self):
        self.captures, self.readings = [], {}

    def learn(self, lines):
        for line in lines:
            fact = json.loads(line)
            if fact["kind"] == "capture":
                self.captures.append(fact)
            if fact["article"]:
                fact["article"]["parts"] = parts_of(fact["article"])
                self.readings.setdefault(fact["id"], []).append((fact["recorded"], fact["article"]))

    def reading(self, capture, known):
        for leaf in (capture["id"], capture["stands_for"]):
            for recorded, article in reversed(self.readings.get(leaf, [])):
                if recorded <= known:
                    return article
        return None

    def standing(self, at, known):
        """By page: what stands at T, its article, and the time it is listed under."""
        pages = {}
        for capture in self.captures:
            if capture["recorded"] > known:
                continue
            article = self.reading(capture, known)
            verdict = article["verdict"] if article else capture["verdict"]
            if (capture["redirect"] or capture["status"] not in (200, 304) or not capture["body"]
                    or verdict not in STANDS):
                continue
            pages.setdefault(capture["page"], []).append(
                (capture["captured"], capture["id"], capture, article))
        out = []
        for page, captures in pages.items():
            captures.sort(key=lambda c: c[:2])
            first = next((c[0] for c in captures if c[3]), None)
            state = now = None
            for captured, _, capture, article in captures:
                if captured > at:
                    break
                now = (capture, article)
                if not article:
                    state = None
                    continue
                said = (article["parts"], article["verdict"], article["category"],
                        article["language"], article["topics"], capture["source"])
                since = state[2] if state else captured
                for start in (since, captured):
                    stated = article["published"] is not None and article["published"] <= start
                    next_state = (said, (article["published"] if stated else first, stated), start)
                    if state and start == since and state[:2] == next_state[:2]:
                        break
                state = next_state
            if now:
                out.append((page, *now, state[1] if state else None))
        return out

    def feed(self, at, known, query, fields):
        """By page its newest version that matches: (since, page, capture, is it an update)."""
        entries = []
        for page, spans in self.timelines(known).items():
            runs, last = [], None
            for start, capture, article in spans:
                if start > at:
                    break
                matches = article and self.passes(capture, article, fields) and place(
                    article["parts"], query)
                if matches and last and last[0] and last[2]["parts"] == article["parts"]:
                    last = (True, last[1], article)
                    continue
                if matches:
                    runs.append((start, capture, last[2] if last else None))
                last = (bool(matches), capture, article)
            while len(runs) > 1 and runs[-1][2] and runs[-1][2]["parts"] == self.reading(
                    runs[-1][1], known)["parts"]:
                runs.pop()
            if runs:
                start, capture, before = runs[-1]
                entries.append((-start, page, capture, len(runs) > 1 and before is not None))
        return sorted(entries, key=lambda e: e[:2])

    def timelines(self, known):
        """By page what it said, a row for each change: (since, capture, article or None)."""
        pages = {}
        for capture in sorted((c for c in self.captures if c["recorded"] <= known),
                              key=lambda c: (c["captured"], c["id"])):
            article = self.reading(capture, known)
            verdict = article["verdict"] if article else capture["verdict"]
            if (capture["redirect"] or capture["status"] not in (200, 304) or not capture["body"]
                    or verdict not in STANDS):
                continue
            spans = pages.setdefault(capture["page"], [])
            if spans and spans[-1][0] == capture["captured"]:
                spans.pop()
            spans.append((capture["captured"], capture, article))
        return pages

    def passes(self, capture, article, fields):
        return (article["verdict"] in (fields.get("verdict") or ["article"])
                and capture["source"] in (fields.get("source") or [capture["source"]])
                and article["category"] in (fields.get("category") or [article["category"]])
                and article["language"] in (fields.get("lang") or [article["language"]])
                and bool(not fields.get("topic") or set(fields["topic"]) & set(article["topics"])))

    def search(self, at, known, query, fields, order, span):
        hits = []
        for page, capture, article, when in self.standing(at, known):
            if not article or not self.passes(capture, article, fields):
                continue
            if (span[0] is not None and when[0] < span[0]) or (
                    span[1] is not None and when[0] > span[1]):
                continue
            where = place(article["parts"], query)
            if where:
                hits.append((-where if order == "place" else 0, -when[0], page, capture, article,
                             when, where))
        return sorted(hits, key=lambda h: h[:3])


def text_of(us):
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=us)
    return moment.isoformat(timespec="microseconds" if us % 1000000 else "seconds") + "Z"


class Questions:
    WORDS = ("股 市 央行 利率 英伟达 芯片 油价 上涨 下跌 中国 美国 市场 公司 A股 5G 汇率 出口 关税 黄金 人工智能 "
             "円 日銀 円安 金利 エヌビディア 原油 東京 株 半導体 決算 ドル 米国 H100 上昇 oil gas bank rate rates cut "
             "central Nvidia chips gold tariff exports company shares rose fell AI").split()

    def __init__(self, seed, oracle):
        self.random = random.Random(seed)
        self.oracle = oracle

    def word(self):
        r = self.random
        chance = r.random()
        if chance < 0.1:
            a, b = r.sample(self.WORDS, 2)
            return ("word", f"{a} {b}" if a.isascii() and b.isascii() else a + b, False, False)
        word = r.choice(self.WORDS)
        prefix = chance < 0.2 and word.isascii() and word.isalpha() and len(word) > 2
        return ("word", word[:2] if prefix else word, prefix, chance > 0.9)

    def query(self, depth=0):
        r = self.random
        chance = r.random()
        if chance < 0.5 or depth > 2:
            return self.word()
        if chance < 0.54:
            return ("all",)
        kind = "and" if chance < 0.75 else "or" if chance < 0.9 else "not"
        return (kind, self.query(depth + 1), self.query(depth + 1))

    def instant(self, of):
        """Anywhere in the year, or just at, before or after something."""
        captures = self.oracle.captures
        if self.random.random() < 0.5:
            return self.random.randint(captures[0]["recorded"], captures[-1]["recorded"])
        return self.random.choice(captures)[of] + self.random.choice((-1, 0, 1))

    def fields(self):
        r, out = self.random, {}
        choices = {"source": ["Alpha", "Beta", "财联社"], "category": ["财经", "markets", "tech"],
                   "lang": ["zh", "ja", "en"], "topic": ["chips", "energy"],
                   "verdict": ["article", "paywall-stub", "listing"]}
        for name, values in choices.items():
            if r.random() < 0.12:
                out[name] = r.sample(values, r.randint(1, 2))
        return out

    def next(self):
        r = self.random
        at = self.instant("captured")
        chance = r.random()
        known = at if chance < 0.3 else self.instant("recorded")
        span = [None, None]
        if r.random() < 0.1:
            span[r.randint(0, 1)] = self.instant("captured")
        return {"at": at, "known": known, "query": self.query(), "fields": self.fields(),
                "order": "time" if r.random() < 0.3 else "place", "span": span,
                "command": "search" if r.random() < 0.9 else r.choice(("list", "show", "show-id", "feed", "category"))}


class Program:
    def __init__(self, build, archive):
        self.binary = os.path.join(build, "wirevault")
        self.archive = archive

    def run(self, *words, binary=None):
        done = subprocess.run([binary or self.binary, *words, "--archive", self.archive, "--json"],
                              capture_output=True, text=True, timeout=600)
        if done.returncode not in (0, 1):
            raise SystemExit(f"{words}: exit {done.returncode}: {done.stderr}")
        return done.stdout

    def related(self, q, url):
        return self.run("related", url, "--as-of", text_of(q["at"]), "--known-at", text_of(q["known"]),
                        "--later")

    def prune(self, month):
        """Bodies go by age and by count before the month begins, as cron would have it: how many."""
        clock = os.path.join(os.path.dirname(self.archive), "clock")
        settings = os.path.join(os.path.dirname(self.archive), "prune.yaml")
        now = 1704067200000000 + month * 30 * 86400 * 1000000
        with open(clock, "wb") as file:  # as wirevault-newsroom keeps it: wall clock, steady clock
            file.write(b"WVCLOCK1" + struct.pack("<qq", now, now))
        with open(settings, "w", encoding="utf-8") as file:
            file.write("retention: {age: 60d, count: 2}\n")
        answer = self.run("--clock", clock, "prune", "--yes", "--config", settings,
                          binary=self.binary + "-newsroom")
        return sum(row["bodies"] for row in map(json.loads, answer.splitlines())
                   if row["kind"] != "capture" and "source" not in row)

    def search(self, q):
        words = ["search", spell(q["query"]), "--as-of", text_of(q["at"]), "--known-at",
                 text_of(q["known"]), "--max", str(MAX), "--sort", q["order"]]
        for name, values in q["fields"].items():
            for value in values:
                words += ["--" + name, value]
        for name, value in zip(("--from", "--to"), q["span"]):
            if value is not None:
                words += [name, text_of(value)]
        return self.run(*words)


def check_search(oracle, q, answer):
    got = [json.loads(line) for line in answer.splitlines()]
    want = oracle.search(q["at"], q["known"], q["query"], q["fields"], q["order"], q["span"])
    expected = [h[3]["id"] for h in want[:MAX]]
    if [g["id"] for g in got] != expected:
        return f"hits {[g['id'] for g in got]}, expected {expected}"
    for g, (_, _, _, capture, article, when, where) in zip(got, want):
        seen = {
            "hits": (g["hits"], len(want)),
            "url": (g["url"], capture["url"]),
            "verdict": (g["verdict"], article["verdict"]),
            "category": (g["category"] or "", article["category"]),
            "time": (g["time"], text_of(when[0])),
            "basis": (g["time_basis"], "published" if when[1] else "first seen"),
            "place": (g["place"], {3: "title", 2: "lead", 1: "text"}[where]),
            "topics": (g["topics"], article["topics"]),
            "known_at": (g["known_at"], text_of(q["known"])),
        }
        for name, (a, b) in seen.items():
            if a != b:
                return f"capture {g['id']}: {name} {a!r}, expected {b!r}"
        if g["title_is_fallback"] != (not article["title"]):
            return f"capture {g['id']}: fallback {g['title_is_fallback']}"
        if not g["title_is_fallback"] and g["title"] != article["title"]:
            return f"capture {g['id']}: title {g['title']!r}"
        if not any(g["snippet"].strip("\u2026") in block for block in article["blocks"]):
            return f"capture {g['id']}: snippet {g['snippet']!r} is not in its text"
        if capture["captured"] > q["at"] or capture["recorded"] > q["known"]:
            return f"capture {g['id']}: later than asked"
    return None


def check_list(oracle, q, answer):
    got = [(line["id"], line["verdict"]) for line in map(json.loads, answer.splitlines())]
    want = []
    for c in oracle.captures:
        if c["captured"] <= q["at"] and c["recorded"] <= q["known"]:
            article = oracle.reading(c, q["known"])
            want.append((c["captured"], c["id"], article["verdict"] if article else None))
    want = [(i, v) for _, i, v in sorted(want, reverse=True)][:MAX]
    if [g[0] for g in got] != [w[0] for w in want]:
        return f"list {[g[0] for g in got]}, expected {[w[0] for w in want]}"
    for g, w in zip(got, want):
        if w[1] is not None and g[1] != w[1]:
            return f"list: capture {g[0]} is {g[1]}, expected {w[1]}"
    return None


def check_show(oracle, q, url, answer):
    stands = {s[1]["url"]: s for s in oracle.standing(q["at"], q["known"])}
    got = json.loads(answer) if answer else None
    want = stands.get(url)
    if (got["id"] if got else None) != (want[1]["id"] if want else None):
        return f"show {got and got['id']}, expected {want and want[1]['id']}"
    if got and want[2] and got.get("title") != want[2]["title"]:
        return f"show: title {got.get('title')!r}, expected {want[2]['title']!r}"
    return None


def check_feed(oracle, q, answer):
    got = [json.loads(line) for line in answer.splitlines()]
    want = oracle.feed(q["at"], q["known"], q["query"], q["fields"])[:MAX]
    a = [(g["id"], g["updated"], g["kind"]) for g in got]
    b = [(c["id"], text_of(-start), "update" if update else "new") for start, _, c, update in want]
    if a != b:
        return f"feed {a}, expected {b}"
    if any(g["kind"] == "update" and not g["changes"] for g in got):
        return "feed: an update without a difference"
    return None


def check_category(oracle, q, category, answer):
    got = [json.loads(line) for line in answer.splitlines()]
    fields = {"category": [category]}
    want = oracle.search(q["at"], q["known"], ("all",), fields, "time", (None, None))[:MAX]
    a = [g["id"] for g in got if g["box"] == "answer"]
    if a != [h[3]["id"] for h in want]:
        return f"category {a}, expected {[h[3]['id'] for h in want]}"
    there = {s[0] for s in oracle.standing(q["at"], q["known"])}
    ever = oracle.search(10**18, q["known"], ("all",), fields, "time", (None, None))
    later = [h[3]["id"] for h in ever if h[2] not in there][:20]
    b = [g["id"] for g in got if g["box"] == "later"]
    return None if b == later else f"later {b}, expected {later}"


def answer_one(program, oracle, q):
    if q["command"] == "category":
        category = ("财经", "markets", "tech")[q["at"] % 3]
        return check_category(oracle, q, category, program.run(
            "list", "--category", category, "--as-of", text_of(q["at"]), "--known-at",
            text_of(q["known"]), "--max", str(MAX), "--later"))
    if q["command"] == "show-id":
        capture = oracle.captures[q["known"] % len(oracle.captures)]
        answer = program.run("show", str(capture["id"]), "--as-of", text_of(q["at"]),
                             "--known-at", text_of(q["known"]))
        may = capture["captured"] <= q["at"] and capture["recorded"] <= q["known"]
        return None if bool(answer) == may else f"show {capture['id']}: {answer!r}, may {may}"
    if q["command"] == "feed":
        name = "q%x" % random.getrandbits(60)
        fields = "".join(f" {k}:{v}" for k, values in q["fields"].items() for v in values)
        program.run("subscribe", name, spell(q["query"]) + fields)
        return check_feed(oracle, q, program.run(
            "feed", name, "--as-of", text_of(q["at"]), "--known-at", text_of(q["known"]), "--max",
            str(MAX)))
    if q["command"] == "list":
        return check_list(oracle, q, program.run(
            "list", "--as-of", text_of(q["at"]), "--known-at", text_of(q["known"]), "--max",
            str(MAX)))
    if q["command"] == "show":
        url = oracle.captures[q["at"] % len(oracle.captures)]["url"]
        return check_show(oracle, q, url, program.run(
            "show", url, "--as-of", text_of(q["at"]), "--known-at", text_of(q["known"])))
    return check_search(oracle, q, program.search(q))


def main():
    build, count = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    with tempfile.TemporaryDirectory() as folder:
        program = Program(build, os.path.join(folder, "archive"))
        oracle = Oracle()
        early, told, pruned = [], [], 0
        for month in (0, 3, 6, 9):
            journal = subprocess.run(
                [os.path.join(build, "tests", "make_year"), program.archive, str(seed), str(month),
                 str(month + 3)], capture_output=True, text=True, check=True).stdout
            oracle.learn(journal.splitlines())
            pruned += program.prune(month + 3)
            questions = Questions(seed * 100 + month, oracle)
            last = max(c["recorded"] for c in oracle.captures)
            for _ in range(10):
                q = questions.next()
                q["known"] = min(q["known"], last)
                early.append((q, program.search(q)))
            # Which articles belong together has no naive program: it is asked again.
            for _ in range(4):
                q, url = questions.next(), questions.random.choice(oracle.captures)["url"]
                q["known"] = min(q["known"], last)
                told.append((q, url, program.related(q, url)))
        faults = []
        for when in ("a year later", "after --rebuild"):
            for q, answer in early:
                if program.search(q) != answer:
                    faults.append(f"{when}: another answer to {q}")
            for q, url, answer in told:
                again = program.related(q, url)
                if again != answer:
                    faults.append(f"{when}: another answer to related {url} {q}")
                for row in map(json.loads, answer.splitlines()):
                    if row["recorded"].rstrip("Z") > text_of(q["known"]).rstrip("Z"):
                        faults.append(f"related {url} {q}: {row['id']} is later than asked")
            if when == "a year later":
                program.run("search", "--rebuild")
        questions = Questions(seed, oracle)
        asked = [questions.next() for _ in range(count)]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for q, fault in zip(asked, pool.map(lambda q: answer_one(program, oracle, q), asked)):
                if fault:
                    faults.append(f"{q['command']} {spell(q['query'])} {q}: {fault}")
    print("\n".join(faults[:20]))
    hits = sum(1 for q in asked[:500] if q["command"] == "search" and oracle.search(
        q["at"], q["known"], q["query"], q["fields"], q["order"], q["span"]))
    print(f"{len(oracle.captures)} captures, {pruned} bodies pruned on the way, {count} questions "
          f"(of the first 500, {hits} searches have hits), {len(faults)} faults")
    # A test that only ever sees empty answers proves nothing.
    sys.exit(1 if faults or not pruned or hits < min(count, 500) / 4 else 0)


if __name__ == "__main__":
    main()
