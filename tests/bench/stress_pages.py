#!/usr/bin/env python3
"""Put real articles into layouts that extraction finds hard, with a manifest of the truth.

usage: stress_pages.py TO-FOLDER TEXTS.jsonl... [--seeds N]

TEXTS: JSON lines with "lang", "title" or "truth_title", "text" or "truth_text" (one paragraph a
line). Every layout is written for each language with enough texts, once with names that say what
they mean, once with hashed names, once without any, N times over other texts. TO-FOLDER gets
raw/ID.html, list.tsv and manifest.jsonl; "dataset" is the layout. Nothing of it belongs into the
repository: the texts are their publishers'.
"""
import argparse
import hashlib
import html
import json
import os
import random

CODECS = {"zh": ("gb18030", "big5"), "ja": ("shift_jis", "euc_jp"), "ko": ("euc_kr",)}
WORDS = {
    "en": dict(more="More from News", also="Read also: ", also2="Related: ", by="By ", ad="Advertisement",
               share="Share", home="Home", comments="Comments", next="Next article", latest="Latest"),
    "de": dict(more="Mehr zum Thema", also="Lesen Sie auch: ", also2="Mehr dazu: ", by="Von ", ad="Anzeige",
               share="Teilen", home="Start", comments="Kommentare", next="Nächster Artikel", latest="Neueste"),
    "zh": dict(more="更多新闻", also="延伸阅读：", also2="相关报道：", by="记者 ", ad="广告", share="分享",
               home="首页", comments="评论", next="下一篇", latest="最新"),
    "ja": dict(more="関連ニュース", also="【関連記事】", also2="あわせて読みたい：", by="文・", ad="広告",
               share="シェア", home="ホーム", comments="コメント", next="次の記事", latest="新着"),
    "ko": dict(more="관련 기사", also="함께 보기: ", also2="관련기사 ", by="기자 ", ad="광고", share="공유",
               home="홈", comments="댓글", next="다음 기사", latest="최신"),
}
SURNAMES = ["Harlow", "Okafor", "Lindqvist", "Marchetti", "Ferreira", "Kowalski", "Tanaka", "Weber"]


class Maker:
    def __init__(self, lang, names, seed, texts):
        self.lang, self.names = lang, names
        self.r = random.Random(f"{lang} {names} {seed}")
        self.texts = self.r.sample(texts, min(len(texts), 26))
        self.w = WORDS.get(lang, WORDS["en"])
        self.salt = str(seed)

    # ---- markup
    def cls(self, name):
        if not name or self.names == "none":
            return ""
        if self.names == "hashed":
            name = "c" + hashlib.sha256((self.salt + name).encode()).hexdigest()[:7]
        return f' class="{name}"'

    def tag(self, tag, name, *inside):
        return f"<{tag}{self.cls(name)}>" + "\n".join(inside) + f"</{tag}>\n"

    def link(self, text, name=""):
        slug = hashlib.sha256(text.encode()).hexdigest()[:8]
        return f'<a{self.cls(name)} href="/news/2024/05/{slug}.html">{html.escape(text)}</a>'

    def p(self, text, tag="p", name=""):
        return self.tag(tag, name, html.escape(text))

    def ps(self, lines, tag="p", name=""):
        return "".join(self.p(x, tag, name) for x in lines)

    def date(self):
        d, h = self.r.randrange(1, 28), self.r.randrange(6, 22)
        if self.lang in ("zh", "ja"):
            return f"2024年5月{d}日 {h:02d}:{self.r.randrange(60):02d}"
        return f"{d} May 2024 {h:02d}:{self.r.randrange(60):02d}"

    # ---- matter
    def art(self, i, most=14):
        t = self.texts[i % len(self.texts)]
        return t[0], t[1][:most]

    def head(self, i):
        return self.texts[i % len(self.texts)][0]

    def said(self, i, n=2):
        """The opening of another article, cut at a sentence: a teaser."""
        text = self.texts[i % len(self.texts)][1][0]
        for end in (". ", "。"):
            parts = text.split(end)
            if len(parts) > n:
                return end.join(parts[:n]) + end.strip()
        return text

    def byline(self):
        name = self.r.choice(["Anna", "Paul", "Mei", "Jonas"]) + " " + self.r.choice(SURNAMES)
        return self.tag("div", "byline", self.tag("span", "author", self.w["by"] + name),
                        self.tag("time", "date", self.date()))

    def cards(self, first, n, tag="div", level="h3", told=True):
        out = []
        for i in range(first, first + n):
            out.append(self.tag(tag, "card", self.tag(level, "card-title", self.link(self.head(i))),
                                self.p(self.said(i), "p", "card-text") if told else "",
                                self.tag("span", "card-date", self.date())))
        return "".join(out)

    def page(self, body, title, rail=True):
        nav = self.tag("ul", "nav", *[self.tag("li", "", self.link(x)) for x in
                                      ("World", "Business", "Markets", "Tech", "Sport", self.w["home"])])
        side = self.tag("div", "sidebar", self.tag("h4", "", self.w["latest"]),
                        self.tag("ul", "", *[self.tag("li", "", self.link(self.head(i))) for i in range(18, 25)]))
        foot = self.tag("div", "footer", self.p("© 2024 Example News Ltd. All rights reserved."),
                        self.tag("ul", "", *[self.tag("li", "", self.link(x)) for x in ("Terms", "Privacy", "Contact")]))
        return (f'<!DOCTYPE html>\n<html lang="{self.lang}"><head><title>{html.escape(title)} - Example News</title>'
                f"</head><body>\n" + self.tag("div", "header", nav) + self.tag("div", "wrap", body, side if rail else "")
                + foot + "</body></html>\n")


