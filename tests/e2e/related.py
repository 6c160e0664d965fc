#!/usr/bin/env python3
"""Stories across languages with the whole program: related.py BUILD SCENARIO"""

import json
import subprocess

from room import main

# Ours, in the manner of two reports of one event that share not a sentence.
REPORTS = [
    {"id": "en", "lang": "en", "published": "2026-03-04", "title": "Quantel to buy 12,000 chips",
     "text": "Quantel will spend $500m on 12,000 of the H100 chips, its founder Bogatov said on Tuesday. "
             "The maker of robots in Lisbon had promised its shareholders twice as many."},
    {"id": "zh", "lang": "zh", "published": "2026-03-04T09:00:00+08:00", "title": "光腾将购1.2万枚芯片",
     "text": "光腾（Quantel）创始人博加托夫3日表示，公司将花费约5亿美元购买1.2万枚H100芯片。"
             "这家里斯本机器人制造商曾向股东承诺两倍的数量。"},
    {"id": "other", "lang": "zh", "published": "2026-03-04", "title": "里斯本下雨",
     "text": "里斯本昨日下雨，市民带伞出行，交通正常。"},
    {"id": "late", "lang": "ja", "published": "2026-04-01", "title": "クアンテル、1万2000個の半導体",
     "text": "クアンテル（Quantel）は5億ドルでH100半導体を1万2000個買うとボガトフ氏が述べた。"},
]

# A week of one small town's paper: every text has its name, and small numbers.
TOWN = [
    ("Bakery on Mill Street opens again after two months", "The oven was replaced and three people were hired. Queues of twenty stood outside."),
    ("Council puts off its vote on two bus routes", "Five members asked for more figures. The vote is now on Thursday, three weeks late."),
    ("Choir of twelve wins at the county festival", "It sang two songs of its own and came first among seven choirs."),
    ("Fire in a barn, two calves saved", "Three engines came within twelve minutes. Nobody was hurt, the roof is lost."),
    ("School gets five new classrooms", "Two of them are for music. The work takes seven months and begins in June."),
    ("Ferry cut to two sailings a day", "The harbour office blames a worn gearbox. Three crossings were lost last week."),
    ("Swimming club looks for three trainers", "Seven children wait for a place. The pool opens at five on two evenings."),
    ("Library lends seeds for twenty gardens", "Two shelves hold beans, peas and three kinds of kale."),
    ("Ferry's gearbox arrives from Gdansk, two sailings stay until Friday",
     "The harbour office said the gearbox from Gdansk is being fitted. The ferry sails twice a day until then."),
]


def run_input(room, lines, *words, code=0):
    done = subprocess.run([room.program, "related", "--input", "-", *words], input=lines.encode(),
                          capture_output=True, env=room.env, cwd=room.folder, check=False)
    room.check(f"related --input {' '.join(words)} exits", code, done.returncode,
               done.stderr.decode())
    return done.stdout.decode()


def from_anywhere(room):
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in REPORTS)
    pairs = [json.loads(line) for line in run_input(room, lines, "--json").splitlines()]
    room.check("one pair", [("en", "zh")], [(pair["a"], pair["b"]) for pair in pairs])
    shown = {(row["kind"], row["shown"]) for pair in pairs for row in pair["evidence"]}
    kinds = {kind for kind, _ in shown}
    room.check_that("money, code, names and sound are the evidence",
                    {"quantity", "code", "sound", "event"} <= kinds and ("code", "H100") in shown,
                    shown)
    room.check_that("the pair of names was learned from the Chinese text",
                    any(kind == "name" and text == "Quantel" for kind, text in shown), shown)
    turned = [json.loads(line) for line in run_input(
        room, "".join(reversed(lines.splitlines(True))), "--json").splitlines()]
    room.check("in another order the same pair", [("zh", "en")],
               [(pair["a"], pair["b"]) for pair in turned])
    wide = run_input(room, lines, "--json", "--window", "40d")
    room.check_that("a wider window takes in the later one", '"late"' in wide, wide)
    bad = run_input(room, 'no json\n{"id":1}\n\n{"id":"x","text":"y"}\n' + lines, "--json", code=1)
    errors = [json.loads(line) for line in bad.splitlines() if "error" in line]
    room.check("three lines say what is wrong", [1, 2, 4], [row["line"] for row in errors])
    room.check_that("and the others are linked", '"a":"en"' in bad.replace(" ", ""), bad)
    town = "".join(json.dumps({"id": str(i), "lang": "en", "published": f"2026-03-0{2 + i // 3}",
                               "title": title, "text": "ELLERY, Monday. " + text +
                               " The Ellery Post will report."}) + "\n"
                   for i, (title, text) in enumerate(TOWN))
    pairs = [json.loads(line) for line in run_input(room, town, "--json").splitlines()]
    room.check("in a small town's paper its name and small numbers link nothing", [("5", "8")],
               [(pair["a"], pair["b"]) for pair in pairs])
    for words, code in ((["related"], 64), (["related", "--input", "-", "7"], 64),
                        (["related", "--input", "none.jsonl"], 66),
                        (["related", "--input", "-", "--as-of", "2024"], 64)):
        done = room.run(*words, settings=False)
        room.check(f"{' '.join(words)} exits", code, done.returncode, done.stderr.decode())