# Every layout gives (page body, title, the truth's paragraphs).
def second_article(m, form):
    t, a = m.art(0)
    t2, b = m.art(1)
    wrap = {"article": "article"}.get(form, "div")
    one = m.tag("h1", "title", t) + m.byline() + m.tag("div", "text", m.ps(a))
    h2 = {"h1": "h1", "article": "h1", "h2": "h2", "div": "h2", "h2flat": "h2", "link": "h2"}[form]
    head2 = m.link(t2) if form == "link" else html.escape(t2)
    two = m.tag(h2, "title", head2) + m.byline() + m.tag("div", "text", m.ps(b))
    if form == "div":
        return m.tag("div", "stream", *[m.tag("div", "story", m.tag("div", "head", m.p(x, "div", "title"), m.p(m.date(), "div", "date")),
                                              m.tag("div", "text", m.ps(y))) for x, y in ((t, a), (t2, b))]), t, a
    if form == "h2flat":
        return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), m.ps(a), m.p(m.w["next"]),
                     m.tag(h2, "title", head2), m.byline(), m.ps(b)), t, a
    return m.tag("div", "stream", m.tag(wrap, "story", one), m.tag(wrap, "story", two)), t, a


def scroll(m, flat):
    arts = [m.art(i) for i in range(3)]
    parts = []
    for i, (t, a) in enumerate(arts):
        inner = [m.tag("h1" if i == 0 or not flat else "h2", "title", html.escape(t)), m.byline(), m.ps(a)]
        parts.append("".join(inner) if flat else m.tag("section", "post", m.tag("div", "post-in", *inner),
                                                       m.tag("div", "share", m.link(m.w["share"]))))
    return m.tag("div", "list", *parts), *arts[0]


def live(m, kind):
    t, a = m.art(0, 3)
    items, truth = [], list(a)
    for i in range(1, 9):
        h, b = m.art(i, 3)
        clock = f"{20 - i}:{m.r.randrange(10, 60)}"
        items.append(m.tag({"article": "article"}.get(kind, "div"), "item", m.tag("time", "clock", clock),
                           m.tag("h3", "", html.escape(h)) if kind != "quiet" else "", m.ps(b)))
        truth += [clock, h, *b] if kind != "quiet" else [clock, *b]
    if kind != "quiet":
        t = "Live: " + t
    return m.tag("div", "main", m.tag("h1", "title", t), m.byline(), m.ps(a), m.tag("div", "items", *items)), t, truth


def bullets(m, form):
    t, a = m.art(0, 1)
    lines = [m.head(i).rstrip(".。") for i in range(1, 17)]
    if form == "ul":
        items = m.tag("ul", "", *[m.p(x, "li") for x in lines])
    elif form == "p":
        items = m.ps(["• " + x for x in lines])
    elif form == "br":
        items = m.tag("div", "", "<br>\n".join("- " + html.escape(x) for x in lines))
    else:
        items = m.ps(lines, "div")
    mark = {"p": "• ", "br": "- "}.get(form, "")
    return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), m.ps(a), items), t, a + [mark + x for x in lines]