def of_the_archive(room):
    for turn in range(3):
        if turn:
            room.turn("1d")
        room.crawl()
    rows = room.json("list", "--verdict", "article")
    chips = [row for row in rows if "12,000 AI chips" in (row["title"] or "")]
    japanese = [row for row in rows if "1万2000個" in (row["title"] or "")]
    if not room.check_that("both reports of the chips are there", chips and japanese):
        return
    found = room.json("related", chips[0]["url"])
    titles = [row["title"] for row in found]
    room.check_that("the Japanese report is related", japanese[0]["title"] in titles, titles)
    link = next((row for row in found if row["title"] == japanese[0]["title"]), {"evidence": []})
    room.check_that("with the number among the evidence",
                    any(row["kind"] == "quantity" and "12,000" in row["shown"]
                        for row in link["evidence"]), link["evidence"])
    room.check_that("nothing about orchards is", not any("orchard" in title for title in titles), titles)
    back = room.json("related", japanese[0]["url"])
    room.check_that("and the other way round", chips[0]["title"] in [row["title"] for row in back],
                    [row["title"] for row in back])
    first = min(row["captured"] for row in rows if row["url"] == japanese[0]["url"])
    before = [row for row in rows if row["url"] == chips[0]["url"] and row["captured"] < first]
    instant = before[-1]["captured"] if before else chips[0]["captured"]
    early = room.json("related", chips[-1]["id"], "--as-of", instant)
    room.check_that("as of an earlier instant nothing later is shown",
                    all(row["captured"] <= instant for row in early), early)
    later = room.json("related", chips[-1]["id"], "--as-of", instant, "--later")
    room.check("with --later the answer is as it was", early,
               [row for row in later if row["box"] == "answer"])
    room.check_that("and what came later stands in a box of its own",
                    japanese[0]["title"] in [row["title"] for row in later if row["box"] == "later"]
                    or not before, later)
    known = room.json("related", chips[0]["url"], "--as-of", instant, "--known-at", instant, code=None)
    room.check_that("known at an instant nothing recorded later is shown",
                    all(row["captured"] <= instant and row["recorded"] <= instant for row in known), known)
    again = room.json("related", chips[0]["url"], "--known-at", found[0]["known_at"])
    room.check("the same question has the same answer", found, again)
    rows = room.json("export", "--format", "jsonl", "--stories", "--known-at", found[0]["known_at"], "-o", "-")
    newest = max(row["id"] for row in chips if row["url"] == chips[0]["url"])
    stories = {row["id"]: row["links"] for row in rows if row["kind"] == "story"}
    room.check("the same links are exported", sorted((row["id"], row["score"]) for row in found),
               sorted((link["id"], link["score"]) for link in stories.get(newest, [])))
    full = room.json("related", chips[0]["url"], "--no-index")
    room.check_that("reading every article gives them too",
                    japanese[0]["title"] in [row["title"] for row in full], full)
    plain = room.run("related", chips[0]["url"])
    room.check_that("for people the evidence stands below", "quantity" in plain.stdout.decode()
                    or "figure" in plain.stdout.decode(), plain.stdout.decode())
    room.check("a page nobody captured", 1, room.run("related", "http://127.0.2.1:1/none").returncode)


if __name__ == "__main__":
    main({"from_anywhere": from_anywhere, "of_the_archive": of_the_archive})