def flash(m, form):
    t, _ = m.art(0)
    a = [m.said(0, 1)]
    heads = range(1, 17)
    if form == "ul":
        tail = m.tag("h3", "", m.w["more"]) + m.tag("ul", "", *[m.tag("li", "", m.link(m.head(i))) for i in heads])
    elif form == "cards":
        tail = m.cards(1, 12)
    elif form == "plain":
        tail = m.tag("h3", "", m.w["more"]) + m.tag("div", "", *[m.p(m.head(i), "div") for i in heads])
    else:
        tail = m.tag("div", "ticker", *[m.tag("div", "row", m.tag("span", "clock", f"{i}:15"), m.link(m.head(i))) for i in heads])
    text = m.tag("div", "text", html.escape(a[0])) if form in ("ticker", "cards") else m.ps(a)
    return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), text, tail), t, a


def figures(m, form):
    t, a = m.art(0, 6)
    rows = [["Revenue", "1,204", "1,118", "7.7%"], ["Operating income", "212", "187", "13.4%"],
            ["Net income", "154", "139", "10.8%"], ["Earnings per share", "0.62", "0.55", "12.7%"],
            ["Cash and equivalents", "2,310", "2,055", "12.4%"], ["Total debt", "940", "1,010", "-6.9%"]]
    table = m.tag("table", "", *[m.tag("tr", "", *[m.p(c, "td") for c in row]) for row in rows])
    cells = ["\n".join(" ".join(r) for r in rows)]
    if form == "end":
        return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), m.ps(a), table), t, a + cells
    return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), m.ps(a[:2]), table, m.ps(a[2:])), t, a[:2] + cells + a[2:]


def transcript(m, form):
    t, a = m.art(0, 2)
    truth, out = list(a), [m.ps(a)]
    for i in range(1, 9):
        said = m.texts[i][1][0]
        who = ["Operator", "John Harlow", "Mei Tanaka", "Carla Weber"][i % 4]
        if form == "bold":
            out.append(m.tag("p", "", m.tag("strong", "", who)) + m.p(said))
            truth += [who, said]
        elif form == "dl":
            out.append(m.tag("dl", "", m.p(who, "dt"), m.p(said, "dd")))
            truth += [who, said]
        else:
            out.append(m.tag("div", "turn", m.p(who + ": ", "b"), html.escape(said)))
            truth += [who + ": " + said]
    return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), *out), t, truth


def no_p(m, form):
    t, a = m.art(0)
    if form == "br":
        text = m.tag("div", "text", "<br><br>\n".join(html.escape(x) for x in a))
    elif form == "div":
        text = m.tag("div", "text", m.ps(a, "div"))
    elif form == "span":
        text = m.tag("div", "text", *[m.tag("div", "", m.p(x, "span")) for x in a])
    elif form == "nested":
        text = m.tag("div", "text", *[m.tag("div", "b", m.tag("div", "b2", m.p(x, "div"))) for x in a])
    else:
        text = f"<table><tr><td>{m.link('World')}</td><td>" + "<br>".join(html.escape(x) for x in a) + \
            f"</td><td>{''.join(m.link(m.head(i)) + '<br>' for i in range(3, 12))}</td></tr></table>"
    return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), text), t, a


def split(m, form):
    t, a = m.art(0)
    k = max(1, len(a) // 2) if form != "late" else max(1, len(a) - 1)
    if form == "lead":
        k = 1
    ad = m.tag("div", "ad", m.tag("span", "", m.w["ad"]))
    if form == "deep":
        return m.tag("div", "page", m.tag("div", "top", m.tag("h1", "title", t), m.byline()),
                     m.tag("div", "row", m.tag("div", "col", m.tag("div", "text", m.ps(a[:k])))), ad,
                     m.tag("div", "row", m.tag("div", "col", m.tag("div", "text", m.ps(a[k:]))))), t, a
    return m.tag("div", "page", m.tag("h1", "title", t), m.byline(), m.tag("div", "text", m.ps(a[:k])), ad,
                 m.tag("div", "text", m.ps(a[k:]))), t, a


def inline(m, form):
    t, a = m.art(0)
    k = max(1, len(a) // 2)
    if form == "label":
        box = m.tag("p", "", m.w["also"], m.link(m.head(3)))
    elif form == "bare":
        box = m.tag("p", "", m.link(m.head(3))) + m.tag("p", "", m.link(m.head(4)))
    elif form == "teaser":
        box = m.tag("div", "box", '<img src="a.jpg">', m.tag("h4", "", m.link(m.head(3))), m.p(m.said(3)))
    elif form == "list":
        box = m.tag("div", "box", m.tag("h4", "", m.w["more"]), m.tag("ul", "", *[m.tag("li", "", m.link(m.head(i))) for i in (3, 4, 5)]))
    elif form == "wholelink":
        box = f'<a href="/n/1.html"><div{m.cls("box")}>' + m.p(m.head(3), "h4") + m.p(m.said(3)) + "</div></a>"
    else:
        box = m.p(m.w["also2"] + m.head(3))
    return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), m.tag("div", "text", m.ps(a[:k]), box, m.ps(a[k:]))), t, a


def tail(m, form):
    t, a = m.art(0)
    if form == "cards":
        end = m.tag("h2", "", m.w["more"]) + m.cards(3, 8)
    elif form == "cardsflat":
        end = "".join(m.tag("h3", "", m.link(m.head(i))) + m.p(m.said(i)) for i in range(3, 9))
    elif form == "unlinked":
        end = m.tag("h2", "", m.w["more"]) + m.tag("div", "more", *[
            m.tag("div", "card", m.p(m.head(i), "h3"), m.p(m.said(i)), m.link(m.w["latest"])) for i in range(3, 9)])
    elif form == "ticker":
        end = m.tag("div", "ticker", *[m.tag("div", "row", m.tag("span", "clock", f"{9 + i}:0{i % 10}"), m.p(m.said(i), "p"))
                                       for i in range(3, 13)])
    elif form == "tickerlinks":
        end = m.tag("ul", "ticker", *[m.tag("li", "row", f"{9 + i}:0{i % 10} ", m.link(m.head(i)), " " + html.escape(m.said(i)))
                                      for i in range(3, 13)])
    elif form == "comments":
        end = m.tag("div", "thread", m.tag("h3", "", m.w["comments"]), *[
            m.tag("div", "entry", m.p(f"user{i}", "b"), m.tag("span", "", m.date()), m.p(m.texts[i][1][-1])) for i in range(3, 10)])
    elif form == "bio":
        end = m.tag("div", "person", '<img src="x.jpg">', m.p("Anna Harlow", "h4"),
                    m.p("Anna Harlow has covered energy and shipping for Example News since 2012. She lives in Leeds and "
                        "can be reached at anna@news.example."))
    else:
        end = m.tag("div", "more", *[f'<a href="/n/{i}.html"><h3>{html.escape(m.head(i))}</h3>{m.p(m.said(i))}</a>' for i in range(3, 9)])
    return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), m.tag("div", "text", m.ps(a)) if m.r.random() < .5 else m.ps(a),
                 end), t, a


def lead(m, form):
    t, a = m.art(0)
    if form == "top":
        top = m.tag("div", "top", m.tag("h1", "title", t), m.p(a[0], "p", "lead"), m.byline())
    elif form == "h2":
        top = m.tag("h1", "title", t) + m.p(a[0], "h2", "lead") + m.byline()
    elif form == "strong":
        top = m.tag("h1", "title", t) + m.byline() + m.tag("div", "intro", m.p(a[0], "strong"))
    else:
        top = m.tag("div", "cover", '<img src="c.jpg">', m.tag("h1", "title", t)) + m.byline() + m.tag("div", "intro", m.p(a[0]))
    return m.tag("div", "content", top, m.tag("div", "text", m.ps(a[1:]))), t, a


def quotes(m, form):
    t, a = m.art(0)
    k = max(1, len(a) // 2)
    extra = m.said(5)
    if form == "block":
        box, mid = m.tag("blockquote", "", m.p(extra)), [extra]
    elif form == "pull":
        box, mid = m.tag("div", "pull", m.p(m.said(0, 1), "p")), []
    elif form == "olist":
        lines = [m.said(i, 1) for i in (5, 6, 7)]
        box, mid = m.tag("ol", "", *[m.p(x, "li") for x in lines]), lines
    else:
        heads = [m.head(5), m.head(6)]
        box, mid = m.p(heads[0], "h2") + m.p(m.said(5)) + m.p(heads[1], "h2"), [heads[0], m.said(5), heads[1]]
    return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), m.tag("div", "text", m.ps(a[:k]), box, m.ps(a[k:]))), t, a[:k] + mid + a[k:]


def short(m, form):
    """Two sentences, and much more text of others around."""
    t, a = m.art(0, 1)
    if form == "cards":
        rest = m.tag("div", "more", m.tag("h2", "", m.w["more"]), m.cards(3, 10))
    elif form == "comments":
        rest = m.tag("div", "thread", *[m.tag("div", "entry", m.p(f"user{i}", "b"), m.tag("span", "", m.date()), m.p(m.texts[i][1][-1]))
                                        for i in range(3, 13)])
    else:
        rest = m.tag("div", "story", m.p(m.head(3), "h2", "title"), m.byline(), m.ps(m.art(3)[1]))
    return m.tag("div", "main", m.tag("div", "story", m.tag("h1", "title", t), m.byline(), m.ps(a)), rest), t, a


def charset(m, form):
    t, a = m.art(0)
    return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), m.ps(a)), t, a


def next_kinds(m, form):
    """Next stories whose heads look otherwise than the page's own."""
    t, a = m.art(0)
    t2, b = m.art(1)
    own = m.tag("article", "full", m.tag("header", "top", m.p("World", "span", "kicker"), m.tag("h1", "big", t), m.byline()), m.ps(a))
    if form == "kicker":
        two = m.tag("div", "more-story", m.p("Sport", "span", "kicker"), m.tag("h2", "mid", m.link(t2)), m.tag("div", "when", m.date()), m.ps(b))
    elif form == "collapsed":
        two = "".join(m.tag("section", "peek", m.tag("h2", "mid", m.link(m.head(i))), m.p(m.said(i)), m.link(m.w["latest"])) for i in (1, 2))
    elif form == "hr":
        return m.tag("div", "page", m.tag("h1", "big", t), m.p(m.date(), "div", "when"), m.ps(a), "<hr>",
                     m.tag("h1", "big", t2), m.p(m.date(), "div", "when"), m.ps(b)), t, a
    else:
        two = m.tag("article", "full", m.tag("header", "top", m.tag("h1", "big", t2), m.byline()), m.ps(b)) * 1
        own = m.tag("article", "full", m.tag("header", "top", m.tag("h1", "big", t), m.byline()), m.ps(a))
    return m.tag("div", "page", own, two), t, a


def rows(m, form):
    """Teasers as sites write them: thumbnail, label, headline, summary."""
    t, a = m.art(0)
    out = []
    for i in range(3, 9):
        img = f'<a href="/n/{i}.html"><img src="{i}.jpg"></a>'
        if form == "media":
            out.append(m.tag("div", "row", img, m.tag("div", "rowtext", m.link("World", "label"), m.tag("div", "rowtitle", m.link(m.head(i))),
                                                      m.p(m.said(i, 1), "div", "rowsum"))))
        elif form == "li":
            out.append(m.tag("li", "row", img, m.tag("div", "", m.link(m.head(i)), m.p(m.said(i, 1)))))
        elif form == "readmore":
            out.append(m.tag("div", "row", m.p(m.head(i), "h4"), m.tag("p", "", html.escape(m.said(i, 1)), " ", m.link("Read more"))))
        elif form == "numbered":
            out.append(m.tag("div", "row", m.p(str(i - 2), "span"), m.tag("h4", "", m.link(m.head(i)))))
        else:
            out.append(m.tag("p", "", m.link(m.head(i))))
    if form == "li":
        out = [m.tag("ul", "rows", *out)]
    text = m.ps(a) if form != "plain" else m.ps(a[:1])
    return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), text, *out), t, a if form != "plain" else a[:1]


def told(m, form):
    """A list told at length: its linked or numbered headings are the article's."""
    t, a = m.art(0, 2)
    out, truth = [], list(a)
    for i in range(1, 8):
        text = m.texts[i][1][0]
        name = m.head(i)
        if form == "numbered":
            name = f"{i}. {name}"
        head = m.tag("h3", "", m.link(name) if form in ("linked", "numbered") else html.escape(name))
        more = [text] if form != "linked" else [text, m.texts[i][1][1]]
        inner = [head, '<img src="x.jpg">' if form == "pictures" else "", m.ps(more)]
        out.append(m.tag("div", "entry", *inner) if form == "pictures" else "".join(inner))
        truth += [name, *more]
    return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), m.ps(a), *out), t, truth


def parted(m, form):
    """Something between every two paragraphs."""
    t, a = m.art(0)
    out = []
    for i, x in enumerate(a):
        if form == "ads":
            out.append(m.p(x) + m.tag("div", "slot", m.p(m.w["ad"], "span")))
        elif form == "boxes":
            out.append(m.tag("div", "par", m.tag("div", "in", m.p(x))) + m.tag("div", "slot"))
        elif form == "pictures":
            out.append(m.p(x) + (m.tag("div", "pic", '<img src="p.jpg">', m.p(m.head(i + 1), "div", "sub")) if i % 3 == 0 else ""))
        else:
            out.append(m.tag("section", "", m.p(x)))
    return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), *out), t, a


def spoken(m, form):
    t, a = m.art(0, 1)
    out, truth = [m.ps(a)], list(a)
    for i in range(1, 9):
        q, s = m.head(i) + ("？" if m.lang in CODECS else "?"), m.texts[i][1][0]
        if form == "br":
            out.append(f"<p><b>{html.escape(q)}</b><br>{html.escape(s)}</p>\n")
            truth += [q, s]
        elif form == "clock":
            out.append(m.p(f"[00:{10 + i}] {s}"))
            truth += [f"[00:{10 + i}] {s}"]
        else:
            out.append(f"<details open><summary>{html.escape(q)}</summary>{m.p(s)}</details>\n")
            truth += [q, s]
    return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), *out), t, truth


def old(m, form):
    """Tables for columns, font tags, full-width spaces for indents."""
    t, a = m.art(0)
    pad = "\u3000\u3000" if m.lang in CODECS else "&nbsp;&nbsp;"
    text = "<br>\n".join(pad + html.escape(x) for x in a)
    left = "<br>".join(m.link(m.head(i)) for i in range(3, 14))
    body = (f"<table width=100%><tr><td width=160>{left}</td><td><table><tr><td align=center><font size=5><b>{html.escape(t)}</b></font></td></tr>"
            f"<tr><td align=center>{m.date()} Example News</td></tr><tr><td><font size=3>{text}</font></td></tr>"
            f"<tr><td>{left if form == 'below' else ''}</td></tr></table></td></tr></table>")
    return body, t, a


def behind(m, form):
    t, a = m.art(0)
    if form == "stocks":
        end = m.tag("table", "", *[m.tag("tr", "", m.tag("td", "", m.link(x)), m.p(y, "td"), m.p(z, "td")) for x, y, z in
                                   (("ACME", "12.40", "+1.2%"), ("GLOBEX", "88.10", "-0.4%"), ("INITECH", "5.02", "+0.1%"), ("HOOLI", "140.77", "-2.2%"))])
    elif form == "tags":
        end = m.tag("div", "tags", *[m.link(x) for x in ("energy", "shipping", "climate", "ports")])
    elif form == "note":
        end = m.tag("div", "note", m.p("Would you like more of this? Our letter comes every morning, and you can leave at any time."),
                    '<form><input name="mail"><button>OK</button></form>')
    elif form == "pager":
        end = m.tag("div", "pager", m.link(m.head(3)), m.link(m.head(4)))
    else:
        end = m.tag("div", "box", m.p(m.w["more"], "h3"), m.ps([m.head(i) for i in range(3, 9)], "div"))
    return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), m.ps(a), end), t, a


def misnamed(m, form):
    """Names that say something else, on each paragraph."""
    t, a = m.art(0)
    return m.tag("div", "content", m.tag("h1", "title", t), m.byline(), m.tag("div", "x", m.ps(a, "p", form))), t, a


LAYOUTS = {
    "second": (second_article, ("article", "h1", "h2", "h2flat", "link", "div")),
    "scroll": (scroll, (0, 1)),
    "live": (live, ("article", "div", "quiet")),
    "bullets": (bullets, ("ul", "p", "br", "div")),
    "flash": (flash, ("ul", "cards", "plain", "ticker")),
    "figures": (figures, ("mid", "end")),
    "transcript": (transcript, ("bold", "dl", "turn")),
    "no-p": (no_p, ("br", "div", "span", "nested", "table")),
    "split": (split, ("half", "late", "lead", "deep")),
    "inline": (inline, ("label", "bare", "teaser", "list", "wholelink", "plain")),
    "tail": (tail, ("cards", "cardsflat", "unlinked", "ticker", "tickerlinks", "comments", "bio", "wholelinks")),
    "lead": (lead, ("top", "h2", "strong", "cover")),
    "quotes": (quotes, ("block", "pull", "olist", "heads")),
    "short": (short, ("cards", "comments", "story")),
    "charset": (charset, (0,)),
    "next": (next_kinds, ("kicker", "collapsed", "hr", "headers")),
    "rows": (rows, ("media", "li", "readmore", "numbered", "plain")),
    "told": (told, ("linked", "numbered", "plain", "pictures")),
    "parted": (parted, ("ads", "boxes", "pictures", "sections")),
    "spoken": (spoken, ("br", "clock", "details")),
    "old": (old, ("columns", "below")),
    "misnamed": (misnamed, ("author-text", "social-story", "video-article", "teaser-body", "reader-view")),
    "behind": (behind, ("stocks", "tags", "note", "pager", "heads")),
}


def read_texts(paths):
    by, seen = {}, set()
    for path in paths:
        with open(path, encoding="utf-8") as f:
            for line in f:
                d = json.loads(line)
                title = (d.get("truth_title") or d.get("title") or "").strip()
                text = [x.strip() for x in (d.get("truth_text") or d.get("text") or "").split("\n") if x.strip()]
                if not title or title in seen or not 4 <= len(text) <= 40 or len(text[0]) < 60 or \
                        any(len(x) > 1500 for x in text) or "..." in title:
                    continue
                seen.add(title)
                by.setdefault(d.get("lang") or "", []).append((title, text))
    return {k: v for k, v in by.items() if len(v) >= 26 or (k in CODECS and len(v) >= 14)}


def encoded(page, name):
    """The page in the named encoding, what it lacks left out."""
    return page.encode(name, "ignore")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("folder")
    ap.add_argument("texts", nargs="+")
    ap.add_argument("--seeds", type=int, default=2)
    a = ap.parse_args()
    os.makedirs(os.path.join(a.folder, "raw"), exist_ok=True)
    with open(os.path.join(a.folder, "manifest.jsonl"), "w") as man, open(os.path.join(a.folder, "list.tsv"), "w") as tsv:
        for lang, texts in sorted(read_texts(a.texts).items()):
            for layout, (make, forms) in LAYOUTS.items():
                for form in CODECS.get(lang, ()) if layout == "charset" else forms:
                    for names in ("named", "hashed", "none"):
                        for seed in range(a.seeds):
                            m = Maker(lang, names, f"{layout} {form} {seed}", texts)
                            body, title, truth = make(m, form)
                            page = m.page(body, title)
                            raw = encoded(page, form) if layout == "charset" else \
                                page.replace("<head>", '<head><meta charset="utf-8">').encode()
                            if layout == "charset":
                                truth = [encoded(x, form).decode(form) for x in truth]
                                title = encoded(title, form).decode(form)
                            key = f"{layout}-{form}-{lang}-{names}-{seed}"
                            path = os.path.abspath(os.path.join(a.folder, "raw", key + ".html"))
                            with open(path, "wb") as f:
                                f.write(raw)
                            slug = hashlib.sha256(key.encode()).hexdigest()[:10]
                            print(f"{path}\thttps://news.example/{lang}/{slug}", file=tsv)
                            print(json.dumps({"id": key, "dataset": f"{layout}-{form}", "lang": lang, "truth_text": "\n".join(truth),
                                              "truth_title": title}, ensure_ascii=False), file=man)


if __name__ == "__main__":
    main()
